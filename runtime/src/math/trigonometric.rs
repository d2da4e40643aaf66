//! sin, cos, tan for every finite argument.
//!
//! x = k · π/2 + r with |r| ≤ π/4, r a pair. Below 2^17 the multiple of π/2 is subtracted in three parts (Cody and Waite), the first of them
//! exactly; above, 2/π is multiplied in integers with those of its bits that count (Payne and Hanek). k modulo 4 says which of ±sin r,
//! ±cos r the result is. Polynomials: see the module `math`.

use kernwerk_macros::gpu_fn;

use super::pair::{divide_pairs, fast_two_sum, nearest, power_of_two, two_product, two_sum};
use crate::lang::to_bits;

/// A word of 2/π: bits 32(i − 1) to 32i − 1 after the binary point; the word 0 is 0. Seven words are enough for f32.
#[gpu_fn]
pub(super) fn two_over_pi_word(i: u32) -> u32 {
    let low: u32 = if i == 0 {
        0
    } else if i == 1 {
        0xa2f9_836e
    } else if i == 2 {
        0x4e44_1529
    } else {
        0xfc27_57d1
    };
    let high: u32 = if i == 4 {
        0xf534_ddc0
    } else if i == 5 {
        0xdb62_9599
    } else if i == 6 {
        0x3c43_9041
    } else {
        0xfe51_63ab
    };
    if i < 4 { low } else { high }
}

/// `x = k · π/2 + r + tail` for 2^17 ≤ x < infinity; k modulo 4.
#[gpu_fn]
pub(super) fn reduce_large(x: f32) -> (u32, f32, f32) {
    // x = mantissa · 2^e. Bits of 2/π that make multiples of 4 are left out: they end at bit e - 2.
    let bits = to_bits(x);
    let mantissa = ((bits & 0x007f_ffff) | 0x0080_0000) as i64;
    let skip = (bits >> 23) - 120; // 32 + e - 2
    let word = skip >> 5;
    let shift = skip & 31;
    let w0: u32 = two_over_pi_word(word);
    let w1: u32 = two_over_pi_word(word + 1);
    let w2: u32 = two_over_pi_word(word + 2);
    let w3: u32 = two_over_pi_word(word + 3);
    // 96 bits from there on; a shift by 32 is split, as it must be less than the width.
    let back = 31 - shift;
    let a0 = (w0 << shift) | ((w1 >> 1) >> back);
    let a1 = (w1 << shift) | ((w2 >> 1) >> back);
    let a2 = (w2 << shift) | ((w3 >> 1) >> back);
    // Their product with the mantissa, modulo 2^96: 2 bits of k, then the fraction.
    let p2 = mantissa * (a2 as i64);
    let p1 = mantissa * (a1 as i64) + (p2 >> 32);
    let p0 = mantissa * (a0 as i64) + (p1 >> 32);
    let k = (p0 as u32) >> 30;
    let fraction = ((p0 & 0x3fff_ffff) << 32) | (p1 & 0xffff_ffff); // in units of 2^-62
    let up = fraction >= (1i64 << 61);
    let fraction = if up { fraction - (1i64 << 62) } else { fraction };
    let k = if up { k + 1 } else { k };
    // Three pieces of 21 bits are exact as f32.
    let f0 = (fraction >> 42) as f32 * power_of_two(-20);
    let f1 = ((fraction >> 21) & 0x1fffff) as f32 * power_of_two(-41);
    let f2 = (fraction & 0x1fffff) as f32 * power_of_two(-62);
    let (sum, error) = fast_two_sum(f0, f1);
    let (f, f_low) = two_sum(sum, f2);
    let f_low = f_low + error;
    // times π/2
    let (r, tail) = two_product(f, f32::from_bits(0x3fc9_0fdb));
    let tail = f.mul_add(-4.371_139e-8, tail);
    let tail = f_low.mul_add(f32::from_bits(0x3fc9_0fdb), tail);
    let (r, tail) = fast_two_sum(r, tail);
    (k & 3, r, tail)
}

/// `x = k · π/2 + r + tail` with |r| ≤ 0.787, for 0 ≤ x < infinity; k modulo 4.
#[gpu_fn]
pub(super) fn reduce(x: f32) -> (u32, f32, f32) {
    if x >= 131_072.0 {
        return reduce_large(x);
    }
    let (whole, k): (f32, i32) = nearest(x * f32::from_bits(0x3f22_f983)); // 2/π
    // Exact: both terms are multiples of 2^-24, and the difference is below 1.
    let r = whole.mul_add(f32::from_bits(0xbfc9_0fdb), x);
    let (product, error) = two_product(whole, 4.371_139e-8);
    let (r, tail) = two_sum(r, product);
    let tail = tail + whole.mul_add(1.715_124_5e-15, error);
    let (r, tail) = fast_two_sum(r, tail);
    ((k as u32) & 3, r, tail)
}

/// `sin(r + tail)` as a sum of two, for |r| ≤ 0.787; the second is up to a tenth of the first.
#[gpu_fn]
pub(super) fn sin_pair(r: f32, tail: f32) -> (f32, f32) {
    // Minimax fit of (sin(r) / r - 1) / z, z = r², relative to sin(r) / r: error 2^-32.5.
    let z = r * r;
    let p = z.mul_add(2.832_508_7e-6, -0.000_198_530_64);
    let p = z.mul_add(p, 0.008_333_379);
    let p = z.mul_add(p, -0.166_666_67);
    let cosine = z.mul_add(-0.5, 1.0); // about
    (r, (r * z).mul_add(p, tail * cosine))
}

/// `cos(r + tail)` as a sum of two, for |r| ≤ 0.787; the second is up to a tenth of the first.
#[gpu_fn]
pub(super) fn cos_pair(r: f32, tail: f32) -> (f32, f32) {
    // Minimax fit of (cos(r) - 1 + z/2) / z², z = r², relative to cos(r): error 2^-33.
    let (z, error) = two_product(r, r);
    let p = z.mul_add(2.443_210_5e-5, -0.001_388_730_8);
    let p = z.mul_add(p, 0.041_666_646);
    let (high, low) = fast_two_sum(1.0, -0.5 * z);
    let rest = (-r).mul_add(tail, -0.5 * error);
    (high, low + (z * z).mul_add(p, rest))
}

/// Sine.
#[gpu_fn]
pub fn sin(x: f32) -> f32 {
    let (k, r, tail): (u32, f32, f32) = reduce(x.abs());
    let (sine, sine_low) = sin_pair(r, tail);
    let (cosine, cosine_low) = cos_pair(r, tail);
    let swap = (k & 1) == 1;
    let size = if swap { cosine + cosine_low } else { sine + sine_low };
    let negative = (k >> 1) != (to_bits(x) >> 31);
    let result = if negative { -size } else { size };
    if x.is_finite() { result } else { f32::NAN }
}

/// Cosine.
#[gpu_fn]
pub fn cos(x: f32) -> f32 {
    let (k, r, tail): (u32, f32, f32) = reduce(x.abs());
    let (sine, sine_low) = sin_pair(r, tail);
    let (cosine, cosine_low) = cos_pair(r, tail);
    let swap = (k & 1) == 1;
    let size = if swap { sine + sine_low } else { cosine + cosine_low };
    let negative = k == 1 || k == 2;
    let result = if negative { -size } else { size };
    if x.is_finite() { result } else { f32::NAN }
}

/// Tangent.
#[gpu_fn]
pub fn tan(x: f32) -> f32 {
    let (k, r, tail): (u32, f32, f32) = reduce(x.abs());
    let (sine, sine_low) = sin_pair(r, tail);
    let (sine, sine_low) = fast_two_sum(sine, sine_low);
    let (cosine, cosine_low) = cos_pair(r, tail);
    let (cosine, cosine_low) = fast_two_sum(cosine, cosine_low);
    let swap = (k & 1) == 1;
    let n = if swap { -cosine } else { sine };
    let n_low = if swap { -cosine_low } else { sine_low };
    let d = if swap { sine } else { cosine };
    let d_low = if swap { sine_low } else { cosine_low };
    let (quotient, rest) = divide_pairs(n, n_low, d, d_low);
    let size = quotient + rest;
    let negative = (to_bits(x) >> 31) == 1;
    let result = if negative { -size } else { size };
    if x.is_finite() { result } else { f32::NAN }
}
