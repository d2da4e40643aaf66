//! How a launch marches with its windows in registers: the sizes of a group and of a work-item, and where runs end.
//!
//! Input: a launch, the device's description and its row of [`StencilTuning`]. Output: a [`Choice`], or none where windows are too large for
//! registers. Invariant: what is chosen fits the device's groups.

use kernwerk_codegen::ir::DType;
use kernwerk_codegen::plan::{Items, Plan, Role, STENCIL_GROUP, uses_pixel};

use super::super::driver::DeviceDescription;
use super::super::launch::Launch;
use super::tuning::{Choice, flat};

/// The sizes of a kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StencilTuning {
    /// Planes of straight code; 0: no launch marches.
    pub(super) strip: u32,
    /// Lines of a work-item, where it marches along z.
    pub(super) rows: u32,
    /// The same for windows of few voxels, some of them in other lines.
    pub(super) few_rows: u32,
    /// The most registers for the voxels of a round.
    registers: u32,
    /// The most voxels of an image that a window reaches from one line of four.
    pub(super) voxels: u32,
    /// Work-items of a group along x and across the march.
    pub(super) group: [u32; 2],
    /// The same where bodies ask what lies in the image.
    pub(super) narrow: [u32; 2],
    /// The longest run of a flat image, which has few work-items.
    pub(super) run: u32,
}

/// For NVIDIA's GPUs. On one H200, in copies of an f32 image: Sobel takes 1.63 with four planes of straight code, 1.95 with two, 1.73 with two lines of two
/// planes, 1.73 in groups of 8 × 16; with 152 registers instead of 128 it took 1.84. Local maxima of 3×3×3 take 1.25, 1.49 with two planes. The Laplace
/// operator of six neighbours takes 1.14 with two lines of two planes, 1.16 with one line, 1.29 in groups of 8 × 16. Mean and variance of 5×5 in planes take 3.2
/// with two planes of straight code, and 6.3 with four, whose 160 voxels are more than the registers hold. A flat image of 2048² takes 10 µs by Sobel in runs of 8 or 16 rows, 14 in runs of 32.
pub(super) const NVIDIA: StencilTuning = StencilTuning {
    strip: 4,
    rows: 1,
    few_rows: 2,
    registers: 112,
    voxels: 64,
    group: [32, 4],
    narrow: [8, 16],
    run: 16,
};
/// For GPUs of which nothing is known: fewer registers per work-item.
pub(super) const ANY_GPU: StencilTuning = StencilTuning {
    strip: 1,
    rows: 1,
    few_rows: 1,
    registers: 64,
    voxels: 64,
    group: [32, 2],
    narrow: [8, 8],
    run: 16,
};
/// For OpenCL on processors: neighbouring work-items are the lanes of a vector there, which would read every fourth voxel.
pub(super) const PROCESSOR: StencilTuning = StencilTuning { strip: 0, ..ANY_GPU };

/// The kernel that marches, if the operation has it and it suits the launch.
pub(super) fn choice(
    launch: &Launch<'_>,
    plan: &Plan,
    device: &DeviceDescription,
    tuning: &StencilTuning,
) -> Option<Choice> {
    /// Unrolled taps of all voxels of a round together: more would not fit the instruction cache beside what is done with them.
    const MOST_TAPS: usize = 512;
    let op = &launch.op.ir;
    let Items::Stencil(around) = plan.kernel(Role::Stencil)?.items else { return None };
    if tuning.strip == 0 {
        return None;
    }
    // Where voxels are held as f32, because NaN stands for none, that has to be all of them.
    let exact = !matches!(launch.pixel, DType::U32 | DType::I32);
    if around.as_numbers && uses_pixel(op) && !exact {
        return None;
    }
    let geometry = &launch.geometry;
    // What windows reach on both sides together.
    let sides = [0, 1, 2].map(|axis| {
        let radius = launch.windows.iter().map(|chords| chords.radius[axis]).max().unwrap_or(0);
        match geometry.global[axis] {
            1 => 0,
            _ => around.before[axis].max(radius) + around.after[axis].max(radius),
        }
    });
    let flat = flat(launch);
    let voxels = (4 + sides[0]) * (1 + sides[1]) * (1 + sides[2]) * op.inputs.len() as u32;
    // Without neighbours there is nothing to hold.
    if voxels > tuning.voxels || sides == [0; 3] {
        return None;
    }
    let windows: usize = launch.windows.iter().map(|chords| chords.count()).sum();
    let taps = windows.max(around.taps as usize);
    // Of few voxels planes share nothing but what they read.
    let few = taps <= 9;
    let most = if few { tuning.strip.min(2) } else { tuning.strip };
    let [_, across, march] = if flat & 4 != 0 { [sides[0], 0, sides[1]] } else { sides };
    let rows = match few && across > 0 && !around.asks_inside {
        _ if flat & 4 != 0 || geometry.extent[1] < 2 => 1,
        true => tuning.few_rows,
        false => tuning.rows,
    };
    let bodies = if around.asks_inside { 2 * rows } else { rows };
    let held = |strip: u32| (4 + sides[0]) * (rows + across) * (march + strip) * op.inputs.len() as u32;
    let fits = |strip: u32| {
        let unrolled = 4 * (strip * bodies) as usize * taps;
        unrolled <= MOST_TAPS && strip as usize <= along(launch) && (strip == 1 || held(strip) <= tuning.registers)
    };
    let strip = std::iter::successors(Some(most), |&strip| (strip > 1).then_some(strip / 2)).find(|&s| fits(s))?;
    // In narrow groups fewer work-items wait for those at the end of a row, which ask what lies in the image.
    let [mut group, mut lines] = if around.asks_inside { tuning.narrow } else { tuning.group };
    let most = device.max_work_group.min(STENCIL_GROUP) as u32;
    while group * lines > most && lines > 1 {
        lines /= 2;
    }
    while group * lines > most && group > 1 {
        group /= 2;
    }
    // Rows of the source and of the region begin where a vector may.
    let starts = geometry.origin[0].wrapping_sub(geometry.source[0]);
    let vectors = [geometry.extent[0], geometry.source_extent[0], starts].iter().all(|count| count % 4 == 0);
    let reach = (sides[if flat & 4 != 0 { 1 } else { 2 }] / 2) as i32;
    let plain = Choice::plain(Role::Stencil);
    Some(Choice { strip, rows, reach, group, group_rows: lines, flat, vectors, known: true, run: tuning.run, ..plain })
}

/// The march is along y where there are no planes.
fn marches_along_y(choice_flat: u8) -> bool {
    choice_flat & 4 != 0
}

/// Extent along the march.
fn along(launch: &Launch<'_>) -> usize {
    launch.geometry.extent[if marches_along_y(flat(launch)) { 1 } else { 2 }]
}

/// Lines of work-items across the march.
fn across(launch: &Launch<'_>, choice: &Choice) -> usize {
    if marches_along_y(choice.flat) { 1 } else { launch.geometry.extent[1].div_ceil(choice.rows as usize) }
}

/// Work-items of a group.
pub(super) fn group(choice: &Choice) -> [usize; 3] {
    [choice.group as usize, choice.group_rows as usize, 1]
}

/// All work-items; kernels stride beyond what is clamped.
pub(super) fn items(launch: &Launch<'_>, choice: &Choice, chunk: usize, most_groups: usize) -> [usize; 3] {
    let (x, batch) = (launch.geometry.extent[0].div_ceil(4), launch.geometry.batch);
    let parts = along(launch).div_ceil(chunk);
    let [_, lines, _] = group(choice);
    let [y, z] = if marches_along_y(choice.flat) { [parts, batch] } else { [across(launch, choice), parts * batch] };
    [x, y.min(most_groups * lines), z.min(most_groups)]
}

/// How many voxels along the march a work-item computes. Each run reads what its first windows look back to once more, but the last groups
/// leave most of the device idle.
pub(super) fn chunk(launch: &Launch<'_>, choice: &Choice, device: &DeviceDescription) -> usize {
    /// Work-items of a compute unit at a time: as many as 128 registers each leave room for on an NVIDIA H200.
    const RESIDENT: usize = 512;
    /// Longer runs save nothing.
    const LONGEST: usize = 128;
    let along = along(launch).max(1);
    let lines = launch.geometry.extent[0].div_ceil(4) * across(launch, choice) * launch.geometry.batch;
    let resident = (RESIDENT * device.compute_units.max(1) as usize).div_ceil(lines.max(1));
    let longest = if marches_along_y(choice.flat) { choice.run as usize } else { LONGEST };
    // Twice as many as run at a time, where the image has so many.
    let strip = choice.strip.max(1) as usize;
    let shortest = (4 * choice.reach.max(0) as usize).max(strip).max(4);
    along.div_ceil(2 * resident.max(1)).clamp(shortest, longest.max(shortest)).next_multiple_of(strip).min(along)
}
