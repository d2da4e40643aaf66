//! The line that a separable body looks along, one axis after the other.

use kernwerk_codegen::ir::Axis;

use super::neighbors::{median, mode, selected, sum};
use super::{Compute, PerAxis, Radius};
use crate::backend::cpu::taps::Tap;

/// The surroundings of the current voxel along the axis of the current pass.
///
/// A separable operation runs along x, then y, then z, each pass on the result of the one before; axes of extent 1 are
/// left out.
///
/// ```
/// # extern crate kernwerk_runtime as kernwerk;
/// # use kernwerk::lang::*;
/// # use kernwerk_macros::gpu_op;
/// /// Three weights along each axis: an ordinary function of the host.
/// fn tent(side: PerAxis<f32>) -> PerAxis<Vec<f32>> {
///     side.map(|side| vec![side, 1.0 - 2.0 * side, side])
/// }
///
/// #[gpu_op(neighborhood(separable))]
/// pub fn tent_blur(line: Line<f32>, #[param(default = 0.25, range = 0.0..=0.5)] side: PerAxis<f32>) -> f32 {
///     line.weighted_sum(tent(side))
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Copy)]
pub struct Line<'a, C> {
    tap: Tap<'a, C>,
    axis: Axis,
}

impl<'a, C: Compute> Line<'a, C> {
    #[inline(always)]
    pub(crate) fn new(tap: Tap<'a, C>, axis: Axis) -> Line<'a, C> {
        Line { tap, axis }
    }

    #[inline(always)]
    fn offset(self, d: i32) -> [i32; 3] {
        let along = |axis| if self.axis == axis { d } else { 0 };
        [along(Axis::X), along(Axis::Y), along(Axis::Z)]
    }

    /// The current voxel.
    #[inline(always)]
    pub fn center(self) -> C {
        self.tap.at([0; 3])
    }

    /// The voxel `d` further along the line.
    #[inline(always)]
    pub fn at(self, d: i32) -> C {
        self.tap.at(self.offset(d))
    }

    /// As [`at`](Self::at), for generated code that reads before it is known whether the body does.
    #[doc(hidden)]
    #[inline(always)]
    pub fn peek(self, d: i32) -> C {
        self.tap.peek(self.offset(d))
    }

    /// Whether the voxel `d` further along the line is inside the image.
    #[inline(always)]
    pub fn contains(self, d: i32) -> bool {
        self.tap.position().contains(self.offset(d))
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

    /// The voxels |d| ≤ r, where r is the radius of the current axis.
    #[inline(always)]
    pub fn window(self, radius: impl Into<Radius>) -> LineNeighbors<'a, C> {
        LineNeighbors { line: self, radius: radius.into().0[self.axis] as i32 }
    }
}

impl Line<'_, f32> {
    /// The weighted sum of the surroundings, one set of 2·R + 1 weights per axis: starting from 0.0,
    /// `sum = weight[k].mul_add(voxel[k - R], sum)` for k from 0 to 2·R.
    pub fn weighted_sum(self, weights: PerAxis<Vec<f32>>) -> f32 {
        let weights = &weights[self.axis];
        let radius = (weights.len() / 2) as i32;
        (-radius..).zip(weights).fold(0.0, |sum, (d, weight)| weight.mul_add(self.at(d), sum))
    }
}

/// The voxels of a [`Line`] within a radius, in ascending order, the centre among them.
#[derive(Clone, Copy)]
pub struct LineNeighbors<'a, C> {
    line: Line<'a, C>,
    radius: i32,
}

impl<C: Compute> LineNeighbors<'_, C> {
    /// The offsets, ascending.
    pub fn offsets(self) -> impl Iterator<Item = i32> {
        -self.radius..=self.radius
    }

    /// The largest value in sort order.
    pub fn max(self) -> C {
        self.into_iter().fold(self.line.center(), super::max)
    }

    /// The smallest value in sort order.
    pub fn min(self) -> C {
        self.into_iter().fold(self.line.center(), super::min)
    }

    /// The value of rank `count / 2` (from 0) in sort order.
    pub fn median(self) -> C {
        median(self)
    }

    /// The value of rank `count · percentile / 100` (from 0, rounded down, at most the last) in sort order; the percentile is a parameter.
    pub fn percentile(self, percentile: f32) -> C {
        selected(self, |count| super::order::percentile_rank(count, percentile))
    }

    /// The most frequent value; of several the smallest in sort order.
    pub fn mode(self) -> C {
        mode(self)
    }

    /// Number of voxels.
    pub fn count(self) -> f32 {
        (2 * self.radius + 1) as f32
    }
}

impl LineNeighbors<'_, f32> {
    /// The sum, from 0.0 on in ascending order.
    pub fn sum(self) -> f32 {
        sum(self)
    }
}

impl<'a, C: Compute> IntoIterator for LineNeighbors<'a, C> {
    type Item = C;
    type IntoIter = LineValues<'a, C>;

    fn into_iter(self) -> LineValues<'a, C> {
        LineValues { line: self.line, d: -self.radius, end: self.radius }
    }
}

/// The values of [`LineNeighbors`].
pub struct LineValues<'a, C> {
    line: Line<'a, C>,
    d: i32,
    end: i32,
}

impl<C: Compute> Iterator for LineValues<'_, C> {
    type Item = C;

    #[inline]
    fn next(&mut self) -> Option<C> {
        let d = self.d;
        (d <= self.end).then(|| {
            self.d = d + 1;
            self.line.at(d)
        })
    }
}
