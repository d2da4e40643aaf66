//! The host functions that generated programs take weights from, for the interpreter, the runtime and rustc alike.
//!
//! Invariant: each takes one parameter and returns an odd number of weights per axis.

use kernwerk_codegen::ir::Op;
use kernwerk_runtime::op::WeightsFn;
use kernwerk_runtime::{Arguments, PerAxis, Value};

/// A tent of so many voxels to each side, with weights that do not add up to 1.
pub fn tent(radius: PerAxis<u32>) -> PerAxis<Vec<f32>> {
    radius.map(|radius| {
        let radius = radius as i32;
        (-radius..=radius).map(|d| (radius + 1 - d.abs()) as f32 * 0.3 - 0.05 * d as f32).collect()
    })
}

/// Three weights without symmetry.
pub fn slope(slope: PerAxis<f32>) -> PerAxis<Vec<f32>> {
    slope.map(|slope| vec![slope, 1.0 - slope * 0.7, -0.3 * slope])
}

/// Five weights, some of them 0 and −0.
pub fn comb(tooth: PerAxis<f32>) -> PerAxis<Vec<f32>> {
    tooth.map(|tooth| vec![tooth, 0.0, 1.0, -0.0, 2.0 * tooth])
}

/// The names of the functions of a `PerAxis<u32>` and of a `PerAxis<f32>`.
pub const OF_RADIUS: [&str; 1] = ["tent"];
/// See [`OF_RADIUS`].
pub const OF_FLOATS: [&str; 2] = ["slope", "comb"];

/// The function and the number of the parameter that a call in a body names.
fn read(call: &str, op: &Op) -> Option<(usize, usize)> {
    let plain = call.replace(' ', "");
    let (name, argument) = plain.strip_suffix(')')?.split_once('(')?;
    let function = ["tent", "slope", "comb"].iter().position(|&known| known == name)?;
    Some((function, op.params.iter().position(|param| param.name == argument)?))
}

/// The weights of a call, as it stands in the IR, for given values.
pub fn weights(call: &str, op: &Op, values: &[Value]) -> Option<PerAxis<Vec<f32>>> {
    let (function, param) = read(call, op)?;
    of(function, values.get(param)?)
}

fn of(function: usize, value: &Value) -> Option<PerAxis<Vec<f32>>> {
    match (function, value) {
        (0, Value::PerAxisU32(radius)) => Some(tent(*radius)),
        (1, Value::PerAxisF32(value)) => Some(slope(*value)),
        (2, Value::PerAxisF32(value)) => Some(comb(*value)),
        _ => None,
    }
}

fn compute<const FUNCTION: usize, const PARAM: usize>(arguments: &Arguments) -> PerAxis<Vec<f32>> {
    let even = || PerAxis { x: Vec::new(), y: Vec::new(), z: Vec::new() };
    // No weights are an even number, which the runtime refuses with an error.
    arguments.values().get(PARAM).and_then(|value| of(FUNCTION, value)).unwrap_or_else(even)
}

/// The same as the runtime calls it.
pub fn weights_fn(call: &str, op: &Op) -> Option<WeightsFn> {
    const TABLE: [[WeightsFn; 4]; 3] = [
        [compute::<0, 0>, compute::<0, 1>, compute::<0, 2>, compute::<0, 3>],
        [compute::<1, 0>, compute::<1, 1>, compute::<1, 2>, compute::<1, 3>],
        [compute::<2, 0>, compute::<2, 1>, compute::<2, 2>, compute::<2, 3>],
    ];
    let (function, param) = read(call, op)?;
    TABLE[function].get(param).copied()
}
