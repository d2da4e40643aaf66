//! The neighbours of the voxels of a tile, as slices that are ready to be read.
//!
//! Invariant: for each (dz, dy) of the table and the last row of the tile, `start + before.x + len + after.x` does not
//! exceed the values. [`Taps::new`] checks it once per tile, so that reading a neighbour only has to check its offset: a check that does
//! not depend on the voxel, is hoisted out of the loop over the row and lets that loop be vectorised. This is what the
//! unsafe block is for.
#![allow(unsafe_code, reason = "a bounds check per neighbour would keep every window body from being vectorised")]

use std::sync::Arc;

use kernwerk_codegen::ir::Shape;

use crate::backend::launch::Chords;
use crate::lang::{Position, Radius};

/// The rows of a tile.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    /// Voxels of a row.
    pub(crate) len: usize,
    /// Number of rows.
    pub(crate) rows: usize,
    /// From a row to the next.
    pub(crate) stride: usize,
}

/// The neighbours of a tile.
pub(crate) struct Taps<'a, C> {
    values: &'a [C],
    starts: &'a [usize],
    before: [i32; 3],
    span: [u32; 3],
    tile: Tile,
    /// The first voxel of the tile.
    position: Position,
    windows: &'a [Arc<Chords>],
}

/// Some voxels of a row.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a, C> {
    taps: &'a Taps<'a, C>,
    row: usize,
    start: usize,
    len: usize,
}

/// The neighbours of a voxel.
#[derive(Clone, Copy)]
pub(crate) struct Tap<'a, C> {
    taps: &'a Taps<'a, C>,
    row: usize,
    /// First voxel of the block, and the voxel's place in it. Apart, because the sum would keep a loop over the block from counting in 32
    /// bits.
    start: usize,
    index: usize,
}

impl<'a, C: Copy> Taps<'a, C> {
    /// `starts[(dz + before.z) * (before.y + 1 + after.y) + dy + before.y]` is where the row at (dz, dy) starts in
    /// `values`, `before.x` voxels before the first of the tile.
    ///
    /// # Panics
    /// If a row of the tile does not lie within `values`.
    pub(crate) fn new(
        values: &'a [C],
        starts: &'a [usize],
        [before, after]: [[usize; 3]; 2],
        tile: Tile,
        position: Position,
        windows: &'a [Arc<Chords>],
    ) -> Taps<'a, C> {
        let span: [usize; 3] = std::array::from_fn(|axis| before[axis] + after[axis]);
        assert!(span.iter().all(|&span| span < i32::MAX as usize), "a window does not fit 31 bits");
        assert_eq!(starts.len(), (span[2] + 1) * (span[1] + 1), "one row per offset in y and z");
        let reach = tile.rows.saturating_sub(1) * tile.stride + span[0] + tile.len;
        let last = values.len().checked_sub(reach).expect("a tile fits the values");
        assert!(starts.iter().all(|&start| start <= last), "every row lies within the values");
        let (before, span) = (before.map(|n| n as i32), span.map(|n| n as u32));
        Taps { values, starts, before, span, tile, position, windows }
    }

    /// The same, where the compiler may know that the first so many axes are longer than 1 and the others are not.
    #[inline(always)]
    pub(crate) fn with_axes(&self, axes: usize) -> Taps<'a, C> {
        let Position { at, extent, .. } = self.position;
        let extent = match axes {
            0 => extent,
            _ => std::array::from_fn(|axis| if axis < axes { extent[axis].max(2) } else { 1 }),
        };
        Taps { position: Position::new(at, extent), ..*self }
    }

    /// `len` voxels of a row from `start` on.
    ///
    /// # Panics
    /// If the tile does not have them.
    #[inline(always)]
    pub(crate) fn block(&'a self, row: usize, start: usize, len: usize) -> Block<'a, C> {
        assert!(row < self.tile.rows && start <= self.tile.len && len <= self.tile.len - start);
        Block { taps: self, row, start, len }
    }
}

impl<'a, C> Block<'a, C> {
    /// Number of voxels.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.len
    }

    /// The neighbours of a voxel of the block. In a loop over the block the check costs nothing.
    ///
    /// # Panics
    /// If the block has no such voxel.
    #[inline(always)]
    pub(crate) fn tap(self, index: usize) -> Tap<'a, C> {
        assert!(index < self.len);
        Tap { taps: self.taps, row: self.row, start: self.start, index }
    }
}

impl<'a, C: Copy> Tap<'a, C> {
    /// The value at an offset.
    #[inline(always)]
    pub(crate) fn at(self, offset: [i32; 3]) -> C {
        self.value(self.taps.checked(offset))
    }

    /// The value at an offset; at one beyond the halo, some value within it.
    #[inline(always)]
    pub(crate) fn peek(self, offset: [i32; 3]) -> C {
        self.value(self.taps.held(offset))
    }

    /// The value at an offset that is counted from the first tap on and within the span.
    #[inline(always)]
    fn value(self, [x, y, z]: [usize; 3]) -> C {
        let taps = self.taps;
        let row = z * (taps.span[1] as usize + 1) + y;
        // SAFETY: `held`, through which all offsets come, has x, y, z at most `span`, so `row` is an entry of `starts`, which has (span.z +
        // 1)·(span.y + 1). `block` and `tap` have self.row < rows and self.start + self.index < len, so start + self.row·stride +
        // self.start + self.index + x
        // < start + (rows - 1)·stride + len + span.x, which `new` found to be at most `values.len()` for every start.
        unsafe {
            let start = *taps.starts.get_unchecked(row) + self.row * taps.tile.stride;
            *taps.values.get_unchecked(start + self.start + self.index + x)
        }
    }

    /// `len` consecutive values from an offset on.
    #[inline(always)]
    pub(crate) fn run(self, offset: [i32; 3], len: usize) -> &'a [C] {
        let [x, y, z] = self.taps.checked(offset);
        let row = z * (self.taps.span[1] as usize + 1) + y;
        &self.taps.values[self.taps.starts[row] + self.row * self.taps.tile.stride + self.start + self.index + x..]
            [..len]
    }

    /// Where the voxel is.
    #[inline(always)]
    pub(crate) fn position(self) -> Position {
        let Position { at: [x, y, z], extent, .. } = self.taps.position;
        Position::new([x + self.start as i32 + self.index as i32, y + self.row as i32, z], extent)
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
    ///
    /// That it is within the halo is known from the body's text; with debug assertions it is tested. Otherwise it is only
    /// made to be: an exit from the loop that a condition of the body stands before keeps it from being vectorised.
    #[inline(always)]
    fn checked(&self, offset: [i32; 3]) -> [usize; 3] {
        let held = self.held(offset);
        if cfg!(debug_assertions) && (0..3).any(|axis| held[axis] as i32 - self.before[axis] != offset[axis]) {
            outside(offset);
        }
        held
    }

    /// An offset, counted from the first tap on, or the end of the halo where it is beyond that.
    #[inline(always)]
    fn held(&self, offset: [i32; 3]) -> [usize; 3] {
        let from_first = |axis: usize| offset[axis].wrapping_add(self.before[axis]) as u32;
        let [x, y, z] = [from_first(0), from_first(1), from_first(2)];
        let [x_span, y_span, z_span] = self.span;
        [x.min(x_span) as usize, y.min(y_span) as usize, z.min(z_span) as usize]
    }
}

#[cold]
#[inline(never)]
fn outside(offset: [i32; 3]) -> ! {
    panic!("the body reads the neighbour at {offset:?}, beyond the halo that was computed for the operation")
}
