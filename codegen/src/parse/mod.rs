//! Attribute + Rust item → IR and the tokens that the macro returns.
//!
//! Input: the attribute's arguments and the annotated item. Output: the item with everything that is generated beside it, or all mistakes
//! at once. A checked model is built first (`attribute`, `signature`, `body`, `reduction`); printing (`expand`) is a separate step without
//! decisions. Invariant: on error the item itself is still emitted, so that an editor keeps working.

mod attribute;
mod bindings;
mod body;
mod builder;
mod calls;
mod diagnostics;
mod docs;
mod expand;
mod exprs;
mod gpu_fn;
mod helpers;
mod native;
mod reduction;
mod sampling;
mod scan;
mod signature;
pub mod source;
mod stages;
mod windows;
mod wrapper;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Item, ItemFn, ItemImpl};

use crate::ir::{Class, Op, Type};
use attribute::{Attribute, Kind};
use body::Lower;
use diagnostics::Diagnostics;
pub use gpu_fn::{gpu_fn, lower_gpu_fn};
use helpers::Helpers;
use native::Native;
use signature::{Role, Signature, leak};
use source::Written;
use windows::Windows;

/// A kernel operation, parsed and checked.
pub(crate) struct KernelModel {
    pub(crate) item: ItemFn,
    pub(crate) attribute: Attribute,
    pub(crate) signature: Signature,
    pub(crate) windows: Windows,
    pub(crate) helpers: Helpers,
    pub(crate) op: Op,
}

/// What `#[gpu_op(arguments)] item` becomes; `written` is how it stands in the file.
pub fn gpu_op(arguments: TokenStream, item: TokenStream, written: &Written) -> TokenStream {
    let diagnostics = Diagnostics::default();
    let expanded = expand_item(arguments, item.clone(), written, &diagnostics);
    match (diagnostics.finish(), expanded) {
        (Ok(()), Some(expanded)) => expanded,
        (result, _) => {
            let errors = result.err().map(|error| error.to_compile_error());
            let plain = without_param_attributes(item);
            quote!(#errors #plain)
        }
    }
}

/// The IR of `#[gpu_op(arguments)] item`, for tools that take operations as text; nothing is expanded. Of the `#[gpu_fn]` functions
/// that it calls `helpers` has the names alone: see [`lower_gpu_fn`].
///
/// # Errors
/// All mistakes of the item at once; also if it is a composite or a procedure, which are Rust and have no IR.
pub fn lower(arguments: TokenStream, item: TokenStream) -> Result<Op, syn::Error> {
    let diagnostics = Diagnostics::default();
    let op = lower_item(arguments, item, &diagnostics);
    diagnostics.finish()?;
    op.ok_or_else(|| syn::Error::new(proc_macro2::Span::call_site(), "this is not an operation with kernels"))
}

fn lower_item(arguments: TokenStream, item: TokenStream, diagnostics: &Diagnostics) -> Option<Op> {
    let attribute = Attribute::parse(arguments, diagnostics)?;
    let item = syn::parse2::<Item>(item).map_err(|error| diagnostics.syntax(error)).ok()?;
    match (item, attribute.kind) {
        (Item::Impl(item), Kind::Reduction) => reduction_model(&item, diagnostics).map(|model| model.op),
        (Item::Fn(_), Kind::Reduction | Kind::Composite | Kind::Procedure) => None,
        (Item::Fn(item), _) => kernel_model(item, attribute, diagnostics).map(|model| model.op),
        _ => None,
    }
}

fn expand_item(
    arguments: TokenStream,
    item: TokenStream,
    written: &Written,
    diagnostics: &Diagnostics,
) -> Option<TokenStream> {
    let source = source::text("gpu_op", written, &arguments, &item);
    let attribute = Attribute::parse(arguments, diagnostics);
    let item = match syn::parse2::<Item>(item) {
        Ok(item) => item,
        Err(error) => {
            diagnostics.syntax(error);
            return None;
        }
    };
    let attribute = Attribute { source, ..attribute? };
    match (item, attribute.kind) {
        (Item::Impl(item), Kind::Reduction) => expand_reduction(item, attribute, diagnostics),
        (Item::Fn(item), Kind::Composite | Kind::Procedure) => {
            let mut item = item;
            let signature = Signature::parse(&mut item.sig, attribute.kind, diagnostics);
            diagnostics.is_empty().then(|| expand::host(&item, &attribute, &signature))
        }
        (Item::Fn(item), kind) if kind != Kind::Reduction => {
            kernel_model(item, attribute, diagnostics).map(|model| expand::kernel(&model))
        }
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

fn kernel_model(mut item: ItemFn, attribute: Attribute, diagnostics: &Diagnostics) -> Option<KernelModel> {
    let signature = Signature::parse(&mut item.sig, attribute.kind, diagnostics);
    if signature.outputs.is_empty() && signature.output_ty.is_some() {
        // What the body has to return is not known; that was reported.
        return None;
    }
    let windows = Windows::default();
    let state: Vec<Type> = signature.states.iter().map(|state| state.ty).collect();
    let results = [signature.outputs.clone(), state.clone()].concat();
    let helpers = Helpers::default();
    let mut lower = Lower::new(&signature, &windows, &helpers, diagnostics, results);
    let arguments = scan::bind_states(&mut lower, &signature);
    let mut functions = vec![lower.function("body", arguments, &item.block)];
    if attribute.kind == Kind::Scan {
        functions.push(scan::start(&signature, &helpers, diagnostics));
    }
    if !diagnostics.is_empty() {
        return None;
    }
    let class = match attribute.kind {
        Kind::Pointwise => Class::Pointwise,
        Kind::Neighborhood => Class::Neighborhood,
        Kind::Separable => Class::Separable,
        Kind::Gather => Class::Gather,
        Kind::Scan => Class::Scan,
        _ => Class::Grid,
    };
    let op = Op {
        name: leak(signature.name.to_string()),
        class,
        inputs: signature.inputs.clone().leak(),
        params: signature.params.clone().leak(),
        outputs: signature.outputs.clone().leak(),
        windows: windows.windows(),
        weights: windows.weights(),
        functions: functions.leak(),
        helpers: helpers.stubs(),
        state: state.leak(),
        output_extent: signature.output_extent,
    };
    Native { moves: true }.visit_block_mut(&mut item.block);
    Some(KernelModel { item, attribute, signature, windows, helpers, op })
}

/// A monoid, parsed and checked.
struct MonoidModel {
    signature: Signature,
    helpers: Helpers,
    op: Op,
}

fn reduction_model(item: &ItemImpl, diagnostics: &Diagnostics) -> Option<MonoidModel> {
    let helpers = Helpers::default();
    let monoid = reduction::parse(item, &helpers, diagnostics)?;
    if !diagnostics.is_empty() {
        return None;
    }
    let op = Op {
        name: leak(snake_case(&monoid.signature.name.to_string())),
        class: Class::Reduction,
        inputs: monoid.signature.inputs.clone().leak(),
        params: &[],
        outputs: monoid.signature.outputs.clone().leak(),
        windows: &[],
        weights: &[],
        functions: monoid.functions.leak(),
        helpers: helpers.stubs(),
        state: monoid.state.leak(),
        output_extent: None,
    };
    Some(MonoidModel { signature: monoid.signature, helpers, op })
}

fn expand_reduction(mut item: ItemImpl, attribute: Attribute, diagnostics: &Diagnostics) -> Option<TokenStream> {
    let MonoidModel { signature, helpers, op } = reduction_model(&item, diagnostics)?;
    if let Some(whole) = attribute.whole.as_ref().filter(|whole| whole.value() == op.name) {
        diagnostics.report(
            whole,
            format!("`{}` is the name of the module of `{}`", op.name, signature.name),
            format!("choose another name, for example `{}_of_all_pixels`", op.name),
        );
    }
    Native { moves: false }.visit_item_impl_mut(&mut item);
    Some(expand::reduction(&item, &attribute, &signature, &helpers, &op))
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
                    typed
                        .attrs
                        .retain(|attribute| !["param", "state"].iter().any(|name| attribute.path().is_ident(name)));
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
