//! The texts of `#[gpu_fn]` functions, and how the text of an operation is put together where it calls some.
//!
//! The macro that expands an operation cannot see the functions that it calls. So such a text is made of [`Piece`]s: what the
//! macro knows, and what rustc adds when it evaluates the exported constants. Both go through the same pieces as
//! [`super::text`], so the result is the same text. Invariant: the functions named in the expansion are `const fn`.

use super::expr::c_type;
use super::function::FunctionWriter;
use super::names::Names;
use super::{Dialect, OpenCl};
use crate::ir::{Class, Expr, Function, Helper, Intrinsic, Op, Reached, Type};

/// A piece of an operation's text.
pub enum Piece {
    /// Known from the operation's own functions.
    Text(String),
    /// The name of its tier.
    Tier,
    /// A section of support code that only its helpers may need.
    IfNeeded(Need),
    /// The texts of its helpers.
    Helpers,
}

/// Support code that functions need or not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Need {
    /// Casts from f32 to integers.
    Cast,
    /// Sort order.
    Order,
    /// The bits of numbers.
    Bits,
    /// Counting bits.
    BitCount,
}

impl Need {
    /// In the order in which they stand in a text.
    pub const ALL: [Need; 4] = [Need::Cast, Need::Order, Need::Bits, Need::BitCount];

    /// The section.
    pub const fn text(self) -> &'static str {
        match self {
            Need::Cast => include_str!("../../rts/cast.h"),
            Need::Order => include_str!("../../rts/order.h"),
            Need::Bits => include_str!("../../rts/bits.h"),
            Need::BitCount => include_str!("../../rts/bit_count.h"),
        }
    }

    /// Whether a function needs it.
    pub const fn of(self, function: &Function) -> bool {
        let mut position = 0;
        while position < function.exprs.len() {
            let typed = function.exprs[position];
            let found = match (self, typed.expr) {
                (Need::Cast, Expr::Cast { value }) => {
                    matches!(function.exprs[value.0 as usize].ty, Type::F32) && !matches!(typed.ty, Type::F32)
                }
                (Need::Order, Expr::PixelBound { .. }) => true,
                (Need::Order, Expr::Call { function, .. }) => matches!(function, Intrinsic::Min | Intrinsic::Max),
                (Need::Bits, Expr::Call { function, .. }) => matches!(function, Intrinsic::ToBits),
                (Need::BitCount, Expr::Call { function, .. }) => {
                    matches!(function, Intrinsic::CountOnes | Intrinsic::LeadingZeros | Intrinsic::TrailingZeros)
                }
                _ => false,
            };
            if found {
                return true;
            }
            position += 1;
        }
        false
    }
}

/// The section, if a helper of the operation needs it, with an empty line before it.
pub const fn section(op: &Op, need: Need) -> [&'static str; 2] {
    let reached = Reached::from(op.helpers);
    let mut position = 0;
    while let Some(helper) = reached.get(position) {
        if need.of(&helper.function) {
            return ["\n", need.text()];
        }
        position += 1;
    }
    ["", ""]
}

/// The texts of the helpers of an operation, each after those that it calls.
pub const fn helper_texts(op: &Op) -> [&'static str; 128] {
    let reached = Reached::from(op.helpers);
    let mut texts = [""; 128];
    let mut position = 0;
    while let Some(helper) = reached.get(position) {
        texts[position] = helper.text;
        position += 1;
    }
    texts
}

/// The name of an operation's tier, as the head of its text says it.
pub const fn tier(op: &Op) -> [&'static str; 1] {
    [if crate::analysis::exact(op) { "exact tier" } else { "bounded tier" }]
}

/// The length of some texts one after the other.
pub const fn length(pieces: &[&[&str]]) -> usize {
    let (mut total, mut piece) = (0, 0);
    while piece < pieces.len() {
        let mut text = 0;
        while text < pieces[piece].len() {
            total += pieces[piece][text].len();
            text += 1;
        }
        piece += 1;
    }
    total
}

/// Some texts one after the other.
///
/// # Panics
/// If they are not `LENGTH` bytes long.
pub const fn joined<const LENGTH: usize>(pieces: &[&[&str]]) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let (mut end, mut piece) = (0, 0);
    while piece < pieces.len() {
        let mut text = 0;
        while text < pieces[piece].len() {
            let from = pieces[piece][text].as_bytes();
            let (_, rest) = bytes.split_at_mut(end);
            rest.split_at_mut(from.len()).0.copy_from_slice(from);
            end += from.len();
            text += 1;
        }
        piece += 1;
    }
    assert!(end == LENGTH, "the texts have another length");
    bytes
}

/// Bytes of texts as a text.
///
/// # Panics
/// If they are not UTF-8.
pub const fn utf8(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("texts are UTF-8"),
    }
}

/// What a helper is called in a text.
pub(super) fn symbol(name: &str) -> String {
    format!("fn_{}", name.trim_start_matches("r#"))
}

/// The struct that a helper with several results returns.
pub(super) fn results_struct(name: &str) -> String {
    format!("{}_results", symbol(name))
}

/// The text of a helper. `helpers` need only have names.
pub fn helper_text(name: &str, function: &Function, results: &[Type], helpers: &'static [&'static Helper]) -> String {
    let op = Op {
        name: "helper",
        class: Class::Pointwise,
        inputs: &[],
        params: &[],
        outputs: &[],
        windows: &[],
        weights: &[],
        functions: &[],
        helpers,
        state: &[],
        output_extent: None,
        group: None,
    };
    let names = Names::new(&op);
    let locals = names.locals(function);
    let arguments: Vec<_> = (0..function.arguments as usize)
        .map(|number| {
            let info = function.locals[number];
            format!("{}{} {}", if info.mutable { "" } else { "const " }, c_type(info.ty), locals[number])
        })
        .collect();
    let mut text = format!("\n// `{}`.\n", name.trim_start_matches("r#"));
    // A helper only computes: its text is the same in every dialect.
    let mut writer = FunctionWriter::new(&op, function, &names, &OpenCl as &dyn Dialect);
    let result = match results {
        [single] => c_type(*single).to_owned(),
        several => {
            let fields: String =
                several.iter().enumerate().map(|(part, &ty)| format!("    {} s{part};\n", c_type(ty))).collect();
            let name = results_struct(name);
            text.push_str(&format!("typedef struct {{\n{fields}}} {name};\n"));
            writer.state = Some(name.clone());
            name
        }
    };
    let arguments = if arguments.is_empty() { "void".into() } else { arguments.join(", ") };
    text.push_str(&format!("KW_FN {result} {}({arguments})\n{{\n{}}}\n", symbol(name), writer.body()));
    text
}
