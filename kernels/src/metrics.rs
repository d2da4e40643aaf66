//! How alike two images are: differences of intensities, overlaps of masks, agreement of labellings.
//!
//! Invariant: sums over voxels are those of the reductions, or counts; what follows from them is computed in f64
//! without the machine's library. Both images have one shape; batch axes count as one image.

use kernwerk_runtime::{Choice, DType};

use crate::arithmetic::{square, subtract_images};
use crate::binary::{binary_and, binary_or};
use crate::catalogue::family;
use crate::comparison::not_equal;
use crate::histogram::{finite, range};
use crate::keys::countable;
use crate::labels::largest_label;
use crate::precise::{entropy, ln};
use crate::prelude::*;
use crate::reduction::{extrema, maximum_of_all_pixels, mean_of_all_pixels, sum_of_all_pixels};

/// The smallest and the largest value that images of a type are meant to have: −1 and 1 for floats.
pub(crate) fn limits(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::U8 => (0.0, f64::from(u8::MAX)),
        DType::I8 => (f64::from(i8::MIN), f64::from(i8::MAX)),
        DType::U16 => (0.0, f64::from(u16::MAX)),
        DType::I16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
        DType::U32 => (0.0, f64::from(u32::MAX)),
        DType::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        DType::U64 => (0.0, u64::MAX as f64),
        DType::I64 => (i64::MIN as f64, i64::MAX as f64),
        DType::F32 | DType::F64 | DType::F16 => (-1.0, 1.0),
    }
}

/// Mean of the squared differences.
fn mean_square(context: &Context, image1: &AnyImage, image2: &AnyImage) -> Result<f64> {
    context.scalar(&mean_of_all_pixels(square(subtract_images(image1, image2))))
}

/// Mean squared error of two images, batch axes included: the mean of (a − b)².
///
/// Differences and squares are rounded to f32, their sum is carried to 48 bits: one pass over both images. NaN if any voxel is.
///
/// # Names
/// - `skimage.metrics.mean_squared_error`: in f64 there, unless both images are f32.
/// - `clesperanto.mean_squared_error`: in f32 there.
#[gpu_op(procedure, alias = "mse")]
pub fn mean_squared_error(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<f64> {
    mean_square(context, &image1, &image2)
}

/// By what a root mean squared error is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorNormalization {
    /// The root of the mean of the first image's squares.
    Euclidean,
    /// The range of the first image.
    MinMax,
    /// The mean of the first image.
    Mean,
}

impl Choice for ErrorNormalization {
    const NAMES: &'static [&'static str] = &["euclidean", "min-max", "mean"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> ErrorNormalization {
        [ErrorNormalization::Euclidean, ErrorNormalization::MinMax, ErrorNormalization::Mean][index.min(2)]
    }
}

/// Root of the mean squared error, divided by a measure of the first image.
///
/// `normalization`: `euclidean` by the root of the mean of its squares, `min-max` by its range, `mean` by its mean. NaN
/// or infinite where that is 0.
///
/// # Names
/// - `skimage.metrics.normalized_root_mse`: same.
#[gpu_op(procedure)]
pub fn normalized_root_mse(
    context: &Context,
    image_true: AnyImage,
    image_test: AnyImage,
    #[param(default = "euclidean")] normalization: ErrorNormalization,
) -> Result<f64> {
    let divisor = match normalization {
        ErrorNormalization::Euclidean => context.scalar(&mean_of_all_pixels(square(&image_true)))?.sqrt(),
        ErrorNormalization::MinMax => {
            let state = context.reduce(&extrema::KERNEL, &image_true)?;
            state[1] - state[0]
        }
        ErrorNormalization::Mean => context.scalar(&mean_of_all_pixels(&image_true))?,
    };
    Ok(mean_square(context, &image_true, &image_test)?.sqrt() / divisor)
}

/// The range that a type stands for, as far as an image uses it: from 0 on, if no value is negative.
fn range_of_type(context: &Context, image: &AnyImage, operation: &str) -> Result<f64> {
    let (low, high) = limits(image.dtype());
    let state = context.reduce(&extrema::KERNEL, image)?;
    if state[0] < low || state[1] > high || state[1].is_nan() {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!(
                "the image has values from {} to {}, and f32 images are meant to have -1 to 1",
                state[0], state[1]
            ),
            remedy: "give the range that its values can have as `data_range`".into(),
        });
    }
    Ok(if state[0] >= 0.0 { high } else { high - low })
}

/// Peak signal-to-noise ratio in decibels: 10 · log₁₀(r² / e) with the mean squared error e and the range r of values.
///
/// With `data_range` 0 (the default) r is the range of the first image's element type: its largest value where the image has no
/// negative one, else the largest minus the smallest; f32 images are meant to lie between −1 and 1, and others need `data_range`.
/// Infinite for equal images.
///
/// # Names
/// - `skimage.metrics.peak_signal_noise_ratio`: `data_range` None is 0 here.
#[gpu_op(procedure, alias = "psnr")]
pub fn peak_signal_noise_ratio(
    context: &Context,
    image_true: AnyImage,
    image_test: AnyImage,
    #[param(default = 0.0, range = 0.0.., optional)] data_range: f32,
) -> Result<f64> {
    let range = match data_range {
        0.0 => range_of_type(context, &image_true, "peak_signal_noise_ratio")?,
        range => f64::from(range),
    };
    let error = mean_square(context, &image_true, &image_test)?;
    Ok(10.0 * (ln(range * range / error) / std::f64::consts::LN_10))
}

/// 1 if two images hold the same numbers, else 0. NaN is not equal to anything, −0.0 equals +0.0.
///
/// Images of different element types are compared as f32; u32 and i32 only with their own.
///
/// # Names
/// - `numpy.array_equal`: 0 for images of different shapes there, an error here; `equal_nan` is not here.
/// - `numpy.array_equiv`: broadcasts there.
/// - `clesperanto.array_equal`: integers above 2²⁴ are rounded there.
#[gpu_op(procedure, alias = "array_equiv")]
pub fn array_equal(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<f64> {
    let (first, second) = (image1.dtype(), image2.dtype());
    let wide = |dtype| dtype != DType::F32 && DType::size(dtype) >= 4;
    if first != second && (wide(first) || wide(second)) {
        return Err(Error::Type {
            operation: "array_equal".into(),
            input: "image2".into(),
            found: second,
            expected: first.name().into(),
            remedy: "convert one of the images first".into(),
        });
    }
    let different = if first == second {
        maximum_of_all_pixels(not_equal(&image1, &image2))
    } else {
        // Exact in f32; the difference of equal infinities is NaN, so that it cannot be asked for.
        let image = |image: &AnyImage| crate::add_image_and_scalar(image, 0.0);
        maximum_of_all_pixels(not_equal(image(&image1), image(&image2)))
    };
    Ok(1.0 - context.scalar(&different)?)
}

/// How many voxels are set in both masks, and in at least one.
fn overlap(context: &Context, mask1: &AnyImage, mask2: &AnyImage) -> Result<(f64, f64)> {
    let both = context.scalar(&sum_of_all_pixels(binary_and(mask1, mask2)))?;
    Ok((both, context.scalar(&sum_of_all_pixels(binary_or(mask1, mask2)))?))
}

/// Jaccard index of two masks: voxels that are set in both, divided by those that are set in at least one; NaN if both are empty.
///
/// # Names
/// - `clesperanto.jaccard_index`: same.
#[gpu_op(procedure)]
pub fn jaccard_index(context: &Context, mask1: AnyImage, mask2: AnyImage) -> Result<f64> {
    let (both, any) = overlap(context, &mask1, &mask2)?;
    Ok(both / any)
}

/// Sørensen and Dice's coefficient of two masks: twice the voxels set in both, divided by the voxels of each; NaN if
/// both are empty.
///
/// # Names
/// - `clesperanto.sorensen_dice_coefficient`: same.
#[gpu_op(procedure, alias = "dice_coefficient")]
pub fn sorensen_dice_coefficient(context: &Context, mask1: AnyImage, mask2: AnyImage) -> Result<f64> {
    let (both, any) = overlap(context, &mask1, &mask2)?;
    Ok(2.0 * both / (both + any))
}

/// Counts pairs of bins; `ranges` holds low and scale of either image.
#[gpu_op(grid)]
pub fn count_bin_pairs(at: Item, image1: Read<f32>, image2: Read<f32>, ranges: Read<f32>, counts: Tally, bins: u32) {
    let value1 = image1.get(at.index());
    let value2 = image2.get(at.index());
    let bin1 = min(((value1 - ranges.get(0)) * ranges.get(1)) as u32, bins - 1);
    let bin2 = min(((value2 - ranges.get(2)) * ranges.get(3)) as u32, bins - 1);
    counts.add((bin1 * bins + bin2) as usize, 1);
}

/// Normalized mutual information of two images: (H₁ + H₂) / H₁₂ with the entropies of their histograms and of the joint one.
///
/// Between 1 (unrelated) and 2 (one follows from the other). Each image has `bins` equal bins over its range, computed
/// as those of `histogram`. NaN if both are constant; values that are not finite are an error.
///
/// Studholme, C., Hill, D. L. G. & Hawkes, D. J. (1999). An overlap invariant entropy measure of 3D medical image
/// alignment. Pattern Recognition 32, 71–86.
///
/// # Names
/// - `skimage.metrics.normalized_mutual_information`: images of different shapes are filled up with 0 there.
#[gpu_op(procedure)]
pub fn normalized_mutual_information(
    context: &Context,
    image1: AnyImage,
    image2: AnyImage,
    #[param(default = 100, range = 1..=4096)] bins: u32,
) -> Result<f64> {
    let operation = "normalized_mutual_information";
    countable(&image1, operation)?;
    let mut ranges = Vec::new();
    for image in [&image1, &image2] {
        let state = context.reduce(&range::KERNEL, image)?;
        let (low, high) = finite(operation, state[0] as f32, state[1] as f32)?;
        ranges.extend([low, if high > low { bins as f32 / (high - low) } else { 0.0 }]);
    }
    let ranges = context.upload_buffer(&ranges)?;
    let counts = context.buffer::<u32>((bins * bins) as usize)?;
    count_bin_pairs(context, Domain::of(&image1), &image1, &image2, &ranges, &counts, bins)?;
    let counts: Vec<f64> = counts.download()?.into_iter().map(f64::from).collect();
    let rows = counts.chunks_exact(bins as usize).map(|row| row.iter().sum());
    let columns = (0..bins as usize).map(|bin| counts[bin..].iter().step_by(bins as usize).sum());
    Ok((entropy(rows) + entropy(columns)) / entropy(counts.iter().copied()))
}

/// Counts pairs of labels.
#[gpu_op(grid)]
pub fn count_label_pairs(at: Item, labels1: Read<u32>, labels2: Read<u32>, counts: Tally, columns: u32) {
    let label1 = labels1.get(at.index());
    let label2 = labels2.get(at.index());
    counts.add(label1 as usize * columns as usize + label2 as usize, 1);
}

/// How many pairs of labels a table may have.
const MOST_PAIRS: usize = 1 << 26;

/// Numbers of voxels for each pair of labels.
fn contingency(context: &Context, labels1: &Image<u32>, labels2: &Image<u32>, operation: &str) -> Result<Image<u32>> {
    countable(labels1.any(), operation)?;
    let rows = largest_label(context, labels1.any(), operation)? + 1;
    let columns = largest_label(context, labels2.any(), operation)? + 1;
    if rows * columns > MOST_PAIRS {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("labels up to {} and {} make more than {MOST_PAIRS} pairs", rows - 1, columns - 1),
            remedy: "renumber them with `relabel_sequential` first, or compare parts of the images".into(),
        });
    }
    let axes = kernwerk_runtime::Axes::new("yx")?;
    let counts = context.zeros_of_shape::<u32>(axes, &[rows, columns])?;
    count_label_pairs(context, Domain::of(labels1.any()), labels1, labels2, &counts, columns as u32)?;
    Ok(counts)
}

/// Contingency table of two label images: row i, column j holds how many voxels have label i in the first and j in the second.
///
/// Row and column 0 are the background. An image of u32 with one row more than the largest label; at most 2²⁶ pairs.
///
/// # Names
/// - `skimage.metrics.contingency_table`: a sparse matrix of f64 there; `ignore_labels` and `normalize` are not here.
#[gpu_op(procedure)]
pub fn contingency_table(context: &Context, labels1: Image<u32>, labels2: Image<u32>) -> Result<Image<u32>> {
    contingency(context, &labels1, &labels2, "contingency_table")
}

/// The rows of the contingency table.
fn rows(context: &Context, labels1: &Image<u32>, labels2: &Image<u32>, operation: &str) -> Result<Vec<Vec<u32>>> {
    let table = contingency(context, labels1, labels2, operation)?;
    let columns = table.any().spatial()[0];
    let kernwerk_runtime::HostData::U32(counts) = table.any().download_data()? else { return Ok(Vec::new()) };
    Ok(counts.chunks_exact(columns).map(<[u32]>::to_vec).collect())
}

/// Adapted Rand error of a labelling against the true one: a table of one row with error, precision and recall.
///
/// Over pairs of voxels that are not background in the first image: precision is the share of pairs in one true object
/// that are in one test object, recall that of pairs in one test object, and the error is 1 minus their weighted
/// harmonic mean; with `alpha` 0.5 both count the same. Counts are exact. NaN if there are no pairs.
///
/// Arganda-Carreras, I. et al. (2015). Crowdsourcing the creation of image segmentation algorithms for connectomics. Frontiers in
/// Neuroanatomy 9, 142.
///
/// # Names
/// - `skimage.metrics.adapted_rand_error`: `ignore_labels` is 0 here, always.
#[gpu_op(procedure)]
pub fn adapted_rand_error(
    context: &Context,
    labels_true: Image<u32>,
    labels_test: Image<u32>,
    #[param(default = 0.5, range = 0.0..=1.0, optional)] alpha: f32,
) -> Result<Table> {
    let rows = rows(context, &labels_true, &labels_test, "adapted_rand_error")?;
    let rows = &rows[1..];
    // Pairs of different voxels, each counted twice.
    let pairs = |count: u64| u128::from(count) * u128::from(count.max(1) - 1);
    let sum = |counts: &mut dyn Iterator<Item = u64>| counts.map(pairs).sum::<u128>() as f64;
    let both = sum(&mut rows.iter().flatten().map(|&count| u64::from(count)));
    let of_true = sum(&mut rows.iter().map(|row| row.iter().map(|&count| u64::from(count)).sum()));
    let columns = rows.first().map_or(0, Vec::len);
    let of_test = sum(&mut (0..columns).map(|column| rows.iter().map(|row| u64::from(row[column])).sum()));
    let alpha = crate::precise::as_written(alpha);
    Table::new()
        .with_column("error", vec![1.0 - both / (alpha * of_true + (1.0 - alpha) * of_test)])?
        .with_column("precision", vec![both / of_true])?
        .with_column("recall", vec![both / of_test])
}

/// Variation of information between two labellings, in bits: a table of one row with splits and merges.
///
/// Splits are the entropy of the second labelling where the first is known, merges that of the first where the second
/// is known; both are 0 for labellings that differ in the numbers only. The background is an object.
///
/// Meilă, M. (2007). Comparing clusterings — an information based distance. Journal of Multivariate Analysis 98, 873–895.
///
/// # Names
/// - `skimage.metrics.variation_of_information`: gives the two as an array; `ignore_labels` is not here.
#[gpu_op(procedure)]
pub fn variation_of_information(context: &Context, labels1: Image<u32>, labels2: Image<u32>) -> Result<Table> {
    let rows = rows(context, &labels1, &labels2, "variation_of_information")?;
    let columns = rows.first().map_or(0, Vec::len);
    let total = labels1.any().voxels() as f64;
    // Of each object the share of the image, times the entropy of what the other labelling makes of it.
    let splits: f64 = rows
        .iter()
        .map(|row| row.iter().map(|&count| f64::from(count)))
        .filter(|row| row.clone().sum::<f64>() > 0.0)
        .map(|row| row.clone().sum::<f64>() / total * entropy(row))
        .sum();
    let column = |column: usize| rows.iter().map(move |row| f64::from(row[column]));
    let merges: f64 = (0..columns)
        .map(column)
        .filter(|column| column.clone().sum::<f64>() > 0.0)
        .map(|column| column.clone().sum::<f64>() / total * entropy(column))
        .sum();
    let bits = |entropy: f64| vec![entropy / std::f64::consts::LN_2];
    Table::new().with_column("splits", bits(splits))?.with_column("merges", bits(merges))
}

family! {
    operations: [
        mean_squared_error, normalized_root_mse, peak_signal_noise_ratio, array_equal, jaccard_index, sorensen_dice_coefficient,
        normalized_mutual_information, contingency_table, adapted_rand_error, variation_of_information,
    ],
    kernels: [count_bin_pairs, count_label_pairs],
}
