//! Unevaluated sums of two f32, and powers of two: what the mathematical functions are built from.
//!
//! A pair (high, low) stands for high + low, where low is at most about half a unit in the last place of high; it carries some 48 bits.
//! The functions here are exact unless said otherwise, as long as nothing overflows and no error is subnormal.

use kernwerk_macros::gpu_fn;

use crate::lang::to_bits;

/// Sum and its rounding error (Knuth).
#[gpu_fn]
pub fn two_sum(a: f32, b: f32) -> (f32, f32) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// Sum and its rounding error where `a` is 0 or |a| ≥ |b| (Dekker).
#[gpu_fn]
pub fn fast_two_sum(a: f32, b: f32) -> (f32, f32) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// Product and its rounding error.
#[gpu_fn]
pub fn two_product(a: f32, b: f32) -> (f32, f32) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// `n / d` of two pairs, to about 45 bits, with one division. `1 / d` must not overflow.
#[gpu_fn]
pub fn divide_pairs(n: f32, n_low: f32, d: f32, d_low: f32) -> (f32, f32) {
    let inverse = 1.0 / d;
    let quotient = n * inverse;
    let rest = (-quotient).mul_add(d, n) + (n_low - quotient * d_low);
    (quotient, rest * inverse)
}

/// The whole number nearest to `x`, halves to even, as f32 and as i32, for |x| < 2^22.
///
/// Adding 1.5 · 2^23 leaves no bit for a fraction, and the integer in the lowest bits of the sum. Unlike a cast, which saturates, this
/// is as fast in vectors as one by one. For NaN the integer means nothing, but is small enough to compute with.
#[gpu_fn]
pub fn nearest(x: f32) -> (f32, i32) {
    let shifted = x + 12_582_912.0;
    (shifted - 12_582_912.0, to_bits(shifted).wrapping_sub(0x4b40_0000) as i32)
}

/// 2 to the power `k`, −126 ≤ k ≤ 127.
#[gpu_fn]
pub fn power_of_two(k: i32) -> f32 {
    f32::from_bits(((k + 127) as u32) << 23)
}

/// `x · 2^k` for |x| between 1/4 and 4 and −252 ≤ k ≤ 254: rounded once where the result is subnormal, infinite where it is too large.
#[gpu_fn]
pub fn scale(x: f32, k: i32) -> f32 {
    let half = k >> 1;
    x * power_of_two(half) * power_of_two(k - half)
}
