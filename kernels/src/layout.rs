//! Voxels at other places, as they are: flips, transpositions, crops, margins, and blocks of voxels made one.

use kernwerk_runtime::Axis;

use crate::catalogue::family;
use crate::prelude::*;

/// Mirrors an image along any of its axes.
///
/// The same as `numpy.flip`.
///
/// # Names
/// - `numpy.flip`: all axes by default there, x here.
/// - `clesperanto.flip`: all axes by default there, x here; labels above 2²⁴ are rounded there.
#[gpu_op(gather)]
pub fn flip<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = true)] flip_x: bool,
    #[param(default = false)] flip_y: bool,
    #[param(default = false)] flip_z: bool,
) -> T {
    let x = if flip_x { source.extent_x() - 1 - at.x() } else { at.x() };
    let y = if flip_y { source.extent_y() - 1 - at.y() } else { at.y() };
    let z = if flip_z { source.extent_z() - 1 - at.z() } else { at.z() };
    source.at(x, y, z)
}

/// Exchanges rows and columns: what was at (x, y, z) is at (y, x, z).
///
/// The same as `numpy.swapaxes(image, -1, -2)`. So are extents and voxel size exchanged.
///
/// # Names
/// - `numpy.swapaxes`: the same for the axes −1 and −2.
/// - `clesperanto.transpose_xy`: same; labels above 2²⁴ are rounded there.
#[gpu_op(gather, layout = source.exchanged(Axis::X, Axis::Y))]
pub fn transpose_xy<T: Pixel>(source: Sampler<T>, at: Position) -> T {
    source.at(at.y(), at.x(), at.z())
}

/// Exchanges planes and columns: what was at (x, y, z) is at (z, y, x).
///
/// The same as `numpy.swapaxes(image, -1, -3)`. So are extents and voxel size exchanged.
///
/// # Names
/// - `numpy.swapaxes`: the same for the axes −1 and −3.
/// - `clesperanto.transpose_xz`: same; labels above 2²⁴ are rounded there.
#[gpu_op(gather, layout = source.exchanged(Axis::X, Axis::Z))]
pub fn transpose_xz<T: Pixel>(source: Sampler<T>, at: Position) -> T {
    source.at(at.z(), at.y(), at.x())
}

/// Exchanges planes and rows: what was at (x, y, z) is at (x, z, y).
///
/// The same as `numpy.swapaxes(image, -2, -3)`. So are extents and voxel size exchanged.
///
/// # Names
/// - `numpy.swapaxes`: the same for the axes −2 and −3.
/// - `clesperanto.transpose_yz`: same; labels above 2²⁴ are rounded there.
#[gpu_op(gather, layout = source.exchanged(Axis::Y, Axis::Z))]
pub fn transpose_yz<T: Pixel>(source: Sampler<T>, at: Position) -> T {
    source.at(at.x(), at.z(), at.y())
}

/// Cuts a box out of an image: `extent` voxels from `start` on. What lies outside the image is up to the boundary.
///
/// # Names
/// - `clesperanto.crop`: `width`, `height` and `depth` are `extent` here; the border is repeated outside the image there.
/// - `skimage.util.crop`: takes the margins that are cut away: `unpad` here.
#[gpu_op(gather, layout = source.of_extent(extent))]
pub fn crop<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(range = 0..=2147483647, unit = "voxels")] start: PerAxis<u32>,
    #[param(range = 1..=2147483647, unit = "voxels")] extent: PerAxis<u32>,
) -> T {
    source.at(at.x() + start.x as i32, at.y() + start.y as i32, at.z() + start.z as i32)
}

/// Adds margins of `before` and `after` voxels to both sides of each axis. What is in them is up to the boundary: with
/// `nearest` the voxel at the border, with `constant` a value. An axis of extent 1 gets none.
///
/// The same as `numpy.pad`.
///
/// # Names
/// - `numpy.pad`: `pad_width` has both margins of each axis; its modes are the boundaries here, by other names.
/// - `clesperanto.pad`: its sizes are the extents of the result, with a value around it.
#[gpu_op(gather, layout = source.grown(before, after))]
pub fn pad<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] before: PerAxis<u32>,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] after: PerAxis<u32>,
) -> T {
    source.at(at.x() - before.x as i32, at.y() - before.y as i32, at.z() - before.z as i32)
}

/// The mean of each block of `factor` voxels, summed in f32 in raster order. Voxels at the end that make no whole block
/// are left out; a block is no larger than the image.
///
/// Where the extents are multiples, the same as `skimage.transform.downscale_local_mean`.
///
/// # Names
/// - `skimage.transform.downscale_local_mean`: fills the last blocks with zeros there; they are left out here.
/// - `skimage.measure.block_reduce`: the same as with `numpy.mean`, but for the last blocks.
#[gpu_op(gather, alias = "bin", layout = source.divided(factor))]
pub fn block_mean(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 2, range = 1..=1048576, unit = "voxels")] factor: PerAxis<u32>,
) -> f32 {
    let nx = min(factor.x as i32, source.extent_x());
    let ny = min(factor.y as i32, source.extent_y());
    let nz = min(factor.z as i32, source.extent_z());
    let (x, y, z) = (at.x() * nx, at.y() * ny, at.z() * nz);
    let mut sum = 0.0;
    // The most common blocks are written out, so that a GPU reads all of their voxels at once. The order is the same.
    if nx == 2 && ny == 2 && nz <= 2 {
        sum += source.at(x, y, z);
        sum += source.at(x + 1, y, z);
        sum += source.at(x, y + 1, z);
        sum += source.at(x + 1, y + 1, z);
        if nz == 2 {
            sum += source.at(x, y, z + 1);
            sum += source.at(x + 1, y, z + 1);
            sum += source.at(x, y + 1, z + 1);
            sum += source.at(x + 1, y + 1, z + 1);
        }
    } else {
        for dz in 0..nz {
            for dy in 0..ny {
                for dx in 0..nx {
                    sum += source.at(x + dx, y + dy, z + dz);
                }
            }
        }
    }
    sum / (nx as f32 * ny as f32 * nz as f32)
}

family! {
    operations: [flip, transpose_xy, transpose_xz, transpose_yz, crop, pad, block_mean],
    kernels: [flip, transpose_xy, transpose_xz, transpose_yz, crop, pad, block_mean],
}
