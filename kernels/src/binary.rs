//! Logic and morphology of masks. A pixel counts as set if it is not 0; results are of type u8 with 0 and 1.

use crate::catalogue::family;
use crate::morphology::{maximum_box, maximum_sphere, minimum_box, minimum_sphere};
use crate::prelude::*;

/// 1 where both masks are set.
#[gpu_op(pointwise)]
pub fn binary_and(mask1: bool, mask2: bool) -> bool {
    mask1 && mask2
}

/// 1 where at least one mask is set.
#[gpu_op(pointwise)]
pub fn binary_or(mask1: bool, mask2: bool) -> bool {
    mask1 || mask2
}

/// 1 where exactly one mask is set.
#[gpu_op(pointwise)]
pub fn binary_xor(mask1: bool, mask2: bool) -> bool {
    mask1 != mask2
}

/// 1 where the mask is not set.
#[gpu_op(pointwise)]
pub fn binary_not(mask: bool) -> bool {
    !mask
}

/// 1 where the first mask is set and the second is not.
#[gpu_op(pointwise)]
pub fn binary_subtract(mask1: bool, mask2: bool) -> bool {
    mask1 && !mask2
}

/// 1 where the image is not 0.
#[gpu_op(pointwise)]
pub fn binarize(image: bool) -> bool {
    image
}

/// Keeps the pixels where the mask is set and sets the others to 0, in the image's own type.
#[gpu_op(pointwise, family = "masking")]
pub fn mask<T: Pixel>(image: T, mask: bool, #[param(default = 0, optional)] outside: T) -> T {
    if mask { image } else { outside }
}

/// Keeps the pixels where the label image holds `label` and sets the others to 0, in the image's own type.
#[gpu_op(pointwise, family = "masking")]
pub fn mask_label<T: Pixel>(
    image: T,
    labels: u32,
    #[param(default = 1)] label: u32,
    #[param(default = 0, optional)] outside: T,
) -> T {
    if labels == label { image } else { outside }
}

/// Erosion of a mask: 1 where the whole footprint is set.
#[gpu_op(composite)]
pub fn binary_erode(
    mask: AnyExpr,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    let mask = binarize(&mask);
    match shape {
        Footprint::Box => minimum_box(mask, radius),
        Footprint::Sphere => minimum_sphere(mask, radius),
    }
}

/// Dilation of a mask: 1 where any voxel of the footprint is set.
#[gpu_op(composite)]
pub fn binary_dilate(
    mask: AnyExpr,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    let mask = binarize(&mask);
    match shape {
        Footprint::Box => maximum_box(mask, radius),
        Footprint::Sphere => maximum_sphere(mask, radius),
    }
}

/// Opening of a mask: erosion, then dilation. Removes what is smaller than the footprint.
#[gpu_op(composite)]
pub fn binary_opening(
    mask: AnyExpr,
    #[param(default = 1, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = "box")] shape: Footprint,
) -> Expr<u8> {
    binary_dilate(binary_erode(&mask, radius, shape), radius, shape)
}

/// Closing of a mask: dilation, then erosion. Fills what is smaller than the footprint.
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
