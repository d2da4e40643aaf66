//! What changes inside a segment: jumps become masks, and neighbours at offsets that all lanes share are read before all conditions.
//!
//! Input: the statements of a segment. Output: the same statements, and the reads that stand before them. Invariant: a neighbour that is read
//! under no condition has a value for every lane, whether it takes part or not.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Ident};

use super::super::mentions::Bound;
use super::{Name, Writer, is_name};

/// Rewrites the jumps of a segment, and takes out of it the reading of neighbours at offsets that all lanes share: a neighbour that is read whatever
/// the conditions around it needs no masked load, which there is for few element types.
pub(super) struct Taps<'w, 'a> {
    pub(super) writer: &'w Writer<'a>,
    pub(super) bound: Bound,
    /// Whether there are segments after this one.
    pub(super) jumps: bool,
    /// Text of the call, and the statement that reads.
    pub(super) taps: Vec<(String, TokenStream)>,
}

impl Taps<'_, '_> {
    /// The neighbour's name, where the call reads one at such an offset.
    fn tap(&mut self, call: &syn::ExprMethodCall) -> Option<Ident> {
        let Writer { view, levels, .. } = self.writer;
        let center = call.method == "center" && call.args.is_empty();
        if levels.is_empty() || !is_name(&call.receiver, view) || !(center || call.method == "at") {
            return None;
        }
        if !call.args.iter().all(|part| self.is_plain(part)) {
            return None;
        }
        let text = call.to_token_stream().to_string();
        let known = self.taps.iter().position(|(known, _)| *known == text);
        let number = known.unwrap_or(self.taps.len());
        let name = format_ident!("kw_tap_{number}");
        if known.is_none() {
            let parts = &call.args;
            let read = if center { quote!(#view.center()) } else { quote!(#view.peek(#parts)) };
            self.taps.push((text, quote!(let #name = #read;)));
        }
        Some(name)
    }

    /// Whether it is a number or a name that all lanes share: what can be evaluated under any condition.
    fn is_plain(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Lit(_) => true,
            Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => matches!(&**expr, Expr::Lit(_)),
            Expr::Path(path) => path.path.get_ident().is_some_and(|name| {
                matches!(self.writer.lookup(name), Some(Name::Shared)) && !self.bound.0.contains(&name.to_string())
            }),
            _ => false,
        }
    }
}

/// What stands for a jump within a segment.
fn jump(mask: Option<&Ident>, value: Option<&Expr>) -> Expr {
    let value = value.map(|value| quote!(kw_value = #value;));
    let mask = mask.map(|mask| {
        let flag = format_ident!("{mask}_lane");
        quote!(#flag = true;)
    });
    syn::parse_quote!({ #value #mask break 'kw_lane; })
}

impl VisitMut for Taps<'_, '_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let level = self.writer.levels.last();
        match expr {
            // These belong to the loop itself.
            Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {
                let Writer { view, method, .. } = self.writer;
                let (writer, bound) = (&Writer::new(view, method), Bound::default());
                visit_mut::visit_expr_mut(&mut Taps { writer, bound, jumps: self.jumps, taps: Vec::new() }, expr);
            }
            Expr::Return(found) => {
                if let Some(value) = &mut found.expr {
                    self.visit_expr_mut(value);
                }
                let ended = format_ident!("kw_ended");
                *expr = jump(self.jumps.then_some(&ended), found.expr.as_deref());
            }
            Expr::Break(_) => {
                if let Some(level) = level {
                    *expr = jump(level.gone.as_ref(), None);
                }
            }
            Expr::Continue(_) => {
                if let Some(level) = level {
                    *expr = jump(level.next.as_ref(), None);
                }
            }
            Expr::MethodCall(call) => match self.tap(call) {
                Some(name) => *expr = syn::parse_quote!(#name),
                None => visit_mut::visit_expr_mut(self, expr),
            },
            _ => visit_mut::visit_expr_mut(self, expr),
        }
    }
}
