//! What distance transforms and nearest labels share: the nearest seed of each voxel in its row, and the levels of the
//! passes along y and z.
//!
//! Rows. Input: an image whose set (or unset) voxels are seeds. Output: for each voxel the column of the nearest seed
//! in its row, as u16, or 65535 where there is none. Rows are searched as words of 32 voxels and as words of 32 words,
//! so that a search looks at a few words however far the seed is. Floors, per voxel: the image is read and 2 bytes are
//! written; some 40 instructions, since four voxels share a search.
//!
//! Levels. The seed that is best for a position of a line, position by position, never goes back: of two seeds the
//! later one gains on the earlier with every step along the line (Hirata 1996; Meijster, Roerdink & Hesselink 2000). So
//! every 8ᵏ-th position is settled first, by a search of the whole line, each an item of its own. On the level below an
//! item has the eight positions from one of these to the next, and each only looks between the result of the position
//! before it and that of the next one above, from the nearest on until a step alone is too far. That is about four
//! candidates for a voxel and level on average, whatever the distances; nothing is stacked, and long lines keep a GPU
//! as busy as short ones.

use crate::catalogue::family;
use crate::components::{Words, packed};
use crate::prelude::*;

/// Which of 32 words hold a set bit.
#[gpu_op(grid)]
pub fn pack_occupied(at: Item, words: Read<u32>, occupied: Write<u32>, per_row: u32) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let column = 32 * at.x();
    let count = (per_row - column as u32).min(32);
    let mut bits = 0u32;
    for k in 0..count {
        let word = words.get(row * per_row as usize + column + k as usize);
        bits |= (if word != 0 { 1u32 } else { 0 }) << k;
    }
    occupied.store(at.index(), bits);
}

/// The column of the nearest seed in the row, 65535 if there is none. Of two at the same distance the one with the
/// smaller label, or, unless `ties` matter, the left one. Four voxels of a row are an item, which looks for what lies
/// beside them once.
#[gpu_op(grid)]
pub fn nearest_in_row(
    at: Item,
    words: Read<u32>,
    occupied: Read<u32>,
    labels: Read<u32>,
    columns: Write<u32>,
    width: u32,
    per_row: u32,
    ties: bool,
) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let x = 4 * at.x() as u32;
    let column = x / 32;
    let bit = x & 31;
    let per_occupied = (per_row + 31) / 32;
    let first = row * per_row as usize;
    let first_occupied = row * per_occupied as usize;
    let word = words.get(first + column as usize);
    let group = column / 32;
    let place = column & 31;
    let own = (word >> bit) & 15;
    // The nearest seeds beside the four, and if the outer two of these are seeds themselves none is asked for.
    let mut left = 65535u32;
    let mut right = 65535u32;
    let to_left = word & ((1u32 << bit) - 1);
    let to_right = (word >> bit) >> 4u32;
    if own & 1 == 0 {
        let mut found = word;
        let mut there = column;
        if to_left != 0 {
            found = to_left;
        } else {
            let mut candidates = occupied.get(first_occupied + group as usize) & ((1u32 << place) - 1);
            let mut from = group;
            while candidates == 0 && from > 0 {
                from -= 1;
                candidates = occupied.get(first_occupied + from as usize);
            }
            there = if candidates != 0 { 32 * from + 31 - candidates.leading_zeros() } else { per_row };
            if there < per_row {
                found = words.get(first + there as usize);
            }
        }
        left = if there < per_row { 32 * there + 31 - found.leading_zeros() } else { 65535 };
    }
    if own & 8 == 0 {
        if to_right != 0 {
            right = x + 4 + to_right.trailing_zeros();
        } else {
            let later = (u32::MAX << place) & !(1u32 << place);
            let mut candidates = occupied.get(first_occupied + group as usize) & later;
            let mut from = group;
            while candidates == 0 && from + 1 < per_occupied {
                from += 1;
                candidates = occupied.get(first_occupied + from as usize);
            }
            if candidates != 0 {
                let there = 32 * from + candidates.trailing_zeros();
                right = 32 * there + words.get(first + there as usize).trailing_zeros();
            }
        }
    }
    let mut lefts = [65535u32; 4];
    for k in 0..4usize {
        left = if (own >> k as u32) & 1 != 0 { x + k as u32 } else { left };
        lefts[k] = left;
    }
    let start = row * width as usize;
    for back in 0..4usize {
        let here = x + 3 - back as u32;
        right = if (own >> (3 - back as u32)) & 1 != 0 { here } else { right };
        let before = lefts[3 - back];
        let mut nearest = if before == 65535 { right } else { before };
        if before != 65535 && right != 65535 {
            let from_left = here - before;
            let from_right = right - here;
            nearest = if from_right < from_left { right } else { before };
            let tie = ties && from_left == from_right && from_left != 0;
            if tie && labels.get(start + right as usize) < labels.get(start + before as usize) {
                nearest = right;
            }
        }
        if here < width {
            columns.store(start + here as usize, nearest);
        }
    }
}

/// What the seeds of an image are.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Seeds {
    /// Voxels that are not 0; ties go to the smaller value.
    Labels,
    /// Voxels that are 0.
    Zeros,
}

/// The column of each voxel's nearest seed in its row.
pub(crate) fn columns(context: &Context, image: &AnyImage, seeds: Seeds) -> Result<Image<u16>> {
    let Words { words, domain, per_row } = packed(context, image, seeds == Seeds::Zeros)?;
    let Domain { batch, extent: [_, height, depth] } = domain;
    let per_occupied = (per_row as usize).div_ceil(32);
    let occupied = context.unset::<u32>(per_occupied * height * depth * batch)?;
    let groups = Domain { batch, extent: [per_occupied, height, depth] };
    pack_occupied(context, groups, &words, &occupied, per_row)?;
    let columns = context.unset_like::<u16>(image)?;
    let ties = seeds == Seeds::Labels;
    let width = Domain::of(image).extent[0];
    let fours = Domain { batch, extent: [width.div_ceil(4), height, depth] };
    nearest_in_row(context, fours, &words, &occupied, image, &columns, width as u32, per_row, ties)?;
    Ok(columns)
}

/// With fewer lines in an image than this a pass goes by levels: lines one by one do not occupy a GPU that runs 270 000
/// work-items at a time (one NVIDIA H200). Above it, levels and envelopes took the same time there, and envelopes half
/// of it on a processor. Not a matter of the device or of the batch, since the roundings of distances could tell.
pub(crate) const FEW_LINES: usize = 1 << 14;

/// A level of a pass: its items, its positions, which are `step` apart, and what is settled before.
pub(crate) struct Level<'a> {
    /// x, items, and the other axis.
    pub(crate) domain: Domain,
    pub(crate) step: u32,
    /// Number of positions.
    pub(crate) steps: u32,
    /// Number of positions of the level above; 0: there is none, and each position is an item.
    pub(crate) steps_above: u32,
    /// Results of the level above.
    pub(crate) above: &'a Buffer<u32>,
    /// Room for those of this level, if it is not the last.
    pub(crate) positions: &'a Buffer<u32>,
}

/// Positions of an item, from one level to the next; kernels have the number.
const RATIO: usize = 8;

/// Runs the levels of a pass from the coarsest to all voxels; `extent`: along x, along the pass, and along the other axis.
pub(crate) fn levels(
    context: &Context,
    batch: usize,
    extent: [usize; 3],
    run: impl Fn(Level<'_>) -> Result<()>,
) -> Result<()> {
    let [width, len, other] = extent;
    let mut step = 1;
    while len.div_ceil(step) > RATIO {
        step *= RATIO;
    }
    let (mut above, mut steps_above) = (context.unset::<u32>(1)?, 0);
    loop {
        let steps = len.div_ceil(step);
        let room = if step > 1 { width * steps * other * batch } else { 1 };
        let positions = context.unset::<u32>(room)?;
        let items = if steps_above > 0 { steps_above as usize } else { steps };
        let domain = Domain { batch, extent: [width, items, other] };
        let (steps, step_here) = (steps as u32, step as u32);
        run(Level { domain, step: step_here, steps, steps_above, above: &above, positions: &positions })?;
        if step == 1 {
            return Ok(());
        }
        step /= RATIO;
        (above, steps_above) = (positions, steps);
    }
}

/// Refuses axes along which positions, or squares of distances, do not fit.
pub(crate) fn check_extents(image: &AnyImage, longest: usize, operation: &str) -> Result<()> {
    let [width, height, depth] = image.spatial();
    if [width, height, depth].into_iter().all(|extent| extent <= longest) {
        return Ok(());
    }
    Err(Error::Unsupported {
        operation: operation.into(),
        problem: format!("an axis of {width} × {height} × {depth} voxels is longer than {longest}"),
        remedy: "divide the image".into(),
    })
}

family! {
    operations: [],
    kernels: [pack_occupied, nearest_in_row],
}
