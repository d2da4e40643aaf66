//! What a procedure works with: evaluation of expressions, arrays on the device, and launches of grid kernels.
//!
//! Invariant: everything that a context makes lives on the device of the procedure's inputs.

use std::sync::Arc;

use kernwerk_codegen::ir::{Access, Boundary, Class, DType, Type};
use kernwerk_codegen::plan::Role;

use crate::arguments::Arguments;
use crate::backend::launch::{Geometry, Launch, Operand, ReductionOperands, takes_group};
use crate::buffer::{Buffer, BufferElement, GridOperand};
use crate::constant::{self, Constant};
use crate::device::Device;
use crate::expr::{AnyExpr, IntoExpr, Scalar, TableExpr};
use crate::frame::Frame;
use crate::image::{AnyImage, Image};
use crate::label_boxes::{self, LabelBoxes};
use crate::lang::Pixel;
use crate::op::{KernelOp, Outcome};
use crate::pending::Pending;
use crate::table::Table;
use crate::{Axes, Axis, Error, Result, executor, reduce};

/// What a procedure works with.
#[derive(Clone, Debug)]
pub struct Context {
    operation: &'static str,
    device: Device,
    boundary: Boundary,
}

/// The index space of a grid kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// How many spatial images.
    pub batch: usize,
    /// Items along x, y, z.
    pub extent: [usize; 3],
}

impl Domain {
    /// One item per voxel of an image.
    pub fn of(image: &AnyImage) -> Domain {
        Domain { batch: image.batch(), extent: image.spatial() }
    }

    /// `items` items along x.
    pub fn linear(items: usize) -> Domain {
        Domain { batch: 1, extent: [items, 1, 1] }
    }
}

impl Context {
    pub(crate) fn new(operation: &'static str, device: Device, boundary: Boundary) -> Context {
        Context { operation, device, boundary }
    }

    /// The device of the inputs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What lies outside the images, as the caller wants it.
    pub fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// Runs an expression. Calls in it that have no boundary of their own have the procedure's.
    ///
    /// # Errors
    /// Whatever is wrong with the expression.
    pub fn eval<E: IntoExpr>(&self, expr: E) -> Result<Image<E::Element>> {
        let expr = expr.into_expr().into_any();
        executor::typed(expr.name(), &self.eval_any(&expr)?)
    }

    /// Runs an expression whose result is an image of any type.
    ///
    /// # Errors
    /// Whatever is wrong with the expression.
    pub fn eval_any(&self, expr: &AnyExpr) -> Result<AnyImage> {
        executor::image(expr.name(), executor::evaluate(expr, Some(self.boundary), None)?)
    }

    /// Runs an expression whose result is a number.
    ///
    /// # Errors
    /// Whatever is wrong with the expression.
    pub fn scalar(&self, expr: &Scalar) -> Result<f64> {
        match executor::evaluate(expr.any(), Some(self.boundary), None)? {
            Outcome::Scalar(number) => Ok(number),
            other => Err(executor::wrong_outcome(expr.any().name(), "a number", &other)),
        }
    }

    /// Runs an expression whose result is a table.
    ///
    /// # Errors
    /// Whatever is wrong with the expression.
    pub fn table(&self, expr: &TableExpr) -> Result<Table> {
        match executor::evaluate(expr.any(), Some(self.boundary), None)? {
            Outcome::Table(table) => Ok(table),
            other => Err(executor::wrong_outcome(expr.any().name(), "a table", &other)),
        }
    }

    /// An image of zeros with the shape, axes and voxel size of another.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn zeros<T: Pixel>(&self, like: &AnyImage) -> Result<Image<T>> {
        self.zeros_any(T::DTYPE, like)?.typed()
    }

    /// An image of zeros of an element type known at run time, with the shape, axes and voxel size of another.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn zeros_any(&self, dtype: DType, like: &AnyImage) -> Result<AnyImage> {
        self.cleared(dtype, like.frame().clone())
    }

    /// An image of zeros of any shape; `shape` has one extent per axis.
    ///
    /// # Errors
    /// [`Error::Shape`] if the shape does not fit the axes or is empty, [`Error::OutOfMemory`].
    pub fn zeros_of_shape<T: Pixel>(&self, axes: Axes, shape: &[usize]) -> Result<Image<T>> {
        self.cleared(T::DTYPE, Arc::new(Frame::new(axes, shape, None)?))?.typed()
    }

    fn cleared(&self, dtype: DType, frame: Arc<Frame>) -> Result<AnyImage> {
        let image = AnyImage::allocate(&self.device, dtype, frame)?;
        self.device.clear(image.memory(), image.voxels() * dtype.size())?;
        Ok(image)
    }

    /// An image like another, of arbitrary contents: every voxel has to be written before it is read.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn unset_like<T: Pixel>(&self, like: &AnyImage) -> Result<Image<T>> {
        AnyImage::allocate(&self.device, T::DTYPE, like.frame().clone())?.typed()
    }

    /// A linear array of arbitrary contents: every element has to be written before it is read.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn unset<T: BufferElement>(&self, len: usize) -> Result<Buffer<T>> {
        Buffer::allocate(&self.device, len)
    }

    /// A linear array of zeros.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn buffer<T: BufferElement>(&self, len: usize) -> Result<Buffer<T>> {
        Buffer::zeros(&self.device, len)
    }

    /// A linear array with these values.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn upload_buffer<T: BufferElement>(&self, values: &[T]) -> Result<Buffer<T>> {
        Buffer::upload(&self.device, values)
    }

    /// A table of the host on the device, where it stays: the next call with the same `Arc` uploads nothing. For tables
    /// that depend on little and are needed over and over, and are kept by who computes them. Kernels only read it.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn constant<T: BufferElement>(&self, values: &Arc<Vec<T>>) -> Result<Constant<T>> {
        constant::constant(&self.device, values)
    }

    /// Runs a grid kernel over an index space; an empty one is no work.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Type`] or [`Error::DeviceMismatch`] if the buffers are not what the kernel takes,
    /// [`Error::Shape`] if the index space has more than 2³¹ - 1 items along an axis.
    pub fn launch(
        &self,
        op: &'static KernelOp,
        domain: Domain,
        buffers: &[GridOperand<'_>],
        arguments: &Arguments,
    ) -> Result<()> {
        let pixel = self.check_grid(op, domain, buffers)?;
        if domain.batch == 0 || domain.extent.contains(&0) {
            return Ok(());
        }
        let inputs: Vec<Operand<'_>> = buffers.iter().map(|buffer| buffer.operand).collect();
        self.device.run(&Launch {
            op,
            role: Role::Whole,
            axis: Axis::X,
            inputs: &inputs,
            outputs: &[],
            sources: &[],
            pixel,
            geometry: Geometry::whole(domain.extent, domain.batch),
            boundary: self.boundary,
            arguments,
            windows: &[],
            weights: &[],
            reduction: ReductionOperands::default(),
            fused: None,
        })
    }

    /// Whether kernels are native code of the processor. That runs the lanes of a group one after the other: it pays to end the work of each
    /// early, and not to share memory. Which of several ways a procedure takes may depend on this, its result may not.
    pub fn runs_natively(&self) -> bool {
        self.device.description().backend == "cpu"
    }

    /// Whether the device runs a grid kernel: one whose lanes share memory needs groups of that size, and that much.
    pub fn takes(&self, op: &'static KernelOp) -> bool {
        self.runs_natively() || takes_group(&op.ir, self.device.description()).is_ok()
    }

    /// Reduces all voxels of an image, batch included, to the state of a monoid, which stays on the device: the bits of its slots. So
    /// kernels can go on with it, and nobody waits.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the operation is no reduction of one image, [`Error::DeviceMismatch`], [`Error::OutOfMemory`].
    pub fn reduce_on_device(&self, op: &'static KernelOp, image: &AnyImage) -> Result<Buffer<u32>> {
        if op.ir.class != Class::Reduction || op.ir.inputs.len() != 1 || op.ir.state.is_empty() {
            return Err(Error::Unsupported {
                operation: self.operation.into(),
                problem: format!("`{}` is no reduction of one image", op.ir.name),
                remedy: "use an `impl Reduction`".into(),
            });
        }
        if *image.device() != self.device {
            return Err(Error::DeviceMismatch {
                operation: self.operation.into(),
                first: self.device.to_string(),
                second: image.device().to_string(),
            });
        }
        let whole = reduce::Whole {
            operation: self.operation,
            device: &self.device,
            inputs: &[image.operand()],
            frame: image.frame(),
            pixel: image.dtype(),
            arguments: &Arguments::default(),
            fused: None,
        };
        Ok(Buffer::from_memory(&self.device, Arc::new(whole.state(op)?), op.ir.slots(image.dtype())))
    }

    /// The same as numbers on the host, one for each value of the state: several statistics of an image, read once.
    ///
    /// # Errors
    /// As [`reduce_on_device`](Self::reduce_on_device).
    pub fn reduce(&self, op: &'static KernelOp, image: &AnyImage) -> Result<Vec<f64>> {
        self.reduce_later(op, image, Ok)?.wait()
    }

    /// What `finish` makes of the same numbers, without waiting for them: for procedures that end with numbers of an image, so that callers
    /// may wait when they like.
    ///
    /// # Errors
    /// As [`reduce_on_device`](Self::reduce_on_device).
    pub fn reduce_later<R: 'static>(
        &self,
        op: &'static KernelOp,
        image: &AnyImage,
        finish: impl FnOnce(Vec<f64>) -> Result<R> + Send + 'static,
    ) -> Result<Pending<R>> {
        let (bits, pixel) = (self.reduce_on_device(op, image)?, image.dtype());
        Ok(Pending::of_bits(bits, move |bits| finish(reduce::state_values(op, pixel, bits))))
    }

    /// Reduces the voxels of every label to the state of a monoid: for each box the bits of the state's slots.
    ///
    /// # Errors
    /// [`Error::Shape`] if the images differ in shape or a box does not lie inside them, [`Error::OutOfMemory`].
    pub fn reduce_labels(
        &self,
        op: &'static KernelOp,
        labels: &AnyImage,
        image: &AnyImage,
        boxes: &LabelBoxes,
    ) -> Result<Vec<Vec<u32>>> {
        label_boxes::reduce(self.operation, &self.device, op, labels, image, boxes)
    }

    /// Checks the buffers of a grid kernel; returns what `Pixel` stands for.
    fn check_grid(&self, op: &KernelOp, domain: Domain, buffers: &[GridOperand<'_>]) -> Result<DType> {
        let unsupported = |problem: String, remedy: &str| Error::Unsupported {
            operation: op.ir.name.into(),
            problem,
            remedy: remedy.into(),
        };
        if op.ir.class != Class::Grid {
            return Err(unsupported("it is no grid kernel".into(), "evaluate it as an expression"));
        }
        if buffers.len() != op.ir.inputs.len() {
            let problem = format!("{} buffers are given, it takes {}", buffers.len(), op.ir.inputs.len());
            return Err(unsupported(problem, "give one buffer per argument of the kernel"));
        }
        if domain.batch.max(domain.extent.into_iter().max().unwrap_or(0)) > i32::MAX as usize {
            return Err(Error::Shape {
                operation: op.ir.name.into(),
                problem: format!("the index space {:?} × {} is too large", domain.extent, domain.batch),
                remedy: "use fewer than 2³¹ items along each axis".into(),
            });
        }
        let mut pixel = None;
        for (input, buffer) in op.ir.inputs.iter().zip(buffers) {
            let dtype = buffer.operand.dtype;
            if *buffer.device != self.device {
                return Err(Error::DeviceMismatch {
                    operation: op.ir.name.into(),
                    first: self.device.to_string(),
                    second: buffer.device.to_string(),
                });
            }
            let expected = match (input.access, input.ty) {
                (Access::Tally, _) => Some(DType::U32),
                (Access::Global, Type::Pixel) => Some(dtype).filter(|dtype| dtype.size() != 4).and(Some(DType::U32)),
                (Access::Global, ty) => ty.default_storage(),
                (Access::Write, _) => None,
                (_, Type::Pixel) => Some(*pixel.get_or_insert(dtype)),
                _ => None,
            };
            if let Some(expected) = expected.filter(|&expected| expected != dtype) {
                return Err(Error::Type {
                    operation: op.ir.name.into(),
                    input: input.name.into(),
                    found: dtype,
                    expected: expected.name().into(),
                    remedy: "make the buffer with that type".into(),
                });
            }
        }
        let written =
            |index: usize| matches!(op.ir.inputs[index].access, Access::Global | Access::Write | Access::Tally);
        let address = |index: usize| std::ptr::from_ref(buffers[index].operand.memory).cast::<u8>();
        for first in 0..buffers.len() {
            if written(first) && buffers[first].constant {
                let problem = format!("`{}` is written, but a constant is given", op.ir.inputs[first].name);
                return Err(unsupported(problem, "give a buffer: `Context::upload_buffer`"));
            }
            if (0..buffers.len()).any(|second| second != first && written(first) && address(first) == address(second)) {
                let name = op.ir.inputs[first].name;
                let problem = format!("the buffer `{name}` is written, but is given for another argument too");
                return Err(unsupported(problem, "give it once, or copy it"));
            }
        }
        Ok(pixel.or(buffers.first().map(|buffer| buffer.operand.dtype)).unwrap_or(DType::F32))
    }
}
