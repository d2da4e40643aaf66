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

/// Blocks of columns that are walked together, so that what is read of a plane is longer than a page of memory.
pub(crate) const BLOCKS: usize = 16;

/// The most slots that a state has.
const MOST_SLOTS: usize = 12;

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
    /// The results of some blocks of up to [`COLUMNS`] columns along y or z. `block` gives the voxels of all columns of a
    /// block at a global coordinate, given that and the number of the block.
    #[doc(hidden)]
    fn columns<'a>(
        &self,
        along: std::ops::Range<usize>,
        block: &dyn Fn(usize, usize) -> (Raw<'a>, Position),
        count: f32,
        out: &mut [RawMut<'_>],
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
        let mut slots = [0; MOST_SLOTS];
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
        with_values(voxels, |values| {
            simd::wide(Chunk::<R, C> { values, at, reduction: PhantomData }).write(state);
        });
    }

    fn merge_chunk(&self, states: States<'_>, first: usize, len: usize, state: &mut [u32]) {
        simd::wide(MergeChunk::<R, C> { states, first, len, reduction: PhantomData }).write(state);
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
        block: &dyn Fn(usize, usize) -> (Raw<'a>, Position),
        count: f32,
        out: &mut [RawMut<'_>],
    ) {
        let identity = || vec![Lanes::<R::State, COLUMNS>::new(R::identity()); out.len()];
        let (mut all, mut part) = (identity(), identity());
        for at in along.clone() {
            let last = (at + 1) % PROJECTION_CHUNK == 0 || at + 1 == along.end;
            for (number, (part, all)) in part.iter_mut().zip(&mut all).enumerate() {
                let (voxels, position) = block(at, number);
                with_values(voxels, |values| {
                    simd::widest(StepRow::<R, C> { part, values, at: position, reduction: PhantomData });
                });
                if last {
                    simd::wide(MergeRow::<R, C> { all, part, reduction: PhantomData });
                }
            }
        }
        let mut results = scratch::take::<R::Output>(COLUMNS);
        for (all, out) in all.iter().zip(out) {
            let columns = out.bytes.len() / out.dtype.size();
            for (x, result) in results[..columns].iter_mut().enumerate() {
                *result = R::finish(all.get(x), count);
            }
            R::Output::store(&results[..columns], out.slice(0, columns));
        }
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

/// Hands over the voxels in the compute type: as they are where they have it.
#[inline]
fn with_values<C: Compute, T>(voxels: Raw<'_>, f: impl FnOnce(&[C]) -> T) -> T {
    if let Some(values) = C::borrowed(voxels) {
        return f(values);
    }
    let mut values = scratch::take(voxels.bytes.len() / voxels.dtype.size());
    C::load(voxels, &mut values);
    f(&values)
}

/// States side by side: those of one slot as they are, of several slots slot by slot, so that a loop over them loads and
/// stores whole vectors.
#[derive(Clone)]
struct Lanes<S, const N: usize> {
    one: [S; N],
    many: [[u32; N]; MOST_SLOTS],
}

#[allow(clippy::needless_range_loop, reason = "plain indices below constant bounds keep the loops around these simple")]
impl<S: State, const N: usize> Lanes<S, N> {
    #[inline(always)]
    fn new(state: S) -> Lanes<S, N> {
        let mut lanes = Lanes { one: [state; N], many: [[0; N]; MOST_SLOTS] };
        let mut slots = [0; MOST_SLOTS];
        state.write(&mut slots);
        for (lanes, slot) in lanes.many[..S::SLOTS].iter_mut().zip(slots) {
            lanes.fill(slot);
        }
        lanes
    }

    #[inline(always)]
    fn get(&self, lane: usize) -> S {
        if S::SLOTS == 1 {
            return self.one[lane];
        }
        let mut slots = [0; MOST_SLOTS];
        for slot in 0..S::SLOTS {
            slots[slot] = self.many[slot][lane];
        }
        S::read(&slots)
    }

    #[inline(always)]
    fn put(&mut self, lane: usize, state: S) {
        if S::SLOTS == 1 {
            self.one[lane] = state;
            return;
        }
        let mut slots = [0; MOST_SLOTS];
        state.write(&mut slots);
        for slot in 0..S::SLOTS {
            self.many[slot][lane] = slots[slot];
        }
    }
}

/// Joins lane `l` with lane `l + h` for h = 16, 8, 4, 2, 1.
#[inline(always)]
fn merge_lanes<R: Reduction<C>, C: Compute>(mut lanes: Lanes<R::State, REDUCTION_LANES>) -> R::State {
    halve::<R, C, 16>(&mut lanes);
    halve::<R, C, 8>(&mut lanes);
    halve::<R, C, 4>(&mut lanes);
    halve::<R, C, 2>(&mut lanes);
    halve::<R, C, 1>(&mut lanes);
    lanes.get(0)
}

#[inline(always)]
fn halve<R: Reduction<C>, C: Compute, const HALF: usize>(lanes: &mut Lanes<R::State, REDUCTION_LANES>) {
    for lane in 0..HALF {
        lanes.put(lane, R::merge(lanes.get(lane), lanes.get(lane + HALF)));
    }
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
        let mut lanes = Lanes::new(R::identity());
        // Not `as_chunks`: a loop whose length is not known is vectorised, where one of known length would be unrolled into
        // as many steps.
        for (group, values) in self.values.chunks(REDUCTION_LANES).enumerate() {
            #[allow(clippy::needless_range_loop, reason = "the bound tells the compiler that the lane exists")]
            for lane in 0..values.len().min(REDUCTION_LANES) {
                let at = step_right(self.at, group * REDUCTION_LANES + lane);
                lanes.put(lane, R::step(lanes.get(lane), values[lane], at));
            }
        }
        merge_lanes::<R, C>(lanes)
    }
}

/// Some of the states in memory.
struct MergeChunk<'a, R, C> {
    states: States<'a>,
    first: usize,
    len: usize,
    reduction: PhantomData<fn() -> (R, C)>,
}

impl<R: Reduction<C>, C: Compute> Task for MergeChunk<'_, R, C> {
    type Output = R::State;
    #[inline(always)]
    fn call(self) -> R::State {
        let mut lanes = Lanes::new(R::identity());
        for group in (0..self.len).step_by(REDUCTION_LANES) {
            for lane in 0..REDUCTION_LANES.min(self.len - group) {
                let state = self.states.get(self.first + group + lane);
                lanes.put(lane, R::merge(lanes.get(lane), state));
            }
        }
        merge_lanes::<R, C>(lanes)
    }
}

/// Takes a row into the states of its columns.
struct StepRow<'a, R: Reduction<C>, C: Compute> {
    part: &'a mut Lanes<R::State, COLUMNS>,
    values: &'a [C],
    at: Position,
    reduction: PhantomData<R>,
}

impl<R: Reduction<C>, C: Compute> Task for StepRow<'_, R, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for x in 0..self.values.len().min(COLUMNS) {
            let state = R::step(self.part.get(x), self.values[x], step_right(self.at, x));
            self.part.put(x, state);
        }
    }
}

/// Joins the states of columns with those of the voxels after them, which begin anew.
struct MergeRow<'a, R: Reduction<C>, C: Compute> {
    all: &'a mut Lanes<R::State, COLUMNS>,
    part: &'a mut Lanes<R::State, COLUMNS>,
    reduction: PhantomData<R>,
}

impl<R: Reduction<C>, C: Compute> Task for MergeRow<'_, R, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for x in 0..COLUMNS {
            self.all.put(x, R::merge(self.all.get(x), self.part.get(x)));
            self.part.put(x, R::identity());
        }
    }
}
