//! Gather operations: each voxel from anywhere in the source.

use kernwerk::prelude::*;

/// Corrects barrel (positive) or pincushion (negative) distortion of a lens; `strength` is the displacement at the corners.
#[gpu_op(gather)]
pub fn radial_distortion(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 0.1, range = -1.0..=1.0)] strength: f32,
) -> f32 {
    let middle_x = 0.5 * (at.extent_x() - 1) as f32;
    let middle_y = 0.5 * (at.extent_y() - 1) as f32;
    let dx = at.x() as f32 - middle_x;
    let dy = at.y() as f32 - middle_y;
    let corner = middle_x * middle_x + middle_y * middle_y;
    let square = if corner > 0.0 { (dx * dx + dy * dy) / corner } else { 0.0 };
    let factor = strength.mul_add(square, 1.0);
    source.linear(dx.mul_add(factor, middle_x), dy.mul_add(factor, middle_y), at.z() as f32)
}

/// Moves each plane by its number times a step: stage drift through a stack, or the shear of an oblique light sheet.
#[gpu_op(gather)]
pub fn slide_planes(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 0.5, unit = "voxels")] step_x: f32,
    #[param(default = 0.0, unit = "voxels")] step_y: f32,
) -> f32 {
    let z = at.z() as f32;
    source.linear(at.x() as f32 - z * step_x, at.y() as f32 - z * step_y, z)
}

/// Unwraps circles around the centre into rows: the angle along x, the distance along y. Rings become straight lines.
#[gpu_op(gather)]
pub fn unwrap_rings(
    source: Sampler<f32>,
    at: Position,
    #[param(output_extent, range = 1..=65536, unit = "voxels")] extent: PerAxis<u32>,
) -> f32 {
    let middle_x = 0.5 * (source.extent_x() - 1) as f32;
    let middle_y = 0.5 * (source.extent_y() - 1) as f32;
    let angle = at.x() as f32 * (2.0 * std::f32::consts::PI / extent.x as f32);
    let distance = at.y() as f32;
    let x = distance.mul_add(angle.cos(), middle_x);
    let y = distance.mul_add(angle.sin(), middle_y);
    source.linear(x, y, at.z() as f32)
}

/// A magnifying glass in the middle of each plane.
///
/// The centre appears `power` times as large; at `radius` the glass ends, without a step, so that nothing is cut off.
#[gpu_op(gather)]
pub fn magnifier(
    source: Sampler<f32>,
    at: Position,
    #[param(default = 10.0, range = 0.5.., unit = "voxels")] radius: f32,
    #[param(default = 2.0, range = 1.0..=100.0)] power: f32,
) -> f32 {
    let middle_x = 0.5 * (at.extent_x() - 1) as f32;
    let middle_y = 0.5 * (at.extent_y() - 1) as f32;
    let dx = at.x() as f32 - middle_x;
    let dy = at.y() as f32 - middle_y;
    let distance = (dx * dx + dy * dy).sqrt();
    let t = if distance < radius { distance / radius } else { 1.0 };
    // 1/power in the centre, 1 at the rim.
    let factor = (1.0 / power).mul_add(1.0 - t, t);
    source.linear(dx.mul_add(factor, middle_x), dy.mul_add(factor, middle_y), at.z() as f32)
}
