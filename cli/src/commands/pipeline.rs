//! `kernwerk pipeline "a(x=1) | b" IN`: several operations as one expression, evaluated once.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command, value_parser};
use kernwerk_runtime::{AnyExpr, Boundary, Error, OpInfo, OutputInfo, Value, ValueMap, apply};

use super::delivery::{self, Delivery};
use super::failure::Failure;
use super::images::Images;
use super::parameters;
use super::session::Session;
use crate::pipeline::{Argument, Mistake, Stage, Word, parse};

/// Names the pipeline's own input where a file could stand.
const INPUT: &str = "input";

const HELP: &str = "\
Stages are operations with their parameters, separated by `|`; each gets the result of the one before as its first input:

  kernwerk pipeline \"top_hat(radius=10) | gaussian_blur(sigma=1) | threshold_otsu\" in.tif -o out.tif

Values are numbers, [z, y, x] or names; values without a name go to the parameters in their order. Further images of an
operation are named: `mask(mask=@mask.tif)`; `@input` is the pipeline's own input. `boundary=reflect` is for one stage.";

pub(crate) fn command() -> Command {
    Command::new("pipeline")
        .about("Run several operations on an image, as one expression")
        .after_help(HELP)
        .arg(Arg::new("pipeline").value_name("PIPELINE").required(true).help("The operations"))
        .arg(
            Arg::new("in")
                .value_name("IN")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The input image: .tif, .tiff, .ome.tif or .npy"),
        )
        .args(Delivery::arguments())
}

pub(crate) fn run(matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    let text = matches.get_one::<String>("pipeline").map_or("", String::as_str);
    let input = matches.get_one::<PathBuf>("in").map_or(Path::new(""), PathBuf::as_path);
    let delivery = Delivery::new(matches);
    let located = |mistake: Mistake| Failure::usage(mistake.show(text));
    let stages = parse(text).map_err(located)?;
    let ops = operations(text, &stages, session)?;
    let steps = stages.iter().zip(ops).map(|(stage, op)| Step::new(stage, op));
    let steps = steps.collect::<Result<Vec<_>, _>>().map_err(located)?;
    let Some((last, before)) = steps.split_last() else { return Err(Failure::usage("the pipeline is empty")) };
    if let Some(step) = before.iter().find(|step| !matches!(step.op.output, OutputInfo::Image(_))) {
        let result = match step.op.output {
            OutputInfo::Images(_) => "several images",
            OutputInfo::Scalar => "a number",
            OutputInfo::Image(_) | OutputInfo::Table => "a table",
        };
        let message = format!("{} returns {result}, so it can only be the last stage", step.op.name);
        return Err(located(Mistake::new(step.span.clone(), message)));
    }
    let op = last.op;
    delivery.check(op, "")?;

    let mut work = session.stages();
    let mut images = Images::new(session)?;
    let source = images.read(input, &mut work)?;
    let mut result = source.clone();
    for step in steps {
        let mut inputs = Vec::with_capacity(step.inputs.len());
        for file in &step.inputs {
            inputs.push(match file.as_deref() {
                None => result.clone(),
                Some(INPUT) => source.clone(),
                Some(path) => images.read(Path::new(path), &mut work)?,
            });
        }
        result = expression(step, inputs, delivery.boundary);
    }
    delivery.deliver(op, &result, &images, session, work)
}

fn expression(step: Step, inputs: Vec<AnyExpr>, boundary: Option<Boundary>) -> AnyExpr {
    let expr = apply(step.op, inputs, step.values);
    match step.boundary.or(boundary) {
        Some(boundary) => expr.boundary(boundary),
        None => expr,
    }
}

/// The operations of the stages.
fn operations(text: &str, stages: &[Stage], session: &Session) -> Result<Vec<&'static OpInfo>, Failure> {
    let find = |stage: &Stage| {
        session
            .find(&stage.name.text)
            .map_err(|error| Failure::NoOperation(Mistake::new(stage.name.span.clone(), error.to_string()).show(text)))
    };
    stages.iter().map(find).collect()
}

/// A stage with its operation and everything about it checked that can be without images.
struct Step {
    op: &'static OpInfo,
    /// A file for each input; `None` for the result of the stage before.
    inputs: Vec<Option<String>>,
    values: Vec<Option<Value>>,
    boundary: Option<Boundary>,
    /// The name of the stage in the text.
    span: Range<usize>,
}

impl Step {
    fn new(stage: &Stage, op: &'static OpInfo) -> Result<Step, Mistake> {
        let mut files: Vec<Option<String>> = vec![None; op.inputs.len()];
        let mut map = ValueMap::new(op);
        let mut given: Vec<String> = Vec::new();
        let mut by_position = op.params.iter();
        let mut boundary = None;
        for argument in &stage.arguments {
            let Argument { name, value, is_image } = argument;
            if *is_image {
                let input = image_argument(op, name.as_ref(), value, &files)?;
                files[input] = Some(value.text.clone());
                continue;
            }
            let name = match name {
                Some(name) => name.clone(),
                None => Word { text: positional(op, &mut by_position, value)?.to_owned(), span: value.span.clone() },
            };
            let own = parameters::own_name(op, &name.text);
            if given.contains(&own) {
                return Err(Mistake::new(name.span, format!("{}: `{own}` is given twice", op.name)));
            }
            if own == "boundary" && !op.params.iter().any(|param| param.name == own) {
                let wrong = |error| Mistake::new(value.span.clone(), format!("boundary: {error}"));
                boundary = Some(delivery::boundary(&value.text).map_err(wrong)?);
            } else {
                map.set_text(&own, &value.text).map_err(|error| {
                    let is_name = matches!(error, Error::UnknownParameter { .. });
                    let input = is_name && op.inputs.iter().any(|input| input.name == own);
                    let span = if is_name { name.span.clone() } else { value.span.clone() };
                    let message = match input {
                        true => format!("{}: `{own}` is an image; give it as {own}=@{}", op.name, value.text),
                        false => error.to_string(),
                    };
                    Mistake::new(span, message)
                })?;
            }
            given.push(own);
        }
        let at_name = |message: String| Mistake::new(stage.name.span.clone(), message);
        let values = parameters::complete(op, map).map_err(|error| at_name(error.to_string()))?;
        check_inputs(op, &files).map_err(at_name)?;
        Ok(Step { op, inputs: files, values, boundary, span: stage.name.span.clone() })
    }
}

/// Which input an image is for.
fn image_argument(op: &OpInfo, name: Option<&Word>, value: &Word, files: &[Option<String>]) -> Result<usize, Mistake> {
    let names: Vec<&str> = op.inputs.iter().map(|input| input.name).collect();
    let Some(name) = name else {
        // The first input is the stage before's, unless it is named.
        let free = (1..files.len()).find(|&input| files[input].is_none());
        return free.ok_or_else(|| {
            Mistake::new(value.span.clone(), format!("{} has no further input; it takes {}", op.name, names.join(", ")))
        });
    };
    match names.iter().position(|input| *input == name.text) {
        None => {
            let is_param = op.params.iter().any(|param| param.name == parameters::own_name(op, &name.text));
            let problem = if is_param { "is a parameter and takes no image" } else { "is no input" };
            let message = format!("{}: `{}` {problem}; its inputs are {}", op.name, name.text, names.join(", "));
            Err(Mistake::new(name.span.clone(), message))
        }
        Some(input) if files[input].is_some() => {
            Err(Mistake::new(name.span.clone(), format!("{}: `{}` is given twice", op.name, name.text)))
        }
        Some(input) => Ok(input),
    }
}

fn positional<'a>(
    op: &OpInfo,
    params: &mut impl Iterator<Item = &'a kernwerk_codegen::ir::Param>,
    value: &Word,
) -> Result<&'a str, Mistake> {
    params.next().map(|param| param.name).ok_or_else(|| {
        let names: Vec<_> = op.params.iter().map(|param| param.name).collect();
        let takes = if names.is_empty() { "no parameters".to_owned() } else { names.join(", ") };
        Mistake::new(value.span.clone(), format!("{}: there is no parameter for this value; it takes {takes}", op.name))
    })
}

/// Exactly one input has to be left for the result of the stage before.
fn check_inputs(op: &OpInfo, files: &[Option<String>]) -> Result<(), String> {
    let open: Vec<&str> =
        op.inputs.iter().zip(files).filter(|(_, file)| file.is_none()).map(|(input, _)| input.name).collect();
    match open.as_slice() {
        [_] => Ok(()),
        [] => Err(format!("{}: every input is a file, so that the stage before is not used; leave one out", op.name)),
        [_, missing @ ..] => {
            let missing: Vec<_> = missing.iter().map(|name| format!("{name}=@file")).collect();
            Err(format!("{}: it takes more than one image; add {}", op.name, missing.join(", ")))
        }
    }
}
