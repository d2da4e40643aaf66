//! The signature of an operation: which arguments are images, which are parameters, and what comes out.

mod checks;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{FnArg, GenericArgument, GenericParam, Ident, Pat, PathArguments, ReturnType};

use super::attribute::{Kind, ParamAttribute};
use super::diagnostics::Diagnostics;
use super::scan::State;
use super::syntax;
use crate::ir::{Access, Input, MOST_OUTPUTS, MOST_SOURCES, Param, ParamType, Shared, Type};

/// What an argument of the Rust function is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Role {
    /// An input; its number.
    Input(u8),
    /// A parameter; its number.
    Param(u8),
    /// A part of the state of a scan; its number.
    State(u8),
    /// `Position`.
    Position,
    /// `Item`.
    Item,
    /// `Lane<N>`, in the place of the item.
    Lane,
    /// An array that the lanes of a group share; its number.
    Shared(u8),
    /// `&Context` of a procedure.
    Context,
    /// The `Boundary` under which a composite is evaluated.
    Boundary,
}

/// One argument of the Rust function.
#[derive(Clone)]
pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) ty: syn::Type,
    pub(crate) role: Role,
}

/// A checked signature.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) name: Ident,
    /// The generic parameter that stands for the storage type.
    pub(crate) generic: Option<Ident>,
    pub(crate) arguments: Vec<Argument>,
    /// The names of arguments that were reported as wrong.
    pub(crate) refused: Vec<Ident>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) params: Vec<Param>,
    /// The type of each choice parameter, by parameter number.
    pub(crate) choices: Vec<(u8, syn::Type)>,
    /// The state of a scan.
    pub(crate) states: Vec<State>,
    /// The parameter that says the extents of what comes out.
    pub(crate) output_extent: Option<u8>,
    /// How many lanes a group has, where an item is one of them.
    pub(crate) lanes: Option<u32>,
    /// What the lanes of a group share.
    pub(crate) shared: Vec<Shared>,
    /// The images, by their positions among the inputs, whose extents need not be those of the first.
    pub(crate) own_extents: Vec<usize>,
    /// What a kernel returns for each voxel; empty for host functions and where it is nothing, or no type of the language.
    pub(crate) outputs: Vec<Type>,
    /// The return type as written.
    pub(crate) output_ty: Option<syn::Type>,
}

/// A string that lives as long as the IR does.
pub(crate) fn leak(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}

/// Takes `#[own_extents]` off an argument.
fn take_own_extents(attributes: &mut Vec<syn::Attribute>) -> Option<syn::Attribute> {
    let at = attributes.iter().position(|attribute| attribute.path().is_ident("own_extents"))?;
    Some(attributes.remove(at))
}

impl Signature {
    /// Reads a signature; `#[param]` attributes are taken off its arguments.
    pub(crate) fn parse(item: &mut syn::Signature, kind: Kind, diagnostics: &Diagnostics) -> Signature {
        refuse_qualifiers(item, diagnostics);
        let generic = generic(&item.generics, diagnostics);
        let (outputs, output_ty) = match &item.output {
            ReturnType::Default => (Vec::new(), None),
            ReturnType::Type(_, ty) => (output_types(ty, generic.as_ref()).unwrap_or_default(), Some((**ty).clone())),
        };
        let mut signature = Signature {
            name: item.ident.clone(),
            generic,
            arguments: Vec::new(),
            refused: Vec::new(),
            inputs: Vec::new(),
            params: Vec::new(),
            choices: Vec::new(),
            states: Vec::new(),
            output_extent: None,
            lanes: None,
            shared: Vec::new(),
            own_extents: Vec::new(),
            outputs,
            output_ty,
        };
        if kind == Kind::Scan {
            signature.axis_param();
        }
        let first = signature.generic.clone();
        let types = item.generics.type_params().map(|param| param.ident.clone());
        let further: Vec<Ident> = types.filter(|name| first.as_ref() != Some(name)).collect();
        for argument in &mut item.inputs {
            match argument {
                FnArg::Receiver(receiver) => diagnostics.report(
                    receiver,
                    "an operation is a free function",
                    "move it out of the `impl` block and name its images as arguments",
                ),
                FnArg::Typed(typed) if last_segment(&typed.ty).is_some_and(|ty| further.contains(ty)) => {
                    // Its type was reported where it was introduced.
                    signature.refused.extend(names_of(&typed.pat));
                }
                FnArg::Typed(typed) => {
                    if let Some(start) = super::scan::take_state(&mut typed.attrs, diagnostics) {
                        signature.state(typed, start, kind, diagnostics);
                        continue;
                    }
                    let own_extents = take_own_extents(&mut typed.attrs);
                    let attribute = ParamAttribute::take(&mut typed.attrs, diagnostics);
                    let images = signature.inputs.len();
                    signature.argument(typed, attribute, kind, diagnostics);
                    if let Some(mark) = own_extents {
                        signature.mark_own_extents(&mark, images, kind, diagnostics);
                    }
                }
            }
        }
        if kind == Kind::Scan {
            signature.settle_scan(item, diagnostics);
        }
        signature.check(item, kind, diagnostics);
        signature
    }

    fn argument(&mut self, typed: &syn::PatType, attribute: ParamAttribute, kind: Kind, diagnostics: &Diagnostics) {
        let Pat::Ident(pattern) = &*typed.pat else {
            diagnostics.report(&typed.pat, "an argument of an operation is a plain name", "write `name: type`");
            self.refused.extend(names_of(&typed.pat));
            return;
        };
        let name = pattern.ident.clone();
        plain_argument(pattern, kind, diagnostics);
        typed.attrs.iter().for_each(|attribute| syntax::attribute(attribute, diagnostics));
        let given = attribute.clone();
        let (output_extent, specialized) = (attribute.output_extent, attribute.specialized);
        let Some(role) = self.role(&name, &typed.ty, attribute, kind) else {
            self.refused.push(name);
            let (problem, remedy) = match last_segment(&typed.ty) {
                Some(segment) if segment == "PerAxis" => {
                    ("a parameter per axis is of f32 or u32".to_owned(), "write `PerAxis<f32>` or `PerAxis<u32>`")
                }
                _ => (format!("`{}` cannot be an argument of this class of operation", tidy(&typed.ty)), allowed(kind)),
            };
            diagnostics.report(&typed.ty, problem, remedy);
            return;
        };
        self.marks(&name, &role, &given, kind, diagnostics);
        if let Role::Input(input) = role {
            let fits = match (self.inputs[usize::from(input)].ty, kind) {
                (Type::Unit | Type::I64, _) => false,
                (Type::Index, kind) => kind == Kind::Grid,
                _ => true,
            };
            if !fits {
                let what = if kind == Kind::Grid { "buffer" } else { "image" };
                diagnostics.report(&typed.ty, format!("the {what} `{name}` cannot have this type"), allowed(kind));
                self.refused.push(name.clone());
            }
        }
        if pattern.mutability.is_some() {
            self.refused.push(name.clone());
        }
        if let Some(span) = specialized {
            self.check_specialized(span, &role, kind, diagnostics);
        }
        if let Some(span) = output_extent {
            self.mark_output_extent(span, &role, kind, diagnostics);
        }
        self.arguments.push(Argument { name, ty: (*typed.ty).clone(), role });
    }

    /// The argument after the first `images` images has extents of its own, if it is an image itself.
    fn mark_own_extents(&mut self, mark: &syn::Attribute, images: usize, kind: Kind, diagnostics: &Diagnostics) {
        if images > 0 && self.inputs.len() > images && matches!(kind, Kind::Composite | Kind::Procedure) {
            self.own_extents.push(images);
        } else if self.refused.is_empty() {
            let remedy = "remove the attribute, or write it before such an image";
            diagnostics.report(
                mark,
                "only further images of composites and procedures have extents of their own",
                remedy,
            );
        }
    }

    fn mark_output_extent(&mut self, span: proc_macro2::Span, role: &Role, kind: Kind, diagnostics: &Diagnostics) {
        let extents = |param: &u8| {
            let Param { per_axis, ty, optional, .. } = self.params[usize::from(*param)];
            per_axis && ty == ParamType::U32 && !optional
        };
        let mark = quote::quote_spanned!(span=> output_extent);
        match role {
            _ if kind != Kind::Gather => diagnostics.report(
                mark,
                "only a gather operation can have a result of other extents than its input",
                "remove `output_extent`, or make the operation `#[gpu_op(gather)]`",
            ),
            Role::Param(param) if self.output_extent.is_none() && extents(param) => self.output_extent = Some(*param),
            Role::Param(_) if self.output_extent.is_some() => {
                diagnostics.report(
                    mark,
                    "the extents are said by another parameter already",
                    "mark one parameter only",
                );
            }
            _ => diagnostics.report(
                mark,
                "the extents of the result are a parameter of type `PerAxis<u32>` that callers give",
                "write `#[param(output_extent)] extent: PerAxis<u32>`",
            ),
        }
    }

    /// Checks what the attribute of an argument says against what the argument is.
    fn marks(&self, name: &Ident, role: &Role, given: &ParamAttribute, kind: Kind, diagnostics: &Diagnostics) {
        let at = |tokens: &Option<TokenStream>| tokens.clone().unwrap_or_else(|| name.to_token_stream());
        let Role::Param(param) = role else {
            if given.given {
                let what = if matches!(role, Role::Input(_)) { "an image has" } else { "this argument has" };
                let remedy = match kind {
                    Kind::Pointwise => "remove the attribute; images stand before the first parameter",
                    _ => "remove the attribute",
                };
                diagnostics.report(at(&given.at), format!("{what} no `#[param]`: `{name}` is not a parameter"), remedy);
            }
            return;
        };
        let param = &self.params[usize::from(*param)];
        let numeric = !matches!(param.ty, ParamType::Bool | ParamType::Choice { .. });
        if given.range_at.is_some() && !numeric {
            let remedy = "remove `range`: all values are allowed";
            diagnostics.report(at(&given.range_at), format!("`{name}` has no range, since it is no number"), remedy);
            return;
        }
        if let (Some(low), Some(high)) = (param.min, param.max)
            && low > high
        {
            let problem = format!("no value of `{name}` is in this range: {low} is greater than {high}");
            diagnostics.report(at(&given.range_at), problem, format!("write `range = {high}..={low}`"));
            return;
        }
        let (least, greatest) = limits(param.ty);
        if [param.min, param.max].into_iter().flatten().any(|bound| !(least..=greatest).contains(&bound)) {
            let remedy = format!(
                "the values of its type go from {least} to {greatest}; leave a bound out where all are allowed"
            );
            diagnostics.report(at(&given.range_at), format!("this range does not fit the type of `{name}`"), remedy);
            return;
        }
        if let (Some(_), Some(problem)) = (&given.default_at, default_problem(param)) {
            let remedy = match (param.ty, param.min, param.max) {
                (ParamType::Bool, ..) => "write `default = true` or `default = false`".to_owned(),
                (_, Some(low), Some(high)) => format!("give a number from {low} to {high}"),
                (_, Some(low), None) => format!("give a number of at least {low}"),
                (_, None, Some(high)) => format!("give a number of at most {high}"),
                (ParamType::U32, ..) => "give a whole number of at least 0".to_owned(),
                (ParamType::I32, ..) => "give a whole number".to_owned(),
                (ParamType::F32, ..) => "give a number".to_owned(),
                _ => "give a value that callers could give too".to_owned(),
            };
            diagnostics.report(at(&given.default_at), format!("the default of `{name}` {problem}"), remedy);
        }
    }

    fn role(&mut self, name: &Ident, ty: &syn::Type, attribute: ParamAttribute, kind: Kind) -> Option<Role> {
        let generic = self.generic.clone();
        let generic = generic.as_ref();
        let mut input = |ty: Type, access: Access| {
            self.inputs.push(Input { name: leak(name.to_string()), ty, access });
            Some(Role::Input((self.inputs.len() - 1) as u8))
        };
        if let syn::Type::Reference(reference) = ty {
            return (kind == Kind::Procedure && last_segment(&reference.elem)? == "Context").then_some(Role::Context);
        }
        let segment = last_segment(ty)?;
        let element = || value_type(argument_of(ty)?, generic);
        match (segment.to_string().as_str(), kind) {
            ("Position", Kind::Pointwise | Kind::Gather | Kind::Scan) => return Some(Role::Position),
            ("Sampler", Kind::Gather) => return input(element()?, Access::Sample),
            ("Item", Kind::Grid) => return Some(Role::Item),
            ("Lane", Kind::Grid) => {
                self.lanes = Some(number_of(ty)?);
                return Some(Role::Lane);
            }
            ("Shared", Kind::Grid) => {
                let ty = Shared { name: leak(name.to_string()), ty: element()?, length: number_of(ty)? };
                self.shared.push(ty);
                return Some(Role::Shared((self.shared.len() - 1) as u8));
            }
            ("Window", Kind::Neighborhood) => return input(element()?, Access::Window),
            ("Line", Kind::Separable) => return input(element()?, Access::Line),
            ("Read", Kind::Grid) => return input(element()?, Access::Read),
            ("Tally", Kind::Grid) => return input(Type::U32, Access::Tally),
            ("Write", Kind::Grid) => {
                return input(element().filter(|&ty| ty != Type::Pixel)?, Access::Write);
            }
            ("Global", Kind::Grid) => return input(element()?, Access::Global),
            ("Expr", Kind::Composite) => return input(element()?, Access::Voxel),
            ("Image", Kind::Procedure) => return input(element().filter(|&ty| ty != Type::Pixel)?, Access::Voxel),
            ("Boundary", Kind::Composite) => return Some(Role::Boundary),
            ("AnyExpr", Kind::Composite) | ("AnyImage", Kind::Procedure) => return input(Type::Pixel, Access::Voxel),
            _ => {}
        }
        // A pointwise argument without attribute and before the first parameter is an image.
        let per_axis = segment == "PerAxis";
        let value = if per_axis {
            value_type(argument_of(ty)?, generic)?
        } else {
            value_type(ty, generic).unwrap_or(Type::Unit)
        };
        if kind == Kind::Pointwise && !attribute.given && !per_axis && self.params.is_empty() && value != Type::Unit {
            return input(value, Access::Voxel);
        }
        // So is one of a scan before the first state; the axis is a parameter that the author does not write.
        let first_value = self.states.is_empty() && self.params.len() == 1;
        if kind == Kind::Scan && !attribute.given && !per_axis && first_value && value != Type::Unit {
            return input(value, Access::Voxel);
        }
        let host = matches!(kind, Kind::Composite | Kind::Procedure);
        let ty = match value {
            Type::F32 => ParamType::F32,
            Type::I32 if !per_axis => ParamType::I32,
            Type::U32 => ParamType::U32,
            Type::Bool if !per_axis => ParamType::Bool,
            Type::Pixel if !per_axis && !host => ParamType::Pixel,
            Type::Unit if host && !per_axis => {
                self.choices.push((self.params.len() as u8, ty.clone()));
                ParamType::Choice { names: &[] }
            }
            _ => return None,
        };
        self.params.push(Param {
            name: leak(name.to_string()),
            per_axis,
            ty,
            default: attribute.default.map(leak),
            min: attribute.min,
            max: attribute.max,
            optional: attribute.optional,
            unit: attribute.unit.map(leak),
            specialized: attribute.specialized.is_some(),
        });
        Some(Role::Param((self.params.len() - 1) as u8))
    }

    fn check(&self, item: &syn::Signature, kind: Kind, diagnostics: &Diagnostics) {
        let inputs = self.inputs.len();
        match kind {
            Kind::Pointwise if inputs > 6 => diagnostics.report(
                &item.inputs,
                "a pointwise operation takes up to six images",
                "split it into two operations, or mark scalars with `#[param]`",
            ),
            Kind::Neighborhood if inputs != 1 && self.refused.is_empty() => diagnostics.report(
                &item.ident,
                "a neighborhood operation takes exactly one `Window`",
                "write for example `w: Window<f32>`; combine further images with a pointwise operation",
            ),
            Kind::Separable if inputs != 1 && self.refused.is_empty() => diagnostics.report(
                &item.ident,
                "a separable operation takes exactly one `Line`",
                "write for example `line: Line<f32>`",
            ),
            Kind::Gather if inputs == 0 && self.refused.is_empty() => diagnostics.report(
                &item.ident,
                "a gather operation takes at least one `Sampler`",
                "write for example `source: Sampler<f32>`",
            ),
            Kind::Gather if inputs > MOST_SOURCES => {
                let is_further = |argument: &&Argument| argument.role == Role::Input(MOST_SOURCES as u8);
                let further = self.arguments.iter().find(is_further).map_or(&item.ident, |argument| &argument.name);
                diagnostics.report(
                    further,
                    format!("a gather operation takes at most {MOST_SOURCES} samplers"),
                    "split it into two operations, or combine further images with a pointwise operation",
                );
            }
            Kind::Grid if !self.arguments.iter().any(|argument| matches!(argument.role, Role::Item | Role::Lane)) => {
                diagnostics.report(
                    &item.ident,
                    "a grid operation needs the item that it computes",
                    "add an argument `at: Item`, or `at: Lane<256>` where groups share memory",
                );
            }
            Kind::Grid => self.groups(diagnostics),
            _ => {}
        }
        self.names(kind, diagnostics);
        self.result(item, kind, diagnostics);
        let kernel = !matches!(kind, Kind::Composite | Kind::Procedure);
        if kind == Kind::Grid && self.output_ty.is_some() {
            diagnostics.report(
                &item.output,
                "a grid operation returns nothing",
                "write its results to a `Global` buffer",
            );
        }
        let stored = |ty: &Type| !matches!(ty, Type::Index | Type::I64);
        if kernel && kind != Kind::Grid && (self.outputs.is_empty() || !self.outputs.iter().all(stored)) {
            let span = item.output.span();
            let tokens = if self.output_ty.is_some() { quote::quote_spanned!(span=> _) } else { quote::quote!() };
            let remedy = "return f32, i32, u32, bool or the generic pixel type, or a tuple of those";
            if tokens.is_empty() {
                diagnostics.report(&item.ident, "an operation returns the value of one voxel", remedy);
            } else {
                diagnostics.report(&item.output, "an operation cannot return this type", remedy);
            }
        }
        if kernel && self.outputs.len() > MOST_OUTPUTS {
            diagnostics.report(
                &item.output,
                format!("an operation computes at most {MOST_OUTPUTS} images"),
                "split it into two operations",
            );
        }
        if kind == Kind::Separable && self.inputs.first().is_some_and(|input| self.outputs != [input.ty]) {
            diagnostics.report(
                &item.output,
                "a separable operation returns what its line holds, since its passes feed each other",
                "give the line and the result the same type",
            );
        }
    }
}

/// Smallest and largest value of a parameter's type.
fn limits(ty: ParamType) -> (f64, f64) {
    match ty {
        ParamType::U32 => (0.0, f64::from(u32::MAX)),
        ParamType::I32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => (f64::from(f32::MIN), f64::from(f32::MAX)),
    }
}

/// The names that a pattern binds.
pub(crate) fn names_of(pattern: &Pat) -> Vec<Ident> {
    struct Names(Vec<Ident>);
    impl<'ast> syn::visit::Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
            self.0.push(name.ident.clone());
        }
    }
    let mut names = Names(Vec::new());
    syn::visit::Visit::visit_pat(&mut names, pattern);
    names.0
}

/// Reports a name with anything around it, or one that the expansion uses.
pub(super) fn plain_argument(pattern: &syn::PatIdent, kind: Kind, diagnostics: &Diagnostics) {
    let host = matches!(kind, Kind::Composite | Kind::Procedure);
    if let Some(token) = &pattern.by_ref {
        diagnostics.report(token, "an argument of an operation is a plain name", "remove `ref`");
    }
    if let Some((_, subpattern)) = &pattern.subpat {
        diagnostics.report(subpattern, "an argument of an operation is a plain name", "write `name: type`");
    }
    if let Some(token) = pattern.mutability.as_ref().filter(|_| !host) {
        let remedy = format!("copy it in the body: `let mut value = {};`", pattern.ident);
        diagnostics.report(token, "arguments of an operation cannot be changed", remedy);
    }
    reserved_name(&pattern.ident, diagnostics);
}

/// Reports a name that the expansion keeps for itself.
pub(crate) fn reserved_name(name: &Ident, diagnostics: &Diagnostics) {
    if name.to_string().starts_with("kw_") {
        let problem = "names that begin with `kw_` belong to the expansion of the attribute";
        diagnostics.report(name, problem, "choose another name");
    }
}

/// The types of one result, or of a tuple of two or more.
fn output_types(ty: &syn::Type, generic: Option<&Ident>) -> Option<Vec<Type>> {
    match ty {
        syn::Type::Tuple(tuple) if tuple.elems.len() > 1 => {
            tuple.elems.iter().map(|ty| value_type(ty, generic)).collect()
        }
        ty => Some(vec![value_type(ty, generic)?]),
    }
}

/// Why a parameter's default is no value of it. The names of a choice are known to rustc alone.
fn default_problem(param: &Param) -> Option<String> {
    let text = param.default?;
    let numbers = match param.ty {
        ParamType::Choice { .. } => return None,
        ParamType::Bool if matches!(text, "true" | "false") => return None,
        ParamType::Bool => return Some("is neither true nor false".to_owned()),
        _ if param.per_axis => text.trim_start_matches('[').trim_end_matches(']').split(',').collect(),
        _ => vec![text],
    };
    let (low, high) = limits(param.ty);
    let whole = matches!(param.ty, ParamType::U32 | ParamType::I32);
    let problem = |text: &str| match text.trim().parse::<f64>() {
        Err(_) => Some(format!("is not a number, but `{}`", text.trim())),
        Ok(number) if whole && number.fract() != 0.0 => Some("is not a whole number".to_owned()),
        Ok(number) if !(param.min.unwrap_or(low)..=param.max.unwrap_or(high)).contains(&number) => {
            Some("is outside the range of its values".to_owned())
        }
        Ok(number) if !(low..=high).contains(&number) => Some("does not fit its type".to_owned()),
        Ok(_) => None,
    };
    numbers.into_iter().find_map(problem)
}

fn allowed(kind: Kind) -> &'static str {
    match kind {
        Kind::Pointwise => {
            "images and parameters are f32, i32, u32, bool, the generic pixel type or PerAxis<…>; coordinates are `Position`"
        }
        Kind::Neighborhood => {
            "use `Window<f32>` (or of the generic pixel type) for the image and f32, i32, u32, bool, PerAxis<…> for parameters"
        }
        Kind::Separable => {
            "use `Line<f32>` (or of the generic pixel type) for the image and f32, i32, u32, bool, PerAxis<…> for parameters"
        }
        Kind::Gather => {
            "use `Sampler<f32>` (or of the generic pixel type) for images, `Position`, and f32, i32, u32, bool, PerAxis<…> for parameters"
        }
        Kind::Scan => {
            "use f32, i32, u32, bool or the generic pixel type for the voxels, `#[state(start = …)]` for what is carried along, `Position`, and parameters"
        }
        Kind::Reduction => "a reduction takes no further arguments",
        Kind::Grid => {
            "use `Item` (or `Lane<256>` and `Shared<f32, 4096>`), `Read<…>`, `Write<…>`, `Global<u32>` (or i32, f32) and scalars"
        }
        Kind::Composite => {
            "use `Expr<…>` for images, `Boundary` for the caller's, and f32, i32, u32, bool, PerAxis<…> or a `Choice` for parameters"
        }
        Kind::Procedure => {
            "use `&Context`, `Image<…>` or `AnyImage`, and f32, i32, u32, bool, PerAxis<…> or a `Choice`"
        }
    }
}

pub(crate) fn refuse_qualifiers(item: &syn::Signature, diagnostics: &Diagnostics) {
    if let Some(token) = &item.unsafety {
        diagnostics.report(token, "an operation cannot be unsafe", "remove `unsafe`");
    }
    if let Some(token) = &item.constness {
        diagnostics.report(token, "an operation cannot be const", "remove `const`");
    }
    if let Some(token) = &item.variadic {
        diagnostics.report(token, "an operation has a fixed number of arguments", "name each argument");
    }
    if let Some(token) = &item.asyncness {
        diagnostics.report(token, "an operation cannot be async", "remove `async`");
    }
    if let Some(abi) = &item.abi {
        diagnostics.report(abi, "an operation has no ABI of its own", "remove it");
    }
}

/// The one generic parameter that an operation may have: `T: Pixel`.
pub(crate) fn generic(generics: &syn::Generics, diagnostics: &Diagnostics) -> Option<Ident> {
    let mut found = None;
    for param in &generics.params {
        match param {
            GenericParam::Type(ty) if found.is_none() => {
                if ty.ident != "T" {
                    diagnostics.report(&ty.ident, "the pixel type is always called `T`", "write `<T: Pixel>`");
                }
                found = Some(ty.ident.clone());
            }
            GenericParam::Lifetime(lifetime) => {
                diagnostics.report(lifetime, "an operation has no lifetimes", "remove it: `w: Window<f32>` needs none")
            }
            GenericParam::Const(value) => diagnostics.report(
                &value.ident,
                "an operation has no const parameters",
                "make it an argument with `#[param]`",
            ),
            GenericParam::Type(other) => diagnostics.report(
                &other.ident,
                "an operation has at most one generic parameter, the pixel type",
                "use `T` for all images of this operation",
            ),
        }
    }
    found
}

/// The last segment of a path type.
pub(crate) fn last_segment(ty: &syn::Type) -> Option<&Ident> {
    match ty {
        syn::Type::Path(path) => Some(&path.path.segments.last()?.ident),
        _ => None,
    }
}

/// `T` of `Name<'_, T>`.
pub(crate) fn argument_of(ty: &syn::Type) -> Option<&syn::Type> {
    let syn::Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `N` of `Name<N>` or `Name<T, N>`.
pub(crate) fn number_of(ty: &syn::Type) -> Option<u32> {
    let syn::Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Const(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. })) => {
            number.base10_parse().ok()
        }
        _ => None,
    })
}

/// The IR's name for a scalar Rust type.
pub(crate) fn value_type(ty: &syn::Type, generic: Option<&Ident>) -> Option<Type> {
    let name = last_segment(ty)?;
    if generic.is_some_and(|generic| generic == name) {
        return Some(Type::Pixel);
    }
    Some(match name.to_string().as_str() {
        "f32" => Type::F32,
        "i32" => Type::I32,
        "u32" => Type::U32,
        "i64" => Type::I64,
        "bool" => Type::Bool,
        "usize" => Type::Index,
        _ => return None,
    })
}

/// Whether a name is that of a scalar type of Rust.
pub(crate) fn is_scalar(name: &str) -> bool {
    const SCALARS: [&str; 16] = [
        "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize", "bool",
        "char",
    ];
    SCALARS.contains(&name)
}

/// A type as the author would write it.
pub(crate) fn tidy(tokens: &impl quote::ToTokens) -> String {
    tokens
        .to_token_stream()
        .to_string()
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("& ", "&")
        .replace(" :: ", "::")
}
