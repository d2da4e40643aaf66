//! Reference pages of operations, made from their metadata: one page for each family, with pictures that the operations made
//! themselves, and a table of the names that other libraries use.
//!
//! In: operations, an image, and [`Examples`] that say what each operation is shown with. Out: Markdown and PNG files in a folder.
//! Invariant: nothing on a page is written by hand but the documentation comments of the operations.

mod examples;
mod names;
mod page;

pub(crate) use examples::Examples;

use std::collections::BTreeMap;
use std::path::Path;

use kernwerk_runtime::{HostImage, OpInfo};

use crate::io::{IoError, atomic};
use crate::view::{Picture, ViewError};
use examples::Shown;

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReferenceError {
    /// What is shown of an operation could not be computed.
    #[error("{operation}: {problem}")]
    Example {
        /// The operation.
        operation: String,
        /// What went wrong.
        problem: String,
    },
    /// What is shown of some operations could not be computed.
    #[error("{number} examples cannot be computed:\n  {problems}\nsay with --examples what these are shown with")]
    Examples {
        /// How many.
        number: usize,
        /// What went wrong with each.
        problems: String,
    },
    /// A documentation comment has a line about names that cannot be read.
    #[error("the names of `{operation}`: {line}; write - `library.name`: difference")]
    Names {
        /// The operation.
        operation: String,
        /// The line.
        line: String,
    },
    /// A picture cannot be made.
    #[error(transparent)]
    Picture(#[from] ViewError),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] IoError),
}

/// The pages: file names with text, and pictures.
pub(crate) struct Pages {
    texts: BTreeMap<String, String>,
    pictures: BTreeMap<String, Picture>,
}

/// Makes the pages of all operations, which are sorted by family and name.
pub(crate) fn pages(
    operations: &[&'static OpInfo],
    image: &HostImage,
    examples: &Examples,
) -> Result<Pages, ReferenceError> {
    let (shown, failed): (Vec<_>, Vec<_>) =
        operations.iter().map(|op| examples.show(op, image)).partition(Result::is_ok);
    if !failed.is_empty() {
        let problems: Vec<_> =
            failed.into_iter().filter_map(|shown| shown.err()).map(|error| error.to_string()).collect();
        return Err(ReferenceError::Examples { number: problems.len(), problems: problems.join("\n  ") });
    }
    let shown: Vec<Shown> = shown.into_iter().flatten().collect();
    let mut pages = Pages { texts: BTreeMap::new(), pictures: BTreeMap::new() };
    let mut families: BTreeMap<&str, Vec<(&'static OpInfo, &Shown)>> = BTreeMap::new();
    for (op, shown) in operations.iter().zip(&shown) {
        families.entry(op.family).or_default().push((op, shown));
        if let Some(picture) = shown.picture()? {
            pages.pictures.insert(format!("pictures/{}.png", op.name), picture);
        }
    }
    let used = page::users(operations, &shown);
    for (family, ops) in &families {
        pages.texts.insert(format!("{family}.md"), page::family(family, ops, &used, operations)?);
    }
    pages.texts.insert("README.md".to_owned(), page::index(&families));
    pages.texts.insert("names.md".to_owned(), names::table(operations)?);
    Ok(pages)
}

impl Pages {
    /// Writes all files into a folder that exists.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), ReferenceError> {
        std::fs::create_dir_all(folder.join("pictures")).map_err(|source| IoError::System {
            path: folder.to_owned(),
            action: "write",
            source,
        })?;
        for (name, text) in &self.texts {
            let path = folder.join(name);
            atomic::replace(&path, |writer| Ok(std::io::Write::write_all(writer, text.as_bytes())?))
                .map_err(|fault| fault.writing(&path))?;
        }
        for (name, picture) in &self.pictures {
            picture.write_png(&folder.join(name))?;
        }
        Ok(())
    }

    /// The texts whose files in a folder say something else, or are not there.
    pub(crate) fn stale(&self, folder: &Path) -> Vec<String> {
        let fresh = |(name, text): &(&String, &String)| {
            std::fs::read_to_string(folder.join(name)).is_ok_and(|found| found == **text)
        };
        let texts = self.texts.iter().filter(|page| !fresh(page)).map(|(name, _)| name.clone());
        let pictures = self.pictures.keys().filter(|name| !folder.join(name).is_file()).cloned();
        texts.chain(pictures).collect()
    }

    /// How many pages and pictures there are.
    pub(crate) fn counts(&self) -> [usize; 2] {
        [self.texts.len(), self.pictures.len()]
    }
}
