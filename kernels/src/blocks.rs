//! Blocks of voxels made one: sums, means, extrema, medians; and means over stretches that are no whole number of voxels.

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

/// The sum of each block of `factor` voxels in f32, added in raster order from 0, or with `mean` that times 1 / (number
/// of its voxels). Blocks cover the image; what stands out of it at the end is up to the boundary. Along an axis of
/// extent 1 a block has one voxel.
#[gpu_op(gather, layout = covered(source, factor))]
pub fn block_sum(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
    #[param(default = false, optional)] mean: bool,
) -> f32 {
    let nx = if source.extent_x() == 1 { 1 } else { factor.x as i32 };
    let ny = if source.extent_y() == 1 { 1 } else { factor.y as i32 };
    let nz = if source.extent_z() == 1 { 1 } else { factor.z as i32 };
    let (x, y, z) = (at.x() * nx, at.y() * ny, at.z() * nz);
    let mut sum = 0.0;
    for dz in 0..nz {
        for dy in 0..ny {
            for dx in 0..nx {
                sum += source.at(x + dx, y + dy, z + dz);
            }
        }
    }
    if mean { sum * (1.0 / (nx as f32 * ny as f32 * nz as f32)) } else { sum }
}

/// The mean of each block of `factor` voxels, in f32. Blocks cover the image; what stands out of it at the end is up to
/// the boundary.
///
/// The sum of the block in raster order, times 1 / (number of its voxels), rounded to f32. `block_mean` leaves out what
/// makes no whole block.
///
/// # Names
/// - `skimage.transform.downscale_local_mean`: the boundary is `constant` there (with `cval`, 0), `nearest` here.
/// - `skimage.measure.block_reduce`: with `func=numpy.mean`, as above.
#[gpu_op(composite)]
pub fn downscale_local_mean(
    image: AnyExpr,
    #[param(default = 2, range = 1..=256, unit = "voxels")] factor: PerAxis<u32>,
) -> Expr<f32> {
    block_sum(image, factor).with("mean", true)
}

/// The largest or the smallest voxel of each block of `factor` voxels, in the image's own type and in sort order.
/// Blocks cover the image; what stands out of it at the end is up to the boundary, so that `nearest` changes nothing.
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

/// The median of each block of `factor` voxels, in the image's own type: of n values the one of rank n / 2 in sort
/// order. Blocks cover the image; what stands out of it at the end is up to the boundary.
///
/// A block of n voxels is read some ln n times; it has at most 16 along an axis. −0.0 and +0.0 are equal, NaN is the
/// largest value.
///
/// # Names
/// - `skimage.measure.block_reduce`: with `func=numpy.median`: for even n the mean of the two middle values there; what
///   stands out is `cval` (0) there, the boundary here.
#[gpu_op(gather, layout = covered(source, factor))]
pub fn block_median<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 2, range = 1..=16, unit = "voxels")] factor: PerAxis<u32>,
) -> T {
    let (x, y, z) = (at.x() * factor.x as i32, at.y() * factor.y as i32, at.z() * factor.z as i32);
    let rank = (factor.x * factor.y * factor.z / 2) as i32;
    // Quickselect between bounds that pivots become, as in `marked_rank`.
    let mut pivot = source.at(x, y, z);
    let (mut low, mut high) = (pivot, pivot);
    let (mut has_low, mut has_high) = (false, false);
    let mut found = pivot;
    let mut searching = true;
    while searching {
        // Only NaN differs from itself: it is as large as any other, and larger than every number.
        let odd = pivot != max(pivot, T::SMALLEST);
        let open = high != max(high, T::SMALLEST);
        let (mut below, mut same) = (0, 0);
        let (mut lower, mut higher) = (0u32, 0u32);
        let (mut smaller, mut twin, mut larger) = (pivot, pivot, pivot);
        for dz in 0..factor.z as i32 {
            for dy in 0..factor.y as i32 {
                for dx in 0..factor.x as i32 {
                    let value = source.at(x + dx, y + dy, z + dz);
                    let is_nan = value != max(value, T::SMALLEST);
                    let less = value < pivot || (odd && !is_nan);
                    let equal = value == pivot || (odd && is_nan);
                    if less && (!has_low || low < value) {
                        lower += 1u32;
                        smaller = if lower & (lower - 1) == 0 { value } else { smaller };
                    }
                    if !less && !equal && (!has_high || value < high || (open && !is_nan)) {
                        higher += 1u32;
                        larger = if higher & (higher - 1) == 0 { value } else { larger };
                    }
                    if equal && same == 0 {
                        twin = value;
                    }
                    below += if less { 1 } else { 0 };
                    same += if equal { 1 } else { 0 };
                }
            }
        }
        if rank < below {
            high = pivot;
            has_high = true;
            pivot = smaller;
        } else if rank < below + same {
            found = twin;
            searching = false;
        } else {
            low = pivot;
            has_low = true;
            pivot = larger;
        }
    }
    found
}

/// So many voxels along one axis, as far apart as they are then.
fn stretched(source: Layout, extent: u32, axis: u32, faces: bool) -> Layout {
    let axis = Axis::ALL[axis.min(2) as usize];
    let gaps = |extent: u32| f64::from(if faces { extent } else { extent - 1 }).max(1.0);
    let ratio = gaps(source.extent[axis].max(1)) / gaps(extent.max(1));
    let (mut extents, mut voxel) = (source.extent, source.voxel);
    match axis {
        Axis::X => (extents.x, voxel.x) = (extent, voxel.x * ratio),
        Axis::Y => (extents.y, voxel.y) = (extent, voxel.y * ratio),
        Axis::Z => (extents.z, voxel.z) = (extent, voxel.z * ratio),
    }
    Layout { extent: extents, voxel }
}

/// Resizes along one axis (0, 1, 2 for x, y, z): each voxel is the mean over the stretch that it covers, the voxels
/// there weighted by how much of them it covers. With `faces` voxels are stretches of length 1, and the outer faces
/// coincide; without, the centres of the first and of the last voxel do, and what lies beyond these does not count. In
/// f32: Σ value · length in ascending order, fused, divided by the whole length.
///
/// Lengths are whole numbers, in units of half a voxel divided by the number of voxels (or gaps) of the result.
#[gpu_op(gather, layout = stretched(source, extent, axis, faces))]
pub fn mean_of_stretches(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 1, range = 1..=1048576, unit = "voxels")] extent: u32,
    #[param(default = 0, range = 0..=2)] axis: u32,
    #[param(default = true)] faces: bool,
) -> f32 {
    let place = if axis == 0 {
        at.x()
    } else if axis == 1 {
        at.y()
    } else {
        at.z()
    };
    let old = if axis == 0 {
        source.extent_x()
    } else if axis == 1 {
        source.extent_y()
    } else {
        source.extent_z()
    };
    if old == 1 || old == extent as i32 {
        return source.at(at.x(), at.y(), at.z());
    }
    let k: i64 = place as i64;
    let mut before: i64 = old as i64;
    let mut after: i64 = extent as i64;
    let mut low: i64 = 2 * k * before;
    let mut high: i64 = low + 2 * before;
    let mut j: i64 = low / (2 * after);
    if !faces {
        before -= 1;
        after = (after - 1).max(1);
        low = (2 * k - 1).max(0) * before;
        high = (2 * k + 1).min(2 * after) * before;
        if extent == 1 {
            high = 2 * before;
        }
        j = (low / after + 1) / 2;
    }
    let total = (high - low) as f32;
    let mut sum = 0.0;
    let mut begin: i64 = if faces { 2 * j * after } else { (2 * j - 1).max(0) * after };
    while begin < high {
        let end: i64 = if faces { (2 * j + 2) * after } else { (2 * j + 1).min(2 * before) * after };
        let length = (end.min(high) - begin.max(low)) as f32;
        let x = if axis == 0 { j as i32 } else { at.x() };
        let y = if axis == 1 { j as i32 } else { at.y() };
        let z = if axis == 2 { j as i32 } else { at.z() };
        sum = source.at(x, y, z).mul_add(length, sum);
        begin = end;
        j += 1;
    }
    sum / total
}

/// Resizes an image to the given extents by means: each voxel of the result is the mean over the box that it covers,
/// where voxels count by as much of them as lies in it. In f32.
///
/// For any factor: a shrunken image without aliasing; where it grows, voxels repeat. With `grid_mode` the outer faces
/// of the first and of the last voxel stay, as in `resize`; without, their centres do, and half of them counts. Along
/// x, then y, then z; along an axis of one voxel or of the same extent nothing changes. The voxel size follows.
/// `downscale_local_mean` is this for whole factors.
///
/// # Names
/// - `skimage.transform.resize_local_mean`: same up to rounding; with `preserve_range`, and where an axis has one
///   voxel, which is NaN there without `grid_mode`.
#[gpu_op(composite)]
pub fn resize_local_mean(
    image: AnyExpr,
    #[param(range = 1..=1048576, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = true)] grid_mode: bool,
) -> Expr<f32> {
    let along_x = mean_of_stretches(image, extent.x, 0, grid_mode);
    mean_of_stretches(mean_of_stretches(along_x, extent.y, 1, grid_mode), extent.z, 2, grid_mode)
}

/// The median of each 2 x 2 voxels of a plane, in the image's own type: of four values the third in sort order. What
/// makes no whole block is left out.
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
    operations: [
        block_sum, downscale_local_mean, block_extremum, block_maximum, block_minimum, block_median, mean_of_stretches, resize_local_mean,
        downsample_xy_by_half_median,
    ],
    kernels: [block_sum, block_extremum, block_median, mean_of_stretches, downsample_xy_by_half_median],
}
