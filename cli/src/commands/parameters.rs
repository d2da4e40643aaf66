//! The parameters of an operation as options of the command line, and their values.
//!
//! A parameter `spot_sigma` is `--spot-sigma` or `--spot_sigma`; with one value per axis, `--spot-sigma-x` and so on too.

use clap::{Arg, ArgMatches};
use kernwerk_codegen::ir::Param;
use kernwerk_runtime::arguments::wanted;
use kernwerk_runtime::{Arguments, Axis, OpInfo, Result, Value, ValueMap};
use serde_json::Value as Json;

/// Names that clEsperanto, or an older version of it, has for the same thing. An operation that has exactly one name of
/// a row answers to the others of the row too.
const SYNONYMS: &[&[&str]] = &[
    &["shape", "connectivity"],
    &["scalar", "constant", "exponent"],
    &["minimum_size", "min_size"],
    &["maximum_size", "max_size"],
];

/// What the command line has for itself.
const RESERVED: &[&str] = &[
    "backend", "device", "json", "timings", "help", "version", "output", "view", "boundary", "explain", "params", "op",
    "inputs", "out",
];

/// A parameter's name or a synonym of it, as the operation itself calls it; other names are returned as they are.
pub(crate) fn own_name(op: &OpInfo, name: &str) -> String {
    let name = name.replace('-', "_");
    let has = |name: &str| op.params.iter().any(|param| param.name == name);
    let known = |stem: &str| SYNONYMS.iter().find(|row| row.contains(&stem));
    let suffixes = ["", "_x", "_y", "_z"];
    for suffix in suffixes {
        let Some(stem) = name.strip_suffix(suffix) else { continue };
        if has(stem) {
            return name;
        }
        let mut own = known(stem).into_iter().flat_map(|row| row.iter()).filter(|synonym| has(synonym));
        if let (Some(own), None) = (own.next(), own.next()) {
            return format!("{own}{suffix}");
        }
    }
    name
}

/// What an option sets: a parameter, or one axis of it.
struct Slot {
    name: String,
    param: Param,
    axis: Option<Axis>,
}

/// Whole parameters first: an axis of one must not take the name of another.
fn slots(op: &OpInfo) -> Vec<Slot> {
    let whole = op.params.iter().map(|&param| Slot { name: param.name.to_owned(), param, axis: None });
    let per_axis = op.params.iter().filter(|param| param.per_axis);
    let axes = per_axis.flat_map(|&param| {
        Axis::ALL.map(|axis| Slot { name: format!("{}_{}", param.name, axis.name()), param, axis: Some(axis) })
    });
    whole.chain(axes).collect()
}

/// The options of an operation by the names of what they set; `None` where the command line has an option of that name
/// already (such a parameter can be given by `--params`).
pub(crate) fn flags(op: &OpInfo) -> Vec<(String, Option<Arg>)> {
    let slots = slots(op);
    let mut used: Vec<String> = RESERVED.iter().map(|&name| name.to_owned()).collect();
    let mut flags: Vec<(String, Option<Arg>)> = Vec::new();
    for slot in &slots {
        let is_free = !used.contains(&slot.name);
        used.push(slot.name.clone());
        flags.push((slot.name.clone(), is_free.then(|| flag(op, slot))));
    }
    for (slot, (_, flag)) in slots.iter().zip(&mut flags) {
        let mut aliases = aliases(op, slot);
        aliases.retain(|alias| !used.contains(alias));
        used.extend(aliases.iter().cloned());
        let kebab = slot.name.replace('_', "-");
        let spellings = aliases.iter().map(|alias| alias.replace('_', "-")).chain([slot.name.clone()]);
        let mut all: Vec<String> = aliases.iter().cloned().chain(spellings).filter(|name| *name != kebab).collect();
        all.sort();
        all.dedup();
        *flag = flag.take().map(|flag| flag.aliases(all));
    }
    flags
}

fn flag(op: &OpInfo, slot: &Slot) -> Arg {
    let flag = Arg::new(slot.name.clone())
        .long(slot.name.replace('_', "-"))
        .allow_negative_numbers(true)
        .help_heading(format!("Parameters of {}", op.name));
    match slot.axis {
        Some(axis) => {
            let help = format!("`{}` along {} alone", slot.param.name, axis.name());
            flag.value_name("VALUE").help(help).hide_short_help(true)
        }
        None => {
            let mut help = wanted(&slot.param);
            if let Some(unit) = slot.param.unit {
                help += &format!(", in {unit}");
            }
            match slot.param.default {
                Some(default) => help += &format!(" [default: {default}]"),
                None => help += " (required)",
            }
            flag.value_name(if slot.param.per_axis { "VALUE|[Z,Y,X]" } else { "VALUE" }).help(help)
        }
    }
}

/// The synonyms of an option.
fn aliases(op: &OpInfo, slot: &Slot) -> Vec<String> {
    let suffix = slot.axis.map(|axis| format!("_{}", axis.name())).unwrap_or_default();
    let rows = SYNONYMS.iter().filter(|row| row.contains(&slot.param.name));
    let synonyms = rows.flat_map(|row| row.iter()).map(|synonym| format!("{synonym}{suffix}"));
    synonyms.filter(|synonym| *synonym != slot.name && own_name(op, synonym) == slot.name).collect()
}

/// The values that the command line gives: `--params` first, single options after it.
pub(crate) fn values(op: &'static OpInfo, matches: &ArgMatches) -> Result<Vec<Option<Value>>> {
    let mut map = ValueMap::new(op);
    if let Some(Json::Object(object)) = matches.get_one::<Json>("params") {
        for (name, value) in object {
            map.set_json(&own_name(op, name), value)?;
        }
    }
    for (name, flag) in flags(op) {
        if flag.is_some()
            && let Some(text) = matches.get_one::<String>(&name)
        {
            map.set_text(&name, text)?;
        }
    }
    complete(op, map)
}

/// The collected values, checked as far as they can be without an image: also that none is missing.
pub(crate) fn complete(op: &OpInfo, map: ValueMap) -> Result<Vec<Option<Value>>> {
    let values = map.finish()?;
    Arguments::check_values(op, &values)?;
    Ok(values)
}

/// Reads the text after `--params`.
pub(crate) fn object(text: &str) -> Result<Json, String> {
    match serde_json::from_str(text) {
        Ok(json @ Json::Object(_)) => Ok(json),
        Ok(_) => Err("it has to be a JSON object such as {\"sigma\": 2}".into()),
        Err(error) => Err(format!("that is no JSON: {error}; give an object such as {{\"sigma\": 2}}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_stand_for_what_the_operation_has() {
        let own = |op: &str, name: &str| own_name(kernwerk_kernels::find(op).unwrap(), name);
        assert_eq!(own("connected_components", "shape"), "connectivity");
        assert_eq!(own("greater_constant", "scalar"), "constant");
        assert_eq!(own("power", "scalar"), "exponent");
        assert_eq!(own("voronoi_otsu_labeling", "spot-sigma"), "spot_sigma");
        assert_eq!(own("gaussian_blur", "sigma-x"), "sigma_x");
        assert_eq!(own("gaussian_blur", "shape"), "shape");
    }

    #[test]
    fn every_spelling_is_an_option() {
        let flags = flags(kernwerk_kernels::find("connected_components").unwrap());
        let aliases: Vec<&str> = flags
            .iter()
            .flat_map(|(_, flag)| flag.iter())
            .flat_map(|flag| flag.get_all_aliases().unwrap_or_default())
            .collect();
        assert_eq!(aliases, ["shape"]);
    }
}
