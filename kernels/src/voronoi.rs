//! Nearest seeds: Voronoi labelling by exact squared Euclidean distances in voxels, one pass per axis.
//!
//! Each voxel carries the pair (squared distance, label) of the best seed so far and takes the smallest pair in lexicographic order.
//! That order is kept when a constant is added to the distance, so passes along x, y and z give the exact minimum over all seeds, and
//! ties go to the smallest label on every device.

use crate::catalogue::family;
use crate::labels::connected_components;
use crate::prelude::*;

/// Longest axis for which a sum of three squares fits u32.
const LONGEST_AXIS: usize = 37_000;

/// Along x: nearest seed of each voxel in its row, by a scan to the right and one back.
#[gpu_op(grid)]
pub fn nearest_along_x(at: Item, seeds: Read<u32>, distances: Global<u32>, labels: Global<u32>, width: u32) {
    let first = at.index() * width as usize;
    let end = first + width as usize;
    let mut label = 0u32;
    let mut seed = first;
    for i in first..end {
        let here = seeds.get(i);
        if here != 0 {
            label = here;
            seed = i;
        }
        let distance = (i - seed) as u32;
        distances.store(i, if label != 0 { distance * distance } else { u32::MAX });
        labels.store(i, label);
    }
    label = 0;
    for step in 0..width {
        let i = end - 1 - step as usize;
        let here = seeds.get(i);
        if here != 0 {
            label = here;
            seed = i;
        }
        if label != 0 {
            let distance = (seed - i) as u32;
            let squared = distance * distance;
            let best = distances.load(i);
            if squared < best || (squared == best && label < labels.load(i)) {
                distances.store(i, squared);
                labels.store(i, label);
            }
        }
    }
}

/// Along y or z: the best of each voxel's line, searched outwards until no nearer seed is possible.
#[gpu_op(grid)]
pub fn nearest_along_axis(
    at: Item,
    distances: Read<u32>,
    labels: Read<u32>,
    mask: Read<bool>,
    new_distances: Global<u32>,
    new_labels: Global<u32>,
    along_z: bool,
) {
    let i = at.index();
    if mask.get(i) {
        let stride = if along_z { at.extent_x() * at.extent_y() } else { at.extent_x() };
        let position = (if along_z { at.z() } else { at.y() }) as u32;
        let extent = (if along_z { at.extent_z() } else { at.extent_y() }) as u32;
        let mut best = distances.get(i);
        let mut label = labels.get(i);
        let mut step = 1u32;
        let mut searching = true;
        while searching {
            let squared = step * step;
            let before = position >= step;
            let after = step < extent - position;
            searching = (before || after) && squared <= best;
            if searching {
                if before {
                    let j = i - step as usize * stride;
                    let there = distances.get(j);
                    if there != u32::MAX {
                        let distance = there + squared;
                        let other = labels.get(j);
                        if distance < best || (distance == best && other < label) {
                            best = distance;
                            label = other;
                        }
                    }
                }
                if after {
                    let j = i + step as usize * stride;
                    let there = distances.get(j);
                    if there != u32::MAX {
                        let distance = there + squared;
                        let other = labels.get(j);
                        if distance < best || (distance == best && other < label) {
                            best = distance;
                            label = other;
                        }
                    }
                }
                step += 1;
            }
        }
        new_distances.store(i, best);
        new_labels.store(i, label);
    }
}

/// The label of the nearest labelled voxel for every voxel of the mask, 0 elsewhere.
fn extend(context: &Context, labels: &Image<u32>, mask: Option<&AnyImage>, operation: &str) -> Result<Image<u32>> {
    let image = labels.any();
    let [width, height, depth] = image.spatial();
    if [width, height, depth].into_iter().any(|extent| extent > LONGEST_AXIS) {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("an axis of {width} × {height} × {depth} voxels is longer than {LONGEST_AXIS}"),
            remedy: "divide the image".into(),
        });
    }
    let domain = Domain::of(image);
    let (mut distances, mut nearest) = (context.zeros::<u32>(image)?, context.zeros::<u32>(image)?);
    let rows = Domain { batch: domain.batch, extent: [1, height, depth] };
    nearest_along_x(context, rows, labels, &distances, &nearest, width as u32)?;
    let everywhere = context.eval(crate::equal(image.typed::<u32>()?, image.typed::<u32>()?))?;
    // The last pass is needed in the mask only; it runs also where z has one plane, and then only copies.
    for (along_z, mask) in [(false, Some(everywhere.any())), (true, mask.or(Some(everywhere.any())))] {
        let (new_distances, new_nearest) = (context.zeros::<u32>(image)?, context.zeros::<u32>(image)?);
        let mask = mask.unwrap_or(image);
        nearest_along_axis(context, domain, &distances, &nearest, mask, &new_distances, &new_nearest, along_z)?;
        (distances, nearest) = (new_distances, new_nearest);
    }
    Ok(nearest)
}

/// Gives every voxel the label of the nearest labelled voxel (Euclidean, in voxels; ties go to the smaller label).
#[gpu_op(procedure)]
pub fn extend_labeling_via_voronoi(context: &Context, labels: Image<u32>) -> Result<Image<u32>> {
    extend(context, &labels, None, "extend_labeling_via_voronoi")
}

/// Labels the connected components of a mask of seeds and gives every voxel the label of the nearest (Euclidean, in voxels; ties go to
/// the smaller label).
#[gpu_op(procedure)]
pub fn voronoi_labeling(context: &Context, seeds: AnyImage) -> Result<Image<u32>> {
    let labels = context.eval(connected_components(&seeds, Footprint::Box))?;
    extend(context, &labels, None, "voronoi_labeling")
}

/// Labels the connected components of a mask of seeds and gives every voxel of `mask` the label of the nearest (Euclidean, in voxels;
/// ties go to the smaller label); 0 outside the mask. Distances are straight, also across the mask's holes.
#[gpu_op(procedure)]
pub fn masked_voronoi_labeling(context: &Context, seeds: AnyImage, mask: AnyImage) -> Result<Image<u32>> {
    if seeds.shape5() != mask.shape5() {
        return Err(Error::Shape {
            operation: "masked_voronoi_labeling".into(),
            problem: format!("the seeds have the shape {:?} and the mask {:?}", seeds.shape(), mask.shape()),
            remedy: "give two images of one shape".into(),
        });
    }
    let labels = context.eval(connected_components(&seeds, Footprint::Box))?;
    extend(context, &labels, Some(&mask), "masked_voronoi_labeling")
}

family! {
    operations: [extend_labeling_via_voronoi, voronoi_labeling, masked_voronoi_labeling],
    kernels: [nearest_along_x, nearest_along_axis],
}
