//! The matrix of second derivatives, and what is computed from it.
//!
//! Invariant: what belongs to an axis of extent 1 is no part of the matrix: pictures have the matrices and eigenvalues
//! of two axes.

use std::f32::consts::FRAC_1_SQRT_2;

use kernwerk_runtime::{Axis, Choice};

use crate::catalogue::family;
use crate::derivative::gaussian_derivative;
use crate::eigenvalues::{determinant_of, eigenvalues_of, symmetric_determinant, symmetric_eigenvalue};
use crate::filter::gaussian_blur;
use crate::prelude::*;

/// Which eigenvalue of a symmetric matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eigenvalue {
    /// The smallest.
    Small,
    /// The one between; 0 in pictures, which have two.
    Middle,
    /// The largest.
    Large,
}

impl Choice for Eigenvalue {
    const NAMES: &'static [&'static str] = &["small", "middle", "large"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Eigenvalue {
        [Eigenvalue::Small, Eigenvalue::Middle, Eigenvalue::Large][index.min(2)]
    }
}

/// How second derivatives of an image are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondDerivatives {
    /// By derivatives of a Gaussian, one after the other.
    Gaussian,
    /// By central differences of central differences of the blurred image.
    Differences,
}

impl Choice for SecondDerivatives {
    const NAMES: &'static [&'static str] = &["gaussian", "differences"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> SecondDerivatives {
        if index == 0 { SecondDerivatives::Gaussian } else { SecondDerivatives::Differences }
    }
}

/// The eigenvalues of the matrix of second differences: three images, the smallest, the one between, the largest.
///
/// The second derivative along an axis is the sum of both neighbours minus twice the voxel, a mixed one a quarter of
/// the sum of two diagonal neighbours minus that of the other two. One pass, without images in between. Pictures have
/// two eigenvalues; the one between is then 0. See `symmetric_eigenvalues` for the arithmetic.
///
/// # Names
/// - `clesperanto.hessian_eigenvalues`: same, with eigenvalues that are right to some roundings; pictures have no
///   middle image there.
#[gpu_op(neighborhood, family = "hessian")]
pub fn hessian_eigenvalues(w: Window<f32>) -> (f32, f32, f32) {
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let twice = 2.0 * w.center();
    let xx = w.at(-1, 0, 0) + w.at(1, 0, 0) - twice;
    let yy = w.at(0, -1, 0) + w.at(0, 1, 0) - twice;
    let zz = w.at(0, 0, -1) + w.at(0, 0, 1) - twice;
    let xy = 0.25 * ((w.at(-1, -1, 0) + w.at(1, 1, 0)) - (w.at(1, -1, 0) + w.at(-1, 1, 0)));
    let xz = 0.25 * ((w.at(-1, 0, -1) + w.at(1, 0, 1)) - (w.at(1, 0, -1) + w.at(-1, 0, 1)));
    let yz = 0.25 * ((w.at(0, -1, -1) + w.at(0, 1, 1)) - (w.at(0, 1, -1) + w.at(0, -1, 1)));
    eigenvalues_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z)
}

/// The smallest eigenvalue of the matrix of second differences: strongly negative on bright spots and ridges. See
/// `hessian_eigenvalues`.
///
/// # Names
/// - `clesperanto.small_hessian_eigenvalue`: same.
#[gpu_op(composite, family = "hessian")]
pub fn small_hessian_eigenvalue(image: AnyExpr) -> Expr<f32> {
    hessian_eigenvalues(&image).0
}

/// The largest eigenvalue of the matrix of second differences: strongly positive in dark spots and valleys. See
/// `hessian_eigenvalues`.
///
/// # Names
/// - `clesperanto.large_hessian_eigenvalue`: same.
#[gpu_op(composite, family = "hessian")]
pub fn large_hessian_eigenvalue(image: AnyExpr) -> Expr<f32> {
    hessian_eigenvalues(&image).2
}

/// The slope at position `at` of a line of `len` voxels: half of the right minus the left neighbour, at the ends the
/// whole difference to the one neighbour.
#[gpu_fn]
pub fn slope(left: f32, middle: f32, right: f32, at: i32, len: i32) -> f32 {
    if len == 1 {
        0.0
    } else if at == 0 {
        right - middle
    } else if at == len - 1 {
        middle - left
    } else {
        0.5 * (right - left)
    }
}

/// The slope of slopes, from five voxels around position `at`.
#[gpu_fn]
pub fn slope_of_slopes(a: f32, b: f32, c: f32, d: f32, e: f32, at: i32, len: i32) -> f32 {
    slope(slope(a, b, c, at - 1, len), slope(b, c, d, at, len), slope(c, d, e, at + 1, len), at, len)
}

/// Second derivatives along x, y and z, as central differences of central differences with NumPy's ends. What lies
/// outside does not count.
#[gpu_op(neighborhood, family = "hessian")]
pub fn differences_along_axes(w: Window<f32>) -> (f32, f32, f32) {
    let c = w.center();
    let along_x = slope_of_slopes(w.at(-2, 0, 0), w.at(-1, 0, 0), c, w.at(1, 0, 0), w.at(2, 0, 0), w.x(), w.extent_x());
    let along_y = slope_of_slopes(w.at(0, -2, 0), w.at(0, -1, 0), c, w.at(0, 1, 0), w.at(0, 2, 0), w.y(), w.extent_y());
    let along_z = slope_of_slopes(w.at(0, 0, -2), w.at(0, 0, -1), c, w.at(0, 0, 1), w.at(0, 0, 2), w.z(), w.extent_z());
    (along_x, along_y, along_z)
}

/// Mixed second derivatives xy, xz and yz, as central differences of central differences with NumPy's ends.
#[gpu_op(neighborhood, family = "hessian")]
pub fn mixed_differences(w: Window<f32>) -> (f32, f32, f32) {
    let (x, width) = (w.x(), w.extent_x());
    let (y, height) = (w.y(), w.extent_y());
    let (z, depth) = (w.z(), w.extent_z());
    let here = slope(w.at(-1, 0, 0), w.center(), w.at(1, 0, 0), x, width);
    let above = slope(w.at(-1, -1, 0), w.at(0, -1, 0), w.at(1, -1, 0), x, width);
    let below = slope(w.at(-1, 1, 0), w.at(0, 1, 0), w.at(1, 1, 0), x, width);
    let before = slope(w.at(-1, 0, -1), w.at(0, 0, -1), w.at(1, 0, -1), x, width);
    let behind = slope(w.at(-1, 0, 1), w.at(0, 0, 1), w.at(1, 0, 1), x, width);
    let down = slope(w.at(0, -1, 0), w.center(), w.at(0, 1, 0), y, height);
    let down_before = slope(w.at(0, -1, -1), w.at(0, 0, -1), w.at(0, 1, -1), y, height);
    let down_behind = slope(w.at(0, -1, 1), w.at(0, 0, 1), w.at(0, 1, 1), y, height);
    (
        slope(above, here, below, y, height),
        slope(before, here, behind, z, depth),
        slope(down_before, down, down_behind, z, depth),
    )
}

/// The elements xx, xy, xz, yy, yz, zz of the matrix of second derivatives.
pub(crate) fn elements(image: &AnyExpr, sigma: PerAxis<f32>, method: SecondDerivatives) -> [Expr<f32>; 6] {
    match method {
        SecondDerivatives::Gaussian => second_derivatives(&first_derivatives(image, sigma).map(Expr::into_any), sigma),
        SecondDerivatives::Differences => {
            let blurred = gaussian_blur(image, sigma);
            let (xx, yy, zz) = differences_along_axes(&blurred);
            let (xy, xz, yz) = mixed_differences(&blurred);
            [xx, xy, xz, yy, yz, zz]
        }
    }
}

/// The first derivatives by half of a Gaussian, along x, y, z.
pub(crate) fn first_derivatives(image: &AnyExpr, sigma: PerAxis<f32>) -> [Expr<f32>; 3] {
    Axis::ALL.map(|axis| half_derivative(image, sigma, axis))
}

/// The elements xx, xy, xz, yy, yz, zz from the first derivatives.
pub(crate) fn second_derivatives(first: &[AnyExpr; 3], sigma: PerAxis<f32>) -> [Expr<f32>; 6] {
    // As in scikit-image: along the slower axis first, which counts where an image ends.
    let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
    pairs.map(|(a, b)| half_derivative(&first[b], sigma, Axis::ALL[a]))
}

/// A first derivative by half of a Gaussian: two of them make one of standard deviation `sigma`. Weights beyond 6
/// standard deviations are nothing in f32.
fn half_derivative(image: &AnyExpr, sigma: PerAxis<f32>, axis: Axis) -> Expr<f32> {
    let number = axis.index() as u32;
    let order = PerAxis::xyz(0, 1, 2).map(|other: u32| u32::from(other == number));
    gaussian_derivative(image, sigma.map(|sigma| sigma * FRAC_1_SQRT_2), order).with("truncate", 6.0_f32)
}

/// One element of the matrix of second derivatives of the image smoothed with a Gaussian: that along the axes `first`
/// and `second`.
///
/// `gaussian`: the derivative of a Gaussian with standard deviation sigma/√2 along the one axis, then the same along
/// the other. `differences`: the image blurred with `sigma`, then central differences along the one and the other axis,
/// with the whole difference at the ends. Where an axis has the extent 1, `gaussian` only smoothes along it. A constant
/// boundary is put between all passes: with other constants than 0 derivatives near the border are those of a step.
///
/// # Names
/// - `skimage.feature.hessian_matrix`: one element of it; `use_gaussian_derivatives` is `method`, whose default there
///   is `differences`; boundary `constant` 0 by default, `nearest` here; integers are computed as they are, not scaled
///   to 0..1.
#[gpu_op(composite, family = "hessian")]
pub fn hessian_matrix(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = "x")] first: Axis,
    #[param(default = "x")] second: Axis,
    #[param(default = "gaussian")] method: SecondDerivatives,
) -> Expr<f32> {
    let (low, high) = (first.index().min(second.index()), first.index().max(second.index()));
    let [xx, xy, xz, yy, yz, zz] = elements(&image, sigma, method);
    match (low, high) {
        (0, 0) => xx,
        (0, 1) => xy,
        (0, _) => xz,
        (1, 1) => yy,
        (1, _) => yz,
        _ => zz,
    }
}

/// An eigenvalue of the matrix of second derivatives of the image smoothed with a Gaussian.
///
/// See `hessian_matrix` and `symmetric_eigenvalues`. Pictures have two; the one between is then 0.
///
/// # Names
/// - `skimage.feature.hessian_matrix_eigvals`: of `hessian_matrix`, one of them; boundary `constant` 0 by default
///   there, `nearest` here.
/// - `clesperanto.hessian_gaussian_eigenvalues`: one of them; there the derivatives do not smooth across their axis,
///   and their weights are divided by the sum of their magnitudes.
#[gpu_op(composite, family = "hessian", alias = "hessian_gaussian_eigenvalues, hessian_matrix_eigvals")]
pub fn hessian_gaussian_eigenvalue(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = "large")] eigenvalue: Eigenvalue,
    #[param(default = "gaussian")] method: SecondDerivatives,
) -> Expr<f32> {
    let [xx, xy, xz, yy, yz, zz] = elements(&image, sigma, method);
    symmetric_eigenvalue(xx, xy, xz, yy, yz, zz, eigenvalue.index() as u32)
}

/// The determinant of the matrix of second derivatives by central differences of central differences, as
/// `differences_along_axes` and `mixed_differences` have them.
#[gpu_op(neighborhood, family = "hessian")]
pub fn determinant_of_differences(w: Window<f32>) -> f32 {
    let (x, width) = (w.x(), w.extent_x());
    let (y, height) = (w.y(), w.extent_y());
    let (z, depth) = (w.z(), w.extent_z());
    let c = w.center();
    let xx = slope_of_slopes(w.at(-2, 0, 0), w.at(-1, 0, 0), c, w.at(1, 0, 0), w.at(2, 0, 0), x, width);
    let yy = slope_of_slopes(w.at(0, -2, 0), w.at(0, -1, 0), c, w.at(0, 1, 0), w.at(0, 2, 0), y, height);
    let zz = slope_of_slopes(w.at(0, 0, -2), w.at(0, 0, -1), c, w.at(0, 0, 1), w.at(0, 0, 2), z, depth);
    let here = slope(w.at(-1, 0, 0), c, w.at(1, 0, 0), x, width);
    let above = slope(w.at(-1, -1, 0), w.at(0, -1, 0), w.at(1, -1, 0), x, width);
    let below = slope(w.at(-1, 1, 0), w.at(0, 1, 0), w.at(1, 1, 0), x, width);
    let before = slope(w.at(-1, 0, -1), w.at(0, 0, -1), w.at(1, 0, -1), x, width);
    let behind = slope(w.at(-1, 0, 1), w.at(0, 0, 1), w.at(1, 0, 1), x, width);
    let down = slope(w.at(0, -1, 0), c, w.at(0, 1, 0), y, height);
    let down_before = slope(w.at(0, -1, -1), w.at(0, 0, -1), w.at(0, 1, -1), y, height);
    let down_behind = slope(w.at(0, -1, 1), w.at(0, 0, 1), w.at(0, 1, 1), y, height);
    let xy = slope(above, here, below, y, height);
    let xz = slope(before, here, behind, z, depth);
    let yz = slope(down_before, down, down_behind, z, depth);
    determinant_of(xx, xy, xz, yy, yz, zz, width == 1, height == 1, depth == 1)
}

/// The determinant of the matrix of second derivatives of the image smoothed with a Gaussian: large on blobs, bright or
/// (in pictures) dark.
///
/// See `hessian_matrix`. Axes of extent 1 do not count.
///
/// # Names
/// - `skimage.feature.hessian_matrix_det`: with `approximate=False`, for which `method` is `differences`; the
///   approximation by boxes does not exist here; boundary `constant` 0 there, `nearest` by default here; integers are
///   computed as they are, not scaled to 0..1.
#[gpu_op(composite, family = "hessian")]
pub fn hessian_matrix_det(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = "differences")] method: SecondDerivatives,
) -> Expr<f32> {
    if method == SecondDerivatives::Differences {
        return determinant_of_differences(gaussian_blur(&image, sigma));
    }
    let [xx, xy, xz, yy, yz, zz] = elements(&image, sigma, method);
    symmetric_determinant(xx, xy, xz, yy, yz, zz)
}

/// The shape index of each plane as a surface, from central differences of central differences along x and y with
/// NumPy's ends: −1 in a cup, 0 on a saddle, 1 on a cap.
#[gpu_op(neighborhood, family = "hessian")]
pub fn shape_of_surface(w: Window<f32>) -> f32 {
    let (x, width) = (w.x(), w.extent_x());
    let (y, height) = (w.y(), w.extent_y());
    let c = w.center();
    let xx = slope_of_slopes(w.at(-2, 0, 0), w.at(-1, 0, 0), c, w.at(1, 0, 0), w.at(2, 0, 0), x, width);
    let yy = slope_of_slopes(w.at(0, -2, 0), w.at(0, -1, 0), c, w.at(0, 1, 0), w.at(0, 2, 0), y, height);
    let above = slope(w.at(-1, -1, 0), w.at(0, -1, 0), w.at(1, -1, 0), x, width);
    let here = slope(w.at(-1, 0, 0), c, w.at(1, 0, 0), x, width);
    let below = slope(w.at(-1, 1, 0), w.at(0, 1, 0), w.at(1, 1, 0), x, width);
    let xy = slope(above, here, below, y, height);
    let half = 0.5 * (xx - yy);
    let spread = 2.0 * (xy * xy + half * half).sqrt();
    // Both eigenvalues 0 have no shape: NaN.
    std::f32::consts::FRAC_2_PI * (-(xx + yy) / spread).atan()
}

/// The shape index of each plane as a surface whose height is the image smoothed with a Gaussian: −1 is the bottom of a
/// cup, −0.5 a rut, 0 a saddle, 0.5 a ridge, 1 the top of a cap; NaN where the surface is flat.
///
/// (2/π)·arctan((l2 + l1)/(l2 − l1)) of the larger and the smaller eigenvalue l1, l2 of the matrix of second
/// derivatives along x and y, by central differences. Koenderink, J. J., van Doorn, A. J. (1992). Surface shape and
/// curvature scales. Image and Vision Computing 10(8), 557–564.
///
/// # Names
/// - `skimage.feature.shape_index`: 2-D there, each plane here (`sigma` smoothes along z too); where both eigenvalues
///   are equal the sign is that of the neighbourhood here, the opposite there; boundary `constant` 0 by default,
///   `nearest` here; integers are computed as they are, not scaled to 0..1.
#[gpu_op(composite, family = "hessian")]
pub fn shape_index(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    shape_of_surface(gaussian_blur(&image, sigma))
}

family! {
    operations: [
        hessian_eigenvalues, small_hessian_eigenvalue, large_hessian_eigenvalue, hessian_matrix,
        hessian_gaussian_eigenvalue, hessian_matrix_det, shape_index,
    ],
    kernels: [
        hessian_eigenvalues, determinant_of_differences, differences_along_axes, mixed_differences, shape_of_surface,
    ],
}
