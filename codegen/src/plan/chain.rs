//! Chains: several pointwise operations as one kernel, which reads each image once and writes the last result alone.
//!
//! Input: the operations with their wiring and element types. Output: which operations can be part of a chain, and the order of its
//! kernel's arguments. Invariant: the chain computes the bits that its operations compute one after the other, each with a launch and an
//! image of its own: what one hands to the next is converted as by a store and a load.
//!
//! The floor is the bytes: every image that comes from outside is read once, the result is written once. The operations between cost
//! no bytes at all, and are of no weight until they exceed what the device computes while those bytes are on their way (on one NVIDIA
//! H200 about 15 operations per byte).

use super::params;
use crate::analysis;
use crate::ir::{Axis, Class, DType, Op};

use super::Argument;

/// Most images that a chain reads. With four voxels of each in registers they are as many registers as a vector kernel of one image with
/// eight vectors has.
pub const CHAIN_INPUTS: usize = 8;
/// Most operations of a chain.
pub const CHAIN_STEPS: usize = 32;
/// Most scalar arguments of a chain: of what OpenCL promises for all arguments together (1024 bytes) they are a fifth.
pub const CHAIN_SCALARS: usize = 48;

/// Most arithmetic per voxel of a chain that runs on vectors of four voxels, or in the kernel of another operation ([`weight`]). A longer
/// body, written out for each voxel of a work-item, exceeds what holds instructions, takes registers from the kernel around it, and takes
/// so long that one image read or written less is no gain.
pub const CHAIN_WEIGHT: u64 = 128;

/// Several pointwise operations; the last one's result is that of the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain<'a> {
    /// The element types of the images that it reads.
    pub inputs: Vec<DType>,
    /// The operations; each reads images and results of earlier ones.
    pub steps: Vec<ChainStep<'a>>,
}

impl Chain<'_> {
    /// The element type of its result.
    pub fn result(&self) -> DType {
        self.steps.last().map_or(DType::F32, |step| step.store)
    }

    /// Whether its kernel has one work-item per voxel, since a vector of four would be too much text ([`CHAIN_WEIGHT`]).
    pub fn is_heavy(&self) -> bool {
        self.steps.iter().fold(0, |sum: u64, step| sum.saturating_add(weight(step.op))) > CHAIN_WEIGHT
    }
}

/// One operation of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainStep<'a> {
    /// The operation; [`unfit`] has nothing against it.
    pub op: &'a Op,
    /// What `Pixel` stands for.
    pub pixel: DType,
    /// Where each of its inputs comes from.
    pub sources: Vec<Source>,
    /// The element type of the image that its result would be.
    pub store: DType,
}

/// Where an input of an operation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// An image that the chain reads.
    Input(u8),
    /// The result of an earlier operation of the chain.
    Step(u8),
}

/// An argument of the kernel of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainArgument {
    /// Pointer to an image that it reads.
    Input(u8),
    /// Pointer to the image that it writes.
    Output,
    /// i64: the number of voxels.
    Voxels,
    /// i32: an extent of the images, which some operation reads.
    Extent(Axis),
    /// A parameter of one of the operations, as [`Argument::Param`] has it.
    Param {
        /// Of which operation.
        step: u8,
        /// Which parameter.
        param: u8,
    },
}

/// The arguments of a chain's kernel, in their order.
pub fn chain_arguments(chain: &Chain<'_>) -> Vec<ChainArgument> {
    let inputs = (0..chain.inputs.len() as u8).map(ChainArgument::Input);
    let of_step = |(step, of): (usize, &ChainStep<'_>)| {
        params(of.op)
            .filter_map(move |argument| match argument {
                Argument::Param(param) => Some(ChainArgument::Param { step: step as u8, param }),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let scalars = chain.steps.iter().enumerate().flat_map(of_step);
    let read = |axis: &Axis| chain.steps.iter().any(|step| analysis::extents_read(step.op).any(|of| of == *axis));
    let extents = Axis::ALL.into_iter().filter(read).map(ChainArgument::Extent);
    inputs.chain([ChainArgument::Output, ChainArgument::Voxels]).chain(extents).chain(scalars).collect()
}

/// What an operation computes per voxel, in operations of arithmetic and comparisons; a loop whose rounds only a call knows is more than
/// anything.
pub fn weight(op: &Op) -> u64 {
    let cost = analysis::cost(op);
    // A function of the vendor's has some ten instructions.
    let vendor = cost.vendor_calls.known().map(|calls| 10 * calls);
    let parts = [cost.flops.known(), cost.comparisons.known(), vendor];
    parts.into_iter().try_fold(0, |sum: u64, part| Some(sum + part?)).unwrap_or(u64::MAX)
}

/// The number of scalar arguments that an operation adds to a chain.
pub fn scalars(op: &Op) -> usize {
    let read = (0..op.params.len() as u8).filter(|&param| analysis::reads_param(op, param));
    read.map(|param| if op.params[usize::from(param)].per_axis { 3 } else { 1 }).sum()
}

/// Why an operation cannot be part of a chain; `None` if it can.
pub fn unfit(op: &Op) -> Option<&'static str> {
    if op.class != Class::Pointwise {
        return Some("it is not pointwise");
    }
    if op.outputs.len() != 1 {
        return Some("it has several results");
    }
    if analysis::reads_coordinates(op) {
        return Some("it reads coordinates");
    }
    None
}
