//! Reductions: a whole image to a number, and projections along an axis.
//!
//! Invariant: the order of operations is that of the plan's kernels, which is anchored at global coordinates; which device
//! reduces, and in how many launches, changes nothing.

use std::sync::Arc;

use kernwerk_codegen::ir::{Axis, Boundary, DType, Type};
use kernwerk_codegen::plan::{REDUCTION_CHUNK, Role};

use crate::arguments::Arguments;
use crate::backend::chain::FusedLaunch;
use crate::backend::launch::{Launch, Operand, ReductionOperands};
use crate::buffer::Buffer;
use crate::device::Device;
use crate::executor::Prepared;
use crate::frame::Frame;
use crate::image::AnyImage;
use crate::op::KernelOp;
use crate::pending::Pending;
use crate::pool::PooledBuffer;
use crate::{Error, Result};

/// States in device memory, slot-major.
struct States {
    memory: PooledBuffer,
    number: u32,
}

/// One image to reduce: what the launches over it have in common.
pub(crate) struct Whole<'a> {
    pub(crate) operation: &'static str,
    pub(crate) device: &'a Device,
    pub(crate) inputs: &'a [Operand<'a>],
    pub(crate) frame: &'a Frame,
    pub(crate) pixel: DType,
    pub(crate) arguments: &'a Arguments,
    /// A chain in the loads.
    pub(crate) fused: Option<&'a FusedLaunch<'a>>,
}

impl Whole<'_> {
    /// Reduces all voxels, batch included, to one state in device memory: a slot after the other.
    pub(crate) fn state(&self, op: &'static KernelOp) -> Result<PooledBuffer> {
        let mut states = self.rows(op)?;
        while states.number > 1 {
            let next = self.allocate(op, (states.number as usize).div_ceil(REDUCTION_CHUNK))?;
            let reduction = ReductionOperands {
                states_in: Some((states.memory.memory(), states.number)),
                states_out: Some((next.memory.memory(), next.number)),
                ..ReductionOperands::default()
            };
            self.device.run(&Launch { inputs: &[], fused: None, ..self.launch(op, Role::ReduceStates, reduction) })?;
            states = next;
        }
        Ok(states.memory)
    }

    /// One state per chunk of each row.
    fn rows(&self, op: &'static KernelOp) -> Result<States> {
        let states = self.allocate(op, row_states(self.frame.spatial(), self.frame.batch()))?;
        let states_out = Some((states.memory.memory(), states.number));
        let reduction = ReductionOperands { states_out, ..ReductionOperands::default() };
        self.device.run(&self.launch(op, Role::ReduceRows, reduction))?;
        Ok(states)
    }

    fn launch<'b>(&'b self, op: &'static KernelOp, role: Role, reduction: ReductionOperands<'b>) -> Launch<'b> {
        Launch {
            op,
            role,
            axis: Axis::X,
            inputs: self.inputs,
            sources: &[],
            outputs: &[],
            pixel: self.pixel,
            geometry: self.frame.geometry(),
            boundary: Boundary::Nearest,
            arguments: self.arguments,
            windows: &[],
            weights: &[],
            reduction,
            fused: self.fused,
        }
    }

    fn allocate(&self, op: &KernelOp, number: usize) -> Result<States> {
        let number = u32::try_from(number).map_err(|_| Error::Shape {
            operation: self.operation.into(),
            problem: format!("an image of shape {:?} has more than 2³² rows", self.frame.shape()),
            remedy: "cut the image into pieces".into(),
        })?;
        // The output of a state is at least one slot wide, also where an operation has no state at all.
        let bytes = number as usize * op.ir.slots(self.pixel).max(1) * size_of::<u32>();
        Ok(States { memory: self.device.pool().allocate(bytes)?, number })
    }
}

/// The values of a state, given the bits of its slots; exact, but integers above 2⁵³ are rounded.
pub(crate) fn state_values(op: &KernelOp, pixel: DType, bits: &[u32]) -> Vec<f64> {
    let mut bits = bits.iter().copied();
    let mut next = || u64::from(bits.next().unwrap_or(0));
    let value = |&ty: &Type| {
        let low = next();
        slot_value(ty, pixel, if ty == Type::Pixel && pixel.size() == 8 { low | next() << 32 } else { low })
    };
    op.ir.state.iter().map(value).collect()
}

fn slot_value(ty: Type, pixel: DType, bits: u64) -> f64 {
    let dtype = match ty {
        Type::Pixel => pixel,
        ty => ty.default_storage().unwrap_or(DType::F32),
    };
    let word = bits as u32;
    match dtype {
        DType::F32 | DType::F16 => f32::from_bits(word).into(),
        DType::U8 | DType::U16 | DType::U32 => word.into(),
        // Narrow integers are extended with their sign.
        DType::I8 | DType::I16 | DType::I32 => word.cast_signed().into(),
        DType::U64 => bits as f64,
        DType::I64 => bits.cast_signed() as f64,
        DType::F64 => f64::from_bits(bits),
    }
}

/// Reduces all voxels, batch included, to one number, which is on its way.
pub(crate) fn whole(call: &Prepared<'_>, op: &'static KernelOp) -> Result<Pending<f64>> {
    let Some(scalar) = op.scalar else {
        return Err(Error::Unsupported {
            operation: call.call.op.name.into(),
            problem: "its state is no number".into(),
            remedy: "report this to the author".into(),
        });
    };
    let operands = call.operands();
    let state = of_call(call, &operands).state(op)?;
    let bits = Buffer::from_memory(call.device, Arc::new(state), op.ir.slots(call.pixel));
    let (pixel, count) = (call.pixel, call.frame.voxels() as f64);
    Ok(Pending::of_bits(bits, move |bits| Ok(scalar(pixel, bits, count))))
}

fn of_call<'a>(call: &'a Prepared<'_>, inputs: &'a [Operand<'a>]) -> Whole<'a> {
    Whole {
        operation: call.call.op.name,
        device: call.device,
        inputs,
        frame: &call.frame,
        pixel: call.pixel,
        arguments: &call.call.arguments,
        fused: call.fused,
    }
}

/// Projects along an axis.
pub(crate) fn axis(call: &Prepared<'_>, op: &'static KernelOp, axis: Axis, output: &AnyImage) -> Result<()> {
    let extent = call.frame.spatial()[axis.index()];
    let reduction = ReductionOperands { count: extent as f32, ..ReductionOperands::default() };
    let outputs = &[call.result(output)];
    let operands = call.operands();
    if axis == Axis::X && chunks(extent) == 1 {
        return call.device.run(&Launch { outputs, reduction, ..call.launch(op, Role::ReduceRowValues, &operands) });
    }
    if axis == Axis::X {
        let states = of_call(call, &operands).rows(op)?;
        let reduction = ReductionOperands {
            states_in: Some((states.memory.memory(), states.number)),
            group_size: chunks(extent) as u32,
            ..reduction
        };
        return call.device.run(&Launch { outputs, reduction, ..call.launch(op, Role::ReduceFinish, &[]) });
    }
    call.device.run(&Launch { axis, outputs, reduction, ..call.launch(op, Role::ReduceAxis, &operands) })
}

/// Chunks of a row.
pub(crate) fn chunks(extent_x: usize) -> usize {
    extent_x.div_ceil(REDUCTION_CHUNK)
}

/// Number of states that the rows of an image give.
pub(crate) fn row_states([x, y, z]: [usize; 3], batch: usize) -> usize {
    chunks(x).saturating_mul(y).saturating_mul(z).saturating_mul(batch)
}
