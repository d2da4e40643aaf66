//! Calls of `#[gpu_fn]` functions. A macro sees one item: of a function that is called it knows the path, and neither the
//! types nor the body.
//!
//! So a call is taken to have the type that its context asks for (f32 where nothing does), and the expansion contains an
//! assertion for each call that compares this with the helper itself. Invariant: whatever was guessed is asserted.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::literals::Literals;
use super::signature::{leak, tidy};
use crate::ir::{Block, Function, Helper, ToConst, Type};

/// The helpers that an item calls.
#[derive(Default)]
pub(crate) struct Helpers {
    called: RefCell<Vec<Called>>,
    guesses: RefCell<Vec<Guess>>,
    /// What numbers without suffix were read as.
    pub(crate) literals: Literals,
}

struct Called {
    path: syn::Path,
    text: String,
}

/// What a call was taken for.
struct Guess {
    helper: u8,
    arguments: Vec<Type>,
    results: Vec<Type>,
    span: Span,
}

impl Helpers {
    /// The number of a helper.
    pub(crate) fn index(&self, path: &syn::Path) -> u8 {
        let text = tidy(path);
        let mut called = self.called.borrow_mut();
        let known = called.iter().position(|known| known.text == text);
        known.unwrap_or_else(|| {
            called.push(Called { path: path.clone(), text });
            called.len() - 1
        }) as u8
    }

    /// Notes what a call was taken for.
    pub(crate) fn guess(&self, helper: u8, arguments: Vec<Type>, results: Vec<Type>, tokens: &impl ToTokens) {
        let span = tokens.to_token_stream().span();
        self.guesses.borrow_mut().push(Guess { helper, arguments, results, span });
    }

    /// The helpers by name alone: all that writing the text of the caller takes.
    pub(crate) fn stubs(&self) -> &'static [&'static Helper] {
        let none = Block { start: 0, len: 0 };
        let function = Function { name: "", locals: &[], arguments: 0, exprs: &[], stmts: &[], lists: &[], body: none };
        let stub = |called: &Called| -> &'static Helper {
            let name = called.path.segments.last().map(|segment| segment.ident.to_string());
            let name = leak(name.unwrap_or_default());
            Box::leak(Box::new(Helper { name, path: "", results: &[], function, helpers: &[], text: "" }))
        };
        self.called.borrow().iter().map(stub).collect::<Vec<_>>().leak()
    }

    /// `const HELPERS` and the assertions, for a module inside the one that the item stands in.
    pub(crate) fn tokens(&self) -> TokenStream {
        let called = self.called.borrow();
        if called.is_empty() {
            return quote!();
        }
        let paths = called.iter().map(|called| {
            let path = one_level_down(&called.path);
            quote_spanned!(called.path.span()=> &#path::HELPER)
        });
        let mut seen = BTreeSet::new();
        let guesses = self.guesses.borrow();
        let assertions = guesses.iter().filter_map(|guess| {
            let types = |types: &[Type]| types.iter().map(ToConst::to_const).collect::<Vec<_>>();
            let (arguments, results) = (types(&guess.arguments), types(&guess.results));
            let index = usize::from(guess.helper);
            let text = format!("{index} {arguments:?} {results:?}");
            let message = mismatch(&called[index].text, &guess.arguments, &guess.results);
            seen.insert(text).then(|| {
                quote_spanned!(guess.span=> const _: () =
                    assert!(HELPERS[#index].takes(&[#(#arguments),*], &[#(#results),*]), #message);)
            })
        });
        let assertions: Vec<_> = assertions.collect();
        let span = called[0].path.span();
        let unambiguous = quote_spanned!(span=> const _: () = assert!(
            ir::Reached::from(HELPERS).is_unambiguous(),
            "two functions of the same name are called, from different modules: rename one of them"
        ););
        quote! {
            const HELPERS: &[&ir::Helper] = &[#(#paths),*];
            #(#assertions)*
            #unambiguous
        }
    }
}

fn mismatch(name: &str, arguments: &[Type], results: &[Type]) -> String {
    let list = |types: &[Type]| types.iter().map(|&ty| super::exprs::name_of(ty)).collect::<Vec<_>>().join(", ");
    format!(
        "this call was read as `{name}({}) -> ({})`, which is not what the function is: write the types of the variables and \
         literals, as in `let n: u32 = …` or `1u32`",
        list(arguments),
        list(results)
    )
}

/// A relative path as it is written in a module inside the one where it stands.
pub(crate) fn one_level_down(path: &syn::Path) -> TokenStream {
    let first = path.segments.first().filter(|_| path.leading_colon.is_none()).map(|segment| &segment.ident);
    match first {
        Some(first) if first == "self" => {
            let rest = path.segments.iter().skip(1);
            quote!(super::#(#rest)::*)
        }
        Some(first) if first == "super" => quote!(super::#path),
        _ => path.to_token_stream(),
    }
}
