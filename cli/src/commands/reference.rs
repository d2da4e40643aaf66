//! `kernwerk reference`: pages about all operations, with pictures.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;

use super::failure::Failure;
use super::session::{Session, print, print_json};
use crate::io;
use crate::reference::{Examples, ReferenceError, pages};

pub(crate) fn command() -> Command {
    let path = |name: &'static str| Arg::new(name).value_parser(value_parser!(PathBuf));
    Command::new("reference")
        .about("Write reference pages of all operations, with pictures that they make of an image")
        .arg(path("in").value_name("IN").required(true).help("The image, a stack: .tif, .tiff, .ome.tif or .npy"))
        .arg(path("out").short('o').long("out").value_name("DIR").required(true).help("The folder of the pages"))
        .arg(
            path("examples")
                .long("examples")
                .value_name("FILE")
                .help("What operations are shown with, as JSON, instead of or beside the standard examples"),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help("Write nothing; fail if a page in the folder is not what would be written"),
        )
}

pub(crate) fn run(matches: &ArgMatches, session: &Session) -> Result<(), Failure> {
    let path = |name: &str| matches.get_one::<PathBuf>(name);
    let (Some(input), Some(folder)) = (path("in"), path("out")) else {
        return Err(Failure::usage("reference: give an image and, after -o, a folder"));
    };
    let mut stages = session.stages();
    let image = stages.run("read", format!("reading {}", input.display()), || io::read(input))?;
    let own = path("examples").map(|path| std::fs::read_to_string(path).map_err(|error| (path, error))).transpose();
    let own = own.map_err(|(path, error)| {
        Failure::Failed(format!("{}: cannot be read: {error}; check the name", path.display()))
    })?;
    let examples = Examples::new(own.as_deref(), &session.operations)
        .map_err(|error| Failure::usage(format!("--examples: this is not JSON: {error}; see the standard examples")))?;
    let failed = |error: ReferenceError| Failure::Failed(error.to_string());
    let made = stages.run("compute", "computing the examples".to_owned(), || {
        pages(&session.operations, &image, &examples).map_err(failed)
    })?;
    let [texts, pictures] = made.counts();
    if matches.get_flag("check") {
        let stale = made.stale(folder);
        if !stale.is_empty() {
            return Err(Failure::Failed(format!(
                "{}: {} of {} files are not what they would be now: {}; run the same without --check",
                folder.display(),
                stale.len(),
                texts + pictures,
                stale.join(", ")
            )));
        }
    } else {
        stages.run("write", format!("writing {}", folder.display()), || made.write(folder).map_err(failed))?;
    }
    stages.report();
    if session.json {
        return print_json(&json!({"pages": texts, "pictures": pictures}));
    }
    print(&format!("{texts} pages, {pictures} pictures\n"))
}
