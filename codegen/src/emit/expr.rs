//! Expressions as C text with as few parentheses as the precedence of C needs.

use super::function::FunctionWriter;
use super::helpers::symbol;
use crate::ir::{BinaryOp, Class, Expr, ExprId, Intrinsic, Reducer, Type, UnaryOp};
use crate::plan::{Definition, definition_name};

/// Precedence of C, higher binds tighter.
mod level {
    pub(super) const SELECT: u8 = 3;
    pub(super) const UNARY: u8 = 14;
    pub(super) const PRIMARY: u8 = 15;
}

fn binary(op: BinaryOp) -> (&'static str, u8) {
    match op {
        BinaryOp::Mul => ("*", 13),
        BinaryOp::Div => ("/", 13),
        BinaryOp::Rem => ("%", 13),
        BinaryOp::Add => ("+", 12),
        BinaryOp::Sub => ("-", 12),
        BinaryOp::Shl => ("<<", 11),
        BinaryOp::Shr => (">>", 11),
        BinaryOp::Lt => ("<", 10),
        BinaryOp::Le => ("<=", 10),
        BinaryOp::Gt => (">", 10),
        BinaryOp::Ge => (">=", 10),
        BinaryOp::Eq => ("==", 9),
        BinaryOp::Ne => ("!=", 9),
        BinaryOp::BitAnd => ("&", 8),
        BinaryOp::BitXor => ("^", 7),
        BinaryOp::BitOr => ("|", 6),
        BinaryOp::And => ("&&", 5),
        BinaryOp::Or => ("||", 4),
    }
}

impl FunctionWriter<'_> {
    /// The text of an expression.
    pub(super) fn expr(&self, id: ExprId) -> String {
        self.expr_at(id, 0)
    }

    fn expr_at(&self, id: ExprId, needed: u8) -> String {
        let (text, level) = self.print(id);
        if level < needed { format!("({text})") } else { text }
    }

    fn print(&self, id: ExprId) -> (String, u8) {
        let typed = self.function.expr(id);
        let primary = |text: String| (text, level::PRIMARY);
        match typed.expr {
            Expr::Float { bits } => float(f32::from_bits(bits)),
            Expr::Int { value } => integer(value, typed.ty),
            Expr::Bool { value } => primary(value.to_string()),
            Expr::PixelBound { largest } => {
                let bound = if largest { "largest" } else { "smallest" };
                primary(format!("KW_CAT(kw_{bound}_, KW_PIXEL)"))
            }
            Expr::Local { local } => primary(self.locals[local.0 as usize].clone()),
            Expr::Param { param, axis } => {
                let name = &self.names.params[usize::from(param)];
                primary(match axis {
                    Some(axis) => format!("{name}_{}", axis.name()),
                    None => name.clone(),
                })
            }
            Expr::Voxel { input } => primary(self.voxel(input)),
            Expr::Along => primary("(KW_AXIS == 0 ? x : KW_AXIS == 1 ? y : z)".into()),
            Expr::Coordinate { axis } => primary(axis.name().to_owned()),
            Expr::Extent { axis } if super::image_kernels::takes_extents(self.op) => {
                primary(super::image_kernels::extent_name(axis))
            }
            Expr::Extent { axis } => {
                let whole = if typed.ty == Type::Index { "extent" } else { "global" };
                let extent = format!("g.{whole}_{}", axis.name());
                let halo = crate::analysis::halo(self.op);
                let least = 1 + halo.before[axis.index()] + halo.after[axis.index()];
                if self.op.class != Class::Neighborhood || least == 1 {
                    return primary(extent);
                }
                let flat = format!("KW_IS_FLAT_{}", axis.name().to_ascii_uppercase());
                if self.in_registers {
                    // Such a kernel is told of every axis that is flat.
                    return primary(format!("({flat} ? 1 : kw_at_least({extent}, 2))"));
                }
                // Inside there is room for the halo: the compiler knows that the axis is not flat.
                primary(format!("({flat} ? 1 : kw_at_least({extent}, inside ? {least} : 1))"))
            }
            Expr::ItemIndex => primary("index".into()),
            Expr::BatchIndex => primary("n".into()),
            Expr::Lane => primary("kw_lane".into()),
            Expr::Shared { array, index } => {
                primary(format!("{}[{}]", self.names.shared[usize::from(array)], self.expr(index)))
            }
            Expr::Unary { op, value } => self.unary(op, value, typed.ty),
            Expr::Binary { op, left, right } => self.binary(op, left, right),
            Expr::Select { condition, then, otherwise } => {
                let text = format!(
                    "{} ? {} : {}",
                    self.expr_at(condition, level::SELECT + 1),
                    self.expr_at(then, level::SELECT + 1),
                    self.expr_at(otherwise, level::SELECT)
                );
                (text, level::SELECT)
            }
            Expr::Cast { value } => self.cast(value, typed.ty),
            Expr::Call { function: Intrinsic::IsNan, arguments } => {
                let value = self.expr_at(arguments.of(self.function)[0], level::UNARY);
                (format!("{value} != {value}"), 9)
            }
            Expr::Call { function: Intrinsic::IsFinite, arguments } => {
                (format!("kw_fabs({}) <= 3.4028235e38f", self.expr(arguments.of(self.function)[0])), 10)
            }
            Expr::Call { function, arguments } => {
                let arguments: Vec<_> = arguments.of(self.function).iter().map(|&id| self.expr(id)).collect();
                primary(self.call(function, &arguments, typed))
            }
            Expr::CallHelper { helper, arguments } => {
                let arguments: Vec<_> = arguments.of(self.function).iter().map(|&id| self.expr(id)).collect();
                primary(self.helper_call(helper, &arguments))
            }
            Expr::Element { local, index } => {
                primary(format!("{}[{}]", self.locals[local.0 as usize], self.expr(index)))
            }
            Expr::Neighbor { input, offset } => primary(self.neighbor(input, offset.map(|id| self.expr_at(id, 13)))),
            Expr::Sample { input, sampling, at } => primary(self.sample(input, sampling, at)),
            Expr::SourceExtent { input, axis } => {
                primary(format!("{}.source_extent_{}", super::gather::geometry(input), axis.name()))
            }
            Expr::Inside { offset } => {
                let tests: Vec<_> = ["x", "y", "z"]
                    .iter()
                    .zip(offset)
                    .map(|(axis, id)| format!("(kw_u32)({axis} + {}) < (kw_u32)g.global_{axis}", self.expr_at(id, 13)))
                    .collect();
                let tests = tests.join(" && ");
                if crate::analysis::is_window_offset(self.function, offset) {
                    return (format!("inside || ({tests})"), 4);
                }
                (tests, 5)
            }
            Expr::Reduce { window, reducer } => primary(super::function::reduced_name(window, reducer)),
            Expr::LoadBits { input, index, count } => {
                let storage = definition_name(self.op, Definition::Input(input));
                let (name, index) = (&self.names.inputs[usize::from(input)], self.expr(index));
                primary(format!("KW_CAT(kw_bit_word_, {storage})(&{name}[{index}], {})", self.expr(count)))
            }
            Expr::Peek { input, index } => {
                let (global, ty) = (self.dialect.global(), c_type(self.op.inputs[usize::from(input)].ty));
                let (name, index) = (&self.names.inputs[usize::from(input)], self.expr(index));
                // Not volatile: caches that other items do not see may serve it.
                primary(format!("(({global}const {ty} *){name})[{index}]"))
            }
            Expr::Load { input, index } => primary(self.read_before(input, index).unwrap_or_else(|| {
                let element = format!("{}[{}]", self.names.inputs[usize::from(input)], self.expr(index));
                self.load_text(input, &element)
            })),
        }
    }

    fn unary(&self, op: UnaryOp, value: ExprId, ty: Type) -> (String, u8) {
        let operator = match (op, ty) {
            (UnaryOp::Neg, _) => "-",
            (UnaryOp::Not, Type::Bool) => "!",
            (UnaryOp::Not, _) => "~",
        };
        let operand = self.expr_at(value, level::UNARY);
        // `- -x` must not become `--x`.
        let space = if operand.starts_with('-') { " " } else { "" };
        (format!("{operator}{space}{operand}"), level::UNARY)
    }

    fn binary(&self, op: BinaryOp, left: ExprId, right: ExprId) -> (String, u8) {
        let (operator, level) = binary(op);
        // `&&` inside `||`, and shifts or bits beside arithmetic, are legal but hard to read: parenthesise them.
        let careful = matches!(
            op,
            BinaryOp::Or | BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::Shl | BinaryOp::Shr
        );
        let operand = |id: ExprId, needed: u8| {
            let (text, inner) = self.print(id);
            let same = matches!(self.function.expr(id).expr, Expr::Binary { op: other, .. } if other == op);
            if inner < needed || (careful && inner < level::UNARY && !same) { format!("({text})") } else { text }
        };
        let (mut first, second) = (operand(left, level), operand(right, level + 1));
        // Literals are `int` in C; an operator on literals alone would compute in that type, and overflow where Rust does not.
        let wide = matches!(self.function.expr(left).ty, Type::I64 | Type::Index);
        let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
        if wide && self.of_literals(left) && (shift || self.of_literals(right)) {
            first = format!("({}){}", c_type(self.function.expr(left).ty), self.expr_at(left, level::UNARY));
        }
        (format!("{first} {operator} {second}"), level)
    }

    /// Whether nothing in an expression has a type of its own in C.
    fn of_literals(&self, id: ExprId) -> bool {
        match self.function.expr(id).expr {
            Expr::Int { value } => i32::try_from(value).is_ok(),
            Expr::Unary { value, .. } => self.of_literals(value),
            Expr::Select { then, otherwise, .. } => self.of_literals(then) && self.of_literals(otherwise),
            _ => false,
        }
    }

    fn cast(&self, value: ExprId, to: Type) -> (String, u8) {
        let from = self.function.expr(value).ty;
        if from == to {
            return self.print(value);
        }
        if from == Type::F32 {
            let name = match to {
                Type::I32 => "kw_i32_as_f32",
                Type::U32 => "kw_u32_as_f32",
                _ => "kw_index_as_f32",
            };
            return (format!("{name}({})", self.expr(value)), level::PRIMARY);
        }
        (format!("({}){}", c_type(to), self.expr_at(value, level::UNARY)), level::UNARY)
    }

    /// The call of a helper.
    pub(super) fn helper_call(&self, helper: u8, arguments: &[String]) -> String {
        format!("{}({})", symbol(self.op.helpers[usize::from(helper)].name), arguments.join(", "))
    }

    fn call(&self, function: Intrinsic, arguments: &[String], typed: crate::ir::Typed) -> String {
        let operand_type = match typed.expr {
            Expr::Call { arguments, .. } => self.function.expr(arguments.of(self.function)[0]).ty,
            _ => typed.ty,
        };
        let list = arguments.join(", ");
        match function {
            Intrinsic::Abs if operand_type == Type::I32 => format!("kw_abs({list})"),
            Intrinsic::Abs => format!("kw_fabs({list})"),
            Intrinsic::Sqrt => format!("kw_sqrt({list})"),
            Intrinsic::Floor => format!("kw_floor({list})"),
            Intrinsic::Ceil => format!("kw_ceil({list})"),
            Intrinsic::Round => format!("kw_rint({list})"),
            Intrinsic::Trunc => format!("kw_trunc({list})"),
            Intrinsic::MulAdd => format!("kw_fma({list})"),
            Intrinsic::IsNan | Intrinsic::IsFinite => unreachable!("printed as comparisons"),
            Intrinsic::ToBits => format!("kw_to_bits({list})"),
            Intrinsic::FromBits => format!("kw_float({list})"),
            Intrinsic::WrappingAdd | Intrinsic::WrappingSub | Intrinsic::WrappingMul => {
                let operator = match function {
                    Intrinsic::WrappingAdd => "+",
                    Intrinsic::WrappingSub => "-",
                    _ => "*",
                };
                let [left, right] = arguments else { unreachable!("the parser counts arguments") };
                // Unsigned arithmetic wraps in C; signed does not.
                format!("({})((kw_u32)({left}) {operator} (kw_u32)({right}))", c_type(operand_type))
            }
            Intrinsic::CountOnes => format!("kw_count_ones({list})"),
            Intrinsic::LeadingZeros => format!("kw_leading_zeros({list})"),
            Intrinsic::TrailingZeros => format!("kw_trailing_zeros({list})"),
            Intrinsic::Exp => format!("kw_exp({list})"),
            Intrinsic::Ln => format!("kw_log({list})"),
            Intrinsic::Powf => format!("kw_pow({list})"),
            Intrinsic::Sin => format!("kw_sin({list})"),
            Intrinsic::Cos => format!("kw_cos({list})"),
            // `false` sorts before `true`; there are no operands here whose evaluation could be left out with effect.
            Intrinsic::Min if operand_type == Type::Bool => format!("(({}) && ({}))", arguments[0], arguments[1]),
            Intrinsic::Max if operand_type == Type::Bool => format!("(({}) || ({}))", arguments[0], arguments[1]),
            Intrinsic::Min | Intrinsic::Max => {
                let name = if function == Intrinsic::Min { "min" } else { "max" };
                match operand_type {
                    Type::Index => format!("kw_{name}_index({list})"),
                    Type::I64 => format!("kw_{name}_long({list})"),
                    ty => format!("{}({list})", ordered(name, ty)),
                }
            }
        }
    }
}

/// `kw_max_f32`, or `KW_CAT(kw_max_, KW_PIXEL)`.
pub(super) fn ordered(name: &str, ty: Type) -> String {
    match storage_name(ty) {
        Some(storage) => format!("kw_{name}_{storage}"),
        None => format!("KW_CAT(kw_{name}_, KW_PIXEL)"),
    }
}

/// The storage type of a compute type that is one; `None` for `Pixel`.
pub(super) fn storage_name(ty: Type) -> Option<&'static str> {
    match ty {
        Type::Pixel => None,
        Type::I32 => Some("i32"),
        Type::U32 => Some("u32"),
        _ => Some("f32"),
    }
}

/// The C type of a value.
pub(super) fn c_type(ty: Type) -> &'static str {
    match ty {
        Type::F32 => "float",
        Type::I32 => "int",
        Type::U32 => "kw_u32",
        Type::Bool => "bool",
        Type::I64 => "kw_long",
        Type::Index => "kw_index",
        Type::Pixel => "kw_pixel",
        Type::Unit => "void",
    }
}

fn float(value: f32) -> (String, u8) {
    if !value.is_finite() {
        return (format!("kw_float({:#010x}u)", value.to_bits()), level::PRIMARY);
    }
    let text = format!("{value:?}f");
    let level = if text.starts_with('-') { level::UNARY } else { level::PRIMARY };
    (text, level)
}

fn integer(value: i64, ty: Type) -> (String, u8) {
    match ty {
        Type::U32 => (format!("{value}u"), level::PRIMARY),
        // A plain literal is an int, in which `1 << 40` is something else.
        Type::I64 => (format!("(kw_long){value}"), level::UNARY),
        _ if value == i64::from(i32::MIN) => ("(-2147483647 - 1)".into(), level::PRIMARY),
        _ if value < 0 => (value.to_string(), level::UNARY),
        _ => (value.to_string(), level::PRIMARY),
    }
}

/// The name under which a reducer's result is known in the text.
pub(super) fn reducer_name(reducer: Reducer) -> &'static str {
    match reducer {
        Reducer::Sum => "sum",
        Reducer::Max => "max",
        Reducer::Min => "min",
        Reducer::Median => "median",
        Reducer::Percentile { .. } => "percentile",
        Reducer::Mode => "mode",
        Reducer::Count => "count",
        Reducer::WeightedSum => "weighted_sum",
    }
}
