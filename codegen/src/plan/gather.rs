//! Gather: one work-item per voxel of the output, which reads a whole source wherever its body says.
//!
//! The geometry of such a launch has two images: `global`, `origin` and `extent` are those of the output, `source_extent` that of the
//! source, which the input buffer holds from its first voxel on.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::ir::Op;
use crate::reserved::kernel_name;

pub(super) fn kernel(op: &Op) -> Kernel {
    let arguments =
        inputs(op).chain(outputs(op)).chain([Argument::Geometry, Argument::Border]).chain(params(op)).collect();
    Kernel {
        name: kernel_name(op.name),
        role: Role::Whole,
        summary: "one work-item per voxel of the output, the source read from global memory",
        arguments,
        items: Items::Spatial,
        local: [32, 8, 1],
    }
}
