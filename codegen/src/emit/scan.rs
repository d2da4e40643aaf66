//! The kernel of a scan: a work-item walks a line and hands the state from voxel to voxel.
//!
//! Variables of the kernel begin with `kw_`, since parameters have the author's names.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::image_kernels::outside;
use super::outputs::{pointer, store};
use crate::analysis;
use crate::ir::{Expr, Stmt};
use crate::plan::{Definition, Role, SCAN_TILE, definition_name, reverse_param};

impl Writer<'_> {
    pub(super) fn scan(&self) -> String {
        let kernel = self.plan.kernel(Role::Scan).expect("a scan has one kernel");
        let body = &self.op.functions[0];
        let coordinates =
            analysis::expressions(self.op).any(|expr| matches!(expr, Expr::Coordinate { .. } | Expr::Extent { .. }));
        let locals = self.names.locals(body);
        let states = || self.op.state.iter().enumerate();
        let mut parameters = self.voxel_parameters();
        let constant = |slot: usize| if body.locals[slot].mutable { "" } else { "const " };
        parameters.extend(states().map(|(slot, &ty)| format!("{}{} {}", constant(slot), c_type(ty), locals[slot])));
        let mut arguments: Vec<String> =
            self.scanned().map(|input| load(self.op, input, &format!("kw_ahead{}[k]", numbered(input)))).collect();
        arguments.extend(states().map(|(slot, _)| format!("kw_state{slot}")));
        if coordinates {
            parameters.extend(["const kw_geometry g", "const int x", "const int y", "const int z"].map(String::from));
            arguments.extend(["g", "x", "y", "z"].map(String::from));
        }
        parameters.extend(self.function_params());
        arguments.extend(self.call_params());
        let mut text = self.body_function(&parameters);
        text.push_str(&self.start_function());
        text.push_str(&self.kernel_head(kernel));
        let reverse = &self.names.params[usize::from(reverse_param(self.op))];
        let call = format!("{}_body({})", self.op.name, arguments.join(", "));
        // What is done with the voxel that `kw_ahead[k]` holds; `i` is its index.
        let step = |indent: &str, stores: &str| {
            let mut text = String::new();
            if coordinates {
                text.push_str(&format!("{indent}const int x = (int)(i % g.extent_x) + g.origin_x;\n"));
                text.push_str(&format!("{indent}const int y = (int)(i / g.extent_x % g.extent_y) + g.origin_y;\n"));
                text.push_str(&format!(
                    "{indent}const int z = (int)(i / g.extent_x / g.extent_y % g.extent_z) + g.origin_z;\n"
                ));
            }
            text.push_str(stores);
            for (slot, _) in states() {
                text.push_str(&format!("{indent}kw_state{slot} = result.r{};\n", self.op.outputs.len() + slot));
            }
            text
        };
        text.push_str(&format!(
            "    const kw_long kw_line = {};\n    \
             const int kw_along = KW_AXIS == 0 ? g.extent_x : KW_AXIS == 1 ? g.extent_y : g.extent_z;\n    \
             const kw_index kw_lines = (kw_index)g.extent_x * g.extent_y * g.extent_z * g.batch / kw_along;\n",
            self.dialect.item(0)
        ));
        if !self.starts_differ() {
            for ((slot, &ty), start) in states().zip(self.starts()) {
                text.push_str(&format!("    {} kw_state{slot} = {start};\n", c_type(ty)));
            }
        }
        text.push_str("#if KW_AXIS == 0\n");
        text.push_str(&self.tiled_lines(&call, reverse, coordinates, &step));
        text.push_str("#else\n");
        let reads = |into: &str, test: &str, at: &str| -> String {
            let one = |input: u8| format!("{into}{}[k] = {}[{at}];", numbered(input), self.pointer_of(input));
            let all: Vec<String> = self.scanned().map(one).collect();
            match &all[..] {
                [one] => format!("if ({test}) {one}"),
                all => format!("if ({test}) {{ {} }}", all.join(" ")),
            }
        };
        let arrays: String = self
            .scanned()
            .map(|input| {
                let (storage, n) = (definition_name(self.op, Definition::Input(input)), numbered(input));
                format!("    KW_STORAGE({storage}) kw_ahead{n}[KW_AHEAD], kw_next{n}[KW_AHEAD];\n")
            })
            .collect();
        let moved: Vec<String> =
            self.scanned().map(|input| format!("kw_ahead{0}[k] = kw_next{0}[k];", numbered(input))).collect();
        let moved = match &moved[..] {
            [one] => one.clone(),
            all => format!("{{ {} }}", all.join(" ")),
        };
        text.push_str(&format!(
            "#if KW_AHEAD > 1\n    if (kw_line >= (kw_long)kw_lines) return;\n#endif\n    \
             // From one voxel of the line to the next, and to the one that is walked first.\n    \
             const kw_index kw_number = (kw_index)kw_min_long(kw_line, (kw_long)kw_lines - 1);\n    \
             const kw_index kw_stride = KW_AXIS == 1 ? g.extent_x : (kw_index)g.extent_x * g.extent_y;\n    \
             const kw_index kw_block = kw_number / kw_stride;\n    \
             const kw_index kw_first = kw_block * kw_stride * kw_along + (kw_number - kw_block * kw_stride)\n        \
             + ({reverse} ? (kw_along - 1) * kw_stride : 0);\n    \
             const kw_index kw_step = {reverse} ? -kw_stride : kw_stride;\n\
             {starts}#if KW_AHEAD > 1\n    \
             // Some voxels are taken in while the next are on their way.\n\
             {arrays}    \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k)\n        \
             {first}\n    \
             for (int kw_from = 0; kw_from < kw_along; kw_from += KW_AHEAD) {{\n        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k)\n            \
             {next}\n        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) {{\n            if (kw_from + k < kw_along) {{\n                \
             const kw_index i = kw_first + (kw_from + k) * kw_step;\n{walked}            }}\n        }}\n        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) {moved}\n    }}\n\
             #else\n    \
             // A processor runs the work-items of a group one after the other up to a barrier: so they walk side by side.\n    \
             for (int kw_from = 0; kw_from < kw_along; ++kw_from) {{\n        \
             if (kw_line < (kw_long)kw_lines) {{\n            \
             const int k = 0;\n            const kw_index i = kw_first + kw_from * kw_step;\n{one}{walked_one}        }}\n        {barrier};\n    }}\n#endif\n",
            barrier = self.dialect.barrier(),
            one = self
                .scanned()
                .map(|input| {
                    let (storage, n) = (definition_name(self.op, Definition::Input(input)), numbered(input));
                    let pointer = self.pointer_of(input);
                    format!("            const KW_STORAGE({storage}) kw_ahead{n}[1] = {{{pointer}[i]}};\n")
                })
                .collect::<String>(),
            walked_one = step(&" ".repeat(12), &self.store_results(&call, "i", &" ".repeat(12))),
            starts = self.start_states("kw_first"),
            first = reads("kw_ahead", "k < kw_along", "kw_first + k * kw_step"),
            next = reads("kw_next", "kw_from + KW_AHEAD + k < kw_along", "kw_first + (kw_from + KW_AHEAD + k) * kw_step"),
            walked = step(&" ".repeat(16), &self.store_results(&call, "i", &" ".repeat(16))),
        ));
        text + "#endif\n}\n"
    }

    /// Lines along x lie one after the other in memory: a group takes as many as it has work-items, reads a tile of as many columns row by
    /// row, and each work-item walks its own row of the tile. While it does, the next tile is on its way. Elements of a tile are 32 bits
    /// wide, and its rows one longer than a power of two: what work-items read together lies in different banks. A result takes the place
    /// of the voxel of the image of its number, which was read.
    fn tiled_lines(&self, call: &str, reverse: &str, coordinates: bool, step: &dyn Fn(&str, &str) -> String) -> String {
        let (shared, barrier) = (self.dialect.shared(), self.dialect.barrier());
        let pitch = SCAN_TILE + 1;
        let outputs = 0..self.op.outputs.len() as u8;
        let tiles: String = (0..self.op.outputs.len().max(self.op.inputs.len()))
            .map(|tile| format!("    {shared}kw_tiled kw_tile{tile}[{SCAN_TILE} * {pitch}];\n"))
            .collect();
        let results = format!("{}_results", self.op.name);
        let indent = " ".repeat(28);
        let mut stores = format!("{indent}const {results} result = {call};\n");
        let mut writes = String::new();
        for output in outputs {
            let out = definition_name(self.op, Definition::Output(output));
            let value = store(self.op, output, &format!("result.r{output}"));
            stores.push_str(&format!(
                "{indent}kw_tile{output}[kw_row + kw_column] = KW_CAT(kw_word_, {out})({value});\n",
            ));
            writes.push_str(&format!(
                "                        {}[kw_top + (kw_index)k * kw_along + kw_base + kw_lane] = KW_CAT(kw_unpack_, {out})(kw_tile{output}[k * {pitch} + kw_lane]);\n",
                pointer(output)
            ));
        }
        let index = if coordinates {
            "                            const kw_index i = kw_top + (kw_index)kw_lane * kw_along + kw_base + kw_column;\n"
        } else {
            ""
        };
        // A line of the text for each image.
        let each = |line: &dyn Fn(&str, &str, &str) -> String| -> String {
            self.scanned()
                .map(|input| {
                    let storage = definition_name(self.op, Definition::Input(input));
                    line(&numbered(input), &input.to_string(), &storage)
                })
                .collect()
        };
        // A loop over the rows of a tile for each image.
        let each_row = |indent: usize, line: &dyn Fn(&str, &str, &str) -> String| -> String {
            let indent = " ".repeat(indent);
            each(&|n, tile, storage| {
                let line = line(n, tile, storage);
                format!(
                    "{indent}KW_UNROLL for (int k = 0; k < {SCAN_TILE}; ++k)\n{indent}    if (k < kw_rows) {line}\n"
                )
            })
        };
        let starts = self.start_states("kw_begin");
        let begin = match starts.is_empty() {
            true => String::new(),
            false => format!(
                "    const kw_index kw_begin = kw_top + (kw_index)(kw_lane < kw_rows ? kw_lane : 0) * kw_along + ({reverse} ? kw_along - 1 : 0);\n"
            ),
        };
        format!(
            "{tiles}    const int kw_lane = (int){lane}, kw_lanes = (int){lanes};\n    \
             const int kw_rows = (int)kw_min_long(kw_lanes, kw_lines - (kw_line - kw_lane));\n    \
             const kw_index kw_top = (kw_index)(kw_line - kw_lane) * kw_along;\n    const int kw_row = kw_lane * {pitch};\n    \
             const int kw_last = (kw_along - 1) / kw_lanes;\n{begin}{starts}{next_arrays}    \
             for (int kw_turn = -1; kw_turn <= kw_last; ++kw_turn) {{\n        \
             const int kw_base = ({reverse} ? kw_last - kw_turn : kw_turn) * kw_lanes;\n        \
             const int kw_columns = kw_along - kw_base < kw_lanes ? kw_along - kw_base : kw_lanes;\n        \
             if (kw_turn >= 0) {{\n{fill}            {barrier};\n        }}\n        \
             if (kw_turn < kw_last) {{\n            \
             const int kw_coming = ({reverse} ? kw_last - kw_turn - 1 : kw_turn + 1) * kw_lanes + kw_lane;\n            \
             const int kw_read = kw_coming < kw_along ? kw_coming : kw_along - 1;\n{reads}        }}\n        \
             if (kw_turn >= 0) {{\n            if (kw_lane < kw_rows) {{\n                \
             if (kw_columns == {SCAN_TILE}) {{\n                    \
             // A whole row: no test stands between its voxels.\n                    \
             for (int kw_part = 0; kw_part < {SCAN_TILE}; kw_part += KW_AHEAD) {{\n{ahead_arrays}                        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) {{\n                            \
             const int kw_column = {reverse} ? {SCAN_TILE} - 1 - kw_part - k : kw_part + k;\n{index}{walked}                        }}\n                    }}\n                \
             }} else {{\n                    for (int kw_part = 0; kw_part < kw_columns; ++kw_part) {{\n                        \
             const int k = 0, kw_column = {reverse} ? kw_columns - 1 - kw_part : kw_part;\n{ahead_one}{index}{walked}                    }}\n                }}\n            }}\n            \
             {barrier};\n            if (kw_lane < kw_columns) {{\n                \
             KW_UNROLL for (int k = 0; k < {SCAN_TILE}; ++k) {{\n                    if (k < kw_rows) {{\n{writes}                    }}\n                }}\n            }}\n            \
             {barrier};\n        }}\n    }}\n",
            walked = step(&indent, &stores),
            lane = self.dialect.lane(0),
            lanes = self.dialect.lanes(0),
            next_arrays = each(&|n, _, storage| format!("    KW_STORAGE({storage}) kw_next{n}[{SCAN_TILE}];\n")),
            fill = each_row(12, &|n, tile, storage| format!(
                "kw_tile{tile}[k * {pitch} + kw_lane] = KW_CAT(kw_word_, {storage})(kw_next{n}[k]);"
            )),
            reads = each_row(12, &|n, tile, _| format!(
                "kw_next{n}[k] = {}[kw_top + (kw_index)k * kw_along + kw_read];",
                self.pointer_of(tile.parse().unwrap_or(0))
            )),
            ahead_arrays = each(&|n, tile, storage| format!(
                "                        KW_STORAGE({storage}) kw_ahead{n}[KW_AHEAD];\n                        \
                 KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k)\n                            \
                 kw_ahead{n}[k] = KW_CAT(kw_unpack_, {storage})(kw_tile{tile}[kw_row + ({reverse} ? {SCAN_TILE} - 1 - kw_part - k : kw_part + k)]);\n"
            )),
            ahead_one = each(&|n, tile, storage| format!(
                "                        const KW_STORAGE({storage}) kw_ahead{n}[1] = {{KW_CAT(kw_unpack_, {storage})(kw_tile{tile}[kw_row + kw_column])}};\n"
            )),
        )
    }

    /// The numbers of the images.
    fn scanned(&self) -> std::ops::Range<u8> {
        0..self.op.inputs.len() as u8
    }

    fn pointer_of(&self, input: u8) -> &str {
        &self.names.inputs[usize::from(input)]
    }

    /// The voxels of all images as parameters of a function.
    fn voxel_parameters(&self) -> Vec<String> {
        let inputs = self.op.inputs.iter().zip(&self.names.inputs);
        inputs.map(|(input, name)| format!("const {} {name}", c_type(input.ty))).collect()
    }

    /// Whether the states of lines start with values that only a call knows.
    fn starts_differ(&self) -> bool {
        self.op.continues_lines()
            || self.op.functions[1].exprs.iter().any(|typed| matches!(typed.expr, Expr::Param { .. }))
    }

    /// The struct of the states that a line starts with.
    fn start_struct(&self) -> String {
        format!("{}_states", self.op.name)
    }

    /// The function that computes the states from what lies before a line and from the parameters; nothing where they are constants.
    fn start_function(&self) -> String {
        if !self.starts_differ() {
            return String::new();
        }
        let (name, start) = (self.start_struct(), &self.op.functions[1]);
        let members = self.op.state.iter().enumerate();
        let members: String = members.map(|(slot, &ty)| format!("    {} s{slot};\n", c_type(ty))).collect();
        let mut parameters = if self.op.continues_lines() { self.voxel_parameters() } else { Vec::new() };
        parameters.extend(self.function_params());
        let head = self.signature(&format!("KW_FN {name}"), &format!("{}_start", self.op.name), &parameters);
        let mut writer = FunctionWriter::new(self.op, start, &self.names, self.dialect);
        writer.state = Some(name.clone());
        format!(
            "\n// The states that a line starts with.\ntypedef struct {{\n{members}}} {name};\n{head}\n{{\n{}}}\n",
            writer.body()
        )
    }

    /// Declares the states of a line whose first voxel has that index; nothing where they are constants.
    fn start_states(&self, first: &str) -> String {
        if !self.starts_differ() {
            return String::new();
        }
        let before = |input: u8| {
            let ty = self.op.inputs[usize::from(input)].ty;
            let voxel = load(self.op, input, &format!("{}[{first}]", self.pointer_of(input)));
            format!("KW_IS_CONSTANT ? {} : {voxel}", outside(ty))
        };
        let mut arguments: Vec<String> = match self.op.continues_lines() {
            true => self.scanned().map(before).collect(),
            false => Vec::new(),
        };
        arguments.extend(self.call_params());
        let (name, states) = (self.start_struct(), self.op.state.iter().enumerate());
        let states: String =
            states.map(|(slot, &ty)| format!("    {} kw_state{slot} = kw_start.s{slot};\n", c_type(ty))).collect();
        let call = format!("{}_start({})", self.op.name, arguments.join(", "));
        format!("    const {name} kw_start = {call};\n{states}")
    }

    /// The values that the states start with, where they are constants.
    fn starts(&self) -> Vec<String> {
        let start = &self.op.functions[1];
        let writer = FunctionWriter::new(self.op, start, &self.names, self.dialect);
        match start.body.of(start) {
            [Stmt::Return { values }] => values.of(start).iter().map(|&value| writer.expr(value)).collect(),
            _ => Vec::new(),
        }
    }
}

/// What tells the variables of one image from those of the first.
fn numbered(input: u8) -> String {
    if input == 0 { String::new() } else { input.to_string() }
}
