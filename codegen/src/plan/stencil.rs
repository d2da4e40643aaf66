//! Neighborhoods of small reach: a work-item computes four voxels along x in each of `KW_ROWS` lines, and marches along z (along y where the
//! image is flat) with the planes that its windows reach in registers.
//!
//! Each line that comes in is one vector of four and the voxels beside it, with an address for all of them; it serves every result that
//! reaches it. Boundaries cost nothing on the way: where the lines and the columns beside the vector lie is looked up before the march, and
//! the boundary is applied to the coordinate along the march once per plane. The body is what the author wrote, with reads of registers by
//! indices that are constants once loops over offsets are unrolled. `KW_STRIP` planes are straight code, so that what a body makes of a plane
//! alone is made once for all of them.
//!
//! Floors on one NVIDIA H200, in copies of an f32 image (56 instructions per voxel and copy, if none has to wait; 15.5 words of cache), for a
//! window of 3×3×3, S = `KW_STRIP`, R = `KW_ROWS`:
//!
//! | | instructions per voxel | copies |
//! |---|---|---|
//! | bytes, f32 → f32 | | 1 |
//! | words of cache: 1.5 · (R + 2) / R | | 0.3 at R = 1, 0.2 at R = 2 |
//! | loads and addresses: (5 R + 14) / 4 R | 4.7 at R = 1, 3 at R = 2 | 0.1 |
//! | laplace, six neighbours: 8 and the store 3 | 15 | 0.3 |
//! | local maxima: 3 + 4 (S + 2) / S + 5 maxima of half the rate, S = 4 | 30 | 0.6 |
//! | sobel: 19 (S + 2) / S + 12 and the root 12, R = 1 | 57 at S = 4 | 1.0 |
//!
//! Invariant: a voxel's value comes from the body alone, in its own order, so that every plan gives the same bits.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::analysis;
use crate::ir::{Access, Class, Expr, Op};

/// How far offsets that the text fixes may reach.
const REACH: u32 = 2;

/// The most work-items of a group. A multiprocessor of NVIDIA's is to run four at a time: up to that, 128 registers each.
pub const STENCIL_GROUP: usize = 128;

/// Whether an operation has the kernel that marches with its surroundings in registers.
pub fn stencil(op: &Op) -> bool {
    if op.class != Class::Neighborhood || super::selection(op).is_some() || super::extremum(op).is_some() {
        return false;
    }
    let windows = op.inputs.iter().all(|input| input.access == Access::Window);
    let halo = analysis::halo(op);
    let reach = halo.before.into_iter().chain(halo.after).max().unwrap_or(0);
    let reads = reach > 0 || !halo.radius_params.is_empty();
    // Registers have no addresses: what is selected from an array of them, or looked at again and again, stays with the caches.
    let selects =
        analysis::expressions(op).any(|expr| matches!(expr, Expr::Reduce { reducer, .. } if reducer.selects()));
    let computed = analysis::footprint(op).unknown;
    let nested = analysis::nested_windows(op);
    windows && reads && reach <= REACH && !halo.unbounded && !selects && !computed && !nested
}

/// Whether the body asks which voxels of a window lie in the image: all of them do, but for a few voxels at the faces. Where it only asks for
/// one that compares with a value, those outside are NaN.
pub fn asks_inside(op: &Op) -> bool {
    if analysis::exists(op).is_some() {
        return false;
    }
    op.functions.iter().any(|function| {
        let asks = |expr: Expr| matches!(expr, Expr::Inside { offset } if analysis::is_window_offset(function, offset));
        function.exprs.iter().any(|typed| asks(typed.expr))
    })
}

/// What a launch of such an operation has to know of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// How far fixed offsets and windows of fixed radius reach before the voxel, along x, y, z.
    pub before: [u32; 3],
    /// The same behind it.
    pub after: [u32; 3],
    /// Voxels at fixed offsets.
    pub taps: u32,
    /// Whether the body asks which voxels of a window lie in the image, and exists twice for that.
    pub asks_inside: bool,
    /// Whether voxels are held as f32, whatever they are.
    pub as_numbers: bool,
}

fn surroundings(op: &Op) -> Surroundings {
    let halo = analysis::halo(op);
    let taps = analysis::footprint(op).offsets.len() as u32;
    let as_numbers = analysis::exists(op).is_some();
    Surroundings { before: halo.before, after: halo.after, taps, asks_inside: asks_inside(op), as_numbers }
}

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    if !stencil(op) {
        return Vec::new();
    }
    let ends = [Argument::Geometry, Argument::Border, Argument::Chunk];
    vec![Kernel {
        name: format!("{}_stencil", op.name),
        role: Role::Stencil,
        summary: "four columns per work-item, planes of the window in registers along a march",
        arguments: inputs(op).chain(outputs(op)).chain(ends).chain(params(op)).collect(),
        items: Items::Stencil(surroundings(op)),
        local: [32, 4, 1],
    }]
}
