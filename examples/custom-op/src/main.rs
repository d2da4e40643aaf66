//! The command line `kernwerk` with the operations of this crate beside the standard ones.

use std::process::ExitCode;

fn main() -> ExitCode {
    kernwerk_cli::Command::new().operations(microscopy_ops::CATALOGUE).main()
}
