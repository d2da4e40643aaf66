//! Geometric transforms and running totals against SciPy and NumPy (values computed with SciPy 1.17), and what they refuse.

use kernwerk::prelude::*;
use kernwerk::{Axis, Error};
use kernwerk_kernels::transform::Interpolation;
use ndarray::{Array2, Array3, Axis as NdAxis, arr2};

fn picture() -> Array2<f32> {
    arr2(&[[1., 5., 2., 8., 3.], [4., 0., 7., 6., 9.], [2., 3., 1., 5., 8.], [9., 4., 6., 2., 0.]])
}

fn close(found: &Array2<f32>, expected: &Array2<f32>, about: &str) {
    assert_eq!(found.shape(), expected.shape(), "{about}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 2e-5, "{about}: {found}, expected {expected}");
    }
}

/// `scipy.ndimage.shift(picture, (0.75, -1.25), order, mode)`. But with the mode `reflect` SciPy's prefilter is off by 10⁻⁴ at the first
/// voxel of an axis: there the values are those of the spline whose coefficients `numpy.linalg.solve` finds.
#[test]
fn shifts_are_those_of_scipy() {
    use Interpolation::{Cubic, Linear, Nearest};
    let image = Device::cpu().upload(picture().view()).unwrap();
    let cases = [
        (
            Boundary::Mirror,
            Nearest,
            arr2(&[[0., 7., 6., 9., 6.], [5., 2., 8., 3., 8.], [0., 7., 6., 9., 6.], [3., 1., 5., 8., 5.]]),
        ),
        (
            Boundary::Mirror,
            Linear,
            arr2(&[
                [2.375, 5.9375, 6.75, 7.25, 6.3125],
                [3.625, 4.3125, 6.75, 5.25, 6.4375],
                [1.9375, 5.5625, 6.5, 8.0, 5.6875],
                [3.0, 2.75, 4.6875, 5.5625, 3.75],
            ]),
        ),
        (
            Boundary::Mirror,
            Cubic,
            arr2(&[
                [1.902002, 6.893771, 6.612367, 7.124044, 6.717529],
                [4.031055, 3.929841, 7.125753, 4.306892, 7.101074],
                [0.882227, 6.363079, 6.714139, 9.47177, 5.647217],
                [3.150916, 1.946936, 4.800256, 5.510242, 3.369324],
            ]),
        ),
        (
            Boundary::Reflect,
            Cubic,
            arr2(&[
                [4.81151, 2.229499, 7.961359, 0.84476, 4.169435],
                [3.529784, 4.597626, 7.302203, 3.754694, 5.390829],
                [1.159194, 6.310454, 6.361179, 10.40361, 8.651682],
                [3.021051, 1.608824, 5.082219, 6.256925, 5.929807],
            ]),
        ),
        (
            Boundary::Wrap,
            Cubic,
            arr2(&[
                [4.195967, 5.500361, 1.579018, 1.325595, 7.910778],
                [3.698908, 3.996743, 8.279147, 3.203991, 1.442305],
                [1.327293, 6.250394, 6.590504, 9.099565, 1.814276],
                [3.070446, 1.813582, 4.842524, 5.566872, 3.491733],
            ]),
        ),
        (
            Boundary::Nearest,
            Linear,
            arr2(&[
                [4.25, 3.5, 6.75, 3.0, 3.0],
                [3.625, 4.3125, 6.75, 4.5, 4.5],
                [1.9375, 5.5625, 6.5, 8.75, 8.75],
                [3.0, 2.75, 4.6875, 6.0, 6.0],
            ]),
        ),
        (
            Boundary::Constant(2.0),
            Linear,
            arr2(&[
                [2.5625, 2.375, 3.1875, 2.1875, 2.0],
                [3.625, 4.3125, 6.75, 3.875, 2.0],
                [1.9375, 5.5625, 6.5, 7.0625, 2.0],
                [3.0, 2.75, 4.6875, 5.0, 2.0],
            ]),
        ),
        (
            Boundary::Constant(2.0),
            Nearest,
            arr2(&[[2., 2., 2., 2., 2.], [5., 2., 8., 3., 2.], [0., 7., 6., 9., 2.], [3., 1., 5., 8., 2.]]),
        ),
    ];
    for (boundary, interpolation, expected) in cases {
        let by = PerAxis { x: -1.25, y: 0.75, z: 0.3 };
        let found = shift(&image, by, interpolation).boundary(boundary).download().unwrap();
        close(&found, &expected, &format!("{boundary} {interpolation:?}"));
    }
}

/// `scipy.ndimage.zoom(picture, (6/4, 3/5), order, grid_mode=True)`; with order 1 the same as `skimage.transform.resize`;
/// the cubic values are from `numpy.linalg.solve` again.
#[test]
fn sizes_are_those_of_scipy_in_grid_mode() {
    let image = Device::cpu().upload(picture().view()).unwrap();
    let resized = |interpolation, boundary| {
        resize(&image, [1, 6, 3], interpolation).boundary(boundary).download::<ndarray::Ix2>().unwrap()
    };
    let linear = arr2(&[
        [2.333333, 2.0, 4.666667],
        [2.5, 4.5, 6.333333],
        [2.611111, 6.0, 7.833333],
        [2.388889, 2.0, 7.166667],
        [4.833333, 3.5, 3.833333],
        [7.333333, 6.0, 0.666667],
    ]);
    close(&resized(Interpolation::Linear, Boundary::Nearest), &linear, "linear");
    let cubic = arr2(&[
        [2.787954, 1.22619, 4.998587],
        [2.449106, 5.410714, 6.410172],
        [1.938085, 6.396825, 8.103412],
        [2.149605, 1.603175, 8.003974],
        [4.777724, 2.589286, 3.903403],
        [7.578016, 6.77381, -0.478825],
    ]);
    close(&resized(Interpolation::Cubic, Boundary::Reflect), &cubic, "cubic");
    let nearest = arr2(&[[1., 2., 3.], [4., 7., 9.], [4., 7., 9.], [2., 1., 8.], [9., 6., 0.], [9., 6., 0.]]);
    close(&resized(Interpolation::Nearest, Boundary::Nearest), &nearest, "nearest");
}

/// `scipy.ndimage.affine_transform(picture, [[0.9, 0.2], [-0.3, 1.1]], (0.4, -0.7), order, mode="mirror")`.
#[test]
fn affine_transforms_are_those_of_scipy() {
    let image = Device::cpu().upload(picture().view()).unwrap();
    let transformed = |interpolation| {
        let expr =
            affine_transform(&image, 1.1, -0.3, 0.0, -0.7, 0.2, 0.9, 0.0, 0.4, 0.0, 0.0, 1.0, 0.0, interpolation);
        expr.boundary(Boundary::Mirror).download::<ndarray::Ix2>().unwrap()
    };
    let linear = arr2(&[
        [2.76, 2.48, 3.5, 6.4, 7.9],
        [0.9, 2.85, 2.24, 2.65, 5.7],
        [2.84, 4.52, 3.86, 5.0, 1.8],
        [4.86, 5.3, 4.3, 2.74, 4.06],
    ]);
    close(&transformed(Interpolation::Linear), &linear, "linear");
    let cubic = arr2(&[
        [3.082752, 2.581582, 3.341729, 6.673429, 9.120435],
        [0.0684, 2.44654, 1.687224, 1.843694, 6.195442],
        [2.905753, 4.948325, 4.240679, 5.4608, 1.575161],
        [4.95565, 6.13858, 4.937429, 2.275715, 3.764411],
    ]);
    close(&transformed(Interpolation::Cubic), &cubic, "cubic");
}

#[test]
fn the_spline_goes_through_the_voxels() {
    let stack = Array3::from_shape_fn((5, 6, 7), |(z, y, x)| ((z * 31 + y * 17 + x * 7) % 23) as f32);
    let image = Device::cpu().upload(stack.view()).unwrap();
    for boundary in [Boundary::Mirror, Boundary::Reflect, Boundary::Wrap] {
        let back: Array3<f32> = shift(&image, 0.0, Interpolation::Cubic).boundary(boundary).download().unwrap();
        assert!(back.iter().zip(&stack).all(|(a, b)| (a - b).abs() < 2e-5), "{boundary}");
    }
}

#[test]
fn labels_stay_labels_and_frames_fit() {
    let labels = Array3::from_shape_fn((2, 3, 4), |(z, y, x)| 16_777_217u32 + (z * 12 + y * 4 + x) as u32);
    let size = kernwerk::VoxelSize { x: 0.1, y: 0.2, z: 0.5, unit: "µm".into() };
    let image = Device::cpu().upload(labels.view()).unwrap().with_voxel_size(Some(size.clone()));
    let doubled = resize_nearest(&image, [4, 6, 8]).eval().unwrap();
    assert_eq!((doubled.any().shape(), doubled.voxel_size()), (vec![4, 6, 8], None));
    let doubled: Array3<u32> = doubled.download().unwrap();
    assert!(doubled.indexed_iter().all(|((z, y, x), &label)| label == labels[[z / 2, y / 2, x / 2]]));
    assert_eq!(shift_nearest(&image, 1.0).eval().unwrap().voxel_size(), Some(&size));
    let explained = resize_nearest(&image, [4, 6, 8]).explain().unwrap();
    assert!(explained.contains("reads anywhere") && explained.contains("[4, 6, 8]"), "{explained}");

    let message = |extent: [u32; 3]| resize_nearest(&image, extent).eval().expect_err("refused").to_string();
    assert!(message([4, 0, 8]).contains("parameter `extent` is [4, 0, 8], but the smallest value is 1"));
    assert!(message([1 << 20; 3]).contains("memory"), "{}", message([1 << 20; 3]));
    let flat = Device::cpu().upload(picture().view()).unwrap();
    let error = resize_nearest(&flat, [2, 3, 4]).eval().expect_err("refused");
    assert!(matches!(error, Error::Parameter { .. }));
    assert!(error.to_string().contains("the image has no axis z; give 1 for z"), "{error}");
}

/// Walks every line of a stack.
fn scanned<S: Copy>(
    stack: &Array3<f32>,
    axis: usize,
    reverse: bool,
    start: S,
    mut step: impl FnMut(S, f32) -> (f32, S),
) -> Array3<f32> {
    let mut result = stack.clone();
    for mut lane in result.lanes_mut(NdAxis(axis)) {
        let mut state = start;
        let mut order: Vec<usize> = (0..lane.len()).collect();
        if reverse {
            order.reverse();
        }
        for i in order {
            (lane[i], state) = step(state, lane[i]);
        }
    }
    result
}

/// `numpy.cumsum`, `cumprod`, `maximum.accumulate` and `minimum.accumulate` (but a NaN counts as largest for both).
#[test]
fn running_totals_are_those_of_numpy() {
    // Large enough for several threads and blocks of columns.
    let stack =
        Array3::from_shape_fn((7, 9, 1030), |(z, y, x)| match (z * 7919 + y * 104_729 + x * 1_299_709) % 1009 {
            500 => f32::NAN,
            other => other as f32 / 8.0 - 40.0,
        });
    let clean = stack.mapv(|value| if value.is_nan() { 0.1 } else { value * 1e-3 + 1.0 });
    let device = Device::cpu();
    let (image, positive) = (device.upload(stack.view()).unwrap(), device.upload(clean.view()).unwrap());
    let same = |found: &Array3<f32>, expected: &Array3<f32>| {
        found.iter().zip(expected).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    };
    for (axis, dimension) in [(Axis::X, 2), (Axis::Y, 1), (Axis::Z, 0)] {
        for reverse in [false, true] {
            let largest = |a: f32, b: f32| if a.is_nan() || b.is_nan() { f32::NAN } else { a.max(b) };
            let expected = scanned(&stack, dimension, reverse, f32::NEG_INFINITY, |state, value| {
                (largest(state, value), largest(state, value))
            });
            let found = cumulative_max(&image, axis).with("reverse", reverse).download().unwrap();
            assert!(same(&found, &expected), "maximum along {axis:?}, {reverse}");
            let expected =
                scanned(&stack, dimension, reverse, f32::NAN, |state, value| (state.min(value), state.min(value)));
            let found = cumulative_min(&image, axis).with("reverse", reverse).download().unwrap();
            assert!(same(&found, &expected), "minimum along {axis:?}, {reverse}");
            let expected = scanned(&clean, dimension, reverse, 0f64, |state, value| {
                ((state + f64::from(value)) as f32, state + f64::from(value))
            });
            let found = cumulative_sum(&positive, axis).with("reverse", reverse).download().unwrap();
            assert!(same(&found, &expected), "sum along {axis:?}, {reverse}");
            let expected = scanned(&clean, dimension, reverse, 1f32, |state, value| (state * value, state * value));
            let found = cumulative_product(&positive, axis).with("reverse", reverse).download().unwrap();
            assert!(same(&found, &expected), "product along {axis:?}, {reverse}");
        }
    }
}

#[test]
fn scans_keep_types_and_say_what_is_wrong() {
    let image = Device::cpu().upload(arr2(&[[3u8, 1, 200], [4, 9, 2]]).view()).unwrap();
    assert_eq!(cumulative_max(&image, Axis::Y).download::<ndarray::Ix2>().unwrap(), arr2(&[[3, 1, 200], [4, 9, 200]]));
    let stored = cumulative_sum(&image, Axis::X).store_as::<u8>().download::<ndarray::Ix2>().unwrap();
    assert_eq!(stored, arr2(&[[3, 4, 204], [4, 13, 15]]));
    let flat = cumulative_min(&image, Axis::Z).download::<ndarray::Ix2>().unwrap();
    assert_eq!(flat, arr2(&[[3, 1, 200], [4, 9, 2]]));
    let overflow = Device::cpu().upload(arr2(&[[3e38f32, 3e38, -3e38, 1.0]]).view()).unwrap();
    let sums = cumulative_sum(&overflow, Axis::X).download::<ndarray::Ix2>().unwrap();
    assert_eq!(sums, arr2(&[[3e38, f32::INFINITY, f32::INFINITY, f32::INFINITY]]));
    let missing = kernwerk::apply(&cumulative_sum::INFO, vec![(&image).into_expr().into_any()], vec![]);
    let message = missing.eval().map(drop).unwrap_err().to_string();
    assert!(message.contains("parameter `axis`") && message.contains("one of x, y, z"), "{message}");
    let explained = cumulative_sum(&image, Axis::Y).explain().unwrap();
    assert!(
        explained.contains("cumulative_sum_lines along y") && explained.contains("reads whole lines"),
        "{explained}"
    );
}
