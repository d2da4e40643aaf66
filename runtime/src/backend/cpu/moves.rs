//! Gather launches that only move voxels: flips, crops, margins, transpositions.
//!
//! Input: where the first voxel of the result comes from, and how that place changes along each axis; the compiler knows that this
//! tells it for all (`analysis::evenly_placed`). So a row is a run of the source, forwards, backwards or with a stride, with what the
//! boundary says before and after it. Invariant: places are counted modulo 2³², as the body counts them.

use std::ops::Range;

use kernwerk_codegen::ir::Boundary;

use super::parallel;
use super::pointwise::RUN;
use super::simd::{self, Task};
use super::{SEQUENTIAL, scratch};
use crate::backend::launch::Geometry;
use crate::lang::{Compute, Outputs, Sampler};

/// Rows that are written side by side where the source runs across them: the voxels of a cache line, more or less.
const ACROSS: usize = 16;

/// Where voxels come from.
#[derive(Clone, Copy)]
pub(super) struct Motion {
    /// The place of the first voxel of the region.
    pub(super) first: [i32; 3],
    /// What a step along each axis of the result adds to the place.
    pub(super) steps: [[i32; 3]; 3],
}

impl Motion {
    /// The place of a voxel of the region.
    fn at(&self, voxel: [usize; 3]) -> [i32; 3] {
        std::array::from_fn(|axis| {
            let moved = (0..3).map(|along| self.steps[along][axis].wrapping_mul(voxel[along] as i32));
            moved.fold(self.first[axis], i32::wrapping_add)
        })
    }

    /// The places of first and last voxel if they were not counted modulo 2³², each coordinate by itself.
    fn range(&self, extent: [usize; 3]) -> [[i64; 2]; 3] {
        std::array::from_fn(|axis| {
            let moved = (0..3).map(|along| i64::from(self.steps[along][axis]) * (extent[along] as i64 - 1));
            let first = i64::from(self.first[axis]);
            moved.fold([first, first], |[low, high], moved| [low + moved.min(0), high + moved.max(0)])
        })
    }
}

/// The images of a batch, behind each other.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a, C> {
    pub(super) values: &'a [C],
    pub(super) extent: [usize; 3],
    pub(super) boundary: Boundary,
}

impl<'a, C: Compute> Sources<'a, C> {
    pub(super) fn of(&self, n: usize) -> Sampler<'a, C> {
        let image = self.extent.iter().product::<usize>();
        Sampler::new(&self.values[n * image..][..image], self.extent, self.boundary)
    }
}

/// Rows of the result, behind each other.
struct Rows<'a> {
    n: usize,
    /// Number of the first within the image.
    first: usize,
    outputs: Outputs<'a>,
}

/// Computes the images of a batch.
pub(super) fn run<C: Compute>(geometry: &Geometry, motion: Motion, sources: Sources<'_, C>, mut outputs: Outputs<'_>) {
    let [ex, ey, ez] = geometry.extent;
    let extents = sources.of(0).extents();
    let strides = [1, extents[0] as i64, extents[0] as i64 * extents[1] as i64];
    let distance = |step: [i32; 3]| (0..3).map(|axis| i64::from(step[axis]) * strides[axis]).sum::<i64>();
    let range = motion.range(geometry.extent);
    let counts = range.iter().flatten().all(|&place| i32::try_from(place).is_ok());
    let inside = (0..3).all(|axis| range[axis][0] >= 0 && range[axis][1] < i64::from(extents[axis]));
    let [along, down, behind] = motion.steps.map(distance);
    // How far apart rows are that lie side by side in the source.
    let across = match (inside && along.abs() > 1, down.abs(), behind.abs()) {
        (true, 1, _) if ey > 1 => Some(1),
        (true, _, 1) if ez > 1 => Some(ey),
        _ => None,
    };
    let least = across.map_or(1, |apart| ACROSS * apart);
    let rows = (RUN / ex).max(1).next_multiple_of(least).min(ey * ez);
    let mut units = Vec::new();
    for n in 0..geometry.batch {
        for first in (0..ey * ez).step_by(rows) {
            let Some(outputs) = outputs.take(rows.min(ey * ez - first) * ex) else { return };
            units.push(Rows { n, first, outputs });
        }
    }
    let unit = |mut rows: Rows<'_>| {
        let source = sources.of(rows.n);
        let number = rows.outputs.len() / ex;
        let start = |row: usize| motion.at([0, (rows.first + row) % ey, (rows.first + row) / ey]);
        if let Some(apart) = across {
            let step = if apart == 1 { down } else { behind };
            let mut side_by_side = scratch::take::<C>(ACROSS * ex);
            let mut group = |first: usize, count: usize| {
                let from = (0..3).map(|axis| i64::from(start(first)[axis]) * strides[axis]).sum();
                let out = &mut side_by_side[..];
                simd::widest(Across { values: source.values(), from, along, step, count, out, ex });
                for (row, values) in side_by_side.chunks_exact(ex).take(count).enumerate() {
                    C::store(values, rows.outputs.part(0, (first + row * apart) * ex, ex));
                }
            };
            if apart == 1 {
                let mut first = 0;
                while first < number {
                    let count = ACROSS.min(ey - (rows.first + first) % ey).min(number - first);
                    group(first, count);
                    first += count;
                }
            } else {
                for plane in (0..number / ey).step_by(ACROSS) {
                    (0..ey).for_each(|y| group(plane * ey + y, ACROSS.min(number / ey - plane)));
                }
            }
            return;
        }
        let mut line = scratch::take::<C>(ex);
        for row in 0..number {
            let (at, out) = (start(row), rows.outputs.part(0, row * ex, ex));
            match counts.then(|| run_of(source, at, motion.steps[0], along, ex)).flatten() {
                // All of it as it is.
                Some(Run { inside: Range { start: 0, end }, values }) if end == ex && along == 1 => {
                    C::store(values, out)
                }
                run => {
                    fill_row(source, at, motion.steps[0], along, run, &mut line);
                    C::store(&line, out);
                }
            }
        }
    };
    parallel::units(units, geometry.voxels() <= SEQUENTIAL, &unit);
}

/// The voxels of a row that come from inside the source.
struct Run<'a, C> {
    inside: Range<usize>,
    /// From the first of them in the source to the last.
    values: &'a [C],
}

/// The run of a row whose places do not leave 32 bits, if there is one. `along` is how far apart its voxels are in the source.
fn run_of<'s, C: Compute>(
    source: Sampler<'s, C>,
    at: [i32; 3],
    step: [i32; 3],
    along: i64,
    len: usize,
) -> Option<Run<'s, C>> {
    let extents = source.extents().map(i64::from);
    let (mut first, mut end) = (0, len as i64);
    let mut place = at.map(i64::from);
    for axis in 0..3 {
        let (at, step) = (place[axis], i64::from(step[axis]));
        if step == 0 {
            // The same for the whole row, also where it is not inside.
            place[axis] = source.place(axis, at as i32)? as i64;
            continue;
        }
        // at + i·step is 0 or more, and extent - 1 or less.
        let last = extents[axis] - 1;
        let (low, high) = if step > 0 { (-at, last - at) } else { (at - last, at) };
        first = first.max((low + step.abs() - 1).div_euclid(step.abs()));
        end = end.min(high.div_euclid(step.abs()) + 1);
    }
    if first >= end {
        return None;
    }
    let from = (place[2] * extents[1] + place[1]) * extents[0] + place[0] + first * along;
    let last = from + (end - 1 - first) * along;
    let values = &source.values()[from.min(last) as usize..=from.max(last) as usize];
    Some(Run { inside: first as usize..end as usize, values })
}

/// Writes a row: its run, and what the boundary says before and after that.
fn fill_row<C: Compute>(
    source: Sampler<'_, C>,
    at: [i32; 3],
    step: [i32; 3],
    along: i64,
    run: Option<Run<'_, C>>,
    line: &mut [C],
) {
    let Run { inside, values } = run.unwrap_or(Run { inside: 0..0, values: &[] });
    let voxels = &mut line[inside.clone()];
    match along {
        1 => voxels.copy_from_slice(values),
        -1 => simd::widest(Reversed { from: values, to: voxels }),
        0 => voxels.fill(values.first().copied().unwrap_or_default()),
        2.. => {
            let strided = values.iter().step_by(along as usize);
            voxels.iter_mut().zip(strided).for_each(|(to, &from)| *to = from);
        }
        _ => {
            let strided = values.iter().rev().step_by(along.unsigned_abs() as usize);
            voxels.iter_mut().zip(strided).for_each(|(to, &from)| *to = from);
        }
    }
    if inside.len() == line.len() {
        return;
    }
    // Where the axes lead that do not move; the others are asked voxel by voxel.
    let extents = source.extents().map(|extent| extent as usize);
    let strides = [1, extents[0], extents[0] * extents[1]];
    let mut fixed = Some(0);
    for axis in (0..3).filter(|&axis| step[axis] == 0) {
        fixed = fixed.and_then(|fixed| Some(fixed + source.place(axis, at[axis])? * strides[axis]));
    }
    let Some(fixed) = fixed else { return line.fill(source.outside()) };
    let len = line.len();
    for i in (0..inside.start).chain(inside.end..len) {
        let mut index = Some(fixed);
        for axis in 0..3 {
            if step[axis] != 0 {
                let place = source.place(axis, at[axis].wrapping_add(step[axis].wrapping_mul(i as i32)));
                index = index.and_then(|index| Some(index + place? * strides[axis]));
            }
        }
        line[i] = index.map_or(source.outside(), |index| source.values()[index]);
    }
}

/// Copies a run backwards.
struct Reversed<'a, C> {
    from: &'a [C],
    to: &'a mut [C],
}

impl<C: Compute> Task for Reversed<'_, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (to, &from) in self.to.iter_mut().zip(self.from.iter().rev()) {
            *to = from;
        }
    }
}

/// Some rows whose voxels lie side by side in the source: each cache line is read once for all of them.
struct Across<'a, C> {
    values: &'a [C],
    from: i64,
    /// From a voxel of a row to the next.
    along: i64,
    /// From a row to the next: 1 or -1.
    step: i64,
    count: usize,
    out: &'a mut [C],
    /// Voxels of a row.
    ex: usize,
}

impl<C: Compute> Task for Across<'_, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Across { values, from, along, step, count, out, ex } = self;
        let lowest = if step < 0 { from - (count as i64 - 1) } else { from };
        for x in 0..ex {
            let voxels = &values[(lowest + x as i64 * along) as usize..][..count];
            for (row, &voxel) in voxels.iter().enumerate() {
                let row = if step < 0 { count - 1 - row } else { row };
                out[row * ex + x] = voxel;
            }
        }
    }
}
