//! How many voxels a work-item of a loop under a kernel computes, and which kernels are definitions.
//!
//! Input: a launch and the device's table. Output: a [`Choice`]. Invariant: extents that are definitions are those of the kernel as it lies.

use kernwerk_codegen::analysis::one_kernel;
use kernwerk_codegen::ir::Expr;
use kernwerk_codegen::plan::{Plan, Role};

use super::super::driver::DeviceDescription;
use super::super::launch::Launch;
use super::tuning::{Choice, Tuning};

/// The sizes of a kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnderTuning {
    /// Voxels along y that a work-item computes.
    pub(super) rows: u32,
    /// The most voxels of a plane of a kernel whose loops are unrolled, so that neighbours stay in registers; 0: no loops are.
    pub(super) voxels: u32,
    /// The most registers of 32 bits for neighbours.
    registers: u32,
    /// The most voxels of a kernel of several planes under which results march; 0: none do.
    pub(super) march: u32,
    /// The most registers of such a march, for neighbours, results and the places of rows.
    pub(super) slots: u32,
}

/// For NVIDIA's GPUs. Eight rows: of a plane of 5×5 a voxel takes 60 / 8 loads of neighbours and 25 / 8 of weights, where one by one it takes 50. With
/// 40 registers of neighbours and eight of results, 128 are enough for the rest. 49 voxels are 392 multiply-adds of straight code.
/// A march holds a result for each plane of the kernel: with eight rows of a kernel of 5×5×5 a plane takes 60 loads of neighbours and 35 of four voxels
/// of the kernel each, for 1000 multiply-adds, and 4.1 copies in all; four rows take 4.9, and 16 rows 3.9, but 1.9 instead of 1.7 for 3×3×3 and 6.7 instead
/// of 5.5 for a footprint. 343 voxels are 1372 multiply-adds for four rows.
pub(super) const NVIDIA: UnderTuning = UnderTuning { rows: 8, voxels: 49, registers: 48, march: 343, slots: 100 };
/// For GPUs of which nothing is known.
pub(super) const ANY_GPU: UnderTuning = UnderTuning { rows: 4, voxels: 25, registers: 24, march: 27, slots: 40 };
/// For OpenCL on processors, where the caches do as well.
pub(super) const PROCESSOR: UnderTuning = UnderTuning { rows: 4, voxels: 0, registers: 48, march: 0, slots: 64 };

pub(super) fn choice(launch: &Launch<'_>, plan: &Plan, tuning: &Tuning) -> Choice {
    let plain = Choice::plain(launch.role);
    let UnderTuning { rows, voxels, registers, .. } = tuning.under;
    // Of images of few rows no more than they have.
    let height = u32::try_from(launch.geometry.extent[1]).unwrap_or(u32::MAX);
    let most = rows.min(height.checked_next_power_of_two().unwrap_or(rows));
    let Some(extent @ [x, y, _]) = kernel(launch).filter(|[x, y, _]| x * y <= voxels as usize) else {
        return Choice { strip: most, ..plain };
    };
    if plan.kernel(Role::UnderMarch).is_some()
        && let Some(march) = march(launch, &tuning.under, extent, most)
    {
        return march;
    }
    let size = words(launch);
    let fit = (registers as usize / (x * size)) as u32;
    match fit.min(most) {
        strip @ 2.. => Choice { strip: 1 << strip.ilog2(), under: [x as u32, y as u32, 0], ..plain },
        // In a picture of one row nothing is shared but the columns.
        _ => Choice { strip: most, ..plain },
    }
}

/// Words of the widest element.
fn words(launch: &Launch<'_>) -> usize {
    launch.inputs.iter().map(|input| input.dtype.size().div_ceil(4)).max().unwrap_or(1)
}

/// The march under a kernel, where it has several planes and the image enough of them: each run does the work of `z - 1` results more than it has.
fn march(launch: &Launch<'_>, tuning: &UnderTuning, [x, y, z]: [usize; 3], most: u32) -> Option<Choice> {
    let planes = launch.geometry.extent[2];
    if z < 2 || x * y * z > tuning.march as usize || planes < 2 * z {
        return None;
    }
    let mut strip = 1 << most.ilog2();
    while strip > 1 && slots(launch, [x, y, z], strip) > tuning.slots as usize {
        strip /= 2;
    }
    let fits = slots(launch, [x, y, z], strip) <= tuning.slots as usize;
    let under = [x as u32, y as u32, z as u32];
    fits.then(|| Choice { strip: strip as u32, under, ..Choice::plain(Role::UnderMarch) })
}

/// Registers of a work-item that marches with so many rows.
fn slots(launch: &Launch<'_>, [x, y, z]: [usize; 3], strip: usize) -> usize {
    words(launch) * strip * (x + z) + strip + y - 1 + x
}

/// How many planes a work-item computes: the device runs some groups together, and each run does the work of some results more, so the best is what
/// takes the fewest steps one after the other.
pub(super) fn chunk(launch: &Launch<'_>, choice: &Choice, device: &DeviceDescription) -> usize {
    /// Registers of 32 bits that a multiprocessor has for each work-item of a group, and what a work-item needs beside the slots.
    const REGISTERS: usize = 512;
    const BESIDE: usize = 32;
    let [x, y, z] = launch.geometry.extent;
    let under = choice.under.map(|extent| extent as usize);
    let strip = choice.strip.max(1) as usize;
    let together = (REGISTERS / (slots(launch, under, strip) + BESIDE)).max(1);
    let resident = together * device.compute_units.max(1) as usize;
    let groups = x.div_ceil(32) * y.div_ceil(4 * strip) * launch.geometry.batch;
    let steps = |parts: usize| (groups * parts).div_ceil(resident) * (z.div_ceil(parts) + under[2] - 1);
    let parts = (1..=z.div_ceil(under[2].max(2)).max(1)).min_by_key(|&parts| steps(parts)).unwrap_or(1);
    z.div_ceil(parts).max(1)
}

/// Extents of the kernel along the axes of the image, where all loops have the same.
fn kernel(launch: &Launch<'_>) -> Option<[usize; 3]> {
    let kernel = one_kernel(&launch.op.ir)?;
    let mut extent = match kernel.under {
        0 => launch.geometry.source_extent,
        further => launch.sources.get(usize::from(further) - 1)?.extent,
    };
    let axis = match kernel.turned {
        None => 0,
        Some(Expr::Int { value }) => value,
        Some(Expr::Param { param, axis: None }) => launch.arguments.u32(usize::from(param)).into(),
        Some(_) => return None,
    };
    if let axis @ 1..=2 = axis {
        extent.swap(0, axis as usize);
    }
    Some(extent)
}
