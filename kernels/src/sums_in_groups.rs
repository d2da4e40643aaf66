//! Exact sums and extremes per label by groups of lanes: what [`crate::sums_of_labels`] computes, for GPUs.
//!
//! Input, output and invariant are the same: integers that are added in any order. A group has 32 columns side by side
//! and eight segments of each, one for a lane. A lane takes eight voxels of its column at a time, and of these all that
//! have one label, which is mostly all that have any: where these lie in six binary orders, which is common too, they
//! are fixed-point numbers of 29 bits, their sum is one of 32 bits and that of their squares one of 61, so that only
//! the two sums are moved to their places among the words.
//!
//! What a lane has of a label is a record of 23 words in shared memory, and it has two of them, for 32 voxels: then a lane
//! of each 32 adds up one word of all their records, and neighbours mostly have the same label, so that a label that fills
//! an image costs few atomic additions. What a third label needs room for is added by the lane itself.
//!
//! Floors, per voxel of u32 labels and an f32 image: 8 bytes are read; some 25 instructions for eight voxels of one
//! label, and more where records end.

use kernwerk_runtime::lang::to_bits;

use crate::catalogue::family;
use crate::prelude::*;
use crate::sums_of_labels::order_key;

/// The longest segment: 128 magnitudes of 55 bits fit into an i64, also when its upper half is added up as an i32.
pub(crate) const LONGEST_SEGMENT: u32 = 128;

/// Adds what an image holds of each label to the label's words, as [`label_sums`](crate::label_sums()) does; a lane has
/// `segment` voxels of a column, at most `LONGEST_SEGMENT`.
///
/// Of shared memory, 256 lanes have two records each, whose words lie 257 apart, so that neither 32 lanes nor 32 words meet
/// in a bank: the label, the bin of its intensities, and the words of `label_sums`, of the sums of intensities and
/// squares those from the bin on.
#[gpu_op(grid)]
pub fn label_sums_in_groups(
    at: Lane<256>,
    labels: Read<u32>,
    intensity: Read<f32>,
    sums: Global<u32>,
    seen: Global<u32>,
    held: Shared<u32, 11822>,
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
    // What a lane keeps: the label it is at, its bin from the first on, the largest label, and what `seen` tells of bins.
    let mut state = [0u32; 5];
    let mut part = 0u32;
    while part < segment {
        {
            let x = 32 * at.x() + at.lane() % 32;
            let y = (8 * at.y() + at.lane() / 32) * segment as usize;
            let z = at.z() as u32;
            let own = at.lane();
            let step = width as usize;
            let rest = if x < step && y < height as usize { height as usize - y } else { 0 };
            let count = rest.min((part + 32).min(segment) as usize);
            let first = ((at.n() * at.extent_z() + at.z()) * height as usize + y) * step + x;
            for word in 0..46usize {
                held.store(257 * word + own, 0);
            }
            let mut current = state[0];
            let mut bin = first_bin + state[1];
            let mut record = own;
            let mut start = part as usize;
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
                            bits[k] &= 0x7fff_ffff;
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
                            signs >>= 1u32;
                            for k in 0..7usize {
                                bits[k] = bits[k + 1];
                            }
                        }
                        let turns = label != current;
                        let holds = turns && held.get(257 * 10 + record) != 0;
                        if holds && record == own {
                            // The other record is free.
                            held.store(own, if current < entries { current } else { 0 });
                            held.store(257 + own, bin);
                            record = own + 5911;
                        } else if holds || (!turns && square != 0 && place >> 5u32 != bin) {
                            let entry = (list + current as usize) * words;
                            let known = current < entries;
                            if turns {
                                let mut extremes = [x as u32, held.get(257 * 3 + record), z, !(x as u32), 0, !z, 0, 0];
                                extremes[4] = held.get(257 * 6 + record);
                                extremes[6] = held.get(257 * 8 + record);
                                extremes[7] = held.get(257 * 9 + record);
                                let voxels = held.get(257 * 10 + record);
                                let along = [
                                    (x as u32) as i64 * voxels as i64,
                                    (y as u32) as i64 * voxels as i64 + held.get(257 * 13 + record) as i64,
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
                                    held.store(257 * word + record, 0);
                                }
                            }
                            let of_bin = (bin - first_bin) as usize;
                            let upper = (held.get(257 * 18 + record) as i64) << 32u32;
                            let mut sum = upper + held.get(257 * 17 + record) as i64;
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
                                parts[j] = held.get(257 * (19 + j) + record);
                                if known && parts[j] != 0 {
                                    let found = sums.fetch_add(of_squares + j, parts[j]);
                                    before[j] = found;
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
                                held.store(257 * word + record, 0);
                            }
                        }
                        current = label;
                        state[2] = state[2].max(label);
                        if square != 0 {
                            bin = place >> 5u32;
                            state[3] = state[3].max(bin - first_bin + 1);
                            state[4] = state[4].max(first_bin + bins - bin);
                            let shift = place & 31;
                            let moved = (if total < 0 { -total } else { total }) << shift;
                            let upper = (held.get(257 * 18 + record) as i64) << 32u32;
                            let before = upper + held.get(257 * 17 + record) as i64;
                            let sum = if total < 0 { before - moved } else { before + moved };
                            held.store(257 * 17 + record, sum as u32);
                            held.store(257 * 18 + record, (sum >> 32u32) as u32);
                            let low = square << (2 * shift);
                            let high = if shift > 0 { square >> (64 - 2 * shift) } else { 0 };
                            let parts = [low as u32, (low >> 32u32) as u32, high as u32, (high >> 32u32) as u32];
                            let mut carry = 0i64;
                            for j in 0..3usize {
                                carry += held.get(257 * (19 + j) + record) as i64 + parts[j] as i64;
                                held.store(257 * (19 + j) + record, carry as u32);
                                carry >>= 32u32;
                            }
                            held.store(257 * 22 + record, held.get(257 * 22 + record) + parts[3] + carry as u32);
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
                    held.store(257 * 3 + record, held.get(257 * 3 + record).max(last));
                    held.store(257 * 6 + record, held.get(257 * 6 + record).max(begin));
                    held.store(257 * 8 + record, held.get(257 * 8 + record).max(largest));
                    held.store(257 * 9 + record, held.get(257 * 9 + record).max(!smallest));
                    held.store(257 * 10 + record, held.get(257 * 10 + record) + voxels);
                    held.store(257 * 13 + record, held.get(257 * 13 + record) + offsets);
                    label = left;
                }
                start += 8;
            }
            // What the records lack.
            state[0] = current;
            state[1] = bin - first_bin;
            if held.get(257 * 10 + record) != 0 {
                held.store(record, if current < entries { current } else { 0 });
                held.store(257 + record, bin);
            }
            for side in 0..2usize {
                let record = own + 5911 * side;
                let voxels = held.get(257 * 10 + record) as i64;
                if voxels != 0 {
                    let sum_x = (x as u32) as i64 * voxels;
                    let sum_y = (y as u32) as i64 * voxels + held.get(257 * 13 + record) as i64;
                    let sum_z = z as i64 * voxels;
                    held.store(257 * 2 + record, x as u32);
                    held.store(257 * 4 + record, z);
                    held.store(257 * 5 + record, !(x as u32));
                    held.store(257 * 7 + record, !z);
                    held.store(257 * 11 + record, sum_x as u32);
                    held.store(257 * 12 + record, (sum_x >> 32u32) as u32);
                    held.store(257 * 13 + record, sum_y as u32);
                    held.store(257 * 14 + record, (sum_y >> 32u32) as u32);
                    held.store(257 * 15 + record, sum_z as u32);
                    held.store(257 * 16 + record, (sum_z >> 32u32) as u32);
                }
            }
            if part + 32 >= segment {
                for j in 0..3usize {
                    if seen.peek(j) < state[2 + j] {
                        seen.fetch_max(j, state[2 + j]);
                    }
                }
            }
        }
        {
            let word = at.lane() % 32;
            let lanes = 32 * (at.lane() / 32);
            if word < 21 {
                let mut current = 0u32;
                let mut bin = first_bin;
                let mut gathered = 0i64;
                let mut k = 0usize;
                while k <= 64 {
                    let last = k == 64;
                    let lane = if last { lanes } else { lanes + k % 32 + 5911 * (k / 32) };
                    // Mostly there is nothing in several records.
                    let mut label = 0u32;
                    let mut several = 1usize;
                    if !last {
                        label = held.get(lane);
                        if k & 7 == 0 {
                            let mut any = label;
                            for j in 1..8usize {
                                any |= held.get(lane + j);
                            }
                            several = if any == 0 { 8 } else { 1 };
                        }
                    }
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
                        let value = held.get(257 * (2 + word) + lane);
                        // The upper half of the sum of intensities has its sign.
                        let addend = if word == 16 { (value as i32) as i64 } else { value as i64 };
                        gathered = if word < 8 { gathered.max(addend) } else { gathered + addend };
                        current = label;
                        bin = its;
                    }
                    k += several;
                }
            }
        }
        part += 32;
    }
}

family! {
    operations: [],
    kernels: [label_sums_in_groups],
}
