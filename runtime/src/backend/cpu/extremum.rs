//! Largest and smallest values of windows, for whole rows of sort keys.
//!
//! Their order of evaluation is free. Rows of equal half-width are first joined, then each half-width is widened along
//! x by doubling: a window of n voxels costs about one operation per row of the window, not one per voxel.

use super::row_cache::Chorded;
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
    let [mut joined, mut widened] = [scratch::take(out.len() + 2 * widest), scratch::take(out.len() + 2 * widest)];
    let mut first = true;
    for equal in rows.chunk_by(|a, b| a.1 == b.1) {
        let half = equal[0].1;
        let len = out.len() + 2 * half;
        let row = |&(start, half): &(usize, usize)| &window.values[start - half..][..len];
        let (mut joined, mut widened) = (&mut joined[..len], &mut widened[..len]);
        joined.copy_from_slice(row(&equal[0]));
        let mut rest = equal[1..].chunks_exact(4);
        for four in &mut rest {
            simd::widest(Join::<K, MAX> {
                to: joined,
                rows: [row(&four[0]), row(&four[1]), row(&four[2]), row(&four[3])],
            });
        }
        for one in rest.remainder() {
            simd::widest(Pair::<K, MAX> { to: joined, a: None, b: row(one) });
        }
        // joined[i] covers `width` voxels from i on.
        let (mut width, full) = (1, 2 * half + 1);
        while 2 * width <= full {
            let len = len - 2 * width + 1;
            simd::widest(Pair::<K, MAX> {
                to: &mut widened[..len],
                a: Some(&joined[..len]),
                b: &joined[width..][..len],
            });
            std::mem::swap(&mut joined, &mut widened);
            width *= 2;
        }
        let shift = full - width;
        if first {
            simd::widest(Pair::<K, MAX> { to: out, a: Some(joined), b: &joined[shift..] });
        } else if shift == 0 {
            simd::widest(Pair::<K, MAX> { to: out, a: None, b: joined });
        } else {
            simd::widest(Join::<K, MAX> { to: out, rows: [joined, &joined[shift..], joined, joined] });
        }
        first = false;
    }
}

/// to = the extremum of a (or `to` itself) and b.
struct Pair<'a, K, const MAX: bool> {
    to: &'a mut [K],
    a: Option<&'a [K]>,
    b: &'a [K],
}

impl<K: Key, const MAX: bool> Task for Pair<'_, K, MAX> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        match self.a {
            Some(a) => {
                for ((to, &a), &b) in self.to.iter_mut().zip(a).zip(self.b) {
                    *to = choose::<K, MAX>(a, b);
                }
            }
            None => {
                for (to, &b) in self.to.iter_mut().zip(self.b) {
                    *to = choose::<K, MAX>(*to, b);
                }
            }
        }
    }
}

/// to = the extremum of itself and four rows: one load and store of `to` for four rows.
struct Join<'a, K, const MAX: bool> {
    to: &'a mut [K],
    rows: [&'a [K]; 4],
}

impl<K: Key, const MAX: bool> Task for Join<'_, K, MAX> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let [a, b, c, d] = self.rows;
        for ((((to, &a), &b), &c), &d) in self.to.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *to = choose::<K, MAX>(*to, choose::<K, MAX>(choose::<K, MAX>(a, b), choose::<K, MAX>(c, d)));
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
