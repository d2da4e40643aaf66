//! Comparisons, pixel by pixel, in the image's own type: nothing is rounded. The result is a mask of type u8 with 0 and
//! 1; comparing with NaN is false, but for `not_equal`.

use crate::catalogue::family;
use crate::prelude::*;

/// 1 where two images are equal.
///
/// −0 equals 0.
///
/// # Names
/// - `numpy.equal`: u8 with 0 and 1 here.
/// - `clesperanto.equal`: same; labels above 2²⁴ are confused there.
#[gpu_op(pointwise)]
pub fn equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 == image2
}

/// 1 where two images differ.
///
/// NaN differs from everything.
///
/// # Names
/// - `numpy.not_equal`: u8 with 0 and 1 here.
/// - `clesperanto.not_equal`: same; labels above 2²⁴ are confused there.
#[gpu_op(pointwise)]
pub fn not_equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 != image2
}

/// 1 where the first image is greater.
///
/// # Names
/// - `numpy.greater`: u8 with 0 and 1 here.
/// - `clesperanto.greater`: same; labels above 2²⁴ are confused there.
#[gpu_op(pointwise)]
pub fn greater<T: Pixel>(image1: T, image2: T) -> bool {
    image1 > image2
}

/// 1 where the first image is greater or equal.
///
/// # Names
/// - `numpy.greater_equal`: u8 with 0 and 1 here.
/// - `clesperanto.greater_or_equal`: same; labels above 2²⁴ are confused there.
#[gpu_op(pointwise, alias = "greater_equal")]
pub fn greater_or_equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 >= image2
}

/// 1 where the first image is smaller.
///
/// # Names
/// - `numpy.less`: u8 with 0 and 1 here.
/// - `clesperanto.smaller`: same; labels above 2²⁴ are confused there.
#[gpu_op(pointwise, alias = "less")]
pub fn smaller<T: Pixel>(image1: T, image2: T) -> bool {
    image1 < image2
}

/// 1 where the first image is smaller or equal.
///
/// # Names
/// - `numpy.less_equal`: u8 with 0 and 1 here.
/// - `clesperanto.smaller_or_equal`: same; labels above 2²⁴ are confused there.
#[gpu_op(pointwise, alias = "less_equal")]
pub fn smaller_or_equal<T: Pixel>(image1: T, image2: T) -> bool {
    image1 <= image2
}

/// 1 where a pixel equals a number of the image's type.
///
/// With a label as the number, the mask of that label.
///
/// # Names
/// - `numpy.equal`: u8 with 0 and 1 here.
/// - `clesperanto.equal_constant`: the number is called `scalar` there; labels above 2²⁴ are confused there.
/// - `clesperanto.label_to_mask`: the same operation under another name.
#[gpu_op(pointwise, alias = "label_to_mask")]
pub fn equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image == constant
}

/// 1 where a pixel differs from a number of the image's type.
///
/// # Names
/// - `numpy.not_equal`: u8 with 0 and 1 here.
/// - `clesperanto.not_equal_constant`: the number is called `scalar` there; labels above 2²⁴ are confused there.
#[gpu_op(pointwise)]
pub fn not_equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image != constant
}

/// 1 where a pixel is greater than a number of the image's type.
///
/// # Names
/// - `numpy.greater`: u8 with 0 and 1 here.
/// - `clesperanto.greater_constant`: the number is called `scalar` there; labels above 2²⁴ are confused there.
/// - `clesperanto.threshold`: the same operation under another name.
#[gpu_op(pointwise, alias = "threshold")]
pub fn greater_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image > constant
}

/// 1 where a pixel is greater than or equal to a number of the image's type.
///
/// # Names
/// - `numpy.greater_equal`: u8 with 0 and 1 here.
/// - `clesperanto.greater_or_equal_constant`: the number is called `scalar` there; labels above 2²⁴ are confused there.
#[gpu_op(pointwise)]
pub fn greater_or_equal_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image >= constant
}

/// 1 where a pixel is smaller than a number of the image's type.
///
/// # Names
/// - `numpy.less`: u8 with 0 and 1 here.
/// - `clesperanto.smaller_constant`: the number is called `scalar` there; labels above 2²⁴ are confused there.
#[gpu_op(pointwise)]
pub fn smaller_constant<T: Pixel>(image: T, #[param(default = 0)] constant: T) -> bool {
    image < constant
}

/// 1 where a pixel is smaller than or equal to a number of the image's type.
///
/// # Names
/// - `numpy.less_equal`: u8 with 0 and 1 here.
/// - `clesperanto.smaller_or_equal_constant`: the number is called `scalar` there; labels above 2²⁴ are confused there.
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
