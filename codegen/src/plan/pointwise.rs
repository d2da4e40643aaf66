//! Pointwise: one work-item per voxel, linear; coordinates are computed only where the body reads them.

use super::{Argument, Items, Kernel, Role, inputs, params};
use crate::ir::Op;

pub(super) fn kernel(op: &Op) -> Kernel {
    let arguments = inputs(op).chain([Argument::Output, Argument::Geometry]).chain(params(op)).collect();
    Kernel {
        name: op.name.to_owned(),
        role: Role::Whole,
        summary: "one work-item per voxel",
        arguments,
        items: Items::Linear,
        local: [256, 1, 1],
    }
}
