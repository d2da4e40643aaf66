//! The footprint: which voxels around the current one an operation reads, and whether it can be computed axis by axis.
//!
//! Input: an [`Op`]. Output: offsets where the text fixes them, windows by their shape and radius where a call does. The halo is
//! the box around it; this is what is inside the box.

use std::collections::BTreeSet;
use std::fmt;

use super::range::range;
use crate::ir::{BinaryOp, Class, Expr, ExprId, Function, LocalId, Op, Reducer, Shape, Stmt, UnaryOp, print};

/// Offsets beyond this many are not listed; their box is said instead.
const MOST_OFFSETS: usize = 4096;

/// What an operation reads around a voxel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// The offsets (dx, dy, dz) that the text fixes, in raster order; along a line only dx is used. The voxel itself is among them if
    /// it is read by name.
    pub offsets: Vec<[i32; 3]>,
    /// Windows (numbers of [`Op::windows`]) that are walked over, each once.
    pub windows: Vec<u8>,
    /// The weights (numbers of [`Op::weights`]) whose length says how far a line is read.
    pub weights: Vec<u8>,
    /// Reads whose offset the text does not fix.
    pub unknown: bool,
    /// Whether and why the operation falls apart into one-dimensional passes.
    pub separability: Separability,
}

/// Whether an operation can be computed axis by axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separability {
    /// Nothing is read but the voxel itself.
    Trivial,
    /// The class says so: passes along x, y, z are its definition.
    Declared,
    /// The largest or smallest value of a box is that of the lines' values: the same bits in any order.
    Exact,
    /// It looks through a window in one piece.
    No,
}

/// Computes the footprint of an operation.
pub fn footprint(op: &Op) -> Footprint {
    let (mut offsets, mut windows, mut weights, mut unknown) = (BTreeSet::new(), Vec::new(), Vec::new(), false);
    let mut add_window = |window: u8| {
        if !windows.contains(&window) {
            windows.push(window);
        }
    };
    for function in op.functions {
        for stmt in function.stmts {
            if let Stmt::ForWindow { window, .. } = *stmt {
                add_window(window);
            }
        }
        for typed in function.exprs {
            match typed.expr {
                Expr::Voxel { .. } => {
                    offsets.insert([0; 3]);
                }
                Expr::Neighbor { offset, .. } if is_window_offset(function, offset) => {}
                Expr::Neighbor { offset, .. } => match fixed_offsets(op, function, offset) {
                    // Raster order is that of (z, y, x).
                    Some(found) => offsets.extend(found.into_iter().map(|[x, y, z]| [z, y, x])),
                    None => unknown = true,
                },
                Expr::Reduce { window, reducer: Reducer::WeightedSum } => {
                    weights.extend((!weights.contains(&window)).then_some(window));
                }
                Expr::Reduce { reducer: Reducer::Count, .. } => {}
                Expr::Reduce { window, .. } => add_window(window),
                _ => {}
            }
        }
    }
    let offsets = offsets.into_iter().map(|[z, y, x]| [x, y, z]).collect();
    let separability = separability(op);
    Footprint { offsets, windows, weights, unknown, separability }
}

fn separability(op: &Op) -> Separability {
    if op.class == Class::Separable {
        return Separability::Declared;
    }
    if op.class != Class::Neighborhood {
        return Separability::Trivial;
    }
    let reads = |expr: &Expr| {
        matches!(
            expr,
            Expr::Neighbor { .. }
                | Expr::Inside { .. }
                | Expr::Voxel { .. }
                | Expr::Reduce { .. }
                | Expr::Extent { .. }
        )
    };
    let reads: Vec<Expr> = super::expressions(op).filter(reads).collect();
    let looped =
        op.functions.iter().flat_map(|function| function.stmts).any(|stmt| matches!(stmt, Stmt::ForWindow { .. }));
    match reads[..] {
        [Expr::Reduce { window, reducer: Reducer::Max | Reducer::Min }]
            if !looped && op.windows[usize::from(window)].shape == Shape::Cuboid =>
        {
            Separability::Exact
        }
        _ if reads.iter().all(|expr| matches!(expr, Expr::Voxel { .. } | Expr::Extent { .. })) && !looped => {
            Separability::Trivial
        }
        _ => Separability::No,
    }
}

/// Whether an offset is that of a window loop as it stands: the window is in the footprint already.
pub(crate) fn is_window_offset(function: &Function, offset: [ExprId; 3]) -> bool {
    let locals = offset.map(|id| match function.expr(id).expr {
        Expr::Local { local } => Some(local),
        _ => None,
    });
    function.stmts.iter().any(|stmt| match stmt {
        Stmt::ForWindow { offset: Some(at), .. } => locals == [Some(at.x), Some(at.y), Some(at.z)],
        _ => false,
    })
}

/// Every value of an offset (a few too many where the bounds of one loop read the counter of another) that is made of constants and counters of loops with constant bounds.
fn fixed_offsets(op: &Op, function: &Function, offset: [ExprId; 3]) -> Option<BTreeSet<[i32; 3]>> {
    let mut counters = Vec::new();
    for id in offset {
        collect_counters(function, id, &mut counters)?;
    }
    let mut values: Vec<Vec<(LocalId, i64)>> = vec![vec![]];
    for local in counters {
        let (low, high) = counter_range(op, function, local)?;
        let size = usize::try_from(high - low + 1).unwrap_or(0);
        if values.len().saturating_mul(size) > MOST_OFFSETS {
            return None;
        }
        let with = |known: &Vec<(LocalId, i64)>, value| [&known[..], &[(local, value)]].concat();
        values = values.iter().flat_map(|known| (low..=high).map(move |value| with(known, value))).collect();
    }
    let mut found = BTreeSet::new();
    for known in &values {
        let [x, y, z] = offset.map(|id| evaluate(function, id, known).and_then(|value| i32::try_from(value).ok()));
        found.insert([x?, y?, z?]);
    }
    Some(found)
}

/// The value of an immutable local that is no counter.
fn bound_value(function: &Function, local: LocalId) -> Option<ExprId> {
    function.stmts.iter().find_map(|stmt| match *stmt {
        Stmt::Let { local: bound, value } if bound == local && !function.local(local).mutable => Some(value),
        _ => None,
    })
}

/// The counters that an offset is computed from; `None` if it is made of anything else.
fn collect_counters(function: &Function, id: ExprId, counters: &mut Vec<LocalId>) -> Option<()> {
    match function.expr(id).expr {
        Expr::Int { .. } => Some(()),
        Expr::Unary { op: UnaryOp::Neg, value } => collect_counters(function, value, counters),
        Expr::Binary { op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right } => {
            collect_counters(function, left, counters)?;
            collect_counters(function, right, counters)
        }
        Expr::Local { local } => match bound_value(function, local) {
            Some(value) => collect_counters(function, value, counters),
            None => {
                if !counters.contains(&local) {
                    counters.push(local);
                }
                Some(())
            }
        },
        _ => None,
    }
}

fn counter_range(op: &Op, function: &Function, local: LocalId) -> Option<(i64, i64)> {
    function.stmts.iter().find_map(|stmt| match *stmt {
        Stmt::For { local: counter, start, end, inclusive, .. } if counter == local => {
            let ((low, _), (_, high)) = (range(op.windows, function, start)?, range(op.windows, function, end)?);
            Some((low, if inclusive { high } else { high - 1 }))
        }
        _ => None,
    })
}

fn evaluate(function: &Function, id: ExprId, known: &[(LocalId, i64)]) -> Option<i64> {
    match function.expr(id).expr {
        Expr::Int { value } => Some(value),
        Expr::Unary { op: UnaryOp::Neg, value } => Some(-evaluate(function, value, known)?),
        Expr::Binary { op, left, right } => {
            let (left, right) = (evaluate(function, left, known)?, evaluate(function, right, known)?);
            match op {
                BinaryOp::Add => Some(left + right),
                BinaryOp::Sub => Some(left - right),
                BinaryOp::Mul => Some(left * right),
                _ => None,
            }
        }
        Expr::Local { local } => match known.iter().find(|(counter, _)| *counter == local) {
            Some(&(_, value)) => Some(value),
            None => evaluate(function, bound_value(function, local)?, known),
        },
        _ => None,
    }
}

impl Footprint {
    /// The footprint in words; `op` is the operation that it was computed from.
    pub fn words(&self, op: &Op) -> String {
        match op.class {
            Class::Grid => return "any element of its buffers".to_owned(),
            Class::Gather => return "any voxel of its source: wherever the body samples it".to_owned(),
            Class::Scan => return "the voxel itself, and through the state those before it in its line".to_owned(),
            _ => {}
        }
        let mut parts = Vec::new();
        let line = op.class == Class::Separable;
        match &self.offsets[..] {
            [] => {}
            [[0, 0, 0]] => parts.push("the voxel itself".to_owned()),
            offsets => parts.push(fixed_words(offsets, line)),
        }
        for &window in &self.windows {
            parts.push(format!("the window {}", print::window(op, window)));
        }
        for &weights in &self.weights {
            parts.push(format!("as much of the line as {} is long", op.weights[usize::from(weights)].call));
        }
        if self.unknown {
            parts.push("voxels within the halo whose offsets the text does not fix".to_owned());
        }
        if parts.is_empty() { "the voxel itself".to_owned() } else { parts.join("; ") }
    }
}

/// `2 voxels: (-1, 0, 0), (1, 0, 0)`, or the box where there are many.
fn fixed_words(offsets: &[[i32; 3]], line: bool) -> String {
    let shown = |offset: &[i32; 3]| match (line, offset) {
        (true, [d, ..]) => d.to_string(),
        (false, [x, y, z]) => format!("({x}, {y}, {z})"),
    };
    let along = if line { " along the line" } else { "" };
    let end = |pick: fn(i32, i32) -> i32| {
        offsets.iter().copied().reduce(|a, b| [0, 1, 2].map(|axis| pick(a[axis], b[axis]))).unwrap_or_default()
    };
    let (low, high) = (end(i32::min), end(i32::max));
    let within: i64 = (0..3).map(|axis| i64::from(high[axis] - low[axis]) + 1).product();
    let count = offsets.len();
    if count <= 8 {
        let all: Vec<String> = offsets.iter().map(shown).collect();
        return format!("{count} voxels: {}{along}", all.join(", "));
    }
    let relation = if within == count as i64 { "all of" } else { "within" };
    format!("{count} voxels, {relation} the box from {} to {}{along}", shown(&low), shown(&high))
}

impl fmt::Display for Separability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Separability::Trivial => "reads no neighbours",
            Separability::Declared => "separable by definition: passes along x, y, z",
            Separability::Exact => "separable: the extremum of a box is that of its lines, bit for bit",
            Separability::No => "not separable",
        })
    }
}
