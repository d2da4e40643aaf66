//! Bounds of integer expressions, as far as the text alone tells: how far a neighbour lies, whether an index fits an array.
//!
//! Invariant: a value is never outside the bounds that are given for it; where that cannot be promised there are none.

use crate::ir::{BinaryOp, Expr, ExprId, Function, Intrinsic, LocalId, Radius, Shape, Stmt, Type, UnaryOp, Window};

/// The smallest and the largest value of an expression. An offset of a window whose radius is a parameter counts as 0: what the window
/// reaches is part of the halo already, and nothing may be added to such an offset.
pub(crate) fn range(windows: &[Window], function: &Function, id: ExprId) -> Option<(i64, i64)> {
    Ranges { windows, function }.of(id, true)
}

/// The value of an expression that has only one.
pub(super) fn constant(windows: &[Window], function: &Function, id: ExprId) -> Option<i64> {
    let (low, high) = Ranges { windows, function }.of(id, false)?;
    (low == high).then_some(low)
}

struct Ranges<'a> {
    windows: &'a [Window],
    function: &'a Function,
}

impl Ranges<'_> {
    /// `whole`: the expression is all of what is asked for, rather than a part of it.
    fn of(&self, id: ExprId, whole: bool) -> Option<(i64, i64)> {
        let typed = self.function.expr(id);
        match typed.expr {
            Expr::Int { value } => Some((value, value)),
            Expr::Unary { op: UnaryOp::Neg, value } => self.of(value, whole).map(|(low, high)| (-high, -low)),
            Expr::Binary { op, left, right } => self.binary(op, left, right),
            Expr::Cast { value } => {
                let (low, high) = self.of(value, false)?;
                let limits = limits(typed.ty)?;
                (limits.0 <= low && high <= limits.1).then_some((low, high))
            }
            Expr::Call { function: function @ (Intrinsic::Min | Intrinsic::Max), arguments } => {
                let [left, right] = arguments.of(self.function) else { return None };
                let (a, b) = (self.of(*left, false), self.of(*right, false));
                let lowest = if typed.ty == Type::Index { i64::MIN } else { limits(typed.ty)?.0 };
                match (function, a, b) {
                    (Intrinsic::Min, Some((a, b)), Some((c, d))) => Some((a.min(c), b.min(d))),
                    (Intrinsic::Min, Some((_, high)), None) | (Intrinsic::Min, None, Some((_, high))) => {
                        Some((lowest, high))
                    }
                    (_, Some((a, b)), Some((c, d))) => Some((a.max(c), b.max(d))),
                    _ => None,
                }
            }
            Expr::Select { then, otherwise, .. } => {
                let ((a, b), (c, d)) = (self.of(then, false)?, self.of(otherwise, false)?);
                Some((a.min(c), b.max(d)))
            }
            Expr::Local { local } => self.local(local, whole),
            Expr::Coordinate { .. } | Expr::Along | Expr::ItemIndex | Expr::BatchIndex => Some((0, i64::MAX)),
            Expr::Lane => Some((0, i64::from(u16::MAX))),
            Expr::Extent { .. } | Expr::SourceExtent { .. } => Some((1, i64::MAX)),
            _ => None,
        }
    }

    fn binary(&self, op: BinaryOp, left: ExprId, right: ExprId) -> Option<(i64, i64)> {
        let right = self.of(right, false);
        // An index is a signed number in a text: what comes from a large u32 may be below 0 there.
        let lowest = match self.function.expr(left).ty {
            Type::Index => i64::MIN,
            ty => limits(ty)?.0,
        };
        match (op, self.of(left, false), right) {
            (BinaryOp::Add, Some((a, b)), Some((c, d))) => Some((a.checked_add(c)?, b.checked_add(d)?)),
            (BinaryOp::Sub, Some((a, b)), Some((c, d))) => Some((a.checked_sub(d)?, b.checked_sub(c)?)),
            (BinaryOp::Mul, Some((a, b)), Some((c, d))) => {
                let products = [a.checked_mul(c)?, a.checked_mul(d)?, b.checked_mul(c)?, b.checked_mul(d)?];
                Some((*products.iter().min()?, *products.iter().max()?))
            }
            (BinaryOp::Div, Some((a, b)), Some((c, d))) if c == d && c > 0 => Some((a / c, b / c)),
            // Of what is not negative, these are within the right operand, whatever the left one is.
            (BinaryOp::Rem, left, Some((c, d))) if c > 0 && left.map_or(lowest, |(a, _)| a) >= 0 => Some((0, d - 1)),
            (BinaryOp::Rem, _, Some((c, d))) if c > 0 => Some((1 - d, d - 1)),
            (BinaryOp::BitAnd, _, Some((c, d))) if c >= 0 => Some((0, d)),
            (BinaryOp::BitAnd, Some((a, b)), _) if a >= 0 => Some((0, b)),
            _ => None,
        }
    }

    fn local(&self, local: LocalId, whole: bool) -> Option<(i64, i64)> {
        if self.function.local(local).mutable {
            return None;
        }
        self.function.stmts.iter().find_map(|stmt| match *stmt {
            Stmt::For { local: counter, start, end, inclusive, .. } if counter == local => {
                let ((low, _), (_, high)) = (self.of(start, false)?, self.of(end, false)?);
                Some((low, if inclusive { high } else { high - 1 }))
            }
            Stmt::Let { local: bound, value } if bound == local => self.of(value, whole),
            Stmt::ForWindow { window, offset: Some(offset), .. } if [offset.x, offset.y, offset.z].contains(&local) => {
                let window = self.windows[usize::from(window)];
                (window.shape != Shape::Line || offset.x == local).then_some(())?;
                match window.radius {
                    Radius::Fixed { voxels } => Some((-i64::from(voxels), i64::from(voxels))),
                    Radius::Param { .. } => whole.then_some((0, 0)),
                }
            }
            _ => None,
        })
    }
}

/// The values of an integer type.
fn limits(ty: Type) -> Option<(i64, i64)> {
    match ty {
        Type::I32 => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Type::U32 => Some((0, i64::from(u32::MAX))),
        Type::Index => Some((0, i64::MAX)),
        Type::I64 => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}
