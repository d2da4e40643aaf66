//! sinh, cosh, tanh.
//!
//! From e^|x| = 2^k · m as a pair, and its inverse. sinh has a polynomial below 1, where the two would cancel: see the module `math`.

use kernwerk_macros::gpu_fn;

use super::exponential::{exp_m1_pair, exp_pair};
use super::pair::{divide_pairs, fast_two_sum, power_of_two, scale, two_sum};

/// `2^k · (m + m_low) = e^x`, and `2^k · (i + i_low) = e^-x`, for 0 ≤ x ≤ 90.
#[gpu_fn]
pub(super) fn exp_and_inverse(x: f32) -> (i32, f32, f32, f32, f32) {
    let (k, m, m_low): (i32, f32, f32) = exp_pair(x, 0.0);
    let (inverse, inverse_low) = divide_pairs(1.0, 0.0, m, m_low);
    let exponent = if k < 63 { -2 * k } else { -126 };
    let factor = power_of_two(exponent);
    (k, m, m_low, inverse * factor, inverse_low * factor)
}

/// Hyperbolic sine.
#[gpu_fn]
pub fn sinh(x: f32) -> f32 {
    let size = x.abs();
    // Minimax fit of (sinh(x) / x - 1) / z, z = x², relative to sinh(x) / x, for |x| <= 1: error 2^-31.6.
    let z = size * size;
    let p = z.mul_add(2.782_267e-6, 0.000_198_428_91);
    let p = z.mul_add(p, 0.008_333_310_5);
    let p = z.mul_add(p, 0.166_666_67);
    let small = (size * z).mul_add(p, size);
    let clamped = if size > 90.0 { 90.0 } else { size };
    let (k, m, m_low, i, i_low): (i32, f32, f32, f32, f32) = exp_and_inverse(clamped);
    let (high, low) = fast_two_sum(m, -i);
    let large = scale(high + (low + (m_low - i_low)), k - 1);
    let result = if size < 1.0 { small } else { large };
    result.copysign(x)
}

/// Hyperbolic cosine.
#[gpu_fn]
pub fn cosh(x: f32) -> f32 {
    let size = x.abs();
    let clamped = if size > 90.0 { 90.0 } else { size };
    let (k, m, m_low, i, i_low): (i32, f32, f32, f32, f32) = exp_and_inverse(clamped);
    let (high, low) = fast_two_sum(m, i);
    scale(high + (low + (m_low + i_low)), k - 1)
}

/// Hyperbolic tangent.
#[gpu_fn]
pub fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let clamped = if size > 10.0 { 10.0 } else { size };
    // tanh x = (e^2x - 1) / (e^2x - 1 + 2)
    let (k, n, n_low): (i32, f32, f32) = exp_m1_pair(2.0 * clamped);
    let (d, d_low) = two_sum(n, 2.0 * power_of_two(-k));
    let (quotient, rest) = divide_pairs(n, n_low, d, d_low + n_low);
    let result = quotient + rest;
    result.copysign(x)
}
