//! Recipes from an image to labels.

use crate::binary::binary_and;
use crate::catalogue::family;
use crate::components::connected_components;
use crate::extrema::detect_maxima;
use crate::filter::gaussian_blur;
use crate::histogram::threshold_otsu;
use crate::prelude::*;
use crate::voronoi::masked_voronoi_labeling;

/// Labels the connected components above Otsu's threshold of the blurred image.
#[gpu_op(composite)]
pub fn gauss_otsu_labeling(
    image: AnyExpr,
    #[param(default = 0.0, range = 0.0..=10000.0, unit = "voxels")] outline_sigma: PerAxis<f32>,
) -> Expr<u32> {
    connected_components(threshold_otsu(gaussian_blur(&image, outline_sigma)), Footprint::Box)
}

/// Splits touching blobs: maxima of the image blurred by `spot_sigma` are seeds, Otsu's threshold of the image blurred by
/// `outline_sigma` is the mask, and each voxel of the mask gets the label of the nearest seed.
///
/// Haase, R. et al. (2020). CLIJ: GPU-accelerated image processing for everyone. Nature Methods 17, 5–6 (the recipe of
/// clEsperanto).
#[gpu_op(composite)]
pub fn voronoi_otsu_labeling(
    image: AnyExpr,
    #[param(default = 2.0, range = 0.0..=10000.0, unit = "voxels")] spot_sigma: PerAxis<f32>,
    #[param(default = 2.0, range = 0.0..=10000.0, unit = "voxels")] outline_sigma: PerAxis<f32>,
) -> Expr<u32> {
    let spots = detect_maxima(gaussian_blur(&image, spot_sigma), 1, Footprint::Box);
    let mask = threshold_otsu(gaussian_blur(&image, outline_sigma));
    masked_voronoi_labeling(binary_and(spots, &mask), &mask)
}

family! {
    operations: [gauss_otsu_labeling, voronoi_otsu_labeling],
    kernels: [],
}
