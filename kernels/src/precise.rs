//! Functions of f64 on the host, for numbers that decide something: thresholds, entropies, metrics.
//!
//! Invariant: made of +, −, ×, ÷ and bits only, so that a result does not depend on the machine's library.

/// Natural logarithm, to about 2 ulp: `x = m · 2^e` with m between √½ and √2, and `ln m = 2 · artanh((m − 1) / (m +
/// 1))` as a series.
///
/// 0 gives −∞, negative numbers NaN.
pub(crate) fn ln(x: f64) -> f64 {
    // ln 2 in two parts; the first has 20 bits less, so that its product with an exponent is exact.
    const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN_2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return x;
    }
    let (normal, shift) = if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, 54) } else { (x, 0) };
    let bits = normal.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023 - shift;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    // |s| < 0.172: the first term that is left out is below 1e-18 of the sum.
    let mut series = 0.0;
    for k in (1..=11).rev() {
        series = (series + 1.0 / (2 * k + 1) as f64) * square;
    }
    let exponent = exponent as f64;
    exponent * LN_2_HIGH + (2.0 * s + (2.0 * s * series + exponent * LN_2_LOW))
}

/// The entropy, in natural units, of shares that are proportional to these numbers; 0 · ln 0 is 0.
pub(crate) fn entropy(counts: impl Iterator<Item = f64> + Clone) -> f64 {
    let total: f64 = counts.clone().sum();
    let used = counts.filter(|count| *count > 0.0).map(|count| count / total);
    // + 0.0, so that it is not -0.0 where there is one value.
    used.map(|share| -share * ln(share)).sum::<f64>() + 0.0
}

/// The largest f32 that is not above a number: an f32 is greater than the one where it is greater than the other.
pub(crate) fn rounded_down(x: f64) -> f32 {
    let near = x as f32;
    if f64::from(near) > x { near.next_down() } else { near }
}

/// A parameter as it was written: 99.9 rather than the f32 next to it.
pub(crate) fn as_written(parameter: f32) -> f64 {
    parameter.to_string().parse().unwrap_or(f64::from(parameter))
}

#[cfg(test)]
mod tests {
    use super::{as_written, entropy, ln, rounded_down};

    #[test]
    fn logarithms() {
        let mut x = 1e-320;
        while x < 1e300 {
            let expected = f64::ln(x);
            assert!((ln(x) - expected).abs() <= 4e-16 * expected.abs().max(0.5), "{x}: {}, {expected}", ln(x));
            x *= 1.37;
        }
        assert_eq!((ln(1.0), ln(0.0), ln(8.0) / ln(2.0)), (0.0, f64::NEG_INFINITY, 3.0));
        assert_eq!(entropy([4.0, 0.0, 4.0].into_iter()), ln(2.0));
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan() && ln(f64::INFINITY) == f64::INFINITY);
    }

    #[test]
    fn rounding() {
        assert_eq!(as_written(99.9), 99.9);
        assert_eq!(rounded_down(0.1), 0.099_999_994);
        assert_eq!(rounded_down(0.5), 0.5);
        assert_eq!(rounded_down(-0.1), -0.1);
        assert!(f64::from(rounded_down(-0.1)) <= -0.1);
    }
}
