//! Facts about an operation that are computed from its IR and written nowhere by hand.
//!
//! Input: an [`Op`]. Output: halo and footprint, exactness tier, costs per voxel, which parameters the kernels read. No fact depends on
//! a device.

mod always;
mod cost;
mod early;
mod exactness;
mod exists;
mod footprint;
mod halo;
mod lanes;
mod range;
mod under;
mod words;

pub use always::{Always, always_read};
pub use cost::{Amount, Cost, Symbol, cost};
pub use early::{early_return, returns_early};
pub use exactness::{Inexact, exact, inexact};
pub use exists::{Exists, exists};
pub(crate) use footprint::is_window_offset;
pub use footprint::{Footprint, Separability, footprint};
pub use halo::{Halo, halo};
pub use lanes::{Lanes, evenly_placed, lanes, samples, samples_once};
#[cfg(feature = "parse")]
pub(crate) use range::range;
pub use under::{OneKernel, counts_under, marches_under, one_kernel, together_under};
pub use words::halo_words;

use crate::ir::{Axis, Block, Expr, Function, Op, Reducer, Stmt};

/// Every expression of every function.
pub fn expressions(op: &Op) -> impl Iterator<Item = Expr> + '_ {
    op.functions.iter().flat_map(|function: &Function| function.exprs.iter().map(|typed| typed.expr))
}

/// Whether a loop over a window stands within another one: written out, both would be too long for any compiler.
pub fn nested_windows(op: &Op) -> bool {
    fn holds(function: &Function, block: Block) -> bool {
        block.of(function).iter().any(|stmt| match *stmt {
            Stmt::ForWindow { .. } => true,
            Stmt::For { body, .. } | Stmt::While { body, .. } => holds(function, body),
            Stmt::If { then, otherwise, .. } => holds(function, then) || holds(function, otherwise),
            _ => false,
        })
    }
    op.functions.iter().any(|function| {
        let nests = |stmt: &Stmt| matches!(*stmt, Stmt::ForWindow { body, .. } if holds(function, body));
        function.stmts.iter().any(nests)
    })
}

/// Whether a kernel needs this parameter as an argument (rather than only the host).
pub fn reads_param(op: &Op, param: u8) -> bool {
    expressions(op).any(|expr| matches!(expr, Expr::Param { param: read, .. } if read == param))
}

/// The windows that `median` reduces.
pub fn median_windows(op: &Op) -> impl Iterator<Item = u8> + '_ {
    (0..op.windows.len() as u8).filter(|&window| {
        expressions(op)
            .any(|expr| matches!(expr, Expr::Reduce { window: reduced, reducer: Reducer::Median } if reduced == window))
    })
}

/// Each percentile that is asked for: the window and the parameter.
pub fn percentiles(op: &Op) -> Vec<(u8, u8)> {
    let mut found = Vec::new();
    for expr in expressions(op) {
        if let Expr::Reduce { window, reducer: Reducer::Percentile { param } } = expr
            && !found.contains(&(window, param))
        {
            found.push((window, param));
        }
    }
    found
}

/// The axes whose extent the functions read.
pub fn extents_read(op: &Op) -> impl Iterator<Item = Axis> + '_ {
    let read = |axis: &Axis| expressions(op).any(|expr| matches!(expr, Expr::Extent { axis: of } if of == *axis));
    Axis::ALL.into_iter().filter(read)
}

/// Whether the functions read coordinates (so that a linear index has to be taken apart).
pub fn reads_coordinates(op: &Op) -> bool {
    expressions(op).any(|expr| matches!(expr, Expr::Coordinate { .. } | Expr::Along))
}
