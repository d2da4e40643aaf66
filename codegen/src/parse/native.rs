//! The author's body as the CPU runs it: the same tokens but for three things (beside the suffixes of `literals`).
//!
//! * A mathematical method of f32 (`x.exp()`) would be the machine's own function; it becomes a call of Kernwerk's, which
//!   gives the same bits everywhere.
//! * `max(a, b)` must be Kernwerk's: a function of that name in the author's crate would be another on the CPU.
//! * The body of an operation moves into the operation's module: `self::…` and `super::…` are written for that place.

use quote::quote_spanned;
use syn::visit_mut::VisitMut;
use syn::{Expr, Path};

use super::helpers::one_level_down;

/// Methods of f32 that are functions of `kernwerk::math`: name of the method, arguments after the receiver, function.
pub(super) const MATH: &[(&str, usize, &str)] = &[
    ("exp", 0, "exp"),
    ("exp2", 0, "exp2"),
    ("exp_m1", 0, "exp_m1"),
    ("ln", 0, "ln"),
    ("ln_1p", 0, "ln_1p"),
    ("log2", 0, "log2"),
    ("log10", 0, "log10"),
    ("powf", 1, "pow"),
    ("powi", 1, "powi"),
    ("sin", 0, "sin"),
    ("cos", 0, "cos"),
    ("tan", 0, "tan"),
    ("asin", 0, "asin"),
    ("acos", 0, "acos"),
    ("atan", 0, "atan"),
    ("atan2", 1, "atan2"),
    ("sinh", 0, "sinh"),
    ("cosh", 0, "cosh"),
    ("tanh", 0, "tanh"),
    ("cbrt", 0, "cbrt"),
    ("hypot", 1, "hypot"),
    ("copysign", 1, "copysign"),
    ("signum", 0, "signum"),
    ("fract", 0, "fract"),
    ("recip", 0, "recip"),
    ("to_radians", 0, "to_radians"),
    ("to_degrees", 0, "to_degrees"),
];

/// Functions of the language that stand in the prelude.
const FUNCTIONS: [&str; 4] = ["min", "max", "clamp", "to_bits"];

/// The function behind a mathematical method.
pub(super) fn math_path(method: &syn::Ident) -> Option<(Path, usize)> {
    let &(_, arity, function) = MATH.iter().find(|(name, ..)| method == name)?;
    let function = syn::Ident::new(function, method.span());
    let tokens = quote_spanned!(method.span()=> ::kernwerk::rt::math::#function);
    Some((syn::parse2(tokens).expect("a path of plain names"), arity))
}

/// How a body is rewritten.
pub(super) struct Native {
    /// Whether it moves into a module inside the one where it stands.
    pub(super) moves: bool,
}

impl VisitMut for Native {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        syn::visit_mut::visit_expr_mut(self, expr);
        // What the macro takes for a function of the language must be that function, whatever the author's crate has under its name: rustc
        // compares the two.
        if let Expr::Call(call) = expr
            && let Expr::Path(path) = &*call.func
            && let Some(name) = path.path.get_ident()
            && FUNCTIONS.iter().any(|function| name == function)
        {
            // Each function has a type of its own; the first value is read so that no lint calls it unused.
            let same = quote_spanned!(name.span()=> {
                let mut kw_function = #name;
                let _ = &kw_function;
                kw_function = ::kernwerk::rt::#name;
                kw_function
            });
            *call.func = syn::parse2(same).expect("a block");
        }
        if let Expr::MethodCall(call) = expr
            && let Some((path, arity)) = math_path(&call.method)
            && arity == call.args.len()
        {
            // Parentheses that a receiver needs are too many around an argument, and rustc would say so.
            let receiver = match &*call.receiver {
                Expr::Paren(inner) => &*inner.expr,
                other => other,
            };
            let arguments = call.args.iter();
            *expr = syn::parse_quote!(#path(#receiver #(, #arguments)*));
        }
    }

    fn visit_path_mut(&mut self, path: &mut Path) {
        syn::visit_mut::visit_path_mut(self, path);
        let relative = path.leading_colon.is_none()
            && path.segments.len() > 1
            && path.segments.first().is_some_and(|first| first.ident == "self" || first.ident == "super");
        if self.moves && relative {
            let tokens = one_level_down(path);
            if let Ok(moved) = syn::parse2(tokens) {
                *path = moved;
            }
        }
    }
}
