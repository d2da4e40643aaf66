//! Images in the memory of a device: cheap handles, typed or not.
//!
//! Invariant: the memory behind a handle holds `frame.voxels()` elements of type `dtype`, x fastest, on `device`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use kernwerk_codegen::ir::DType;
use ndarray::{Array, ArrayD, ArrayView, Dimension, IxDyn};

use crate::backend::driver::Allocation;
use crate::backend::launch::Operand;
use crate::buffer::Buffer;
use crate::device::Device;
use crate::element::{Dyn, Element};
use crate::frame::Frame;
use crate::lang::Pixel;
use crate::pool::PooledBuffer;
use crate::{Axes, Error, HostData, HostImage, Result, VoxelSize};

/// An image on a device whose element type is known at run time. Cloning copies the handle, not the voxels.
#[derive(Clone)]
pub struct AnyImage(Arc<Inner>);

struct Inner {
    device: Device,
    memory: Arc<PooledBuffer>,
    dtype: DType,
    frame: Arc<Frame>,
}

/// An image on a device with elements of type `T`. Cloning copies the handle, not the voxels.
pub struct Image<T: Element> {
    any: AnyImage,
    element: PhantomData<fn() -> T>,
}

impl AnyImage {
    /// An image whose elements are not yet written.
    pub(crate) fn allocate(device: &Device, dtype: DType, frame: Arc<Frame>) -> Result<AnyImage> {
        let bytes = frame.voxels().checked_mul(dtype.size()).ok_or_else(|| Error::OutOfMemory {
            device: device.name().into(),
            needed: u64::MAX,
            available: device.description().memory,
        })?;
        let memory = Arc::new(device.pool().allocate(bytes)?);
        Ok(AnyImage(Arc::new(Inner { device: device.clone(), memory, dtype, frame })))
    }

    /// The device that the image lives on.
    pub fn device(&self) -> &Device {
        &self.0.device
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// The names of the axes.
    pub fn axes(&self) -> &Axes {
        &self.0.frame.axes
    }

    /// The extents in the order of the axes.
    pub fn shape(&self) -> Vec<usize> {
        self.0.frame.shape()
    }

    /// The extents along t, c, z, y, x; 1 for axes that the image lacks.
    pub fn shape5(&self) -> [usize; 5] {
        self.0.frame.shape5
    }

    /// Number of voxels, all axes included.
    pub fn voxels(&self) -> usize {
        self.0.frame.voxels()
    }

    /// Extents along x, y, z.
    pub fn spatial(&self) -> [usize; 3] {
        self.0.frame.spatial()
    }

    /// How many spatial images there are: the product of the extents of t and c.
    pub fn batch(&self) -> usize {
        self.0.frame.batch()
    }

    /// The size of a voxel, if known.
    pub fn voxel_size(&self) -> Option<&VoxelSize> {
        self.0.frame.voxel_size.as_ref()
    }

    /// The same voxels with another voxel size.
    #[must_use]
    pub fn with_voxel_size(&self, voxel_size: Option<VoxelSize>) -> AnyImage {
        self.with_frame(Arc::new(Frame { voxel_size, ..(*self.0.frame).clone() }))
    }

    /// The same voxels with other axes, for example `tyx` instead of `zyx`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of axes differs.
    pub fn with_axes(&self, axes: Axes) -> Result<AnyImage> {
        Ok(self.with_frame(Arc::new(Frame::new(axes, &self.shape(), self.voxel_size().cloned())?)))
    }

    /// The same memory with elements of another type, as NumPy's `view`: lines have as many bytes as before. An element of 64 bits is two
    /// words of u32, the lower one first.
    ///
    /// ```
    /// use kernwerk_runtime::{DType, Device, HostData, Image};
    ///
    /// let image: Image<u64> = Device::cpu().upload(ndarray::arr2(&[[1_u64 << 32, 7]]).view())?;
    /// let words = image.any().reinterpret(DType::U32)?;
    /// assert_eq!(words.download_data()?, HostData::U32(vec![0, 1, 7, 0]));
    /// assert_eq!(words.reinterpret(DType::U64)?.download_data()?, HostData::U64(vec![1 << 32, 7]));
    /// # Ok::<(), kernwerk_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if a line holds no whole number of such elements, or too many.
    pub fn reinterpret(&self, dtype: DType) -> Result<AnyImage> {
        let bytes = self.spatial()[0] * self.dtype().size();
        if !bytes.is_multiple_of(dtype.size()) {
            return Err(Error::Shape {
                operation: "reinterpret".into(),
                problem: format!("lines of {bytes} bytes hold no whole number of elements of type {dtype}"),
                remedy: "take a type of the same size".into(),
            });
        }
        let mut shape = self.shape();
        if let Some(x) = shape.last_mut() {
            *x = bytes / dtype.size();
        }
        let frame = Frame::new(self.axes().clone(), &shape, self.voxel_size().cloned())?;
        let Inner { device, memory, .. } = &*self.0;
        Ok(AnyImage(Arc::new(Inner { device: device.clone(), memory: memory.clone(), dtype, frame: Arc::new(frame) })))
    }

    fn with_frame(&self, frame: Arc<Frame>) -> AnyImage {
        let Inner { device, memory, dtype, .. } = &*self.0;
        AnyImage(Arc::new(Inner { device: device.clone(), memory: memory.clone(), dtype: *dtype, frame }))
    }

    /// The typed handle.
    ///
    /// # Errors
    /// [`Error::Type`] if the elements have another type.
    pub fn typed<T: Element>(&self) -> Result<Image<T>> {
        match T::STORED {
            Some(expected) if expected != self.dtype() => Err(Error::Type {
                operation: "image".into(),
                input: "image".into(),
                found: self.dtype(),
                expected: expected.name().into(),
                remedy: format!("ask for {}, or use the operation `convert`", self.dtype()),
            }),
            _ => Ok(Image { any: self.clone(), element: PhantomData }),
        }
    }

    /// Copies the voxels to the host.
    ///
    /// # Errors
    /// [`Error::Driver`] if the device fails.
    pub fn download_data(&self) -> Result<HostData> {
        let mut data = HostData::zeros(self.dtype(), self.voxels());
        self.device().backend().download(self.memory(), data.bytes_mut())?;
        Ok(data)
    }

    /// Copies the image to the host.
    ///
    /// # Errors
    /// [`Error::Driver`] if the device fails.
    pub fn download_host(&self) -> Result<HostImage> {
        let image = HostImage::new(self.axes().clone(), &self.shape(), self.download_data()?)?;
        Ok(image.with_voxel_size(self.voxel_size().cloned()))
    }

    /// A copy in new memory on the same device: the unit in which the benchmarks measure.
    ///
    /// # Errors
    /// If the memory is exhausted or the device fails.
    pub fn duplicate(&self) -> Result<AnyImage> {
        let copy = AnyImage::allocate(self.device(), self.dtype(), self.frame().clone())?;
        self.device().copy(self.memory(), copy.memory(), self.voxels() * self.dtype().size())?;
        Ok(copy)
    }

    pub(crate) fn frame(&self) -> &Arc<Frame> {
        &self.0.frame
    }

    pub(crate) fn memory(&self) -> &dyn Allocation {
        self.0.memory.memory()
    }

    pub(crate) fn operand(&self) -> Operand<'_> {
        Operand { memory: self.memory(), dtype: self.dtype() }
    }

    /// The same memory as words of 32 bits: of elements of 64 bits two each, the lower one first.
    pub(crate) fn words(&self) -> Buffer<u32> {
        let words = self.voxels() * self.dtype().size() / size_of::<u32>();
        Buffer::from_memory(self.device(), self.0.memory.clone(), words)
    }

    /// Whether both handles stand for one image: the same voxels in memory, with the same axes and voxel size.
    pub(crate) fn is(&self, other: &AnyImage) -> bool {
        self.shares_memory(other) && self.dtype() == other.dtype() && Arc::ptr_eq(self.frame(), other.frame())
    }

    /// Whether both handles stand for the same voxels in memory.
    pub(crate) fn shares_memory(&self, other: &AnyImage) -> bool {
        Arc::ptr_eq(&self.0.memory, &other.0.memory)
    }
}

impl fmt::Debug for AnyImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axes = self.axes().as_str();
        write!(f, "Image {} {axes} {:?} on {}", self.dtype(), self.shape(), self.device())
    }
}

impl<T: Element> Image<T> {
    /// The untyped handle.
    pub fn any(&self) -> &AnyImage {
        &self.any
    }

    /// Gives the untyped handle away.
    pub fn into_any(self) -> AnyImage {
        self.any
    }

    /// The device that the image lives on.
    pub fn device(&self) -> &Device {
        self.any.device()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.any.dtype()
    }

    /// The names of the axes.
    pub fn axes(&self) -> &Axes {
        self.any.axes()
    }

    /// The extents in the order of the axes.
    pub fn shape(&self) -> Vec<usize> {
        self.any.shape()
    }

    /// The size of a voxel, if known.
    pub fn voxel_size(&self) -> Option<&VoxelSize> {
        self.any.voxel_size()
    }

    /// The same voxels with another voxel size.
    #[must_use]
    pub fn with_voxel_size(&self, voxel_size: Option<VoxelSize>) -> Image<T> {
        Image { any: self.any.with_voxel_size(voxel_size), element: PhantomData }
    }

    /// Copies the image to the host.
    ///
    /// # Errors
    /// [`Error::Driver`] if the device fails.
    pub fn download_host(&self) -> Result<HostImage> {
        self.any.download_host()
    }
}

impl<T: Pixel> Image<T> {
    /// Copies the voxels to the host, as an array with as many axes as the image has.
    ///
    /// ```
    /// use kernwerk_runtime::{Device, Image};
    /// use ndarray::Array3;
    ///
    /// let image: Image<u16> = Device::cpu().upload(Array3::<u16>::ones((2, 3, 4)).view())?;
    /// let stack: Array3<u16> = image.download()?;
    /// assert_eq!(stack.dim(), (2, 3, 4));
    /// # Ok::<(), kernwerk_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the image has another number of axes than the array, [`Error::Driver`] if the device fails.
    pub fn download<D: Dimension>(&self) -> Result<Array<T, D>> {
        if let Some(asked) = D::NDIM.filter(|&axes| axes != self.axes().count()) {
            return Err(Error::Shape {
                operation: "download".into(),
                problem: format!("an image of shape {:?} is no array with {asked} axes", self.shape()),
                remedy: format!("ask for an array with {} axes, or for ArrayD", self.axes().count()),
            });
        }
        let mut values = vec![T::default(); self.any.voxels()];
        self.device().backend().download(self.any.memory(), bytemuck::cast_slice_mut(&mut values))?;
        let array = ArrayD::from_shape_vec(IxDyn(&self.shape()), values).and_then(ArrayD::into_dimensionality);
        array.map_err(|error| Error::Shape {
            operation: "download".into(),
            problem: error.to_string(),
            remedy: "ask for ArrayD".into(),
        })
    }
}

impl<T: Element> Clone for Image<T> {
    fn clone(&self) -> Self {
        Image { any: self.any.clone(), element: PhantomData }
    }
}

impl<T: Element> fmt::Debug for Image<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}

impl From<AnyImage> for Image<Dyn> {
    fn from(any: AnyImage) -> Image<Dyn> {
        Image { any, element: PhantomData }
    }
}

impl<T: Element> From<Image<T>> for AnyImage {
    fn from(image: Image<T>) -> AnyImage {
        image.any
    }
}

impl Device {
    /// Copies an array of any layout with 2 to 5 axes to the device; they are named `yx`, `zyx`, `czyx` or `tczyx`.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of axes or an empty array, [`Error::OutOfMemory`].
    pub fn upload<T: Pixel, D: Dimension>(&self, view: ArrayView<'_, T, D>) -> Result<Image<T>> {
        let axes = Axes::default_for(view.ndim()).ok_or_else(|| Error::Shape {
            operation: "upload".into(),
            problem: format!("an array of shape {:?} has {} axes", view.shape(), view.ndim()),
            remedy: "upload arrays with 2 to 5 axes: yx, zyx, czyx, tczyx".into(),
        })?;
        self.upload_with_axes(view, axes)
    }

    /// Copies an array of any layout to the device, with names for its axes.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of axes does not fit or the array is empty, [`Error::OutOfMemory`].
    pub fn upload_with_axes<T: Pixel, D: Dimension>(&self, view: ArrayView<'_, T, D>, axes: Axes) -> Result<Image<T>> {
        let frame = Arc::new(Frame::new(axes, view.shape(), None)?);
        let image = AnyImage::allocate(self, T::DTYPE, frame)?;
        let standard = view.as_standard_layout();
        match standard.as_slice() {
            Some(values) => self.upload_bytes(image.memory(), bytemuck::cast_slice(values))?,
            None => {
                let values: Vec<T> = standard.iter().copied().collect();
                self.upload_bytes(image.memory(), bytemuck::cast_slice(&values))?;
            }
        }
        Ok(Image { any: image, element: PhantomData })
    }

    /// Copies an image in host memory to the device.
    ///
    /// # Errors
    /// [`Error::Shape`] for extents of 2³¹ and more, [`Error::OutOfMemory`].
    pub fn upload_host(&self, host: &HostImage) -> Result<AnyImage> {
        let frame = Frame::new(host.axes().clone(), host.shape(), host.voxel_size().cloned())?;
        let image = AnyImage::allocate(self, host.dtype(), Arc::new(frame))?;
        self.upload_bytes(image.memory(), host.data().bytes())?;
        Ok(image)
    }
}
