//! Conversions between storage types and compute types, over rows. Invariant: they follow the rules of
//! [`Compute`](super::Compute).

use bytemuck::Pod;
use half::f16;
use kernwerk_codegen::ir::DType;

use crate::backend::cpu::simd::{self, Task};

/// Elements of an image in memory with their type.
#[derive(Clone, Copy)]
pub struct Raw<'a> {
    /// The type of the elements.
    pub dtype: DType,
    /// Their bytes, aligned for the type.
    pub bytes: &'a [u8],
}

/// Elements of an image in memory that may be written.
pub struct RawMut<'a> {
    /// The type of the elements.
    pub dtype: DType,
    /// Their bytes, aligned for the type.
    pub bytes: &'a mut [u8],
}

impl<'a> Raw<'a> {
    /// Some of the elements.
    #[inline]
    pub(crate) fn slice(self, start: usize, len: usize) -> Raw<'a> {
        let size = self.dtype.size();
        Raw { dtype: self.dtype, bytes: &self.bytes[start * size..][..len * size] }
    }
}

impl RawMut<'_> {
    /// Some of the elements.
    #[inline]
    pub(crate) fn slice(&mut self, start: usize, len: usize) -> RawMut<'_> {
        let size = self.dtype.size();
        RawMut { dtype: self.dtype, bytes: &mut self.bytes[start * size..][..len * size] }
    }
}

/// Runs a statement with `$name` standing for the Rust type that bodies compute in where elements have a [`DType`].
#[macro_export]
#[doc(hidden)]
macro_rules! for_pixel {
    ($dtype:expr, $name:ident => $body:expr) => {
        match $dtype {
            $crate::DType::U8 => {
                type $name = u8;
                $body
            }
            $crate::DType::I8 => {
                type $name = i8;
                $body
            }
            $crate::DType::U16 => {
                type $name = u16;
                $body
            }
            $crate::DType::I16 => {
                type $name = i16;
                $body
            }
            $crate::DType::U32 => {
                type $name = u32;
                $body
            }
            $crate::DType::I32 => {
                type $name = i32;
                $body
            }
            $crate::DType::F32 | $crate::DType::F16 => {
                type $name = f32;
                $body
            }
            $crate::DType::U64 => {
                type $name = u64;
                $body
            }
            $crate::DType::I64 => {
                type $name = i64;
                $body
            }
            $crate::DType::F64 => {
                type $name = f64;
                $body
            }
        }
    };
}

/// The same with the type of the elements themselves.
macro_rules! for_stored {
    ($dtype:expr, $name:ident => $body:expr) => {
        match $dtype {
            DType::F16 => {
                type $name = f16;
                $body
            }
            dtype => for_pixel!(dtype, $name => $body),
        }
    };
}

/// One value to another type.
pub(super) trait Cast<To>: Copy {
    fn cast(self) -> To;
}

macro_rules! integer_casts {
    ($from:ty => $($to:ty),*) => {$(
        impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                i64::from(self).clamp(i64::from(<$to>::MIN), i64::from(<$to>::MAX)) as $to
            }
        }
    )*};
}

macro_rules! casts {
    ($($int:ty),*) => {$(
        integer_casts!($int => u8, i8, u16, i16, u32, i32);

        impl Cast<f32> for $int {
            #[inline(always)]
            fn cast(self) -> f32 {
                self as f32
            }
        }
        impl Cast<bool> for $int {
            #[inline(always)]
            fn cast(self) -> bool {
                self != 0
            }
        }
        impl Cast<$int> for bool {
            #[inline(always)]
            fn cast(self) -> $int {
                self.into()
            }
        }
    )*};
}
casts!(u8, i8, u16, i16, u32, i32);

/// Adding this to a small number leaves the number, rounded half to even, in the lowest bits.
const ROUNDING: f32 = 12_582_912.0;

macro_rules! narrow_casts {
    ($($int:ty),*) => {$(
        impl Cast<$int> for f32 {
            // As `self.round_ties_even() as $int`, of which the compiler makes much slower loops.
            #[inline(always)]
            fn cast(self) -> $int {
                let (low, high) = (f32::from(<$int>::MIN), f32::from(<$int>::MAX));
                let number = if self.is_nan() { 0.0 } else { self };
                let number = if number > low { number } else { low };
                let number = if number < high { number } else { high };
                (number + ROUNDING).to_bits().wrapping_sub(ROUNDING.to_bits()) as $int
            }
        }
    )*};
}
narrow_casts!(u8, i8, u16, i16);

macro_rules! wide_casts {
    ($($int:ty),*) => {$(
        impl Cast<$int> for f32 {
            #[inline(always)]
            fn cast(self) -> $int {
                self.round_ties_even() as $int
            }
        }
    )*};
}
wide_casts!(u32, i32);

impl Cast<f32> for f32 {
    #[inline(always)]
    fn cast(self) -> f32 {
        self
    }
}

impl Cast<bool> for f32 {
    #[inline(always)]
    fn cast(self) -> bool {
        self != 0.0
    }
}

impl Cast<f32> for bool {
    #[inline(always)]
    fn cast(self) -> f32 {
        f32::from(u8::from(self))
    }
}

macro_rules! wide_integer_casts {
    ($from:ty, $smallest:expr => $($to:ty),*) => {$(
        impl Cast<$to> for $from {
            #[inline(always)]
            fn cast(self) -> $to {
                self.clamp($smallest(<$to>::MIN), <$to>::MAX as $from) as $to
            }
        }
    )*};
}
wide_integer_casts!(u64, |_| 0 => u8, i8, u16, i16, u32, i32);
wide_integer_casts!(i64, i64::from => u8, i8, u16, i16, u32, i32);

macro_rules! double_casts {
    ($($to:ty),*) => {$(
        impl Cast<$to> for f64 {
            #[inline(always)]
            fn cast(self) -> $to {
                self.round_ties_even() as $to
            }
        }
    )*};
}
double_casts!(u8, i8, u16, i16, u32, i32);

macro_rules! half_casts {
    ($($to:ty),*) => {$(
        impl Cast<$to> for f16 {
            #[inline(always)]
            fn cast(self) -> $to {
                self.to_f32().cast()
            }
        }
        impl Cast<f16> for $to {
            #[inline(always)]
            fn cast(self) -> f16 {
                // What an f32 does not hold exactly is beyond f16.
                f16::from_f32(self.cast())
            }
        }
    )*};
}
half_casts!(u8, i8, u16, i16, u32, i32, f32, bool);

/// From the types of 64 bits to numbers and truth values, and to them from the types that bodies compute in; all but what floats become.
macro_rules! wide_casts_of {
    ($($wide:ty),*) => {$(
        impl Cast<f32> for $wide {
            #[inline(always)]
            fn cast(self) -> f32 {
                self as f32
            }
        }
        impl Cast<bool> for $wide {
            #[inline(always)]
            fn cast(self) -> bool {
                self != <$wide>::default()
            }
        }
        impl Cast<$wide> for bool {
            #[inline(always)]
            fn cast(self) -> $wide {
                u8::from(self).into()
            }
        }
    )*};
}
wide_casts_of!(u64, i64, f64);

macro_rules! widening_casts {
    ($($from:ty),*) => {$(
        impl Cast<u64> for $from {
            #[inline(always)]
            fn cast(self) -> u64 {
                Cast::<u32>::cast(self).into()
            }
        }
        impl Cast<i64> for $from {
            #[inline(always)]
            fn cast(self) -> i64 {
                self.into()
            }
        }
        impl Cast<f64> for $from {
            #[inline(always)]
            fn cast(self) -> f64 {
                self.into()
            }
        }
    )*};
}
widening_casts!(u8, i8, u16, i16, u32, i32);
wide_casts!(u64, i64);

impl Cast<f64> for f32 {
    #[inline(always)]
    fn cast(self) -> f64 {
        self.into()
    }
}

/// A value to be stored. Differs from [`Cast`] in that a stored NaN is canonical.
pub(super) trait Stored<To>: Cast<To> {
    #[inline(always)]
    fn stored(self) -> To {
        self.cast()
    }
}

macro_rules! stored {
    ($from:ty => $($to:ty),*) => {$(impl Stored<$to> for $from {})*};
}
stored!(u8 => u8, i8, u16, i16, u32, i32, f32);
stored!(i8 => u8, i8, u16, i16, u32, i32, f32);
stored!(u16 => u8, i8, u16, i16, u32, i32, f32);
stored!(i16 => u8, i8, u16, i16, u32, i32, f32);
stored!(u32 => u8, i8, u16, i16, u32, i32, f32);
stored!(i32 => u8, i8, u16, i16, u32, i32, f32);
stored!(f32 => u8, i8, u16, i16, u32, i32);
stored!(bool => u8, i8, u16, i16, u32, i32, f32);
macro_rules! stored_rarely {
    ($($from:ty),*) => {$(stored!($from => u64, i64, f64, f16);)*};
}
stored_rarely!(u8, i8, u16, i16, u32, i32, bool);
stored!(f32 => u64, i64);

impl Stored<f64> for f32 {
    #[inline(always)]
    fn stored(self) -> f64 {
        if self.is_nan() { f64::from_bits(CANONICAL_F64) } else { self.into() }
    }
}

impl Stored<f16> for f32 {
    #[inline(always)]
    fn stored(self) -> f16 {
        if self.is_nan() { f16::from_bits(0x7e00) } else { f16::from_f32(self) }
    }
}

/// The one NaN that is stored.
pub(super) const CANONICAL_F64: u64 = 0x7ff8_0000_0000_0000;

impl Stored<f32> for f32 {
    #[inline(always)]
    fn stored(self) -> f32 {
        if self.is_nan() { f32::from_bits(0x7fc0_0000) } else { self }
    }
}

/// A value that can be stored as any element type.
pub(super) trait StoredAsAny:
    Stored<u8>
    + Stored<i8>
    + Stored<u16>
    + Stored<i16>
    + Stored<u32>
    + Stored<i32>
    + Stored<f32>
    + Stored<u64>
    + Stored<i64>
    + Stored<f64>
    + Stored<f16>
{
}
impl StoredAsAny for u8 {}
impl StoredAsAny for i8 {}
impl StoredAsAny for u16 {}
impl StoredAsAny for i16 {}
impl StoredAsAny for u32 {}
impl StoredAsAny for i32 {}
impl StoredAsAny for f32 {}
impl StoredAsAny for bool {}

struct Load<'a, S, C>(&'a [S], &'a mut [C]);

impl<S: Cast<C>, C> Task for Load<'_, S, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (to, from) in self.1.iter_mut().zip(self.0) {
            *to = from.cast();
        }
    }
}

struct Store<'a, C, S>(&'a [C], &'a mut [S]);

impl<C: Stored<S>, S> Task for Store<'_, C, S> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (to, from) in self.1.iter_mut().zip(self.0) {
            *to = from.stored();
        }
    }
}

fn load_as<S: Pod + Cast<C>, C>(from: &[u8], to: &mut [C]) {
    simd::widest(Load::<S, C>(bytemuck::cast_slice(from), to));
}

fn store_as<C: Stored<S>, S: Pod>(from: &[C], to: &mut [u8]) {
    simd::widest(Store::<C, S>(from, bytemuck::cast_slice_mut(to)));
}

/// One element, given its bytes at the start of `bytes`.
#[inline(always)]
pub(super) fn load_one<C>(dtype: DType, bytes: [u8; 8]) -> C
where
    u8: Cast<C>,
    i8: Cast<C>,
    u16: Cast<C>,
    i16: Cast<C>,
    u32: Cast<C>,
    i32: Cast<C>,
    f32: Cast<C>,
    u64: Cast<C>,
    i64: Cast<C>,
    f64: Cast<C>,
    f16: Cast<C>,
{
    let [a, b, c, d, ..] = bytes;
    let four = [a, b, c, d];
    match dtype {
        DType::U8 => a.cast(),
        DType::I8 => a.cast_signed().cast(),
        DType::U16 => u16::from_ne_bytes([a, b]).cast(),
        DType::I16 => i16::from_ne_bytes([a, b]).cast(),
        DType::U32 => u32::from_ne_bytes(four).cast(),
        DType::I32 => i32::from_ne_bytes(four).cast(),
        DType::F32 => f32::from_ne_bytes(four).cast(),
        DType::U64 => u64::from_ne_bytes(bytes).cast(),
        DType::I64 => i64::from_ne_bytes(bytes).cast(),
        DType::F64 => f64::from_ne_bytes(bytes).cast(),
        DType::F16 => f16::from_ne_bytes([a, b]).cast(),
    }
}

/// One element as it is stored; its bytes come first.
#[inline(always)]
pub(super) fn store_one<C>(value: C, dtype: DType) -> [u8; 8]
where
    C: StoredAsAny,
{
    let two = |[a, b]: [u8; 2]| [a, b, 0, 0, 0, 0, 0, 0];
    let four = |[a, b, c, d]: [u8; 4]| [a, b, c, d, 0, 0, 0, 0];
    match dtype {
        DType::U8 => two([value.stored(), 0]),
        DType::I8 => two([Stored::<i8>::stored(value).cast_unsigned(), 0]),
        DType::U16 => two(Stored::<u16>::stored(value).to_ne_bytes()),
        DType::I16 => two(Stored::<i16>::stored(value).to_ne_bytes()),
        DType::U32 => four(Stored::<u32>::stored(value).to_ne_bytes()),
        DType::I32 => four(Stored::<i32>::stored(value).to_ne_bytes()),
        DType::F32 => four(Stored::<f32>::stored(value).to_ne_bytes()),
        DType::U64 => Stored::<u64>::stored(value).to_ne_bytes(),
        DType::I64 => Stored::<i64>::stored(value).to_ne_bytes(),
        DType::F64 => Stored::<f64>::stored(value).to_ne_bytes(),
        DType::F16 => two(Stored::<f16>::stored(value).to_ne_bytes()),
    }
}

/// Converts as many elements as both sides have.
pub(super) fn load<C>(from: Raw<'_>, to: &mut [C])
where
    u8: Cast<C>,
    i8: Cast<C>,
    u16: Cast<C>,
    i16: Cast<C>,
    u32: Cast<C>,
    i32: Cast<C>,
    f32: Cast<C>,
    u64: Cast<C>,
    i64: Cast<C>,
    f64: Cast<C>,
    f16: Cast<C>,
{
    for_stored!(from.dtype, S => load_as::<S, C>(from.bytes, to));
}

/// Converts as many elements as both sides have.
pub(super) fn store<C>(from: &[C], to: RawMut<'_>)
where
    C: StoredAsAny,
{
    for_stored!(to.dtype, S => store_as::<C, S>(from, to.bytes));
}

#[cfg(test)]
mod tests {
    use crate::DType;
    use crate::lang::{Compute, Raw, RawMut};

    fn stored<C: Compute, S: bytemuck::Pod + Default>(values: &[C], dtype: DType) -> Vec<S> {
        let mut to = vec![S::default(); values.len()];
        C::store(values, RawMut { dtype, bytes: bytemuck::cast_slice_mut(&mut to) });
        to
    }

    fn loaded<S: bytemuck::Pod, C: Compute>(values: &[S], dtype: DType) -> Vec<C> {
        let mut to = vec![C::default(); values.len()];
        C::load(Raw { dtype, bytes: bytemuck::cast_slice(values) }, &mut to);
        to
    }

    #[test]
    fn stores_round_half_to_even_and_saturate() {
        let values = [0.5, 1.5, 2.5, -0.5, -1.5, 254.5, 255.5, 1e10, -1e10, f32::NAN, f32::INFINITY];
        assert_eq!(stored::<_, u8>(&values, DType::U8), [0, 2, 2, 0, 0, 254, 255, 255, 0, 0, 255]);
        assert_eq!(stored::<_, i8>(&values, DType::I8), [0, 2, 2, 0, -2, 127, 127, 127, -128, 0, 127]);
        let big = [4294967040.0, 4294967296.0, 2147483648.0, -2147483648.0, f32::NAN];
        assert_eq!(stored::<_, u32>(&big, DType::U32), [4294967040, u32::MAX, 1 << 31, 0, 0]);
        assert_eq!(stored::<_, i32>(&big, DType::I32), [i32::MAX, i32::MAX, i32::MAX, i32::MIN, 0]);
        assert_eq!(stored::<_, u32>(&[f32::from_bits(0xffc1_2345)], DType::F32), [0x7fc0_0000]);
        assert_eq!(stored::<_, u8>(&[-5i32, 300, 7], DType::U8), [0, 255, 7]);
        assert_eq!(stored::<_, i32>(&[u32::MAX, 7], DType::I32), [i32::MAX, 7]);
        assert_eq!(stored::<_, f32>(&[true, false], DType::F32), [1.0, 0.0]);
    }

    #[test]
    fn the_fast_conversions_are_those_of_the_definition() {
        let values: Vec<f32> = (0..1 << 20).map(|i: u32| f32::from_bits(i.wrapping_mul(4099))).collect();
        let halves = (-70_000..70_000).map(|i| i as f32 * 0.5);
        let values: Vec<f32> = values.into_iter().chain(halves).collect();
        let defined = |value: f32| value.round_ties_even();
        assert!(stored::<_, u8>(&values, DType::U8).iter().zip(&values).all(|(&to, &from)| to == defined(from) as u8));
        assert!(stored::<_, i8>(&values, DType::I8).iter().zip(&values).all(|(&to, &from)| to == defined(from) as i8));
        assert!(
            stored::<_, u16>(&values, DType::U16).iter().zip(&values).all(|(&to, &from)| to == defined(from) as u16)
        );
        assert!(
            stored::<_, i16>(&values, DType::I16).iter().zip(&values).all(|(&to, &from)| to == defined(from) as i16)
        );
    }

    #[test]
    fn loads_follow_the_rules() {
        assert_eq!(loaded::<f32, bool>(&[0.0, -0.0, f32::NAN, 0.1], DType::F32), [false, false, true, true]);
        assert_eq!(loaded::<f32, u32>(&[-1.0, 2.5, f32::NAN], DType::F32), [0, 2, 0]);
        assert_eq!(loaded::<i8, u32>(&[-1, 5], DType::I8), [0, 5]);
        assert_eq!(loaded::<u16, f32>(&[65535, 1], DType::U16), [65535.0, 1.0]);
        assert_eq!(loaded::<u32, f32>(&[u32::MAX], DType::U32), [4294967296.0]);
    }
}
