//! Loops over neighbours under a kernel: whether several voxels can be computed together, and which of the kernel's voxels count at all.
//!
//! Input: an operation of class gather. Output: facts that plans and writers share. Invariant: together means that all voxels take the same
//! rounds in the same order, so that the chain of each is that of the body alone.

use super::lanes::{Lanes, lanes};
use crate::ir::{Block, Class, Expr, ExprId, Function, LocalId, Op, Stmt};

/// Whether the body has loops over neighbours under a kernel, and these can go around a loop over several voxels: no other statement is
/// around such a loop, none leaves a round early, and the result stands at the end.
pub fn together_under(op: &Op) -> bool {
    let [function] = op.functions else { return false };
    let stmts = function.body.of(function);
    let Some((Stmt::Return { .. }, before)) = stmts.split_last() else { return false };
    let loops = |stmt: &Stmt| matches!(stmt, Stmt::ForUnder { .. });
    let outermost = stmts.iter().filter(|stmt| loops(stmt)).count();
    let all = function.stmts.iter().filter(|stmt| loops(stmt)).count();
    let in_order = |stmt: &Stmt| match *stmt {
        Stmt::ForUnder { body, .. } => !leaves(function, body, true),
        Stmt::LetArray { .. } => false,
        stmt => !leaves_stmt(function, &stmt, false),
    };
    op.class == Class::Gather
        && outermost > 0
        && outermost == all
        && lanes(op) == Lanes::Row
        && before.iter().all(in_order)
}

/// The loop whose kernel all loops of the body have, if they are alike but for what they do: one window of neighbours then serves all.
pub fn one_kernel(op: &Op) -> Option<OneKernel> {
    let [function] = op.functions else { return None };
    let mut loops = function.stmts.iter().filter_map(|stmt| match *stmt {
        Stmt::ForUnder { under, turned, reflected, input, .. } => {
            let alike = [turned, Some(reflected)].map(|id| id.map(|id| function.expr(id).expr));
            Some((input, alike, OneKernel { under, turned: turned.map(|id| function.expr(id).expr), reflected }))
        }
        _ => None,
    });
    let (input, alike, first) = loops.next()?;
    let same = loops.all(|(other, others, kernel)| (other, others, kernel.under) == (input, alike, first.under));
    (same && together_under(op)).then_some(first)
}

/// Whether results can take the planes of such a kernel one after the other: the body has one loop.
pub fn marches_under(op: &Op) -> bool {
    let loops =
        |function: &Function| function.stmts.iter().filter(|stmt| matches!(stmt, Stmt::ForUnder { .. })).count();
    one_kernel(op).is_some() && loops(&op.functions[0]) == 1
}

/// A kernel, and how it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneKernel {
    /// The source that it is.
    pub under: u8,
    /// The axis that its x lies along: a literal or a parameter.
    pub turned: Option<Expr>,
    /// Whether it is reflected.
    pub reflected: ExprId,
}

/// The condition under which the body of such a loop does anything, where that is the same for all voxels, and what it then does:
/// `if marked { … }`.
pub fn counts_under(function: &Function, weight: Option<LocalId>, body: Block) -> Option<(ExprId, Block)> {
    let &[Stmt::If { condition, then, otherwise }] = body.of(function) else { return None };
    (otherwise.len == 0 && same_for_all(function, weight, condition)).then_some((condition, then))
}

fn same_for_all(function: &Function, weight: Option<LocalId>, id: ExprId) -> bool {
    let same = |id: ExprId| same_for_all(function, weight, id);
    match function.expr(id).expr {
        Expr::Float { .. } | Expr::Int { .. } | Expr::Bool { .. } | Expr::PixelBound { .. } | Expr::Param { .. } => {
            true
        }
        Expr::Local { local } => Some(local) == weight,
        Expr::Unary { value, .. } | Expr::Cast { value } => same(value),
        Expr::Binary { left, right, .. } => same(left) && same(right),
        Expr::Call { arguments, .. } => arguments.of(function).iter().all(|&id| same(id)),
        _ => false,
    }
}

/// Whether control may leave a block: the function, or the loop whose body it is.
fn leaves(function: &Function, block: Block, in_loop: bool) -> bool {
    block.of(function).iter().any(|stmt| leaves_stmt(function, stmt, in_loop))
}

fn leaves_stmt(function: &Function, stmt: &Stmt, in_loop: bool) -> bool {
    match *stmt {
        Stmt::Return { .. } => true,
        Stmt::Break | Stmt::Continue => in_loop,
        Stmt::If { then, otherwise, .. } => leaves(function, then, in_loop) || leaves(function, otherwise, in_loop),
        // What leaves an inner loop stays here.
        Stmt::For { body, .. }
        | Stmt::While { body, .. }
        | Stmt::ForWindow { body, .. }
        | Stmt::ForUnder { body, .. } => leaves(function, body, false),
        _ => false,
    }
}
