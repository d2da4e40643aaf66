//! Medians of windows, for all rows of a tile, as sort keys: the key of rank `count / 2`, from 0.
//!
//! Small windows are selected from by forgetting: of just so many keys that the smallest and the largest cannot be the
//! median, forget these two and take in the next one, until the median is left. Large ones are searched bit by bit,
//! counting the keys below a candidate. Both do the same work for every voxel, so that blocks of voxels go through in
//! step.

use super::row_cache::Chorded;
use super::scratch;
use super::simd::{self, Task};
use crate::lang::Key;

/// The largest window that is selected from by forgetting.
const MOST: usize = 16 + 32;

/// Voxels that are searched in step.
const SEARCHED: usize = 64;

/// Forgetting costs in proportion to n², searching to n times the bits of a key; measured, they are equal about here.
fn forgets<K: Key>(count: usize) -> bool {
    count <= (16 + K::BITS as usize).min(MOST)
}

/// The medians of the windows.
pub(crate) fn median<K: Key>(window: &Chorded<'_, K>, out: &mut [K]) {
    let count: usize = window.rows.iter().map(|&(_, half)| 2 * half + 1).sum();
    ranked(window, count / 2, out);
}

/// The keys of a rank, from 0, of the windows.
pub(crate) fn ranked<K: Key>(window: &Chorded<'_, K>, rank: usize, out: &mut [K]) {
    let mut taps = scratch::empty();
    taps.extend(window.rows.iter().flat_map(|&(start, half)| start - half..=start + half));
    let values = window.values;
    if taps.len() % 2 == 1 && rank == taps.len() / 2 && forgets::<K>(taps.len()) {
        match K::BITS {
            64 => simd::widest(Forget::<K, 8> { values, taps: &taps, out }),
            32 => simd::widest(Forget::<K, 16> { values, taps: &taps, out }),
            _ => simd::widest(Forget::<K, 32> { values, taps: &taps, out }),
        }
    } else {
        simd::widest(Search { values, taps: &taps, rank: rank as u32, out });
    }
}

/// Keys of as many neighbouring voxels.
#[inline(always)]
fn lanes<K: Key, const LANES: usize>(values: &[K], start: usize) -> &[K; LANES] {
    values[start..].first_chunk().expect("rows are padded to whole blocks")
}

struct Forget<'a, K, const LANES: usize> {
    values: &'a [K],
    taps: &'a [usize],
    out: &'a mut [K],
}

impl<K: Key, const LANES: usize> Task for Forget<'_, K, LANES> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Forget { values, taps, out } = self;
        let mut kept = [[K::ZERO; LANES]; MOST / 2 + 2];
        let (first, rest) = taps.split_at((taps.len() / 2 + 2).min(taps.len()));
        for (number, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let x = number * LANES;
            for (kept, start) in kept.iter_mut().zip(first) {
                *kept = *lanes(values, start + x);
            }
            // kept[..len] are those that may still be the median.
            let mut len = first.len();
            let mut rest = rest.iter();
            while len > 2 {
                to_the_ends(&mut kept[..len]);
                // The smallest, in front, makes room for the next one; the largest, at the end, is dropped.
                match rest.next() {
                    Some(start) => {
                        kept[0] = *lanes(values, start + x);
                        len -= 1;
                    }
                    None => {
                        kept[0] = kept[len - 2];
                        len -= 2;
                    }
                }
            }
            *out = kept[0];
        }
    }
}

/// Brings the smallest of each lane to the front and the largest to the end.
#[inline(always)]
fn to_the_ends<K: Key, const LANES: usize>(kept: &mut [[K; LANES]]) {
    let (half, len) = (kept.len() / 2, kept.len());
    for i in 0..half {
        let (a, b) = (kept[i], kept[len - 1 - i]);
        (kept[i], kept[len - 1 - i]) = (smaller(a, b), larger(a, b));
    }
    // Now the smallest is in the first half and the largest in the second; a middle one may be either. Both are carried
    // along in registers.
    let mut smallest = kept[0];
    for other in &mut kept[1..len.div_ceil(2)] {
        let key = *other;
        (smallest, *other) = (smaller(smallest, key), larger(smallest, key));
    }
    let mut largest = kept[len - 1];
    for other in &mut kept[half..len - 1] {
        let key = *other;
        (largest, *other) = (larger(largest, key), smaller(largest, key));
    }
    (kept[0], kept[len - 1]) = (smallest, largest);
}

#[inline(always)]
fn smaller<K: Key, const LANES: usize>(a: [K; LANES], b: [K; LANES]) -> [K; LANES] {
    std::array::from_fn(|lane| a[lane].min(b[lane]))
}

#[inline(always)]
fn larger<K: Key, const LANES: usize>(a: [K; LANES], b: [K; LANES]) -> [K; LANES] {
    std::array::from_fn(|lane| a[lane].max(b[lane]))
}

struct Search<'a, K> {
    values: &'a [K],
    taps: &'a [usize],
    rank: u32,
    out: &'a mut [K],
}

impl<K: Key> Task for Search<'_, K> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Search { values, taps, rank, out } = self;
        for (number, out) in out.as_chunks_mut::<SEARCHED>().0.iter_mut().enumerate() {
            let x = number * SEARCHED;
            let mut found = [K::ZERO; SEARCHED];
            for bit in (0..K::BITS).rev() {
                let candidate = found.map(|key| key.with_bit(bit));
                let below = count_below(values, taps, x, &candidate);
                for lane in 0..SEARCHED {
                    if below[lane] <= rank {
                        found[lane] = candidate[lane];
                    }
                }
            }
            *out = found;
        }
    }
}

/// How many neighbours of each voxel are less than its candidate.
#[inline(always)]
fn count_below<K: Key>(values: &[K], taps: &[usize], x: usize, candidate: &[K; SEARCHED]) -> [u32; SEARCHED] {
    let mut below = [0; SEARCHED];
    // Counters as wide as the keys, for as many neighbours as the narrowest can count.
    for taps in taps.chunks(255) {
        let mut narrow = [K::ZERO; SEARCHED];
        for start in taps {
            let keys = lanes::<K, SEARCHED>(values, start + x);
            for lane in 0..SEARCHED {
                narrow[lane] = narrow[lane].add_one_if(keys[lane] < candidate[lane]);
            }
        }
        for (below, narrow) in below.iter_mut().zip(narrow) {
            *below += narrow.count();
        }
    }
    below
}
