//! The tokens that the macro returns: a typed wrapper under the author's name, and beside it a module of the same name with the IR, both
//! kernel texts, the native implementation and the metadata. Printing only: everything was checked before.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemFn, ItemImpl, LitStr};

use super::KernelModel;
use super::attribute::{Attribute, Kind};
use super::docs;
use super::helpers::Helpers;
use super::implementation::{compute_type, cpu, fetch_param, layout, weights};
use super::signature::{Role, Signature, last_segment};
use super::wrapper::{Output, element_type, grid_wrapper, image_wrapper, output_kind, public_name};
use crate::emit::{Cuda, Dialect, OpenCl, Piece, pieces, text};
use crate::ir::{Op, ToConst};

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
        Role::Boundary => quote!(kw_boundary),
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
        Role::State(_) | Role::Position | Role::Item | Role::Lane | Role::Shared(_) => quote!(),
    });
    let arguments: Vec<_> = arguments.collect();
    let (call, kind) = if attribute.kind == Kind::Composite {
        (
            quote! {
                fn kw_call(
                    inputs: &[rt::AnyExpr],
                    kw_arguments: &rt::Arguments,
                    kw_boundary: rt::Boundary,
                ) -> rt::Result<rt::AnyExpr> {
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
                ) -> rt::Result<rt::Pending<rt::Outcome>> {
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
    let letter = axis.map(|axis| axis.to_string().to_lowercase());
    let text = wrapper_text(&docs.text, extra, letter.as_deref(), attribute.whole.is_some());
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
    let info =
        info(&name.to_string(), &with_aliases_of(attribute, letter.as_deref()), signature, &docs, &info_output, &kind);
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

/// The attribute with the aliases of one wrapper: those with `{axis}` name the projections, the others the number for the whole image.
fn with_aliases_of(attribute: &Attribute, axis: Option<&str>) -> Attribute {
    let mine = attribute.aliases.iter().filter(|alias| alias.contains("{axis}") == axis.is_some());
    Attribute {
        kind: attribute.kind,
        aliases: mine.map(|alias| alias.replace("{axis}", axis.unwrap_or_default())).collect(),
        family: attribute.family.clone(),
        whole: None,
        projection: None,
        layout: None,
        source: String::new(),
    }
}

/// The documentation of a wrapper of a reduction: the author's, with `extra` before the sections. Of the names in other libraries, the lines
/// with `{axis}` belong to the projections, and the others to the number for the whole image, if there is one.
fn wrapper_text(text: &str, extra: &str, axis: Option<&str>, has_whole: bool) -> String {
    let (before, sections) = match text.find("\n# ") {
        Some(start) => text.split_at(start),
        None => (text, ""),
    };
    let mut kept = format!("{}\n\n{extra}\n", before.trim_end());
    let mut mine = true;
    for line in sections.lines() {
        if line.starts_with("- ") {
            mine = line.contains("{axis}") == axis.is_some() || (axis.is_some() && !has_whole);
        } else if line.starts_with('#') || line.is_empty() {
            mine = true;
        }
        if mine {
            kept += &line.replace("{axis}", axis.unwrap_or("{axis}"));
            kept.push('\n');
        }
    }
    kept.trim_end().to_owned()
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
    let inputs = signature.inputs.iter().enumerate().map(|(number, input)| {
        let (name, ty) = (public_name(&signature.inputs, number), input.ty.to_const());
        let own_extents = signature.own_extents.contains(&number).then(|| quote!(.with_own_extents()));
        quote!(rt::InputInfo::new(#name, #ty) #own_extents)
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
