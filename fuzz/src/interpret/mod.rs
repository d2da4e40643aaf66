//! The oracle: a plain interpreter of the IR.
//!
//! Input: an operation and a call. Output: what every backend has to give, or why the program has no meaning. It is written from the essay of
//! `codegen::ir` and from `docs/numerics.md`, without the runtime's code: conversions, boundary maps, windows and orders of reductions are
//! those of the definitions, however slow.

mod eval;
mod reduce;
mod sample;
mod value;
mod windows;

use kernwerk_codegen::ir::{Access, Axis, Class, Op, Type};
use kernwerk_runtime::{Boundary, DType};

use crate::call::Call;
use crate::element::Element;
use eval::Machine;
pub use value::Value;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The program does what the language leaves undefined.
    Undefined(String),
    /// It takes longer than a test may.
    TooLong,
    /// The IR contradicts itself.
    Broken(String),
}

/// What a program computes.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Images, buffers, or the slots of the states of a reduction.
    pub parts: Vec<Part>,
}

/// One image, buffer or slot.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is, for messages.
    pub name: String,
    /// The element type.
    pub dtype: DType,
    /// The elements.
    pub elements: Vec<Element>,
    /// Whether a NaN in it has to be the one NaN that is stored: so in images, not in buffers and states.
    pub canonical: bool,
}

/// An image that the machine reads: the call's, or what a pass has left.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) dtype: DType,
    pub(crate) elements: Vec<Element>,
}

/// Runs an operation.
///
/// # Errors
/// If it has no defined result.
pub fn interpret(op: &Op, call: &Call) -> Result<Outcome, Stop> {
    let pictures: Vec<Picture> =
        call.inputs.iter().map(|input| Picture { dtype: input.dtype, elements: input.elements.clone() }).collect();
    match op.class {
        Class::Separable => separable(op, call, pictures),
        Class::Reduction => reduce::reduce(&mut Machine::new(op, call, pictures)),
        Class::Grid => grid(op, call, pictures),
        Class::Scan => scan(op, call, pictures),
        Class::Pointwise | Class::Neighborhood | Class::Gather => {
            let shape = output_shape(op, call)?;
            let names = crate::outputs(op).into_iter().enumerate();
            let parts = names.map(|(number, ty)| empty(op, call, number, ty, call.store)).collect();
            let mut outcome = Outcome { parts };
            let mut machine = Machine::new(op, call, pictures);
            machine.extent = [shape[3], shape[2], shape[1]];
            each_voxel(shape, |at, n| {
                machine.place(at, n);
                let values = machine.call(&op.functions[0], &[])?;
                for (part, value) in outcome.parts.iter_mut().zip(values) {
                    part.elements.push(value.stored(part.dtype)?);
                }
                Ok(())
            })?;
            Ok(outcome)
        }
    }
}

/// What `Pixel` stands for in a call.
pub(crate) fn pixel(op: &Op, pictures: &[Picture]) -> DType {
    let position = op.inputs.iter().position(|input| input.ty == Type::Pixel);
    position.or(Some(0)).and_then(|input| pictures.get(input)).map_or(DType::F32, |picture| picture.dtype)
}

fn empty(op: &Op, call: &Call, number: usize, ty: Type, store: Option<DType>) -> Part {
    let pixel = || {
        let position = op.inputs.iter().position(|input| input.ty == Type::Pixel).unwrap_or(0);
        call.inputs[position].dtype
    };
    let dtype = store.or(ty.default_storage()).unwrap_or_else(pixel);
    Part { name: format!("output {number}"), dtype, elements: Vec::new(), canonical: true }
}

fn each_voxel(
    [batch, extent_z, extent_y, extent_x]: [usize; 4],
    mut visit: impl FnMut([i64; 3], usize) -> Result<(), Stop>,
) -> Result<(), Stop> {
    for n in 0..batch {
        for z in 0..extent_z {
            for y in 0..extent_y {
                for x in 0..extent_x {
                    visit([x as i64, y as i64, z as i64], n)?;
                }
            }
        }
    }
    Ok(())
}

/// The shape of what comes out: that of the images, or what a parameter of a gather says.
fn output_shape(op: &Op, call: &Call) -> Result<[usize; 4], Stop> {
    let Some(param) = op.output_extent else { return Ok(call.shape) };
    match call.values.get(usize::from(param)) {
        Some(kernwerk_runtime::Value::PerAxisU32(extent)) => {
            let [x, y, z] = [extent.x, extent.y, extent.z].map(|extent| extent as usize);
            Ok([call.shape[0], z, y, x])
        }
        other => Err(Stop::Broken(format!("the extents of the result are {other:?}"))),
    }
}

/// One line after the other: the body's first result is the voxel, the others are the next voxel's state.
fn scan(op: &Op, call: &Call, pictures: Vec<Picture>) -> Result<Outcome, Stop> {
    let mut machine = Machine::new(op, call, pictures);
    let (axis, reverse) = match (call.values.first(), call.values.last()) {
        (Some(kernwerk_runtime::Value::Choice(axis)), Some(kernwerk_runtime::Value::Bool(reverse))) => {
            (*axis, *reverse)
        }
        other => return Err(Stop::Broken(format!("a scan is called with {other:?}"))),
    };
    let mut part = empty(op, call, 0, op.outputs[0], call.store);
    part.elements = vec![Element::Int(0); call.voxels()];
    let extent = call.spatial();
    let mut lines = call.shape;
    lines[3 - axis] = 1;
    each_voxel(lines, |at, n| {
        // What a start reads lies before the line.
        let mut before = at;
        before[axis] = if reverse { extent[axis] as i64 } else { -1 };
        machine.place(before, n);
        let mut state = machine.call(&op.functions[1], &[])?;
        for step in 0..extent[axis] {
            let mut place = at;
            place[axis] = if reverse { extent[axis] - 1 - step } else { step } as i64;
            machine.place(place, n);
            let mut values = machine.call(&op.functions[0], &state)?;
            let [x, y, z] = place.map(|coordinate| coordinate as usize);
            part.elements[((n * extent[2] + z) * extent[1] + y) * extent[0] + x] =
                values.remove(0).stored(part.dtype)?;
            state = values;
        }
        Ok(())
    })?;
    Ok(Outcome { parts: vec![part] })
}

/// Passes along x, y, z, as far as the axes have neighbours; each stores in the operation's own type, the last as the call asks.
fn separable(op: &Op, call: &Call, mut pictures: Vec<Picture>) -> Result<Outcome, Stop> {
    let ty = crate::outputs(op)[0];
    let between = ty.default_storage().unwrap_or_else(|| pixel(op, &pictures));
    let line = op.inputs.iter().position(|input| input.access == Access::Line).unwrap_or(0);
    let mut axes: Vec<Axis> = Axis::ALL.into_iter().filter(|axis| call.spatial()[axis.index()] > 1).collect();
    if axes.is_empty() {
        axes.push(Axis::X);
    }
    let last = axes.len() - 1;
    let mut part = empty(op, call, 0, ty, call.store);
    for (number, axis) in axes.into_iter().enumerate() {
        let dtype = if number == last { part.dtype } else { between };
        let mut machine = Machine::new(op, call, pictures.clone());
        machine.axis = axis;
        let mut elements = Vec::with_capacity(call.voxels());
        each_voxel(call.shape, |at, n| {
            machine.place(at, n);
            let values = machine.call(&op.functions[0], &[])?;
            elements.push(values[0].stored(dtype)?);
            Ok(())
        })?;
        pictures[line] = Picture { dtype, elements };
    }
    part.elements.clone_from(&pictures[line].elements);
    Ok(Outcome { parts: vec![part] })
}

/// Items in order: the programs are such that their order does not matter.
fn grid(op: &Op, call: &Call, pictures: Vec<Picture>) -> Result<Outcome, Stop> {
    let mut machine = Machine::new(op, call, pictures);
    each_voxel(call.shape, |at, n| {
        machine.place(at, n);
        machine.call(&op.functions[0], &[]).map(drop)
    })?;
    let globals = op
        .inputs
        .iter()
        .zip(&machine.pictures)
        .filter(|(input, _)| matches!(input.access, Access::Global | Access::Write | Access::Tally));
    let parts = globals.map(|(input, picture)| Part {
        name: format!("buffer {}", input.name),
        dtype: picture.dtype,
        elements: picture.elements.clone(),
        canonical: false,
    });
    Ok(Outcome { parts: parts.collect() })
}

/// The coordinate that a read outside the image goes to; `None` for the constant. Written out from the pictures in `docs/numerics.md`.
pub(crate) fn mapped(boundary: Boundary, coordinate: i64, extent: i64) -> Option<i64> {
    if (0..extent).contains(&coordinate) {
        return Some(coordinate);
    }
    let forward = 0..extent;
    let period: Vec<i64> = match boundary {
        Boundary::Constant(_) => return None,
        Boundary::Nearest => return Some(if coordinate < 0 { 0 } else { extent - 1 }),
        Boundary::Reflect => forward.clone().chain(forward.rev()).collect(),
        Boundary::Mirror => forward.chain((1..extent - 1).rev()).collect(),
        Boundary::Wrap => forward.collect(),
    };
    Some(period[coordinate.rem_euclid(period.len() as i64) as usize])
}
