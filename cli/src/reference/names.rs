//! The table of names: what other libraries call each operation, and what theirs does differently.

use std::collections::BTreeMap;

use kernwerk_runtime::{OpInfo, PeerName};

use super::ReferenceError;

/// Libraries in the order of the page, with their titles. Modules belong to the first that is a beginning of their name.
const LIBRARIES: [(&str, &str); 8] = [
    ("clesperanto", "clEsperanto"),
    ("clij", "CLIJ and CLIJ2"),
    ("imagej", "ImageJ"),
    ("scipy", "SciPy (and CuPy's `cupyx.scipy`)"),
    ("cupyx", "CuPy, where it differs from SciPy"),
    ("skimage", "scikit-image (and cuCIM's `cucim.skimage`)"),
    ("numpy", "NumPy"),
    ("", "Others"),
];

/// The names of an operation.
pub(super) fn of(op: &OpInfo) -> Result<Vec<PeerName>, ReferenceError> {
    op.peer_names().map_err(|lines| ReferenceError::Names { operation: op.name.to_owned(), line: lines.join(" / ") })
}

/// The page.
pub(super) fn table(operations: &[&'static OpInfo]) -> Result<String, ReferenceError> {
    let mut text = String::from(
        "# Names in other libraries\n\nWhat the operations of other libraries are called here, and what they do differently. An empty \
         difference means the same values, up to rounding. Operations are also found under the names that their pages list as aliases.\n",
    );
    let mut all: BTreeMap<usize, Vec<(PeerName, &OpInfo)>> = BTreeMap::new();
    for op in operations {
        for name in of(op)? {
            let library = LIBRARIES.iter().position(|(library, _)| name.library.starts_with(library));
            all.entry(library.unwrap_or(LIBRARIES.len() - 1)).or_default().push((name, op));
        }
    }
    for (library, mut names) in all {
        names.sort_by(|(a, x), (b, y)| (&a.library, &a.name, x.name).cmp(&(&b.library, &b.name, y.name)));
        text += &format!("\n## {}\n\n| there | here | what differs |\n|---|---|---|\n", LIBRARIES[library].1);
        for (name, op) in names {
            let there = match name.library.as_str() {
                "clesperanto" => name.name.clone(),
                library => format!("{library}.{}", name.name),
            };
            text += &format!(
                "| `{}` | [`{}`]({}.md#{}) | {} |\n",
                escaped(&there),
                op.name,
                op.family,
                op.name,
                escaped(&name.difference)
            );
        }
    }
    Ok(text)
}

/// Text within a cell.
pub(super) fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
