//! A Gaussian blur whose cost does not grow with sigma: recursive filters along the lines, forwards and backwards.

use crate::catalogue::family;
use crate::prelude::*;

/// Half of a Gaussian, exp(-t²/2) for t ≥ 0, as a sum of three decaying oscillations exp(-d·t)·(a·cos(w·t) +
/// b·sin(w·t)): a, b, d, w of each.
///
/// The form is that of Deriche (1993), who has two of them; these constants have the smallest sum of squared
/// differences over 0 ≤ t ≤ 12 (`docs/gaussians.py` finds them). The largest difference is 8.5e-6, a hundredth of that
/// of two oscillations.
const OSCILLATIONS: [[f64; 4]; 3] = [
    [3.15481122, 7.31451160, 2.18283255, 0.52660819],
    [-2.31338769, -0.92053664, 2.15173367, 1.61613742],
    [0.15856802, -0.04388058, 2.07935971, 2.85673448],
];

/// One oscillation of a recursive Gaussian: what is left of the state at the next voxel (a complex number), how the two
/// parts of the state count in the result, and the state that a line of ones has.
#[derive(Clone, Copy, Debug, Default)]
struct Oscillation {
    decay: [f32; 2],
    weight: [f32; 2],
    steady: [f32; 2],
}

/// The oscillations for a sigma, and how much the voxel itself counts. Computed in f64; the weights of a line of ones
/// add up to 1.
fn oscillations(sigma: f32) -> (f32, [Oscillation; 3]) {
    let times = |a: [f64; 2], b: [f64; 2]| [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
    let inverse = |a: [f64; 2]| {
        let square = a[0] * a[0] + a[1] * a[1];
        [a[0] / square, -a[1] / square]
    };
    let narrow = |a: [f64; 2]| a.map(|part| part as f32);
    let wide = |a: [f32; 2]| a.map(f64::from);
    let sigma = f64::from(sigma);
    // Everything follows from the decay as it is rounded, so that rounding it changes the shape a little and the sum not at all.
    let decays = OSCILLATIONS.map(|[.., decay, turn]| {
        let (sin, cos) = (turn / sigma).sin_cos();
        narrow([cos, sin].map(|part| part * (-decay / sigma).exp()))
    });
    let steady = |decay: [f32; 2]| inverse([1.0 - f64::from(decay[0]), -f64::from(decay[1])]);
    // Over both directions a state counts for each distance twice, and the voxel itself once.
    let sum: f64 = OSCILLATIONS
        .iter()
        .zip(decays)
        .map(|(&[a, b, ..], decay)| a + 2.0 * times(times([a, -b], wide(decay)), steady(decay))[0])
        .sum();
    let mut parts = [Oscillation::default(); 3];
    let mut centre = 1.0;
    for ((part, [a, b, ..]), decay) in parts.iter_mut().zip(OSCILLATIONS).zip(decays) {
        let [x, y] = times([a / sum, -b / sum], wide(decay));
        let (weight, steady) = (narrow([x, -y]), steady(decay));
        centre -= 2.0 * (f64::from(weight[0]) * steady[0] + f64::from(weight[1]) * steady[1]);
        *part = Oscillation { decay, weight, steady: narrow(steady) };
    }
    (centre as f32, parts)
}

/// The first half of a recursive Gaussian along an axis: the voxel, and what three decaying oscillations make of those
/// before it in its line.
///
/// `centre` times the voxel, plus what the states count. A state is the sum of all voxels before this one, each times
/// the power of the decay that is its distance less 1.
#[gpu_op(scan, family = "filter")]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn oscillations_before(
    image: f32,
    #[state(start = image * steady_x0)] x0: f32,
    #[state(start = image * steady_y0)] y0: f32,
    #[state(start = image * steady_x1)] x1: f32,
    #[state(start = image * steady_y1)] y1: f32,
    #[state(start = image * steady_x2)] x2: f32,
    #[state(start = image * steady_y2)] y2: f32,
    #[param] centre: f32,
    #[param] decay_x0: f32,
    #[param] decay_y0: f32,
    #[param] weight_x0: f32,
    #[param] weight_y0: f32,
    #[param] steady_x0: f32,
    #[param] steady_y0: f32,
    #[param] decay_x1: f32,
    #[param] decay_y1: f32,
    #[param] weight_x1: f32,
    #[param] weight_y1: f32,
    #[param] steady_x1: f32,
    #[param] steady_y1: f32,
    #[param] decay_x2: f32,
    #[param] decay_y2: f32,
    #[param] weight_x2: f32,
    #[param] weight_y2: f32,
    #[param] steady_x2: f32,
    #[param] steady_y2: f32,
) -> (f32, f32, f32, f32, f32, f32, f32) {
    let sum = weight_x2.mul_add(x2, weight_y2 * y2);
    let sum = weight_x1.mul_add(x1, weight_y1.mul_add(y1, sum));
    let sum = weight_x0.mul_add(x0, weight_y0.mul_add(y0, sum));
    (
        centre.mul_add(image, sum),
        decay_x0.mul_add(x0, (-decay_y0).mul_add(y0, image)),
        decay_x0.mul_add(y0, decay_y0 * x0),
        decay_x1.mul_add(x1, (-decay_y1).mul_add(y1, image)),
        decay_x1.mul_add(y1, decay_y1 * x1),
        decay_x2.mul_add(x2, (-decay_y2).mul_add(y2, image)),
        decay_x2.mul_add(y2, decay_y2 * x2),
    )
}

/// The second half of a recursive Gaussian along an axis, for the direction opposite to that of the first: what the
/// first half left, plus what the same oscillations make of the voxels on the other side.
///
/// `along` is the number of the axis: where it has the extent 1 the voxel is left alone.
#[gpu_op(scan, family = "filter")]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn oscillations_after(
    image: f32,
    first_half: f32,
    #[state(start = image * steady_x0)] x0: f32,
    #[state(start = image * steady_y0)] y0: f32,
    #[state(start = image * steady_x1)] x1: f32,
    #[state(start = image * steady_y1)] y1: f32,
    #[state(start = image * steady_x2)] x2: f32,
    #[state(start = image * steady_y2)] y2: f32,
    at: Position,
    #[param] along: u32,
    #[param] decay_x0: f32,
    #[param] decay_y0: f32,
    #[param] weight_x0: f32,
    #[param] weight_y0: f32,
    #[param] steady_x0: f32,
    #[param] steady_y0: f32,
    #[param] decay_x1: f32,
    #[param] decay_y1: f32,
    #[param] weight_x1: f32,
    #[param] weight_y1: f32,
    #[param] steady_x1: f32,
    #[param] steady_y1: f32,
    #[param] decay_x2: f32,
    #[param] decay_y2: f32,
    #[param] weight_x2: f32,
    #[param] weight_y2: f32,
    #[param] steady_x2: f32,
    #[param] steady_y2: f32,
) -> (f32, f32, f32, f32, f32, f32, f32) {
    let sum = weight_x2.mul_add(x2, weight_y2 * y2);
    let sum = weight_x1.mul_add(x1, weight_y1.mul_add(y1, sum));
    let sum = weight_x0.mul_add(x0, weight_y0.mul_add(y0, sum));
    let extent = if along == 0 {
        at.extent_x()
    } else if along == 1 {
        at.extent_y()
    } else {
        at.extent_z()
    };
    (
        if extent == 1 { image } else { first_half + sum },
        decay_x0.mul_add(x0, (-decay_y0).mul_add(y0, image)),
        decay_x0.mul_add(y0, decay_y0 * x0),
        decay_x1.mul_add(x1, (-decay_y1).mul_add(y1, image)),
        decay_x1.mul_add(y1, decay_y1 * x1),
        decay_x2.mul_add(x2, (-decay_y2).mul_add(y2, image)),
        decay_x2.mul_add(y2, decay_y2 * x2),
    )
}

/// Both halves along an axis; an axis with a sigma of 0 is left alone.
fn along(image: AnyExpr, axis: Axis, sigma: f32) -> AnyExpr {
    if sigma == 0.0 {
        return image;
    }
    let (centre, [a, b, c]) = oscillations(sigma);
    let first_half = oscillations_before(
        &image,
        axis,
        centre,
        a.decay[0],
        a.decay[1],
        a.weight[0],
        a.weight[1],
        a.steady[0],
        a.steady[1],
        b.decay[0],
        b.decay[1],
        b.weight[0],
        b.weight[1],
        b.steady[0],
        b.steady[1],
        c.decay[0],
        c.decay[1],
        c.weight[0],
        c.weight[1],
        c.steady[0],
        c.steady[1],
    );
    let number = axis.index() as u32;
    oscillations_after(
        &image,
        &first_half,
        axis,
        number,
        a.decay[0],
        a.decay[1],
        a.weight[0],
        a.weight[1],
        a.steady[0],
        a.steady[1],
        b.decay[0],
        b.decay[1],
        b.weight[0],
        b.weight[1],
        b.steady[0],
        b.steady[1],
        c.decay[0],
        c.decay[1],
        c.weight[0],
        c.weight[1],
        c.steady[0],
        c.steady[1],
    )
    .with("reverse", true)
    .into_any()
}

/// Gaussian blur by recursive filters: its cost does not grow with sigma.
///
/// A close approximation of a Gaussian whose kernel has no end, for large sigma: the weights are those of six decaying
/// exponentials in each direction (the form of Deriche, 1993, with three pairs instead of two). Along an axis it is off
/// by less than 5e-6 of the image's range, for any sigma, and by less than 1e-5 with the rounding of f32 up to a sigma
/// of 1000; `gaussian_blur`, whose kernel ends at 4 sigma unless `truncate` says otherwise, is off by 6e-5.
///
/// Two passes along each of x, y, z in f32, forwards and backwards. Outside, lines go on without an end: with their
/// first and last voxel (the boundary nearest) or with a constant. The other boundaries are an error: enlarge the image
/// first. Axes of extent 1, and those with a sigma of 0, are left alone. A voxel that is not finite spreads along its
/// lines, and so over the whole image.
///
/// # Names
/// - `scipy.ndimage.gaussian_filter`: an approximation of what it computes with a large `truncate`; `gaussian_blur` is
///   the same thing.
#[gpu_op(composite, family = "filter", alias = "recursive_gaussian")]
pub fn gaussian_blur_recursive(
    image: AnyExpr,
    #[param(default = 10.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    if [sigma.x, sigma.y, sigma.z] == [0.0; 3] {
        return crate::gaussian_blur(&image, 0.0);
    }
    let image = along(image, Axis::X, sigma.x);
    let image = along(image, Axis::Y, sigma.y);
    along(image, Axis::Z, sigma.z).typed()
}

family! {
    operations: [gaussian_blur_recursive],
    kernels: [oscillations_before, oscillations_after],
}
