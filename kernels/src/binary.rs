//! Logic and morphology of masks. A pixel counts as set if it is not 0; results are of type u8 with 0 and 1.

use crate::catalogue::family;
use crate::morphology::{maximum_box, maximum_sphere, minimum_box, minimum_sphere};
use crate::prelude::*;
use kernwerk_runtime::Boundary;

/// 1 where both masks are set.
///
/// # Names
/// - `numpy.logical_and`: u8 with 0 and 1 here.
/// - `clesperanto.binary_and`: same.
/// - `clesperanto.binary_intersection`: the same operation under another name.
/// - `clesperanto.logical_and`: the same operation under another name.
#[gpu_op(pointwise, alias = "logical_and, binary_intersection")]
pub fn binary_and(mask1: bool, mask2: bool) -> bool {
    mask1 && mask2
}

/// 1 where at least one mask is set.
///
/// # Names
/// - `numpy.logical_or`: u8 with 0 and 1 here.
/// - `clesperanto.binary_or`: same.
/// - `clesperanto.binary_union`: the same operation under another name.
/// - `clesperanto.logical_or`: the same operation under another name.
#[gpu_op(pointwise, alias = "logical_or, binary_union")]
pub fn binary_or(mask1: bool, mask2: bool) -> bool {
    mask1 || mask2
}

/// 1 where exactly one mask is set.
///
/// # Names
/// - `numpy.logical_xor`: u8 with 0 and 1 here.
/// - `clesperanto.binary_xor`: same.
/// - `clesperanto.logical_xor`: the same operation under another name.
#[gpu_op(pointwise, alias = "logical_xor")]
pub fn binary_xor(mask1: bool, mask2: bool) -> bool {
    mask1 != mask2
}

/// 1 where the mask is not set.
///
/// # Names
/// - `numpy.logical_not`: u8 with 0 and 1 here.
/// - `clesperanto.binary_not`: same.
/// - `clesperanto.logical_not`: the same operation under another name.
#[gpu_op(pointwise, alias = "logical_not")]
pub fn binary_not(mask: bool) -> bool {
    !mask
}

/// 1 where the first mask is set and the second is not.
///
/// # Names
/// - `clesperanto.binary_subtract`: same.
#[gpu_op(pointwise)]
pub fn binary_subtract(mask1: bool, mask2: bool) -> bool {
    mask1 && !mask2
}

/// 1 where the image is not 0.
///
/// NaN is not 0, and so 1.
///
/// # Names
/// - `numpy.ndarray.astype`: the same as `image.astype(bool)`, as u8.
#[gpu_op(pointwise)]
pub fn binarize(image: bool) -> bool {
    image
}

/// Keeps the pixels where the mask is set and sets the others to 0, in the image's own type.
///
/// A mask is set where it is not 0. `outside` takes the place of 0 where it is given. Labels of any size stay whole.
///
/// # Names
/// - `clesperanto.mask`: it has no other number than 0 outside; labels above 2²⁴ are rounded there.
/// - `numpy.where`: the same as `numpy.where(mask, image, outside)`.
#[gpu_op(pointwise, family = "masking")]
pub fn mask<T: Pixel>(image: T, mask: bool, #[param(default = 0, optional)] outside: T) -> T {
    if mask { image } else { outside }
}

/// Keeps the pixels where the label image holds `label` and sets the others to 0, in the image's own type.
///
/// `outside` takes the place of 0 where it is given. Labels are compared as u32.
///
/// # Names
/// - `clesperanto.mask_label`: it has no other number than 0 outside; labels above 2²⁴ are confused there.
/// - `numpy.where`: the same as `numpy.where(labels == label, image, outside)`.
#[gpu_op(pointwise, family = "masking")]
pub fn mask_label<T: Pixel>(
    image: T,
    labels: u32,
    #[param(default = 1)] label: u32,
    #[param(default = 0, optional)] outside: T,
) -> T {
    if labels == label { image } else { outside }
}

/// What lies beside a mask: a constant is set where it is not 0, as a voxel is.
fn beside_mask(boundary: Boundary) -> Boundary {
    match boundary {
        Boundary::Constant(value) => Boundary::Constant(if value == 0.0 { 0.0 } else { 1.0 }),
        other => other,
    }
}

/// Erosion of a mask: 1 where the whole footprint is set.
///
/// # Names
/// - `clesperanto.binary_erode`: `connectivity` is `shape`; the result is u8, there of the image's type.
/// - `clesperanto.erode_box`: `connectivity` is `shape`; the result is u8, there of the image's type.
/// - `scipy.ndimage.binary_erosion`: the operation of that name.
#[gpu_op(composite, alias = "erode_box")]
pub fn binary_erode(
    mask: AnyExpr,
    boundary: Boundary,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    let mask = binarize(&mask);
    let result = match shape {
        Footprint::Box => minimum_box(mask, radius),
        Footprint::Sphere => minimum_sphere(mask, radius),
    };
    result.boundary(beside_mask(boundary))
}

/// Dilation of a mask: 1 where any voxel of the footprint is set.
///
/// # Names
/// - `clesperanto.binary_dilate`: `connectivity` is `shape`; the result is u8, there of the image's type.
/// - `clesperanto.dilate_box`: `connectivity` is `shape`; the result is u8, there of the image's type.
/// - `scipy.ndimage.binary_dilation`: the operation of that name.
#[gpu_op(composite, alias = "dilate_box")]
pub fn binary_dilate(
    mask: AnyExpr,
    boundary: Boundary,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    let mask = binarize(&mask);
    let result = match shape {
        Footprint::Box => maximum_box(mask, radius),
        Footprint::Sphere => maximum_sphere(mask, radius),
    };
    result.boundary(beside_mask(boundary))
}

/// Opening of a mask: erosion, then dilation. Removes what is smaller than the footprint.
///
/// # Names
/// - `clesperanto.binary_opening`: `connectivity` is `shape`.
/// - `scipy.ndimage.binary_opening`: the default structure there is a cross, the shape `sphere` with radius 1; boundary
///   `constant` 0 there, `nearest` here. `iterations`: `binary_erosion`, then `binary_dilation`.
/// - `skimage.morphology.binary_opening`: the default footprint there is a cross; `nearest` or `reflect` is its `mode='ignore'`.
#[gpu_op(composite)]
pub fn binary_opening(
    mask: AnyExpr,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    binary_dilate(binary_erode(&mask, radius, shape), radius, shape)
}

/// Closing of a mask: dilation, then erosion. Fills what is smaller than the footprint.
///
/// # Names
/// - `clesperanto.binary_closing`: `connectivity` is `shape`.
/// - `scipy.ndimage.binary_closing`: the default structure there is a cross, the shape `sphere` with radius 1; boundary
///   `constant` 0 there, `nearest` here. `iterations`: `binary_dilation`, then `binary_erosion`.
/// - `skimage.morphology.binary_closing`: the default footprint there is a cross; `nearest` or `reflect` is its `mode='ignore'`.
#[gpu_op(composite)]
pub fn binary_closing(
    mask: AnyExpr,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    binary_erode(binary_dilate(&mask, radius, shape), radius, shape)
}

family! {
    operations: [
        binary_and, binary_or, binary_xor, binary_not, binary_subtract, binarize, mask, mask_label, binary_erode, binary_dilate, binary_opening,
        binary_closing,
    ],
    kernels: [binary_and, binary_or, binary_xor, binary_not, binary_subtract, binarize, mask, mask_label],
}
