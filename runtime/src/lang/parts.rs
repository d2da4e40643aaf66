//! Tuples that are kept part by part: the voxels of several images, and the states of lines that are walked side by side. Loops over
//! neighbouring lines then read and write each part in order, and compilers make vector instructions of them.
//!
//! Invariant: what is put at a place is what is got from there.

use super::Compute;
use super::convert::Raw;
use crate::backend::cpu::scratch::{self, Scratch};

/// Lines in a block: parts of a block lie side by side.
pub(crate) const LANES: usize = 64;

/// A tuple of numbers.
pub trait Parts: Copy + Send + Sync + 'static {
    /// The parts of [`LANES`] tuples.
    #[doc(hidden)]
    type Block: Clone + Default + 'static;
    #[doc(hidden)]
    fn get(block: &Self::Block, lane: usize) -> Self;
    #[doc(hidden)]
    fn put(self, block: &mut Self::Block, lane: usize);
}

/// A tuple of voxels, one of each image.
pub trait Voxels: Copy + Send + Sync + 'static {
    /// The voxels of a row, image by image.
    #[doc(hidden)]
    type Rows: Send + Sync;
    /// Some of them.
    #[doc(hidden)]
    type Run<'a>: Copy;
    /// Rows of that length. What they hold is left over from before.
    #[doc(hidden)]
    fn rows(len: usize) -> Self::Rows;
    /// Loads so many voxels of each image from an index on to a place in the rows.
    #[doc(hidden)]
    fn load(images: &[Raw<'_>], index: usize, len: usize, rows: &mut Self::Rows, place: usize);
    /// The voxel of each image at an index.
    #[doc(hidden)]
    fn load_one(images: &[Raw<'_>], index: usize) -> Self;
    /// The same value for all images: that of a constant boundary.
    #[doc(hidden)]
    fn from_border(value: f32) -> Self;
    #[doc(hidden)]
    fn run(rows: &Self::Rows, start: usize, len: usize) -> Self::Run<'_>;
    #[doc(hidden)]
    fn at(run: &Self::Run<'_>, place: usize) -> Self;
    /// Copies one voxel within the rows of another.
    #[doc(hidden)]
    fn copy(from: &Self::Rows, source: usize, to: &mut Self::Rows, place: usize);
}

macro_rules! voxels {
    ($($letter:ident $number:tt),*) => {
        impl<$($letter: Compute),*> Voxels for ($($letter,)*) {
            type Rows = ($(Scratch<$letter>,)*);
            type Run<'a> = ($(&'a [$letter],)*);

            fn rows(len: usize) -> Self::Rows {
                ($(scratch::take::<$letter>(len),)*)
            }

            fn load(images: &[Raw<'_>], index: usize, len: usize, rows: &mut Self::Rows, place: usize) {
                $($letter::load(images[$number].slice(index, len), &mut rows.$number[place..place + len]);)*
            }

            fn load_one(images: &[Raw<'_>], index: usize) -> Self {
                ($({
                    let mut one = [$letter::default()];
                    $letter::load(images[$number].slice(index, 1), &mut one);
                    one[0]
                },)*)
            }

            fn from_border(value: f32) -> Self {
                ($($letter::from_border(value),)*)
            }

            #[inline(always)]
            fn run(rows: &Self::Rows, start: usize, len: usize) -> Self::Run<'_> {
                ($(&rows.$number[start..start + len],)*)
            }

            #[inline(always)]
            fn at(run: &Self::Run<'_>, place: usize) -> Self {
                ($(run.$number[place],)*)
            }

            #[inline(always)]
            fn copy(from: &Self::Rows, source: usize, to: &mut Self::Rows, place: usize) {
                $(to.$number[place] = from.$number[source];)*
            }
        }
    };
}
voxels!(A 0);
voxels!(A 0, B 1);
voxels!(A 0, B 1, C 2);

/// The values of one part in a block.
#[derive(Clone)]
pub(crate) struct Lanes<T>([T; LANES]);

impl<T: Copy + Default> Default for Lanes<T> {
    fn default() -> Lanes<T> {
        Lanes([T::default(); LANES])
    }
}

/// As [`Parts::Block`] of tuples longer than those that have defaults in the standard library.
macro_rules! parts {
    ($block:ident: $($letter:ident $number:tt),*) => {
        #[doc(hidden)]
        #[derive(Clone)]
        pub struct $block<$($letter),*>($(Lanes<$letter>),*);

        impl<$($letter: Copy + Default),*> Default for $block<$($letter),*> {
            fn default() -> Self {
                $block($(Lanes::<$letter>::default()),*)
            }
        }

        impl<$($letter: Compute),*> Parts for ($($letter,)*) {
            type Block = $block<$($letter),*>;

            #[inline(always)]
            fn get(block: &Self::Block, lane: usize) -> Self {
                ($(block.$number.0[lane],)*)
            }

            #[inline(always)]
            fn put(self, block: &mut Self::Block, lane: usize) {
                $(block.$number.0[lane] = self.$number;)*
            }
        }
    };
}
parts!(Block1: A 0);
parts!(Block2: A 0, B 1);
parts!(Block3: A 0, B 1, C 2);
parts!(Block4: A 0, B 1, C 2, D 3);
parts!(Block5: A 0, B 1, C 2, D 3, E 4);
parts!(Block6: A 0, B 1, C 2, D 3, E 4, F 5);
parts!(Block7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
parts!(Block8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
parts!(Block9: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
parts!(Block10: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
parts!(Block11: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
parts!(Block12: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back() {
        let mut block = <(f32, u32, bool) as Parts>::Block::default();
        for lane in 0..LANES {
            (lane as f32, lane as u32 * 2, lane % 3 == 0).put(&mut block, lane);
        }
        for lane in (0..LANES).rev() {
            assert_eq!(<(f32, u32, bool)>::get(&block, lane), (lane as f32, lane as u32 * 2, lane % 3 == 0));
        }
    }
}
