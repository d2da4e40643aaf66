//! The native implementation in what the macro returns: a `fn cpu` that calls the body for a row, and the host functions that compute
//! weights and layouts.
//!
//! Input: the checked model. Output: tokens. Invariant: the body is the author's but for what `stages`, `blocks` and `early` move out of it;
//! none of them changes an operation or the order of two.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::KernelModel;
use super::blocks;
use super::early;
use super::phases;
use super::signature::{Role, Signature};
use super::stages;
use crate::ir::{Access, Class, Op, ParamType, Stmt, Type};

/// The Rust type in which a body sees a value.
pub(super) fn compute_type(ty: Type) -> TokenStream {
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
pub(super) fn fetch_param(signature: &Signature, param: u8, host: bool) -> TokenStream {
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
pub(super) fn cpu(model: &KernelModel) -> TokenStream {
    let KernelModel { item, signature, windows, op, .. } = model;
    let body = {
        let mut function = item.clone();
        function.attrs.clear();
        function.vis = syn::Visibility::Inherited;
        function.sig.ident = format_ident!("kw_body");
        let lane = signature.arguments.iter().find(|argument| argument.role == Role::Lane);
        if let (Some(lane), Some(group)) = (lane, op.group) {
            *function.block = phases::native(&function.block, &lane.name, group.lanes);
        }
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
            Role::Lane => quote!(rt::Lane::new(kw_item, &kw_watch)),
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
                // Out of line a body would be compiled without the instructions of its version.
                quote! {
                    rt::map_rows!(kw_row.#map(
                        #[inline(always)]
                        |#(#closure,)* kw_at: rt::Position| kw_body(#(#names),*)
                    ));
                },
            )
        }
        Class::Gather => {
            let (name, element, _) = &inputs[0];
            let position = signature.arguments.iter().find(|argument| matches!(argument.role, Role::Position));
            let one = inputs.len() == 1;
            let even = one && crate::analysis::evenly_placed(op);
            let place = even.then(|| blocks::place(&item.block, name, "at")).flatten();
            let between = blocks::place(&item.block, name, "linear")
                .filter(|_| one && crate::analysis::samples_once(op) && signature.outputs[..] == [Type::F32]);
            let under = under(item, signature, op);
            let output = result_type(&signature.outputs);
            let run = match (place, between, position) {
                _ if under.is_some() => {
                    let images: Vec<_> = inputs.iter().map(|(name, ..)| name).collect();
                    let elements: Vec<_> = inputs.iter().map(|(_, element, _)| element).collect();
                    let numbers = 0..inputs.len();
                    let Under { source, kernels, turned, body } = under.expect("the guard looks");
                    let (_, element, _) = &inputs[source];
                    let source = images[source];
                    let kernels = kernels.into_iter().map(|kernel| images[kernel]);
                    quote! {
                        let kw_sources = (#(kw_row.source::<#elements>(#numbers),)*);
                        let (#(#images,)*) = &kw_sources;
                        let kw_extended = kw_row.extended(#source, &[#(#kernels.reach(#turned)),*]);
                        rt::map_block_rows!(kw_row.map_blocks_with((
                            |kw_n: usize| (#(#images.of(kw_n),)*),
                            |kw_n: usize| kw_extended.of(kw_n),
                            #[inline(always)]
                            |kw_block: rt::GatherBlock<'_, #element>, (#(#images,)*): (#(rt::Sampler<'_, #elements>,)*), kw_out: &mut [#output; rt::BLOCK]| { #body },
                        )));
                    }
                }
                _ if !one => {
                    let images: Vec<_> = inputs.iter().map(|(name, ..)| name).collect();
                    let elements: Vec<_> = inputs.iter().map(|(_, element, _)| element).collect();
                    let numbers = 0..inputs.len();
                    quote! {
                        let kw_sources = (#(kw_row.source::<#elements>(#numbers),)*);
                        let (#(#images,)*) = &kw_sources;
                        rt::map_rows!(kw_row.map_several_with((
                            |kw_n: usize| (#(#images.of(kw_n),)*),
                            #[inline(always)]
                            |(#(#images,)*): (#(rt::Sampler<'_, #elements>,)*), kw_at: rt::Position| kw_body(#(#names),*),
                        )));
                    }
                }
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
                _ if op.group.is_some() => {
                    let shared = signature.arguments.iter().filter(|argument| matches!(argument.role, Role::Shared(_)));
                    let (arrays, types): (Vec<_>, Vec<_>) =
                        shared.map(|argument| (&argument.name, &argument.ty)).unzip();
                    let memory: Vec<_> = arrays.iter().map(|array| format_ident!("kw_memory_{array}")).collect();
                    quote! {
                        let kw_watch = rt::Watch::default();
                        #(let #memory = <#types>::memory();)*
                        #(let #arrays = <#types>::new(&#memory, &kw_watch);)*
                        rt::map_rows!(kw_row.run_with(|kw_item: rt::Item| kw_body(#(#names),*)));
                    }
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

/// A body that loops over neighbours under kernels, for a block of voxels at once.
struct Under {
    /// The number of the source whose neighbours they are.
    source: usize,
    kernels: Vec<usize>,
    /// Whether each of the kernels may lie along another axis.
    turned: Vec<bool>,
    body: TokenStream,
}

/// `None` for a body without such a loop, and for one that runs voxel by voxel: one source is extended.
fn under(item: &syn::ItemFn, signature: &Signature, op: &Op) -> Option<Under> {
    let loops = op.functions.iter().flat_map(|function| function.stmts).filter_map(|stmt| match *stmt {
        Stmt::ForUnder { input, under, turned, .. } => Some((usize::from(input), usize::from(under), turned.is_some())),
        _ => None,
    });
    let loops: Vec<_> = loops.collect();
    let &(source, ..) = loops.first()?;
    let named = |wanted: &dyn Fn(&Role) -> bool| signature.arguments.iter().find(|argument| wanted(&argument.role));
    let image = named(&|role| matches!(role, Role::Input(input) if usize::from(*input) == source))?;
    let at = named(&|role| matches!(role, Role::Position))?;
    let same = loops.iter().all(|&(input, ..)| input == source);
    let body = blocks::blocks_under(&item.block, &image.name, &at.name).filter(|_| same)?;
    let (kernels, turned) = loops.into_iter().map(|(_, kernel, turned)| (kernel, turned)).unzip();
    Some(Under { source, kernels, turned, body })
}

/// `Some(…)` of the host function that computes the layout of the result, where the operation has one.
pub(super) fn layout(model: &KernelModel) -> TokenStream {
    let signature = &model.signature;
    let Some(layout) = &model.attribute.layout else { return quote!(None) };
    let bindings = signature.arguments.iter().filter_map(|argument| {
        let ident = &argument.name;
        match &argument.role {
            Role::Param(param) => {
                let value = fetch_param(signature, *param, true);
                Some(quote!(let #ident = #value;))
            }
            Role::Input(input) => {
                let input = usize::from(*input);
                Some(quote!(let #ident = kw_sources[#input];))
            }
            _ => None,
        }
    });
    quote! {
        Some({
            #[allow(unused_variables)]
            fn kw_layout(kw_sources: &[rt::Layout], kw_arguments: &rt::Arguments) -> rt::Result<rt::Layout> {
                #(#bindings)*
                rt::IntoLayout::into_layout(#layout)
            }
            kw_layout
        })
    }
}

pub(super) fn weights(model: &KernelModel) -> Vec<TokenStream> {
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
