//! Scans: each line from its start to its end, with a state that is carried along.

use kernwerk::prelude::*;

/// Exponential moving average: each voxel counts `weight`, everything before it the rest. Starts from 0.
#[gpu_op(scan)]
pub fn exponential_average(
    image: f32,
    #[state(start = 0.0)] average: f32,
    #[param(default = 0.25, range = 0.0..=1.0)] weight: f32,
) -> (f32, f32) {
    let next = weight.mul_add(image - average, average);
    (next, next)
}

/// For each voxel that is not 0, how many of them came in a row until here; 0 elsewhere.
#[gpu_op(scan)]
pub fn run_length(image: bool, #[state(start = 0)] run: u32) -> (u32, u32) {
    let next = if image { run + 1 } else { 0 };
    (next, next)
}

/// Integral along an axis by the trapezoidal rule; 0 at the start. As NumPy's and SciPy's, with a step of 1.
#[gpu_op(scan)]
pub fn cumulative_trapezoid(
    image: f32,
    #[state(start = 0.0)] area: f32,
    #[state(start = 0.0)] before: f32,
    #[state(start = 0)] position: u32,
) -> (f32, f32, f32, u32) {
    let next = if position == 0 { 0.0 } else { area + 0.5 * (before + image) };
    (next, next, image, position + 1)
}

/// How far the signal has fallen at most from a peak before: bleaching, and how deep a recovery has to go.
#[gpu_op(scan)]
pub fn maximum_drawdown(
    image: f32,
    #[state(start = f32::NEG_INFINITY)] peak: f32,
    #[state(start = 0.0)] deepest: f32,
) -> (f32, f32, f32) {
    let highest = max(peak, image);
    let drop = highest - image;
    let worst = if drop > deepest { drop } else { deepest };
    (worst, highest, worst)
}
