//! Statistics of labels against exact integer arithmetic, on every device of the machine: to the bit, however an image is divided.

use kernwerk::ops::{flip, label_statistics};
use kernwerk::prelude::*;
use kernwerk::{Pixel, TableExpr};
use kernwerk_tests::backends;
use kernwerk_tests::extra::words_of_labels;
use kernwerk_tests::images::Random;
use ndarray::{Array4, Array5};

/// The CPU and all GPUs.
fn devices() -> Vec<Device> {
    let present = backends::gpus().present.into_iter().map(|present| present.device);
    std::iter::once(Device::cpu()).chain(present).collect()
}

fn upload<T: Pixel>(device: &Device, image: &Array4<T>) -> Image<T> {
    let (t, z, y, x) = image.dim();
    let five: Array5<T> = image.clone().into_shape_with_order((t, 1, z, y, x)).unwrap();
    device.upload(five.view()).unwrap()
}

fn column(table: &Table, name: &str) -> Vec<f64> {
    let values = &table.column(name).unwrap().values;
    (0..table.rows()).map(|row| values.get(row).unwrap()).collect()
}

/// All columns, as bits: NaN equals NaN, and -0.0 does not equal 0.0.
fn bits(table: TableExpr) -> Vec<(String, Vec<u64>)> {
    let table = table.eval().unwrap();
    let bits = |name: &str| column(&table, name).into_iter().map(f64::to_bits).collect();
    table.columns().iter().map(|column| (column.name.clone(), bits(&column.name))).collect()
}

/// Mean and standard deviation of integers in units of 2^`unit`.
fn moments(values: &[i128], unit: i32) -> (f64, f64) {
    let count = values.len() as i128;
    let sum: i128 = values.iter().sum();
    let squares: i128 = values.iter().map(|value| value * value).sum();
    let scale = 2.0_f64.powi(unit);
    let deviation = ((count * squares - sum * sum) as f64 * scale * scale).sqrt() / count as f64;
    (sum as f64 * scale / count as f64, deviation)
}

/// Checks a table against what is found voxel by voxel; `integer` gives a voxel in units of 2^`unit`.
#[track_caller]
fn check<T: Pixel>(labels: &Array4<u32>, image: &Array4<T>, unit: i32, integer: impl Fn(T) -> i128, what: &str) {
    let mut present: Vec<u32> = labels.iter().copied().filter(|&label| label != 0).collect();
    present.sort_unstable();
    present.dedup();
    for device in devices() {
        let table = label_statistics(upload(&device, labels), upload(&device, image)).eval().unwrap();
        let found = |name: &str, row: usize| column(&table, name)[row];
        assert_eq!(table.rows(), present.len(), "{device} {what}");
        for (row, &label) in present.iter().enumerate() {
            let places: Vec<[usize; 3]> =
                labels.indexed_iter().filter(|(_, here)| **here == label).map(|((_, z, y, x), _)| [x, y, z]).collect();
            let voxels: Vec<i128> = labels
                .iter()
                .zip(image)
                .filter(|(here, _)| **here == label)
                .map(|(_, &voxel)| integer(voxel))
                .collect();
            let at = format!("{device} {what}, label {label}");
            assert_eq!(found("label", row), f64::from(label), "{at}");
            assert_eq!(found("area", row), places.len() as f64, "{at}");
            for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
                let along = || places.iter().map(|place| place[axis]);
                let centroid = along().sum::<usize>() as f64 / places.len() as f64;
                assert_eq!(found(&format!("centroid_{name}"), row), centroid, "{at}");
                assert_eq!(found(&format!("bbox_min_{name}"), row), along().min().unwrap() as f64, "{at}");
                assert_eq!(found(&format!("bbox_max_{name}"), row), along().max().unwrap() as f64, "{at}");
            }
            let scale = 2.0_f64.powi(unit);
            assert_eq!(found("minimum_intensity", row), *voxels.iter().min().unwrap() as f64 * scale, "{at}");
            assert_eq!(found("maximum_intensity", row), *voxels.iter().max().unwrap() as f64 * scale, "{at}");
            let (mean, deviation) = moments(&voxels, unit);
            assert_eq!(found("mean_intensity", row), mean, "{at}");
            assert_eq!(found("standard_deviation_intensity", row), deviation, "{at}");
        }
    }
}

/// Shapes (t, z, y, x) around the ends of segments.
const SHAPES: [(usize, usize, usize, usize); 8] = [
    (1, 1, 1, 1),
    (1, 1, 1, 200),
    (1, 1, 130, 1),
    (1, 70, 1, 1),
    (1, 2, 9, 63),
    (1, 3, 8, 64),
    (2, 2, 7, 65),
    (3, 1, 66, 5),
];

/// Labels with boxes that overlap: scattered voxels, short and long runs, one label everywhere, nothing.
fn labels(shape: (usize, usize, usize, usize)) -> Vec<Array4<u32>> {
    let mut random = Random::new(5);
    let scattered = Array4::from_shape_fn(shape, |_| random.below(5) as u32);
    let runs = Array4::from_shape_fn(shape, |(t, z, y, x)| [2, 2, 0, 9, 2, 1][(x / 11 + y / 3 + z + t) % 6]);
    let columns = Array4::from_shape_fn(shape, |(_, _, _, x)| x as u32 % 3);
    vec![scattered, runs, columns, Array4::from_elem(shape, 3), Array4::zeros(shape)]
}

#[test]
fn integers_of_every_type() {
    // What f32 rounds is summed as rounded.
    let rounded = |v: f32| v as i128;
    for (turn, shape) in SHAPES.into_iter().enumerate() {
        for (number, labels) in labels(shape).iter().enumerate() {
            let what = format!("{shape:?} {number}");
            let mut random = Random::new(number as u64);
            let mut image = |bits: u32| Array4::from_shape_fn(shape, |_| random.below(1 << bits) as i64);
            // An OpenCL device may compile anew for each shape and type.
            match turn % 4 {
                0 => check(labels, &image(8).mapv(|v| v as u8), 0, i128::from, &format!("u8 {what}")),
                1 => check(labels, &image(16).mapv(|v| v as u16), 0, i128::from, &format!("u16 {what}")),
                2 => check(labels, &image(32).mapv(|v| v as u32), 0, |v| rounded(v as f32), &format!("u32 {what}")),
                _ => check(
                    labels,
                    &image(20).mapv(|v| v as f32 / 4.0),
                    -2,
                    |v| (v * 4.0) as i128,
                    &format!("f32 {what}"),
                ),
            }
            match turn / 4 {
                0 => check(labels, &image(16).mapv(|v| v as u16 as i16), 0, i128::from, &format!("i16 {what}")),
                _ => check(
                    labels,
                    &image(32).mapv(|v| v as u32 as i32),
                    0,
                    |v| rounded(v as f32),
                    &format!("i32 {what}"),
                ),
            }
        }
    }
}

#[test]
fn numbers_across_bins() {
    for shape in [SHAPES[1], SHAPES[6]] {
        for (number, labels) in labels(shape).iter().enumerate() {
            // Up to 46 binary orders apart.
            let mut random = Random::new(number as u64);
            let wide = Array4::from_shape_fn(shape, |_| {
                let sign = if random.below(2) == 0 { -1.0 } else { 1.0 };
                sign * (random.below(1 << 10) as f32) * 2.0_f32.powi(random.below(36) as i32 - 20)
            });
            let integer = |v: f32| (f64::from(v) * 2.0_f64.powi(20)) as i128;
            check(labels, &wide, -20, integer, &format!("{shape:?} {number}"));
        }
    }
}

#[test]
fn extremes_of_types() {
    let labels = Array4::from_elem((1, 2, 9, 70), 1);
    let checker = |low: f32, high: f32| {
        Array4::from_shape_fn(labels.raw_dim(), |(_, z, y, x)| if (x + y + z) % 2 == 0 { low } else { high })
    };
    check(&labels, &checker(0.0, 255.0).mapv(|v| v as u8), 0, i128::from, "u8");
    check(&labels, &checker(-128.0, 127.0).mapv(|v| v as i8), 0, i128::from, "i8");
    check(&labels, &checker(0.0, 65535.0).mapv(|v| v as u16), 0, i128::from, "u16");
    check(&labels, &checker(-32768.0, 32767.0).mapv(|v| v as i16), 0, i128::from, "i16");
    check(&labels, &checker(0.0, 4.3e9).mapv(|v| v as u32), 0, |v| v as f32 as i128, "u32");
    check(&labels, &checker(-2.2e9, 2.2e9).mapv(|v| v as i32), 0, |v| v as f32 as i128, "i32");
    for (low, high) in [(f32::MIN, f32::MAX), (f32::MAX, f32::MAX), (f32::MIN, f32::MIN), (0.0, f32::MAX)] {
        let table = label_statistics(upload(&Device::cpu(), &labels), upload(&Device::cpu(), &checker(low, high)));
        let table = table.eval().unwrap();
        let (low, high) = (f64::from(low), f64::from(high));
        assert_eq!(column(&table, "mean_intensity"), [low / 2.0 + high / 2.0]);
        assert_eq!(column(&table, "standard_deviation_intensity"), [(high - low) / 2.0]);
    }
}

/// The statistics of labels that each hold the given intensities, along x and along y, on all devices.
fn of_lists(lists: &[&[f32]]) -> Vec<Table> {
    let count: usize = lists.iter().map(|list| list.len()).sum();
    let numbered = || lists.iter().zip(1u32..).flat_map(|(list, label)| list.iter().map(move |&v| (label, v)));
    let (labels, values): (Vec<u32>, Vec<f32>) = numbered().unzip();
    let shaped = |shape, device: &Device| {
        let labels = Array4::from_shape_vec(shape, labels.clone()).unwrap();
        let values = Array4::from_shape_vec(shape, values.clone()).unwrap();
        label_statistics(upload(device, &labels), upload(device, &values)).eval().unwrap()
    };
    let shapes = [(1, 1, 1, count), (1, 1, count, 1), (1, count, 1, 1)];
    devices().iter().flat_map(|device| shapes.map(|shape| shaped(shape, device))).collect()
}

#[test]
fn each_label_has_its_own_precision() {
    let tiny = f32::from_bits(1);
    let tables = of_lists(&[
        &[tiny, f32::from_bits(3), f32::from_bits(5)],
        &[1e38, 3e38, 2e38],
        &[-3e38, tiny, 3e38],
        &[1e30, 1.0, -1e30, 2.0, 0.0],
        &[16_777_215.0, 16_777_213.0],
        &[0.0, -0.0],
        &[-tiny, f32::MIN_POSITIVE],
    ]);
    let unit = 2.0_f64.powi(-149);
    for table in tables {
        let [mean, deviation] = ["mean_intensity", "standard_deviation_intensity"].map(|name| column(&table, name));
        assert_eq!(mean[0], 3.0 * unit);
        assert_eq!(deviation[0], 24.0_f64.sqrt() / 3.0 * unit);
        assert_eq!(mean[1], (f64::from(1e38_f32) + f64::from(3e38_f32) + f64::from(2e38_f32)) / 3.0);
        // Nothing is lost beside what cancels.
        assert_eq!(mean[2], unit / 3.0);
        assert!((deviation[2] / (f64::from(3e38_f32) * (2.0_f64 / 3.0).sqrt()) - 1.0).abs() < 1e-15);
        assert_eq!(mean[3], 0.6);
        assert_eq!((mean[4], deviation[4]), (16_777_214.0, 1.0));
        assert_eq!((mean[5].to_bits(), deviation[5].to_bits()), (0, 0));
        assert_eq!(mean[6], (f64::from(f32::MIN_POSITIVE) - unit) / 2.0);
        let [low, high] = ["minimum_intensity", "maximum_intensity"].map(|name| column(&table, name));
        assert_eq!((low[5].to_bits(), high[5].to_bits()), ((-0.0_f64).to_bits(), 0.0_f64.to_bits()));
        assert_eq!((low[6], high[6]), (-unit, f64::from(f32::MIN_POSITIVE)));
    }
}

#[test]
fn numbers_that_are_not_finite_stay_in_their_label() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    let tables = of_lists(&[
        &[1.0, nan, 3.0],
        &[1.0, 3.0],
        &[nan, -nan],
        &[1.0, inf],
        &[-inf, 5.0, 6.0],
        &[-inf, inf],
        &[inf, inf],
        &[nan, inf, -inf],
    ]);
    let same = |found: Vec<f64>, expected: [f64; 8]| {
        assert!(
            found.iter().zip(&expected).all(|(a, b)| a == b || (a.is_nan() && b.is_nan())) && found.len() == 8,
            "{found:?} is not {expected:?}"
        );
    };
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for table in tables {
        same(column(&table, "minimum_intensity"), [1.0, 1.0, nan, 1.0, -inf, -inf, inf, -inf]);
        same(column(&table, "maximum_intensity"), [nan, 3.0, nan, inf, 6.0, inf, inf, nan]);
        same(column(&table, "mean_intensity"), [nan, 2.0, nan, inf, -inf, nan, inf, nan]);
        same(column(&table, "standard_deviation_intensity"), [nan, 1.0, nan, nan, nan, nan, nan, nan]);
        assert_eq!(column(&table, "area"), [3.0, 2.0, 2.0, 2.0, 3.0, 2.0, 2.0, 3.0]);
    }
}

#[test]
fn statistics_of_labels_in_pieces() {
    // Labels in several runs of a row, in several images of the batch, and one that is not there.
    let labels =
        Array4::from_shape_fn((2, 3, 4, 70), |(t, z, y, x)| [1, 0, 3, 3, 4, 1][(x / 3 + y + z + t) % 6] as u32);
    check(&labels, &labels.mapv(|label| label as u16 * 10), 0, i128::from, "pieces");
}

#[test]
fn large_label_numbers() {
    let labels = labels((1, 2, 9, 63))[1].clone();
    let mut random = Random::new(3);
    let image = Array4::from_shape_fn(labels.raw_dim(), |_| random.below(1000) as f32);
    for largest in [70_000, 1 << 24, 1 << 26] {
        let labels = labels.mapv(|label| if label == 0 { 0 } else { largest - 9 + label });
        check(&labels, &image, 0, |v| v as i128, "large numbers");
    }
    // Label images of other types are converted.
    for device in devices() {
        let image = upload(&device, &image);
        let expected = bits(label_statistics(upload(&device, &labels), &image));
        assert_eq!(bits(label_statistics(upload(&device, &labels.mapv(|label| label as u8)), &image)), expected);
        assert_eq!(bits(label_statistics(upload(&device, &labels.mapv(|label| label as u16)), &image)), expected);
        assert_eq!(bits(label_statistics(upload(&device, &labels.mapv(|label| label as i32)), &image)), expected);
    }
}

/// f32 of every kind: random bits, and numbers near 1.
fn any_numbers(shape: (usize, usize, usize, usize)) -> Array4<f32> {
    let mut random = Random::new(21);
    Array4::from_shape_fn(shape, |(_, _, _, x)| {
        let bits = (random.below(1 << 16) as u32) << 16 | random.below(1 << 16) as u32;
        let value = f32::from_bits(bits);
        if x % 3 == 0 || !value.is_finite() { (bits & 0xffff) as f32 / 65536.0 - 0.25 } else { value }
    })
}

#[test]
fn order_and_direction_do_not_matter() {
    for shape in SHAPES {
        let numbers = any_numbers(shape);
        for labels in labels(shape) {
            for device in devices() {
                let (labels, numbers) = (upload(&device, &labels), upload(&device, &numbers));
                let plain = label_statistics(&labels, &numbers).eval().unwrap();
                let flipped = label_statistics(flip(&labels, true, true, true), flip(&numbers, true, true, true));
                let flipped = flipped.eval().unwrap();
                for name in [
                    "label",
                    "area",
                    "minimum_intensity",
                    "maximum_intensity",
                    "mean_intensity",
                    "standard_deviation_intensity",
                ] {
                    let [a, b] = [&plain, &flipped]
                        .map(|table| column(table, name).into_iter().map(f64::to_bits).collect::<Vec<_>>());
                    assert_eq!(a, b, "{device} {shape:?} {name}");
                }
                let extents = [shape.3, shape.2, shape.1];
                for (name, extent) in ["centroid_x", "centroid_y", "centroid_z"].into_iter().zip(extents) {
                    for (a, b) in column(&plain, name).into_iter().zip(column(&flipped, name)) {
                        assert!((a + b - (extent - 1) as f64).abs() < 1e-12 * extent as f64, "{device} {name} {a} {b}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_division_gives_the_same_words() {
    for shape in SHAPES {
        let numbers = any_numbers(shape);
        let integers = numbers.mapv(|v| (v.to_bits() >> 7) as i16);
        for labels in labels(shape) {
            let mut expected = None;
            for device in devices() {
                let label_image = upload(&device, &labels);
                let of = |image: AnyImage| {
                    let table = words_of_labels(&label_image, &image).eval().unwrap();
                    let words = |name: &str| table.integers(name).unwrap().to_vec();
                    let all: Vec<Vec<i64>> = table.columns().iter().map(|column| words(&column.name)).collect();
                    for (column, words) in table.columns().iter().zip(&all) {
                        assert_eq!(*words, all[0], "{device} {shape:?} {}", column.name);
                    }
                    all[0].clone()
                };
                let found = [of(upload(&device, &numbers).into_any()), of(upload(&device, &integers).into_any())];
                assert_eq!(*expected.get_or_insert(found.clone()), found, "{device} {shape:?}");
            }
        }
    }
}

#[test]
fn a_large_image_is_added_up_in_slots() {
    let shape = (1, 8, 80, 130);
    let labels = Array4::from_shape_fn(shape, |(_, z, y, x)| (x / 40 + y / 30 + z / 5) as u32 % 3);
    let image = Array4::from_shape_fn(shape, |(_, z, y, x)| (x * 31 + y * 17 + z * 5) as u16);
    check(&labels, &image, 0, i128::from, "slots");
    check(&labels, &image.mapv(|v| f32::from(v) / 64.0), -6, |v| (v * 64.0) as i128, "slots of f32");
}

/// Numbers that are issued together and fetched later, in another order, with work of others in between; one is given up.
#[test]
fn numbers_stay_on_the_device_until_they_are_asked_for() {
    for device in devices() {
        let mut random = Random::new(11);
        let frames: Vec<Image<f32>> = (0..5)
            .map(|_| {
                let frame = Array4::from_shape_fn((2, 3, 40, 50), |_| random.below(1000) as f32 / 8.0);
                upload(&device, &frame)
            })
            .collect();
        let sum = |frame: &Image<f32>| sum_of_all_pixels(frame * 2.0);
        let expected: Vec<f64> = frames.iter().map(|frame| sum(frame).eval().unwrap()).collect();
        let mut sums: Vec<Pending<f64>> = frames.iter().map(|frame| sum(frame).start().unwrap()).collect();
        drop(sums.remove(1));
        let tables: Vec<Pending<Table>> =
            frames.iter().map(|frame| mean_and_standard_deviation_of_all_pixels(frame).start().unwrap()).collect();
        let others: Vec<f64> = frames.iter().map(|frame| maximum_of_all_pixels(frame).eval().unwrap()).collect();
        assert!(others.iter().all(|&largest| largest <= 125.0), "{device}");
        let found: Vec<f64> = sums.into_iter().rev().map(|sum| sum.wait().unwrap()).collect();
        assert_eq!(found, [expected[4], expected[3], expected[2], expected[0]], "{device}");
        for (table, frame) in tables.into_iter().zip(&frames) {
            let table = table.wait().unwrap();
            assert_eq!(column(&table, "mean")[0], mean_of_all_pixels(frame).eval().unwrap(), "{device}");
            let deviation = variance_of_all_pixels(frame).eval().unwrap().sqrt();
            assert!((column(&table, "standard_deviation")[0] - deviation).abs() < 1e-9 * deviation, "{device}");
        }
        // What is wrong with a call is known when it is issued.
        let error = sum_of_all_pixels(gaussian_blur(&frames[0], f32::NAN)).start().unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }), "{error}");
        // Images are there as soon as they are issued.
        let outcome = (&frames[0] + 1.0).into_any().start().unwrap().wait().unwrap();
        assert!(matches!(outcome, kernwerk::Outcome::Image(_)), "{device}");
    }
}
