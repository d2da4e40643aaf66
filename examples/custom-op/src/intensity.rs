//! Pointwise operations: each voxel from the same voxel of one or two images.

use kernwerk::prelude::*;

/// The value pulled towards 0 by `amount`; 0 if it is nearer than that.
#[gpu_fn]
pub fn shrink(value: f32, amount: f32) -> f32 {
    let rest = value.abs() - amount;
    if rest > 0.0 { rest.copysign(value) } else { 0.0 }
}

/// Anscombe transform: gives photon counts, whose noise grows with the signal, noise of about the same size everywhere.
#[gpu_op(pointwise)]
pub fn anscombe_transform(image: f32) -> f32 {
    2.0 * (max(image, 0.0) + 0.375).sqrt()
}

/// Soft threshold: pulls every pixel towards `level` by `amount`, as wavelet and total-variation denoising do.
#[gpu_op(pointwise)]
pub fn soft_threshold(
    image: f32,
    #[param(default = 0.0)] level: f32,
    #[param(default = 1.0, range = 0.0..)] amount: f32,
) -> f32 {
    level + shrink(image - level, amount)
}

/// Natural logarithm of the ratio of two channels, for ratiometric sensors; `offset` is added to both first.
#[gpu_op(pointwise)]
pub fn log_ratio(numerator: f32, denominator: f32, #[param(default = 1.0)] offset: f32) -> f32 {
    ((numerator + offset) / (denominator + offset)).ln()
}

/// Length and angle (radians, from -π to π) of vectors whose components are two images, such as two derivatives.
#[gpu_op(pointwise)]
pub fn magnitude_and_phase(x_component: f32, y_component: f32) -> (f32, f32) {
    let squared = x_component * x_component + y_component * y_component;
    (squared.sqrt(), y_component.atan2(x_component))
}
