//! Statements of a function as C text, for a body that stands in a function of its own.
//!
//! Every helper writes whole lines and ends with a newline. What a window is reduced to is computed before the first statement, as
//! the IR allows, and known under [`reduced_name`] from then on.

use std::fmt::Write;

use super::dialect::Dialect;
use super::expr::{c_type, ordered, reducer_name};
use super::helpers::results_struct;
use super::names::Names;
use super::under::Under;
use crate::analysis::{Always, always_read, early_return};
use crate::ir::{
    Access, AtomicOp, Block, Class, Expr, ExprId, Function, List, LocalId, Op, Reducer, Shape, Stmt, Type, UnaryOp,
};
use crate::plan::{Definition, definition_name};

/// Writes one function of an operation.
pub(super) struct FunctionWriter<'a> {
    pub(super) op: &'a Op,
    pub(super) function: &'a Function,
    pub(super) names: &'a Names,
    pub(super) locals: Vec<String>,
    pub(super) dialect: &'a dyn Dialect,
    /// The struct that functions with several results return; `None` where a plain value is returned.
    pub(super) state: Option<String>,
    /// Whether neighbours are read from registers, with indices that are constants where loops are unrolled.
    pub(super) in_registers: bool,
    /// The locals that have an element for each voxel of a run; their names are those of the elements.
    pub(super) lanes: Vec<LocalId>,
    pub(super) text: String,
    indent: usize,
    /// The loops that are open, innermost last: how `break` leaves each.
    loops: Vec<Leave>,
    /// In a window loop that does nothing but return one value early: the window, and the variable that says so where the loop is straight code.
    early: Option<(u8, String)>,
}

/// How a loop of the body is left.
enum Leave {
    /// It is one loop in C too.
    Break,
    /// It is several loops in C: the variable that stops the outer ones.
    Flag(String),
}

/// The name of a window's reduced value.
pub(super) fn reduced_name(window: u8, reducer: Reducer) -> String {
    match reducer {
        Reducer::Percentile { param } => format!("window{window}_percentile{param}"),
        _ => format!("window{window}_{}", reducer_name(reducer)),
    }
}

impl<'a> FunctionWriter<'a> {
    pub(super) fn new(op: &'a Op, function: &'a Function, names: &'a Names, dialect: &'a dyn Dialect) -> Self {
        let locals = names.locals(function);
        FunctionWriter {
            op,
            function,
            names,
            locals,
            dialect,
            state: None,
            in_registers: false,
            lanes: Vec::new(),
            text: String::new(),
            indent: 1,
            loops: Vec::new(),
            early: None,
        }
    }

    /// The lines of the body, indented once.
    pub(super) fn body(mut self) -> String {
        self.reduced_windows();
        self.block(self.function.body);
        self.text
    }

    /// The same where the reduced windows are known already.
    pub(super) fn rest_of_body(mut self) -> String {
        self.block(self.function.body);
        self.text
    }

    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        let _ = writeln!(self.text, "{:indent$}{}", "", text.as_ref(), indent = 4 * self.indent);
    }

    pub(super) fn nested(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 1;
        write(self);
        self.indent -= 1;
    }

    pub(super) fn block(&mut self, block: Block) {
        for stmt in block.of(self.function) {
            self.stmt(stmt);
        }
    }

    fn braces(&mut self, head: &str, block: Block) {
        self.line(format!("{head} {{").trim_start());
        self.nested(|writer| writer.block(block));
        self.line("}");
    }

    /// The statements of a loop of the body, in braces.
    fn loop_braces(&mut self, head: &str, block: Block) {
        self.loops.push(Leave::Break);
        self.braces(head, block);
        self.loops.pop();
    }

    /// A name for something beside a local, which nothing else has.
    fn beside(&self, local: &str, what: &str) -> String {
        let mut name = format!("{local}_{what}");
        let taken = |name: &str| {
            let params = self.op.params.iter().zip(&self.names.params).filter(|(param, _)| param.per_axis);
            self.locals
                .iter()
                .chain(&self.names.inputs)
                .chain(&self.names.params)
                .chain(&self.names.shared)
                .any(|other| other == name)
                || params
                    .flat_map(|(_, param)| ["x", "y", "z"].map(|axis| format!("{param}_{axis}")))
                    .any(|n| n == name)
        };
        while taken(&name) {
            name.push('_');
        }
        name
    }

    pub(super) fn declaration(&self, local: LocalId) -> String {
        if self.lanes.contains(&local) {
            return self.locals[local.0 as usize].clone();
        }
        let info = self.function.local(local);
        let constant = if info.mutable { "" } else { "const " };
        format!("{constant}{} {}", c_type(info.ty), self.locals[local.0 as usize])
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt) {
        match *stmt {
            Stmt::Declare { local } if self.lanes.contains(&local) => {}
            Stmt::Declare { local } => {
                let info = self.function.local(local);
                self.line(format!("{} {};", c_type(info.ty), self.locals[local.0 as usize]));
            }
            Stmt::Let { local, value } => self.line(format!("{} = {};", self.declaration(local), self.expr(value))),
            Stmt::Assign { local, value } => self.assign(local, value),
            Stmt::LetCall { first, count, helper, arguments } => self.let_call(first, count, helper, arguments),
            Stmt::LetArray { local, values } => self.let_array(local, values.of(self.function)),
            Stmt::AssignElement { local, index, value } => {
                let element = format!("{}[{}]", self.locals[local.0 as usize], self.expr(index));
                self.line(format!("{element} = {};", self.expr(value)));
            }
            Stmt::If { condition, then, otherwise } => {
                self.line(format!("if ({}) {{", self.expr(condition)));
                self.nested(|writer| writer.block(then));
                if otherwise.len > 0 {
                    self.line("} else {");
                    self.nested(|writer| writer.block(otherwise));
                }
                self.line("}");
            }
            Stmt::For { local, start, end, inclusive, body } => {
                let name = self.locals[local.0 as usize].clone();
                let ty = c_type(self.function.local(local).ty);
                let test = if inclusive { "<=" } else { "<" };
                // Rust evaluates the bound once; C does so in each round, which is the same only for what cannot change.
                let fixed = match self.function.expr(end).expr {
                    Expr::Int { .. } | Expr::Param { .. } | Expr::Extent { .. } => true,
                    Expr::Local { local } => !self.function.local(local).mutable,
                    _ => false,
                };
                let short = self.in_registers && self.is_short(start, end);
                // Rounds of phases are straight code where parameters are constants.
                let rounds = self.has_phase(body) && crate::plan::specialized(self.op).next().is_some();
                let unroll = match self.op.class {
                    _ if short || rounds => "KW_UNROLL ",
                    Class::Neighborhood if self.is_short(start, end) => "KW_UNROLL_SHORT ",
                    _ => "",
                };
                let (start, bound) = (self.expr(start), self.expr(end));
                if fixed {
                    self.loop_braces(
                        &format!("{unroll}for ({ty} {name} = {start}; {name} {test} {bound}; ++{name})"),
                        body,
                    );
                } else {
                    let last = self.beside(&name, "end");
                    let head = format!(
                        "{unroll}for ({ty} {name} = {start}, {last} = {bound}; {name} {test} {last}; ++{name})"
                    );
                    self.loop_braces(&head, body);
                }
            }
            Stmt::ForWindow { window, value, offset: offset_locals, body } => {
                let offset = match offset_locals {
                    Some(offset) => [offset.x, offset.y, offset.z].map(|local| self.locals[local.0 as usize].clone()),
                    None => implicit_offset(),
                };
                let flag = (!self.is_line(window) && self.leaves(body)).then(|| {
                    let stem =
                        value.or(offset_locals.map(|offset| offset.x)).map_or("ox", |local| self.local_name(local));
                    self.beside(stem, "done")
                });
                let early = early_return(self.function, body).filter(|_| !self.is_line(window) && self.state.is_none());
                if early.is_some() {
                    let stem =
                        value.or(offset_locals.map(|offset| offset.x)).map_or("ox", |local| self.local_name(local));
                    let found = self.beside(stem, "found");
                    self.line(format!("bool {found} = false;"));
                    self.early = Some((window, found));
                }
                self.loops.push(flag.clone().map_or(Leave::Break, Leave::Flag));
                if let Some(flag) = &flag {
                    self.line(format!("bool {flag} = false;"));
                }
                self.window_loop(window, &offset, flag.as_deref(), |writer| {
                    if let Some(value) = value {
                        let declaration = writer.declaration(value);
                        let tap = writer.tap(writer.op.windows[usize::from(window)].input, implicit_offset());
                        writer.line(format!("{declaration} = {tap};"));
                    }
                    writer.block(body);
                });
                self.loops.pop();
                if let (Some(value), Some((_, found))) = (early, self.early.take()) {
                    let value = self.expr(value);
                    self.line(format!("if ({found}) return {value};"));
                }
            }
            Stmt::ForUnder { input, under, turned, reflected, value, weight, body } => {
                let flag = self.leaves(body).then(|| {
                    let stem = value.or(weight).map_or("under", |local| self.local_name(local));
                    self.beside(stem, "done")
                });
                if let Some(flag) = &flag {
                    self.line(format!("bool {flag} = false;"));
                }
                self.loops.push(flag.clone().map_or(Leave::Break, Leave::Flag));
                let under = Under { input, under, turned, reflected, value, weight, body };
                self.under_loop(&under, flag.as_deref(), |writer| writer.block(body));
                self.loops.pop();
            }
            Stmt::While { condition, body } => {
                let head = format!("while ({})", self.expr(condition));
                self.loop_braces(&head, body);
            }
            Stmt::Break => {
                if let Some(Leave::Flag(flag)) = self.loops.last() {
                    let line = format!("{flag} = true;");
                    self.line(line);
                }
                self.line("break;");
            }
            Stmt::Continue => self.line("continue;"),
            Stmt::Return { values } => match self.early.clone() {
                Some((window, found)) => {
                    self.text.push_str(&format!("#if KW_WINDOW{window}_KNOWN\n"));
                    self.line(format!("{found} = true;"));
                    self.text.push_str("#else\n");
                    self.returns(values.of(self.function));
                    self.text.push_str("#endif\n");
                }
                None => self.returns(values.of(self.function)),
            },
            Stmt::Store { input, index, value } => {
                let name = &self.names.inputs[usize::from(input)];
                let value = stored(self.op, input, self.expr(value));
                self.line(format!("{name}[{}] = {value};", self.expr(index)));
            }
            Stmt::Phase { body } => {
                self.braces("", body);
                let changes = self.op.inputs.iter().any(|input| input.access == Access::Global);
                let barrier = if changes { self.dialect.buffer_barrier() } else { self.dialect.barrier() };
                self.line(format!("{barrier};"));
            }
            Stmt::Share { array, index, value } => {
                let name = &self.names.shared[usize::from(array)];
                self.line(format!("{name}[{}] = {};", self.expr(index), self.expr(value)));
            }
            Stmt::Atomic { result, op, input, index, value } => {
                let operation = match op {
                    AtomicOp::Add => "add",
                    AtomicOp::Min => "min",
                    AtomicOp::Max => "max",
                };
                if self.op.inputs[usize::from(input)].access == Access::Tally {
                    let name = &self.names.inputs[usize::from(input)];
                    return self.line(format!("kw_tally_add({name}, {}, {});", self.expr(index), self.expr(value)));
                }
                let head = self.dialect.atomic(operation, c_type(self.op.inputs[usize::from(input)].ty));
                let element = format!("{}[{}]", self.names.inputs[usize::from(input)], self.expr(index));
                let call = format!("{head}{element}, {})", self.expr(value));
                match result {
                    Some(local) => self.line(format!("{} = {call};", self.declaration(local))),
                    None => self.line(format!("{call};")),
                }
            }
        }
    }

    /// Several results come as a struct, and are known by their own names from then on.
    fn let_call(&mut self, first: LocalId, count: u32, helper: u8, arguments: List) {
        let arguments: Vec<_> = arguments.of(self.function).iter().map(|&id| self.expr(id)).collect();
        let name = self.op.helpers[usize::from(helper)].name;
        let results = format!("kw_results{}", first.0);
        self.line(format!("const {} {results} = {};", results_struct(name), self.helper_call(helper, &arguments)));
        for part in 0..count {
            let declaration = self.declaration(LocalId(first.0 + part));
            self.line(format!("{declaration} = {results}.s{part};"));
        }
    }

    fn let_array(&mut self, local: LocalId, values: &[ExprId]) {
        let info = self.function.local(local);
        let length = info.length.unwrap_or(1);
        let name = self.locals[local.0 as usize].clone();
        let ty = c_type(info.ty);
        match values {
            &[value] if length > 1 => {
                self.line(format!("{ty} {name}[{length}];"));
                let value = self.expr(value);
                self.line(format!("KW_UNROLL for (int i = 0; i < {length}; ++i) {name}[i] = {value};"));
            }
            values => {
                let values: Vec<_> = values.iter().map(|&value| self.expr(value)).collect();
                let constant = if info.mutable { "" } else { "const " };
                self.line(format!("{constant}{ty} {name}[{length}] = {{{}}};", values.join(", ")));
            }
        }
    }

    fn assign(&mut self, local: crate::ir::LocalId, value: ExprId) {
        let name = self.locals[local.0 as usize].clone();
        // `a = a + b` reads better as `a += b`, and means the same.
        if let Expr::Binary { op, left, right } = self.function.expr(value).expr
            && matches!(self.function.expr(left).expr, Expr::Local { local: same } if same == local)
        {
            use crate::ir::BinaryOp;
            let operator = match op {
                BinaryOp::Add => Some("+="),
                BinaryOp::Sub => Some("-="),
                BinaryOp::Mul => Some("*="),
                BinaryOp::Div => Some("/="),
                _ => None,
            };
            if let Some(operator) = operator {
                return self.line(format!("{name} {operator} {};", self.expr(right)));
            }
        }
        self.line(format!("{name} = {};", self.expr(value)));
    }

    fn returns(&mut self, values: &[ExprId]) {
        let values: Vec<_> = values.iter().map(|&id| self.expr(id)).collect();
        match &self.state {
            Some(state) => {
                let line = format!("const {state} result = {{{}}};", values.join(", "));
                self.line("{");
                self.nested(|writer| {
                    writer.line(line);
                    writer.line("return result;");
                });
                self.line("}");
            }
            None if values.is_empty() => self.line("return;"),
            None => self.line(format!("return {};", values[0])),
        }
    }

    /// Loops over a window in raster order; the counters have the names of `offset` (along a line, the first one).
    /// `done` is what the body sets, beside leaving the innermost loop, to leave all of them.
    fn window_loop(&mut self, window: u8, offset: &[String; 3], done: Option<&str>, body: impl FnOnce(&mut Self)) {
        let [dx, dy, dz] = offset;
        let go_on = done.map(|done| format!(" && !{done}")).unwrap_or_default();
        if self.is_line(window) {
            self.line(format!("for (int {dx} = -window{window}_r; {dx} <= window{window}_r; ++{dx}) {{"));
            self.nested(body);
            self.line("}");
            return;
        }
        let (ry, rz) = (format!("KW_WINDOW{window}_RY"), format!("KW_WINDOW{window}_RZ"));
        let unroll = format!("KW_WINDOW{window}_UNROLL ");
        self.line(format!("{unroll}for (int {dz} = -{rz}; {dz} <= {rz}{go_on}; ++{dz}) {{"));
        self.nested(|writer| {
            writer.line(format!("{unroll}for (int {dy} = -{ry}; {dy} <= {ry}{go_on}; ++{dy}) {{"));
            writer.nested(|writer| {
                writer.line(format!("const int half_width = KW_WINDOW{window}_HALF({dy}, {dz});"));
                writer.line(format!("{unroll}for (int {dx} = -half_width; {dx} <= half_width; ++{dx}) {{"));
                writer.nested(|writer| {
                    writer.line(format!("if (KW_WINDOW{window}_MISSES({dx}, {dy}, {dz})) continue;"));
                    body(writer);
                });
                writer.line("}");
            });
            writer.line("}");
        });
        self.line("}");
    }

    /// Whether a loop has constant bounds and few rounds.
    fn is_short(&self, start: ExprId, end: ExprId) -> bool {
        let constant = |id: ExprId| match self.function.expr(id).expr {
            Expr::Int { value } => Some(value),
            Expr::Unary { op: UnaryOp::Neg, value } => match self.function.expr(value).expr {
                Expr::Int { value } => Some(-value),
                _ => None,
            },
            _ => None,
        };
        matches!((constant(start), constant(end)), (Some(start), Some(end)) if end - start <= 8)
    }

    /// Whether phases stand in a block.
    fn has_phase(&self, block: Block) -> bool {
        block.of(self.function).iter().any(|stmt| match *stmt {
            Stmt::Phase { .. } => true,
            Stmt::If { then, otherwise, .. } => self.has_phase(then) || self.has_phase(otherwise),
            _ => false,
        })
    }

    /// Whether a statement of a loop's body leaves that loop: a `break` that no inner loop takes.
    fn leaves(&self, block: Block) -> bool {
        block.of(self.function).iter().any(|stmt| match *stmt {
            Stmt::Break => true,
            Stmt::If { then, otherwise, .. } => self.leaves(then) || self.leaves(otherwise),
            _ => false,
        })
    }

    fn local_name(&self, local: crate::ir::LocalId) -> &str {
        &self.locals[local.0 as usize]
    }

    fn is_line(&self, window: u8) -> bool {
        self.op.windows[usize::from(window)].shape == Shape::Line
    }

    /// The voxel that the innermost window loop visits.
    fn tap(&self, input: u8, offset: [String; 3]) -> String {
        self.neighbor(input, offset)
    }

    pub(super) fn neighbor(&self, input: u8, [dx, dy, dz]: [String; 3]) -> String {
        let name = &self.names.inputs[usize::from(input)];
        if self.in_registers {
            return format!("kw_near_{name}(kw_lines_{name}, kw_row, kw_column, {dx}, {dy}, {dz}, border)");
        }
        if self.op.class == Class::Separable {
            return format!("kw_tap_{name}({name}, g, x, y, z, n, {dx}, border, inside)");
        }
        format!("kw_tap_{name}({name}, kw_at, kw_k, g, x, y, z, n, {dx}, {dy}, {dz}, border, inside)")
    }

    pub(super) fn voxel(&self, input: u8) -> String {
        let name = &self.names.inputs[usize::from(input)];
        match self.op.inputs[usize::from(input)].access {
            Access::Window if self.in_registers => self.neighbor(input, ["0", "0", "0"].map(String::from)),
            Access::Window => format!("kw_tap_{name}({name}, kw_at, kw_k, g, x, y, z, n, 0, 0, 0, border, true)"),
            Access::Line => format!("kw_tap_{name}({name}, g, x, y, z, n, 0, border, true)"),
            _ => name.clone(),
        }
    }

    /// The variable of an element that was read before the body runs, in a kernel that counts.
    pub(super) fn read_before(&self, input: u8, index: ExprId) -> Option<String> {
        let element = Always::of(self.function, input, index).filter(|_| crate::plan::counts(self.op))?;
        always_read(self.op).contains(&element).then(|| super::tally::variable(element))
    }

    /// Converts a stored element of an input to what the operation computes with.
    pub(super) fn load_text(&self, input: u8, element: &str) -> String {
        load(self.op, input, element)
    }

    fn reduced_windows(&mut self) {
        let mut done = Vec::new();
        for typed in self.function.exprs {
            if let Expr::Reduce { window, reducer } = typed.expr
                && !done.contains(&(window, reducer))
            {
                done.push((window, reducer));
                self.reduced_window(window, reducer, typed.ty);
            }
        }
    }

    fn reduced_window(&mut self, window: u8, reducer: Reducer, ty: Type) {
        let name = reduced_name(window, reducer);
        if reducer == Reducer::WeightedSum {
            let input = self.op.weights[usize::from(window)].input;
            let radius = format!("weights{window}_r");
            self.line(format!("float {name} = 0.0f;"));
            self.line(format!("for (int k = 0; k <= 2 * {radius}; ++k) {{"));
            let tap = self.neighbor(input, [format!("k - {radius}"), String::new(), String::new()]);
            self.nested(|writer| writer.line(format!("{name} = kw_fma(weights{window}[k], {tap}, {name});")));
            return self.line("}");
        }
        let input = self.op.windows[usize::from(window)].input;
        let tap = self.tap(input, implicit_offset());
        match reducer {
            Reducer::Sum => {
                self.line(format!("float {name} = 0.0f;"));
                self.window_loop(window, &implicit_offset(), None, |writer| writer.line(format!("{name} += {tap};")));
            }
            Reducer::Count => {
                self.line(format!("int {name}_voxels = 0;"));
                self.window_loop(window, &implicit_offset(), None, |writer| writer.line(format!("++{name}_voxels;")));
                self.line(format!("const float {name} = (float){name}_voxels;"));
            }
            Reducer::Max | Reducer::Min => {
                let function = ordered(reducer_name(reducer), ty);
                self.line(format!("{} {name} = {};", c_type(ty), self.voxel(input)));
                self.window_loop(window, &implicit_offset(), None, |writer| {
                    writer.line(format!("{name} = {function}({name}, {tap});"))
                });
            }
            Reducer::Median => self.median(window, &name, &tap, ty),
            Reducer::Percentile { param } => {
                self.line(format!("{} {name}_key;", key_type(ty)));
                let rank = definition_name(self.op, Definition::WindowRank(window, param));
                self.search(window, &name, &tap, ty, &rank);
                self.unkeyed(&name, ty);
            }
            Reducer::Mode => self.mode(window, &name, &tap, ty),
            Reducer::WeightedSum => {}
        }
    }

    /// Small windows: all keys in registers. Large ones: the key is found bit by bit, reading the window once per bit.
    fn median(&mut self, window: u8, name: &str, tap: &str, ty: Type) {
        let size = format!("KW_WINDOW{window}");
        let (key, key_ty) = (ordered("key", ty), key_type(ty));
        self.line(format!("{key_ty} {name}_key;"));
        self.text.push_str(&format!("#if {size} <= 32\n"));
        self.line("{");
        self.nested(|writer| {
            writer.line(format!("{key_ty} keys[{size}];"));
            if writer.is_line(window) {
                writer.line(format!("KW_UNROLL for (int i = 0; i < {size}; ++i) {{"));
                writer.nested(|writer| {
                    writer.line(format!("const int ox = i - {size} / 2;"));
                    writer.line(format!("keys[i] = {key}({tap});"));
                });
                writer.line("}");
            } else if writer.op.windows[usize::from(window)].shape == Shape::Cuboid {
                writer.line(format!("KW_UNROLL for (int i = 0; i < {size}; ++i) {{"));
                writer.nested(|writer| {
                    let side = |axis: &str| format!("(2 * {size}_R{axis} + 1)");
                    writer.line(format!("const int ox = i % {} - {size}_RX;", side("X")));
                    writer.line(format!("const int oy = i / {} % {} - {size}_RY;", side("X"), side("Y")));
                    writer.line(format!("const int oz = i / ({} * {}) - {size}_RZ;", side("X"), side("Y")));
                    writer.line(format!("keys[i] = {key}({tap});"));
                });
                writer.line("}");
            } else {
                writer.line("int i = 0;");
                writer.window_loop(window, &implicit_offset(), None, |writer| {
                    writer.line(format!("keys[i++] = {key}({tap});"))
                });
            }
            writer.line(format!("KW_MEDIAN_OF({key_ty}, keys, {size}, {name}_key)"));
        });
        self.line("}");
        self.text.push_str("#else\n");
        self.search(window, name, tap, ty, &format!("{size} / 2"));
        self.text.push_str("#endif\n");
        self.unkeyed(name, ty);
    }

    /// The key of a rank, bit by bit: the window is read once for each.
    fn search(&mut self, window: u8, name: &str, tap: &str, ty: Type, rank: &str) {
        let (key, key_ty) = (ordered("key", ty), key_type(ty));
        let bits = key_bits(ty);
        self.line(format!("{name}_key = 0u;"));
        self.line(format!("for (int bit = {bits} - 1; bit >= 0; --bit) {{"));
        self.nested(|writer| {
            writer.line(format!("const {key_ty} candidate = {name}_key | (({key_ty})1 << bit);"));
            writer.line("int below = 0;");
            writer.window_loop(window, &implicit_offset(), None, |writer| {
                writer.line(format!("below += {key}({tap}) < candidate ? 1 : 0;"))
            });
            writer.line(format!("if (below <= {rank}) {name}_key = candidate;"));
        });
        self.line("}");
    }

    /// The values that occur, from the smallest on, are counted one after the other, until those that are left are too few to be more
    /// frequent. No array is needed, and labels are few.
    fn mode(&mut self, window: u8, name: &str, tap: &str, ty: Type) {
        let (key, key_ty) = (ordered("key", ty), key_type(ty));
        self.line(format!("{key_ty} {name}_key = 0u, {name}_next = ~({key_ty})0;"));
        let count = |writer: &mut Self, line: &str| {
            writer.window_loop(window, &implicit_offset(), None, |writer| {
                writer.line(format!("const {key_ty} key = {key}({tap});"));
                writer.line(line);
            })
        };
        self.line(format!("int {name}_most = 0, {name}_left = 0;"));
        count(self, &format!("{name}_next = key < {name}_next ? key : {name}_next; ++{name}_left;"));
        self.line(format!("while ({name}_left > {name}_most) {{"));
        self.nested(|writer| {
            writer.line(format!("const {key_ty} current = {name}_next;"));
            writer.line("int equal = 0;");
            writer.line(format!("{name}_next = ~({key_ty})0;"));
            count(
                writer,
                &format!(
                    "if (key == current) ++equal; else if (key > current && key < {name}_next) {name}_next = key;"
                ),
            );
            writer.line(format!("{name}_key = equal > {name}_most ? current : {name}_key;"));
            writer.line(format!("{name}_most = equal > {name}_most ? equal : {name}_most;"));
            writer.line(format!("{name}_left -= equal;"));
        });
        self.line("}");
        self.unkeyed(name, ty);
    }

    fn unkeyed(&mut self, name: &str, ty: Type) {
        self.line(format!("const {} {name} = {}({name}_key);", c_type(ty), ordered("unkey", ty)));
    }
}

/// The number of bits that the keys of a type have, in the text.
pub(super) fn key_bits(ty: Type) -> String {
    match super::expr::storage_name(ty) {
        Some(storage) => format!("KW_KEY_BITS_{storage}"),
        None => "KW_CAT(KW_KEY_BITS_, KW_PIXEL)".into(),
    }
}

/// The type that the keys of a type have, in the text.
fn key_type(ty: Type) -> &'static str {
    match ty {
        Type::Pixel => "KW_KEY(KW_PIXEL)",
        _ => "kw_u32",
    }
}

/// The counters of a window loop whose offsets the author does not name.
fn implicit_offset() -> [String; 3] {
    ["ox", "oy", "oz"].map(String::from)
}

/// Converts a stored element of an input to what the operation computes with.
pub(super) fn load(op: &Op, input: u8, element: &str) -> String {
    let info = op.inputs[usize::from(input)];
    let storage = definition_name(op, Definition::Input(input));
    match (info.ty, info.access) {
        (_, Access::Global) => element.to_owned(),
        (Type::Pixel, _) => format!("KW_LOAD({storage})({element})"),
        (Type::F32, _) => format!("(float)KW_LOAD({storage})({element})"),
        (Type::Bool, _) => format!("(KW_LOAD({storage})({element}) != 0)"),
        (Type::I32, _) => format!("KW_CONVERT(i32, {storage})({element})"),
        (Type::Index | Type::U32, _) => format!("KW_CONVERT(u32, {storage})({element})"),
        (Type::I64 | Type::Unit, _) => element.to_owned(),
    }
}

/// Converts a value to what a buffer stores.
fn stored(op: &Op, input: u8, value: String) -> String {
    let info = op.inputs[usize::from(input)];
    let computed = match info.ty {
        Type::F32 => "f32",
        Type::I32 => "i32",
        Type::Bool => "bool",
        _ => "u32",
    };
    match info.access {
        Access::Write => {
            format!("KW_CONVERT({}, {computed})({value})", definition_name(op, Definition::Input(input)))
        }
        _ => value,
    }
}
