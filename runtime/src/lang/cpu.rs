//! What the code that `#[gpu_op]` generates calls: one small function per operation, which the CPU backend calls for
//! each row. Not for authors. Invariant: a body is compiled once per compute type, whatever the storage types and
//! boundary.

use kernwerk_codegen::ir::DType;

pub use super::grid_row::GridRow;
pub use super::group::{Lane, Watch};
pub use super::pointwise_row::PointwiseRow;
pub use super::staged::{BLOCK, Place, Staged};
pub use super::window_row::{WindowBlock, WindowRow};
pub use crate::arguments::Arguments;
pub use crate::backend::cpu::gather::GatherLaunch;
pub use crate::backend::cpu::reducer::{CpuReduction, reduction};
pub use crate::backend::cpu::scan::ScanLaunch;
pub use crate::backend::cpu::simd::{
    Best, Plain, Vectors, Wide, WideFor, Widest, has_wide_vectors, has_widest_vectors,
};
pub use crate::backend::cpu::under::GatherBlock;
pub use crate::{for_pixel, map_block_rows, map_flat_rows, map_rows};

/// The native implementation of an operation.
#[derive(Clone, Copy)]
pub enum CpuKernel {
    /// Computes a run of voxels.
    Pointwise(fn(&mut PointwiseRow<'_>)),
    /// Computes a row of voxels through windows.
    Neighborhood(fn(&mut WindowRow<'_>)),
    /// Computes a row of voxels along a line.
    Line(fn(&mut WindowRow<'_>)),
    /// Computes a whole launch over a source.
    Gather(fn(&mut GatherLaunch<'_>)),
    /// Computes a whole launch line by line.
    Scan(fn(&mut ScanLaunch<'_>)),
    /// Computes a row of items.
    Grid(fn(&GridRow<'_>)),
    /// The monoid for what `Pixel` stands for.
    Reduction(fn(DType) -> &'static dyn CpuReduction),
}

/// `map_rows!(row.map1_with(body))` runs a body on a row, compiled for the vector instructions of the machine.
///
/// The body is written out once per version, so that each closure is called from one place alone: then the compiler inlines
/// it there, however long it is, and it is compiled with the instructions of its version. With `row.map1(body)`, which calls
/// one closure from several places, it does so for short bodies only.
#[macro_export]
#[doc(hidden)]
macro_rules! map_rows {
    ($row:ident.$map:ident($body:expr $(,)?)) => {
        if $crate::lang::cpu::has_wide_vectors() {
            $row.$map($crate::lang::cpu::Wide, $body)
        } else {
            $row.$map($crate::lang::cpu::Plain, $body)
        }
    };
}

/// As [`map_rows!`], for a body with loops of its own, which waits for arithmetic: there is a version for wider vectors too.
#[macro_export]
#[doc(hidden)]
macro_rules! map_block_rows {
    ($row:ident.$map:ident($body:expr $(,)?)) => {
        if $crate::lang::cpu::has_widest_vectors() {
            $row.$map($crate::lang::cpu::Widest, $body)
        } else if $crate::lang::cpu::has_wide_vectors() {
            $row.$map($crate::lang::cpu::Wide, $body)
        } else {
            $row.$map($crate::lang::cpu::Plain, $body)
        }
    };
}

/// Rounds that a body with loops takes in one go.
const GROUP: usize = 4;

/// The items in groups, each with their number; only the last may have fewer than there is room for.
pub fn groups<T: Copy>(mut items: impl Iterator<Item = T>) -> impl Iterator<Item = ([T; GROUP], usize)> {
    // Written out, so that a group never has to be in memory.
    std::iter::from_fn(
        #[inline(always)]
        move || {
            let a = items.next()?;
            let Some(b) = items.next() else { return Some(([a; GROUP], 1)) };
            let Some(c) = items.next() else { return Some(([a, b, b, b], 2)) };
            let Some(d) = items.next() else { return Some(([a, b, c, c], 3)) };
            Some(([a, b, c, d], GROUP))
        },
    )
}

/// As [`map_rows!`], for a body that asks how long the axes are: there is a version for images of three axes, in which no
/// axis has the extent 1, and one for images of two.
#[macro_export]
#[doc(hidden)]
macro_rules! map_flat_rows {
    ($row:ident.$map:ident($body:expr $(,)?)) => {
        match $row.axes() {
            3 => $row.$map($crate::lang::cpu::WideFor::<3>, $body),
            2 => $row.$map($crate::lang::cpu::WideFor::<2>, $body),
            _ => $row.$map($crate::lang::cpu::Plain, $body),
        }
    };
}
