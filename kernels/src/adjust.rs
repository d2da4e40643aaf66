//! Curves of contrast: gamma, logarithm and sigmoid, over the range of the image's type or up to its maximum.
//!
//! The curves of the range know it from the pixel type alone, so that they fuse with what comes before and after.

use crate::arithmetic::{add_image_and_scalar, divide_scalar, multiply_image_and_scalar, power};
use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::maximum_of_all_pixels;

/// The largest number of the image's type in every pixel; NaN, the last in sort order, for f32.
#[gpu_op(pointwise, family = "exposure")]
pub(crate) fn largest_of_type<T: Pixel>(image: T) -> T {
    let _ = image;
    T::LARGEST
}

/// What 1 stands for: the largest number of an integer type, 1 for f32.
#[gpu_fn]
fn range_of(largest: f32) -> f32 {
    if largest.is_nan() { 1.0 } else { largest }
}

/// `adjust_gamma` for the largest number of the type.
#[gpu_op(pointwise, family = "exposure")]
pub(crate) fn gamma_of_range(
    image: f32,
    largest: f32,
    #[param(default = 1.0, range = 0.0..)] gamma: f32,
    #[param(default = 1.0)] gain: f32,
) -> f32 {
    let range = range_of(largest);
    (image / range).powf(gamma) * range * gain
}

/// Gamma curve over the range of the image's type: `(image / range)^gamma · range · gain`.
///
/// The range is the largest number of an integer type, and 1 for f32. A gamma above 1 makes an image darker, below 1
/// brighter. The result is f32, of the same range: nothing is cut off or rounded; `.store_as` does that. Negative
/// pixels give NaN, unless gamma is whole.
///
/// # Names
/// - `skimage.exposure.adjust_gamma`: the result has the type of the image there (rounded for u8, cut off for other
///   integers), and negative pixels are an error.
/// - `clesperanto.gamma_correction`: another range, see there.
#[gpu_op(composite, family = "exposure")]
pub fn adjust_gamma(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.0..)] gamma: f32,
    #[param(default = 1.0)] gain: f32,
) -> Expr<f32> {
    gamma_of_range(&image, largest_of_type(&image), gamma, gain)
}

/// `adjust_log` for the largest number of the type.
#[gpu_op(pointwise, family = "exposure")]
pub(crate) fn log_of_range(
    image: f32,
    largest: f32,
    #[param(default = 1.0)] gain: f32,
    #[param(default = false)] inv: bool,
) -> f32 {
    let range = range_of(largest);
    let part = image / range;
    let curve = if inv { (part * std::f32::consts::LN_2).exp_m1() } else { part.ln_1p() * std::f32::consts::LOG2_E };
    curve * range * gain
}

/// Logarithmic curve over the range of the image's type: `log2(1 + image / range) · range · gain`.
///
/// With `inv` the inverse curve, `(2^(image / range) − 1) · range · gain`. The range is the largest number of an
/// integer type, and 1 for f32. Both curves keep 0 and, with gain 1, the end of the range. The result is f32: nothing
/// is cut off or rounded; `.store_as` does that.
///
/// # Names
/// - `skimage.exposure.adjust_log`: the result has the type of the image there (fractions are cut off), and negative
///   pixels are an error.
#[gpu_op(composite, family = "exposure")]
pub fn adjust_log(image: AnyExpr, #[param(default = 1.0)] gain: f32, #[param(default = false)] inv: bool) -> Expr<f32> {
    log_of_range(&image, largest_of_type(&image), gain, inv)
}

/// `adjust_sigmoid` for the largest number of the type.
#[gpu_op(pointwise, family = "exposure")]
pub(crate) fn sigmoid_of_range(
    image: f32,
    largest: f32,
    #[param(default = 0.5)] cutoff: f32,
    #[param(default = 10.0)] gain: f32,
    #[param(default = false)] inv: bool,
) -> f32 {
    let range = range_of(largest);
    let curve = 1.0 / (1.0 + (gain * (cutoff - image / range)).exp());
    if inv { (1.0 - curve) * range } else { curve * range }
}

/// Sigmoid curve over the range of the image's type: `range / (1 + e^(gain · (cutoff − image / range)))`.
///
/// With `inv` the range minus that. The range is the largest number of an integer type, and 1 for f32; `cutoff` is the
/// part of it that becomes one half. The result is f32: nothing is rounded; `.store_as` does that.
///
/// # Names
/// - `skimage.exposure.adjust_sigmoid`: the result has the type of the image there (fractions are cut off), and
///   negative pixels are an error.
#[gpu_op(composite, family = "exposure")]
pub fn adjust_sigmoid(
    image: AnyExpr,
    #[param(default = 0.5)] cutoff: f32,
    #[param(default = 10.0)] gain: f32,
    #[param(default = false)] inv: bool,
) -> Expr<f32> {
    sigmoid_of_range(&image, largest_of_type(&image), cutoff, gain, inv)
}

/// Gamma curve up to the brightest pixel: `(image / m)^gamma · m`, where m is the maximum of the image (of the whole batch).
///
/// Computed in f32, and the result is f32. An image whose maximum is 0 stays as it is. Negative pixels give NaN, unless
/// gamma is whole.
///
/// # Names
/// - `clesperanto.gamma_correction`: stored in the type of the image there; an image of zeros gives NaN there.
/// - `skimage.exposure.adjust_gamma`: over the range of the type instead of the image: `adjust_gamma` here.
#[gpu_op(procedure, family = "exposure")]
pub fn gamma_correction(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.0..)] gamma: f32,
) -> Result<Image<f32>> {
    let maximum = context.scalar(&maximum_of_all_pixels(&image))? as f32;
    if !maximum.is_finite() {
        return Err(Error::Unsupported {
            operation: "gamma_correction".into(),
            problem: format!("the largest pixel is {maximum}, and there is no curve up to it"),
            remedy: "replace NaN and infinities first (`nan_to_num`)".into(),
        });
    }
    if maximum == 0.0 {
        return context.eval(add_image_and_scalar(&image, 0.0));
    }
    context.eval(multiply_image_and_scalar(power(divide_scalar(&image, maximum), gamma), maximum))
}

family! {
    operations: [
        adjust_gamma, adjust_log, adjust_sigmoid, gamma_correction,
    ],
    kernels: [
        largest_of_type, gamma_of_range, log_of_range, sigmoid_of_range,
    ],
}
