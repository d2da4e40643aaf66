//! The page of a family, and the index.

use std::collections::{BTreeMap, BTreeSet};

use kernwerk_codegen::ir::{Param, Type};
use kernwerk_runtime::arguments::wanted;
use kernwerk_runtime::{OpInfo, OpKind};

use super::ReferenceError;
use super::examples::{Result as Computed, Shown};
use super::names::{self, escaped};
use crate::commands::{describe, facts, metadata};

/// Which operations are made of an operation.
pub(super) type Users = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Rows of a table that are shown.
const ROWS: usize = 3;
/// Columns of a table that are shown.
const COLUMNS: usize = 8;

/// Which operations are made of each.
pub(super) fn users(operations: &[&'static OpInfo], shown: &[Shown]) -> Users {
    let mut users = Users::new();
    for (op, shown) in operations.iter().zip(shown) {
        for part in shown.work.operations.iter().filter(|part| **part != op.name) {
            users.entry(part).or_default().insert(op.name);
        }
    }
    users
}

/// The index of all pages.
pub(super) fn index(families: &BTreeMap<&str, Vec<(&'static OpInfo, &Shown)>>) -> String {
    let number: usize = families.values().map(Vec::len).sum();
    let mut text = format!(
        "# Operations\n\nAll {number} operations, by family. Each page is made from what the library knows of its operations; every picture \
         was computed by the operation itself. [Names in other libraries](names.md) says what is called what.\n"
    );
    for (family, ops) in families {
        text += &format!("\n## [{family}]({family}.md)\n\n");
        for (op, _) in ops {
            text += &format!("- [`{}`]({family}.md#{}): {}\n", op.name, op.name, metadata::summary(op));
        }
    }
    text
}

/// The page of a family.
pub(super) fn family(
    family: &str,
    ops: &[(&'static OpInfo, &Shown)],
    users: &Users,
    all: &[&'static OpInfo],
) -> Result<String, ReferenceError> {
    let mut text = format!("# {family}\n\n");
    for (op, _) in ops {
        text += &format!("- [`{}`](#{}): {}\n", op.name, op.name, metadata::summary(op));
    }
    for (op, shown) in ops {
        text += &operation(op, shown, users, all)?;
    }
    Ok(text)
}

fn operation(
    op: &'static OpInfo,
    shown: &Shown,
    users: &Users,
    all: &[&'static OpInfo],
) -> Result<String, ReferenceError> {
    let mut text = format!("\n## {}\n\n{}\n\n", op.name, nested(&op.text()));
    text += &example(op, shown);
    if !op.params.is_empty() {
        text += "| parameter | values | default | unit |\n|---|---|---|---|\n";
        text += &op.params.iter().map(parameter).collect::<String>();
        text += "\n";
    }
    let mut fact = |name: &str, value: String| text += &format!("- **{name}**: {value}\n");
    let inputs = op.inputs.iter().map(|input| match input.ty {
        Type::Pixel => format!("`{}` (of any type)", input.name),
        Type::Bool => format!("`{}` (what is not 0 is set)", input.name),
        ty => format!("`{}` (as {})", input.name, metadata::type_name(ty)),
    });
    fact("Inputs", inputs.collect::<Vec<_>>().join(", "));
    fact("Result", describe::output_words(op.output).replace("\n  ", "; "));
    if let Some(kernel) = metadata::kernel(op) {
        let modes = "`nearest` (default), `reflect`, `mirror`, `wrap`, `constant`";
        fact("Boundary", if kernel.ir.has_boundary() { modes.to_owned() } else { "none is read".to_owned() });
        fact("Reads", facts::reach(&kernel.ir));
    }
    fact("Exactness", exactness(op, shown, all));
    fact("Cost", cost(op, shown));
    let parts: BTreeSet<&str> = shown.work.operations.iter().copied().filter(|part| *part != op.name).collect();
    if !parts.is_empty() {
        fact("Made of", listed(&parts));
    }
    if let Some(users) = users.get(op.name) {
        fact("Part of", listed(users));
    }
    if !op.aliases.is_empty() {
        fact("Aliases", listed(&op.aliases.iter().copied().collect()));
    }
    for name in names::of(op)? {
        let difference = if name.difference.is_empty() { "same".to_owned() } else { name.difference };
        fact(&format!("`{}.{}`", name.library, name.name), difference);
    }
    Ok(text)
}

/// The picture, number or table that the operation gives for its example, and the command that does.
fn example(op: &OpInfo, shown: &Shown) -> String {
    let command = format!("kernwerk run {} {}{}", op.name, shown.caption().replace(", ", " "), shown.options);
    match &shown.result {
        Computed::Images(images) if !shown.has_picture() => {
            let shapes: Vec<_> = images.iter().map(|image| format!("{:?}", image.shape())).collect();
            format!("`{command} -o out.npy` gives numbers of shape {}.\n\n", shapes.join(", "))
        }
        Computed::Images(_) => format!(
            "![{} before and after](pictures/{}.png)\n\nFrom left to right: {}, and the result of `{}{}`.\n\n",
            op.name,
            op.name,
            shown.caption(),
            op.name,
            shown.options
        ),
        Computed::Number(number) => format!("`{command}` prints {number}.\n\n"),
        Computed::Table(table) => {
            let columns = &table.columns()[..table.columns().len().min(COLUMNS)];
            let more = if columns.len() < table.columns().len() { " …|" } else { "" };
            let names: String = columns.iter().map(|column| format!(" {} |", column.name)).collect();
            let mut text = format!(
                "`{command}` gives {} rows:\n\n|{names}{more}\n|{}{}\n",
                table.rows(),
                "---|".repeat(columns.len()),
                if more.is_empty() { "" } else { "---|" }
            );
            for row in 0..table.rows().min(ROWS) {
                let cells = columns.iter().map(|column| match column.values.get(row) {
                    Some(value) => format!(" {} |", (value * 1e4).round() / 1e4),
                    None => " |".to_owned(),
                });
                text += &format!("|{}{more}\n", cells.collect::<String>());
            }
            text + "\n"
        }
    }
}

/// Of a composite it is that of its parts, which are known.
fn exactness(op: &'static OpInfo, shown: &Shown, all: &[&'static OpInfo]) -> String {
    let parts = || shown.work.operations.iter().map(|part| all.iter().find(|op| op.name == *part));
    let exact = |op: &OpInfo| metadata::inexact_calls(op).is_some_and(|calls| calls.is_empty());
    match op.kind {
        OpKind::Composite(_) if parts().all(|part| part.is_some_and(|part| exact(part))) => {
            "exact: the same bits on every device".to_owned()
        }
        _ => metadata::exactness_words(op),
    }
}

/// Launches and bytes of the example, in numbers that do not depend on its size.
fn cost(op: &OpInfo, shown: &Shown) -> String {
    if !shown.work.complete {
        return match op.kind {
            OpKind::Procedure(_) => "steps that depend on results in between".to_owned(),
            _ => "contains steps that depend on results in between".to_owned(),
        };
    }
    let times = if shown.work.launches == 1 { "launch" } else { "launches" };
    let bytes = shown.work.bytes as f64 / shown.voxels as f64;
    format!(
        "{} {times}, {} bytes moved per voxel of the example, before fusion with other operations",
        shown.work.launches,
        (bytes * 10.0).round() / 10.0
    )
}

fn listed(names: &BTreeSet<&str>) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn parameter(param: &Param) -> String {
    let values = wanted(param);
    let default = param.default.map_or("required".to_owned(), |default| format!("`{default}`"));
    format!("| `{}` | {} | {default} | {} |\n", param.name, escaped(&values), param.unit.unwrap_or(""))
}

/// Documentation below a heading of the second level.
fn nested(doc: &str) -> String {
    let mut code = false;
    let line = |line: &str| {
        code ^= line.trim_start().starts_with("```");
        match line.starts_with('#') && !code {
            true => format!("##{line}"),
            false => line.to_owned(),
        }
    };
    doc.lines().map(line).collect::<Vec<_>>().join("\n")
}
