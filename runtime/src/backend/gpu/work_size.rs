//! How many work-items a launch has, and in which groups.

use kernwerk_codegen::ir::Axis;
use kernwerk_codegen::plan::{Items, Kernel, REDUCTION_LANES, ROW_TILE, Role};

use super::super::driver::{DeviceDescription, WorkSize};
use super::super::launch::Launch;
use super::incomplete;
use super::tuning::Choice;
use crate::{Error, Result};

/// Most groups along y and z that every API takes; kernels stride beyond.
const MOST_GROUPS: usize = 65_535;

pub(super) fn work_size(
    launch: &Launch<'_>,
    kernel: &Kernel,
    choice: &Choice,
    chunk: usize,
    max_work_group: usize,
) -> Result<WorkSize> {
    let local = local(launch, kernel, max_work_group)?;
    let geometry = &launch.geometry;
    let clamp = |[x, y, z]: [usize; 3]| {
        let most = |axis: usize| MOST_GROUPS * local[axis];
        [x, y.min(most(1)), z.saturating_mul(geometry.batch).min(most(2))]
    };
    let states_out = || launch.reduction.states_out.map(|(_, number)| number as usize);
    let linear = |items: Option<usize>| items.map(|items| [items, 1, 1]).ok_or_else(|| incomplete(launch, "states"));
    let global = match kernel.items {
        Items::Linear => [geometry.voxels(), 1, 1],
        Items::Quads => [geometry.voxels().div_ceil(4 * choice.strip.max(1) as usize), 1, 1],
        Items::Spatial => clamp(geometry.extent),
        Items::Strips => {
            let [x, y, z] = geometry.extent;
            clamp([x, y, z.div_ceil(choice.strip.max(1) as usize)])
        }
        Items::RowTiles => {
            let [x, y, z] = geometry.extent;
            clamp([x.div_ceil(ROW_TILE) * 32, y, z])
        }
        Items::Planes => {
            let [x, y, z] = geometry.extent;
            clamp([x.div_ceil(ROW_TILE) * 32, y.div_ceil(chunk), z])
        }
        Items::March => {
            let [x, y, z] = geometry.extent;
            let (along, across) = if launch.axis == Axis::Y { (y, z) } else { (z, y) };
            clamp([x.div_ceil(choice.strip.max(1) as usize), along.div_ceil(chunk), across])
        }
        Items::Columns => {
            let [x, y, z] = geometry.extent;
            let (along, across) = if launch.axis == Axis::Y { (y, z) } else { (z, y) };
            clamp([x, along.div_ceil(choice.strip.max(1) as usize), across])
        }
        Items::RowChunks | Items::StateChunks => linear(states_out().map(|states| states * REDUCTION_LANES))?,
        Items::Outputs => linear(match launch.role {
            Role::ReduceFinish => {
                let per_output = launch.reduction.group_size.max(1) as usize;
                launch.reduction.states_in.map(|(_, number)| number as usize / per_output)
            }
            Role::Scan | Role::ReduceAxis => Some(geometry.voxels() / geometry.extent[launch.axis.index()].max(1)),
            _ => states_out(),
        })?,
    };
    Ok(WorkSize { global, local })
}

/// The plan's groups, made smaller where the device cannot have them.
fn local(launch: &Launch<'_>, kernel: &Kernel, max_work_group: usize) -> Result<[usize; 3]> {
    let [mut x, mut y, mut z] = kernel.local;
    let most = max_work_group.max(1);
    while x * y * z > most {
        match (z > 1, y > 1) {
            (true, _) => z /= 2,
            (false, true) => y /= 2,
            (false, false) => x /= 2,
        }
    }
    let cooperate = matches!(kernel.items, Items::RowChunks | Items::StateChunks);
    if cooperate && x % REDUCTION_LANES != 0 {
        return Err(Error::Unsupported {
            operation: launch.op.ir.name.into(),
            problem: format!("the device runs {most} work-items together, a reduction needs {REDUCTION_LANES}"),
            remedy: "use another device".into(),
        });
    }
    Ok([x, y, z])
}

/// How many voxels along its axis a marching work-item computes: as many as leave the device enough work-items, since each run reads the
/// halo before and after it once more.
pub(super) fn chunk(launch: &Launch<'_>, choice: &Choice, device: &DeviceDescription) -> usize {
    /// Work-items per compute unit: all that an H200 has room for, twice.
    const BUSY: usize = 4096;
    /// Longer runs would leave the last ones alone on the device.
    const LONGEST: usize = 256;
    let [x, y, z] = launch.geometry.extent;
    let batch = launch.geometry.batch;
    let (along, items) = match (choice.role, launch.axis) {
        (Role::Planes, _) => (y, x.div_ceil(ROW_TILE) * 32 * z * batch),
        (Role::March, Axis::Y) => (y, x.div_ceil(choice.strip.max(1) as usize) * z * batch),
        (Role::March, _) => (z, x.div_ceil(choice.strip.max(1) as usize) * y * batch),
        _ => return 1,
    };
    let parts = (device.compute_units as usize * BUSY).div_ceil(items.max(1));
    let shortest = (2 * choice.reach.max(0) as usize).max(8);
    along.div_ceil(parts.max(1)).clamp(shortest, LONGEST.max(shortest)).min(along.max(1))
}
