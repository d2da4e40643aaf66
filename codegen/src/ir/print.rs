//! The IR as text for reading, in the words of the language that bodies are written in.
//!
//! Input: an operation, or one of its expressions. Output: what an author could have written: statements nested, types of
//! locals said, parentheses only where Rust needs them. Invariant: two operations that print alike compute alike.

use std::collections::HashMap;
use std::fmt::Write;

use super::{
    Access, AtomicOp, Axis, BinaryOp, Block, Class, Expr, ExprId, Function, Input, Intrinsic, List, LocalId, Op, Param,
    ParamType, Radius, Reached, Reducer, Sampling, Shape, Stmt, Type, UnaryOp, Window,
};

/// A whole operation: what it takes, then each of its functions, and each that they call.
pub fn op(op: &Op) -> String {
    let mut text = format!("{} {}\n", class(op.class), op.name);
    for input in op.inputs {
        let _ = writeln!(text, "  input {}: {}", input.name, input_type(input));
    }
    for info in op.params {
        let _ = writeln!(text, "  param {}", param(info));
    }
    for number in 0..op.windows.len() as u8 {
        let _ = writeln!(text, "  window {number}: {}", window(op, number));
    }
    for (number, weights) in op.weights.iter().enumerate() {
        let _ = writeln!(text, "  weights {number}: {}, computed on the host", weights.call);
    }
    if !op.state.is_empty() {
        let _ = writeln!(text, "  state: {}", tuple(op.state.iter().map(|&ty| type_name(ty))));
    }
    for function in op.functions {
        text.push('\n');
        text += &Printer::new(op, function).own_function();
    }
    for helper in Reached::from(op.helpers).iter() {
        let op = Op { helpers: helper.helpers, ..*op };
        let printer = Printer::new(&op, &helper.function);
        text.push('\n');
        text += &printer.function(helper.name, &printer.arguments(), helper.results);
    }
    text
}

/// One expression, as the author would write it.
pub fn expr(op: &Op, function: &Function, id: ExprId) -> String {
    Printer::new(op, function).expr(id, level::ANY)
}

/// The class as it stands in the attribute.
pub fn class(class: Class) -> &'static str {
    match class {
        Class::Pointwise => "pointwise",
        Class::Neighborhood => "neighborhood",
        Class::Separable => "neighborhood(separable)",
        Class::Reduction => "reduction",
        Class::Gather => "gather",
        Class::Scan => "scan",
        Class::Grid => "grid",
    }
}

/// A type as bodies spell it.
pub fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::F32 => "f32",
        Type::I32 => "i32",
        Type::U32 => "u32",
        Type::I64 => "i64",
        Type::Bool => "bool",
        Type::Index => "usize",
        Type::Pixel => "T",
        Type::Unit => "()",
    }
}

/// A window as bodies spell it: `w.cuboid(radius)`, `line.window(2)`.
pub fn window(op: &Op, number: u8) -> String {
    let Window { input, shape, radius } = op.windows[usize::from(number)];
    let shape = match shape {
        Shape::Cuboid => "cuboid",
        Shape::Ellipsoid => "ellipsoid",
        Shape::Diamond => "diamond",
        Shape::Line => "window",
    };
    let radius = match radius {
        Radius::Fixed { voxels } => voxels.to_string(),
        Radius::Param { param } => op.params[usize::from(param)].name.to_owned(),
    };
    format!("{}.{shape}({radius})", op.inputs[usize::from(input)].name)
}

/// A function of the language, as it is called.
pub fn intrinsic(function: Intrinsic) -> &'static str {
    match function {
        Intrinsic::Abs => "abs",
        Intrinsic::Sqrt => "sqrt",
        Intrinsic::Floor => "floor",
        Intrinsic::Ceil => "ceil",
        Intrinsic::Round => "round_ties_even",
        Intrinsic::Trunc => "trunc",
        Intrinsic::MulAdd => "mul_add",
        Intrinsic::Min => "min",
        Intrinsic::Max => "max",
        Intrinsic::IsNan => "is_nan",
        Intrinsic::IsFinite => "is_finite",
        Intrinsic::ToBits => "to_bits",
        Intrinsic::FromBits => "f32::from_bits",
        Intrinsic::WrappingAdd => "wrapping_add",
        Intrinsic::WrappingSub => "wrapping_sub",
        Intrinsic::WrappingMul => "wrapping_mul",
        Intrinsic::CountOnes => "count_ones",
        Intrinsic::LeadingZeros => "leading_zeros",
        Intrinsic::TrailingZeros => "trailing_zeros",
        Intrinsic::Exp => "vendor::exp",
        Intrinsic::Ln => "vendor::ln",
        Intrinsic::Powf => "vendor::pow",
        Intrinsic::Sin => "vendor::sin",
        Intrinsic::Cos => "vendor::cos",
    }
}

/// `sigma: PerAxis<f32> = 1.0, 0..=10000, in voxels`.
fn param(param: &Param) -> String {
    let ty = match param.ty {
        ParamType::F32 => "f32",
        ParamType::I32 => "i32",
        ParamType::U32 => "u32",
        ParamType::Bool => "bool",
        ParamType::Pixel => "T",
        ParamType::Choice { .. } => "choice",
    };
    let mut text = match param.per_axis {
        true => format!("{}: PerAxis<{ty}>", param.name),
        false => format!("{}: {ty}", param.name),
    };
    if let Some(default) = param.default {
        let _ = write!(text, " = {default}");
    }
    let bound = |bound: Option<f64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    match (param.min, param.max) {
        (None, None) => {}
        (min, None) => text += &format!(", {}..", bound(min)),
        (min, max) => text += &format!(", {}..={}", bound(min), bound(max)),
    }
    if let Some(unit) = param.unit {
        let _ = write!(text, ", in {unit}");
    }
    if param.optional {
        text += ", optional";
    }
    if param.specialized {
        text += ", specialized";
    }
    text
}

fn input_type(input: &Input) -> String {
    let ty = type_name(input.ty);
    match input.access {
        Access::Voxel => ty.to_owned(),
        Access::Window => format!("window {ty}"),
        Access::Line => format!("line {ty}"),
        Access::Read => format!("read {ty}"),
        Access::Write => format!("write {ty}"),
        Access::Global => format!("global {ty}"),
        Access::Tally => "tally".to_owned(),
        Access::Sample => format!("sampler {ty}"),
    }
}

/// `a`, `(a, b)`, `()`.
fn tuple<S: Into<String>>(parts: impl Iterator<Item = S>) -> String {
    let parts: Vec<String> = parts.map(Into::into).collect();
    match &parts[..] {
        [one] => one.clone(),
        parts => format!("({})", parts.join(", ")),
    }
}

/// Precedence of Rust; higher binds tighter.
mod level {
    pub(super) const ANY: u8 = 0;
    pub(super) const SELECT: u8 = 1;
    pub(super) const CAST: u8 = 13;
    pub(super) const UNARY: u8 = 14;
    pub(super) const CALL: u8 = 15;
}

fn binary(op: BinaryOp) -> (&'static str, u8) {
    match op {
        BinaryOp::Or => ("||", 2),
        BinaryOp::And => ("&&", 3),
        BinaryOp::Eq => ("==", 4),
        BinaryOp::Ne => ("!=", 4),
        BinaryOp::Lt => ("<", 4),
        BinaryOp::Le => ("<=", 4),
        BinaryOp::Gt => (">", 4),
        BinaryOp::Ge => (">=", 4),
        BinaryOp::BitOr => ("|", 6),
        BinaryOp::BitXor => ("^", 7),
        BinaryOp::BitAnd => ("&", 8),
        BinaryOp::Shl => ("<<", 10),
        BinaryOp::Shr => (">>", 10),
        BinaryOp::Add => ("+", 11),
        BinaryOp::Sub => ("-", 11),
        BinaryOp::Mul => ("*", 12),
        BinaryOp::Div => ("/", 12),
        BinaryOp::Rem => ("%", 12),
    }
}

fn is_bitwise(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::Shl | BinaryOp::Shr)
}

struct Printer<'a> {
    op: &'a Op,
    function: &'a Function,
    /// A name for each local: the author's, numbered where it shadows another.
    locals: Vec<String>,
}

impl<'a> Printer<'a> {
    fn new(op: &'a Op, function: &'a Function) -> Self {
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let name = |local: &super::Local| {
            let count = seen.entry(local.name).or_insert(0);
            *count += 1;
            if *count == 1 { local.name.to_owned() } else { format!("{}${count}", local.name) }
        };
        let locals = function.locals.iter().map(name).collect();
        Printer { op, function, locals }
    }

    /// A function of the operation. Bodies have the operation's images as arguments, those of scans also their state; starts of scans have the
    /// images if they read what lies before a line.
    fn own_function(&self) -> String {
        let (name, outputs) = (self.function.name, self.op.outputs);
        let mut arguments = self.arguments();
        if name == "body" || (name == "start" && self.op.continues_lines()) {
            let inputs = self.op.inputs.iter().map(|input| format!("{}: {}", input.name, input_type(input)));
            let group = self.op.group.iter().flat_map(|group| {
                let shared =
                    |one: &super::Shared| format!("{}: shared [{}; {}]", one.name, type_name(one.ty), one.length);
                std::iter::once(format!("at: one of {} lanes", group.lanes)).chain(group.shared.iter().map(shared))
            });
            arguments = inputs.chain(group).chain(arguments).collect();
        }
        match name {
            "body" if self.op.class == Class::Scan => {
                self.function(name, &arguments, &[outputs, self.op.state].concat())
            }
            "body" | "finish" => self.function(name, &arguments, outputs),
            _ => self.function(name, &arguments, self.op.state),
        }
    }

    /// The locals that are arguments.
    fn arguments(&self) -> Vec<String> {
        let local = |number: usize| format!("{}: {}", self.locals[number], type_name(self.function.locals[number].ty));
        (0..self.function.arguments as usize).map(local).collect()
    }

    fn function(&self, name: &str, arguments: &[String], results: &[Type]) -> String {
        let result = match results {
            [] => String::new(),
            results => format!(" -> {}", tuple(results.iter().map(|&ty| type_name(ty)))),
        };
        let mut text = format!("fn {name}({}){result} {{\n", arguments.join(", "));
        self.block(self.function.body, 1, &mut text);
        text + "}\n"
    }

    fn block(&self, block: Block, depth: usize, text: &mut String) {
        for stmt in block.of(self.function) {
            self.stmt(stmt, depth, text);
        }
    }

    fn stmt(&self, stmt: &Stmt, depth: usize, text: &mut String) {
        let indent = "    ".repeat(depth);
        let nested = |head: String, body: Block, text: &mut String| {
            let _ = writeln!(text, "{indent}{head} {{");
            self.block(body, depth + 1, text);
            let _ = write!(text, "{indent}}}");
        };
        match *stmt {
            Stmt::If { condition, then, otherwise } => {
                nested(format!("if {}", self.any(condition)), then, text);
                if otherwise.len > 0 {
                    text.push_str(" else {\n");
                    self.block(otherwise, depth + 1, text);
                    let _ = write!(text, "{indent}}}");
                }
                text.push('\n');
            }
            Stmt::For { local, start, end, inclusive, body } => {
                let range = if inclusive { "..=" } else { ".." };
                let head = format!("for {} in {}{range}{}", self.local(local), self.any(start), self.any(end));
                nested(head, body, text);
                text.push('\n');
            }
            Stmt::ForWindow { window: number, value, offset, body } => {
                let offset = offset.map(|at| format!("({})", [at.x, at.y, at.z].map(|id| self.local(id)).join(", ")));
                let value = value.map(|value| self.local(value));
                let window = window(self.op, number);
                let head = match (value, offset) {
                    (Some(value), Some(offset)) => format!("for ({offset}, {value}) in {window}"),
                    (None, Some(offset)) => format!("for {offset} in {window}.offsets()"),
                    (value, None) => format!("for {} in {window}", value.unwrap_or("_")),
                };
                nested(head, body, text);
                text.push('\n');
            }
            Stmt::ForUnder { input, under, turned, reflected, value, weight, body } => {
                let [value, weight] = [value, weight].map(|local| local.map_or("_", |local| self.local(local)));
                let call = self.under(input, under, turned, reflected);
                nested(format!("for ({value}, {weight}) in {call}"), body, text);
                text.push('\n');
            }
            Stmt::While { condition, body } => {
                let forever = matches!(self.function.expr(condition).expr, Expr::Bool { value: true });
                let head = if forever { "loop".to_owned() } else { format!("while {}", self.any(condition)) };
                nested(head, body, text);
                text.push('\n');
            }
            Stmt::Phase { body } => {
                let _ = writeln!(text, "{indent}{{");
                self.block(body, depth + 1, text);
                let _ = writeln!(text, "{indent}}}");
            }
            _ => {
                let _ = writeln!(text, "{indent}{};", self.simple(stmt));
            }
        }
    }

    /// A statement of one line, without its semicolon.
    fn simple(&self, stmt: &Stmt) -> String {
        match *stmt {
            Stmt::Declare { local } => self.declaration(local),
            Stmt::Let { local, value } => format!("{} = {}", self.declaration(local), self.any(value)),
            Stmt::Assign { local, value } => format!("{} = {}", self.local(local), self.any(value)),
            Stmt::LetCall { first, count, helper, arguments } => {
                let parts: Vec<LocalId> = (first.0..first.0 + count).map(LocalId).collect();
                let names = tuple(parts.iter().map(|&part| self.local(part).to_owned()));
                let types = tuple(parts.iter().map(|&part| type_name(self.function.local(part).ty).to_owned()));
                format!("let {names}: {types} = {}", self.helper(helper, arguments))
            }
            Stmt::LetArray { local, values } => {
                let (values, length) = (values.of(self.function), self.function.local(local).length.unwrap_or(1));
                let elements = match values {
                    [value] if length > 1 => format!("[{}; {length}]", self.any(*value)),
                    values => format!("[{}]", self.list(values)),
                };
                format!("{} = {elements}", self.declaration(local))
            }
            Stmt::AssignElement { local, index, value } => {
                format!("{}[{}] = {}", self.local(local), self.any(index), self.any(value))
            }
            Stmt::Break => "break".to_owned(),
            Stmt::Continue => "continue".to_owned(),
            Stmt::Return { values } if values.len == 0 => "return".to_owned(),
            Stmt::Return { values } => {
                format!("return {}", tuple(values.of(self.function).iter().map(|&value| self.any(value))))
            }
            Stmt::Store { input, index, value } => {
                format!("{}.store({}, {})", self.input(input), self.any(index), self.any(value))
            }
            Stmt::Share { array, index, value } => {
                format!("{}.store({}, {})", self.shared(array), self.any(index), self.any(value))
            }
            Stmt::Atomic { result, op, input, index, value } => {
                let method = match op {
                    AtomicOp::Add if self.op.inputs[usize::from(input)].access == Access::Tally => "add",
                    AtomicOp::Add => "fetch_add",
                    AtomicOp::Min => "fetch_min",
                    AtomicOp::Max => "fetch_max",
                };
                let before = result.map(|local| format!("{} = ", self.declaration(local))).unwrap_or_default();
                format!("{before}{}.{method}({}, {})", self.input(input), self.any(index), self.any(value))
            }
            // These have blocks and are laid out by `stmt`.
            Stmt::If { .. }
            | Stmt::For { .. }
            | Stmt::ForWindow { .. }
            | Stmt::ForUnder { .. }
            | Stmt::While { .. }
            | Stmt::Phase { .. } => String::new(),
        }
    }

    /// `source.under(kernel, at, reflected)`.
    fn under(&self, input: u8, under: u8, turned: Option<ExprId>, reflected: ExprId) -> String {
        let turned = turned.map(|axis| format!(".turned({})", self.any(axis))).unwrap_or_default();
        let (kernel, at) = (self.input(under), self.position());
        format!("{}.under({kernel}{turned}, {at}, {})", self.input(input), self.any(reflected))
    }

    fn declaration(&self, local: LocalId) -> String {
        let info = self.function.local(local);
        let ty = match info.length {
            Some(length) => format!("[{}; {length}]", type_name(info.ty)),
            None => type_name(info.ty).to_owned(),
        };
        format!("let {}{}: {ty}", if info.mutable { "mut " } else { "" }, self.local(local))
    }

    /// The call of a `#[gpu_fn]`.
    fn helper(&self, helper: u8, arguments: List) -> String {
        let name = self.op.helpers[usize::from(helper)].name;
        format!("{name}({})", self.list(arguments.of(self.function)))
    }

    fn local(&self, local: LocalId) -> &str {
        &self.locals[local.0 as usize]
    }

    fn input(&self, input: u8) -> &'static str {
        self.op.inputs[usize::from(input)].name
    }

    fn shared(&self, array: u8) -> &'static str {
        self.op.group.map_or("shared", |group| group.shared[usize::from(array)].name)
    }

    /// The name through which a body asks for positions.
    fn position(&self) -> &'static str {
        let seen = |input: &&Input| matches!(input.access, Access::Window | Access::Line);
        self.op.inputs.iter().find(seen).map_or("at", |input| input.name)
    }

    fn any(&self, id: ExprId) -> String {
        self.expr(id, level::ANY)
    }

    fn list(&self, ids: &[ExprId]) -> String {
        ids.iter().map(|&id| self.any(id)).collect::<Vec<_>>().join(", ")
    }

    /// The text of an expression where something of at least that precedence is needed.
    fn expr(&self, id: ExprId, needed: u8) -> String {
        let (text, level) = self.print(id);
        if level < needed { format!("({text})") } else { text }
    }

    fn print(&self, id: ExprId) -> (String, u8) {
        let typed = self.function.expr(id);
        let call = |text: String| (text, level::CALL);
        match typed.expr {
            Expr::Float { bits } => float(f32::from_bits(bits)),
            Expr::Int { value } => integer(value, typed.ty),
            Expr::Bool { value } => call(value.to_string()),
            Expr::PixelBound { largest } => call(if largest { "T::LARGEST" } else { "T::SMALLEST" }.to_owned()),
            Expr::Local { local } => call(self.local(local).to_owned()),
            Expr::Param { param, axis } => {
                let name = self.op.params[usize::from(param)].name;
                call(axis.map_or(name.to_owned(), |axis| format!("{name}.{}", axis.name())))
            }
            Expr::Voxel { input } => call(match self.op.inputs[usize::from(input)].access {
                Access::Window | Access::Line => format!("{}.center()", self.input(input)),
                Access::Voxel | Access::Read | Access::Write | Access::Global | Access::Tally | Access::Sample => {
                    self.input(input).to_owned()
                }
            }),
            Expr::Along => call(format!("{}.along()", self.position())),
            Expr::Coordinate { axis } => call(format!("{}.{}()", self.position(), axis.name())),
            Expr::Extent { axis } => call(format!("{}.extent_{}()", self.position(), axis.name())),
            Expr::ItemIndex => call(format!("{}.index()", self.position())),
            Expr::BatchIndex => call(format!("{}.n()", self.position())),
            Expr::Lane => call(format!("{}.lane()", self.position())),
            Expr::Shared { array, index } => call(format!("{}.get({})", self.shared(array), self.any(index))),
            Expr::Unary { op, value } => {
                let operator = match op {
                    UnaryOp::Neg => "-",
                    UnaryOp::Not => "!",
                };
                (format!("{operator}{}", self.expr(value, level::UNARY)), level::UNARY)
            }
            Expr::Binary { op, left, right } => self.binary(op, left, right),
            Expr::Select { condition, then, otherwise } => {
                let [condition, then, otherwise] = [condition, then, otherwise].map(|id| self.any(id));
                (format!("if {condition} {{ {then} }} else {{ {otherwise} }}"), level::SELECT)
            }
            Expr::Cast { value } => {
                (format!("{} as {}", self.expr(value, level::CAST), type_name(typed.ty)), level::CAST)
            }
            Expr::Call { function, arguments } => call(self.call(function, arguments.of(self.function))),
            Expr::CallHelper { helper, arguments } => call(self.helper(helper, arguments)),
            Expr::Element { local, index } => call(format!("{}[{}]", self.local(local), self.any(index))),
            Expr::Neighbor { input, offset } => {
                let line = self.op.inputs[usize::from(input)].access == Access::Line;
                let offset = if line { self.any(offset[0]) } else { self.list(&offset) };
                call(format!("{}.at({offset})", self.input(input)))
            }
            Expr::Sample { input, sampling, at } => {
                let method = match sampling {
                    Sampling::Voxel => "at",
                    Sampling::Nearest => "nearest",
                    Sampling::Linear => "linear",
                    Sampling::Cubic => "cubic",
                };
                call(format!("{}.{method}({})", self.input(input), self.list(&at)))
            }
            Expr::SourceExtent { input, axis } => call(format!("{}.extent_{}()", self.input(input), axis.name())),
            Expr::Inside { offset } => call(format!("{}.contains({})", self.position(), self.list(&offset))),
            Expr::Reduce { window, reducer } => call(self.reduce(window, reducer)),
            Expr::LoadBits { input, index, count } => {
                call(format!("{}.bits({}, {})", self.input(input), self.any(index), self.any(count)))
            }
            Expr::Peek { input, index } => call(format!("{}.peek({})", self.input(input), self.any(index))),
            Expr::Load { input, index } => {
                let method = if self.op.inputs[usize::from(input)].access == Access::Global { "load" } else { "get" };
                call(format!("{}.{method}({})", self.input(input), self.any(index)))
            }
        }
    }

    fn binary(&self, op: BinaryOp, left: ExprId, right: ExprId) -> (String, u8) {
        let (operator, level) = binary(op);
        let is_cast = |id: ExprId| matches!(self.function.expr(id).expr, Expr::Cast { .. });
        // Comparisons do not chain, and after `as f32` a `<` would open generic arguments.
        let compares = level == 4;
        let needed = match op {
            BinaryOp::Lt | BinaryOp::Shl if is_cast(left) => level::UNARY,
            _ => level + u8::from(compares),
        };
        // Rust does not need parentheses around bits in comparisons, nor around `&&` in `||`; readers do.
        let hidden = |id: ExprId| match self.function.expr(id).expr {
            Expr::Binary { op: inner, .. } => inner != op && (is_bitwise(inner) || inner == BinaryOp::And),
            _ => false,
        };
        let operand = |id: ExprId, needed: u8| self.expr(id, if hidden(id) { level::CALL } else { needed });
        (format!("{} {operator} {}", operand(left, needed), operand(right, level + 1)), level)
    }

    fn call(&self, function: Intrinsic, arguments: &[ExprId]) -> String {
        let name = intrinsic(function);
        match function {
            // Of f32 and pixels the language has them as functions, because NaN differs from Rust's methods.
            Intrinsic::Min
            | Intrinsic::Max
            | Intrinsic::ToBits
            | Intrinsic::FromBits
            | Intrinsic::Exp
            | Intrinsic::Ln
            | Intrinsic::Powf
            | Intrinsic::Sin
            | Intrinsic::Cos => format!("{name}({})", self.list(arguments)),
            Intrinsic::Abs
            | Intrinsic::Sqrt
            | Intrinsic::Floor
            | Intrinsic::Ceil
            | Intrinsic::Round
            | Intrinsic::Trunc
            | Intrinsic::MulAdd
            | Intrinsic::IsNan
            | Intrinsic::IsFinite
            | Intrinsic::WrappingAdd
            | Intrinsic::WrappingSub
            | Intrinsic::WrappingMul
            | Intrinsic::CountOnes
            | Intrinsic::LeadingZeros
            | Intrinsic::TrailingZeros => {
                let (receiver, rest) = arguments.split_first().expect("a method has a receiver");
                format!("{}.{name}({})", self.expr(*receiver, level::CALL), self.list(rest))
            }
        }
    }

    fn reduce(&self, number: u8, reducer: Reducer) -> String {
        let method = match reducer {
            Reducer::Sum => "sum",
            Reducer::Max => "max",
            Reducer::Min => "min",
            Reducer::Median => "median",
            Reducer::Mode => "mode",
            Reducer::Percentile { param } => {
                let name = self.op.params[usize::from(param)].name;
                return format!("{}.percentile({name})", window(self.op, number));
            }
            Reducer::Count => "count",
            Reducer::WeightedSum => {
                let weights = self.op.weights[usize::from(number)];
                return format!("{}.weighted_sum({})", self.input(weights.input), weights.call);
            }
        };
        format!("{}.{method}()", window(self.op, number))
    }
}

fn float(value: f32) -> (String, u8) {
    let text = match value {
        f32::INFINITY => "f32::INFINITY".to_owned(),
        f32::NEG_INFINITY => "f32::NEG_INFINITY".to_owned(),
        _ if value.is_nan() => "f32::NAN".to_owned(),
        _ => format!("{value:?}"),
    };
    let level = if text.starts_with('-') { level::UNARY } else { level::CALL };
    (text, level)
}

fn integer(value: i64, ty: Type) -> (String, u8) {
    let suffix = match ty {
        Type::U32 | Type::I64 | Type::Index => type_name(ty),
        _ => "",
    };
    (format!("{value}{suffix}"), if value < 0 { level::UNARY } else { level::CALL })
}

/// The three parts of something per axis: `radius.x`, `radius.y`, `radius.z`.
pub fn per_axis(name: &str) -> [String; 3] {
    Axis::ALL.map(|axis| format!("{name}.{}", axis.name()))
}
