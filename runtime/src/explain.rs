//! What an expression would run: kernels with the reason for their shape, launches, bytes moved and halo, in words.
//!
//! Invariant: nothing runs, and the numbers are those of the executor's own decisions.

use std::fmt::Write;

use kernwerk_codegen::analysis::{self, Halo};
use kernwerk_codegen::emit::chain_name;
use kernwerk_codegen::ir::{Axis, Class};
use kernwerk_codegen::plan::{CHAIN_WEIGHT, REDUCTION_CHUNK, Role, plan, reasons};

use crate::Result;
use crate::arguments::{Arguments, Value};
use crate::check::Meta;
use crate::executor::{between_passes, pass_axes, scan_axis};
use crate::expr::AnyExpr;
use crate::fusion::{Fusion, Part, Unit};
use crate::lang::PerAxis;
use crate::op::{KernelOp, OpInfo, OpKind};
use crate::reduce::{chunks, row_states};
use crate::resolve::{self, Call, Step, Steps};
use crate::windows;

/// Some launches of one kernel.
struct Launches {
    kernel: String,
    summary: String,
    /// Why the kernel has this shape; the most important reason.
    reason: Option<&'static str>,
    launches: usize,
    read: u64,
    written: u64,
}

/// What an expression would run, as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// The operations of which it is made, in the order in which they are computed: the parts of composites, not the composites.
    pub operations: Vec<&'static str>,
    /// Launches of kernels.
    pub launches: usize,
    /// Bytes that these read and write.
    pub bytes: u64,
    /// Whether the launches of all operations are known before anything runs. Those of procedures are not.
    pub complete: bool,
}

pub(crate) fn explain(expr: &AnyExpr) -> Result<String> {
    explain_and_count(expr).map(|(text, _)| text)
}

pub(crate) fn work(expr: &AnyExpr) -> Result<Work> {
    explain_and_count(expr).map(|(_, work)| work)
}

fn explain_and_count(expr: &AnyExpr) -> Result<(String, Work)> {
    let steps = resolve::resolve(expr, None)?;
    let known = steps.check()?;
    let mut needed = steps.last_uses();
    let fusion = Fusion::of(&steps, &mut needed);
    let mut text = format!("on {}\n", steps.device);
    let mut work = Work { operations: Vec::new(), launches: 0, bytes: 0, complete: true };
    for (number, step) in steps.steps.iter().enumerate().filter(|(number, _)| needed[*number].is_some()) {
        match step {
            Step::Image(_) => text += &format!("%{number} image{}\n", described(&known[number])),
            Step::Several { parts, .. } => {
                let parts: Vec<String> = parts.iter().map(|part| format!("%{part}")).collect();
                text += &format!("%{number} the results {}\n", parts.join(", "));
            }
            Step::Part { of, index } => {
                text += &format!("%{number} result {index} of %{of}{}\n", described(&known[number]));
            }
            Step::Call(call) => {
                work.operations.push(call.op.name);
                let inputs: Option<Vec<Meta>> =
                    call.inputs.iter().map(|&input| resolve::one(&known[input]).cloned()).collect();
                let of: Vec<String> = call.inputs.iter().map(|input| format!("%{input}")).collect();
                let outputs = &known[number];
                text += &format!("%{number} {}({}){}\n", call.op.name, of.join(", "), described(outputs));
                text += &format!("    {}\n", settings(call));
                if let Some(last) = fusion.fused_into(number) {
                    text += &format!("    fused into %{last}\n");
                    continue;
                }
                let planned = match (fusion.chain(number), fusion.unit(number), inputs) {
                    (Some(part), ..) => vec![chain(&steps, call, part, &known, outputs)],
                    (None, Some(unit), _) => with_chains(&steps, &unit, &known, outputs)?,
                    (None, None, Some(inputs)) => planned(call, &inputs, outputs)?,
                    (None, None, None) => Vec::new(),
                };
                for one in planned {
                    let times = if one.launches == 1 { "launch" } else { "launches" };
                    text += &format!(
                        "    {} {times} of {} ({}): {} read, {} written\n",
                        one.launches,
                        one.kernel,
                        one.summary,
                        bytes(one.read),
                        bytes(one.written)
                    );
                    if let Some(reason) = one.reason {
                        text += &format!("      why: {reason}\n");
                    }
                    work.launches += one.launches;
                    work.bytes += one.read + one.written;
                }
                if let Some(why) = fusion.why_not(number) {
                    text += &format!("    not fused into what reads it: {why}\n");
                }
                if let OpKind::Procedure(_) = call.op.kind {
                    work.complete = false;
                    text += "    steps that depend on results in between: not counted\n";
                }
            }
        }
    }
    let times = if work.launches == 1 { "launch" } else { "launches" };
    text += &format!("{} {times}, {} moved\n", work.launches, bytes(work.bytes));
    Ok((text, work))
}

fn described(metas: &[Meta]) -> String {
    let of = |meta: &Meta| format!("{} {} {:?}", meta.dtype, meta.frame.axes.as_str(), meta.frame.shape());
    let all: Vec<_> = metas.iter().map(of).collect();
    if all.is_empty() { String::new() } else { format!(": {}", all.join(", ")) }
}

/// Parameters, boundary and halo.
fn settings(call: &Call) -> String {
    let mut text = String::new();
    for (param, value) in call.op.params.iter().zip(call.arguments.values()) {
        let _ = match (value, param.ty) {
            (Value::Choice(choice), kernwerk_codegen::ir::ParamType::Choice { names }) => {
                write!(text, "{} = {}, ", param.name, names.get(*choice).unwrap_or(&"?"))
            }
            _ => write!(text, "{} = {value}, ", param.name),
        };
    }
    let _ = write!(text, "boundary {}", call.boundary);
    if let OpKind::Kernel(op) = call.op.kind {
        let _ = write!(text, ", {}", halo(call.op, op, &call.arguments));
    }
    text
}

fn halo(info: &OpInfo, op: &'static KernelOp, arguments: &Arguments) -> String {
    let Halo { mut before, mut after, radius_params, weights, unbounded } = analysis::halo(&op.ir);
    let mut widen = |radius: [u32; 3]| {
        for axis in 0..3 {
            before[axis] = before[axis].max(radius[axis]);
            after[axis] = after[axis].max(radius[axis]);
        }
    };
    for param in radius_params {
        let PerAxis { x, y, z } = arguments.per_axis_u32(param.into());
        widen([x, y, z]);
    }
    if weights {
        for weights in windows::weights(info.name, op, arguments).unwrap_or_default() {
            widen(Axis::ALL.map(|axis| (weights.get(axis).len() / 2) as u32));
        }
    }
    match (unbounded, before == [0; 3] && after == [0; 3]) {
        (true, _) if op.ir.class == Class::Scan => "reads whole lines".into(),
        (true, _) if op.ir.class == Class::Gather => "reads anywhere".into(),
        (true, _) => "halo unbounded".into(),
        (false, true) => "no halo".into(),
        (false, false) => {
            let side = |axis: Axis| {
                let (before, after) = (before[axis.index()], after[axis.index()]);
                match before == after {
                    true => format!("{} {before}", axis.name()),
                    false => format!("{} {before}+{after}", axis.name()),
                }
            };
            format!("halo {}", Axis::ALL.map(side).join(" "))
        }
    }
}

/// The launch of a chain: what its calls read from outside is read once, and of what they compute the last result is written.
fn chain(steps: &Steps, last: &Call, part: Part<'_>, known: &[Vec<Meta>], outputs: &[Meta]) -> Launches {
    let items = if part.weight(steps) > CHAIN_WEIGHT { "one work-item per voxel" } else { "on vectors of four voxels" };
    Launches {
        kernel: chain_name(last.op.name),
        summary: format!("{} operations in one kernel, {items}", part.calls.len()),
        reason: Some("what one operation hands to the next stays in registers: only images from outside are read"),
        launches: 1,
        read: read_by(part, None, known),
        written: outputs.iter().map(size).sum(),
    }
}

/// The bytes of the images that a chain reads, but for one that it gets otherwise.
fn read_by(part: Part<'_>, own: Option<usize>, known: &[Vec<Meta>]) -> u64 {
    let read = part.inputs.iter().filter(|&&input| Some(input) != own);
    read.filter_map(|&input| resolve::one(&known[input])).map(size).sum()
}

/// The launches of a call with chains in its kernels: the first one makes what it reads, the last one goes on with what it stores.
fn with_chains(steps: &Steps, unit: &Unit<'_>, known: &[Vec<Meta>], outputs: &[Meta]) -> Result<Vec<Launches>> {
    let Step::Call(call) = &steps.steps[unit.call] else { return Ok(Vec::new()) };
    let inputs: Option<Vec<Meta>> = call.inputs.iter().map(|&input| resolve::one(&known[input]).cloned()).collect();
    let Some(inputs) = inputs else { return Ok(Vec::new()) };
    let mut launches = planned(call, &inputs, &known[unit.call])?;
    let names = |part: Part<'_>| {
        let name = |&number: &usize| match &steps.steps[number] {
            Step::Call(call) => call.op.name,
            _ => "?",
        };
        part.calls.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    if let (Some(part), Some(first)) = (unit.before, launches.first_mut()) {
        first.summary += &format!("; {} in its loads", names(part));
        first.read = read_by(part, None, known);
    }
    if let (Some(part), Some(last)) = (unit.after, launches.last_mut()) {
        last.summary += &format!("; {} in its stores", names(part));
        last.read += read_by(part, Some(unit.call), known);
        last.written = outputs.iter().map(size).sum();
    }
    Ok(launches)
}

/// Bytes of an image.
fn size(meta: &Meta) -> u64 {
    (meta.frame.voxels() * meta.dtype.size()) as u64
}

/// The launches of a call, as the executor makes them.
fn planned(call: &Call, inputs: &[Meta], outputs: &[Meta]) -> Result<Vec<Launches>> {
    let input: u64 = inputs.iter().map(size).sum();
    let written = outputs.iter().map(size).sum();
    let Some(frame) = inputs.first().map(|first| &first.frame) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    let mut add = |op: &KernelOp, role, suffix: &str, launches, read, written| {
        if let Some(kernel) = plan(&op.ir).kernel(role) {
            let reason = reasons(&op.ir, kernel).first().copied();
            let kernel_name = format!("{}{suffix}", kernel.name);
            all.push(Launches { kernel: kernel_name, summary: kernel.summary.into(), reason, launches, read, written });
        }
    };
    let states = |op: &KernelOp, number: usize| (number * op.ir.slots(inputs[0].dtype) * size_of::<u32>()) as u64;
    let rows = row_states(frame.spatial(), frame.batch());
    match call.op.kind {
        OpKind::Kernel(op) if op.ir.class == Class::Separable => {
            windows::chords(call.op.name, op, &call.arguments, frame.spatial())?;
            let axes = pass_axes(frame.spatial());
            let between = frame.voxels() as u64 * between_passes(op, inputs[0].dtype).size() as u64;
            for (index, axis) in axes.iter().enumerate() {
                let read = if index == 0 { input } else { between };
                let written = if index + 1 == axes.len() { written } else { between };
                add(op, Role::Pass, &format!(" along {}", axis.name()), 1, read, written);
            }
        }
        OpKind::Kernel(op) if op.ir.class == Class::Scan => {
            let suffix = format!(" along {}", scan_axis(&call.arguments).name());
            add(op, Role::Scan, &suffix, 1, input, written);
        }
        OpKind::Kernel(op) => {
            windows::chords(call.op.name, op, &call.arguments, frame.spatial())?;
            add(op, Role::Whole, "", 1, input, written);
        }
        OpKind::ReduceWhole(op) => {
            add(op, Role::ReduceRows, "", 1, input, states(op, rows));
            let (mut number, mut launches, mut read, mut written) = (rows, 0, 0, 0);
            while number > 1 {
                read += states(op, number);
                number = number.div_ceil(REDUCTION_CHUNK);
                written += states(op, number);
                launches += 1;
            }
            if launches > 0 {
                add(op, Role::ReduceStates, "", launches, read, written);
            }
        }
        OpKind::ReduceAxis(op, Axis::X) if chunks(frame.spatial()[0]) == 1 => {
            add(op, Role::ReduceRowValues, "", 1, input, written);
        }
        OpKind::ReduceAxis(op, Axis::X) => {
            add(op, Role::ReduceRows, "", 1, input, states(op, rows));
            add(op, Role::ReduceFinish, "", 1, states(op, rows), written);
        }
        OpKind::ReduceAxis(op, _) => add(op, Role::ReduceAxis, "", 1, input, written),
        OpKind::Composite(_) | OpKind::Procedure(_) => {}
    }
    Ok(all)
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.2} GiB", bytes as f64 / 1_073_741_824.0),
    }
}
