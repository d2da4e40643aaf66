//! Exact Euclidean distance transform, one pass per axis.
//!
//! The squared distance of a voxel is the smallest over all zero voxels of ((sx·dx)² + (sy·dy)²) + (sz·dz)², in f32 and in that order. As
//! rounded sums keep the order of their summands, the minimum may be taken axis by axis: along x it is found in packed bits
//! ([`crate::nearest`]), along y and z each voxel first looks at neighbours up to `NEAR` steps away, and stops where a step alone is
//! as far as what it has. That settles masks of objects of ordinary size. Lines in which a voxel is left unsettled are done again by the
//! lower envelope of their parabolas (Meijster, Roerdink & Hesselink 2000; Felzenszwalb & Huttenlocher 2012), whose work does not
//! depend on the distances; where two parabolas cross is computed, and then corrected by comparing their values.
//!
//! Floors, per voxel of a u8 mask: 1 byte is read and 4 are written; with the passes' own traffic (2 + 6 + 8 bytes) 17. A voxel looks at
//! two neighbours per step of its distance, some 12 instructions each.

use crate::catalogue::family;
use crate::nearest::{Seeds, check_extents, columns};
use crate::prelude::*;
use kernwerk_runtime::lang::{clamp, to_bits};

/// How many steps away a voxel looks for something nearer before its line is left to the envelope.
const NEAR: u32 = 16;
/// Longest axis: a position and the begin of a range fit into the bits of one positive finite f32.
const LONGEST_AXIS: usize = 32_000;

/// The square of the distance along x from a voxel to its seed's column; infinite if there is none.
#[gpu_fn]
pub fn square_aside(x: i32, column: u32, spacing: f32) -> f32 {
    let aside = spacing * (x - column as i32) as f32;
    if column == 65535 { f32::INFINITY } else { aside * aside }
}

/// Squared distances along y (of columns, see `nearest_in_row`) or z (of squares along x and y), as far as `near` steps show them; the
/// lines that are not settled by that are marked. Along z the results are distances.
#[gpu_op(grid)]
pub fn distance_near(
    at: Item,
    columns: Read<u32>,
    squares: Read<f32>,
    results: Write<f32>,
    unsettled: Global<u32>,
    spacing_x: f32,
    spacing: f32,
    along_z: bool,
    last: bool,
    near: u32,
) {
    let i = at.index();
    let x = at.x() as i32;
    let position = if along_z { at.z() as u32 } else { at.y() as u32 };
    let len = if along_z { at.extent_z() as u32 } else { at.extent_y() as u32 };
    let stride = if along_z { at.extent_x() * at.extent_y() } else { at.extent_x() };
    let mut best = if along_z { squares.get(i) } else { square_aside(x, columns.get(i), spacing_x) };
    let mut settled = false;
    let mut step = 1u32;
    while !settled {
        let along = spacing * step as f32;
        let square = along * along;
        let beyond = step > position && position + step >= len;
        settled = square >= best || beyond;
        if !settled {
            if step > near {
                break;
            }
            let offset = step as usize * stride;
            for side in 0..2 {
                let exists = if side == 0 { step <= position } else { position + step < len };
                if exists {
                    let j = if side == 0 { i - offset } else { i + offset };
                    let value = if along_z { squares.get(j) } else { square_aside(x, columns.get(j), spacing_x) };
                    best = if value + square < best { value + square } else { best };
                }
            }
            step += 1;
        }
    }
    if !settled {
        let line = if along_z { at.n() * at.extent_y() + at.y() } else { at.n() * at.extent_z() + at.z() };
        unsettled.store(line * at.extent_x() + at.x(), 1);
    }
    results.store(i, if last { best.sqrt() } else { best });
}

/// The lines along y or z that `distance_near` did not settle. While a line is worked on its results hold the parabolas of the envelope:
/// position and begin of the range in which each is lowest, as the bits of an f32; they are replaced from the end.
#[gpu_op(grid)]
pub fn distance_far(
    at: Item,
    columns: Read<u32>,
    squares: Read<f32>,
    results: Global<f32>,
    unsettled: Read<u32>,
    spacing_x: f32,
    spacing: f32,
    along_z: bool,
    last: bool,
    len: u32,
) {
    if unsettled.get(at.index()) != 0 {
        let x = at.x() as i32;
        let width = at.extent_x();
        let stride = if along_z { width * at.extent_y() } else { width };
        let place = if along_z { at.y() * width + at.x() } else { at.x() };
        let plane = if along_z { at.n() } else { at.n() * at.extent_z() + at.z() };
        let start = plane * len as usize * stride + place;
        let weight = spacing * spacing;
        let mut parabolas = 0u32;
        // The last parabola of the envelope: its position, its value there, and where it begins to be the lowest.
        let mut top = 0u32;
        let mut top_value = 0.0;
        let mut top_begin = 0u32;
        for position in 0..len {
            let i = start + position as usize * stride;
            let value = if along_z { squares.get(i) } else { square_aside(x, columns.get(i), spacing_x) };
            if value < f32::INFINITY {
                let mut begin = 0u32;
                let mut searching = parabolas > 0;
                while searching {
                    let of_top = spacing * (top_begin as i32 - top as i32) as f32;
                    let of_this = spacing * (top_begin as i32 - position as i32) as f32;
                    if value + of_this * of_this <= top_value + of_top * of_top {
                        parabolas -= 1;
                        searching = parabolas > 0;
                        if searching {
                            let word = to_bits(results.load(start + (parabolas - 1) as usize * stride));
                            top = word >> 16u32;
                            top_begin = word & 65535;
                            let j = start + top as usize * stride;
                            top_value =
                                if along_z { squares.get(j) } else { square_aside(x, columns.get(j), spacing_x) };
                        }
                    } else {
                        let apart = (position - top) as f32;
                        let middle = ((value - top_value) / (weight * apart) + (position + top) as f32) * 0.5;
                        let low = (top_begin + 1) as f32;
                        begin = clamp(middle.ceil(), low, len as f32) as u32;
                        // The quotient is rounded: the values decide.
                        let mut correcting = true;
                        while correcting {
                            let of_top = spacing * (begin as i32 - 1 - top as i32) as f32;
                            let of_this = spacing * (begin as i32 - 1 - position as i32) as f32;
                            correcting =
                                begin > top_begin + 1 && value + of_this * of_this <= top_value + of_top * of_top;
                            begin = if correcting { begin - 1 } else { begin };
                        }
                        correcting = true;
                        while correcting {
                            let of_top = spacing * (begin as i32 - top as i32) as f32;
                            let of_this = spacing * (begin as i32 - position as i32) as f32;
                            correcting = begin < len && value + of_this * of_this > top_value + of_top * of_top;
                            begin = if correcting { begin + 1 } else { begin };
                        }
                        searching = false;
                    }
                }
                if begin < len {
                    top = position;
                    top_value = value;
                    top_begin = begin;
                    results.store(start + parabolas as usize * stride, f32::from_bits((top << 16u32) | begin));
                    parabolas += 1;
                }
            }
        }
        // What was stacked at an index begins there or later, so that nothing is replaced before it is read.
        for back in 0..len {
            let position = len - 1 - back;
            let mut best = f32::INFINITY;
            if parabolas > 0 {
                let along = spacing * (position as i32 - top as i32) as f32;
                best = top_value + along * along;
            }
            let next = parabolas > 1 && position == top_begin;
            if next {
                parabolas -= 1;
                let word = to_bits(results.load(start + (parabolas - 1) as usize * stride));
                top = word >> 16u32;
                top_begin = word & 65535;
                let j = start + top as usize * stride;
                top_value = if along_z { squares.get(j) } else { square_aside(x, columns.get(j), spacing_x) };
            }
            results.store(start + position as usize * stride, if last { best.sqrt() } else { best });
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
    let pass = |squares: Option<&Image<f32>>, spacing: f32| -> Result<Image<f32>> {
        let along_z = squares.is_some();
        let last = along_z || depth == 1;
        let (lines, len) = if along_z { ([width, height, 1], depth) } else { ([width, 1, depth], height) };
        let nothing = context.unset::<f32>(1)?;
        let unsettled = context.buffer::<u32>(lines.iter().product::<usize>() * batch)?;
        let result = context.unset_like::<f32>(&mask)?;
        let lines = Domain { batch, extent: lines };
        let of_columns = (&columns, &unsettled, sampling_x, spacing);
        let (columns, unsettled, spacing_x, spacing) = of_columns;
        match squares {
            Some(squares) => {
                distance_near(
                    context,
                    Domain::of(&mask),
                    columns,
                    squares,
                    &result,
                    unsettled,
                    spacing_x,
                    spacing,
                    along_z,
                    last,
                    NEAR,
                )?;
                distance_far(
                    context, lines, columns, squares, &result, unsettled, spacing_x, spacing, along_z, last, len as u32,
                )?;
            }
            None => {
                distance_near(
                    context,
                    Domain::of(&mask),
                    columns,
                    &nothing,
                    &result,
                    unsettled,
                    spacing_x,
                    spacing,
                    along_z,
                    last,
                    NEAR,
                )?;
                distance_far(
                    context, lines, columns, &nothing, &result, unsettled, spacing_x, spacing, along_z, last,
                    len as u32,
                )?;
            }
        }
        Ok(result)
    };
    let squares = pass(None, sampling_y)?;
    if depth == 1 { Ok(squares) } else { pass(Some(&squares), sampling_z) }
}

family! {
    operations: [distance_transform],
    kernels: [distance_near, distance_far],
}
