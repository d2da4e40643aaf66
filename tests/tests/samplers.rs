//! Gather operations over several images: batches, extents, boundaries, chains, and what does not fit.

use kernwerk::prelude::*;
use kernwerk::{AnyImage, Axes, Axis, Error};
use kernwerk_tests::backends;
use ndarray::{Array2, Array4, ArrayD, Axis as NdAxis, arr2};

/// A picture's sum with each of two others; one of these may be smaller.
#[gpu_op(gather)]
pub fn sums(first: Sampler<f32>, second: Sampler<u32>, third: Sampler<bool>, at: Position) -> (f32, i32) {
    let (x, y, z) = (at.x(), at.y(), at.z());
    let marked = if third.at(x, y, z) { 1 } else { 0 };
    (first.at(x, y, z) + second.at(x, y, z) as f32, marked + second.extent_x() * 10)
}

fn batch() -> (Array4<f32>, AnyImage) {
    let values = Array4::from_shape_fn((2, 3, 4, 5), |(t, z, y, x)| ((t * 7 + z * 5 + y * 3 + x) % 11) as f32 - 3.0);
    let image = Device::cpu().upload_with_axes(values.view(), Axes::new("tzyx").unwrap()).unwrap();
    (values, image.into_any())
}

#[test]
fn one_image_serves_a_batch_and_a_batch_its_own() {
    let (values, image) = batch();
    let kernel = Device::cpu().upload(arr2(&[[1.0f32, -2.0, 0.5], [0.25, 3.0, 1.0]]).view()).unwrap();
    let all: ArrayD<f32> = correlate(&image, &kernel).download().unwrap();
    for t in 0..2 {
        let one = Device::cpu().upload(values.index_axis(NdAxis(0), t)).unwrap();
        let one: ArrayD<f32> = correlate(&one, &kernel).download().unwrap();
        assert_eq!(all.index_axis(NdAxis(0), t), one);
    }
    let doubled: ArrayD<f32> =
        concatenate_along_x(image.typed::<f32>().unwrap(), image.typed::<f32>().unwrap()).download().unwrap();
    assert_eq!(doubled.shape(), [2, 3, 4, 10]);
    assert_eq!(doubled[[1, 2, 3, 9]], values[[1, 2, 3, 4]]);
}

#[test]
fn each_image_has_its_type_and_extents() {
    let first: Image<i16> = Device::cpu().upload(arr2(&[[1i16, -2, 3], [4, 5, -6]]).view()).unwrap();
    let second: Image<u8> = Device::cpu().upload(arr2(&[[10u8, 20]]).view()).unwrap();
    let third: Image<f32> = Device::cpu().upload(arr2(&[[0.0f32, 0.5, f32::NAN], [-1.0, 0.0, 0.0]]).view()).unwrap();
    let (sum, marks) = sums(&first, &second, &third);
    let sum: Array2<f32> = sum.boundary(Boundary::Constant(7.0)).download().unwrap();
    // The second has one row, which counts for all; its third column is the constant.
    assert_eq!(sum, arr2(&[[11.0, 18.0, 10.0], [14.0, 25.0, 1.0]]));
    let marks: Array2<i32> = marks.download().unwrap();
    assert_eq!(marks, arr2(&[[20, 21, 21], [21, 20, 20]]));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let (_, image) = batch();
    let three = Device::cpu().upload_with_axes(Array4::<f32>::zeros((3, 1, 2, 2)).view(), Axes::new("tzyx").unwrap());
    let error = correlate(&image, three.unwrap()).eval().unwrap_err();
    assert!(matches!(&error, Error::Shape { .. }), "{error}");
    assert!(error.to_string().contains("`kernel` has the shape [3, 1, 2, 2] (tzyx)"), "{error}");
    assert!(error.to_string().contains("one image for all of them"), "{error}");
    let picture: Image<f32> = Device::cpu().upload(arr2(&[[1.0f32, 2.0]]).view()).unwrap();
    let high: Image<f32> = Device::cpu().upload(arr2(&[[1.0f32, 2.0], [3.0, 4.0]]).view()).unwrap();
    let error = concatenate(&picture, &high, Axis::X).eval().unwrap_err();
    assert!(matches!(&error, Error::Shape { operation, .. } if operation == "join"), "{error}");
    assert!(error.to_string().contains("images of 1 and 2 voxels along y are joined along x"), "{error}");
    assert!(concatenate(&picture, &high, Axis::Y).eval().is_ok());
    let error = concatenate(&picture, &picture, Axis::Z).eval().unwrap_err();
    assert!(error.to_string().contains("the image has no axis z"), "{error}");
    let error = stitch_horizontally_linear_blending(&high, &high, 3).eval().unwrap_err();
    assert!(error.to_string().contains("an overlap of at most 2 voxels"), "{error}");
    let bytes: Image<u8> = Device::cpu().upload(arr2(&[[1u8, 2]]).view()).unwrap();
    let error =
        kernwerk::apply(&join::INFO, vec![(&picture).into_expr().into_any(), (&bytes).into_expr().into_any()], vec![]);
    assert!(matches!(error.eval(), Err(Error::Type { .. })));
}

#[test]
fn chains_go_on_with_the_result() {
    let image = batch().1.typed::<f32>().unwrap();
    let kernel = Device::cpu().upload(arr2(&[[0.5f32, 2.0]]).view()).unwrap();
    let apart = correlate(&image, &kernel).eval().unwrap();
    let apart: ArrayD<f32> = (&apart * 0.5 + &image).download().unwrap();
    let chained = correlate(&image, &kernel) * 0.5 + &image;
    assert_eq!(chained.download::<ndarray::IxDyn>().unwrap(), apart);
    let explained = chained.explain().unwrap();
    assert!(explained.contains("reads anywhere"), "{explained}");
}

/// A kernel that reads an image cannot write into it.
#[test]
fn the_result_is_never_an_image_that_is_read() {
    let (_, image) = batch();
    let kernel = Device::cpu().upload(arr2(&[[0.5f32, 2.0, 1.0]]).view()).unwrap();
    let expected: ArrayD<f32> = correlate(&image, &kernel).download().unwrap();
    let target = image.duplicate().unwrap().typed::<f32>().unwrap();
    correlate(&target, &kernel).eval_into(&target).unwrap();
    assert_eq!(target.download::<ndarray::IxDyn>().unwrap(), expected);
}

#[test]
fn an_optical_flow_leads_from_one_image_to_the_other() {
    let scene = |x: f32, y: f32| 0.5 + 0.2 * (0.55 * x).sin() * (0.4 * y).cos() + 0.2 * (0.23 * x + 0.31 * y).sin();
    let still = Array2::from_shape_fn((56, 64), |(y, x)| scene(x as f32, y as f32));
    let moved = Array2::from_shape_fn((56, 64), |(y, x)| scene(x as f32 - 1.75, y as f32 + 1.25));
    let device = Device::cpu();
    let (still_image, moving) = (device.upload(still.view()).unwrap(), device.upload(moved.view()).unwrap());
    let inside = |image: &Array2<f32>| image.slice(ndarray::s![8..48, 8..56]).to_owned();
    let (still, moved) = (inside(&still), inside(&moved));
    let apart = (&moved - &still).mapv(f32::abs).mean().unwrap();
    for (x, y, z) in [
        kernwerk::ops::optical_flow_tvl1(&still_image, &moving, 15.0, 0.3, 5, 10, 1e-4, false),
        kernwerk::ops::optical_flow_ilk(&still_image, &moving, 5, 10, false, false),
    ] {
        let back = kernwerk::ops::apply_vector_field(&moving, &x, &y, &z, kernwerk::ops::Interpolation::Cubic);
        let rest = (inside(&back.download().unwrap()) - &still).mapv(f32::abs).mean().unwrap();
        assert!(rest < 0.1 * apart, "{rest} is left of {apart}");
        let (x, y): (Array2<f32>, Array2<f32>) = (x.download().unwrap(), y.download().unwrap());
        let mean = |image: &Array2<f32>| inside(image).mean().unwrap();
        assert!((mean(&x) - 1.75).abs() < 0.15 && (mean(&y) + 1.25).abs() < 0.15, "{} {}", mean(&x), mean(&y));
        assert_eq!(z.download::<ndarray::Ix2>().unwrap(), Array2::<f32>::zeros((56, 64)));
    }
    let other = device.upload(Array2::<f32>::zeros((56, 63)).view()).unwrap();
    let error = kernwerk::ops::optical_flow_ilk(&still_image, &other, 5, 10, false, false).0.eval().unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error}");
}

/// The sum and the largest of the neighbours under a kernel, with three loops.
#[gpu_op(gather)]
pub fn one_by_one(
    source: Sampler<f32>,
    kernel: Sampler<f32>,
    at: Position,
    #[param(default = false)] reflected: bool,
) -> (f32, f32) {
    let sign = if reflected { -1 } else { 1 };
    let mut sum = 0.0;
    let mut largest = f32::NEG_INFINITY;
    for kz in 0..kernel.extent_z() {
        let z = at.z() + sign * (kz - kernel.extent_z() / 2);
        for ky in 0..kernel.extent_y() {
            let y = at.y() + sign * (ky - kernel.extent_y() / 2);
            for kx in 0..kernel.extent_x() {
                let weight = kernel.at(kx, ky, kz);
                let value = source.at(at.x() + sign * (kx - kernel.extent_x() / 2), y, z);
                sum = weight.mul_add(value, sum);
                if weight > 0.0 {
                    largest = max(largest, value);
                }
            }
        }
    }
    (sum, largest + at.y() as f32 + 0.25 * at.z() as f32)
}

/// The same for many voxels at once.
#[gpu_op(gather)]
pub fn together(
    source: Sampler<f32>,
    kernel: Sampler<f32>,
    at: Position,
    #[param(default = false)] reflected: bool,
) -> (f32, f32) {
    let mut sum = 0.0;
    for (value, weight) in source.under(kernel, at, reflected) {
        sum = weight.mul_add(value, sum);
    }
    let mut largest = f32::NEG_INFINITY;
    for (value, weight) in source.under(kernel, at, reflected) {
        if weight > 0.0 {
            largest = max(largest, value);
        }
    }
    (sum, largest + at.y() as f32 + 0.25 * at.z() as f32)
}

/// The same with one loop, under which results may march from plane to plane.
#[gpu_op(gather)]
pub fn in_one_loop(
    source: Sampler<f32>,
    kernel: Sampler<f32>,
    at: Position,
    #[param(default = false)] reflected: bool,
) -> (f32, f32) {
    let mut sum = 0.0;
    let mut largest = f32::NEG_INFINITY;
    for (value, weight) in source.under(kernel, at, reflected) {
        sum = weight.mul_add(value, sum);
        if weight > 0.0 {
            largest = max(largest, value);
        }
    }
    let out = largest + at.y() as f32;
    (sum, out + 0.25 * at.z() as f32)
}

/// The same with rounds that are left early, which each voxel takes by itself.
#[gpu_op(gather)]
pub fn left_early(
    source: Sampler<f32>,
    kernel: Sampler<f32>,
    at: Position,
    #[param(default = false)] reflected: bool,
) -> (f32, f32) {
    let mut sum = 0.0;
    let mut largest = f32::NEG_INFINITY;
    let mut rounds = kernel.extent_x() * kernel.extent_y() * kernel.extent_z();
    for (value, weight) in source.under(kernel, at, reflected) {
        rounds -= 1;
        sum = weight.mul_add(value, sum);
        if weight <= 0.0 && rounds > 0 {
            continue;
        }
        if weight > 0.0 {
            largest = max(largest, value);
        }
        if rounds == 0 {
            break;
        }
    }
    (sum, largest + at.y() as f32 + 0.25 * at.z() as f32)
}

/// Rounds on the CPU and on all GPUs against three loops on the CPU, for each image and kernel. Of the boundaries so many in turn, since a GPU compiles a
/// program for each and each kernel.
fn compare_rounds(shapes: &[[usize; 3]], extents: &[[usize; 3]], number: usize) {
    let values = |shape: [usize; 3], seed: u32| {
        let mut state = seed;
        ndarray::Array3::from_shape_fn(shape, |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0 - 0.3
        })
    };
    let bits = |parts: (Expr<f32>, Expr<f32>)| -> Vec<u32> {
        let (a, b): (ArrayD<f32>, ArrayD<f32>) = (parts.0.download().unwrap(), parts.1.download().unwrap());
        a.iter().chain(&b).map(|value| value.to_bits()).collect()
    };
    let found = backends::gpus();
    backends::report_absent(&found.absent);
    let gpus = found.present.into_iter().map(|present| present.device);
    let devices: Vec<Device> = std::iter::once(Device::cpu()).chain(gpus).collect();
    let boundaries = [Boundary::Nearest, Boundary::Reflect, Boundary::Mirror, Boundary::Wrap, Boundary::Constant(2.5)];
    let pairs = shapes.iter().flat_map(|&shape| extents.iter().map(move |&extent| (shape, extent)));
    for (turn, (shape, extent)) in pairs.enumerate() {
        let mut image = values(shape, 1);
        image[[0, 0, 0]] = f32::NAN;
        let kernel = values(extent, 7).mapv(|weight| if weight < 0.0 { 0.0 } else { weight });
        for boundary in (0..number).map(|k| boundaries[(2 * turn + k) % 5]) {
            for reflected in [false, true] {
                let call = |device: &Device, which: u32| {
                    let image = device.upload(image.view()).unwrap();
                    let kernel = device.upload(kernel.view()).unwrap();
                    let (sum, largest) = match which {
                        0 => one_by_one(&image, &kernel, reflected),
                        1 => together(&image, &kernel, reflected),
                        2 => in_one_loop(&image, &kernel, reflected),
                        _ => left_early(&image, &kernel, reflected),
                    };
                    bits((sum.boundary(boundary), largest.boundary(boundary)))
                };
                let expected = call(&devices[0], 0);
                for device in &devices {
                    for which in 1..4 {
                        let found = call(device, which);
                        assert!(found == expected, "{device} {which}: {shape:?} {extent:?} {boundary:?} {reflected}");
                    }
                }
            }
        }
    }
}

#[test]
fn rounds_are_those_of_three_loops() {
    let shapes = [[3, 9, 11], [1, 13, 300], [1, 1, 37], [5, 1, 4], [2, 7, 1]];
    compare_rounds(&shapes, &[[3, 3, 3], [2, 4, 6], [1, 1, 5], [1, 7, 1], [9, 1, 2], [1, 15, 40]], 2);
}

/// Images of enough planes for results to march on GPUs; with `KERNWERK_TUNING=under=49,under_march=343` processors do the same.
#[test]
fn results_march_under_kernels_of_several_planes() {
    compare_rounds(&[[19, 6, 35]], &[[3, 3, 3], [5, 5, 5], [2, 4, 6], [9, 1, 2]], 5);
}
