//! One launch: an operation, a role of its plan and everything bound to it. The executor makes launches; each backend
//! carries them out in its own way, the CPU from the Rust function, the GPUs from the kernel text.
//!
//! Invariant: all shapes, radii and types in a launch are checked; a backend may rely on them.

use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Boundary, DType, Op, Shape};
use kernwerk_codegen::plan::Role;

use super::chain::{ChainLaunch, FusedLaunch};
use super::driver::{Allocation, DeviceDescription};
use crate::arguments::Arguments;
use crate::lang::PerAxis;
use crate::op::KernelOp;
use crate::{Error, Result};

/// A buffer with the type of its elements.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    /// The memory.
    pub memory: &'a dyn Allocation,
    /// The element type.
    pub dtype: DType,
}

/// Where a launch computes. All triples are (x, y, z).
///
/// The output buffer holds exactly `extent` (× `batch`), the input buffers exactly `source_extent` (× `batch`), x fastest.
/// The source of a pointwise operation is the region itself: GPUs count its voxels in one line. That of a gather operation is an
/// image of its own: `source` is 0 and `source_extent` all of it, while the other extents are those of the output. What else it samples
/// is told by [`Launch::sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Extents of the whole image: boundaries are decided here.
    pub global: [usize; 3],
    /// Product of the batch axes (t, c).
    pub batch: usize,
    /// First voxel to compute, in global coordinates.
    pub origin: [usize; 3],
    /// How many voxels to compute.
    pub extent: [usize; 3],
    /// Global coordinate of the first voxel in the input buffers.
    pub source: [usize; 3],
    /// Extents of the input buffers.
    pub source_extent: [usize; 3],
}

/// An image that a gather operation samples beside the first. Its buffer holds exactly `extent` (× `batch`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its extents.
    pub extent: [usize; 3],
    /// Its batch: that of the launch, or 1 if it serves every image of the batch.
    pub batch: usize,
}

impl Source {
    /// Number of voxels, batch included.
    pub fn voxels(&self) -> usize {
        self.extent.iter().product::<usize>() * self.batch
    }
}

impl Geometry {
    /// The geometry of a launch over the whole image.
    pub fn whole(global: [usize; 3], batch: usize) -> Geometry {
        Geometry { global, batch, origin: [0; 3], extent: global, source: [0; 3], source_extent: global }
    }

    /// Number of voxels that are computed.
    pub fn voxels(&self) -> usize {
        self.extent.iter().product::<usize>() * self.batch
    }
}

/// The half-widths in x of the rows of a window: `half[(dz + rz) * (2 ry + 1) + (dy + ry)]`, -1 for an empty row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chords {
    /// The shape.
    pub shape: Shape,
    /// Effective radii (x, y, z): 0 along axes of extent 1.
    pub radius: [u32; 3],
    /// The table.
    pub half: Vec<i32>,
}

impl Chords {
    /// Computes the table in integer arithmetic. For a line only `radius` counts; its table is empty.
    pub fn new(shape: Shape, radius: [u32; 3]) -> Chords {
        let [rx, ry, rz] = radius.map(i128::from);
        let mut half = Vec::new();
        if shape != Shape::Line {
            // Multiplied out so that a radius of 0 admits offset 0 alone: d² ≤ r²·(…) with r = 0 forces d = 0.
            let one = |r: i128| r.max(1);
            for dz in -rz..=rz {
                for dy in -ry..=ry {
                    let fits = |dx: i128| match shape {
                        Shape::Cuboid | Shape::Line => true,
                        Shape::Ellipsoid => {
                            let (x, y, z) = (one(rx).pow(2), one(ry).pow(2), one(rz).pow(2));
                            dx * dx * y * z + dy * dy * x * z + dz * dz * x * y <= x * y * z
                        }
                        Shape::Diamond => {
                            let (x, y, z) = (one(rx), one(ry), one(rz));
                            dx * y * z + dy.abs() * x * z + dz.abs() * x * y <= x * y * z
                        }
                    };
                    half.push((0..=rx).rev().find(|&dx| fits(dx)).map_or(-1, |dx| dx as i32));
                }
            }
        }
        Chords { shape, radius, half }
    }

    /// Number of voxels in the window; for a line, along x.
    pub fn count(&self) -> usize {
        match self.shape {
            Shape::Line => 2 * self.radius[0] as usize + 1,
            _ => self.half.iter().map(|&half| (2 * half + 1).max(0) as usize).sum(),
        }
    }
}

/// One launch. Fields that a role does not use are empty.
pub struct Launch<'a> {
    /// The operation.
    pub op: &'static KernelOp,
    /// Which kernel of its plan.
    pub role: Role,
    /// The axis of a pass, scan or projection.
    pub axis: Axis,
    /// Input images or grid buffers.
    pub inputs: &'a [Operand<'a>],
    /// The output images, one for each output of the operation.
    pub outputs: &'a [Operand<'a>],
    /// The images that a gather operation samples after the first; empty for all others.
    pub sources: &'a [Source],
    /// What `Pixel` stands for.
    pub pixel: DType,
    /// Where.
    pub geometry: Geometry,
    /// What lies outside the image.
    pub boundary: Boundary,
    /// The values of the parameters.
    pub arguments: &'a Arguments,
    /// One table per window of the operation.
    pub windows: &'a [Arc<Chords>],
    /// One set of weights per entry of the operation.
    pub weights: &'a [Arc<PerAxis<Vec<f32>>>],
    /// The states, labels and items of a reduction.
    pub reduction: ReductionOperands<'a>,
    /// Chains in its loads and stores; only for a backend that [fuses](Backend::fuses).
    pub fused: Option<&'a FusedLaunch<'a>>,
}

impl Launch<'_> {
    /// Checks that the region of a scan holds whole lines: the state of a voxel comes from all before it.
    pub(crate) fn whole_lines(&self) -> Result<()> {
        let (axis, geometry) = (self.axis.index(), &self.geometry);
        if (geometry.origin[axis], geometry.extent[axis]) == (0, geometry.global[axis]) {
            return Ok(());
        }
        Err(Error::Unsupported {
            operation: self.op.ir.name.into(),
            problem: format!("the region does not hold whole lines along {}", self.axis.name()),
            remedy: "cut the image along the other axes only".into(),
        })
    }
}

/// Refuses an operation whose groups are larger than the device has them, or share more.
pub(crate) fn takes_group(op: &Op, device: &DeviceDescription) -> Result<()> {
    let Some(group) = op.group else { return Ok(()) };
    let bytes: usize = group.shared.iter().map(|shared| size_of::<u32>() * shared.length as usize).sum();
    let problem = if group.lanes as usize > device.max_work_group {
        format!("its groups have {} lanes, those of {} up to {}", group.lanes, device.name, device.max_work_group)
    } else if bytes > device.local_memory {
        format!("its groups share {bytes} bytes, those of {} up to {}", device.name, device.local_memory)
    } else {
        return Ok(());
    };
    Err(Error::Unsupported { operation: op.name.into(), problem, remedy: "use another device".into() })
}

/// What the kernels of a reduction need beside images. States are slot-major u32: `states[slot * number + i]`.
#[derive(Clone, Copy, Default)]
pub struct ReductionOperands<'a> {
    /// States to read and their number.
    pub states_in: Option<(&'a dyn Allocation, u32)>,
    /// States to write and their number.
    pub states_out: Option<(&'a dyn Allocation, u32)>,
    /// Consecutive states per output value (`ReduceFinish`).
    pub group_size: u32,
    /// Voxels per output value.
    pub count: f32,
    /// The label image (`ReduceLabels`).
    pub labels: Option<Operand<'a>>,
    /// Items of 6 × u32: label, batch·extent_z + z, min x, min y, max x, max y (`ReduceLabels`).
    pub label_items: Option<&'a dyn Allocation>,
    /// First item of each label and one past the last (`ReduceLabelPlanes`).
    pub label_starts: Option<&'a dyn Allocation>,
}

/// Whatever can hold images and carry out launches.
pub trait Backend: Send + Sync {
    /// What it is.
    fn description(&self) -> &DeviceDescription;
    /// Takes memory.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if there is not enough.
    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>>;
    /// Copies host bytes to the start of `to`.
    fn upload(&self, to: &dyn Allocation, bytes: &[u8]) -> Result<()>;
    /// Copies from the start of `from` to the host, after all that was issued before; waits.
    fn download(&self, from: &dyn Allocation, bytes: &mut [u8]) -> Result<()>;
    /// Copies the first `bytes` bytes on the device.
    fn copy(&self, from: &dyn Allocation, to: &dyn Allocation, bytes: usize) -> Result<()>;
    /// Sets the first `bytes` bytes to zero.
    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()>;
    /// Whether it has a kernel for a launch that is not needed but would save others ([`Role::Planes`], [`Role::Volume`]).
    fn takes(&self, launch: &Launch<'_>) -> bool {
        !matches!(launch.role, Role::Planes | Role::Volume)
    }
    /// Whether its launches can have chains in them.
    fn fuses(&self) -> bool;
    /// Carries out a launch.
    fn run(&self, launch: &Launch<'_>) -> Result<()>;
    /// Carries out a chain of pointwise operations.
    fn run_chain(&self, chain: &ChainLaunch<'_>) -> Result<()>;
    /// Waits for everything that was issued.
    fn synchronize(&self) -> Result<()>;
    /// Bytes that can still be allocated, where that is known.
    fn available_memory(&self) -> Option<u64>;
}
