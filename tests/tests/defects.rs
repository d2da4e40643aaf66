//! One test for each defect that was measured in pyclesperanto 0.25.1 and its prototype: what was broken there holds here, on the CPU and on every
//! other device of the machine.
//!
//! A test is named after its defect, and each would have failed there.

use std::any::Any;
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use kernwerk::backend::driver::{Allocation, DeviceDescription, Driver, KernelArgument, Program, WorkSize};
use kernwerk::backend::gpu::Gpu;
use kernwerk::ops::find;
use kernwerk::prelude::*;
use kernwerk::{Outcome, Result, ValueMap, apply};
use ndarray::{Array2, Array3, Ix2, Ix3, arr2, s};

/// The CPU, and what else there is.
fn devices() -> Vec<Device> {
    let others = ["cuda", "opencl"].into_iter().filter_map(|backend| Device::open(backend, None).ok());
    [Device::cpu()].into_iter().chain(others).collect()
}

/// Labels that f32 cannot tell apart: 2²⁴ and its neighbours, and the largest.
fn labels() -> Array3<u32> {
    let large = [16_777_215, 16_777_216, 16_777_217, 16_777_219, 4_294_967_293, 4_294_967_295];
    Array3::from_shape_fn((2, 3, 6), |(z, y, x)| large[(z + 2 * y + x) % large.len()])
}

/// Defect 1: labels above 2²⁴ were corrupted by whatever copies, selects or replaces.
#[test]
fn labels_above_24_bits_stay_whole() {
    let expected = labels();
    for device in devices() {
        let image = device.upload(expected.view()).unwrap();
        let check = |about: &str, found: Expr<u32>, expected: Array3<u32>| {
            assert_eq!(found.download::<Ix3>().unwrap(), expected, "{about} on {device}");
        };
        let all = device.upload(Array3::<u8>::ones(expected.dim()).view()).unwrap();
        check("copy", copy(&image), expected.clone());
        check("flip", flip(&image, true, false, false), expected.slice(s![.., .., ..;-1]).to_owned());
        check("transpose", transpose_xy(&image), expected.view().permuted_axes([0, 2, 1]).to_owned());
        check("crop", crop(&image, [0, 1, 2], [2, 2, 3]), expected.slice(s![.., 1..3, 2..5]).to_owned());
        check("slice", slice(&image).with("step_x", 2), expected.slice(s![.., .., ..;2]).to_owned());
        check("unpad", unpad(&image, [0, 1, 1], [0, 0, 2]), expected.slice(s![.., 1.., 1..4]).to_owned());
        check("pad and unpad", unpad(pad(&image, 2, 3), 2, 3), expected.clone());
        check("roll", circular_shift(circular_shift(&image, 1, -2, 3), -1, 2, -3), expected.clone());
        check("mask", mask(&image, &all), expected.clone());
        check("mask_label", mask_label(&image, &all, 1), expected.clone());
        check("maximum", maximum_images(&image, set(&image, 16_777_216)), expected.mapv(|label| label.max(16_777_216)));
        check("minimum", minimum_images(&image, set(&image, 16_777_217)), expected.mapv(|label| label.min(16_777_217)));
        let replaced = expected.mapv(|label| if label == 16_777_217 { 16_777_216 } else { label });
        check("replace_value", replace_value(&image, 16_777_217, 16_777_216), replaced);
        let mut drawn = expected.clone();
        drawn.slice_mut(s![.., .., 3]).fill(16_777_217);
        check("set_column", set_column(&image, 3, 16_777_217), drawn);
        let mut drawn = expected.clone();
        drawn.slice_mut(s![0.., 1..2, 2..6]).fill(4_294_967_291u32);
        check("draw_box", draw_box(&image, [0, 1, 2], [2, 1, 9], 4_294_967_291u32), drawn);
        let largest = expected.map_axis(ndarray::Axis(0), |line| *line.iter().max().unwrap());
        assert_eq!(maximum_z_projection(&image).download::<Ix2>().unwrap(), largest, "{device}");
        assert_eq!(maximum_of_all_pixels(&image).eval().unwrap(), 4_294_967_295.0, "{device}");
        assert_eq!(minimum_of_all_pixels(&image).eval().unwrap(), 16_777_215.0, "{device}");
        check("median", median_box(&image, 0), expected.clone());
    }
}

/// Defect 1: 2²⁴ and 2²⁴ + 1 were equal.
#[test]
fn labels_above_24_bits_are_told_apart() {
    for device in devices() {
        let one = device.upload(arr2(&[[16_777_216u32, 16_777_217, 4_294_967_294]]).view()).unwrap();
        let other = device.upload(arr2(&[[16_777_217u32, 16_777_217, 4_294_967_295]]).view()).unwrap();
        let check = |found: Expr<u8>, expected: [u8; 3]| {
            assert_eq!(found.download::<Ix2>().unwrap(), arr2(&[expected]), "{device}");
        };
        check(equal(&one, &other), [0, 1, 0]);
        check(not_equal(&one, &other), [1, 0, 1]);
        check(smaller(&one, &other), [1, 0, 1]);
        check(greater_or_equal(&one, &other), [0, 1, 0]);
        check(equal_constant(&one, 16_777_217), [0, 1, 0]);
        check(greater_constant(&one, 16_777_216), [0, 1, 1]);
    }
}

/// Defect 2: 3·10⁹ and infinity became −2147483648.
#[test]
fn floats_saturate_at_the_ends_of_integers() {
    let values = [3e9, f32::INFINITY, 2_147_483_648.0, 2_147_483_520.0, -3e9, f32::NEG_INFINITY, f32::NAN];
    let end = i32::MAX;
    let expected = [end, end, end, 2_147_483_520, i32::MIN, i32::MIN, 0];
    for device in devices() {
        let image = device.upload(arr2(&[values]).view()).unwrap();
        let stored = (&image + 0.0).store_as::<i32>().download::<Ix2>().unwrap();
        assert_eq!(stored, arr2(&[expected]), "{device}");
        let converted = (&image + 0.0).convert::<i32>().download::<Ix2>().unwrap();
        assert_eq!(converted, arr2(&[expected]), "{device}");
        let unsigned = (&image * 2.0).store_as::<u32>().download::<Ix2>().unwrap();
        let end = u32::MAX;
        assert_eq!(unsigned, arr2(&[[end, end, end, 4_294_967_040, 0, 0, 0]]), "{device}");
    }
}

/// Defect 3: the sum of integers wrapped at 2³² without a word.
#[test]
fn sums_of_integers_do_not_wrap() {
    let mut image = Array3::<u16>::from_elem((64, 256, 256), 65_535);
    image[[63, 255, 255]] = 4;
    let expected = 64.0 * 256.0 * 256.0 * 65_535.0 - 65_531.0;
    for device in devices() {
        let image = device.upload(image.view()).unwrap();
        assert_eq!(sum_of_all_pixels(&image).eval().unwrap(), expected, "{device}");
        let largest = device.upload(Array2::from_elem((1, 3), u32::MAX).view()).unwrap();
        // Each is rounded to 2³² as it is loaded; the sum is not.
        assert_eq!(sum_of_all_pixels(&largest).eval().unwrap(), 12_884_901_888.0, "{device}");
    }
}

/// Defect 4: u8 + u8 saturated where u8 + number did not.
#[test]
fn images_and_numbers_have_one_rule_of_types() {
    for device in devices() {
        let image = device.upload(arr2(&[[200u8, 3]]).view()).unwrap();
        let check = |found: Expr<f32>, expected: [f32; 2]| {
            assert_eq!(found.download::<Ix2>().unwrap(), arr2(&[expected]), "{device}");
        };
        check(&image + &image, [400.0, 6.0]);
        check(&image + 200.0, [400.0, 203.0]);
        check(&image * &image, [40_000.0, 9.0]);
        check(&image * 200.0, [40_000.0, 600.0]);
        check(&image - &(&image * 2.0).eval().unwrap(), [-200.0, -3.0]);
        check(&image - 300.0, [-100.0, -297.0]);
        let narrow = (&image + &image).store_as::<u8>().download::<Ix2>().unwrap();
        assert_eq!(narrow, arr2(&[[255, 6]]), "{device}");
    }
}

/// Defect 5: `label(image, connectivity="sphere")` connected diagonal neighbours.
#[test]
fn connectivity_is_obeyed() {
    let mask = arr2(&[[1u8, 0, 0], [0, 1, 0], [0, 1, 1]]);
    let label = find("label").expect("it is an alias");
    for device in devices() {
        let image = device.upload(mask.view()).unwrap();
        let count = |connectivity: &str| {
            let mut values = ValueMap::new(label);
            values.set_text("connectivity", connectivity).unwrap();
            let expr = apply(label, vec![AnyExpr::image(image.any().clone())], values.finish().unwrap());
            maximum_of_all_pixels(expr).eval().unwrap()
        };
        assert_eq!(count("box"), 1.0, "{device}");
        assert_eq!(count("sphere"), 2.0, "{device}");
    }
}

/// Defect 6: `convolve` did not reflect its kernel.
#[test]
fn convolution_is_not_correlation() {
    let mut spot = Array2::<u8>::zeros((5, 5));
    spot[[2, 2]] = 1;
    let kernel = arr2(&[[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
    for device in devices() {
        let (spot, weights) = (device.upload(spot.view()).unwrap(), device.upload(kernel.view()).unwrap());
        // Each pixel of a spot becomes the kernel; what correlates with it is found at the opposite places.
        let convolved = convolve(&spot, &weights).download::<Ix2>().unwrap();
        assert_eq!(convolved.slice(s![1..4, 1..4]), kernel, "{device}");
        let correlated = correlate(&spot, &weights).download::<Ix2>().unwrap();
        assert_eq!(correlated.slice(s![1..4;-1, 1..4;-1]), kernel, "{device}");
    }
}

/// Defect 7: the means of a box of u8 were cut to whole numbers after each of three passes.
#[test]
fn passes_do_not_round_to_the_type_of_the_image() {
    let image = Array3::from_shape_fn((6, 7, 8), |(z, y, x)| ((z * 7919 + y * 104_729 + x * 1_299_709) % 251) as u8);
    for device in devices() {
        let mean = mean_box(device.upload(image.view()).unwrap(), 1).download::<Ix3>().unwrap();
        for ((z, y, x), &found) in mean.indexed_iter() {
            let inside =
                |center: usize, extent: usize| (0..3).map(move |d| (center + d).saturating_sub(1).min(extent - 1));
            let mut sum = 0.0;
            for z in inside(z, 6) {
                for y in inside(y, 7) {
                    for x in inside(x, 8) {
                        sum += f64::from(image[[z, y, x]]);
                    }
                }
            }
            let expected = sum / 27.0;
            assert!((f64::from(found) - expected).abs() < 1e-4, "{found}, not {expected}, at {z} {y} {x} on {device}");
        }
    }
}

/// Defect 8: the mode counted in 256 bins, whatever the values.
#[test]
fn modes_of_values_above_255_are_found() {
    for device in devices() {
        for most in [256u32, 1023, 65_536, 16_777_217, u32::MAX] {
            // A third of every window; of the others no two are equal, but half of them are the same modulo 256.
            let labels = Array2::from_shape_fn((9, 9), |(y, x)| match ((x + y) % 3, (x + 9 * y) as u32) {
                (0, _) => most,
                (1, index) => most % 256 + 256 * (index + 7),
                (_, index) => 100 + index,
            });
            let image = device.upload(labels.view()).unwrap();
            for (name, found) in [("box", mode_box(&image, 1)), ("sphere", mode_sphere(&image, 2))] {
                let found = found.download::<Ix2>().unwrap();
                let inner = found.slice(s![2..7, 2..7]);
                assert!(inner.iter().all(|&label| label == most), "{name} of {most} on {device}: {found}");
            }
        }
    }
}

/// Memory that no driver has.
struct Memory(usize);

impl Allocation for Memory {
    fn size(&self) -> usize {
        self.0
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A text that nothing was made of.
struct Compiled;

impl Program for Compiled {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A text with its definitions.
type Text = (String, Vec<(String, String)>);

/// A driver that computes nothing and counts what it is asked to compile.
struct Counter {
    description: DeviceDescription,
    texts: Mutex<BTreeSet<Text>>,
    launches: Mutex<usize>,
}

impl Driver for Counter {
    fn description(&self) -> &DeviceDescription {
        &self.description
    }
    fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
        Ok(Box::new(Memory(bytes)))
    }
    fn upload(&self, _: &dyn Allocation, _: usize, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn download(&self, _: &dyn Allocation, _: usize, _: &mut [u8]) -> Result<()> {
        Ok(())
    }
    fn copy(&self, _: &dyn Allocation, _: usize, _: &dyn Allocation, _: usize, _: usize) -> Result<()> {
        Ok(())
    }
    fn clear(&self, _: &dyn Allocation, _: usize) -> Result<()> {
        Ok(())
    }
    fn compile(&self, source: &str, definitions: &[(String, String)]) -> Result<Arc<dyn Program>> {
        self.texts.lock().unwrap().insert((source.to_owned(), definitions.to_vec()));
        Ok(Arc::new(Compiled))
    }
    fn launch(&self, _: &dyn Program, _: &str, _: WorkSize, _: &[KernelArgument<'_>]) -> Result<()> {
        *self.launches.lock().unwrap() += 1;
        Ok(())
    }
    fn synchronize(&self) -> Result<()> {
        Ok(())
    }
    fn available_memory(&self) -> Option<u64> {
        None
    }
}

/// Defect 9: every new shape compiled every kernel anew.
#[test]
fn another_shape_compiles_nothing() {
    let description = DeviceDescription {
        backend: "cuda",
        name: "counter".into(),
        driver: String::new(),
        memory: 1 << 33,
        max_allocation: 1 << 33,
        compute_units: 132,
        is_gpu: true,
        max_work_group: 1024,
        local_memory: 48 << 10,
        pairs: true,
        doubles: true,
    };
    let counter = Arc::new(Counter { description, texts: Mutex::default(), launches: Mutex::default() });
    let device = Device::from_backend(Arc::new(Gpu::new(counter.clone())));
    let run = |[depth, height, width]: [usize; 3]| {
        let image = device.upload(Array3::<u16>::zeros((depth, height, width)).view()).unwrap();
        gaussian_blur(&image, 1.0).eval().unwrap();
        median_box(&image, 1).eval().unwrap();
        maximum_sphere(&image, 2).eval().unwrap();
        mean_z_projection(&image).eval().unwrap();
        flip(&image, true, true, true).eval().unwrap();
        slice(&image).with("step_x", 2).eval().unwrap();
        square(&image * 2.0 + 1.0).eval().unwrap();
        sum_of_all_pixels(&image).eval().unwrap();
    };
    run([20, 100, 120]);
    let (texts, launches) = (counter.texts.lock().unwrap().clone(), *counter.launches.lock().unwrap());
    assert!(texts.len() >= 8 && launches >= 8, "{} texts, {launches} launches", texts.len());
    for shape in [[21, 101, 121], [33, 90, 257], [15, 255, 83], [64, 70, 70], [20, 128, 256]] {
        run(shape);
        let more: Vec<_> = counter.texts.lock().unwrap().difference(&texts).map(|text| text.1.clone()).collect();
        assert!(more.is_empty(), "{shape:?} compiled {more:?}");
    }
    assert!(*counter.launches.lock().unwrap() >= 6 * launches);
}

/// Defect 10: `artificial_tissue()` never returned for images of one plane.
#[test]
fn artificial_tissue_ends() {
    for device in devices() {
        for shape in [(1, 64, 64), (1, 1, 40), (3, 20, 20), (1, 1, 1)] {
            let image = device.upload(Array3::<u8>::zeros(shape).view()).unwrap();
            let tissue = artificial_tissue(&image, 10.0, 3.0, 0).download::<Ix3>().unwrap();
            assert!(tissue.iter().all(|&label| label > 0), "{shape:?} on {device}");
        }
        let picture = device.upload(Array2::<u8>::zeros((64, 64)).view()).unwrap();
        let tissue = artificial_tissue(&picture, 10.0, 3.0, 0).download::<Ix2>().unwrap();
        assert!(tissue.iter().max().unwrap() >= &30, "{tissue} on {device}");
        // The spacing 0 along z: an error that says so instead of an endless loop.
        let spacing = PerAxis::xyz(10.0, 10.0, 0.0);
        let error = artificial_tissue(&picture, spacing, 3.0, 0).eval().unwrap_err();
        assert!(matches!(error, Error::Parameter { .. }) && error.to_string().contains("delta"), "{error}");
    }
}

/// Whether a type can be that of a pixel: an associated constant of the type itself goes before that of a trait.
struct Probe<T>(PhantomData<T>);

trait NoPixel {
    const IS_PIXEL: bool = false;
}

impl<T> NoPixel for Probe<T> {}

impl<T: Pixel> Probe<T> {
    const IS_PIXEL: bool = true;
}

/// Defect 11: complex numbers lost their imaginary part and 64-bit numbers their upper half, without a word.
#[test]
fn nothing_is_narrowed_silently() {
    const {
        assert!(Probe::<f32>::IS_PIXEL && Probe::<f64>::IS_PIXEL && Probe::<i64>::IS_PIXEL && Probe::<u64>::IS_PIXEL);
        // `upload` takes arrays of pixels only: these do not compile.
        assert!(!Probe::<(f32, f32)>::IS_PIXEL && !Probe::<usize>::IS_PIXEL && !Probe::<bool>::IS_PIXEL);
    }
    // Numbers of 64 bits stay what they are; those that a call is given are refused where they do not fit.
    for device in devices() {
        let wide = arr2(&[[u64::MAX, (1 << 53) + 1]]);
        assert_eq!(device.upload(wide.view()).unwrap().download::<Ix2>().unwrap(), wide);
        match device.upload(arr2(&[[1e300, 1.0 + f64::EPSILON]]).view()) {
            Ok(image) => assert_eq!(image.download::<Ix2>().unwrap(), arr2(&[[1e300, 1.0 + f64::EPSILON]])),
            Err(error) => assert!(matches!(error, Error::Unsupported { .. }), "{error}"),
        }
        let image = device.upload(arr2(&[[1u32, 2]]).view()).unwrap();
        let error = replace_value(&image, 1, 8_589_934_592.0).eval().unwrap_err();
        assert!(error.to_string().contains("4294967295"), "{error}");
        let bytes = device.upload(arr2(&[[1u8, 2]]).view()).unwrap();
        assert!(matches!(equal_constant(&bytes, 257).eval(), Err(Error::Parameter { .. })));
        assert!(matches!(equal_constant(&bytes, 1.5).eval(), Err(Error::Parameter { .. })));
        let signed = device.upload(arr2(&[[1i32, 2]]).view()).unwrap();
        assert!(matches!(set(&signed, 2_147_483_648.0).eval(), Err(Error::Parameter { .. })));
    }
    let mut values = ValueMap::new(find("draw_box").unwrap());
    assert!(values.set_json("start", &serde_json::json!(8_589_934_592u64)).is_err());
}

/// Defect 12: percentiles came from a histogram of 256 bins, so that one outlier moved them all.
#[test]
fn percentiles_are_elements_of_the_window() {
    let image = Array2::from_shape_fn((9, 9), |(y, x)| if (y, x) == (4, 4) { 1e9 } else { (9 * y + x) as f32 * 0.125 });
    for device in devices() {
        let image = device.upload(image.view()).unwrap();
        for (percentile, rank) in [(0.0f32, 0), (10.0, 0), (50.0, 4), (75.0, 6), (99.0, 8)] {
            let found = percentile_box(&image, 1, percentile).download::<Ix2>().unwrap();
            let mut window: Vec<f32> = [20, 21, 22, 29, 30, 31, 38, 39].map(|index| index as f32 * 0.125).to_vec();
            window.push(1e9);
            assert_eq!(found[[3, 3]], window[rank], "{percentile} on {device}");
        }
    }
}

/// Defect 13: `sobel` read past its weights in stacks, and gave 3·10¹¹ for a constant image.
#[test]
fn sobel_of_a_constant_stack_is_zero() {
    for device in devices() {
        let image = device.upload(Array3::from_elem((7, 8, 9), 123u16).view()).unwrap();
        let edges = sobel(&image).download::<Ix3>().unwrap();
        assert!(edges.iter().all(|&edge| edge == 0.0), "{device}");
        // A ramp along z: differences of 2, smoothed with 1 + 2 + 1 along x and y.
        let ramp = Array3::from_shape_fn((7, 8, 9), |(z, _, _)| z as u16);
        let edges = sobel(device.upload(ramp.view()).unwrap()).download::<Ix3>().unwrap();
        assert!(edges.slice(s![1..6, .., ..]).iter().all(|&edge| edge == 32.0), "{device}");
    }
}

/// Defect 14: a radius of 1.5 was cut to 1.
#[test]
fn fractions_of_voxels_are_no_radius() {
    for name in ["mean_filter", "median_filter", "maximum_filter", "binary_dilate", "top_hat"] {
        let op = find(name).unwrap();
        let mut values = ValueMap::new(op);
        let error = values.set_json("radius", &serde_json::json!(1.5)).unwrap_err();
        assert!(error.to_string().contains("1.5") && error.to_string().contains("radius"), "{error}");
        let mut values = ValueMap::new(op);
        assert!(values.set_text("radius", "1.5").is_err(), "{name}");
        // Where it says so in words, a fraction counts.
        assert!(values.set_text("radius", "2").is_ok(), "{name}");
    }
    let mask = Array2::from_shape_fn((7, 7), |(y, x)| u32::from((y, x) == (3, 3)));
    for device in devices() {
        let image = device.upload(mask.view()).unwrap();
        let area = |distance| expand_labels(&image, distance).download::<Ix2>().unwrap().sum();
        assert_eq!([area(1.0), area(1.5), area(2.0)], [5, 9, 13], "{device}");
        let drawn = |radius: f32| {
            let sphere = draw_sphere(&image, [0.0, 3.0, 3.0], radius, 1);
            sphere.download::<Ix2>().unwrap().sum()
        };
        assert_eq!([drawn(1.0), drawn(1.5), drawn(2.0)], [5, 9, 13], "{device}");
    }
}

/// Defect 15: arguments given in another order were bound to other names, and the result overwrote an input.
#[test]
fn arguments_are_bound_by_name_and_inputs_stay() {
    let op = find("clip").unwrap();
    let pixels = arr2(&[[-5.0f32, 0.5, 7.0]]);
    for device in devices() {
        let image = device.upload(pixels.view()).unwrap();
        let mut results = Vec::new();
        for order in [["min", "max"], ["max", "min"]] {
            let mut values = ValueMap::new(op);
            for name in order {
                values.set_json(name, &serde_json::json!(if name == "min" { -1.0 } else { 2.0 })).unwrap();
            }
            let expr = apply(op, vec![AnyExpr::image(image.any().clone())], values.finish().unwrap());
            let Outcome::Image(result) = expr.eval().unwrap() else { panic!("an image is expected") };
            results.push(result.typed::<f32>().unwrap().download::<Ix2>().unwrap());
        }
        assert_eq!(results, [arr2(&[[-1.0, 0.5, 2.0]]), arr2(&[[-1.0, 0.5, 2.0]])], "{device}");
        let other = device.upload(arr2(&[[1.0f32, 2.0, 3.0]]).view()).unwrap();
        // Drawing makes a new image, and only `eval_into` changes one, which reads it first.
        set(&image, 9.0).eval().unwrap();
        draw_box(&image, 0, 9, 9.0).eval().unwrap();
        subtract_images(&other, &image).eval().unwrap();
        assert_eq!(image.download::<Ix2>().unwrap(), pixels, "{device}");
        let flipped = flip(&image, true, false, false);
        flipped.eval_into(&image).unwrap();
        assert_eq!(image.download::<Ix2>().unwrap(), pixels.slice(s![.., ..;-1]), "{device}");
    }
    let mut values = ValueMap::new(op);
    assert!(matches!(values.set_text("maximum_intensity", "2"), Err(Error::UnknownParameter { .. })));
}

/// Defect 16: outside the image there was the pixel at the border, and nothing else could be asked for.
#[test]
fn every_boundary_can_be_asked_for() {
    let line = arr2(&[[1.0f32, 2.0, 4.0, 8.0]]);
    let cases = [
        (Boundary::Nearest, [1.0, 1.0, 1.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]),
        (Boundary::Reflect, [4.0, 2.0, 1.0, 1.0, 2.0, 4.0, 8.0, 8.0, 4.0, 2.0]),
        (Boundary::Mirror, [8.0, 4.0, 2.0, 1.0, 2.0, 4.0, 8.0, 4.0, 2.0, 1.0]),
        (Boundary::Wrap, [2.0, 4.0, 8.0, 1.0, 2.0, 4.0, 8.0, 1.0, 2.0, 4.0]),
        (Boundary::Constant(5.5), [5.5, 5.5, 5.5, 1.0, 2.0, 4.0, 8.0, 5.5, 5.5, 5.5]),
    ];
    for device in devices() {
        let image = device.upload(line.view()).unwrap();
        let mut sums = BTreeSet::new();
        for (boundary, expected) in cases {
            let padded = pad(&image, 3, 3).boundary(boundary).download::<Ix2>().unwrap();
            assert_eq!(padded, arr2(&[expected]), "{boundary} on {device}");
            // A filter sees what the margins hold.
            let mean = mean_box(&image, [0, 0, 3]).boundary(boundary).download::<Ix2>().unwrap();
            for (x, &found) in mean.iter().enumerate() {
                let expected = expected[x..x + 7].iter().sum::<f32>() / 7.0;
                assert!((found - expected).abs() < 1e-6, "{boundary} at {x} on {device}: {found}, not {expected}");
            }
            sums.insert(mean.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
        }
        assert_eq!(sums.len(), cases.len(), "{device}");
    }
}
