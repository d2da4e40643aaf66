//! Reductions with their types erased: what the CPU backend calls for each chunk, list or item.
//!
//! Invariant: the order of steps and merges is the one that `codegen::plan::reduction` lays down, on which all backends
//! agree.

use std::marker::PhantomData;

use kernwerk_codegen::plan::{PROJECTION_CHUNK, REDUCTION_LANES};

use super::scratch;
use super::simd::{self, Task};
use crate::lang::{Compute, Position, Raw, RawMut, Reduction, State};

/// Output values that a projection computes side by side.
pub(crate) const COLUMNS: usize = 256;

/// States in memory, slot-major.
#[derive(Clone, Copy)]
pub struct States<'a> {
    pub(crate) values: &'a [u32],
    pub(crate) number: usize,
}

/// A [`Reduction`] over voxels of one compute type. Made by [`reduction`].
pub trait CpuReduction: Send + Sync {
    /// Number of slots of the state.
    fn slots(&self) -> usize;
    /// The state of up to a chunk of voxels of a row, in lanes; `at` is the first.
    #[doc(hidden)]
    fn chunk(&self, voxels: Raw<'_>, at: Position, state: &mut [u32]);
    /// The state of up to a chunk of states, in lanes.
    #[doc(hidden)]
    fn merge_chunk(&self, states: States<'_>, first: usize, len: usize, state: &mut [u32]);
    /// The results of groups of consecutive states; `first` is the number of the first group.
    #[doc(hidden)]
    fn finish(&self, states: States<'_>, first: usize, group: usize, count: f32, out: RawMut<'_>);
    /// The results of up to [`COLUMNS`] columns along y or z. `rows` gives the voxels of all columns at a global
    /// coordinate.
    #[doc(hidden)]
    fn columns<'a>(
        &self,
        along: std::ops::Range<usize>,
        rows: &dyn Fn(usize) -> (Raw<'a>, Position),
        count: f32,
        out: RawMut<'_>,
    );
    /// The state of the voxels of a label in a plane. `rows` gives the labels and voxels of each row of its box.
    #[doc(hidden)]
    fn label<'a>(&self, label: u32, rows: &mut dyn Iterator<Item = (Raw<'a>, Raw<'a>, Position)>, state: &mut [u32]);
    /// Consecutive states, merged in order.
    #[doc(hidden)]
    fn merge_all(&self, states: States<'_>, range: std::ops::Range<usize>, state: &mut [u32]);
    /// The result of a final state as a number.
    fn scalar(&self, state: &[u32], count: f64) -> f64;
}

struct Erased<R, C>(PhantomData<fn() -> (R, C)>);

/// A reduction for the CPU backend.
pub fn reduction<R: Reduction<C>, C: Compute>() -> &'static dyn CpuReduction {
    const { &Erased::<R, C>(PhantomData) }
}

impl States<'_> {
    fn get<S: State>(self, index: usize) -> S {
        let mut slots = [0; 12];
        for (slot, bits) in slots[..S::SLOTS].iter_mut().enumerate() {
            *bits = self.values[slot * self.number + index];
        }
        S::read(&slots)
    }
}

#[inline(always)]
fn step_right(at: Position, x: usize) -> Position {
    at.right(x)
}

impl<R: Reduction<C>, C: Compute> CpuReduction for Erased<R, C> {
    fn slots(&self) -> usize {
        R::State::SLOTS
    }

    fn chunk(&self, voxels: Raw<'_>, at: Position, state: &mut [u32]) {
        let mut values = scratch::take(voxels.bytes.len() / voxels.dtype.size());
        C::load(voxels, &mut values);
        simd::wide(Chunk::<R, C> { values: &values, at, reduction: PhantomData }).write(state);
    }

    fn merge_chunk(&self, states: States<'_>, first: usize, len: usize, state: &mut [u32]) {
        let mut lanes = [R::identity(); REDUCTION_LANES];
        for i in 0..len {
            let lane = &mut lanes[i % REDUCTION_LANES];
            *lane = R::merge(*lane, states.get(first + i));
        }
        merge_lanes::<R, C>(lanes).write(state);
    }

    fn finish(&self, states: States<'_>, first: usize, group: usize, count: f32, out: RawMut<'_>) {
        let results: Vec<_> = (first..first + out.bytes.len() / out.dtype.size())
            .map(|output| {
                let all = output * group..(output + 1) * group;
                let merged = all.map(|state| states.get(state)).reduce(R::merge).unwrap_or_else(R::identity);
                R::finish(merged, count)
            })
            .collect();
        R::Output::store(&results, out);
    }

    fn columns<'a>(
        &self,
        along: std::ops::Range<usize>,
        rows: &dyn Fn(usize) -> (Raw<'a>, Position),
        count: f32,
        out: RawMut<'_>,
    ) {
        let columns = out.bytes.len() / out.dtype.size();
        let mut values = [C::default(); COLUMNS];
        let (mut all, mut part) = ([R::identity(); COLUMNS], [R::identity(); COLUMNS]);
        for at in along.clone() {
            let (voxels, position) = rows(at);
            C::load(voxels, &mut values);
            simd::wide(StepRow::<R, C> { part: &mut part[..columns], values: &values[..columns], at: position });
            if (at + 1) % PROJECTION_CHUNK == 0 || at + 1 == along.end {
                for (all, part) in all[..columns].iter_mut().zip(&mut part) {
                    *all = R::merge(*all, *part);
                    *part = R::identity();
                }
            }
        }
        let results: Vec<_> = all[..columns].iter().map(|&state| R::finish(state, count)).collect();
        R::Output::store(&results, out);
    }

    fn label<'a>(&self, label: u32, rows: &mut dyn Iterator<Item = (Raw<'a>, Raw<'a>, Position)>, state: &mut [u32]) {
        let (mut labels, mut values) = (scratch::empty(), scratch::empty());
        let mut plane = R::identity();
        for (row_labels, row_values, at) in rows {
            let len = row_labels.bytes.len() / row_labels.dtype.size();
            labels.resize(len, 0u32);
            values.resize(len, C::default());
            u32::load(row_labels, &mut labels);
            C::load(row_values, &mut values);
            let mut row = R::identity();
            for (x, (&found, &value)) in labels.iter().zip(values.iter()).enumerate() {
                if found == label {
                    row = R::step(row, value, step_right(at, x));
                }
            }
            plane = R::merge(plane, row);
        }
        plane.write(state);
    }

    fn merge_all(&self, states: States<'_>, range: std::ops::Range<usize>, state: &mut [u32]) {
        range.fold(R::identity(), |merged, next| R::merge(merged, states.get(next))).write(state);
    }

    fn scalar(&self, state: &[u32], count: f64) -> f64 {
        R::scalar(R::State::read(state), count)
    }
}

/// Joins lane `l` with lane `l + h` for h = 16, 8, 4, 2, 1.
#[inline(always)]
fn merge_lanes<R: Reduction<C>, C: Compute>(mut lanes: [R::State; REDUCTION_LANES]) -> R::State {
    let mut half = REDUCTION_LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = R::merge(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

struct Chunk<'a, R, C> {
    values: &'a [C],
    at: Position,
    reduction: PhantomData<R>,
}

impl<R: Reduction<C>, C: Compute> Task for Chunk<'_, R, C> {
    type Output = R::State;
    #[inline(always)]
    fn call(self) -> R::State {
        let mut lanes = [R::identity(); REDUCTION_LANES];
        // Not `as_chunks`: a loop whose length is not known is vectorised, also over states of several slots, where one
        // of known length would be unrolled into as many steps.
        for (group, values) in self.values.chunks(REDUCTION_LANES).enumerate() {
            for (lane, (state, &value)) in lanes.iter_mut().zip(values).enumerate() {
                *state = R::step(*state, value, step_right(self.at, group * REDUCTION_LANES + lane));
            }
        }
        merge_lanes::<R, C>(lanes)
    }
}

struct StepRow<'a, R: Reduction<C>, C: Compute> {
    part: &'a mut [R::State],
    values: &'a [C],
    at: Position,
}

impl<R: Reduction<C>, C: Compute> Task for StepRow<'_, R, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (x, (state, &value)) in self.part.iter_mut().zip(self.values).enumerate() {
            *state = R::step(*state, value, step_right(self.at, x));
        }
    }
}
