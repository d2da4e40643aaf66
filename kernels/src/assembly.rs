//! Images put together: side by side, one within another, or blended where they overlap.

use kernwerk_runtime::Layout;

use crate::catalogue::family;
use crate::prelude::*;

/// The axis of that number.
fn axis_of(number: u32) -> Axis {
    Axis::ALL[number.min(2) as usize]
}

/// Two images side by side along an axis (0 for x, 1 for y, 2 for z), in their own type: what `concatenate` and its kin
/// are made of.
#[gpu_op(gather, layout = first.joined(second, axis_of(along)))]
pub fn join<T: Pixel>(
    first: Sampler<T>,
    second: Sampler<T>,
    at: Position,
    #[param(default = 0, range = 0..=2)] along: u32,
) -> T {
    let x = if along == 0 { at.x() - first.extent_x() } else { at.x() };
    let y = if along == 1 { at.y() - first.extent_y() } else { at.y() };
    let z = if along == 2 { at.z() - first.extent_z() } else { at.z() };
    let beyond = if along == 0 {
        x
    } else if along == 1 {
        y
    } else {
        z
    };
    if beyond < 0 { first.at(at.x(), at.y(), at.z()) } else { second.at(x, y, z) }
}

/// Two images side by side: the second after the first along an axis. In their own type.
///
/// They have the same extents along the other axes, and the axis along which they are joined: pictures are joined along
/// z as stacks of one plane. The result has the voxel size of the first. A second image without batch axes is joined to
/// every image of the batch.
///
/// # Names
/// - `numpy.concatenate`: two images at a time; both have one type; the axis is a letter.
/// - `clesperanto.concatenate`: the axis is a letter instead of a number.
#[gpu_op(composite)]
pub fn concatenate<T: Element>(first: Expr<T>, second: Expr<T>, #[param(default = "x")] axis: Axis) -> Expr<T> {
    join(first, second, axis as u32)
}

/// Two images side by side, the second to the right of the first. In their own type. See `concatenate`.
///
/// # Names
/// - `clesperanto.concatenate_along_x`: same, and so is `combine_horizontally` of its prototype.
/// - `numpy.concatenate`: with `axis=-1`.
#[gpu_op(composite, alias = "combine_horizontally")]
pub fn concatenate_along_x<T: Element>(first: Expr<T>, second: Expr<T>) -> Expr<T> {
    join(first, second, 0)
}

/// Two images side by side, the second below the first. In their own type. See `concatenate`.
///
/// # Names
/// - `clesperanto.concatenate_along_y`: same, and so is `combine_vertically` of its prototype.
/// - `numpy.concatenate`: with `axis=-2`.
#[gpu_op(composite, alias = "combine_vertically")]
pub fn concatenate_along_y<T: Element>(first: Expr<T>, second: Expr<T>) -> Expr<T> {
    join(first, second, 1)
}

/// Two stacks one after the other: the planes of the second behind those of the first. In their own type. See `concatenate`.
///
/// # Names
/// - `clesperanto.concatenate_along_z`: same for stacks, and so is `concatenate_stacks` of its prototype; pictures are
///   stacks of one plane.
/// - `numpy.concatenate`: with `axis=-3`.
#[gpu_op(composite, alias = "concatenate_stacks")]
pub fn concatenate_along_z<T: Element>(first: Expr<T>, second: Expr<T>) -> Expr<T> {
    join(first, second, 2)
}

/// Lays one image over another, its first voxel at a position. In their own type.
///
/// What of it does not fit into the image is left out. The result has the extents of the image.
///
/// # Names
/// - `clesperanto.paste`: there the first image is pasted into the second, which is changed; here the result is a new image.
/// - `numpy.ndarray.__setitem__`: `image[z0:z0 + d, y0:y0 + h, x0:x0 + w] = pasted`.
#[gpu_op(gather)]
pub fn paste<T: Pixel>(
    image: Sampler<T>,
    pasted: Sampler<T>,
    at: Position,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] position: PerAxis<u32>,
) -> T {
    let x = at.x() - position.x as i32;
    let y = at.y() - position.y as i32;
    let z = at.z() - position.z as i32;
    let inside = x >= 0 && x < pasted.extent_x() && y >= 0 && y < pasted.extent_y() && z >= 0 && z < pasted.extent_z();
    if inside { pasted.at(x, y, z) } else { image.at(at.x(), at.y(), at.z()) }
}

/// Two images side by side that share so many voxels.
fn overlapped(first: Layout, second: Layout, axis: Axis, overlap: u32) -> Result<Layout> {
    let joined = first.joined(second, axis)?;
    let most = first.extent[axis].min(second.extent[axis]);
    if overlap > most {
        return Err(Error::Shape {
            operation: "layout".into(),
            problem: format!(
                "images of {} and {} voxels along {} overlap by {overlap}",
                first.extent[axis],
                second.extent[axis],
                axis.name()
            ),
            remedy: format!("give an overlap of at most {most} voxels"),
        });
    }
    let less = |of: Axis| joined.extent[of] - if of == axis { overlap } else { 0 };
    Ok(joined.of_extent(PerAxis::xyz(less(Axis::X), less(Axis::Y), less(Axis::Z))))
}

/// Two images that overlap along an axis (0 for x, 1 for y, 2 for z), blended linearly there: what
/// `stitch_horizontally_linear_blending` and its kin are made of. In f32.
#[gpu_op(gather, layout = overlapped(first, second, axis_of(along), overlap))]
pub fn blend(
    first: Sampler<f32>,
    second: Sampler<f32>,
    at: Position,
    #[param(default = 0, range = 0..=2)] along: u32,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] overlap: u32,
) -> f32 {
    let before = (if along == 0 {
        first.extent_x()
    } else if along == 1 {
        first.extent_y()
    } else {
        first.extent_z()
    }) - overlap as i32;
    let x = if along == 0 { at.x() - before } else { at.x() };
    let y = if along == 1 { at.y() - before } else { at.y() };
    let z = if along == 2 { at.z() - before } else { at.z() };
    let beyond = if along == 0 {
        x
    } else if along == 1 {
        y
    } else {
        z
    };
    if beyond < 0 {
        return first.at(at.x(), at.y(), at.z());
    }
    if beyond >= overlap as i32 {
        return second.at(x, y, z);
    }
    let a = first.at(at.x(), at.y(), at.z());
    let b = second.at(x, y, z);
    let part = (beyond as f32 + 0.5) / overlap as f32;
    part.mul_add(b - a, a)
}

/// Two images side by side, the second to the right, of which the last columns of the first and the first of the second
/// show the same: there they are blended linearly. In f32.
///
/// Column i of the n of the overlap is (1 - w) · first + w · second with w = (i + 0.5) / n, as a fused multiply-add of
/// w and the difference.
///
/// # Names
/// - `clesperanto.stitch_horizontally_linear_blending`: of the prototype; its ramp has w = i / n, so that it is not symmetric.
#[gpu_op(composite, alias = "stitch_horizontally")]
pub fn stitch_horizontally_linear_blending(
    first: AnyExpr,
    second: AnyExpr,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] overlap: u32,
) -> Expr<f32> {
    blend(first, second, 0, overlap)
}

/// Two images one below the other, of which the last rows of the first and the first of the second show the same: there
/// they are blended linearly. In f32. See `stitch_horizontally_linear_blending`.
///
/// # Names
/// - `clesperanto.stitch_vertically_linear_blending`: of the prototype; its ramp has w = i / n, so that it is not symmetric.
#[gpu_op(composite, alias = "stitch_vertically")]
pub fn stitch_vertically_linear_blending(
    first: AnyExpr,
    second: AnyExpr,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] overlap: u32,
) -> Expr<f32> {
    blend(first, second, 1, overlap)
}

/// Two stacks one behind the other, of which the last planes of the first and the first of the second show the same:
/// there they are blended linearly. In f32. See `stitch_horizontally_linear_blending`. No peer has it.
#[gpu_op(composite)]
pub fn stitch_stacks_linear_blending(
    first: AnyExpr,
    second: AnyExpr,
    #[param(default = 0, range = 0..=2147483647, unit = "voxels")] overlap: u32,
) -> Expr<f32> {
    blend(first, second, 2, overlap)
}

family! {
    operations: [join, concatenate, concatenate_along_x, concatenate_along_y, concatenate_along_z, paste, blend, stitch_horizontally_linear_blending, stitch_vertically_linear_blending, stitch_stacks_linear_blending],
    kernels: [join, paste, blend],
}
