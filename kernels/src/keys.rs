//! Sort keys: numbers of u32 in the order of an image's values, for every element type, and what is found by them.
//!
//! The key of an unsigned integer is the number itself, that of a signed one the number minus the smallest of its type,
//! that of an f32 its bits, ordered. f16 is taken as f32. Types of 64 bits have keys of two halves
//! ([`wide_keys`](crate::wide_keys)); where they have none of these, they are taken as f32, which rounds them. Invariant:
//! equal keys mean equal values; so what is found is a value of the image. NaN is largest, −0.0 lies before +0.0.

use std::cmp::Ordering;

use kernwerk_runtime::lang::to_bits;
use kernwerk_runtime::{DType, HostData};
use rayon::prelude::*;

use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::{maximum_of_all_pixels, minimum_of_all_pixels};
use crate::sums_of_labels::order_key;
use crate::wide_keys::{Halves, NEGATIVE_ZERO, is_wide, sorted_wide_keys};

/// How the keys of an element type are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    /// 0: from f32, 1: from u32, 2: from i32.
    pub(crate) kind: u32,
    /// What is subtracted, so that the smallest value has the key 0.
    pub(crate) base: u32,
    /// How many bits keys have.
    pub(crate) bits: u32,
}

/// Whether an element type is looked at as f32 where values have sort keys of 32 bits.
pub(crate) fn as_floats(dtype: DType) -> bool {
    !dtype.is_integer() || dtype.size() == 8
}

impl Keys {
    pub(crate) fn of(dtype: DType) -> Keys {
        let (kind, base, bits) = match dtype {
            DType::U8 => (1, 0, 8),
            DType::U16 => (1, 0, 16),
            DType::U32 => (1, 0, 32),
            DType::I8 => (2, 0x7fff_ff80, 8),
            DType::I16 => (2, 0x7fff_8000, 16),
            DType::I32 => (2, 0, 32),
            _ => (0, 0, 32),
        };
        Keys { kind, base, bits }
    }

    /// The value with a key.
    pub(crate) fn value(self, key: u32) -> f64 {
        match self.kind {
            0 => f64::from(f32::from_bits(if key >> 31 != 0 { key & 0x7fff_ffff } else { !key })),
            1 => f64::from(key),
            _ => f64::from((key.wrapping_add(self.base) ^ 0x8000_0000) as i32),
        }
    }

    /// The key of a value of the type.
    pub(crate) fn key(self, value: f64) -> u32 {
        match self.kind {
            0 => order_key(to_bits(value as f32)),
            1 => value as u32,
            _ => (value as i32 as u32 ^ 0x8000_0000).wrapping_sub(self.base),
        }
    }
}

/// Counts the next digits of the keys that begin with one of `len` prefixes: counter `place · 2^digits + digit`.
#[gpu_op(grid)]
pub fn count_keys(
    at: Item,
    floats: Read<f32>,
    unsigned: Read<u32>,
    signed: Read<i32>,
    prefixes: Read<u32>,
    counts: Tally,
    kind: u32,
    base: u32,
    shift: u32,
    digits: u32,
    len: u32,
) {
    let i = at.index();
    let raw: u32 = if kind == 0 {
        order_key(to_bits(floats.get(i)))
    } else if kind == 1 {
        unsigned.get(i)
    } else {
        (signed.get(i) as u32) ^ 0x8000_0000
    };
    let key = raw.wrapping_sub(base);
    let digit = (key >> shift) & ((1u32 << digits) - 1);
    let before = (key >> shift) >> digits;
    for place in 0..len {
        if prefixes.get(place as usize) == before {
            counts.add(((place << digits) + digit) as usize, 1);
        }
    }
}

/// The smallest index of a voxel with a key.
#[gpu_op(grid)]
pub fn first_of_key(
    at: Item,
    floats: Read<f32>,
    unsigned: Read<u32>,
    signed: Read<i32>,
    first: Global<u32>,
    kind: u32,
    base: u32,
    wanted: u32,
) {
    let i = at.index();
    let raw: u32 = if kind == 0 {
        order_key(to_bits(floats.get(i)))
    } else if kind == 1 {
        unsigned.get(i)
    } else {
        (signed.get(i) as u32) ^ 0x8000_0000
    };
    // The cache may hold a larger index than memory: then an atomic too many.
    if raw.wrapping_sub(base) == wanted && first.peek(0) > i as u32 {
        first.fetch_min(0, i as u32);
    }
}

/// The key of rank `rank` of each line along an axis, by two bits at a time from the highest.
#[gpu_op(grid)]
pub fn rank_of_lines(
    at: Item,
    floats: Read<f32>,
    unsigned: Read<u32>,
    signed: Read<i32>,
    keys: Write<u32>,
    kind: u32,
    base: u32,
    bits: u32,
    extent_x: u32,
    extent_y: u32,
    extent_z: u32,
    axis: u32,
    rank: u32,
) {
    let first = ((at.n() * extent_z as usize + at.z()) * extent_y as usize + at.y()) * extent_x as usize + at.x();
    let step = if axis == 0 {
        1usize
    } else if axis == 1 {
        extent_x as usize
    } else {
        extent_x as usize * extent_y as usize
    };
    let len = if axis == 0 {
        extent_x
    } else if axis == 1 {
        extent_y
    } else {
        extent_z
    };
    let mut prefix = 0u32;
    let mut rest = rank;
    let mut shift = bits;
    while shift > 0 {
        shift -= 2;
        let mut zeros = 0u32;
        let mut ones = 0u32;
        let mut twos = 0u32;
        for k in 0..len {
            let i = first + k as usize * step;
            let raw: u32 = if kind == 0 {
                order_key(to_bits(floats.get(i)))
            } else if kind == 1 {
                unsigned.get(i)
            } else {
                (signed.get(i) as u32) ^ 0x8000_0000
            };
            let head = raw.wrapping_sub(base) >> shift;
            if head >> 2u32 == prefix {
                let digit = head & 3;
                zeros += if digit == 0 { 1 } else { 0 };
                ones += if digit == 1 { 1 } else { 0 };
                twos += if digit == 2 { 1 } else { 0 };
            }
        }
        let mut digit = 0u32;
        if rest >= zeros {
            rest -= zeros;
            digit = 1;
            if rest >= ones {
                rest -= ones;
                digit = 2;
                if rest >= twos {
                    rest -= twos;
                    digit = 3;
                }
            }
        }
        prefix = (prefix << 2u32) | digit;
    }
    keys.store(at.index(), prefix);
}

/// The place of each voxel's key among keys in order; −0.0 is found at +0.0.
#[gpu_op(grid)]
pub fn place_of_key(
    at: Item,
    floats: Read<f32>,
    unsigned: Read<u32>,
    signed: Read<i32>,
    keys: Read<u32>,
    places: Write<u32>,
    kind: u32,
    base: u32,
    len: u32,
) {
    let i = at.index();
    let raw: u32 = if kind == 0 {
        order_key(to_bits(floats.get(i)))
    } else if kind == 1 {
        unsigned.get(i)
    } else {
        (signed.get(i) as u32) ^ 0x8000_0000
    };
    let key = if kind == 0 && raw == 0x7fff_ffff { 0x8000_0000u32 } else { raw.wrapping_sub(base) };
    let mut low = 0u32;
    let mut high = len;
    while low < high {
        let middle = low + (high - low) / 2;
        if keys.get(middle as usize) < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    places.store(i, low);
}

/// The f32 with a key.
#[gpu_op(pointwise)]
pub fn float_from_key(key: u32) -> f32 {
    f32::from_bits(if key >> 31u32 != 0 { key & 0x7fff_ffff } else { !key })
}

/// The integer with a key; `base` is what was subtracted, and 2³¹ for unsigned types.
#[gpu_op(pointwise)]
pub fn integer_from_key(key: u32, #[param(default = 0)] base: u32) -> i32 {
    (key.wrapping_add(base) ^ 0x8000_0000) as i32
}

/// The image of the values with these keys.
pub(crate) fn values_of_keys(context: &Context, keys: Image<u32>, dtype: DType) -> Result<AnyImage> {
    let Keys { kind, base, .. } = Keys::of(dtype);
    match (kind, dtype) {
        (0, _) => context.eval_any(&float_from_key(&keys).into_any().store(dtype)),
        (_, DType::U32) => Ok(keys.into_any()),
        (1, _) => context.eval_any(&integer_from_key(&keys, 0x8000_0000).into_any().store(dtype)),
        _ => context.eval_any(&integer_from_key(&keys, base).into_any().store(dtype)),
    }
}

/// Refuses images whose voxels cannot be counted in u32.
pub(crate) fn countable(image: &AnyImage, operation: &str) -> Result<u32> {
    u32::try_from(image.voxels()).map_err(|_| Error::Unsupported {
        operation: operation.into(),
        problem: format!("the image has {} voxels, and they are counted in u32", image.voxels()),
        remedy: "split it along its batch axes or its planes".into(),
    })
}

/// Bits of a key that are looked at in one pass: few enough for counters in shared memory.
const DIGITS: u32 = 11;

/// The values of these ranks among all voxels, batch included, in sort order: by digits of the keys from the highest,
/// all ranks in the same passes.
///
/// 8-bit images are read once, 16-bit ones twice, 32-bit ones three times; of 64-bit ones the keys are made, and their
/// halves read three times each.
pub(crate) fn values_of_ranks(context: &Context, image: &AnyImage, ranks: &[u32]) -> Result<Vec<f64>> {
    if is_wide(image.dtype()) {
        return Halves::of(context, image)?.values_of_ranks(context, ranks);
    }
    let keys = Keys::of(image.dtype());
    let found = keys_of_ranks(context, image, keys, ranks)?;
    Ok(found.into_iter().map(|(key, _)| keys.value(key)).collect())
}

/// The keys of these ranks, and the rank of each among the voxels with its key.
pub(crate) fn keys_of_ranks(context: &Context, image: &AnyImage, keys: Keys, ranks: &[u32]) -> Result<Vec<(u32, u32)>> {
    // What is known of each rank: the leading digits of its key, and its rank among the keys that begin with them.
    let mut found: Vec<(u32, u32)> = ranks.iter().map(|&rank| (0, rank)).collect();
    let passes = keys.bits.div_ceil(DIGITS);
    let mut shift = keys.bits;
    for pass in 0..passes {
        let digits = shift.div_ceil(passes - pass);
        shift -= digits;
        let mut prefixes: Vec<u32> = found.iter().map(|&(prefix, _)| prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        let counts = context.buffer::<u32>(prefixes.len() << digits)?;
        let list = context.upload_buffer(&prefixes)?;
        let len = prefixes.len() as u32;
        count_keys(
            context,
            Domain::of(image),
            image,
            image,
            image,
            &list,
            &counts,
            keys.kind,
            keys.base,
            shift,
            digits,
            len,
        )?;
        let counts = counts.download()?;
        for (prefix, rest) in &mut found {
            let place = prefixes.partition_point(|other| other < prefix);
            let mut digit = 0;
            let own = &counts[place << digits..(place + 1) << digits];
            while digit + 1 < own.len() && *rest >= own[digit] {
                *rest -= own[digit];
                digit += 1;
            }
            *prefix = *prefix << digits | digit as u32;
        }
    }
    Ok(found)
}

/// The index of the first voxel with the largest or the smallest value, and that value.
pub(crate) fn extreme(context: &Context, image: &AnyImage, order: Ordering, operation: &str) -> Result<(u32, f64)> {
    countable(image, operation)?;
    if is_wide(image.dtype()) {
        return Halves::of(context, image)?.extreme(context, order);
    }
    let value = match order {
        Ordering::Greater => context.scalar(&maximum_of_all_pixels(image))?,
        _ => context.scalar(&minimum_of_all_pixels(image))?,
    };
    let keys = Keys::of(image.dtype());
    let first = context.upload_buffer(&[u32::MAX])?;
    first_of_key(context, Domain::of(image), image, image, image, &first, keys.kind, keys.base, keys.key(value))?;
    Ok((first.download()?[0], value))
}

/// The different values of an image in sort order, as keys, and how often each occurs.
///
/// Images of 8 and 16 bits are counted on the device; others are copied to the host and sorted there.
pub(crate) fn different_keys(context: &Context, image: &AnyImage, operation: &str) -> Result<(Vec<u32>, Vec<u32>)> {
    countable(image, operation)?;
    let keys = Keys::of(image.dtype());
    if keys.bits > 16 {
        return Ok(sorted_keys(image.download_data()?));
    }
    let counts = context.buffer::<u32>(1 << keys.bits)?;
    let prefix = context.buffer::<u32>(1)?;
    count_keys(
        context,
        Domain::of(image),
        image,
        image,
        image,
        &prefix,
        &counts,
        keys.kind,
        keys.base,
        0,
        keys.bits,
        1,
    )?;
    let counts = counts.download()?;
    Ok(counts.into_iter().enumerate().filter(|&(_, count)| count > 0).map(|(key, count)| (key as u32, count)).unzip())
}

/// How often each different value of an image occurs, in sort order.
pub(crate) fn counts_of_values(context: &Context, image: &AnyImage, operation: &str) -> Result<Vec<u32>> {
    if is_wide(image.dtype())
        && let Some((_, counts)) = sorted_wide_keys(&image.download_data()?)
    {
        countable(image, operation)?;
        return Ok(counts);
    }
    Ok(different_keys(context, image, operation)?.1)
}

/// For each voxel how many different values of the image are smaller. −0.0 and +0.0 are one value, and so are all NaN,
/// the largest.
pub(crate) fn ranks_of_values(context: &Context, image: &AnyImage, operation: &str) -> Result<Image<u32>> {
    countable(image, operation)?;
    if is_wide(image.dtype())
        && let Some((mut different, _)) = sorted_wide_keys(&image.download_data()?)
    {
        if image.dtype() == DType::F64
            && let Ok(place) = different.binary_search(&NEGATIVE_ZERO)
        {
            different[place] = !NEGATIVE_ZERO;
            different.dedup();
        }
        return Halves::of(context, image)?.places(context, &different);
    }
    let keys = Keys::of(image.dtype());
    let (mut different, _) = different_keys(context, image, operation)?;
    if keys.kind == 0
        && let Ok(place) = different.binary_search(&0x7fff_ffff)
    {
        different[place] = 0x8000_0000;
        different.dedup();
    }
    let ranks = context.unset_like::<u32>(image)?;
    let (len, list) = (different.len() as u32, context.upload_buffer(&different)?);
    place_of_key(context, Domain::of(image), image, image, image, &list, &ranks, keys.kind, keys.base, len)?;
    Ok(ranks)
}

/// The keys of an image in order, and how often each occurs.
fn sorted_keys(data: HostData) -> (Vec<u32>, Vec<u32>) {
    let mut keys: Vec<u32> = match data {
        HostData::U32(values) => values,
        HostData::I32(values) => values.par_iter().map(|&value| value as u32 ^ 0x8000_0000).collect(),
        HostData::F32(values) => values.par_iter().map(|&value| order_key(to_bits(value))).collect(),
        HostData::F16(values) => values.par_iter().map(|value| order_key(to_bits(value.to_f32()))).collect(),
        HostData::F64(values) => values.par_iter().map(|&value| order_key(to_bits(value as f32))).collect(),
        HostData::U64(values) => values.par_iter().map(|&value| order_key(to_bits(value as f32))).collect(),
        HostData::I64(values) => values.par_iter().map(|&value| order_key(to_bits(value as f32))).collect(),
        // Counted on the device.
        HostData::U8(_) | HostData::I8(_) | HostData::U16(_) | HostData::I16(_) => Vec::new(),
    };
    keys.par_sort_unstable();
    let runs = keys.chunk_by(|a, b| a == b);
    runs.map(|run| (run[0], run.len() as u32)).unzip()
}

family! {
    operations: [],
    kernels: [count_keys, first_of_key, rank_of_lines, place_of_key, float_from_key, integer_from_key],
}
