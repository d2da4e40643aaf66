//! The halo in words, for the command line and the generated documentation.

use super::halo::halo;
use crate::ir::{Axis, Class, Op, Weights};

/// How far beyond a voxel an operation reads.
pub fn halo_words(op: &Op) -> String {
    match op.class {
        Class::Scan => return "the voxels before it in its line".to_owned(),
        Class::Gather => return "the source is read wherever the operation says".to_owned(),
        _ => {}
    }
    let halo = halo(op);
    if halo.unbounded {
        return "cannot be told from the operation's text".to_owned();
    }
    let mut parts = Vec::new();
    let sides = [0, 1, 2].map(|axis| (halo.before[axis], halo.after[axis]));
    if sides != [(0, 0); 3] {
        let along = |axis: Axis| match sides[axis.index()] {
            (0, 0) => None,
            (before, after) if before == after => Some(format!("{before} on each side along {}", axis.name())),
            (before, after) => Some(format!("{before} before and {after} after along {}", axis.name())),
        };
        parts.push(match sides {
            [x, y, z] if x == y && y == z && x.0 == x.1 => format!("{} on each side", x.0),
            _ => Axis::ALL.into_iter().filter_map(along).collect::<Vec<_>>().join(", "),
        });
    }
    for param in halo.radius_params.iter().map(|&param| op.params[usize::from(param)]) {
        parts.push(match param.per_axis {
            true => format!("{0}.x, {0}.y, {0}.z on each side along their axis", param.name),
            false => format!("{} on each side", param.name),
        });
    }
    if halo.weights {
        let calls: Vec<_> = op.weights.iter().map(|Weights { call, .. }| *call).collect();
        parts.push(format!("half the length of the weights {} on each side", calls.join(", ")));
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join("; and ") }
}
