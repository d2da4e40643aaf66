//! Loops that do nothing but return the same as soon as one voxel says so.
//!
//! Input: the body of a loop. Output: what it returns. Invariant: such a loop may also go on to its end and return after it: it has no effects,
//! and what it returns is the same wherever it stops.

use crate::ir::{Block, Expr, ExprId, Function, Op, Stmt};

/// The one value that a loop returns from some of its rounds, if it does nothing else. Where all its rounds are straight code, going on saves
/// the branches; reads need not wait for each other, and voxels that are computed together share them.
pub fn early_return(function: &Function, body: Block) -> Option<ExprId> {
    let mut found = None;
    for stmt in body.of(function) {
        match *stmt {
            Stmt::Let { .. } => {}
            Stmt::If { then, otherwise, .. } if otherwise.len == 0 => {
                let &[Stmt::Return { values }] = then.of(function) else { return None };
                let &[value] = values.of(function) else { return None };
                let expr = &function.expr(value).expr;
                let constant = matches!(expr, Expr::Bool { .. } | Expr::Int { .. } | Expr::Float { .. });
                let same = found.is_none_or(|other| &function.expr(other).expr == expr);
                if !constant || !same {
                    return None;
                }
                found = Some(value);
            }
            _ => return None,
        }
    }
    found
}

/// Whether a loop over a window may return early and does nothing else.
pub fn returns_early(op: &Op) -> bool {
    let stops = |function: &Function| {
        let early =
            |stmt: &Stmt| matches!(*stmt, Stmt::ForWindow { body, .. } if early_return(function, body).is_some());
        function.stmts.iter().any(early)
    };
    op.functions.iter().any(stops)
}
