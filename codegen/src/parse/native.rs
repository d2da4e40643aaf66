//! The author's body as the CPU runs it: the same tokens but for four things (beside the suffixes of `literals`).
//!
//! * A mathematical method of f32 (`x.exp()`) would be the machine's own function; it becomes a call of Kernwerk's, which
//!   gives the same bits everywhere.
//! * `max(a, b)` must be Kernwerk's: a function of that name in the author's crate would be another on the CPU.
//! * A loop with numbers for bounds is unrolled: only then can the loop over the voxels of a row, which is around it, be
//!   vectorised.
//! * The body of an operation moves into the operation's module: `self::…` and `super::…` are written for that place.

use quote::{quote, quote_spanned};
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{Expr, ExprForLoop, Path, RangeLimits};

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
    moves: bool,
    /// How often the loops that are unrolled repeat what is being visited.
    rounds: usize,
}

/// The most copies of a loop's body. The 27 voxels around one are fewer.
const MOST_ROUNDS: usize = 64;

impl Native {
    pub(super) fn new(moves: bool) -> Native {
        Native { moves, rounds: 1 }
    }
}

impl VisitMut for Native {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let rounds = match expr {
            Expr::ForLoop(each) => rounds(each).filter(|rounds| self.rounds * rounds.clone().count() <= MOST_ROUNDS),
            _ => None,
        };
        let outside = self.rounds;
        self.rounds *= rounds.clone().map_or(1, Iterator::count);
        syn::visit_mut::visit_expr_mut(self, expr);
        self.rounds = outside;
        if let (Expr::ForLoop(each), Some(rounds)) = (&*expr, rounds) {
            *expr = unrolled(each, rounds);
        }
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

/// The values of a loop's counter, if they are written out and nothing leaves a round early.
fn rounds(each: &ExprForLoop) -> Option<std::ops::Range<i64>> {
    let Expr::Range(range) = &*each.expr else { return None };
    let (start, _) = number(range.start.as_deref()?)?;
    let (end, _) = number(range.end.as_deref()?)?;
    let end = end + i64::from(matches!(range.limits, RangeLimits::Closed(_)));
    let mut exits = Exits(false);
    exits.visit_block(&each.body);
    (each.label.is_none() && !exits.0 && start < end).then_some(start..end)
}

/// A whole number that is written out, and its suffix.
fn number(expr: &Expr) -> Option<(i64, &str)> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => {
            let value: i32 = number.base10_parse().ok()?;
            Some((value.into(), number.suffix()))
        }
        Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => {
            number(expr).map(|(value, suffix)| (-value, suffix))
        }
        _ => None,
    }
}

/// Whether there is a `break` or `continue` of the loop whose body is visited, or one with a label.
struct Exits(bool);

impl<'ast> Visit<'ast> for Exits {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Break(_) | Expr::Continue(_) => self.0 = true,
            Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {
                let mut labels = Labels(false);
                labels.visit_expr(expr);
                self.0 |= labels.0;
            }
            _ => syn::visit::visit_expr(self, expr),
        }
    }
}

struct Labels(bool);

impl<'ast> Visit<'ast> for Labels {
    fn visit_lifetime(&mut self, _: &'ast syn::Lifetime) {
        self.0 = true;
    }
}

/// The rounds of a loop, one after the other.
fn unrolled(each: &ExprForLoop, rounds: std::ops::Range<i64>) -> Expr {
    let Expr::Range(range) = &*each.expr else { return Expr::ForLoop(each.clone()) };
    let bounds = [&range.start, &range.end].into_iter().flatten().filter_map(|bound| number(bound));
    let suffix = bounds.map(|(_, suffix)| suffix).find(|suffix| !suffix.is_empty()).unwrap_or_default();
    let (counter, body) = (&each.pat, &each.body);
    let rounds = rounds.map(|value| {
        // With the span of the range, lints would read the author's text as this number.
        let number = syn::LitInt::new(&format!("{}{suffix}", value.abs()), proc_macro2::Span::mixed_site());
        let value: Expr = if value < 0 { syn::parse_quote!(-#number) } else { syn::parse_quote!(#number) };
        quote!({ let #counter = #value; #body })
    });
    let rounds = quote!({ #(#rounds)* });
    syn::parse2(rounds).expect("a block of blocks")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(body: &str) -> String {
        let mut block: syn::Block = syn::parse_str(body).unwrap();
        Native::new(false).visit_block_mut(&mut block);
        let block = quote!(#block).to_string();
        block.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn same(body: &str, expected: &str) {
        let expected: syn::Block = syn::parse_str(expected).unwrap();
        let expected = quote!(#expected).to_string();
        assert_eq!(native(body), expected.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn loops_between_numbers_are_unrolled() {
        same(
            "{ for i in -1i32..=1 { f(i); } }",
            "{ { { let i = -1i32; { f(i); } } { let i = 0i32; { f(i); } } { let i = 1i32; { f(i); } } } }",
        );
        same("{ for _ in 0..2 { g(); } h() }", "{ { { let _ = 0; { g(); } } { let _ = 1; { g(); } } } h() }");
    }

    #[test]
    fn other_loops_stay() {
        for body in [
            "{ for i in 0..n { f (i) ; } }",
            "{ for i in 0..65 { f (i) ; } }",
            "{ for i in 0..2 { if f (i) { break ; } } }",
            "{ for i in 0..2 { if f (i) { continue ; } } }",
            "{ 'a : for i in 0..2 { loop { break 'a ; } } }",
            "{ for i in 3..3 { f (i) ; } }",
        ] {
            same(body, body);
        }
        // The inner loop would be too much with the outer one, and the outer one is unrolled.
        assert_eq!(native("{ for i in 0..9 { for j in 0..9 { f(i, j); } } }").matches("for j").count(), 9);
    }
}
