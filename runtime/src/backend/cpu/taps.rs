//! The neighbours of the voxels of one row, as slices that are ready to be read.
//!
//! Invariant: for each (dz, dy) of the table, `start + before.x + len + after.x` does not exceed the values.
//! [`Taps::new`] checks it once per row, so that reading a neighbour only has to check its offset: a check that does
//! not depend on the voxel, is hoisted out of the loop over the row and lets that loop be vectorised. This is what the
//! unsafe block is for.
#![allow(unsafe_code, reason = "a bounds check per neighbour would keep every window body from being vectorised")]

use std::sync::Arc;

use kernwerk_codegen::ir::Shape;

use crate::backend::launch::Chords;
use crate::lang::{Position, Radius};

/// The neighbours of a row.
pub(crate) struct Taps<'a, C> {
    values: &'a [C],
    starts: &'a [usize],
    before: [i32; 3],
    span: [u32; 3],
    len: usize,
    /// The first voxel of the row.
    position: Position,
    windows: &'a [Arc<Chords>],
}

/// Some voxels of a row.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a, C> {
    taps: &'a Taps<'a, C>,
    start: usize,
    len: usize,
}

/// The neighbours of a voxel.
#[derive(Clone, Copy)]
pub(crate) struct Tap<'a, C> {
    taps: &'a Taps<'a, C>,
    x: usize,
}

impl<'a, C: Copy> Taps<'a, C> {
    /// `starts[(dz + before.z) * (before.y + 1 + after.y) + dy + before.y]` is where the row at (dz, dy) starts in
    /// `values`, `before.x` voxels before the first of `len`.
    ///
    /// # Panics
    /// If a row does not lie within `values`.
    pub(crate) fn new(
        values: &'a [C],
        starts: &'a [usize],
        [before, after]: [[usize; 3]; 2],
        len: usize,
        position: Position,
        windows: &'a [Arc<Chords>],
    ) -> Taps<'a, C> {
        let span: [usize; 3] = std::array::from_fn(|axis| before[axis] + after[axis]);
        assert!(span.iter().all(|&span| span < i32::MAX as usize), "a window does not fit 31 bits");
        assert_eq!(starts.len(), (span[2] + 1) * (span[1] + 1), "one row per offset in y and z");
        let last = values.len().checked_sub(span[0] + len).expect("a row fits the values");
        assert!(starts.iter().all(|&start| start <= last), "every row lies within the values");
        let (before, span) = (before.map(|n| n as i32), span.map(|n| n as u32));
        Taps { values, starts, before, span, len, position, windows }
    }

    /// `len` voxels of the row from `start` on.
    ///
    /// # Panics
    /// If the row does not have them.
    #[inline(always)]
    pub(crate) fn block(&'a self, start: usize, len: usize) -> Block<'a, C> {
        assert!(start <= self.len && len <= self.len - start);
        Block { taps: self, start, len }
    }
}

impl<'a, C> Block<'a, C> {
    /// The neighbours of a voxel of the block. In a loop over the block the check costs nothing.
    ///
    /// # Panics
    /// If the block has no such voxel.
    #[inline(always)]
    pub(crate) fn tap(self, index: usize) -> Tap<'a, C> {
        assert!(index < self.len);
        Tap { taps: self.taps, x: self.start + index }
    }
}

impl<'a, C: Copy> Tap<'a, C> {
    /// The value at an offset.
    #[inline(always)]
    pub(crate) fn at(self, offset: [i32; 3]) -> C {
        let taps = self.taps;
        let [x, y, z] = taps.checked(offset);
        let row = z * (taps.span[1] as usize + 1) + y;
        // SAFETY: `checked` has x, y, z at most `span`, so `row` is an entry of `starts`, which has (span.z +
        // 1)·(span.y + 1). `block` and `tap` have self.x < len, so start + self.x + x < start + len + span.x, which
        // `new` found to be at most `values.len()` for every start.
        unsafe {
            let start = *taps.starts.get_unchecked(row);
            *taps.values.get_unchecked(start + self.x + x)
        }
    }

    /// `len` consecutive values from an offset on.
    #[inline(always)]
    pub(crate) fn run(self, offset: [i32; 3], len: usize) -> &'a [C] {
        let [x, y, z] = self.taps.checked(offset);
        let row = z * (self.taps.span[1] as usize + 1) + y;
        &self.taps.values[self.taps.starts[row] + self.x + x..][..len]
    }

    /// Where the voxel is.
    #[inline(always)]
    pub(crate) fn position(self) -> Position {
        let Position { at: [x, y, z], extent, .. } = self.taps.position;
        Position::new([x + self.x as i32, y, z], extent)
    }

    /// The chord table of a window of the launch.
    ///
    /// # Panics
    /// If the operation's metadata does not name that window.
    pub(crate) fn chords(self, shape: Shape, radius: Radius) -> &'a Chords {
        let Radius(radius) = radius;
        let mut radius = [radius.x, radius.y, radius.z];
        for (radius, extent) in radius.iter_mut().zip(self.taps.position.extent) {
            if extent == 1 {
                *radius = 0;
            }
        }
        let found = self.taps.windows.iter().find(|chords| chords.shape == shape && chords.radius == radius);
        match found {
            Some(chords) => chords,
            None => panic!("the operation does not declare the window {shape:?} of radius {radius:?}"),
        }
    }
}

impl<C> Taps<'_, C> {
    /// An offset, counted from the first tap on.
    #[inline(always)]
    fn checked(&self, offset: [i32; 3]) -> [usize; 3] {
        let from_first = |axis: usize| offset[axis].wrapping_add(self.before[axis]) as u32;
        let [x, y, z] = [from_first(0), from_first(1), from_first(2)];
        if x > self.span[0] || y > self.span[1] || z > self.span[2] {
            outside(offset);
        }
        [x as usize, y as usize, z as usize]
    }
}

#[cold]
#[inline(never)]
fn outside(offset: [i32; 3]) -> ! {
    panic!("the body reads the neighbour at {offset:?}, beyond the halo that was computed for the operation")
}
