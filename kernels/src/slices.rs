//! Parts of an image, as they are: slices with a step, planes, the inside of a border, and rolls.
//!
//! Invariant: voxels are moved, never computed, in the type of the image; what a slice holds lies inside the image, so
//! that no boundary plays a part.

use kernwerk_runtime::Layout;

use crate::catalogue::family;
use crate::layout::{transpose_xy, transpose_yz};
use crate::prelude::*;

/// What stands for a bound that is not given: the end of the axis from which, or towards which, the step goes.
const NOT_GIVEN: i32 = i32::MIN;

/// The first index of a slice of `n` voxels, as Python counts: from the end if negative, and limited to the axis.
#[gpu_fn]
fn slice_start(start: i32, step: i32, n: i32) -> i32 {
    if start == i32::MIN {
        if step > 0 { 0 } else { n - 1 }
    } else {
        let from = if start < 0 { start + n } else { start };
        if step > 0 { from.max(0).min(n) } else { from.max(-1).min(n - 1) }
    }
}

/// How many voxels a slice has.
fn slice_len(start: i32, stop: i32, step: i32, n: u32) -> u32 {
    if step == 0 {
        return 0;
    }
    // Extents are below 2³¹.
    let n = n as i32;
    let first = i64::from(slice_start(start, step, n));
    let end = match stop {
        NOT_GIVEN if step > 0 => i64::from(n),
        NOT_GIVEN => -1,
        stop => i64::from(slice_start(stop, step, n)),
    };
    let (length, step) = if step > 0 { (end - first, i64::from(step)) } else { (first - end, -i64::from(step)) };
    ((length.max(0) + step - 1) / step) as u32
}

/// The extents of a slice; voxels are as much larger as the step is long.
fn sliced(source: Layout, start: [i32; 3], stop: [i32; 3], step: [i32; 3]) -> Layout {
    let len = |axis: Axis, i: usize| slice_len(start[i], stop[i], step[i], source.extent[axis]);
    let size = |axis: Axis, i: usize| source.voxel[axis] * f64::from(step[i].unsigned_abs());
    Layout {
        extent: PerAxis::xyz(len(Axis::X, 0), len(Axis::Y, 1), len(Axis::Z, 2)),
        voxel: PerAxis::xyz(size(Axis::X, 0), size(Axis::Y, 1), size(Axis::Z, 2)),
    }
}

/// Every `step`-th voxel from `start` to before `stop` along each axis: what `image[start:stop:step]` is in Python.
///
/// A step of 1 is left out, a negative one walks backwards. Bounds below 0 count from the end; what is not given
/// (−2147483648) is the whole axis in the direction of the step. Voxels get as much larger as the step is long. A slice
/// without voxels, and so one with a step of 0, is an error. In Rust: `slice(&image).with("start_x", 2).with("step_z",
/// -1)`.
///
/// # Names
/// - `numpy.ndarray.__getitem__`: the same for slices; axes are kept.
/// - `clesperanto.gather`: it has no bounds that count from the end.
/// - `clesperanto.range`: the same operation under its older name.
#[gpu_op(gather, family = "layout", alias = "gather, range", layout = sliced(source, [start_x, start_y, start_z], [stop_x, stop_y, stop_z], [step_x, step_y, step_z]))]
pub fn slice<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = -2147483648, optional, unit = "voxels")] start_x: i32,
    #[param(default = -2147483648, optional, unit = "voxels")] stop_x: i32,
    #[param(default = 1, optional, unit = "voxels")] step_x: i32,
    #[param(default = -2147483648, optional, unit = "voxels")] start_y: i32,
    #[param(default = -2147483648, optional, unit = "voxels")] stop_y: i32,
    #[param(default = 1, optional, unit = "voxels")] step_y: i32,
    #[param(default = -2147483648, optional, unit = "voxels")] start_z: i32,
    #[param(default = -2147483648, optional, unit = "voxels")] stop_z: i32,
    #[param(default = 1, optional, unit = "voxels")] step_z: i32,
) -> T {
    source.at(
        slice_start(start_x, step_x, source.extent_x()) + at.x() * step_x,
        slice_start(start_y, step_y, source.extent_y()) + at.y() * step_y,
        slice_start(start_z, step_z, source.extent_z()) + at.z() * step_z,
    )
}

/// The planes from `start_z` to `end_z`, both included.
///
/// An end past the last plane is the last plane; a start past it is an error.
///
/// # Names
/// - `clesperanto.sub_stack`: same.
#[gpu_op(composite, family = "layout")]
pub fn sub_stack<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646)] start_z: u32,
    #[param(default = 0, range = 0..=2147483646)] end_z: u32,
) -> Result<Expr<T>> {
    if start_z > end_z {
        return Err(Error::Parameter {
            operation: "sub_stack".into(),
            parameter: "start_z".into(),
            value: start_z.to_string(),
            problem: format!("the last plane is end_z = {end_z}"),
            remedy: "exchange the two".into(),
        });
    }
    Ok(slice(image).with("start_z", start_z as i32).with("stop_z", end_z as i32 + 1))
}

/// Every `reduction_factor`-th plane, from plane `offset` on.
///
/// With factor 3 and offset 1 the planes 1, 4, 7, … as far as there are any. Voxels get as much longer along z.
///
/// # Names
/// - `clesperanto.reduce_stack`: has as many planes as the factor goes into their number, so the last of seven is lost
///   with factor 2.
/// - `numpy.ndarray.__getitem__`: the same as `image[offset::reduction_factor]`.
#[gpu_op(composite, family = "layout")]
pub fn reduce_stack<T: Element>(
    image: Expr<T>,
    #[param(default = 2, range = 1..=2147483647)] reduction_factor: u32,
    #[param(default = 0, range = 0..=2147483646)] offset: u32,
) -> Expr<T> {
    slice(image).with("start_z", offset as i32).with("step_z", reduction_factor as i32)
}

/// One plane of a stack, z = `slice_index`.
///
/// The axis z stays, with extent 1. An index past the end is an error.
///
/// # Names
/// - `clesperanto.copy_slice`: the result is a picture without z there; with an image of its own for the result it
///   pastes a plane.
#[gpu_op(composite, family = "layout")]
pub fn copy_slice<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646)] slice_index: u32,
) -> Expr<T> {
    slice(image).with("start_z", slice_index as i32).with("stop_z", slice_index as i32 + 1)
}

/// One row of every plane, y = `slice_index`, as a picture: x stays, and what was along z is along y.
///
/// The axis z stays, with extent 1. An index past the end is an error.
///
/// # Names
/// - `clesperanto.copy_horizontal_slice`: the result is a picture without z there.
#[gpu_op(composite, family = "layout")]
pub fn copy_horizontal_slice<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646)] slice_index: u32,
) -> Expr<T> {
    transpose_yz(slice(image).with("start_y", slice_index as i32).with("stop_y", slice_index as i32 + 1))
}

/// One column of every plane, x = `slice_index`, as a picture: what was along y is along x, and what was along z is along y.
///
/// The axis z stays, with extent 1. An index past the end is an error.
///
/// # Names
/// - `clesperanto.copy_vertical_slice`: the result is a picture without z there.
#[gpu_op(composite, family = "layout")]
pub fn copy_vertical_slice<T: Element>(
    image: Expr<T>,
    #[param(default = 0, range = 0..=2147483646)] slice_index: u32,
) -> Expr<T> {
    let column = slice(image).with("start_x", slice_index as i32).with("stop_x", slice_index as i32 + 1);
    transpose_yz(transpose_xy(column))
}

/// What is left of an extent without its margins; an axis of extent 1 has none.
fn without_margins(source: Layout, before: PerAxis<u32>, after: PerAxis<u32>) -> Layout {
    let along = |axis: Axis| match source.extent[axis] {
        1 => 1,
        extent => extent.saturating_sub(before[axis]).saturating_sub(after[axis]),
    };
    source.of_extent(PerAxis::xyz(along(Axis::X), along(Axis::Y), along(Axis::Z)))
}

/// Takes margins of `before` and `after` voxels away from both sides of each axis: the inverse of `pad`.
///
/// An axis of extent 1 has no margins. Margins that leave nothing are an error.
///
/// # Names
/// - `clesperanto.unpad`: its `size_x`, `size_y`, `size_z` are the extents of the result; with `center` from the middle.
/// - `skimage.util.crop`: its `crop_width` has both margins of each axis.
#[gpu_op(gather, family = "layout", layout = without_margins(source, before, after))]
pub fn unpad<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] before: PerAxis<u32>,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] after: PerAxis<u32>,
) -> T {
    let x = if source.extent_x() == 1 { 0 } else { at.x() + before.x as i32 };
    let y = if source.extent_y() == 1 { 0 } else { at.y() + before.y as i32 };
    let z = if source.extent_z() == 1 { 0 } else { at.z() + before.z as i32 };
    source.at(x, y, z)
}

/// Takes a border of `border_size` voxels away from all sides.
///
/// An axis of extent 1 has no border. A border that leaves nothing is an error.
///
/// # Names
/// - `clesperanto.crop_border`: an axis of which one voxel is left is dropped there, and stays here.
/// - `skimage.util.crop`: the same with one number as `crop_width`.
#[gpu_op(composite, family = "layout")]
pub fn crop_border<T: Element>(
    image: Expr<T>,
    #[param(default = 1, range = 0..=1048576, unit = "voxels")] border_size: u32,
) -> Expr<T> {
    unpad(image, border_size, border_size)
}

/// Where what comes to index `i` was before a roll.
#[gpu_fn]
fn rolled(i: i32, shift: i32, n: i32) -> i32 {
    let from = i - shift % n;
    if from < 0 {
        from + n
    } else if from >= n {
        from - n
    } else {
        from
    }
}

/// Rolls an image along its axes: what leaves it on one side comes in on the other. What was at x is at x + `shift_x`.
///
/// Whole voxels; for fractions see `shift` with the boundary `wrap`.
///
/// # Names
/// - `clesperanto.circular_shift`: same.
/// - `numpy.roll`: one shift for each axis that is named; all axes have one here.
#[gpu_op(gather, family = "layout", alias = "roll")]
pub fn circular_shift<T: Pixel>(
    source: Sampler<T>,
    at: Position,
    #[param(default = 0, unit = "voxels")] shift_x: i32,
    #[param(default = 0, unit = "voxels")] shift_y: i32,
    #[param(default = 0, unit = "voxels")] shift_z: i32,
) -> T {
    source.at(
        rolled(at.x(), shift_x, source.extent_x()),
        rolled(at.y(), shift_y, source.extent_y()),
        rolled(at.z(), shift_z, source.extent_z()),
    )
}

/// The image itself, in memory of its own.
///
/// # Names
/// - `clesperanto.copy`: same; copies between types round and saturate there, see `convert`.
/// - `numpy.copy`: same.
#[gpu_op(pointwise, family = "layout")]
pub fn copy<T: Pixel>(image: T) -> T {
    image
}

family! {
    operations: [
        slice, sub_stack, reduce_stack, copy_slice, copy_horizontal_slice, copy_vertical_slice, unpad, crop_border,
        circular_shift, copy,
    ],
    kernels: [
        slice, unpad, circular_shift, copy,
    ],
}
