//! The halo: how far beyond a region an operation reads, per axis and side.

use super::range::range;
use crate::ir::{Class, Expr, Op, Radius, Reducer, Stmt};

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
    /// Whether some offset is computed in a way that this analysis cannot bound, or the operation reads anywhere (gather) or whole lines (scan).
    pub unbounded: bool,
}

/// Computes the halo of an operation.
pub fn halo(op: &Op) -> Halo {
    // A voxel of a scan depends on all that are before it in its line.
    let mut halo = Halo { unbounded: op.class == Class::Scan, ..Halo::default() };
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
        halo.unbounded |= function.stmts.iter().any(|stmt| matches!(stmt, Stmt::ForUnder { .. }));
        for typed in function.exprs {
            match typed.expr {
                Expr::Neighbor { offset, .. } => {
                    for (axis, &distance) in offset.iter().enumerate() {
                        match range(op.windows, function, distance) {
                            Some((low, high)) => {
                                halo.before[axis] = halo.before[axis].max(u32::try_from(-low).unwrap_or(0));
                                halo.after[axis] = halo.after[axis].max(u32::try_from(high).unwrap_or(0));
                            }
                            None => halo.unbounded = true,
                        }
                    }
                }
                Expr::Reduce { reducer: Reducer::WeightedSum, .. } => halo.weights = true,
                Expr::Sample { .. } => halo.unbounded = true,
                _ => {}
            }
        }
    }
    halo
}
