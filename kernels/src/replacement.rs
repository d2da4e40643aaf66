//! Values in the place of others: masks, labels, numbers, NaN and infinities.

use crate::catalogue::family;
use crate::prelude::*;

/// Every pixel that equals one number becomes another, both of the image's type.
///
/// Nothing is rounded: labels above 2²⁴ stay whole. −0 equals 0. NaN equals nothing: see `nan_to_num`.
///
/// # Names
/// - `clesperanto.replace_value`: computed in f32 there, so labels above 2²⁴ are confused.
/// - `clesperanto.replace_intensity`: the same operation under its older name.
#[gpu_op(pointwise, family = "masking", alias = "replace_intensity")]
pub fn replace_value<T: Pixel>(
    image: T,
    #[param(default = 0)] value_to_replace: T,
    #[param(default = 1)] value_replacement: T,
) -> T {
    if image == value_to_replace { value_replacement } else { image }
}

/// Numbers in the place of NaN, ∞ and −∞: by default 0 and the largest and smallest finite numbers of f32.
///
/// In f32. Integer images have nothing to replace, and values above 2²⁴ are rounded to f32.
///
/// # Names
/// - `numpy.nan_to_num`: same, in f32.
/// - `clesperanto.nan_to_num`: same.
#[gpu_op(pointwise, family = "masking")]
pub fn nan_to_num(
    image: f32,
    #[param(default = 0.0)] nan: f32,
    #[param(default = 3.4028234e38)] posinf: f32,
    #[param(default = -3.4028234e38)] neginf: f32,
) -> f32 {
    if image.is_finite() {
        image
    } else if image > 0.0 {
        posinf
    } else if image < 0.0 {
        neginf
    } else {
        nan
    }
}

/// 0 in the place of NaN, ∞ and −∞.
///
/// In f32; `nan_to_num` with 0 for all three.
///
/// # Names
/// - `clesperanto.undefined_to_zero`: same; stored in the type of the image there.
#[gpu_op(composite, family = "masking")]
pub fn undefined_to_zero(image: AnyExpr) -> Expr<f32> {
    nan_to_num(image, 0.0, 0.0, 0.0)
}

family! {
    operations: [
        replace_value, nan_to_num, undefined_to_zero,
    ],
    kernels: [
        replace_value, nan_to_num,
    ],
}
