//! The recursive Gaussian against the exact one, its boundaries, and scans that start from what lies before their lines.

use kernwerk::ops::{gaussian_blur, gaussian_blur_recursive};
use kernwerk::prelude::*;
use kernwerk::{Axis, Error};
use kernwerk_tests::extra::{decayed, steps_along};
use ndarray::{Array1, Array2, Array3, Axis as Along};

/// What is off most, in units of the range of the image.
fn error(found: &Array3<f32>, expected: &Array3<f32>, image: &Array3<f32>) -> f32 {
    let range = image.iter().copied().fold(f32::MIN, f32::max) - image.iter().copied().fold(f32::MAX, f32::min);
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / range
}

/// Noise, blocks of several sizes, and a point: lines of a few sigmas.
fn lines(len: usize) -> Array3<f32> {
    let mut state = 1u32;
    let mut lines = Array3::from_shape_fn((1, 6, len), |(_, y, x)| match y {
        0 => f32::from(u8::from(x == len / 2)),
        1 => f32::from(u8::from(x > len / 3)),
        y => f32::from(u8::from((x / (1 + len / (8 * y))).is_multiple_of(2))),
    });
    for voxel in lines.index_axis_mut(Along(1), 5) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *voxel = (state >> 8) as f32 / 16_777_216.0;
    }
    lines
}

#[test]
fn it_is_a_gaussian_for_any_sigma() {
    let device = Device::cpu();
    for sigma in [0.1f32, 0.3, 0.5, 0.8, 1.0, 1.7, 3.0, 7.5, 20.0, 55.0, 100.0, 300.0, 1000.0] {
        let image = lines((7.0 * sigma) as usize + 41);
        let stored = device.upload(image.view()).unwrap();
        for boundary in [Boundary::Nearest, Boundary::Constant(0.25)] {
            let only_x = [0.0, 0.0, sigma];
            let found = gaussian_blur_recursive(&stored, only_x).boundary(boundary).download().unwrap();
            let exact = gaussian_blur(&stored, only_x).with("truncate", 7.0f32).boundary(boundary).download().unwrap();
            let error = error(&found, &exact, &image);
            println!("sigma {sigma}, {}: {error:.1e} of the range", boundary.name());
            assert!(error < 1e-5, "sigma {sigma}, {}: {error}", boundary.name());
        }
    }
}

#[test]
fn it_is_a_gaussian_along_all_axes() {
    let image =
        Array3::from_shape_fn((23, 31, 45), |(z, y, x)| ((z * 7919 + y * 104_729 + x * 1_299_709) % 251) as f32);
    let stored = Device::cpu().upload(image.view()).unwrap();
    for sigma in [[1.0, 2.0, 5.0], [20.0, 4.0, 0.5], [0.0, 3.0, 30.0]] {
        let found = gaussian_blur_recursive(&stored, sigma).download().unwrap();
        let exact = gaussian_blur(&stored, sigma).with("truncate", 7.0f32).download().unwrap();
        let error = error(&found, &exact, &image);
        assert!(error < 1.5e-5, "sigma {sigma:?}: {error}");
    }
}

#[test]
fn a_constant_image_stays_as_it_is() {
    let device = Device::cpu();
    for sigma in [0.4f32, 1.0, 6.0, 50.0, 700.0] {
        let image = device.upload(Array2::from_elem((17, 300), 3.0f32).view()).unwrap();
        let found: Array2<f32> = gaussian_blur_recursive(&image, sigma).download().unwrap();
        let most = found.iter().map(|voxel| (voxel - 3.0).abs()).fold(0.0, f32::max);
        assert!(most < 3e-5, "sigma {sigma}: {most}");
    }
}

#[test]
fn axes_of_one_voxel_are_left_alone() {
    let values = Array1::from_iter((0..50).map(|x| (x * x % 37) as f32));
    let device = Device::cpu();
    let plane = device.upload(values.clone().into_shape_with_order((1, 50)).unwrap().view()).unwrap();
    let along: Array2<f32> = gaussian_blur_recursive(&plane, [0.0, 0.0, 3.0]).download().unwrap();
    for boundary in [Boundary::Nearest, Boundary::Constant(9.0)] {
        let all: Array2<f32> = gaussian_blur_recursive(&plane, 3.0).boundary(boundary).download().unwrap();
        let only_x: Array2<f32> =
            gaussian_blur_recursive(&plane, [0.0, 0.0, 3.0]).boundary(boundary).download().unwrap();
        assert_eq!(all, only_x, "{}", boundary.name());
    }
    assert_ne!(along.iter().copied().collect::<Vec<_>>(), values.to_vec());
    let none: Array2<f32> = gaussian_blur_recursive(&plane, 0.0).download().unwrap();
    assert_eq!(none.iter().copied().collect::<Vec<_>>(), values.to_vec());
}

#[test]
fn boundaries_that_do_not_go_on_are_refused() {
    let image = Device::cpu().upload(Array2::<u8>::zeros((4, 5)).view()).unwrap();
    for boundary in [Boundary::Reflect, Boundary::Mirror, Boundary::Wrap] {
        let refused = gaussian_blur_recursive(&image, 2.0).boundary(boundary).eval().unwrap_err();
        assert!(matches!(refused, Error::Unsupported { .. }), "{refused}");
        let text = refused.to_string();
        assert!(text.contains(boundary.name()) && text.contains("enlarge the image first"), "{text}");
    }
}

#[test]
fn states_start_from_what_lies_before_the_line() {
    let image = ndarray::arr2(&[[5u8, 7, 7, 1], [2, 2, 9, 3]]);
    let mask = ndarray::arr2(&[[0u8, 1, 1, 0], [1, 1, 1, 0]]);
    let device = Device::cpu();
    let (image, mask) = (device.upload(image.view()).unwrap(), device.upload(mask.view()).unwrap());
    let of = |axis: Axis, reverse: bool, boundary: Boundary| -> Array2<i32> {
        steps_along(&image, &mask, axis, 1).with("reverse", reverse).boundary(boundary).download().unwrap()
    };
    assert_eq!(of(Axis::X, false, Boundary::Nearest), ndarray::arr2(&[[-1, 102, 100, 194], [-1, 0, 7, 94]]));
    assert_eq!(of(Axis::X, true, Boundary::Nearest), ndarray::arr2(&[[198, 100, 106, -1], [100, 93, 106, -1]]));
    assert_eq!(of(Axis::Y, false, Boundary::Constant(3.0)), ndarray::arr2(&[[101, 103, 103, 97], [197, 95, 102, 102]]));
}

#[test]
fn states_start_from_parameters() {
    let image = Device::cpu().upload(ndarray::arr2(&[[1.0f32, 0.0, 5.0]]).view()).unwrap();
    let found: Array2<f32> = decayed(&image, Axis::X, 8.0).boundary(Boundary::Wrap).download().unwrap();
    assert_eq!(found, ndarray::arr2(&[[5.0, 2.5, 6.25]]));
}
