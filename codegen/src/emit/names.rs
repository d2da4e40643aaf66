//! Making identifiers safe once, for both languages: neither a keyword, nor a name of the support text, nor used twice.

use std::collections::HashSet;

use crate::ir::{Function, Op};
use crate::reserved::RESERVED;

/// The names of everything that a function mentions.
pub(super) struct Names {
    pub(super) inputs: Vec<String>,
    pub(super) params: Vec<String>,
}

impl Names {
    pub(super) fn new(op: &Op) -> Names {
        let mut used = HashSet::new();
        let inputs = op.inputs.iter().map(|input| unique(input.name, &mut used)).collect();
        let params = op.params.iter().map(|param| unique(param.name, &mut used)).collect();
        Names { inputs, params }
    }

    /// A name for each local, also where the Rust body shadows one.
    pub(super) fn locals(&self, function: &Function) -> Vec<String> {
        let mut used: HashSet<String> = self.inputs.iter().chain(&self.params).cloned().collect();
        for param in &self.params {
            used.extend(["x", "y", "z"].map(|axis| format!("{param}_{axis}")));
        }
        function.locals.iter().map(|local| unique(local.name, &mut used)).collect()
    }
}

fn unique(name: &str, used: &mut HashSet<String>) -> String {
    let name = name.trim_start_matches("r#").trim_start_matches('_');
    let name = if name.is_empty() { "unused" } else { name };
    let reserved =
        RESERVED.contains(&name) || name.starts_with("kw_") || name.starts_with("KW_") || name.starts_with("window");
    let base = if reserved { format!("{name}_") } else { name.to_owned() };
    let mut candidate = base.clone();
    let mut number = 2;
    while !used.insert(candidate.clone()) {
        candidate = format!("{base}_{number}");
        number += 1;
    }
    candidate
}
