//! `kernwerk run OP INPUT…`: one operation on images.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};
use kernwerk_runtime::{OpInfo, OutputInfo, apply};

use super::delivery::Delivery;
use super::failure::Failure;
use super::images::Images;
use super::session::Session;
use super::{metadata, parameters};

/// Options that take no value; every other one does.
const SWITCHES: &[&str] = &["--json", "--timings", "--explain", "--help", "--version", "-h", "-V"];

/// The name of the operation in `kernwerk run OP …`, before the rest can be read. Options may stand anywhere.
pub(crate) fn operation_name(arguments: &[OsString]) -> Option<&str> {
    let mut words = arguments.iter().skip(1).map(|argument| argument.to_str().unwrap_or_default());
    let mut next_word = || {
        while let Some(word) = words.next() {
            let is_option = word.starts_with('-') && word.len() > 1;
            let takes_next = is_option && !SWITCHES.contains(&word) && !word.contains('=');
            // `-oOUT` has its value with it.
            let attached = !word.starts_with("--") && word.len() > 2;
            match (is_option, takes_next && !attached) {
                (false, _) => return Some(word),
                (true, true) if word != "--" => drop(words.next()),
                (true, _) => {}
            }
        }
        None
    };
    if next_word() == Some("run") { next_word() } else { None }
}

/// The subcommand, with the parameters of the operation as options.
pub(crate) fn command(op: Option<&'static OpInfo>) -> Command {
    let command = Command::new("run")
        .arg(Arg::new("op").value_name("OP").required(true).help("The operation; `kernwerk ops` lists them"))
        .arg(
            Arg::new("inputs")
                .value_name("INPUT")
                .num_args(0..)
                .value_parser(value_parser!(PathBuf))
                .help("Its input images: .tif, .tiff, .ome.tif or .npy"),
        )
        .args(Delivery::arguments())
        .arg(
            Arg::new("params")
                .long("params")
                .value_name("JSON")
                .value_parser(parameters::object)
                .help("Parameters as a JSON object: {\"sigma\": 2}, {\"sigma\": [z, y, x]} or {\"sigma_x\": 1}"),
        );
    let Some(op) = op else {
        return command
            .about("Run one operation on images")
            .override_usage("kernwerk run OP INPUT... -o OUT [--PARAM VALUE]... [OPTIONS]")
            .after_help(
                "`kernwerk run OP --help` tells the parameters of an operation, `kernwerk ops OP` everything.",
            );
    };
    let flags = parameters::flags(op).into_iter().filter_map(|(_, flag)| flag);
    command.about(metadata::summary(op)).long_about(op.doc.trim()).override_usage(usage_line(op)).args(flags)
}

pub(crate) fn run(op: &'static OpInfo, matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    let usage = usage(op);
    let paths: Vec<&PathBuf> = matches.get_many("inputs").into_iter().flatten().collect();
    if paths.len() != op.inputs.len() {
        let names: Vec<_> = op.inputs.iter().map(|input| input.name).collect();
        let images = if names.len() == 1 { "image" } else { "images" };
        let (wanted, names, given) = (names.len(), names.join(", "), paths.len());
        let message = format!("{}: it takes {wanted} {images} ({names}), but {given} are given", op.name);
        return Err(Failure::Usage { message, usage });
    }
    let values = parameters::values(op, matches).map_err(|error| Failure::parameters(&error, usage.clone()))?;
    let delivery = Delivery::new(matches);
    delivery.check(op, &usage)?;

    let mut stages = session.stages();
    let mut images = Images::new(session)?;
    let inputs = paths.into_iter().map(|path| images.read(path, &mut stages)).collect::<Result<Vec<_>, _>>()?;
    let mut expr = apply(op, inputs, values);
    if let Some(boundary) = delivery.boundary {
        expr = expr.boundary(boundary);
    }
    delivery.deliver(op, &expr, &images, session, stages)
}

/// How the operation is used, for messages about wrong usage.
pub(crate) fn usage(op: &OpInfo) -> String {
    format!("Usage: {}\n\nFor more information, try `kernwerk run {} --help`.", usage_line(op), op.name)
}

fn usage_line(op: &OpInfo) -> String {
    let mut text = format!("kernwerk run {}", op.name);
    for input in op.inputs {
        text += &format!(" {}", input.name.to_uppercase());
    }
    text += &match op.output {
        OutputInfo::Image(_) => " -o OUT".to_owned(),
        OutputInfo::Images(types) => (1..=types.len()).map(|number| format!(" -o OUT{number}")).collect(),
        OutputInfo::Scalar | OutputInfo::Table => " [-o OUT]".to_owned(),
    };
    for param in op.params {
        let flag = format!("--{} VALUE", param.name.replace('_', "-"));
        text += &if param.default.is_some() { format!(" [{flag}]") } else { format!(" {flag}") };
    }
    text + " [OPTIONS]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_is_found_among_options() {
        let name = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            operation_name(&words).map(str::to_owned)
        };
        for line in [
            "kernwerk run blur in.tif",
            "kernwerk --json --backend cpu run -o out.tif --sigma=2 --explain blur in.tif",
            "kernwerk run --sigma -2 -oout.tif blur",
            "kernwerk run -- blur",
        ] {
            assert_eq!(name(line).as_deref(), Some("blur"), "{line}");
        }
        for line in ["kernwerk", "kernwerk run", "kernwerk run --help", "kernwerk ops run", "kernwerk help run blur"] {
            assert_eq!(name(line), None, "{line}");
        }
    }
}
