//! Devices, images, lazy expressions and the executor.

pub mod backend;
mod error;
mod host;

pub use error::{Error, Result};
pub use host::{Axes, HostData, HostImage, VoxelSize};
pub use kernwerk_codegen::ir::{Axis, Boundary, DType};
