//! Sums over windows, for whole rows. Invariant: each voxel's sum starts from 0.0 and takes its neighbours one by one
//! in raster order; what is vectorised is the row.

use super::row_cache::Chorded;
use super::scratch::{self, Scratch};
use super::simd::{self, Task};

/// Neighbours that are added in one go over the row, so that the sums are loaded and stored once for all of them.
const GROUP: usize = 4;

/// The sums of the windows.
pub(crate) fn sum(window: &Chorded<'_, f32>) -> Scratch<f32> {
    accumulate(window, |out, rows, _| match rows {
        Rows::Group(rows) => simd::widest(Sum { out, rows }),
        Rows::One(row) => simd::widest(Sum { out, rows: [row] }),
    })
}

/// The weighted sums along a line: `sum = weight.mul_add(voxel, sum)`, in ascending order.
pub(crate) fn weighted(window: &Chorded<'_, f32>, weights: &[f32]) -> Scratch<f32> {
    accumulate(window, |out, rows, number| match rows {
        Rows::Group(rows) => {
            let weights = std::array::from_fn(|i| weights[number + i]);
            simd::widest(WeightedSum { out, rows, weights });
        }
        Rows::One(row) => simd::widest(WeightedSum { out, rows: [row], weights: [weights[number]] }),
    })
}

/// The values of one neighbour, or of a group of consecutive ones, for the whole row.
enum Rows<'a> {
    Group([&'a [f32]; GROUP]),
    One(&'a [f32]),
}

/// Visits all neighbours in raster order; `add` is given the sums so far, the neighbours and the number of the first.
fn accumulate(window: &Chorded<'_, f32>, add: impl Fn(&mut [f32], Rows<'_>, usize)) -> Scratch<f32> {
    let mut out = scratch::take(window.len);
    out.fill(0.0);
    let mut taps = window.rows.iter().flat_map(|&(start, half)| start - half..=start + half);
    let row = |start: usize| &window.values[start..][..window.len];
    let mut number = 0;
    loop {
        let group: [Option<usize>; GROUP] = std::array::from_fn(|_| taps.next());
        if let [Some(a), Some(b), Some(c), Some(d)] = group {
            add(&mut out, Rows::Group([row(a), row(b), row(c), row(d)]), number);
            number += GROUP;
            continue;
        }
        for start in group.into_iter().flatten() {
            add(&mut out, Rows::One(row(start)), number);
            number += 1;
        }
        return out;
    }
}

struct Sum<'a, const N: usize> {
    out: &'a mut [f32],
    rows: [&'a [f32]; N],
}

impl<const N: usize> Task for Sum<'_, N> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        each(self.out, self.rows, |sum, voxels| voxels.iter().fold(sum, |sum, voxel| sum + voxel));
    }
}

struct WeightedSum<'a, const N: usize> {
    out: &'a mut [f32],
    rows: [&'a [f32]; N],
    weights: [f32; N],
}

impl<const N: usize> Task for WeightedSum<'_, N> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        let weights = self.weights;
        each(self.out, self.rows, |sum, voxels| {
            weights.iter().zip(voxels).fold(sum, |sum, (weight, voxel)| weight.mul_add(voxel, sum))
        });
    }
}

#[inline(always)]
fn each<const N: usize>(out: &mut [f32], rows: [&[f32]; N], f: impl Fn(f32, [f32; N]) -> f32) {
    // Equal lengths, known here, spare the loop its bounds checks.
    let rows = rows.map(|row| &row[..out.len()]);
    for x in 0..out.len() {
        out[x] = f(out[x], rows.map(|row| row[x]));
    }
}
