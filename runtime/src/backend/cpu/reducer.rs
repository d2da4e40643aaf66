//! Reductions with their types erased: what the CPU backend calls for each chunk, list or item.
//!
//! Invariant: the order of steps and merges is the one that `codegen::plan::reduction` lays down, on which all backends
//! agree.

use std::array;
use std::marker::PhantomData;

use kernwerk_codegen::plan::{PROJECTION_CHUNK, REDUCTION_LANES};

use super::scratch;
use super::simd::{self, Task};
use crate::lang::{Compute, Lanes, Position, Raw, RawMut, Reduction, State};

/// Output values that a projection computes side by side.
pub(crate) const COLUMNS: usize = 256;

/// Blocks of columns that are walked together, so that what is read of a plane is longer than a page of memory.
pub(crate) const BLOCKS: usize = 16;

/// Chunks whose lanes are merged together: as many of their lanes as are left when a vector holds no more of one chunk.
pub(crate) const TOGETHER: usize = 8;

/// Rows that the columns of a projection take in one after the other while their states are in registers; divides the length of a run.
const AHEAD: usize = 4;

/// The most slots that a state has.
const MOST_SLOTS: usize = 12;

/// States in memory, slot-major.
#[derive(Clone, Copy)]
pub struct States<'a> {
    pub(crate) values: &'a [u32],
    pub(crate) number: usize,
}

/// Some states in memory to be written: a slice for each slot.
pub(crate) type StatesOut<'a, 'b> = &'a mut [&'b mut [u32]];

/// A [`Reduction`] over voxels of one compute type. Made by [`reduction`].
pub trait CpuReduction: Send + Sync {
    /// Number of slots of the state.
    fn slots(&self) -> usize;
    /// The states of chunks of voxels of a row, in lanes. `chunk` gives the voxels of each and where the first of them is.
    #[doc(hidden)]
    fn chunks<'a>(&self, chunk: &dyn Fn(usize) -> (Raw<'a>, Position), out: StatesOut<'_, '_>);
    /// The results of chunks that are rows.
    #[doc(hidden)]
    fn row_values<'a>(&self, chunk: &dyn Fn(usize) -> (Raw<'a>, Position), count: f32, out: RawMut<'_>);
    /// The state of up to a chunk of states, in lanes.
    #[doc(hidden)]
    fn merge_chunk(&self, states: States<'_>, first: usize, len: usize, out: StatesOut<'_, '_>);
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
    fn label<'a>(
        &self,
        label: u32,
        rows: &mut dyn Iterator<Item = (Raw<'a>, Raw<'a>, Position)>,
        out: StatesOut<'_, '_>,
    );
    /// Consecutive states, merged in order.
    #[doc(hidden)]
    fn merge_all(&self, states: States<'_>, range: std::ops::Range<usize>, out: StatesOut<'_, '_>);
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

/// Writes a state where it belongs.
#[inline]
fn write<S: State>(state: S, out: StatesOut<'_, '_>, index: usize) {
    let mut slots = [0; MOST_SLOTS];
    state.write(&mut slots);
    for (out, bits) in out.iter_mut().zip(slots) {
        out[index] = bits;
    }
}

#[inline(always)]
fn step_right(at: Position, x: usize) -> Position {
    at.right(x)
}

impl<R: Reduction<C>, C: Compute> Erased<R, C> {
    /// The states of up to [`TOGETHER`] chunks; the others are of no voxels.
    fn together<'a>(chunk: impl Fn(usize) -> (Raw<'a>, Position), number: usize) -> Side<R::State> {
        let mut sides: [Side<R::State>; TOGETHER] = array::from_fn(|_| Lanes::filled(R::identity()));
        for (number, side) in sides[..number].iter_mut().enumerate() {
            let (voxels, at) = chunk(number);
            with_values(voxels, |values| simd::wide(Chunk::<R, C> { values, at, side, reduction: PhantomData }));
        }
        simd::wide(Join::<R, C> { sides: &sides, reduction: PhantomData })
    }
}

impl<R: Reduction<C>, C: Compute> CpuReduction for Erased<R, C> {
    fn slots(&self) -> usize {
        R::State::SLOTS
    }

    fn chunks<'a>(&self, chunk: &dyn Fn(usize) -> (Raw<'a>, Position), out: StatesOut<'_, '_>) {
        let len = out.first().map_or(0, |slot| slot.len());
        for first in (0..len).step_by(TOGETHER) {
            let number = TOGETHER.min(len - first);
            let states = Self::together(|number| chunk(first + number), number);
            (0..number).for_each(|number| write(states.get(number), out, first + number));
        }
    }

    fn row_values<'a>(&self, chunk: &dyn Fn(usize) -> (Raw<'a>, Position), count: f32, out: RawMut<'_>) {
        let mut results = scratch::take::<R::Output>(out.bytes.len() / out.dtype.size());
        for (first, results) in (0..).step_by(TOGETHER).zip(results.chunks_mut(TOGETHER)) {
            let states = Self::together(|number| chunk(first + number), results.len());
            for (number, result) in results.iter_mut().enumerate() {
                *result = R::finish(states.get(number), count);
            }
        }
        R::Output::store(&results, out);
    }

    fn merge_chunk(&self, states: States<'_>, first: usize, len: usize, out: StatesOut<'_, '_>) {
        write(simd::wide(MergeChunk::<R, C> { states, first, len, reduction: PhantomData }), out, 0);
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
        let identity = || vec![<Columns<R::State> as Lanes<_, COLUMNS>>::filled(R::identity()); out.len()];
        let (mut all, mut part) = (identity(), identity());
        let mut loaded = scratch::take::<C>(AHEAD * COLUMNS);
        let mut first = along.start;
        while first < along.end {
            // Up to where a run ends.
            let end = along.end.min(first + AHEAD).min((first + 1).next_multiple_of(PROJECTION_CHUNK));
            let last = end.is_multiple_of(PROJECTION_CHUNK) || end == along.end;
            for (number, (part, all)) in part.iter_mut().zip(&mut all).enumerate() {
                let mut rows = [(&[][..], block(first, number).1); AHEAD];
                for ((at, row), loaded) in (first..end).zip(&mut rows).zip(loaded.chunks_exact_mut(COLUMNS)) {
                    let (voxels, position) = block(at, number);
                    *row = (values(voxels, loaded), position);
                }
                if end - first == AHEAD {
                    simd::widest(StepRows::<R, C, AHEAD> { part, rows, reduction: PhantomData });
                } else {
                    for &row in &rows[..end - first] {
                        simd::widest(StepRows::<R, C, 1> { part, rows: [row], reduction: PhantomData });
                    }
                }
                if last {
                    simd::wide(MergeRow::<R, C> { all, part, reduction: PhantomData });
                }
            }
            first = end;
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

    fn label<'a>(
        &self,
        label: u32,
        rows: &mut dyn Iterator<Item = (Raw<'a>, Raw<'a>, Position)>,
        out: StatesOut<'_, '_>,
    ) {
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
        write(plane, out, 0);
    }

    fn merge_all(&self, states: States<'_>, range: std::ops::Range<usize>, out: StatesOut<'_, '_>) {
        write(range.fold(R::identity(), |merged, next| R::merge(merged, states.get(next))), out, 0);
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

/// The voxels in the compute type: as they are where they have it, converted into `to` where not.
#[inline]
fn values<'a, C: Compute>(voxels: Raw<'a>, to: &'a mut [C]) -> &'a [C] {
    if let Some(values) = C::borrowed(voxels) {
        return values;
    }
    let to = &mut to[..voxels.bytes.len() / voxels.dtype.size()];
    C::load(voxels, to);
    to
}

/// As many states as chunks are merged together.
type Side<S> = <S as State>::Lanes<TOGETHER>;

/// The states of a block of columns.
type Columns<S> = <S as State>::Lanes<COLUMNS>;

/// Joins lane `l` with lane `l + M`.
#[inline(always)]
fn halve<R: Reduction<C>, C: Compute, const N: usize, const M: usize>(
    lanes: &<R::State as State>::Lanes<N>,
) -> <R::State as State>::Lanes<M> {
    let mut halves = <R::State as State>::Lanes::<M>::filled(R::identity());
    for lane in 0..M {
        halves.put(lane, R::merge(lanes.get(lane), lanes.get(lane + M)));
    }
    halves
}

/// The same for runs of `2 * HALF` lanes each, of which `a` holds some and `b` those that follow.
#[inline(always)]
fn halve_runs<R: Reduction<C>, C: Compute, const HALF: usize>(
    a: &Side<R::State>,
    b: &Side<R::State>,
) -> Side<R::State> {
    const MIDDLE: usize = TOGETHER / 2;
    let mut halves = Side::<R::State>::filled(R::identity());
    for run in 0..MIDDLE / HALF {
        for lane in run * HALF..(run + 1) * HALF {
            let low = lane + run * HALF;
            halves.put(lane, R::merge(a.get(low), a.get(low + HALF)));
        }
    }
    for run in 0..MIDDLE / HALF {
        for lane in run * HALF..(run + 1) * HALF {
            let low = lane + run * HALF;
            halves.put(MIDDLE + lane, R::merge(b.get(low), b.get(low + HALF)));
        }
    }
    halves
}

/// The lanes of a chunk, merged until there are [`TOGETHER`].
struct Chunk<'a, R: Reduction<C>, C: Compute> {
    values: &'a [C],
    at: Position,
    side: &'a mut Side<R::State>,
    reduction: PhantomData<R>,
}

impl<R: Reduction<C>, C: Compute> Task for Chunk<'_, R, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let mut lanes = <R::State as State>::Lanes::<REDUCTION_LANES>::filled(R::identity());
        let (groups, rest) = self.values.as_chunks::<REDUCTION_LANES>();
        for (group, values) in groups.iter().enumerate() {
            for (lane, &value) in values.iter().enumerate() {
                let at = step_right(self.at, group * REDUCTION_LANES + lane);
                lanes.put(lane, R::step(lanes.get(lane), value, at));
            }
        }
        // By itself, so that the lanes of whole groups stay in registers.
        if !rest.is_empty() {
            for (lane, &value) in rest.iter().enumerate().take(REDUCTION_LANES) {
                let at = step_right(self.at, groups.len() * REDUCTION_LANES + lane);
                lanes.put(lane, R::step(lanes.get(lane), value, at));
            }
        }
        *self.side = halve::<R, C, 16, TOGETHER>(&halve::<R, C, REDUCTION_LANES, 16>(&lanes));
    }
}

/// The rest of that for some chunks, in vectors with the lanes of several.
struct Join<'a, R: Reduction<C>, C: Compute> {
    sides: &'a [Side<R::State>; TOGETHER],
    reduction: PhantomData<R>,
}

impl<R: Reduction<C>, C: Compute> Task for Join<'_, R, C> {
    type Output = Side<R::State>;
    #[inline(always)]
    fn call(self) -> Side<R::State> {
        let [a, b, c, d, e, f, g, h] = self.sides;
        let fours = [
            halve_runs::<R, C, 4>(a, b),
            halve_runs::<R, C, 4>(c, d),
            halve_runs::<R, C, 4>(e, f),
            halve_runs::<R, C, 4>(g, h),
        ];
        let twos = [halve_runs::<R, C, 2>(&fours[0], &fours[1]), halve_runs::<R, C, 2>(&fours[2], &fours[3])];
        halve_runs::<R, C, 1>(&twos[0], &twos[1])
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
        let mut lanes = <R::State as State>::Lanes::<REDUCTION_LANES>::filled(R::identity());
        // What is merged at a time, slot by slot, of a length that is known.
        let mut slots = [[0; REDUCTION_LANES]; MOST_SLOTS];
        for group in (0..self.len).step_by(REDUCTION_LANES) {
            let len = REDUCTION_LANES.min(self.len - group);
            for (slot, words) in slots[..R::State::SLOTS].iter_mut().enumerate() {
                let first = slot * self.states.number + self.first + group;
                words[..len].copy_from_slice(&self.states.values[first..][..len]);
            }
            let mut merge = |lane: usize| {
                let state = R::State::read(&array::from_fn::<_, MOST_SLOTS, _>(|slot| slots[slot][lane]));
                lanes.put(lane, R::merge(lanes.get(lane), state));
            };
            if len == REDUCTION_LANES {
                (0..REDUCTION_LANES).for_each(&mut merge);
            } else {
                (0..len).for_each(&mut merge);
            }
        }
        let eight = halve::<R, C, 16, 8>(&halve::<R, C, REDUCTION_LANES, 16>(&lanes));
        halve::<R, C, 2, 1>(&halve::<R, C, 4, 2>(&halve::<R, C, 8, 4>(&eight))).get(0)
    }
}

/// Takes `ROWS` rows into the states of their columns, one after the other.
struct StepRows<'a, R: Reduction<C>, C: Compute, const ROWS: usize> {
    part: &'a mut Columns<R::State>,
    rows: [(&'a [C], Position); ROWS],
    reduction: PhantomData<R>,
}

impl<R: Reduction<C>, C: Compute, const ROWS: usize> Task for StepRows<'_, R, C, ROWS> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let len = self.rows.iter().map(|(values, _)| values.len()).fold(COLUMNS, usize::min);
        let rows = self.rows.map(|(values, at)| (&values[..len], at));
        for x in 0..len {
            let mut state = self.part.get(x);
            for (values, at) in rows {
                state = R::step(state, values[x], step_right(at, x));
            }
            self.part.put(x, state);
        }
    }
}

/// Joins the states of columns with those of the voxels after them, which begin anew.
struct MergeRow<'a, R: Reduction<C>, C: Compute> {
    all: &'a mut Columns<R::State>,
    part: &'a mut Columns<R::State>,
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
