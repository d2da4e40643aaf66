//! Methods of a `Sampler`: `source.linear(x, y, z)`, `source.at(i, j, k)`, `source.extent_x()`; and the loop over the neighbours that lie under
//! a kernel: `for (value, weight) in source.under(kernel, at, reflected)`.

use syn::{Expr as SynExpr, ExprMethodCall, Pat};

use super::body::{Binding, Lower};
use super::exprs::name_of;
use super::signature::Role;
use crate::ir::{Access, Axis, Expr, ExprId, Sampling, Stmt, Type};

/// What a sampler can do.
pub(super) const METHODS: &[&str] = &["nearest", "linear", "cubic", "at", "extent_x", "extent_y", "extent_z"];

/// What a loop over neighbours under a kernel looks like.
const UNDER: &str = "write `for (value, weight) in source.under(kernel, at, false)`";

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

    /// `for (value, weight) in source.under(kernel, at, reflected)`; `None` if it is wrong (what is not reported is no such loop at all).
    pub(super) fn for_under(&mut self, for_loop: &syn::ExprForLoop, call: &ExprMethodCall) -> Option<()> {
        let input = self.source(&call.receiver)?;
        let [kernel, place, reflected] = call.args.iter().collect::<Vec<_>>()[..] else {
            return self.refuse(
                call,
                "`under` takes a kernel, the position, and whether the kernel is reflected",
                UNDER,
            );
        };
        let (kernel, axis) = match kernel {
            SynExpr::MethodCall(turned) if turned.method == "turned" => {
                match turned.args.iter().collect::<Vec<_>>()[..] {
                    [axis] => (&*turned.receiver, Some(axis)),
                    _ => {
                        return self.refuse(
                            turned,
                            "`turned` takes the axis that x of the kernel lies along",
                            "write `kernel.turned(axis)`",
                        );
                    }
                }
            }
            kernel => (kernel, None),
        };
        let Some(under) = self.source(kernel) else {
            return self.refuse(
                kernel,
                "a kernel is one of the samplers of the operation",
                "add `kernel: Sampler<f32>` to the signature",
            );
        };
        if !matches!(self.named_argument(place), Some(Role::Position)) {
            let remedy =
                "name the argument of type `Position`; for neighbours of another place read `source.at(x, y, z)`";
            return self.refuse(place, "neighbours under a kernel are those of the voxel that is computed", remedy);
        }
        let turned = match axis {
            Some(axis) => Some(self.same_for_all(axis, Type::U32)?),
            None => None,
        };
        let reflected = self.same_for_all(reflected, Type::Bool)?;
        let Pat::Tuple(pair) = &*for_loop.pat else {
            return self.refuse(&for_loop.pat, "a neighbour comes with the voxel of the kernel that lies on it", UNDER);
        };
        let [value, weight] = pair.elems.iter().collect::<Vec<_>>()[..] else {
            return self.refuse(pair, "a neighbour comes with the voxel of the kernel that lies on it", UNDER);
        };
        let types = [input, under].map(|input| self.signature.inputs[usize::from(input)].ty);
        let (value, weight) = (self.loop_local(value, types[0])?, self.loop_local(weight, types[1])?);
        let named = [&value, &weight].map(|(local, name)| name.as_ref().map(|_| *local));
        let body = self.loop_body(vec![value, weight], &for_loop.body);
        self.builder.stmt(Stmt::ForUnder { input, under, turned, reflected, value: named[0], weight: named[1], body });
        Some(())
    }

    /// The sampler that an expression names.
    fn source(&self, expr: &SynExpr) -> Option<u8> {
        match self.named_argument(expr) {
            Some(Role::Input(input)) => {
                (self.signature.inputs[usize::from(input)].access == Access::Sample).then_some(input)
            }
            _ => None,
        }
    }

    /// The argument that an expression names.
    fn named_argument(&self, expr: &SynExpr) -> Option<Role> {
        let SynExpr::Path(path) = expr else { return None };
        match self.lookup(path.path.get_ident()?) {
            Some(Binding::Argument(role)) => Some(role),
            _ => None,
        }
    }

    /// A value that is the same for all voxels, as the text shows: a literal or a parameter.
    fn same_for_all(&mut self, expr: &SynExpr, ty: Type) -> Option<ExprId> {
        if !matches!(expr, SynExpr::Lit(_)) && !matches!(self.named_argument(expr), Some(Role::Param(_))) {
            let name = name_of(ty);
            let remedy = format!("write a literal, or a parameter of type {name}");
            return self.refuse(expr, "how a kernel lies is the same for all voxels", &remedy);
        }
        self.typed(expr, ty)
    }
}
