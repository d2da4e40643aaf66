//! A chain of pointwise operations as a launch, or as part of one: which of them, how they are wired, and everything bound to them.
//!
//! Invariant: all shapes, types and values are checked, every operation is fit for a chain
//! ([`kernwerk_codegen::plan::unfit`]), and the image that is written is none of those that are read.

use kernwerk_codegen::ir::DType;
use kernwerk_codegen::plan::{After, Chain, ChainStep, Fused, Source};

use super::driver::Allocation;
use super::launch::Operand;
use crate::arguments::Arguments;
use crate::op::KernelOp;

/// Several pointwise operations in one launch over whole images of the same extents.
pub struct ChainLaunch<'a> {
    /// The images that it reads.
    pub inputs: &'a [Operand<'a>],
    /// The operations, each after those whose results it reads; the result of the last one is written.
    pub steps: &'a [ChainCall<'a>],
    /// The image that it writes.
    pub output: Operand<'a>,
    /// Number of voxels of each image.
    pub voxels: usize,
    /// Their extents along x, y, z.
    pub extent: [usize; 3],
}

/// One operation of a chain.
pub struct ChainCall<'a> {
    /// The operation.
    pub op: &'static KernelOp,
    /// What `Pixel` stands for.
    pub pixel: DType,
    /// Where its inputs come from.
    pub sources: Vec<Source>,
    /// The element type of its result.
    pub store: DType,
    /// The values of its parameters.
    pub arguments: &'a Arguments,
}

impl ChainLaunch<'_> {
    /// What the compiler has to know of it.
    pub fn chain(&self) -> Chain<'static> {
        chain(self.inputs.iter().map(|input| input.dtype), self.steps)
    }
}

/// The chains that are part of a launch.
pub struct FusedLaunch<'a> {
    /// What makes the voxels of the operation's only image. The operand in its place has the element type of that image, and any memory.
    pub before: Option<ChainPart<'a>>,
    /// What goes on with its result. The operand of the output has the element type of the operation's own result, and the memory of
    /// that of the chain.
    pub after: Option<ChainPart<'a>>,
}

/// A chain that is part of a launch.
pub struct ChainPart<'a> {
    /// The images that it reads.
    pub inputs: Vec<ChainInput<'a>>,
    /// The operations, each after those whose results it reads.
    pub steps: Vec<ChainCall<'a>>,
    /// The extents of its images along x, y, z.
    pub extent: [usize; 3],
}

/// An image that such a chain reads.
#[derive(Clone, Copy)]
pub struct ChainInput<'a> {
    /// The element type.
    pub dtype: DType,
    /// Its memory; `None`: it is the result of the launch.
    pub memory: Option<&'a dyn Allocation>,
}

impl FusedLaunch<'_> {
    /// What the compiler has to know of them.
    pub fn fused(&self) -> Fused<'static> {
        let after = |part: &ChainPart<'_>| {
            let own = part.inputs.iter().position(|input| input.memory.is_none());
            After { chain: part.chain(), own: own.unwrap_or(0) as u8 }
        };
        Fused { before: self.before.as_ref().map(ChainPart::chain), after: self.after.as_ref().map(after) }
    }
}

impl ChainPart<'_> {
    fn chain(&self) -> Chain<'static> {
        chain(self.inputs.iter().map(|input| input.dtype), &self.steps)
    }

    /// The element type of its result.
    pub fn result(&self) -> DType {
        self.steps.last().map_or(DType::F32, |step| step.store)
    }
}

fn chain(inputs: impl Iterator<Item = DType>, steps: &[ChainCall<'_>]) -> Chain<'static> {
    let step = |step: &ChainCall<'_>| ChainStep {
        op: &step.op.ir,
        pixel: step.pixel,
        sources: step.sources.clone(),
        store: step.store,
    };
    Chain { inputs: inputs.collect(), steps: steps.iter().map(step).collect() }
}
