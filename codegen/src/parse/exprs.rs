//! Rust expressions → IR expressions, with the types of their operands.

use syn::{Expr as SynExpr, Lit};

use super::body::{Binding, Lower};
use super::diagnostics::nearest;
use super::refused;
use super::signature::{Role, tidy, value_type};
use crate::ir::{Access, Axis, BinaryOp, Expr, ExprId, ParamType, Type, UnaryOp};

impl Lower<'_> {
    /// Lowers an expression. `None` if it is wrong; then something was reported.
    pub(crate) fn value(&mut self, expr: &SynExpr, expected: Option<Type>) -> Option<ExprId> {
        match expr {
            SynExpr::Lit(lit) => self.literal(lit, expected),
            SynExpr::Paren(inner) => self.value(&inner.expr, expected),
            SynExpr::Group(inner) => self.value(&inner.expr, expected),
            SynExpr::Path(path) => self.path(path),
            SynExpr::Unary(unary) => self.unary(unary, expected),
            SynExpr::Binary(binary) => self.binary(binary, expected),
            SynExpr::Cast(cast) => self.cast(cast),
            SynExpr::If(branch) => self.select(branch, expected),
            SynExpr::Field(field) => self.field(field),
            SynExpr::MethodCall(call) => self.method(call),
            SynExpr::Call(call) => self.call(call, expected),
            SynExpr::Block(block) => match &block.block.stmts[..] {
                [syn::Stmt::Expr(inner, None)] => self.value(inner, expected),
                _ => self.refuse(
                    expr,
                    "a block with statements is not a value in this language",
                    "write its statements before the one that needs the value",
                ),
            },
            SynExpr::Index(index) => {
                let (local, index) = self.element(index)?;
                let ty = self.builder.local_info(local).ty;
                Some(self.builder.expr(Expr::Element { local, index }, ty))
            }
            other => match refused::value(other) {
                Some(refusal) => self.refuse(refusal.tokens, refusal.problem, refusal.remedy),
                None => self.refuse(
                    other,
                    "this expression is not part of the language of operations",
                    "the book's page \"The language\" lists what is",
                ),
            },
        }
    }

    pub(super) fn refuse<R>(
        &self,
        tokens: impl quote::ToTokens,
        problem: impl std::fmt::Display,
        remedy: &str,
    ) -> Option<R> {
        self.diagnostics.report(tokens, problem, remedy);
        None
    }

    /// Refuses types that do not fit.
    pub(super) fn mismatch<R>(
        &self,
        tokens: impl quote::ToTokens,
        problem: impl std::fmt::Display,
        remedy: &str,
    ) -> Option<R> {
        self.diagnostics.mismatch(tokens, problem, remedy);
        None
    }

    /// A value of a type in place of what was reported, so that what surrounds it is looked at too.
    pub(super) fn stand_in(&mut self, ty: Type) -> ExprId {
        self.builder.expr(Expr::Int { value: 0 }, ty)
    }

    fn literal(&mut self, lit: &syn::ExprLit, expected: Option<Type>) -> Option<ExprId> {
        match &lit.lit {
            Lit::Bool(value) => Some(self.builder.expr(Expr::Bool { value: value.value }, Type::Bool)),
            Lit::Float(number) => match number.suffix() {
                "" | "f32" => self.float(lit, number.base10_digits()),
                suffix => self.refuse(lit, format!("`{suffix}` is not a type of the language"), "use f32"),
            },
            Lit::Int(number) if number.suffix() == "f32" => self.float(lit, number.base10_digits()),
            Lit::Int(number) => self.integer(lit, number, expected, false),
            _ => self.refuse(lit, "only numbers and truth values are part of the language", "use a number"),
        }
    }

    fn float(&mut self, lit: &syn::ExprLit, digits: &str) -> Option<ExprId> {
        let value: f32 = digits.parse().unwrap_or(f32::INFINITY);
        if value.is_infinite() {
            return self.refuse(lit, "this number is too large for f32", "write `f32::INFINITY` if that is meant");
        }
        self.helpers.literals.note(lit, Type::F32);
        Some(self.builder.expr(Expr::Float { bits: value.to_bits() }, Type::F32))
    }

    fn integer(
        &mut self,
        lit: &syn::ExprLit,
        number: &syn::LitInt,
        expected: Option<Type>,
        negative: bool,
    ) -> Option<ExprId> {
        let ty = match number.suffix() {
            "" => match expected {
                Some(ty @ (Type::I32 | Type::U32 | Type::I64 | Type::Index)) => ty,
                _ => Type::I32,
            },
            "i32" => Type::I32,
            "u32" => Type::U32,
            "i64" => Type::I64,
            "usize" => Type::Index,
            suffix => {
                let problem = format!("`{suffix}` is not a type of the language");
                return self.refuse(lit, problem, "use i32, u32, i64 or usize");
            }
        };
        let largest = match ty {
            Type::I32 => i64::from(i32::MAX) + i64::from(negative),
            Type::U32 => i64::from(u32::MAX),
            _ => i64::MAX,
        };
        let value = number.base10_parse::<i64>().ok().filter(|&value| value <= largest);
        let Some(value) = value else {
            let remedy = match ty {
                Type::I32 => "write it as u32 or i64, or as f32 with a decimal point",
                _ => "use a smaller one",
            };
            return self.refuse(lit, format!("this number is too large for {}", name_of(ty)), remedy);
        };
        self.helpers.literals.note(lit, ty);
        // -2147483648 is a number, although 2147483648 is none.
        let value = if value > i64::from(i32::MAX) && ty == Type::I32 { i64::from(i32::MIN) } else { value };
        Some(self.builder.expr(Expr::Int { value }, ty))
    }

    fn path(&mut self, path: &syn::ExprPath) -> Option<ExprId> {
        if let Some(name) = path.path.get_ident() {
            return match self.lookup(name) {
                Some(Binding::Local(local)) if self.builder.local_info(local).length.is_some() => {
                    self.refuse(path, "an array is not a value", &format!("read an element: `{name}[0]`"))
                }
                Some(Binding::Local(local)) => Some(self.builder.expr_of(local)),
                Some(Binding::Tuple(parts)) if parts.len() == 1 => Some(self.builder.expr_of(parts[0])),
                Some(Binding::Tuple(_)) => {
                    let remedy = format!("take it apart, `let (a, b) = {name};`, or use a part: `{name}.0`");
                    self.refuse(path, "a tuple is not one value", &remedy)
                }
                Some(Binding::Argument(role)) => self.argument(path, &role),
                Some(Binding::Refused) => None,
                None => {
                    self.unknown_name(path);
                    None
                }
            };
        }
        let text = tidy(path).replace(' ', "");
        let (expr, ty) = match text.trim_start_matches("std::").trim_start_matches("core::") {
            "f32::INFINITY" => (Expr::Float { bits: f32::INFINITY.to_bits() }, Type::F32),
            "f32::NEG_INFINITY" => (Expr::Float { bits: f32::NEG_INFINITY.to_bits() }, Type::F32),
            "f32::MAX" => (Expr::Float { bits: f32::MAX.to_bits() }, Type::F32),
            "f32::MIN" => (Expr::Float { bits: f32::MIN.to_bits() }, Type::F32),
            "f32::NAN" => (Expr::Float { bits: 0x7fc0_0000 }, Type::F32),
            "f32::EPSILON" => (Expr::Float { bits: f32::EPSILON.to_bits() }, Type::F32),
            "f32::MIN_POSITIVE" => (Expr::Float { bits: f32::MIN_POSITIVE.to_bits() }, Type::F32),
            text if text.starts_with("f32::consts::") && constant(text).is_some() => {
                (Expr::Float { bits: constant(text)?.to_bits() }, Type::F32)
            }
            "u32::MAX" => (Expr::Int { value: i64::from(u32::MAX) }, Type::U32),
            "i32::MAX" => (Expr::Int { value: i64::from(i32::MAX) }, Type::I32),
            "i32::MIN" => (Expr::Int { value: i64::from(i32::MIN) }, Type::I32),
            "T::SMALLEST" => (Expr::PixelBound { largest: false }, Type::Pixel),
            "T::LARGEST" => (Expr::PixelBound { largest: true }, Type::Pixel),
            _ => {
                return self.refuse(
                    path,
                    format!("`{text}` is not known in an operation"),
                    "the constants are f32::INFINITY, NEG_INFINITY, NAN, MAX, MIN, MIN_POSITIVE, EPSILON, those of std::f32::consts, u32::MAX, i32::MAX and i32::MIN",
                );
            }
        };
        Some(self.builder.expr(expr, ty))
    }

    pub(crate) fn unknown_name(&self, path: &syn::ExprPath) {
        let names: Vec<String> = self.scopes.iter().flat_map(|scope| scope.keys().cloned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = tidy(path);
        let remedy = match nearest(&text, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "only arguments and local variables can be used; make it a parameter, or write the number".to_owned()
            }
        };
        self.diagnostics.report(path, format!("`{text}` is not known in this operation"), remedy);
    }

    fn argument(&mut self, path: &syn::ExprPath, role: &Role) -> Option<ExprId> {
        match role {
            Role::Param(param) => {
                let info = self.signature.params[usize::from(*param)];
                if info.per_axis {
                    return self.refuse(
                        path,
                        format!("`{}` has one value per axis", info.name),
                        &format!("use `{0}.x`, `{0}.y` or `{0}.z`", info.name),
                    );
                }
                let ty = param_type(info.ty)?;
                Some(self.builder.expr(Expr::Param { param: *param, axis: None }, ty))
            }
            Role::Input(input) => {
                let info = self.signature.inputs[usize::from(*input)];
                match info.access {
                    Access::Voxel => Some(self.builder.expr(Expr::Voxel { input: *input }, info.ty)),
                    Access::Window | Access::Line => self.refuse(
                        path,
                        format!("the window `{}` is not a value", info.name),
                        &format!("read its centre with `{0}.center()` or a neighbour with `{0}.at(…)`", info.name),
                    ),
                    Access::Sample => self.refuse(
                        path,
                        format!("the source `{}` is not a value", info.name),
                        &format!("read it with `{0}.linear(x, y, z)`, `nearest`, `cubic` or `at`", info.name),
                    ),
                    Access::Tally => self.refuse(
                        path,
                        format!("the counters `{}` are no value", info.name),
                        &format!("add to one with `{}.add(i, 1)`", info.name),
                    ),
                    Access::Read | Access::Write | Access::Global => self.refuse(
                        path,
                        format!("the buffer `{}` is not a value", info.name),
                        match info.access {
                            Access::Read => "read an element with `get(i)`",
                            Access::Write => "write an element with `store(i, value)`",
                            _ => "read an element with `load(i)`, write one with `store(i, value)`",
                        },
                    ),
                }
            }
            Role::Shared(number) => {
                let name = self.signature.shared[usize::from(*number)].name;
                self.refuse(
                    path,
                    format!("what lanes share, `{name}`, is not a value"),
                    "read an element with `get(i)`, write one with `store(i, value)`",
                )
            }
            Role::State(_) | Role::Position | Role::Item | Role::Lane | Role::Context | Role::Boundary => {
                self.refuse(path, "a position is not a value", "use its coordinates: `at.x()`, `at.y()`, `at.z()`")
            }
        }
    }

    fn field(&mut self, field: &syn::ExprField) -> Option<ExprId> {
        if let SynExpr::Path(path) = &*field.base
            && let Some(name) = path.path.get_ident()
            && let syn::Member::Named(member) = &field.member
            && let Some(Binding::Argument(Role::Param(param))) = self.lookup(name)
        {
            let info = self.signature.params[usize::from(param)];
            let axis = Axis::ALL.into_iter().find(|axis| member == axis.name());
            if let (true, Some(axis), Some(ty)) = (info.per_axis, axis, param_type(info.ty)) {
                return Some(self.builder.expr(Expr::Param { param, axis: Some(axis) }, ty));
            }
        }
        let part = self.tuple_part(field)?;
        Some(self.builder.expr_of(part))
    }

    fn unary(&mut self, unary: &syn::ExprUnary, expected: Option<Type>) -> Option<ExprId> {
        let op = match unary.op {
            syn::UnOp::Neg(_) => UnaryOp::Neg,
            syn::UnOp::Not(_) => UnaryOp::Not,
            _ => return self.refuse(unary, "references are not part of the language", "remove the `*`"),
        };
        let value = match (op, &*unary.expr) {
            (UnaryOp::Neg, SynExpr::Lit(lit @ syn::ExprLit { lit: Lit::Int(number), .. }))
                if number.suffix() != "f32" =>
            {
                self.integer(lit, number, expected, true)?
            }
            (_, inner) => self.value(inner, expected)?,
        };
        let ty = self.builder.ty(value);
        if let (UnaryOp::Neg, Expr::Int { value: -2_147_483_648 }) = (op, self.builder.kind(value)) {
            return Some(value);
        }
        let fits = match op {
            UnaryOp::Neg => matches!(ty, Type::F32 | Type::I32 | Type::I64),
            UnaryOp::Not => matches!(ty, Type::Bool | Type::U32 | Type::I32 | Type::I64),
        };
        if !fits {
            let what = if op == UnaryOp::Neg { "negated" } else { "inverted with `!`" };
            return self.mismatch(unary, format!("{} cannot be {what}", name_of(ty)), "convert it with `as` first");
        }
        Some(self.builder.expr(Expr::Unary { op, value }, ty))
    }

    fn binary(&mut self, binary: &syn::ExprBinary, expected: Option<Type>) -> Option<ExprId> {
        let Some(op) = binary_op(&binary.op) else {
            return self.refuse(binary, "an assignment is not a value", "make it a statement of its own");
        };
        let compares =
            matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge);
        let logical = matches!(op, BinaryOp::And | BinaryOp::Or);
        let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
        let operand = if compares {
            None
        } else if logical {
            Some(Type::Bool)
        } else {
            expected
        };
        // What does not tell its type, a literal or the call of a function, takes that of the other side.
        let silent = |expr: &SynExpr| is_literal(expr) || (operand.is_none() && is_call(expr));
        let (left, right) = if silent(&binary.left) && !silent(&binary.right) && !shift {
            let right = self.value(&binary.right, operand);
            let ty = right.map(|right| self.builder.ty(right));
            (self.value(&binary.left, ty.or(operand))?, right?)
        } else {
            let left = self.value(&binary.left, operand);
            let ty = left.map(|left| self.builder.ty(left));
            let right = self.value(&binary.right, if shift { Some(Type::U32) } else { ty.or(operand) });
            (left?, right?)
        };
        let (a, b) = (self.builder.ty(left), self.builder.ty(right));
        if a != b && !shift {
            return self.mismatch(
                binary,
                format!("the two sides have different types: {} and {}", name_of(a), name_of(b)),
                "convert one side with `as`, or write the type of the variable: `let mut n: u32 = 0;`",
            );
        }
        let ty = if compares || logical { Type::Bool } else { a };
        if !self.computes(&binary.op, op, a) {
            return Some(self.stand_in(ty));
        }
        Some(self.builder.expr(Expr::Binary { op, left, right }, ty))
    }

    /// Whether an operator is defined for a type; otherwise this is reported at the operator.
    pub(super) fn computes(&self, token: &syn::BinOp, op: BinaryOp, ty: Type) -> bool {
        use BinaryOp as B;
        let bits = matches!(op, B::BitAnd | B::BitOr | B::BitXor);
        let shift = matches!(op, B::Shl | B::Shr);
        let compares = matches!(op, B::Eq | B::Ne | B::Lt | B::Le | B::Gt | B::Ge);
        let logical = matches!(op, B::And | B::Or);
        let report = |problem: String, remedy: &str| {
            self.diagnostics.mismatch(token, problem, remedy);
            false
        };
        match ty {
            _ if compares => true,
            Type::F32 if op == B::Rem => {
                let problem = "`%` of f32 is not part of the language: its exact form is slow on GPUs";
                self.diagnostics.report(token, problem, "write `a - (a / b).trunc() * b`");
                false
            }
            Type::Pixel => {
                let problem = "pixels of the generic type can be compared and selected, but not computed with";
                self.diagnostics.report(token, problem, "take the image as f32 if the operation computes");
                false
            }
            Type::F32 if bits || shift => {
                report("f32 has no operators for bits".into(), "compute with u32: `to_bits(x)`")
            }
            Type::Bool if !(logical || bits) => report("truth values cannot be computed with".into(), "use `if`"),
            Type::Bool => true,
            ty if logical => report(format!("{} is no truth value", name_of(ty)), "compare it: `n != 0`"),
            _ => true,
        }
    }

    fn cast(&mut self, cast: &syn::ExprCast) -> Option<ExprId> {
        let to = value_type(&cast.ty, self.signature.generic.as_ref()).filter(|&to| to != Type::Pixel);
        // A number takes the type that it is converted to, as in Rust.
        let value = self.value(&cast.expr, to.filter(|_| is_literal(&cast.expr)));
        let Some(to) = to else {
            let problem = format!("operations cannot compute in `{}`", tidy(&cast.ty));
            return self.refuse(&cast.ty, problem, "use f32, i32, u32, i64 or usize");
        };
        let from = self.builder.ty(value?);
        let value = value?;
        let remedy = match (from, to) {
            (Type::Pixel, _) => "compare or select; an operation that computes takes its image as f32",
            (Type::F32, Type::I64) => "convert to i32 first: `x as i32 as i64`",
            (_, Type::Bool) => "compare it: `x != 0`",
            (Type::Bool, Type::F32) => "select: `if b { 1.0 } else { 0.0 }`",
            _ => return Some(self.builder.expr(Expr::Cast { value }, to)),
        };
        self.refuse(cast, format!("{} cannot be converted to {}", name_of(from), name_of(to)), remedy)
    }

    /// The parts of an `if` whose branches are plain expressions.
    pub(crate) fn pure_select<'s>(&self, branch: &'s syn::ExprIf) -> Option<(&'s SynExpr, &'s SynExpr, &'s SynExpr)> {
        let [syn::Stmt::Expr(then, None)] = &branch.then_branch.stmts[..] else { return None };
        let otherwise = match &*branch.else_branch.as_ref()?.1 {
            SynExpr::Block(block) => match &block.block.stmts[..] {
                [syn::Stmt::Expr(otherwise, None)] => otherwise,
                _ => return None,
            },
            nested @ SynExpr::If(inner) => {
                self.pure_select(inner)?;
                nested
            }
            _ => return None,
        };
        let pure = |expr: &SynExpr| match expr {
            SynExpr::If(inner) => self.pure_select(inner).is_some(),
            SynExpr::Assign(_)
            | SynExpr::Return(_)
            | SynExpr::Break(_)
            | SynExpr::Continue(_)
            | SynExpr::ForLoop(_) => false,
            SynExpr::MethodCall(call) => {
                !matches!(call.method.to_string().as_str(), "store" | "fetch_add" | "fetch_min" | "fetch_max")
            }
            _ => true,
        };
        (pure(then) && pure(otherwise)).then_some((&branch.cond, then, otherwise))
    }

    fn select(&mut self, branch: &syn::ExprIf, expected: Option<Type>) -> Option<ExprId> {
        let Some((condition, then_text, otherwise_text)) = self.pure_select(branch) else {
            return self.refuse(
                branch,
                "an `if` with statements cannot stand inside an expression",
                "bind it with `let` first",
            );
        };
        let condition = self.typed(condition, Type::Bool);
        let then = self.value(then_text, expected);
        let ty = then.map(|then| self.builder.ty(then));
        let otherwise = self.value(otherwise_text, expected.or(ty));
        // A number without suffix takes the type of the other branch.
        let other = otherwise.map(|otherwise| self.builder.ty(otherwise));
        let then = if is_literal(then_text) && other != ty { self.value(then_text, other) } else { then };
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let (ty, other) = (self.builder.ty(then), self.builder.ty(otherwise));
        if ty != other {
            let problem = format!("the branches have different types: {} and {}", name_of(ty), name_of(other));
            return self.mismatch(otherwise_text, problem, "convert one with `as`");
        }
        Some(self.builder.expr(Expr::Select { condition, then, otherwise }, ty))
    }
}

fn param_type(ty: ParamType) -> Option<Type> {
    Some(match ty {
        ParamType::F32 => Type::F32,
        ParamType::I32 => Type::I32,
        ParamType::U32 => Type::U32,
        ParamType::Bool => Type::Bool,
        ParamType::Pixel => Type::Pixel,
        ParamType::Choice { .. } => return None,
    })
}

pub(super) fn is_literal(expr: &SynExpr) -> bool {
    match expr {
        SynExpr::Lit(lit) => matches!(&lit.lit, Lit::Int(number) if number.suffix().is_empty()),
        SynExpr::Unary(unary) => is_literal(&unary.expr),
        SynExpr::Paren(inner) => is_literal(&inner.expr),
        _ => false,
    }
}

/// Whether an expression is the call of a function that is not of the language: only rustc knows its type.
fn is_call(expr: &SynExpr) -> bool {
    match expr {
        SynExpr::Call(call) => {
            let known = ["min", "max", "clamp", "to_bits", "f32::from_bits", "T::default"];
            !known.contains(&tidy(&call.func).replace(' ', "").as_str())
        }
        SynExpr::Unary(unary) => is_call(&unary.expr),
        SynExpr::Paren(inner) => is_call(&inner.expr),
        _ => false,
    }
}

/// A constant of `std::f32::consts`.
fn constant(path: &str) -> Option<f32> {
    use std::f32::consts;
    Some(match path.strip_prefix("f32::consts::")? {
        "PI" => consts::PI,
        "TAU" => consts::TAU,
        "E" => consts::E,
        "SQRT_2" => consts::SQRT_2,
        "LN_2" => consts::LN_2,
        "LN_10" => consts::LN_10,
        "LOG2_E" => consts::LOG2_E,
        "LOG10_E" => consts::LOG10_E,
        "FRAC_PI_2" => consts::FRAC_PI_2,
        "FRAC_PI_3" => consts::FRAC_PI_3,
        "FRAC_PI_4" => consts::FRAC_PI_4,
        "FRAC_PI_6" => consts::FRAC_PI_6,
        "FRAC_PI_8" => consts::FRAC_PI_8,
        "FRAC_1_PI" => consts::FRAC_1_PI,
        "FRAC_2_PI" => consts::FRAC_2_PI,
        "FRAC_1_SQRT_2" => consts::FRAC_1_SQRT_2,
        "FRAC_2_SQRT_PI" => consts::FRAC_2_SQRT_PI,
        _ => return None,
    })
}

pub(super) fn name_of(ty: Type) -> &'static str {
    match ty {
        Type::F32 => "f32",
        Type::I32 => "i32",
        Type::U32 => "u32",
        Type::I64 => "i64",
        Type::Bool => "bool",
        Type::Index => "usize",
        Type::Pixel => "the generic pixel type",
        Type::Unit => "nothing",
    }
}

fn binary_op(op: &syn::BinOp) -> Option<BinaryOp> {
    Some(match op {
        syn::BinOp::Add(_) => BinaryOp::Add,
        syn::BinOp::Sub(_) => BinaryOp::Sub,
        syn::BinOp::Mul(_) => BinaryOp::Mul,
        syn::BinOp::Div(_) => BinaryOp::Div,
        syn::BinOp::Rem(_) => BinaryOp::Rem,
        syn::BinOp::And(_) => BinaryOp::And,
        syn::BinOp::Or(_) => BinaryOp::Or,
        syn::BinOp::BitXor(_) => BinaryOp::BitXor,
        syn::BinOp::BitAnd(_) => BinaryOp::BitAnd,
        syn::BinOp::BitOr(_) => BinaryOp::BitOr,
        syn::BinOp::Shl(_) => BinaryOp::Shl,
        syn::BinOp::Shr(_) => BinaryOp::Shr,
        syn::BinOp::Eq(_) => BinaryOp::Eq,
        syn::BinOp::Lt(_) => BinaryOp::Lt,
        syn::BinOp::Le(_) => BinaryOp::Le,
        syn::BinOp::Ne(_) => BinaryOp::Ne,
        syn::BinOp::Ge(_) => BinaryOp::Ge,
        syn::BinOp::Gt(_) => BinaryOp::Gt,
        _ => return None,
    })
}
