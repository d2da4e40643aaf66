//! Launches on any GPU: kernel text, definitions, arguments and index space of a [`Launch`], handed to a [`Driver`].
//!
//! Invariant: arguments are bound in the order of the plan and with the widths that it documents. A launch whose program is
//! known formats nothing and asks the driver for no memory.

mod arguments;
mod chain;
mod definitions;
mod extremum;
mod selecting;
mod stencil;
mod tables;
mod tuning;
mod under;
mod work_size;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kernwerk_codegen::emit::{Cuda, Dialect, OpenCl, fused_text};
use kernwerk_codegen::ir::Class;
use kernwerk_codegen::plan::{ChainArgument, Kernel, Place, Plan, Role, fused_arguments, plan};

use self::arguments::Bound;
use self::chain::Chains;
use self::definitions::Key;
use self::tables::Tables;
use self::tuning::{Choice, Tuning};
use super::chain::ChainLaunch;
use super::driver::{Allocation, DeviceDescription, Driver, Program};
use super::launch::{Backend, Launch};
use crate::op::KernelOp;
use crate::{Error, Result};

/// A GPU behind one of the drivers.
pub struct Gpu {
    driver: Arc<dyn Driver>,
    kernels: RwLock<HashMap<Key, Arc<Compiled>>>,
    /// By the operation's address.
    plans: RwLock<HashMap<usize, Arc<Plan>>>,
    tables: Tables,
    tuning: Tuning,
    chains: Chains,
}

/// A kernel that is ready to start.
struct Compiled {
    program: Arc<dyn Program>,
    kernel: Kernel,
    choice: Choice,
    /// The arguments that the kernel has for its chains.
    chained: Vec<(Place, ChainArgument)>,
}

impl Gpu {
    /// A backend over a driver.
    pub fn new(driver: Arc<dyn Driver>) -> Gpu {
        let tuning = Tuning::of(driver.description());
        Gpu {
            driver,
            kernels: RwLock::default(),
            plans: RwLock::default(),
            tables: Tables::default(),
            tuning,
            chains: Chains::default(),
        }
    }

    /// The plan of an operation, made once.
    fn plan(&self, op: &'static KernelOp) -> Arc<Plan> {
        let address = std::ptr::from_ref(op).addr();
        if let Some(plan) = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
            return plan.clone();
        }
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        plans.entry(address).or_insert_with(|| Arc::new(plan(&op.ir))).clone()
    }

    /// The kernel of a launch, compiled now if it is not yet.
    fn compiled(&self, launch: &Launch<'_>) -> Result<Arc<Compiled>> {
        let plan = self.plan(launch.op);
        let choice = Choice::of(launch, &plan, self.description(), &self.tuning);
        let key = Key::of(launch, choice)?;
        if let Some(compiled) = self.kernels.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(compiled.clone());
        }
        doubles(self.description(), launch.op.ir.name, key.rare)?;
        let number = plan.kernels.iter().position(|kernel| kernel.role == choice.role);
        let number = number.ok_or_else(|| Error::Unsupported {
            operation: launch.op.ir.name.into(),
            problem: format!("it has no kernel for {:?}", launch.role),
            remedy: "please report this".into(),
        })?;
        let is_cuda = self.description().backend == "cuda";
        let kernel = plan.kernels[number].clone();
        let definitions = definitions::definitions(launch, &key, &plan, number);
        // Two threads may compile the same text; the driver's own cache makes the second one cheap.
        let (program, chained) = match launch.fused {
            None => {
                let text = if is_cuda { launch.op.cuda } else { launch.op.opencl };
                (self.driver.compile(text, &definitions)?, Vec::new())
            }
            Some(fused) => {
                let (dialect, fused): (&dyn Dialect, _) = (if is_cuda { &Cuda } else { &OpenCl }, fused.fused());
                let text = fused_text(&launch.op.ir, dialect, &fused);
                (self.driver.compile(&text, &definitions)?, fused_arguments(&fused, &kernel))
            }
        };
        let compiled = Arc::new(Compiled { program, kernel, choice, chained });
        let mut kernels = self.kernels.write().unwrap_or_else(PoisonError::into_inner);
        Ok(kernels.entry(key).or_insert(compiled).clone())
    }
}

impl Backend for Gpu {
    fn description(&self) -> &DeviceDescription {
        self.driver.description()
    }

    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        self.driver.allocate(bytes)
    }

    fn upload(&self, to: &dyn Allocation, bytes: &[u8]) -> Result<()> {
        self.driver.upload(to, 0, bytes)
    }

    fn download(&self, from: &dyn Allocation, bytes: &mut [u8]) -> Result<()> {
        self.driver.download(from, 0, bytes)
    }

    fn copy(&self, from: &dyn Allocation, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.driver.copy(from, 0, to, 0, bytes)
    }

    fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.driver.clear(to, bytes)
    }

    fn run(&self, launch: &Launch<'_>) -> Result<()> {
        let geometry = &launch.geometry;
        let same_region = (geometry.source, geometry.source_extent) == (geometry.origin, geometry.extent);
        if matches!(launch.op.ir.class, Class::Pointwise | Class::Scan) && !same_region {
            return Err(incomplete(launch, "a source that is the region itself"));
        }
        if launch.op.ir.class == Class::Scan {
            launch.whole_lines()?;
        }
        let compiled = self.compiled(launch)?;
        let Compiled { program, kernel, choice, chained } = &*compiled;
        let chunk = work_size::chunk(launch, choice, self.description());
        let size = work_size::work_size(launch, kernel, choice, chunk, self.description())?;
        if size.global.contains(&0) {
            return Ok(());
        }
        let tables = self.tables.of(&*self.driver, launch, kernel)?;
        let mut bound = Bound::new(launch, kernel, choice, chunk, &tables)?;
        if let Some(fused) = launch.fused {
            bound.push_fused(launch, fused, chained)?;
        }
        self.driver.launch(&**program, &kernel.name, size, &bound.arguments())
    }

    fn takes(&self, launch: &Launch<'_>) -> bool {
        match launch.role {
            Role::Planes => tuning::takes_planes(launch, &self.plan(launch.op), self.description(), &self.tuning),
            Role::Volume => tuning::takes_volume(launch, &self.plan(launch.op), self.description(), &self.tuning),
            _ => true,
        }
    }

    fn fuses(&self) -> bool {
        true
    }

    fn run_chain(&self, chain: &ChainLaunch<'_>) -> Result<()> {
        self.chains.run(&*self.driver, &self.tuning, chain)
    }

    fn synchronize(&self) -> Result<()> {
        self.driver.synchronize()
    }

    fn available_memory(&self) -> Option<u64> {
        self.driver.available_memory()
    }
}

/// Refuses f64 on a device that has none; `rare` is that of [`Definition::rare`](kernwerk_codegen::plan::Definition::rare).
fn doubles(device: &DeviceDescription, operation: &str, rare: u32) -> Result<()> {
    if rare < 2 || device.doubles {
        return Ok(());
    }
    Err(Error::Unsupported {
        operation: operation.into(),
        problem: format!(
            "an image has elements of type f64, which {} does not compute with (no cl_khr_fp64)",
            device.name
        ),
        remedy: "convert the image to f32 before it is uploaded, or use another device".into(),
    })
}

/// The error about a launch that lacks what its kernel needs: a mistake in this crate or in a caller of the backend.
fn incomplete(launch: &Launch<'_>, what: &str) -> Error {
    Error::Unsupported {
        operation: launch.op.ir.name.into(),
        problem: format!("the launch for {:?} lacks {what}", launch.role),
        remedy: "please report this".into(),
    }
}

#[cfg(test)]
mod tests;
