//! The structure tensor: the products of first derivatives, averaged around each voxel.
//!
//! Invariant: derivatives are Sobel's, not normalised; those along an axis of extent 1 are 0.

use kernwerk_runtime::{Axis, Choice};

use crate::catalogue::family;
use crate::directional::{derivative_of_three, tap_of_three};
use crate::eigenvalues::symmetric_eigenvalue;
use crate::filter::gaussian_blur;
use crate::hessian::Eigenvalue;
use crate::prelude::*;

/// The average of the product of the derivatives along two axes.
fn element(derivatives: &[Expr<f32>; 3], sigma: PerAxis<f32>, a: usize, b: usize) -> Expr<f32> {
    gaussian_blur(&derivatives[a] * &derivatives[b], sigma)
}

fn derivatives(image: &AnyExpr) -> [Expr<f32>; 3] {
    [0, 1, 2].map(|axis| derivative_of_three(image, axis, 1.0, 2.0))
}

/// Products of Sobel's derivatives: of that along x with those along x, y and z, or of the others yy, yz and zz.
#[gpu_op(neighborhood, family = "hessian")]
pub fn products_of_derivatives(w: Window<f32>, #[param] with_x: bool) -> (f32, f32, f32) {
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let middle_x = if flat_x { 1.0 } else { 2.0 };
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
            let row = (left + right) + middle_x * centre;
            let smooth_y = tap_of_three(dy, false, flat_y, 1.0, 2.0);
            let change = right - left;
            smooth = if dy < 0 { smooth_y * row } else { smooth + smooth_y * row };
            plane_x = if dy < 0 { smooth_y * change } else { plane_x + smooth_y * change };
            if dy != 0 {
                plane_y = if dy < 0 { -row } else { plane_y + row };
            }
        }
        let smooth_z = tap_of_three(dz, false, flat_z, 1.0, 2.0);
        along_x = if dz < 0 { smooth_z * plane_x } else { along_x + smooth_z * plane_x };
        along_y = if dz < 0 { smooth_z * plane_y } else { along_y + smooth_z * plane_y };
        if dz != 0 {
            along_z = if dz < 0 { -smooth } else { along_z + smooth };
        }
    }
    let (one, other) = if with_x { (along_x, along_x) } else { (along_y, along_z) };
    (
        if with_x { along_x * along_x } else { along_y * along_y },
        one * (if with_x { along_y } else { along_z }),
        other * along_z,
    )
}

/// One element of the structure tensor: the product of the derivatives along the axes `first` and `second`, averaged
/// with a Gaussian.
///
/// The derivatives are those of `sobel_axis`. Axes of extent 1 have the derivative 0.
///
/// # Names
/// - `skimage.feature.structure_tensor`: one element of it; boundary `constant` 0 by default, `nearest` here; integers
///   are computed as they are, not scaled to 0..1.
#[gpu_op(composite, family = "hessian")]
pub fn structure_tensor(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = "x")] first: Axis,
    #[param(default = "x")] second: Axis,
) -> Expr<f32> {
    let (a, b) = (first.index().min(second.index()), first.index().max(second.index()));
    element(&derivatives(&image), sigma, a, b)
}

/// An eigenvalue of the structure tensor: how much the image changes along its main directions.
///
/// See `structure_tensor` and `symmetric_eigenvalues`. Pictures have two; the one between is then 0.
///
/// # Names
/// - `skimage.feature.structure_tensor_eigenvalues`: of `structure_tensor`, one of them; descending there.
#[gpu_op(composite, family = "hessian", alias = "structure_tensor_eigenvalues")]
pub fn structure_tensor_eigenvalue(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = "large")] eigenvalue: Eigenvalue,
) -> Expr<f32> {
    let (xx, xy, xz) = products_of_derivatives(&image, true);
    let (yy, yz, zz) = products_of_derivatives(&image, false);
    let [xx, xy, xz, yy, yz, zz] = [xx, xy, xz, yy, yz, zz].map(|product| gaussian_blur(product, sigma));
    symmetric_eigenvalue(xx, xy, xz, yy, yz, zz, eigenvalue.index() as u32)
}

family! {
    operations: [structure_tensor, structure_tensor_eigenvalue],
    kernels: [products_of_derivatives],
}
