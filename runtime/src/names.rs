//! What other libraries call an operation, and where theirs behaves differently.
//!
//! The author says it in the documentation comment, in a section of its own, one line for each name:
//!
//! ```text
//! # Names
//! - `scipy.ndimage.gaussian_filter`: boundary `reflect` by default, `nearest` here.
//! - `clesperanto.gaussian_blur`: same.
//! ```
//!
//! Pages and tables are made from that. Invariant: nothing else knows another library's names.

use crate::op::OpInfo;

/// The heading of the section.
const HEADING: &str = "# Names";

/// What another library calls an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerName {
    /// The library with its module, e.g. `scipy.ndimage`.
    pub library: String,
    /// The name there.
    pub name: String,
    /// What it does differently, in words; empty if it does the same.
    pub difference: String,
}

impl OpInfo {
    /// The documentation without what other libraries call the operation.
    pub fn text(&self) -> String {
        let lines = self.doc.trim().lines().map(str::trim_end);
        let mut inside = false;
        let kept: Vec<_> = lines
            .filter(|line| {
                if line.trim_start().starts_with("# ") {
                    inside = line.trim() == HEADING;
                }
                !inside
            })
            .collect();
        kept.join("\n").trim_end().to_owned()
    }

    /// What other libraries call the operation.
    ///
    /// # Errors
    /// The lines that are not of the form ``- `library.name`: difference``.
    pub fn peer_names(&self) -> Result<Vec<PeerName>, Vec<String>> {
        let mut items: Vec<String> = Vec::new();
        let mut wrong = Vec::new();
        let mut inside = false;
        for line in self.doc.lines().map(str::trim) {
            if line.starts_with("# ") {
                inside = line == HEADING;
            } else if inside && line.starts_with("- ") {
                items.push(line[2..].to_owned());
            } else if inside && !line.is_empty() {
                match items.last_mut() {
                    // An item goes on.
                    Some(item) => *item += &format!(" {line}"),
                    None => wrong.push(line.to_owned()),
                }
            }
        }
        let (names, mistakes): (Vec<_>, Vec<_>) =
            items.into_iter().map(|item| peer_name(&item).ok_or(item)).partition(Result::is_ok);
        wrong.extend(mistakes.into_iter().filter_map(Result::err));
        if wrong.is_empty() { Ok(names.into_iter().flatten().collect()) } else { Err(wrong) }
    }
}

fn peer_name(item: &str) -> Option<PeerName> {
    let (path, difference) = item.strip_prefix('`')?.split_once('`')?;
    // A call may show what it is the same as: `scipy.ndimage.gaussian_filter(order=1)`.
    let end = path.find('(').unwrap_or(path.len());
    let dot = path[..end].rfind('.')?;
    let difference = difference.strip_prefix(':')?.trim();
    let difference = if matches!(difference.trim_end_matches('.'), "same") { "" } else { difference };
    Some(PeerName {
        library: path[..dot].to_owned(),
        name: path[dot + 1..].to_owned(),
        difference: difference.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{PeerName, peer_name};

    #[test]
    fn a_line_names_library_name_and_difference() {
        let name = |library: &str, name: &str, difference: &str| {
            Some(PeerName { library: library.into(), name: name.into(), difference: difference.into() })
        };
        assert_eq!(peer_name("`clesperanto.gaussian_blur`: same."), name("clesperanto", "gaussian_blur", ""));
        assert_eq!(
            peer_name("`scipy.ndimage.gaussian_filter(order=1)`: boundary `reflect`."),
            name("scipy.ndimage", "gaussian_filter(order=1)", "boundary `reflect`.")
        );
        assert_eq!(peer_name("scipy.ndimage.gaussian_filter: same."), None);
        assert_eq!(peer_name("`gaussian_filter`: same."), None);
        assert_eq!(peer_name("`skimage.filters.gaussian`"), None);
    }
}
