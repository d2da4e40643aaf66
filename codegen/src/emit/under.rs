//! Loops over neighbours under a kernel: one voxel at a time, and a run of voxels along y together.
//!
//! Together, each variable of the body that outlives a statement is an array with an element per voxel, the *lane*, and statements stand in
//! loops over the lanes, which are unrolled, so that the arrays are registers. A round of the kernel's voxel is around such a loop: it
//! finds the column once and reads the kernel once for all lanes. Invariant: each lane takes all rounds in the order of the kernel's voxels.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::gather::{geometry, image};
use super::image_kernels::outside;
use crate::analysis::{counts_under, one_kernel};
use crate::ir::{Axis, Block, Expr, ExprId, LocalId, Op, Stmt};

/// A loop under a kernel.
#[derive(Clone, Copy)]
pub(super) struct Under {
    pub(super) input: u8,
    pub(super) under: u8,
    pub(super) turned: Option<ExprId>,
    pub(super) reflected: ExprId,
    pub(super) value: Option<LocalId>,
    pub(super) weight: Option<LocalId>,
    pub(super) body: Block,
}

pub(super) const LANES: &str = "KW_UNROLL for (int kw_lane = 0; kw_lane < KW_STRIP; ++kw_lane) {";

/// The kernel's voxel of (`kw_kx`, `kw_ky`, `kw_kz`) where the kernel may be turned.
const AT_STEPS: &str = "kw_kernel + kw_kz * kw_step_z + kw_ky * kw_step_y + kw_kx * kw_step_x";

impl FunctionWriter<'_> {
    /// Which way a kernel lies.
    pub(super) fn sign(&mut self, under: &Under) {
        let sign = match self.function.expr(under.reflected).expr {
            Expr::Bool { value } => if value { "-1" } else { "1" }.to_owned(),
            _ => format!("{} ? -1 : 1", self.expr(under.reflected)),
        };
        self.line(format!("const int kw_sign = {sign};"));
    }

    /// Which way a kernel lies, how long it is along the axes of the source (`known`: by definition along x and y), and from where on its
    /// voxels are counted.
    fn kernel_head(&mut self, under: &Under, known: bool) {
        self.sign(under);
        let kernel = geometry(under.under);
        let extent = |axis: Axis| format!("{kernel}.source_extent_{}", axis.name());
        let [x, y, z] = Axis::ALL.map(extent);
        match under.turned {
            // Definitions have to be seen to be constant.
            None if known => self.line(format!("const int kw_wide = KW_UNDER_X, kw_high = KW_UNDER_Y, kw_deep = {z};")),
            None => self.line(format!("const int kw_wide = {x}, kw_high = {y}, kw_deep = {z};")),
            Some(axis) => {
                let axis = self.expr(axis);
                self.line(format!("const int kw_axis = (int){axis};"));
                self.line(format!("const int kw_wide = kw_axis == 1 ? {y} : kw_axis == 2 ? {z} : {x};"));
                self.line(format!("const int kw_high = kw_axis == 1 ? {x} : {y}, kw_deep = kw_axis == 2 ? {x} : {z};"));
                self.steps_of_kernel(under);
            }
        }
        self.first_of_kernel(under);
    }

    fn first_of_kernel(&mut self, under: &Under) {
        let (kernel, n) = (geometry(under.under), image(under.under));
        let [x, y, z] = Axis::ALL.map(|axis| format!("{kernel}.source_extent_{}", axis.name()));
        self.line(format!("const kw_index kw_kernel = (kw_index)({n}) * {x} * {y} * {z};"));
    }

    /// The steps of a kernel that is turned.
    fn steps_of_kernel(&mut self, under: &Under) {
        let kernel = geometry(under.under);
        self.line(format!(
            "const kw_index kw_row = {kernel}.source_extent_x, kw_plane = kw_row * {kernel}.source_extent_y;"
        ));
        self.line("const kw_index kw_step_x = kw_axis == 1 ? kw_row : kw_axis == 2 ? kw_plane : 1;");
        self.line("const kw_index kw_step_y = kw_axis == 1 ? 1 : kw_row, kw_step_z = kw_axis == 2 ? 1 : kw_plane;");
    }

    /// Says where the kernel's voxel of (`kw_kx`, `kw_ky`, `kw_kz`) is, where the extents of the kernel are definitions.
    pub(super) fn kernel_place(&mut self, under: &Under) -> &'static str {
        self.first_of_kernel(under);
        match under.turned {
            None => "kw_kernel + ((kw_index)kw_kz * KW_UNDER_Y + kw_ky) * KW_UNDER_X + kw_kx",
            Some(axis) => {
                let axis = self.expr(axis);
                self.line(format!("const int kw_axis = (int){axis};"));
                self.steps_of_kernel(under);
                AT_STEPS
            }
        }
    }

    /// The kernel's voxel of a round, from memory.
    fn weight(&mut self, under: &Under) {
        let at = match under.turned {
            None => "kw_kernel + ((kw_index)kw_kz * kw_high + kw_ky) * kw_wide + kw_kx",
            Some(_) => AT_STEPS,
        };
        let element = format!("{}[{at}]", self.names.inputs[usize::from(under.under)]);
        self.declare_weight(under, &self.load_text(under.under, &element));
    }

    /// Declares the kernel's voxel of a round, where the body has a name for it.
    pub(super) fn declare_weight(&mut self, under: &Under, value: &str) {
        if let Some(weight) = under.weight {
            self.line(format!("{} = {value};", self.declaration(weight)));
        }
    }

    /// The loop for one voxel; `done` is what the body sets, beside leaving the innermost loop, to leave all of them.
    pub(super) fn under_loop(&mut self, under: &Under, done: Option<&str>, body: impl FnOnce(&mut Self)) {
        let go_on = done.map(|done| format!(" && !{done}")).unwrap_or_default();
        let (source, name) = (geometry(under.input), self.names.inputs[usize::from(under.input)].clone());
        let index = |place: &str, counter: &str, extent: &str, axis: &str| {
            format!("kw_source_index({place} + kw_sign * ({counter} - {extent} / 2), {source}.source_extent_{axis})")
        };
        self.line("{");
        self.nested(|writer| {
            writer.kernel_head(under, false);
            writer.line(format!("for (int kw_kz = 0; kw_kz < kw_deep{go_on}; ++kw_kz) {{"));
            writer.nested(|writer| {
                writer.line(format!("const int kw_at_z = {};", index("z", "kw_kz", "kw_deep", "z")));
                writer.line(format!("for (int kw_ky = 0; kw_ky < kw_high{go_on}; ++kw_ky) {{"));
                writer.nested(|writer| {
                    writer.line(format!("const int kw_at_y = {};", index("y", "kw_ky", "kw_high", "y")));
                    writer.line("for (int kw_kx = 0; kw_kx < kw_wide; ++kw_kx) {");
                    writer.nested(|writer| {
                        writer.weight(under);
                        if let Some(value) = under.value {
                            let declaration = writer.declaration(value);
                            let n = if under.input == 0 { "n".to_owned() } else { image(under.input) };
                            let x = index("x", "kw_kx", "kw_wide", "x");
                            writer.line(format!(
                                "{declaration} = kw_voxel_{name}({name}, {source}, {n}, border, {x}, kw_at_y, kw_at_z);"
                            ));
                        }
                        body(writer);
                    });
                    writer.line("}");
                });
                writer.line("}");
            });
            writer.line("}");
        });
        self.line("}");
    }

    /// The body for a run of voxels: statements that leave the results in `kw_results`.
    pub(super) fn together(mut self) -> String {
        let stmts = self.function.body.of(self.function);
        let mut lanes: Vec<LocalId> = Vec::new();
        for stmt in stmts {
            match *stmt {
                Stmt::Let { local, .. } | Stmt::Declare { local } => lanes.push(local),
                Stmt::LetCall { first, count, .. } => lanes.extend((first.0..first.0 + count).map(LocalId)),
                _ => {}
            }
        }
        for &local in &lanes {
            let name = self.locals[local.0 as usize].clone();
            self.line(format!("{} {name}[KW_STRIP];", c_type(self.function.local(local).ty)));
            self.locals[local.0 as usize] = format!("{name}[kw_lane]");
        }
        self.lanes = lanes;
        if let Some(kernel) = one_kernel(self.op) {
            let reflected = self.expr(kernel.reflected);
            self.line(format!("const bool kw_backwards = KW_UNDER_X > 0 && {reflected};"));
        }
        for run in stmts.chunk_by(|a, b| !is_under(a) && !is_under(b)) {
            match *run {
                [Stmt::ForUnder { input, under, turned, reflected, value, weight, body }] => {
                    self.under_together(&Under { input, under, turned, reflected, value, weight, body });
                }
                ref stmts => self.each_lane(|writer| stmts.iter().for_each(|stmt| writer.lane_stmt(stmt))),
            }
        }
        self.line(if one_kernel(self.op).is_some() { "return kw_backwards;" } else { "return false;" });
        self.text
    }

    /// Statements for each voxel of the run. Past the end of the region that is its last row, which is not stored.
    pub(super) fn each_lane(&mut self, write: impl FnOnce(&mut Self)) {
        self.line(LANES);
        self.nested(|writer| {
            let reads = |expr: Expr| matches!(expr, Expr::Coordinate { axis: Axis::Y });
            if writer.function.exprs.iter().any(|typed| reads(typed.expr)) {
                let row = row(writer.op, "kw_lane");
                writer.line(format!("const int y = kw_y + ({row} < kw_rows ? {row} : kw_rows - 1);"));
            }
            write(writer);
        });
        self.line("}");
    }

    pub(super) fn lane_stmt(&mut self, stmt: &Stmt) {
        let Stmt::Return { values } = *stmt else { return self.stmt(stmt) };
        let values: Vec<_> = values.of(self.function).iter().map(|&id| self.expr(id)).collect();
        match &self.state {
            Some(_) => values.iter().enumerate().for_each(|(number, value)| {
                self.line(format!("kw_results[kw_lane].r{number} = {value};"));
            }),
            None => self.line(format!("kw_results[kw_lane] = {};", values[0])),
        }
    }

    /// The loop for all voxels of the run.
    fn under_together(&mut self, under: &Under) {
        if one_kernel(self.op).is_none() {
            return self.under_rows(under);
        }
        self.text.push_str("#if KW_UNDER_X > 0\n");
        self.under_window(under);
        self.text.push_str("#else\n");
        self.under_rows(under);
        self.text.push_str("#endif\n");
    }

    /// The same with a kernel whose extents along x and y are definitions: rows of neighbours come in one by one, each into the registers of
    /// the one that no voxel of the run reads any more. Invariant: lane l is on the l + ky-th of the rows that come in for a plane of the kernel,
    /// so that the lanes of a reflected kernel run backwards.
    fn under_window(&mut self, under: &Under) {
        let info = self.op.inputs[usize::from(under.input)];
        let source = geometry(under.input);
        let name = self.names.inputs[usize::from(under.input)].clone();
        let n = if under.input == 0 { "n".to_owned() } else { image(under.input) };
        self.line("{");
        self.nested(|writer| {
            writer.kernel_head(under, true);
            writer.line("int kw_at_x[KW_UNDER_X];");
            writer.line(format!(
                "KW_UNROLL for (int k = 0; k < KW_UNDER_X; ++k) kw_at_x[k] = kw_source_index(x + kw_sign * (k - KW_UNDER_X / 2), {source}.source_extent_x);"
            ));
            writer.line("const int kw_first = kw_y + (kw_backwards ? KW_STRIP - 1 : 0) - kw_sign * (KW_UNDER_Y / 2);");
            writer.line("for (int kw_kz = 0; kw_kz < kw_deep; ++kw_kz) {");
            writer.nested(|writer| {
                writer.plane(&source, &n);
                writer.line(format!("{} kw_near[KW_STRIP][KW_UNDER_X];", c_type(info.ty)));
                writer.line("KW_UNROLL for (int kw_row = 0; kw_row < KW_STRIP + KW_UNDER_Y - 1; ++kw_row) {");
                writer.nested(|writer| {
                    writer.line(format!(
                        "const int kw_at_y = KW_IS_CONSTANT && kw_at_z < 0 ? -1 : kw_source_index(kw_first + kw_sign * kw_row, {source}.source_extent_y);"
                    ));
                    writer.line(format!("const kw_index kw_from = (kw_slice + kw_at_y) * {source}.source_extent_x;"));
                    let element = load(writer.op, under.input, &format!("{name}[kw_from + kw_at_x[k]]"));
                    writer.line("KW_UNROLL for (int k = 0; k < KW_UNDER_X; ++k)");
                    writer.nested(|writer| {
                        writer.line(format!(
                            "kw_near[kw_row % KW_STRIP][k] = KW_IS_CONSTANT && (kw_at_x[k] | kw_at_y) < 0 ? {} : {element};",
                            outside(info.ty)
                        ));
                    });
                    writer.line("if (kw_row < KW_STRIP - 1) continue;");
                    writer.line("const int kw_ky = kw_row - (KW_STRIP - 1);");
                    writer.line("KW_UNROLL for (int kw_kx = 0; kw_kx < KW_UNDER_X; ++kw_kx) {");
                    writer.nested(|writer| {
                        writer.round(under, "", &|_| "kw_near[(kw_lane + kw_ky) % KW_STRIP][kw_kx]".to_owned());
                    });
                    writer.line("}");
                });
                writer.line("}");
            });
            writer.line("}");
        });
        self.line("}");
    }

    /// Where the plane of a round lies.
    fn plane(&mut self, source: &str, n: &str) {
        self.line(format!(
            "const int kw_at_z = kw_source_index(z + kw_sign * (kw_kz - kw_deep / 2), {source}.source_extent_z);"
        ));
        self.line(format!(
            "const kw_index kw_slice = ((kw_index)({n}) * {source}.source_extent_z + kw_at_z) * {source}.source_extent_y;"
        ));
    }

    /// The same with a kernel whose extents only the image says: each voxel of the run reads its neighbour, with one column for all of them.
    fn under_rows(&mut self, under: &Under) {
        let info = self.op.inputs[usize::from(under.input)];
        let source = geometry(under.input);
        let name = self.names.inputs[usize::from(under.input)].clone();
        let n = if under.input == 0 { "n".to_owned() } else { image(under.input) };
        self.line("{");
        self.nested(|writer| {
            writer.kernel_head(under, false);
            writer.line("for (int kw_kz = 0; kw_kz < kw_deep; ++kw_kz) {");
            writer.nested(|writer| {
                writer.plane(&source, &n);
                writer.line("for (int kw_ky = 0; kw_ky < kw_high; ++kw_ky) {");
                writer.nested(|writer| {
                    writer.line("// The rows that the voxels of the run read now; below 0 is the constant outside.");
                    writer.line("int kw_at_y[KW_STRIP];");
                    writer.line("kw_index kw_from[KW_STRIP];");
                    writer.line(LANES);
                    writer.nested(|writer| {
                        writer.line(format!(
                            "kw_at_y[kw_lane] = KW_IS_CONSTANT && kw_at_z < 0 ? -1 : kw_source_index(kw_y + kw_lane + kw_sign * (kw_ky - kw_high / 2), {source}.source_extent_y);"
                        ));
                        writer.line(format!(
                            "kw_from[kw_lane] = (kw_slice + kw_at_y[kw_lane]) * {source}.source_extent_x;"
                        ));
                    });
                    writer.line("}");
                    writer.line("for (int kw_kx = 0; kw_kx < kw_wide; ++kw_kx) {");
                    writer.nested(|writer| {
                        let column = format!(
                            "const int kw_to_x = x + kw_sign * (kw_kx - kw_wide / 2), kw_at_x = (kw_u32)kw_to_x < (kw_u32){source}.source_extent_x ? kw_to_x : kw_source_index(kw_to_x, {source}.source_extent_x);"
                        );
                        let outside = outside(info.ty);
                        writer.round(under, &column, &|writer| {
                            let element = load(writer.op, under.input, &format!("{name}[kw_from[kw_lane] + kw_at_x]"));
                            format!("KW_IS_CONSTANT && (kw_at_x | kw_at_y[kw_lane]) < 0 ? {outside} : {element}")
                        });
                    });
                    writer.line("}");
                });
                writer.line("}");
            });
            writer.line("}");
        });
        self.line("}");
    }

    /// A round: the kernel's voxel, and each voxel of the run with its neighbour. `before` stands after the test whether the round counts.
    fn round(&mut self, under: &Under, before: &str, neighbor: &dyn Fn(&Self) -> String) {
        self.weight(under);
        self.counted_round(under, before, neighbor);
    }

    /// The same where the kernel's voxel is known.
    pub(super) fn counted_round(&mut self, under: &Under, before: &str, neighbor: &dyn Fn(&Self) -> String) {
        let counts = counts_under(self.function, under.weight, under.body);
        if let Some((condition, _)) = counts {
            let condition = self.expr(condition);
            self.line(format!("if (!({condition})) continue;"));
        }
        if !before.is_empty() {
            self.line(before);
        }
        self.each_lane(|writer| {
            if let Some(value) = under.value {
                let (declaration, neighbor) = (writer.declaration(value), neighbor(writer));
                writer.line(format!("{declaration} = {neighbor};"));
            }
            writer.block(counts.map_or(under.body, |(_, then)| then));
        });
    }
}

pub(super) fn is_under(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::ForUnder { .. })
}

/// The row of a lane, from the first of the run on.
pub(super) fn row(op: &Op, lane: &str) -> String {
    match one_kernel(op) {
        Some(_) => format!("(kw_backwards ? KW_STRIP - 1 - {lane} : {lane})"),
        None => lane.into(),
    }
}

impl Writer<'_> {
    /// The function that computes a run of voxels along y; its parameters are those of the body.
    pub(super) fn together_function(&self, parameters: &[String]) -> String {
        let mut parameters = parameters.to_vec();
        let y = parameters.iter().position(|parameter| parameter == "const int y").expect("a body has a position");
        parameters[y] = "const int kw_y".into();
        parameters.insert(y + 1, "const int kw_rows".into());
        parameters.insert(0, format!("{} *kw_results", self.result_type()));
        let head = self.signature("KW_FN bool", &format!("{}_together", self.op.name), &parameters);
        let mut writer = FunctionWriter::new(self.op, &self.op.functions[0], &self.names, self.dialect);
        writer.state = self.results_struct();
        let (results, body) = (self.results_definition(), writer.together());
        format!(
            "{results}\n// The body of `{}` for a run of voxels along y, `kw_rows` of which there are; whether its lanes run backwards.\n{head}\n{{\n{body}}}\n",
            self.op.name
        )
    }

    /// The loops of a kernel whose work-items compute runs of voxels along y. `arguments` are those of the body.
    pub(super) fn runs_along_y(&self, arguments: &[String]) -> String {
        let (item, items) = (|d| self.dialect.item(d), |d| self.dialect.items(d));
        let mut arguments = arguments.to_vec();
        let y = arguments.iter().position(|argument| argument == "y").expect("a body has a position");
        arguments[y] = "local_y + g.origin_y".into();
        arguments.insert(y + 1, "kw_rows".into());
        arguments.insert(0, "kw_results".into());
        format!(
            "    const kw_u32 kw_x = (kw_u32){};\n    if (kw_x >= (kw_u32)g.extent_x) return;\n    \
             const int x = (int)kw_x + g.origin_x;\n    \
             for (kw_long plane = {}; plane < (kw_long)g.extent_z * g.batch; plane += {}) {{\n        \
             // A division of 64 bits costs as much as several voxels.\n        \
             const int n = g.batch == 1 ? 0 : (int)(plane / g.extent_z);\n        \
             const int z = (int)(plane - (kw_long)n * g.extent_z) + g.origin_z;\n        \
             for (kw_long kw_first = (kw_long){} * KW_STRIP; kw_first < g.extent_y; kw_first += (kw_long){} * KW_STRIP) {{\n            \
             const int local_y = (int)kw_first, kw_rows = g.extent_y - local_y;\n            \
             const kw_index kw_at = ((kw_index)plane * g.extent_y + local_y) * g.extent_x + kw_x;\n            \
             {} kw_results[KW_STRIP];\n            const bool kw_backwards = {}_together({});\n            \
             KW_UNROLL for (int k = 0; k < KW_STRIP; ++k) {{\n                \
             const int kw_row = {};\n                if (kw_row < kw_rows) {{\n{}                }}\n            }}\n        }}\n    }}\n",
            item(0),
            item(2),
            items(2),
            item(1),
            items(1),
            self.result_type(),
            self.op.name,
            arguments.join(", "),
            row(self.op, "k"),
            self.store_values("kw_results[k]", "kw_at + (kw_index)kw_row * g.extent_x", &" ".repeat(20)),
        )
    }
}
