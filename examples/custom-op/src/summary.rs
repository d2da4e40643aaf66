//! Reductions: a number for the whole image, and the same along an axis.

use kernwerk::prelude::*;

/// Sum of squares.
pub struct MeanSquare;

/// Root of the mean square of all pixels: the signal's power, with its sign ignored.
#[gpu_op(reduction, whole = "root_mean_square", projection = "root_mean_square_{axis}_projection")]
impl Reduction<f32> for MeanSquare {
    type State = f32;
    type Output = f32;
    fn identity() -> f32 {
        0.0
    }
    fn step(state: f32, pixel: f32, _at: Position) -> f32 {
        pixel.mul_add(pixel, state)
    }
    fn merge(a: f32, b: f32) -> f32 {
        a + b
    }
    fn finish(state: f32, count: f32) -> f32 {
        (state / count).sqrt()
    }
}

/// Sum of logarithms.
pub struct MeanLogarithm;

/// Geometric mean of all pixels, for quantities that multiply; 0 if one is 0, NaN if one is negative.
#[gpu_op(reduction, whole = "geometric_mean", projection = "geometric_mean_{axis}_projection")]
impl Reduction<f32> for MeanLogarithm {
    type State = f32;
    type Output = f32;
    fn identity() -> f32 {
        0.0
    }
    fn step(state: f32, pixel: f32, _at: Position) -> f32 {
        state + pixel.ln()
    }
    fn merge(a: f32, b: f32) -> f32 {
        a + b
    }
    fn finish(state: f32, count: f32) -> f32 {
        (state / count).exp()
    }
}

/// Number of voxels that are 0.
pub struct ZeroVoxels;

/// Part of the pixels that are 0: empty margins of stitched and deskewed stacks.
#[gpu_op(reduction, whole = "zero_fraction", projection = "zero_fraction_{axis}_projection")]
impl Reduction<bool> for ZeroVoxels {
    type State = u32;
    type Output = f32;
    fn identity() -> u32 {
        0
    }
    fn step(state: u32, pixel: bool, _at: Position) -> u32 {
        if pixel { state } else { state + 1 }
    }
    fn merge(a: u32, b: u32) -> u32 {
        a + b
    }
    fn finish(state: u32, count: f32) -> f32 {
        state as f32 / count
    }
}

/// Number of voxels that are NaN or infinite.
pub struct NotFinite;

/// Number of pixels that are NaN or infinite: what a division left behind.
#[gpu_op(reduction, whole = "non_finite_voxels", projection = "non_finite_{axis}_projection")]
impl Reduction<f32> for NotFinite {
    type State = u32;
    type Output = u32;
    fn identity() -> u32 {
        0
    }
    fn step(state: u32, pixel: f32, _at: Position) -> u32 {
        if pixel.is_finite() { state } else { state + 1 }
    }
    fn merge(a: u32, b: u32) -> u32 {
        a + b
    }
    fn finish(state: u32, _count: f32) -> u32 {
        state
    }
}
