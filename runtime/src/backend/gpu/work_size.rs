//! How many work-items a launch has, and in which groups.

use kernwerk_codegen::ir::{Axis, Class};
use kernwerk_codegen::plan::{Items, Kernel, PROJECTION_CHUNK, REDUCTION_LANES, ROW_TILE, Role, SCAN_TILE};

use super::super::driver::{DeviceDescription, WorkSize};
use super::super::launch::{Launch, takes_group};
use super::incomplete;
use super::tuning::Choice;
use crate::{Error, Result};

/// With fewer outputs than this a projection deals out each column to several work-items. One NVIDIA H200 runs 270 000 work-items at a
/// time, and a quarter of them, each with eight voxels on their way, is enough for its memory.
const ENOUGH: usize = 1 << 16;

/// Fewest columns of a group: 8 voxels of 4 bytes are one sector of memory.
const FEWEST_COLUMNS: usize = 8;

/// Work-items that a compute unit runs at a time: what NVIDIA's multiprocessors hold; others hold no more.
const RESIDENT: usize = 2048;

/// Most groups along y and z that every API takes; kernels stride beyond.
const MOST_GROUPS: usize = 65_535;

pub(super) fn work_size(
    launch: &Launch<'_>,
    kernel: &Kernel,
    choice: &Choice,
    chunk: usize,
    device: &DeviceDescription,
) -> Result<WorkSize> {
    let local = match kernel.items {
        // Sizes that were chosen to fit.
        Items::Stencil(_) => super::stencil::group(choice),
        Items::Selections | Items::Extrema => [choice.group as usize, choice.rows as usize, 1],
        Items::Volume => [32, choice.rows as usize, 1],
        Items::Groups => {
            takes_group(&launch.op.ir, device)?;
            kernel.local
        }
        // Groups that walk side by side, from barrier to barrier: 26 ms with 16 lines, 140 with 64 (PoCL 3.1, sums along z of 64×256×256).
        Items::Outputs if launch.role == Role::Scan && launch.axis != Axis::X && choice.strip == 1 => {
            [SIDE_BY_SIDE.min(device.max_work_group.max(1)), 1, 1]
        }
        Items::Strips if choice.strip == 0 => [ALONE.min(device.max_work_group.max(1)), 1, 1],
        Items::RowChunks | Items::StateChunks | Items::ColumnParts if alone(choice) => {
            [ALONE.min(device.max_work_group.max(1)), 1, 1]
        }
        _ => local(launch, kernel, device.max_work_group)?,
    };
    // Work-items of a chunk.
    let lanes = if alone(choice) { 1 } else { REDUCTION_LANES };
    let geometry = &launch.geometry;
    let clamp = |[x, y, z]: [usize; 3]| {
        let most = |axis: usize| MOST_GROUPS * local[axis];
        [x, y.min(most(1)), z.saturating_mul(geometry.batch).min(most(2))]
    };
    let states_out = || launch.reduction.states_out.map(|(_, number)| number as usize);
    let linear = |items: Option<usize>| items.map(|items| [items, 1, 1]).ok_or_else(|| incomplete(launch, "states"));
    let global = match kernel.items {
        Items::Linear => [geometry.voxels(), 1, 1],
        Items::Quads => [vectors(geometry.voxels(), choice), 1, 1],
        Items::Walk => {
            let running = device.compute_units.max(1) as usize * RESIDENT.div_ceil(local[0]) * local[0];
            [vectors(geometry.voxels(), choice).min(running), 1, 1]
        }
        Items::Spatial => clamp(geometry.extent),
        Items::Groups => {
            let [x, y, z] = geometry.extent;
            clamp([x * local[0], y, z])
        }
        Items::Strips if choice.strip == 0 => {
            let [_, y, z] = geometry.extent;
            linear(Some(y * z * geometry.batch))?
        }
        Items::Strips => {
            let [x, y, z] = geometry.extent;
            clamp([x, y, z.div_ceil(choice.strip.max(1) as usize)])
        }
        Items::Stencil(_) => super::stencil::items(launch, choice, chunk, MOST_GROUPS),
        Items::RowTiles => {
            let [x, y, z] = geometry.extent;
            let wide = x.div_ceil(ROW_TILE) * 32;
            // A known radius: the next row is on its way while one is worked on.
            let each = if choice.reach >= 0 { rows_each(wide * y * z * geometry.batch, device) } else { 1 };
            clamp([wide, y.div_ceil(each), z])
        }
        Items::Planes => {
            let [x, y, z] = geometry.extent;
            clamp([x.div_ceil(ROW_TILE) * 32, y.div_ceil(chunk), z])
        }
        Items::Volume => {
            let [x, y, z] = geometry.extent;
            clamp([x.div_ceil(ROW_TILE) * 32, y.div_ceil(4), z.div_ceil(chunk)])
        }
        Items::Lanes => {
            let [x, y, z] = geometry.extent;
            let rows = y.div_ceil(choice.strip.max(1) as usize);
            clamp([lane_quads(launch, x), rows, z.div_ceil(chunk)])
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
        Items::Words => {
            let [x, y, z] = geometry.extent;
            let (along, across) = if launch.axis == Axis::Y { (y, z) } else { (z, y) };
            let size = launch.inputs.first().map_or(1, |input| input.dtype.size());
            clamp([x * size / size_of::<u32>(), along.div_ceil(choice.strip.max(1) as usize), across])
        }
        Items::WordRows => {
            let [x, y, z] = geometry.extent;
            clamp([lane_quads(launch, x), y, z])
        }
        Items::Under => {
            let [x, y, z] = geometry.extent;
            clamp([x, y.div_ceil(choice.strip.max(1) as usize), z])
        }
        Items::UnderMarch => {
            let [x, y, z] = geometry.extent;
            clamp([x, y.div_ceil(choice.strip.max(1) as usize), z.div_ceil(chunk)])
        }
        Items::Steps(steps) => {
            let [x, y, z] = geometry.extent;
            let wide = x.div_ceil(steps * local[0]) * local[0];
            clamp([wide, y.div_ceil(rows_each(wide * y * z * geometry.batch, device)), z])
        }
        Items::Tiles(axis) => {
            let other = if axis == Axis::Y { Axis::Z } else { Axis::Y };
            let [along, other] = [axis, other].map(|axis| geometry.extent[axis.index()]);
            let tiles = along.div_ceil(local[0]);
            let items = geometry.extent[0].saturating_mul(tiles * local[1]).saturating_mul(other * geometry.batch);
            let tiles = tiles.div_ceil(rows_each(items, device)).min(MOST_GROUPS);
            [geometry.extent[0], tiles * local[1], other.saturating_mul(geometry.batch).min(MOST_GROUPS * local[2])]
        }
        Items::ColumnParts if alone(choice) => {
            let [x, y, z] = geometry.extent;
            let other = if launch.axis == Axis::Y { z } else { y };
            linear(Some(x.div_ceil(REDUCTION_LANES) * other * geometry.batch))?
        }
        Items::ColumnParts => {
            let along = geometry.extent[launch.axis.index()].max(1);
            [geometry.voxels() / along, local[1], 1]
        }
        Items::RowChunks if launch.role == Role::ReduceRowValues => {
            linear(Some(geometry.voxels() / geometry.extent[0].max(1) * lanes))?
        }
        Items::Selections => {
            let parts = super::selecting::groups(launch, choice).ok_or_else(|| incomplete(launch, "a window"))?;
            [parts * local[0], local[1], 1]
        }
        Items::Extrema => {
            let parts = super::extremum::groups(launch, choice) * geometry.extent[2].div_ceil(chunk);
            [parts * local[0], local[1], 1]
        }
        Items::RowChunks | Items::StateChunks => linear(states_out().map(|states| states * lanes))?,
        Items::Outputs => linear(match launch.role {
            Role::ReduceFinish => {
                let per_output = launch.reduction.group_size.max(1) as usize;
                launch.reduction.states_in.map(|(_, number)| number as usize / per_output)
            }
            Role::Scan => Some(geometry.voxels() / geometry.extent[launch.axis.index()].max(1)),
            _ => states_out(),
        })?,
    };
    Ok(WorkSize { global, local })
}

/// Work-items of a group that do not share what they do; a processor takes a group at a time.
const ALONE: usize = 8;

/// Whether each work-item of a reduction does all lanes of a chunk, or some columns, by itself.
fn alone(choice: &Choice) -> bool {
    choice.strip == 1
}

/// Vectors of four words in a row of so many voxels.
fn lane_quads(launch: &Launch<'_>, x: usize) -> usize {
    let size = launch.inputs.first().map_or(1, |input| input.dtype.size());
    (x * size).div_ceil(4 * size_of::<u32>())
}

/// How many rows (or tiles) a work-item goes through one after the other: what it computes once is shared by them, but there have to be
/// enough work-items for the device to be full several times over.
fn rows_each(items: usize, device: &DeviceDescription) -> usize {
    let enough = 4 * RESIDENT * device.compute_units.max(1) as usize;
    (items / enough).clamp(1, 8)
}

/// Lines of a scan that a group of a processor walks side by side: as many as one of its vectors has lanes.
const SIDE_BY_SIDE: usize = 16;

/// Work-items that have some vectors of four each, and at least as many as there are voxels that fill none.
fn vectors(voxels: usize, choice: &Choice) -> usize {
    voxels.div_ceil(4 * choice.strip.max(1) as usize).max(voxels % 4)
}

/// The plan's groups, made smaller where the device cannot have them.
fn local(launch: &Launch<'_>, kernel: &Kernel, max_work_group: usize) -> Result<[usize; 3]> {
    let [mut x, mut y, mut z] = kernel.local;
    // Items of a narrow index space fill the group along y, so that few lanes are idle.
    if launch.op.ir.class == Class::Grid && kernel.items == Items::Spatial {
        let width = launch.geometry.extent[0].next_power_of_two();
        while x > width.max(1) {
            (x, y) = (x / 2, y * 2);
        }
        let height = launch.geometry.extent[1].next_power_of_two();
        while y > height.max(1) {
            (y, z) = (y / 2, z * 2);
        }
        let planes = (launch.geometry.extent[2] * launch.geometry.batch).next_power_of_two();
        z = z.min(planes.max(1)).min(64);
    }
    // Patches of an image of few planes lie in them; in one plane 8 × 32 and 16 × 16 take the same time.
    if matches!(kernel.items, Items::Steps(_)) && z > 1 {
        let planes = launch.geometry.extent[2].saturating_mul(launch.geometry.batch);
        while z > planes.max(1) {
            (y, z) = (y * 2, z / 2);
        }
        if z == 1 {
            (x, y) = (x / 2, y * 2);
        }
    }
    let most = max_work_group.max(1);
    while x * y * z > most {
        match (z > 1, y > 1) {
            (true, _) => z /= 2,
            (false, true) => y /= 2,
            (false, false) => x /= 2,
        }
    }
    if launch.role == Role::Scan && launch.axis == Axis::X {
        x = x.min(SCAN_TILE);
    }
    if kernel.items == Items::ColumnParts {
        let along = launch.geometry.extent[launch.axis.index()].max(1);
        let outputs = launch.geometry.voxels() / along;
        let runs = along.div_ceil(PROJECTION_CHUNK);
        while y < runs && y * outputs < ENOUGH && x >= 2 * FEWEST_COLUMNS {
            (x, y) = (x / 2, y * 2);
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
    if choice.role == Role::Volume {
        return volume_chunk(launch, choice, device);
    }
    let (along, items) = match (choice.role, launch.axis) {
        (Role::Planes, _) => (y, x.div_ceil(ROW_TILE) * 32 * z * batch),
        (Role::Lanes, _) => (z, lane_quads(launch, x) * y.div_ceil(choice.strip.max(1) as usize) * batch),
        (Role::March, Axis::Y) => return march_chunk(choice, device, y, x, z * batch),
        (Role::March, _) => return march_chunk(choice, device, z, x, y * batch),
        (Role::Extremum, _) => return super::extremum::chunk(launch, choice, device),
        (Role::Stencil, _) => return super::stencil::chunk(launch, choice, device),
        (Role::UnderMarch, _) => return super::under::chunk(launch, choice, device),
        _ => return 1,
    };
    let parts = (device.compute_units as usize * BUSY).div_ceil(items.max(1));
    let shortest = (2 * choice.reach.max(0) as usize).max(8);
    along.div_ceil(parts.max(1)).clamp(shortest, LONGEST.max(shortest)).min(along.max(1))
}

/// The same of a marching pass: the device runs some groups together, and each run reads its halo once more, so the best is what takes the
/// fewest voxels one after the other.
fn march_chunk(choice: &Choice, device: &DeviceDescription, along: usize, x: usize, across: usize) -> usize {
    /// Voxels of a run, at least, and work-items of a group.
    const FEWEST: usize = 8;
    const GROUP: usize = 128;
    let (reach, strip) = (choice.reach.max(0) as usize, choice.strip.max(1) as usize);
    // As the text asks for (`KW_MARCH_GROUPS`).
    let together = (512 / (strip * (2 * reach + 10) + 40)).max(1);
    let resident = together * device.compute_units.max(1) as usize;
    let groups = x.div_ceil(strip * GROUP) * across;
    let voxels = |parts: usize| (groups * parts).div_ceil(resident) * (along.div_ceil(parts) + 2 * reach);
    let parts = (1..=along.div_ceil(FEWEST).clamp(1, 64)).min_by_key(|&parts| voxels(parts)).unwrap_or(1);
    along.div_ceil(parts).max(1)
}

/// How many planes a launch of all three passes computes at a time: the device runs some groups together, and each run reads the planes of
/// its halo once more, so the best is what takes the fewest planes one after the other.
fn volume_chunk(launch: &Launch<'_>, choice: &Choice, device: &DeviceDescription) -> usize {
    /// Planes of a run, at least.
    const FEWEST: usize = 4;
    let [x, y, z] = launch.geometry.extent;
    let reach = choice.reach_z.max(0) as usize;
    let rows = choice.rows.max(1) as usize;
    // As the text asks for (`KW_VOLUME_GROUPS`).
    let together = [16, 16, 12].get(reach).unwrap_or(&8) / rows;
    let resident = together.max(1) * device.compute_units.max(1) as usize;
    let groups = x.div_ceil(ROW_TILE) * y.div_ceil(4 * rows) * launch.geometry.batch;
    let planes = |parts: usize| (groups * parts).div_ceil(resident) * (z.div_ceil(parts) + 2 * reach);
    let parts = (1..=z.div_ceil(FEWEST).max(1)).min_by_key(|&parts| planes(parts)).unwrap_or(1);
    z.div_ceil(parts).max(1)
}
