//! Neighborhoods of small reach: the same as on the CPU for all small extents, around the sizes of a group, a vector and a run, on all
//! boundaries and of all types. Processors do not take that kernel by themselves: `KERNWERK_TUNING=stencil=2,stencil_rows=2,stencil_voxels=300`.

use kernwerk::prelude::*;
use kernwerk::{Value, apply};
use kernwerk_kernels::catalogue;
use kernwerk_runtime::{AnyExpr, HostImage, OpInfo, Result};
use kernwerk_tests::backends;
use kernwerk_tests::compare::{Downloaded, difference};
use kernwerk_tests::images::{self, Random, Values};
use kernwerk_tests::sample::BOUNDARIES;

/// Reads further on one side than on the other, at places that depend on where it is, and says how large the image is.
#[gpu_op(neighborhood)]
pub fn lopsided(w: Window<f32>, #[param(default = 0.5)] share: f32) -> (f32, bool) {
    let mut total = 0.0;
    for dy in -2i32..=1 {
        for dx in 0i32..=2 {
            total += w.at(dx, dy, 0) * (dx + 2) as f32;
        }
    }
    let here = (w.x() + 2 * w.y() + 3 * w.z()) as f32;
    let last = if w.extent_z() == 1 { w.at(0, 0, 1) } else { w.at(0, -1, 2) };
    let darker = if w.contains(1, 0, -1) { w.at(-1, 0, 0) < w.center() } else { w.at(0, 1, -2) < last };
    (total * share + here - last, darker)
}

/// All extents up to 9 along each axis, and those around four voxels, groups of 32 columns and runs.
fn shapes() -> Vec<[usize; 3]> {
    let mut shapes: Vec<[usize; 3]> =
        (1..=9).flat_map(|i| [[i, 10 - i, i], [i * 4 % 9 + 1, i, 4 * i], [1, i, 11 - i]]).collect();
    shapes.extend([[9, 17, 33], [5, 33, 64], [17, 3, 36], [1, 40, 33], [1, 19, 64], [2, 1, 31], [35, 2, 1]]);
    shapes
}

fn compute(
    device: &Device,
    op: &'static OpInfo,
    input: &HostImage,
    boundary: Boundary,
    values: &[Value],
) -> Result<Downloaded> {
    let values = values.iter().cloned().map(Some).collect();
    Downloaded::of(&apply(op, vec![AnyExpr::image(device.upload_host(input)?)], values).boundary(boundary).eval()?)
}

/// Every boundary with one type each, on all shapes; of those with an axis of extent 1, whose programs are others, each boundary takes some.
fn check(op: &'static OpInfo, types: &[DType], values: &[Value]) {
    let shapes = shapes();
    check_shapes(op, types, "zyx", &shapes.iter().map(|shape| &shape[..]).collect::<Vec<_>>(), values);
}

fn check_shapes(op: &'static OpInfo, types: &[DType], axes: &str, shapes: &[&[usize]], values: &[Value]) {
    let found = backends::gpus();
    backends::report_absent(&found.absent);
    let cpu = Device::cpu();
    let mut random = Random::named(op.name, 1);
    for (turn, &boundary) in BOUNDARIES.iter().enumerate() {
        let dtype = types[turn % types.len()];
        let flat = |shape: &&[usize]| shape[shape.len() - 3..].contains(&1);
        let taken = |(number, shape): (usize, &&[usize])| {
            !flat(shape) || shapes.len() <= BOUNDARIES.len() || number % BOUNDARIES.len() == turn
        };
        for (_, &shape) in shapes.iter().enumerate().filter(|&one| taken(one)) {
            for kind in [Values::Random, Values::Special] {
                let input = images::image(dtype, axes, shape, kind, &mut random);
                let expected = compute(&cpu, op, &input, boundary, values).expect("the CPU computes it");
                for present in &found.present {
                    let found = compute(&present.device, op, &input, boundary, values).expect("the device computes it");
                    let problem = difference(&expected, &found, 0);
                    assert_eq!(problem, None, "{} {} {dtype} {shape:?} {boundary:?} {kind:?}", present.label, op.name);
                }
            }
        }
    }
}

fn named(name: &str) -> &'static OpInfo {
    catalogue().iter().find(|op| op.name == name).expect("the operation is there")
}

fn radius(x: u32, y: u32, z: u32) -> [Value; 1] {
    [Value::PerAxisU32(PerAxis { x, y, z })]
}

#[test]
fn constant_offsets() {
    check(named("sobel"), &[DType::F32, DType::U8, DType::I16, DType::F32, DType::U16], &[]);
    check(named("gradient"), &[DType::I8, DType::F32, DType::U32], &[]);
    check(named("gradient_x"), &[DType::F32], &[]);
}

#[test]
fn small_windows() {
    check(named("laplace_diamond"), &[DType::F32, DType::I32], &[]);
    check(named("laplace_box"), &[DType::U16, DType::F32], &[]);
    check(named("variance_box"), &[DType::F32], &radius(2, 1, 1));
}

#[test]
fn windows_that_are_asked_what_is_inside() {
    check(named("detect_maxima_box"), &[DType::F32, DType::U8, DType::I16, DType::U32, DType::I8], &radius(1, 1, 1));
    check(named("detect_maxima_sphere"), &[DType::U16, DType::F32, DType::I32], &radius(1, 2, 1));
}

#[test]
fn unequal_sides_places_and_several_results() {
    check(&lopsided::INFO, &[DType::F32, DType::U8, DType::I16, DType::U32, DType::I8], &[Value::F32(0.5)]);
}

#[test]
fn batches() {
    let shapes: [&[usize]; 3] = [&[2, 3, 5, 9, 36], &[3, 1, 1, 18, 33], &[1, 2, 3, 1, 8]];
    check_shapes(named("sobel"), &[DType::F32], "tczyx", &shapes, &[]);
    check_shapes(named("detect_maxima_box"), &[DType::U8], "tczyx", &shapes, &radius(1, 1, 1));
}
