//! Making identifiers safe once, for both languages: neither a keyword, nor a name of the support text, nor used twice.

use std::collections::HashSet;

use crate::ir::{Function, Op};

const RESERVED: &[&str] = &[
    // C, C++ and OpenCL C
    "auto",
    "bool",
    "break",
    "case",
    "char",
    "class",
    "const",
    "constant",
    "continue",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "false",
    "float",
    "for",
    "global",
    "goto",
    "half",
    "if",
    "image",
    "inline",
    "int",
    "kernel",
    "local",
    "long",
    "new",
    "operator",
    "private",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "template",
    "this",
    "true",
    "typedef",
    "typename",
    "uchar",
    "uint",
    "ulong",
    "union",
    "unsigned",
    "ushort",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
    "size_t",
    "asm",
    "and",
    "or",
    "not",
    "xor",
    "event",
    "pipe",
    "sampler",
    "uniform",
    "vector",
    // built-in functions and macros that a definition could hide
    "abs",
    "acos",
    "asin",
    "atan",
    "ceil",
    "clamp",
    "cos",
    "cross",
    "degrees",
    "distance",
    "dot",
    "erf",
    "exp",
    "fabs",
    "floor",
    "fma",
    "fmax",
    "fmin",
    "length",
    "log",
    "max",
    "min",
    "mix",
    "normalize",
    "pow",
    "radians",
    "rint",
    "round",
    "select",
    "sign",
    "sin",
    "smoothstep",
    "sqrt",
    "step",
    "tan",
    "trunc",
    "NAN",
    "INFINITY",
    "NULL",
    "CHAR_MAX",
    "INT_MAX",
    "blockIdx",
    "threadIdx",
    "gridDim",
    "blockDim",
    // names that the writers use themselves
    "x",
    "y",
    "z",
    "n",
    "g",
    "i",
    "ox",
    "oy",
    "oz",
    "out",
    "border",
    "inside",
    "half_width",
    "state",
    "result",
    "labels",
    "items",
    "starts",
    "count",
    "states_in",
    "states_out",
    "states_in_count",
    "states_out_count",
    "group_size",
    "lane",
    "index",
    "k",
];

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
