//! The kernel of an operation that selects a key of its window: networks over parts of windows that neighbours share.
//!
//! Input: a [`Selection`]. Output: sizes, support code (`rts/selection.h`), the rest of the body as a function of the selected value, and
//! the kernel, all compiled only if that kernel is asked for, since the sizes are those of one window.

use std::fmt::Write;

use super::Writer;
use super::expr::{c_type, ordered};
use super::function::{FunctionWriter, key_bits, reduced_name};
use super::outputs::store;
use crate::ir::Reducer;
use crate::plan::{Definition, Role, Selection, definition_name, network, selection};

impl Writer<'_> {
    /// Everything that such an operation has beside the kernel of one work-item per voxel.
    pub(super) fn selection_kernel(&self) -> String {
        let Some(selection) = selection(self.op) else { return String::new() };
        let kernel = self.plan.kernel(Role::Select).expect("the plan has it by the same test");
        let body =
            super::fill(&self.with_puts(include_str!("templates/selection.c")), &self.selection_fillings(selection));
        let parts = [
            self.sizes(selection),
            self.dialect.selection().to_owned(),
            "\n".to_owned(),
            include_str!("../../rts/selection.h").replace("@sort@", &sorting()),
            self.selected_function(selection),
            self.key_function(selection),
            format!("{}{body}}}\n", self.kernel_head(kernel)),
        ];
        // Only if the radii are definitions.
        let known = format!("KW_WINDOW{}_KNOWN", selection.window);
        format!("\n#if {known}{}#endif\n", self.guarded(kernel, &parts.concat()))
    }

    fn sizes(&self, selection: Selection) -> String {
        let window = format!("KW_WINDOW{}", selection.window);
        let rank = match selection.reducer {
            Reducer::Percentile { param } => definition_name(self.op, Definition::WindowRank(selection.window, param)),
            _ => format!("({window} / 2)"),
        };
        include_str!("templates/selection_sizes.c")
            .replace("@window@", &window)
            .replace("@bits@", &key_bits(selection.ty))
            .replace("@rank@", &rank)
            .replace("@mode@", if selection.reducer == Reducer::Mode { "1" } else { "0" })
    }

    /// The body without its reduction.
    pub(super) fn selected_function(&self, selection: Selection) -> String {
        let name = reduced_name(selection.window, selection.reducer);
        let mut parameters = vec![format!("const {} {name}", c_type(selection.ty))];
        parameters.extend(self.function_params());
        let function = &self.op.functions[0];
        let head =
            self.signature(&format!("KW_FN {}", self.result_type()), &format!("{}_finish", self.op.name), &parameters);
        let mut writer = FunctionWriter::new(self.op, function, &self.names, self.dialect);
        writer.state = self.results_struct();
        let body = writer.rest_of_body();
        format!("\n// What `{}` makes of the selected value.\n{head}\n{{\n{body}}}\n", self.op.name)
    }

    /// Reads the key of a voxel at (x, across the march, along the march).
    fn key_function(&self, selection: Selection) -> String {
        let input = &self.names.inputs[usize::from(selection.input)];
        let (name, key) = (self.op.name, ordered("key", selection.ty));
        format!(
            "\n// The key of the voxel that is (dx, p, m), along x, across the march and along it, from (x, y, z), which is the voxel number `at`.\n\
             KW_FN kw_u32 {name}_key({}, const kw_index at, const kw_geometry g, const int x, const int y, const int z, const int n, const int dx, const int p, const int m, const float border, const bool inside)\n{{\n    \
             return {key}(kw_tap_{input}({input}, at, 0, g, x, y, z, n, dx, KW_Y(p, m), KW_Z(p, m), border, inside));\n}}\n",
            self.input_pointer(selection.input)
        )
    }

    fn selection_fillings(&self, selection: Selection) -> Vec<(&'static str, String)> {
        let mut arguments = vec![format!("{}(kw_key)", ordered("unkey", selection.ty))];
        arguments.extend(self.call_params());
        let dialect = self.dialect;
        vec![
            ("@result@", store(self.op, 0, &format!("{}_finish({})", self.op.name, arguments.join(", ")))),
            ("@input@", self.names.inputs[usize::from(selection.input)].clone()),
            ("@name@", self.op.name.to_owned()),
            ("@shared@", dialect.shared().to_owned()),
            ("@shared_pointer@", dialect.shared_pointer().to_owned()),
            ("@barrier@", dialect.barrier().to_owned()),
            ("@lane0@", dialect.lane(0).to_owned()),
            ("@lane1@", dialect.lane(1).to_owned()),
            ("@item0@", dialect.item(0).to_owned()),
        ]
    }
}

/// The function that sorts a column.
fn sorting() -> String {
    let mut text = String::from(
        "// Sorts a column, with the fewest comparisons that are known.\nKW_INLINED void kw_sort(kw_keys *v)\n{\n",
    );
    let mut word = "#if";
    for keys in [3, 5, 7, 9] {
        let network = network::sorting(keys).expect("it is known for these");
        let _ = writeln!(text, "{word} KW_NX == {keys}");
        for row in network.chunks(5) {
            let calls: Vec<_> = row.iter().map(|(i, j)| format!("kw_exchange(v, {i}, {j});")).collect();
            let _ = writeln!(text, "    {}", calls.join(" "));
        }
        word = "#elif";
    }
    text + "#endif\n}\n"
}
