//! Bodies that only ask whether some voxel of a window compares with something.
//!
//! Input: an [`Op`]. Output: the question, or none. Invariant: the answer is the same from the largest (smallest) of those voxels alone, since
//! what compares with a number compares with the largest, and NaN with nothing.

use super::{early_return, is_window_offset};
use crate::ir::{BinaryOp, Class, Expr, ExprId, Function, LocalId, OffsetLocals, Op, Stmt, Type};

/// Whether there is a voxel in a window, perhaps other than the middle one, perhaps in the image, that compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exists {
    /// The window.
    pub window: u8,
    /// `>=`, `>`, `<=` or `<`: the voxel stands before it.
    pub comparison: BinaryOp,
    /// The voxel in the middle, a parameter or a number.
    pub value: ExprId,
    /// Whether the voxel in the middle does not count.
    pub others: bool,
    /// Whether voxels outside the image do not count.
    pub inside: bool,
    /// What is returned if there is one.
    pub found: ExprId,
    /// What is returned if there is none.
    pub absent: ExprId,
}

impl Exists {
    /// Whether the largest of the voxels answers it, rather than the smallest.
    pub fn largest(self) -> bool {
        matches!(self.comparison, BinaryOp::Ge | BinaryOp::Gt)
    }
}

/// The question that an operation consists of.
pub fn exists(op: &Op) -> Option<Exists> {
    let [function] = op.functions else { return None };
    let &[Stmt::ForWindow { window, value: None, offset: Some(at), body }, Stmt::Return { values }] =
        function.body.of(function)
    else {
        return None;
    };
    let found = early_return(function, body)?;
    let &[absent] = values.of(function) else { return None };
    let constant = matches!(function.expr(absent).expr, Expr::Bool { .. } | Expr::Int { .. } | Expr::Float { .. });
    let condition = |stmt: &Stmt| match *stmt {
        Stmt::If { condition, .. } => Some(condition),
        _ => None,
    };
    let mut conditions = body.of(function).iter().filter_map(condition);
    let (Some(condition), None) = (conditions.next(), conditions.next()) else { return None };
    if op.class != Class::Neighborhood || op.windows.len() != 1 || !constant {
        return None;
    }
    let mut question = Question { function, at, comparison: None, others: false, inside: false };
    question.terms(condition)?;
    let (comparison, value) = question.comparison?;
    let Question { others, inside, .. } = question;
    Some(Exists { window, comparison, value, others, inside, found, absent })
}

/// What a condition has been found to ask.
struct Question<'a> {
    function: &'a Function,
    at: OffsetLocals,
    comparison: Option<(BinaryOp, ExprId)>,
    others: bool,
    inside: bool,
}

impl Question<'_> {
    /// Takes in what a condition demands; none if that is something else.
    fn terms(&mut self, id: ExprId) -> Option<()> {
        match self.function.expr(id).expr {
            Expr::Binary { op: BinaryOp::And, left, right } => {
                self.terms(left)?;
                self.terms(right)
            }
            Expr::Inside { offset } if is_window_offset(self.function, offset) => {
                self.inside = true;
                Some(())
            }
            Expr::Binary { op: BinaryOp::Or, .. } => {
                let mut axes = Vec::new();
                self.offsets(id, &mut axes)?;
                self.others = true;
                [self.at.x, self.at.y, self.at.z].iter().all(|axis| axes.contains(axis)).then_some(())
            }
            Expr::Local { local } => self.terms(self.bound(local)?),
            Expr::Binary { op, left, right } => self.compares(op, left, right),
            _ => None,
        }
    }

    /// The axes of `dx != 0 || dy != 0 || dz != 0`.
    fn offsets(&self, id: ExprId, axes: &mut Vec<LocalId>) -> Option<()> {
        match self.function.expr(id).expr {
            Expr::Binary { op: BinaryOp::Or, left, right } => {
                self.offsets(left, axes)?;
                self.offsets(right, axes)
            }
            Expr::Binary { op: BinaryOp::Ne, left, right } => {
                let Expr::Local { local } = self.function.expr(left).expr else { return None };
                axes.push(local);
                matches!(self.function.expr(right).expr, Expr::Int { value: 0 }).then_some(())
            }
            _ => None,
        }
    }

    fn compares(&mut self, op: BinaryOp, left: ExprId, right: ExprId) -> Option<()> {
        let is_voxel = |id: ExprId| match self.function.expr(id).expr {
            Expr::Neighbor { offset, .. } => is_window_offset(self.function, offset),
            _ => false,
        };
        use BinaryOp::{Ge, Gt, Le, Lt};
        let mirrored = [(Ge, Le), (Gt, Lt), (Le, Ge), (Lt, Gt)];
        let (_, other) = mirrored.into_iter().find(|&(one, _)| one == op)?;
        let (op, voxel, value) = if is_voxel(left) { (op, left, right) } else { (other, right, left) };
        let ordered = matches!(self.function.expr(voxel).ty, Type::F32 | Type::Pixel);
        let steady =
            matches!(self.function.expr(value).expr, Expr::Voxel { .. } | Expr::Param { .. } | Expr::Float { .. });
        if !is_voxel(voxel) || !ordered || !steady || self.comparison.is_some() {
            return None;
        }
        self.comparison = Some((op, value));
        Some(())
    }

    /// What a local of the loop was declared as.
    fn bound(&self, local: LocalId) -> Option<ExprId> {
        self.function.stmts.iter().find_map(|stmt| match *stmt {
            Stmt::Let { local: bound, value } if bound == local => Some(value),
            _ => None,
        })
    }
}
