//! Chains of pointwise operations in one kernel, by themselves and in the loads and stores of others: the bits of separate launches, in
//! any graph, of any element types, on every backend. Processors take few of the plans whose kernels carry chains; for the others:
//! `KERNWERK_TUNING=rows=1,both=0,march=21,march_columns=2,march_slots=90,unrolled_rows=24,stencil=2,sphere=8`, and `volume=5`.

use std::fs;
use std::path::Path;

use kernwerk::ops::{
    absolute, find, gaussian_blur, gaussian_gradient_magnitude, laplace_box, maximum_y_projection,
    minimum_y_projection, multiply_image_and_x, square, square_root, sum_of_all_pixels,
};
use kernwerk::prelude::*;
use kernwerk::{AnyImage, Error, OpInfo, OpKind, OutputInfo, Value, apply};
use kernwerk_codegen::emit::{Cuda, OpenCl, chain_text, fused_text};
use kernwerk_codegen::ir::{Class, DType, Op, Type};
use kernwerk_codegen::plan::{
    After, CHAIN_INPUTS, CHAIN_STEPS, Chain, ChainStep, Fused, Source, chain_arguments, unfit,
};
use kernwerk_kernels::{catalogue, larger_response, symmetric_determinant, tubeness_response};
use kernwerk_runtime::backend::{cuda, probe};
use kernwerk_tests::backends;
use kernwerk_tests::compare::{Downloaded, difference};
use kernwerk_tests::images::{self, Random, Values};
use kernwerk_tests::sample::{self, SHAPES};
use ndarray::{Array2, Array3, arr2};

fn devices() -> Vec<(String, Device)> {
    let gpus = backends::gpus().present.into_iter().map(|present| (present.label, present.device));
    [("cpu".into(), Device::cpu())].into_iter().chain(gpus).collect()
}

/// The pointwise operations of the library that have one result.
fn pointwise() -> Vec<&'static OpInfo> {
    let is = |op: &&&OpInfo| {
        matches!(op.kind, OpKind::Kernel(kernel) if kernel.ir.class == Class::Pointwise)
            && matches!(op.output, OutputInfo::Image(_))
    };
    catalogue().iter().filter(is).copied().collect()
}

/// Operations that are not pointwise and leave the extents alone: their kernels can go on with what they store.
const CARRIERS: [&str; 10] = [
    "laplace_diamond",
    "gaussian_blur",
    "gaussian_blur",
    "mean_box",
    "maximum_box",
    "median_box",
    "minimum_sphere",
    "detect_maxima_box",
    "flip",
    "shift_linear",
];

/// A call of a random graph.
struct CallOf {
    op: &'static OpInfo,
    /// Numbers below that of images are images, the others earlier calls.
    inputs: Vec<usize>,
    values: Vec<Option<Value>>,
    store: Option<DType>,
}

/// A random graph: element types of its images, and its calls, of which the last one is the result.
struct Graph {
    images: Vec<DType>,
    calls: Vec<CallOf>,
}

impl Graph {
    fn new(random: &mut Random, most: usize) -> Graph {
        let images: Vec<DType> = (0..1 + random.below(3)).map(|_| random.pick(&DType::ALL)).collect();
        let mut dtypes = images.clone();
        let mut ops = pointwise();
        // Now and then one that is not pointwise stands between: of each plan one.
        ops.extend(CARRIERS.iter().map(|name| find(name).expect("the library has it")));
        let mut calls = Vec::new();
        let wanted = 2 + random.below(most - 1);
        while calls.len() < wanted {
            let op = random.pick(&ops);
            // The newest results most of the time, so that they are read.
            let count = dtypes.len();
            let any = |random: &mut Random| match random.below(3) {
                0 => random.below(count),
                _ => count - 1 - random.below(count.min(3)),
            };
            let first = any(random);
            let mut inputs = Vec::new();
            let mut pixel = None;
            for (index, input) in op.inputs.iter().enumerate() {
                let mut chosen = if index == 0 { first } else { any(random) };
                if input.ty == Type::Pixel {
                    let wanted = *pixel.get_or_insert(dtypes[chosen]);
                    if dtypes[chosen] != wanted {
                        chosen = inputs[0];
                    }
                    if dtypes[chosen] != wanted {
                        chosen = dtypes.iter().rposition(|&dtype| dtype == wanted).expect("one has that type");
                    }
                }
                inputs.push(chosen);
            }
            let (at, turn) = (random.below(30), random.below(5));
            let of = pixel.unwrap_or(dtypes[inputs[0]]);
            let values = op.params.iter().map(|param| sample::value(op, param, turn, at, of)).collect();
            let OutputInfo::Image(ty) = op.output else { unreachable!("these have one result") };
            let store = match ty {
                Type::Pixel => None,
                _ if random.below(2) == 0 => None,
                _ => Some(random.pick(&DType::ALL)),
            };
            dtypes.push(store.or(ty.default_storage()).unwrap_or(of));
            calls.push(CallOf { op, inputs, values, store });
        }
        Graph { images, calls }
    }

    fn call(&self, number: usize, results: &[AnyExpr]) -> AnyExpr {
        let CallOf { op, inputs, values, store } = &self.calls[number];
        let expr = apply(op, inputs.iter().map(|&input| results[input].clone()).collect(), values.clone());
        store.iter().fold(expr, |expr, &store| expr.store(store))
    }

    fn images(&self, device: &Device, hosts: &[HostImage]) -> Vec<AnyExpr> {
        hosts.iter().map(|host| AnyExpr::image(device.upload_host(host).unwrap())).collect()
    }

    /// The same with other calls behind it.
    fn with(mut self, last: &[&str], random: &mut Random) -> Graph {
        for name in last {
            let op = find(name).expect("the library has it");
            let values =
                op.params.iter().map(|param| sample::value(op, param, 1, random.below(30), DType::F32)).collect();
            let inputs = vec![self.images.len() + self.calls.len() - 1];
            self.calls.push(CallOf { op, inputs, values, store: None });
        }
        self
    }

    /// All in one expression.
    fn whole(&self, device: &Device, hosts: &[HostImage]) -> AnyExpr {
        let mut results = self.images(device, hosts);
        for number in 0..self.calls.len() {
            results.push(self.call(number, &results));
        }
        results.pop().expect("there are calls")
    }

    /// Each call by itself, so that there is nothing to fuse.
    fn one_by_one(&self, device: &Device, hosts: &[HostImage]) -> Downloaded {
        let mut results = self.images(device, hosts);
        for number in 0..self.calls.len() {
            let result = self.call(number, &results).eval_any_image();
            results.push(AnyExpr::image(result));
        }
        Downloaded::of(&results.pop().expect("there are calls").eval().unwrap()).unwrap()
    }

    fn describe(&self) -> String {
        let call = |call: &CallOf| format!("{}{:?} {:?} -> {:?}", call.op.name, call.inputs, call.values, call.store);
        format!("{:?}\n{}", self.images, self.calls.iter().map(call).collect::<Vec<_>>().join("\n"))
    }
}

trait EvalImage {
    fn eval_any_image(&self) -> AnyImage;
}

impl EvalImage for AnyExpr {
    fn eval_any_image(&self) -> AnyImage {
        match self.eval().unwrap() {
            kernwerk::Outcome::Image(image) => image,
            other => panic!("an image is expected, not {other:?}"),
        }
    }
}

#[test]
fn random_graphs_give_the_bits_of_separate_launches() {
    let count = if std::env::var("KERNWERK_CONFORMANCE").is_ok_and(|text| text == "full") { 600 } else { 32 };
    let devices = devices();
    let (mut fused, mut by_itself) = (0, 0);
    for number in 0..count {
        let mut random = Random::named("graph", number);
        let graph = Graph::new(&mut random, if number % 8 == 7 { 40 } else { 12 });
        let (axes, shape) = SHAPES[number as usize % SHAPES.len()];
        let kinds = [Values::Random, Values::Special, Values::Sparse];
        let hosts: Vec<_> = graph
            .images
            .iter()
            .map(|&dtype| images::image(dtype, axes, shape, random.pick(&kinds), &mut random))
            .collect();
        let mut expected = None;
        for (label, device) in &devices {
            let whole = graph.whole(device, &hosts);
            let found = Downloaded::of(&whole.eval().unwrap()).unwrap();
            let separate = graph.one_by_one(device, &hosts);
            let problem = difference(&separate, &found, 0);
            assert!(problem.is_none(), "graph {number} on {label}: {problem:?}\n{}", graph.describe());
            let problem = difference(expected.get_or_insert(separate), &found, 0);
            assert!(problem.is_none(), "graph {number}, cpu and {label}: {problem:?}\n{}", graph.describe());
            let plan = whole.explain().unwrap();
            fused += plan.matches("    fused into %").count();
            by_itself += plan.matches("launch of").count();
        }
    }
    println!("{count} graphs on {} devices: {fused} calls fused, {by_itself} launches", devices.len());
    assert!(fused > by_itself / 3, "{fused} calls are fused, {by_itself} are launched: the sample misses its purpose");
}

#[test]
fn reductions_make_what_they_read_with_the_bits_of_separate_launches() {
    let count = if std::env::var("KERNWERK_CONFORMANCE").is_ok_and(|text| text == "full") { 200 } else { 24 };
    let ends: [&[&str]; 6] = [
        &["maximum_z_projection", "square"],
        &["mean_x_projection"],
        &["sum_y_projection", "absolute", "square_root"],
        &["std_z_projection"],
        &["arg_maximum_z_projection"],
        &["maximum_x_projection", "reciprocal"],
    ];
    let devices = devices();
    let (mut in_loads, mut in_stores) = (0, 0);
    for number in 0..count {
        let mut random = Random::named("reduced graph", number);
        let graph = Graph::new(&mut random, 5).with(ends[number as usize % ends.len()], &mut random);
        let (axes, shape) = SHAPES.into_iter().filter(|(axes, _)| axes.contains('z')).nth(number as usize % 8).unwrap();
        let kinds = [Values::Random, Values::Special, Values::Sparse];
        let host = |&dtype: &DType, random: &mut Random| {
            let kind = random.pick(&kinds);
            images::image(dtype, axes, shape, kind, random)
        };
        let hosts: Vec<_> = graph.images.iter().map(|dtype| host(dtype, &mut random)).collect();
        let mut expected = None;
        for (label, device) in &devices {
            let whole = graph.whole(device, &hosts);
            let found = Downloaded::of(&whole.eval().unwrap()).unwrap();
            let separate = graph.one_by_one(device, &hosts);
            let problem = difference(&separate, &found, 0);
            assert!(problem.is_none(), "graph {number} on {label}: {problem:?}\n{}", graph.describe());
            let problem = difference(expected.get_or_insert(separate), &found, 0);
            assert!(problem.is_none(), "graph {number}, cpu and {label}: {problem:?}\n{}", graph.describe());
            let plan = whole.explain().unwrap();
            in_loads += plan.matches(" in its loads").count();
            in_stores += plan.matches(" in its stores").count();
        }
    }
    println!("{count} graphs on {} devices: {in_loads} chains in loads, {in_stores} in stores", devices.len());
    let gpus = devices.len() - 1;
    assert!(in_loads >= 8 * gpus && in_stores >= 8 * gpus, "the sample misses its purpose");
}

#[test]
fn filters_go_on_with_what_they_store() {
    for (label, device) in devices().into_iter().skip(1) {
        let image =
            device.upload(Array3::<f32>::from_shape_fn((9, 30, 40), |(z, y, x)| (z * y + x) as f32).view()).unwrap();
        let difference = gaussian_blur(&image, 1.0) - gaussian_blur(&image, 3.0);
        let plan = difference.explain().unwrap();
        assert!(plan.contains("; subtract_images in its stores)"), "{label}: {plan}");
        assert!(plan.contains("what reads its result is in the kernel of %2"), "{label}: {plan}");
        assert_eq!(plan.matches("fused into %3").count(), 1, "{label}: {plan}");
        let first = gaussian_blur(&image, 1.0).eval().unwrap();
        let second = gaussian_blur(&image, 3.0).eval().unwrap();
        let expected = (&first - &second).download::<ndarray::Ix3>().unwrap();
        assert_eq!(difference.download::<ndarray::Ix3>().unwrap(), expected, "{label}");
        // Into an image that is read: by the chain alone, and by the filter too.
        let other = device.upload(Array3::<f32>::from_elem((9, 30, 40), 0.5).view()).unwrap();
        let product = gaussian_blur(&image, 1.0) * &other;
        let expected = product.download::<ndarray::Ix3>().unwrap();
        product.eval_into(&other).unwrap();
        assert_eq!(other.download::<ndarray::Ix3>().unwrap(), expected, "{label}");
        let edges = laplace_box(&image) + &image;
        let expected = edges.download::<ndarray::Ix3>().unwrap();
        edges.eval_into(&image).unwrap();
        assert_eq!(image.download::<ndarray::Ix3>().unwrap(), expected, "{label}");
        // A reduction makes what it reads: nothing is written but its states.
        let error = sum_of_all_pixels(square(&image - &other));
        let plan = error.explain().unwrap();
        assert!(plan.contains("; subtract_images, square in its loads)"), "{label}: {plan}");
        let squares = square(&image - &other).eval().unwrap();
        assert_eq!(error.eval().unwrap(), sum_of_all_pixels(&squares).eval().unwrap(), "{label}");
        // What is wrong is said as ever.
        let flat = device.upload(picture().view()).unwrap();
        let error = (gaussian_blur(&image, 1.0) + &flat).eval().unwrap_err();
        assert!(matches!(&error, Error::Shape { operation, .. } if operation == "add_images"), "{label}: {error}");
        let error = sum_of_all_pixels(&image + &flat).eval().unwrap_err();
        assert!(matches!(&error, Error::Shape { operation, .. } if operation == "add_images"), "{label}: {error}");
    }
}

/// A chain as the benchmarks have it.
fn chain_of(image: &Image<f32>) -> Expr<f32> {
    square_root(absolute(image * 1.5 - 0.25)) + square(image)
}

fn picture() -> Array2<f32> {
    arr2(&[[1f32, -2.5, f32::NAN], [0.0, 1e30, f32::INFINITY]])
}

#[test]
fn a_chain_is_one_launch_and_explained() {
    for (label, device) in devices() {
        let image = device.upload(Array3::<f32>::zeros((4, 64, 64)).view()).unwrap();
        let plan = chain_of(&image).explain().unwrap();
        assert_eq!(plan.matches("    fused into %6\n").count(), 5, "{label}: {plan}");
        assert!(plan.contains("1 launch of kw_fused_add_images (6 operations in one kernel, "), "{plan}");
        assert!(plan.ends_with("\n1 launch, 128.0 KiB moved\n"), "{plan}");
    }
}

#[test]
fn what_is_not_fused_says_why() {
    let image = Device::cpu().upload(picture().view()).unwrap();
    let twice = square(&image);
    let plan = (gaussian_blur(&twice, 1.0) + &twice).explain().unwrap();
    assert!(plan.contains("its result is read by %2 and %3, which are not in one kernel"), "{plan}");
    let plan = gaussian_blur(square(&image), 1.0).explain().unwrap();
    assert!(plan.contains("its result is read by %2, and this device runs what is not pointwise by itself"), "{plan}");
    for (label, device) in devices().into_iter().skip(1) {
        let image = device.upload(picture().view()).unwrap();
        let plan = gaussian_blur(square(&image), 1.0).explain().unwrap();
        assert!(plan.contains("its result is read by %2, and it reads a voxel several times"), "{label}: {plan}");
        let squares = square(&image);
        let plan = (maximum_y_projection(&squares) + minimum_y_projection(&squares)).explain().unwrap();
        assert!(plan.contains("its result is read by %3 and once more"), "{label}: {plan}");
    }
    let plan = square(multiply_image_and_x(&image)).explain().unwrap();
    assert!(plan.contains("not fused into what reads it: it reads coordinates"), "{plan}");
    let long = (0..CHAIN_STEPS + 5).fold(&image + 0.0, |expr, _| expr + 1.0);
    let plan = long.explain().unwrap();
    assert!(plan.contains(&format!("one kernel would have more than {CHAIN_STEPS} operations")), "{plan}");
    assert!(plan.contains("\n2 launches, "), "{plan}");
    let many: Vec<_> = (0..20).map(|_| Device::cpu().upload(picture().view()).unwrap()).collect();
    let sum = many[1..].iter().fold(&many[0] + 0.0, |sum, image| sum + image);
    let plan = sum.explain().unwrap();
    assert!(plan.contains(&format!("one kernel would have more than {CHAIN_INPUTS} images to read")), "{plan}");
    let expected = (1..20).fold(picture(), |sum, _| sum + picture());
    let found = sum.download::<ndarray::Ix2>().unwrap();
    assert!(found.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan()));
}

#[test]
fn chains_know_the_extents_of_their_images() {
    for shape in [[5, 6, 7], [1, 6, 7], [5, 1, 7], [5, 6, 1], [1, 1, 7]] {
        let at = |z: usize, y: usize, x: usize| (z * 7919 + y * 104_729 + x * 1_299_709 + 12) as f32 % 31.0 - 15.0;
        let mut bits = Vec::new();
        for (label, device) in devices() {
            let image = device.upload(Array3::from_shape_fn(shape, |(z, y, x)| at(z, y, x)).view()).unwrap();
            let [a, b, c] = [1.0, 2.0, 3.0].map(|sum| (&image + sum).eval().unwrap());
            // Rows and columns of axes that are flat do not count.
            let determinant = || symmetric_determinant(&a, &b, &c, &a, &image, &b);
            let expr = determinant() * 2.0 - &image;
            assert!(expr.explain().unwrap().contains("3 operations in one kernel, on vectors"), "{label}");
            let apart = &determinant().eval().unwrap() * 2.0 - &image;
            let of = |expr: Expr<f32>| -> Vec<u32> {
                expr.download::<ndarray::Ix3>().unwrap().iter().map(|value| value.to_bits()).collect()
            };
            assert_eq!(of(expr.clone()), of(apart), "{label} {shape:?}");
            // Long bodies have a work-item per voxel.
            let long = tubeness_response(&a, &b, &c, &a, &image, &b, 2.0, true);
            let both = larger_response(&image, &long);
            assert!(both.explain().unwrap().contains("2 operations in one kernel, one work-item"), "{label}");
            assert_eq!(of(both.clone()), of(larger_response(&image, long.eval().unwrap())), "{label} {shape:?}");
            // In the stores of a pass.
            let length = gaussian_gradient_magnitude(&image, 1.0);
            bits.push((of(expr), of(both), of(length)));
        }
        assert!(bits.iter().all(|found| *found == bits[0]), "{shape:?}");
    }
}

/// Two functions of one name, in the text of a window, a reduction and a pointwise operation.
pub mod namesakes {
    use kernwerk::prelude::*;

    /// One of them.
    pub mod halving {
        use kernwerk::prelude::*;
        #[gpu_fn]
        /// Half the value.
        pub fn twist(value: f32) -> f32 {
            value * 0.5
        }
    }

    /// The other.
    pub mod adding {
        use kernwerk::prelude::*;
        #[gpu_fn]
        /// Three more.
        pub fn twist(value: f32) -> f32 {
            value + 3.0
        }
    }

    #[gpu_op(neighborhood)]
    /// Half a difference.
    pub fn slope(w: Window<f32>) -> f32 {
        halving::twist(w.at(1, 0, 0) - w.at(-1, 0, 0))
    }

    #[gpu_op(pointwise)]
    /// Three more.
    pub fn raised(image: f32) -> f32 {
        adding::twist(image)
    }
}

#[test]
fn functions_of_one_name_stay_in_kernels_of_their_own() {
    use namesakes::{raised, slope};
    for (label, device) in devices() {
        let image =
            device.upload(Array3::<f32>::from_shape_fn((3, 5, 9), |(z, y, x)| (x * x + y + z) as f32).view()).unwrap();
        let both = raised(absolute(slope(&image)));
        let slopes = slope(&image).eval().unwrap();
        let expected = slopes.download::<ndarray::Ix3>().unwrap().mapv(|value| value.abs() + 3.0);
        assert_eq!(both.download::<ndarray::Ix3>().unwrap(), expected, "{label}");
        if label != "cpu" {
            let plan = both.explain().unwrap();
            assert!(
                plan.contains("it calls a function that has the name of another one in that kernel"),
                "{label}: {plan}"
            );
        }
    }
}

#[test]
fn mistakes_in_a_chain_name_the_operation_that_has_them() {
    for (label, device) in devices() {
        let image = device.upload(picture().view()).unwrap();
        let other = device.upload(Array2::<f32>::zeros((3, 3)).view()).unwrap();
        let error = square(absolute(&image) + &other).eval().unwrap_err();
        assert!(matches!(&error, Error::Shape { operation, .. } if operation == "add_images"), "{label}: {error}");
        // Where the shape of the first input is known only when it is there.
        let total = sum_of_all_pixels(&image).into_any();
        let error = square(absolute(total.typed::<f32>())).eval().unwrap_err();
        assert!(matches!(&error, Error::Unsupported { .. }), "{label}: {error}");
        assert!(error.to_string().contains("sum") || error.to_string().contains("absolute"), "{label}: {error}");
    }
}

#[test]
fn chains_write_into_what_they_are_given_and_may_read_it() {
    for (label, device) in devices() {
        let image = device.upload(picture().view()).unwrap();
        let target = device.upload(Array2::<f32>::zeros((2, 3)).view()).unwrap();
        chain_of(&image).eval_into(&target).unwrap();
        let expected = picture().mapv(|x| (x * 1.5 - 0.25).abs().sqrt() + x * x);
        let same = |found: Array2<f32>| found.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
        assert!(same(target.download().unwrap()), "{label}");
        // The target is read.
        chain_of(&image).eval_into(&image).unwrap();
        assert!(same(image.download().unwrap()), "{label}");
    }
}

#[test]
fn results_carry_the_axes_and_voxel_size_of_the_first_image() {
    let size = kernwerk::VoxelSize { x: 0.5, y: 0.25, z: 2.0, unit: "µm".into() };
    let image = Device::cpu().upload(picture().view()).unwrap().with_voxel_size(Some(size.clone()));
    let plain = Device::cpu().upload(picture().view()).unwrap();
    assert_eq!((absolute(&image) + &plain).eval().unwrap().voxel_size(), Some(&size));
    assert_eq!((absolute(&plain) + &image).eval().unwrap().voxel_size(), None);
}

// Texts.

fn step(name: &str, sources: &[Source], pixel: DType, store: DType) -> ChainStep<'static> {
    let OpKind::Kernel(op) = find(name).unwrap().kind else { panic!("{name} is no kernel") };
    assert_eq!(unfit(&op.ir), None);
    ChainStep { op: &op.ir, pixel, sources: sources.to_vec(), store }
}

/// Chains whose texts are kept: the one of the benchmarks, one of masks and labels in their own types, one with functions.
fn golden() -> Vec<(&'static str, Chain<'static>)> {
    use Source::{Input, Step};
    let f32 = DType::F32;
    let arithmetic = Chain {
        inputs: vec![f32],
        steps: vec![
            step("multiply_image_and_scalar", &[Input(0)], f32, f32),
            step("subtract_scalar", &[Step(0)], f32, f32),
            step("absolute", &[Step(1)], f32, f32),
            step("square_root", &[Step(2)], f32, f32),
            step("square", &[Input(0)], f32, f32),
            step("add_images", &[Step(3), Step(4)], f32, f32),
        ],
    };
    let masks = Chain {
        inputs: vec![DType::U16, DType::U32],
        steps: vec![
            step("greater_constant", &[Input(0)], DType::U16, DType::U8),
            step("maximum_image_and_scalar", &[Input(1)], DType::U32, DType::U32),
            step("mask", &[Step(1), Step(0)], DType::U32, DType::U32),
            step("maximum_image_and_scalar", &[Input(0)], DType::U16, DType::U16),
            step("add_images", &[Step(2), Step(3)], f32, DType::I16),
        ],
    };
    let functions = Chain {
        inputs: vec![DType::U8, f32],
        steps: vec![
            step("logarithm", &[Input(0)], f32, f32),
            step("power_images", &[Step(0), Input(1)], f32, DType::U16),
            step("exponential", &[Step(1)], f32, DType::U8),
        ],
    };
    vec![("arithmetic", arithmetic), ("masks", masks), ("functions", functions)]
}

/// Kernels with chains in them whose texts are kept: of a window, and of a projection with one on each side.
fn golden_fused() -> Vec<(&'static str, &'static Op, Fused<'static>)> {
    use Source::{Input, Step};
    let f32 = DType::F32;
    let bright = Chain {
        inputs: vec![f32, DType::U16],
        steps: vec![
            step("greater_constant", &[Input(0)], f32, DType::U8),
            step("mask", &[Input(1), Step(0)], DType::U16, DType::U16),
        ],
    };
    let squares = Chain {
        inputs: vec![f32, f32],
        steps: vec![step("subtract_images", &[Input(0), Input(1)], f32, f32), step("square", &[Step(0)], f32, f32)],
    };
    let root = Chain { inputs: vec![f32], steps: vec![step("square_root", &[Input(0)], f32, f32)] };
    let after = |chain, own| Some(After { chain, own });
    vec![
        ("laplace_diamond", carrier("laplace_diamond"), Fused { before: None, after: after(bright, 0) }),
        ("mean_z_projection", carrier("mean_z_projection"), Fused { before: Some(squares), after: after(root, 0) }),
    ]
}

fn carrier(name: &str) -> &'static Op {
    match find(name).unwrap().kind {
        OpKind::Kernel(op) | OpKind::ReduceAxis(op, _) | OpKind::ReduceWhole(op) => &op.ir,
        _ => panic!("{name} is no kernel"),
    }
}

#[test]
fn texts_of_chains() {
    let fused = golden_fused()
        .into_iter()
        .map(|(name, op, fused)| (name, fused_text(op, &OpenCl, &fused), fused_text(op, &Cuda, &fused)));
    let chains =
        golden().into_iter().map(|(name, chain)| (name, chain_text(&chain, &OpenCl), chain_text(&chain, &Cuda)));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/chains");
    let bless = std::env::var_os("KERNWERK_BLESS").is_some();
    for (name, opencl, cuda) in chains.chain(fused) {
        for (extension, text) in [("cl", opencl), ("cu", cuda)] {
            let path = folder.join(format!("{name}.{extension}"));
            if bless {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &text).unwrap();
            }
            let found = fs::read_to_string(&path).unwrap_or_default();
            let line = found.lines().zip(text.lines()).position(|(a, b)| a != b);
            assert!(
                found == text,
                "golden/chains/{name}.{extension} differs from line {:?} on. If that is meant: KERNWERK_BLESS=1 cargo test -p \
                 kernwerk-tests --test fusion",
                line.map(|line| line + 1)
            );
        }
    }
}

/// The structure of a random graph without what is not pointwise.
fn random_chain(number: u64) -> Chain<'static> {
    let mut random = Random::named("chain", number);
    let ops: Vec<_> = pointwise()
        .into_iter()
        .filter_map(|op| match op.kind {
            OpKind::Kernel(kernel) if unfit(&kernel.ir).is_none() => Some(&kernel.ir),
            _ => None,
        })
        .collect();
    let inputs: Vec<DType> = (0..1 + random.below(4)).map(|_| random.pick(&DType::ALL)).collect();
    let mut steps: Vec<ChainStep<'static>> = Vec::new();
    while steps.len() < 4 + number as usize % 9 {
        let op = random.pick(&ops);
        let dtype = |source: Source, steps: &[ChainStep<'_>]| match source {
            Source::Input(input) => inputs[usize::from(input)],
            Source::Step(step) => steps[usize::from(step)].store,
        };
        let mut all: Vec<Source> = (0..inputs.len() as u8).map(Source::Input).collect();
        all.extend((0..steps.len() as u8).map(Source::Step));
        let first = random.pick(&all);
        let pixel = dtype(first, &steps);
        let source = |input: &kernwerk_codegen::ir::Input, random: &mut Random| match input.ty {
            Type::Pixel => first,
            _ => random.pick(&all),
        };
        let sources: Vec<_> = op.inputs.iter().map(|input| source(input, &mut random)).collect();
        let store = if op.output() == Type::Pixel { pixel } else { random.pick(&DType::ALL) };
        steps.push(ChainStep { op, pixel, sources, store });
    }
    Chain { inputs, steps }
}

/// An operation of each plan with chains of random structure in its kernels, and definitions that ask for the plan.
fn random_fused(number: u64) -> (&'static Op, Fused<'static>, Vec<(String, String)>) {
    const PLANS: [(&str, &[(&str, &str)]); 14] = [
        ("gaussian_blur", &[]),
        ("gaussian_blur", &[("KW_AXIS", "1"), ("KW_KERNEL", "3")]),
        ("gaussian_blur", &[("KW_AXIS", "2"), ("KW_REACH", "5"), ("KW_BOUNDARY", "constant")]),
        ("mean_box", &[("KW_REACH", "2"), ("KW_REACH_Y", "2"), ("KW_BOUNDARY", "wrap")]),
        ("mean_box", &[("KW_REACH", "2"), ("KW_REACH_Y", "2"), ("KW_REACH_Z", "1"), ("KW_ROWS", "4")]),
        ("maximum_box", &[("KW_REACH", "1"), ("KW_REACH_Y", "1"), ("KW_REACH_Z", "1"), ("KW_ROWS", "2")]),
        ("median_box", &[]),
        ("minimum_sphere", &[("KW_WINDOW0_KNOWN", "1")]),
        ("laplace_diamond", &[("KW_WINDOW0_KNOWN", "1"), ("KW_STRIP", "2")]),
        ("flip", &[]),
        ("transpose_xz", &[]),
        ("resize_linear", &[("KW_INDEX", "64")]),
        ("mean_z_projection", &[]),
        ("maximum_x_projection", &[]),
    ];
    let (name, definitions) = PLANS[number as usize % PLANS.len()];
    let op = carrier(name);
    let mut after = random_chain(number);
    // What these operations hand on is f32, as their definitions say by default.
    after.inputs[0] = DType::F32;
    let fits = after.steps.iter().all(|step| {
        let reads_own = step.sources.contains(&Source::Input(0));
        !reads_own || !step.op.inputs.iter().any(|input| input.ty == Type::Pixel) || step.pixel == after.inputs[0]
    });
    if !fits {
        after = Chain {
            inputs: vec![DType::F32, DType::U8],
            steps: vec![step("add_images", &[Source::Input(0), Source::Input(1)], DType::F32, DType::U16)],
        };
    }
    let before = (op.class == Class::Reduction).then(|| {
        let mut chain = random_chain(number + 1000);
        if let Some(last) = chain.steps.last_mut().filter(|last| last.op.output() != Type::Pixel) {
            last.store = DType::F32;
            return chain;
        }
        Chain { inputs: vec![DType::I16], steps: vec![step("square", &[Source::Input(0)], DType::F32, DType::F32)] }
    });
    let definitions = definitions.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    (op, Fused { before, after: Some(After { chain: after, own: 0 }) }, definitions)
}

#[test]
fn vendors_compile_the_texts_of_chains() {
    let chains: Vec<_> = golden().into_iter().map(|(_, chain)| chain).chain((0..24).map(random_chain)).collect();
    let mut absent = Vec::new();
    let strips = |number: usize| [("KW_STRIP".to_owned(), [4, 2, 1][number % 3].to_string())];
    match cuda::compile_to_cubin("extern \"C\" __global__ void nothing() {}", &[], "sm_90") {
        Err(reason) => absent.push(("nvrtc".to_owned(), reason)),
        Ok(_) => {
            for (number, chain) in chains.iter().enumerate() {
                let text = chain_text(chain, &Cuda);
                if let Err(log) = cuda::compile_to_cubin(&text, &strips(number), "sm_90") {
                    panic!("{log}\n{text}");
                }
            }
            for (op, fused, definitions) in (0..28).map(random_fused) {
                let text = fused_text(op, &Cuda, &fused);
                if let Err(log) = cuda::compile_to_cubin(&text, &definitions, "sm_90") {
                    panic!("{log}\n{text}");
                }
            }
        }
    }
    match probe::open("opencl", 0) {
        Err(error) => absent.push(("opencl".to_owned(), error.to_string())),
        Ok(driver) => {
            for (number, chain) in chains.iter().enumerate() {
                let text = chain_text(chain, &OpenCl);
                assert_eq!(text, chain_text(chain, &OpenCl), "the text is the same each time");
                if let Err(error) = driver.compile(&text, &strips(number)) {
                    panic!("{error}\n{text}");
                }
                assert!(chain_arguments(chain).len() >= chain.inputs.len() + 2);
            }
            for (op, fused, definitions) in (0..28).map(random_fused) {
                let text = fused_text(op, &OpenCl, &fused);
                if let Err(error) = driver.compile(&text, &definitions) {
                    panic!("{error}\n{text}");
                }
            }
        }
    }
    assert!(!backends::report_absent(&absent));
}
