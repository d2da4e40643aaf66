//! Which kernel of a plan a launch takes on a device, and the sizes that the plan leaves open: one table row per kind of device.
//!
//! Input: a launch and the device's description. Output: a [`Choice`]. Invariant: every choice computes the same bits; a choice asks for no
//! more shared memory or work-items per group than the device has, and falls back to the kernel of one work-item per voxel.

use kernwerk_codegen::analysis::{footprint, halo, median_windows, returns_early};
use kernwerk_codegen::ir::{Access, Axis, Class, Reducer, Type};
use kernwerk_codegen::plan::{Items, LineReduction, Plan, ROW_TILE, Role, counts, line_reduction, uses_pixel};

use super::super::driver::DeviceDescription;
use super::super::launch::{Geometry, Launch};
use super::extremum::{self, ExtremumTuning};
use super::selecting::{self, Keys, SelectionTuning};
use super::stencil::{self, StencilTuning};
use super::under::{self, UnderTuning};

/// The sizes of a kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tuning {
    /// Vectors of four voxels per work-item of a pointwise kernel; 0: one work-item per voxel.
    quads: u32,
    /// Results per work-item of a pass along y or z.
    columns: u32,
    /// The same for sums, of which each tap is a multiply-add for all results.
    columns_sums: u32,
    /// The largest radius of a line along y or z whose loops are unrolled.
    unrolled: u32,
    /// The same for sums, along any axis: their weights are operands of the multiply-adds then, and need no loads.
    unrolled_sums: u32,
    /// The most voxels of a window whose loops are unrolled.
    window: u32,
    /// Whether loops over a window that may return early are never unrolled: straight code of them goes on to its end.
    stops: bool,
    /// Whether passes along x stage rows in shared memory; on processors that is one more copy.
    rows: bool,
    /// The largest radius of three passes that are one launch; -1: none are.
    volume: i32,
    /// The same for minimum and maximum, of which a work-item needs fewer registers beside its results.
    volume_extremum: i32,
    /// The same for minimum and maximum of voxels of less than four bytes, of which too few are on their way.
    volume_small: i32,
    /// Rows of 32 work-items of the groups of such a launch that share what the pass along x makes.
    volume_rows: u32,
    /// The same for minimum and maximum, which hold less in registers, so that more groups are there at a time.
    volume_rows_extremum: u32,
    /// The largest radius of three passes that are one launch on words of small voxels; at most 2; -1: none are.
    lanes: i32,
    /// Whether passes along an axis compare small voxels in words, too.
    words: bool,
    /// The largest radius along x and y of passes that are one launch; -1: none are.
    both: i32,
    /// The same for sums without weights, of which the passes by themselves take less.
    both_sums: i32,
    /// The largest radius of a pass that marches; -1: none does.
    march: i32,
    /// The same for minimum and maximum, of which longer windows share more.
    march_extremum: i32,
    /// Columns per work-item of a marching pass, at most: 1, 2 or 4.
    march_columns: u32,
    /// Results that such a work-item holds in registers, at most, where it has several columns.
    march_slots: u32,
    /// The largest radius of a pass along x whose loops are unrolled.
    unrolled_rows: u32,
    /// Of kernels that select from windows.
    selection: SelectionTuning,
    /// Of kernels that take the minimum or maximum of a window.
    extremum: ExtremumTuning,
    /// Of kernels that march with small windows in registers.
    stencil: StencilTuning,
    /// Of kernels that compute runs of voxels under an image.
    pub(super) under: UnderTuning,
    /// Voxels along z per work-item of a neighborhood kernel, as far as its unrolled loops allow; 0: a work-item has a row.
    planes: u32,
    /// Counters of a group in shared memory.
    counters: u32,
    /// Whether kernels are compiled for the values of their specialized parameters.
    specialized: bool,
    /// Voxels that a work-item of a reduction or scan reads before it takes in the first; divides the side of a tile.
    ahead: u32,
}

/// For NVIDIA's GPUs. Four vectors of 16 bytes on their way per work-item, 2048 work-items per multiprocessor: more than the 11 KB that
/// cover the latency of an H200's memory. Eight results per work-item: (8 + 2r) / 8 loads each, 16 registers of values and sums. Radius 16
/// unrolled is 264 multiply-adds: the instruction cache still holds it. A sphere of radius 3 has 123 voxels, a box of radius 2 has 125; eight
/// planes share most of the loads of a 3×3×3 window. Three passes at once hold 16 · (2r + 2) results in registers: 253 of 255 at radius 4;
/// they take 1.7 copies for a Gaussian of radius 4 and 1.5 for a mean of radius 2, where two launches take 2.7 and 2.5. A maximum of radius 2
/// takes 1.28 with groups of three rows, 1.37 with four and 1.26 with six, which leave a small image too few groups; two launches take 3.3. Of
/// voxels of one byte a plane of their tiles is too little to hide the latency of memory: 6.7 copies for an erosion, against 5.7; four voxels in a
/// word take 2.6 at radius 1; at radius 2 a work-item has 220 registers. Passes
/// along x and y at once hold 4 · (2r + 2) results in registers: 157 of 255 at radius 12; a mean of radius 10 takes 4.3 copies with them and
/// 3.5 by three passes. A marching pass holds 2r + 2 for each column: four columns up to radius 10, two up to 21, each with the voxels of two
/// rounds and addresses. A Gaussian of radius 20 takes 4.5 copies with two columns and 5.1 with one. 24 is where unrolled rows of comparisons are four
/// times 49. Sums are unrolled up to radius 96, where a text takes a second to compile: a Gaussian of radius 80 takes 15.6 copies then, and 19 with
/// loops; 16 results per work-item miss the instruction cache and take 16.1. A top-hat of radius 5 takes 6.0 copies by two launches of groups of four
/// rows, 6.7 of two, 8.1 of three, and 9.1 by four launches.
/// A multiprocessor hides the latency of memory with some 32 KiB on their way (4.8 TB/s · 0.8 µs / 132): eight voxels of 4 bytes ahead are that
/// for 1024 work-items.
/// 8320 counters are 32 copies of 256 and a few more, one for each bank of shared memory; four groups of 512 work-items with so many fill
/// 130 KiB of the 228 of a multiprocessor.
const NVIDIA: Tuning = Tuning {
    quads: 4,
    columns: 8,
    columns_sums: 8,
    unrolled: 16,
    unrolled_sums: 96,
    window: 130,
    stops: false,
    planes: 8,
    rows: true,
    volume: 4,
    volume_extremum: 5,
    volume_small: -1,
    volume_rows: 4,
    volume_rows_extremum: 3,
    lanes: 2,
    words: true,
    both: 12,
    both_sums: 8,
    march: 20,
    march_extremum: 4,
    march_columns: 4,
    march_slots: 90,
    unrolled_rows: 24,
    counters: 8320,
    specialized: true,
    ahead: 8,
    selection: selecting::NVIDIA,
    extremum: extremum::NVIDIA,
    stencil: stencil::NVIDIA,
    under: under::NVIDIA,
};
/// For GPUs of which nothing is known: fewer registers per work-item.
const ANY_GPU: Tuning = Tuning {
    quads: 2,
    columns: 4,
    columns_sums: 4,
    unrolled: 8,
    unrolled_sums: 8,
    window: 27,
    stops: false,
    planes: 2,
    rows: true,
    volume: 2,
    volume_extremum: 2,
    volume_small: -1,
    volume_rows: 4,
    volume_rows_extremum: 3,
    lanes: 1,
    words: true,
    both: 4,
    both_sums: 4,
    march: 8,
    march_extremum: 2,
    march_columns: 2,
    march_slots: 36,
    unrolled_rows: 8,
    counters: 4096,
    specialized: true,
    ahead: 4,
    selection: selecting::ANY_GPU,
    extremum: extremum::ANY_GPU,
    stencil: stencil::ANY_GPU,
    under: under::ANY_GPU,
};
/// For OpenCL on processors: a work-group is a loop over vectors of its items, and long unrolled bodies only cost compile time. Vectors in a
/// work-item are in the way of that: an image times a number takes 115 ms with them and 1.1 ms without (PoCL 3.1, 2-core AMD EPYC). Local maxima of
/// 3×3×3 take 52 ms by the table, where they stop early, and 156 ms to the end of straight code (64×256×256 on a 2-core Xeon). No rows in
/// shared memory: it is the same memory, and PoCL 5.0 stops the program at the barriers of that kernel.
const PROCESSOR: Tuning = Tuning {
    quads: 0,
    columns: 4,
    columns_sums: 4,
    unrolled: 2,
    unrolled_sums: 2,
    window: 27,
    stops: true,
    planes: 0,
    rows: false,
    volume: -1,
    volume_extremum: -1,
    volume_small: -1,
    volume_rows: 4,
    volume_rows_extremum: 3,
    lanes: -1,
    words: false,
    both: -1,
    both_sums: -1,
    march: -1,
    march_extremum: -1,
    march_columns: 1,
    march_slots: 0,
    unrolled_rows: 2,
    counters: 2048,
    specialized: false,
    ahead: 1,
    selection: selecting::PROCESSOR,
    extremum: extremum::PROCESSOR,
    stencil: stencil::PROCESSOR,
    under: under::PROCESSOR,
};

impl Tuning {
    /// The row of a device. `KERNWERK_TUNING=columns=16,quads=2` sets sizes by hand, for experiments.
    pub(super) fn of(device: &DeviceDescription) -> Tuning {
        let mut tuning = match device {
            device if !device.is_gpu => PROCESSOR,
            device if device.backend == "cuda" || device.name.contains("NVIDIA") => NVIDIA,
            _ => ANY_GPU,
        };
        for setting in std::env::var("KERNWERK_TUNING").unwrap_or_default().split(',') {
            let Some((name, Ok(value))) = setting.split_once('=').map(|(name, value)| (name, value.parse())) else {
                continue;
            };
            match name {
                "quads" => tuning.quads = u32::min(value, 16),
                "columns" => tuning.columns = u32::clamp(value, 2, 32),
                "columns_sums" => tuning.columns_sums = u32::clamp(value, 2, 32),
                "ahead" => tuning.ahead = [1, 2, 4, 8, 16, 32][(value.max(1).ilog2() as usize).min(5)],
                "specialized" => tuning.specialized = value > 0,
                "counters" => tuning.counters = u32::clamp(value, 32, 12288),
                "unrolled" => tuning.unrolled = value.min(64),
                "unrolled_sums" => tuning.unrolled_sums = value.min(256),
                "rows" => tuning.rows = value > 0,
                "volume" => {
                    tuning.volume = value.min(8) as i32 - 1;
                    tuning.volume_extremum = tuning.volume;
                }
                "volume_small" => tuning.volume_small = value.min(8) as i32 - 1,
                "volume_rows" => {
                    tuning.volume_rows = u32::clamp(value, 1, 8);
                    tuning.volume_rows_extremum = tuning.volume_rows;
                }
                "lanes" => tuning.lanes = value.min(3) as i32 - 1,
                "words" => tuning.words = value > 0,
                "both" => {
                    tuning.both = value.min(64) as i32 - 1;
                    tuning.both_sums = tuning.both;
                }
                "march" => tuning.march = value.min(64) as i32 - 1,
                "march_extremum" => tuning.march_extremum = value.min(64) as i32 - 1,
                "march_columns" => tuning.march_columns = u32::clamp(value, 1, 4).next_power_of_two(),
                "march_slots" => tuning.march_slots = value.min(256),
                "unrolled_rows" => tuning.unrolled_rows = value.min(64),
                "window" => tuning.window = value.min(1024),
                "sphere" => tuning.extremum.radius = value.min(64) as i32 - 1,
                "sphere_rows" => tuning.extremum.rows = u32::clamp(value, 1, 4),
                "sphere_slots" => tuning.extremum.slots = value.min(256),
                "sphere_group" => tuning.extremum.group[0] = u32::clamp(value, 4, 32).next_power_of_two(),
                "sphere_group_rows" => tuning.extremum.group[1] = u32::clamp(value, 1, 32).next_power_of_two(),
                "stencil" => tuning.stencil.strip = value.min(8),
                "stencil_rows" => {
                    tuning.stencil.rows = u32::clamp(value, 1, 4);
                    tuning.stencil.few_rows = tuning.stencil.rows;
                }
                "stencil_group" => tuning.stencil.group[0] = u32::clamp(value, 4, 128).next_power_of_two(),
                "stencil_group_rows" => tuning.stencil.group[1] = u32::clamp(value, 1, 32).next_power_of_two(),
                "stencil_voxels" => tuning.stencil.voxels = value.min(1024),
                "stencil_run" => tuning.stencil.run = value.max(1),
                "under" => tuning.under.voxels = value.min(256),
                "under_rows" => tuning.under.rows = u32::clamp(value, 1, 16),
                "under_march" => tuning.under.march = value.min(1024),
                "under_slots" => tuning.under.slots = value.min(256),
                "planes" => tuning.planes = value.min(16),
                _ => {}
            }
        }
        tuning
    }

    /// Vectors of four voxels per work-item of a chain that reads so many images: as many on their way as two images would have.
    pub(super) fn chain_quads(&self, images: usize) -> u32 {
        (2 * self.quads / images.max(1) as u32).clamp(1, self.quads.max(1))
    }
}

/// The kernel that a launch takes, and its sizes; 0 where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Choice {
    /// The kernel.
    pub(super) role: Role,
    /// [`Strip`](kernwerk_codegen::plan::Definition::Strip).
    pub(super) strip: u32,
    /// [`Reach`](kernwerk_codegen::plan::Definition::Reach).
    pub(super) reach: i32,
    /// [`ReachY`](kernwerk_codegen::plan::Definition::ReachY).
    pub(super) reach_y: i32,
    /// [`ReachZ`](kernwerk_codegen::plan::Definition::ReachZ).
    pub(super) reach_z: i32,
    /// [`Flat`](kernwerk_codegen::plan::Definition::Flat).
    pub(super) flat: u8,
    /// [`Room`](kernwerk_codegen::plan::Definition::Room).
    pub(super) room: u32,
    /// [`WindowKnown`](kernwerk_codegen::plan::Definition::WindowKnown), for all windows with a shape.
    pub(super) known: bool,
    /// [`Group`](kernwerk_codegen::plan::Definition::Group).
    pub(super) group: u32,
    /// [`Rows`](kernwerk_codegen::plan::Definition::Rows).
    pub(super) rows: u32,
    /// Work-items of a group across the march, where `rows` are those of a work-item.
    pub(super) group_rows: u32,
    /// The longest run of a march, where the plan leaves that to the table.
    pub(super) run: u32,
    /// [`Keys`](kernwerk_codegen::plan::Definition::Keys).
    pub(super) keys: Option<Keys>,
    /// [`Vectors`](kernwerk_codegen::plan::Definition::Vectors).
    pub(super) vectors: bool,
    /// Whether [`Param`](kernwerk_codegen::plan::Definition::Param)s are definitions.
    pub(super) specialized: bool,
    /// [`UnderX`](kernwerk_codegen::plan::Definition::UnderX), [`UnderY`](kernwerk_codegen::plan::Definition::UnderY) and
    /// [`UnderZ`](kernwerk_codegen::plan::Definition::UnderZ).
    pub(super) under: [u32; 3],
}

impl Choice {
    pub(super) fn plain(role: Role) -> Choice {
        Choice {
            role,
            strip: 0,
            reach: -1,
            reach_y: -1,
            reach_z: -1,
            flat: 0,
            room: 0,
            known: false,
            group: 0,
            rows: 0,
            group_rows: 0,
            run: 0,
            keys: None,
            vectors: false,
            specialized: false,
            under: [0; 3],
        }
    }

    /// The best kernel for a launch.
    pub(super) fn of(launch: &Launch<'_>, plan: &Plan, device: &DeviceDescription, tuning: &Tuning) -> Choice {
        let plain = Choice::plain(launch.role);
        let op = &launch.op.ir;
        // Values of 64 bits have keys of 64 bits, and take twice the registers.
        if wide(launch) {
            match op.class {
                Class::Neighborhood => return neighborhood_choice(launch, tuning),
                Class::Separable => return plain,
                _ => {}
            }
        }
        match (op.class, launch.role) {
            (Class::Pointwise, Role::Whole) if tuning.quads > 0 && plan.kernel(Role::Quads).is_some() => {
                Choice { role: Role::Quads, strip: tuning.quads, ..plain }
            }
            (Class::Neighborhood, Role::Whole) => selecting::choice(launch, device, &tuning.selection)
                .or_else(|| extremum::choice(launch, device, &tuning.extremum))
                .or_else(|| stencil::choice(launch, plan, device, &tuning.stencil))
                .unwrap_or_else(|| neighborhood_choice(launch, tuning)),
            (Class::Separable, Role::Volume) => line_reduction(op)
                .and_then(|line| {
                    lanes_choice(launch, line, plan, tuning).or_else(|| volume_choice(launch, line, tuning))
                })
                .unwrap_or(plain),
            (Class::Separable, Role::Planes) => match line_reduction(op).and_then(|line| planes_radii(launch, line)) {
                Some([x, y]) => Choice {
                    reach: x as i32,
                    reach_y: y as i32,
                    room: x.next_multiple_of(4),
                    ..Choice::plain(Role::Planes)
                },
                None => plain,
            },
            (Class::Grid, Role::Whole) if counts(op) => {
                let room = tuning.counters.min((device.local_memory / size_of::<u32>()) as u32);
                // Each tally has an equal share.
                let inputs = || op.inputs.iter().zip(launch.inputs).filter(|(input, _)| input.access == Access::Tally);
                let longest =
                    inputs().map(|(_, counters)| counters.memory.size() / size_of::<u32>()).max().unwrap_or(0);
                let fits = longest * inputs().count() <= room as usize;
                Choice { strip: tuning.quads.max(1), room: if fits { room } else { 0 }, ..plain }
            }
            (Class::Grid, Role::Whole) => Choice { specialized: tuning.specialized, ..plain },
            (Class::Gather, Role::Whole) if plan.kernels[0].items == Items::Under => {
                under::choice(launch, plan, tuning)
            }
            (Class::Scan, _) => Choice { strip: scan_ahead(launch, device, tuning), ..plain },
            (Class::Reduction, _) => Choice { strip: tuning.ahead, ..plain },
            (Class::Separable, Role::Pass) => {
                line_reduction(op).and_then(|line| line_choice(launch, line, plan, device, tuning)).unwrap_or(plain)
            }
            _ => plain,
        }
    }
}

/// Voxels that the work-item of a line reads ahead: twice as many where there are too few lines to fill the device. Sums along y of 2048×2048 take 91 µs
/// with 16 on one NVIDIA H200, and 146 with 8; those along z of 512×1024×1024 1.18 copies with 16, and 1.14 with 8.
fn scan_ahead(launch: &Launch<'_>, device: &DeviceDescription, tuning: &Tuning) -> u32 {
    /// Work-items of a compute unit that hide the latency of memory with eight voxels each.
    const ENOUGH: usize = 1024;
    /// Two lists of so many voxels fit the registers of a work-item.
    const MOST: u32 = 16;
    let geometry = &launch.geometry;
    let lines = geometry.voxels() / geometry.extent[launch.axis.index()].max(1);
    let few = lines < device.compute_units as usize * ENOUGH;
    // A processor goes on one by one.
    if few && tuning.ahead > 1 { (2 * tuning.ahead).min(MOST).max(tuning.ahead) } else { tuning.ahead }
}

fn line_choice(
    launch: &Launch<'_>,
    line: LineReduction,
    plan: &Plan,
    device: &DeviceDescription,
    tuning: &Tuning,
) -> Option<Choice> {
    let reach = radius(launch, line, launch.axis)?;
    let unrolled = match launch.axis {
        _ if !line.is_extremum() => reach <= tuning.unrolled_sums,
        Axis::X => reach <= tuning.unrolled_rows,
        _ => reach <= tuning.unrolled,
    };
    let known = if unrolled { reach as i32 } else { -1 };
    if launch.axis == Axis::X && reach <= tuning.unrolled_rows && tuning.words && in_words(launch, plan) {
        return Some(Choice { reach: reach as i32, ..Choice::plain(Role::WordRows) });
    }
    if launch.axis != Axis::X {
        if tuning.words && in_words(launch, plan) {
            let known = if reach <= tuning.unrolled { reach as i32 } else { -1 };
            let fits = known >= 0 || 2 * reach + 1 >= tuning.columns;
            return fits.then_some(Choice { strip: tuning.columns, reach: known, ..Choice::plain(Role::Words) });
        }
        let most = if line.is_extremum() { tuning.march_extremum } else { tuning.march };
        if reach as i32 <= most {
            let mut strip = tuning.march_columns;
            while strip > 1 && strip * (2 * reach + 2) > tuning.march_slots {
                strip /= 2;
            }
            return Some(Choice { strip, reach: reach as i32, ..Choice::plain(Role::March) });
        }
        // What all windows of a strip share begins where the last one does.
        let strip = if line.is_extremum() { tuning.columns } else { tuning.columns_sums };
        let fits = unrolled || 2 * reach + 1 >= strip;
        return fits.then_some(Choice { strip, reach: known, ..Choice::plain(Role::Columns) });
    }
    // Doublings, so that few programs serve all radii.
    let room = if unrolled { reach.next_multiple_of(4) } else { reach.next_power_of_two() };
    // Two rows each where the radius is known.
    let rows = if unrolled { 16 } else { 8 };
    let bytes = rows * (ROW_TILE + 2 * room as usize + 4) * size_of::<u32>();
    (tuning.rows && bytes <= device.local_memory && device.max_work_group >= 32).then_some(Choice {
        reach: known,
        room,
        ..Choice::plain(Role::Rows)
    })
}

fn neighborhood_choice(launch: &Launch<'_>, tuning: &Tuning) -> Choice {
    /// Unrolled taps of all voxels of a run together: more would not fit the instruction cache beside what is done with them.
    const MOST_TAPS: usize = 512;
    let op = &launch.op.ir;
    let voxels: usize = launch.windows.iter().map(|chords| chords.count()).sum();
    let median = median_windows(op).next().is_some();
    // Up to 32 voxels the text sorts an array of that size, whatever the device.
    let most = if median { 32 } else { tuning.window as usize };
    let known = voxels <= most && !(tuning.stops && returns_early(op));
    let halo = halo(op);
    let deep = launch.geometry.extent[2] > 1 && !halo.unbounded && !median;
    let taps = voxels + footprint(op).offsets.len();
    let fits = |planes: &u32| deep && known && *planes as usize * taps <= MOST_TAPS;
    if tuning.planes == 0 {
        // Where every voxel asks for each neighbour whether it lies outside, rows are no faster.
        let strip = u32::from(halo.unbounded);
        return Choice { strip, known, flat: flat(launch), ..Choice::plain(Role::Whole) };
    }
    let planes = std::iter::successors(Some(tuning.planes), |&planes| (planes > 1).then_some(planes / 2));
    let strip = planes.into_iter().find(|planes| *planes == 1 || fits(planes)).unwrap_or(1);
    Choice { strip, known, flat: flat(launch), ..Choice::plain(Role::Whole) }
}

/// Whether the operation computes in a type of 64 bits.
fn wide(launch: &Launch<'_>) -> bool {
    uses_pixel(&launch.op.ir) && launch.pixel.size() == 8
}

/// [`Flat`](kernwerk_codegen::plan::Definition::Flat).
pub(super) fn flat(launch: &Launch<'_>) -> u8 {
    (0..3).filter(|&axis| launch.geometry.global[axis] == 1).map(|axis| 1 << axis).sum()
}

/// The radius of a line along an axis.
fn radius(launch: &Launch<'_>, line: LineReduction, axis: Axis) -> Option<u32> {
    let number = usize::from(line.window);
    Some(match launch.op.ir.windows.is_empty() {
        true => launch.weights.get(number)?.get(axis).len() as u32 / 2,
        false => launch.windows.get(number)?.radius[axis.index()],
    })
}

fn planes_radii(launch: &Launch<'_>, line: LineReduction) -> Option<[u32; 2]> {
    Some([radius(launch, line, Axis::X)?, radius(launch, line, Axis::Y)?])
}

fn volume_choice(launch: &Launch<'_>, line: LineReduction, tuning: &Tuning) -> Option<Choice> {
    let reach = |axis| radius(launch, line, axis).map(|reach| reach as i32);
    let [x, y, z] = [reach(Axis::X)?, reach(Axis::Y)?, reach(Axis::Z)?];
    // Of larger radii registers bound the work-items at a time, of which four rows fit most.
    let small = x.max(y).max(z) < 3;
    let rows = if line.is_extremum() && small { tuning.volume_rows_extremum } else { tuning.volume_rows };
    Some(Choice { reach: x, reach_y: y, reach_z: z, rows, ..Choice::plain(Role::Volume) })
}

/// Whether voxels can be compared several in a word: small integers of whole images whose rows are whole words.
fn in_words(launch: &Launch<'_>, plan: &Plan) -> bool {
    let Geometry { global, origin, extent, source, source_extent, .. } = launch.geometry;
    let size = launch.pixel.size();
    let mut images = launch.inputs.iter().chain(launch.outputs);
    let whole = origin == [0; 3] && source == [0; 3] && extent == global && source_extent == global;
    plan.kernel(Role::Words).is_some()
        && launch.fused.is_none()
        && launch.pixel.is_integer()
        && size < size_of::<u32>()
        && images.all(|image| image.dtype == launch.pixel)
        && whole
        && (extent[0] * size).is_multiple_of(size_of::<u32>())
}

/// Three passes at once on words of voxels.
fn lanes_choice(launch: &Launch<'_>, line: LineReduction, plan: &Plan, tuning: &Tuning) -> Option<Choice> {
    let choice = volume_choice(launch, line, tuning)?;
    let reach = choice.reach.max(choice.reach_y).max(choice.reach_z);
    // With a halo of more planes more rows share what they have in common.
    let strip = if reach <= 1 { 2 } else { 4 };
    (in_words(launch, plan) && reach <= tuning.lanes).then_some(Choice { role: Role::Lanes, strip, rows: 0, ..choice })
}

/// Whether all three passes are one launch.
pub(super) fn takes_volume(launch: &Launch<'_>, plan: &Plan, device: &DeviceDescription, tuning: &Tuning) -> bool {
    let line = line_reduction(&launch.op.ir).filter(|line| matches!(line.ty, Type::F32 | Type::Pixel) && !wide(launch));
    if line.and_then(|line| lanes_choice(launch, line, plan, tuning)).is_some() {
        return true;
    }
    let Some(choice) = line.and_then(|line| volume_choice(launch, line, tuning)) else {
        return false;
    };
    let Choice { reach, reach_y, reach_z, rows, .. } = choice;
    // A table of offsets, the rows with their halo, and twice what the pass along x makes of them, at four bytes per voxel.
    let lines = 4 * rows as usize + 2 * reach_y as usize;
    let quads = 32 + lines * (32 + 2 * (reach as usize).div_ceil(4)) + 2 * lines * 32;
    let most = match line.is_some_and(|line| line.is_extremum()) {
        true if launch.inputs.iter().any(|input| input.dtype.size() < 4) => tuning.volume_small,
        true => tuning.volume_extremum,
        false => tuning.volume,
    };
    reach.max(reach_y).max(reach_z) <= most
        && device.max_work_group >= 32 * rows as usize
        && quads * size_of::<[u32; 4]>() <= device.local_memory
}

/// Whether the passes along x and y are one launch.
pub(super) fn takes_planes(launch: &Launch<'_>, plan: &Plan, device: &DeviceDescription, tuning: &Tuning) -> bool {
    let Some(line) =
        line_reduction(&launch.op.ir).filter(|line| matches!(line.ty, Type::F32 | Type::Pixel) && !wide(launch))
    else {
        return false;
    };
    if tuning.words && in_words(launch, plan) {
        return false;
    }
    let most = if line.reducer == Reducer::Sum { tuning.both_sums } else { tuning.both };
    let fits = |[x, y]: [u32; 2]| x.max(y) as i32 <= most;
    device.max_work_group >= 32 && planes_radii(launch, line).is_some_and(fits)
}
