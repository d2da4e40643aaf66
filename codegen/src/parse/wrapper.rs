//! The typed wrappers: what callers of an operation see.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::expand::rt;
use super::signature::{Role, Signature, argument_of, last_segment, tidy};
use crate::ir::{Access, Input, ParamType, Type};

pub(super) fn image_wrapper(
    signature: &Signature,
    vis: &syn::Visibility,
    name: &TokenStream,
    module: &syn::Ident,
) -> TokenStream {
    let rt = rt();
    let mut parameters = Vec::new();
    let mut inputs = Vec::new();
    let mut values = Vec::new();
    let mut typed_input = false;
    for argument in &signature.arguments {
        let ident = &argument.name;
        match &argument.role {
            Role::Input(input) => {
                let ident =
                    &format_ident!("{}", public_name(&signature.inputs, usize::from(*input)), span = ident.span());
                let dynamic = last_segment(&argument.ty).is_some_and(|ty| ty == "AnyExpr" || ty == "AnyImage");
                if signature.inputs[usize::from(*input)].ty == Type::Pixel && !dynamic {
                    typed_input = true;
                    parameters.push(quote!(#ident: impl #rt::IntoExpr<Element = T>));
                } else {
                    parameters.push(quote!(#ident: impl #rt::IntoExpr));
                }
                inputs.push(quote!(#ident.into_expr().into_any()));
                if !signature.states.is_empty() && usize::from(*input) + 1 == signature.inputs.len() {
                    // The axis of a scan comes after its images; how it is walked is said by name.
                    parameters.push(quote!(axis: #rt::Axis));
                }
            }
            Role::Param(param) => {
                let info = signature.params[usize::from(*param)];
                if info.optional {
                    values.push(quote!(None));
                    continue;
                }
                let ty = &argument.ty;
                match info.ty {
                    ParamType::Pixel => {
                        parameters.push(quote!(#ident: impl Into<#rt::Number>));
                        values.push(quote!(Some(#rt::Value::Pixel(#ident.into()))));
                    }
                    ParamType::Choice { .. } => {
                        parameters.push(quote!(#ident: #ty));
                        values.push(quote!(Some(#rt::Value::Choice(#rt::Choice::index(#ident)))));
                    }
                    _ if info.per_axis => {
                        parameters.push(quote!(#ident: impl Into<#ty>));
                        values.push(quote!(Some(#rt::Value::from(Into::<#ty>::into(#ident)))));
                    }
                    _ => {
                        parameters.push(quote!(#ident: #ty));
                        values.push(quote!(Some(#rt::Value::from(#ident))));
                    }
                }
            }
            Role::State(_)
            | Role::Position
            | Role::Item
            | Role::Lane
            | Role::Shared(_)
            | Role::Context
            | Role::Boundary => {}
        }
    }
    if !signature.states.is_empty() {
        values.insert(0, quote!(Some(#rt::Value::Choice(#rt::Choice::index(axis)))));
        values.push(quote!(None));
    }
    let bounds = if typed_input { quote!(<T: #rt::Element>) } else { quote!() };
    let (output, finish) = match output_kind(signature) {
        Output::Scalar => (quote!(#rt::Scalar), quote!(.scalar())),
        Output::Table => (quote!(#rt::TableExpr), quote!(.table())),
        Output::Image(Type::Pixel) if !typed_input => (quote!(#rt::Expr<#rt::Dyn>), quote!(.typed())),
        Output::Image(ty) => {
            let element = element_type(ty);
            (quote!(#rt::Expr<#element>), quote!(.typed()))
        }
        Output::Images(types) => {
            let element = |&ty: &Type| match ty {
                Type::Pixel if !typed_input => quote!(#rt::Dyn),
                ty => element_type(ty),
            };
            let elements: Vec<_> = types.iter().map(element).collect();
            return images_wrapper(&elements, vis, name, module, &bounds, &parameters, &inputs, &values);
        }
    };
    quote! {
        #[allow(clippy::too_many_arguments)]
        #vis fn #name #bounds (#(#parameters),*) -> #output {
            #rt::apply(&#module::INFO, vec![#(#inputs),*], vec![#(#values),*])#finish
        }
    }
}

pub(super) fn grid_wrapper(signature: &Signature, vis: &syn::Visibility) -> TokenStream {
    let rt = rt();
    let name = &signature.name;
    let mut parameters = Vec::new();
    let mut buffers = Vec::new();
    let mut values = Vec::new();
    for argument in &signature.arguments {
        let (ident, ty) = (&argument.name, &argument.ty);
        match &argument.role {
            Role::Input(_) => {
                parameters.push(quote!(#ident: &(impl #rt::GridBuffer + ?Sized)));
                buffers.push(quote!(#ident.operand()));
            }
            Role::Param(_) => {
                parameters.push(quote!(#ident: #ty));
                values.push(quote!(#rt::Value::from(#ident)));
            }
            _ => {}
        }
    }
    quote! {
        #[allow(clippy::too_many_arguments)]
        #vis fn #name(context: &#rt::Context, domain: #rt::Domain, #(#parameters),*) -> #rt::Result<()> {
            #[allow(unused_imports)]
            use #rt::GridBuffer as _;
            context.launch(&#name::KERNEL, domain, &[#(#buffers),*], &#rt::Arguments::new(vec![#(#values),*]))
        }
    }
}

/// The wrapper of an operation with several outputs: their expressions share one node, so that one call computes all.
#[expect(clippy::too_many_arguments, reason = "the parts of one function, each used once")]
fn images_wrapper(
    elements: &[TokenStream],
    vis: &syn::Visibility,
    name: &TokenStream,
    module: &syn::Ident,
    bounds: &TokenStream,
    parameters: &[TokenStream],
    inputs: &[TokenStream],
    values: &[TokenStream],
) -> TokenStream {
    let rt = rt();
    let parts = 0..elements.len();
    quote! {
        #[allow(clippy::too_many_arguments)]
        #vis fn #name #bounds (#(#parameters),*) -> (#(#rt::Expr<#elements>),*) {
            let kw_call = #rt::apply(&#module::INFO, vec![#(#inputs),*], vec![#(#values),*]);
            (#(kw_call.part(#parts).typed()),*)
        }
    }
}

pub(super) enum Output {
    Image(Type),
    Images(Vec<Type>),
    Scalar,
    Table,
}

/// What a wrapper returns: the type itself for kernels, what is inside `Expr<…>` or `Result<Image<…>>` for host functions, or one of these for
/// each part of a tuple; numbers and tables may be `Pending`.
pub(super) fn output_kind(signature: &Signature) -> Output {
    match &signature.outputs[..] {
        [] => {}
        [ty] => return Output::Image(*ty),
        types => return Output::Images(types.to_vec()),
    }
    let Some(mut ty) = signature.output_ty.as_ref() else { return Output::Image(Type::Unit) };
    if last_segment(ty).is_some_and(|name| name == "Result") {
        ty = argument_of(ty).unwrap_or(ty);
    }
    if last_segment(ty).is_some_and(|name| name == "Pending") {
        ty = argument_of(ty).unwrap_or(ty);
    }
    if let syn::Type::Tuple(tuple) = ty {
        return Output::Images(tuple.elems.iter().map(image_type).collect());
    }
    match last_segment(ty).map(ToString::to_string).as_deref() {
        Some("f64" | "Scalar") => Output::Scalar,
        Some("Table") => Output::Table,
        _ => Output::Image(image_type(ty)),
    }
}

/// What `Expr<…>`, `Image<…>` and their untyped kin hold.
fn image_type(ty: &syn::Type) -> Type {
    let typed = last_segment(ty).is_some_and(|name| name == "Expr" || name == "Image");
    let element = argument_of(ty).filter(|_| typed).map(tidy).unwrap_or_default();
    match element.as_str() {
        "f32" => Type::F32,
        "u32" => Type::U32,
        "i32" => Type::I32,
        "u8" => Type::Bool,
        _ => Type::Pixel,
    }
}

/// The element type of a wrapper's result.
pub(super) fn element_type(ty: Type) -> TokenStream {
    match ty {
        Type::F32 => quote!(f32),
        Type::I32 => quote!(i32),
        Type::U32 => quote!(u32),
        Type::Bool => quote!(u8),
        _ => quote!(T),
    }
}

/// What callers call an input: authors name a window, a line or a sampler for their bodies (`w`, `line`), callers give an image. Of several
/// samplers each has its own name.
pub(super) fn public_name(inputs: &[Input], input: usize) -> &'static str {
    match inputs[input].access {
        Access::Window | Access::Line => "image",
        Access::Sample if inputs.len() == 1 => "image",
        _ => inputs[input].name,
    }
}
