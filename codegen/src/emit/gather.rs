//! The kernel of a gather operation, and the functions that read its source: a voxel by mapped indices, and on top of it the
//! samplings that the body uses. Their arithmetic is that of the runtime's `Sampler`, operation by operation.

use super::Writer;
use super::expr::c_type;
use super::function::{FunctionWriter, load};
use super::image_kernels::outside;
use crate::analysis;
use crate::ir::{Expr, ExprId, Sampling};
use crate::plan::{Definition, definition_name};

/// What the functions that read a source are given, after the source itself.
const SOURCE: [&str; 3] = ["const kw_geometry g", "const int n", "const float border"];

impl Writer<'_> {
    pub(super) fn gather(&self) -> String {
        let kernel = &self.plan.kernels[0];
        let mut parameters: Vec<_> = (0..self.op.inputs.len() as u8).map(|input| self.input_pointer(input)).collect();
        let position = ["const kw_geometry g", "const int x", "const int y", "const int z", "const int n"];
        parameters.extend(position.map(String::from));
        parameters.push("const float border".into());
        parameters.extend(self.function_params());
        let mut text: String = (0..self.op.inputs.len() as u8).map(|input| self.source_functions(input)).collect();
        text.push_str(&self.body_function(&parameters));
        text.push_str(&self.kernel_head(kernel));
        let arguments: Vec<_> = parameters.iter().map(|parameter| super::last_word(parameter)).collect();
        let call = format!("{}_body({})", self.op.name, arguments.join(", "));
        let index = "(((kw_index)plane) * g.extent_y + local_y) * g.extent_x + local_x";
        let inner = format!(
            "            const int x = local_x + g.origin_x, y = local_y + g.origin_y, z = local_z + g.origin_z;\n{}",
            self.store_spatial(&call, index)
        );
        text.push_str(&self.spatial_loops(&inner));
        text.push_str("}\n");
        text
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
                Sampling::Linear => linear(voxel),
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
        format!("kw_{}_{name}({name}, g, n, border, {x}, {y}, {z})", stem(sampling))
    }
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

fn linear(voxel: impl Fn(&str, &str, &str) -> String) -> String {
    let mut text = places();
    for axis in ["x", "y", "z"] {
        let base = format!("(int)base_{axis}");
        let (first, second) = (index(axis, &base), index(axis, &format!("{base} + 1")));
        text.push_str(&format!("    const int {axis}0 = {first};\n    const int {axis}1 = {second};\n"));
    }
    for z in ["0", "1"] {
        for y in ["0", "1"] {
            let corner = |x: &str| voxel(&format!("x{x}"), &format!("y{y}"), &format!("z{z}"));
            text.push_str(&format!("    const float c{y}{z} = kw_lerp({}, {}, tx);\n", corner("0"), corner("1")));
        }
    }
    text + "    return kw_lerp(kw_lerp(c00, c10, ty), kw_lerp(c01, c11, ty), tz);\n"
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
