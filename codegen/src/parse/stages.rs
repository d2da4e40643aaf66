//! Rewriting the Rust body for the CPU: a window that is reduced by one call becomes an element of a row that was computed before.
//!
//! `w.ellipsoid(radius).max()` → `kw_stage_0[kw_x]`, with `let kw_stage_0 = kw_row.stage_max::<f32>(0);` in front. Only such calls change; all
//! other tokens stay the author's own. A body that reduces nothing is called as it is.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{Block, Expr};

use super::diagnostics::Diagnostics;
use super::signature::Signature;
use super::windows::{ReduceCall, Windows};
use crate::ir::Reducer;

/// A rewritten body.
pub(super) struct Staged {
    /// `let` statements that compute the rows.
    pub(super) rows: Vec<TokenStream>,
    /// The body that reads them.
    pub(super) block: Block,
}

/// Rewrites a body; `None` if it reduces no window.
pub(super) fn stage(block: &Block, signature: &Signature, windows: &Windows, element: &TokenStream) -> Option<Staged> {
    let quiet = Diagnostics::default();
    let mut block = block.clone();
    let mut visitor = Visitor { signature, windows, quiet: &quiet, calls: Vec::new() };
    visitor.visit_block_mut(&mut block);
    if visitor.calls.is_empty() {
        return None;
    }
    let rows = visitor
        .calls
        .iter()
        .enumerate()
        .map(|(number, call)| {
            let name = format_ident!("kw_stage_{number}");
            let index = usize::from(call.index);
            match call.reducer {
                Reducer::Max => quote!(let #name = kw_row.stage_max::<#element>(#index);),
                Reducer::Min => quote!(let #name = kw_row.stage_min::<#element>(#index);),
                Reducer::Median => quote!(let #name = kw_row.stage_median::<#element>(#index);),
                Reducer::Percentile { param } => {
                    let param = usize::from(param);
                    quote!(let #name = kw_row.stage_percentile::<#element>(#index, #param);)
                }
                Reducer::Mode => quote!(let #name = kw_row.stage_mode::<#element>(#index);),
                Reducer::Sum => quote!(let #name = kw_row.stage_sum(#index);),
                Reducer::Count => quote!(let #name = kw_row.stage_count(#index);),
                Reducer::WeightedSum => quote!(let #name = kw_row.stage_weighted_sum(#index);),
            }
        })
        .collect();
    Some(Staged { rows, block })
}

struct Visitor<'a> {
    signature: &'a Signature,
    windows: &'a Windows,
    quiet: &'a Diagnostics,
    calls: Vec<ReduceCall>,
}

impl VisitMut for Visitor<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::MethodCall(call) = expr
            && let Some(found) = self.windows.reduce(call, self.signature, self.quiet)
        {
            let known = self.calls.iter().position(|call| call.reducer == found.reducer && call.index == found.index);
            let number = known.unwrap_or_else(|| {
                self.calls.push(found);
                self.calls.len() - 1
            });
            let name = format_ident!("kw_stage_{number}");
            *expr = syn::parse_quote!(#name[kw_x]);
            return;
        }
        syn::visit_mut::visit_expr_mut(self, expr);
    }
}
