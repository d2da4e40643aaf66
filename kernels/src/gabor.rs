//! Gabor filters: waves under a Gaussian, in the plane.
//!
//! Invariant: the weights are computed where they are used, so that the two standard deviations and the angle may be anything.

use std::f32::consts::PI;

use kernwerk_runtime::math;
use kernwerk_runtime::{Axes, Choice};

use crate::catalogue::family;
use crate::prelude::*;

/// Which part of a complex number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The cosine.
    Real,
    /// The sine.
    Imaginary,
}

impl Choice for Part {
    const NAMES: &'static [&'static str] = &["real", "imaginary"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Part {
        if index == 0 { Part::Real } else { Part::Imaginary }
    }
}

/// The convolution of each plane with both parts of a Gabor filter, of given extents and turned by an angle with this
/// cosine and sine.
#[gpu_op(neighborhood, family = "filter")]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn gabor_of_radius(
    w: Window<f32>,
    #[param(range = 0..=10000)] radius: PerAxis<u32>,
    #[param] cosine: f32,
    #[param] sine: f32,
    #[param] sigma_x: f32,
    #[param] sigma_y: f32,
    #[param] frequency: f32,
    #[param] offset: f32,
) -> (f32, f32) {
    let scale = 1.0 / (2.0 * std::f32::consts::PI * sigma_x * sigma_y);
    let by_x = -0.5 / (sigma_x * sigma_x);
    let by_y = -0.5 / (sigma_y * sigma_y);
    let turn = 2.0 * std::f32::consts::PI * frequency;
    let mut real = 0.0;
    let mut imaginary = 0.0;
    for (dx, dy, dz) in w.cuboid(radius).offsets() {
        // A convolution: what is to the right is seen through the left of the kernel.
        let x = -dx as f32;
        let y = -dy as f32;
        let along = x * cosine + y * sine;
        let across = y * cosine - x * sine;
        let weight = (by_x * (along * along) + by_y * (across * across)).exp();
        let phase = turn * along + offset;
        let value = w.at(dx, dy, dz) * weight;
        real += value * phase.cos();
        imaginary += value * phase.sin();
    }
    (real * scale, imaginary * scale)
}

/// What the parameters of a filter say: how far it reaches, how it is turned, and the standard deviations.
struct Shape {
    radius: PerAxis<u32>,
    cosine: f32,
    sine: f32,
    sigma_x: f32,
    sigma_y: f32,
}

impl Shape {
    fn of(frequency: f32, theta: f32, bandwidth: f32, [sigma_x, sigma_y]: [f32; 2], n_stds: f32) -> Shape {
        let octaves = math::exp2(bandwidth);
        let of_bandwidth = (math::ln(2.0) / 2.0).sqrt() * (octaves + 1.0) / (octaves - 1.0) / (PI * frequency);
        let sigma_x = if sigma_x == 0.0 { of_bandwidth } else { sigma_x };
        let sigma_y = if sigma_y == 0.0 { of_bandwidth } else { sigma_y };
        let (cosine, sine) = (math::cos(theta), math::sin(theta));
        let reach = |a: f32, b: f32| (n_stds * a).abs().max((n_stds * b).abs()).max(1.0).ceil() as u32;
        let radius = PerAxis::xyz(reach(sigma_x * cosine, sigma_y * sine), reach(sigma_y * cosine, sigma_x * sine), 0);
        Shape { radius, cosine, sine, sigma_x, sigma_y }
    }
}

/// Gabor filter in the plane: the convolution with a wave under a Gaussian; the real or the imaginary part.
///
/// The kernel at (x, y), turned by `theta` (radians) to (x', y'), is exp(−x'²/2σx² − y'²/2σy²) · exp(i(2π · frequency ·
/// x' + offset)) / 2πσxσy, up to `n_stds` standard deviations. `frequency` is in waves per voxel. A `sigma_x` or
/// `sigma_y` of 0, the default, stands for that of the `bandwidth` in octaves: √(ln 2/2) · (2ᵇ + 1)/(2ᵇ − 1)/(π ·
/// frequency). Each plane of a stack by itself. Each voxel of the kernel costs an exponential, a sine and a cosine.
///
/// # Names
/// - `skimage.filters.gabor`: one of the two results; 2-D there, each plane here; boundary `reflect` by default,
///   `nearest` here; the result is f32, of integer images integers there.
#[gpu_op(composite, family = "filter")]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn gabor(
    image: AnyExpr,
    #[param(default = 0.2, range = 0.001..=10.0, unit = "waves per voxel")] frequency: f32,
    #[param(default = 0.0, range = -1000.0..=1000.0, unit = "radians")] theta: f32,
    #[param(default = 1.0, range = 0.1..=100.0, unit = "octaves")] bandwidth: f32,
    #[param(default = 0.0, range = 0.0..=1000.0, unit = "voxels")] sigma_x: f32,
    #[param(default = 0.0, range = 0.0..=1000.0, unit = "voxels")] sigma_y: f32,
    #[param(default = 3.0, range = 0.0..=10.0, unit = "standard deviations")] n_stds: f32,
    #[param(default = 0.0, range = -1000.0..=1000.0, unit = "radians")] offset: f32,
    #[param(default = "real")] part: Part,
) -> Expr<f32> {
    let Shape { radius, cosine, sine, sigma_x, sigma_y } =
        Shape::of(frequency, theta, bandwidth, [sigma_x, sigma_y], n_stds);
    let (real, imaginary) = gabor_of_radius(&image, radius, cosine, sine, sigma_x, sigma_y, frequency, offset);
    match part {
        Part::Real => real,
        Part::Imaginary => imaginary,
    }
}

/// The values of a Gabor filter over a plane, whose middle is at (`middle_x`, `middle_y`).
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn gabor_values(
    at: Item,
    real: Write<f32>,
    imaginary: Write<f32>,
    middle_x: u32,
    middle_y: u32,
    cosine: f32,
    sine: f32,
    sigma_x: f32,
    sigma_y: f32,
    frequency: f32,
    offset: f32,
) {
    let x = at.x() as f32 - middle_x as f32;
    let y = at.y() as f32 - middle_y as f32;
    let along = x * cosine + y * sine;
    let across = y * cosine - x * sine;
    let by_x = -0.5 / (sigma_x * sigma_x);
    let by_y = -0.5 / (sigma_y * sigma_y);
    let scale = 1.0 / (2.0 * std::f32::consts::PI * sigma_x * sigma_y);
    let weight = scale * (by_x * (along * along) + by_y * (across * across)).exp();
    let phase = 2.0 * std::f32::consts::PI * frequency * along + offset;
    real.store(at.index(), weight * phase.cos());
    imaginary.store(at.index(), weight * phase.sin());
}

/// The kernel of a Gabor filter, as an image: a wave under a Gaussian, its real and its imaginary part.
///
/// At (x, y) from the middle it is what `gabor` says, which convolves with it, and its extents are odd. Convolve with
/// it by `convolve` or `fft_convolve`. The image that is given says only on which device.
///
/// # Names
/// - `skimage.filters.gabor_kernel`: two images instead of one of complex numbers, in f32; a standard deviation of 0
///   stands for `None`.
#[gpu_op(procedure, family = "filter")]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn gabor_kernel(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.2, range = 0.001..=10.0, unit = "waves per voxel")] frequency: f32,
    #[param(default = 0.0, range = -1000.0..=1000.0, unit = "radians")] theta: f32,
    #[param(default = 1.0, range = 0.1..=100.0, unit = "octaves")] bandwidth: f32,
    #[param(default = 0.0, range = 0.0..=100.0, unit = "voxels")] sigma_x: f32,
    #[param(default = 0.0, range = 0.0..=100.0, unit = "voxels")] sigma_y: f32,
    #[param(default = 3.0, range = 0.0..=10.0, unit = "standard deviations")] n_stds: f32,
    #[param(default = 0.0, range = -1000.0..=1000.0, unit = "radians")] offset: f32,
) -> Result<(Image<f32>, Image<f32>)> {
    // It says where, and nothing else.
    drop(image);
    let Shape { radius, cosine, sine, sigma_x, sigma_y } =
        Shape::of(frequency, theta, bandwidth, [sigma_x, sigma_y], n_stds);
    if radius.x.max(radius.y) > 10_000 {
        return Err(Error::Unsupported {
            operation: "gabor_kernel".into(),
            problem: format!("the kernel reaches {} voxels", radius.x.max(radius.y)),
            remedy: "give a larger bandwidth, a higher frequency, or standard deviations".into(),
        });
    }
    let shape = [2 * radius.y as usize + 1, 2 * radius.x as usize + 1];
    let real = context.zeros_of_shape::<f32>(Axes::new("yx")?, &shape)?;
    let imaginary = context.zeros_of_shape::<f32>(Axes::new("yx")?, &shape)?;
    let domain = Domain::of(real.any());
    let (x, y) = (radius.x, radius.y);
    gabor_values(context, domain, &real, &imaginary, x, y, cosine, sine, sigma_x, sigma_y, frequency, offset)?;
    Ok((real, imaginary))
}

family! {
    operations: [gabor, gabor_kernel],
    kernels: [gabor_of_radius, gabor_values],
}
