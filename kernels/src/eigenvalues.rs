//! Symmetric matrices of two or three rows, one for each voxel: their eigenvalues and determinants.
//!
//! Invariant: what belongs to an axis of extent 1 is no part of a matrix.

use kernwerk_runtime::lang::{clamp, to_bits};

use crate::catalogue::family;
use crate::prelude::*;

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

/// 1/√x for an x above 0, off by less than 10⁻⁵ of it: two steps of Newton's from what half of the exponent tells.
#[gpu_fn]
pub fn approximate_inverse_root(x: f32) -> f32 {
    let half = -0.5 * x;
    let first = f32::from_bits(0x5f37_59df - (to_bits(x) >> 1));
    let second = first * (half * first).mul_add(first, 1.5);
    second * (half * second).mul_add(second, 1.5)
}

/// The column of the adjugate of a symmetric matrix of rank two with the largest element of the diagonal: an eigenvector
/// of the eigenvalue 0, of any length.
#[gpu_fn]
pub fn null_of_symmetric(a: f32, ab: f32, ac: f32, b: f32, bc: f32, c: f32) -> (f32, f32, f32) {
    let (x, y, z) = (b.mul_add(c, -(bc * bc)), a.mul_add(c, -(ac * ac)), a.mul_add(b, -(ab * ab)));
    let (xy, xz, yz) = (ac.mul_add(bc, -(ab * c)), ab.mul_add(bc, -(ac * b)), ab.mul_add(ac, -(bc * a)));
    if x.abs() >= y.abs() && x.abs() >= z.abs() {
        (x, xy, xz)
    } else if y.abs() >= z.abs() {
        (xy, y, yz)
    } else {
        (xz, yz, z)
    }
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
/// Less its mean eigenvalue, and divided by p, the matrix has the eigenvalues 2·cos(φ + 2πk/3), cos 3φ being half of its
/// determinant. Of these the first, or with a negative determinant the last, lies at least √3 from the others: its
/// eigenvector loses nothing where eigenvalues are close to one another, while the arc cosine that gives the others loses
/// half of the digits. The eigenvector is divided out, and the two others are those of the matrix of two rows that is
/// left. An eigenvector that is off by ε changes these numbers by ε² alone, so p and cos φ need few digits.
#[gpu_fn]
pub fn eigenvalues_of_three(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32) -> (f32, f32, f32) {
    // Times a power of two, so that no square overflows, nor that of the largest vanishes.
    let most = xx.abs() + xy.abs() + xz.abs() + yy.abs() + yz.abs() + zz.abs();
    let exponent = clamp(to_bits(most) & 0x7f80_0000, 0x0080_0000, 0x7e80_0000);
    let (unit, scale) = (f32::from_bits(0x7f00_0000 - exponent), f32::from_bits(exponent));
    let (xx, xy, xz, yy, yz, zz) = (xx * unit, xy * unit, xz * unit, yy * unit, yz * unit, zz * unit);
    let mean = (xx + yy + zz) * (1.0 / 3.0);
    let (a, b, c) = (xx - mean, yy - mean, zz - mean);
    let beside = xy.mul_add(xy, xz.mul_add(xz, yz * yz));
    let square = ((0.5 * a).mul_add(a, (0.5 * b).mul_add(b, (0.5 * c).mul_add(c, beside)))) * (1.0 / 3.0);
    let inverse = approximate_inverse_root(square);
    let (na, nb, nc, nab, nac, nbc) = (a * inverse, b * inverse, c * inverse, xy * inverse, xz * inverse, yz * inverse);
    let cosine = 0.5
        * na.mul_add(
            nb.mul_add(nc, -(nbc * nbc)),
            (-nab).mul_add(nab.mul_add(nc, -(nbc * nac)), nac * nab.mul_add(nbc, -(nb * nac))),
        );
    // 2·cos φ, from √3 at 0 to 2 at 1, off by less than 10⁻⁵.
    let x = cosine.abs();
    let root = x.mul_add(
        x.mul_add(x.mul_add(x.mul_add(-0.008_198_81, 0.035_284_73), -0.092_010_52), 0.332_858_03),
        1.732_059_7,
    );
    let root = if cosine < 0.0 { -root } else { root };
    let (x, y, z) = null_of_symmetric(na - root, nab, nac, nb - root, nbc, nc - root);
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
    (min(low, apart) * scale, max(low, min(high, apart)) * scale, max(high, apart) * scale)
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
/// In f32, without iteration: one eigenvector by the cubic formula, and the quadratic formula for what is left. Each is off by some roundings of the largest in magnitude, less than 10⁻⁶ of it, also where eigenvalues are equal
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

/// One eigenvalue of the symmetric matrix that six images hold for each voxel; as [`symmetric_eigenvalues`].
#[gpu_op(pointwise, family = "hessian")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn symmetric_eigenvalue(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    at: Position,
    #[param(range = 0..=2)] number: u32,
) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let (small, middle, large) = eigenvalues_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z);
    if number == 0 {
        small
    } else if number == 1 {
        middle
    } else {
        large
    }
}

/// The determinant of a symmetric matrix; rows and columns of axes that are flat do not count.
#[gpu_fn]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn determinant_of(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    flat_x: bool,
    flat_y: bool,
    flat_z: bool,
) -> f32 {
    let a = if flat_x { 1.0 } else { xx };
    let b = if flat_y { 1.0 } else { yy };
    let c = if flat_z { 1.0 } else { zz };
    let ab = if flat_x || flat_y { 0.0 } else { xy };
    let ac = if flat_x || flat_z { 0.0 } else { xz };
    let bc = if flat_y || flat_z { 0.0 } else { yz };
    a * (b * c - bc * bc) - ab * (ab * c - bc * ac) + ac * (ab * bc - b * ac)
}

/// The determinant of the symmetric matrix that six images hold for each voxel; axes of extent 1 do not count.
#[gpu_op(pointwise, family = "hessian")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn symmetric_determinant(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32, at: Position) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    determinant_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z)
}

family! {
    operations: [symmetric_eigenvalues],
    kernels: [symmetric_eigenvalues, symmetric_eigenvalue, symmetric_determinant],
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
