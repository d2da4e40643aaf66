//! Ridge filters: how much the surroundings of a voxel look like a line, from the eigenvalues of the matrix of second
//! derivatives at several scales.
//!
//! A response is computed from the elements of the matrix: eigenvalues are in no image, and a response is larger or
//! smaller than what other scales left in the same kernel.
//!
//! Invariant: derivatives are those of `hessian_matrix` by a Gaussian; the result is the largest of all scales. Where a
//! number depends on the whole image (a batch included) the operation is a procedure.

use crate::catalogue::family;
use crate::eigenvalues::eigenvalues_of;
use crate::hessian::{SecondDerivatives, elements, first_derivatives, second_derivatives};
use crate::prelude::*;

/// Scales at most: what asks for more is a mistake.
const MOST_SCALES: usize = 100;

/// The sigmas from `minimum` on, below `maximum`, at least one.
fn scales(operation: &str, minimum: f32, maximum: f32, step: f32) -> Result<Vec<f32>> {
    let (low, high, step) = (f64::from(minimum), f64::from(maximum), f64::from(step));
    let mut sigmas = vec![minimum];
    // A sum of steps would round each time.
    let next = |sigmas: &Vec<f32>| low + step * sigmas.len() as f64;
    while step > 0.0 && next(&sigmas) < high && sigmas.len() <= MOST_SCALES {
        sigmas.push(next(&sigmas) as f32);
    }
    if sigmas.len() > MOST_SCALES {
        return Err(Error::Parameter {
            operation: operation.into(),
            parameter: "sigma_step".into(),
            value: step.to_string(),
            problem: format!("there would be more than {MOST_SCALES} scales from {minimum} to {maximum}"),
            remedy: "give a larger step".into(),
        });
    }
    Ok(sigmas)
}

/// The elements xx, xy, xz, yy, yz, zz of the matrix of second derivatives.
fn elements_at(image: &AnyExpr, sigma: f32) -> [Expr<f32>; 6] {
    elements(image, sigma.into(), SecondDerivatives::Gaussian)
}

/// The largest of the responses at all scales.
fn largest(responses: impl Iterator<Item = Expr<f32>>) -> Option<Expr<f32>> {
    responses.reduce(larger_response)
}

/// The larger of two responses.
#[gpu_op(pointwise, family = "ridges")]
pub fn larger_response(first: f32, second: f32) -> f32 {
    max(first, second)
}

/// Sato's response at one scale: the geometric mean of the eigenvalues across a line, times sigma².
#[gpu_op(pointwise, family = "ridges")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn tubeness_response(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    at: Position,
    #[param] sigma: f32,
    #[param] black: bool,
) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let flat = flat_x || flat_y || flat_z;
    let (small, middle, large) = eigenvalues_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z);
    let across = max(if black { large } else { -small }, 0.0);
    let other = max(if black { middle } else { -middle }, 0.0);
    sigma * sigma * if flat { across } else { (across * other).sqrt() }
}

/// Frangi's response at one scale.
#[gpu_op(pointwise, family = "ridges")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix, and the constants of the filter")]
pub fn vesselness_response(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    at: Position,
    #[param] alpha: f32,
    #[param] beta: f32,
    #[param] gamma: f32,
    #[param] black: bool,
) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let flat = flat_x || flat_y || flat_z;
    let (small, middle, large) = eigenvalues_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z);
    let sign = if black { 1.0 } else { -1.0 };
    let (a, b, c) = (sign * small, sign * middle, sign * large);
    // In the order of their magnitudes; of two the one between is the first 0.
    let (a, b) = if a.abs() > b.abs() { (b, a) } else { (a, b) };
    let (b, c) = if b.abs() > c.abs() { (c, b) } else { (b, c) };
    let (a, b) = if a.abs() > b.abs() { (b, a) } else { (a, b) };
    let second = max(b, 1e-10);
    let third = max(c, 1e-10);
    let plate = second / third;
    let blob = if flat { b.abs() / third } else { a.abs() / (second * third).sqrt() };
    let norm = a * a + b * b + c * c;
    let plates = if flat { 1.0 } else { 1.0 - (-(plate * plate) / (2.0 * (alpha * alpha))).exp() };
    let blobs = (-(blob * blob) / (2.0 * (beta * beta))).exp();
    plates * blobs * (1.0 - (-norm / (2.0 * (gamma * gamma))).exp())
}

/// The largest of each eigenvalue plus `share` times the others, by magnitude, and 0 where that is negative.
#[gpu_op(pointwise, family = "ridges")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn neuriteness_response(
    xx: f32,
    xy: f32,
    xz: f32,
    yy: f32,
    yz: f32,
    zz: f32,
    at: Position,
    #[param] share: f32,
    #[param] black: bool,
) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let flat = flat_x || flat_y || flat_z;
    let (small, middle, large) = eigenvalues_of(xx, xy, xz, yy, yz, zz, flat_x, flat_y, flat_z);
    let sign = if black { 1.0 } else { -1.0 };
    let (a, b, c) = (sign * small, sign * middle, sign * large);
    let first = a + share * (b + c);
    let second = if flat { 0.0 } else { b + share * (a + c) };
    let third = c + share * (a + b);
    let best = if second.abs() > first.abs() { second } else { first };
    max(if third.abs() > best.abs() { third } else { best }, 0.0)
}

/// The norm of a symmetric matrix: the root of the sum of its squared elements, and of its squared eigenvalues. Rows and
/// columns of axes of extent 1 do not count.
#[gpu_op(pointwise, family = "ridges")]
#[allow(clippy::too_many_arguments, reason = "the elements of a matrix")]
pub fn norm_of_matrix(xx: f32, xy: f32, xz: f32, yy: f32, yz: f32, zz: f32, at: Position) -> f32 {
    let flat_x = at.extent_x() == 1;
    let flat_y = at.extent_y() == 1;
    let flat_z = at.extent_z() == 1;
    let a = if flat_x { 0.0 } else { xx };
    let b = if flat_y { 0.0 } else { yy };
    let c = if flat_z { 0.0 } else { zz };
    let ab = if flat_x || flat_y { 0.0 } else { xy };
    let ac = if flat_x || flat_z { 0.0 } else { xz };
    let bc = if flat_y || flat_z { 0.0 } else { yz };
    (a * a + b * b + c * c + 2.0 * (ab * ab + ac * ac + bc * bc)).sqrt()
}

/// Tubeness by Sato: how much bright or black lines stand out, at the best of several scales.
///
/// At each scale sigma² times the geometric mean of the eigenvalues of the matrix of second derivatives, each at least
/// 0, but the one along the line; sigmas are `sigma_minimum`, plus `sigma_step` as long as they are below
/// `sigma_maximum`. Sato, Y. et al. (1998). Three-dimensional multi-scale line filter for segmentation and
/// visualization of curvilinear structures in medical images. Medical Image Analysis 2(2), 143–168.
///
/// # Names
/// - `skimage.filters.sato`: `sigmas` is `range(sigma_minimum, sigma_maximum, sigma_step)`; boundary `reflect` by
///   default, `nearest` here; integers are computed as they are in both.
/// - `clesperanto.sato_filter`: the operation of that name.
#[gpu_op(composite, family = "ridges")]
pub fn sato(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.1..=1000.0, unit = "voxels")] sigma_minimum: f32,
    #[param(default = 10.0, range = 0.1..=1000.0, unit = "voxels")] sigma_maximum: f32,
    #[param(default = 2.0, range = 0.0..=1000.0, unit = "voxels")] sigma_step: f32,
    #[param(default = true)] black_ridges: bool,
) -> Result<Expr<f32>> {
    let sigmas = scales("sato", sigma_minimum, sigma_maximum, sigma_step)?;
    let responses = sigmas.into_iter().map(|sigma| {
        let [xx, xy, xz, yy, yz, zz] = elements_at(&image, sigma);
        tubeness_response(xx, xy, xz, yy, yz, zz, sigma, black_ridges)
    });
    Ok(largest(responses).expect("there is a first scale"))
}

/// Tubeness of bright lines at several scales: `sato` for bright ridges, with clEsperanto's parameters.
///
/// # Names
/// - `clesperanto.sato_filter`: there the derivatives do not smooth across their axis, and their weights are divided by
///   the sum of their magnitudes.
#[gpu_op(composite, family = "ridges")]
pub fn sato_filter(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.1..=1000.0, unit = "voxels")] sigma_minimum: f32,
    #[param(default = 3.0, range = 0.1..=1000.0, unit = "voxels")] sigma_maximum: f32,
    #[param(default = 1.0, range = 0.0..=1000.0, unit = "voxels")] sigma_step: f32,
) -> Result<Expr<f32>> {
    let sigmas = scales("sato_filter", sigma_minimum, sigma_maximum, sigma_step)?;
    let responses = sigmas.into_iter().map(|sigma| {
        let [xx, xy, xz, yy, yz, zz] = elements_at(&image, sigma);
        tubeness_response(xx, xy, xz, yy, yz, zz, sigma, false)
    });
    Ok(largest(responses).expect("there is a first scale"))
}

/// Tubeness of bright lines of one thickness: `sato` for bright ridges, at one scale.
///
/// # Names
/// - `clesperanto.tubeness`: there the derivatives do not smooth across their axis, and their weights are divided by
///   the sum of their magnitudes.
#[gpu_op(composite, family = "ridges")]
pub fn tubeness(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.1..=1000.0, unit = "voxels")] sigma: f32,
) -> Expr<f32> {
    let [xx, xy, xz, yy, yz, zz] = elements_at(&image, sigma);
    tubeness_response(xx, xy, xz, yy, yz, zz, sigma, false)
}

/// Vesselness by Frangi: how much bright or black lines stand out, between 0 and 1, at the best of several scales.
///
/// From the eigenvalues of the matrix of second derivatives in the order of their magnitudes, |a| ≤ |b| ≤ |c|, with b
/// and c at least 1e-10: (1 − exp(−(b/c)²/2α²)) · exp(−(a²/bc)/2β²) · (1 − exp(−(a² + b² + c²)/2γ²)); in pictures,
/// which have b and c alone, exp(−(b/c)²/2β²) · (1 − exp(−(b² + c²)/2γ²)). A `gamma` of 0, the default, stands for half
/// the largest norm √(a² + b² + c²) at the first scale (in the whole batch), or 1 if that is 0. Sigmas as for `sato`.
/// Frangi, A. F. et al. (1998). Multiscale vessel enhancement filtering. MICCAI, 130–137.
///
/// # Names
/// - `skimage.filters.frangi`: `sigmas` is `range(sigma_minimum, sigma_maximum, sigma_step)`; `gamma=None` is 0;
///   boundary `reflect` by default, `nearest` here.
#[gpu_op(procedure, family = "ridges")]
#[allow(clippy::too_many_arguments, reason = "the constants of the filter")]
pub fn frangi(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.1..=1000.0, unit = "voxels")] sigma_minimum: f32,
    #[param(default = 10.0, range = 0.1..=1000.0, unit = "voxels")] sigma_maximum: f32,
    #[param(default = 2.0, range = 0.0..=1000.0, unit = "voxels")] sigma_step: f32,
    #[param(default = 0.5, range = 0.0..=1000000.0)] alpha: f32,
    #[param(default = 0.5, range = 0.0..=1000000.0)] beta: f32,
    #[param(default = 0.0, range = 0.0..=1e30)] gamma: f32,
    #[param(default = true)] black_ridges: bool,
) -> Result<Image<f32>> {
    let image = AnyExpr::image(image);
    let mut gamma = gamma;
    let mut result: Option<Image<f32>> = None;
    for sigma in scales("frangi", sigma_minimum, sigma_maximum, sigma_step)? {
        let mut matrix = elements_at(&image, sigma);
        if gamma == 0.0 {
            // What is read twice is computed once.
            matrix = evaluated(context, &image, sigma)?;
            let [xx, xy, xz, yy, yz, zz] = &matrix;
            let norm = norm_of_matrix(xx, xy, xz, yy, yz, zz);
            let most = context.scalar(&crate::maximum_of_all_pixels(norm))? as f32;
            gamma = if most > 0.0 && most.is_finite() { most / 2.0 } else { 1.0 };
        }
        let [xx, xy, xz, yy, yz, zz] = matrix;
        let response = vesselness_response(xx, xy, xz, yy, yz, zz, alpha, beta, gamma, black_ridges);
        result = Some(match result {
            None => context.eval(response)?,
            Some(result) => context.eval(larger_response(&result, response))?,
        });
    }
    Ok(result.expect("there is a first scale"))
}

/// The elements of the matrix of second derivatives as images.
fn evaluated(context: &Context, image: &AnyExpr, sigma: f32) -> Result<[Expr<f32>; 6]> {
    let one = |expr: Expr<f32>| Ok(context.eval(expr)?.into_expr());
    let [x, y, z] = first_derivatives(image, sigma.into());
    let first = [one(x)?.into_any(), one(y)?.into_any(), one(z)?.into_any()];
    let [xx, xy, xz, yy, yz, zz] = second_derivatives(&first, sigma.into());
    Ok([one(xx)?, one(xy)?, one(xz)?, one(yy)?, one(yz)?, one(zz)?])
}

/// The hybrid ridge filter of Ng: `frangi` with a fixed `gamma`, and 1 where its response is 0.
///
/// Ng, C. C. et al. (2014). Automatic wrinkle detection using hybrid Hessian filter. ACCV, 609–622.
///
/// # Names
/// - `skimage.filters.hessian`: `sigmas` is `range(sigma_minimum, sigma_maximum, sigma_step)`; boundary `reflect` by
///   default, `nearest` here.
#[gpu_op(composite, family = "ridges")]
#[allow(clippy::too_many_arguments, reason = "the constants of the filter")]
pub fn hessian(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.1..=1000.0, unit = "voxels")] sigma_minimum: f32,
    #[param(default = 10.0, range = 0.1..=1000.0, unit = "voxels")] sigma_maximum: f32,
    #[param(default = 2.0, range = 0.0..=1000.0, unit = "voxels")] sigma_step: f32,
    #[param(default = 0.5, range = 0.0..=1000000.0)] alpha: f32,
    #[param(default = 0.5, range = 0.0..=1000000.0)] beta: f32,
    #[param(default = 15.0, range = 0.0..=1e30)] gamma: f32,
    #[param(default = true)] black_ridges: bool,
) -> Result<Expr<f32>> {
    let sigmas = scales("hessian", sigma_minimum, sigma_maximum, sigma_step)?;
    let responses = sigmas.into_iter().map(|sigma| {
        let [xx, xy, xz, yy, yz, zz] = elements_at(&image, sigma);
        vesselness_response(xx, xy, xz, yy, yz, zz, alpha, beta, gamma, black_ridges)
    });
    Ok(one_where_not_positive(largest(responses).expect("there is a first scale")))
}

/// An image, or 1 where it is not above 0.
#[gpu_op(pointwise, family = "ridges")]
pub fn one_where_not_positive(image: f32) -> f32 {
    if image <= 0.0 { 1.0 } else { image }
}

/// Neuriteness by Meijering: how much bright or black lines stand out, between 0 and 1, at the best of several scales.
///
/// At each scale each eigenvalue of the matrix of second derivatives plus `alpha` times the others; of these the
/// largest by magnitude, where it is positive, divided by the largest of the image (of the whole batch). An `alpha` of
/// 0, the default, stands for 1/(n + 1) with n axes of extent above 1. Sigmas as for `sato`. Meijering, E. et al.
/// (2004). Design and validation of a tool for neurite tracing and analysis in fluorescence microscopy images.
/// Cytometry A 58(2), 167–176.
///
/// # Names
/// - `skimage.filters.meijering`: `sigmas` is `range(sigma_minimum, sigma_maximum, sigma_step)`; `alpha=None` is 0;
///   boundary `reflect` by default, `nearest` here.
#[gpu_op(procedure, family = "ridges")]
pub fn meijering(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.1..=1000.0, unit = "voxels")] sigma_minimum: f32,
    #[param(default = 10.0, range = 0.1..=1000.0, unit = "voxels")] sigma_maximum: f32,
    #[param(default = 2.0, range = 0.0..=1000.0, unit = "voxels")] sigma_step: f32,
    #[param(default = 0.0, range = 0.0..=1000.0)] alpha: f32,
    #[param(default = true)] black_ridges: bool,
) -> Result<Image<f32>> {
    let axes = Domain::of(&image).extent.iter().filter(|&&extent| extent > 1).count();
    let share = if alpha == 0.0 { 1.0 / (axes + 1) as f32 } else { alpha };
    let image = AnyExpr::image(image);
    let mut result: Option<Image<f32>> = None;
    for sigma in scales("meijering", sigma_minimum, sigma_maximum, sigma_step)? {
        let [xx, xy, xz, yy, yz, zz] = elements_at(&image, sigma);
        let response = context.eval(neuriteness_response(xx, xy, xz, yy, yz, zz, share, black_ridges))?;
        let most = context.scalar(&crate::maximum_of_all_pixels(&response))? as f32;
        let response = crate::divide_scalar(&response, if most > 0.0 && most.is_finite() { most } else { 1.0 });
        result = Some(match result {
            None => context.eval(response)?,
            Some(result) => context.eval(larger_response(&result, response))?,
        });
    }
    Ok(result.expect("there is a first scale"))
}

family! {
    operations: [sato, sato_filter, tubeness, frangi, hessian, meijering],
    kernels: [
        larger_response, tubeness_response, vesselness_response, neuriteness_response, norm_of_matrix, one_where_not_positive],
}
