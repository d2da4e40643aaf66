//! cbrt and hypot. The square root itself is an instruction, and correctly rounded.

use kernwerk_macros::gpu_fn;

use super::pair::{fast_two_sum, power_of_two, two_product};
use crate::lang::to_bits;

/// Cube root.
#[gpu_fn]
pub fn cbrt(x: f32) -> f32 {
    let size = x.abs();
    let subnormal = size < 1.175_494_4e-38;
    let scaled = if subnormal { size * 16_777_216.0 } else { size };
    // |x| = m · 8^t with 1 <= m < 8
    let bits = to_bits(scaled);
    let exponent = (bits >> 23) + 257; // 384 more than it is
    let third = exponent / 3;
    let m = f32::from_bits((bits & 0x007f_ffff) | ((exponent - 3 * third + 127) << 23));
    let t = third as i32 - 128;
    let t = if subnormal { t - 8 } else { t };
    // 1/∛m: a third of the bits, right to 1 in 25, then two rounds of y (1 + e/3 + 2e²/9), e = 1 - m y³, each of which cubes the error.
    let y = f32::from_bits(0x54a2_fa8c - to_bits(m) / 3);
    let e = (-m * y).mul_add(y * y, 1.0);
    let y = (y * e).mul_add(e.mul_add(0.222_222_22, 0.333_333_34), y);
    let e = (-m * y).mul_add(y * y, 1.0);
    let y = (y * e).mul_add(e.mul_add(0.222_222_22, 0.333_333_34), y);
    // c = m y², and a step of Newton with what is left of m - c³.
    let c = m * (y * y);
    let (square, square_low) = two_product(c, c);
    let (cube, cube_low) = two_product(square, c);
    let rest = (m - cube) - square_low.mul_add(c, cube_low);
    let root = (rest * 0.333_333_34).mul_add(y * y, c) * power_of_two(t);
    let result = if size > 0.0 && size < f32::INFINITY { root } else { size };
    result.copysign(x)
}

/// Length of the hypotenuse, `√(x² + y²)`, without overflow on the way; infinite if one side is, even if the other is NaN.
#[gpu_fn]
pub fn hypot(x: f32, y: f32) -> f32 {
    let width = x.abs();
    let height = y.abs();
    let a = if width > height { width } else { height };
    let b = if width > height { height } else { width };
    // Away from where squares overflow and errors are subnormal.
    let shift: i32 = if a > power_of_two(60) { -70 } else { 0 };
    let shift = if a < power_of_two(-60) { 90 } else { shift };
    let a = a * power_of_two(shift);
    let b = b * power_of_two(shift);
    let (square, error) = two_product(a, a);
    let (other, other_error) = two_product(b, b);
    let (sum, low) = fast_two_sum(square, other);
    let low = low + (error + other_error);
    let root = sum.sqrt();
    let rest = ((-root).mul_add(root, sum) + low) / (2.0 * root);
    let result = (root + rest) * power_of_two(-shift);
    let result = if a == 0.0 { 0.0 } else { result };
    let result = if x.is_nan() || y.is_nan() { f32::NAN } else { result };
    if width == f32::INFINITY || height == f32::INFINITY { f32::INFINITY } else { result }
}
