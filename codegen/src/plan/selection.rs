//! Windows that are reduced by rank: a work-group stages a part of the image as sort keys, and each work-item marches through it and selects
//! by networks of minimum and maximum, whose sorted parts neighbouring windows share.
//!
//! A window is columns along x, layers of columns, and layers along the march (z; y where the window is flat). A work-item computes two
//! windows side by side in each of two layers in succession. What all four have in common is sorted once; of it only those ranks are kept
//! that the missing keys can still make the wanted one; then each side adds its column, each end its layer.
//!
//! Floors on one NVIDIA H200 (64 minima or maxima of 32 bits, or pairs of 16 bits, per clock and multiprocessor; a copy of an f32 image takes
//! as long as 31 of them per voxel), counted by [`network`](super::network): a median of 3×3×3 takes 82 minima and maxima per voxel: 2.6
//! copies of an f32 image or, two keys at once, 5.3 of a u8 image; one of 5×5×5 takes 462: 30 copies of a u8 image. The bytes take 1.
//!
//! Invariant: minimum and maximum of keys are exact and total, so every plan selects the same key.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::ir::{Access, Class, Expr, Op, Reducer, Shape, Stmt, Type};

/// The largest window that is selected from by networks: they unroll into straight code, and a work-item holds about as many keys.
pub const SELECTION_MOST: usize = 125;
/// The largest radius along one axis.
pub const SELECTION_RADIUS: u32 = 4;

/// What an operation makes of its window before its body goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// How the window is reduced.
    pub reducer: Reducer,
    /// The number of the window.
    pub window: u8,
    /// The type of the selected value.
    pub ty: Type,
    /// The input that it is a window of.
    pub input: u8,
}

/// The selection of an operation whose body looks at its window in no other way.
pub fn selection(op: &Op) -> Option<Selection> {
    let box_shaped = |found: &Selection| op.windows[usize::from(found.window)].shape == Shape::Cuboid;
    window_reduction(op).filter(|found| found.reducer.selects() && box_shaped(found))
}

/// The one reduction by sort order of an operation whose body looks at its window in no other way.
pub(super) fn window_reduction(op: &Op) -> Option<Selection> {
    let [body] = op.functions else { return None };
    let looped = body.stmts.iter().any(|stmt| matches!(stmt, Stmt::ForWindow { .. }));
    let several = op.inputs.len() != 1 || op.outputs.len() != 1 || op.windows.len() != 1;
    if op.class != Class::Neighborhood || looped || several || op.inputs[0].access != Access::Window {
        return None;
    }
    let mut found = None;
    for typed in body.exprs {
        match typed.expr {
            Expr::Reduce { window, reducer } => {
                let one = Selection { reducer, window, ty: typed.ty, input: op.windows[usize::from(window)].input };
                if found.is_some_and(|other| other != one) {
                    return None;
                }
                found = Some(one);
            }
            Expr::Neighbor { .. }
            | Expr::Voxel { .. }
            | Expr::Inside { .. }
            | Expr::Coordinate { .. }
            | Expr::Extent { .. }
            | Expr::BatchIndex => return None,
            _ => {}
        }
    }
    let found: Selection = found?;
    let ordered = matches!(found.ty, Type::F32 | Type::I32 | Type::U32 | Type::Pixel);
    ordered.then_some(found)
}

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    if selection(op).is_none() {
        return Vec::new();
    }
    let ends = [Argument::Geometry, Argument::Border];
    vec![Kernel {
        name: format!("{}_select", op.name),
        role: Role::Select,
        summary: "keys staged in shared memory; each work-item marches through layers, and its windows share what they have in common",
        arguments: inputs(op).chain(outputs(op)).chain(ends).chain(params(op)).collect(),
        items: Items::Selections,
        local: [32, 4, 1],
    }]
}
