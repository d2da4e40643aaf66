//! Values that differ per axis, and radii. Invariant: an array converts in z, y, x order, as array shapes are written.

use std::ops::Index;

use kernwerk_codegen::ir::Axis;

/// One value for each of the axes x, y, z.
///
/// ```
/// use kernwerk_runtime::lang::PerAxis;
///
/// let uniform: PerAxis<f32> = 2.0.into();
/// let shaped: PerAxis<f32> = [1.0, 2.0, 3.0].into(); // z, y, x
/// assert_eq!(uniform, PerAxis::xyz(2.0, 2.0, 2.0));
/// assert_eq!(shaped.x, 3.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PerAxis<T> {
    /// Along columns, the fastest axis in memory.
    pub x: T,
    /// Along rows.
    pub y: T,
    /// Along planes.
    pub z: T,
}

impl<T> PerAxis<T> {
    /// From values in the order x, y, z.
    pub const fn xyz(x: T, y: T, z: T) -> PerAxis<T> {
        PerAxis { x, y, z }
    }

    /// The value of an axis.
    pub fn get(&self, axis: Axis) -> &T {
        match axis {
            Axis::X => &self.x,
            Axis::Y => &self.y,
            Axis::Z => &self.z,
        }
    }

    /// Applies a function to each value.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> PerAxis<U> {
        PerAxis { x: f(self.x), y: f(self.y), z: f(self.z) }
    }
}

impl<T> Index<Axis> for PerAxis<T> {
    type Output = T;

    fn index(&self, axis: Axis) -> &T {
        self.get(axis)
    }
}

impl<T: Clone> From<T> for PerAxis<T> {
    fn from(value: T) -> PerAxis<T> {
        PerAxis { x: value.clone(), y: value.clone(), z: value }
    }
}

impl<T> From<[T; 3]> for PerAxis<T> {
    fn from([z, y, x]: [T; 3]) -> PerAxis<T> {
        PerAxis { x, y, z }
    }
}

/// The radius of a window: one number for all axes, or one per axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Radius(pub(crate) PerAxis<u32>);

impl From<u32> for Radius {
    fn from(voxels: u32) -> Radius {
        Radius(voxels.into())
    }
}

/// What an unsuffixed number is; below 0 counts as 0.
impl From<i32> for Radius {
    fn from(voxels: i32) -> Radius {
        Radius(u32::try_from(voxels).unwrap_or(0).into())
    }
}

impl From<PerAxis<u32>> for Radius {
    fn from(voxels: PerAxis<u32>) -> Radius {
        Radius(voxels)
    }
}
