//! The Fourier transform against its definition in f64 and its laws, and what is made of it: on every device with the same bits.

use std::f64::consts::TAU;

use kernwerk::ops::{
    Numbers, correct_drift, fft, fft_convolve, fft_correlate, ifft, match_template, richardson_lucy, wiener,
};
use kernwerk::prelude::*;
use kernwerk::{Axes, Error, HostData, HostImage};
use kernwerk_tests::backends;
use ndarray::{Array2, Array3};

fn devices() -> Vec<Device> {
    let found = backends::gpus();
    std::iter::once(Device::cpu()).chain(found.present.into_iter().map(|present| present.device)).collect()
}

fn noise(len: usize, seed: usize) -> Vec<f32> {
    let mut state = (seed as u32).wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0 - 0.3
    };
    (0..len).map(|_| next()).collect()
}

fn image(axes: &str, shape: &[usize]) -> HostImage {
    let len = shape.iter().product();
    HostImage::new(Axes::new(axes).unwrap(), shape, HostData::F32(noise(len, len))).unwrap()
}

fn floats(image: &HostImage) -> Vec<f32> {
    match image.data() {
        HostData::F32(values) => values.clone(),
        other => panic!("{}", other.dtype()),
    }
}

/// The sums of the definition along one axis.
fn transform(values: &mut [[f64; 2]], extent: [usize; 3], axis: usize) {
    let len = extent[axis];
    let inner: usize = extent[..axis].iter().product();
    let roots: Vec<[f64; 2]> = (0..len).map(|t| -TAU * t as f64 / len as f64).map(|a| [a.cos(), a.sin()]).collect();
    for start in (0..values.len()).filter(|i| (i / inner).is_multiple_of(len)) {
        let line: Vec<[f64; 2]> = (0..len).map(|j| values[start + j * inner]).collect();
        for k in 0..len {
            let terms = line.iter().enumerate().map(|(j, [re, im])| {
                let [cos, sin] = roots[j * k % len];
                [re * cos - im * sin, re * sin + im * cos]
            });
            values[start + k * inner] = terms.fold([0.0; 2], |sum, term| [sum[0] + term[0], sum[1] + term[1]]);
        }
    }
}

fn check(devices: &[Device], axes: &str, shape: &[usize]) {
    let host = image(axes, shape);
    let [t, c, z, y, x] = host.shape5();
    let volume = x * y * z;
    let values = floats(&host);
    let mut bits: Option<Vec<u32>> = None;
    for device in devices {
        let what = format!("{axes} {shape:?} on {device}");
        let spectrum = fft(device.upload_host(&host).unwrap(), Numbers::Real).eval().unwrap();
        assert_eq!(spectrum.any().shape5(), [t, 2 * c, z, y, x], "{what}");
        let found = floats(&spectrum.download_host().unwrap());
        let back = floats(&ifft(&spectrum, Numbers::Real).download_host().unwrap());
        if bits.is_none() {
            for (parts, image) in found.chunks(2 * volume).zip(values.chunks(volume)) {
                let mut expected: Vec<[f64; 2]> = image.iter().map(|&v| [f64::from(v), 0.0]).collect();
                (0..3).for_each(|axis| transform(&mut expected, [x, y, z], axis));
                let largest = expected.iter().map(|[re, im]| re.hypot(*im)).fold(0.0, f64::max);
                let (re, im) = parts.split_at(volume);
                let off = |i: usize| (f64::from(re[i]) - expected[i][0]).hypot(f64::from(im[i]) - expected[i][1]);
                let error = (0..volume).map(off).fold(0.0, f64::max) / largest;
                assert!(error < 6e-7, "{what}: {error}");
                let power: f64 = parts.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
                let energy: f64 = image.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() * volume as f64;
                assert!((power / energy - 1.0).abs() < 2e-6, "Parseval, {what}: {}", power / energy);
            }
            let worst = back.iter().zip(&values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 2e-6, "there and back, {what}: {worst}");
        }
        let all: Vec<u32> = found.iter().chain(&back).map(|value| value.to_bits()).collect();
        assert!(*bits.get_or_insert_with(|| all.clone()) == all, "{what}: other bits");
    }
}

#[test]
fn transforms_are_those_of_the_definition() {
    let devices = devices();
    // Every radix first, in the middle and last; primes; lines of one voxel; all axes; batches.
    for len in [1, 2, 3, 4, 5, 6, 7, 11, 15, 16, 30, 32, 48, 97, 100, 128, 243, 343, 360, 1024] {
        check(&devices, "yx", &[3, len]);
    }
    check(&devices, "yx", &[16, 9]);
    check(&devices, "zyx", &[5, 1, 1]);
    check(&devices, "zyx", &[8, 12, 10]);
    check(&devices, "zyx", &[11, 13, 7]);
    check(&devices, "tcyx", &[2, 3, 4, 6]);
    check(&devices, "tzyx", &[2, 3, 4, 6]);
}

/// A GPU transforms lines that fit on chip in one launch, the CPU pass by pass: what comes out has the same bits.
#[test]
fn lines_on_chip_have_the_bits_of_the_passes() {
    let devices = devices();
    let longer = [81, 125, 144, 210, 245, 256, 512, 625, 729, 1000, 2048, 2187, 2401, 3500, 3584, 3840, 4000, 4096];
    for len in (1..=64).chain(longer) {
        // Few lines and lines that fill no group, along x, y and z; of real images twice as long, since they are taken as pairs.
        let shapes = [[2, 3, 1, 5, len], [1, 2, 1, len, 5], [1, 1, len.min(256), 3, 3]];
        for (shape, kernel) in shapes.into_iter().zip([[1, 3.min(len)], [3.min(len), 1], [1, 1]]) {
            let host = image("tczyx", &shape);
            let kernel = image("yx", &kernel);
            let mut bits: Option<Vec<u32>> = None;
            for device in &devices {
                let image = device.upload_host(&host).unwrap();
                let spectrum = fft(&image, Numbers::Real).download_host().unwrap();
                let convolved = fft_convolve(&image, device.upload_host(&kernel).unwrap()).boundary(Boundary::Wrap);
                let all = [floats(&spectrum), floats(&convolved.download_host().unwrap())].concat();
                let all: Vec<u32> = all.iter().map(|value| value.to_bits()).collect();
                assert!(*bits.get_or_insert_with(|| all.clone()) == all, "{shape:?} on {device}: other bits");
            }
        }
    }
}

#[test]
fn a_point_has_a_linear_phase() {
    let mut point = Array3::<f32>::zeros((4, 6, 20));
    point[[1, 2, 3]] = 1.0;
    let spectrum = fft(Device::cpu().upload(point.view()).unwrap(), Numbers::Real).eval().unwrap();
    let parts = floats(&spectrum.download_host().unwrap());
    for (i, (z, y, x)) in ndarray::indices((4, 6, 20)).into_iter().enumerate() {
        let turns = z as f64 / 4.0 + 2.0 * y as f64 / 6.0 + 3.0 * x as f64 / 20.0;
        let (sin, cos) = (-TAU * turns).sin_cos();
        assert!(
            (f64::from(parts[i]) - cos).abs() < 3e-7 && (f64::from(parts[480 + i]) - sin).abs() < 3e-7,
            "{z} {y} {x}"
        );
    }
}

#[test]
fn convolutions_of_any_extents_are_sums_over_the_kernel() {
    let at = |array: &Array2<f32>, y: isize, x: isize| -> f64 {
        let inside = |v: isize, len: usize| v.clamp(0, len as isize - 1) as usize;
        f64::from(array[[inside(y, array.dim().0), inside(x, array.dim().1)]])
    };
    for device in devices() {
        for ((height, width), (rows, columns)) in
            [((1, 1), (1, 1)), ((5, 1), (3, 1)), ((7, 12), (1, 40)), ((13, 31), (4, 7))]
        {
            let image = Array2::from_shape_vec((height, width), noise(height * width, 1)).unwrap();
            let kernel = Array2::from_shape_vec((rows, columns), noise(rows * columns, 2)).unwrap();
            let [a, b] = [&image, &kernel].map(|array| device.upload(array.view()).unwrap());
            for correlate in [false, true] {
                let found = if correlate { fft_correlate(&a, &b) } else { fft_convolve(&a, &b) };
                let found: Array2<f32> = found.download().unwrap();
                for ((y, x), value) in found.indexed_iter() {
                    let expected: f64 = kernel
                        .indexed_iter()
                        .map(|((j, i), &weight)| {
                            let (dy, dx) = (j as isize - (rows / 2) as isize, i as isize - (columns / 2) as isize);
                            let sign = if correlate { 1 } else { -1 };
                            f64::from(weight) * at(&image, y as isize + sign * dy, x as isize + sign * dx)
                        })
                        .sum();
                    assert!(
                        (f64::from(*value) - expected).abs() < 4e-6,
                        "{height}x{width} {rows}x{columns} {y} {x}: {value}, {expected}"
                    );
                }
            }
        }
    }
}

/// Kernels of all sizes, one for all images or one for each: sums over few voxels and transforms of many, spectra that are
/// kept and others that are computed in passing.
#[test]
fn convolutions_of_stacks_are_sums_over_the_kernel() {
    let devices = devices();
    let cases = [
        // Powers of two, whose spectra are computed in passing, with all numbers of taps that an eighth takes.
        ([1, 1, 16, 8, 80], [1, 1, 1, 3, 3]),
        ([1, 1, 16, 8, 80], [1, 1, 2, 8, 5]),
        ([1, 2, 16, 16, 12], [1, 1, 9, 5, 1]),
        ([2, 1, 8, 16, 66], [2, 1, 7, 16, 4]),
        ([1, 2, 1, 64, 70], [1, 2, 1, 17, 3]),
        ([1, 1, 128, 1, 18], [1, 1, 64, 1, 3]),
        ([1, 1, 128, 2, 8], [1, 1, 65, 2, 1]),
        // Others, of which four numbers share their sums, or none.
        ([1, 1, 12, 20, 30], [1, 1, 12, 3, 7]),
        ([1, 2, 9, 15, 64], [1, 2, 3, 9, 2]),
        ([1, 1, 1, 70, 72], [1, 1, 1, 33, 2]),
        ([1, 1, 7, 11, 13], [1, 1, 4, 6, 13]),
    ];
    for (shape, size) in cases {
        let (host, kernel) = (image("tczyx", &shape), image("tczyx", &size));
        let (values, weights) = (floats(&host), floats(&kernel));
        let [.., depth, height, width] = shape.map(|extent| extent as isize);
        let [.., planes, rows, columns] = size.map(|extent| extent as isize);
        let (volume, voxels) = ((depth * height * width) as usize, (planes * rows * columns) as usize);
        for (boundary, correlate) in [(Boundary::Wrap, false), (Boundary::Wrap, true), (Boundary::Nearest, true)] {
            let mut bits: Option<Vec<u32>> = None;
            for device in &devices {
                let what = format!("{shape:?} with {size:?} on {device}, {boundary:?}, {correlate}");
                let (a, b) = (device.upload_host(&host).unwrap(), device.upload_host(&kernel).unwrap());
                let found = if correlate { fft_correlate(&a, &b) } else { fft_convolve(&a, &b) };
                let found = floats(&found.boundary(boundary).download_host().unwrap());
                let all: Vec<u32> = found.iter().map(|value| value.to_bits()).collect();
                if bits.is_none() {
                    let into = |v: isize, extent: isize| match boundary {
                        Boundary::Wrap => v.rem_euclid(extent),
                        _ => v.clamp(0, extent - 1),
                    };
                    // A few voxels of each image, by the definition.
                    for place in (0..values.len()).step_by(values.len() / 61 + 1) {
                        let (n, v) = (place / volume, (place % volume) as isize);
                        let (x, y, z) = (v % width, v / width % height, v / width / height);
                        let weights = &weights[if weights.len() == voxels { 0 } else { n * voxels }..][..voxels];
                        let sign = if correlate { 1 } else { -1 };
                        let expected: f64 = (0isize..)
                            .zip(weights)
                            .map(|(w, &weight)| {
                                let (i, j, k) = (w % columns, w / columns % rows, w / columns / rows);
                                let x = into(x + sign * (i - columns / 2), width);
                                let y = into(y + sign * (j - rows / 2), height);
                                let z = into(z + sign * (k - planes / 2), depth);
                                let at = n * volume + ((z * height + y) * width + x) as usize;
                                f64::from(weight) * f64::from(values[at])
                            })
                            .sum();
                        let size = (voxels as f64).sqrt();
                        let off = (f64::from(found[place]) - expected).abs();
                        assert!(off < 3e-6 * size.max(1.0), "{what}: {} at {place}, {expected}", found[place]);
                    }
                }
                assert!(*bits.get_or_insert_with(|| all.clone()) == all, "{what}: other bits");
            }
        }
    }
}

/// Deconvolution takes the same spectrum forwards and backwards, again and again.
#[test]
fn deconvolutions_have_the_same_bits_everywhere() {
    for (shape, size, boundary) in [
        ([2, 1, 16, 16, 64], [1, 1, 5, 3, 3], Boundary::Wrap),
        // Rows that stay on chip between one convolution and the next: in tiles, and not; the last of bytes.
        ([1, 1, 3, 128, 256], [1, 1, 3, 5, 3], Boundary::Wrap),
        ([2, 1, 1, 256, 1024], [1, 1, 1, 5, 5], Boundary::Wrap),
        ([1, 1, 1, 24, 128], [1, 1, 1, 3, 3], Boundary::Wrap),
        ([1, 1, 1, 32, 48], [1, 1, 1, 5, 5], Boundary::Nearest),
        ([1, 1, 8, 12, 20], [1, 1, 3, 3, 3], Boundary::Nearest),
    ] {
        let mut bits: Option<Vec<u32>> = None;
        let positive = |shape: &[usize]| {
            let values = floats(&image("tczyx", shape)).iter().map(|value| value + 0.4).collect();
            HostImage::new(Axes::new("tczyx").unwrap(), shape, HostData::F32(values)).unwrap()
        };
        let bytes = |shape: &[usize]| {
            let values = floats(&positive(shape)).iter().map(|value| (100.0 * value) as u8).collect();
            HostImage::new(Axes::new("tczyx").unwrap(), shape, HostData::U8(values)).unwrap()
        };
        for device in devices() {
            let blurred = device.upload_host(&if shape[4] == 128 { bytes(&shape) } else { positive(&shape) }).unwrap();
            let psf = device.upload_host(&positive(&size)).unwrap();
            let found = richardson_lucy(&blurred, &psf, 3, 0.0).boundary(boundary).download_host().unwrap();
            let all: Vec<u32> = floats(&found).iter().map(|value| value.to_bits()).collect();
            assert!(*bits.get_or_insert_with(|| all.clone()) == all, "{shape:?} on {device}: other bits");
        }
    }
}

#[test]
fn a_recording_stands_still_after_its_drift_is_removed() {
    let scene = |dy: usize, dx: usize| {
        let gauss = move |y: usize, x: usize, cy: usize, cx: usize| {
            let (a, b) = (y as f32 - (cy + dy) as f32, x as f32 - (cx + dx) as f32);
            (-(a * a + b * b) / 18.0).exp()
        };
        move |y: usize, x: usize| gauss(y, x, 20, 24) + 0.5 * gauss(y, x, 34, 40)
    };
    let drifts = [(0, 0), (2, 1), (5, 3)];
    let frames: Vec<f32> =
        drifts.iter().flat_map(|&(dy, dx)| (0..64 * 72).map(move |i| scene(dy, dx)(i / 72, i % 72))).collect();
    let host = HostImage::new(Axes::new("tyx").unwrap(), &[3, 64, 72], HostData::F32(frames)).unwrap();
    let still = correct_drift(Device::cpu().upload_host(&host).unwrap(), 1, kernwerk::ops::Interpolation::Nearest);
    let still: Array3<f32> = still.download().unwrap();
    for ((t, y, x), value) in still.indexed_iter() {
        assert!((value - still[[0, y, x]]).abs() < 1e-4, "{t} {y} {x}");
    }
}

#[test]
fn images_that_do_not_fit_are_refused() {
    let device = Device::cpu();
    let upload = |shape: (usize, usize, usize)| device.upload(Array3::<f32>::ones(shape).view()).unwrap();
    let (flat, thick) = (upload((1, 8, 8)), upload((3, 3, 3)));
    let refused = |result: kernwerk::Result<Image<f32>>, words: &str| {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Shape { .. } | Error::Unsupported { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(ifft(&flat, Numbers::Real).eval(), "is not complex");
    refused(fft_convolve(&flat, &thick).eval(), "extends along an axis");
    refused(match_template(&thick, &flat, false).eval(), "does not fit into");
    refused(wiener(upload((3, 3, 3)), upload((5, 3, 3)), 0.1).boundary(Boundary::Wrap).eval(), "has 5 voxels");
    let nothing = device.upload(Array3::<f32>::zeros((3, 3, 3)).view()).unwrap();
    refused(richardson_lucy(&thick, &nothing, 1, 0.0).eval(), "adds up to 0");
}
