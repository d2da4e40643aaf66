//! Minimum and maximum of windows whose rows are chords (ellipsoids, diamonds, cuboids): a work-group stages a plane of its part of the image
//! as sort keys, and each work-item marches along z with four neighbouring columns in each of `KW_STRIP` rows.
//!
//! A window is planes (dz), of rows (dy), of a half-width h each. Of each row that a work-item meets it makes the maxima of growing width,
//! M(0) = v, M(h) = max(M(h - 1), v(-h), v(+h)), and gives each to all (dy, dz) that have this half-width: one disc per |dz|. Each disc is then
//! combined with the results at +dz and -dz, which move down one slot with each plane.
//!
//! Floors on one NVIDIA H200, in copies of an f32 image (31 minima or maxima per voxel and copy; 15.5 words of shared memory or cache), per
//! voxel, where R is `KW_STRIP`, H(dy) the largest half-width of a row, and a row of four is read with `1 + 2·⌈rx/4⌉` vectors:
//!
//! | sphere | voxels | words, R = 1 | 2 | minima, R = 1 | 2 | copies, R = 1 | 2 |
//! |---|---|---|---|---|---|---|---|
//! | 1 | 7 | 6 | 5 | 6 | 6 | 0.4 | 0.3 |
//! | 2 | 33 | 13 | 8 | 18 | 16 | 0.8 | 0.5 |
//! | 3 | 123 | 19 | 12 | 42 | 34 | 1.4 | 1.1 |
//! | 5 | 515 | 34 | 20 | 120 | 90 | 3.9 | 2.9 |
//! | 7 | 1419 | 62 | 34 | 222 | 162 | 7.2 | 5.2 |
//!
//! A kernel of one work-item per voxel reads all voxels of the window from the cache and compares each, with its key made anew: for radius 3
//! 123 words, 8 copies. The bytes take 1.
//!
//! Invariant: minimum and maximum of keys are exact and total, so every plan gives the same key.

use super::selection::window_reduction;
use super::{Argument, Items, Kernel, Role, Selection, inputs, outputs, params};
use crate::ir::{Op, Reducer};

/// The largest radius along one axis: rows, half-widths and planes are straight code.
pub const EXTREMUM_RADIUS: u32 = 7;
/// The most rows of results of a work-item.
pub const EXTREMUM_ROWS: u32 = 4;

/// The minimum or maximum of an operation whose body looks at its window in no other way.
pub fn extremum(op: &Op) -> Option<Selection> {
    window_reduction(op).filter(|found| matches!(found.reducer, Reducer::Min | Reducer::Max))
}

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    if extremum(op).is_none() {
        return Vec::new();
    }
    let ends = [Argument::Geometry, Argument::Border, Argument::Chunk];
    vec![Kernel {
        name: format!("{}_extremum", op.name),
        role: Role::Extremum,
        summary: "planes of keys staged in shared memory, rows of growing width shared by all planes of the window, results in registers until they are whole",
        arguments: inputs(op).chain(outputs(op)).chain(ends).chain(params(op)).collect(),
        items: Items::Extrema,
        local: [8, 16, 1],
    }]
}
