//! The kernel of a scan: a work-item walks a line and hands the state from voxel to voxel.
//!
//! Variables of the kernel begin with `kw_`, since parameters have the author's names.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
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
        let (pixel, locals) = (&self.names.inputs[0], self.names.locals(body));
        let states = || self.op.state.iter().enumerate();
        let mut parameters = vec![format!("const {} {pixel}", c_type(self.op.inputs[0].ty))];
        let constant = |slot: usize| if body.locals[slot].mutable { "" } else { "const " };
        parameters.extend(states().map(|(slot, &ty)| format!("{}{} {}", constant(slot), c_type(ty), locals[slot])));
        let mut arguments = vec![load(self.op, 0, "kw_ahead[k]")];
        arguments.extend(states().map(|(slot, _)| format!("kw_state{slot}")));
        if coordinates {
            parameters.extend(["const kw_geometry g", "const int x", "const int y", "const int z"].map(String::from));
            arguments.extend(["g", "x", "y", "z"].map(String::from));
        }
        parameters.extend(self.function_params());
        arguments.extend(self.call_params());
        let mut text = self.body_function(&parameters);
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
        for ((slot, &ty), start) in states().zip(self.starts()) {
            text.push_str(&format!("    {} kw_state{slot} = {start};\n", c_type(ty)));
        }
        text.push_str("#if KW_AXIS == 0\n");
        text.push_str(&self.tiled_lines(&call, reverse, coordinates, &step));
        text.push_str("#else\n");
        text.push_str(&format!(
            "    if (kw_line >= (kw_long)kw_lines) return;\n    \
             // From one voxel of the line to the next, and to the one that is walked first.\n    \
             const kw_index kw_number = (kw_index)kw_line;\n    \
             const kw_index kw_stride = KW_AXIS == 1 ? g.extent_x : (kw_index)g.extent_x * g.extent_y;\n    \
             const kw_index kw_block = kw_number / kw_stride;\n    \
             const kw_index kw_first = kw_block * kw_stride * kw_along + (kw_number - kw_block * kw_stride)\n        \
             + ({reverse} ? (kw_along - 1) * kw_stride : 0);\n    \
             const kw_index kw_step = {reverse} ? -kw_stride : kw_stride;\n    \
             // Some voxels are taken in while the next are on their way.\n    \
             KW_STORAGE({storage}) kw_ahead[KW_AHEAD], kw_next[KW_AHEAD];\n    \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k)\n        \
             if (k < kw_along) kw_ahead[k] = {pixel}[kw_first + k * kw_step];\n    \
             for (int kw_from = 0; kw_from < kw_along; kw_from += KW_AHEAD) {{\n        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k)\n            \
             if (kw_from + KW_AHEAD + k < kw_along) kw_next[k] = {pixel}[kw_first + (kw_from + KW_AHEAD + k) * kw_step];\n        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) {{\n            if (kw_from + k < kw_along) {{\n                \
             const kw_index i = kw_first + (kw_from + k) * kw_step;\n{}            }}\n        }}\n        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) kw_ahead[k] = kw_next[k];\n    }}\n",
            step(&" ".repeat(16), &self.store_results(&call, "i", &" ".repeat(16))),
            storage = definition_name(self.op, Definition::Input(0)),
        ));
        text + "#endif\n}\n"
    }

    /// Lines along x lie one after the other in memory: a group takes as many as it has work-items, reads a tile of as many columns row by
    /// row, and each work-item walks its own row of the tile. While it does, the next tile is on its way. Elements of a tile are 32 bits
    /// wide, and its rows one longer than a power of two: what work-items read together lies in different banks.
    fn tiled_lines(&self, call: &str, reverse: &str, coordinates: bool, step: &dyn Fn(&str, &str) -> String) -> String {
        let (pixel, storage) = (&self.names.inputs[0], definition_name(self.op, Definition::Input(0)));
        let (shared, barrier) = (self.dialect.shared(), self.dialect.barrier());
        let pitch = SCAN_TILE + 1;
        let outputs = 0..self.op.outputs.len() as u8;
        let tiles: String = outputs
            .clone()
            .map(|output| format!("    {shared}kw_u32 kw_tile{output}[{SCAN_TILE} * {pitch}];\n"))
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
        format!(
            "{tiles}    const int kw_lane = (int){lane}, kw_lanes = (int){lanes};\n    \
             const int kw_rows = (int)kw_min_long(kw_lanes, kw_lines - (kw_line - kw_lane));\n    \
             const kw_index kw_top = (kw_index)(kw_line - kw_lane) * kw_along;\n    const int kw_row = kw_lane * {pitch};\n    \
             const int kw_last = (kw_along - 1) / kw_lanes;\n    KW_STORAGE({storage}) kw_next[{SCAN_TILE}];\n    \
             for (int kw_turn = -1; kw_turn <= kw_last; ++kw_turn) {{\n        \
             const int kw_base = ({reverse} ? kw_last - kw_turn : kw_turn) * kw_lanes;\n        \
             const int kw_columns = kw_along - kw_base < kw_lanes ? kw_along - kw_base : kw_lanes;\n        \
             if (kw_turn >= 0) {{\n            \
             KW_UNROLL for (int k = 0; k < {SCAN_TILE}; ++k)\n                \
             if (k < kw_rows) kw_tile0[k * {pitch} + kw_lane] = KW_CAT(kw_word_, {storage})(kw_next[k]);\n            {barrier};\n        }}\n        \
             if (kw_turn < kw_last) {{\n            \
             const int kw_coming = ({reverse} ? kw_last - kw_turn - 1 : kw_turn + 1) * kw_lanes + kw_lane;\n            \
             const int kw_read = kw_coming < kw_along ? kw_coming : kw_along - 1;\n            \
             KW_UNROLL for (int k = 0; k < {SCAN_TILE}; ++k)\n                \
             if (k < kw_rows) kw_next[k] = {pixel}[kw_top + (kw_index)k * kw_along + kw_read];\n        }}\n        \
             if (kw_turn >= 0) {{\n            if (kw_lane < kw_rows) {{\n                \
             if (kw_columns == {SCAN_TILE}) {{\n                    \
             // A whole row: no test stands between its voxels.\n                    \
             for (int kw_part = 0; kw_part < {SCAN_TILE}; kw_part += KW_AHEAD) {{\n                        \
             KW_STORAGE({storage}) kw_ahead[KW_AHEAD];\n                        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k)\n                            \
             kw_ahead[k] = KW_CAT(kw_unpack_, {storage})(kw_tile0[kw_row + ({reverse} ? {SCAN_TILE} - 1 - kw_part - k : kw_part + k)]);\n                        \
             KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) {{\n                            \
             const int kw_column = {reverse} ? {SCAN_TILE} - 1 - kw_part - k : kw_part + k;\n{index}{walked}                        }}\n                    }}\n                \
             }} else {{\n                    for (int kw_part = 0; kw_part < kw_columns; ++kw_part) {{\n                        \
             const int k = 0, kw_column = {reverse} ? kw_columns - 1 - kw_part : kw_part;\n                        \
             const KW_STORAGE({storage}) kw_ahead[1] = {{KW_CAT(kw_unpack_, {storage})(kw_tile0[kw_row + kw_column])}};\n{index}{walked}                    }}\n                }}\n            }}\n            \
             {barrier};\n            if (kw_lane < kw_columns) {{\n                \
             KW_UNROLL for (int k = 0; k < {SCAN_TILE}; ++k) {{\n                    if (k < kw_rows) {{\n{writes}                    }}\n                }}\n            }}\n            \
             {barrier};\n        }}\n    }}\n",
            walked = step(&indent, &stores),
            lane = self.dialect.lane(0),
            lanes = self.dialect.lanes(0),
        )
    }

    /// The values that the states start with.
    fn starts(&self) -> Vec<String> {
        let start = &self.op.functions[1];
        let writer = FunctionWriter::new(self.op, start, &self.names, self.dialect);
        match start.body.of(start) {
            [Stmt::Return { values }] => values.of(start).iter().map(|&value| writer.expr(value)).collect(),
            _ => Vec::new(),
        }
    }
}
