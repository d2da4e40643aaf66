//! Smoothing filters.

use crate::catalogue::family;
use crate::morphology::{maximum_filter, minimum_filter};
use crate::prelude::*;

/// The weights of a Gaussian, computed in f64 and normalised; the radius is `truncate · sigma`, rounded, as in SciPy.
pub fn gaussian_weights(sigma: PerAxis<f32>, truncate: f32) -> PerAxis<Vec<f32>> {
    sigma.map(|sigma| {
        let sigma = f64::from(sigma);
        let radius = (f64::from(truncate) * sigma + 0.5) as i64;
        let weight = |distance: i64| if distance == 0 { 1.0 } else { (-0.5 * (distance as f64 / sigma).powi(2)).exp() };
        let sum: f64 = (-radius..=radius).map(weight).sum();
        (-radius..=radius).map(|distance| (weight(distance) / sum) as f32).collect()
    })
}

/// Gaussian blur.
///
/// `sigma` is the standard deviation per axis, `truncate` (default 4) where the kernel ends, in standard deviations.
/// The passes run along x, y, z in f32; each is a chain of fused multiply-adds from the lowest to the highest
/// coordinate. Axes of extent 1 are left alone. Same values as `scipy.ndimage.gaussian_filter` on f32 within rounding.
///
/// # Names
/// - `scipy.ndimage.gaussian_filter`: boundary `reflect` by default, `nearest` here; the result is always f32; `order`:
///   `gaussian_derivative`; `radius`: `truncate`.
/// - `scipy.ndimage.gaussian_filter1d`: a sigma of 0 along the other axes.
/// - `skimage.filters.gaussian`: integers are computed as they are, not scaled to 0..1; a channel axis is a batch axis.
/// - `clesperanto.gaussian_blur`: the default of sigma is 1, 0 there; kernels end at 4 sigma, there too but for
///   rounding to the next odd width.
#[gpu_op(neighborhood(separable), alias = "gaussian, gaussian_filter, gaussian_filter1d")]
pub fn gaussian_blur(
    line: Line<f32>,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = 4.0, range = 0.0..=100.0, unit = "standard deviations", optional)] truncate: f32,
) -> f32 {
    line.weighted_sum(gaussian_weights(sigma, truncate))
}

/// Difference of two Gaussian blurs: `gaussian_blur(sigma1) - gaussian_blur(sigma2)`. Enhances blobs between the two sizes.
///
/// # Names
/// - `clesperanto.difference_of_gaussian`: the default of sigma2 is 4, 2 there.
/// - `skimage.filters.difference_of_gaussians`: the operation of that name, whose second sigma follows from the first.
#[gpu_op(composite)]
pub fn difference_of_gaussian(
    image: AnyExpr,
    #[param(default = 2.0, range = 0.0..=10000.0, unit = "voxels")] sigma1: PerAxis<f32>,
    #[param(default = 4.0, range = 0.0..=10000.0, unit = "voxels")] sigma2: PerAxis<f32>,
) -> Expr<f32> {
    gaussian_blur(&image, sigma1) - gaussian_blur(&image, sigma2)
}

/// Arithmetic mean within a box, by one pass per axis.
///
/// # Names
/// - `scipy.ndimage.uniform_filter`: a radius of r is a size of 2r + 1; even sizes and origins do not exist; boundary
///   `reflect` by default, `nearest` here; the result is always f32, there of the image's type.
/// - `scipy.ndimage.uniform_filter1d`: a radius of 0 along the other axes.
/// - `clesperanto.mean_box`: same; the result is f32, there of the image's type.
#[gpu_op(neighborhood(separable), alias = "uniform_filter, uniform_filter1d")]
pub fn mean_box(
    line: Line<f32>,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    line.window(radius).sum() / line.window(radius).count()
}

/// Arithmetic mean within an ellipsoid.
///
/// # Names
/// - `clesperanto.mean_sphere`: same; the result is f32, there of the image's type.
/// - `skimage.filters.rank.mean`: computed in f32 of any type, there in integers; voxels outside the image are what the
///   boundary says, there they do not count.
#[gpu_op(neighborhood)]
pub fn mean_sphere(
    w: Window<f32>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    w.ellipsoid(radius).sum() / w.ellipsoid(radius).count()
}

/// Arithmetic mean within a box or ellipsoid, in f32.
///
/// # Names
/// - `clesperanto.mean_filter`: `connectivity` is `shape`; the result is f32, there of the image's type.
#[gpu_op(composite, alias = "mean")]
pub fn mean_filter(
    image: AnyExpr,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    match shape {
        Footprint::Box => mean_box(&image, radius),
        Footprint::Sphere => mean_sphere(&image, radius),
    }
}

/// Median within a box, in the image's own type: the element of rank n/2; NaN counts as largest.
///
/// # Names
/// - `scipy.ndimage.median_filter`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here.
/// - `clesperanto.median_box`: same.
#[gpu_op(neighborhood)]
pub fn median_box<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.cuboid(radius).median()
}

/// Median within an ellipsoid, in the image's own type: the element of rank n/2; NaN counts as largest.
///
/// # Names
/// - `clesperanto.median_sphere`: same.
/// - `skimage.filters.median`: with `footprint=ball(radius)` or `disk(radius)`.
#[gpu_op(neighborhood)]
pub fn median_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.ellipsoid(radius).median()
}

/// Median within a box or ellipsoid, in the image's own type.
///
/// # Names
/// - `scipy.ndimage.median_filter`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here;
///   NaN counts as largest, there the result is undefined.
/// - `skimage.filters.median`: the default footprint there is a cross, which is the shape `sphere` with radius 1;
///   boundary `nearest` in both.
/// - `clesperanto.median`: `connectivity` is `shape`.
#[gpu_op(composite, alias = "median")]
pub fn median_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    match shape {
        Footprint::Box => median_box(image, radius),
        Footprint::Sphere => median_sphere(image, radius),
    }
}

/// Percentile of a box, in the image's own type; NaN counts as largest.
///
/// The element of rank n·p/100, rounded down, of the n in the window, in order: 0 is the smallest, 50 the median, 100
/// the largest. As in `scipy.ndimage.percentile_filter`.
///
/// # Names
/// - `scipy.ndimage.percentile_filter`: a radius of r is a size of 2r + 1; a negative percentile p there is 100 + p;
///   boundary `reflect` by default, `nearest` here.
#[gpu_op(neighborhood)]
pub fn percentile_box<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
) -> T {
    w.cuboid(radius).percentile(percentile)
}

/// Percentile of an ellipsoid, in the image's own type; NaN counts as largest. See `percentile_box`.
///
/// # Names
/// - `scipy.ndimage.percentile_filter`: with `footprint` an ellipsoid.
#[gpu_op(neighborhood)]
pub fn percentile_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
) -> T {
    w.ellipsoid(radius).percentile(percentile)
}

/// Percentile of a box or ellipsoid, in the image's own type; NaN counts as largest. See `percentile_box`.
///
/// # Names
/// - `scipy.ndimage.percentile_filter`: a radius of r is a size of 2r + 1; a negative percentile p there is 100 + p;
///   boundary `reflect` by default, `nearest` here.
/// - `skimage.filters.rank.percentile`: exact in any type; voxels outside the image are what the boundary says, there
///   they do not count.
#[gpu_op(composite)]
pub fn percentile_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    match shape {
        Footprint::Box => percentile_box(image, radius, percentile),
        Footprint::Sphere => percentile_sphere(image, radius, percentile),
    }
}

/// Most frequent value within a box; of several the smallest. For label images: neighbours vote. All NaN are one value,
/// the largest.
///
/// # Names
/// - `clesperanto.mode_box`: any type and value, there integers up to 255; voxels outside the image are what the
///   boundary says, there they do not count.
#[gpu_op(neighborhood)]
pub fn mode_box<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.cuboid(radius).mode()
}

/// Most frequent value within an ellipsoid; of several the smallest. For label images: neighbours vote. All NaN are one
/// value, the largest.
///
/// # Names
/// - `clesperanto.mode_sphere`: as for `mode_box`.
#[gpu_op(neighborhood)]
pub fn mode_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> T {
    w.ellipsoid(radius).mode()
}

/// Most frequent value within a box or ellipsoid; of several the smallest. For label images: neighbours vote.
///
/// # Names
/// - `clesperanto.mode`: `connectivity` is `shape`; any type and value, there integers up to 255; voxels outside the
///   image are what the boundary says, there they do not count.
/// - `skimage.filters.rank.modal`: the smallest of several in both; voxels outside the image do not count there.
#[gpu_op(composite, alias = "mode")]
pub fn mode_filter<T: Element>(
    image: Expr<T>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<T> {
    match shape {
        Footprint::Box => mode_box(image, radius),
        Footprint::Sphere => mode_sphere(image, radius),
    }
}

/// White top-hat: the image minus its opening. Keeps bright structures smaller than the footprint and removes the background.
///
/// # Names
/// - `scipy.ndimage.white_tophat`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here;
///   the result is f32, there of the image's type.
/// - `skimage.morphology.white_tophat`: the default footprint there is a cross, the shape `sphere` with radius 1; the
///   result is f32.
/// - `clesperanto.top_hat`: `connectivity` is `shape`; the result is f32, there of the image's type.
/// - `clesperanto.top_hat_box`: `connectivity` is `shape`; the result is f32, there of the image's type.
#[gpu_op(composite, alias = "white_tophat, top_hat_box")]
pub fn top_hat<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    let opened = maximum_filter(minimum_filter(&image, radius, shape), radius, shape);
    image - opened
}

/// Black top-hat: the closing of the image minus the image. Keeps dark structures smaller than the footprint.
///
/// # Names
/// - `scipy.ndimage.black_tophat`: a radius of r is a size of 2r + 1; boundary `reflect` by default, `nearest` here;
///   the result is f32, there of the image's type.
/// - `skimage.morphology.black_tophat`: the default footprint there is a cross, the shape `sphere` with radius 1; the
///   result is f32.
/// - `clesperanto.bottom_hat`: `connectivity` is `shape`; the result is f32, there of the image's type.
/// - `clesperanto.bottom_hat_box`: `connectivity` is `shape`; the result is f32, there of the image's type.
#[gpu_op(composite, alias = "black_tophat, bottom_hat_box")]
pub fn bottom_hat<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<f32> {
    minimum_filter(maximum_filter(&image, radius, shape), radius, shape) - image
}

/// The image minus its Gaussian blur.
///
/// # Names
/// - `clesperanto.subtract_gaussian_background`: same.
#[gpu_op(composite)]
pub fn subtract_gaussian_background(
    image: AnyExpr,
    #[param(default = 2.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    crate::subtract_images(&image, gaussian_blur(&image, sigma))
}

family! {
    operations: [
        gaussian_blur, difference_of_gaussian, mean_box, mean_sphere, mean_filter, median_box, median_sphere, median_filter, percentile_box,
        percentile_sphere, percentile_filter, mode_box, mode_sphere, mode_filter, top_hat, bottom_hat, subtract_gaussian_background,
    ],
    kernels: [
        gaussian_blur, mean_box, mean_sphere, median_box, median_sphere, percentile_box, percentile_sphere, mode_box, mode_sphere,
    ],
}
