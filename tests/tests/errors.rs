//! Bad input gives a typed error that names the operation, the parameter and the remedy; it never gives a panic, a wrong result or
//! gigabytes of memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kernwerk::arguments::check;
use kernwerk::ops::{catalogue, find, gaussian_blur, histogram, maximum_sphere};
use kernwerk::prelude::*;
use kernwerk::{HostData, OpInfo, OpKind, Outcome, Result, Value, VoxelSize, apply};
use kernwerk_tests::images::{self, Random, Values};
use ndarray::{Array1, Array2, Array3, ArrayD, IxDyn};

fn image<T: Pixel>(shape: [usize; 3]) -> Image<T> {
    let stack = Array3::from_shape_fn(shape, |(z, y, x)| T::from_number(((z * 100 + y * 10 + x) as f64).into()));
    Device::cpu().upload(stack.view()).expect("a small stack is uploaded")
}

/// Calls an operation by name with values by name.
fn call(name: &str, inputs: &[AnyImage], values: &[(&str, Value)]) -> Result<Outcome> {
    let op = find(name)?;
    let inputs = inputs.iter().cloned().map(AnyExpr::image).collect();
    let expr = apply(op, inputs, vec![None; op.params.len()]);
    values.iter().fold(expr, |expr, (name, value)| expr.with(name, value.clone())).eval()
}

/// The message of an error, which has to be of this kind and to contain all of these.
macro_rules! assert_refused {
    ($result:expr, $variant:ident, $($part:expr),+ $(,)?) => {{
        let error = $result.err().expect(concat!(stringify!($result), " is refused"));
        assert!(matches!(error, Error::$variant { .. }), "{error:?}");
        let message = error.to_string();
        for part in [$($part),+] {
            assert!(message.contains(part), "`{part}` is missing in: {message}");
        }
    }};
}

#[test]
fn numbers_that_are_no_values() {
    let stack = image::<u16>([3, 4, 5]);
    let any = [stack.any().clone()];
    let blur = |value: Value| call("gaussian_blur", &any, &[("sigma", value)]);
    assert_refused!(
        blur("-1".into()),
        Parameter,
        "gaussian_blur: ",
        "`sigma` is -1",
        "smallest value is 0",
        "give a number"
    );
    assert_refused!(blur("nan".into()), Parameter, "gaussian_blur: ", "`sigma`", "finite");
    assert_refused!(blur("two".into()), Parameter, "gaussian_blur: ", "`sigma` is `two`", "that is no number");
    assert_refused!(
        blur(f32::NAN.into()),
        Parameter,
        "gaussian_blur: ",
        "`sigma` is NaN",
        "finite number; give a number"
    );
    assert_refused!(blur(f32::INFINITY.into()), Parameter, "gaussian_blur: ", "`sigma` is inf", "finite");
    assert_refused!(blur(true.into()), Parameter, "gaussian_blur: ", "`sigma` is true", "give a number");
    assert_refused!(gaussian_blur(&stack, -1.0).eval(), Parameter, "gaussian_blur: ", "`sigma`", "[-1, -1, -1]");
    assert_refused!(gaussian_blur(&stack, 1e9).eval(), Parameter, "`sigma`", "the largest value is 10000");
    let anisotropic = PerAxis { x: 1.0, y: f32::NAN, z: 1.0 };
    assert_refused!(gaussian_blur(&stack, anisotropic).eval(), Parameter, "`sigma` is [1, NaN, 1]", "finite");
    assert_refused!(
        gaussian_blur(&stack, 1.0).with("truncate", -2.0f32).eval(),
        Parameter,
        "gaussian_blur: ",
        "`truncate` is -2"
    );

    let widest = |value: Value| call("maximum_box", &any, &[("radius", value)]);
    assert_refused!(widest(1.5f32.into()), Parameter, "maximum_box: ", "`radius` is 1.5", "whole number");
    assert_refused!(widest("[1, 2.5, 3]".into()), Parameter, "maximum_box: ", "`radius`", "whole number");
    assert_refused!(widest("[1, 2]".into()), Parameter, "maximum_box: ", "`radius`", "one value, or three: z, y, x");
    assert_refused!(widest((-1).into()), Parameter, "maximum_box: ", "`radius` is -1", "smallest value is 0");
    assert_refused!(widest(u32::MAX.into()), Parameter, "maximum_box: ", "`radius`", "largest value");
    assert_refused!(maximum_sphere(&stack, 1001).eval(), Parameter, "maximum_sphere: ", "`radius`", "1000");
    // A composite has no range of its own: what it is made of has.
    assert_refused!(
        call("mean_filter", &any, &[("radius", 1001.into()), ("shape", "sphere".into())]),
        Parameter,
        "mean_sphere: ",
        "`radius`",
        "1000"
    );
    assert_refused!(
        call("mean_filter", &any, &[("shape", "spere".into())]),
        Parameter,
        "mean_filter: ",
        "`shape` is `spere`",
        "did you mean `sphere`?"
    );
    assert_refused!(
        call("mean_filter", &any, &[("shape", Value::Choice(2))]),
        Parameter,
        "`shape`",
        "one of box, sphere"
    );
}

#[test]
fn numbers_that_do_not_fit_the_image() {
    let bytes = [image::<u8>([1, 2, 3]).into_any()];
    let least = |value: Value| call("maximum_image_and_scalar", &bytes, &[("scalar", value)]);
    assert!(least(255.into()).is_ok());
    for (value, text) in [(Value::from(300), "300"), ((-1).into(), "-1"), (0.5f32.into(), "0.5"), ("256".into(), "256")]
    {
        let text = format!("`scalar` is {text}, but the image has elements of type u8");
        assert_refused!(
            least(value),
            Parameter,
            "maximum_image_and_scalar: ",
            &text,
            "a whole number between 0 and 255"
        );
    }
    let typed = kernwerk::ops::mask(image::<u8>([1, 2, 3]), image::<u8>([1, 2, 3])).with("outside", 300);
    assert_refused!(typed.eval(), Parameter, "mask: ", "`outside` is 300", "convert the image");
}

#[test]
fn names_that_do_not_exist() {
    let stack = image::<u16>([3, 4, 5]);
    let error = find("gausian_blur").err().expect("no such operation");
    assert!(matches!(&error, Error::UnknownOperation { nearest, .. } if nearest[0] == "gaussian_blur"), "{error:?}");
    assert!(error.to_string().contains("did you mean gaussian_blur"), "{error}");
    assert!(find("").is_err() && find("!").is_err());
    assert_refused!(find("zzzzzz").map(|_| ()), UnknownOperation, "`zzzzzz`", "`kernwerk ops` lists them all");
    assert_refused!(
        gaussian_blur(&stack, 1.0).with("sgima", 2.0f32).eval(),
        UnknownParameter,
        "gaussian_blur: there is no parameter `sgima`",
        "sigma"
    );
    assert_refused!(
        kernwerk::ops::sobel(&stack).with("sigma", 2.0f32).eval(),
        UnknownParameter,
        "sobel: ",
        "it takes no parameters"
    );
    assert_refused!(
        AnyExpr::image(stack.any().clone()).with("sigma", 2.0f32).eval(),
        UnknownParameter,
        "image: ",
        "give the value to the operation"
    );
}

#[test]
fn images_that_do_not_fit_together() {
    let (small, large) = (image::<u8>([2, 3, 4]), image::<u8>([2, 3, 5]));
    assert_refused!(
        kernwerk::ops::add_images(&small, &large).eval(),
        Shape,
        "add_images: ",
        "`image1` has the shape [2, 3, 4] (zyx), but `image2` has the shape [2, 3, 5] (zyx)",
        "the same shape"
    );
    for name in ["maximum_images", "equal", "smaller_or_equal"] {
        let inputs = [small.any().clone(), image::<u16>([2, 3, 4]).into_any()];
        assert_refused!(call(name, &inputs, &[]), Type, name, "`image2` has elements of type u16, but u8", "`convert`");
    }
    // Where the operation computes in f32, types may be mixed.
    assert!(kernwerk::ops::add_images(&small, image::<f32>([2, 3, 4])).eval().is_ok());
    for name in ["masked_voronoi_labeling", "label_statistics"] {
        let inputs = [small.any().clone(), large.any().clone()];
        assert_refused!(call(name, &inputs, &[]), Shape, name, "[2, 3, 4]", "[2, 3, 5]", "images of the same shape");
    }
    for name in ["relabel_sequential", "filter_labels_by_size", "remove_labels_on_edges", "extend_labeling_via_voronoi"]
    {
        let floats = [image::<f32>([2, 3, 4]).into_any()];
        assert_refused!(call(name, &floats, &[]), Type, name, "`labels` has elements of type f32, but u32", "convert");
    }
    assert_refused!(
        call("add_images", &[small.any().clone()], &[]),
        Unsupported,
        "add_images",
        "(image1, image2)",
        "1 are"
    );
    assert_refused!(call("add_images", &[], &[]), Unsupported, "add_images", "2 images");
    let other = image::<u8>([2, 3, 4]);
    let two_devices = Device::from_backend(std::sync::Arc::new(kernwerk::backend::cpu::Cpu::new()));
    let elsewhere: Image<u8> = two_devices.upload(Array3::<u8>::zeros((2, 3, 4)).view()).expect("uploaded");
    assert_refused!(
        kernwerk::ops::add_images(&other, &elsewhere).eval(),
        DeviceMismatch,
        "add_images: ",
        "upload them to one device"
    );
}

#[test]
fn results_that_are_something_else() {
    let stack = image::<u16>([2, 3, 4]);
    let blurred = gaussian_blur(&stack, 1.0).into_any();
    assert_refused!(blurred.clone().typed::<u8>().eval(), Type, "gaussian_blur: ", "type f32, but u8", "ask for f32");
    assert_refused!(
        blurred.clone().scalar().eval(),
        Unsupported,
        "gaussian_blur: ",
        "an image, but a number is needed"
    );
    assert_refused!(blurred.table().eval(), Unsupported, "gaussian_blur: ", "a table is needed");
    let sum = kernwerk::ops::sum_of_all_pixels(&stack).into_any();
    assert_refused!(sum.eval_image().map(drop), Unsupported, "sum_of_all_pixels: ", "a number, but an image is needed");
    assert_refused!(sum.store(DType::U8).eval(), Unsupported, "sum_of_all_pixels: ", "u8");
    let median = kernwerk::ops::median_box(&stack, 1).store_as::<u8>();
    assert_refused!(median.eval(), Unsupported, "median_box: ", "u16", "`convert`");
    assert_refused!(gaussian_blur(&stack, 1.0).download::<ndarray::Ix2>(), Shape, "[2, 3, 4]", "an array with 3 axes");
    let target = image::<f32>([2, 3, 5]);
    assert_refused!(gaussian_blur(&stack, 1.0).eval_into(&target), Shape, "gaussian_blur: ", "[2, 3, 4]", "[2, 3, 5]");
}

#[test]
fn images_that_cannot_be() {
    let device = Device::cpu();
    for shape in [[0, 4, 5], [3, 0, 5], [3, 4, 0]] {
        let empty = Array3::<u8>::zeros(shape);
        assert_refused!(device.upload(empty.view()), Shape, "is empty", "extent of at least 1");
    }
    assert_refused!(device.upload(Array1::<u8>::zeros(3).view()), Shape, "upload: ", "1 axes", "yx, zyx, czyx, tczyx");
    assert_refused!(device.upload(ArrayD::<u8>::zeros(IxDyn(&[1; 6])).view()), Shape, "6 axes", "2 to 5 axes");
    for letters in ["", "x", "xy", "zyxx", "yxz", "ztyx", "abc", "zyyx", "zxy", "ÿx"] {
        assert_refused!(Axes::new(letters), Shape, "axes: ", letters, "tczyx");
    }
    let flat = Array2::<u8>::zeros((3, 4));
    let axes = Axes::new("zyx").expect("these are axes");
    assert_refused!(device.upload_with_axes(flat.view(), axes.clone()), Shape, "`zyx`", "[3, 4]", "one letter");
    assert_refused!(HostImage::new(axes.clone(), &[1, 2], HostData::U8(vec![0; 2])), Shape, "`zyx`", "2 axes");
    assert_refused!(HostImage::new(axes.clone(), &[1, 0, 2], HostData::U8(vec![])), Shape, "[1, 0, 2] is empty");
    assert_refused!(HostImage::new(axes, &[1, 2, 2], HostData::U8(vec![0; 3])), Shape, "3 elements do not fill");
    assert_refused!(image::<u8>([1, 2, 3]).any().with_axes(Axes::new("yx").expect("axes")), Shape, "`yx`", "[1, 2, 3]");
    // An odd voxel size is the owner's business and must not hurt.
    let odd = VoxelSize { x: f64::NAN, y: -1.0, z: 0.0, unit: String::new() };
    assert!(gaussian_blur(image::<u8>([2, 3, 4]).with_voxel_size(Some(odd)), 1.0).eval().is_ok());
}

#[test]
fn ranges_the_wrong_way_round() {
    let stack = image::<f32>([2, 3, 4]);
    let reversed = histogram(&stack, 8).with("min", 5.0f32).with("max", 1.0f32);
    assert_refused!(reversed.eval(), Parameter, "histogram: ", "`min` is 5", "greater than max = 1", "exchange");
    assert_refused!(histogram(&stack, 0).eval(), Parameter, "histogram: ", "`num_bins` is 0", "smallest value is 1");
    let holes: Image<f32> = Device::cpu().upload(Array2::from_elem((2, 2), f32::NAN).view()).expect("uploaded");
    for (name, result) in [
        ("histogram", histogram(&holes, 8).eval().map(drop)),
        ("otsu_threshold", kernwerk::ops::otsu_threshold(&holes).eval().map(drop)),
        ("threshold_otsu", kernwerk::ops::threshold_otsu(&holes).eval().map(drop)),
    ] {
        assert_refused!(result, Unsupported, name, "not finite", "replace NaN");
    }
}

#[test]
fn devices_that_are_not_there() {
    assert_refused!(Device::select("no such device"), NoDevice, "`no such device`", "(cpu)", "`kernwerk devices`");
    assert_refused!(Device::open("cpu", Some("no such device")), NoDevice, "`no such device`", "`cpu`");
    // What `KERNWERK_BACKEND` says is handed to this function as it is.
    for backend in ["vulkan", "cpu2", "c p u", "!", "CUDA!", "ÄÖ"] {
        assert_refused!(Device::open(backend, None), NoDevice, "the backends are auto, cuda, opencl, cpu");
    }
    assert!(Device::open(" CPU ", None).is_ok());
    for backend in ["cuda", "opencl"] {
        if let Err(error) = Device::open(backend, None) {
            let message = error.to_string();
            assert!(matches!(error, Error::NoDevice { .. }), "{error:?}");
            assert!(message.contains(backend) || message.to_lowercase().contains(backend), "{message}");
        }
    }
}

/// Values that nobody means.
fn absurd() -> Vec<Value> {
    let numbers = [0.0, -0.0, 1e-45, -1.0, 1.5, 1000.0, 1001.0, 1e9, -1e30, f32::MAX, f32::NAN, f32::INFINITY];
    let whole = [0, 1, 40, 645, 100_000, 1 << 24, u32::MAX];
    let texts = ["", "-1", "nan", "[1, 2]", "[[1]]", "1e400", "ä", "[1, 2, 3, 4]", "[999, 0, 7]"];
    let mut values: Vec<Value> = numbers.into_iter().map(Value::F32).collect();
    values.extend(whole.into_iter().map(Value::U32));
    values.extend(texts.into_iter().map(Value::from));
    values.extend([i32::MIN, -1, 1].map(Value::I32));
    values.extend([f64::NAN, 1e300, 300.0, 16_777_217.0].map(|number: f64| Value::Pixel(number.into())));
    values.extend([Value::Bool(true), Value::Choice(0), Value::Choice(1), Value::Choice(usize::MAX)]);
    values.push(Value::PerAxisU32(PerAxis { x: 100_000, y: 0, z: 1 }));
    values.push(Value::PerAxisF32(PerAxis { x: 0.0, y: f32::NAN, z: 1.0 }));
    values
}

/// What came of calling operations with absurd values.
#[derive(Default)]
struct Tally {
    calls: usize,
    refused: usize,
    slow: Vec<(Duration, String)>,
    failures: Vec<String>,
}

/// Every parameter of an operation with every absurd value alone, then all of them.
fn try_absurd_values(device: &Device, number: usize, op: &'static OpInfo, tally: &mut Tally) {
    let shapes: [(&str, &[usize]); 4] =
        [("yx", &[1, 1]), ("zyx", &[3, 2, 4]), ("tcyx", &[2, 1, 1, 5]), ("zyx", &[1, 1, 6])];
    let kinds = [Values::Special, Values::Labels];
    let boundaries = [
        Boundary::Nearest,
        Boundary::Constant(f32::NAN),
        Boundary::Mirror,
        Boundary::Constant(1e38),
        Boundary::Wrap,
        Boundary::Reflect,
    ];
    for (turn, value) in absurd().iter().enumerate() {
        for which in 0..=op.params.len() {
            let at = number + turn + which;
            let (axes, shape) = shapes[at % shapes.len()];
            let mut random = Random::named(op.name, at as u64);
            let labels = !matches!(op.kind, OpKind::Kernel(_)) && op.inputs[0].name == "labels";
            let dtype = if labels { DType::U32 } else { DType::ALL[at % DType::ALL.len()] };
            let kind = if labels { Values::Labels } else { kinds[at % 2] };
            let mut input = || device.upload_host(&images::image(dtype, axes, shape, kind, &mut random));
            let inputs = op.inputs.iter().map(|_| input().map(AnyExpr::image)).collect::<Result<_>>();
            // A result that fills the memory, a window of millions of voxels and thousands of steps are what the caller
            // asks for.
            let large = |index: usize| {
                let param = &op.params[index];
                let product = |v: PerAxis<u32>, f: fn(f64) -> f64| -> f64 {
                    [v.x, v.y, v.z].map(|n| f(n.into())).iter().product()
                };
                match (param.name, check(op.name, param, value)) {
                    ("extent" | "before" | "after", Ok(Value::PerAxisU32(v))) => product(v, |n| n.max(1.0)) > 1e6,
                    ("kernel_size", Ok(Value::PerAxisU32(v))) => product(v, |n| n.max(1.0)) > 1e6,
                    (name, Ok(Value::PerAxisU32(v))) if name.ends_with("radius") => product(v, |n| 2.0 * n + 1.0) > 1e5,
                    (name, Ok(Value::F32(v))) if name.ends_with("radius") => v > 30.0,
                    (name, Ok(Value::U32(n))) => {
                        ["iter", "warp", "smoothing"].iter().any(|part| name.contains(part)) && n > 100
                    }
                    _ => false,
                }
            };
            let given = |index| ((which == op.params.len() || which == index) && !large(index)).then(|| value.clone());
            let values: Vec<Option<Value>> = (0..op.params.len()).map(given).collect();
            let expr = apply(op, inputs.expect("the image is uploaded"), values);
            let expr = expr.boundary(boundaries[at % boundaries.len()]);
            let begin = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| expr.eval()));
            let about = || format!("{}({dtype} {shape:?}) with {value} for {which}", op.name);
            tally.calls += 1;
            match outcome {
                Err(_) => tally.failures.push(format!("{}: panicked", about())),
                // The CPU turns a panic in a body into an error of this kind.
                Ok(Err(error @ (Error::Driver { .. } | Error::Compile { .. } | Error::OutOfMemory { .. }))) => {
                    tally.failures.push(format!("{}: {error}", about()));
                }
                Ok(Err(_)) => tally.refused += 1,
                Ok(Ok(_)) => {}
            }
            if begin.elapsed() > Duration::from_millis(100) {
                tally.slow.push((begin.elapsed(), about()));
            }
        }
    }
}

#[test]
fn no_value_of_any_parameter_panics() {
    let device = Device::cpu();
    let (start, next) = (Instant::now(), AtomicUsize::new(0));
    std::panic::set_hook(Box::new(|_| {}));
    // Tiny images keep one core busy at most.
    let work = || {
        let mut tally = Tally::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(op) = catalogue().get(number) else { return tally };
            try_absurd_values(&device, number, op, &mut tally);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().expect("its panics are caught")).collect()
    });
    drop(std::panic::take_hook());
    let mut all = Tally::default();
    for tally in tallies {
        all.calls += tally.calls;
        all.refused += tally.refused;
        all.slow.extend(tally.slow);
        all.failures.extend(tally.failures);
    }
    let Tally { calls, refused, mut slow, failures } = all;
    println!("{calls} calls, {refused} refused, {:.1} s", start.elapsed().as_secs_f32());
    slow.sort_by(|a, b| b.cmp(a));
    slow.iter().take(20).for_each(|(time, about)| println!("{time:.2?}: {about}"));
    assert!(failures.is_empty(), "{} of {calls}:\n{}", failures.len(), failures.join("\n"));
    assert!(refused > calls / 5 && refused < calls, "{refused} of {calls} are refused");
    if let Some(megabytes) = most_memory() {
        println!("at most {megabytes} MB of memory");
        assert!(megabytes < 1500, "{megabytes} MB of memory for tiny images");
    }
}

/// The most memory that this process has had, in megabytes, where the system tells.
fn most_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}
