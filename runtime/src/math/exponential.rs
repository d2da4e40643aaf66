//! exp, exp2, exp_m1, and the pairs that power, hyperbolic and error functions make of them.
//!
//! x = k · ln 2 + r with |r| ≤ ln 2 / 2, so that e^x = 2^k · e^r. The remainder r is a pair, and e^r − 1 = r + r² · q(r) with a polynomial
//! whose rounding errors are small beside r. Polynomials: see the module `math`.

use kernwerk_macros::gpu_fn;

use super::pair::{fast_two_sum, nearest, power_of_two, scale, two_product, two_sum};

/// `x = k · ln 2 + r + tail` with |r| ≤ 0.3475, for −104 ≤ x ≤ 178.
#[gpu_fn]
pub(super) fn exp_reduce(x: f32) -> (i32, f32, f32) {
    let (whole, k): (f32, i32) = nearest(x * f32::from_bits(0x3fb8_aa3b)); // log2 e
    // Exact: both terms are multiples of 2^-25, and the difference is below 1/2.
    let r = whole.mul_add(f32::from_bits(0xbf31_7218), x); // -ln 2, high part
    let (r, tail) = fast_two_sum(r, whole * 1.904_654_2e-9); // -ln 2, low part
    (k, r, tail)
}

/// `e^(r + tail) − 1 − r` for |r| ≤ 0.3475 and a tail below 2^-24.
#[gpu_fn]
pub(super) fn exp_m1_rest(r: f32, tail: f32) -> f32 {
    // Minimax fit of (e^r - 1 - r) / r² relative to (e^r - 1) / r²: error 2^-31.1.
    let q = r.mul_add(0.000_197_644_14, 0.001_393_238_1);
    let q = r.mul_add(q, 0.008_333_543);
    let q = r.mul_add(q, 0.041_666_493);
    let q = r.mul_add(q, 0.166_666_66);
    let q = r.mul_add(q, 0.5);
    (r * r).mul_add(q, tail.mul_add(r, tail))
}

/// `e^x = 2^k · (high + low)` with high + low between 0.7 and 1.42, for −104 ≤ x ≤ 178; `correction`, below 2^-16, is added to x.
#[gpu_fn]
pub(super) fn exp_pair(x: f32, correction: f32) -> (i32, f32, f32) {
    let (k, r, tail): (i32, f32, f32) = exp_reduce(x);
    let (r, tail) = fast_two_sum(r, tail + correction);
    let rest = exp_m1_rest(r, tail);
    let (high, low) = fast_two_sum(1.0, r);
    let (high, low) = fast_two_sum(high, low + rest);
    (k, high, low)
}

/// `2^(x + x_low)`, rounded, for a pair with −252 ≤ x ≤ 254.
#[gpu_fn]
pub(super) fn exp2_of_pair(x: f32, x_low: f32) -> f32 {
    let (whole, k): (f32, i32) = nearest(x);
    let (fraction, x_low) = fast_two_sum(x - whole, x_low);
    let (r, tail) = two_product(fraction, f32::from_bits(0x3f31_7218)); // ln 2, high part
    let tail = tail + fraction * -1.904_654_2e-9; // ln 2, low part
    let tail = tail + x_low * f32::from_bits(0x3f31_7218);
    let rest = exp_m1_rest(r, tail);
    let (high, low) = fast_two_sum(1.0, r);
    scale(high + (low + rest), k)
}

/// `e^x − 1 = 2^k · (high + low)`, precise also where it is small, for −20 ≤ x ≤ 89.
#[gpu_fn]
pub(super) fn exp_m1_pair(x: f32) -> (i32, f32, f32) {
    let (k, r, tail): (i32, f32, f32) = exp_reduce(x);
    let rest = exp_m1_rest(r, tail);
    // e^x - 1 = 2^k (1 - 2^-k + r + rest); beyond 2^126 the 1 does not count.
    let exponent = if k < 126 { -k } else { -126 };
    let (one, one_low) = two_sum(1.0, -power_of_two(exponent));
    let (high, low) = fast_two_sum(one, r);
    let (high, low) = fast_two_sum(high, low + (one_low + rest));
    (k, high, low)
}

/// e to the power `x`.
#[gpu_fn]
pub fn exp(x: f32) -> f32 {
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let (k, high, _): (i32, f32, f32) = exp_pair(x, 0.0);
    scale(high, k)
}

/// 2 to the power `x`.
#[gpu_fn]
pub fn exp2(x: f32) -> f32 {
    let x = if x > 129.0 { 129.0 } else { x };
    let x = if x < -151.0 { -151.0 } else { x };
    exp2_of_pair(x, 0.0)
}

/// e to the power `x`, minus 1; precise also near 0.
#[gpu_fn]
pub fn exp_m1(x: f32) -> f32 {
    let clamped = if x > 89.0 { 89.0 } else { x };
    let clamped = if clamped < -20.0 { -20.0 } else { clamped };
    let (k, high, _): (i32, f32, f32) = exp_m1_pair(clamped);
    if x == 0.0 { x } else { scale(high, k) } // keeps -0
}
