//! Which calls of an evaluation run as one kernel: pointwise operations whose results only each other read, by themselves, in the stores
//! of the operation whose result they go on with, or in the loads of the one that reads theirs.
//!
//! Input: steps. Output: for each call what it is part of, or why it is by itself. Invariant: of what runs as one kernel only one result
//! leaves, and everything that it reads from outside is there before its last call.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{OnceLock, PoisonError, RwLock};

use kernwerk_codegen::emit::fit_together;
use kernwerk_codegen::plan::{
    CHAIN_INPUTS, CHAIN_SCALARS, CHAIN_STEPS, CHAIN_WEIGHT, scalars, unfit, unfit_after, unfit_before, weight,
};

use crate::op::{KernelOp, OpKind};
use crate::resolve::{Call, Step, Steps};

/// What becomes of the calls of an evaluation.
pub(crate) struct Fusion {
    /// For each step.
    fates: Vec<Fate>,
    chains: Vec<Group>,
    /// For each step the chain in its loads.
    before: Vec<Option<usize>>,
}

/// An operation with chains in its kernel.
pub(crate) struct Unit<'a> {
    /// Its call.
    pub(crate) call: usize,
    /// What makes the voxels that it reads.
    pub(crate) before: Option<Part<'a>>,
    /// What goes on with its result.
    pub(crate) after: Option<Part<'a>>,
}

/// The calls of a chain, and the steps that they read from outside.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) calls: &'a [usize],
    pub(crate) inputs: &'a [usize],
}

impl Part<'_> {
    /// What its operations compute per voxel.
    pub(crate) fn weight(&self, steps: &Steps) -> u64 {
        let weights = self.calls.iter().filter_map(|&call| kernel(steps, call)).map(weight_of);
        weights.fold(0, u64::saturating_add)
    }
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
    /// It is no part of that chain, which runs in its stores.
    Carries(usize),
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
    /// Its result is read by this step, which is no chain; and why that cannot make it itself.
    ReadBy(usize, &'static str),
    /// As that, and it is read more than once.
    ReadAgain(usize),
    /// The chain that reads its result runs in the stores of this step.
    Carried(usize),
    /// The chain that reads its result is part of a kernel already.
    Taken,
    /// The device runs operations that are not pointwise by themselves.
    Device,
    /// Its result is read by two steps that are not in one chain.
    ReadByBoth(usize, usize),
    /// Its reader's chain would have too many of something.
    TooMany(&'static str, usize),
    /// It or what reads its result computes too much to be part of another kernel.
    Heavy,
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
            Why::ReadBy(step, reason) => write!(f, "its result is read by %{step}, and {reason}"),
            Why::ReadAgain(step) => write!(f, "its result is read by %{step} and once more"),
            Why::Carried(step) => write!(f, "what reads its result is in the kernel of %{step}"),
            Why::Taken => f.write_str("what reads its result is in the kernel of another step"),
            Why::Device => f.write_str("this device runs what is not pointwise by itself"),
            Why::ReadByBoth(a, b) => write!(f, "its result is read by %{a} and %{b}, which are not in one kernel"),
            Why::TooMany(what, most) => write!(f, "one kernel would have more than {most} {what}"),
            Why::Heavy => {
                write!(f, "what reads its result has more than {CHAIN_WEIGHT} operations of arithmetic per voxel")
            }
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
    /// The call in whose stores it runs.
    carrier: Option<usize>,
    /// The call in whose loads it runs.
    reader: Option<usize>,
}

/// Who reads the result of a step, as far as it is known.
#[derive(Clone, Copy)]
enum Readers {
    None,
    /// Only calls of this chain; the second is one of them.
    Chain(usize, usize),
    /// Only this call, which can make the voxels itself.
    Maker(usize),
    Other(Why),
}

impl Fusion {
    /// Decides what is fused. `last_uses` are those of the steps; they change where what a call reads is needed until its chain runs.
    pub(crate) fn of(steps: &Steps, last_uses: &mut [Option<usize>]) -> Fusion {
        let on = On { fusion: is_on(), kernels: steps.device.backend().fuses() };
        Fusion::decide(steps, last_uses, on)
    }

    fn decide(steps: &Steps, last_uses: &mut [Option<usize>], on: On) -> Fusion {
        let count = steps.steps.len();
        let mut fusion = Fusion { fates: vec![Fate::Nothing; count], chains: Vec::new(), before: vec![None; count] };
        let times = times_read(steps, last_uses);
        let mut readers = vec![Readers::None; steps.steps.len()];
        readers[steps.root] = Readers::Other(Why::Result);
        // From the last call to the first: the readers of a result are known before the call that makes it.
        for (number, step) in steps.steps.iter().enumerate().rev().filter(|(number, _)| last_uses[*number].is_some()) {
            let call = match step {
                Step::Call(call) => call,
                Step::Image(_) => continue,
                Step::Several { parts, .. } => {
                    parts.iter().for_each(|&part| readers[part] = Readers::Other(Why::Result));
                    continue;
                }
                Step::Part { of, .. } => {
                    readers[*of] = Readers::Other(Why::Operation("it has several results"));
                    continue;
                }
            };
            fusion.fates[number] = fusion.fate(steps, number, call, readers[number], times[number], on);
            let chain = match fusion.fates[number] {
                Fate::Last(chain, _) | Fate::Fused(chain) => Some(chain),
                _ => None,
            };
            for &input in &call.inputs {
                readers[input] = match (readers[input], chain) {
                    (Readers::None, Some(chain)) => Readers::Chain(chain, number),
                    (Readers::None, None) => match makes_its_own(call, on) {
                        Ok(()) => Readers::Maker(number),
                        Err(reason) => Readers::Other(Why::ReadBy(number, reason)),
                    },
                    (Readers::Chain(known, _), Some(chain)) if known == chain => Readers::Chain(chain, number),
                    (Readers::Chain(_, other), _) if other != number => Readers::Other(Why::ReadByBoth(number, other)),
                    (other, _) => other,
                };
            }
        }
        for chain in &mut fusion.chains {
            chain.calls.reverse();
            chain.inputs.sort_unstable();
        }
        for number in 0..count {
            let at = fusion.runs_at(number);
            let read = match (&fusion.fates[number], &steps.steps[number]) {
                (Fate::Last(chain, _), _) => &fusion.chains[*chain].inputs,
                (Fate::Carries(_) | Fate::Unfit(_), Step::Call(call)) => &call.inputs,
                _ => continue,
            };
            for &input in read {
                last_uses[input] = last_uses[input].max(Some(at));
            }
        }
        fusion
    }

    /// The step at which the kernel runs that a call is part of.
    fn runs_at(&self, number: usize) -> usize {
        let of_chain = |chain: usize| match self.chains[chain].reader {
            Some(reader) => self.runs_at(reader),
            None => self.chains[chain].calls.last().copied().unwrap_or(number),
        };
        match self.fates[number] {
            Fate::Last(chain, _) | Fate::Fused(chain) | Fate::Carries(chain) => of_chain(chain),
            Fate::Nothing | Fate::Unfit(_) => number,
        }
    }

    fn fate(&mut self, steps: &Steps, number: usize, call: &Call, readers: Readers, times: usize, on: On) -> Fate {
        let joins = match call.op.kind {
            OpKind::Kernel(op) => unfit(&op.ir).map_or(Ok(op), Err),
            _ => Err("it is not pointwise"),
        };
        let op = match joins {
            Ok(op) => op,
            // What is read by no chain has no reason of its own.
            Err(reason) => {
                return self.carry(steps, number, call, readers, on).unwrap_or_else(|why| match why {
                    Why::ReadBy(..) => Fate::Unfit(Why::Operation(reason)),
                    why => Fate::Unfit(why),
                });
            }
        };
        let mut reader = None;
        let why = match readers {
            _ if !on.fusion => Why::Off,
            Readers::None => Why::Result,
            Readers::Maker(by) if times > 1 => Why::ReadAgain(by),
            Readers::Maker(by) if !fit(self.kernel_of(steps, by), op) => Why::Names,
            Readers::Maker(_) if weight_of(op) > CHAIN_WEIGHT => Why::Heavy,
            Readers::Maker(by) => {
                reader = Some(by);
                Why::Result
            }
            Readers::Other(why) => why,
            Readers::Chain(chain, _) if !fit(self.ops_with(steps, chain), op) => Why::Names,
            Readers::Chain(chain, _) => match self.chains[chain].add(steps, number, call, op) {
                Ok(()) => return Fate::Fused(chain),
                Err(why) => why,
            },
        };
        let mut inputs = call.inputs.clone();
        inputs.sort_unstable();
        inputs.dedup();
        let chain = self.chains.len();
        self.chains.push(Group { calls: vec![number], inputs, scalars: scalars(&op.ir), carrier: None, reader });
        if let Some(reader) = reader {
            self.before[reader] = Some(chain);
        }
        Fate::Last(chain, why)
    }

    /// Puts the chain that reads the result of a call into its stores, or says why not; [`Why::Result`] if no chain reads it.
    fn carry(
        &mut self,
        steps: &Steps,
        number: usize,
        call: &Call,
        readers: Readers,
        on: On,
    ) -> std::result::Result<Fate, Why> {
        let Readers::Chain(chain, _) = readers else {
            return Err(match readers {
                Readers::Other(why) => why,
                Readers::Maker(by) => Why::ReadBy(by, "it makes only what is pointwise itself"),
                Readers::None | Readers::Chain(..) => Why::Result,
            });
        };
        let op = match call.op.kind {
            OpKind::Kernel(op) | OpKind::ReduceAxis(op, _) => op,
            _ => return Err(Why::Operation("it is no single kernel")),
        };
        if !on.fusion {
            return Err(Why::Off);
        }
        if let Some(reason) = unfit_after(&op.ir) {
            return Err(Why::Operation(reason));
        }
        if !on.kernels {
            return Err(Why::Device);
        }
        if !fit(self.ops_with(steps, chain), op) {
            return Err(Why::Names);
        }
        let group = &mut self.chains[chain];
        match (group.carrier, group.reader) {
            (Some(other), _) => Err(Why::Carried(other)),
            (_, Some(_)) => Err(Why::Taken),
            (None, None) if group.weight(steps) > CHAIN_WEIGHT => Err(Why::Heavy),
            (None, None) => {
                group.carrier = Some(number);
                Ok(Fate::Carries(chain))
            }
        }
    }

    /// The operations in the kernel of a call that is no part of a chain: its own, and those of its chains.
    fn kernel_of(&self, steps: &Steps, number: usize) -> Vec<&'static KernelOp> {
        let carried = match self.fates[number] {
            Fate::Carries(chain) => Some(chain),
            _ => None,
        };
        let chains = carried.into_iter().chain(self.before[number]).flat_map(|chain| &self.chains[chain].calls);
        std::iter::once(&number).chain(chains).filter_map(|&call| kernel(steps, call)).collect()
    }

    /// The operations in the kernel that a chain is part of.
    fn ops_with(&self, steps: &Steps, chain: usize) -> Vec<&'static KernelOp> {
        let group = &self.chains[chain];
        match group.carrier.or(group.reader) {
            Some(call) => self.kernel_of(steps, call),
            None => group.calls.iter().filter_map(|&call| kernel(steps, call)).collect(),
        }
    }

    /// The step at which the kernel runs that this call is part of, if that is a later one.
    pub(crate) fn fused_into(&self, number: usize) -> Option<usize> {
        Some(self.runs_at(number)).filter(|&at| at != number)
    }

    /// The calls of the chain that ends with this one; `None` if it has no others, or is part of another kernel.
    pub(crate) fn chain(&self, number: usize) -> Option<Part<'_>> {
        match self.fates[number] {
            Fate::Last(chain, _) => {
                let group = &self.chains[chain];
                let alone = group.calls.len() == 1 || group.carrier.is_some() || group.reader.is_some();
                (!alone).then(|| group.part())
            }
            _ => None,
        }
    }

    /// The operation with chains in its kernel that runs at this step.
    pub(crate) fn unit(&self, number: usize) -> Option<Unit<'_>> {
        let (call, after) = match self.fates[number] {
            Fate::Last(chain, _) => (self.chains[chain].carrier?, Some(self.chains[chain].part())),
            Fate::Unfit(_) => (number, None),
            _ => return None,
        };
        let before = self.before[call].map(|chain| self.chains[chain].part());
        (before.is_some() || after.is_some()).then_some(Unit { call, before, after })
    }

    /// Why a call is not part of the kernel that reads its result; `None` if it is, or if nothing is to be told.
    pub(crate) fn why_not(&self, number: usize) -> Option<Why> {
        match self.fates[number] {
            Fate::Last(_, why) | Fate::Unfit(why) => (why != Why::Result).then_some(why),
            Fate::Nothing | Fate::Fused(_) | Fate::Carries(_) => None,
        }
    }
}

/// What may be fused.
#[derive(Clone, Copy)]
struct On {
    /// Anything.
    fusion: bool,
    /// Chains with operations that are not pointwise.
    kernels: bool,
}

/// Whether a call can make the voxels of its image itself, or why not.
fn makes_its_own(call: &Call, on: On) -> std::result::Result<(), &'static str> {
    let op = match call.op.kind {
        OpKind::Kernel(op) | OpKind::ReduceAxis(op, _) | OpKind::ReduceWhole(op) => op,
        _ => return Err("it is no single kernel"),
    };
    if !on.kernels {
        return Err("this device runs what is not pointwise by itself");
    }
    unfit_before(&op.ir).map_or(Ok(()), Err)
}

/// How often the result of each step is read; that of the evaluation once more.
fn times_read(steps: &Steps, last_uses: &[Option<usize>]) -> Vec<usize> {
    let mut times = vec![0; steps.steps.len()];
    times[steps.root] = 1;
    for (step, _) in steps.steps.iter().zip(last_uses).filter(|(_, last)| last.is_some()) {
        match step {
            Step::Image(_) => {}
            Step::Call(call) => call.inputs.iter().for_each(|&input| times[input] += 1),
            Step::Part { of, .. } => times[*of] += 1,
            Step::Several { parts, .. } => parts.iter().for_each(|&part| times[part] += 1),
        }
    }
    times
}

impl Group {
    fn part(&self) -> Part<'_> {
        Part { calls: &self.calls, inputs: &self.inputs }
    }

    /// What its operations compute per voxel.
    fn weight(&self, steps: &Steps) -> u64 {
        self.part().weight(steps)
    }

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
        if self.carrier.or(self.reader).is_some() && self.weight(steps).saturating_add(weight_of(op)) > CHAIN_WEIGHT {
            return Err(Why::Heavy);
        }
        self.inputs.retain(|&input| input != number);
        self.inputs.extend(added);
        self.calls.push(number);
        self.scalars = scalars;
        Ok(())
    }
}

/// What an operation computes per voxel, counted once in a process.
fn weight_of(op: &'static KernelOp) -> u64 {
    static KNOWN: RwLock<BTreeMap<usize, u64>> = RwLock::new(BTreeMap::new());
    let address = std::ptr::from_ref(op).addr();
    if let Some(&weight) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
        return weight;
    }
    let weight = weight(&op.ir);
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(address, weight);
    weight
}

/// The kernel of a call that has one.
fn kernel(steps: &Steps, number: usize) -> Option<&'static KernelOp> {
    match &steps.steps[number] {
        Step::Call(call) => match call.op.kind {
            OpKind::Kernel(op) | OpKind::ReduceAxis(op, _) | OpKind::ReduceWhole(op) => Some(op),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the functions that an operation calls can stand in one text with those that others call.
fn fit(others: Vec<&'static KernelOp>, op: &'static KernelOp) -> bool {
    let ops: Vec<_> = others.into_iter().chain([op]).map(|op| &op.ir).filter(|op| !op.helpers.is_empty()).collect();
    ops.len() < 2 || fit_together(&ops)
}

/// Whether calls are fused: `KERNWERK_FUSION=off` runs each by itself, to compare or to find out which one is slow.
fn is_on() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| !std::env::var("KERNWERK_FUSION").is_ok_and(|value| value.trim().eq_ignore_ascii_case("off")))
}
