//! Sort keys of elements of 64 bits, as two images of their upper and lower 32 bits, and what is found by them.
//!
//! What is looked for is found by the upper halves first, as among images of u32, then by the lower halves of the voxels
//! with that upper one. Invariant: the order is that of [`keys`](mod@crate::keys), and nothing is rounded before the end.

use std::cmp::Ordering;

use kernwerk_runtime::{DType, HostData};
use rayon::prelude::*;

use crate::catalogue::family;
use crate::keys::{Keys, first_of_key, keys_of_ranks};
use crate::prelude::*;
use crate::reduction::{maximum_of_all_pixels, minimum_of_all_pixels};

/// Whether an element type has keys of two halves.
pub(crate) fn is_wide(dtype: DType) -> bool {
    dtype.size() == 8
}

/// The halves of the keys of elements of 64 bits: of f64 (`kind` 0), u64 (1) or i64 (2). All NaN are one.
#[gpu_op(grid)]
pub fn halves_of_keys(at: Item, words: Read<u32>, high: Write<u32>, low: Write<u32>, kind: u32) {
    let i = at.index();
    let lower = words.get(2 * i);
    let upper = words.get(2 * i + 1);
    let magnitude = upper & 0x7fff_ffff;
    let nan = kind == 0 && (magnitude > 0x7ff0_0000 || (magnitude == 0x7ff0_0000 && lower != 0));
    let (upper, lower) = if nan { (0x7ff8_0000u32, 0u32) } else { (upper, lower) };
    let negative = kind == 0 && upper >> 31u32 != 0;
    let flip: u32 = if kind == 1 {
        0
    } else if negative {
        0xffff_ffff
    } else {
        0x8000_0000
    };
    high.store(i, upper ^ flip);
    low.store(i, if negative { !lower } else { lower });
}

/// The elements with these keys, as words.
#[gpu_op(grid)]
pub fn words_of_keys(at: Item, high: Read<u32>, low: Read<u32>, words: Write<u32>, kind: u32) {
    let i = at.index();
    let upper = high.get(i);
    let lower = low.get(i);
    let negative = kind == 0 && upper >> 31u32 == 0;
    let flip: u32 = if kind == 1 {
        0
    } else if negative {
        0xffff_ffff
    } else {
        0x8000_0000
    };
    words.store(2 * i, if negative { !lower } else { lower });
    words.store(2 * i + 1, upper ^ flip);
}

/// The lower halves of the keys with an upper one; `other` for all others.
#[gpu_op(pointwise)]
pub fn lower_half(high: u32, low: u32, #[param] upper: u32, #[param] other: u32) -> u32 {
    if high == upper { low } else { other }
}

/// 0 for one key alone.
#[gpu_op(pointwise)]
pub fn difference_of_keys(high: u32, low: u32, #[param] upper: u32, #[param] lower: u32) -> u32 {
    (high ^ upper) | (low ^ lower)
}

/// The key of rank `rank` of each line along an axis, by two bits at a time from the highest.
#[gpu_op(grid)]
pub fn rank_of_wide_lines(
    at: Item,
    high: Read<u32>,
    low: Read<u32>,
    upper: Write<u32>,
    lower: Write<u32>,
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
    let mut found = [0u32; 2];
    let mut rest = rank;
    for half in 0..2usize {
        let mut prefix = 0u32;
        let mut shift = 32u32;
        while shift > 0 {
            shift -= 2;
            let mut zeros = 0u32;
            let mut ones = 0u32;
            let mut twos = 0u32;
            for k in 0..len {
                let i = first + k as usize * step;
                let above = high.get(i);
                let head = (if half == 0 { above } else { low.get(i) }) >> shift;
                if (half == 0 || above == found[0]) && head >> 2u32 == prefix {
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
        found[half] = prefix;
    }
    upper.store(at.index(), found[0]);
    lower.store(at.index(), found[1]);
}

/// The place of each voxel's key among keys in order, each with its upper half first; −0.0 of f64 is found at +0.0.
#[gpu_op(grid)]
pub fn place_of_wide_key(
    at: Item,
    high: Read<u32>,
    low: Read<u32>,
    keys: Read<u32>,
    places: Write<u32>,
    kind: u32,
    len: u32,
) {
    let i = at.index();
    let zero = kind == 0 && high.get(i) == 0x7fff_ffff && low.get(i) == 0xffff_ffff;
    let upper: u32 = if zero { 0x8000_0000 } else { high.get(i) };
    let lower: u32 = if zero { 0 } else { low.get(i) };
    let mut first = 0u32;
    let mut last = len;
    while first < last {
        let middle = first + (last - first) / 2;
        let other = keys.get(2 * middle as usize);
        if other < upper || (other == upper && keys.get(2 * middle as usize + 1) < lower) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    places.store(i, first);
}

/// The keys of an image.
pub(crate) struct Halves {
    kind: u32,
    high: Image<u32>,
    low: Image<u32>,
}

fn kind(dtype: DType) -> u32 {
    match dtype {
        DType::U64 => 1,
        DType::I64 => 2,
        _ => 0,
    }
}

impl Halves {
    pub(crate) fn of(context: &Context, image: &AnyImage) -> Result<Halves> {
        let (high, low) = (context.unset_like::<u32>(image)?, context.unset_like::<u32>(image)?);
        let kind = kind(image.dtype());
        halves_of_keys(context, Domain::of(image), &image.reinterpret(DType::U32)?, &high, &low, kind)?;
        Ok(Halves { kind, high, low })
    }

    /// The values of these ranks among all voxels, as numbers.
    pub(crate) fn values_of_ranks(&self, context: &Context, ranks: &[u32]) -> Result<Vec<f64>> {
        let keys = Keys::of(DType::U32);
        let found = keys_of_ranks(context, self.high.any(), keys, ranks)?;
        let mut uppers: Vec<u32> = found.iter().map(|&(upper, _)| upper).collect();
        uppers.sort_unstable();
        uppers.dedup();
        let mut values = vec![0.0; ranks.len()];
        for upper in uppers {
            // What has another upper half lies behind: ranks among the others stay.
            let lower = context.eval(lower_half(&self.high, &self.low, upper, u32::MAX))?;
            let places: Vec<usize> = (0..ranks.len()).filter(|&place| found[place].0 == upper).collect();
            let rests: Vec<u32> = places.iter().map(|&place| found[place].1).collect();
            for (place, (lower, _)) in places.into_iter().zip(keys_of_ranks(context, lower.any(), keys, &rests)?) {
                values[place] = self.value(upper, lower);
            }
        }
        Ok(values)
    }

    /// The index of the first voxel with the largest or the smallest key, and its value.
    pub(crate) fn extreme(&self, context: &Context, order: Ordering) -> Result<(u32, f64)> {
        let scalar = |image: &Image<u32>| -> Result<u32> {
            let found = match order {
                Ordering::Greater => context.scalar(&maximum_of_all_pixels(image))?,
                _ => context.scalar(&minimum_of_all_pixels(image))?,
            };
            Ok(found as u32)
        };
        let upper = scalar(&self.high)?;
        let other = if order == Ordering::Greater { 0 } else { u32::MAX };
        let lower = scalar(&context.eval(lower_half(&self.high, &self.low, upper, other))?)?;
        let difference = context.eval(difference_of_keys(&self.high, &self.low, upper, lower))?;
        let first = context.upload_buffer(&[u32::MAX])?;
        let Keys { kind, base, .. } = Keys::of(DType::U32);
        let image = difference.any();
        first_of_key(context, Domain::of(image), image, image, image, &first, kind, base, 0)?;
        Ok((first.download()?[0], self.value(upper, lower)))
    }

    /// The values of rank `rank` of the lines along an axis, in an image of type `dtype` that is otherwise as `like`.
    pub(crate) fn ranks_of_lines(
        &self,
        context: &Context,
        axis: Axis,
        rank: u32,
        like: &AnyImage,
        dtype: DType,
    ) -> Result<AnyImage> {
        let (upper, lower) = (context.unset_like::<u32>(like)?, context.unset_like::<u32>(like)?);
        let [width, height, depth] = self.high.any().spatial().map(|extent| extent as u32);
        let mut extent = self.high.any().spatial();
        extent[axis.index()] = 1;
        let domain = Domain { batch: self.high.any().batch(), extent };
        rank_of_wide_lines(
            context,
            domain,
            &self.high,
            &self.low,
            &upper,
            &lower,
            width,
            height,
            depth,
            axis.index() as u32,
            rank,
        )?;
        let result = context.zeros_any(dtype, like)?;
        let words = result.reinterpret(DType::U32)?.typed::<u32>()?;
        words_of_keys(context, Domain::of(like), &upper, &lower, &words, self.kind)?;
        Ok(result)
    }

    /// The place of each voxel among different keys in order.
    pub(crate) fn places(&self, context: &Context, different: &[u64]) -> Result<Image<u32>> {
        let places = context.unset_like::<u32>(self.high.any())?;
        let words: Vec<u32> = different.iter().flat_map(|&key| [(key >> 32) as u32, key as u32]).collect();
        let list = context.upload_buffer(&words)?;
        let len = different.len() as u32;
        let domain = Domain::of(self.high.any());
        place_of_wide_key(context, domain, &self.high, &self.low, &list, &places, self.kind, len)?;
        Ok(places)
    }

    fn value(&self, upper: u32, lower: u32) -> f64 {
        let key = u64::from(upper) << 32 | u64::from(lower);
        match self.kind {
            0 => f64::from_bits(if key >> 63 != 0 { key & !(1 << 63) } else { !key }),
            1 => key as f64,
            _ => (key ^ 1 << 63) as i64 as f64,
        }
    }
}

/// The key of −0.0 among f64.
pub(crate) const NEGATIVE_ZERO: u64 = !(1 << 63);

/// The keys of an image of 64-bit elements in order, and how often each occurs; `None` for other types.
pub(crate) fn sorted_wide_keys(data: &HostData) -> Option<(Vec<u64>, Vec<u32>)> {
    let of_float = |value: f64| {
        let bits = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() };
        if bits >> 63 != 0 { !bits } else { bits | 1 << 63 }
    };
    let mut keys: Vec<u64> = match data {
        HostData::U64(values) => values.clone(),
        HostData::I64(values) => values.par_iter().map(|&value| value as u64 ^ 1 << 63).collect(),
        HostData::F64(values) => values.par_iter().map(|&value| of_float(value)).collect(),
        _ => return None,
    };
    keys.par_sort_unstable();
    let runs = keys.chunk_by(|a, b| a == b);
    Some(runs.map(|run| (run[0], run.len() as u32)).unzip())
}

family! {
    operations: [],
    kernels: [halves_of_keys, words_of_keys, lower_half, difference_of_keys, rank_of_wide_lines, place_of_wide_key],
}
