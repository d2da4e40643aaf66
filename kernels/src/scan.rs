//! Running totals along an axis: each voxel holds what comes of all voxels of its line up to it, itself included.
//!
//! The order is that of the line; `reverse` walks it from the end.

use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::{add_to_pair, sum_of_all_pixels};

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

/// Integral image: each voxel holds the sum of all voxels up to it along x, y and z.
///
/// `cumulative_sum` along x, then y, then z, each carried to 48 bits and rounded to f32: exact for whole numbers while
/// sums stay below 2²⁴, beyond that good to 2⁻²⁴ of the sum for each axis. `integrate` takes sums over boxes from it.
///
/// Viola, P. & Jones, M. (2001). Rapid object detection using a boosted cascade of simple features. CVPR 2001, 511–518.
///
/// # Names
/// - `skimage.transform.integral_image`: in f64, or 64-bit integers.
#[gpu_op(composite)]
pub fn integral_image(image: AnyExpr) -> Expr<f32> {
    cumulative_sum(cumulative_sum(cumulative_sum(&image, Axis::X), Axis::Y), Axis::Z)
}

/// The corners of a box in an integral image with the signs that they have in its sum. At 0 along an axis of the result
/// is the end, at 1 what lies before the start, which is 0 outside the image.
#[gpu_op(gather, layout = source.of_extent(source.extent.map(|extent| extent.min(2))))]
pub fn signed_corners(
    source: Sampler<f32>,
    at: Position,
    #[param(range = 0..=2147483647, unit = "voxels")] start: PerAxis<u32>,
    #[param(range = 0..=2147483647, unit = "voxels")] end: PerAxis<u32>,
) -> f32 {
    let x = if at.x() == 0 { end.x as i32 } else { start.x as i32 - 1 };
    let y = if at.y() == 0 { end.y as i32 } else { start.y as i32 - 1 };
    let z = if at.z() == 0 { end.z as i32 } else { start.z as i32 - 1 };
    let value = if x < 0 || y < 0 || z < 0 { 0.0 } else { source.at(x, y, z) };
    if (at.x() + at.y() + at.z()) & 1 == 1 { -value } else { value }
}

/// Sum over a box, from `start` to `end`, both included, by the corners of an integral image.
///
/// `image` is what `integral_image` gives. Eight voxels are read (2-D: four); their sum is carried to 48 bits. Images
/// of a batch are added.
///
/// # Names
/// - `skimage.transform.integrate`: one box here, without negative coordinates.
#[gpu_op(procedure)]
pub fn integrate(
    context: &Context,
    image: AnyImage,
    #[param(range = 0..=2147483647, unit = "voxels")] start: PerAxis<u32>,
    #[param(range = 0..=2147483647, unit = "voxels")] end: PerAxis<u32>,
) -> Result<f64> {
    let extent = image.spatial();
    let (first, last) = ([start.x, start.y, start.z], [end.x, end.y, end.z]);
    for axis in 0..3 {
        let problem = if first[axis] > last[axis] {
            format!("it lies before the start, {}", first[axis])
        } else if last[axis] as usize >= extent[axis] {
            format!("the image has an extent of {}", extent[axis])
        } else {
            continue;
        };
        return Err(Error::Parameter {
            operation: "integrate".into(),
            parameter: "end".into(),
            value: format!("{} along {}", last[axis], ["x", "y", "z"][axis]),
            problem,
            remedy: "give the first and the last voxel of a box inside the image".into(),
        });
    }
    context.scalar(&sum_of_all_pixels(signed_corners(&image, start, end)))
}

family! {
    operations: [cumulative_sum, cumulative_product, cumulative_max, cumulative_min, integral_image, integrate],
    kernels: [cumulative_sum, cumulative_product, cumulative_max, cumulative_min, signed_corners],
}
