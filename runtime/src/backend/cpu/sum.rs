//! Sums over windows, for all rows of a tile. Invariant: each voxel's sum starts from 0.0 and takes its neighbours one by
//! one in raster order; what is vectorised is the row.
//!
//! Written with the vectors of the machine: the sums of a block have to stay in registers while all neighbours are added,
//! and of loops over arrays the compiler keeps them in memory.

use super::row_cache::Chorded;
use super::scratch::{self, Scratch};
use super::simd::{self, Simd, WithSimd};

/// The sums of the windows.
pub(crate) fn sum(window: &Chorded<'_, f32>) -> Scratch<f32> {
    let mut out = scratch::take(window.len);
    simd::vectors(Sum { values: window.values, rows: &window.rows, out: &mut out });
    out
}

/// The weighted sums along a line: `sum = weight.mul_add(voxel, sum)`, in ascending order.
pub(crate) fn weighted(window: &Chorded<'_, f32>, weights: &[f32]) -> Scratch<f32> {
    let mut out = scratch::take(window.len);
    simd::vectors(WeightedSum { values: window.values, rows: &window.rows, weights, out: &mut out });
    out
}

/// Vectors of sums that are computed at a time: so many that no addition waits for the one before, and so few that AVX2
/// has registers for them. As many of 16 lanes make a `PADDING`.
const VECTORS: usize = 8;

struct Sum<'a> {
    values: &'a [f32],
    rows: &'a [(usize, usize)],
    out: &'a mut [f32],
}

impl WithSimd for Sum<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (number, out) in blocks::<S>(self.out).iter_mut().enumerate() {
            let mut sums = [simd.splat_f32s(0.0); VECTORS];
            for &(start, half) in self.rows {
                for tap in start - half..=start + half {
                    let [a, b, c, d, e, f, g, h] = *block::<S>(self.values, tap, number);
                    sums = [
                        simd.add_f32s(sums[0], a),
                        simd.add_f32s(sums[1], b),
                        simd.add_f32s(sums[2], c),
                        simd.add_f32s(sums[3], d),
                        simd.add_f32s(sums[4], e),
                        simd.add_f32s(sums[5], f),
                        simd.add_f32s(sums[6], g),
                        simd.add_f32s(sums[7], h),
                    ];
                }
            }
            *out = sums;
        }
    }
}

struct WeightedSum<'a> {
    values: &'a [f32],
    rows: &'a [(usize, usize)],
    weights: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for WeightedSum<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (number, out) in blocks::<S>(self.out).iter_mut().enumerate() {
            let mut sums = [simd.splat_f32s(0.0); VECTORS];
            let mut weights = self.weights.iter();
            for &(start, half) in self.rows {
                for (tap, &weight) in (start - half..start + half + 1).zip(&mut weights) {
                    let weight = simd.splat_f32s(weight);
                    let [a, b, c, d, e, f, g, h] = *block::<S>(self.values, tap, number);
                    sums = [
                        simd.mul_add_f32s(weight, a, sums[0]),
                        simd.mul_add_f32s(weight, b, sums[1]),
                        simd.mul_add_f32s(weight, c, sums[2]),
                        simd.mul_add_f32s(weight, d, sums[3]),
                        simd.mul_add_f32s(weight, e, sums[4]),
                        simd.mul_add_f32s(weight, f, sums[5]),
                        simd.mul_add_f32s(weight, g, sums[6]),
                        simd.mul_add_f32s(weight, h, sums[7]),
                    ];
                }
            }
            *out = sums;
        }
    }
}

#[inline(always)]
fn blocks<S: Simd>(out: &mut [f32]) -> &mut [[S::f32s; VECTORS]] {
    S::as_mut_simd_f32s(out).0.as_chunks_mut().0
}

/// The values of one neighbour for the voxels of a block.
#[inline(always)]
fn block<S: Simd>(values: &[f32], tap: usize, number: usize) -> &[S::f32s; VECTORS] {
    let len = VECTORS * S::F32_LANES;
    let values = &values[tap + number * len..][..len];
    S::as_simd_f32s(values).0.first_chunk().expect("as many values make a block")
}
