//! Measurements per label.
//!
//! Input: labels and intensities. Output: a table with one row per label, from the sums and extremes of
//! [`crate::sums_of_labels`]. Nothing depends on the order in which voxels are met, and what is left to round is the
//! result.
//!
//! Floors, per voxel of u32 labels and an f32 image: 8 bytes are read. Where lists for many labels are small beside the
//! image, they are made before the number of labels is known, so that the pass that fills them finds the largest label
//! too; elsewhere 4 bytes more are read by the search for it.

use kernwerk_runtime::{ColumnValues, DType};
use rayon::prelude::*;

use crate::catalogue::family;
use crate::exact::{Moments, moments};
use crate::labels::{keep, largest_label, listable, sizes};
use crate::prelude::*;
use crate::sums_in_groups::{LONGEST_SEGMENT, label_sums_in_groups};
use crate::sums_of_labels::{HEAD, label_carries, label_slots, label_sums};

/// How an image is divided and where its sums lie.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Whether groups of lanes add up columns; else each item has a segment of a row or column.
    in_groups: bool,
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

/// How many slots a list for a guessed number of labels has at least.
const GUESSED_SLOTS: usize = 16;
/// Where a list has no room for this many, the image is so small that looking for the largest label takes no time.
const FEWEST_GUESSED: usize = 1 << 13;
/// A list of this many labels is cleared and merged in no time.
const MOST_GUESSED: usize = 1 << 16;

impl Plan {
    /// The first bin of a type, and the number of bins.
    fn bins_of(dtype: DType) -> (u32, u32) {
        match dtype {
            DType::U8 | DType::I8 | DType::U16 | DType::I16 => (4, 1),
            DType::U32 | DType::I32 => (4, 2),
            _ => (0, 9),
        }
    }

    /// Words of a label, with intensities of a type.
    fn words_of(dtype: DType) -> usize {
        HEAD + 3 * Plan::bins_of(dtype).1 as usize + 5
    }

    fn new(context: &Context, voxels: usize, height: usize, dtype: DType, entries: usize) -> Plan {
        let gpu = context.device().description().is_gpu;
        let (first_bin, bins) = Plan::bins_of(dtype);
        // A processor has no use for groups.
        let processor = context.runs_natively();
        let in_groups = !processor && height >= 8 && context.takes(&label_sums_in_groups::KERNEL);
        let longest = if in_groups { LONGEST_SEGMENT as usize } else { 1024 };
        let mut plan = Plan {
            in_groups,
            along_y: gpu && height >= 8,
            segment: if gpu || in_groups { (voxels >> 18).clamp(8, longest) as u32 } else { 512 },
            first_bin,
            bins,
            slots: 1,
        };
        // A group adds up what its lanes have of a label before that goes to a slot.
        let most = if in_groups { 8 } else { 32 };
        while plan.slots < most && 2 * plan.slots as usize * entries * plan.words() <= voxels / 8 {
            plan.slots *= 2;
        }
        plan
    }

    /// Words of a label.
    fn words(&self) -> usize {
        HEAD + 3 * self.bins as usize + 5
    }

    /// The pass: the lists of all slots, for `entries` labels each, and what was seen (see [`label_sums`](crate::label_sums())).
    fn sums(
        &self,
        context: &Context,
        image: Domain,
        labels: &Image<u32>,
        intensity: &AnyImage,
        entries: usize,
    ) -> Result<(Buffer<u32>, Buffer<u32>)> {
        let sums = context.buffer::<u32>(self.slots as usize * entries * self.words())?;
        let seen = context.buffer::<u32>(3)?;
        let [width, height, depth] = image.extent.map(|extent| extent as u32);
        if self.in_groups {
            let parts = height.div_ceil(8 * self.segment) as usize;
            let extent = [width.div_ceil(32) as usize, parts, depth as usize];
            label_sums_in_groups(
                context,
                Domain { batch: image.batch, extent },
                labels,
                intensity,
                &sums,
                &seen,
                width,
                height,
                self.segment,
                self.first_bin,
                self.bins,
                entries as u32,
                self.slots,
            )?;
            return Ok((sums, seen));
        }
        label_sums(
            context,
            self.domain(image),
            labels,
            intensity,
            &sums,
            &seen,
            width,
            height,
            self.segment,
            self.along_y,
            self.first_bin,
            self.bins,
            entries as u32,
            self.slots,
        )?;
        Ok((sums, seen))
    }

    /// The rows of the first labels of the lists, whose names are given. What was `seen` says which bins have something.
    fn table(
        self,
        context: &Context,
        sums: Buffer<u32>,
        entries: usize,
        names: &[u32],
        seen: Option<&[u32]>,
    ) -> Result<Table> {
        let mut kept = self;
        let merged = if self.slots == 1 && names.len() == entries {
            sums
        } else {
            let len = names.len() * self.words();
            let [totals, carries] = [context.unset::<u32>(len)?, context.unset(len)?];
            let (words, stride) = (self.words() as u32, (entries * self.words()) as u32);
            label_slots(context, Domain::linear(len), &sums, &totals, &carries, words, self.slots, stride)?;
            if let Some(&[_, end, from]) = seen.filter(|seen| seen[2] > 0) {
                let low = self.bins - from;
                kept = Plan { first_bin: self.first_bin + low, bins: end - low, ..self };
            }
            let (low, used) = (kept.first_bin - self.first_bin, kept.bins);
            let merged = context.unset(names.len() * kept.words())?;
            label_carries(context, Domain::linear(names.len()), &totals, &carries, &merged, self.bins, low, used)?;
            merged
        };
        let words = merged.download()?;
        let rows = names.par_iter().zip(words.par_chunks_exact(kept.words())).with_min_len(1 << 10);
        let rows = rows.filter(|(_, words)| words[8] > 0).map(|(&label, words)| Row::new(label, words, kept));
        table(&rows.collect::<Vec<_>>())
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
    let guess = (labels.any().voxels() / (8 * GUESSED_SLOTS * Plan::words_of(intensity.dtype()))).min(MOST_GUESSED);
    statistics(context, labels, &intensity, if guess < FEWEST_GUESSED { 0 } else { guess })
}

/// The statistics, with a list of `guess` labels at first: where it has room for all, nobody has to look for the
/// largest. With 0 the largest is looked for.
fn statistics(context: &Context, labels: Image<u32>, intensity: &AnyImage, guess: usize) -> Result<Table> {
    let (voxels, domain) = (labels.any().voxels(), Domain::of(labels.any()));
    let plan = |entries| Plan::new(context, voxels, domain.extent[1], intensity.dtype(), entries);
    let largest = if guess == 0 {
        largest_label(context, labels.any(), "label_statistics")?
    } else {
        let (sums, seen) = plan(guess).sums(context, domain, &labels, intensity, guess)?;
        let seen = seen.download()?;
        let largest = listable(f64::from(seen[0]), "label_statistics")?;
        if largest < guess {
            let names: Vec<u32> = (0..=largest as u32).collect();
            return plan(guess).table(context, sums, guess, &names, Some(&seen));
        }
        largest
    };
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
    let plan = plan(names.len());
    let (sums, _) = plan.sums(context, domain, &labels, intensity, names.len())?;
    plan.table(context, sums, names.len(), &names, None)
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

/// The number with an [`order_key`](crate::sums_of_labels::order_key()).
fn value_of(key: u32) -> f32 {
    f32::from_bits(if key >> 31 != 0 { key & 0x7fff_ffff } else { !key })
}

/// A column of the table.
enum Column {
    Integers(&'static str, fn(&Row) -> u32),
    Floats(&'static str, fn(&Row) -> f64),
}

const COLUMNS: [Column; 15] = [
    Column::Integers("label", |row| row.label),
    Column::Integers("area", |row| row.area),
    Column::Floats("centroid_x", |row| row.centroid[0]),
    Column::Floats("centroid_y", |row| row.centroid[1]),
    Column::Floats("centroid_z", |row| row.centroid[2]),
    Column::Integers("bbox_min_x", |row| row.min[0]),
    Column::Integers("bbox_min_y", |row| row.min[1]),
    Column::Integers("bbox_min_z", |row| row.min[2]),
    Column::Integers("bbox_max_x", |row| row.max[0]),
    Column::Integers("bbox_max_y", |row| row.max[1]),
    Column::Integers("bbox_max_z", |row| row.max[2]),
    Column::Floats("minimum_intensity", |row| f64::from(row.extremes[0])),
    Column::Floats("maximum_intensity", |row| f64::from(row.extremes[1])),
    Column::Floats("mean_intensity", |row| row.moments.mean),
    Column::Floats("standard_deviation_intensity", |row| row.moments.deviation),
];

fn table(rows: &[Row]) -> Result<Table> {
    let values = |column: &Column| -> ColumnValues {
        match column {
            Column::Integers(_, value) => rows.iter().map(|row| i64::from(value(row))).collect::<Vec<_>>().into(),
            Column::Floats(_, value) => rows.iter().map(value).collect::<Vec<_>>().into(),
        }
    };
    // Few rows are not worth waking other threads for.
    let columns: Vec<ColumnValues> = if rows.len() < 1 << 12 {
        COLUMNS.iter().map(values).collect()
    } else {
        COLUMNS.par_iter().map(values).collect()
    };
    COLUMNS.iter().zip(columns).try_fold(Table::new(), |table, (column, values)| {
        let (Column::Integers(name, _) | Column::Floats(name, _)) = column;
        table.with_column(name, values)
    })
}

family! {
    operations: [label_statistics],
    kernels: [],
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernwerk_runtime::Device;
    use ndarray::Array3;

    /// The statistics, with a list for so many labels at first.
    #[gpu_op(procedure)]
    pub fn guessed_statistics(
        context: &Context,
        labels: Image<u32>,
        intensity: AnyImage,
        #[param] guess: u32,
    ) -> Result<Table> {
        statistics(context, labels, &intensity, guess as usize)
    }

    #[test]
    fn lists_may_be_too_short_at_first() {
        for largest in [0, 6, 90_000_000u32] {
            let labels = Array3::from_shape_fn((3, 20, 31), |(z, y, x)| match (x / 5 + y / 3 + z) % 4 {
                0 => largest,
                other => [0, 2, 5][other - 1].min(largest),
            });
            let image = Array3::from_shape_fn((3, 20, 31), |(z, y, x)| ((x * 37 + y * 11 + z) % 101) as f32 - 50.0);
            let labels: Image<u32> = Device::cpu().upload(labels.view()).unwrap();
            let image: Image<f32> = Device::cpu().upload(image.view()).unwrap();
            let found = |guess: u32| guessed_statistics(&labels, &image, guess).eval();
            if largest > 1 << 26 {
                assert!([0, 7].into_iter().all(|guess| found(guess).is_err()));
                continue;
            }
            let expected = found(0).unwrap();
            assert_eq!(expected.rows(), if largest == 0 { 0 } else { 3 });
            for guess in [1, 5, 6, 7, 8, 1000] {
                assert_eq!(format!("{:?}", found(guess).unwrap()), format!("{expected:?}"), "{largest} {guess}");
            }
        }
    }
}
