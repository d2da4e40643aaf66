//! Reductions: a whole image to a number, and projections along an axis.
//!
//! Invariant: the order of operations is that of the plan's kernels, which is anchored at global coordinates; which device
//! reduces, and in how many launches, changes nothing.

use kernwerk_codegen::ir::Axis;
use kernwerk_codegen::plan::{REDUCTION_CHUNK, Role};

use crate::backend::launch::{Launch, ReductionOperands};
use crate::executor::Prepared;
use crate::image::AnyImage;
use crate::op::KernelOp;
use crate::pool::PooledBuffer;
use crate::{Error, Result};

/// States in device memory, slot-major.
struct States {
    memory: PooledBuffer,
    number: u32,
}

/// Reduces all voxels, batch included, to one number.
pub(crate) fn whole(call: &Prepared<'_>, op: &'static KernelOp) -> Result<f64> {
    let Some(scalar) = op.scalar else {
        return Err(Error::Unsupported {
            operation: call.call.op.name.into(),
            problem: "its state is no number".into(),
            remedy: "report this to the author".into(),
        });
    };
    let mut states = rows(call, op)?;
    while states.number > 1 {
        let next = allocate(call, op, (states.number as usize).div_ceil(REDUCTION_CHUNK))?;
        let reduction = ReductionOperands {
            states_in: Some((states.memory.memory(), states.number)),
            states_out: Some((next.memory.memory(), next.number)),
            ..ReductionOperands::default()
        };
        call.device.run(&Launch { reduction, ..call.launch(op, Role::ReduceStates, &[]) })?;
        states = next;
    }
    let mut bits = vec![0u32; op.ir.state.len()];
    call.device.backend().download(states.memory.memory(), bytemuck::cast_slice_mut(&mut bits))?;
    Ok(scalar(call.pixel, &bits, call.frame.voxels() as f64))
}

/// Projects along an axis.
pub(crate) fn axis(call: &Prepared<'_>, op: &'static KernelOp, axis: Axis, output: &AnyImage) -> Result<()> {
    let extent = call.frame.spatial()[axis.index()];
    let reduction = ReductionOperands { count: extent as f32, ..ReductionOperands::default() };
    let outputs = &[output.operand()];
    if axis == Axis::X {
        let states = rows(call, op)?;
        let reduction = ReductionOperands {
            states_in: Some((states.memory.memory(), states.number)),
            group_size: chunks(extent) as u32,
            ..reduction
        };
        return call.device.run(&Launch { outputs, reduction, ..call.launch(op, Role::ReduceFinish, &[]) });
    }
    let operands = call.operands();
    call.device.run(&Launch { axis, outputs, reduction, ..call.launch(op, Role::ReduceAxis, &operands) })
}

/// One state per chunk of each row.
fn rows(call: &Prepared<'_>, op: &'static KernelOp) -> Result<States> {
    let states = allocate(call, op, row_states(call.frame.spatial(), call.frame.batch()))?;
    let reduction =
        ReductionOperands { states_out: Some((states.memory.memory(), states.number)), ..ReductionOperands::default() };
    let operands = call.operands();
    call.device.run(&Launch { reduction, ..call.launch(op, Role::ReduceRows, &operands) })?;
    Ok(states)
}

fn allocate(call: &Prepared<'_>, op: &KernelOp, number: usize) -> Result<States> {
    let number = u32::try_from(number).map_err(|_| Error::Shape {
        operation: call.call.op.name.into(),
        problem: format!("an image of shape {:?} has more than 2³² rows", call.frame.shape()),
        remedy: "cut the image into pieces".into(),
    })?;
    // The output of a state is at least one slot wide, also where an operation has no state at all.
    let bytes = number as usize * op.ir.state.len().max(1) * size_of::<u32>();
    Ok(States { memory: call.device.pool().allocate(bytes)?, number })
}

/// Chunks of a row.
fn chunks(extent_x: usize) -> usize {
    extent_x.div_ceil(REDUCTION_CHUNK)
}

/// Number of states that the rows of an image give.
pub(crate) fn row_states([x, y, z]: [usize; 3], batch: usize) -> usize {
    chunks(x).saturating_mul(y).saturating_mul(z).saturating_mul(batch)
}
