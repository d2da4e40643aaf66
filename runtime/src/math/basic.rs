//! Signs, parts and small powers: functions that need no approximation.

use kernwerk_macros::gpu_fn;

use crate::lang::to_bits;

/// `magnitude` with the sign of `sign`; a NaN counts as positive.
#[gpu_fn]
pub fn copysign(magnitude: f32, sign: f32) -> f32 {
    f32::from_bits((to_bits(magnitude) & 0x7fff_ffff) | (to_bits(sign) & 0x8000_0000))
}

/// 1 with the sign of `x`, also for zeros; NaN for NaN.
#[gpu_fn]
pub fn signum(x: f32) -> f32 {
    if x.is_nan() { x } else { copysign(1.0, x) }
}

/// `x` without its whole part, with the sign of `x`.
#[gpu_fn]
pub fn fract(x: f32) -> f32 {
    x - x.trunc()
}

/// 1 / `x`.
#[gpu_fn]
pub fn recip(x: f32) -> f32 {
    1.0 / x
}

/// Degrees to radians: `x` times π/180 as f32.
#[gpu_fn]
pub fn to_radians(x: f32) -> f32 {
    x * 0.017_453_292
}

/// Radians to degrees: `x` times 180/π as f32.
#[gpu_fn]
pub fn to_degrees(x: f32) -> f32 {
    x * 57.295_78
}

/// `x` to a whole power, by squaring: each of the at most 62 products is rounded. `powi(x, 0)` is 1.
#[gpu_fn]
pub fn powi(x: f32, exponent: i32) -> f32 {
    let mut rest: u32 = if exponent < 0 { 0u32.wrapping_sub(exponent as u32) } else { exponent as u32 };
    let mut factor = x;
    let mut power = 1.0;
    while rest > 0 {
        if (rest & 1) == 1 {
            power *= factor;
        }
        factor *= factor;
        rest >>= 1u32;
    }
    if exponent < 0 { 1.0 / power } else { power }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_copied() {
        assert_eq!(copysign(2.0, -0.0), -2.0);
        assert_eq!(copysign(-2.0, f32::INFINITY), 2.0);
        assert_eq!(signum(-0.0), -1.0);
        assert!(signum(f32::NAN).is_nan());
        assert_eq!(fract(-1.25), -0.25);
    }

    #[test]
    fn powers_are_products() {
        assert_eq!(powi(3.0, 5), 243.0);
        assert_eq!(powi(2.0, -3), 0.125);
        assert_eq!(powi(2.0, i32::MIN), 0.0);
        assert_eq!(powi(0.0, 0), 1.0);
        assert_eq!(powi(f32::NAN, 0), 1.0);
    }
}
