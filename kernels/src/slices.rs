//! Parts of images, and voxels moved round.

use kernwerk_runtime::Layout;

use crate::catalogue::family;
use crate::layout::{transpose_xy, transpose_yz};
use crate::prelude::*;

/// Voxels from `start` to before `stop`, each `step`-th; a stop beyond the image is its end.
fn sliced(source: Layout, start: PerAxis<u32>, stop: PerAxis<u32>, step: PerAxis<u32>) -> Layout {
    let count = |axis: Axis| {
        let step = step[axis].max(1);
        stop[axis].min(source.extent[axis]).saturating_sub(start[axis]).div_ceil(step)
    };
    let size = |axis: Axis| source.voxel[axis] * f64::from(step[axis].max(1));
    Layout {
        extent: PerAxis::xyz(count(Axis::X), count(Axis::Y), count(Axis::Z)),
        voxel: PerAxis::xyz(size(Axis::X), size(Axis::Y), size(Axis::Z)),
    }
}

/// Every `step`-th voxel from `start` to before `stop` along each axis, in the image's own type. A stop beyond the image is its end.
///
/// Voxels are as much larger as there are steps. A part without voxels is an error.
///
/// # Names
/// - `numpy`: `image[z0:z1:sz, y0:y1:sy, x0:x1:sx]`; no negative numbers.
/// - `clesperanto.range`: no negative steps; and so is `gather` of newer versions.
#[gpu_op(gather, alias = "range", layout = sliced(source, start, stop, step))]
pub fn slice<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] start: PerAxis<u32>,
    #[param(default = 2147483647, range = 0..=2147483647, unit = "voxels")] stop: PerAxis<u32>,
    #[param(default = 1, range = 1..=1048576, unit = "voxels")] step: PerAxis<u32>,
) -> T {
    let x = start.x as i32 + at.x() * step.x as i32;
    let y = start.y as i32 + at.y() * step.y as i32;
    let z = start.z as i32 + at.z() * step.z as i32;
    source.at(x, y, z)
}

/// The end of an image, where a slice does not stop before.
const END: u32 = i32::MAX as u32;

/// The planes of a stack from `start` to before `end`, in its own type.
///
/// # Names
/// - `clesperanto.sub_stack`: the plane `end` belongs to the result there, and not here.
/// - `numpy`: `image[start:end]`.
#[gpu_op(composite)]
pub fn sub_stack<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] start: u32,
    #[param(default = 2147483647, range = 0..=2147483647, unit = "voxels")] end: u32,
) -> Expr<T> {
    slice(image, PerAxis::xyz(0, 0, start), PerAxis::xyz(END, END, end), 1)
}

/// Every `factor`-th plane of a stack from `offset` on, in its own type.
///
/// # Names
/// - `clesperanto.reduce_stack`: rounds the number of planes down, here up.
/// - `numpy`: `image[offset::factor]`.
#[gpu_op(composite)]
pub fn reduce_stack<T: Element>(
    image: Expr<T>,
    #[param(default = 2, range = 1..=1048576, unit = "voxels")] factor: u32,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] offset: u32,
) -> Expr<T> {
    slice(image, PerAxis::xyz(0, 0, offset), END, PerAxis::xyz(1, 1, factor))
}

/// A plane of a stack, as a stack of one plane, in its own type.
///
/// # Names
/// - `clesperanto.copy_slice`: takes a plane out of a stack; it does not write one into a stack here (see `paste`).
/// - `numpy`: `image[index:index + 1]`.
#[gpu_op(composite)]
pub fn copy_slice<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646, unit = "voxels")] index: u32,
) -> Expr<T> {
    slice(image, PerAxis::xyz(0, 0, index), PerAxis::xyz(END, END, index + 1), 1)
}

/// The section of a stack at a row, seen along y: x stays, planes become rows. In its own type.
///
/// # Names
/// - `clesperanto.copy_horizontal_slice`: same.
/// - `numpy`: `image[:, index, :]`.
#[gpu_op(composite)]
pub fn copy_horizontal_slice<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646, unit = "voxels")] index: u32,
) -> Expr<T> {
    let section = slice(image, PerAxis::xyz(0, index, 0), PerAxis::xyz(END, index + 1, END), 1);
    transpose_yz(section)
}

/// The section of a stack at a column, seen along x: rows become columns, planes become rows. In its own type.
///
/// # Names
/// - `clesperanto.copy_vertical_slice`: same.
/// - `numpy`: `image[:, :, index]`.
#[gpu_op(composite)]
pub fn copy_vertical_slice<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646, unit = "voxels")] index: u32,
) -> Expr<T> {
    let section = slice(image, PerAxis::xyz(index, 0, 0), PerAxis::xyz(index + 1, END, END), 1);
    transpose_yz(transpose_xy(section))
}

/// Without margins on both sides of each axis that has several voxels.
fn shrunk(source: Layout, before: PerAxis<u32>, after: PerAxis<u32>) -> Layout {
    let along = |axis: Axis| match source.extent[axis] {
        1 => 1,
        extent => extent.saturating_sub(before[axis]).saturating_sub(after[axis]),
    };
    source.of_extent(PerAxis::xyz(along(Axis::X), along(Axis::Y), along(Axis::Z)))
}

/// Takes margins of `before` and `after` voxels off both sides of each axis, in the image's own type: undoes `pad`. An axis of extent 1 has
/// none. Margins that leave nothing are an error.
///
/// # Names
/// - `clesperanto.unpad`: the margins instead of the extents that are left.
/// - `skimage.util.crop`: same.
#[gpu_op(gather, layout = shrunk(source, before, after))]
pub fn unpad<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] before: PerAxis<u32>,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] after: PerAxis<u32>,
) -> T {
    let x = at.x() + if source.extent_x() == 1 { 0 } else { before.x as i32 };
    let y = at.y() + if source.extent_y() == 1 { 0 } else { before.y as i32 };
    let z = at.z() + if source.extent_z() == 1 { 0 } else { before.z as i32 };
    source.at(x, y, z)
}

/// Takes so many voxels off every side, in the image's own type.
///
/// # Names
/// - `clesperanto.crop_border`: same.
#[gpu_op(composite)]
pub fn crop_border<T: Element>(
    image: Expr<T>,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] size: u32,
) -> Expr<T> {
    unpad(image, size, size)
}

/// A coordinate moved back and taken modulo the extent.
#[gpu_fn]
fn turned(here: i32, by: i32, extent: i32) -> i32 {
    let left = (here - by % extent) % extent;
    if left < 0 { left + extent } else { left }
}

/// Shifts an image by whole voxels; what leaves it on one side comes in on the other, whatever the boundary. In its own type.
///
/// # Names
/// - `numpy.roll`: along all axes at once, x first.
/// - `clesperanto.circular_shift`: same.
#[gpu_op(gather, alias = "circular_shift")]
pub fn roll<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 0, range = -2147483647..=2147483647, unit = "voxels")] shift_x: i32,
    #[param(default = 0, range = -2147483647..=2147483647, unit = "voxels")] shift_y: i32,
    #[param(default = 0, range = -2147483647..=2147483647, unit = "voxels")] shift_z: i32,
) -> T {
    let x: i32 = turned(at.x(), shift_x, source.extent_x());
    let y: i32 = turned(at.y(), shift_y, source.extent_y());
    let z: i32 = turned(at.z(), shift_z, source.extent_z());
    source.at(x, y, z)
}

family! {
    operations: [slice, sub_stack, reduce_stack, copy_slice, copy_horizontal_slice, copy_vertical_slice, unpad, crop_border, roll],
    kernels: [slice, unpad, roll],
}
