//! Labels within a short reach: the best seed of a voxel along x, then by windows along y and z, as minima of words.
//!
//! A candidate is (squared distance, label), and the smaller pair is better. Both lie in one word, the distance above
//! `bits` bits for the label, so that a pass is `min over |d| ≤ reach of key + (d² << bits)`, an addition and a minimum
//! for each candidate: no seed is looked up, and what is found does not decide what is done.
//!
//! Invariant: a key is at most `(limit + 1) << bits`, which stands for no seed, and no weight is larger; so the sum of a
//! key and a weight fits the word, and what is farther away than the limit never beats it. Labels that do not fit into
//! their bits are reported, and the caller takes another way.
//!
//! A lane has 16 results in a row and goes through blocks of seven offsets, from the one in the middle outwards on both
//! sides: 22 keys that it reads from shared memory meet 16 results seven times. It ends where nothing that is left could
//! come nearer.
//!
//! Without a limit, windows still serve where seeds lie densely: whatever has a seed within their reach is settled, and
//! the few voxels that have none are listed by the last pass, and compared with all seeds, which the first pass lists.
//!
//! Floors, per voxel: 4 bytes are read and 4 written by each of the three passes, 3 copies of the labels; along y and z
//! up to 2 · reach + 1 additions with minima each, 21 for a reach of 10: at half an H200's rate 0.8 copies each pass.
//! Along x some 30 instructions.

use crate::catalogue::family;
use crate::prelude::*;

/// The longest reach that windows serve; shared memory of the kernels has room for it.
const LONGEST: u32 = 31;

/// Along x, where the nearest seeds to the left and to the right are all that count: a lane finds those beside its 16
/// voxels by bits that say where seeds are, and goes over these from both sides. A group has 16 rows of 256 voxels, each
/// row 16 lanes, and 32 voxels on either side. Of every 17 words of shared memory one is not used, so that lanes 16
/// voxels apart read different banks, and 368 words from row to row are half of these on.
///
/// Where there is room for seeds, their voxels are listed: `flags` counts them after the voxels that are left.
#[gpu_op(grid)]
pub fn reach_along_rows(
    at: Lane<256>,
    labels: Read<u32>,
    keys: Write<u32>,
    flags: Global<u32>,
    left: Global<u32>,
    listed: Global<u32>,
    held: Shared<u32, 5888>,
    marks: Shared<u32, 320>,
    width: u32,
    rows: u32,
    reach: u32,
    limit: u32,
    bits: u32,
    last: bool,
    room: u32,
    seed_room: u32,
) {
    let none = (limit + 1) << bits;
    let begin = 256 * at.x();
    let first_row = 16 * at.y();
    // Voxels before this one are read: what the group needs, and the image has.
    let end = ((begin + 256) as u32 + reach).min(width);
    let mut best = [0u32; 16];
    {
        let mut large = 0u32;
        for half in 0..2usize {
            let row = at.lane() / 32 + 8 * half;
            let own = if first_row + row < rows as usize { end } else { 0 };
            let start = (first_row + row) * width as usize;
            let mut read = [0u32; 10];
            for k in 0..10usize {
                let there = ((begin + at.lane() % 32 + 32 * k) as u32).wrapping_sub(32);
                if there < own {
                    read[k] = labels.get(start + there as usize);
                }
            }
            for k in 0..10usize {
                let x = at.lane() % 32 + 32 * k;
                let excess = read[k] >> bits;
                large |= excess;
                held.store(368 * row + x + x / 16, if excess != 0 { 0 } else { read[k] });
            }
        }
        if large != 0 {
            flags.store(0, 1);
        }
    }
    {
        // The seeds of each 16 voxels as bits, the first in the lowest; those beside the group's own are done by 64 lanes.
        let row = at.lane() / 16;
        let segment = 2 + at.lane() % 16;
        let mut seeds = 0u32;
        for k in 0..16usize {
            best[k] = held.get(368 * row + 17 * segment + k);
            seeds |= (if best[k] != 0 { 1u32 } else { 0 }) << k as u32;
        }
        marks.store(20 * row + segment, seeds);
        if seeds != 0 && seed_room > 0 && flags.peek(2) <= seed_room {
            let mut place = flags.fetch_add(2, seeds.count_ones());
            let voxel = (first_row + row) * width as usize + begin + 16 * (at.lane() % 16);
            while seeds != 0 {
                if place < seed_room {
                    listed.store(place as usize, voxel as u32 + seeds.trailing_zeros());
                }
                place += 1;
                seeds = seeds & (seeds - 1);
            }
        }
        if at.lane() < 64 {
            let side = at.lane() % 4;
            let row = at.lane() / 4;
            let segment = if side < 2 { side } else { 16 + side };
            let mut seeds = 0u32;
            for k in 0..16usize {
                let label = held.get(368 * row + 17 * segment + k);
                seeds |= (if label != 0 { 1u32 } else { 0 }) << k as u32;
            }
            marks.store(20 * row + segment, seeds);
        }
    }
    {
        let row = at.lane() / 16;
        let segment = 2 + at.lane() % 16;
        let place = 20 * row + segment;
        let own = marks.get(place);
        let before = marks.get(place - 2) | (marks.get(place - 1) << 16u32);
        let after = marks.get(place + 1) | (marks.get(place + 2) << 16u32);
        if own | before | after == 0 {
            for k in 0..16usize {
                best[k] = none;
            }
        } else {
            // Distances in the place of their squares, which have the same order. From the left, beginning with the seed
            // before the 16 voxels; what lies farther away than the reach is cut off.
            let one = 1u32 << bits;
            let mut key = reach << bits;
            if before != 0 {
                let apart = before.leading_zeros();
                let there = 16 * segment - 1 - apart as usize;
                key = (apart.min(reach) << bits) + held.get(368 * row + there + there / 16);
            }
            let mut ahead = [0u32; 16];
            for k in 0..16usize {
                key = if best[k] != 0 { best[k] } else { key + one };
                ahead[k] = key;
            }
            // And from the right.
            key = reach << bits;
            if after != 0 {
                let apart = after.trailing_zeros();
                let there = 16 * segment + 16 + apart as usize;
                key = (apart.min(reach) << bits) + held.get(368 * row + there + there / 16);
            }
            for back in 0..16usize {
                let k = 15 - back;
                key = if best[k] != 0 { best[k] } else { key + one };
                let nearer = min(ahead[k], key);
                let apart = nearer >> bits;
                best[k] = min(none, ((apart * apart).min(limit + 1) << bits) + (nearer & (one - 1)));
            }
        }
    }
    {
        let from = 368 * (at.lane() / 16) + 17 * (at.lane() % 16);
        if last {
            let exists = first_row + at.lane() / 16 < rows as usize;
            let start = begin + 16 * (at.lane() % 16);
            let end = if exists { width as usize } else { 0 };
            let voxel = (first_row + at.lane() / 16) * width as usize + start;
            for k in 0..16usize {
                if room > 0 && start + k < end && best[k] >= none {
                    let place = flags.fetch_add(1, 1);
                    if place < room {
                        left.store(place as usize, (voxel + k) as u32);
                    }
                }
                best[k] &= (1u32 << bits) - 1;
            }
        }
        for k in 0..16usize {
            held.store(from + k, best[k]);
        }
    }
    {
        for half in 0..2usize {
            let row = at.lane() / 32 + 8 * half;
            let rest = if first_row + row < rows as usize { width as usize - begin } else { 0 };
            let start = (first_row + row) * width as usize + begin;
            for k in 0..8usize {
                let x = at.lane() % 32 + 32 * k;
                if x < rest {
                    keys.store(start + x, held.get(368 * row + x + x / 16));
                }
            }
        }
    }
}

/// Along y or z, whose voxels lie `columns` apart. A group has 32 columns side by side and 128 voxels of each, 16 for a
/// lane. Items: part of the columns, 32 columns, image; so that groups which share voxels run at the same time.
#[gpu_op(grid)]
pub fn reach_along_columns(
    at: Lane<256>,
    keys: Read<u32>,
    results: Write<u32>,
    flags: Global<u32>,
    left: Global<u32>,
    held: Shared<u32, 6144>,
    columns: u32,
    len: u32,
    reach: u32,
    limit: u32,
    bits: u32,
    last: bool,
    room: u32,
) {
    let none = (limit + 1) << bits;
    let blocks = (2 * reach + 7) / 7;
    let length = 128 + 7 * blocks;
    let step = columns as usize;
    let begin = 128 * at.x();
    let first = at.z() * len as usize * step + 32 * at.y();
    let exist = step - 32 * at.y();
    let end = (begin as u32 + length - reach).min(len);
    {
        let column = at.lane() % 32;
        let own = if column < exist { end } else { 0 };
        for round in 0..(length + 63) / 64 {
            let row = at.lane() / 32 + 64 * round as usize;
            let mut read = [0u32; 8];
            for k in 0..8usize {
                let there = ((begin + row + 8 * k) as u32).wrapping_sub(reach);
                read[k] = none;
                if there < own {
                    read[k] = keys.get(first + column + there as usize * step);
                }
            }
            for k in 0..8usize {
                held.store(32 * (row + 8 * k) + column, read[k]);
            }
        }
    }
    {
        let column = at.lane() % 32;
        let start = begin + 16 * (at.lane() / 32);
        if start < len as usize {
            let from = 512 * (at.lane() / 32) + column;
            let mut best = [0u32; 16];
            for k in 0..16usize {
                best[k] = none;
            }
            // Blocks of seven offsets, from the one in the middle outwards on both sides, until none can come nearer. A
            // window whose best key does not come nearer from the nearest of its offsets is passed over.
            let middle = (reach / 7) as i32;
            let mut farthest = none;
            let mut ring = 0i32;
            let mut open = true;
            while open {
                for side in 0..2usize {
                    let block = if side == 0 { middle - ring } else { middle + ring };
                    if block >= 0 && block < blocks as i32 && (side == 0 || ring > 0) {
                        let next = from + 224 * block as usize;
                        let mut window = [0u32; 22];
                        let mut least = none;
                        for j in 0..22usize {
                            window[j] = held.get(next + 32 * j);
                            least = min(least, window[j]);
                        }
                        let apart = if side == 0 { reach as i32 - 6 - 7 * block } else { 7 * block - reach as i32 };
                        let nearest = if ring > 0 { apart } else { 0 };
                        if least + (((nearest * nearest) as u32).min(limit + 1) << bits) < farthest {
                            for j in 0..7usize {
                                let offset = 7 * block + j as i32 - reach as i32;
                                let weight = ((offset * offset) as u32).min(limit + 1) << bits;
                                for k in 0..16usize {
                                    best[k] = min(best[k], window[k + j] + weight);
                                }
                            }
                        }
                    }
                }
                ring += 1;
                farthest = 0;
                for k in 0..16usize {
                    farthest = farthest.max(best[k]);
                }
                // How far away the nearest of what is left is, before and behind.
                let before = reach as i32 - 6 - 7 * (middle - ring);
                let behind = 7 * (middle + ring) - reach as i32;
                let nearest = before.min(behind);
                let more = middle >= ring || middle + ring < blocks as i32;
                open = more && farthest >= ((nearest * nearest) as u32).min(limit + 1) << bits;
            }
            let rest = if column < exist { len as usize - start } else { 0 };
            let result = first + column + start * step;
            if last {
                if room > 0 && farthest >= none {
                    for k in 0..16usize {
                        if k < rest && best[k] >= none {
                            let place = flags.fetch_add(1, 1);
                            if place < room {
                                left.store(place as usize, (result + k * step) as u32);
                            }
                        }
                    }
                }
                for k in 0..16usize {
                    best[k] &= (1u32 << bits) - 1;
                }
            }
            for k in 0..16usize {
                if k < rest {
                    results.store(result + k * step, best[k]);
                }
            }
        }
    }
}

/// How many bits of a key are left for the label: twice `limit + 1` has to fit above them, and the distances of lanes that
/// look no farther than `LONGEST` away from their 16 voxels.
fn label_bits(limit: u32) -> u32 {
    (2 * u64::from(limit) + 2).max(u64::from(LONGEST) + 16).leading_zeros() - 32
}

/// What windows have found: the label of the nearest labelled voxel for every voxel, or 0; which voxels have none, as
/// many as there is room for, and how many these are; and the same of the voxels that have a label.
struct Found {
    labels: Image<u32>,
    left: (Buffer<u32>, usize),
    seeds: (Buffer<u32>, usize),
}

/// The label of the nearest labelled voxel for every voxel, 0 where that is farther away than the square root of the
/// limit; nothing if it is too far for windows, or a label too large for keys. With `rooms` the voxels without a label
/// are listed and counted, and those with a label as far as they fit: the number of more is somewhere above the room.
fn windows(context: &Context, labels: &Image<u32>, limit: u32, rooms: [usize; 2]) -> Result<Option<Found>> {
    let reach = limit.isqrt();
    if reach > LONGEST || !context.takes(&reach_along_rows::KERNEL) || !context.takes(&reach_along_columns::KERNEL) {
        return Ok(None);
    }
    let Domain { batch, extent: [width, height, depth] } = Domain::of(labels.any());
    let bits = label_bits(limit);
    // Whether a label is too large, how many voxels have none, and how many have one.
    let flags = context.buffer::<u32>(3)?;
    let [left, seeds] = [context.unset::<u32>(rooms[0].max(1))?, context.unset::<u32>(rooms[1].max(1))?];
    let [room, seed_room] = rooms.map(|room| room as u32);
    let rows = height * depth * batch;
    let groups = Domain { batch: 1, extent: [width.div_ceil(256), rows.div_ceil(16), 1] };
    let mut keys = context.unset_like::<u32>(labels.any())?;
    let last = height == 1 && depth == 1;
    let (along, number) = (width as u32, rows as u32);
    reach_along_rows(
        context, groups, labels, &keys, &flags, &left, &seeds, along, number, reach, limit, bits, last, room, seed_room,
    )?;
    for along_z in [false, true] {
        let (columns, len, images) =
            if along_z { (width * height, depth, batch) } else { (width, height, depth * batch) };
        if len > 1 {
            let results = context.unset_like::<u32>(labels.any())?;
            let groups = Domain { batch: 1, extent: [len.div_ceil(128), columns.div_ceil(32), images] };
            let last = along_z || depth == 1;
            let (columns, len) = (columns as u32, len as u32);
            reach_along_columns(
                context, groups, &keys, &results, &flags, &left, columns, len, reach, limit, bits, last, room,
            )?;
            keys = results;
        }
    }
    let flags = flags.download()?;
    let found = Found { labels: keys, left: (left, flags[1] as usize), seeds: (seeds, flags[2] as usize) };
    Ok((flags[0] == 0).then_some(found))
}

/// The label of the nearest labelled voxel for every voxel, 0 where that is farther away than the square root of the
/// limit; nothing if windows do not serve.
pub(crate) fn within_reach(context: &Context, labels: &Image<u32>, limit: u32) -> Result<Option<Image<u32>>> {
    Ok(windows(context, labels, limit, [0, 0])?.map(|found| found.labels))
}

/// The voxels with a label, in any order: as many as there is room for, and their number. An item has sixteen of the
/// `voxels`, so far apart that items side by side read voxels side by side.
#[gpu_op(grid)]
pub fn list_labelled(at: Item, labels: Read<u32>, list: Global<u32>, number: Global<u32>, voxels: u32, room: u32) {
    let mut found = [0u32; 16];
    for k in 0..16usize {
        // Past the end the last one, which is not listed.
        let i = at.x() + k * at.extent_x();
        found[k] = labels.get(i.min(voxels as usize - 1));
    }
    for k in 0..16usize {
        if found[k] != 0 && at.x() + k * at.extent_x() < voxels as usize {
            let place = number.fetch_add(0, 1);
            if place < room {
                list.store(place as usize, (at.x() + k * at.extent_x()) as u32);
            }
        }
    }
}

/// The squared distances of voxels to the nearest of a list of seeds, or the smallest label of the seeds that are as
/// far away as that. Items: shares of the seeds, voxel.
#[gpu_op(grid)]
pub fn nearest_of_list(
    at: Item,
    voxels: Read<u32>,
    seeds: Read<u32>,
    labels: Read<u32>,
    squares: Global<u32>,
    found: Global<u32>,
    number: u32,
    width: u32,
    height: u32,
    depth: u32,
    with_squares: bool,
) {
    let voxel = voxels.get(at.y());
    let row = voxel / width;
    let plane = row / height;
    let x = (voxel - row * width) as i32;
    let y = (row - plane * height) as i32;
    let image = plane / depth;
    let wanted = if with_squares { squares.load(at.y()) } else { 0 };
    let mut nearest = u32::MAX;
    let mut label = u32::MAX;
    let mut j = at.x();
    while j < number as usize {
        let seed = seeds.get(j);
        let seed_row = seed / width;
        let seed_plane = seed_row / height;
        if seed_plane / depth == image {
            let across = (seed - seed_row * width) as i32 - x;
            let along = (seed_row - seed_plane * height) as i32 - y;
            let away = seed_plane as i32 - plane as i32;
            let square = (across * across) as u32 + (along * along) as u32 + (away * away) as u32;
            nearest = nearest.min(square);
            if with_squares && square == wanted {
                label = label.min(labels.get(seed as usize));
            }
        }
        j += at.extent_x();
    }
    if with_squares {
        found.fetch_min(at.y(), label);
    } else {
        squares.fetch_min(at.y(), nearest);
    }
}

/// Gives voxels of a list the labels that were found for them.
#[gpu_op(grid)]
pub fn label_voxels_of_list(at: Item, voxels: Read<u32>, found: Read<u32>, results: Global<u32>) {
    let label = found.get(at.x());
    if label != u32::MAX {
        results.store(voxels.get(at.x()) as usize, label);
    }
}

/// Voxels that windows leave over, at most, and how many distances are computed for them: a few milliseconds of a GPU.
const MOST_LEFT: usize = 1 << 16;
const MOST_DISTANCES: usize = 1 << 30;
/// Items that share the seeds of a voxel, at least, and how many there are for all voxels, if these are few.
const SHARES: usize = 256;
const SHARES_OF_ALL: usize = 1 << 16;

/// The label of the nearest labelled voxel for every voxel, however far away, where windows leave few voxels over:
/// seeds that lie anywhere, not too sparse. Nothing otherwise.
///
/// `largest`, the largest label, is taken for the number of seeds, which only decides how far windows reach: 1.8 times
/// the distance of seeds in a grid, so that of those at random one ball in 10¹⁰ is empty, and one quarter of a ball,
/// which is what a voxel at an edge has, in 400. What has no seed within reach is compared with all of them.
pub(crate) fn of_dense_seeds(context: &Context, labels: &Image<u32>, largest: f64) -> Result<Option<Image<u32>>> {
    let voxels = labels.any().voxels();
    let Domain { batch: _, extent } = Domain::of(labels.any());
    let dimensions = extent.iter().filter(|&&extent| extent > 1).count().max(1);
    let apart = (voxels as f64 / largest).powf(1.0 / dimensions as f64);
    // Windows of whole rounds of 7.
    let reach = (((1.8 * apart - 3.0) / 7.0).ceil().max(0.0) * 7.0 + 3.0).min(1e6) as u32;
    if reach > LONGEST || u32::try_from(voxels).is_err() {
        return Ok(None);
    }
    let limit = (reach + 1) * (reach + 1) - 1;
    if largest >= f64::from(1u32 << label_bits(limit)) {
        return Ok(None);
    }
    // Seeds of few voxels each.
    let seed_room = (4.0 * largest + 1024.0).min(voxels as f64) as usize;
    let Some(found) = windows(context, labels, limit, [MOST_LEFT, seed_room])? else {
        return Ok(None);
    };
    let (result, (left, count), (mut seeds, mut number)) = (found.labels, found.left, found.seeds);
    if count == 0 {
        return Ok(Some(result));
    }
    if count > MOST_LEFT {
        return Ok(None);
    }
    let room = (MOST_DISTANCES / count).min(voxels);
    if number > seed_room {
        let counter = context.buffer::<u32>(1)?;
        seeds = context.unset::<u32>(room)?;
        let items = Domain::linear(voxels.div_ceil(16));
        list_labelled(context, items, labels, &seeds, &counter, voxels as u32, room as u32)?;
        number = counter.download()?[0] as usize;
    }
    if number > room {
        return Ok(None);
    }
    let far = vec![u32::MAX; count];
    let (squares, found) = (context.upload_buffer(&far)?, context.upload_buffer(&far)?);
    let [width, height, depth] = extent.map(|extent| extent as u32);
    let shares = (SHARES_OF_ALL / count).max(SHARES);
    let domain = Domain { batch: 1, extent: [shares, count, 1] };
    for with_squares in [false, true] {
        let number = number as u32;
        nearest_of_list(
            context,
            domain,
            &left,
            &seeds,
            labels,
            &squares,
            &found,
            number,
            width,
            height,
            depth,
            with_squares,
        )?;
    }
    label_voxels_of_list(context, Domain::linear(count), &left, &found, &result)?;
    Ok(Some(result))
}

family! {
    operations: [],
    kernels: [reach_along_rows, reach_along_columns, list_labelled, nearest_of_list, label_voxels_of_list],
}
