//! Which elements a grid kernel reads for every item, whatever else it does: that of the item's own index, and those of fixed indices.
//!
//! Input: an operation of class grid. Output: the elements. Invariant: every run of the body reads them, so a plan may read them earlier: the
//! first for several items at once, the others once for all.

use crate::ir::{Access, BinaryOp, Block, Class, Expr, ExprId, Function, Op, Stmt};

/// An element that every run of a body reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Always {
    /// The buffer.
    pub input: u8,
    /// The index; `None` for that of the item.
    pub index: Option<u32>,
}

impl Always {
    /// What a load reads, if it may be one of these.
    pub fn of(function: &Function, input: u8, index: ExprId) -> Option<Always> {
        match function.expr(index).expr {
            Expr::ItemIndex => Some(Always { input, index: None }),
            Expr::Int { value } => Some(Always { input, index: Some(u32::try_from(value).ok()?) }),
            _ => None,
        }
    }
}

/// The elements that every run of the body reads.
pub fn always_read(op: &Op) -> Vec<Always> {
    let mut found = Vec::new();
    // The index of a group is that of no element of a lane.
    if op.class == Class::Grid
        && op.group.is_none()
        && let Some(body) = op.functions.first()
    {
        block(op, body, body.body, &mut found);
    }
    found
}

/// Follows the statements that always run; returns whether all of them do.
fn block(op: &Op, function: &Function, block: Block, found: &mut Vec<Always>) -> bool {
    for stmt in block.of(function) {
        match *stmt {
            Stmt::Let { value, .. } | Stmt::Assign { value, .. } => reads(op, function, value, found),
            Stmt::Store { index, value, .. } | Stmt::Atomic { index, value, .. } => {
                reads(op, function, index, found);
                reads(op, function, value, found);
            }
            Stmt::If { condition, then, otherwise } => {
                reads(op, function, condition, found);
                if leaves(function, then) || leaves(function, otherwise) {
                    return false;
                }
            }
            Stmt::Declare { .. } => {}
            // What loops and calls read is not looked for.
            _ => return false,
        }
    }
    true
}

/// Whether a function may end inside a block.
fn leaves(function: &Function, block: Block) -> bool {
    block.of(function).iter().any(|stmt| match *stmt {
        Stmt::Return { .. } => true,
        Stmt::If { then, otherwise, .. } => leaves(function, then) || leaves(function, otherwise),
        Stmt::For { body, .. }
        | Stmt::While { body, .. }
        | Stmt::ForWindow { body, .. }
        | Stmt::ForUnder { body, .. } => leaves(function, body),
        _ => false,
    })
}

/// The reads of an expression that are always evaluated.
fn reads(op: &Op, function: &Function, id: ExprId, found: &mut Vec<Always>) {
    match function.expr(id).expr {
        Expr::Load { input, index } => {
            if op.inputs[usize::from(input)].access == Access::Read
                && let Some(element) = Always::of(function, input, index)
                && !found.contains(&element)
            {
                found.push(element);
            }
            reads(op, function, index, found);
        }
        Expr::Binary { op: BinaryOp::And | BinaryOp::Or, left, .. } => reads(op, function, left, found),
        Expr::Binary { left, right, .. } => {
            reads(op, function, left, found);
            reads(op, function, right, found);
        }
        Expr::Select { condition, .. } => reads(op, function, condition, found),
        Expr::Unary { value, .. } | Expr::Cast { value } => reads(op, function, value, found),
        Expr::Call { arguments, .. } | Expr::CallHelper { arguments, .. } => {
            arguments.of(function).iter().for_each(|&id| reads(op, function, id, found));
        }
        _ => {}
    }
}
