//! Histograms and the thresholds that are found from them.

use kernwerk_runtime::Axes;

use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::{maximum_of_all_pixels, minimum_of_all_pixels};

/// Copies of the bins among which rows are spread, so that one full bin is not one address.
const COPIES: u32 = 64;

/// No more copies than make this many counters, however many bins there are.
const MOST_COUNTERS: u32 = 1 << 20;

/// Counts the pixels of each bin: bin `⌊(v - low) · scale⌋`, the last one closed; rows are spread over copies of the bins.
#[gpu_op(grid)]
pub fn count_bins(
    at: Item,
    image: Read<f32>,
    counts: Global<u32>,
    low: f32,
    high: f32,
    scale: f32,
    bins: u32,
    copies: u32,
) {
    let value = image.get(at.index());
    if value >= low && value <= high {
        let bin = ((value - low) * scale) as u32;
        let copy = (at.y() + at.z()) as u32 % copies;
        let last = bins - 1;
        counts.fetch_add((copy * bins + min(bin, last)) as usize, 1);
    }
}

/// Adds up the copies of each bin.
#[gpu_op(grid)]
pub fn add_copies(at: Item, counts: Read<u32>, total: Global<u32>, bins: u32, copies: u32) {
    let mut sum = 0u32;
    for copy in 0..copies {
        sum += counts.get((copy * bins) as usize + at.x());
    }
    total.store(at.x(), sum);
}

/// Counts of equal bins between `low` and `high`, and the two bounds.
fn count(context: &Context, image: &AnyImage, bins: u32, low: f32, high: f32) -> Result<Buffer<u32>> {
    let copies = (MOST_COUNTERS / bins).clamp(1, COPIES);
    let counts = context.buffer::<u32>((bins * copies) as usize)?;
    let total = context.buffer::<u32>(bins as usize)?;
    let scale = if high > low { bins as f32 / (high - low) } else { 0.0 };
    count_bins(context, Domain::of(image), image, &counts, low, high, scale, bins, copies)?;
    add_copies(context, Domain::linear(bins as usize), &counts, &total, bins, copies)?;
    Ok(total)
}

/// Smallest and largest value, finite.
fn range(context: &Context, image: &AnyImage, operation: &str) -> Result<(f32, f32)> {
    let low = context.scalar(&minimum_of_all_pixels(image))?;
    let high = context.scalar(&maximum_of_all_pixels(image))?;
    if low.is_finite() && high.is_finite() {
        return Ok((low as f32, high as f32));
    }
    Err(Error::Unsupported {
        operation: operation.into(),
        problem: format!("the image has values that are not finite (smallest {low}, largest {high})"),
        remedy: "replace NaN and infinities first, or give the range".into(),
    })
}

/// Histogram: a row of `num_bins` counts of equal bins between `min` and `max`, the last bin closed, as `numpy.histogram` counts
/// but for values within rounding of a bin's edge.
///
/// Bins are found in f32 and counted in u32. With `min` and `max` both 0 (the default) the range is that of the image. Pixels outside the range and NaN are not
/// counted. The result is an image of one row of u32.
#[gpu_op(procedure)]
pub fn histogram(
    context: &Context,
    image: AnyImage,
    #[param(default = 256, range = 1..=16777216)] num_bins: u32,
    #[param(default = 0.0, optional)] min: f32,
    #[param(default = 0.0, optional)] max: f32,
) -> Result<Image<u32>> {
    let (low, high) = if min == 0.0 && max == 0.0 { range(context, &image, "histogram")? } else { (min, max) };
    if low > high {
        return Err(Error::Parameter {
            operation: "histogram".into(),
            parameter: "min".into(),
            value: min.to_string(),
            problem: format!("it is greater than max = {max}"),
            remedy: "exchange the two".into(),
        });
    }
    let total = count(context, &image, num_bins, low, high)?;
    let row = context.zeros_of_shape::<u32>(Axes::new("yx")?, &[1, num_bins as usize])?;
    add_copies(context, Domain::linear(num_bins as usize), &total, &row, num_bins, 1)?;
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
#[gpu_op(procedure)]
pub fn otsu_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    let (low, high) = range(context, &image, "otsu_threshold")?;
    Ok(f64::from(otsu(&count(context, &image, 256, low, high)?.download()?, low, high)))
}

/// 1 where a pixel is above Otsu's threshold of the whole image (256 bins); all 0 if the image is constant.
///
/// Otsu, N. (1979). A threshold selection method from gray-level histograms. IEEE Trans. SMC 9, 62–66.
#[gpu_op(procedure)]
pub fn threshold_otsu(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    let (low, high) = range(context, &image, "threshold_otsu")?;
    if low == high {
        return context.zeros::<u8>(&image);
    }
    let threshold = otsu(&count(context, &image, 256, low, high)?.download()?, low, high);
    context.eval(above_threshold(&image, threshold))
}

family! {
    operations: [histogram, above_threshold, otsu_threshold, threshold_otsu],
    kernels: [count_bins, add_copies, above_threshold],
}
