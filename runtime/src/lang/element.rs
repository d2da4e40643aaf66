//! The types that bodies compute in. Invariant: every type converts from and to every storage type by the rules of
//! [`Compute`]; the conversions themselves are in `convert`.

use bytemuck::Pod;
use kernwerk_codegen::ir::DType;

use super::convert::{CANONICAL_F64, Raw, RawMut};
use super::number::Number;
use super::order::Key;

pub(super) mod sealed {
    pub trait Sealed {}
}

/// A type that a body computes in: f32, bool, the integers of 8, 16 and 32 bits, and f64 and the integers of 64 bits where a body is generic
/// over the type of the elements.
///
/// Images are converted on load and on store:
///
/// * to f32: as `as` does, to nearest even; f16 exactly;
/// * to bool: whether it is not 0 (NaN is not 0);
/// * f32 to an integer: half to even, then saturate; NaN becomes 0;
/// * an integer to a narrower one: saturate;
/// * bool to a number: 0 or 1;
/// * f32 stored as f32: unchanged, except that every NaN becomes the canonical one, 0x7fc00000;
/// * f32 stored as f64: exact; as f16: nearest even, with infinities beyond its range; with one canonical NaN each, 0x7ff8000000000000
///   and 0x7e00.
///
/// The types of 64 bits are loaded and stored as they are, but for NaN. f16 is computed in f32.
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
    /// As an f64: exactly, but integers above 2⁵³ are rounded to the nearest.
    #[doc(hidden)]
    fn to_number(self) -> f64;
    /// One element in memory, given its bytes at the start of `bytes`.
    #[doc(hidden)]
    fn load_one(dtype: DType, bytes: [u8; 8]) -> Self;
    /// One element as it is stored: its bytes come first.
    #[doc(hidden)]
    fn store_one(self, dtype: DType) -> [u8; 8];
    #[doc(hidden)]
    fn load(from: Raw<'_>, to: &mut [Self]);
    /// Elements in memory as they are, where they are of this type.
    #[doc(hidden)]
    fn borrowed(from: Raw<'_>) -> Option<&[Self]>;
    #[doc(hidden)]
    fn store(from: &[Self], to: RawMut<'_>);
}

/// A type that images are stored in and computed in. A body that is generic over `T: Pixel` is computed in the storage type itself.
pub trait Pixel: Compute + Pod + super::Slot + super::State {
    /// The type as a value.
    const DTYPE: DType;
    /// The first value in sort order: the identity of `max`.
    const SMALLEST: Self;
    /// The last value in sort order, NaN for floats: the identity of `min`.
    const LARGEST: Self;

    /// From a number, as parameters of type `Pixel` are given; saturates.
    fn from_number(value: Number) -> Self;
}

macro_rules! bounds {
    (f32, smallest) => {
        f32::NEG_INFINITY
    };
    (f32, largest) => {
        f32::from_bits(0x7fc0_0000)
    };
    (f64, smallest) => {
        f64::NEG_INFINITY
    };
    (f64, largest) => {
        f64::from_bits(CANONICAL_F64)
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
        extremes!(@float f32);
    };
    (f64) => {
        extremes!(@float f64);
    };
    (@float $float:ident) => {
        #[inline(always)]
        fn larger(self, other: $float) -> $float {
            let larger = if self > other { self } else { other };
            let larger = if self == other { $float::from_bits(self.to_bits() & other.to_bits()) } else { larger };
            if self.is_nan() | other.is_nan() { $float::LARGEST } else { larger }
        }
        #[inline(always)]
        fn smaller(self, other: $float) -> $float {
            let smaller = if self < other { self } else { other };
            let smaller = if self == other { $float::from_bits(self.to_bits() | other.to_bits()) } else { smaller };
            // NaN is larger than all others.
            let smaller = if other.is_nan() { self } else { smaller };
            let smaller = if self.is_nan() { other } else { smaller };
            if self.is_nan() & other.is_nan() { $float::LARGEST } else { smaller }
        }
    };
    ($ty:ident) => {};
}

macro_rules! number {
    (f32, $value:ident) => {
        $value.to_f64() as f32
    };
    (f64, $value:ident) => {
        $value.to_f64()
    };
    ($ty:ident, $value:ident) => {
        match $value {
            Number::Whole(whole) => whole.clamp($ty::MIN.into(), $ty::MAX.into()) as $ty,
            Number::Float(float) => float as $ty,
        }
    };
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
            fn load_one(dtype: DType, bytes: [u8; 8]) -> $ty {
                super::convert::load_one(dtype, bytes)
            }
            #[inline(always)]
            fn store_one(self, dtype: DType) -> [u8; 8] {
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
            fn from_number(value: Number) -> $ty {
                number!($ty, value)
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

/// The types of 64 bits: elements are loaded and stored as they are, since only bodies that are generic over their type compute in them.
macro_rules! wide_pixels {
    ($($ty:ident $dtype:ident $stored:expr, $value:ident => $to_key:expr, $from:ident => $from_key:expr;)*) => {$(
        impl sealed::Sealed for $ty {}

        impl Compute for $ty {
            type Key = u64;
            const WORD: Option<DType> = None;
            #[inline(always)]
            fn key(self) -> u64 {
                let $value = self;
                $to_key
            }
            #[inline(always)]
            fn from_key($from: u64) -> $ty {
                $from_key
            }
            extremes!($ty);
            fn from_border(value: f32) -> $ty {
                bytemuck::cast(value.store_one(DType::$dtype))
            }
            fn to_number(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn load_one(dtype: DType, bytes: [u8; 8]) -> $ty {
                assert_eq!(dtype, DType::$dtype);
                bytemuck::cast(bytes)
            }
            #[inline(always)]
            fn store_one(self, dtype: DType) -> [u8; 8] {
                assert_eq!(dtype, DType::$dtype);
                bytemuck::cast($stored(self))
            }
            fn load(from: Raw<'_>, to: &mut [$ty]) {
                assert_eq!(from.dtype, DType::$dtype);
                let values: &[$ty] = bytemuck::cast_slice(from.bytes);
                let count = values.len().min(to.len());
                to[..count].copy_from_slice(&values[..count]);
            }
            fn borrowed(from: Raw<'_>) -> Option<&[$ty]> {
                (from.dtype == DType::$dtype).then(|| bytemuck::cast_slice(from.bytes))
            }
            fn store(from: &[$ty], to: RawMut<'_>) {
                assert_eq!(to.dtype, DType::$dtype);
                let values: &mut [$ty] = bytemuck::cast_slice_mut(to.bytes);
                values.iter_mut().zip(from).for_each(|(to, &from)| *to = $stored(from));
            }
        }

        impl Pixel for $ty {
            const DTYPE: DType = DType::$dtype;
            const SMALLEST: $ty = bounds!($ty, smallest);
            const LARGEST: $ty = bounds!($ty, largest);
            fn from_number(value: Number) -> $ty {
                number!($ty, value)
            }
        }
    )*};
}

wide_pixels! {
    u64 U64 |v: u64| v, v => v, k => k;
    i64 I64 |v: i64| v, v => v as u64 ^ (1 << 63), k => (k ^ (1 << 63)) as i64;
    f64 F64 |v: f64| if v.is_nan() { f64::LARGEST } else { v }, v => {
        let bits = if v.is_nan() { CANONICAL_F64 } else { v.to_bits() };
        bits ^ (((bits as i64) >> 63) as u64 | (1 << 63))
    }, k => f64::from_bits(k ^ (((k ^ (1 << 63)) as i64 >> 63) as u64 | (1 << 63)));
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
    fn load_one(dtype: DType, bytes: [u8; 8]) -> bool {
        super::convert::load_one(dtype, bytes)
    }
    #[inline(always)]
    fn store_one(self, dtype: DType) -> [u8; 8] {
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
