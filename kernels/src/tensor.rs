//! The structure tensor: the products of first derivatives, averaged around each voxel.
//!
//! Invariant: derivatives are Sobel's, not normalised; those along an axis of extent 1 are 0.

use kernwerk_runtime::Axis;

use crate::catalogue::family;
use crate::directional::derivative_of_three;
use crate::filter::gaussian_blur;
use crate::hessian::{Eigenvalue, symmetric_eigenvalues};
use crate::prelude::*;

/// The average of the product of the derivatives along two axes.
fn element(derivatives: &[Expr<f32>; 3], sigma: PerAxis<f32>, a: usize, b: usize) -> Expr<f32> {
    gaussian_blur(&derivatives[a] * &derivatives[b], sigma)
}

fn derivatives(image: &AnyExpr) -> [Expr<f32>; 3] {
    [0, 1, 2].map(|axis| derivative_of_three(image, axis, 1.0, 2.0))
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
    let derivatives = derivatives(&image);
    let [xx, xy, xz, yy, yz, zz] =
        [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)].map(|(a, b)| element(&derivatives, sigma, a, b));
    let (small, middle, large) = symmetric_eigenvalues(xx, xy, xz, yy, yz, zz);
    match eigenvalue {
        Eigenvalue::Small => small,
        Eigenvalue::Middle => middle,
        Eigenvalue::Large => large,
    }
}

family! {
    operations: [structure_tensor, structure_tensor_eigenvalue],
    kernels: [],
}
