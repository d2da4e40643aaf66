//! Arithmetic of images and numbers, pixel by pixel. Computed in f32 unless said otherwise.

pub use kernwerk_runtime::operators::{
    add_image_and_scalar, add_images, convert, divide_images, divide_scalar, divide_scalar_by_image,
    multiply_image_and_scalar, multiply_images, subtract_image_from_scalar, subtract_images, subtract_scalar,
};

use crate::catalogue::family;
use crate::prelude::*;

/// Absolute value of every pixel.
#[gpu_op(pointwise)]
pub fn absolute(image: f32) -> f32 {
    image.abs()
}

/// Absolute difference of two images.
#[gpu_op(pointwise)]
pub fn absolute_difference(image1: f32, image2: f32) -> f32 {
    (image1 - image2).abs()
}

/// Weighted sum of two images: `factor1 · image1 + factor2 · image2`.
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
#[gpu_op(pointwise)]
pub fn square(image: f32) -> f32 {
    image * image
}

/// Square root of every pixel; NaN for negative ones.
#[gpu_op(pointwise, alias = "sqrt")]
pub fn square_root(image: f32) -> f32 {
    image.sqrt()
}

/// One divided by every pixel.
#[gpu_op(pointwise)]
pub fn reciprocal(image: f32) -> f32 {
    1.0 / image
}

/// Raises every pixel to the power `exponent`.
#[gpu_op(pointwise)]
pub fn power(image: f32, #[param(default = 1.0)] exponent: f32) -> f32 {
    image.powf(exponent)
}

/// Raises every pixel of one image to the power that the other holds.
#[gpu_op(pointwise)]
pub fn power_images(image: f32, exponent: f32) -> f32 {
    image.powf(exponent)
}

/// e to the power of every pixel.
#[gpu_op(pointwise, alias = "exp")]
pub fn exponential(image: f32) -> f32 {
    image.exp()
}

/// Natural logarithm of every pixel.
#[gpu_op(pointwise, alias = "log")]
pub fn logarithm(image: f32) -> f32 {
    image.ln()
}

/// Limits every pixel to `min..=max`; NaN stays NaN.
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
#[gpu_op(pointwise)]
pub fn maximum_images<T: Pixel>(image1: T, image2: T) -> T {
    max(image1, image2)
}

/// The smaller of two images, pixel by pixel, in their own type; NaN counts as largest.
#[gpu_op(pointwise)]
pub fn minimum_images<T: Pixel>(image1: T, image2: T) -> T {
    min(image1, image2)
}

/// The smaller and the larger of two images, pixel by pixel, in their own type: two images; NaN counts as largest.
#[gpu_op(pointwise)]
pub fn sort_images<T: Pixel>(image1: T, image2: T) -> (T, T) {
    (min(image1, image2), max(image1, image2))
}

/// The larger of every pixel and a number of the image's type.
#[gpu_op(pointwise)]
pub fn maximum_image_and_scalar<T: Pixel>(image: T, #[param(default = 0)] scalar: T) -> T {
    max(image, scalar)
}

/// The smaller of every pixel and a number of the image's type.
#[gpu_op(pointwise)]
pub fn minimum_image_and_scalar<T: Pixel>(image: T, #[param(default = 0)] scalar: T) -> T {
    min(image, scalar)
}

/// Multiplies every pixel with its x coordinate: a ramp over the image.
#[gpu_op(pointwise)]
pub fn multiply_image_and_x(image: f32, at: Position) -> f32 {
    image * at.x() as f32
}

family! {
    operations: [
        add_images, subtract_images, multiply_images, divide_images, add_image_and_scalar, subtract_scalar, subtract_image_from_scalar,
        multiply_image_and_scalar, divide_scalar, divide_scalar_by_image, convert, absolute, absolute_difference, add_images_weighted,
        square, square_root, reciprocal, power, power_images, exponential, logarithm, clip, maximum_images, minimum_images, sort_images,
        maximum_image_and_scalar, minimum_image_and_scalar, multiply_image_and_x,
    ],
    kernels: [
        add_images, subtract_images, multiply_images, divide_images, add_image_and_scalar, subtract_scalar, subtract_image_from_scalar,
        multiply_image_and_scalar, divide_scalar, divide_scalar_by_image, absolute, absolute_difference, add_images_weighted,
        square, square_root, reciprocal, power, power_images, exponential, logarithm, clip, maximum_images, minimum_images, sort_images,
        maximum_image_and_scalar, minimum_image_and_scalar, multiply_image_and_x,
    ],
}
