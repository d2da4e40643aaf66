//! The arguments of `#[gpu_op(…)]` and `#[param(…)]`.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Ident, LitStr, Token};

use super::diagnostics::{Diagnostics, nearest};

/// What kind of item is annotated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Pointwise,
    Neighborhood,
    Separable,
    Gather,
    Scan,
    Reduction,
    Grid,
    Composite,
    Procedure,
}

const KINDS: [&str; 8] = ["pointwise", "neighborhood", "gather", "scan", "reduction", "grid", "composite", "procedure"];
const KEYS: [&str; 4] = ["alias", "family", "whole", "projection"];

/// `#[gpu_op(kind, key = "value", …)]`.
pub(crate) struct Attribute {
    pub(crate) kind: Kind,
    pub(crate) aliases: Vec<String>,
    pub(crate) family: Option<String>,
    /// Name of the whole-image wrapper of a reduction.
    pub(crate) whole: Option<LitStr>,
    /// Name pattern of the projections of a reduction, with `{axis}`.
    pub(crate) projection: Option<LitStr>,
    /// The item as its author wrote it, with this attribute.
    pub(crate) source: String,
}

enum Argument {
    Kind(Ident, Option<Ident>),
    Key(Ident, LitStr),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Argument::Key(name, input.parse()?));
        }
        let variant = if input.peek(syn::token::Paren) {
            let inner;
            syn::parenthesized!(inner in input);
            Some(inner.parse()?)
        } else {
            None
        };
        Ok(Argument::Kind(name, variant))
    }
}

impl Attribute {
    /// Parses the attribute; mistakes are reported and a usable attribute is returned where possible.
    pub(crate) fn parse(tokens: proc_macro2::TokenStream, diagnostics: &Diagnostics) -> Option<Attribute> {
        let arguments =
            match syn::parse::Parser::parse2(Punctuated::<Argument, Token![,]>::parse_terminated, tokens.clone()) {
                Ok(arguments) => arguments,
                Err(error) => {
                    diagnostics.syntax(error);
                    return None;
                }
            };
        let mut kind = None;
        let mut attribute = Attribute {
            kind: Kind::Pointwise,
            aliases: Vec::new(),
            family: None,
            whole: None,
            projection: None,
            source: String::new(),
        };
        for argument in arguments {
            match argument {
                Argument::Kind(name, variant) if kind.is_none() => {
                    kind = parse_kind(&name, variant.as_ref(), diagnostics);
                    kind?;
                }
                Argument::Kind(name, _) => {
                    diagnostics.report(&name, "an operation has one class", "remove this one");
                }
                Argument::Key(key, value) => match key.to_string().as_str() {
                    "alias" => attribute.aliases.extend(value.value().split(',').map(|alias| alias.trim().to_owned())),
                    "family" => attribute.family = Some(value.value()),
                    "whole" => attribute.whole = Some(value),
                    "projection" if value.value().contains("{axis}") => attribute.projection = Some(value),
                    "projection" => diagnostics.report(
                        &value,
                        "the name of the projections has no `{axis}`",
                        "write for example \"sum_{axis}_projection\"",
                    ),
                    other => unknown(&key, other, &KEYS, "key", diagnostics),
                },
            }
        }
        let Some(kind) = kind else {
            diagnostics.report(
                tokens,
                "`#[gpu_op]` needs the class of the operation",
                "write for example `#[gpu_op(pointwise)]`; the classes are pointwise, neighborhood, \
                 neighborhood(separable), gather, scan, reduction, grid, composite and procedure",
            );
            return None;
        };
        attribute.kind = kind;
        Some(attribute)
    }
}

fn parse_kind(name: &Ident, variant: Option<&Ident>, diagnostics: &Diagnostics) -> Option<Kind> {
    let kind = match name.to_string().as_str() {
        "pointwise" => Kind::Pointwise,
        "neighborhood" => match variant {
            None => Kind::Neighborhood,
            Some(variant) if variant == "separable" => return Some(Kind::Separable),
            Some(variant) => {
                unknown(variant, &variant.to_string(), &["separable"], "variant", diagnostics);
                return None;
            }
        },
        "gather" => Kind::Gather,
        "scan" => Kind::Scan,
        "reduction" => Kind::Reduction,
        "grid" => Kind::Grid,
        "composite" => Kind::Composite,
        "procedure" => Kind::Procedure,
        other => {
            unknown(name, other, &KINDS, "class", diagnostics);
            return None;
        }
    };
    if let Some(variant) = variant {
        diagnostics.report(variant, format!("the class `{name}` has no variants"), "remove the parentheses");
    }
    Some(kind)
}

pub(super) fn unknown(token: &Ident, word: &str, known: &[&str], what: &str, diagnostics: &Diagnostics) {
    let remedy = match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of: {}", known.join(", ")),
    };
    diagnostics.report(token, format!("there is no {what} `{word}`"), remedy);
}

/// `#[param(default = 1.0, range = 0.0.., unit = "voxels", optional)]`.
#[derive(Default, Debug)]
pub(crate) struct ParamAttribute {
    pub(crate) default: Option<String>,
    /// Where the default stands.
    pub(crate) default_span: Option<proc_macro2::Span>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) optional: bool,
    /// Where it is marked as the extents of what comes out.
    pub(crate) output_extent: Option<proc_macro2::Span>,
    /// Whether there was an attribute at all: it marks a scalar of a pointwise operation as a parameter.
    pub(crate) given: bool,
}

pub(super) enum ParamArgument {
    Flag(Ident),
    Key(Ident, Expr),
}

impl Parse for ParamArgument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if !input.peek(Token![=]) {
            return Ok(ParamArgument::Flag(name));
        }
        input.parse::<Token![=]>()?;
        Ok(ParamArgument::Key(name, input.parse()?))
    }
}

impl ParamAttribute {
    /// Takes the `#[param]` attributes of an argument off it and reads them.
    pub(crate) fn take(attributes: &mut Vec<syn::Attribute>, diagnostics: &Diagnostics) -> ParamAttribute {
        let mut result = ParamAttribute::default();
        attributes.retain(|attribute| {
            if !attribute.path().is_ident("param") {
                return true;
            }
            result.given = true;
            if matches!(attribute.meta, syn::Meta::Path(_)) {
                return false;
            }
            match attribute.parse_args_with(Punctuated::<ParamArgument, Token![,]>::parse_terminated) {
                Ok(arguments) => arguments.into_iter().for_each(|argument| result.read(argument, diagnostics)),
                Err(error) => diagnostics.syntax(error),
            }
            if result.optional && result.default.is_none() {
                diagnostics.report(attribute, "an optional parameter has no default", "add `default = …`");
            }
            false
        });
        result
    }

    fn read(&mut self, argument: ParamArgument, diagnostics: &Diagnostics) {
        match argument {
            ParamArgument::Flag(flag) if flag == "optional" => self.optional = true,
            ParamArgument::Flag(flag) if flag == "output_extent" => self.output_extent = Some(flag.span()),
            ParamArgument::Flag(flag) => {
                unknown(&flag, &flag.to_string(), &["optional", "output_extent"], "flag", diagnostics);
            }
            ParamArgument::Key(key, value) => match key.to_string().as_str() {
                "default" => match literal(&value) {
                    Some(text) => {
                        self.default = Some(text);
                        self.default_span = Some(value.span());
                    }
                    None => diagnostics.report(&value, "a default is a literal", "write for example `default = 1.0`"),
                },
                "range" => self.range(&value, diagnostics),
                "unit" => match literal(&value) {
                    Some(text) => self.unit = Some(text),
                    None => diagnostics.report(&value, "a unit is a string", "write for example `unit = \"voxels\"`"),
                },
                other => unknown(&key, other, &["default", "range", "unit", "optional"], "key", diagnostics),
            },
        }
    }

    fn range(&mut self, value: &Expr, diagnostics: &Diagnostics) {
        let wrong = || {
            diagnostics.report(
                value,
                "this is not a range of numbers",
                "write `range = 0.0..` or `range = 1..=10` (bounds are included)",
            );
        };
        let Expr::Range(range) = value else { return wrong() };
        if range.end.is_some() && matches!(range.limits, syn::RangeLimits::HalfOpen(_)) {
            return diagnostics.report(
                value,
                "a range of values includes its upper bound",
                "write `..=` instead of `..`",
            );
        }
        let bound = |expr: &Option<Box<Expr>>| {
            expr.as_ref().map(|expr| literal(expr).and_then(|text| text.parse::<f64>().ok()))
        };
        match (bound(&range.start), bound(&range.end)) {
            (Some(None), _) | (_, Some(None)) => wrong(),
            (start, end) => {
                self.min = start.flatten();
                self.max = end.flatten();
            }
        }
    }
}

/// The text of a literal, also a negative one; strings without quotes.
fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(lit) => Some(match &lit.lit {
            syn::Lit::Str(text) => text.value(),
            syn::Lit::Int(number) => number.base10_digits().to_owned(),
            syn::Lit::Float(number) => number.base10_digits().to_owned(),
            syn::Lit::Bool(value) => value.value.to_string(),
            _ => return None,
        }),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => Some(format!("-{}", literal(&unary.expr)?)),
        _ => None,
    }
}
