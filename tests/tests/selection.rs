//! Medians, percentiles and modes by networks: the same as on the CPU for sizes around those of a group, and right by the 0-1 principle.

use kernwerk::prelude::*;
use kernwerk::{Value, apply};
use kernwerk_kernels::catalogue;
use kernwerk_runtime::{AnyExpr, HostImage, Result};
use kernwerk_tests::backends::{self, Present};
use kernwerk_tests::compare::{Downloaded, difference};
use kernwerk_tests::images::{self, Random, Values};
use kernwerk_tests::sample::BOUNDARIES;

const NAMES: [&str; 3] = ["median_box", "percentile_box", "mode_box"];

fn compute(device: &Device, name: &str, input: &HostImage, boundary: Boundary, values: &[Value]) -> Result<Downloaded> {
    let op = catalogue().iter().find(|op| op.name == name).expect("the operation is there");
    let values = values.iter().take(op.params.len()).cloned().map(Some).collect();
    Downloaded::of(&apply(op, vec![AnyExpr::image(device.upload_host(input)?)], values).boundary(boundary).eval()?)
}

fn check(
    present: &[Present],
    name: &str,
    dtype: DType,
    boundary: Boundary,
    radius: [u32; 3],
    percentile: f32,
    shapes: &[[usize; 3]],
) {
    let cpu = Device::cpu();
    let mut random = Random::named(name, u64::from(radius[0]));
    let [x, y, z] = radius;
    let values = [Value::PerAxisU32(PerAxis { x, y, z }), Value::F32(percentile)];
    for shape in shapes {
        for kind in [Values::Random, Values::Special, Values::Sparse] {
            let input = images::image(dtype, "zyx", shape, kind, &mut random);
            let expected = compute(&cpu, name, &input, boundary, &values).expect("the CPU computes it");
            for present in present {
                let found = compute(&present.device, name, &input, boundary, &values).expect("the device computes it");
                let problem = difference(&expected, &found, 0);
                assert_eq!(
                    problem, None,
                    "{} {name} {dtype} {radius:?} {shape:?} {boundary:?} {kind:?}",
                    present.label
                );
            }
        }
    }
}

/// A group is 32 × 8 × 16 results, or twice as many where two keys are compared at once; what is flat is 128 wide.
#[test]
fn sizes_around_a_group() {
    let found = backends::gpus();
    let layered = [[1, 1, 1], [1, 7, 40], [17, 9, 33], [18, 1, 31], [33, 8, 2], [40, 17, 65]];
    let flat = [[1, 1, 130], [1, 3, 1], [1, 37, 257], [3, 18, 129]];
    for (number, (name, dtype)) in
        NAMES.into_iter().flat_map(|name| [DType::U8, DType::F32].map(|dtype| (name, dtype))).enumerate()
    {
        check(&found.present, name, dtype, BOUNDARIES[number % 5], [1, 1, 1], 30.0, &layered);
    }
    check(&found.present, "median_box", DType::I16, BOUNDARIES[1], [1, 1, 0], 0.0, &flat);
    check(&found.present, "median_box", DType::U16, BOUNDARIES[3], [2, 2, 0], 0.0, &flat);
    check(&found.present, "percentile_box", DType::I8, BOUNDARIES[2], [0, 2, 0], 75.0, &flat);
    check(&found.present, "mode_box", DType::U16, BOUNDARIES[4], [1, 0, 1], 0.0, &flat);
    check(&found.present, "median_box", DType::I32, BOUNDARIES[0], [1, 2, 1], 0.0, &layered[..3]);
    check(&found.present, "percentile_box", DType::U32, BOUNDARIES[1], [0, 1, 2], 100.0, &layered[1..4]);
}

#[test]
fn windows_of_125_voxels() {
    let found = backends::gpus();
    check(&found.present, "median_box", DType::U8, BOUNDARIES[1], [2, 2, 2], 0.0, &[[3, 9, 33], [35, 17, 34]]);
}

/// A network of comparators that is right for all keys of 0 and 1 is right for all keys. A plane of 3×3 has 512 patterns.
#[test]
fn all_patterns_of_a_flat_window() {
    let found = backends::gpus();
    let pattern = |y: usize, x: usize| u8::from(((x / 3) >> (3 * y + x % 3)) & 1 == 1);
    let image = ndarray::Array2::from_shape_fn((3, 3 * 512), |(y, x)| pattern(y, x));
    for present in &found.present {
        let input: Image<u8> = present.device.upload(image.view()).expect("it has room");
        let ranks = [0.0f32, 30.0, 50.0, 80.0, 100.0];
        for percentile in ranks {
            let rank = ((9.0 * percentile / 100.0) as u32).min(8);
            let result: ndarray::Array2<u8> =
                kernwerk::ops::percentile_box(&input, 1, percentile).download().expect("it is computed");
            for number in 0..512u32 {
                let expected = u8::from(9 - number.count_ones() <= rank);
                assert_eq!(
                    result[[1, 3 * number as usize + 1]],
                    expected,
                    "{}: {number:09b} at {percentile}",
                    present.label
                );
            }
        }
    }
}

/// Keys of 0 and 1 in three dimensions, against counting; ones are about as frequent as zeros, so that all counts near the rank occur.
#[test]
fn zeros_and_ones() {
    let found = backends::gpus();
    let (depth, height, width) = (20, 41, 70);
    let mut random = Random::named("zeros and ones", 0);
    let image = ndarray::Array3::from_shape_simple_fn((depth, height, width), || (random.bits() & 1) as u8);
    for radius in [1usize, 2] {
        let inside = |at: usize, d: usize, extent: usize| (at + d).saturating_sub(radius).min(extent - 1);
        let expected = ndarray::Array3::from_shape_fn(image.dim(), |(z, y, x)| {
            let side = 2 * radius + 1;
            let ones: usize = (0..side.pow(3))
                .map(|i| {
                    [inside(z, i / side / side, depth), inside(y, i / side % side, height), inside(x, i % side, width)]
                })
                .map(|at| usize::from(image[at]))
                .sum();
            u8::from(ones > side.pow(3) / 2)
        });
        for present in &found.present {
            let input: Image<u8> = present.device.upload(image.view()).expect("it has room");
            let result: ndarray::Array3<u8> =
                kernwerk::ops::median_box(&input, radius as u32).download().expect("it is computed");
            assert_eq!(result, expected, "{} radius {radius}", present.label);
        }
    }
}
