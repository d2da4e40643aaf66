//! The CPU backend against definitions that are written down naively here.

mod grids;
mod pointwise;
mod reductions;
mod windows;

use std::sync::Arc;

use kernwerk_codegen::ir::{self, Access, Axis, Boundary, Class, DType, Type};
use kernwerk_codegen::plan::Role;

use super::Cpu;
use crate::arguments::Arguments;
use crate::backend::driver::Allocation;
use crate::backend::launch::{Backend, Chords, Geometry, Launch, Operand, ReductionOperands};
use crate::lang::cpu::CpuKernel;
use crate::lang::{PerAxis, Pixel};
use crate::op::KernelOp;

/// An operation with these inputs and windows; its functions are never looked at.
fn operation(
    class: Class,
    cpu: CpuKernel,
    inputs: usize,
    windows: Vec<ir::Window>,
    weights: usize,
) -> &'static KernelOp {
    let access = Access::Window;
    let inputs = vec![ir::Input { name: "image", ty: Type::F32, access }; inputs];
    let weights = vec![ir::Weights { input: 0, call: "weights()" }; weights];
    Box::leak(Box::new(KernelOp {
        ir: ir::Op {
            name: "test",
            class,
            inputs: inputs.leak(),
            params: &[],
            outputs: &[Type::F32],
            windows: windows.leak(),
            weights: weights.leak(),
            functions: &[],
            helpers: &[],
            state: &[],
            output_extent: None,
            group: None,
        },
        opencl: "",
        cuda: "",
        cpu,
        weights: &[],
        layout: None,
        scalar: None,
    }))
}

/// A launch that is filled in where a test needs more.
fn launch<'a>(op: &'static KernelOp, role: Role, geometry: Geometry, arguments: &'a Arguments) -> Launch<'a> {
    Launch {
        op,
        role,
        axis: Axis::X,
        inputs: &[],
        outputs: &[],
        sources: &[],
        pixel: DType::F32,
        geometry,
        boundary: Boundary::Nearest,
        arguments,
        windows: &[],
        weights: &[],
        reduction: ReductionOperands::default(),
        fused: None,
    }
}

fn uploaded<T: Pixel>(values: &[T]) -> Box<dyn Allocation> {
    let cpu = Cpu::new();
    let memory = cpu.allocate(size_of_val(values)).expect("there is memory");
    cpu.upload(&*memory, bytemuck::cast_slice(values)).expect("it fits");
    memory
}

fn downloaded<T: Pixel>(memory: &dyn Allocation) -> Vec<T> {
    let mut values = vec![T::default(); memory.size() / size_of::<T>()];
    Cpu::new().download(memory, bytemuck::cast_slice_mut(&mut values)).expect("it fits");
    values
}

fn operand<T: Pixel>(memory: &dyn Allocation) -> Operand<'_> {
    Operand { memory, dtype: T::DTYPE }
}

/// Reproducible numbers of a type, with what is special about it among them.
fn noise<T: Pixel>(len: usize) -> Vec<T> {
    let mut state = 12345u32;
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e-42];
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let number = f64::from(state >> 8) / 97.0 - 40_000.0;
            match (state >> 16) % 29 {
                i @ 0..6 => T::from_number((special[i as usize]).into()),
                _ if T::DTYPE.size() == 1 => T::from_number((number.rem_euclid(300.0) - 30.0).into()),
                _ => T::from_number(number.into()),
            }
        })
        .collect()
}

/// The value at a coordinate that may lie outside.
fn at<T: Pixel>(image: &[T], extent: [usize; 3], boundary: Boundary, coordinate: [i64; 3]) -> T {
    let mut index = [0; 3];
    for axis in 0..3 {
        match (boundary.index(coordinate[axis], extent[axis] as i64), boundary) {
            (Some(inside), _) => index[axis] = inside as usize,
            (None, Boundary::Constant(value)) => return T::from_border(value),
            (None, _) => unreachable!("only constants have no place"),
        }
    }
    image[(index[2] * extent[1] + index[1]) * extent[0] + index[0]]
}

fn window(shape: ir::Shape, radius: [u32; 3], extent: [usize; 3]) -> Arc<Chords> {
    let effective = std::array::from_fn(|axis| if extent[axis] == 1 { 0 } else { radius[axis] });
    Arc::new(Chords::new(shape, effective))
}

fn bits<T: Pixel>(values: &[T]) -> Vec<u64> {
    values.iter().map(|value| value.to_number().to_bits()).collect()
}

fn per_axis(weights: [Vec<f32>; 3]) -> Arc<PerAxis<Vec<f32>>> {
    let [x, y, z] = weights;
    Arc::new(PerAxis { x, y, z })
}
