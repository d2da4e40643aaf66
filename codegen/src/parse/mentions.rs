//! What statements of a body mention, bind and assign to, and how control leaves them.
//!
//! Input: syntax. Output: names and flags. Invariant: names are told apart by their text alone, so a name that an inner scope hides counts as
//! mentioned: those who ask may do too much because of that, never too little.

use std::collections::HashSet;

use syn::visit::{self, Visit};
use syn::{Expr, Ident, Stmt};

/// Whether an operator assigns.
pub(super) fn is_compound(op: &syn::BinOp) -> bool {
    use syn::BinOp::*;
    matches!(
        op,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

/// The names that are read, and those that are assigned to, which are read too.
#[derive(Default)]
pub(super) struct Mentions {
    pub(super) read: HashSet<String>,
    pub(super) written: HashSet<String>,
}

impl Mentions {
    pub(super) fn of(stmts: &[Stmt]) -> Mentions {
        let mut mentions = Mentions::default();
        stmts.iter().for_each(|stmt| mentions.visit_stmt(stmt));
        mentions
    }

    fn writes(&mut self, place: &Expr) {
        let mut names = Mentions::default();
        names.visit_expr(place);
        self.written.extend(names.read);
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Assign(assign) => self.writes(&assign.left),
            Expr::Binary(binary) if is_compound(&binary.op) => self.writes(&binary.left),
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.read.extend(path.get_ident().map(Ident::to_string));
        visit::visit_path(self, path);
    }
}

/// All names that patterns bind.
#[derive(Default)]
pub(super) struct Bound(pub(super) HashSet<String>);

impl Bound {
    pub(super) fn of(stmts: &[Stmt]) -> Bound {
        let mut bound = Bound::default();
        stmts.iter().for_each(|stmt| bound.visit_stmt(stmt));
        bound
    }
}

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.to_string());
    }
}

/// The ways in which control leaves statements.
#[derive(Clone, Copy, Default)]
pub(super) struct Jumps {
    pub(super) returns: bool,
    pub(super) breaks: bool,
    pub(super) continues: bool,
    depth: usize,
}

impl Jumps {
    pub(super) fn of(stmts: &[Stmt]) -> Jumps {
        let mut jumps = Jumps::default();
        stmts.iter().for_each(|stmt| jumps.visit_stmt(stmt));
        jumps
    }

    pub(super) fn any(self) -> bool {
        self.returns || self.breaks || self.continues
    }
}

impl<'ast> Visit<'ast> for Jumps {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        let inner = matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
        match expr {
            Expr::Return(_) => self.returns = true,
            Expr::Break(_) => self.breaks |= self.depth == 0,
            Expr::Continue(_) => self.continues |= self.depth == 0,
            _ => {}
        }
        self.depth += usize::from(inner);
        visit::visit_expr(self, expr);
        self.depth -= usize::from(inner);
    }
}

/// Whether there is a loop.
pub(super) struct Loops(bool);

impl Loops {
    pub(super) fn any(stmt: &Stmt) -> bool {
        let mut loops = Loops(false);
        loops.visit_stmt(stmt);
        loops.0
    }
}

impl<'ast> Visit<'ast> for Loops {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        self.0 |= matches!(expr, Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_));
        visit::visit_expr(self, expr);
    }
}
