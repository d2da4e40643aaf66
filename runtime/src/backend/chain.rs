//! A chain of pointwise operations as a launch: which of them, how they are wired, and everything bound to them.
//!
//! Invariant: all shapes, types and values are checked, every operation is fit for a chain
//! ([`kernwerk_codegen::plan::unfit`]), and the image that is written is none of those that are read.

use kernwerk_codegen::ir::DType;
use kernwerk_codegen::plan::{Chain, ChainStep, Source};

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
        let step = |step: &ChainCall<'_>| ChainStep {
            op: &step.op.ir,
            pixel: step.pixel,
            sources: step.sources.clone(),
            store: step.store,
        };
        Chain {
            inputs: self.inputs.iter().map(|input| input.dtype).collect(),
            steps: self.steps.iter().map(step).collect(),
        }
    }
}
