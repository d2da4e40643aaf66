//! Selecting and renumbering labels. Label images are u32, 0 is background.

use kernwerk_runtime::{HostData, HostImage};

use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::maximum_of_all_pixels;

/// Counts the voxels of each label; a run of equal labels in a row is the work of its first voxel's item.
#[gpu_op(grid)]
pub fn count_labels(at: Item, labels: Read<u32>, counts: Global<u32>) {
    let i = at.index();
    let label = labels.get(i);
    let before = if at.x() > 0 { labels.get(i - 1) } else { 0 };
    if label != 0 && before != label {
        let most = at.extent_x() - at.x();
        let mut length = 1usize;
        let mut same = length < most;
        while same {
            same = labels.get(i + length) == label;
            if same {
                length += 1;
                same = length < most;
            }
        }
        counts.fetch_add(label as usize, length as u32);
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
    listable(context.scalar(&maximum_of_all_pixels(labels))?, operation)
}

/// The largest label, if lists with one entry per label can be made.
pub(crate) fn listable(largest: f64, operation: &str) -> Result<usize> {
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
pub(crate) fn keep(
    context: &Context,
    labels: &Image<u32>,
    keep: impl Fn(usize) -> bool,
    len: usize,
) -> Result<Image<u32>> {
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
        relabel_sequential, remove_labels_on_edges, filter_labels_by_size, remove_small_labels, remove_large_labels,
    ],
    kernels: [
        count_labels, mark_labels_on_edges, replace_labels,
    ],
}
