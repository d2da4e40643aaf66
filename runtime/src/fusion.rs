//! Which calls of an evaluation run as one kernel: pointwise operations whose results only each other read.
//!
//! Input: steps. Output: for each call the chain that it is part of, or why it is by itself. Invariant: of a chain only its last result
//! leaves, and everything that a chain reads from outside is there before its last call.

use std::fmt;
use std::sync::OnceLock;

use kernwerk_codegen::emit::fit_together;
use kernwerk_codegen::plan::{CHAIN_INPUTS, CHAIN_SCALARS, CHAIN_STEPS, scalars, unfit};

use crate::op::{KernelOp, OpKind};
use crate::resolve::{Call, Step, Steps};

/// What becomes of the calls of an evaluation.
pub(crate) struct Fusion {
    /// For each step.
    fates: Vec<Fate>,
    chains: Vec<Group>,
}

/// What becomes of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// No call, or one that nobody needs.
    Nothing,
    /// It runs by itself, or is the last of its chain.
    Last(usize, Why),
    /// It runs in the kernel of a later call.
    Fused(usize),
    /// It runs by itself and cannot be part of a chain.
    Unfit(Why),
}

/// Why a call is not part of the kernel that reads its result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Why {
    /// It is the result.
    Result,
    /// What the operation does.
    Operation(&'static str),
    /// Its result is read by this step, which is no chain.
    ReadBy(usize),
    /// Its result is read by two steps that are not in one chain.
    ReadByBoth(usize, usize),
    /// Its reader's chain would have too many of something.
    TooMany(&'static str, usize),
    /// Two functions that the operations call have the same name.
    Names,
    /// Fusion is switched off.
    Off,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Result => f.write_str("it is the result"),
            Why::Operation(reason) => f.write_str(reason),
            Why::ReadBy(step) => write!(f, "its result is read by %{step}, which is not pointwise or cannot be fused"),
            Why::ReadByBoth(a, b) => write!(f, "its result is read by %{a} and %{b}, which are not in one kernel"),
            Why::TooMany(what, most) => write!(f, "one kernel would have more than {most} {what}"),
            Why::Names => f.write_str("it calls a function that has the name of another one in that kernel"),
            Why::Off => f.write_str("KERNWERK_FUSION is off"),
        }
    }
}

/// The calls that run as one kernel.
#[derive(Debug, Default)]
struct Group {
    /// In the order in which they run.
    calls: Vec<usize>,
    /// The steps that they read from outside.
    inputs: Vec<usize>,
    scalars: usize,
}

/// Who reads the result of a step, as far as it is known.
#[derive(Clone, Copy)]
enum Readers {
    None,
    /// Only calls of this chain; the second is one of them.
    Chain(usize, usize),
    Other(Why),
}

impl Fusion {
    /// Decides what is fused. `last_uses` are those of the steps; they change where what a call reads is needed until its chain runs.
    pub(crate) fn of(steps: &Steps, last_uses: &mut [Option<usize>]) -> Fusion {
        Fusion::decide(steps, last_uses, is_on())
    }

    fn decide(steps: &Steps, last_uses: &mut [Option<usize>], on: bool) -> Fusion {
        let mut fusion = Fusion { fates: vec![Fate::Nothing; steps.steps.len()], chains: Vec::new() };
        let mut readers = vec![Readers::None; steps.steps.len()];
        readers[steps.root] = Readers::Other(Why::Result);
        // From the last call to the first: the readers of a result are known before the call that makes it.
        for (number, step) in steps.steps.iter().enumerate().rev().filter(|(number, _)| last_uses[*number].is_some()) {
            let call = match step {
                Step::Call(call) => call,
                Step::Image(_) => continue,
                Step::Part { of, .. } => {
                    readers[*of] = Readers::Other(Why::Operation("it has several results"));
                    continue;
                }
            };
            fusion.fates[number] = fusion.fate(steps, number, call, readers[number], on);
            let chain = match fusion.fates[number] {
                Fate::Last(chain, _) | Fate::Fused(chain) => Some(chain),
                _ => None,
            };
            for &input in &call.inputs {
                readers[input] = match (readers[input], chain) {
                    (Readers::None, Some(chain)) => Readers::Chain(chain, number),
                    (Readers::None, None) => Readers::Other(Why::ReadBy(number)),
                    (Readers::Chain(known, _), Some(chain)) if known == chain => Readers::Chain(chain, number),
                    (Readers::Chain(_, other), _) if other != number => Readers::Other(Why::ReadByBoth(number, other)),
                    (other, _) => other,
                };
            }
        }
        for chain in &mut fusion.chains {
            chain.calls.reverse();
            chain.inputs.sort_unstable();
            let Some(&last) = chain.calls.last() else { continue };
            for &input in &chain.inputs {
                last_uses[input] = last_uses[input].max(Some(last));
            }
        }
        fusion
    }

    fn fate(&mut self, steps: &Steps, number: usize, call: &Call, readers: Readers, on: bool) -> Fate {
        let Some(op) = kernel(call) else { return Fate::Unfit(Why::Operation("it is not pointwise")) };
        if let Some(reason) = unfit(&op.ir) {
            return Fate::Unfit(Why::Operation(reason));
        }
        let why = match readers {
            _ if !on => Why::Off,
            Readers::None => Why::Result,
            Readers::Other(why) => why,
            Readers::Chain(chain, _) => match self.chains[chain].add(steps, number, call, op) {
                Ok(()) => return Fate::Fused(chain),
                Err(why) => why,
            },
        };
        let mut inputs = call.inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        self.chains.push(Group { calls: vec![number], inputs, scalars: scalars(&op.ir) });
        Fate::Last(self.chains.len() - 1, why)
    }

    /// The call whose kernel this one is part of, if it is not the last one of it.
    pub(crate) fn fused_into(&self, number: usize) -> Option<usize> {
        match self.fates[number] {
            Fate::Fused(chain) => self.chains[chain].calls.last().copied(),
            _ => None,
        }
    }

    /// The calls of the chain that ends with this one and the steps that they read from outside; `None` if it has no others.
    pub(crate) fn chain(&self, number: usize) -> Option<(&[usize], &[usize])> {
        match self.fates[number] {
            Fate::Last(chain, _) if self.chains[chain].calls.len() > 1 => {
                Some((&self.chains[chain].calls, &self.chains[chain].inputs))
            }
            _ => None,
        }
    }

    /// Why a call is not part of the kernel that reads its result; `None` if it is, or if nothing is to be told.
    pub(crate) fn why_not(&self, number: usize) -> Option<Why> {
        match self.fates[number] {
            Fate::Last(_, why) | Fate::Unfit(why) => (why != Why::Result).then_some(why),
            Fate::Nothing | Fate::Fused(_) => None,
        }
    }
}

impl Group {
    /// Makes a call part of the chain, or says why not.
    fn add(
        &mut self,
        steps: &Steps,
        number: usize,
        call: &Call,
        op: &'static KernelOp,
    ) -> std::result::Result<(), Why> {
        let new = |input: &usize| !self.inputs.contains(input);
        let mut added: Vec<usize> = call.inputs.iter().copied().filter(new).collect();
        added.sort_unstable();
        added.dedup();
        let scalars = self.scalars + scalars(&op.ir);
        if self.inputs.len() - 1 + added.len() > CHAIN_INPUTS {
            return Err(Why::TooMany("images to read", CHAIN_INPUTS));
        }
        if self.calls.len() == CHAIN_STEPS {
            return Err(Why::TooMany("operations", CHAIN_STEPS));
        }
        if scalars > CHAIN_SCALARS {
            return Err(Why::TooMany("parameters", CHAIN_SCALARS));
        }
        if !op.ir.helpers.is_empty() {
            let ops = self.calls.iter().filter_map(|&other| match &steps.steps[other] {
                Step::Call(other) => kernel(other).filter(|other| !other.ir.helpers.is_empty()),
                _ => None,
            });
            let ops: Vec<_> = ops.chain([op]).map(|op| &op.ir).collect();
            if ops.len() > 1 && !fit_together(&ops) {
                return Err(Why::Names);
            }
        }
        self.inputs.retain(|&input| input != number);
        self.inputs.extend(added);
        self.calls.push(number);
        self.scalars = scalars;
        Ok(())
    }
}

fn kernel(call: &Call) -> Option<&'static KernelOp> {
    match call.op.kind {
        OpKind::Kernel(op) => Some(op),
        _ => None,
    }
}

/// Whether calls are fused: `KERNWERK_FUSION=off` runs each by itself, to compare or to find out which one is slow.
fn is_on() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| !std::env::var("KERNWERK_FUSION").is_ok_and(|value| value.trim().eq_ignore_ascii_case("off")))
}
