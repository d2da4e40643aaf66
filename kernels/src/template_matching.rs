//! Where a template occurs in an image.

use crate::catalogue::family;
use crate::prelude::*;
use crate::{mean_of_all_pixels, sum_of_all_pixels};
use kernwerk_runtime::GridBuffer;

use crate::fourier::{filtered, spectrum};
use crate::frequency::{framed, per_axis, zero_framed};
use crate::roots::smooth;
use crate::transfer::Transfer;

/// Adds to a number and its rest, whose sum is meant.
#[gpu_fn]
fn add_exactly(high: f32, low: f32, value: f32) -> (f32, f32) {
    let sum = high + value;
    let part = sum - high;
    (sum, low + ((high - (sum - part)) + (value - part)))
}

/// Sums of `size` neighbours along an axis, or of their squares: of each 32 results in a row the first is summed, and
/// then one voxel is added and one taken away, with the rest of each rounding kept.
#[gpu_op(grid)]
pub fn moving_sums(
    at: Item,
    input: Read<f32>,
    sums: Write<f32>,
    inner: u32,
    in_len: u32,
    out_len: u32,
    size: u32,
    squares: bool,
) {
    let column = at.x() % inner as usize;
    let first = 32 * (at.x() / inner as usize) as u32;
    let start = (at.n() * at.extent_y() + at.y()) * in_len as usize * inner as usize + column;
    let out = (at.n() * at.extent_y() + at.y()) * out_len as usize * inner as usize + column;
    let mut high = 0.0;
    let mut low = 0.0;
    for k in 0..size {
        let value = input.get(start + (first + k) as usize * inner as usize);
        let term = if squares { value * value } else { value };
        let (h, l) = add_exactly(high, low, term);
        high = h;
        low = l;
    }
    sums.store(out + first as usize * inner as usize, high + low);
    for k in 1..(out_len - first).min(32) {
        let value = input.get(start + (first + k + size - 1) as usize * inner as usize);
        let gone = input.get(start + (first + k - 1) as usize * inner as usize);
        let (h, l) = add_exactly(high, low, if squares { value * value } else { value });
        let (h, l) = add_exactly(h, l, if squares { -(gone * gone) } else { -gone });
        high = h;
        low = l;
        sums.store(out + (first + k) as usize * inner as usize, high + low);
    }
}

/// The correlation coefficient from a sum of products and the sums of a window and of its squares; 0 where the window is flat.
#[gpu_op(pointwise)]
pub fn correlation_coefficient(
    products: f32,
    sums: f32,
    squares: f32,
    #[param] voxels: f32,
    #[param] mean: f32,
    #[param] template_squares: f32,
) -> f32 {
    let power = (-sums).mul_add(sums / voxels, squares);
    let scale = (power * template_squares).sqrt();
    if power > squares * 0.000_001 && scale > 0.0 { (-mean).mul_add(sums, products) / scale } else { 0.0 }
}

/// How well a template fits at each place of an image: the correlation coefficient, from -1 to 1.
///
/// `Σ (f - f̄)·(t - t̄) / √(Σ (f - f̄)² · Σ (t - t̄)²)` over the voxels under the template (Lewis 1995). Without
/// `pad_input` a voxel of the result says how the template fits with its first voxel there, and only places are there
/// at which it lies within the image, so that extents are n - m + 1; with `pad_input` the extents are those of the
/// image, the middle ⌊m / 2⌋ of the template is at the voxel, and outside the image there is what the boundary says.
/// Products are summed by Fourier transforms, of image and template less their means; sums of windows keep the rest of
/// each rounding. A window whose variance is below 10⁻⁶ of its mean square, about the mean of the image, is flat and
/// gives 0, as does a flat template.
///
/// # Names
/// - `skimage.feature.match_template`: the same; `mode` and `constant_values` are the boundary, which is `constant` 0
///   there. What is flat is decided by f32 here.
#[gpu_op(procedure, family = "registration")]
pub fn match_template(
    context: &Context,
    image: AnyImage,
    #[own_extents] template: AnyImage,
    #[param(default = false)] pad_input: bool,
) -> Result<Image<f32>> {
    let (extent, size) = (image.spatial(), template.spatial());
    if (0..3).any(|axis| size[axis] > extent[axis]) || template.batch() != 1 {
        return Err(Error::Shape {
            operation: "match_template".into(),
            problem: format!(
                "a template of shape {:?} does not fit into an image of shape {:?}",
                template.shape(),
                image.shape()
            ),
            remedy: "give one template that is no larger than the image along any axis".into(),
        });
    }
    let mean = |image: &AnyImage| -> Result<f32> { Ok(context.scalar(&mean_of_all_pixels(image))? as f32) };
    let template = context.eval(kernwerk_runtime::operators::subtract_scalar(&template, mean(&template)?))?.into_any();
    let template_squares =
        context.scalar(&sum_of_all_pixels(kernwerk_runtime::operators::multiply_images(&template, &template)))?;
    let rest = mean(&template)?;
    let before = size.map(|size| if pad_input { size / 2 } else { 0 });
    let places: [usize; 3] =
        std::array::from_fn(|axis| if pad_input { extent[axis] } else { extent[axis] + 1 - size[axis] });
    let frame = std::array::from_fn(|axis| smooth(places[axis] + size[axis] - 1, if axis == 0 { 2 } else { 1 }));
    // The coefficient does not change with the brightness, but its rounding does.
    let framed_image = framed(&image, per_axis(before), per_axis(frame));
    let image = context.eval(kernwerk_runtime::operators::subtract_scalar(framed_image, mean(&image)?))?.into_any();
    let transfer = Transfer::of(spectrum(context, &zero_framed(context, &template, frame)?)?);
    let products =
        context.eval(crate::crop(&filtered(context, &image, &transfer, true)?, per_axis([0; 3]), per_axis(places)))?;
    let sums = |squares: bool| -> Result<Image<f32>> {
        let result = context.unset_like::<f32>(products.any())?;
        let mut now = frame;
        let mut current: Option<Buffer<f32>> = None;
        for axis in 0..3 {
            let (inner, outer): (usize, usize) = (now[..axis].iter().product(), now[axis + 1..].iter().product());
            let (len, count) = (now[axis], places[axis]);
            now[axis] = count;
            let domain = Domain { batch: image.batch(), extent: [inner * count.div_ceil(32), outer, 1] };
            let squares = squares && axis == 0;
            let next = if axis == 2 {
                None
            } else {
                Some(context.unset::<f32>(now.iter().product::<usize>() * image.batch())?)
            };
            let from: &dyn GridBuffer = match &current {
                Some(buffer) => buffer,
                None => &image,
            };
            let to: &dyn GridBuffer = match &next {
                Some(buffer) => buffer,
                None => &result,
            };
            moving_sums(context, domain, from, to, inner as u32, len as u32, count as u32, size[axis] as u32, squares)?;
            current = next;
        }
        Ok(result)
    };
    let voxels = size.iter().product::<usize>() as f32;
    let (sums, squares) = (sums(false)?, sums(true)?);
    context.eval(correlation_coefficient(&products, &sums, &squares, voxels, rest, template_squares as f32))
}

family! {
    operations: [match_template],
    kernels: [moving_sums, correlation_coefficient],
}
