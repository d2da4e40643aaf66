//! The kernels of pointwise, neighborhood, separable and grid operations: a function with the body, and a loop around it.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::outputs::store;
use crate::analysis;
use crate::ir::{Axis, Class, Op, Radius, Shape, Type};
use crate::plan::{Definition, Role, definition_name};

/// Whether the body is given the extents that it reads, one by one: that of a pointwise operation which asks for no coordinates, and so
/// can be part of a chain.
pub(super) fn takes_extents(op: &Op) -> bool {
    op.class == Class::Pointwise && !analysis::reads_coordinates(op)
}

/// What such a body calls an extent.
pub(super) fn extent_name(axis: Axis) -> String {
    format!("kw_extent_{}", axis.name())
}

impl Writer<'_> {
    /// `static float name_body(…) { … }`.
    pub(super) fn body_function(&self, parameters: &[String]) -> String {
        self.body_function_named(&format!("{}_body", self.op.name), parameters)
    }

    /// The same under a name that the caller gives.
    pub(super) fn body_function_named(&self, name: &str, parameters: &[String]) -> String {
        let function = &self.op.functions[0];
        let head = self.signature(&format!("KW_FN {}", self.result_type()), name, parameters);
        let mut writer = FunctionWriter::new(self.op, function, &self.names, self.dialect);
        writer.state = self.results_struct();
        let (results, body) = (self.results_definition(), writer.body());
        format!("{results}\n// The body of `{}`.\n{head}\n{{\n{body}}}\n", self.op.name)
    }

    pub(super) fn pointwise(&self) -> String {
        let kernel = self.plan.kernel(Role::Whole).expect("a pointwise plan has one kernel");
        let coordinates = analysis::reads_coordinates(self.op);
        let mut parameters: Vec<_> = self
            .op
            .inputs
            .iter()
            .zip(&self.names.inputs)
            .map(|(input, name)| format!("const {} {name}", c_type(input.ty)))
            .collect();
        let mut arguments: Vec<_> = (0..self.op.inputs.len() as u8)
            .map(|input| {
                let name = &self.names.inputs[usize::from(input)];
                load(self.op, input, &format!("{name}[i]"))
            })
            .collect();
        if coordinates {
            parameters.extend(["const kw_geometry g", "const int x", "const int y", "const int z"].map(String::from));
            arguments.extend(["g", "x", "y", "z"].map(String::from));
        }
        parameters.extend(self.extent_params());
        let extents = analysis::extents_read(self.op).filter(|_| takes_extents(self.op));
        arguments.extend(extents.map(|axis| format!("g.global_{}", axis.name())));
        parameters.extend(self.function_params());
        arguments.extend(self.call_params());
        let mut text = self.body_function(&parameters);
        let mut body = format!("    const kw_long item = {};\n", self.dialect.item(0));
        body.push_str("    if (item >= (kw_long)g.extent_x * g.extent_y * g.extent_z * g.batch) return;\n");
        body.push_str("    const kw_index i = (kw_index)item;\n");
        if coordinates {
            body.push_str("    const int x = (int)(i % g.extent_x) + g.origin_x;\n");
            body.push_str("    const int y = (int)(i / g.extent_x % g.extent_y) + g.origin_y;\n");
            body.push_str("    const int z = (int)(i / g.extent_x / g.extent_y % g.extent_z) + g.origin_z;\n");
        }
        let call = format!("{}_body({})", self.op.name, arguments.join(", "));
        body.push_str(&self.store_results(&call, "i", "    "));
        text.push_str(&self.kernel_text(kernel, &body));
        text + &self.quads()
    }

    /// A pointwise operation on vectors of four voxels; the vectors of a work-item lie a whole launch apart, so that neighbours read
    /// neighbours. All are loaded before the first is used.
    fn quads(&self) -> String {
        let Some(kernel) = self.plan.kernel(Role::Quads) else { return String::new() };
        let global = self.dialect.global();
        let inputs = || self.names.inputs.iter().enumerate();
        let quad = |definition| format!("KW_QUAD({})", definition_name(self.op, definition));
        let mut text = format!(
            "    const kw_long kw_item = {};\n    const kw_long kw_items = {};\n    \
             const kw_long kw_voxels = (kw_long)g.extent_x * g.extent_y * g.extent_z * g.batch;\n    \
             const kw_long kw_quads = kw_voxels / 4;\n",
            self.dialect.item(0),
            self.dialect.items(0)
        );
        for (input, name) in inputs() {
            let ty = quad(Definition::Input(input as u8));
            text.push_str(&format!("    {ty} kw_in{input}[KW_STRIP];\n"));
            text.push_str(&format!(
                "    KW_UNROLL for (int k = 0; k < KW_STRIP; ++k) {{\n        \
                 const kw_long kw_quad = kw_item + k * kw_items;\n        \
                 if (kw_quad < kw_quads) kw_in{input}[k] = (({global}const {ty} *){name})[kw_quad];\n    }}\n"
            ));
        }
        text.push_str(
            "    KW_UNROLL for (int k = 0; k < KW_STRIP; ++k) {\n        \
             const kw_long kw_quad = kw_item + k * kw_items;\n        if (kw_quad < kw_quads) {\n",
        );
        let outputs = || 0..self.op.outputs.len() as u8;
        for output in outputs() {
            text.push_str(&format!("            {} kw_out{output};\n", quad(Definition::Output(output))));
        }
        let call = |element: &dyn Fn(usize, &str) -> String| {
            let loaded = inputs().map(|(input, name)| load(self.op, input as u8, &element(input, name)));
            let arguments: Vec<_> = loaded.chain(self.call_params()).collect();
            format!("{}_body({})", self.op.name, arguments.join(", "))
        };
        for part in ["x", "y", "z", "w"] {
            let call = call(&|input, _| format!("kw_in{input}[k].{part}"));
            match self.results_struct() {
                None => text.push_str(&format!("            kw_out0.{part} = {};\n", store(self.op, 0, &call))),
                Some(results) => {
                    text.push_str(&format!("            const {results} kw_{part} = {call};\n"));
                    for output in outputs() {
                        let value = store(self.op, output, &format!("kw_{part}.r{output}"));
                        text.push_str(&format!("            kw_out{output}.{part} = {value};\n"));
                    }
                }
            }
        }
        for output in outputs() {
            let (ty, to) = (quad(Definition::Output(output)), super::outputs::pointer(output));
            text.push_str(&format!("            (({global}{ty} *){to})[kw_quad] = kw_out{output};\n"));
        }
        text.push_str(
            "        }\n    }\n    // The voxels that fill no vector.\n    const kw_long kw_rest = 4 * kw_quads + kw_item;\n    \
             if (kw_rest < kw_voxels) {\n        const kw_index i = (kw_index)kw_rest;\n",
        );
        text.push_str(&self.store_results(&call(&|_, name| format!("{name}[i]")), "i", "        "));
        text.push_str("    }\n");
        self.kernel_text(kernel, &text)
    }

    /// Loops over y and over z and batch, so that a launch may have fewer work-items than voxels there. Mostly it has as many: loops that
    /// are not unrolled need no number of rounds, which is a division, and one image no division of 64 bits.
    pub(super) fn spatial_loops(&self, inner: &str) -> String {
        let (item, items) = (|d| self.dialect.item(d), |d| self.dialect.items(d));
        format!(
            "    const kw_long item_x = {};\n    if (item_x >= g.extent_x) return;\n    const int local_x = (int)item_x;\n    \
             for (kw_long plane = {}; plane < (kw_long)g.extent_z * g.batch; plane += {}) {{\n        \
             const int n = g.batch == 1 ? 0 : (int)(plane / g.extent_z);\n        \
             const int local_z = (int)(plane - (kw_long)n * g.extent_z);\n#pragma unroll 1\n        \
             for (int local_y = (int){}; local_y < g.extent_y; local_y += (int){}) {{\n{inner}        }}\n    }}\n",
            item(0),
            item(2),
            items(2),
            item(1),
            items(1),
        )
    }

    /// The function that reads a neighbour, with the boundary applied in global coordinates.
    fn tap_function(&self, input: u8) -> String {
        let info = self.op.inputs[usize::from(input)];
        let name = &self.names.inputs[usize::from(input)];
        let ty = c_type(info.ty);
        let pointer = self.input_pointer(input);
        if self.op.class == Class::Separable {
            return self.line_tap_function(input, &pointer, ty);
        }
        let outside = outside(info.ty);
        let near = load(
            self.op,
            input,
            &format!(
                "{name}[kw_at + (kw_index)(kw_k + KW_STEP_Z(kw_dz)) * g.source_extent_y * g.source_extent_x + (kw_index)KW_STEP_Y(kw_dy) * g.source_extent_x + KW_STEP_X(kw_dx)]"
            ),
        );
        let far = load(
            self.op,
            input,
            &format!("{name}[(((kw_index)n * g.source_extent_z + z) * g.source_extent_y + y) * g.source_extent_x + x]"),
        );
        format!(
            "\n// The voxel of `{}` at an offset from (x, y, z), which is `kw_k` planes on from the voxel number `kw_at`; `inside` promises that it lies in the image.\n\
             KW_FN {ty} kw_tap_{name}({pointer}, const kw_index kw_at, const int kw_k, const kw_geometry g, int x, int y, int z, const int n, const int kw_dx, const int kw_dy, const int kw_dz, const float border, const bool inside)\n\
             {{\n#if KW_IS_CONSTANT\n    if (KW_ON_FLAT(kw_dx, kw_dy, kw_dz)) return {outside};\n#endif\n    if (inside) return {near};\n    x += kw_dx;\n    y += kw_dy;\n    z += kw_dz;\n#if KW_IS_CONSTANT\n    \
             if ((kw_u32)x >= (kw_u32)g.global_x || (kw_u32)y >= (kw_u32)g.global_y || (kw_u32)z >= (kw_u32)g.global_z) return {outside};\n#endif\n    \
             x = KW_BORDER(x, g.global_x) - g.source_x;\n    y = KW_BORDER(y, g.global_y) - g.source_y;\n    z = KW_BORDER(z, g.global_z) - g.source_z;\n    \
             return {far};\n}}\n",
            info.name
        )
    }

    fn line_tap_function(&self, input: u8, pointer: &str, ty: &str) -> String {
        let info = self.op.inputs[usize::from(input)];
        let name = &self.names.inputs[usize::from(input)];
        let outside = outside(info.ty);
        let element =
            format!("{name}[(((kw_index)n * g.source_extent_z + z) * g.source_extent_y + y) * g.source_extent_x + x]");
        let load = load(self.op, input, &element);
        format!(
            "\n// A voxel of `{}`; `inside` promises that it lies in the image.\n\
             KW_FN {ty} kw_tap_{name}({pointer}, const kw_geometry g, int x, int y, int z, const int n, const int d, const float border, const bool inside)\n\
             {{\n#if KW_AXIS == 0\n    x += d;\n#elif KW_AXIS == 1\n    y += d;\n#else\n    z += d;\n#endif\n    if (!inside) {{\n#if KW_IS_CONSTANT\n        \
             if ((kw_u32)x >= (kw_u32)g.global_x || (kw_u32)y >= (kw_u32)g.global_y || (kw_u32)z >= (kw_u32)g.global_z) return {outside};\n#endif\n        \
             x = KW_BORDER(x, g.global_x);\n        y = KW_BORDER(y, g.global_y);\n        z = KW_BORDER(z, g.global_z);\n    }}\n    \
             x -= g.source_x;\n    y -= g.source_y;\n    z -= g.source_z;\n    return {load};\n}}\n",
            info.name
        )
    }

    /// The condition under which no neighbour of (x, y, z) lies outside the image.
    fn inside(&self) -> String {
        if self.op.class == Class::Separable {
            let mut radii: Vec<_> = (0..self.op.windows.len()).map(|window| format!("window{window}_r")).collect();
            radii.extend((0..self.op.weights.len()).map(|weights| format!("weights{weights}_r")));
            let fixed = analysis::halo(self.op);
            // Steps to a fixed neighbour count on every axis alike.
            let step = fixed.before.into_iter().chain(fixed.after).max().unwrap_or(0);
            if step > 0 {
                radii.push(step.to_string());
            }
            if fixed.unbounded || radii.is_empty() {
                return "const bool inside = false;".into();
            }
            let reach = radii.into_iter().reduce(|a, b| format!("({a} > {b} ? {a} : {b})")).unwrap_or_default();
            return format!(
                "const int reach = {reach};\n            const int position = KW_AXIS == 0 ? x : KW_AXIS == 1 ? y : z;\n            \
                 const int extent = KW_AXIS == 0 ? g.global_x : KW_AXIS == 1 ? g.global_y : g.global_z;\n            \
                 const bool inside = position >= reach && position < extent - reach;"
            );
        }
        let halo = analysis::halo(self.op);
        if halo.unbounded {
            return "const bool inside = false;".into();
        }
        let mut tests = Vec::new();
        for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
            let (before, after) = (halo.before[axis], halo.after[axis]);
            if before > 0 || after > 0 {
                let strip = if name == "z" { "(KW_STRIP - 1) - " } else { "" };
                tests.push(format!(
                    "(KW_IS_FLAT_{upper} || ({name} >= {before} && {name} < g.global_{name} - {strip}{after}))",
                    upper = name.to_ascii_uppercase()
                ));
            }
        }
        for (number, window) in self.op.windows.iter().enumerate() {
            if let Radius::Param { .. } = window.radius {
                for (axis, name) in [("x", "X"), ("y", "Y"), ("z", "Z")] {
                    let radius = format!("KW_WINDOW{number}_R{name}");
                    let strip = if axis == "z" { "(KW_STRIP - 1) - " } else { "" };
                    tests.push(format!(
                        "(KW_IS_FLAT_{name} || ({axis} >= {radius} && {axis} < g.global_{axis} - {strip}{radius}))"
                    ));
                }
            }
        }
        tests.push("local_z + KW_STRIP <= g.extent_z".into());
        format!("const bool inside = {};", tests.join("\n                && "))
    }

    pub(super) fn neighborhood(&self) -> String {
        let kernel = &self.plan.kernels[0];
        let separable = self.op.class == Class::Separable;
        let mut parameters: Vec<_> = (0..self.op.inputs.len() as u8).map(|input| self.input_pointer(input)).collect();
        if !separable {
            parameters.extend(["const kw_index kw_at", "const int kw_k"].map(String::from));
        }
        parameters.extend(
            [
                "const kw_geometry g",
                "const int x",
                "const int y",
                "const int z",
                "const int n",
                "const float border",
                "const bool inside",
            ]
            .map(String::from),
        );
        let windows: Vec<_> = kernel
            .arguments
            .iter()
            .filter(|argument| {
                use crate::plan::Argument;
                matches!(
                    argument,
                    Argument::Chords(_) | Argument::ChordExtent(_) | Argument::LineRadius(_) | Argument::Weights(_)
                )
            })
            .flat_map(|&argument| self.argument(argument))
            .collect();
        parameters.extend(windows);
        parameters.extend(self.function_params());
        let mut text: String = (0..self.op.windows.len() as u8).map(|window| self.window_macros(window)).collect();
        text.extend((0..self.op.inputs.len() as u8).map(|input| self.tap_function(input)));
        text.push_str(&self.body_function(&parameters));
        let call = |z: &str, k: &str, inside: &str| {
            let argument = |parameter: &String| match super::last_word(parameter).as_str() {
                "z" => z.to_owned(),
                "kw_k" => k.to_owned(),
                "inside" => inside.to_owned(),
                other => other.to_owned(),
            };
            let arguments: Vec<_> = parameters.iter().map(argument).collect();
            format!("{}_body({})", self.op.name, arguments.join(", "))
        };
        if separable {
            let index = "(((kw_index)plane) * g.extent_y + local_y) * g.extent_x + local_x";
            let inner = format!(
                "            const int x = local_x + g.origin_x, y = local_y + g.origin_y, z = local_z + g.origin_z;\n            {}\n{}",
                self.inside(),
                self.store_spatial(&call("z", "", "inside"), index)
            );
            text.push_str(&self.kernel_text(kernel, &self.spatial_loops(&inner)));
            return text + &self.line_kernels();
        }
        let store = |call: &str, indent: &str| {
            let index = "kw_to + (kw_index)k * g.extent_y * g.extent_x";
            format!("{indent}const kw_index i = {index};\n{}", self.store_results(call, "i", indent))
        };
        let deep = " ".repeat(20);
        let inner = format!(
            "            const int x = local_x + g.origin_x, y = local_y + g.origin_y, z = local_z + g.origin_z;\n            \
             const kw_index kw_at = (((kw_index)n * g.source_extent_z + z - g.source_z) * g.source_extent_y + y - g.source_y) * g.source_extent_x + x - g.source_x;\n            \
             const kw_index kw_to = (((kw_index)n * g.extent_z + local_z) * g.extent_y + local_y) * g.extent_x + local_x;\n            \
             {}\n            if (inside) {{\n                KW_UNROLL for (int k = 0; k < KW_STRIP; ++k) {{\n{}                }}\n            \
             }} else {{\n                for (int k = 0; k < KW_STRIP && local_z + k < g.extent_z; ++k) {{\n{}                }}\n            }}\n",
            self.inside(),
            store(&call("z + k", "k", "true"), &deep),
            store(&call("z + k", "k", "false"), &deep),
        );
        let row = |number: &str| {
            let body = call("z", "0", number);
            format!(
                "const int x = local_x + g.origin_x;\n            const kw_index kw_at = kw_from + local_x, i = kw_to + local_x;\n{}",
                self.store_results(&body, "i", &" ".repeat(12))
            )
        };
        let rows = self.row_loops(&row("false"), &row("true"));
        text.push_str(
            &self.kernel_text(kernel, &format!("#if KW_STRIP > 0\n{}#else\n{rows}#endif\n", self.strip_loops(&inner))),
        );
        text + &self.selection_kernel() + &self.extremum_kernel() + &self.stencil_kernel()
    }

    /// How loops over a window run: unrolled where its radii are definitions, else by the rows of the table from the host.
    fn window_macros(&self, window: u8) -> String {
        let shape = self.op.windows[usize::from(window)].shape;
        if shape == Shape::Line {
            return String::new();
        }
        let known = |axis: &str| format!("KW_WINDOW{window}_R{axis}");
        let one = |axis: &str| format!("KW_ONE({})", known(axis));
        let (x, y, z) = (one("X"), one("Y"), one("Z"));
        let misses = match shape {
            Shape::Cuboid | Shape::Line => "false".to_owned(),
            Shape::Ellipsoid => format!(
                "((dx) * (dx) * {y} * {y} * {z} * {z} + (dy) * (dy) * {x} * {x} * {z} * {z} + (dz) * (dz) * {x} * {x} * {y} * {y} > {x} * {x} * {y} * {y} * {z} * {z})"
            ),
            Shape::Diamond => {
                format!("(kw_abs(dx) * {y} * {z} + kw_abs(dy) * {x} * {z} + kw_abs(dz) * {x} * {y} > {x} * {y} * {z})")
            }
        };
        let unroll = if analysis::nested_windows(self.op) { "" } else { " KW_UNROLL" };
        format!(
            "\n// Window {window}: {shape:?}.\n#if KW_WINDOW{window}_KNOWN\n#define KW_WINDOW{window}_UNROLL{unroll}\n\
             #define KW_WINDOW{window}_HALF(dy, dz) {rx}\n#define KW_WINDOW{window}_MISSES(dx, dy, dz) {misses}\n#else\n\
             #undef {rx}\n#undef {ry}\n#undef {rz}\n#define {rx} window{window}_chords[window{window}_rz * (2 * window{window}_ry + 1) + window{window}_ry]\n\
             #define {ry} window{window}_ry\n#define {rz} window{window}_rz\n#define KW_WINDOW{window}_UNROLL\n\
             #define KW_WINDOW{window}_HALF(dy, dz) window{window}_chords[((dz) + {rz}) * (2 * {ry} + 1) + (dy) + {ry}]\n\
             #define KW_WINDOW{window}_MISSES(dx, dy, dz) false\n#endif\n",
            rx = known("X"),
            ry = known("Y"),
            rz = known("Z"),
        )
    }

    /// As [`spatial_loops`](Self::spatial_loops), over runs of KW_STRIP planes.
    fn strip_loops(&self, inner: &str) -> String {
        let (item, items) = (|d| self.dialect.item(d), |d| self.dialect.items(d));
        format!(
            "    const kw_long item_x = {};\n    if (item_x >= g.extent_x) return;\n    const int local_x = (int)item_x;\n    \
             const int strips = (g.extent_z + KW_STRIP - 1) / KW_STRIP;\n    \
             for (kw_long strip = {}; strip < (kw_long)strips * g.batch; strip += {}) {{\n        \
             const int n = (int)(strip / strips);\n        const int local_z = (int)(strip % strips) * KW_STRIP;\n        \
             for (int local_y = (int){}; local_y < g.extent_y; local_y += (int){}) {{\n{inner}        }}\n    }}\n",
            item(0),
            item(2),
            items(2),
            item(1),
            items(1),
        )
    }

    /// Loops over a row: at its ends neighbours may lie outside, between them none does, so that nothing is asked there.
    fn row_loops(&self, outer: &str, inner: &str) -> String {
        let halo = analysis::halo(self.op);
        let params =
            self.op.windows.iter().enumerate().filter(|(_, window)| matches!(window.radius, Radius::Param { .. }));
        let windows: Vec<_> = params.map(|(number, _)| number).collect();
        // How far an axis is looked at before and after a voxel.
        let reach = |axis: usize, fixed: u32| {
            let radii = windows.iter().map(|number| format!("KW_WINDOW{number}_R{}", ["X", "Y", "Z"][axis]));
            let all = std::iter::once(fixed.to_string()).chain(radii);
            all.reduce(|a, b| format!("kw_at_least({a}, {b})")).unwrap_or_default()
        };
        let within = |axis: usize, name: &str| {
            format!(
                "(KW_IS_FLAT_{} || ({name} >= {} && {name} < g.global_{name} - {}))",
                name.to_ascii_uppercase(),
                reach(axis, halo.before[axis]),
                reach(axis, halo.after[axis])
            )
        };
        let rows =
            if halo.unbounded { "false".into() } else { format!("{}\n        && {}", within(1, "y"), within(2, "z")) };
        format!(
            "    // A work-item has a row. Between its ends no neighbour lies outside, so that the loop over it becomes vectors.\n    \
             const kw_long kw_row = {};\n    if (kw_row >= (kw_long)g.extent_y * g.extent_z * g.batch) return;\n    \
             const int local_y = (int)(kw_row % g.extent_y), local_z = (int)(kw_row / g.extent_y % g.extent_z);\n    \
             const int n = (int)(kw_row / g.extent_y / g.extent_z);\n    const int y = local_y + g.origin_y, z = local_z + g.origin_z;\n    \
             const kw_index kw_from = (((kw_index)n * g.source_extent_z + z - g.source_z) * g.source_extent_y + y - g.source_y) * g.source_extent_x + g.origin_x - g.source_x;\n    \
             const kw_index kw_to = (((kw_index)n * g.extent_z + local_z) * g.extent_y + local_y) * g.extent_x;\n    \
             const bool kw_inner = {rows};\n    \
             // Where the inner part begins and ends.\n    \
             const int kw_begin = kw_at_least((KW_IS_FLAT_X ? 0 : {before}) - g.origin_x, 0);\n    \
             const int kw_limit = g.global_x - (KW_IS_FLAT_X ? 0 : {after}) - g.origin_x;\n    \
             const int kw_end = kw_limit < g.extent_x ? kw_limit : g.extent_x;\n    \
             const int kw_first = kw_inner && kw_begin < kw_end ? kw_begin : g.extent_x;\n    \
             const int kw_last = kw_inner && kw_begin < kw_end ? kw_end : g.extent_x;\n    \
             for (int kw_part = 0; kw_part < 2; ++kw_part) {{\n        \
             const int kw_stop = kw_part ? g.extent_x : kw_first;\n        \
             for (int local_x = kw_part ? kw_last : 0; local_x < kw_stop; ++local_x) {{\n            {outer}        }}\n    }}\n    \
             for (int local_x = kw_first; local_x < kw_last; ++local_x) {{\n            {inner}    }}\n",
            self.dialect.item(0),
            before = reach(0, halo.before[0]),
            after = reach(0, halo.after[0]),
        )
    }

    pub(super) fn grid(&self) -> String {
        let kernel = self.plan.kernel(Role::Whole).expect("a grid plan has one kernel");
        let mut parameters: Vec<_> = (0..self.op.inputs.len() as u8).map(|input| self.input_pointer(input)).collect();
        parameters.extend(
            [
                "const kw_geometry g",
                "const kw_index x",
                "const kw_index y",
                "const kw_index z",
                "const kw_index n",
                "const kw_index index",
            ]
            .map(String::from),
        );
        parameters.extend(self.function_params());
        let mut text = self.body_function(&parameters);
        text.push_str(&self.kernel_head(kernel));
        let arguments: Vec<_> = parameters
            .iter()
            .map(|parameter| super::last_word(parameter))
            .map(|name| match name.as_str() {
                "x" | "y" | "z" => format!("local_{name}"),
                _ => self.specialized(name),
            })
            .collect();
        let inner = format!(
            "            const kw_index index = ((kw_index)plane * g.extent_y + local_y) * g.extent_x + local_x;\n            {}_body({});\n",
            self.op.name,
            arguments.join(", ")
        );
        text.push_str(&self.spatial_loops(&inner));
        text.push_str("}\n");
        text
    }
}

/// The constant outside as a body sees it.
pub(super) fn outside(ty: Type) -> &'static str {
    match ty {
        Type::Pixel => "KW_CONVERT(KW_PIXEL, f32)(border)",
        Type::Bool => "border != 0.0f",
        Type::U32 => "kw_u32_from_f32(border)",
        Type::I32 => "kw_i32_from_f32(border)",
        _ => "border",
    }
}
