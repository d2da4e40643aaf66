//! One program, end to end: parse, lower, emit, interpret, run, compare.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kernwerk_codegen::emit::{Cuda, OpenCl, text};
use kernwerk_codegen::ir::{Access, DType, Helper, Op, Type};
use kernwerk_codegen::parse::lower;
use kernwerk_codegen::plan::{Definition, definition_name, definitions};
use kernwerk_runtime::Device;
use kernwerk_runtime::backend::cuda::compile_to_cubin;
use kernwerk_runtime::rt::math;

use crate::call::{Call, random_call};
use crate::device::{difference, operation, run};
use crate::generate::Program;
use crate::interpret::{Stop, interpret};
use crate::random::Random;

/// What is wrong with a program, or with the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The parser does not take a program of the language.
    Refused,
    /// The compiler panics, or its text depends on something else than the operation.
    Emission,
    /// A vendor's compiler does not take the text, or the runtime does not run it.
    Failed,
    /// The device computes something else than the definition says.
    Differs,
    /// The program does what the language leaves undefined: a mistake of the generator.
    Undefined,
}

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// In words.
    pub message: String,
    /// The call, if it depends on one.
    pub call: Option<Box<Call>>,
}

/// What checking a program gave.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Calls that were compared.
    pub comparisons: usize,
    /// Calls that take longer than a test may.
    pub too_long: usize,
    /// The first thing that is wrong.
    pub finding: Option<Finding>,
}

/// The architecture that NVRTC compiles for where there is no GPU: Hopper.
const ARCHITECTURE: &str = "sm_90";

/// How programs are checked.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    /// The device; without one, only the compiler is tested.
    pub device: Option<&'a Device>,
    /// Whether NVRTC compiles the CUDA texts.
    pub nvrtc: bool,
}

impl Finding {
    fn new(kind: Kind, message: impl Into<String>) -> Finding {
        Finding { kind, message: message.into(), call: None }
    }

    fn of(self, call: &Call) -> Finding {
        Finding { call: Some(Box::new(call.clone())), ..self }
    }
}

/// The IR of a program.
///
/// # Errors
/// The parser's refusal.
pub fn lowered(program: &Program) -> Result<Op, Finding> {
    let tokens = |text: &str| text.parse::<proc_macro2::TokenStream>();
    // Positions of tokens are kept until then, of every text that was ever read.
    proc_macro2::extra::invalidate_current_thread_spans();
    let lowered = catch_unwind(AssertUnwindSafe(|| {
        let attribute = tokens(&program.attribute).map_err(|error| error.to_string())?;
        let item = tokens(&program.source).map_err(|error| error.to_string())?;
        lower(attribute, item)
            .map_err(|errors| errors.into_iter().map(|error| error.to_string()).collect::<Vec<_>>().join("\n"))
    }));
    match lowered {
        Ok(Ok(op)) => resolved(op),
        Ok(Err(message)) => Err(Finding::new(Kind::Refused, message)),
        Err(_) => Err(Finding::new(Kind::Emission, "the parser panics")),
    }
}

/// The mathematical functions that programs call by methods; rustc would find them by their paths.
const MATH: [&Helper; 7] = [
    &math::copysign::HELPER,
    &math::signum::HELPER,
    &math::fract::HELPER,
    &math::recip::HELPER,
    &math::to_radians::HELPER,
    &math::to_degrees::HELPER,
    &math::powi::HELPER,
];

/// The operation with the functions that it calls, of which the parser knows the names alone.
fn resolved(op: Op) -> Result<Op, Finding> {
    let find = |stub: &&'static Helper| {
        let known = MATH.iter().find(|known| known.name == stub.name);
        known.copied().ok_or_else(|| Finding::new(Kind::Emission, format!("there is no function `{}`", stub.name)))
    };
    let helpers = op.helpers.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    Ok(if helpers.is_empty() { op } else { Op { helpers: helpers.leak(), ..op } })
}

/// Checks a program on random calls.
pub fn check(program: &Program, calls: usize, random: &mut Random, checks: Checks<'_>) -> Report {
    let mut made: Vec<Call> = Vec::new();
    check_with(program, checks, |op, number| {
        if number == calls {
            return None;
        }
        // Other types and boundaries are another program for the vendor's compiler, which is what takes time.
        let like = made.last().filter(|_| number % 4 != 0);
        let call = random_call(op, &program.extents, like, random);
        made.push(call.clone());
        Some(call)
    })
}

/// Checks a program on one call.
pub fn check_call(program: &Program, call: &Call, checks: Checks<'_>) -> Report {
    check_with(program, checks, |_, number| (number == 0).then(|| call.clone()))
}

fn check_with(program: &Program, checks: Checks<'_>, mut next: impl FnMut(&Op, usize) -> Option<Call>) -> Report {
    let mut report = Report::default();
    let op = match lowered(program) {
        Ok(op) => op,
        Err(finding) => return Report { finding: Some(finding), ..report },
    };
    let emitted = catch_unwind(AssertUnwindSafe(|| operation(op)));
    let kernel = match emitted {
        Ok(Ok(kernel)) => kernel,
        Ok(Err(message)) => return Report { finding: Some(Finding::new(Kind::Emission, message)), ..report },
        Err(_) => return Report { finding: Some(Finding::new(Kind::Emission, "the writer panics")), ..report },
    };
    if text(&op, &OpenCl) != kernel.opencl || text(&op, &Cuda) != kernel.cuda {
        return Report { finding: Some(Finding::new(Kind::Emission, "two emissions differ")), ..report };
    }
    let mut number = 0;
    while let Some(call) = next(&op, number) {
        if checks.nvrtc
            && number == 0
            && let Err(log) = compile_to_cubin(kernel.cuda, &definitions_of(&op, &call), ARCHITECTURE)
        {
            return Report { finding: Some(Finding::new(Kind::Failed, format!("NVRTC: {log}")).of(&call)), ..report };
        }
        number += 1;
        let expected = match interpret(&op, &call) {
            Ok(expected) => expected,
            Err(Stop::TooLong) => {
                report.too_long += 1;
                continue;
            }
            Err(Stop::Undefined(what)) => {
                return Report { finding: Some(Finding::new(Kind::Undefined, what).of(&call)), ..report };
            }
            Err(Stop::Broken(what)) => {
                return Report { finding: Some(Finding::new(Kind::Emission, what).of(&call)), ..report };
            }
        };
        let Some(device) = checks.device else { continue };
        let finding = match catch_unwind(AssertUnwindSafe(|| run(kernel, &call, device))) {
            Ok(Ok(found)) => difference(&expected, &found).map(|message| Finding::new(Kind::Differs, message)),
            Ok(Err(error)) => Some(Finding::new(Kind::Failed, error.to_string())),
            Err(_) => Some(Finding::new(Kind::Failed, "the runtime panics")),
        };
        report.comparisons += 1;
        if let Some(finding) = finding {
            return Report { finding: Some(finding.of(&call)), ..report };
        }
    }
    report
}

/// The definitions of a call, for a compiler that is called without the runtime.
fn definitions_of(op: &Op, call: &Call) -> Vec<(String, String)> {
    let pixel = call
        .inputs
        .iter()
        .zip(op.inputs)
        .find_map(|(given, input)| (input.ty == Type::Pixel).then_some(given.dtype))
        .unwrap_or(DType::F32);
    let value = |definition| match definition {
        Definition::Input(input) => {
            let number = usize::from(input);
            let global = matches!(op.inputs[number].access, Access::Global | Access::Tally);
            (!global).then(|| call.inputs[number].dtype.name().to_owned())
        }
        Definition::Output(output) => {
            let own = op.outputs[usize::from(output)].default_storage().unwrap_or(pixel);
            Some(call.store.unwrap_or(own).name().to_owned())
        }
        Definition::Pixel => Some(pixel.computed().name().to_owned()),
        Definition::Rare => {
            let types = call.inputs.iter().map(|input| input.dtype).chain(call.store).chain([pixel]);
            Some(Definition::rare(types).to_string())
        }
        Definition::Boundary => Some(call.boundary.name().to_owned()),
        _ => None,
    };
    let known = definitions(op).into_iter();
    known.filter_map(|one| value(one).map(|value| (definition_name(op, one), value))).collect()
}
