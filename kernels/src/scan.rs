//! Running totals along an axis: each voxel holds what comes of all voxels of its line up to it, itself included.
//!
//! The order is that of the line; `reverse` walks it from the end.

use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::add_to_pair;

/// Running sum along an axis, carried to 48 bits as an unevaluated pair of f32 (Knuth's two-sum) and rounded for each voxel.
///
/// With `reverse` from the end of the axis. In f32; the same as `numpy.cumsum` in f64, rounded.
///
/// # Names
/// - `numpy.cumsum`: in the image's own type or 64 bits there.
/// - `clesperanto.cumulative_sum`: `axis` is counted from x there: 0 is x.
#[gpu_op(scan)]
pub fn cumulative_sum(image: f32, #[state(start = 0.0)] high: f32, #[state(start = 0.0)] low: f32) -> (f32, f32, f32) {
    let (sum, rest) = add_to_pair(high, low, image);
    // The low part is NaN once the high part has overflowed.
    (if rest.is_nan() { sum } else { sum + rest }, sum, rest)
}

/// Running product along an axis, in f32, one rounding per voxel. With `reverse` from the end of the axis.
///
/// # Names
/// - `numpy.cumprod`: in the image's own type or 64 bits there.
/// - `clesperanto.cumulative_product`: `axis` is counted from x there: 0 is x.
#[gpu_op(scan)]
pub fn cumulative_product(image: f32, #[state(start = 1.0)] product: f32) -> (f32, f32) {
    let next = product * image;
    (next, next)
}

/// Running maximum along an axis, in the image's own type; NaN counts as largest. With `reverse` from the end of the axis.
///
/// # Names
/// - `numpy.maximum.accumulate`: NaN for all that follow a NaN, as here.
/// - `clesperanto.cumulative_max`: `axis` is counted from x there: 0 is x.
#[gpu_op(scan)]
pub fn cumulative_max<T: Pixel>(image: T, #[state(start = T::SMALLEST)] largest: T) -> (T, T) {
    let next = max(largest, image);
    (next, next)
}

/// Running minimum along an axis, in the image's own type; NaN counts as largest. With `reverse` from the end of the axis.
///
/// # Names
/// - `numpy.minimum.accumulate`: NaN for all that follow a NaN there; NaN counts as largest here.
/// - `clesperanto.cumulative_min`: `axis` is counted from x there: 0 is x.
#[gpu_op(scan)]
pub fn cumulative_min<T: Pixel>(image: T, #[state(start = T::LARGEST)] smallest: T) -> (T, T) {
    let next = min(smallest, image);
    (next, next)
}

family! {
    operations: [cumulative_sum, cumulative_product, cumulative_max, cumulative_min],
    kernels: [cumulative_sum, cumulative_product, cumulative_max, cumulative_min],
}
