//! The subcommands, one file each, and the command line as a whole.
//!
//! The parameters of an operation are options like all others: the operation's name is looked up first, and the command
//! line is then declared with that operation's options. Thus help, suggestions and checks are the same for everything.

mod delivery;
pub(crate) mod describe;
mod devices;
pub(crate) mod facts;
mod failure;
mod images;
pub(crate) mod metadata;
mod ops;
mod parameters;
mod pipeline;
mod reference;
mod run;
mod session;
mod source;
mod stages;
mod view;

use std::ffi::OsString;

use clap::Command;
use kernwerk_runtime::OpInfo;

use failure::Failure;
use session::Session;

/// Runs the command that the arguments ask for; the first one is the program's name. `operations` are sorted by family and name.
pub(crate) fn run(arguments: Vec<OsString>, operations: Vec<&'static OpInfo>) -> Result<(), Failure> {
    let op = run::operation_name(&arguments).map(|name| kernwerk_kernels::find_among(&operations, name)).transpose()?;
    let matches = command(op).try_get_matches_from(arguments)?;
    let Some((name, matches)) = matches.subcommand() else { return Err(Failure::usage("no command is given")) };
    let session = Session::new(matches, operations);
    match (name, op) {
        ("devices", _) => devices::run(&session),
        ("ops", _) => ops::run(matches, &session),
        ("run", Some(op)) => run::run(op, matches, &session),
        ("pipeline", _) => pipeline::run(matches, &session),
        ("source", _) => source::run(matches, &session),
        ("view", _) => view::run(matches, &session),
        ("reference", _) => reference::run(matches, &session),
        _ => {
            Err(Failure::usage(format!("`kernwerk {name}` needs the name of an operation; `kernwerk ops` lists them")))
        }
    }
}

/// The command line; `op` is the operation of `run`, if there is one.
fn command(op: Option<&'static OpInfo>) -> Command {
    Command::new("kernwerk")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Image operations for 3-D microscopy, on whichever GPU is present or on the CPU")
        .after_help(
            "Exit codes: 0 done; 1 the operation failed; 2 wrong usage; 64 no such operation.\n\
             Environment: KERNWERK_BACKEND (auto, cuda, opencl, cpu), KERNWERK_DEVICE (a part of a device's name).",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(Session::arguments())
        .subcommands([
            devices::command(),
            ops::command(),
            run::command(op),
            pipeline::command(),
            source::command(),
            view::command(),
            reference::command(),
        ])
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_fits_the_command_line() {
        super::command(None).debug_assert();
        for op in kernwerk_kernels::catalogue() {
            super::command(Some(op)).debug_assert();
            for (name, flag) in super::parameters::flags(op) {
                assert!(flag.is_some(), "{}: the parameter `{name}` has no option of its own", op.name);
            }
        }
    }
}
