//! pow.
//!
//! |x|^y = 2^(y · log2 |x|). The product reaches 150, and what is wrong with it by 2^-24 is an ulp of the result: log2 |x| is a pair with a
//! relative error below 2^-35. It comes from ln(1 + f) = 2 artanh(s), s = f / (2 + f), whose series has only odd terms: the term of s is
//! exact in the pair, that of s³ has a pair for coefficient, and only the rest, below 2^-12 of the sum, is computed in single f32.

use kernwerk_macros::gpu_fn;

use super::exponential::exp2_of_pair;
use super::logarithm::ln_reduce;
use super::pair::{divide_pairs, fast_two_sum, two_product};
use crate::lang::to_bits;

/// `log2 x` as a pair, for positive finite x.
#[gpu_fn]
pub(super) fn log2_pair(x: f32) -> (f32, f32) {
    let (e, f): (i32, f32) = ln_reduce(x);
    let (d, d_low) = fast_two_sum(2.0, f);
    let (s, s_low) = divide_pairs(f, 0.0, d, d_low);
    let (z, z_low) = two_product(s, s);
    let z_low = (2.0 * s).mul_add(s_low, z_low);
    // Minimax fit of (artanh(s) / s - 1) / z, z = s², under the weight z: error 2^-37.5. The first coefficient is a pair.
    let q = z.mul_add(0.117_952_764, 0.142_684_58);
    let q = z.mul_add(q, 0.200_001_7);
    let (u, u_low) = fast_two_sum(f32::from_bits(0x3eaa_aaaa), z.mul_add(q, 1.468_207_7e-8));
    let (w, w_low) = two_product(u, z);
    let w_low = u.mul_add(z_low, u_low.mul_add(z, w_low));
    // artanh(s + s_low) = s + s w + s w_low + s_low (1 + w)
    let (t, t_low) = two_product(s, w);
    let t_low = s.mul_add(w_low, s_low.mul_add(w, t_low));
    let (high, low) = fast_two_sum(s, t);
    let low = low + (t_low + s_low);
    // 2 log2 e
    let (product, rest) = two_product(high, f32::from_bits(0x4038_aa3b));
    let rest = high.mul_add(3.851_926e-8, rest);
    let rest = low.mul_add(f32::from_bits(0x4038_aa3b), rest);
    let (sum, error) = fast_two_sum(e as f32, product);
    fast_two_sum(sum, error + rest)
}

/// `x` to the power `y`, with the special cases of C99: 1 for y = 0 and for x = 1, NaN for negative x and fractional y.
#[gpu_fn]
pub fn pow(x: f32, y: f32) -> f32 {
    let size = x.abs();
    let (log, log_low) = log2_pair(size);
    let (power, error) = two_product(y, log);
    let error = y.mul_add(log_low, error);
    // Beyond 200 all is 0 or infinity, and the error term of an overflown product is NaN.
    let moderate = power.abs() < 200.0;
    let error = if moderate { error } else { 0.0 };
    let power = if power > 200.0 { 200.0 } else { power };
    let power = if power < -200.0 { -200.0 } else { power };
    let result = exp2_of_pair(power, error);

    let edge = size == 0.0 || size == f32::INFINITY;
    let edge_value = if (size == 0.0) == (y < 0.0) { f32::INFINITY } else { 0.0 };
    let result = if edge { edge_value } else { result };
    let limit = if (size > 1.0) == (y > 0.0) { f32::INFINITY } else { 0.0 };
    let limit = if size == 1.0 { 1.0 } else { limit };
    let result = if y.abs() == f32::INFINITY { limit } else { result };

    let whole = y.trunc() == y;
    let half = 0.5 * y;
    let odd = whole && half.trunc() != half;
    let negative = (to_bits(x) >> 31) == 1;
    let result = if negative && odd { -result } else { result };
    let result = if x < 0.0 && size < f32::INFINITY && !whole { f32::NAN } else { result };
    let result = if x.is_nan() || y.is_nan() { f32::NAN } else { result };
    if y == 0.0 || x == 1.0 { 1.0 } else { result }
}
