//! What is composed from the extrema, ranks and variance of a window.

use crate::catalogue::family;
use crate::filter::percentile_filter;
use crate::morphology::{closing, maximum_filter, minimum_filter, opening};
use crate::prelude::*;
use crate::variance::standard_deviation_filter;

/// Morphological gradient: the largest minus the smallest value within a box or ellipsoid; in f32.
///
/// # Names
/// - `scipy.ndimage.morphological_gradient`: a radius of r is a size of 2r + 1; boundary `reflect` by default,
///   `nearest` here; the result is f32, there of the image's type.
/// - `skimage.filters.rank.gradient`: any type; voxels outside the image are what the boundary says, there they do not count.
#[gpu_op(composite, family = "morphology", alias = "range_filter")]
pub fn morphological_gradient<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    maximum_filter(&image, radius, shape) - minimum_filter(&image, radius, shape)
}

/// Largest plus smallest value within a window minus twice the value: what a dilation adds minus what an erosion takes away.
#[gpu_op(pointwise, family = "morphology")]
pub fn extrema_around(image: f32, largest: f32, smallest: f32) -> f32 {
    (largest - image) - (image - smallest)
}

/// Morphological Laplace operator: the largest plus the smallest value within a box or ellipsoid minus twice the pixel; in f32.
///
/// # Names
/// - `scipy.ndimage.morphological_laplace`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest`
///   here; the result is f32, there of the image's type, in which it may wrap.
#[gpu_op(composite, family = "morphology")]
pub fn morphological_laplace<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    extrema_around(&image, maximum_filter(&image, radius, shape), minimum_filter(&image, radius, shape))
}

/// Mean of the largest and the smallest value within a box or ellipsoid, in f32.
///
/// # Names
/// - `imagej.MidGrey`: the level of that local threshold.
#[gpu_op(composite, family = "filter")]
pub fn midpoint_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    0.5 * maximum_filter(&image, radius, shape) + 0.5 * minimum_filter(&image, radius, shape)
}

/// Shannon's entropy of the values within a box, in bits: log₂ n minus the mean over the n voxels of log₂ of how many
/// of them have the same value.
///
/// See `entropy_filter`.
#[gpu_op(neighborhood, family = "filter")]
pub fn entropy_box<T: Pixel>(
    w: Window<T>,
    #[param(default = 2, range = 0..=10, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    let mut sum = 0.0;
    let mut all = 0.0;
    for value in w.cuboid(radius) {
        let mut same = 0.0;
        for other in w.cuboid(radius) {
            same += if other == value { 1.0 } else { 0.0 };
        }
        sum += max(same, 1.0).log2();
        all += 1.0;
    }
    max(all.log2() - sum / all, 0.0)
}

/// Shannon's entropy of the values within an ellipsoid, in bits: see `entropy_filter`.
#[gpu_op(neighborhood, family = "filter")]
pub fn entropy_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 2, range = 0..=10, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    let mut sum = 0.0;
    let mut all = 0.0;
    for value in w.ellipsoid(radius) {
        let mut same = 0.0;
        for other in w.ellipsoid(radius) {
            same += if other == value { 1.0 } else { 0.0 };
        }
        sum += max(same, 1.0).log2();
        all += 1.0;
    }
    max(all.log2() - sum / all, 0.0)
}

/// Local entropy: Shannon's entropy of the values within an ellipsoid or a box around each voxel, −Σ p · log₂ p over
/// the shares p of the different values. In f32, in bits.
///
/// Values are compared in the image's own type; `convert` an f32 image to integers first, since there every value may
/// be one of its own. NaN is unlike any value. A voxel costs n² comparisons for a window of n voxels.
///
/// # Names
/// - `skimage.filters.rank.entropy`: any type; voxels outside the image are what the boundary says, there they do not count.
/// - `cucim.skimage.filters.rank.entropy`: as scikit-image's.
#[gpu_op(composite, family = "filter", alias = "local_entropy")]
pub fn entropy_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 2, range = 0..=10, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "sphere")] shape: Footprint,
) -> Expr<f32> {
    match shape {
        Footprint::Box => entropy_box(image, radius),
        Footprint::Sphere => entropy_sphere(image, radius),
    }
}

/// Opening with an ellipsoid.
///
/// # Names
/// - `clesperanto.opening_sphere`: same.
#[gpu_op(composite, family = "morphology")]
pub fn opening_sphere<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<T> {
    opening(image, radius, Footprint::Sphere)
}

/// Closing with an ellipsoid.
///
/// # Names
/// - `clesperanto.closing_sphere`: same.
#[gpu_op(composite, family = "morphology")]
pub fn closing_sphere<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<T> {
    closing(image, radius, Footprint::Sphere)
}

/// White top-hat with an ellipsoid: the image minus its opening.
///
/// # Names
/// - `clesperanto.top_hat_sphere`: same; the result is f32, there of the image's type.
#[gpu_op(composite, family = "filter")]
pub fn top_hat_sphere<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<f32> {
    crate::top_hat(image, radius, Footprint::Sphere)
}

/// Black top-hat with an ellipsoid: the closing of the image minus the image.
///
/// # Names
/// - `clesperanto.bottom_hat_sphere`: same; the result is f32, there of the image's type.
#[gpu_op(composite, family = "filter")]
pub fn bottom_hat_sphere<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<f32> {
    crate::bottom_hat(image, radius, Footprint::Sphere)
}

/// Population standard deviation within an ellipsoid, in f32.
///
/// # Names
/// - `clesperanto.standard_deviation_sphere`: same.
#[gpu_op(composite, family = "filter")]
pub fn standard_deviation_sphere(
    image: AnyExpr,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<f32> {
    standard_deviation_filter(&image, radius, Footprint::Sphere)
}

/// The number of voxels of a window with these radii, in integers as windows are made.
fn voxels_of_window(radius: [u32; 3], shape: Footprint) -> u64 {
    let [x, y, z] = radius.map(i64::from);
    let square = |radius: i64| i128::from(radius.max(1)).pow(2);
    let (xx, yy, zz) = (square(x), square(y), square(z));
    let inside = |dx: i64, dy: i64, dz: i64| {
        let of = |d: i64, others: i128| i128::from(d).pow(2) * others;
        of(dx, yy * zz) + of(dy, xx * zz) + of(dz, xx * yy) <= xx * yy * zz
    };
    match shape {
        Footprint::Box => radius.iter().map(|&r| 2 * u64::from(r) + 1).product(),
        Footprint::Sphere => (-z..=z)
            .flat_map(|dz| (-y..=y).map(move |dy| (dy, dz)))
            .map(|(dy, dz)| (-x..=x).filter(|&dx| inside(dx, dy, dz)).count() as u64)
            .sum(),
    }
}

/// The element of a rank within a box or ellipsoid, in the image's own type: 0 is the smallest, -1 the largest, -2 the
/// one before; NaN counts as largest.
///
/// An error where the window has not so many voxels. Axes of extent 1 are no part of it.
///
/// # Names
/// - `scipy.ndimage.rank_filter`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here.
#[gpu_op(procedure, family = "filter")]
pub fn rank_filter(
    context: &Context,
    image: AnyImage,
    #[param(default = 0)] rank: i32,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Result<AnyImage> {
    let [x, y, z] = Domain::of(&image).extent.map(|extent| u32::from(extent > 1));
    let count = voxels_of_window([x * radius.x, y * radius.y, z * radius.z], shape);
    let place = if rank < 0 { i64::from(rank) + count as i64 } else { i64::from(rank) };
    if place < 0 || place >= count as i64 {
        return Err(Error::Parameter {
            operation: "rank_filter".into(),
            parameter: "rank".into(),
            value: rank.to_string(),
            problem: format!("the window has {count} voxels"),
            remedy: format!("give a rank from {} to {}", -(count as i64), count - 1),
        });
    }
    // In the middle between the two percentiles where the rank changes.
    let percentile = (100.0 * (place as f64 + 0.5) / count as f64) as f32;
    context.eval_any(&percentile_filter(&image, radius, percentile, shape).into_any())
}

family! {
    operations: [
        entropy_box, entropy_sphere, entropy_filter, morphological_gradient, morphological_laplace, midpoint_filter, opening_sphere, closing_sphere, top_hat_sphere, bottom_hat_sphere,
        standard_deviation_sphere, rank_filter,
    ],
    kernels: [entropy_box, entropy_sphere, extrema_around],
}

#[cfg(test)]
mod tests {
    use super::{Footprint, voxels_of_window};

    #[test]
    fn windows_have_as_many_voxels_as_they_have() {
        assert_eq!(voxels_of_window([1, 2, 3], Footprint::Box), 105);
        assert_eq!(voxels_of_window([1, 1, 1], Footprint::Sphere), 7);
        assert_eq!(voxels_of_window([1, 1, 0], Footprint::Sphere), 5);
        assert_eq!(voxels_of_window([3, 3, 3], Footprint::Sphere), 123);
    }
}
