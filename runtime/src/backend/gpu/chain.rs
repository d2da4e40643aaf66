//! Chains on GPUs: their texts, made once for each structure, and their launches.
//!
//! Invariant: two chains with the same key have the same text. A chain that is known makes no text and takes no memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use kernwerk_codegen::emit::{Cuda, Dialect, OpenCl, chain_name, chain_text};
use kernwerk_codegen::plan::{ChainArgument, Definition, Source, chain_arguments};

use super::super::chain::{ChainCall, ChainLaunch};
use super::super::driver::{Driver, Program, WorkSize};
use super::arguments::Bound;
use super::tuning::Tuning;
use crate::{Error, Result};

/// The chains that a device has run.
#[derive(Default)]
pub(super) struct Chains(RwLock<HashMap<Key, Arc<Compiled>>>);

/// Everything that a chain's text depends on, as numbers: the operations' addresses, their wiring and the element types.
pub(super) type Key = Vec<usize>;

struct Compiled {
    program: Arc<dyn Program>,
    name: String,
    arguments: Vec<ChainArgument>,
    /// Whether a work-item has one voxel.
    is_heavy: bool,
}

impl Chains {
    /// Launches a chain; compiles it if it is new.
    pub(super) fn run(&self, driver: &dyn Driver, tuning: &Tuning, chain: &ChainLaunch<'_>) -> Result<()> {
        let strip = tuning.chain_quads(chain.inputs.len());
        let compiled = self.compiled(driver, strip, chain)?;
        let mut bound = Bound::with_room(compiled.arguments.len());
        for &argument in &compiled.arguments {
            match argument {
                ChainArgument::Input(input) => bound.buffer(chain.inputs[usize::from(input)].memory),
                ChainArgument::Output => bound.buffer(chain.output.memory),
                ChainArgument::Voxels => bound.scalar(&(chain.voxels as i64)),
                ChainArgument::Extent(axis) => bound.scalar(&(chain.extent[axis.index()] as i32)),
                ChainArgument::Param { step, param } => param_of(&mut bound, chain.steps, step, param)?,
            }
        }
        // At least as many work-items as there are voxels that fill no vector.
        let items = if compiled.is_heavy { chain.voxels } else { chain.voxels.div_ceil(4 * strip as usize).max(3) };
        let local = driver.description().max_work_group.clamp(1, 256);
        let size = WorkSize { global: [items, 1, 1], local: [local, 1, 1] };
        driver.launch(&*compiled.program, &compiled.name, size, &bound.arguments())
    }

    fn compiled(&self, driver: &dyn Driver, strip: u32, chain: &ChainLaunch<'_>) -> Result<Arc<Compiled>> {
        let key = key(chain);
        if let Some(compiled) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(compiled.clone());
        }
        let structure = chain.chain();
        let types = chain.steps.iter().flat_map(|step| [step.pixel, step.store]);
        let rare = Definition::rare(chain.inputs.iter().map(|input| input.dtype).chain(types));
        super::doubles(driver.description(), chain.steps.last().map_or("", |step| step.op.ir.name), rare)?;
        let dialect: &dyn Dialect = if driver.description().backend == "cuda" { &Cuda } else { &OpenCl };
        // Two threads may compile the same text; the driver's own cache makes the second one cheap.
        let text = chain_text(&structure, dialect);
        let program = driver.compile(&text, &[("KW_STRIP".into(), strip.to_string())])?;
        let name = chain_name(chain.steps.last().map_or("", |step| step.op.ir.name));
        let arguments = chain_arguments(&structure);
        let compiled = Arc::new(Compiled { program, name, arguments, is_heavy: structure.is_heavy() });
        let mut chains = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Ok(chains.entry(key).or_insert(compiled).clone())
    }
}

/// Binds a parameter of an operation of a chain.
pub(super) fn param_of(bound: &mut Bound<'_>, steps: &[ChainCall<'_>], step: u8, param: u8) -> Result<()> {
    let call = &steps[usize::from(step)];
    let value = call.arguments.values().get(usize::from(param));
    let bind = value.and_then(|value| bound.value(call.pixel, value));
    bind.ok_or_else(|| Error::Unsupported {
        operation: call.op.ir.name.into(),
        problem: "the chain that it is part of lacks a parameter that kernels can read".into(),
        remedy: "please report this".into(),
    })
}

fn key(chain: &ChainLaunch<'_>) -> Key {
    let mut key = Vec::with_capacity(1 + chain.inputs.len() + 6 * chain.steps.len());
    push_key(&mut key, chain.inputs.iter().map(|input| input.dtype as usize), chain.steps);
    key
}

/// As many numbers as two chains with the same text have in common.
pub(super) fn push_key(key: &mut Key, inputs: impl ExactSizeIterator<Item = usize>, steps: &[ChainCall<'_>]) {
    key.push(inputs.len());
    key.extend(inputs);
    for step in steps {
        key.extend([std::ptr::from_ref(step.op).addr(), step.pixel as usize, step.store as usize]);
        // How many there are, the operation says.
        key.extend(step.sources.iter().map(|source| match *source {
            Source::Input(input) => usize::from(input),
            Source::Step(step) => 256 + usize::from(step),
        }));
    }
}
