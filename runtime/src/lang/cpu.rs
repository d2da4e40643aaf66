//! What the code that `#[gpu_op]` generates calls: one small function per operation, which the CPU backend calls for each
//! row. Not for authors. Invariant: a body is compiled once per compute type, whatever the storage types and boundary.

use kernwerk_codegen::ir::DType;

pub use super::grid_row::GridRow;
pub use super::pointwise_row::PointwiseRow;
pub use super::staged::Staged;
pub use super::window_row::WindowRow;
pub use crate::arguments::Arguments;
pub use crate::backend::cpu::reducer::{CpuReduction, reduction};
pub use crate::backend::cpu::simd::{Best, Plain, Vectors, Wide, has_wide_vectors};
pub use crate::for_pixel;

/// The native implementation of an operation.
#[derive(Clone, Copy)]
pub enum CpuKernel {
    /// Computes a run of voxels.
    Pointwise(fn(&mut PointwiseRow<'_>)),
    /// Computes a row of voxels through windows.
    Neighborhood(fn(&mut WindowRow<'_>)),
    /// Computes a row of voxels along a line.
    Line(fn(&mut WindowRow<'_>)),
    /// Computes a row of items.
    Grid(fn(&GridRow<'_>)),
    /// The monoid for what `Pixel` stands for.
    Reduction(fn(DType) -> &'static dyn CpuReduction),
}
