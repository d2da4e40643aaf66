//! The kernels of a separable operation that reduces its line: along x through rows in shared memory, along y and z in strips.
//!
//! Input: a [`LineReduction`]. Output: the rest of the body as a function of the reduced value, a function that reads a tap through the
//! boundary, and the two kernels. Texts stand in `templates`; what they leave open is written `@so@`. Minimum and maximum are taken of
//! sort keys. Variables of the kernels begin with `kw_`, since parameters have the author's names.

use super::Writer;
use super::expr::{c_type, ordered};
use super::function::{FunctionWriter, load, reduced_name};
use super::image_kernels::outside;
use super::outputs::store;
use crate::ir::{BinaryOp, Expr, Reducer, Stmt, Type};
use crate::plan::{Definition, Kernel, LineReduction, ROW_TILE, Role, definition_name, hands_on, line_reduction};

/// What sums are held in.
const VOLUME_SUMS: &str = "typedef float kw_volume_x1;\ntypedef kw_f32x4 kw_volume_x4;\n";

impl Writer<'_> {
    /// Everything that such an operation has beside the kernel of one work-item per voxel.
    pub(super) fn line_kernels(&self) -> String {
        let Some(line) = line_reduction(self.op) else { return String::new() };
        let mut text = self.finish_function(line);
        text.push_str(&self.tap_at_function(line));
        text.push_str(&self.row_function(line));
        text.push_str(&self.volume_functions(line));
        if line.is_extremum() {
            let share = include_str!("templates/volume_share.c").replace("_share(", "_share_keys(");
            text.push_str(&format!("\n#if KW_REACH >= 0{}\n#endif\n", self.filled(line, Role::Rows, &share)));
        }
        text.push_str(&self.filled(line, Role::March, include_str!("templates/march_head.c")));
        // Chains go on with one voxel at a time.
        let fits = |kernel: &&Kernel| {
            !matches!(kernel.role, Role::Lanes | Role::Words | Role::WordRows) || self.fused.is_none()
        };
        let kernels = || self.plan.kernels.iter().filter(|kernel| kernel.role != Role::Pass).filter(fits);
        if kernels().any(|kernel| kernel.role == Role::Lanes) {
            let head = include_str!("templates/lanes_head.c");
            text.push_str(&format!("\n{}{}", include_str!("../../rts/lanes.h"), self.filled(line, Role::Lanes, head)));
            text.push_str(&self.word_functions(line));
        }
        if line.reducer == Reducer::WeightedSum {
            text.push_str(
                "\n// The weights of a line of known radius.\ntypedef struct { float w[KW_REACH >= 0 ? 2 * KW_REACH + 1 : 1]; } kw_taps;\n\
                 #if KW_REACH_Y >= 0\ntypedef struct { float w[2 * KW_REACH_Y + 1]; } kw_taps_y;\n#endif\n\
                 #if KW_REACH_Z >= 0\ntypedef struct { float w[2 * KW_REACH_Z + 1]; } kw_taps_z;\n#endif\n",
            );
        }
        for kernel in kernels() {
            if let Some(kernel) = self.kernel_on_words(line, kernel) {
                text.push_str(&kernel);
                continue;
            }
            let body = match kernel.role {
                Role::Volume => self.volume_body(line),
                Role::Lanes => include_str!("templates/lanes.c").to_owned(),
                Role::Planes => include_str!("templates/planes.c").to_owned(),
                Role::March => include_str!("templates/march.c").to_owned(),
                Role::Rows => {
                    let four = match line.is_extremum() {
                        true => include_str!("templates/rows_extremum.c"),
                        false => include_str!("templates/rows_sum.c"),
                    };
                    include_str!("templates/rows.c").replace("@four@", four)
                }
                _ => columns(line),
            };
            let body = self.filled(line, kernel.role, &body);
            let needed = match kernel.role {
                Role::Volume => Some("KW_REACH >= 0 && KW_REACH_Y >= 0 && KW_REACH_Z >= 0 && KW_ROWS > 0"),
                Role::Lanes => {
                    Some("KW_REACH >= 0 && KW_REACH_Y >= 0 && KW_REACH_Z >= 0 && KW_ROWS == 0 && KW_LANE_STREAMS > 0")
                }
                Role::Planes => Some("KW_REACH >= 0 && KW_REACH_Y >= 0"),
                Role::March => Some("KW_REACH >= 0"),
                _ => None,
            };
            if let Some(needed) = needed {
                text.push_str(&format!("\n#if {needed}{}#endif\n", self.kernel_text(kernel, &body)));
                continue;
            }
            let radius = match line.reducer {
                Reducer::WeightedSum => format!("weights{}_r", line.window),
                _ => format!("window{}_r", line.window),
            };
            let reach = format!(
                "#if KW_REACH >= 0\n    const int kw_reach = KW_REACH;\n#else\n    const int kw_reach = {radius};\n#endif\n"
            );
            text.push_str(&self.kernel_text(kernel, &(reach + &body)));
        }
        text
    }

    /// Reads a lane's part of a row of the image.
    fn row_function(&self, line: LineReduction) -> String {
        let input = usize::from(line.input);
        let element = format!("{}[kw_line + kw_offsets[r]]", self.names.inputs[input]);
        let fillings: &[(&str, &str)] = &[
            ("@load@", &self.keyed(line, &load(self.op, line.input, &element))),
            ("@outside@", &self.keyed(line, outside(self.op.inputs[input].ty))),
            ("@pointer@", &self.input_pointer(line.input)),
            ("@value@", value_type(line)),
            ("@name@", self.op.name),
            ("@tile@", &ROW_TILE.to_string()),
        ];
        super::fill(include_str!("templates/row.c"), fillings)
    }

    /// The body without its reductions.
    fn finish_function(&self, line: LineReduction) -> String {
        let name = reduced_name(line.window, line.reducer);
        let mut parameters = vec![format!("const {} {name}", c_type(line.ty))];
        if self.counts() {
            parameters.push(format!("const float {}", reduced_name(line.window, Reducer::Count)));
        }
        parameters.extend(self.function_params());
        let function = &self.op.functions[0];
        let head =
            self.signature(&format!("KW_FN {}", self.result_type()), &format!("{}_finish", self.op.name), &parameters);
        let mut writer = FunctionWriter::new(self.op, function, &self.names, self.dialect);
        writer.state = self.results_struct();
        let body = writer.rest_of_body();
        format!("\n// What `{}` makes of its reduced line.\n{head}\n{{\n{body}}}\n", self.op.name)
    }

    fn counts(&self) -> bool {
        crate::analysis::expressions(self.op).any(|expr| matches!(expr, Expr::Reduce { reducer: Reducer::Count, .. }))
    }

    /// Reads the tap at a coordinate of the line, with the boundary applied.
    fn tap_at_function(&self, line: LineReduction) -> String {
        let (name, input) = (self.op.name, line.input);
        let (pointer, value) = (self.input_pointer(input), value_type(line));
        let at = format!(
            "{}[kw_first + (kw_index)(KW_BORDER(kw_at, kw_extent) - kw_source) * kw_step]",
            self.names.inputs[usize::from(input)]
        );
        let inside = self.keyed(line, &load(self.op, input, &at));
        let outside = self.keyed(line, outside(self.op.inputs[usize::from(input)].ty));
        format!(
            "\n// The tap at a coordinate of a line of the image; the input holds the line from `kw_source` on.\n\
             KW_FN {value} {name}_tap({pointer}, const kw_index kw_first, const kw_index kw_step, const int kw_at, const int kw_extent, const int kw_source, const float border)\n{{\n\
             #if KW_IS_CONSTANT\n    if ((kw_u32)kw_at >= (kw_u32)kw_extent) return {outside};\n#endif\n    return {inside};\n}}\n"
        )
    }

    /// A loaded value as the kernels reduce it.
    pub(super) fn keyed(&self, line: LineReduction, value: &str) -> String {
        if line.is_extremum() { format!("{}({value})", ordered("key", line.ty)) } else { value.to_owned() }
    }

    /// What the kernel of all three passes calls.
    fn volume_functions(&self, line: LineReduction) -> String {
        let (types, functions) = match line.is_extremum() {
            true => (include_str!("templates/volume_ordered.c"), include_str!("templates/volume_share.c")),
            false if self.is_mean(line) => (VOLUME_SUMS, include_str!("templates/volume_means.c")),
            false => (VOLUME_SUMS, ""),
        };
        let text =
            include_str!("templates/volume_head.c").replace("@types@\n", types).replace("@functions@", functions);
        self.filled(line, Role::Volume, &text)
    }

    /// The kernel of all three passes: its template with the parts in which sums and extrema differ.
    fn volume_body(&self, line: LineReduction) -> String {
        let window = line.window;
        let (along_x, begin, taken, end) = if line.is_extremum() {
            (
                "@name@_share(kw_near + KW_VOLUME_SKIPPED, kw_reduced, KW_REACH);".to_owned(),
                "                @value@ kw_columns[4][4 + 2 * KW_REACH_Y];",
                "KW_UNROLL for (int c = 0; c < 4; ++c) kw_columns[c][k] = kw_handed[c];".to_owned(),
                include_str!("templates/volume_columns.c"),
            )
        } else {
            let step = |taps: &str, number: &str, value: &str, sum: &str| match line.reducer {
                Reducer::WeightedSum => format!("{sum} = kw_fma(weights{window}_{taps}.w[{number}], {value}, {sum});"),
                _ => format!("{sum} += {value};"),
            };
            let x = step("taps", "t - i", "kw_near[KW_VOLUME_SKIPPED + t]", "kw_reduced[i]");
            let y = step("taps_y", "k - i", "kw_handed[c]", "kw_sheet[i][c]");
            (
                include_str!("templates/volume_sum_x.c").replace("@step@", &x),
                include_str!("templates/volume_sheet.c"),
                include_str!("templates/volume_sum_y.c").replace("@step@", &y),
                "",
            )
        };
        let mut text = include_str!("templates/volume.c")
            .replace("@along_x@", along_x.trim_end())
            .replace("@sheet_begin@", begin.trim_end())
            .replace("@row_taken@", taken.trim_end())
            .replace("                @sheet_end@\n", end);
        // Means are made of four sums at a time.
        for (open, sums, reach) in [
            ("@mean_x@", "kw_reduced", "KW_REACH"),
            ("@mean_y@", "kw_sheet[i]", "KW_REACH_Y"),
            ("@mean_z@", "kw_last", "KW_REACH_Z"),
        ] {
            let call = format!("@name@_means({sums}, 2 * {reach} + 1);");
            text = match self.is_mean(line) {
                true => text.replace(open, &call),
                false => text.lines().filter(|line| line.trim() != open).map(|line| format!("{line}\n")).collect(),
            };
        }
        // What follows is filled in with the rest.
        text
    }

    /// What the body returns, if it is one expression.
    fn only_result(&self) -> Option<Expr> {
        let function = &self.op.functions[0];
        let [Stmt::Return { values }] = function.stmts else { return None };
        let [result] = values.of(function) else { return None };
        Some(function.expr(*result).expr)
    }

    /// Whether the body divides its sum by the number of taps and does nothing else.
    fn is_mean(&self, line: LineReduction) -> bool {
        let reducer = |id| match self.op.functions[0].expr(id).expr {
            Expr::Reduce { reducer, .. } => Some(reducer),
            _ => None,
        };
        let result = self.only_result();
        let Some(Expr::Binary { op: BinaryOp::Div, left, right }) = result else { return false };
        line.reducer == Reducer::Sum && reducer(left) == Some(Reducer::Sum) && reducer(right) == Some(Reducer::Count)
    }

    /// Whether the body hands on its extremum as it is, so that sort keys need not be undone and made again between passes.
    fn hands_on_keys(&self, line: LineReduction) -> bool {
        line.is_extremum() && hands_on(self.op)
    }

    fn filled(&self, line: LineReduction, role: Role, template: &str) -> String {
        let (name, window) = (self.op.name, line.window);
        // The kernel of all three passes compares what the device compares best.
        let ordered_values = role == Role::Volume && line.is_extremum();
        let value = if ordered_values { "kw_ordered" } else { value_type(line) };
        let combine = match line.reducer {
            _ if ordered_values => "KW_FURTHER",
            Reducer::Max => "kw_max_u32",
            _ => "kw_min_u32",
        };
        let keyed = |value: &str| match ordered_values {
            true => format!("KW_ORDERED({value})"),
            false => self.keyed(line, value),
        };
        let step = |weight: &str| match line.reducer {
            Reducer::WeightedSum => format!("kw_reduced[i] = kw_fma({weight}, kw_value, kw_reduced[i]);"),
            Reducer::Sum => "kw_reduced[i] += kw_value;".into(),
            _ => format!("kw_reduced[i] = {combine}(kw_reduced[i], kw_value);"),
        };
        // The last slot is where results begin: it never changes.
        let slot_step = |reach: &str, taps: &str| match line.reducer {
            Reducer::WeightedSum => {
                format!(
                    "kw_slots[c][s] = kw_fma(weights{window}_{taps}.w[2 * {reach} - s], kw_value, kw_slots[c][s + 1]);"
                )
            }
            Reducer::Sum => "kw_slots[c][s] = kw_slots[c][s + 1] + kw_value;".into(),
            _ => format!("kw_slots[c][s] = {combine}(kw_slots[c][s + 1], kw_value);"),
        };
        let start = match line.reducer {
            _ if ordered_values => "kw_ordered_start",
            Reducer::Max => "0u",
            Reducer::Min => "0xffffffffu",
            _ => "0.0f",
        };
        let finished = |reduced: &str, reach: &str| {
            let mut arguments = vec![match line.is_extremum() {
                true if ordered_values => format!("KW_UNORDERED({reduced})"),
                true => format!("{}({reduced})", ordered("unkey", line.ty)),
                false => reduced.into(),
            }];
            if self.counts() {
                arguments.push(format!("(float)(2 * {reach} + 1)"));
            }
            arguments.extend(self.call_params());
            format!("{name}_finish({})", arguments.join(", "))
        };
        let stored = |reduced: &str, reach: &str| store(self.op, 0, &finished(reduced, reach));
        let input = &self.names.inputs[usize::from(line.input)];
        let element = match role {
            Role::Rows => "kw_at[i]".to_owned(),
            Role::March => "kw_raw[u * KW_STRIP + c]".to_owned(),
            Role::Volume => "kw_four[c]".to_owned(),
            _ => "*kw_at".to_owned(),
        };
        let weighted = line.reducer == Reducer::WeightedSum;
        // Those that some taps in a row have for all results.
        let reached = format!(
            "                    float kw_reached[2 * KW_STRIP - 1];\n                    \
             KW_UNROLL for (int i = 0; i < 2 * KW_STRIP - 1; ++i) kw_reached[i] = weights{window}[kw_round - (KW_STRIP - 1) + i];\n"
        );
        // Those that four taps have for four results, three of which the next four have too.
        let sliding_begin = format!(
            "                float kw_sliding[7];\n                \
             KW_UNROLL for (int i = 0; i < 3; ++i) kw_sliding[4 + i] = i < 2 * kw_reach ? weights{window}[1 + i] : 0.0f;\n"
        );
        let sliding = format!(
            "                        KW_UNROLL for (int i = 0; i < 3; ++i) kw_sliding[i] = kw_sliding[4 + i];\n                        \
             KW_UNROLL for (int i = 0; i < 4; ++i) kw_sliding[3 + i] = weights{window}[4 * kw_quad + i];\n"
        );
        let storage = definition_name(self.op, Definition::Input(line.input));
        let dialect = self.dialect;
        let by_index = step(&format!("weights{window}[j - i]"));
        // Where the radius is a definition, weights come by value.
        let by_taps = step(&format!("weights{window}_taps.w[j - i]"));
        // What the pass along x hands on is what it would have stored.
        let is_whole = self.hands_on_keys(line) || (role == Role::Volume && self.is_mean(line));
        let handed = |reduced: &str, reach: &str| match is_whole {
            true => reduced.to_owned(),
            false => keyed(&finished(reduced, reach)),
        };
        let between = handed("kw_reduced[c]", "KW_REACH");
        let fillings: &[(&str, &str)] = &[
            ("@weights_reached@", if weighted { &reached } else { "" }),
            ("@sliding_begin@", if weighted { &sliding_begin } else { "" }),
            ("@sliding@", if weighted { &sliding } else { "" }),
            ("@sliding_step@", &step("kw_sliding[3 + c - i]")),
            ("@reached_step@", &step("kw_reached[KW_STRIP - 1 + u - i]")),
            ("@static_step@", &by_taps),
            ("@slow_step@", &by_index),
            ("@combine@", combine),
            ("@start@", start),
            ("@between@", &between),
            ("@between_y@", &handed("kw_sheet[i][c]", "KW_REACH_Y")),
            ("@slot_step_z@", &slot_step("KW_REACH_Z", "taps_z").replace("kw_slots[c]", "kw_slots[i][c]")),
            (
                "@result_z@",
                &match self.is_mean(line) {
                    true => store(self.op, 0, "kw_last[c]"),
                    false => stored("kw_last[c]", "KW_REACH_Z"),
                },
            ),
            ("@load_halo@", &keyed(&load(self.op, line.input, "kw_halos[k]"))),
            ("@slot_step@", &slot_step("KW_REACH", "taps")),
            ("@slot_step_y@", &slot_step("KW_REACH_Y", "taps_y")),
            ("@result_y@", &stored("kw_slots[c][0]", "KW_REACH_Y")),
            (
                "@result@",
                &match role {
                    Role::March => stored("kw_slots[c][0]", "KW_REACH"),
                    _ => stored("kw_reduced[i]", "kw_reach"),
                },
            ),
            ("@outside@", &keyed(outside(self.op.inputs[usize::from(line.input)].ty))),
            ("@load@", &keyed(&load(self.op, line.input, &element))),
            ("@storage@", &storage),
            ("@input@", input),
            ("@name@", name),
            ("@value@", value),
            ("@vector@", if line.is_extremum() { "kw_u32x4" } else { "kw_f32x4" }),
            ("@pointer@", &self.input_pointer(line.input)),
            ("@key_bits@", if line.ty == Type::Pixel { "KW_CAT(KW_KEY_BITS_, KW_PIXEL)" } else { "32" }),
            (
                "@is_float@",
                if line.ty == Type::Pixel { "KW_CAT(KW_VOLUME_FLOAT_, KW_PIXEL)" } else { "KW_VOLUME_FLOAT_f32" },
            ),
            ("@extremum@", if line.reducer == Reducer::Max { "max" } else { "min" }),
            ("@least@", if line.reducer == Reducer::Max { "smallest" } else { "largest" }),
            ("@start_key@", if line.reducer == Reducer::Max { "0u" } else { "0xffffffffu" }),
            ("@key@", &ordered("key", line.ty)),
            ("@unkey@", &ordered("unkey", line.ty)),
            ("@tile@", &ROW_TILE.to_string()),
            ("@global@", dialect.global()),
            ("@shared@", dialect.shared()),
            ("@shared_pointer@", dialect.shared_pointer()),
            ("@barrier@", dialect.barrier()),
            ("@warp_barrier@", dialect.warp_barrier()),
            ("@lane0@", dialect.lane(0)),
            ("@lane1@", dialect.lane(1)),
            ("@width@", dialect.lanes(0)),
            ("@item0@", dialect.item(0)),
            ("@item1@", dialect.item(1)),
            ("@item2@", dialect.item(2)),
            ("@items1@", dialect.items(1)),
            ("@items2@", dialect.items(2)),
        ];
        super::fill(&self.with_puts(template), fillings)
    }
}

/// The pass along y or z one voxel at a time: a run of results within the image, and one at its faces.
fn columns(line: LineReduction) -> String {
    let one_by_one = include_str!("templates/columns_faces.c");
    let template = include_str!("templates/columns.c");
    if line.is_extremum() {
        let inner = include_str!("templates/columns_extremum.c");
        return template.replace("@fast@", inner).replace("@faces@", one_by_one);
    }
    let rounds = |[edge, middle, single]: [&str; 3]| {
        let taps = [("@edge_tap@", edge), ("@middle_tap@", middle), ("@single_tap@", single)];
        taps.iter().fold(include_str!("templates/columns_rounds.c").to_owned(), |text, (tap, of)| {
            text.replace(tap, &format!("const @value@ kw_value = {of};"))
        })
    };
    let tap = |at: &str| format!("@name@_tap(@input@, kw_column, kw_step, {at}, kw_global, kw_source, border)");
    let inner = rounds(["@load@; kw_at += kw_step"; 3]);
    let faces = rounds([
        &tap("kw_begin + j < kw_last ? kw_begin + j : kw_last"),
        &tap("kw_begin + kw_round + u"),
        &tap("kw_begin + j"),
    ]);
    let faces =
        include_str!("templates/columns_faces_sum.c").replace("@one_by_one@", one_by_one).replace("@rounds@", &faces);
    template
        .replace("@fast@", &include_str!("templates/columns_sum.c").replace("@rounds@", &inner))
        .replace("@faces@", &faces)
}

/// The type in which a line is reduced.
fn value_type(line: LineReduction) -> &'static str {
    if line.is_extremum() { "kw_u32" } else { "float" }
}
