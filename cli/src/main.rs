//! The command `kernwerk`: image operations from a shell.
//!
//! In: arguments. Out: files, text on stdout, messages on stderr and an exit code: 0 done, 1 the operation failed, 2 wrong
//! usage, 64 no such operation. Invariant: stdout carries results only, so that it can be piped.

use std::process::ExitCode;

fn main() -> ExitCode {
    kernwerk_cli::Command::new().main()
}
