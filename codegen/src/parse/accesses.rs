//! What can be asked of images, positions, items and buffers: their methods, and atomic operations.

use syn::{Expr as SynExpr, ExprMethodCall};

use super::body::{Binding, Lower};
use super::diagnostics::nearest;
use super::refused;
use super::signature::Role;
use crate::ir::{Access, AtomicOp, Axis, Expr, ExprId, Type};

impl Lower<'_> {
    /// Methods of windows, positions, items and buffers.
    pub(super) fn access(&mut self, call: &ExprMethodCall, role: &Role) -> Option<ExprId> {
        let method = call.method.to_string();
        let positioned = match role {
            Role::Input(input) => {
                matches!(self.signature.inputs[usize::from(*input)].access, Access::Window | Access::Line)
            }
            _ => true,
        };
        if let Role::Input(input) = *role
            && self.signature.inputs[usize::from(input)].access == Access::Sample
            && let Some(sampled) = self.sampler(call, input)?
        {
            return Some(sampled);
        }
        let coordinates = [("x", Axis::X), ("y", Axis::Y), ("z", Axis::Z)];
        if let Role::Shared(number) = *role {
            return self.shared(call, number);
        }
        let item = matches!(role, Role::Item | Role::Lane);
        let ty = if item { Type::Index } else { Type::I32 };
        if *role == Role::Position && method == "along" {
            if self.reduces {
                return Some(self.builder.expr(Expr::Along, Type::I32));
            }
            return self.refuse(
                &call.method,
                "only a reduction has an axis that it goes along",
                "use a coordinate: `at.x()`, `at.y()` or `at.z()`",
            );
        }
        for (name, axis) in coordinates {
            if positioned && method == name {
                return Some(self.builder.expr(Expr::Coordinate { axis }, ty));
            }
            if positioned && method.strip_prefix("extent_") == Some(name) {
                return Some(self.builder.expr(Expr::Extent { axis }, ty));
            }
        }
        if item && method == "index" {
            return Some(self.builder.expr(Expr::ItemIndex, Type::Index));
        }
        if item && method == "n" {
            return Some(self.builder.expr(Expr::BatchIndex, Type::Index));
        }
        if *role == Role::Lane && method == "lane" {
            self.within_phase(&call.method, "the number of a lane")?;
            return Some(self.builder.expr(Expr::Lane, Type::Index));
        }
        if let Role::Input(input) = *role {
            let info = self.signature.inputs[usize::from(input)];
            if info.access == Access::Global {
                self.within_phase(&call.method, "what lanes change")?;
            }
            let arguments: Vec<_> = call.args.iter().collect();
            match (method.as_str(), info.access, &arguments[..]) {
                ("center", Access::Window | Access::Line, []) => {
                    return Some(self.builder.expr(Expr::Voxel { input }, info.ty));
                }
                ("at", Access::Window, [x, y, z]) => {
                    let offset = [x, y, z].map(|part| self.offset(part));
                    let [Some(x), Some(y), Some(z)] = offset else { return None };
                    return Some(self.builder.expr(Expr::Neighbor { input, offset: [x, y, z] }, info.ty));
                }
                ("at", Access::Line, [distance]) => {
                    let x = self.offset(distance)?;
                    return Some(self.builder.expr(Expr::Neighbor { input, offset: [x; 3] }, info.ty));
                }
                ("contains", Access::Window, [x, y, z]) => {
                    let offset = [x, y, z].map(|part| self.typed(part, Type::I32));
                    let [Some(x), Some(y), Some(z)] = offset else { return None };
                    return Some(self.builder.expr(Expr::Inside { offset: [x, y, z] }, Type::Bool));
                }
                ("get", Access::Read, [index]) | ("load", Access::Global, [index]) => {
                    let index = self.typed(index, Type::Index)?;
                    return Some(self.builder.expr(Expr::Load { input, index }, info.ty));
                }
                ("add", Access::Tally, _) => {
                    return self.refuse(
                        &call.method,
                        "what a counter holds is not known while items run",
                        "make it a statement of its own, or take the buffer as `Global<u32>` and use `fetch_add`",
                    );
                }
                ("store" | "load" | "fetch_add" | "fetch_min" | "fetch_max", Access::Tally, _) => {
                    let problem = format!("the counters `{}` are only added to", info.name);
                    return self.refuse(
                        &call.method,
                        problem,
                        "write `add(i, 1)`, or take the buffer as `Global<u32>`",
                    );
                }
                ("peek", Access::Global, [index]) => {
                    let index = self.typed(index, Type::Index)?;
                    return Some(self.builder.expr(Expr::Peek { input, index }, info.ty));
                }
                ("bits", Access::Read, [index, count]) => {
                    let (index, count) = (self.typed(index, Type::Index), self.typed(count, Type::U32));
                    let (Some(index), Some(count)) = (index, count) else { return None };
                    if info.ty != Type::Bool {
                        let problem = format!("the elements of `{}` are no truth values", info.name);
                        return self.refuse(&call.method, problem, "take it as `Read<bool>`");
                    }
                    return Some(self.builder.expr(Expr::LoadBits { input, index, count }, Type::U32));
                }
                ("get" | "load" | "fetch_add" | "fetch_min" | "fetch_max", Access::Write, _) => {
                    let problem = format!("the buffer `{}` is written only", info.name);
                    return self.refuse(&call.method, problem, "take it as `Global<u32>`, or of i32 or f32");
                }
                ("store" | "fetch_add" | "fetch_min" | "fetch_max", Access::Read, _) => {
                    let problem = format!("the buffer `{}` is read only", info.name);
                    return self.refuse(&call.method, problem, "take it as `Global<u32>`, or of i32 or f32");
                }
                ("get", Access::Global, [_]) => {
                    return self.refuse(
                        &call.method,
                        "elements of a `Global` buffer are read with `load`",
                        "write `load(i)`",
                    );
                }
                ("load", Access::Read, [_]) => {
                    return self.refuse(
                        &call.method,
                        "elements of a `Read` buffer are read with `get`",
                        "write `get(i)`",
                    );
                }
                ("store", Access::Global | Access::Write, _) => {
                    return self.refuse(&call.method, "`store` has no value", "make it a statement of its own");
                }
                ("fetch_add" | "fetch_min" | "fetch_max", Access::Global, _) => {
                    return self.refuse(
                        &call.method,
                        "an atomic operation is a statement",
                        "bind it: `let before = buffer.fetch_add(i, 1);`",
                    );
                }
                _ => {}
            }
        }
        let known: &[&str] = match role {
            Role::Position if self.reduces => &["x", "y", "z", "along", "extent_x", "extent_y", "extent_z"],
            Role::Position => &["x", "y", "z", "extent_x", "extent_y", "extent_z"],
            Role::Item => &["x", "y", "z", "n", "index", "extent_x", "extent_y", "extent_z"],
            Role::Lane => &["lane", "x", "y", "z", "n", "index", "extent_x", "extent_y", "extent_z"],
            Role::Input(input) => match self.signature.inputs[usize::from(*input)].access {
                Access::Window => &[
                    "center",
                    "at",
                    "contains",
                    "cuboid",
                    "ellipsoid",
                    "diamond",
                    "x",
                    "y",
                    "z",
                    "extent_x",
                    "extent_y",
                    "extent_z",
                ],
                Access::Line => &["center", "at", "window", "weighted_sum"],
                Access::Sample => super::sampling::METHODS,
                Access::Read if self.signature.inputs[usize::from(*input)].ty == Type::Bool => &["get", "bits"],
                Access::Read => &["get"],
                Access::Write => &["store"],
                Access::Global => &["load", "peek", "store", "fetch_add", "fetch_min", "fetch_max"],
                Access::Tally => &["add"],
                Access::Voxel => &[],
            },
            _ => &[],
        };
        self.unknown_method(call, known)
    }

    pub(super) fn unknown_method(&self, call: &ExprMethodCall, known: &[&str]) -> Option<ExprId> {
        let method = call.method.to_string();
        if known.contains(&method.as_str()) {
            let usage = match method.as_str() {
                "at" if known.contains(&"weighted_sum") => "at(d)",
                "at" => "at(dx, dy, dz)",
                "contains" => "contains(dx, dy, dz)",
                "cuboid" | "ellipsoid" | "diamond" | "window" => "one radius",
                "get" => "get(i)",
                "bits" => "bits(first, count)",
                "load" => "load(i)",
                "peek" => "peek(i)",
                "store" => "store(i, value)",
                "weighted_sum" => "weighted_sum(weights)",
                "fetch_add" | "fetch_min" | "fetch_max" => "(i, value)",
                "add" => "add(i, n)",
                _ => "no arguments",
            };
            return self.mismatch(
                &call.method,
                format!("`{method}` has other arguments"),
                &format!("it takes: {usage}"),
            );
        }
        let (problem, remedy) = match (nearest(&method, known), refused::method(&method)) {
            (_, Some((problem, remedy))) => (problem.to_owned(), remedy.to_owned()),
            (Some(near), None) => {
                (format!("operations have no method `{method}` here"), format!("did you mean `{near}`?"))
            }
            (None, None) => (
                format!("operations have no method `{method}` here"),
                if known.is_empty() {
                    "use the value itself".to_owned()
                } else {
                    format!("there are: {}", known.join(", "))
                },
            ),
        };
        self.refuse(&call.method, problem, &remedy)
    }

    /// The buffer that a receiver names, with its element type.
    pub(crate) fn buffer(&self, receiver: &SynExpr, access: Access) -> Option<(u8, Type)> {
        let SynExpr::Path(path) = receiver else { return None };
        let Some(Binding::Argument(Role::Input(input))) = self.lookup(path.path.get_ident()?) else { return None };
        let info = self.signature.inputs[usize::from(input)];
        (info.access == access).then_some((input, info.ty))
    }

    /// `buffer.fetch_…(index, value)`; as a statement also `counters.add(index, n)`.
    pub(crate) fn atomic(&mut self, expr: &SynExpr, statement: bool) -> Option<(AtomicOp, u8, ExprId, ExprId, Type)> {
        let SynExpr::MethodCall(call) = expr else { return None };
        if call.method == "add" && statement {
            let (input, ty) = self.buffer(&call.receiver, Access::Tally)?;
            let [index, value] = call.args.iter().collect::<Vec<_>>()[..] else {
                return self.mismatch(
                    &call.method,
                    "`add` takes an index and a number",
                    "write `counters.add(index, 1)`",
                );
            };
            let index = self.typed(index, Type::Index)?;
            let value = self.typed(value, ty)?;
            return Some((AtomicOp::Add, input, index, value, ty));
        }
        let op = match call.method.to_string().as_str() {
            "fetch_add" => AtomicOp::Add,
            "fetch_min" => AtomicOp::Min,
            "fetch_max" => AtomicOp::Max,
            _ => return None,
        };
        let (input, ty) = self.buffer(&call.receiver, Access::Global)?;
        self.within_phase(&call.method, "what lanes change")?;
        if !matches!(ty, Type::U32 | Type::I32) {
            let remedy = "use an integer buffer; sums of f32 would depend on the order of the items";
            return self.refuse(&call.method, "only u32 and i32 buffers have atomic operations", remedy);
        }
        let [index, value] = call.args.iter().collect::<Vec<_>>()[..] else {
            return self.mismatch(
                &call.method,
                "an atomic operation takes an index and a value",
                "write `buffer.fetch_add(index, 1)`",
            );
        };
        let index = self.typed(index, Type::Index)?;
        let value = self.typed(value, ty)?;
        Some((op, input, index, value, ty))
    }
}
