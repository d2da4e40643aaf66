//! What is special about the signature of a scan: `#[state(start = …)]` arguments, the caller's axis and direction, and the tuple that
//! it returns.

use syn::{Expr as SynExpr, Ident, Pat};

use super::attribute::{Kind, ParamArgument, unknown};
use super::body::{Binding, Lower};
use super::diagnostics::Diagnostics;
use super::exprs::name_of;
use super::helpers::Helpers;
use super::signature::{Argument, Role, Signature, leak, plain_argument, tidy, value_type};
use super::windows::Windows;
use crate::ir::{Function, Param, ParamType, Stmt, Type};

/// One part of the state.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// Whether the body changes it on the way to its next value.
    pub(crate) mutable: bool,
    /// What it is before the first voxel of a line.
    pub(crate) start: SynExpr,
}

/// Most parts of a state: so many a GPU keeps in registers beside everything else.
const MOST_STATES: usize = 12;

/// Most images that a scan walks together.
const MOST_IMAGES: usize = 3;

/// The parameters that every scan has, by the names that callers give.
const AXIS: &str = "axis";
const REVERSE: &str = "reverse";

/// Takes the `#[state]` attribute of an argument off it. `None` if there is none; the value is missing if it is wrong (then reported).
pub(super) fn take_state(attributes: &mut Vec<syn::Attribute>, diagnostics: &Diagnostics) -> Option<Option<SynExpr>> {
    let at = attributes.iter().position(|attribute| attribute.path().is_ident("state"))?;
    let attribute = attributes.remove(at);
    let missing = || {
        let remedy = "write for example `#[state(start = 0.0)]`";
        diagnostics.report(&attribute, "a state needs the value that it starts with", remedy);
        None
    };
    if matches!(attribute.meta, syn::Meta::Path(_)) {
        return Some(missing());
    }
    Some(match attribute.parse_args::<ParamArgument>() {
        Ok(ParamArgument::Key(key, value)) if key == "start" => Some(value),
        Ok(ParamArgument::Key(key, _)) => {
            unknown(&key, &key.to_string(), &["start"], "key", diagnostics);
            None
        }
        Ok(ParamArgument::Flag(_)) => missing(),
        Err(error) => {
            diagnostics.syntax(error, "write for example `#[state(start = 0.0)]`");
            None
        }
    })
}

impl Signature {
    /// Takes in an argument that is part of the state.
    pub(super) fn state(
        &mut self,
        typed: &syn::PatType,
        start: Option<SynExpr>,
        kind: Kind,
        diagnostics: &Diagnostics,
    ) {
        let Pat::Ident(pattern) = &*typed.pat else {
            diagnostics.report(&typed.pat, "an argument of an operation is a plain name", "write `name: type`");
            return;
        };
        let mutable = pattern.mutability.is_some() && kind == Kind::Scan;
        if !mutable {
            plain_argument(pattern, kind, diagnostics);
        }
        let name = pattern.ident.clone();
        if kind != Kind::Scan {
            self.refused.push(name);
            let remedy = "make the operation `#[gpu_op(scan)]`, or remove the attribute";
            return diagnostics.report(&typed.pat, "only a scan carries a state along", remedy);
        }
        let ty = value_type(&typed.ty, self.generic.as_ref()).filter(|ty| !matches!(ty, Type::Index | Type::I64));
        let (Some(ty), Some(start)) = (ty, start) else {
            if ty.is_none() {
                let problem = format!("`{}` cannot be carried from voxel to voxel", tidy(&typed.ty));
                diagnostics.report(&typed.ty, problem, "use f32, i32, u32, bool or the generic pixel type");
            }
            return self.refused.push(name);
        };
        let role = Role::State(self.states.len() as u8);
        self.states.push(State { name: name.clone(), ty, mutable, start });
        self.arguments.push(Argument { name, ty: (*typed.ty).clone(), role });
    }

    /// The axis, before the parameters of the author.
    pub(super) fn axis_param(&mut self) {
        let names = &["x", "y", "z"];
        self.params.push(caller_param(AXIS, ParamType::Choice { names }, None));
    }

    /// The direction, after all other parameters; and what comes out, without the states.
    pub(super) fn settle_scan(&mut self, item: &syn::Signature, diagnostics: &Diagnostics) {
        for argument in &self.arguments {
            if argument.name == AXIS || argument.name == REVERSE {
                diagnostics.report(
                    &argument.name,
                    format!("every scan has a parameter `{}` already", argument.name),
                    "choose another name: the body does not see where its line leads",
                );
            }
        }
        self.params.push(caller_param(REVERSE, ParamType::Bool, Some("false")));
        if !(1..=MOST_IMAGES).contains(&self.inputs.len()) && self.refused.is_empty() {
            let remedy = "write for example `pixel: f32` as the first argument, and `#[param]` before numbers";
            diagnostics.report(&item.ident, "a scan takes the voxels of one to three images", remedy);
        }
        if self.states.is_empty() && self.refused.is_empty() {
            let remedy = "add for example `#[state(start = 0.0)] sum: f32`; without a state use a pointwise operation";
            return diagnostics.report(&item.ident, "a scan carries a state from voxel to voxel", remedy);
        }
        if let Some(state) = self.states.get(MOST_STATES) {
            let remedy = "split it into two scans, or compute some of the states from others";
            diagnostics.report(&state.name, format!("a scan carries at most {MOST_STATES} numbers along"), remedy);
        }
        let states: Vec<Type> = self.states.iter().map(|state| state.ty).collect();
        match self.outputs.split_first() {
            Some((&output, next)) if next == states => self.outputs = vec![output],
            // States that were refused are not among them.
            _ if !self.refused.is_empty() => self.outputs.truncate(1),
            Some(_) => {
                let remedy =
                    "return a tuple: the value of the voxel, then each state with its own type, in their order";
                diagnostics.report(&item.output, "a scan returns the value of the voxel and its next state", remedy);
                self.outputs.truncate(1);
            }
            None => {}
        }
    }
}

fn caller_param(name: &'static str, ty: ParamType, default: Option<&'static str>) -> Param {
    let optional = default.is_some();
    Param { name, per_axis: false, ty, default, min: None, max: None, optional, unit: None, specialized: false }
}

/// The values that the states start with, as a function of what every voxel before the line holds and of the parameters.
pub(super) fn start(signature: &Signature, helpers: &Helpers, diagnostics: &Diagnostics) -> Function {
    let windows = Windows::default();
    // Neither a state nor a place is known here.
    let known = |argument: &&Argument| matches!(argument.role, Role::Input(_) | Role::Param(_));
    let arguments = signature.arguments.iter().filter(known).cloned().collect();
    let before = Signature { arguments, ..signature.clone() };
    let mut lower = Lower::new(&before, &windows, helpers, diagnostics, Vec::new());
    lower.builder.open();
    let values: Vec<_> = signature
        .states
        .iter()
        .filter_map(|state| {
            if let Some((place, what)) = unknown_before(&state.start, signature) {
                let problem = format!("{what} is not known before the first voxel of a line");
                let remedy = "start from constants, from parameters, and from images: what lies before the line";
                diagnostics.report(place, problem, remedy);
                return None;
            }
            let value = lower.value(&state.start, Some(state.ty))?;
            let found = lower.builder.ty(value);
            if found != state.ty {
                let problem =
                    format!("the state `{}` is {}, and this is {}", state.name, name_of(state.ty), name_of(found));
                diagnostics.report(&state.start, problem, "start it with a value of its own type");
            }
            Some(value)
        })
        .collect();
    let values = lower.builder.list(&values);
    lower.builder.stmt(Stmt::Return { values });
    let body = lower.builder.close();
    lower.builder.finish(leak("start"), 0, body)
}

/// The first name in a start that stands for a state or for a place, and which.
fn unknown_before(start: &SynExpr, signature: &Signature) -> Option<(Ident, String)> {
    struct Names<'a>(&'a Signature, Option<(Ident, String)>);
    impl<'ast> syn::visit::Visit<'ast> for Names<'_> {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            let named = |argument: &&Argument| path.is_ident(&argument.name);
            let what = match self.0.arguments.iter().find(named).map(|argument| (&argument.name, &argument.role)) {
                Some((name, Role::State(_))) => (name, format!("the state `{name}`")),
                Some((name, Role::Position)) => (name, format!("the place `{name}`")),
                _ => return,
            };
            let place = Ident::new(&what.0.to_string(), path.segments[0].ident.span());
            self.1.get_or_insert((place, what.1));
        }
    }
    let mut names = Names(signature, None);
    syn::visit::Visit::visit_expr(&mut names, start);
    names.1
}

/// Makes the states known to the body: its first locals.
pub(super) fn bind_states(lower: &mut Lower<'_>, signature: &Signature) -> usize {
    for state in &signature.states {
        let local = lower.builder.local(&state.name.to_string(), state.ty, state.mutable);
        if let Some(names) = lower.scopes.first_mut() {
            names.insert(state.name.to_string(), Binding::Local(local));
        }
    }
    signature.states.len()
}
