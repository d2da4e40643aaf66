//! Attribute + Rust item → IR and the tokens that the macro returns.
//!
//! Input: the attribute's arguments and the annotated item. Output: the item with everything that is generated beside it, or all mistakes
//! at once. A checked model is built first (`attribute`, `signature`, `body`, `reduction`); printing (`expand`) is a separate step without
//! decisions. Invariant: on error the item itself is still emitted, so that an editor keeps working.

mod accesses;
mod attribute;
mod bindings;
mod blocks;
mod body;
mod builder;
mod calls;
mod diagnostics;
mod docs;
mod early;
mod expand;
mod exprs;
mod gpu_fn;
mod helpers;
mod implementation;
mod literals;
mod mentions;
mod native;
mod phases;
mod recover;
mod reduction;
mod refused;
mod sampling;
mod scan;
mod signature;
pub mod source;
mod stages;
mod syntax;
mod windows;
mod wrapper;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{Item, ItemFn, ItemImpl};

use crate::ir::{Class, Group, Op, Type};
use attribute::{Attribute, Kind};
use body::Lower;
use diagnostics::Diagnostics;
pub use gpu_fn::{gpu_fn, lower_gpu_fn};
use helpers::Helpers;
use native::Native;
use recover::Broken;
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
    /// The author's body, if it has mistakes: what is printed has none then.
    broken: Option<Broken>,
}

/// What `#[gpu_op(arguments)] item` becomes; `written` is how it stands in the file.
pub fn gpu_op(arguments: TokenStream, item: TokenStream, written: &Written) -> TokenStream {
    let diagnostics = Diagnostics::default();
    let expanded = expand_item(arguments, item.clone(), written, &diagnostics);
    match (diagnostics.finish(), expanded) {
        (Ok(()), Some(expanded)) => expanded,
        (result, expanded) => {
            let errors = result.err().map(|error| error.to_compile_error());
            let rest = expanded.unwrap_or_else(|| recover::plain(item));
            quote!(#errors #rest)
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
    let item = syn::parse2::<Item>(item)
        .map_err(|error| diagnostics.syntax(error, "this is not the Rust that the macro knows"))
        .ok()?;
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
            diagnostics.syntax(error, "this is not the Rust that the macro knows");
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
            kernel_model(item, attribute, diagnostics).map(|model| expand_kernel(model, diagnostics))
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

/// The kernel's expansion; a body with mistakes stands beside it, for those who can make something of it.
fn expand_kernel(model: KernelModel, diagnostics: &Diagnostics) -> TokenStream {
    let expanded = expand::kernel(&model);
    let aside = model.broken.map(|broken| broken.expand(&model.item, diagnostics));
    quote!(#expanded #aside)
}

fn kernel_model(mut item: ItemFn, attribute: Attribute, diagnostics: &Diagnostics) -> Option<KernelModel> {
    let reported = diagnostics.len();
    let mut signature = Signature::parse(&mut item.sig, attribute.kind, diagnostics);
    let complete = diagnostics.len() == reported;
    if attribute.kind == Kind::Scan && !complete {
        // What the body has to return is not known; that was reported.
        return None;
    }
    let mut windows = Windows::default();
    let state: Vec<Type> = signature.states.iter().map(|state| state.ty).collect();
    // What the body has to return is not known where that was reported.
    let known = !signature.outputs.is_empty() && (complete || attribute.kind != Kind::Scan);
    let results = if known { [signature.outputs.clone(), state.clone()].concat() } else { Vec::new() };
    let mut helpers = Helpers::default();
    let mut lower = Lower::new(&signature, &windows, &helpers, diagnostics, results);
    let arguments = scan::bind_states(&mut lower, &signature);
    let mut functions = vec![lower.function("body", arguments, &item.block)];
    if attribute.kind == Kind::Scan {
        functions.push(scan::start(&signature, &helpers, diagnostics));
    }
    let mut broken = None;
    if !diagnostics.is_empty() {
        if !complete {
            return None;
        }
        // The wrapper and the metadata follow from the signature alone: callers are not to suffer from a mistake in the body.
        broken = Some(Broken::take(&item.sig, &mut item.block, &mut helpers));
        functions = functions.iter().map(recover::emptied).collect();
        signature.states.iter_mut().for_each(|state| state.start = syn::parse_quote!(Default::default()));
        (helpers, windows) = (Helpers::default(), Windows::default());
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
        group: signature.lanes.map(|lanes| Group { lanes, shared: signature.shared.clone().leak() }),
    };
    helpers.literals.write_into(|writer| writer.visit_block_mut(&mut item.block));
    Native::new(true).visit_block_mut(&mut item.block);
    for state in &mut signature.states {
        helpers.literals.write_into(|writer| writer.visit_expr_mut(&mut state.start));
        Native::new(true).visit_expr_mut(&mut state.start);
    }
    Some(KernelModel { item, attribute, signature, windows, helpers, op, broken })
}

/// A monoid, parsed and checked.
struct MonoidModel {
    signature: Signature,
    helpers: Helpers,
    op: Op,
}

fn reduction_model(item: &ItemImpl, diagnostics: &Diagnostics) -> Option<MonoidModel> {
    let mut helpers = Helpers::default();
    let monoid = reduction::parse(item, &helpers, diagnostics)?;
    let mut functions = monoid.functions;
    if !diagnostics.is_empty() {
        if functions.len() < reduction::FUNCTIONS.len() {
            return None;
        }
        functions = functions.iter().map(recover::emptied).collect();
        helpers = Helpers::default();
    }
    let op = Op {
        name: leak(snake_case(&monoid.signature.name.to_string())),
        class: Class::Reduction,
        inputs: monoid.signature.inputs.clone().leak(),
        params: &[],
        outputs: monoid.signature.outputs.clone().leak(),
        windows: &[],
        weights: &[],
        functions: functions.leak(),
        helpers: helpers.stubs(),
        state: monoid.state.leak(),
        output_extent: None,
        group: None,
    };
    Some(MonoidModel { signature: monoid.signature, helpers, op })
}

fn expand_reduction(mut item: ItemImpl, mut attribute: Attribute, diagnostics: &Diagnostics) -> Option<TokenStream> {
    let MonoidModel { signature, helpers, op } = reduction_model(&item, diagnostics)?;
    if let Some(whole) = attribute.whole.take_if(|whole| whole.value() == op.name) {
        diagnostics.report(
            whole,
            format!("`{}` is the name of the module of `{}`", op.name, signature.name),
            format!("choose another name, for example `{}_of_all_pixels`", op.name),
        );
    }
    let aside = (!diagnostics.is_empty()).then(|| recover::for_editors(&item));
    if aside.is_some() {
        recover::take_bodies(&mut item);
    }
    helpers.literals.write_into(|writer| writer.visit_item_impl_mut(&mut item));
    Native::new(false).visit_item_impl_mut(&mut item);
    let expanded = expand::reduction(&item, &attribute, &signature, &helpers, &op);
    Some(quote!(#expanded #aside))
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

/// The names of the arguments with that role, for calls.
pub(crate) fn argument_names(signature: &Signature) -> impl Iterator<Item = (&syn::Ident, &Role)> {
    signature.arguments.iter().map(|argument| (&argument.name, &argument.role))
}
