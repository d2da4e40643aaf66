//! Grey-scale morphology, in the image's own type.

use crate::catalogue::family;
use crate::prelude::*;

/// Largest value within a box, by one pass per axis.
///
/// # Names
/// - `scipy.ndimage.maximum_filter`: with `size=2*radius+1`; boundary `reflect` by default, `nearest` here.
/// - `scipy.ndimage.maximum_filter1d`: a radius of 0 along the other axes.
/// - `clesperanto.maximum_box`: same.
#[gpu_op(neighborhood(separable), alias = "maximum_filter1d")]
pub fn maximum_box<T: Pixel>(
    line: Line<T>,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    line.window(radius).max()
}

/// Smallest value within a box, by one pass per axis.
///
/// # Names
/// - `scipy.ndimage.minimum_filter`: with `size=2*radius+1`; boundary `reflect` by default, `nearest` here.
/// - `scipy.ndimage.minimum_filter1d`: a radius of 0 along the other axes.
/// - `clesperanto.minimum_box`: same.
#[gpu_op(neighborhood(separable), alias = "minimum_filter1d")]
pub fn minimum_box<T: Pixel>(
    line: Line<T>,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    line.window(radius).min()
}

/// Largest value within an ellipsoid.
///
/// # Names
/// - `clesperanto.maximum_sphere`: same; the default of radius_z is 1, 0 there.
#[gpu_op(neighborhood)]
pub fn maximum_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.ellipsoid(radius).max()
}

/// Smallest value within an ellipsoid.
///
/// # Names
/// - `clesperanto.minimum_sphere`: same.
#[gpu_op(neighborhood)]
pub fn minimum_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.ellipsoid(radius).min()
}

/// Largest value within a box or ellipsoid (grey-scale dilation); NaN counts as largest.
///
/// # Names
/// - `scipy.ndimage.maximum_filter`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here;
///   a non-flat `structure` is not taken.
/// - `scipy.ndimage.grey_dilation`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here; a
///   non-flat `structure` is not taken.
/// - `skimage.morphology.dilation`: the default footprint there is a cross, the shape `sphere` with radius 1; voxels
///   outside never count there (`mode='ignore'`), which for symmetric footprints is `nearest` or `reflect` here.
/// - `clesperanto.maximum_filter`: `connectivity` is `shape`.
/// - `clesperanto.grayscale_dilate`: `connectivity` is `shape`.
/// - `clesperanto.dilation`: takes an image as footprint there.
#[gpu_op(composite, alias = "grayscale_dilate, dilation, grey_dilation")]
pub fn maximum_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    match shape {
        Footprint::Box => maximum_box(image, radius),
        Footprint::Sphere => maximum_sphere(image, radius),
    }
}

/// Smallest value within a box or ellipsoid (grey-scale erosion); NaN counts as largest.
///
/// # Names
/// - `scipy.ndimage.minimum_filter`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here;
///   a non-flat `structure` is not taken.
/// - `scipy.ndimage.grey_erosion`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here; a
///   non-flat `structure` is not taken.
/// - `skimage.morphology.erosion`: the default footprint there is a cross, the shape `sphere` with radius 1; voxels
///   outside never count there (`mode='ignore'`), which for symmetric footprints is `nearest` or `reflect` here.
/// - `clesperanto.minimum_filter`: `connectivity` is `shape`.
/// - `clesperanto.grayscale_erode`: `connectivity` is `shape`.
/// - `clesperanto.erosion`: takes an image as footprint there.
#[gpu_op(composite, alias = "grayscale_erode, erosion, grey_erosion")]
pub fn minimum_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    match shape {
        Footprint::Box => minimum_box(image, radius),
        Footprint::Sphere => minimum_sphere(image, radius),
    }
}

/// Opening: smallest, then largest value within the footprint.
///
/// # Names
/// - `scipy.ndimage.grey_opening`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here.
/// - `skimage.morphology.opening`: the default footprint there is a cross, the shape `sphere` with radius 1.
/// - `clesperanto.grayscale_opening`: `connectivity` is `shape`.
/// - `clesperanto.opening_box`: `connectivity` is `shape`.
/// - `clesperanto.opening`: takes an image as footprint there.
#[gpu_op(composite, alias = "grayscale_opening, grey_opening, opening_box")]
pub fn opening<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    maximum_filter(minimum_filter(image, radius, shape), radius, shape)
}

/// Closing: largest, then smallest value within the footprint.
///
/// # Names
/// - `scipy.ndimage.grey_closing`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here.
/// - `skimage.morphology.closing`: the default footprint there is a cross, the shape `sphere` with radius 1.
/// - `clesperanto.grayscale_closing`: `connectivity` is `shape`.
/// - `clesperanto.closing_box`: `connectivity` is `shape`.
/// - `clesperanto.closing`: takes an image as footprint there.
#[gpu_op(composite, alias = "grayscale_closing, grey_closing, closing_box")]
pub fn closing<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    minimum_filter(maximum_filter(image, radius, shape), radius, shape)
}

family! {
    operations: [
        maximum_box, minimum_box, maximum_sphere, minimum_sphere, maximum_filter, minimum_filter, opening, closing,
    ],
    kernels: [maximum_box, minimum_box, maximum_sphere, minimum_sphere],
}
