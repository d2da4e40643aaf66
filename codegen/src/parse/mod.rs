//! Attribute + Rust item → IR and the tokens that the macro returns.
//!
//! Input: the attribute's arguments and the annotated item. Output: the item with everything that is generated beside it, or all mistakes
//! at once. A checked model is built first (`attribute`, `signature`, `body`, `reduction`); printing (`expand`) is a separate step without
//! decisions. Invariant: on error the item itself is still emitted, so that an editor keeps working.

mod attribute;
mod body;
mod builder;
mod calls;
mod diagnostics;
mod expand;
mod exprs;
mod reduction;
mod signature;
mod stages;
mod windows;
mod wrapper;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemFn, ItemImpl};

use crate::ir::{Class, Op, Type};
use attribute::{Attribute, Kind};
use body::Lower;
use diagnostics::Diagnostics;
use signature::{Role, Signature, leak};
use windows::Windows;

/// A kernel operation, parsed and checked.
pub(crate) struct KernelModel {
    pub(crate) item: ItemFn,
    pub(crate) attribute: Attribute,
    pub(crate) signature: Signature,
    pub(crate) windows: Windows,
    pub(crate) op: Op,
}

/// What `#[gpu_op(arguments)] item` becomes.
pub fn gpu_op(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let diagnostics = Diagnostics::default();
    let expanded = expand_item(arguments, item.clone(), &diagnostics);
    match (diagnostics.finish(), expanded) {
        (Ok(()), Some(expanded)) => expanded,
        (result, _) => {
            let errors = result.err().map(|error| error.to_compile_error());
            let plain = without_param_attributes(item);
            quote!(#errors #plain)
        }
    }
}

fn expand_item(arguments: TokenStream, item: TokenStream, diagnostics: &Diagnostics) -> Option<TokenStream> {
    let attribute = Attribute::parse(arguments, diagnostics);
    let item = match syn::parse2::<Item>(item) {
        Ok(item) => item,
        Err(error) => {
            diagnostics.syntax(error);
            return None;
        }
    };
    let attribute = attribute?;
    match (item, attribute.kind) {
        (Item::Impl(item), Kind::Reduction) => expand_reduction(item, attribute, diagnostics),
        (Item::Fn(item), Kind::Composite | Kind::Procedure) => {
            let mut item = item;
            let signature = Signature::parse(&mut item.sig, attribute.kind, diagnostics);
            diagnostics.is_empty().then(|| expand::host(&item, &attribute, &signature))
        }
        (Item::Fn(item), kind) if kind != Kind::Reduction => expand_kernel(item, attribute, diagnostics),
        (other, Kind::Reduction) => {
            diagnostics.report(
                other,
                "a reduction is an implementation of `Reduction`",
                "write `impl Reduction<f32> for Name { … }`",
            );
            None
        }
        (other, _) => {
            diagnostics.report(other, "an operation of this class is a function", "annotate a `fn`");
            None
        }
    }
}

fn expand_kernel(mut item: ItemFn, attribute: Attribute, diagnostics: &Diagnostics) -> Option<TokenStream> {
    let signature = Signature::parse(&mut item.sig, attribute.kind, diagnostics);
    let windows = Windows::default();
    let results = if signature.output == Type::Unit { vec![] } else { vec![signature.output] };
    let (body, offsets) = Lower::new(&signature, &windows, diagnostics, results).function("body", 0, &item.block);
    if !diagnostics.is_empty() {
        return None;
    }
    let class = match attribute.kind {
        Kind::Pointwise => Class::Pointwise,
        Kind::Neighborhood => Class::Neighborhood,
        Kind::Separable => Class::Separable,
        _ => Class::Grid,
    };
    let op = Op {
        name: leak(signature.name.to_string()),
        class,
        inputs: signature.inputs.clone().leak(),
        params: signature.params.clone().leak(),
        output: signature.output,
        windows: windows.windows(),
        weights: windows.weights(),
        functions: vec![body].leak(),
        state: &[],
    };
    for (offset, tokens) in offsets {
        if !crate::analysis::is_bounded(&op, &op.functions[0], offset) {
            diagnostics.report(
                tokens,
                "how far this reads cannot be told from the text",
                "use constants, counters of loops with constant bounds, or the offsets of a window as they are",
            );
        }
    }
    if !diagnostics.is_empty() {
        return None;
    }
    Some(expand::kernel(&KernelModel { item, attribute, signature, windows, op }))
}

fn expand_reduction(item: ItemImpl, attribute: Attribute, diagnostics: &Diagnostics) -> Option<TokenStream> {
    let monoid = reduction::parse(&item, diagnostics)?;
    if !diagnostics.is_empty() {
        return None;
    }
    let op = Op {
        name: leak(snake_case(&monoid.signature.name.to_string())),
        class: Class::Reduction,
        inputs: monoid.signature.inputs.clone().leak(),
        params: &[],
        output: monoid.signature.output,
        windows: &[],
        weights: &[],
        functions: monoid.functions.leak(),
        state: monoid.state.leak(),
    };
    Some(expand::reduction(&item, &attribute, &monoid.signature, &op))
}

/// `RootMeanSquare` → `root_mean_square`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (position, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && position > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// The item as rustc can read it although the macro could not.
fn without_param_attributes(item: TokenStream) -> TokenStream {
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(mut function)) => {
            for argument in &mut function.sig.inputs {
                if let syn::FnArg::Typed(typed) = argument {
                    typed.attrs.retain(|attribute| !attribute.path().is_ident("param"));
                }
            }
            quote!(#[allow(dead_code, unused_variables)] #function)
        }
        Ok(other) => quote!(#other),
        Err(_) => item,
    }
}

/// The names of the arguments with that role, for calls.
pub(crate) fn argument_names(signature: &Signature) -> impl Iterator<Item = (&syn::Ident, &Role)> {
    signature.arguments.iter().map(|argument| (&argument.name, &argument.role))
}
