//! How an image lies in space: what an operation that moves voxels says about its result.
//!
//! Invariant: a host function from a layout to a layout knows nothing but extents and parameters, so shapes are known before anything runs.

use kernwerk_codegen::ir::Axis;

use crate::frame::Frame;
use crate::lang::PerAxis;
use crate::{Error, Result, VoxelSize};

/// What the key `layout` of an operation may give: a layout, or an error about the images that it is made of. For generated code.
pub trait IntoLayout {
    /// The layout.
    ///
    /// # Errors
    /// What is wrong with the images.
    fn into_layout(self) -> Result<Layout>;
}

impl IntoLayout for Layout {
    fn into_layout(self) -> Result<Layout> {
        Ok(self)
    }
}

impl IntoLayout for Result<Layout> {
    fn into_layout(self) -> Result<Layout> {
        self
    }
}

/// Extents and voxel size of an image. The second is in any unit; 1 where the image has none.
///
/// ```
/// use kernwerk_runtime::Layout;
/// use kernwerk_runtime::lang::PerAxis;
///
/// let stack = Layout { extent: PerAxis::xyz(100, 80, 20), voxel: PerAxis::xyz(0.1, 0.1, 0.5) };
/// let halved = stack.divided(PerAxis::xyz(2, 2, 1));
/// assert_eq!(halved, Layout { extent: PerAxis::xyz(50, 40, 20), voxel: PerAxis::xyz(0.2, 0.2, 0.5) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Voxels along each axis.
    pub extent: PerAxis<u32>,
    /// Size of a voxel along each axis.
    pub voxel: PerAxis<f64>,
}

impl Layout {
    /// The same voxels, two axes exchanged.
    pub fn exchanged(self, a: Axis, b: Axis) -> Layout {
        fn exchange<T: Copy>(values: PerAxis<T>, a: Axis, b: Axis) -> PerAxis<T> {
            let from = |axis| match axis {
                axis if axis == a => values[b],
                axis if axis == b => values[a],
                axis => values[axis],
            };
            PerAxis::xyz(from(Axis::X), from(Axis::Y), from(Axis::Z))
        }
        Layout { extent: exchange(self.extent, a, b), voxel: exchange(self.voxel, a, b) }
    }

    /// Voxels of the same size, of other extents.
    pub fn of_extent(self, extent: PerAxis<u32>) -> Layout {
        Layout { extent, ..self }
    }

    /// So many voxels more on both sides of each axis that has several.
    pub fn grown(self, before: PerAxis<u32>, after: PerAxis<u32>) -> Layout {
        let along = |axis| match self.extent[axis] {
            1 => 1,
            extent => extent.saturating_add(before[axis]).saturating_add(after[axis]),
        };
        self.of_extent(PerAxis::xyz(along(Axis::X), along(Axis::Y), along(Axis::Z)))
    }

    /// Two images side by side along an axis: the voxels of `other` after those of this one. The size of a voxel is that of this one.
    ///
    /// # Errors
    /// [`Error::Shape`] if they differ along another axis.
    pub fn joined(self, other: Layout, axis: Axis) -> Result<Layout> {
        let differs = |other_axis: &Axis| *other_axis != axis && self.extent[*other_axis] != other.extent[*other_axis];
        if let Some(differs) = Axis::ALL.into_iter().find(differs) {
            return Err(Error::Shape {
                operation: "layout".into(),
                problem: format!(
                    "images of {} and {} voxels along {} are joined along {}",
                    self.extent[differs],
                    other.extent[differs],
                    differs.name(),
                    axis.name()
                ),
                remedy: "crop or pad one of them, or paste it into the other".into(),
            });
        }
        let mut extent = self.extent;
        let sum = extent[axis].saturating_add(other.extent[axis]);
        *match axis {
            Axis::X => &mut extent.x,
            Axis::Y => &mut extent.y,
            Axis::Z => &mut extent.z,
        } = sum;
        Ok(self.of_extent(extent))
    }

    /// Blocks of so many voxels, each one voxel of the result; what is left over at the end is left out. A block is no larger than the image.
    pub fn divided(self, factor: PerAxis<u32>) -> Layout {
        let block = |axis| factor[axis].clamp(1, self.extent[axis].max(1));
        let blocks = |axis: Axis| self.extent[axis] / block(axis);
        let size = |axis: Axis| self.voxel[axis] * f64::from(block(axis));
        Layout {
            extent: PerAxis::xyz(blocks(Axis::X), blocks(Axis::Y), blocks(Axis::Z)),
            voxel: PerAxis::xyz(size(Axis::X), size(Axis::Y), size(Axis::Z)),
        }
    }

    pub(crate) fn of(frame: &Frame) -> Layout {
        let [x, y, z] = frame.spatial().map(|extent| extent as u32);
        let voxel = match &frame.voxel_size {
            Some(VoxelSize { x, y, z, .. }) => PerAxis::xyz(*x, *y, *z),
            None => PerAxis::xyz(1.0, 1.0, 1.0),
        };
        Layout { extent: PerAxis::xyz(x, y, z), voxel }
    }

    /// The frame of an image of this layout, otherwise like `frame`, which has every axis along which there are several voxels.
    pub(crate) fn frame(self, frame: &Frame) -> Result<Frame> {
        let PerAxis { x, y, z } = self.extent;
        let letters = frame.axes.as_str().chars();
        let shape: Vec<usize> = letters
            .zip(frame.shape())
            .map(|(letter, extent)| match letter {
                'x' => x as usize,
                'y' => y as usize,
                'z' => z as usize,
                _ => extent,
            })
            .collect();
        let voxel_size = frame.voxel_size.as_ref().map(|size| VoxelSize {
            x: self.voxel.x,
            y: self.voxel.y,
            z: self.voxel.z,
            ..size.clone()
        });
        Frame::new(frame.axes.clone(), &shape, voxel_size)
    }
}
