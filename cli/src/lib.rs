//! The `kernwerk` command, and what it is made of: image and table files, and pictures.
//!
//! The command itself (`src/main.rs`) is a thin shell over this library, so that every part can be tested without
//! starting a process, and so that a crate with operations of its own gets a command that knows them too.
//!
//! * [`Command`]: the command line, with the standard operations and any others;
//! * [`io`]: TIFF (plain, ImageJ, OME) and `.npy` images, CSV and JSON tables, all written beside and renamed;
//! * [`view`]: pictures of images: projections, labels in colours, outlines, montages.

pub mod io;
pub mod view;

mod commands;
mod pipeline;
mod reference;

use std::ffi::OsString;
use std::process::ExitCode;

use kernwerk_runtime::OpInfo;

/// The command line `kernwerk`, as a function.
///
/// A crate with operations of its own makes a command of a few lines, in which they stand beside the standard ones: in
/// listings, with options and help, in pipelines.
///
/// ```no_run
/// # mod my_operations { pub const CATALOGUE: &[&kernwerk_runtime::OpInfo] = &[]; }
/// fn main() -> std::process::ExitCode {
///     kernwerk_cli::Command::new().operations(my_operations::CATALOGUE).main()
/// }
/// ```
#[derive(Default)]
pub struct Command {
    own: Vec<&'static OpInfo>,
}

impl Command {
    /// The command with the standard operations.
    pub fn new() -> Command {
        Command::default()
    }

    /// Adds operations. One that has the name of a standard operation takes its place.
    #[must_use]
    pub fn operations(mut self, operations: &[&'static OpInfo]) -> Command {
        self.own.extend(operations);
        self
    }

    /// Runs the command with the arguments of the process; the result is the process's exit code.
    pub fn main(self) -> ExitCode {
        self.run(std::env::args_os())
    }

    /// Runs the command with these arguments, of which the first is the program's name.
    pub fn run(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let mut all = self.own;
        let standard = kernwerk_kernels::catalogue().iter().copied();
        let replaced: Vec<&str> = all.iter().map(|op| op.name).collect();
        all.extend(standard.filter(|op| !replaced.contains(&op.name)));
        all.sort_by_key(|op| (op.family, op.name));
        match commands::run(arguments.into_iter().collect(), all) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }
}
