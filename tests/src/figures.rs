//! Figures of generated texts: what a kernel does on its way through the image's interior, counted in its C text.
//!
//! Input: an operation's own text ([`kernwerk_codegen::emit::kernels`], OpenCL). Output: [`Figures`] of each kernel. Everything is static:
//! a load in a loop is one load; a function counts wherever it is called, as it is inlined there. Conditional text counts as its default
//! definitions have it, both sides of it where this module does not know the condition. What only voxels at the image's edge run
//! (`if (!inside) { … }`) does not count.

use std::collections::BTreeMap;

/// The figures of one kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Bytes of the kernel's text and of every function that it calls, each once.
    pub bytes: usize,
    /// Places that read memory.
    pub loads: usize,
    /// `if` and `?:`.
    pub branches: usize,
    /// `for` and `while`.
    pub loops: usize,
    /// Variables.
    pub temporaries: usize,
    /// `/` and `%`.
    pub divisions: usize,
}

/// The functions of a text by name.
pub struct Functions<'a>(BTreeMap<&'a str, Function<'a>>);

struct Function<'a> {
    text: &'a str,
    /// Tokens of the parameters.
    head: Vec<&'a str>,
    /// Tokens of the body, as far as they are on the interior path.
    body: Vec<&'a str>,
}

impl<'a> Functions<'a> {
    /// Takes a text apart. A function begins in the first column and ends with a brace there.
    pub fn new(text: &'a str) -> Functions<'a> {
        let mut functions = BTreeMap::new();
        let mut rest = text;
        while let Some(start) = find_head(rest) {
            let end = rest[start..].find("\n}").map_or(rest.len(), |end| start + end + 2);
            let function = &rest[start..end];
            let open = function.find("\n{").unwrap_or(function.len());
            let head = tokens(&function[..open]);
            let name = head.iter().position(|&token| token == "(").map(|at| head[at - 1]);
            let body = interior(tokens(&function[open..]));
            functions.insert(name.expect("a function has parameters"), Function { text: function, head, body });
            rest = &rest[end..];
        }
        Functions(functions)
    }

    /// The figures of a kernel; `None` if the text has no function of that name.
    pub fn figures(&self, kernel: &str) -> Option<Figures> {
        let mut reached = Vec::new();
        let mut figures = self.inlined(kernel, &mut reached)?;
        reached.sort_unstable();
        reached.dedup();
        figures.bytes = reached.iter().map(|&name| self.0[name].text.len()).sum();
        Some(figures)
    }

    fn inlined(&self, name: &str, reached: &mut Vec<&'a str>) -> Option<Figures> {
        let (&name, function) = self.0.get_key_value(name)?;
        reached.push(name);
        let mut figures = function.own();
        for call in function.body.windows(2).filter(|pair| pair[1] == "(" && pair[0] != name) {
            let called = self.inlined(call[0], reached).unwrap_or_default();
            figures.loads += called.loads;
            figures.branches += called.branches;
            figures.loops += called.loops;
            figures.temporaries += called.temporaries;
            figures.divisions += called.divisions;
        }
        Some(figures)
    }
}

impl Function<'_> {
    fn own(&self) -> Figures {
        let count = |wanted: &[&str]| self.body.iter().filter(|token| wanted.contains(token)).count();
        Figures {
            bytes: 0,
            loads: self.loads(),
            branches: count(&["if", "?"]),
            loops: count(&["for", "while"]),
            temporaries: self.temporaries(),
            divisions: count(&["/", "%", "/=", "%="]),
        }
    }

    /// Elements of what is a pointer, unless they are written to or have their address taken for an atomic.
    fn loads(&self) -> usize {
        let pointers: Vec<&str> = [&self.head, &self.body]
            .into_iter()
            .flat_map(|tokens| tokens.windows(3))
            .filter(|at| is_name(at[1]) && matches!(at[2], "," | ")" | "=") && at[0] == "*" || at[0] == "restrict")
            .map(|at| at[1])
            .collect();
        let is_load = |&at: &usize| {
            let element = pointers.contains(&self.body[at]) && self.body.get(at + 1) == Some(&"[");
            let after = self.body.get(matching(&self.body, at + 1, "[", "]") + 1);
            element && after != Some(&"=") && (at == 0 || self.body[at - 1] != "&")
        };
        (0..self.body.len()).filter(is_load).count()
    }

    /// Declarations: two names in a row (or two with a `*` between) where a statement begins.
    fn temporaries(&self) -> usize {
        let body = &self.body;
        let mut count = 0;
        for at in 1..body.len() {
            let begins =
                matches!(body[at - 1], ";" | "{" | "}") || (body[at - 1] == "(" && at > 1 && body[at - 2] == "for");
            let mut first = at;
            while matches!(body.get(first), Some(&("const" | "__global" | "__local"))) {
                first += 1;
            }
            let name = first + if body.get(first + 1) == Some(&"*") { 2 } else { 1 };
            let is_type = body.get(first).is_some_and(|token| is_name(token) && !matches!(*token, "return" | "else"));
            if begins && is_type && body.get(name).is_some_and(|token| is_name(token)) {
                count += 1 + further_names(&body[name..]);
            }
        }
        count
    }
}

/// The commas that separate names of one declaration.
fn further_names(tokens: &[&str]) -> usize {
    let (mut depth, mut commas) = (0, 0);
    for token in tokens {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 0 => commas += 1,
            ";" if depth == 0 => break,
            _ => {}
        }
    }
    commas
}

/// Where the next function begins.
fn find_head(text: &str) -> Option<usize> {
    let heads = ["KW_FN ", "__kernel void "];
    heads
        .iter()
        .filter_map(
            |head| if text.starts_with(head) { Some(0) } else { text.find(&format!("\n{head}")).map(|at| at + 1) },
        )
        .min()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// The position of the bracket that closes the one at `open`.
fn matching(tokens: &[&str], open: usize, opening: &str, closing: &str) -> usize {
    let mut depth = 0;
    for (at, &token) in tokens.iter().enumerate().skip(open) {
        if token == opening {
            depth += 1;
        } else if token == closing {
            depth -= 1;
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len()
}

/// The tokens of a text, without comments and without what the default definitions leave out.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut conditions: Vec<Condition> = Vec::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        if let Some(directive) = line.trim_start().strip_prefix('#') {
            directive_line(directive, &mut conditions);
        } else if conditions.iter().all(|condition| condition.counts) {
            tokens_of_line(line, &mut found);
        }
    }
    found
}

struct Condition {
    /// Whether the branch that is being read counts.
    counts: bool,
    /// Whether a branch was taken for certain, so that the others do not count.
    settled: bool,
}

/// `#if`, `#elif`, `#else`, `#endif`.
fn directive_line(directive: &str, conditions: &mut Vec<Condition>) {
    let (word, condition) = directive.split_once(' ').unwrap_or((directive, ""));
    match word {
        "if" | "ifdef" | "ifndef" => {
            let holds = by_default(condition);
            conditions.push(Condition { counts: holds != Some(false), settled: holds == Some(true) });
        }
        "elif" | "else" => {
            let holds = if word == "else" { Some(true) } else { by_default(condition) };
            if let Some(last) = conditions.last_mut() {
                last.counts = !last.settled && holds != Some(false);
                last.settled |= holds == Some(true);
            }
        }
        "endif" => {
            conditions.pop();
        }
        _ => {}
    }
}

/// Whether a condition holds with the default definitions (`nearest`, axis x, windows of 27 voxels).
fn by_default(condition: &str) -> Option<bool> {
    match condition.split(' ').collect::<Vec<_>>()[..] {
        ["KW_AXIS", "==", axis] => Some(axis == "0"),
        ["KW_IS_CONSTANT"] => Some(false),
        [size, "<=", "32"] if size.starts_with("KW_WINDOW") => Some(true),
        _ => None,
    }
}

fn tokens_of_line<'a>(line: &'a str, found: &mut Vec<&'a str>) {
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let length = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            const PAIRS: [&str; 15] =
                ["==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "<<", ">>", "++", "--"];
            if PAIRS.iter().any(|pair| rest.starts_with(pair)) { 2 } else { first.len_utf8() }
        };
        found.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
}

/// Leaves out `if (!inside) { … }`.
fn interior(tokens: Vec<&str>) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&["if", "(", "!", "inside", ")", "{"]) {
            at = matching(&tokens, at + 5, "{", "}") + 1;
        } else {
            kept.push(tokens[at]);
            at += 1;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
KW_FN float kw_tap_w(__global const float *restrict w, int x, const bool inside)
{
    if (!inside) {
        x = x < 0 ? 0 : x % 4; // not on the interior path
    }
    return w[x];
}

// Averages.
__kernel void average(
    __global const float *restrict w,
    __global float *restrict out)
{
    const int x = get_global_id(0), y = f(x, 1);
    float sum = 0.0f;
#if KW_AXIS == 0
    for (int k = 0; k < 3; ++k) sum += kw_tap_w(w, x + k, true);
#else
    sum = x / 2 / 2;
#endif
    if (x == y) sum = sum > 0.0f ? sum : -sum;
    out[x] = kw_tap_w(w, x, true) + sum / 3.0f;
}
";

    #[test]
    fn figures_are_those_of_the_interior_path() {
        let functions = Functions::new(TEXT);
        let kernel = functions.figures("average").unwrap();
        let heads = "\n// Averages.\n".len() + "\n\n".len();
        let expected =
            Figures { bytes: TEXT.len() - heads, loads: 2, branches: 2, loops: 1, temporaries: 4, divisions: 1 };
        assert_eq!(kernel, expected);
        assert_eq!(functions.figures("absent"), None);
    }

    #[test]
    fn what_no_default_settles_counts_on_both_sides() {
        let text = "KW_FN int f(int a)\n{\n#if KW_NEW\n    return a / 2;\n#else\n    return a % 2;\n#endif\n}\n";
        assert_eq!(Functions::new(text).figures("f").unwrap().divisions, 2);
    }

    #[test]
    fn elements_that_are_written_are_no_loads() {
        let text = "KW_FN void f(__global kw_u32 *a, __global kw_u32 *b)\n{\n    kw_u32 keys[4];\n    keys[0] = a[b[1]];\n    \
                    a[1] = keys[0];\n    a[2] += 1u;\n    atomic_add(&b[0], 1u);\n}\n";
        let figures = Functions::new(text).figures("f").unwrap();
        assert_eq!((figures.loads, figures.temporaries), (3, 1));
    }
}
