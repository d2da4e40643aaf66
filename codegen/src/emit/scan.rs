//! The kernel of a scan: a work-item walks a line and hands the state from voxel to voxel.
//!
//! Variables of the kernel begin with `kw_`, since parameters have the author's names.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use crate::analysis;
use crate::ir::{Expr, Stmt};
use crate::plan::{Role, reverse_param};

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
        let mut arguments = vec![load(self.op, 0, &format!("{pixel}[i]"))];
        arguments.extend(states().map(|(slot, _)| format!("kw_state{slot}")));
        if coordinates {
            parameters.extend(["const kw_geometry g", "const int x", "const int y", "const int z"].map(String::from));
            arguments.extend(["g", "x", "y", "z"].map(String::from));
        }
        parameters.extend(self.function_params());
        arguments.extend(self.call_params());
        let mut text = self.body_function(&parameters);
        text.push_str(&self.kernel_head(kernel));
        text.push_str(&format!(
            "    const kw_long kw_line = {};\n    \
             const int kw_along = KW_AXIS == 0 ? g.extent_x : KW_AXIS == 1 ? g.extent_y : g.extent_z;\n    \
             if (kw_line >= (kw_long)g.extent_x * g.extent_y * g.extent_z * g.batch / kw_along) return;\n    \
             // From one voxel of the line to the next, and to the first.\n    \
             const kw_index kw_stride = KW_AXIS == 0 ? 1 : KW_AXIS == 1 ? g.extent_x : (kw_index)g.extent_x * g.extent_y;\n    \
             const kw_index kw_first = (kw_index)(kw_line / kw_stride) * kw_stride * kw_along + (kw_index)(kw_line % kw_stride);\n",
            self.dialect.item(0)
        ));
        for ((slot, &ty), start) in states().zip(self.starts()) {
            text.push_str(&format!("    {} kw_state{slot} = {start};\n", c_type(ty)));
        }
        let reverse = &self.names.params[usize::from(reverse_param(self.op))];
        text.push_str(&format!(
            "    for (int k = 0; k < kw_along; ++k) {{\n        \
             const kw_index i = kw_first + (kw_index)({reverse} ? kw_along - 1 - k : k) * kw_stride;\n"
        ));
        if coordinates {
            text.push_str("        const int x = (int)(i % g.extent_x) + g.origin_x;\n");
            text.push_str("        const int y = (int)(i / g.extent_x % g.extent_y) + g.origin_y;\n");
            text.push_str("        const int z = (int)(i / g.extent_x / g.extent_y % g.extent_z) + g.origin_z;\n");
        }
        let call = format!("{}_body({})", self.op.name, arguments.join(", "));
        text.push_str(&self.store_results(&call, "i", "        "));
        for (slot, _) in states() {
            text.push_str(&format!("        kw_state{slot} = result.r{};\n", self.op.outputs.len() + slot));
        }
        text + "    }\n}\n"
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
