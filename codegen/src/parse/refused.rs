//! What Rust has and the language of operations has not: the token to point at, the reason, and what to write instead.
//!
//! Tables only. Whoever meets such a thing asks here, so that it is explained alike as a statement and as a value.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Item};

/// Where, what is wrong, what to do.
pub(super) struct Refusal {
    pub(super) tokens: TokenStream,
    pub(super) problem: String,
    pub(super) remedy: &'static str,
}

fn refusal(tokens: impl ToTokens, problem: &str, remedy: &'static str) -> Option<Refusal> {
    Some(Refusal { tokens: tokens.to_token_stream(), problem: problem.to_owned(), remedy })
}

/// An expression that is in no part of an operation. `None` for what some part may hold.
pub(super) fn expression(expr: &Expr) -> Option<Refusal> {
    let select = "use `if` and `else`";
    match expr {
        Expr::Async(block) => refusal(block.async_token, "an operation cannot be async", "remove `async`"),
        Expr::Await(wait) => refusal(wait.await_token, "an operation cannot wait", "remove `.await`"),
        Expr::Closure(closure) => {
            let (left, inputs, right) = (&closure.or1_token, &closure.inputs, &closure.or2_token);
            refusal(
                quote!(#left #inputs #right),
                "closures are not part of the language",
                "write the code out where it is used, or make it a function with `#[gpu_fn]`",
            )
        }
        Expr::Const(block) => refusal(
            block.const_token,
            "`const` blocks are not part of the language",
            "write the number, or make it a parameter",
        ),
        Expr::Let(condition) => {
            refusal(condition.let_token, "patterns are not part of the language", "compare with `==` or `<` instead")
        }
        Expr::Macro(call) => refusal(
            &call.mac.path,
            "macros cannot be called in an operation, since a GPU cannot run what they expand to",
            "write the code out, or call a function of the language",
        ),
        Expr::Match(choice) => refusal(choice.match_token, "`match` is not part of the language", select),
        Expr::Range(range) => refusal(range, "a range is no value here", "use it in `for i in 0..n`"),
        Expr::RawAddr(address) => {
            refusal(address.and_token, "pointers are not part of the language", "pass the value itself")
        }
        Expr::Reference(reference) => {
            refusal(reference.and_token, "references are not part of the language", "pass the value itself")
        }
        Expr::Struct(value) => {
            refusal(&value.path, "structs are not part of the language", "use a variable for each part, or a tuple")
        }
        Expr::Try(attempt) => {
            refusal(attempt.question_token, "an operation cannot fail", "handle the case with `if`, or return NaN")
        }
        Expr::TryBlock(block) => refusal(block.try_token, "an operation cannot fail", "handle the case with `if`"),
        Expr::Unsafe(block) => refusal(block.unsafe_token, "an operation cannot be unsafe", "remove `unsafe`"),
        Expr::Yield(stop) => refusal(stop.yield_token, "an operation cannot yield", "remove `yield`"),
        _ => None,
    }
}

/// A statement or an effect where a value is needed.
pub(super) fn value(expr: &Expr) -> Option<Refusal> {
    let jump = "make the `if` a statement of its own: `if … { return x; }`";
    match expr {
        Expr::Array(_) | Expr::Repeat(_) => {
            refusal(expr, "an array is not a value here", "bind it with `let` first and use its elements")
        }
        Expr::Assign(_) => refusal(expr, "an assignment is not a value", "make it a statement of its own"),
        Expr::Break(stop) => refusal(stop.break_token, "`break` is not a value", jump),
        Expr::Continue(next) => refusal(next.continue_token, "`continue` is not a value", jump),
        Expr::Return(value) => refusal(value.return_token, "`return` is not a value", jump),
        Expr::ForLoop(value) => refusal(value.for_token, "a loop has no value here", "use a `let mut` variable"),
        Expr::Loop(value) => refusal(value.loop_token, "a loop has no value here", "use a `let mut` variable"),
        Expr::While(value) => refusal(value.while_token, "a loop has no value here", "use a `let mut` variable"),
        Expr::Tuple(_) => refusal(expr, "a tuple is not a value here", "take it apart: `let (a, b) = …;`"),
        other => expression(other),
    }
}

/// The name by which a body may refer to an item inside it.
pub(super) fn item_name(item: &Item) -> Option<&syn::Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Static(item) => Some(&item.ident),
        _ => None,
    }
}

/// The first tokens of an item inside a body.
pub(super) fn item(item: &Item) -> Refusal {
    let (tokens, remedy) = match item {
        Item::Const(item) => (item.const_token.to_token_stream(), "write the number, or make it a parameter"),
        Item::Fn(item) => {
            (item.sig.fn_token.to_token_stream(), "move it beside the operation and mark it with `#[gpu_fn]`")
        }
        Item::Macro(item) => (item.mac.path.to_token_stream(), "write the code out"),
        Item::Static(item) => (item.static_token.to_token_stream(), "write the number, or make it a parameter"),
        Item::Use(item) => (item.use_token.to_token_stream(), "move it beside the operation"),
        other => (other.to_token_stream().into_iter().take(1).collect(), "move it beside the operation"),
    };
    Refusal { tokens, problem: "items cannot stand inside an operation".into(), remedy }
}

/// Methods of numbers that Rust has, why operations have not, and what to write.
pub(super) fn method(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "round" => ("`round` rounds halves away from zero, which GPUs do not offer as such", "use `round_ties_even`"),
        "rem_euclid" | "div_euclid" => ("operations have no Euclidean division", "write `a - (a / b).floor() * b`"),
        "is_infinite" => ("operations have no `is_infinite`", "write `x.abs() == f32::INFINITY`"),
        "is_sign_negative" | "is_sign_positive" => ("operations have no test of the sign bit", "compare with zero"),
        "sin_cos" => ("operations have no `sin_cos`", "call `x.sin()` and `x.cos()`"),
        "log" => ("operations have no `log` of any base", "write `x.ln() / base.ln()`"),
        "pow" => ("operations have no power of integers", "multiply, or convert to f32 and call `powf`"),
        "abs_diff" => ("operations have no `abs_diff`", "write `max(a, b) - min(a, b)`"),
        "saturating_sub" => ("operations have no `saturating_sub`", "write `if a > b { a - b } else { 0 }`"),
        "saturating_add" | "saturating_mul" | "checked_add" | "checked_sub" | "checked_mul" | "checked_div"
        | "overflowing_add" | "overflowing_sub" | "overflowing_mul" => {
            ("operations have no arithmetic that looks at overflow", "compare before you compute, or use i64")
        }
        "count_ones" | "count_zeros" | "leading_zeros" | "trailing_zeros" | "rotate_left" | "rotate_right"
        | "swap_bytes" | "reverse_bits" => ("operations have no such function of bits", "use shifts, `&`, `|` and `^`"),
        "clone" | "to_owned" | "borrow" | "as_ref" => {
            ("values of the language are copied", "use the value itself, without the call")
        }
        "into" | "try_into" | "from" => ("operations convert with `as` alone", "write `value as f32`"),
        "unwrap" | "expect" | "unwrap_or" => {
            ("an operation cannot fail, so there is nothing to unwrap", "remove the call")
        }
        "partial_cmp" | "cmp" | "total_cmp" | "eq" | "ne" | "lt" | "le" | "gt" | "ge" => {
            ("operations compare with operators", "write `a < b`, `a == b`, …, or `min(a, b)` and `max(a, b)`")
        }
        "add" | "sub" | "mul" | "div" | "rem" | "neg" | "not" => {
            ("operations compute with operators", "write `a + b`, `a * b`, …")
        }
        "iter" | "into_iter" | "map" | "fold" | "zip" | "filter" | "enumerate" | "rev" | "step_by" | "for_each" => {
            ("iterators are not part of the language", "write a loop: `for i in 0..n { … }`")
        }
        _ => return None,
    })
}
