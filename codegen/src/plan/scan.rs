//! Scan: one work-item per line along the axis, which walks it voxel by voxel: the order is the definition.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::ir::Op;

/// Most lines along x that a group walks together, and columns of the tile in which it does: the tile of 32-bit elements is 4.2 KB for each
/// output, so that 32 KB of local memory hold it for as many outputs as there can be.
pub const SCAN_TILE: usize = 32;

/// Numbers that a work-item holds for its line (states, and voxels of several images) up to which the texts ask for 1024 work-items on a
/// multiprocessor: 64 registers each. With more of them half as many work-items keep everything in registers.
pub const SCAN_NUMBERS: usize = 4;

/// The parameter that says along which axis.
pub const AXIS_PARAM: u8 = 0;

/// The parameter that says whether lines are walked from their end.
pub fn reverse_param(op: &Op) -> u8 {
    (op.params.len() as u8).saturating_sub(1)
}

pub(super) fn kernel(op: &Op) -> Kernel {
    let arguments = inputs(op)
        .chain(outputs(op))
        .chain([Argument::Geometry])
        .chain(op.continues_lines().then_some(Argument::Border))
        .chain(params(op))
        .chain([Argument::Param(reverse_param(op))])
        .collect();
    Kernel {
        name: format!("{}_lines", op.name),
        role: Role::Scan,
        summary: "one work-item per line along KW_AXIS, walked from one end to the other",
        arguments,
        items: Items::Outputs,
        local: [64, 1, 1],
    }
}
