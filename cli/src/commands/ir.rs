//! The intermediate representation of an operation as text for reading.
//!
//! Expressions are `%number`, local variables `name$number`. The text follows the IR's own `Debug` form, so that a new kind
//! of expression shows up without a change here; only what nests is laid out.

use std::fmt::Debug;

use kernwerk_codegen::ir::{Block, Function, Op, Stmt};

/// The IR: declarations, then each function with its expressions numbered and its statements nested.
pub(crate) fn dump(op: &Op) -> String {
    let mut text = format!("op {} {:?} -> {:?}\n", op.name, op.class, op.output);
    list("input", op.inputs, &mut text);
    list("param", op.params, &mut text);
    list("window", op.windows, &mut text);
    list("weights", op.weights, &mut text);
    list("state", op.state, &mut text);
    for function in op.functions {
        function_text(function, &mut text);
    }
    text
}

fn list<T: Debug>(what: &str, items: &[T], text: &mut String) {
    for (number, item) in items.iter().enumerate() {
        *text += &format!("{what} {number}: {item:?}\n");
    }
}

fn function_text(function: &Function, text: &mut String) {
    *text += &format!("\nfn {}\n", function.name);
    for (number, local) in function.locals.iter().enumerate() {
        let kind = if (number as u64) < u64::from(function.arguments) { "argument" } else { "local" };
        let mutable = if local.mutable { "mut " } else { "" };
        *text += &format!("  {kind} {mutable}{}${number}: {:?}\n", local.name, local.ty);
    }
    for (number, typed) in function.exprs.iter().enumerate() {
        *text += &format!("  %{number}: {:?} = {}\n", typed.ty, short(&typed.expr, function));
    }
    block(function, function.body, 1, text);
}

fn block(function: &Function, body: Block, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    for stmt in body.of(function) {
        let shown = |value: &dyn Debug| short(value, function);
        let nested: &[(String, Block)] = match stmt {
            Stmt::If { condition, then, otherwise } => {
                &[(format!("If {}", shown(condition)), *then), ("Else".to_owned(), *otherwise)]
            }
            Stmt::For { local, start, end, inclusive, body } => {
                let to = if *inclusive { "..=" } else { ".." };
                &[(format!("For {} in {}{to}{}", shown(local), shown(start), shown(end)), *body)]
            }
            Stmt::ForWindow { window, value, offset, body } => {
                &[(format!("ForWindow {window}, value {}, offset {}", shown(value), shown(offset)), *body)]
            }
            Stmt::While { condition, body } => &[(format!("While {}", shown(condition)), *body)],
            other => {
                *text += &format!("{indent}{}\n", shown(other));
                continue;
            }
        };
        for (head, body) in nested.iter().filter(|(head, body)| head != "Else" || body.len > 0) {
            *text += &format!("{indent}{head} {{\n");
            block(function, *body, depth + 1, text);
            *text += &format!("{indent}}}\n");
        }
    }
}

/// The `Debug` form with handles resolved: `ExprId(3)` → `%3`, `LocalId(1)` → `sum$1`, a list → its expressions.
fn short(value: &dyn Debug, function: &Function) -> String {
    let text = format!("{value:?}");
    let text = replaced(&text, "ExprId(", ")", |id| Some(format!("%{id}")));
    let text = replaced(&text, "LocalId(", ")", |id| {
        let local = function.locals.get(id.parse::<usize>().ok()?)?;
        Some(format!("{}${id}", local.name))
    });
    replaced(&text, "List { start: ", " }", |run| {
        let (start, len) = run.split_once(", len: ")?;
        let (start, len) = (start.parse::<usize>().ok()?, len.parse::<usize>().ok()?);
        let ids = function.lists.get(start..start.checked_add(len)?)?;
        Some(format!("[{}]", ids.iter().map(|id| format!("%{}", id.0)).collect::<Vec<_>>().join(", ")))
    })
}

/// Replaces what stands between each `open` and the next `close`, and these two, where there is something to put there.
fn replaced(text: &str, open: &str, close: &str, replacement: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((inner, after)) = after.split_once(close) else { break };
        result += before;
        result += &replacement(inner).unwrap_or_else(|| format!("{open}{inner}{close}"));
        rest = after;
    }
    result + rest
}
