//! What the global options say: which device, and how results are told.

use std::io::Write;

use clap::{Arg, ArgAction, ArgMatches};
use kernwerk_runtime::{Device, OpInfo, Result};
use serde_json::Value as Json;

use super::failure::Failure;
use super::stages::Stages;

const HEADING: &str = "Global options";

/// The global options.
pub(crate) struct Session {
    backend: Option<String>,
    device: Option<String>,
    /// Whether results are told as JSON.
    pub(crate) json: bool,
    timings: bool,
    /// The operations that the command knows, sorted by family and name.
    pub(crate) operations: Vec<&'static OpInfo>,
}

impl Session {
    /// The options as they are declared.
    pub(crate) fn arguments() -> [Arg; 4] {
        let backends = ["auto", "cuda", "opencl", "cpu"];
        [
            Arg::new("backend")
                .long("backend")
                .value_name("BACKEND")
                .value_parser(backends)
                .help("What computes; with this or --device, KERNWERK_BACKEND and KERNWERK_DEVICE are not looked at"),
            Arg::new("device").long("device").value_name("NAME").help("A device by a part of its name, e.g. H200"),
            Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print results as JSON"),
            Arg::new("timings")
                .long("timings")
                .action(ArgAction::SetTrue)
                .help("Print where the time went (read, upload, compute, download, write) to stderr"),
        ]
        .map(|argument| argument.global(true).help_heading(HEADING))
    }

    /// The options as they are given.
    pub(crate) fn new(matches: &ArgMatches, operations: Vec<&'static OpInfo>) -> Session {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        Session {
            backend: text("backend"),
            device: text("device"),
            json: matches.get_flag("json"),
            timings: matches.get_flag("timings"),
            operations,
        }
    }

    /// The operation of that name or alias.
    pub(crate) fn find(&self, name: &str) -> Result<&'static OpInfo> {
        kernwerk_kernels::find_among(&self.operations, name)
    }

    /// The device that the options ask for, or else the environment, or else the best.
    pub(crate) fn device(&self) -> Result<Device> {
        match (&self.backend, &self.device) {
            (None, None) => Device::default(),
            (backend, name) => Device::open(backend.as_deref().unwrap_or("auto"), name.as_deref()),
        }
    }

    /// Whether options or environment ask for a device.
    pub(crate) fn asks_for_device(&self) -> bool {
        let asks = |name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
        self.backend.is_some() || self.device.is_some() || asks("KERNWERK_BACKEND") || asks("KERNWERK_DEVICE")
    }

    /// Stages that are told at the end if `--timings` is given.
    pub(crate) fn stages(&self) -> Stages {
        Stages::new(self.timings)
    }
}

/// Writes text to stdout. `print!` would panic where the reader has gone.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::stdout(&error))
}

/// Writes JSON to stdout, indented and with a line end.
pub(crate) fn print_json(json: &Json) -> Result<(), Failure> {
    print(&format!("{json:#}\n"))
}
