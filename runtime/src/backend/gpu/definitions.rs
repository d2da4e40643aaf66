//! What the preprocessor is told about a launch, first as numbers that find the compiled kernel again.
//!
//! Invariant: two launches with the same key have the same kernel and the same definitions.

use kernwerk_codegen::analysis::{median_windows, percentiles};
use kernwerk_codegen::ir::{Axis, Boundary, Class, DType, MOST_OUTPUTS, ParamType, Shape, Type};
use kernwerk_codegen::plan::{self, Definition, Plan, Role};

use super::super::chain::ChainInput;
use super::super::driver::Allocation;
use super::super::launch::{Launch, Operand, Source};
use super::chain::{Key as ChainKey, push_key};
use super::tuning::Choice;
use crate::lang::order::percentile_rank;
use crate::{Error, Result};

/// Most inputs of an operation.
const INPUTS: usize = 16;

/// Everything that the definitions of a launch depend on. What a role does not read is `None`, so that its kernel is not
/// compiled again for it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The operation's address.
    op: usize,
    role: Role,
    choice: Choice,
    inputs: [Option<DType>; INPUTS],
    outputs: [Option<DType>; MOST_OUTPUTS],
    labels: Option<DType>,
    pixel: Option<DType>,
    /// [`Rare`](Definition::Rare).
    pub(super) rare: u32,
    boundary: Option<u8>,
    axis: Option<Axis>,
    wide: bool,
    /// Radii of the windows, if the kernel is to know them.
    windows: Vec<[u32; 3]>,
    /// Numbers of voxels of the windows whose median is taken.
    medians: Vec<usize>,
    /// The rank of each percentile.
    ranks: Vec<usize>,
    /// The values of the specialized parameters, if the kernel is compiled for them.
    values: Vec<i64>,
    /// The structure of the chains in it.
    fused: ChainKey,
}

impl Key {
    pub(super) fn of(launch: &Launch<'_>, choice: Choice) -> Result<Key> {
        let op = &launch.op.ir;
        let role = launch.role;
        if launch.inputs.len() > INPUTS {
            return Err(Error::Unsupported {
                operation: op.name.into(),
                problem: format!("it has {} inputs", launch.inputs.len()),
                remedy: format!("use at most {INPUTS}"),
            });
        }
        // States hold 32-bit slots; only kernels that see voxels depend on where those lie and on what they are.
        let sees_voxels = !matches!(role, Role::ReduceStates | Role::ReduceFinish | Role::ReduceLabelPlanes);
        let mut inputs = [None; INPUTS];
        for (slot, input) in inputs.iter_mut().zip(launch.inputs).filter(|_| sees_voxels) {
            *slot = Some(input.dtype);
        }
        let mut outputs = [None; MOST_OUTPUTS];
        for (slot, output) in outputs.iter_mut().zip(launch.outputs) {
            *slot = Some(output.dtype);
        }
        let windowed = matches!(op.class, Class::Neighborhood | Class::Separable);
        let boundary = op.has_boundary().then_some(match launch.boundary {
            Boundary::Nearest => 0,
            Boundary::Reflect => 1,
            Boundary::Mirror => 2,
            Boundary::Wrap => 3,
            Boundary::Constant(_) => 4,
        });
        let radius = |window: u8| launch.windows.get(usize::from(window)).map_or([0; 3], |chords| chords.radius);
        let windows = match windowed && choice.known {
            true => (0..op.windows.len() as u8).map(radius).collect(),
            false => Vec::new(),
        };
        let medians =
            if windowed { median_windows(op).map(|window| count(launch, window)).collect() } else { Vec::new() };
        let rank =
            |(window, param): (u8, u8)| percentile_rank(count(launch, window), launch.arguments.f32(param.into()));
        let ranks = if windowed { percentiles(op).into_iter().map(rank).collect() } else { Vec::new() };
        let fused = launch.fused.into_iter().flat_map(|fused| [&fused.before, &fused.after]).flatten();
        let chained = fused.flat_map(|part| {
            let steps = part.steps.iter().flat_map(|step| [step.pixel, step.store]);
            part.inputs.iter().map(|input| input.dtype).chain(steps)
        });
        let labels = launch.reduction.labels.map(|labels| labels.dtype);
        let pixel = plan::uses_pixel(op).then_some(launch.pixel);
        let own = inputs.into_iter().chain(outputs).chain([labels, pixel]).flatten();
        let rare = Definition::rare(own.chain(chained));
        Ok(Key {
            rare,
            op: std::ptr::from_ref(launch.op).addr(),
            role,
            choice,
            inputs,
            outputs,
            labels,
            pixel,
            boundary,
            axis: matches!(role, Role::Pass | Role::Scan | Role::ReduceAxis).then_some(launch.axis),
            wide: if sees_voxels { is_wide(launch) } else { states(launch) > REACH },
            windows,
            medians,
            ranks,
            values: if choice.specialized { values(launch) } else { Vec::new() },
            fused: fused_key(launch),
        })
    }
}

/// The values of the specialized parameters of a launch.
fn values(launch: &Launch<'_>) -> Vec<i64> {
    let op = &launch.op.ir;
    let value = |param: u8| match op.params[usize::from(param)].ty {
        ParamType::Bool => i64::from(launch.arguments.bool(param.into())),
        ParamType::I32 => i64::from(launch.arguments.i32(param.into())),
        _ => i64::from(launch.arguments.u32(param.into())),
    };
    plan::specialized(op).map(value).collect()
}

/// Everything that the text of the chains in a launch depends on.
fn fused_key(launch: &Launch<'_>) -> ChainKey {
    let mut key = ChainKey::new();
    let Some(fused) = launch.fused else { return key };
    // What tells the operation's own result from an image.
    const OWN: usize = 256;
    for part in [&fused.before, &fused.after] {
        match part {
            None => key.push(usize::MAX),
            Some(part) => {
                let input = |input: &ChainInput<'_>| match input.memory {
                    Some(_) => input.dtype as usize,
                    None => OWN + input.dtype as usize,
                };
                push_key(&mut key, part.inputs.iter().map(input), &part.steps);
            }
        }
    }
    key
}

/// Number of voxels of a window.
fn count(launch: &Launch<'_>, window: u8) -> usize {
    launch.windows.get(usize::from(window)).map_or(1, |chords| match chords.shape {
        Shape::Line => 2 * chords.radius[launch.axis.index()] as usize + 1,
        _ => chords.count(),
    })
}

/// Largest number that a 32-bit index reaches.
const REACH: usize = i32::MAX as usize;

/// Slots in the longer list of states.
fn states(launch: &Launch<'_>) -> usize {
    let number = |list: Option<(&dyn Allocation, u32)>| list.map_or(0, |(_, number)| number as usize);
    number(launch.reduction.states_in).max(number(launch.reduction.states_out)) * launch.op.ir.slots(launch.pixel)
}

/// Whether 32-bit indices do not reach all elements.
fn is_wide(launch: &Launch<'_>) -> bool {
    let geometry = &launch.geometry;
    let source = geometry.source_extent.iter().product::<usize>() * geometry.batch;
    let further = launch.sources.iter().map(Source::voxels).max().unwrap_or(0);
    // The buffers of a grid kernel have sizes of their own.
    let buffers = launch.inputs.iter().filter(|_| launch.op.ir.class == Class::Grid);
    let elements = |operand: &Operand<'_>| operand.memory.size() / operand.dtype.size();
    let largest = buffers.map(elements).max().unwrap_or(0);
    source.max(further).max(geometry.voxels()).max(states(launch)).max(largest) > REACH
}

/// The definitions of a launch, as far as the kernel of that number in its plan reads them; the text has defaults for the others.
pub(super) fn definitions(launch: &Launch<'_>, key: &Key, plan: &Plan, number: usize) -> Vec<(String, String)> {
    let op = &launch.op.ir;
    let value = |definition| -> Option<String> {
        match definition {
            // All kernels of a text are compiled: what is `Pixel` has one type in all of them.
            Definition::Input(input) => {
                let given = key.inputs.get(usize::from(input)).copied().flatten();
                let is_pixel = op.inputs[usize::from(input)].ty == Type::Pixel;
                given.or(key.pixel.filter(|_| is_pixel)).map(|ty| ty.name().into())
            }
            Definition::Output(output) => {
                let output = usize::from(output);
                let is_pixel = op.outputs[output] == Type::Pixel;
                key.outputs[output].or(key.pixel.filter(|_| is_pixel)).map(|ty| ty.name().into())
            }
            Definition::Param(param) => {
                let value = key.values.get(plan::specialized(op).position(|other| other == param)?)?;
                // A literal has the type of its argument.
                Some(if op.params[usize::from(param)].ty == ParamType::U32 {
                    format!("{value}u")
                } else {
                    value.to_string()
                })
            }
            Definition::Rare => (key.rare > 0).then(|| key.rare.to_string()),
            Definition::Pixel => key.pixel.map(|ty| ty.computed().name().into()),
            Definition::Labels => key.labels.map(|ty| ty.name().into()),
            Definition::Boundary => key.boundary.map(|_| launch.boundary.name().into()),
            Definition::Axis => key.axis.map(|axis| axis.index().to_string()),
            Definition::Index => Some(if key.wide { "64" } else { "32" }.into()),
            Definition::Kernel => (plan.kernels.len() > 1).then(|| (number + 1).to_string()),
            Definition::Flat => (key.choice.flat > 0).then(|| key.choice.flat.to_string()),
            // There 0 is a choice, too: a row per work-item.
            Definition::Strip if launch.op.ir.class == Class::Neighborhood => Some(key.choice.strip.to_string()),
            Definition::Strip => (key.choice.strip > 0).then(|| key.choice.strip.to_string()),
            Definition::Group => (key.choice.group > 0).then(|| key.choice.group.to_string()),
            Definition::Rows => (key.choice.rows > 0).then(|| key.choice.rows.to_string()),
            Definition::Vectors => key.choice.vectors.then(|| "1".into()),
            Definition::Keys => key.choice.keys.map(|keys| keys.name().into()),
            Definition::Reach => (key.choice.reach >= 0).then(|| key.choice.reach.to_string()),
            Definition::ReachY => (key.choice.reach_y >= 0).then(|| key.choice.reach_y.to_string()),
            Definition::ReachZ => (key.choice.reach_z >= 0).then(|| key.choice.reach_z.to_string()),
            Definition::Room => {
                matches!(key.choice.role, Role::Rows | Role::Planes).then(|| key.choice.room.to_string())
            }
            Definition::Ahead => (key.choice.strip > 0).then(|| key.choice.strip.to_string()),
            Definition::UnderX => Some(key.choice.under[0].to_string()),
            Definition::UnderY => Some(key.choice.under[1].to_string()),
            Definition::UnderZ => (key.choice.under[2] > 0).then(|| key.choice.under[2].to_string()),
            Definition::Counters => Some(key.choice.room.to_string()),
            Definition::WindowSize(window) => Some(count(launch, window).to_string()),
            Definition::WindowKnown(_) => Some(if key.choice.known { "1" } else { "0" }.into()),
            Definition::WindowRank(window, param) => {
                let position = percentiles(op).iter().position(|&percentile| percentile == (window, param))?;
                key.ranks.get(position).map(usize::to_string)
            }
            Definition::WindowRadius(window, axis) => {
                key.windows.get(usize::from(window)).map(|radius| radius[axis.index()].to_string())
            }
        }
    };
    let known = plan::definitions(op).into_iter();
    known.filter_map(|one| value(one).map(|value| (plan::definition_name(op, one), value))).collect()
}
