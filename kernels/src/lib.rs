//! The standard operations, every one written with `#[gpu_op]` or composed from such.
//!
//! One module per family; a module's file ends with the list of its operations, so that adding one touches one file. Names are
//! clEsperanto's where it has the operation. Invariant: nothing here knows a backend.
//!
//! ```
//! use kernwerk_kernels::{gaussian_blur, maximum_of_all_pixels};
//! use kernwerk_runtime::Device;
//! use ndarray::Array3;
//!
//! let device = Device::cpu();
//! let mut stack = Array3::<u16>::zeros((5, 9, 9));
//! stack[[2, 4, 4]] = 1000;
//! let image = device.upload(stack.view())?;
//! let blurred = gaussian_blur(&image, 1.0);
//! assert!(maximum_of_all_pixels(&blurred).eval()? < 64.0);
//! # Ok::<(), kernwerk_runtime::Error>(())
//! ```

#![allow(
    clippy::manual_abs_diff,
    clippy::manual_div_ceil,
    clippy::manual_swap,
    reason = "the language of operations has no such functions"
)]

// The expansion of `#[gpu_op]` says `::kernwerk`, which is the facade for everybody else.
extern crate kernwerk_runtime as kernwerk;

pub mod adjust;
pub mod arithmetic;
pub mod artificial;
pub mod assembly;
pub mod background;
pub mod binary;
pub mod binary_morphology;
pub mod bits;
pub mod blocks;
pub mod canny;
mod catalogue;
pub mod clahe;
pub mod colocalization;
pub mod comparison;
pub mod components;
pub mod contour;
pub mod contrast;
pub mod convolution;
pub mod deconvolution;
pub mod denoise;
pub mod derivative;
pub mod directional;
pub mod distance;
pub mod drawing;
pub mod edges;
pub mod eigenvalues;
mod exact;
pub mod extrema;
pub mod filter;
pub mod fourier;
mod fourier_launch;
pub mod fourier_lines;
pub mod fourier_passes;
pub mod fourier_powers;
pub mod frequency;
pub mod gabor;
pub mod geometry;
pub mod hessian;
pub mod histogram;
pub mod isotropic;
pub mod keys;
pub mod labels;
pub mod layout;
pub mod local_range;
pub mod local_threshold;
pub mod marked;
pub mod mathematics;
pub mod measurement;
pub mod metrics;
pub mod modulo;
pub mod morphology;
pub mod nearest;
pub mod optical_flow;
pub mod peaks;
pub mod percentile;
pub mod places;
mod precise;
pub mod prefix;
pub mod projection;
pub mod reach;
pub mod reconstruction;
pub mod recursive;
pub mod reduction;
pub mod registration;
pub mod replacement;
pub mod ridge;
mod roots;
pub mod scan;
pub mod segmentation;
pub mod similarity;
pub mod simple;
pub mod skeleton;
pub mod slices;
pub mod sums_in_groups;
pub mod sums_of_labels;
pub mod template_matching;
pub mod tensor;
pub mod threshold;
mod threshold_methods;
pub mod transfer;
pub mod transform;
pub mod variance;
pub mod variational;
pub mod voronoi;
pub mod warp;
pub mod watershed;
pub mod wide_keys;

pub use adjust::*;
pub use arithmetic::*;
pub use artificial::*;
pub use assembly::*;
pub use background::*;
pub use binary::*;
pub use binary_morphology::*;
pub use bits::*;
pub use blocks::*;
pub use canny::*;
pub use catalogue::{CompiledKernel, catalogue, find, find_among, kernels};
pub use clahe::*;
pub use colocalization::*;
pub use comparison::*;
pub use components::*;
pub use contour::*;
pub use contrast::*;
pub use convolution::*;
pub use deconvolution::*;
pub use denoise::*;
pub use derivative::*;
pub use directional::*;
pub use distance::*;
pub use drawing::*;
pub use edges::*;
pub use eigenvalues::*;
pub use extrema::*;
pub use filter::*;
pub use fourier::*;
pub use fourier_passes::*;
pub use frequency::*;
pub use gabor::*;
pub use geometry::*;
pub use hessian::*;
pub use histogram::*;
pub use isotropic::*;
pub use keys::*;
pub use labels::*;
pub use layout::*;
pub use local_range::*;
pub use local_threshold::*;
pub use marked::*;
pub use mathematics::*;
pub use measurement::*;
pub use metrics::*;
pub use modulo::*;
pub use morphology::*;
pub use nearest::*;
pub use optical_flow::*;
pub use peaks::*;
pub use percentile::*;
pub use places::*;
pub use prefix::*;
pub use projection::*;
pub use reach::*;
pub use reconstruction::*;
pub use recursive::*;
pub use reduction::*;
pub use registration::*;
pub use replacement::*;
pub use ridge::*;
pub use scan::*;
pub use segmentation::*;
pub use similarity::*;
pub use simple::*;
pub use skeleton::*;
pub use slices::*;
pub use sums_in_groups::*;
pub use sums_of_labels::*;
pub use template_matching::*;
pub use tensor::*;
pub use threshold::*;
pub use transform::*;
pub use variance::*;
pub use variational::*;
pub use voronoi::*;
pub use warp::*;
pub use watershed::*;
pub use wide_keys::*;

/// What every family uses.
mod prelude {
    pub(crate) use kernwerk_macros::{gpu_fn, gpu_op};
    pub(crate) use kernwerk_runtime::lang::{
        Global, Item, Lane, Line, PerAxis, Pixel, Position, Read, Reduction, Sampler, Shared, Tally, Window, Write,
        max, min,
    };
    pub(crate) use kernwerk_runtime::{
        AnyExpr, AnyImage, Axis, Buffer, Context, Domain, Element, Error, Expr, Footprint, Image, IntoExpr, Pending,
        Result, Table,
    };

    pub(crate) use crate::catalogue::{CompiledKernel, Family};
}
