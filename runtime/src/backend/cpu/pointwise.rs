//! Pointwise launches: the output is cut into runs of voxels, which are computed in parallel.

use kernwerk_codegen::analysis::reads_coordinates;
use rayon::prelude::*;

use super::{Images, SEQUENTIAL};
use crate::backend::launch::{Geometry, Launch};
use crate::lang::cpu::PointwiseRow;
use crate::lang::{Position, RawMut};

/// Voxels of a run where rows do not matter.
const RUN: usize = 1 << 14;

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut PointwiseRow<'_>), images: Images<'_>) {
    let Images { inputs, output } = images;
    let Geometry { global, origin, extent, source, source_extent, .. } = launch.geometry;
    let voxels = launch.geometry.voxels();
    let size = output.dtype.size();
    let bytes = &mut output.bytes[..voxels * size];
    let whole_image = global.map(|extent| extent as i32);
    let row = |start: usize, at: [usize; 3], bytes: &mut [u8]| {
        kernel(&mut PointwiseRow {
            inputs: &inputs,
            start,
            output: RawMut { dtype: output.dtype, bytes },
            position: Position::new(at.map(|at| at as i32), whole_image),
            pixel: launch.pixel,
            arguments: launch.arguments,
        });
    };
    let same_region = inputs.is_empty() || (source == origin && source_extent == extent);
    if same_region && !reads_coordinates(&launch.op.ir) {
        if voxels <= SEQUENTIAL {
            return row(0, origin, bytes);
        }
        bytes.par_chunks_mut(RUN * size).enumerate().for_each(|(run, bytes)| row(run * RUN, origin, bytes));
        return;
    }
    let one = |number: usize, bytes: &mut [u8]| {
        let (n, z, y) = super::row_of(number, extent);
        let at = [origin[0], origin[1] + y, origin[2] + z];
        let start = if inputs.is_empty() { 0 } else { super::voxel(&launch.geometry, n, at) };
        row(start, at, bytes);
    };
    let row_size = extent[0] * size;
    if voxels <= SEQUENTIAL {
        bytes.chunks_mut(row_size).enumerate().for_each(|(number, bytes)| one(number, bytes));
    } else {
        let rows = (RUN / extent[0]).max(1);
        bytes.par_chunks_mut(row_size).with_min_len(rows).enumerate().for_each(|(number, bytes)| one(number, bytes));
    }
}
