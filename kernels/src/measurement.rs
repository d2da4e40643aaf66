//! Measurements per label.
//!
//! Input: labels and intensities. Output: a table with one row per label. Every sum is an exact integer that grows by
//! atomic additions, and every extreme an integer maximum, so that nothing depends on the order in which voxels are
//! met: neither on the device nor on how an image is divided among work-items.
//!
//! Intensities are f32 and summed as fixed-point numbers with 32-bit words: an f32 of biased exponent `e` is `mantissa
//! << (e + 17)` in units of 2⁻¹⁶⁷. The word where it begins is its *bin*: 2⁻¹⁶ ≤ |v| < 2¹⁶, which is what images mostly
//! hold, is one. Voxels of one bin are added in registers. In its bin a magnitude has 55 bits and a square 110, so that
//! sums of 2³² voxels have 88 with the sign, and 142: 3 and 5 words at most, from the bin on.
//!
//! Floors, per voxel of u32 labels and an f32 image: 8 bytes are read, and 4 more by the search for the largest label;
//! a labelled voxel takes about 40 instructions, the rest 5. Atomic additions are made once for each label in a
//! segment, and by slots (see `Plan`) not all in the same place.

use kernwerk_runtime::DType;
use kernwerk_runtime::lang::to_bits;
use rayon::prelude::*;

use crate::catalogue::family;
use crate::exact::{Moments, moments};
use crate::labels::{keep, largest_label, sizes};
use crate::prelude::*;

/// Words of a label before its sums of intensities: the largest x, y, z, the complements of the smallest, the order key
/// of the largest intensity, the complement of that of the smallest, the number of voxels, and the sums of x, y and z
/// in two words each.
const HEAD: usize = 15;

/// A number whose unsigned order is the sort order of f32.
#[gpu_fn]
pub fn order_key(bits: u32) -> u32 {
    if bits >> 31u32 != 0 { !bits } else { bits | 0x8000_0000 }
}

/// Adds what each segment of an image holds of each label to the label's words: `HEAD`, then `bins + 2` words of the
/// sum of intensities, in two's complement, then `2 * bins + 3` of the sum of their squares. There is a list of
/// `entries` labels for each of `slots` slots, a power of two.
///
/// An item has `segment` (at most 2¹⁵) voxels in a row, or, with `along_y`, in a column. It adds up the voxels of a
/// label, also across background, until another label follows. A square is that of two parts of 28 bits, whose products
/// are below 2⁵⁶: 127 of them fit into an i64.
#[gpu_op(grid)]
pub fn label_sums(
    at: Item,
    labels: Read<u32>,
    intensity: Read<f32>,
    sums: Global<u32>,
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
            if current != 0 && (last || turns || (counts && (place >> 5u32 != bin || added >= 127))) {
                let entry = (slot as usize * entries as usize + current as usize) * (20 + 3 * bins as usize);
                // The squares, from 2⁵⁶ · high_squares + 2²⁹ · products + low_squares.
                let part_0 = (low_squares as u32) as i64 + ((products & 7) << 29u32);
                let part_1 = (low_squares >> 32u32)
                    + ((products >> 3u32) as u32) as i64
                    + ((high_squares & 255) << 24u32)
                    + (part_0 >> 32u32);
                let part_2 = (products >> 35u32) + ((high_squares >> 8u32) as u32) as i64 + (part_1 >> 32u32);
                let part_3 = (high_squares >> 40u32) + (part_2 >> 32u32);
                let sign = if sum < 0 { u32::MAX } else { 0 };
                let parts = [
                    sum as u32,
                    (sum >> 32u32) as u32,
                    sign,
                    sign,
                    part_0 as u32,
                    part_1 as u32,
                    part_2 as u32,
                    part_3 as u32,
                ];
                for chain in 0..2usize {
                    let skipped = (bin - first_bin) * (chain as u32 + 1);
                    let most = (if chain == 0 { bins + 2 } else { 2 * bins + 3 }) - skipped;
                    let begin = entry + 15 + skipped as usize + (if chain == 0 { 0usize } else { bins as usize + 2 });
                    let beyond = if chain == 0 { sign } else { 0 };
                    let mut carry = 0u32;
                    for j in 0..4usize {
                        // A carry into a word of ones leaves nothing to add, and goes on.
                        let addend = parts[4 * chain + j].wrapping_add(carry);
                        if addend != 0 && j < most as usize {
                            let before = sums.fetch_add(begin + j, addend);
                            carry = if before > u32::MAX - addend { 1 } else { 0 };
                        }
                    }
                    let mut j = 4u32;
                    while j < most && beyond.wrapping_add(carry) != 0 {
                        let addend = beyond.wrapping_add(carry);
                        let before = sums.fetch_add(begin + j as usize, addend);
                        carry = if before > u32::MAX - addend { 1 } else { 0 };
                        j += 1;
                    }
                }
                sum = 0;
                added = 0;
                high_squares = 0;
                products = 0;
                low_squares = 0;
                if last || turns {
                    let low_x = x as u32 + (if along_y { 0 } else { lowest });
                    let low_y = y as u32 + (if along_y { lowest } else { 0 });
                    let high_x = x as u32 + (if along_y { 0 } else { highest });
                    let high_y = y as u32 + (if along_y { highest } else { 0 });
                    let z = at.z() as u32;
                    let extremes = [high_x, high_y, z, !low_x, !low_y, !z, largest, !smallest];
                    for j in 0..8usize {
                        if sums.peek(entry + j) < extremes[j] {
                            sums.fetch_max(entry + j, extremes[j]);
                        }
                    }
                    sums.fetch_add(entry + 8, voxels);
                    let times = voxels as i64;
                    let sum_x = (x as u32) as i64 * times + (if along_y { 0 } else { offsets }) as i64;
                    let sum_y = (y as u32) as i64 * times + (if along_y { offsets } else { 0 }) as i64;
                    let sum_z = z as i64 * times;
                    let places = [
                        sum_x as u32,
                        (sum_x >> 32u32) as u32,
                        sum_y as u32,
                        (sum_y >> 32u32) as u32,
                        sum_z as u32,
                        (sum_z >> 32u32) as u32,
                    ];
                    for axis in 0..3usize {
                        let addend = places[2 * axis];
                        let before = sums.fetch_add(entry + 9 + 2 * axis, addend);
                        let above = places[2 * axis + 1] + (if before > u32::MAX - addend { 1 } else { 0 });
                        if above != 0 {
                            sums.fetch_add(entry + 10 + 2 * axis, above);
                        }
                    }
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
            }
            k += 1;
            turn += 1;
        }
        start += 4;
    }
}

/// Adds up the slots of each word, or takes the largest of an extreme; what exceeds 32 bits goes to `carries`.
#[gpu_op(grid)]
pub fn label_slots(at: Item, sums: Read<u32>, totals: Write<u32>, carries: Write<u32>, words: u32, slots: u32) {
    let i = at.x();
    let extreme = i % (words as usize) < 8;
    let mut total = 0i64;
    let mut largest = 0u32;
    for slot in 0..slots {
        let word = sums.get(slot as usize * at.extent_x() + i);
        total += word as i64;
        largest = largest.max(word);
    }
    totals.store(i, if extreme { largest } else { total as u32 });
    carries.store(i, if extreme { 0 } else { (total >> 32u32) as u32 });
}

/// Adds the carries to the next words of each number of a label.
#[gpu_op(grid)]
pub fn label_carries(at: Item, totals: Read<u32>, carries: Read<u32>, merged: Write<u32>, bins: u32) {
    let words = 20 + 3 * bins as usize;
    let mut carry = 0i64;
    for k in 0..words {
        let i = at.x() * words + k;
        // Numbers begin at the first word of each sum.
        let begins = k <= 9 || k == 11 || k == 13 || k == 15 || k == 17 + bins as usize;
        let total = totals.get(i) as i64 + (if begins { 0 } else { carry });
        merged.store(i, total as u32);
        carry = (total >> 32u32) + carries.get(i) as i64;
    }
}

/// How an image is divided and where its sums lie.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Whether items have columns of voxels. Neighbouring work-items of a GPU then read neighbouring voxels; a CPU reads rows.
    along_y: bool,
    /// Voxels of an item: many for few atomic additions, few where a GPU would lack items (2¹⁸ are two rounds of 1024
    /// on each of 132 multiprocessors).
    segment: u32,
    /// The bin of the smallest magnitudes that the type of the image has.
    first_bin: u32,
    /// How many bins it has.
    bins: u32,
    /// Number of places to add to: a label that fills the image would let everybody wait for everybody. At most so many that they
    /// take 1/8 of the memory of the labels.
    slots: u32,
}

impl Plan {
    fn new(context: &Context, voxels: usize, height: usize, dtype: DType, entries: usize) -> Plan {
        let gpu = context.device().description().is_gpu;
        let (first_bin, bins) = match dtype {
            DType::U8 | DType::I8 | DType::U16 | DType::I16 => (4, 1),
            DType::U32 | DType::I32 => (4, 2),
            _ => (0, 9),
        };
        let mut plan = Plan {
            along_y: gpu && height >= 8,
            segment: if gpu { (voxels >> 18).clamp(8, 1024) as u32 } else { 512 },
            first_bin,
            bins,
            slots: 1,
        };
        while plan.slots < 32 && 2 * plan.slots as usize * entries * plan.words() <= voxels / 8 {
            plan.slots *= 2;
        }
        plan
    }

    /// Words of a label.
    fn words(&self) -> usize {
        HEAD + 3 * self.bins as usize + 5
    }

    fn domain(&self, image: Domain) -> Domain {
        let Domain { batch, extent: [width, height, depth] } = image;
        let segments = |extent: usize| extent.div_ceil(self.segment as usize);
        let extent = if self.along_y { [width, segments(height), depth] } else { [segments(width), height, depth] };
        Domain { batch, extent }
    }
}

/// Statistics of every label: one row per label that has voxels, with area (voxels), centroid, bounding box (inclusive)
/// and smallest, largest, mean intensity and population standard deviation. Coordinates are in voxels. Images of a
/// batch (t, c) count as one.
///
/// Sums are exact, of coordinates as of intensities and their squares; what is left to round is the result. NaN counts
/// as largest; a label that has one has no mean.
#[gpu_op(procedure, alias = "statistics_of_labelled_pixels, labels_statistics")]
pub fn label_statistics(context: &Context, labels: Image<u32>, intensity: AnyImage) -> Result<Table> {
    if labels.any().shape5() != intensity.shape5() {
        return Err(Error::Shape {
            operation: "label_statistics".into(),
            problem: format!("the labels have the shape {:?} and the image {:?}", labels.shape(), intensity.shape()),
            remedy: "give two images of one shape".into(),
        });
    }
    let largest = largest_label(context, labels.any(), "label_statistics")?;
    let (voxels, domain) = (labels.any().voxels(), Domain::of(labels.any()));
    let plan = |entries| Plan::new(context, voxels, domain.extent[1], intensity.dtype(), entries);
    // Few labels with large numbers are numbered anew, rather than that lists take more memory than the two images.
    let sparse = (largest + 1) * plan(largest + 1).words() > (2 * voxels).max(1 << 20);
    let (labels, names) = if sparse {
        let sizes = sizes(context, &labels, "label_statistics")?;
        let present = |label: &u32| *label != 0 && sizes[*label as usize] > 0;
        let names: Vec<u32> = std::iter::once(0).chain((0..sizes.len() as u32).filter(present)).collect();
        (keep(context, &labels, |label| sizes[label] > 0, sizes.len())?, names)
    } else {
        (labels, (0..=largest as u32).collect())
    };
    let entries = names.len();
    let plan = plan(entries);
    let [width, height, _] = domain.extent.map(|extent| extent as u32);
    let sums = context.buffer::<u32>(plan.slots as usize * entries * plan.words())?;
    label_sums(
        context,
        plan.domain(domain),
        &labels,
        &intensity,
        &sums,
        width,
        height,
        plan.segment,
        plan.along_y,
        plan.first_bin,
        plan.bins,
        entries as u32,
        plan.slots,
    )?;
    let merged = if plan.slots == 1 {
        sums
    } else {
        let len = entries * plan.words();
        let [totals, carries, merged] = [context.unset::<u32>(len)?, context.unset(len)?, context.unset(len)?];
        label_slots(context, Domain::linear(len), &sums, &totals, &carries, plan.words() as u32, plan.slots)?;
        label_carries(context, Domain::linear(entries), &totals, &carries, &merged, plan.bins)?;
        merged
    };
    let words = merged.download()?;
    let rows = names.par_iter().zip(words.par_chunks_exact(plan.words())).with_min_len(1 << 10);
    table(
        &rows.filter(|(_, words)| words[8] > 0).map(|(&label, words)| Row::new(label, words, plan)).collect::<Vec<_>>(),
    )
}

/// What is known of a label.
struct Row {
    label: u32,
    area: u32,
    centroid: [f64; 3],
    min: [u32; 3],
    max: [u32; 3],
    extremes: [f32; 2],
    moments: Moments,
}

impl Row {
    fn new(label: u32, words: &[u32], plan: Plan) -> Row {
        let area = words[8];
        let along = |axis: usize| {
            (u64::from(words[10 + 2 * axis]) << 32 | u64::from(words[9 + 2 * axis])) as f64 / f64::from(area)
        };
        let extremes = [!words[7], words[6]].map(value_of);
        let (sum, squares) = words[HEAD..].split_at(plan.bins as usize + 2);
        // The first word of the sums is in units of 2 to this power.
        let unit = 32 * plan.first_bin as i32 - 167;
        let moments = match extremes {
            [_, largest] if largest.is_nan() => Moments { mean: f64::NAN, deviation: f64::NAN },
            [smallest, largest] if smallest.is_infinite() || largest.is_infinite() => {
                Moments { mean: f64::from(smallest) + f64::from(largest), deviation: f64::NAN }
            }
            _ => moments(sum, squares, area, unit),
        };
        Row {
            label,
            area,
            centroid: std::array::from_fn(along),
            min: std::array::from_fn(|axis| !words[3 + axis]),
            max: std::array::from_fn(|axis| words[axis]),
            extremes,
            moments,
        }
    }
}

/// The number with an [`order_key()`].
fn value_of(key: u32) -> f32 {
    f32::from_bits(if key >> 31 != 0 { key & 0x7fff_ffff } else { !key })
}

fn table(rows: &[Row]) -> Result<Table> {
    // Few rows are not worth waking other threads for.
    let each = || rows.par_iter().with_min_len(1 << 12);
    let integers = |value: fn(&Row) -> u32| each().map(|row| i64::from(value(row))).collect::<Vec<_>>();
    let floats = |value: fn(&Row) -> f64| each().map(value).collect::<Vec<_>>();
    Table::new()
        .with_column("label", integers(|row| row.label))?
        .with_column("area", integers(|row| row.area))?
        .with_column("centroid_x", floats(|row| row.centroid[0]))?
        .with_column("centroid_y", floats(|row| row.centroid[1]))?
        .with_column("centroid_z", floats(|row| row.centroid[2]))?
        .with_column("bbox_min_x", integers(|row| row.min[0]))?
        .with_column("bbox_min_y", integers(|row| row.min[1]))?
        .with_column("bbox_min_z", integers(|row| row.min[2]))?
        .with_column("bbox_max_x", integers(|row| row.max[0]))?
        .with_column("bbox_max_y", integers(|row| row.max[1]))?
        .with_column("bbox_max_z", integers(|row| row.max[2]))?
        .with_column("minimum_intensity", floats(|row| f64::from(row.extremes[0])))?
        .with_column("maximum_intensity", floats(|row| f64::from(row.extremes[1])))?
        .with_column("mean_intensity", floats(|row| row.moments.mean))?
        .with_column("standard_deviation_intensity", floats(|row| row.moments.deviation))
}

family! {
    operations: [label_statistics],
    kernels: [label_sums, label_slots, label_carries],
}
