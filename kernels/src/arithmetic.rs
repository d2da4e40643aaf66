//! Arithmetic of images and numbers, pixel by pixel. Computed in f32 unless said otherwise.

pub use kernwerk_runtime::operators::{
    add_image_and_scalar, add_images, convert, divide_images, divide_scalar, divide_scalar_by_image,
    multiply_image_and_scalar, multiply_images, subtract_image_from_scalar, subtract_images, subtract_scalar,
};

use crate::catalogue::family;
use crate::prelude::*;
use kernwerk_runtime::wide_conversion::{f64_of_whole, whole_of_f64, whole_of_other_sign};

/// Absolute value of every pixel.
///
/// −128 of an i8 becomes 128, since the result is f32.
///
/// # Names
/// - `numpy.absolute`: in the type of the image there, where −128 of an i8 stays.
/// - `clesperanto.absolute`: stored in the type of the image there, saturated; f32 here.
#[gpu_op(pointwise, alias = "abs")]
pub fn absolute(image: f32) -> f32 {
    image.abs()
}

/// Absolute difference of two images.
///
/// # Names
/// - `clesperanto.absolute_difference`: stored in the type of the images there, saturated; f32 here.
/// - `numpy.absolute`: the same of a difference that does not wrap.
#[gpu_op(pointwise)]
pub fn absolute_difference(image1: f32, image2: f32) -> f32 {
    (image1 - image2).abs()
}

/// Squared difference of two images.
///
/// The difference is rounded to f32, and so is its square.
///
/// # Names
/// - `clesperanto.squared_difference`: same.
#[gpu_op(composite)]
pub fn squared_difference(image1: AnyExpr, image2: AnyExpr) -> Expr<f32> {
    square(subtract_images(image1, image2))
}

/// Weighted sum of two images: `factor1 · image1 + factor2 · image2`.
///
/// Two products and a sum, each rounded to f32.
///
/// # Names
/// - `clesperanto.add_images_weighted`: stored in the type of the images there, saturated; f32 here.
#[gpu_op(pointwise)]
pub fn add_images_weighted(
    image1: f32,
    image2: f32,
    #[param(default = 1.0)] factor1: f32,
    #[param(default = 1.0)] factor2: f32,
) -> f32 {
    factor1 * image1 + factor2 * image2
}

/// Square of every pixel.
///
/// # Names
/// - `numpy.square`: integers wrap around there; computed in f32 here.
/// - `clesperanto.square`: same.
#[gpu_op(pointwise)]
pub fn square(image: f32) -> f32 {
    image * image
}

/// Square root of every pixel; NaN for negative ones.
///
/// Correctly rounded; −0 stays.
///
/// # Names
/// - `numpy.sqrt`: same, in f32.
/// - `clesperanto.square_root`: same but for the last bit.
/// - `clesperanto.sqrt`: the same operation under its older name.
#[gpu_op(pointwise, alias = "sqrt")]
pub fn square_root(image: f32) -> f32 {
    image.sqrt()
}

/// One divided by every pixel.
///
/// 0 gives an infinity.
///
/// # Names
/// - `numpy.reciprocal`: integers are divided as integers there; f32 here.
/// - `clesperanto.reciprocal`: same.
#[gpu_op(pointwise)]
pub fn reciprocal(image: f32) -> f32 {
    1.0 / image
}

/// Raises every pixel to the power `exponent`.
///
/// As C's `pow`: of a negative pixel NaN, unless the exponent is whole; anything to the power 0 is 1, also NaN; 0 to a
/// negative power is infinite. For roots of negative numbers see `cubic_root`.
///
/// # Names
/// - `numpy.power`: same, in f32.
/// - `clesperanto.power`: same but for the last bits; the exponent is called `scalar` there.
#[gpu_op(pointwise)]
pub fn power(image: f32, #[param(default = 1.0)] exponent: f32) -> f32 {
    image.powf(exponent)
}

/// Raises every pixel of one image to the power that the other holds.
///
/// As C's `pow`: of a negative pixel NaN, unless the exponent is whole; anything to the power 0 is 1, also NaN.
///
/// # Names
/// - `numpy.power`: same, in f32.
/// - `clesperanto.power_images`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn power_images(image: f32, exponent: f32) -> f32 {
    image.powf(exponent)
}

/// e to the power of every pixel.
///
/// Above 88.7 it is infinite.
///
/// # Names
/// - `numpy.exp`: same, in f32.
/// - `clesperanto.exponential`: same but for the last bits.
/// - `clesperanto.exp`: the same operation under its older name.
#[gpu_op(pointwise, alias = "exp")]
pub fn exponential(image: f32) -> f32 {
    image.exp()
}

/// Natural logarithm of every pixel.
///
/// −inf for 0, NaN for negative pixels.
///
/// # Names
/// - `numpy.log`: same, in f32.
/// - `clesperanto.logarithm`: same but for the last bits.
/// - `clesperanto.log`: the same operation under its older name.
#[gpu_op(pointwise, alias = "log")]
pub fn logarithm(image: f32) -> f32 {
    image.ln()
}

/// Limits every pixel to `min..=max`; NaN stays NaN.
///
/// # Names
/// - `numpy.clip`: limits have to be given there; 0 and 1 by default here. In the type of the image there.
/// - `clesperanto.clip`: limits are `min_intensity` and `max_intensity` there, none by default, and NaN becomes the
///   lower one; stored in the type of the image.
#[gpu_op(pointwise)]
pub fn clip(image: f32, #[param(default = 0.0)] min: f32, #[param(default = 1.0)] max: f32) -> f32 {
    if image < min {
        min
    } else if image > max {
        max
    } else {
        image
    }
}

/// The larger of two images, pixel by pixel, in their own type; NaN counts as largest.
///
/// # Names
/// - `numpy.maximum`: same.
/// - `clesperanto.maximum_images`: NaN counts as nothing there (the other pixel is taken); labels above 2²⁴ are rounded there.
/// - `clesperanto.maximum`: the same operation under its older name.
#[gpu_op(pointwise, alias = "maximum")]
pub fn maximum_images<T: Pixel>(image1: T, image2: T) -> T {
    max(image1, image2)
}

/// The smaller of two images, pixel by pixel, in their own type; NaN counts as largest.
///
/// # Names
/// - `numpy.fmin`: same.
/// - `numpy.minimum`: gives NaN where either is NaN.
/// - `clesperanto.minimum_images`: same; labels above 2²⁴ are rounded there.
/// - `clesperanto.minimum`: the same operation under its older name.
#[gpu_op(pointwise, alias = "minimum")]
pub fn minimum_images<T: Pixel>(image1: T, image2: T) -> T {
    min(image1, image2)
}

/// The smaller and the larger of two images, pixel by pixel, in their own type: two images; NaN counts as largest.
///
/// # Names
/// - `numpy.sort`: the same for two images along a new axis.
#[gpu_op(pointwise)]
pub fn sort_images<T: Pixel>(image1: T, image2: T) -> (T, T) {
    (min(image1, image2), max(image1, image2))
}

/// The larger of every pixel and a number of the image's type.
///
/// NaN counts as largest.
///
/// # Names
/// - `numpy.maximum`: same.
/// - `clesperanto.maximum_image_and_scalar`: NaN counts as nothing there; labels above 2²⁴ are rounded there.
#[gpu_op(pointwise)]
pub fn maximum_image_and_scalar<T: Pixel>(image: T, #[param(default = 0)] scalar: T) -> T {
    max(image, scalar)
}

/// The smaller of every pixel and a number of the image's type.
///
/// NaN counts as largest.
///
/// # Names
/// - `numpy.fmin`: same.
/// - `clesperanto.minimum_image_and_scalar`: same; labels above 2²⁴ are rounded there.
#[gpu_op(pointwise)]
pub fn minimum_image_and_scalar<T: Pixel>(image: T, #[param(default = 0)] scalar: T) -> T {
    min(image, scalar)
}

/// Multiplies every pixel with its x coordinate: a ramp over the image.
///
/// Computed in f32.
///
/// # Names
/// - `clesperanto.multiply_image_and_position`: the same as with `dimension = 0`.
#[gpu_op(pointwise)]
pub fn multiply_image_and_x(image: f32, at: Position) -> f32 {
    image * at.x() as f32
}

family! {
    operations: [
        add_images, subtract_images, multiply_images, divide_images, add_image_and_scalar, subtract_scalar, subtract_image_from_scalar,
        multiply_image_and_scalar, divide_scalar, divide_scalar_by_image, convert, absolute, absolute_difference,
        squared_difference, add_images_weighted, square, square_root, reciprocal, power, power_images, exponential, logarithm, clip,
        maximum_images, minimum_images, sort_images, maximum_image_and_scalar, minimum_image_and_scalar, multiply_image_and_x,
    ],
    kernels: [
        add_images, subtract_images, multiply_images, divide_images, add_image_and_scalar, subtract_scalar, subtract_image_from_scalar,
        multiply_image_and_scalar, divide_scalar, divide_scalar_by_image, absolute, absolute_difference, add_images_weighted,
        square, square_root, reciprocal, power, power_images, exponential, logarithm, clip, maximum_images, minimum_images, sort_images,
        maximum_image_and_scalar, minimum_image_and_scalar, multiply_image_and_x, whole_of_f64, f64_of_whole, whole_of_other_sign,
    ],
}
