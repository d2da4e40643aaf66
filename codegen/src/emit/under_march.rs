//! A loop over neighbours under a kernel of several planes: planes of neighbours come in one by one, and each serves all results above and
//! below that reach it.
//!
//! Input: an operation that [`marches_under`](crate::analysis::marches_under()) holds for. Output: the kernel of `Role::UnderMarch`.
//! A work-item has a run of voxels along y, the *lanes*, and as many results along z under way as the kernel has planes, the *slots*: a result in
//! slot s takes the rounds of the kernel's plane s, then moves on. Loops over slots and lanes are unrolled, so that all of them are registers.
//! The kernel's voxels are in shared memory, since each step needs all of them; those of one row of all planes lie side by side, so that they are
//! read as vectors. Invariant: each result takes all rounds in the order of the kernel's voxels, so that a reflected kernel marches backwards,
//! along y as well.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::gather::{geometry, image};
use super::image_kernels::outside;
use super::under::{LANES, Under, is_under, row};
use crate::ir::{Axis, Expr, LocalId, Stmt, Type};
use crate::plan::Kernel;

/// What stands before the kernel.
const HEAD: &str = r#"
#if KW_UNDER_X > 0
// Room for a row of all planes of the kernel: whole vectors of four.
#define KW_UNDER_PITCH ((KW_UNDER_X * KW_UNDER_Z + 3) / 4 * 4)
// Where the kernel is read again: held in registers from plane to plane, it would leave none for the results.
#if defined(__CUDA_ARCH__) || defined(__NV_CL_C_VERSION)
#define KW_READ_AGAIN asm volatile("" ::: "memory")
#else
#define KW_READ_AGAIN
#endif
"#;

impl Writer<'_> {
    /// The kernel, where the extents of what it goes under are definitions.
    pub(super) fn under_march(&self, kernel: &Kernel) -> String {
        let function = &self.op.functions[0];
        let stmts = function.body.of(function);
        let (before, rest) =
            stmts.split_at(stmts.iter().position(is_under).expect("an operation that marches has a loop"));
        let Stmt::ForUnder { input, under, turned, reflected, value, weight, body } = rest[0] else {
            unreachable!("the position is that of a loop")
        };
        let under = Under { input, under, turned, reflected, value, weight, body };
        let mut writer = FunctionWriter::new(self.op, function, &self.names, self.dialect);
        writer.locals = self.names.locals_in_kernels(function);
        writer.state = self.results_struct();
        self.weights(&mut writer, &under);
        let (item, items) = (|d| self.dialect.item(d), |d| self.dialect.items(d));
        writer.line(format!("const kw_u32 kw_x = (kw_u32){};", item(0)));
        writer.line("const bool kw_inside = kw_x < (kw_u32)g.extent_x;");
        writer.line("const int x = (kw_inside ? (int)kw_x : g.extent_x - 1) + g.origin_x;");
        writer.sign(&under);
        let backwards = writer.expr(reflected);
        writer.line(format!("const bool kw_backwards = {backwards};"));
        writer.line("const int kw_parts = (g.extent_z + kw_chunk - 1) / kw_chunk;");
        writer.line(format!(
            "for (kw_long kw_part = {}; kw_part < (kw_long)kw_parts * g.batch; kw_part += {}) {{",
            self.dialect.group(2),
            items(2)
        ));
        writer.nested(|writer| {
            writer.line("const int n = g.batch == 1 ? 0 : (int)(kw_part / kw_parts);");
            writer.line("const int kw_begin = (int)(kw_part - (kw_long)n * kw_parts) * kw_chunk;");
            writer.line("const int kw_planes = kw_begin + kw_chunk < g.extent_z ? kw_chunk : g.extent_z - kw_begin;");
            writer.line("const int kw_start = g.origin_z + kw_begin + (kw_backwards ? kw_planes - 1 : 0);");
            self.stage_weights(writer, &under);
            writer.line(format!(
                "for (kw_long kw_run = (kw_long){} * KW_STRIP; kw_run < g.extent_y; kw_run += (kw_long){} * KW_STRIP) {{",
                item(1),
                items(1)
            ));
            writer.nested(|writer| {
                writer.line("const int local_y = (int)kw_run, kw_rows = g.extent_y - local_y, kw_y = local_y + g.origin_y;");
                self.march_under(writer, &under, before, &rest[1..]);
            });
            writer.line("}");
        });
        writer.line("}");
        format!("{HEAD}{}{}}}\n#endif\n", self.kernel_head(kernel), writer.text)
    }

    /// Where the kernel's voxels are held. A byte each would be read one by one.
    fn weights(&self, writer: &mut FunctionWriter<'_>, under: &Under) {
        if under.weight.is_some() {
            let ty = weight_type(self.op.inputs[usize::from(under.under)].ty);
            let shared = self.dialect.shared();
            writer.line(format!("{shared}{ty} kw_weights[KW_UNDER_Y * KW_UNDER_PITCH];"));
        }
    }

    fn stage_weights(&self, writer: &mut FunctionWriter<'_>, under: &Under) {
        if under.weight.is_none() {
            return;
        }
        let (lane, lanes) = (|d| self.dialect.lane(d), |d| self.dialect.lanes(d));
        writer.line("// Others may still read the kernel of the part before.");
        writer.line(format!("{};", self.dialect.barrier()));
        writer.line("{");
        writer.nested(|writer| {
            let at = writer.kernel_place(under);
            writer.line(format!(
                "for (int k = (int){} + (int){} * (int){}; k < KW_UNDER_X * KW_UNDER_Y * KW_UNDER_Z; k += (int){} * (int){}) {{",
                lane(0),
                lane(1),
                lanes(0),
                lanes(0),
                lanes(1)
            ));
            writer.nested(|writer| {
                writer.line(
                    "const int kw_kx = k % KW_UNDER_X, kw_ky = k / KW_UNDER_X % KW_UNDER_Y, kw_kz = k / (KW_UNDER_X * KW_UNDER_Y);",
                );
                let element = format!("{}[{at}]", self.names.inputs[usize::from(under.under)]);
                let at = "kw_ky * KW_UNDER_PITCH + kw_kz * KW_UNDER_X + kw_kx";
                writer.line(format!("kw_weights[{at}] = {};", load(self.op, under.under, &element)));
            });
            writer.line("}");
        });
        writer.line("}");
        writer.line(format!("{};", self.dialect.barrier()));
    }

    /// The march of one work-item.
    fn march_under(&self, writer: &mut FunctionWriter<'_>, under: &Under, before: &[Stmt], after: &[Stmt]) {
        let info = self.op.inputs[usize::from(under.input)];
        let (source, name) = (geometry(under.input), &self.names.inputs[usize::from(under.input)]);
        let n = if under.input == 0 { "n".to_owned() } else { image(under.input) };
        writer.in_slots(before);
        writer.line("int kw_at_x[KW_UNDER_X];");
        writer.line(format!(
            "KW_UNROLL for (int k = 0; k < KW_UNDER_X; ++k) kw_at_x[k] = kw_source_index(x + kw_sign * (k - KW_UNDER_X / 2), {source}.source_extent_x);"
        ));
        writer.line("// The rows of neighbours; below 0 is the constant outside.");
        writer.line("kw_index kw_from[KW_STRIP + KW_UNDER_Y - 1];");
        writer.line("const int kw_first = kw_y + (kw_backwards ? KW_STRIP - 1 : 0) - kw_sign * (KW_UNDER_Y / 2);");
        writer.line("KW_UNROLL for (int k = 0; k < KW_STRIP + KW_UNDER_Y - 1; ++k)");
        writer.nested(|writer| {
            writer.line(format!(
                "kw_from[k] = (kw_index)kw_source_index(kw_first + kw_sign * k, {source}.source_extent_y) * {source}.source_extent_x;"
            ));
        });
        writer.line("for (int kw_step = 0; kw_step < kw_planes + KW_UNDER_Z - 1; ++kw_step) {");
        writer.nested(|writer| {
            writer.line("KW_READ_AGAIN;");
            if !before.is_empty() {
                writer.line("{");
                writer.nested(|writer| {
                    writer.line("// The result that begins.");
                    writer.line("const int kw_slot = 0;");
                    writer.z("kw_step");
                    writer.each_lane(|writer| before.iter().for_each(|stmt| writer.lane_stmt(stmt)));
                });
                writer.line("}");
            }
            writer.line(format!(
                "const int kw_at_z = kw_source_index(kw_start + kw_sign * (kw_step - KW_UNDER_Z / 2), {source}.source_extent_z);"
            ));
            writer.line(format!(
                "const kw_index kw_plane = ((kw_index)({n}) * {source}.source_extent_z + kw_at_z) * {source}.source_extent_y * {source}.source_extent_x;"
            ));
            writer.line(format!("{} kw_near[KW_STRIP][KW_UNDER_X];", c_type(info.ty)));
            writer.line("KW_UNROLL for (int kw_row = 0; kw_row < KW_STRIP + KW_UNDER_Y - 1; ++kw_row) {");
            writer.nested(|writer| {
                writer.line("KW_UNROLL for (int k = 0; k < KW_UNDER_X; ++k)");
                writer.nested(|writer| {
                    let element = load(self.op, under.input, &format!("{name}[kw_plane + kw_from[kw_row] + kw_at_x[k]]"));
                    writer.line(format!(
                        "kw_near[kw_row % KW_STRIP][k] = KW_IS_CONSTANT && (kw_at_x[k] | kw_from[kw_row] | kw_at_z) < 0 ? {} : {element};",
                        outside(info.ty)
                    ));
                });
                writer.line("if (kw_row < KW_STRIP - 1) continue;");
                writer.line("const int kw_ky = kw_row - (KW_STRIP - 1);");
                writer.line("KW_UNROLL for (int kw_kx = 0; kw_kx < KW_UNDER_X; ++kw_kx)");
                writer.line("KW_UNROLL for (int kw_slot = 0; kw_slot < KW_UNDER_Z; ++kw_slot) {");
                writer.nested(|writer| {
                    writer.z("(kw_step - kw_slot)");
                    let weight = "kw_weights[kw_ky * KW_UNDER_PITCH + kw_slot * KW_UNDER_X + kw_kx]";
                    match self.op.inputs[usize::from(under.under)].ty {
                        Type::Bool => writer.declare_weight(under, &format!("{weight} != 0u")),
                        _ => writer.declare_weight(under, weight),
                    }
                    writer.counted_round(under, "", &|_| "kw_near[(kw_lane + kw_ky) % KW_STRIP][kw_kx]".to_owned());
                });
                writer.line("}");
            });
            writer.line("}");
            writer.line("if (kw_step >= KW_UNDER_Z - 1) {");
            writer.nested(|writer| {
                writer.line("const int kw_slot = KW_UNDER_Z - 1, kw_done = kw_step - (KW_UNDER_Z - 1);");
                writer.z("kw_done");
                writer.line(format!("{} kw_results[KW_STRIP];", self.result_type()));
                writer.each_lane(|writer| after.iter().for_each(|stmt| writer.lane_stmt(stmt)));
                writer.line(
                    "const kw_index kw_at = (((kw_index)n * g.extent_z + kw_begin + (kw_backwards ? kw_planes - 1 - kw_done : kw_done)) * g.extent_y + local_y) * g.extent_x + kw_x;",
                );
                writer.line("if (kw_inside) KW_UNROLL for (int k = 0; k < KW_STRIP; ++k) {");
                writer.nested(|writer| {
                    writer.line(format!("const int kw_row = {};", row(self.op, "k")));
                    writer.line("if (kw_row < kw_rows) {");
                    let store = self.store_values("kw_results[k]", "kw_at + (kw_index)kw_row * g.extent_x", "");
                    writer.nested(|writer| store.lines().for_each(|line| writer.line(line)));
                    writer.line("}");
                });
                writer.line("}");
            });
            writer.line("}");
            writer.line("KW_UNROLL for (int kw_slot = KW_UNDER_Z - 1; kw_slot > 0; --kw_slot) {");
            writer.nested(|writer| {
                writer.line(LANES);
                writer.nested(|writer| {
                    for LocalId(local) in declared(before) {
                        let slot = writer.locals[local as usize].clone();
                        writer.line(format!("{slot} = {};", slot.replace("[kw_slot]", "[kw_slot - 1]")));
                    }
                });
                writer.line("}");
            });
            writer.line("}");
        });
        writer.line("}");
    }
}

impl FunctionWriter<'_> {
    /// The position along z of the result that began so many steps after the first, where the body reads it.
    fn z(&mut self, steps: &str) {
        let reads = |expr: Expr| matches!(expr, Expr::Coordinate { axis: Axis::Z });
        if self.function.exprs.iter().any(|typed| reads(typed.expr)) {
            self.line(format!("const int z = kw_start + kw_sign * {steps};"));
        }
    }

    /// Declares what statements before the loop make, for each slot and lane, and names it so from here on.
    fn in_slots(&mut self, before: &[Stmt]) {
        for id in declared(before) {
            let name = self.locals[id.0 as usize].clone();
            self.line(format!("{} {name}[KW_UNDER_Z][KW_STRIP];", c_type(self.function.local(id).ty)));
            self.locals[id.0 as usize] = format!("{name}[kw_slot][kw_lane]");
            self.lanes.push(id);
        }
    }
}

/// The variables that statements make.
fn declared(stmts: &[Stmt]) -> Vec<LocalId> {
    let mut all = Vec::new();
    for stmt in stmts {
        match *stmt {
            Stmt::Let { local, .. } | Stmt::Declare { local } => all.push(local),
            Stmt::LetCall { first, count, .. } => all.extend((first.0..first.0 + count).map(LocalId)),
            _ => {}
        }
    }
    all
}

/// The type of the kernel's voxels in shared memory.
fn weight_type(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "kw_u32",
        ty => c_type(ty),
    }
}
