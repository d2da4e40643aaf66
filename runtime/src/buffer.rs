//! Linear arrays in device memory, and what grid kernels take as buffers.
//!
//! Invariant: the memory of a [`Buffer`] holds at least `len` elements.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::Result;
use crate::backend::launch::Operand;
use crate::device::Device;
use crate::element::Element;
use crate::image::{AnyImage, Image};
use crate::lang::Pixel;
use crate::pool::PooledBuffer;

/// The element type of a [`Buffer`]: 32 bits wide, so that kernels can change it atomically.
pub trait BufferElement: Pixel {}

impl BufferElement for u32 {}
impl BufferElement for i32 {}
impl BufferElement for f32 {}

/// A linear array on a device. Cloning copies the handle.
#[derive(Clone)]
pub struct Buffer<T: BufferElement> {
    device: Device,
    memory: Arc<PooledBuffer>,
    len: usize,
    element: PhantomData<fn() -> T>,
}

/// A buffer of a grid kernel: memory and element type.
#[derive(Clone, Copy)]
pub struct GridOperand<'a> {
    pub(crate) operand: Operand<'a>,
    pub(crate) device: &'a Device,
    /// Whether it is kept for other launches, and must not be written.
    pub(crate) constant: bool,
}

/// What a grid kernel can work on: buffers and images.
pub trait GridBuffer {
    /// The buffer as an argument of a launch.
    fn operand(&self) -> GridOperand<'_>;
}

impl<T: BufferElement> Buffer<T> {
    /// An array of zeros.
    pub(crate) fn zeros(device: &Device, len: usize) -> Result<Buffer<T>> {
        let buffer = Buffer::allocate(device, len)?;
        device.clear(buffer.memory.memory(), len * size_of::<T>())?;
        Ok(buffer)
    }

    /// A copy of host values.
    pub(crate) fn upload(device: &Device, values: &[T]) -> Result<Buffer<T>> {
        let buffer = Buffer::allocate(device, values.len())?;
        if !values.is_empty() {
            device.upload_bytes(buffer.memory.memory(), bytemuck::cast_slice(values))?;
        }
        Ok(buffer)
    }

    /// Memory that holds so many elements already.
    pub(crate) fn from_memory(device: &Device, memory: Arc<PooledBuffer>, len: usize) -> Buffer<T> {
        Buffer { device: device.clone(), memory, len, element: PhantomData }
    }

    /// The memory alone.
    pub(crate) fn into_memory(self) -> Arc<PooledBuffer> {
        self.memory
    }

    /// An array of arbitrary contents.
    pub(crate) fn allocate(device: &Device, len: usize) -> Result<Buffer<T>> {
        let memory = Arc::new(device.pool().allocate(len.saturating_mul(size_of::<T>()))?);
        Ok(Buffer { device: device.clone(), memory, len, element: PhantomData })
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copies the elements to the host.
    ///
    /// # Errors
    /// [`Error::Driver`](crate::Error::Driver) if the device fails.
    pub fn download(&self) -> Result<Vec<T>> {
        let mut values = vec![T::default(); self.len];
        if !values.is_empty() {
            self.device.backend().download(self.memory.memory(), bytemuck::cast_slice_mut(&mut values))?;
        }
        Ok(values)
    }
}

impl<T: BufferElement> GridBuffer for Buffer<T> {
    fn operand(&self) -> GridOperand<'_> {
        let operand = Operand { memory: self.memory.memory(), dtype: T::DTYPE };
        GridOperand { operand, device: &self.device, constant: false }
    }
}

impl GridBuffer for AnyImage {
    fn operand(&self) -> GridOperand<'_> {
        GridOperand { operand: AnyImage::operand(self), device: self.device(), constant: false }
    }
}

impl<T: Element> GridBuffer for Image<T> {
    fn operand(&self) -> GridOperand<'_> {
        GridBuffer::operand(self.any())
    }
}

impl<B: GridBuffer + ?Sized> GridBuffer for &B {
    fn operand(&self) -> GridOperand<'_> {
        (**self).operand()
    }
}
