//! ln, ln_1p, log2, log10, and the reduction that power shares.
//!
//! x = 2^e · (1 + f) with 1 + f between √½ and √2. ln(1 + f) = f − f²/2 + f³ · p(f) is a pair: f − f²/2 is exact in it, and the rounding
//! errors of the polynomial are small beside f. Polynomial: see the module `math`.

use kernwerk_macros::gpu_fn;

use super::pair::{fast_two_sum, power_of_two, two_product, two_sum};
use crate::lang::to_bits;

/// `x = 2^e · (1 + f)` with √½ ≤ 1 + f < √2, for positive finite x.
#[gpu_fn]
pub(super) fn ln_reduce(x: f32) -> (i32, f32) {
    let subnormal = x < 1.175_494_4e-38;
    let scaled = if subnormal { x * 16_777_216.0 } else { x };
    let bits = to_bits(scaled).wrapping_sub(0x3f35_04f3); // √½
    let exponent = (bits as i32) >> 23;
    let exponent = if subnormal { exponent - 24 } else { exponent };
    let mantissa = f32::from_bits((bits & 0x007f_ffff) + 0x3f35_04f3);
    (exponent, mantissa - 1.0)
}

/// `ln(1 + f)` as a pair, for √½ ≤ 1 + f ≤ √2; the second part is up to a tenth of the first.
#[gpu_fn]
pub(super) fn ln_pair(f: f32) -> (f32, f32) {
    // Minimax fit of (ln(1 + f) - f + f²/2) / f³ relative to ln(1 + f) / f³: error 2^-30.3.
    let p = f.mul_add(0.067_492_48, -0.116_700_89);
    let p = f.mul_add(p, 0.118_835_5);
    let p = f.mul_add(p, -0.124_062_344);
    let p = f.mul_add(p, 0.142_203_58);
    let p = f.mul_add(p, -0.166_679_89);
    let p = f.mul_add(p, 0.200_020_72);
    let p = f.mul_add(p, -0.250_000_1);
    let p = f.mul_add(p, 0.333_333_13);
    let (square, error) = two_product(f, f);
    let (high, low) = fast_two_sum(f, -0.5 * square);
    (high, low + (f * square).mul_add(p, -0.5 * error))
}

/// `exponent · ln 2 + high + low`, rounded.
#[gpu_fn]
pub(super) fn ln_compose(exponent: i32, high: f32, low: f32) -> f32 {
    let e = exponent as f32;
    // The high part of ln 2 has 15 bits, so that its product with e is exact.
    let (sum, error) = fast_two_sum(e * 0.693_145_75, high);
    sum + (error + e.mul_add(1.428_606_8e-6, low))
}

/// What a logarithm is of 0, infinity, negative numbers and NaN; `result` otherwise.
#[gpu_fn]
pub(super) fn ln_special(x: f32, result: f32) -> f32 {
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    let result = if x < 0.0 { f32::NAN } else { result };
    if x < f32::INFINITY { result } else { x } // infinity and NaN
}

/// Natural logarithm.
#[gpu_fn]
pub fn ln(x: f32) -> f32 {
    let (e, f): (i32, f32) = ln_reduce(x);
    let (high, low) = ln_pair(f);
    ln_special(x, ln_compose(e, high, low))
}

/// Natural logarithm of 1 + `x`; precise also near 0.
#[gpu_fn]
pub fn ln_1p(x: f32) -> f32 {
    let (one_plus, error) = two_sum(1.0, x);
    let (e, f): (i32, f32) = ln_reduce(one_plus);
    // The rounding error of 1 + x, in units of 2^e; beyond 2^126 it does not count.
    let exponent = if e < 126 { -e } else { -126 };
    let (f, f_low) = fast_two_sum(f, error * power_of_two(exponent));
    let (high, low) = ln_pair(f);
    let derivative = f.mul_add(f - 1.0, 1.0); // of ln(1 + f), about
    let result = ln_special(one_plus, ln_compose(e, high, f_low.mul_add(derivative, low)));
    if x == 0.0 { x } else { result } // keeps -0
}

/// Logarithm to base 2. Exact for powers of 2.
#[gpu_fn]
pub fn log2(x: f32) -> f32 {
    let (e, f): (i32, f32) = ln_reduce(x);
    let (high, low) = ln_pair(f);
    let (product, rest) = two_product(high, f32::from_bits(0x3fb8_aa3b)); // log2 e, high part
    let rest = high.mul_add(1.925_963e-8, rest); // log2 e, low part
    let rest = low.mul_add(f32::from_bits(0x3fb8_aa3b), rest);
    let (sum, error) = fast_two_sum(e as f32, product);
    ln_special(x, sum + (error + rest))
}

/// Logarithm to base 10. Exact for powers of 10.
#[gpu_fn]
pub fn log10(x: f32) -> f32 {
    let (e, f): (i32, f32) = ln_reduce(x);
    let (high, low) = ln_pair(f);
    let (product, rest) = two_product(high, f32::from_bits(0x3ede_5bd9)); // log10 e, high part
    let rest = high.mul_add(-1.010_305e-8, rest); // log10 e, low part
    let rest = low.mul_add(f32::from_bits(0x3ede_5bd9), rest);
    // log10 2; its high part has 15 bits.
    let e = e as f32;
    let (sum, error) = fast_two_sum(e * 0.301_025_4, product);
    ln_special(x, sum + (error + e.mul_add(4.605_039e-6, rest)))
}
