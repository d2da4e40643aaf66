//! Rotations, changes of scale and of the voxel size: host composites and procedures over the affine kernels and `resize`.
//!
//! Invariant: matrices are computed in f64 from + - * / and sqrt alone, and rounded once, so that they are the same on
//! every machine.

use kernwerk_runtime::{IntoExpr, VoxelSize};

use crate::catalogue::family;
use crate::filter::gaussian_blur;
use crate::prelude::*;
use crate::transform::{
    Interpolation, affine_transform_cubic, affine_transform_linear, affine_transform_nearest, bspline_coefficients,
    resize,
};

type Matrix = [[f64; 3]; 3];

/// Sine and cosine of an angle in degrees: exact for whole quarter turns, else within an ulp or two of f64.
pub(crate) fn sin_cos(degrees: f32) -> (f64, f64) {
    let degrees = f64::from(degrees) % 360.0;
    let quarter = (degrees / 90.0).round();
    let t = (degrees - 90.0 * quarter) * (std::f64::consts::PI / 180.0);
    // Taylor's series: |t| is at most a quarter of pi, where the next term is below 2^-60.
    let series = |first: f64, from: u32| {
        let (mut term, mut sum) = (first, first);
        for k in 1..=9 {
            let n = f64::from(from + 2 * k);
            term *= -t * t / (n * (n - 1.0));
            sum += term;
        }
        sum
    };
    let (sine, cosine) = (series(t, 1), series(1.0, 0));
    match (quarter as i64).rem_euclid(4) {
        0 => (sine, cosine),
        1 => (cosine, -sine),
        2 => (-sine, -cosine),
        _ => (-cosine, sine),
    }
}

fn product(a: Matrix, b: Matrix) -> Matrix {
    std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j]))
}

/// The matrix that turns places of the result back into places of the image: about z, then y, then x.
fn turned_back(angle: PerAxis<f32>) -> Matrix {
    let [(sx, cx), (sy, cy), (sz, cz)] = [angle.x, angle.y, angle.z].map(sin_cos);
    let back_x = [[1.0, 0.0, 0.0], [0.0, cx, sx], [0.0, -sx, cx]];
    let back_y = [[cy, 0.0, -sy], [0.0, 1.0, 0.0], [sy, 0.0, cy]];
    let back_z = [[cz, sz, 0.0], [-sz, cz, 0.0], [0.0, 0.0, 1.0]];
    product(back_x, product(back_y, back_z))
}

/// An affine transform, with what its kernels take by name.
struct Transform {
    /// From the result to the image.
    matrix: Matrix,
    offset: [f64; 3],
    centered: bool,
    /// 0: that of the image.
    extent: PerAxis<u32>,
    resize: bool,
    interpolation: Interpolation,
}

impl Transform {
    fn of(&self, image: &AnyExpr) -> Expr<f32> {
        let Transform { centered, extent, resize, .. } = *self;
        let [x, y, z]: [[f32; 4]; 3] = std::array::from_fn(|row| {
            let [a, b, c] = self.matrix[row];
            [a, b, c, self.offset[row]].map(|number| number as f32)
        });
        macro_rules! run {
            ($kernel:ident($image:expr)) => {
                $kernel($image, x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3], z[0], z[1], z[2], z[3])
                    .with("centered", centered)
                    .with("extent", extent)
                    .with("resize", resize)
            };
        }
        match self.interpolation {
            Interpolation::Nearest => run!(affine_transform_nearest(image)).convert(),
            Interpolation::Linear => run!(affine_transform_linear(image)),
            Interpolation::Cubic => run!(affine_transform_cubic(bspline_coefficients(image))),
        }
    }
}

/// Rotates an image about its middle, by angles in degrees about x, then y, then z. In f32.
///
/// A positive angle about z turns x towards y, which is clockwise where y points down; about x it turns y towards z,
/// about y z towards x. The angles are those of voxels: an image of anisotropic voxels is sheared (see
/// `make_isotropic`). The middle is at (n - 1) / 2 of each axis. With `resize` the result holds the whole rotated
/// image: its extents are those of the rotated box of the voxels, rounded. Without, it has those of the image. What
/// comes in from outside is up to the boundary. Quarter turns are exact; other matrices are computed in f64 and rounded
/// to f32.
///
/// # Names
/// - `skimage.transform.rotate`: the other sign; of a picture, about z; boundary `constant` there; with `resize` its
///   extents count from voxel centre to voxel centre, and are up to one voxel less; its order 3 is a cubic convolution,
///   not a spline.
/// - `scipy.ndimage.rotate`: the other sign; of stacks it turns the first two axes, y and z; `reshape` (here `resize`)
///   is true there; boundary `constant` there; cubic by default.
/// - `clesperanto.rotate`: same, with `centered`; nearest by default, zero outside.
#[gpu_op(composite)]
pub fn rotate(
    image: AnyExpr,
    #[param(default = 0.0, unit = "degrees")] angle: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
    #[param(default = false)] resize: bool,
) -> Expr<f32> {
    let matrix = turned_back(angle);
    Transform { matrix, offset: [0.0; 3], centered: true, extent: 0.into(), resize, interpolation }.of(&image)
}

/// Rotates an image about its middle as `rotate` does, then translates it by so many voxels. In f32.
///
/// # Names
/// - `clesperanto.rigid_transform`: same, with `centered`; nearest by default, zero outside.
/// - `skimage.transform.EuclideanTransform`: the transform itself, which `skimage.transform.warp` applies.
#[gpu_op(composite)]
pub fn rigid_transform(
    image: AnyExpr,
    #[param(default = 0.0, unit = "voxels")] translation: PerAxis<f32>,
    #[param(default = 0.0, unit = "degrees")] angle: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    let matrix = turned_back(angle);
    let moved = [translation.x, translation.y, translation.z].map(f64::from);
    let offset = matrix.map(|[a, b, c]| -(a * moved[0] + b * moved[1] + c * moved[2]));
    Transform { matrix, offset, centered: true, extent: 0.into(), resize: false, interpolation }.of(&image)
}

/// Scales an image about its middle by a factor along each axis: 2 shows it twice as large. In f32.
///
/// With `resize` the result has the image's extents times the factors, rounded, and voxels that are as much smaller;
/// else those of the image. Nothing is blurred: see `rescale`.
///
/// # Names
/// - `clesperanto.scale`: same, with `centered`; nearest by default, zero outside.
#[gpu_op(composite)]
pub fn scale(
    image: AnyExpr,
    #[param(default = 1.0, range = 0.001..=100.0)] factor: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
    #[param(default = false)] resize: bool,
) -> Expr<f32> {
    let [x, y, z] = [factor.x, factor.y, factor.z].map(|factor| 1.0 / f64::from(factor));
    let matrix = [[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, z]];
    Transform { matrix, offset: [0.0; 3], centered: true, extent: 0.into(), resize, interpolation }.of(&image)
}

/// The extents of an image times the factors, rounded half to even and at least 1. An axis that the image lacks stays 1.
fn scaled_extent(image: &AnyImage, factor: [f64; 3]) -> PerAxis<u32> {
    let letters = image.axes().as_str();
    let along = |axis: Axis| match letters.contains(axis.name()) {
        true => (image.spatial()[axis.index()] as f64 * factor[axis.index()]).round_ties_even().clamp(1.0, 4e9) as u32,
        false => 1,
    };
    PerAxis::xyz(along(Axis::X), along(Axis::Y), along(Axis::Z))
}

/// An image in the place of another, with voxels that are so much larger.
fn of_voxels(result: &Image<f32>, image: &AnyImage, times: [f64; 3]) -> Image<f32> {
    let [x, y, z] = times;
    let size = image.voxel_size().cloned();
    let size = size.map(|size| VoxelSize { x: size.x * x, y: size.y * y, z: size.z * z, ..size });
    result.with_voxel_size(size)
}

/// How many voxels of the image one of the result takes, along each axis, where the outer faces of both coincide.
fn steps(image: &AnyImage, extent: PerAxis<u32>) -> [f64; 3] {
    Axis::ALL.map(|axis| image.spatial()[axis.index()] as f64 / f64::from(extent[axis]))
}

/// Resizes to these extents, after a blur against aliasing if that is asked for.
fn resized(
    context: &Context,
    image: &AnyImage,
    extent: PerAxis<u32>,
    interpolation: Interpolation,
    anti_aliasing: bool,
) -> Result<Image<f32>> {
    let steps = steps(image, extent);
    let sigma = steps.map(|step| (0.5 * (step - 1.0)).max(0.0) as f32);
    let result = if anti_aliasing && interpolation != Interpolation::Nearest && sigma != [0.0; 3] {
        context.eval(resize(gaussian_blur(image, PerAxis::xyz(sigma[0], sigma[1], sigma[2])), extent, interpolation))?
    } else {
        context.eval(resize(image, extent, interpolation))?
    };
    Ok(of_voxels(&result, image, steps))
}

/// Resizes an image by a factor along each axis, blurring it first where it shrinks. In f32.
///
/// The extents are those of the image times the factors, rounded half to even; the outer faces of both images coincide,
/// as in `resize`. With `anti_aliasing` the image is first blurred by a Gaussian of sigma (step - 1) / 2 along each
/// axis, where step is how many voxels one of the result takes; not with interpolation nearest. The voxel size follows.
///
/// # Names
/// - `skimage.transform.rescale`: boundary `reflect` there (which SciPy calls `mirror`), `nearest` here; no clipping to
///   the range of the image here, which matters for cubic interpolation.
#[gpu_op(procedure)]
pub fn rescale(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.001..=100.0)] factor: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
    #[param(default = true)] anti_aliasing: bool,
) -> Result<Image<f32>> {
    let extent = scaled_extent(&image, [factor.x, factor.y, factor.z].map(f64::from));
    resized(context, &image, extent, interpolation, anti_aliasing)
}

/// Resizes an image by a factor along each axis, without a blur: as `rescale` without `anti_aliasing`. In f32.
///
/// # Names
/// - `clesperanto.resample`: of the prototype; the extents are rounded down there; nearest by default, zero outside.
#[gpu_op(procedure)]
pub fn resample(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.001..=100.0)] factor: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Result<Image<f32>> {
    let extent = scaled_extent(&image, [factor.x, factor.y, factor.z].map(f64::from));
    resized(context, &image, extent, interpolation, false)
}

/// Zooms into an image by a factor along each axis. In f32.
///
/// The extents are those of the image times the factors, rounded half to even. The centres of the first and the last
/// voxel stay where they are: voxel i of n shows what was at i · (m - 1) / (n - 1) of m; an axis of one voxel in the
/// result shows the first. With `grid_mode` the outer faces stay, as in `resize`. The voxel size follows.
///
/// # Names
/// - `scipy.ndimage.zoom`: orders 0, 1 and 3, and 1 by default; boundary `constant` there, `nearest` here (without
///   `grid_mode` nothing outside is read but by rounding).
/// - `cupyx.scipy.ndimage.zoom`: as SciPy.
/// - `cucim.core.operations.spatial.zoom`: for pictures, of the same size, cropped.
#[gpu_op(procedure)]
pub fn zoom(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.001..=100.0)] factor: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
    #[param(default = false)] grid_mode: bool,
) -> Result<Image<f32>> {
    let extent = scaled_extent(&image, [factor.x, factor.y, factor.z].map(f64::from));
    if grid_mode {
        return resized(context, &image, extent, interpolation, false);
    }
    let steps = Axis::ALL.map(|axis| match extent[axis] {
        1 => 1.0,
        n => (image.spatial()[axis.index()] as f64 - 1.0) / (f64::from(n) - 1.0),
    });
    let matrix = [[steps[0], 0.0, 0.0], [0.0, steps[1], 0.0], [0.0, 0.0, steps[2]]];
    let transform = Transform { matrix, offset: [0.0; 3], centered: false, extent, resize: false, interpolation };
    let zoomed = context.eval(transform.of(&image.clone().into_expr().into_any()))?;
    Ok(of_voxels(&zoomed, &image, steps))
}

/// What the voxel size is: as the caller says, else the image's own.
fn size_of(operation: &str, image: &AnyImage, given: PerAxis<f32>) -> Result<[f64; 3]> {
    let given = [given.x, given.y, given.z].map(f64::from);
    let own = image.voxel_size().map(|size| [size.x, size.y, size.z]);
    let size: [f64; 3] =
        std::array::from_fn(|axis| if given[axis] > 0.0 { given[axis] } else { own.map_or(0.0, |own| own[axis]) });
    let flat = |axis: usize| image.spatial()[axis] == 1;
    if (0..3).all(|axis| flat(axis) || size[axis].is_finite() && size[axis] > 0.0) {
        // Along a flat axis nothing is resampled, whatever the size.
        let known = |axis: usize| !flat(axis) || size[axis] > 0.0;
        return Ok(std::array::from_fn(|axis| if known(axis) { size[axis] } else { f64::INFINITY }));
    }
    Err(Error::Unsupported {
        operation: operation.into(),
        problem: "the size of a voxel is not known".into(),
        remedy: "give it as `voxel`, or an image that has one".into(),
    })
}

/// Resamples an image to voxels of these sizes.
fn with_voxels(
    context: &Context,
    operation: &str,
    image: &AnyImage,
    (now, then): ([f64; 3], [f64; 3]),
    interpolation: Interpolation,
) -> Result<Image<f32>> {
    let factor: [f64; 3] =
        std::array::from_fn(|axis| if image.spatial()[axis] == 1 { 1.0 } else { now[axis] / then[axis] });
    if factor.iter().any(|factor| !(1e-4..=1e4).contains(factor)) {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("voxels of {now:?} become voxels of {then:?} (x, y, z)"),
            remedy: "give sizes that differ by a factor of at most 10000".into(),
        });
    }
    let result = resized(context, image, scaled_extent(image, factor), interpolation, false)?;
    let unit = image.voxel_size().map_or(String::new(), |size| size.unit.clone());
    let kept = |axis: usize| if image.spatial()[axis] == 1 && now[axis].is_finite() { now[axis] } else { then[axis] };
    Ok(result.with_voxel_size(Some(VoxelSize { x: kept(0), y: kept(1), z: kept(2), unit })))
}

/// Resamples an image so that its voxels are as large along all axes. In f32.
///
/// `voxel` is the size of the image's voxels, 0 for its own; `target` that of the result, 0 for the smallest of these
/// (of axes with several voxels). The extents are rounded, and the outer faces coincide as in `resize`. Nothing is
/// blurred. The result has the voxel size `target`.
///
/// # Names
/// - `clesperanto.make_isotropic`: knows no voxel size but its parameters; the extents are rounded otherwise, zero outside.
#[gpu_op(procedure)]
pub fn make_isotropic(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.0, range = 0.0..=1e9, unit = "length")] voxel: PerAxis<f32>,
    #[param(default = 0.0, range = 0.0..=1e9, unit = "length")] target: f32,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Result<Image<f32>> {
    let now = size_of("make_isotropic", &image, voxel)?;
    let several = (0..3).filter(|&axis| image.spatial()[axis] > 1).map(|axis| now[axis]);
    let smallest = several.fold(f64::INFINITY, f64::min);
    let smallest = if smallest.is_finite() { smallest } else { 1.0 };
    let target = if target > 0.0 { f64::from(target) } else { smallest };
    with_voxels(context, "make_isotropic", &image, (now, [target; 3]), interpolation)
}

/// Resamples an image to voxels of a given size along each axis. In f32.
///
/// `voxel` is the size of the image's voxels, 0 for its own; `target` that of the result, 0 along an axis that stays as
/// it is. The extents are rounded, and the outer faces coincide as in `resize`. Nothing is blurred. The result has the
/// voxel size `target`.
///
/// # Names
/// - `clesperanto.make_anisotropic`: knows no voxel size but its parameters; the extents are rounded otherwise, zero outside.
#[gpu_op(procedure)]
pub fn make_anisotropic(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.0, range = 0.0..=1e9, unit = "length")] voxel: PerAxis<f32>,
    #[param(default = 0.0, range = 0.0..=1e9, unit = "length")] target: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Result<Image<f32>> {
    let now = size_of("make_anisotropic", &image, voxel)?;
    let target = [target.x, target.y, target.z].map(f64::from);
    let then = std::array::from_fn(|axis| if target[axis] > 0.0 { target[axis] } else { now[axis] });
    with_voxels(context, "make_anisotropic", &image, (now, then), interpolation)
}

/// One level of a Gaussian pyramid: blurs an image and shrinks it. In f32.
///
/// A Gaussian of sigma `sigma` (0 for 2 · factor / 6), then linear interpolation at the extents divided by `factor`,
/// rounded up, with the outer faces coinciding as in `resize`. An axis of extent 1 stays.
///
/// # Names
/// - `skimage.transform.pyramid_reduce`: boundary `reflect`, which is `reflect` for the blur and `mirror` for the
///   interpolation there.
/// - `skimage.transform.pyramid_gaussian`: each of its levels but the first.
#[gpu_op(procedure)]
pub fn pyramid_reduce(
    context: &Context,
    image: AnyImage,
    #[param(default = 2.0, range = 1.0..=100.0)] factor: f32,
    #[param(default = 0.0, range = 0.0..=1000.0, unit = "voxels")] sigma: f32,
) -> Result<Image<f32>> {
    let sigma = if sigma > 0.0 { sigma } else { (2.0 * f64::from(factor) / 6.0) as f32 };
    let along = |extent: usize| (extent as f64 / f64::from(factor)).ceil().max(1.0) as u32;
    let [x, y, z] = image.spatial().map(along);
    let extent = PerAxis::xyz(x, y, z);
    let result = context.eval(resize(gaussian_blur(&image, sigma), extent, Interpolation::Linear))?;
    Ok(of_voxels(&result, &image, steps(&image, extent)))
}

/// One level of a Gaussian pyramid back: enlarges an image and blurs it. In f32.
///
/// Linear interpolation at the extents times `factor`, rounded up, with the outer faces coinciding as in `resize`, then
/// a Gaussian of sigma `sigma` (0 for 2 · factor / 6). An axis of extent 1 stays.
///
/// # Names
/// - `skimage.transform.pyramid_expand`: boundary `reflect`, which is `mirror` for the interpolation and `reflect` for
///   the blur there.
/// - `skimage.transform.pyramid_laplacian`: a level is the image minus its blur: `difference_of_gaussian`.
#[gpu_op(procedure)]
pub fn pyramid_expand(
    context: &Context,
    image: AnyImage,
    #[param(default = 2.0, range = 1.0..=100.0)] factor: f32,
    #[param(default = 0.0, range = 0.0..=1000.0, unit = "voxels")] sigma: f32,
) -> Result<Image<f32>> {
    let sigma = if sigma > 0.0 { sigma } else { (2.0 * f64::from(factor) / 6.0) as f32 };
    let along = |extent: usize| if extent == 1 { 1 } else { (extent as f64 * f64::from(factor)).ceil() as u32 };
    let [x, y, z] = image.spatial().map(along);
    let extent = PerAxis::xyz(x, y, z);
    let result = context.eval(gaussian_blur(resize(&image, extent, Interpolation::Linear), sigma))?;
    Ok(of_voxels(&result, &image, steps(&image, extent)))
}

family! {
    operations: [rotate, rigid_transform, scale, rescale, resample, zoom, make_isotropic, make_anisotropic, pyramid_reduce, pyramid_expand],
    kernels: [],
}
