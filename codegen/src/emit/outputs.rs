//! The results of a body: one value, or a struct with one member for each of several; and their stores to the outputs.

use super::Writer;
use super::expr::c_type;
use crate::ir::{Op, Type};
use crate::plan::{Definition, definition_name};

/// The name of an output's pointer.
pub(super) fn pointer(output: u8) -> String {
    if output == 0 { "out".into() } else { format!("out{output}") }
}

/// Converts a computed value to the storage type of an output.
pub(super) fn store(op: &Op, output: u8, value: &str) -> String {
    let storage = definition_name(op, Definition::Output(output));
    match op.outputs[usize::from(output)] {
        Type::Pixel => format!("KW_CAT(kw_stored_, {storage})({value})"),
        Type::Bool => format!("KW_CONVERT({storage}, bool)({value})"),
        Type::U32 => format!("KW_CONVERT({storage}, u32)({value})"),
        Type::I32 => format!("KW_CONVERT({storage}, i32)({value})"),
        _ => format!("KW_CONVERT({storage}, f32)({value})"),
    }
}

impl Writer<'_> {
    /// The struct that the body returns; `None` where it returns one value.
    pub(super) fn results_struct(&self) -> Option<String> {
        (self.results().len() > 1).then(|| format!("{}_results", self.op.name))
    }

    /// What the body returns: the values of the outputs and, of a scan, those of the next state.
    fn results(&self) -> Vec<Type> {
        [self.op.outputs, self.op.state].concat()
    }

    /// The C type that the body returns.
    pub(super) fn result_type(&self) -> String {
        self.results_struct().unwrap_or_else(|| c_type(self.op.output()).to_owned())
    }

    /// The definition of the struct, if there is one.
    pub(super) fn results_definition(&self) -> String {
        let Some(name) = self.results_struct() else { return String::new() };
        let members = self.results().into_iter().enumerate();
        let members: String = members.map(|(number, ty)| format!("    {} r{number};\n", c_type(ty))).collect();
        format!("\n// The results for one voxel.\ntypedef struct {{\n{members}}} {name};\n")
    }

    /// Stores what a call of the body returns at an index of every output. `indent` stands before each line.
    pub(super) fn store_results(&self, call: &str, index: &str, indent: &str) -> String {
        let Some(name) = self.results_struct() else {
            return format!("{indent}{};\n", self.put(0, index, &store(self.op, 0, call)));
        };
        let mut text = format!("{indent}const {name} result = {call};\n");
        for output in 0..self.op.outputs.len() as u8 {
            let value = store(self.op, output, &format!("result.r{output}"));
            text.push_str(&format!("{indent}{};\n", self.put(output, index, &value)));
        }
        text
    }

    /// Stores what a call has returned before: `value` is a variable of the result's type.
    pub(super) fn store_values(&self, value: &str, index: &str, indent: &str) -> String {
        let outputs = 0..self.op.outputs.len() as u8;
        let value_of = |output: u8| match self.results_struct() {
            None => value.to_owned(),
            Some(_) => format!("{value}.r{output}"),
        };
        let one =
            |output| format!("{indent}{};\n", self.put(output, index, &store(self.op, output, &value_of(output))));
        outputs.map(one).collect()
    }

    /// As [`store_results`](Self::store_results) inside the loops over rows, where the index is long.
    pub(super) fn store_spatial(&self, call: &str, index: &str) -> String {
        let indent = " ".repeat(12);
        if self.results_struct().is_none() && self.fused.is_none() {
            return format!("{indent}out[{index}] =\n{indent}    {};\n", store(self.op, 0, call));
        }
        format!("{indent}const kw_index i = {index};\n{}", self.store_results(call, "i", &indent))
    }
}
