//! Functions of numbers, pixel by pixel: roundings, exponentials, logarithms, roots and angles.
//!
//! Every image is loaded as f32 and the result is f32; integers above 2²⁴ are rounded when they are loaded. The
//! functions are those of [`kernwerk_runtime::math`], the same bits everywhere, with their errors and special cases.
//! Invariant: NaN stays NaN.

use crate::arithmetic::multiply_image_and_scalar;
use crate::catalogue::family;
use crate::prelude::*;

/// The next whole number towards negative infinity.
///
/// −0.5 gives −1. Infinities stay. Integers are whole already.
///
/// # Names
/// - `numpy.floor`: same, in f32.
/// - `clesperanto.floor`: stored in the type of the image there; f32 here.
#[gpu_op(pointwise)]
pub fn floor(image: f32) -> f32 {
    image.floor()
}

/// The next whole number towards positive infinity.
///
/// −0.5 gives −0. Infinities stay. Integers are whole already.
///
/// # Names
/// - `numpy.ceil`: same, in f32.
/// - `clesperanto.ceil`: stored in the type of the image there; f32 here.
#[gpu_op(pointwise)]
pub fn ceil(image: f32) -> f32 {
    image.ceil()
}

/// The nearest whole number; halves go to the even one.
///
/// 0.5 gives 0, 1.5 and 2.5 give 2, −0.5 gives −0. Infinities stay.
///
/// # Names
/// - `numpy.round`: same for `decimals = 0`; it has no decimals here.
/// - `clesperanto.round`: halves go away from zero there (2.5 gives 3); stored in the type of the image there, f32 here.
#[gpu_op(pointwise, alias = "rint")]
pub fn round(image: f32) -> f32 {
    image.round_ties_even()
}

/// The whole part: the next whole number towards zero.
///
/// 1.9 gives 1 and −1.9 gives −1. Infinities stay.
///
/// # Names
/// - `numpy.trunc`: same, in f32.
/// - `clesperanto.truncate`: stored in the type of the image there; f32 here.
#[gpu_op(pointwise, alias = "trunc")]
pub fn truncate(image: f32) -> f32 {
    image.trunc()
}

/// The sign of every pixel: −1, 0 or 1.
///
/// 0 and −0 give 0, and NaN stays NaN. It is not Rust's `signum`, which knows no 0.
///
/// # Names
/// - `numpy.sign`: same, in f32.
/// - `clesperanto.sign`: stored in the type of the image there; f32 here.
#[gpu_op(pointwise)]
pub fn sign(image: f32) -> f32 {
    if image > 0.0 {
        1.0
    } else if image < 0.0 {
        -1.0
    } else if image == 0.0 {
        0.0
    } else {
        image
    }
}

/// Cube root of every pixel, also of negative ones.
///
/// Cubes of whole numbers give whole numbers.
///
/// # Names
/// - `numpy.cbrt`: same, in f32.
/// - `clesperanto.cubic_root`: same but for the last bits.
/// - `clesperanto.cbrt`: the same operation under its older name.
#[gpu_op(pointwise, alias = "cbrt")]
pub fn cubic_root(image: f32) -> f32 {
    image.cbrt()
}

/// 2 to the power of every pixel.
///
/// Exact for whole numbers. Above 128 it is infinite.
///
/// # Names
/// - `numpy.exp2`: same, in f32.
/// - `clesperanto.exponential2`: same but for the last bits.
#[gpu_op(pointwise, alias = "exp2")]
pub fn exponential2(image: f32) -> f32 {
    image.exp2()
}

/// 10 to the power of every pixel.
///
/// Above 38.5 it is infinite. Computed as a power, so 0 to 10 give the exact numbers.
///
/// # Names
/// - `numpy.power`: the same as `numpy.power(10.0, image)`, in f32.
/// - `clesperanto.exponential10`: same but for the last bits.
#[gpu_op(pointwise, alias = "exp10")]
pub fn exponential10(image: f32) -> f32 {
    let base: f32 = 10.0;
    base.powf(image)
}

/// Logarithm of every pixel to base 2.
///
/// −inf for 0, NaN for negative pixels. Exact for powers of 2.
///
/// # Names
/// - `numpy.log2`: same, in f32.
/// - `clesperanto.logarithm2`: same but for the last bits.
#[gpu_op(pointwise, alias = "log2")]
pub fn logarithm2(image: f32) -> f32 {
    image.log2()
}

/// Logarithm of every pixel to base 10.
///
/// −inf for 0, NaN for negative pixels. Exact for powers of 10.
///
/// # Names
/// - `numpy.log10`: same, in f32.
/// - `clesperanto.logarithm10`: same but for the last bits.
#[gpu_op(pointwise, alias = "log10")]
pub fn logarithm10(image: f32) -> f32 {
    image.log10()
}

/// Sine of every pixel, an angle in radians.
///
/// Right to the last bit but one, for huge angles too; NaN for infinite ones.
///
/// # Names
/// - `numpy.sin`: same, in f32.
/// - `clesperanto.sin`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn sin(image: f32) -> f32 {
    image.sin()
}

/// Cosine of every pixel, an angle in radians.
///
/// Right to the last bit but one, for huge angles too; NaN for infinite ones.
///
/// # Names
/// - `numpy.cos`: same, in f32.
/// - `clesperanto.cos`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn cos(image: f32) -> f32 {
    image.cos()
}

/// Tangent of every pixel, an angle in radians.
///
/// Right to the last bit but one, for huge angles too; NaN for infinite ones.
///
/// # Names
/// - `numpy.tan`: same, in f32.
/// - `clesperanto.tan`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn tan(image: f32) -> f32 {
    image.tan()
}

/// The angle in radians whose sine the pixel is, from −π/2 to π/2.
///
/// NaN below −1 and above 1.
///
/// # Names
/// - `numpy.arcsin`: same, in f32.
/// - `clesperanto.asin`: same but for the last bits.
#[gpu_op(pointwise, alias = "arcsin")]
pub fn asin(image: f32) -> f32 {
    image.asin()
}

/// The angle in radians whose cosine the pixel is, from 0 to π.
///
/// NaN below −1 and above 1.
///
/// # Names
/// - `numpy.arccos`: same, in f32.
/// - `clesperanto.acos`: same but for the last bits.
#[gpu_op(pointwise, alias = "arccos")]
pub fn acos(image: f32) -> f32 {
    image.acos()
}

/// The angle in radians whose tangent the pixel is, from −π/2 to π/2.
///
/// # Names
/// - `numpy.arctan`: same, in f32.
/// - `clesperanto.atan`: same but for the last bits.
#[gpu_op(pointwise, alias = "arctan")]
pub fn atan(image: f32) -> f32 {
    image.atan()
}

/// Hyperbolic sine of every pixel.
///
/// # Names
/// - `numpy.sinh`: same, in f32.
/// - `clesperanto.sinh`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn sinh(image: f32) -> f32 {
    image.sinh()
}

/// Hyperbolic cosine of every pixel.
///
/// # Names
/// - `numpy.cosh`: same, in f32.
/// - `clesperanto.cosh`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn cosh(image: f32) -> f32 {
    image.cosh()
}

/// Hyperbolic tangent of every pixel.
///
/// # Names
/// - `numpy.tanh`: same, in f32.
/// - `clesperanto.tanh`: same but for the last bits.
#[gpu_op(pointwise)]
pub fn tanh(image: f32) -> f32 {
    image.tanh()
}

/// Angles in degrees as radians: every pixel times π/180.
///
/// One product with the constant rounded to f32.
///
/// # Names
/// - `numpy.deg2rad`: same, in f32.
/// - `clesperanto.degrees_to_radians`: same.
#[gpu_op(composite, alias = "deg2rad, radians")]
pub fn degrees_to_radians(image: AnyExpr) -> Expr<f32> {
    multiply_image_and_scalar(image, (std::f64::consts::PI / 180.0) as f32)
}

/// Angles in radians as degrees: every pixel times 180/π.
///
/// One product with the constant rounded to f32.
///
/// # Names
/// - `numpy.rad2deg`: same, in f32.
/// - `clesperanto.radians_to_degrees`: same.
#[gpu_op(composite, alias = "rad2deg, degrees")]
pub fn radians_to_degrees(image: AnyExpr) -> Expr<f32> {
    multiply_image_and_scalar(image, (180.0 / std::f64::consts::PI) as f32)
}

/// The angle of the vector (x, y) in radians, from −π to π: the arc tangent of y / x in the right quadrant.
///
/// The first image is y, the second x. Zeros keep their sign: atan2(0, −1) is π and atan2(−0, −1) is −π; atan2(0, 0) is
/// 0. With the derivatives of an image along y and x it is the orientation of its edges.
///
/// # Names
/// - `numpy.arctan2`: same, in f32.
#[gpu_op(pointwise, alias = "arctan2")]
pub fn atan2(y: f32, x: f32) -> f32 {
    y.atan2(x)
}

/// The length of the vector (a, b): √(a² + b²), without overflow on the way.
///
/// Infinite if one of the two is, also where the other is NaN.
///
/// # Names
/// - `numpy.hypot`: same, in f32.
#[gpu_op(pointwise)]
pub fn hypot(image1: f32, image2: f32) -> f32 {
    image1.hypot(image2)
}

/// The size of the first image with the sign of the second, also of −0.
///
/// # Names
/// - `numpy.copysign`: same, in f32.
#[gpu_op(pointwise)]
pub fn copysign(image1: f32, image2: f32) -> f32 {
    image1.copysign(image2)
}

family! {
    operations: [
        floor, ceil, round, truncate, sign, cubic_root, exponential2, exponential10, logarithm2, logarithm10, sin,
        cos, tan, asin, acos, atan, sinh, cosh, tanh, degrees_to_radians, radians_to_degrees, atan2, hypot, copysign,
    ],
    kernels: [
        floor, ceil, round, truncate, sign, cubic_root, exponential2, exponential10, logarithm2, logarithm10, sin,
        cos, tan, asin, acos, atan, sinh, cosh, tanh, atan2, hypot, copysign,
    ],
}
