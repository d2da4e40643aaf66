//! Deconvolution: what an image was before it was blurred by a known point spread function.

use crate::catalogue::family;
use crate::prelude::*;
use crate::{maximum_of_all_pixels, sum_of_all_pixels};
use kernwerk_runtime::Boundary;

use crate::fourier::{Complex, filtered_rows, forward_rows, image_of, inverse_rows, rows_of_voxels, spectrum};
use crate::fourier_launch::Voxels;
use crate::fourier_passes::complex_product;
use crate::frequency::{Convolution, check_kernel, framed, frequency, per_axis, zero_framed};
use crate::transfer::Transfer;

/// How much brighter a voxel is than its estimate says; where that is below `least`, no more than if it were `least`; 0 below
/// `epsilon`.
#[gpu_fn]
pub(crate) fn brightness_ratio(voxel: f32, blurred: f32, least: f32, epsilon: f32) -> f32 {
    if blurred < epsilon { 0.0 } else { voxel / max(blurred, least) }
}

/// A voxel of an estimate times its correction; never negative.
#[gpu_fn]
pub(crate) fn brightened(estimate: f32, correction: f32) -> f32 {
    max(estimate * correction, 0.0)
}

/// [`brightness_ratio`] of every voxel.
#[gpu_op(pointwise)]
pub fn richardson_lucy_ratio(image: f32, blurred: f32, #[param] least: f32, #[param] epsilon: f32) -> f32 {
    brightness_ratio(image, blurred, least, epsilon)
}

/// [`brightened`] of every voxel.
#[gpu_op(pointwise)]
pub fn richardson_lucy_update(estimate: f32, correction: f32) -> f32 {
    brightened(estimate, correction)
}

/// The smaller of two slopes of one sign, 0 if they differ in it.
#[gpu_fn]
fn lesser_slope(a: f32, b: f32) -> f32 {
    let size = min(a.abs(), b.abs());
    if a > 0.0 && b > 0.0 { size } else { if a < 0.0 && b < 0.0 { -size } else { 0.0 } }
}

/// A slope divided by the length of a gradient; 0 where there is none.
#[gpu_fn]
fn unit_slope(along: f32, side: f32, other: f32) -> f32 {
    let length = along.mul_add(along, side.mul_add(side, other * other)).sqrt();
    if length > 0.0 { along / length } else { 0.0 }
}

/// An estimate divided by 1 - λ·div(∇u / |∇u|): the step of a descent of the total variation.
#[gpu_op(neighborhood)]
pub fn total_variation_step(w: Window<f32>, #[param] weight: f32) -> f32 {
    let c = w.center();
    // Along x: the unit slope towards the next voxel, less that of the voxel before towards this one.
    let px = unit_slope(
        w.at(1, 0, 0) - c,
        lesser_slope(w.at(0, 1, 0) - c, c - w.at(0, -1, 0)),
        lesser_slope(w.at(0, 0, 1) - c, c - w.at(0, 0, -1)),
    );
    let x = w.at(-1, 0, 0);
    let mx = unit_slope(
        c - x,
        lesser_slope(w.at(-1, 1, 0) - x, x - w.at(-1, -1, 0)),
        lesser_slope(w.at(-1, 0, 1) - x, x - w.at(-1, 0, -1)),
    );
    let py = unit_slope(
        w.at(0, 1, 0) - c,
        lesser_slope(w.at(1, 0, 0) - c, c - w.at(-1, 0, 0)),
        lesser_slope(w.at(0, 0, 1) - c, c - w.at(0, 0, -1)),
    );
    let y = w.at(0, -1, 0);
    let my = unit_slope(
        c - y,
        lesser_slope(w.at(1, -1, 0) - y, y - w.at(-1, -1, 0)),
        lesser_slope(w.at(0, -1, 1) - y, y - w.at(0, -1, -1)),
    );
    let pz = unit_slope(
        w.at(0, 0, 1) - c,
        lesser_slope(w.at(1, 0, 0) - c, c - w.at(-1, 0, 0)),
        lesser_slope(w.at(0, 1, 0) - c, c - w.at(0, -1, 0)),
    );
    let z = w.at(0, 0, -1);
    let mz = unit_slope(
        c - z,
        lesser_slope(w.at(1, 0, -1) - z, z - w.at(-1, 0, -1)),
        lesser_slope(w.at(0, 1, -1) - z, z - w.at(0, -1, -1)),
    );
    let divergence = (px - mx) + (py - my) + (pz - mz);
    c / (-weight).mul_add(divergence, 1.0)
}

/// A point spread function divided by its sum; several by the mean of their sums.
fn normalized(context: &Context, operation: &'static str, psf: &AnyImage) -> Result<AnyImage> {
    let images = psf.batch();
    let sum = context.scalar(&sum_of_all_pixels(psf))? / images as f64;
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("the point spread function adds up to {sum}"),
            remedy: "give one whose voxels add up to something positive".into(),
        });
    }
    Ok(context.eval(kernwerk_runtime::operators::multiply_image_and_scalar(psf, (1.0 / sum) as f32))?.into_any())
}

/// Richardson-Lucy deconvolution: the image before it was blurred by `psf`, as the most likely one if photons were counted.
///
/// From u = 1 on, `iterations` times: `u ← max(0, u · (h' ⋆ (f / (h ∗ u))))`, with h the point spread function divided
/// by its sum, whose centre is at ⌊n / 2⌋, and h' its mirror image (Richardson 1972, Lucy 1974). Outside the image
/// there is what the boundary says, of the estimate as of the quotient: with `nearest` or `reflect` its borders stay
/// quiet, with `constant` 0 the image is dark outside. With `regularization` λ > 0 each estimate is divided by 1 -
/// λ·div(∇u / |∇u|), which keeps noise from growing (Dey et al. 2006; differences of Rudin, Osher & Fatemi 1992; 0.0002
/// to 0.01 are common). Quotients are computed as if h ∗ u were at least 10⁻⁶ of the largest voxel of all, since that
/// is what f32 tells from 0, and are 0 where it is below `epsilon`. Negative voxels count as they are. Every image of a
/// batch is deconvolved for itself, with one point spread function, or with one for each, divided by the mean of their
/// sums. An iteration takes four transforms.
///
/// # Names
/// - `skimage.restoration.richardson_lucy`: `num_iter` is `iterations`, `filter_epsilon` is `epsilon`; the boundary
///   `constant` 0 there; the point spread function is divided by its sum here; the result is not clipped to -1..1 here,
///   but never negative; where its extent is even, the middle is ⌊n / 2⌋ here and ⌊(n - 1) / 2⌋ there. What is divided
///   by is at least 10⁻⁶ of the largest voxel here, 10⁻¹² there.
/// - `clesperanto.deconvolve`: `iteration` is `iterations`, 100 there; it pads by itself and has no boundary;
///   `normalization` is not needed.
#[gpu_op(procedure, alias = "deconvolve, deconvolve_richardson_lucy")]
pub fn richardson_lucy(
    context: &Context,
    image: AnyImage,
    #[own_extents] psf: AnyImage,
    #[param(default = 50, range = 0..=100000)] iterations: u32,
    #[param(default = 0.0, range = 0.0..=0.125)] regularization: f32,
    #[param(default = 0.0, range = 0.0.., optional)] epsilon: f32,
) -> Result<Image<f32>> {
    check_kernel("richardson_lucy", &image, &psf)?;
    let psf = normalized(context, "richardson_lucy", &psf)?;
    let convolution = Convolution::new(context, "richardson_lucy", &image, &psf)?;
    let largest = context.scalar(&maximum_of_all_pixels(&image))?;
    let least = ((largest * 1e-6) as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
    let mut estimate =
        context.eval(kernwerk_runtime::operators::add_image_and_scalar(&context.zeros::<f32>(&image)?, 1.0))?;
    let updated = |estimate: &Image<f32>, correction: Expr<f32>| {
        if regularization > 0.0 {
            let smooth = total_variation_step(estimate, regularization).boundary(Boundary::Nearest);
            return context.eval(richardson_lucy_update(smooth, correction));
        }
        context.eval(richardson_lucy_update(estimate, correction))
    };
    if let Some(transfer) = convolution.of_rows(&image) {
        let rows = Rows { context, transfer, image: &image };
        let mut current = rows.of(&estimate)?;
        for rest in (0..iterations).rev() {
            let ratio = rows.ratio(&filtered_rows(context, current, transfer, false)?, least, epsilon)?;
            let correction = filtered_rows(context, ratio, transfer, true)?;
            if rest > 0 && regularization == 0.0 {
                (current, estimate) = rows.brightened(&correction, &estimate)?;
            } else {
                estimate = updated(&estimate, (&rows.voxels(&correction)?).into_expr())?;
                current = if rest > 0 { rows.of(&estimate)? } else { correction };
            }
        }
        return Ok(estimate);
    }
    for _ in 0..iterations {
        let blurred = convolution.of(context, &AnyExpr::image(estimate.any().clone()), false)?;
        let ratio = richardson_lucy_ratio(&image, blurred, least, epsilon);
        let correction = convolution.of(context, &ratio.into_any(), true)?;
        estimate = updated(&estimate, correction)?;
    }
    Ok(estimate)
}

/// Half spectra of the rows of images of one shape, which are their own frames. On chip neither a blurred image nor a ratio is in any memory.
struct Rows<'a> {
    context: &'a Context,
    transfer: &'a Transfer,
    image: &'a AnyImage,
}

impl Rows<'_> {
    fn of(&self, image: &Image<f32>) -> Result<Complex> {
        forward_rows(self.context, image.any(), self.transfer.columns(), self.transfer.tile())
    }

    fn voxels(&self, rows: &Complex) -> Result<Image<f32>> {
        let voxels = self.context.unset_like::<f32>(self.image)?;
        inverse_rows(self.context, rows, voxels.any())?;
        Ok(voxels)
    }

    fn half(&self) -> usize {
        self.image.spatial()[0] / 2
    }

    /// Those of the ratio of the image and of what rows say.
    fn ratio(&self, blurred: &Complex, least: f32, epsilon: f32) -> Result<Complex> {
        let on_chip = Voxels::Ratio { of: self.image, least, epsilon };
        if let Some(rows) = rows_of_voxels(self.context, blurred, self.half(), on_chip)? {
            return Ok(rows);
        }
        let ratio = richardson_lucy_ratio(self.image, &self.voxels(blurred)?, least, epsilon);
        self.of(&self.context.eval(ratio)?)
    }

    /// Those of an estimate times what rows say, and that image.
    fn brightened(&self, correction: &Complex, estimate: &Image<f32>) -> Result<(Complex, Image<f32>)> {
        let kept = self.context.unset_like::<f32>(self.image)?;
        let on_chip = Voxels::Brightened { of: estimate.any(), kept: kept.any() };
        if let Some(rows) = rows_of_voxels(self.context, correction, self.half(), on_chip)? {
            return Ok((rows, kept));
        }
        let brightened = self.context.eval(richardson_lucy_update(estimate, &self.voxels(correction)?))?;
        Ok((self.of(&brightened)?, brightened))
    }
}

/// The spectra of images times H* / (|H|² + balance·|L|²), with H the transform of a point spread function and L that
/// of the Laplacian.
#[gpu_op(grid)]
pub fn wiener_quotients(
    at: Item,
    spectrum: Read<f32>,
    transfer: Read<f32>,
    result: Write<f32>,
    width: u32,
    transfer_batch: u32,
    balance: f32,
) {
    let plane = at.extent_x() * at.extent_y() * at.extent_z();
    let place = at.index() - at.n() * plane;
    let i = 2 * at.n() * plane + place;
    let j = at.n() * transfer_batch as usize + place;
    let x = (frequency(at.x() as i32, width as i32) * std::f32::consts::PI).sin();
    let y = (frequency(at.y() as i32, at.extent_y() as i32) * std::f32::consts::PI).sin();
    let z = (frequency(at.z() as i32, at.extent_z() as i32) * std::f32::consts::PI).sin();
    let laplacian = 4.0 * x.mul_add(x, y.mul_add(y, z * z));
    let (re, im) = (transfer.get(j), transfer.get(j + plane));
    let power = re.mul_add(re, im * im) + balance * (laplacian * laplacian);
    let (a, b) = complex_product(spectrum.get(i), spectrum.get(i + plane), re, -im);
    result.store(i, if power > 0.0 { a / power } else { 0.0 });
    result.store(i + plane, if power > 0.0 { b / power } else { 0.0 });
}

/// Wiener deconvolution: the image before it was blurred by `psf`, in one step, with a penalty for roughness.
///
/// The spectrum is multiplied by `H* / (|H|² + balance·|L|²)`, where H is the transform of the point spread function,
/// whose centre is at ⌊n / 2⌋, and L that of the Laplacian (Hunt 1971); where the denominator is 0, by 0. With the
/// boundary `wrap` the image is periodic, as the formula means it; with the others it is framed by voxels of the
/// boundary, as many as the point spread function has, on each side, and at the end a few more (about an eighth at
/// most) where the transform of that length is faster.
///
/// # Names
/// - `skimage.restoration.wiener`: the same with the boundary `wrap`, without `clip`; `balance` has a default here; the
///   regularisation is always the Laplacian.
#[gpu_op(procedure, alias = "wiener_deconvolution")]
pub fn wiener(
    context: &Context,
    image: AnyImage,
    #[own_extents] psf: AnyImage,
    #[param(default = 0.1, range = 0.0..)] balance: f32,
) -> Result<Image<f32>> {
    check_kernel("wiener", &image, &psf)?;
    let (extent, size) = (image.spatial(), psf.spatial());
    let wrap = context.boundary() == Boundary::Wrap;
    if let Some(axis) = (0..3).find(|&axis| wrap && size[axis] > extent[axis]) {
        return Err(Error::Shape {
            operation: "wiener".into(),
            problem: format!(
                "the point spread function has {} voxels along an axis along which the image has {}",
                size[axis], extent[axis]
            ),
            remedy: "use a smaller one, or another boundary than wrap".into(),
        });
    }
    let before = std::array::from_fn(|axis| if wrap || extent[axis] == 1 { 0 } else { size[axis] });
    let frame = std::array::from_fn(|axis| match before[axis] {
        0 => extent[axis],
        before => crate::roots::smooth(extent[axis] + 2 * before, if axis == 0 { 2 } else { 1 }),
    });
    let image = context.eval(framed(&image, per_axis(before), per_axis(frame)))?.into_any();
    let transfer = spectrum(context, &zero_framed(context, &psf, frame)?)?;
    let spectrum = spectrum(context, &image)?;
    let quotient = Complex::unset(context, spectrum.extent, spectrum.batch)?;
    let domain = Domain { batch: spectrum.batch, extent: spectrum.extent };
    let plane: usize = spectrum.extent.iter().product();
    let transfer_batch = if transfer.batch == 1 { 0 } else { 2 * plane as u32 };
    let width = frame[0] as u32;
    wiener_quotients(
        context,
        domain,
        &spectrum.store,
        &transfer.store,
        &quotient.store,
        width,
        transfer_batch,
        balance,
    )?;
    let result = image_of(context, &quotient, &image)?;
    // The centre of the point spread function is not at its first voxel, and so the image comes out earlier by that.
    let start = std::array::from_fn(|axis| (frame[axis] + before[axis] - size[axis] / 2) % frame[axis]);
    context.eval(crate::crop(&result, per_axis(start), per_axis(extent)).boundary(Boundary::Wrap))
}

family! {
    operations: [richardson_lucy, wiener],
    kernels: [richardson_lucy_ratio, richardson_lucy_update, total_variation_step, wiener_quotients],
}
