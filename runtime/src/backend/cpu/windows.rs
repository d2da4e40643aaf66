//! Neighborhood and separable launches: bands of rows, computed in parallel, each marching through its rows in order.

use kernwerk_codegen::analysis;
use kernwerk_codegen::ir::{Axis, Radius};
use kernwerk_codegen::plan::Role;
use rayon::prelude::*;

use super::{Images, SEQUENTIAL};
use crate::backend::launch::Launch;
use crate::lang::Outputs;
use crate::lang::cpu::WindowRow;
use crate::lang::window_row::WindowContext;

/// A row (n, z, y) of the region and its output.
type Row<'a> = ([usize; 3], Outputs<'a>);

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut WindowRow<'_>), images: Images<'_>) {
    let Images { inputs, mut outputs } = images;
    let [before, after] = halo(launch);
    let context = WindowContext {
        op: &launch.op.ir,
        inputs,
        pixel: launch.pixel,
        geometry: launch.geometry,
        boundary: launch.boundary,
        arguments: launch.arguments,
        windows: launch.windows,
        weights: launch.weights,
        axis: launch.axis,
        before,
        after,
    };
    let band = |rows: Vec<Row<'_>>| {
        let mut row = WindowRow::new(&context);
        for (at, outputs) in rows {
            row.move_to(at, outputs);
            kernel(&mut row);
        }
    };
    let geometry = &launch.geometry;
    let count = geometry.voxels() / geometry.extent[0];
    let rows = (0..count).filter_map(|number| {
        let (n, z, y) = super::row_of(number, geometry.extent);
        Some(([n, z, y], outputs.take(geometry.extent[0])?))
    });
    // Marching along an axis, only the rows that come in at the end of the window are new: march where they are fewest.
    let window = |axis: usize| before[axis] + 1 + after[axis];
    let axis = if window(1) < window(2) && geometry.extent[2] > 1 { Axis::Z } else { Axis::Y };
    if geometry.voxels() * window(1) * window(2) <= SEQUENTIAL {
        band(rows.collect());
    } else {
        bands(rows, count, geometry.extent, axis, window(axis.index())).into_par_iter().for_each(band);
    }
}

/// Sorts rows into bands that run along an axis: few enough that their first windows cost little, enough for all
/// threads.
fn bands<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    count: usize,
    extent: [usize; 3],
    axis: Axis,
    window: usize,
) -> Vec<Vec<Row<'a>>> {
    let [_, ey, ez] = extent;
    let (length, lines_per_image) = if axis == Axis::Z { (ez, ey) } else { (ey, ez) };
    let lines = count / length;
    let wanted = (4 * rayon::current_num_threads()).div_ceil(lines.max(1));
    let height = length.div_ceil(wanted).max(2 * window).min(length);
    let per_line = length.div_ceil(height);
    let mut bands: Vec<Vec<Row<'a>>> = Vec::new();
    bands.resize_with(lines * per_line, || Vec::with_capacity(height));
    for row in rows {
        let [n, z, y] = row.0;
        let (line, along) = if axis == Axis::Z { (y, z) } else { (z, y) };
        bands[(n * lines_per_image + line) * per_line + along / height].push(row);
    }
    bands
}

/// How far the body looks, before and after each voxel.
fn halo(launch: &Launch<'_>) -> [[usize; 3]; 2] {
    let op = &launch.op.ir;
    let halo = analysis::halo(op);
    let axes = if launch.role == Role::Pass { launch.axis.index()..launch.axis.index() + 1 } else { 0..3 };
    let mut both = [[0; 3]; 2];
    for axis in axes {
        // The analysis counts the offsets along a line as offsets in x.
        let fixed = if launch.role == Role::Pass { 0 } else { axis };
        let by_param = |(window, _): &(&kernwerk_codegen::ir::Window, _)| matches!(window.radius, Radius::Param { .. });
        let windows = op.windows.iter().zip(launch.windows).filter(by_param);
        let radius = windows.map(|(_, chords)| chords.radius[axis] as usize).max().unwrap_or(0);
        let weights = launch.weights.iter().map(|weights| weights[Axis::ALL[axis]].len() / 2).max().unwrap_or(0);
        both[0][axis] = (halo.before[fixed] as usize + radius).max(weights);
        both[1][axis] = (halo.after[fixed] as usize + radius).max(weights);
    }
    both
}
