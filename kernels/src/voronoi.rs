//! Nearest labels: Voronoi labelling and expanding of labels, by exact squared Euclidean distances in voxels, one pass per axis.
//!
//! Each voxel carries the place of the best seed so far: its column after the pass along x ([`crate::nearest`]), column
//! and row after that along y, and after that along z it has the label itself. The best seed is the one with the
//! smallest pair (squared distance, label). That order is kept when a constant is added to the distance, so passes
//! along x, y and z give the exact minimum over all seeds, and ties go to the smallest label on every device. Labels
//! are looked up only where distances are equal. Along y and z the best is found by levels ([`crate::nearest`]), or,
//! where there are many lines and no limit, by the lower envelope of each. Within a short limit windows are faster than
//! either ([`crate::reach`]), and so they are without a limit where seeds lie so densely that few voxels have none
//! near.
//!
//! Floors, per voxel of a u32 label image: 4 bytes are read and 4 written; with the passes' own traffic (2 + 6 + 8
//! bytes) and the lookups 28. A voxel looks at some four candidates for each level, some 15 instructions each, or at
//! those within its distance if these are fewer.

use crate::binary::mask as mask_out;
use crate::catalogue::family;
use crate::components::components_of;
use crate::nearest::{FEW_LINES, Level, Seeds, check_extents, columns, levels};
use crate::prelude::*;
use crate::reach::{of_dense_seeds, within_reach};
use crate::reduction::maximum_of_all_pixels;

/// Longest axis for which a sum of three squares fits u32.
const LONGEST_AXIS: usize = 37_000;

/// The squared distance to a seed that is `aside` columns and `along` rows away.
#[gpu_fn]
pub fn squared(aside: i32, along: i32) -> u32 {
    (aside * aside) as u32 + (along * along) as u32
}

/// Along y or z: the lower envelope of the parabolas of each line (Meijster, Roerdink & Hesselink 2000; Felzenszwalb &
/// Huttenlocher 2012), under the lexicographic order of (squared distance, label).
///
/// Of two seeds, the one that comes first is better up to some position and the other from there on, also with ties;
/// that is all the method needs. While a line is worked on, its results hold the seeds of the envelope and the first
/// position of each, two numbers of 16 bits; they are replaced from the end. Along y the results are column and row of
/// the seed, along z its label, or 0 if it is farther away than the limit.
#[gpu_op(grid)]
pub fn nearest_along_axis(
    at: Item,
    places: Read<u32>,
    labels: Read<u32>,
    results: Global<u32>,
    len: u32,
    height: u32,
    along_z: bool,
    limit: u32,
) {
    let x = at.x() as i32;
    let y = at.y() as i32;
    let width = at.extent_x();
    let step = if along_z { width * height as usize } else { width };
    let plane = if along_z { at.n() } else { at.n() * at.extent_z() + at.z() };
    let place = if along_z { at.y() * width + at.x() } else { at.x() };
    let first = plane * len as usize * step + place;
    // Where the row (along y) or the plane (along z) of the line's first voxel begins.
    let origin = first - place;
    let mut seeds = 0u32;
    // The last seed of the envelope: its position, the first position of its range, its distance in the passes before, and its voxel.
    let mut top = 0u32;
    let mut top_begin = 0u32;
    let mut there = 0u32;
    let mut there_at = 0usize;
    for position in 0..len {
        let i = first + position as usize * step;
        let seed = places.get(i);
        let column = seed & 65535;
        if column != 65535 {
            let row = if along_z { (seed >> 16u32) as i32 } else { y };
            let here: u32 = squared(column as i32 - x, row - y);
            let in_plane = if along_z { row as usize * width + column as usize } else { column as usize };
            let here_at = origin + position as usize * step + in_plane;
            let mut begin = 0u32;
            let mut searching = seeds > 0;
            while searching {
                // Squared distances at the start of the other's range.
                let other_value: u32 = there + squared(0, top_begin as i32 - top as i32);
                let value: u32 = here + squared(0, top_begin as i32 - position as i32);
                let mut better = value < other_value;
                if value == other_value {
                    better = labels.get(here_at) < labels.get(there_at);
                }
                if better {
                    seeds -= 1;
                    searching = seeds > 0;
                    if searching {
                        let word = results.load(first + (seeds - 1) as usize * step);
                        top = word >> 16u32;
                        top_begin = word & 65535;
                        let j = first + top as usize * step;
                        let other = places.get(j);
                        let other_column = other & 65535;
                        let other_row = if along_z { (other >> 16u32) as i32 } else { y };
                        there = squared(other_column as i32 - x, other_row - y);
                        let other_place = if along_z {
                            other_row as usize * width + other_column as usize
                        } else {
                            other_column as usize
                        };
                        there_at = origin + top as usize * step + other_place;
                    }
                } else {
                    // Last position at which the other is better.
                    let apart = position - top;
                    let both = position + top;
                    let mut crossing = both / 2;
                    let mut tie = both & 1 == 0;
                    if here != there {
                        let rise = apart as i64 * both as i64 + here as i64 - there as i64;
                        let width = 2 * apart as i64;
                        crossing = (rise / width) as u32;
                        tie = crossing as i64 * width == rise;
                    }
                    begin = crossing + 1;
                    if tie {
                        begin = if labels.get(here_at) < labels.get(there_at) { crossing } else { crossing + 1 };
                    }
                    searching = false;
                }
            }
            if begin < len {
                top = position;
                top_begin = begin;
                there = here;
                there_at = here_at;
                results.store(first + seeds as usize * step, (position << 16u32) | begin);
                seeds += 1;
            }
        }
    }
    // What was stacked at an index begins there or later, so that nothing is replaced before it is read.
    let mut found = 0u32;
    let mut label = 0u32;
    let mut fresh = seeds > 0;
    for back in 0..len {
        let position = len - 1 - back;
        let i = first + position as usize * step;
        if fresh {
            let j = first + top as usize * step;
            let seed = places.get(j);
            let column = seed & 65535;
            let row = if along_z { (seed >> 16u32) as i32 } else { y };
            there = squared(column as i32 - x, row - y);
            found = (top << 16u32) | column;
            if along_z {
                label = labels.get(origin + top as usize * step + row as usize * width + column as usize);
            }
            fresh = false;
        }
        let mut result = if along_z { 0u32 } else { 65535 };
        let mut next = 0u32;
        let ends = seeds > 1 && position == top_begin;
        if ends {
            next = results.load(first + (seeds - 2) as usize * step);
        }
        if seeds > 0 {
            if along_z {
                let distance: u32 = there + squared(0, position as i32 - top as i32);
                result = if distance > limit { 0 } else { label };
            } else {
                result = found;
            }
        }
        results.store(i, result);
        if ends {
            seeds -= 1;
            top = next >> 16u32;
            top_begin = next & 65535;
            fresh = true;
        }
    }
}

/// One level along y (of columns, see `nearest_in_row`) or z (of columns and rows). Items: x, part of the axis, the
/// other axis. The last level has column and row of the seed along y, and along z its label, or 0 if it is farther away
/// than the limit; the levels before have the position of the best seed.
#[gpu_op(grid)]
pub fn nearest_level(
    at: Item,
    seeds: Read<u32>,
    labels: Read<u32>,
    above: Read<u32>,
    positions: Write<u32>,
    results: Write<u32>,
    len: u32,
    step: u32,
    steps: u32,
    steps_above: u32,
    along_z: bool,
    limit: u32,
) {
    let (x, y) = (at.x() as i32, at.z() as i32);
    let width = at.extent_x();
    let stride = if along_z { width * at.extent_z() } else { width };
    let line = at.n() * at.extent_z() + at.z();
    // The first voxel of the line, and where its row (along y) or its plane (along z) begins.
    let origin = (if along_z { at.n() } else { line }) * len as usize * stride;
    let first = origin + (if along_z { at.z() * width } else { 0 }) + at.x();
    let begin = at.y() as u32 * (if steps_above > 0 { 8 } else { 1 });
    let count = if steps_above > 0 { (steps - begin).min(8) } else { 1 };
    // The best seed of a position lies between those of the positions before and behind it.
    let mut low = 0i32;
    let mut end = len as i32 - 1;
    let mut none = false;
    if steps_above > 0 {
        let entry = (line * steps_above as usize + at.y()) * width + at.x();
        let before = above.get(entry);
        none = before == 65535;
        low = if none { 0 } else { before as i32 };
        if at.y() + 1 < steps_above as usize {
            let after = above.get(entry + width);
            end = if after == 65535 { end } else { after as i32 };
        }
    }
    // Without a limit, a line has a seed for each of its voxels or for none.
    let empty = none && limit == u32::MAX;
    for k in 0..count {
        let position = ((begin + k) * step) as i32;
        let settled = steps_above > 0 && k == 0;
        let seedless = empty || (settled && none);
        let high = if settled { low } else { end };
        let start = if position < low { low } else { if position > high { high } else { position } };
        let mut best = limit;
        let mut best_at = 0usize;
        let mut found = 65535u32;
        let mut seed_found = 65535u32;
        for side in 0..2 {
            let mut j = if side == 0 { start } else { start + 1 };
            let mut searching = !seedless && j <= high;
            while searching {
                let square: u32 = squared(0, j - position);
                searching = square <= best;
                if searching {
                    let seed = seeds.get(first + j as usize * stride);
                    let column = seed & 65535;
                    if column != 65535 {
                        let seed_row = if along_z { (seed >> 16u32) as i32 } else { y };
                        let value: u32 = square + squared(column as i32 - x, seed_row - y);
                        if value <= best {
                            let in_plane =
                                if along_z { seed_row as usize * width + column as usize } else { column as usize };
                            let candidate = origin + j as usize * stride + in_plane;
                            let mut better = value < best || found == 65535;
                            if !better {
                                better = labels.get(candidate) < labels.get(best_at);
                            }
                            if better {
                                best = value;
                                best_at = candidate;
                                found = j as u32;
                                seed_found = column;
                            }
                        }
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
            let mut result = 65535u32;
            if along_z {
                result = if found == 65535 { 0 } else { labels.get(best_at) };
            } else if found != 65535 {
                result = (found << 16u32) | seed_found;
            }
            results.store(first + position as usize * stride, result);
        }
    }
}

/// The label of the nearest labelled voxel for every voxel, 0 where that is farther away than the square root of the limit.
/// `largest` is the largest label, where it is known.
fn extend(
    context: &Context,
    labels: &Image<u32>,
    largest: Option<&Buffer<u32>>,
    limit: u32,
    operation: &str,
) -> Result<Image<u32>> {
    let image = labels.any();
    check_extents(image, LONGEST_AXIS, operation)?;
    // A processor is faster with the envelopes of lines than with windows as long as seeds are sparse.
    let processor = context.runs_natively();
    let by_windows = match limit {
        u32::MAX if processor => None,
        u32::MAX => {
            let largest = match largest {
                Some(largest) => f64::from(largest.download()?[0]),
                None => context.scalar(&maximum_of_all_pixels(labels))?,
            };
            of_dense_seeds(context, labels, largest)?
        }
        limit => within_reach(context, labels, limit)?,
    };
    if let Some(result) = by_windows {
        return Ok(result);
    }
    let Domain { batch, extent: [width, height, depth] } = Domain::of(image);
    let columns = columns(context, image, Seeds::Labels)?;
    let rows = context.unset_like::<u32>(image)?;
    let result = context.unset_like::<u32>(image)?;
    let pass = |seeds: &AnyImage, results: &Image<u32>, along_z: bool| {
        let (len, other) = if along_z { (depth, height) } else { (height, depth) };
        if width * other < FEW_LINES || limit != u32::MAX {
            return levels(context, batch, [width, len, other], |level| {
                let Level { domain, step, steps, steps_above, above, positions } = level;
                nearest_level(
                    context,
                    domain,
                    seeds,
                    labels,
                    above,
                    positions,
                    results,
                    len as u32,
                    step,
                    steps,
                    steps_above,
                    along_z,
                    limit,
                )
            });
        }
        let lines = Domain { batch, extent: if along_z { [width, height, 1] } else { [width, 1, depth] } };
        nearest_along_axis(context, lines, seeds, labels, results, len as u32, height as u32, along_z, limit)
    };
    pass(columns.any(), &rows, false)?;
    pass(rows.any(), &result, true)?;
    Ok(result)
}

/// Makes labels larger: every voxel at most `distance` voxels (Euclidean) from a labelled one gets the label of the
/// nearest; ties go to the smaller label. Labels do not grow into each other. A distance of 0 changes nothing.
#[gpu_op(procedure)]
pub fn expand_labels(
    context: &Context,
    labels: Image<u32>,
    #[param(default = 1.0, range = 0.0..=60000.0, unit = "voxels")] distance: f32,
) -> Result<Image<u32>> {
    // Exact: the square of an f32 fits an f64.
    let limit = (f64::from(distance) * f64::from(distance)).floor() as u32;
    extend(context, &labels, None, limit, "expand_labels")
}

/// Gives every voxel the label of the nearest labelled voxel (Euclidean, in voxels; ties go to the smaller label).
#[gpu_op(procedure)]
pub fn extend_labeling_via_voronoi(context: &Context, labels: Image<u32>) -> Result<Image<u32>> {
    extend(context, &labels, None, u32::MAX, "extend_labeling_via_voronoi")
}

/// Labels the connected components of a mask of seeds and gives every voxel the label of the nearest (Euclidean, in
/// voxels; ties go to the smaller label).
#[gpu_op(procedure)]
pub fn voronoi_labeling(context: &Context, seeds: AnyImage) -> Result<Image<u32>> {
    let (labels, count) = components_of(context, &seeds, Footprint::Box)?;
    extend(context, &labels, Some(&count), u32::MAX, "voronoi_labeling")
}

/// Labels the connected components of a mask of seeds and gives every voxel of `mask` the label of the nearest
/// (Euclidean, in voxels; ties go to the smaller label); 0 outside the mask. Distances are straight, also across the
/// mask's holes.
#[gpu_op(procedure)]
pub fn masked_voronoi_labeling(context: &Context, seeds: AnyImage, mask: AnyImage) -> Result<Image<u32>> {
    if seeds.shape5() != mask.shape5() {
        return Err(Error::Shape {
            operation: "masked_voronoi_labeling".into(),
            problem: format!("the seeds have the shape {:?} and the mask {:?}", seeds.shape(), mask.shape()),
            remedy: "give two images of one shape".into(),
        });
    }
    let (labels, count) = components_of(context, &seeds, Footprint::Box)?;
    let nearest = extend(context, &labels, Some(&count), u32::MAX, "masked_voronoi_labeling")?;
    context.eval(mask_out(&nearest, &mask))
}

family! {
    operations: [extend_labeling_via_voronoi, voronoi_labeling, masked_voronoi_labeling, expand_labels],
    kernels: [nearest_along_axis, nearest_level],
}
