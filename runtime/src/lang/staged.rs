//! Results of a reducer for a whole row, computed before the body runs on it.

use std::ops::Index;

use super::Compute;
use crate::backend::cpu::scratch::Scratch;

/// One value for each voxel of the row, by its number in the row.
pub struct Staged<C: Compute>(pub(crate) Scratch<C>);

impl<C: Compute> Index<usize> for Staged<C> {
    type Output = C;

    #[inline(always)]
    fn index(&self, x: usize) -> &C {
        &self.0[x]
    }
}
