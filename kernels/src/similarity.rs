//! Structural similarity of two images, as a map and as a number.
//!
//! Input: two images of one shape. Output: f32, or the mean of the map in f64. Invariant: both images are counted from
//! the mean of the first, which leaves variances as they are and keeps digits that the squares of large values would
//! lose.

use kernwerk_runtime::Boundary;

use crate::arithmetic::{
    add_image_and_scalar, divide_images, multiply_images, square, subtract_images, subtract_scalar,
};
use crate::catalogue::family;
use crate::filter::{gaussian_blur, mean_box};
use crate::layout::crop;
use crate::metrics::limits;
use crate::prelude::*;
use crate::reduction::mean_of_all_pixels;

/// What the number and the map have in common.
struct Similarity {
    window: u32,
    gaussian_weights: bool,
    sigma: f32,
    sample_covariance: bool,
    /// Range of values.
    range: f64,
}

/// Where a Gaussian window ends, in standard deviations.
const TRUNCATE: f32 = 3.5;

impl Similarity {
    /// Checks the parameters.
    fn new(
        image: &AnyImage,
        data_range: f32,
        window: u32,
        gaussian_weights: bool,
        sigma: f32,
        sample_covariance: bool,
        operation: &str,
    ) -> Result<Similarity> {
        if data_range == 0.0 && !image.dtype().is_integer() {
            return Err(Error::Parameter {
                operation: operation.into(),
                parameter: "data_range".into(),
                value: "0".into(),
                problem: format!(
                    "the images are {}, which says nothing about the range of their values",
                    image.dtype()
                ),
                remedy: "give the difference of the largest and the smallest value that they can have".into(),
            });
        }
        let (low, high) = limits(image.dtype());
        let range = if data_range == 0.0 { high - low } else { f64::from(data_range) };
        let window = if gaussian_weights { 2 * (TRUNCATE * sigma + 0.5) as u32 + 1 } else { window };
        let smallest = image.spatial().into_iter().filter(|&extent| extent > 1).min().unwrap_or(1);
        let problem = if window % 2 == 0 {
            "it is even, and a window has a centre".to_owned()
        } else if window as usize > smallest {
            format!("the window of {window} is larger than the image, which has an axis of {smallest}")
        } else {
            return Ok(Similarity { window, gaussian_weights, sigma, sample_covariance, range });
        };
        let parameter = if gaussian_weights { "sigma" } else { "win_size" };
        Err(Error::Parameter {
            operation: operation.into(),
            parameter: parameter.into(),
            value: if gaussian_weights { sigma.to_string() } else { window.to_string() },
            problem,
            remedy: "use an odd window that fits into the image".into(),
        })
    }

    fn mean<T: Element>(&self, image: Expr<T>) -> Expr<f32> {
        if self.gaussian_weights {
            let blurred = gaussian_blur(image, self.sigma).with("truncate", TRUNCATE);
            return blurred.boundary(Boundary::Reflect);
        }
        mean_box(image, self.window / 2).boundary(Boundary::Reflect)
    }

    /// The similarity at each voxel.
    fn map(&self, context: &Context, image1: &AnyImage, image2: &AnyImage) -> Result<Image<f32>> {
        let centre = context.scalar(&mean_of_all_pixels(image1))? as f32;
        // An image that is not finite has no mean, and no similarity.
        let centre = if centre.is_finite() { centre } else { 0.0 };
        let dimensions = image1.spatial().into_iter().filter(|&extent| extent > 1).count();
        let voxels = (0..dimensions).fold(1.0, |product, _| product * f64::from(self.window));
        let factor = if self.sample_covariance && voxels > 1.0 { voxels / (voxels - 1.0) } else { 1.0 } as f32;
        let constant = |k: f64| ((k * self.range) * (k * self.range)) as f32;
        let (c1, c2) = (constant(0.01), constant(0.03));
        let away = |image: &AnyImage| context.eval(subtract_scalar(image, centre));
        let (image1, image2) = (away(image1)?, away(image2)?);
        // Means of the differences, of their squares and of their product.
        let mean1 = context.eval(self.mean((&image1).into_expr()))?;
        let mean2 = context.eval(self.mean((&image2).into_expr()))?;
        let squares1 = context.eval(self.mean(square(&image1)))?;
        let squares2 = context.eval(self.mean(square(&image2)))?;
        let products = context.eval(self.mean(multiply_images(&image1, &image2)))?;
        let variances =
            (subtract_images(&squares1, square(&mean1)) + subtract_images(&squares2, square(&mean2))) * factor;
        let covariance = subtract_images(&products, multiply_images(&mean1, &mean2)) * factor;
        let structure = divide_images(add_image_and_scalar(covariance * 2.0, c2), add_image_and_scalar(variances, c2));
        let whole = |mean: &Image<f32>| add_image_and_scalar(mean, centre);
        let brightness = divide_images(
            add_image_and_scalar(multiply_images(whole(&mean1), whole(&mean2)) * 2.0, c1),
            add_image_and_scalar(square(whole(&mean1)) + square(whole(&mean2)), c1),
        );
        context.eval(multiply_images(brightness, structure))
    }
}

/// Structural similarity of two images at each voxel; 1 where their surroundings are the same.
///
/// With means µ, variances σ² and the covariance σ₁₂ in a window, c₁ = (0.01 · r)² and c₂ = (0.03 · r)²: `((2µ₁µ₂ + c₁)
/// · (2σ₁₂ + c₂)) / ((µ₁² + µ₂² + c₁) · (σ₁² + σ₂² + c₂))`, in f32. The window is a box of `win_size` voxels along each
/// axis, or with `gaussian_weights` a Gaussian of `sigma` that ends at 3.5 of it. With `sample_covariance` variances
/// are divided by n − 1 of the n voxels in the window. With `data_range` 0 (the default) r is the range of the element
/// type of the first image; f32 images need it. Beyond the ends the images are continued by reflection, whatever the
/// boundary is. Axes of extent 1 do not count.
///
/// Wang, Z., Bovik, A. C., Sheikh, H. R. & Simoncelli, E. P. (2004). Image quality assessment: from error visibility to
/// structural similarity. IEEE Trans. Image Processing 13, 600–612.
///
/// # Names
/// - `skimage.metrics.structural_similarity(full=True)`: the second result; integers in f64 there; `K1` and `K2` are
///   those of the paper.
#[gpu_op(procedure)]
#[allow(clippy::too_many_arguments, reason = "each is a choice of the method")]
pub fn structural_similarity_map(
    context: &Context,
    image1: AnyImage,
    image2: AnyImage,
    #[param(default = 0.0, range = 0.0.., optional)] data_range: f32,
    #[param(default = 7, range = 3..=1001, unit = "voxels", optional)] win_size: u32,
    #[param(default = false, optional)] gaussian_weights: bool,
    #[param(default = 1.5, range = 0.0..=100.0, unit = "voxels", optional)] sigma: f32,
    #[param(default = true, optional)] sample_covariance: bool,
) -> Result<Image<f32>> {
    let operation = "structural_similarity_map";
    let similarity =
        Similarity::new(&image1, data_range, win_size, gaussian_weights, sigma, sample_covariance, operation)?;
    similarity.map(context, &image1, &image2)
}

/// Structural similarity of two images: the mean of `structural_similarity_map`, but for half a window at each face.
///
/// See there for the parameters. All batch axes count.
///
/// Wang, Z., Bovik, A. C., Sheikh, H. R. & Simoncelli, E. P. (2004). Image quality assessment: from error visibility to
/// structural similarity. IEEE Trans. Image Processing 13, 600–612.
///
/// # Names
/// - `skimage.metrics.structural_similarity`: integers in f64 there; `K1` and `K2` are those of the paper; `gradient`
///   is not here.
#[gpu_op(procedure, alias = "ssim")]
#[allow(clippy::too_many_arguments, reason = "each is a choice of the method")]
pub fn structural_similarity(
    context: &Context,
    image1: AnyImage,
    image2: AnyImage,
    #[param(default = 0.0, range = 0.0.., optional)] data_range: f32,
    #[param(default = 7, range = 3..=1001, unit = "voxels", optional)] win_size: u32,
    #[param(default = false, optional)] gaussian_weights: bool,
    #[param(default = 1.5, range = 0.0..=100.0, unit = "voxels", optional)] sigma: f32,
    #[param(default = true, optional)] sample_covariance: bool,
) -> Result<f64> {
    let operation = "structural_similarity";
    let similarity =
        Similarity::new(&image1, data_range, win_size, gaussian_weights, sigma, sample_covariance, operation)?;
    let map = similarity.map(context, &image1, &image2)?;
    let margin = |extent: usize| if extent > 1 { similarity.window / 2 } else { 0 };
    let [x, y, z] = image1.spatial().map(margin);
    let inner = |axis: usize, margin: u32| image1.spatial()[axis] as u32 - 2 * margin;
    let extent = PerAxis::xyz(inner(0, x), inner(1, y), inner(2, z));
    context.scalar(&mean_of_all_pixels(crop(&map, PerAxis::xyz(x, y, z), extent)))
}

family! {
    operations: [structural_similarity_map, structural_similarity],
    kernels: [],
}
