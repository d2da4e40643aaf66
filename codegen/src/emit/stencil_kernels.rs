//! The kernel of a neighborhood of small reach: a march with the planes of its windows in registers, four columns per work-item.
//!
//! Input: an operation that [`stencil`] takes. Output: sizes, functions that read a line and a neighbour of each input, the body as a function
//! that reads registers, and the kernel, all compiled only if that kernel is asked for. Invariant: every index of a register array is made of
//! constants and of counters of loops that are unrolled.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::image_kernels::outside;
use super::outputs::{pointer, store};
use crate::analysis::{self, Exists};
use crate::ir::{Axis, BinaryOp, Radius};
use crate::plan::{Definition, Role, asks_inside, definition_name, stencil};

impl Writer<'_> {
    /// Everything that such an operation has beside the kernel of one work-item per voxel.
    pub(super) fn stencil_kernel(&self) -> String {
        if !stencil(self.op) {
            return String::new();
        }
        let kernel = self.plan.kernel(Role::Stencil).expect("the plan has it by the same test");
        let mut parts = vec![self.stencil_sizes()];
        parts.extend(self.inputs().map(|input| self.input_functions(input)));
        parts.extend([self.column_function(), self.four_function()]);
        parts.push(self.kernel_head(kernel));
        parts.push(self.stencil_body());
        parts.push("}\n".into());
        let text = self.guarded(kernel, &parts.concat());
        // Only if the radii of all windows are definitions.
        let known: Vec<_> = (0..self.op.windows.len()).map(|window| format!("KW_WINDOW{window}_KNOWN")).collect();
        if known.is_empty() { text } else { format!("\n#if {}{text}#endif\n", known.join(" && ")) }
    }

    fn inputs(&self) -> impl Iterator<Item = u8> + use<> {
        0..self.op.inputs.len() as u8
    }

    /// What voxels are held as: numbers among which NaN says that there is none, if that is all that matters of them.
    fn held(&self, input: u8) -> &'static str {
        if analysis::exists(self.op).is_some() { "float" } else { c_type(self.op.inputs[usize::from(input)].ty) }
    }

    /// Whether voxels outside the image do not count.
    fn skips(&self) -> bool {
        analysis::exists(self.op).is_some_and(|question| question.inside)
    }

    fn stencil_sizes(&self) -> String {
        let halo = analysis::halo(self.op);
        let reach = |axis: Axis, fixed: [u32; 3]| {
            let windows = (0..self.op.windows.len() as u8)
                .filter(|&window| matches!(self.op.windows[usize::from(window)].radius, Radius::Param { .. }));
            let radii = windows.map(|window| definition_name(self.op, Definition::WindowRadius(window, axis)));
            radii.fold(fixed[axis.index()].to_string(), |most, radius| match most.as_str() {
                "0" => radius,
                _ => format!("KW_MORE({most}, {radius})"),
            })
        };
        let [left, up, front] = Axis::ALL.map(|axis| reach(axis, halo.before));
        let [right, down, back] = Axis::ALL.map(|axis| reach(axis, halo.after));
        super::fill(
            include_str!("templates/stencil_sizes.c"),
            &[
                ("@left@", left),
                ("@right@", right),
                ("@up@", up),
                ("@down@", down),
                ("@front@", front),
                ("@back@", back),
                ("@name@", self.op.name.into()),
                ("@skips@", if self.skips() { "1" } else { "KW_IS_CONSTANT" }.into()),
            ],
        )
    }

    /// The functions that read a line into registers, and a neighbour from them.
    fn input_functions(&self, input: u8) -> String {
        let info = self.op.inputs[usize::from(input)];
        let name = self.names.inputs[usize::from(input)].clone();
        let element = |element: &str| match self.held(input) {
            held if held == c_type(info.ty) => load(self.op, input, element),
            held => format!("({held}){}", load(self.op, input, element)),
        };
        let outside = match (self.skips(), self.held(input)) {
            (true, _) => "kw_float(0x7fc00000u)".to_owned(),
            (_, held) if held == c_type(info.ty) => outside(info.ty).to_owned(),
            (_, held) => format!("({held}){}", outside(info.ty)),
        };
        super::fill(
            include_str!("templates/stencil_input.c"),
            &[
                ("@load@", element(&format!("{name}[kw_there]"))),
                ("@load_x@", element("kw_four.x")),
                ("@load_y@", element("kw_four.y")),
                ("@load_z@", element("kw_four.z")),
                ("@load_w@", element("kw_four.w")),
                ("@storage@", definition_name(self.op, Definition::Input(input))),
                ("@value@", self.held(input).into()),
                ("@pointer@", self.input_pointer(input)),
                ("@outside@", outside),
                ("@global@", self.dialect.global().into()),
                ("@name@", info.name.into()),
                ("@input@", name),
            ],
        )
    }

    /// What the body needs beside the place of its voxel.
    fn column_parameters(&self) -> Vec<String> {
        let lines = |input| {
            let name = &self.names.inputs[usize::from(input)];
            format!("const {} (*kw_lines_{name})[KW_LINES][KW_WIDE]", self.held(input))
        };
        let mut parameters: Vec<_> = self.inputs().map(lines).collect();
        parameters.push("const int kw_row".into());
        parameters
    }

    fn place_parameters(&self) -> Vec<String> {
        let place = [
            "const kw_geometry g",
            "const int x",
            "const int y",
            "const int z",
            "const int n",
            "const float border",
            "const bool inside",
        ];
        place.iter().map(|&one| one.to_owned()).chain(self.function_params()).collect()
    }

    /// The body, for one of the four columns.
    fn column_function(&self) -> String {
        let mut parameters = self.column_parameters();
        parameters.push("const int kw_column".into());
        parameters.extend(self.place_parameters());
        let head =
            self.signature(&format!("KW_FN {}", self.result_type()), &format!("{}_column", self.op.name), &parameters);
        let mut writer = FunctionWriter::new(self.op, &self.op.functions[0], &self.names, self.dialect);
        writer.state = self.results_struct();
        writer.in_registers = true;
        if let Some(question) = analysis::exists(self.op) {
            return self.exists_function(question, &writer, head);
        }
        let body = writer.body();
        format!(
            "\n// The body of `{}` for one of four voxels, read from registers.\n{head}\n{{\n{body}}}\n",
            self.op.name
        )
    }

    /// The same for a body that only asks whether a voxel of its window compares with a value.
    fn exists_function(&self, question: Exists, writer: &FunctionWriter<'_>, head: String) -> String {
        let input = self.op.windows[usize::from(question.window)].input;
        let (extreme, best) = match question.largest() {
            true => ("largest", self.dialect.larger()),
            false => ("smallest", self.dialect.smaller()),
        };
        let comparison = match question.comparison {
            BinaryOp::Ge => ">=",
            BinaryOp::Gt => ">",
            BinaryOp::Le => "<=",
            _ => "<",
        };
        super::fill(
            include_str!("templates/stencil_exists.c"),
            &[
                ("@head@", head),
                ("@extreme@", extreme.into()),
                ("@best@", best.into()),
                ("@window@", format!("KW_WINDOW{}", question.window)),
                ("@others@", if question.others { " && (kw_dy != 0 || kw_dz != 0)" } else { "" }.into()),
                ("@comparison@", comparison.into()),
                ("@value@", writer.expr(question.value)),
                ("@found@", writer.expr(question.found)),
                ("@absent@", writer.expr(question.absent)),
                ("@name@", self.op.name.into()),
                ("@input@", self.names.inputs[usize::from(input)].clone()),
            ],
        )
    }

    /// Computes and stores four voxels.
    fn four_function(&self) -> String {
        let (name, global) = (self.op.name, self.dialect.global());
        let outputs = || 0..self.op.outputs.len() as u8;
        let storage = |output| definition_name(self.op, Definition::Output(output));
        let stored =
            |output| self.result().map_or_else(|| format!("KW_STORAGE({})", storage(output)), |ty| format!("kw_{ty}"));
        let pointers = outputs().map(|output| format!("{global}{} *{}", stored(output), pointer(output)));
        let mut parameters: Vec<_> = pointers.collect();
        parameters.extend(["const kw_index kw_to", "const bool kw_needed"].map(String::from));
        parameters.extend(self.stencil_chain());
        parameters.extend(self.column_parameters());
        parameters.extend(self.place_parameters());
        let head = self.signature("KW_FN void", &format!("{name}_four"), &parameters);
        let names = |parameters: Vec<String>| parameters.iter().map(|one| name_of(one)).collect::<Vec<_>>();
        let mut lines = String::new();
        for (column, part) in ["x", "y", "z", "w"].iter().enumerate() {
            let mut arguments = names(self.column_parameters());
            arguments.push(column.to_string());
            arguments.extend(names(self.place_parameters()).into_iter().map(|name| match name.as_str() {
                "x" if column > 0 => format!("x + {column}"),
                _ => name,
            }));
            let ty = self.result_type();
            lines.push_str(&format!("    const {ty} kw_{part} = {name}_column({});\n", arguments.join(", ")));
        }
        let value = |output: u8, part: &str| match self.results_struct() {
            None => store(self.op, output, &format!("kw_{part}")),
            Some(_) => store(self.op, output, &format!("kw_{part}.r{output}")),
        };
        lines.push_str("    if (!kw_needed) return;\n#if KW_VECTORS\n");
        if self.result().is_some() {
            let values = ["x", "y", "z", "w"].map(|part| value(0, part));
            lines.push_str(&format!("    {}\n", self.put_several("kw_to", &values, "    ")));
        } else {
            for output in outputs() {
                let quad = format!("KW_QUAD({})", storage(output));
                lines.push_str(&format!("    {quad} kw_four{output};\n"));
                for part in ["x", "y", "z", "w"] {
                    lines.push_str(&format!("    kw_four{output}.{part} = {};\n", value(output, part)));
                }
                lines.push_str(&format!("    *({global}{quad} *)({} + kw_to) = kw_four{output};\n", pointer(output)));
            }
        }
        lines.push_str("#else\n");
        for (column, part) in ["x", "y", "z", "w"].into_iter().enumerate() {
            let mut stores = outputs()
                .map(|output| format!("{};", self.put(output, &format!("kw_to + {column}"), &value(output, part))));
            let stores = match (column, outputs().len()) {
                (0, _) => stores.map(|store| format!("    {store}\n")).collect::<String>(),
                (_, 1) => {
                    format!("    if (x - g.origin_x + {column} < g.extent_x) {}\n", stores.next().unwrap_or_default())
                }
                _ => {
                    let stores: String = stores.map(|store| format!("        {store}\n")).collect();
                    format!("    if (x - g.origin_x + {column} < g.extent_x) {{\n{stores}    }}\n")
                }
            };
            lines.push_str(&stores);
        }
        lines.push_str("#endif\n");
        format!(
            "\n// Computes four voxels in a row, and stores them if the region has them: what lines share is computed for all.\n{head}\n{{\n{lines}}}\n"
        )
    }

    /// What the kernel has for its chains, which go on with what that function stores.
    fn stencil_chain(&self) -> Vec<String> {
        self.plan.kernel(Role::Stencil).map_or_else(Vec::new, |kernel| self.chain_parameters(kernel))
    }

    fn stencil_body(&self) -> String {
        let dialect = self.dialect;
        let each = |indent: usize, line: &dyn Fn(&str, &str) -> String| -> String {
            let line = |input: u8| {
                let name = &self.names.inputs[usize::from(input)];
                format!("{:indent$}{}\n", "", line(name, self.held(input)))
            };
            self.inputs().map(line).collect()
        };
        let read = |plane: &str, at: &str, inner: &str, indent: usize| {
            each(indent, &|name, _| {
                let empty = format!("KW_SKIPS && ({at} < 0 || kw_starts[r] < 0)");
                format!(
                    "kw_line_{name}(kw_lines_{name}[{plane}][r], {name}, {at} + kw_starts[r], kw_columns, border, {inner}, {empty});"
                )
            })
        };
        let round = |steps: &str| {
            super::fill(
                include_str!("templates/stencil_round.c"),
                &[
                    ("@inner@", read("KW_BEFORE + KW_AFTER + k", "kw_planes[k]", "true", 28)),
                    ("@outer@", read("KW_BEFORE + KW_AFTER + k", "kw_planes[k]", "false", 28)),
                    ("@compute@", self.computed()),
                    (
                        "@move@",
                        each(28, &|name, _| format!("kw_lines_{name}[k][r][i] = kw_lines_{name}[k + @steps@][r][i];")),
                    ),
                    ("@steps@", steps.to_owned()),
                ],
            )
        };
        let rest = round("1");
        let rounds =
            format!("{}#if KW_STRIP > 1\n            // What is left of the run.\n{rest}#endif\n", round("KW_STRIP"));
        super::fill(
            include_str!("templates/stencil.c"),
            &[
                (
                    "@arrays@",
                    each(12, &|name, ty| {
                        format!("{ty} kw_lines_{name}[KW_BEFORE + KW_AFTER + KW_STRIP][KW_LINES][KW_WIDE];")
                    }),
                ),
                ("@first@", read("k", "kw_at", "false", 20)),
                ("@rounds@", rounds),
                ("@name@", self.op.name.into()),
                ("@item0@", dialect.item(0).into()),
                ("@item1@", dialect.item(1).into()),
                ("@item2@", dialect.item(2).into()),
                ("@items1@", dialect.items(1).into()),
                ("@items2@", dialect.items(2).into()),
            ],
        )
    }

    /// The results of the planes of a round.
    fn computed(&self) -> String {
        let call = |inside: &str| {
            let mut arguments: Vec<_> = (0..self.op.outputs.len() as u8).map(pointer).collect();
            arguments.push("kw_to + k * kw_step + e * g.extent_x".into());
            arguments.push("KW_ROWS == 1 || kw_row + e < g.extent_y".into());
            arguments.extend(self.stencil_chain().iter().map(|parameter| name_of(parameter)));
            arguments
                .extend(self.inputs().map(|input| format!("kw_lines_{} + k", self.names.inputs[usize::from(input)])));
            arguments.push("e".into());
            let y = "KW_IS_FLAT_Z ? kw_place + k : kw_row + e + g.origin_y";
            let z = "KW_IS_FLAT_Z ? g.origin_z : kw_place + k";
            arguments.extend(["g", "x", y, z, "n", "border", inside].map(String::from));
            arguments.extend(self.call_params());
            format!("{}_four({});\n", self.op.name, arguments.join(", "))
        };
        let loops = |indent: usize, inside: &str| {
            let lines = [
                "KW_UNROLL for (int k = 0; k < @steps@; ++k) {\n",
                "    KW_UNROLL for (int e = 0; e < KW_ROWS; ++e) {\n",
                &format!("        {}", call(inside)),
                "    }\n",
                "}\n",
            ];
            lines.map(|line| format!("{:indent$}{line}", "")).concat()
        };
        if !asks_inside(self.op) {
            return loops(16, "false");
        }
        let inside = [
            "kw_inner",
            "kw_place >= KW_BEFORE",
            "kw_place + @steps@ - 1 + KW_AFTER < (KW_IS_FLAT_Z ? g.global_y : g.global_z)",
            "(KW_IS_FLAT_Z || (kw_row + g.origin_y >= KW_ABOVE && kw_row + g.origin_y + KW_ROWS - 1 + KW_BELOW < g.global_y))",
        ];
        format!(
            "                if ({}) {{\n{}                }} else {{\n{}                }}\n",
            inside.join("\n                    && "),
            loops(20, "true"),
            loops(20, "false")
        )
    }
}

/// The name that a parameter declares, also where it is a pointer to arrays.
fn name_of(parameter: &str) -> String {
    match parameter.split_once("(*") {
        Some((_, rest)) => rest.split(')').next().unwrap_or(rest).to_owned(),
        None => super::last_word(parameter),
    }
}
