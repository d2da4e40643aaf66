//! Pointwise: linear, on vectors of four voxels where the body asks for no coordinates; else, and where a buffer is not aligned to vectors,
//! one work-item per voxel.
//!
//! The floor is the bytes: reads and writes of every voxel once. Four voxels are 16 bytes of the widest type, one memory transaction per
//! work-item; several vectors are on their way at once, so that the memory is busy while the first are waited for.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::analysis;
use crate::ir::{Expr, Op};
use crate::reserved::kernel_name;

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    let arguments: Vec<_> = inputs(op).chain(outputs(op)).chain([Argument::Geometry]).chain(params(op)).collect();
    let whole = Kernel {
        name: kernel_name(op.name),
        role: Role::Whole,
        summary: "one work-item per voxel",
        arguments: arguments.clone(),
        items: Items::Linear,
        local: [256, 1, 1],
    };
    let located = |expr| matches!(expr, Expr::Coordinate { .. } | Expr::Extent { .. });
    if analysis::expressions(op).any(located) {
        return vec![whole];
    }
    let quads = Kernel {
        name: format!("{}_quads", op.name),
        role: Role::Quads,
        summary: "vectors of four voxels, KW_STRIP of them per work-item",
        arguments,
        items: Items::Quads,
        local: [256, 1, 1],
    };
    vec![whole, quads]
}
