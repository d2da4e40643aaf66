//! Rewrites the tables of `docs/performance.md` and the plots in `docs/images` from the records in `benches/results`.
//!
//! `report [--check]`, from the root of the repository. With `--check` nothing is written, and the exit status is 1 if something would be.
//! `results/reasons.tsv` says why a case is short of its target: case, record or `*`, reason.

use std::path::Path;
use std::process::ExitCode;

use kernwerk_benches::report::Records;

const RESULTS: &str = "benches/results";
const PAGE: &str = "docs/performance.md";
const IMAGES: &str = "docs/images";

fn read(root: &Path) -> Result<Records, Box<dyn std::error::Error>> {
    let mut records = Records::default();
    for entry in std::fs::read_dir(root.join(RESULTS))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "json") {
            let document = serde_json::from_str(&std::fs::read_to_string(&path)?)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            records.documents.insert(name, document);
        }
    }
    let reasons = std::fs::read_to_string(root.join(RESULTS).join("reasons.tsv")).unwrap_or_default();
    for line in reasons.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let cells: Vec<&str> = line.splitn(3, '\t').collect();
        let [case, record, reason] = cells[..] else {
            return Err(format!("reasons.tsv: `{line}` has not three cells with tabs between them").into());
        };
        records.reasons.insert((case.to_owned(), record.to_owned()), reason.to_owned());
    }
    Ok(records)
}

fn run(check: bool) -> Result<bool, Box<dyn std::error::Error>> {
    let root = Path::new(".");
    let records = read(root)?;
    let page = root.join(PAGE);
    let mut files = vec![(page.clone(), records.rewrite(&std::fs::read_to_string(&page)?)?)];
    files.extend(records.plots().into_iter().map(|(name, text)| (root.join(IMAGES).join(name), text)));
    let mut same = true;
    for (path, text) in files {
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
