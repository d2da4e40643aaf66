//! Plans whose shape depends on extents: every device of the machine against the native CPU backend, at and around the edges of tiles, runs
//! and chunks, where the sample of the conformance suite has too small images.

use kernwerk::prelude::*;
use kernwerk::{AnyExpr, AnyImage, HostData, Value, apply};
use kernwerk_tests::backends;
use kernwerk_tests::compare::{Downloaded, difference};

/// An image of repeatable values, some equal, some NaN.
fn image(shape: &[usize], dtype: DType) -> HostImage {
    let mut noise = 7u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> 16
    };
    let len = shape.iter().product();
    let data = match dtype {
        DType::U8 => HostData::U8((0..len).map(|_| next() as u8).collect()),
        DType::I8 => HostData::I8((0..len).map(|_| next() as i8).collect()),
        DType::U16 => HostData::U16((0..len).map(|_| next() as u16).collect()),
        DType::I16 => HostData::I16((0..len).map(|_| next() as i16).collect()),
        _ => HostData::F32(
            (0..len)
                .map(|_| match next() {
                    value if value % 997 == 0 => f32::NAN,
                    value => value as f32 / 64.0 - 300.0,
                })
                .collect(),
        ),
    };
    let axes = ["yx", "zyx", "czyx"][shape.len() - 2];
    HostImage::new(Axes::new(axes).unwrap(), shape, data).unwrap()
}

fn computed(device: &Device, name: &str, host: &HostImage, values: &[(&str, Value)]) -> Downloaded {
    let info = kernwerk::ops::find(name).expect("the operation is there");
    let image: AnyImage = device.upload_host(host).unwrap();
    let expr = apply(info, vec![AnyExpr::image(image)], vec![]);
    let expr = values.iter().fold(expr, |expr, (name, value)| expr.with(name, value.clone()));
    Downloaded::of(&expr.eval().unwrap_or_else(|error| panic!("{name} {:?}: {error}", host.shape()))).unwrap()
}

/// An operation with the shape and type of its image, and its parameters.
type Call<'a> = (&'a str, Vec<usize>, DType, Vec<(&'a str, Value)>);

/// Compares the calls on all devices.
fn compare(calls: &[Call<'_>]) {
    let found = backends::gpus();
    backends::report_absent(&found.absent);
    for (name, shape, dtype, values) in calls {
        let host = image(shape, *dtype);
        let expected = computed(&Device::cpu(), name, &host, values);
        for present in &found.present {
            let found = computed(&present.device, name, &host, values);
            let problem = difference(&expected, &found, 0);
            assert_eq!(problem, None, "{}: {name} {shape:?} {dtype} {values:?}", present.label);
        }
    }
}

#[test]
fn projections_deal_out_long_columns() {
    let mut calls = Vec::new();
    for name in ["sum", "std", "maximum", "arg_maximum", "arg_minimum"] {
        // One run of 64 voxels and parts of the next ones; fewer columns than a group has, and more.
        for rows in [1, 63, 64, 65, 129, 640] {
            calls.push((format!("{name}_y_projection"), vec![rows, 37], DType::F32, vec![]));
        }
        calls.push((format!("{name}_z_projection"), vec![200, 3, 19], DType::U8, vec![]));
        calls.push((format!("{name}_y_projection"), vec![2, 3, 300, 5], DType::I16, vec![]));
        // A row of one chunk, of exactly one, and of two.
        for columns in [1, 31, 257, 4096, 4097] {
            calls.push((format!("{name}_x_projection"), vec![9, columns], DType::F32, vec![]));
        }
    }
    let calls: Vec<_> = calls
        .iter()
        .map(|(name, shape, dtype, values)| (name.as_str(), shape.clone(), *dtype, values.clone()))
        .collect();
    compare(&calls);
}

#[test]
fn numbers_come_from_many_states() {
    let mut calls = Vec::new();
    for name in ["sum", "mean", "maximum", "standard_deviation"] {
        // 4096 states and more are reduced twice.
        for rows in [1, 33, 300, 4097, 9000] {
            calls.push((format!("{name}_of_all_pixels"), vec![rows, 3], DType::F32, vec![]));
        }
    }
    let both = ["minimum_and_maximum_of_all_pixels", "mean_and_standard_deviation_of_all_pixels"];
    calls.extend(both.map(|name| (name.to_owned(), vec![70, 5, 41], DType::I16, vec![])));
    let calls: Vec<_> = calls
        .iter()
        .map(|(name, shape, dtype, values)| (name.as_str(), shape.clone(), *dtype, values.clone()))
        .collect();
    compare(&calls);
}

#[test]
fn scans_stage_tiles() {
    let mut calls = Vec::new();
    for shape in [[1, 1], [1, 33], [31, 32], [32, 31], [33, 65], [65, 64], [2, 200]] {
        for (name, dtype) in
            [("cumulative_sum", DType::F32), ("cumulative_max", DType::U8), ("cumulative_min", DType::F32)]
        {
            for reverse in [false, true] {
                for axis in [0, 1] {
                    let values = vec![("axis", Value::Choice(axis)), ("reverse", Value::Bool(reverse))];
                    calls.push((name, shape.to_vec(), dtype, values));
                }
            }
        }
    }
    // Two images, and states that start from what lies before the line.
    for shape in [[33, 1, 65], [1, 31, 96], [2, 70, 33]] {
        let sigma = PerAxis { x: 3.0, y: 0.7, z: 20.0 };
        calls.push(("gaussian_blur_recursive", shape.to_vec(), DType::I16, vec![("sigma", Value::PerAxisF32(sigma))]));
    }
    calls.push(("cumulative_sum", vec![9, 7, 35], DType::I16, vec![("axis", Value::Choice(2))]));
    calls.push(("cumulative_sum", vec![2, 9, 7, 35], DType::I16, vec![("axis", Value::Choice(0))]));
    compare(&calls);
}

#[test]
fn layouts_stage_tiles() {
    let mut calls = Vec::new();
    for shape in [vec![1, 1, 1], vec![33, 5, 31], vec![32, 32, 64], vec![65, 3, 130], vec![2, 34, 9, 67]] {
        for dtype in [DType::U8, DType::F32, DType::I16] {
            for name in ["transpose_xy", "transpose_xz", "transpose_yz", "flip"] {
                calls.push((name, shape.clone(), dtype, vec![]));
            }
            let margin = Value::PerAxisU32(PerAxis { x: 3, y: 2, z: 1 });
            calls.push(("pad", shape.clone(), dtype, vec![("before", margin.clone()), ("after", margin.clone())]));
            calls.push(("block_mean", shape.clone(), dtype, vec![]));
            calls.push(("block_mean", shape.clone(), dtype, vec![("factor", margin)]));
        }
    }
    compare(&calls);
}

#[test]
fn tallies_fit_or_do_not() {
    let mut calls = Vec::new();
    let range =
        |bins: u32| vec![("num_bins", Value::U32(bins)), ("min", Value::F32(-290.0)), ("max", Value::F32(700.5))];
    // Copies of the bins, one copy, and more bins than shared memory has counters.
    for bins in [1, 7, 256, 1000, 2048, 2049, 8320, 9000, 70_000] {
        calls.push(("histogram", vec![3, 50, 61], DType::F32, range(bins)));
    }
    for shape in [vec![1, 1], vec![1, 3], vec![5, 7], vec![2, 3, 64, 65]] {
        calls.push(("histogram", shape.clone(), DType::U8, range(256)));
        calls.push(("histogram", shape.clone(), DType::I16, range(3)));
        calls.push(("threshold_otsu", shape, DType::U8, vec![]));
    }
    compare(&calls);
}

/// All voxels in one bin, and a count that no f32 holds.
#[test]
fn one_full_counter() {
    let found = backends::gpus();
    let host = HostImage::new(Axes::new("yx").unwrap(), &[4100, 4100], HostData::U8(vec![100; 4100 * 4100])).unwrap();
    let devices = found.present.iter().map(|present| &present.device);
    for device in devices.chain([&Device::cpu()]) {
        for bins in [256, 100_000] {
            let counts = histogram(device.upload_host(&host).unwrap(), bins).with("max", 255.0);
            let counts = counts.download::<ndarray::Ix2>().unwrap();
            assert_eq!(counts.iter().max(), Some(&(4100 * 4100)), "{} {bins}", device.name());
            assert_eq!(counts.sum(), 4100 * 4100);
        }
    }
}

/// Of large images of bytes values are counted first; the bins are those of the same values in another type, and so is their threshold.
#[test]
fn bytes_are_counted_by_value() {
    let shape = [5801, 5800];
    let bytes: Vec<u8> = (0..shape[0] * shape[1]).map(|i| (i * i / 977 + i / 31) as u8).collect();
    let signed: Vec<i8> = bytes.iter().map(|&value| value as i8).collect();
    let host = |data: HostData| HostImage::new(Axes::new("yx").unwrap(), &shape, data).unwrap();
    let floats = |values: &mut dyn Iterator<Item = f32>| host(HostData::F32(values.collect()));
    let images = [
        (floats(&mut bytes.iter().map(|&value| value.into())), host(HostData::U8(bytes.clone()))),
        (floats(&mut signed.iter().map(|&value| value.into())), host(HostData::I8(signed.clone()))),
    ];
    let found = backends::gpus();
    let devices = found.present.iter().map(|present| &present.device);
    for device in devices.chain([&Device::cpu()]) {
        for (floats, bytes) in &images {
            let [floats, bytes] = [floats, bytes].map(|host| device.upload_host(host).unwrap());
            for (bins, min, max) in
                [(256, 0.0, 0.0), (7, 0.0, 0.0), (300, -128.0, 255.0), (5, 3.5, 99.5), (64, 300.0, 301.0)]
            {
                let counts = |image: &AnyImage| {
                    let counts = histogram(image, bins).with("min", min).with("max", max);
                    counts.download::<ndarray::Ix2>().unwrap()
                };
                let expected = counts(&floats);
                assert_eq!(expected.sum() > 0, min < 300.0);
                assert_eq!(counts(&bytes), expected, "{} {bins} {min} {max}", device.name());
            }
            let [expected, threshold] = [&floats, &bytes].map(|image| otsu_threshold(image).eval().unwrap());
            assert_eq!(threshold, expected);
        }
    }
}

#[test]
fn several_statistics_are_those_of_each() {
    let host = image(&[11, 30, 41], DType::I16);
    let image = Device::cpu().upload_host(&host).unwrap();
    let both = minimum_and_maximum_of_all_pixels(&image).eval().unwrap();
    let value = |table: &Table, column: &str| {
        table.column(column).expect("the column is there").values.get(0).expect("there is a row")
    };
    assert_eq!(value(&both, "minimum"), minimum_of_all_pixels(image.typed::<i16>().unwrap()).eval().unwrap());
    assert_eq!(value(&both, "maximum"), maximum_of_all_pixels(image.typed::<i16>().unwrap()).eval().unwrap());
    let both = mean_and_standard_deviation_of_all_pixels(&image).eval().unwrap();
    assert_eq!(value(&both, "mean"), mean_of_all_pixels(&image).eval().unwrap());
    assert_eq!(value(&both, "standard_deviation"), standard_deviation_of_all_pixels(&image).eval().unwrap());
}

/// With `KERNWERK_TUNING=lanes=3,words=1` processors do what GPUs do: extrema of small voxels, several in a word, of small radii in one launch
/// and of others in passes.
#[test]
fn small_voxels_are_compared_in_words() {
    let found = backends::gpus();
    backends::report_absent(&found.absent);
    // One word, fewer than four, four and more; rows that are no whole words; fewer rows and planes than a window has.
    let widths = [4, 6, 8, 16, 20, 28, 32, 48, 132];
    let depths = [[2, 3], [3, 2], [5, 4], [2, 9], [9, 5], [33, 7], [4, 13], [3, 8], [11, 6]];
    let radii = [[1, 1, 1], [2, 2, 2], [1, 2, 1], [0, 1, 2], [2, 0, 1], [2, 1, 0], [0, 0, 1], [1, 0, 0], [0, 2, 0]];
    let radii = [&radii[..], &[[1, 7, 5], [0, 4, 0], [5, 20, 1], [3, 0, 0], [8, 0, 1], [17, 0, 0]]].concat();
    let dtypes = [DType::U8, DType::I8, DType::U16, DType::I16];
    let boundaries =
        [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(100.0)];
    let mut turn = 0;
    for (number, [x, y, z]) in radii.into_iter().enumerate() {
        for (place, width) in widths.into_iter().enumerate() {
            let (dtype, boundary) = (dtypes[turn % 4], boundaries[turn % 5]);
            let [depth, height] = depths[(place + 2 * number) % 9];
            let name = ["minimum_box", "maximum_box"][(turn / 4 + number) % 2];
            turn += 1;
            let batch = if turn % 7 == 0 { vec![2] } else { vec![] };
            let host = image(&[batch, vec![depth, height, width]].concat(), dtype);
            let radius = Value::PerAxisU32(PerAxis { x, y, z });
            let call = |device: &Device| {
                let info = kernwerk::ops::find(name).expect("the operation is there");
                let image: AnyImage = device.upload_host(&host).unwrap();
                let expr = apply(info, vec![AnyExpr::image(image)], vec![]).with("radius", radius.clone());
                Downloaded::of(&expr.boundary(boundary).eval().unwrap()).unwrap()
            };
            let expected = call(&Device::cpu());
            for present in &found.present {
                let problem = difference(&expected, &call(&present.device), 0);
                let shape = host.shape();
                assert_eq!(problem, None, "{}: {name} {shape:?} {dtype} {x} {y} {z} {boundary:?}", present.label);
            }
        }
    }
}

/// Passes whose radii no sample of an operation has. With `KERNWERK_TUNING=unrolled_sums=96,columns_sums=8,rows=1,volume=6,volume_rows=4`
/// processors take the plans of NVIDIA's GPUs.
#[test]
fn long_lines_have_the_bits_of_the_definition() {
    let found = backends::gpus();
    backends::report_absent(&found.absent);
    // Lines longer and shorter than the windows, which end within a run of results.
    let shapes = [[41, 37, 83], [9, 90, 30], [70, 5, 132]];
    let radii = [("sigma", [0.0, 6.0, 9.0]), ("radius", [5.0, 9.0, 25.0])];
    let boundaries = [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(-3.5)];
    let calls = [("gaussian_blur", 0), ("mean_box", 1), ("minimum_box", 1), ("maximum_box", 1)];
    for (turn, (shape, boundary)) in shapes.into_iter().cycle().zip(boundaries).enumerate() {
        let host = image(&shape, DType::F32);
        for (name, kind) in calls {
            for by in 0..3 {
                let (parameter, values) = radii[kind];
                let [x, y, z] = std::array::from_fn(|axis| values[(by + axis * (turn % 2)) % 3]);
                let value = match kind {
                    0 => Value::PerAxisF32(PerAxis { x, y, z }),
                    _ => Value::PerAxisU32(PerAxis { x: x as u32, y: y as u32, z: z as u32 }),
                };
                let call = |device: &Device| {
                    let info = kernwerk::ops::find(name).expect("the operation is there");
                    let image: AnyImage = device.upload_host(&host).unwrap();
                    let expr = apply(info, vec![AnyExpr::image(image)], vec![]).with(parameter, value.clone());
                    Downloaded::of(&expr.boundary(boundary).eval().unwrap()).unwrap()
                };
                let expected = call(&Device::cpu());
                for present in &found.present {
                    let problem = difference(&expected, &call(&present.device), 0);
                    assert_eq!(problem, None, "{}: {name} {shape:?} {x} {y} {z} {boundary:?}", present.label);
                }
            }
        }
    }
}
