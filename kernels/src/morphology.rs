//! Grey-scale morphology and local extrema, in the image's own type.

use crate::catalogue::family;
use crate::prelude::*;

/// Largest value within a box, by one pass per axis.
#[gpu_op(neighborhood(separable))]
pub fn maximum_box<T: Pixel>(
    line: Line<T>,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    line.window(radius).max()
}

/// Smallest value within a box, by one pass per axis.
#[gpu_op(neighborhood(separable))]
pub fn minimum_box<T: Pixel>(
    line: Line<T>,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    line.window(radius).min()
}

/// Largest value within an ellipsoid.
#[gpu_op(neighborhood)]
pub fn maximum_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.ellipsoid(radius).max()
}

/// Smallest value within an ellipsoid.
#[gpu_op(neighborhood)]
pub fn minimum_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.ellipsoid(radius).min()
}

/// Largest value within a box or ellipsoid (grey-scale dilation); NaN counts as largest.
#[gpu_op(composite, alias = "grayscale_dilate, dilation")]
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
#[gpu_op(composite, alias = "grayscale_erode, erosion")]
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
#[gpu_op(composite, alias = "grayscale_opening")]
pub fn opening<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    maximum_filter(minimum_filter(image, radius, shape), radius, shape)
}

/// Closing: largest, then smallest value within the footprint.
#[gpu_op(composite, alias = "grayscale_closing")]
pub fn closing<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    minimum_filter(maximum_filter(image, radius, shape), radius, shape)
}

/// 1 where a pixel is greater than every other pixel of the image within a box around it; a plateau has no maximum.
#[gpu_op(neighborhood)]
pub fn detect_maxima_box<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> bool {
    for (dx, dy, dz) in w.cuboid(radius).offsets() {
        let other = dx != 0 || dy != 0 || dz != 0;
        if other && w.contains(dx, dy, dz) && w.at(dx, dy, dz) >= w.center() {
            return false;
        }
    }
    true
}

/// 1 where a pixel is greater than every other pixel of the image within an ellipsoid around it; a plateau has no maximum.
#[gpu_op(neighborhood)]
pub fn detect_maxima_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> bool {
    for (dx, dy, dz) in w.ellipsoid(radius).offsets() {
        let other = dx != 0 || dy != 0 || dz != 0;
        if other && w.contains(dx, dy, dz) && w.at(dx, dy, dz) >= w.center() {
            return false;
        }
    }
    true
}

/// 1 where a pixel is greater than every other pixel within a box or ellipsoid; a plateau has no maximum. Neighbours outside the
/// image do not count, whatever the boundary mode.
#[gpu_op(composite)]
pub fn detect_maxima<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    match shape {
        Footprint::Box => detect_maxima_box(image, radius),
        Footprint::Sphere => detect_maxima_sphere(image, radius),
    }
}

family! {
    operations: [
        maximum_box, minimum_box, maximum_sphere, minimum_sphere, maximum_filter, minimum_filter, opening, closing, detect_maxima_box,
        detect_maxima_sphere, detect_maxima,
    ],
    kernels: [maximum_box, minimum_box, maximum_sphere, minimum_sphere, detect_maxima_box, detect_maxima_sphere],
}
