//! How a command ends that does not end well: a message on stderr and an exit code.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use crate::io::IoError;
use crate::view::ViewError;
use kernwerk_runtime::Error;

/// Why a command stops.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong, or asks for help, which clap words and rates.
    CommandLine(clap::Error),
    /// The command line is wrong in a way that only the operation knows: what is wrong, and how it is used.
    Usage {
        /// What is wrong and what to do.
        message: String,
        /// How it is used; may be empty.
        usage: String,
    },
    /// There is no such operation.
    NoOperation(String),
    /// The operation failed.
    Failed(String),
    /// Whoever read stdout has enough.
    Closed,
}

impl Failure {
    /// Something in the command line that is wrong whatever the files hold.
    pub(crate) fn usage(message: impl Display) -> Failure {
        Failure::Usage { message: message.to_string(), usage: String::new() }
    }

    /// An error about parameters, which stand in the command line.
    pub(crate) fn parameters(error: &Error, usage: String) -> Failure {
        Failure::Usage { message: error.to_string(), usage }
    }

    /// An error of writing to stdout.
    pub(crate) fn stdout(error: &std::io::Error) -> Failure {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Failed(format!("stdout: cannot be written: {error}; check where it leads")),
        }
    }

    /// Tells it and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::CommandLine(error) => {
                // Help goes to stdout; if nobody reads it, that is no failure.
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
            Failure::Usage { message, usage } => {
                tell(&if usage.is_empty() { message } else { format!("{message}\n\n{usage}") });
                ExitCode::from(2)
            }
            Failure::NoOperation(message) => {
                tell(&message);
                ExitCode::from(64)
            }
            Failure::Failed(message) => {
                tell(&message);
                ExitCode::FAILURE
            }
            Failure::Closed => ExitCode::SUCCESS,
        }
    }
}

/// `eprintln!` would panic where stderr is closed.
fn tell(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::UnknownOperation { .. } => Failure::NoOperation(error.to_string()),
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<IoError> for Failure {
    fn from(error: IoError) -> Failure {
        match error {
            IoError::Ending { .. } => Failure::usage(error),
            error => Failure::Failed(error.to_string()),
        }
    }
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Failure {
        Failure::Failed(format!("view: {error}"))
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Failure {
        Failure::CommandLine(error)
    }
}
