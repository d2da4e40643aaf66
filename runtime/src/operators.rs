//! The operations behind `+ - * /` on expressions, and conversion between element types. They live here because the operators
//! of a type can only be given where the type is; the kernels crate lists them with all others.

use std::ops::{Add, Div, Mul, Sub};

use kernwerk_macros::gpu_op;

use crate::choice::Choice;
use crate::expr::{AnyExpr, Expr, IntoExpr};
use crate::{AnyImage, DType, Element, Image, Pixel, wide_conversion};

/// Sum of two images, pixel by pixel, computed in f32.
///
/// u8 + u8 does not wrap. NaN and infinities follow IEEE 754.
///
/// # Names
/// - `numpy.add`: integers wrap around there; computed in f32 here.
/// - `clesperanto.add_images`: stored in the type of the images there, saturated; f32 here.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn add_images(image1: f32, image2: f32) -> f32 {
    image1 + image2
}

/// Difference of two images, pixel by pixel, computed in f32.
///
/// u8 − u8 may be negative.
///
/// # Names
/// - `numpy.subtract`: integers wrap around there; computed in f32 here.
/// - `clesperanto.subtract_images`: stored in the type of the images there, saturated; f32 here.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn subtract_images(image1: f32, image2: f32) -> f32 {
    image1 - image2
}

/// Product of two images, pixel by pixel, computed in f32.
///
/// # Names
/// - `numpy.multiply`: integers wrap around there; computed in f32 here.
/// - `clesperanto.multiply_images`: stored in the type of the images there, saturated; f32 here.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn multiply_images(image1: f32, image2: f32) -> f32 {
    image1 * image2
}

/// Quotient of two images, pixel by pixel, computed in f32. Dividing by 0 gives an infinity or NaN, as IEEE 754 says.
///
/// # Names
/// - `numpy.divide`: same, in f32.
/// - `clesperanto.divide_images`: same.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn divide_images(image1: f32, image2: f32) -> f32 {
    image1 / image2
}

/// Adds a number to every pixel, computed in f32.
///
/// # Names
/// - `numpy.add`: computed in f32 here.
/// - `clesperanto.add_image_and_scalar`: same.
#[gpu_op(pointwise, family = "arithmetic", alias = "add_scalar")]
pub fn add_image_and_scalar(image: f32, #[param(default = 1.0)] scalar: f32) -> f32 {
    image + scalar
}

/// Subtracts a number from every pixel, computed in f32.
///
/// # Names
/// - `numpy.subtract`: computed in f32 here.
/// - `clesperanto.add_image_and_scalar`: the same with the number negated.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn subtract_scalar(image: f32, #[param(default = 1.0)] scalar: f32) -> f32 {
    image - scalar
}

/// Subtracts every pixel from a number, computed in f32.
///
/// # Names
/// - `numpy.subtract`: computed in f32 here.
/// - `clesperanto.subtract_image_from_scalar`: same.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn subtract_image_from_scalar(image: f32, #[param(default = 0.0)] scalar: f32) -> f32 {
    scalar - image
}

/// Multiplies every pixel with a number, computed in f32.
///
/// # Names
/// - `numpy.multiply`: computed in f32 here.
/// - `clesperanto.multiply_image_and_scalar`: 0 by default there, 1 here.
#[gpu_op(pointwise, family = "arithmetic", alias = "multiply_scalar")]
pub fn multiply_image_and_scalar(image: f32, #[param(default = 1.0)] scalar: f32) -> f32 {
    image * scalar
}

/// Divides every pixel by a number, computed in f32.
///
/// By 0, an infinity or NaN, as IEEE 754 says.
///
/// # Names
/// - `numpy.divide`: same, in f32.
/// - `clesperanto.multiply_image_and_scalar`: of the inverse number nearly the same, which is rounded once more.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn divide_scalar(image: f32, #[param(default = 1.0)] scalar: f32) -> f32 {
    image / scalar
}

/// Divides a number by every pixel, computed in f32.
///
/// 0 gives an infinity or NaN, as IEEE 754 says.
///
/// # Names
/// - `numpy.divide`: same, in f32.
/// - `clesperanto.divide_scalar_by_image`: 0 by default there, 1 here.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn divide_scalar_by_image(image: f32, #[param(default = 1.0)] scalar: f32) -> f32 {
    scalar / image
}

/// Truncates towards zero and converts, so that a later store neither rounds nor changes anything but the type.
#[gpu_op(pointwise, family = "arithmetic")]
pub(crate) fn truncated(image: f32) -> f32 {
    image.trunc()
}

/// The pixel itself, as f32.
#[gpu_op(pointwise, family = "arithmetic")]
pub(crate) fn as_f32(image: f32) -> f32 {
    image
}

/// The pixel itself, as i32; values outside i32 saturate.
#[gpu_op(pointwise, family = "arithmetic")]
pub(crate) fn as_i32(image: i32) -> i32 {
    image
}

/// The pixel itself, as u32; values outside u32 saturate.
#[gpu_op(pointwise, family = "arithmetic")]
pub(crate) fn as_u32(image: u32) -> u32 {
    image
}

impl Choice for DType {
    const NAMES: &'static [&'static str] = &["u8", "i8", "u16", "i16", "u32", "i32", "f32", "u64", "i64", "f64", "f16"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> DType {
        DType::ALL[index.min(DType::ALL.len() - 1)]
    }
}

/// How fractions become integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Rounding {
    /// Towards zero, as Rust's `as`.
    #[default]
    Truncate,
    /// To the nearest integer, halves to even.
    Nearest,
}

impl Choice for Rounding {
    const NAMES: &'static [&'static str] = &["truncate", "nearest"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Rounding {
        if index == 0 { Rounding::Truncate } else { Rounding::Nearest }
    }
}

/// Converts an image to another element type. Values outside the range of the type saturate and NaN becomes 0.
///
/// Every value is the one that it was if the target holds it, and rounded once if it does not; only f64, u64 and i64 become f16 by way of f32.
///
/// # Names
/// - `numpy.ndarray.astype`: integers wrap around there and floats outside the range are undefined; they saturate here.
/// - `clesperanto.copy`: into an image of another type; passes through f32 there.
#[gpu_op(procedure, family = "arithmetic")]
pub fn convert(
    context: &crate::Context,
    image: AnyImage,
    to: DType,
    #[param(default = "truncate", optional)] rounding: Rounding,
) -> crate::Result<AnyImage> {
    if image.dtype() == to {
        return Ok(image);
    }
    if let Some(wide) = wide_conversion::between(context, &image, to, rounding == Rounding::Nearest)? {
        return if wide.dtype() == to { Ok(wide) } else { context.eval_any(&convert_as(&wide, to)) };
    }
    let fraction_is_cut = !image.dtype().is_integer() && to.is_integer() && rounding == Rounding::Truncate;
    if fraction_is_cut {
        return context.eval_any(&truncated(&image).into_any().store(to));
    }
    context.eval_any(&convert_as(&image, to))
}

/// The image stored in another type by the store rules (halves to even, saturating).
pub(crate) fn convert_as(image: &AnyImage, to: DType) -> AnyExpr {
    let from = image.dtype();
    // What is wider than 32 bits fits bodies of 32 only if the target has no more.
    let wide = from.size() == 8;
    let signed = if wide { to.is_signed() } else { from.is_signed() };
    match signed {
        _ if !from.is_integer() || (wide && (to.size() == 8 || !to.is_integer())) => as_f32(image).into_any().store(to),
        true => as_i32(image).into_any().store(to),
        false => as_u32(image).into_any().store(to),
    }
}

macro_rules! operators {
    ($trait:ident $method:ident $images:ident $scalar:ident, $reverse:expr) => {
        operators!(@images $trait $method $images, Expr<T>, Expr<U>);
        operators!(@images $trait $method $images, &Expr<T>, Expr<U>);
        operators!(@images $trait $method $images, Expr<T>, &Expr<U>);
        operators!(@images $trait $method $images, &Expr<T>, &Expr<U>);
        operators!(@images $trait $method $images, &Image<T>, &Image<U>);
        operators!(@images $trait $method $images, &Image<T>, Expr<U>);
        operators!(@images $trait $method $images, Expr<T>, &Image<U>);
        operators!(@scalar $trait $method $scalar, $reverse, Expr<T>);
        operators!(@scalar $trait $method $scalar, $reverse, &Expr<T>);
        operators!(@scalar $trait $method $scalar, $reverse, &Image<T>);
    };
    (@images $trait:ident $method:ident $images:ident, $left:ty, $right:ty) => {
        impl<T: Element, U: Element> $trait<$right> for $left {
            type Output = Expr<f32>;
            fn $method(self, other: $right) -> Expr<f32> {
                $images(self, other)
            }
        }
    };
    (@scalar $trait:ident $method:ident $scalar:ident, $reverse:expr, $left:ty) => {
        impl<T: Element> $trait<f32> for $left {
            type Output = Expr<f32>;
            fn $method(self, scalar: f32) -> Expr<f32> {
                $scalar(self, scalar)
            }
        }
        impl<T: Element> $trait<$left> for f32 {
            type Output = Expr<f32>;
            fn $method(self, image: $left) -> Expr<f32> {
                $reverse(image.into_expr(), self)
            }
        }
    };
}
operators!(Add add add_images add_image_and_scalar, add_image_and_scalar);
operators!(Sub sub subtract_images subtract_scalar, subtract_image_from_scalar);
operators!(Mul mul multiply_images multiply_image_and_scalar, multiply_image_and_scalar);
operators!(Div div divide_images divide_scalar, divide_scalar_by_image);

impl<T: Element> Expr<T> {
    /// The image in another element type; values saturate and fractions are cut off, as `as` does.
    pub fn convert<U: Pixel>(self) -> Expr<U> {
        convert(self, U::DTYPE).into_any().typed()
    }
}
