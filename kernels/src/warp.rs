//! Images sampled where other images say: displacement fields and images of coordinates.
//!
//! A gather kernel per interpolation, as of the other transforms; the composites choose.

use crate::catalogue::family;
use crate::prelude::*;
use crate::transform::{Interpolation, bspline_coefficients};

/// Where a voxel is sampled along an axis: at a coordinate, or that far from where it is.
#[gpu_fn]
fn sampled_at(here: i32, given: f32, relative: bool) -> f32 {
    if relative { here as f32 + given } else { given }
}

/// Samples an image to the nearest voxels at the places that other images tell, in its own type.
///
/// See `map_coordinates` and, where `relative`, `apply_vector_field`.
#[gpu_op(gather, layout = source.of_extent(x.extent))]
pub fn map_nearest<T: Pixel>(
    source: Sampler<T>,
    x: Sampler<f32>,
    y: Sampler<f32>,
    z: Sampler<f32>,
    at: Position,
    #[param(default = false)] relative: bool,
) -> T {
    let (i, j, k) = (at.x(), at.y(), at.z());
    let source_x = sampled_at(i, x.at(i, j, k), relative);
    let source_y = sampled_at(j, y.at(i, j, k), relative);
    let source_z = sampled_at(k, z.at(i, j, k), relative);
    source.nearest(source_x, source_y, source_z)
}

/// Samples an image with linear interpolation at the places that other images tell.
///
/// See `map_coordinates` and, where `relative`, `apply_vector_field`.
#[gpu_op(gather, layout = source.of_extent(x.extent))]
pub fn map_linear(
    source: Sampler<f32>,
    x: Sampler<f32>,
    y: Sampler<f32>,
    z: Sampler<f32>,
    at: Position,
    #[param(default = false)] relative: bool,
) -> f32 {
    let (i, j, k) = (at.x(), at.y(), at.z());
    let source_x = sampled_at(i, x.at(i, j, k), relative);
    let source_y = sampled_at(j, y.at(i, j, k), relative);
    let source_z = sampled_at(k, z.at(i, j, k), relative);
    source.linear(source_x, source_y, source_z)
}

/// Samples the cubic B-spline with these coefficients at the places that other images tell.
///
/// See `map_coordinates` and, where `relative`, `apply_vector_field`.
#[gpu_op(gather, layout = source.of_extent(x.extent))]
pub fn map_cubic(
    source: Sampler<f32>,
    x: Sampler<f32>,
    y: Sampler<f32>,
    z: Sampler<f32>,
    at: Position,
    #[param(default = false)] relative: bool,
) -> f32 {
    let (i, j, k) = (at.x(), at.y(), at.z());
    let source_x = sampled_at(i, x.at(i, j, k), relative);
    let source_y = sampled_at(j, y.at(i, j, k), relative);
    let source_z = sampled_at(k, z.at(i, j, k), relative);
    source.cubic(source_x, source_y, source_z)
}

/// The image at the places, relative to each voxel or not.
fn mapped(image: &AnyExpr, places: [AnyExpr; 3], relative: bool, interpolation: Interpolation) -> Expr<f32> {
    let [x, y, z] = places;
    match interpolation {
        Interpolation::Nearest => map_nearest(image, x, y, z, relative).convert(),
        Interpolation::Linear => map_linear(image, x, y, z, relative),
        Interpolation::Cubic => map_cubic(bspline_coefficients(image), x, y, z, relative),
    }
}

/// Samples an image at coordinates that other images tell: voxel p of the result is the image at (x(p), y(p), z(p)). In f32.
///
/// Coordinates are in voxels from the centre of the first; those outside are up to the boundary, NaN counts as 0. The
/// result has the extents of `x`, which may be others than those of the image; `y` and `z` are read at the same places,
/// so they should have these extents, too. Along an axis of the image with one voxel the coordinate does not count:
/// give any image for `z` of a picture.
///
/// # Names
/// - `scipy.ndimage.map_coordinates`: one image for each coordinate, in the order x, y, z, instead of one array (z, y,
///   x); the boundary is `nearest` by default, `constant` there; orders 0, 1 and 3, and 1 by default.
/// - `skimage.transform.warp`: with an array of coordinates; the boundary is `constant` there.
#[gpu_op(composite)]
pub fn map_coordinates(
    image: AnyExpr,
    x: AnyExpr,
    y: AnyExpr,
    z: AnyExpr,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    mapped(&image, [x, y, z], false, interpolation)
}

/// Warps an image by a displacement field: voxel p of the result is the image at p + (x(p), y(p), z(p)). In f32.
///
/// The displacements lead from the result to the image, in voxels. The result has the extents of `x`. For a picture,
/// give any image for `z`.
///
/// # Names
/// - `clesperanto.apply_vector_field`: of the prototype; what lies outside is 0 there, the boundary here; nearest by
///   default there.
/// - `skimage.transform.warp`: with coordinates p + displacement.
#[gpu_op(composite, alias = "warp, apply_vectorfield")]
pub fn apply_vector_field(
    image: AnyExpr,
    x: AnyExpr,
    y: AnyExpr,
    z: AnyExpr,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    mapped(&image, [x, y, z], true, interpolation)
}

family! {
    operations: [map_nearest, map_linear, map_cubic, map_coordinates, apply_vector_field],
    kernels: [map_nearest, map_linear, map_cubic],
}
