//! Names, plain ones and those that mean something in C, OpenCL C, CUDA C or the generated texts.

use super::Generator;

const PLAIN: [&str; 12] = ["a", "b", "c", "d", "acc", "value", "total", "best", "other", "weight", "mark", "turn"];

/// Words of the target languages, names of the writers, and what clashes with them by adding a suffix.
const HOSTILE: [&str; 116] = [
    "i",
    "j",
    "k",
    "n",
    "x",
    "y",
    "z",
    "g",
    "j_end",
    "i_end",
    "k_end",
    "turn_end",
    "out",
    "border",
    "inside",
    "state",
    "result",
    "index",
    "lane",
    "count",
    "half",
    "half_width",
    "row",
    "plane",
    "local_x",
    "local_y",
    "local_z",
    "item",
    "item_x",
    "reach",
    "position",
    "extent",
    "first",
    "last",
    "end",
    "step",
    "part",
    "column",
    "thread",
    "chunk",
    "chunks",
    "keys",
    "key",
    "bit",
    "below",
    "candidate",
    "low",
    "high",
    "size",
    "window0",
    "window0_sum",
    "window0_r",
    "weights0",
    "weights0_r",
    "voxel",
    "item_y",
    "states",
    "shared_states",
    "left_state",
    "right_state",
    "s0",
    "s1",
    "left",
    "right",
    "KW_OUT",
    "float2",
    "int4",
    "uint",
    "uchar",
    "M_PI",
    "MAXFLOAT",
    "HUGE_VALF",
    "FLT_MAX",
    "INT_MIN",
    "fma",
    "sqrt",
    "sqrtf",
    "fabsf",
    "floorf",
    "rintf",
    "as_float",
    "as_uint",
    "isnan",
    "barrier",
    "get_global_id",
    "native_exp",
    "convert_int",
    "warpSize",
    "long",
    "double",
    "signed",
    "unsigned",
    "short",
    "goto",
    "switch",
    "kernel",
    "global",
    "local",
    "constant",
    "private",
    "read_only",
    "and",
    "xor",
    "bitor",
    "new",
    "this",
    "template",
    "linux",
    "unix",
    "r#do",
    "r#try",
    "r#final",
    "_under",
    "a_2",
    "a_",
    "sum",
];

/// Names of images; those in capitals become definitions, and so meet the definitions of the texts.
const IMAGES: [&str; 23] = [
    "out",
    "pixel",
    "labels",
    "index",
    "axis",
    "boundary",
    "border",
    "cat",
    "order",
    "storage",
    "unroll",
    "keys",
    "item",
    "r#fn",
    "stored",
    "window0",
    "is_constant",
    "plane",
    "x",
    "i",
    "voxel",
    "a",
    "convert",
];

const OPERATIONS: [&str; 11] =
    ["probe", "kernel", "dot", "select", "barrier", "copy", "printf", "image", "float4", "item", "sign"];

impl Generator {
    /// A name for a variable; it may shadow another variable, but no argument.
    pub(super) fn variable_name(&mut self) -> String {
        loop {
            let name = if self.hostile { *self.random.pick(&HOSTILE) } else { *self.random.pick(&PLAIN) };
            if !self.arguments.iter().any(|argument| argument == name) {
                return name.to_owned();
            }
        }
    }

    /// A name for an argument.
    pub(super) fn argument_name(&mut self, plain: &str) -> String {
        let mut name = plain.to_owned();
        if self.hostile && self.random.percent(60) {
            let pool = if self.random.percent(60) { &IMAGES[..] } else { &HOSTILE[..] };
            name = (*self.random.pick(pool)).to_owned();
        }
        // Every scan has two parameters already.
        let taken = ["axis", "reverse"].map(str::to_owned);
        while self.arguments.contains(&name)
            || (self.class == kernwerk_codegen::ir::Class::Scan && taken.contains(&name))
        {
            name = match name.strip_prefix("r#") {
                Some(word) => format!("{word}_b"),
                None => format!("{name}b"),
            };
        }
        self.arguments.push(name.clone());
        name
    }

    /// A name for the operation.
    pub(super) fn operation_name(&mut self) -> &'static str {
        if self.hostile { self.random.pick::<&'static str>(&OPERATIONS) } else { "probe" }
    }
}
