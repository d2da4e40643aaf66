//! The body for a block of voxels at once, where it loops: rounds outside, voxels inside.
//!
//! A loop whose rounds are the same for all voxels (over a window, its offsets, a range between bounds that no voxel decides) keeps the
//! loop over voxels that is around the body from being vectorised. Here the two change places. What stands before, in and after such
//! a loop becomes *segments*, each a loop over the voxels of a block, the *lanes*; a variable that a later segment reads is an array of
//! one element per lane. The author's tokens stay as they are, so each voxel sees the same operations in the same order.
//!
//! ```text
//! let c = w.center();                    for lane { c[lane] = w.center() }
//! let mut sum = 0.0;                     for lane { sum[lane] = 0.0 }
//! for v in w.cuboid(radius) {       →    for offset { for lane { sum[lane] += w.at(offset) - c[lane] } }
//!     sum += v - c;
//! }
//! sum                                    for lane { out[lane] = sum[lane] }
//! ```
//!
//! `return`, `break` and `continue` become masks: a lane that has left takes no part in the segments that it has left, and what no lane
//! takes part in is not evaluated.
//!
//! Input: the body as `native` and `stages` leave it. Output: statements over `kw_block`, the lanes, and `kw_out`, their results; `None`
//! for a body without such a loop, and for one in which a name of one segment hides that of another: these run voxel by voxel.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{Block, Expr, ExprForLoop, ExprIf, Ident, Lifetime, Local, Pat, Stmt};

use super::mentions::{Bound, Jumps, Loops, Mentions, is_compound};
use super::signature::names_of;
use taps::Taps;

/// What a view has the same for all voxels of a block.
const SHARED: [&str; 3] = ["extent_x", "extent_y", "extent_z"];

/// Rounds in one go.
const GROUP: usize = 4;

/// Windows, each with the number of its offsets' parts.
const SHAPES: [(&str, usize); 4] = [("cuboid", 3), ("ellipsoid", 3), ("diamond", 3), ("window", 1)];

/// Rewrites a body; `view` is the argument that it looks through, `method` makes that for a lane.
pub(super) fn blocks(block: &Block, view: &Ident, method: &str) -> Option<TokenStream> {
    rewrite(block, view, method, None)
}

/// The same for a body that loops over neighbours of `source` under kernels; `at` is its position.
pub(super) fn blocks_under(block: &Block, source: &Ident, at: &Ident) -> Option<TokenStream> {
    rewrite(block, at, "position", Some(source))
}

fn rewrite(block: &Block, view: &Ident, method: &str, source: Option<&Ident>) -> Option<TokenStream> {
    let method = format_ident!("{method}");
    let mut stmts = block.stmts.clone();
    // A `return` at the end is the value.
    if let Some(Stmt::Expr(Expr::Return(syn::ExprReturn { expr: Some(value), .. }), _)) = stmts.last() {
        let value = Stmt::Expr((**value).clone(), None);
        stmts.pop();
        stmts.push(value);
    }
    let mut writer = Writer { source, ..Writer::new(view, &method) };
    let body = writer.statements(&stmts, true)?;
    if !writer.loops {
        return None;
    }
    let arrays = writer.arrays.iter().map(|array| quote!(let mut #array = [Default::default(); rt::BLOCK];));
    let body = match writer.returns {
        true => quote!(let mut kw_ended = kw_block.mask(); 'kw_all: { #body }),
        false => body,
    };
    Some(quote!(let #view = kw_block.#method(0); #(#arrays)* #body))
}

/// A body that ends with `source.method(x, y, z)` and in no other way, as one that ends with the place, `[x, y, z]`.
pub(super) fn place(block: &Block, source: &Ident, method: &str) -> Option<Block> {
    let mut block = block.clone();
    let Some(Stmt::Expr(Expr::MethodCall(call), None)) = block.stmts.last() else { return None };
    if call.method != method || !is_name(&call.receiver, source) || Jumps::of(&block.stmts).returns {
        return None;
    }
    let parts = &call.args;
    let place = Stmt::Expr(syn::parse_quote!([#parts]), None);
    block.stmts.pop();
    block.stmts.push(place);
    Some(block)
}

/// What a name stands for that segments share.
enum Name {
    /// The same for all lanes.
    Shared,
    /// An array.
    Lanes(Ident),
    /// The neighbour that this reads.
    Tap(TokenStream),
}

/// A loop around segments, and the masks that it has.
struct Level {
    label: Lifetime,
    gone: Option<Ident>,
    next: Option<Ident>,
}

struct Writer<'a> {
    view: &'a Ident,
    method: &'a Ident,
    /// The source whose neighbours under kernels are loops of the body.
    source: Option<&'a Ident>,
    scopes: Vec<Vec<(Ident, Name)>>,
    levels: Vec<Level>,
    arrays: Vec<Ident>,
    numbers: usize,
    /// Whether a loop changed places.
    loops: bool,
    /// Whether a lane may have returned.
    returns: bool,
}

impl<'a> Writer<'a> {
    fn new(view: &'a Ident, method: &'a Ident) -> Writer<'a> {
        Writer {
            view,
            method,
            source: None,
            scopes: vec![Vec::new()],
            levels: Vec::new(),
            arrays: Vec::new(),
            numbers: 0,
            loops: false,
            returns: false,
        }
    }

    fn number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers - 1
    }

    fn lookup(&self, name: &Ident) -> Option<&Name> {
        self.scopes.iter().flatten().find(|(known, _)| known == name).map(|(_, name)| name)
    }

    fn scoped(&mut self, names: Vec<(Ident, Name)>, stmts: &[Stmt]) -> Option<TokenStream> {
        if names.iter().any(|(name, _)| self.lookup(name).is_some()) {
            return None;
        }
        self.scopes.push(names);
        let body = self.statements(stmts, false);
        self.scopes.pop();
        body
    }

    /// Statements of a block; `body` if it is the function's.
    fn statements(&mut self, stmts: &[Stmt], body: bool) -> Option<TokenStream> {
        let mut out = TokenStream::new();
        let mut pending: Vec<&Stmt> = Vec::new();
        for (position, stmt) in stmts.iter().enumerate() {
            let value = body && position + 1 == stmts.len() && matches!(stmt, Stmt::Expr(_, None));
            let declared = declared(&pending)?;
            let whole = match stmt {
                _ if value => false,
                Stmt::Expr(Expr::ForLoop(each), _) => self.rounds(each, &declared).is_some(),
                Stmt::Expr(Expr::Block(inner), _) => inner.label.is_none() && Loops::any(stmt),
                Stmt::Expr(Expr::If(branch), _) => self.is_shared_branch(branch, &declared) && Loops::any(stmt),
                Stmt::Local(local) => self.shared_let(local, &declared).is_some(),
                _ => false,
            };
            if !whole {
                pending.push(stmt);
                continue;
            }
            let segment = self.segment(&std::mem::take(&mut pending), &stmts[position..], false, &[])?;
            let whole = match stmt {
                Stmt::Expr(Expr::ForLoop(each), _) => self.each(each)?,
                Stmt::Expr(Expr::Block(inner), _) => {
                    let inner = self.scoped(Vec::new(), &inner.block.stmts)?;
                    quote!({ #inner })
                }
                Stmt::Expr(Expr::If(branch), _) => self.branch(branch)?,
                Stmt::Local(local) => {
                    let name = self.shared_let(local, &HashSet::new())?.clone();
                    if self.lookup(&name).is_some() {
                        return None;
                    }
                    self.scopes.last_mut()?.push((name, Name::Shared));
                    quote!(#local)
                }
                _ => return None,
            };
            out.extend(quote!(#segment #whole));
        }
        let value = body && matches!(stmts.last(), Some(Stmt::Expr(_, None)));
        out.extend(self.segment(&pending, &[], value, &[])?);
        Some(out)
    }

    fn branch(&mut self, branch: &ExprIf) -> Option<TokenStream> {
        let condition = &branch.cond;
        let then = self.scoped(Vec::new(), &branch.then_branch.stmts)?;
        let otherwise = match branch.else_branch.as_ref().map(|(_, otherwise)| &**otherwise) {
            None => TokenStream::new(),
            Some(Expr::If(branch)) => {
                let branch = self.branch(branch)?;
                quote!(else { #branch })
            }
            Some(Expr::Block(block)) => {
                let block = self.scoped(Vec::new(), &block.block.stmts)?;
                quote!(else { #block })
            }
            _ => return None,
        };
        Some(quote!(if #condition { #then } #otherwise))
    }

    /// A loop with the lanes inside.
    fn each(&mut self, each: &ExprForLoop) -> Option<TokenStream> {
        self.loops = true;
        let number = self.number();
        let Rounds { mut iterator, pattern, taps } = self.rounds(each, &HashSet::new())?;
        let view = self.view;
        let mut names: Vec<_> = names_of(&each.pat).into_iter().map(|name| (name, Name::Shared)).collect();
        let (pattern, tap) = match taps {
            Taken::Nothing => (pattern, None),
            Taken::Offset(parts) => {
                let parts = (0..parts).map(|part| format_ident!("kw_d{number}_{part}"));
                let parts = quote!(#(#parts),*);
                (quote!((#parts)), Some((each.pat.to_token_stream(), quote!(#view.peek(#parts)), names_of(&each.pat))))
            }
            Taken::Under(pair) => {
                let [value, weight] = *pair;
                let row = format_ident!("kw_row_{number}");
                (quote!((#row, #weight)), Some((value.to_token_stream(), quote!(#row[kw_lane]), names_of(&value))))
            }
        };
        if let Some((_, read, taken)) = &tap {
            let taken = names.iter_mut().filter(|(name, _)| taken.contains(name));
            taken.for_each(|(_, name)| *name = Name::Tap(read.clone()));
        }
        // Where a condition that is the same for all lanes is around the whole round, it says which rounds there are.
        let mut stmts = &each.body.stmts[..];
        if let ([Stmt::Expr(Expr::If(branch), _)], true) = (stmts, self.source.is_some())
            && branch.else_branch.is_none()
        {
            let hidden = names.iter().any(|(name, _)| self.lookup(name).is_some());
            self.scopes.push(names);
            let shared = !hidden && self.is_shared(&branch.cond, &HashSet::new());
            names = self.scopes.pop()?;
            if let (true, Some((_, _, taken))) = (shared, &tap) {
                let (condition, weight) = (&branch.cond, names.iter().filter(|(name, _)| !taken.contains(name)));
                let weight = weight.map(|(name, _)| quote!(#name)).next().unwrap_or(quote!(_));
                iterator = quote!(#iterator.filter(|&(_, #weight)| #condition));
                stmts = &branch.then_branch.stmts;
            }
        }
        let tap = tap.map(|(name, read, _)| quote!(let #name = #read;));
        let jumps = Jumps::of(stmts);
        self.returns |= jumps.returns;
        let gone = jumps.breaks.then(|| format_ident!("kw_gone_{number}"));
        let grouped = !stmts.iter().any(Loops::any);
        // In a group it is enough to leave the round.
        let next = (jumps.continues && !grouped).then(|| format_ident!("kw_next_{number}"));
        let label = Lifetime::new(&format!("'kw_rounds_{number}"), proc_macro2::Span::call_site());
        let before = gone.as_ref().map(|gone| quote!(let mut #gone = kw_block.mask();));
        let first = next.as_ref().map(|next| quote!(let mut #next = kw_block.mask();));
        let labelled = (gone.is_some() || next.is_some()).then(|| quote!(#label:));
        self.levels.push(Level { label, gone, next });
        let rounds = if grouped {
            self.group(stmts, &pattern, tap.as_ref(), names)
                .map(|body| quote!((kw_group, kw_count) in rt::groups(#iterator) { #body }))
        } else {
            self.scoped(names, stmts).map(|body| quote!(#pattern in #iterator { #first #body }))
        };
        self.levels.pop();
        let rounds = rounds?;
        Some(quote!(#before #labelled for #rounds))
    }

    /// Several rounds of an innermost loop in one go, or fewer one by one: between rounds of one go the variables stay in registers.
    fn group(
        &mut self,
        stmts: &[Stmt],
        pattern: &TokenStream,
        tap: Option<&TokenStream>,
        mut names: Vec<(Ident, Name)>,
    ) -> Option<TokenStream> {
        if names.iter().any(|(name, _)| self.lookup(name).is_some()) {
            return None;
        }
        // Each round introduces them itself.
        names.iter_mut().for_each(|(_, name)| *name = Name::Shared);
        let stmts: Vec<_> = stmts.iter().collect();
        let rounds = |round: TokenStream| quote!(let #pattern = #round; #tap);
        self.scopes.push(names);
        let all = (0..GROUP).map(|round| rounds(quote!(kw_group[#round]))).collect::<Vec<_>>();
        let all = self.segment(&stmts, &[], false, &all);
        let one = self.segment(&stmts, &[], false, &[rounds(quote!(kw_one))]);
        self.scopes.pop();
        let (all, one) = (all?, one?);
        Some(quote!(if kw_count == #GROUP { #all } else { for &kw_one in &kw_group[..kw_count] { #one } }))
    }

    /// How a loop runs, if that is the same for all lanes.
    fn rounds(&self, each: &ExprForLoop, declared: &HashSet<String>) -> Option<Rounds> {
        let (expr, pattern) = (&each.expr, each.pat.to_token_stream());
        let plain = match &**expr {
            Expr::Paren(inner) => &*inner.expr,
            other => other,
        };
        match plain {
            Expr::Range(range) => {
                let bounds =
                    [&range.start, &range.end].into_iter().flatten().all(|bound| self.is_shared(bound, declared));
                bounds.then(|| Rounds { iterator: expr.to_token_stream(), pattern, taps: Taken::Nothing })
            }
            Expr::MethodCall(call) if call.method == "offsets" => {
                self.shape(&call.receiver)?;
                Some(Rounds { iterator: expr.to_token_stream(), pattern, taps: Taken::Nothing })
            }
            Expr::MethodCall(call) if call.method == "under" => {
                let [kernel, _, reflected] = call.args.iter().collect::<Vec<_>>()[..] else { return None };
                let Pat::Tuple(pair) = &*each.pat else { return None };
                let [value, weight] = pair.elems.iter().collect::<Vec<_>>()[..] else { return None };
                (is_name(&call.receiver, self.source?) && self.is_shared(kernel, declared)).then_some(())?;
                let iterator = quote!(kw_block.rounds(#kernel, #reflected));
                Some(Rounds { iterator, pattern, taps: Taken::Under(Box::new([value.clone(), weight.clone()])) })
            }
            window => {
                let parts = self.shape(window)?;
                Some(Rounds { iterator: quote!(#expr.offsets()), pattern, taps: Taken::Offset(parts) })
            }
        }
    }

    /// The parts of an offset within a window of the view.
    fn shape(&self, expr: &Expr) -> Option<usize> {
        let Expr::MethodCall(call) = expr else { return None };
        let &(_, parts) = SHAPES.iter().find(|(shape, _)| call.method == shape)?;
        (is_name(&call.receiver, self.view)
            && call.args.iter().all(|radius| matches!(radius, Expr::Lit(_) | Expr::Path(_))))
        .then_some(parts)
    }

    /// The name that a `let` gives to a value which is the same for all lanes.
    fn shared_let<'l>(&self, local: &'l Local, declared: &HashSet<String>) -> Option<&'l Ident> {
        let pattern = match &local.pat {
            Pat::Type(typed) => &*typed.pat,
            pattern => pattern,
        };
        let Pat::Ident(syn::PatIdent { mutability: None, by_ref: None, subpat: None, ident, .. }) = pattern else {
            return None;
        };
        let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
        self.is_shared(&init.expr, declared).then_some(ident)
    }

    fn is_shared_branch(&self, branch: &ExprIf, declared: &HashSet<String>) -> bool {
        let otherwise = match branch.else_branch.as_ref().map(|(_, otherwise)| &**otherwise) {
            None | Some(Expr::Block(_)) => true,
            Some(Expr::If(branch)) => self.is_shared_branch(branch, declared),
            _ => false,
        };
        otherwise && self.is_shared(&branch.cond, declared)
    }

    /// Whether a value is the same for all lanes. `declared` are names of the segment that stands before it.
    fn is_shared(&self, expr: &Expr, declared: &HashSet<String>) -> bool {
        let shared = |expr: &Expr| self.is_shared(expr, declared);
        match expr {
            Expr::Lit(_) => true,
            Expr::Path(path) => path.path.get_ident().is_none_or(|name| {
                // What has no meaning here is a constant or a function.
                let known = matches!(self.lookup(name), None | Some(Name::Shared));
                known && name != self.view && name != "kw_x" && !declared.contains(&name.to_string())
            }),
            Expr::Paren(inner) => shared(&inner.expr),
            Expr::Group(inner) => shared(&inner.expr),
            Expr::Unary(unary) => shared(&unary.expr),
            Expr::Cast(cast) => shared(&cast.expr),
            Expr::Field(field) => shared(&field.base),
            Expr::Tuple(tuple) => tuple.elems.iter().all(shared),
            Expr::Binary(binary) => !is_compound(&binary.op) && shared(&binary.left) && shared(&binary.right),
            // The function may be the block of `native` that compares it with that of the language.
            Expr::Call(call) => matches!(&*call.func, Expr::Path(_) | Expr::Block(_)) && call.args.iter().all(shared),
            Expr::MethodCall(call) if is_name(&call.receiver, self.view) => {
                SHARED.iter().any(|method| call.method == method)
            }
            Expr::MethodCall(call) if self.shape(&call.receiver).is_some() => call.method == "count",
            Expr::MethodCall(call) => shared(&call.receiver) && call.args.iter().all(shared),
            _ => false,
        }
    }

    /// A loop over the lanes; `rest` is what may read its variables, `value` whether it ends with the function's result. There is a round of the
    /// statements for each of `rounds`, which stands before it.
    fn segment(&mut self, stmts: &[&Stmt], rest: &[Stmt], value: bool, rounds: &[TokenStream]) -> Option<TokenStream> {
        if stmts.is_empty() {
            return Some(TokenStream::new());
        }
        let mut own: Vec<Stmt> = stmts.iter().map(|&stmt| stmt.clone()).collect();
        let (names, later, jumps) = (Mentions::of(&own), Mentions::of(rest), Jumps::of(&own));
        let method = self.method;
        let view = self.view;
        let mut taps = Taps { writer: self, bound: Bound::of(&own), jumps: !value, taps: Vec::new() };
        own.iter_mut().for_each(|stmt| taps.visit_stmt_mut(stmt));
        let taps: Vec<_> = taps.taps.into_iter().map(|(_, tap)| tap).collect();

        // What it takes over and hands on.
        let (mut before, mut after, mut kept) = (TokenStream::new(), TokenStream::new(), TokenStream::new());
        for (name, meaning) in self.scopes.iter().flatten().filter(|(name, _)| names.read.contains(&name.to_string())) {
            match meaning {
                Name::Shared => {}
                Name::Tap(read) => before.extend(quote!(let #name = #read;)),
                Name::Lanes(array) if names.written.contains(&name.to_string()) => {
                    before.extend(quote!(let mut #name = #array[kw_lane];));
                    after.extend(quote!(#array[kw_lane] = #name;));
                }
                Name::Lanes(array) => before.extend(quote!(let #name = #array[kw_lane];)),
            }
        }
        for name in bound_names(stmts)? {
            if self.lookup(&name).is_some() {
                return None;
            }
            if later.read.contains(&name.to_string()) {
                if holds_array(stmts, &name) {
                    return None;
                }
                let number = self.number();
                let (array, new) = (format_ident!("kw_lanes_{number}"), format_ident!("kw_new_{number}"));
                before.extend(quote!(let mut #new = #array[kw_lane];));
                kept.extend(quote!(#new = #name;));
                after.extend(quote!(#array[kw_lane] = #new;));
                self.arrays.push(array.clone());
                self.scopes.last_mut()?.push((name, Name::Lanes(array)));
            }
        }

        // Who takes part, and who leaves.
        let mut masks: Vec<_> = self.returns.then(|| format_ident!("kw_ended")).into_iter().collect();
        masks.extend(self.levels.iter().flat_map(|level| [level.gone.clone(), level.next.clone()]).flatten());
        let inner = self.levels.last();
        if jumps.returns && !value {
            self.returns = true;
        }
        let mut leaves: Vec<Ident> = Vec::new();
        if !value {
            leaves.extend(jumps.returns.then(|| format_ident!("kw_ended")));
            leaves.extend(inner.filter(|_| jumps.breaks).and_then(|level| level.gone.clone()));
            leaves.extend(inner.filter(|_| jumps.continues).and_then(|level| level.next.clone()));
        }
        let flag = |mask: &Ident| format_ident!("{mask}_lane");
        let all: Vec<_> = masks.iter().chain(leaves.iter().filter(|leave| !masks.contains(leave))).collect();
        for mask in all {
            let flag = flag(mask);
            before.extend(quote!(let mut #flag = #mask[kw_lane];));
            if leaves.contains(mask) {
                after.extend(quote!(#mask[kw_lane] = #flag;));
            }
        }
        let guards = masks.iter().map(|mask| {
            let flag = flag(mask);
            quote!(if #flag { break 'kw_lane; })
        });
        let guards: TokenStream = guards.collect();
        if value || jumps.returns {
            before.extend(quote!(let mut kw_value = kw_out[kw_lane];));
            after.extend(quote!(kw_out[kw_lane] = kw_value;));
        }
        let last = if value { own.pop() } else { None };
        let last = last.map(|last| quote!(kw_value = #last;));
        let labelled = !masks.is_empty() || jumps.any();
        let own = own.iter().map(|stmt| match stmt {
            Stmt::Expr(expr, None) => quote!(#expr;),
            stmt => quote!(#stmt),
        });
        let body = quote!(#guards #(#own)* #last #kept);
        let body = if labelled { quote!('kw_lane: { #body }) } else { body };
        // What is read under no condition stands before all conditions.
        let body = quote!(#(#taps)* #body);
        let body = if rounds.is_empty() { body } else { quote!(#({ #rounds #body })*) };
        let place = names.read.contains("kw_x").then(|| quote!(let kw_x = kw_block.place(kw_lane);));
        let exits = self.exits(&leaves);
        // Neighbours under a kernel are not read through it.
        let looks = self.source.is_none() || names.read.contains(&view.to_string());
        let view = looks.then(|| quote!(let #view = kw_block.#method(kw_lane);));
        Some(quote! {
            for kw_lane in 0..kw_block.len() {
                #view
                #place
                #before
                #body
                #after
            }
            #exits
        })
    }

    /// Leaves the loops, and the body, that no lane takes part in any more.
    fn exits(&self, leaves: &[Ident]) -> TokenStream {
        let mut exits = TokenStream::new();
        if leaves.is_empty() {
            return exits;
        }
        let mut masks: Vec<Ident> = Vec::new();
        if self.returns {
            masks.push(format_ident!("kw_ended"));
            if leaves.contains(&masks[0]) {
                exits.extend(quote!(if kw_block.is_empty([&kw_ended]) {
                    break 'kw_all;
                }));
            }
        }
        for Level { label, gone, next } in &self.levels {
            for (mask, exit) in [(gone, quote!(break)), (next, quote!(continue))] {
                if let Some(mask) = mask {
                    masks.push(mask.clone());
                    exits.extend(quote!(if kw_block.is_empty([#(&#masks),*]) { #exit #label; }));
                }
            }
        }
        exits
    }
}

/// How a loop runs.
struct Rounds {
    iterator: TokenStream,
    pattern: TokenStream,
    taps: Taken,
}

/// What of a round differs between lanes.
enum Taken {
    Nothing,
    /// The neighbour at an offset of so many parts.
    Offset(usize),
    /// The neighbour under a kernel's voxel: the patterns of both.
    Under(Box<[Pat; 2]>),
}

fn is_name(expr: &Expr, name: &Ident) -> bool {
    matches!(expr, Expr::Path(path) if path.path.is_ident(name))
}

/// Whether a name is introduced as an array: one for each lane would not stay in the caches that are near.
fn holds_array(stmts: &[&Stmt], name: &Ident) -> bool {
    stmts.iter().any(|stmt| {
        let Stmt::Local(Local { pat, init: Some(init), .. }) = stmt else { return false };
        names_of(pat).contains(name) && matches!(&*init.expr, Expr::Array(_) | Expr::Repeat(_))
    })
}

/// The names that these statements introduce for those after them, each once; `None` if one hides another or has no value yet.
fn bound_names(stmts: &[&Stmt]) -> Option<Vec<Ident>> {
    let mut names: Vec<Ident> = Vec::new();
    for stmt in stmts {
        let Stmt::Local(local) = stmt else { continue };
        local.init.as_ref().filter(|init| init.diverge.is_none())?;
        for name in names_of(&local.pat) {
            if names.contains(&name) {
                return None;
            }
            names.push(name);
        }
    }
    Some(names)
}

fn declared(stmts: &[&Stmt]) -> Option<HashSet<String>> {
    Some(bound_names(stmts)?.iter().map(Ident::to_string).collect())
}

mod taps;
#[cfg(test)]
mod tests;
