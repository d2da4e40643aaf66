//! Neighborhood and separable launches: bands of tiles, computed in parallel, each marching through its tiles along z.
//!
//! A tile is a few whole rows of one plane. All its rows lie behind each other in memory, halo included, so that a reducer
//! takes them in one go, as if they were one long row.

use kernwerk_codegen::analysis;
use kernwerk_codegen::ir::{Axis, Radius};
use kernwerk_codegen::plan::Role;

use super::{Images, SEQUENTIAL, parallel};
use crate::backend::launch::{Geometry, Launch};
use crate::lang::Outputs;
use crate::lang::cpu::WindowRow;
use crate::lang::window_row::WindowContext;

/// Voxels of a tile that is not bounded by its halo: with the rows in between, a tile and what is computed from it stay in
/// an L1 cache of 32 KiB and more, and a launch has enough of them for many threads.
const TILE: usize = 1 << 12;

/// Bytes of all rows that a band keeps around its tile, at most: half of a small L2 cache.
const KEPT: usize = 1 << 19;

/// Bands for each thread, so that the last ones are short against the whole.
const BANDS_PER_THREAD: usize = 8;

/// A tile: its place (n, z, first y) in the region and its output.
type Tile<'a> = ([usize; 3], Outputs<'a>);

pub(super) fn run(launch: &Launch<'_>, kernel: fn(&mut WindowRow<'_>), images: Images<'_>) {
    let Images { inputs, mut outputs } = images;
    let [before, after] = halo(launch);
    let geometry = &launch.geometry;
    if geometry.voxels() == 0 {
        return;
    }
    let rows = tile_rows(geometry, std::array::from_fn(|axis| before[axis] + 1 + after[axis]));
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
        rows,
    };
    let band = |tiles: Vec<Tile<'_>>| {
        let mut row = WindowRow::new(&context);
        for (at, outputs) in tiles {
            row.move_to(at, outputs);
            kernel(&mut row);
        }
    };
    let [ex, ey, ez] = geometry.extent;
    let window = [before[1] + 1 + after[1], before[2] + 1 + after[2]];
    let sequential = geometry.voxels() * window[0] * window[1] <= SEQUENTIAL;
    // A band's first window is all new: of windows that reach along z there should be several in a band.
    let columns = geometry.batch * ey.div_ceil(rows);
    let wanted = (BANDS_PER_THREAD * rayon::current_num_threads()).div_ceil(columns.max(1));
    let height = if sequential { ez } else { ez.div_ceil(wanted).max(2 * (window[1] - 1)).clamp(1, ez) };
    let per_column = ez.div_ceil(height);
    let mut bands: Vec<Vec<Tile<'_>>> = Vec::new();
    bands.resize_with(columns * per_column, || Vec::with_capacity(height));
    for (n, z) in (0..geometry.batch).flat_map(|n| (0..ez).map(move |z| (n, z))) {
        for (column, y) in (0..ey).step_by(rows).enumerate() {
            let Some(outputs) = outputs.take(rows.min(ey - y) * ex) else { return };
            let column = n * ey.div_ceil(rows) + column;
            bands[column * per_column + z / height].push(([n, z, y], outputs));
        }
    }
    parallel::units(bands, sequential, &band);
}

/// Rows of a tile: as many as make it worth while to go to it, and twice its halo along y as far as the caches allow; but
/// at least as many as its halo, or most of the work would be to convert the same rows again and again.
fn tile_rows(geometry: &Geometry, window: [usize; 3]) -> usize {
    let Geometry { global, extent, batch, .. } = *geometry;
    if is_direct(global, window) {
        return 1;
    }
    let (width, halo) = (extent[0] + window[0], window[1] - 1);
    let planes = window[2].min(global[2]);
    let kept = (KEPT / size_of::<f32>() / width / planes).saturating_sub(halo);
    let rows = (TILE / width).max((2 * halo).min(kept.max(halo)));
    // There has to be something for all threads, also of a single plane.
    let wanted = (2 * rayon::current_num_threads()).div_ceil(batch * extent[2]);
    rows.min(extent[1].div_ceil(wanted)).max(1)
}

/// Whether the window is so high that all rows of a plane are kept, each once.
pub(super) fn is_direct(global: [usize; 3], window: [usize; 3]) -> bool {
    window[1] > global[1]
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
