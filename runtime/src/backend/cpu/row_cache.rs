//! Rows of one input, converted to the compute type, with the boundary applied and a halo on all sides.
//!
//! The rows of a tile and those above and below it lie behind each other, so that the values at one offset from all voxels
//! of the tile are one slice (with some values between the rows that mean nothing). Planes live in a ring with room for
//! one window, so that marching along z converts only the plane that is new. Invariant: after [`RowCache::move_to`],
//! `starts` leads to the rows around that tile.

use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Boundary};

use super::scratch::{self, Scratch};
use super::taps::{Taps, Tile};
use super::windows::is_direct;
use crate::backend::launch::{Chords, Geometry};
use crate::lang::window_row::WindowContext;
use crate::lang::{Compute, Position};

/// Loops over tiles run past the end, to a multiple of this, so that they have no scalar tail.
pub(crate) const PADDING: usize = 128;

/// The rows of one input around the current tile.
pub(crate) struct RowCache<C: Compute> {
    values: Vec<C>,
    /// The sort keys of `values`; empty until a stage asks for them.
    keys: Vec<C::Key>,
    /// Which rows a slot holds: of plane (n, z), around the tile that begins in row y. Slot 0 holds what is outside.
    tags: Vec<Option<[i64; 3]>>,
    keyed: Vec<bool>,
    /// For each (dz, dy), where the row at this offset from the first row of the tile starts.
    starts: Vec<usize>,
    /// From a row to the next.
    stride: usize,
    /// From a slot to the next.
    plane: usize,
    /// Slots along z.
    ring: usize,
    /// A tile is one row, and the rows of a slot are those of the plane, not those around the tile.
    direct: bool,
    at: Option<[usize; 3]>,
}

/// The part of the rows that a window covers.
pub(crate) struct Chorded<'a, T> {
    /// The rows. They go on for at least [`PADDING`] after what any loop reads.
    pub(crate) values: &'a [T],
    /// For each row of the window, where the first voxel of offset 0 is, and the half-width in x; in raster order.
    pub(crate) rows: Scratch<(usize, usize)>,
    /// Number of values to compute, a multiple of [`PADDING`]: the tile from its first voxel to its last, with what is
    /// between the rows.
    pub(crate) len: usize,
    /// From a row of the tile to the next.
    pub(crate) stride: usize,
}

impl<C: Compute> RowCache<C> {
    pub(crate) fn new(context: &WindowContext<'_>) -> RowCache<C> {
        let Geometry { global, extent, .. } = context.geometry;
        let window: [usize; 3] = std::array::from_fn(|axis| context.before[axis] + 1 + context.after[axis]);
        let direct = is_direct(global, window);
        let ring = window[2].min(global[2]);
        // An odd number of cache lines: the rows of a window do not compete for the same lines of the cache.
        let stride = ((window[0] - 1 + extent[0]).div_ceil(16) | 1) * 16;
        let plane = stride * if direct { global[1] } else { context.rows + window[1] - 1 };
        let mut values = vec![C::default(); (1 + ring) * plane + 2 * PADDING];
        if let Boundary::Constant(value) = context.boundary {
            values[..plane].fill(C::from_border(value));
        }
        RowCache {
            values,
            keys: Vec::new(),
            tags: vec![None; 1 + ring],
            keyed: vec![false; 1 + ring],
            starts: vec![0; window[1] * window[2]],
            stride,
            plane,
            ring,
            direct,
            at: None,
        }
    }

    /// Loads the rows around the tile of so many rows from row `at` = (n, z, y) of the region on.
    pub(crate) fn move_to(&mut self, context: &WindowContext<'_>, input: usize, at: [usize; 3], rows: usize) {
        if self.at == Some(at) {
            return;
        }
        self.at = Some(at);
        let [n, z, y] = at;
        let Geometry { global, origin, .. } = context.geometry;
        let height = context.before[1] + 1 + context.after[1];
        // What tells a row or plane from others, and where it is; `None` for the constant. In a ring that holds the whole
        // axis there is a slot for each plane there is; otherwise coordinates outside stay as they are, so that each has its
        // own slot.
        for (dz, starts) in self.starts.chunks_exact_mut(height).enumerate() {
            let unbounded = (origin[2] + z + dz) as i64 - context.before[2] as i64;
            let inside = held(context, 2, unbounded);
            let slot = inside.map_or(0, |inside| {
                let tagged = if self.ring == global[2] { inside as i64 } else { unbounded };
                let slot = 1 + tagged.rem_euclid(self.ring as i64) as usize;
                let tag = Some([n as i64, tagged, if self.direct { 0 } else { y as i64 }]);
                if self.tags[slot] != tag {
                    self.tags[slot] = tag;
                    self.keyed[slot] = false;
                    let slot = &mut self.values[slot * self.plane..][..self.plane];
                    // The global coordinate of the slot's first row, and how many there are.
                    let (first, rows) = match self.direct {
                        true => (0, global[1]),
                        false => ((origin[1] + y) as i64 - context.before[1] as i64, rows + height - 1),
                    };
                    for (row, at) in slot.chunks_exact_mut(self.stride).take(rows).zip(first..) {
                        match (held(context, 1, at), context.boundary) {
                            (Some(at), _) => fill(context, input, [n, inside, at], row),
                            (None, Boundary::Constant(value)) => row.fill(C::from_border(value)),
                            (None, _) => row.fill(C::default()),
                        }
                    }
                }
                slot
            });
            for (dy, start) in starts.iter_mut().enumerate() {
                *start = if !self.direct {
                    slot * self.plane + dy * self.stride
                } else {
                    let unbounded = (origin[1] + y + dy) as i64 - context.before[1] as i64;
                    held(context, 1, unbounded).map_or(0, |inside| slot * self.plane + inside * self.stride)
                };
            }
        }
    }

    /// The neighbours of the voxels of the current tile, which has so many rows.
    pub(crate) fn taps<'a>(&'a self, context: &'a WindowContext<'_>, rows: usize) -> Taps<'a, C> {
        let Geometry { global, origin, extent, .. } = context.geometry;
        let [_, z, y] = self.at.expect("the cache stands at a tile");
        let position = [origin[0], origin[1] + y, origin[2] + z].map(|at| at as i32);
        let position = Position::new(position, global.map(|extent| extent as i32));
        let tile = Tile { len: extent[0], rows, stride: self.stride };
        Taps::new(&self.values, &self.starts, [context.before, context.after], tile, position, context.windows)
    }

    /// The values that a window covers.
    pub(crate) fn values<'a>(
        &'a self,
        context: &WindowContext<'_>,
        window: Coverage<'_>,
        rows: usize,
    ) -> Chorded<'a, C> {
        let len = self.len(context, rows);
        Chorded { values: &self.values, rows: self.rows(context, window), len, stride: self.stride }
    }

    /// Values from the first voxel of a tile to its last.
    fn len(&self, context: &WindowContext<'_>, rows: usize) -> usize {
        ((rows - 1) * self.stride + context.geometry.extent[0]).next_multiple_of(PADDING)
    }

    /// The sort keys that a window covers.
    pub(crate) fn keys<'a>(
        &'a mut self,
        context: &WindowContext<'_>,
        window: Coverage<'_>,
        rows: usize,
    ) -> Chorded<'a, C::Key> {
        self.keys.resize(self.values.len(), C::Key::default());
        for &start in &self.starts {
            let slot = start / self.plane;
            if !self.keyed[slot] {
                self.keyed[slot] = true;
                let slot = slot * self.plane..(slot + 1) * self.plane;
                super::extremum::keys(&self.values[slot.clone()], &mut self.keys[slot]);
            }
        }
        let len = self.len(context, rows);
        Chorded { values: &self.keys, rows: self.rows(context, window), len, stride: self.stride }
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

/// The coordinate inside the image that stands for a global one along y or z; `None` where that is a constant or not held.
fn held(context: &WindowContext<'_>, axis: usize, unbounded: i64) -> Option<usize> {
    let Geometry { global, source, source_extent, .. } = context.geometry;
    let inside = context.boundary.index(unbounded, global[axis] as i64)? as usize;
    // A tile of an image holds only what the body reads; the halo here may be wider than that.
    (source[axis]..source[axis] + source_extent[axis]).contains(&inside).then_some(inside)
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
