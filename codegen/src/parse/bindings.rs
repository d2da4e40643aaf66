//! Variables: `let`, tuples, arrays and assignments.
//!
//! A tuple is no value of the IR: it is as many locals as it has parts, and its parts are computed before any of them is
//! bound or assigned, as in Rust.

use std::collections::HashMap;

use syn::{Expr as SynExpr, Pat, Stmt as SynStmt};

use super::body::{Binding, Lower, Target};
use super::builder::Builder;
use super::diagnostics::Diagnostics;
use super::signature::{tidy, value_type};
use crate::ir::{BinaryOp, Expr, ExprId, LocalId, Stmt, Type};

/// What the author wrote behind the colon.
#[derive(Clone, PartialEq)]
enum Declared {
    Nothing,
    Scalar(Type),
    Tuple(Vec<Type>),
    Array(Type),
    Unknown,
}

impl Lower<'_> {
    pub(super) fn let_statement(&mut self, local: &syn::Local) {
        let (pattern, declared) = match &local.pat {
            Pat::Type(typed) => {
                self.known_type(&typed.ty);
                (&*typed.pat, self.declared(&typed.ty))
            }
            pattern => (pattern, Declared::Nothing),
        };
        let Some(init) = &local.init else {
            self.diagnostics.report(local, "this variable has no value", "give it one: `let name = value;`");
            return self.refuse_names(pattern);
        };
        if init.diverge.is_some() {
            let remedy = "compare with `==` or `<`, in an `if`";
            self.diagnostics.report(local.let_token, "`let … else` is not part of the language", remedy);
            return self.refuse_names(pattern);
        }
        match pattern {
            Pat::Ident(syn::PatIdent { by_ref: Some(token), .. }) => {
                self.diagnostics.report(token, "references are not part of the language", "remove `ref`");
                self.refuse_names(pattern);
            }
            Pat::Ident(syn::PatIdent { subpat: Some(_), .. }) => self.no_pattern(pattern),
            Pat::Ident(name) => self.let_name(name, declared, &init.expr),
            Pat::Tuple(tuple) => self.let_tuple(tuple, declared, &init.expr),
            Pat::Wild(_) => {
                let expected = if let Declared::Scalar(ty) = declared { Some(ty) } else { None };
                self.value(&init.expr, expected);
            }
            other => self.no_pattern(other),
        }
    }

    fn no_pattern(&mut self, pattern: &Pat) {
        self.diagnostics.report(
            pattern,
            format!("the pattern `{}` is not part of the language", tidy(pattern)),
            "bind a plain name, or take a tuple apart with `let (a, b) = …;`",
        );
        self.refuse_names(pattern);
    }

    /// Reports a type that the IR has not, at the type: what rustc makes of it would otherwise differ from what kernels do.
    fn known_type(&self, ty: &syn::Type) {
        let known = |ty: &syn::Type| {
            matches!(ty, syn::Type::Infer(_)) || value_type(ty, self.signature.generic.as_ref()).is_some()
        };
        match ty {
            syn::Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| self.known_type(ty)),
            syn::Type::Array(array) => self.known_type(&array.elem),
            syn::Type::Paren(inner) => self.known_type(&inner.elem),
            ty if known(ty) => {}
            ty => self.diagnostics.report(
                ty,
                format!("`{}` is not a type of the language", tidy(ty)),
                "use f32, i32, u32, i64, usize or bool, spelled out",
            ),
        }
    }

    fn declared(&self, ty: &syn::Type) -> Declared {
        let scalar = |ty: &syn::Type| value_type(ty, self.signature.generic.as_ref());
        match ty {
            syn::Type::Tuple(tuple) => {
                let parts: Option<Vec<Type>> = tuple.elems.iter().map(scalar).collect();
                parts.map_or(Declared::Unknown, Declared::Tuple)
            }
            syn::Type::Array(array) => scalar(&array.elem).map_or(Declared::Unknown, Declared::Array),
            _ => scalar(ty).map_or(Declared::Nothing, Declared::Scalar),
        }
    }

    fn let_name(&mut self, name: &syn::PatIdent, declared: Declared, init: &SynExpr) {
        let (text, mutable) = (name.ident.to_string(), name.mutability.is_some());
        if matches!(init, SynExpr::Array(_) | SynExpr::Repeat(_)) || matches!(declared, Declared::Array(_)) {
            return self.let_array(name, declared, init);
        }
        if self.is_tuple(init) || matches!(declared, Declared::Tuple(_)) {
            return self.let_whole_tuple(name, declared, init);
        }
        let declared = if let Declared::Scalar(ty) = declared { Some(ty) } else { None };
        // An `if` with statements, and anything that changes a buffer, needs a statement of its own.
        if let SynExpr::If(branch) = init
            && self.pure_select(branch).is_none()
        {
            let Some(ty) = declared.or_else(|| self.branch_types(branch).and_then(|types| types.first().copied()))
            else {
                self.diagnostics.report(
                    &name.ident,
                    "the type of this variable is not clear here",
                    "write it: `let name: f32 = …`",
                );
                return;
            };
            let local = self.builder.local(&text, ty, mutable);
            self.builder.stmt(Stmt::Declare { local });
            self.branch(branch, Target::Local(local));
            self.bind(&name.ident, Binding::Local(local));
            return;
        }
        let reported = self.diagnostics.len();
        if let Some((op, input, index, value, ty)) = self.atomic(init, false) {
            let local = self.builder.local(&text, ty, mutable);
            self.builder.stmt(Stmt::Atomic { result: Some(local), op, input, index, value });
            self.bind(&name.ident, Binding::Local(local));
            return;
        }
        let value = match declared {
            _ if self.diagnostics.len() > reported => None,
            Some(ty) => self.typed(init, ty),
            None => self.value(init, None),
        };
        let Some(value) = value else {
            let binding = match declared {
                Some(ty) => Binding::Local(self.builder.local(&text, ty, mutable)),
                None => Binding::Refused,
            };
            return self.bind(&name.ident, binding);
        };
        let ty = self.builder.ty(value);
        let local = self.builder.local(&text, ty, mutable);
        self.builder.stmt(Stmt::Let { local, value });
        self.bind(&name.ident, Binding::Local(local));
    }

    /// The types of the last value of a branch: of each of its parts, if it is a tuple.
    fn branch_types(&mut self, branch: &syn::ExprIf) -> Option<Vec<Type>> {
        // The value is lowered into a block that is thrown away; only its type is of interest.
        let SynStmt::Expr(expr, None) = branch.then_branch.stmts.last()? else { return None };
        let quiet = Diagnostics::default();
        let helpers = super::helpers::Helpers::default();
        let mut probe = Lower {
            signature: self.signature,
            windows: self.windows,
            helpers: &helpers,
            diagnostics: &quiet,
            builder: Builder::default(),
            scopes: vec![HashMap::new()],
            results: Vec::new(),
            loops: 0,
            reduces: false,
            place: super::phases::Place::default(),
            offsets: Vec::new(),
            indices: Vec::new(),
        };
        for (name, binding) in self.scopes.iter().flatten() {
            let mut copy = |local: LocalId| {
                let info = self.builder.local_info(local);
                match info.length {
                    Some(length) => probe.builder.array(info.name, info.ty, info.mutable, length),
                    None => probe.builder.local(info.name, info.ty, info.mutable),
                }
            };
            let binding = match binding {
                Binding::Local(local) => Binding::Local(copy(*local)),
                Binding::Tuple(parts) => Binding::Tuple(parts.iter().map(|&part| copy(part)).collect()),
                other => other.clone(),
            };
            probe.scopes[0].insert(name.clone(), binding);
        }
        probe.builder.open();
        match expr {
            SynExpr::Tuple(tuple) => {
                let values: Option<Vec<_>> = tuple.elems.iter().map(|element| probe.value(element, None)).collect();
                values.map(|values| values.iter().map(|&value| probe.builder.ty(value)).collect())
            }
            _ => probe.value(expr, None).map(|value| vec![probe.builder.ty(value)]),
        }
    }

    /// Whether an expression is plainly a tuple; of calls this cannot be told.
    fn is_tuple(&self, expr: &SynExpr) -> bool {
        match expr {
            SynExpr::Tuple(_) => true,
            SynExpr::Paren(inner) => self.is_tuple(&inner.expr),
            SynExpr::Path(path) => {
                let binding = path.path.get_ident().and_then(|name| self.lookup(name));
                matches!(binding, Some(Binding::Tuple(parts)) if parts.len() > 1)
            }
            _ => false,
        }
    }

    /// The parts of a tuple, of these types.
    pub(super) fn tuple(&mut self, expr: &SynExpr, types: &[Type]) -> Option<Vec<ExprId>> {
        match expr {
            SynExpr::Paren(inner) => return self.tuple(&inner.expr, types),
            SynExpr::Tuple(tuple) if tuple.elems.len() == types.len() => {
                let parts: Vec<_> = tuple.elems.iter().zip(types).map(|(part, &ty)| self.typed(part, ty)).collect();
                return parts.into_iter().collect();
            }
            SynExpr::Call(call) => {
                let first = self.call_for_tuple(call, &vec![("part".to_owned(), false); types.len()], types)?;
                return Some(self.locals(first, types.len()));
            }
            SynExpr::Path(path) => match path.path.get_ident().and_then(|name| self.lookup(name)) {
                Some(Binding::Tuple(parts)) if parts.len() == types.len() => {
                    let parts = parts.iter().map(|&local| {
                        let ty = self.builder.local_info(local).ty;
                        (self.builder.expr(Expr::Local { local }, ty), ty)
                    });
                    let parts: Vec<_> = parts.collect();
                    if parts.iter().zip(types).all(|((_, found), needed)| found == needed) {
                        return Some(parts.into_iter().map(|(part, _)| part).collect());
                    }
                }
                Some(Binding::Refused) => return None,
                _ => {}
            },
            _ => {}
        }
        let types: Vec<_> = types.iter().map(|&ty| super::exprs::name_of(ty)).collect();
        self.refuse(
            expr,
            format!("a tuple of {} parts is needed here: ({})", types.len(), types.join(", ")),
            "write the parts out, `(a, b)`, or call a function that returns such a tuple",
        )
    }

    fn locals(&mut self, first: LocalId, count: usize) -> Vec<ExprId> {
        let local = |number| LocalId(first.0 + number as u32);
        (0..count).map(|number| self.builder.expr_of(local(number))).collect()
    }

    /// `let t = (a, b);`: the parts become `t_0`, `t_1`, ….
    fn let_whole_tuple(&mut self, name: &syn::PatIdent, declared: Declared, init: &SynExpr) {
        let types = match (&declared, init) {
            (Declared::Tuple(types), _) => Some(types.clone()),
            (_, SynExpr::Path(path)) => match path.path.get_ident().and_then(|name| self.lookup(name)) {
                Some(Binding::Tuple(parts)) => {
                    Some(parts.iter().map(|&part| self.builder.local_info(part).ty).collect())
                }
                _ => None,
            },
            _ => None,
        };
        let count = match (&types, init) {
            (Some(types), _) => types.len(),
            (None, SynExpr::Tuple(tuple)) => tuple.elems.len(),
            _ => 0,
        };
        let mutable = name.mutability.is_some();
        let names: Vec<_> = (0..count).map(|part| (format!("{}_{part}", name.ident), mutable)).collect();
        match self.let_parts(&names, types, init) {
            Some(parts) => self.bind(&name.ident, Binding::Tuple(parts)),
            None => self.bind(&name.ident, Binding::Refused),
        }
    }

    /// `let (a, b) = …;`.
    fn let_tuple(&mut self, tuple: &syn::PatTuple, declared: Declared, init: &SynExpr) {
        let mut names = Vec::new();
        for element in &tuple.elems {
            match element {
                Pat::Wild(_) => names.push(None),
                Pat::Ident(name) => names.push(Some((name.ident.clone(), name.mutability.is_some()))),
                other => {
                    let problem = format!("the pattern `{}` is not part of the language", tidy(other));
                    self.diagnostics.report(other, problem, "write a plain name or `_`");
                    names.push(None);
                }
            }
        }
        let types = match declared {
            Declared::Tuple(types) if types.len() == names.len() => Some(types),
            _ => None,
        };
        let texts: Vec<_> = names
            .iter()
            .map(|name| name.as_ref().map_or((String::new(), false), |(name, mutable)| (name.to_string(), *mutable)))
            .collect();
        let parts = self.let_parts(&texts, types, init);
        for (number, name) in names.iter().enumerate() {
            if let Some((name, _)) = name {
                let binding = parts.as_ref().map_or(Binding::Refused, |parts| Binding::Local(parts[number]));
                self.bind(name, binding);
            }
        }
    }

    /// Declares the parts of a tuple under these names (with whether they change). A part without a name is computed only if a
    /// call or a branch gives it.
    fn let_parts(
        &mut self,
        names: &[(String, bool)],
        types: Option<Vec<Type>>,
        init: &SynExpr,
    ) -> Option<Vec<LocalId>> {
        match init {
            SynExpr::Paren(inner) => return self.let_parts(names, types, &inner.expr),
            SynExpr::Call(call) => {
                let types = types.unwrap_or_else(|| vec![Type::F32; names.len()]);
                let first = self.call_for_tuple(call, names, &types)?;
                return Some((first.0..first.0 + names.len() as u32).map(LocalId).collect());
            }
            SynExpr::If(branch) => {
                let types = types.or_else(|| self.branch_types(branch)).filter(|types| types.len() == names.len());
                let Some(types) = types else {
                    return self.refuse(
                        init,
                        "the types of these variables are not clear here",
                        "write them: `let (a, b): (f32, f32) = …`",
                    );
                };
                let parts = self.declare(names, &types);
                let locals: Vec<_> = parts.clone();
                for &local in &locals {
                    self.builder.stmt(Stmt::Declare { local });
                }
                self.branch(branch, Target::Tuple { first: parts[0], count: parts.len() as u32 });
                return Some(parts);
            }
            _ => {}
        }
        let values = match (init, types) {
            (_, Some(types)) => self.tuple(init, &types)?,
            (SynExpr::Tuple(tuple), None) if tuple.elems.len() == names.len() => {
                let values: Vec<_> = tuple.elems.iter().map(|element| self.value(element, None)).collect();
                values.into_iter().collect::<Option<Vec<_>>>()?
            }
            (SynExpr::Path(path), None) => match path.path.get_ident().and_then(|name| self.lookup(name)) {
                Some(Binding::Tuple(parts)) if parts.len() == names.len() => {
                    parts.iter().map(|&part| self.builder.expr_of(part)).collect()
                }
                Some(Binding::Refused) => return None,
                _ => return self.no_tuple(init, names.len()),
            },
            _ => return self.no_tuple(init, names.len()),
        };
        let types: Vec<_> = values.iter().map(|&value| self.builder.ty(value)).collect();
        let parts = self.declare(names, &types);
        for ((&local, value), (name, _)) in parts.iter().zip(values).zip(names) {
            if !name.is_empty() {
                self.builder.stmt(Stmt::Let { local, value });
            }
        }
        Some(parts)
    }

    fn no_tuple<R>(&self, init: &SynExpr, count: usize) -> Option<R> {
        self.refuse(
            init,
            format!("this is not a tuple of {count} parts"),
            "a tuple is written out, `(a, b)`, returned by a `#[gpu_fn]`, or the state of a reduction",
        )
    }

    fn declare(&mut self, names: &[(String, bool)], types: &[Type]) -> Vec<LocalId> {
        let named = names.iter().zip(types);
        let text = |name: &'_ str| if name.is_empty() { "unused".to_owned() } else { name.to_owned() };
        named.map(|((name, mutable), &ty)| self.builder.local(&text(name), ty, *mutable)).collect()
    }

    /// Calls a function with several results; they become consecutive locals.
    fn call_for_tuple(&mut self, call: &syn::ExprCall, names: &[(String, bool)], types: &[Type]) -> Option<LocalId> {
        let (helper, arguments) = self.helper_call(call, types)?;
        let first = *self.declare(names, types).first()?;
        self.builder.stmt(Stmt::LetCall { first, count: types.len() as u32, helper, arguments });
        Some(first)
    }

    fn let_array(&mut self, name: &syn::PatIdent, declared: Declared, init: &SynExpr) {
        let expected = if let Declared::Array(ty) = declared { Some(ty) } else { None };
        let elements = match init {
            SynExpr::Array(array) if !array.elems.is_empty() => {
                let mut ty = expected;
                let values: Vec<_> = array
                    .elems
                    .iter()
                    .map(|element| {
                        let value = match ty {
                            Some(ty) => self.typed(element, ty),
                            None => self.value(element, None),
                        };
                        ty = ty.or(value.map(|value| self.builder.ty(value)));
                        value
                    })
                    .collect();
                values.into_iter().collect::<Option<Vec<_>>>().map(|values| (values.len() as u32, values))
            }
            SynExpr::Repeat(repeat) => {
                let length = match &*repeat.len {
                    SynExpr::Lit(syn::ExprLit { lit: syn::Lit::Int(length), .. }) => length.base10_parse::<u32>().ok(),
                    _ => None,
                };
                let value = match expected {
                    Some(ty) => self.typed(&repeat.expr, ty),
                    None => self.value(&repeat.expr, None),
                };
                match length {
                    Some(length @ 1..=256) => value.map(|value| (length, vec![value])),
                    _ => self.refuse(
                        &repeat.len,
                        "the length of an array is a number from 1 to 256",
                        "write it as a literal: arrays live in registers, and a GPU has few",
                    ),
                }
            }
            _ => self.refuse(init, "an array is written out here", "write `[0.0; 8]` or `[a, b, c]`"),
        };
        let Some((length, values)) = elements else { return self.bind(&name.ident, Binding::Refused) };
        let ty = self.builder.ty(values[0]);
        let local = self.builder.array(&name.ident.to_string(), ty, name.mutability.is_some(), length);
        let values = self.builder.list(&values);
        self.builder.stmt(Stmt::LetArray { local, values });
        self.declares_array(local);
        self.bind(&name.ident, Binding::Local(local));
    }

    /// `array[index]`: the array and the index.
    pub(super) fn element(&mut self, index: &syn::ExprIndex) -> Option<(LocalId, ExprId)> {
        let local = match &*index.expr {
            SynExpr::Path(path) => match path.path.get_ident().and_then(|name| self.lookup(name)) {
                Some(Binding::Local(local)) => Some(local),
                Some(Binding::Refused) => return None,
                _ => None,
            },
            _ => None,
        };
        let array = local.and_then(|local| Some((local, self.builder.local_info(local).length?)));
        let Some((local, length)) = array else {
            return self.refuse(
                &index.expr,
                "only local arrays have elements",
                "read neighbours with `w.at(dx, dy, dz)` and buffers with `buffer.get(i)`",
            );
        };
        if self.place.is_of_lanes(local) {
            self.within_phase(&index.expr, "an array that each lane has for itself")?;
        }
        let value = self.typed(&index.index, Type::Index)?;
        self.indices.push((value, length, (*index.index).clone()));
        Some((local, value))
    }

    /// The variable on the left of an assignment.
    fn assigned(&mut self, left: &SynExpr) -> Option<LocalId> {
        let (binding, path) = match left {
            SynExpr::Path(path) => (path.path.get_ident().and_then(|name| self.lookup(name)), path),
            SynExpr::Field(field) => {
                return self.tuple_part(field).filter(|&part| self.changes(part, left));
            }
            _ => {
                self.diagnostics.report(left, "only local variables can be assigned to", "use a `let mut` variable");
                return None;
            }
        };
        match binding {
            Some(Binding::Local(local)) if self.builder.local_info(local).length.is_none() => {
                self.changes(local, left).then_some(local)
            }
            Some(Binding::Refused) => None,
            Some(Binding::Local(_)) => {
                self.diagnostics.report(left, "an array is not assigned as a whole", "assign its elements");
                None
            }
            Some(_) => {
                self.diagnostics.report(
                    left,
                    format!("the argument `{}` cannot be changed", tidy(left)),
                    format!("copy it first: `let mut value = {};`", tidy(left)),
                );
                None
            }
            None => {
                self.unknown_name(path);
                None
            }
        }
    }

    /// `t.0` of a tuple.
    pub(super) fn tuple_part(&mut self, field: &syn::ExprField) -> Option<LocalId> {
        let base = match &*field.base {
            SynExpr::Path(path) => path.path.get_ident().and_then(|name| self.lookup(name)),
            _ => None,
        };
        match (base, &field.member) {
            (Some(Binding::Tuple(parts)), syn::Member::Unnamed(index)) => {
                if let Some(&local) = parts.get(index.index as usize) {
                    return Some(local);
                }
                self.refuse(&field.member, format!("this tuple has {} parts", parts.len()), "parts are numbered from 0")
            }
            (Some(Binding::Refused), _) => None,
            _ => self.refuse(
                field,
                "this has no such part",
                "parameters of type `PerAxis<…>` have parts x, y and z, and tuples 0, 1, …",
            ),
        }
    }

    pub(super) fn assign(&mut self, left: &SynExpr, right: &SynExpr) {
        match left {
            SynExpr::Tuple(tuple) => {
                let locals: Vec<_> = tuple.elems.iter().map(|element| self.assigned(element)).collect();
                if let Some(locals) = locals.into_iter().collect::<Option<Vec<_>>>() {
                    self.assign_tuple(&locals, right);
                }
                return;
            }
            SynExpr::Index(index) => {
                let Some((local, position)) = self.element(index) else { return };
                let ty = self.builder.local_info(local).ty;
                if let Some(value) = self.typed(right, ty) {
                    self.builder.stmt(Stmt::AssignElement { local, index: position, value });
                }
                return;
            }
            SynExpr::Path(path) => {
                let binding = path.path.get_ident().and_then(|name| self.lookup(name));
                if let Some(Binding::Tuple(parts)) = binding {
                    if !parts.iter().all(|&part| self.changes(part, left)) {
                        return;
                    }
                    return self.assign_tuple(&parts, right);
                }
            }
            _ => {}
        }
        let Some(local) = self.assigned(left) else { return };
        if let SynExpr::If(branch) = right
            && self.pure_select(branch).is_none()
        {
            return self.branch(branch, Target::Local(local));
        }
        let expected = self.builder.local_info(local).ty;
        if let Some(value) = self.typed(right, expected) {
            self.builder.stmt(Stmt::Assign { local, value });
        }
    }

    /// Assigns the parts of a tuple, after all of them are computed.
    pub(super) fn assign_tuple(&mut self, locals: &[LocalId], right: &SynExpr) {
        let types: Vec<_> = locals.iter().map(|&local| self.builder.local_info(local).ty).collect();
        let Some(values) = self.tuple(right, &types) else { return };
        let computed: Vec<_> = values
            .into_iter()
            .zip(locals)
            .map(|(value, &target)| {
                let info = self.builder.local_info(target);
                let name = format!("next_{}", info.name.trim_start_matches("r#"));
                let local = self.builder.local(&name, info.ty, false);
                self.builder.stmt(Stmt::Let { local, value });
                local
            })
            .collect();
        for (&local, part) in locals.iter().zip(computed) {
            let value = self.builder.expr_of(part);
            self.builder.stmt(Stmt::Assign { local, value });
        }
    }

    pub(super) fn assign_compound(&mut self, left: &SynExpr, token: &syn::BinOp, op: BinaryOp, right: &SynExpr) {
        let element = match left {
            SynExpr::Index(index) => {
                // Read once and written once: the index stands in the text twice.
                let Some(read) = self.element(index) else { return };
                let Some(written) = self.element(index) else { return };
                self.indices.pop();
                Some((read, written.1))
            }
            _ => None,
        };
        let local = match element {
            Some(((local, _), _)) => local,
            None => {
                let Some(local) = self.assigned(left) else { return };
                local
            }
        };
        let ty = self.builder.local_info(local).ty;
        if !self.computes(token, op, ty) {
            return;
        }
        let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
        let value = if shift { self.value(right, Some(Type::U32)) } else { self.typed(right, ty) };
        let Some(value) = value else { return };
        let before = match element {
            Some(((local, index), _)) => self.builder.expr(Expr::Element { local, index }, ty),
            None => self.builder.expr_of(local),
        };
        let value = self.builder.expr(Expr::Binary { op, left: before, right: value }, ty);
        self.builder.stmt(match element {
            Some((_, index)) => Stmt::AssignElement { local, index, value },
            None => Stmt::Assign { local, value },
        });
    }
}
