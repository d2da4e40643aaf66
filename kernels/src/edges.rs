//! Derivatives.

use crate::catalogue::family;
use crate::prelude::*;

/// Magnitude of the Sobel gradient: the root of the summed squares of the derivatives along each axis, each smoothed
/// with (1, 2, 1) along the others. 2-D images have two derivatives.
///
/// # Names
/// - `clesperanto.sobel`: same; of the prototype 3-D results are wrong.
/// - `skimage.filters.sobel`: 4^(n - 1) · √n times as large here, with n axes of extent above 1: the weights there are
///   (1, 2, 1) / 4, and the root is that of the mean of the squares; boundary `reflect` by default, which for this
///   window is `nearest`.
/// - `scipy.ndimage.sobel`: one derivative, `sobel_axis` here.
#[gpu_op(neighborhood)]
pub fn sobel(w: Window<f32>) -> f32 {
    // An axis of extent 1 has no neighbours: only its centre counts, once.
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let middle_x = if flat_x { 1.0 } else { 2.0 };
    let mut along_x = 0.0;
    let mut along_y = 0.0;
    let mut along_z = 0.0;
    // What a plane contributes depends on the plane alone, so that voxels above each other can share it. Sums begin with their first term: to
    // add it to 0 is an addition that no compiler may leave out.
    for dz in -1i32..=1 {
        let mut smooth = 0.0;
        let mut plane_x = 0.0;
        let mut plane_y = 0.0;
        for dy in -1i32..=1 {
            let outside = (flat_y && dy != 0) || (flat_z && dz != 0);
            let left = if outside || flat_x { 0.0 } else { w.at(-1, dy, dz) };
            let middle = if outside { 0.0 } else { w.at(0, dy, dz) };
            let right = if outside || flat_x { 0.0 } else { w.at(1, dy, dz) };
            let row = left + right + middle_x * middle;
            let smooth_y = if flat_y { 1.0 } else { (2 - dy.abs()) as f32 };
            let change = right - left;
            smooth = if dy < 0 { smooth_y * row } else { smooth + smooth_y * row };
            plane_x = if dy < 0 { smooth_y * change } else { plane_x + smooth_y * change };
            if dy != 0 {
                plane_y = if dy < 0 { -row } else { plane_y + row };
            }
        }
        let smooth_z = if flat_z { 1.0 } else { (2 - dz.abs()) as f32 };
        along_x = if dz < 0 { smooth_z * plane_x } else { along_x + smooth_z * plane_x };
        along_y = if dz < 0 { smooth_z * plane_y } else { along_y + smooth_z * plane_y };
        if dz != 0 {
            along_z = if dz < 0 { -smooth } else { along_z + smooth };
        }
    }
    (along_x * along_x + along_y * along_y + along_z * along_z).sqrt()
}

/// Laplace operator over the 6 (3-D) or 4 (2-D) direct neighbours: positive on bright spots.
///
/// # Names
/// - `clesperanto.laplace_diamond`: same.
/// - `scipy.ndimage.laplace`: with the opposite sign; boundary `reflect` there, which for this window is `nearest`.
/// - `skimage.filters.laplace`: same sign; integers are computed as they are, not scaled to 0..1; `ksize` other than 3
///   does not exist here.
#[gpu_op(neighborhood)]
pub fn laplace_diamond(w: Window<f32>) -> f32 {
    w.diamond(1).count() * w.center() - w.diamond(1).sum()
}

/// Laplace operator over all 26 (3-D) or 8 (2-D) neighbours: positive on bright spots.
///
/// # Names
/// - `clesperanto.laplace_box`: same.
#[gpu_op(neighborhood)]
pub fn laplace_box(w: Window<f32>) -> f32 {
    w.cuboid(1).count() * w.center() - w.cuboid(1).sum()
}

/// Laplace operator: the number of neighbours times the pixel, minus the sum of the neighbours. `box` takes all
/// neighbours, `sphere` the direct ones.
///
/// # Names
/// - `clesperanto.laplace`: `connectivity` is `shape`.
/// - `scipy.ndimage.laplace`: the shape `sphere` with the opposite sign.
/// - `skimage.filters.laplace`: the shape `sphere`.
#[gpu_op(composite)]
pub fn laplace(image: AnyExpr, #[param(default = "box")] shape: Footprint) -> Expr<f32> {
    match shape {
        Footprint::Box => laplace_box(&image),
        Footprint::Sphere => laplace_diamond(&image),
    }
}

/// Central difference along x: half the right minus the left neighbour.
///
/// # Names
/// - `clesperanto.gradient_x`: half of what it is there.
/// - `numpy.gradient`: at the edge half of the difference to the one neighbour (boundary nearest), there the whole.
#[gpu_op(neighborhood)]
pub fn gradient_x(w: Window<f32>) -> f32 {
    0.5 * (w.at(1, 0, 0) - w.at(-1, 0, 0))
}

/// Central difference along y: half the lower minus the upper neighbour.
///
/// # Names
/// - `clesperanto.gradient_y`: half of what it is there.
/// - `numpy.gradient`: as for `gradient_x`.
#[gpu_op(neighborhood)]
pub fn gradient_y(w: Window<f32>) -> f32 {
    0.5 * (w.at(0, 1, 0) - w.at(0, -1, 0))
}

/// Central difference along z: half the next minus the previous plane.
#[gpu_op(neighborhood)]
pub fn gradient_z(w: Window<f32>) -> f32 {
    0.5 * (w.at(0, 0, 1) - w.at(0, 0, -1))
}

/// Central differences along x, y and z at once: three images from one pass, the same as `gradient_x`, `gradient_y` and
/// `gradient_z`.
///
/// # Names
/// - `numpy.gradient`: in the order x, y, z; at the edge half of the difference to the one neighbour (boundary
///   nearest), there the whole.
#[gpu_op(neighborhood)]
pub fn gradient(w: Window<f32>) -> (f32, f32, f32) {
    let along_x = 0.5 * (w.at(1, 0, 0) - w.at(-1, 0, 0));
    let along_y = 0.5 * (w.at(0, 1, 0) - w.at(0, -1, 0));
    let along_z = 0.5 * (w.at(0, 0, 1) - w.at(0, 0, -1));
    (along_x, along_y, along_z)
}

family! {
    operations: [sobel, laplace_diamond, laplace_box, laplace, gradient_x, gradient_y, gradient_z, gradient],
    kernels: [sobel, laplace_diamond, laplace_box, gradient_x, gradient_y, gradient_z, gradient],
}
