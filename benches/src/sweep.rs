//! How cost grows: with voxels, for a case of every family, and with radius or sigma where there is one.

use std::time::Instant;

use kernwerk::Result;
use kernwerk::ops;
use kernwerk::prelude::*;
use serde_json::{Value as Json, json};

use crate::cases::{Case, FAMILIES};
use crate::inputs::{Call, Inputs, Kind};
use crate::measure::{Budget, Timing, time, time_case, time_copy};

/// The case that stands for its family in the plots over voxels.
const REPRESENTATIVES: &[&str] = &[
    "pointwise_chain_f32",
    "gauss_s2_f32",
    "mean_box_r2_f32",
    "max_box_r2_f32",
    "median_box_r1_f32",
    "sobel_mag_f32",
    "sum_f32",
    "proj_max_axis0_f32",
    "hist256_f32",
    "cumsum_lastaxis_f32",
    "ccl_full_u8",
    "voronoi_labels_u8seeds",
    "label_stats",
    "affine_rot_linear_f32",
    "transpose_zx_f32",
    "fftconv_full_f32",
];

/// A call with a radius.
struct Line {
    name: &'static str,
    family: &'static str,
    /// What is varied: `radius` or `sigma`.
    parameter: &'static str,
    values: &'static [u32],
    kind: Kind,
    call: fn(&Call<'_>, u32) -> AnyExpr,
}

const LINES: &[Line] = &[
    Line {
        name: "gaussian_blur f32",
        family: "gauss",
        parameter: "sigma",
        values: &[1, 2, 3, 4, 5, 8, 12, 20],
        kind: Kind::F32,
        call: |call, sigma| ops::gaussian_blur(call.f32(), sigma as f32).into_any(),
    },
    Line {
        name: "mean_filter box f32",
        family: "mean",
        parameter: "radius",
        values: &[1, 2, 3, 5, 8, 12, 20, 40],
        kind: Kind::F32,
        call: |call, radius| ops::mean_filter(call.f32(), radius, Footprint::Box).into_any(),
    },
    Line {
        name: "maximum_filter box f32",
        family: "minmax",
        parameter: "radius",
        values: &[1, 2, 3, 5, 8, 12, 20, 40],
        kind: Kind::F32,
        call: |call, radius| ops::maximum_filter(call.f32(), radius, Footprint::Box).into_any(),
    },
    Line {
        name: "maximum_filter sphere f32",
        family: "minmax",
        parameter: "radius",
        values: &[1, 2, 3, 4, 5, 7, 10],
        kind: Kind::F32,
        call: |call, radius| ops::maximum_filter(call.f32(), radius, Footprint::Sphere).into_any(),
    },
    Line {
        name: "median_filter box f32",
        family: "median",
        parameter: "radius",
        values: &[1, 2, 3],
        kind: Kind::F32,
        call: |call, radius| ops::median_filter(call.f32(), radius, Footprint::Box).into_any(),
    },
    Line {
        name: "median_filter box u8",
        family: "median",
        parameter: "radius",
        values: &[1, 2, 3],
        kind: Kind::U8,
        call: |call, radius| ops::median_filter(call.u8(), radius, Footprint::Box).into_any(),
    },
];

/// Runs the sweeps of these families (all, if none is named) and returns their points.
///
/// # Errors
/// If the device cannot hold the images; a call that fails is left out.
pub fn run(device: &Device, families: &[String], seconds: f64, limit: Option<f64>) -> Result<Json> {
    let begin = Instant::now();
    let over = || limit.is_some_and(|limit| begin.elapsed().as_secs_f64() > limit);
    let chosen = |family: &str| families.is_empty() || families.iter().any(|name| name == family);
    let budget = Budget { seconds, calls: 3 };
    let gpu = device.description().is_gpu;
    let shapes: &[[usize; 3]] = &[
        [8, 64, 64],
        [16, 128, 128],
        [32, 128, 256],
        [64, 256, 256],
        [128, 256, 512],
        [128, 512, 1024],
        [256, 1024, 1024],
    ];
    let mut points = Vec::new();
    let mut record =
        |name: &str, family: &str, parameter: &str, value: usize, shape: &[usize], timing: Timing, copy: Timing| {
            let ms = timing.best_ms();
            println!("{name:<28} {parameter:<7} {value:>10} {ms:>10.3} ms {:>8.2} × copy", ms / copy.best_ms());
            points.push(json!({
                "name": name, "family": family, "parameter": parameter, "value": value, "shape": shape, "ms": ms,
                "multiple": ms / copy.best_ms(),
            }));
        };
    let lines = LINES.iter().filter(|line| chosen(line.family));
    let mut inputs = Inputs::new(device, if gpu { &[256, 512, 512] } else { &[64, 256, 256] });
    for line in lines {
        inputs.prepare(&[line.kind])?;
        let copy = time_copy(line.kind, &inputs, budget)?;
        for &value in line.values {
            if over() {
                break;
            }
            if let Ok(timing) = time(device, budget, |turn| (line.call)(&inputs.call(turn), value).eval().map(drop)) {
                record(line.name, line.family, line.parameter, value as usize, inputs.shape(), timing, copy);
            }
        }
    }
    for shape in &shapes[..if gpu { shapes.len() } else { 5 }] {
        let mut inputs = Inputs::new(device, shape);
        for case in REPRESENTATIVES.iter().filter_map(|name| Case::find(name)).filter(|case| chosen(case.family)) {
            if over() {
                break;
            }
            inputs.prepare(case.inputs)?;
            let copy = time_copy(case.inputs[0], &inputs, budget)?;
            if let Ok(timing) = time_case(case, &inputs, budget) {
                record(case.name, case.family, "voxels", shape.iter().product(), shape, timing, copy);
            }
        }
    }
    debug_assert!(REPRESENTATIVES.len() == FAMILIES.len());
    Ok(json!(points))
}
