//! Monoids: each serves as a number for the whole image and as projections along x, y and z.
//!
//! Sums are carried as an unevaluated pair of f32 (Knuth's two-sum; Dekker 1971), so that they are as good as 48 bits
//! on every device, in one fixed order, without f64.

use kernwerk_runtime::math::pair::{two_product, two_sum};

use crate::catalogue::{CompiledKernel, Family};
use crate::prelude::*;

/// Largest value, in the image's own type; NaN counts as largest.
pub struct Maximum;

/// Largest value; NaN counts as largest.
///
/// # Names
/// - `numpy.max`: NaN for a NaN, as here.
/// - `scipy.ndimage.maximum`: same, without labels.
/// - `clesperanto.maximum_of_all_pixels`: integers above 2²⁴ are rounded there.
/// - `numpy.max(axis={axis})`: NaN for a NaN, as here.
/// - `clesperanto.maximum_{axis}_projection`: without `keep_dims`.
#[gpu_op(reduction, whole = "maximum_of_all_pixels", projection = "maximum_{axis}_projection")]
impl<T: Pixel> Reduction<T> for Maximum {
    type State = T;
    type Output = T;

    fn identity() -> T {
        T::SMALLEST
    }

    fn step(state: T, pixel: T, _at: Position) -> T {
        max(state, pixel)
    }

    fn merge(a: T, b: T) -> T {
        max(a, b)
    }

    fn finish(state: T, _count: f32) -> T {
        state
    }
}

/// Smallest value, in the image's own type; NaN counts as largest.
pub struct Minimum;

/// Smallest value; NaN counts as largest.
///
/// # Names
/// - `numpy.min`: NaN if any value is there, only if all are here.
/// - `scipy.ndimage.minimum`: same, without labels.
/// - `clesperanto.minimum_of_all_pixels`: integers above 2²⁴ are rounded there.
/// - `numpy.min(axis={axis})`: NaN if any value is there, only if all are here.
/// - `clesperanto.minimum_{axis}_projection`: without `keep_dims`.
#[gpu_op(reduction, whole = "minimum_of_all_pixels", projection = "minimum_{axis}_projection")]
impl<T: Pixel> Reduction<T> for Minimum {
    type State = T;
    type Output = T;

    fn identity() -> T {
        T::LARGEST
    }

    fn step(state: T, pixel: T, _at: Position) -> T {
        min(state, pixel)
    }

    fn merge(a: T, b: T) -> T {
        min(a, b)
    }

    fn finish(state: T, _count: f32) -> T {
        state
    }
}

/// Smallest and largest value, in the image's own type; NaN counts as largest.
pub struct Extrema;

/// Smallest and largest value in one pass; NaN counts as largest.
#[gpu_op(reduction)]
impl<T: Pixel> Reduction<T> for Extrema {
    type State = (T, T);
    type Output = T;

    fn identity() -> (T, T) {
        (T::LARGEST, T::SMALLEST)
    }

    fn step(state: (T, T), pixel: T, _at: Position) -> (T, T) {
        (min(state.0, pixel), max(state.1, pixel))
    }

    fn merge(a: (T, T), b: (T, T)) -> (T, T) {
        (min(a.0, b.0), max(a.1, b.1))
    }

    fn finish(state: (T, T), _count: f32) -> T {
        state.1
    }
}

/// Smallest and largest value of the whole image, batch axes included, in one pass: a table of one row. NaN counts as largest.
///
/// # Names
/// - `scipy.ndimage.extrema`: without positions, for which there are `minimum_position` and `maximum_position`.
#[gpu_op(procedure)]
pub fn minimum_and_maximum_of_all_pixels(context: &Context, image: AnyImage) -> Result<Pending<Table>> {
    context.reduce_later(&extrema::KERNEL, &image, |state| {
        Table::new().with_column("minimum", vec![state[0]])?.with_column("maximum", vec![state[1]])
    })
}

/// Mean and population standard deviation (ddof = 0) of the whole image, batch axes included, in one pass: a table of one row.
///
/// From sums of values and squares carried to 48 bits; the numbers are those of `mean_of_all_pixels` and
/// `standard_deviation_of_all_pixels`.
#[gpu_op(procedure)]
pub fn mean_and_standard_deviation_of_all_pixels(context: &Context, image: AnyImage) -> Result<Pending<Table>> {
    let count = image.voxels() as f64;
    context.reduce_later(&standard_deviation::KERNEL, &image, move |state| {
        let total = |high: usize| pair(state[high] as f32, state[high + 1] as f32);
        Table::new()
            .with_column("mean", vec![total(0) / count])?
            .with_column("standard_deviation", vec![deviation(total(0), total(2), count)])
    })
}

/// Where the largest value is.
pub struct ArgMaximum;

/// The coordinate of the largest value along the axis, the first of equal ones; NaN counts as largest.
///
/// The same as `numpy.argmax`.
///
/// # Names
/// - `numpy.argmax(axis={axis})`: same.
/// - `clesperanto.{axis}_position_of_maximum_{axis}_projection`: without `keep_dims`.
/// - `clesperanto.arg_maximum_{axis}_projection`: same.
#[gpu_op(
    reduction,
    projection = "arg_maximum_{axis}_projection",
    alias = "{axis}_position_of_maximum_{axis}_projection"
)]
#[allow(clippy::eq_op, reason = "a NaN is not equal to itself")]
impl<T: Pixel> Reduction<T> for ArgMaximum {
    /// The value and its coordinate, `u32::MAX` before the first voxel.
    type State = (T, u32);
    type Output = u32;

    fn identity() -> (T, u32) {
        (T::SMALLEST, u32::MAX)
    }

    fn step(state: (T, u32), pixel: T, at: Position) -> (T, u32) {
        let (best, place) = state;
        let better = place == u32::MAX || pixel > best || (pixel != pixel && best == best);
        if better { (pixel, at.along() as u32) } else { (best, place) }
    }

    fn merge(a: (T, u32), b: (T, u32)) -> (T, u32) {
        let same = a.0 == b.0 || (a.0 != a.0 && b.0 != b.0);
        let better = a.1 == u32::MAX || b.0 > a.0 || (b.0 != b.0 && a.0 == a.0) || (same && b.1 < a.1);
        if better && b.1 != u32::MAX { b } else { a }
    }

    fn finish(state: (T, u32), _count: f32) -> u32 {
        state.1
    }
}

/// Where the smallest value is.
pub struct ArgMinimum;

/// The coordinate of the smallest value along the axis, the first of equal ones; NaN counts as largest.
///
/// The same as `numpy.nanargmin`.
///
/// # Names
/// - `numpy.argmin(axis={axis})`: NaN is smallest there.
/// - `clesperanto.{axis}_position_of_minimum_{axis}_projection`: without `keep_dims`.
/// - `clesperanto.arg_minimum_{axis}_projection`: same.
#[gpu_op(
    reduction,
    projection = "arg_minimum_{axis}_projection",
    alias = "{axis}_position_of_minimum_{axis}_projection"
)]
#[allow(clippy::eq_op, reason = "a NaN is not equal to itself")]
impl<T: Pixel> Reduction<T> for ArgMinimum {
    /// The value and its coordinate, `u32::MAX` before the first voxel.
    type State = (T, u32);
    type Output = u32;

    fn identity() -> (T, u32) {
        (T::LARGEST, u32::MAX)
    }

    fn step(state: (T, u32), pixel: T, at: Position) -> (T, u32) {
        let (best, place) = state;
        let better = place == u32::MAX || pixel < best || (pixel == pixel && best != best);
        if better { (pixel, at.along() as u32) } else { (best, place) }
    }

    fn merge(a: (T, u32), b: (T, u32)) -> (T, u32) {
        let same = a.0 == b.0 || (a.0 != a.0 && b.0 != b.0);
        let better = a.1 == u32::MAX || b.0 < a.0 || (b.0 == b.0 && a.0 != a.0) || (same && b.1 < a.1);
        if better && b.1 != u32::MAX { b } else { a }
    }

    fn finish(state: (T, u32), _count: f32) -> u32 {
        state.1
    }
}

/// A pair of f32, high + low, and a number: the rounding error of the high part goes into the low part.
#[gpu_fn]
pub(crate) fn add_to_pair(high: f32, low: f32, value: f32) -> (f32, f32) {
    let (sum, error) = two_sum(high, value);
    (sum, low + error)
}

/// The sum of two pairs, normalised: the low part is what the high part cannot hold. Infinite sums stay as they are,
/// since NaN below them would spoil them.
#[gpu_fn]
pub(crate) fn add_pairs(high_a: f32, low_a: f32, high_b: f32, low_b: f32) -> (f32, f32) {
    let (sum, error) = two_sum(high_a, high_b);
    let low = (low_a + low_b) + error;
    let high = sum + low;
    if high.is_finite() { (high, low - (high - sum)) } else { (sum, low) }
}

/// Sum.
pub struct Sum;

/// Sum, carried to 48 bits; exact for integer images up to 2^47.
///
/// # Names
/// - `numpy.sum`: in the image's own type there, or 64 bits.
/// - `scipy.ndimage.sum_labels`: same, without labels.
/// - `clesperanto.sum_of_all_pixels`: in f32 there.
/// - `numpy.sum(axis={axis})`: in the image's own type there, or 64 bits.
/// - `clesperanto.sum_{axis}_projection`: in f32 there; without `keep_dims`.
#[gpu_op(reduction, whole = "sum_of_all_pixels", projection = "sum_{axis}_projection")]
impl Reduction<f32> for Sum {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (0.0, 0.0)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        add_to_pair(state.0, state.1, pixel)
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        add_pairs(a.0, a.1, b.0, b.1)
    }

    fn finish(state: (f32, f32), _count: f32) -> f32 {
        let (high, low) = state;
        if low.is_nan() { high } else { high + low }
    }

    fn scalar(state: (f32, f32), _count: f64) -> f64 {
        pair(state.0, state.1)
    }
}

/// The value of an unevaluated pair; the low part is NaN once the high part has overflowed.
pub(crate) fn pair(high: f32, low: f32) -> f64 {
    if low.is_nan() { f64::from(high) } else { f64::from(high) + f64::from(low) }
}

/// Arithmetic mean.
pub struct Mean;

/// Arithmetic mean, from a sum carried to 48 bits.
///
/// # Names
/// - `numpy.mean`: same.
/// - `scipy.ndimage.mean`: same, without labels.
/// - `skimage.filters.threshold_mean`: same; the mask is `threshold_mean` here.
/// - `clesperanto.mean_of_all_pixels`: in f32 there.
/// - `numpy.mean(axis={axis})`: same.
/// - `clesperanto.mean_{axis}_projection`: without `keep_dims`.
#[gpu_op(reduction, whole = "mean_of_all_pixels", projection = "mean_{axis}_projection")]
impl Reduction<f32> for Mean {
    type State = (f32, f32);
    type Output = f32;

    fn identity() -> (f32, f32) {
        (0.0, 0.0)
    }

    fn step(state: (f32, f32), pixel: f32, _at: Position) -> (f32, f32) {
        add_to_pair(state.0, state.1, pixel)
    }

    fn merge(a: (f32, f32), b: (f32, f32)) -> (f32, f32) {
        add_pairs(a.0, a.1, b.0, b.1)
    }

    fn finish(state: (f32, f32), count: f32) -> f32 {
        let (high, low) = state;
        if low.is_nan() { high / count } else { (high + low) / count }
    }

    fn scalar(state: (f32, f32), count: f64) -> f64 {
        pair(state.0, state.1) / count
    }
}

/// Population standard deviation.
pub struct StandardDeviation;

/// Population standard deviation (ddof = 0), from sums of values and squares carried to 48 bits.
///
/// # Names
/// - `numpy.std`: without `ddof`; `variance_of_all_pixels` has it.
/// - `scipy.ndimage.standard_deviation`: same, without labels.
/// - `clesperanto.standard_deviation_of_all_pixels`: without `ddof`; `variance_of_all_pixels` has it.
#[gpu_op(reduction, whole = "standard_deviation_of_all_pixels", projection = "population_deviation_{axis}")]
impl Reduction<f32> for StandardDeviation {
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
        if variance > 0.0 {
            variance.sqrt()
        } else if variance.is_nan() {
            variance
        } else {
            0.0
        }
    }

    fn scalar(state: (f32, f32, f32, f32), count: f64) -> f64 {
        deviation(pair(state.0, state.1), pair(state.2, state.3), count)
    }
}

/// Population standard deviation from sums, in f64.
pub(crate) fn deviation(sum: f64, squares: f64, count: f64) -> f64 {
    let variance = (squares - sum * sum / count) / count;
    if variance.is_nan() { variance } else { variance.max(0.0).sqrt() }
}

pub(crate) const FAMILY: Family = Family {
    operations: &[
        &maximum_of_all_pixels::INFO,
        &maximum_x_projection::INFO,
        &maximum_y_projection::INFO,
        &maximum_z_projection::INFO,
        &minimum_of_all_pixels::INFO,
        &minimum_x_projection::INFO,
        &minimum_y_projection::INFO,
        &minimum_z_projection::INFO,
        &arg_maximum_x_projection::INFO,
        &arg_maximum_y_projection::INFO,
        &arg_maximum_z_projection::INFO,
        &arg_minimum_x_projection::INFO,
        &arg_minimum_y_projection::INFO,
        &arg_minimum_z_projection::INFO,
        &minimum_and_maximum_of_all_pixels::INFO,
        &mean_and_standard_deviation_of_all_pixels::INFO,
        &sum_of_all_pixels::INFO,
        &sum_x_projection::INFO,
        &sum_y_projection::INFO,
        &sum_z_projection::INFO,
        &mean_of_all_pixels::INFO,
        &mean_x_projection::INFO,
        &mean_y_projection::INFO,
        &mean_z_projection::INFO,
        &standard_deviation_of_all_pixels::INFO,
    ],
    kernels: &[
        CompiledKernel { name: "maximum", op: &maximum::KERNEL },
        CompiledKernel { name: "minimum", op: &minimum::KERNEL },
        CompiledKernel { name: "extrema", op: &extrema::KERNEL },
        CompiledKernel { name: "arg_maximum", op: &arg_maximum::KERNEL },
        CompiledKernel { name: "arg_minimum", op: &arg_minimum::KERNEL },
        CompiledKernel { name: "sum", op: &sum::KERNEL },
        CompiledKernel { name: "mean", op: &mean::KERNEL },
        CompiledKernel { name: "standard_deviation", op: &standard_deviation::KERNEL },
    ],
};
