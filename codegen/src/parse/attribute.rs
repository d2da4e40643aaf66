//! The arguments of `#[gpu_op(…)]` and `#[param(…)]`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
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
const PARAM_KEYS: [&str; 6] = ["default", "range", "unit", "optional", "output_extent", "specialized"];
const KEYS: [&str; 5] = ["alias", "family", "whole", "projection", "layout"];

/// `#[gpu_op(kind, key = "value", …)]`.
pub(crate) struct Attribute {
    pub(crate) kind: Kind,
    pub(crate) aliases: Vec<String>,
    pub(crate) family: Option<String>,
    /// Name of the whole-image wrapper of a reduction.
    pub(crate) whole: Option<LitStr>,
    /// Name pattern of the projections of a reduction, with `{axis}`.
    pub(crate) projection: Option<LitStr>,
    /// The layout of what a gather operation makes, as an expression of the sources' layouts and the parameters.
    pub(crate) layout: Option<Expr>,
    /// The item as its author wrote it, with this attribute.
    pub(crate) source: String,
}

#[allow(clippy::large_enum_variant, reason = "one at a time, and short-lived")]
enum Argument {
    Kind(Ident, Option<Ident>),
    Key(Ident, Expr),
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
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &Diagnostics) -> Option<Attribute> {
        let arguments =
            match syn::parse::Parser::parse2(Punctuated::<Argument, Token![,]>::parse_terminated, tokens.clone()) {
                Ok(arguments) => arguments,
                Err(error) => {
                    diagnostics.syntax(error, "write for example `#[gpu_op(pointwise, alias = \"other_name\")]`");
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
            layout: None,
            source: String::new(),
        };
        let mut seen = Vec::new();
        let mut classes = 0;
        for argument in arguments {
            match argument {
                Argument::Kind(name, _) if KEYS.iter().any(|key| name == key) => {
                    diagnostics.report(
                        &name,
                        format!("`{name}` has no value"),
                        format!("write `{name} = {}`", if name == "layout" { "…" } else { "\"…\"" }),
                    );
                }
                Argument::Kind(name, variant) => {
                    classes += 1;
                    if classes > 1 {
                        diagnostics.report(&name, "an operation has one class", "remove this one");
                    } else {
                        kind = parse_kind(&name, variant.as_ref(), diagnostics);
                    }
                }
                Argument::Key(key, value) => {
                    let word = key.to_string();
                    if !KEYS.contains(&word.as_str()) {
                        unknown(&key, &word, &KEYS, "key", diagnostics);
                        continue;
                    }
                    match string(&value) {
                        _ if word == "layout" => attribute.layout = Some(value),
                        Some(text) => attribute.key(&word, text, diagnostics),
                        None => {
                            diagnostics.report(
                                &value,
                                format!("`{key}` is a string"),
                                format!("write `{key} = \"…\"`"),
                            );
                        }
                    }
                    once(key, &mut seen, diagnostics);
                }
            }
        }
        if classes > 0 && kind.is_none() {
            return None;
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
        for key in seen.iter().filter(|key| *key == "layout" && kind != Kind::Gather) {
            diagnostics.report(key, "only gather operations have `layout`", "remove it");
        }
        for key in seen.iter().filter(|key| *key == "whole" || *key == "projection") {
            if kind != Kind::Reduction {
                diagnostics.report(key, format!("only reductions have `{key}`"), "remove it");
            }
        }
        let of_projections = attribute.aliases.iter().find(|alias| alias.contains("{axis}"));
        if let (Some(alias), None) = (of_projections, &attribute.projection) {
            for key in seen.iter().filter(|key| *key == "alias") {
                diagnostics.report(
                    key,
                    format!("`{alias}` names projections, and there are none"),
                    "name one operation, without `{axis}`",
                );
            }
        }
        Some(attribute)
    }

    fn key(&mut self, key: &str, value: &LitStr, diagnostics: &Diagnostics) {
        let text = value.value();
        let function = |name: &str| syn::parse_str::<Ident>(name).is_ok();
        let remedy = "use letters, digits and `_`";
        match key {
            "alias" => {
                // Nobody writes an alias in Rust, so that `mod` can be one.
                let name = |name: &str| Ident::parse_any.parse_str(name).is_ok();
                for alias in text.split(',').map(str::trim) {
                    if name(&alias.replace("{axis}", "x")) {
                        self.aliases.push(alias.to_owned());
                    } else {
                        let remedy = "write for example \"other_name, third_name\"";
                        diagnostics.report(value, format!("`{alias}` cannot be the name of an operation"), remedy);
                    }
                }
            }
            "family" => self.family = Some(text),
            "whole" if function(&text) => self.whole = Some(value.clone()),
            "projection" if !text.contains("{axis}") => diagnostics.report(
                value,
                "the name of the projections has no `{axis}`",
                "write for example \"sum_{axis}_projection\"",
            ),
            "projection" if function(&text.replace("{axis}", "x")) => self.projection = Some(value.clone()),
            _ => diagnostics.report(value, format!("`{text}` cannot be the name of a function"), remedy),
        }
    }
}

fn parse_kind(name: &Ident, variant: Option<&Ident>, diagnostics: &Diagnostics) -> Option<Kind> {
    let word = name.to_string();
    if word == "separable" {
        let remedy = "write `neighborhood(separable)`";
        diagnostics.report(name, "`separable` is a variant of the class `neighborhood`", remedy);
        return Some(Kind::Separable);
    }
    if !KINDS.contains(&word.as_str()) {
        unknown(name, &word, &KINDS, "class", diagnostics);
    }
    // What was probably meant: the rest of the operation is checked for that.
    let kind = match nearest(&word, &KINDS)? {
        "pointwise" => Kind::Pointwise,
        "neighborhood" => Kind::Neighborhood,
        "gather" => Kind::Gather,
        "scan" => Kind::Scan,
        "reduction" => Kind::Reduction,
        "grid" => Kind::Grid,
        "composite" => Kind::Composite,
        _ => Kind::Procedure,
    };
    let Some(variant) = variant else { return Some(kind) };
    if kind != Kind::Neighborhood {
        diagnostics.report(variant, format!("the class `{word}` has no variants"), "remove the parentheses");
        return Some(kind);
    }
    if variant != "separable" {
        unknown(variant, &variant.to_string(), &["separable"], "variant", diagnostics);
    }
    Some(Kind::Separable)
}

pub(super) fn unknown(token: &Ident, word: &str, known: &[&str], what: &str, diagnostics: &Diagnostics) {
    let remedy = match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of: {}", known.join(", ")),
    };
    diagnostics.report(token, format!("there is no {what} `{word}`"), remedy);
}

/// `#[param(default = 1.0, range = 0.0.., unit = "voxels", optional)]`.
#[derive(Clone, Default, Debug)]
pub(crate) struct ParamAttribute {
    pub(crate) default: Option<String>,
    /// Where the default stands.
    pub(crate) default_at: Option<TokenStream>,
    /// Where the range stands.
    pub(crate) range_at: Option<TokenStream>,
    /// Where the attribute stands.
    pub(crate) at: Option<TokenStream>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) unit: Option<String>,
    pub(crate) optional: bool,
    /// Where it is marked as the extents of what comes out.
    pub(crate) output_extent: Option<proc_macro2::Span>,
    /// Where it is marked as one for whose values kernels are compiled.
    pub(crate) specialized: Option<proc_macro2::Span>,
    /// Whether there was an attribute at all: it marks a scalar of a pointwise operation as a parameter.
    pub(crate) given: bool,
}

#[allow(clippy::large_enum_variant, reason = "one at a time, and short-lived")]
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
            result.at = Some(attribute.to_token_stream());
            if matches!(attribute.meta, syn::Meta::Path(_)) {
                return false;
            }
            match attribute.parse_args_with(Punctuated::<ParamArgument, Token![,]>::parse_terminated) {
                Ok(arguments) => {
                    let mut seen = Vec::new();
                    for argument in arguments {
                        let key = match &argument {
                            ParamArgument::Flag(key) | ParamArgument::Key(key, _) => key.clone(),
                        };
                        once(key, &mut seen, diagnostics);
                        result.read(argument, diagnostics);
                    }
                }
                Err(error) => {
                    diagnostics.syntax(error, "write for example `#[param(default = 1.0, range = 0.0..=10.0)]`")
                }
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
            ParamArgument::Flag(flag) if flag == "specialized" => self.specialized = Some(flag.span()),
            ParamArgument::Flag(flag) if PARAM_KEYS.iter().any(|key| flag == key) => {
                diagnostics.report(&flag, format!("`{flag}` has no value"), format!("write `{flag} = …`"));
            }
            ParamArgument::Flag(flag) => unknown(&flag, &flag.to_string(), &PARAM_KEYS, "key", diagnostics),
            ParamArgument::Key(key, value)
                if ["optional", "output_extent", "specialized"].iter().any(|flag| key == flag) =>
            {
                let remedy = format!("write `{key}` alone, or leave it out");
                diagnostics.report(&value, format!("`{key}` takes no value"), remedy);
            }
            ParamArgument::Key(key, value) => match key.to_string().as_str() {
                "default" => match literal(&value) {
                    Some(text) => {
                        self.default = Some(text);
                        self.default_at = Some(value.to_token_stream());
                    }
                    None => diagnostics.report(&value, "a default is a literal", "write for example `default = 1.0`"),
                },
                "range" => {
                    self.range_at = Some(value.to_token_stream());
                    self.range(&value, diagnostics);
                }
                "unit" => match string(&value) {
                    Some(text) => self.unit = Some(text.value()),
                    None => diagnostics.report(&value, "a unit is a string", "write for example `unit = \"voxels\"`"),
                },
                other => unknown(&key, other, &PARAM_KEYS, "key", diagnostics),
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

/// A string literal.
fn string(expr: &Expr) -> Option<&LitStr> {
    match expr {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text),
        _ => None,
    }
}

/// Reports a key that was given before.
fn once(key: Ident, seen: &mut Vec<Ident>, diagnostics: &Diagnostics) {
    if seen.contains(&key) {
        diagnostics.report(&key, format!("`{key}` is given twice"), "remove one of them");
    }
    seen.push(key);
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
