//! The kernels of a monoid for processors, in which one work-item does by itself what a group shares elsewhere: 32 lanes of a chunk, or 32
//! columns of a projection. Work-items that wait for each other cost a processor more than what they do: a sum takes 1.0 ms so, and 6.5
//! with barriers (64×256×256, PoCL 3.1 on two cores of an AMD EPYC).
//!
//! States lie side by side value by value, so that the loop over lanes or columns becomes vectors.

use super::Writer;
use super::expr::c_type;
use crate::plan::{PROJECTION_CHUNK, REDUCTION_CHUNK, REDUCTION_LANES};

impl Writer<'_> {
    /// The definitions that the kernels share.
    pub(super) fn lone_lanes(&self) -> String {
        let each = |part: &dyn Fn(usize, &str) -> String| -> String {
            self.op.state.iter().enumerate().map(|(slot, &ty)| part(slot, c_type(ty))).collect::<Vec<_>>().join(" ")
        };
        format!(
            "#else\n// As many states side by side, and one of them.\n\
             #define KW_STATES(lanes, n) {}\n#define KW_GET(state, lanes, i) {}\n#define KW_PUT(lanes, i, state) {}\n\
             #define KW_START(lanes) \\\n    for (int kw_i = 0; kw_i < {REDUCTION_LANES}; ++kw_i) {{ const {name}_state kw_start = {name}_identity(); KW_PUT(lanes, kw_i, kw_start) }}\n\
             #define KW_HALVE(half) \\\n    for (int kw_i = 0; kw_i < half; ++kw_i) {{ \\\n        {name}_state kw_low, kw_high; \\\n        \
             KW_GET(kw_low, kw_lanes, kw_i) \\\n        KW_GET(kw_high, kw_lanes, kw_i + half) \\\n        \
             kw_low = {name}_merge(kw_low, kw_high); \\\n        KW_PUT(kw_lanes, kw_i, kw_low) \\\n    }}\n\
             // Merges {REDUCTION_LANES} lanes by halves.\n#define KW_MERGE_LANES KW_HALVE(16) KW_HALVE(8) KW_HALVE(4) KW_HALVE(2) KW_HALVE(1)\n#endif\n",
            each(&|slot, ty| format!("{ty} lanes##{slot}[n];")),
            each(&|slot, _| format!("state.s{slot} = lanes##{slot}[i];")),
            each(&|slot, _| format!("lanes##{slot}[i] = state.s{slot};")),
            name = self.op.name,
        )
    }

    /// Steps through the voxels `first` … `end` of row `row`; `state` is what comes of them.
    fn lone_chunk(&self) -> String {
        let name = self.op.name;
        let step = self.step_call("state", "kw_row * g.extent_x + (local_x + lane)");
        let lane = format!(
            "const int x = local_x + lane + g.origin_x;\n            {name}_state state;\n            KW_GET(state, kw_lanes, lane)\n            \
             {step}\n            KW_PUT(kw_lanes, lane, state)\n"
        );
        format!(
            "    const int y = (int)(kw_row % g.extent_y) + g.origin_y;\n    const int z = (int)(kw_row / g.extent_y % g.extent_z) + g.origin_z;\n    \
             KW_STATES(kw_lanes, {REDUCTION_LANES})\n    KW_START(kw_lanes)\n    int local_x = kw_first;\n    \
             for (; local_x + {last} < kw_end; local_x += {REDUCTION_LANES}) {{\n        \
             for (int lane = 0; lane < {REDUCTION_LANES}; ++lane) {{\n            {lane}        }}\n    }}\n    \
             if (local_x < kw_end) {{\n        for (int lane = 0; lane < kw_end - local_x; ++lane) {{\n            {lane}        }}\n    }}\n    \
             KW_MERGE_LANES\n    {name}_state state;\n    KW_GET(state, kw_lanes, 0)\n",
            last = REDUCTION_LANES - 1,
        )
    }

    pub(super) fn lone_rows(&self) -> String {
        format!(
            "    const kw_long kw_chunk = {item};\n    if (kw_chunk >= (kw_long)states_out_count) return;\n    \
             const int kw_chunks = (g.extent_x + {last}) / {REDUCTION_CHUNK};\n    \
             const kw_index kw_row = (kw_index)(kw_chunk / kw_chunks);\n    const int kw_first = (int)(kw_chunk % kw_chunks) * {REDUCTION_CHUNK};\n    \
             const int kw_end = kw_first + {REDUCTION_CHUNK} < g.extent_x ? kw_first + {REDUCTION_CHUNK} : g.extent_x;\n{steps}    \
             {name}_write(states_out, states_out_count, (kw_index)kw_chunk, state);\n",
            item = self.dialect.item(0),
            last = REDUCTION_CHUNK - 1,
            steps = self.lone_chunk(),
            name = self.op.name,
        )
    }

    /// `value` stores the result of `state` as that of `item`.
    pub(super) fn lone_row_values(&self, value: &str) -> String {
        format!(
            "    const kw_long item = {item};\n    if (item >= (kw_long)g.extent_y * g.extent_z * g.batch) return;\n    \
             const kw_index kw_row = (kw_index)item;\n    const int kw_first = 0, kw_end = g.extent_x;\n{steps}    {value};\n",
            item = self.dialect.item(0),
            steps = self.lone_chunk(),
        )
    }

    pub(super) fn lone_states(&self) -> String {
        let name = self.op.name;
        let lane = format!(
            "{name}_state state;\n            KW_GET(state, kw_lanes, lane)\n            \
             state = {name}_merge(state, {name}_read(states_in, states_in_count, (kw_index)(i + lane)));\n            \
             KW_PUT(kw_lanes, lane, state)\n"
        );
        format!(
            "    const kw_long kw_chunk = {item};\n    if (kw_chunk >= (kw_long)states_out_count) return;\n    \
             const kw_long kw_first = kw_chunk * {REDUCTION_CHUNK};\n    \
             const kw_long kw_end = kw_first + {REDUCTION_CHUNK} < (kw_long)states_in_count ? kw_first + {REDUCTION_CHUNK} : (kw_long)states_in_count;\n    \
             KW_STATES(kw_lanes, {REDUCTION_LANES})\n    KW_START(kw_lanes)\n    kw_long i = kw_first;\n    \
             for (; i + {last} < kw_end; i += {REDUCTION_LANES}) {{\n        \
             for (int lane = 0; lane < {REDUCTION_LANES}; ++lane) {{\n            {lane}        }}\n    }}\n    \
             if (i < kw_end) {{\n        for (int lane = 0; lane < (int)(kw_end - i); ++lane) {{\n            {lane}        }}\n    }}\n    \
             KW_MERGE_LANES\n    {name}_state state;\n    KW_GET(state, kw_lanes, 0)\n    \
             {name}_write(states_out, states_out_count, (kw_index)kw_chunk, state);\n",
            item = self.dialect.item(0),
            last = REDUCTION_LANES - 1,
        )
    }

    /// `value` stores the result of `state` as that of column `i`.
    pub(super) fn lone_axis(&self, value: &str) -> String {
        let name = self.op.name;
        let step = self.step_call("state", "kw_base + (kw_index)kw_place * kw_stride + kw_column");
        let body = format!(
            "const int x = kw_block + kw_column + g.origin_x;\n                {name}_state state;\n                \
             KW_GET(state, kw_sums, kw_column)\n                {step}\n                KW_PUT(kw_sums, kw_column, state)\n"
        );
        format!(
            "    // A work-item has some columns of one row of the result.\n    \
             const int kw_blocks = (g.extent_x + {last}) / {REDUCTION_LANES};\n    const kw_long item = {item};\n    \
             const int kw_other = KW_AXIS == 1 ? g.extent_z : g.extent_y;\n    const int kw_along = KW_AXIS == 1 ? g.extent_y : g.extent_z;\n    \
             if (item >= (kw_long)kw_blocks * kw_other * g.batch) return;\n    \
             const kw_index kw_row = (kw_index)(item / kw_blocks), n = kw_row / kw_other;\n    \
             const int kw_block = (int)(item % kw_blocks) * {REDUCTION_LANES};\n    \
             const int kw_columns = g.extent_x - kw_block < {REDUCTION_LANES} ? g.extent_x - kw_block : {REDUCTION_LANES};\n    \
             const int kw_across = (int)(kw_row - n * kw_other);\n    \
             const kw_index kw_stride = KW_AXIS == 1 ? g.extent_x : (kw_index)g.extent_x * g.extent_y;\n    \
             const kw_index kw_base = (KW_AXIS == 1 ? (n * g.extent_z + kw_across) * g.extent_y * g.extent_x\n                                        \
             : (n * g.extent_z * g.extent_y + kw_across) * g.extent_x) + kw_block;\n    \
             const int kw_begin = KW_AXIS == 1 ? g.origin_y : g.origin_z;\n    \
             KW_STATES(kw_all, {REDUCTION_LANES})\n    KW_STATES(kw_sums, {REDUCTION_LANES})\n    KW_START(kw_all)\n    KW_START(kw_sums)\n    \
             for (int kw_place = 0; kw_place < kw_along; ++kw_place) {{\n        \
             const int y = (KW_AXIS == 1 ? kw_place : kw_across) + g.origin_y, z = (KW_AXIS == 1 ? kw_across : kw_place) + g.origin_z;\n        \
             if (kw_columns == {REDUCTION_LANES}) {{\n            \
             for (int kw_column = 0; kw_column < {REDUCTION_LANES}; ++kw_column) {{\n                {body}            }}\n        \
             }} else {{\n            for (int kw_column = 0; kw_column < kw_columns; ++kw_column) {{\n                {body}            }}\n        }}\n        \
             // Runs of {PROJECTION_CHUNK} voxels are merged in order.\n        \
             if ((kw_begin + kw_place + 1) % {PROJECTION_CHUNK} == 0 || kw_place + 1 == kw_along) {{\n            \
             for (int kw_column = 0; kw_column < {REDUCTION_LANES}; ++kw_column) {{\n                \
             {name}_state state, kw_sum;\n                KW_GET(state, kw_all, kw_column)\n                KW_GET(kw_sum, kw_sums, kw_column)\n                \
             state = {name}_merge(state, kw_sum);\n                KW_PUT(kw_all, kw_column, state)\n            }}\n            \
             KW_START(kw_sums)\n        }}\n    }}\n    \
             for (int kw_column = 0; kw_column < kw_columns; ++kw_column) {{\n        const kw_long i = (kw_long)kw_row * g.extent_x + kw_block + kw_column;\n        \
             {name}_state state;\n        KW_GET(state, kw_all, kw_column)\n        {value};\n    }}\n",
            item = self.dialect.item(0),
            last = REDUCTION_LANES - 1,
        )
    }
}
