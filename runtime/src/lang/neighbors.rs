//! The voxels of a window in one of its shapes. Invariant: they come in raster order (z, then y, then x ascending), the
//! centre among them.

use std::slice;

use kernwerk_codegen::ir::Shape;

use super::{Compute, Key, Radius};
use crate::backend::cpu::taps::Tap;
use crate::backend::launch::Chords;

/// The voxels in a shape around the current one: iterate over them, or reduce them.
///
/// A reducer such as [`max`](Self::max) is much faster than a loop, because it is computed for whole rows.
#[derive(Clone, Copy)]
pub struct Neighbors<'a, C> {
    tap: Tap<'a, C>,
    chords: &'a Chords,
}

impl<'a, C: Compute> Neighbors<'a, C> {
    pub(crate) fn new(tap: Tap<'a, C>, shape: Shape, radius: Radius) -> Neighbors<'a, C> {
        Neighbors { tap, chords: tap.chords(shape, radius) }
    }

    /// The offsets (dx, dy, dz), in raster order.
    pub fn offsets(self) -> Offsets<'a> {
        Offsets { rows: ChordRows::new(self.chords), dx: 0, end: -1, at: [0; 2] }
    }

    /// The largest value in sort order.
    pub fn max(self) -> C {
        let first = self.tap.at([0; 3]).key();
        C::from_key(self.into_iter().fold(first, |largest, value| largest.max(value.key())))
    }

    /// The smallest value in sort order.
    pub fn min(self) -> C {
        let first = self.tap.at([0; 3]).key();
        C::from_key(self.into_iter().fold(first, |smallest, value| smallest.min(value.key())))
    }

    /// The value of rank `count / 2` (from 0) in sort order.
    pub fn median(self) -> C {
        median(self)
    }

    /// The value of rank `count · percentile / 100` (from 0, rounded down, at most the last) in sort order; the percentile is a parameter.
    pub fn percentile(self, percentile: f32) -> C {
        selected(self, |count| super::order::percentile_rank(count, percentile))
    }

    /// The most frequent value; of several the smallest in sort order.
    pub fn mode(self) -> C {
        mode(self)
    }

    /// Number of voxels.
    pub fn count(self) -> f32 {
        self.chords.count() as f32
    }
}

impl Neighbors<'_, f32> {
    /// The sum, from 0.0 on in raster order.
    pub fn sum(self) -> f32 {
        sum(self)
    }
}

impl<'a, C: Compute> IntoIterator for Neighbors<'a, C> {
    type Item = C;
    type IntoIter = Values<'a, C>;

    fn into_iter(self) -> Values<'a, C> {
        Values { tap: self.tap, rows: ChordRows::new(self.chords), chord: [].iter() }
    }
}

/// The rows of a chord table: half-width, dy and dz of each that is not empty.
struct ChordRows<'a> {
    halves: slice::Iter<'a, i32>,
    at: [i32; 2],
    ry: i32,
}

impl ChordRows<'_> {
    #[inline(always)]
    fn new(chords: &Chords) -> ChordRows<'_> {
        let [_, ry, rz] = chords.radius.map(|radius| radius as i32);
        ChordRows { halves: chords.half.iter(), at: [-ry, -rz], ry }
    }
}

impl Iterator for ChordRows<'_> {
    type Item = (i32, [i32; 2]);

    #[inline(always)]
    fn next(&mut self) -> Option<(i32, [i32; 2])> {
        loop {
            let &half = self.halves.next()?;
            let at = self.at;
            // Counted, not divided: this runs for every row of every voxel.
            self.at = if at[0] < self.ry { [at[0] + 1, at[1]] } else { [-self.ry, at[1] + 1] };
            if half >= 0 {
                return Some((half, at));
            }
        }
    }
}

/// The values of [`Neighbors`].
pub struct Values<'a, C> {
    tap: Tap<'a, C>,
    rows: ChordRows<'a>,
    chord: slice::Iter<'a, C>,
}

impl<C: Compute> Iterator for Values<'_, C> {
    type Item = C;

    #[inline(always)]
    fn next(&mut self) -> Option<C> {
        loop {
            if let Some(&value) = self.chord.next() {
                return Some(value);
            }
            let (half, [dy, dz]) = self.rows.next()?;
            self.chord = self.tap.run([-half, dy, dz], 2 * half as usize + 1).iter();
        }
    }
}

/// The offsets of [`Neighbors`].
pub struct Offsets<'a> {
    rows: ChordRows<'a>,
    dx: i32,
    end: i32,
    at: [i32; 2],
}

impl Iterator for Offsets<'_> {
    type Item = (i32, i32, i32);

    #[inline(always)]
    fn next(&mut self) -> Option<(i32, i32, i32)> {
        if self.dx > self.end {
            let (half, at) = self.rows.next()?;
            (self.dx, self.end, self.at) = (-half, half, at);
        }
        self.dx += 1;
        Some((self.dx - 1, self.at[0], self.at[1]))
    }
}

pub(super) fn median<C: Compute>(values: impl IntoIterator<Item = C>) -> C {
    selected(values, |count| count / 2)
}

pub(super) fn mode<C: Compute>(values: impl IntoIterator<Item = C>) -> C {
    let mut keys: Vec<_> = values.into_iter().map(C::key).collect();
    keys.sort_unstable();
    // Of equally long runs the last that is seen counts: the one of the smallest key.
    let longest = keys.chunk_by(|a, b| a == b).rev().max_by_key(|run| run.len());
    C::from_key(longest.map_or(C::Key::ZERO, |run| run[0]))
}

/// The value of the rank that a number of values asks for.
pub(super) fn selected<C: Compute>(values: impl IntoIterator<Item = C>, rank: impl FnOnce(usize) -> usize) -> C {
    let mut keys: Vec<_> = values.into_iter().map(C::key).collect();
    let rank = rank(keys.len());
    C::from_key(if keys.is_empty() { C::Key::ZERO } else { *keys.select_nth_unstable(rank).1 })
}

pub(super) fn sum(values: impl IntoIterator<Item = f32>) -> f32 {
    values.into_iter().fold(0.0, |sum, value| sum + value)
}
