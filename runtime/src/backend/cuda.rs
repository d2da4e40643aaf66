//! The CUDA backend: the driver API and NVRTC, both loaded when the program runs.
//!
//! Invariant: nothing of `cudarc` is called before `listing` has found both libraries, because the bindings panic without
//! them. Everything of one device happens on one stream.
#![allow(unsafe_code, reason = "calls into CUDA")]

mod context;
mod nvrtc;
mod program;
mod staging;

use std::panic::catch_unwind;
use std::sync::{Arc, OnceLock};

use cudarc::driver::result::{self, DriverError};
use cudarc::driver::sys;

use super::disk_cache::{DiskCache, ProgramCache, kernel_name};
use super::driver::{Allocation, DeviceDescription, Driver, KernelArgument, Program, WorkSize};
use super::probe::{Missing, Probed};
use crate::{Error, Result};
use context::{Context, Current, words};
use nvrtc::Target;
pub use nvrtc::compile_to_cubin;
use program::CudaProgram;
use staging::Staging;

/// Of allocations: a vector of four f64. CUDA gives 256.
const ALIGNMENT: u64 = 32;
/// CUDA refuses empty allocations.
const SMALLEST_ALLOCATION: usize = 16;

/// A device that can be used.
#[derive(Clone, Debug)]
struct Found {
    ordinal: i32,
    description: DeviceDescription,
    target: Target,
}

struct Listing {
    devices: Vec<Found>,
    notes: Vec<String>,
}

/// The gate to everything else here.
fn listing() -> Result<&'static Listing, Missing> {
    static LISTING: OnceLock<Result<Listing, Missing>> = OnceLock::new();
    LISTING.get_or_init(list).as_ref().map_err(Missing::clone)
}

/// Looks for CUDA devices.
pub(super) fn probe() -> Probed {
    match listing() {
        Ok(listing) => Probed {
            backend: "cuda",
            outcome: Ok(listing.devices.iter().map(|found| found.description.clone()).collect()),
            notes: listing.notes.clone(),
        },
        Err(missing) => Probed { backend: "cuda", outcome: Err(missing), notes: Vec::new() },
    }
}

fn list() -> Result<Listing, Missing> {
    let missing = |reason: String, remedy: &str| Missing { reason, remedy: remedy.to_owned() };
    // SAFETY: this loads and closes NVIDIA's library, whose initialisers do no more than set it up.
    if !catch_unwind(|| unsafe { sys::is_culib_present() }).unwrap_or(false) {
        return Err(missing(
            "the NVIDIA driver (libcuda) is not installed".to_owned(),
            "if this machine has an NVIDIA GPU, install NVIDIA's driver",
        ));
    }
    let refused = |error: DriverError| {
        let reason = match error.0 {
            sys::CUresult::CUDA_ERROR_NO_DEVICE => "the NVIDIA driver is installed, but finds no GPU".to_owned(),
            _ => format!("the NVIDIA driver is installed, but does not start: {}", words(error)),
        };
        missing(reason, "check what `nvidia-smi` says, and that CUDA_VISIBLE_DEVICES does not hide the GPU")
    };
    result::init().map_err(refused)?;
    let count = result::device::get_count().map_err(refused)?;
    if count == 0 {
        return Err(refused(DriverError(sys::CUresult::CUDA_ERROR_NO_DEVICE)));
    }
    let supported = nvrtc::supported_architectures().map_err(|reason| {
        missing(
            format!("there is an NVIDIA GPU, but CUDA's compiler is missing: {reason}"),
            "install the CUDA toolkit's NVRTC, or `pip install nvidia-cuda-nvrtc` and put its lib folder on LD_LIBRARY_PATH",
        )
    })?;
    let mut listing = Listing { devices: Vec::new(), notes: Vec::new() };
    for ordinal in 0..count {
        match describe(ordinal, &supported) {
            Ok(found) => listing.devices.push(found),
            Err(reason) => listing.notes.push(format!("CUDA device {ordinal}: {reason}")),
        }
    }
    if listing.devices.is_empty() {
        let reason = format!("no CUDA device can be used: {}", listing.notes.join("; "));
        return Err(missing(reason, "install an NVRTC that fits the GPU and the driver, or use OpenCL"));
    }
    Ok(listing)
}

/// The device, or why it cannot be used.
fn describe(ordinal: i32, supported: &[i32]) -> Result<Found, String> {
    use sys::CUdevice_attribute as Attribute;
    let device = result::device::get(ordinal).map_err(words)?;
    // SAFETY: the device comes from `device::get`.
    let attribute = |attribute| unsafe { result::device::get_attribute(device, attribute) }.map_err(words);
    let major = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
    let minor = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
    let target = Target::for_device(10 * major + minor, supported)?;
    // SAFETY: as above.
    let memory = unsafe { result::device::total_mem(device) }.map_err(words)? as u64;
    let version = driver_version();
    let positive = |value: i32| u32::try_from(value).unwrap_or(0);
    let description = DeviceDescription {
        backend: "cuda",
        name: result::device::get_name(device).map_err(words)?,
        driver: format!("CUDA {}.{}, compute capability {major}.{minor}", version / 1000, version % 1000 / 10),
        memory,
        max_allocation: memory,
        compute_units: positive(attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?),
        is_gpu: true,
        max_work_group: positive(attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK)?) as usize,
        local_memory: positive(attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK)?) as usize,
        // Older multiprocessors take such pairs apart.
        pairs: major >= 9,
        doubles: true,
    };
    Ok(Found { ordinal, description, target })
}

/// The newest CUDA that the driver supports: 12040 is 12.4; 0 if it does not say.
fn driver_version() -> i32 {
    let mut version = 0;
    // SAFETY: the number outlives the call.
    let _ = unsafe { sys::cuDriverGetVersion(&mut version) };
    version
}

/// Device memory.
struct CudaAllocation {
    pointer: sys::CUdeviceptr,
    size: usize,
    context: Arc<Context>,
}

impl Drop for CudaAllocation {
    fn drop(&mut self) {
        if let Ok(current) = self.context.enter() {
            // Kernels in the stream may still use it.
            let _ = current.synchronize();
            // SAFETY: the memory is ours, and nothing uses it any more.
            let _ = unsafe { result::free_sync(self.pointer) };
        }
    }
}

impl Allocation for CudaAllocation {
    fn size(&self) -> usize {
        self.size
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

/// A CUDA device.
pub struct CudaDriver {
    context: Arc<Context>,
    target: Target,
    programs: ProgramCache<CudaProgram>,
    disk: DiskCache,
    staging: Staging,
}

impl CudaDriver {
    /// Opens the `index`-th device of the list that [`probe`](crate::backend::probe::probe) gives.
    ///
    /// # Errors
    /// [`Error::NoDevice`] if there is none, [`Error::Driver`] if its driver refuses.
    pub fn open(index: usize) -> Result<Self> {
        Self::open_with(index, DiskCache::open())
    }

    fn open_with(index: usize, disk: DiskCache) -> Result<Self> {
        let absent = |found: String| Error::NoDevice { asked: format!("CUDA device {index}"), found };
        let listing = listing().map_err(|missing| absent(missing.reason))?;
        let Found { ordinal, description, target } = listing
            .devices
            .get(index)
            .ok_or_else(|| absent(format!("there are {} CUDA devices", listing.devices.len())))?
            .clone();
        let name = description.name.clone();
        let context = Context::open(ordinal, description).map_err(|error| Error::Driver {
            device: name,
            call: "opening the device".to_owned(),
            detail: words(error),
        })?;
        let context = Arc::new(context);
        let staging = Staging::new(context.clone());
        Ok(Self { context, target, programs: ProgramCache::default(), disk, staging })
    }

    /// Runs `work` with the context current.
    fn with<T>(&self, call: &str, work: impl FnOnce(&Current<'_>) -> Result<T, DriverError>) -> Result<T> {
        self.context.enter().and_then(|current| work(&current)).map_err(|error| self.context.error(call, error))
    }

    /// The memory behind an allocation, if it is of this driver and has the bytes.
    fn memory<'a>(
        &self,
        call: &str,
        allocation: &'a dyn Allocation,
        offset: usize,
        bytes: usize,
    ) -> Result<&'a CudaAllocation> {
        let memory = allocation
            .as_any()
            .downcast_ref::<CudaAllocation>()
            .filter(|memory| Arc::ptr_eq(&memory.context, &self.context))
            .ok_or_else(|| self.context.driver_error(call, "the buffer belongs to another device"))?;
        if offset.checked_add(bytes).is_none_or(|end| end > memory.size) {
            let detail = format!("{bytes} bytes at {offset} are outside of a buffer of {} bytes", memory.size);
            return Err(self.context.driver_error(call, detail));
        }
        Ok(memory)
    }
}

impl Driver for CudaDriver {
    fn description(&self) -> &DeviceDescription {
        &self.context.description
    }

    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        let allocated = self.context.enter().and_then(|_current| {
            // SAFETY: the context is current; the memory becomes the allocation's.
            unsafe { result::malloc_sync(bytes.max(SMALLEST_ALLOCATION)) }
        });
        match allocated {
            Ok(pointer) => {
                let allocation = CudaAllocation { pointer, size: bytes, context: self.context.clone() };
                if !pointer.is_multiple_of(ALIGNMENT) {
                    let detail = format!("the address {pointer:#x} is no multiple of {ALIGNMENT}");
                    return Err(self.context.driver_error("cuMemAlloc", detail));
                }
                Ok(Box::new(allocation))
            }
            Err(DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => Err(Error::OutOfMemory {
                device: self.context.description.name.clone(),
                needed: bytes as u64,
                available: self.available_memory().unwrap_or(0),
            }),
            Err(error) => Err(self.context.error("cuMemAlloc", error)),
        }
    }

    fn upload(&self, to: &dyn Allocation, offset: usize, bytes: &[u8]) -> Result<()> {
        let to = self.memory("an upload", to, offset, bytes.len())?;
        if bytes.is_empty() {
            return Ok(());
        }
        // SAFETY: the range is within the allocation.
        unsafe { self.staging.upload(to.pointer + offset as u64, bytes) }
            .map_err(|error| self.context.error("an upload", error))
    }

    fn download(&self, from: &dyn Allocation, offset: usize, bytes: &mut [u8]) -> Result<()> {
        let from = self.memory("a download", from, offset, bytes.len())?;
        if bytes.is_empty() {
            return self.synchronize();
        }
        // SAFETY: the range is within the allocation.
        unsafe { self.staging.download(from.pointer + offset as u64, bytes) }
            .map_err(|error| self.context.error("a download", error))
    }

    fn copy(
        &self,
        from: &dyn Allocation,
        from_offset: usize,
        to: &dyn Allocation,
        to_offset: usize,
        bytes: usize,
    ) -> Result<()> {
        let from = self.memory("a copy", from, from_offset, bytes)?;
        let to = self.memory("a copy", to, to_offset, bytes)?;
        if bytes == 0 {
            return Ok(());
        }
        let (source, target) = (from.pointer + from_offset as u64, to.pointer + to_offset as u64);
        if source.abs_diff(target) < bytes as u64 {
            return Err(self.context.driver_error("a copy", "source and target overlap"));
        }
        // SAFETY: both ranges are within their allocations, which are freed only when the stream is done.
        self.with("a copy", |current| unsafe { result::memcpy_dtod_async(target, source, bytes, current.stream) })
    }

    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()> {
        let to = self.memory("cuMemsetD8Async", to, 0, bytes)?;
        if bytes == 0 {
            return Ok(());
        }
        // SAFETY: the range is within the allocation, which is freed only when the stream is done.
        self.with("cuMemsetD8Async", |current| unsafe { result::memset_d8_async(to.pointer, 0, bytes, current.stream) })
    }

    fn compile(&self, source: &str, definitions: &[(String, String)]) -> Result<Arc<dyn Program>> {
        let program = self.programs.get_or_compile(source, definitions, || {
            CudaProgram::compile(&self.context, &self.target, &self.disk, source, definitions).map_err(|log| {
                Error::Compile {
                    device: self.context.description.name.clone(),
                    kernel: kernel_name(source).to_owned(),
                    log,
                }
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
            .downcast_ref::<CudaProgram>()
            .filter(|program| program.is_of(&self.context))
            .ok_or_else(|| self.context.driver_error("launch", "the program belongs to another device"))?;
        program.launch(kernel, size, arguments, |allocation| self.memory("launch", allocation, 0, 0))
    }

    fn synchronize(&self) -> Result<()> {
        self.with("cuStreamSynchronize", |current| current.synchronize())
    }

    fn available_memory(&self) -> Option<u64> {
        let (free, _) = self.with("cuMemGetInfo", |_| result::mem_get_info()).ok()?;
        Some(free as u64)
    }
}

#[cfg(test)]
mod tests;
