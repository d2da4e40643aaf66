//! What holds for every operation of a kind, whatever it computes: layouts, dimensions, batches, borders and types.

use kernwerk::lang::Slot;
use kernwerk::ops::{catalogue, find, gaussian_weights};
use kernwerk::prelude::*;
use kernwerk::{HostData, OpKind, Result, Value, apply, host_data};
use kernwerk_codegen::ir::{Shape, Type};
use kernwerk_tests::compare::{Downloaded, difference};
use kernwerk_tests::images::{self, Random, Values};
use kernwerk_tests::sample::BOUNDARIES;
use ndarray::{Array, Array2, Array3, Array5, ArrayView, Dimension, Ix3, s};

/// Calls an operation by name.
fn call(name: &str, inputs: &[&HostImage], boundary: Boundary, values: &[(&str, Value)]) -> Result<Downloaded> {
    let op = find(name)?;
    let upload = |input: &&HostImage| Ok(AnyExpr::image(Device::cpu().upload_host(input)?));
    let expr = apply(op, inputs.iter().map(upload).collect::<Result<_>>()?, vec![None; op.params.len()]);
    let expr = values.iter().fold(expr, |expr, (name, value)| expr.with(name, value.clone()));
    Downloaded::of(&expr.boundary(boundary).eval()?)
}

fn host(axes: &str, shape: &[usize], data: HostData) -> HostImage {
    HostImage::new(Axes::new(axes).expect("these are axes"), shape, data).expect("the shape is that of the data")
}

fn data(result: Downloaded) -> HostData {
    match result {
        Downloaded::Image(image) => image.into_data(),
        other => panic!("an image is expected, not {other:?}"),
    }
}

/// The images of an operation with one or several results.
fn all_data(result: Downloaded) -> Vec<HostData> {
    match result {
        Downloaded::Images(images) => images.into_iter().map(HostImage::into_data).collect(),
        one => vec![data(one)],
    }
}

// Layouts.

fn round_trip<T: Pixel, D: Dimension>(view: ArrayView<'_, T, D>) {
    let image: Image<T> = Device::cpu().upload(view.view()).expect("any layout can be uploaded");
    assert_eq!(image.shape(), view.shape());
    let back: Array<T, D> = image.download().expect("it can be downloaded");
    // NaN keeps its payload.
    let bits = |value: &T| Slot::to_bits(*value);
    assert!(back.iter().map(bits).eq(view.iter().map(bits)), "{:?} strides {:?}", view.shape(), view.strides());
}

fn layouts<T: Pixel>() {
    let mut random = Random::new(T::DTYPE as u64);
    let base = Array5::from_shape_fn((2, 3, 4, 5, 6), |_| T::from_number((random.below(300) as f64 - 20.5).into()));
    round_trip(base.view());
    round_trip(base.t());
    round_trip(base.slice(s![..;-1, .., 1..;2, ..;-1, ..;2]));
    round_trip(base.view().permuted_axes([3, 0, 4, 2, 1]));
    for n in 0..2 {
        let four = base.slice(s![n, .., .., .., ..]);
        round_trip(four);
        round_trip(four.permuted_axes([1, 3, 0, 2]));
        round_trip(base.slice(s![.., n, ..;3, .., ..;-2]));
        let three = base.slice(s![n, 1, .., .., ..]);
        round_trip(three);
        round_trip(three.t());
        round_trip(base.slice(s![n, .., 2, ..;-1, 3..]));
        let two = base.slice(s![n, 0, 1, .., ..]);
        round_trip(two);
        round_trip(two.t());
        round_trip(two.slice(s![..;-3, ..;4]));
        // A row that stands for many, and a plane of one voxel.
        round_trip(base.slice(s![0, 0, 0, 0, ..]).broadcast((7, 6)).expect("a row can stand for seven"));
        round_trip(base.slice(s![n, 0, 0, 4..5, 5..6]));
    }
}

#[test]
fn any_layout_of_any_type_comes_back() {
    layouts::<u8>();
    layouts::<i8>();
    layouts::<u16>();
    layouts::<i16>();
    layouts::<u32>();
    layouts::<i32>();
    layouts::<f32>();
    let odd = [f32::NAN, f32::from_bits(0xffc1_2345), -0.0, f32::INFINITY, f32::from_bits(1), 1.5];
    round_trip(Array2::from_shape_vec((2, 3), odd.to_vec()).expect("six values").t());
}

// Dimensions and batches.

/// Operations whose result for a voxel depends on its own spatial image alone.
fn local() -> impl Iterator<Item = (usize, &'static OpInfo)> {
    // These contain steps that look at the whole image, batch axes included.
    let global = [
        "gauss_otsu_labeling",
        "voronoi_otsu_labeling",
        "remove_small_labels",
        "remove_large_labels",
        "split_touching_objects",
    ];
    catalogue().iter().copied().enumerate().filter(move |(_, op)| match op.kind {
        OpKind::Kernel(_) | OpKind::ReduceAxis(..) => true,
        OpKind::Composite(_) => !global.contains(&op.name),
        OpKind::ReduceWhole(_) | OpKind::Procedure(_) => false,
    })
}

/// Element types that the inputs of an operation may have.
fn dtypes(op: &OpInfo, turn: usize) -> Vec<DType> {
    let pick = |index: usize| DType::ALL[(turn + 3 * index) % DType::ALL.len()];
    let same = pick(0);
    op.inputs
        .iter()
        .enumerate()
        .map(|(index, input)| if input.ty == Type::Pixel { same } else { pick(index) })
        .collect()
}

fn inputs(op: &OpInfo, turn: usize, axes: &str, shape: &[usize]) -> Vec<HostImage> {
    let mut random = Random::named(op.name, turn as u64);
    let kinds = [Values::Random, Values::Sparse, Values::Special];
    let make = |dtype| images::image(dtype, axes, shape, kinds[turn % 3], &mut random);
    dtypes(op, turn).into_iter().map(make).collect()
}

fn compute(op: &OpInfo, inputs: &[HostImage], boundary: Boundary) -> Downloaded {
    attempt(op, inputs, boundary).unwrap_or_else(|error| panic!("{}: {error}", op.name))
}

fn attempt(op: &OpInfo, inputs: &[HostImage], boundary: Boundary) -> Result<Downloaded> {
    let inputs: Vec<&HostImage> = inputs.iter().collect();
    let planes =
        if inputs[0].axes().as_str().contains('z') { inputs[0].shape()[inputs[0].axes().count() - 3] } else { 1 };
    // What has no default.
    let needed = op.params.iter().filter(|param| param.default.is_none()).map(|param| match param.name {
        "axis" => ("axis", Value::Choice(1)),
        "extent" => ("extent", Value::PerAxisU32(PerAxis::xyz(5, 8, planes.min(3) as u32))),
        "start" => ("start", Value::PerAxisU32(PerAxis::xyz(0, 0, 0))),
        "before" | "after" => (param.name, Value::PerAxisU32(PerAxis::xyz(2, 1, 0))),
        other => panic!("{}: no value for {other}", op.name),
    });
    let needed: Vec<_> = needed.collect();
    // Scans that start from what lies before their lines need one value there.
    let boundary = match boundary {
        Boundary::Reflect | Boundary::Mirror | Boundary::Wrap if op.name == "gaussian_blur_recursive" => {
            Boundary::Nearest
        }
        boundary => boundary,
    };
    call(op.name, &inputs, boundary, &needed)
}

#[test]
fn an_image_of_two_dimensions_is_one_plane() {
    let mut calls = 0;
    for (number, op) in local() {
        for (turn, boundary) in BOUNDARIES.into_iter().enumerate() {
            let flat = inputs(op, number + turn, "yx", &[7, 9]);
            let relabelled = |axes: &str, shape: &[usize]| {
                flat.iter().map(|image| host(axes, shape, image.data().clone())).collect::<Vec<_>>()
            };
            let expected = match attempt(op, &flat, boundary) {
                // What makes several planes says so: an image without an axis z cannot be given one.
                Err(error) if error.to_string().contains("has no axis z") => continue,
                expected => expected.unwrap_or_else(|error| panic!("{}: {error}", op.name)),
            };
            for (axes, shape) in [("zyx", &[1, 7, 9][..]), ("tzyx", &[1, 1, 7, 9]), ("tyx", &[1, 7, 9])] {
                let found = compute(op, &relabelled(axes, shape), boundary);
                let (expected, found) = (all_data(expected.clone()), all_data(found));
                let same = expected.len() == found.len()
                    && expected.iter().zip(&found).all(|(expected, found)| expected.bytes() == found.bytes());
                assert!(same, "{} {boundary}: {axes} differs from yx", op.name);
                calls += 1;
            }
        }
    }
    println!("{calls} calls");
}

/// The images of a batch, each for itself.
fn frames(image: &HostImage, batch: usize) -> Vec<HostImage> {
    let axes = &image.axes().as_str()[image.axes().count() - 3..];
    let shape = &image.shape()[image.axes().count() - 3..];
    (0..batch).map(|frame| host(axes, shape, part(image.data(), frame, batch))).collect()
}

/// One of `batch` equal parts.
fn part(data: &HostData, index: usize, batch: usize) -> HostData {
    let range = index * data.len() / batch..(index + 1) * data.len() / batch;
    host_data!(data, values => values[range].to_vec().into())
}

#[test]
fn a_batch_is_its_frames() {
    let (mut operations, batch, mut different) = (0, 6, Vec::new());
    for (number, op) in local() {
        for turn in 0..3 {
            let boundary = BOUNDARIES[(number + turn) % 5];
            let whole = inputs(op, number + turn, "tczyx", &[3, 2, 4, 6, 7]);
            let found = all_data(compute(op, &whole, boundary));
            let apart: Vec<Vec<HostImage>> = whole.iter().map(|image| frames(image, batch)).collect();
            for frame in 0..batch {
                let frames: Vec<HostImage> = apart.iter().map(|frames| frames[frame].clone()).collect();
                let expected = all_data(compute(op, &frames, boundary));
                let same = expected.len() == found.len()
                    && expected
                        .iter()
                        .zip(&found)
                        .all(|(expected, found)| expected.bytes() == part(found, frame, batch).bytes());
                if !same {
                    different.push(format!("{} {boundary} {}: frame {frame}", op.name, whole[0].dtype()));
                }
            }
        }
        operations += 1;
    }
    println!("{operations} operations");
    assert!(different.is_empty(), "{different:#?}");
}

// Values.

#[test]
fn constant_images_stay_constant() {
    for (turn, value) in [0.0f32, 1.0, -3.5, 1e-30, 16_777_217.0, 3e37].into_iter().enumerate() {
        let flat = host("zyx", &[4, 6, 7], HostData::F32(vec![value; 168]));
        for boundary in BOUNDARIES {
            let boundary = if let Boundary::Constant(_) = boundary { Boundary::Constant(value) } else { boundary };
            for name in
                ["median_box", "median_sphere", "minimum_box", "minimum_sphere", "maximum_box", "maximum_sphere"]
            {
                let radius = ("radius", Value::U32(turn as u32));
                let HostData::F32(found) = data(call(name, &[&flat], boundary, &[radius]).expect(name)) else {
                    panic!()
                };
                assert!(found.iter().all(|found| found.to_bits() == value.to_bits()), "{name} {boundary} of {value}");
            }
            for sigma in [0.0f32, 0.4, 1.0, 3.3, 12.7] {
                let sigma = ("sigma", Value::F32(sigma));
                let HostData::F32(found) = data(call("gaussian_blur", &[&flat], boundary, &[sigma]).expect("blurred"))
                else {
                    panic!()
                };
                // Three passes over weights that are rounded to f32: each sum of weights is 1 within a few ulp.
                let worst =
                    found.iter().map(|found| ((found - value) / value.abs().max(1e-38)).abs()).fold(0.0, f32::max);
                assert!(worst <= 2e-6, "gaussian_blur {boundary} of {value}: off by {worst}");
            }
        }
    }
}

/// An image on the host with what lies around it.
struct Surrounded {
    values: Array3<f64>,
    boundary: Boundary,
    constant: f64,
}

impl Surrounded {
    /// The value at any distance.
    fn at(&self, z: i64, y: i64, x: i64) -> f64 {
        let (depth, height, width) = self.values.dim();
        let index = |i: i64, extent: usize| self.boundary.index(i, extent as i64);
        match (index(z, depth), index(y, height), index(x, width)) {
            (Some(z), Some(y), Some(x)) => self.values[[z as usize, y as usize, x as usize]],
            _ => self.constant,
        }
    }

    /// What a function makes of the values of each voxel's window. Axes of extent 1 have no neighbours.
    fn windows(&self, shape: Shape, radius: [i64; 3], reduce: impl Fn(Vec<f64>) -> f64) -> Vec<f64> {
        let (depth, height, width) = self.values.dim();
        let [rx, ry, rz] = [(width, radius[0]), (height, radius[1]), (depth, radius[2])]
            .map(|(extent, radius)| if extent == 1 { 0 } else { radius });
        let inside = |x: i64, y: i64, z: i64| {
            let part = |d: i64, r: i64| if d == 0 { 0.0 } else { (d * d) as f64 / (r * r) as f64 };
            shape == Shape::Cuboid || part(x, rx) + part(y, ry) + part(z, rz) <= 1.0 + 1e-12
        };
        let mut result = Vec::new();
        for ((z, y, x), _) in self.values.indexed_iter() {
            let mut window = Vec::new();
            for dz in -rz..=rz {
                for dy in -ry..=ry {
                    for dx in -rx..=rx {
                        if inside(dx, dy, dz) {
                            window.push(self.at(z as i64 + dz, y as i64 + dy, x as i64 + dx));
                        }
                    }
                }
            }
            result.push(reduce(window));
        }
        result
    }
}

fn largest(window: Vec<f64>) -> f64 {
    window.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

fn smallest(window: Vec<f64>) -> f64 {
    window.into_iter().fold(f64::INFINITY, f64::min)
}

fn middle(mut window: Vec<f64>) -> f64 {
    window.sort_by(f64::total_cmp);
    window[window.len() / 2]
}

fn mean(window: Vec<f64>) -> f64 {
    f64::from(window.iter().sum::<f64>() as f32 / window.len() as f32)
}

type Reduce = fn(Vec<f64>) -> f64;

fn numbers(data: &HostData) -> Vec<f64> {
    data.numbers()
}

#[test]
fn windows_wider_than_the_image_follow_the_border() {
    let filters: [(&str, Shape, Reduce); 8] = [
        ("maximum_box", Shape::Cuboid, largest),
        ("minimum_box", Shape::Cuboid, smallest),
        ("median_box", Shape::Cuboid, middle),
        ("maximum_sphere", Shape::Ellipsoid, largest),
        ("minimum_sphere", Shape::Ellipsoid, smallest),
        ("median_sphere", Shape::Ellipsoid, middle),
        // Sums of small integers are exact in any order.
        ("mean_sphere", Shape::Ellipsoid, mean),
        ("detect_maxima_sphere", Shape::Ellipsoid, largest),
    ];
    for (turn, shape) in [[2, 3, 4], [1, 2, 3], [3, 1, 2], [4, 2, 1], [1, 1, 5]].into_iter().enumerate() {
        let mut random = Random::new(turn as u64);
        let values: Vec<i16> = (0..shape.iter().product()).map(|_| random.below(200) as i16 - 100).collect();
        let image = host("zyx", &shape, HostData::I16(values.clone()));
        let numbers_in = values.iter().map(|&value| f64::from(value)).collect();
        let array = Array3::from_shape_vec(Ix3(shape[0], shape[1], shape[2]), numbers_in).expect("the shape fits");
        for boundary in BOUNDARIES {
            for [x, y, z] in [[7, 7, 7], [3, 9, 1], [0, 6, 11]] {
                let radius = ("radius", Value::PerAxisU32(PerAxis { x, y, z }));
                for (name, window, reduce) in filters {
                    // 10.5 is 10 where the image holds integers.
                    let constant = if name == "mean_sphere" { 10.5 } else { 10.0 };
                    let surrounded = Surrounded { values: array.clone(), boundary, constant };
                    let mut expected = surrounded.windows(window, [x.into(), y.into(), z.into()], reduce);
                    if name == "detect_maxima_sphere" {
                        // Neighbours outside the image do not count.
                        let image =
                            Surrounded { boundary: Boundary::Constant(0.0), constant: f64::NEG_INFINITY, ..surrounded };
                        let peak = |window: Vec<f64>| {
                            let (others, centre) = (window.len() / 2, window[window.len() / 2]);
                            let below = |(index, &value): (usize, &f64)| index == others || value < centre;
                            f64::from(u8::from(window.iter().enumerate().all(below)))
                        };
                        expected = image.windows(window, [x.into(), y.into(), z.into()], peak);
                    }
                    let found =
                        numbers(&data(call(name, &[&image], boundary, std::slice::from_ref(&radius)).expect(name)));
                    assert_eq!(found, expected, "{name} {boundary} {shape:?} x={x} y={y} z={z}");
                }
            }
            let sigma = PerAxis { x: 2.0, y: 3.5, z: 1.2 };
            let blurred = call("gaussian_blur", &[&image], boundary, &[("sigma", sigma.into())]).expect("blurred");
            assert_eq!(
                numbers(&data(blurred)),
                gaussian(&array, boundary, sigma),
                "gaussian_blur {boundary} {shape:?}"
            );
        }
    }
}

/// The definition of the Gaussian blur: a chain of fused multiply-adds from the lowest to the highest coordinate, along x, y, z.
fn gaussian(image: &Array3<f64>, boundary: Boundary, sigma: PerAxis<f32>) -> Vec<f64> {
    let weights = gaussian_weights(sigma, 4.0);
    let mut values = image.clone();
    for (axis, weights) in [(2, weights.x), (1, weights.y), (0, weights.z)] {
        if image.shape()[axis] == 1 {
            continue;
        }
        let radius = (weights.len() / 2) as i64;
        let before = Surrounded { values: values.clone(), boundary, constant: 10.5 };
        for ((z, y, x), value) in values.indexed_iter_mut() {
            let mut sum = 0.0f32;
            for (weight, distance) in weights.iter().zip(-radius..) {
                let mut at = [z as i64, y as i64, x as i64];
                at[axis] += distance;
                sum = (before.at(at[0], at[1], at[2]) as f32).mul_add(*weight, sum);
            }
            *value = f64::from(sum);
        }
    }
    values.into_iter().collect()
}

#[test]
fn labels_above_two_to_the_24th_are_exact() {
    let labels = [16_777_217u32, 16_777_219, 33_554_433, 4_294_967_295, 4_294_967_293, 16_777_216, 2_147_483_649, 1];
    let mut random = Random::new(24);
    let values: Vec<u32> = (0..5 * 6 * 7).map(|_| random.pick(&labels)).collect();
    let image = host("zyx", &[5, 6, 7], HostData::U32(values.clone()));
    let array =
        Array3::from_shape_vec((5, 6, 7), values.iter().map(|&value| f64::from(value)).collect()).expect("fits");
    let filters: [(&str, Shape, Reduce); 6] = [
        ("maximum_box", Shape::Cuboid, largest),
        ("minimum_box", Shape::Cuboid, smallest),
        ("median_box", Shape::Cuboid, middle),
        ("maximum_sphere", Shape::Ellipsoid, largest),
        ("minimum_sphere", Shape::Ellipsoid, smallest),
        ("median_sphere", Shape::Ellipsoid, middle),
    ];
    for boundary in [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap] {
        let surrounded = Surrounded { values: array.clone(), boundary, constant: 0.0 };
        for (name, shape, reduce) in filters {
            let found = call(name, &[&image], boundary, &[("radius", 2.into())]).expect(name);
            assert_eq!(numbers(&data(found)), surrounded.windows(shape, [2; 3], reduce), "{name} {boundary}");
        }
    }
    let exact = |name: &str, values: &[(&str, Value)]| {
        numbers(&data(call(name, &[&image], Boundary::Nearest, values).expect(name)))
    };
    for axis in ["x", "y", "z"] {
        let found = exact(&format!("maximum_{axis}_projection"), &[]);
        assert!(found.iter().all(|value| labels.contains(&(*value as u32))), "maximum along {axis}");
    }
    let one = 16_777_217.0f64;
    let equal: Vec<f64> = values.iter().map(|&value| f64::from(u8::from(f64::from(value) == one))).collect();
    assert_eq!(exact("equal_constant", &[("constant", one.into())]), equal);
    let above: Vec<f64> = values.iter().map(|&value| f64::from(value).max(one)).collect();
    assert_eq!(exact("maximum_image_and_scalar", &[("scalar", one.into())]), above);
    assert_eq!(exact("convert", &[("to", "u32".into())]), numbers(image.data()));
    let top = kernwerk::ops::maximum_of_all_pixels(Device::cpu().upload_host(&image).expect("uploaded"));
    assert_eq!(top.eval().expect("there is a largest"), 4_294_967_295.0);
}

#[test]
fn stores_round_half_to_even_and_saturate() {
    let values = [
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        -0.0,
        0.5,
        1.5,
        2.5,
        -0.5,
        -1.5,
        254.5,
        255.49,
        255.5,
        256.0,
        -1e30,
        3e9,
        -3e9,
        127.5,
        -128.5,
        32_767.5,
        -32_768.5,
        65_535.5,
        4_294_967_296.0,
        2_147_483_648.0,
        0.499_999_97,
        f32::MIN_POSITIVE,
        126.5,
        5e9,
        1e-45,
    ];
    let image: Image<f32> = Device::cpu()
        .upload(Array2::from_shape_vec((4, 7), values.to_vec()).expect("28 values").view())
        .expect("uploaded");
    let same = || kernwerk::ops::maximum_images(&image, &image) * 1.0;
    let stored = |dtype: DType| {
        numbers(&same().into_any().store(dtype).eval_image().expect("stored").download_data().expect("there"))
    };
    for dtype in DType::ALL.into_iter().filter(|dtype| dtype.is_integer()) {
        let (low, high) = match dtype {
            DType::U8 => (0.0, 255.0),
            DType::I8 => (-128.0, 127.0),
            DType::U16 => (0.0, 65_535.0),
            DType::I16 => (-32_768.0, 32_767.0),
            DType::U32 => (0.0, 4_294_967_295.0),
            DType::I32 => (-2_147_483_648.0, 2_147_483_647.0),
            DType::U64 => (0.0, 18_446_744_073_709_551_615.0),
            _ => (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_807.0),
        };
        let rounded = |value: f64| if value.is_nan() { 0.0 } else { value.round_ties_even().clamp(low, high) + 0.0 };
        let expected: Vec<f64> = values.iter().map(|&value| rounded(f64::from(value))).collect();
        assert_eq!(stored(dtype), expected, "{dtype}");
        let cut = |value: f64| if value.is_nan() { 0.0 } else { value.trunc().clamp(low, high) + 0.0 };
        let expected: Vec<f64> = values.iter().map(|&value| cut(f64::from(value))).collect();
        let found = kernwerk::ops::convert(&image, dtype).into_any().eval_image().expect("converted");
        assert_eq!(numbers(&found.download_data().expect("there")), expected, "convert to {dtype}");
    }
    let bytes: Array2<u8> = same().store_as::<u8>().download().expect("stored");
    assert_eq!(bytes.as_slice().expect("contiguous")[..8], [0, 255, 0, 0, 0, 2, 2, 0]);
    let whole: Array2<i32> = same().store_as::<i32>().download().expect("stored");
    assert_eq!(whole.as_slice().expect("contiguous")[14..16], [i32::MAX, i32::MIN]);
}

// Regions.

#[test]
fn results_in_place_and_apart_agree() {
    // Where a target is read by the expression itself, nothing may be overwritten before it is read.
    let mut random = Random::new(9);
    let image = images::image(DType::F32, "zyx", &[6, 7, 8], Values::Random, &mut random);
    for name in ["maximum_sphere", "gaussian_blur", "absolute", "sobel"] {
        let expected = call(name, &[&image], Boundary::Mirror, &[]).expect(name);
        let target = Device::cpu().upload_host(&image).expect("uploaded");
        let op = find(name).expect("there");
        let expr =
            apply(op, vec![AnyExpr::image(target.clone())], vec![None; op.params.len()]).boundary(Boundary::Mirror);
        expr.eval_into(&target).expect("the result fits");
        let found = Downloaded::Image(target.download_host().expect("downloaded"));
        assert_eq!(difference(&expected, &found, 0), None, "{name}");
    }
}
