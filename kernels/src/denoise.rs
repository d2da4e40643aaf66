//! Filters that remove noise and keep edges.
//!
//! Invariant: where a number depends on the whole image (a batch included) the operation is a procedure.

use crate::catalogue::family;
use crate::filter::mean_box;
use crate::prelude::*;
use crate::variance::variance_box;

/// Bilateral filter: the average of the surroundings, in which voxels count less that are far away or of another value.
///
/// Over a box of `radius` around voxel c, each voxel v at distance d counts exp(−d²/2σs²) · exp(−(v − c)²/2σc²), with
/// `sigma_spatial` in voxels and `sigma_color` in units of the image; sums in f32 in raster order. Each voxel of the
/// box costs an exponential. Tomasi, C., Manduchi, R. (1998). Bilateral filtering for gray and color images. ICCV,
/// 839–846.
///
/// # Names
/// - `skimage.restoration.denoise_bilateral`: 2-D there; `win_size` is 2 · radius + 1, there by default max(5, 2⌈3 ·
///   sigma_spatial⌉ + 1); `sigma_color` is the standard deviation of the image by default there; weights are computed,
///   there they are read from a table of `bins` (for odd windows that of the distances is shifted by a voxel); boundary
///   `constant` 0 by default, `nearest` here.
#[gpu_op(neighborhood, family = "denoise", alias = "denoise_bilateral, bilateral")]
pub fn bilateral_filter(
    w: Window<f32>,
    #[param(default = 2, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 1.0, range = 0.000001..=1e30)] sigma_color: f32,
    #[param(default = 1.0, range = 0.001..=10000.0, unit = "voxels")] sigma_spatial: f32,
) -> f32 {
    let centre = w.center();
    let by_value = -0.5 / (sigma_color * sigma_color);
    let by_place = -0.5 / (sigma_spatial * sigma_spatial);
    let mut sum = 0.0;
    let mut weights = 0.0;
    for (dx, dy, dz) in w.cuboid(radius).offsets() {
        let value = w.at(dx, dy, dz);
        let away = value - centre;
        let distance = (dx * dx + dy * dy + dz * dz) as f32;
        let weight = (by_value * (away * away) + by_place * distance).exp();
        weights += weight;
        sum = weight.mul_add(value, sum);
    }
    sum / weights
}

/// The non-local mean of each voxel, from an image that is enlarged by both radii.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "the constants of a filter")]
pub fn non_local_mean(
    at: Item,
    enlarged: Read<f32>,
    result: Write<f32>,
    patch_radius: PerAxis<u32>,
    search_radius: PerAxis<u32>,
    scale: f32,
    noise: f32,
) {
    let row = at.extent_x() + 2 * (patch_radius.x + search_radius.x) as usize;
    let height = at.extent_y() + 2 * (patch_radius.y + search_radius.y) as usize;
    let depth = at.extent_z() + 2 * (patch_radius.z + search_radius.z) as usize;
    let plane = row * height;
    // The first voxel of all: that of the patch around the first voxel of the search.
    let corner = ((at.n() * depth + at.z()) * height + at.y()) * row + at.x();
    let search = search_radius.z as usize * plane + search_radius.y as usize * row + search_radius.x as usize;
    let patch = patch_radius.z as usize * plane + patch_radius.y as usize * row + patch_radius.x as usize;
    let (wide, high, deep) = (2 * patch_radius.x + 1, 2 * patch_radius.y + 1, 2 * patch_radius.z + 1);
    let count = (wide * high * deep) as f32;
    let mut sum = 0.0;
    let mut weights = 0.0;
    for oz in 0..(2 * search_radius.z + 1) {
        for oy in 0..(2 * search_radius.y + 1) {
            for ox in 0..(2 * search_radius.x + 1) {
                let there = corner + oz as usize * plane + oy as usize * row + ox as usize;
                let mut squares = 0.0;
                for dz in 0..deep {
                    for dy in 0..high {
                        let offset = dz as usize * plane + dy as usize * row;
                        for dx in 0..wide {
                            let next = offset + dx as usize;
                            let away = enlarged.get(there + next) - enlarged.get(corner + search + next);
                            squares = away.mul_add(away, squares);
                        }
                    }
                }
                let weight = (scale * max(squares / count - noise, 0.0)).exp();
                weights += weight;
                sum = weight.mul_add(enlarged.get(there + patch), sum);
            }
        }
    }
    result.store(at.index(), sum / weights);
}

/// Non-local means: the average of the surroundings, in which voxels count more whose own surroundings look alike.
///
/// Over a box of `search_radius`, each voxel counts exp(−max(D − 2σ², 0)/h²), where D is the mean squared difference
/// between the boxes of `patch_radius` around it and around the voxel; `h` and `sigma`, the standard deviation of the
/// noise, are in units of the image. All boxes go on beyond the image as the boundary says. Sums in f32 in raster
/// order. The cost is the product of both boxes: with the defaults 9261 differences per voxel of a stack. Buades, A.,
/// Coll, B., Morel, J.-M. (2005). A non-local algorithm for image denoising. CVPR 2, 60–65.
///
/// # Names
/// - `skimage.restoration.denoise_nl_means`: `patch_size` is 2 · patch_radius + 1 and 7 by default, `patch_distance` is
///   search_radius and 11 by default; `h` is 0.1 by default; patches are boxes as with `fast_mode=True`, where the
///   voxel itself counts twice, the exponential is approximate, and voxels with D − 2σ² above 5h² do not count; with
///   `fast_mode=False` patches have Gaussian weights and the search ends at the image's border; boundary `mirror`
///   there, `nearest` by default here.
#[gpu_op(procedure, family = "denoise", alias = "denoise_nl_means, nl_means")]
pub fn non_local_means(
    context: &Context,
    image: AnyImage,
    #[param(default = 1, range = 0..=100, unit = "voxels")] patch_radius: PerAxis<u32>,
    #[param(default = 3, range = 0..=100, unit = "voxels")] search_radius: PerAxis<u32>,
    #[param(default = 1.0, range = 0.000001..=1e18)] h: f32,
    #[param(default = 0.0, range = 0.0..=1e18)] sigma: f32,
) -> Result<Image<f32>> {
    let domain = Domain::of(&image);
    // Axes of extent 1 have no neighbours.
    let [x, y, z] = domain.extent.map(|extent| u32::from(extent > 1));
    let within = |radius: PerAxis<u32>| PerAxis::xyz(x * radius.x, y * radius.y, z * radius.z);
    let (patch, search) = (within(patch_radius), within(search_radius));
    let margin = PerAxis::xyz(patch.x + search.x, patch.y + search.y, patch.z + search.z);
    let result = context.unset_like::<f32>(&image)?;
    let enlarged = context.eval_any(&crate::pad(&image, margin, margin).into_any())?;
    let (scale, noise) = (-1.0 / (h * h), 2.0 * (sigma * sigma));
    non_local_mean(context, domain, &enlarged, &result, patch, search, scale, noise)?;
    Ok(result)
}

/// Kuwahara filter: the means of the quadrants (octants) around a voxel, in which those count most that vary least.
///
/// Each of the four (in stacks eight) boxes of side radius + 1 with the voxel in a corner has a mean and a variance,
/// with weights exp(−d²/2σ²) of the distance; the result is the average of the means, each divided by its variance plus
/// 1e-6. Sums in f32 in raster order, of differences to the voxel. Kuwahara, M. et al. (1976). Processing of
/// RI-angiocardiographic images.
///
/// # Names
/// - `clesperanto.kuwahara_filter`: `radius` there is passed on as 2 · radius + 1 (version 0.25.1).
#[gpu_op(neighborhood, family = "denoise")]
pub fn kuwahara_filter(
    w: Window<f32>,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 1.0, range = 0.001..=10000.0, unit = "voxels")] sigma: f32,
) -> f32 {
    let centre = w.center();
    let by_place = -0.5 / (sigma * sigma);
    let mut sums = [0.0; 8];
    let mut squares = [0.0; 8];
    let mut weights = [0.0; 8];
    for (dx, dy, dz) in w.cuboid(radius).offsets() {
        let away = w.at(dx, dy, dz) - centre;
        let weight = (by_place * (dx * dx + dy * dy + dz * dz) as f32).exp();
        let weighted = weight * away;
        for q in 0..8usize {
            let along_x = if q & 1 == 0 { -dx } else { dx };
            let along_y = if q & 2 == 0 { -dy } else { dy };
            let along_z = if q & 4 == 0 { -dz } else { dz };
            if along_x >= 0 && along_y >= 0 && along_z >= 0 {
                sums[q] += weighted;
                squares[q] += weighted * away;
                weights[q] += weight;
            }
        }
    }
    let mut total = 0.0;
    let mut result = 0.0;
    for q in 0..8usize {
        let mean = sums[q] / weights[q];
        let variance = max(squares[q] / weights[q] - mean * mean, 0.0);
        let share = 1.0 / (variance + 1e-6);
        total += share;
        result = share.mul_add(mean, result);
    }
    centre + result / total
}

/// What Wiener's filter keeps of a voxel's difference to the mean of its surroundings.
#[gpu_op(pointwise, family = "denoise")]
pub fn wiener_gain(image: f32, mean: f32, variance: f32, #[param] noise: f32) -> f32 {
    if variance <= noise { mean } else { (1.0 - noise / variance).mul_add(image - mean, mean) }
}

/// Wiener's adaptive filter: smooths where the surroundings vary no more than the noise, and less where they vary more.
///
/// mean + max(1 − noise/variance, 0) · (image − mean) with mean and variance over a box of `radius` (`mean_box`,
/// `variance_box`). A `noise` of 0, the default, stands for the mean of all variances (of the whole batch). Lim, J. S.
/// (1990). Two-dimensional signal and image processing.
///
/// # Names
/// - `scipy.signal.wiener`: `mysize` is 2 · radius + 1; `noise=None` is 0; the image is surrounded by zeros there,
///   which is the boundary `constant` 0, `nearest` by default here.
/// - `cupyx.scipy.signal.wiener`: as `scipy.signal.wiener`.
/// - `skimage.restoration.wiener`: another operation, a deconvolution.
#[gpu_op(procedure, family = "denoise")]
pub fn wiener_filter(
    context: &Context,
    image: AnyImage,
    #[param(default = 1, range = 0..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 0.0, range = 0.0..=1e30)] noise: f32,
) -> Result<Image<f32>> {
    let mean = mean_box(&image, radius);
    let variance = context.eval(variance_box(&image, radius))?;
    let noise = if noise == 0.0 { context.scalar(&crate::mean_of_all_pixels(&variance))? as f32 } else { noise };
    if !noise.is_finite() {
        return Err(Error::Parameter {
            operation: "wiener_filter".into(),
            parameter: "noise".into(),
            value: "0".into(),
            problem: format!("the mean of all variances is {noise}: some voxels are not finite"),
            remedy: "give the variance of the noise, or replace these voxels".into(),
        });
    }
    context.eval(wiener_gain(&image, mean, &variance, noise))
}

/// The image minus the divergence of the dual field: what total-variation denoising has reached.
#[gpu_op(grid)]
pub fn chambolle_image(
    at: Item,
    image: Read<f32>,
    dual_x: Read<f32>,
    dual_y: Read<f32>,
    dual_z: Read<f32>,
    result: Write<f32>,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let before_x = if at.x() > 0 { dual_x.get(i - 1) } else { 0.0 };
    let before_y = if at.y() > 0 { dual_y.get(i - row) } else { 0.0 };
    let before_z = if at.z() > 0 { dual_z.get(i - plane) } else { 0.0 };
    let sum = (before_x - dual_x.get(i)) + (before_y - dual_y.get(i)) + (before_z - dual_z.get(i));
    result.store(i, image.get(i) + sum);
}

/// A step of the dual field along the gradient of what was reached, and what each voxel costs.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "a field of three parts")]
pub fn chambolle_step(
    at: Item,
    image: Read<f32>,
    reached: Read<f32>,
    dual_x: Global<f32>,
    dual_y: Global<f32>,
    dual_z: Global<f32>,
    cost: Write<f32>,
    weight: f32,
    step: f32,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let here = reached.get(i);
    let along_x = if at.x() + 1 < at.extent_x() { reached.get(i + 1) - here } else { 0.0 };
    let along_y = if at.y() + 1 < at.extent_y() { reached.get(i + row) - here } else { 0.0 };
    let along_z = if at.z() + 1 < at.extent_z() { reached.get(i + plane) - here } else { 0.0 };
    let length = (along_x * along_x + along_y * along_y + along_z * along_z).sqrt();
    let away = here - image.get(i);
    cost.store(i, away * away + weight * length);
    let shrink = 1.0 + length * (step / weight);
    dual_x.store(i, (dual_x.load(i) - step * along_x) / shrink);
    dual_y.store(i, (dual_y.load(i) - step * along_y) / shrink);
    dual_z.store(i, (dual_z.load(i) - step * along_z) / shrink);
}

/// Total-variation denoising: the image with the least sum of squared changes plus `weight` times the sum of the
/// lengths of its gradient.
///
/// Chambolle's projections in f32: the dual field moves by 1/2n along the gradient (differences to the next voxel, 0 at
/// the end) in each iteration, with n axes of extent above 1. It ends when the cost changes by less than `eps` times
/// the first cost, or after `max_iterations`; with an `eps` of 0 nothing is summed up. The cost is that of the whole
/// batch. The boundary does not matter. Chambolle, A. (2004). An algorithm for total variation minimization and
/// applications. Journal of Mathematical Imaging and Vision 20, 89–97.
///
/// # Names
/// - `skimage.restoration.denoise_tv_chambolle`: `max_num_iter` is `max_iterations`; integers are computed as they are,
///   not scaled to 0..1, so `weight` is in their units; axes of extent 1 count there; a channel axis is a batch axis,
///   which has one cost here.
#[gpu_op(procedure, family = "denoise")]
pub fn denoise_tv_chambolle(
    context: &Context,
    image: Image<f32>,
    #[param(default = 0.1, range = 0.000001..=1e30)] weight: f32,
    #[param(default = 0.0002, range = 0.0..=1.0)] eps: f32,
    #[param(default = 200, range = 1..=100000)] max_iterations: u32,
) -> Result<Image<f32>> {
    let image = image.into_any();
    let domain = Domain::of(&image);
    let axes = domain.extent.iter().filter(|&&extent| extent > 1).count().max(1);
    let step = 1.0 / (2 * axes) as f32;
    let [dual_x, dual_y, dual_z] =
        [context.zeros::<f32>(&image)?, context.zeros::<f32>(&image)?, context.zeros::<f32>(&image)?];
    let reached = context.unset_like::<f32>(&image)?;
    let cost = context.unset_like::<f32>(&image)?;
    let mut costs: Option<(f64, f64)> = None;
    for _ in 0..max_iterations {
        chambolle_image(context, domain, &image, &dual_x, &dual_y, &dual_z, &reached)?;
        chambolle_step(context, domain, &image, &reached, &dual_x, &dual_y, &dual_z, &cost, weight, step)?;
        if eps > 0.0 {
            let now = context.scalar(&crate::sum_of_all_pixels(&cost))?;
            costs = match costs {
                Some((first, before)) if (before - now).abs() < f64::from(eps) * first => break,
                Some((first, _)) => Some((first, now)),
                None => Some((now, now)),
            };
        }
    }
    Ok(reached)
}

family! {
    operations: [bilateral_filter, non_local_means, kuwahara_filter, wiener_filter, denoise_tv_chambolle],
    kernels: [
        bilateral_filter, non_local_mean, kuwahara_filter, wiener_gain, chambolle_image, chambolle_step,
    ],
}
