//! Calls: functions and methods of the language, and mathematics. What images and buffers can be asked is in `accesses`.

use syn::{Expr as SynExpr, ExprMethodCall};

use super::body::{Binding, Lower};
use super::diagnostics::nearest;
use super::exprs::{is_literal, name_of};
use super::native::{MATH, math_path};
use super::refused;
use super::signature::{Role, tidy};
use crate::ir::{Access, Expr, ExprId, Intrinsic, Type};

impl Lower<'_> {
    pub(super) fn call(&mut self, call: &syn::ExprCall, expected: Option<Type>) -> Option<ExprId> {
        let name = match &*call.func {
            SynExpr::Path(path) => {
                path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
            }
            _ => String::new(),
        };
        if name == "default" && tidy(&call.func).replace(' ', "") == "T::default" && call.args.is_empty() {
            return Some(self.builder.expr(Expr::Int { value: 0 }, Type::Pixel));
        }
        if let SynExpr::Path(path) = &*call.func
            && path.path.get_ident().and_then(|name| self.lookup(name)).is_some_and(|b| matches!(b, Binding::Refused))
        {
            return None;
        }
        let text = tidy(&call.func).replace(' ', "");
        // Also where it is called like a function of the language: rustc would take the call for that of the operation.
        if self.signature.name == text {
            return self.refuse(
                &call.func,
                format!("`{text}` calls itself"),
                "a GPU cannot run recursive functions: use a loop, or another name for what is defined here",
            );
        }
        let function = match text.as_str() {
            "min" => Intrinsic::Min,
            "max" => Intrinsic::Max,
            "clamp" => return self.clamp(call, expected),
            "to_bits" => return self.simple_call(call, Intrinsic::ToBits, &[Type::F32], Type::U32),
            "f32::from_bits" => return self.simple_call(call, Intrinsic::FromBits, &[Type::U32], Type::F32),
            _ if text.starts_with("vendor::") || text.contains("::vendor::") => {
                let (function, arity) = match name.as_str() {
                    "exp" => (Intrinsic::Exp, 1),
                    "ln" => (Intrinsic::Ln, 1),
                    "sin" => (Intrinsic::Sin, 1),
                    "cos" => (Intrinsic::Cos, 1),
                    "pow" => (Intrinsic::Powf, 2),
                    _ => {
                        return self.refuse(
                            &call.func,
                            format!("the vendors have no function `{name}` that is used here"),
                            "there are exp, ln, sin, cos and pow; without `vendor::` it is the same on every device",
                        );
                    }
                };
                return self.simple_call(call, function, &[Type::F32; 2][..arity], Type::F32);
            }
            _ => {
                let ty = expected.unwrap_or(Type::F32);
                let (helper, arguments) = self.helper_call(call, &[ty])?;
                return Some(self.builder.expr(Expr::CallHelper { helper, arguments }, ty));
            }
        };
        let arguments: Vec<_> = call.args.iter().collect();
        let [left, right] = arguments[..] else {
            return self.mismatch(&call.func, format!("`{name}` takes two values"), "write `min(a, b)`");
        };
        let (left, right) = if is_literal(left) {
            let right = self.value(right, expected)?;
            let ty = self.builder.ty(right);
            (self.value(left, Some(ty))?, right)
        } else {
            let left = self.value(left, expected)?;
            let ty = self.builder.ty(left);
            (left, self.value(right, Some(ty))?)
        };
        let ty = self.builder.ty(left);
        let other = self.builder.ty(right);
        if ty != other {
            let problem = format!("the two values have different types: {} and {}", name_of(ty), name_of(other));
            return self.mismatch(&call.args, problem, "convert one with `as`");
        }
        let arguments = self.builder.list(&[left, right]);
        Some(self.builder.expr(Expr::Call { function, arguments }, ty))
    }

    /// A function of the language with arguments of fixed types.
    fn simple_call(
        &mut self,
        call: &syn::ExprCall,
        function: Intrinsic,
        types: &[Type],
        result: Type,
    ) -> Option<ExprId> {
        if call.args.len() != types.len() {
            let problem = format!("`{}` takes {}", tidy(&call.func), arguments_text(types.len()));
            return self.mismatch(&call.func, problem, "add or remove some");
        }
        let arguments: Vec<_> = call.args.iter().zip(types).map(|(value, &ty)| self.typed(value, ty)).collect();
        let arguments = arguments.into_iter().collect::<Option<Vec<_>>>()?;
        let arguments = self.builder.list(&arguments);
        Some(self.builder.expr(Expr::Call { function, arguments }, result))
    }

    /// `clamp(x, low, high)`: `min(max(x, low), high)`.
    fn clamp(&mut self, call: &syn::ExprCall, expected: Option<Type>) -> Option<ExprId> {
        let [value, low, high] = call.args.iter().collect::<Vec<_>>()[..] else {
            return self.mismatch(&call.func, "`clamp` takes three values", "write `clamp(value, low, high)`");
        };
        let value = self.value(value, expected)?;
        let ty = self.builder.ty(value);
        let (low, high) = (self.typed(low, ty), self.typed(high, ty));
        let arguments = self.builder.list(&[value, low?]);
        let raised = self.builder.expr(Expr::Call { function: Intrinsic::Max, arguments }, ty);
        let arguments = self.builder.list(&[raised, high?]);
        Some(self.builder.expr(Expr::Call { function: Intrinsic::Min, arguments }, ty))
    }

    /// The call of a `#[gpu_fn]` with results of these types: which one, and its arguments.
    pub(super) fn helper_call(&mut self, call: &syn::ExprCall, results: &[Type]) -> Option<(u8, crate::ir::List)> {
        let path = match &*call.func {
            SynExpr::Path(path) if path.qself.is_none() => &path.path,
            other => {
                return self.refuse(other, "this is no function", "call a `#[gpu_fn]` by its name");
            }
        };
        let generics = path.segments.iter().any(|segment| !segment.arguments.is_empty());
        let local = path.get_ident().and_then(|name| self.lookup(name));
        let of_type = path.segments.len() > 1
            && path.segments.iter().rev().nth(1).is_some_and(|segment| {
                let name = segment.ident.to_string();
                name.starts_with(char::is_uppercase) || super::signature::is_scalar(&name)
            });
        if matches!(local, Some(Binding::Refused)) {
            return None;
        }
        if generics
            || local.is_some()
            || of_type
            || path.segments.last()?.ident.to_string().starts_with(char::is_uppercase)
        {
            if of_type && !generics {
                let name = &path.segments.last()?.ident;
                let remedy = match name.to_string().as_str() {
                    name @ ("min" | "max" | "clamp" | "to_bits") => {
                        format!("write `{name}(…)`, without a type before it")
                    }
                    name => format!("write it as a method: `x.{name}(…)`"),
                };
                let problem = format!("`{}` cannot be called in an operation", tidy(&call.func));
                return self.refuse(&call.func, problem, &remedy);
            }
            return self.refuse(
                &call.func,
                format!("`{}` cannot be called in an operation", tidy(&call.func)),
                "there are min(a, b), max(a, b), clamp(x, low, high), methods such as `x.sqrt()`, and functions with `#[gpu_fn]`",
            );
        }
        let arguments: Vec<_> = call.args.iter().map(|argument| self.value(argument, None)).collect();
        let arguments = arguments.into_iter().collect::<Option<Vec<_>>>()?;
        let types = arguments.iter().map(|&argument| self.builder.ty(argument)).collect();
        let helper = self.helpers.index(path);
        self.helpers.guess(helper, types, results.to_vec(), &call.func);
        Some((helper, self.builder.list(&arguments)))
    }

    /// A method of f32 that is a function of `kernwerk::math`.
    fn math_helper(&mut self, call: &ExprMethodCall, path: &syn::Path, arity: usize) -> Option<ExprId> {
        let receiver = self.typed(&call.receiver, Type::F32);
        if call.args.len() != arity {
            let problem = format!("`{}` takes {} here", call.method, arguments_text(arity));
            return self.mismatch(&call.method, problem, "add or remove arguments");
        }
        let ty = if call.method == "powi" { Type::I32 } else { Type::F32 };
        let rest: Vec<_> = call.args.iter().map(|argument| self.typed(argument, ty)).collect();
        let mut arguments = vec![receiver?];
        arguments.extend(rest.into_iter().collect::<Option<Vec<_>>>()?);
        let types = arguments.iter().map(|&argument| self.builder.ty(argument)).collect();
        let helper = self.helpers.index(path);
        self.helpers.guess(helper, types, vec![Type::F32], &call.method);
        let arguments = self.builder.list(&arguments);
        Some(self.builder.expr(Expr::CallHelper { helper, arguments }, Type::F32))
    }

    pub(super) fn method(&mut self, call: &ExprMethodCall) -> Option<ExprId> {
        let reported = self.diagnostics.len();
        let reduce = self.windows.reduce(call, self.signature, self.diagnostics);
        if self.diagnostics.len() > reported {
            return None;
        }
        if let Some(reduce) = reduce {
            use crate::ir::Reducer;
            let input = self.signature.inputs.first()?.ty;
            let numeric = matches!(reduce.reducer, Reducer::Sum | Reducer::WeightedSum);
            if numeric && input != Type::F32 {
                let owner = if reduce.reducer == Reducer::Sum { "Window<f32>" } else { "Line<f32>" };
                let remedy = format!("take the image as `{owner}`");
                return self.refuse(&call.method, "only f32 windows can be summed", &remedy);
            }
            if reduce.reducer == Reducer::WeightedSum && !self.weights_are_of_parameters(call) {
                return Some(self.stand_in(Type::F32));
            }
            let ty = if reduce.reducer == Reducer::Count { Type::F32 } else { input };
            return Some(self.builder.expr(Expr::Reduce { window: reduce.index, reducer: reduce.reducer }, ty));
        }
        if let SynExpr::MethodCall(shape) = &*call.receiver
            && let Some(access) = self.shape(shape)
        {
            return self.unknown_reducer(call, access);
        }
        if let Some(access) = self.shape(call) {
            let (end, name) = (if access == Access::Line { "sum" } else { "max" }, tidy(&call.receiver));
            return self.refuse(
                &call.method,
                "a window is not a value",
                &format!(
                    "reduce it at once, `{name}.{}(1).{end}()`, or loop over it: `for n in {name}.{}(1)`",
                    call.method, call.method
                ),
            );
        }
        if let SynExpr::Path(path) = &*call.receiver
            && let Some(name) = path.path.get_ident()
            && let Some(Binding::Argument(role)) = self.lookup(name)
            && !matches!(role, Role::Param(_))
            && !matches!(role, Role::Input(input) if self.signature.inputs[usize::from(input)].access == Access::Voxel)
        {
            return self.access(call, &role);
        }
        self.math(call)
    }

    /// Reports variables of the body in an expression that is computed on the host, before there are any.
    fn weights_are_of_parameters(&self, call: &ExprMethodCall) -> bool {
        struct Names<'a> {
            lower: &'a Lower<'a>,
            own: Vec<syn::Ident>,
            found: Vec<syn::Ident>,
        }
        impl<'ast> syn::visit::Visit<'ast> for Names<'_> {
            fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
                self.own.push(name.ident.clone());
            }

            fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
                let of_body = |binding: &Binding| !matches!(binding, Binding::Argument(Role::Param(_)));
                if let Some(name) = path.path.get_ident()
                    && self.lower.lookup(name).is_some_and(|binding| of_body(&binding))
                {
                    self.found.push(name.clone());
                }
            }
        }
        let mut names = Names { lower: self, own: Vec::new(), found: Vec::new() };
        call.args.iter().for_each(|argument| syn::visit::Visit::visit_expr(&mut names, argument));
        let Names { own, found, .. } = names;
        let strangers: Vec<_> = found.iter().filter(|name| !own.contains(name)).collect();
        for name in &strangers {
            self.diagnostics.report(
                name,
                format!("weights are computed once for the whole image, and `{name}` for each voxel"),
                "compute them from parameters of the operation alone",
            );
        }
        strangers.is_empty()
    }

    /// Whether a call makes a window, and of what.
    fn shape(&self, call: &ExprMethodCall) -> Option<Access> {
        let SynExpr::Path(path) = &*call.receiver else { return None };
        let Binding::Argument(Role::Input(input)) = self.lookup(path.path.get_ident()?)? else { return None };
        let access = self.signature.inputs[usize::from(input)].access;
        let shapes: &[&str] = match access {
            Access::Window => &["cuboid", "ellipsoid", "diamond"],
            Access::Line => &["window"],
            _ => return None,
        };
        shapes.iter().any(|shape| call.method == shape).then_some(access)
    }

    /// Reports what a window is asked for, and is not able to say.
    fn unknown_reducer(&self, call: &ExprMethodCall, access: Access) -> Option<ExprId> {
        let method = call.method.to_string();
        let known = ["max", "min", "median", "percentile", "mode", "sum", "count"];
        let remedy = match (method.as_str(), nearest(&method, &known)) {
            ("mean" | "average", _) => "divide the sum by the count".to_owned(),
            ("offsets", _) if access == Access::Window => {
                "loop over them: `for (dx, dy, dz) in w.cuboid(1).offsets()`".into()
            }
            ("iter" | "into_iter", _) => "loop over the window itself: `for n in w.cuboid(1)`".into(),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (_, None) => format!("there are {}; anything else is a loop over the window", known.join(", ")),
        };
        self.refuse(&call.method, format!("a window has no value `{method}`"), &remedy)
    }

    /// An expression that must have a type.
    pub(crate) fn typed(&mut self, expr: &SynExpr, ty: Type) -> Option<ExprId> {
        let value = self.value(expr, Some(ty))?;
        let found = self.builder.ty(value);
        if found == ty {
            return Some(value);
        }
        let remedy = match ty {
            Type::Index => "convert it: `i as usize`",
            Type::F32 if is_literal(expr) => "write it with a decimal point: `1.0`",
            _ => "convert it with `as`, or write the type where the variable is declared: `let mut n: u32 = 0;`",
        };
        self.mismatch(expr, format!("{} is needed here, and this is {}", name_of(ty), name_of(found)), remedy)
    }

    /// The distance of a neighbour; its bound is checked once the whole function is known.
    pub(super) fn offset(&mut self, expr: &SynExpr) -> Option<ExprId> {
        let value = self.typed(expr, Type::I32)?;
        self.offsets.push((value, expr.clone()));
        Some(value)
    }

    /// Mathematical methods.
    fn math(&mut self, call: &ExprMethodCall) -> Option<ExprId> {
        if let Some((path, arity)) = math_path(&call.method) {
            return self.math_helper(call, &path, arity);
        }
        let method = call.method.to_string();
        let receiver = self.value(&call.receiver, None)?;
        let ty = self.builder.ty(receiver);
        let (function, arity) = match method.as_str() {
            "abs" => (Intrinsic::Abs, 0),
            "sqrt" => (Intrinsic::Sqrt, 0),
            "floor" => (Intrinsic::Floor, 0),
            "ceil" => (Intrinsic::Ceil, 0),
            "round_ties_even" => (Intrinsic::Round, 0),
            "trunc" => (Intrinsic::Trunc, 0),
            "is_nan" => (Intrinsic::IsNan, 0),
            "is_finite" => (Intrinsic::IsFinite, 0),
            "mul_add" => (Intrinsic::MulAdd, 2),
            "wrapping_add" => (Intrinsic::WrappingAdd, 1),
            "wrapping_sub" => (Intrinsic::WrappingSub, 1),
            "wrapping_mul" => (Intrinsic::WrappingMul, 1),
            "count_ones" => (Intrinsic::CountOnes, 0),
            "leading_zeros" => (Intrinsic::LeadingZeros, 0),
            "trailing_zeros" => (Intrinsic::TrailingZeros, 0),
            "to_bits" => {
                return self.refuse(
                    &call.method,
                    "the bits of a NaN differ between machines",
                    "call `to_bits(x)`, which gives 0x7fc00000 for any NaN",
                );
            }
            "clamp" => {
                return self.refuse(
                    &call.method,
                    "`clamp` treats NaN differently on each machine",
                    "call `clamp(x, low, high)`",
                );
            }
            "min" | "max" if ty == Type::F32 || ty == Type::Pixel => {
                let plain = |expr: &SynExpr, other: &str| match expr {
                    SynExpr::Path(_) | SynExpr::Lit(_) => tidy(expr),
                    _ => other.to_owned(),
                };
                let receiver = plain(&call.receiver, "a");
                let other = call.args.first().map_or_else(|| "b".to_owned(), |argument| plain(argument, "b"));
                self.diagnostics.report(
                    &call.method,
                    format!("`{method}` of f32 treats NaN and -0.0 differently on each machine"),
                    format!("call `{method}({receiver}, {other})`, which is the same everywhere"),
                );
                for argument in &call.args {
                    self.typed(argument, ty);
                }
                return Some(self.stand_in(ty));
            }
            "min" => (Intrinsic::Min, 1),
            "max" => (Intrinsic::Max, 1),
            "round" => {
                if let Some((problem, remedy)) = refused::method("round") {
                    self.diagnostics.report(&call.method, problem, remedy);
                }
                return Some(self.stand_in(Type::F32));
            }
            _ => {
                let mut known =
                    vec!["abs", "sqrt", "floor", "ceil", "round_ties_even", "trunc", "is_nan", "is_finite", "mul_add"];
                known.extend(["wrapping_add", "wrapping_sub", "wrapping_mul"]);
                known.extend(["count_ones", "leading_zeros", "trailing_zeros"]);
                known.extend(MATH.iter().map(|(name, ..)| *name));
                return self.unknown_method(call, &known);
            }
        };
        let counts = matches!(function, Intrinsic::CountOnes | Intrinsic::LeadingZeros | Intrinsic::TrailingZeros);
        if counts && ty != Type::U32 {
            let remedy = "bits are counted in a u32: convert it with `as`";
            return self.mismatch(&call.method, format!("{} has no `{method}` here", name_of(ty)), remedy);
        }
        let wraps = matches!(function, Intrinsic::WrappingAdd | Intrinsic::WrappingSub | Intrinsic::WrappingMul);
        let of_integers = matches!(function, Intrinsic::Min | Intrinsic::Max)
            || counts
            || (function == Intrinsic::Abs && ty == Type::I32)
            || (wraps && matches!(ty, Type::I32 | Type::U32));
        if (ty != Type::F32 && !of_integers) || (of_integers && ty == Type::Bool) || (wraps && ty == Type::F32) {
            let remedy = if wraps { "`+`, `-` and `*` do that" } else { "convert it: `value as f32`" };
            return self.mismatch(&call.method, format!("{} has no `{method}`", name_of(ty)), remedy);
        }
        if call.args.len() != arity {
            let problem = format!("`{method}` takes {} here", arguments_text(arity));
            return self.mismatch(&call.method, problem, "add or remove arguments");
        }
        let mut arguments = vec![receiver];
        for argument in &call.args {
            let value = self.value(argument, Some(ty))?;
            if self.builder.ty(value) != ty {
                return self.mismatch(argument, format!("{} is needed here", name_of(ty)), "convert it with `as`");
            }
            arguments.push(value);
        }
        let arguments = self.builder.list(&arguments);
        let ty = if matches!(function, Intrinsic::IsNan | Intrinsic::IsFinite) { Type::Bool } else { ty };
        Some(self.builder.expr(Expr::Call { function, arguments }, ty))
    }
}

/// "no arguments", "one argument", "2 arguments".
fn arguments_text(count: usize) -> String {
    match count {
        0 => "no arguments".into(),
        1 => "one argument".into(),
        _ => format!("{count} arguments"),
    }
}
