//! The seven kernels of a monoid. The order in which they combine states is written down in `plan/reduction.rs`.

use super::Writer;
use super::expr::{c_type, storage_name};
use super::function::{FunctionWriter, load};
use super::outputs::store;
use crate::ir::{Function, Type};
use crate::plan::{
    Definition, PROJECTION_CHUNK, REDUCTION_CHUNK, REDUCTION_GROUP, REDUCTION_LANES, Role, definition_name,
};

/// A loop of [`Writer::steps`].
struct StepLoop<'a> {
    counter: &'a str,
    end: &'a str,
    by: &'a str,
    index: &'a dyn Fn(&str) -> String,
    place: &'a dyn Fn(&str) -> String,
}

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
        text.push_str(&self.row_values());
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
        // Pixels of 64 bits take two slots, so that what comes behind them moves.
        let slot_index = |slot: usize| {
            let pixels = self.op.state[..slot].iter().filter(|&&ty| ty == Type::Pixel).count();
            match pixels {
                0 => format!("(kw_index){slot} * count + i"),
                _ => format!("(kw_index)({} + {pixels} * KW_SLOTS(KW_PIXEL)) * count + i", slot - pixels),
            }
        };
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
            } else if ty == Type::Pixel {
                reads.push_str(&format!(
                    "#if KW_SLOTS(KW_PIXEL) == 2\n    result.s{slot} = {unpack}((kw_u64)states[{index} + count] << 32 | states[{index}]);\n\
                     #else\n    result.s{slot} = {unpack}(states[{index}]);\n#endif\n",
                    unpack = pack(ty, "unpack")
                ));
                writes.push_str(&format!(
                    "#if KW_SLOTS(KW_PIXEL) == 2\n    const kw_u64 bits{slot} = {pack}(state.s{slot});\n    states[{index}] = (kw_u32)bits{slot};\n    \
                     states[{index} + count] = (kw_u32)(bits{slot} >> 32);\n\
                     #else\n    states[{index}] = {pack}(state.s{slot});\n#endif\n",
                    pack = pack(ty, "pack")
                ));
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

    /// Merges the lanes of each chunk by halves. The pairs of all chunks of a group are dealt out to its first work-items, so that
    /// whole warps rest instead of half of each.
    fn lanes_function(&self) -> String {
        let (name, state, shared, barrier) =
            (self.op.name, self.state(), self.dialect.shared(), self.dialect.barrier());
        let (bits, lanes) = (REDUCTION_LANES.trailing_zeros(), self.dialect.lanes(0));
        format!(
            "\n#if KW_AHEAD > 1\n// Merges {REDUCTION_LANES} lanes by halves; the first lane of each chunk has the result.\n\
             #define KW_MERGE_LANES(shared_states, thread, state) \\\n    \
             shared_states[thread] = state; \\\n    {barrier}; \\\n    \
             for (int halves = {bits} - 1; halves >= 0; --halves) {{ \\\n        \
             if (thread < (((int){lanes} >> {bits}) << halves)) {{ \\\n            \
             const int low = ((thread >> halves) << {bits}) + (thread & ((1 << halves) - 1)); \\\n            \
             shared_states[low] = {name}_merge(shared_states[low], shared_states[low + (1 << halves)]); \\\n        }} \\\n        \
             {barrier}; \\\n    }}\n\
             #define KW_SHARED_STATES {shared}{state} shared_states[{REDUCTION_GROUP}];\n{alone}",
            alone = self.lone_lanes(),
        )
    }

    /// Steps through voxels that lie `stride` apart: eight are on their way before the first is taken in. `counter` runs from where it
    /// stands up to `end` by `by`; `index` is the index of voxel `counter`, `place` declares its coordinates.
    fn steps(&self, indent: &str, state: &str, loop_: &StepLoop<'_>) -> String {
        let StepLoop { counter, end, by, index, place } = loop_;
        let storage = definition_name(self.op, Definition::Input(0));
        let params: String = self.call_params().iter().map(|param| format!(", {param}")).collect();
        let step = |pixel: &str| {
            let pixel = load(self.op, 0, pixel);
            format!("{state} = {}_step({state}, {pixel}, g, x, y, z{params});", self.op.name)
        };
        let distance = |k: &str| if *by == "1" { k.to_owned() } else { format!("{k} * {by}") };
        let ahead = index(&format!("({counter} + {})", distance("k")));
        let placed = place(&format!("{counter} + {}", distance("k")));
        format!(
            "{indent}for (; {counter} + {last} < {end}; {counter} += {whole}) {{\n\
             {indent}    KW_STORAGE({storage}) ahead[KW_AHEAD];\n\
             {indent}    KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) ahead[k] = {first};\n\
             {indent}    KW_UNROLL for (int k = 0; k < KW_AHEAD; ++k) {{\n{indent}        {placed}\n{indent}        {}\n{indent}    }}\n\
             {indent}}}\n\
             {indent}for (; {counter} < {end}; {counter} += {by}) {{\n{indent}    {}\n{indent}    {}\n{indent}}}\n",
            step("ahead[k]"),
            place(counter),
            step(&self.element(0, &index(counter))),
            first = self.element(0, &ahead),
            last = distance("(KW_AHEAD - 1)"),
            whole = distance("KW_AHEAD"),
        )
    }

    fn role_text(&self, role: Role, body: &str) -> String {
        let kernel = self.plan.kernel(role).expect("a reduction plan has every role");
        self.kernel_text(kernel, body)
    }

    /// The same of a kernel in which the work-items of a group do something together, or each does all of it alone.
    fn shared_text(&self, role: Role, together: &str, alone: &str) -> String {
        self.role_text(role, &format!("#if KW_AHEAD > 1\n{together}#else\n{alone}#endif\n"))
    }

    pub(super) fn step_call(&self, state: &str, pixel_index: &str) -> String {
        let pixel = load(self.op, 0, &self.element(0, pixel_index));
        let params: String = self.call_params().iter().map(|param| format!(", {param}")).collect();
        format!("{state} = {}_step({state}, {pixel}, g, x, y, z{params});", self.op.name)
    }

    /// The first lines of the kernels in which 32 lanes share a chunk; `first` … `end` is the chunk of row `row`.
    fn chunk_state(&self, indent: &str) -> String {
        let steps = StepLoop {
            counter: "local_x",
            end: "end",
            by: &REDUCTION_LANES.to_string(),
            index: &|x| format!("row * g.extent_x + {x}"),
            place: &|x| format!("const int x = {x} + g.origin_x;"),
        };
        format!(
            "{indent}const int y = (int)(row % g.extent_y) + g.origin_y;\n{indent}const int z = (int)(row / g.extent_y % g.extent_z) + g.origin_z;\n\
             {indent}int local_x = first + lane;\n{}",
            self.steps(indent, "state", &steps)
        )
    }

    fn rows(&self) -> String {
        let (name, state, lane) = (self.op.name, self.state(), self.dialect.lane(0));
        let body = format!(
            "    KW_SHARED_STATES\n    const int thread = (int){lane};\n    const int lane = thread % {REDUCTION_LANES};\n    \
             const kw_long chunk = {item} / {REDUCTION_LANES};\n    const int chunks = (g.extent_x + {last}) / {REDUCTION_CHUNK};\n    \
             {state} state = {name}_identity();\n    if (chunk < (kw_long)states_out_count) {{\n        \
             const kw_index row = (kw_index)(chunk / chunks);\n        const int first = (int)(chunk % chunks) * {REDUCTION_CHUNK};\n        \
             const int end = first + {REDUCTION_CHUNK} < g.extent_x ? first + {REDUCTION_CHUNK} : g.extent_x;\n{steps}    }}\n    \
             KW_MERGE_LANES(shared_states, thread, state)\n    \
             if (lane == 0 && chunk < (kw_long)states_out_count) {name}_write(states_out, states_out_count, (kw_index)chunk, shared_states[thread]);\n",
            item = self.dialect.item(0),
            last = REDUCTION_CHUNK - 1,
            steps = self.chunk_state("        "),
        );
        self.shared_text(Role::ReduceRows, &body, &self.lone_rows())
    }

    fn row_values(&self) -> String {
        let (name, state, lane) = (self.op.name, self.state(), self.dialect.lane(0));
        let value = self.put(0, "item", &store(self.op, 0, &format!("{name}_finish(shared_states[thread], count)")));
        let body = format!(
            "    KW_SHARED_STATES\n    const int thread = (int){lane};\n    const int lane = thread % {REDUCTION_LANES};\n    \
             const kw_long item = {item} / {REDUCTION_LANES};\n    const bool inside = item < (kw_long)g.extent_y * g.extent_z * g.batch;\n    \
             {state} state = {name}_identity();\n    if (inside) {{\n        \
             const kw_index row = (kw_index)item;\n        const int first = 0, end = g.extent_x;\n{steps}    }}\n    \
             KW_MERGE_LANES(shared_states, thread, state)\n    if (lane == 0 && inside) {value};\n",
            item = self.dialect.item(0),
            steps = self.chunk_state("        "),
        );
        let alone = self.put(0, "item", &store(self.op, 0, &format!("{name}_finish(state, count)")));
        self.shared_text(Role::ReduceRowValues, &body, &self.lone_row_values(&alone))
    }

    fn states(&self) -> String {
        let (name, state, lane) = (self.op.name, self.state(), self.dialect.lane(0));
        // Few work-items have the device for themselves: further ahead, as far as registers reach.
        let ahead = match self.op.state.len() {
            0..=4 => "(4 * KW_AHEAD)",
            5..=8 => "(2 * KW_AHEAD)",
            _ => "KW_AHEAD",
        };
        let body = format!(
            "    KW_SHARED_STATES\n    const int thread = (int){lane};\n    const int lane = thread % {REDUCTION_LANES};\n    \
             const kw_long chunk = {item} / {REDUCTION_LANES};\n    {state} state = {name}_identity();\n    \
             if (chunk < (kw_long)states_out_count) {{\n        const kw_long first = chunk * {REDUCTION_CHUNK};\n        \
             const kw_long end = first + {REDUCTION_CHUNK} < (kw_long)states_in_count ? first + {REDUCTION_CHUNK} : (kw_long)states_in_count;\n        \
             kw_long i = first + lane;\n        \
             for (; i + ({ahead} - 1) * {REDUCTION_LANES} < end; i += {ahead} * {REDUCTION_LANES}) {{\n            \
             {state} ahead[{ahead}];\n            \
             KW_UNROLL for (int k = 0; k < {ahead}; ++k) ahead[k] = {name}_read(states_in, states_in_count, (kw_index)(i + k * {REDUCTION_LANES}));\n            \
             KW_UNROLL for (int k = 0; k < {ahead}; ++k) state = {name}_merge(state, ahead[k]);\n        }}\n        \
             for (; i < end; i += {REDUCTION_LANES}) state = {name}_merge(state, {name}_read(states_in, states_in_count, (kw_index)i));\n    }}\n    \
             KW_MERGE_LANES(shared_states, thread, state)\n    \
             if (lane == 0 && chunk < (kw_long)states_out_count) {name}_write(states_out, states_out_count, (kw_index)chunk, shared_states[thread]);\n",
            item = self.dialect.item(0),
        );
        self.shared_text(Role::ReduceStates, &body, &self.lone_states())
    }

    fn finish(&self) -> String {
        let (name, state) = (self.op.name, self.state());
        let value = self.put(0, "i", &store(self.op, 0, &format!("{name}_finish(state, count)")));
        let body = format!(
            "    const kw_long i = {item};\n    if (i >= (kw_long)(states_in_count / group_size)) return;\n    \
             const kw_index first = (kw_index)i * group_size;\n    {state} state = {name}_read(states_in, states_in_count, first);\n    \
             for (kw_u32 k = 1; k < group_size; ++k) state = {name}_merge(state, {name}_read(states_in, states_in_count, first + k));\n    \
             {value};\n",
            item = self.dialect.item(0),
        );
        self.role_text(Role::ReduceFinish, &body)
    }

    fn axis(&self) -> String {
        let (name, state) = (self.op.name, self.state());
        let value = self.put(0, "i", &store(self.op, 0, &format!("{name}_finish(state, count)")));
        let steps = StepLoop {
            counter: "at",
            end: "end",
            by: "1",
            index: &|k| format!("base + (kw_index){k} * stride"),
            place: &|k| {
                format!(
                    "const int along_k = {k};\n{0}const int y = KW_AXIS == 1 ? along_k + g.origin_y : fixed_y, z = KW_AXIS == 1 ? fixed_z : along_k + g.origin_z;",
                    " ".repeat(20)
                )
            },
        };
        let body = format!(
            "    KW_SHARED_STATES\n    const int column = (int){lane}, columns = (int){lanes};\n    const int part = (int){second}, parts = (int){seconds};\n    \
             const kw_long i = {item};\n    const int other = KW_AXIS == 1 ? g.extent_z : g.extent_y;\n    \
             const int along = KW_AXIS == 1 ? g.extent_y : g.extent_z;\n    const bool inside = i < (kw_long)g.extent_x * other * g.batch;\n    \
             const kw_index row = (kw_index)i / g.extent_x, n = row / other;\n    \
             const int local_x = (int)((kw_index)i - row * g.extent_x), across = (int)(row - n * other);\n    \
             const int x = local_x + g.origin_x;\n    \
             const int fixed_y = across + g.origin_y, fixed_z = across + g.origin_z;\n    \
             // The first voxel of the column, and the distance to the next.\n    \
             const kw_index stride = KW_AXIS == 1 ? g.extent_x : (kw_index)g.extent_x * g.extent_y;\n    \
             const kw_index base = KW_AXIS == 1 ? (n * g.extent_z + across) * g.extent_y * g.extent_x + local_x\n                                       \
             : (n * g.extent_z * g.extent_y + across) * g.extent_x + local_x;\n    \
             const int begin = KW_AXIS == 1 ? g.origin_y : g.origin_z;\n    \
             const int run_first = begin / {PROJECTION_CHUNK}, run_last = (begin + along - 1) / {PROJECTION_CHUNK};\n    \
             {state} state = {name}_identity();\n    \
             // Runs of {PROJECTION_CHUNK} voxels: one each for the work-items of a column, which the first merges in order.\n    \
             for (int runs = run_first; runs <= run_last; runs += parts) {{\n        const int run = runs + part;\n        \
             {state} sum = {name}_identity();\n        if (inside && run <= run_last) {{\n            \
             int at = run * {PROJECTION_CHUNK} > begin ? run * {PROJECTION_CHUNK} - begin : 0;\n            \
             const int end = (run + 1) * {PROJECTION_CHUNK} < begin + along ? (run + 1) * {PROJECTION_CHUNK} - begin : along;\n{steps}        }}\n        \
             if (parts == 1) {{\n            state = {name}_merge(state, sum);\n        }} else {{\n            \
             shared_states[part * columns + column] = sum;\n            {barrier};\n            \
             if (part == 0) {{\n                for (int k = 0; k < parts && runs + k <= run_last; ++k) state = {name}_merge(state, shared_states[k * columns + column]);\n            }}\n            \
             {barrier};\n        }}\n    }}\n    if (inside && part == 0) {value};\n",
            lane = self.dialect.lane(0),
            lanes = self.dialect.lanes(0),
            second = self.dialect.lane(1),
            seconds = self.dialect.lanes(1),
            item = self.dialect.item(0),
            barrier = self.dialect.barrier(),
            steps = self.steps("            ", "sum", &steps),
        );
        self.shared_text(Role::ReduceAxis, &body, &self.lone_axis(&value))
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
