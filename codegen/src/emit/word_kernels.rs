//! The kernels of passes for minimum and maximum of small voxels, on words of two or four of them.
//!
//! Input: a [`LineReduction`] that `Role::Words` and `Role::WordRows` are planned for. Output, along y and z: the text of a
//! pass one voxel at a time (`columns.c`), with words in the place of voxels and lanes in that of their keys; along x a text of
//! its own. Invariant: a word holds voxels side by side, so that what is compared along y or z lies in the same lanes, and
//! along x in those that are joined from neighbouring words.

use super::Writer;
use super::image_kernels::outside;
use super::outputs::pointer;
use crate::ir::Reducer;
use crate::plan::{Kernel, LineReduction, Role};

impl Writer<'_> {
    /// What such kernels call: lanes of a word and back, a word through the boundary, and the windows of words of a row.
    pub(super) fn word_functions(&self, line: LineReduction) -> String {
        self.worded(line, include_str!("templates/words_head.c"))
            + &self.worded(line, include_str!("templates/word_rows_head.c"))
    }

    /// The kernel itself; `None` for one that does not work on words.
    pub(super) fn kernel_on_words(&self, line: LineReduction, kernel: &Kernel) -> Option<String> {
        match kernel.role {
            Role::Words => Some(self.word_columns(line, kernel)),
            Role::WordRows => {
                let body = self.worded(line, include_str!("templates/word_rows.c"));
                let text = self.kernel_text(kernel, &body);
                Some(format!("\n#if KW_REACH >= 0 && KW_LANE_STREAMS > 0{text}#endif\n"))
            }
            _ => None,
        }
    }

    fn word_columns(&self, line: LineReduction, kernel: &Kernel) -> String {
        let fast = include_str!("templates/columns_extremum.c");
        let faces = include_str!("templates/columns_faces.c");
        let template = include_str!("templates/columns.c").replace("@fast@", fast).replace("@faces@", faces);
        let words = [
            ("g.source_extent_x", "kw_words"),
            ("g.extent_x", "kw_words"),
            (
                "    const kw_long kw_item",
                "    const int kw_words = g.extent_x / KW_LANE_VOXELS;\n    const kw_long kw_item",
            ),
            ("const KW_STORAGE(@storage@) *kw_at = @input@", "const kw_u32 *kw_at = (@global@const kw_u32 *)@input@"),
            ("@name@_tap(", "@name@_word_tap("),
            (
                "@put{kw_to + i * kw_out_step}{@result@}@",
                "((@global@kw_u32 *)@out@)[kw_to + i * kw_out_step] = @name@_word(kw_reduced[i]);",
            ),
        ];
        let text = words.iter().fold(template, |text, (from, to)| {
            debug_assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let reach = format!(
            "#if KW_REACH >= 0\n    const int kw_reach = KW_REACH;\n#else\n    const int kw_reach = window{}_r;\n#endif\n",
            line.window
        );
        let text = self.kernel_text(kernel, &(reach + &self.worded(line, &text)));
        format!("\n#if KW_LANE_STREAMS > 0{text}#endif\n")
    }

    fn worded(&self, line: LineReduction, template: &str) -> String {
        let name = self.op.name;
        let (extremum, none) = if line.reducer == Reducer::Max { ("max", "0u") } else { ("min", "0xffffffffu") };
        let combine = format!("{name}_word_{extremum}");
        let step = format!("kw_reduced[i] = {combine}(kw_reduced[i], kw_value);");
        let (dialect, input) = (self.dialect, usize::from(line.input));
        super::fill(
            template,
            &[
                ("@slow_step@", step.as_str()),
                ("@static_step@", &step),
                ("@combine@", &combine),
                ("@start@", &format!("{name}_word_filled({none})")),
                ("@load@", &format!("{name}_lanes_of(*kw_at)")),
                ("@outside@", &self.keyed(line, outside(self.op.inputs[input].ty))),
                ("@value@", "kw_lanes"),
                ("@out@", &pointer(0)),
                ("@pointer@", &self.input_pointer(line.input)),
                ("@input@", &self.names.inputs[input]),
                ("@extremum@", extremum),
                ("@name@", name),
                ("@global@", dialect.global()),
                ("@item0@", dialect.item(0)),
                ("@item1@", dialect.item(1)),
                ("@item2@", dialect.item(2)),
                ("@items1@", dialect.items(1)),
                ("@items2@", dialect.items(2)),
            ],
        )
    }
}
