//! Watersheds from markers, defined without a queue.
//!
//! Input: an image as a landscape, and labels from which it is flooded. Output: labels. Three quantities of each voxel
//! say what floods it: the height of its pass (the lowest height at which water from some marker reaches it: a
//! reconstruction, see [`reconstruction`](mod@crate::reconstruction)), its distance in steps, within the lake of that
//! height, from where the lake is entered, and its parent: the neighbour with the lowest pass, of those the one with
//! the smallest distance, of those the first in raster order. Labels go from parents to children.
//!
//! Invariant: a parent comes strictly before its child in (pass, distance), so that parents form a forest with its
//! roots in the markers; each of the three is defined by the ones before, and not by the order of any work.
//!
//! Floors, per voxel: pass and distance are 4 bytes each, a round of walks reads both for each direction; parents are 4
//! bytes, followed by doubling.

use crate::binary::mask as mask_out;
use crate::catalogue::family;
use crate::components::connected_components;
use crate::distance::distance_transform;
use crate::extrema::local_maxima;
use crate::filter::gaussian_blur;
use crate::marked::same_shape;
use crate::prelude::*;
use crate::reconstruction::{keys, reconstruct, until_stable, walks};

/// Where flooding starts, and what it can reach. Keys of the landscape are inverted, so that the lowest are largest; 0
/// is what is not to be flooded.
#[gpu_op(grid)]
pub fn flood_start(
    at: Item,
    keys: Read<u32>,
    markers: Read<u32>,
    mask: Read<bool>,
    limits: Write<u32>,
    passes: Write<u32>,
    masked: bool,
) {
    let i = at.index();
    let key = keys.get(i);
    let marked = markers.get(i) != 0;
    let mut inside = true;
    if masked {
        inside = mask.get(i);
    }
    let limit = if inside { max(key, 1) } else { 0 };
    limits.store(i, limit);
    passes.store(i, if marked { limit } else { 0 });
}

/// Voxels at which a lake is entered have the distance 0: markers, and those beside something lower. All others are far for now.
#[gpu_op(grid)]
pub fn lake_entries(at: Item, passes: Read<u32>, markers: Read<u32>, distances: Write<u32>, corners: bool) {
    let i = at.index();
    let here = passes.get(i);
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let mut entry = here != 0 && markers.get(i) != 0;
    for dz in 0..3usize {
        for dy in 0..3usize {
            for dx in 0..3usize {
                let on_x = at.x() + dx >= 1 && at.x() + dx <= at.extent_x();
                let on_y = at.y() + dy >= 1 && at.y() + dy <= at.extent_y();
                let on_z = at.z() + dz >= 1 && at.z() + dz <= at.extent_z();
                let aside = (if dx != 1 { 1u32 } else { 0 })
                    + (if dy != 1 { 1u32 } else { 0 })
                    + (if dz != 1 { 1u32 } else { 0 });
                if on_x && on_y && on_z && (aside == 1 || (corners && aside > 1)) {
                    let there = passes.get(i + dx + dy * row + dz * plane - 1 - row - plane);
                    entry = entry || (here != 0 && there > here);
                }
            }
        }
    }
    distances.store(i, if entry { 0 } else { u32::MAX });
}

/// Walks the lines along an axis, or back: a distance is at most one more than that of a neighbour of the same lake in
/// the layer behind it. As `reconstruct_walk`.
#[gpu_op(grid)]
pub fn lake_walk(
    at: Item,
    passes: Read<u32>,
    distances: Global<u32>,
    changes: Global<u32>,
    width: u32,
    height: u32,
    depth: u32,
    along: u32,
    reverse: bool,
    corners: bool,
    round: u32,
) {
    let before = if round > 0 { round - 1 } else { 0 };
    if round == 0 || changes.load(before as usize) != 0 {
        let row = width as usize;
        let plane = row * height as usize;
        let step = if along == 0 {
            1usize
        } else if along == 1 {
            row
        } else {
            plane
        };
        let step_a = if along == 0 { row } else { 1usize };
        let step_b = if along == 2 { row } else { plane };
        let len = if along == 0 {
            width
        } else if along == 1 {
            height
        } else {
            depth
        };
        let first = at.n() * plane * depth as usize + at.x() * step_a + at.y() * step_b;
        let mut i = if reverse { first + (len as usize - 1) * step } else { first };
        let mut level = passes.get(i);
        let mut distance = distances.load(i);
        let mut changed = false;
        for _ in 1..len {
            let behind = i;
            i = if reverse { i - step } else { i + step };
            let here = passes.get(i);
            let own = distances.load(i);
            let mut next = own;
            if here == level && distance < next {
                next = min(next, distance + 1);
            }
            // At most 1 cannot become less by a neighbour of the same lake.
            if corners && next > 1 {
                for b in 0..3usize {
                    for a in 0..3usize {
                        let on_a = at.x() + a >= 1 && at.x() + a <= at.extent_x();
                        let on_b = at.y() + b >= 1 && at.y() + b <= at.extent_y();
                        if on_a && on_b && (a != 1 || b != 1) {
                            let j = behind + a * step_a + b * step_b - step_a - step_b;
                            let other = distances.load(j);
                            if other < next && passes.get(j) == here {
                                next = min(next, other + 1);
                            }
                        }
                    }
                }
            }
            if next != own {
                distances.store(i, next);
                changed = true;
            }
            level = here;
            distance = next;
        }
        if changed {
            changes.store(round as usize, 1);
        }
    }
}

/// The parent of each voxel: of its neighbours the one with the lowest pass, of those the one with the smallest
/// distance, of those the first. Markers and what is not flooded are their own.
#[gpu_op(grid)]
pub fn flood_parents(
    at: Item,
    passes: Read<u32>,
    distances: Read<u32>,
    markers: Read<u32>,
    parents: Write<u32>,
    corners: bool,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let flooded = passes.get(i) != 0 && markers.get(i) == 0;
    let mut parent = i;
    let mut pass = 0u32;
    let mut distance = u32::MAX;
    if flooded {
        for dz in 0..3usize {
            for dy in 0..3usize {
                for dx in 0..3usize {
                    let on_x = at.x() + dx >= 1 && at.x() + dx <= at.extent_x();
                    let on_y = at.y() + dy >= 1 && at.y() + dy <= at.extent_y();
                    let on_z = at.z() + dz >= 1 && at.z() + dz <= at.extent_z();
                    let aside = (if dx != 1 { 1u32 } else { 0 })
                        + (if dy != 1 { 1u32 } else { 0 })
                        + (if dz != 1 { 1u32 } else { 0 });
                    if on_x && on_y && on_z && (aside == 1 || (corners && aside > 1)) {
                        let j = i + dx + dy * row + dz * plane - 1 - row - plane;
                        let there = passes.get(j);
                        if there != 0 && there >= pass {
                            let steps = distances.get(j);
                            if there > pass || steps < distance {
                                pass = there;
                                distance = steps;
                                parent = j;
                            }
                        }
                    }
                }
            }
        }
    }
    let found = pass != 0 && distance != u32::MAX;
    parents.store(i, if found { parent as u32 } else { i as u32 });
}

/// Points each voxel at an ancestor some generations further up.
#[gpu_op(grid)]
pub fn flood_follow(at: Item, parents: Global<u32>, generations: u32) {
    let i = at.index();
    let mut parent = parents.peek(i);
    let before = parent;
    for _ in 0..generations {
        parent = parents.peek(parent as usize);
    }
    if parent != before {
        parents.store(i, parent);
    }
}

/// Labels of the roots. With `lines`, 0 at a voxel beside another label that comes before it in the order of flooding:
/// pass, distance, label.
#[gpu_op(grid)]
pub fn flood_labels(
    at: Item,
    passes: Read<u32>,
    distances: Read<u32>,
    markers: Read<u32>,
    parents: Read<u32>,
    labels: Write<u32>,
    corners: bool,
    lines: bool,
) {
    let i = at.index();
    let pass = passes.get(i);
    let mut label = 0u32;
    if pass != 0 {
        label = markers.get(parents.get(i) as usize);
    }
    if lines && label != 0 {
        let own = label;
        let distance = distances.get(i);
        let row = at.extent_x();
        let plane = row * at.extent_y();
        for dz in 0..3usize {
            for dy in 0..3usize {
                for dx in 0..3usize {
                    let on_x = at.x() + dx >= 1 && at.x() + dx <= at.extent_x();
                    let on_y = at.y() + dy >= 1 && at.y() + dy <= at.extent_y();
                    let on_z = at.z() + dz >= 1 && at.z() + dz <= at.extent_z();
                    let aside = (if dx != 1 { 1u32 } else { 0 })
                        + (if dy != 1 { 1u32 } else { 0 })
                        + (if dz != 1 { 1u32 } else { 0 });
                    if on_x && on_y && on_z && (aside == 1 || (corners && aside > 1)) {
                        let j = i + dx + dy * row + dz * plane - 1 - row - plane;
                        let there = passes.get(j);
                        if there >= pass {
                            let other = markers.get(parents.get(j) as usize);
                            let steps = distances.get(j);
                            let nearer = steps < distance || (steps == distance && other < own);
                            if other != 0 && other != own && (there > pass || nearer) {
                                label = 0;
                            }
                        }
                    }
                }
            }
        }
    }
    labels.store(i, label);
}

/// Generations per pass over all voxels, and passes: 17⁸ is more than there are voxels.
const GENERATIONS: u32 = 16;
const PASSES: u32 = 8;

/// Floods a landscape from markers; without a mask all of it.
fn flood(
    context: &Context,
    image: &AnyImage,
    markers: &Image<u32>,
    mask: Option<&AnyImage>,
    corners: bool,
    lines: bool,
) -> Result<Image<u32>> {
    if image.voxels() >= u32::MAX as usize {
        return Err(Error::Unsupported {
            operation: "watershed".into(),
            problem: format!("the image has {} voxels, and parents are u32", image.voxels()),
            remedy: "divide the image".into(),
        });
    }
    let voxels = Domain::of(image);
    let keys = context.eval(keys(image, true))?;
    let limits = context.unset_like::<u32>(image)?;
    let passes = context.unset_like::<u32>(image)?;
    flood_start(context, voxels, &keys, markers, mask.unwrap_or(image), &limits, &passes, mask.is_some())?;
    reconstruct(context, &passes, &limits, corners)?;
    // The memory of keys and limits serves the next steps.
    let (distances, parents) = (keys, limits);
    lake_entries(context, voxels, &passes, markers, &distances, corners)?;
    let [width, height, depth] = voxels.extent.map(|extent| extent as u32);
    until_stable(context, |changes, round| {
        for (along, items, reverse) in walks(voxels) {
            lake_walk(
                context, items, &passes, &distances, changes, width, height, depth, along, reverse, corners, round,
            )?;
        }
        Ok(())
    })?;
    flood_parents(context, voxels, &passes, &distances, markers, &parents, corners)?;
    for _ in 0..PASSES {
        flood_follow(context, voxels, &parents, GENERATIONS)?;
    }
    let labels = context.unset_like::<u32>(image)?;
    flood_labels(context, voxels, &passes, &distances, markers, &parents, &labels, corners, lines)?;
    Ok(labels)
}

/// Floods a landscape from markers: each voxel gets the label of the marker whose water reaches it first.
///
/// Water comes over the lowest pass: the smallest height h for which a path from a marker to the voxel, both included,
/// has no voxel above h. Within a lake of one pass height it goes on by one step at a time from where the lake is
/// entered. So a voxel has the label of that neighbour which has the lowest pass, of those the fewest steps, of those
/// the first in raster order (z, y, x). This is what a queue ordered by height and then by age gives, up to the order
/// of voxels that such a queue holds with equal height and equal distance: there the first in raster order wins, on
/// every device.
///
/// `sphere` (the default) lets water flow to direct neighbours, `box` to all. With `watershed_line` a voxel that is
/// reached later (by pass, steps, label) than a neighbour with another label becomes 0, so that no two labels touch.
/// Voxels that no marker reaches are 0. NaN counts as highest. In images of u32 the two largest values count as equal.
/// Images of a batch (t, c) are flooded each for itself. Values are compared in the image's own type.
///
/// Beucher, S. & Meyer, F. (1993), The morphological approach to segmentation: the watershed transformation; flooding
/// as shortest paths: Falcão, A., Stolfi, J. & Lotufo, R. (2004), The image foresting transform, IEEE Transactions on
/// Pattern Analysis 26(1), 19–29. The cost grows with how often paths turn, as for `reconstruction`.
///
/// # Names
/// - `skimage.segmentation.watershed`: same (0.26) where all heights differ; where voxels are reached at the same
///   height by the same number of steps it takes the one that is first in its queue, and its lines (`watershed_line`)
///   are laid while flooding and lie beside ours. Markers have to be given here; `offset` and `compactness` are not
///   there; for `mask` see `masked_watershed`.
/// - `scipy.ndimage.watershed_ift`: that one has heights of whole differences between voxels; negative markers are not there.
/// - `clij.seededWatershed`: floods by thresholds in steps; differs.
#[gpu_op(procedure, family = "segmentation", alias = "seeded_watershed")]
pub fn watershed(
    context: &Context,
    image: AnyImage,
    markers: Image<u32>,
    #[param(default = "sphere")] connectivity: Footprint,
    #[param(default = false, optional)] watershed_line: bool,
) -> Result<Image<u32>> {
    same_shape("watershed", ("image", &image), ("markers", markers.any()))?;
    flood(context, &image, &markers, None, connectivity == Footprint::Box, watershed_line)
}

/// Floods a landscape from markers within a mask; 0 outside. Otherwise as `watershed`.
///
/// Water flows through the mask only; markers outside it do not count.
///
/// # Names
/// - `skimage.segmentation.watershed`: with `mask`; see `watershed` for the differences.
#[gpu_op(procedure, family = "segmentation")]
pub fn masked_watershed(
    context: &Context,
    image: AnyImage,
    markers: Image<u32>,
    mask: AnyImage,
    #[param(default = "sphere")] connectivity: Footprint,
    #[param(default = false, optional)] watershed_line: bool,
) -> Result<Image<u32>> {
    same_shape("masked_watershed", ("image", &image), ("markers", markers.any()))?;
    same_shape("masked_watershed", ("image", &image), ("mask", &mask))?;
    flood(context, &image, &markers, Some(&mask), connectivity == Footprint::Box, watershed_line)
}

/// Splits touching objects of a mask at their necks, and labels them.
///
/// The distance of each voxel to the outside (`distance_transform`), blurred by `sigma` and set to 0 outside the mask,
/// has a `local_maxima` plateau in each convex part: these are markers, and the negated distance is flooded from them
/// within the mask (`masked_watershed`). All neighbours count as connected. Every object keeps at least one label; a
/// larger `sigma` splits less.
///
/// # Names
/// - `nsbatwm.split_touching_objects`: the same recipe (napari-segment-blobs-and-things-with-membranes); a mask without
///   the borders there, labels here.
/// - `imagej.watershed`: the same idea (Process › Binary) with a tolerance of 0.5 instead of a blur; a mask there.
#[gpu_op(composite, family = "segmentation", alias = "binary_watershed, separate_touching_objects")]
pub fn split_touching_objects(
    mask: AnyExpr,
    #[param(default = 2.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<u32> {
    let depth = mask_out(gaussian_blur(distance_transform(&mask), sigma), &mask);
    let markers = connected_components(local_maxima(&depth, Footprint::Box), Footprint::Box);
    masked_watershed(depth * -1.0, markers, &mask, Footprint::Box)
}

family! {
    operations: [watershed, masked_watershed, split_touching_objects],
    kernels: [flood_start, lake_entries, lake_walk, flood_parents, flood_follow, flood_labels],
}
