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
