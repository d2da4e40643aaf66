//! Variance within a window.
//!
//! Invariant: a window of equal voxels has the variance 0, exactly. Differences to the centre, which all forms here are sums of, are 0 then.
//! Means are products with the rounded 1/n: a division for each voxel would take as long as ten taps of the window.

use crate::catalogue::family;
use crate::filter::mean_box;
use crate::prelude::*;
use kernwerk_runtime::Boundary;

/// Population variance within a box, in f32: of the differences to the centre `c`,
/// `max(0, (Σ(v − c)² − (Σ(v − c))² / n) / n)`.
#[gpu_op(neighborhood, family = "filter")]
pub fn variance_of_window(
    w: Window<f32>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    let centre = w.center();
    let mut sum = 0.0;
    let mut squares = 0.0;
    for value in w.cuboid(radius) {
        let away = value - centre;
        sum += away;
        squares = away.mul_add(away, squares);
    }
    let share = 1.0 / w.cuboid(radius).count();
    max((squares - sum * sum * share) * share, 0.0)
}

/// Mean and population variance within a box, in f32: `c + Σ(v − c) / n` for the centre `c`, and the variance of `variance_of_window`.
#[gpu_op(neighborhood, family = "filter")]
pub fn mean_and_variance(
    w: Window<f32>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> (f32, f32) {
    let centre = w.center();
    let mut sum = 0.0;
    let mut squares = 0.0;
    for value in w.cuboid(radius) {
        let away = value - centre;
        sum += away;
        squares = away.mul_add(away, squares);
    }
    let share = 1.0 / w.cuboid(radius).count();
    (centre + sum * share, max((squares - sum * sum * share) * share, 0.0))
}

/// The most voxels of a box whose variance is computed in one go: three operations for each, where passes that hand on two images take three
/// copies at least.
const AT_ONCE: u64 = 27;
/// The same for a rectangle of a plane, whose mean and variance one pass hands on to that along z.
const PLANE_AT_ONCE: u64 = 25;

/// Population variance within a box, in f32.
///
/// Up to 27 voxels, from the differences to the centre `c`: `max(0, (Σ(v − c)² − (Σ(v − c))² / n) / n)`. Larger boxes go by
/// the law of total variance: of rectangles in planes, if they have up to 25 voxels, else of lines along x and then along
/// y, mean and variance are computed in this way; then, along z, the variance of means plus the mean of variances. The
/// digits that squares of large values would lose stay, a window of equal voxels has the variance 0, and the cost grows
/// with the radius rather than with its cube.
///
/// # Names
/// - `clesperanto.variance_box`: same.
#[gpu_op(composite, family = "filter")]
pub fn variance_box(
    image: AnyExpr,
    boundary: Boundary,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<f32> {
    let [x, y, z] = [radius.x, radius.y, radius.z].map(|radius| 2 * u64::from(radius) + 1);
    if x * y * z <= AT_ONCE {
        return variance_of_window(image, radius);
    }
    let zero = PerAxis::from(0u32);
    let along_z = PerAxis { z: radius.z, ..zero };
    let passes = match x * y {
        0..=PLANE_AT_ONCE => vec![PerAxis { z: 0, ..radius }, along_z],
        _ => vec![PerAxis { x: radius.x, ..zero }, PerAxis { y: radius.y, ..zero }, along_z],
    };
    let passes: Vec<_> = passes.into_iter().filter(|&pass| pass != zero).collect();
    let [first, between @ .., last] = &passes[..] else { return variance_of_window(image, radius) };
    // Lines that lie wholly beyond a constant boundary have that mean, and no variance.
    let mean_of_variances = |variance: Expr<f32>, pass| match boundary {
        Boundary::Constant(_) => mean_box(variance, pass).boundary(Boundary::Constant(0.0)),
        _ => mean_box(variance, pass),
    };
    let (mut mean, mut variance) = mean_and_variance(image, *first);
    for &pass in between {
        let (next, of_means) = mean_and_variance(mean, pass);
        variance = mean_of_variances(variance, pass) + of_means;
        mean = next;
    }
    mean_of_variances(variance, *last) + variance_of_window(mean, *last)
}

/// Population variance within an ellipsoid, in f32: of the differences to the centre `c`,
/// `max(0, (Σ(v − c)² − (Σ(v − c))² / n) / n)`.
///
/// Differences to the centre keep the digits that squares of large values would lose; a centre that is itself an
/// outlier makes the variance as large as the terms that cancel.
///
/// # Names
/// - `clesperanto.variance_sphere`: same.
#[gpu_op(neighborhood, family = "filter")]
pub fn variance_sphere(
    w: Window<f32>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    let centre = w.center();
    let mut sum = 0.0;
    let mut squares = 0.0;
    for value in w.ellipsoid(radius) {
        let away = value - centre;
        sum += away;
        squares = away.mul_add(away, squares);
    }
    let share = 1.0 / w.ellipsoid(radius).count();
    max((squares - sum * sum * share) * share, 0.0)
}

/// Population variance within a box or ellipsoid, in f32: a measure of local texture.
///
/// # Names
/// - `clesperanto.variance_filter`: `connectivity` is `shape`.
#[gpu_op(composite, family = "filter", alias = "variance")]
pub fn variance_filter(
    image: AnyExpr,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    match shape {
        Footprint::Box => variance_box(&image, radius),
        Footprint::Sphere => variance_sphere(&image, radius),
    }
}

/// Population standard deviation within a box or ellipsoid, in f32: the root of `variance_filter`.
///
/// # Names
/// - `clesperanto.standard_deviation`: `connectivity` is `shape`.
/// - `clesperanto.standard_deviation_box`: `connectivity` is `shape`.
#[gpu_op(composite, family = "filter", alias = "standard_deviation, standard_deviation_box")]
pub fn standard_deviation_filter(
    image: AnyExpr,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    crate::square_root(variance_filter(&image, radius, shape))
}

family! {
    operations: [variance_box, variance_sphere, variance_filter, standard_deviation_filter],
    kernels: [
        variance_of_window, mean_and_variance, variance_sphere,
    ],
}
