//! The metadata of a library of operations: what listings, help and documentation are made of.

use std::collections::BTreeMap;

use kernwerk_runtime::{Arguments, OpInfo, Value};

/// Checks the list of a library's operations: names and aliases are used once and by no standard operation, each operation and
/// its family have a name of lower-case words, the documentation begins with a summary, and defaults are values that the
/// operation accepts.
///
/// ```
/// # use kernwerk::prelude::*;
/// # /// Doubles.
/// # #[gpu_op(pointwise, family = "arithmetic")]
/// # pub fn doubled(image: f32) -> f32 { image + image }
/// # fn main() {
/// kernwerk_testkit::catalogue(&[&doubled::INFO]);
/// # }
/// ```
///
/// # Panics
/// If anything is wrong, with all of it.
pub fn catalogue(operations: &[&'static OpInfo]) {
    let problems = problems(operations);
    assert!(problems.is_empty(), "the catalogue has {} mistakes:\n{}", problems.len(), problems.join("\n"));
}

fn problems(operations: &[&'static OpInfo]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut owners: BTreeMap<&str, String> = BTreeMap::new();
    for op in kernwerk_kernels::catalogue() {
        for &name in op.aliases.iter().chain([&op.name]) {
            owners.insert(name, format!("the standard operation `{}`", op.name));
        }
    }
    for op in operations {
        for &name in op.aliases.iter().chain([&op.name]) {
            if !is_words(name) {
                problems.push(format!("{}: `{name}` is not lower-case words joined by `_`", op.name));
            }
            if let Some(owner) = owners.insert(name, format!("`{}`", op.name)) {
                problems.push(format!("{}: the name `{name}` belongs to {owner} too", op.name));
            }
        }
        if !is_words(op.family) {
            problems.push(format!("{}: the family `{}` is not lower-case words joined by `_`", op.name, op.family));
        }
        let summary = op.summary();
        if summary.is_empty() {
            problems.push(format!("{}: it has no documentation", op.name));
        } else if summary.len() > 120 {
            problems.push(format!("{}: its summary has {} characters; listings show one line", op.name, summary.len()));
        }
        if op.inputs.is_empty() {
            problems.push(format!("{}: it takes no image", op.name));
        }
        problems.extend(refused_defaults(op));
    }
    problems
}

fn is_words(name: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.split('_').all(word)
}

/// Defaults that the operation itself refuses.
fn refused_defaults(op: &'static OpInfo) -> Vec<String> {
    let of = |index: usize| {
        let default = op.params[index].default?;
        let mut values: Vec<Option<Value>> = vec![None; op.params.len()];
        // The default as a caller would give it; parameters without one are not this default's fault.
        values[index] = Some(Value::Text(default.to_owned()));
        let error = Arguments::bind(op, &values, &[]).err()?.to_string();
        error.contains(&format!("`{}` is {default}", op.params[index].name)).then_some(error)
    };
    (0..op.params.len()).filter_map(of).collect()
}
