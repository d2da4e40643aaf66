//! Runs chains: the calls of a chain are checked one by one, where each of them would run, and carried out together where the last one
//! would.
//!
//! Invariant: what is wrong with a call is said in the same words, and at the same place among the other steps, as without fusion.

use kernwerk_codegen::ir::DType;
use kernwerk_codegen::plan::Source;

use crate::backend::chain::{ChainCall, ChainLaunch};
use crate::backend::launch::Operand;
use crate::check::{self, Meta};
use crate::executor::{output, wrong_outcome};
use crate::image::AnyImage;
use crate::op::{OpKind, Outcome};
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

    /// Runs the chain of these calls, which were checked; `inputs` are the steps that they read from outside, and the result goes into
    /// the target if there is one and it fits.
    ///
    /// # Errors
    /// What is wrong with the device.
    pub(crate) fn run(
        &self,
        steps: &Steps,
        calls: &[usize],
        inputs: &[usize],
        outcomes: &[Option<Outcome>],
        target: Option<&AnyImage>,
    ) -> Result<AnyImage> {
        let mut launched = Vec::with_capacity(calls.len());
        let mut last = None;
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
            last = Some((call, known));
        }
        let Some((call, known)) = last else { unreachable!("a chain has calls") };
        let operands: Vec<Operand<'_>> = inputs
            .iter()
            .map(|&input| match &outcomes[input] {
                Some(Outcome::Image(image)) => Ok(image.operand()),
                _ => Err(lost(call)),
            })
            .collect::<Result<_>>()?;
        let result = output(&steps.device, call.op.name, Some(&known.result), target.map(|target| (target, 0)), 0)?;
        let voxels = known.result.frame.voxels();
        steps.device.run_chain(&ChainLaunch {
            inputs: &operands,
            steps: &launched,
            output: result.operand(),
            voxels,
        })?;
        Ok(result)
    }
}

fn lost(call: &Call) -> Error {
    Error::Unsupported {
        operation: call.op.name.into(),
        problem: "what the chain that it is part of reads is not there".into(),
        remedy: "please report this".into(),
    }
}
