//! Geometric transforms: images at other coordinates.
//!
//! Each is a gather kernel per interpolation: `…_nearest` in the image's own type (labels stay labels), `…_linear` in
//! f32, `…_cubic` in f32 over B-spline coefficients; and a composite that takes the interpolation as a parameter and
//! computes the coefficients itself.

use kernwerk_runtime::{Choice, Layout};

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
/// A symmetric filter of 33 weights along x, y and z, which is the recursive filter of Unser, Aldroubi and Eden (1993),
/// cut where f32 ends. With the boundaries mirror, reflect and wrap the spline goes through all voxels up to rounding,
/// if it is sampled with the same boundary; with nearest and constant it misses those next to the border a little,
/// since beyond it the coefficients are no spline's.
///
/// # Names
/// - `scipy.ndimage.spline_filter`: of order 3; boundary `mirror` there.
/// - `scipy.ndimage.spline_filter1d`: of order 3, along all axes.
#[gpu_op(neighborhood(separable), alias = "spline_filter")]
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

/// Shifts an image by a number of voxels, which need not be whole: what was at x is at x + shift. What comes in from
/// outside is up to the boundary. In f32.
///
/// # Names
/// - `scipy.ndimage.shift`: order 0, 1 or 3, and 1 by default; boundary `constant` there, `nearest` here.
/// - `clesperanto.translate`: zero outside there; nearest by default.
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
/// The outer faces of the first and the last voxel stay where they are, so that what the image shows keeps its size and
/// its place: voxel i of n shows what was at (i + 0.5) · m / n - 0.5 of m. Nothing is blurred: smooth first to shrink
/// an image without aliasing, or use `rescale`. The result has no voxel size.
///
/// # Names
/// - `skimage.transform.resize`: no anti-aliasing here; boundary `reflect` there (which SciPy calls `mirror`), `nearest` here.
/// - `scipy.ndimage.zoom`: with `grid_mode=True`, and extents instead of factors.
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

/// The middle of an axis, where coordinates count from there.
#[gpu_fn]
fn center(extent: i32, centered: bool) -> f32 {
    if centered { 0.5 * (extent - 1) as f32 } else { 0.0 }
}

/// The layout of what an affine transform makes: the extents of the image, those that hold all of it where `resize`
/// says so, and those that are given (not 0). Where the extents are others, a voxel is as large as its step in the
/// image.
fn spread(source: Layout, matrix: [f32; 9], extent: PerAxis<u32>, resize: bool) -> Layout {
    let m = matrix.map(f64::from);
    let mut extents = Axis::ALL.map(|axis| source.extent[axis]);
    if resize {
        let before = extents.map(f64::from);
        // The rows of the inverse, which leads from the image to the result, by cofactors.
        let cofactor = |row: usize, column: usize| {
            let (a, b, c, d) = ((row + 1) % 3, (row + 2) % 3, (column + 1) % 3, (column + 2) % 3);
            m[3 * a + c] * m[3 * b + d] - m[3 * a + d] * m[3 * b + c]
        };
        let determinant = m[0] * cofactor(0, 0) + m[1] * cofactor(0, 1) + m[2] * cofactor(0, 2);
        for (row, extent) in extents.iter_mut().enumerate() {
            let size: f64 = (0..3).map(|column| (cofactor(column, row) / determinant).abs() * before[column]).sum();
            // A tie must not depend on how the matrix was rounded to f32.
            *extent = (size.mul_add(1.0 + 1e-6, 0.5).floor() as u32).max(1);
        }
    }
    for (found, axis) in extents.iter_mut().zip(Axis::ALL) {
        if extent[axis] != 0 {
            *found = extent[axis];
        }
    }
    let [x, y, z] = extents;
    let result = source.of_extent(PerAxis::xyz(x, y, z));
    if result == source {
        return result;
    }
    let [x, y, z] = Axis::ALL.map(|axis| {
        let along = |row: usize| m[3 * row + axis.index()] * source.voxel[Axis::ALL[row]];
        let step = (along(0) * along(0) + along(1) * along(1) + along(2) * along(2)).sqrt();
        // A rotation that was rounded to f32 does not change the size.
        let same = Axis::ALL.into_iter().find(|&axis| (step / source.voxel[axis] - 1.0).abs() < 1e-6);
        same.map_or(step, |axis| source.voxel[axis])
    });
    Layout { voxel: PerAxis::xyz(x, y, z), ..result }
}

/// Affine transform to the nearest voxels, in the image's own type.
///
/// See `affine_transform` for the parameters.
#[gpu_op(gather, layout = spread(source, [xx, xy, xz, yx, yy, yz, zx, zy, zz], extent, resize))]
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
    #[param(default = false, optional)] centered: bool,
    #[param(default = 0, optional, range = 0..=1048576, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = false, optional)] resize: bool,
) -> T {
    let x = at.x() as f32 - center(at.extent_x(), centered);
    let y = at.y() as f32 - center(at.extent_y(), centered);
    let z = at.z() as f32 - center(at.extent_z(), centered);
    let source_x = affine_row(x, y, z, xx, xy, xz, x0) + center(source.extent_x(), centered);
    let source_y = affine_row(x, y, z, yx, yy, yz, y0) + center(source.extent_y(), centered);
    let source_z = affine_row(x, y, z, zx, zy, zz, z0) + center(source.extent_z(), centered);
    source.nearest(source_x, source_y, source_z)
}

/// Affine transform with linear interpolation.
///
/// See `affine_transform` for the parameters.
#[gpu_op(gather, layout = spread(source, [xx, xy, xz, yx, yy, yz, zx, zy, zz], extent, resize))]
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
    #[param(default = false, optional)] centered: bool,
    #[param(default = 0, optional, range = 0..=1048576, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = false, optional)] resize: bool,
) -> f32 {
    let x = at.x() as f32 - center(at.extent_x(), centered);
    let y = at.y() as f32 - center(at.extent_y(), centered);
    let z = at.z() as f32 - center(at.extent_z(), centered);
    let source_x = affine_row(x, y, z, xx, xy, xz, x0) + center(source.extent_x(), centered);
    let source_y = affine_row(x, y, z, yx, yy, yz, y0) + center(source.extent_y(), centered);
    let source_z = affine_row(x, y, z, zx, zy, zz, z0) + center(source.extent_z(), centered);
    source.linear(source_x, source_y, source_z)
}

/// Affine transform of the cubic B-spline with these coefficients.
///
/// See `affine_transform` for the parameters.
#[gpu_op(gather, layout = spread(source, [xx, xy, xz, yx, yy, yz, zx, zy, zz], extent, resize))]
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
    #[param(default = false, optional)] centered: bool,
    #[param(default = 0, optional, range = 0..=1048576, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = false, optional)] resize: bool,
) -> f32 {
    let x = at.x() as f32 - center(at.extent_x(), centered);
    let y = at.y() as f32 - center(at.extent_y(), centered);
    let z = at.z() as f32 - center(at.extent_z(), centered);
    let source_x = affine_row(x, y, z, xx, xy, xz, x0) + center(source.extent_x(), centered);
    let source_y = affine_row(x, y, z, yx, yy, yz, y0) + center(source.extent_y(), centered);
    let source_z = affine_row(x, y, z, zx, zy, zz, z0) + center(source.extent_z(), centered);
    source.cubic(source_x, source_y, source_z)
}

/// Affine transform: the voxel at (x, y, z) of the result shows the place
/// (xx·x + xy·y + xz·z + x0, yx·x + yy·y + yz·z + y0, zx·x + zy·y + zz·z + z0) of the image. In f32.
///
/// The matrix leads from the result to the image, as in `scipy.ndimage.affine_transform` (whose axes are z, y, x).
/// Coordinates are in voxels; the result has the extents and the voxel size of the image. Products are added as fused
/// multiply-adds: x first, then y, then z.
///
/// The kernels `affine_transform_nearest`, `…_linear` and `…_cubic` take more by name: with `centered` both coordinates
/// count from the middle of their image, (n - 1) / 2; `extent` says the extents of the result, 0 that an axis stays;
/// `resize` chooses them so that they hold the whole image, transformed about its middle. `rotate`, `scale` and
/// `rigid_transform` are made of that.
///
/// # Names
/// - `scipy.ndimage.affine_transform`: the matrix is given number by number, x first; boundary `constant` there, `nearest` here.
/// - `skimage.transform.warp`: with a matrix as `inverse_map`; boundary `constant` there.
/// - `clesperanto.affine_transform`: the inverse matrix, which leads from the image to the result, with voxel centres
///   at 0.5; zero outside there; nearest by default.
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
