//! A tile of voxels that a neighborhood body is applied to: some rows of a plane. Invariant: the rows that the body looks at
//! are converted to its compute type, with the boundary applied, before it runs; its neighbours are plain slices.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use kernwerk_codegen::ir::{self, Axis, Boundary, DType, Shape};

use super::convert::Raw;
use super::staged::{BLOCK, Place, Staged};
use super::{Compute, Line, Outputs, PerAxis, Results, Window};
use crate::arguments::Arguments;
use crate::backend::cpu::row_cache::{Chorded, Coverage, RowCache};
use crate::backend::cpu::scratch::{self, Scratch};
use crate::backend::cpu::simd::{Best, Task, Vectors, has_wide_vectors};
use crate::backend::cpu::taps::{Block, Tap, Taps};
use crate::backend::cpu::{extremum, median, mode, sum};
use crate::backend::launch::{Chords, Geometry};

/// What all rows of a launch have in common.
pub(crate) struct WindowContext<'a> {
    pub(crate) op: &'a ir::Op,
    pub(crate) inputs: Vec<Raw<'a>>,
    pub(crate) pixel: DType,
    pub(crate) geometry: Geometry,
    pub(crate) boundary: Boundary,
    pub(crate) arguments: &'a Arguments,
    pub(crate) windows: &'a [Arc<Chords>],
    pub(crate) weights: &'a [Arc<PerAxis<Vec<f32>>>],
    /// The axis of a line.
    pub(crate) axis: Axis,
    /// How far the body looks before and after a voxel, along x, y, z.
    pub(crate) before: [usize; 3],
    pub(crate) after: [usize; 3],
    /// Rows of a tile; the last one of a plane may have fewer.
    pub(crate) rows: usize,
}

/// A tile of voxels: all x of some rows of a plane (n, z).
///
/// For generated code: `stage_…` compute a reducer for the whole tile, `map_…` run the body.
pub struct WindowRow<'a> {
    context: &'a WindowContext<'a>,
    /// One [`RowCache`] per input, of the input's compute type.
    caches: Vec<Option<Box<dyn Any>>>,
    /// The first row (n, z, y) of the tile, in the region.
    at: [usize; 3],
    outputs: Outputs<'a>,
}

/// The cache of an input, standing at a tile.
fn cache<'c, C: Compute>(
    slot: &'c mut Option<Box<dyn Any>>,
    context: &WindowContext<'_>,
    input: usize,
    at: [usize; 3],
    rows: usize,
) -> &'c mut RowCache<C> {
    if !slot.as_ref().is_some_and(|cache| cache.is::<RowCache<C>>()) {
        *slot = Some(Box::new(RowCache::<C>::new(context)));
    }
    let cache = slot.as_mut().and_then(|cache| cache.downcast_mut::<RowCache<C>>()).expect("was just made");
    cache.move_to(context, input, at, rows);
    cache
}

impl<'a> WindowRow<'a> {
    pub(crate) fn new(context: &'a WindowContext<'a>) -> WindowRow<'a> {
        let caches = context.inputs.iter().map(|_| None).collect();
        WindowRow { context, caches, at: [0; 3], outputs: Outputs::new([]) }
    }

    /// Goes to the tile that begins with row (n, z, y) of the region.
    pub(crate) fn move_to(&mut self, at: [usize; 3], outputs: Outputs<'a>) {
        self.at = at;
        self.outputs = outputs;
    }

    /// What `Pixel` stands for.
    pub fn pixel(&self) -> DType {
        self.context.pixel
    }

    /// The values of the parameters.
    pub fn arguments(&self) -> &'a Arguments {
        self.context.arguments
    }

    /// How many axes are longer than 1, if they come before those that are not and this machine has the vector
    /// instructions of [`WideFor`](crate::backend::cpu::simd::WideFor); else 0.
    pub fn axes(&self) -> usize {
        match self.context.geometry.global.map(|extent| extent > 1) {
            [true, true, true] if has_wide_vectors() => 3,
            [true, true, false] if has_wide_vectors() => 2,
            _ => 0,
        }
    }

    /// Rows of the tile.
    fn rows(&self) -> usize {
        self.outputs.len() / self.context.geometry.extent[0]
    }

    fn coverage(&self, window: usize) -> Coverage<'a> {
        let chords = &self.context.windows[window];
        match chords.shape {
            Shape::Line => Coverage::Line(chords.radius[self.context.axis.index()] as usize),
            _ => Coverage::Shape(chords),
        }
    }

    fn window_input(&self, window: usize) -> usize {
        usize::from(self.context.op.windows[window].input)
    }

    fn stage_keys<C: Compute>(
        &mut self,
        window: usize,
        reduce: impl FnOnce(&Chorded<'_, C::Key>, &mut [C::Key]),
    ) -> Staged<C> {
        let (input, coverage) = (self.window_input(window), self.coverage(window));
        let (rows, len) = (self.rows(), self.context.geometry.extent[0]);
        let cache = cache::<C>(&mut self.caches[input], self.context, input, self.at, rows);
        let window = cache.keys(self.context, coverage, rows);
        let mut keys = scratch::take(window.len);
        reduce(&window, &mut keys);
        Staged::new(rows, len, |row, values| extremum::values(&keys[row * window.stride..], values))
    }

    fn stage_sums(
        &mut self,
        input: usize,
        coverage: Coverage<'_>,
        sum: impl FnOnce(&Chorded<'_, f32>) -> Scratch<f32>,
    ) -> Staged<f32> {
        let rows = self.rows();
        let cache = cache::<f32>(&mut self.caches[input], self.context, input, self.at, rows);
        let window = cache.values(self.context, coverage, rows);
        Staged::of(sum(&window), window.stride)
    }

    /// The largest value of a window, in sort order.
    pub fn stage_max<C: Compute>(&mut self, window: usize) -> Staged<C> {
        self.stage_keys(window, extremum::max)
    }

    /// The smallest value of a window, in sort order.
    pub fn stage_min<C: Compute>(&mut self, window: usize) -> Staged<C> {
        self.stage_keys(window, extremum::min)
    }

    /// The value of rank `count / 2` of a window, in sort order.
    pub fn stage_median<C: Compute>(&mut self, window: usize) -> Staged<C> {
        self.stage_keys(window, median::median)
    }

    /// The value of a window that a parameter asks for as a percentile.
    pub fn stage_percentile<C: Compute>(&mut self, window: usize, param: usize) -> Staged<C> {
        let percentile = self.context.arguments.f32(param);
        self.stage_keys(window, |rows, out| {
            let count = rows.rows.iter().map(|&(_, half)| 2 * half + 1).sum();
            median::ranked(rows, super::order::percentile_rank(count, percentile), out);
        })
    }

    /// The most frequent value of a window; of several the smallest.
    pub fn stage_mode<C: Compute>(&mut self, window: usize) -> Staged<C> {
        self.stage_keys(window, mode::mode)
    }

    /// The sum over a window, in raster order.
    pub fn stage_sum(&mut self, window: usize) -> Staged<f32> {
        self.stage_sums(self.window_input(window), self.coverage(window), sum::sum)
    }

    /// The weighted sum over a line, in ascending order.
    pub fn stage_weighted_sum(&mut self, weights: usize) -> Staged<f32> {
        let input = usize::from(self.context.op.weights[weights].input);
        let weights = &self.context.weights[weights][self.context.axis];
        self.stage_sums(input, Coverage::Line(weights.len() / 2), |window| sum::weighted(window, weights))
    }

    /// The number of voxels of a window.
    pub fn stage_count(&mut self, window: usize) -> Staged<f32> {
        let count = match self.coverage(window) {
            Coverage::Line(radius) => 2 * radius + 1,
            Coverage::Shape(chords) => chords.count(),
        };
        Staged::new(self.rows(), self.context.geometry.extent[0], |_, counts| counts.fill(count as f32))
    }
}

/// The voxels of a block: some of a row, each a lane. For generated code.
#[derive(Clone, Copy)]
pub struct WindowBlock<'a, C> {
    block: Block<'a, C>,
    axis: Axis,
    row: usize,
    number: usize,
}

impl<'a, C: Compute> WindowBlock<'a, C> {
    /// Number of lanes, at least one and at most [`BLOCK`].
    #[allow(clippy::len_without_is_empty, reason = "a block is never empty; what may be is who takes part")]
    #[inline(always)]
    pub fn len(self) -> usize {
        self.block.len().min(BLOCK)
    }

    /// The surroundings of a lane's voxel.
    #[inline(always)]
    pub fn window(self, lane: usize) -> Window<'a, C> {
        Window::new(self.block.tap(lane))
    }

    /// The line through a lane's voxel.
    #[inline(always)]
    pub fn line(self, lane: usize) -> Line<'a, C> {
        Line::new(self.block.tap(lane), self.axis)
    }

    /// Where a lane's voxel is in the tile.
    #[inline(always)]
    pub fn place(self, lane: usize) -> Place {
        Place { row: self.row, block: self.number, lane }
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
}

struct MapBlocks<'a, A, R, F, V> {
    vectors: PhantomData<V>,
    axis: Axis,
    taps: &'a Taps<'a, A>,
    /// Voxels of a row.
    len: usize,
    /// The rows behind each other.
    output: &'a mut [R],
    f: F,
}

impl<A: Compute, R: Results, F: Fn(WindowBlock<'_, A>, &mut [R; BLOCK]), V: Vectors> Task
    for MapBlocks<'_, A, R, F, V>
{
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let taps = self.taps.with_axes(V::AXES);
        for (row, output) in self.output.chunks_exact_mut(self.len).enumerate() {
            for (number, output) in output.chunks_mut(BLOCK).enumerate() {
                let len = output.len().min(BLOCK);
                let block = taps.block(row, number * BLOCK, len);
                // A local array, as in `map`.
                let mut results = [R::default(); BLOCK];
                (self.f)(WindowBlock { block, axis: self.axis, row, number }, &mut results);
                output.copy_from_slice(&results[..len]);
            }
        }
    }
}

impl WindowRow<'_> {
    /// Computes the voxels from their surroundings in one input, block by block.
    #[inline]
    pub fn map_blocks_with<V: Vectors, A: Compute, R: Results>(
        &mut self,
        _: V,
        f: impl Fn(WindowBlock<'_, A>, &mut [R; BLOCK]),
    ) {
        let context = self.context;
        let len = context.geometry.extent[0];
        let rows = self.outputs.len() / len;
        let taps = cache::<A>(&mut self.caches[0], context, 0, self.at, rows).taps(context, rows);
        let mut results = scratch::take(rows * len);
        let (output, vectors) = (&mut results[..], PhantomData::<V>);
        V::run(MapBlocks { vectors, axis: context.axis, taps: &taps, len, output, f });
        R::store_all(&results, 0, &mut self.outputs);
    }
}

macro_rules! map {
    (
        $(#[$meta:meta])* $name:ident, $with:ident, $task:ident, $view:ident, |$tap:ident, $axis:ident| $make:expr;
        $($input:ident $letter:ident $number:tt),*
    ) => {
        struct $task<'a, $($letter,)* R, F, V> {
            vectors: PhantomData<V>,
            axis: Axis,
            $($input: &'a Taps<'a, $letter>,)*
            /// Voxels of a row.
            len: usize,
            /// The rows behind each other.
            output: &'a mut [R],
            f: F,
        }

        impl<$($letter: Compute,)* R: Results, Body, V: Vectors> Task for $task<'_, $($letter,)* R, Body, V>
        where
            Body: Fn($($view<'_, $letter>,)* Place) -> R,
        {
            type Output = ();
            #[inline(always)]
            fn call(self) {
                let $axis = self.axis;
                let _ = $axis;
                $(let $input = self.$input.with_axes(V::AXES);)*
                for (row, output) in self.output.chunks_exact_mut(self.len).enumerate() {
                    for (number, output) in output.chunks_mut(BLOCK).enumerate() {
                        let len = output.len().min(BLOCK);
                        $(let $input = $input.block(row, number * BLOCK, len);)*
                        // Nothing can overlap a local array whose address is not taken, so writing to it does not keep
                        // the loop from being vectorised.
                        let mut block = [R::default(); BLOCK];
                        for x in 0..len {
                            $(let $input = { let $tap: Tap<'_, $letter> = $input.tap(x); $make };)*
                            block[x] = (self.f)($($input,)* Place { row, block: number, lane: x });
                        }
                        output.copy_from_slice(&block[..len]);
                    }
                }
            }
        }

        impl WindowRow<'_> {
            $(#[$meta])*
            #[inline]
            pub fn $name<$($letter: Compute,)* R: Results>(&mut self, f: impl Fn($($view<'_, $letter>,)* Place) -> R) {
                self.$with(Best, f);
            }

            $(#[$meta])*
            #[inline]
            pub fn $with<V: Vectors, $($letter: Compute,)* R: Results>(
                &mut self,
                _: V,
                f: impl Fn($($view<'_, $letter>,)* Place) -> R,
            ) {
                let context = self.context;
                let [$($input),*, ..] = &mut self.caches[..] else { unreachable!("the inputs are those of the body") };
                let len = context.geometry.extent[0];
                let rows = self.outputs.len() / len;
                $(let $input = cache::<$letter>($input, context, $number, self.at, rows).taps(context, rows);)*
                let mut results = scratch::take(rows * len);
                let (output, vectors) = (&mut results[..], PhantomData::<V>);
                V::run($task { vectors, axis: context.axis, $($input: &$input,)* len, output, f });
                R::store_all(&results, 0, &mut self.outputs);
            }
        }
    };
}

map!(
    /// Computes each voxel from the surroundings in one input.
    map_windows, map_windows_with, MapWindows, Window, |tap, axis| Window::new(tap); a A 0
);
map!(
    /// Computes each voxel from the surroundings in two inputs.
    map_windows2, map_windows2_with, MapWindows2, Window, |tap, axis| Window::new(tap); a A 0, b B 1
);
map!(
    /// Computes each voxel from the surroundings in three inputs.
    map_windows3, map_windows3_with, MapWindows3, Window, |tap, axis| Window::new(tap); a A 0, b B 1, c C 2
);
map!(
    /// Computes each voxel from the line through one input.
    map_lines, map_lines_with, MapLines, Line, |tap, axis| Line::new(tap, axis); a A 0
);
map!(
    /// Computes each voxel from the lines through two inputs.
    map_lines2, map_lines2_with, MapLines2, Line, |tap, axis| Line::new(tap, axis); a A 0, b B 1
);
