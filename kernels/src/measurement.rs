//! Measurements per label.

use kernwerk_runtime::math::pair::{two_product, two_sum};
use kernwerk_runtime::{LabelBox, LabelBoxes};

use crate::catalogue::CompiledKernel;
use crate::labels::largest_label;
use crate::prelude::*;
use crate::reduction::{add_pairs, add_to_pair, deviation, pair};

/// Counts each label's voxels and grows its box to them. A run of equal labels in a row is the work of its first voxel's item.
///
/// `boxes` has eight numbers for each label: the largest x, y, z, n, and the largest of what these lack to 2³² - 1. Most runs lie in the
/// box that earlier ones have made, which needs no atomic.
#[gpu_op(grid)]
pub fn label_extents(at: Item, labels: Read<u32>, areas: Global<u32>, boxes: Global<u32>) {
    let i = at.index();
    let label = labels.get(i);
    if label != 0 {
        let before = if at.x() > 0 { labels.get(i - 1) } else { 0 };
        if before != label {
            let x = at.x();
            let mut length = 1usize;
            let most = at.extent_x() - x;
            let mut same = length < most;
            while same {
                same = labels.get(i + length) == label;
                if same {
                    length += 1;
                    same = length < most;
                }
            }
            areas.fetch_add(label as usize, length as u32);
            let bounds = [
                (x + length - 1) as u32,
                at.y() as u32,
                at.z() as u32,
                at.n() as u32,
                u32::MAX - x as u32,
                u32::MAX - at.y() as u32,
                u32::MAX - at.z() as u32,
                u32::MAX - at.n() as u32,
            ];
            for k in 0..8usize {
                let entry = 8 * label as usize + k;
                if boxes.peek(entry) < bounds[k] {
                    boxes.fetch_max(entry, bounds[k]);
                }
            }
        }
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
    let entries = largest_label(context, labels.any(), "label_statistics")? + 1;
    let (areas, boxes) = (context.buffer::<u32>(entries)?, context.buffer::<u32>(8 * entries)?);
    label_extents(context, Domain::of(labels.any()), &labels, &areas, &boxes)?;
    let areas = areas.download()?;
    let boxes = label_boxes(&areas, &boxes.download()?);
    let states = context.reduce_labels(&label_moments::KERNEL, labels.any(), &intensity, &boxes)?;
    table(&boxes, &areas, &states)
}

/// The boxes of the labels that have voxels, from what [`label_extents()`] found.
fn label_boxes(areas: &[u32], bounds: &[u32]) -> LabelBoxes {
    let present = areas.iter().zip(bounds.as_chunks::<8>().0).enumerate().skip(1).filter(|(_, (area, _))| **area > 0);
    let boxes = present.map(|(label, (_, &[x, y, z, n, low_x, low_y, low_z, low_n]))| LabelBox {
        label: label as u32,
        min: [low_x, low_y, low_z].map(|lacks| u32::MAX - lacks),
        max: [x, y, z],
        batch: [u32::MAX - low_n, n],
    });
    LabelBoxes { boxes: boxes.collect() }
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
