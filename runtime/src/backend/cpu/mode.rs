//! Modes of windows, for all voxels of some rows, as sort keys: the most frequent key, and of several the smallest.
//!
//! The keys of a window are sorted by a network (Batcher's merge exchange), the same for every voxel, so that blocks of voxels go through
//! in step; then runs of equal keys are counted. Invariant: what comes out does not depend on the order in which equal keys end up.

use super::row_cache::Chorded;
use super::scratch;
use super::simd::{self, Task};
use crate::lang::Key;

/// Voxels that are sorted in step.
const LANES: usize = 32;

/// The modes of the windows.
pub(crate) fn mode<K: Key>(window: &Chorded<'_, K>, out: &mut [K]) {
    let mut taps = scratch::empty();
    taps.extend(window.rows.iter().flat_map(|&(start, half)| start - half..=start + half));
    simd::widest(Sort { values: window.values, taps: &taps, out });
}

struct Sort<'a, K> {
    values: &'a [K],
    taps: &'a [usize],
    out: &'a mut [K],
}

impl<K: Key> Task for Sort<'_, K> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Sort { values, taps, out } = self;
        let mut keys = vec![[K::ZERO; LANES]; taps.len()];
        for (number, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            for (keys, start) in keys.iter_mut().zip(taps) {
                *keys = *values[start + number * LANES..].first_chunk().expect("rows are padded to whole blocks");
            }
            sort(&mut keys);
            *out = most_frequent(&keys);
        }
    }
}

/// Sorts each lane (Knuth, The Art of Computer Programming 3, algorithm 5.2.2 M).
#[inline(always)]
fn sort<K: Key>(keys: &mut [[K; LANES]]) {
    let top = keys.len().next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            for i in (0..keys.len().saturating_sub(d)).filter(|i| i & p == r) {
                let (a, b) = (keys[i], keys[i + d]);
                keys[i] = std::array::from_fn(|lane| a[lane].min(b[lane]));
                keys[i + d] = std::array::from_fn(|lane| a[lane].max(b[lane]));
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
}

/// The longest run of each lane; of equally long ones the first.
#[inline(always)]
fn most_frequent<K: Key>(keys: &[[K; LANES]]) -> [K; LANES] {
    let mut found = keys[0];
    let (mut run, mut longest) = ([1u32; LANES], [1u32; LANES]);
    for pair in keys.windows(2) {
        let (before, key) = (pair[0], pair[1]);
        for lane in 0..LANES {
            run[lane] = if key[lane] == before[lane] { run[lane] + 1 } else { 1 };
            let longer = run[lane] > longest[lane];
            found[lane] = if longer { key[lane] } else { found[lane] };
            longest[lane] = if longer { run[lane] } else { longest[lane] };
        }
    }
    found
}
