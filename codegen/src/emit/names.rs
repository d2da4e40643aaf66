//! Making identifiers safe once, for both languages: neither a keyword, nor a name of the support text, nor used twice.

use std::collections::HashSet;

use crate::ir::{Function, Local, Op, Stmt};
use crate::reserved::{is_reserved, is_reserved_in_kernels};

/// The names of everything that a function mentions.
pub(super) struct Names {
    pub(super) inputs: Vec<String>,
    pub(super) params: Vec<String>,
    /// Of the arrays that the lanes of a group share.
    pub(super) shared: Vec<String>,
}

impl Names {
    pub(super) fn new(op: &Op) -> Names {
        let mut used = HashSet::new();
        let safe = |name| base(name, is_reserved_in_kernels);
        let inputs = op.inputs.iter().map(|input| unique(safe(input.name), &[], &mut used)).collect();
        let params = op.params.iter().map(|param| {
            let axes: &[&str] = if param.per_axis { &["_x", "_y", "_z"] } else { &[] };
            unique(safe(param.name), axes, &mut used)
        });
        let params = params.collect();
        let shared = op.group.iter().flat_map(|group| group.shared);
        let shared = shared.map(|one| unique(safe(one.name), &[], &mut used)).collect();
        Names { inputs, params, shared }
    }

    /// A name for each local, also where the Rust body shadows one.
    pub(super) fn locals(&self, function: &Function) -> Vec<String> {
        self.locals_without(function, is_reserved)
    }

    /// The same for a body that stands in the kernel itself, among its arguments.
    pub(super) fn locals_in_kernels(&self, function: &Function) -> Vec<String> {
        self.locals_without(function, is_reserved_in_kernels)
    }

    fn locals_without(&self, function: &Function, is_reserved: fn(&str) -> bool) -> Vec<String> {
        let mut used: HashSet<String> = self.inputs.iter().chain(&self.params).chain(&self.shared).cloned().collect();
        for param in &self.params {
            used.extend(["x", "y", "z"].map(|axis| format!("{param}_{axis}")));
        }
        // A loop may keep its bound beside its counter.
        let counts = |number: usize| {
            let is_counter = |stmt: &Stmt| matches!(*stmt, Stmt::For { local, .. } if local.0 as usize == number);
            function.stmts.iter().any(is_counter)
        };
        let name = |(number, local): (usize, &Local)| {
            let suffixes: &[&str] = if counts(number) { &["_end"] } else { &[] };
            unique(base(local.name, is_reserved), suffixes, &mut used)
        };
        function.locals.iter().enumerate().map(name).collect()
    }
}

/// The name as C can have it.
fn base(name: &str, is_reserved: fn(&str) -> bool) -> String {
    let name = name.trim_start_matches("r#").trim_start_matches('_');
    let name = if name.is_empty() { "unused" } else { name };
    // Rust's identifiers may have letters that C's have not.
    let spelled =
        |letter: char| if letter.is_ascii() { letter.to_string() } else { format!("u{:x}", u32::from(letter)) };
    let name: String = name.chars().map(spelled).collect();
    if name.starts_with(|letter: char| letter.is_ascii_digit()) {
        format!("v{name}")
    } else if is_reserved(&name) {
        format!("{name}_")
    } else {
        name
    }
}

/// A name that is free, also with each of the suffixes; it is taken from then on.
fn unique(base: String, suffixes: &[&str], used: &mut HashSet<String>) -> String {
    let all = |name: &str| suffixes.iter().map(|suffix| format!("{name}{suffix}")).collect::<Vec<_>>();
    let mut candidate = base.clone();
    let mut number = 2;
    while used.contains(&candidate) || all(&candidate).iter().any(|name| used.contains(name)) {
        candidate = format!("{base}_{number}");
        number += 1;
    }
    used.extend(all(&candidate));
    used.insert(candidate.clone());
    candidate
}
