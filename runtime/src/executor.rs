//! Runs the steps of an expression, one launch after the other, on the device of its images.
//!
//! Invariant: what a step leaves is dropped, and its memory free for the next, as soon as no later step reads it.

use std::sync::Arc;

use kernwerk_codegen::ir::{Access, Axis, Boundary, Class, DType, Type};
use kernwerk_codegen::plan::{AXIS_PARAM, Role};

use crate::arguments::Arguments;
use crate::backend::chain::{ChainPart, FusedLaunch};
use crate::backend::launch::{Geometry, Launch, Operand, ReductionOperands, Source};
use crate::check::{self, Meta};
use crate::choice::Choice;
use crate::context::Context;
use crate::device::Device;
use crate::element::Element;
use crate::expr::AnyExpr;
use crate::frame::Frame;
use crate::fused::Checked;
use crate::fusion::Fusion;
use crate::image::{AnyImage, Image};
use crate::op::{KernelOp, OpInfo, OpKind, Outcome, OutputInfo};
use crate::pending::Pending;
use crate::resolve::{self, Call, Step, Steps};
use crate::{Error, Result, reduce, windows};

/// Evaluates an expression; with a target, its result is written there.
///
/// # Errors
/// Whatever is wrong with a call in it, or with the device.
pub(crate) fn evaluate(expr: &AnyExpr, inherited: Option<Boundary>, target: Option<&AnyImage>) -> Result<Outcome> {
    let outcome = start(expr, inherited, target)?.wait()?;
    match target {
        None => Ok(outcome),
        Some(target) => into_target(expr.name(), outcome, target),
    }
}

/// Issues everything that an expression takes; with a target, its result may be written there, but need not be.
///
/// # Errors
/// As [`evaluate`].
pub(crate) fn start(
    expr: &AnyExpr,
    inherited: Option<Boundary>,
    target: Option<&AnyImage>,
) -> Result<Pending<Outcome>> {
    let steps = resolve::resolve(expr, inherited)?;
    if steps.steps.len() > 2 {
        // So that a mistake in the last call is found before the first one runs.
        steps.check()?;
    }
    run(&steps, target)
}

/// The image of an outcome.
pub(crate) fn image(operation: &str, outcome: Outcome) -> Result<AnyImage> {
    match outcome {
        Outcome::Image(image) => Ok(image),
        other => Err(wrong_outcome(operation, "an image", &other)),
    }
}

/// An image as the result of type `T` of an operation.
pub(crate) fn typed<T: Element>(operation: &str, image: &AnyImage) -> Result<Image<T>> {
    image.typed().map_err(|_| Error::Type {
        operation: operation.into(),
        input: "result".into(),
        found: image.dtype(),
        expected: T::STORED.map_or("any", DType::name).into(),
        remedy: format!("ask for {}, or use the operation `convert`", image.dtype()),
    })
}

/// An error about an outcome of another kind than is needed.
pub(crate) fn wrong_outcome(operation: &str, needed: &str, outcome: &Outcome) -> Error {
    let found = match outcome {
        Outcome::Image(_) => "an image",
        Outcome::Images(_) => "several images",
        Outcome::Scalar(_) => "a number",
        Outcome::Table(_) => "a table",
    };
    Error::Unsupported {
        operation: operation.into(),
        problem: format!("its result is {found}, but {needed} is needed"),
        remedy: match outcome {
            Outcome::Images(_) => "take one of them with `part`".into(),
            _ => "use another operation".into(),
        },
    }
}

fn run(steps: &Steps, target: Option<&AnyImage>) -> Result<Pending<Outcome>> {
    let (mut last_uses, parts) = (steps.last_uses(), steps.parts());
    let fusion = Fusion::of(steps, &mut last_uses);
    let mut checked = Checked::new(steps.steps.len());
    let is_needed = |number: usize| last_uses[number].is_some();
    // A result may be written in place only where nothing reads what was there.
    let read = |target: &AnyImage| {
        steps.steps.iter().any(|step| matches!(step, Step::Image(image) if image.shares_memory(target)))
    };
    let target = target.filter(|target| *target.device() == steps.device && !read(target));
    let mut outcomes: Vec<Option<Outcome>> = vec![None; steps.steps.len()];
    for (number, step) in steps.steps.iter().enumerate() {
        match step {
            _ if !is_needed(number) => {}
            Step::Image(image) => outcomes[number] = Some(Outcome::Image(image.clone())),
            // The call has put it there.
            Step::Part { .. } => {}
            Step::Several { parts, .. } => {
                let images = parts.iter().map(|&part| match &outcomes[part] {
                    Some(outcome) => image("a composite with several results", outcome.clone()),
                    None => Err(unreachable_result(steps)),
                });
                outcomes[number] = Some(Outcome::Images(images.collect::<Result<_>>()?));
            }
            Step::Call(call) if fusion.fused_into(number).is_some() => checked.check(number, call, &outcomes)?,
            Step::Call(call) if let Some(chain) = fusion.chain(number) => {
                checked.check(number, call, &outcomes)?;
                let target = target.filter(|_| number == steps.root);
                let image = checked.run(steps, chain, &outcomes, target)?;
                for &input in chain.inputs.iter().filter(|&&input| last_uses[input] == Some(number)) {
                    outcomes[input] = None;
                }
                outcomes[number] = Some(Outcome::Image(image));
            }
            Step::Call(call) if let Some(unit) = fusion.unit(number) => {
                if unit.call != number {
                    checked.check(number, call, &outcomes)?;
                }
                let target = target.filter(|_| number == steps.root);
                let is_last_use = |input: usize| last_uses[input] == Some(number);
                let outcome = checked.run_unit(steps, &unit, &mut outcomes, &is_last_use, target)?;
                if number == steps.root {
                    return Ok(outcome);
                }
                outcomes[number] = Some(outcome.wait()?);
            }
            Step::Call(call) => {
                let inputs: Vec<AnyImage> = call
                    .inputs
                    .iter()
                    .map(|&input| match &outcomes[input] {
                        Some(Outcome::Image(image)) => Ok(image.clone()),
                        Some(other) => Err(wrong_outcome(call.op.name, "an image as input", other)),
                        None => unreachable!("an outcome stays until its last use"),
                    })
                    .collect::<Result<_>>()?;
                for &input in &call.inputs {
                    if last_uses[input] == Some(number) {
                        outcomes[input] = None;
                    }
                }
                let part_of_root = parts[number].iter().find(|&&(_, part)| part == steps.root).map(|&(index, _)| index);
                let root = if number == steps.root { Some(0) } else { part_of_root };
                let outcome = run_call(&steps.device, call, Given::of(inputs), None, target.zip(root))?;
                // Numbers and tables are at the end of what runs.
                if number == steps.root {
                    return Ok(outcome);
                }
                match outcome.wait()? {
                    // What no step reads is dropped here.
                    Outcome::Images(images) => {
                        let mut images: Vec<_> = images.into_iter().map(Some).collect();
                        for &(index, part) in parts[number].iter().filter(|&&(_, part)| is_needed(part)) {
                            outcomes[part] = images.get_mut(index).and_then(Option::take).map(Outcome::Image);
                        }
                        outcomes[number] = Some(Outcome::Images(Vec::new()));
                    }
                    outcome => outcomes[number] = Some(outcome),
                }
            }
        }
    }
    outcomes[steps.root].take().map(Pending::ready).ok_or_else(|| unreachable_result(steps))
}

fn unreachable_result(steps: &Steps) -> Error {
    Error::Driver {
        device: steps.device.to_string(),
        call: "evaluate".into(),
        detail: "the result was dropped: please report this".into(),
    }
}

/// The inputs of a call.
pub(crate) struct Given {
    pub(crate) images: Vec<AnyImage>,
    /// What they are; where the kernel makes an image itself, of that.
    pub(crate) metas: Vec<Meta>,
}

impl Given {
    fn of(images: Vec<AnyImage>) -> Given {
        Given { metas: images.iter().map(Meta::of).collect(), images }
    }
}

/// The chains in the kernel of a call.
pub(crate) struct Fusing<'a> {
    pub(crate) launch: &'a FusedLaunch<'a>,
    /// The result, if a chain goes on with that of the call.
    pub(crate) result: Option<Meta>,
}

/// Runs a call; `target` is where one of its results goes, and which.
pub(crate) fn run_call(
    device: &Device,
    call: &Call,
    Given { images: inputs, metas }: Given,
    fusing: Option<Fusing<'_>>,
    target: Option<(&AnyImage, usize)>,
) -> Result<Pending<Outcome>> {
    let op = call.op;
    let signature = check::signature(op, &metas, &call.arguments, &call.stores)?;
    let frame = metas[0].frame.clone();
    let result = fusing.as_ref().and_then(|fusing| fusing.result.as_ref());
    let stored = signature.outputs.first().map(|output| output.dtype).filter(|_| result.is_some());
    let fused = fusing.as_ref().map(|fusing| fusing.launch);
    let prepared = Prepared { device, call, inputs, frame, pixel: signature.pixel, fused, stored };
    match op.kind {
        OpKind::Kernel(kernel) => {
            let meta = |index: usize| result.or(signature.outputs.get(index));
            let output = |index: usize| output(device, op.name, meta(index), target, index);
            let outputs = || (0..call.stores.len()).map(output).collect::<Result<Vec<_>>>();
            let images = match kernel.ir.class {
                Class::Pointwise | Class::Neighborhood => prepared.whole(kernel, outputs()?)?,
                Class::Gather => prepared.gather(kernel, outputs()?)?,
                Class::Scan => prepared.scan(kernel, outputs()?)?,
                Class::Separable => vec![prepared.separable(kernel, || output(0))?],
                Class::Reduction | Class::Grid => {
                    return Err(Error::Unsupported {
                        operation: op.name.into(),
                        problem: "it is part of other operations and has no result of its own".into(),
                        remedy: "use an operation that is built on it".into(),
                    });
                }
            };
            Ok(Pending::ready(outcome(op, images)))
        }
        OpKind::ReduceWhole(kernel) => reduce::whole(&prepared, kernel).map(|number| number.map(Outcome::Scalar)),
        OpKind::ReduceAxis(kernel, axis) => {
            let output = output(device, op.name, result.or(signature.outputs.first()), target, 0)?;
            reduce::axis(&prepared, kernel, axis, &output)?;
            Ok(Pending::ready(Outcome::Image(output)))
        }
        OpKind::Procedure(procedure) => {
            let context = Context::new(op.name, device.clone(), call.boundary);
            let outcome = procedure(&context, &prepared.inputs, &call.arguments)?;
            let images = match outcome.if_ready() {
                Some(Outcome::Image(image)) => std::slice::from_ref(image),
                Some(Outcome::Images(images)) => images,
                Some(Outcome::Scalar(_) | Outcome::Table(_)) | None => &[],
            };
            let differs = |(image, store): (&AnyImage, &Option<DType>)| {
                store.filter(|&store| store != image.dtype()).map(|store| (image.dtype(), store))
            };
            match images.iter().zip(&call.stores).find_map(differs) {
                Some((dtype, store)) => Err(Error::Unsupported {
                    operation: op.name.into(),
                    problem: format!("its result has the type {dtype} and is not stored as {store}"),
                    remedy: "use the operation `convert` on the result".into(),
                }),
                None => Ok(outcome),
            }
        }
        OpKind::Composite(_) => unreachable!("composites are expanded before anything runs"),
    }
}

/// The images that a kernel has computed, as the operation declares them.
fn outcome(op: &OpInfo, mut images: Vec<AnyImage>) -> Outcome {
    match (op.output, images.len()) {
        (OutputInfo::Images(_), _) | (_, 0 | 2..) => Outcome::Images(images),
        (_, 1) => Outcome::Image(images.swap_remove(0)),
    }
}

/// The image that a call writes as its result of that number: the target if it is for that and fits, else a new one.
pub(crate) fn output(
    device: &Device,
    operation: &str,
    result: Option<&Meta>,
    target: Option<(&AnyImage, usize)>,
    index: usize,
) -> Result<AnyImage> {
    let Some(Meta { dtype, frame }) = result else {
        return Err(Error::Unsupported {
            operation: operation.into(),
            problem: "its kernel computes an image, but it is declared to return something else".into(),
            remedy: "report this to the author".into(),
        });
    };
    match target {
        Some((target, wanted)) if wanted == index && target.dtype() == *dtype && target.shape5() == frame.shape5 => {
            Ok(target.clone())
        }
        _ => AnyImage::allocate(device, *dtype, frame.clone()),
    }
}

/// A result that may already be in the target, or has to be copied there.
fn into_target(operation: &str, outcome: Outcome, target: &AnyImage) -> Result<Outcome> {
    let result = image(operation, outcome)?;
    if result.shares_memory(target) {
        return Ok(Outcome::Image(target.clone()));
    }
    if result.device() != target.device() {
        return Err(Error::DeviceMismatch {
            operation: operation.into(),
            first: result.device().to_string(),
            second: target.device().to_string(),
        });
    }
    if result.dtype() != target.dtype() {
        return Err(Error::Type {
            operation: operation.into(),
            input: "the image to write into".into(),
            found: target.dtype(),
            expected: result.dtype().name().into(),
            remedy: "make an image of that type, or use `store_as`".into(),
        });
    }
    if result.shape5() != target.shape5() {
        let (result, target) = (Meta::of(&result), Meta::of(target));
        return Err(check::shapes_differ(operation, ("the result", &result), ("the image to write into", &target)));
    }
    let bytes = result.voxels() * result.dtype().size();
    target.device().copy(result.memory(), target.memory(), bytes)?;
    Ok(Outcome::Image(target.clone()))
}

/// A call that passed the checks, with its inputs.
pub(crate) struct Prepared<'a> {
    pub(crate) device: &'a Device,
    pub(crate) call: &'a Call,
    pub(crate) inputs: Vec<AnyImage>,
    /// That of the inputs.
    pub(crate) frame: Arc<Frame>,
    pub(crate) pixel: DType,
    /// The chains in its kernel.
    pub(crate) fused: Option<&'a FusedLaunch<'a>>,
    /// What it would store, if a chain goes on with that.
    stored: Option<DType>,
}

impl Prepared<'_> {
    /// Everything of a launch that the call itself decides.
    pub(crate) fn launch<'a>(&'a self, op: &'static KernelOp, role: Role, inputs: &'a [Operand<'a>]) -> Launch<'a> {
        Launch {
            op,
            role,
            axis: Axis::X,
            inputs,
            outputs: &[],
            sources: &[],
            pixel: self.pixel,
            geometry: self.frame.geometry(),
            boundary: self.call.boundary,
            arguments: &self.call.arguments,
            windows: &[],
            weights: &[],
            reduction: ReductionOperands::default(),
            fused: self.fused,
        }
    }

    /// The inputs as operands.
    pub(crate) fn operands(&self) -> Vec<Operand<'_>> {
        let made = self.fused.and_then(|fused| fused.before.as_ref()).map(ChainPart::result);
        let inputs = self.inputs.iter().map(AnyImage::operand);
        inputs.map(|operand| Operand { dtype: made.unwrap_or(operand.dtype), ..operand }).collect()
    }

    /// An image for the result as an operand.
    pub(crate) fn result<'b>(&self, image: &'b AnyImage) -> Operand<'b> {
        let operand = image.operand();
        Operand { dtype: self.stored.unwrap_or(operand.dtype), ..operand }
    }

    fn arguments(&self) -> &Arguments {
        &self.call.arguments
    }

    /// Pointwise operations and windows: one launch.
    fn whole(&self, op: &'static KernelOp, images: Vec<AnyImage>) -> Result<Vec<AnyImage>> {
        let windows = windows::chords(self.call.op.name, op, self.arguments(), self.frame.spatial())?;
        let weights = windows::weights(self.call.op.name, op, self.arguments())?;
        let operands = self.operands();
        let launch = self.launch(op, Role::Whole, &operands);
        let outputs: Vec<_> = images.iter().map(|image| self.result(image)).collect();
        self.device.run(&Launch { outputs: &outputs, windows: &windows, weights: &weights, ..launch })?;
        Ok(images)
    }

    /// One launch over the extents of the result, with the whole inputs as its sources.
    fn gather(&self, op: &'static KernelOp, images: Vec<AnyImage>) -> Result<Vec<AnyImage>> {
        let operands = self.operands();
        let launch = self.launch(op, Role::Whole, &operands);
        let extent = images.first().map_or(launch.geometry.extent, AnyImage::spatial);
        let geometry = Geometry { global: extent, extent, ..launch.geometry };
        let source = |image: &AnyImage| Source { extent: image.spatial(), batch: image.frame().batch() };
        let sources: Vec<_> = self.inputs.iter().skip(1).map(source).collect();
        let outputs: Vec<_> = images.iter().map(|image| self.result(image)).collect();
        self.device.run(&Launch { sources: &sources, outputs: &outputs, geometry, ..launch })?;
        Ok(images)
    }

    /// One launch over all lines along the axis that the call names.
    fn scan(&self, op: &'static KernelOp, images: Vec<AnyImage>) -> Result<Vec<AnyImage>> {
        let operands = self.operands();
        let launch = self.launch(op, Role::Scan, &operands);
        let outputs: Vec<_> = images.iter().map(AnyImage::operand).collect();
        self.device.run(&Launch { axis: scan_axis(self.arguments()), outputs: &outputs, ..launch })?;
        Ok(images)
    }

    /// A pass along each axis that has neighbours; along x if none has. The output is made when the last pass needs it.
    fn separable(mut self, op: &'static KernelOp, output: impl FnOnce() -> Result<AnyImage>) -> Result<AnyImage> {
        let name = self.call.op.name;
        let windows = windows::chords(name, op, self.arguments(), self.frame.spatial())?;
        let weights = windows::weights(name, op, self.arguments())?;
        let line = op.ir.inputs.iter().position(|input| input.access == Access::Line).unwrap_or(0);
        let between = between_passes(op, self.pixel);
        let axes = pass_axes(self.frame.spatial());
        // An axis of extent 1 has no neighbours, not even the constant of a boundary: in the pass that has none but such the voxel stands for all.
        let alone = self.frame.spatial() == [1; 3];
        let boundary = if alone { Boundary::Nearest } else { self.call.boundary };
        let mut passes: Vec<(Role, Axis)> = axes.into_iter().map(|axis| (Role::Pass, axis)).collect();
        let operands = self.operands();
        let takes = |role: Role| {
            let several = Launch { windows: &windows, weights: &weights, ..self.launch(op, role, &operands) };
            self.device.backend().takes(&several)
        };
        match passes[..] {
            [(_, Axis::X), (_, Axis::Y), (_, Axis::Z)] if takes(Role::Volume) => passes = vec![(Role::Volume, Axis::X)],
            [(_, Axis::X), (_, Axis::Y), ..] if takes(Role::Planes) => {
                passes.splice(..2, [(Role::Planes, Axis::X)]);
            }
            _ => {}
        }
        drop(operands);
        // Only the last pass stores the result.
        let run = |call: &Self, (role, axis): (Role, Axis), outputs: &[Operand<'_>], fused| {
            let operands = call.operands();
            let launch = call.launch(op, role, &operands);
            call.device.run(&Launch { axis, outputs, boundary, windows: &windows, weights: &weights, fused, ..launch })
        };
        let last = passes.pop().unwrap_or((Role::Pass, Axis::X));
        for pass in passes {
            let to = AnyImage::allocate(self.device, between, self.frame.clone())?;
            run(&self, pass, &[to.operand()], None)?;
            // What the pass has read is free from now on.
            self.inputs[line] = to;
        }
        let output = output()?;
        run(&self, last, &[self.result(&output)], self.fused)?;
        Ok(output)
    }
}

/// The axis along which a scan walks.
pub(crate) fn scan_axis(arguments: &Arguments) -> Axis {
    Choice::from_index(arguments.choice(AXIS_PARAM.into()))
}

/// The axes of the passes of a separable operation: those with neighbours, or x alone.
pub(crate) fn pass_axes(spatial: [usize; 3]) -> Vec<Axis> {
    let axes: Vec<Axis> = Axis::ALL.into_iter().filter(|axis| spatial[axis.index()] > 1).collect();
    if axes.is_empty() { vec![Axis::X] } else { axes }
}

/// The element type of the images between the passes of a separable operation.
pub(crate) fn between_passes(op: &KernelOp, pixel: DType) -> DType {
    match op.ir.output() {
        Type::Pixel => pixel,
        ty => ty.default_storage().unwrap_or(DType::F32),
    }
}

#[cfg(test)]
mod tests;
