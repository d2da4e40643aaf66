//! Histograms and the thresholds that are found from them.

use kernwerk_runtime::lang::to_bits;
use kernwerk_runtime::{Axes, DType, GridBuffer};

use crate::catalogue::family;
use crate::prelude::*;

/// Smallest and largest value, as f32; NaN counts as largest.
pub struct Range;

/// The range of an image in one pass.
#[gpu_op(reduction)]
impl Reduction<f32> for Range {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (f32::NAN, f32::NEG_INFINITY)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        (min(state.0, pixel), max(state.1, pixel))
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        (min(a.0, b.0), max(a.1, b.1))
    }

    fn finish(state: (f32, f32), _count: f32) -> f32 {
        state.1 - state.0
    }
}

/// Counts the pixels of each bin: bin `⌊(v - low) · scale⌋`, the last one closed. `range` holds low, high and scale.
#[gpu_op(grid)]
pub fn count_bins(at: Item, image: Read<f32>, range: Read<f32>, counts: Tally, bins: u32) {
    let (low, high, scale) = (range.get(0), range.get(1), range.get(2));
    let value = image.get(at.index());
    if value >= low && value <= high {
        let bin = ((value - low) * scale) as u32;
        counts.add(min(bin, bins - 1) as usize, 1);
    }
}

/// Counts the pixels of each value of a type of one byte, whose smallest value is -`below`.
#[gpu_op(grid)]
pub fn count_values(at: Item, image: Read<i32>, counts: Tally, below: i32) {
    counts.add((image.get(at.index()) + below) as usize, 1);
}

/// What [`count_bins`] counts, from the counts of all values.
#[gpu_op(grid)]
pub fn bins_of_values(at: Item, values: Read<u32>, range: Read<f32>, counts: Tally, bins: u32, below: i32) {
    let (low, high, scale) = (range.get(0), range.get(1), range.get(2));
    let value = (at.x() as i32 - below) as f32;
    if value >= low && value <= high {
        let bin = ((value - low) * scale) as u32;
        counts.add(min(bin, bins - 1) as usize, values.get(at.index()));
    }
}

/// Values of a type of one byte.
const VALUES: usize = 256;

/// Fewest voxels of which values are counted instead of bins: for each, that saves the arithmetic of its bin. It costs a launch, the third part of
/// what 2048×2048 take on one NVIDIA H200.
const MANY: usize = 1 << 25;

/// The same where a launch costs next to nothing.
const MANY_FOR_PROCESSOR: usize = 1 << 16;

/// Counts the pixels of each bin, as [`count_bins()`] does; `counts` are zeros before.
pub(crate) fn count_in_bins(
    context: &Context,
    image: &AnyImage,
    range: &Buffer<f32>,
    counts: &dyn GridBuffer,
    bins: u32,
) -> Result<()> {
    let domain = Domain::of(image);
    let below = match image.dtype() {
        DType::U8 => 0,
        DType::I8 => 128,
        _ => return count_bins(context, domain, image, range, counts, bins),
    };
    let many = if context.runs_natively() { MANY_FOR_PROCESSOR } else { MANY };
    if image.voxels() < many {
        return count_bins(context, domain, image, range, counts, bins);
    }
    let values = context.buffer::<u32>(VALUES)?;
    count_values(context, domain, image, &values, below)?;
    bins_of_values(context, Domain::linear(VALUES), &values, range, counts, bins, below)
}

/// Low, high and scale for [`count_bins`], from the state of [`Range`].
#[gpu_op(grid)]
pub fn range_of_state(at: Item, state: Read<u32>, range: Global<f32>, bins: u32) {
    if at.x() == 0 {
        let (low, high) = (f32::from_bits(state.get(0)), f32::from_bits(state.get(1)));
        range.store(0, low);
        range.store(1, high);
        range.store(2, if high > low { bins as f32 / (high - low) } else { 0.0 });
    }
}

/// The same from numbers.
#[gpu_op(grid)]
pub fn range_of_numbers(at: Item, range: Global<f32>, low: f32, high: f32, bins: u32) {
    if at.x() == 0 {
        range.store(0, low);
        range.store(1, high);
        range.store(2, if high > low { bins as f32 / (high - low) } else { 0.0 });
    }
}

/// Writes the range behind the counts, so that both are downloaded as one.
#[gpu_op(grid)]
pub fn range_behind(at: Item, range: Read<f32>, counts: Global<u32>, bins: u32) {
    counts.store(bins as usize + at.x(), to_bits(range.get(at.x())));
}

/// The range of an image on the device: low, high, scale. Nobody waits for it.
pub(crate) fn range_on_device(context: &Context, image: &AnyImage, bins: u32) -> Result<Buffer<f32>> {
    let range = context.buffer::<f32>(3)?;
    let state = context.reduce_on_device(&range::KERNEL, image)?;
    range_of_state(context, Domain::linear(1), &state, &range, bins)?;
    Ok(range)
}

/// Refuses a range that is not finite.
pub(crate) fn finite(operation: &str, low: f32, high: f32) -> Result<(f32, f32)> {
    if low.is_finite() && high.is_finite() {
        return Ok((low, high));
    }
    Err(Error::Unsupported {
        operation: operation.into(),
        problem: format!("the image has values that are not finite (smallest {low}, largest {high})"),
        remedy: "replace NaN and infinities first, or give the range".into(),
    })
}

/// Bins of Otsu's threshold.
const OTSU_BINS: u32 = 256;

/// The counts of the bins of an image over its own range, and that range: one download.
pub(crate) fn counted(context: &Context, image: &AnyImage, bins: u32, operation: &str) -> Result<(Vec<u32>, f32, f32)> {
    let range = range_on_device(context, image, bins)?;
    let counts = context.buffer::<u32>(bins as usize + 2)?;
    count_in_bins(context, image, &range, &counts, bins)?;
    range_behind(context, Domain::linear(2), &range, &counts, bins)?;
    let mut counts = counts.download()?;
    let bits = counts.split_off(bins as usize);
    let (low, high) = finite(operation, f32::from_bits(bits[0]), f32::from_bits(bits[1]))?;
    Ok((counts, low, high))
}

/// Histogram: a row of `num_bins` counts of equal bins between `min` and `max`, the last bin closed, as `numpy.histogram` counts
/// but for values within rounding of a bin's edge.
///
/// Bins are found in f32 and counted in u32. With `min` and `max` both 0 (the default) the range is that of the image.
/// Pixels outside the range and NaN are not counted. The result is an image of one row of u32.
///
/// # Names
/// - `numpy.histogram`: gives the edges too; bins are found in f64 there.
/// - `scipy.ndimage.histogram`: `min` and `max` are required there; `labels` are not here.
/// - `skimage.exposure.histogram`: integer images have one bin per value there; gives the centres of the bins too.
/// - `clesperanto.histogram`: the range is `minimum_intensity` and `maximum_intensity`, NaN where it is the image's.
#[gpu_op(procedure)]
pub fn histogram(
    context: &Context,
    image: AnyImage,
    #[param(default = 256, range = 1..=16777216)] num_bins: u32,
    #[param(default = 0.0, optional)] min: f32,
    #[param(default = 0.0, optional)] max: f32,
) -> Result<Image<u32>> {
    if min > max {
        return Err(Error::Parameter {
            operation: "histogram".into(),
            parameter: "min".into(),
            value: min.to_string(),
            problem: format!("it is greater than max = {max}"),
            remedy: "exchange the two".into(),
        });
    }
    let own = min == 0.0 && max == 0.0;
    let range = if own {
        range_on_device(context, &image, num_bins)?
    } else {
        let range = context.buffer::<f32>(3)?;
        range_of_numbers(context, Domain::linear(1), &range, min, max, num_bins)?;
        range
    };
    let row = context.zeros_of_shape::<u32>(Axes::new("yx")?, &[1, num_bins as usize])?;
    count_in_bins(context, &image, &range, &row, num_bins)?;
    if own {
        let range = range.download()?;
        finite("histogram", range[0], range[1])?;
    }
    Ok(row)
}

/// The threshold that maximises the variance between the classes (Otsu 1979): the centre of a bin of `counts`.
fn otsu(counts: &[u32], low: f32, high: f32) -> f32 {
    let width = (f64::from(high) - f64::from(low)) / counts.len() as f64;
    let centre = |bin: usize| f64::from(low) + (bin as f64 + 0.5) * width;
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let weighted: f64 = counts.iter().enumerate().map(|(bin, &count)| f64::from(count) * centre(bin)).sum();
    let (mut below, mut below_weighted) = (0.0, 0.0);
    let (mut best, mut best_variance) = (0, -1.0);
    for (bin, &count) in counts.iter().enumerate().take(counts.len() - 1) {
        below += f64::from(count);
        below_weighted += f64::from(count) * centre(bin);
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let difference = below_weighted / below - (weighted - below_weighted) / above;
        let variance = below * above * difference * difference;
        if variance > best_variance {
            (best, best_variance) = (bin, variance);
        }
    }
    centre(best) as f32
}

/// 1 where a pixel is greater than a threshold, compared in f32.
#[gpu_op(pointwise)]
pub fn above_threshold(image: f32, #[param(default = 0.0)] threshold: f32) -> bool {
    image > threshold
}

/// Otsu's threshold as a number: the centre of one of 256 bins between the smallest and the largest value.
///
/// See `threshold_otsu`.
///
/// # Names
/// - `skimage.filters.threshold_otsu`: integer images have one bin per value there and 256 bins here.
#[gpu_op(procedure)]
pub fn otsu_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    let (counts, low, high) = counted(context, &image, OTSU_BINS, "otsu_threshold")?;
    Ok(f64::from(otsu(&counts, low, high)))
}

/// 1 where a pixel is above Otsu's threshold of the whole image (256 bins); all 0 if the image is constant.
///
/// Values that are not finite are an error. One threshold for all batch axes.
///
/// Otsu, N. (1979). A threshold selection method from gray-level histograms. IEEE Trans. SMC 9, 62–66.
///
/// # Names
/// - `skimage.filters.threshold_otsu`: gives the number, which is `otsu_threshold` here; integer images have one bin
///   per value there.
/// - `clesperanto.threshold_otsu`: same, from a histogram of 256 bins.
#[gpu_op(procedure)]
pub fn threshold_otsu(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    let (counts, low, high) = counted(context, &image, OTSU_BINS, "threshold_otsu")?;
    if low == high {
        return context.zeros::<u8>(&image);
    }
    context.eval(above_threshold(&image, otsu(&counts, low, high)))
}

family! {
    operations: [histogram, above_threshold, otsu_threshold, threshold_otsu],
    kernels: [range, count_bins, count_values, bins_of_values, range_of_state, range_of_numbers, range_behind, above_threshold],
}
