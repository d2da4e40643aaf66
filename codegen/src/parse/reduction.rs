//! `impl Reduction<…> for Name { … }` → the four functions of a monoid.

use std::collections::HashMap;

use syn::spanned::Spanned;
use syn::{FnArg, ImplItem, ItemImpl, Pat};

use super::body::{Binding, Lower};
use super::diagnostics::Diagnostics;
use super::helpers::Helpers;
use super::signature::{Argument, Role, Signature, argument_of, generic, last_segment, leak, tidy, value_type};
use super::windows::Windows;
use crate::ir::{Access, Function, Input, Type};

/// A checked monoid.
pub(crate) struct Monoid {
    pub(crate) signature: Signature,
    pub(crate) state: Vec<Type>,
    pub(crate) functions: Vec<Function>,
}

/// The functions of a reduction that are lowered.
pub(crate) const FUNCTIONS: [&str; 4] = ["identity", "step", "merge", "finish"];

/// Reads the implementation. Mistakes are reported; the result is usable if there were none.
pub(crate) fn parse(item: &ItemImpl, helpers: &Helpers, diagnostics: &Diagnostics) -> Option<Monoid> {
    let generic = generic(&item.generics, diagnostics);
    let Some((_, path, _)) = &item.trait_ else {
        diagnostics.report(
            &item.self_ty,
            "this is not an implementation of `Reduction`",
            "write `impl Reduction<f32> for Name`",
        );
        return None;
    };
    let pixel = path.segments.last().and_then(|segment| {
        let ty = syn::Type::Path(syn::TypePath { qself: None, path: segment.clone().into() });
        value_type(argument_of(&ty)?, generic.as_ref())
    });
    let Some(pixel) = pixel.filter(|ty| !matches!(ty, Type::Index | Type::Unit | Type::I64)) else {
        diagnostics.report(
            path,
            "a reduction says what its voxels are loaded as",
            "write `impl Reduction<f32> for Name`, or `impl<T: Pixel> Reduction<T> for Name`",
        );
        return None;
    };
    let associated = |name: &str| {
        item.items.iter().find_map(|item| match item {
            ImplItem::Type(ty) if ty.ident == name => Some(&ty.ty),
            _ => None,
        })
    };
    let scalar = |ty: &syn::Type| {
        value_type(ty, generic.as_ref()).filter(|ty| !matches!(ty, Type::Index | Type::Unit | Type::I64))
    };
    let state: Option<Vec<Type>> = match associated("State") {
        Some(syn::Type::Tuple(tuple)) => tuple.elems.iter().map(scalar).collect(),
        Some(ty) => scalar(ty).map(|ty| vec![ty]),
        None => None,
    };
    let output = associated("Output").and_then(scalar);
    let (Some(state), Some(output)) = (state, output) else {
        diagnostics.report(
            &item.self_ty,
            "a reduction needs the types of its state and of its result",
            "add `type State = (f32, f32);` (f32, u32, i32 or the pixel type, or a tuple of those) and `type Output = f32;`",
        );
        return None;
    };
    let Some(name) = last_segment(&item.self_ty) else {
        diagnostics.report(
            &item.self_ty,
            "a reduction is implemented for a named type",
            "write `struct Name;` beside it",
        );
        return None;
    };
    let signature = Signature {
        name: name.clone(),
        generic,
        arguments: Vec::new(),
        refused: Vec::new(),
        inputs: vec![Input { name: "image", ty: pixel, access: Access::Voxel }],
        params: Vec::new(),
        choices: Vec::new(),
        states: Vec::new(),
        output_extent: None,
        lanes: None,
        shared: Vec::new(),
        own_extents: Vec::new(),
        outputs: vec![output],
        output_ty: associated("Output").cloned(),
    };
    let functions = FUNCTIONS
        .iter()
        .filter_map(|&function| lower(item, function, &signature, &state, helpers, diagnostics))
        .collect::<Vec<_>>();
    Some(Monoid { signature, state, functions })
}

fn lower(
    item: &ItemImpl,
    name: &'static str,
    signature: &Signature,
    state: &[Type],
    helpers: &Helpers,
    diagnostics: &Diagnostics,
) -> Option<Function> {
    let method = item.items.iter().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.ident == name => Some(method),
        _ => None,
    });
    let Some(method) = method else {
        diagnostics.report(
            &item.self_ty,
            format!("the function `{name}` is missing"),
            "a reduction has identity, step, merge and finish",
        );
        return None;
    };
    let results = if name == "finish" { signature.outputs.clone() } else { state.to_vec() };
    let windows = Windows::default();
    let position = method.sig.inputs.iter().find_map(|argument| match argument {
        FnArg::Typed(typed) if last_segment(&typed.ty).is_some_and(|ty| ty == "Position") => Some(&typed.pat),
        _ => None,
    });
    let mut local_signature = Signature {
        name: signature.name.clone(),
        generic: signature.generic.clone(),
        arguments: Vec::new(),
        refused: Vec::new(),
        inputs: signature.inputs.clone(),
        params: Vec::new(),
        choices: Vec::new(),
        states: Vec::new(),
        output_extent: None,
        lanes: None,
        shared: Vec::new(),
        own_extents: Vec::new(),
        outputs: signature.outputs.clone(),
        output_ty: None,
    };
    if let Some(Pat::Ident(pattern)) = position.map(|pattern| &**pattern) {
        let ty: syn::Type = syn::parse_quote!(Position);
        local_signature.arguments.push(Argument { name: pattern.ident.clone(), ty, role: Role::Position });
    }
    let mut lower = Lower::new(&local_signature, &windows, helpers, diagnostics, results);
    lower.reduces = true;
    let states = match name {
        "identity" => 0,
        "merge" => 2,
        _ => 1,
    };
    let expected = [states, usize::from(name == "step") * 2, usize::from(name == "finish")].iter().sum::<usize>();
    if method.sig.inputs.len() != expected {
        diagnostics.report(
            quote::quote_spanned!(method.sig.inputs.span()=> _),
            format!("`{name}` takes {expected} arguments"),
            "the trait `Reduction` shows each function's arguments",
        );
        return None;
    }
    let mut arguments = 0;
    lower.scopes.push(HashMap::new());
    for (number, argument) in method.sig.inputs.iter().enumerate() {
        let FnArg::Typed(typed) = argument else {
            diagnostics.report(
                argument,
                "the functions of a reduction have no `self`",
                "take the state as an argument",
            );
            return None;
        };
        if position.is_some_and(|pattern| std::ptr::eq(pattern, &typed.pat)) {
            continue;
        }
        let mutable = matches!(&*typed.pat, Pat::Ident(pattern) if pattern.mutability.is_some());
        let ident = match &*typed.pat {
            Pat::Ident(pattern) => Some(pattern.ident.clone()),
            Pat::Wild(_) => None,
            other => {
                diagnostics.report(
                    other,
                    format!("`{}` is not a plain name", tidy(other)),
                    "name the argument and take it apart with `let`",
                );
                return None;
            }
        };
        let stem = ident.as_ref().map_or("unused".to_owned(), ToString::to_string);
        let binding = if number < states {
            let slots = state
                .iter()
                .enumerate()
                .map(|(slot, &ty)| {
                    let name = if state.len() == 1 { stem.clone() } else { format!("{stem}_{slot}") };
                    lower.builder.local(&name, ty, mutable)
                })
                .collect();
            Binding::Tuple(slots)
        } else {
            let ty = if name == "step" { signature.inputs[0].ty } else { Type::F32 };
            Binding::Local(lower.builder.local(&stem, ty, mutable))
        };
        arguments += match &binding {
            Binding::Tuple(slots) => slots.len(),
            _ => 1,
        };
        if let Some(ident) = ident {
            lower.bind(&ident, binding);
        }
    }
    Some(lower.function(leak(name), arguments, &method.block))
}
