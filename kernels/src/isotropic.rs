//! Binary morphology with balls of any radius, by the exact distance transform: the cost does not grow with the radius.

use crate::binary::binary_not;
use crate::catalogue::family;
use crate::comparison::{greater_constant, smaller_or_equal_constant};
use crate::distance::distance_transform;
use crate::prelude::*;

/// Distances within the set voxels of a mask, or, with `outside`, within the others.
fn distances(mask: &AnyExpr, outside: bool, [x, y, z]: [f32; 3]) -> Expr<f32> {
    let distances = if outside { distance_transform(binary_not(mask)) } else { distance_transform(mask) };
    distances.with("sampling_x", x).with("sampling_y", y).with("sampling_z", z)
}

/// Dilation of a mask by a ball: 1 where a set voxel is at most `radius` away.
///
/// Euclidean distances, exact up to the rounding of f32 (see `distance_transform`), between voxels that are
/// `sampling_x`, `sampling_y`, `sampling_z` apart, by default 1; `radius` is in the same unit. Nothing is set outside
/// the image. The cost does not depend on the radius.
///
/// # Names
/// - `skimage.morphology.isotropic_dilation`: same; `spacing` is (`sampling_z`, `sampling_y`, `sampling_x`). A mask
///   without a set voxel stays empty here, where SciPy's distances have no meaning.
#[gpu_op(composite, family = "binary")]
pub fn isotropic_dilation(
    mask: AnyExpr,
    #[param(default = 1.0, range = 0.0..)] radius: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_x: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_y: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_z: f32,
) -> Expr<u8> {
    smaller_or_equal_constant(distances(&mask, true, [sampling_x, sampling_y, sampling_z]), radius)
}

/// Erosion of a mask by a ball: 1 where every voxel that is not set is more than `radius` away.
///
/// Outside the image everything counts as set. Otherwise as `isotropic_dilation`.
///
/// # Names
/// - `skimage.morphology.isotropic_erosion`: same; `spacing` is (`sampling_z`, `sampling_y`, `sampling_x`). A full mask
///   stays full here, where SciPy's distances have no meaning.
#[gpu_op(composite, family = "binary")]
pub fn isotropic_erosion(
    mask: AnyExpr,
    #[param(default = 1.0, range = 0.0..)] radius: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_x: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_y: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_z: f32,
) -> Expr<u8> {
    greater_constant(distances(&mask, false, [sampling_x, sampling_y, sampling_z]), radius)
}

/// Opening of a mask by a ball: erosion, then dilation. Removes what the ball does not fit into.
///
/// As `isotropic_erosion` and `isotropic_dilation`.
///
/// # Names
/// - `skimage.morphology.isotropic_opening`: same; `spacing` is (`sampling_z`, `sampling_y`, `sampling_x`).
#[gpu_op(composite, family = "binary")]
pub fn isotropic_opening(
    mask: AnyExpr,
    #[param(default = 1.0, range = 0.0..)] radius: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_x: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_y: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_z: f32,
) -> Expr<u8> {
    let sampling = [sampling_x, sampling_y, sampling_z];
    let eroded = greater_constant(distances(&mask, false, sampling), radius);
    smaller_or_equal_constant(distances(eroded.any(), true, sampling), radius)
}

/// Closing of a mask by a ball: dilation, then erosion. Fills what the ball does not fit into.
///
/// As `isotropic_dilation` and `isotropic_erosion`.
///
/// # Names
/// - `skimage.morphology.isotropic_closing`: same; `spacing` is (`sampling_z`, `sampling_y`, `sampling_x`).
#[gpu_op(composite, family = "binary")]
pub fn isotropic_closing(
    mask: AnyExpr,
    #[param(default = 1.0, range = 0.0..)] radius: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_x: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_y: f32,
    #[param(default = 1.0, range = 0.0001..=10000.0, optional)] sampling_z: f32,
) -> Expr<u8> {
    let sampling = [sampling_x, sampling_y, sampling_z];
    let dilated = smaller_or_equal_constant(distances(&mask, true, sampling), radius);
    greater_constant(distances(dilated.any(), false, sampling), radius)
}

family! {
    operations: [isotropic_dilation, isotropic_erosion, isotropic_opening, isotropic_closing],
    kernels: [],
}
