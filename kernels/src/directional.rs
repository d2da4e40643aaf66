//! Edge filters that differentiate along one axis and smooth along the others: Sobel, Prewitt, Scharr, Farid, and Roberts' cross.
//!
//! Invariant: a derivative along an axis of extent 1 is 0, and smoothing along one does nothing.

use kernwerk_runtime::Axis;

use crate::catalogue::family;
use crate::derivative::length_of_gradient;
use crate::prelude::*;

/// What a voxel at `distance` counts in a window of three along an axis: the distance along the derivative's own axis,
/// else `side` or `middle`.
#[gpu_fn]
pub fn tap_of_three(distance: i32, derivative: bool, flat: bool, side: f32, middle: f32) -> f32 {
    if derivative {
        distance as f32
    } else if flat {
        1.0
    } else if distance == 0 {
        middle
    } else {
        side
    }
}

/// Derivative along an axis (0, 1, 2 for x, y, z), smoothed with (`side`, `middle`, `side`) along the others.
#[gpu_op(neighborhood, family = "edges")]
pub fn derivative_of_three(w: Window<f32>, #[param] axis: u32, #[param] side: f32, #[param] middle: f32) -> f32 {
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let mut sum = 0.0;
    for dz in -1i32..=1 {
        let weight_z = tap_of_three(dz, axis == 2, flat_z, side, middle);
        for dy in -1i32..=1 {
            let weight_y = weight_z * tap_of_three(dy, axis == 1, flat_y, side, middle);
            for dx in -1i32..=1 {
                let weight = weight_y * tap_of_three(dx, axis == 0, flat_x, side, middle);
                let outside = (flat_x && dx != 0) || (flat_y && dy != 0) || (flat_z && dz != 0);
                let value = if outside || weight == 0.0 { 0.0 } else { w.at(dx, dy, dz) };
                sum += weight * value;
            }
        }
    }
    sum
}

/// Root of the mean of the squared derivatives along all axes, each smoothed with (`side`, `middle`, `side`) along the others.
#[gpu_op(neighborhood, family = "edges")]
pub fn magnitude_of_three(w: Window<f32>, #[param] side: f32, #[param] middle: f32) -> f32 {
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let middle_x = if flat_x { 1.0 } else { middle };
    let mut along_x = 0.0;
    let mut along_y = 0.0;
    let mut along_z = 0.0;
    // As in `sobel`: what a plane contributes depends on the plane alone, and sums begin with their first term.
    for dz in -1i32..=1 {
        let mut smooth = 0.0;
        let mut plane_x = 0.0;
        let mut plane_y = 0.0;
        for dy in -1i32..=1 {
            let outside = (flat_y && dy != 0) || (flat_z && dz != 0);
            let left = if outside || flat_x { 0.0 } else { w.at(-1, dy, dz) };
            let centre = if outside { 0.0 } else { w.at(0, dy, dz) };
            let right = if outside || flat_x { 0.0 } else { w.at(1, dy, dz) };
            let row = side * (left + right) + middle_x * centre;
            let smooth_y = tap_of_three(dy, false, flat_y, side, middle);
            let change = right - left;
            smooth = if dy < 0 { smooth_y * row } else { smooth + smooth_y * row };
            plane_x = if dy < 0 { smooth_y * change } else { plane_x + smooth_y * change };
            if dy != 0 {
                plane_y = if dy < 0 { -row } else { plane_y + row };
            }
        }
        let smooth_z = tap_of_three(dz, false, flat_z, side, middle);
        along_x = if dz < 0 { smooth_z * plane_x } else { along_x + smooth_z * plane_x };
        along_y = if dz < 0 { smooth_z * plane_y } else { along_y + smooth_z * plane_y };
        if dz != 0 {
            along_z = if dz < 0 { -smooth } else { along_z + smooth };
        }
    }
    let flat = flat_x as i32 + flat_y as i32 + flat_z as i32;
    let sum = along_x * along_x + along_y * along_y + along_z * along_z;
    (if flat < 3 { sum / (3 - flat) as f32 } else { sum }).sqrt()
}

/// Weights of Farid and Simoncelli (2004), table 1, for five voxels: smoothing, and the first derivative.
fn farid_weights(order: PerAxis<u32>) -> PerAxis<Vec<f32>> {
    let smooth = [0.037_659_317_195_812_6, 0.249_153_396_177_344, 0.426_374_573_253_687];
    let edge = [-0.109_603_762_960_254, -0.276_690_988_455_557];
    order.map(|order| {
        let weights: [f64; 5] = if order == 0 {
            [smooth[0], smooth[1], smooth[2], smooth[1], smooth[0]]
        } else {
            [edge[0], edge[1], 0.0, -edge[1], -edge[0]]
        };
        weights.map(|weight| weight as f32).to_vec()
    })
}

/// Farid and Simoncelli's derivative along the axes of order 1, and their smoothing along those of order 0.
#[gpu_op(neighborhood(separable), family = "edges")]
pub fn derivative_of_five(line: Line<f32>, #[param(range = 0..=20)] order: PerAxis<u32>) -> f32 {
    line.weighted_sum(farid_weights(order))
}

/// An image, or 0 where it has the extent 1 along an axis (0, 1, 2 for x, y, z).
#[gpu_op(pointwise, family = "edges")]
pub fn zero_if_flat(image: f32, at: Position, #[param] axis: u32) -> f32 {
    let extent = if axis == 0 {
        at.extent_x()
    } else if axis == 1 {
        at.extent_y()
    } else {
        at.extent_z()
    };
    if extent == 1 { 0.0 } else { image }
}

fn farid_along(image: &AnyExpr, axis: Axis) -> Expr<f32> {
    let number = axis.index() as u32;
    derivative_of_five(image, PerAxis::xyz(0, 1, 2).map(|other: u32| u32::from(other == number)))
}

/// Sobel's derivative along an axis: the right minus the left neighbour, smoothed with (1, 2, 1) along the other axes.
/// Not normalised.
///
/// # Names
/// - `scipy.ndimage.sobel`: `axis` counts from z there (-1 is x, the default in both); boundary `reflect` there, which
///   for this window is `nearest`; with a constant other than 0 that constant is put between the passes there.
/// - `skimage.filters.sobel`: with `axis`, divided by 4 for each other axis.
#[gpu_op(composite, family = "edges")]
pub fn sobel_axis(image: AnyExpr, #[param(default = "x")] axis: Axis) -> Expr<f32> {
    derivative_of_three(&image, axis.index() as u32, 1.0, 2.0)
}

/// Prewitt's derivative along an axis: the right minus the left neighbour, summed over three voxels along the other
/// axes. Not normalised.
///
/// # Names
/// - `scipy.ndimage.prewitt`: `axis` counts from z there (-1 is x, the default in both); boundary `reflect` there,
///   which for this window is `nearest`; with a constant other than 0 that constant is put between the passes there.
/// - `skimage.filters.prewitt`: with `axis`, divided by 3 for each other axis.
#[gpu_op(composite, family = "edges")]
pub fn prewitt_axis(image: AnyExpr, #[param(default = "x")] axis: Axis) -> Expr<f32> {
    derivative_of_three(&image, axis.index() as u32, 1.0, 1.0)
}

/// Horizontal edges by Sobel: the lower minus the upper neighbour, smoothed with (1, 2, 1) / 4 along the other axes.
///
/// # Names
/// - `skimage.filters.sobel_h`: 2-D there; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn sobel_h(image: AnyExpr) -> Expr<f32> {
    derivative_of_three(&image, 1, 0.25, 0.5)
}

/// Vertical edges by Sobel: the right minus the left neighbour, smoothed with (1, 2, 1) / 4 along the other axes.
///
/// # Names
/// - `skimage.filters.sobel_v`: 2-D there; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn sobel_v(image: AnyExpr) -> Expr<f32> {
    derivative_of_three(&image, 0, 0.25, 0.5)
}

/// Edges by Prewitt: the root of the mean of the squared derivatives along all axes, each averaged over three voxels
/// along the others.
///
/// # Names
/// - `skimage.filters.prewitt`: boundary `reflect` by default, which for this window is `nearest`; integers are
///   computed as they are, not scaled to 0..1; with `axis`: `prewitt_axis`; `mask` does not exist here.
/// - `scipy.ndimage.prewitt`: one derivative, `prewitt_axis` here.
#[gpu_op(composite, family = "edges")]
pub fn prewitt(image: AnyExpr) -> Expr<f32> {
    magnitude_of_three(&image, 1.0 / 3.0, 1.0 / 3.0)
}

/// Horizontal edges by Prewitt: the lower minus the upper neighbour, averaged over three voxels along the other axes.
///
/// # Names
/// - `skimage.filters.prewitt_h`: 2-D there; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn prewitt_h(image: AnyExpr) -> Expr<f32> {
    derivative_of_three(&image, 1, 1.0 / 3.0, 1.0 / 3.0)
}

/// Vertical edges by Prewitt: the right minus the left neighbour, averaged over three voxels along the other axes.
///
/// # Names
/// - `skimage.filters.prewitt_v`: 2-D there; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn prewitt_v(image: AnyExpr) -> Expr<f32> {
    derivative_of_three(&image, 0, 1.0 / 3.0, 1.0 / 3.0)
}

/// Edges by Scharr: the root of the mean of the squared derivatives along all axes, each smoothed with (3, 10, 3) / 16
/// along the others.
///
/// # Names
/// - `skimage.filters.scharr`: boundary `reflect` by default, which for this window is `nearest`; integers are computed
///   as they are, not scaled to 0..1; with `axis`: `scharr_h`, `scharr_v`; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn scharr(image: AnyExpr) -> Expr<f32> {
    magnitude_of_three(&image, 0.1875, 0.625)
}

/// Horizontal edges by Scharr: the lower minus the upper neighbour, smoothed with (3, 10, 3) / 16 along the other axes.
///
/// # Names
/// - `skimage.filters.scharr_h`: 2-D there; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn scharr_h(image: AnyExpr) -> Expr<f32> {
    derivative_of_three(&image, 1, 0.1875, 0.625)
}

/// Vertical edges by Scharr: the right minus the left neighbour, smoothed with (3, 10, 3) / 16 along the other axes.
///
/// # Names
/// - `skimage.filters.scharr_v`: 2-D there; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn scharr_v(image: AnyExpr) -> Expr<f32> {
    derivative_of_three(&image, 0, 0.1875, 0.625)
}

/// Edges by Farid and Simoncelli: the root of the mean of the squared derivatives along all axes, with five taps that
/// serve all directions alike.
///
/// Farid, H., Simoncelli, E. P. (2004). Differentiation of discrete multidimensional signals. IEEE Transactions on
/// Image Processing 13(4), 496–508. Separable passes in f32: a constant boundary is put between them.
///
/// # Names
/// - `skimage.filters.farid`: boundary `reflect` by default, `nearest` here; a constant is put around the image once
///   there, between the passes here; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn farid(image: AnyExpr) -> Expr<f32> {
    let [x, y, z] = Axis::ALL.map(|axis| farid_along(&image, axis));
    length_of_gradient(x, y, z, true)
}

/// Horizontal edges by Farid and Simoncelli: their derivative along y. See `farid`.
///
/// # Names
/// - `skimage.filters.farid_h`: 2-D there; boundary `reflect` there, `nearest` by default here; integers are computed
///   as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn farid_h(image: AnyExpr) -> Expr<f32> {
    zero_if_flat(farid_along(&image, Axis::Y), 1)
}

/// Vertical edges by Farid and Simoncelli: their derivative along x. See `farid`.
///
/// # Names
/// - `skimage.filters.farid_v`: 2-D there; boundary `reflect` there, `nearest` by default here; integers are computed
///   as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn farid_v(image: AnyExpr) -> Expr<f32> {
    zero_if_flat(farid_along(&image, Axis::X), 0)
}

/// Roberts' cross in the plane: one diagonal (0), the other (1), or the root of the mean of both squares (2).
#[gpu_op(neighborhood, family = "edges")]
pub fn cross_of_roberts(w: Window<f32>, #[param] result: u32) -> f32 {
    let one = w.at(1, 1, 0) - w.center();
    let other = w.at(0, 1, 0) - w.at(1, 0, 0);
    if result == 0 {
        one
    } else if result == 1 {
        other
    } else {
        (0.5 * (one * one + other * other)).sqrt()
    }
}

/// One diagonal of Roberts' cross in the plane: the lower right neighbour minus the pixel.
///
/// # Names
/// - `skimage.filters.roberts_pos_diag`: boundary `reflect` there, which for this window is `nearest`; 2-D there, each
///   plane here; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn roberts_pos_diag(image: AnyExpr) -> Expr<f32> {
    cross_of_roberts(&image, 0)
}

/// The other diagonal of Roberts' cross in the plane: the lower minus the right neighbour.
///
/// # Names
/// - `skimage.filters.roberts_neg_diag`: boundary `reflect` there, which for this window is `nearest`; 2-D there, each
///   plane here; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn roberts_neg_diag(image: AnyExpr) -> Expr<f32> {
    cross_of_roberts(&image, 1)
}

/// Edges by Roberts' cross in the plane: the root of the mean of the squared differences along both diagonals.
///
/// # Names
/// - `skimage.filters.roberts`: boundary `reflect` there, which for this window is `nearest`; 2-D there, each plane
///   here; integers are computed as they are, not scaled to 0..1; `mask` does not exist here.
#[gpu_op(composite, family = "edges")]
pub fn roberts(image: AnyExpr) -> Expr<f32> {
    cross_of_roberts(&image, 2)
}

family! {
    operations: [
        sobel_axis, sobel_h, sobel_v, prewitt_axis, prewitt, prewitt_h, prewitt_v, scharr, scharr_h, scharr_v, farid, farid_h, farid_v,
        roberts, roberts_pos_diag, roberts_neg_diag,
    ],
    kernels: [derivative_of_three, magnitude_of_three, derivative_of_five, zero_if_flat, cross_of_roberts],
}
