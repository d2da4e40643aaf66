//! Where a body is computed.

use kernwerk_codegen::ir::Axis;

/// The current voxel in global coordinates, and the extents of the whole image.
///
/// ```
/// # extern crate kernwerk_runtime as kernwerk;
/// # use kernwerk::lang::*;
/// # use kernwerk_macros::gpu_op;
/// #[gpu_op(pointwise)]
/// pub fn ramp_x(at: Position) -> f32 { at.x() as f32 / at.extent_x() as f32 }
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub(crate) at: [i32; 3],
    pub(crate) extent: [i32; 3],
    /// The axis of a projection.
    axis: u8,
}

impl Position {
    #[inline(always)]
    pub(crate) fn new(at: [i32; 3], extent: [i32; 3]) -> Position {
        Position { at, extent, axis: 0 }
    }

    /// The same voxel in a projection along an axis.
    #[inline(always)]
    pub(crate) fn in_projection(self, axis: Axis) -> Position {
        Position { axis: axis.index() as u8, ..self }
    }

    /// A voxel further right in the row.
    #[inline(always)]
    pub(crate) fn right(self, steps: usize) -> Position {
        let [x, y, z] = self.at;
        Position { at: [x + steps as i32, y, z], ..self }
    }

    /// In a reduction: the coordinate along the axis of a projection; where the whole image or a label is reduced, that along x.
    #[inline(always)]
    pub fn along(self) -> i32 {
        match self.axis {
            0 => self.at[0],
            1 => self.at[1],
            _ => self.at[2],
        }
    }

    /// The column.
    #[inline(always)]
    pub fn x(self) -> i32 {
        self.at[0]
    }

    /// The row.
    #[inline(always)]
    pub fn y(self) -> i32 {
        self.at[1]
    }

    /// The plane.
    #[inline(always)]
    pub fn z(self) -> i32 {
        self.at[2]
    }

    /// Number of columns.
    #[inline(always)]
    pub fn extent_x(self) -> i32 {
        self.extent[0]
    }

    /// Number of rows.
    #[inline(always)]
    pub fn extent_y(self) -> i32 {
        self.extent[1]
    }

    /// Number of planes.
    #[inline(always)]
    pub fn extent_z(self) -> i32 {
        self.extent[2]
    }

    /// Whether the voxel at that offset is inside the whole image.
    #[inline(always)]
    pub(crate) fn contains(self, offset: [i32; 3]) -> bool {
        let inside = |axis: usize| {
            // As an unsigned number, what is below 0 or wraps round is too large.
            (self.at[axis].wrapping_add(offset[axis]) as u32) < self.extent[axis] as u32
        };
        inside(0) & inside(1) & inside(2)
    }
}
