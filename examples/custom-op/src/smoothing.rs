//! Separable operations: a line of weights, along x, then y, then z. The weights are ordinary Rust.

use std::f64::consts::PI;

use kernwerk::prelude::*;

/// Weights that add up to 1, from any function of the distance.
fn normalised(radius: u32, weight: impl Fn(f64) -> f64) -> Vec<f32> {
    let radius = radius as i32;
    let weights: Vec<f64> = (-radius..=radius).map(|d| weight(f64::from(d))).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / total) as f32).collect()
}

/// Least squares with a parabola: the closed form of Savitzky and Golay (1964).
pub fn savitzky_golay_weights(radius: PerAxis<u32>) -> PerAxis<Vec<f32>> {
    radius.map(|radius| {
        let m = f64::from(radius);
        normalised(radius, |d| if radius == 0 { 1.0 } else { 3.0 * m * m + 3.0 * m - 1.0 - 5.0 * d * d })
    })
}

/// A sinc, cut off at `lobes` half-waves of `period` voxels by a wider sinc.
pub fn lanczos_weights(period: PerAxis<f32>, lobes: u32) -> PerAxis<Vec<f32>> {
    period.map(|period| {
        let reach = f64::from(period) * f64::from(lobes);
        let sinc = |t: f64| if t == 0.0 { 1.0 } else { (PI * t).sin() / (PI * t) };
        let radius = (reach.ceil() as u32).saturating_sub(1);
        normalised(radius, |d| if radius == 0 { 1.0 } else { sinc(d / f64::from(period)) * sinc(d / reach) })
    })
}

/// Row 2r of Pascal's triangle.
pub fn binomial_weights(radius: PerAxis<u32>) -> PerAxis<Vec<f32>> {
    radius.map(|radius| {
        let n = 2.0 * f64::from(radius);
        let mut row = vec![1.0_f64];
        for k in 1..=2 * radius {
            row.push(row[k as usize - 1] * (n - f64::from(k) + 1.0) / f64::from(k));
        }
        normalised(radius, |d| row[(d + f64::from(radius)) as usize])
    })
}

/// One wave of a cosine, raised to be positive.
pub fn hann_weights(radius: PerAxis<u32>) -> PerAxis<Vec<f32>> {
    radius.map(|radius| normalised(radius, |d| 0.5 + 0.5 * (PI * d / (f64::from(radius) + 1.0)).cos()))
}

/// Savitzky-Golay smoothing: fits a parabola to each line of 2r + 1 voxels, which keeps the height of peaks.
#[gpu_op(neighborhood(separable))]
pub fn savitzky_golay(
    line: Line<f32>,
    #[param(default = 2, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    line.weighted_sum(savitzky_golay_weights(radius))
}

/// Lanczos low-pass filter: removes structures finer than `period`, sharper than a Gaussian does.
#[gpu_op(neighborhood(separable))]
pub fn lanczos_low_pass(
    line: Line<f32>,
    #[param(default = 2.0, range = 1.0..=100.0, unit = "voxels")] period: PerAxis<f32>,
    #[param(default = 3, range = 1..=10)] lobes: u32,
) -> f32 {
    line.weighted_sum(lanczos_weights(period, lobes))
}

/// Binomial blur: the weights of Pascal's triangle, the blur of small integers.
#[gpu_op(neighborhood(separable))]
pub fn binomial_blur(
    line: Line<f32>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
) -> f32 {
    line.weighted_sum(binomial_weights(radius))
}

/// Blur with a Hann window, which ends softly where it ends.
#[gpu_op(neighborhood(separable))]
pub fn hann_blur(line: Line<f32>, #[param(default = 2, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>) -> f32 {
    line.weighted_sum(hann_weights(radius))
}
