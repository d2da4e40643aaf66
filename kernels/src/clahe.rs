//! Contrast-limited adaptive histogram equalisation.
//!
//! Input: an image. Output: f32 from 0 to 1. Tiles have histograms of their own; a voxel is mapped by those of the
//! tiles whose centres surround it, interpolated linearly. Invariant: counts, mappings and their interpolation are
//! whole numbers, so that nothing depends on an order; grey levels are 0 to 16383, as Zuiderveld's program has them.
//!
//! Zuiderveld, K. (1994). Contrast limited adaptive histogram equalization. Graphics Gems IV, 474–485.

use rayon::prelude::*;

use crate::catalogue::family;
use crate::contrast::rescale_intensity;
use crate::histogram::{finite, range};
use crate::keys::countable;
use crate::precise::as_written;
use crate::prelude::*;

/// The largest grey level.
const WHITE: u32 = 16_383;

/// Counters of all tiles at most.
const MOST_COUNTERS: usize = 1 << 28;

/// The grey level of a value, halves to even.
#[gpu_fn]
pub fn grey_level(value: f32, low: f32, range: f32) -> u32 {
    let share = if range > 0.0 { (value - low) / range } else { 0.0 };
    (share * 16_383.0).round_ties_even() as u32
}

/// A coordinate reflected at the ends without repeating them.
#[gpu_fn]
pub fn mirrored(i: u32, extent: u32) -> u32 {
    let period = if extent > 1 { 2 * extent - 2 } else { 1u32 };
    let place = i % period;
    if place < extent { place } else { period - place }
}

/// Counts the grey levels of each tile, in steps of `step`; where tiles reach beyond the image, it is mirrored.
#[gpu_op(grid)]
pub fn count_tiles(
    at: Item,
    image: Read<f32>,
    counts: Tally,
    low: f32,
    range: f32,
    step: u32,
    bins: u32,
    extent_x: u32,
    extent_y: u32,
    extent_z: u32,
    tile_x: u32,
    tile_y: u32,
    tile_z: u32,
) {
    let (x, y, z) = (at.x() as u32, at.y() as u32, at.z() as u32);
    let inside_x: u32 = mirrored(x, extent_x);
    let inside_y: u32 = mirrored(y, extent_y);
    let inside_z: u32 = mirrored(z, extent_z);
    let row = (at.n() * extent_z as usize + inside_z as usize) * extent_y as usize + inside_y as usize;
    let value = image.get(row * extent_x as usize + inside_x as usize);
    let across = at.extent_x() / tile_x as usize;
    let down = at.extent_y() / tile_y as usize;
    let deep = at.extent_z() / tile_z as usize;
    let tile =
        ((at.n() * deep + (z / tile_z) as usize) * down + (y / tile_y) as usize) * across + (x / tile_x) as usize;
    let level: u32 = grey_level(value, low, range);
    counts.add(tile * bins as usize + (level / step) as usize, 1);
}

/// Maps each voxel by the tiles around it. Weights are whole numbers, and the mean is rounded down.
#[gpu_op(grid)]
pub fn map_by_tiles(
    at: Item,
    image: Read<f32>,
    maps: Read<u32>,
    result: Write<f32>,
    low: f32,
    range: f32,
    step: u32,
    bins: u32,
    tile_x: u32,
    tile_y: u32,
    tile_z: u32,
) {
    let value = image.get(at.index());
    let level: u32 = grey_level(value, low, range);
    let bin = (level / step) as usize;
    let across = (at.extent_x() as u32 + tile_x - 1) / tile_x;
    let down = (at.extent_y() as u32 + tile_y - 1) / tile_y;
    let deep = (at.extent_z() as u32 + tile_z - 1) / tile_z;
    // Counted from half a tile before the image, block b lies between the centres of the tiles b - 1 and b.
    let (x, y, z) = (at.x() as u32 + tile_x / 2, at.y() as u32 + tile_y / 2, at.z() as u32 + tile_z / 2);
    let mut sum = 0i64;
    for dz in 0u32..2 {
        let tile_at_z = ((z / tile_z + dz).max(1) - 1).min(deep - 1);
        let weight_z = if dz == 0 { tile_z - z % tile_z } else { z % tile_z };
        for dy in 0u32..2 {
            let tile_at_y = ((y / tile_y + dy).max(1) - 1).min(down - 1);
            let weight_y = if dy == 0 { tile_y - y % tile_y } else { y % tile_y };
            for dx in 0u32..2 {
                let tile_at_x = ((x / tile_x + dx).max(1) - 1).min(across - 1);
                let weight_x = if dx == 0 { tile_x - x % tile_x } else { x % tile_x };
                let weight = weight_x as i64 * weight_y as i64 * weight_z as i64;
                if weight != 0 {
                    let plane = at.n() * deep as usize + tile_at_z as usize;
                    let tile = (plane * down as usize + tile_at_y as usize) * across as usize + tile_at_x as usize;
                    sum += weight * maps.get(tile * bins as usize + bin) as i64;
                }
            }
        }
    }
    let mean = sum / (tile_x as i64 * tile_y as i64 * tile_z as i64);
    result.store(at.index(), mean as u32 as f32);
}

/// Cuts counts at a limit and distributes what is above among the bins: an equal part first, then one by one over bins
/// at equal steps.
fn clip(counts: &mut [u32], limit: u32) {
    let len = counts.len() as u32;
    let above = |counts: &[u32]| counts.iter().map(|&count| u64::from(count.saturating_sub(limit))).sum::<u64>();
    let mut excess = above(counts) as i64;
    let each = (excess / i64::from(len)) as u32;
    let upper = i64::from(limit) - i64::from(each);
    for count in counts.iter_mut() {
        *count = (*count).min(limit);
        if i64::from(*count) < upper {
            *count += each;
            excess -= i64::from(each);
        }
        if i64::from(*count) >= upper && *count < limit {
            excess -= i64::from(limit - *count);
            *count = limit;
        }
    }
    while excess > 0 {
        let before = excess;
        for first in 0..counts.len() {
            let under = counts.iter().filter(|count| **count < limit).count() as i64;
            let step = (under / excess).max(1) as usize;
            for count in counts[first..].iter_mut().step_by(step).filter(|count| **count < limit) {
                *count += 1;
                excess -= 1;
            }
            if excess <= 0 {
                break;
            }
        }
        if excess == before {
            break;
        }
    }
}

/// Turns the counts of a tile into grey levels: the sums up to each bin, scaled so that all voxels of a tile are white.
fn map(counts: &mut [u32], limit: u32, voxels: f64) {
    clip(counts, limit);
    let scale = f64::from(WHITE) / voxels;
    let mut below = 0u64;
    for count in counts {
        below += u64::from(*count);
        *count = (below as f64 * scale).min(f64::from(WHITE)) as u32;
    }
}

/// Contrast-limited adaptive histogram equalisation: local contrast is stretched, but no more than `clip_limit` allows.
///
/// Values become grey levels from 0 to 16383 over the range of the image, in bins of 1 + 16384 / `num_bins` levels.
/// Each tile of `kernel_size` voxels (0: an eighth of the image along that axis, at least 1) has a histogram, cut at
/// `clip_limit` · voxels of a tile, at least 1 (0: not cut), what is cut off being distributed over all bins, and a
/// mapping from it. A voxel is mapped by the tiles whose centres surround it, in 2-D or 3-D, interpolated linearly and
/// rounded down; tiles that reach beyond the image see it mirrored. The result is stretched to 0 to 1. Images of a
/// batch have tiles of their own, and one range. Values that are not finite are an error.
///
/// Zuiderveld, K. (1994). Contrast limited adaptive histogram equalization. Graphics Gems IV, 474–485.
///
/// # Names
/// - `skimage.exposure.equalize_adapthist`: `nbins` is `num_bins`, `kernel_size` None is 0; float images lie between −1
///   and 1 and are rounded to 16 bits first there; interpolated in f32 there, so that a level may be one less.
/// - `clesperanto.clahe`: experimental there; `tile_size` is `kernel_size`, with 8 as default; `minimum_intensity` and
///   `maximum_intensity` are those of the image here.
#[gpu_op(procedure, alias = "clahe")]
pub fn equalize_adapthist(
    context: &Context,
    image: AnyImage,
    #[param(default = 0, range = 0..=16384, unit = "voxels")] kernel_size: PerAxis<u32>,
    #[param(default = 0.01, range = 0.0..=1.0)] clip_limit: f32,
    #[param(default = 256, range = 2..=16384, optional)] num_bins: u32,
) -> Result<Image<f32>> {
    let operation = "equalize_adapthist";
    countable(&image, operation)?;
    let state = context.reduce(&range::KERNEL, &image)?;
    let (low, high) = finite(operation, state[0] as f32, state[1] as f32)?;
    let extent = image.spatial();
    let asked = [kernel_size.x, kernel_size.y, kernel_size.z];
    let tile: [usize; 3] = std::array::from_fn(|axis| match asked[axis] {
        0 => (extent[axis] / 8).max(1),
        // An axis of extent 1 has no neighbours.
        _ if extent[axis] == 1 => 1,
        size => size as usize,
    });
    let tiles: [usize; 3] = std::array::from_fn(|axis| extent[axis].div_ceil(tile[axis]));
    let voxels: usize = tile.iter().product();
    let bins = num_bins as usize;
    let all = tiles.iter().product::<usize>() * image.batch();
    // Weights add up to the voxels of a tile, and levels have 14 bits.
    if all.saturating_mul(bins) > MOST_COUNTERS || voxels > u32::MAX as usize {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("{all} tiles of {voxels} voxels with {bins} bins are too many"),
            remedy: "use larger tiles or fewer bins, and fewer than 2³² voxels for each".into(),
        });
    }
    let [tile_x, tile_y, tile_z] = tile.map(|size| size as u32);
    let step = 1 + (WHITE + 1) / num_bins;
    let counts = context.buffer::<u32>(all * bins)?;
    let domain = Domain { batch: image.batch(), extent: std::array::from_fn(|axis| tiles[axis] * tile[axis]) };
    let [width, height, depth] = extent.map(|extent| extent as u32);
    let spread = high - low;
    count_tiles(
        context, domain, &image, &counts, low, spread, step, num_bins, width, height, depth, tile_x, tile_y, tile_z,
    )?;
    let mut maps = counts.download()?;
    let limit = match as_written(clip_limit) {
        0.0 => voxels as u32,
        limit => ((limit * voxels as f64) as u32).max(1),
    };
    maps.par_chunks_exact_mut(bins).for_each(|counts| map(counts, limit, voxels as f64));
    let maps = context.upload_buffer(&maps)?;
    let levels = context.unset_like::<f32>(&image)?;
    map_by_tiles(
        context,
        Domain::of(&image),
        &image,
        &maps,
        &levels,
        low,
        spread,
        step,
        num_bins,
        tile_x,
        tile_y,
        tile_z,
    )?;
    context.eval(rescale_intensity(&levels))
}

family! {
    operations: [equalize_adapthist],
    kernels: [count_tiles, map_by_tiles],
}
