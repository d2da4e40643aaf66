//! Mappings of intensities that follow from the image: ranges, equalised and matched histograms.
//!
//! Input: an image. Output: f32. Invariant: ranges and histograms are those of the whole image, batch axes included;
//! tables are computed on the host in f64 and rounded to f32 once.

use kernwerk_runtime::lang::to_bits;

use crate::catalogue::family;
use crate::histogram::{count_in_bins, finite, range, range_of_numbers};
use crate::keys::{Keys, countable, different_keys};
use crate::metrics::limits;
use crate::percentile::{PercentileMethod, percentiles};
use crate::precise::as_written;
use crate::prelude::*;
use crate::sums_of_labels::order_key;

/// Maps `in_min..=in_max` to `out_min..=out_max`, after clipping; where the first are equal, values are clipped to the second.
#[gpu_op(pointwise)]
pub fn rescale_range(
    image: f32,
    #[param(default = 0.0)] in_min: f32,
    #[param(default = 1.0)] in_max: f32,
    #[param(default = 0.0)] out_min: f32,
    #[param(default = 1.0)] out_max: f32,
) -> f32 {
    let equal = in_min >= in_max;
    let low = if equal { out_min } else { in_min };
    let high = if equal { out_max } else { in_max };
    // Comparisons with NaN are false, so that it stays.
    let clipped = if image < low {
        low
    } else if image > high {
        high
    } else {
        image
    };
    if equal { clipped } else { (clipped - in_min) / (in_max - in_min) * (out_max - out_min) + out_min }
}

/// Smallest and largest value as f32; they have to be finite.
pub(crate) fn own_range(context: &Context, image: &AnyImage, operation: &str) -> Result<(f32, f32)> {
    let state = context.reduce(&range::KERNEL, image)?;
    finite(operation, state[0] as f32, state[1] as f32)
}

/// Stretches or shrinks intensities: `in_min` becomes `out_min`, `in_max` becomes `out_max`; values beyond are clipped.
///
/// `(v − in_min) / (in_max − in_min) · (out_max − out_min) + out_min` in f32. With `in_min` and `in_max` both 0 (the
/// default) the input range is that of the whole image, which has to be finite; an image that is constant is clipped to
/// the output range. NaN stays NaN where the range is given. The result is f32; `store_as` rounds it to another type.
///
/// # Names
/// - `skimage.exposure.rescale_intensity`: `out_range` is by default that of the image's type, 0 to 1 here; the result
///   has that type.
#[gpu_op(procedure)]
pub fn rescale_intensity(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.0, optional)] in_min: f32,
    #[param(default = 0.0, optional)] in_max: f32,
    #[param(default = 0.0, optional)] out_min: f32,
    #[param(default = 1.0, optional)] out_max: f32,
) -> Result<Image<f32>> {
    let operation = "rescale_intensity";
    for (name, low, high) in [("in_min", in_min, in_max), ("out_min", out_min, out_max)] {
        if low > high {
            return Err(Error::Parameter {
                operation: operation.into(),
                parameter: name.into(),
                value: low.to_string(),
                problem: format!("it is greater than {} = {high}", name.replace("min", "max")),
                remedy: "exchange the two".into(),
            });
        }
    }
    let (low, high) =
        if in_min == 0.0 && in_max == 0.0 { own_range(context, &image, operation)? } else { (in_min, in_max) };
    context.eval(rescale_range(&image, low, high, out_min, out_max))
}

/// Stretches intensities to 0 to 1: the smallest value becomes 0 and the largest 1, or two percentiles do.
///
/// With `low_percentile` or `high_percentile` below 0 (the default) it is the smallest or the largest value of the
/// image; otherwise the percentile, exact and interpolated linearly, beyond which values are clipped. A constant image
/// is clipped to 0 to 1. Values that are not finite are an error, unless both percentiles are given.
///
/// # Names
/// - `clesperanto.normalize`: percentiles are approximate there.
#[gpu_op(procedure)]
pub fn normalize(
    context: &Context,
    image: AnyImage,
    #[param(default = -1.0, range = -1.0..=100.0, unit = "percent")] low_percentile: f32,
    #[param(default = -1.0, range = -1.0..=100.0, unit = "percent")] high_percentile: f32,
) -> Result<Image<f32>> {
    let operation = "normalize";
    let percents = [low_percentile, high_percentile].map(|percent| percent.max(0.0));
    let (mut low, mut high) = (0.0, 0.0);
    if low_percentile < 0.0 || high_percentile < 0.0 {
        (low, high) = own_range(context, &image, operation)?;
    }
    if low_percentile >= 0.0 || high_percentile >= 0.0 {
        let values = percentiles(context, &image, &percents, PercentileMethod::Linear, operation)?;
        low = if low_percentile >= 0.0 { values[0] as f32 } else { low };
        high = if high_percentile >= 0.0 { values[1] as f32 } else { high };
        finite(operation, low, high)?;
    }
    if low > high {
        return Err(Error::Parameter {
            operation: operation.into(),
            parameter: "low_percentile".into(),
            value: low_percentile.to_string(),
            problem: format!("that is {low}, more than the {high} of high_percentile = {high_percentile}"),
            remedy: "exchange the two".into(),
        });
    }
    context.eval(rescale_range(&image, low, high, 0.0, 1.0))
}

/// 1 if an image uses only a small part of the range of its element type, else 0.
///
/// The part is what lies between `lower_percentile` and `upper_percentile`, exact and interpolated linearly; the range
/// of f32 is −1 to 1.
///
/// # Names
/// - `skimage.exposure.is_low_contrast`: same for one channel; colours are made grey there.
#[gpu_op(procedure)]
pub fn is_low_contrast(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.05, range = 0.0..=1.0)] fraction_threshold: f32,
    #[param(default = 1.0, range = 0.0..=100.0, unit = "percent", optional)] lower_percentile: f32,
    #[param(default = 99.0, range = 0.0..=100.0, unit = "percent", optional)] upper_percentile: f32,
) -> Result<f64> {
    let percents = [lower_percentile, upper_percentile];
    let values = percentiles(context, &image, &percents, PercentileMethod::Linear, "is_low_contrast")?;
    let (low, high) = limits(image.dtype());
    let is_low = (values[1] - values[0]) / (high - low) < as_written(fraction_threshold);
    Ok(if is_low { 1.0 } else { 0.0 })
}

/// The histogram from which intensities are equalised.
struct Distribution {
    /// The share of voxels up to and including each bin.
    sums: Vec<f64>,
    /// The value in the middle of the first bin.
    first: f64,
    width: f64,
}

/// Integer images have one bin per value, unless that makes more than 65536; others `num_bins` over the range of the image.
fn distribution(context: &Context, image: &AnyImage, num_bins: u32, operation: &str) -> Result<Distribution> {
    let total = f64::from(countable(image, operation)?);
    let (low, high) = own_range(context, image, operation)?;
    let by_value = image.dtype().is_integer()
        && f64::from(high) - f64::from(low) < 65_536.0
        && high.abs() < 8_388_608.0
        && low.abs() < 8_388_608.0;
    let (low, high, bins) =
        if by_value { (low - 0.5, high + 0.5, (high - low) as u32 + 1) } else { (low, high, num_bins) };
    let range = context.buffer::<f32>(3)?;
    range_of_numbers(context, Domain::linear(1), &range, low, high, bins)?;
    let counts = context.buffer::<u32>(bins as usize)?;
    count_in_bins(context, image, &range, &counts, bins)?;
    let mut below = 0.0;
    let sums = counts.download()?.into_iter().map(|count| {
        below += f64::from(count);
        below / total
    });
    let width = (f64::from(high) - f64::from(low)) / f64::from(bins);
    Ok(Distribution { sums: sums.collect(), first: f64::from(low) + 0.5 * width, width })
}

/// Cumulative distribution of the intensities: a table of bin centres and shares of voxels up to and including each bin.
///
/// Integer images have one bin per value between the smallest and the largest, unless that makes more than 65536; others have
/// `num_bins` equal ones. Values that are not finite are an error.
///
/// # Names
/// - `skimage.exposure.cumulative_distribution`: gives shares and centres as two arrays; integer images always have one
///   bin per value.
#[gpu_op(procedure)]
pub fn cumulative_distribution(
    context: &Context,
    image: AnyImage,
    #[param(default = 256, range = 1..=16777216)] num_bins: u32,
) -> Result<Table> {
    let Distribution { sums, first, width } = distribution(context, &image, num_bins, "cumulative_distribution")?;
    let centres: Vec<f64> = (0..sums.len()).map(|bin| first + bin as f64 * width).collect();
    Table::new().with_column("bin_center", centres)?.with_column("cumulative_distribution", sums)
}

/// Interpolates a table of values at equal distances linearly; beyond its ends it goes on with the last value. NaN stays NaN.
#[gpu_op(grid)]
pub fn interpolate_table(
    at: Item,
    image: Read<f32>,
    table: Read<f32>,
    result: Write<f32>,
    first: f32,
    scale: f32,
    len: u32,
) {
    let value = image.get(at.index());
    let place = (value - first) * scale;
    let last = (len - 1) as f32;
    let inside = if place > 0.0 { if place < last { place } else { last } } else { 0.0 };
    let before = inside.floor();
    let i = before as u32;
    let low = table.get(i as usize);
    let high = table.get((i + 1).min(len - 1) as usize);
    let between = (inside - before).mul_add(high - low, low);
    result.store(at.index(), if value.is_nan() { value } else { between });
}

/// Equalises the histogram: each value becomes the share of voxels that are not greater.
///
/// The shares of `cumulative_distribution`, interpolated linearly in f32 between the centres of bins: 0 to 1, exact for
/// integer images with one bin per value. Values that are not finite are an error.
///
/// # Names
/// - `skimage.exposure.equalize_hist`: same; `nbins` is `num_bins`, `mask` is not here.
#[gpu_op(procedure)]
pub fn equalize_hist(
    context: &Context,
    image: AnyImage,
    #[param(default = 256, range = 1..=16777216)] num_bins: u32,
) -> Result<Image<f32>> {
    let Distribution { sums, first, width } = distribution(context, &image, num_bins, "equalize_hist")?;
    let shares: Vec<f32> = sums.iter().map(|&share| share as f32).collect();
    let table = context.upload_buffer(&shares)?;
    let result = context.unset_like::<f32>(&image)?;
    let scale = if width > 0.0 { (1.0 / width) as f32 } else { 0.0 };
    interpolate_table(context, Domain::of(&image), &image, &table, &result, first as f32, scale, shares.len() as u32)?;
    Ok(result)
}

/// Replaces each value by that beside its key in an ordered list, in which it is.
#[gpu_op(grid)]
pub fn replace_values(
    at: Item,
    floats: Read<f32>,
    unsigned: Read<u32>,
    signed: Read<i32>,
    keys: Read<u32>,
    values: Read<f32>,
    result: Write<f32>,
    kind: u32,
    base: u32,
    len: u32,
) {
    let i = at.index();
    let raw: u32 = if kind == 0 {
        order_key(to_bits(floats.get(i)))
    } else if kind == 1 {
        unsigned.get(i)
    } else {
        (signed.get(i) as u32) ^ 0x8000_0000
    };
    let key = raw.wrapping_sub(base);
    let mut low = 0u32;
    let mut high = len - 1;
    while low < high {
        let middle = low + (high - low) / 2;
        if keys.get(middle as usize) < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    result.store(i, values.get(low as usize));
}

/// Gives an image the histogram of another: each value becomes the one below which the reference has the same share of voxels.
///
/// For every different value of the image the share of voxels up to it; the result is the reference's value at that
/// share, interpolated linearly between the shares of its different values, in f64, and rounded to f32. Both images
/// have one shape. Images of 8 and 16 bits are counted on the device, others are copied to the host and sorted there.
/// Values that are not finite are an error.
///
/// # Names
/// - `skimage.exposure.match_histograms`: the images may differ in extents there; `channel_axis` is not here.
#[gpu_op(procedure)]
pub fn match_histograms(context: &Context, image: AnyImage, reference: AnyImage) -> Result<Image<f32>> {
    let operation = "match_histograms";
    own_range(context, &image, operation)?;
    own_range(context, &reference, operation)?;
    let shares = |image: &AnyImage| -> Result<(Vec<u32>, Vec<f64>)> {
        let (keys, counts) = different_keys(context, image, operation)?;
        let mut below = 0.0;
        let total = image.voxels() as f64;
        let shares = counts.into_iter().map(|count| {
            below += f64::from(count);
            below / total
        });
        Ok((keys, shares.collect()))
    };
    let (keys, own) = shares(&image)?;
    let (reference_keys, others) = shares(&reference)?;
    let made = Keys::of(reference.dtype());
    let value = |place: usize| made.value(reference_keys[place]);
    let mut next = 0;
    let values: Vec<f32> = own
        .iter()
        .map(|&share| {
            while next + 1 < others.len() && others[next] < share {
                next += 1;
            }
            let high = value(next);
            if next == 0 || share >= others[next] {
                return high as f32;
            }
            let low = value(next - 1);
            (low + (high - low) / (others[next] - others[next - 1]) * (share - others[next - 1])) as f32
        })
        .collect();
    let (keys_there, values_there) = (context.upload_buffer(&keys)?, context.upload_buffer(&values)?);
    let result = context.unset_like::<f32>(&image)?;
    let Keys { kind, base, .. } = Keys::of(image.dtype());
    replace_values(
        context,
        Domain::of(&image),
        &image,
        &image,
        &image,
        &keys_there,
        &values_there,
        &result,
        kind,
        base,
        keys.len() as u32,
    )?;
    Ok(result)
}

family! {
    operations: [
        rescale_intensity, normalize, is_low_contrast, cumulative_distribution, equalize_hist, match_histograms,
    ],
    kernels: [rescale_range, interpolate_table, replace_values],
}
