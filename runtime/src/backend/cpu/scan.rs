//! Scan launches. Neighbouring lines are walked side by side, so that the loop over them can be vectorised: along y and z a block of a row at
//! a time, along x some rows that are transposed tile by tile.

use kernwerk_codegen::ir::{Axis, Boundary, DType};
use kernwerk_codegen::plan;

use super::parallel::{self, par_runs, runs};
use super::pointwise::RUN;
use super::simd::{Task, Vectors};
use super::{Images, SEQUENTIAL, row_of, scratch, voxel};
use crate::arguments::Arguments;
use crate::backend::launch::{Geometry, Launch};
use crate::lang::parts::LANES;
use crate::lang::{Outputs, Parts, Position, Raw, Results, Voxels};

/// Columns that are walked side by side.
const BLOCK: usize = 8 * LANES;

/// Voxels of some rows that are transposed at once: some cache lines of each row, which are on their way together.
const TILE: usize = 64;

/// A whole scan launch. For generated code: `map_with` runs the body for all of it.
pub struct ScanLaunch<'a> {
    launch: &'a Launch<'a>,
    images: Option<Images<'a>>,
}

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut ScanLaunch<'_>), images: Images<'_>) {
    kernel(&mut ScanLaunch { launch, images: Some(images) });
}

/// Some steps of lines that lie side by side: of all lines of a row, or along some voxels of the lines of one block.
struct Walk<'a, C: Voxels, S: Parts, R, F> {
    voxels: &'a C::Rows,
    results: &'a mut [R],
    states: &'a mut [S::Block],
    /// Lines of a block, at most [`LANES`]; the last block of a row may have fewer.
    lines: usize,
    /// Whether all steps are of one block.
    along: bool,
    reverse: bool,
    /// The coordinates of each line of a block, apart from those of the step.
    lanes: &'a [[i32; 3]; LANES],
    first: [i32; 3],
    extent: [i32; 3],
    /// A copy: what it holds is then known not to lie where results go.
    f: F,
}

impl<C: Voxels, S: Parts, R, F: Fn(C, S, Position) -> (R, S) + Copy> Task for Walk<'_, C, S, R, F> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Walk { voxels, results, states, lines, along, reverse, lanes, first, extent, f } = self;
        let steps = results.len().div_ceil(LANES);
        for step in 0..steps {
            let step = if reverse { steps - 1 - step } else { step };
            let start = step * LANES;
            let lines = lines.min(results.len() - start).min(LANES);
            let (block, x) = if along { (0, step) } else { (step, start) };
            let (block, results) = (&mut states[block], &mut results[start..start + lines]);
            let run = C::run(voxels, start, lines);
            for line in 0..lines {
                let [dx, y, z] = lanes[line];
                let at = [first[0] + x as i32 + dx, first[1] + y, first[2] + z];
                let (result, state) = f(C::at(&run, line), S::get(block, line), Position::new(at, extent));
                results[line] = result;
                state.put(block, line);
            }
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

    /// Walks all lines: from the state at the start of a line on, which comes of what lies before it, the body takes the voxel of each image
    /// and the state before it, and returns a result and the state after it.
    #[inline]
    pub fn map_with<V: Vectors, C: Voxels, R: Results, S: Parts>(
        &mut self,
        _: V,
        (start, f): (impl Fn(C) -> S + Sync, impl Fn(C, S, Position) -> (R, S) + Copy + Sync),
    ) {
        let Some(Images { inputs, mut outputs }) = self.images.take() else { return };
        let geometry = self.launch.geometry;
        let Geometry { global, extent, .. } = geometry;
        let Some(outputs) = outputs.take(geometry.voxels()) else { return };
        let lines = Lines {
            inputs: &inputs,
            geometry,
            reverse: self.launch.arguments.bool(plan::reverse_param(&self.launch.op.ir).into()),
            boundary: self.launch.boundary,
            whole: global.map(|extent| extent as i32),
        };
        let sequential = geometry.voxels() <= SEQUENTIAL;
        if self.launch.axis == Axis::X {
            let rows = |number: usize, outputs: Outputs<'_>| lines.rows::<V, C, S, R, _>(number, outputs, &start, f);
            let voxels = LANES * extent[0];
            return match sequential {
                true => runs(0, outputs, voxels, &rows),
                false => par_runs(outputs, voxels, (RUN / voxels).max(1), &rows),
            };
        }
        let chains = |pieces: Vec<Piece<'_>>| lines.columns::<V, C, S, R, _>(pieces, &start, f);
        let columns = columns(outputs, &geometry, self.launch.axis);
        parallel::units(columns, sequential, &chains);
    }
}

/// Where the lines of a launch lie.
struct Lines<'a> {
    inputs: &'a [Raw<'a>],
    geometry: Geometry,
    reverse: bool,
    boundary: Boundary,
    /// Extents of the whole image.
    whole: [i32; 3],
}

impl Lines<'_> {
    /// What lies before the line whose first voxel, counted from the side from which it is walked, has that index.
    fn before<C: Voxels>(&self, index: usize) -> C {
        match self.boundary {
            Boundary::Constant(value) => C::from_border(value),
            _ => C::load_one(self.inputs, index),
        }
    }

    /// Walks some rows, of which `number` says which.
    fn rows<V: Vectors, C: Voxels, S: Parts, R: Results, F: Fn(C, S, Position) -> (R, S) + Copy>(
        &self,
        number: usize,
        mut outputs: Outputs<'_>,
        start: &dyn Fn(C) -> S,
        f: F,
    ) {
        let Geometry { origin, extent, .. } = self.geometry;
        let len = extent[0];
        let rows = outputs.len() / len;
        let (mut row, mut voxels) = (C::rows(LANES * TILE), C::rows(LANES * TILE));
        let (mut results, mut finished) = (scratch::take::<R>(LANES * TILE), scratch::take::<R>(TILE));
        let mut states = [S::Block::default()];
        let (mut lanes, mut firsts) = ([[0; 3]; LANES], [0; LANES]);
        for lane in 0..rows {
            let (n, z, y) = row_of(number * LANES + lane, extent);
            let at = [origin[0], origin[1] + y, origin[2] + z];
            firsts[lane] = voxel(&self.geometry, n, at);
            lanes[lane] = [0, at[1] as i32, at[2] as i32];
            start(self.before(firsts[lane] + if self.reverse { len - 1 } else { 0 })).put(&mut states[0], lane);
        }
        let tiles = len.div_ceil(TILE);
        for tile in 0..tiles {
            let from = TILE * if self.reverse { tiles - 1 - tile } else { tile };
            let width = TILE.min(len - from);
            for (lane, &first) in firsts[..rows].iter().enumerate() {
                C::load(self.inputs, first + from, width, &mut row, lane * TILE);
            }
            for lane in 0..rows {
                for x in 0..width {
                    C::copy(&row, lane * TILE + x, &mut voxels, x * LANES + lane);
                }
            }
            V::run(Walk {
                voxels: &voxels,
                results: &mut results[..width * LANES],
                states: &mut states,
                lines: rows,
                along: true,
                reverse: self.reverse,
                lanes: &lanes,
                first: [(origin[0] + from) as i32, 0, 0],
                extent: self.whole,
                f,
            });
            for lane in 0..rows {
                for (x, finished) in finished[..width].iter_mut().enumerate() {
                    *finished = results[x * LANES + lane];
                }
                R::store_all(&finished[..width], lane * len + from, &mut outputs);
            }
        }
    }

    /// Walks a block of columns, row by row.
    fn columns<V: Vectors, C: Voxels, S: Parts, R: Results, F: Fn(C, S, Position) -> (R, S) + Copy>(
        &self,
        mut pieces: Vec<Piece<'_>>,
        start: &dyn Fn(C) -> S,
        f: F,
    ) {
        if self.reverse {
            pieces.reverse();
        }
        let Some(len) = pieces.first().map(|piece| piece.outputs.len()) else { return };
        let mut states = scratch::take::<S::Block>(BLOCK / LANES);
        let first = voxel(&self.geometry, pieces[0].n, pieces[0].at);
        for line in 0..len {
            start(self.before(first + line)).put(&mut states[line / LANES], line % LANES);
        }
        let lanes: [[i32; 3]; LANES] = std::array::from_fn(|lane| [lane as i32, 0, 0]);
        let (mut voxels, mut results) = (C::rows(len), scratch::take::<R>(len));
        for Piece { n, at, mut outputs } in pieces {
            C::load(self.inputs, voxel(&self.geometry, n, at), len, &mut voxels, 0);
            V::run(Walk {
                voxels: &voxels,
                results: &mut results,
                states: &mut states,
                lines: LANES,
                along: false,
                reverse: false,
                lanes: &lanes,
                first: at.map(|at| at as i32),
                extent: self.whole,
                f,
            });
            R::store_all(&results, 0, &mut outputs);
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
