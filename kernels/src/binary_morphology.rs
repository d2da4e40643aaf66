//! Morphology of masks under the names and conventions of SciPy, scikit-image and older versions of clEsperanto, and
//! what goes with it.
//!
//! Invariant: a pixel counts as set if it is not 0; results are of type u8 with 0 and 1.

use crate::binary::{binarize, binary_dilate, binary_erode, binary_subtract};
use crate::catalogue::family;
use crate::prelude::*;

/// The set pixels that have a direct neighbour which is not set: the surface of objects, one pixel thick.
///
/// # Names
/// - `clesperanto.binary_edge_detection`: same; the result is u8, there of the image's type.
#[gpu_op(composite, family = "binary")]
pub fn binary_edge_detection(mask: AnyExpr) -> Expr<u8> {
    binary_subtract(&mask, binary_erode(&mask, 1, Footprint::Sphere))
}

/// Dilation of a mask with the direct neighbours (`sphere`) or all neighbours (`box`), again and again.
///
/// `iterations` of `sphere` make a diamond, where `binary_dilate` with a radius has an ellipsoid; of `box` they are the
/// same as its radius.
///
/// # Names
/// - `scipy.ndimage.binary_dilation`: `structure` is `shape` (others: an operation with an image as footprint);
///   boundary `constant` 0 (`border_value`) there, `nearest` by default here; 0 iterations are none here, until nothing
///   changes there; `mask` does not exist here.
/// - `skimage.morphology.binary_dilation`: the default footprint is the same; `mode='ignore'` is `nearest` or `reflect`.
#[gpu_op(composite, family = "binary")]
pub fn binary_dilation(
    mask: AnyExpr,
    #[param(default = 1, range = 0..=1000)] iterations: u32,
    #[param(default = "sphere")] shape: Footprint,
) -> Expr<u8> {
    match shape {
        Footprint::Box => binary_dilate(&mask, iterations, shape),
        Footprint::Sphere => (0..iterations).fold(binarize(&mask), |mask, _| binary_dilate(mask, 1, shape)),
    }
}

/// Erosion of a mask with the direct neighbours (`sphere`) or all neighbours (`box`), again and again. See `binary_dilation`.
///
/// # Names
/// - `scipy.ndimage.binary_erosion`: `structure` is `shape` (others: an operation with an image as footprint); boundary
///   `constant` 0 (`border_value`) there, `nearest` by default here; 0 iterations are none here, until nothing changes
///   there; `mask` does not exist here.
/// - `skimage.morphology.binary_erosion`: the default footprint is the same; `mode='ignore'` is `nearest` or `reflect`.
#[gpu_op(composite, family = "binary")]
pub fn binary_erosion(
    mask: AnyExpr,
    #[param(default = 1, range = 0..=1000)] iterations: u32,
    #[param(default = "sphere")] shape: Footprint,
) -> Expr<u8> {
    match shape {
        Footprint::Box => binary_erode(&mask, iterations, shape),
        Footprint::Sphere => (0..iterations).fold(binarize(&mask), |mask, _| binary_erode(mask, 1, shape)),
    }
}

/// 1 where a pixel and its direct neighbours are set and all other neighbours are not: plus signs by themselves.
///
/// # Names
/// - `scipy.ndimage.binary_hit_or_miss`: with the default structures; boundary `constant` 0 there, `nearest` by default here.
#[gpu_op(neighborhood, family = "binary")]
pub fn binary_hit_or_miss(w: Window<bool>) -> bool {
    let mut fits = true;
    for (dx, dy, dz) in w.cuboid(1).offsets() {
        let direct = dx.abs() + dy.abs() + dz.abs() <= 1;
        fits = fits && w.at(dx, dy, dz) == direct;
    }
    fits
}

/// Dilation of a mask by one pixel with the direct neighbours.
///
/// # Names
/// - `clesperanto.dilate_sphere`: same; the result is u8, there of the image's type.
#[gpu_op(composite, family = "binary")]
pub fn dilate_sphere(mask: AnyExpr) -> Expr<u8> {
    binary_dilate(&mask, 1, Footprint::Sphere)
}

/// Erosion of a mask by one pixel with the direct neighbours.
///
/// # Names
/// - `clesperanto.erode_sphere`: same; the result is u8, there of the image's type.
#[gpu_op(composite, family = "binary")]
pub fn erode_sphere(mask: AnyExpr) -> Expr<u8> {
    binary_erode(&mask, 1, Footprint::Sphere)
}

fn in_plane(radius: u32) -> PerAxis<u32> {
    PerAxis::xyz(radius, radius, 0)
}

/// Dilation of each plane of a mask by one pixel with all eight neighbours.
///
/// # Names
/// - `clesperanto.dilate_box_slice_by_slice`: same (of the prototype).
#[gpu_op(composite, family = "binary")]
pub fn dilate_box_slice_by_slice(mask: AnyExpr) -> Expr<u8> {
    binary_dilate(&mask, in_plane(1), Footprint::Box)
}

/// Dilation of each plane of a mask by one pixel with the four direct neighbours.
///
/// # Names
/// - `clesperanto.dilate_sphere_slice_by_slice`: same (of the prototype).
#[gpu_op(composite, family = "binary")]
pub fn dilate_sphere_slice_by_slice(mask: AnyExpr) -> Expr<u8> {
    binary_dilate(&mask, in_plane(1), Footprint::Sphere)
}

/// Erosion of each plane of a mask by one pixel with all eight neighbours.
///
/// # Names
/// - `clesperanto.erode_box_slice_by_slice`: same (of the prototype).
#[gpu_op(composite, family = "binary")]
pub fn erode_box_slice_by_slice(mask: AnyExpr) -> Expr<u8> {
    binary_erode(&mask, in_plane(1), Footprint::Box)
}

/// Erosion of each plane of a mask by one pixel with the four direct neighbours.
///
/// # Names
/// - `clesperanto.erode_sphere_slice_by_slice`: same (of the prototype).
#[gpu_op(composite, family = "binary")]
pub fn erode_sphere_slice_by_slice(mask: AnyExpr) -> Expr<u8> {
    binary_erode(&mask, in_plane(1), Footprint::Sphere)
}

family! {
    operations: [
        binary_edge_detection, binary_dilation, binary_erosion, binary_hit_or_miss, dilate_sphere, erode_sphere, dilate_box_slice_by_slice,
        dilate_sphere_slice_by_slice, erode_box_slice_by_slice, erode_sphere_slice_by_slice,
    ],
    kernels: [binary_hit_or_miss],
}
