//! `kernwerk source OP`: the text that an operation was compiled to, or how it is planned.

use clap::{Arg, ArgMatches, Command};
use kernwerk_codegen::ir::{Type, print as ir_text};
use kernwerk_codegen::plan::{self, Definition};
use kernwerk_runtime::{DType, KernelOp, OpInfo};
use serde_json::json;

use super::failure::Failure;
use super::session::{Session, print, print_json};
use super::{facts, metadata};

pub(crate) fn command() -> Command {
    Command::new("source")
        .about("Print the text of an operation's kernels, its IR or its plan")
        .arg(Arg::new("op").value_name("OP").required(true).help("The operation"))
        .arg(
            Arg::new("target")
                .long("target")
                .value_name("TARGET")
                .value_parser(["opencl", "cuda", "rust", "ir", "plan", "all"])
                .default_value("opencl")
                .help("What is printed"),
        )
        .arg(
            Arg::new("types")
                .long("types")
                .value_name("TYPES")
                .value_delimiter(',')
                .value_parser(dtype)
                .help("Storage types of the inputs and then of the result, e.g. u16,f32"),
        )
}

fn dtype(text: &str) -> Result<DType, String> {
    DType::from_name(text.trim()).ok_or_else(|| {
        let names = DType::ALL.map(DType::name).join(", ");
        format!("that is no element type; use {names}")
    })
}

pub(crate) fn run(matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    let name = matches.get_one::<String>("op").map_or("", String::as_str);
    let target = matches.get_one::<String>("target").map_or("opencl", String::as_str);
    let types: Vec<DType> = matches.get_many("types").into_iter().flatten().copied().collect();
    let op = session.find(name)?;
    let text = match (target, metadata::kernel(op)) {
        ("rust", _) => format!("{}\n", op.source),
        (_, None) => no_kernels(op),
        ("ir", Some(kernel)) => ir_text::op(&kernel.ir),
        ("plan", Some(kernel)) => facts::plan_text(&kernel.ir),
        ("all", Some(kernel)) => all(op, kernel, &types)?,
        ("cuda", Some(kernel)) => with_types(kernel, kernel.cuda, &types)?,
        (_, Some(kernel)) => with_types(kernel, kernel.opencl, &types)?,
    };
    if session.json {
        return print_json(&json!({"operation": op.name, "target": target, "text": text}));
    }
    print(&text)
}

/// Everything from the author's text to the texts of the kernels, each under its name.
fn all(op: &OpInfo, kernel: &KernelOp, types: &[DType]) -> Result<String, Failure> {
    let facts = format!("exactness: {}\n{}", metadata::exactness_words(op), facts::sections(&kernel.ir));
    let parts = [
        ("rust", op.source.to_owned()),
        ("ir", ir_text::op(&kernel.ir)),
        ("facts", facts),
        ("plan", facts::plan_text(&kernel.ir)),
        ("opencl", with_types(kernel, kernel.opencl, types)?),
        ("cuda", with_types(kernel, kernel.cuda, types)?),
    ];
    Ok(parts.map(|(name, text)| format!("==== {name}\n{}\n", text.trim_end())).join("\n"))
}

/// What is said where there is no text to show.
fn no_kernels(op: &OpInfo) -> String {
    let how = match metadata::class(op) {
        "composite" => "composed of other operations",
        _ => "a procedure: steps on the host that call other operations",
    };
    let mut text = format!("// {} has no kernels of its own: it is {how}.\n", op.name);
    text += &format!("// `kernwerk run {} … --explain` lists the kernels that run.\n", op.name);
    text + op.source + "\n"
}

/// The text with these storage types in place of its defaults.
fn with_types(kernel: &KernelOp, text: &str, types: &[DType]) -> Result<String, Failure> {
    let op = &kernel.ir;
    let definitions = plan::definitions(op);
    let slots: Vec<Definition> = definitions
        .iter()
        .copied()
        .filter(|definition| matches!(definition, Definition::Input(_) | Definition::Output(_)))
        .collect();
    if types.len() > slots.len() {
        let names: Vec<_> = slots.iter().map(|&slot| plan::definition_name(op, slot)).collect();
        let message = format!(
            "{}: --types has {} types, but there are {}: {}",
            op.name,
            types.len(),
            slots.len(),
            names.join(", ")
        );
        return Err(Failure::usage(message));
    }
    let mut chosen: Vec<(Definition, DType)> = slots.into_iter().zip(types.iter().copied()).collect();
    // What is computed in the storage type has one type everywhere: that of the first such input.
    let is_pixel = |input: &u8| op.inputs[usize::from(*input)].ty == Type::Pixel;
    let pixel = chosen.iter().find_map(|&(slot, dtype)| match slot {
        Definition::Input(input) if is_pixel(&input) => Some(dtype),
        _ => None,
    });
    if let Some(pixel) = pixel {
        chosen.push((Definition::Pixel, pixel.computed()));
        for (output, _) in op.outputs.iter().enumerate().filter(|(_, ty)| **ty == Type::Pixel) {
            let slot = Definition::Output(output as u8);
            if !chosen.iter().any(|(chosen, _)| *chosen == slot) {
                chosen.push((slot, pixel));
            }
        }
    }
    let rare = Definition::rare(chosen.iter().map(|&(_, dtype)| dtype));
    let mut chosen: Vec<(String, String)> =
        chosen.into_iter().map(|(slot, dtype)| (plan::definition_name(op, slot), dtype.to_string())).collect();
    if rare > 0 {
        chosen.push((plan::definition_name(op, Definition::Rare), rare.to_string()));
    }
    let lines = text.lines().map(|line| defined(line, &chosen).unwrap_or_else(|| line.to_owned()));
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// A line `#define NAME default // comment` with another value.
fn defined(line: &str, chosen: &[(String, String)]) -> Option<String> {
    let (name, rest) = line.strip_prefix("#define ")?.split_once(' ')?;
    let (_, value) = chosen.iter().find(|(chosen, _)| chosen == name)?;
    let comment = rest.split_once(" //").map(|(_, comment)| format!(" //{comment}")).unwrap_or_default();
    Some(format!("#define {name} {value}{comment}"))
}
