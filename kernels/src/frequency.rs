//! Filters in the frequency domain: products with spectra, and convolution by them.
//!
//! A real image is framed by voxels of its boundary up to extents that transform fast, so that a convolution, which is
//! circular there, never meets its other end; a periodic one of such extents needs no frame. Invariant: what is cut out at the end does not depend on how large the
//! frame is but for rounding.

use crate::catalogue::family;
use crate::prelude::*;
use kernwerk_runtime::{Axes, Boundary, Choice, DType, IntoExpr};

use crate::fourier::{Complex, Direction, copy_images, filtered, image_of, in_rows, spectrum, transform};
use crate::fourier_passes::complex_product;
use crate::roots::{radices, smooth, turns};
use crate::transfer::Transfer;

/// An image of `extent` voxels whose voxel at `before` is the first of the source; the others are up to the boundary.
#[gpu_op(gather, layout = source.of_extent(extent))]
pub fn framed(
    source: Sampler<f32>,
    at: Position,
    #[param(range = 0..=2147483647, unit = "voxels")] before: PerAxis<u32>,
    #[param(range = 1..=2147483647, unit = "voxels")] extent: PerAxis<u32>,
) -> f32 {
    source.at(at.x() - before.x as i32, at.y() - before.y as i32, at.z() - before.z as i32)
}

/// An image of `extent` voxels that begins with the source and is 0 behind it, also along axes along which the source
/// has one voxel.
#[gpu_op(gather, layout = source.of_extent(extent))]
pub fn followed_by_zeros(
    source: Sampler<f32>,
    at: Position,
    #[param(range = 1..=2147483647, unit = "voxels")] extent: PerAxis<u32>,
) -> f32 {
    let inside = at.x() < source.extent_x() && at.y() < source.extent_y() && at.z() < source.extent_z();
    if inside { source.at(at.x(), at.y(), at.z()) } else { 0.0 }
}

pub(crate) fn per_axis(values: [usize; 3]) -> PerAxis<u32> {
    let [x, y, z] = values.map(|value| value as u32);
    PerAxis::xyz(x, y, z)
}

/// A convolution with the same kernel, again and again.
pub(crate) struct Convolution {
    transfer: Transfer,
    /// Extents of the image, of the kernel, and of the frame.
    image: [usize; 3],
    kernel: [usize; 3],
    frame: [usize; 3],
}

impl Convolution {
    /// With a kernel of one image for all images, or of one for each.
    pub(crate) fn new(
        context: &Context,
        operation: &'static str,
        image: &AnyImage,
        kernel: &AnyImage,
    ) -> Result<Convolution> {
        check_kernel(operation, image, kernel)?;
        let (extent, size) = (image.spatial(), kernel.spatial());
        let frame = std::array::from_fn(|axis| {
            let multiple = if axis == 0 { 2 } else { 1 };
            // A periodic image of such an extent is what the transform takes it for.
            let periodic = context.boundary() == Boundary::Wrap && size[axis] <= extent[axis];
            let fast = extent[axis].is_multiple_of(multiple) && radices(extent[axis] / multiple).is_some();
            if periodic && fast { extent[axis] } else { smooth(extent[axis] + size[axis] - 1, multiple) }
        });
        let transfer = Transfer::around_origin(context, kernel, frame)?;
        Ok(Convolution { transfer, image: extent, kernel: size, frame })
    }

    /// The transfer function, if the image is its own frame, and half spectra of its rows are filtered.
    pub(crate) fn of_rows(&self, image: &AnyImage) -> Option<&Transfer> {
        (self.frame == self.image && in_rows(image)).then_some(&self.transfer)
    }

    /// The image convolved with the kernel, or correlated; it may lie within the frame, and the expression cuts it out.
    pub(crate) fn of(&self, context: &Context, image: &AnyExpr, correlate: bool) -> Result<Expr<f32>> {
        // What lies before the image in the frame: as much of the kernel as lies before its centre, or behind it.
        let before = std::array::from_fn(|axis| match self.kernel[axis] {
            _ if self.frame[axis] == self.image[axis] => 0,
            size if correlate => size / 2,
            size => size - 1 - size / 2,
        });
        let whole = self.frame == self.image;
        let mut source = context.eval_any(image)?;
        if !whole || source.dtype() != DType::F32 {
            source = context.eval(framed(&source, per_axis(before), per_axis(self.frame)))?.into_any();
        }
        let result = filtered(context, &source, &self.transfer, correlate)?;
        Ok(if whole { (&result).into_expr() } else { crate::crop(&result, per_axis(before), per_axis(self.image)) })
    }
}

/// The voxels of an image, 0 behind them, in a frame. A picture becomes a stack if the frame has planes.
pub(crate) fn zero_framed(context: &Context, image: &AnyImage, frame: [usize; 3]) -> Result<AnyImage> {
    let letters = image.axes().as_str();
    let mut stack = image.clone();
    if frame[2] > 1 && !letters.contains('z') {
        let mut shape = image.shape();
        shape.insert(shape.len() - 2, 1);
        let axes = Axes::new(&letters.replace("yx", "zyx"))?;
        stack = context.zeros_of_shape::<f32>(axes, &shape)?.into_any();
        copy_images(context, Domain::of(image), image, &stack, 0, 1, 0)?;
    }
    Ok(context.eval(followed_by_zeros(&stack, per_axis(frame)))?.into_any())
}

pub(crate) fn check_kernel(operation: &'static str, image: &AnyImage, kernel: &AnyImage) -> Result<()> {
    let (extent, size) = (image.spatial(), kernel.spatial());
    let shape =
        |problem: String, remedy: &str| Error::Shape { operation: operation.into(), problem, remedy: remedy.into() };
    if (0..3).any(|axis| extent[axis] == 1 && size[axis] > 1) {
        let problem = format!(
            "a kernel of shape {:?} extends along an axis along which the image, of shape {:?}, has one voxel",
            kernel.shape(),
            image.shape()
        );
        return Err(shape(problem, "give a kernel with as many axes as the image"));
    }
    if kernel.batch() != 1 && kernel.batch() != image.batch() {
        let problem = format!("there are {} kernels for {} images", kernel.batch(), image.batch());
        return Err(shape(problem, "give one kernel, or one for each image of the batch"));
    }
    Ok(())
}

/// How much of a convolution is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ConvolutionMode {
    /// Every place where image and kernel meet: n + m − 1 voxels along an axis of n and m.
    Full,
    /// The extents of the image.
    #[default]
    Same,
    /// Every place where all of the kernel lies in the image: n − m + 1 voxels.
    Valid,
}

impl Choice for ConvolutionMode {
    const NAMES: &'static [&'static str] = &["full", "same", "valid"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> ConvolutionMode {
        [ConvolutionMode::Full, ConvolutionMode::Same, ConvolutionMode::Valid][index.min(2)]
    }
}

/// As much of a convolution or correlation as the mode says.
fn convolved(
    context: &Context,
    operation: &'static str,
    image: AnyImage,
    kernel: &AnyImage,
    mode: ConvolutionMode,
    correlate: bool,
) -> Result<Image<f32>> {
    check_kernel(operation, &image, kernel)?;
    let size = kernel.spatial();
    // All that is full is what is valid of an image with so much around it.
    let image = match mode {
        ConvolutionMode::Full => {
            let around = per_axis(size.map(|size| size - 1));
            context.eval_any(crate::pad(&image, around, around).any())?
        }
        ConvolutionMode::Same | ConvolutionMode::Valid => image,
    };
    let extent = image.spatial();
    if mode != ConvolutionMode::Same
        && let Some(axis) = (0..3).find(|&axis| size[axis] > extent[axis])
    {
        return Err(Error::Shape {
            operation: operation.into(),
            problem: format!(
                "the kernel has {} voxels along {}, the image {}: no place is valid",
                size[axis],
                Axis::ALL[axis].name(),
                extent[axis]
            ),
            remedy: "give a smaller kernel, or another `mode`".into(),
        });
    }
    let convolution = Convolution::new(context, operation, &image, kernel)?;
    let result = convolution.of(context, &AnyExpr::image(image), correlate)?;
    if mode == ConvolutionMode::Same {
        return context.eval(result);
    }
    let start = size.map(|size| if correlate { size / 2 } else { size - 1 - size / 2 });
    let left = std::array::from_fn(|axis| extent[axis] + 1 - size[axis]);
    context.eval(crate::crop(result, per_axis(start), per_axis(left)))
}

/// Convolution with a kernel image by Fourier transforms: the same as `convolve`, up to rounding.
///
/// `r(v) = Σ k(w)·f(v + c - w)`, where c is the middle ⌊n / 2⌋ of the kernel along each axis. Outside the image there
/// is what the boundary says. In f32: the largest error is some 1e-7 of the largest result. A voxel that is not finite
/// makes its whole image NaN. The time does not depend on the kernel's size: from some hundred voxels on it is less
/// than that of a sum over the kernel. The kernel is one image, or one for each image of the batch.
///
/// `mode` says how much of it comes out: `same` the extents n of the image, `full` all n + m − 1 places where the
/// kernel of m voxels meets the image, beyond which there is what the boundary says, and `valid` the n − m + 1 places
/// where all of it lies in the image.
///
/// # Names
/// - `clesperanto.fft_convolve`: any kernel and boundary here; correlates with `correlate`, which is `fft_correlate` here.
/// - `scipy.signal.fftconvolve`: the same with the boundary `constant` 0; for `mode="same"` where a kernel has an even
///   extent the middle is ⌊n / 2⌋ here and ⌊(n - 1) / 2⌋ there; `full` is the default there. In f32.
/// - `scipy.ndimage.convolve`: the same up to rounding, with the boundary `reflect`; `nearest` by default here.
#[gpu_op(procedure, alias = "fftconvolve")]
pub fn fft_convolve(
    context: &Context,
    image: AnyImage,
    #[own_extents] kernel: AnyImage,
    #[param(default = "same", optional)] mode: ConvolutionMode,
) -> Result<Image<f32>> {
    convolved(context, "fft_convolve", image, &kernel, mode, false)
}

/// Correlation with a kernel image by Fourier transforms.
///
/// `r(v) = Σ k(w)·f(v + w - c)`: the kernel is not mirrored. See `fft_convolve`.
///
/// # Names
/// - `scipy.ndimage.correlate`: the same up to rounding, with the boundary `reflect`; `nearest` by default here.
/// - `scipy.signal.correlate`: with `method="fft"` the same with the boundary `constant` 0, for `mode="same"` with odd
///   kernels; `full` is the default there.
/// - `clesperanto.fft_convolve`: the same as its `correlate=True`.
#[gpu_op(procedure)]
pub fn fft_correlate(
    context: &Context,
    image: AnyImage,
    #[own_extents] kernel: AnyImage,
    #[param(default = "same", optional)] mode: ConvolutionMode,
) -> Result<Image<f32>> {
    convolved(context, "fft_correlate", image, &kernel, mode, true)
}

/// The magnitudes of complex numbers, or their squares; the frequency 0 first or in the middle.
#[gpu_op(grid)]
pub fn fourier_magnitudes(at: Item, spectrum: Read<f32>, result: Write<f32>, centred: bool, power: bool) {
    let (nx, ny, nz) = (at.extent_x(), at.extent_y(), at.extent_z());
    let plane = nx * ny * nz;
    let (mut x, mut y, mut z) = (at.x(), at.y(), at.z());
    if centred {
        x = (x + (nx + 1) / 2) % nx;
        y = (y + (ny + 1) / 2) % ny;
        z = (z + (nz + 1) / 2) % nz;
    }
    let i = 2 * at.n() * plane + (z * ny + y) * nx + x;
    let (re, im) = (spectrum.get(i), spectrum.get(i + plane));
    result.store(at.index(), if power { re.mul_add(re, im * im) } else { re.hypot(im) });
}

/// The magnitude of the Fourier transform of a real image, with the frequency 0 in the middle, to look at.
///
/// `|F(k)|`, or with `power` its square; with `centred` false the frequency 0 comes first. Extents and batch stay as they are.
///
/// # Names
/// - `numpy.fft.fftshift`: the same as `fftshift(abs(fftn(image)))`, in f32.
#[gpu_op(procedure)]
pub fn fourier_magnitude(
    context: &Context,
    image: AnyImage,
    #[param(default = false)] power: bool,
    #[param(default = true)] centred: bool,
) -> Result<Image<f32>> {
    let spectrum = transform(context, &Complex::real(&image)?, Direction::Forward, None)?;
    let result = context.unset_like::<f32>(&image)?;
    fourier_magnitudes(context, Domain::of(&image), &spectrum.store, &result, centred, power)?;
    Ok(result)
}

/// The frequency that a place of a spectrum stands for, in oscillations per voxel: those of the second half are negative.
#[gpu_fn]
pub(crate) fn frequency(place: i32, extent: i32) -> f32 {
    let k = if 2 * place < extent { place } else { place - extent };
    k as f32 / extent as f32
}

/// Multiplies a spectrum with the transform of a Gaussian: exp(-2π²·(σ·k/n)²) along each axis.
///
/// The image is a spectrum as `fft` returns it, both parts of which are multiplied; the inverse transform is the image
/// blurred, circularly.
///
/// # Names
/// - `scipy.ndimage.fourier_gaussian`: parts are channels here; the whole spectrum, as with `n = -1`.
#[gpu_op(pointwise)]
pub fn fourier_gaussian(
    spectrum: f32,
    at: Position,
    #[param(default = 1.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> f32 {
    let x = sigma.x * frequency(at.x(), at.extent_x());
    let y = sigma.y * frequency(at.y(), at.extent_y());
    let z = sigma.z * frequency(at.z(), at.extent_z());
    let square = x.mul_add(x, y.mul_add(y, z * z));
    spectrum * (square * -19.739_209).exp()
}

/// sin(πx) / (πx).
#[gpu_fn]
fn sinc(x: f32) -> f32 {
    let angle = x * std::f32::consts::PI;
    if angle == 0.0 { 1.0 } else { angle.sin() / angle }
}

/// Multiplies a spectrum with the transform of a box: sin(π·s·k/n) / (π·s·k/n) along each axis, s the size of the box.
///
/// The image is a spectrum as `fft` returns it. The inverse transform is the mean within a box, whose size need not be
/// whole, circularly.
///
/// # Names
/// - `scipy.ndimage.fourier_uniform`: parts are channels here; the whole spectrum, as with `n = -1`.
#[gpu_op(pointwise)]
pub fn fourier_uniform(
    spectrum: f32,
    at: Position,
    #[param(default = 3.0, range = 0.0..=10000.0, unit = "voxels")] size: PerAxis<f32>,
) -> f32 {
    let x = sinc(size.x * frequency(at.x(), at.extent_x()));
    let y = sinc(size.y * frequency(at.y(), at.extent_y()));
    let z = sinc(size.z * frequency(at.z(), at.extent_z()));
    spectrum * (x * y * z)
}

/// 2·J₁(x) / x for x ≥ 0, to 5e-8: the polynomials of Abramowitz and Stegun (1964), 9.4.4 and 9.4.6.
#[gpu_fn]
fn bessel_disk(x: f32) -> f32 {
    let y = x * x / 9.0;
    let p = y.mul_add(0.000_011_09, -0.000_317_61);
    let p = y.mul_add(y.mul_add(y.mul_add(p, 0.004_433_19), -0.039_542_89), 0.210_935_73);
    let mut result = y.mul_add(y.mul_add(p, -0.562_499_8), 0.5);
    if x > 3.0 {
        let y = 3.0 / x;
        let p = y.mul_add(y.mul_add(y.mul_add(-0.000_200_33, 0.001_136_53), -0.002_495_11), 0.000_171_05);
        let p = y.mul_add(y.mul_add(y.mul_add(p, 0.016_596_67), 0.000_001_56), 0.797_884_6);
        let q = y.mul_add(y.mul_add(y.mul_add(-0.000_291_66, 0.000_798_24), 0.000_743_48), -0.006_378_79);
        let q = y.mul_add(y.mul_add(y.mul_add(q, 0.000_056_5), 0.124_996_12), -2.356_194_5);
        result = p * (x + q).cos() / (x * x.sqrt());
    }
    2.0 * result
}

/// 3·(sin x - x·cos x) / x³ for x ≥ 0.
#[gpu_fn]
fn bessel_ball(x: f32) -> f32 {
    let y = x * x;
    let mut result = y.mul_add(y.mul_add(y.mul_add(-1.0 / 15120.0, 1.0 / 280.0), -0.1), 1.0);
    if x > 1.0 {
        result = 3.0 * (-x).mul_add(x.cos(), x.sin()) / (y * x);
    }
    result
}

/// Multiplies a spectrum with the transform of an ellipsoid: a function of t = π·√Σ(s·k/n)², s the diameters.
///
/// It is 3·(sin t - t·cos t) / t³ for images with three axes of more than one voxel, 2·J₁(t) / t with two, sin(t) / t
/// with one. The image is a spectrum as `fft` returns it. The inverse transform is the mean within an ellipsoid,
/// circularly.
///
/// # Names
/// - `scipy.ndimage.fourier_ellipsoid`: parts are channels here; the whole spectrum, as with `n = -1`. Axes of extent 1
///   do not count here.
#[gpu_op(pointwise)]
pub fn fourier_ellipsoid(
    spectrum: f32,
    at: Position,
    #[param(default = 3.0, range = 0.0..=10000.0, unit = "voxels")] size: PerAxis<f32>,
) -> f32 {
    let x = size.x * frequency(at.x(), at.extent_x());
    let y = size.y * frequency(at.y(), at.extent_y());
    let z = size.z * frequency(at.z(), at.extent_z());
    let radius = x.mul_add(x, y.mul_add(y, z * z)).sqrt();
    let t = radius * std::f32::consts::PI;
    let axes = (at.extent_x() > 1) as i32 + (at.extent_y() > 1) as i32 + (at.extent_z() > 1) as i32;
    let factor = if axes == 3 { bessel_ball(t) } else { if axes == 2 { bessel_disk(t) } else { sinc(radius) } };
    spectrum * factor
}

/// Multiplies complex images with a factor for each column, row and plane; the factors of x, y and z follow each other.
#[gpu_op(grid)]
pub fn fourier_phases(at: Item, spectrum: Read<f32>, factors: Read<f32>, result: Write<f32>) {
    let plane = at.extent_x() * at.extent_y() * at.extent_z();
    let i = at.index() + at.n() * plane;
    let (x, y) = (2 * at.x(), 2 * (at.extent_x() + at.y()));
    let z = 2 * (at.extent_x() + at.extent_y() + at.z());
    let (re, im) = complex_product(factors.get(x), factors.get(x + 1), factors.get(y), factors.get(y + 1));
    let (re, im) = complex_product(re, im, factors.get(z), factors.get(z + 1));
    let (re, im) = complex_product(spectrum.get(i), spectrum.get(i + plane), re, im);
    result.store(i, re);
    result.store(i + plane, im);
}

/// Multiplies a spectrum by what shifts its image: exp(-2πi·s·k/n) along each axis, s the shift.
///
/// The image is a spectrum as `fft` returns it. The inverse transform is the image shifted by any fraction of voxels,
/// circularly, with trigonometric interpolation. The factors are computed in f64.
///
/// # Names
/// - `scipy.ndimage.fourier_shift`: parts are channels here; the whole spectrum, as with `n = -1`.
#[gpu_op(procedure)]
pub fn fourier_shift(
    context: &Context,
    spectrum: AnyImage,
    #[param(default = 0.0, range = -1048576.0..=1048576.0, unit = "voxels")] shift: PerAxis<f32>,
) -> Result<Image<f32>> {
    let input = Complex::of(&spectrum, "fourier_shift")?;
    let mut factors = Vec::new();
    for (extent, shift) in input.extent.into_iter().zip([shift.x, shift.y, shift.z]) {
        for place in 0..extent as i64 {
            let k = if 2 * place < extent as i64 { place } else { place - extent as i64 };
            let (cos, sin) = turns(f64::from(shift) * k as f64 / extent as f64);
            factors.extend([cos as f32, -sin as f32]);
        }
    }
    let result = context.unset_like::<f32>(&spectrum)?;
    let domain = Domain { batch: input.batch, extent: input.extent };
    fourier_phases(context, domain, &spectrum, &context.upload_buffer(&factors)?, &result)?;
    Ok(result)
}

/// Multiplies the spectra of real images with the gain of a Butterworth filter.
#[gpu_op(grid)]
pub fn butterworth_gains(
    at: Item,
    spectrum: Read<f32>,
    result: Write<f32>,
    width: u32,
    cutoff: f32,
    order: f32,
    high_pass: bool,
    squared: bool,
) {
    let (ny, nz) = (at.extent_y() as i32, at.extent_z() as i32);
    let x = frequency(at.x() as i32, width as i32) / cutoff;
    let y = frequency(at.y() as i32, ny) / cutoff;
    let z = frequency(at.z() as i32, nz) / cutoff;
    let ratio = x.mul_add(x, y.mul_add(y, z * z)).powf(order);
    let low = 1.0 / (1.0 + ratio);
    let high = if ratio > 1.0 { 1.0 / (1.0 + 1.0 / ratio) } else { ratio * low };
    let gain = if high_pass { high } else { low };
    result.store(at.index(), spectrum.get(at.index()) * (if squared { gain } else { gain.sqrt() }));
}

/// The form of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum WindowForm {
    /// 0.5, 0.5.
    #[default]
    Hann,
    /// 0.54, 0.46.
    Hamming,
    /// 0.42, 0.5, 0.08.
    Blackman,
    /// 0.3635819, 0.4891775, 0.1365995, 0.0106411.
    Nuttall,
    /// 0.35875, 0.48829, 0.14128, 0.01168.
    BlackmanHarris,
    /// 1.
    Boxcar,
}

impl Choice for WindowForm {
    const NAMES: &'static [&'static str] = &["hann", "hamming", "blackman", "nuttall", "blackmanharris", "boxcar"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> WindowForm {
        use WindowForm::{Blackman, BlackmanHarris, Boxcar, Hamming, Hann, Nuttall};
        [Hann, Hamming, Blackman, Nuttall, BlackmanHarris, Boxcar][index.min(5)]
    }
}

/// Sample i of a window of a sum of cosines, with `last` the last sample; 0 beyond.
#[gpu_fn]
fn cosine_sample(i: i32, last: i32, a0: f32, a1: f32, a2: f32, a3: f32) -> f32 {
    let place = if last > 0 { i as f32 / last as f32 } else { 0.5 };
    let angle = std::f32::consts::TAU * place;
    let sum = (-a3).mul_add((3.0 * angle).cos(), a2.mul_add((2.0 * angle).cos(), (-a1).mul_add(angle.cos(), a0)));
    if i < 0 || i > last { 0.0 } else { sum }
}

/// Multiplies an image by a window of a sum of cosines. See `window`.
#[gpu_op(pointwise)]
pub fn cosine_window(
    image: f32,
    at: Position,
    #[param(default = 0.5)] a0: f32,
    #[param(default = 0.5)] a1: f32,
    #[param(default = 0.0)] a2: f32,
    #[param(default = 0.0)] a3: f32,
) -> f32 {
    let longest = max(at.extent_x(), max(at.extent_y(), at.extent_z()));
    let centre = 0.5 * longest as f32 - 0.5;
    let x = (at.x() as f32).mul_add(longest as f32 / at.extent_x() as f32, -centre);
    let y = (at.y() as f32).mul_add(longest as f32 / at.extent_y() as f32, -centre);
    let z = (at.z() as f32).mul_add(longest as f32 / at.extent_z() as f32, -centre);
    let x = if at.extent_x() > 1 { x } else { 0.0 };
    let y = if at.extent_y() > 1 { y } else { 0.0 };
    let z = if at.extent_z() > 1 { z } else { 0.0 };
    let place = x.mul_add(x, y.mul_add(y, z * z)).sqrt() + centre;
    let i = place.floor() as i32;
    let low = cosine_sample(i, longest - 1, a0, a1, a2, a3);
    let high = cosine_sample(i + 1, longest - 1, a0, a1, a2, a3);
    image * (high - low).mul_add(place - place.floor(), low)
}

/// Multiplies an image by a window that falls off towards its border, so that its spectrum shows no seam.
///
/// The window is `Σ (-1)ⁿ·aₙ·cos(2πn·i / (N - 1))` with the coefficients of its form, sampled at the N voxels of the
/// longest axis and turned around the centre; axes that are shorter are stretched. Between samples it is linear, beyond
/// them 0. An axis of extent 1 takes no part.
///
/// # Names
/// - `skimage.filters.window`: returns the image times the window; these forms only, without the rest of `scipy.signal.windows`.
#[gpu_op(composite)]
pub fn window(image: AnyExpr, #[param(default = "hann")] form: WindowForm) -> Expr<f32> {
    let [a0, a1, a2, a3] = match form {
        WindowForm::Hann => [0.5, 0.5, 0.0, 0.0],
        WindowForm::Hamming => [0.54, 0.46, 0.0, 0.0],
        WindowForm::Blackman => [0.42, 0.5, 0.08, 0.0],
        WindowForm::Nuttall => [0.363_581_9, 0.489_177_5, 0.136_599_5, 0.010_641_1],
        WindowForm::BlackmanHarris => [0.358_75, 0.488_29, 0.141_28, 0.011_68],
        WindowForm::Boxcar => [1.0, 0.0, 0.0, 0.0],
    };
    cosine_window(&image, a0, a1, a2, a3)
}

/// Butterworth filter: keeps high or low frequencies, with a smooth transition and without ripples.
///
/// With q = Σ(k / (n·c))² over the axes, c the cutoff as a fraction of the sampling frequency, the low-pass gain is `1
/// / (1 + q^order)`, and the high-pass gain 1 minus that; without `squared` the root of it is taken. The image is
/// periodic for the filter; `padding` voxels of the boundary are put around it before, and removed after. A voxel that
/// is not finite makes its whole image NaN.
///
/// # Names
/// - `skimage.filters.butterworth`: `cutoff_frequency_ratio` is `cutoff`, `squared_butterworth` is `squared`, `npad` is
///   `padding`, whose voxels are up to the boundary here and `edge` there. A cutoff of 0 is an error.
#[gpu_op(procedure)]
pub fn butterworth(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.005, range = 0.0001..=0.5, unit = "sampling frequencies")] cutoff: f32,
    #[param(default = true)] high_pass: bool,
    #[param(default = 2.0, range = 0.0..=100.0)] order: f32,
    #[param(default = true)] squared: bool,
    #[param(default = 0, range = 0..=128, unit = "voxels")] padding: u32,
) -> Result<Image<f32>> {
    let extent = image.spatial();
    let before = extent.map(|extent| if extent > 1 { padding as usize } else { 0 });
    let frame = std::array::from_fn(|axis| extent[axis] + 2 * before[axis]);
    let framed = context.eval(framed(&image, per_axis(before), per_axis(frame)))?.into_any();
    let spectrum = spectrum(context, &framed)?;
    let filtered = Complex::unset(context, spectrum.extent, spectrum.batch)?;
    // A real gain is that of both parts.
    let domain = Domain { batch: 2 * spectrum.batch, extent: spectrum.extent };
    let width = frame[0] as u32;
    butterworth_gains(context, domain, &spectrum.store, &filtered.store, width, cutoff, order, high_pass, squared)?;
    let result = image_of(context, &filtered, &framed)?;
    context.eval(crate::crop(&result, per_axis(before), per_axis(extent)))
}

family! {
    operations: [
        fft_convolve, fft_correlate, fourier_magnitude, fourier_gaussian, fourier_uniform, fourier_ellipsoid, fourier_shift, butterworth,
        window,
    ],
    kernels: [
        framed, followed_by_zeros, fourier_magnitudes, fourier_gaussian, fourier_uniform, fourier_ellipsoid,
        fourier_phases, cosine_window, butterworth_gains,
    ],
}
