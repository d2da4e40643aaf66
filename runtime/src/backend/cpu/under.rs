//! Gather launches whose body loops over neighbours under a kernel: a block of a row at a time, each round for all voxels of the block.
//!
//! The rows of the source are extended by the reach of the kernel once, the boundary applied. So the neighbours of a block in a round are one
//! slice, wherever they lie; which row that is in, a round along x asks once. Invariant: a slice holds what [`Sampler::at`] gives for each voxel.

use super::gather::{GatherLaunch, SourceImage};
use super::parallel::{self, par_runs, runs};
use super::pointwise::RUN;
use super::simd::{Task, Vectors};
use super::{Images, SEQUENTIAL, row_of, scratch};
use crate::backend::launch::Geometry;
use crate::lang::cpu::BLOCK;
use crate::lang::{Compute, Outputs, Position, Results, Sampler, Turned};

/// A source with extended rows, and one row more of what lies outside. For generated code.
pub struct Extended<'a, C: Clone> {
    image: &'a SourceImage<'a, C>,
    values: Vec<C>,
    /// Voxels of a row.
    wide: usize,
    /// The coordinate of the first.
    first: i32,
}

impl<C: Compute> Extended<'_, C> {
    /// What a body sees of it for an image of the batch.
    #[inline]
    pub fn of(&self, n: usize) -> Rows<'_, C> {
        let source = self.image.of(n);
        let [_, height, depth] = source.extents().map(|extent| extent as usize);
        let first_row = self.image.number(n) * height * depth;
        Rows { source, values: &self.values, wide: self.wide, first: self.first, first_row }
    }
}

/// The extended rows of an image of a batch.
#[derive(Clone, Copy)]
pub struct Rows<'a, C> {
    source: Sampler<'a, C>,
    values: &'a [C],
    wide: usize,
    first: i32,
    first_row: usize,
}

impl<'a, C: Compute> Rows<'a, C> {
    /// From the first voxel of a row on, which may lie outside.
    #[inline]
    fn row(self, y: i32, z: i32) -> &'a [C] {
        let height = self.source.extents()[1] as usize;
        let row = match (self.source.place(1, y), self.source.place(2, z)) {
            (Some(y), Some(z)) => self.first_row + z * height + y,
            // What lies outside is behind all others.
            _ => (self.values.len() - BLOCK) / self.wide - 1,
        };
        &self.values[row * self.wide..]
    }
}

/// Some voxels of a row, each a lane. For generated code.
#[derive(Clone, Copy)]
pub struct GatherBlock<'a, C> {
    rows: Rows<'a, C>,
    /// Of the first voxel.
    position: Position,
    len: usize,
}

impl<'a, C: Compute> GatherBlock<'a, C> {
    /// Number of lanes, at least one and at most [`BLOCK`].
    #[allow(clippy::len_without_is_empty, reason = "a block is never empty; what may be is who takes part")]
    #[inline(always)]
    pub fn len(self) -> usize {
        self.len.min(BLOCK)
    }

    /// Where a lane's voxel is.
    #[inline(always)]
    pub fn position(self, lane: usize) -> Position {
        let Position { at: [x, y, z], extent, .. } = self.position;
        // What could overflow would keep the loop over the lanes from being vectorised.
        Position::new([x.wrapping_add(lane as i32), y, z], extent)
    }

    /// For each lane whether it has left; those that there are not have.
    #[inline(always)]
    pub fn mask(self) -> [bool; BLOCK] {
        let mut mask = [false; BLOCK];
        mask[self.len()..].fill(true);
        mask
    }

    /// Whether each lane has left by one of these masks.
    #[inline(always)]
    pub fn is_empty<const N: usize>(self, masks: [&[bool; BLOCK]; N]) -> bool {
        (0..BLOCK).fold(true, |all, lane| all & masks.iter().fold(false, |left, mask| left | mask[lane]))
    }

    /// The neighbours of all lanes under each voxel of a kernel, and that voxel.
    #[inline(always)]
    pub fn rounds<K: Compute>(self, kernel: impl Into<Turned<'a, K>>, reflected: bool) -> Rounds<'a, C, K> {
        let kernel = kernel.into();
        let (weights, step) = kernel.row([0; 2]);
        let (extent, sign) = (kernel.extent(), if reflected { -1 } else { 1 });
        Rounds {
            block: self,
            kernel,
            sign,
            extent,
            next: [0; 2],
            left: 0,
            row: &[],
            start: 0,
            weights,
            weight: 0,
            step,
        }
    }
}

/// See [`GatherBlock::rounds`].
pub struct Rounds<'a, C, K> {
    block: GatherBlock<'a, C>,
    kernel: Turned<'a, K>,
    sign: isize,
    extent: [i32; 3],
    /// The row of the kernel after this one: y, z.
    next: [i32; 2],
    /// Rounds of this one that are to come.
    left: i32,
    /// The neighbours of the first lane in this row, and which is next.
    row: &'a [C],
    start: usize,
    /// The kernel from this row on, which of its voxels is next, and from one to the next.
    weights: &'a [K],
    weight: usize,
    step: usize,
}

impl<C: Compute, K: Compute> Rounds<'_, C, K> {
    /// Goes to the next row of the kernel, if there is one.
    #[inline(never)]
    fn advance(&mut self) -> bool {
        let ([nx, ny, nz], [y, z]) = (self.extent, self.next);
        if z >= nz || nx == 0 || ny == 0 {
            return false;
        }
        let offset = |at: i32, n: i32| self.sign as i32 * (at - n / 2);
        let at = self.block.position.at;
        self.row = self.block.rows.row(at[1].wrapping_add(offset(y, ny)), at[2].wrapping_add(offset(z, nz)));
        self.start = (at[0] - self.block.rows.first + offset(0, nx)) as usize;
        (self.weights, self.step) = self.kernel.row([y, z]);
        (self.weight, self.left) = (0, nx);
        self.next = if y + 1 == ny { [0, z + 1] } else { [y + 1, z] };
        true
    }
}

impl<'a, C: Compute, K: Compute> Iterator for Rounds<'a, C, K> {
    type Item = (&'a [C; BLOCK], K);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 && !self.advance() {
            return None;
        }
        self.left -= 1;
        let neighbors = self.row[self.start..].first_chunk().expect("rows reach as far as the kernel");
        let weight = self.weights[self.weight];
        self.start = self.start.wrapping_add_signed(self.sign);
        self.weight += self.step;
        Some((neighbors, weight))
    }
}

/// A row of the output.
struct MapBlocks<'a, S, C, R, F> {
    sources: S,
    rows: Rows<'a, C>,
    /// Of its first voxel.
    position: Position,
    output: &'a mut [R],
    f: &'a F,
}

impl<S: Copy, C: Compute, R: Results, F: Fn(GatherBlock<'_, C>, S, &mut [R; BLOCK])> Task
    for MapBlocks<'_, S, C, R, F>
{
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (number, output) in self.output.chunks_mut(BLOCK).enumerate() {
            let position = self.position.right(number * BLOCK);
            let mut results = [R::default(); BLOCK];
            (self.f)(GatherBlock { rows: self.rows, position, len: output.len() }, self.sources, &mut results);
            output.copy_from_slice(&results[..output.len()]);
        }
    }
}

impl GatherLaunch<'_> {
    /// A source with its rows extended by the largest of these reaches.
    pub fn extended<'s, C: Compute>(&self, image: &'s SourceImage<'s, C>, reaches: &[usize]) -> Extended<'s, C> {
        let reach = reaches.iter().copied().max().unwrap_or(0);
        let Geometry { origin, extent, .. } = *self.geometry();
        let (wide, first) = (extent[0] + 2 * reach, origin[0] as i32 - reach as i32);
        let source = image.of(0);
        let width = source.extents()[0] as usize;
        let all = image.values();
        let rows = all.len() / width.max(1);
        let mut values = vec![C::default(); (rows + 1) * wide + BLOCK];
        // The columns that both have.
        let inside = first.clamp(0, width as i32)..(first + wide as i32).clamp(0, width as i32);
        let places: Vec<_> = (0..wide as i32)
            .filter(|column| !inside.contains(&(first + column)))
            .map(|column| (column as usize, source.place(0, first + column)))
            .collect();
        let (from, to) = (inside.start as usize, inside.end as usize);
        parallel::chunks(&mut values, wide, (RUN / wide).max(1), &|number, values| {
            let Some(row) = all.get(number * width..(number + 1) * width).filter(|_| number < rows) else {
                return values.fill(source.outside());
            };
            let start = (from as i32 - first) as usize;
            if from < to {
                values[start..start + to - from].copy_from_slice(&row[from..to]);
            }
            for &(column, place) in &places {
                values[column] = place.map_or(source.outside(), |place| row[place]);
            }
        });
        Extended { image, values, wide, first }
    }

    /// Computes each voxel of the output, block by block; the functions give the sources and the extended rows for an image of the batch.
    #[inline]
    pub fn map_blocks_with<'s, V: Vectors, S: Copy, C: Compute, R: Results>(
        &mut self,
        _: V,
        (sources, extended, f): (
            impl Fn(usize) -> S + Sync,
            impl Fn(usize) -> Rows<'s, C> + Sync,
            impl Fn(GatherBlock<'_, C>, S, &mut [R; BLOCK]) + Sync,
        ),
    ) {
        let Some(Images { mut outputs, .. }) = self.take_images() else { return };
        let Geometry { global, origin, extent, .. } = *self.geometry();
        let whole = global.map(|extent| extent as i32);
        let row = |number: usize, mut outputs: Outputs<'_>| {
            let (n, z, y) = row_of(number, extent);
            let position = Position::new([origin[0], origin[1] + y, origin[2] + z].map(|at| at as i32), whole);
            let mut results = scratch::take::<R>(extent[0]);
            V::run(MapBlocks { sources: sources(n), rows: extended(n), position, output: &mut results[..], f: &f });
            R::store_all(&results, 0, &mut outputs);
        };
        let voxels = self.geometry().voxels();
        let Some(outputs) = outputs.take(voxels) else { return };
        if voxels <= SEQUENTIAL / 8 {
            runs(0, outputs, extent[0], &row);
        } else {
            par_runs(outputs, extent[0], (RUN / 16 / extent[0]).max(1), &row);
        }
    }
}
