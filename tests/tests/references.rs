//! What the reference cases of `fixtures/cases.json` cover: operations, dimensions, boundaries.
//!
//! Invariant: a gap is a failure, or a line with a reason in a table of `fixtures`, and a line that is no gap is a failure too.

#[expect(dead_code, reason = "what images hold is compared in `meaning`")]
mod fixtures;

use std::collections::{BTreeMap, BTreeSet};

use kernwerk_kernels::{catalogue, find};

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

const WITHOUT_DIMENSION: &str = include_str!("../fixtures/without_dimension.tsv");

/// The dimensions that an operation has cases in: 2 where the first image has one plane, 3 where it has several of several rows and columns.
fn dimensions() -> BTreeMap<&'static str, BTreeSet<u8>> {
    let mut extents = BTreeMap::new();
    let mut found = BTreeMap::<_, BTreeSet<u8>>::new();
    for case in fixtures::cases() {
        let op = find(&case.operation).unwrap_or_else(|error| panic!("{}: {error}", case.id));
        let Some(name) = case.inputs.first() else { continue };
        let extents = extents.entry(name.clone()).or_insert_with(|| fixtures::image(name).shape().to_vec());
        let dimension = match extents[..] {
            [] | [_] | [_, _] | [.., 1, _, _] => 2,
            [.., z, y, x] if z.min(y).min(x) > 1 => 3,
            // A stack that is one row or one column wide is no good example of either.
            _ => continue,
        };
        found.entry(op.name).or_default().insert(dimension);
    }
    found
}

/// The lines of the list of exceptions: name, dimensions, reason.
fn exceptions() -> Vec<(&'static str, &'static [u8], &'static str)> {
    let lines = WITHOUT_DIMENSION.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let parts = lines.map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
        [name, "2", reason] => (name, &[2][..], reason),
        [name, "3", reason] => (name, &[3][..], reason),
        [name, "any", reason] => (name, &[2, 3][..], reason),
        _ => panic!("`{line}`: a name, 2, 3 or any, and a reason are expected"),
    });
    parts.collect()
}

#[test]
fn every_operation_has_reference_cases_in_pictures_and_stacks() {
    let (found, exceptions) = (dimensions(), exceptions());
    let excused =
        |name: &str, dimension: u8| exceptions.iter().any(|line| line.0 == name && line.1.contains(&dimension));
    let has = |name: &str, dimension: u8| found.get(name).is_some_and(|there| there.contains(&dimension));
    let wanted = || catalogue().iter().flat_map(|op| [(op.name, 2), (op.name, 3)]);
    let missing: Vec<_> = wanted().filter(|&(name, d)| !has(name, d) && !excused(name, d)).collect();
    println!(
        "{} of {} operations and dimensions have cases",
        wanted().filter(|&(name, d)| has(name, d)).count(),
        wanted().count()
    );
    assert!(missing.is_empty(), "{} have neither cases nor a reason: {missing:?}", missing.len());
}

#[test]
fn what_is_excused_has_no_cases() {
    let (found, mut seen) = (dimensions(), BTreeSet::new());
    for (name, without, reason) in exceptions() {
        assert_eq!(find(name).map(|op| op.name).ok(), Some(name), "{name}: there is no such operation");
        assert!(reason.len() > 10, "{name}: `{reason}` is no reason");
        for &dimension in without {
            let there = found.get(name).is_some_and(|there| there.contains(&dimension));
            assert!(!there, "{name}: there are cases in {dimension}-D, but excused because {reason}");
            assert!(seen.insert((name, dimension)), "{name}: {dimension}-D is excused twice");
        }
    }
}
