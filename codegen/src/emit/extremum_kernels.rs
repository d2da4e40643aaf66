//! The kernel of an operation that takes the minimum or maximum of a window whose rows are chords: a march through planes of keys.
//!
//! Input: what [`extremum`] recognises. Output: sizes, support code (`rts/extremum.h`), the rest of the body as a function of the reduced
//! value, and the kernel, all compiled only if that kernel is asked for, since the sizes are those of one window.

use super::Writer;
use super::expr::{c_type, ordered};
use super::function::load;
use super::image_kernels::outside;
use super::outputs::store;
use crate::ir::Reducer;
use crate::plan::{EXTREMUM_RADIUS, EXTREMUM_ROWS, Role, Selection, extremum};

impl Writer<'_> {
    /// Everything that such an operation has beside the kernel of one work-item per voxel.
    pub(super) fn extremum_kernel(&self) -> String {
        let Some(found) = extremum(self.op) else { return String::new() };
        let kernel = self.plan.kernel(Role::Extremum).expect("the plan has it by the same test");
        let fillings = self.extremum_fillings(found);
        let parts = [
            super::fill(include_str!("templates/extremum_sizes.c"), &fillings),
            include_str!("../../rts/extremum.h").to_owned(),
            self.selected_function(found),
            self.kernel_head(kernel),
            super::fill(&self.with_puts(include_str!("templates/extremum.c")), &fillings),
            "}\n".to_owned(),
        ];
        // Only if the radii are definitions, and what is repeated is as long as they ask for.
        let window = format!("KW_WINDOW{}", found.window);
        let fits: Vec<_> =
            ["X", "Y", "Z"].iter().map(|axis| format!("{window}_R{axis} <= {EXTREMUM_RADIUS}")).collect();
        format!(
            "\n#if {window}_KNOWN\n#if KW_STRIP <= {EXTREMUM_ROWS} && {}{}#endif\n#endif\n",
            fits.join(" && "),
            self.guarded(kernel, &parts.concat())
        )
    }

    fn extremum_fillings(&self, found: Selection) -> Vec<(&'static str, String)> {
        let ty = self.op.inputs[usize::from(found.input)].ty;
        let element = format!("{}[kw_plane + kw_offsets[k]]", self.names.inputs[usize::from(found.input)]);
        let (combine, start) =
            if found.reducer == Reducer::Max { ("kw_max_u32", "0u") } else { ("kw_min_u32", "0xffffffffu") };
        let mut arguments = vec![format!("{}(kw_whole[c])", ordered("unkey", found.ty))];
        arguments.extend(self.call_params());
        let dialect = self.dialect;
        vec![
            ("@window@", format!("KW_WINDOW{}", found.window)),
            ("@combine@", combine.into()),
            ("@start@", start.into()),
            ("@key@", ordered("key", found.ty)),
            ("@value@", c_type(ty).into()),
            ("@pointer@", self.input_pointer(found.input)),
            ("@input@", self.names.inputs[usize::from(found.input)].clone()),
            ("@name@", self.op.name.into()),
            ("@load@", load(self.op, found.input, &element)),
            ("@outside@", outside(ty).into()),
            ("@result@", store(self.op, 0, &format!("{}_finish({})", self.op.name, arguments.join(", ")))),
            ("@global@", dialect.global().into()),
            ("@shared@", dialect.shared().into()),
            ("@shared_pointer@", dialect.shared_pointer().into()),
            ("@barrier@", dialect.barrier().into()),
            ("@lane0@", dialect.lane(0).into()),
            ("@lane1@", dialect.lane(1).into()),
            ("@group0@", dialect.group(0).into()),
        ]
    }
}
