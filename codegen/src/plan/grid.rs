//! Grid: the author's own kernel, one work-item per item of a three-dimensional index space.

use super::{Argument, Items, Kernel, Role, inputs, params};
use crate::ir::Op;
use crate::reserved::kernel_name;

pub(super) fn kernel(op: &Op) -> Kernel {
    Kernel {
        name: kernel_name(op.name),
        role: Role::Whole,
        summary: "one work-item per item of the index space",
        arguments: inputs(op).chain([Argument::Geometry]).chain(params(op)).collect(),
        items: Items::Spatial,
        local: [64, 4, 1],
    }
}
