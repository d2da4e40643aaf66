//! Twenty-eight operations for microscopy, four of each class, written as a crate outside Kernwerk writes them.
//!
//! * [`intensity`], pointwise; with a function of its own that operations call, and one that returns two images;
//! * [`texture`], neighborhood;
//! * [`smoothing`], separable;
//! * [`summary`], reductions;
//! * [`counting`], grid kernels and the procedures that call them;
//! * [`geometry`], gather;
//! * [`traces`], scan.
//!
//! [`CATALOGUE`] lists them for the command line, [`KERNELS`] their kernels for the golden texts.

pub mod counting;
pub mod geometry;
pub mod intensity;
pub mod smoothing;
pub mod summary;
pub mod texture;
pub mod traces;

pub use counting::*;
pub use geometry::*;
pub use intensity::*;
pub use smoothing::*;
pub use summary::*;
pub use texture::*;
pub use traces::*;

use kernwerk::{KernelOp, OpInfo};

/// Every operation.
pub const CATALOGUE: &[&OpInfo] = &[
    &anscombe_transform::INFO,
    &soft_threshold::INFO,
    &log_ratio::INFO,
    &magnitude_and_phase::INFO,
    &local_z_score::INFO,
    &edge_preserving_mean::INFO,
    &coherence::INFO,
    &remove_hot_pixels::INFO,
    &savitzky_golay::INFO,
    &lanczos_low_pass::INFO,
    &binomial_blur::INFO,
    &hann_blur::INFO,
    &root_mean_square::INFO,
    &geometric_mean::INFO,
    &zero_fraction::INFO,
    &non_finite_voxels::INFO,
    &radial_profile::INFO,
    &joint_histogram::INFO,
    &occupied_box::INFO,
    &label_surface::INFO,
    &radial_distortion::INFO,
    &slide_planes::INFO,
    &unwrap_rings::INFO,
    &magnifier::INFO,
    &exponential_average::INFO,
    &run_length::INFO,
    &cumulative_trapezoid::INFO,
    &maximum_drawdown::INFO,
];

/// Every kernel, also of those that only procedures call.
pub const KERNELS: &[&KernelOp] = &[
    &anscombe_transform::KERNEL,
    &soft_threshold::KERNEL,
    &log_ratio::KERNEL,
    &magnitude_and_phase::KERNEL,
    &local_z_score::KERNEL,
    &edge_preserving_mean::KERNEL,
    &coherence::KERNEL,
    &remove_hot_pixels::KERNEL,
    &savitzky_golay::KERNEL,
    &lanczos_low_pass::KERNEL,
    &binomial_blur::KERNEL,
    &hann_blur::KERNEL,
    &mean_square::KERNEL,
    &mean_logarithm::KERNEL,
    &zero_voxels::KERNEL,
    &not_finite::KERNEL,
    &add_to_rings::KERNEL,
    &count_pairs::KERNEL,
    &bound_set_voxels::KERNEL,
    &count_faces::KERNEL,
    &radial_distortion::KERNEL,
    &slide_planes::KERNEL,
    &unwrap_rings::KERNEL,
    &magnifier::KERNEL,
    &exponential_average::KERNEL,
    &run_length::KERNEL,
    &cumulative_trapezoid::KERNEL,
    &maximum_drawdown::KERNEL,
];
