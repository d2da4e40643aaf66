//! Scan launches. Along x a row is a chain, and a few rows are walked side by side; along y and z the chains of neighbouring columns are walked side by side, a block of a row
//! at a time, so that the loop over the block can be vectorised.

use kernwerk_codegen::ir::{Axis, DType};
use kernwerk_codegen::plan;
use rayon::prelude::*;

use super::pointwise::{RUN, par_runs, runs};
use super::simd::{Task, Vectors};
use super::{Images, SEQUENTIAL, row_of, scratch, voxel};
use crate::arguments::Arguments;
use crate::backend::launch::{Geometry, Launch};
use crate::lang::{Compute, Outputs, Position, Results};

/// Columns that are walked side by side.
const BLOCK: usize = 512;

/// A whole scan launch. For generated code: `map_with` runs the body for all of it.
pub struct ScanLaunch<'a> {
    launch: &'a Launch<'a>,
    images: Option<Images<'a>>,
}

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut ScanLaunch<'_>), images: Images<'_>) {
    kernel(&mut ScanLaunch { launch, images: Some(images) });
}

/// Rows whose chains are walked side by side: a step of one need not wait for that of another.
const ROWS: usize = 8;

/// Rows that are one chain each.
struct Chains<'a, C, S, R, F> {
    pixels: &'a [C],
    results: &'a mut [R],
    /// Voxels of a row.
    len: usize,
    /// Of the first voxel of each row.
    positions: &'a [Position; ROWS],
    start: S,
    reverse: bool,
    f: &'a F,
}

impl<C: Copy, S: Copy, R, F: Fn(C, S, Position) -> (R, S)> Task for Chains<'_, C, S, R, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Chains { pixels, results, len, positions, start, reverse, f } = self;
        let mut states = [start; ROWS];
        let (pixels, results) = (&pixels[..ROWS * len], &mut results[..ROWS * len]);
        for k in 0..len {
            let x = if reverse { len - 1 - k } else { k };
            for row in 0..ROWS {
                let [first, y, z] = positions[row].at;
                let position = Position::new([first + x as i32, y, z], positions[row].extent);
                (results[row * len + x], states[row]) = f(pixels[row * len + x], states[row], position);
            }
        }
    }
}

/// One step of the chains of a block.
struct Step<'a, C, S, R, F> {
    pixels: &'a [C],
    results: &'a mut [R],
    states: &'a mut [S],
    position: Position,
    f: &'a F,
}

impl<C: Copy, S: Copy, R, F: Fn(C, S, Position) -> (R, S)> Task for Step<'_, C, S, R, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let [x, y, z] = self.position.at;
        let voxels = self.pixels.iter().zip(self.results).zip(self.states).enumerate();
        for (i, ((pixel, result), state)) in voxels {
            (*result, *state) = (self.f)(*pixel, *state, Position::new([x + i as i32, y, z], self.position.extent));
        }
    }
}

impl ScanLaunch<'_> {
    /// What `Pixel` stands for.
    pub fn pixel(&self) -> DType {
        self.launch.pixel
    }

    /// The values of the parameters.
    pub fn arguments(&self) -> &Arguments {
        self.launch.arguments
    }

    /// Walks all lines: from the state at the start of a line on, the body takes a voxel and the state before it, and returns a result
    /// and the state after it.
    #[inline]
    pub fn map_with<V: Vectors, C: Compute, R: Results, S: Copy + Default + Send + Sync + 'static>(
        &mut self,
        _: V,
        (start, f): (S, impl Fn(C, S, Position) -> (R, S) + Sync),
    ) {
        let Some(Images { inputs, mut outputs }) = self.images.take() else { return };
        let geometry = self.launch.geometry;
        let Geometry { global, origin, extent, .. } = geometry;
        let reverse = self.launch.arguments.bool(plan::reverse_param(&self.launch.op.ir).into());
        let whole = global.map(|extent| extent as i32);
        let Some(outputs) = outputs.take(geometry.voxels()) else { return };
        let load = |n: usize, at: [usize; 3], len: usize| {
            let mut pixels = scratch::take::<C>(len);
            C::load(inputs[0].slice(voxel(&geometry, n, at), len), &mut pixels);
            pixels
        };
        let sequential = geometry.voxels() <= SEQUENTIAL;
        if self.launch.axis == Axis::X {
            let rows = |number: usize, mut outputs: Outputs<'_>| {
                let len = extent[0];
                let rows = outputs.len() / len;
                let (mut pixels, mut results) = (scratch::take::<C>(ROWS * len), scratch::take::<R>(ROWS * len));
                let mut positions = [Position::new([0; 3], whole); ROWS];
                for row in 0..ROWS {
                    // Where there are fewer, the last one is walked several times.
                    let (n, z, y) = row_of(number * ROWS + row.min(rows - 1), extent);
                    let at = [origin[0], origin[1] + y, origin[2] + z];
                    C::load(inputs[0].slice(voxel(&geometry, n, at), len), &mut pixels[row * len..][..len]);
                    positions[row] = Position::new(at.map(|at| at as i32), whole);
                }
                let (pixels, positions) = (&pixels[..], &positions);
                V::run(Chains { pixels, results: &mut results, len, positions, start, reverse, f: &f });
                R::store_all(&results[..rows * len], 0, &mut outputs);
            };
            let voxels = ROWS * extent[0];
            return match sequential {
                true => runs(0, outputs, voxels, &rows),
                false => par_runs(outputs, voxels, (RUN / voxels).max(1), rows),
            };
        }
        let chains = |mut pieces: Vec<Piece<'_>>| {
            if reverse {
                pieces.reverse();
            }
            let mut states = scratch::take::<S>(BLOCK);
            states.fill(start);
            let mut results = scratch::take::<R>(BLOCK);
            for Piece { n, at, mut outputs } in pieces {
                let len = outputs.len();
                let pixels = load(n, at, len);
                let position = Position::new(at.map(|at| at as i32), whole);
                let (results, states) = (&mut results[..len], &mut states[..len]);
                V::run(Step { pixels: &pixels, results: &mut *results, states, position, f: &f });
                R::store_all(results, 0, &mut outputs);
            }
        };
        let columns = columns(outputs, &geometry, self.launch.axis);
        match sequential {
            true => columns.into_iter().for_each(chains),
            false => columns.into_par_iter().for_each(chains),
        }
    }
}

/// A block of a row.
struct Piece<'a> {
    n: usize,
    /// Global coordinates of its first voxel.
    at: [usize; 3],
    outputs: Outputs<'a>,
}

/// The blocks of all rows, those that lie behind each other along the axis (y or z) in one list.
fn columns<'a>(mut outputs: Outputs<'a>, geometry: &Geometry, axis: Axis) -> Vec<Vec<Piece<'a>>> {
    let Geometry { batch, origin, extent, .. } = *geometry;
    let [ex, ey, ez] = extent;
    let across = if axis == Axis::Y { ez } else { ey };
    let blocks = ex.div_ceil(BLOCK);
    let mut columns: Vec<Vec<Piece<'a>>> = Vec::new();
    columns.resize_with(batch * across * blocks, || Vec::with_capacity(extent[axis.index()]));
    for number in 0..batch * ez * ey {
        let (n, z, y) = row_of(number, extent);
        let line = n * across + if axis == Axis::Y { z } else { y };
        for block in 0..blocks {
            let x = block * BLOCK;
            if let Some(outputs) = outputs.take(BLOCK.min(ex - x)) {
                let at = [origin[0] + x, origin[1] + y, origin[2] + z];
                columns[line * blocks + block].push(Piece { n, at, outputs });
            }
        }
    }
    columns
}
