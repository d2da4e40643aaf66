//! Local extrema: isolated ones, plateaus, and those of a least height.
//!
//! A plateau is a connected set of equal values. It is a maximum if all its neighbours are smaller: where the image,
//! lowered by one step in sort order, is reconstructed under itself, such plateaus stay lowered and everything else
//! comes back ([`reconstruction`](mod@crate::reconstruction)). Invariant: the global extremum of an image that is not
//! deep enough is none, as if the image stood on a ground of its smallest value; so a constant image has no extrema.

use kernwerk_runtime::IntoExpr;

use crate::catalogue::family;
use crate::keys::as_floats;
use crate::prelude::*;
use crate::reconstruction::{key_of_float, keys, reconstruct};
use crate::reduction::minimum;

/// 1 where a pixel is greater than every other pixel of the image within a box around it; a plateau has no maximum.
///
/// Neighbours outside the image do not count, whatever the boundary mode. See `detect_maxima`.
///
/// # Names
/// - `clesperanto.detect_maxima_box`: see `detect_maxima`.
#[gpu_op(neighborhood)]
pub fn detect_maxima_box<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> bool {
    for (dx, dy, dz) in w.cuboid(radius).offsets() {
        let other = dx != 0 || dy != 0 || dz != 0;
        if other && w.contains(dx, dy, dz) && w.at(dx, dy, dz) >= w.center() {
            return false;
        }
    }
    true
}

/// 1 where a pixel is greater than every other pixel of the image within an ellipsoid around it; a plateau has no maximum.
///
/// Neighbours outside the image do not count, whatever the boundary mode. See `detect_maxima`.
#[gpu_op(neighborhood)]
pub fn detect_maxima_sphere<T: Pixel>(
    w: Window<T>,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
) -> bool {
    for (dx, dy, dz) in w.ellipsoid(radius).offsets() {
        let other = dx != 0 || dy != 0 || dz != 0;
        if other && w.contains(dx, dy, dz) && w.at(dx, dy, dz) >= w.center() {
            return false;
        }
    }
    true
}

/// 1 where a pixel is greater than every other pixel within a box or ellipsoid; a plateau has no maximum.
///
/// Neighbours outside the image do not count, whatever the boundary mode. A NaN neighbour does not count either, and
/// NaN itself is greater than all. For plateaus see `local_maxima`, for a least height `h_maxima`, for spacing and
/// thresholds `peak_local_max`.
///
/// # Names
/// - `clesperanto.detect_maxima`: there, the image is blurred with a mean filter of the given radius first, and then
///   compared with its direct surroundings of 3 voxels along each axis; blur it yourself and give the radius 1 here.
#[gpu_op(composite)]
pub fn detect_maxima<T: Element>(
    image: Expr<T>,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    match shape {
        Footprint::Box => detect_maxima_box(image, radius),
        Footprint::Sphere => detect_maxima_sphere(image, radius),
    }
}

/// 1 where a pixel is smaller than every other pixel within a box or ellipsoid; a plateau has no minimum.
///
/// Neighbours outside the image do not count, whatever the boundary mode. NaN counts as largest, and -0.0 as 0.0. The
/// `detect_maxima` of the image in inverted order. For plateaus see `local_minima`, for a least depth `h_minima`.
///
/// # Names
/// - `clesperanto.detect_minima`: there, the image is blurred with a mean filter of the given radius first, and then
///   compared with its direct surroundings of 3 voxels along each axis; blur it yourself and give the radius 1 here.
/// - `clesperanto.detect_minima_box`: as `clesperanto.detect_minima`.
#[gpu_op(procedure, alias = "detect_minima_box")]
pub fn detect_minima(
    context: &Context,
    image: AnyImage,
    #[param(default = 1, range = 0..=1000, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Result<Image<u8>> {
    context.eval(detect_maxima(keys(&image, true), radius, shape))
}

/// A key lowered by some steps, not below 0; with `borders` voxels on a face of the image keep theirs.
#[gpu_op(pointwise)]
pub fn lowered_key(key: u32, at: Position, #[param] steps: u32, #[param] borders: bool) -> u32 {
    let on_x = at.extent_x() > 1 && (at.x() == 0 || at.x() + 1 == at.extent_x());
    let on_y = at.extent_y() > 1 && (at.y() == 0 || at.y() + 1 == at.extent_y());
    let on_z = at.extent_z() > 1 && (at.z() == 0 || at.z() + 1 == at.extent_z());
    let kept = borders && (on_x || on_y || on_z);
    if kept { key } else { key - min(key, steps) }
}

/// The smallest key of each image of a batch; an item looks through a column.
#[gpu_op(grid)]
pub fn smallest_keys(at: Item, keys: Read<u32>, smallest: Global<u32>, height: u32) {
    let width = at.extent_x();
    let first = (at.n() * at.extent_z() + at.z()) * height as usize * width + at.x();
    let mut found = u32::MAX;
    for y in 0..height {
        found = min(found, keys.get(first + y as usize * width));
    }
    smallest.fetch_min(at.n(), found);
}

/// 1 where nothing came back of what was taken away: the reconstructed key is still the lowered one, which is at least
/// `steps` below the key and not below the smallest key of the image.
#[gpu_op(grid)]
pub fn still_lowered(
    at: Item,
    keys: Read<u32>,
    lowered: Read<u32>,
    reconstructed: Read<u32>,
    smallest: Read<u32>,
    result: Write<bool>,
    steps: u32,
) {
    let i = at.index();
    let low = lowered.get(i);
    let deep = keys.get(i) - low >= steps && low >= smallest.get(at.n());
    result.store(i, deep && reconstructed.get(i) == low);
}

/// How far an image is lowered.
enum Height {
    /// Steps in sort order.
    Steps(u32),
    /// A difference of f32.
    Value(f32),
}

/// Maxima (with `invert` minima) whose height above the way to anything higher is at least `height`.
fn domes(
    context: &Context,
    image: &AnyImage,
    height: &Height,
    invert: bool,
    borders: bool,
    connectivity: Footprint,
) -> Result<Image<u8>> {
    let keys = context.eval(keys(image, invert))?;
    let Domain { batch, extent: [width, rows, depth] } = Domain::of(image);
    let (lowered, steps) = match *height {
        Height::Steps(steps) => (context.eval(lowered_key(&keys, steps, false))?, steps),
        // Minima rise instead, before keys are inverted.
        Height::Value(height) => {
            let step = if invert { -height } else { height };
            (context.eval(key_of_float(image.into_expr() - step, invert))?, 1)
        }
    };
    let values = match *height {
        Height::Steps(steps) if !borders => context.eval(lowered_key(&keys, steps, true))?,
        _ => lowered.any().duplicate()?.typed()?,
    };
    reconstruct(context, &values, &keys, connectivity == Footprint::Box)?;
    let smallest = if batch == 1 {
        context.reduce_on_device(&minimum::KERNEL, keys.any())?
    } else {
        let smallest = context.upload_buffer(&vec![u32::MAX; batch])?;
        smallest_keys(context, Domain { batch, extent: [width, 1, depth] }, &keys, &smallest, rows as u32)?;
        smallest
    };
    let result = context.unset_like::<u8>(image)?;
    still_lowered(context, Domain::of(image), &keys, &lowered, &values, &smallest, &result, steps)?;
    Ok(result)
}

/// 1 in the voxels of local maxima: plateaus (connected sets of equal values, also single voxels) all of whose
/// neighbours are smaller.
///
/// `box` (the default) takes all neighbours, `sphere` the direct ones. With `allow_borders` set to false, plateaus that
/// touch the border of the image are none. A constant image has no maxima. NaN counts as largest, and all NaNs as
/// equal; −0.0 as 0.0. Axes of extent 1 have no border. Images of a batch (t, c) are searched each for itself. Results
/// are the same for each element type: values are compared, never subtracted.
///
/// # Names
/// - `skimage.morphology.local_maxima`: same (`footprint` and `connectivity` of 1 or of the number of axes; no
///   `indices`); an image with an axis of 1 or 2 voxels has none there if `allow_borders` is false.
/// - `imagej.find_maxima`: without prominence; see `h_maxima`.
#[gpu_op(procedure)]
pub fn local_maxima(
    context: &Context,
    image: AnyImage,
    #[param(default = "box")] connectivity: Footprint,
    #[param(default = true, optional)] allow_borders: bool,
) -> Result<Image<u8>> {
    domes(context, &image, &Height::Steps(1), false, allow_borders, connectivity)
}

/// 1 in the voxels of local minima: plateaus (connected sets of equal values, also single voxels) all of whose
/// neighbours are greater.
///
/// `box` (the default) takes all neighbours, `sphere` the direct ones. With `allow_borders` set to false, plateaus that
/// touch the border of the image are none. A constant image has no minima. NaN counts as largest, and all NaNs as
/// equal; −0.0 as 0.0. Otherwise as `local_maxima`.
///
/// # Names
/// - `skimage.morphology.local_minima`: same (`footprint` and `connectivity` of 1 or of the number of axes; no
///   `indices`); an image with an axis of 1 or 2 voxels has none there if `allow_borders` is false.
#[gpu_op(procedure)]
pub fn local_minima(
    context: &Context,
    image: AnyImage,
    #[param(default = "box")] connectivity: Footprint,
    #[param(default = true, optional)] allow_borders: bool,
) -> Result<Image<u8>> {
    domes(context, &image, &Height::Steps(1), true, allow_borders, connectivity)
}

/// The height in an image's own type: whole numbers differ by whole numbers.
fn height_of(operation: &str, image: &AnyImage, h: f32) -> Result<Height> {
    if h > 0.0 {
        let whole = f64::from(h).ceil();
        return Ok(if as_floats(image.dtype()) { Height::Value(h) } else { Height::Steps(whole as u32) });
    }
    Err(Error::Parameter {
        operation: operation.into(),
        parameter: "h".into(),
        value: h.to_string(),
        problem: "a maximum of no height is any voxel".into(),
        remedy: "give a positive height, or use `local_maxima` or `local_minima`".into(),
    })
}

/// 1 in the voxels of h-maxima: local maxima from which every way to a higher one, or, for the highest, to the lowest
/// voxel, first goes down by at least `h`.
///
/// What stays `h` below the image where image − h is reconstructed under the image; compared exactly, in sort order, so
/// that an f32 image only has the one rounding of image − h (where that is the image itself, `h` is too small to matter
/// and there is no maximum). For images of integers `h` is rounded up to a whole number. `box` (the default) takes all
/// neighbours, `sphere` the direct ones. An image that nowhere differs by `h` has none, nor has one with NaN.
///
/// Soille, P. (2003). Morphological Image Analysis, section 6.3.4.
///
/// # Names
/// - `skimage.morphology.h_maxima`: same, with `footprint` of all or of direct neighbours; for floats a margin of
///   2·10⁻⁶ of each value (f32) is taken away besides `h` there.
/// - `cucim.skimage.morphology.h_maxima`: same as scikit-image's.
#[gpu_op(procedure)]
pub fn h_maxima(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.0..)] h: f32,
    #[param(default = "box")] connectivity: Footprint,
) -> Result<Image<u8>> {
    domes(context, &image, &height_of("h_maxima", &image, h)?, false, true, connectivity)
}

/// 1 in the voxels of h-minima: local minima from which every way to a lower one, or, for the lowest, to the highest
/// voxel, first goes up by at least `h`.
///
/// The `h_maxima` of the negated image (see there), but NaN counts as largest here too: it is a wall between minima.
///
/// # Names
/// - `skimage.morphology.h_minima`: same, with `footprint` of all or of direct neighbours; for floats a margin of
///   2·10⁻⁶ of each value (f32) is added besides `h` there.
/// - `cucim.skimage.morphology.h_minima`: same as scikit-image's.
#[gpu_op(procedure)]
pub fn h_minima(
    context: &Context,
    image: AnyImage,
    #[param(default = 1.0, range = 0.0..)] h: f32,
    #[param(default = "box")] connectivity: Footprint,
) -> Result<Image<u8>> {
    domes(context, &image, &height_of("h_minima", &image, h)?, true, true, connectivity)
}

family! {
    operations: [
        detect_maxima_box, detect_maxima_sphere, detect_maxima, detect_minima, local_maxima,
        local_minima, h_maxima, h_minima,
    ],
    kernels: [
        detect_maxima_box, detect_maxima_sphere, lowered_key, smallest_keys, still_lowered,
    ],
}
