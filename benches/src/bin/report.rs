//! Rewrites the tables of `docs/performance.md` and the plots in `docs/images` from the records in `benches/results`.
//!
//! `report [--check]`, from the root of the repository. With `--check` nothing is written, and the exit status is 1 if something would be.
//! `results/reasons.tsv` says why a case is short of its target: case, record or `*`, reason.

use std::path::Path;
use std::process::ExitCode;

use kernwerk_benches::report::files;

fn run(check: bool) -> Result<bool, Box<dyn std::error::Error>> {
    let mut same = true;
    for (path, text) in files(Path::new("."))? {
        if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
            continue;
        }
        same = false;
        println!("{}{}", path.display(), if check { " is not what the records say" } else { "" });
        if !check {
            std::fs::write(&path, text)?;
        }
    }
    Ok(same)
}

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match run(check) {
        Ok(same) if same || !check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
