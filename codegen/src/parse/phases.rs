//! Phases: what the lanes of a group do, one after the other, in a grid operation whose lanes share memory.
//!
//! A block that stands by itself is a phase; all lanes finish it before any goes on. What stands around phases (`let`, loops, `if`) is the same
//! for all lanes, so that all of them meet at its end. A variable of a phase ends with it, by Rust's own rules; what a lane keeps from one
//! phase to the next are the arrays that stand outside, `let mut kept = [0.0; 16];`, of which each lane has its own.
//!
//! For the CPU a phase is a loop over lanes, and such an array an array of arrays:
//!
//! ```text
//! let mut kept = [0.0; 2];                     let mut kept = [[0.0; 2]; 64];
//! {                                       →    for kw_lane in 0..64 { let at = at.of(kw_lane); let kept = &mut kept[kw_lane];
//!     kept[0] = line.get(at.lane());               kept[0] = line.get(at.lane());
//! }                                            }
//! ```
//!
//! Invariant: nothing that differs between lanes is read outside of a phase, and nothing that lanes have in common is written inside of one but
//! what they share, elements of buffers, and their own arrays.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Block, Expr, ExprMethodCall, Ident, Pat, Stmt as SynStmt};

use super::body::{Binding, Lower, Target};
use super::signature::{Role, Signature};
use crate::ir::{Expr as IrExpr, ExprId, LocalId, Stmt, Type};

/// Where a statement stands.
#[derive(Clone, Default)]
pub(crate) struct Place {
    /// Whether the operation has lanes.
    lanes: bool,
    /// In a phase: how many locals stand before it.
    phase: Option<u32>,
    /// The arrays of which every lane has its own.
    arrays: HashSet<LocalId>,
}

impl Place {
    pub(super) fn of(signature: &Signature) -> Place {
        Place { lanes: signature.lanes.is_some(), ..Place::default() }
    }

    /// Whether what is here is the same for all lanes.
    pub(super) fn is_outside(&self) -> bool {
        self.lanes && self.phase.is_none()
    }

    /// Whether each lane has an array of that name for itself, from phase to phase.
    pub(super) fn is_of_lanes(&self, local: LocalId) -> bool {
        self.arrays.contains(&local)
    }
}

impl Lower<'_> {
    /// A block that stands by itself, outside of phases.
    pub(super) fn phase(&mut self, block: &syn::ExprBlock) {
        self.place.phase = Some(self.builder.locals());
        let loops = std::mem::take(&mut self.loops);
        let body = self.scoped(&block.block.stmts, Target::Nothing);
        self.loops = loops;
        self.place.phase = None;
        self.builder.stmt(Stmt::Phase { body });
    }

    /// Refuses something that differs between lanes where all of them do the same.
    pub(super) fn within_phase(&self, tokens: impl ToTokens, what: &str) -> Option<()> {
        if self.place.is_outside() {
            let remedy = "use it in a phase: a block `{ … }` of its own, in which each lane does its part";
            return self.refuse(tokens, format!("{what} has no meaning outside of a phase"), remedy);
        }
        Some(())
    }

    /// Whether a variable may be changed here. In a phase those from outside may not: they are the same for all lanes.
    pub(super) fn changes(&self, local: LocalId, tokens: impl ToTokens) -> bool {
        let shared = self.place.phase.is_some_and(|locals| local.0 < locals);
        if shared {
            self.diagnostics.report(
                tokens,
                "a variable from outside of the phase is the same for all lanes",
                "declare it in the phase; what a lane keeps for later phases is an array outside: `let mut kept = [0.0; 1];`",
            );
        }
        !shared
    }

    /// An array that changes and stands outside of phases is one for each lane.
    pub(super) fn declares_array(&mut self, local: LocalId) {
        if self.place.is_outside() && self.builder.local_info(local).mutable {
            self.place.arrays.insert(local);
        }
    }

    /// Reports a statement that leaves a phase before its end; also `return` between phases.
    pub(super) fn leaves_phase(&self, expr: &Expr) -> bool {
        let leaves = match expr {
            Expr::Return(_) => self.place.lanes,
            _ => self.place.phase.is_some() && self.loops == 0,
        };
        if leaves {
            let remedy = "put what follows into an `if`";
            self.diagnostics.report(expr, "all lanes of a group go through every phase to its end", remedy);
        }
        leaves
    }

    /// The index of what a call reads or writes.
    fn shared_index(&mut self, call: &ExprMethodCall) -> Option<ExprId> {
        self.within_phase(&call.method, "what lanes share")?;
        self.typed(call.args.first()?, Type::Index)
    }

    /// `shared.get(i)`.
    pub(super) fn shared(&mut self, call: &ExprMethodCall, number: u8) -> Option<ExprId> {
        let ty = self.signature.shared[usize::from(number)].ty;
        match (call.method.to_string().as_str(), call.args.len()) {
            ("get", 1) => {
                let index = self.shared_index(call)?;
                Some(self.builder.expr(IrExpr::Shared { array: number, index }, ty))
            }
            ("store", 2) => self.refuse(&call.method, "`store` has no value", "make it a statement of its own"),
            _ => self.unknown_method(call, &["get", "store"]),
        }
    }

    /// `shared.store(i, value);`. Whether it was one.
    pub(super) fn share(&mut self, call: &ExprMethodCall) -> bool {
        let Expr::Path(path) = &*call.receiver else { return false };
        let binding = path.path.get_ident().and_then(|name| self.lookup(name));
        let Some(Binding::Argument(Role::Shared(array))) = binding else { return false };
        if call.method != "store" || call.args.len() != 2 {
            return false;
        }
        let ty = self.signature.shared[usize::from(array)].ty;
        let index = self.shared_index(call);
        let value = self.typed(&call.args[1], ty);
        if let (Some(index), Some(value)) = (index, value) {
            self.builder.stmt(Stmt::Share { array, index, value });
        }
        true
    }
}

/// The body for the CPU: phases as loops over the lanes.
pub(super) fn native(block: &Block, at: &Ident, lanes: u32) -> Block {
    let mut writer = Writer { at, lanes: lanes as usize, arrays: Vec::new() };
    writer.block(block)
}

struct Writer<'a> {
    at: &'a Ident,
    lanes: usize,
    /// The arrays that stand outside of phases, so far.
    arrays: Vec<Ident>,
}

impl Writer<'_> {
    fn block(&mut self, block: &Block) -> Block {
        let known = self.arrays.len();
        let stmts = block.stmts.iter().map(|stmt| self.statement(stmt)).collect();
        self.arrays.truncate(known);
        Block { brace_token: block.brace_token, stmts }
    }

    fn statement(&mut self, stmt: &SynStmt) -> SynStmt {
        match stmt {
            SynStmt::Expr(expr, semicolon) => SynStmt::Expr(self.expression(expr), *semicolon),
            SynStmt::Local(local) => SynStmt::Local(self.local(local)),
            other => other.clone(),
        }
    }

    fn expression(&mut self, expr: &Expr) -> Expr {
        match expr {
            Expr::Block(block) => self.phase(&block.block),
            Expr::If(branch) => Expr::If(self.branch(branch)),
            Expr::ForLoop(each) => Expr::ForLoop(syn::ExprForLoop { body: self.block(&each.body), ..each.clone() }),
            Expr::While(each) => Expr::While(syn::ExprWhile { body: self.block(&each.body), ..each.clone() }),
            Expr::Loop(each) => Expr::Loop(syn::ExprLoop { body: self.block(&each.body), ..each.clone() }),
            other => other.clone(),
        }
    }

    fn branch(&mut self, branch: &syn::ExprIf) -> syn::ExprIf {
        let otherwise = branch.else_branch.as_ref().map(|(token, otherwise)| {
            let otherwise = match &**otherwise {
                Expr::If(branch) => Expr::If(self.branch(branch)),
                Expr::Block(block) => Expr::Block(syn::ExprBlock { block: self.block(&block.block), ..block.clone() }),
                other => other.clone(),
            };
            (*token, Box::new(otherwise))
        });
        let then_branch = self.block(&branch.then_branch);
        syn::ExprIf { then_branch, else_branch: otherwise, ..branch.clone() }
    }

    fn phase(&self, block: &Block) -> Expr {
        let (at, lanes, stmts) = (self.at, self.lanes, &block.stmts);
        let mentioned = self.arrays.iter().filter(|array| mentions(&quote!(#(#stmts)*), array));
        syn::parse_quote! {{
            #at.begin_phase();
            for kw_lane in 0..#lanes {
                let #at = #at.of(kw_lane);
                #(let #mentioned = &mut #mentioned[kw_lane];)*
                #(#stmts)*
            }
        }}
    }

    fn local(&mut self, local: &syn::Local) -> syn::Local {
        let (pattern, ty) = match &local.pat {
            Pat::Type(typed) => (&*typed.pat, Some(&typed.ty)),
            pattern => (pattern, None),
        };
        let (Pat::Ident(syn::PatIdent { ident, mutability: Some(_), .. }), Some(init)) = (pattern, &local.init) else {
            return local.clone();
        };
        if !matches!(*init.expr, Expr::Array(_) | Expr::Repeat(_)) {
            return local.clone();
        }
        self.arrays.push(ident.clone());
        let (lanes, value) = (self.lanes, &init.expr);
        let stmt: SynStmt = match ty {
            Some(ty) => syn::parse_quote!(let mut #ident: [#ty; #lanes] = [#value; #lanes];),
            None => syn::parse_quote!(let mut #ident = [#value; #lanes];),
        };
        match stmt {
            SynStmt::Local(local) => local,
            _ => local.clone(),
        }
    }
}

/// Whether a name stands anywhere among tokens.
fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(body: &str) -> String {
        let block: Block = syn::parse_str(body).expect("a block");
        let found = native(&block, &quote::format_ident!("at"), 64);
        found.to_token_stream().to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn phases_are_loops_over_lanes() {
        let found = rewritten("{ let mut kept = [0.0; 2]; let n = 3; { kept[0] = line.get(n); } }");
        let order = [
            "let mut kept = [[0.0 ; 2] ; 64usize] ;",
            "let n = 3 ;",
            "at . begin_phase () ; for kw_lane in 0 .. 64usize { let at = at . of (kw_lane) ; let kept = & mut kept [kw_lane] ;",
            "kept [0] = line . get (n) ; } }",
        ];
        let mut rest = &found[..];
        for part in order {
            let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` is not in what is left: {rest}"));
            rest = &rest[at + part.len()..];
        }
    }

    #[test]
    fn loops_and_branches_around_phases_stay() {
        let found = rewritten(
            "{ for i in 0..n { if i > 1 { { f(i); } } else { x += 1; { { g(i); } } } } while n > 0 { n -= 1; } }",
        );
        assert_eq!(found.matches("for kw_lane in").count(), 2, "{found}");
        assert!(found.contains("else { x += 1 ; { at . begin_phase"), "{found}");
        assert!(found.contains("{ g (i) ; }"), "a block in a phase is a block: {found}");
    }

    #[test]
    fn only_arrays_that_change_are_of_lanes() {
        let found = rewritten(
            "{ let table = [1.0, 2.0]; let mut kept: [f32; 1] = [0.0]; { x.store(0, table[1]); } { kept[0] = 1.0; } }",
        );
        assert!(found.contains("let table = [1.0 , 2.0] ;"), "{found}");
        assert!(found.contains("let mut kept : [[f32 ; 1] ; 64usize] = [[0.0] ; 64usize] ;"), "{found}");
        assert_eq!(found.matches("& mut kept").count(), 1, "only where it is mentioned: {found}");
    }
}
