//! Exact sums and extremes per label by groups of lanes: what [`crate::sums_of_labels`] computes, for GPUs.
//!
//! Input, output and invariant are the same: integers that are added in any order. A group has 32 columns side by side
//! and eight parts of each, one for a lane. A lane takes eight voxels of its column at a time, and of these all that
//! have one label, which is mostly all that have any: where these lie in six binary orders, which is common too, they
//! are fixed-point numbers of 29 bits, their sum is one of 32 bits and that of their squares one of 61, so that only
//! the two sums are moved to their places among the words. What a lane has at the end goes to shared memory, and there
//! a lane of each 32 adds up one word of all of them: neighbours mostly have the same label, so that a label that fills
//! an image costs few atomic additions.
//!
//! Floors, per voxel of u32 labels and an f32 image: 8 bytes are read; some 25 instructions.

use kernwerk_runtime::lang::to_bits;

use crate::catalogue::family;
use crate::prelude::*;
use crate::sums_of_labels::order_key;

/// The longest segment: 128 magnitudes of 55 bits fit into an i64, also when its upper half is added up as an i32.
pub(crate) const LONGEST_SEGMENT: u32 = 128;

/// Adds what an image holds of each label to the label's words, as [`label_sums`](crate::label_sums()) does; a lane has
/// `segment` voxels of a column, at most `LONGEST_SEGMENT`.
///
/// Of shared memory, 256 lanes have 23 words each, 257 apart, so that neither 32 lanes nor 32 words meet in a bank.
#[gpu_op(grid)]
pub fn label_sums_in_groups(
    at: Lane<256>,
    labels: Read<u32>,
    intensity: Read<f32>,
    sums: Global<u32>,
    seen: Global<u32>,
    held: Shared<u32, 5911>,
    width: u32,
    height: u32,
    segment: u32,
    first_bin: u32,
    bins: u32,
    entries: u32,
    slots: u32,
) {
    let slot = (at.x() + at.y() + at.z()) as u32 & (slots - 1);
    let list = slot as usize * entries as usize;
    let words = 20 + 3 * bins as usize;
    {
        let x = 32 * at.x() + at.lane() % 32;
        let y = (8 * at.y() + at.lane() / 32) * segment as usize;
        let z = at.z() as u32;
        let own = at.lane();
        let step = width as usize;
        let rest = if x < step && y < height as usize { height as usize - y } else { 0 };
        let count = rest.min(segment as usize);
        let first = ((at.n() * at.extent_z() + at.z()) * height as usize + y) * step + x;
        for word in 0..23usize {
            held.store(257 * word + own, 0);
        }
        let mut current = 0u32;
        let mut bin = first_bin;
        let mut start = 0usize;
        while start < count {
            let here = first + start * step;
            let mut names = [0u32; 8];
            // A condition for each would have its own reads of what the addresses are made of.
            let whole = start + 8 <= count;
            if whole {
                for k in 0..8usize {
                    names[k] = labels.get(here + k * step);
                }
            } else {
                for k in 0..8usize {
                    if start + k < count {
                        names[k] = labels.get(here + k * step);
                    }
                }
            }
            let mut label = 0u32;
            for k in 0..8usize {
                label = label.max(names[k]);
            }
            let mut values = [0u32; 8];
            if label != 0 {
                if whole {
                    for k in 0..8usize {
                        values[k] = to_bits(intensity.get(here + k * step));
                    }
                } else {
                    for k in 0..8usize {
                        if names[k] != 0 {
                            values[k] = to_bits(intensity.get(here + k * step));
                        }
                    }
                }
            }
            // Those of one label after the other, beginning with the label of those before.
            while label != 0 {
                let mut goes_on = false;
                for k in 0..8usize {
                    goes_on = goes_on || names[k] == current;
                }
                label = if goes_on && current != 0 { current } else { label };
                let mut members = 0u32;
                let mut left = 0u32;
                let mut bits = [0u32; 8];
                let mut least = u32::MAX;
                let mut most = 0u32;
                for k in 0..8usize {
                    let is = names[k] == label;
                    members |= (if is { 1u32 } else { 0 }) << k as u32;
                    bits[k] = if is { values[k] } else { 0 };
                    least = least.min(if is { values[k] } else { u32::MAX });
                    most = most.max(bits[k]);
                    names[k] = if is { 0 } else { names[k] };
                    left = left.max(names[k]);
                }
                // The order of bits is that of numbers where none is negative.
                let mut smallest = least | 0x8000_0000;
                let mut largest = most | 0x8000_0000;
                let mut signs = 0u32;
                if most >> 31u32 != 0 {
                    smallest = u32::MAX;
                    largest = 0;
                    most = 0;
                    least = 0;
                    for k in 0..8usize {
                        let key: u32 = order_key(bits[k]);
                        let is = (members >> k as u32) & 1 != 0;
                        smallest = smallest.min(if is { key } else { u32::MAX });
                        largest = largest.max(if is { key } else { 0 });
                        signs |= (bits[k] >> 31u32) << k as u32;
                        bits[k] = bits[k] & 0x7fff_ffff;
                        most = most.max(bits[k]);
                    }
                }
                if least == 0 {
                    // The least of those that are not 0, if there are any.
                    least = u32::MAX;
                    for k in 0..8usize {
                        least = least.min(bits[k].wrapping_sub(1));
                    }
                    least = least.wrapping_add(1);
                }
                let exponent = least >> 23u32;
                let top = most >> 23u32;
                let same_bin = (exponent + 17) >> 5u32 == (top + 17) >> 5u32;
                let together = exponent > 0 && top < exponent + 6 && top < 255 && same_bin;
                // All at once, or one by one.
                let mut rounds = if together || most == 0 { 1u32 } else { 8 };
                while rounds > 0 {
                    rounds -= 1;
                    let mut total = 0i64;
                    let mut square = 0i64;
                    let mut place = exponent + 17;
                    if together {
                        let mut whole = 0u32;
                        for k in 0..8usize {
                            let mantissa = (bits[k] & 0x7f_ffff) | 0x80_0000;
                            let number = if bits[k] != 0 { mantissa << ((bits[k] >> 23u32) - exponent) } else { 0 };
                            whole += number;
                            square += number as i64 * number as i64;
                            bits[k] = number;
                        }
                        total = whole as i64;
                        if signs != 0 {
                            for k in 0..8usize {
                                total -= if (signs >> k as u32) & 1 != 0 { 2 * bits[k] as i64 } else { 0 };
                            }
                        }
                    } else if most != 0 {
                        let its = bits[0] >> 23u32;
                        let hidden = if its != 0 { 0x80_0000u32 } else { 0 };
                        let mantissa = if its != 255 { (bits[0] & 0x7f_ffff) | hidden } else { 0 };
                        place = its + (if its != 0 { 17u32 } else { 18 });
                        total = if signs & 1 != 0 { -(mantissa as i64) } else { mantissa as i64 };
                        square = mantissa as i64 * mantissa as i64;
                        signs = signs >> 1u32;
                        for k in 0..7usize {
                            bits[k] = bits[k + 1];
                        }
                    }
                    let turns = label != current;
                    if current != 0 && (turns || (square != 0 && place >> 5u32 != bin)) {
                        if seen.peek(0) < current {
                            seen.fetch_max(0, current);
                        }
                        let entry = (list + current as usize) * words;
                        let known = current < entries;
                        if turns {
                            let mut extremes = [x as u32, held.get(257 * 3 + own), z, !(x as u32), 0, !z, 0, 0];
                            extremes[4] = held.get(257 * 6 + own);
                            extremes[6] = held.get(257 * 8 + own);
                            extremes[7] = held.get(257 * 9 + own);
                            let voxels = held.get(257 * 10 + own);
                            let along = [
                                (x as u32) as i64 * voxels as i64,
                                (y as u32) as i64 * voxels as i64 + held.get(257 * 13 + own) as i64,
                                z as i64 * voxels as i64,
                            ];
                            if known {
                                let mut before = [0u32; 8];
                                for j in 0..8usize {
                                    before[j] = sums.peek(entry + j);
                                }
                                for j in 0..8usize {
                                    if before[j] < extremes[j] {
                                        sums.fetch_max(entry + j, extremes[j]);
                                    }
                                }
                                sums.fetch_add(entry + 8, voxels);
                                let mut found = [0u32; 3];
                                for j in 0..3usize {
                                    let value = sums.fetch_add(entry + 9 + 2 * j, along[j] as u32);
                                    found[j] = value;
                                }
                                for j in 0..3usize {
                                    let carries = found[j] > u32::MAX - along[j] as u32;
                                    let above = (along[j] >> 32u32) as u32 + (if carries { 1u32 } else { 0 });
                                    if above != 0 {
                                        sums.fetch_add(entry + 10 + 2 * j, above);
                                    }
                                }
                            }
                            for word in 3..14usize {
                                held.store(257 * word + own, 0);
                            }
                        }
                        let of_bin = (bin - first_bin) as usize;
                        let upper = (held.get(257 * 18 + own) as i64) << 32u32;
                        let mut sum = upper + held.get(257 * 17 + own) as i64;
                        let mut word = entry + 15 + of_bin;
                        // A negative sum has ones in all words above.
                        while known && sum != 0 && word < entry + 17 + bins as usize {
                            let part = sum as u32;
                            let mut carry = 0i64;
                            if part != 0 {
                                let found = sums.fetch_add(word, part);
                                carry = if found > u32::MAX - part { 1 } else { 0 };
                            }
                            sum = (sum >> 32u32) + carry;
                            word += 1;
                        }
                        let of_squares = entry + 17 + bins as usize + 2 * of_bin;
                        let mut parts = [0u32; 4];
                        let mut before = [0u32; 4];
                        for j in 0..4usize {
                            parts[j] = held.get(257 * (19 + j) + own);
                            if known && parts[j] != 0 {
                                let found = sums.fetch_add(of_squares + j, parts[j]);
                                before[j] = found;
                            }
                        }
                        if parts[0] | parts[1] | parts[2] | parts[3] != 0 {
                            if seen.peek(1) < bin - first_bin + 1 {
                                seen.fetch_max(1, bin - first_bin + 1);
                            }
                            if seen.peek(2) < first_bin + bins - bin {
                                seen.fetch_max(2, first_bin + bins - bin);
                            }
                        }
                        for j in 0..4usize {
                            let mut carries = before[j] > u32::MAX - parts[j];
                            let mut above = of_squares + j + 1;
                            while carries && above < entry + words {
                                let found = sums.fetch_add(above, 1);
                                carries = found == u32::MAX;
                                above += 1;
                            }
                        }
                        for word in 17..23usize {
                            held.store(257 * word + own, 0);
                        }
                    }
                    current = label;
                    if square != 0 {
                        bin = place >> 5u32;
                        let shift = place & 31;
                        let moved = (if total < 0 { -total } else { total }) << shift;
                        let upper = (held.get(257 * 18 + own) as i64) << 32u32;
                        let before = upper + held.get(257 * 17 + own) as i64;
                        let sum = if total < 0 { before - moved } else { before + moved };
                        held.store(257 * 17 + own, sum as u32);
                        held.store(257 * 18 + own, (sum >> 32u32) as u32);
                        let low = square << (2 * shift);
                        let high = if shift > 0 { square >> (64 - 2 * shift) } else { 0 };
                        let parts = [low as u32, (low >> 32u32) as u32, high as u32, (high >> 32u32) as u32];
                        let mut carry = 0i64;
                        for j in 0..3usize {
                            carry += held.get(257 * (19 + j) + own) as i64 + parts[j] as i64;
                            held.store(257 * (19 + j) + own, carry as u32);
                            carry = carry >> 32u32;
                        }
                        held.store(257 * 22 + own, held.get(257 * 22 + own) + parts[3] + carry as u32);
                    }
                }
                let from = start as u32;
                let voxels = members.count_ones();
                let offsets = from * voxels
                    + (members & 0xaa).count_ones()
                    + 2 * (members & 0xcc).count_ones()
                    + 4 * (members & 0xf0).count_ones();
                let last = y as u32 + from + 31 - members.leading_zeros();
                let begin = !(y as u32 + from + members.trailing_zeros());
                held.store(257 * 3 + own, held.get(257 * 3 + own).max(last));
                held.store(257 * 6 + own, held.get(257 * 6 + own).max(begin));
                held.store(257 * 8 + own, held.get(257 * 8 + own).max(largest));
                held.store(257 * 9 + own, held.get(257 * 9 + own).max(!smallest));
                held.store(257 * 10 + own, held.get(257 * 10 + own) + voxels);
                held.store(257 * 13 + own, held.get(257 * 13 + own) + offsets);
                label = left;
            }
            start += 8;
        }
        // The rest of the words of the last label.
        if current != 0 && seen.peek(0) < current {
            seen.fetch_max(0, current);
        }
        let mut squares = 0u32;
        for j in 0..4usize {
            squares |= held.get(257 * (19 + j) + own);
        }
        if squares != 0 {
            if seen.peek(1) < bin - first_bin + 1 {
                seen.fetch_max(1, bin - first_bin + 1);
            }
            if seen.peek(2) < first_bin + bins - bin {
                seen.fetch_max(2, first_bin + bins - bin);
            }
        }
        held.store(own, if current < entries { current } else { 0 });
        held.store(257 + own, bin);
        held.store(257 * 2 + own, x as u32);
        held.store(257 * 4 + own, z);
        held.store(257 * 5 + own, !(x as u32));
        held.store(257 * 7 + own, !z);
        let voxels = held.get(257 * 10 + own) as i64;
        let sum_x = (x as u32) as i64 * voxels;
        let sum_y = (y as u32) as i64 * voxels + held.get(257 * 13 + own) as i64;
        let sum_z = z as i64 * voxels;
        held.store(257 * 11 + own, sum_x as u32);
        held.store(257 * 12 + own, (sum_x >> 32u32) as u32);
        held.store(257 * 13 + own, sum_y as u32);
        held.store(257 * 14 + own, (sum_y >> 32u32) as u32);
        held.store(257 * 15 + own, sum_z as u32);
        held.store(257 * 16 + own, (sum_z >> 32u32) as u32);
    }
    {
        let word = at.lane() % 32;
        let lanes = 32 * (at.lane() / 32);
        if word < 21 {
            let mut current = 0u32;
            let mut bin = first_bin;
            let mut gathered = 0i64;
            let mut k = 0usize;
            while k < 33 {
                let last = k == 32;
                let lane = lanes + (if last { 31 } else { k });
                let label = if last { 0 } else { held.get(lane) };
                if label != 0 || last {
                    let its = held.get(257 + lane);
                    if current != 0 && (label != current || its != bin) {
                        let entry = (list + current as usize) * words;
                        if word < 8 {
                            let extreme = gathered as u32;
                            if sums.peek(entry + word) < extreme {
                                sums.fetch_max(entry + word, extreme);
                            }
                        } else {
                            let of_bin = (bin - first_bin) as usize;
                            let mut to = word;
                            let mut end = 9usize;
                            if word > 16 {
                                to = word + 2 * of_bin + bins as usize;
                                end = words;
                            } else if word > 14 {
                                to = word + of_bin;
                                end = 17 + bins as usize;
                            } else if word > 8 {
                                end = 11 + (word - 9) / 2 * 2;
                            }
                            while gathered != 0 && to < end {
                                let part = gathered as u32;
                                let mut carry = 0i64;
                                if part != 0 {
                                    let found = sums.fetch_add(entry + to, part);
                                    carry = if found > u32::MAX - part { 1 } else { 0 };
                                }
                                gathered = (gathered >> 32u32) + carry;
                                to += 1;
                            }
                        }
                        gathered = 0;
                    }
                    let part = held.get(257 * (2 + word) + lane);
                    // The upper half of the sum of intensities has its sign.
                    let addend = if word == 16 { (part as i32) as i64 } else { part as i64 };
                    gathered = if word < 8 { gathered.max(addend) } else { gathered + addend };
                    current = label;
                    bin = its;
                }
                k += 1;
            }
        }
    }
}

family! {
    operations: [],
    kernels: [label_sums_in_groups],
}
