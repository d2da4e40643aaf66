//! Neighborhood operations: each voxel from a window around it.

use kernwerk::prelude::*;

/// How many local standard deviations a voxel lies above the local mean.
///
/// `floor` is added to the deviation, so that flat regions give 0.
#[gpu_op(neighborhood)]
pub fn local_z_score(
    w: Window<f32>,
    #[param(default = 2, range = 1..=50, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 1.0, range = 0.0..)] floor: f32,
) -> f32 {
    let count = w.cuboid(radius).count();
    let mean = w.cuboid(radius).sum() / count;
    let mut squares = 0.0;
    for n in w.cuboid(radius) {
        squares += (n - mean) * (n - mean);
    }
    (w.center() - mean) / ((squares / count).sqrt() + floor)
}

/// Mean of the neighbours that differ by less than `range`, weighted by how little they differ: smooths, and keeps edges.
#[gpu_op(neighborhood)]
pub fn edge_preserving_mean(
    w: Window<f32>,
    #[param(default = 2, range = 1..=50, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 100.0, range = 0.001..)] range: f32,
) -> f32 {
    let mut sum = 0.0;
    let mut weights = 0.0;
    for n in w.ellipsoid(radius) {
        let difference = (n - w.center()).abs();
        if difference < range {
            let weight = 1.0 - difference / range;
            sum += weight * n;
            weights += weight;
        }
    }
    if weights > 0.0 { sum / weights } else { w.center() }
}

/// How much the structure in each plane has one direction, from 0 to 1.
///
/// 1 for a straight edge or fibre, 0 where it is flat or the same in all directions.
#[gpu_op(neighborhood)]
pub fn coherence(w: Window<f32>) -> f32 {
    let mut xx = 0.0;
    let mut yy = 0.0;
    let mut xy = 0.0;
    for dy in -2..=2 {
        for dx in -2..=2 {
            let gx = w.at(dx + 1, dy, 0) - w.at(dx - 1, dy, 0);
            let gy = w.at(dx, dy + 1, 0) - w.at(dx, dy - 1, 0);
            xx += gx * gx;
            yy += gy * gy;
            xy += gx * gy;
        }
    }
    let difference = xx - yy;
    let total = xx + yy;
    if total > 0.0 { (difference * difference + 4.0 * (xy * xy)).sqrt() / total } else { 0.0 }
}

/// Replaces single bright voxels by the median around them.
///
/// Those that are more than `factor` times as bright as each of their 26 (in a plane 8) neighbours.
#[gpu_op(neighborhood)]
pub fn remove_hot_pixels(w: Window<f32>, #[param(default = 2.0, range = 1.0..)] factor: f32) -> f32 {
    let mut brightest = f32::NEG_INFINITY;
    for (dx, dy, dz) in w.cuboid(1).offsets() {
        if dx != 0 || dy != 0 || dz != 0 {
            brightest = max(brightest, w.at(dx, dy, dz));
        }
    }
    let median = w.cuboid(1).median();
    if w.center() > factor * brightest { median } else { w.center() }
}
