//! The author's text of an item, as it stands in the file: comments, line breaks and all.
//!
//! Input: the tokens of the attribute and of the item. Output: their text, for `kernwerk source --target rust`. Where the compiler cannot
//! give the text (an editor's macro server, an item that another macro made), it is put together from the tokens. Invariant: the text
//! lexes to the very tokens of the item, and does not depend on where the file lies.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What the compiler knows of a token that stands outside any bracket: its text and where that begins and ends, as (line, column).
pub struct Piece {
    /// The text between begin and end.
    pub text: Option<String>,
    /// Where it begins.
    pub start: (usize, usize),
    /// Where it ends.
    pub end: (usize, usize),
}

/// The pieces of the attribute's arguments and of the item. Empty: the compiler does not tell.
#[derive(Default)]
pub struct Written {
    /// Those of the arguments.
    pub arguments: Vec<Piece>,
    /// Those of the item.
    pub item: Vec<Piece>,
}

/// `#[gpu_op(arguments)]` and the item.
pub(super) fn text(attribute: &str, written: &Written, arguments: &TokenStream, item: &TokenStream) -> String {
    let arguments = original(&written.arguments, arguments).unwrap_or_else(|| arguments.to_string());
    let item = original(&written.item, item).unwrap_or_else(|| item.to_string());
    let (docs, rest) = split_docs(&item);
    // Where the attribute stood there is an empty line now.
    let rest = rest.trim_start_matches('\n');
    format!("{docs}#[{attribute}({arguments})]\n{rest}")
}

/// Documentation stands before the attribute.
fn split_docs(item: &str) -> (&str, &str) {
    let mut end = 0;
    while item[end..].starts_with("///") {
        end += item[end..].find('\n').map_or(item.len() - end, |newline| newline + 1);
    }
    item.split_at(end)
}

/// The text that the tokens were read from.
fn original(pieces: &[Piece], tokens: &TokenStream) -> Option<String> {
    let mut text = String::new();
    let (mut line, mut column) = pieces.first()?.start;
    let margin = column;
    for Piece { text: piece, start, end } in pieces {
        // A documentation comment is two tokens that stand at the same place.
        if *start < (line, column) {
            continue;
        }
        if start.0 > line {
            text.extend(std::iter::repeat_n('\n', start.0 - line));
            text.extend(std::iter::repeat_n(' ', start.1.saturating_sub(margin)));
        } else {
            text.extend(std::iter::repeat_n(' ', start.1 - column));
        }
        text.push_str(&outdented(piece.as_ref()?, margin));
        (line, column) = *end;
    }
    let read: TokenStream = text.parse().ok()?;
    (flat(&read) == flat(tokens)).then_some(text)
}

/// Lines after the first moved to the left, as far as they are blank there; columns count from 1.
fn outdented(text: &str, margin: usize) -> String {
    let moved = |line: &str| {
        let blank = line.len() - line.trim_start_matches(' ').len();
        line[blank.min(margin.saturating_sub(1))..].to_owned()
    };
    let mut lines = text.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + "\n" + &moved(line))
}

/// The tokens without what white space decides: enough to tell whether two texts are the same to the compiler.
fn flat(tokens: &TokenStream) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                all.push(open.to_owned());
                all.extend(flat(&group.stream()));
                all.push(close.to_owned());
            }
            // The texts of one comment may be written as two kinds of string.
            TokenTree::Literal(literal) => all.push(literal_text(&literal)),
            other => all.push(other.to_string()),
        }
    }
    all.retain(|token| !token.is_empty());
    all
}

fn literal_text(literal: &proc_macro2::Literal) -> String {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => format!("{:?}", text.value()),
        _ => literal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token's text at a line and column, as the compiler reports it.
    fn piece(text: &str, line: usize, column: usize) -> Piece {
        let lines = text.matches('\n').count();
        let end = match text.rsplit_once('\n') {
            Some((_, last)) => (line + lines, last.len() + 1),
            None => (line, column + text.len()),
        };
        Piece { text: Some(text.to_owned()), start: (line, column), end }
    }

    fn check(pieces: Vec<Piece>, item: &str, expected: &str) {
        let arguments: TokenStream = "pointwise, alias = \"a, b\"".parse().unwrap();
        let written = Written { arguments: Vec::new(), item: pieces };
        assert_eq!(text("gpu_op", &written, &arguments, &item.parse().unwrap()), expected);
    }

    #[test]
    fn comments_and_layout_survive() {
        let pieces = vec![
            piece("/// Doubles.", 3, 5),
            piece("/// Doubles.", 3, 5),
            piece("fn", 5, 5),
            piece("double", 5, 8),
            piece("(\n        pixel: f32, // one\n    )", 5, 14),
            piece("->", 7, 7),
            piece("f32", 7, 10),
            piece("{\n        /* two */ pixel  + pixel\n    }", 7, 14),
        ];
        check(
            pieces,
            "/// Doubles.\nfn double(pixel: f32,) -> f32 { pixel + pixel }",
            "/// Doubles.\n#[gpu_op(pointwise , alias = \"a, b\")]\n\
             fn double(\n    pixel: f32, // one\n) -> f32 {\n    /* two */ pixel  + pixel\n}",
        );
    }

    #[test]
    fn text_that_means_something_else_is_not_believed() {
        // As in the body of a `macro_rules!`, where the text says `$name`.
        let pieces = vec![piece("fn", 1, 1), piece("other", 1, 4), piece("()", 1, 9), piece("{}", 1, 12)];
        check(pieces, "fn f() {}", "#[gpu_op(pointwise , alias = \"a, b\")]\nfn f () { }");
    }

    #[test]
    fn without_a_file_the_tokens_are_written_out() {
        check(Vec::new(), "fn f() {}", "#[gpu_op(pointwise , alias = \"a, b\")]\nfn f () { }");
        let pieces = vec![Piece { text: None, start: (1, 1), end: (1, 1) }];
        check(pieces, "fn f() {}", "#[gpu_op(pointwise , alias = \"a, b\")]\nfn f () { }");
    }
}
