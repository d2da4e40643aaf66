//! Active contours that need no distances: morphological snakes.
//!
//! Input: an image, and a level set: a mask whose border is the contour. Output: the mask after some steps. A step
//! moves the border by at most a voxel and then smooths it with lines or planes of 3 voxels through each voxel.
//! Invariant: a step reads what the step before left; sums over the image are reductions in their fixed order, which
//! stay on the device, so that no step waits for the host.
//!
//! Source: Márquez-Neila, P., Baumela, L. & Alvarez, L. (2014). A morphological approach to curvature-based evolution
//! of curves and surfaces. IEEE Transactions on Pattern Analysis 36(1), 2–17.

use kernwerk_runtime::math::pair::two_sum;
use kernwerk_runtime::{Boundary, Choice};

use crate::arithmetic::{reciprocal, square_root};
use crate::binary::{binarize, mask as mask_out};
use crate::catalogue::family;
use crate::derivative::gaussian_gradient_magnitude;
use crate::marked::same_shape;
use crate::morphology::{maximum_box, minimum_box};
use crate::prelude::*;
use crate::reduction::sum;

/// The largest of the smallest values on each line of 3 pixels (in a stack: on each plane of 3 × 3 voxels) through a
/// voxel; with `invert` the smallest of the largest.
///
/// Lines and planes are those through the middle of a box of 3 voxels along each axis, upright and diagonal: 4 lines, 9
/// planes. Along an axis of extent 1 there is nothing.
#[gpu_op(neighborhood, family = "binary")]
pub fn binary_curvature(w: Window<bool>, #[param] invert: bool) -> bool {
    let flat_x = w.extent_x() == 1;
    let flat_y = w.extent_y() == 1;
    let flat_z = w.extent_z() == 1;
    let mut all = [true; 9];
    for dz in -1i32..=1 {
        for dy in -1i32..=1 {
            for dx in -1i32..=1 {
                let absent = (flat_x && dx != 0) || (flat_y && dy != 0) || (flat_z && dz != 0);
                let set = absent || (w.at(dx, dy, dz) != invert);
                all[0] = all[0] && (dx != 0 || set);
                all[1] = all[1] && (dy != 0 || set);
                all[2] = all[2] && (dz != 0 || set);
                all[3] = all[3] && (dy != dx || set);
                all[4] = all[4] && (dy != -dx || set);
                all[5] = all[5] && (dz != dx || set);
                all[6] = all[6] && (dz != -dx || set);
                all[7] = all[7] && (dz != dy || set);
                all[8] = all[8] && (dz != -dy || set);
            }
        }
    }
    let mut any = false;
    for k in 0..9usize {
        any = any || all[k];
    }
    any != invert
}

/// Supremum of infima: 1 where all voxels of some line of 3 pixels (in a stack: of some plane of 3 × 3 voxels) through
/// the voxel are set. Smooths what sticks out.
///
/// Lines and planes are upright and diagonal: 4 lines, 9 planes. The boundary says what lies outside.
///
/// # Names
/// - `clesperanto.binary_supinf`: same; nothing else than `nearest` outside there.
/// - `skimage.segmentation.morphsnakes.sup_inf`: same with the boundary `constant:0`.
#[gpu_op(composite, family = "binary")]
pub fn binary_supinf(mask: AnyExpr) -> Expr<u8> {
    binary_curvature(&mask, false)
}

/// Infimum of suprema: 1 where some voxel is set on every line of 3 pixels (in a stack: on every plane of 3 × 3 voxels)
/// through the voxel. Smooths what is cut in.
///
/// Lines and planes are upright and diagonal: 4 lines, 9 planes. The boundary says what lies outside.
///
/// # Names
/// - `clesperanto.binary_infsup`: same; nothing else than `nearest` outside there.
/// - `skimage.segmentation.morphsnakes.inf_sup`: same with the boundary `constant:0`.
#[gpu_op(composite, family = "binary")]
pub fn binary_infsup(mask: AnyExpr) -> Expr<u8> {
    binary_curvature(&mask, true)
}

/// 1 and 0 in turn, in boxes of `square_size` voxels, of the shape of an image: a level set to begin with.
///
/// 1 where the sum of ⌊coordinate / square_size⌋ over the axes is odd. The values of the image do not matter.
///
/// # Names
/// - `skimage.segmentation.checkerboard_level_set`: same, of the shape of an image.
#[gpu_op(pointwise, family = "segmentation")]
pub fn checkerboard_level_set(
    image: bool,
    at: Position,
    #[param(default = 5, range = 1.., unit = "voxels")] square_size: u32,
) -> bool {
    let _ = image;
    let x = at.x() as u32 / square_size;
    let y = at.y() as u32 / square_size;
    let z = at.z() as u32 / square_size;
    (x + y + z) & 1 == 1
}

/// 1 within a ball around the middle of an image, of its shape: a level set to begin with.
///
/// The middle is the voxel ⌊extent / 2⌋ along each axis, the radius, unless it is given, three eighths of the smallest
/// extent that is not 1; 1 where the distance is less than the radius. The values of the image do not matter.
///
/// # Names
/// - `skimage.segmentation.disk_level_set`: same, of the shape of an image; `center` is not there.
#[gpu_op(pointwise, family = "segmentation")]
pub fn disk_level_set(
    image: bool,
    at: Position,
    #[param(default = 0.0, range = 0.0.., unit = "voxels")] radius: f32,
) -> bool {
    let _ = image;
    let x = (at.x() - at.extent_x() / 2) as f32;
    let y = (at.y() - at.extent_y() / 2) as f32;
    let z = (at.z() - at.extent_z() / 2) as f32;
    let extent_x = if at.extent_x() == 1 { i32::MAX } else { at.extent_x() };
    let extent_y = if at.extent_y() == 1 { i32::MAX } else { at.extent_y() };
    let extent_z = if at.extent_z() == 1 { i32::MAX } else { at.extent_z() };
    let smallest = extent_x.min(extent_y).min(extent_z);
    let reach = if radius > 0.0 { radius } else { 0.375 * smallest as f32 };
    (x * x + y * y + z * z).sqrt() < reach
}

/// Whether a mask changes along an axis: central differences, at a face those to the one neighbour.
#[gpu_op(grid)]
pub fn chan_vese_step(
    at: Item,
    image: Read<f32>,
    level: Read<bool>,
    total: Read<u32>,
    inside: Read<u32>,
    count: Read<u32>,
    next: Write<bool>,
    voxels: u32,
    lambda1: f32,
    lambda2: f32,
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
    let on_border = left != right || above != below || back != front;
    let mut set = own;
    if on_border {
        // Sums are unevaluated pairs of f32.
        let high = f32::from_bits(inside.get(0));
        let low = f32::from_bits(inside.get(1));
        let (difference, error): (f32, f32) = two_sum(f32::from_bits(total.get(0)), -high);
        let outside = difference + (error + (f32::from_bits(total.get(1)) - low));
        let members = f32::from_bits(count.get(0)) + f32::from_bits(count.get(1));
        let others = voxels as f32 - members;
        let mean_inside = (high + low) / (members + 0.00000001);
        let mean_outside = outside / (others + 0.00000001);
        let pixel = image.get(i);
        let from_inside = pixel - mean_inside;
        let from_outside = pixel - mean_outside;
        let force = lambda1 * (from_inside * from_inside) - lambda2 * (from_outside * from_outside);
        set = if force < 0.0 {
            true
        } else if force > 0.0 {
            false
        } else {
            own
        };
    }
    next.store(i, set);
}

/// Moves a level set along the slopes of an image: where slope and slope of the level set agree the voxel is set, where
/// they disagree it is not.
#[gpu_op(grid)]
pub fn geodesic_step(at: Item, image: Read<f32>, level: Read<bool>, next: Write<bool>) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let own = level.get(i);
    let mut product = 0.0;
    for axis in 0..3usize {
        let step = if axis == 0 {
            1usize
        } else if axis == 1 {
            row
        } else {
            plane
        };
        let place = if axis == 0 {
            at.x()
        } else if axis == 1 {
            at.y()
        } else {
            at.z()
        };
        let extent = if axis == 0 {
            at.extent_x()
        } else if axis == 1 {
            at.extent_y()
        } else {
            at.extent_z()
        };
        let before = if place > 0 { i - step } else { i };
        let after = if place + 1 < extent { i + step } else { i };
        let half = if place > 0 && place + 1 < extent { 0.5 } else { 1.0 };
        let low = if level.get(before) { 1.0 } else { 0.0 };
        let high = if level.get(after) { 1.0 } else { 0.0 };
        let slope = half * (image.get(after) - image.get(before));
        product += slope * (half * (high - low));
    }
    let set = if product > 0.0 {
        true
    } else if product < 0.0 {
        false
    } else {
        own
    };
    next.store(i, set);
}

/// 1 where a pixel is not above the level and the mask is set, or where it is above and the other mask is.
#[gpu_op(pointwise)]
pub fn balloon(level: bool, blown: bool, image: f32, #[param] threshold: f32) -> bool {
    if image > threshold { blown } else { level }
}

/// Where a contour starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum LevelSet {
    /// `checkerboard_level_set` with boxes of 5 voxels.
    #[default]
    Checkerboard,
    /// `disk_level_set` with its own radius.
    Disk,
}

impl Choice for LevelSet {
    const NAMES: &'static [&'static str] = &["checkerboard", "disk"];

    fn index(self) -> usize {
        self as usize
    }

    fn from_index(index: usize) -> LevelSet {
        if index == 0 { LevelSet::Checkerboard } else { LevelSet::Disk }
    }
}

fn initial(image: &AnyImage, level_set: LevelSet) -> Expr<u8> {
    match level_set {
        LevelSet::Checkerboard => checkerboard_level_set(image, 5),
        LevelSet::Disk => disk_level_set(image, 0.0),
    }
}

/// Smooths a level set: once this way, once the other way round.
struct Smoother(bool);

impl Smoother {
    fn smooth(&mut self, context: &Context, level: Image<u8>, times: u32) -> Result<Image<u8>> {
        (0..times).try_fold(level, |level, _| {
            self.0 = !self.0;
            let first = binary_curvature(&level, self.0).boundary(Boundary::Constant(0.0));
            context.eval(binary_curvature(first, !self.0).boundary(Boundary::Constant(0.0)))
        })
    }
}

fn chan_vese_steps(
    context: &Context,
    image: &Image<f32>,
    level: Image<u8>,
    [num_iter, smoothing]: [u32; 2],
    lambda: [f32; 2],
) -> Result<Image<u8>> {
    let Ok(voxels) = u32::try_from(image.any().voxels()) else {
        return Err(Error::Unsupported {
            operation: "morphological_chan_vese".into(),
            problem: format!("the image has {} voxels", image.any().voxels()),
            remedy: "divide the image".into(),
        });
    };
    let total = context.reduce_on_device(&sum::KERNEL, image.any())?;
    let mut smoother = Smoother(false);
    (0..num_iter).try_fold(level, |level, _| {
        let within = context.eval(mask_out(image, &level))?;
        let inside = context.reduce_on_device(&sum::KERNEL, within.any())?;
        let count = context.reduce_on_device(&sum::KERNEL, level.any())?;
        let next = context.unset_like::<u8>(image.any())?;
        let (domain, [lambda1, lambda2]) = (Domain::of(image.any()), lambda);
        chan_vese_step(context, domain, image, &level, &total, &inside, &count, &next, voxels, lambda1, lambda2)?;
        smoother.smooth(context, next, smoothing)
    })
}

/// Separates an image into two regions of little variance, by a contour that moves a voxel at a time (morphological Chan-Vese).
///
/// In each of `num_iter` steps, with c₁ and c₀ the means of the image inside and outside the level set, a voxel at the
/// border of the level set (where its central differences are not all 0) becomes 1 if λ₁·(v − c₁)² < λ₂·(v − c₀)², and
/// 0 if it is greater; then the level set is smoothed `smoothing` times, in turn by `binary_infsup` then
/// `binary_supinf` and the other way round, with nothing outside. Means are of the whole image, its batch included,
/// from sums carried to 48 bits, which are rounded to f32. An image with NaN stays as it is.
///
/// Starts from a checkerboard or a disk; see `morphological_chan_vese_from` for one of your own. Source: Márquez-Neila,
/// Baumela & Alvarez (2014), IEEE Transactions on Pattern Analysis 36(1), 2–17; Chan, T. & Vese, L. (2001), Active
/// contours without edges.
///
/// # Names
/// - `skimage.segmentation.morphological_chan_vese`: same up to rounding (f64 there); there, which of the two ways to
///   smooth comes first depends on the calls before.
/// - `clesperanto.morphological_chan_vese`: same idea; its level set is a checkerboard too.
#[gpu_op(procedure, family = "segmentation")]
pub fn morphological_chan_vese(
    context: &Context,
    image: Image<f32>,
    #[param(default = 100, range = 0..=100000)] num_iter: u32,
    #[param(default = 1, range = 0..=1000)] smoothing: u32,
    #[param(default = 1.0, range = 0.0.., optional)] lambda1: f32,
    #[param(default = 1.0, range = 0.0.., optional)] lambda2: f32,
    #[param(default = "checkerboard")] init_level_set: LevelSet,
) -> Result<Image<u8>> {
    let level = context.eval(initial(image.any(), init_level_set))?;
    chan_vese_steps(context, &image, level, [num_iter, smoothing], [lambda1, lambda2])
}

/// Separates an image into two regions of little variance, from a level set of one's own; see `morphological_chan_vese`.
///
/// # Names
/// - `skimage.segmentation.morphological_chan_vese`: with an image as `init_level_set`, of which what is not 0 counts
///   here and what is positive there.
#[gpu_op(procedure, family = "segmentation")]
pub fn morphological_chan_vese_from(
    context: &Context,
    image: Image<f32>,
    level_set: AnyImage,
    #[param(default = 100, range = 0..=100000)] num_iter: u32,
    #[param(default = 1, range = 0..=1000)] smoothing: u32,
    #[param(default = 1.0, range = 0.0.., optional)] lambda1: f32,
    #[param(default = 1.0, range = 0.0.., optional)] lambda2: f32,
) -> Result<Image<u8>> {
    same_shape("morphological_chan_vese_from", ("image", image.any()), ("level_set", &level_set))?;
    let level = context.eval(binarize(&level_set))?;
    chan_vese_steps(context, &image, level, [num_iter, smoothing], [lambda1, lambda2])
}

/// Moves a contour to the edges of an image (morphological geodesic active contour).
///
/// The image is one that is small at edges, such as `inverse_gaussian_gradient` makes. In each of `num_iter` steps,
/// first, if `balloon` is positive, the level set grows by a voxel in all directions where the image is above
/// `threshold` / |balloon|, and shrinks if it is negative; then a voxel becomes 1 where the slopes of the image and of
/// the level set (central differences) have a positive inner product, 0 where it is negative; then the level set is
/// smoothed as in `morphological_chan_vese`. Starts from a level set: what is not 0 is inside.
///
/// Márquez-Neila, Baumela & Alvarez (2014), IEEE Transactions on Pattern Analysis 36(1), 2–17.
///
/// # Names
/// - `skimage.segmentation.morphological_geodesic_active_contour`: same up to rounding (f64 there); the level set has
///   to be given (`disk_level_set` is the default there), and `threshold` (its default `auto` is the 40th percentile of
///   the image).
#[gpu_op(procedure, family = "segmentation")]
#[allow(clippy::too_many_arguments, reason = "scikit-image's parameters")]
pub fn morphological_geodesic_active_contour(
    context: &Context,
    image: Image<f32>,
    level_set: AnyImage,
    #[param(default = 100, range = 0..=100000)] num_iter: u32,
    #[param(default = 1, range = 0..=1000)] smoothing: u32,
    #[param(default = 0.0)] threshold: f32,
    #[param(default = 0.0)] balloon: f32,
) -> Result<Image<u8>> {
    same_shape("morphological_geodesic_active_contour", ("image", image.any()), ("level_set", &level_set))?;
    let force = balloon;
    let mut smoother = Smoother(false);
    let start = context.eval(binarize(&level_set))?;
    (0..num_iter).try_fold(start, |level, _| {
        let level = if force == 0.0 {
            level
        } else {
            let blown = if force > 0.0 { maximum_box(&level, 1) } else { minimum_box(&level, 1) };
            let blown = blown.boundary(Boundary::Constant(0.0));
            context.eval(self::balloon(&level, blown, &image, threshold / force.abs()))?
        };
        let next = context.unset_like::<u8>(image.any())?;
        geodesic_step(context, Domain::of(image.any()), &image, &level, &next)?;
        smoother.smooth(context, next, smoothing)
    })
}

/// Where an image is smooth: 1 / √(1 + `alpha` · g), where g is the magnitude of the gradient of the image smoothed
/// with a Gaussian. 1 in smooth parts, near 0 on edges.
///
/// What a geodesic contour runs on. See `gaussian_gradient_magnitude` for the derivatives.
///
/// # Names
/// - `skimage.segmentation.inverse_gaussian_gradient`: same.
#[gpu_op(composite, family = "segmentation")]
pub fn inverse_gaussian_gradient(
    image: AnyExpr,
    #[param(default = 100.0, range = 0.0..)] alpha: f32,
    #[param(default = 5.0, range = 0.0..=10000.0, unit = "voxels")] sigma: PerAxis<f32>,
) -> Expr<f32> {
    reciprocal(square_root(gaussian_gradient_magnitude(&image, sigma) * alpha + 1.0))
}

family! {
    operations: [
        binary_supinf, binary_infsup, checkerboard_level_set, disk_level_set, morphological_chan_vese, morphological_chan_vese_from,
        morphological_geodesic_active_contour, inverse_gaussian_gradient,
    ],
    kernels: [binary_curvature, checkerboard_level_set, disk_level_set, chan_vese_step, geodesic_step, balloon],
}
