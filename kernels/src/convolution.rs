//! Correlation, convolution and morphology with an image as the kernel or the footprint.
//!
//! One kernel of each kind: the first computes sums, the second extrema, the third a normalised correlation. Invariant:
//! the centre of n voxels is the one at n / 2 (rounded down); a convolution and a dilation reflect the kernel about it,
//! as SciPy does.

use crate::catalogue::family;
use crate::prelude::*;

/// The sum of neighbours, each times its voxel of a kernel image: what `correlate`, `convolve` and their kin are made of.
///
/// Voxel j of n of the kernel belongs to the neighbour at j - n / 2 (the division rounded down), if `reflected` to the
/// one at n / 2 - j. With `along` 1 or 2, x of the kernel lies along y or z of the image, and that axis along x. The
/// sum is a chain of fused multiply-adds from 0 in the order of the kernel's voxels as it lies, x fastest.
#[gpu_op(gather)]
pub fn weighted_neighbors(
    source: Sampler<f32>,
    kernel: Sampler<f32>,
    at: Position,
    #[param(default = false)] reflected: bool,
    #[param(default = 0, range = 0..=2)] along: u32,
) -> f32 {
    let mut sum = 0.0;
    for (value, weight) in source.under(kernel.turned(along), at, reflected) {
        sum = weight.mul_add(value, sum);
    }
    sum
}

/// Correlates an image with a kernel image: the sum of the neighbours of each voxel, each times the kernel's voxel at
/// its place. In f32.
///
/// result(p) = Σⱼ kernel(j) · image(p + j - n / 2), n being the extents of the kernel and the division rounded down:
/// with an even extent the centre is the second of the two in the middle. The kernel is not reflected (see `convolve`),
/// may have any extents, and is used for every image of a batch unless it has the same batch. Along an axis of extent 1
/// all neighbours are the voxel itself. The sum is a chain of fused multiply-adds in f32 from 0, in the order of the
/// kernel's voxels, x fastest; NaN and infinities go into all sums that reach them, also where the kernel is 0 (0 · ∞
/// is NaN). Each voxel costs as many reads as the kernel has voxels; a separable kernel is three times `correlate1d`.
///
/// # Names
/// - `scipy.ndimage.correlate`: boundary `reflect` by default, `nearest` here; sums in f64 there; no `origin` (use `shift`).
/// - `clesperanto.convolve`: the same with an odd kernel; it does not reflect the kernel, so its name is another operation here.
/// - `skimage.filters.correlate_sparse`: with an odd kernel; passes over the voxels of the kernel that are 0, so that
///   NaN under these does not count there; boundary `reflect` by default.
#[gpu_op(composite, alias = "correlate_sparse")]
pub fn correlate(image: AnyExpr, kernel: AnyExpr) -> Expr<f32> {
    weighted_neighbors(image, kernel, false, 0)
}

/// Convolves an image with a kernel image: as `correlate`, but with the kernel reflected in all axes. In f32.
///
/// result(p) = Σⱼ kernel(j) · image(p + n / 2 - j), with the division rounded down. Of a single bright voxel it makes
/// the kernel, with its voxel n / 2 there.
///
/// # Names
/// - `scipy.ndimage.convolve`: boundary `reflect` by default, `nearest` here; sums in f64 there; no `origin`.
/// - `clesperanto.convolve`: does not reflect the kernel: that is `correlate`.
#[gpu_op(composite)]
pub fn convolve(image: AnyExpr, kernel: AnyExpr) -> Expr<f32> {
    weighted_neighbors(image, kernel, true, 0)
}

/// Correlates the lines of an image along an axis with weights: an image whose only axis of several voxels is x. In f32.
///
/// As `correlate` with a kernel that lies along that axis.
///
/// # Names
/// - `scipy.ndimage.correlate1d`: boundary `reflect` by default, `nearest` here; the axis is a letter; no `origin`.
#[gpu_op(composite)]
pub fn correlate1d(image: AnyExpr, weights: AnyExpr, #[param(default = "x")] axis: Axis) -> Expr<f32> {
    weighted_neighbors(image, weights, false, axis as u32)
}

/// Convolves the lines of an image along an axis with weights: as `correlate1d`, but with the weights reflected. In f32.
///
/// # Names
/// - `scipy.ndimage.convolve1d`: boundary `reflect` by default, `nearest` here; the axis is a letter; no `origin`.
#[gpu_op(composite)]
pub fn convolve1d(image: AnyExpr, weights: AnyExpr, #[param(default = "x")] axis: Axis) -> Expr<f32> {
    weighted_neighbors(image, weights, true, axis as u32)
}

/// How similar the surroundings of each voxel are to a kernel image: their correlation, divided by the lengths of both.
/// From -1 to 1, in f32.
///
/// With the neighbours aⱼ and the voxels bⱼ of the kernel, placed as in `correlate`: Σ aⱼ·bⱼ / (√Σ aⱼ² · √Σ bⱼ²), each
/// sum a chain of fused multiply-adds from 0 in the order of the kernel's voxels. The means are not taken off: subtract
/// them first for Pearson's correlation. NaN where either is all 0.
///
/// # Names
/// - `clesperanto.local_cross_correlation`: same; with an even kernel its loop reads one voxel past the kernel.
#[gpu_op(gather)]
pub fn local_cross_correlation(source: Sampler<f32>, kernel: Sampler<f32>, at: Position) -> f32 {
    let mut both = 0.0;
    let mut of_source = 0.0;
    let mut of_kernel = 0.0;
    for (a, b) in source.under(kernel, at, false) {
        both = a.mul_add(b, both);
        of_source = a.mul_add(a, of_source);
        of_kernel = b.mul_add(b, of_kernel);
    }
    both / (of_source.sqrt() * of_kernel.sqrt())
}

/// The largest or the smallest of the neighbours that a footprint image marks, in the image's own type: what `maximum_footprint`,
/// `dilate_footprint` and their kin are made of.
///
/// Neighbours lie as in `weighted_neighbors`. Of an empty footprint it is the first or the last value in sort order.
#[gpu_op(gather)]
pub fn marked_extremum<T: Pixel>(
    source: Sampler<T>,
    footprint: Sampler<bool>,
    at: Position,
    #[param(default = true)] largest: bool,
    #[param(default = false)] reflected: bool,
) -> T {
    let mut found = if largest { T::SMALLEST } else { T::LARGEST };
    for (value, marked) in source.under(footprint, at, reflected) {
        if marked {
            found = if largest { max(found, value) } else { min(found, value) };
        }
    }
    found
}

/// The largest neighbour among those that a footprint image marks (with anything but 0), in the image's own type.
///
/// Voxel j of n of the footprint is the neighbour at j - n / 2, the division rounded down, as in `correlate`. In sort
/// order: NaN is the largest value. The footprint may have any shape and extents; of an empty one the result is the
/// smallest value of the type. Each voxel costs as many reads as the footprint marks: boxes and ellipsoids have
/// `maximum_filter`.
///
/// # Names
/// - `scipy.ndimage.maximum_filter`: with `footprint=`; boundary `reflect` by default, `nearest` here; NaN is not
///   ordered there; no `origin`.
#[gpu_op(composite)]
pub fn maximum_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_extremum(image, footprint, true, false)
}

/// The smallest neighbour among those that a footprint image marks, in the image's own type: as `maximum_footprint`.
///
/// NaN is the largest value: it comes out only where all marked neighbours are NaN.
///
/// # Names
/// - `scipy.ndimage.minimum_filter`: with `footprint=`; boundary `reflect` by default, `nearest` here; NaN is not
///   ordered there; no `origin`.
#[gpu_op(composite)]
pub fn minimum_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_extremum(image, footprint, false, false)
}

/// Grey-scale dilation with a flat footprint image, in the image's own type: as `maximum_footprint`, but with the
/// footprint reflected, so that a single bright voxel becomes the footprint.
///
/// # Names
/// - `scipy.ndimage.grey_dilation`: with `footprint=`; boundary `reflect` by default, `nearest` here; for `structure`
///   see `dilate_structure` and its kin; no `origin`.
/// - `skimage.morphology.dilation`: reflects the footprint, too; with an even extent its centre is the other of the two
///   in the middle; what lies outside does not count there: give the boundary `constant` with the smallest value.
#[gpu_op(composite)]
pub fn dilate_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_extremum(image, footprint, true, true)
}

/// Grey-scale erosion with a flat footprint image, in the image's own type: as `minimum_footprint`.
///
/// # Names
/// - `scipy.ndimage.grey_erosion`: with `footprint=`; boundary `reflect` by default, `nearest` here; for `structure`
///   see `dilate_structure` and its kin; no `origin`.
/// - `skimage.morphology.erosion`: what lies outside does not count there: give the boundary `constant` with the largest value.
#[gpu_op(composite)]
pub fn erode_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_extremum(image, footprint, false, false)
}

/// Grey-scale opening with a flat footprint image: `erode_footprint`, then `dilate_footprint`. Removes what is bright
/// and does not hold the footprint.
///
/// # Names
/// - `scipy.ndimage.grey_opening`: with `footprint=`; boundary `reflect` by default, `nearest` here; for `structure`
///   see `dilate_structure` and its kin; no `origin`.
#[gpu_op(composite)]
pub fn opening_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_extremum(marked_extremum(image, &footprint, false, false), &footprint, true, true)
}

/// Grey-scale closing with a flat footprint image: `dilate_footprint`, then `erode_footprint`. Fills what is dark and
/// does not hold the footprint.
///
/// # Names
/// - `scipy.ndimage.grey_closing`: with `footprint=`; boundary `reflect` by default, `nearest` here; for `structure`
///   see `dilate_structure` and its kin; no `origin`.
#[gpu_op(composite)]
pub fn closing_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_extremum(marked_extremum(image, &footprint, true, true), &footprint, false, false)
}

/// The value of a rank among the neighbours that a footprint image marks: of n the one of rank n · `percentile` / 100
/// in f32, rounded down, at most the last, in sort order, where −0.0 and +0.0 are equal. The smallest value of the type
/// if the footprint marks nothing.
#[gpu_op(gather)]
pub fn marked_rank<T: Pixel>(
    source: Sampler<T>,
    footprint: Sampler<bool>,
    at: Position,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
) -> T {
    let mut marked = 0;
    for (_value, wanted) in source.under(footprint, at, false) {
        marked += if wanted { 1 } else { 0 };
    }
    let rank = ((marked as f32 * percentile / 100.0) as i32).min(marked - 1);
    // Quickselect (Hoare 1961) on neighbours that stay where they are: between bounds that pivots become. Any value is
    // a pivot; the voxel's own is a good one to begin with.
    let mut pivot = source.at(at.x(), at.y(), at.z());
    let (mut low, mut high) = (pivot, pivot);
    let (mut has_low, mut has_high) = (false, false);
    let mut found = T::SMALLEST;
    let mut searching = marked > 0;
    // Every pass leaves out its pivot.
    for _pass in 0..footprint.extent_x() * footprint.extent_y() * footprint.extent_z() + 1 {
        if !searching {
            break;
        }
        // Only NaN differs from itself: it is as large as any other, and larger than every number.
        let odd = pivot != max(pivot, T::SMALLEST);
        let open = high != max(high, T::SMALLEST);
        let (mut below, mut same) = (0, 0);
        let (mut lower, mut higher) = (0u32, 0u32);
        let (mut smaller, mut twin, mut larger) = (pivot, pivot, pivot);
        for (value, wanted) in source.under(footprint, at, false) {
            if wanted {
                let is_nan = value != max(value, T::SMALLEST);
                let less = value < pivot || (odd && !is_nan);
                let equal = value == pivot || (odd && is_nan);
                // The next pivot is the one of the largest number 2ᵏ: of neighbours that rise or fall in raster order
                // it leaves out half.
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

/// The median of the neighbours that a footprint image marks (with anything but 0), in the image's own type: of n the
/// one of rank n / 2.
///
/// Voxel j of n of the footprint is the neighbour at j - n / 2, as in `maximum_footprint`; it may have any shape and
/// extents. NaN is the largest value. Each voxel reads its n neighbours some ln n times: boxes and ellipsoids have
/// `median_filter`.
///
/// # Names
/// - `scipy.ndimage.median_filter`: with `footprint=`; boundary `reflect` by default, `nearest` here; NaN is not
///   ordered there; no `origin`.
/// - `skimage.filters.median`: with a footprint, as SciPy.
#[gpu_op(composite)]
pub fn median_footprint<T: Element>(image: Expr<T>, footprint: AnyExpr) -> Expr<T> {
    marked_rank(image, footprint, 50.0)
}

/// The percentile of the neighbours that a footprint image marks, in the image's own type: of n the one of rank n ·
/// `percentile` / 100 (in f32, rounded down, at most the last). Otherwise as `median_footprint`.
///
/// # Names
/// - `scipy.ndimage.percentile_filter`: with `footprint=`; a negative percentile p there is 100 + p; boundary `reflect`
///   by default, `nearest` here.
/// - `scipy.ndimage.rank_filter`: with `footprint=`: the rank r of n is the percentile 100 · (r + 0.5) / n.
/// - `skimage.filters.rank.percentile`: exact in any type; voxels outside the image are what the boundary says, there
///   they do not count.
#[gpu_op(composite)]
pub fn percentile_footprint<T: Element>(
    image: Expr<T>,
    footprint: AnyExpr,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
) -> Expr<T> {
    marked_rank(image, footprint, percentile)
}

/// The largest sum of a neighbour and its height in a structure image, or the smallest difference, in f32. A dilation
/// reflects the structure.
#[gpu_op(gather)]
pub fn raised_extremum(
    source: Sampler<f32>,
    structure: Sampler<f32>,
    at: Position,
    #[param(default = true)] dilate: bool,
) -> f32 {
    let mut found = if dilate { f32::NEG_INFINITY } else { f32::INFINITY };
    for (value, height) in source.under(structure, at, dilate) {
        found = if dilate { max(found, value + height) } else { min(found, value - height) };
    }
    found
}

/// Grey-scale dilation with a structuring element of heights: the largest of the sums of neighbours and heights. In f32.
///
/// result(p) = max over j of image(p + n / 2 − j) + structure(j), n being the extents of the structure image and the
/// division rounded down: a single bright voxel becomes the structure on top of it. A height of −∞ takes a place out.
/// NaN is the largest value.
///
/// # Names
/// - `scipy.ndimage.grey_dilation`: with `structure=`; boundary `reflect` by default, `nearest` here; in f32; no `origin`.
#[gpu_op(composite)]
pub fn dilate_structure(image: AnyExpr, structure: AnyExpr) -> Expr<f32> {
    raised_extremum(image, structure, true)
}

/// Grey-scale erosion with a structuring element of heights: the smallest of the differences of neighbours and heights. In f32.
///
/// result(p) = min over j of image(p + j − n / 2) − structure(j). See `dilate_structure`.
///
/// # Names
/// - `scipy.ndimage.grey_erosion`: with `structure=`; boundary `reflect` by default, `nearest` here; in f32; no `origin`.
#[gpu_op(composite)]
pub fn erode_structure(image: AnyExpr, structure: AnyExpr) -> Expr<f32> {
    raised_extremum(image, structure, false)
}

/// Grey-scale opening with a structuring element of heights: `erode_structure`, then `dilate_structure`. With half a
/// ball it is a rolling ball.
///
/// # Names
/// - `scipy.ndimage.grey_opening`: with `structure=`; boundary `reflect` by default, `nearest` here; in f32; no `origin`.
#[gpu_op(composite)]
pub fn opening_structure(image: AnyExpr, structure: AnyExpr) -> Expr<f32> {
    raised_extremum(raised_extremum(image, &structure, false), &structure, true)
}

/// Grey-scale closing with a structuring element of heights: `dilate_structure`, then `erode_structure`.
///
/// # Names
/// - `scipy.ndimage.grey_closing`: with `structure=`; boundary `reflect` by default, `nearest` here; in f32; no `origin`.
#[gpu_op(composite)]
pub fn closing_structure(image: AnyExpr, structure: AnyExpr) -> Expr<f32> {
    raised_extremum(raised_extremum(image, &structure, true), &structure, false)
}

family! {
    operations: [
        weighted_neighbors, correlate, convolve, correlate1d, convolve1d, local_cross_correlation, marked_extremum, maximum_footprint,
        minimum_footprint, dilate_footprint, erode_footprint, opening_footprint, closing_footprint, marked_rank, median_footprint,
        percentile_footprint, raised_extremum, dilate_structure, erode_structure, opening_structure, closing_structure,
    ],
    kernels: [weighted_neighbors, local_cross_correlation, marked_extremum, marked_rank, raised_extremum],
}
