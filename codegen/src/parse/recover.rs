//! What is emitted beside the messages, so that one mistake gives one message and editors keep working.
//!
//! Two readers see an item with mistakes. rustc would repeat in its own words what the macro reported (a method that does not exist), or
//! complain where the operation is used; editors need the author's tokens for completion and hints. So the operation is emitted with its
//! real signature and without its body, which silences the first; the body as it was written is emitted under `cfg(rust_analyzer)`, which
//! only editors set, and so serves the second.
//!
//! Where all that is wrong are types, rustc explains better than the macro: it is given the body, and the macro's messages remain as the
//! panics of constants, which rustc evaluates only if it finds nothing wrong itself. That happens where rustc infers from later uses what
//! the macro has to know at once (`let mut n = 0;`).

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::visit_mut::VisitMut;
use syn::{Block, ImplItem, Item, ItemFn, ItemImpl, Signature};

use super::diagnostics::{Diagnostics, Mistake};
use super::helpers::Helpers;
use super::literals::Literals;
use super::native::Native;
use crate::ir::{self, Function};

/// The body of an author that has mistakes.
pub(super) struct Broken {
    block: Block,
    literals: Literals,
}

impl Broken {
    /// Takes the body out of a function, with what its numbers were read as.
    pub(super) fn take(signature: &Signature, block: &mut Block, helpers: &mut Helpers) -> Broken {
        let literals = std::mem::take(&mut helpers.literals);
        Broken { block: take_body(signature, block), literals }
    }

    /// What becomes of it. Mistakes that rustc is to report are taken away.
    pub(super) fn expand(self, item: &ItemFn, diagnostics: &Diagnostics) -> TokenStream {
        let types = if item.sig.generics.params.is_empty() { diagnostics.leave_to_rustc() } else { None };
        match types {
            Some(mistakes) => for_rustc(item, self.block, &self.literals, &mistakes),
            None => for_editors(&ItemFn { block: Box::new(self.block), ..item.clone() }),
        }
    }
}

/// Takes the body out of a function; what stays has any type and uses all arguments.
fn take_body(signature: &Signature, block: &mut Block) -> Block {
    let used = signature.inputs.iter().filter_map(|argument| match argument {
        syn::FnArg::Typed(typed) => match &*typed.pat {
            syn::Pat::Ident(name) => Some(&name.ident),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    });
    let used = quote!(#(let _ = #used;)*);
    std::mem::replace(block, syn::parse_quote!({ #used loop {} }))
}

/// Takes the bodies out of an implementation.
pub(super) fn take_bodies(item: &mut ItemImpl) {
    for item in &mut item.items {
        if let ImplItem::Fn(function) = item {
            take_body(&function.sig, &mut function.block);
        }
    }
}

/// What follows from the signature of a function alone.
pub(super) fn emptied(function: &Function) -> Function {
    Function { locals: function.locals, arguments: function.arguments, ..empty_function(function.name) }
}

/// A function without statements.
pub(super) fn empty_function(name: &'static str) -> Function {
    let body = ir::Block { start: 0, len: 0 };
    Function { name, locals: &[], arguments: 0, exprs: &[], stmts: &[], lists: &[], body }
}

/// The item as the author wrote it, for editors alone.
pub(super) fn for_editors(item: &impl ToTokens) -> TokenStream {
    quote! {
        #[allow(unexpected_cfgs)]
        const _: () = {
            #[cfg(rust_analyzer)]
            #[allow(unused, clippy::all)]
            #item
        };
    }
}

/// A body in which only types are wrong: rustc reports them; where it finds none, the macro's own messages follow.
fn for_rustc(item: &ItemFn, mut block: Block, literals: &Literals, mistakes: &[Mistake]) -> TokenStream {
    literals.write_floats_into(|writer| writer.visit_block_mut(&mut block));
    Native::new(false).visit_block_mut(&mut block);
    let arguments = &item.sig.inputs;
    let body = match &item.sig.output {
        // A closure with a block and no type would return what its last expression is.
        syn::ReturnType::Default => quote!(-> () #block),
        output => quote!(#output #block),
    };
    // What rustc finds is the same in each, and told once.
    mistakes
        .iter()
        .map(|Mistake { text, span, .. }| {
            let fallback = quote_spanned!(*span=> ::core::panic!("{}", #text));
            quote! {
                #[allow(unused, unreachable_code, clippy::all)]
                const _: () = {
                    let _ = |#arguments| #body;
                    #fallback
                };
            }
        })
        .collect()
}

/// The item without what only the macro understands, and without its body.
pub(super) fn plain(item: TokenStream) -> TokenStream {
    let Ok(item) = syn::parse2::<Item>(item.clone()) else { return item };
    match item {
        Item::Fn(mut function) => {
            for argument in &mut function.sig.inputs {
                if let syn::FnArg::Typed(typed) = argument {
                    let ours = |attribute: &syn::Attribute| {
                        ["param", "state", "own_extents"].iter().any(|name| attribute.path().is_ident(name))
                    };
                    typed.attrs.retain(|attribute| !ours(attribute));
                }
            }
            // Constants without a name cannot stand where methods stand.
            let editors = function.sig.receiver().is_none().then(|| for_editors(&function));
            take_body(&function.sig, &mut function.block);
            quote!(#[allow(unused, clippy::all)] #function #editors)
        }
        // rustc would miss in the implementation what the macro said is missing.
        Item::Impl(item) => for_editors(&item),
        other => other.into_token_stream(),
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use crate::parse::gpu_op;
    use crate::parse::source::Written;

    /// The expansion of a pointwise operation with this body.
    fn expansion(body: proc_macro2::TokenStream) -> String {
        gpu_op(quote!(pointwise), quote!(pub fn levels(image: f32, step: f32) -> f32 { #body }), &Written::default())
            .to_string()
    }

    #[test]
    fn a_rule_hides_the_body_from_rustc_and_not_from_editors() {
        let text = expansion(quote!((image / step).round()));
        assert!(text.contains("compile_error !"), "{text}");
        let (before, after) = text.split_once("cfg (rust_analyzer)").expect("there is a part for editors");
        // `SOURCE` is the author's text, which rustc reads as a string.
        let (wrapper, module) = before.split_once("pub const SOURCE").expect("there is the author's text");
        let (_, compiled) = module.split_once("pub const IR").expect("the IR follows it");
        assert!(
            !wrapper.contains("round ()") && !compiled.contains("round ()") && after.contains("round ()"),
            "{text}"
        );
        assert!(before.contains("pub fn levels") && before.contains("pub mod levels"), "{text}");
    }

    #[test]
    fn types_are_left_to_rustc() {
        let text = expansion(quote!(let n = 1.5; image + 1u32 + n));
        assert!(!text.contains("compile_error !") && !text.contains("rust_analyzer"), "{text}");
        assert!(text.contains("let n = 1.5f32 ; image + 1u32 + n"), "{text}");
        assert!(text.contains("the two sides have different types"), "{text}");
    }

    #[test]
    fn what_is_right_has_no_such_parts() {
        let text = expansion(quote!(image + 1.0 * step));
        assert!(
            !text.contains("rust_analyzer") && !text.contains("compile_error") && !text.contains("panic"),
            "{text}"
        );
        assert!(text.contains("image + 1.0f32 * step"), "{text}");
    }
}
