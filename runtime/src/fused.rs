//! Runs chains, and operations with chains in their kernels: the calls are checked one by one, where each of them would run, and carried
//! out together where the last one would.
//!
//! Invariant: what is wrong with a call is said in the same words, and at the same place among the other steps, as without fusion.

use kernwerk_codegen::ir::DType;
use kernwerk_codegen::plan::Source;

use crate::backend::chain::{ChainCall, ChainInput, ChainLaunch, ChainPart, FusedLaunch};
use crate::backend::launch::Operand;
use crate::check::{self, Meta};
use crate::executor::{Fusing, Given, output, run_call, wrong_outcome};
use crate::fusion::{Part, Unit};
use crate::image::AnyImage;
use crate::op::{OpKind, Outcome};
use crate::pending::Pending;
use crate::resolve::{Call, Step, Steps};
use crate::{Error, Result};

/// What is known of the calls of chains that were checked and have not yet run.
pub(crate) struct Checked(Vec<Option<Known>>);

struct Known {
    pixel: DType,
    result: Meta,
}

impl Checked {
    /// Nothing is known yet.
    pub(crate) fn new(steps: usize) -> Checked {
        Checked(std::iter::repeat_with(|| None).take(steps).collect())
    }

    /// Checks a call of a chain.
    ///
    /// # Errors
    /// As [`check::signature`].
    pub(crate) fn check(&mut self, number: usize, call: &Call, outcomes: &[Option<Outcome>]) -> Result<()> {
        let meta = |&input: &usize| match (&self.0[input], &outcomes[input]) {
            (Some(known), _) => Ok(known.result.clone()),
            (None, Some(Outcome::Image(image))) => Ok(Meta::of(image)),
            (None, Some(other)) => Err(wrong_outcome(call.op.name, "an image as input", other)),
            (None, None) => unreachable!("an outcome stays until its last use"),
        };
        let inputs = call.inputs.iter().map(meta).collect::<Result<Vec<_>>>()?;
        let signature = check::signature(call.op, &inputs, &call.arguments, &call.stores)?;
        let result = signature.outputs.into_iter().next().ok_or_else(|| lost(call))?;
        self.0[number] = Some(Known { pixel: signature.pixel, result });
        Ok(())
    }

    /// Runs a chain, whose calls were checked; the result goes into the target if there is one and it fits.
    ///
    /// # Errors
    /// What is wrong with the device.
    pub(crate) fn run(
        &self,
        steps: &Steps,
        part: Part<'_>,
        outcomes: &[Option<Outcome>],
        target: Option<&AnyImage>,
    ) -> Result<AnyImage> {
        let (call, known) = self.last(steps, part)?;
        let operands: Vec<Operand<'_>> = part
            .inputs
            .iter()
            .map(|&input| match &outcomes[input] {
                Some(Outcome::Image(image)) => Ok(image.operand()),
                _ => Err(lost(call)),
            })
            .collect::<Result<_>>()?;
        let result = output(&steps.device, call.op.name, Some(&known.result), target.map(|target| (target, 0)), 0)?;
        steps.device.run_chain(&ChainLaunch {
            inputs: &operands,
            steps: &self.calls(steps, part)?,
            output: result.operand(),
            voxels: known.result.frame.voxels(),
            extent: known.result.frame.spatial(),
        })?;
        Ok(result)
    }

    /// Runs an operation with chains in its kernel; all calls but that of the operation itself, if it is the last one, were checked. What
    /// it has read is dropped if this step is the last that reads it; the result goes into the target if there is one and it fits.
    ///
    /// # Errors
    /// What is wrong with the operation, if it was not checked, or with the device.
    pub(crate) fn run_unit(
        &self,
        steps: &Steps,
        unit: &Unit<'_>,
        outcomes: &mut [Option<Outcome>],
        is_last_use: &dyn Fn(usize) -> bool,
        target: Option<&AnyImage>,
    ) -> Result<Pending<Outcome>> {
        let Step::Call(call) = &steps.steps[unit.call] else { unreachable!("units are calls") };
        let image = |outcomes: &[Option<Outcome>], input: usize| match &outcomes[input] {
            Some(Outcome::Image(image)) => Ok(image.clone()),
            Some(other) => Err(wrong_outcome(call.op.name, "an image as input", other)),
            None => Err(lost(call)),
        };
        let read = |outcomes: &[Option<Outcome>], part: Option<Part<'_>>| {
            let inputs = part.map_or(&[][..], |part| part.inputs);
            let one = |&input: &usize| match input == unit.call {
                true => Ok(None),
                false => image(outcomes, input).map(Some),
            };
            inputs.iter().map(one).collect::<Result<Vec<Option<AnyImage>>>>()
        };
        let (before, after) = (read(outcomes, unit.before)?, read(outcomes, unit.after)?);
        let mut given = Given { images: Vec::new(), metas: Vec::new() };
        for &input in &call.inputs {
            // Of what the kernel makes itself only the first image that it is made of stands for the memory.
            let (image, meta) = match (&self.0[input], before.first()) {
                (Some(known), Some(Some(first))) => (first.clone(), known.result.clone()),
                _ => {
                    let image = image(outcomes, input)?;
                    let meta = Meta::of(&image);
                    (image, meta)
                }
            };
            given.images.push(image);
            given.metas.push(meta);
        }
        let inputs = [unit.before, unit.after].into_iter().flatten().flat_map(|part| part.inputs);
        for &input in inputs.chain(&call.inputs).filter(|&&input| is_last_use(input)) {
            outcomes[input] = None;
        }
        let fused = FusedLaunch {
            before: self.part(steps, unit.before, &before)?,
            after: self.part(steps, unit.after, &after)?,
        };
        let result = match unit.after {
            Some(part) => Some(self.last(steps, part)?.1.result.clone()),
            None => None,
        };
        let fused = Fusing { launch: &fused, result };
        run_call(&steps.device, call, given, Some(fused), target.map(|target| (target, 0)))
    }

    /// A chain as part of a launch; of its images that is `None` which the launch itself computes.
    fn part<'a>(
        &self,
        steps: &'a Steps,
        part: Option<Part<'_>>,
        images: &'a [Option<AnyImage>],
    ) -> Result<Option<ChainPart<'a>>> {
        let Some(part) = part else { return Ok(None) };
        let input = |(&input, image): (&usize, &'a Option<AnyImage>)| match (image, &self.0[input]) {
            (Some(image), _) => {
                let Operand { dtype, memory } = image.operand();
                Ok(ChainInput { dtype, memory: Some(memory) })
            }
            (None, Some(known)) => Ok(ChainInput { dtype: known.result.dtype, memory: None }),
            (None, None) => Err(lost(self.last(steps, part)?.0)),
        };
        let inputs = part.inputs.iter().zip(images).map(input).collect::<Result<_>>()?;
        let extent = self.last(steps, part)?.1.result.frame.spatial();
        Ok(Some(ChainPart { inputs, steps: self.calls(steps, part)?, extent }))
    }

    /// The last call of a chain, and what is known of it.
    fn last<'a>(&'a self, steps: &'a Steps, part: Part<'_>) -> Result<(&'a Call, &'a Known)> {
        let last = part.calls.last().copied().unwrap_or(steps.root);
        match (&steps.steps[last], &self.0[last]) {
            (Step::Call(call), Some(known)) => Ok((call, known)),
            (Step::Call(call), None) => Err(lost(call)),
            _ => unreachable!("chains are calls"),
        }
    }

    /// The calls of a chain as they are launched.
    fn calls<'a>(&self, steps: &'a Steps, part: Part<'_>) -> Result<Vec<ChainCall<'a>>> {
        let Part { calls, inputs } = part;
        let mut launched = Vec::with_capacity(calls.len());
        for &number in calls {
            let (Step::Call(call), Some(known)) = (&steps.steps[number], &self.0[number]) else { continue };
            let OpKind::Kernel(op) = call.op.kind else { continue };
            let source = |input: &usize| {
                let of = |among: &[usize]| among.iter().position(|one| one == input).map(|at| at as u8);
                of(calls).map(Source::Step).or_else(|| of(inputs).map(Source::Input)).ok_or_else(|| lost(call))
            };
            let sources = call.inputs.iter().map(source).collect::<Result<_>>()?;
            let store = known.result.dtype;
            launched.push(ChainCall { op, pixel: known.pixel, sources, store, arguments: &call.arguments });
        }
        Ok(launched)
    }
}

fn lost(call: &Call) -> Error {
    Error::Unsupported {
        operation: call.op.name.into(),
        problem: "what the chain that it is part of reads is not there".into(),
        remedy: "please report this".into(),
    }
}
