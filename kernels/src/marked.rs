//! Components that hold a marker: holes of masks, propagation into a mask, thresholds with hysteresis.
//!
//! Input: a mask, and what marks its components: another mask, or the faces of the image. Output: a mask of the
//! components that are marked, or of everything else. Built on the runs of [`crate::components`]; components are not
//! numbered, since only their roots matter.
//! Invariant: a mark is only ever set, so it does not matter in which order items find it.

use crate::binary::binary_or;
use crate::catalogue::family;
use crate::components::{Runs, packed_as, run_of, run_starts};
use crate::histogram::above_threshold;
use crate::prelude::*;

/// Marks the roots of the runs of each word that hold a marked voxel: one that is set in `marker`, or, with `faces`,
/// one on a face of the image.
#[gpu_op(grid)]
pub fn runs_mark(
    at: Item,
    words: Read<u32>,
    firsts: Read<u32>,
    parents: Read<u32>,
    marker: Read<u32>,
    marks: Global<u32>,
    faces: bool,
    width: u32,
) {
    let i = at.index();
    let word = words.get(i);
    if word != 0 {
        let on_y = at.extent_y() > 1 && (at.y() == 0 || at.y() + 1 == at.extent_y());
        let on_z = at.extent_z() > 1 && (at.z() == 0 || at.z() + 1 == at.extent_z());
        // An axis of extent 1 has no faces; a single voxel has nothing but faces.
        let single = width == 1 && at.extent_y() == 1 && at.extent_z() == 1;
        let mut bits = 0u32;
        if !faces {
            bits = marker.get(i);
        } else if on_y || on_z || single {
            bits = u32::MAX;
        } else if width > 1 {
            let begin = if at.x() == 0 { 1u32 } else { 0 };
            let end = if at.x() + 1 == at.extent_x() { 1u32 << ((width - 1) & 31) } else { 0 };
            bits = begin | end;
        }
        let before = if at.x() > 0 { words.get(i - 1) } else { 0 };
        let starts: u32 = run_starts(word, before);
        let first = firsts.get(i);
        let mut rest = word & bits;
        while rest != 0 {
            let run: u32 = run_of(first, starts, rest.trailing_zeros() + 1);
            marks.store(parents.get(run as usize) as usize, 1);
            // Adding a bit of a run clears the run from there on.
            let bit = rest & 0u32.wrapping_sub(rest);
            rest &= word.wrapping_add(bit);
        }
    }
}

/// 1 in the voxels of marked components, 0 elsewhere; with `invert` the other way round.
#[gpu_op(grid)]
pub fn runs_select(
    at: Item,
    words: Read<u32>,
    firsts: Read<u32>,
    parents: Read<u32>,
    marks: Read<u32>,
    result: Write<bool>,
    per_row: u32,
    invert: bool,
) {
    let row = (at.n() * at.extent_z() + at.z()) * at.extent_y() + at.y();
    let column = at.x() / 32;
    let bit = at.x() as u32 & 31;
    let i = row * per_row as usize + column;
    let word = words.get(i);
    let mut kept = false;
    if (word >> bit) & 1 != 0 {
        let before = if column > 0 { words.get(i - 1) } else { 0 };
        let starts: u32 = run_starts(word, before);
        let run: u32 = run_of(firsts.get(i), starts, bit + 1);
        kept = marks.get(parents.get(run as usize) as usize) != 0;
    }
    result.store(at.index(), kept != invert);
}

/// What marks a component.
pub(crate) enum Marker<'a> {
    /// A voxel that is set in a mask.
    Set(&'a AnyImage),
    /// A voxel on a face of the image. Axes of extent 1 have no faces.
    Faces,
}

/// Which components, and of what.
pub(crate) struct Components {
    /// Of where the mask is not set.
    pub(crate) zeros: bool,
    /// All neighbours are connected, not only direct ones.
    pub(crate) corners: bool,
    /// Each plane is an image of its own.
    pub(crate) planes: bool,
    /// The result is what is *not* in a marked component.
    pub(crate) invert: bool,
}

/// The voxels of the components of a mask that hold a marker.
pub(crate) fn marked(
    context: &Context,
    mask: &AnyImage,
    marker: &Marker<'_>,
    components: &Components,
) -> Result<Image<u8>> {
    let whole = Domain::of(mask);
    let Domain { batch, extent: [width, height, depth] } = whole;
    let planes = Domain { batch: batch * depth, extent: [width, height, 1] };
    let voxels = if components.planes { planes } else { whole };
    let runs = Runs::of(context, mask, voxels, components.zeros)?;
    let (roots, _) = runs.roots(context, components.corners)?;
    let marks = context.buffer::<u32>(runs.most)?;
    let bits = match marker {
        Marker::Set(marker) => packed_as(context, marker, voxels, false)?.words,
        Marker::Faces => context.unset::<u32>(1)?,
    };
    let faces = matches!(marker, Marker::Faces);
    runs_mark(context, runs.domain, &runs.words, &runs.firsts, &roots, &bits, &marks, faces, width as u32)?;
    let result = context.unset_like::<u8>(mask)?;
    runs_select(context, voxels, &runs.words, &runs.firsts, &roots, &marks, &result, runs.per_row, components.invert)?;
    Ok(result)
}

/// Refuses two images of different shapes.
pub(crate) fn same_shape(operation: &str, first: (&str, &AnyImage), second: (&str, &AnyImage)) -> Result<()> {
    if first.1.shape5() == second.1.shape5() {
        return Ok(());
    }
    Err(Error::Shape {
        operation: operation.into(),
        problem: format!("`{}` has the shape {:?} and `{}` {:?}", first.0, first.1.shape(), second.0, second.1.shape()),
        remedy: "give images of one shape".into(),
    })
}

/// Fills the holes of a mask: sets every voxel that is not set and cannot be reached from the border of the image
/// through such voxels.
///
/// `connectivity` says how voxels that are *not* set are connected: `sphere` (the default) through faces, so that a
/// diagonal wall is tight, `box` through corners too. In a stack a hole is a closed cavity; with `slice_by_slice` each
/// plane is filled for itself. Images of a batch (t, c) are filled each for itself. Axes of extent 1 have no border, so
/// that a stack of one plane is filled like a picture.
///
/// By connected components of the rest (see `connected_components`): the cost does not depend on the size of the holes.
///
/// # Names
/// - `scipy.ndimage.binary_fill_holes`: same with `structure` of connectivity 1 (its default) or full connectivity;
///   other structures, `origin` and `axes` are not there, but `slice_by_slice` is `axes=(-2, -1)`. There, a stack of
///   one plane has no holes.
/// - `clij.binaryFillHoles`: same.
#[gpu_op(procedure, family = "binary", alias = "binary_fill_holes, fill_binary_holes")]
pub fn fill_holes(
    context: &Context,
    mask: AnyImage,
    #[param(default = "sphere")] connectivity: Footprint,
    #[param(default = false, optional)] slice_by_slice: bool,
) -> Result<Image<u8>> {
    let corners = connectivity == Footprint::Box;
    let background = Components { zeros: true, corners, planes: slice_by_slice, invert: true };
    marked(context, &mask, &Marker::Faces, &background)
}

/// Grows seeds within a mask until nothing changes: the seeds, and all voxels of the mask that are connected with one
/// through the mask.
///
/// Seeds outside the mask stay set and count as part of it. `sphere` (the default) connects direct neighbours, `box`
/// all. The same as a dilation by the neighbours that is repeated within the mask without end, but computed from
/// connected components, so that the cost does not depend on how far it reaches. The reconstruction of a binary image.
///
/// # Names
/// - `scipy.ndimage.binary_propagation`: same with `structure` of connectivity 1 (its default) or full connectivity,
///   and `border_value=0`; `mask` has to be given here.
/// - `skimage.morphology.reconstruction`: of masks, the same but for seeds outside the mask, which are an error there;
///   the default connectivity there is that of `box`.
#[gpu_op(procedure, family = "binary")]
pub fn binary_propagation(
    context: &Context,
    seeds: AnyImage,
    mask: AnyImage,
    #[param(default = "sphere")] connectivity: Footprint,
) -> Result<Image<u8>> {
    same_shape("binary_propagation", ("seeds", &seeds), ("mask", &mask))?;
    let both = context.eval(binary_or(&seeds, &mask))?;
    let corners = connectivity == Footprint::Box;
    let components = Components { zeros: false, corners, planes: false, invert: false };
    marked(context, both.any(), &Marker::Set(&seeds), &components)
}

/// Threshold with hysteresis: 1 where the image is greater than `low` and connected, through such voxels, with one that
/// is greater than `high`.
///
/// Compared in f32, as `above_threshold` does; NaN is not greater than anything. A `low` above `high` counts as `high`.
/// `sphere` (the default) connects direct neighbours, `box` all.
///
/// # Names
/// - `skimage.filters.apply_hysteresis_threshold`: same; `low` and `high` are numbers, not images, and `connectivity`
///   can be chosen.
#[gpu_op(procedure, family = "segmentation", alias = "hysteresis_threshold")]
pub fn apply_hysteresis_threshold(
    context: &Context,
    image: AnyImage,
    #[param(default = 0.1)] low: f32,
    #[param(default = 0.2)] high: f32,
    #[param(default = "sphere")] connectivity: Footprint,
) -> Result<Image<u8>> {
    let lower = if low < high { low } else { high };
    let mask = context.eval(above_threshold(&image, lower))?;
    let seeds = context.eval(above_threshold(&image, high))?;
    let corners = connectivity == Footprint::Box;
    let components = Components { zeros: false, corners, planes: false, invert: false };
    marked(context, mask.any(), &Marker::Set(seeds.any()), &components)
}

family! {
    operations: [fill_holes, binary_propagation, apply_hysteresis_threshold],
    kernels: [runs_mark, runs_select],
}
