//! Exact sums and extremes per label, in one pass.
//!
//! Every sum is an exact integer that grows by atomic additions, and every extreme an integer maximum, so that nothing
//! depends on the order in which voxels are met: neither on the device nor on how an image is divided among work-items.
//!
//! Intensities are f32 and summed as fixed-point numbers with 32-bit words: an f32 of biased exponent `e` is `mantissa
//! << (e + 17)` in units of 2⁻¹⁶⁷. The word where it begins is its *bin*: 2⁻¹⁶ ≤ |v| < 2¹⁶, which is what images mostly
//! hold, is one. Voxels of one bin are added in registers. In its bin a magnitude has 55 bits and a square 110, so that
//! sums of 2³² voxels have 88 with the sign, and 142: 3 and 5 words at most, from the bin on.
//!
//! Work-items here have a segment of a row or a column each, as suits processors and devices without groups; on others
//! groups do the same ([`crate::sums_in_groups`]).
//!
//! Floors, per voxel of u32 labels and an f32 image: 8 bytes are read; a labelled voxel takes about 40 instructions,
//! the rest 5. Atomic additions are made once for each label in a segment, and by slots not all in the same place. Those of
//! a label are on their way at the same time, and then those of their carries, so that it costs three waits for memory.

use kernwerk_runtime::lang::to_bits;

use crate::catalogue::family;
use crate::prelude::*;

/// Words of a label before its sums of intensities: the largest x, y, z, the complements of the smallest, the order key
/// of the largest intensity, the complement of that of the smallest, the number of voxels, and the sums of x, y and z
/// in two words each.
pub(crate) const HEAD: usize = 15;

/// A number whose unsigned order is the sort order of f32.
#[gpu_fn]
pub fn order_key(bits: u32) -> u32 {
    if bits >> 31u32 != 0 { !bits } else { bits | 0x8000_0000 }
}

/// Adds what each segment of an image holds of each label to the label's words: `HEAD`, then `bins + 2` words of the
/// sum of intensities, in two's complement, then `2 * bins + 3` of the sum of their squares. There is a list of
/// `entries` labels for each of `slots` slots, a power of two; labels that it has no room for are not added, and the
/// largest of all labels tells: that is the first number of `seen`. The others say which bins there are: how many up to
/// the last, and how many from the first.
///
/// An item has `segment` (at most 2¹⁵) voxels in a row, or, with `along_y`, in a column. It adds up the voxels of a
/// label, also across background, until another label follows. A square is that of two parts of 28 bits, whose products
/// are below 2⁵⁶: what exceeds that is moved up after 64 of them. 255 magnitudes of 55 bits fit into an i64.
#[gpu_op(grid)]
pub fn label_sums(
    at: Item,
    labels: Read<u32>,
    intensity: Read<f32>,
    sums: Global<u32>,
    seen: Global<u32>,
    width: u32,
    height: u32,
    segment: u32,
    along_y: bool,
    first_bin: u32,
    bins: u32,
    entries: u32,
    slots: u32,
) {
    let x = if along_y { at.x() } else { at.x() * segment as usize };
    let y = if along_y { at.y() * segment as usize } else { at.y() };
    let rest = if along_y { height as usize - y } else { width as usize - x };
    let count = rest.min(segment as usize);
    let step = if along_y { width as usize } else { 1 };
    let first = ((at.n() * at.extent_z() + at.z()) * height as usize + y) * width as usize + x;
    let slot = (at.x() + at.y() + at.z()) as u32 & (slots - 1);
    // Four labels at a time, and the next four while these are worked on; intensities where there is a label.
    let mut next_0 = labels.get(first);
    let mut next_1 = if count > 1 { labels.get(first + step) } else { 0 };
    let mut next_2 = if count > 2 { labels.get(first + 2 * step) } else { 0 };
    let mut next_3 = if count > 3 { labels.get(first + 3 * step) } else { 0 };
    let mut current = 0u32;
    let mut voxels = 0u32;
    let mut offsets = 0u32;
    let mut lowest = 0u32;
    let mut highest = 0u32;
    let mut smallest = u32::MAX;
    let mut largest = 0u32;
    let mut bin = first_bin;
    let mut sum = 0i64;
    let mut high_squares = 0i64;
    let mut products = 0i64;
    let mut low_squares = 0i64;
    // Voxels since these were 0.
    let mut added = 0u32;
    let mut start = 0usize;
    while start < count + 4 {
        let (label_0, label_1, label_2, label_3) = (next_0, next_1, next_2, next_3);
        let here = first + start * step;
        next_0 = if start + 4 < count { labels.get(here + 4 * step) } else { 0 };
        next_1 = if start + 5 < count { labels.get(here + 5 * step) } else { 0 };
        next_2 = if start + 6 < count { labels.get(here + 6 * step) } else { 0 };
        next_3 = if start + 7 < count { labels.get(here + 7 * step) } else { 0 };
        // One round beyond the end, for what is left to be added.
        let last = start >= count;
        let any = label_0 | label_1 | label_2 | label_3;
        let value_0 = if label_0 != 0 { intensity.get(here) } else { 0.0 };
        let value_1 = if label_1 != 0 { intensity.get(here + step) } else { 0.0 };
        let value_2 = if label_2 != 0 { intensity.get(here + 2 * step) } else { 0.0 };
        let value_3 = if label_3 != 0 { intensity.get(here + 3 * step) } else { 0.0 };
        let mut k = start as u32;
        let mut turn = if last {
            3u32
        } else if any != 0 {
            0
        } else {
            4
        };
        while turn < 4 {
            let label = if turn == 0 {
                label_0
            } else if turn == 1 {
                label_1
            } else if turn == 2 {
                label_2
            } else {
                label_3
            };
            let value = if turn == 0 {
                value_0
            } else if turn == 1 {
                value_1
            } else if turn == 2 {
                value_2
            } else {
                value_3
            };
            let bits: u32 = to_bits(value);
            let exponent = (bits >> 23u32) & 255;
            let finite = exponent != 255;
            let hidden = if exponent != 0 { 0x80_0000u32 } else { 0 };
            let mantissa = if finite { (bits & 0x7f_ffff) | hidden } else { 0 };
            let place = exponent + (if exponent != 0 { 17u32 } else { 18 });
            let counts = label != 0 && mantissa != 0;
            let turns = label != current && label != 0;
            if current != 0 && (last || turns || (counts && (place >> 5u32 != bin || added >= 255))) {
                if seen.peek(0) < current {
                    seen.fetch_max(0, current);
                }
                if current < entries {
                    let entry = (slot as usize * entries as usize + current as usize) * (20 + 3 * bins as usize);
                    let ends = last || turns;
                    if ends {
                        let low_x = x as u32 + (if along_y { 0 } else { lowest });
                        let low_y = y as u32 + (if along_y { lowest } else { 0 });
                        let high_x = x as u32 + (if along_y { 0 } else { highest });
                        let high_y = y as u32 + (if along_y { highest } else { 0 });
                        let z = at.z() as u32;
                        let extremes = [high_x, high_y, z, !low_x, !low_y, !z, largest, !smallest];
                        let mut present = [0u32; 8];
                        for j in 0..8usize {
                            present[j] = sums.peek(entry + j);
                        }
                        for j in 0..8usize {
                            if present[j] < extremes[j] {
                                sums.fetch_max(entry + j, extremes[j]);
                            }
                        }
                    }
                    // The squares, from 2⁵⁶ · high_squares + 2²⁹ · products + low_squares.
                    let part_0 = (low_squares as u32) as i64 + ((products & 7) << 29u32);
                    let part_1 = (low_squares >> 32u32)
                        + ((products >> 3u32) as u32) as i64
                        + ((high_squares & 255) << 24u32)
                        + (part_0 >> 32u32);
                    let part_2 = (products >> 35u32) + ((high_squares >> 8u32) as u32) as i64 + (part_1 >> 32u32);
                    let part_3 = (high_squares >> 40u32) + (part_2 >> 32u32);
                    // A negative sum goes another way.
                    let whole = if sum < 0 { 0i64 } else { sum };
                    let parts = [
                        whole as u32,
                        (whole >> 32u32) as u32,
                        part_0 as u32,
                        part_1 as u32,
                        part_2 as u32,
                        part_3 as u32,
                    ];
                    let of_sum = entry + 15 + (bin - first_bin) as usize;
                    let of_squares = entry + 17 + (bins + 2 * (bin - first_bin)) as usize;
                    let beyond_sum = entry + 17 + bins as usize;
                    let beyond_squares = entry + 20 + 3 * bins as usize;
                    let targets = [of_sum, of_sum + 1, of_squares, of_squares + 1, of_squares + 2, of_squares + 3];
                    if parts[2] | parts[3] | parts[4] | parts[5] != 0 {
                        if seen.peek(1) < bin - first_bin + 1 {
                            seen.fetch_max(1, bin - first_bin + 1);
                        }
                        if seen.peek(2) < first_bin + bins - bin {
                            seen.fetch_max(2, first_bin + bins - bin);
                        }
                    }
                    // All words are added before any carry is asked for, so that one wait serves all of them.
                    let mut before = [0u32; 6];
                    for j in 0..6usize {
                        if parts[j] != 0 {
                            let found = sums.fetch_add(targets[j], parts[j]);
                            before[j] = found;
                        }
                    }
                    if ends {
                        let z = at.z() as u32;
                        let times = voxels as i64;
                        let sum_x = (x as u32) as i64 * times + (if along_y { 0 } else { offsets }) as i64;
                        let sum_y = (y as u32) as i64 * times + (if along_y { offsets } else { 0 }) as i64;
                        let sum_z = z as i64 * times;
                        let before_x = sums.fetch_add(entry + 9, sum_x as u32);
                        let before_y = sums.fetch_add(entry + 11, sum_y as u32);
                        let before_z = sums.fetch_add(entry + 13, sum_z as u32);
                        sums.fetch_add(entry + 8, voxels);
                        let carry_x = if before_x > u32::MAX - sum_x as u32 { 1u32 } else { 0 };
                        let carry_y = if before_y > u32::MAX - sum_y as u32 { 1u32 } else { 0 };
                        let carry_z = if before_z > u32::MAX - sum_z as u32 { 1u32 } else { 0 };
                        let above = [
                            (sum_x >> 32u32) as u32 + carry_x,
                            (sum_y >> 32u32) as u32 + carry_y,
                            (sum_z >> 32u32) as u32 + carry_z,
                        ];
                        for axis in 0..3usize {
                            if above[axis] != 0 {
                                sums.fetch_add(entry + 10 + 2 * axis, above[axis]);
                            }
                        }
                    }
                    let mut next = [0u32; 6];
                    for j in 0..6usize {
                        if before[j] > u32::MAX - parts[j] {
                            let found = sums.fetch_add(targets[j] + 1, 1);
                            next[j] = found;
                        }
                    }
                    // A carry that goes on is rare.
                    for j in 0..6usize {
                        let beyond = if j < 2 { beyond_sum } else { beyond_squares };
                        let mut word = targets[j] + 2;
                        let mut carries = next[j] == u32::MAX && word < beyond;
                        while carries {
                            let found = sums.fetch_add(word, 1);
                            word += 1;
                            carries = found == u32::MAX && word < beyond;
                        }
                    }
                    if sum < 0 {
                        let mut word = of_sum;
                        let mut part = sum as u32;
                        let mut carry = 0u32;
                        // A carry into a word of ones leaves nothing to add, and goes on.
                        while word < beyond_sum && (word < of_sum + 2 || part.wrapping_add(carry) != 0) {
                            let addend = part.wrapping_add(carry);
                            if addend != 0 {
                                let found = sums.fetch_add(word, addend);
                                carry = if found > u32::MAX - addend { 1 } else { 0 };
                            }
                            word += 1;
                            part = if word == of_sum + 1 { (sum >> 32u32) as u32 } else { u32::MAX };
                        }
                    }
                }
                sum = 0;
                added = 0;
                high_squares = 0;
                products = 0;
                low_squares = 0;
                if last || turns {
                    voxels = 0;
                    offsets = 0;
                    smallest = u32::MAX;
                    largest = 0;
                }
            }
            if label != 0 {
                lowest = if voxels == 0 { k } else { lowest };
                highest = k;
                current = label;
                voxels += 1;
                added += 1;
                offsets += k;
                let key: u32 = order_key(bits);
                smallest = smallest.min(key);
                largest = largest.max(key);
                bin = if counts { place >> 5u32 } else { bin };
                let magnitude = (mantissa as i64) << (place & 31);
                sum += if bits >> 31u32 != 0 { -magnitude } else { magnitude };
                let low = magnitude & 0xfff_ffff;
                let high = magnitude >> 28u32;
                high_squares += high * high;
                products += high * low;
                low_squares += low * low;
                if added & 63 == 0 {
                    // Back below 2⁵⁶ and 2²⁷, the rest into the squares of high parts.
                    high_squares += (products >> 27u32) + (low_squares >> 56u32);
                    products &= 0x7ff_ffff;
                    low_squares &= 0xff_ffff_ffff_ffff;
                }
            }
            k += 1;
            turn += 1;
        }
        start += 4;
    }
}

/// Adds up the slots of each word, `stride` words apart, or takes the largest of an extreme; what exceeds 32 bits goes
/// to `carries`.
#[gpu_op(grid)]
pub fn label_slots(
    at: Item,
    sums: Read<u32>,
    totals: Write<u32>,
    carries: Write<u32>,
    words: u32,
    slots: u32,
    stride: u32,
) {
    let i = at.x();
    let extreme = i % (words as usize) < 8;
    let mut total = 0i64;
    let mut largest = 0u32;
    for slot in 0..slots {
        let word = sums.get(slot as usize * stride as usize + i);
        total += word as i64;
        largest = largest.max(word);
    }
    totals.store(i, if extreme { largest } else { total as u32 });
    carries.store(i, if extreme { 0 } else { (total >> 32u32) as u32 });
}

/// Adds the carries to the next words of each number of a label. Of the words for intensities those of `used` bins are
/// kept, from the bin `low` on; there is nothing in the others.
#[gpu_op(grid)]
pub fn label_carries(
    at: Item,
    totals: Read<u32>,
    carries: Read<u32>,
    merged: Write<u32>,
    bins: u32,
    low: u32,
    used: u32,
) {
    let words = 20 + 3 * bins as usize;
    let kept = 20 + 3 * used as usize;
    let squares = 17 + used as usize;
    let mut carry = 0i64;
    for k in 0..kept {
        // Numbers begin at the first word of each sum.
        let begins = k <= 9 || k == 11 || k == 13 || k == 15 || k == squares;
        let mut from = k;
        if k >= squares {
            from = k - squares + (17 + bins + 2 * low) as usize;
        } else if k >= 15 {
            from = k + low as usize;
        }
        let i = at.x() * words + from;
        let total = totals.get(i) as i64 + (if begins { 0 } else { carry });
        merged.store(at.x() * kept + k, total as u32);
        carry = (total >> 32u32) + carries.get(i) as i64;
    }
}

family! {
    operations: [],
    kernels: [label_sums, label_slots, label_carries],
}
