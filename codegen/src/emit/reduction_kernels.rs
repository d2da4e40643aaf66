//! The six kernels of a monoid. The order in which they combine states is written down in `plan/reduction.rs`.

use super::Writer;
use super::expr::{c_type, storage_name};
use super::function::{FunctionWriter, load};
use super::outputs::store;
use crate::ir::{Function, Type};
use crate::plan::{PROJECTION_CHUNK, REDUCTION_CHUNK, REDUCTION_LANES, Role};

impl Writer<'_> {
    fn state(&self) -> String {
        format!("{}_state", self.op.name)
    }

    pub(super) fn reduction(&self) -> String {
        let state = self.state();
        let slots: Vec<_> =
            self.op.state.iter().enumerate().map(|(slot, &ty)| format!("    {} s{slot};\n", c_type(ty))).collect();
        let mut text = format!("\n// The state of the monoid.\ntypedef struct {{\n{}}} {state};\n", slots.concat());
        for function in self.op.functions {
            text.push_str(&self.monoid_function(function));
        }
        text.push_str(&self.state_access());
        text.push_str(&self.lanes_function());
        text.push_str(&self.rows());
        text.push_str(&self.states());
        text.push_str(&self.finish());
        text.push_str(&self.axis());
        text.push_str(&self.labels());
        text.push_str(&self.label_planes());
        text
    }

    /// One of identity, step, merge, finish. State arguments are taken apart into the locals that the IR knows.
    fn monoid_function(&self, function: &Function) -> String {
        let state = self.state();
        let slots = self.op.state.len();
        let locals = self.names.locals(function);
        let mut prologue = String::new();
        let mut unpack = |argument: &str, first: usize| {
            for slot in 0..slots {
                let ty = c_type(self.op.state[slot]);
                let constant = if function.locals[first + slot].mutable { "" } else { "const " };
                prologue.push_str(&format!("    {constant}{ty} {} = {argument}.s{slot};\n", locals[first + slot]));
            }
        };
        let argument = |number: usize| {
            let info = function.locals[number];
            format!("{}{} {}", if info.mutable { "" } else { "const " }, c_type(info.ty), locals[number])
        };
        let (result, mut parameters) = match function.name {
            "identity" => (state.clone(), vec![]),
            "step" => {
                unpack("state", 0);
                let pixel = argument(slots);
                let position = ["const kw_geometry g", "const int x", "const int y", "const int z"].map(String::from);
                (state.clone(), [vec![format!("const {state} state"), pixel], position.to_vec()].concat())
            }
            "merge" => {
                unpack("left_state", 0);
                unpack("right_state", slots);
                (state.clone(), vec![format!("const {state} left_state"), format!("const {state} right_state")])
            }
            _ => {
                unpack("state", 0);
                (c_type(self.op.output()).to_owned(), vec![format!("const {state} state"), argument(slots)])
            }
        };
        if function.name == "step" {
            parameters.extend(self.function_params());
        }
        let name = format!("{}_{}", self.op.name, function.name);
        let head = self.signature(&format!("KW_FN {result}"), &name, &parameters);
        let mut writer = FunctionWriter::new(self.op, function, &self.names, self.dialect);
        if function.name != "finish" {
            writer.state = Some(state);
        }
        format!("\n{head}\n{{\n{prologue}{}}}\n", writer.body())
    }

    fn state_access(&self) -> String {
        let (name, state, global) = (self.op.name, self.state(), self.dialect.global());
        let slot_index = |slot: usize| format!("(kw_index){slot} * count + i");
        let pack = |ty: Type, prefix: &str| match storage_name(ty) {
            Some(storage) => format!("kw_{prefix}_{storage}"),
            None => format!("KW_CAT(kw_{prefix}_, KW_PIXEL)"),
        };
        let (mut reads, mut writes) = (String::new(), String::new());
        for (slot, &ty) in self.op.state.iter().enumerate() {
            let index = slot_index(slot);
            if ty == Type::Bool {
                reads.push_str(&format!("    result.s{slot} = states[{index}] != 0u;\n"));
                writes.push_str(&format!("    states[{index}] = state.s{slot} ? 1u : 0u;\n"));
            } else {
                reads.push_str(&format!("    result.s{slot} = {}(states[{index}]);\n", pack(ty, "unpack")));
                writes.push_str(&format!("    states[{index}] = {}(state.s{slot});\n", pack(ty, "pack")));
            }
        }
        format!(
            "\n// States in memory: slot-major.\n\
             KW_FN {state} {name}_read({global}const kw_u32 *states, const kw_u32 count, const kw_index i)\n{{\n    {state} result;\n{reads}    return result;\n}}\n\n\
             KW_FN void {name}_write({global}kw_u32 *states, const kw_u32 count, const kw_index i, const {state} state)\n{{\n{writes}}}\n"
        )
    }

    /// Merges the lanes of each chunk by halves.
    fn lanes_function(&self) -> String {
        let (name, state, shared, barrier) =
            (self.op.name, self.state(), self.dialect.shared(), self.dialect.barrier());
        let half = REDUCTION_LANES / 2;
        format!(
            "\n// Merges {REDUCTION_LANES} lanes by halves; lane 0 has the result.\n\
             #define {macro_name}(shared_states, thread, lane, state) \\\n    \
             shared_states[thread] = state; \\\n    {barrier}; \\\n    \
             for (int half_width = {half}; half_width > 0; half_width /= 2) {{ \\\n        \
             if (lane < half_width) shared_states[thread] = {name}_merge(shared_states[thread], shared_states[thread + half_width]); \\\n        \
             {barrier}; \\\n    }}\n\
             #define KW_SHARED_STATES {shared}{state} shared_states[256];\n",
            macro_name = "KW_MERGE_LANES",
        )
    }

    fn role_text(&self, role: Role, body: &str) -> String {
        let kernel = self.plan.kernel(role).expect("a reduction plan has every role");
        self.kernel_text(kernel, body)
    }

    fn step_call(&self, state: &str, pixel_index: &str) -> String {
        let name = &self.names.inputs[0];
        let pixel = load(self.op, 0, &format!("{name}[{pixel_index}]"));
        let params: String = self.call_params().iter().map(|param| format!(", {param}")).collect();
        format!("{state} = {}_step({state}, {pixel}, g, x, y, z{params});", self.op.name)
    }

    fn rows(&self) -> String {
        let (name, state, lane) = (self.op.name, self.state(), self.dialect.lane(0));
        let step = self.step_call("state", "row * g.extent_x + local_x");
        let body = format!(
            "    KW_SHARED_STATES\n    const int thread = (int){lane};\n    const int lane = thread % {REDUCTION_LANES};\n    \
             const kw_long chunk = {item} / {REDUCTION_LANES};\n    const int chunks = (g.extent_x + {last}) / {REDUCTION_CHUNK};\n    \
             {state} state = {name}_identity();\n    if (chunk < (kw_long)states_out_count) {{\n        \
             const kw_index row = (kw_index)(chunk / chunks);\n        const int first = (int)(chunk % chunks) * {REDUCTION_CHUNK};\n        \
             const int end = first + {REDUCTION_CHUNK} < g.extent_x ? first + {REDUCTION_CHUNK} : g.extent_x;\n        \
             const int y = (int)(row % g.extent_y) + g.origin_y;\n        const int z = (int)(row / g.extent_y % g.extent_z) + g.origin_z;\n        \
             for (int local_x = first + lane; local_x < end; local_x += {REDUCTION_LANES}) {{\n            \
             const int x = local_x + g.origin_x;\n            {step}\n        }}\n    }}\n    \
             KW_MERGE_LANES(shared_states, thread, lane, state)\n    \
             if (lane == 0 && chunk < (kw_long)states_out_count) {name}_write(states_out, states_out_count, (kw_index)chunk, shared_states[thread]);\n",
            item = self.dialect.item(0),
            last = REDUCTION_CHUNK - 1,
        );
        self.role_text(Role::ReduceRows, &body)
    }

    fn states(&self) -> String {
        let (name, state, lane) = (self.op.name, self.state(), self.dialect.lane(0));
        let body = format!(
            "    KW_SHARED_STATES\n    const int thread = (int){lane};\n    const int lane = thread % {REDUCTION_LANES};\n    \
             const kw_long chunk = {item} / {REDUCTION_LANES};\n    {state} state = {name}_identity();\n    \
             if (chunk < (kw_long)states_out_count) {{\n        const kw_long first = chunk * {REDUCTION_CHUNK};\n        \
             const kw_long end = first + {REDUCTION_CHUNK} < (kw_long)states_in_count ? first + {REDUCTION_CHUNK} : (kw_long)states_in_count;\n        \
             for (kw_long i = first + lane; i < end; i += {REDUCTION_LANES}) state = {name}_merge(state, {name}_read(states_in, states_in_count, (kw_index)i));\n    }}\n    \
             KW_MERGE_LANES(shared_states, thread, lane, state)\n    \
             if (lane == 0 && chunk < (kw_long)states_out_count) {name}_write(states_out, states_out_count, (kw_index)chunk, shared_states[thread]);\n",
            item = self.dialect.item(0),
        );
        self.role_text(Role::ReduceStates, &body)
    }

    fn finish(&self) -> String {
        let (name, state) = (self.op.name, self.state());
        let value = store(self.op, 0, &format!("{name}_finish(state, count)"));
        let body = format!(
            "    const kw_long i = {item};\n    if (i >= (kw_long)(states_in_count / group_size)) return;\n    \
             const kw_index first = (kw_index)i * group_size;\n    {state} state = {name}_read(states_in, states_in_count, first);\n    \
             for (kw_u32 k = 1; k < group_size; ++k) state = {name}_merge(state, {name}_read(states_in, states_in_count, first + k));\n    \
             out[i] = {value};\n",
            item = self.dialect.item(0),
        );
        self.role_text(Role::ReduceFinish, &body)
    }

    fn axis(&self) -> String {
        let (name, state) = (self.op.name, self.state());
        let step = self
            .step_call("part", "((kw_index)(n * g.extent_z + local_z) * g.extent_y + local_y) * g.extent_x + local_x");
        let value = store(self.op, 0, &format!("{name}_finish(state, count)"));
        let body = format!(
            "    const kw_long i = {item};\n    const int other = KW_AXIS == 1 ? g.extent_z : g.extent_y;\n    \
             const int along = KW_AXIS == 1 ? g.extent_y : g.extent_z;\n    if (i >= (kw_long)g.extent_x * other * g.batch) return;\n    \
             const int local_x = (int)(i % g.extent_x);\n    const int across = (int)(i / g.extent_x % other);\n    \
             const kw_index n = (kw_index)(i / g.extent_x / other);\n    const int x = local_x + g.origin_x;\n    {state} state = {name}_identity();\n    \
             const int begin = KW_AXIS == 1 ? g.origin_y : g.origin_z;\n    \
             for (int first = begin; first < begin + along; first = (first / {PROJECTION_CHUNK} + 1) * {PROJECTION_CHUNK}) {{\n        {state} part = {name}_identity();\n        \
             const int chunk_end = (first / {PROJECTION_CHUNK} + 1) * {PROJECTION_CHUNK};\n        \
             const int end = chunk_end < begin + along ? chunk_end : begin + along;\n        \
             for (int k = first; k < end; ++k) {{\n            const int local_y = KW_AXIS == 1 ? k - begin : across;\n            \
             const int local_z = KW_AXIS == 1 ? across : k - begin;\n            const int y = local_y + g.origin_y, z = local_z + g.origin_z;\n            \
             {step}\n        }}\n        state = {name}_merge(state, part);\n    }}\n    out[i] = {value};\n",
            item = self.dialect.item(0),
        );
        self.role_text(Role::ReduceAxis, &body)
    }

    fn labels(&self) -> String {
        let (name, state) = (self.op.name, self.state());
        let index = "(((kw_index)plane) * g.extent_y + local_y) * g.extent_x + local_x";
        let step = self.step_call("row", "voxel");
        let body = format!(
            "    const kw_long i = {item};\n    if (i >= (kw_long)states_out_count) return;\n    {global}const kw_u32 *item = items + i * 6;\n    \
             const kw_u32 label = item[0], plane = item[1];\n    const int z = (int)(plane % (kw_u32)g.extent_z) + g.origin_z;\n    \
             {state} state = {name}_identity();\n    for (int local_y = (int)item[3]; local_y <= (int)item[5]; ++local_y) {{\n        \
             const int y = local_y + g.origin_y;\n        {state} row = {name}_identity();\n        \
             for (int local_x = (int)item[2]; local_x <= (int)item[4]; ++local_x) {{\n            const kw_index voxel = {index};\n            \
             const int x = local_x + g.origin_x;\n            if (KW_CONVERT(u32, KW_LABELS)(labels[voxel]) == label) {step}\n        }}\n        \
             state = {name}_merge(state, row);\n    }}\n    {name}_write(states_out, states_out_count, (kw_index)i, state);\n",
            item = self.dialect.item(0),
            global = self.dialect.global(),
        );
        self.role_text(Role::ReduceLabels, &body)
    }

    fn label_planes(&self) -> String {
        let (name, state) = (self.op.name, self.state());
        let body = format!(
            "    const kw_long i = {item};\n    if (i >= (kw_long)states_out_count) return;\n    {state} state = {name}_identity();\n    \
             for (kw_u32 k = starts[i]; k < starts[i + 1]; ++k) state = {name}_merge(state, {name}_read(states_in, states_in_count, (kw_index)k));\n    \
             {name}_write(states_out, states_out_count, (kw_index)i, state);\n",
            item = self.dialect.item(0),
        );
        self.role_text(Role::ReduceLabelPlanes, &body)
    }
}
