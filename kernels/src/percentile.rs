//! Order statistics of a whole image: percentiles, the median, and where the extremes are.
//!
//! Invariant: values are selected, never binned, so that a percentile is exact for every element type.

use std::cmp::Ordering;

use kernwerk_runtime::Choice;

use crate::catalogue::family;
use crate::keys::{countable, counts_of_values, extreme, ranks_of_values, values_of_ranks};
use crate::precise::{as_written, entropy, ln};
use crate::prelude::*;

/// What a percentile is where it lies between two voxels in sort order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentileMethod {
    /// On the straight line between the two.
    Linear,
    /// The one before.
    Lower,
    /// The one after.
    Higher,
    /// The nearer one; halfway, the one of even rank.
    Nearest,
    /// The mean of the two.
    Midpoint,
}

impl Choice for PercentileMethod {
    const NAMES: &'static [&'static str] = &["linear", "lower", "higher", "nearest", "midpoint"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> PercentileMethod {
        use PercentileMethod::{Higher, Linear, Lower, Midpoint, Nearest};
        [Linear, Lower, Higher, Nearest, Midpoint][index.min(4)]
    }
}

/// Exact percentiles of all voxels, in percent, of an image that is read once to three times for all of them.
pub(crate) fn percentiles(
    context: &Context,
    image: &AnyImage,
    percents: &[f32],
    method: PercentileMethod,
    operation: &str,
) -> Result<Vec<f64>> {
    let last = countable(image, operation)? - 1;
    // The place among ranks 0..=last: the rank before it, and how far it lies beyond.
    let places: Vec<(u32, f64)> = percents
        .iter()
        .map(|&percent| {
            let place = as_written(percent) / 100.0 * f64::from(last);
            let before = place.floor().clamp(0.0, f64::from(last));
            let beyond = place - before;
            match method {
                PercentileMethod::Linear => (before, beyond),
                PercentileMethod::Lower => (before, 0.0),
                PercentileMethod::Higher => (before, if beyond > 0.0 { 1.0 } else { 0.0 }),
                PercentileMethod::Nearest => (place.round_ties_even(), 0.0),
                PercentileMethod::Midpoint => (before, if beyond > 0.0 { 0.5 } else { 0.0 }),
            }
        })
        .map(|(before, beyond)| (before as u32, beyond))
        .collect();
    let ranks: Vec<u32> = places.iter().flat_map(|&(before, _)| [before, (before + 1).min(last)]).collect();
    let values = values_of_ranks(context, image, &ranks)?;
    let between = |(pair, &(_, beyond)): (&[f64], &(u32, f64))| match beyond {
        0.0 => pair[0],
        1.0 => pair[1],
        // From the nearer end, so that the end itself is met.
        beyond if beyond < 0.5 => pair[0] + (pair[1] - pair[0]) * beyond,
        beyond => pair[1] - (pair[1] - pair[0]) * (1.0 - beyond),
    };
    Ok(values.chunks_exact(2).zip(&places).map(between).collect())
}

/// Percentile of all voxels, batch axes included: exact, for every element type.
///
/// With n voxels in sort order (NaN last), `percentile` percent lies at place p = percentile/100 · (n − 1), counted
/// from 0. Between two ranks, `method` decides: `linear` between the two in f64, `lower`, `higher` and `nearest` one of
/// them, which is a value of the image, `midpoint` their mean. The image is read once (8 bits), twice (16 bits) or
/// three times (32 bits); of 64 bits two images of keys are made and read so. At most 2³² − 1 voxels.
///
/// # Names
/// - `numpy.percentile`: same methods under the same names, of which the others are not here; with a NaN in the image NumPy's
///   result is NaN, here NaN is the largest value; computed in f64, also for f32 images.
/// - `clesperanto.percentile`: that one is read off a histogram and is approximate.
#[gpu_op(procedure)]
pub fn percentile(
    context: &Context,
    image: AnyImage,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
    #[param(default = "linear")] method: PercentileMethod,
) -> Result<f64> {
    Ok(percentiles(context, &image, &[percentile], method, "percentile")?[0])
}

/// Median of all voxels, batch axes included: the value of rank n/2 of n, in sort order, which is a value of the image.
///
/// NaN counts as largest. At most 2³² − 1 voxels.
///
/// # Names
/// - `numpy.median`: for even n the mean of the two middle values, which is `percentile` with 50 here; NaN if any voxel is.
#[gpu_op(procedure)]
pub fn median_of_all_pixels(context: &Context, image: AnyImage) -> Result<f64> {
    let rank = countable(&image, "median_of_all_pixels")? / 2;
    Ok(values_of_ranks(context, &image, &[rank])?[0])
}

/// A table of one row: the place of the first voxel with the largest or the smallest value, and the value.
fn place(context: &Context, image: &AnyImage, order: Ordering, operation: &str) -> Result<Table> {
    let (index, value) = extreme(context, image, order, operation)?;
    let index = index as usize;
    let [_, c, z, y, x] = image.shape5();
    let row = |coordinate: usize| vec![coordinate as i64];
    Table::new()
        .with_column("x", row(index % x))?
        .with_column("y", row(index / x % y))?
        .with_column("z", row(index / x / y % z))?
        .with_column("c", row(index / x / y / z % c))?
        .with_column("t", row(index / x / y / z / c))?
        .with_column("value", vec![value])
}

/// Where the largest value of the whole image is: a table of one row with x, y, z, c, t and the value.
///
/// Of equal values the first in raster order (t, c, z, y, x); +0.0 is larger than −0.0, NaN is largest. Axes that the
/// image lacks are
/// 0. At most 2³² − 1 voxels.
///
/// # Names
/// - `scipy.ndimage.maximum_position`: gives the coordinates in the order of the axes; without labels here.
/// - `numpy.argmax`: gives the index in raster order.
/// - `clesperanto.maximum_position`: gives x, y, z.
#[gpu_op(procedure)]
pub fn maximum_position(context: &Context, image: AnyImage) -> Result<Table> {
    place(context, &image, Ordering::Greater, "maximum_position")
}

/// Where the smallest value of the whole image is: a table of one row with x, y, z, c, t and the value.
///
/// Of equal values the first in raster order (t, c, z, y, x); −0.0 is smaller than +0.0, NaN is largest. Axes that the
/// image lacks are
/// 0. At most 2³² − 1 voxels.
///
/// # Names
/// - `scipy.ndimage.minimum_position`: gives the coordinates in the order of the axes; without labels here.
/// - `numpy.argmin`: gives the index in raster order; NaN is smallest there.
/// - `clesperanto.minimum_position`: gives x, y, z.
#[gpu_op(procedure)]
pub fn minimum_position(context: &Context, image: AnyImage) -> Result<Table> {
    place(context, &image, Ordering::Less, "minimum_position")
}

/// Shannon's entropy of the values of an image, batch axes included: −Σ p · log p over the shares p of all different values.
///
/// In units of bits with the `base` 2. In f64, by shares in sort order of their values. Every value counts for itself,
/// so that of a noisy f32 image it is the logarithm of the number of voxels; `convert` it to integers first. All NaN
/// are one value. Images of 8 and 16 bits are counted on the device, others are copied to the host and sorted there.
///
/// Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27, 379–423.
///
/// # Names
/// - `skimage.measure.shannon_entropy`: same.
#[gpu_op(procedure)]
pub fn shannon_entropy(
    context: &Context,
    image: AnyImage,
    #[param(default = 2.0, range = 1.001.., optional)] base: f32,
) -> Result<f64> {
    let counts = counts_of_values(context, &image, "shannon_entropy")?;
    Ok(entropy(counts.iter().map(|&count| f64::from(count))) / ln(as_written(base)))
}

/// The rank of each voxel among the different values of the image, batch axes included: 0 for the smallest, without gaps. In u32.
///
/// Equal values have equal ranks; −0.0 and +0.0 are one value, and so are all NaN, the largest. Images of 8 and 16 bits
/// are counted on the device, the values of others are copied to the host and sorted there. At most 2³² − 1 voxels.
///
/// # Names
/// - `skimage.filters.rank_order`: its first result; the second, the values in order, is `numpy.unique`.
#[gpu_op(procedure)]
pub fn rank_order(context: &Context, image: AnyImage) -> Result<Image<u32>> {
    ranks_of_values(context, &image, "rank_order")
}

family! {
    operations: [percentile, rank_order, shannon_entropy, median_of_all_pixels, maximum_position, minimum_position],
    kernels: [],
}
