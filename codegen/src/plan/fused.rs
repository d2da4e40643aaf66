//! Kernels with chains in them: pointwise operations that make what an operation reads, and such that go on with what it stores.
//!
//! Input: an operation and the chains. Output: whether it can have them, and the arguments that its kernels have for them, after their
//! own. Invariant: the kernel computes the bits of separate launches: what passes between an operation and a chain has the element type
//! that the image between them would have.
//!
//! A chain before costs a pass over the image less if each voxel is read once, as reductions do; where windows overlap it would run for
//! each tap. A chain after runs once per voxel in any case.

use super::chain::{Chain, ChainArgument, chain_arguments, unfit};
use super::{Argument, Kernel};
use crate::ir::{Class, DType, Op};

/// The chains that are part of the kernels of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused<'a> {
    /// What makes the voxels of its only image.
    pub before: Option<Chain<'a>>,
    /// What goes on with its result.
    pub after: Option<After<'a>>,
}

/// A chain that goes on with the result of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct After<'a> {
    /// The chain.
    pub chain: Chain<'a>,
    /// Which of its inputs is that result.
    pub own: u8,
}

/// Where a chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the loads.
    Before,
    /// In the stores.
    After,
}

impl Fused<'_> {
    /// The element type of what a kernel stores, where a chain goes on with it.
    pub fn result(&self) -> Option<DType> {
        self.after.as_ref().map(|after| after.chain.result())
    }
}

/// The arguments that a kernel has after its own: none if it neither reads the image nor stores the result.
pub fn fused_arguments(fused: &Fused<'_>, kernel: &Kernel) -> Vec<(Place, ChainArgument)> {
    let has = |argument| kernel.arguments.contains(&argument);
    let mut arguments = Vec::new();
    let mut add = |place, chain: &Chain<'_>, own: Option<u8>| {
        let given = |argument: &ChainArgument| match *argument {
            ChainArgument::Input(input) => Some(input) != own,
            ChainArgument::Param { .. } | ChainArgument::Extent(_) => true,
            ChainArgument::Output | ChainArgument::Voxels => false,
        };
        arguments.extend(chain_arguments(chain).into_iter().filter(given).map(|argument| (place, argument)));
    };
    if let Some(before) = fused.before.as_ref().filter(|_| has(Argument::Input(0))) {
        add(Place::Before, before, None);
    }
    if let Some(after) = fused.after.as_ref().filter(|_| has(Argument::Output(0))) {
        add(Place::After, &after.chain, Some(after.own));
    }
    arguments
}

/// Why the kernels of an operation cannot make what they read themselves; `None` if they can.
pub fn unfit_before(op: &Op) -> Option<&'static str> {
    match op.class {
        Class::Reduction if op.inputs.len() == 1 => None,
        Class::Reduction => Some("it reads several images"),
        Class::Neighborhood | Class::Separable | Class::Gather => Some("it reads a voxel several times"),
        _ => Some("it is no reduction"),
    }
}

/// Why the kernels of an operation cannot go on with what they store; `None` if they can.
pub fn unfit_after(op: &Op) -> Option<&'static str> {
    match op.class {
        _ if op.outputs.len() != 1 => Some("it has several results"),
        Class::Neighborhood | Class::Separable | Class::Gather | Class::Reduction => None,
        Class::Scan => Some("it is a scan"),
        // One that can be part of a chain needs no other kernel.
        Class::Pointwise => unfit(op).or(Some("it is pointwise")),
        Class::Grid => Some("it is no filter, transformation or projection"),
    }
}
