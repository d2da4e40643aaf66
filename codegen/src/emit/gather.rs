//! The kernel of a gather operation, and the functions that read its source: a voxel by mapped indices, and on top of it the
//! samplings that the body uses. Their arithmetic is that of the runtime's `Sampler`, operation by operation.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::image_kernels::outside;
use super::outputs::store;
use crate::analysis;
use crate::ir::{Axis, Expr, ExprId, Sampling};
use crate::plan::{Definition, GATHER_TILE, Items, Role, definition_name, gather_steps};

/// What the functions that read a source are given, after the source itself.
const SOURCE: [&str; 3] = ["const kw_geometry g", "const int n", "const float border"];

impl Writer<'_> {
    pub(super) fn gather(&self) -> String {
        let kernel = &self.plan.kernels[0];
        let mut parameters: Vec<_> = (0..self.op.inputs.len() as u8).map(|input| self.input_pointer(input)).collect();
        let position = ["const kw_geometry g", "const int x", "const int y", "const int z", "const int n"];
        parameters.extend(position.map(String::from));
        parameters
            .extend((1..self.op.inputs.len() as u8).map(|input| format!("const kw_geometry {}", geometry(input))));
        parameters.push("const float border".into());
        parameters.extend(self.function_params());
        let mut text: String = (0..self.op.inputs.len() as u8).map(|input| self.source_functions(input)).collect();
        let arguments: Vec<_> = parameters.iter().map(|parameter| super::last_word(parameter)).collect();
        if kernel.items == Items::Under {
            text.push_str(&self.together_function(&parameters));
            text.push_str(&self.kernel_text(kernel, &self.runs_along_y(&arguments)));
            if let Some(kernel) = self.plan.kernel(Role::UnderMarch) {
                text.push_str(&self.guarded(kernel, &self.under_march(kernel)));
            }
            return text;
        }
        text.push_str(&self.body_function(&parameters));
        text.push_str(&self.kernel_head(kernel));
        let call = format!("{}_body({})", self.op.name, arguments.join(", "));
        match kernel.items {
            Items::Tiles(axis) => text.push_str(&self.tiles(axis, &call)),
            Items::Steps(steps) => text.push_str(&self.steps_along_x(steps, &call)),
            _ => unreachable!("gather kernels have these items"),
        }
        text.push_str("}\n");
        text
    }

    /// Some voxels for each work-item, a group's width apart; all are computed before the first is stored, so that their reads overlap.
    fn steps_along_x(&self, steps: usize, call: &str) -> String {
        let (item, items) = (|d| self.dialect.item(d), |d| self.dialect.items(d));
        let (lane, lanes, group) = (self.dialect.lane(0), self.dialect.lanes(0), self.dialect.group(0));
        format!(
            "    const kw_u32 kw_x = (kw_u32){group} * ({steps}u * (kw_u32){lanes}) + (kw_u32){lane};\n    \
             const kw_u32 kw_last = (kw_u32)g.extent_x - 1u;\n    if (kw_x > kw_last) return;\n    \
             for (kw_long plane = {}; plane < (kw_long)g.extent_z * g.batch; plane += {}) {{\n        \
             // A division of 64 bits costs as much as several voxels.\n        \
             const int n = g.batch == 1 ? 0 : (int)(plane / g.extent_z);\n        \
             const int local_z = (int)(plane - (kw_long)n * g.extent_z);\n        \
             for (int local_y = (int){}; local_y < g.extent_y; local_y += (int){}) {{\n            \
             const int y = local_y + g.origin_y, z = local_z + g.origin_z;\n            \
             const kw_index kw_row = ((kw_index)plane * g.extent_y + local_y) * g.extent_x;\n            \
             {} kw_results[{steps}];\n            KW_UNROLL for (int k = 0; k < {steps}; ++k) {{\n                \
             // Past the end of a row its last voxel, which is not stored.\n                \
             const kw_u32 kw_at = kw_x + k * (kw_u32){lanes};\n                \
             const int x = (int)(kw_at < kw_last ? kw_at : kw_last) + g.origin_x;\n                \
             kw_results[k] = {call};\n            }}\n            \
             KW_UNROLL for (int k = 0; k < {steps}; ++k) {{\n                \
             const kw_u32 kw_at = kw_x + k * (kw_u32){lanes};\n                \
             if (kw_at <= kw_last) {{\n{}                }}\n            }}\n        }}\n    }}\n",
            item(2),
            items(2),
            item(1),
            items(1),
            self.result_type(),
            self.store_values("kw_results[k]", "kw_row + kw_at", &" ".repeat(20)),
        )
    }

    /// A tile of x and `axis`: work-items lie along `axis` when they compute, along x when they store.
    fn tiles(&self, axis: Axis, call: &str) -> String {
        let (lane, lanes) = (self.dialect.lane(0), self.dialect.lanes(0));
        let (shared, barrier) = (self.dialect.shared(), self.dialect.barrier());
        let (pitch, steps) = (GATHER_TILE + 1, gather_steps(self.op));
        let other = if axis == Axis::Y { Axis::Z } else { Axis::Y };
        let (axis, other) = (axis.name(), other.name());
        let (mut tiles, mut packs, mut stores) = (String::new(), String::new(), String::new());
        for output in 0..self.op.outputs.len() as u8 {
            let out = definition_name(self.op, Definition::Output(output));
            let value = match self.results_struct() {
                None => store(self.op, output, "kw_results[k]"),
                Some(_) => store(self.op, output, &format!("kw_results[k].r{output}")),
            };
            tiles.push_str(&format!("    {shared}kw_tiled kw_tile{output}[{GATHER_TILE} * {pitch}];\n"));
            packs.push_str(&format!(
                "                    if (kw_row + k * kw_rows < kw_lanes) kw_tile{output}[(kw_row + k * kw_rows) * {pitch} + kw_lane] = KW_CAT(kw_word_, {out})({value});\n"
            ));
            let stored =
                format!("KW_CAT(kw_unpack_, {out})(kw_tile{output}[kw_lane * {pitch} + kw_row + k * kw_rows])");
            stores.push_str(&format!("                        {};\n", self.put(output, "i", &stored)));
        }
        let index = "((kw_index)n * g.extent_z + local_z) * g.extent_y + local_y";
        format!(
            "{tiles}    const int kw_lane = (int){lane}, kw_lanes = (int){lanes}, kw_rows = (int){};\n    \
             const kw_u32 kw_first_x = (kw_u32){} * kw_lanes;\n    \
             for (kw_long plane = {}; plane < (kw_long)g.extent_{other} * g.batch; plane += {}) {{\n        \
             const int n = g.batch == 1 ? 0 : (int)(plane / g.extent_{other});\n        \
             const int local_{other} = (int)(plane - (kw_long)n * g.extent_{other});\n        \
             const int {other} = local_{other} + g.origin_{other};\n        \
             for (kw_long kw_first = (kw_long){} * kw_lanes; kw_first < g.extent_{axis}; kw_first += (kw_long)({} / kw_rows) * kw_lanes) {{\n            \
             const int kw_place = (int)kw_min_long(kw_first + kw_lane, g.extent_{axis} - 1), kw_left = (int)kw_min_long(g.extent_{axis} - kw_first, kw_lanes);\n            \
             const int {axis} = kw_place + g.origin_{axis};\n            \
             for (int kw_row = (int){row}; kw_row < kw_lanes; kw_row += {steps} * kw_rows) {{\n                \
             {} kw_results[{steps}];\n                KW_UNROLL for (int k = 0; k < {steps}; ++k) {{\n                    \
             // Past the end the last voxel, which is not stored.\n                    \
             const kw_u32 kw_x = kw_first_x + kw_row + k * kw_rows;\n                    \
             const int x = (int)(kw_x < (kw_u32)g.extent_x ? kw_x : (kw_u32)g.extent_x - 1u) + g.origin_x;\n                    \
             kw_results[k] = {call};\n                }}\n                \
             KW_UNROLL for (int k = 0; k < {steps}; ++k) {{\n{packs}                }}\n            }}\n            {barrier};\n            \
             for (int kw_row = (int){row}; kw_row < kw_lanes; kw_row += {steps} * kw_rows) {{\n                \
             KW_UNROLL for (int k = 0; k < {steps}; ++k) {{\n                    \
             const int local_{axis} = (int)kw_first + kw_row + k * kw_rows;\n                    \
             if (kw_row + k * kw_rows < kw_left && kw_first_x + kw_lane < (kw_u32)g.extent_x) {{\n                        \
             const kw_index i = ({index}) * g.extent_x + kw_first_x + kw_lane;\n{stores}                    }}\n                }}\n            }}\n            \
             {barrier};\n        }}\n    }}\n",
            self.dialect.lanes(1),
            self.dialect.group(0),
            self.dialect.item(2),
            self.dialect.items(2),
            self.dialect.group(1),
            self.dialect.items(1),
            self.result_type(),
            row = self.dialect.lane(1),
        )
    }

    /// The functions that read an input: a voxel, and each sampling that the body uses.
    fn source_functions(&self, input: u8) -> String {
        let info = self.op.inputs[usize::from(input)];
        let name = &self.names.inputs[usize::from(input)];
        let ty = c_type(info.ty);
        // The author's name for the source could be that of a variable here.
        let (global, restrict) = (self.dialect.global(), self.dialect.restrict());
        let storage = definition_name(self.op, Definition::Input(input));
        let pointer = format!("{global}const KW_STORAGE({storage}) *{restrict}source");
        let source = [vec![pointer], SOURCE.map(String::from).to_vec()].concat();
        let head = |function: &str, place: [&str; 3]| {
            let parameters = [source.clone(), place.map(String::from).to_vec()].concat();
            self.signature(&format!("KW_FN {ty}"), &format!("kw_{function}_{name}"), &parameters)
        };
        let element = "source[(((kw_index)n * g.source_extent_z + z) * g.source_extent_y + y) * g.source_extent_x + x]";
        let mut text = format!(
            "\n// A voxel of `{}` at indices of `kw_source_index`: below 0, the constant outside.\n{}\n{{\n#if KW_IS_CONSTANT\n    \
             if ((x | y | z) < 0) return {};\n#endif\n    return {};\n}}\n",
            info.name,
            head("voxel", ["const int x", "const int y", "const int z"]),
            outside(info.ty),
            load(self.op, input, element)
        );
        for sampling in [Sampling::Voxel, Sampling::Nearest, Sampling::Linear, Sampling::Cubic] {
            let used = analysis::expressions(self.op).any(
                |expr| matches!(expr, Expr::Sample { input: of, sampling: how, .. } if (of, how) == (input, sampling)),
            );
            if !used {
                continue;
            }
            let place = match sampling {
                Sampling::Voxel => ["const int x", "const int y", "const int z"],
                _ => ["float x", "float y", "float z"],
            };
            let voxel = |x: &str, y: &str, z: &str| format!("kw_voxel_{name}(source, g, n, border, {x}, {y}, {z})");
            let body = match sampling {
                Sampling::Voxel | Sampling::Nearest => {
                    let index = |axis: &str| match sampling {
                        Sampling::Nearest => index(axis, &format!("kw_nearest({axis})")),
                        _ => index(axis, axis),
                    };
                    format!("    return {};\n", voxel(&index("x"), &index("y"), &index("z")))
                }
                Sampling::Linear => linear(ty, |index| load(self.op, input, &format!("source[{index}]")), voxel),
                Sampling::Cubic => cubic(voxel),
            };
            text.push_str(&format!("\n// {}\n{}\n{{\n{body}}}\n", comment(sampling), head(stem(sampling), place)));
        }
        text
    }
}

impl FunctionWriter<'_> {
    /// A call of one of those functions.
    pub(super) fn sample(&self, input: u8, sampling: Sampling, at: [ExprId; 3]) -> String {
        let name = &self.names.inputs[usize::from(input)];
        let [x, y, z] = at.map(|id| self.expr(id));
        let (geometry, n) = (geometry(input), if input == 0 { "n".to_owned() } else { image(input) });
        format!("kw_{}_{name}({name}, {geometry}, {n}, border, {x}, {y}, {z})", stem(sampling))
    }
}

/// The geometry of a launch as a source sees it.
pub(super) fn geometry(input: u8) -> String {
    if input == 0 { "g".into() } else { format!("kw_g{input}") }
}

/// Which image of a further source belongs to an image of the batch.
pub(super) fn image(input: u8) -> String {
    format!("{0}.batch == 1 ? 0 : n", geometry(input))
}

/// The middle of the name of the function that samples so.
fn stem(sampling: Sampling) -> &'static str {
    match sampling {
        Sampling::Voxel => "at",
        Sampling::Nearest => "nearest",
        Sampling::Linear => "linear",
        Sampling::Cubic => "cubic",
    }
}

fn comment(sampling: Sampling) -> &'static str {
    match sampling {
        Sampling::Voxel => "A voxel by its coordinates.",
        Sampling::Nearest => "The nearest voxel.",
        Sampling::Linear => "Linear interpolation along x, then y, then z.",
        Sampling::Cubic => "Cubic B-spline: 4 x 4 x 4 coefficients; along an axis of extent 1 there is one.",
    }
}

/// The index of a voxel along an axis.
fn index(axis: &str, coordinate: &str) -> String {
    format!("kw_source_index({coordinate}, g.source_extent_{axis})")
}

/// Takes each coordinate apart into the voxel before it and the fraction that is left.
fn places() -> String {
    let one = |axis: &str| {
        format!(
            "    {axis} = kw_place({axis}, g.source_extent_{axis});\n    const float base_{axis} = kw_floor({axis}), t{axis} = {axis} - base_{axis};\n"
        )
    };
    ["x", "y", "z"].map(one).concat()
}

/// Inside, where all eight voxels are, no coordinate has to be mapped: they lie at fixed distances from the first. A coordinate that is NaN
/// or far away is not inside.
fn linear(name: &str, element: impl Fn(&str) -> String, voxel: impl Fn(&str, &str, &str) -> String) -> String {
    let axes = ["x", "y", "z"];
    let mut text = String::from("    float c00, c10, c01, c11, tx, ty, tz;\n");
    let inside =
        axes.map(|axis| format!("{axis} >= 0.0f && {axis} < kw_inner(g.source_extent_{axis})")).join("\n        && ");
    text.push_str(&format!("    if ({inside}) {{\n"));
    for axis in axes {
        text.push_str(&format!(
            "        const int {axis}0 = (int){axis};\n        t{axis} = {axis} - (float){axis}0;\n"
        ));
    }
    text.push_str(
        "        const kw_index row = g.source_extent_x, plane = (kw_index)g.source_extent_y * row;\n        \
         const kw_index first = ((kw_index)n * g.source_extent_z + z0) * plane + y0 * row + x0;\n",
    );
    for z in [0, 1] {
        for y in [0, 1] {
            let at = ["first", "first + row", "first + plane", "first + plane + row"][2 * z + y];
            let (left, right) = (element(at), element(&format!("{at} + 1")));
            text.push_str(&format!("        const {name} v{y}{z} = {left}, w{y}{z} = {right};\n"));
        }
    }
    for z in [0, 1] {
        for y in [0, 1] {
            text.push_str(&format!("        c{y}{z} = kw_lerp(v{y}{z}, w{y}{z}, tx);\n"));
        }
    }
    text.push_str("    } else {\n");
    for axis in axes {
        text.push_str(&format!(
            "        {axis} = kw_place({axis}, g.source_extent_{axis});\n        const float base_{axis} = kw_floor({axis});\n        t{axis} = {axis} - base_{axis};\n"
        ));
    }
    for axis in axes {
        let base = format!("(int)base_{axis}");
        let (first, second) = (index(axis, &base), index(axis, &format!("{base} + 1")));
        text.push_str(&format!("        const int {axis}0 = {first};\n        const int {axis}1 = {second};\n"));
    }
    for z in ["0", "1"] {
        for y in ["0", "1"] {
            let corner = |x: &str| voxel(&format!("x{x}"), &format!("y{y}"), &format!("z{z}"));
            text.push_str(&format!("        c{y}{z} = kw_lerp({}, {}, tx);\n", corner("0"), corner("1")));
        }
    }
    text + "    }\n    return kw_lerp(kw_lerp(c00, c10, ty), kw_lerp(c01, c11, ty), tz);\n"
}

fn cubic(voxel: impl Fn(&str, &str, &str) -> String) -> String {
    let mut text = places();
    for axis in ["x", "y", "z"] {
        text.push_str(&format!(
            "    const int n{axis} = g.source_extent_{axis} == 1 ? 1 : 4;\n    float w{axis}[4];\n    int i{axis}[4];\n    \
             kw_spline_weights(t{axis}, n{axis}, w{axis});\n    \
             KW_UNROLL for (int k = 0; k < 4; ++k) i{axis}[k] = {};\n",
            index(axis, &format!("(int)base_{axis} + k - 1"))
        ));
    }
    // Guards rather than breaks, so that compilers unroll the loops and the arrays stay in registers.
    text + &format!(
        "    float sum = 0.0f;\n    KW_UNROLL for (int kz = 0; kz < 4; ++kz) {{\n        float plane = 0.0f;\n        \
         KW_UNROLL for (int ky = 0; ky < 4; ++ky) {{\n            float row = 0.0f;\n            \
         KW_UNROLL for (int kx = 0; kx < 4; ++kx) {{\n                \
         if (kx < nx && ky < ny && kz < nz) row = kw_fma(wx[kx], {}, row);\n            }}\n            \
         if (ky < ny && kz < nz) plane = kw_fma(wy[ky], row, plane);\n        }}\n        \
         if (kz < nz) sum = kw_fma(wz[kz], plane, sum);\n    }}\n    return sum;\n",
        voxel("ix[kx]", "iy[ky]", "iz[kz]")
    )
}
