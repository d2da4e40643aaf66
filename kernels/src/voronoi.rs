//! Nearest seeds: Voronoi labelling by exact squared Euclidean distances in voxels, one pass per axis.
//!
//! Each voxel carries the pair (squared distance, label) of the best seed so far and takes the smallest pair in lexicographic order.
//! That order is kept when a constant is added to the distance, so passes along x, y and z give the exact minimum over all seeds, and
//! ties go to the smallest label on every device.

use crate::binary::mask as mask_out;
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

/// Along y or z: the lower envelope of the parabolas of each line (Meijster, Roerdink & Hesselink 2000; Felzenszwalb & Huttenlocher
/// 2012), under the lexicographic order of (squared distance, label).
///
/// Of two seeds, the one that comes first is better up to some position and the other from there on, also with ties; that is all
/// the method needs. `hull` keeps, for each line, the seeds of the envelope and the first position of each: two numbers of 16 bits.
#[gpu_op(grid)]
pub fn nearest_along_axis(
    at: Item,
    distances: Read<u32>,
    labels: Read<u32>,
    hull: Global<u32>,
    new_distances: Global<u32>,
    new_labels: Global<u32>,
    len: u32,
    stride: u32,
    along_z: bool,
) {
    let step = stride as usize;
    let plane = if along_z { at.n() } else { at.n() * at.extent_z() + at.z() };
    let offset = if along_z { at.y() * at.extent_x() + at.x() } else { at.x() };
    let first = plane * len as usize * step + offset;
    let mut seeds = 0u32;
    for position in 0..len {
        let here = distances.get(first + position as usize * step);
        if here != u32::MAX {
            let label = labels.get(first + position as usize * step);
            let mut begin = 0u32;
            let mut searching = seeds > 0;
            while searching {
                let top = hull.load(first + (seeds - 1) as usize * step);
                let other = top >> 16u32;
                let start = top & 65535;
                let there = distances.get(first + other as usize * step);
                let other_label = labels.get(first + other as usize * step);
                // Squared distances at the start of the other's range.
                let from_other = if start > other { start - other } else { other - start };
                let from_here = if start > position { start - position } else { position - start };
                let other_value = there + from_other * from_other;
                let value = here + from_here * from_here;
                if value < other_value || (value == other_value && label < other_label) {
                    seeds -= 1;
                    searching = seeds > 0;
                } else {
                    // Last position at which the other is better.
                    let rise = (position as i64) * (position as i64) - (other as i64) * (other as i64) + here as i64
                        - there as i64;
                    let width = 2 * (position as i64 - other as i64);
                    let crossing = rise / width;
                    let tie = crossing * width == rise;
                    begin = if tie && label < other_label { crossing as u32 } else { crossing as u32 + 1 };
                    searching = false;
                }
            }
            if begin < len {
                hull.store(first + seeds as usize * step, (position << 16u32) | begin);
                seeds += 1;
            }
        }
    }
    let mut current = 0u32;
    for position in 0..len {
        let mut best = u32::MAX;
        let mut label = 0u32;
        if seeds > 0 {
            let mut searching = current + 1 < seeds;
            while searching {
                let begin = hull.load(first + (current + 1) as usize * step) & 65535;
                searching = begin <= position;
                if searching {
                    current += 1;
                    searching = current + 1 < seeds;
                }
            }
            let seed = hull.load(first + current as usize * step) >> 16u32;
            let distance = if position > seed { position - seed } else { seed - position };
            best = distances.get(first + seed as usize * step) + distance * distance;
            label = labels.get(first + seed as usize * step);
        }
        new_distances.store(first + position as usize * step, best);
        new_labels.store(first + position as usize * step, label);
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
    let batch = image.batch();
    let (mut distances, mut nearest) = (context.zeros::<u32>(image)?, context.zeros::<u32>(image)?);
    let rows = Domain { batch, extent: [1, height, depth] };
    nearest_along_x(context, rows, labels, &distances, &nearest, width as u32)?;
    let hull = context.zeros::<u32>(image)?;
    for (extent, stride, along_z) in [(height, width, false), (depth, width * height, true)] {
        if extent == 1 {
            continue;
        }
        let lines = Domain { batch, extent: if along_z { [width, height, 1] } else { [width, 1, depth] } };
        let (new_distances, new_nearest) = (context.zeros::<u32>(image)?, context.zeros::<u32>(image)?);
        let (len, stride) = (extent as u32, stride as u32);
        nearest_along_axis(
            context,
            lines,
            &distances,
            &nearest,
            &hull,
            &new_distances,
            &new_nearest,
            len,
            stride,
            along_z,
        )?;
        (distances, nearest) = (new_distances, new_nearest);
    }
    match mask {
        Some(chosen) => context.eval(mask_out(&nearest, chosen)),
        None => Ok(nearest),
    }
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
