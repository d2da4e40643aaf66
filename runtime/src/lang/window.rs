//! The window that a neighborhood body looks through.

use kernwerk_codegen::ir::Shape;

use super::neighbors::Neighbors;
use super::{Compute, Radius};
use crate::backend::cpu::taps::Tap;

/// The surroundings of the current voxel. Whatever lies outside the image is what the caller's boundary mode says.
///
/// Axes of extent 1 have no neighbours: windows do not extend along them, so that a plane is seen through 2-D windows.
///
/// ```
/// # extern crate kernwerk_runtime as kernwerk;
/// # use kernwerk::lang::*;
/// # use kernwerk_macros::gpu_op;
/// #[gpu_op(neighborhood)]
/// pub fn laplace_diamond(w: Window<f32>) -> f32 {
///     let mut sum = 0.0;
///     for n in w.diamond(1) { sum += w.center() - n; }
///     sum
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy)]
pub struct Window<'a, C> {
    tap: Tap<'a, C>,
}

impl<'a, C: Compute> Window<'a, C> {
    #[inline(always)]
    pub(crate) fn new(tap: Tap<'a, C>) -> Window<'a, C> {
        Window { tap }
    }

    /// The current voxel.
    #[inline(always)]
    pub fn center(self) -> C {
        self.tap.at([0; 3])
    }

    /// The voxel at an offset in x, y, z.
    #[inline(always)]
    pub fn at(self, dx: i32, dy: i32, dz: i32) -> C {
        self.tap.at([dx, dy, dz])
    }

    /// As [`at`](Self::at), for generated code that reads before it is known whether the body does.
    #[doc(hidden)]
    #[inline(always)]
    pub fn peek(self, dx: i32, dy: i32, dz: i32) -> C {
        self.tap.peek([dx, dy, dz])
    }

    /// Whether the voxel at an offset is inside the image.
    #[inline(always)]
    pub fn contains(self, dx: i32, dy: i32, dz: i32) -> bool {
        self.tap.position().contains([dx, dy, dz])
    }

    /// The column.
    #[inline(always)]
    pub fn x(self) -> i32 {
        self.tap.position().x()
    }

    /// The row.
    #[inline(always)]
    pub fn y(self) -> i32 {
        self.tap.position().y()
    }

    /// The plane.
    #[inline(always)]
    pub fn z(self) -> i32 {
        self.tap.position().z()
    }

    /// Number of columns of the whole image.
    #[inline(always)]
    pub fn extent_x(self) -> i32 {
        self.tap.position().extent_x()
    }

    /// Number of rows of the whole image.
    #[inline(always)]
    pub fn extent_y(self) -> i32 {
        self.tap.position().extent_y()
    }

    /// Number of planes of the whole image.
    #[inline(always)]
    pub fn extent_z(self) -> i32 {
        self.tap.position().extent_z()
    }

    /// The box |dx| ≤ rx, |dy| ≤ ry, |dz| ≤ rz.
    #[inline(always)]
    pub fn cuboid(self, radius: impl Into<Radius>) -> Neighbors<'a, C> {
        Neighbors::new(self.tap, Shape::Cuboid, radius.into())
    }

    /// The ellipsoid (dx/rx)² + (dy/ry)² + (dz/rz)² ≤ 1; a radius of 0 admits offset 0 alone.
    #[inline(always)]
    pub fn ellipsoid(self, radius: impl Into<Radius>) -> Neighbors<'a, C> {
        Neighbors::new(self.tap, Shape::Ellipsoid, radius.into())
    }

    /// The diamond |dx|/rx + |dy|/ry + |dz|/rz ≤ 1; a radius of 0 admits offset 0 alone.
    #[inline(always)]
    pub fn diamond(self, radius: impl Into<Radius>) -> Neighbors<'a, C> {
        Neighbors::new(self.tap, Shape::Diamond, radius.into())
    }
}
