//! Blocks of voxels made one: sums, means, extrema, medians.

use kernwerk_runtime::Layout;

use crate::catalogue::family;
use crate::prelude::*;

/// Blocks of so many voxels; the last one along an axis may stand out of the image.
fn covered(source: Layout, factor: PerAxis<u32>) -> Layout {
    let block = |axis: Axis| factor[axis].max(1);
    let count = |axis: Axis| source.extent[axis].div_ceil(block(axis));
    let size = |axis: Axis| source.voxel[axis] * f64::from(block(axis));
    Layout {
        extent: PerAxis::xyz(count(Axis::X), count(Axis::Y), count(Axis::Z)),
        voxel: PerAxis::xyz(size(Axis::X), size(Axis::Y), size(Axis::Z)),
    }
}

/// The sum of each block of `factor` voxels, times `scale`, in f32: added in raster order from 0. Blocks cover the image; what stands out
/// of it at the end is up to the boundary.
#[gpu_op(gather, layout = covered(source, factor))]
pub fn block_sum(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
    #[param(default = 1.0, optional)] scale: f32,
) -> f32 {
    let (x, y, z) = (at.x() * factor.x as i32, at.y() * factor.y as i32, at.z() * factor.z as i32);
    let mut sum = 0.0;
    for dz in 0..factor.z as i32 {
        for dy in 0..factor.y as i32 {
            for dx in 0..factor.x as i32 {
                sum += source.at(x + dx, y + dy, z + dz);
            }
        }
    }
    sum * scale
}

/// The mean of each block of `factor` voxels, in f32. Blocks cover the image; what stands out of it at the end is up to the boundary.
///
/// The sum of the block in raster order, times 1 / (number of its voxels), rounded to f32. `block_mean` leaves out what makes no whole block.
///
/// # Names
/// - `skimage.transform.downscale_local_mean`: the boundary is `constant` there (with `cval`, 0), `nearest` here.
/// - `skimage.measure.block_reduce`: with `func=numpy.mean`, as above.
#[gpu_op(composite)]
pub fn downscale_local_mean(
    image: AnyExpr,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
) -> Expr<f32> {
    let voxels = f64::from(factor.x) * f64::from(factor.y) * f64::from(factor.z);
    block_sum(image, factor).with("scale", (1.0 / voxels) as f32)
}

/// The largest or the smallest voxel of each block of `factor` voxels, in the image's own type and in sort order. Blocks cover the image; what
/// stands out of it at the end is up to the boundary, so that `nearest` changes nothing.
#[gpu_op(gather, layout = covered(source, factor))]
pub fn block_extremum<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
    #[param(default = true)] largest: bool,
) -> T {
    let (x, y, z) = (at.x() * factor.x as i32, at.y() * factor.y as i32, at.z() * factor.z as i32);
    let mut found = source.at(x, y, z);
    for dz in 0..factor.z as i32 {
        for dy in 0..factor.y as i32 {
            for dx in 0..factor.x as i32 {
                let value = source.at(x + dx, y + dy, z + dz);
                found = if largest { max(found, value) } else { min(found, value) };
            }
        }
    }
    found
}

/// The largest voxel of each block of `factor` voxels (max pooling), in the image's own type; NaN is the largest value.
///
/// # Names
/// - `skimage.measure.block_reduce`: with `func=numpy.max`; what stands out is `cval` (0) there, the boundary here.
#[gpu_op(composite, alias = "max_pool")]
pub fn block_maximum<T: Element>(
    image: Expr<T>,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
) -> Expr<T> {
    block_extremum(image, factor, true)
}

/// The smallest voxel of each block of `factor` voxels, in the image's own type; NaN is the largest value.
///
/// # Names
/// - `skimage.measure.block_reduce`: with `func=numpy.min`; what stands out is `cval` (0) there, the boundary here.
#[gpu_op(composite)]
pub fn block_minimum<T: Element>(
    image: Expr<T>,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
) -> Expr<T> {
    block_extremum(image, factor, false)
}

/// The median of each 2 x 2 voxels of a plane, in the image's own type: of four values the third in sort order. What makes no whole block is
/// left out.
///
/// # Names
/// - `clesperanto.downsample_slice_by_slice_half_median`: of the prototype, and so is `downsample_xy_by_half_median`: same.
#[gpu_op(
    gather,
    alias = "downsample_slice_by_slice_half_median",
    layout = source.divided(PerAxis::xyz(2, 2, 1))
)]
pub fn downsample_xy_by_half_median<T: Pixel>(source: Sampler<T>, at: Position) -> T {
    let (x, y, z) = (2 * at.x(), 2 * at.y(), at.z());
    let (a, b) = (source.at(x, y, z), source.at(x + 1, y, z));
    let (c, d) = (source.at(x, y + 1, z), source.at(x + 1, y + 1, z));
    max(max(min(a, b), min(c, d)), min(max(a, b), max(c, d)))
}

family! {
    operations: [block_sum, downscale_local_mean, block_extremum, block_maximum, block_minimum, downsample_xy_by_half_median],
    kernels: [block_sum, block_extremum, downsample_xy_by_half_median],
}
