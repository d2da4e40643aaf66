//! Collecting every mistake of one operation, so that the author sees them all in one run.
//!
//! Invariant: parsing goes on after a mistake; whoever finishes must ask [`Diagnostics::finish`].

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    mistakes: RefCell<Vec<Mistake>>,
}

/// One mistake.
pub(crate) struct Mistake {
    /// What is wrong and how to mend it.
    pub(crate) text: String,
    /// Where.
    pub(crate) span: Span,
    error: syn::Error,
    /// Whether rustc reports it too when it sees the body: the types do not fit.
    of_types: bool,
}

impl Diagnostics {
    /// Reports a mistake at a token: what is wrong and how to mend it.
    pub(crate) fn report(&self, tokens: impl ToTokens, problem: impl Display, remedy: impl Display) {
        self.push(tokens, problem, remedy, false);
    }

    /// Reports types that do not fit; what rustc says to that is better, and is preferred where nothing else is wrong.
    pub(crate) fn mismatch(&self, tokens: impl ToTokens, problem: impl Display, remedy: impl Display) {
        self.push(tokens, problem, remedy, true);
    }

    fn push(&self, tokens: impl ToTokens, problem: impl Display, remedy: impl Display, of_types: bool) {
        let text = format!("{problem}\n  = help: {remedy}");
        let error = syn::Error::new_spanned(tokens, &text);
        self.mistakes.borrow_mut().push(Mistake { text, span: error.span(), error, of_types });
    }

    /// Takes over an error of the Rust parser.
    pub(crate) fn syntax(&self, error: syn::Error, remedy: impl Display) {
        let text = format!("{error}\n  = help: {remedy}");
        let span = error.span();
        // The error itself spans all of its tokens; only its text changes.
        let error = syn::Error::new(span, &text);
        self.mistakes.borrow_mut().push(Mistake { text, span, error, of_types: false });
    }

    /// Whether nothing was reported.
    pub(crate) fn is_empty(&self) -> bool {
        self.mistakes.borrow().is_empty()
    }

    /// How many were reported.
    pub(crate) fn len(&self) -> usize {
        self.mistakes.borrow().len()
    }

    /// If all that is wrong are types: takes the mistakes away, since rustc is to report them.
    pub(crate) fn leave_to_rustc(&self) -> Option<Vec<Mistake>> {
        let mut mistakes = self.mistakes.borrow_mut();
        if !mistakes.iter().all(|mistake| mistake.of_types) {
            return None;
        }
        Some(std::mem::take(&mut *mistakes))
    }

    /// All mistakes as one error.
    pub(crate) fn finish(self) -> Result<(), syn::Error> {
        let mut errors = self.mistakes.into_inner().into_iter().map(|mistake| mistake.error);
        let Some(mut first) = errors.next() else { return Ok(()) };
        errors.for_each(|error| first.combine(error));
        Err(first)
    }
}

/// The candidate nearest to a misspelt word, if one is near.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let best = candidates.iter().copied().min_by_key(|candidate| distance(word, candidate))?;
    (distance(word, best) <= word.chars().count() / 3).then_some(best)
}

/// How many letters have to be inserted, removed, replaced or exchanged with their neighbour.
fn distance(word: &str, candidate: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (word.chars().collect(), candidate.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let above = &rows[i - 1];
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_proposed() {
        let known = ["sqrt", "abs", "round_ties_even", "x", "extent_x"];
        for (word, expected) in [
            ("sqtr", Some("sqrt")),
            ("sqr", Some("sqrt")),
            ("round_tie_even", Some("round_ties_even")),
            ("extend_x", Some("extent_x")),
            ("cbrt", None),
            ("y", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), expected, "{word}");
        }
        assert_eq!(nearest("anything", &[]), None);
    }
}
