//! The kernel of a grid operation with counters that are only added to: a few groups walk all items, and each adds what it has counted at
//! the end. Elements that every item reads at its own index are read four at a time, several vectors ahead.

use super::Writer;
use super::expr::c_type;
use super::function::load;
use crate::analysis::{self, Always};
use crate::ir::{Access, Expr};
use crate::plan::{Definition, Role, definition_name};

/// The variable that holds an element which was read before the body runs.
pub(super) fn variable(Always { input, index }: Always) -> String {
    match index {
        None => format!("kw_own{input}"),
        Some(index) => format!("kw_at{input}_{index}"),
    }
}

impl Writer<'_> {
    pub(super) fn tally(&self) -> String {
        let kernel = self.plan.kernel(Role::Whole).expect("a grid plan has one kernel");
        let always = analysis::always_read(self.op);
        let own: Vec<u8> = always.iter().filter(|read| read.index.is_none()).map(|read| read.input).collect();
        let inputs = || self.op.inputs.iter().zip(&self.names.inputs).enumerate();
        let tallies: Vec<_> = inputs().filter(|(_, (input, _))| input.access == Access::Tally).collect();
        let mut parameters: Vec<_> = inputs()
            .map(|(number, (input, name))| match input.access {
                Access::Tally => format!("kw_tally *{name}"),
                _ => self.input_pointer(number as u8),
            })
            .collect();
        for &read in &always {
            let ty = c_type(self.op.inputs[usize::from(read.input)].ty);
            parameters.push(format!("const {ty} {}", variable(read)));
        }
        let places = ["const kw_index x", "const kw_index y", "const kw_index z", "const kw_index n"];
        parameters.push("const kw_geometry g".into());
        parameters.extend(places.map(String::from));
        parameters.push("const kw_index index".into());
        parameters.extend(self.function_params());

        let mut text = format!("\n{}", include_str!("../../rts/tally.h"));
        text.push_str(&self.body_function(&parameters));
        let (lane, lanes) = (self.dialect.lane(0), self.dialect.lanes(0));
        let (item, items, barrier) = (self.dialect.item(0), self.dialect.items(0), self.dialect.barrier());
        let mut body = format!(
            "#if KW_COUNTERS\n    {}kw_u32 kw_counters[KW_COUNTERS];\n    \
             for (int k = (int){lane}; k < KW_COUNTERS; k += (int){lanes}) kw_counters[k] = 0u;\n    {barrier};\n",
            self.dialect.shared()
        );
        for (place, (_, (_, name))) in tallies.iter().enumerate() {
            body.push_str(&format!(
                "    kw_tally kw_tally{place} = kw_tally_of({name}, {name}_length, kw_counters + {place} * (KW_COUNTERS / {count}), KW_COUNTERS / {count}, (kw_u32){lane});\n",
                count = tallies.len()
            ));
        }
        body.push_str("#else\n");
        for (place, (_, (_, name))) in tallies.iter().enumerate() {
            body.push_str(&format!("    kw_tally kw_tally{place} = kw_tally_of({name}, {name}_length);\n"));
        }
        body.push_str("#endif\n");
        for &read in &always {
            if let Always { input, index: Some(index) } = read {
                let (ty, name) =
                    (c_type(self.op.inputs[usize::from(input)].ty), &self.names.inputs[usize::from(input)]);
                let value = load(self.op, input, &format!("{name}[{index}]"));
                body.push_str(&format!("    const {ty} {} = {value};\n", variable(read)));
            }
        }
        body.push_str(&format!(
            "    const kw_long kw_all = (kw_long)g.extent_x * g.extent_y * g.extent_z * g.batch;\n    \
             const kw_long kw_quads = kw_all / 4, kw_items = {items};\n    \
             for (kw_long kw_first = {item}; kw_first < kw_quads; kw_first += KW_STRIP * kw_items) {{\n"
        ));
        for &input in &own {
            let ty = format!("KW_QUAD({})", definition_name(self.op, Definition::Input(input)));
            let (global, name) = (self.dialect.global(), &self.names.inputs[usize::from(input)]);
            body.push_str(&format!(
                "        {ty} kw_in{input}[KW_STRIP];\n        KW_UNROLL for (int k = 0; k < KW_STRIP; ++k)\n            \
                 if (kw_first + k * kw_items < kw_quads) kw_in{input}[k] = (({global}const {ty} *){name})[kw_first + k * kw_items];\n"
            ));
        }
        body.push_str(
            "        KW_UNROLL for (int k = 0; k < KW_STRIP; ++k) {\n            \
             const kw_long kw_quad = kw_first + k * kw_items;\n            if (kw_quad < kw_quads) {\n",
        );
        for (number, part) in ["x", "y", "z", "w"].into_iter().enumerate() {
            let element = |input: u8, _: &str| format!("kw_in{input}[k].{part}");
            body.push_str(&self.counted(&" ".repeat(16), &format!("4 * kw_quad + {number}"), &always, &element));
        }
        body.push_str("            }\n        }\n    }\n    // The items that fill no vector.\n");
        body.push_str(&format!("    if (4 * kw_quads + {item} < kw_all) {{\n"));
        let element = |_: u8, name: &str| format!("{name}[index]");
        body.push_str(&self.counted("        ", &format!("4 * kw_quads + {item}"), &always, &element));
        body.push_str(&format!("    }}\n    {barrier};\n"));
        for place in 0..tallies.len() {
            body.push_str(&format!("    kw_tally_flush(&kw_tally{place}, (kw_u32){lane}, (kw_u32){lanes});\n"));
        }
        text + &self.kernel_text(kernel, &body)
    }

    /// The body for the item of that index.
    fn counted(&self, indent: &str, index: &str, always: &[Always], element: &dyn Fn(u8, &str) -> String) -> String {
        let located =
            analysis::expressions(self.op).any(|expr| matches!(expr, Expr::Coordinate { .. } | Expr::BatchIndex));
        let mut tallies = 0;
        let mut arguments = Vec::new();
        for (input, name) in self.op.inputs.iter().zip(&self.names.inputs) {
            if input.access == Access::Tally {
                arguments.push(format!("&kw_tally{tallies}"));
                tallies += 1;
            } else {
                arguments.push(name.clone());
            }
        }
        for &read in always {
            let name = &self.names.inputs[usize::from(read.input)];
            arguments.push(match read.index {
                None => load(self.op, read.input, &element(read.input, name)),
                Some(_) => variable(read),
            });
        }
        arguments.push("g".into());
        let mut text = format!("{indent}{{\n{indent}    const kw_index index = (kw_index)({index});\n");
        if located {
            text.push_str(&format!(
                "{indent}    const kw_index kw_row = index / g.extent_x, kw_plane = kw_row / g.extent_y;\n"
            ));
            let places =
                ["index % g.extent_x", "kw_row % g.extent_y", "kw_plane % g.extent_z", "kw_plane / g.extent_z"];
            arguments.extend(places.map(String::from));
        } else {
            arguments.extend(["0", "0", "0", "0"].map(String::from));
        }
        arguments.push("index".into());
        arguments.extend(self.call_params());
        text + &format!("{indent}    {}_body({});\n{indent}}}\n", self.op.name, arguments.join(", "))
    }
}
