//! Why a plan is what it is, in sentences for `kernwerk source --target plan`, `explain` and the documentation.
//!
//! Input: an operation and one of its kernels. Output: reasons. Invariant: a reason is said only where its fact holds for this very
//! operation, by the same tests that the plans and the writers use.

use super::{Kernel, Role};
use crate::analysis::{self, Lanes};
use crate::ir::{Class, Op, Radius};

/// The reasons for the shape of a kernel, most important first.
pub fn reasons(op: &Op, kernel: &Kernel) -> Vec<&'static str> {
    match kernel.role {
        Role::Whole => whole(op),
        Role::Pass => pass(op),
        Role::Rows => vec![
            "rows are staged in shared memory, with the boundary applied once per voxel instead of once per tap",
            "four neighbouring results per work-item: each staged voxel is read once for all four",
        ],
        Role::Planes => vec![
            "x and y in one launch: the image between the two passes stays in registers",
            "groups of 32 work-items wait for nobody but themselves; the next row is on its way while one is computed",
        ],
        Role::Volume => vec![
            "all three passes in one launch: what they hand on stays in shared memory and registers, and each voxel comes from memory once",
            "small radii only: rows and planes around its part of the image a group computes once more",
        ],
        Role::Lanes => vec![
            "voxels of one or two bytes are compared in words, two lanes of 16 bits at a time: one by one, instructions would take longer than memory",
            "nothing is shared: each work-item passes the rows around its own once more, which costs less than waiting for others",
            "the next plane is on its way while one is computed",
        ],
        Role::Words => vec![
            "voxels of one or two bytes are compared in words, two lanes of 16 bits at a time: along y and z what is compared lies in the same lanes",
            "three parts of each window, of which one is the same for a run of results: comparisons do not grow with the radius as loads do",
        ],
        Role::WordRows => vec![
            "voxels of one or two bytes are compared in words, two lanes of 16 bits at a time; the voxel so many further on is a word that is joined from two",
            "a window is two runs of 2ⁿ voxels, and each run two of half as many: comparisons grow with the logarithm of the radius",
            "nothing is shared: each work-item reads what its windows need, as whole vectors of words",
        ],
        Role::March => vec![
            "each voxel of a column is read once and added to all results that it reaches, which move on in registers",
            "the radius is a definition: loops over it are unrolled, and nothing is moved from one register to another",
        ],
        Role::Columns => vec![
            "a run of results per work-item: each voxel of the column is read once for all of them",
            "one test per run tells whether its whole halo lies in the image; inside, no read applies the boundary mode",
        ],
        Role::Select => vec![
            "keys are staged in shared memory, with the boundary applied once per voxel instead of once per tap",
            "what neighbouring windows have in common is sorted once; of it only the ranks are kept that can still be the wanted one",
            "the networks are known when the text is compiled, because the radius is a definition: keys stay in registers",
        ],
        Role::Extremum => vec![
            "keys are staged in shared memory plane by plane, with the boundary applied once per voxel instead of once per tap",
            "the longer rows of a window grow from the shorter ones, and all planes of the window take the lengths that they need",
            "each plane is read once and combined with all results that it reaches, which move on in registers",
        ],
        Role::Stencil => vec![
            "four columns per work-item: a line is one vector and the voxels beside it, read with one address for all results that it reaches",
            "the planes that windows reach stay in registers along the march, so that a voxel comes from memory once",
            "boundaries are looked up before the march, and once per plane along it: no read applies the boundary mode",
        ],
        Role::Quads => vec![
            "the body reads only the current voxel and asks for no coordinates: the linear index is never taken apart",
            "vectors of four voxels, several on their way at once: the memory stays busy",
        ],
        Role::Scan => vec![
            "one work-item per line: strictly from its first voxel to its last is the definition of a scan",
            "along x a group reads tiles of its lines row by row, and each work-item walks a row of the tile while the next one is on its way",
            "along y and z neighbouring work-items step through neighbouring columns: their reads are one memory transaction",
        ],
        Role::ReduceRows => vec![
            "32 lanes per row chunk, merged by halves: the order of sums is fixed, whatever the device and the tile",
            "chunks of 4096 voxels begin at global coordinates: where a region starts changes no sum",
        ],
        Role::ReduceRowValues => {
            vec!["a row of one chunk is a state of its own: its value is written without a list of states"]
        }
        Role::ReduceStates => {
            vec!["the same lanes and chunks as over voxels, until one state is left: one order of merging for any size"]
        }
        Role::ReduceFinish => {
            vec!["one work-item merges its few states from left to right: no order is left to chance"]
        }
        Role::ReduceAxis => vec![
            "neighbouring work-items step through neighbouring columns: their reads are one memory transaction",
            "where there are few columns the runs of one are dealt out to several work-items, and merged in order by one",
            "runs of 64 voxels are summed before they are merged: the error of a sum does not grow with the axis",
        ],
        Role::ReduceLabels => {
            vec!["only the box of each label is visited, plane by plane, so that large labels spread over work-items"]
        }
        Role::ReduceLabelPlanes => vec!["one work-item merges a label's planes in order: no order is left to chance"],
    }
}

fn whole(op: &Op) -> Vec<&'static str> {
    match op.class {
        Class::Grid if super::counts(op) => vec![
            "counters that are only added to: groups count in copies in shared memory, and add them up at the end",
            "a full counter costs no more than an empty one: work-items side by side have copies of their own",
        ],
        Class::Grid if op.group.is_some() => vec![
            "what lanes hand to each other lies on chip: device memory is read before the first phase and written after the last",
            "a barrier ends each phase: no lane reads what another may still write",
        ],
        Class::Grid => vec![
            "the body says itself what an item reads and writes",
            "items may run in any order: what they share is changed by atomics",
        ],
        Class::Neighborhood => neighborhood(op),
        Class::Gather if analysis::together_under(op) => vec![
            "rounds outside, voxels inside: all voxels of a run take a voxel of the kernel together, each in the order of its own chain",
            "the boundary mode is applied once per row and run, and once per column: no read of a neighbour applies it",
        ],
        Class::Gather => vec![
            match analysis::lanes(op) {
                Lanes::Row => {
                    "x of the source follows x of the result: neighbouring work-items read neighbouring voxels"
                }
                Lanes::Patch => {
                    "places in the source depend on several coordinates: small patches of work-items read few rows of it"
                }
                Lanes::Across(_) => {
                    "x of the source follows another axis of the result: a tile turns rows that are read into rows that are written"
                }
            },
            "every read applies the boundary mode, because the body may look anywhere",
        ],
        Class::Pointwise | Class::Separable | Class::Reduction | Class::Scan => pointwise(op),
    }
}

fn pointwise(op: &Op) -> Vec<&'static str> {
    let coordinates = if analysis::reads_coordinates(op) {
        "the linear index is taken apart, because the body asks for coordinates"
    } else {
        "the linear index is never taken apart, because the body asks for no coordinates"
    };
    vec!["one work-item per voxel: the body reads only the current voxel", coordinates]
}

fn neighborhood(op: &Op) -> Vec<&'static str> {
    let mut reasons = vec![
        "one work-item per run of voxels along z, x fastest: what two of a run read is read once, what neighbours read is in the cache",
    ];
    if op.windows.iter().any(|window| matches!(window.radius, Radius::Param { .. })) {
        reasons.push("windows are walked by rows of a table from the host: no kernel computes a shape, and any radius runs the same text");
    }
    if analysis::median_windows(op).next().is_some() {
        reasons.push("up to 32 voxels are sorted in registers, more are searched bit by bit: the size of the window is a definition");
    }
    reasons.push(boundary(op));
    reasons
}

fn pass(op: &Op) -> Vec<&'static str> {
    let mut reasons = vec![
        "passes along x, y, z because the class is separable; axes of extent 1 are left out",
        "one text for all axes: the axis is a definition",
    ];
    if !op.weights.is_empty() {
        reasons.push("weights are an argument: another width runs the same program");
    }
    reasons.push(boundary(op));
    reasons
}

/// The test that spares inner voxels the boundary.
fn boundary(op: &Op) -> &'static str {
    if analysis::halo(op).unbounded {
        "every read applies the boundary mode, because the text does not bound the offsets"
    } else {
        "one test per voxel tells whether its whole halo lies in the image; inside, no read applies the boundary mode"
    }
}
