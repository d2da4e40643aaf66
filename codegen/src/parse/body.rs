//! Rust statements → IR statements.
//!
//! Input: a checked signature and a block of syn. Output: a [`Function`]. Types are inferred as far as operators and literals
//! tell; where Rust would infer more, the author is asked to write the type, since the IR must know it.

use std::collections::HashMap;

use syn::{Block as SynBlock, Expr as SynExpr, Ident, Pat, Stmt as SynStmt};

use super::builder::Builder;
use super::diagnostics::Diagnostics;
use super::signature::{Role, Signature, tidy, value_type};
use super::windows::Windows;
use crate::ir::{Access, BinaryOp, Expr, ExprId, Function, LocalId, OffsetLocals, Stmt, Type};

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Binding {
    Local(LocalId),
    /// The state of a reduction, slot by slot.
    State(Vec<LocalId>),
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
    /// There is none.
    Nothing,
}

/// Lowers one function.
pub(crate) struct Lower<'a> {
    pub(crate) signature: &'a Signature,
    pub(crate) windows: &'a Windows,
    pub(crate) diagnostics: &'a Diagnostics,
    pub(crate) builder: Builder,
    pub(crate) scopes: Vec<HashMap<String, Binding>>,
    /// What `return` needs: one type, or one per state slot.
    pub(crate) results: Vec<Type>,
    pub(crate) loops: usize,
    /// The offsets that neighbours are read at, with their text.
    pub(crate) offsets: Vec<(ExprId, SynExpr)>,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(
        signature: &'a Signature,
        windows: &'a Windows,
        diagnostics: &'a Diagnostics,
        results: Vec<Type>,
    ) -> Lower<'a> {
        let mut names = HashMap::new();
        for argument in &signature.arguments {
            names.insert(argument.name.to_string(), Binding::Argument(argument.role.clone()));
        }
        names.extend(signature.refused.iter().map(|name| (name.to_string(), Binding::Refused)));
        let builder = Builder::default();
        Lower { signature, windows, diagnostics, builder, scopes: vec![names], results, loops: 0, offsets: Vec::new() }
    }

    /// Lowers the function's block.
    pub(crate) fn function(
        mut self,
        name: &'static str,
        arguments: usize,
        block: &SynBlock,
    ) -> (Function, Vec<(ExprId, SynExpr)>) {
        self.builder.open();
        let target = if self.results.is_empty() { Target::Nothing } else { Target::Return };
        self.statements(&block.stmts, target);
        let body = self.builder.close();
        (self.builder.finish(name, arguments, body), self.offsets)
    }

    pub(crate) fn bind(&mut self, name: &Ident, binding: Binding) {
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

    fn scoped(&mut self, stmts: &[SynStmt], target: Target) -> crate::ir::Block {
        self.builder.open();
        self.scopes.push(HashMap::new());
        self.statements(stmts, target);
        self.scopes.pop();
        self.builder.close()
    }

    fn statements(&mut self, stmts: &[SynStmt], target: Target) {
        for (position, stmt) in stmts.iter().enumerate() {
            let last = position + 1 == stmts.len();
            match stmt {
                SynStmt::Local(local) => self.let_statement(local),
                SynStmt::Expr(expr, None) if last => self.tail(expr, target),
                SynStmt::Expr(expr, _) => self.statement(expr),
                SynStmt::Item(item) => self.diagnostics.report(
                    item,
                    "items cannot stand inside an operation",
                    "move it beside the operation",
                ),
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
        let values: Option<Vec<ExprId>> = match (expr, &results[..]) {
            (SynExpr::Paren(inner), _) => return self.return_value(&inner.expr),
            (SynExpr::Tuple(tuple), types) if types.len() == tuple.elems.len() => {
                tuple.elems.iter().zip(types).map(|(element, &ty)| self.typed(element, ty)).collect()
            }
            (SynExpr::Path(path), types) if types.len() > 1 => {
                let state = path.path.get_ident().and_then(|name| self.lookup(name));
                match state {
                    Some(Binding::State(slots)) if slots.len() == types.len() => Some(
                        slots
                            .iter()
                            .zip(types)
                            .map(|(&local, &ty)| self.builder.expr(Expr::Local { local }, ty))
                            .collect(),
                    ),
                    _ => {
                        self.diagnostics.report(
                            expr,
                            format!("a state with {} parts is needed here", types.len()),
                            "return a tuple, or the state itself",
                        );
                        None
                    }
                }
            }
            (_, &[ty]) => self.typed(expr, ty).map(|value| vec![value]),
            (_, types) => {
                self.diagnostics.report(
                    expr,
                    format!("a state with {} parts is needed here", types.len()),
                    "return a tuple with that many parts",
                );
                None
            }
        };
        if let Some(values) = values {
            let values = self.builder.list(&values);
            self.builder.stmt(Stmt::Return { values });
        }
    }

    fn branch(&mut self, branch: &syn::ExprIf, target: Target) {
        if let SynExpr::Let(pattern) = &*branch.cond {
            self.diagnostics.report(
                pattern,
                "patterns are not part of the language",
                "compare with `==` or `<` instead",
            );
            return;
        }
        let condition = self.typed(&branch.cond, Type::Bool);
        let then = self.scoped(&branch.then_branch.stmts, target);
        self.builder.open();
        if let Some((_, otherwise)) = &branch.else_branch {
            self.tail(otherwise, target);
        }
        let otherwise = self.builder.close();
        if let Some(condition) = condition {
            self.builder.stmt(Stmt::If { condition, then, otherwise });
        }
    }

    fn let_statement(&mut self, local: &syn::Local) {
        let (pattern, declared) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, value_type(&typed.ty, self.signature.generic.as_ref())),
            pattern => (pattern, None),
        };
        let Some(init) = &local.init else {
            self.diagnostics.report(local, "this variable has no value", "give it one: `let name = value;`");
            return;
        };
        if let Some((_, diverge)) = &init.diverge {
            self.diagnostics.report(diverge, "`let … else` is not part of the language", "use `if`");
            return;
        }
        match pattern {
            Pat::Ident(name) => self.let_name(name, declared, &init.expr),
            Pat::Tuple(tuple) => self.let_tuple(tuple, &init.expr),
            Pat::Wild(_) => {
                self.value(&init.expr, declared);
            }
            other => self.diagnostics.report(
                other,
                format!("the pattern `{}` is not part of the language", tidy(other)),
                "bind a plain name, or take a state apart with `let (a, b) = state;`",
            ),
        }
    }

    fn let_name(&mut self, name: &syn::PatIdent, declared: Option<Type>, init: &SynExpr) {
        let mutable = name.mutability.is_some();
        // An `if` with statements, and anything that changes a buffer, needs a statement of its own.
        if let SynExpr::If(branch) = init
            && self.pure_select(branch).is_none()
        {
            let Some(ty) = declared.or_else(|| self.branch_type(branch)) else {
                self.diagnostics.report(
                    &name.ident,
                    "the type of this variable is not clear here",
                    "write it: `let name: f32 = …`",
                );
                return;
            };
            let local = self.builder.local(&name.ident.to_string(), ty, mutable);
            self.builder.stmt(Stmt::Declare { local });
            self.branch(branch, Target::Local(local));
            self.bind(&name.ident, Binding::Local(local));
            return;
        }
        let reported = self.diagnostics.len();
        if let Some((op, input, index, value, ty)) = self.atomic(init) {
            let local = self.builder.local(&name.ident.to_string(), ty, mutable);
            self.builder.stmt(Stmt::Atomic { result: Some(local), op, input, index, value });
            self.bind(&name.ident, Binding::Local(local));
            return;
        }
        let value = match declared {
            _ if self.diagnostics.len() > reported => None,
            Some(ty) => self.typed(init, ty),
            None => self.value(init, None),
        };
        let Some(value) = value else {
            let binding = match declared {
                Some(ty) => Binding::Local(self.builder.local(&name.ident.to_string(), ty, mutable)),
                None => Binding::Refused,
            };
            return self.bind(&name.ident, binding);
        };
        let ty = self.builder.ty(value);
        let local = self.builder.local(&name.ident.to_string(), ty, mutable);
        self.builder.stmt(Stmt::Let { local, value });
        self.bind(&name.ident, Binding::Local(local));
    }

    fn branch_type(&mut self, branch: &syn::ExprIf) -> Option<Type> {
        // The value is lowered into a block that is thrown away; only its type is of interest.
        let SynStmt::Expr(expr, None) = branch.then_branch.stmts.last()? else { return None };
        let quiet = Diagnostics::default();
        let mut probe = Lower {
            signature: self.signature,
            windows: self.windows,
            diagnostics: &quiet,
            builder: Builder::default(),
            scopes: vec![HashMap::new()],
            results: Vec::new(),
            loops: 0,
            offsets: Vec::new(),
        };
        for (name, binding) in self.scopes.iter().flatten() {
            if let Binding::Local(local) = binding {
                let info = self.builder.local_info(*local);
                let copy = probe.builder.local(info.name, info.ty, info.mutable);
                probe.scopes[0].insert(name.clone(), Binding::Local(copy));
            } else {
                probe.scopes[0].insert(name.clone(), binding.clone());
            }
        }
        probe.builder.open();
        let value = probe.value(expr, None)?;
        Some(probe.builder.ty(value))
    }

    fn let_tuple(&mut self, tuple: &syn::PatTuple, init: &SynExpr) {
        let slots = match init {
            SynExpr::Path(path) => match path.path.get_ident().and_then(|name| self.lookup(name)) {
                Some(Binding::State(slots)) => slots,
                Some(Binding::Refused) => return,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        if slots.len() != tuple.elems.len() {
            self.diagnostics.report(
                init,
                format!("this is not a state with {} parts", tuple.elems.len()),
                "only the state of a reduction can be taken apart with a tuple pattern",
            );
            return;
        }
        for (element, slot) in tuple.elems.iter().zip(slots) {
            match element {
                Pat::Wild(_) => {}
                Pat::Ident(name) => {
                    let ty = self.builder.local_info(slot).ty;
                    let value = self.builder.expr(Expr::Local { local: slot }, ty);
                    let local = self.builder.local(&name.ident.to_string(), ty, name.mutability.is_some());
                    self.builder.stmt(Stmt::Let { local, value });
                    self.bind(&name.ident, Binding::Local(local));
                }
                other => self.diagnostics.report(other, "a plain name is needed here", "write a name or `_`"),
            }
        }
    }

    fn statement(&mut self, expr: &SynExpr) {
        match expr {
            SynExpr::If(branch) => self.branch(branch, Target::Nothing),
            SynExpr::Block(block) => {
                self.scopes.push(HashMap::new());
                self.statements(&block.block.stmts, Target::Nothing);
                self.scopes.pop();
            }
            SynExpr::Assign(assign) => self.assign(&assign.left, &assign.right),
            SynExpr::Binary(binary) if compound(&binary.op).is_some() => {
                let op = compound(&binary.op).expect("checked by the guard");
                self.assign_compound(&binary.left, op, &binary.right);
            }
            SynExpr::ForLoop(for_loop) => self.for_loop(for_loop),
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
            SynExpr::Break(stop) if stop.expr.is_none() && stop.label.is_none() => self.builder.stmt(Stmt::Break),
            SynExpr::Continue(next) if next.label.is_none() => self.builder.stmt(Stmt::Continue),
            SynExpr::Break(_) | SynExpr::Continue(_) => self.diagnostics.report(
                expr,
                "loops have no labels and no values in this language",
                "use a variable of type bool",
            ),
            SynExpr::Return(value) => match &value.expr {
                Some(value) => self.tail(value, Target::Return),
                None => {
                    let values = self.builder.list(&[]);
                    self.builder.stmt(Stmt::Return { values });
                }
            },
            SynExpr::MethodCall(call) => self.effect(call, expr),
            SynExpr::Paren(inner) => self.statement(&inner.expr),
            other => self.diagnostics.report(
                other,
                "this statement has no effect that an operation can have",
                "assign to a local variable, write to a `Global` buffer, or remove it",
            ),
        }
    }

    fn effect(&mut self, call: &syn::ExprMethodCall, expr: &SynExpr) {
        let reported = self.diagnostics.len();
        if let Some((op, input, index, value, _)) = self.atomic(expr) {
            self.builder.stmt(Stmt::Atomic { result: None, op, input, index, value });
            return;
        }
        if self.diagnostics.len() > reported {
            return;
        }
        if call.method == "store"
            && let Some((input, element)) = self.buffer(&call.receiver, Access::Global)
        {
            let [index, value] = call.args.iter().collect::<Vec<_>>()[..] else {
                self.diagnostics.report(
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
        self.diagnostics.report(
            call,
            format!("calling `{}` here has no effect", call.method),
            "use its value, or write to a `Global` buffer with `store`, `fetch_add`, `fetch_min` or `fetch_max`",
        );
    }

    fn assigned(&mut self, left: &SynExpr) -> Option<LocalId> {
        let SynExpr::Path(path) = left else {
            self.diagnostics.report(left, "only local variables can be assigned to", "use a `let mut` variable");
            return None;
        };
        match path.path.get_ident().and_then(|name| self.lookup(name)) {
            Some(Binding::Local(local)) => Some(local),
            Some(Binding::Refused) => None,
            Some(_) => {
                self.diagnostics.report(
                    left,
                    "only local variables can be assigned to",
                    "copy it into a `let mut` variable",
                );
                None
            }
            None => {
                self.unknown_name(path);
                None
            }
        }
    }

    fn assign(&mut self, left: &SynExpr, right: &SynExpr) {
        let Some(local) = self.assigned(left) else { return };
        if let SynExpr::If(branch) = right
            && self.pure_select(branch).is_none()
        {
            return self.branch(branch, Target::Local(local));
        }
        let expected = self.builder.local_info(local).ty;
        if let Some(value) = self.typed(right, expected) {
            self.builder.stmt(Stmt::Assign { local, value });
        }
    }

    fn assign_compound(&mut self, left: &SynExpr, op: BinaryOp, right: &SynExpr) {
        let Some(local) = self.assigned(left) else { return };
        let ty = self.builder.local_info(local).ty;
        let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
        let value = if shift { self.value(right, Some(Type::U32)) } else { self.typed(right, ty) };
        let Some(value) = value else { return };
        let before = self.builder.expr(Expr::Local { local }, ty);
        let value = self.builder.expr(Expr::Binary { op, left: before, right: value }, ty);
        self.builder.stmt(Stmt::Assign { local, value });
    }

    fn for_loop(&mut self, for_loop: &syn::ExprForLoop) {
        match &*for_loop.expr {
            SynExpr::Range(range) => self.for_range(for_loop, range),
            SynExpr::Paren(inner) if matches!(&*inner.expr, SynExpr::Range(_)) => {
                let SynExpr::Range(range) = &*inner.expr else { return };
                self.for_range(for_loop, range);
            }
            SynExpr::MethodCall(call) if call.method == "offsets" => {
                let Some(window) = self.windows.window(&call.receiver, self.signature, self.diagnostics) else {
                    return self.unknown_loop(&for_loop.expr);
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
                    return;
                };
                let body = self.loop_body(locals, &for_loop.body);
                self.builder.stmt(Stmt::ForWindow {
                    window,
                    value: None,
                    offset: Some(OffsetLocals { x, y, z }),
                    body,
                });
            }
            SynExpr::MethodCall(call) if Windows::is_shape(&call.method) => {
                let Some(window) = self.windows.window(&for_loop.expr, self.signature, self.diagnostics) else {
                    return self.unknown_loop(&for_loop.expr);
                };
                let input = self.signature.inputs[0].ty;
                let Some(local) = self.loop_local(&for_loop.pat, input) else { return };
                let value = Some(local.0);
                let body = self.loop_body(vec![local], &for_loop.body);
                self.builder.stmt(Stmt::ForWindow { window, value, offset: None, body });
            }
            other => self.unknown_loop(other),
        }
    }

    fn unknown_loop(&self, expr: &SynExpr) {
        if self.diagnostics.is_empty() {
            self.diagnostics.report(
                expr,
                "an operation cannot loop over this",
                "loop over a range (`0..n`), a window (`w.cuboid(1)`) or its offsets (`w.cuboid(1).offsets()`)",
            );
        }
    }

    fn for_range(&mut self, for_loop: &syn::ExprForLoop, range: &syn::ExprRange) {
        let (Some(start), Some(end)) = (&range.start, &range.end) else {
            self.diagnostics.report(range, "a loop needs both bounds", "write for example `0..n`");
            return;
        };
        // The bound that says its type decides for both.
        let end_first = matches!(&**start, SynExpr::Lit(_));
        let (start, end) = if end_first {
            let end = self.value(end, None);
            let ty = end.map(|end| self.builder.ty(end));
            (self.value(start, ty), end)
        } else {
            let start = self.value(start, None);
            let ty = start.map(|start| self.builder.ty(start));
            (start, self.value(end, ty))
        };
        let (Some(start), Some(end)) = (start, end) else { return };
        let ty = self.builder.ty(start);
        if ty != self.builder.ty(end) || !matches!(ty, Type::I32 | Type::U32 | Type::I64 | Type::Index) {
            self.diagnostics.report(range, "the bounds are not two integers of one type", "convert one with `as`");
            return;
        }
        let Some(local) = self.loop_local(&for_loop.pat, ty) else { return };
        let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
        let body = self.loop_body(vec![local.clone()], &for_loop.body);
        self.builder.stmt(Stmt::For { local: local.0, start, end, inclusive, body });
    }

    fn loop_local(&mut self, pattern: &Pat, ty: Type) -> Option<(LocalId, Option<Ident>)> {
        match pattern {
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

    fn loop_body(&mut self, locals: Vec<(LocalId, Option<Ident>)>, block: &SynBlock) -> crate::ir::Block {
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
