//! Measurements per label.

use kernwerk_runtime::math::pair::{two_product, two_sum};
use kernwerk_runtime::{LabelBox, LabelBoxes};

use crate::catalogue::CompiledKernel;
use crate::labels::{largest_label, sizes};
use crate::prelude::*;
use crate::reduction::{add_pairs, add_to_pair, deviation, pair};

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
        let (sum, sum_low) = add_to_pair(sum, sum_low, pixel);
        let (square, square_error) = two_product(pixel, pixel);
        let (squares, squares_error) = two_sum(squares, square);
        let (x, x_low) = add_to_pair(x, x_low, at.x() as f32);
        let (y, y_low) = add_to_pair(y, y_low, at.y() as f32);
        let (z, z_low) = add_to_pair(z, z_low, at.z() as f32);
        let squares_low = squares_low + (squares_error + square_error);
        let (smallest, largest) = (min(smallest, pixel), max(largest, pixel));
        (sum, sum_low, squares, squares_low, smallest, largest, x, x_low, y, y_low, z, z_low)
    }

    fn merge(a: Self::State, b: Self::State) -> Self::State {
        let (sum, sum_low) = add_pairs(a.0, a.1, b.0, b.1);
        let (squares, squares_low) = add_pairs(a.2, a.3, b.2, b.3);
        let (x, x_low) = add_pairs(a.6, a.7, b.6, b.7);
        let (y, y_low) = add_pairs(a.8, a.9, b.8, b.9);
        let (z, z_low) = add_pairs(a.10, a.11, b.10, b.11);
        let (smallest, largest) = (min(a.4, b.4), max(a.5, b.5));
        (sum, sum_low, squares, squares_low, smallest, largest, x, x_low, y, y_low, z, z_low)
    }

    fn finish(state: Self::State, count: f32) -> f32 {
        (state.0 + state.1) / count
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
