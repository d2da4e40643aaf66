//! Largest and smallest values of windows, for all rows of a tile, as sort keys.
//!
//! Their order of evaluation is free. Rows of equal half-width are first joined, then each half-width is widened along
//! x by doubling: a window of n voxels costs about one operation per row of the window, not one per voxel.

use super::row_cache::{Chorded, PADDING};
use super::scratch;
use super::simd::{self, Task};
use crate::lang::{Compute, Key};

/// The largest key of each window.
pub(crate) fn max<K: Key>(window: &Chorded<'_, K>, out: &mut [K]) {
    extremum::<K, true>(window, out);
}

/// The smallest key of each window.
pub(crate) fn min<K: Key>(window: &Chorded<'_, K>, out: &mut [K]) {
    extremum::<K, false>(window, out);
}

#[inline(always)]
fn choose<K: Key, const MAX: bool>(a: K, b: K) -> K {
    if MAX { a.max(b) } else { a.min(b) }
}

fn extremum<K: Key, const MAX: bool>(window: &Chorded<'_, K>, out: &mut [K]) {
    let mut rows = scratch::empty();
    rows.extend_from_slice(&window.rows);
    rows.sort_unstable_by_key(|&(_, half)| half);
    let widest = rows.last().map_or(0, |&(_, half)| half);
    let room = if widest > 0 { out.len() + 2 * widest + PADDING } else { 0 };
    let [mut joined, mut widened] = [scratch::take(room), scratch::take(room)];
    let mut first = true;
    let mut starts = scratch::empty();
    for equal in rows.chunk_by(|a, b| a.1 == b.1) {
        let half = equal[0].1;
        starts.clear();
        // A few neighbours along x are taken one by one; of more, the rows are joined and then widened.
        if half <= MOST_SHIFTED && (half == 0 || equal.len() == 1) {
            starts.extend(equal.iter().flat_map(|&(start, half)| start - half..=start + half));
            simd::widest(Join::<K, MAX> { values: window.values, starts: &starts, to: out, first });
            first = false;
            continue;
        }
        starts.extend(equal.iter().map(|&(start, half)| start - half));
        let len = out.len() + 2 * half;
        let joined = &mut joined[..len.next_multiple_of(PADDING)];
        simd::widest(Join::<K, MAX> { values: window.values, starts: &starts, to: joined, first: true });
        let (mut joined, mut widened) = (&mut joined[..len], &mut widened[..len]);
        // joined[i] covers `width` voxels from i on.
        let (mut width, full) = (1, 2 * half + 1);
        while 2 * width <= full {
            let len = len - 2 * width + 1;
            simd::widest(Pair::<K, MAX> {
                to: &mut widened[..len],
                a: &joined[..len],
                b: &joined[width..][..len],
                first: true,
            });
            std::mem::swap(&mut joined, &mut widened);
            width *= 2;
        }
        simd::widest(Pair::<K, MAX> { to: out, a: joined, b: &joined[full - width..], first });
        first = false;
    }
}

/// The largest half-width of a row whose voxels are taken one by one.
const MOST_SHIFTED: usize = 4;

/// to = the extremum of `to` itself (unless this is the first), a and b.
struct Pair<'a, K, const MAX: bool> {
    to: &'a mut [K],
    a: &'a [K],
    b: &'a [K],
    first: bool,
}

impl<K: Key, const MAX: bool> Task for Pair<'_, K, MAX> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let all = self.to.iter_mut().zip(self.a).zip(self.b);
        if self.first {
            all.for_each(|((to, &a), &b)| *to = choose::<K, MAX>(a, b));
        } else {
            all.for_each(|((to, &a), &b)| *to = choose::<K, MAX>(*to, choose::<K, MAX>(a, b)));
        }
    }
}

/// to = the extremum of `to` itself (unless this is the first) and the values from each start on. The extrema of a block
/// stay in registers.
struct Join<'a, K, const MAX: bool> {
    values: &'a [K],
    starts: &'a [usize],
    to: &'a mut [K],
    first: bool,
}

impl<K: Key, const MAX: bool> Task for Join<'_, K, MAX> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let Some((&start, others)) = self.starts.split_first() else { return };
        for (number, to) in self.to.as_chunks_mut::<PADDING>().0.iter_mut().enumerate() {
            let block = |start: usize| -> &[K; PADDING] {
                self.values[start + number * PADDING..].first_chunk().expect("values go on after the tile")
            };
            let mut found = *block(start);
            if !self.first {
                for lane in 0..PADDING {
                    found[lane] = choose::<K, MAX>(found[lane], to[lane]);
                }
            }
            for &start in others {
                let voxels = block(start);
                for lane in 0..PADDING {
                    found[lane] = choose::<K, MAX>(found[lane], voxels[lane]);
                }
            }
            *to = found;
        }
    }
}

struct Keys<'a, C: Compute>(&'a [C], &'a mut [C::Key]);

impl<C: Compute> Task for Keys<'_, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (key, value) in self.1.iter_mut().zip(self.0) {
            *key = value.key();
        }
    }
}

struct Values<'a, C: Compute>(&'a [C::Key], &'a mut [C]);

impl<C: Compute> Task for Values<'_, C> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for (value, &key) in self.1.iter_mut().zip(self.0) {
            *value = C::from_key(key);
        }
    }
}

/// The keys of values.
pub(crate) fn keys<C: Compute>(values: &[C], keys: &mut [C::Key]) {
    simd::widest(Keys(values, keys));
}

/// The values of keys.
pub(crate) fn values<C: Compute>(keys: &[C::Key], values: &mut [C]) {
    simd::widest(Values(keys, values));
}
