//! Rust statements → IR statements.
//!
//! Input: a checked signature and a block of syn. Output: a [`Function`]. Types are inferred as far as operators and literals
//! tell; where Rust would infer more, the author is asked to write the type, since the IR must know it.

use std::collections::HashMap;

use syn::{Block as SynBlock, Expr as SynExpr, Ident, Pat, Stmt as SynStmt};

use super::builder::Builder;
use super::diagnostics::Diagnostics;
use super::helpers::Helpers;
use super::refused;
use super::signature::{Role, Signature};
use super::syntax;
use super::windows::Windows;
use crate::ir::{Access, BinaryOp, Expr, ExprId, Function, LocalId, OffsetLocals, Stmt, Type, Window};

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Binding {
    Local(LocalId),
    /// A tuple, part by part; also the state of a reduction.
    Tuple(Vec<LocalId>),
    Argument(Role),
    /// What was reported as wrong where the name was introduced: its uses are not reported again.
    Refused,
}

/// Where the value of a block goes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// It is the function's result.
    Return,
    /// It is assigned.
    Local(LocalId),
    /// It is a tuple, and assigned to consecutive locals.
    Tuple { first: LocalId, count: u32 },
    /// There is none.
    Nothing,
}

/// Lowers one function.
pub(crate) struct Lower<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) windows: &'a Windows,
    pub(crate) helpers: &'a Helpers,
    pub(crate) diagnostics: &'a Diagnostics,
    pub(crate) builder: Builder,
    pub(crate) scopes: Vec<HashMap<String, Binding>>,
    /// What `return` needs: one type, or one per state slot.
    pub(crate) results: Vec<Type>,
    pub(crate) loops: usize,
    /// Whether it is the step of a reduction, which knows the axis of a projection.
    pub(crate) reduces: bool,
    /// Where in an operation with lanes the statement stands that is lowered.
    pub(crate) place: super::phases::Place,
    /// The offsets that neighbours are read at, with their text.
    pub(crate) offsets: Vec<(ExprId, SynExpr)>,
    /// The indices of array elements, with the arrays' lengths and their text.
    pub(crate) indices: Vec<(ExprId, u32, SynExpr)>,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(
        signature: &'a Signature,
        windows: &'a Windows,
        helpers: &'a Helpers,
        diagnostics: &'a Diagnostics,
        results: Vec<Type>,
    ) -> Lower<'a> {
        let mut names = HashMap::new();
        for argument in &signature.arguments {
            names.insert(argument.name.to_string(), Binding::Argument(argument.role.clone()));
        }
        names.extend(signature.refused.iter().map(|name| (name.to_string(), Binding::Refused)));
        let builder = Builder::default();
        let scopes = vec![names];
        let (offsets, indices) = (Vec::new(), Vec::new());
        Lower {
            signature,
            windows,
            helpers,
            diagnostics,
            builder,
            scopes,
            results,
            loops: 0,
            reduces: false,
            place: super::phases::Place::of(signature),
            offsets,
            indices,
        }
    }

    /// Lowers the function's block.
    pub(crate) fn function(mut self, name: &'static str, arguments: usize, block: &SynBlock) -> Function {
        syntax::check(block, self.diagnostics);
        self.builder.open();
        match block.stmts.split_last() {
            // The type of the result was reported as wrong: whatever is returned is no further mistake.
            Some((SynStmt::Expr(last, None), stmts)) if self.returns_anything() => {
                self.statements(stmts, Target::Nothing);
                self.tail(last, Target::Return);
            }
            _ if self.results.is_empty() => self.statements(&block.stmts, Target::Nothing),
            _ => self.statements(&block.stmts, Target::Return),
        }
        let body = self.builder.close();
        let function = self.builder.finish(name, arguments, body);
        check_bounds(&function, self.windows.windows(), &self.offsets, &self.indices, self.diagnostics);
        function
    }

    fn returns_anything(&self) -> bool {
        self.results.is_empty() && self.signature.output_ty.is_some()
    }

    pub(crate) fn bind(&mut self, name: &Ident, binding: Binding) {
        super::signature::reserved_name(name, self.diagnostics);
        let shadows_argument = self.signature.arguments.iter().any(|argument| argument.name == *name);
        if shadows_argument {
            self.diagnostics.report(
                name,
                format!("`{name}` already names an argument of the operation"),
                "choose another name: images and parameters cannot be shadowed",
            );
        }
        self.scopes.last_mut().expect("a scope is open").insert(name.to_string(), binding);
    }

    pub(crate) fn lookup(&self, name: &Ident) -> Option<Binding> {
        let name = name.to_string();
        self.scopes.iter().rev().find_map(|scope| scope.get(&name).cloned())
    }

    pub(super) fn scoped(&mut self, stmts: &[SynStmt], target: Target) -> crate::ir::Block {
        self.builder.open();
        self.scopes.push(HashMap::new());
        self.statements(stmts, target);
        self.scopes.pop();
        self.builder.close()
    }

    fn statements(&mut self, stmts: &[SynStmt], target: Target) {
        for stmt in stmts {
            if let SynStmt::Item(item) = stmt
                && let Some(name) = refused::item_name(item)
            {
                self.scopes.last_mut().expect("a scope is open").insert(name.to_string(), Binding::Refused);
            }
        }
        for (position, stmt) in stmts.iter().enumerate() {
            let last = position + 1 == stmts.len();
            match stmt {
                SynStmt::Local(local) => self.let_statement(local),
                SynStmt::Expr(expr, None) if last => self.tail(expr, target),
                SynStmt::Expr(expr, _) => self.statement(expr),
                SynStmt::Item(item) => {
                    let refusal = refused::item(item);
                    self.diagnostics.report(refusal.tokens, refusal.problem, refusal.remedy);
                }
                SynStmt::Macro(call) => self.diagnostics.report(
                    &call.mac.path,
                    "macros cannot be called in an operation, since a GPU cannot run what they expand to",
                    "write the code out, or call a function of the language",
                ),
            }
        }
    }

    /// The last expression of a block.
    pub(crate) fn tail(&mut self, expr: &SynExpr, target: Target) {
        match (expr, target) {
            (SynExpr::If(branch), _) => self.branch(branch, target),
            (SynExpr::Block(block), _) if self.place.is_outside() => self.phase(block),
            (SynExpr::Block(block), _) => {
                self.scopes.push(HashMap::new());
                self.statements(&block.block.stmts, target);
                self.scopes.pop();
            }
            (SynExpr::Return(_) | SynExpr::Break(_) | SynExpr::Continue(_), _) | (_, Target::Nothing) => {
                self.statement(expr);
            }
            (SynExpr::Loop(_) | SynExpr::While(_) | SynExpr::ForLoop(_), _) => self.statement(expr),
            (_, Target::Return) => self.return_value(expr),
            (_, Target::Tuple { first, count }) => {
                let locals: Vec<_> = (first.0..first.0 + count).map(LocalId).collect();
                self.assign_tuple(&locals, expr);
            }
            (_, Target::Local(local)) => {
                let expected = self.builder.local_info(local).ty;
                if let Some(value) = self.typed(expr, expected) {
                    self.builder.stmt(Stmt::Assign { local, value });
                }
            }
        }
    }

    fn return_value(&mut self, expr: &SynExpr) {
        let results = self.results.clone();
        if self.returns_anything() {
            match expr {
                SynExpr::Tuple(tuple) => tuple.elems.iter().for_each(|part| _ = self.value(part, None)),
                expr => _ = self.value(expr, None),
            }
            return;
        }
        let values = match (expr, &results[..]) {
            (SynExpr::Paren(inner), _) => return self.return_value(&inner.expr),
            (_, &[ty]) => self.typed(expr, ty).map(|value| vec![value]),
            (_, types) => self.tuple(expr, types),
        };
        if let Some(values) = values {
            let values = self.builder.list(&values);
            self.builder.stmt(Stmt::Return { values });
        }
    }

    pub(super) fn branch(&mut self, branch: &syn::ExprIf, target: Target) {
        // A condition with a pattern is refused as a value, and what the pattern binds is unknown: its branch is not looked at.
        if let SynExpr::Let(_) = &*branch.cond {
            self.value(&branch.cond, None);
            return;
        }
        let condition = self.typed(&branch.cond, Type::Bool);
        let then = self.scoped(&branch.then_branch.stmts, target);
        self.builder.open();
        if let Some((_, otherwise)) = &branch.else_branch {
            match &**otherwise {
                SynExpr::Block(block) => {
                    self.scopes.push(HashMap::new());
                    self.statements(&block.block.stmts, target);
                    self.scopes.pop();
                }
                otherwise => self.tail(otherwise, target),
            }
        }
        let otherwise = self.builder.close();
        if let Some(condition) = condition {
            self.builder.stmt(Stmt::If { condition, then, otherwise });
        }
    }

    fn statement(&mut self, expr: &SynExpr) {
        match expr {
            SynExpr::If(branch) => self.branch(branch, Target::Nothing),
            SynExpr::Block(block) if self.place.is_outside() => self.phase(block),
            SynExpr::Block(block) => {
                self.scopes.push(HashMap::new());
                self.statements(&block.block.stmts, Target::Nothing);
                self.scopes.pop();
            }
            SynExpr::Assign(assign) => self.assign(&assign.left, &assign.right),
            SynExpr::Binary(binary) if compound(&binary.op).is_some() => {
                let op = compound(&binary.op).expect("checked by the guard");
                self.assign_compound(&binary.left, &binary.op, op, &binary.right);
            }
            SynExpr::ForLoop(for_loop) => self.for_loop(for_loop),
            SynExpr::While(syn::ExprWhile { cond, .. }) if matches!(&**cond, SynExpr::Let(_)) => {
                self.value(cond, None);
            }
            SynExpr::While(while_loop) => {
                let condition = self.typed(&while_loop.cond, Type::Bool);
                self.loops += 1;
                let body = self.scoped(&while_loop.body.stmts, Target::Nothing);
                self.loops -= 1;
                if let Some(condition) = condition {
                    self.builder.stmt(Stmt::While { condition, body });
                }
            }
            SynExpr::Loop(infinite) => {
                let condition = self.builder.expr(Expr::Bool { value: true }, Type::Bool);
                self.loops += 1;
                let body = self.scoped(&infinite.body.stmts, Target::Nothing);
                self.loops -= 1;
                self.builder.stmt(Stmt::While { condition, body });
            }
            SynExpr::Break(_) | SynExpr::Continue(_) | SynExpr::Return(_) if self.leaves_phase(expr) => {}
            SynExpr::Break(stop) if stop.expr.is_none() && stop.label.is_none() => self.builder.stmt(Stmt::Break),
            SynExpr::Continue(next) if next.label.is_none() => self.builder.stmt(Stmt::Continue),
            SynExpr::Break(stop) if stop.label.is_none() => self.diagnostics.report(
                &stop.expr,
                "a loop has no value in this language",
                "assign to a `let mut` variable before `break`",
            ),
            // The label is reported where it is seen: in `syntax`.
            SynExpr::Break(_) | SynExpr::Continue(_) => {}
            SynExpr::Return(value) => match &value.expr {
                Some(value) => self.tail(value, Target::Return),
                None => {
                    let values = self.builder.list(&[]);
                    self.builder.stmt(Stmt::Return { values });
                }
            },
            SynExpr::MethodCall(call) => self.effect(call, expr),
            SynExpr::Paren(inner) => self.statement(&inner.expr),
            other => match refused::expression(other) {
                Some(refusal) => self.diagnostics.report(refusal.tokens, refusal.problem, refusal.remedy),
                None => self.diagnostics.report(
                    other,
                    "this statement has no effect that an operation can have",
                    self.effects("assign to a local variable, "),
                ),
            },
        }
    }

    fn effect(&mut self, call: &syn::ExprMethodCall, expr: &SynExpr) {
        let reported = self.diagnostics.len();
        if self.share(call) {
            return;
        }
        if let Some((op, input, index, value, _)) = self.atomic(expr, true) {
            self.builder.stmt(Stmt::Atomic { result: None, op, input, index, value });
            return;
        }
        if self.diagnostics.len() > reported {
            return;
        }
        if call.method == "store"
            && let Some((input, element)) =
                self.buffer(&call.receiver, Access::Global).or_else(|| self.buffer(&call.receiver, Access::Write))
        {
            if self.within_phase(&call.method, "what lanes write").is_none() {
                return;
            }
            let [index, value] = call.args.iter().collect::<Vec<_>>()[..] else {
                self.diagnostics.mismatch(
                    call,
                    "`store` takes an index and a value",
                    "write `buffer.store(index, value)`",
                );
                return;
            };
            if let (Some(index), Some(value)) = (self.typed(index, Type::Index), self.typed(value, element)) {
                self.builder.stmt(Stmt::Store { input, index, value });
            }
            return;
        }
        // What is wrong as a value too is reported as such.
        self.method(call);
        if self.diagnostics.len() > reported {
            return;
        }
        self.diagnostics.report(
            &call.method,
            format!("calling `{}` here has no effect", call.method),
            self.effects("use its value, "),
        );
    }

    /// What a statement without effect can be replaced by.
    fn effects(&self, first: &str) -> String {
        let takes = |access| self.signature.inputs.iter().any(|input| input.access == access);
        let writes = takes(Access::Global) || takes(Access::Write) || takes(Access::Tally);
        let middle = match (takes(Access::Global), writes) {
            (true, _) => "write to a `Global` buffer, ",
            (_, _) if takes(Access::Write) => "write to a buffer, ",
            (false, true) => "add to a `Tally`, ",
            _ => "",
        };
        format!("{first}{middle}or remove it").replace(", or", if writes { ", or" } else { " or" })
    }

    fn for_loop(&mut self, for_loop: &syn::ExprForLoop) {
        let reported = self.diagnostics.len();
        match &*for_loop.expr {
            SynExpr::Range(range) => self.for_range(for_loop, range),
            SynExpr::Paren(inner) if matches!(&*inner.expr, SynExpr::Range(_)) => {
                let SynExpr::Range(range) = &*inner.expr else { return };
                self.for_range(for_loop, range);
            }
            SynExpr::MethodCall(call) if call.method == "offsets" => {
                let Some(window) = self.windows.window(&call.receiver, self.signature, self.diagnostics) else {
                    return self.unknown_loop(for_loop, reported);
                };
                let names: Vec<_> = match &*for_loop.pat {
                    Pat::Tuple(tuple) => tuple.elems.iter().cloned().collect(),
                    other => vec![other.clone()],
                };
                let locals: Vec<_> = names.iter().filter_map(|name| self.loop_local(name, Type::I32)).collect();
                let [(x, _), (y, _), (z, _)] = locals[..] else {
                    self.diagnostics.report(
                        &for_loop.pat,
                        "an offset has three parts",
                        "write `for (dx, dy, dz) in …`",
                    );
                    return self.unknown_loop(for_loop, reported);
                };
                let body = self.loop_body(locals, &for_loop.body);
                self.builder.stmt(Stmt::ForWindow {
                    window,
                    value: None,
                    offset: Some(OffsetLocals { x, y, z }),
                    body,
                });
            }
            SynExpr::MethodCall(call) if call.method == "under" => {
                if self.for_under(for_loop, call).is_none() {
                    self.unknown_loop(for_loop, reported);
                }
            }
            SynExpr::MethodCall(call) if Windows::is_shape(&call.method) => {
                let Some(window) = self.windows.window(&for_loop.expr, self.signature, self.diagnostics) else {
                    return self.unknown_loop(for_loop, reported);
                };
                let input = self.signature.inputs[0].ty;
                let Some(local) = self.loop_local(&for_loop.pat, input) else {
                    return self.unknown_loop(for_loop, reported);
                };
                let value = Some(local.0);
                let body = self.loop_body(vec![local], &for_loop.body);
                self.builder.stmt(Stmt::ForWindow { window, value, offset: None, body });
            }
            _ => self.unknown_loop(for_loop, reported),
        }
    }

    /// Reports a loop over something else, unless it was reported already; mistakes in its body are reported too.
    fn unknown_loop(&mut self, for_loop: &syn::ExprForLoop, reported: usize) {
        if self.diagnostics.len() == reported {
            self.diagnostics.report(
                &for_loop.expr,
                "an operation cannot loop over this",
                "loop over a range (`0..n`), a window (`w.cuboid(1)`) or its offsets (`w.cuboid(1).offsets()`)",
            );
        }
        self.scopes.push(HashMap::new());
        self.refuse_names(&for_loop.pat);
        self.loop_body(Vec::new(), &for_loop.body);
        self.scopes.pop();
    }

    /// What a pattern binds has no meaning, after its mistake was reported.
    pub(super) fn refuse_names(&mut self, pattern: &Pat) {
        let names = super::signature::names_of(pattern).into_iter().map(|name| (name.to_string(), Binding::Refused));
        self.scopes.last_mut().expect("a scope is open").extend(names);
    }

    fn for_range(&mut self, for_loop: &syn::ExprForLoop, range: &syn::ExprRange) {
        let reported = self.diagnostics.len();
        let (Some(start), Some(end)) = (&range.start, &range.end) else {
            self.diagnostics.report(range, "a loop needs both bounds", "write for example `0..n`");
            return self.unknown_loop(for_loop, reported);
        };
        // The bound that says its type decides for both.
        let end_first = super::exprs::is_literal(start);
        let (start, end) = if end_first {
            let end = self.value(end, None);
            let ty = end.map(|end| self.builder.ty(end));
            (self.value(start, ty), end)
        } else {
            let start = self.value(start, None);
            let ty = start.map(|start| self.builder.ty(start));
            (start, self.value(end, ty))
        };
        let (Some(start), Some(end)) = (start, end) else { return self.unknown_loop(for_loop, reported) };
        let ty = self.builder.ty(start);
        if ty != self.builder.ty(end) || !matches!(ty, Type::I32 | Type::U32 | Type::I64 | Type::Index) {
            self.diagnostics.mismatch(range, "the bounds are not two integers of one type", "convert one with `as`");
            return self.unknown_loop(for_loop, reported);
        }
        let Some(local) = self.loop_local(&for_loop.pat, ty) else { return self.unknown_loop(for_loop, reported) };
        let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
        let body = self.loop_body(vec![local.clone()], &for_loop.body);
        self.builder.stmt(Stmt::For { local: local.0, start, end, inclusive, body });
    }

    pub(super) fn loop_local(&mut self, pattern: &Pat, ty: Type) -> Option<(LocalId, Option<Ident>)> {
        match pattern {
            Pat::Ident(syn::PatIdent { mutability: Some(token), .. }) => {
                // Rust would count on regardless of the assignment; a loop in C would not.
                let remedy = "copy it inside the loop: `let mut n = i;`";
                self.diagnostics.report(token, "the counter of a loop cannot be changed", remedy);
                None
            }
            Pat::Ident(name) => {
                let local = self.builder.local(&name.ident.to_string(), ty, false);
                Some((local, Some(name.ident.clone())))
            }
            Pat::Wild(_) => Some((self.builder.local("unused", ty, false), None)),
            other => {
                self.diagnostics.report(other, "the counter of a loop is a plain name", "write `for i in …`");
                None
            }
        }
    }

    pub(super) fn loop_body(&mut self, locals: Vec<(LocalId, Option<Ident>)>, block: &SynBlock) -> crate::ir::Block {
        self.loops += 1;
        self.builder.open();
        self.scopes.push(HashMap::new());
        for (local, name) in locals {
            if let Some(name) = name {
                self.bind(&name, Binding::Local(local));
            }
        }
        self.statements(&block.stmts, Target::Nothing);
        self.scopes.pop();
        self.loops -= 1;
        self.builder.close()
    }
}

/// Reports offsets that nothing bounds, and indices that may lie outside their arrays.
fn check_bounds(
    function: &Function,
    windows: &[Window],
    offsets: &[(ExprId, SynExpr)],
    indices: &[(ExprId, u32, SynExpr)],
    diagnostics: &Diagnostics,
) {
    for (offset, tokens) in offsets {
        if crate::analysis::range(windows, function, *offset).is_none() {
            diagnostics.report(
                tokens,
                "how far this reads cannot be told from the text",
                "use constants, counters of loops with constant bounds, or the offsets of a window as they are",
            );
        }
    }
    for (index, length, tokens) in indices {
        match crate::analysis::range(windows, function, *index) {
            Some((low, high)) if low >= 0 && high < i64::from(*length) => {}
            Some((low, high)) => diagnostics.report(
                tokens,
                format!("this index reaches from {low} to {high}, and the array has {length} elements"),
                "change the bounds of the loop, or the length of the array",
            ),
            None => diagnostics.report(
                tokens,
                "how large this index can be cannot be told from the text",
                "use constants, counters of loops with constant bounds, or a remainder: `i % 8`",
            ),
        }
    }
}

fn compound(op: &syn::BinOp) -> Option<BinaryOp> {
    Some(match op {
        syn::BinOp::AddAssign(_) => BinaryOp::Add,
        syn::BinOp::SubAssign(_) => BinaryOp::Sub,
        syn::BinOp::MulAssign(_) => BinaryOp::Mul,
        syn::BinOp::DivAssign(_) => BinaryOp::Div,
        syn::BinOp::RemAssign(_) => BinaryOp::Rem,
        syn::BinOp::BitAndAssign(_) => BinaryOp::BitAnd,
        syn::BinOp::BitOrAssign(_) => BinaryOp::BitOr,
        syn::BinOp::BitXorAssign(_) => BinaryOp::BitXor,
        syn::BinOp::ShlAssign(_) => BinaryOp::Shl,
        syn::BinOp::ShrAssign(_) => BinaryOp::Shr,
        _ => return None,
    })
}
