//! An operation in words, for `kernwerk ops NAME`.

use kernwerk_codegen::ir::{ParamType, Type};
use kernwerk_runtime::arguments::wanted;
use kernwerk_runtime::{OpInfo, OutputInfo};

use super::{facts, metadata};

/// The page of an operation.
pub(crate) fn page(op: &OpInfo) -> String {
    let mut text = format!("{} (family {}, {})\n\n{}\n", op.name, op.family, metadata::class(op), indented(op.doc));
    text += "\nInputs\n";
    for input in op.inputs {
        text += &format!("  {:<16} {}\n", input.name, input_words(input.ty));
    }
    text += "\nParameters\n";
    if op.params.is_empty() {
        text += "  none\n";
    }
    for param in op.params {
        let name = param.name.replace('_', "-");
        let ty = match param.ty {
            ParamType::Choice { .. } => String::new(),
            ty => format!("{}, ", metadata::param_type(ty)),
        };
        let unit = param.unit.map(|unit| format!(", in {unit}")).unwrap_or_default();
        let default = param.default.map_or("required".to_owned(), |default| format!("default {default}"));
        text += &format!("  --{name:<14} {ty}{}{unit}; {default}\n", wanted(param));
        if param.per_axis {
            text += &format!("  {:<16} along one axis: --{name}-x, --{name}-y, --{name}-z\n", "");
        }
    }
    text += &format!("\nResult\n  {}\n", output_words(op.output));
    text += &format!("\nExactness\n  {}\n", metadata::exactness_words(op));
    if let Some(kernel) = metadata::kernel(op) {
        text += &facts::sections(&kernel.ir);
        text += &format!("\nTexts\n  kernwerk source {} --target opencl, cuda, rust, ir, plan or all\n", op.name);
    }
    if !op.aliases.is_empty() {
        text += &format!("\nAlso known as\n  {}\n", op.aliases.join(", "));
    }
    text
}

fn indented(doc: &str) -> String {
    let lines =
        doc.trim().lines().map(|line| if line.is_empty() { String::new() } else { format!("  {}", line.trim_end()) });
    lines.collect::<Vec<_>>().join("\n")
}

fn input_words(ty: Type) -> String {
    match ty {
        Type::Pixel => "image, computed in its own type".to_owned(),
        Type::Bool => "mask: what is not 0 is true".to_owned(),
        ty => format!("image, computed as {}", metadata::type_name(ty)),
    }
}

pub(crate) fn output_words(output: OutputInfo) -> String {
    match output {
        OutputInfo::Image(Type::Pixel) => "image of the input's type".to_owned(),
        OutputInfo::Image(Type::Bool) => "mask: u8 image of 0 and 1".to_owned(),
        OutputInfo::Image(ty) => format!("{} image", metadata::type_name(ty)),
        OutputInfo::Images(types) => {
            let each = types
                .iter()
                .enumerate()
                .map(|(number, &ty)| format!("{}: {}", number + 1, output_words(OutputInfo::Image(ty))));
            format!("{} images, one -o for each\n  {}", types.len(), each.collect::<Vec<_>>().join("\n  "))
        }
        OutputInfo::Scalar => "a number".to_owned(),
        OutputInfo::Table => "a table".to_owned(),
    }
}
