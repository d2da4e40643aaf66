//! Colocalisation of two channels, as four numbers, each also within a mask.
//!
//! Invariant: sums over voxels are carried to 48 bits; what follows from them is computed in f64.
//!
//! Dunn, K. W., Kamocka, M. M. & McDonald, J. H. (2011). A practical guide to evaluating colocalization in biological
//! microscopy. American Journal of Physiology: Cell Physiology 300, C723–C742.

use crate::arithmetic::{multiply_images, square, subtract_scalar};
use crate::binary::{binarize, binary_and, mask as masked};
use crate::catalogue::family;
use crate::prelude::*;
use crate::reduction::{minimum_of_all_pixels, sum_of_all_pixels};

/// The sum of an image, within the mask if there is one.
fn sum<T: Element>(context: &Context, image: Expr<T>, mask: Option<&AnyImage>) -> Result<f64> {
    context.scalar(&match mask {
        Some(mask) => sum_of_all_pixels(masked(image, mask)),
        None => sum_of_all_pixels(image),
    })
}

/// How many voxels count.
fn count(context: &Context, image: &AnyImage, mask: Option<&AnyImage>) -> Result<f64> {
    match mask {
        Some(mask) => context.scalar(&sum_of_all_pixels(binarize(mask))),
        None => Ok(image.voxels() as f64),
    }
}

fn pearson(context: &Context, image1: &AnyImage, image2: &AnyImage, mask: Option<&AnyImage>) -> Result<f64> {
    let count = count(context, image1, mask)?;
    // Counted from a number near the mean, so that little cancels; `rest` is what is left of the mean.
    let centre = |image: &AnyImage| -> Result<(f32, f64)> {
        let mean = sum(context, image.into_expr(), mask)? / count;
        let near = mean as f32;
        Ok((near, mean - f64::from(near)))
    };
    let (near1, rest1) = centre(image1)?;
    let (near2, rest2) = centre(image2)?;
    let (away1, away2) = (|| subtract_scalar(image1, near1), || subtract_scalar(image2, near2));
    let squares1 = sum(context, square(away1()), mask)? - count * rest1 * rest1;
    let squares2 = sum(context, square(away2()), mask)? - count * rest2 * rest2;
    let products = sum(context, multiply_images(away1(), away2()), mask)? - count * rest1 * rest2;
    let coefficient = products / (squares1.sqrt() * squares2.sqrt());
    Ok(if coefficient.is_nan() { coefficient } else { coefficient.clamp(-1.0, 1.0) })
}

/// Refuses images with negative values.
fn not_negative(context: &Context, image: &AnyImage, operation: &str) -> Result<()> {
    let smallest = context.scalar(&minimum_of_all_pixels(image))?;
    if smallest < 0.0 {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: format!("the image has negative values (smallest {smallest})"),
            remedy: "subtract the smallest value first, or clip at 0".into(),
        });
    }
    Ok(())
}

fn manders(
    context: &Context,
    image: &AnyImage,
    other: &AnyImage,
    mask: Option<&AnyImage>,
    operation: &str,
) -> Result<f64> {
    not_negative(context, image, operation)?;
    let all = sum(context, image.into_expr(), mask)?;
    let common = sum(context, masked(image, other), mask)?;
    Ok(if all == 0.0 { 0.0 } else { common / all })
}

fn overlap(
    context: &Context,
    image1: &AnyImage,
    image2: &AnyImage,
    mask: Option<&AnyImage>,
    operation: &str,
) -> Result<f64> {
    not_negative(context, image1, operation)?;
    not_negative(context, image2, operation)?;
    let squares1 = sum(context, square(image1), mask)?;
    let squares2 = sum(context, square(image2), mask)?;
    Ok(sum(context, multiply_images(image1, image2), mask)? / (squares1.sqrt() * squares2.sqrt()))
}

fn intersection(context: &Context, mask1: &AnyImage, mask2: &AnyImage, mask: Option<&AnyImage>) -> Result<f64> {
    let own = sum(context, binarize(mask1), mask)?;
    let both = sum(context, binary_and(mask1, mask2), mask)?;
    Ok(if own == 0.0 { 0.0 } else { both / own })
}

/// Pearson's correlation coefficient of two images: their covariance, divided by both standard deviations; −1 to 1.
///
/// Differences to the means and their products are rounded to f32, sums are carried to 48 bits. NaN if an image is
/// constant or has a NaN.
///
/// # Names
/// - `skimage.measure.pearson_corr_coeff`: gives the p-value too; `mask` is `masked_pearson_corr_coeff` here.
#[gpu_op(procedure)]
pub fn pearson_corr_coeff(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<f64> {
    pearson(context, &image1, &image2, None)
}

/// Pearson's correlation coefficient of two images within a mask; see `pearson_corr_coeff`.
///
/// NaN if the mask is empty.
///
/// # Names
/// - `skimage.measure.pearson_corr_coeff`: with `mask`; gives the p-value too.
#[gpu_op(procedure)]
pub fn masked_pearson_corr_coeff(context: &Context, image1: AnyImage, image2: AnyImage, mask: AnyImage) -> Result<f64> {
    pearson(context, &image1, &image2, Some(&mask))
}

/// Manders' colocalisation coefficient: the share of an image's intensity that lies where a mask of the other channel is set.
///
/// 0 if the image is 0 everywhere; negative values are an error.
///
/// Manders, E. M. M., Verbeek, F. J. & Aten, J. A. (1993). Measurement of co-localization of objects in dual-colour
/// confocal images. Journal of Microscopy 169, 375–382.
///
/// # Names
/// - `skimage.measure.manders_coloc_coeff`: `mask` is `masked_manders_coloc_coeff` here.
#[gpu_op(procedure)]
pub fn manders_coloc_coeff(context: &Context, image: AnyImage, other_mask: AnyImage) -> Result<f64> {
    manders(context, &image, &other_mask, None, "manders_coloc_coeff")
}

/// Manders' colocalisation coefficient within a mask; see `manders_coloc_coeff`.
///
/// # Names
/// - `skimage.measure.manders_coloc_coeff`: with `mask`; negative values outside of it are allowed there.
#[gpu_op(procedure)]
pub fn masked_manders_coloc_coeff(
    context: &Context,
    image: AnyImage,
    other_mask: AnyImage,
    mask: AnyImage,
) -> Result<f64> {
    manders(context, &image, &other_mask, Some(&mask), "masked_manders_coloc_coeff")
}

/// Manders' overlap coefficient of two images: Σ a·b / √(Σ a² · Σ b²).
///
/// Products are rounded to f32, sums are carried to 48 bits. NaN if an image is 0 everywhere; negative values are an error.
///
/// Manders, E. M. M., Verbeek, F. J. & Aten, J. A. (1993). Measurement of co-localization of objects in dual-colour
/// confocal images. Journal of Microscopy 169, 375–382.
///
/// # Names
/// - `skimage.measure.manders_overlap_coeff`: `mask` is `masked_manders_overlap_coeff` here.
#[gpu_op(procedure)]
pub fn manders_overlap_coeff(context: &Context, image1: AnyImage, image2: AnyImage) -> Result<f64> {
    overlap(context, &image1, &image2, None, "manders_overlap_coeff")
}

/// Manders' overlap coefficient of two images within a mask; see `manders_overlap_coeff`.
///
/// # Names
/// - `skimage.measure.manders_overlap_coeff`: with `mask`; negative values outside of it are allowed there.
#[gpu_op(procedure)]
pub fn masked_manders_overlap_coeff(
    context: &Context,
    image1: AnyImage,
    image2: AnyImage,
    mask: AnyImage,
) -> Result<f64> {
    overlap(context, &image1, &image2, Some(&mask), "masked_manders_overlap_coeff")
}

/// Share of a mask that lies in another one; 0 if the first is empty.
///
/// # Names
/// - `skimage.measure.intersection_coeff`: `mask` is `masked_intersection_coeff` here.
#[gpu_op(procedure)]
pub fn intersection_coeff(context: &Context, mask1: AnyImage, mask2: AnyImage) -> Result<f64> {
    intersection(context, &mask1, &mask2, None)
}

/// Share of a mask that lies in another one, both within a third; see `intersection_coeff`.
///
/// # Names
/// - `skimage.measure.intersection_coeff`: with `mask`.
#[gpu_op(procedure)]
pub fn masked_intersection_coeff(context: &Context, mask1: AnyImage, mask2: AnyImage, mask: AnyImage) -> Result<f64> {
    intersection(context, &mask1, &mask2, Some(&mask))
}

family! {
    operations: [
        pearson_corr_coeff, masked_pearson_corr_coeff, manders_coloc_coeff, masked_manders_coloc_coeff, manders_overlap_coeff,
        masked_manders_overlap_coeff, intersection_coeff, masked_intersection_coeff,
    ],
    kernels: [],
}
