//! Exclusive prefix sums of lists of u32, in place.
//!
//! A list is cut into shares, the shares are summed up, their sums are scanned in the same way, and each share adds
//! from there on. A group of lanes has 2048 elements: it reads and writes them side by side and adds up in shared
//! memory, so that a list of millions takes five launches, and one of 2048 one. Items without groups have segments.
//!
//! Floors, per element: 4 bytes are read twice and written once.

use crate::catalogue::family;
use crate::prelude::*;

/// Elements that one work-item adds up. Short, so that the loads of neighbouring items lie in few cache lines and wait
/// for each other only a little.
const SEGMENT: u32 = 32;

/// Elements that a group of lanes adds up; kernels have the number.
const SHARE: u32 = 2048;

/// Sums each segment of a list.
#[gpu_op(grid)]
pub fn scan_sums(at: Item, values: Read<u32>, sums: Write<u32>, len: u32, segment: u32) {
    let first = at.x() * segment as usize;
    let end = (first + segment as usize).min(len as usize);
    let mut sum = 0u32;
    for i in first..end {
        sum += values.get(i);
    }
    sums.store(at.x(), sum);
}

/// Replaces each value by the sum of those before it, given the sum before each segment.
#[gpu_op(grid)]
pub fn scan_segments(at: Item, starts: Read<u32>, values: Global<u32>, len: u32, segment: u32) {
    let first = at.x() * segment as usize;
    let end = (first + segment as usize).min(len as usize);
    let mut sum = starts.get(at.x());
    for i in first..end {
        let value = values.load(i);
        values.store(i, sum);
        sum += value;
    }
}

/// Sums each share of a list, eight elements for a lane.
#[gpu_op(grid)]
pub fn scan_sums_in_groups(at: Lane<256>, values: Read<u32>, sums: Write<u32>, held: Shared<u32, 256>, len: u32) {
    {
        let first = 2048 * at.index() + at.lane();
        let mut sum = 0u32;
        for k in 0..8usize {
            if first + 256 * k < len as usize {
                sum += values.get(first + 256 * k);
            }
        }
        held.store(at.lane(), sum);
    }
    {
        if at.lane() < 32 {
            let mut sum = 0u32;
            for k in 0..8usize {
                sum += held.get(at.lane() + 32 * k);
            }
            held.store(at.lane(), sum);
        }
    }
    {
        if at.lane() == 0 {
            let mut sum = 0u32;
            for k in 0..32usize {
                sum += held.get(k);
            }
            sums.store(at.index(), sum);
        }
    }
}

/// Replaces each value by the sum of those before it, given the sum before each share, if there are several. Of every
/// nine words of shared memory one is not used, so that lanes eight elements apart read different banks.
#[gpu_op(grid)]
pub fn scan_shares_in_groups(
    at: Lane<256>,
    starts: Read<u32>,
    values: Global<u32>,
    held: Shared<u32, 2304>,
    parts: Shared<u32, 288>,
    len: u32,
    several: bool,
) {
    {
        for k in 0..8usize {
            let place = 256 * k + at.lane();
            let i = 2048 * at.index() + place;
            held.store(place + place / 8, if i < len as usize { values.load(i) } else { 0 });
        }
    }
    {
        let mut sum = 0u32;
        for k in 0..8usize {
            sum += held.get(9 * at.lane() + k);
        }
        parts.store(at.lane(), sum);
    }
    {
        if at.lane() < 32 {
            let mut sum = 0u32;
            for k in 0..8usize {
                sum += parts.get(8 * at.lane() + k);
            }
            parts.store(256 + at.lane(), sum);
        }
    }
    {
        let mut sum = if several { starts.get(at.index()) } else { 0 };
        for k in 0..at.lane() / 8 {
            sum += parts.get(256 + k);
        }
        for k in at.lane() / 8 * 8..at.lane() {
            sum += parts.get(k);
        }
        for k in 0..8usize {
            let value = held.get(9 * at.lane() + k);
            held.store(9 * at.lane() + k, sum);
            sum += value;
        }
    }
    {
        for k in 0..8usize {
            let place = 256 * k + at.lane();
            let i = 2048 * at.index() + place;
            if i < len as usize {
                values.store(i, held.get(place + place / 8));
            }
        }
    }
}

/// Exclusive prefix sum, in place.
pub(crate) fn exclusive_scan(context: &Context, values: &Buffer<u32>, len: u32) -> Result<()> {
    // A processor has no use for groups.
    let processor = context.runs_natively();
    if !processor && context.takes(&scan_sums_in_groups::KERNEL) && context.takes(&scan_shares_in_groups::KERNEL) {
        return scan_in_groups(context, values, len);
    }
    let segments = len.div_ceil(SEGMENT);
    let list = Domain::linear(segments as usize);
    if segments == 1 {
        let start = context.buffer::<u32>(1)?;
        return scan_segments(context, list, &start, values, len, SEGMENT);
    }
    let sums = context.unset::<u32>(segments as usize)?;
    scan_sums(context, list, values, &sums, len, SEGMENT)?;
    exclusive_scan(context, &sums, segments)?;
    scan_segments(context, list, &sums, values, len, SEGMENT)
}

fn scan_in_groups(context: &Context, values: &Buffer<u32>, len: u32) -> Result<()> {
    let shares = len.div_ceil(SHARE);
    let groups = Domain::linear(shares as usize);
    let sums = context.unset::<u32>(shares as usize)?;
    if shares > 1 {
        scan_sums_in_groups(context, groups, values, &sums, len)?;
        scan_in_groups(context, &sums, shares)?;
    }
    scan_shares_in_groups(context, groups, &sums, values, len, shares > 1)
}

family! {
    operations: [],
    kernels: [scan_sums, scan_segments, scan_sums_in_groups, scan_shares_in_groups],
}
