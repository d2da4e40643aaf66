//! Expression → steps: composites are expanded, values are bound, boundaries are settled, shared nodes become one step.
//!
//! Invariant: each step refers to earlier steps only, the last one is the result, and all images live on one device.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kernwerk_codegen::ir::{Boundary, DType};

use crate::arguments::Arguments;
use crate::check::{self, Meta};
use crate::device::Device;
use crate::expr::AnyExpr;
use crate::host::VoxelSize;
use crate::image::AnyImage;
use crate::length;
use crate::node::{Apply, Node, Part};
use crate::op::{OpInfo, OpKind, OutputInfo};
use crate::{Error, Result};

/// Composites within composites; more can only be one that contains itself.
const DEEPEST: usize = 64;

/// The steps of an evaluation.
pub(crate) struct Steps {
    pub(crate) steps: Vec<Step>,
    /// Which of them is the result.
    pub(crate) root: usize,
    pub(crate) device: Device,
}

/// One step.
pub(crate) enum Step {
    /// An image that is there.
    Image(AnyImage),
    /// A call that is no composite.
    Call(Call),
    /// One of the results of a call that has several. No two of these are alike.
    Part {
        /// The call's step.
        of: usize,
        /// Which result, from 0.
        index: usize,
    },
    /// The results of a composite that has several, as the steps that they are. Only the whole of them is this step: a part is the part's own.
    Several {
        parts: Vec<usize>,
        /// The first step that the composite itself has made.
        first: usize,
    },
}

/// A call with everything settled but the inputs' values.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) op: &'static OpInfo,
    /// Numbers of steps.
    pub(crate) inputs: Vec<usize>,
    pub(crate) arguments: Arguments,
    pub(crate) boundary: Boundary,
    /// The element type of each result, if not the operation's own; one also where the result is no image.
    pub(crate) stores: Vec<Option<DType>>,
}

/// Takes an expression apart. Calls without a boundary of their own have the `inherited` one, or [`Boundary::Nearest`].
///
/// # Errors
/// What is wrong with the values of a call or the number of its inputs; [`Error::DeviceMismatch`].
pub(crate) fn resolve(expr: &AnyExpr, inherited: Option<Boundary>) -> Result<Steps> {
    static EVALUATIONS: AtomicU64 = AtomicU64::new(0);
    let evaluation = EVALUATIONS.fetch_add(1, Ordering::Relaxed);
    let mut resolver = Resolver {
        evaluation,
        steps: Vec::new(),
        device: None,
        images: Vec::new(),
        shared: Vec::new(),
        expanded: Vec::new(),
        parts: HashMap::new(),
    };
    let root = resolver.lower(expr, inherited, 0)?;
    let Resolver { steps, device, .. } = resolver;
    let device = device.ok_or_else(|| Error::Unsupported {
        operation: expr.name().into(),
        problem: "there is no image in the expression".into(),
        remedy: "give it an image, which says on what device to compute".into(),
    })?;
    Ok(Steps { steps, root, device })
}

impl Steps {
    /// For each step the last one that reads it, the number of steps for the result; `None` for what nobody needs, such
    /// as an input that a composite ignores.
    pub(crate) fn last_uses(&self) -> Vec<Option<usize>> {
        let mut last = vec![None; self.steps.len()];
        last[self.root] = Some(self.steps.len());
        for (number, step) in self.steps.iter().enumerate().rev() {
            if last[number].is_none() {
                continue;
            }
            match step {
                Step::Image(_) => {}
                Step::Call(call) => {
                    for &input in &call.inputs {
                        last[input].get_or_insert(number);
                    }
                }
                Step::Part { of, .. } => {
                    last[*of].get_or_insert(number);
                }
                Step::Several { parts, .. } => {
                    for &part in parts {
                        last[part].get_or_insert(number);
                    }
                }
            }
        }
        last
    }

    /// Checks every call as far as the operations' declarations tell, before anything runs. Returns what is known of each
    /// step's results; nothing where the declaration does not tell.
    pub(crate) fn check(&self) -> Result<Vec<Vec<Meta>>> {
        known(&self.steps)
    }

    /// For each step its results that are steps of their own: the number of the result and that of the step.
    pub(crate) fn parts(&self) -> Vec<Vec<(usize, usize)>> {
        let mut parts = vec![Vec::new(); self.steps.len()];
        for (number, step) in self.steps.iter().enumerate() {
            if let Step::Part { of, index } = *step {
                parts[of].push((index, number));
            }
        }
        parts
    }
}

/// What is known of each step's results.
fn known(steps: &[Step]) -> Result<Vec<Vec<Meta>>> {
    let mut known: Vec<Vec<Meta>> = Vec::with_capacity(steps.len());
    for step in steps {
        let metas = match step {
            Step::Image(image) => vec![Meta::of(image)],
            Step::Part { of, index } => known[*of].get(*index).cloned().into_iter().collect(),
            Step::Several { parts, .. } => {
                let metas: Option<Vec<Meta>> = parts.iter().map(|&part| one(&known[part]).cloned()).collect();
                metas.unwrap_or_default()
            }
            Step::Call(call) => match call.inputs.iter().map(|&input| one(&known[input]).cloned()).collect() {
                None => Vec::new(),
                Some(inputs) => {
                    let inputs: Vec<Meta> = inputs;
                    check::signature(call.op, &inputs, &call.arguments, &call.stores)?.outputs
                }
            },
        };
        known.push(metas);
    }
    Ok(known)
}

/// What is known of a step with one image as its result.
pub(crate) fn one(known: &[Meta]) -> Option<&Meta> {
    match known {
        [meta] => Some(meta),
        _ => None,
    }
}

struct Resolver {
    evaluation: u64,
    steps: Vec<Step>,
    device: Option<Device>,
    /// The images that are steps; no two of these are alike.
    images: Vec<usize>,
    /// The calls with several results, with what `store` said of all of them: such a call is made once, also where its
    /// parts were changed one by one and are nodes of their own.
    shared: Vec<(usize, Option<DType>)>,
    /// The expansions of composites with several results, for the same reason.
    expanded: Vec<Expanded>,
    /// The parts that are steps, by call and number.
    parts: HashMap<(usize, usize), Vec<KnownPart>>,
}

/// How a part is stored, and its step.
type KnownPart = (Option<DType>, usize);

/// A composite with several results, as it was called, and the step of them all.
struct Expanded {
    op: &'static OpInfo,
    inputs: Vec<usize>,
    arguments: Arguments,
    boundary: Option<Boundary>,
    store: Option<DType>,
    step: usize,
}

impl Resolver {
    /// Appends the steps of one graph; returns the number of its result. Recursion is over composites only.
    fn lower(&mut self, root: &AnyExpr, inherited: Option<Boundary>, depth: usize) -> Result<usize> {
        let first = self.steps.len();
        // Within one graph, which stays alive meanwhile, an address is a node.
        let mut done: HashMap<*const Node, usize> = HashMap::new();
        let mut waiting = vec![(root, false)];
        while let Some((expr, inputs_done)) = waiting.pop() {
            let key = Arc::as_ptr(&expr.0);
            if done.contains_key(&key) {
                continue;
            }
            let number = match &*expr.0 {
                Node::Image(image) => self.image(root.name(), image)?,
                Node::Step { index, evaluation } if *evaluation == self.evaluation => *index,
                Node::Step { .. } => {
                    return Err(Error::Unsupported {
                        operation: root.name().into(),
                        problem: "it contains the input of a composite that is already evaluated".into(),
                        remedy: "composites must not keep their inputs: report this to the author".into(),
                    });
                }
                Node::Failed(error) => return Err(error.clone()),
                Node::Apply(apply) if inputs_done => {
                    let inputs = apply.inputs.iter().map(|input| done[&Arc::as_ptr(&input.0)]).collect();
                    self.call(apply, inputs, inherited, depth)?
                }
                Node::Apply(apply) => {
                    waiting.push((expr, true));
                    waiting.extend(apply.inputs.iter().rev().map(|input| (input, false)));
                    continue;
                }
                Node::Part(part) if inputs_done => self.part(part, done[&Arc::as_ptr(&part.of.0)])?,
                Node::Part(part) => {
                    waiting.extend([(expr, true), (&part.of, false)]);
                    continue;
                }
                Node::Several(parts) if inputs_done => {
                    let parts = parts.iter().map(|part| done[&Arc::as_ptr(&part.0)]).collect();
                    self.push(Step::Several { parts, first })
                }
                Node::Several(parts) => {
                    waiting.push((expr, true));
                    waiting.extend(parts.iter().rev().map(|part| (part, false)));
                    continue;
                }
            };
            done.insert(key, number);
        }
        Ok(done[&Arc::as_ptr(&root.0)])
    }

    fn image(&mut self, operation: &str, image: &AnyImage) -> Result<usize> {
        match &self.device {
            Some(device) if device != image.device() => {
                return Err(Error::DeviceMismatch {
                    operation: operation.into(),
                    first: device.to_string(),
                    second: image.device().to_string(),
                });
            }
            Some(_) => {}
            None => self.device = Some(image.device().clone()),
        }
        // Each mention of an image is a node of its own.
        let same = |&number: &usize| matches!(&self.steps[number], Step::Image(known) if known.is(image));
        if let Some(number) = self.images.iter().copied().find(same) {
            return Ok(number);
        }
        let number = self.push(Step::Image(image.clone()));
        self.images.push(number);
        Ok(number)
    }

    fn call(&mut self, apply: &Apply, inputs: Vec<usize>, inherited: Option<Boundary>, depth: usize) -> Result<usize> {
        let op = apply.op;
        check::input_count(op, inputs.len())?;
        let (values, named) =
            length::in_voxels(op, &apply.values, &apply.named, || self.voxel_size(op, inputs.first().copied()))?;
        let arguments = Arguments::bind(op, &values, &named)?;
        let boundary = apply.boundary.or(inherited);
        let OpKind::Composite(expand) = op.kind else {
            let boundary = boundary.unwrap_or_default();
            check::boundary(op, boundary)?;
            let results = match op.output {
                OutputInfo::Images(types) => types.len(),
                _ => 1,
            };
            let stores = vec![apply.store; results];
            let call = Call { op, inputs, arguments, boundary, stores };
            return Ok(if results > 1 { self.shared_call(call, apply.store) } else { self.push(Step::Call(call)) });
        };
        if depth == DEEPEST {
            return Err(Error::Unsupported {
                operation: op.name.into(),
                problem: format!("it contains composites within composites, {DEEPEST} deep"),
                remedy: "a composite must not contain itself: report this to the author".into(),
            });
        }
        let equal = |known: &&Expanded| {
            std::ptr::eq(known.op, op)
                && (&known.inputs, &known.arguments) == (&inputs, &arguments)
                && (known.boundary, known.store) == (boundary, apply.store)
        };
        if let Some(known) = self.expanded.iter().find(equal) {
            return Ok(known.step);
        }
        let evaluation = self.evaluation;
        let placeholder = |&index| AnyExpr::new(Node::Step { index, evaluation });
        let placeholders: Vec<AnyExpr> = inputs.iter().map(placeholder).collect();
        let expansion = expand(&placeholders, &arguments, boundary.unwrap_or_default())?;
        let expansion = match apply.store {
            Some(dtype) => stored(op, expansion, dtype)?,
            None => expansion,
        };
        let step = self.lower(&expansion, boundary, depth + 1)?;
        if matches!(op.output, OutputInfo::Images(_)) {
            self.expanded.push(Expanded { op, inputs, arguments, boundary, store: apply.store, step });
        }
        Ok(step)
    }

    /// The voxel size of the image that a step gives.
    fn voxel_size(&self, op: &OpInfo, step: Option<usize>) -> Result<Option<VoxelSize>> {
        let known = known(&self.steps)?;
        let meta = step.and_then(|step| one(&known[step])).ok_or_else(|| Error::Unsupported {
            operation: op.name.into(),
            problem: "the voxel size of its first image is not known before that is computed".into(),
            remedy: "evaluate that image first, or give voxels".into(),
        })?;
        Ok(meta.frame.voxel_size.clone())
    }

    /// The step of a call with several results: that of an equal call, if there is one.
    fn shared_call(&mut self, call: Call, store: Option<DType>) -> usize {
        let equal = |&&(number, stored): &&(usize, Option<DType>)| match &self.steps[number] {
            Step::Call(other) => {
                std::ptr::eq(other.op, call.op)
                    && (&other.inputs, &other.arguments) == (&call.inputs, &call.arguments)
                    && (other.boundary, stored) == (call.boundary, store)
            }
            _ => false,
        };
        if let Some(&(number, _)) = self.shared.iter().find(equal) {
            return number;
        }
        let number = self.push(Step::Call(call));
        self.shared.push((number, store));
        number
    }

    /// The step of one of the results of a call.
    fn part(&mut self, part: &Part, of: usize) -> Result<usize> {
        let results = match &self.steps[of] {
            Step::Call(Call { op: OpInfo { output: OutputInfo::Images(types), .. }, .. }) => types.len(),
            Step::Several { parts, .. } => parts.len(),
            _ => 0,
        };
        let index = part.index;
        if index >= results {
            return Err(Error::Unsupported {
                operation: part.of.name().into(),
                problem: match results {
                    0 => "it has one result, and a part of it is asked for".into(),
                    _ => format!("it has {results} results, and number {index} (from 0) is asked for"),
                },
                remedy: if results == 0 { "use the result itself".into() } else { format!("stay below {results}") },
            });
        }
        let known = self.parts.get(&(of, index)).map_or(&[][..], Vec::as_slice);
        if let Some(&(_, step)) = known.iter().find(|(store, _)| *store == part.store) {
            return Ok(step);
        }
        if let Step::Several { parts, first } = &self.steps[of] {
            let (step, first) = (parts[index], *first);
            let step = match part.store {
                Some(dtype) => self.restored(part, (of, index), step, first, dtype)?,
                None => step,
            };
            self.parts.entry((of, index)).or_default().push((part.store, step));
            return Ok(step);
        }
        // One result that is wanted in two element types takes two calls.
        let call = match &self.steps[of] {
            Step::Call(call) if !known.is_empty() => {
                let call = call.clone();
                self.push(Step::Call(call))
            }
            _ => of,
        };
        // What is said of the whole call holds for this part, not what another use of it has asked for.
        let whole = self.shared.iter().find(|(number, _)| *number == of).and_then(|&(_, store)| store);
        if let Step::Call(call) = &mut self.steps[call] {
            call.stores[index] = part.store.or(whole);
        }
        let step = self.push(Step::Part { of: call, index });
        self.parts.entry((of, index)).or_default().push((part.store, step));
        Ok(step)
    }

    /// A result of a composite, which is `step`, stored in the type that the caller asks for: its call stores it so if nothing else reads it, and
    /// if the composite made it itself; else a call of its own does.
    fn restored(&mut self, part: &Part, key: (usize, usize), step: usize, first: usize, dtype: DType) -> Result<usize> {
        let not_stored = |problem: String| Error::Unsupported {
            operation: part.of.name().into(),
            problem,
            remedy: "use the operation `convert` on the result".into(),
        };
        let refused = |own: DType| not_stored(format!("its result is stored as {own}, not as {dtype}"));
        let is_free = step >= first && !self.parts.contains_key(&key) && self.readers(step) == 1;
        match &mut self.steps[step] {
            Step::Call(call) => match call.stores[..] {
                [Some(own)] if own == dtype => Ok(step),
                [Some(own)] => Err(refused(own)),
                [None] if is_free => {
                    call.stores = vec![Some(dtype)];
                    Ok(step)
                }
                _ => {
                    let call = Call { stores: vec![Some(dtype)], ..call.clone() };
                    Ok(self.push(Step::Call(call)))
                }
            },
            &mut Step::Part { of, index } => {
                let Step::Call(call) = &self.steps[of] else { unreachable!("parts are of calls") };
                let mut call = call.clone();
                match call.stores[index].replace(dtype) {
                    Some(own) if own == dtype => return Ok(step),
                    Some(own) => return Err(refused(own)),
                    None => {}
                }
                let of = self.push(Step::Call(call));
                Ok(self.push(Step::Part { of, index }))
            }
            Step::Image(_) => Err(not_stored(format!("its result is its input, which is not stored as {dtype}"))),
            Step::Several { .. } => Err(not_stored("one of its results is several images itself".into())),
        }
    }

    /// How often a step is read by those that there are.
    fn readers(&self, step: usize) -> usize {
        let reads = |other: &Step| match other {
            Step::Image(_) => 0,
            Step::Call(call) => call.inputs.iter().filter(|&&input| input == step).count(),
            Step::Part { of, .. } => usize::from(*of == step),
            Step::Several { parts, .. } => parts.iter().filter(|&&part| part == step).count(),
        };
        self.steps.iter().map(reads).sum()
    }

    fn push(&mut self, step: Step) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }
}

/// The expansion of a composite whose result is stored in a type that the caller asks for.
fn stored(op: &OpInfo, expansion: AnyExpr, dtype: DType) -> Result<AnyExpr> {
    if let Node::Several(parts) = &*expansion.0 {
        let parts = parts.iter().map(|part| stored(op, part.clone(), dtype)).collect::<Result<_>>()?;
        return Ok(AnyExpr::several(parts));
    }
    let problem = match &*expansion.0 {
        Node::Apply(Apply { store: Some(own), .. }) | Node::Part(Part { store: Some(own), .. }) if *own != dtype => {
            format!("its result is stored as {own}, not as {dtype}")
        }
        Node::Step { .. } => format!("its result is its input, which is not stored as {dtype}"),
        _ => return Ok(expansion.store(dtype)),
    };
    Err(Error::Unsupported {
        operation: op.name.into(),
        problem,
        remedy: "use the operation `convert` on the result".into(),
    })
}
