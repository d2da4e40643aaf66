//! The halo: how far beyond a region an operation reads, per axis and side.

use crate::ir::{BinaryOp, Expr, ExprId, Function, Op, Radius, Reducer, Shape, Stmt, UnaryOp};

/// How far an operation reads around a voxel, as far as its text alone tells.
///
/// Fixed offsets are numbers; windows whose radius is a parameter, and lines whose weights the host computes, are named.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Halo {
    /// Voxels before the current one, along x, y, z.
    pub before: [u32; 3],
    /// Voxels after the current one, along x, y, z.
    pub after: [u32; 3],
    /// Parameters that add their value on both sides, along their axis.
    pub radius_params: Vec<u8>,
    /// Whether the length of host-computed weights adds to it.
    pub weights: bool,
    /// Whether some offset is computed in a way that this analysis cannot bound.
    pub unbounded: bool,
}

/// Computes the halo of an operation.
pub fn halo(op: &Op) -> Halo {
    let mut halo = Halo::default();
    for window in op.windows {
        match window.radius {
            Radius::Fixed { voxels } => {
                for axis in 0..3 {
                    halo.before[axis] = halo.before[axis].max(voxels);
                    halo.after[axis] = halo.after[axis].max(voxels);
                }
            }
            Radius::Param { param } if !halo.radius_params.contains(&param) => halo.radius_params.push(param),
            Radius::Param { .. } => {}
        }
    }
    for function in op.functions {
        for typed in function.exprs {
            match typed.expr {
                Expr::Neighbor { offset, .. } => {
                    for (axis, &distance) in offset.iter().enumerate() {
                        match range(op, function, distance, true) {
                            Some((low, high)) => {
                                halo.before[axis] = halo.before[axis].max(u32::try_from(-low).unwrap_or(0));
                                halo.after[axis] = halo.after[axis].max(u32::try_from(high).unwrap_or(0));
                            }
                            None => halo.unbounded = true,
                        }
                    }
                }
                Expr::Reduce { reducer: Reducer::WeightedSum, .. } => halo.weights = true,
                _ => {}
            }
        }
    }
    halo
}

/// Whether an offset that a function reads at can be bounded.
#[cfg(feature = "parse")]
pub(crate) fn is_bounded(op: &Op, function: &Function, offset: ExprId) -> bool {
    range(op, function, offset, true).is_some()
}

/// Bounds of an offset (`whole`: of all of it rather than a part): constants, counters of loops with constant bounds, window offsets, and their sums and negations.
fn range(op: &Op, function: &Function, id: ExprId, whole: bool) -> Option<(i64, i64)> {
    match function.expr(id).expr {
        Expr::Int { value } => Some((value, value)),
        Expr::Unary { op: UnaryOp::Neg, value } => range(op, function, value, whole).map(|(low, high)| (-high, -low)),
        Expr::Binary { op: BinaryOp::Add, left, right } => {
            let ((a, b), (c, d)) = (range(op, function, left, false)?, range(op, function, right, false)?);
            Some((a + c, b + d))
        }
        Expr::Binary { op: BinaryOp::Sub, left, right } => {
            let ((a, b), (c, d)) = (range(op, function, left, false)?, range(op, function, right, false)?);
            Some((a - d, b - c))
        }
        Expr::Local { local } => function.stmts.iter().find_map(|stmt| match *stmt {
            Stmt::For { local: counter, start, end, inclusive, .. } if counter == local => {
                let ((low, _), (_, high)) = (range(op, function, start, false)?, range(op, function, end, false)?);
                Some((low, if inclusive { high } else { high - 1 }))
            }
            Stmt::Let { local: bound, value } if bound == local && !function.local(local).mutable => {
                range(op, function, value, whole)
            }
            Stmt::ForWindow { window, offset: Some(offset), .. } if [offset.x, offset.y, offset.z].contains(&local) => {
                // The window itself is already part of the halo.
                let window = op.windows[usize::from(window)];
                (window.shape != Shape::Line || offset.x == local).then_some(())?;
                match window.radius {
                    Radius::Fixed { voxels } => Some((-i64::from(voxels), i64::from(voxels))),
                    // Its radius is that of the window, which counts already; but not what is added to it.
                    Radius::Param { .. } => whole.then_some((0, 0)),
                }
            }
            _ => None,
        }),
        _ => None,
    }
}
