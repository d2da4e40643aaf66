//! Grid kernels whose lanes share memory: one group of work-items per item, phase by phase.
//!
//! Input: an operation with a group. Output: its body, in which a barrier ends each phase, and the kernel around it. Invariant: what decides
//! whether a barrier is reached is the same for all work-items of a group, since the parser keeps lanes out of it.
//!
//! Buffers begin where vectors of four may lie, as kernels of other classes rely on too, and the text says so: a compiler joins what a
//! lane reads or writes at 2i and 2i + 1 to one access then.

use super::Writer;
use super::expr::c_type;
use crate::ir::Access;
use crate::plan::{Definition, Role, definition_name};

/// Work-items of such kernels that a multiprocessor is to run together: each then has 64 registers, enough for arrays of 32 numbers.
pub(super) const TOGETHER: usize = 1024;

impl Writer<'_> {
    pub(super) fn groups(&self) -> String {
        let kernel = self.plan.kernel(Role::Whole).expect("a grid plan has one kernel");
        let shared = || self.op.group.iter().flat_map(|group| group.shared).zip(&self.names.shared);
        let mut parameters: Vec<_> = (0..self.op.inputs.len() as u8).map(|input| self.input_pointer(input)).collect();
        let pointer = self.dialect.shared_pointer();
        parameters.extend(shared().map(|(array, name)| format!("{pointer}{} *{name}", c_type(array.ty))));
        parameters.push("const kw_geometry g".into());
        parameters.extend(["x", "y", "z", "n", "index", "kw_lane"].map(|name| format!("const kw_index {name}")));
        parameters.extend(self.function_params());
        let mut text = self.body_function(&parameters);
        text.push_str(&self.kernel_head(kernel));
        for (array, name) in shared() {
            text.push_str(&format!("    {}{} {name}[{}];\n", self.dialect.shared(), c_type(array.ty), array.length));
        }
        let arguments: Vec<_> = parameters
            .iter()
            .map(|parameter| super::last_word(parameter))
            .map(|name| match name.as_str() {
                "x" => format!("(kw_index){}", self.dialect.group(0)),
                "y" | "z" => format!("local_{name}"),
                "kw_lane" => format!("(kw_index){}", self.dialect.lane(0)),
                _ => self.elements(&name).unwrap_or_else(|| self.specialized(name)),
            })
            .collect();
        // Groups along x are as many as there are, those along y and z stride.
        text.push_str(&format!(
            "    for (kw_long plane = {}; plane < (kw_long)g.extent_z * g.batch; plane += {}) {{\n        \
             const int n = g.batch == 1 ? 0 : (int)(plane / g.extent_z);\n        \
             const int local_z = (int)(plane - (kw_long)n * g.extent_z);\n#pragma unroll 1\n        \
             for (int local_y = (int){}; local_y < g.extent_y; local_y += (int){}) {{\n            \
             const kw_index index = ((kw_index)plane * g.extent_y + local_y) * g.extent_x + (kw_index){};\n            \
             {}_body({});\n        }}\n    }}\n}}\n",
            self.dialect.group(2),
            self.dialect.items(2),
            self.dialect.group(1),
            self.dialect.items(1),
            self.dialect.group(0),
            self.op.name,
            arguments.join(", "),
        ));
        text
    }

    /// An input as the kernel gets it, whose type says how it is aligned where the language has it so.
    pub(super) fn aligned_pointer(&self, input: u8) -> String {
        self.pointer(input, |storage| self.dialect.pointee(storage))
    }

    /// The elements of a buffer that is read or written, from the pointer of that name.
    fn elements(&self, name: &str) -> Option<String> {
        let input = self.names.inputs.iter().position(|other| other == name)?;
        let constant = match self.op.inputs[input].access {
            Access::Read => "const ",
            Access::Write => "",
            _ => return None,
        };
        let storage = definition_name(self.op, Definition::Input(input as u8));
        let ty = format!("{}{constant}KW_STORAGE({storage}) *", self.dialect.global());
        Some(self.dialect.elements(&ty, name))
    }
}
