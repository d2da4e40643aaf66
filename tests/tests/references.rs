//! What the reference cases of `fixtures/cases.json` cover: operations, dimensions, boundaries.
//!
//! Invariant: a gap is a failure, or a line with a reason in a table of `fixtures`, and a line that is no gap is a failure too.

#[allow(dead_code, reason = "the arrays are read by the test of meaning")]
mod fixtures;

use std::collections::{BTreeMap, BTreeSet};

use kernwerk_kernels::find;

const WITHOUT_BOUNDARY: &str = include_str!("../fixtures/without_boundary.tsv");
const MODES: [&str; 5] = ["nearest", "reflect", "mirror", "wrap", "constant"];

/// Names and reasons.
fn reasons(table: &'static str) -> BTreeMap<&'static str, &'static str> {
    let rows = table.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    rows.map(|line| line.split_once('\t').unwrap_or_else(|| panic!("`{line}`: a name and a reason are expected")))
        .collect()
}

/// The boundary modes in which each operation has a case; cases without a boundary do not count.
fn modes() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut modes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in fixtures::cases() {
        let op = find(&case.operation).unwrap_or_else(|error| panic!("{}: {error}", case.id));
        if let Some(boundary) = case.boundary {
            modes.entry(op.name).or_default().insert(boundary.name());
        }
    }
    modes
}

#[test]
fn operations_with_a_boundary_have_cases_in_every_mode() {
    let (modes, reasons) = (modes(), reasons(WITHOUT_BOUNDARY));
    let lacking: Vec<String> = modes
        .iter()
        .filter(|(name, _)| !reasons.contains_key(*name))
        .filter_map(|(name, found)| {
            let lacking: Vec<&str> = MODES.into_iter().filter(|mode| !found.contains(mode)).collect();
            (!lacking.is_empty()).then(|| format!("{name}: {}", lacking.join(", ")))
        })
        .collect();
    println!(
        "{} operations have cases in every mode",
        modes.keys().filter(|name| !reasons.contains_key(*name)).count()
    );
    assert!(
        lacking.is_empty(),
        "these lack boundaries, and a reason in tests/fixtures/without_boundary.tsv:\n{}",
        lacking.join("\n")
    );
}

#[test]
fn what_has_no_boundary_lacks_a_mode() {
    let modes = modes();
    for (name, reason) in reasons(WITHOUT_BOUNDARY) {
        assert!(find(name).is_ok_and(|op| op.name == name), "{name}: there is no such operation");
        assert!(modes.get(name).is_none_or(|found| found.len() < MODES.len()), "{name}: it has cases in every mode");
        assert!(reason.len() > 10, "{name}: `{reason}` is no reason");
    }
}
