//! Making a failing program small: statements are dropped, expressions replaced by their parts or by literals, calls simplified, for as
//! long as the same kind of finding remains.
//!
//! Edits are made in the text, at the positions of the syntax tree, so that what is left reads as it was written. Whether an edit keeps the
//! program well-typed is for the parser to say, and whether it keeps it defined, for the interpreter.

use kernwerk_codegen::ir::Class;
use kernwerk_runtime::{Boundary, PerAxis, Value};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::call::{Call, Reduce};
use crate::check::{Checks, Kind, check_call};
use crate::element::Element;
use crate::generate::{Extent, Program};

/// Most attempts, each of which may compile a program.
const ATTEMPTS: usize = 600;

/// A smaller program and call with the same kind of finding.
pub fn minimise(program: &Program, call: &Call, kind: &Kind, checks: Checks<'_>) -> (Program, Call) {
    let mut best = (program.clone(), call.clone());
    let mut left = ATTEMPTS;
    let mut fails = |program: &Program, call: &Call| {
        left = left.saturating_sub(1);
        left > 0 && check_call(program, call, checks).finding.is_some_and(|finding| finding.kind == *kind)
    };
    loop {
        let before = best.0.source.len();
        calls(&mut best, &mut fails);
        edits(&mut best, &mut fails);
        arguments(&mut best, &mut fails);
        if best.0.source.len() == before {
            return best;
        }
    }
}

type Fails<'a> = dyn FnMut(&Program, &Call) -> bool + 'a;

/// A replacement of a part of the text.
#[derive(Clone)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

fn edits(best: &mut (Program, Call), fails: &mut Fails<'_>) {
    // From the largest piece to the smallest; after a success the positions are those of the new text.
    let mut skip = 0;
    loop {
        let all = candidates(&best.0.source);
        let Some(edit) = all.get(skip) else { return };
        let mut source = best.0.source.clone();
        source.replace_range(edit.start..edit.end, &edit.text);
        let program = Program { source, ..best.0.clone() };
        if fails(&program, &best.1) {
            best.0 = program;
        } else {
            skip += 1;
        }
    }
}

fn candidates(source: &str) -> Vec<Edit> {
    proc_macro2::extra::invalidate_current_thread_spans();
    let Ok(file) = syn::parse_file(source) else { return Vec::new() };
    let mut collector = Collector { source, edits: Vec::new() };
    collector.visit_file(&file);
    let mut edits = collector.edits;
    edits.retain(|edit| edit.text.len() < edit.end - edit.start);
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.end - edit.start - edit.text.len()));
    edits
}

struct Collector<'a> {
    source: &'a str,
    edits: Vec<Edit>,
}

impl Collector<'_> {
    fn text(&self, node: &impl Spanned) -> &str {
        &self.source[node.span().byte_range()]
    }

    fn replace(&mut self, node: &impl Spanned, text: impl Into<String>) {
        let range = node.span().byte_range();
        self.edits.push(Edit { start: range.start, end: range.end, text: text.into() });
    }

    fn statements(&self, block: &syn::Block) -> String {
        block.stmts.iter().map(|stmt| self.text(stmt)).collect::<Vec<_>>().join("\n    ")
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_stmt(&mut self, stmt: &'ast syn::Stmt) {
        self.replace(stmt, "");
        if let syn::Stmt::Expr(expr, _) = stmt {
            let block = match expr {
                syn::Expr::ForLoop(inner) => Some(&inner.body),
                syn::Expr::While(inner) => Some(&inner.body),
                syn::Expr::Loop(inner) => Some(&inner.body),
                syn::Expr::Block(inner) => Some(&inner.block),
                syn::Expr::If(inner) => Some(&inner.then_branch),
                _ => None,
            };
            if let Some(block) = block {
                self.replace(stmt, self.statements(block));
            }
            if let syn::Expr::If(syn::ExprIf { else_branch: Some((_, otherwise)), .. }) = expr
                && let syn::Expr::Block(block) = &**otherwise
            {
                self.replace(stmt, self.statements(&block.block));
            }
        }
        visit::visit_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        let mut parts: Vec<&syn::Expr> = Vec::new();
        let last = |block: &'ast syn::Block| match &block.stmts[..] {
            [syn::Stmt::Expr(value, None)] => Some(value),
            _ => None,
        };
        match expr {
            syn::Expr::Binary(inner) => parts.extend([&*inner.left, &*inner.right]),
            syn::Expr::Unary(inner) => parts.push(&inner.expr),
            syn::Expr::Paren(inner) => parts.push(&inner.expr),
            syn::Expr::Cast(inner) => parts.push(&inner.expr),
            syn::Expr::MethodCall(inner) => parts.extend(std::iter::once(&*inner.receiver).chain(&inner.args)),
            syn::Expr::Call(inner) => parts.extend(&inner.args),
            syn::Expr::Block(inner) => parts.extend(last(&inner.block)),
            syn::Expr::If(inner) => {
                parts.extend(last(&inner.then_branch));
                if let Some((_, otherwise)) = &inner.else_branch {
                    match &**otherwise {
                        syn::Expr::Block(block) => parts.extend(last(&block.block)),
                        nested => parts.push(nested),
                    }
                }
            }
            _ => {}
        }
        let atoms = matches!(expr, syn::Expr::Lit(_) | syn::Expr::Path(_));
        if !atoms {
            for literal in ["0", "1", "0.0", "1.0", "true", "false"] {
                self.replace(expr, literal);
            }
        }
        for part in parts {
            let text = self.text(part).to_owned();
            self.replace(expr, text);
        }
        visit::visit_expr(self, expr);
    }
}

/// Drops arguments that are not read, with what the call gives for them.
fn arguments(best: &mut (Program, Call), fails: &mut Fails<'_>) {
    let Ok(op) = crate::check::lowered(&best.0) else { return };
    if op.class == Class::Reduction {
        return;
    }
    let names: Vec<&str> = op.inputs.iter().map(|input| input.name).chain(op.params.iter().map(|p| p.name)).collect();
    for name in names {
        let Ok(op) = crate::check::lowered(&best.0) else { return };
        let (mut program, mut call) = best.clone();
        let Ok(syn::Item::Fn(function)) = syn::parse_str::<syn::Item>(&program.source) else { return };
        let kept: Vec<String> = function
            .sig
            .inputs
            .iter()
            .filter(|argument| !matches!(argument, syn::FnArg::Typed(typed) if matches!(&*typed.pat, syn::Pat::Ident(pattern) if pattern.ident == name)))
            .map(|argument| program.source[argument.span().byte_range()].to_owned())
            .collect();
        let range = match (function.sig.inputs.first(), function.sig.inputs.last()) {
            (Some(first), Some(last)) => first.span().byte_range().start..last.span().byte_range().end,
            _ => return,
        };
        program.source.replace_range(range, &kept.join(", "));
        if let Some(input) = op.inputs.iter().position(|input| input.name == name) {
            if op.inputs.len() == 1 {
                continue;
            }
            call.inputs.remove(input);
            if input < program.extents.len() {
                program.extents.remove(input);
            }
        } else if let Some(param) = op.params.iter().position(|param| param.name == name) {
            call.values.remove(param);
        }
        if fails(&program, &call) {
            *best = (program, call);
        }
    }
}

/// Smaller images, plainer values, fewer settings.
fn calls(best: &mut (Program, Call), fails: &mut Fails<'_>) {
    let mut attempt = |best: &mut (Program, Call), call: Option<Call>| {
        let Some(call) = call else { return false };
        let holds = fails(&best.0, &call);
        if holds {
            best.1 = call;
        }
        holds
    };
    for axis in 0..4 {
        while best.1.shape[axis] > 1 {
            let extent = best.1.shape[axis];
            let smaller = [1, extent / 2, extent - 1].into_iter().any(|extent| {
                let call = cropped(best, axis, extent);
                attempt(best, call)
            });
            if !smaller {
                break;
            }
        }
    }
    let plain = Call { boundary: Boundary::Nearest, ..best.1.clone() };
    attempt(best, (best.1.boundary != Boundary::Nearest).then_some(plain));
    let plain = Call { store: None, ..best.1.clone() };
    attempt(best, best.1.store.map(|_| plain));
    for input in 0..best.1.inputs.len() {
        let mut call = best.1.clone();
        for element in &mut call.inputs[input].elements {
            *element = match element {
                Element::Int(_) => Element::Int(1),
                Element::Float(_) => Element::Float(1.0),
                Element::Double(_) => Element::Double(1.0),
            };
        }
        attempt(best, Some(call));
    }
    for value in 0..best.1.values.len() {
        let mut call = best.1.clone();
        call.values[value] = match call.values[value] {
            Value::F32(_) => Value::F32(1.0),
            Value::I32(_) => Value::I32(1),
            Value::U32(_) => Value::U32(1),
            Value::Pixel(_) => Value::Pixel(1.into()),
            Value::PerAxisF32(_) => Value::PerAxisF32(PerAxis { x: 1.0, y: 1.0, z: 1.0 }),
            Value::PerAxisU32(_) => Value::PerAxisU32(PerAxis { x: 1, y: 1, z: 1 }),
            _ => Value::Bool(false),
        };
        attempt(best, Some(call));
    }
}

/// The call on the first part of each image along an axis (n, z, y, x).
fn cropped((program, call): &(Program, Call), axis: usize, extent: usize) -> Option<Call> {
    if extent == 0 || extent >= call.shape[axis] {
        return None;
    }
    let mut cropped = call.clone();
    cropped.shape[axis] = extent;
    let after: usize = call.shape[axis + 1..].iter().product();
    let keep = |index: &usize| index / after % call.shape[axis] < extent;
    for (number, input) in cropped.inputs.iter_mut().enumerate() {
        let factor = match program.extents.get(number) {
            Some(Extent::Fixed(_)) => continue,
            Some(Extent::Items(factor)) => *factor,
            None => 1,
        };
        let elements = input.elements.iter().enumerate().filter(|(index, _)| keep(&(index / factor)));
        input.elements = elements.map(|(_, element)| *element).collect();
    }
    if let Reduce::Labels { labels, .. } = &mut cropped.reduce {
        *labels = labels.iter().enumerate().filter(|(index, _)| keep(index)).map(|(_, label)| *label).collect();
    }
    Some(cropped)
}
