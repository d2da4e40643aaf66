//! The matrix of second derivatives, its eigenvalues, and what is computed from them.
//!
//! Invariant: what belongs to an axis of extent 1 is no part of the matrix: pictures have the matrices and eigenvalues
//! of two axes.

use std::f32::consts::FRAC_1_SQRT_2;

use kernwerk_runtime::{Axis, Choice};

use crate::catalogue::family;
use crate::derivative::gaussian_derivative;
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

/// The rotation that makes the element `off` beside the diagonal elements `first` and `second` of a symmetric matrix 0:
/// tangent, cosine, sine.
#[gpu_fn]
pub fn jacobi_rotation(first: f32, second: f32, off: f32) -> (f32, f32, f32) {
    let ratio = 0.5 * (second - first) / off;
    let tangent = (1.0 / (ratio.abs() + (ratio * ratio + 1.0).sqrt())).copysign(ratio);
    let tangent = if off == 0.0 { 0.0 } else { tangent };
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    (tangent, cosine, tangent * cosine)
}

/// The eigenvalues of a symmetric matrix, in no order, by four sweeps of Jacobi's rotations: what remains beside the
/// diagonal is less than rounding, also where eigenvalues are equal. A row of zeros keeps its place.
#[gpu_fn]
#[allow(unused_assignments, reason = "the last sweep leaves elements that nobody reads")]
pub fn diagonal_of_symmetric(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32) -> (f32, f32, f32) {
    let (mut a, mut b, mut c) = (xx, yy, zz);
    let (mut ab, mut ac, mut bc) = (xy, xz, yz);
    for _ in 0..4u32 {
        let (tangent, cosine, sine) = jacobi_rotation(a, b, ab);
        a -= tangent * ab;
        b += tangent * ab;
        (ac, bc) = (cosine * ac - sine * bc, sine * ac + cosine * bc);
        ab = 0.0;
        let (tangent, cosine, sine) = jacobi_rotation(a, c, ac);
        a -= tangent * ac;
        c += tangent * ac;
        (ab, bc) = (cosine * ab - sine * bc, sine * ab + cosine * bc);
        ac = 0.0;
        let (tangent, cosine, sine) = jacobi_rotation(b, c, bc);
        b -= tangent * bc;
        c += tangent * bc;
        (ab, ac) = (cosine * ab - sine * ac, sine * ab + cosine * ac);
        bc = 0.0;
    }
    (a, b, c)
}

/// The eigenvalues in ascending order; those of axes that are flat do not count. In between is 0 where there are less than three.
#[gpu_fn]
pub fn in_order(a: f32, b: f32, c: f32, flat_x: bool, flat_y: bool, flat_z: bool) -> (f32, f32, f32) {
    let low_a = if flat_x { f32::INFINITY } else { a };
    let low_b = if flat_y { f32::INFINITY } else { b };
    let low_c = if flat_z { f32::INFINITY } else { c };
    let high_a = if flat_x { f32::NEG_INFINITY } else { a };
    let high_b = if flat_y { f32::NEG_INFINITY } else { b };
    let high_c = if flat_z { f32::NEG_INFINITY } else { c };
    let none = flat_x && flat_y && flat_z;
    let small = if none { 0.0 } else { min(min(low_a, low_b), low_c) };
    let large = if none { 0.0 } else { max(max(high_a, high_b), high_c) };
    let middle = if flat_x || flat_y || flat_z { 0.0 } else { max(min(a, b), min(max(a, b), c)) };
    (small, middle, large)
}

/// The eigenvalues of the symmetric matrix that six images hold for each voxel: three images, the smallest, the one
/// between, the largest.
///
/// Four sweeps of Jacobi's rotations in f32, in the order xy, xz, yz: each eigenvalue is off by some roundings of the
/// largest element, also where eigenvalues are equal or almost so. Rows and columns of axes of extent 1 do not count;
/// where there are less than three eigenvalues the one between is 0. Where an element is NaN, or elements overflow, the
/// eigenvalues mean nothing.
///
/// # Names
/// - `skimage.feature.hessian_matrix_eigvals`: ascending here, descending there; the order of the elements is that of
///   x, y, z here, of rows and columns there.
/// - `numpy.linalg.eigvalsh`: the matrix as six images.
#[gpu_op(pointwise, family = "hessian")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn symmetric_eigenvalues(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32, at: Position) -> (f32, f32, f32) {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let (a, b, c) = diagonal_of_symmetric(
        if flat_x { 0.0 } else { xx },
        if flat_x || flat_y { 0.0 } else { xy },
        if flat_x || flat_z { 0.0 } else { xz },
        if flat_y { 0.0 } else { yy },
        if flat_y || flat_z { 0.0 } else { yz },
        if flat_z { 0.0 } else { zz },
    );
    in_order(a, b, c, flat_x, flat_y, flat_z)
}

/// The determinant of the symmetric matrix that six images hold for each voxel; axes of extent 1 do not count.
#[gpu_op(pointwise, family = "hessian")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn symmetric_determinant(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32, at: Position) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let a = if flat_x { 1.0 } else { xx };
    let b = if flat_y { 1.0 } else { yy };
    let c = if flat_z { 1.0 } else { zz };
    let ab = if flat_x || flat_y { 0.0 } else { xy };
    let ac = if flat_x || flat_z { 0.0 } else { xz };
    let bc = if flat_y || flat_z { 0.0 } else { yz };
    a * (b * c - bc * bc) - ab * (ab * c - bc * ac) + ac * (ab * bc - b * ac)
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
    let (a, b, c) = diagonal_of_symmetric(
        if flat_x { 0.0 } else { xx },
        if flat_x || flat_y { 0.0 } else { xy },
        if flat_x || flat_z { 0.0 } else { xz },
        if flat_y { 0.0 } else { yy },
        if flat_y || flat_z { 0.0 } else { yz },
        if flat_z { 0.0 } else { zz },
    );
    in_order(a, b, c, flat_x, flat_y, flat_z)
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
        SecondDerivatives::Gaussian => {
            let pairs = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];
            let first = Axis::ALL.map(|axis| half_derivative(image, sigma, axis));
            // As in scikit-image: along the slower axis first, which counts where an image ends.
            pairs.map(|(a, b)| half_derivative(&first[b].clone().into_any(), sigma, Axis::ALL[a]))
        }
        SecondDerivatives::Differences => {
            let blurred = gaussian_blur(image, sigma);
            let (xx, yy, zz) = differences_along_axes(&blurred);
            let (xy, xz, yz) = mixed_differences(&blurred);
            [xx, xy, xz, yy, yz, zz]
        }
    }
}

/// A first derivative by half of a Gaussian: two of them make one of standard deviation `sigma`. Weights beyond 6
/// standard deviations are nothing in f32.
fn half_derivative(image: &AnyExpr, sigma: PerAxis<f32>, axis: Axis) -> Expr<f32> {
    let number = axis.index() as u32;
    let order = PerAxis::xyz(0, 1, 2).map(|other: u32| u32::from(other == number));
    gaussian_derivative(image, sigma.map(|sigma| sigma * FRAC_1_SQRT_2), order).with("truncate", 6.0_f32)
}

/// The eigenvalues of the matrix of second derivatives.
pub(crate) fn eigenvalues(image: &AnyExpr, sigma: PerAxis<f32>, method: SecondDerivatives) -> [Expr<f32>; 3] {
    let [xx, xy, xz, yy, yz, zz] = elements(image, sigma, method);
    let (small, middle, large) = symmetric_eigenvalues(xx, xy, xz, yy, yz, zz);
    [small, middle, large]
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
    let [small, middle, large] = eigenvalues(&image, sigma, method);
    match eigenvalue {
        Eigenvalue::Small => small,
        Eigenvalue::Middle => middle,
        Eigenvalue::Large => large,
    }
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
    let [xx, xy, xz, yy, yz, zz] = elements(&image, sigma, method);
    symmetric_determinant(xx, xy, xz, yy, yz, zz)
}

/// The shape index from the second derivatives of a surface: −1 in a cup, 0 on a saddle, 1 on a cap.
#[gpu_op(pointwise, family = "hessian")]
pub fn shape_of_surface(xx: f32, xy: f32, yy: f32) -> f32 {
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
    let [xx, xy, _, yy, ..] = elements(&image, sigma, SecondDerivatives::Differences);
    shape_of_surface(xx, xy, yy)
}

family! {
    operations: [
        symmetric_eigenvalues, hessian_eigenvalues, small_hessian_eigenvalue, large_hessian_eigenvalue, hessian_matrix,
        hessian_gaussian_eigenvalue, hessian_matrix_det, shape_index,
    ],
    kernels: [
        symmetric_eigenvalues, symmetric_determinant, hessian_eigenvalues, differences_along_axes, mixed_differences, shape_of_surface,
    ],
}

#[cfg(test)]
mod tests {
    use super::{diagonal_of_symmetric, in_order};

    /// Numbers from -1 to 1, always the same.
    fn numbers() -> impl FnMut() -> f32 {
        let mut seed = 12345_u64;
        move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f32 / 8_388_608.0 - 1.0
        }
    }

    /// Eigenvalues in f64, by many more sweeps over the whole matrix.
    fn eigenvalues(m: [f32; 6]) -> [f64; 3] {
        let [xx, xy, xz, yy, yz, zz] = m.map(f64::from);
        let mut w = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
        for (p, q) in [(0, 1), (0, 2), (1, 2)].into_iter().cycle().take(36) {
            let ratio = (w[q][q] - w[p][p]) / (2.0 * w[p][q]);
            let t = if w[p][q] == 0.0 { 0.0 } else { ratio.signum() / (ratio.abs() + (ratio * ratio + 1.0).sqrt()) };
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            for row in &mut w {
                (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
            }
            (w[p], w[q]) = (
                std::array::from_fn(|k| c * w[p][k] - s * w[q][k]),
                std::array::from_fn(|k| s * w[p][k] + c * w[q][k]),
            );
        }
        let mut values = [w[0][0], w[1][1], w[2][2]];
        values.sort_by(f64::total_cmp);
        values
    }

    #[track_caller]
    fn check(m: [f32; 6]) {
        let (a, b, c) = diagonal_of_symmetric(m[0], m[1], m[2], m[3], m[4], m[5]);
        let (small, middle, large) = in_order(a, b, c, false, false, false);
        let largest = m.iter().fold(0.0, |largest: f32, element| largest.max(element.abs()));
        for (found, expected) in [small, middle, large].into_iter().zip(eigenvalues(m)) {
            assert!((f64::from(found) - expected).abs() <= 1e-6 * f64::from(largest), "{m:?}: {found}, {expected}");
        }
    }

    #[test]
    fn eigenvalues_are_right_to_some_roundings() {
        let mut next = numbers();
        for _ in 0..20_000 {
            check(std::array::from_fn(|_| next()));
        }
    }

    #[test]
    fn equal_and_almost_equal_eigenvalues() {
        let mut next = numbers();
        for _ in 0..5_000 {
            let (d, e) = (next(), next() * 1e-4);
            check([d, e, e, d, e, d]);
            let (v, shift) = ([next(), next(), next()], next());
            check([
                shift + v[0] * v[0],
                v[0] * v[1],
                v[0] * v[2],
                shift + v[1] * v[1],
                v[1] * v[2],
                shift + v[2] * v[2],
            ]);
            check([v[0] * v[0], v[0] * v[1], v[0] * v[2], v[1] * v[1], v[1] * v[2], v[2] * v[2]]);
        }
        check([0.0; 6]);
        check([3.0, 0.0, 0.0, 3.0, 0.0, 3.0]);
        check([1.0; 6]);
        check([0.0, 0.0, 5.0, 0.0, 0.0, 0.0]);
        check([1e-30, 2e-30, 0.0, -1e-30, 3e-30, 0.0]);
        check([1e15, 2e15, 0.0, -1e15, 3e15, 1e12]);
    }

    #[test]
    fn flat_axes_have_no_eigenvalue() {
        assert_eq!(in_order(2.0, -1.0, 0.0, false, false, true), (-1.0, 0.0, 2.0));
        assert_eq!(in_order(0.0, 5.0, 0.0, true, false, true), (5.0, 0.0, 5.0));
        assert_eq!(in_order(0.0, 0.0, 0.0, true, true, true), (0.0, 0.0, 0.0));
    }
}
