//! A backend that passes everything on to a GPU and notes which kernels it launches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernwerk_codegen::plan::plan;
use kernwerk_runtime::backend::chain::ChainLaunch;
use kernwerk_runtime::backend::driver::{Allocation, DeviceDescription};
use kernwerk_runtime::backend::gpu::Gpu;
use kernwerk_runtime::backend::launch::{Backend, Launch};
use kernwerk_runtime::{KernelOp, Result};

/// The kernels that were launched, by their names in the texts, and how often.
#[derive(Default)]
pub struct Launched(Mutex<BTreeMap<String, u64>>);

impl Launched {
    /// How often kernels were launched in all.
    pub fn launches(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Which of the kernels of these operations were launched, and which were not.
    pub fn among<'a>(&self, operations: impl Iterator<Item = &'a KernelOp>) -> (Vec<String>, Vec<String>) {
        let launched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kernels = operations.flat_map(|op| plan(&op.ir).kernels).map(|kernel| kernel.name);
        kernels.partition(|name| launched.contains_key(name))
    }
}

/// A GPU whose launches are noted.
pub struct Recorder {
    gpu: Gpu,
    launched: Arc<Launched>,
}

impl Recorder {
    /// Notes the launches of this GPU.
    pub fn new(gpu: Gpu) -> Recorder {
        Recorder { gpu, launched: Arc::default() }
    }

    /// What it has noted, now and later.
    pub fn launched(&self) -> Arc<Launched> {
        self.launched.clone()
    }
}

impl Backend for Recorder {
    fn description(&self) -> &DeviceDescription {
        self.gpu.description()
    }

    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        self.gpu.allocate(bytes)
    }

    fn upload(&self, to: &dyn Allocation, bytes: &[u8]) -> Result<()> {
        self.gpu.upload(to, bytes)
    }

    fn download(&self, from: &dyn Allocation, bytes: &mut [u8]) -> Result<()> {
        self.gpu.download(from, bytes)
    }

    fn copy(&self, from: &dyn Allocation, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.gpu.copy(from, to, bytes)
    }

    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.gpu.clear(to, bytes)
    }

    fn takes(&self, launch: &Launch<'_>) -> bool {
        self.gpu.takes(launch)
    }

    fn fuses(&self) -> bool {
        self.gpu.fuses()
    }

    fn run(&self, launch: &Launch<'_>) -> Result<()> {
        let kernels = plan(&launch.op.ir).kernels;
        if let Some(kernel) = kernels.into_iter().find(|kernel| kernel.role == launch.role) {
            let mut launched = self.launched.0.lock().unwrap_or_else(PoisonError::into_inner);
            *launched.entry(kernel.name).or_default() += 1;
            let chains = launch.fused.into_iter().flat_map(|fused| [&fused.before, &fused.after]).flatten();
            for kernel in chains.flat_map(|chain| &chain.steps).flat_map(|step| plan(&step.op.ir).kernels) {
                launched.entry(kernel.name).or_default();
            }
        }
        self.gpu.run(launch)
    }

    fn run_chain(&self, chain: &ChainLaunch<'_>) -> Result<()> {
        {
            let mut launched = self.launched.0.lock().unwrap_or_else(PoisonError::into_inner);
            *launched.entry("a chain".into()).or_default() += 1;
            // The bodies have run, though not in kernels of their own.
            for kernel in chain.steps.iter().flat_map(|step| plan(&step.op.ir).kernels) {
                launched.entry(kernel.name).or_default();
            }
        }
        self.gpu.run_chain(chain)
    }

    fn synchronize(&self) -> Result<()> {
        self.gpu.synchronize()
    }

    fn available_memory(&self) -> Option<u64> {
        self.gpu.available_memory()
    }
}
