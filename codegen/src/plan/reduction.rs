//! One monoid, seven kernels. Their order of operations is the definition of the reduction and is anchored at global
//! coordinates, so that neither device nor tiling changes a sum:
//!
//! * a row is cut into chunks of 4096 voxels; within a chunk lane `l` of 32 takes the voxels `l, l + 32, …` in order, and
//!   the lanes are merged by halves (16, 8, 4, 2, 1: lane `l` with lane `l + h`);
//! * a list of states is reduced in the same way until one is left;
//! * a projection along x merges the chunks of a row from left to right; along y or z, runs of 64 voxels are stepped
//!   through and then merged in order;
//! * a label's voxels are stepped through along x for each row, rows are merged in y, planes in z (then t).

use super::{Argument, Items, Kernel, REDUCTION_GROUP, Role, inputs, params};
use crate::ir::Op;

pub(super) fn kernels(op: &Op) -> Vec<Kernel> {
    let kernel = |suffix: &str, role, summary, items, local, arguments: Vec<Argument>| Kernel {
        name: format!("{}_{suffix}", op.name),
        role,
        summary,
        arguments,
        items,
        local: [local, 1, 1],
    };
    let with_params = |arguments: &[Argument]| inputs(op).chain(arguments.iter().copied()).chain(params(op)).collect();
    vec![
        kernel(
            "rows",
            Role::ReduceRows,
            "32 lanes per chunk of a row, one state each chunk",
            Items::RowChunks,
            REDUCTION_GROUP,
            with_params(&[Argument::StatesOut, Argument::Geometry]),
        ),
        kernel(
            "row_values",
            Role::ReduceRowValues,
            "32 lanes per row of one chunk, one output value each",
            Items::RowChunks,
            REDUCTION_GROUP,
            with_params(&[Argument::Output(0), Argument::Geometry, Argument::Count]),
        ),
        kernel(
            "states",
            Role::ReduceStates,
            "32 lanes per chunk of 4096 states, one state each chunk",
            Items::StateChunks,
            REDUCTION_GROUP,
            vec![Argument::StatesIn, Argument::StatesOut],
        ),
        kernel(
            "results",
            Role::ReduceFinish,
            "one work-item per output value: merges its states in order",
            Items::Outputs,
            64,
            vec![Argument::StatesIn, Argument::Output(0), Argument::GroupSize, Argument::Count],
        ),
        kernel(
            "axis",
            Role::ReduceAxis,
            "one or several work-items per output value: step along KW_AXIS (y or z)",
            Items::ColumnParts,
            REDUCTION_GROUP,
            with_params(&[Argument::Output(0), Argument::Geometry, Argument::Count]),
        ),
        kernel(
            "labels",
            Role::ReduceLabels,
            "one work-item per label and plane: steps through the label's box",
            Items::Outputs,
            64,
            with_params(&[Argument::Labels, Argument::LabelItems, Argument::StatesOut, Argument::Geometry]),
        ),
        kernel(
            "label_planes",
            Role::ReduceLabelPlanes,
            "one work-item per label: merges its planes in order",
            Items::Outputs,
            64,
            vec![Argument::StatesIn, Argument::LabelStarts, Argument::StatesOut],
        ),
    ]
}
