//! erf and erfc.
//!
//! erfc x = e^(−x²) · P / (1 + 2x) with P = (1 + 2x) · e^(x²) · erfc x, which lies between 1 and 1.3 for all x ≥ 0: a polynomial in u = (x −
//! 2)/(x + 2). All three are pairs. Below 1/2, where
//! erf is the smaller, it is a polynomial and erfc = 1 − erf; above, erf = 1 − erfc. Polynomials: see the module `math`.

use kernwerk_macros::gpu_fn;

use super::exponential::exp_pair;
use super::pair::{divide_pairs, fast_two_sum, power_of_two, scale, two_product, two_sum};

/// `erfc x = 2^k · (high + low)` for 0 ≤ x ≤ 10.15.
#[gpu_fn]
pub(super) fn erfc_pair(x: f32) -> (i32, f32, f32) {
    let (n, n_low) = two_sum(x, -2.0);
    let (d, d_low) = two_sum(x, 2.0);
    let (u, u_low) = divide_pairs(n, n_low, d, d_low);
    // Minimax fit of (1 + 2x) e^(x²) erfc(x), relative to it: error 2^-29.9. The first coefficient is a pair.
    let p = u.mul_add(7.992_869e-5, 0.000_170_231_01);
    let p = u.mul_add(p, -0.000_401_208_38);
    let p = u.mul_add(p, -0.001_422_048_8);
    let p = u.mul_add(p, 0.001_252_689_6);
    let p = u.mul_add(p, 0.008_709_758_5);
    let p = u.mul_add(p, -0.008_030_761);
    let p = u.mul_add(p, -0.054_217_97);
    let p = u.mul_add(p, 0.164_051_01);
    let p = u.mul_add(p, -0.166_030_51);
    let p = u.mul_add(p, -0.092_763_82);
    // The slope of the whole, about.
    let slope = u.mul_add(-0.216_87, 0.492_15);
    let slope = u.mul_add(slope, -0.332_06);
    let slope = u.mul_add(slope, -0.092_76);
    let (term, term_low) = two_product(u, p);
    let (p, p_low) = fast_two_sum(1.276_978_4, term);
    let p_low = p_low + (term_low + u_low.mul_add(slope, 9.159_91e-9));

    let (square, error) = two_product(x, x);
    let (k, m, m_low): (i32, f32, f32) = exp_pair(-square, -error);
    let (product, product_low) = two_product(p, m);
    let product_low = p.mul_add(m_low, p_low.mul_add(m, product_low));
    let (d, d_low) = two_sum(1.0, 2.0 * x);
    let (high, low) = divide_pairs(product, product_low, d, d_low);
    let (high, low) = fast_two_sum(high, low);
    (k, high, low)
}

/// `2^24 · erf x` as a sum of two for 0 ≤ x ≤ 1/2; the factor keeps the second from being subnormal.
#[gpu_fn]
pub(super) fn erf_near_zero(x: f32) -> (f32, f32) {
    // Minimax fit of erf(x) / x in z = x², relative to it: error 2^-34. The first coefficient is a pair.
    let z = x * x;
    let p = z.mul_add(-0.000_743_023, 0.005_184_584_8);
    let p = z.mul_add(p, -0.026_859_89);
    let p = z.mul_add(p, 0.112_837_48);
    let p = z.mul_add(p, -0.376_126_38);
    let p = z.mul_add(p, -5.864_898e-8);
    let scaled = x * 16_777_216.0;
    let (high, error) = two_product(scaled, f32::from_bits(0x3f90_6ebb)); // 2/√π
    (high, scaled.mul_add(p, error))
}

/// Error function.
#[gpu_fn]
pub fn erf(x: f32) -> f32 {
    let size = x.abs();
    let (near, near_low) = erf_near_zero(size);
    let clamped = if size > 4.0 { 4.0 } else { size };
    let (k, far, far_low): (i32, f32, f32) = erfc_pair(clamped);
    let (sum, error) = fast_two_sum(1.0, -scale(far, k));
    let large = sum + (error - scale(far_low, k));
    let small = (near + near_low) * power_of_two(-24);
    let result = if size < 0.5 { small } else { large };
    result.copysign(x)
}

/// Complementary error function, `1 − erf x`; precise also where it is small.
#[gpu_fn]
pub fn erfc(x: f32) -> f32 {
    let size = x.abs();
    let clamped = if size > 10.15 { 10.15 } else { size };
    let (near, near_low) = erf_near_zero(size);
    let (k, far, far_low): (i32, f32, f32) = erfc_pair(clamped);
    let tail = scale(far, k);
    // 1 - erf x, or 2 - erfc(-x)
    let small = size < 0.5;
    let sign = if x < 0.0 { 1.0 } else { -1.0 };
    let base = if small { 1.0 } else { 2.0 };
    let term = if small { sign * near * power_of_two(-24) } else { -tail };
    let term_low = if small { sign * near_low * power_of_two(-24) } else { -scale(far_low, k) };
    let (sum, error) = fast_two_sum(base, term);
    let difference = sum + (error + term_low);
    if x > 0.0 && !small { tail } else { difference }
}
