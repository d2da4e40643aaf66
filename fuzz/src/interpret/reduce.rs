//! Reductions in the order that `docs/numerics.md` ("Reductions") lays down.

use kernwerk_codegen::ir::{Axis, Function, Type};

use super::eval::Machine;
use super::{Outcome, Part, Stop, Value, empty};
use crate::call::{Call, Reduce};

type State = Vec<Value>;

const LANES: usize = 32;
const CHUNK: usize = 4096;
const RUN: usize = 64;

pub(super) fn reduce(machine: &mut Machine<'_>) -> Result<Outcome, Stop> {
    let (op, call) = (machine.op, machine.input);
    match &call.reduce {
        Reduce::Whole => {
            let mut states = Vec::new();
            for row in rows(call) {
                states.extend(row_states(machine, row)?);
            }
            while states.len() > 1 {
                let mut fewer = Vec::new();
                for run in states.chunks(CHUNK) {
                    fewer.push(in_lanes(machine, run.len(), |machine, state, index| {
                        merge(machine, state, &run[index])
                    })?);
                }
                states = fewer;
            }
            slots(machine, &states)
        }
        Reduce::Project(axis) => {
            let mut part = empty(op, call, 0, crate::outputs(op)[0], call.store);
            let count = Value::F32(call.spatial()[axis.index()] as f32);
            for state in projected(machine, *axis)? {
                let mut arguments = state;
                arguments.push(count);
                let values = machine.call(function(machine, 3)?, &arguments)?;
                part.elements.push(values[0].stored(part.dtype)?);
            }
            Ok(Outcome { parts: vec![part] })
        }
        Reduce::Labels { labels, count } => {
            let mut states = Vec::new();
            for label in 1..=*count {
                states.push(of_label(machine, labels, label)?);
            }
            slots(machine, &states)
        }
    }
}

fn function(machine: &Machine<'_>, number: usize) -> Result<&'static Function, Stop> {
    machine.op.functions.get(number).ok_or_else(|| Stop::Broken("a reduction lacks a function".into()))
}

fn identity(machine: &mut Machine<'_>) -> Result<State, Stop> {
    machine.call(function(machine, 0)?, &[])
}

fn step(machine: &mut Machine<'_>, state: &State, [x, y, z]: [usize; 3], n: usize) -> Result<State, Stop> {
    machine.place([x as i64, y as i64, z as i64], n);
    let mut arguments = state.clone();
    arguments.push(machine.voxel(0)?);
    machine.call(function(machine, 1)?, &arguments)
}

fn merge(machine: &mut Machine<'_>, left: &State, right: &State) -> Result<State, Stop> {
    let arguments: State = left.iter().chain(right).copied().collect();
    machine.call(function(machine, 2)?, &arguments)
}

/// The (n, z, y) of each row.
fn rows(call: &Call) -> Vec<[usize; 3]> {
    let [batch, planes, rows, _] = call.shape;
    let planes = (0..batch).flat_map(|n| (0..planes).map(move |z| [n, z]));
    planes.flat_map(|[n, z]| (0..rows).map(move |y| [n, z, y])).collect()
}

/// Lane l takes l, l + 32, …; then lanes are merged by halves.
fn in_lanes(
    machine: &mut Machine<'_>,
    len: usize,
    mut take: impl FnMut(&mut Machine<'_>, &State, usize) -> Result<State, Stop>,
) -> Result<State, Stop> {
    let mut lanes = Vec::new();
    for lane in 0..LANES {
        let mut state = identity(machine)?;
        for index in (lane..len).step_by(LANES) {
            state = take(machine, &state, index)?;
        }
        lanes.push(state);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = merge(machine, &lanes[lane], &lanes[lane + half])?;
        }
        half /= 2;
    }
    Ok(lanes.swap_remove(0))
}

/// One state per chunk of a row.
fn row_states(machine: &mut Machine<'_>, [n, z, y]: [usize; 3]) -> Result<Vec<State>, Stop> {
    let extent = machine.input.shape[3];
    let mut states = Vec::new();
    for first in (0..extent).step_by(CHUNK) {
        let len = CHUNK.min(extent - first);
        states.push(in_lanes(machine, len, |machine, state, index| step(machine, state, [first + index, y, z], n))?);
    }
    Ok(states)
}

fn projected(machine: &mut Machine<'_>, axis: Axis) -> Result<Vec<State>, Stop> {
    let [batch, planes, height, width] = machine.input.shape;
    let mut results = Vec::new();
    if axis == Axis::X {
        for row in rows(machine.input) {
            let states = row_states(machine, row)?;
            let mut result = states[0].clone();
            for state in &states[1..] {
                result = merge(machine, &result, state)?;
            }
            results.push(result);
        }
        return Ok(results);
    }
    let (outer, extent) = if axis == Axis::Y { (planes, height) } else { (height, planes) };
    for n in 0..batch {
        for other in 0..outer {
            for x in 0..width {
                let mut result = identity(machine)?;
                for first in (0..extent).step_by(RUN) {
                    let mut run = identity(machine)?;
                    for along in first..extent.min(first + RUN) {
                        let at = if axis == Axis::Y { [x, along, other] } else { [x, other, along] };
                        run = step(machine, &run, at, n)?;
                    }
                    result = merge(machine, &result, &run)?;
                }
                results.push(result);
            }
        }
    }
    Ok(results)
}

/// Rows of the label's box are stepped through, merged in y, planes in z and then the batch.
fn of_label(machine: &mut Machine<'_>, labels: &[u32], label: u32) -> Result<State, Stop> {
    let boxed = crate::device::label_box(machine.input, labels, label);
    let [_, planes, height, width] = machine.input.shape;
    let mut result = identity(machine)?;
    let Some((low, high)) = boxed else { return Ok(result) };
    for n in low[3]..=high[3] {
        for z in low[2]..=high[2] {
            let mut plane = identity(machine)?;
            for y in low[1]..=high[1] {
                let mut row = identity(machine)?;
                for x in low[0]..=high[0] {
                    if labels[((n * planes + z) * height + y) * width + x] == label {
                        row = step(machine, &row, [x, y, z], n)?;
                    }
                }
                plane = merge(machine, &plane, &row)?;
            }
            result = merge(machine, &result, &plane)?;
        }
    }
    Ok(result)
}

/// The slots of states, one part per slot.
fn slots(machine: &Machine<'_>, states: &[State]) -> Result<Outcome, Stop> {
    let mut parts = Vec::new();
    for (slot, &ty) in machine.op.state.iter().enumerate() {
        let dtype = match ty {
            Type::Pixel => machine.pixel.computed(),
            Type::Bool => kernwerk_runtime::DType::U32,
            ty => ty.default_storage().ok_or_else(|| Stop::Broken(format!("a slot of type {ty:?}")))?,
        };
        let elements = states.iter().map(|state| state[slot].raw()).collect::<Result<_, _>>()?;
        parts.push(Part { name: format!("state slot {slot}"), dtype, elements, canonical: false });
    }
    Ok(Outcome { parts })
}
