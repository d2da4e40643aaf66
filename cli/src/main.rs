//! The command `kernwerk`: image operations from a shell.
//!
//! In: arguments. Out: files, text on stdout, messages on stderr and an exit code: 0 done, 1 the operation failed, 2 wrong
//! usage, 64 no such operation. Invariant: stdout carries results only, so that it can be piped.

mod commands;
mod pipeline;

use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(std::env::args_os().collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
