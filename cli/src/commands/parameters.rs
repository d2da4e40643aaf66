//! The parameters of an operation as options of the command line, and their values.
//!
//! A parameter `spot_sigma` is `--spot-sigma` or `--spot_sigma`; with one value per axis, `--spot-sigma-x` and so on too.

use clap::{Arg, ArgMatches};
use kernwerk_runtime::arguments::wanted;
use kernwerk_runtime::{Arguments, Axis, Error, OpInfo, Result, Value, ValueMap};
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

/// The options of an operation by the names of its parameters; `None` where the command line has an option of that name
/// already (such a parameter can be given by `--params`).
pub(crate) fn flags(op: &OpInfo) -> Vec<(String, Option<Arg>)> {
    let mut used: Vec<String> = RESERVED.iter().map(|&name| name.to_owned()).collect();
    let parameters = op.params.iter().map(|param| param.name.to_owned());
    let axes = op.params.iter().filter(|param| param.per_axis);
    let axes = axes.flat_map(|param| Axis::ALL.map(|axis| format!("{}_{}", param.name, axis.name())));
    // Whole parameters first: an axis of one must not take the name of another.
    let names: Vec<String> = parameters.chain(axes).collect();
    used.retain(|name| !name.is_empty());
    let mut flags = Vec::new();
    for name in &names {
        if used.contains(name) {
            flags.push((name.clone(), None));
            continue;
        }
        used.push(name.clone());
        flags.push((name.clone(), Some(flag(op, name))));
    }
    for (name, flag) in &mut flags {
        let aliases = aliases(op, name, &names);
        let aliases = aliases.into_iter().filter(|alias| !used.contains(alias)).collect::<Vec<_>>();
        used.extend(aliases.iter().cloned());
        *flag = flag.take().map(|flag| flag.aliases(aliases));
    }
    flags
}

/// The option of a parameter or of one axis of it.
fn flag(op: &OpInfo, name: &str) -> Arg {
    let kebab = name.replace('_', "-");
    let flag = Arg::new(name.to_owned()).long(kebab).allow_negative_numbers(true);
    let flag = flag.help_heading(format!("Parameters of {}", op.name));
    match op.params.iter().find(|param| param.name == name) {
        Some(param) => {
            let mut help = wanted(param);
            if let Some(unit) = param.unit {
                help += &format!(", in {unit}");
            }
            match param.default {
                Some(default) => help += &format!(" [default: {default}]"),
                None => help += " (required)",
            }
            flag.value_name(if param.per_axis { "VALUE|[Z,Y,X]" } else { "VALUE" }).help(help)
        }
        // The parameter's own help says that there is one for each axis.
        None => flag.value_name("VALUE").hide_short_help(true).help(format!("{} alone", name.replace('_', " along "))),
    }
}

/// Other spellings of an option: with `_`, and under the synonyms.
fn aliases(op: &OpInfo, name: &str, names: &[String]) -> Vec<String> {
    let mut aliases = vec![];
    let (stem, suffix) = match op.params.iter().any(|param| param.name == name) {
        true => (name, ""),
        false => name.split_at(name.len() - 2),
    };
    let rows = SYNONYMS.iter().filter(|row| row.contains(&stem));
    let synonyms = rows.flat_map(|row| row.iter()).map(|synonym| format!("{synonym}{suffix}"));
    for spelling in synonyms.filter(|synonym| own_name(op, synonym) == name && !names.contains(synonym)).chain([name.to_owned()]) {
        aliases.push(spelling.replace('_', "-"));
        aliases.push(spelling);
    }
    aliases.sort();
    aliases.dedup();
    aliases.retain(|alias| *alias != name.replace('_', "-"));
    aliases
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
pub(crate) fn complete(op: &OpInfo, map: ValueMap) -> Result<Vec<Option<Value>>, Error> {
    let values = map.finish()?;
    Arguments::bind(op, &values, &[])?;
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
