//! The language of pipelines: `top_hat(radius=10) | gaussian_blur(sigma=1) | threshold_otsu`.
//!
//! In: text. Out: the stages with their arguments, each with its place in the text, or a [`Mistake`] that can point at its
//! place. What the names mean is not known here.
//!
//! ```text
//! pipeline = stage { "|" stage }
//! stage    = name [ "(" [ argument { "," argument } ] ")" ]
//! argument = [ name "=" ] ( value | "@" file )
//! value    = a word (number, name), "quoted text" or [z, y, x]
//! ```

use std::ops::Range;

/// A stage: one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The operation.
    pub(crate) name: Word,
    /// Its arguments, in order.
    pub(crate) arguments: Vec<Argument>,
}

/// An argument of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// The parameter or input, unless it is given by position.
    pub(crate) name: Option<Word>,
    /// The value without quotes and without `@`.
    pub(crate) value: Word,
    /// Whether it is an image: `@file`.
    pub(crate) is_image: bool,
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// What it says.
    pub(crate) text: String,
    /// Where it stands, in bytes.
    pub(crate) span: Range<usize>,
}

/// What is wrong with a pipeline, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What is wrong and what to do.
    pub(crate) message: String,
    /// Where, in bytes.
    pub(crate) span: Range<usize>,
}

impl Mistake {
    /// At this place.
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Mistake {
        Mistake { message: message.into(), span }
    }

    /// The message with the line that it is about and a mark under the place.
    pub(crate) fn show(&self, text: &str) -> String {
        let before = &text[..self.span.start];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text[line_start..].lines().next().unwrap_or("");
        let column = text[line_start..self.span.start].chars().count();
        let end = self.span.end.min(line_start + line.len()).max(self.span.start);
        let marks = text[self.span.start..end].chars().count().max(1);
        // Tabs would shift the mark.
        let line = line.replace('\t', " ");
        let place = match before.matches('\n').count() {
            0 => format!("column {}", column + 1),
            lines => format!("line {}, column {}", lines + 1, column + 1),
        };
        format!("pipeline, {place}: {}\n  {line}\n  {}{}", self.message, " ".repeat(column), "^".repeat(marks))
    }
}

/// Reads a pipeline.
///
/// # Errors
/// The first mistake.
pub(crate) fn parse(text: &str) -> Result<Vec<Stage>, Mistake> {
    let mut parser = Parser { text, at: 0 };
    let mut stages = vec![parser.stage()?];
    loop {
        parser.skip_space();
        match parser.peek() {
            None => return Ok(stages),
            Some('|') => parser.advance(),
            Some(')') => return Err(parser.here("there is no `(` for this `)`")),
            Some(_) => return Err(parser.here("expected `|` and the next operation, or `(` and arguments")),
        }
        stages.push(parser.stage()?);
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn stage(&mut self) -> Result<Stage, Mistake> {
        self.skip_space();
        let name = self.word(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if name.text.is_empty() {
            return Err(self.here(match self.peek() {
                None | Some('|') => "an operation is missing here; give for example `gaussian_blur(sigma=1)`",
                Some(_) => "expected the name of an operation; `kernwerk ops` lists them",
            }));
        }
        self.skip_space();
        let mut arguments = Vec::new();
        if self.peek() == Some('(') {
            let open = self.at;
            self.advance();
            self.arguments(open, &mut arguments)?;
        }
        Ok(Stage { name, arguments })
    }

    /// The arguments and the closing parenthesis.
    fn arguments(&mut self, open: usize, arguments: &mut Vec<Argument>) -> Result<(), Mistake> {
        loop {
            self.skip_space();
            match self.peek() {
                Some(')') => {
                    self.advance();
                    return Ok(());
                }
                Some(',') => return Err(self.here("an argument is missing before this comma")),
                None | Some('|') => return Err(Mistake::new(open..open + 1, "the `)` for this `(` is missing")),
                Some(_) => arguments.push(self.argument()?),
            }
            self.skip_space();
            match self.peek() {
                Some(',') => self.advance(),
                Some(')') | None | Some('|') => {}
                Some(_) => return Err(self.here("expected `,` and the next argument, or `)`")),
            }
        }
    }

    fn argument(&mut self) -> Result<Argument, Mistake> {
        let start = self.at;
        let name = self.word(|c| c.is_alphanumeric() || c == '_' || c == '-');
        self.skip_space();
        if self.peek() == Some('=') && !name.text.is_empty() {
            self.advance();
            self.skip_space();
            let (value, is_image) = self.value()?;
            return Ok(Argument { name: Some(name), value, is_image });
        }
        self.at = start;
        let (value, is_image) = self.value()?;
        Ok(Argument { name: None, value, is_image })
    }

    fn value(&mut self) -> Result<(Word, bool), Mistake> {
        let is_image = self.peek() == Some('@');
        let start = self.at;
        if is_image {
            self.advance();
        }
        let mut value = match self.peek() {
            Some(quote @ ('"' | '\'')) => self.enclosed(quote, quote)?,
            // Files may have brackets and `=` in their names.
            _ if is_image => self.word(|c| !c.is_whitespace() && !",()|".contains(c)),
            Some('[') => {
                let mut list = self.enclosed('[', ']')?;
                list.text = format!("[{}]", list.text);
                list
            }
            _ => self.word(|c| !c.is_whitespace() && !",()|[]=@\"'".contains(c)),
        };
        value.span.start = start;
        match (value.text.is_empty(), is_image) {
            (true, true) => Err(self.here("expected the name of a file after `@`, or `@input`")),
            (true, false) => Err(self.here("expected a value: a number, [z, y, x], a name or @file")),
            (false, _) => Ok((value, is_image)),
        }
    }

    /// What stands between two marks.
    fn enclosed(&mut self, open: char, close: char) -> Result<Word, Mistake> {
        let start = self.at;
        self.advance();
        let inner = self.word(|c| c != close);
        if self.peek() != Some(close) {
            return Err(Mistake::new(start..start + 1, format!("the `{close}` for this `{open}` is missing")));
        }
        self.advance();
        Ok(Word { text: inner.text, span: start..self.at })
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> Word {
        let rest = &self.text[self.at..];
        let len = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let span = self.at..self.at + len;
        self.at = span.end;
        Word { text: rest[..len].to_owned(), span }
    }

    fn skip_space(&mut self) {
        self.word(char::is_whitespace);
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn advance(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn here(&self, message: &str) -> Mistake {
        Mistake::new(self.at..self.at + self.peek().map_or(0, char::len_utf8), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let stage = |stage: &Stage| {
            let argument = |argument: &Argument| {
                let name = argument.name.as_ref().map(|name| format!("{}=", name.text)).unwrap_or_default();
                format!("{name}{}{}", if argument.is_image { "@" } else { "" }, argument.value.text)
            };
            let arguments: Vec<_> = stage.arguments.iter().map(argument).collect();
            format!("{}({})", stage.name.text, arguments.join(";"))
        };
        match parse(text) {
            Ok(stages) => stages.iter().map(stage).collect::<Vec<_>>().join("|"),
            Err(mistake) => mistake.show(text),
        }
    }

    #[test]
    fn pipelines_are_read() {
        for (text, expected) in [
            ("blur", "blur()"),
            (" a ( ) |b(x=1,)|\n c", "a()|b(x=1)|c()"),
            ("blur(sigma = [1, 2,3], -1.5e-3, shape=box)", "blur(sigma=[1, 2,3];-1.5e-3;shape=box)"),
            (
                "mask(mask=@a[1]=b.tif, other=@\"my file,(2).tif\", @input)",
                "mask(mask=@a[1]=b.tif;other=@my file,(2).tif;@input)",
            ),
            ("b(boundary=constant:-1)", "b(boundary=constant:-1)"),
        ] {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (text, message, mark) in [
            ("", "an operation is missing here", "^"),
            ("a |", "an operation is missing here", "   ^"),
            ("a || b", "an operation is missing here", "   ^"),
            ("a b", "expected `|`", "  ^"),
            ("a)", "no `(` for this `)`", " ^"),
            ("a(x=1 | b", "the `)` for this `(` is missing", " ^"),
            ("a(x=)", "expected a value", "    ^"),
            ("a(x=[1, 2)", "the `]` for this `[` is missing", "    ^"),
            ("ä(x=\"1)", "the `\"` for this `\"` is missing", "    ^"),
            ("a(x=1 y=2)", "expected `,`", "      ^"),
            ("a(,)", "an argument is missing", "  ^"),
            ("a(m=@)", "name of a file after `@`", "     ^"),
            ("a\n| b c", "line 2, column 5: expected `|`", "    ^"),
            ("🔬", "expected the name of an operation", "^"),
        ] {
            let shown = shown(text);
            assert!(shown.contains(message), "{text}: {shown}");
            assert_eq!(shown.lines().last(), Some(&*format!("  {mark}")), "{shown}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let pieces = ["a", "(", ")", "|", ",", "=", "@", "[", "]", "\"", "é", " ", "\n", "1"];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    for fourth in pieces {
                        let _ = shown(&[first, second, third, fourth].concat());
                    }
                }
            }
        }
    }
}
