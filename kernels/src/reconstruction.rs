//! Morphological reconstruction of grey images, and what follows from it.
//!
//! Images of every element type are turned into u32 that have the same order (keys), so that there is one set of
//! kernels; reconstruction by erosion is reconstruction by dilation of the inverted keys. Lines along each axis are
//! walked there and back, each voxel taking the largest value of its neighbours in the layer before it, as far as the
//! mask allows, until a round of walks changes nothing.
//!
//! Invariant: values only grow and end at the one smallest fixed point, so that neither the order of items nor what an
//! item sees of its neighbours' work matters. A round looks at what the round before changed, so that rounds are
//! launched in groups, and the host waits once for each group.
//!
//! Floors: a walk reads 8 bytes for each voxel and writes what it changes; a round has 4 walks in a picture and 6 in a
//! stack. How many rounds are needed is a matter of the image: 2 to 10 for smooth ones, one for each turn of a
//! labyrinth. Source of the method: Vincent, L. (1993). Morphological grayscale reconstruction in image analysis. IEEE
//! Transactions on Image Processing 2(2), 176–201 (sequential scans).

use kernwerk_runtime::{Choice, DType};

use crate::arithmetic::minimum_images;
use crate::catalogue::family;
use crate::keys::as_floats;
use crate::marked::same_shape;
use crate::prelude::*;
use kernwerk_runtime::lang::to_bits;

/// A key of unsigned numbers: themselves.
#[gpu_op(pointwise)]
pub fn key_of_unsigned(image: u32, #[param] invert: bool) -> u32 {
    if invert { !image } else { image }
}

/// A key of signed numbers: counted from the smallest.
#[gpu_op(pointwise)]
pub fn key_of_signed(image: i32, #[param] invert: bool) -> u32 {
    let key = image as u32 ^ 0x8000_0000;
    if invert { !key } else { key }
}

/// A key of f32, in sort order; both zeros have one key, and NaN has the largest.
#[gpu_op(pointwise)]
pub fn key_of_float(image: f32, #[param] invert: bool) -> u32 {
    let bits = if image == 0.0 { 0u32 } else { to_bits(image) };
    let key = if bits >> 31u32 != 0 { !bits } else { bits | 0x8000_0000 };
    if invert { !key } else { key }
}

/// The number of a key.
#[gpu_op(pointwise)]
pub fn unsigned_of_key(key: u32, #[param] invert: bool) -> u32 {
    if invert { !key } else { key }
}

/// The number of a key.
#[gpu_op(pointwise)]
pub fn signed_of_key(key: u32, #[param] invert: bool) -> i32 {
    let upright = if invert { !key } else { key };
    (upright ^ 0x8000_0000) as i32
}

/// The number of a key.
#[gpu_op(pointwise)]
pub fn float_of_key(key: u32, #[param] invert: bool) -> f32 {
    let upright = if invert { !key } else { key };
    f32::from_bits(if upright >> 31u32 != 0 { upright & 0x7fff_ffff } else { !upright })
}

/// Walks the lines along an axis (0: x, 1: y, 2: z), or back from their ends: each value becomes the largest of itself
/// and its neighbours in the layer behind it, but at most that of the mask. An item is a line; what it changes is told
/// in `changes`, and where the round before changed nothing there is nothing to do.
#[gpu_op(grid)]
pub fn reconstruct_walk(
    at: Item,
    mask: Read<u32>,
    values: Global<u32>,
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
        // Steps along the line and along the two other axes, a and b.
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
        let mut level = values.load(i);
        let mut changed = false;
        for _ in 1..len {
            let behind = i;
            i = if reverse { i - step } else { i + step };
            if corners {
                for b in 0..3usize {
                    for a in 0..3usize {
                        let on_a = at.x() + a >= 1 && at.x() + a <= at.extent_x();
                        let on_b = at.y() + b >= 1 && at.y() + b <= at.extent_y();
                        if on_a && on_b && (a != 1 || b != 1) {
                            let j = behind + a * step_a + b * step_b - step_a - step_b;
                            level = max(level, values.load(j));
                        }
                    }
                }
            }
            let here = values.load(i);
            let next = max(here, min(level, mask.get(i)));
            if next != here {
                values.store(i, next);
                changed = true;
            }
            level = next;
        }
        if changed {
            changes.store(round as usize, 1);
        }
    }
}

/// How many rounds are launched before the host looks whether the last one changed anything.
const FIRST_ROUNDS: u32 = 4;
const MOST_ROUNDS: u32 = 64;

/// Repeats rounds until one changes nothing. `round` gets its number in the group, and a list in which it has to tell
/// whether anything changed; it should do nothing if the round before it told that nothing did.
pub(crate) fn until_stable(context: &Context, mut round: impl FnMut(&Buffer<u32>, u32) -> Result<()>) -> Result<()> {
    let mut rounds = FIRST_ROUNDS;
    loop {
        let changes = context.buffer::<u32>(rounds as usize)?;
        for number in 0..rounds {
            round(&changes, number)?;
        }
        if changes.download()?.last() == Some(&0) {
            return Ok(());
        }
        rounds = (2 * rounds).min(MOST_ROUNDS);
    }
}

/// The walks of a round: axis, lines, and whether backwards.
pub(crate) fn walks(voxels: Domain) -> impl Iterator<Item = (u32, Domain, bool)> {
    let Domain { batch, extent: [width, height, depth] } = voxels;
    let lines = [(width, [height, depth, 1]), (height, [width, depth, 1]), (depth, [width, height, 1])];
    lines.into_iter().enumerate().filter(|(_, (len, _))| *len > 1).flat_map(move |(axis, (_, extent))| {
        [false, true].map(|reverse| (axis as u32, Domain { batch, extent }, reverse))
    })
}

/// Reconstructs by dilation, in place: `values` become the largest that a path from anywhere can bring, being cut down
/// to the mask's at each step. They have to be at most those of the mask.
pub(crate) fn reconstruct(context: &Context, values: &Image<u32>, mask: &Image<u32>, corners: bool) -> Result<()> {
    let voxels = Domain::of(mask.any());
    let [width, height, depth] = voxels.extent.map(|extent| extent as u32);
    until_stable(context, |changes, round| {
        for (along, items, reverse) in walks(voxels) {
            reconstruct_walk(
                context, items, mask, values, changes, width, height, depth, along, reverse, corners, round,
            )?;
        }
        Ok(())
    })
}

/// The keys of an image, as an expression.
pub(crate) fn keys(image: &AnyImage, invert: bool) -> Expr<u32> {
    match image.dtype() {
        dtype if as_floats(dtype) => key_of_float(image, invert),
        DType::I8 | DType::I16 | DType::I32 => key_of_signed(image, invert),
        _ => key_of_unsigned(image, invert),
    }
}

/// The image of keys, in an element type.
pub(crate) fn of_keys(context: &Context, keys: &Image<u32>, dtype: DType, invert: bool) -> Result<AnyImage> {
    let expr = match dtype {
        dtype if as_floats(dtype) => float_of_key(keys, invert).into_any(),
        DType::I8 | DType::I16 | DType::I32 => signed_of_key(keys, invert).into_any(),
        _ => unsigned_of_key(keys, invert).into_any(),
    };
    context.eval_any(&expr.store(dtype))
}

/// How a seed is reconstructed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ReconstructionMethod {
    /// The seed grows under the mask.
    #[default]
    Dilation,
    /// The seed shrinks above the mask.
    Erosion,
}

impl Choice for ReconstructionMethod {
    const NAMES: &'static [&'static str] = &["dilation", "erosion"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> ReconstructionMethod {
        if index == 0 { ReconstructionMethod::Dilation } else { ReconstructionMethod::Erosion }
    }
}

/// Morphological reconstruction: dilates a seed image again and again and cuts it down to a mask image each time, until
/// nothing changes; or, by erosion, erodes it and never goes below the mask.
///
/// By dilation, the result at v is the largest value that some path from any voxel w to v can bring: the smallest of
/// seed(w) and of the mask along the path. `box` (the default) lets paths go to all neighbours, `sphere` to direct
/// ones. A seed that is above the mask (by erosion: below it) counts as the mask there. The result has the type of the
/// mask, and is computed in it; if the seed has another type, both are taken as f32, and so is the result. NaN counts
/// as largest; −0.0 as 0.0. Images of a batch (t, c) are reconstructed each for itself.
///
/// Vincent, L. (1993). Morphological grayscale reconstruction in image analysis: applications and efficient algorithms.
/// IEEE Transactions on Image Processing 2(2), 176–201. Sweeps over all lines until one round changes nothing: the cost
/// grows with how often paths turn.
///
/// # Names
/// - `skimage.morphology.reconstruction`: same values, in the image's type instead of f64; a seed beyond the mask is an
///   error there; other footprints than `box` and `sphere` are not there.
#[gpu_op(procedure, family = "morphology")]
pub fn reconstruction(
    context: &Context,
    seed: AnyImage,
    mask: AnyImage,
    #[param(default = "dilation")] method: ReconstructionMethod,
    #[param(default = "box")] connectivity: Footprint,
) -> Result<AnyImage> {
    same_shape("reconstruction", ("seed", &seed), ("mask", &mask))?;
    let invert = method == ReconstructionMethod::Erosion;
    let dtype = if seed.dtype() == mask.dtype() { mask.dtype() } else { DType::F32 };
    let keys_of = |image: &AnyImage| if as_floats(dtype) { key_of_float(image, invert) } else { keys(image, invert) };
    let limit = context.eval(keys_of(&mask))?;
    let values = context.eval(minimum_images(keys_of(&seed), &limit))?;
    reconstruct(context, &values, &limit, connectivity == Footprint::Box)?;
    of_keys(context, &values, dtype, invert)
}

family! {
    operations: [reconstruction],
    kernels: [
        key_of_unsigned, key_of_signed, key_of_float, unsigned_of_key, signed_of_key, float_of_key, reconstruct_walk,
    ],
}
