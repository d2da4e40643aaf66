//! Edges by Canny's method, picture by picture.
//!
//! Input: an image. Output: a mask of lines of one pixel along the steepest places. The image is blurred; one kernel
//! computes the gradient of a pixel and of its eight neighbours from a window of 5 × 5, and keeps the pixel if the
//! gradient is nowhere steeper across the edge; a threshold with hysteresis selects lines. Floors, per pixel: the
//! blur's, and 4 bytes read and written; some 200 instructions.

use kernwerk_runtime::Boundary;

use crate::binary::{binarize, binary_not, mask as mask_out};
use crate::binary_morphology::erode_box_slice_by_slice;
use crate::catalogue::family;
use crate::comparison::greater_or_equal_constant;
use crate::filter::gaussian_blur;
use crate::marked::{Components, Marker, marked, same_shape};
use crate::percentile::{PercentileMethod, percentiles};
use crate::prelude::*;

/// The magnitude of the Sobel gradient in the plane where it is at least `low` and at its largest across the edge; 0
/// elsewhere, and in pixels on the border.
///
/// The direction of the gradient points between two of the eight neighbours; the magnitude between them is interpolated
/// linearly, and so on the other side. A pixel stays where neither is larger than its own.
#[gpu_op(neighborhood, family = "edges")]
pub fn thinned_gradient(w: Window<f32>, #[param] low: f32) -> f32 {
    let v = [
        w.at(-2, -2, 0),
        w.at(-1, -2, 0),
        w.at(0, -2, 0),
        w.at(1, -2, 0),
        w.at(2, -2, 0),
        w.at(-2, -1, 0),
        w.at(-1, -1, 0),
        w.at(0, -1, 0),
        w.at(1, -1, 0),
        w.at(2, -1, 0),
        w.at(-2, 0, 0),
        w.at(-1, 0, 0),
        w.center(),
        w.at(1, 0, 0),
        w.at(2, 0, 0),
        w.at(-2, 1, 0),
        w.at(-1, 1, 0),
        w.at(0, 1, 0),
        w.at(1, 1, 0),
        w.at(2, 1, 0),
        w.at(-2, 2, 0),
        w.at(-1, 2, 0),
        w.at(0, 2, 0),
        w.at(1, 2, 0),
        w.at(2, 2, 0),
    ];
    // Of the pixel and its neighbours, in raster order.
    let mut magnitude = [0.0; 9];
    let mut slope_x = 0.0;
    let mut slope_y = 0.0;
    for j in 0..3usize {
        for i in 0..3usize {
            let k = 5 * j + i;
            let along_x = (v[k + 2] - v[k]) + 2.0 * (v[k + 7] - v[k + 5]) + (v[k + 12] - v[k + 10]);
            let along_y = (v[k + 10] - v[k]) + 2.0 * (v[k + 11] - v[k + 1]) + (v[k + 12] - v[k + 2]);
            magnitude[3 * j + i] = (along_y * along_y + along_x * along_x).sqrt();
            slope_x = if i == 1 && j == 1 { along_x } else { slope_x };
            slope_y = if i == 1 && j == 1 { along_y } else { slope_y };
        }
    }
    let own = magnitude[4];
    // Both slopes up or both down: the gradient points to the lower right or to the upper left.
    let falling = (slope_y > 0.0) == (slope_x > 0.0);
    let steep = slope_y.abs() > slope_x.abs() || (!falling && slope_y.abs() == slope_x.abs());
    let share = if steep { slope_x.abs() / slope_y.abs() } else { slope_y.abs() / slope_x.abs() };
    let rest = 1.0 - share;
    // A direct neighbour and a diagonal one on each side.
    let mut ahead = if steep { magnitude[7] } else { magnitude[5] };
    let mut ahead_aside = magnitude[8];
    let mut back = if steep { magnitude[1] } else { magnitude[3] };
    let mut back_aside = magnitude[0];
    if !falling {
        ahead = if steep { magnitude[1] } else { magnitude[5] };
        ahead_aside = magnitude[2];
        back = if steep { magnitude[7] } else { magnitude[3] };
        back_aside = magnitude[6];
    }
    let largest = ahead_aside * share + ahead * rest <= own && back_aside * share + back * rest <= own;
    let within_x = w.x() > 0 && w.x() + 1 < w.extent_x();
    let within_y = w.y() > 0 && w.y() + 1 < w.extent_y();
    if within_x && within_y && own >= low && largest { own } else { 0.0 }
}

/// The magnitude of the Sobel gradient in the plane, as `thinned_gradient` has it.
#[gpu_op(neighborhood, family = "edges")]
pub fn plane_gradient(w: Window<f32>) -> f32 {
    let along_x =
        (w.at(1, -1, 0) - w.at(-1, -1, 0)) + 2.0 * (w.at(1, 0, 0) - w.at(-1, 0, 0)) + (w.at(1, 1, 0) - w.at(-1, 1, 0));
    let along_y =
        (w.at(-1, 1, 0) - w.at(-1, -1, 0)) + 2.0 * (w.at(0, 1, 0) - w.at(0, -1, 0)) + (w.at(1, 1, 0) - w.at(1, -1, 0));
    (along_y * along_y + along_x * along_x).sqrt()
}

/// Thresholds as they are, or the magnitudes at these quantiles.
fn levels(
    context: &Context,
    operation: &str,
    smooth: &Image<f32>,
    [low, high]: [f32; 2],
    use_quantiles: bool,
) -> Result<[f32; 2]> {
    let wrong = |value: f32, problem: String, remedy: &str| Error::Parameter {
        operation: operation.into(),
        parameter: "high_threshold".into(),
        value: value.to_string(),
        problem,
        remedy: remedy.into(),
    };
    if high < low {
        let problem = format!("`low_threshold` is {low}, which is higher");
        return Err(wrong(high, problem, "give the higher threshold second"));
    }
    if !use_quantiles {
        return Ok([low, high]);
    }
    if !(0.0..=1.0).contains(&low) || high > 1.0 {
        let problem = format!("quantiles lie between 0 and 1, and `low_threshold` is {low}");
        return Err(wrong(high, problem, "give shares of the pixels, such as 0.8 and 0.9"));
    }
    let magnitude = context.eval(plane_gradient(smooth).boundary(Boundary::Nearest))?;
    let percents = [100.0 * low, 100.0 * high];
    let found = percentiles(context, magnitude.any(), &percents, PercentileMethod::Linear, operation)?;
    Ok([found[0] as f32, found[1] as f32])
}

/// Edges of one pixel's width by Canny's method, plane by plane.
///
/// 1. The image is blurred with a Gaussian of `sigma` (z is ignored). With a constant boundary the result is divided by
/// that of an image of ones (plus 1.2·10⁻⁷), so that the border does not count as an edge; with the other boundaries it
/// is not.
/// 2. Slopes are those of the Sobel operator, (1, 2, 1) across and (−1, 0, 1) along, not normalised, with the border's
/// pixels repeated outside.
/// 3. A pixel stays where the magnitude of the gradient is at least `low_threshold` and not smaller than on either side
/// across the edge, interpolated linearly between neighbours. Pixels on the border of the image never stay.
/// 4. Lines (all 8 neighbours connect) stay if one of their pixels has a magnitude of at least `high_threshold`.
///
/// Thresholds are in units of the image, times 8 for a step of 1; with `use_quantiles` they are shares of the pixels (0
/// to 1) of the whole image, and the magnitudes at these quantiles are the thresholds. Planes of a stack and images of
/// a batch are searched each for itself.
///
/// Canny, J. (1986). A computational approach to edge detection. IEEE Transactions on Pattern Analysis 8(6), 679–698.
///
/// # Names
/// - `skimage.feature.canny`: same with the boundary `constant:0`, its default (`nearest` here); thresholds are 0.1 and
///   0.2 by default here whatever the type, and 10 % and 20 % of the largest number of the type there; for `mask` see
///   `masked_canny`. Computed in f32.
/// - `cucim.skimage.feature.canny`: same as scikit-image's.
#[gpu_op(procedure, family = "edges")]
pub fn canny(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = 0.1)] low_threshold: f32,
    #[param(default = 0.2)] high_threshold: f32,
    #[param(default = false, optional)] use_quantiles: bool,
) -> Result<Image<u8>> {
    let sigma = PerAxis::xyz(sigma.x, sigma.y, 0.0);
    let blurred = gaussian_blur(&image, sigma);
    let smooth = if let Boundary::Constant(_) = context.boundary() {
        let ones = context.eval(binary_not(&context.zeros::<u8>(&image)?))?;
        context.eval(blurred / (gaussian_blur(&ones, sigma) + f32::EPSILON))?
    } else {
        context.eval(blurred)?
    };
    let [low, high] = levels(context, "canny", &smooth, [low_threshold, high_threshold], use_quantiles)?;
    let lines = context.eval(thinned_gradient(&smooth, low).boundary(Boundary::Nearest))?;
    connected(context, &lines, high)
}

/// The lines of which some pixel reaches the higher threshold.
fn connected(context: &Context, lines: &Image<f32>, high: f32) -> Result<Image<u8>> {
    let strong = context.eval(greater_or_equal_constant(lines, high))?;
    let components = Components { zeros: false, corners: true, planes: true, invert: false };
    marked(context, lines.any(), &Marker::Set(strong.any()), &components)
}

/// Edges by Canny's method within a mask, plane by plane.
///
/// As `canny`, but pixels outside the mask do not count: the blur is of the pixels inside alone, divided by that of the
/// mask (plus 1.2·10⁻⁷), and lines are where the mask holds a pixel and its 8 neighbours. With `use_quantiles` the
/// quantiles are of all pixels.
///
/// # Names
/// - `skimage.feature.canny`: with `mask` and the boundary `constant:0`, its default (`nearest` here).
#[gpu_op(procedure, family = "edges")]
pub fn masked_canny(
    context: &Context,
    image: AnyImage,
    mask: AnyImage,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = 0.1)] low_threshold: f32,
    #[param(default = 0.2)] high_threshold: f32,
    #[param(default = false, optional)] use_quantiles: bool,
) -> Result<Image<u8>> {
    same_shape("masked_canny", ("image", &image), ("mask", &mask))?;
    let sigma = PerAxis::xyz(sigma.x, sigma.y, 0.0);
    let inside = context.eval(binarize(&mask))?;
    let shares = gaussian_blur(&inside, sigma) + f32::EPSILON;
    let smooth = context.eval(gaussian_blur(mask_out(&image, &inside), sigma) / shares)?;
    let thresholds = [low_threshold, high_threshold];
    let [low, high] = levels(context, "masked_canny", &smooth, thresholds, use_quantiles)?;
    let lines = thinned_gradient(&smooth, low).boundary(Boundary::Nearest);
    let well_inside = erode_box_slice_by_slice(&inside).boundary(Boundary::Constant(0.0));
    connected(context, &context.eval(mask_out(lines, well_inside))?, high)
}

family! {
    operations: [canny, masked_canny],
    kernels: [thinned_gradient, plane_gradient],
}
