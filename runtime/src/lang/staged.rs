//! Results of a reducer for a whole tile, computed before the body runs on it.

use std::ops::Index;

use super::Compute;
use crate::backend::cpu::scratch::{self, Scratch};

/// Voxels that a body computes in one go.
pub const BLOCK: usize = 128;

/// The number of a voxel among those of a tile. Each row of the tile begins a new block: within a block no reading of a
/// [`Staged`] has to be checked, so that the loop over it can be vectorised.
#[derive(Clone, Copy)]
pub struct Place {
    pub(crate) row: usize,
    /// Of the row.
    pub(crate) block: usize,
    pub(crate) lane: usize,
}

/// One value for each voxel of the tile.
pub struct Staged<C: Compute> {
    values: Scratch<C>,
    /// From a row to the next.
    stride: usize,
}

impl<C: Compute> Staged<C> {
    /// Values for the rows of a tile; `fill` writes those of each row, given its number.
    pub(crate) fn new(rows: usize, len: usize, fill: impl Fn(usize, &mut [C])) -> Staged<C> {
        let padded = len.next_multiple_of(BLOCK);
        let mut values = scratch::take(rows * padded);
        for (number, row) in values.chunks_exact_mut(padded).enumerate() {
            fill(number, &mut row[..len]);
        }
        Staged { values, stride: padded }
    }

    /// Values that are there already, of rows that are so far apart.
    pub(crate) fn of(mut values: Scratch<C>, stride: usize) -> Staged<C> {
        // The last block of a row may have fewer.
        let len = values.len() + BLOCK;
        values.resize(len, C::default());
        Staged { values, stride }
    }
}

impl<C: Compute> Index<Place> for Staged<C> {
    type Output = C;

    #[inline(always)]
    fn index(&self, place: Place) -> &C {
        let block = self.values[place.row * self.stride + place.block * BLOCK..].first_chunk::<BLOCK>();
        &block.expect("values go on for a block")[place.lane]
    }
}
