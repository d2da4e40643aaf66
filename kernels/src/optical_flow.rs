//! Optical flow: where each voxel of an image is found in another one, as a field of displacements.
//!
//! Input: a reference and a moving image of one shape. Output: three images, the displacements along x, y and z in
//! voxels, from the reference to the moving image: what `apply_vector_field` takes. From coarse to fine: both images
//! are halved until an axis has at most 32 voxels, and what a level finds, enlarged, is where the next one begins.
//! Invariant: every kernel writes its own voxels only, from what the kernel before left, so that the order of items
//! does not matter; along an axis of extent 1 nothing moves.

use kernwerk_runtime::Boundary;

use crate::arithmetic::{multiply_images, squared_difference};
use crate::catalogue::family;
use crate::filter::{gaussian_blur, mean_box, median_box};
use crate::marked::same_shape;
use crate::prelude::*;
use crate::reduction::mean_of_all_pixels;
use crate::transform::{Interpolation, resize};
use crate::warp::map_linear;

/// Levels of the pyramid, and the extent that is small enough.
const LEVELS: usize = 10;
const SMALL: usize = 32;

/// The slope between the neighbours of a voxel; at a face that to the one neighbour.
#[gpu_fn]
fn slope_between(before: f32, after: f32, both: bool) -> f32 {
    if both { 0.5 * (after - before) } else { after - before }
}

/// The slopes of the moved image, and what is left of the difference to the reference at a displacement of 0: moved −
/// reference − slopes · displacement.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "an image for each axis")]
pub fn flow_linearized(
    at: Item,
    moved: Read<f32>,
    reference: Read<f32>,
    u: Read<f32>,
    v: Read<f32>,
    w: Read<f32>,
    slope_x: Write<f32>,
    slope_y: Write<f32>,
    slope_z: Write<f32>,
    rest: Write<f32>,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let own = moved.get(i);
    let left = if at.x() > 0 { moved.get(i - 1) } else { own };
    let right = if at.x() + 1 < at.extent_x() { moved.get(i + 1) } else { own };
    let above = if at.y() > 0 { moved.get(i - row) } else { own };
    let below = if at.y() + 1 < at.extent_y() { moved.get(i + row) } else { own };
    let back = if at.z() > 0 { moved.get(i - plane) } else { own };
    let front = if at.z() + 1 < at.extent_z() { moved.get(i + plane) } else { own };
    let x: f32 = slope_between(left, right, at.x() > 0 && at.x() + 1 < at.extent_x());
    let y: f32 = slope_between(above, below, at.y() > 0 && at.y() + 1 < at.extent_y());
    let z: f32 = slope_between(back, front, at.z() > 0 && at.z() + 1 < at.extent_z());
    slope_x.store(i, x);
    slope_y.store(i, y);
    slope_z.store(i, z);
    rest.store(i, own - reference.get(i) - (z * w.get(i) + y * v.get(i) + x * u.get(i)));
}

/// The step of the data: moves each displacement along the slopes to where the images agree, by at most `reach` times the slopes.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "an image for each axis")]
pub fn flow_data_step(
    at: Item,
    slope_x: Read<f32>,
    slope_y: Read<f32>,
    slope_z: Read<f32>,
    rest: Read<f32>,
    u: Read<f32>,
    v: Read<f32>,
    w: Read<f32>,
    next_u: Write<f32>,
    next_v: Write<f32>,
    next_w: Write<f32>,
    reach: f32,
) {
    let i = at.index();
    let x = slope_x.get(i);
    let y = slope_y.get(i);
    let z = slope_z.get(i);
    let rho = rest.get(i) + (z * w.get(i) + y * v.get(i) + x * u.get(i));
    let squares = z * z + y * y + x * x;
    let norm = if squares == 0.0 { 1.0 } else { squares };
    let along = if rho.abs() <= reach * norm {
        rho / norm
    } else if rho > 0.0 {
        reach
    } else if rho < 0.0 {
        -reach
    } else {
        rho
    };
    next_u.store(i, u.get(i) - along * x);
    next_v.store(i, v.get(i) - along * y);
    next_w.store(i, w.get(i) - along * z);
}

/// The dual step for one component: each slope of it pulls at its multiplier, which stays bounded.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "an image for each axis")]
pub fn flow_dual_step(
    at: Item,
    flow: Read<f32>,
    dual_x: Global<f32>,
    dual_y: Global<f32>,
    dual_z: Global<f32>,
    step: f32,
    weight: f32,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let own = flow.get(i);
    let x = if at.x() + 1 < at.extent_x() { flow.get(i + 1) - own } else { 0.0 };
    let y = if at.y() + 1 < at.extent_y() { flow.get(i + row) - own } else { 0.0 };
    let z = if at.z() + 1 < at.extent_z() { flow.get(i + plane) - own } else { 0.0 };
    let norm = (z * z + y * y + x * x).sqrt() * weight + 1.0;
    dual_x.store(i, (dual_x.load(i) - step * x) / norm);
    dual_y.store(i, (dual_y.load(i) - step * y) / norm);
    dual_z.store(i, (dual_z.load(i) - step * z) / norm);
}

/// The smoothed component: the one after the step of the data, and the divergence of its multipliers, negated.
#[gpu_op(grid)]
pub fn flow_primal_step(
    at: Item,
    data: Read<f32>,
    dual_x: Read<f32>,
    dual_y: Read<f32>,
    dual_z: Read<f32>,
    flow: Write<f32>,
) {
    let i = at.index();
    let row = at.extent_x();
    let plane = row * at.extent_y();
    let mut sum = -(dual_z.get(i) + dual_y.get(i) + dual_x.get(i));
    if at.z() > 0 {
        sum += dual_z.get(i - plane);
    }
    if at.y() > 0 {
        sum += dual_y.get(i - row);
    }
    if at.x() > 0 {
        sum += dual_x.get(i - 1);
    }
    flow.store(i, data.get(i) + sum);
}

/// The displacement that solves the normal equations of a window: slopes · slopesᵀ · displacement = −slopes · rest, by
/// elimination without exchanges, since the matrix has no negative eigenvalues. 0 where its determinant is below 10⁻¹⁴.
#[gpu_op(grid)]
#[allow(clippy::too_many_arguments, reason = "a matrix")]
pub fn flow_solved(
    at: Item,
    xx: Read<f32>,
    xy: Read<f32>,
    xz: Read<f32>,
    yy: Read<f32>,
    yz: Read<f32>,
    zz: Read<f32>,
    x: Read<f32>,
    y: Read<f32>,
    z: Read<f32>,
    u: Write<f32>,
    v: Write<f32>,
    w: Write<f32>,
) {
    let i = at.index();
    // An axis along which nothing moves has the equation 1 · w = 0.
    let a = if at.extent_x() > 1 { xx.get(i) } else { 1.0 };
    let b = xy.get(i);
    let c = xz.get(i);
    let second = if at.extent_y() > 1 { yy.get(i) } else { 1.0 };
    let third = if at.extent_z() > 1 { zz.get(i) } else { 1.0 };
    let by_b = b / a;
    let by_c = c / a;
    let d = second - by_b * b;
    let e = yz.get(i) - by_b * c;
    let by_e = e / d;
    let f = third - by_c * c - by_e * e;
    let determinant = a * d * f;
    let right_x = -x.get(i);
    let right_y = -y.get(i) - by_b * right_x;
    let right_z = -z.get(i) - by_c * right_x - by_e * right_y;
    let is_solved = determinant.abs() >= 0.00000000000001;
    let along_z = right_z / f;
    let along_y = (right_y - e * along_z) / d;
    let along_x = (right_x - b * along_y - c * along_z) / a;
    u.store(i, if is_solved { along_x } else { 0.0 });
    v.store(i, if is_solved { along_y } else { 0.0 });
    w.store(i, if is_solved { along_z } else { 0.0 });
}

/// A component of the flow at the extents of the next level: the nearest voxel, where the centres of the first and the
/// last coincide, times `scale`.
#[gpu_op(gather)]
pub fn flow_enlarged(
    source: Sampler<f32>,
    at: Position,
    #[param(output_extent, range = 1..=1048576, unit = "voxels")] extent: PerAxis<u32>,
    #[param(default = 1.0)] scale: f32,
) -> f32 {
    let x: i32 = nearest_of(at.x(), source.extent_x(), extent.x);
    let y: i32 = nearest_of(at.y(), source.extent_y(), extent.y);
    let z: i32 = nearest_of(at.z(), source.extent_z(), extent.z);
    source.at(x, y, z) * scale
}

/// The voxel of `old` next to voxel i of `new`, halves upwards, in whole numbers.
#[gpu_fn]
fn nearest_of(i: i32, old: i32, new: u32) -> i32 {
    let gaps: i64 = (new as i64 - 1).max(1);
    let place: i64 = (2 * i as i64 * (old as i64 - 1) + gaps) / (2 * gaps);
    place as i32
}

/// The displacements along x, y and z.
type Flow = [Image<f32>; 3];

/// The two images at each level, the coarsest first; at least one level.
fn pyramids(context: &Context, reference: Image<f32>, moving: Image<f32>) -> Result<Vec<[Image<f32>; 2]>> {
    let mut levels = vec![[reference, moving]];
    while let Some([reference, moving]) = levels.last() {
        let extents = reference.any().spatial();
        let smallest = extents.into_iter().filter(|&extent| extent > 1).min().unwrap_or(1);
        if levels.len() == LEVELS || smallest <= SMALL {
            break;
        }
        let [x, y, z] = extents.map(|extent| extent.div_ceil(2) as u32);
        let halved = |image: &Image<f32>| {
            let blurred = gaussian_blur(image, 2.0 * 2.0 / 6.0).boundary(Boundary::Reflect);
            context.eval(resize(blurred, PerAxis::xyz(x, y, z), Interpolation::Linear).boundary(Boundary::Reflect))
        };
        let next = [halved(reference)?, halved(moving)?];
        levels.push(next);
    }
    levels.reverse();
    Ok(levels)
}

/// Solves level after level.
fn coarse_to_fine(
    context: &Context,
    operation: &str,
    reference: Image<f32>,
    moving: Image<f32>,
    solve: impl Fn(&[Image<f32>; 2], Flow) -> Result<Flow>,
) -> Result<(Image<f32>, Image<f32>, Image<f32>)> {
    same_shape(operation, ("reference", reference.any()), ("moving", moving.any()))?;
    let levels = pyramids(context, reference, moving)?;
    let zeros = || context.zeros::<f32>(levels[0][0].any());
    let mut flow = [zeros()?, zeros()?, zeros()?];
    for level in &levels {
        let (old, new) = (flow[0].any().spatial(), level[0].any().spatial());
        if old != new {
            let [x, y, z] = new.map(|extent| extent as u32);
            let enlarged = |axis: usize| {
                let scale = (new[axis] as f64 / old[axis] as f64) as f32;
                context.eval(flow_enlarged(&flow[axis], PerAxis::xyz(x, y, z), scale))
            };
            flow = [enlarged(0)?, enlarged(1)?, enlarged(2)?];
        }
        flow = solve(level, flow)?;
    }
    let [x, y, z] = flow;
    Ok((x, y, z))
}

/// The flow without outliers: the median of 3 voxels along each axis of each component.
fn filtered(context: &Context, flow: Flow, prefilter: bool) -> Result<Flow> {
    if !prefilter {
        return Ok(flow);
    }
    let median = |image: &Image<f32>| context.eval(median_box(image, 1).boundary(Boundary::Reflect));
    Ok([median(&flow[0])?, median(&flow[1])?, median(&flow[2])?])
}

/// The slopes of the moved image, and what the displacement leaves of the difference.
struct Linearized {
    slopes: Flow,
    rest: Image<f32>,
}

fn linearized(context: &Context, [reference, moving]: &[Image<f32>; 2], flow: &Flow) -> Result<Linearized> {
    let [u, v, w] = flow;
    let moved = context.eval(map_linear(moving, u, v, w, true).boundary(Boundary::Nearest))?;
    let unset = || context.unset_like::<f32>(reference.any());
    let (slopes, rest) = ([unset()?, unset()?, unset()?], unset()?);
    let [x, y, z] = &slopes;
    flow_linearized(context, Domain::of(moved.any()), &moved, reference, u, v, w, x, y, z, &rest)?;
    Ok(Linearized { slopes, rest })
}

/// The axes along which something can move.
fn axes_of(image: &Image<f32>) -> Vec<usize> {
    let extents = image.any().spatial();
    (0..3).filter(|&axis| extents[axis] > 1).collect()
}

/// Optical flow by total variation: three images with the displacements along x, y and z, which lead from the reference
/// to where the moving image shows the same.
///
/// Minimises the sum of `attachment` · |moving(p + d) − reference(p)| and of the total variation of d's components, so
/// that motion may change abruptly. The images are used as they are, in f32: the default of `attachment` is meant for
/// values between 0 and 1. `num_warp` times at each level of a pyramid the moving image is warped by the flow
/// (linearly; outside its nearest voxel), and its slopes, central differences, are taken; then, `num_iter` times, the
/// flow is moved along the slopes by at most `attachment` · `tightness` times these, and two dual steps of 1 / 2n (n
/// axes) smooth each component. Levels end when the mean of the squared change of the flow by a warp is below `tol`.
/// With `prefilter` each component is replaced by its median of 3 voxels along each axis before each warp. Images are
/// halved while their shortest axis has more than 32 voxels, at most to 10 levels. A batch ends together. Some tens of
/// passes over the images for each warp.
///
/// `apply_vector_field` with the moving image and the three results gives the reference.
///
/// Zach, C., Pock, T. & Bischof, H. (2007). A duality based approach for realtime TV-L1 optical flow. Pattern
/// Recognition, LNCS 4713, 214–223; Sánchez Pérez, J., Meinhardt-Llopis, E. & Facciolo, G. (2013). TV-L1 optical flow
/// estimation. Image Processing On Line 3, 137–150.
///
/// # Names
/// - `skimage.registration.optical_flow_tvl1`: three images in the order x, y, z instead of an array in that of the
///   axes; integer images are scaled to 0..1 there; what `tol` is compared with is the change after the first step of
///   the data there.
#[gpu_op(procedure, family = "registration")]
#[allow(clippy::too_many_arguments, reason = "scikit-image's parameters")]
pub fn optical_flow_tvl1(
    context: &Context,
    reference: Image<f32>,
    moving: Image<f32>,
    #[param(default = 15.0, range = 0.0..)] attachment: f32,
    #[param(default = 0.3, range = 0.0001..=10000.0)] tightness: f32,
    #[param(default = 5, range = 0..=1000)] num_warp: u32,
    #[param(default = 10, range = 0..=1000)] num_iter: u32,
    #[param(default = 0.0001, range = 0.0..)] tol: f32,
    #[param(default = false)] prefilter: bool,
) -> Result<(Image<f32>, Image<f32>, Image<f32>)> {
    coarse_to_fine(context, "optical_flow_tvl1", reference, moving, |level, mut flow| {
        let domain = Domain::of(level[0].any());
        let axes = axes_of(&level[0]);
        let step = 0.5 / axes.len().max(1) as f32;
        let zeros = || context.zeros::<f32>(level[0].any());
        let unset = || context.unset_like::<f32>(level[0].any());
        let mut duals = Vec::new();
        for _ in &axes {
            duals.push([zeros()?, zeros()?, zeros()?]);
        }
        for _ in 0..num_warp {
            let before = flow.clone();
            flow = filtered(context, flow, prefilter)?;
            let Linearized { slopes: [x, y, z], rest } = linearized(context, level, &flow)?;
            for _ in 0..num_iter {
                let data = [unset()?, unset()?, unset()?];
                let ([u, v, w], [next_u, next_v, next_w]) = (&flow, &data);
                let reach = attachment * tightness;
                flow_data_step(context, domain, &x, &y, &z, &rest, u, v, w, next_u, next_v, next_w, reach)?;
                for (&axis, [dual_x, dual_y, dual_z]) in axes.iter().zip(&duals) {
                    let mut smoothed = data[axis].clone();
                    for _ in 0..2 {
                        flow_dual_step(context, domain, &smoothed, dual_x, dual_y, dual_z, step, step / tightness)?;
                        let next = unset()?;
                        flow_primal_step(context, domain, &data[axis], dual_x, dual_y, dual_z, &next)?;
                        smoothed = next;
                    }
                    flow[axis] = smoothed;
                }
            }
            let change = |axis: usize| squared_difference(&flow[axis], &before[axis]);
            let change = context.scalar(&mean_of_all_pixels(change(0) + change(1) + change(2)))?;
            if change < f64::from(tol) {
                break;
            }
        }
        Ok(flow)
    })
}

/// Optical flow by windows: three images with the displacements along x, y and z, which lead from the reference to
/// where the moving image shows the same.
///
/// The iterative scheme of Lucas and Kanade, faster than `optical_flow_tvl1` and less exact at the borders of what
/// moves. `num_warp` times at each level of a pyramid the moving image is warped by the flow (linearly; outside its
/// nearest voxel), its slopes, central differences, are taken, and each voxel gets the displacement that explains best,
/// in the sense of least squares, how the images differ in a box of `radius` around it (the boundary there is mirror),
/// or with `gaussian` under a Gaussian with a standard deviation of (2 · radius + 1) / 4. It is 0 where the determinant
/// of the normal equations is below 10⁻¹⁴: scale images to about 0..1. With `prefilter` each component is replaced by
/// its median of 3 voxels along each axis before each warp. Images are halved while their shortest axis has more than
/// 32 voxels, at most to 10 levels. In f32.
///
/// `apply_vector_field` with the moving image and the three results gives the reference.
///
/// Le Besnerais, G. & Champagnat, F. (2005). Dense optical flow by iterative local window registration. IEEE
/// International Conference on Image Processing 1, 137–140.
///
/// # Names
/// - `skimage.registration.optical_flow_ilk`: three images in the order x, y, z instead of an array in that of the
///   axes; integer images are scaled to 0..1 there.
#[gpu_op(procedure, family = "registration")]
pub fn optical_flow_ilk(
    context: &Context,
    reference: Image<f32>,
    moving: Image<f32>,
    #[param(default = 7, range = 0..=1000, unit = "voxels")] radius: u32,
    #[param(default = 10, range = 0..=1000)] num_warp: u32,
    #[param(default = false)] gaussian: bool,
    #[param(default = false)] prefilter: bool,
) -> Result<(Image<f32>, Image<f32>, Image<f32>)> {
    coarse_to_fine(context, "optical_flow_ilk", reference, moving, |level, mut flow| {
        let around = |product: Expr<f32>| {
            context.eval(if gaussian {
                gaussian_blur(product, (2 * radius + 1) as f32 / 4.0).boundary(Boundary::Mirror)
            } else {
                mean_box(product, radius).boundary(Boundary::Mirror)
            })
        };
        let unset = || context.unset_like::<f32>(level[0].any());
        for _ in 0..num_warp {
            flow = filtered(context, flow, prefilter)?;
            let Linearized { slopes: [x, y, z], rest } = linearized(context, level, &flow)?;
            let product = |a: &Image<f32>, b: &Image<f32>| around(multiply_images(a, b));
            let next = [unset()?, unset()?, unset()?];
            flow_solved(
                context,
                Domain::of(level[0].any()),
                &product(&x, &x)?,
                &product(&x, &y)?,
                &product(&x, &z)?,
                &product(&y, &y)?,
                &product(&y, &z)?,
                &product(&z, &z)?,
                &product(&x, &rest)?,
                &product(&y, &rest)?,
                &product(&z, &rest)?,
                &next[0],
                &next[1],
                &next[2],
            )?;
            flow = next;
        }
        Ok(flow)
    })
}

family! {
    operations: [optical_flow_tvl1, optical_flow_ilk],
    kernels: [
        flow_linearized, flow_data_step, flow_dual_step, flow_primal_step, flow_solved, flow_enlarged,
    ],
}
