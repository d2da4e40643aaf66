//! Pointwise launches: the output is cut into runs of voxels, which are computed in parallel.

use kernwerk_codegen::analysis::reads_coordinates;

use super::parallel::{par_runs, runs};
use super::{Images, SEQUENTIAL};
use crate::backend::launch::{Geometry, Launch};
use crate::lang::cpu::PointwiseRow;
use crate::lang::{Outputs, Position};

/// Voxels of a run where rows do not matter.
pub(super) const RUN: usize = 1 << 14;

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut PointwiseRow<'_>), images: Images<'_>) {
    let Images { inputs, mut outputs } = images;
    let Geometry { global, origin, extent, source, source_extent, .. } = launch.geometry;
    let voxels = launch.geometry.voxels();
    let whole_image = global.map(|extent| extent as i32);
    let row = |start: usize, at: [usize; 3], outputs: Outputs<'_>| {
        kernel(&mut PointwiseRow {
            inputs: &inputs,
            start,
            outputs,
            position: Position::new(at.map(|at| at as i32), whole_image),
            pixel: launch.pixel,
            arguments: launch.arguments,
        });
    };
    let Some(outputs) = outputs.take(voxels) else { return };
    let same_region = inputs.is_empty() || (source == origin && source_extent == extent);
    if same_region && !reads_coordinates(&launch.op.ir) {
        if voxels <= SEQUENTIAL {
            return row(0, origin, outputs);
        }
        return par_runs(outputs, RUN, 1, &|run, outputs| row(run * RUN, origin, outputs));
    }
    let one = |number: usize, outputs: Outputs<'_>| {
        let (n, z, y) = super::row_of(number, extent);
        let at = [origin[0], origin[1] + y, origin[2] + z];
        let start = if inputs.is_empty() { 0 } else { super::voxel(&launch.geometry, n, at) };
        row(start, at, outputs);
    };
    if voxels <= SEQUENTIAL {
        runs(0, outputs, extent[0], &one);
    } else {
        par_runs(outputs, extent[0], (RUN / extent[0]).max(1), &one);
    }
}
