//! The reference pages in `docs/reference` are those that the command writes now.

use std::path::Path;
use std::process::ExitCode;

fn reference(folder: &Path, check: bool) -> ExitCode {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/nuclei_3d.tif");
    let mut arguments: Vec<std::ffi::OsString> =
        vec!["kernwerk".into(), "reference".into(), data.into(), "-o".into(), folder.into()];
    if check {
        arguments.push("--check".into());
    }
    kernwerk_cli::Command::new().run(arguments)
}

#[test]
fn the_pages_are_those_of_the_operations() {
    let committed = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference"));
    let checked = reference(committed, true);
    assert_eq!(
        checked,
        ExitCode::SUCCESS,
        "write them again: cargo run --release -- reference data/nuclei_3d.tif -o docs/reference"
    );
}

#[test]
fn what_is_missing_is_found() {
    let folder = std::env::temp_dir().join(format!("kernwerk-reference-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    assert_ne!(reference(&folder, true), ExitCode::SUCCESS);
    assert_eq!(reference(&folder, false), ExitCode::SUCCESS);
    assert_eq!(reference(&folder, true), ExitCode::SUCCESS);
    std::fs::write(folder.join("filter.md"), "old").unwrap();
    assert_ne!(reference(&folder, true), ExitCode::SUCCESS);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn every_page_is_in_the_book() {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"));
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut pages = 0;
    for file in std::fs::read_dir(docs.join("reference")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            assert!(summary.contains(&format!("(reference/{name})")), "docs/SUMMARY.md lacks reference/{name}");
            pages += 1;
        }
    }
    assert!(pages > 10, "{pages} pages");
}
