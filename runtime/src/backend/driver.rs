//! What a GPU API has to offer: memory, programs and launches. Everything else (plans, definitions, argument order)
//! is shared by all GPUs and lives in the executor.
//!
//! Invariant: launches, copies and fills of one driver happen in the order in which they were issued; only
//! [`Driver::download`] and [`Driver::synchronize`] wait for the device.

use std::any::Any;
use std::sync::Arc;

use crate::Result;

/// What a device is, for listings and for the key of the program cache.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceDescription {
    /// `cuda`, `opencl` or `cpu`.
    pub backend: &'static str,
    /// The device's name as its driver tells it.
    pub name: String,
    /// The platform and driver version.
    pub driver: String,
    /// Bytes of memory.
    pub memory: u64,
    /// Largest single allocation in bytes.
    pub max_allocation: u64,
    /// Compute units, multiprocessors or cores.
    pub compute_units: u32,
    /// Whether it is a GPU (OpenCL also drives CPUs).
    pub is_gpu: bool,
    /// Largest number of work-items in a work-group.
    pub max_work_group: usize,
    /// Bytes of memory that a work-group shares.
    pub local_memory: usize,
    /// Whether it has an instruction that compares two pairs of 16-bit numbers.
    pub pairs: bool,
    /// Whether it computes in f64.
    pub doubles: bool,
}

/// Device memory; freed when dropped. Each driver knows its own type behind `Any`.
///
/// Invariant: it begins where a vector of four elements of any type may lie, and kernels get whole allocations, never a part of one; the
/// texts rely on it. OpenCL promises it of every buffer (`CL_DEVICE_MEM_BASE_ADDR_ALIGN` is at least the size of the largest vector), and the
/// CUDA driver is held to it.
pub trait Allocation: Any + Send + Sync {
    /// Size in bytes.
    fn size(&self) -> usize;
    /// For the driver that made it.
    fn as_any(&self) -> &dyn Any;
}

/// A compiled text with all its kernels.
pub trait Program: Any + Send + Sync {
    /// For the driver that made it.
    fn as_any(&self) -> &dyn Any;
}

/// One kernel argument.
#[derive(Clone, Copy)]
pub enum KernelArgument<'a> {
    /// A buffer.
    Buffer(&'a dyn Allocation),
    /// A scalar or a struct, by value, as its bytes.
    Bytes(&'a [u8]),
}

/// The index space of a launch in work-items (threads), x first. `global` is rounded up to whole groups by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkSize {
    /// Work-items in each dimension.
    pub global: [usize; 3],
    /// Work-items of a group in each dimension.
    pub local: [usize; 3],
}

/// One device behind one GPU API.
pub trait Driver: Send + Sync {
    /// What it is.
    fn description(&self) -> &DeviceDescription;
    /// Takes memory from the device.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory) if there is not enough.
    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>>;
    /// Copies host bytes to `offset` (in bytes) of `to`. The bytes may be reused when this returns.
    fn upload(&self, to: &dyn Allocation, offset: usize, bytes: &[u8]) -> Result<()>;
    /// Copies from `offset` of `from` to the host, after all that was issued before; waits.
    fn download(&self, from: &dyn Allocation, offset: usize, bytes: &mut [u8]) -> Result<()>;
    /// Copies on the device.
    fn copy(
        &self,
        from: &dyn Allocation,
        from_offset: usize,
        to: &dyn Allocation,
        to_offset: usize,
        bytes: usize,
    ) -> Result<()>;
    /// Sets `bytes` bytes at the start of `to` to zero.
    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()>;
    /// Compiles a text. `definitions` are `(name, value)` pairs for the preprocessor. Cached in memory and on disk.
    ///
    /// # Errors
    /// [`Error::Compile`](crate::Error::Compile) with the compiler's log.
    fn compile(&self, source: &str, definitions: &[(String, String)]) -> Result<Arc<dyn Program>>;
    /// Starts a kernel of a program.
    fn launch(
        &self,
        program: &dyn Program,
        kernel: &str,
        size: WorkSize,
        arguments: &[KernelArgument<'_>],
    ) -> Result<()>;
    /// Waits for everything that was issued.
    fn synchronize(&self) -> Result<()>;
    /// Bytes that can still be allocated, where the driver says so.
    fn available_memory(&self) -> Option<u64>;
}
