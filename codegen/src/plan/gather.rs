//! Gather: a work-item computes some voxels of the output, reading a whole source wherever its body says.
//!
//! The geometry of such a launch has two images: `global`, `origin` and `extent` are those of the output, `source_extent` that of the
//! source, which the input buffer holds from its first voxel on. Each further source has a geometry of its own, of which only the source
//! extents and the batch count.
//!
//! Neighbouring work-items lie along the axis of the output that the source's x follows. Where that is not x (a transposition), results go
//! through a tile that the group shares, so that they are also written row by row.

use super::{Argument, Items, Kernel, Role, inputs, outputs, params};
use crate::analysis::{Lanes, lanes, marches_under, samples, together_under};
use crate::ir::Op;
use crate::reserved::kernel_name;

/// Side of a tile through which results are transposed; its elements are 32 bits wide.
pub const GATHER_TILE: usize = 32;

/// Reads of a work-item that are on their way at once. 2048 work-items of one multiprocessor hide the latency of memory with 4 each
/// (32 KiB, see `KW_AHEAD` of reductions); 16 leave a margin and enough registers.
const READS: usize = 16;

/// Work-items of a group that reads rows of any direction: the smaller the box of the source that a group sees, the more of it is in the cache. A
/// volume turned by 30° and tilted by 7° takes 3.2 ms with these, 3.3 with 16 × 16, 3.4 with 32 × 8 and 3.7 with 8 × 32 (512×1024×1024 f32, one NVIDIA H200).
const PATCH: [usize; 3] = [16, 4, 4];

/// Voxels of the output that a work-item computes. In a tile twice as many: its barriers leave the memory idle.
pub fn gather_steps(op: &Op) -> usize {
    let most = if matches!(lanes(op), Lanes::Across(_)) { 8 } else { 4 };
    (READS / samples(op)).clamp(1, most)
}

fn arguments(op: &Op) -> Vec<Argument> {
    let further = (1..op.inputs.len() as u8).map(Argument::Source);
    inputs(op)
        .chain(outputs(op))
        .chain([Argument::Geometry])
        .chain(further)
        .chain([Argument::Border])
        .chain(params(op))
        .collect()
}

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    let march = marches_under(op).then(|| Kernel {
        name: format!("{}_march", op.name),
        role: Role::UnderMarch,
        summary: "runs of voxels along y and z per work-item: each plane of neighbours is read once for all results that reach it",
        arguments: [arguments(op), vec![Argument::Chunk]].concat(),
        items: Items::UnderMarch,
        local: [32, 4, 1],
    });
    std::iter::once(kernel(op)).chain(march).collect()
}

fn kernel(op: &Op) -> Kernel {
    let (summary, items, local) = match lanes(op) {
        _ if together_under(op) => (
            "a run of voxels along y per work-item, each voxel of the kernel read once for all of them",
            Items::Under,
            [32, 4, 1],
        ),
        Lanes::Row => ("neighbouring work-items along x, the source read from global memory", steps(op), [32, 8, 1]),
        Lanes::Patch => ("work-items in patches of x, y and z, the source read from global memory", steps(op), PATCH),
        Lanes::Across(axis) => (
            "work-items along the axis that the source's x follows, results transposed in a tile",
            Items::Tiles(axis),
            [GATHER_TILE, 4, 1],
        ),
    };
    Kernel { name: kernel_name(op.name), role: Role::Whole, summary, arguments: arguments(op), items, local }
}

fn steps(op: &Op) -> Items {
    Items::Steps(gather_steps(op))
}
