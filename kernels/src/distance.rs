//! Exact Euclidean distance transform, one pass per axis.
//!
//! The squared distance of a voxel is the smallest over all zero voxels of ((sx·dx)² + (sy·dy)²) + (sz·dz)², in f32 and
//! in that order. As rounded sums keep the order of their summands, the minimum may be taken axis by axis: along x it
//! is found in packed bits ([`crate::nearest`]), along y and z each voxel first looks at neighbours up to `NEAR` steps
//! away, and stops where a step alone is as far as what it has. That settles masks of objects of ordinary size. Lines
//! in which a voxel is left unsettled are done again, by levels if there are few lines ([`crate::nearest`]), or else by
//! the lower envelope of their parabolas (Meijster, Roerdink & Hesselink 2000; Felzenszwalb & Huttenlocher 2012):
//! neither's work depends on the distances. Where two parabolas cross is computed, and then corrected by comparing
//! their values.
//!
//! Floors, per voxel of a u8 mask: 1 byte is read and 4 are written; with the passes' own traffic (2 + 6 + 8 bytes) 17.
//! A step compares a voxel with two neighbours, 6 instructions where a lane has 16 voxels of a line and moves what lies
//! before and behind them from register to register; reading and writing take some 30.

use crate::catalogue::family;
use crate::nearest::{FEW_LINES, Level, Seeds, check_extents, columns, levels};
use crate::prelude::*;
use kernwerk_runtime::GridBuffer;
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

/// Squared distances along y (of columns, see `nearest_in_row`) or z (of squares along x and y), as far as `near` steps
/// show them; the lines that are not settled by that are marked. Along z the results are distances.
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

/// The same by groups of lanes that share memory: 32 lines side by side and 128 voxels of each, 16 for a lane, and what
/// lies up to 16 voxels before and behind them. A step has two reads of shared memory for 16 voxels, and the steps end
/// where none of the 16 can come nearer. Items: part of the lines, 32 lines, image; `lines`: how many there are in an
/// image, and how far apart the voxels of one are.
#[gpu_op(grid)]
pub fn distance_near_in_groups(
    at: Lane<256>,
    columns: Read<u32>,
    squares: Read<f32>,
    results: Write<f32>,
    unsettled: Global<u32>,
    held: Shared<f32, 5120>,
    lines: u32,
    len: u32,
    spacing_x: f32,
    spacing: f32,
    along_z: bool,
    last: bool,
) {
    let stride = lines as usize;
    let begin = 128 * at.x();
    let first = at.z() * len as usize * stride + 32 * at.y();
    let exist = stride - 32 * at.y();
    let end = (begin as u32 + 144).min(len);
    {
        let column = at.lane() % 32;
        let own = if column < exist { end } else { 0 };
        for round in 0..2usize {
            let row = at.lane() / 32 + 80 * round;
            let mut values = [0.0; 10];
            if along_z {
                for k in 0..10usize {
                    let there = ((begin + row + 8 * k) as u32).wrapping_sub(16);
                    values[k] = f32::INFINITY;
                    if there < own {
                        values[k] = squares.get(first + column + there as usize * stride);
                    }
                }
            } else {
                let mut nearest = [0u32; 10];
                for k in 0..10usize {
                    let there = ((begin + row + 8 * k) as u32).wrapping_sub(16);
                    nearest[k] = 65535;
                    if there < own {
                        nearest[k] = columns.get(first + column + there as usize * stride);
                    }
                }
                for k in 0..10usize {
                    values[k] = square_aside((32 * at.y() + column) as i32, nearest[k], spacing_x);
                }
            }
            for k in 0..10usize {
                held.store(32 * (row + 8 * k) + column, values[k]);
            }
        }
    }
    {
        let column = at.lane() % 32;
        let start = begin + 16 * (at.lane() / 32);
        if start < len as usize {
            let from = 512 * (at.lane() / 32) + column;
            let rest = if column < exist { len as usize - start } else { 0 };
            // What lies `step` voxels before and behind each of the 16.
            let mut before = [0.0; 16];
            let mut behind = [0.0; 16];
            let mut best = [0.0; 16];
            for k in 0..16usize {
                before[k] = held.get(from + 32 * (16 + k));
                behind[k] = before[k];
                best[k] = if k < rest { before[k] } else { 0.0 };
            }
            let mut step = 0u32;
            let mut open = true;
            while open && step < 16 {
                step += 1;
                let along = spacing * step as f32;
                let square = along * along;
                let mut farthest = best[0];
                for k in 1..16usize {
                    farthest = max(farthest, best[k]);
                }
                open = farthest > square;
                if open {
                    for k in 0..15usize {
                        before[15 - k] = before[14 - k];
                        behind[k] = behind[k + 1];
                    }
                    before[0] = held.get(from + 32 * (16 - step as usize));
                    behind[15] = held.get(from + 32 * (31 + step as usize));
                    for k in 0..16usize {
                        best[k] = min(best[k], min(before[k], behind[k]) + square);
                    }
                }
            }
            if open {
                let beyond = spacing * 17.0;
                let mut left = false;
                for k in 0..16usize {
                    let more = start + k >= 17 || start + k + 17 < len as usize;
                    left = left || (k < rest && more && best[k] > beyond * beyond);
                }
                if left {
                    unsettled.store(at.z() * stride + 32 * at.y() + column, 1);
                }
            }
            let result = first + column + start * stride;
            for k in 0..16usize {
                if k < rest {
                    results.store(result + k * stride, if last { best[k].sqrt() } else { best[k] });
                }
            }
        }
    }
}

/// The lines along y or z that `distance_near` did not settle. While a line is worked on its results hold the parabolas
/// of the envelope: position and begin of the range in which each is lowest, as the bits of an f32; they are replaced
/// from the end.
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

/// One level along y (of columns, see `nearest_in_row`) or z (of squares along x and y). Items: x, part of the axis,
/// the other axis. The last level has the squared distances, or along the last axis the distances; the levels before
/// have the position of the nearest. Lines that `distance_near` has settled are left alone.
#[gpu_op(grid)]
pub fn distance_level(
    at: Item,
    columns: Read<u32>,
    squares: Read<f32>,
    above: Read<u32>,
    positions: Write<u32>,
    results: Write<f32>,
    unsettled: Read<u32>,
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
    let asked = unsettled.get(line * width + at.x()) != 0;
    let begin = at.y() as u32 * (if steps_above > 0 { 8 } else { 1 });
    let all = if steps_above > 0 { (steps - begin).min(8) } else { 1 };
    let count = if asked { all } else { 0 };
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

/// Distance of every voxel to the nearest zero voxel (Euclidean, exact up to the rounding of f32); 0 in zero voxels,
/// infinite where the image has none.
///
/// `d(v) = min over zero voxels w of √((sx·(vx − wx))² + (sy·(vy − wy))² + (sz·(vz − wz))²)`. The distances between
/// neighbouring voxels are `sampling_x`, `sampling_y`, `sampling_z`, by default 1: the voxel size if distances are to
/// be physical. Images of a batch (t, c) are transformed each for itself.
///
/// # Names
/// - `scipy.ndimage.distance_transform_edt`: same, in f32 instead of f64; `sampling` is (`sampling_z`, `sampling_y`,
///   `sampling_x`). Without a zero voxel the distances are infinite here and have no meaning there. Indices are not
///   returned; for the nearest label see `extend_labeling_via_voronoi`.
/// - `cupyx.scipy.ndimage.distance_transform_edt`: as SciPy's;
///   `cucim.core.operations.morphology.distance_transform_edt` is the same function.
/// - `clij.distanceMap`: counts steps instead of Euclidean distances.
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
    // A processor has no use for groups: it ends the steps for each voxel.
    let processor = context.runs_natively();
    let in_groups = !processor && context.takes(&distance_near_in_groups::KERNEL);
    let pass = |squares: &dyn GridBuffer, spacing: f32, along_z: bool| -> Result<Image<f32>> {
        let last = along_z || depth == 1;
        let (len, other) = if along_z { (depth, height) } else { (height, depth) };
        let unsettled = context.buffer::<u32>(width * other * batch)?;
        let result = context.unset_like::<f32>(&mask)?;
        if in_groups {
            let (lines, images) = if along_z { (width * height, batch) } else { (width, depth * batch) };
            let groups = Domain { batch: 1, extent: [len.div_ceil(128), lines.div_ceil(32), images] };
            let (lines, len) = (lines as u32, len as u32);
            distance_near_in_groups(
                context, groups, &columns, squares, &result, &unsettled, lines, len, sampling_x, spacing, along_z, last,
            )?;
        } else {
            distance_near(
                context,
                Domain::of(&mask),
                &columns,
                squares,
                &result,
                &unsettled,
                sampling_x,
                spacing,
                along_z,
                last,
                NEAR,
            )?;
        }
        if width * other < FEW_LINES {
            levels(context, batch, [width, len, other], |level| {
                let Level { domain, step, steps, steps_above, above, positions } = level;
                distance_level(
                    context,
                    domain,
                    &columns,
                    squares,
                    above,
                    positions,
                    &result,
                    &unsettled,
                    sampling_x,
                    spacing,
                    len as u32,
                    step,
                    steps,
                    steps_above,
                    along_z,
                    last,
                )
            })?;
        } else {
            let extent = if along_z { [width, height, 1] } else { [width, 1, depth] };
            let lines = Domain { batch, extent };
            distance_far(
                context, lines, &columns, squares, &result, &unsettled, sampling_x, spacing, along_z, last, len as u32,
            )?;
        }
        Ok(result)
    };
    let squares = pass(&nothing, sampling_y, false)?;
    if depth == 1 { Ok(squares) } else { pass(&squares, sampling_z, true) }
}

family! {
    operations: [distance_transform],
    kernels: [distance_near, distance_near_in_groups, distance_far, distance_level],
}
