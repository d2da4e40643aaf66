//! Everything that is known about an operation, as JSON and in words. Nothing of it is written here by hand: it comes from
//! the operation's declaration and from the analysis of its IR.

use kernwerk_codegen::analysis::{Inexact, inexact};
use kernwerk_codegen::ir::{Class, Param, ParamType, Type, print};
use kernwerk_runtime::{Axis, KernelOp, OpInfo, OpKind, OutputInfo};
use serde_json::{Value as Json, json};

use super::facts;

/// All of it.
pub(crate) fn json(op: &OpInfo) -> Json {
    let inputs: Vec<_> =
        op.inputs.iter().map(|input| json!({"name": input.name, "type": type_name(input.ty)})).collect();
    let output = match op.output {
        OutputInfo::Image(ty) => json!({"kind": "image", "type": type_name(ty)}),
        OutputInfo::Images(types) => {
            let types: Vec<_> = types.iter().map(|&ty| type_name(ty)).collect();
            json!({"kind": "images", "types": types})
        }
        OutputInfo::Scalar => json!({"kind": "scalar"}),
        OutputInfo::Table => json!({"kind": "table"}),
    };
    let calls = inexact_calls(op).map(|calls| {
        let call = |call: &Inexact| {
            json!({
                "function": call.function,
                "call": print::intrinsic(call.intrinsic),
                "expression": call.expression,
                "ulp": call.ulp,
            })
        };
        calls.iter().map(call).collect::<Vec<_>>()
    });
    let names = op.peer_names().unwrap_or_default().into_iter();
    let names = names.map(|name| json!({"library": name.library, "name": name.name, "difference": name.difference}));
    let mut all = json!({
        "name": op.name,
        "family": op.family,
        "aliases": op.aliases,
        "summary": summary(op),
        "documentation": op.text(),
        "names": names.collect::<Vec<_>>(),
        "inputs": inputs,
        "parameters": op.params.iter().map(parameter).collect::<Vec<_>>(),
        "output": output,
        "class": class(op),
        // Of composites and procedures it is that of the operations they call.
        "exact": calls.as_ref().map(Vec::is_empty),
        "inexact": calls,
        // Neither do they have these of their own.
        "halo": null,
        "footprint": null,
        "cost": null,
        "kernels": null,
    });
    if let (Json::Object(all), Some(Json::Object(facts))) = (&mut all, kernel(op).map(|kernel| facts::json(op, kernel)))
    {
        all.extend(facts);
    }
    all
}

/// The first sentence of the documentation, which may go over several lines.
pub(crate) fn summary(op: &OpInfo) -> String {
    let paragraph = op.doc.trim().split("\n\n").next().unwrap_or("");
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    // A full stop within a sentence (`e.g. a`) is not followed by a capital.
    let ends = |at: usize| !line[at + 2..].starts_with(|next: char| next.is_lowercase());
    let end = line.match_indices(". ").map(|(at, _)| at).find(|&at| ends(at));
    line[..end.unwrap_or(line.len())].trim_end_matches('.').to_owned()
}

fn parameter(param: &Param) -> Json {
    let (ty, choices) = match param.ty {
        ParamType::Choice { names } => ("choice", Some(names)),
        ty => (param_type(ty), None),
    };
    json!({
        "name": param.name,
        "type": ty,
        "choices": choices,
        "per_axis": param.per_axis,
        "default": param.default.map(|text| default(param.ty, text)),
        "min": smallest(param),
        "max": param.max,
        "unit": param.unit,
        "optional": param.optional,
    })
}

/// A default as the JSON value that it stands for.
fn default(ty: ParamType, text: &str) -> Json {
    match ty {
        ParamType::Choice { .. } => text.into(),
        _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

/// The smallest value, also where the type alone says so.
fn smallest(param: &Param) -> Option<f64> {
    param.min.or((param.ty == ParamType::U32).then_some(0.0))
}

/// The compiled kernels, if the operation has any of its own.
pub(crate) fn kernel(op: &OpInfo) -> Option<&'static KernelOp> {
    match op.kind {
        OpKind::Kernel(kernel) | OpKind::ReduceWhole(kernel) | OpKind::ReduceAxis(kernel, _) => Some(kernel),
        OpKind::Composite(_) | OpKind::Procedure(_) => None,
    }
}

/// How the operation is computed, in one word or three.
pub(crate) fn class(op: &OpInfo) -> &'static str {
    match &op.kind {
        OpKind::Kernel(kernel) => match kernel.ir.class {
            Class::Pointwise => "pointwise",
            Class::Neighborhood => "neighborhood",
            Class::Separable => "separable",
            Class::Gather => "gather",
            Class::Scan => "scan",
            Class::Reduction => "reduction",
            Class::Grid => "grid",
        },
        OpKind::ReduceWhole(_) => "reduction",
        OpKind::ReduceAxis(_, Axis::X) => "projection along x",
        OpKind::ReduceAxis(_, Axis::Y) => "projection along y",
        OpKind::ReduceAxis(_, Axis::Z) => "projection along z",
        OpKind::Composite(_) => "composite",
        OpKind::Procedure(_) => "procedure",
    }
}

/// The name of a type as the command line spells it.
pub(crate) fn type_name(ty: Type) -> String {
    match ty {
        Type::Unit => "none".to_owned(),
        ty => format!("{ty:?}").to_lowercase(),
    }
}

/// The name of a parameter's type.
pub(crate) fn param_type(ty: ParamType) -> &'static str {
    match ty {
        ParamType::F32 => "f32",
        ParamType::I32 => "i32",
        ParamType::U32 => "u32",
        ParamType::Bool => "bool",
        ParamType::Pixel => "pixel",
        ParamType::Choice { .. } => "choice",
    }
}

/// The calls that keep an operation out of the exact tier; `None` for operations without kernels of their own.
pub(crate) fn inexact_calls(op: &OpInfo) -> Option<Vec<Inexact>> {
    Some(inexact(&kernel(op)?.ir))
}

/// Whether every device gives the same bits, and if not, which expressions are to blame.
pub(crate) fn exactness_words(op: &OpInfo) -> String {
    match inexact_calls(op) {
        None => "that of the operations it calls".to_owned(),
        Some(calls) if calls.is_empty() => "exact: the same bits on every device".to_owned(),
        Some(calls) => {
            format!("bounded, because of {}", calls.iter().map(Inexact::to_string).collect::<Vec<_>>().join("; "))
        }
    }
}
