//! Chains on the CPU: the bodies run one after the other on a block of voxels that stays in the cache, block after block on all cores.
//!
//! Invariant: between two operations a block has the element type that the image would have, so that every bit is that of separate
//! launches.

use std::sync::atomic::{AtomicUsize, Ordering};

use kernwerk_codegen::ir::DType;
use kernwerk_codegen::plan::{CHAIN_INPUTS, Source};

use super::SEQUENTIAL;
use super::memory::Held;
use super::parallel::{par_runs, runs};
use super::pointwise::RUN;
use super::scratch;
use crate::backend::chain::{ChainCall, ChainLaunch};
use crate::backend::launch::Operand;
use crate::lang::cpu::{CpuKernel, PointwiseRow};
use crate::lang::{Outputs, Position, Raw, RawMut};
use crate::{Error, Result};

/// Voxels of a block: a few blocks of four bytes per voxel fit the L1 cache (32 KiB and more), all blocks of a chain the L2 cache.
const BLOCK: usize = 2048;
/// Elements of four bytes in a cache line.
const LINE: usize = 16;

/// Which operation panicked, if one did.
#[derive(Default)]
pub(super) struct Running(AtomicUsize);

impl Running {
    /// Its name.
    pub(super) fn operation(&self, chain: &ChainLaunch<'_>) -> &'static str {
        // 0 where nothing is known: then it was not a body.
        let step = self.0.load(Ordering::Relaxed).saturating_sub(1);
        chain.steps.get(step).map_or("chain", |step| step.op.ir.name)
    }
}

/// Notes an operation when its body unwinds.
struct Noted<'a>(&'a Running, usize);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.0.compare_exchange(0, self.1 + 1, Ordering::Relaxed, Ordering::Relaxed);
        }
    }
}

pub(super) fn run(chain: &ChainLaunch<'_>, running: &Running) -> Result<()> {
    let inputs: Vec<_> = chain.inputs.iter().map(|input| input.memory).collect();
    let output = [chain.output.memory];
    let mut held = Held::lock(&inputs, &output)?;
    let (read, write) = held.split();
    let raw = |input: &Operand<'_>| Ok(Raw { dtype: input.dtype, bytes: read.bytes(input.memory)? });
    let inputs = chain.inputs.iter().map(raw).collect::<Result<Vec<_>>>()?;
    let rows = write.each(&output)?.into_iter().map(|bytes| RawMut { dtype: chain.output.dtype, bytes });
    let Some(outputs) = Outputs::new(rows).take(chain.voxels) else { return Ok(()) };
    let bodies = chain.steps.iter().map(body).collect::<Result<Vec<_>>>()?;
    let (blocks, number) = blocks(chain);
    // Words of an element of any operation.
    let words = chain.steps.iter().map(|step| step.store.size().div_ceil(size_of::<u32>())).max().unwrap_or(1);
    let work = Work { chain, inputs, bodies, blocks, running };
    let one = |run: usize, outputs: Outputs<'_>| {
        let mut memory = scratch::take::<u32>(number * BLOCK * words + LINE);
        // Vectors that lie across two cache lines take twice as long.
        let aligned = memory.as_ptr().align_offset(LINE * size_of::<u32>()).min(LINE);
        let mut buffers: Vec<&mut [u32]> = memory[aligned..].chunks_exact_mut(BLOCK * words).collect();
        let mut outputs = outputs;
        let mut start = run * RUN;
        while let Some(part) = outputs.take(BLOCK) {
            let len = part.len();
            work.block(start, part, &mut buffers);
            start += len;
        }
    };
    if chain.voxels <= SEQUENTIAL {
        runs(0, outputs, RUN, &one);
    } else {
        par_runs(outputs, RUN, 1, &one);
    }
    Ok(())
}

/// What all blocks share.
struct Work<'a> {
    chain: &'a ChainLaunch<'a>,
    inputs: Vec<Raw<'a>>,
    bodies: Vec<fn(&mut PointwiseRow<'_>)>,
    /// The buffer that holds the result of each operation.
    blocks: Vec<usize>,
    running: &'a Running,
}

impl Work<'_> {
    /// Computes the voxels from `start` on, as many as the outputs have. A buffer holds a block of any element type.
    fn block(&self, start: usize, outputs: Outputs<'_>, buffers: &mut [&mut [u32]]) {
        let steps = self.chain.steps;
        let len = outputs.len();
        let mut outputs = Some(outputs);
        for (number, step) in steps.iter().enumerate() {
            let is_last = number + 1 == steps.len();
            let own: &mut [u32] = if is_last { &mut [] } else { std::mem::take(&mut buffers[self.blocks[number]]) };
            let mut inputs = [Raw { dtype: DType::U8, bytes: &[] }; CHAIN_INPUTS];
            for (input, source) in inputs.iter_mut().zip(&step.sources) {
                *input = match *source {
                    Source::Input(image) => self.inputs[usize::from(image)].slice(start, len),
                    Source::Step(from) => {
                        let from = usize::from(from);
                        let bytes = bytemuck::cast_slice(&*buffers[self.blocks[from]]);
                        Raw { dtype: steps[from].store, bytes }.slice(0, len)
                    }
                };
            }
            let result = match outputs.take_if(|_| is_last) {
                Some(outputs) => outputs,
                None => {
                    let bytes = &mut bytemuck::cast_slice_mut(own)[..len * step.store.size()];
                    Outputs::new([RawMut { dtype: step.store, bytes }])
                }
            };
            let noted = Noted(self.running, number);
            self.bodies[number](&mut PointwiseRow {
                inputs: &inputs[..step.sources.len().min(CHAIN_INPUTS)],
                start: 0,
                outputs: result,
                position: Position::new([0; 3], self.chain.extent.map(|extent| extent as i32)),
                pixel: step.pixel,
                arguments: step.arguments,
            });
            drop(noted);
            if !is_last {
                buffers[self.blocks[number]] = own;
            }
        }
    }
}

/// Which buffer holds the result of each operation until its last reader has run, and how many buffers there are.
fn blocks(chain: &ChainLaunch<'_>) -> (Vec<usize>, usize) {
    let reads = |step: &ChainCall<'_>, number: usize| step.sources.contains(&Source::Step(number as u8));
    let last_reader = |number: usize| chain.steps.iter().rposition(|step| reads(step, number));
    let mut free: Vec<usize> = Vec::new();
    let mut number = 0;
    let mut blocks = Vec::with_capacity(chain.steps.len());
    for step in 0..chain.steps.len() {
        // What is written is none of what is read.
        blocks.push(free.pop().unwrap_or_else(|| {
            number += 1;
            number - 1
        }));
        free.extend((0..step).filter(|&earlier| last_reader(earlier) == Some(step)).map(|earlier| blocks[earlier]));
    }
    (blocks, number)
}

fn body(step: &ChainCall<'_>) -> Result<fn(&mut PointwiseRow<'_>)> {
    match step.op.cpu {
        CpuKernel::Pointwise(body) => Ok(body),
        _ => Err(Error::Unsupported {
            operation: step.op.ir.name.into(),
            problem: "it is part of a chain and not pointwise".into(),
            remedy: "please report this".into(),
        }),
    }
}
