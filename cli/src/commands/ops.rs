//! `kernwerk ops`: the operations, or everything about one of them.

use clap::{Arg, ArgMatches, Command};
use kernwerk_runtime::OpInfo;
use serde_json::Value as Json;

use super::failure::Failure;
use super::session::{Session, print, print_json};
use super::{describe, metadata};

pub(crate) fn command() -> Command {
    Command::new("ops")
        .about("List the operations, or tell everything about one")
        .arg(Arg::new("name").value_name("NAME").help("An operation; clEsperanto's names are known too"))
        .arg(
            Arg::new("family")
                .long("family")
                .value_name("F")
                .conflicts_with("name")
                .help("Only the operations of a family, e.g. filter"),
        )
}

pub(crate) fn run(matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    if let Some(name) = matches.get_one::<String>("name") {
        let op = session.find(name)?;
        return if session.json { print_json(&metadata::json(op)) } else { print(&describe::page(op)) };
    }
    let ops = match matches.get_one::<String>("family") {
        Some(family) => family_of(&session.operations, family)?,
        None => session.operations.clone(),
    };
    if session.json {
        return print_json(&Json::Array(ops.into_iter().map(metadata::json).collect()));
    }
    print(&listing(&ops))
}

fn family_of(all: &[&'static OpInfo], family: &str) -> Result<Vec<&'static OpInfo>, Failure> {
    let ops: Vec<_> = all.iter().copied().filter(|op| op.family == family).collect();
    if ops.is_empty() {
        let mut families: Vec<_> = all.iter().map(|op| op.family).collect();
        families.dedup();
        return Err(Failure::usage(format!("there is no family `{family}`; use one of {}", families.join(", "))));
    }
    Ok(ops)
}

/// The catalogue is sorted by family.
fn listing(ops: &[&OpInfo]) -> String {
    let width = ops.iter().map(|op| op.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut family = None;
    for op in ops {
        if family != Some(op.family) {
            text += &format!("{}{}\n", if family.is_some() { "\n" } else { "" }, op.family);
            family = Some(op.family);
        }
        text += &format!("  {:<width$}  {}\n", op.name, metadata::summary(op));
    }
    text
}
