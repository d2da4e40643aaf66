//! Thresholds that differ from voxel to voxel: each as a mask, `threshold_NAME`, and some as an image, `NAME_threshold`.
//!
//! Invariant: means and deviations within a box come from three passes, one per axis, whatever the window. Where
//! squares are summed, values are counted from the mean of the image, so that large values do not take the digits of
//! small differences.

use kernwerk_runtime::{Boundary, Choice};

use crate::arithmetic::{add_images, multiply_image_and_scalar, square, square_root, subtract_images, subtract_scalar};
use crate::catalogue::family;
use crate::comparison::greater;
use crate::contrast::{own_range, rescale_range};
use crate::filter::{gaussian_blur, mean_box, median_box};
use crate::metrics::limits;
use crate::morphology::{maximum_box, minimum_box};
use crate::prelude::*;
use crate::reduction::mean_of_all_pixels;

/// What a voxel is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalMethod {
    /// The weighted mean by a Gaussian.
    Gaussian,
    /// The mean of a box.
    Mean,
    /// The median of a box.
    Median,
}

impl Choice for LocalMethod {
    const NAMES: &'static [&'static str] = &["gaussian", "mean", "median"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> LocalMethod {
        [LocalMethod::Gaussian, LocalMethod::Mean, LocalMethod::Median][index.min(2)]
    }
}

/// Refuses a window without centre.
fn radius_of(size: PerAxis<u32>, parameter: &str, operation: &str) -> Result<PerAxis<u32>> {
    let even = [size.x, size.y, size.z].into_iter().find(|size| size % 2 == 0);
    match even {
        None => Ok(size.map(|size| size / 2)),
        Some(size) => Err(Error::Parameter {
            operation: operation.into(),
            parameter: parameter.into(),
            value: size.to_string(),
            problem: "it is even, and a window has a centre".into(),
            remedy: "use an odd number of voxels".into(),
        }),
    }
}

/// Local threshold as an image: the Gaussian mean, mean or median around each voxel, minus `offset`.
///
/// `block_size` is odd; a Gaussian has the sigma (`block_size` − 1) / 6 along each axis. In f32.
///
/// # Names
/// - `skimage.filters.threshold_local`: boundary `reflect` by default, `nearest` here; `block_size` counts along each
///   axis there, also of extent 1; the method `generic` and `param` are not here.
#[gpu_op(composite)]
pub fn local_threshold(
    image: AnyExpr,
    #[param(default = 3, range = 1..=199, unit = "voxels")] block_size: PerAxis<u32>,
    #[param(default = "gaussian")] method: LocalMethod,
    #[param(default = 0.0, optional)] offset: f32,
) -> Result<Expr<f32>> {
    let radius = radius_of(block_size, "block_size", "local_threshold")?;
    let around = match method {
        LocalMethod::Gaussian => gaussian_blur(&image, radius.map(|radius| radius as f32 / 3.0)),
        LocalMethod::Mean => mean_box(&image, radius),
        LocalMethod::Median => return Ok(subtract_scalar(median_box(&image, radius), offset)),
    };
    Ok(subtract_scalar(around, offset))
}

/// 1 where a voxel is greater than the Gaussian mean, mean or median around it, minus `offset`.
///
/// See `local_threshold`.
///
/// # Names
/// - `skimage.filters.threshold_local`: gives the threshold, which is `local_threshold` here.
#[gpu_op(composite)]
pub fn threshold_local(
    image: AnyExpr,
    #[param(default = 3, range = 1..=199, unit = "voxels")] block_size: PerAxis<u32>,
    #[param(default = "gaussian")] method: LocalMethod,
    #[param(default = 0.0, optional)] offset: f32,
) -> Result<Expr<u8>> {
    radius_of(block_size, "block_size", "threshold_local")?;
    let threshold = local_threshold(&image, block_size, method).with("offset", offset);
    Ok(above(&image, threshold))
}

/// 1 where an image is greater than another, both as f32.
fn above(image: &AnyExpr, threshold: Expr<f32>) -> Expr<u8> {
    greater(crate::add_image_and_scalar(image, 0.0), threshold)
}

/// The boundary of values that a function has changed: a constant is changed with them.
fn changed(boundary: Boundary, value: impl Fn(f32) -> f32) -> Boundary {
    match boundary {
        Boundary::Constant(constant) => Boundary::Constant(value(constant)),
        other => other,
    }
}

/// Mean and standard deviation in a box around each voxel. The constant of the boundary is in units of the image.
fn mean_and_deviation(
    context: &Context,
    image: &AnyImage,
    window_size: PerAxis<u32>,
    boundary: Boundary,
    operation: &str,
) -> Result<(Image<f32>, Expr<f32>)> {
    let radius = radius_of(window_size, "window_size", operation)?;
    let centre = context.scalar(&mean_of_all_pixels(image))? as f32;
    let centre = if centre.is_finite() { centre } else { 0.0 };
    let away = context.eval(subtract_scalar(image, centre))?;
    let mean = context.eval(mean_box(&away, radius).boundary(changed(boundary, |value| value - centre)))?;
    let of_squares = changed(boundary, |value| (value - centre) * (value - centre));
    let squares = context.eval(mean_box(square(&away), radius).boundary(of_squares))?;
    let variance = crate::maximum_image_and_scalar(subtract_images(&squares, square(&mean)), 0.0);
    let whole = context.eval(crate::add_image_and_scalar(&mean, centre))?;
    Ok((whole, square_root(variance)))
}

/// Niblack's threshold as an image: mean − `k` · standard deviation in a box around each voxel.
///
/// `window_size` is odd. In f32, with values counted from the mean of the image: the deviation is good to 10⁻³ of the
/// image's contrast where it is small.
///
/// Niblack, W. (1986). An introduction to digital image processing. Prentice-Hall.
///
/// # Names
/// - `skimage.filters.threshold_niblack`: the boundary is `mirror` there, the caller's here; in f64 for integers there.
#[gpu_op(procedure)]
pub fn niblack_threshold(
    context: &Context,
    image: AnyImage,
    #[param(default = 15, range = 1..=100001, unit = "voxels")] window_size: PerAxis<u32>,
    #[param(default = 0.2)] k: f32,
) -> Result<Image<f32>> {
    let (mean, deviation) = mean_and_deviation(context, &image, window_size, context.boundary(), "niblack_threshold")?;
    context.eval(subtract_images(&mean, multiply_image_and_scalar(deviation, k)))
}

/// 1 where a voxel is greater than mean − `k` · standard deviation in a box around it.
///
/// See `niblack_threshold`.
///
/// # Names
/// - `skimage.filters.threshold_niblack`: gives the threshold, which is `niblack_threshold` here.
#[gpu_op(procedure)]
pub fn threshold_niblack(
    context: &Context,
    image: AnyImage,
    #[param(default = 15, range = 1..=100001, unit = "voxels")] window_size: PerAxis<u32>,
    #[param(default = 0.2)] k: f32,
) -> Result<Image<u8>> {
    let (mean, deviation) = mean_and_deviation(context, &image, window_size, context.boundary(), "threshold_niblack")?;
    context.eval(above(&image.into_expr().into_any(), subtract_images(&mean, multiply_image_and_scalar(deviation, k))))
}

/// Sauvola's threshold.
fn sauvola(
    context: &Context,
    image: &AnyImage,
    window_size: PerAxis<u32>,
    k: f32,
    r: f32,
    operation: &str,
) -> Result<Expr<f32>> {
    let (mean, deviation) = mean_and_deviation(context, image, window_size, context.boundary(), operation)?;
    let (low, high) = limits(image.dtype());
    let range = if r == 0.0 { (0.5 * (high - low)) as f32 } else { r };
    let factor = subtract_scalar(crate::divide_scalar(deviation, range), 1.0) * k;
    Ok(crate::multiply_images(&mean, crate::add_image_and_scalar(factor, 1.0)))
}

/// Sauvola's threshold as an image: mean · (1 + `k` · (standard deviation / `r` − 1)) in a box around each voxel.
///
/// `window_size` is odd. With `r` 0 (the default) it is half the range of the image's element type, 1 for f32. In f32,
/// with values counted from the mean of the image.
///
/// Sauvola, J. & Pietikäinen, M. (2000). Adaptive document image binarization. Pattern Recognition 33, 225–236.
///
/// # Names
/// - `skimage.filters.threshold_sauvola`: the boundary is `mirror` there, the caller's here; in f64 for integers there.
#[gpu_op(procedure)]
pub fn sauvola_threshold(
    context: &Context,
    image: AnyImage,
    #[param(default = 15, range = 1..=100001, unit = "voxels")] window_size: PerAxis<u32>,
    #[param(default = 0.2)] k: f32,
    #[param(default = 0.0, range = 0.0.., optional)] r: f32,
) -> Result<Image<f32>> {
    context.eval(sauvola(context, &image, window_size, k, r, "sauvola_threshold")?)
}

/// 1 where a voxel is greater than Sauvola's threshold.
///
/// See `sauvola_threshold`.
///
/// # Names
/// - `skimage.filters.threshold_sauvola`: gives the threshold, which is `sauvola_threshold` here.
#[gpu_op(procedure)]
pub fn threshold_sauvola(
    context: &Context,
    image: AnyImage,
    #[param(default = 15, range = 1..=100001, unit = "voxels")] window_size: PerAxis<u32>,
    #[param(default = 0.2)] k: f32,
    #[param(default = 0.0, range = 0.0.., optional)] r: f32,
) -> Result<Image<u8>> {
    let threshold = sauvola(context, &image, window_size, k, r, "threshold_sauvola")?;
    context.eval(above(&image.into_expr().into_any(), threshold))
}

/// 1 where a voxel is greater than the middle of the smallest and the largest value in a box around it, minus `offset`.
///
/// # Names
/// - `clij2.localThresholdMidGrey`: in a disk there; `offset` is `c`.
#[gpu_op(composite)]
pub fn threshold_midgrey(
    image: AnyExpr,
    #[param(default = 7, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 0.0)] offset: f32,
) -> Expr<u8> {
    let middle = add_images(maximum_box(&image, radius), minimum_box(&image, radius)) * 0.5;
    above(&image, subtract_scalar(middle, offset))
}

/// 1 where a voxel is closer to the largest than to the smallest value in a box around it.
///
/// # Names
/// - `clij2.localThresholdContrast`: in a disk there.
#[gpu_op(composite)]
pub fn threshold_contrast(
    image: AnyExpr,
    #[param(default = 7, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
) -> Expr<u8> {
    let to_largest = subtract_images(maximum_box(&image, radius), &image);
    let to_smallest = subtract_images(&image, minimum_box(&image, radius));
    greater(to_smallest, to_largest)
}

/// 1 where a voxel is at least the middle of the extremes around it, or, where these differ by less than `contrast`,
/// the middle is at least `level`.
///
/// The extremes are those of a box. `level` is the middle of the range that values can have, 128 for 8 bits.
///
/// Bernsen, J. (1986). Dynamic thresholding of grey-level images. Proc. 8th Int. Conf. on Pattern Recognition, 1251–1255.
///
/// # Names
/// - `clij2.localThresholdBernsen`: in a disk there.
#[gpu_op(composite)]
pub fn threshold_bernsen(
    image: AnyExpr,
    #[param(default = 7, range = 0..=100000, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 15.0)] contrast: f32,
    #[param(default = 128.0)] level: f32,
) -> Expr<u8> {
    let (largest, smallest) = (maximum_box(&image, radius), minimum_box(&image, radius));
    bernsen_level(crate::add_image_and_scalar(&image, 0.0), largest, smallest, contrast, level)
}

/// Bernsen's decision from a voxel and the extremes around it.
#[gpu_op(pointwise)]
pub fn bernsen_level(
    image: f32,
    largest: f32,
    smallest: f32,
    #[param(default = 15.0)] contrast: f32,
    #[param(default = 128.0)] level: f32,
) -> bool {
    let middle = 0.5 * (largest + smallest);
    if largest - smallest < contrast { middle >= level } else { image >= middle }
}

/// Phansalkar's threshold from a voxel, mean and deviation, all as shares of the range.
#[gpu_op(pointwise)]
pub fn phansalkar_level(
    mean: f32,
    deviation: f32,
    #[param(default = 0.25)] k: f32,
    #[param(default = 0.5)] r: f32,
    #[param(default = 2.0)] p: f32,
    #[param(default = 10.0)] q: f32,
) -> f32 {
    mean * (1.0 + p * (-q * mean).exp() + k * (deviation / r - 1.0))
}

/// 1 where a voxel is greater than Phansalkar's threshold, which also finds dark objects in dark surroundings.
///
/// mean · (1 + `p` · exp(−`q` · mean) + `k` · (standard deviation / `r` − 1)) in a box around each voxel, where values
/// are first stretched to 0 to 1 over the image's range, which has to be finite. The constant of a boundary is
/// stretched with them.
///
/// Phansalkar, N., More, S., Sabale, A. & Joshi, M. (2011). Adaptive local thresholding for detection of nuclei in
/// diversity stained cytology images. Int. Conf. on Communications and Signal Processing, 218–220.
///
/// # Names
/// - `clij2.localThresholdPhansalkar`: in a disk there.
#[gpu_op(procedure)]
pub fn threshold_phansalkar(
    context: &Context,
    image: AnyImage,
    #[param(default = 15, range = 1..=100001, unit = "voxels")] window_size: PerAxis<u32>,
    #[param(default = 0.25)] k: f32,
    #[param(default = 0.5, range = 0.0001..)] r: f32,
    #[param(default = 2.0, optional)] p: f32,
    #[param(default = 10.0, optional)] q: f32,
) -> Result<Image<u8>> {
    let operation = "threshold_phansalkar";
    let (low, high) = own_range(context, &image, operation)?;
    let image = context.eval(rescale_range(&image, low, high, 0.0, 1.0))?.into_any();
    let stretched = |value: f32| if low == high { value.clamp(0.0, 1.0) } else { (value - low) / (high - low) };
    let boundary = changed(context.boundary(), stretched);
    let (mean, deviation) = mean_and_deviation(context, &image, window_size, boundary, operation)?;
    context.eval(greater(&image.typed::<f32>()?, phansalkar_level(&mean, deviation, k, r, p, q)))
}

family! {
    operations: [
        local_threshold, threshold_local, niblack_threshold, threshold_niblack, sauvola_threshold, threshold_sauvola, threshold_midgrey,
        threshold_contrast, threshold_bernsen, threshold_phansalkar,
    ],
    kernels: [bernsen_level, phansalkar_level],
}
