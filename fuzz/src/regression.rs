//! Failing programs as text, and the ones that were found and mended.
//!
//! A regression is Rust source under a header of comments, `// key: value` for each part of the call; other comments say what was wrong.
//! Numbers of images and parameters are words in hexadecimal, so that each bit is kept. Invariant: [`parse`] reads what [`print()`] writes.

use kernwerk_runtime::{Axis, Boundary, DType, Number, PerAxis, Value};

use crate::call::{Call, Input, Reduce};
use crate::element::Element;
use crate::generate::{Extent, Program};

macro_rules! regressions {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every regression.
        pub const REGRESSIONS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../regressions/", $name, ".rs")))),*];
    };
}
regressions!(
    "bound_named_like_its_loop",
    "extrema_of_truth_values",
    "inputs_named_like_definitions",
    "keyword_in_a_tuple",
    "literal_beside_a_call",
    "local_named_like_a_state",
    "macros_as_names",
    "parameters_named_like_the_kernels_variables",
    "parts_named_like_a_parameter",
    "rounding_of_a_constant",
    "wide_literal",
);

/// A program with a call, as text.
pub fn print(about: &str, program: &Program, call: &Call) -> String {
    let mut text: String = about.lines().take(6).map(|line| format!("// {}\n", line.trim())).collect();
    let mut key = |name: &str, value: String| text.push_str(&format!("// {name}: {value}\n"));
    key("attribute", program.attribute.clone());
    if !program.extents.is_empty() {
        let extent = |extent: &Extent| match extent {
            Extent::Items(factor) => format!("items {factor}"),
            Extent::Fixed(len) => format!("fixed {len}"),
        };
        key("extents", program.extents.iter().map(extent).collect::<Vec<_>>().join(", "));
    }
    key("shape", call.shape.map(|extent| extent.to_string()).join(" "));
    key(
        "boundary",
        match call.boundary {
            Boundary::Constant(value) => format!("constant {:08x}", value.to_bits()),
            mode => mode.name().to_owned(),
        },
    );
    if let Some(store) = call.store {
        key("store", store.name().to_owned());
    }
    match &call.reduce {
        Reduce::Whole => {}
        Reduce::Project(axis) => key("reduce", format!("project {}", axis.name())),
        Reduce::Labels { labels, count } => {
            key("reduce", format!("labels {count} {}", words(labels.iter().copied())));
        }
    }
    for input in &call.inputs {
        let bits = |element: &Element| match element {
            Element::Int(value) if input.dtype.size() == 8 => *value as u64,
            Element::Int(value) => (*value as u32).into(),
            Element::Float(value) if input.dtype == DType::F16 => half::f16::from_f32(*value).to_bits().into(),
            Element::Float(value) => value.to_bits().into(),
            Element::Double(value) => value.to_bits(),
        };
        let bits: Vec<String> = input.elements.iter().map(|element| format!("{:x}", bits(element))).collect();
        key("input", format!("{} {}", input.dtype, bits.join(" ")));
    }
    for value in &call.values {
        let axes = |v: [u32; 3]| words(v.into_iter());
        key(
            "value",
            match value {
                Value::F32(value) => format!("f32 {:x}", value.to_bits()),
                Value::I32(value) => format!("i32 {value:x}"),
                Value::U32(value) => format!("u32 {value:x}"),
                Value::Bool(value) => format!("bool {:x}", u32::from(*value)),
                Value::Pixel(Number::Float(value)) => format!("pixel {:x}", value.to_bits()),
                Value::Pixel(Number::Whole(value)) => format!("whole {value}"),
                Value::PerAxisF32(v) => format!("axes_f32 {}", axes([v.x, v.y, v.z].map(f32::to_bits))),
                Value::PerAxisU32(v) => format!("axes_u32 {}", axes([v.x, v.y, v.z])),
                Value::Choice(choice) => format!("choice {choice:x}"),
                Value::Length(_) | Value::Text(_) => "none".to_owned(),
            },
        );
    }
    text.push_str(program.source.trim_start());
    text
}

fn words(values: impl Iterator<Item = u32>) -> String {
    values.map(|value| format!("{value:x}")).collect::<Vec<_>>().join(" ")
}

/// Reads a regression.
///
/// # Errors
/// The line that cannot be read.
pub fn parse(text: &str) -> Result<(Program, Call), String> {
    let mut program = Program { attribute: String::new(), source: String::new(), extents: Vec::new() };
    let mut call = Call {
        shape: [1; 4],
        inputs: Vec::new(),
        values: Vec::new(),
        boundary: Boundary::Nearest,
        store: None,
        reduce: Reduce::Whole,
    };
    for line in text.lines() {
        let Some((key, value)) = line.strip_prefix("// ").and_then(|line| line.split_once(": ")) else {
            if !line.starts_with("//") {
                program.source.push_str(line);
                program.source.push('\n');
            }
            continue;
        };
        header(key, value, &mut program, &mut call).ok_or_else(|| format!("cannot be read: {line}"))?;
    }
    Ok((program, call))
}

fn header(key: &str, value: &str, program: &mut Program, call: &mut Call) -> Option<()> {
    let mut parts = value.split_whitespace();
    let hex = |text: &str| u32::from_str_radix(text, 16).ok();
    match key {
        "attribute" => program.attribute = value.to_owned(),
        "extents" => {
            for extent in value.split(", ") {
                let (kind, number) = extent.split_once(' ')?;
                let number = number.parse().ok()?;
                program.extents.push(if kind == "items" { Extent::Items(number) } else { Extent::Fixed(number) });
            }
        }
        "shape" => {
            let shape: Vec<usize> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
            call.shape = shape.try_into().ok()?;
        }
        "boundary" => {
            call.boundary = match parts.next()? {
                "nearest" => Boundary::Nearest,
                "reflect" => Boundary::Reflect,
                "mirror" => Boundary::Mirror,
                "wrap" => Boundary::Wrap,
                _ => Boundary::Constant(f32::from_bits(hex(parts.next()?)?)),
            };
        }
        "store" => call.store = Some(DType::from_name(value)?),
        "reduce" => {
            call.reduce = if parts.next()? == "project" {
                let name = parts.next()?;
                Reduce::Project(Axis::ALL.into_iter().find(|axis| axis.name() == name)?)
            } else {
                let count = parts.next()?.parse().ok()?;
                Reduce::Labels { count, labels: parts.map(hex).collect::<Option<_>>()? }
            };
        }
        "input" => {
            let dtype = DType::from_name(parts.next()?)?;
            let elements = parts.map(|word| Some(Element::from_bits(dtype, u64::from_str_radix(word, 16).ok()?)));
            let elements = elements.collect::<Option<_>>()?;
            call.inputs.push(Input { dtype, elements });
        }
        "value" => {
            let kind = parts.next()?;
            if kind == "pixel" {
                let bits = u64::from_str_radix(parts.next()?, 16).ok()?;
                call.values.push(Value::Pixel(f64::from_bits(bits).into()));
                return Some(());
            }
            if kind == "whole" {
                call.values.push(Value::Pixel(Number::Whole(parts.next()?.parse().ok()?)));
                return Some(());
            }
            let numbers: Vec<u32> = parts.map(hex).collect::<Option<_>>()?;
            let first = *numbers.first()?;
            call.values.push(match (kind, &numbers[..]) {
                ("f32", _) => Value::F32(f32::from_bits(first)),
                ("i32", _) => Value::I32(first as i32),
                ("u32", _) => Value::U32(first),
                ("bool", _) => Value::Bool(first != 0),
                ("choice", _) => Value::Choice(first as usize),
                ("axes_u32", &[x, y, z]) => Value::PerAxisU32(PerAxis { x, y, z }),
                ("axes_f32", &[x, y, z]) => {
                    let [x, y, z] = [x, y, z].map(f32::from_bits);
                    Value::PerAxisF32(PerAxis { x, y, z })
                }
                _ => return None,
            });
        }
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::random_call;
    use crate::check::lowered;
    use crate::generate::{CLASSES, program};
    use crate::random::Random;

    #[test]
    fn what_is_written_can_be_read() {
        for (number, class) in CLASSES.into_iter().cycle().take(60).enumerate() {
            let made = program(class, number as u64);
            let op = lowered(&made).expect("a generated program is one of the language");
            let call = random_call(&op, &made.extents, None, &mut Random::new(number as u64));
            let text = print("what: it was", &made, &call);
            let (program_again, call_again) = parse(&text).unwrap();
            assert_eq!(program_again.source.trim(), made.source.trim());
            assert_eq!(print("what: it was", &program_again, &call_again), text);
        }
    }
}
