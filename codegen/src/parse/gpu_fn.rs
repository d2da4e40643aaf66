//! `#[gpu_fn]`: a function that operations call, on every backend.
//!
//! Input: a function of numbers. Output: the function itself, and beside it a module of the same name with `HELPER`, its
//! IR and its text. Invariant: what is emitted refers to other helpers by the author's own paths, so it works across crates.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{FnArg, ItemFn, Pat, ReturnType};

use super::body::{Binding, Lower};
use super::diagnostics::Diagnostics;
use super::expand::rt;
use super::helpers::Helpers;
use super::native::Native;
use super::recover::{self, Broken};
use super::signature::{Signature, leak, refuse_qualifiers, tidy, value_type};
use super::windows::Windows;
use crate::emit::helper_text;
use crate::ir::{Function, Helper, ToConst, Type};

/// What `#[gpu_fn] item` becomes.
pub fn gpu_fn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let diagnostics = Diagnostics::default();
    if !arguments.is_empty() {
        diagnostics.report(&arguments, "`#[gpu_fn]` takes no arguments", "remove them");
    }
    let expanded = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => expand(function, &diagnostics),
        Err(_) => {
            diagnostics.report(&item, "`#[gpu_fn]` stands on a function", "annotate a `fn`");
            None
        }
    };
    match (diagnostics.finish(), expanded) {
        (Ok(()), Some(expanded)) => expanded,
        (result, expanded) => {
            let errors = result.err().map(|error| error.to_compile_error());
            let rest = expanded.unwrap_or_else(|| recover::plain(item));
            quote!(#errors #rest)
        }
    }
}

/// The IR of a `#[gpu_fn]`, for tools that take functions as text; nothing is expanded. The helpers that it calls are known
/// by name alone: whoever wants them puts the real ones in their place.
///
/// # Errors
/// All mistakes of the item at once.
pub fn lower_gpu_fn(item: TokenStream) -> Result<&'static Helper, syn::Error> {
    let diagnostics = Diagnostics::default();
    let item = syn::parse2::<ItemFn>(item)?;
    let helpers = Helpers::default();
    let lowered = lower(&item, &helpers, &diagnostics);
    diagnostics.finish()?;
    let (function, results) = lowered.ok_or_else(|| syn::Error::new_spanned(&item, "this is not a function"))?;
    let name = leak(item.sig.ident.to_string());
    let stubs = helpers.stubs();
    let text = leak(helper_text(name, &function, results, stubs));
    Ok(Box::leak(Box::new(Helper { name, path: "", results, function, helpers: stubs, text })))
}

fn expand(mut item: ItemFn, diagnostics: &Diagnostics) -> Option<TokenStream> {
    let mut helpers = Helpers::default();
    let (mut function, results) = lower(&item, &helpers, diagnostics)?;
    let mut broken = None;
    if !diagnostics.is_empty() {
        // Callers need the function and its type, not its body.
        broken = Some(Broken::take(&item.sig, &mut item.block, &mut helpers));
        function = recover::emptied(&function);
        helpers = Helpers::default();
    }
    helpers.literals.write_into(|writer| writer.visit_block_mut(&mut item.block));
    Native::new(false).visit_block_mut(&mut item.block);
    let aside = broken.map(|broken| broken.expand(&item, diagnostics));
    let rt = rt();
    let (name, vis) = (&item.sig.ident, &item.vis);
    let text = helper_text(&name.to_string(), &function, results, helpers.stubs());
    let (function, results) = (function.to_const(), results.to_const());
    let list = helpers.tokens();
    let called = if helpers.stubs().is_empty() { quote!(&[]) } else { quote!(HELPERS) };
    let stem = name.to_string();
    let stem = stem.trim_start_matches("r#");
    let doc = format!("The compiled parts of [`{name}()`].");
    let lints = super::literals::lints();
    Some(quote! {
        #[inline(always)]
        #lints
        #item

        #[doc = #doc]
        #vis mod #name {
            #[allow(unused_imports)]
            use super::*;
            #[allow(unused_imports)]
            use #rt::{self as rt, ir};
            #list
            #[doc = "The function as operations refer to it."]
            #[allow(clippy::approx_constant)]
            pub const HELPER: ir::Helper = ir::Helper {
                name: #stem,
                path: module_path!(),
                results: #results,
                function: #function,
                helpers: #called,
                text: #text,
            };
        }
        #aside
    })
}

/// The function in the IR, with the types of its results.
fn lower(item: &ItemFn, helpers: &Helpers, diagnostics: &Diagnostics) -> Option<(Function, &'static [Type])> {
    refuse_qualifiers(&item.sig, diagnostics);
    for param in &item.sig.generics.params {
        diagnostics.report(
            param,
            "a function for operations has no generic parameters",
            "write it for f32, or once for each type",
        );
    }
    if !item.sig.generics.params.is_empty() {
        return None;
    }
    let number = |ty: &syn::Type| value_type(ty, None);
    let remedy = "use f32, i32, u32, i64, usize or bool, or a tuple of these as the result";
    let results: Vec<Type> = match &item.sig.output {
        ReturnType::Type(_, ty) => match &**ty {
            syn::Type::Tuple(tuple) if tuple.elems.len() > 1 => tuple.elems.iter().filter_map(number).collect(),
            ty => number(ty).into_iter().collect(),
        },
        ReturnType::Default => Vec::new(),
    };
    let expected = match &item.sig.output {
        ReturnType::Type(_, ty) => match &**ty {
            syn::Type::Tuple(tuple) => tuple.elems.len().max(1),
            _ => 1,
        },
        ReturnType::Default => 1,
    };
    if results.len() != expected {
        match &item.sig.output {
            ReturnType::Default => diagnostics.report(&item.sig.ident, "this function returns nothing", remedy),
            ReturnType::Type(_, ty) => {
                diagnostics.report(ty, format!("`{}` is no type of the language", tidy(ty)), remedy);
            }
        }
    }
    let signature = Signature {
        name: item.sig.ident.clone(),
        generic: None,
        arguments: Vec::new(),
        refused: Vec::new(),
        inputs: Vec::new(),
        params: Vec::new(),
        choices: Vec::new(),
        states: Vec::new(),
        output_extent: None,
        lanes: None,
        shared: Vec::new(),
        own_extents: Vec::new(),
        outputs: results.clone(),
        output_ty: None,
    };
    let windows = Windows::default();
    let mut lower = Lower::new(&signature, &windows, helpers, diagnostics, results.clone());
    let mut arguments = Vec::new();
    for argument in &item.sig.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                diagnostics.report(receiver, "this is a method", "write a free function of numbers");
            }
            FnArg::Typed(typed) => match (&*typed.pat, number(&typed.ty)) {
                (Pat::Ident(pattern), Some(ty)) => {
                    let mutable = pattern.mutability.is_some();
                    let local = lower.builder.local(&pattern.ident.to_string(), ty, mutable);
                    arguments.push((pattern.ident.clone(), Binding::Local(local)));
                }
                (Pat::Ident(pattern), None) => {
                    let problem = format!("`{}` is no type of the language", tidy(&typed.ty));
                    diagnostics.report(&typed.ty, problem, remedy);
                    arguments.push((pattern.ident.clone(), Binding::Refused));
                }
                (other, _) => {
                    diagnostics.report(other, "an argument is a plain name", "write `name: type`");
                }
            },
        }
    }
    let count = arguments.len();
    if results.len() != expected {
        return None;
    }
    let arguments_fit = arguments.iter().all(|(_, binding)| !matches!(binding, Binding::Refused));
    for (name, binding) in arguments {
        lower.bind(&name, binding);
    }
    let complete = arguments_fit && count == item.sig.inputs.len();
    let function = lower.function(leak("body"), count, &item.block);
    complete.then_some(())?;
    Some((function, results.leak()))
}
