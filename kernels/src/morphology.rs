//! Grey-scale morphology, in the image's own type.

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

family! {
    operations: [
        maximum_box, minimum_box, maximum_sphere, minimum_sphere, maximum_filter, minimum_filter, opening, closing,
    ],
    kernels: [maximum_box, minimum_box, maximum_sphere, minimum_sphere],
}
