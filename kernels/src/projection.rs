//! What comes of each line of an image, or of all of it, beside the monoids of [`reduction`](crate::reduction):
//! products, variances, medians, planes chosen by another image, reductions under a mask.
//!
//! Invariant: as for all reductions, the order of operations is fixed, and images of a batch are projected each for itself.

use kernwerk_runtime::Layout;
use kernwerk_runtime::math::pair::{two_product, two_sum};

use crate::binary::{binarize, mask as masked};
use crate::catalogue::Family;
use crate::edges::sobel;
use crate::filter::gaussian_blur;
use crate::keys::{Keys, rank_of_lines, values_of_keys};
use crate::layout::crop;
use crate::prelude::*;
use crate::reduction::{
    add_pairs, add_to_pair, arg_maximum_z_projection, maximum_of_all_pixels, maximum_x_projection,
    maximum_y_projection, maximum_z_projection, minimum_of_all_pixels, pair, population_deviation_x,
    population_deviation_y, population_deviation_z, standard_deviation, sum_of_all_pixels,
};
use crate::variance::variance_sphere;
use crate::wide_keys::{Halves, is_wide};

/// A pair whose low part is what the high part cannot hold. Where that is nothing, the sign of a zero stays; where the
/// high part has overflowed, the low part is NaN and does not count.
#[gpu_fn]
pub fn normalized(high: f32, low: f32) -> (f32, f32) {
    let sum = high + low;
    let rest = low - (sum - high);
    let alone = low == 0.0 || low.is_nan();
    (if alone { high } else { sum }, if alone { low } else { rest })
}

/// Product.
pub struct Product;

/// Product in f32, carried to 48 bits as an unevaluated pair.
///
/// The product of whole numbers is exact up to 2⁴⁷. What exceeds the largest f32 on the way is infinite, what is below
/// the smallest is 0, also for the number of the whole image.
///
/// # Names
/// - `numpy.prod`: in the image's own type there, where integers wrap.
/// - `numpy.prod(axis={axis})`: in the image's own type there, where integers wrap.
/// - `clesperanto.product_of_all_pixels`: same.
/// - `clesperanto.product_{axis}_projection`: without `keep_dims`.
#[gpu_op(reduction, whole = "product_of_all_pixels", projection = "product_{axis}_projection")]
impl Reduction<f32> for Product {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (1.0, 0.0)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        let (product, error) = two_product(state.0, pixel);
        normalized(product, state.1.mul_add(pixel, error))
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        let (product, error) = two_product(a.0, b.0);
        normalized(product, a.1.mul_add(b.0, a.0.mul_add(b.1, error)))
    }

    fn finish(state: (f32, f32), _count: f32) -> f32 {
        state.0
    }

    fn scalar(state: (f32, f32), _count: f64) -> f64 {
        pair(state.0, state.1)
    }
}

/// Population variance.
pub struct Variance;

/// Population variance, from sums of values and squares carried to 48 bits.
///
/// Not rounded before the last step, as the standard deviation is.
#[gpu_op(reduction, projection = "population_variance_{axis}")]
impl Reduction<f32> for Variance {
    type State = (f32, f32, f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32, f32, f32) {
        (0.0, 0.0, 0.0, 0.0)
    }

    fn step(state: (f32, f32, f32, f32), pixel: f32, _at: Position) -> (f32, f32, f32, f32) {
        let (sum, sum_low) = add_to_pair(state.0, state.1, pixel);
        let (square, square_error) = two_product(pixel, pixel);
        let (squares, squares_error) = two_sum(state.2, square);
        (sum, sum_low, squares, state.3 + (squares_error + square_error))
    }

    fn merge(a: (f32, f32, f32, f32), b: (f32, f32, f32, f32)) -> (f32, f32, f32, f32) {
        let (sum, sum_low) = add_pairs(a.0, a.1, b.0, b.1);
        let (squares, squares_low) = add_pairs(a.2, a.3, b.2, b.3);
        (sum, sum_low, squares, squares_low)
    }

    fn finish(state: (f32, f32, f32, f32), count: f32) -> f32 {
        let (sum, sum_low, squares, squares_low) = state;
        // squares - sum² / count, where sum² and the quotient are pairs too.
        let product = sum * sum;
        let product_low = sum.mul_add(sum, -product) + 2.0 * sum * sum_low;
        let quotient = product / count;
        let quotient_low = ((-quotient).mul_add(count, product) + product_low) / count;
        let variance = ((squares - quotient) + (squares_low - quotient_low)) / count;
        if variance < 0.0 { 0.0 } else { variance }
    }
}

/// A projection of the population variance, or with `root` of the deviation, as one that is divided by n − ddof instead of
/// the n voxels of a line of the image along an axis (0, 1, 2 for x, y, z).
#[gpu_op(gather)]
pub fn divided_by_degrees(
    projected: Sampler<f32>,
    image: Sampler<f32>,
    at: Position,
    #[param] axis: u32,
    #[param] ddof: u32,
    #[param] root: bool,
) -> f32 {
    let len = if axis == 0 {
        image.extent_x()
    } else if axis == 1 {
        image.extent_y()
    } else {
        image.extent_z()
    };
    let count = len as f32;
    let degrees = count - ddof as f32;
    let ratio = count / degrees;
    let value = projected.at(at.x(), at.y(), at.z()) * (if root { ratio.sqrt() } else { ratio });
    if degrees > 0.0 { value } else { f32::NAN }
}

/// What a projection of the population's becomes with `ddof`.
fn of_degrees(population: Expr<f32>, image: AnyExpr, axis: Axis, ddof: u32, root: bool) -> Expr<f32> {
    if ddof == 0 { population } else { divided_by_degrees(population, image, axis.index() as u32, ddof, root) }
}

/// Variance along x: the sum of squared differences to the mean, divided by n − `ddof` (default 0). The result lacks that axis.
///
/// From sums of values and squares carried to 48 bits. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.var(axis=x)`: same; where n is `ddof` a variance other than 0 is infinite there.
/// - `clesperanto.variance_x_projection`: without `keep_dims`.
#[gpu_op(composite)]
pub fn variance_x_projection(image: AnyExpr, #[param(default = 0, optional)] ddof: u32) -> Expr<f32> {
    of_degrees(population_variance_x(&image), image, Axis::X, ddof, false)
}

/// Variance along y: the sum of squared differences to the mean, divided by n − `ddof` (default 0). The result lacks that axis.
///
/// From sums of values and squares carried to 48 bits. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.var(axis=y)`: same; where n is `ddof` a variance other than 0 is infinite there.
/// - `clesperanto.variance_y_projection`: without `keep_dims`.
#[gpu_op(composite)]
pub fn variance_y_projection(image: AnyExpr, #[param(default = 0, optional)] ddof: u32) -> Expr<f32> {
    of_degrees(population_variance_y(&image), image, Axis::Y, ddof, false)
}

/// Variance along z: the sum of squared differences to the mean, divided by n − `ddof` (default 0). The result lacks that axis.
///
/// From sums of values and squares carried to 48 bits. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.var(axis=z)`: same; where n is `ddof` a variance other than 0 is infinite there.
/// - `clesperanto.variance_z_projection`: without `keep_dims`.
#[gpu_op(composite)]
pub fn variance_z_projection(image: AnyExpr, #[param(default = 0, optional)] ddof: u32) -> Expr<f32> {
    of_degrees(population_variance_z(&image), image, Axis::Z, ddof, false)
}

/// Standard deviation along x: the root of the variance with `ddof` (default 0). The result lacks that axis.
///
/// From sums of values and squares carried to 48 bits. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.std(axis=x)`: same; where n is `ddof` a deviation other than 0 is infinite there.
/// - `clesperanto.std_x_projection`: without `keep_dims`.
/// - `clesperanto.standard_deviation_x_projection`: same.
#[gpu_op(composite, alias = "standard_deviation_x_projection")]
pub fn std_x_projection(image: AnyExpr, #[param(default = 0, optional)] ddof: u32) -> Expr<f32> {
    of_degrees(population_deviation_x(&image), image, Axis::X, ddof, true)
}

/// Standard deviation along y: the root of the variance with `ddof` (default 0). The result lacks that axis.
///
/// From sums of values and squares carried to 48 bits. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.std(axis=y)`: same; where n is `ddof` a deviation other than 0 is infinite there.
/// - `clesperanto.std_y_projection`: without `keep_dims`.
/// - `clesperanto.standard_deviation_y_projection`: same.
#[gpu_op(composite, alias = "standard_deviation_y_projection")]
pub fn std_y_projection(image: AnyExpr, #[param(default = 0, optional)] ddof: u32) -> Expr<f32> {
    of_degrees(population_deviation_y(&image), image, Axis::Y, ddof, true)
}

/// Standard deviation along z: the root of the variance with `ddof` (default 0). The result lacks that axis.
///
/// From sums of values and squares carried to 48 bits. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.std(axis=z)`: same; where n is `ddof` a deviation other than 0 is infinite there.
/// - `clesperanto.std_z_projection`: without `keep_dims`.
/// - `clesperanto.standard_deviation_z_projection`: same.
#[gpu_op(composite, alias = "standard_deviation_z_projection")]
pub fn std_z_projection(image: AnyExpr, #[param(default = 0, optional)] ddof: u32) -> Expr<f32> {
    of_degrees(population_deviation_z(&image), image, Axis::Z, ddof, true)
}

/// Variance of the whole image, batch axes included: the sum of squared differences to the mean, divided by n − ddof.
///
/// From sums of values and squares carried to 48 bits, in f64. NaN where n − ddof is not positive.
///
/// # Names
/// - `numpy.var`: same.
/// - `scipy.ndimage.variance`: same, without labels.
/// - `clesperanto.variance_of_all_pixels`: same.
#[gpu_op(procedure)]
pub fn variance_of_all_pixels(
    context: &Context,
    image: AnyImage,
    #[param(default = 0, optional)] ddof: u32,
) -> Result<Pending<f64>> {
    let count = image.voxels() as f64;
    context.reduce_later(&standard_deviation::KERNEL, &image, move |state| {
        let total = |high: usize| pair(state[high] as f32, state[high + 1] as f32);
        let squares = total(2) - total(0) * total(0) / count;
        let degrees = count - f64::from(ddof);
        Ok(if degrees > 0.0 { if squares < 0.0 { 0.0 } else { squares / degrees } } else { f64::NAN })
    })
}

/// Median along an axis.
fn median_projection(context: &Context, image: &AnyImage, axis: Axis) -> Result<AnyImage> {
    let [width, height, depth] = image.spatial();
    let at = axis.index();
    let mut extent = [width, height, depth];
    let len = std::mem::replace(&mut extent[at], 1);
    // One plane of the image is projected for the frame of the result.
    let [x, y, z] = extent.map(|extent| extent as u32);
    let flat = crop(image, PerAxis::xyz(0, 0, 0), PerAxis::xyz(x, y, z));
    let like = context.eval_any(&match axis {
        Axis::X => maximum_x_projection(flat).into_any(),
        Axis::Y => maximum_y_projection(flat).into_any(),
        Axis::Z => maximum_z_projection(flat).into_any(),
    })?;
    if is_wide(image.dtype()) {
        return Halves::of(context, image)?.ranks_of_lines(context, axis, len as u32 / 2, &like, image.dtype());
    }
    let keys = context.unset_like::<u32>(&like)?;
    let made = Keys::of(image.dtype());
    rank_of_lines(
        context,
        Domain { batch: image.batch(), extent },
        image,
        image,
        image,
        &keys,
        made.kind,
        made.base,
        made.bits,
        width as u32,
        height as u32,
        depth as u32,
        at as u32,
        len as u32 / 2,
    )?;
    values_of_keys(context, keys, image.dtype())
}

/// Median along x, in the image's own type: the value of rank n/2 of n, in sort order. The result lacks that axis.
///
/// NaN counts as largest. Each line is read once for every two bits of the image's type.
///
/// # Names
/// - `numpy.median`: with `axis`; for even n the mean of the two middle values there.
#[gpu_op(procedure)]
pub fn median_x_projection(context: &Context, image: AnyImage) -> Result<AnyImage> {
    median_projection(context, &image, Axis::X)
}

/// Median along y, in the image's own type: the value of rank n/2 of n, in sort order. The result lacks that axis.
///
/// NaN counts as largest. Each line is read once for every two bits of the image's type.
///
/// # Names
/// - `numpy.median`: with `axis`; for even n the mean of the two middle values there.
#[gpu_op(procedure)]
pub fn median_y_projection(context: &Context, image: AnyImage) -> Result<AnyImage> {
    median_projection(context, &image, Axis::Y)
}

/// Median along z, in the image's own type: the value of rank n/2 of n, in sort order. The result lacks that axis.
///
/// NaN counts as largest. Each line is read once for every two bits of the image's type.
///
/// # Names
/// - `numpy.median`: with `axis`; for even n the mean of the two middle values there.
#[gpu_op(procedure)]
pub fn median_z_projection(context: &Context, image: AnyImage) -> Result<AnyImage> {
    median_projection(context, &image, Axis::Z)
}

/// The voxels of an image at the positions along z that another one holds, which has one for each column.
#[gpu_op(gather)]
pub fn voxels_at_positions<T: Pixel>(position: Sampler<i32>, source: Sampler<T>, at: Position) -> T {
    let z = min(max(position.at(at.x(), at.y(), 0), 0), source.extent_z() - 1);
    source.at(at.x(), at.y(), z)
}

/// The voxel of each column along z at a position that another image holds, in the image's own type.
///
/// `position` is a picture with one whole number for each column, such as `arg_maximum_z_projection` gives; beyond the
/// ends the first or the last plane counts. The result is like `position`.
///
/// # Names
/// - `clesperanto.z_position_projection`: same.
#[gpu_op(composite)]
pub fn z_position_projection<T: Element>(image: Expr<T>, position: AnyExpr) -> Expr<T> {
    voxels_at_positions(position, image)
}

/// The layout of the planes from `start` to `end`.
fn of_planes(source: Layout, start: i32, end: i32) -> Result<Layout> {
    let planes = i64::from(end) - i64::from(start) + 1;
    if !(1..=65_536).contains(&planes) {
        return Err(Error::Shape {
            operation: "z_position_range_projection".into(),
            problem: format!("from {start} to {end} there are {planes} planes"),
            remedy: "give an `end` that is not before `start`, and at most 65536 planes".into(),
        });
    }
    Ok(source.of_extent(PerAxis::xyz(source.extent.x, source.extent.y, planes as u32)))
}

/// The planes around a position along z that another image holds for each column, in the image's own type.
///
/// Plane k of the result has the voxels at `position + start + k`, up to `end`, which is included; beyond the ends of
/// the image the first or the last plane counts. So a curved surface becomes a flat stack, of at most 65536 planes.
///
/// # Names
/// - `clesperanto.z_position_range_projection`: of its prototype; `start_z` and `end_z`, with the same defaults.
#[gpu_op(gather, layout = of_planes(source, start, end))]
pub fn z_position_range_projection<T: Pixel>(
    source: Sampler<T>,
    position: Sampler<i32>,
    at: Position,
    #[param(default = -5, range = -1048576..=1048576)] start: i32,
    #[param(default = 5, range = -1048576..=1048576)] end: i32,
) -> T {
    // No sum of these overflows, and beyond `end` there is nothing.
    let middle = min(max(position.at(at.x(), at.y(), 0), -0x3000_0000), 0x3000_0000);
    let wanted = min(middle + start + at.z(), middle + end);
    source.at(at.x(), at.y(), min(max(wanted, 0), source.extent_z() - 1))
}

/// The voxel of each column along z where a measure of sharpness is largest, after it was smoothed along x and y.
fn sharpest<T: Element>(image: Expr<T>, sharpness: Expr<f32>, sigma: f32) -> Expr<T> {
    let smooth = gaussian_blur(sharpness, PerAxis::xyz(sigma, sigma, 0.0));
    voxels_at_positions(arg_maximum_z_projection(smooth), image)
}

/// Extended depth of focus: of each column along z the voxel where the Sobel gradient is largest, in the image's own type.
///
/// The gradient is that of `sobel`, blurred by `sigma` along x and y; of equal values the first plane wins.
///
/// # Names
/// - `clesperanto.extended_depth_of_focus_sobel_projection`: same.
#[gpu_op(composite)]
pub fn extended_depth_of_focus_sobel_projection<T: Element>(
    image: Expr<T>,
    #[param(default = 5.0, range = 0.0..=10000.0, unit = "voxels")] sigma: f32,
) -> Expr<T> {
    let sharpness = sobel(&image);
    sharpest(image, sharpness, sigma)
}

/// Extended depth of focus: of each column along z the voxel where the local variance is largest, in the image's own type.
///
/// The variance is that of `variance_sphere` within `radius_x` and `radius_y` in the plane, blurred by `sigma` along x
/// and y; of equal values the first plane wins.
///
/// # Names
/// - `clesperanto.extended_depth_of_focus_variance_projection`: same.
#[gpu_op(composite)]
pub fn extended_depth_of_focus_variance_projection<T: Element>(
    image: Expr<T>,
    #[param(default = 10, range = 0..=100, unit = "voxels")] radius_x: u32,
    #[param(default = 10, range = 0..=100, unit = "voxels")] radius_y: u32,
    #[param(default = 5.0, range = 0.0..=10000.0, unit = "voxels")] sigma: f32,
) -> Expr<T> {
    let sharpness = variance_sphere(&image, PerAxis::xyz(radius_x, radius_y, 0));
    sharpest(image, sharpness, sigma)
}

/// Keeps the pixels where the mask is set; the others become the last value in sort order, or the first.
#[gpu_op(pointwise)]
pub fn mask_with_limit<T: Pixel>(image: T, mask: bool, #[param(default = true)] largest: bool) -> T {
    if mask { image } else { if largest { T::LARGEST } else { T::SMALLEST } }
}

/// Whether a mask is empty.
fn is_empty(context: &Context, mask: &AnyImage) -> Result<bool> {
    Ok(context.scalar(&maximum_of_all_pixels(binarize(mask)))? == 0.0)
}

/// Smallest value of the pixels where a mask is set, batch axes included; NaN if the mask is empty.
///
/// In the image's own type; NaN counts as largest.
///
/// # Names
/// - `scipy.ndimage.minimum`: with the mask as labels.
/// - `clesperanto.minimum_of_masked_pixels`: same.
#[gpu_op(procedure)]
pub fn minimum_of_masked_pixels(context: &Context, image: AnyImage, mask: AnyImage) -> Result<f64> {
    if is_empty(context, &mask)? {
        return Ok(f64::NAN);
    }
    context.scalar(&minimum_of_all_pixels(mask_with_limit(&image, &mask, true)))
}

/// Largest value of the pixels where a mask is set, batch axes included; NaN if the mask is empty.
///
/// In the image's own type; NaN counts as largest.
///
/// # Names
/// - `scipy.ndimage.maximum`: with the mask as labels.
/// - `clesperanto.maximum_of_masked_pixels`: same.
#[gpu_op(procedure)]
pub fn maximum_of_masked_pixels(context: &Context, image: AnyImage, mask: AnyImage) -> Result<f64> {
    if is_empty(context, &mask)? {
        return Ok(f64::NAN);
    }
    context.scalar(&maximum_of_all_pixels(mask_with_limit(&image, &mask, false)))
}

/// Mean of the pixels where a mask is set, batch axes included, from a sum carried to 48 bits; NaN if the mask is empty.
///
/// # Names
/// - `scipy.ndimage.mean`: with the mask as labels.
/// - `clesperanto.mean_of_masked_pixels`: same.
#[gpu_op(procedure)]
pub fn mean_of_masked_pixels(context: &Context, image: AnyImage, mask: AnyImage) -> Result<f64> {
    let sum = context.scalar(&sum_of_all_pixels(masked(&image, &mask)))?;
    let count = context.scalar(&sum_of_all_pixels(binarize(&mask)))?;
    Ok(sum / count)
}

pub(crate) const FAMILY: Family = Family {
    operations: &[
        &product_of_all_pixels::INFO,
        &product_x_projection::INFO,
        &product_y_projection::INFO,
        &product_z_projection::INFO,
        &variance_of_all_pixels::INFO,
        &variance_x_projection::INFO,
        &variance_y_projection::INFO,
        &variance_z_projection::INFO,
        &std_x_projection::INFO,
        &std_y_projection::INFO,
        &std_z_projection::INFO,
        &median_x_projection::INFO,
        &median_y_projection::INFO,
        &median_z_projection::INFO,
        &z_position_projection::INFO,
        &z_position_range_projection::INFO,
        &extended_depth_of_focus_sobel_projection::INFO,
        &extended_depth_of_focus_variance_projection::INFO,
        &minimum_of_masked_pixels::INFO,
        &maximum_of_masked_pixels::INFO,
        &mean_of_masked_pixels::INFO,
    ],
    kernels: &[
        CompiledKernel { name: "product", op: &product::KERNEL },
        CompiledKernel { name: "variance", op: &variance::KERNEL },
        CompiledKernel { name: "divided_by_degrees", op: &divided_by_degrees::KERNEL },
        CompiledKernel { name: "voxels_at_positions", op: &voxels_at_positions::KERNEL },
        CompiledKernel { name: "z_position_range_projection", op: &z_position_range_projection::KERNEL },
        CompiledKernel { name: "mask_with_limit", op: &mask_with_limit::KERNEL },
    ],
};
