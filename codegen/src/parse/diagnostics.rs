//! Collecting every mistake of one operation, so that the author sees them all in one run.
//!
//! Invariant: parsing goes on after a mistake; whoever finishes must ask [`Diagnostics::finish`].

use std::cell::RefCell;
use std::fmt::Display;

use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: RefCell<Vec<syn::Error>>,
}

impl Diagnostics {
    /// Reports a mistake at a token: what is wrong and how to mend it.
    pub(crate) fn report(&self, tokens: impl ToTokens, problem: impl Display, remedy: impl Display) {
        let message = format!("{problem}\n  = help: {remedy}");
        self.errors.borrow_mut().push(syn::Error::new_spanned(tokens, message));
    }

    /// Takes over an error of the Rust parser.
    pub(crate) fn syntax(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// Whether nothing was reported.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.borrow().is_empty()
    }

    /// All mistakes as one error.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        let mut errors = self.errors.into_inner().into_iter();
        let Some(mut first) = errors.next() else { return Ok(()) };
        errors.for_each(|error| first.combine(error));
        Err(first)
    }
}

/// The candidate nearest to a misspelt word, if one is near.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let distance = |candidate: &str| {
        let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), candidate.chars().collect());
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, from) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, to) in b.iter().enumerate() {
                let substitute = diagonal + usize::from(from != to);
                diagonal = row[j + 1];
                row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[b.len()]
    };
    candidates
        .iter()
        .copied()
        .min_by_key(|candidate| distance(candidate))
        .filter(|best| distance(best) <= 1 + word.len() / 3)
}
