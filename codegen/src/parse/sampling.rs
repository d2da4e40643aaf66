//! Methods of a `Sampler`: `source.linear(x, y, z)`, `source.at(i, j, k)`, `source.extent_x()`.

use syn::ExprMethodCall;

use super::body::Lower;
use super::exprs::name_of;
use crate::ir::{Axis, Expr, ExprId, Sampling, Type};

/// What a sampler can do.
pub(super) const METHODS: &[&str] = &["nearest", "linear", "cubic", "at", "extent_x", "extent_y", "extent_z"];

impl Lower<'_> {
    /// A call of a method of a sampler; `None` if it is wrong (then reported), `Some(None)` if there is no such call.
    pub(super) fn sampler(&mut self, call: &ExprMethodCall, input: u8) -> Option<Option<ExprId>> {
        let info = self.signature.inputs[usize::from(input)];
        let method = call.method.to_string();
        let extent = |axis: &Axis| method.strip_prefix("extent_") == Some(axis.name());
        if let (Some(axis), true) = (Axis::ALL.into_iter().find(extent), call.args.is_empty()) {
            return Some(Some(self.builder.expr(Expr::SourceExtent { input, axis }, Type::I32)));
        }
        let sampling = match method.as_str() {
            "at" => Sampling::Voxel,
            "nearest" => Sampling::Nearest,
            "linear" => Sampling::Linear,
            "cubic" => Sampling::Cubic,
            _ => return Some(None),
        };
        let [x, y, z] = call.args.iter().collect::<Vec<_>>()[..] else {
            return self.refuse(
                call,
                format!("`{method}` takes a coordinate along x, y and z"),
                &format!(
                    "write `{}.{method}(x, y, z)`; along an axis that the image lacks any value will do",
                    info.name
                ),
            );
        };
        if matches!(sampling, Sampling::Linear | Sampling::Cubic) && info.ty != Type::F32 {
            return self.refuse(
                call,
                format!("{} cannot be interpolated", name_of(info.ty)),
                &format!("take the image as `{}: Sampler<f32>`, or read the nearest voxel", info.name),
            );
        }
        let ty = if sampling == Sampling::Voxel { Type::I32 } else { Type::F32 };
        let at = [x, y, z].map(|part| self.typed(part, ty));
        let [Some(x), Some(y), Some(z)] = at else { return None };
        Some(Some(self.builder.expr(Expr::Sample { input, sampling, at: [x, y, z] }, info.ty)))
    }
}
