//! Images changed at places that coordinates say: fills, borders, ramps, boxes, spheres and lines.
//!
//! The peers draw into an image that they are given; here every operation returns a new one, the image with the drawing
//! in it, and a chain of them is one kernel. Invariant: what is set is set in the type of the image and the rest stays
//! as it is, to the bit, so that labels of any size can be drawn and drawn upon. Shapes are in voxels; an axis of
//! extent 1 does not count, so that pictures need no z.

use kernwerk_runtime::lang::clamp;

use crate::arithmetic::multiply_images;
use crate::catalogue::family;
use crate::prelude::*;

/// Every pixel becomes one number of the image's type.
///
/// What the image held does not matter; it says shape, type and device.
///
/// # Names
/// - `clesperanto.set`: changes the image that it is given there; 2²⁴ and more are rounded to f32 there.
/// - `numpy.full_like`: same.
#[gpu_op(pointwise, alias = "full_like, fill")]
pub fn set<T: Pixel>(image: T, #[param(default = 0)] scalar: T) -> T {
    let _ = image;
    scalar
}

/// The pixels of one column, x = `column_index`, become a number of the image's type.
///
/// An index past the end changes nothing.
///
/// # Names
/// - `clesperanto.set_column`: changes the image that it is given there.
#[gpu_op(pointwise)]
pub fn set_column<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0)] column_index: u32,
    #[param(default = 0)] value: T,
) -> T {
    if at.x() as u32 == column_index { value } else { image }
}

/// The pixels of one row, y = `row_index`, become a number of the image's type.
///
/// In a stack, that row of every plane. An index past the end changes nothing.
///
/// # Names
/// - `clesperanto.set_row`: changes the image that it is given there.
#[gpu_op(pointwise)]
pub fn set_row<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0)] row_index: u32,
    #[param(default = 0)] value: T,
) -> T {
    if at.y() as u32 == row_index { value } else { image }
}

/// The pixels of one plane, z = `plane_index`, become a number of the image's type.
///
/// An index past the end changes nothing.
///
/// # Names
/// - `clesperanto.set_plane`: changes the image that it is given there.
#[gpu_op(pointwise)]
pub fn set_plane<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0)] plane_index: u32,
    #[param(default = 0)] value: T,
) -> T {
    if at.z() as u32 == plane_index { value } else { image }
}

/// The outermost pixels along every axis become a number of the image's type.
///
/// The first and the last plane of a stack are border as a whole. An axis of extent 1 has no border.
///
/// # Names
/// - `clesperanto.set_image_borders`: changes the image that it is given there.
#[gpu_op(pointwise)]
pub fn set_image_borders<T: Pixel>(image: T, at: Position, #[param(default = 0)] value: T) -> T {
    let along_x = at.extent_x() > 1 && (at.x() == 0 || at.x() == at.extent_x() - 1);
    let along_y = at.extent_y() > 1 && (at.y() == 0 || at.y() == at.extent_y() - 1);
    let along_z = at.extent_z() > 1 && (at.z() == 0 || at.z() == at.extent_z() - 1);
    if along_x || along_y || along_z { value } else { image }
}

/// The pixels where x and y compare in a given way become a number of the image's type.
///
/// `smaller` sets where x < y, `equal` where x = y, `greater` where x > y. Every plane of a stack alike. For matrices:
/// x is the column.
#[gpu_op(pointwise)]
pub fn set_where_x_compares_to_y<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0)] value: T,
    #[param(default = false)] smaller: bool,
    #[param(default = true)] equal: bool,
    #[param(default = false)] greater: bool,
) -> T {
    let set = (smaller && at.x() < at.y()) || (equal && at.x() == at.y()) || (greater && at.x() > at.y());
    if set { value } else { image }
}

/// The coordinate of every pixel along one axis, as f32: 0 for x, 1 for y, 2 for z.
///
/// What the image holds does not matter; it says the shape.
///
/// # Names
/// - `numpy.indices`: one axis of it, counted from x.
#[gpu_op(pointwise, alias = "set_ramp")]
pub fn coordinate(image: bool, at: Position, #[param(default = 0, range = 0..=2)] dimension: u32) -> f32 {
    let _ = image;
    let place = if dimension == 0 {
        at.x()
    } else if dimension == 1 {
        at.y()
    } else {
        at.z()
    };
    place as f32
}

/// A ramp along x: every pixel becomes its x coordinate, as f32.
///
/// What the image held does not matter; it says the shape.
///
/// # Names
/// - `clesperanto.set_ramp_x`: changes the image that it is given there, in its type.
#[gpu_op(composite)]
pub fn set_ramp_x(image: AnyExpr) -> Expr<f32> {
    coordinate(image, 0)
}

/// A ramp along y: every pixel becomes its y coordinate, as f32.
///
/// What the image held does not matter; it says the shape.
///
/// # Names
/// - `clesperanto.set_ramp_y`: changes the image that it is given there, in its type.
#[gpu_op(composite)]
pub fn set_ramp_y(image: AnyExpr) -> Expr<f32> {
    coordinate(image, 1)
}

/// A ramp along z: every pixel becomes its z coordinate, as f32.
///
/// What the image held does not matter; it says the shape.
///
/// # Names
/// - `clesperanto.set_ramp_z`: changes the image that it is given there, in its type.
#[gpu_op(composite)]
pub fn set_ramp_z(image: AnyExpr) -> Expr<f32> {
    coordinate(image, 2)
}

/// Multiplies every pixel with its coordinate along one axis: 0 for x, 1 for y, 2 for z.
///
/// Computed in f32.
///
/// # Names
/// - `clesperanto.multiply_image_and_position`: same.
/// - `clesperanto.multiply_image_and_coordinate`: the same operation under its older name.
#[gpu_op(composite, family = "arithmetic", alias = "multiply_image_and_coordinate")]
pub fn multiply_image_and_position(image: AnyExpr, #[param(default = 0, range = 0..=2)] dimension: u32) -> Expr<f32> {
    multiply_images(&image, coordinate(&image, dimension))
}

/// Multiplies every pixel with its y coordinate.
///
/// Computed in f32.
///
/// # Names
/// - `clesperanto.multiply_image_and_position`: the same as with `dimension = 1`.
#[gpu_op(composite, family = "arithmetic")]
pub fn multiply_image_and_y(image: AnyExpr) -> Expr<f32> {
    multiply_image_and_position(image, 1)
}

/// Multiplies every pixel with its z coordinate.
///
/// Computed in f32.
///
/// # Names
/// - `clesperanto.multiply_image_and_position`: the same as with `dimension = 2`.
#[gpu_op(composite, family = "arithmetic")]
pub fn multiply_image_and_z(image: AnyExpr) -> Expr<f32> {
    multiply_image_and_position(image, 2)
}

/// Sets a box: `extent` pixels from `start` on along each axis become a number of the image's type.
///
/// What lies outside the image is not drawn. Along an axis of extent 1 the box covers the image.
///
/// # Names
/// - `clesperanto.draw_box`: changes the image that it is given there, and draws one pixel more along each axis than
///   its `width`, `height` and `depth` say.
#[gpu_op(pointwise)]
pub fn draw_box<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0, unit = "voxels")] start: PerAxis<u32>,
    #[param(default = 1, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = 1)] value: T,
) -> T {
    // Before the start the difference wraps around, and does not count.
    let x = (at.x() as u32).wrapping_sub(start.x);
    let y = (at.y() as u32).wrapping_sub(start.y);
    let z = (at.z() as u32).wrapping_sub(start.z);
    let x_in = at.extent_x() == 1 || (at.x() as u32 >= start.x && x < extent.x);
    let y_in = at.extent_y() == 1 || (at.y() as u32 >= start.y && y < extent.y);
    let z_in = at.extent_z() == 1 || (at.z() as u32 >= start.z && z < extent.z);
    if x_in && y_in && z_in { value } else { image }
}

/// The square of a distance in units of a radius; a radius of 0 holds the centre only.
#[gpu_fn]
fn part_of_radius(distance: f32, radius: f32) -> f32 {
    if radius > 0.0 {
        let part = distance / radius;
        part * part
    } else if distance == 0.0 {
        0.0
    } else {
        f32::INFINITY
    }
}

/// Sets a sphere or an ellipsoid: pixels with (dx / rx)² + (dy / ry)² + (dz / rz)² ≤ 1 become a number of the image's type.
///
/// Centre and radii need not be whole; the pixel at the origin has its centre at 0. Computed in f32, with 1 + 2⁻²¹ for
/// 1, so that pixels on the surface belong to the sphere: with whole centres and radii up to 1000 it is the sphere of
/// `maximum_sphere` and its kin. What lies outside the image is not drawn.
///
/// # Names
/// - `clesperanto.draw_sphere`: changes the image that it is given there.
/// - `skimage.draw.ellipsoid`: makes an array of its own, and the surface does not belong to it.
#[gpu_op(pointwise)]
pub fn draw_sphere<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0.0, unit = "voxels")] center: PerAxis<f32>,
    #[param(default = 1.0, range = 0.0.., unit = "voxels")] radius: PerAxis<f32>,
    #[param(default = 1)] value: T,
) -> T {
    let x = if at.extent_x() == 1 { 0.0 } else { part_of_radius(at.x() as f32 - center.x, radius.x) };
    let y = if at.extent_y() == 1 { 0.0 } else { part_of_radius(at.y() as f32 - center.y, radius.y) };
    let z = if at.extent_z() == 1 { 0.0 } else { part_of_radius(at.z() as f32 - center.z, radius.z) };
    if (x + y) + z <= 1.000_000_5 { value } else { image }
}

/// Sets a line: pixels within half the `thickness` of the straight line from `point1` to `point2` become a number of
/// the image's type.
///
/// Ends are round. Points need not be whole and may lie outside the image; the pixel at the origin has its centre at 0.
/// With thickness 1 a line between centres of pixels has no gaps, also a diagonal one. The distance of a pixel at p
/// from the line is |p − (a + t (b − a))| with t = (p − a)·(b − a) / |b − a|², limited to 0…1, in f32.
///
/// # Names
/// - `clesperanto.draw_line`: changes the image that it is given there, has `x1`, `y1`, `z1` and `x2`, `y2`, `z2` for
///   the points, and `thickness` is about the radius.
/// - `skimage.draw.line_nd`: one pixel for each step along the longest axis.
#[gpu_op(pointwise)]
pub fn draw_line<T: Pixel>(
    image: T,
    at: Position,
    #[param(default = 0.0, unit = "voxels")] point1: PerAxis<f32>,
    #[param(default = 1.0, unit = "voxels")] point2: PerAxis<f32>,
    #[param(default = 1.0, range = 0.0.., unit = "voxels")] thickness: f32,
    #[param(default = 1)] value: T,
) -> T {
    let (mut x, mut y, mut z) = (at.x() as f32 - point1.x, at.y() as f32 - point1.y, at.z() as f32 - point1.z);
    let (mut dx, mut dy, mut dz) = (point2.x - point1.x, point2.y - point1.y, point2.z - point1.z);
    if at.extent_x() == 1 {
        (x, dx) = (0.0, 0.0);
    }
    if at.extent_y() == 1 {
        (y, dy) = (0.0, 0.0);
    }
    if at.extent_z() == 1 {
        (z, dz) = (0.0, 0.0);
    }
    let square = (dx * dx + dy * dy) + dz * dz;
    let along = (x * dx + y * dy) + z * dz;
    let t = if square > 0.0 { clamp(along / square, 0.0, 1.0) } else { 0.0 };
    let (ex, ey, ez) = (x - t * dx, y - t * dy, z - t * dz);
    let half = thickness * 0.5;
    if (ex * ex + ey * ey) + ez * ez <= half * half { value } else { image }
}

/// The pixels with x = y become a number: the diagonal of a matrix.
///
/// Every plane of a stack alike. The number has to fit the type of the image.
///
/// # Names
/// - `clesperanto.set_where_x_equals_y`: changes the image that it is given there.
/// - `clesperanto.fill_diagonal`: the same operation under another name.
/// - `numpy.fill_diagonal`: changes the array that it is given; the main diagonal of two axes here.
#[gpu_op(composite, alias = "fill_diagonal")]
pub fn set_where_x_equals_y<T: Element>(image: Expr<T>, #[param(default = 0.0)] value: f32) -> Expr<T> {
    set_where_x_compares_to_y(image, value, false, true, false)
}

/// The pixels with x > y become a number: what lies right of the diagonal of a matrix.
///
/// Every plane of a stack alike. The number has to fit the type of the image.
///
/// # Names
/// - `clesperanto.set_where_x_greater_than_y`: changes the image that it is given there.
#[gpu_op(composite)]
pub fn set_where_x_greater_than_y<T: Element>(image: Expr<T>, #[param(default = 0.0)] value: f32) -> Expr<T> {
    set_where_x_compares_to_y(image, value, false, false, true)
}

/// The pixels with x < y become a number: what lies left of the diagonal of a matrix.
///
/// Every plane of a stack alike. The number has to fit the type of the image.
///
/// # Names
/// - `clesperanto.set_where_x_smaller_than_y`: changes the image that it is given there.
#[gpu_op(composite)]
pub fn set_where_x_smaller_than_y<T: Element>(image: Expr<T>, #[param(default = 0.0)] value: f32) -> Expr<T> {
    set_where_x_compares_to_y(image, value, true, false, false)
}

family! {
    operations: [
        set, set_column, set_row, set_plane, set_image_borders, set_where_x_compares_to_y, coordinate, set_ramp_x,
        set_ramp_y, set_ramp_z, multiply_image_and_position, multiply_image_and_y, multiply_image_and_z, draw_box,
        draw_sphere, draw_line, set_where_x_equals_y, set_where_x_greater_than_y, set_where_x_smaller_than_y,
    ],
    kernels: [
        set, set_column, set_row, set_plane, set_image_borders, set_where_x_compares_to_y, coordinate, draw_box,
        draw_sphere, draw_line,
    ],
}
