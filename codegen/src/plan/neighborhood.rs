//! Windows of any shape in one launch, and separable lines in one launch per axis, whatever their bodies.
//!
//! A work-item computes a run of voxels along z: what two of them read is loaded once, since the loop over them is unrolled and its
//! addresses are the same. For sobel (26 taps) that is (n + 2) · 9 / n loads per voxel instead of 26; floors on one NVIDIA H200, in
//! copies of an f32 image: 1 for the bytes, 9 · (n + 2) / (15 n) for the loads.
//!
//! A window of run-time radius is walked by its chords: the half-width in x of each of its rows, computed once on the host in
//! exact integer arithmetic, so that no backend ever evaluates an ellipsoid.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::ir::{Op, Shape};
use crate::reserved::kernel_name;

pub(super) fn whole(op: &Op) -> Kernel {
    let windows =
        (0..op.windows.len() as u8).flat_map(|window| [Argument::Chords(window), Argument::ChordExtent(window)]);
    let arguments = inputs(op)
        .chain(outputs(op))
        .chain([Argument::Geometry, Argument::Border])
        .chain(windows)
        .chain(params(op))
        .collect();
    Kernel {
        name: kernel_name(op.name),
        role: Role::Whole,
        summary: "one work-item per run of KW_STRIP voxels along z, neighbours read from global memory",
        arguments,
        items: Items::Strips,
        local: [32, 8, 1],
    }
}

pub(super) fn pass(op: &Op) -> Kernel {
    debug_assert!(op.windows.iter().all(|window| window.shape == Shape::Line));
    let windows = (0..op.windows.len() as u8).map(Argument::LineRadius);
    let weights = (0..op.weights.len() as u8).map(Argument::Weights);
    let arguments = inputs(op)
        .chain(outputs(op))
        .chain([Argument::Geometry, Argument::Border])
        .chain(windows)
        .chain(weights)
        .chain(params(op))
        .collect();
    Kernel {
        name: format!("{}_pass", op.name),
        role: Role::Pass,
        summary: "one pass along KW_AXIS, one work-item per voxel",
        arguments,
        items: Items::Spatial,
        local: [32, 8, 1],
    }
}
