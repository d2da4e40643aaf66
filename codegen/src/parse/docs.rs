//! The generated documentation: what the compiler knows of an operation, as Markdown after the author's own words.
//!
//! Input: the checked attribute and signature, and the IR where there is one. Output: sections for the wrapper, and the kernel text for
//! the constant that holds it. Invariant: nothing here is Rust to rustdoc, so that no documentation test comes out of it, and no
//! square bracket stands outside code that is not a link.

use std::fmt::Write;

use super::attribute::Kind;
use super::signature::{Signature, tidy};
use super::wrapper::{Output, output_kind, public_name};
use crate::analysis::{Separability, footprint, halo_words, inexact};
use crate::emit::{self, Dialect};
use crate::ir::{Class, Input, Op, Param, ParamType, Stmt, Type, print};

/// Bodies of one expression are shown if they are no longer than this.
const LONGEST_FORMULA: usize = 100;

/// The sections of a wrapper's documentation. `module` holds the compiled parts; `op` is absent where the operation calls others.
pub(super) fn wrapper(kind: Kind, signature: &Signature, op: Option<&Op>, module: &str) -> String {
    let mut text = String::new();
    if let Some(formula) = op.and_then(formula) {
        let _ = write!(text, "\n# Formula\n\n`{formula}`\n");
    }
    if kind != Kind::Grid {
        text += "\n# Images\n\n";
        for (number, (input, written)) in signature.inputs.iter().zip(input_types(signature)).enumerate() {
            let name = public_name(&signature.inputs, number);
            let _ = writeln!(text, "* `{name}`: {}", image(input, kind, &written));
        }
    }
    if !signature.params.is_empty() {
        text += "\n# Parameters\n\n";
        for (number, param) in signature.params.iter().enumerate() {
            let choice = signature.choices.iter().find(|(choice, _)| usize::from(*choice) == number);
            let _ = write!(text, "* {}", parameter(param, choice.map(|(_, ty)| tidy(ty)).as_deref()));
            let is_extent = op.and_then(|op| op.output_extent).is_some_and(|extent| usize::from(extent) == number);
            text += if is_extent { "; the extents of the result\n" } else { "\n" };
        }
    }
    if kind != Kind::Grid {
        let _ = write!(text, "\n# Result\n\n{}\n", result(signature));
    }
    match op {
        Some(op) => {
            let _ = write!(text, "\n# Reads\n\n{}\n\n# Exactness\n\n{}\n", reads(op), exactness(op));
            text += &format!("\n{}", links(module));
        }
        None => {
            text += "\nWhat is read around a voxel, and the exactness, are those of the operations that are called.\n"
        }
    }
    text
}

/// The sections of a wrapper of a reduction: of the whole image, or a projection.
pub(super) fn reduction(signature: &Signature, op: &Op, projection: bool) -> String {
    let image = image(&signature.inputs[0], Kind::Reduction, "");
    let result = match (projection, op.output()) {
        (false, _) => "A number.".to_owned(),
        (true, ty) => image_result(ty),
    };
    format!(
        "\n# Images\n\n* `image`: {image}\n\n# Result\n\n{result}\n\n# Exactness\n\n{}\n\n{}",
        exactness(op),
        links(op.name)
    )
}

fn links(module: &str) -> String {
    format!("Kernel texts: [`{module}::OPENCL`], [`{module}::CUDA`].\n")
}

/// The documentation of the constant with a kernel text: the operation's own part of it.
pub(super) fn kernel_text(op: &Op, dialect: &dyn Dialect) -> String {
    let language = dialect.language();
    let own = emit::kernels(op, dialect);
    format!(
        "The {language} text of the default plan: definitions, support code, and the operation's own functions and kernels:\n\
         ```c\n{}\n```",
        own.trim()
    )
}

/// The body, if it is one short expression.
fn formula(op: &Op) -> Option<String> {
    let [function] = op.functions else { return None };
    let [Stmt::Return { values }] = function.stmts else { return None };
    let [value] = values.of(function) else { return None };
    let text = print::expr(op, function, *value);
    (text.len() <= LONGEST_FORMULA).then_some(text)
}

/// The types of the images as the author wrote them.
fn input_types(signature: &Signature) -> impl Iterator<Item = String> + '_ {
    let is_input = |argument: &&super::signature::Argument| matches!(argument.role, super::Role::Input(_));
    signature.arguments.iter().filter(is_input).map(|argument| tidy(&argument.ty))
}

fn image(input: &Input, kind: Kind, written: &str) -> String {
    match (kind, input.ty) {
        (Kind::Composite | Kind::Procedure, _) => format!("an image, taken as `{written}`"),
        (_, Type::Pixel) => "an image of any element type, computed in that type".to_owned(),
        (_, Type::Bool) => "a mask: what is not 0 is true".to_owned(),
        (_, ty) => format!("an image of any element type, computed in {}", print::type_name(ty)),
    }
}

/// `` `sigma`: one f32 per axis, in voxels, from 0 to 10000; default 1.0``
fn parameter(param: &Param, choice: Option<&str>) -> String {
    let ty = match param.ty {
        ParamType::F32 => "f32",
        ParamType::I32 => "i32",
        ParamType::U32 => "u32",
        ParamType::Bool => "bool",
        ParamType::Pixel => "a value of the image's type",
        ParamType::Choice { .. } => "",
    };
    let mut text = match (choice, param.per_axis) {
        (Some(choice), _) => format!("`{}`: `{choice}`", param.name),
        (None, true) => format!("`{}`: {ty} for each axis", param.name),
        (None, false) => format!("`{}`: {ty}", param.name),
    };
    if let Some(unit) = param.unit {
        let _ = write!(text, ", in {unit}");
    }
    match (param.min, param.max) {
        (None, None) => {}
        (Some(min), None) => text += &format!(", at least {min}"),
        (None, Some(max)) => text += &format!(", at most {max}"),
        (Some(min), Some(max)) => text += &format!(", from {min} to {max}"),
    }
    if let Some(default) = param.default {
        let _ = write!(text, "; default {default}");
    }
    if param.optional {
        let _ = write!(text, "; set by `.with(\"{}\", …)`", param.name);
    }
    text
}

fn result(signature: &Signature) -> String {
    match output_kind(signature) {
        Output::Scalar => "A number.".to_owned(),
        Output::Table => "A table.".to_owned(),
        Output::Image(ty) => image_result(ty),
        Output::Images(types) => {
            let images: Vec<String> = types.iter().map(|&ty| format!("* {}", image_result(ty))).collect();
            let kernel = !signature.outputs.is_empty();
            let how = if kernel { "computed at once" } else { "of one call" };
            format!("{} images, {how}:\n\n{}", types.len(), images.join("\n"))
        }
    }
}

fn image_result(ty: Type) -> String {
    match ty {
        Type::Pixel => "An image of the input's element type.".to_owned(),
        Type::Bool => "A mask: u8 image of 0 and 1.".to_owned(),
        ty => format!("An image of {}.", print::type_name(ty)),
    }
}

/// Footprint, halo and what happens at the image's edge.
fn reads(op: &Op) -> String {
    let footprint = footprint(op);
    let what = code_in_words(&footprint.words(op), op);
    let mut text = format!("{}{}", what[..1].to_uppercase(), &what[1..]);
    match footprint.separability {
        Separability::Trivial => {}
        other => text += &format!(" ({other})"),
    }
    match op.class {
        Class::Neighborhood | Class::Separable => {
            let halo = code_in_words(&halo_words(op), op);
            let _ = write!(text, ". Halo: {halo}. ");
            text += "Outside the image it reads what the boundary mode of the call says: the nearest voxel, unless \
                     `.boundary(…)` sets another. Axes of extent 1 have no neighbours.";
        }
        Class::Gather => {
            text += ". Outside the image it reads what the boundary mode of the call says: the nearest voxel, unless \
                     `.boundary(…)` sets another.";
        }
        Class::Scan if op.continues_lines() => {
            text += ". Before its first voxel a line goes on as the boundary mode of the call says: with that voxel, unless `.boundary(…)` sets \
                     a constant. Other modes are an error.";
        }
        Class::Pointwise | Class::Scan | Class::Reduction | Class::Grid => text.push('.'),
    }
    text
}

/// Marks calls as code, so that nothing in them is Markdown.
fn code_in_words(words: &str, op: &Op) -> String {
    let windows = (0..op.windows.len() as u8).map(|window| print::window(op, window));
    let calls = windows.chain(op.weights.iter().map(|weights| weights.call.to_owned()));
    calls.fold(words.to_owned(), |words, call| words.replace(&call, &format!("`{call}`")))
}

/// Of the functions that the operation calls only rustc knows the bodies, so that `EXACT` has the last word.
fn exactness(op: &Op) -> String {
    let calls = inexact(op);
    if calls.is_empty() && !op.helpers.is_empty() {
        let names: Vec<String> = op.helpers.iter().map(|helper| format!("`{}`", helper.name)).collect();
        return format!(
            "Exact tier, the same bits on every device, as far as {} is: see [`{}::EXACT`].",
            names.join(", "),
            op.name
        );
    }
    if calls.is_empty() {
        return "Exact tier: the same bits on every device.".to_owned();
    }
    let calls: Vec<String> = calls.iter().map(ToString::to_string).collect();
    format!("Bounded tier, because of {}.", calls.join("; "))
}
