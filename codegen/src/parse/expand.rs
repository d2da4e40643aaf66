//! The tokens that the macro returns: a typed wrapper under the author's name, and beside it a module of the same name with the IR, both
//! kernel texts, the native implementation and the metadata. Printing only: everything was checked before.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemFn, ItemImpl, LitStr};

use super::KernelModel;
use super::attribute::{Attribute, Kind};
use super::blocks;
use super::docs;
use super::early;
use super::helpers::Helpers;
use super::signature::{Role, Signature, last_segment};
use super::stages;
use super::wrapper::{Output, element_type, grid_wrapper, image_wrapper, output_kind, public_name};
use crate::emit::{Cuda, Dialect, OpenCl, Piece, pieces, text};
use crate::ir::{Access, Class, Op, ParamType, ToConst, Type};

/// Path of the runtime's support module in the crate that uses the macro.
pub(super) fn rt() -> TokenStream {
    quote!(::kernwerk::rt)
}

/// A kernel operation.
pub(super) fn kernel(model: &KernelModel) -> TokenStream {
    let rt = rt();
    let KernelModel { item, attribute, signature, helpers, op, .. } = model;
    let (name, vis) = (&item.sig.ident, &item.vis);
    let docs = author_docs(&item.attrs);
    let others = item.attrs.iter().filter(|attribute| !attribute.path().is_ident("doc"));
    let wrapper = if attribute.kind == Kind::Grid {
        grid_wrapper(signature, vis)
    } else {
        image_wrapper(signature, vis, &quote!(#name), name)
    };
    let compiled = compiled(op, attribute, helpers);
    let cpu = cpu(model);
    let (weights, layout) = (weights(model), layout(model));
    let info = if attribute.kind == Kind::Grid {
        quote!()
    } else {
        let output = output_info(signature);
        info(&name.to_string(), attribute, signature, &docs, &output, &quote!(#rt::OpKind::Kernel(&KERNEL)))
    };
    let documentation = docs.with(&docs::wrapper(attribute.kind, signature, Some(op), &name.to_string()));
    let module_doc = module_doc(name);
    quote! {
        #documentation
        #(#others)*
        #wrapper

        #[doc = #module_doc]
        #vis mod #name {
            #[allow(unused_imports)]
            use super::*;
            use #rt::{self as rt, ir};
            #compiled
            #[doc = "The operation as the runtime runs it."]
            pub static KERNEL: rt::KernelOp =
                rt::KernelOp { ir: IR, opencl: OPENCL, cuda: CUDA, cpu: #cpu, weights: &[#(#weights),*], layout: #layout, scalar: None };
            #info
        }
    }
}

/// A composite or a procedure: a Rust function over other operations.
pub(super) fn host(item: &ItemFn, attribute: &Attribute, signature: &Signature) -> TokenStream {
    let rt = rt();
    let (name, vis) = (&item.sig.ident, &item.vis);
    let docs = author_docs(&item.attrs);
    let documentation = docs.with(&docs::wrapper(attribute.kind, signature, None, &name.to_string()));
    let source = source(attribute);
    let wrapper = image_wrapper(signature, vis, &quote!(#name), name);
    let mut function = item.clone();
    function.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
    function.vis = syn::Visibility::Inherited;
    function.sig.ident = format_ident!("kw_run");
    let generic = signature.generic.as_ref().map(|_| quote!(::<rt::Dyn>));
    let operation = name.to_string();
    let arguments = signature.arguments.iter().map(|argument| match &argument.role {
        Role::Context => quote!(context),
        Role::Input(input) => {
            let index = usize::from(*input);
            let image = signature.inputs[index];
            let dynamic = last_segment(&argument.ty).is_some_and(|ty| ty == "AnyExpr" || ty == "AnyImage");
            let label = image.name;
            match (attribute.kind, dynamic) {
                (_, true) => quote!(inputs[#index].clone()),
                (Kind::Composite, false) => quote!(inputs[#index].clone().typed()),
                (_, false) => quote!(rt::typed_input(context, &inputs[#index], #operation, #label)?),
            }
        }
        Role::Param(param) => fetch_param(signature, *param, true),
        Role::State(_) | Role::Position | Role::Item => quote!(),
    });
    let arguments: Vec<_> = arguments.collect();
    let (call, kind) = if attribute.kind == Kind::Composite {
        (
            quote! {
                fn kw_call(inputs: &[rt::AnyExpr], kw_arguments: &rt::Arguments) -> rt::Result<rt::AnyExpr> {
                    rt::IntoGraph::into_graph(kw_run #generic (#(#arguments),*))
                }
            },
            quote!(rt::OpKind::Composite(kw_call)),
        )
    } else {
        (
            quote! {
                fn kw_call(
                    context: &rt::Context,
                    inputs: &[rt::AnyImage],
                    kw_arguments: &rt::Arguments,
                ) -> rt::Result<rt::Outcome> {
                    kw_run #generic (#(#arguments),*).map(rt::IntoOutcome::into_outcome)
                }
            },
            quote!(rt::OpKind::Procedure(kw_call)),
        )
    };
    let output = output_info(signature);
    let info = info(&operation, attribute, signature, &docs, &output, &kind);
    let module_doc = module_doc(name);
    quote! {
        #documentation
        #wrapper

        #[doc = #module_doc]
        #vis mod #name {
            #[allow(unused_imports)]
            use super::*;
            #[allow(unused_imports)]
            use #rt::{self as rt, ir};
            #function
            #[allow(unused_variables)]
            #call
            #source
            #info
        }
    }
}

/// A monoid with its wrappers.
pub(super) fn reduction(
    item: &ItemImpl,
    attribute: &Attribute,
    signature: &Signature,
    helpers: &Helpers,
    op: &Op,
) -> TokenStream {
    let rt = rt();
    let module = format_ident!("{}", op.name);
    let monoid = &signature.name;
    let docs = author_docs(&item.attrs);
    let compiled = compiled(op, attribute, helpers);
    let (cpu, scalar) = if signature.generic.is_some() {
        (
            quote!(rt::for_pixel!(pixel, T => rt::reduction::<#monoid, T>())),
            quote!(rt::for_pixel!(pixel, T => rt::scalar::<#monoid, T>(bits, count))),
        )
    } else {
        let ty = compute_type(signature.inputs[0].ty);
        (quote!(rt::reduction::<#monoid, #ty>()), quote!(rt::scalar::<#monoid, #ty>(bits, count)))
    };
    let mut wrappers = Vec::new();
    if let Some(whole) = &attribute.whole {
        let extra = "Reduces the whole image, batch axes included, to one number.";
        wrappers.push(reduction_wrapper(attribute, signature, &docs, whole, extra, op, None));
    }
    if let Some(pattern) = &attribute.projection {
        for (axis, variant) in [("x", "X"), ("y", "Y"), ("z", "Z")] {
            let name = LitStr::new(&pattern.value().replace("{axis}", axis), pattern.span());
            let extra = format!("Projects along {axis}: the result lacks that axis.");
            let variant = format_ident!("{variant}");
            wrappers.push(reduction_wrapper(attribute, signature, &docs, &name, &extra, op, Some(&variant)));
        }
    }
    let module_doc = format!("The compiled parts of the reduction [`{monoid}`].");
    quote! {
        #item

        #[doc = #module_doc]
        pub mod #module {
            #[allow(unused_imports)]
            use super::*;
            use #rt::{self as rt, ir};
            #compiled
            #[doc = "The operation as the runtime runs it."]
            pub static KERNEL: rt::KernelOp = rt::KernelOp {
                ir: IR,
                opencl: OPENCL,
                cuda: CUDA,
                cpu: rt::CpuKernel::Reduction(cpu),
                weights: &[],
                layout: None,
                scalar: Some(scalar),
            };
            #[allow(unused_variables)]
            fn cpu(pixel: rt::DType) -> &'static dyn rt::CpuReduction {
                #cpu
            }
            #[allow(unused_variables)]
            fn scalar(pixel: rt::DType, bits: &[u32], count: f64) -> f64 {
                #scalar
            }
        }
        #(#wrappers)*
    }
}

fn reduction_wrapper(
    attribute: &Attribute,
    signature: &Signature,
    docs: &Docs,
    name: &LitStr,
    extra: &str,
    op: &Op,
    axis: Option<&syn::Ident>,
) -> TokenStream {
    let rt = rt();
    let module = format_ident!("{}", op.name);
    let text = format!("{}\n\n{extra}", docs.text.trim_end());
    let tokens = {
        let text = format!(" {}", text.replace('\n', "\n "));
        quote!(#[doc = #text])
    };
    let docs = Docs { tokens, text };
    let name = syn::Ident::new(&name.value(), name.span());
    let generic = signature.generic.is_some();
    let (bounds, input) = if generic {
        (quote!(<T: #rt::Element>), quote!(impl #rt::IntoExpr<Element = T>))
    } else {
        (quote!(), quote!(impl #rt::IntoExpr))
    };
    let (output, finish, info_output, kind) = match axis {
        None => (
            quote!(#rt::Scalar),
            quote!(.scalar()),
            quote!(rt::OutputInfo::Scalar),
            quote!(rt::OpKind::ReduceWhole(&super::#module::KERNEL)),
        ),
        Some(axis) => {
            let element = element_type(signature.outputs[0]);
            let ty = signature.outputs[0].to_const();
            (
                quote!(#rt::Expr<#element>),
                quote!(.typed()),
                quote!(rt::OutputInfo::Image(#ty)),
                quote!(rt::OpKind::ReduceAxis(&super::#module::KERNEL, rt::Axis::#axis)),
            )
        }
    };
    // Aliases name the number for the whole image; projections are found by their pattern.
    let of_wrapper = if axis.is_none() { attribute } else { &without_aliases(attribute) };
    let info = info(&name.to_string(), of_wrapper, signature, &docs, &info_output, &kind);
    let documentation = docs.with(&docs::reduction(signature, op, axis.is_some()));
    let module_doc = module_doc(&name);
    quote! {
        #documentation
        pub fn #name #bounds (image: #input) -> #output {
            #rt::apply(&#name::INFO, vec![image.into_expr().into_any()], vec![])#finish
        }

        #[doc = #module_doc]
        pub mod #name {
            use super::#module::SOURCE;
            use #rt::{self as rt, ir};
            #info
        }
    }
}

fn without_aliases(attribute: &Attribute) -> Attribute {
    Attribute {
        kind: attribute.kind,
        aliases: Vec::new(),
        family: attribute.family.clone(),
        whole: None,
        projection: None,
        layout: None,
        source: String::new(),
    }
}

struct Docs {
    tokens: TokenStream,
    text: String,
}

impl Docs {
    /// The author's documentation and what is generated after it.
    fn with(&self, generated: &str) -> TokenStream {
        let tokens = &self.tokens;
        // Comments begin with a space; rustdoc takes it away if all lines have it.
        let generated = generated.replace('\n', "\n ");
        quote!(#tokens #[doc = #generated])
    }
}

fn author_docs(attributes: &[syn::Attribute]) -> Docs {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let mut text = String::new();
    for attribute in lines.clone() {
        if let syn::Meta::NameValue(value) = &attribute.meta
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = &value.value
        {
            let line = line.value();
            text.push_str(line.strip_prefix(' ').unwrap_or(&line));
            text.push('\n');
        }
    }
    Docs { tokens: quote!(#(#lines)*), text }
}

fn module_doc(name: &syn::Ident) -> String {
    format!("The compiled parts of [`{name}()`]: metadata, and for kernels their IR and texts.")
}

/// The author's text.
fn source(attribute: &Attribute) -> TokenStream {
    let source = &attribute.source;
    quote! {
        #[doc = "The operation as its author wrote it."]
        pub const SOURCE: &str = #source;
    }
}

fn compiled(op: &Op, attribute: &Attribute, helpers: &Helpers) -> TokenStream {
    let ir = op.to_const();
    let (opencl, cuda) = (kernel_text(op, &OpenCl), kernel_text(op, &Cuda));
    let (opencl_doc, cuda_doc) = (docs::kernel_text(op, &OpenCl), docs::kernel_text(op, &Cuda));
    let source = source(attribute);
    let helpers = helpers.tokens();
    quote! {
        #source
        #helpers
        #[doc = "The intermediate representation."]
        // The author's constants stand in it as numbers.
        #[allow(clippy::approx_constant)]
        pub const IR: ir::Op = #ir;
        #[doc = #opencl_doc]
        pub const OPENCL: &str = #opencl;
        #[doc = #cuda_doc]
        pub const CUDA: &str = #cuda;
        #[doc = "Whether every backend gives the same bits; computed from the IR."]
        pub const EXACT: bool = rt::exact(&IR);
    }
}

/// The text of an operation: a literal, or put together by rustc where it contains functions that only rustc knows.
fn kernel_text(op: &Op, dialect: &dyn Dialect) -> TokenStream {
    if op.helpers.is_empty() {
        let text = text(op, dialect);
        return quote!(#text);
    }
    let pieces = pieces(op, dialect).into_iter().map(|piece| match piece {
        Piece::Text(text) => quote!(&[#text]),
        Piece::Tier => quote!(&rt::emit::tier(&IR)),
        Piece::IfNeeded(need) => {
            let need = format_ident!("{}", format!("{need:?}"));
            quote!(&rt::emit::section(&IR, rt::emit::Need::#need))
        }
        Piece::Helpers => quote!(&rt::emit::helper_texts(&IR)),
    });
    quote!(rt::concatenated!(#(#pieces),*))
}

fn info(
    name: &str,
    attribute: &Attribute,
    signature: &Signature,
    docs: &Docs,
    output: &TokenStream,
    kind: &TokenStream,
) -> TokenStream {
    let aliases = &attribute.aliases;
    let family = match &attribute.family {
        Some(family) => quote!(#family),
        None => quote!(rt::family(module_path!())),
    };
    let doc = docs.text.trim_end();
    let inputs = signature.inputs.iter().map(|input| {
        let (name, ty) = (public_name(input), input.ty.to_const());
        quote!(rt::InputInfo::new(#name, #ty))
    });
    let params = signature.params.iter().enumerate().map(|(number, param)| {
        let choice = signature.choices.iter().find(|(choice, _)| usize::from(*choice) == number);
        let literal = param.to_const();
        match choice {
            Some((_, ty)) => {
                quote!(ir::Param { ty: ir::ParamType::Choice { names: <#ty as rt::Choice>::NAMES }, ..#literal })
            }
            None => literal,
        }
    });
    // The names of choices are known to rustc alone; without them the IR has the same parameters.
    let has_ir = !matches!(attribute.kind, Kind::Composite | Kind::Procedure | Kind::Reduction);
    let params = if has_ir && signature.choices.is_empty() { quote!(IR.params) } else { quote!(&[#(#params),*]) };
    quote! {
        #[doc = "What is known about the operation."]
        pub static INFO: rt::OpInfo = rt::OpInfo {
            name: #name,
            aliases: &[#(#aliases),*],
            family: #family,
            doc: #doc,
            source: SOURCE,
            inputs: &[#(#inputs),*],
            params: #params,
            output: #output,
            kind: #kind,
        };
    }
}

fn output_info(signature: &Signature) -> TokenStream {
    let ty = match output_kind(signature) {
        Output::Scalar => return quote!(rt::OutputInfo::Scalar),
        Output::Table => return quote!(rt::OutputInfo::Table),
        Output::Image(ty) => ty,
        Output::Images(types) => {
            let types = types.iter().map(ToConst::to_const);
            return quote!(rt::OutputInfo::Images(&[#(#types),*]));
        }
    };
    let ty = ty.to_const();
    quote!(rt::OutputInfo::Image(#ty))
}

/// The Rust type in which a body sees a value.
fn compute_type(ty: Type) -> TokenStream {
    match ty {
        Type::F32 => quote!(f32),
        Type::I32 => quote!(i32),
        Type::U32 => quote!(u32),
        Type::Bool => quote!(bool),
        Type::Index => quote!(usize),
        Type::I64 => quote!(i64),
        _ => quote!(T),
    }
}

/// The Rust type that a body returns.
fn result_type(types: &[Type]) -> TokenStream {
    match types {
        [ty] => compute_type(*ty),
        types => {
            let types = types.iter().map(|&ty| compute_type(ty));
            quote!((#(#types),*))
        }
    }
}

/// The value of a parameter from `arguments`.
fn fetch_param(signature: &Signature, param: u8, host: bool) -> TokenStream {
    let info = signature.params[usize::from(param)];
    let index = usize::from(param);
    let arguments = if host { quote!(kw_arguments) } else { quote!(kw_row.arguments()) };
    match (info.ty, info.per_axis) {
        (ParamType::F32, true) => quote!(#arguments.per_axis_f32(#index)),
        (ParamType::U32, true) => quote!(#arguments.per_axis_u32(#index)),
        (_, true) => quote!(compile_error!("a parameter per axis is f32 or u32")),
        (ParamType::F32, _) => quote!(#arguments.f32(#index)),
        (ParamType::I32, _) => quote!(#arguments.i32(#index)),
        (ParamType::U32, _) => quote!(#arguments.u32(#index)),
        (ParamType::Bool, _) => quote!(#arguments.bool(#index)),
        (ParamType::Pixel, _) => quote!(#arguments.pixel::<T>(#index)),
        (ParamType::Choice { .. }, _) => quote!(rt::Choice::from_index(#arguments.choice(#index))),
    }
}

/// Whether the start of a state depends on a parameter.
fn starts_read_params(op: &Op) -> bool {
    op.functions[1].exprs.iter().any(|typed| matches!(typed.expr, crate::ir::Expr::Param { .. }))
}

/// The native implementation: `rt::CpuKernel::…(cpu)` after a `fn cpu` that calls the body for a row.
fn cpu(model: &KernelModel) -> TokenStream {
    let KernelModel { item, signature, windows, op, .. } = model;
    let body = {
        let mut function = item.clone();
        function.attrs.clear();
        function.vis = syn::Visibility::Inherited;
        function.sig.ident = format_ident!("kw_body");
        let lints = super::literals::lints();
        // What only the layout or the start of a state depends on is no variable of the body.
        let elsewhere = model.attribute.layout.is_some() || op.class == Class::Scan && starts_read_params(op);
        let unused = elsewhere.then(|| quote!(#[allow(unused_variables)]));
        quote! {
            #[inline(always)]
            #[allow(dead_code, clippy::too_many_arguments)]
            #unused
            #lints
            #function
        }
    };
    let params = signature.arguments.iter().filter_map(|argument| match &argument.role {
        Role::Param(param) => {
            let (ident, value) = (&argument.name, fetch_param(signature, *param, false));
            Some(quote!(let #ident = #value;))
        }
        _ => None,
    });
    let names: Vec<_> = super::argument_names(signature)
        .map(|(name, role)| match role {
            Role::Position => quote!(kw_at),
            Role::Item => quote!(kw_item),
            _ => quote!(#name),
        })
        .collect();
    let inputs: Vec<_> = signature
        .arguments
        .iter()
        .filter_map(|argument| match argument.role {
            Role::Input(input) => {
                Some((&argument.name, compute_type(signature.inputs[usize::from(input)].ty), usize::from(input)))
            }
            _ => None,
        })
        .collect();
    let (class, row, run) = match op.class {
        Class::Pointwise => {
            let map = format_ident!("map{}_with", inputs.len());
            let closure = inputs.iter().map(|(name, ty, _)| quote!(#name: #ty));
            (
                quote!(Pointwise),
                quote!(&mut rt::PointwiseRow<'_>),
                quote!(rt::map_rows!(kw_row.#map(|#(#closure,)* kw_at: rt::Position| kw_body(#(#names),*)));),
            )
        }
        Class::Gather => {
            let (name, element, _) = &inputs[0];
            let position = signature.arguments.iter().find(|argument| matches!(argument.role, Role::Position));
            let place = crate::analysis::evenly_placed(op).then(|| blocks::place(&item.block, name, "at")).flatten();
            let between = blocks::place(&item.block, name, "linear")
                .filter(|_| crate::analysis::samples_once(op) && signature.outputs[..] == [Type::F32]);
            let run = match (place, between, position) {
                (Some(place), _, Some(position)) => {
                    let at = &position.name;
                    quote!(kw_row.move_evenly(|#name: rt::Sampler<'_, #element>, #at: rt::Position| -> [i32; 3] #place);)
                }
                (_, Some(place), Some(position)) => {
                    let at = &position.name;
                    quote! {
                        rt::map_rows!(kw_row.interpolate_with(
                            #[inline(always)]
                            |#name: rt::Sampler<'_, #element>, #at: rt::Position| -> [f32; 3] #place
                        ));
                    }
                }
                _ => quote! {
                    rt::map_rows!(kw_row.map_with(
                        #[inline(always)]
                        |#name: rt::Sampler<'_, #element>, kw_at: rt::Position| kw_body(#(#names),*)
                    ));
                },
            };
            (quote!(Gather), quote!(&mut rt::GatherLaunch<'_>), run)
        }
        Class::Scan => {
            let images: Vec<_> = inputs.iter().map(|(name, ..)| name).collect();
            let elements: Vec<_> = inputs.iter().map(|(_, element, _)| element).collect();
            let states: Vec<_> = signature.states.iter().map(|state| &state.name).collect();
            let types: Vec<_> = signature.states.iter().map(|state| compute_type(state.ty)).collect();
            let starts = signature.states.iter().map(|state| &state.start);
            (
                quote!(Scan),
                quote!(&mut rt::ScanLaunch<'_>),
                quote! {
                    #[allow(unused_imports)]
                    use rt::Pixel as _;
                    #[allow(unused_variables)]
                    let kw_start = move |(#(#images,)*): (#(#elements,)*)| -> (#(#types,)*) { (#(#starts,)*) };
                    rt::map_rows!(kw_row.map_with((
                        kw_start,
                        // With copies of the parameters, which no result can overwrite.
                        #[inline(always)]
                        move |(#(#images,)*): (#(#elements,)*), (#(#states,)*): (#(#types,)*), kw_at: rt::Position| {
                            let (kw_value, #(#states),*) = kw_body(#(#names),*);
                            (kw_value, (#(#states,)*))
                        },
                    )));
                },
            )
        }
        Class::Grid => {
            let buffers = inputs.iter().map(|(name, ty, input)| {
                let method = match signature.inputs[*input].access {
                    Access::Tally => return quote!(let #name = kw_row.tally(#input);),
                    Access::Read => format_ident!("read"),
                    Access::Write => format_ident!("write"),
                    _ => format_ident!("global"),
                };
                quote!(let #name = kw_row.#method::<#ty>(#input);)
            });
            let item_name = signature.arguments.iter().find(|argument| matches!(argument.role, Role::Item));
            let early = item_name.and_then(|argument| early::early(&item.block, &argument.name, signature, op));
            let run = match (early, item_name) {
                (Some(early), Some(argument)) => {
                    let (at, rows, block) = (&argument.name, early.rows, early.block);
                    quote!(#(#rows)* rt::map_rows!(kw_row.run_with(move |#at: rt::Item| #block));)
                }
                _ => quote!(rt::map_rows!(kw_row.run_with(move |kw_item: rt::Item| kw_body(#(#names),*)));),
            };
            (quote!(Grid), quote!(&rt::GridRow<'_>), quote!(#(#buffers)* #run))
        }
        _ => {
            let line = op.class == Class::Separable;
            let (name, element, _) = &inputs[0];
            let (map, view, kind) = if line {
                (quote!(map_lines_with), quote!(rt::Line<'_, #element>), quote!(Line))
            } else {
                (quote!(map_windows_with), quote!(rt::Window<'_, #element>), quote!(Neighborhood))
            };
            let output = result_type(&signature.outputs);
            // A body that asks for extents is compiled for images of three axes, of two, and for all.
            let flat = crate::analysis::expressions(op).any(|expr| matches!(expr, crate::ir::Expr::Extent { .. }));
            let macro_name = if flat { format_ident!("map_flat_rows") } else { format_ident!("map_rows") };
            let staged = stages::stage(&item.block, signature, windows, element);
            let (rows, block) = staged.map_or((Vec::new(), None), |staged| (staged.rows, Some(staged.block)));
            let method = if line { "line" } else { "window" };
            let run = match (blocks::blocks(block.as_ref().unwrap_or(&item.block), name, method), block) {
                (Some(body), _) => quote! {
                    rt::map_block_rows!(kw_row.map_blocks_with(
                        #[inline(always)]
                        |kw_block: rt::WindowBlock<'_, #element>, kw_out: &mut [#output; rt::BLOCK]| { #body }
                    ));
                },
                (None, Some(block)) => {
                    quote!(rt::#macro_name!(kw_row.#map(|#name: #view, kw_x: rt::Place| -> #output #block));)
                }
                (None, None) => {
                    quote!(rt::#macro_name!(kw_row.#map(|#name: #view, _: rt::Place| kw_body(#(#names),*)));)
                }
            };
            let run = quote!(#(#rows)* #run);
            (kind, quote!(&mut rt::WindowRow<'_>), run)
        }
    };
    // Parameters are read where the pixel type is known, since they may be of that type.
    let run = quote!(#(#params)* #run);
    let run = if signature.generic.is_some() { quote!(rt::for_pixel!(kw_row.pixel(), T => { #run })) } else { run };
    quote! {
        {
            #body
            // What is to be said about the author's tokens is said about `kw_body`.
            #[allow(unused, clippy::all)]
            fn cpu(kw_row: #row) {
                #run
            }
            rt::CpuKernel::#class(cpu)
        }
    }
}

/// `Some(…)` of the host function that computes the layout of the result, where the operation has one.
fn layout(model: &KernelModel) -> TokenStream {
    let signature = &model.signature;
    let Some(layout) = &model.attribute.layout else { return quote!(None) };
    let bindings = signature.arguments.iter().filter_map(|argument| {
        let ident = &argument.name;
        match &argument.role {
            Role::Param(param) => {
                let value = fetch_param(signature, *param, true);
                Some(quote!(let #ident = #value;))
            }
            Role::Input(_) => Some(quote!(let #ident = kw_source;)),
            _ => None,
        }
    });
    quote! {
        Some({
            #[allow(unused_variables)]
            fn kw_layout(kw_source: rt::Layout, kw_arguments: &rt::Arguments) -> rt::Layout {
                #(#bindings)*
                #layout
            }
            kw_layout
        })
    }
}

fn weights(model: &KernelModel) -> Vec<TokenStream> {
    let signature = &model.signature;
    model
        .windows
        .weight_calls()
        .iter()
        .map(|call| {
            let params = signature.arguments.iter().filter_map(|argument| match &argument.role {
                Role::Param(param) => {
                    let (ident, value) = (&argument.name, fetch_param(signature, *param, true));
                    Some(quote!(let #ident = #value;))
                }
                _ => None,
            });
            quote! {
                {
                    #[allow(unused_variables)]
                    fn kw_weights(kw_arguments: &rt::Arguments) -> rt::PerAxis<Vec<f32>> {
                        #(#params)*
                        #call
                    }
                    kw_weights
                }
            }
        })
        .collect()
}
