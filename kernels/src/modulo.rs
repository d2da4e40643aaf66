//! Remainders and whole quotients, exactly.
//!
//! Invariant: a remainder of two f32 is an f32, and it is computed without rounding, however many times the divisor
//! goes into the pixel.

use kernwerk_runtime::lang::to_bits;

use crate::catalogue::family;
use crate::prelude::*;

/// The remainder of a / b with the sign of a, exactly: C's `fmod`. NaN if b is 0, a is infinite or one of them is NaN.
///
/// Both are whole numbers of 24 bits times a power of 2, so the remainder is that of whole numbers, found eight bits at a time.
#[gpu_fn]
fn remainder_towards_zero(a: f32, b: f32) -> f32 {
    let x = to_bits(a) & 0x7fff_ffffu32;
    let y = to_bits(b) & 0x7fff_ffffu32;
    if y == 0 || x >= 0x7f80_0000u32 || y > 0x7f80_0000u32 {
        return f32::NAN;
    }
    if x < y {
        return a;
    }
    let mut high = if x < 0x0080_0000u32 { x } else { (x & 0x007f_ffffu32) | 0x0080_0000u32 };
    let mut low = if y < 0x0080_0000u32 { y } else { (y & 0x007f_ffffu32) | 0x0080_0000u32 };
    let mut exponent = (y >> 23u32).max(1u32) as i32;
    let mut steps = (x >> 23u32).max(1u32) as i32 - exponent;
    // The divisor fills its 24 bits; subnormal numbers do not yet.
    let spare = low.leading_zeros() - 8u32;
    low <<= spare;
    exponent -= spare as i32;
    steps += spare as i32;
    high %= low;
    while steps >= 8 && high != 0 {
        high = (high << 8u32) % low;
        steps -= 8;
    }
    if high == 0 {
        return (0.0f32).copysign(a);
    }
    high = (high << steps as u32) % low;
    if high == 0 {
        return (0.0f32).copysign(a);
    }
    let shift = high.leading_zeros() - 8u32;
    exponent -= shift as i32;
    high <<= shift;
    let bits = if exponent >= 1 { (((exponent - 1) as u32) << 23u32) + high } else { high >> ((1 - exponent) as u32) };
    f32::from_bits(bits).copysign(a)
}

/// The remainder of one image by another, pixel by pixel, with the sign of the *first*, as `%` of C and Rust and `fmod`.
///
/// 7 mod 3 = 1, −7 mod 3 = −1, 7 mod −3 = 1; fractions too: 7.5 mod 2 = 1.5. Exact in f32. NaN where the second image
/// is 0 or the first is infinite. Modulo a number: give `set(&image, number)` as the second image.
///
/// # Names
/// - `numpy.fmod`: same, in f32; modulo 0 of integers gives 0 there, NaN here.
/// - `clesperanto.modulo_images`: same.
/// - `clesperanto.mod`: this one too, but `mod` is NumPy's here, see `remainder`.
#[gpu_op(pointwise, family = "arithmetic", alias = "fmod")]
pub fn modulo_images(image1: f32, image2: f32) -> f32 {
    remainder_towards_zero(image1, image2)
}

/// The remainder of one image by another, pixel by pixel, with the sign of the *second*, as `%` of Python and NumPy.
///
/// 7 mod 3 = 1, −7 mod 3 = 2, 7 mod −3 = −2; fractions too. `remainder(a, b) + b * floor_divide(a, b)` is a, up to
/// rounding. NaN where the second image is 0 or the first is infinite. A remainder with the other sign gets the divisor
/// added, which rounds to f32. Modulo a number: give `set(&image, number)` as the second image.
///
/// # Names
/// - `numpy.remainder`: same, in f32; modulo 0 of integers gives 0 there, NaN here.
/// - `numpy.mod`: the same operation.
/// - `clesperanto.remainder`: there it has the sign of the first image: `modulo_images` here.
/// - `clesperanto.mod`: there it has the sign of the first image: `modulo_images` here.
#[gpu_op(pointwise, family = "arithmetic", alias = "mod")]
pub fn remainder(image1: f32, image2: f32) -> f32 {
    let rest = remainder_towards_zero(image1, image2);
    if rest == 0.0 {
        rest.copysign(image2)
    } else if (rest < 0.0) != (image2 < 0.0) {
        rest + image2
    } else {
        rest
    }
}

/// How many whole times one image goes into another, pixel by pixel, rounded towards negative infinity, as `//` of
/// Python and NumPy.
///
/// 7 / 2 gives 3, −7 / 2 gives −4. It is the quotient that goes with `remainder`, not the rounded quotient rounded
/// down: 1 / 0.1 gives 9, since the f32 nearest to 0.1 is larger than a tenth. Where the second image is 0 an infinity
/// or NaN, as in `divide_images`.
///
/// # Names
/// - `numpy.floor_divide`: same, in f32; integers divided by 0 give 0 there.
#[gpu_op(pointwise, family = "arithmetic")]
pub fn floor_divide(image1: f32, image2: f32) -> f32 {
    let quotient = image1 / image2;
    if image2 == 0.0 {
        return quotient;
    }
    let rest = remainder_towards_zero(image1, image2);
    let mut whole = (image1 - rest) / image2;
    if rest != 0.0 && (rest < 0.0) != (image2 < 0.0) {
        whole -= 1.0;
    }
    if whole == 0.0 {
        return (0.0f32).copysign(quotient);
    }
    // The difference and its quotient were rounded: the whole number may be just below.
    let down = whole.floor();
    if whole - down > 0.5 { down + 1.0 } else { down }
}

family! {
    operations: [
        modulo_images, remainder, floor_divide,
    ],
    kernels: [
        modulo_images, remainder, floor_divide,
    ],
}
