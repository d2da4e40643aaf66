//! Removing backgrounds, and sharpening: what is left of an image without its blurred version or without its floor.

use crate::catalogue::family;
use crate::filter::gaussian_blur;
use crate::prelude::*;

/// Band-pass by two Gaussians: the image blurred with `low_sigma` minus the image blurred with `high_sigma`.
///
/// Where `high_sigma` is 0 along an axis, the default, it is 1.6 times `low_sigma` (Marr and Hildreth, 1980, for edges
/// and blobs).
///
/// # Names
/// - `skimage.filters.difference_of_gaussians`: `high_sigma=None` is 0; a `high_sigma` below `low_sigma` is an error
///   there; boundary `nearest` in both; integers are computed as they are, not scaled to 0..1.
#[gpu_op(composite, family = "filter")]
pub fn difference_of_gaussians(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] low_sigma: PerAxis<f32>,
    #[param(default = 0.0, range = 0.0..=10000.0, unit = "voxels")] high_sigma: PerAxis<f32>,
) -> Expr<f32> {
    let high = |low: f32, high: f32| if high == 0.0 { 1.6 * low } else { high };
    let high =
        PerAxis::xyz(high(low_sigma.x, high_sigma.x), high(low_sigma.y, high_sigma.y), high(low_sigma.z, high_sigma.z));
    gaussian_blur(&image, low_sigma) - gaussian_blur(&image, high)
}

/// The image divided by its Gaussian blur.
///
/// Where the blur is 0 the result is infinite, or NaN.
///
/// # Names
/// - `clesperanto.divide_by_gaussian_background`: same.
#[gpu_op(composite, family = "filter")]
pub fn divide_by_gaussian_background(
    image: AnyExpr,
    #[param(default = 2.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    crate::divide_images(&image, gaussian_blur(&image, sigma))
}

/// The image plus `amount` times what the blur took away.
#[gpu_op(pointwise, family = "filter")]
pub fn add_what_blur_removes(image: f32, blurred: f32, #[param] amount: f32) -> f32 {
    (image - blurred).mul_add(amount, image)
}

/// Unsharp masking: the image plus `amount` times its difference to its Gaussian blur.
///
/// # Names
/// - `skimage.filters.unsharp_mask`: `radius` there is `sigma`; boundary `reflect` there, `nearest` by default here;
///   results are not clipped, as with `preserve_range=True`, and integers are computed as they are, not scaled to 0..1.
#[gpu_op(composite, family = "filter")]
pub fn unsharp_mask(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = 1.0, range = -1000000.0..=1000000.0)] amount: f32,
) -> Expr<f32> {
    add_what_blur_removes(&image, gaussian_blur(&image, sigma), amount)
}

/// How high the top of an ellipsoid reaches that is pushed up against the image from below: the background under it.
///
/// The smallest of image(v) + height · (1 − √(1 − d²)) over the voxels v of an ellipsoid of `radius`, where d is the
/// distance to the centre in radii. What lies outside the image does not count, whatever the boundary. Sternberg, S. R.
/// (1983). Biomedical image processing. Computer 16(1), 22–34. The cost is the number of voxels of the ellipsoid.
///
/// # Names
/// - `skimage.restoration.rolling_ball`: with `kernel=ellipsoid_kernel(2 * radius + 1, height)`; the result is f32,
///   there of the image's type.
#[gpu_op(neighborhood, family = "filter")]
pub fn rolling_ellipsoid(
    w: Window<f32>,
    #[param(default = 10, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 10.0, range = 0.0..=1e30)] height: f32,
) -> f32 {
    let across_x = if radius.x == 0 { 1.0 } else { radius.x as f32 };
    let across_y = if radius.y == 0 { 1.0 } else { radius.y as f32 };
    let across_z = if radius.z == 0 { 1.0 } else { radius.z as f32 };
    let mut lowest = f32::INFINITY;
    for (dx, dy, dz) in w.ellipsoid(radius).offsets() {
        if w.contains(dx, dy, dz) {
            let x = dx as f32 / across_x;
            let y = dy as f32 / across_y;
            let z = dz as f32 / across_z;
            let inside = max(1.0 - (x * x + y * y + z * z), 0.0);
            lowest = min(lowest, w.at(dx, dy, dz) + (height - height * inside.sqrt()));
        }
    }
    lowest
}

/// The background that a ball rolling under the image touches: `rolling_ellipsoid` with one radius along all axes and in height.
///
/// Subtract it: `image - rolling_ball(image, radius)`. The radius should be larger than what is not background; its
/// unit is voxels and grey values alike. The cost is the number of voxels of the ball.
///
/// # Names
/// - `skimage.restoration.rolling_ball`: `radius` is a whole number, and 100 by default there; `kernel`:
///   `rolling_ellipsoid`; the result is f32, there of the image's type; NaN counts as largest, as with `nansafe=True`.
#[gpu_op(composite, family = "filter")]
pub fn rolling_ball(
    image: AnyExpr,
    #[param(default = 25, range = 0..=1000, unit = "voxels")] radius: u32,
) -> Expr<f32> {
    rolling_ellipsoid(&image, PerAxis::xyz(radius, radius, radius), radius as f32)
}

family! {
    operations: [
        difference_of_gaussians, divide_by_gaussian_background, unsharp_mask, rolling_ellipsoid, rolling_ball,
    ],
    kernels: [add_what_blur_removes, rolling_ellipsoid],
}
