//! What the compiler knows about a kernel operation, in words and as JSON: footprint, halo, costs, plan with its reasons.
//!
//! Input: an operation and its IR. Output: text for `kernwerk ops NAME` and `kernwerk source`. Nothing of it is written by hand: all
//! comes from `kernwerk_codegen::analysis` and `plan`.

use kernwerk_codegen::analysis::{Amount, Cost, Halo, Separability, cost, footprint, halo, halo_words};
use kernwerk_codegen::ir::{Class, Op};
use kernwerk_codegen::plan::{self, Argument};
use kernwerk_runtime::{KernelOp, OpInfo};
use serde_json::{Value as Json, json};

/// The sections of a page: footprint, halo, costs, kernels.
pub(crate) fn sections(op: &Op) -> String {
    let mut text = format!("\nFootprint (voxels that are read)\n  {}\n", footprint_words(op));
    text += &format!("\nHalo (voxels read around each)\n  {}\n", halo_words(op));
    text += &format!("\nCost per {} (counted in the text, not measured)\n{}", unit(op), cost_words(&cost(op)));
    text += "\nKernels\n";
    for kernel in plan::plan(op).kernels {
        text += &format!("  {}: {}\n", kernel.name, kernel.summary);
        for reason in plan::reasons(op, &kernel) {
            text += &format!("    why: {reason}\n");
        }
    }
    text
}

/// Which voxels are read around each.
pub(crate) fn reach(op: &Op) -> String {
    halo_words(op).to_string()
}

/// The same facts as data.
pub(crate) fn json(info: &OpInfo, kernel: &KernelOp) -> Json {
    let op = &kernel.ir;
    let (footprint, cost) = (footprint(op), cost(op));
    let windows: Vec<_> =
        footprint.windows.iter().map(|&window| kernwerk_codegen::ir::print::window(op, window)).collect();
    let weights: Vec<_> = footprint.weights.iter().map(|&weights| op.weights[usize::from(weights)].call).collect();
    let kernels = plan::plan(op)
        .kernels
        .into_iter()
        .map(|kernel| json!({"name": kernel.name, "summary": kernel.summary, "reasons": plan::reasons(op, &kernel)}));
    let symbols: serde_json::Map<String, Json> =
        cost.symbols.iter().map(|symbol| (symbol.name.clone(), symbol.meaning.clone().into())).collect();
    json!({
        "halo": halo_json(info, &halo(op)),
        "footprint": {
            "offsets": footprint.offsets,
            "windows": windows,
            "weights": weights,
            "known": !footprint.unknown && op.class != Class::Grid,
            "separability": separability(footprint.separability),
        },
        "cost": {
            "per": unit(op),
            "bytes_read": cost.moved.map(|(read, _)| read),
            "bytes_written": cost.moved.map(|(_, written)| written),
            "loads": amount(&cost.loads),
            "stores": amount(&cost.stores),
            "flops": amount(&cost.flops),
            "comparisons": amount(&cost.comparisons),
            "vendor_calls": amount(&cost.vendor_calls),
            "symbols": symbols,
        },
        "kernels": kernels.collect::<Vec<_>>(),
    })
}

/// A number where it is one, else a formula.
fn amount(amount: &Amount) -> Json {
    amount.known().map_or_else(|| amount.to_string().into(), Json::from)
}

fn separability(separability: Separability) -> &'static str {
    match separability {
        Separability::Trivial => "trivial",
        Separability::Declared => "declared",
        Separability::Exact => "exact",
        Separability::No => "no",
    }
}

/// What the costs are counted for.
fn unit(op: &Op) -> &'static str {
    match op.class {
        Class::Pointwise | Class::Neighborhood | Class::Reduction | Class::Gather | Class::Scan => "voxel",
        Class::Separable => "voxel and pass",
        Class::Grid => "item",
    }
}

fn footprint_words(op: &Op) -> String {
    let footprint = footprint(op);
    match footprint.separability {
        Separability::Trivial => footprint.words(op),
        other => format!("{}\n  {other}", footprint.words(op)),
    }
}

fn cost_words(cost: &Cost) -> String {
    let mut text = String::new();
    let mut line = |what: &str, words: String| text += &format!("  {what:<13} {words}\n");
    if let Some((read, written)) = cost.moved {
        line(
            "moved",
            format!("{read} B read, {written} B written, if every voxel is fetched once, with the default types"),
        );
    }
    for (what, amount, always) in [
        ("loads", &cost.loads, true),
        ("stores", &cost.stores, true),
        ("flops", &cost.flops, true),
        ("comparisons", &cost.comparisons, false),
        ("vendor calls", &cost.vendor_calls, false),
    ] {
        if always || amount.known() != Some(0) {
            line(what, amount.to_string());
        }
    }
    for symbol in &cost.symbols {
        text += &format!("  where {} = {}\n", symbol.name, symbol.meaning);
    }
    text
}

fn halo_json(op: &OpInfo, halo: &Halo) -> Json {
    let names = |params: &[u8]| {
        params.iter().filter_map(|&param| op.params.get(usize::from(param))).map(|param| param.name).collect::<Vec<_>>()
    };
    let [(bx, ax), (by, ay), (bz, az)] = [0, 1, 2].map(|axis| (halo.before[axis], halo.after[axis]));
    json!({
        "before": {"x": bx, "y": by, "z": bz},
        "after": {"x": ax, "y": ay, "z": az},
        "radius_parameters": names(&halo.radius_params),
        "weights": halo.weights,
        "bounded": !halo.unbounded,
    })
}

/// The plan: definitions, then each kernel with its reasons, and its arguments in the order in which the runtime binds them.
pub(crate) fn plan_text(op: &Op) -> String {
    let mut text = format!("plan of {} ({:?})\n", op.name, op.class);
    let names: Vec<_> =
        plan::definitions(op).into_iter().map(|definition| plan::definition_name(op, definition)).collect();
    text += &format!("definitions: {}\n", names.join(" "));
    for kernel in plan::plan(op).kernels {
        text += &format!("\nkernel {}: {}\n", kernel.name, kernel.summary);
        for reason in plan::reasons(op, &kernel) {
            text += &format!("  why: {reason}\n");
        }
        text += &format!("  role {:?}, items {:?}, group {:?}\n", kernel.role, kernel.items, kernel.local);
        for (number, &argument) in kernel.arguments.iter().enumerate() {
            text += &format!("  {number}: {}\n", argument_text(op, argument));
        }
    }
    text
}

fn argument_text(op: &Op, argument: Argument) -> String {
    match argument {
        Argument::Input(input) => format!("Input `{}`", op.inputs[usize::from(input)].name),
        Argument::Param(param) => format!("Param `{}`", op.params[usize::from(param)].name),
        Argument::Weights(weights) => {
            format!("Weights {weights}: {}", op.weights.get(usize::from(weights)).map_or("", |weights| weights.call))
        }
        other => format!("{other:?}"),
    }
}
