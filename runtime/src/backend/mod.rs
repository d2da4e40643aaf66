//! The backends: whatever can compute. Unsafe code lives here alone, each block with its SAFETY line.

pub mod chain;
pub mod cpu;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod disk_cache;
pub mod driver;
pub mod gpu;
pub mod launch;
#[cfg(feature = "opencl")]
pub mod opencl;
pub mod probe;
