//! Derivatives of images that are smoothed with a Gaussian, and what is composed from them.
//!
//! Invariant: a derivative along an axis of extent 1 is 0 wherever derivatives are combined.

use crate::catalogue::family;
use crate::edges::laplace_box;
use crate::filter::gaussian_blur;
use crate::prelude::*;

/// The weights of derivatives of a Gaussian, computed in f64: those of the normalised Gaussian times the polynomial of
/// the derivative, as in SciPy. Along an axis with a sigma of 0 there is one weight, whatever the order.
pub fn gaussian_derivative_weights(sigma: PerAxis<f32>, order: PerAxis<u32>, truncate: f32) -> PerAxis<Vec<f32>> {
    let weights = |sigma: f32, order: u32| {
        let sigma = f64::from(sigma);
        if sigma == 0.0 {
            return vec![1.0];
        }
        let radius = (f64::from(truncate) * sigma + 0.5) as i64;
        let weight = |distance: i64| (-0.5 * (distance as f64 / sigma).powi(2)).exp();
        let sum: f64 = (-radius..=radius).map(weight).sum();
        // The derivative of q(x)·g(x) is (q'(x) − x·q(x)/σ²)·g(x).
        let mut polynomial = vec![1.0];
        for _ in 0..order {
            let mut next = vec![0.0; polynomial.len() + 1];
            for (power, factor) in polynomial.iter().enumerate() {
                next[power + 1] -= factor / (sigma * sigma);
                if power > 0 {
                    next[power - 1] += factor * power as f64;
                }
            }
            polynomial = next;
        }
        // What is d voxels further counts as the derivative of the Gaussian at −d.
        (-radius..=radius)
            .map(|distance| {
                let x = -distance as f64;
                let value = polynomial.iter().rev().fold(0.0, |value, factor| value * x + factor);
                (value * weight(distance) / sum) as f32
            })
            .collect()
    };
    PerAxis::xyz(weights(sigma.x, order.x), weights(sigma.y, order.y), weights(sigma.z, order.z))
}

/// Derivatives of the image smoothed with a Gaussian: of the given order along each axis, 0 for smoothing alone.
///
/// The weights are those of the derivative of a Gaussian with standard deviation `sigma`, sampled at whole distances up
/// to `truncate` (default 4) standard deviations; the Gaussian is normalised, the derivative is not. The unit is that
/// of the image per voxel, to the power of the orders. Passes along x, y, z in f32, as in `gaussian_blur`. An axis of
/// extent 1 and one with a sigma of 0 are left alone, whatever their order. A constant boundary is put between the
/// passes: with other constants than 0 their order counts.
///
/// # Names
/// - `scipy.ndimage.gaussian_filter`: with `order`; passes go along z, y, x there, which counts with a constant other
///   than 0; boundary `reflect` by default, `nearest` here; the result is always f32.
/// - `clesperanto.gaussian_derivative`: the weights there are divided by the sum of their magnitudes, so that the
///   result is no derivative in units of the image; the sign is the same.
#[gpu_op(neighborhood(separable), family = "filter")]
pub fn gaussian_derivative(
    line: Line<f32>,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = 0, range = 0..=20)] order: PerAxis<u32>,
    #[param(default = 4.0, range = 0.0..=100.0, unit = "standard deviations", optional)] truncate: f32,
) -> f32 {
    line.weighted_sum(gaussian_derivative_weights(sigma, order, truncate))
}

/// The length of a gradient, or the root of the mean of the squares of its parts; axes of extent 1 do not count.
#[gpu_op(pointwise, family = "edges")]
pub fn length_of_gradient(along_x: f32, along_y: f32, along_z: f32, at: Position, #[param] mean: bool) -> f32 {
    let x = if at.extent_x() == 1 { 0.0 } else { along_x };
    let y = if at.extent_y() == 1 { 0.0 } else { along_y };
    let z = if at.extent_z() == 1 { 0.0 } else { along_z };
    let flat = (at.extent_x() == 1) as i32 + (at.extent_y() == 1) as i32 + (at.extent_z() == 1) as i32;
    let sum = x * x + y * y + z * z;
    (if mean && flat < 3 { sum / (3 - flat) as f32 } else { sum }).sqrt()
}

/// The sum of derivatives along x, y and z; axes of extent 1 do not count.
#[gpu_op(pointwise, family = "edges")]
pub fn sum_of_derivatives(along_x: f32, along_y: f32, along_z: f32, at: Position) -> f32 {
    let x = if at.extent_x() == 1 { 0.0 } else { along_x };
    let y = if at.extent_y() == 1 { 0.0 } else { along_y };
    let z = if at.extent_z() == 1 { 0.0 } else { along_z };
    x + y + z
}

/// The derivatives of one order along x, along y and along z.
fn derivatives(image: &AnyExpr, sigma: PerAxis<f32>, order: u32) -> [Expr<f32>; 3] {
    [PerAxis::xyz(order, 0, 0), PerAxis::xyz(0, order, 0), PerAxis::xyz(0, 0, order)]
        .map(|order| gaussian_derivative(image, sigma, order))
}

/// Length of the gradient of the image smoothed with a Gaussian: the root of the summed squares of its first derivatives.
///
/// See `gaussian_derivative`. Axes of extent 1 do not count.
///
/// # Names
/// - `scipy.ndimage.gaussian_gradient_magnitude`: boundary `reflect` by default, `nearest` here; the result is always f32.
#[gpu_op(composite, family = "edges")]
pub fn gaussian_gradient_magnitude(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    let [x, y, z] = derivatives(&image, sigma, 1);
    length_of_gradient(x, y, z, false)
}

/// Laplace operator of the image smoothed with a Gaussian: the sum of its second derivatives. Negative on bright spots.
///
/// See `gaussian_derivative`. Axes of extent 1 do not count. `laplacian_of_gaussian` has the opposite sign, and a
/// stencil for the derivatives.
///
/// # Names
/// - `scipy.ndimage.gaussian_laplace`: boundary `reflect` by default, `nearest` here; the result is always f32.
#[gpu_op(composite, family = "edges")]
pub fn gaussian_laplace(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    let [x, y, z] = derivatives(&image, sigma, 2);
    sum_of_derivatives(x, y, z)
}

/// Laplace operator over all neighbours of the image blurred with a Gaussian: positive on bright spots.
///
/// `laplace_box(gaussian_blur(image, sigma))`. `gaussian_laplace` has the opposite sign, and derivatives of the Gaussian.
///
/// # Names
/// - `clesperanto.laplacian_of_gaussian`: same (the operation of the napari assistant).
#[gpu_op(composite, family = "edges")]
pub fn laplacian_of_gaussian(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    laplace_box(gaussian_blur(&image, sigma))
}

family! {
    operations: [gaussian_derivative, gaussian_gradient_magnitude, gaussian_laplace, laplacian_of_gaussian],
    kernels: [gaussian_derivative, length_of_gradient, sum_of_derivatives],
}
