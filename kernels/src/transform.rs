//! Geometric transforms: images at other coordinates.
//!
//! Each is a gather kernel per interpolation: `…_nearest` in the image's own type (labels stay labels), `…_linear` in f32, `…_cubic` in
//! f32 over B-spline coefficients; and a composite that takes the interpolation as a parameter and computes the coefficients itself.

use kernwerk_runtime::Choice;

use crate::catalogue::family;
use crate::prelude::*;

/// How values between voxels are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Interpolation {
    /// The nearest voxel.
    Nearest,
    /// Linear along each axis.
    #[default]
    Linear,
    /// Cubic B-spline through the voxels.
    Cubic,
}

impl Choice for Interpolation {
    const NAMES: &'static [&'static str] = &["nearest", "linear", "cubic"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> Interpolation {
        match index {
            0 => Interpolation::Nearest,
            1 => Interpolation::Linear,
            _ => Interpolation::Cubic,
        }
    }
}

/// How far the inverse of the cubic B-spline reaches: what lies beyond is below 2⁻³⁰ of the whole.
const SPLINE_REACH: i32 = 16;

/// The inverse of the sampled cubic B-spline (1, 4, 1) / 6: √3 · z^|k| with z = √3 - 2, computed in f64.
fn inverse_spline() -> PerAxis<Vec<f32>> {
    let pole = 3f64.sqrt() - 2.0;
    let weights: Vec<f32> = (-SPLINE_REACH..=SPLINE_REACH).map(|k| (3f64.sqrt() * pole.powi(k.abs())) as f32).collect();
    weights.into()
}

/// Coefficients of the cubic B-spline that goes through the voxels: what `cubic` of a gather operation samples.
///
/// A symmetric filter of 33 weights along x, y and z, which is the recursive filter of Unser, Aldroubi and Eden (1993), cut where f32
/// ends. With the boundaries mirror, reflect and wrap the spline goes through all voxels up to rounding, if it is sampled with the same
/// boundary; with nearest and constant it misses those next to the border a little, since beyond it the coefficients are no spline's.
#[gpu_op(neighborhood(separable))]
pub fn bspline_coefficients(line: Line<f32>) -> f32 {
    line.weighted_sum(inverse_spline())
}

/// Shifts an image by a fraction of voxels to the nearest voxel, in its own type.
#[gpu_op(gather)]
pub fn shift_nearest<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 0.0, unit = "voxels")] shift: PerAxis<f32>,
) -> T {
    source.nearest(at.x() as f32 - shift.x, at.y() as f32 - shift.y, at.z() as f32 - shift.z)
}

/// Shifts an image by a fraction of voxels with linear interpolation.
#[gpu_op(gather)]
pub fn shift_linear(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 0.0, unit = "voxels")] shift: PerAxis<f32>,
) -> f32 {
    source.linear(at.x() as f32 - shift.x, at.y() as f32 - shift.y, at.z() as f32 - shift.z)
}

/// Shifts the cubic B-spline with these coefficients by a fraction of voxels.
#[gpu_op(gather)]
pub fn shift_cubic(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 0.0, unit = "voxels")] shift: PerAxis<f32>,
) -> f32 {
    source.cubic(at.x() as f32 - shift.x, at.y() as f32 - shift.y, at.z() as f32 - shift.z)
}

/// Shifts an image by a number of voxels, which need not be whole: what was at x is at x + shift. What comes in from outside is up to
/// the boundary. In f32; the same as `scipy.ndimage.shift` of order 0, 1 or 3.
#[gpu_op(composite, alias = "translate")]
pub fn shift(
    image: AnyExpr,
    #[param(default = 0.0, unit = "voxels")] shift: PerAxis<f32>,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    match interpolation {
        Interpolation::Nearest => shift_nearest(&image, shift).convert(),
        Interpolation::Linear => shift_linear(&image, shift),
        Interpolation::Cubic => shift_cubic(bspline_coefficients(&image), shift),
    }
}

/// Where voxel `i` of `extent` lies along an axis of `source` voxels, where the outer faces of both coincide.
#[gpu_fn]
fn between_faces(i: i32, source: i32, extent: u32) -> f32 {
    (i as f32 + 0.5).mul_add(source as f32 / extent as f32, -0.5)
}

/// Resizes an image to the nearest voxels, in its own type.
///
/// See `resize` for where voxels lie.
#[gpu_op(gather)]
pub fn resize_nearest<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(output_extent, range = 1..=1048576, unit = "voxels")] extent: PerAxis<u32>,
) -> T {
    let x = between_faces(at.x(), source.extent_x(), extent.x);
    let y = between_faces(at.y(), source.extent_y(), extent.y);
    let z = between_faces(at.z(), source.extent_z(), extent.z);
    source.nearest(x, y, z)
}

/// Resizes an image with linear interpolation.
///
/// See `resize` for where voxels lie.
#[gpu_op(gather)]
pub fn resize_linear(
    source: Sampler<f32>,
    at: Position,
    #[param(output_extent, range = 1..=1048576, unit = "voxels")] extent: PerAxis<u32>,
) -> f32 {
    let x = between_faces(at.x(), source.extent_x(), extent.x);
    let y = between_faces(at.y(), source.extent_y(), extent.y);
    let z = between_faces(at.z(), source.extent_z(), extent.z);
    source.linear(x, y, z)
}

/// Resizes the cubic B-spline with these coefficients.
///
/// See `resize` for where voxels lie.
#[gpu_op(gather)]
pub fn resize_cubic(
    source: Sampler<f32>,
    at: Position,
    #[param(output_extent, range = 1..=1048576, unit = "voxels")] extent: PerAxis<u32>,
) -> f32 {
    let x = between_faces(at.x(), source.extent_x(), extent.x);
    let y = between_faces(at.y(), source.extent_y(), extent.y);
    let z = between_faces(at.z(), source.extent_z(), extent.z);
    source.cubic(x, y, z)
}

/// Resizes an image to the given extents; an axis that the image lacks is 1. In f32.
///
/// The outer faces of the first and the last voxel stay where they are, so that what the image shows keeps its size and its place: voxel i of
/// n shows what was at (i + 0.5) · m / n - 0.5 of m. (So do scikit-image and OpenCV; `scipy.ndimage.zoom` does with `grid_mode=True`,
/// and without keeps the outer centres instead.) Nothing is blurred: smooth first to shrink an image without aliasing. The result has no
/// voxel size.
#[gpu_op(composite)]
pub fn resize(
    image: AnyExpr,
    #[param(range = 1..=1048576, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    match interpolation {
        Interpolation::Nearest => resize_nearest(&image, extent).convert(),
        Interpolation::Linear => resize_linear(&image, extent),
        Interpolation::Cubic => resize_cubic(bspline_coefficients(&image), extent),
    }
}

/// One coordinate of an affine transform: `start`, and the products with x, y and z in that order.
#[gpu_fn]
fn affine_row(x: f32, y: f32, z: f32, along_x: f32, along_y: f32, along_z: f32, start: f32) -> f32 {
    z.mul_add(along_z, y.mul_add(along_y, x.mul_add(along_x, start)))
}

/// Affine transform to the nearest voxels, in the image's own type.
///
/// See `affine_transform` for the parameters.
#[gpu_op(gather)]
#[allow(clippy::too_many_arguments, reason = "a matrix of 3 x 4")]
pub fn affine_transform_nearest<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 1.0)] xx: f32,
    #[param(default = 0.0)] xy: f32,
    #[param(default = 0.0)] xz: f32,
    #[param(default = 0.0, unit = "voxels")] x0: f32,
    #[param(default = 0.0)] yx: f32,
    #[param(default = 1.0)] yy: f32,
    #[param(default = 0.0)] yz: f32,
    #[param(default = 0.0, unit = "voxels")] y0: f32,
    #[param(default = 0.0)] zx: f32,
    #[param(default = 0.0)] zy: f32,
    #[param(default = 1.0)] zz: f32,
    #[param(default = 0.0, unit = "voxels")] z0: f32,
) -> T {
    let (x, y, z) = (at.x() as f32, at.y() as f32, at.z() as f32);
    let source_x = affine_row(x, y, z, xx, xy, xz, x0);
    let source_y = affine_row(x, y, z, yx, yy, yz, y0);
    let source_z = affine_row(x, y, z, zx, zy, zz, z0);
    source.nearest(source_x, source_y, source_z)
}

/// Affine transform with linear interpolation.
///
/// See `affine_transform` for the parameters.
#[gpu_op(gather)]
#[allow(clippy::too_many_arguments, reason = "a matrix of 3 x 4")]
pub fn affine_transform_linear(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 1.0)] xx: f32,
    #[param(default = 0.0)] xy: f32,
    #[param(default = 0.0)] xz: f32,
    #[param(default = 0.0, unit = "voxels")] x0: f32,
    #[param(default = 0.0)] yx: f32,
    #[param(default = 1.0)] yy: f32,
    #[param(default = 0.0)] yz: f32,
    #[param(default = 0.0, unit = "voxels")] y0: f32,
    #[param(default = 0.0)] zx: f32,
    #[param(default = 0.0)] zy: f32,
    #[param(default = 1.0)] zz: f32,
    #[param(default = 0.0, unit = "voxels")] z0: f32,
) -> f32 {
    let (x, y, z) = (at.x() as f32, at.y() as f32, at.z() as f32);
    let source_x = affine_row(x, y, z, xx, xy, xz, x0);
    let source_y = affine_row(x, y, z, yx, yy, yz, y0);
    let source_z = affine_row(x, y, z, zx, zy, zz, z0);
    source.linear(source_x, source_y, source_z)
}

/// Affine transform of the cubic B-spline with these coefficients.
///
/// See `affine_transform` for the parameters.
#[gpu_op(gather)]
#[allow(clippy::too_many_arguments, reason = "a matrix of 3 x 4")]
pub fn affine_transform_cubic(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 1.0)] xx: f32,
    #[param(default = 0.0)] xy: f32,
    #[param(default = 0.0)] xz: f32,
    #[param(default = 0.0, unit = "voxels")] x0: f32,
    #[param(default = 0.0)] yx: f32,
    #[param(default = 1.0)] yy: f32,
    #[param(default = 0.0)] yz: f32,
    #[param(default = 0.0, unit = "voxels")] y0: f32,
    #[param(default = 0.0)] zx: f32,
    #[param(default = 0.0)] zy: f32,
    #[param(default = 1.0)] zz: f32,
    #[param(default = 0.0, unit = "voxels")] z0: f32,
) -> f32 {
    let (x, y, z) = (at.x() as f32, at.y() as f32, at.z() as f32);
    let source_x = affine_row(x, y, z, xx, xy, xz, x0);
    let source_y = affine_row(x, y, z, yx, yy, yz, y0);
    let source_z = affine_row(x, y, z, zx, zy, zz, z0);
    source.cubic(source_x, source_y, source_z)
}

/// Affine transform: the voxel at (x, y, z) of the result shows the place
/// (xx·x + xy·y + xz·z + x0, yx·x + yy·y + yz·z + y0, zx·x + zy·y + zz·z + z0) of the image. In f32.
///
/// The matrix leads from the result to the image, as in `scipy.ndimage.affine_transform` (whose axes are z, y, x). Coordinates are in
/// voxels; the result has the extents and the voxel size of the image. Products are added as fused multiply-adds: x first, then y, then z.
#[gpu_op(composite)]
#[allow(clippy::too_many_arguments, reason = "a matrix of 3 x 4")]
pub fn affine_transform(
    image: AnyExpr,
    #[param(default = 1.0)] xx: f32,
    #[param(default = 0.0)] xy: f32,
    #[param(default = 0.0)] xz: f32,
    #[param(default = 0.0, unit = "voxels")] x0: f32,
    #[param(default = 0.0)] yx: f32,
    #[param(default = 1.0)] yy: f32,
    #[param(default = 0.0)] yz: f32,
    #[param(default = 0.0, unit = "voxels")] y0: f32,
    #[param(default = 0.0)] zx: f32,
    #[param(default = 0.0)] zy: f32,
    #[param(default = 1.0)] zz: f32,
    #[param(default = 0.0, unit = "voxels")] z0: f32,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    match interpolation {
        Interpolation::Nearest => {
            affine_transform_nearest(&image, xx, xy, xz, x0, yx, yy, yz, y0, zx, zy, zz, z0).convert()
        }
        Interpolation::Linear => affine_transform_linear(&image, xx, xy, xz, x0, yx, yy, yz, y0, zx, zy, zz, z0),
        Interpolation::Cubic => {
            let coefficients = bspline_coefficients(&image);
            affine_transform_cubic(coefficients, xx, xy, xz, x0, yx, yy, yz, y0, zx, zy, zz, z0)
        }
    }
}

family! {
    operations: [
        bspline_coefficients, shift_nearest, shift_linear, shift_cubic, shift, resize_nearest, resize_linear, resize_cubic, resize,
        affine_transform_nearest, affine_transform_linear, affine_transform_cubic, affine_transform,
    ],
    kernels: [
        bspline_coefficients, shift_nearest, shift_linear, shift_cubic, resize_nearest, resize_linear, resize_cubic,
        affine_transform_nearest, affine_transform_linear, affine_transform_cubic,
    ],
}
