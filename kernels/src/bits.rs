//! Logic of the bits of integers, and what follows from it: the inverse of an image within the range of its type.
//!
//! Invariant: results have the type of the images, and nothing is rounded.

use kernwerk_runtime::DType;

use crate::arithmetic::subtract_image_from_scalar;
use crate::catalogue::family;
use crate::prelude::*;

/// How two words are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Combine {
    And,
    Or,
    ExclusiveOr,
}

/// Bits of unsigned integers: `combine` 0 is and, 1 or, 2 exclusive or; then the bits of `flip` are flipped.
#[gpu_op(pointwise)]
pub(crate) fn combine_bits_unsigned(
    image1: u32,
    image2: u32,
    #[param(default = 0)] combine: u32,
    #[param(default = 0)] flip: u32,
) -> u32 {
    let bits = if combine == 0 {
        image1 & image2
    } else if combine == 1 {
        image1 | image2
    } else {
        image1 ^ image2
    };
    bits ^ flip
}

/// Bits of signed integers: `combine` 0 is and, 1 or, 2 exclusive or; then the bits of `flip` are flipped.
#[gpu_op(pointwise)]
pub(crate) fn combine_bits_signed(
    image1: i32,
    image2: i32,
    #[param(default = 0)] combine: u32,
    #[param(default = 0)] flip: i32,
) -> i32 {
    let bits = if combine == 0 {
        image1 & image2
    } else if combine == 1 {
        image1 | image2
    } else {
        image1 ^ image2
    };
    bits ^ flip
}

/// Combines two images of one integer type; `flip` inverts the bits of the result.
fn combined(
    context: &Context,
    image1: &AnyImage,
    image2: &AnyImage,
    combine: Combine,
    flip: bool,
    operation: &str,
) -> Result<AnyImage> {
    let dtype = image1.dtype();
    if !dtype.is_integer() {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("pixels of type {dtype} have no bits to combine"),
            remedy: "convert the image to an integer type, or use `binary_and` and its kin for masks".into(),
        });
    }
    if image2.dtype() != dtype {
        return Err(Error::Type {
            operation: operation.into(),
            input: "image2".into(),
            found: image2.dtype(),
            expected: format!("the type of `image1`, {dtype},"),
            remedy: "convert one of the images".into(),
        });
    }
    // Images that do not fit together are the combining kernel's to refuse.
    if dtype.size() == 8 && image1.shape5() == image2.shape5() {
        // Bits know nothing of one another: 64 of them are combined as two words.
        let (words1, words2) = (image1.reinterpret(DType::U32)?, image2.reinterpret(DType::U32)?);
        return combined(context, &words1, &words2, combine, flip, operation)?.reinterpret(dtype);
    }
    let combine = combine as u32;
    let expr = match dtype {
        DType::I8 | DType::I16 | DType::I32 => {
            combine_bits_signed(image1, image2, combine, if flip { -1 } else { 0 }).into_any()
        }
        _ => {
            let all = match dtype {
                DType::U8 => u32::from(u8::MAX),
                DType::U16 => u32::from(u16::MAX),
                _ => u32::MAX,
            };
            combine_bits_unsigned(image1, image2, combine, if flip { all } else { 0 }).into_any()
        }
    };
    context.eval_any(&expr.store(dtype))
}

/// The bits that are set in both images, pixel by pixel, for images of one integer type.
///
/// The result has the type of the images. For masks, where any number but 0 counts as set, see `binary_and`.
///
/// # Names
/// - `numpy.bitwise_and`: same, but images of two types are an error.
#[gpu_op(procedure)]
pub fn bitwise_and(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<AnyImage> {
    combined(context, &image1, &image2, Combine::And, false, "bitwise_and")
}

/// The bits that are set in at least one of two images, pixel by pixel, for images of one integer type.
///
/// The result has the type of the images. For masks, where any number but 0 counts as set, see `binary_or`.
///
/// # Names
/// - `numpy.bitwise_or`: same, but images of two types are an error.
#[gpu_op(procedure)]
pub fn bitwise_or(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<AnyImage> {
    combined(context, &image1, &image2, Combine::Or, false, "bitwise_or")
}

/// The bits that are set in exactly one of two images, pixel by pixel, for images of one integer type.
///
/// The result has the type of the images. For masks, where any number but 0 counts as set, see `binary_xor`.
///
/// # Names
/// - `numpy.bitwise_xor`: same, but images of two types are an error.
#[gpu_op(procedure)]
pub fn bitwise_xor(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<AnyImage> {
    combined(context, &image1, &image2, Combine::ExclusiveOr, false, "bitwise_xor")
}

/// All bits of every pixel the other way round, for integer images.
///
/// The result has the type of the image: 5 becomes 250 in u8 and −6 in i8. For masks see `binary_not`.
///
/// # Names
/// - `numpy.bitwise_not`: same.
#[gpu_op(procedure)]
pub fn bitwise_not(context: &Context, image: AnyImage) -> Result<AnyImage> {
    combined(context, &image, &image, Combine::And, true, "bitwise_not")
}

/// Exchanges dark and bright within the range of the image's type, which the result has.
///
/// Unsigned integers: the largest number of the type minus the pixel, so 0 becomes 255 in u8. Signed integers: −1 minus
/// the pixel, so −128 becomes 127 in i8. f32: 1 minus the pixel. To invert a mask of 0 and 1, use `binary_not`; to
/// change the sign, `multiply_image_and_scalar` with −1.
///
/// # Names
/// - `skimage.util.invert`: same; what `signed_float = True` gives is a product with −1 here.
/// - `clesperanto.invert`: a product with −1 there, and the result is f32.
#[gpu_op(procedure, family = "arithmetic")]
pub fn invert(context: &Context, image: AnyImage) -> Result<AnyImage> {
    if image.dtype().is_integer() {
        return combined(context, &image, &image, Combine::And, true, "invert");
    }
    context.eval_any(&subtract_image_from_scalar(&image, 1.0).into_any())
}

family! {
    operations: [
        bitwise_and, bitwise_or, bitwise_xor, bitwise_not, invert,
    ],
    kernels: [
        combine_bits_unsigned, combine_bits_signed,
    ],
}
