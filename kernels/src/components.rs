//! Connected components by union-find over runs of voxels.
//!
//! Input: a mask. Output: labels 1..n in the order of the components' first voxels. The mask is packed into words of 32
//! voxels along x; a run is a maximal sequence of set voxels in a row, and runs are numbered in raster order (rows,
//! planes and images of a batch one after the other). Run numbers are what union-find works on. Invariant: the root of
//! a tree is its smallest run, so trees, and with them labels, do not depend on the order in which items run.
//!
//! Floors, per voxel of a u8 mask: 1 byte is read and 4 are written, 5 in all. The words, the numbers of their first
//! runs and what their runs have in common are 1/8 of a byte each and are read by six kernels; runs are a tenth of the
//! voxels in masks of blobs, so their parents cost about half a byte for each of five kernels: 9 bytes in all. The work
//! of a kernel over words is shared by 32 voxels and does not count; the last kernel has some 20 instructions for each
//! voxel, since most words have runs of one component only, whose number it finds beside them.
//!
//! Sources: run-based labelling, Hennequin et al. 2018 and Lemaitre et al. 2020; lock-free union-find, Komura 2015 and
//! Playne & Hawick 2018; numbering by a scan, Allegretti, Bolelli & Grana 2019.

use crate::catalogue::family;
use crate::prefix::exclusive_scan;
use crate::prelude::*;

/// A mask as words of 32 voxels along x, the first in the lowest bit; rows begin with a new word. `zeros` packs where
/// it is not set.
#[gpu_op(grid)]
pub fn pack_words(at: Item, mask: Read<bool>, words: Write<u32>, width: u32, zeros: bool) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let column = 32 * at.x();
    let count = (width - column as u32).min(32);
    let bits = mask.bits(row * width as usize + column, count);
    words.store(at.index(), if zeros { !bits & (u32::MAX >> (32 - count)) } else { bits });
}

/// The same, and how many runs start in each word; 0 past the last one, of `len`.
#[gpu_op(grid)]
pub fn pack_runs(at: Item, mask: Read<bool>, words: Write<u32>, counts: Write<u32>, width: u32, len: u32, zeros: bool) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let column = 32 * at.x();
    let count = (width - column as u32).min(32);
    let first = row * width as usize + column;
    let bits = mask.bits(first, count);
    let word = if zeros { !bits & (u32::MAX >> (32 - count)) } else { bits };
    let mut before = 0u32;
    if column > 0 {
        let bit = mask.bits(first - 1, 1);
        before = (if zeros { 1 - bit } else { bit }) << 31u32;
    }
    let starts: u32 = run_starts(word, before);
    words.store(at.index(), word);
    counts.store(at.index(), starts.count_ones());
    if at.index() + 1 == len as usize {
        counts.store(len as usize, 0);
    }
}

/// The bits of a word at which a run starts; `before` is the word before it in the row, or 0.
#[gpu_fn]
pub fn run_starts(word: u32, before: u32) -> u32 {
    word & !((word << 1u32) | (before >> 31u32))
}

/// The number of the run that the last of the first `bits` bits of a word belongs to; 33 stands for the first bit of
/// the next word, and the bit before that is not set.
#[gpu_fn]
pub fn run_of(first: u32, starts: u32, bits: u32) -> u32 {
    let low = if bits > 31 { u32::MAX } else { (1u32 << bits) - 1 };
    let next = if bits > 32 { 1u32 } else { 0 };
    first + (starts & low).count_ones() + next - 1
}

/// Where the runs of a row first touch those of another one: beside each other, and, for voxels without any other
/// contact to that run, to the left and to the right. `left` and `right` are the words shifted, so that each bit holds
/// the voxel on that side.
#[gpu_fn]
pub fn contacts(word: u32, left: u32, right: u32, other: u32, other_left: u32, other_right: u32) -> (u32, u32, u32) {
    let beside = word & other & !(left & other_left);
    (beside, word & !other & other_left & !left, word & !other & other_right & !right)
}

/// Of each run that starts in a word, the first contact in the word.
#[gpu_fn]
pub fn first_contacts(word: u32, starts: u32, touching: u32) -> u32 {
    let mut firsts = 0u32;
    let mut rest = starts;
    while rest != 0 {
        let start = rest & 0u32.wrapping_sub(rest);
        rest ^= start;
        // Adding the first bit of a run clears the run.
        let found = touching & word & !word.wrapping_add(start);
        firsts |= found & 0u32.wrapping_sub(found);
    }
    firsts
}

/// The forest to begin with: the parent of a run is the first run of the row above that it touches in the word where it
/// starts, or itself.
#[gpu_op(grid)]
pub fn runs_link(at: Item, words: Read<u32>, firsts: Read<u32>, parents: Write<u32>, corners: bool) {
    let i = at.index();
    let word = words.get(i);
    let has_left = at.x() > 0;
    let has_right = at.x() + 1 < at.extent_x();
    let word_before = if has_left { words.get(i - 1) } else { 0 };
    let starts: u32 = run_starts(word, word_before);
    if starts != 0 {
        let word_after = if has_right { words.get(i + 1) } else { 0 };
        let has_above = at.y() > 0;
        let up = if has_above { i - at.extent_x() } else { i };
        let above = if has_above { words.get(up) } else { 0 };
        let above_before = if has_above & has_left { words.get(up - (if has_left { 1usize } else { 0 })) } else { 0 };
        let above_after = if has_above & has_right { words.get(up + (if has_right { 1usize } else { 0 })) } else { 0 };
        let above_starts: u32 = run_starts(above, above_before);
        let above_first = firsts.get(up);
        let (beside, left, right): (u32, u32, u32) = contacts(
            word,
            (word << 1u32) | (word_before >> 31u32),
            (word >> 1u32) | (word_after << 31u32),
            above,
            (above << 1u32) | (above_before >> 31u32),
            (above >> 1u32) | (above_after << 31u32),
        );
        let touching = if corners { beside | left | right } else { beside };
        let mut run = firsts.get(i);
        let mut rest = starts;
        while rest != 0 {
            let start = rest & 0u32.wrapping_sub(rest);
            rest ^= start;
            let found = touching & word & !word.wrapping_add(start);
            let mut parent = run;
            if found != 0 {
                let bit = found.trailing_zeros();
                let side = if (beside >> bit) & 1 != 0 {
                    1u32
                } else if (left >> bit) & 1 != 0 {
                    0
                } else {
                    2
                };
                parent = run_of(above_first, above_starts, bit + side);
            }
            parents.store(run as usize, parent);
            run += 1;
        }
    }
}

/// Joins the runs of each word with those that they touch in the rows before it, `(y - 1, z)`, `(y, z - 1)` and, with corners,
/// `(y - 1, z - 1)` and `(y + 1, z - 1)`, as far as that does not follow from other joins.
///
/// Rows above are always joined (unless `runs_link` did it). Two voxels behind each other need not be where the two
/// above them are set too: those are joined, by the same rule or because the rule does not apply, and each row is
/// joined with the one above it. Voxels that touch over two steps need not be joined where a voxel between them is set.
#[gpu_op(grid)]
pub fn runs_join(at: Item, words: Read<u32>, firsts: Read<u32>, parents: Global<u32>, corners: bool) {
    let i = at.index();
    let word = words.get(i);
    if word != 0 {
        let has_left = at.x() > 0;
        let has_right = at.x() + 1 < at.extent_x();
        let has_above = at.y() > 0;
        let has_below = at.y() + 1 < at.extent_y();
        let has_behind = at.z() > 0;
        let step_left = if has_left { 1usize } else { 0 };
        let step_right = if has_right { 1usize } else { 0 };
        let row = at.extent_x();
        let plane = at.extent_x() * at.extent_y();
        let behind = if has_behind { i - plane } else { i };
        let up = if has_above { row } else { 0 };
        let down = if has_below { row } else { 0 };
        // This word, the one above, the one behind, above that, below that, and the one below; with their neighbours in the row.
        let at_above = i - up;
        let at_below = i + down;
        let at_behind_above = behind - up;
        let at_behind_below = behind + down;
        let before = if has_left { words.get(i - step_left) } else { 0 };
        let after = if has_right { words.get(i + step_right) } else { 0 };
        let above = if has_above { words.get(at_above) } else { 0 };
        let above_before = if has_above & has_left { words.get(at_above - step_left) } else { 0 };
        let above_after = if has_above & has_right { words.get(at_above + step_right) } else { 0 };
        let left = (word << 1u32) | (before >> 31u32);
        let right = (word >> 1u32) | (after << 31u32);
        let above_left = (above << 1u32) | (above_before >> 31u32);
        let above_right = (above >> 1u32) | (above_after << 31u32);
        let starts: u32 = run_starts(word, before);
        let first = firsts.get(i);
        // For each of the four rows the contacts beside, to the left and to the right.
        let mut masks = [0u32; 12];
        let (beside_0, left_0, right_0): (u32, u32, u32) = contacts(word, left, right, above, above_left, above_right);
        let touching = if corners { beside_0 | left_0 | right_0 } else { beside_0 };
        let linked: u32 = first_contacts(word, starts, touching);
        masks[0] = beside_0 & !linked;
        if corners {
            masks[1] = left_0 & !linked;
            masks[2] = right_0 & !(linked & !left_0);
        }
        if has_behind {
            let back = words.get(behind);
            let back_before = if has_left { words.get(behind - step_left) } else { 0 };
            let back_after = if has_right { words.get(behind + step_right) } else { 0 };
            let back_left = (back << 1u32) | (back_before >> 31u32);
            let back_right = (back >> 1u32) | (back_after << 31u32);
            let other = if has_above { words.get(at_behind_above) } else { 0 };
            let other_before = if has_above & has_left { words.get(at_behind_above - step_left) } else { 0 };
            let other_after = if has_above & has_right { words.get(at_behind_above + step_right) } else { 0 };
            let other_left = (other << 1u32) | (other_before >> 31u32);
            let other_right = (other >> 1u32) | (other_after << 31u32);
            let both = above & other;
            let both_left = above_left & other_left;
            let both_right = above_right & other_right;
            let (beside_1, left_1, right_1): (u32, u32, u32) = contacts(word, left, right, back, back_left, back_right);
            let known = if corners { both | both_left | both_right } else { both };
            let overlap = word & back;
            let mut rest = beside_1;
            let mut needed = 0u32;
            while rest != 0 {
                let start = rest & 0u32.wrapping_sub(rest);
                rest ^= start;
                needed |= if overlap & !overlap.wrapping_add(start) & known == 0 { start } else { 0 };
            }
            masks[3] = needed;
            if corners {
                masks[4] = left_1 & !(both | both_left);
                masks[5] = right_1 & !(both | both_right);
                // What lies between this row and the one behind and above.
                let between = above | back;
                let between_left = above_left | back_left;
                let between_right = above_right | back_right;
                let (_, left_2, right_2): (u32, u32, u32) = contacts(word, left, right, other, other_left, other_right);
                let beside_2 = word & other & !(between | between_left | between_right);
                masks[6] = beside_2 & !(beside_2 << 1u32);
                masks[7] = left_2 & !(between | between_left);
                masks[8] = right_2 & !(between | between_right);
                if has_below {
                    let below = words.get(at_below);
                    let below_before = if has_left { words.get(at_below - step_left) } else { 0 };
                    let below_after = if has_right { words.get(at_below + step_right) } else { 0 };
                    let last = words.get(at_behind_below);
                    let last_before = if has_left { words.get(at_behind_below - step_left) } else { 0 };
                    let last_after = if has_right { words.get(at_behind_below + step_right) } else { 0 };
                    let last_left = (last << 1u32) | (last_before >> 31u32);
                    let last_right = (last >> 1u32) | (last_after << 31u32);
                    let among = below | back;
                    let among_left = (below << 1u32) | (below_before >> 31u32) | back_left;
                    let among_right = (below >> 1u32) | (below_after << 31u32) | back_right;
                    let (_, left_3, right_3): (u32, u32, u32) =
                        contacts(word, left, right, last, last_left, last_right);
                    let beside_3 = word & last & !(among | among_left | among_right);
                    masks[9] = beside_3 & !(beside_3 << 1u32);
                    masks[10] = left_3 & !(among | among_left);
                    masks[11] = right_3 & !(among | among_right);
                }
            }
        }
        for k in 0..12usize {
            let mut rest = masks[k];
            if rest != 0 {
                let number = k / 3;
                let other = if number == 0 {
                    at_above
                } else if number == 1 {
                    behind
                } else if number == 2 {
                    at_behind_above
                } else {
                    at_behind_below
                };
                let other_before = if has_left { words.get(other - step_left) } else { 0 };
                let other_starts: u32 = run_starts(words.get(other), other_before);
                let other_first = firsts.get(other);
                // Bits up to the voxel of the other row: beside, to the left, to the right.
                let side = k % 3;
                let reach = if side == 0 {
                    1u32
                } else if side == 1 {
                    0
                } else {
                    2
                };
                while rest != 0 {
                    let bit = rest.trailing_zeros();
                    rest = rest & (rest - 1);
                    let mut a: u32 = run_of(first, starts, bit + 1);
                    let mut b: u32 = run_of(other_first, other_starts, bit + reach);
                    while a != b {
                        // Each step points a run at its grandparent: an ancestor stays one, whatever others do meanwhile.
                        let mut parent = parents.peek(a as usize);
                        while parent != a {
                            let ancestor = parents.peek(parent as usize);
                            if ancestor != parent {
                                parents.store(a as usize, ancestor);
                            }
                            a = parent;
                            parent = ancestor;
                        }
                        parent = parents.peek(b as usize);
                        while parent != b {
                            let ancestor = parents.peek(parent as usize);
                            if ancestor != parent {
                                parents.store(b as usize, ancestor);
                            }
                            b = parent;
                            parent = ancestor;
                        }
                        if a < b {
                            (a, b) = (b, a);
                        }
                        if a != b {
                            // A root is lowered; whoever was overtaken goes on with what stood there.
                            let found = parents.fetch_min(a as usize, b);
                            if found == a {
                                break;
                            }
                            a = found;
                        }
                    }
                }
            }
        }
    }
}

/// The root of each run, and how many roots start in each word. Parents are read only, so that caches may hold them: many
/// paths end at one root.
#[gpu_op(grid)]
pub fn runs_flatten(at: Item, firsts: Read<u32>, parents: Read<u32>, roots: Write<u32>, counts: Write<u32>) {
    let i = at.index();
    let mut count = 0u32;
    for run in firsts.get(i)..firsts.get(i + 1) {
        let mut root = run;
        let mut parent = parents.get(run as usize);
        count += if parent == run { 1 } else { 0 };
        while parent != root {
            root = parent;
            parent = parents.get(root as usize);
        }
        roots.store(run as usize, root);
    }
    counts.store(i, count);
}

/// Numbers the roots in the order of the runs, given how many start before each word, and says how many there are.
#[gpu_op(grid)]
pub fn runs_number(
    at: Item,
    firsts: Read<u32>,
    before: Read<u32>,
    roots: Read<u32>,
    numbers: Write<u32>,
    count: Write<u32>,
    len: u32,
) {
    let i = at.index();
    let mut number = before.get(i);
    let last = i + 1 == len as usize;
    // Few words have a root.
    if last || before.get(if last { i } else { i + 1 }) != number {
        for run in firsts.get(i)..firsts.get(i + 1) {
            if roots.get(run as usize) == run {
                number += 1;
                numbers.store(run as usize, number);
            }
        }
    }
    if last {
        count.store(0, number);
    }
}

/// The number of all runs of a word: that of their root if they have one in common, `u32::MAX` if they have several, 0 where
/// there is none.
#[gpu_op(grid)]
pub fn runs_common(
    at: Item,
    words: Read<u32>,
    firsts: Read<u32>,
    roots: Read<u32>,
    numbers: Read<u32>,
    common: Write<u32>,
) {
    let i = at.index();
    let word = words.get(i);
    let mut all = 0u32;
    if word != 0 {
        // Beginning with the run that comes from the word before.
        let goes_on = at.x() > 0 && word & 1 != 0 && words.get(i - 1) >> 31u32 != 0;
        let first = firsts.get(i) - (if goes_on { 1u32 } else { 0 });
        let root = roots.get(first as usize);
        let mut differ = 0u32;
        for run in first + 1..firsts.get(i + 1) {
            differ |= roots.get(run as usize) ^ root;
        }
        all = if differ == 0 { numbers.get(root as usize) } else { u32::MAX };
    }
    common.store(i, all);
}

/// Gives every voxel the number of its run's root, and 0 where there is none. An item has a column of eight rows, so that their
/// reads overlap.
#[gpu_op(grid)]
pub fn runs_paint(
    at: Item,
    words: Read<u32>,
    common: Read<u32>,
    firsts: Read<u32>,
    roots: Read<u32>,
    numbers: Read<u32>,
    labels: Write<u32>,
    per_row: u32,
    rows: u32,
) {
    let column = at.x() / 32;
    let bit = at.x() as u32 & 31;
    let begin = 8 * at.y();
    let first = begin * per_row as usize + column;
    let result = begin * at.extent_x() + at.x();
    let whole = begin + 8 <= rows as usize;
    let mut found = [0u32; 8];
    let mut largest = 0u32;
    if whole {
        for k in 0..8usize {
            found[k] = if (words.get(first + k * per_row as usize) >> bit) & 1 != 0 { u32::MAX } else { 0 };
            found[k] &= common.get(first + k * per_row as usize);
        }
    } else {
        for k in 0..8usize {
            if begin + k < rows as usize {
                found[k] = if (words.get(first + k * per_row as usize) >> bit) & 1 != 0 { u32::MAX } else { 0 };
                found[k] &= common.get(first + k * per_row as usize);
            }
        }
    }
    for k in 0..8usize {
        largest = largest.max(found[k]);
    }
    if largest == u32::MAX {
        for k in 0..8usize {
            if found[k] == u32::MAX {
                let i = first + k * per_row as usize;
                let before = if column > 0 { words.get(i - 1) } else { 0 };
                let starts: u32 = run_starts(words.get(i), before);
                let run: u32 = run_of(firsts.get(i), starts, bit + 1);
                found[k] = numbers.get(roots.get(run as usize) as usize);
            }
        }
    }
    if whole {
        for k in 0..8usize {
            labels.store(result + k * at.extent_x(), found[k]);
        }
    } else {
        for k in 0..8usize {
            if begin + k < rows as usize {
                labels.store(result + k * at.extent_x(), found[k]);
            }
        }
    }
}

/// A mask in words of 32 voxels along x.
pub(crate) struct Words {
    /// Index space of the words.
    pub(crate) domain: Domain,
    pub(crate) words: Buffer<u32>,
    pub(crate) per_row: u32,
}

/// Packs a mask, or, with `zeros`, where it is not set.
pub(crate) fn packed(context: &Context, mask: &AnyImage, zeros: bool) -> Result<Words> {
    packed_as(context, mask, Domain::of(mask), zeros)
}

/// The same where `voxels` says how the mask's voxels are arranged: planes may count as images.
pub(crate) fn packed_as(context: &Context, mask: &AnyImage, voxels: Domain, zeros: bool) -> Result<Words> {
    let Domain { batch, extent: [width, height, depth] } = voxels;
    let per_row = width.div_ceil(32);
    let domain = Domain { batch, extent: [per_row, height, depth] };
    let words = context.unset::<u32>(per_row * height * depth * batch)?;
    pack_words(context, domain, mask, &words, width as u32, zeros)?;
    Ok(Words { domain, words, per_row: per_row as u32 })
}

/// The runs of a mask.
pub(crate) struct Runs {
    /// Index space of the words.
    pub(crate) domain: Domain,
    pub(crate) words: Buffer<u32>,
    /// Number of the first run that starts in each word or after it.
    pub(crate) firsts: Buffer<u32>,
    pub(crate) per_row: u32,
    len: u32,
    /// How many runs there can be at most.
    pub(crate) most: usize,
}

impl Runs {
    /// The runs of a mask, or, with `zeros`, of where it is not set; `voxels` as for [`packed_as`].
    pub(crate) fn of(context: &Context, mask: &AnyImage, voxels: Domain, zeros: bool) -> Result<Runs> {
        let Domain { batch, extent: [width, height, depth] } = voxels;
        let rows = batch * height * depth;
        let most = rows * width.div_ceil(2);
        let too_large = || Error::Unsupported {
            operation: "connected_components".into(),
            problem: format!("the image has {} voxels, and labels are u32", mask.voxels()),
            remedy: "label parts of it".into(),
        };
        if most >= u32::MAX as usize {
            return Err(too_large());
        }
        // There is an element past the last word.
        let len = u32::try_from(rows * width.div_ceil(32)).ok().filter(|&len| len < u32::MAX).ok_or_else(too_large)?;
        let per_row = width.div_ceil(32);
        let domain = Domain { batch, extent: [per_row, height, depth] };
        let words = context.unset::<u32>(len as usize)?;
        let firsts = context.unset::<u32>(len as usize + 1)?;
        pack_runs(context, domain, mask, &words, &firsts, width as u32, len, zeros)?;
        exclusive_scan(context, &firsts, len + 1)?;
        let per_row = per_row as u32;
        Ok(Runs { domain, words, firsts, per_row, len, most })
    }

    /// The root of every run, and how many roots start in each word; `corners` connects all neighbours.
    pub(crate) fn roots(&self, context: &Context, corners: bool) -> Result<(Buffer<u32>, Buffer<u32>)> {
        let parents = context.unset::<u32>(self.most)?;
        runs_link(context, self.domain, &self.words, &self.firsts, &parents, corners)?;
        runs_join(context, self.domain, &self.words, &self.firsts, &parents, corners)?;
        let (roots, counts) = (context.unset::<u32>(self.most)?, context.unset::<u32>(self.len as usize)?);
        runs_flatten(context, self.domain, &self.firsts, &parents, &roots, &counts)?;
        Ok((roots, counts))
    }
}

/// Connected components: every connected set of non-zero voxels gets a label; labels are 1..n in the order of their first voxel.
///
/// `box` connects all 26 (2-D: 8) neighbours, `sphere` the 6 (4) direct ones. Images of a batch (t, c) are labelled
/// each for itself, with numbers that go on.
#[gpu_op(procedure, family = "labels", alias = "connected_component_labeling, connected_components_labeling, label")]
pub fn connected_components(
    context: &Context,
    mask: AnyImage,
    #[param(default = "box")] connectivity: Footprint,
) -> Result<Image<u32>> {
    Ok(components_of(context, &mask, connectivity)?.0)
}

/// The same, and how many there are.
pub(crate) fn components_of(
    context: &Context,
    mask: &AnyImage,
    connectivity: Footprint,
) -> Result<(Image<u32>, Buffer<u32>)> {
    let runs = Runs::of(context, mask, Domain::of(mask), false)?;
    let (roots, before) = runs.roots(context, connectivity == Footprint::Box)?;
    exclusive_scan(context, &before, runs.len)?;
    let Runs { domain, words, firsts, per_row, len, most } = runs;
    let (numbers, count) = (context.unset::<u32>(most)?, context.unset::<u32>(1)?);
    runs_number(context, domain, &firsts, &before, &roots, &numbers, &count, len)?;
    // What the roots were counted in has no more use.
    let common = before;
    runs_common(context, domain, &words, &firsts, &roots, &numbers, &common)?;
    let labels = context.unset_like::<u32>(mask)?;
    let Domain { batch, extent: [width, height, depth] } = Domain::of(mask);
    let rows = batch * height * depth;
    let columns = Domain { batch: 1, extent: [width, rows.div_ceil(8), 1] };
    runs_paint(context, columns, &words, &common, &firsts, &roots, &numbers, &labels, per_row, rows as u32)?;
    Ok((labels, count))
}

family! {
    operations: [connected_components],
    kernels: [
        pack_words, pack_runs, runs_link, runs_join, runs_flatten, runs_number, runs_common, runs_paint,
    ],
}
