//! What only the types of 64 bits can hold is kept by everything that computes in the image's own type, on every device; f16 stays f16.

use kernwerk::prelude::*;
use kernwerk::{AnyExpr, HostData, Outcome, Value, apply};
use kernwerk_tests::backends;

/// A row of values in an image of two planes, so that windows along x see neighbours.
fn image(device: &Device, data: HostData) -> AnyImage {
    let shape = [2, 3, data.len() / 6];
    device.upload_host(&HostImage::new(Axes::new("zyx").unwrap(), &shape, data).unwrap()).unwrap()
}

fn run(name: &str, image: &AnyImage, values: &[(&str, Value)]) -> Outcome {
    let op = kernwerk::ops::find(name).unwrap_or_else(|_| panic!("{name}"));
    let inputs = op.inputs.iter().map(|_| AnyExpr::image(image.clone())).collect();
    let expr = values.iter().fold(apply(op, inputs, vec![]), |expr, (name, value)| expr.with(name, value.clone()));
    expr.eval().unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn data(name: &str, image: &AnyImage, values: &[(&str, Value)]) -> HostData {
    match run(name, image, values) {
        Outcome::Image(image) => image.download_data().unwrap(),
        _ => panic!("{name} gives no image"),
    }
}

fn devices() -> Vec<(String, Device)> {
    let found = backends::gpus().present.into_iter().map(|present| (present.label, present.device));
    [("cpu".to_owned(), Device::cpu())].into_iter().chain(found).collect()
}

/// Every value is beyond what an f64 tells from its neighbours, so that one detour through a float would change it.
#[test]
fn integers_above_2_to_the_53_are_kept() {
    let first = (1_u64 << 53) + 1;
    let values: Vec<u64> = (0..24).map(|i| first + 2 * (i * 7 % 24)).collect();
    let signed: Vec<i64> = values.iter().map(|&value| -(value as i64)).collect();
    let radius = || [("radius", Value::from("[0, 0, 3]"))];
    for (label, device) in devices() {
        let (unsigned, negative) =
            (image(&device, HostData::U64(values.clone())), image(&device, HostData::I64(signed.clone())));
        let rows = |f: fn(&[u64]) -> u64| -> Vec<u64> { values.chunks(4).flat_map(|row| [f(row); 4]).collect() };
        let largest = rows(|row| row.iter().copied().max().unwrap());
        assert_eq!(data("maximum_box", &unsigned, &radius()), HostData::U64(largest.clone()), "{label}");
        let smallest: Vec<i64> = largest.iter().map(|&value| -(value as i64)).collect();
        assert_eq!(data("minimum_box", &negative, &radius()), HostData::I64(smallest), "{label}");
        for name in ["copy", "median_box", "maximum_images", "maximum_sphere"] {
            let values_of = if name.ends_with("_box") || name.ends_with("_sphere") {
                vec![("radius", Value::from(0))]
            } else {
                vec![]
            };
            assert_eq!(data(name, &unsigned, &values_of), HostData::U64(values.clone()), "{label} {name}");
            assert_eq!(data(name, &negative, &values_of), HostData::I64(signed.clone()), "{label} {name}");
        }
        let projected: Vec<u64> = (0..12).map(|i| values[i].max(values[i + 12])).collect();
        assert_eq!(data("maximum_z_projection", &unsigned, &[]), HostData::U64(projected), "{label}");
        let along_x: Vec<u64> = values.chunks(4).map(|row| row.iter().copied().max().unwrap()).collect();
        assert_eq!(data("maximum_x_projection", &unsigned, &[]), HostData::U64(along_x), "{label}");
        // A parameter of the image's own type is as exact as the image.
        let asked = values[5];
        let mask: Vec<u8> = values.iter().map(|&value| u8::from(value == asked)).collect();
        assert_eq!(
            data("equal_constant", &unsigned, &[("constant", asked.into())]),
            HostData::U8(mask.clone()),
            "{label}"
        );
        let text = Value::from(asked.to_string());
        assert_eq!(data("equal_constant", &unsigned, &[("constant", text)]), HostData::U8(mask), "{label}");
    }
}

#[test]
fn numbers_that_f32_cannot_hold_are_kept() {
    let values: Vec<f64> = (0..24).map(|i| 1.0 + f64::from(i * 7 % 24) * f64::EPSILON).collect();
    for (label, device) in devices() {
        let image = image(&device, HostData::F64(values.clone()));
        let middle: Vec<f64> = values
            .chunks(4)
            .flat_map(|row| {
                // Beyond the ends lie the ends again.
                let at = |x: i32| row[x.clamp(0, 3) as usize];
                (0..4).map(move |x| {
                    let mut window = [at(x - 1), at(x), at(x + 1)];
                    window.sort_by(f64::total_cmp);
                    window[1]
                })
            })
            .collect();
        assert_eq!(data("median_box", &image, &[("radius", "[0, 0, 1]".into())]), HostData::F64(middle), "{label}");
        let flipped: Vec<f64> = values.chunks(4).flat_map(|row| row.iter().rev().copied()).collect();
        assert_eq!(
            data("flip", &image, &[("flip_x", true.into()), ("flip_y", false.into()), ("flip_z", false.into())]),
            HostData::F64(flipped),
            "{label}"
        );
        let Outcome::Scalar(largest) = run("maximum_of_all_pixels", &image, &[]) else { panic!("a number") };
        assert_eq!(largest, 1.0 + 23.0 * f64::EPSILON, "{label}");
        let Outcome::Scalar(mean) = run("mean_of_all_pixels", &image, &[]) else { panic!("a number") };
        assert_eq!(mean, 1.0, "{label}: computed in f32");
    }
}

/// Selected values of f16 are values of the image; what is computed is f32.
#[test]
fn halves_stay_halves() {
    let values: Vec<half::f16> = (0..24_u16).map(|i| half::f16::from_bits(0x2e66 + i * 7 % 24)).collect();
    for (label, device) in devices() {
        let image = image(&device, HostData::F16(values.clone()));
        let largest: Vec<half::f16> =
            values.chunks(4).flat_map(|row| [row.iter().copied().reduce(half::f16::max).unwrap(); 4]).collect();
        assert_eq!(data("maximum_box", &image, &[("radius", "[0, 0, 3]".into())]), HostData::F16(largest), "{label}");
        let doubled: Vec<f32> = values.iter().map(|value| value.to_f32() + value.to_f32()).collect();
        assert_eq!(data("add_images", &image, &[]), HostData::F32(doubled), "{label}");
    }
}

#[test]
fn a_parameter_has_to_fit_types_of_64_bits_too() {
    let device = Device::cpu();
    let op = kernwerk::ops::find("equal_constant").unwrap();
    let unsigned = image(&device, HostData::U64(vec![0; 6]));
    for (value, fits) in
        [("18446744073709551615", true), ("18446744073709551616", false), ("-1", false), ("0.5", false)]
    {
        let expr = apply(op, vec![AnyExpr::image(unsigned.clone())], vec![]).with("constant", value);
        let outcome = expr.eval();
        assert_eq!(outcome.is_ok(), fits, "{value}");
        if let Err(error) = outcome {
            assert!(error.to_string().contains("give a whole number between 0 and 18446744073709551615"), "{error}");
        }
    }
}

/// Bits are combined as words of 32: all 64 count, and the result is an image of 64 bits again.
#[test]
fn bits_of_64_bit_integers() {
    let values: Vec<u64> = (0..24).map(|i| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(i + 1)).collect();
    let signed: Vec<i64> = values.iter().map(|&value| value as i64).collect();
    for (label, device) in devices() {
        let unsigned = image(&device, HostData::U64(values.clone()));
        let flipped: Vec<u64> = values.iter().map(|value| !value).collect();
        assert_eq!(data("bitwise_not", &unsigned, &[]), HostData::U64(flipped.clone()), "{label}");
        assert_eq!(data("invert", &unsigned, &[]), HostData::U64(flipped.clone()), "{label}");
        let negative: Vec<i64> = signed.iter().map(|value| !value).collect();
        let both = image(&device, HostData::I64(signed.clone()));
        assert_eq!(data("invert", &both, &[]), HostData::I64(negative), "{label}");
        assert_eq!(data("bitwise_xor", &unsigned, &[]), HostData::U64(vec![0; 24]), "{label}");
        let other = image(&device, HostData::U64(values.iter().rev().copied().collect()));
        let op = kernwerk::ops::find("bitwise_and").unwrap();
        let inputs = vec![AnyExpr::image(unsigned.clone()), AnyExpr::image(other)];
        let Outcome::Image(found) = apply(op, inputs, vec![]).eval().unwrap() else { panic!("an image") };
        let expected = values.iter().zip(values.iter().rev()).map(|(a, b)| a & b).collect();
        assert_eq!(found.download_data().unwrap(), HostData::U64(expected), "{label}");
        assert_eq!(found.shape(), unsigned.shape(), "{label}");
    }
}

/// Ranks, medians and places are found by all 64 bits of a value.
#[test]
fn values_by_rank_of_64_bits() {
    let first = (1_u64 << 53) + 1;
    let order: Vec<u64> = (0..24).map(|i| i * 7 % 24).collect();
    let values: Vec<u64> = order.iter().map(|place| first + 2 * place).collect();
    let signed: Vec<i64> = values.iter().map(|&value| -(value as i64)).collect();
    let floats: Vec<f64> = order.iter().map(|&place| (place as f64 - 12.0) * f64::EPSILON).collect();
    for (label, device) in devices() {
        let unsigned = image(&device, HostData::U64(values.clone()));
        let negative = image(&device, HostData::I64(signed.clone()));
        let float = image(&device, HostData::F64(floats.clone()));
        // Lines of four along x, of three along y, of two along z.
        let median = |line: Vec<u64>| {
            let mut line = line;
            line.sort_unstable();
            line[line.len() / 2]
        };
        let along_x: Vec<u64> = values.chunks(4).map(|line| median(line.to_vec())).collect();
        assert_eq!(data("median_x_projection", &unsigned, &[]), HostData::U64(along_x), "{label}");
        let along_y: Vec<u64> =
            (0..8).map(|i| median((0..3).map(|y| values[i / 4 * 12 + y * 4 + i % 4]).collect())).collect();
        assert_eq!(data("median_y_projection", &unsigned, &[]), HostData::U64(along_y.clone()), "{label}");
        // The median of three is that of the negated values, too.
        let along_y = along_y.into_iter().map(|value| -(value as i64)).collect();
        assert_eq!(data("median_y_projection", &negative, &[]), HostData::I64(along_y), "{label}");
        let along_z: Vec<f64> = (0..12).map(|i| floats[i].max(floats[i + 12])).collect();
        assert_eq!(data("median_z_projection", &float, &[]), HostData::F64(along_z), "{label}");
        let ranks: Vec<u32> = order.iter().map(|&place| place as u32).collect();
        assert_eq!(data("rank_order", &unsigned, &[]), HostData::U32(ranks.clone()), "{label}");
        assert_eq!(data("rank_order", &float, &[]), HostData::U32(ranks.clone()), "{label}");
        let reversed = ranks.iter().map(|rank| 23 - rank).collect();
        assert_eq!(data("rank_order", &negative, &[]), HostData::U32(reversed), "{label}");
        let number = |name: &str, image: &AnyImage, values: &[(&str, Value)]| match run(name, image, values) {
            Outcome::Scalar(number) => number,
            _ => panic!("{name} gives no number"),
        };
        assert_eq!(number("median_of_all_pixels", &float, &[]), 0.0, "{label}");
        let lowest = [("percentile", Value::from(0))];
        assert_eq!(number("percentile", &float, &lowest), -12.0 * f64::EPSILON, "{label}");
        // Of 64-bit integers a number holds 53 bits, rounded once.
        assert_eq!(number("percentile", &negative, &lowest), -((first + 46) as f64), "{label}");
        let place = |name: &str, image: &AnyImage| match run(name, image, &[]) {
            Outcome::Table(table) => ["x", "y", "z"].map(|column| table.integers(column).unwrap()[0] as usize),
            _ => panic!("{name} gives no table"),
        };
        let of =
            |wanted: u64| order.iter().position(|&place| place == wanted).map(|i| [i % 4, i / 4 % 3, i / 12]).unwrap();
        assert_eq!(place("maximum_position", &unsigned), of(23), "{label}");
        assert_eq!(place("minimum_position", &unsigned), of(0), "{label}");
        assert_eq!(place("maximum_position", &negative), of(0), "{label}");
        assert_eq!(place("minimum_position", &float), of(0), "{label}");
    }
}
