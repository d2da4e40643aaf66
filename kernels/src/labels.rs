//! Connected components, and selecting and renumbering labels. Label images are u32, 0 is background.

use kernwerk_runtime::{HostData, HostImage};

use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::maximum_of_all_pixels;

/// Voxels that one work-item counts or numbers.
const SEGMENT: u32 = 256;

/// Each run of set voxels in a row becomes a tree: the label is the index of the run's first voxel, plus 1. One item per row.
#[gpu_op(grid)]
pub fn components_start(at: Item, mask: Read<bool>, parents: Global<u32>, width: u32) {
    let first = at.index() * width as usize;
    let end = first + width as usize;
    let mut label = 0u32;
    for i in first..end {
        let begun = if label == 0 { i as u32 + 1 } else { label };
        label = if mask.get(i) { begun } else { 0 };
        parents.store(i, label);
    }
}

/// Joins each row's runs with those that they touch in the rows before it, `(y - 1, z)`, `(y, z - 1)` and, with corners, `(y - 1, z - 1)`
/// and `(y + 1, z - 1)`; roots are the first voxels.
///
/// Two runs that touch at several voxels are joined at the first. Lock-free union-find (Komura 2015; Playne & Hawick 2018): a root is
/// lowered atomically, and whoever was overtaken goes on with what stood there.
#[gpu_op(grid)]
pub fn components_join(at: Item, parents: Global<u32>, corners: bool) {
    let i = at.index();
    if parents.load(i) != 0 {
        let has_left = at.x() > 0;
        let has_right = at.x() + 1 < at.extent_x();
        let step_left = if has_left { 1usize } else { 0 };
        let step_right = if has_right { 1usize } else { 0 };
        let left = has_left & (parents.load(i - step_left) != 0);
        let right = has_right & (parents.load(i + step_right) != 0);
        let plane = at.extent_x() * at.extent_y();
        let rows = if corners { 4u32 } else { 2 };
        for row in 0..rows {
            let above = (row == 0 || row == 2) && at.y() > 0;
            let below = row == 3 && at.y() + 1 < at.extent_y();
            let behind = row > 0 && at.z() > 0;
            let exists = (row == 1 || above || below) && (row == 0 || behind);
            if exists {
                // The voxel of the other row that lies beside this one.
                let back = (if above { at.extent_x() } else { 0 }) + (if behind { plane } else { 0 });
                let beside = i + (if below { at.extent_x() } else { 0 }) - back;
                let here = parents.load(beside) != 0;
                let other_left = has_left & (parents.load(beside - step_left) != 0);
                let other_right = has_right & (parents.load(beside + step_right) != 0);
                // At most two joins: beside (or, if that is not set, to the left) and to the right. No branch until here.
                let beside_join = here & !(left & other_left);
                let left_join = corners & !here & other_left & !left;
                let second_join = corners & !here & other_right & !right;
                let first_join = beside_join | left_join;
                if first_join | second_join {
                    for join in 0..2 {
                        let wanted = if join == 0 { first_join } else { second_join };
                        if wanted {
                            let to_left = if !here && join == 0 { 1usize } else { 0 };
                            let to_right = if join == 1 { 1usize } else { 0 };
                            let mut a = parents.load(i) - 1;
                            let mut b = parents.load(beside + to_right - to_left) - 1;
                            while a != b {
                                // Each step points a voxel at its grandparent: an ancestor stays one, whatever others do meanwhile.
                                let mut parent = parents.load(a as usize) - 1;
                                while parent != a {
                                    let above = parents.load(parent as usize) - 1;
                                    if above != parent {
                                        parents.store(a as usize, above + 1);
                                    }
                                    a = parent;
                                    parent = above;
                                }
                                parent = parents.load(b as usize) - 1;
                                while parent != b {
                                    let above = parents.load(parent as usize) - 1;
                                    if above != parent {
                                        parents.store(b as usize, above + 1);
                                    }
                                    b = parent;
                                    parent = above;
                                }
                                if a < b {
                                    let smaller = a;
                                    a = b;
                                    b = smaller;
                                }
                                if a != b {
                                    let found = parents.fetch_min(a as usize, b + 1);
                                    if found - 1 == a {
                                        break;
                                    }
                                    a = found - 1;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Points each voxel at its root.
#[gpu_op(grid)]
pub fn components_flatten(at: Item, parents: Global<u32>) {
    let i = at.index();
    let start = parents.load(i);
    if start != 0 {
        let mut root = start - 1;
        let mut parent = parents.load(root as usize) - 1;
        while parent != root {
            root = parent;
            parent = parents.load(root as usize) - 1;
        }
        parents.store(i, root + 1);
    }
}

/// Counts the roots in each segment.
#[gpu_op(grid)]
pub fn components_count(at: Item, parents: Read<u32>, counts: Global<u32>, voxels: u32, segment: u32) {
    let first = at.x() * segment as usize;
    let end = (first + segment as usize).min(voxels as usize);
    let mut roots = 0u32;
    for i in first..end {
        roots += if parents.get(i) == i as u32 + 1 { 1 } else { 0 };
    }
    counts.store(at.x(), roots);
}

/// Numbers the roots of each segment in raster order.
#[gpu_op(grid)]
pub fn components_number(
    at: Item,
    parents: Read<u32>,
    starts: Read<u32>,
    labels: Global<u32>,
    voxels: u32,
    segment: u32,
) {
    let first = at.x() * segment as usize;
    let end = (first + segment as usize).min(voxels as usize);
    let mut number = starts.get(at.x());
    for i in first..end {
        if parents.get(i) == i as u32 + 1 {
            number += 1;
            labels.store(i, number);
        }
    }
}

/// Gives each voxel the number of its root.
#[gpu_op(grid)]
pub fn components_spread(at: Item, parents: Read<u32>, labels: Global<u32>) {
    let i = at.index();
    let parent = parents.get(i);
    if parent != 0 && parent != i as u32 + 1 {
        labels.store(i, labels.load(parent as usize - 1));
    }
}

/// Sums each segment of a list.
#[gpu_op(grid)]
pub fn scan_sums(at: Item, values: Read<u32>, sums: Global<u32>, len: u32, segment: u32) {
    let first = at.x() * segment as usize;
    let end = (first + segment as usize).min(len as usize);
    let mut sum = 0u32;
    for i in first..end {
        sum += values.get(i);
    }
    sums.store(at.x(), sum);
}

/// Replaces each value by the sum of those before it, given the sum before each segment.
#[gpu_op(grid)]
pub fn scan_segments(at: Item, starts: Read<u32>, values: Global<u32>, len: u32, segment: u32) {
    let first = at.x() * segment as usize;
    let end = (first + segment as usize).min(len as usize);
    let mut sum = starts.get(at.x());
    for i in first..end {
        let value = values.load(i);
        values.store(i, sum);
        sum += value;
    }
}

/// Exclusive prefix sum, in place.
fn exclusive_scan(context: &Context, values: &Buffer<u32>, len: u32) -> Result<()> {
    let segments = len.div_ceil(SEGMENT);
    let sums = context.buffer::<u32>(segments as usize)?;
    if segments > 1 {
        scan_sums(context, Domain::linear(segments as usize), values, &sums, len, SEGMENT)?;
        exclusive_scan(context, &sums, segments)?;
    }
    scan_segments(context, Domain::linear(segments as usize), &sums, values, len, SEGMENT)
}

fn voxel_count(image: &AnyImage, operation: &str) -> Result<u32> {
    u32::try_from(image.voxels()).ok().filter(|&voxels| voxels < u32::MAX).ok_or_else(|| Error::Unsupported {
        operation: operation.into(),
        problem: format!("the image has {} voxels, and labels are u32", image.voxels()),
        remedy: "label parts of it".into(),
    })
}

/// Connected components: every connected set of non-zero voxels gets a label; labels are 1..n in the order of their first voxel.
///
/// `box` connects all 26 (2-D: 8) neighbours, `sphere` the 6 (4) direct ones. Images of a batch (t, c) are labelled each for itself,
/// with numbers that go on.
#[gpu_op(procedure, alias = "connected_component_labeling, connected_components_labeling, label")]
pub fn connected_components(
    context: &Context,
    mask: AnyImage,
    #[param(default = "box")] connectivity: Footprint,
) -> Result<Image<u32>> {
    let voxels = voxel_count(&mask, "connected_components")?;
    let parents = context.zeros::<u32>(&mask)?;
    let labels = context.zeros::<u32>(&mask)?;
    let domain = Domain::of(&mask);
    let [width, height, depth] = domain.extent;
    let rows = Domain { batch: domain.batch, extent: [1, height, depth] };
    components_start(context, rows, &mask, &parents, width as u32)?;
    let corners = connectivity == Footprint::Box;
    components_join(context, domain, &parents, corners)?;
    components_flatten(context, domain, &parents)?;
    let segments = voxels.div_ceil(SEGMENT);
    let counts = context.buffer::<u32>(segments as usize)?;
    let list = Domain::linear(segments as usize);
    components_count(context, list, &parents, &counts, voxels, SEGMENT)?;
    exclusive_scan(context, &counts, segments)?;
    components_number(context, list, &parents, &counts, &labels, voxels, SEGMENT)?;
    components_spread(context, domain, &parents, &labels)?;
    Ok(labels)
}

/// Counts the voxels of each label.
#[gpu_op(grid)]
pub fn count_labels(at: Item, labels: Read<u32>, counts: Global<u32>) {
    let label = labels.get(at.index());
    if label != 0 {
        counts.fetch_add(label as usize, 1);
    }
}

/// Marks the labels that touch a face of the image.
#[gpu_op(grid)]
pub fn mark_labels_on_edges(
    at: Item,
    labels: Read<u32>,
    marks: Global<u32>,
    along_x: bool,
    along_y: bool,
    along_z: bool,
) {
    let label = labels.get(at.index());
    let on_x = along_x && (at.x() == 0 || at.x() + 1 == at.extent_x());
    let on_y = along_y && (at.y() == 0 || at.y() + 1 == at.extent_y());
    let on_z = along_z && (at.z() == 0 || at.z() + 1 == at.extent_z());
    if label != 0 && (on_x || on_y || on_z) {
        marks.store(label as usize, 1);
    }
}

/// Replaces each label by its entry in a list.
#[gpu_op(grid)]
pub fn replace_labels(at: Item, labels: Read<u32>, replacements: Read<u32>, result: Global<u32>) {
    let i = at.index();
    result.store(i, replacements.get(labels.get(i) as usize));
}

/// Largest label for which lists with one entry per label are made.
const LARGEST_LABEL: u32 = 1 << 26;

/// The largest label.
pub(crate) fn largest_label(context: &Context, labels: &AnyImage, operation: &str) -> Result<usize> {
    let largest = context.scalar(&maximum_of_all_pixels(labels))?;
    if largest <= f64::from(LARGEST_LABEL) {
        return Ok(largest as usize);
    }
    Err(Error::Unsupported {
        operation: operation.into(),
        problem: format!(
            "the largest label is {largest}, and lists with an entry for each label up to it would be needed"
        ),
        remedy: "renumber them with `relabel_sequential` first".into(),
    })
}

/// Number of voxels per label, from label 0 (which is not counted) on.
pub(crate) fn sizes(context: &Context, labels: &Image<u32>, operation: &str) -> Result<Vec<u32>> {
    let counts = context.buffer::<u32>(largest_label(context, labels.any(), operation)? + 1)?;
    count_labels(context, Domain::of(labels.any()), labels, &counts)?;
    counts.download()
}

/// Keeps some labels and numbers them 1..n in their order.
fn keep(context: &Context, labels: &Image<u32>, keep: impl Fn(usize) -> bool, len: usize) -> Result<Image<u32>> {
    let mut next = 0;
    let mut replacement = |label: usize| {
        if label == 0 || !keep(label) {
            return 0;
        }
        next += 1;
        next
    };
    let replacements: Vec<u32> = (0..len).map(&mut replacement).collect();
    let replacements = context.upload_buffer(&replacements)?;
    let result = context.zeros::<u32>(labels.any())?;
    replace_labels(context, Domain::of(labels.any()), labels, &replacements, &result)?;
    Ok(result)
}

/// Renumbers labels to 1..n, keeping their order.
#[gpu_op(procedure)]
pub fn relabel_sequential(context: &Context, labels: Image<u32>) -> Result<Image<u32>> {
    if context.scalar(&maximum_of_all_pixels(&labels))? > f64::from(LARGEST_LABEL) {
        return relabel_on_host(context, &labels);
    }
    let sizes = sizes(context, &labels, "relabel_sequential")?;
    keep(context, &labels, |label| sizes[label] > 0, sizes.len())
}

/// Renumbers labels that are too large for a list with an entry for each number up to them.
fn relabel_on_host(context: &Context, labels: &Image<u32>) -> Result<Image<u32>> {
    let host = labels.download_host()?;
    let HostData::U32(values) = host.data() else { return Ok(labels.clone()) };
    let mut present = values.clone();
    present.sort_unstable();
    present.dedup();
    let first = present.partition_point(|&label| label == 0);
    let number = |label: &u32| present[first..].binary_search(label).map_or(0, |position| position as u32 + 1);
    let renumbered =
        HostImage::new(host.axes().clone(), host.shape(), HostData::U32(values.iter().map(number).collect()))?;
    context.device().upload_host(&renumbered.with_voxel_size(host.voxel_size().cloned()))?.typed()
}

/// Removes labels that touch the faces of the image along the chosen axes, and renumbers the rest to 1..n in their order. Axes of
/// extent 1 have no faces.
#[gpu_op(procedure, alias = "exclude_labels_on_edges")]
pub fn remove_labels_on_edges(
    context: &Context,
    labels: Image<u32>,
    #[param(default = true, optional)] exclude_x: bool,
    #[param(default = true, optional)] exclude_y: bool,
    #[param(default = true, optional)] exclude_z: bool,
) -> Result<Image<u32>> {
    let sizes = sizes(context, &labels, "remove_labels_on_edges")?;
    let marks = context.buffer::<u32>(sizes.len())?;
    let [width, height, depth] = labels.any().spatial();
    let domain = Domain::of(labels.any());
    mark_labels_on_edges(
        context,
        domain,
        &labels,
        &marks,
        exclude_x && width > 1,
        exclude_y && height > 1,
        exclude_z && depth > 1,
    )?;
    let marks = marks.download()?;
    keep(context, &labels, |label| sizes[label] > 0 && marks[label] == 0, sizes.len())
}

/// Keeps labels with `minimum_size..=maximum_size` voxels and renumbers them to 1..n in their order.
#[gpu_op(procedure, alias = "filter_label_by_size, exclude_labels_outside_size_range")]
pub fn filter_labels_by_size(
    context: &Context,
    labels: Image<u32>,
    #[param(default = 0, unit = "voxels")] minimum_size: u32,
    #[param(default = 4294967295, unit = "voxels")] maximum_size: u32,
) -> Result<Image<u32>> {
    let sizes = sizes(context, &labels, "filter_labels_by_size")?;
    let fits = |label: usize| sizes[label] > 0 && (minimum_size..=maximum_size).contains(&sizes[label]);
    keep(context, &labels, fits, sizes.len())
}

/// Removes labels with fewer than `minimum_size` voxels and renumbers the rest to 1..n in their order.
#[gpu_op(composite, alias = "exclude_small_labels")]
pub fn remove_small_labels(labels: Expr<u32>, #[param(default = 100, unit = "voxels")] minimum_size: u32) -> Expr<u32> {
    filter_labels_by_size(labels, minimum_size, u32::MAX)
}

/// Removes labels with more than `maximum_size` voxels and renumbers the rest to 1..n in their order.
#[gpu_op(composite, alias = "exclude_large_labels")]
pub fn remove_large_labels(labels: Expr<u32>, #[param(default = 100, unit = "voxels")] maximum_size: u32) -> Expr<u32> {
    filter_labels_by_size(labels, 0, maximum_size)
}

family! {
    operations: [
        connected_components, relabel_sequential, remove_labels_on_edges, filter_labels_by_size, remove_small_labels, remove_large_labels,
    ],
    kernels: [
        components_start, components_join, components_flatten, components_count, components_number, components_spread, scan_sums,
        scan_segments, count_labels, mark_labels_on_edges, replace_labels,
    ],
}
