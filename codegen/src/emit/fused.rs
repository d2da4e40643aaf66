//! Texts of kernels with chains in them: in the loads of a reduction, in the stores of a filter, transformation or projection.
//!
//! Input: an operation and its [`Fused`] chains. Output: the text of the operation with the functions of the chains before its kernels.
//! Every store of a kernel is written by [`Writer::put`], in templates as `@put{index}{value}@`, or for four voxels of a row that are
//! aligned `@put4{index}{values}@`, for two `@put2{index}{values}@`; a text without chains has plain stores there. Invariant: an element
//! is stored once, at the index at which the chain reads its other images; no two functions of a text have one name
//! ([`fit_together`](super::fit_together)).

use super::chain::{Functions, helpers};
use super::helpers::Piece;
use super::outputs::pointer;
use super::support::{header, pointwise_sections};
use super::{Dialect, Writer};
use crate::analysis;
use crate::ir::{DType, Op, Reached};
use crate::plan::{Argument, Definition, Fused, Kernel, Place, definition_name, fused_arguments, plan};

/// What is written of the chains of a text.
pub(super) struct Chains<'a> {
    fused: &'a Fused<'a>,
    before: Option<Functions<'a>>,
    after: Option<Functions<'a>>,
}

/// How the names of a chain's arguments begin.
fn prefix(place: Place) -> &'static str {
    match place {
        Place::Before => "kw_before_",
        Place::After => "kw_after_",
    }
}

/// The complete text of an operation whose kernels have chains in them.
pub fn fused_text(op: &Op, dialect: &dyn Dialect, fused: &Fused<'_>) -> String {
    let before = fused.before.as_ref();
    let after = fused.after.as_ref().map(|after| &after.chain);
    let ops = || before.into_iter().chain(after).flat_map(|chain| &chain.steps).map(|step| step.op);
    let names =
        |chain: &crate::plan::Chain<'_>| chain.steps.iter().map(|step| step.op.name).collect::<Vec<_>>().join(", ");
    let mut text = String::new();
    if let Some(chain) = before {
        text.push_str(&format!("// What its kernels read they make themselves: {}.\n", names(chain)));
    }
    if let Some(chain) = after {
        text.push_str(&format!("// With what they store they go on: {}.\n", names(chain)));
    }
    let rare = before.into_iter().chain(after).map(super::chain::rare).max().unwrap_or(0);
    for piece in header(op, dialect, rare) {
        match piece {
            Piece::Text(piece) => text.push_str(&piece),
            Piece::Tier if ops().all(analysis::exact) => text.push_str(super::tier(op)[0]),
            Piece::Tier => text.push_str("bounded tier"),
            Piece::IfNeeded(need) => text.push_str(&super::section(op, need).concat()),
            Piece::Helpers => text.push_str(&super::helper_texts(op).concat()),
        }
    }
    text.push_str(&pointwise_sections(ops(), &text));
    let mut known: Vec<&'static str> = Reached::from(op.helpers).iter().map(|helper| helper.name).collect();
    let mut taken = vec![format!("{}_body", op.name)];
    for chain in before.into_iter().chain(after) {
        text.push_str(&helpers(chain, &mut known));
    }
    let chains = Chains {
        fused,
        before: before.map(|chain| Functions::new("kw_before", chain, dialect, &mut taken)),
        after: after.map(|chain| Functions::new("kw_after", chain, dialect, &mut taken)),
    };
    text.push_str(&chains.text());
    let writer = Writer { op, dialect, names: super::Names::new(op), plan: plan(op), fused: Some(&chains) };
    text + &writer.kernels()
}

impl Chains<'_> {
    /// The functions, and what kernels call.
    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(before) = &self.before {
            let call = before.call(prefix(Place::Before), &|input| format!("{}in{input}[at]", prefix(Place::Before)));
            text += &format!("{}#define KW_MADE(at) {call}\n", before.text);
        }
        if let Some(after) = &self.after {
            let element = |input: usize| match self.is_own(input) {
                true => "value".to_owned(),
                false => format!("{}in{input}[at]", prefix(Place::After)),
            };
            let call = after.call(prefix(Place::After), &element);
            text += &format!("{}#define KW_GO_ON(value, at) {call}\n", after.text);
        }
        text
    }

    /// Whether that input of the chain after is the operation's result.
    fn is_own(&self, input: usize) -> bool {
        self.fused.after.as_ref().is_some_and(|after| usize::from(after.own) == input)
    }
}

impl<'a> Writer<'a> {
    fn after(&self) -> Option<(&'a Chains<'a>, &'a Functions<'a>)> {
        self.fused.and_then(|chains| chains.after.as_ref().map(|after| (chains, after)))
    }

    fn before(&self) -> Option<&'a Functions<'a>> {
        self.fused.and_then(|chains| chains.before.as_ref())
    }

    /// The element type of what kernels store, where a chain goes on with the result.
    pub(super) fn result(&self) -> Option<DType> {
        self.after().and_then(|(chains, _)| chains.fused.result())
    }

    /// An argument of the operation's own as a kernel declares it.
    pub(super) fn kernel_argument(&self, argument: Argument) -> Vec<String> {
        let dialect = self.dialect;
        match (argument, self.result()) {
            (Argument::Input(0), _) if self.before().is_some() => Vec::new(),
            (Argument::Output(0), Some(result)) => {
                vec![format!("{}kw_{result} *{}out", dialect.global(), dialect.restrict())]
            }
            _ => self.argument(argument),
        }
    }

    /// The parameters that a kernel has for its chains.
    pub(super) fn chain_parameters(&self, kernel: &Kernel) -> Vec<String> {
        let Some(chains) = self.fused else { return Vec::new() };
        let declared = |(place, argument)| {
            let functions = match place {
                Place::Before => chains.before.as_ref(),
                Place::After => chains.after.as_ref(),
            };
            functions.map_or_else(Vec::new, |functions| functions.declared(argument, prefix(place), self.dialect))
        };
        fused_arguments(chains.fused, kernel).into_iter().flat_map(declared).collect()
    }

    /// The element of an input image at an index.
    pub(super) fn element(&self, input: u8, index: &str) -> String {
        match self.before() {
            Some(_) => format!("KW_MADE({index})"),
            None => format!("{}[{index}]", self.names.inputs[usize::from(input)]),
        }
    }

    /// The statement that stores a result, in the element type of the output.
    pub(super) fn put(&self, output: u8, index: &str, value: &str) -> String {
        match self.after() {
            Some(_) => format!("out[{index}] = KW_GO_ON({value}, {index})"),
            None => format!("{}[{index}] = {value}", pointer(output)),
        }
    }

    /// The statements that store two or four results of a row at an index that is a multiple of that.
    pub(super) fn put_several(&self, index: &str, values: &[String], indent: &str) -> String {
        let count = values.len();
        let (global, out) = (self.dialect.global(), definition_name(self.op, Definition::Output(0)));
        let parts = &["x", "y", "z", "w"][..count];
        let mut lines = Vec::new();
        let (several, stored): (String, Vec<String>) = match self.after() {
            None => {
                let ty = if count == 4 { format!("KW_QUAD({out})") } else { format!("KW_CAT(KW_STORAGE({out}), x2)") };
                (ty, values.to_vec())
            }
            Some((chains, after)) => {
                let prefix = prefix(Place::After);
                let fused = chains.fused.after.as_ref();
                let inputs = fused.map_or(&[][..], |after| &after.chain.inputs);
                for (input, dtype) in inputs.iter().enumerate().filter(|(input, _)| !chains.is_own(*input)) {
                    let pointer = format!("({global}const kw_{dtype}x{count} *)({prefix}in{input} + {index})");
                    lines.push(format!("const kw_{dtype}x{count} {prefix}several{input} = *{pointer};"));
                }
                let call = |(part, name): (usize, &&str)| {
                    after.call(prefix, &|input| match chains.is_own(input) {
                        true => values[part].clone(),
                        false => format!("{prefix}several{input}.{name}"),
                    })
                };
                let result = chains.fused.result().map_or("f32", |dtype| dtype.name());
                (format!("kw_{result}x{count}"), parts.iter().enumerate().map(call).collect())
            }
        };
        lines.push(format!("{several} kw_stored;"));
        lines.extend(parts.iter().zip(stored).map(|(name, value)| format!("kw_stored.{name} = {value};")));
        lines.push(format!("*({global}{several} *)(out + {index}) = kw_stored;"));
        lines.join(&format!("\n{indent}"))
    }

    /// A template in which the stores are written out.
    pub(super) fn with_puts(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(start) = rest.find("@put") {
            let (before, from) = rest.split_at(start);
            text.push_str(before);
            let (count, from) = from["@put".len()..].split_once('{').expect("a put has an index");
            let (index, from) = from.split_once("}{").expect("a put has an index and a value");
            let (value, after) = from.split_once("}@").expect("a put ends");
            let line = &text[text.rfind('\n').map_or(0, |end| end + 1)..];
            let indent = " ".repeat(line.len() - line.trim_start().len());
            match count.parse() {
                Ok(count) => {
                    let values: Vec<_> = (0..count).map(|part: usize| format!("{value}[{part}]")).collect();
                    text.push_str(&self.put_several(index, &values, &indent));
                }
                Err(_) => text.push_str(&format!("{};", self.put(0, index, value))),
            }
            rest = after;
        }
        text + rest
    }
}
