//! What an image is apart from its elements: axes, extents and voxel size. Shared by all images of the same frame.
//!
//! Invariant: no extent is 0, each is below 2³¹, and so is the product of the batch axes; axes that the image lacks have
//! extent 1.

use kernwerk_codegen::ir::Axis;

use crate::backend::launch::Geometry;
use crate::{Axes, Error, Result, VoxelSize};

/// Axes, extents (t, c, z, y, x) and voxel size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) axes: Axes,
    pub(crate) shape5: [usize; 5],
    pub(crate) voxel_size: Option<VoxelSize>,
}

impl Frame {
    /// Checks the extents of an image; `shape` has one extent per axis.
    pub(crate) fn new(axes: Axes, shape: &[usize], voxel_size: Option<VoxelSize>) -> Result<Frame> {
        const LARGEST: usize = i32::MAX as usize;
        let mut shape5 = [1; 5];
        for (letter, &extent) in axes.as_str().chars().zip(shape) {
            if let Some(position) = "tczyx".find(letter) {
                shape5[position] = extent;
            }
        }
        let (problem, remedy) = if axes.count() != shape.len() {
            let problem = format!("the axes `{}` do not fit the shape {shape:?}", axes.as_str());
            (problem, "give one letter of t, c, z, y, x per axis of the array")
        } else if shape.contains(&0) {
            (format!("an image of shape {shape:?} is empty"), "give every axis an extent of at least 1")
        } else if shape.iter().any(|&extent| extent > LARGEST) || shape5[0].saturating_mul(shape5[1]) > LARGEST {
            let problem = format!("the shape {shape:?} has an axis (or t times c) of more than {LARGEST}");
            (problem, "cut the image into pieces")
        } else if shape.iter().try_fold(1, |product: usize, &extent| product.checked_mul(extent)).is_none() {
            (format!("an image of shape {shape:?} is larger than any memory"), "cut the image into pieces")
        } else {
            return Ok(Frame { axes, shape5, voxel_size });
        };
        Err(Error::Shape { operation: "image".into(), problem, remedy: remedy.into() })
    }

    /// The extents in the order of the axes.
    pub(crate) fn shape(&self) -> Vec<usize> {
        let position = |letter| "tczyx".find(letter).unwrap_or(0);
        self.axes.as_str().chars().map(|letter| self.shape5[position(letter)]).collect()
    }

    /// Number of voxels of the whole image, batch included.
    pub(crate) fn voxels(&self) -> usize {
        self.shape5.iter().product()
    }

    /// Extents along x, y, z.
    pub(crate) fn spatial(&self) -> [usize; 3] {
        let [_, _, z, y, x] = self.shape5;
        [x, y, z]
    }

    /// Product of the batch axes.
    pub(crate) fn batch(&self) -> usize {
        self.shape5[0] * self.shape5[1]
    }

    /// The geometry of a launch over the whole image.
    pub(crate) fn geometry(&self) -> Geometry {
        Geometry::whole(self.spatial(), self.batch())
    }

    /// The frame of a projection. A stack loses the axis: projected along y its rows are the planes, projected along x its
    /// columns are the rows and its rows the planes. A 2-D image keeps the axis with extent 1.
    pub(crate) fn projected(&self, axis: Axis) -> Frame {
        let [t, c, z, y, x] = self.shape5;
        let has_z = self.axes.as_str().contains('z');
        let (rows, columns) = match (axis, has_z) {
            (Axis::Z, _) => (y, x),
            (Axis::Y, true) => (z, x),
            (Axis::X, true) => (z, y),
            (Axis::Y, false) => (1, x),
            (Axis::X, false) => (y, 1),
        };
        let voxel_size = self.voxel_size.clone().map(|size| match (axis, has_z) {
            (Axis::Y, true) => VoxelSize { y: size.z, ..size },
            (Axis::X, true) => VoxelSize { x: size.y, y: size.z, ..size },
            _ => size,
        });
        let letters: String = self.axes.as_str().chars().filter(|&letter| letter != 'z').collect();
        // Without z, valid axes stay valid.
        let axes = Axes::new(&letters).unwrap_or_else(|_| self.axes.clone());
        Frame { axes, shape5: [t, c, 1, rows, columns], voxel_size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(axes: &str, shape: &[usize]) -> Result<Frame> {
        Frame::new(Axes::new(axes)?, shape, Some(VoxelSize { x: 1.0, y: 2.0, z: 3.0, unit: "µm".into() }))
    }

    #[test]
    fn extents_are_checked() {
        assert_eq!(frame("tyx", &[2, 3, 4]).unwrap().shape5, [2, 1, 1, 3, 4]);
        for (axes, shape) in [
            ("yx", &[0, 3][..]),
            ("zyx", &[3, 3]),
            ("yx", &[1, 1 << 31]),
            ("tcyx", &[1 << 20, 1 << 20, 1, 1]),
            ("czyx", &[1 << 20, 1 << 30, 1 << 30, 1 << 30]),
        ] {
            assert!(matches!(frame(axes, shape), Err(Error::Shape { .. })), "{axes} {shape:?}");
        }
    }

    #[test]
    fn projections_drop_an_axis_of_a_stack() {
        let stack = frame("tzyx", &[2, 3, 4, 5]).unwrap();
        let along = |axis| {
            let frame = stack.projected(axis);
            let size = frame.voxel_size.clone().unwrap();
            (frame.axes.as_str().to_owned(), frame.shape(), size.y, size.x)
        };
        assert_eq!(along(Axis::Z), ("tyx".into(), vec![2, 4, 5], 2.0, 1.0));
        assert_eq!(along(Axis::Y), ("tyx".into(), vec![2, 3, 5], 3.0, 1.0));
        assert_eq!(along(Axis::X), ("tyx".into(), vec![2, 3, 4], 3.0, 2.0));
    }

    #[test]
    fn projections_keep_the_axes_of_a_picture() {
        let picture = frame("yx", &[4, 5]).unwrap();
        assert_eq!(picture.projected(Axis::Z).shape(), [4, 5]);
        assert_eq!(picture.projected(Axis::Y).shape(), [1, 5]);
        assert_eq!(picture.projected(Axis::X).shape(), [4, 1]);
    }
}
