//! How many voxels a work-item of a loop under a kernel computes, and which kernels are definitions.
//!
//! Input: a launch and the device's table. Output: a [`Choice`]. Invariant: extents that are definitions are those of the kernel as it lies.

use kernwerk_codegen::analysis::one_kernel;
use kernwerk_codegen::ir::Expr;

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
}

/// For NVIDIA's GPUs. Eight rows: of a plane of 5×5 a voxel takes 60 / 8 loads of neighbours and 25 / 8 of weights, where one by one it takes 50. With
/// 40 registers of neighbours and eight of results, 128 are enough for the rest. 49 voxels are 392 multiply-adds of straight code.
pub(super) const NVIDIA: UnderTuning = UnderTuning { rows: 8, voxels: 49, registers: 48 };
/// For GPUs of which nothing is known.
pub(super) const ANY_GPU: UnderTuning = UnderTuning { rows: 4, voxels: 25, registers: 24 };
/// For OpenCL on processors, where the caches do as well.
pub(super) const PROCESSOR: UnderTuning = UnderTuning { rows: 4, voxels: 0, registers: 48 };

pub(super) fn choice(launch: &Launch<'_>, tuning: &Tuning) -> Choice {
    let plain = Choice::plain(launch.role);
    let UnderTuning { rows, voxels, registers } = tuning.under;
    // Of images of few rows no more than they have.
    let height = u32::try_from(launch.geometry.extent[1]).unwrap_or(u32::MAX);
    let most = rows.min(height.checked_next_power_of_two().unwrap_or(rows));
    let Some([x, y]) = kernel(launch).filter(|[x, y]| x * y <= voxels as usize) else {
        return Choice { strip: most, ..plain };
    };
    let size = launch.inputs.iter().map(|input| input.dtype.size().div_ceil(4)).max().unwrap_or(1);
    let fit = (registers as usize / (x * size)) as u32;
    match fit.min(most) {
        strip @ 2.. => Choice { strip: 1 << strip.ilog2(), under: [x as u32, y as u32], ..plain },
        // In a picture of one row nothing is shared but the columns.
        _ => Choice { strip: most, ..plain },
    }
}

/// Extents of the kernel along x and y of the image, where all loops have the same.
fn kernel(launch: &Launch<'_>) -> Option<[usize; 2]> {
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
    Some([extent[0], extent[1]])
}
