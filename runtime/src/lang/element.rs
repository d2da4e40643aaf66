//! The types that bodies compute in. Invariant: every type converts from and to every storage type by the rules of
//! [`Compute`]; the conversions themselves are in `convert`.

use bytemuck::Pod;
use kernwerk_codegen::ir::DType;

use super::convert::{Raw, RawMut};
use super::order::Key;

pub(super) mod sealed {
    pub trait Sealed {}
}

/// A type that a body computes in: f32, bool, and the integers of 8, 16 and 32 bits.
///
/// Images are converted on load and on store:
///
/// * to f32: as `as` does;
/// * to bool: whether it is not 0 (NaN is not 0);
/// * f32 to an integer: half to even, then saturate; NaN becomes 0;
/// * an integer to a narrower one: saturate;
/// * bool to a number: 0 or 1;
/// * f32 stored as f32: unchanged, except that every NaN becomes the canonical one, 0x7fc00000.
pub trait Compute: Copy + Send + Sync + Default + PartialEq + PartialOrd + sealed::Sealed + 'static {
    #[doc(hidden)]
    type Key: Key;
    /// The storage type that is this type, if it is 32 bits wide.
    #[doc(hidden)]
    const WORD: Option<DType>;
    #[doc(hidden)]
    fn key(self) -> Self::Key;
    #[doc(hidden)]
    fn from_key(key: Self::Key) -> Self;
    /// The larger of two values in sort order.
    #[doc(hidden)]
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self::from_key(self.key().max(other.key()))
    }
    /// The smaller of two values in sort order.
    #[doc(hidden)]
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self::from_key(self.key().min(other.key()))
    }
    /// The value of `Boundary::Constant` as a body sees it.
    #[doc(hidden)]
    fn from_border(value: f32) -> Self;
    /// As an f64, exactly.
    #[doc(hidden)]
    fn to_number(self) -> f64;
    /// One element in memory, given its bytes at the start of `bytes`.
    #[doc(hidden)]
    fn load_one(dtype: DType, bytes: [u8; 4]) -> Self;
    /// One element as it is stored: its bytes come first.
    #[doc(hidden)]
    fn store_one(self, dtype: DType) -> [u8; 4];
    #[doc(hidden)]
    fn load(from: Raw<'_>, to: &mut [Self]);
    /// Elements in memory as they are, where they are of this type.
    #[doc(hidden)]
    fn borrowed(from: Raw<'_>) -> Option<&[Self]>;
    #[doc(hidden)]
    fn store(from: &[Self], to: RawMut<'_>);
}

/// A type that images are stored in. A body that is generic over `T: Pixel` is computed in the storage type itself.
pub trait Pixel: Compute + Pod + super::Slot + super::State {
    /// The type as a value.
    const DTYPE: DType;
    /// The first value in sort order: the identity of `max`.
    const SMALLEST: Self;
    /// The last value in sort order, NaN for f32: the identity of `min`.
    const LARGEST: Self;

    /// From a number that is exact in an f64, as parameters of type `Pixel` are given; saturates.
    fn from_f64(value: f64) -> Self;
}

macro_rules! bounds {
    (f32, smallest) => {
        f32::NEG_INFINITY
    };
    (f32, largest) => {
        f32::from_bits(0x7fc0_0000)
    };
    ($ty:ident, smallest) => {
        $ty::MIN
    };
    ($ty:ident, largest) => {
        $ty::MAX
    };
}

/// Floats are compared as they are, which takes fewer instructions than two keys do. Of equal ones all bits are equal,
/// but for the zeros: the larger is negative if both are.
macro_rules! extremes {
    (f32) => {
        #[inline(always)]
        fn larger(self, other: f32) -> f32 {
            let larger = if self > other { self } else { other };
            let larger = if self == other { f32::from_bits(self.to_bits() & other.to_bits()) } else { larger };
            if self.is_nan() | other.is_nan() { f32::LARGEST } else { larger }
        }
        #[inline(always)]
        fn smaller(self, other: f32) -> f32 {
            let smaller = if self < other { self } else { other };
            let smaller = if self == other { f32::from_bits(self.to_bits() | other.to_bits()) } else { smaller };
            // NaN is larger than all others.
            let smaller = if other.is_nan() { self } else { smaller };
            let smaller = if self.is_nan() { other } else { smaller };
            if self.is_nan() & other.is_nan() { f32::LARGEST } else { smaller }
        }
    };
    ($ty:ident) => {};
}

macro_rules! pixels {
    ($($ty:ident $dtype:ident $key:ident, $value:ident => $to_key:expr, $from:ident => $from_key:expr;)*) => {$(
        impl sealed::Sealed for $ty {}

        impl Compute for $ty {
            type Key = $key;
            const WORD: Option<DType> = if DType::$dtype.size() == 4 { Some(DType::$dtype) } else { None };
            #[inline(always)]
            fn key(self) -> $key {
                let $value = self;
                $to_key
            }
            #[inline(always)]
            fn from_key($from: $key) -> $ty {
                $from_key
            }
            extremes!($ty);
            fn from_border(value: f32) -> $ty {
                let mut stored = [<$ty>::default()];
                f32::store(&[value], RawMut { dtype: DType::$dtype, bytes: bytemuck::cast_slice_mut(&mut stored) });
                stored[0]
            }
            fn to_number(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn load_one(dtype: DType, bytes: [u8; 4]) -> $ty {
                super::convert::load_one(dtype, bytes)
            }
            #[inline(always)]
            fn store_one(self, dtype: DType) -> [u8; 4] {
                super::convert::store_one(self, dtype)
            }
            fn load(from: Raw<'_>, to: &mut [$ty]) {
                super::convert::load(from, to);
            }
            fn borrowed(from: Raw<'_>) -> Option<&[$ty]> {
                (from.dtype == DType::$dtype).then(|| bytemuck::cast_slice(from.bytes))
            }
            fn store(from: &[$ty], to: RawMut<'_>) {
                super::convert::store(from, to);
            }
        }

        impl Pixel for $ty {
            const DTYPE: DType = DType::$dtype;
            const SMALLEST: $ty = bounds!($ty, smallest);
            const LARGEST: $ty = bounds!($ty, largest);
            fn from_f64(value: f64) -> $ty {
                value as $ty
            }
        }
    )*};
}

pixels! {
    u8 U8 u8, v => v, k => k;
    u16 U16 u16, v => v, k => k;
    u32 U32 u32, v => v, k => k;
    // Flipping the sign bit puts the negative numbers before the others.
    i8 I8 u8, v => v as u8 ^ 0x80, k => (k ^ 0x80) as i8;
    i16 I16 u16, v => v as u16 ^ 0x8000, k => (k ^ 0x8000) as i16;
    i32 I32 u32, v => v as u32 ^ 0x8000_0000, k => (k ^ 0x8000_0000) as i32;
    // Floats order like sign-magnitude integers: negative ones are turned round, the others put above them.
    f32 F32 u32, v => {
        let bits = if v.is_nan() { 0x7fc0_0000 } else { v.to_bits() };
        bits ^ (((bits as i32) >> 31) as u32 | 0x8000_0000)
    }, k => f32::from_bits(k ^ (((k ^ 0x8000_0000) as i32 >> 31) as u32 | 0x8000_0000));
}

impl sealed::Sealed for bool {}

impl Compute for bool {
    type Key = u8;
    const WORD: Option<DType> = None;
    #[inline(always)]
    fn key(self) -> u8 {
        u8::from(self)
    }
    #[inline(always)]
    fn from_key(key: u8) -> bool {
        key != 0
    }
    fn from_border(value: f32) -> bool {
        value != 0.0
    }
    fn to_number(self) -> f64 {
        f64::from(u8::from(self))
    }
    #[inline(always)]
    fn load_one(dtype: DType, bytes: [u8; 4]) -> bool {
        super::convert::load_one(dtype, bytes)
    }
    #[inline(always)]
    fn store_one(self, dtype: DType) -> [u8; 4] {
        super::convert::store_one(self, dtype)
    }
    fn borrowed(_: Raw<'_>) -> Option<&[bool]> {
        None
    }
    fn load(from: Raw<'_>, to: &mut [bool]) {
        super::convert::load(from, to);
    }
    fn store(from: &[bool], to: RawMut<'_>) {
        super::convert::store(from, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{max, min};

    #[test]
    fn keys_follow_the_order_and_come_back() {
        let sorted =
            [f32::NEG_INFINITY, f32::MIN, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1.0, f32::MAX, f32::INFINITY, f32::NAN];
        for (i, &a) in sorted.iter().enumerate() {
            assert_eq!(f32::from_key(a.key()).to_bits(), if a.is_nan() { 0x7fc0_0000 } else { a.to_bits() });
            for (j, &b) in sorted.iter().enumerate() {
                assert_eq!(a.key().cmp(&b.key()), i.cmp(&j), "{a} {b}");
                assert_eq!(max(a, b).to_bits(), f32::from_key(sorted[i.max(j)].key()).to_bits());
                assert_eq!(min(a, b).to_bits(), f32::from_key(sorted[i.min(j)].key()).to_bits());
            }
        }
        assert_eq!(f32::from_bits(0xffc0_0001).key(), f32::NAN.key());
        assert_eq!((max(-3i8, 2), min(-3i16, 2), max(-3i32, 2), max(false, true)), (2, -3, 2, true));
    }
}
