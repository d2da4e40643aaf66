//! Rows of one input, converted to the compute type, with the boundary applied and a halo on both sides.
//!
//! Rows live in a ring with room for the rows of one window, so that marching along y (or z) converts only the rows
//! that are new. Invariant: after [`RowCache::move_to`], `starts` leads to the rows around that place.

use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Boundary};

use super::scratch::{self, Scratch};
use super::taps::Taps;
use crate::backend::launch::{Chords, Geometry};
use crate::lang::window_row::WindowContext;
use crate::lang::{Compute, Position};

/// Loops over rows run past the end, to a multiple of this, so that they have no scalar tail.
pub(crate) const PADDING: usize = 64;

/// The rows of one input around the current one.
pub(crate) struct RowCache<C: Compute> {
    values: Vec<C>,
    /// The sort keys of `values`; empty until a stage asks for them.
    keys: Vec<C::Key>,
    /// Which row (n, z, y) a slot holds. Slot 0 holds the constant of the boundary.
    tags: Vec<Option<[i64; 3]>>,
    keyed: Vec<bool>,
    /// Where the row at each (dz, dy) starts.
    starts: Vec<usize>,
    stride: usize,
    /// Slots along y and z.
    ring: [usize; 2],
    at: Option<[usize; 3]>,
}

/// The part of the rows that a window covers.
pub(crate) struct Chorded<'a, T> {
    /// The rows.
    pub(crate) values: &'a [T],
    /// For each row, where its first voxel of offset 0 is, and the half-width in x; in raster order.
    pub(crate) rows: Scratch<(usize, usize)>,
    /// Number of voxels to compute, a multiple of [`PADDING`].
    pub(crate) len: usize,
}

impl<C: Compute> RowCache<C> {
    pub(crate) fn new(context: &WindowContext<'_>) -> RowCache<C> {
        let Geometry { global, extent, .. } = context.geometry;
        let window = |axis: usize| context.before[axis] + 1 + context.after[axis];
        let slots = |axis: usize| window(axis).min(global[axis]);
        let ring = [slots(1), slots(2)];
        let stride = (window(0) - 1 + padded(extent[0])).next_multiple_of(16);
        let count = 1 + ring[0] * ring[1];
        let mut values = vec![C::default(); count * stride];
        if let Boundary::Constant(value) = context.boundary {
            values[..stride].fill(C::from_border(value));
        }
        RowCache {
            values,
            keys: Vec::new(),
            tags: vec![None; count],
            keyed: vec![false; count],
            starts: vec![0; window(1) * window(2)],
            stride,
            ring,
            at: None,
        }
    }

    /// Loads the rows around row `at` = (n, z, y) of the output.
    pub(crate) fn move_to(&mut self, context: &WindowContext<'_>, input: usize, at: [usize; 3]) {
        if self.at == Some(at) {
            return;
        }
        self.at = Some(at);
        let [n, z, y] = at;
        let Geometry { global, origin, source, source_extent, .. } = context.geometry;
        let width = context.before[1] + 1 + context.after[1];
        for (entry, start) in self.starts.iter_mut().enumerate() {
            // What tells the row from others, and where it is; `None` for the constant. A window that covers the whole
            // axis has one slot for each row there is; otherwise coordinates outside stay as they are, so that each has
            // its own slot.
            let coordinate = |offset: usize, axis: usize, at: usize| {
                let (extent, before) = (global[axis] as i64, context.before[axis] as i64);
                let unbounded = (origin[axis] + at + offset) as i64 - before;
                let inside = context.boundary.index(unbounded, extent)?;
                // A tile holds only what the body reads; the halo here may be wider than that.
                let held = source[axis] as i64..(source[axis] + source_extent[axis]) as i64;
                held.contains(&inside).then_some(())?;
                Some((if self.ring[axis - 1] == global[axis] { inside } else { unbounded }, inside))
            };
            let rows = (coordinate(entry % width, 1, y), coordinate(entry / width, 2, z));
            let (Some((y, inside_y)), Some((z, inside_z))) = rows else {
                *start = 0;
                continue;
            };
            let [ring_y, ring_z] = self.ring.map(|slots| slots as i64);
            let slot = 1 + (z.rem_euclid(ring_z) * ring_y + y.rem_euclid(ring_y)) as usize;
            *start = slot * self.stride;
            let tag = Some([n as i64, z, y]);
            if self.tags[slot] != tag {
                self.tags[slot] = tag;
                self.keyed[slot] = false;
                fill(
                    context,
                    input,
                    [n, inside_z as usize, inside_y as usize],
                    &mut self.values[*start..][..self.stride],
                );
            }
        }
    }

    /// The neighbours of the voxels of the current row.
    pub(crate) fn taps<'a>(&'a self, context: &'a WindowContext<'_>) -> Taps<'a, C> {
        let Geometry { global, origin, extent, .. } = context.geometry;
        let [_, z, y] = self.at.expect("the cache stands at a row");
        let position = [origin[0], origin[1] + y, origin[2] + z].map(|at| at as i32);
        let position = Position::new(position, global.map(|extent| extent as i32));
        Taps::new(&self.values, &self.starts, [context.before, context.after], extent[0], position, context.windows)
    }

    /// The values that a window covers.
    pub(crate) fn values<'a>(&'a self, context: &WindowContext<'_>, window: Coverage<'_>) -> Chorded<'a, C> {
        Chorded { values: &self.values, rows: self.rows(context, window), len: padded(context.geometry.extent[0]) }
    }

    /// The sort keys that a window covers.
    pub(crate) fn keys<'a>(&'a mut self, context: &WindowContext<'_>, window: Coverage<'_>) -> Chorded<'a, C::Key> {
        self.keys.resize(self.values.len(), C::Key::default());
        for &start in &self.starts {
            let slot = start / self.stride;
            if !self.keyed[slot] {
                self.keyed[slot] = true;
                let row = start..start + self.stride;
                super::extremum::keys(&self.values[row.clone()], &mut self.keys[row]);
            }
        }
        Chorded { values: &self.keys, rows: self.rows(context, window), len: padded(context.geometry.extent[0]) }
    }

    fn rows(&self, context: &WindowContext<'_>, window: Coverage<'_>) -> Scratch<(usize, usize)> {
        let mut rows = scratch::empty();
        let [before_x, before_y, before_z] = context.before;
        let width = before_y + 1 + context.after[1];
        let start = |y: usize, z: usize| self.starts[z * width + y] + before_x;
        match window {
            Coverage::Line(radius) => match context.axis {
                Axis::X => rows.push((start(before_y, before_z), radius)),
                Axis::Y => rows.extend((before_y - radius..=before_y + radius).map(|y| (start(y, before_z), 0))),
                Axis::Z => rows.extend((before_z - radius..=before_z + radius).map(|z| (start(before_y, z), 0))),
            },
            Coverage::Shape(chords) => {
                let [_, ry, rz] = chords.radius.map(|radius| radius as usize);
                let offsets = (0..=2 * rz).flat_map(|z| (0..=2 * ry).map(move |y| (y, z)));
                let filled = chords.half.iter().zip(offsets).filter(|(half, _)| **half >= 0);
                rows.extend(filled.map(|(&half, (y, z))| (start(y + before_y - ry, z + before_z - rz), half as usize)));
            }
        }
        rows
    }
}

/// What a window covers.
#[derive(Clone, Copy)]
pub(crate) enum Coverage<'a> {
    /// This far on both sides along the axis of the pass.
    Line(usize),
    /// The rows of a chord table.
    Shape(&'a Arc<Chords>),
}

/// A row's length with its padding.
pub(crate) fn padded(len: usize) -> usize {
    len.next_multiple_of(PADDING)
}

/// Converts row (n, z, y), in global coordinates inside the image, from `before.x` voxels before the region on.
fn fill<C: Compute>(context: &WindowContext<'_>, input: usize, [n, z, y]: [usize; 3], row: &mut [C]) {
    let Geometry { global, origin, extent, source, source_extent, .. } = context.geometry;
    let image = context.inputs[input];
    let first = ((n * source_extent[2] + (z - source[2])) * source_extent[1] + (y - source[1])) * source_extent[0];
    let voxels = |x: usize, len: usize| image.slice(first + (x - source[0]), len);

    // The global coordinate of row[i] is start + i.
    let start = origin[0] as i64 - context.before[0] as i64;
    let end = (origin[0] + extent[0] + context.after[0]) as i64;
    let held = source[0] as i64..(source[0] + source_extent[0]) as i64;
    let inside = start.max(held.start)..end.min(held.end);
    C::load(
        voxels(inside.start as usize, (inside.end - inside.start) as usize),
        &mut row[(inside.start - start) as usize..(inside.end - start) as usize],
    );
    for x in (start..inside.start).chain(inside.end..end) {
        row[(x - start) as usize] = match (context.boundary.index(x, global[0] as i64), context.boundary) {
            (Some(x), _) if inside.contains(&x) => row[(x - start) as usize],
            (Some(x), _) if held.contains(&x) => {
                let mut voxel = [C::default()];
                C::load(voxels(x as usize, 1), &mut voxel);
                voxel[0]
            }
            (None, Boundary::Constant(value)) => C::from_border(value),
            // Not in the tile, so nothing reads it.
            _ => C::default(),
        };
    }
}
