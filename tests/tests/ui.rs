//! What authors of operations read when they make a mistake: every message of `#[gpu_op]`, on the author's own tokens.
//!
//! `TRYBUILD=overwrite cargo test -p kernwerk-tests --test ui` writes the messages anew.

use std::path::{Path, PathBuf};

/// The folders of `ui`.
const TOPICS: [&str; 10] =
    ["attribute", "signature", "body", "window", "reduction", "grid", "outputs", "gather", "scan", "pass"];

/// What the author never wrote and must not read.
const INTERNAL: [&str; 9] =
    ["ir::", "Lower", "ExprId", "LocalId", "kw_", "kernwerk_codegen", "syn::", "proc_macro", "panicked"];

#[test]
fn mistakes_are_explained_at_the_token() {
    let cases = trybuild::TestCases::new();
    for topic in TOPICS {
        let pattern = format!("ui/{topic}/*.rs");
        if topic == "pass" { cases.pass(pattern) } else { cases.compile_fail(pattern) }
    }
}

/// The files of all topics with this extension.
fn files(extension: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let folders = std::fs::read_dir(root).expect("the folder of the cases is there");
    let mut files: Vec<PathBuf> = folders
        .flat_map(|topic| std::fs::read_dir(topic.expect("a topic can be read").path()).expect("a topic is a folder"))
        .map(|file| file.expect("a file can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_belongs_to_a_topic_that_runs() {
    for path in files("rs") {
        let topic = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        assert!(TOPICS.contains(&topic), "{} is not run", path.display());
        assert_eq!(topic != "pass", path.with_extension("stderr").is_file(), "{}", path.display());
    }
}

#[test]
fn messages_name_a_remedy_and_nothing_internal() {
    let messages = files("stderr");
    assert!(messages.len() >= 16, "{} cases", messages.len());
    for path in messages {
        let text = std::fs::read_to_string(&path).expect("a message can be read");
        for internal in INTERNAL {
            assert!(!text.contains(internal), "{} mentions `{internal}`:\n{text}", path.display());
        }
        assert!(text.contains("= help: "), "{} has no remedy:\n{text}", path.display());
    }
}
