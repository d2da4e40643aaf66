//! Minima and maxima within spheres: the same as on the CPU for sizes around those of a group and of a march, on all boundaries.

use kernwerk::prelude::*;
use kernwerk::{Value, apply};
use kernwerk_kernels::catalogue;
use kernwerk_runtime::{AnyExpr, HostImage, Result};
use kernwerk_tests::backends::{self, Present};
use kernwerk_tests::compare::{Downloaded, difference};
use kernwerk_tests::images::{self, Random, Values};
use kernwerk_tests::sample::BOUNDARIES;

fn compute(device: &Device, name: &str, input: &HostImage, boundary: Boundary, radius: [u32; 3]) -> Result<Downloaded> {
    let op = catalogue().iter().find(|op| op.name == name).expect("the operation is there");
    let [x, y, z] = radius;
    let values = vec![Some(Value::PerAxisU32(PerAxis { x, y, z }))];
    Downloaded::of(&apply(op, vec![AnyExpr::image(device.upload_host(input)?)], values).boundary(boundary).eval()?)
}

fn check(
    present: &[Present],
    name: &str,
    dtype: DType,
    boundary: Boundary,
    radius: [u32; 3],
    axes: &str,
    shapes: &[&[usize]],
) {
    let cpu = Device::cpu();
    let mut random = Random::named(name, u64::from(radius[0]));
    for &shape in shapes {
        for kind in [Values::Random, Values::Special, Values::Sparse] {
            let input = images::image(dtype, axes, shape, kind, &mut random);
            let expected = compute(&cpu, name, &input, boundary, radius).expect("the CPU computes it");
            for present in present {
                let found = compute(&present.device, name, &input, boundary, radius).expect("the device computes it");
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

/// A group computes 64 columns in 8 or 16 rows (or a few times as many), and marches through 8 planes or more.
const LAYERED: [&[usize]; 8] =
    [&[1, 1, 1], &[1, 7, 40], &[40, 1, 65], &[9, 8, 64], &[2, 17, 66], &[17, 33, 130], &[5, 3, 257], &[3, 16, 4]];

/// Radii (x, y, z).
#[test]
fn sizes_around_a_group() {
    let found = backends::gpus();
    let one = |name, dtype, boundary: usize, radius| {
        check(&found.present, name, dtype, BOUNDARIES[boundary], radius, "zyx", &LAYERED);
    };
    one("maximum_sphere", DType::F32, 0, [3, 3, 3]);
    one("minimum_sphere", DType::F32, 4, [3, 3, 3]);
    one("minimum_sphere", DType::U8, 1, [1, 2, 3]);
    one("maximum_sphere", DType::I16, 2, [2, 0, 1]);
    one("minimum_sphere", DType::U16, 3, [0, 2, 1]);
    one("maximum_sphere", DType::U8, 4, [3, 1, 0]);
    one("maximum_sphere", DType::I32, 3, [0, 0, 2]);
    one("minimum_sphere", DType::I8, 4, [2, 2, 2]);
    one("maximum_sphere", DType::U32, 1, [0, 1, 0]);
}

#[test]
fn batches() {
    let found = backends::gpus();
    let shapes: [&[usize]; 2] = [&[2, 3, 5, 9, 70], &[3, 1, 1, 18, 33]];
    check(&found.present, "maximum_sphere", DType::F32, BOUNDARIES[2], [1, 1, 1], "tczyx", &shapes);
}

/// Larger ones, of which not all planes hold all columns.
#[test]
fn large_windows() {
    let found = backends::gpus();
    let shapes: [&[usize]; 2] = [&[7, 20, 70], &[12, 5, 9]];
    check(&found.present, "maximum_sphere", DType::F32, BOUNDARIES[0], [5, 4, 3], "zyx", &shapes);
    check(&found.present, "minimum_sphere", DType::U16, BOUNDARIES[4], [7, 7, 7], "zyx", &shapes);
    check(&found.present, "maximum_sphere", DType::U8, BOUNDARIES[1], [8, 2, 4], "zyx", &shapes);
}
