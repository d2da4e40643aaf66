//! Sort order: the one total order that `min`, `max` and `median` follow on every device.
//!
//! Invariant: `a.key() <= b.key()` exactly if `a` sorts before `b` or equals it, and `from_key(key(a))` is `a` (for
//! NaN: the canonical NaN). Unsigned integer keys make the order a plain integer comparison, which vectorises.

use super::Compute;

/// An unsigned integer that values are ordered by.
pub trait Key: Copy + Ord + Default + Send + Sync + 'static {
    /// Number of bits.
    const BITS: u32;
    /// How many make a vector register.
    const LANES: usize;
    /// 0.
    const ZERO: Self;
    /// 1 shifted to that bit, set in `self`.
    fn with_bit(self, bit: u32) -> Self;
    /// The sum, if it fits.
    fn add_one_if(self, condition: bool) -> Self;
    /// As a number of elements, which is below 2³².
    fn count(self) -> u32;
}

macro_rules! keys {
    ($($ty:ty),*) => {$(
        impl Key for $ty {
            const BITS: u32 = <$ty>::BITS;
            const LANES: usize = 512 / <$ty>::BITS as usize;
            const ZERO: $ty = 0;
            #[inline(always)]
            fn with_bit(self, bit: u32) -> $ty {
                self | (1 << bit)
            }
            #[inline(always)]
            fn add_one_if(self, condition: bool) -> $ty {
                self.wrapping_add(<$ty>::from(condition))
            }
            #[inline(always)]
            fn count(self) -> u32 {
                self as u32
            }
        }
    )*};
}
keys!(u8, u16, u32, u64);

/// The larger of two values in sort order.
///
/// The order is total: −∞ < … < −0.0 < +0.0 < … < ∞ < NaN. All NaNs are equal, and the result is then the canonical
/// NaN. So `max` is associative and commutative to the bit, and may be computed in any order.
///
/// ```
/// use kernwerk_runtime::lang::max;
///
/// assert_eq!(max(2u8, 3u8), 3);
/// assert!(max(f32::INFINITY, f32::NAN).is_nan());
/// assert!(max(-0.0f32, 0.0f32).is_sign_positive());
/// ```
#[inline(always)]
pub fn max<T: Compute>(a: T, b: T) -> T {
    a.larger(b)
}

/// The smaller of two values in sort order; see [`max`].
#[inline(always)]
pub fn min<T: Compute>(a: T, b: T) -> T {
    a.smaller(b)
}

/// `min(max(value, low), high)`, in sort order; see [`max`].
///
/// ```
/// use kernwerk_runtime::lang::clamp;
///
/// assert_eq!(clamp(7.0f32, 0.0, 1.0), 1.0);
/// assert_eq!(clamp(f32::NAN, 0.0, 1.0), 1.0);
/// ```
#[inline(always)]
pub fn clamp<T: Compute>(value: T, low: T, high: T) -> T {
    min(max(value, low), high)
}

/// The rank, from 0, of a percentile among `count` elements, as SciPy counts: `count · percentile / 100`, rounded down, and the last one for 100.
pub(crate) fn percentile_rank(count: usize, percentile: f32) -> usize {
    let rank = count as f64 * f64::from(percentile) / 100.0;
    (rank as usize).min(count.saturating_sub(1))
}

/// The bits of a number. Any NaN gives 0x7fc00000, since the bits of a computed NaN differ between machines.
///
/// ```
/// use kernwerk_runtime::lang::to_bits;
///
/// assert_eq!(to_bits(1.0), 0x3f80_0000);
/// assert_eq!(to_bits(-f32::NAN), 0x7fc0_0000);
/// ```
#[inline(always)]
pub fn to_bits(value: f32) -> u32 {
    if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() }
}
