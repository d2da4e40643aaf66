//! Comparisons, pixel by pixel, in the image's own type: nothing is rounded. The result is a mask of type u8 with 0 and 1; comparing
//! with NaN is false, but for `not_equal`.

use crate::catalogue::family;
use crate::prelude::*;

/// 1 where two images are equal.
#[gpu_op(pointwise)]
pub fn equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 == image2
}

/// 1 where two images differ.
#[gpu_op(pointwise)]
pub fn not_equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 != image2
}

/// 1 where the first image is greater.
#[gpu_op(pointwise)]
pub fn greater<T: Pixel>(image1: T, image2: T) -> bool {
    image1 > image2
}

/// 1 where the first image is greater or equal.
#[gpu_op(pointwise)]
pub fn greater_or_equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 >= image2
}

/// 1 where the first image is smaller.
#[gpu_op(pointwise)]
pub fn smaller<T: Pixel>(image1: T, image2: T) -> bool {
    image1 < image2
}

/// 1 where the first image is smaller or equal.
#[gpu_op(pointwise)]
pub fn smaller_or_equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 <= image2
}

/// 1 where a pixel equals a number of the image's type.
#[gpu_op(pointwise)]
pub fn equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image == constant
}

/// 1 where a pixel differs from a number of the image's type.
#[gpu_op(pointwise)]
pub fn not_equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image != constant
}

/// 1 where a pixel is greater than a number of the image's type.
#[gpu_op(pointwise)]
pub fn greater_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image > constant
}

/// 1 where a pixel is greater than or equal to a number of the image's type.
#[gpu_op(pointwise)]
pub fn greater_or_equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image >= constant
}

/// 1 where a pixel is smaller than a number of the image's type.
#[gpu_op(pointwise)]
pub fn smaller_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image < constant
}

/// 1 where a pixel is smaller than or equal to a number of the image's type.
#[gpu_op(pointwise)]
pub fn smaller_or_equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image <= constant
}

family! {
    operations: [
        equal, not_equal, greater, greater_or_equal, smaller, smaller_or_equal, equal_constant, not_equal_constant, greater_constant,
        greater_or_equal_constant, smaller_constant, smaller_or_equal_constant,
    ],
    kernels: [
        equal, not_equal, greater, greater_or_equal, smaller, smaller_or_equal, equal_constant, not_equal_constant, greater_constant,
        greater_or_equal_constant, smaller_constant, smaller_or_equal_constant,
    ],
}
