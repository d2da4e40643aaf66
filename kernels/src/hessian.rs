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

/// The eigenvalues of a symmetric matrix of two rows, in no order: the one of larger magnitude first, the other by the
/// product of both, so that neither loses digits to the other. The square of no element may overflow, nor that of the
/// largest vanish.
#[gpu_fn]
pub fn eigenvalues_of_two(first: f32, off: f32, second: f32) -> (f32, f32) {
    let middle = 0.5 * first + 0.5 * second;
    let half = 0.5 * first - 0.5 * second;
    let far = middle + half.mul_add(half, off * off).sqrt().copysign(middle);
    (far, if far == 0.0 { 0.0 } else { first.mul_add(second, -(off * off)) / far })
}

/// A column of the adjugate of a symmetric matrix of rank two: the one with the largest element of the diagonal, which
/// makes it 1. It is the eigenvector of the eigenvalue 0.
#[gpu_fn]
pub fn null_of_symmetric(a: f32, ab: f32, ac: f32, b: f32, bc: f32, c: f32) -> (f32, f32, f32) {
    let (x, y, z) = (b.mul_add(c, -(bc * bc)), a.mul_add(c, -(ac * ac)), a.mul_add(b, -(ab * ab)));
    let (xy, xz, yz) = (ac.mul_add(bc, -(ab * c)), ab.mul_add(bc, -(ac * b)), ab.mul_add(ac, -(bc * a)));
    let (first, second, third, on_diagonal) = if x.abs() >= y.abs() && x.abs() >= z.abs() {
        (x, xy, xz, x)
    } else if y.abs() >= z.abs() {
        (xy, y, yz, y)
    } else {
        (xz, yz, z, z)
    };
    let inverse = if on_diagonal == 0.0 { 0.0 } else { 1.0 / on_diagonal };
    (if on_diagonal == 0.0 { 1.0 } else { first * inverse }, second * inverse, third * inverse)
}

/// The product of a symmetric matrix with a vector.
#[gpu_fn]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix and of a vector")]
pub fn symmetric_times(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    x: f32,
    y: f32,
    z: f32,
) -> (f32, f32, f32) {
    (xx.mul_add(x, xy.mul_add(y, xz * z)), xy.mul_add(x, yy.mul_add(y, yz * z)), xz.mul_add(x, yz.mul_add(y, zz * z)))
}

/// The eigenvalues of a symmetric matrix of three rows, ascending.
///
/// Less its mean eigenvalue q, and divided by p, the matrix has the eigenvalues 2·cos(φ + 2πk/3), cos 3φ being half of
/// its determinant. Of these the first, or with a negative determinant the last, lies at least √3 from the others: it
/// and its eigenvector lose nothing where eigenvalues are close to one another, while the arc cosine that gives the
/// others loses half of the digits. So it is found as a root of x³ - 3x = 2·cos 3φ, its eigenvector is divided out, and
/// the two others are those of the matrix of two rows that is left.
#[gpu_fn]
pub fn eigenvalues_of_three(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32) -> (f32, f32, f32) {
    // The square of no element may overflow, nor that of the largest vanish.
    let most = max(max(max(xx.abs(), xy.abs()), max(xz.abs(), yy.abs())), max(yz.abs(), zz.abs()));
    let unit = 1.0 / max(most, 1e-37);
    let (xx, xy, xz, yy, yz, zz) = (xx * unit, xy * unit, xz * unit, yy * unit, yz * unit, zz * unit);
    let mean = (xx + yy + zz) * (1.0 / 3.0);
    let (a, b, c) = (xx - mean, yy - mean, zz - mean);
    let beside = xy.mul_add(xy, xz.mul_add(xz, yz * yz));
    let size = ((0.5 * a).mul_add(a, (0.5 * b).mul_add(b, (0.5 * c).mul_add(c, beside))) * (1.0 / 3.0)).sqrt();
    let determinant =
        a.mul_add(b.mul_add(c, -(yz * yz)), (-xy).mul_add(xy.mul_add(c, -(yz * xz)), xz * xy.mul_add(yz, -(b * xz))));
    let cube = size * size * size;
    let cosine = if cube > 0.0 { min(0.5 * determinant.abs() / cube, 1.0) } else { 0.0 };
    // From √3 at 0 to 2 at 1; what two steps of Newton's leave of an error of 0.01 is below rounding.
    let mut root = cosine.mul_add(cosine.mul_add(-0.065_384_14, 1.0 / 3.0), 1.732_050_8);
    for _ in 0..2u32 {
        root -= root.mul_add(root, -3.0).mul_add(root, -2.0 * cosine) / (3.0 * root).mul_add(root, -3.0);
    }
    let alone = if determinant < 0.0 { mean - root * size } else { root.mul_add(size, mean) };
    let (x, y, z) = null_of_symmetric(xx - alone, xy, xz, yy - alone, yz, zz - alone);
    let length = 1.0 / x.mul_add(x, y.mul_add(y, z * z)).sqrt();
    let (x, y, z) = (x * length, y * length, z * length);
    // Two vectors across it: one in the plane of z and the longer of x and y, unless it is z itself.
    let along_x = x.abs() > y.abs();
    let longer = if along_x { x } else { y };
    let length = 1.0 / longer.mul_add(longer, z * z).sqrt();
    let (near, far) = (z * length, longer * length);
    let (ux, uy, uz) = if along_x { (-near, 0.0, far) } else { (0.0, near, -far) };
    let (wx, wy, wz) = (y.mul_add(uz, -(z * uy)), z.mul_add(ux, -(x * uz)), x.mul_add(uy, -(y * ux)));
    let (ax, ay, az) = symmetric_times(xx, xy, xz, yy, yz, zz, x, y, z);
    let (bx, by, bz) = symmetric_times(xx, xy, xz, yy, yz, zz, ux, uy, uz);
    let (cx, cy, cz) = symmetric_times(xx, xy, xz, yy, yz, zz, wx, wy, wz);
    let apart = x.mul_add(ax, y.mul_add(ay, z * az));
    let (first, second) = eigenvalues_of_two(
        ux.mul_add(bx, uy.mul_add(by, uz * bz)),
        wx.mul_add(bx, wy.mul_add(by, wz * bz)),
        wx.mul_add(cx, wy.mul_add(cy, wz * cz)),
    );
    let (low, high) = (min(first, second), max(first, second));
    (min(low, apart) * most, max(low, min(high, apart)) * most, max(high, apart) * most)
}

/// The eigenvalues of a symmetric matrix, ascending; rows and columns of axes that are flat do not count. In between is
/// 0 where there are less than three.
#[gpu_fn]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn eigenvalues_of(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    flat_x: bool,
    flat_y: bool,
    flat_z: bool,
) -> (f32, f32, f32) {
    if flat_x || flat_y || flat_z {
        let first = if !flat_x {
            xx
        } else if !flat_y {
            yy
        } else if !flat_z {
            zz
        } else {
            0.0
        };
        let last = if !flat_z {
            zz
        } else if !flat_y {
            yy
        } else if !flat_x {
            xx
        } else {
            0.0
        };
        let off = if flat_x && !flat_y && !flat_z {
            yz
        } else if flat_y && !flat_x && !flat_z {
            xz
        } else if flat_z && !flat_x && !flat_y {
            xy
        } else {
            0.0
        };
        let most = max(max(first.abs(), last.abs()), off.abs());
        let unit = 1.0 / max(most, 1e-37);
        let (one, other) = eigenvalues_of_two(first * unit, off * unit, last * unit);
        let low = if off == 0.0 { min(first, last) } else { min(one, other) * most };
        let high = if off == 0.0 { max(first, last) } else { max(one, other) * most };
        (low, 0.0, high)
    } else if xy == 0.0 && xz == 0.0 && yz == 0.0 {
        (min(min(xx, yy), zz), max(min(xx, yy), min(max(xx, yy), zz)), max(max(xx, yy), zz))
    } else {
        eigenvalues_of_three(xx, xy, xz, yy, yz, zz)
    }
}

/// The eigenvalues of the symmetric matrix that six images hold for each voxel: three images, the smallest, the one
/// between, the largest.
///
/// In f32, without iteration: one eigenvalue by the cubic formula, its eigenvector, and the quadratic formula for what is
/// left. Each is off by some roundings of the largest in magnitude, less than 10⁻⁶ of it, also where eigenvalues are equal
/// or almost so; those of a diagonal matrix are its elements. Rows and columns of axes of extent 1 do not
/// count; where there are less than three eigenvalues the one between is 0. Where an element is NaN or infinite the
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
    eigenvalues_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z)
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
    use super::eigenvalues_of;

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
        let (small, middle, large) = eigenvalues_of(m[0], m[1], m[2], m[3], m[4], m[5], false, false, false);
        let largest = m.iter().fold(0.0, |largest: f32, element| largest.max(element.abs()));
        assert!(small <= middle && middle <= large, "{m:?}: {small}, {middle}, {large}");
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
        let of = |flat: [bool; 3]| eigenvalues_of(2.0, 2.0, -1.5, -1.0, 0.0, 5.0, flat[0], flat[1], flat[2]);
        let (small, _, large) = of([false, false, true]);
        assert!((small + 2.0).abs() < 1e-6 && (large - 3.0).abs() < 1e-6, "{small}, {large}");
        let (small, _, large) = of([false, true, false]);
        assert!((small - 1.378_679_7).abs() < 1e-6 && (large - 5.621_320_2).abs() < 1e-6, "{small}, {large}");
        assert_eq!(of([true, false, false]), (-1.0, 0.0, 5.0));
        assert_eq!(of([true, false, true]), (-1.0, 0.0, -1.0));
        assert_eq!(of([false, true, true]), (2.0, 0.0, 2.0));
        assert_eq!(of([true, true, false]), (5.0, 0.0, 5.0));
        assert_eq!(of([true, true, true]), (0.0, 0.0, 0.0));
    }
}
