//! The CPU backend: carries out launches by running the Rust bodies of operations, row by row, on all cores.
//!
//! It is what runs where there is no GPU, and the oracle that the GPU texts are tested against; so it follows the
//! definitions to the bit, and where it is free in the order of evaluation it is because the result cannot tell.
//! Invariant: a panic in a body becomes an [`Error`]; launches are done when [`Backend::run`] returns.

mod chain;
pub(crate) mod extremum;
pub(crate) mod gather;
mod grid;
mod linear;
pub(crate) mod median;
mod memory;
pub(crate) mod mode;
mod moves;
mod parallel;
mod pointwise;
mod reduce;
pub(crate) mod reducer;
pub(crate) mod row_cache;
pub(crate) mod scan;
pub(crate) mod scratch;
pub(crate) mod simd;
pub(crate) mod sum;
pub(crate) mod taps;
#[cfg(test)]
mod tests;
pub(crate) mod under;
mod windows;

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use memory::{Held, Memory};

use super::chain::ChainLaunch;
use super::driver::{Allocation, DeviceDescription};
use super::launch::{Backend, Geometry, Launch};
use crate::lang::cpu::CpuKernel;
use crate::lang::{Outputs, Raw, RawMut};
use crate::{Error, Result};

/// Launches over no more voxels than this run on the calling thread: waking others would take longer.
const SEQUENTIAL: usize = 1 << 14;

/// The processor as a device.
pub struct Cpu {
    description: DeviceDescription,
}

/// The images of a launch.
struct Images<'a> {
    inputs: Vec<Raw<'a>>,
    outputs: Outputs<'a>,
}

impl Default for Cpu {
    fn default() -> Cpu {
        Cpu::new()
    }
}

impl Cpu {
    /// The processor of this machine.
    pub fn new() -> Cpu {
        let memory = meminfo("MemTotal").unwrap_or(1 << 33);
        Cpu {
            description: DeviceDescription {
                backend: "cpu",
                name: model_name().unwrap_or_else(|| "CPU".into()),
                driver: format!("native {}", env!("CARGO_PKG_VERSION")),
                memory,
                max_allocation: memory,
                compute_units: rayon::current_num_threads() as u32,
                is_gpu: false,
                max_work_group: 1,
                local_memory: 0,
                pairs: false,
                doubles: true,
            },
        }
    }
}

impl Backend for Cpu {
    fn description(&self) -> &DeviceDescription {
        &self.description
    }

    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        let available = self.available_memory().unwrap_or(self.description.memory);
        if bytes as u64 > available {
            let device = self.description.name.clone();
            return Err(Error::OutOfMemory { device, needed: bytes as u64, available });
        }
        Ok(Box::new(Memory::new(bytes)))
    }

    fn upload(&self, to: &dyn Allocation, bytes: &[u8]) -> Result<()> {
        let to = Memory::of(to)?;
        self.fits("upload", bytes.len(), to.size())?;
        to.write().bytes_mut()[..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn download(&self, from: &dyn Allocation, bytes: &mut [u8]) -> Result<()> {
        let from = Memory::of(from)?;
        self.fits("download", bytes.len(), from.size())?;
        bytes.copy_from_slice(&from.read().bytes()[..bytes.len()]);
        Ok(())
    }

    fn copy(&self, from: &dyn Allocation, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.fits("copy", bytes, from.size().min(to.size()))?;
        let mut held = Held::lock(&[from], &[to])?;
        let (read, write) = held.split();
        write.only()[..bytes].copy_from_slice(&read.bytes(from)?[..bytes]);
        Ok(())
    }

    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()> {
        let to = Memory::of(to)?;
        self.fits("clear", bytes, to.size())?;
        to.write().bytes_mut()[..bytes].fill(0);
        Ok(())
    }

    /// Windows are read from rows that are there as a whole: a chain in a launch would save no memory traffic that its caches do not.
    fn fuses(&self) -> bool {
        false
    }

    fn run(&self, launch: &Launch<'_>) -> Result<()> {
        if launch.geometry.voxels() == 0 && matches!(launch.op.cpu, CpuKernel::Pointwise(_) | CpuKernel::Grid(_)) {
            return Ok(());
        }
        panic::catch_unwind(AssertUnwindSafe(|| run(launch)))
            .unwrap_or_else(|payload| Err(self.panicked(launch.op.ir.name, &*payload)))
    }

    fn run_chain(&self, chain: &ChainLaunch<'_>) -> Result<()> {
        let running = chain::Running::default();
        panic::catch_unwind(AssertUnwindSafe(|| chain::run(chain, &running)))
            .unwrap_or_else(|payload| Err(self.panicked(running.operation(chain), &*payload)))
    }

    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    fn available_memory(&self) -> Option<u64> {
        meminfo("MemAvailable")
    }
}

impl Cpu {
    /// The error about a body that panicked.
    fn panicked(&self, operation: &str, payload: &(dyn Any + Send)) -> Error {
        let words = payload.downcast_ref::<String>().cloned();
        let words = words.or_else(|| payload.downcast_ref::<&str>().map(|&words| words.to_owned()));
        Error::Driver {
            device: self.description.name.clone(),
            call: format!("the operation `{operation}`"),
            detail: words.unwrap_or_else(|| "its body panicked".into()),
        }
    }

    fn fits(&self, call: &str, bytes: usize, size: usize) -> Result<()> {
        if bytes <= size {
            return Ok(());
        }
        let detail = format!("{bytes} bytes are more than the {size} that were allocated");
        Err(Error::Driver { device: self.description.name.clone(), call: call.into(), detail })
    }
}

fn run(launch: &Launch<'_>) -> Result<()> {
    if launch.fused.is_some() {
        return Err(incomplete(launch, "a backend that fuses"));
    }
    let inputs: Vec<_> = launch.inputs.iter().map(|input| input.memory).collect();
    match launch.op.cpu {
        CpuKernel::Grid(kernel) => return grid::run(launch, kernel, &mut Held::lock(&[], &inputs)?),
        CpuKernel::Reduction(monoid) => return reduce::run(launch, monoid(launch.pixel)),
        _ => {}
    }
    if launch.outputs.is_empty() || launch.outputs.len() != launch.op.ir.outputs.len() {
        return Err(incomplete(launch, "an output for each result"));
    }
    let outputs: Vec<_> = launch.outputs.iter().map(|output| output.memory).collect();
    let mut held = Held::lock(&inputs, &outputs)?;
    let (read, write) = held.split();
    let raw = |input: &super::launch::Operand<'_>| Ok(Raw { dtype: input.dtype, bytes: read.bytes(input.memory)? });
    let inputs = launch.inputs.iter().map(raw).collect::<Result<_>>()?;
    let rows = launch.outputs.iter().zip(write.each(&outputs)?);
    let outputs = Outputs::new(rows.map(|(output, bytes)| RawMut { dtype: output.dtype, bytes }));
    let images = Images { inputs, outputs };
    match launch.op.cpu {
        CpuKernel::Pointwise(kernel) => pointwise::run(launch, kernel, images),
        CpuKernel::Neighborhood(kernel) | CpuKernel::Line(kernel) => windows::run(launch, kernel, images),
        CpuKernel::Gather(kernel) => gather::run(launch, kernel, images),
        CpuKernel::Scan(kernel) => {
            launch.whole_lines()?;
            scan::run(launch, kernel, images);
        }
        CpuKernel::Grid(_) | CpuKernel::Reduction(_) => {}
    }
    Ok(())
}

/// What a launch lacks; a mistake of the executor.
fn incomplete(launch: &Launch<'_>, what: &str) -> Error {
    Error::Driver {
        device: "CPU".into(),
        call: format!("the operation `{}`", launch.op.ir.name),
        detail: format!("a launch as {:?} needs {what}", launch.role),
    }
}

/// Batch, plane and row of a row's number.
fn row_of(number: usize, [_, ey, ez]: [usize; 3]) -> (usize, usize, usize) {
    (number / ey / ez, number / ey % ez, number % ey)
}

/// The number of a voxel in the input buffers, from its global coordinates.
fn voxel(geometry: &Geometry, n: usize, [x, y, z]: [usize; 3]) -> usize {
    let Geometry { source, source_extent: [ex, ey, ez], .. } = *geometry;
    ((n * ez + z - source[2]) * ey + y - source[1]) * ex + x - source[0]
}

fn meminfo(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn model_name() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'))?;
    Some(line.1.trim().to_owned())
}
