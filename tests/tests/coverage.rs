//! Every operation of the libraries that ours is measured by is there under its name, or stands in the list of omissions with a reason.

use std::collections::{BTreeMap, BTreeSet};

use kernwerk_kernels::{catalogue, find};

const PEERS: &str = include_str!("../fixtures/peers.tsv");
const OMISSIONS: &str = include_str!("../fixtures/omissions.tsv");

/// The columns of the rows of a table.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| line.split('\t').collect())
}

/// What other libraries' names are said to be called here.
fn known() -> BTreeSet<String> {
    let names = catalogue().iter().flat_map(|op| op.peer_names().unwrap_or_default());
    names.map(|peer| peer.name[..peer.name.find('(').unwrap_or(peer.name.len())].to_owned()).collect()
}

/// Omissions by name, and by family.
fn omissions() -> (BTreeMap<&'static str, &'static str>, BTreeMap<&'static str, &'static str>) {
    let mut both = (BTreeMap::new(), BTreeMap::new());
    for row in rows(OMISSIONS) {
        let [name, reason] = row[..] else { panic!("{row:?}: a name and a reason are expected") };
        match name.strip_prefix("family ") {
            Some(family) => both.1.insert(family, reason),
            None => both.0.insert(name, reason),
        };
    }
    both
}

#[test]
fn every_operation_of_the_peers_is_there_or_left_out_for_a_reason() {
    let (known, (names, families)) = (known(), omissions());
    let (mut there, mut missing) = (0, BTreeMap::<_, Vec<_>>::new());
    for row in rows(PEERS) {
        let (name, family) = (row[0], row[1].split(' ').next().unwrap_or_default());
        if find(name).is_ok() || known.contains(name) {
            there += 1;
        } else if !names.contains_key(name) && !families.contains_key(family) {
            missing.entry(row[1]).or_default().push(name);
        }
    }
    let number: usize = missing.values().map(Vec::len).sum();
    println!("{there} of {} operations of the peers are there", rows(PEERS).count());
    assert!(missing.is_empty(), "{number} are neither there nor left out for a reason: {missing:#?}");
}

#[test]
fn what_is_left_out_is_not_there() {
    let (known, (names, families)) = (known(), omissions());
    let peers: BTreeMap<&str, &str> = rows(PEERS).map(|row| (row[0], row[1])).collect();
    for (name, reason) in names {
        assert!(peers.contains_key(name), "{name}: no peer has it");
        assert!(find(name).is_err() && !known.contains(name), "{name}: it is there, but left out because {reason}");
        assert!(reason.len() > 10, "{name}: `{reason}` is no reason");
    }
    for family in families.keys() {
        let known = |peer: &&str| peer.starts_with(&format!("{family} "));
        assert!(peers.values().any(known), "{family}: there is no such family");
    }
}

#[test]
fn the_names_of_other_libraries_can_be_read() {
    const LIBRARIES: [&str; 10] =
        ["clesperanto", "clij", "scipy", "cupyx", "skimage", "cucim", "numpy", "matlab", "imagej", "nsbatwm"];
    let mut wrong = Vec::new();
    for op in catalogue() {
        match op.peer_names() {
            Ok(names) => wrong.extend(
                names
                    .into_iter()
                    .filter(|name| !LIBRARIES.iter().any(|library| name.library.starts_with(library)))
                    .map(|name| format!("{}: the library `{}` of `{}`", op.name, name.library, name.name)),
            ),
            Err(lines) => wrong.extend(lines.into_iter().map(|line| format!("{}: {line}", op.name))),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
