//! Peaks of an image as a list of places.
//!
//! Candidates are found by kernels: voxels that are the largest within a box, above a threshold, and away from the
//! border. They are listed on the device by counting the set bits of a packed mask ([`crate::components`]); the host
//! gets nothing but the list, sorts it, and keeps peaks apart.
//! Invariant: the order of the list is that of brightness, and of places where brightness is equal; so which of two
//! close peaks stays is never left to chance.

use std::collections::HashMap;

use crate::binary::{binarize, binary_and, mask as mask_out};
use crate::catalogue::family;
use crate::comparison::equal;
use crate::components::packed;
use crate::histogram::above_threshold;
use crate::marked::same_shape;
use crate::morphology::maximum_box;
use crate::prefix::exclusive_scan;
use crate::prelude::*;
use crate::reduction::{maximum_of_all_pixels, minimum_of_all_pixels, sum_of_all_pixels};

/// 1 where a mask is set at least `border` voxels away from every face of the image; an axis of extent 1 has none.
#[gpu_op(pointwise)]
pub fn away_from_border(mask: bool, at: Position, #[param] border: u32) -> bool {
    let width = border as i32;
    let on_x = at.extent_x() > 1 && (at.x() < width || at.x() >= at.extent_x() - width);
    let on_y = at.extent_y() > 1 && (at.y() < width || at.y() >= at.extent_y() - width);
    let on_z = at.extent_z() > 1 && (at.z() < width || at.z() >= at.extent_z() - width);
    mask && !on_x && !on_y && !on_z
}

/// How many bits each word has.
#[gpu_op(grid)]
pub fn count_bits(at: Item, words: Read<u32>, counts: Write<u32>) {
    let i = at.index();
    counts.store(i, words.get(i).count_ones());
}

/// Lists the set bits of words: the linear index of the voxel, and its value. `starts` counts those before each word.
#[gpu_op(grid)]
pub fn list_bits(
    at: Item,
    words: Read<u32>,
    starts: Read<u32>,
    image: Read<f32>,
    indices: Write<u32>,
    values: Write<f32>,
    width: u32,
) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let first = row * width as usize + 32 * at.x();
    let mut rest = words.get(at.index());
    let mut next = starts.get(at.index()) as usize;
    while rest != 0 {
        let i = first + rest.trailing_zeros() as usize;
        rest = rest & (rest - 1);
        indices.store(next, i as u32);
        values.store(next, image.get(i));
        next += 1;
    }
}

/// Sets the listed voxels of a mask.
#[gpu_op(grid)]
pub fn set_listed(at: Item, indices: Read<u32>, result: Write<bool>) {
    result.store(indices.get(at.index()) as usize, true);
}

/// The labels of listed voxels.
#[gpu_op(grid)]
pub fn labels_of_listed(at: Item, indices: Read<u32>, labels: Read<u32>, result: Write<u32>) {
    result.store(at.index(), labels.get(indices.get(at.index()) as usize));
}

/// 1 where no voxel of the same label within `radius` along each axis is larger, in sort order; 0 where the label is 0,
/// and where a value is NaN.
#[gpu_op(gather)]
pub fn largest_of_label<T: Pixel>(
    source: Sampler<T>,
    labels: Sampler<u32>,
    at: Position,
    #[param(default = 1, range = 0..=64, unit = "voxels")] radius: u32,
) -> bool {
    let label = labels.at(at.x(), at.y(), at.z());
    let value = source.at(at.x(), at.y(), at.z());
    let reach = radius as i32;
    let first_x = (at.x() - reach).max(0);
    let first_y = (at.y() - reach).max(0);
    let first_z = (at.z() - reach).max(0);
    let end_x = (at.x() + reach + 1).min(at.extent_x());
    let end_y = (at.y() + reach + 1).min(at.extent_y());
    let end_z = (at.z() + reach + 1).min(at.extent_z());
    let mut largest = label != 0;
    for z in first_z..end_z {
        for y in first_y..end_y {
            for x in first_x..end_x {
                if largest && labels.at(x, y, z) == label {
                    largest = max(source.at(x, y, z), value) == value;
                }
            }
        }
    }
    largest
}

/// A peak: its value, and its linear index.
#[derive(Clone, Copy)]
struct Peak {
    value: f32,
    index: u32,
}

/// Which image of the batch a peak is in, and its place there.
struct Places {
    extent: [usize; 3],
}

impl Places {
    fn of(image: &AnyImage) -> Places {
        Places { extent: image.spatial() }
    }

    fn voxels(&self) -> usize {
        self.extent.iter().product()
    }

    fn image(&self, peak: &Peak) -> usize {
        peak.index as usize / self.voxels()
    }

    /// x, y, z.
    fn place(&self, peak: &Peak) -> [usize; 3] {
        let ([width, height, depth], i) = (self.extent, peak.index as usize);
        [i % width, i / width % height, i / (width * height) % depth]
    }
}

/// What makes a peak.
#[derive(Clone, Copy)]
struct Wanted {
    min_distance: u32,
    threshold_abs: f32,
    threshold_rel: f32,
    exclude_border: bool,
    num_peaks: u32,
}

impl Wanted {
    /// How far from every face a peak has to be.
    fn border(self) -> u32 {
        if self.exclude_border { self.min_distance } else { 0 }
    }
}

/// The largest number of peaks of a list: their neighbours are looked up on the host.
const MOST: f64 = 1e8;

/// The voxels that may be peaks, where `largest` is set: what is the largest around it.
fn candidates(
    context: &Context,
    image: &AnyImage,
    largest: Expr<u8>,
    wanted: Wanted,
    operation: &str,
) -> Result<Vec<Peak>> {
    let unsupported = |problem: String, remedy: &str| Error::Unsupported {
        operation: operation.into(),
        problem,
        remedy: remedy.into(),
    };
    if image.voxels() >= u32::MAX as usize {
        return Err(unsupported(format!("the image has {} voxels, and places are u32", image.voxels()), "divide it"));
    }
    let mut threshold = (context.scalar(&minimum_of_all_pixels(image))? as f32).max(wanted.threshold_abs);
    if wanted.threshold_rel > 0.0 {
        threshold = threshold.max(context.scalar(&maximum_of_all_pixels(image))? as f32 * wanted.threshold_rel);
    }
    let bright = binary_and(largest, above_threshold(image, threshold));
    let found = context.eval(away_from_border(bright, wanted.border()))?;
    let count = context.scalar(&sum_of_all_pixels(&found))?;
    if count > MOST {
        return Err(unsupported(format!("there are {count} candidates"), "blur the image, or raise the threshold"));
    }
    let len = count as usize;
    if len == 0 {
        return Ok(Vec::new());
    }
    let words = packed(context, found.any(), false)?;
    let starts = context.unset::<u32>(words.words.len())?;
    count_bits(context, words.domain, &words.words, &starts)?;
    exclusive_scan(context, &starts, starts.len() as u32)?;
    let (indices, values) = (context.unset::<u32>(len)?, context.unset::<f32>(len)?);
    let width = found.any().spatial()[0] as u32;
    list_bits(context, words.domain, &words.words, &starts, image, &indices, &values, width)?;
    let listed = indices.download()?.into_iter().zip(values.download()?);
    Ok(listed.map(|(index, value)| Peak { value, index }).collect())
}

/// The brightest of the candidates that are apart, image by image.
///
/// Two candidates within the distance of each other are both the largest of their boxes, so they are equally bright:
/// only those of one brightness are compared, and noise, where hardly two are, costs no more than sorting.
fn peaks(context: &Context, image: &AnyImage, wanted: Wanted, operation: &str) -> Result<Vec<Peak>> {
    let largest = equal(image, maximum_box(image, wanted.min_distance));
    let mut all = candidates(context, image, largest, wanted, operation)?;
    let places = Places::of(image);
    // Candidates come in raster order, so those of one image stand together.
    let mut kept = Vec::with_capacity(all.len());
    for peaks in all.chunk_by_mut(|a, b| places.image(a) == places.image(b)) {
        keep_brightest(peaks, &places, wanted, &mut kept);
    }
    Ok(kept)
}

/// The same, label by label of each image; with the labels.
fn peaks_of_labels(
    context: &Context,
    image: &AnyImage,
    labels: &Image<u32>,
    wanted: Wanted,
    operation: &str,
) -> Result<(Vec<Peak>, Vec<u32>)> {
    // What lies on the border does not hide what is beside it: it belongs to no label.
    let inner = mask_out(labels, away_from_border(binarize(labels), wanted.border()));
    let largest = largest_of_label(image, inner, wanted.min_distance);
    let all = candidates(context, image, largest, wanted, operation)?;
    if all.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let (places, indices) = (Places::of(image), all.iter().map(|peak| peak.index).collect::<Vec<_>>());
    let names = context.unset::<u32>(all.len())?;
    labels_of_listed(context, Domain::linear(all.len()), &context.upload_buffer(&indices)?, labels, &names)?;
    let mut all: Vec<(u32, Peak)> = names.download()?.into_iter().zip(all).collect();
    let group = |(label, peak): &(u32, Peak)| (places.image(peak), *label);
    all.sort_by_key(group);
    let (mut kept, mut of) = (Vec::new(), Vec::new());
    for group in all.chunk_by(|a, b| group(a) == group(b)) {
        let mut peaks: Vec<Peak> = group.iter().map(|&(_, peak)| peak).collect();
        keep_brightest(&mut peaks, &places, wanted, &mut kept);
        of.resize(kept.len(), group[0].0);
    }
    Ok((kept, of))
}

/// Appends the brightest of some candidates that are apart from each other.
fn keep_brightest(peaks: &mut [Peak], places: &Places, wanted: Wanted, kept: &mut Vec<Peak>) {
    let apart = wanted.min_distance as usize;
    peaks.sort_unstable_by(|a, b| b.value.total_cmp(&a.value).then(a.index.cmp(&b.index)));
    let first = kept.len();
    for plateau in peaks.chunk_by(|a, b| a.value == b.value) {
        let room = (wanted.num_peaks as usize).saturating_sub(kept.len() - first);
        if plateau.len() == 1 || apart <= 1 {
            kept.extend(plateau.iter().take(room));
        } else {
            kept.extend(apart_from_each_other(plateau, places, apart).take(room));
        }
    }
}

/// Of peaks of one brightness those that are `apart` along some axis from all that stay before them.
fn apart_from_each_other<'a>(plateau: &'a [Peak], places: &'a Places, apart: usize) -> impl Iterator<Item = &'a Peak> {
    // Places by cells as large as the distance: who is too close lies in a cell beside.
    let mut cells: HashMap<[usize; 3], Vec<[usize; 3]>> = HashMap::new();
    plateau.iter().filter(move |peak| {
        let at = places.place(peak);
        let cell = at.map(|place| place / apart);
        let beside = |k: usize| [k % 3, k / 3 % 3, k / 9];
        let free = (0..27).all(|k| {
            let [x, y, z] = beside(k);
            let near = [cell[0] + x, cell[1] + y, cell[2] + z].map(|part| part.wrapping_sub(1));
            let placed = cells.get(&near).map_or(&[][..], Vec::as_slice);
            placed.iter().all(|other| (0..3).any(|axis| other[axis].abs_diff(at[axis]) >= apart))
        });
        if free {
            cells.entry(cell).or_default().push(at);
        }
        free
    })
}

/// Peaks of an image: a table of voxels that are the largest within a box around them, the brightest first.
///
/// A voxel is a candidate if it is the largest within `min_distance` along each axis (outside the image its border goes
/// on), greater than the smallest of the image, than `threshold_abs` and, if `threshold_rel` is not 0, than
/// `threshold_rel` times the largest, and, with `exclude_border`, at least `min_distance` away from every face.
/// Candidates are sorted by brightness (as f32), equal ones by place in raster order; one that is closer than
/// `min_distance`, along every axis, to one before it is left out, so that a plateau has one peak. At most `num_peaks`
/// stay. NaN is never a peak, and hides those within `min_distance`. Axes of extent 1 have no faces.
///
/// Columns: `x`, `y`, `z`, `intensity`, and `image`, the number of the image in the batch (t, c); images are searched
/// each for itself, but with thresholds of the whole batch.
///
/// # Names
/// - `skimage.feature.peak_local_max`: same with `p_norm=inf` (its default); coordinates are columns x, y, z instead of
///   (z, y, x); `footprint` and widths of borders other than `min_distance` are not there; for `labels` see
///   `peak_local_max_of_labels`.
/// - `cucim.skimage.feature.peak_local_max`: as scikit-image's.
#[gpu_op(procedure, family = "extrema")]
pub fn peak_local_max(
    context: &Context,
    image: AnyImage,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] min_distance: u32,
    #[param(default = -3.4e38, optional)] threshold_abs: f32,
    #[param(default = 0.0, optional)] threshold_rel: f32,
    #[param(default = true, optional)] exclude_border: bool,
    #[param(default = 4294967295, optional)] num_peaks: u32,
) -> Result<Table> {
    let wanted = Wanted { min_distance, threshold_abs, threshold_rel, exclude_border, num_peaks };
    let peaks = peaks(context, &image, wanted, "peak_local_max")?;
    listed(&image, &peaks)
}

/// Peaks as a table.
fn listed(image: &AnyImage, peaks: &[Peak]) -> Result<Table> {
    let places = Places::of(image);
    let along = |axis: usize| peaks.iter().map(|peak| places.place(peak)[axis] as i64).collect::<Vec<_>>();
    Table::new()
        .with_column("x", along(0))?
        .with_column("y", along(1))?
        .with_column("z", along(2))?
        .with_column("intensity", peaks.iter().map(|peak| f64::from(peak.value)).collect::<Vec<_>>())?
        .with_column("image", peaks.iter().map(|peak| places.image(peak) as i64).collect::<Vec<_>>())
}

/// Peaks of the objects of a label image: a table of voxels that are the largest of their object within a box around
/// them, object by object, the brightest first.
///
/// As `peak_local_max`, but for each label by itself: voxels of other labels and of label 0 neither hide a peak nor are
/// one, and at most `num_peaks_per_label` peaks of a label stay. With `exclude_border` what is closer than
/// `min_distance` to a face belongs to no label. An object of one value has peaks as a plateau has. Columns are those
/// of `peak_local_max`, and `label`; rows are in order of image and label. A voxel costs (2 · `min_distance` + 1) reads
/// along each axis.
///
/// # Names
/// - `skimage.feature.peak_local_max`: with `labels`: same with `p_norm=inf`, but where all voxels of an object are
///   equal, of which there only those stay that an opening removes; `num_peaks` over all labels is not there.
#[gpu_op(procedure, family = "extrema")]
#[allow(clippy::too_many_arguments, reason = "scikit-image's parameters")]
pub fn peak_local_max_of_labels(
    context: &Context,
    image: AnyImage,
    labels: Image<u32>,
    #[param(default = 1, range = 0..=64, unit = "voxels")] min_distance: u32,
    #[param(default = -3.4e38, optional)] threshold_abs: f32,
    #[param(default = 0.0, optional)] threshold_rel: f32,
    #[param(default = true, optional)] exclude_border: bool,
    #[param(default = 4294967295, optional)] num_peaks_per_label: u32,
) -> Result<Table> {
    let operation = "peak_local_max_of_labels";
    same_shape(operation, ("image", &image), ("labels", labels.any()))?;
    let num_peaks = num_peaks_per_label;
    let wanted = Wanted { min_distance, threshold_abs, threshold_rel, exclude_border, num_peaks };
    let (peaks, of) = peaks_of_labels(context, &image, &labels, wanted, operation)?;
    listed(&image, &peaks)?.with_column("label", of.into_iter().map(i64::from).collect::<Vec<_>>())
}

/// Peaks of an image as a mask: 1 in each voxel that `peak_local_max` lists.
///
/// # Names
/// - `skimage.feature.peak_local_max`: an image instead of coordinates; what `indices=False` gave before version 0.20.
///   See `peak_local_max`.
#[gpu_op(procedure, family = "extrema")]
pub fn peak_local_max_mask(
    context: &Context,
    image: AnyImage,
    #[param(default = 1, range = 0..=100000, unit = "voxels")] min_distance: u32,
    #[param(default = -3.4e38, optional)] threshold_abs: f32,
    #[param(default = 0.0, optional)] threshold_rel: f32,
    #[param(default = true, optional)] exclude_border: bool,
    #[param(default = 4294967295, optional)] num_peaks: u32,
) -> Result<Image<u8>> {
    let wanted = Wanted { min_distance, threshold_abs, threshold_rel, exclude_border, num_peaks };
    let indices: Vec<u32> =
        peaks(context, &image, wanted, "peak_local_max_mask")?.iter().map(|peak| peak.index).collect();
    let result = context.zeros::<u8>(&image)?;
    if !indices.is_empty() {
        set_listed(context, Domain::linear(indices.len()), &context.upload_buffer(&indices)?, &result)?;
    }
    Ok(result)
}

family! {
    operations: [peak_local_max, peak_local_max_of_labels, peak_local_max_mask],
    kernels: [away_from_border, count_bits, list_bits, set_listed, labels_of_listed, largest_of_label],
}
