//! Places that are computed voxel by voxel: swirls, polar coordinates, oblique planes.

use kernwerk_runtime::Layout;

use crate::catalogue::family;
use crate::geometry::sin_cos;
use crate::prelude::*;
use crate::transform::Interpolation;
use crate::warp::map_coordinates;

/// Where `swirl` samples an image: coordinates along x, y and z.
#[gpu_op(gather)]
pub fn swirl_places(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 1.0)] strength: f32,
    #[param(default = 100.0, range = 0.001..=1e9, unit = "voxels")] radius: f32,
    #[param(default = 0.0, unit = "radians")] rotation: f32,
) -> (f32, f32, f32) {
    let (middle_x, middle_y) = (0.5 * (source.extent_x() - 1) as f32, 0.5 * (source.extent_y() - 1) as f32);
    let (dx, dy) = (at.x() as f32 - middle_x, at.y() as f32 - middle_y);
    let distance = dx.mul_add(dx, dy * dy).sqrt();
    // Where the exponential has fallen to a thousandth: 5 · ln 2 are the definition's.
    let falls = radius / 5.0 * std::f32::consts::LN_2;
    let angle = rotation + strength * (-distance / falls).exp() + dy.atan2(dx);
    (distance.mul_add(angle.cos(), middle_x), distance.mul_add(angle.sin(), middle_y), at.z() as f32)
}

/// Twists the planes of an image about their middle. In f32.
///
/// With the distance d and the direction a of a voxel from the middle of its plane, it shows the place at the distance
/// d in the direction a + `rotation` + `strength` · exp(-d / (`radius` · ln 2 / 5)), so that the twist has nearly
/// vanished at `radius`. Angles are in radians; the middle is at (n - 1) / 2.
///
/// # Names
/// - `skimage.transform.swirl`: about n / 2 by default there, half a voxel further; boundary `reflect` (which SciPy
///   calls `mirror`) there.
#[gpu_op(composite)]
pub fn swirl(
    image: AnyExpr,
    #[param(default = 1.0)] strength: f32,
    #[param(default = 100.0, range = 0.001..=1e9, unit = "voxels")] radius: f32,
    #[param(default = 0.0, unit = "radians")] rotation: f32,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    let (x, y, z) = swirl_places(&image, strength, radius, rotation);
    map_coordinates(image, x.into_any(), y.into_any(), z.into_any(), interpolation)
}

/// How far a circle about the middle of a plane reaches: as given, or to its corners.
fn reach(source: Layout, radius: f32) -> f64 {
    let half = |axis: Axis| 0.5 * f64::from(source.extent[axis]);
    if radius > 0.0 {
        f64::from(radius)
    } else {
        (half(Axis::X) * half(Axis::X) + half(Axis::Y) * half(Axis::Y)).sqrt()
    }
}

/// Rows for the directions of a circle, a column for each voxel of its radius.
fn unrolled(source: Layout, radius: f32, directions: u32) -> Layout {
    let columns = reach(source, radius).ceil().clamp(1.0, 4e9) as u32;
    source.of_extent(PerAxis::xyz(columns, directions, source.extent.z))
}

/// Where `warp_polar` samples an image: coordinates along x, y and z.
#[gpu_op(gather, layout = unrolled(source, radius, directions))]
pub fn polar_places(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 0.0, range = 0.0..=10000.0, unit = "voxels")] radius: f32,
    #[param(default = 360, range = 1..=65536)] directions: u32,
    #[param(default = false)] logarithmic: bool,
) -> (f32, f32, f32) {
    let (half_x, half_y) = (0.5 * source.extent_x() as f32, 0.5 * source.extent_y() as f32);
    let whole = if radius > 0.0 { radius } else { half_x.mul_add(half_x, half_y * half_y).sqrt() };
    let part = at.x() as f32 / at.extent_x() as f32;
    let distance = if logarithmic { (part * whole.ln()).exp() } else { part * whole };
    let angle = at.y() as f32 / directions as f32 * std::f32::consts::TAU;
    (distance.mul_add(angle.cos(), half_x - 0.5), distance.mul_add(angle.sin(), half_y - 0.5), at.z() as f32)
}

/// Unrolls the planes of an image about their middle: a row for each direction, a column for each distance. In f32.
///
/// Row r of n shows the direction 2π · r / n from x towards y; column c of w shows the distance `radius` · c / w, or
/// with `logarithmic` `radius`^(c / w). A `radius` of 0 reaches the corners: √((width / 2)² + (height / 2)²). There are
/// as many columns as the radius, rounded up.
///
/// # Names
/// - `skimage.transform.warp_polar`: about the middle only; `scaling='log'` is `logarithmic`; the rows are `directions`
///   (360), the columns are not chosen; boundary `constant` there.
#[gpu_op(composite)]
pub fn warp_polar(
    image: AnyExpr,
    #[param(default = 0.0, range = 0.0..=10000.0, unit = "voxels")] radius: f32,
    #[param(default = 360, range = 1..=65536)] directions: u32,
    #[param(default = false)] logarithmic: bool,
    #[param(default = "linear")] interpolation: Interpolation,
) -> Expr<f32> {
    let (x, y, z) = polar_places(&image, radius, directions, logarithmic);
    map_coordinates(image, x.into_any(), y.into_any(), z.into_any(), interpolation)
}

/// The upright box that holds a stack of oblique planes, from voxel centre to voxel centre.
fn upright(source: Layout, along: bool, sine: f32, cosine: f32, step: f32, scale: f32) -> Layout {
    let (rows, other) = if along { (Axis::X, Axis::Y) } else { (Axis::Y, Axis::X) };
    let last = |axis: Axis| f64::from(source.extent[axis].max(1) - 1);
    let scale = f64::from(scale);
    let count = |length: f64| (length * scale).floor().clamp(0.0, 4e9) as u32 + 1;
    let swept = count(last(Axis::Z) * f64::from(step) + last(rows) * f64::from(cosine));
    let (deep, wide) = (count(last(rows) * f64::from(sine)), count(last(other)));
    let size = source.voxel[rows] / scale;
    let extent = if along { PerAxis::xyz(swept, wide, deep) } else { PerAxis::xyz(wide, swept, deep) };
    Layout { extent, voxel: PerAxis::xyz(size, size, size) }
}

/// A stack of oblique planes, resampled to an upright box: what `deskew_x` and `deskew_y` are made of.
///
/// Planes follow each other `step` voxels apart, in the direction of their rows (of their columns, if `along_x`), and
/// stand up from it at an angle with this sine and cosine. The results are interpolated between the two planes beside a
/// place, at the points of both that are nearest to it, and linearly within each; 0 where there are no two planes.
#[gpu_op(gather, layout = upright(source, along_x, sine, cosine, step, scale))]
pub fn deskewed(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 0.5, range = 0.001..=1.0)] sine: f32,
    #[param(default = 0.8660254, range = 0.0..=1.0)] cosine: f32,
    #[param(default = 1.0, range = 0.001..=1000.0, unit = "voxels")] step: f32,
    #[param(default = 1.0, range = 0.001..=100.0)] scale: f32,
    #[param(default = false)] along_x: bool,
) -> f32 {
    let swept = (if along_x { at.x() } else { at.y() }) as f32 / scale;
    let across = (if along_x { at.y() } else { at.x() }) as f32 / scale;
    let height = at.z() as f32 / scale;
    let along_plane = height / sine;
    // How many planes lie before the place, at its height.
    let planes = (swept - along_plane * cosine) / step;
    let first = planes.floor();
    let part = planes - first;
    let row = (part * step).mul_add(cosine, along_plane);
    let next_row = ((1.0 - part) * step).mul_add(-cosine, along_plane);
    let last_row = ((if along_x { source.extent_x() } else { source.extent_y() }) - 1) as f32;
    let last_plane = (source.extent_z() - 1) as f32;
    let has_first = first >= 0.0 && first <= last_plane && row <= last_row;
    let has_next = first + 1.0 <= last_plane && next_row >= 0.0 && next_row <= last_row;
    if !has_first || !(has_next || part == 0.0) {
        return 0.0;
    }
    let a = source.linear(if along_x { row } else { across }, if along_x { across } else { row }, first);
    if part == 0.0 {
        return a;
    }
    let b =
        source.linear(if along_x { next_row } else { across }, if along_x { across } else { next_row }, first + 1.0);
    part.mul_add(b - a, a)
}

/// Deskews a stack of a light-sheet microscope whose planes stand oblique on the direction of the scan, their rows
/// along y. In f32.
///
/// The planes follow each other along y, `voxel` z apart, and stand up from y at `angle` (degrees): voxel (x, j, k)
/// lies at x, at y = k · step + j · cos(angle) and at z = j · sin(angle), in voxels of y, with step = voxel z / voxel
/// y. The result is an upright box from voxel centre to voxel centre, its voxels as large as those of y divided by
/// `scale` along every axis. Between the two planes beside a place it is interpolated at the points of both that are
/// nearest to it (orthogonal interpolation), and linearly within each plane; where there are no two planes it is 0. The
/// voxels of the planes are square. `voxel` x does not count.
///
/// Source: Sapoznik et al., A versatile oblique plane microscope for large-scale and high-resolution imaging of
/// subcellular dynamics, eLife 9 (2020), e57681.
///
/// # Names
/// - `clesperanto.deskew_y`: the stack the other way round along z (`flip` it); the result there is one voxel larger or
///   so; the same interpolation in newer versions, nearest or trilinear in others.
/// - `clesperanto.affine_transform_deskew`: with the matrix of `deskew_y` alone.
#[gpu_op(composite)]
pub fn deskew_y(
    image: AnyExpr,
    #[param(default = 30.0, range = 1.0..=90.0, unit = "degrees")] angle: f32,
    #[param(default = 1.0, range = 0.000001..=1e6, unit = "length")] voxel: PerAxis<f32>,
    #[param(default = 1.0, range = 0.001..=100.0)] scale: f32,
) -> Expr<f32> {
    let (sine, cosine) = sin_cos(angle);
    let step = (f64::from(voxel.z) / f64::from(voxel.y)) as f32;
    deskewed(image, sine as f32, cosine as f32, step, scale, false)
}

/// Deskews a stack of a light-sheet microscope whose planes stand oblique on the direction of the scan, their columns
/// along x. In f32.
///
/// As `deskew_y`, with x and y exchanged.
///
/// # Names
/// - `clesperanto.deskew_x`: the stack the other way round along z, as for `deskew_y`.
#[gpu_op(composite)]
pub fn deskew_x(
    image: AnyExpr,
    #[param(default = 30.0, range = 1.0..=90.0, unit = "degrees")] angle: f32,
    #[param(default = 1.0, range = 0.000001..=1e6, unit = "length")] voxel: PerAxis<f32>,
    #[param(default = 1.0, range = 0.001..=100.0)] scale: f32,
) -> Expr<f32> {
    let (sine, cosine) = sin_cos(angle);
    let step = (f64::from(voxel.z) / f64::from(voxel.x)) as f32;
    deskewed(image, sine as f32, cosine as f32, step, scale, true)
}

family! {
    operations: [swirl_places, swirl, polar_places, warp_polar, deskewed, deskew_y, deskew_x],
    kernels: [swirl_places, polar_places, deskewed],
}
