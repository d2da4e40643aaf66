//! Measurements per label.

use kernwerk_runtime::{LabelBox, LabelBoxes};

use crate::catalogue::CompiledKernel;
use crate::labels::{largest_label, sizes};
use crate::prelude::*;
use crate::reduction::{deviation, pair};

/// Shrinks each label's box to its voxels: smallest x, y, z, n and largest x, y, z, n, in lists of one entry per label.
#[gpu_op(grid)]
pub fn label_extents(at: Item, labels: Read<u32>, smallest: Global<u32>, largest: Global<u32>, entries: u32) {
    let label = labels.get(at.index());
    if label != 0 {
        let entry = label as usize;
        let count = entries as usize;
        smallest.fetch_min(entry, at.x() as u32);
        smallest.fetch_min(count + entry, at.y() as u32);
        smallest.fetch_min(2 * count + entry, at.z() as u32);
        smallest.fetch_min(3 * count + entry, at.n() as u32);
        largest.fetch_max(entry, at.x() as u32);
        largest.fetch_max(count + entry, at.y() as u32);
        largest.fetch_max(2 * count + entry, at.z() as u32);
        largest.fetch_max(3 * count + entry, at.n() as u32);
    }
}

/// Sums of intensities, squares and coordinates, and the extremes of the intensities.
pub struct LabelMoments;

/// What [`label_statistics()`] needs of each label, in one pass; sums are pairs of f32.
#[gpu_op(reduction)]
impl Reduction<f32> for LabelMoments {
    type State = (f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32, f32);
    type Output = f32;

    fn identity() -> Self::State {
        (0.0, 0.0, 0.0, 0.0, f32::NAN, f32::NEG_INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    }

    fn step(state: Self::State, pixel: f32, at: Position) -> Self::State {
        let (sum, sum_low, squares, squares_low, smallest, largest, x, x_low, y, y_low, z, z_low) = state;
        let new_sum = sum + pixel;
        let sum_part = new_sum - sum;
        let sum_error = (sum - (new_sum - sum_part)) + (pixel - sum_part);
        let square = pixel * pixel;
        let square_error = pixel.mul_add(pixel, -square);
        let new_squares = squares + square;
        let squares_part = new_squares - squares;
        let squares_error = (squares - (new_squares - squares_part)) + (square - squares_part);
        let at_x = at.x() as f32;
        let new_x = x + at_x;
        let x_part = new_x - x;
        let x_error = (x - (new_x - x_part)) + (at_x - x_part);
        let at_y = at.y() as f32;
        let new_y = y + at_y;
        let y_part = new_y - y;
        let y_error = (y - (new_y - y_part)) + (at_y - y_part);
        let at_z = at.z() as f32;
        let new_z = z + at_z;
        let z_part = new_z - z;
        let z_error = (z - (new_z - z_part)) + (at_z - z_part);
        (
            new_sum,
            sum_low + sum_error,
            new_squares,
            squares_low + (squares_error + square_error),
            min(smallest, pixel),
            max(largest, pixel),
            new_x,
            x_low + x_error,
            new_y,
            y_low + y_error,
            new_z,
            z_low + z_error,
        )
    }

    fn merge(a: Self::State, b: Self::State) -> Self::State {
        let (
            sum_a,
            sum_low_a,
            squares_a,
            squares_low_a,
            smallest_a,
            largest_a,
            x_a,
            x_low_a,
            y_a,
            y_low_a,
            z_a,
            z_low_a,
        ) = a;
        let (
            sum_b,
            sum_low_b,
            squares_b,
            squares_low_b,
            smallest_b,
            largest_b,
            x_b,
            x_low_b,
            y_b,
            y_low_b,
            z_b,
            z_low_b,
        ) = b;
        let sum = sum_a + sum_b;
        let sum_part = sum - sum_a;
        let sum_error = (sum_a - (sum - sum_part)) + (sum_b - sum_part);
        let squares = squares_a + squares_b;
        let squares_part = squares - squares_a;
        let squares_error = (squares_a - (squares - squares_part)) + (squares_b - squares_part);
        let x = x_a + x_b;
        let x_part = x - x_a;
        let x_error = (x_a - (x - x_part)) + (x_b - x_part);
        let y = y_a + y_b;
        let y_part = y - y_a;
        let y_error = (y_a - (y - y_part)) + (y_b - y_part);
        let z = z_a + z_b;
        let z_part = z - z_a;
        let z_error = (z_a - (z - z_part)) + (z_b - z_part);
        (
            sum,
            (sum_low_a + sum_low_b) + sum_error,
            squares,
            (squares_low_a + squares_low_b) + squares_error,
            min(smallest_a, smallest_b),
            max(largest_a, largest_b),
            x,
            (x_low_a + x_low_b) + x_error,
            y,
            (y_low_a + y_low_b) + y_error,
            z,
            (z_low_a + z_low_b) + z_error,
        )
    }

    fn finish(state: Self::State, count: f32) -> f32 {
        let (sum, sum_low, _, _, _, _, _, _, _, _, _, _) = state;
        (sum + sum_low) / count
    }
}

/// Statistics of every label: one row per label that has voxels, with area (voxels), centroid, bounding box (inclusive) and
/// smallest, largest, mean intensity and population standard deviation. Coordinates are in voxels. Images of a batch (t, c) count as one.
#[gpu_op(procedure, alias = "statistics_of_labelled_pixels, labels_statistics")]
pub fn label_statistics(context: &Context, labels: Image<u32>, intensity: AnyImage) -> Result<Table> {
    if labels.any().shape5() != intensity.shape5() {
        return Err(Error::Shape {
            operation: "label_statistics".into(),
            problem: format!("the labels have the shape {:?} and the image {:?}", labels.shape(), intensity.shape()),
            remedy: "give two images of one shape".into(),
        });
    }
    let areas = sizes(context, &labels, "label_statistics")?;
    let boxes = boxes(context, &labels, &areas)?;
    let states = context.reduce_labels(&label_moments::KERNEL, labels.any(), &intensity, &boxes)?;
    table(&boxes, &areas, &states)
}

fn boxes(context: &Context, labels: &Image<u32>, areas: &[u32]) -> Result<LabelBoxes> {
    let entries = largest_label(context, labels.any(), "label_statistics")? + 1;
    let smallest = context.upload_buffer(&vec![u32::MAX; 4 * entries])?;
    let largest = context.buffer::<u32>(4 * entries)?;
    label_extents(context, Domain::of(labels.any()), labels, &smallest, &largest, entries as u32)?;
    let (smallest, largest) = (smallest.download()?, largest.download()?);
    let bound = |bounds: &[u32], label: usize| [0, 1, 2].map(|axis| bounds[axis * entries + label]);
    let present = (1..entries).filter(|&label| areas[label] > 0);
    let boxes = present.map(|label| LabelBox {
        label: label as u32,
        min: bound(&smallest, label),
        max: bound(&largest, label),
        batch: [smallest[3 * entries + label], largest[3 * entries + label]],
    });
    Ok(LabelBoxes { boxes: boxes.collect() })
}

fn table(boxes: &LabelBoxes, areas: &[u32], states: &[Vec<u32>]) -> Result<Table> {
    let area = |index: usize| f64::from(areas[boxes.boxes[index].label as usize]);
    let slot = |index: usize, slot: usize| f32::from_bits(states[index][slot]);
    let sum = |index: usize, first: usize| pair(slot(index, first), slot(index, first + 1));
    let rows = 0..boxes.boxes.len();
    let integers =
        |value: &dyn Fn(&LabelBox) -> u32| boxes.boxes.iter().map(|b| i64::from(value(b))).collect::<Vec<_>>();
    let floats = |value: &dyn Fn(usize) -> f64| rows.clone().map(value).collect::<Vec<_>>();
    Table::new()
        .with_column("label", integers(&|b| b.label))?
        .with_column("area", integers(&|b| areas[b.label as usize]))?
        .with_column("centroid_x", floats(&|i| sum(i, 6) / area(i)))?
        .with_column("centroid_y", floats(&|i| sum(i, 8) / area(i)))?
        .with_column("centroid_z", floats(&|i| sum(i, 10) / area(i)))?
        .with_column("bbox_min_x", integers(&|b| b.min[0]))?
        .with_column("bbox_min_y", integers(&|b| b.min[1]))?
        .with_column("bbox_min_z", integers(&|b| b.min[2]))?
        .with_column("bbox_max_x", integers(&|b| b.max[0]))?
        .with_column("bbox_max_y", integers(&|b| b.max[1]))?
        .with_column("bbox_max_z", integers(&|b| b.max[2]))?
        .with_column("minimum_intensity", floats(&|i| f64::from(slot(i, 4))))?
        .with_column("maximum_intensity", floats(&|i| f64::from(slot(i, 5))))?
        .with_column("mean_intensity", floats(&|i| sum(i, 0) / area(i)))?
        .with_column("standard_deviation_intensity", floats(&|i| deviation(sum(i, 0), sum(i, 2), area(i))))
}

pub(crate) const FAMILY: Family = Family {
    operations: &[&label_statistics::INFO],
    kernels: &[
        CompiledKernel { name: "label_extents", op: &label_extents::KERNEL },
        CompiledKernel { name: "label_moments", op: &label_moments::KERNEL },
    ],
};
