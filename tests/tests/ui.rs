//! What authors of operations read when they make a mistake: every message of `#[gpu_op]`, on the author's own tokens.
//!
//! `TRYBUILD=overwrite cargo test -p kernwerk-tests --test ui` writes the messages anew.

use std::path::{Path, PathBuf};

/// The folders of `ui`.
const TOPICS: [&str; 17] = [
    "attribute",
    "signature",
    "params",
    "types",
    "expressions",
    "statements",
    "control_flow",
    "windows",
    "reduction",
    "grid",
    "composite",
    "functions",
    "arrays",
    "outputs",
    "gather",
    "scan",
    "pass",
];

/// What the author never wrote and must not read: modules, types and helpers of the expansion and of the compiler.
const INTERNAL: [&str; 26] = [
    "ir::",
    "rt::",
    "lang::",
    "syn::",
    "__",
    "Binding",
    "Broken",
    "CpuKernel",
    "Diagnostics",
    "ExprId",
    "GridRow",
    "HELPER",
    "IntoGraph",
    "IntoOutcome",
    "KernelModel",
    "KernelOp",
    "LocalId",
    "Lower",
    "OpInfo",
    "PointwiseRow",
    "WindowRow",
    "kernwerk_codegen",
    "kernwerk_runtime",
    "kernwerk_kernels",
    "proc_macro",
    "attribute panicked",
];

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

/// A message without the author's own lines.
fn told(text: &str) -> String {
    let excerpt = |line: &str| {
        let rest = line.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit()).trim_start();
        rest.starts_with('|') || line.trim_start().starts_with("-->")
    };
    text.lines().filter(|line| !excerpt(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_internal_is_named() {
    let messages = files("stderr");
    assert!(messages.len() >= 75, "{} cases", messages.len());
    for path in messages {
        let text = told(&std::fs::read_to_string(&path).expect("a message can be read"));
        for internal in INTERNAL {
            assert!(!text.contains(internal), "{} mentions `{internal}`:\n{text}", path.display());
        }
        let generated = text.split("kw_").skip(1).any(|rest| rest.starts_with(char::is_alphanumeric));
        assert!(!generated, "{} mentions a name of the expansion:\n{text}", path.display());
        assert!(!text.contains("\nwarning"), "{} warns of what the macro made:\n{text}", path.display());
    }
}

#[test]
fn every_message_of_ours_has_a_remedy() {
    let mut ours = 0;
    for path in files("stderr") {
        let text = std::fs::read_to_string(&path).expect("a message can be read");
        for message in text.split("\n\n") {
            // rustc's own errors have a code, its lints say how they are turned off.
            if !message.starts_with("error: ") || message.contains("`#[deny(") {
                continue;
            }
            ours += 1;
            let remedy = message.lines().nth(1).is_some_and(|line| line.trim_start().starts_with("= help: "));
            assert!(remedy, "{} has no remedy:\n{message}", path.display());
        }
    }
    assert!(ours >= 120, "{ours} messages");
}

#[test]
fn no_mistake_is_told_twice() {
    for path in files("stderr") {
        let text = std::fs::read_to_string(&path).expect("a message can be read");
        let place =
            |message: &str| message.lines().find(|line| line.trim_start().starts_with("-->")).map(str::to_owned);
        let mut places: Vec<_> =
            text.split("\n\n").filter(|part| part.starts_with("error")).filter_map(place).collect();
        let count = places.len();
        places.sort();
        places.dedup();
        // What rustc says of a name that is neither a function nor a module, it says twice.
        let twice = path.ends_with("expressions/misspelt_function.stderr");
        assert!(twice || places.len() == count, "{} reports a token twice:\n{text}", path.display());
    }
}

#[test]
fn the_book_shows_real_messages() {
    let page = include_str!("../../docs/authoring.md");
    let (_, section) = page.split_once("## What you are told\n").expect("the book has the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let known: Vec<String> =
        files("stderr").iter().map(|path| std::fs::read_to_string(path).expect("a message can be read")).collect();
    let shown: Vec<&str> = section.split("```text\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(shown.len() >= 3, "the section shows {} messages", shown.len());
    for message in shown {
        assert!(known.iter().any(|text| text.contains(message)), "no case gives this message:\n{message}");
    }
}
