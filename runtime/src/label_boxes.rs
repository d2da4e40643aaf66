//! Per-label reductions: each label's voxels are looked for in the label's box only.
//!
//! Invariant: a label's voxels are stepped through along x, rows merged in y, planes in z and then in the batch, however
//! the labels are divided among launches.

use kernwerk_codegen::ir::{Boundary, DType, Type};
use kernwerk_codegen::plan::Role;

use crate::arguments::Arguments;
use crate::backend::launch::{Launch, ReductionOperands};
use crate::buffer::{Buffer, GridBuffer};
use crate::check::{self, Meta};
use crate::device::Device;
use crate::image::AnyImage;
use crate::op::KernelOp;
use crate::{Axis, Error, Result};

/// Numbers per item: label, plane, min x, min y, max x, max y.
const ITEM: usize = 6;
/// Items of one launch; their list has at most 64 MiB.
const MOST_ITEMS: usize = (64 << 20) / (ITEM * size_of::<u32>());

/// Where a label is: the smallest box that contains all its voxels, bounds inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelBox {
    /// The label.
    pub label: u32,
    /// First column, row and plane.
    pub min: [u32; 3],
    /// Last column, row and plane; before `min` if the label has no voxels.
    pub max: [u32; 3],
    /// First and last spatial image of the batch.
    pub batch: [u32; 2],
}

/// The boxes of the labels that are to be measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelBoxes {
    /// In the order of the results.
    pub boxes: Vec<LabelBox>,
}

impl LabelBox {
    fn is_empty(&self) -> bool {
        (0..3).any(|axis| self.min[axis] > self.max[axis]) || self.batch[0] > self.batch[1]
    }

    /// Number of planes.
    fn planes(&self) -> usize {
        if self.is_empty() {
            return 0;
        }
        let span = |first: u32, last: u32| (last - first) as usize + 1;
        span(self.min[2], self.max[2]) * span(self.batch[0], self.batch[1])
    }

    fn fits(&self, image: &AnyImage) -> bool {
        let inside = |axis: usize| (self.max[axis] as usize) < image.spatial()[axis];
        self.is_empty() || ((0..3).all(inside) && (self.batch[1] as usize) < image.batch())
    }

    fn push_items(&self, extent_z: usize, items: &mut Vec<u32>) {
        if self.is_empty() {
            return;
        }
        for batch in self.batch[0]..=self.batch[1] {
            for z in self.min[2]..=self.max[2] {
                // Fits: checked by `reduce`.
                let plane = batch * extent_z as u32 + z;
                items.extend([self.label, plane, self.min[0], self.min[1], self.max[0], self.max[1]]);
            }
        }
    }
}

/// Reduces the voxels of each label; returns the bits of each state's slots.
pub(crate) fn reduce(
    operation: &'static str,
    device: &Device,
    op: &'static KernelOp,
    labels: &AnyImage,
    image: &AnyImage,
    boxes: &LabelBoxes,
) -> Result<Vec<Vec<u32>>> {
    for image in [labels, image] {
        if image.device() != device {
            return Err(Error::DeviceMismatch {
                operation: operation.into(),
                first: device.to_string(),
                second: image.device().to_string(),
            });
        }
    }
    if labels.shape5() != image.shape5() {
        let (labels, image) = (Meta::of(labels), Meta::of(image));
        return Err(check::shapes_differ(operation, ("labels", &labels), ("image", &image)));
    }
    let planes = image.spatial()[2].saturating_mul(image.batch());
    let problem = if u32::try_from(planes).is_err() {
        Some(format!("an image of shape {:?} has more than 2³² planes", image.shape()))
    } else if op.ir.inputs.len() != 1 || op.ir.state.is_empty() {
        Some(format!("`{}` is no reduction of one image", op.ir.name))
    } else {
        let outside = boxes.boxes.iter().find(|one| !one.fits(image));
        outside.map(|one| format!("{one:?} does not lie inside an image of shape {:?}", image.shape()))
    };
    if let Some(problem) = problem {
        return Err(Error::Shape { operation: operation.into(), problem, remedy: "check the boxes".into() });
    }
    let mut states = Vec::with_capacity(boxes.boxes.len());
    for batch in batches(&boxes.boxes, MOST_ITEMS) {
        reduce_batch(device, op, labels, image, batch, &mut states)?;
    }
    Ok(states)
}

/// Runs of boxes with at most `most` items each, or of one box.
fn batches(mut boxes: &[LabelBox], most: usize) -> Vec<&[LabelBox]> {
    let mut batches = Vec::new();
    while !boxes.is_empty() {
        let mut items = 0;
        let fitting = boxes.iter().take_while(|one| {
            items += one.planes();
            items <= most
        });
        let (batch, rest) = boxes.split_at(fitting.count().max(1));
        batches.push(batch);
        boxes = rest;
    }
    batches
}

fn reduce_batch(
    device: &Device,
    op: &'static KernelOp,
    labels: &AnyImage,
    image: &AnyImage,
    boxes: &[LabelBox],
    states: &mut Vec<Vec<u32>>,
) -> Result<()> {
    let mut items = Vec::new();
    let mut starts = vec![0u32];
    for one in boxes {
        one.push_items(image.spatial()[2], &mut items);
        starts.push((items.len() / ITEM) as u32);
    }
    let item_count = items.len() / ITEM;
    let slots = op.ir.slots(image.dtype());
    let items = Buffer::upload(device, &items)?;
    let starts = Buffer::upload(device, &starts)?;
    let planes: Buffer<u32> = Buffer::zeros(device, slots * item_count)?;
    let merged: Buffer<u32> = Buffer::zeros(device, slots * boxes.len())?;
    let arguments = Arguments::default();
    let inputs = [image.operand()];
    let launch = |role, inputs, reduction| Launch {
        op,
        role,
        axis: Axis::X,
        inputs,
        outputs: &[],
        sources: &[],
        pixel: if op.ir.inputs[0].ty == Type::Pixel { image.dtype() } else { DType::F32 },
        geometry: image.frame().geometry(),
        boundary: Boundary::Nearest,
        arguments: &arguments,
        windows: &[],
        weights: &[],
        reduction,
        fused: None,
    };
    let of_planes = (planes.operand().operand.memory, item_count as u32);
    if item_count > 0 {
        let reduction = ReductionOperands {
            labels: Some(labels.operand()),
            label_items: Some(items.operand().operand.memory),
            states_out: Some(of_planes),
            ..ReductionOperands::default()
        };
        device.run(&launch(Role::ReduceLabels, &inputs, reduction))?;
    }
    let reduction = ReductionOperands {
        states_in: Some(of_planes),
        label_starts: Some(starts.operand().operand.memory),
        states_out: Some((merged.operand().operand.memory, boxes.len() as u32)),
        ..ReductionOperands::default()
    };
    device.run(&launch(Role::ReduceLabelPlanes, &[], reduction))?;
    let bits = merged.download()?;
    states.extend((0..boxes.len()).map(|label| (0..slots).map(|slot| bits[slot * boxes.len() + label]).collect()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label_box(label: u32, planes: u32) -> LabelBox {
        LabelBox { label, min: [1, 2, 0], max: [3, 4, planes.wrapping_sub(1)], batch: [0, 0] }
    }

    #[test]
    fn items_are_planes_of_boxes() {
        let mut items = Vec::new();
        LabelBox { label: 7, min: [1, 2, 3], max: [4, 5, 4], batch: [1, 2] }.push_items(10, &mut items);
        let planes: Vec<u32> = items.chunks(ITEM).map(|item| item[1]).collect();
        assert_eq!(planes, [13, 14, 23, 24]);
        assert_eq!(items[..ITEM], [7, 13, 1, 2, 4, 5]);
        let nothing = LabelBox { label: 1, min: [1; 3], max: [0; 3], batch: [0, 0] };
        nothing.push_items(10, &mut items);
        assert_eq!((items.len(), nothing.planes()), (4 * ITEM, 0));
    }

    #[test]
    fn batches_are_bounded_and_keep_the_order() {
        let boxes = [label_box(1, 3), label_box(2, 2), label_box(3, 9), label_box(4, 1)];
        let labels: Vec<Vec<u32>> =
            batches(&boxes, 5).into_iter().map(|batch| batch.iter().map(|one| one.label).collect()).collect();
        assert_eq!(labels, [vec![1, 2], vec![3], vec![4]]);
    }
}
