//! How a launch takes the minimum or maximum of its windows by a march through planes: the sizes of a group and of a work-item.
//!
//! Input: a launch, the device's description and its row of [`ExtremumTuning`]. Output: a [`Choice`], or none where the window is too large
//! or a group does not fit the device. Invariant: what is chosen fits the device's groups and its shared memory.

use kernwerk_codegen::plan::{EXTREMUM_RADIUS, EXTREMUM_ROWS, Role, extremum};

use super::super::driver::DeviceDescription;
use super::super::launch::Launch;
use super::tuning::Choice;

/// The sizes of a kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExtremumTuning {
    /// The largest radius along any axis; -1: no launch marches.
    pub(super) radius: i32,
    /// Rows of results per work-item; fewer where their slots are more than `slots`.
    pub(super) rows: u32,
    /// The most registers of results that are not whole yet, four of each row and plane.
    pub(super) slots: u32,
    /// Work-items of a group along x and y.
    pub(super) group: [u32; 2],
}

/// For NVIDIA's GPUs. On one H200 a sphere of radius 3 takes 1.83 copies of an f32 image with two rows and groups of 8 × 16 (four at a time, of 128
/// registers each), 1.85 in groups of 16 × 16, 1.89 of 16 × 8, 2.00 of 32 × 4; 2.11 with one row; 9.7 by one work-item per voxel. Its OpenCL takes
/// 1.97 in groups of 16 × 8, and 63 by one work-item per voxel.
pub(super) const NVIDIA: ExtremumTuning = ExtremumTuning { radius: 7, rows: 2, slots: 64, group: [8, 16] };
/// For GPUs of which nothing is known: fewer registers per work-item.
pub(super) const ANY_GPU: ExtremumTuning = ExtremumTuning { radius: 3, rows: 1, slots: 32, group: [8, 16] };
/// For OpenCL on processors: staging is one more copy there, and straight code takes long to compile.
pub(super) const PROCESSOR: ExtremumTuning = ExtremumTuning { radius: -1, ..ANY_GPU };

/// The kernel that marches, if the operation has it and it suits the launch.
pub(super) fn choice(launch: &Launch<'_>, device: &DeviceDescription, tuning: &ExtremumTuning) -> Option<Choice> {
    let found = extremum(&launch.op.ir)?;
    let [rx, ry, rz] = launch.windows.get(usize::from(found.window))?.radius;
    let largest = rx.max(ry).max(rz);
    if largest as i32 > tuning.radius || largest > EXTREMUM_RADIUS {
        return None;
    }
    // Few sizes, so that few programs serve all images.
    let per_row = 4 * (2 * rz + 1);
    let strip = if tuning.rows * per_row <= tuning.slots { tuning.rows.min(EXTREMUM_ROWS) } else { 1 };
    let [group, mut rows] = tuning.group;
    while (group * rows) as usize > device.max_work_group && rows > 1 {
        rows /= 2;
    }
    let bytes = |rows: u32| {
        let items = group * rows;
        let staged = (4 * group + 2 * rx.next_multiple_of(4)) * (strip * rows + 2 * ry);
        2 * staged.next_multiple_of(items) as usize * size_of::<u32>()
    };
    // A compiler for CUDA reserves 48 KB at most.
    let room = device.local_memory.min(48 << 10);
    while bytes(rows) > room && rows > 1 {
        rows /= 2;
    }
    let fits = bytes(rows) <= room && (group * rows) as usize <= device.max_work_group;
    fits.then_some(Choice { strip, group, rows, reach: rz as i32, known: true, ..Choice::plain(Role::Extremum) })
}

/// How many groups such a kernel has for one run of planes, the batch included.
pub(super) fn groups(launch: &Launch<'_>, choice: &Choice) -> usize {
    let [x, y, _] = launch.geometry.extent;
    x.div_ceil(4 * choice.group as usize) * y.div_ceil((choice.strip * choice.rows) as usize) * launch.geometry.batch
}

/// How many planes a group marches through. Each run reads the halo before and after it once more; but the last groups leave most of the
/// device idle, and a compute unit that has few groups waits at their barriers.
pub(super) fn chunk(launch: &Launch<'_>, choice: &Choice, device: &DeviceDescription) -> usize {
    /// With fewer groups a compute unit takes as long for a plane as with these: on one NVIDIA H200, which runs four at a time, three.
    const BUSY: usize = 3;
    /// Longer runs would leave the last ones alone on the device.
    const LONGEST: usize = 256;
    let planes = launch.geometry.extent[2].max(1);
    let groups = groups(launch, choice);
    let time = |parts: usize| {
        let each = (groups * parts).div_ceil(device.compute_units.max(1) as usize).max(BUSY);
        each * (planes.div_ceil(parts) + 2 * choice.reach.max(0) as usize)
    };
    let fewest = planes.div_ceil(LONGEST);
    let parts = (fewest..=(planes / 4).clamp(fewest, fewest + 64)).min_by_key(|&parts| time(parts)).unwrap_or(fewest);
    planes.div_ceil(parts)
}
