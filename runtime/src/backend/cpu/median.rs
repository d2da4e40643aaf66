//! Medians of windows, for whole rows of sort keys: the key of rank `count / 2`, from 0.
//!
//! Small windows are selected from by forgetting: of just so many keys that the smallest and the largest cannot be the
//! median, forget these two and take in the next one, until the median is left. Large ones are searched bit by bit, counting
//! the keys below a candidate. Both do the same work for every voxel, so that blocks of voxels go through in step.

use super::row_cache::{Chorded, PADDING};
use super::simd::{self, Task};
use crate::lang::Key;

/// Forgetting costs about 0.6·n² instructions per block, searching about 3·n·bits.
fn forgets<K: Key>(count: usize) -> bool {
    count < 5 * K::BITS as usize
}

/// The medians of the windows.
pub(crate) fn median<K: Key>(window: &Chorded<'_, K>, out: &mut [K]) {
    let taps: Vec<usize> = window.rows.iter().flat_map(|&(start, half)| start - half..=start + half).collect();
    let values = window.values;
    if taps.len() % 2 == 1 && forgets::<K>(taps.len()) {
        let mut kept = vec![[K::ZERO; PADDING]; taps.len() / 2 + 2];
        simd::widest(Forget { values, taps: &taps, kept: &mut kept, out });
    } else {
        simd::widest(Search { values, taps: &taps, out });
    }
}

type Block<K> = [K; PADDING];

#[inline(always)]
fn block<K: Key>(values: &[K], start: usize) -> &Block<K> {
    values[start..].first_chunk().expect("rows are padded to whole blocks")
}

struct Forget<'a, K> {
    values: &'a [K],
    taps: &'a [usize],
    kept: &'a mut [Block<K>],
    out: &'a mut [K],
}

impl<K: Key> Task for Forget<'_, K> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Forget { values, taps, kept, out } = self;
        for (number, out) in out.as_chunks_mut::<PADDING>().0.iter_mut().enumerate() {
            let x = number * PADDING;
            let (first, rest) = taps.split_at(kept.len().min(taps.len()));
            for (kept, start) in kept.iter_mut().zip(first) {
                *kept = *block(values, start + x);
            }
            // kept[..len] are those that may still be the median.
            let mut len = first.len();
            let mut rest = rest.iter();
            while len > 2 {
                to_the_ends(&mut kept[..len]);
                // The smallest, in front, makes room for the next one; the largest, at the end, is dropped.
                match rest.next() {
                    Some(start) => {
                        kept[0] = *block(values, start + x);
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
fn to_the_ends<K: Key>(blocks: &mut [Block<K>]) {
    let (half, len) = (blocks.len() / 2, blocks.len());
    for i in 0..half {
        order(blocks, i, len - 1 - i);
    }
    // Now the smallest is in the first half and the largest in the second; a middle one may be either.
    for i in 1..len.div_ceil(2) {
        order(blocks, 0, i);
    }
    for i in half..len - 1 {
        order(blocks, i, len - 1);
    }
}

/// Puts the smaller of each lane at `low`, the larger at `high`.
#[inline(always)]
fn order<K: Key>(blocks: &mut [Block<K>], low: usize, high: usize) {
    let (front, back) = blocks.split_at_mut(high);
    for (low, high) in front[low].iter_mut().zip(&mut back[0]) {
        (*low, *high) = ((*low).min(*high), (*low).max(*high));
    }
}

struct Search<'a, K> {
    values: &'a [K],
    taps: &'a [usize],
    out: &'a mut [K],
}

impl<K: Key> Task for Search<'_, K> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Search { values, taps, out } = self;
        let rank = (taps.len() / 2) as u32;
        for (number, out) in out.as_chunks_mut::<PADDING>().0.iter_mut().enumerate() {
            let x = number * PADDING;
            let mut found = [K::ZERO; PADDING];
            for bit in (0..K::BITS).rev() {
                let candidate = found.map(|key| key.with_bit(bit));
                let below = count_below(values, taps, x, &candidate);
                for lane in 0..PADDING {
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
fn count_below<K: Key>(values: &[K], taps: &[usize], x: usize, candidate: &Block<K>) -> [u32; PADDING] {
    let mut below = [0; PADDING];
    // Counters as wide as the keys, for as many neighbours as the narrowest can count.
    for taps in taps.chunks(255) {
        let mut narrow = [K::ZERO; PADDING];
        for start in taps {
            let keys = block(values, start + x);
            for lane in 0..PADDING {
                narrow[lane] = narrow[lane].add_one_if(keys[lane] < candidate[lane]);
            }
        }
        for (below, narrow) in below.iter_mut().zip(narrow) {
            *below += narrow.widen();
        }
    }
    below
}
