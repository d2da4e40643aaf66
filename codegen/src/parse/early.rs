//! The body of a grid kernel for the CPU: what every item reads is read before the row, its own elements in one go.
//!
//! `image.get(at.index())` becomes an element of a row that was converted before, `range.get(0)` a value that was read before; which calls
//! these are, `analysis::always` tells. All other tokens stay the author's own.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Ident};

use super::signature::{Role, Signature};
use crate::analysis::{Always, always_read};
use crate::ir::Op;

/// A rewritten body.
pub(super) struct Early {
    /// `let` statements that read.
    pub(super) rows: Vec<TokenStream>,
    /// The body that uses them.
    pub(super) block: Block,
}

/// Rewrites a body; `None` if there is nothing that every item reads.
pub(super) fn early(block: &Block, item: &Ident, signature: &Signature, op: &Op) -> Option<Early> {
    let always = always_read(op);
    let mut block = block.clone();
    let mut visitor = Visitor { item, signature, always: &always, found: Vec::new() };
    visitor.visit_block_mut(&mut block);
    if visitor.found.is_empty() {
        return None;
    }
    let rows = visitor.found.iter().map(|(element, buffer)| {
        let name = name(*element);
        match element.index {
            None => {
                let row = format_ident!("kw_row_{}", element.input);
                quote!(let #row = kw_row.own(#buffer); let #name = #row.values();)
            }
            Some(index) => {
                let index = index as usize;
                quote!(let #name = #buffer.get(#index);)
            }
        }
    });
    let rows = std::iter::once(quote!(let kw_first = kw_row.first_index();)).chain(rows).collect();
    Some(Early { rows, block })
}

fn name(element: Always) -> Ident {
    match element.index {
        None => format_ident!("kw_own_{}", element.input),
        Some(index) => format_ident!("kw_read_{}_{index}", element.input),
    }
}

struct Visitor<'a> {
    item: &'a Ident,
    signature: &'a Signature,
    always: &'a [Always],
    /// With the name of the buffer.
    found: Vec<(Always, Ident)>,
}

impl Visitor<'_> {
    /// The element that a call reads, if every item reads it.
    fn element(&self, call: &syn::ExprMethodCall) -> Option<(Always, Ident)> {
        let Expr::Path(path) = &*call.receiver else { return None };
        let buffer = path.path.get_ident()?;
        let argument = self.signature.arguments.iter().find(|argument| argument.name == *buffer)?;
        let Role::Input(input) = &argument.role else { return None };
        let [index] = call.args.iter().collect::<Vec<_>>()[..] else { return None };
        let index = match index {
            Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => Some(number.base10_parse().ok()?),
            Expr::MethodCall(index) if index.method == "index" && index.args.is_empty() => {
                matches!(&*index.receiver, Expr::Path(path) if path.path.is_ident(self.item)).then_some(None)?
            }
            _ => return None,
        };
        let element = Always { input: *input, index };
        (call.method == "get" && self.always.contains(&element)).then(|| (element, buffer.clone()))
    }
}

impl VisitMut for Visitor<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::MethodCall(call) = expr
            && let Some((element, buffer)) = self.element(call)
        {
            let (name, item) = (name(element), self.item);
            *expr = match element.index {
                None => syn::parse_quote!(#name[#item.index() - kw_first]),
                Some(_) => syn::parse_quote!(#name),
            };
            if !self.found.iter().any(|(known, _)| *known == element) {
                self.found.push((element, buffer));
            }
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
    }
}
