//! Work in parallel, for all kernels alike.
//!
//! Invariant: nothing here is generic over what is done. Each operation would get a copy of the scheduler otherwise, which is most of
//! what a build compiles then.

use rayon::prelude::*;

use crate::lang::Outputs;

/// Calls `each` with 0, 1, …, where each thread takes at least `least` of them at a time.
pub(super) fn numbers(count: usize, least: usize, each: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().with_min_len(least).for_each(each);
}

/// Hands over units one by one, in parallel or in order.
pub(super) fn units<T: Send>(units: Vec<T>, sequential: bool, each: &(dyn Fn(T) + Sync)) {
    if sequential {
        units.into_iter().for_each(each);
    } else {
        units.into_par_iter().with_max_len(1).for_each(each);
    }
}

/// Hands over the outputs in runs of so many voxels, with the number of each.
pub(super) fn runs(first: usize, mut outputs: Outputs<'_>, voxels: usize, each: &dyn Fn(usize, Outputs<'_>)) {
    let mut number = first;
    while let Some(run) = outputs.take(voxels) {
        each(number, run);
        number += 1;
    }
}

/// As [`runs`], in parallel, where each thread gets at least `least` of them at a time.
pub(super) fn par_runs(outputs: Outputs<'_>, voxels: usize, least: usize, each: &(dyn Fn(usize, Outputs<'_>) + Sync)) {
    let halves = |(first, outputs): (usize, _)| {
        let count = Outputs::len(&outputs).div_ceil(voxels);
        if count < 2 * least {
            return ((first, outputs), None);
        }
        let (left, right) = outputs.split_at(count / 2 * voxels);
        ((first, left), Some((first + count / 2, right)))
    };
    rayon::iter::split((0, outputs), halves).for_each(|(first, outputs)| runs(first, outputs, voxels, each));
}

/// Hands over chunks of `size` elements, with the number of each.
pub(super) fn chunks<T: Send>(values: &mut [T], size: usize, least: usize, each: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let numbered = values.par_chunks_mut(size).enumerate().with_min_len(least);
    numbered.for_each(|(number, values)| each(number, values));
}
