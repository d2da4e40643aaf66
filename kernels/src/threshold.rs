//! Global thresholds that are found from the image: each as a mask, `threshold_NAME`, and as a number, `NAME_threshold`.
//!
//! Most are chosen from a histogram of 256 bins over the image's range, for every element type (`threshold_methods`);
//! an image has one threshold, batch axes included. The mask is `v > threshold` with voxels as f32, compared exactly. A
//! constant image has its value as threshold, and an empty mask. Values that are not finite are an error.

use crate::catalogue::family;
use crate::histogram::{above_threshold, counted, finite, otsu_threshold, range};
use crate::percentile::{PercentileMethod, percentiles};
use crate::precise::{ln, rounded_down};
use crate::prelude::*;
use crate::reduction::{mean_of_all_pixels, sum_of_all_pixels};
use crate::threshold_methods::Bins;

const BINS: u32 = 256;

/// How a threshold is chosen.
#[derive(Clone, Copy, Debug)]
enum Method {
    Huang,
    Intermodes,
    Isodata,
    Li,
    MaximumEntropy,
    Mean,
    Minimum,
    MinimumError,
    Moments,
    RenyiEntropy,
    Shanbhag,
    Triangle,
    Yen,
}

use Method::{
    Huang, Intermodes, Isodata, Li, MaximumEntropy, Mean, Minimum, MinimumError, Moments, RenyiEntropy, Shanbhag,
    Triangle, Yen,
};

impl Method {
    /// The threshold.
    fn number(self, context: &Context, image: &AnyImage, operation: &str) -> Result<f64> {
        match self {
            Mean => return context.scalar(&mean_of_all_pixels(image)),
            Li => return li(context, image, operation),
            _ => {}
        }
        let (counts, low, high) = counted(context, image, BINS, operation)?;
        self.of_counts(&counts, low, high, operation)
    }

    /// The threshold from a histogram; not of `Mean` and `Li`, which have none.
    fn of_counts(self, counts: &[u32], low: f32, high: f32, operation: &str) -> Result<f64> {
        if low == high {
            return Ok(f64::from(low));
        }
        let bins = Bins::new(counts, low, high);
        Ok(match self {
            Huang => bins.huang(),
            Intermodes => bins.intermodes(operation)?,
            Isodata => bins.isodata(),
            MaximumEntropy => bins.maximum_entropy(),
            Minimum => bins.minimum(operation)?,
            MinimumError => bins.minimum_error(),
            Moments => bins.moments(),
            RenyiEntropy => bins.renyi_entropy(),
            Shanbhag => bins.shanbhag(),
            Triangle => bins.triangle(),
            Yen => bins.yen(),
            Mean | Li => f64::NAN,
        })
    }

    /// Where the image is above the threshold.
    fn mask(self, context: &Context, image: &AnyImage, operation: &str) -> Result<Image<u8>> {
        let threshold = self.number(context, image, operation)?;
        context.eval(above_threshold(image, rounded_down(threshold)))
    }
}

/// The fixed point of Li's iteration that is reached from the mean.
fn li(context: &Context, image: &AnyImage, operation: &str) -> Result<f64> {
    let state = context.reduce(&range::KERNEL, image)?;
    let (low, high) = finite(operation, state[0] as f32, state[1] as f32)?;
    if low == high {
        return Ok(f64::from(low));
    }
    // Logarithms of means need positive values: everything is counted from the smallest.
    let excess = || crate::subtract_scalar(image, low);
    let count = image.voxels() as f64;
    let total = context.scalar(&sum_of_all_pixels(excess()))?;
    let mut threshold = total / count;
    let mut before = -1.0;
    // Each step moves voxels from one side to the other, so that there is an end; that many steps are never taken.
    for _ in 0..10_000 {
        let level = rounded_down(f64::from(low) + threshold);
        let above = context.scalar(&sum_of_all_pixels(above_threshold(image, level)))?;
        if above == before || above == 0.0 || above == count {
            break;
        }
        before = above;
        let dark = crate::multiply_images(excess(), crate::binary_not(above_threshold(image, level)));
        let dark = context.scalar(&sum_of_all_pixels(dark))?;
        let (dark, bright) = (dark / (count - above), (total - dark) / above);
        if dark <= 0.0 {
            break;
        }
        threshold = (dark - bright) / (ln(dark) - ln(bright));
    }
    Ok(f64::from(low) + threshold)
}

/// Isodata threshold as a number: the lowest bin centre that lies within a bin below the mean of the means on its two sides.
///
/// See `threshold_isodata`.
///
/// # Names
/// - `skimage.filters.threshold_isodata`: integer images have one bin per value there and 256 bins here; `return_all`
///   is not here.
#[gpu_op(procedure)]
pub fn isodata_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Isodata.number(context, &image, "isodata_threshold")
}

/// 1 where a pixel is above the isodata threshold: the level halfway between the means of the pixels below and above it.
///
/// From 256 bins over the image's range; of several such levels the lowest. All 0 if the image is constant; values that
/// are not finite are an error. One threshold for all batch axes.
///
/// Ridler, T. W. & Calvard, S. (1978). Picture thresholding using an iterative selection method. IEEE Trans. SMC 8, 630–632.
///
/// # Names
/// - `skimage.filters.threshold_isodata`: gives the number, which is `isodata_threshold` here; integer images have one
///   bin per value there.
/// - `clesperanto.threshold_isodata`: same, from a histogram of 256 bins.
#[gpu_op(procedure)]
pub fn threshold_isodata(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Isodata.mask(context, &image, "threshold_isodata")
}

/// Li's threshold as a number: least cross entropy between the image and its two-level version.
///
/// See `threshold_li`.
///
/// # Names
/// - `skimage.filters.threshold_li`: same to within its `tolerance`; `initial_guess` is the mean here, always.
#[gpu_op(procedure)]
pub fn li_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Li.number(context, &image, "li_threshold")
}

/// 1 where a pixel is above Li's threshold: least cross entropy between the image and its two-level version.
///
/// With the values counted from the smallest and the means d and b of the pixels up to t and above it, t becomes (d −
/// b) / (ln d − ln b), from the mean of the image on until no pixel changes sides. There are no bins: each step reads
/// the image twice, and some ten steps are common. All 0 if the image is constant; values that are not finite are an
/// error. One threshold for all batch axes.
///
/// Li, C. H. & Tam, P. K. S. (1998). An iterative algorithm for minimum cross entropy thresholding. Pattern Recognition
/// Letters 19, 771–776.
///
/// # Names
/// - `skimage.filters.threshold_li`: gives the number, which is `li_threshold` here; it ends when a step is shorter
///   than `tolerance`, and leaves out values that are not finite.
/// - `clesperanto.threshold_li`: from a histogram of 256 bins there.
#[gpu_op(procedure)]
pub fn threshold_li(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Li.mask(context, &image, "threshold_li")
}

/// 1 where a pixel is above the mean of the image.
///
/// The mean is that of `mean_of_all_pixels`, batch axes included. All 0 if the image is constant or has a NaN.
///
/// # Names
/// - `skimage.filters.threshold_mean`: gives the number, which is `mean_of_all_pixels` here.
/// - `clesperanto.threshold_mean`: same.
#[gpu_op(procedure)]
pub fn threshold_mean(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Mean.mask(context, &image, "threshold_mean")
}

/// Minimum threshold as a number: the lowest place between the two peaks of the smoothed histogram.
///
/// See `threshold_minimum`.
///
/// # Names
/// - `skimage.filters.threshold_minimum`: integer images have one bin per value there and 256 bins here.
#[gpu_op(procedure)]
pub fn minimum_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Minimum.number(context, &image, "minimum_threshold")
}

/// 1 where a pixel is above the lowest place between the two peaks of the histogram.
///
/// The histogram of 256 bins over the image's range is smoothed by the mean of three bins, in f32, until two peaks are
/// left; of equal places the first. It is an error if it never has two peaks. All 0 if the image is constant; values
/// that are not finite are an error.
///
/// Prewitt, J. M. S. & Mendelsohn, M. L. (1966). The analysis of cell images. Annals of the New York Academy of
/// Sciences 128, 1035–1053.
///
/// # Names
/// - `skimage.filters.threshold_minimum`: gives the number, which is `minimum_threshold` here; integer images have one
///   bin per value there; `max_num_iter` is 10000.
#[gpu_op(procedure)]
pub fn threshold_minimum(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Minimum.mask(context, &image, "threshold_minimum")
}

/// Intermodes threshold as a number: halfway between the two peaks of the smoothed histogram.
///
/// See `threshold_intermodes`.
///
/// # Names
/// - `imagej.Intermodes`: from the 256 bins over the image's range; ImageJ rounds the middle of two bins down.
#[gpu_op(procedure)]
pub fn intermodes_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Intermodes.number(context, &image, "intermodes_threshold")
}

/// 1 where a pixel is above the level halfway between the two peaks of the histogram.
///
/// The histogram is smoothed as by `threshold_minimum`; without two peaks it is an error. All 0 if the image is constant.
///
/// Prewitt, J. M. S. & Mendelsohn, M. L. (1966). The analysis of cell images. Annals of the New York Academy of
/// Sciences 128, 1035–1053.
///
/// # Names
/// - `imagej.Intermodes`: from the 256 bins over the image's range; ImageJ rounds the middle of two bins down.
#[gpu_op(procedure)]
pub fn threshold_intermodes(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Intermodes.mask(context, &image, "threshold_intermodes")
}

/// Triangle threshold as a number: where the histogram is farthest below the line from its peak to its farther end.
///
/// See `threshold_triangle`.
///
/// # Names
/// - `skimage.filters.threshold_triangle`: integer images have one bin per value there and 256 bins here.
#[gpu_op(procedure)]
pub fn triangle_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Triangle.number(context, &image, "triangle_threshold")
}

/// 1 where a pixel is above the triangle threshold: the bin farthest below the line from the peak to the farther end.
///
/// From 256 bins over the image's range. For histograms with one peak and a long tail. All 0 if the image is constant;
/// values that are not finite are an error. One threshold for all batch axes.
///
/// Zack, G. W., Rogers, W. E. & Latt, S. A. (1977). Automatic measurement of sister chromatid exchange frequency. Journal of
/// Histochemistry and Cytochemistry 25, 741–753.
///
/// # Names
/// - `skimage.filters.threshold_triangle`: gives the number, which is `triangle_threshold` here; integer images have
///   one bin per value there.
/// - `clesperanto.threshold_triangle`: same, from a histogram of 256 bins.
#[gpu_op(procedure)]
pub fn threshold_triangle(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Triangle.mask(context, &image, "threshold_triangle")
}

/// Yen's threshold as a number: maximum correlation of both sides of the histogram.
///
/// See `threshold_yen`.
///
/// # Names
/// - `skimage.filters.threshold_yen`: integer images have one bin per value there and 256 bins here; sums are in f64 here.
#[gpu_op(procedure)]
pub fn yen_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Yen.number(context, &image, "yen_threshold")
}

/// 1 where a pixel is above Yen's threshold: maximum correlation of both sides of the histogram.
///
/// With shares p of 256 bins over the image's range, their sum P up to a bin, and the sums of p² on both sides, A and
/// B, the bin has the largest (P · (1 − P))² / (A · B). All 0 if the image is constant; values that are not finite are
/// an error. One threshold for all batch axes.
///
/// Yen, J.-C., Chang, F.-J. & Chang, S. (1995). A new criterion for automatic multilevel thresholding. IEEE Trans.
/// Image Processing 4, 370–378.
///
/// # Names
/// - `skimage.filters.threshold_yen`: gives the number, which is `yen_threshold` here; integer images have one bin per
///   value there.
/// - `clesperanto.threshold_yen`: same, from a histogram of 256 bins.
#[gpu_op(procedure)]
pub fn threshold_yen(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Yen.mask(context, &image, "threshold_yen")
}

/// Maximum-entropy threshold as a number: largest sum of the entropies of both sides of the histogram.
///
/// See `threshold_maximum_entropy`.
///
/// # Names
/// - `imagej.MaxEntropy`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn maximum_entropy_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    MaximumEntropy.number(context, &image, "maximum_entropy_threshold")
}

/// 1 where a pixel is above the maximum-entropy threshold: largest sum of the entropies of both sides of the histogram.
///
/// From 256 bins over the image's range. All 0 if the image is constant; values that are not finite are an error. One
/// threshold for all batch axes.
///
/// Kapur, J. N., Sahoo, P. K. & Wong, A. K. C. (1985). A new method for gray-level picture thresholding using the entropy of the
/// histogram. Computer Vision, Graphics, and Image Processing 29, 273–285.
///
/// # Names
/// - `imagej.MaxEntropy`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn threshold_maximum_entropy(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    MaximumEntropy.mask(context, &image, "threshold_maximum_entropy")
}

/// Rényi-entropy threshold as a number: a mean of the thresholds by entropies of order 1/2, 1 and 2.
///
/// See `threshold_renyi_entropy`.
///
/// # Names
/// - `imagej.RenyiEntropy`: from the 256 bins over the image's range; the mean of bins is not rounded.
#[gpu_op(procedure)]
pub fn renyi_entropy_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    RenyiEntropy.number(context, &image, "renyi_entropy_threshold")
}

/// 1 where a pixel is above the Rényi-entropy threshold: a mean of the thresholds by entropies of order 1/2, 1 and 2.
///
/// The three bins are weighted by the shares of pixels below, between and above them, and by whether they lie within 5
/// bins of each other. All 0 if the image is constant; values that are not finite are an error. One threshold for all
/// batch axes.
///
/// Sahoo, P., Wilkins, C. & Yeager, J. (1997). Threshold selection using Renyi's entropy. Pattern Recognition 30, 71–84.
///
/// # Names
/// - `imagej.RenyiEntropy`: from the 256 bins over the image's range; the mean of bins is not rounded.
#[gpu_op(procedure)]
pub fn threshold_renyi_entropy(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    RenyiEntropy.mask(context, &image, "threshold_renyi_entropy")
}

/// Shanbhag's threshold as a number: least difference of the information of both sides. See `threshold_shanbhag`.
///
/// # Names
/// - `imagej.Shanbhag`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn shanbhag_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Shanbhag.number(context, &image, "shanbhag_threshold")
}

/// 1 where a pixel is above Shanbhag's threshold: least difference of the information of both sides.
///
/// The information of a side is the mean of −ln m over it, where m is how surely a level belongs to the side: 1 at its
/// end, falling to 1/2 towards the threshold with the share of pixels. From 256 bins over the image's range. All 0 if
/// the image is constant; values that are not finite are an error. One threshold for all batch axes.
///
/// Shanbhag, A. G. (1994). Utilization of information measure as a means of image thresholding. Graphical Models and
/// Image Processing 56, 414–419.
///
/// # Names
/// - `imagej.Shanbhag`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn threshold_shanbhag(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Shanbhag.mask(context, &image, "threshold_shanbhag")
}

/// Minimum-error threshold as a number: least error of two normal distributions. See `threshold_minimum_error`.
///
/// # Names
/// - `imagej.MinError(I)`: the same criterion, searched there by iteration from the mean, which may end in another minimum.
#[gpu_op(procedure, alias = "kittler_illingworth_threshold")]
pub fn minimum_error_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    MinimumError.number(context, &image, "minimum_error_threshold")
}

/// 1 where a pixel is above the minimum-error threshold: both sides as normal distributions, with the least share of
/// pixels on the wrong side.
///
/// Minimises Σ P · ln σ² − 2 · P · ln P over the two sides with the shares P and variances σ² of the levels, at least
/// that of a bin (1/12), over all 256 bins of the image's range. All 0 if the image is constant; values that are not
/// finite are an error. One threshold for all batch axes.
///
/// Kittler, J. & Illingworth, J. (1986). Minimum error thresholding. Pattern Recognition 19, 41–47.
///
/// # Names
/// - `imagej.MinError(I)`: the same criterion, searched there by iteration from the mean, which may end in another minimum.
#[gpu_op(procedure, alias = "threshold_kittler_illingworth")]
pub fn threshold_minimum_error(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    MinimumError.mask(context, &image, "threshold_minimum_error")
}

/// Moment-preserving threshold as a number: that of a two-level image with the first three moments of the histogram.
///
/// See `threshold_moments`.
///
/// # Names
/// - `imagej.Moments`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn moments_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Moments.number(context, &image, "moments_threshold")
}

/// 1 where a pixel is above the threshold of a two-level image with the first three moments of the histogram.
///
/// From 256 bins over the image's range: the first bin up to which more pixels lie than the darker level has. All 0 if
/// the image is constant; values that are not finite are an error. One threshold for all batch axes.
///
/// Tsai, W.-H. (1985). Moment-preserving thresholding: a new approach. Computer Vision, Graphics, and Image Processing
/// 29, 377–393.
///
/// # Names
/// - `imagej.Moments`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn threshold_moments(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Moments.mask(context, &image, "threshold_moments")
}

/// Huang's threshold as a number: least fuzziness.
///
/// See `threshold_huang`.
///
/// # Names
/// - `imagej.Huang`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn huang_threshold(context: &Context, image: AnyImage) -> Result<f64> {
    Huang.number(context, &image, "huang_threshold")
}

/// 1 where a pixel is above Huang's threshold: least fuzziness.
///
/// The fuzziness is Shannon's entropy of how well levels fit the mean of their side. From 256 bins over the image's
/// range; a level at distance d of the mean fits by 1 / (1 + d/255), in bins. All 0 if the image is constant; values
/// that are not finite are an error. One threshold for all batch axes.
///
/// Huang, L.-K. & Wang, M.-J. J. (1995). Image thresholding by minimizing the measures of fuzziness. Pattern
/// Recognition 28, 41–51.
///
/// # Names
/// - `imagej.Huang`: from the 256 bins over the image's range.
#[gpu_op(procedure)]
pub fn threshold_huang(context: &Context, image: AnyImage) -> Result<Image<u8>> {
    Huang.mask(context, &image, "threshold_huang")
}

/// 1 where a pixel is above a percentile of the image: a given share of pixels is background.
///
/// The percentile is that of `percentile`, interpolated linearly, so that it is exact for every element type.
///
/// Doyle, W. (1962). Operations useful for similarity-invariant pattern recognition. Journal of the ACM 9, 259–267.
///
/// # Names
/// - `imagej.Percentile`: with 50 percent, from the 256 bins of an 8-bit image there.
#[gpu_op(procedure)]
pub fn threshold_percentile(
    context: &Context,
    image: AnyImage,
    #[param(default = 50.0, range = 0.0..=100.0, unit = "percent")] percentile: f32,
) -> Result<Image<u8>> {
    let level = percentiles(context, &image, &[percentile], PercentileMethod::Linear, "threshold_percentile")?[0];
    context.eval(above_threshold(&image, rounded_down(level)))
}

/// Otsu's thresholds for several classes.
fn multi_otsu(context: &Context, image: &AnyImage, classes: u32, operation: &str) -> Result<Vec<f64>> {
    let (counts, low, high) = counted(context, image, BINS, operation)?;
    let thresholds = if low == high { None } else { Bins::new(&counts, low, high).multi_otsu(classes as usize) };
    thresholds.ok_or_else(|| Error::Unsupported {
        operation: operation.into(),
        problem: format!("fewer than {classes} of the 256 bins of the histogram hold pixels"),
        remedy: "ask for fewer classes".into(),
    })
}

/// Thresholds between several classes by Otsu's criterion: a table with a row for each, from the lowest.
///
/// See `threshold_multiotsu`.
///
/// # Names
/// - `skimage.filters.threshold_multiotsu`: integer images have one bin per value there and 256 bins here; shares are
///   in f64 here.
#[gpu_op(procedure)]
pub fn multiotsu_thresholds(
    context: &Context,
    image: AnyImage,
    #[param(default = 3, range = 2..=16)] classes: u32,
) -> Result<Table> {
    let thresholds = multi_otsu(context, &image, classes, "multiotsu_thresholds")?;
    Table::new().with_column("threshold", thresholds)
}

/// Classes by Otsu's criterion: 0 up to the first of `classes` − 1 thresholds, 1 up to the second, and so on.
///
/// From 256 bins over the image's range: of all ways to divide them the one with the largest variance between the
/// classes, the first of equal ones; the time does not grow with the number of ways. A pixel belongs to the class by
/// how many thresholds it is greater than. It is an error if fewer bins than classes hold pixels, as in a constant
/// image; so are values that are not finite.
///
/// Liao, P.-S., Chen, T.-S. & Chung, P.-C. (2001). A fast algorithm for multilevel thresholding. Journal of Information
/// Science and Engineering 17, 713–727.
///
/// # Names
/// - `skimage.filters.threshold_multiotsu`: gives the thresholds, which is `multiotsu_thresholds` here, and
///   `numpy.digitize` the classes, where a pixel that equals a threshold belongs to the class above; integer images
///   have one bin per value there.
#[gpu_op(procedure)]
pub fn threshold_multiotsu(
    context: &Context,
    image: AnyImage,
    #[param(default = 3, range = 2..=16)] classes: u32,
) -> Result<Image<u8>> {
    let thresholds = multi_otsu(context, &image, classes, "threshold_multiotsu")?;
    let levels: Vec<f32> = thresholds.into_iter().map(rounded_down).collect();
    let levels = context.upload_buffer(&levels)?;
    let result = context.unset_like::<u8>(&image)?;
    count_levels_below(context, Domain::of(&image), &image, &levels, &result, classes - 1)?;
    Ok(result)
}

/// Of how many levels a pixel is above.
#[gpu_op(grid)]
pub fn count_levels_below(at: Item, image: Read<f32>, levels: Read<f32>, result: Write<u32>, len: u32) {
    let value = image.get(at.index());
    let mut class = 0u32;
    for k in 0..len {
        class += if value > levels.get(k as usize) { 1 } else { 0 };
    }
    result.store(at.index(), class);
}

/// All global thresholds: a table of one row with a column for each method; NaN where a method finds none.
///
/// `minimum` and `intermodes` need two peaks. The histogram is computed once for all methods that need one. Values that
/// are not finite are an error.
///
/// # Names
/// - `skimage.filters.try_all_threshold`: draws the masks of its seven methods.
#[gpu_op(procedure)]
pub fn try_all_threshold(context: &Context, image: AnyImage) -> Result<Table> {
    let operation = "try_all_threshold";
    let (counts, low, high) = counted(context, &image, BINS, operation)?;
    let of = |method: Method| vec![method.of_counts(&counts, low, high, operation).unwrap_or(f64::NAN)];
    Table::new()
        .with_column("huang", of(Huang))?
        .with_column("intermodes", of(Intermodes))?
        .with_column("isodata", of(Isodata))?
        .with_column("li", vec![Li.number(context, &image, operation)?])?
        .with_column("maximum_entropy", of(MaximumEntropy))?
        .with_column("mean", vec![Mean.number(context, &image, operation)?])?
        .with_column("minimum", of(Minimum))?
        .with_column("minimum_error", of(MinimumError))?
        .with_column("moments", of(Moments))?
        .with_column("otsu", vec![context.scalar(&otsu_threshold(&image))?])?
        .with_column("renyi_entropy", of(RenyiEntropy))?
        .with_column("shanbhag", of(Shanbhag))?
        .with_column("triangle", of(Triangle))?
        .with_column("yen", of(Yen))
}

family! {
    operations: [
        isodata_threshold, threshold_isodata, li_threshold, threshold_li, threshold_mean, minimum_threshold, threshold_minimum,
        intermodes_threshold, threshold_intermodes, triangle_threshold, threshold_triangle, yen_threshold, threshold_yen,
        maximum_entropy_threshold, threshold_maximum_entropy, renyi_entropy_threshold, threshold_renyi_entropy, moments_threshold,
        threshold_moments, huang_threshold, threshold_huang, shanbhag_threshold, threshold_shanbhag,
        minimum_error_threshold, threshold_minimum_error, threshold_percentile, multiotsu_thresholds, threshold_multiotsu,
        try_all_threshold,
    ],
    kernels: [count_levels_below],
}
