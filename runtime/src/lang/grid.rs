//! What a grid kernel sees: its place in the index space, and whole buffers.
//!
//! Invariant: buffers are only ever touched through relaxed atomics, so that items may run in any order and on any
//! number of threads. An index past the end panics; the backend turns that into an error.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, Ordering::Relaxed};

use kernwerk_codegen::ir::DType;

use super::element::sealed::Sealed;
use super::{Compute, Raw};
use crate::backend::cpu::scratch::{self, Scratch};

/// One item of the index space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub(crate) at: [usize; 3],
    pub(crate) n: usize,
    pub(crate) extent: [usize; 3],
    /// The linear index; stored, so that a row needs one addition for each item.
    pub(crate) index: usize,
}

impl Item {
    pub(crate) fn new(at: [usize; 3], n: usize, extent: [usize; 3]) -> Item {
        let index = ((n * extent[2] + at[2]) * extent[1] + at[1]) * extent[0] + at[0];
        Item { at, n, extent, index }
    }

    /// The column.
    #[inline(always)]
    pub fn x(self) -> usize {
        self.at[0]
    }

    /// The row.
    #[inline(always)]
    pub fn y(self) -> usize {
        self.at[1]
    }

    /// The plane.
    #[inline(always)]
    pub fn z(self) -> usize {
        self.at[2]
    }

    /// The image of the batch.
    #[inline(always)]
    pub fn n(self) -> usize {
        self.n
    }

    /// The linear index over (n, z, y, x).
    #[inline(always)]
    pub fn index(self) -> usize {
        self.index
    }

    /// Number of columns.
    #[inline(always)]
    pub fn extent_x(self) -> usize {
        self.extent[0]
    }

    /// Number of rows.
    #[inline(always)]
    pub fn extent_y(self) -> usize {
        self.extent[1]
    }

    /// Number of planes.
    #[inline(always)]
    pub fn extent_z(self) -> usize {
        self.extent[2]
    }
}

/// A buffer that a grid kernel only reads. Elements of any storage type are converted on load.
#[derive(Clone, Copy)]
pub struct Read<'a, C> {
    /// As many as there are elements if these are `direct`.
    words: &'a [AtomicU32],
    dtype: DType,
    len: usize,
    /// The same memory, if nothing writes to it while the kernel runs.
    constant: Option<&'a [u8]>,
    /// Whether the elements are of type `C` and as wide as words: the common case, in which a load is one of the machine's.
    direct: bool,
    compute: PhantomData<C>,
}

impl<'a, C: Compute> Read<'a, C> {
    pub(crate) fn new(words: &'a [AtomicU32], constant: Option<&'a [u8]>, dtype: DType, len: usize) -> Read<'a, C> {
        let direct = C::WORD == Some(dtype);
        Read { words: if direct { &words[..len] } else { words }, constant, dtype, len, direct, compute: PhantomData }
    }

    /// Number of elements.
    #[allow(clippy::len_without_is_empty, reason = "kernels have no use for it")]
    #[inline(always)]
    pub fn len(self) -> usize {
        self.len
    }

    /// Consecutive elements, in the compute type.
    pub(crate) fn run(self, first: usize, len: usize) -> Own<'a, C> {
        let end = first + len;
        assert!(end <= self.len, "index {} is past the end of a buffer of {} elements", end - 1, self.len);
        let raw = self.constant.map(|bytes| Raw { dtype: self.dtype, bytes }.slice(first, len));
        if let Some(values) = raw.and_then(C::borrowed) {
            return Own { borrowed: Some(values), converted: scratch::empty() };
        }
        let mut converted = scratch::take(len);
        match raw {
            Some(raw) => C::load(raw, &mut converted),
            None => converted.iter_mut().zip(first..).for_each(|(to, index)| *to = self.get(index)),
        }
        Own { borrowed: None, converted }
    }

    /// The element at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn get(self, index: usize) -> C {
        match C::WORD {
            Some(own) if self.direct => C::load_one(own, bytes_of(self.words[index].load(Relaxed))),
            // What masks and images mostly are, and what kernels keep positions in.
            _ if self.dtype == DType::U8 && cfg!(target_endian = "little") => {
                assert!(index < self.len, "index {index} is past the end of a buffer of {} elements", self.len);
                let word = self.words[index / 4].load(Relaxed) >> (8 * (index % 4) as u32);
                C::load_one(DType::U8, bytes_of(word))
            }
            _ if self.dtype == DType::U16 && cfg!(target_endian = "little") => {
                assert!(index < self.len, "index {index} is past the end of a buffer of {} elements", self.len);
                let word = self.words[index / 2].load(Relaxed) >> (16 * (index % 2) as u32);
                C::load_one(DType::U16, bytes_of(word))
            }
            _ => converted(self.words, self.dtype, self.len, index),
        }
    }
}

/// The elements that the items of a row have in a buffer, one each.
pub struct Own<'a, C: Compute> {
    borrowed: Option<&'a [C]>,
    converted: Scratch<C>,
}

impl<C: Compute> Own<'_, C> {
    /// The elements.
    pub fn values(&self) -> &[C] {
        self.borrowed.unwrap_or(&self.converted)
    }
}

/// An element of any type. Its arguments are plain, so that a handle need not lie in memory for the call.
fn converted<C: Compute>(words: &[AtomicU32], dtype: DType, len: usize, index: usize) -> C {
    assert!(index < len, "index {index} is past the end of a buffer of {len} elements");
    if dtype.size() == 8 {
        let [first, second] = [0, 1].map(|part| words[2 * index + part].load(Relaxed).to_ne_bytes());
        return C::load_one(dtype, bytemuck::cast([first, second]));
    }
    // An element of less never straddles two words.
    let byte = index * dtype.size();
    let (word, bits) = (words[byte / 4].load(Relaxed), 8 * (byte % 4) as u32);
    // The element's bytes come first, whichever end of the word is first in memory.
    let word = if cfg!(target_endian = "little") { word.rotate_right(bits) } else { word.rotate_left(bits) };
    C::load_one(dtype, bytes_of(word))
}

/// A word as the bytes of an element, whose own come first.
#[inline(always)]
fn bytes_of(word: u32) -> [u8; 8] {
    let [a, b, c, d] = word.to_ne_bytes();
    [a, b, c, d, 0, 0, 0, 0]
}

impl Read<'_, bool> {
    /// Up to 32 elements from `first` on as the bits of a word, that of the first in the lowest bit; the bits beyond `count` are 0.
    ///
    /// # Panics
    /// If there are not so many.
    #[inline(always)]
    pub fn bits(self, first: usize, count: u32) -> u32 {
        let end = first + count as usize;
        assert!(count <= 32 && end <= self.len, "bits {first}..{end} of a buffer of {} elements", self.len);
        if count == 32 && self.dtype.size() == 1 && first.is_multiple_of(4) && cfg!(target_endian = "little") {
            // The highest bit of each byte that is not 0; the product gathers the four in bits 24 to 27.
            let nonzero = |word: &AtomicU32| {
                let word = word.load(Relaxed);
                let high = (((word & 0x7f7f_7f7f) + 0x7f7f_7f7f) | word) & 0x8080_8080;
                (high >> 7).wrapping_mul(0x0102_0408) >> 24
            };
            return self.words[first / 4..][..8].iter().rev().fold(0, |bits, word| bits << 4 | nonzero(word));
        }
        (0..count).fold(0, |bits, k| bits | u32::from(self.get(first + k as usize)) << k)
    }
}

/// The elements of a buffer as atomics of their own size, so that items may write neighbouring ones.
#[derive(Clone, Copy)]
pub(crate) enum Cells<'a> {
    /// u8, i8.
    Bytes(&'a [AtomicU8]),
    /// u16, i16, f16.
    Halves(&'a [AtomicU16]),
    /// u32, i32, f32; two for each element of 64 bits.
    Words(&'a [AtomicU32]),
}

/// A buffer that a grid kernel only writes, each element by at most one item. Values are converted on store, as those of images are.
#[derive(Clone, Copy)]
pub struct Write<'a, C> {
    cells: Cells<'a>,
    /// The same elements, if they are of type `C` and as wide as words: the common case.
    direct: Option<&'a [AtomicU32]>,
    dtype: DType,
    len: usize,
    compute: PhantomData<C>,
}

impl<'a, C: Compute> Write<'a, C> {
    pub(crate) fn new(cells: Cells<'a>, dtype: DType, len: usize) -> Write<'a, C> {
        let direct = match cells {
            Cells::Words(words) if C::WORD == Some(dtype) => Some(&words[..len]),
            _ => None,
        };
        Write { cells, direct, dtype, len, compute: PhantomData }
    }

    /// Number of elements.
    #[allow(clippy::len_without_is_empty, reason = "kernels have no use for it")]
    #[inline(always)]
    pub fn len(self) -> usize {
        self.len
    }

    /// Sets the element at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn store(self, index: usize, value: C) {
        match (C::WORD, self.direct) {
            (Some(own), Some(words)) => {
                let [a, b, c, d, ..] = value.store_one(own);
                words[index].store(u32::from_ne_bytes([a, b, c, d]), Relaxed);
            }
            _ => convert(self.cells, self.dtype, self.len, index, value),
        }
    }
}

fn convert<C: Compute>(cells: Cells<'_>, dtype: DType, len: usize, index: usize, value: C) {
    assert!(index < len, "index {index} is past the end of a buffer of {len} elements");
    let [a, b, c, d, e, f, g, h] = value.store_one(dtype);
    match cells {
        Cells::Bytes(bytes) => bytes[index].store(a, Relaxed),
        Cells::Halves(halves) => halves[index].store(u16::from_ne_bytes([a, b]), Relaxed),
        Cells::Words(words) if dtype.size() == 8 => {
            words[2 * index].store(u32::from_ne_bytes([a, b, c, d]), Relaxed);
            words[2 * index + 1].store(u32::from_ne_bytes([e, f, g, h]), Relaxed);
        }
        Cells::Words(words) => words[index].store(u32::from_ne_bytes([a, b, c, d]), Relaxed),
    }
}

/// Counters that items of a grid kernel only add to, in no particular order. What one has counted no other sees, so that every thread and
/// every group of a GPU counts for itself; the sums are there when the kernel is done.
#[derive(Clone, Copy)]
pub struct Tally<'a> {
    counters: &'a [Cell<u32>],
}

impl<'a> Tally<'a> {
    pub(crate) fn new(counters: &'a [Cell<u32>]) -> Tally<'a> {
        Tally { counters }
    }

    /// Number of counters.
    #[allow(clippy::len_without_is_empty, reason = "kernels have no use for it")]
    #[inline(always)]
    pub fn len(self) -> usize {
        self.counters.len()
    }

    /// Adds to the counter at an index, wrapping.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn add(self, index: usize, n: u32) {
        let counter = &self.counters[index];
        counter.set(counter.get().wrapping_add(n));
    }
}

/// A type that a [`Global`] buffer may hold: f32, u32 or i32.
pub trait Atomic: Compute + Sealed {
    #[doc(hidden)]
    fn to_word(self) -> u32;
    #[doc(hidden)]
    fn from_word(word: u32) -> Self;
}

macro_rules! atomics {
    ($($ty:ty: $to:expr, $from:expr;)*) => {$(
        impl Atomic for $ty {
            #[inline(always)]
            fn to_word(self) -> u32 {
                $to(self)
            }
            #[inline(always)]
            fn from_word(word: u32) -> $ty {
                $from(word)
            }
        }
    )*};
}
atomics! {
    f32: f32::to_bits, f32::from_bits;
    u32: u32::from, u32::from;
    i32: i32::cast_unsigned, u32::cast_signed;
}

/// A buffer of 32-bit elements that all items of a grid kernel read and change, in no particular order.
#[derive(Clone, Copy)]
pub struct Global<'a, C> {
    words: &'a [AtomicU32],
    compute: PhantomData<C>,
}

impl<'a, C: Atomic> Global<'a, C> {
    pub(crate) fn new(words: &'a [AtomicU32]) -> Global<'a, C> {
        Global { words, compute: PhantomData }
    }

    /// Number of elements.
    #[allow(clippy::len_without_is_empty, reason = "kernels have no use for it")]
    #[inline(always)]
    pub fn len(self) -> usize {
        self.words.len()
    }

    /// The element at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn load(self, index: usize) -> C {
        C::from_word(self.words[index].load(Relaxed))
    }

    /// The element at an index as it is, or as it was at some time since the launch began: a GPU may have it in a cache. For searches that
    /// an old value only makes longer.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn peek(self, index: usize) -> C {
        self.load(index)
    }

    /// Replaces the element at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline(always)]
    pub fn store(self, index: usize, value: C) {
        self.words[index].store(value.to_word(), Relaxed);
    }
}

macro_rules! fetches {
    ($($ty:ty, $min:expr, $max:expr;)*) => {$(
        impl Global<'_, $ty> {
            /// Adds to the element at an index, wrapping; returns the value before.
            ///
            /// # Panics
            /// If there is none.
            #[inline(always)]
            pub fn fetch_add(self, index: usize, value: $ty) -> $ty {
                <$ty>::from_word(self.words[index].fetch_add(value.to_word(), Relaxed))
            }

            /// Replaces the element at an index by the smaller of it and `value`; returns the value before.
            ///
            /// # Panics
            /// If there is none.
            #[inline(always)]
            pub fn fetch_min(self, index: usize, value: $ty) -> $ty {
                $min(&self.words[index], value)
            }

            /// Replaces the element at an index by the larger of it and `value`; returns the value before.
            ///
            /// # Panics
            /// If there is none.
            #[inline(always)]
            pub fn fetch_max(self, index: usize, value: $ty) -> $ty {
                $max(&self.words[index], value)
            }
        }
    )*};
}
fetches! {
    u32, |word: &AtomicU32, n| word.fetch_min(n, Relaxed), |word: &AtomicU32, n| word.fetch_max(n, Relaxed);
    i32, |word, value| fetch_signed(word, value, i32::min), |word, value| fetch_signed(word, value, i32::max);
}

#[inline]
fn fetch_signed(word: &AtomicU32, value: i32, choose: fn(i32, i32) -> i32) -> i32 {
    let mut before = word.load(Relaxed);
    loop {
        let chosen = choose(before.cast_signed(), value).cast_unsigned();
        if chosen == before {
            return before.cast_signed();
        }
        match word.compare_exchange_weak(before, chosen, Relaxed, Relaxed) {
            Ok(_) => return before.cast_signed(),
            Err(now) => before = now,
        }
    }
}
