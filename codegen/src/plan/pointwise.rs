//! Pointwise: one work-item per voxel, linear; coordinates are computed only where the body reads them.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::ir::Op;
use crate::reserved::kernel_name;

pub(super) fn kernel(op: &Op) -> Kernel {
    let arguments = inputs(op).chain(outputs(op)).chain([Argument::Geometry]).chain(params(op)).collect();
    Kernel {
        name: kernel_name(op.name),
        role: Role::Whole,
        summary: "one work-item per voxel",
        arguments,
        items: Items::Linear,
        local: [256, 1, 1],
    }
}
