//! Names that mean something in C, C++, OpenCL C or the support text, and so cannot be those of an author.

pub(crate) const RESERVED: &[&str] = &[
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

/// More of the same: further keywords, and built-in functions behind the support text's macros.
const ALSO_RESERVED: &[&str] = &[
    // C++
    "alignas",
    "alignof",
    "and_eq",
    "bitand",
    "bitor",
    "catch",
    "compl",
    "concept",
    "constexpr",
    "decltype",
    "explicit",
    "export",
    "friend",
    "mutable",
    "namespace",
    "noexcept",
    "not_eq",
    "nullptr",
    "or_eq",
    "protected",
    "public",
    "requires",
    "static_assert",
    "thread_local",
    "throw",
    "try",
    "typeid",
    "xor_eq",
    // C and its compilers' own
    "complex",
    "imaginary",
    "linux",
    "typeof",
    "unix",
    // OpenCL C and CUDA
    "as_float",
    "as_uint",
    "barrier",
    "dim3",
    "get_global_id",
    "get_global_size",
    "get_local_id",
    "printf",
    "quad",
    "read_only",
    "read_write",
    "vec_step",
    "warpSize",
    "write_only",
    "ceilf",
    "cosf",
    "expf",
    "fabsf",
    "floorf",
    "logf",
    "powf",
    "rintf",
    "sinf",
    "sqrtf",
    "truncf",
];

/// What the writers declare in kernels, where images, buffers and parameters are arguments.
const IN_KERNELS: &[&str] = &[
    "below",
    "bit",
    "candidate",
    "extent",
    "item",
    "item_x",
    "keys",
    "local_x",
    "local_y",
    "local_z",
    "plane",
    "position",
    "reach",
];

/// Whether a name cannot be that of an author's variable in a text.
pub(crate) fn is_reserved(name: &str) -> bool {
    // Those of the tables of windows and weights: `window0_ry`, `weights0`.
    let is_table = || {
        let number = name.strip_prefix("weights").unwrap_or_default();
        name.starts_with("window")
            || name.starts_with("fn_")
            || number.starts_with(|letter: char| letter.is_ascii_digit())
    };
    is_word(name) || is_table()
}

/// Whether a name cannot be that of an argument of a kernel.
pub(crate) fn is_reserved_in_kernels(name: &str) -> bool {
    is_reserved(name) || IN_KERNELS.contains(&name)
}

/// Whether a name means something in one of the languages or in the support text.
fn is_word(name: &str) -> bool {
    // `float4`, `long16`
    let is_vector = || {
        let element = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let elements =
            ["bool", "char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "half", "float", "double"];
        element.len() < name.len() && elements.contains(&element)
    };
    // Macros of the compilers are written in capitals, and their types end in `_t`.
    let is_macro = || name.len() > 1 && !name.contains(|letter: char| letter.is_ascii_lowercase());
    let is_ours = || name.starts_with("kw_") || name.starts_with("KW_");
    RESERVED.contains(&name)
        || ALSO_RESERVED.contains(&name)
        || is_ours()
        || is_macro()
        || is_vector()
        || name.ends_with("_t")
}

/// The name of an operation's kernel: its own, or with a suffix where that is taken.
pub(crate) fn kernel_name(name: &str) -> String {
    if is_word(name) { format!("{name}_kernel") } else { name.to_owned() }
}
