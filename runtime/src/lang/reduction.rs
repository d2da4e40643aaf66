//! Reductions: one monoid serves as a global reduction, a projection and a per-label statistic.

use super::{Compute, Position};

/// A reduction of voxels to one value. The order in which a backend calls these functions is part of the definition of
/// every reduction (the book, Numerics), so that all backends give the same bits.
///
/// ```
/// use kernwerk_runtime::lang::{Position, Reduction};
///
/// struct Mean;
/// impl Reduction<f32> for Mean {
///     type State = f32;
///     type Output = f32;
///     fn identity() -> f32 { 0.0 }
///     fn step(state: f32, pixel: f32, _at: Position) -> f32 { state + pixel }
///     fn merge(a: f32, b: f32) -> f32 { a + b }
///     fn finish(state: f32, count: f32) -> f32 { state / count }
/// }
/// assert_eq!(Mean::scalar(7.0, 2.0), 3.5);
/// ```
pub trait Reduction<C: Compute>: 'static {
    /// What is carried along.
    type State: State;
    /// What comes out.
    type Output: Compute;
    /// The state of no voxels.
    fn identity() -> Self::State;
    /// Takes in one voxel.
    fn step(state: Self::State, pixel: C, at: Position) -> Self::State;
    /// Joins the states of two sets of voxels, `a` before `b`.
    fn merge(a: Self::State, b: Self::State) -> Self::State;
    /// The result over `count` voxels.
    fn finish(state: Self::State, count: f32) -> Self::Output;
    /// The result for a whole image as a number, where f64 serves better.
    fn scalar(state: Self::State, count: f64) -> f64 {
        Self::finish(state, count as f32).to_number()
    }
}

/// The state of a reduction: a [`Slot`], or a tuple of up to 12 of them. Values of 64 bits take two slots, the lower bits first.
pub trait State: Copy + Send + Sync + 'static {
    /// Number of slots of 32 bits.
    const SLOTS: usize;
    /// Several states side by side, value by value.
    #[doc(hidden)]
    type Lanes<const N: usize>: Lanes<Self, N>;
    /// Writes one u32 per slot.
    fn write(self, slots: &mut [u32]);
    /// Reads what [`write`](Self::write) wrote.
    fn read(slots: &[u32]) -> Self;
}

/// `N` states, as one array for each of their values: a loop over them loads and stores whole vectors.
pub trait Lanes<S, const N: usize>: Clone {
    /// The same state everywhere.
    fn filled(state: S) -> Self;
    /// One of the states.
    fn get(&self, lane: usize) -> S;
    /// Replaces one of the states.
    fn put(&mut self, lane: usize, state: S);
}

/// One value of a state.
pub trait Slot: Compute {
    /// How many slots of 32 bits it takes.
    const WIDTH: usize = 1;
    /// The value's bits; narrow integers are extended with their sign.
    fn to_bits(self) -> u64;
    /// From [`to_bits`](Self::to_bits).
    fn from_bits(bits: u64) -> Self;
    /// Writes as many slots as it takes.
    #[inline(always)]
    fn put(self, slots: &mut [u32]) {
        let bits = self.to_bits();
        slots[0] = bits as u32;
        if Self::WIDTH == 2 {
            slots[1] = (bits >> 32) as u32;
        }
    }
    /// Reads what [`put`](Self::put) wrote.
    #[inline(always)]
    fn get(slots: &[u32]) -> Self {
        let high = if Self::WIDTH == 2 { u64::from(slots[1]) << 32 } else { 0 };
        Self::from_bits(u64::from(slots[0]) | high)
    }
}

macro_rules! slots {
    ($($ty:ty),*) => {$(
        impl Slot for $ty {
            #[inline(always)]
            fn to_bits(self) -> u64 {
                self as u64
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> $ty {
                bits as $ty
            }
        }
    )*};
}
slots!(u8, i8, u16, i16, u32, i32);

impl Slot for f32 {
    #[inline(always)]
    fn to_bits(self) -> u64 {
        f32::to_bits(self).into()
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> f32 {
        f32::from_bits(bits as u32)
    }
}

macro_rules! wide_slots {
    ($($ty:ty: $to:expr, $from:expr;)*) => {$(
        impl Slot for $ty {
            const WIDTH: usize = 2;
            #[inline(always)]
            fn to_bits(self) -> u64 {
                $to(self)
            }
            #[inline(always)]
            fn from_bits(bits: u64) -> $ty {
                $from(bits)
            }
        }
    )*};
}
wide_slots! {
    u64: u64::from, u64::from;
    i64: i64::cast_unsigned, u64::cast_signed;
    f64: f64::to_bits, f64::from_bits;
}

impl Slot for bool {
    #[inline(always)]
    fn to_bits(self) -> u64 {
        self.into()
    }
    #[inline(always)]
    fn from_bits(bits: u64) -> bool {
        bits != 0
    }
}

macro_rules! scalar_states {
    ($($ty:ty),*) => {$(
        impl<const N: usize> Lanes<$ty, N> for [$ty; N] {
            #[inline(always)]
            fn filled(state: $ty) -> Self {
                [state; N]
            }
            #[inline(always)]
            fn get(&self, lane: usize) -> $ty {
                self[lane]
            }
            #[inline(always)]
            fn put(&mut self, lane: usize, state: $ty) {
                self[lane] = state;
            }
        }
        impl State for $ty {
            const SLOTS: usize = <$ty as Slot>::WIDTH;
            type Lanes<const N: usize> = [$ty; N];
            #[inline(always)]
            fn write(self, slots: &mut [u32]) {
                self.put(slots);
            }
            #[inline(always)]
            fn read(slots: &[u32]) -> $ty {
                Slot::get(slots)
            }
        }
    )*};
}
scalar_states!(f32, bool, u8, i8, u16, i16, u32, i32, u64, i64, f64);

macro_rules! tuple_states {
    ($($letter:ident $number:tt),*) => {
        impl<$($letter: Slot,)* const N: usize> Lanes<($($letter,)*), N> for ($([$letter; N],)*) {
            #[inline(always)]
            fn filled(state: ($($letter,)*)) -> Self {
                ($([state.$number; N],)*)
            }
            #[inline(always)]
            fn get(&self, lane: usize) -> ($($letter,)*) {
                ($(self.$number[lane],)*)
            }
            #[inline(always)]
            fn put(&mut self, lane: usize, state: ($($letter,)*)) {
                $(self.$number[lane] = state.$number;)*
            }
        }
        impl<$($letter: Slot),*> State for ($($letter,)*) {
            const SLOTS: usize = 0 $(+ $letter::WIDTH)*;
            type Lanes<const N: usize> = ($([$letter; N],)*);
            #[inline(always)]
            fn write(self, slots: &mut [u32]) {
                let mut at = 0;
                $(
                    self.$number.put(&mut slots[at..]);
                    at += $letter::WIDTH;
                )*
                debug_assert_eq!(at, Self::SLOTS);
            }
            #[inline(always)]
            fn read(slots: &[u32]) -> Self {
                let mut at = 0;
                ($({
                    let value = $letter::get(&slots[at..]);
                    at += $letter::WIDTH;
                    debug_assert!(at <= Self::SLOTS);
                    value
                },)*)
            }
        }
    };
}
tuple_states!(A 0);
tuple_states!(A 0, B 1);
tuple_states!(A 0, B 1, C 2);
tuple_states!(A 0, B 1, C 2, D 3);
tuple_states!(A 0, B 1, C 2, D 3, E 4);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple_states!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
