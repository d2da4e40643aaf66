//! asin, acos, atan, atan2.
//!
//! asin and acos: above 1/2 by asin x = π/2 − 2 asin √((1 − x)/2). atan: of a quotient between 0 and 1, above √2 − 1 by atan(a/b) = π/4 +
//! atan((a − b)/(a + b)). Roots, quotients and multiples of π/4 are pairs. Polynomials: see the module `math`.

use kernwerk_macros::gpu_fn;

use super::pair::{divide_pairs, fast_two_sum, power_of_two, two_product, two_sum};
use crate::lang::to_bits;

/// What asin and acos share: `asin(s + s_low) = s + rest` with s = |x| up to 1/2 and √((1 − |x|)/2) above.
#[gpu_fn]
pub(super) fn asin_reduce(size: f32) -> (f32, f32) {
    let large = size > 0.5;
    let z = if large { (-0.5f32).mul_add(size, 0.5) } else { size * size };
    let root = z.sqrt();
    let rest = (-root).mul_add(root, z) / (2.0 * root);
    let s = if large { root } else { size };
    let s_low = if large && root > 0.0 { rest } else { 0.0 };
    // Minimax fit of (asin(s) / s - 1) / z, z = s², relative to asin(s) / s: error 2^-31.7.
    let p = z.mul_add(0.037_696_842, 0.014_314_811);
    let p = z.mul_add(p, 0.031_839_1);
    let p = z.mul_add(p, 0.044_513_375);
    let p = z.mul_add(p, 0.075_005_22);
    let p = z.mul_add(p, 0.166_666_6);
    (s, (s * z).mul_add(p, s_low))
}

/// Arc sine.
#[gpu_fn]
pub fn asin(x: f32) -> f32 {
    let size = x.abs();
    let (s, rest) = asin_reduce(size);
    let large = size > 0.5;
    // s, or π/2 - 2 s
    let base = if large { f32::from_bits(0x3fc9_0fdb) } else { 0.0 };
    let base_low = if large { -4.371_139e-8 } else { 0.0 };
    let factor = if large { -2.0 } else { 1.0 };
    let (sum, error) = fast_two_sum(base, factor * s);
    let result = sum + (error + factor.mul_add(rest, base_low));
    result.copysign(x)
}

/// Arc cosine.
#[gpu_fn]
pub fn acos(x: f32) -> f32 {
    let size = x.abs();
    let (s, rest) = asin_reduce(size);
    let large = size > 0.5;
    let negative = x < 0.0;
    // π/2 - s, π/2 + s, 2 s, π - 2 s: c · π/2 + factor · s
    let c = if large { if negative { 2.0 } else { 0.0 } } else { 1.0 };
    let factor = if large { 2.0 } else { 1.0 };
    let factor = if large == negative { -factor } else { factor };
    let (sum, error) = fast_two_sum(c * f32::from_bits(0x3fc9_0fdb), factor * s);
    sum + (error + factor.mul_add(rest, c * -4.371_139e-8))
}

/// Angle of the point (`x`, `y`), in −π..=π, with the special cases of C99.
#[gpu_fn]
pub fn atan2(y: f32, x: f32) -> f32 {
    let height = y.abs();
    let width = x.abs();
    let steep = height > width;
    let a = if steep { width } else { height };
    let b = if steep { height } else { width };
    // Infinite sides: only whether both are counts.
    let diagonal = a == f32::INFINITY;
    let infinite = b == f32::INFINITY;
    let a = if infinite { 0.0 } else { a };
    let a = if diagonal { 1.0 } else { a };
    let b = if infinite { 1.0 } else { b };
    // Away from where sums overflow and errors are subnormal.
    let shift: i32 = if b < power_of_two(50) { 64 } else { 0 };
    let shift = if b > power_of_two(120) { -10 } else { shift };
    let a = a * power_of_two(shift);
    let b = b * power_of_two(shift);
    let far = a > b * 0.414_213_57;
    let (difference, difference_low) = two_sum(a, -b);
    let (sum, sum_low) = fast_two_sum(b, a);
    let n = if far { difference } else { a };
    let n_low = if far { difference_low } else { 0.0 };
    let d = if far { sum } else { b };
    let d_low = if far { sum_low } else { 0.0 };
    let (q, q_low) = divide_pairs(n, n_low, d, d_low);
    let origin = b == 0.0;
    let q = if origin { 0.0 } else { q };
    let q_low = if origin { 0.0 } else { q_low };
    // Minimax fit of (atan(q) / q - 1) / z, z = q², relative to atan(q) / q: error 2^-30.4.
    let z = q * q;
    let p = z.mul_add(-0.060_888_43, 0.105_987_54);
    let p = z.mul_add(p, -0.142_443_46);
    let p = z.mul_add(p, 0.199_985_27);
    let p = z.mul_add(p, -0.333_333_16);
    let rest = (q * z).mul_add(p, q_low.mul_add(-z, q_low));
    // The angle is c · π/4 + sign · (q + rest).
    let negative = (to_bits(x) >> 31) == 1;
    let c = if far { 1.0 } else { 0.0 };
    let c = if steep { 2.0 - c } else { c };
    let c = if negative { 4.0 - c } else { c };
    let sign = if steep == negative { 1.0 } else { -1.0 };
    let (base, base_low) = two_product(c, f32::from_bits(0x3f49_0fdb));
    let base_low = c.mul_add(-2.185_569_4e-8, base_low);
    let (total, error) = fast_two_sum(base, sign * q);
    let angle = total + (error + sign.mul_add(rest, base_low));
    let angle = angle.copysign(y);
    if x.is_nan() || y.is_nan() { f32::NAN } else { angle }
}

/// Arc tangent.
#[gpu_fn]
pub fn atan(x: f32) -> f32 {
    atan2(x, 1.0)
}
