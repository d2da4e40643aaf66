//! Derivatives.

use crate::catalogue::family;
use crate::prelude::*;

/// Magnitude of the Sobel gradient: the root of the summed squares of the derivatives along each axis, each smoothed with (1, 2, 1) along
/// the others. 2-D images have two derivatives.
#[gpu_op(neighborhood)]
pub fn sobel(w: Window<f32>) -> f32 {
    // An axis of extent 1 has no neighbours: only its centre counts, once.
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let mut along_x = 0.0;
    let mut along_y = 0.0;
    let mut along_z = 0.0;
    for dz in -1i32..=1 {
        for dy in -1i32..=1 {
            for dx in -1i32..=1 {
                let outside = (flat_x && dx != 0) || (flat_y && dy != 0) || (flat_z && dz != 0);
                let value = if outside { 0.0 } else { w.at(dx, dy, dz) };
                let smooth_x = if flat_x { 1 } else { 2 - dx.abs() };
                let smooth_y = if flat_y { 1 } else { 2 - dy.abs() };
                let smooth_z = if flat_z { 1 } else { 2 - dz.abs() };
                along_x += (dx * smooth_y * smooth_z) as f32 * value;
                along_y += (dy * smooth_x * smooth_z) as f32 * value;
                along_z += (dz * smooth_x * smooth_y) as f32 * value;
            }
        }
    }
    (along_x * along_x + along_y * along_y + along_z * along_z).sqrt()
}

/// Laplace operator over the 6 (3-D) or 4 (2-D) direct neighbours: positive on bright spots.
#[gpu_op(neighborhood)]
pub fn laplace_diamond(w: Window<f32>) -> f32 {
    w.diamond(1).count() * w.center() - w.diamond(1).sum()
}

/// Laplace operator over all 26 (3-D) or 8 (2-D) neighbours: positive on bright spots.
#[gpu_op(neighborhood)]
pub fn laplace_box(w: Window<f32>) -> f32 {
    w.cuboid(1).count() * w.center() - w.cuboid(1).sum()
}

/// Laplace operator: the number of neighbours times the pixel, minus the sum of the neighbours. `box` takes all neighbours, `sphere` the direct
/// ones.
#[gpu_op(composite)]
pub fn laplace(image: AnyExpr, #[param(default = "box")] shape: Footprint) -> Expr<f32> {
    match shape {
        Footprint::Box => laplace_box(&image),
        Footprint::Sphere => laplace_diamond(&image),
    }
}

/// Central difference along x: half the right minus the left neighbour.
#[gpu_op(neighborhood)]
pub fn gradient_x(w: Window<f32>) -> f32 {
    0.5 * (w.at(1, 0, 0) - w.at(-1, 0, 0))
}

/// Central difference along y: half the lower minus the upper neighbour.
#[gpu_op(neighborhood)]
pub fn gradient_y(w: Window<f32>) -> f32 {
    0.5 * (w.at(0, 1, 0) - w.at(0, -1, 0))
}

/// Central difference along z: half the next minus the previous plane.
#[gpu_op(neighborhood)]
pub fn gradient_z(w: Window<f32>) -> f32 {
    0.5 * (w.at(0, 0, 1) - w.at(0, 0, -1))
}

/// Central differences along x, y and z at once: three images from one pass, the same as `gradient_x`, `gradient_y` and `gradient_z`.
#[gpu_op(neighborhood)]
pub fn gradient(w: Window<f32>) -> (f32, f32, f32) {
    let along_x = 0.5 * (w.at(1, 0, 0) - w.at(-1, 0, 0));
    let along_y = 0.5 * (w.at(0, 1, 0) - w.at(0, -1, 0));
    let along_z = 0.5 * (w.at(0, 0, 1) - w.at(0, 0, -1));
    (along_x, along_y, along_z)
}

family! {
    operations: [sobel, laplace_diamond, laplace_box, laplace, gradient_x, gradient_y, gradient_z, gradient],
    kernels: [sobel, laplace_diamond, laplace_box, gradient_x, gradient_y, gradient_z, gradient],
}
