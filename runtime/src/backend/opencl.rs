//! The OpenCL backend: one context and one in-order queue per device.
//!
//! Invariant: every status of every call is looked at; a refused call leaves the driver as it was.
#![allow(unsafe_code, reason = "calls into OpenCL")]

mod handle;
mod listing;
mod program;

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use ocl::ffi::{
    CL_MEM_READ_WRITE, CL_TRUE, clCreateBuffer, clCreateCommandQueue, clCreateContext, clEnqueueCopyBuffer,
    clEnqueueFillBuffer, clEnqueueReadBuffer, clEnqueueWriteBuffer, clFinish,
};

use super::disk_cache::{DiskCache, ProgramCache, kernel_name};
use super::driver::{Allocation, DeviceDescription, Driver, KernelArgument, Program, WorkSize};
use super::probe::{Missing, Probed};
use crate::{Error, Result};
use handle::{Context, DeviceId, Failure, Memory, Queue, check, status_name};
use listing::Listing;
use program::OpenClProgram;

/// `CL_MEM_OBJECT_ALLOCATION_FAILURE`.
const ALLOCATION_FAILURE: i32 = -4;
/// `CL_OUT_OF_RESOURCES`.
const OUT_OF_RESOURCES: i32 = -5;
/// `CL_INVALID_BUFFER_SIZE`: larger than the device allows.
const INVALID_BUFFER_SIZE: i32 = -61;

/// OpenCL refuses empty buffers, and fills work in units of this.
const SMALLEST_BUFFER: usize = 16;

fn listing() -> Result<&'static Listing, Missing> {
    static LISTING: OnceLock<Result<Listing, Missing>> = OnceLock::new();
    LISTING.get_or_init(listing::list).as_ref().map_err(Missing::clone)
}

/// Looks for OpenCL devices.
pub(super) fn probe() -> Probed {
    match listing() {
        Ok(listing) => Probed {
            backend: "opencl",
            outcome: Ok(listing.devices.iter().map(|found| found.description.clone()).collect()),
            notes: listing.notes.clone(),
        },
        Err(missing) => Probed { backend: "opencl", outcome: Err(missing), notes: Vec::new() },
    }
}

/// What buffers, programs and the driver share, and what lives until the last of them is dropped.
struct Shared {
    queue: Queue,
    context: Context,
    device: DeviceId,
    description: DeviceDescription,
    exact_division: bool,
    compute_capability: u32,
    /// Bytes in the buffers of this driver. Drivers allocate late, so that they do not say in time that it is too much.
    allocated: AtomicU64,
}

impl Shared {
    fn available(&self) -> u64 {
        self.description.memory.saturating_sub(self.allocated.load(Ordering::Relaxed))
    }

    fn out_of_memory(&self, needed: u64, available: u64) -> Error {
        Error::OutOfMemory { device: self.description.name.clone(), needed, available }
    }

    fn driver_error(&self, call: &str, detail: impl Into<String>) -> Error {
        Error::Driver { device: self.description.name.clone(), call: call.to_owned(), detail: detail.into() }
    }

    fn error(&self, failure: Failure) -> Error {
        self.driver_error(failure.call, status_name(failure.status))
    }

    /// The error of a call that may be the first to touch `bytes` of memory, which is when drivers really allocate.
    fn error_of_use(&self, failure: Failure, bytes: u64) -> Error {
        match failure.status {
            ALLOCATION_FAILURE | OUT_OF_RESOURCES => self.out_of_memory(bytes, self.available()),
            _ => self.error(failure),
        }
    }
}

/// A buffer.
struct OpenClAllocation {
    memory: Memory,
    size: usize,
    shared: Arc<Shared>,
}

impl Drop for OpenClAllocation {
    fn drop(&mut self) {
        self.shared.allocated.fetch_sub(self.size as u64, Ordering::Relaxed);
    }
}

impl Allocation for OpenClAllocation {
    fn size(&self) -> usize {
        self.size
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// An OpenCL device.
pub struct OpenClDriver {
    shared: Arc<Shared>,
    programs: ProgramCache<OpenClProgram>,
    disk: DiskCache,
}

impl OpenClDriver {
    /// Opens the `index`-th device of the list that [`probe`](crate::backend::probe::probe) gives.
    ///
    /// # Errors
    /// [`Error::NoDevice`] if there is none, [`Error::Driver`] if its driver refuses.
    pub fn open(index: usize) -> Result<Self> {
        let mut driver = Self::open_with(index, DiskCache::open())?;
        // PoCL keeps a cache of its own, and compiles each kernel once more when it is asked for a program's binary.
        if driver.description().driver.contains("Portable Computing Language") {
            driver.disk = DiskCache::off();
        }
        Ok(driver)
    }

    fn open_with(index: usize, disk: DiskCache) -> Result<Self> {
        let absent = |found: String| Error::NoDevice { asked: format!("OpenCL device {index}"), found };
        let listing = listing().map_err(|missing| absent(missing.reason))?;
        let found = listing
            .devices
            .get(index)
            .ok_or_else(|| absent(format!("there are {} OpenCL devices", listing.devices.len())))?;
        let (context, queue) = set_up(found.device).map_err(|failure| Error::Driver {
            device: found.description.name.clone(),
            call: failure.call.to_owned(),
            detail: status_name(failure.status),
        })?;
        let shared = Arc::new(Shared {
            queue,
            context,
            device: found.device,
            description: found.description.clone(),
            exact_division: found.exact_division,
            compute_capability: found.compute_capability,
            allocated: AtomicU64::new(0),
        });
        Ok(Self { shared, programs: ProgramCache::default(), disk })
    }

    /// Whether single-precision division and square root are correctly rounded on this device, as the exact tier needs.
    #[must_use]
    pub fn exact_division(&self) -> bool {
        self.shared.exact_division
    }

    /// The buffer behind an allocation, if it is of this driver and has the bytes.
    fn buffer<'a>(
        &self,
        call: &str,
        allocation: &'a dyn Allocation,
        offset: usize,
        bytes: usize,
    ) -> Result<&'a OpenClAllocation> {
        let buffer = allocation
            .as_any()
            .downcast_ref::<OpenClAllocation>()
            .filter(|buffer| Arc::ptr_eq(&buffer.shared, &self.shared))
            .ok_or_else(|| self.shared.driver_error(call, "the buffer belongs to another device"))?;
        if offset.checked_add(bytes).is_none_or(|end| end > buffer.size) {
            let detail = format!("{bytes} bytes at {offset} are outside of a buffer of {} bytes", buffer.size);
            return Err(self.shared.driver_error(call, detail));
        }
        Ok(buffer)
    }
}

fn set_up(device: DeviceId) -> Result<(Context, Queue), Failure> {
    let mut status = 0;
    // SAFETY: one device is passed with the count one; there is neither a property list nor a callback.
    let context = unsafe { clCreateContext(ptr::null(), 1, &device.0, None, ptr::null_mut(), &mut status) };
    let context = Context::created("clCreateContext", context, status)?;
    // SAFETY: the context is valid and of this device; no properties: in order, no profiling.
    let queue = unsafe { clCreateCommandQueue(context.raw(), device.0, 0, &mut status) };
    Ok((context, Queue::created("clCreateCommandQueue", queue, status)?))
}

impl Driver for OpenClDriver {
    fn description(&self) -> &DeviceDescription {
        &self.shared.description
    }

    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        let shared = &self.shared;
        let available = shared.available();
        let limit = available.min(shared.description.max_allocation);
        if bytes as u64 > limit {
            return Err(shared.out_of_memory(bytes as u64, limit));
        }
        let mut status = 0;
        // SAFETY: the context is valid and no host memory is passed.
        let memory = unsafe {
            clCreateBuffer(
                shared.context.raw(),
                CL_MEM_READ_WRITE,
                bytes.max(SMALLEST_BUFFER),
                ptr::null_mut(),
                &mut status,
            )
        };
        let memory = Memory::created("clCreateBuffer", memory, status).map_err(|failure| match failure.status {
            INVALID_BUFFER_SIZE => shared.out_of_memory(bytes as u64, limit),
            _ => shared.error_of_use(failure, bytes as u64),
        })?;
        shared.allocated.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(Box::new(OpenClAllocation { memory, size: bytes, shared: shared.clone() }))
    }

    fn upload(&self, to: &dyn Allocation, offset: usize, bytes: &[u8]) -> Result<()> {
        let to = self.buffer("clEnqueueWriteBuffer", to, offset, bytes.len())?;
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: the range is within the buffer, and the call blocks until the bytes have been read.
        let status = unsafe {
            clEnqueueWriteBuffer(
                self.shared.queue.raw(),
                to.memory.raw(),
                CL_TRUE,
                offset,
                bytes.len(),
                bytes.as_ptr().cast(),
                0,
                ptr::null(),
                ptr::null_mut(),
            )
        };
        check("clEnqueueWriteBuffer", status).map_err(|failure| self.shared.error_of_use(failure, to.size as u64))
    }

    fn download(&self, from: &dyn Allocation, offset: usize, bytes: &mut [u8]) -> Result<()> {
        let from = self.buffer("clEnqueueReadBuffer", from, offset, bytes.len())?;
        if bytes.is_empty() {
            return self.synchronize();
        }
        // SAFETY: the range is within the buffer, and the call blocks until the bytes have been written.
        let status = unsafe {
            clEnqueueReadBuffer(
                self.shared.queue.raw(),
                from.memory.raw(),
                CL_TRUE,
                offset,
                bytes.len(),
                bytes.as_mut_ptr().cast(),
                0,
                ptr::null(),
                ptr::null_mut(),
            )
        };
        check("clEnqueueReadBuffer", status).map_err(|failure| self.shared.error(failure))
    }

    fn copy(
        &self,
        from: &dyn Allocation,
        from_offset: usize,
        to: &dyn Allocation,
        to_offset: usize,
        bytes: usize,
    ) -> Result<()> {
        let from = self.buffer("clEnqueueCopyBuffer", from, from_offset, bytes)?;
        let to = self.buffer("clEnqueueCopyBuffer", to, to_offset, bytes)?;
        if bytes == 0 {
            return Ok(());
        }
        // SAFETY: both ranges are within their buffers, which the driver keeps until the copy is done.
        let status = unsafe {
            clEnqueueCopyBuffer(
                self.shared.queue.raw(),
                from.memory.raw(),
                to.memory.raw(),
                from_offset,
                to_offset,
                bytes,
                0,
                ptr::null(),
                ptr::null_mut(),
            )
        };
        check("clEnqueueCopyBuffer", status).map_err(|failure| self.shared.error_of_use(failure, to.size as u64))
    }

    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()> {
        let to = self.buffer("clEnqueueFillBuffer", to, 0, bytes)?;
        let fill = |pattern: &[u8], offset: usize, size: usize| {
            // SAFETY: the range is within the buffer, offset and size are multiples of the pattern's size, and the pattern is
            // copied before the call returns.
            let status = unsafe {
                clEnqueueFillBuffer(
                    self.shared.queue.raw(),
                    to.memory.raw(),
                    pattern.as_ptr().cast::<c_void>(),
                    pattern.len(),
                    offset,
                    size,
                    0,
                    ptr::null(),
                    ptr::null_mut(),
                )
            };
            check("clEnqueueFillBuffer", status).map_err(|failure| self.shared.error_of_use(failure, to.size as u64))
        };
        // Wide stores for nearly all of it: some drivers fill byte by byte when the pattern is one byte.
        let wide = bytes - bytes % SMALLEST_BUFFER;
        if wide > 0 {
            fill(&[0; SMALLEST_BUFFER], 0, wide)?;
        }
        if bytes > wide {
            fill(&[0], wide, bytes - wide)?;
        }
        Ok(())
    }

    fn compile(&self, source: &str, definitions: &[(String, String)]) -> Result<Arc<dyn Program>> {
        let program = self.programs.get_or_compile(source, definitions, || {
            OpenClProgram::compile(&self.shared, &self.disk, source, definitions).map_err(|log| Error::Compile {
                device: self.shared.description.name.clone(),
                kernel: kernel_name(source).to_owned(),
                log,
            })
        })?;
        Ok(program)
    }

    fn launch(
        &self,
        program: &dyn Program,
        kernel: &str,
        size: WorkSize,
        arguments: &[KernelArgument<'_>],
    ) -> Result<()> {
        let program = program
            .as_any()
            .downcast_ref::<OpenClProgram>()
            .filter(|program| program.is_of(&self.shared))
            .ok_or_else(|| self.shared.driver_error("launch", "the program belongs to another device"))?;
        program.launch(kernel, size, arguments, |allocation| self.buffer("clSetKernelArg", allocation, 0, 0))
    }

    fn synchronize(&self) -> Result<()> {
        // SAFETY: the queue is valid.
        let status = unsafe { clFinish(self.shared.queue.raw()) };
        check("clFinish", status).map_err(|failure| self.shared.error(failure))
    }

    /// OpenCL does not say; this is the device's memory less what this driver holds, hence an upper bound.
    fn available_memory(&self) -> Option<u64> {
        Some(self.shared.available())
    }
}

#[cfg(test)]
mod tests;
