//! Active contours by energies: the level set of Chan and Vese, which moves everywhere at once.
//!
//! Input: an image, and a level set: an image of numbers that are positive inside the contour. Output: the mask of what
//! is inside in the end, and the level set. Invariant: a step reads what the step before left; sums over the image are
//! reductions in their fixed order. What a step does not change by more than a tolerance ends the loop, on every device
//! at the same step.
//!
//! Sources: Chan, T. & Vese, L. (2001). Active contours without edges. IEEE Transactions on Image Processing 10(2),
//! 266–277. Getreuer, P. (2012). Chan-Vese segmentation. Image Processing On Line 2, 214–224.

use kernwerk_runtime::Choice;
use kernwerk_runtime::math::pair::two_sum;

use crate::arithmetic::squared_difference;
use crate::binary::mask as mask_out;
use crate::catalogue::family;
use crate::comparison::greater_constant;
use crate::histogram::finite;
use crate::marked::same_shape;
use crate::prelude::*;
use crate::reduction::{maximum_of_all_pixels, mean_of_all_pixels, minimum_of_all_pixels, sum};

/// Waves in turn above and below 0: sin(πx / 5) · sin(πy / 5), and so on with z; a level set to begin with.
///
/// The values of the image do not matter. An axis of extent 1 takes no part.
#[gpu_op(pointwise, family = "segmentation")]
pub fn wave_level_set(
    image: bool,
    at: Position,
    #[param(default = 5.0, range = 0.001..=1000000.0, unit = "voxels")] square_size: f32,
) -> f32 {
    let _ = image;
    let turn = std::f32::consts::PI / square_size;
    let x = if at.extent_x() > 1 { (turn * at.x() as f32).sin() } else { 1.0 };
    let y = if at.extent_y() > 1 { (turn * at.y() as f32).sin() } else { 1.0 };
    let z = if at.extent_z() > 1 { (turn * at.z() as f32).sin() } else { 1.0 };
    x * y * z
}

/// A cone around the middle of an image: (radius − distance) / (`scale` · radius); a level set to begin with.
///
/// The middle is the voxel ⌊(extent − 1) / 2⌋ along each axis, the radius the smallest of these numbers, but of axes of
/// extent 1, times `reach`, at least 1/2. The values of the image do not matter.
#[gpu_op(pointwise, family = "segmentation")]
pub fn cone_level_set(
    image: bool,
    at: Position,
    #[param(default = 1.0, range = 0.001..=1000.0)] reach: f32,
    #[param(default = 1.0, range = 0.001..=1000.0)] scale: f32,
) -> f32 {
    let _ = image;
    let middle_x = (at.extent_x() - 1) / 2;
    let middle_y = (at.extent_y() - 1) / 2;
    let middle_z = (at.extent_z() - 1) / 2;
    let least_x = if at.extent_x() == 1 { i32::MAX } else { middle_x };
    let least_y = if at.extent_y() == 1 { i32::MAX } else { middle_y };
    let least_z = if at.extent_z() == 1 { i32::MAX } else { middle_z };
    let radius = max(reach * least_x.min(least_y).min(least_z) as f32, 0.5);
    let x = (at.x() - middle_x) as f32;
    let y = (at.y() - middle_y) as f32;
    let z = (at.z() - middle_z) as f32;
    (radius - (x * x + y * y + z * z).sqrt()) / (scale * radius)
}

/// The weight of a neighbour: 1 / √(η + a² + b² + c²), where a is the difference to it and b, c are the central ones
/// along the other axes; 0 along an axis of extent 1.
#[gpu_fn]
fn variation_weight(exists: bool, difference: f32, b: f32, c: f32) -> f32 {
    if exists { 1.0 / (0.0000000000000001 + difference * difference + b * b + c * c).sqrt() } else { 0.0 }
}

/// One step of the level set of Chan and Vese: half implicit, every voxel from the level set before.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "the constants of the energy")]
pub fn chan_vese_variation(
    at: Item,
    image: Read<f32>,
    level: Read<f32>,
    total: Read<u32>,
    inside: Read<u32>,
    count: Read<u32>,
    next: Write<f32>,
    voxels: u32,
    mu: f32,
    lambda1: f32,
    lambda2: f32,
    dt: f32,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let own = level.get(i);
    let left = if at.x() > 0 { level.get(i - 1) } else { own };
    let right = if at.x() + 1 < at.extent_x() { level.get(i + 1) } else { own };
    let above = if at.y() > 0 { level.get(i - row) } else { own };
    let below = if at.y() + 1 < at.extent_y() { level.get(i + row) } else { own };
    let back = if at.z() > 0 { level.get(i - plane) } else { own };
    let front = if at.z() + 1 < at.extent_z() { level.get(i + plane) } else { own };
    let x = 0.5 * (right - left);
    let y = 0.5 * (below - above);
    let z = 0.5 * (front - back);
    let to_right: f32 = variation_weight(row > 1, right - own, y, z);
    let to_left: f32 = variation_weight(row > 1, own - left, y, z);
    let to_below: f32 = variation_weight(at.extent_y() > 1, below - own, x, z);
    let to_above: f32 = variation_weight(at.extent_y() > 1, own - above, x, z);
    let to_front: f32 = variation_weight(at.extent_z() > 1, front - own, x, y);
    let to_back: f32 = variation_weight(at.extent_z() > 1, own - back, x, y);
    let around =
        right * to_right + left * to_left + below * to_below + above * to_above + front * to_front + back * to_back;
    let weights = to_right + to_left + to_below + to_above + to_front + to_back;
    // Sums are unevaluated pairs of f32.
    let high = f32::from_bits(inside.get(0));
    let low = f32::from_bits(inside.get(1));
    let (difference, error): (f32, f32) = two_sum(f32::from_bits(total.get(0)), -high);
    let outside = difference + (error + (f32::from_bits(total.get(1)) - low));
    let members = f32::from_bits(count.get(0)) + f32::from_bits(count.get(1));
    let others = voxels as f32 - members;
    let mean_inside = if members > 0.0 { (high + low) / members } else { 0.0 };
    let mean_outside = if others > 0.0 { outside / others } else { 0.0 };
    let pixel = image.get(i);
    let from_inside = pixel - mean_inside;
    let from_outside = pixel - mean_outside;
    let force = lambda2 * (from_outside * from_outside) - lambda1 * (from_inside * from_inside);
    let delta = dt / (1.0 + own * own);
    next.store(i, (own + delta * (mu * around + force)) / (1.0 + mu * delta * weights));
}

/// Where the level set starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum WaveLevelSet {
    /// `wave_level_set` with squares of 5 voxels.
    #[default]
    Checkerboard,
    /// `cone_level_set` as wide as the image.
    Disk,
    /// `cone_level_set` half as wide as the image, a third as steep.
    SmallDisk,
}

impl Choice for WaveLevelSet {
    const NAMES: &'static [&'static str] = &["checkerboard", "disk", "small_disk"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> WaveLevelSet {
        [WaveLevelSet::Checkerboard, WaveLevelSet::Disk, WaveLevelSet::SmallDisk][index.min(2)]
    }
}

/// What the energy weighs, and when the loop ends.
struct Settings {
    mu: f32,
    lambda: [f32; 2],
    tol: f32,
    max_num_iter: u32,
    dt: f32,
}

fn chan_vese_level(
    context: &Context,
    operation: &str,
    image: &Image<f32>,
    start: Image<f32>,
    Settings { mu, lambda: [lambda1, lambda2], tol, max_num_iter, dt }: Settings,
) -> Result<Image<f32>> {
    let Ok(voxels) = u32::try_from(image.any().voxels()) else {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("the image has {} voxels", image.any().voxels()),
            remedy: "divide the image".into(),
        });
    };
    let low = context.scalar(&minimum_of_all_pixels(image))? as f32;
    let (low, _) = finite(operation, low, context.scalar(&maximum_of_all_pixels(image))? as f32)?;
    let image = context.eval(image - low)?;
    let high = context.scalar(&maximum_of_all_pixels(&image))? as f32;
    let image = if high > 0.0 && high.is_finite() { context.eval(&image / high)? } else { image };
    let total = context.reduce_on_device(&sum::KERNEL, image.any())?;
    let mut level = start;
    for _ in 0..max_num_iter {
        let members = context.eval(greater_constant(&level, 0.0))?;
        let inside = context.reduce_on_device(&sum::KERNEL, context.eval(mask_out(&image, &members))?.any())?;
        let count = context.reduce_on_device(&sum::KERNEL, members.any())?;
        let next = context.unset_like::<f32>(image.any())?;
        let domain = Domain::of(image.any());
        chan_vese_variation(
            context, domain, &image, &level, &total, &inside, &count, &next, voxels, mu, lambda1, lambda2, dt,
        )?;
        let change = context.scalar(&mean_of_all_pixels(squared_difference(&next, &level)))?.sqrt();
        level = next;
        if change <= f64::from(tol) || change.is_nan() {
            break;
        }
    }
    Ok(level)
}

/// Separates an image into two regions of little variance by a contour of little length (Chan and Vese, in the scheme
/// of Getreuer).
///
/// The image is scaled to 0..1. The level set φ starts as `init_level_set` says, and is moved at most `max_num_iter`
/// times: with c₁ and c₂ the means of the image where φ > 0 and elsewhere, δ = `dt` / (1 + φ²), and a sum over the
/// neighbours along x, y and z with the weights w = 1 / √(10⁻¹⁶ + (difference to it)² + (central differences along the
/// other axes)²), it becomes (φ + δ·(µ·Σ w·φ' − λ₁·(v − c₁)² + λ₂·(v − c₂)²)) / (1 + µ·δ·Σ w), everywhere from the φ
/// before. It ends when the root of the mean squared change is at most `tol`. The result is 1 where φ > 0. A large `mu`
/// makes the contour smooth. All in f32; means and extremes are those of the whole image, its batch included, and the
/// beginning of the contour is the same in each. Values that are not finite are an error. Needs a few passes over the
/// image for each step, and waits for the host at each.
///
/// Chan, T. & Vese, L. (2001). IEEE Transactions on Image Processing 10(2), 266–277; Getreuer, P. (2012). Image
/// Processing On Line 2, 214–224.
///
/// # Names
/// - `skimage.segmentation.chan_vese`: same up to rounding, for pictures; stacks are its continuation. `small disk` is
///   `small_disk`. The level set is the second result of `chan_vese_from`; energies are not there.
#[gpu_op(procedure, family = "segmentation")]
#[allow(clippy::too_many_arguments, reason = "scikit-image's parameters")]
pub fn chan_vese(
    context: &Context,
    image: Image<f32>,
    #[param(default = 0.25, range = 0.0..)] mu: f32,
    #[param(default = 1.0, range = 0.0..)] lambda1: f32,
    #[param(default = 1.0, range = 0.0..)] lambda2: f32,
    #[param(default = 0.001, range = 0.0..)] tol: f32,
    #[param(default = 500, range = 0..=100000)] max_num_iter: u32,
    #[param(default = 0.5, range = 0.0..)] dt: f32,
    #[param(default = "checkerboard")] init_level_set: WaveLevelSet,
) -> Result<Image<u8>> {
    let start = context.eval(match init_level_set {
        WaveLevelSet::Checkerboard => wave_level_set(&image, 5.0),
        WaveLevelSet::Disk => cone_level_set(&image, 1.0, 1.0),
        WaveLevelSet::SmallDisk => cone_level_set(&image, 0.5, 3.0),
    })?;
    let settings = Settings { mu, lambda: [lambda1, lambda2], tol, max_num_iter, dt };
    let level = chan_vese_level(context, "chan_vese", &image, start, settings)?;
    context.eval(greater_constant(&level, 0.0))
}

/// Separates an image into two regions from a level set of one's own, positive inside: the mask, and the level set in
/// the end. See `chan_vese`.
///
/// # Names
/// - `skimage.segmentation.chan_vese`: with an image as `init_level_set` and `extended_output`, without energies.
#[gpu_op(procedure, family = "segmentation")]
#[allow(clippy::too_many_arguments, reason = "scikit-image's parameters")]
pub fn chan_vese_from(
    context: &Context,
    image: Image<f32>,
    level_set: Image<f32>,
    #[param(default = 0.25, range = 0.0..)] mu: f32,
    #[param(default = 1.0, range = 0.0..)] lambda1: f32,
    #[param(default = 1.0, range = 0.0..)] lambda2: f32,
    #[param(default = 0.001, range = 0.0..)] tol: f32,
    #[param(default = 500, range = 0..=100000)] max_num_iter: u32,
    #[param(default = 0.5, range = 0.0..)] dt: f32,
) -> Result<(Image<u8>, Image<f32>)> {
    same_shape("chan_vese_from", ("image", image.any()), ("level_set", level_set.any()))?;
    let settings = Settings { mu, lambda: [lambda1, lambda2], tol, max_num_iter, dt };
    let level = chan_vese_level(context, "chan_vese_from", &image, level_set, settings)?;
    Ok((context.eval(greater_constant(&level, 0.0))?, level))
}

family! {
    operations: [wave_level_set, cone_level_set, chan_vese, chan_vese_from],
    kernels: [wave_level_set, cone_level_set, chan_vese_variation],
}
