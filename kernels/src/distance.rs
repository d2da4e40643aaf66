//! Exact Euclidean distance transform, one pass per axis.
//!
//! The squared distance of a voxel is the smallest over all zero voxels of ((sx·dx)² + (sy·dy)²) + (sz·dz)², in f32 and in that order. As
//! rounded sums keep the order of their summands, the minimum may be taken axis by axis: along x it is found in packed bits, along y
//! and z by levels ([`crate::nearest`]).
//!
//! Floors, per voxel of a u8 mask: 1 byte is read and 4 are written; with the passes' own traffic (2 + 6 + 8 bytes) 17. A voxel looks at
//! some four candidates for each level, some 12 instructions each, or at those within its distance if these are fewer.

use crate::catalogue::family;
use crate::nearest::{Level, Seeds, check_extents, columns, levels};
use crate::prelude::*;

/// Longest axis: columns are 16 bits, and 65535 is none.
const LONGEST_AXIS: usize = 32_000;

/// The square of the distance along x from a voxel to its seed's column; infinite if there is none.
#[gpu_fn]
pub fn square_aside(x: i32, column: u32, spacing: f32) -> f32 {
    let aside = spacing * (x - column as i32) as f32;
    if column == 65535 { f32::INFINITY } else { aside * aside }
}

/// One level along y (of columns, see `nearest_in_row`) or z (of squares along x and y). Items: x, part of the axis, the other axis. The
/// last level has the squared distances, or along the last axis the distances; the levels before have the position of the nearest.
#[gpu_op(grid)]
pub fn distance_level(
    at: Item,
    columns: Read<u32>,
    squares: Read<f32>,
    above: Read<u32>,
    positions: Write<u32>,
    results: Write<f32>,
    spacing_x: f32,
    spacing: f32,
    len: u32,
    step: u32,
    steps: u32,
    steps_above: u32,
    along_z: bool,
    last: bool,
) {
    let x = at.x() as i32;
    let width = at.extent_x();
    let stride = if along_z { width * at.extent_z() } else { width };
    let plane = if along_z {
        at.n() * len as usize * at.extent_z() + at.z()
    } else {
        (at.n() * at.extent_z() + at.z()) * len as usize
    };
    let first = plane * width + at.x();
    let line = at.n() * at.extent_z() + at.z();
    let begin = at.y() as u32 * (if steps_above > 0 { 8 } else { 1 });
    let count = if steps_above > 0 { (steps - begin).min(8) } else { 1 };
    // What is nearest to a position lies between what is nearest to the positions before and behind it.
    let mut low = 0i32;
    let mut end = len as i32 - 1;
    let mut empty = false;
    if steps_above > 0 {
        let entry = (line * steps_above as usize + at.y()) * width + at.x();
        let before = above.get(entry);
        empty = before == 65535;
        low = before as i32;
        if at.y() + 1 < steps_above as usize {
            end = above.get(entry + width) as i32;
        }
    }
    for k in 0..count {
        let position = ((begin + k) * step) as i32;
        let high = if steps_above > 0 && k == 0 { low } else { end };
        let start = if position < low { low } else { if position > high { high } else { position } };
        let mut best = f32::INFINITY;
        let mut found = 65535u32;
        for side in 0..2 {
            let mut j = if side == 0 { start } else { start + 1 };
            let mut searching = !empty && j <= high;
            while searching {
                let along = spacing * (j - position) as f32;
                let square = along * along;
                searching = square < best;
                if searching {
                    let i = first + j as usize * stride;
                    let value = if along_z { squares.get(i) } else { square_aside(x, columns.get(i), spacing_x) };
                    if value + square < best {
                        best = value + square;
                        found = j as u32;
                    }
                    j = if side == 0 { j - 1 } else { j + 1 };
                    searching = j >= low && j <= high;
                }
            }
        }
        low = if found == 65535 { low } else { found as i32 };
        if step > 1 {
            positions.store((line * steps as usize + (begin + k) as usize) * width + at.x(), found);
        } else {
            results.store(first + position as usize * stride, if last { best.sqrt() } else { best });
        }
    }
}

/// Distance of every voxel to the nearest zero voxel (Euclidean, exact up to the rounding of f32); 0 in zero voxels, infinite where the image
/// has none.
///
/// `d(v) = min over zero voxels w of √((sx·(vx − wx))² + (sy·(vy − wy))² + (sz·(vz − wz))²)`. The distances between neighbouring voxels are
/// `sampling_x`, `sampling_y`, `sampling_z`, by default 1: the voxel size if distances are to be physical. Images of a batch (t, c) are
/// transformed each for itself.
#[gpu_op(procedure, alias = "distance_transform_edt, euclidean_distance_transform")]
pub fn distance_transform(
    context: &Context,
    mask: AnyImage,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_x: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_y: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_z: f32,
) -> Result<Image<f32>> {
    check_extents(&mask, LONGEST_AXIS, "distance_transform")?;
    let columns = columns(context, &mask, Seeds::Zeros)?;
    let Domain { batch, extent: [width, height, depth] } = Domain::of(&mask);
    let nothing = context.unset::<f32>(1)?;
    let squares = context.unset_like::<f32>(&mask)?;
    let last = depth == 1;
    levels(context, batch, [width, height, depth], |Level { domain, step, steps, steps_above, above, positions }| {
        distance_level(
            context,
            domain,
            &columns,
            &nothing,
            above,
            positions,
            &squares,
            sampling_x,
            sampling_y,
            height as u32,
            step,
            steps,
            steps_above,
            false,
            last,
        )
    })?;
    if last {
        return Ok(squares);
    }
    let result = context.unset_like::<f32>(&mask)?;
    levels(context, batch, [width, depth, height], |Level { domain, step, steps, steps_above, above, positions }| {
        distance_level(
            context,
            domain,
            &columns,
            &squares,
            above,
            positions,
            &result,
            sampling_x,
            sampling_z,
            depth as u32,
            step,
            steps,
            steps_above,
            true,
            true,
        )
    })?;
    Ok(result)
}

family! {
    operations: [distance_transform],
    kernels: [distance_level],
}
