//! Components, distances and nearest labels against brute force, on every device of the machine: where runs, words of 32 voxels, windows
//! and lines of voxels end, and where the levels of a pass begin.

use kernwerk::ops::{connected_components, distance_transform, expand_labels, extend_labeling_via_voronoi};
use kernwerk::prelude::*;
use kernwerk_tests::backends;
use kernwerk_tests::images::Random;
use ndarray::{Array4, Array5, Dimension, Ix4};

/// The CPU and all GPUs.
fn devices() -> Vec<Device> {
    let present = backends::gpus().present.into_iter().map(|present| present.device);
    std::iter::once(Device::cpu()).chain(present).collect()
}

/// Masks of (t, z, y, x): sparse and dense noise, blocks, empty, full; around the ends of words.
fn masks() -> Vec<Array4<u8>> {
    let mut random = Random::new(11);
    let mut masks = Vec::new();
    for shape in [
        (1, 1, 1, 1),
        (1, 1, 1, 70),
        (1, 1, 70, 1),
        (1, 70, 1, 1),
        (1, 5, 6, 31),
        (1, 4, 5, 32),
        (1, 3, 4, 33),
        (2, 3, 5, 64),
        (1, 2, 3, 97),
        (2, 1, 9, 40),
    ] {
        for percent in [0, 3, 30, 55, 97, 100] {
            masks.push(Array4::from_shape_fn(shape, |_| u8::from(random.below(100) < percent)));
        }
        // Bars and frames, which fold back onto themselves.
        masks.push(Array4::from_shape_fn(shape, |(_, z, y, x)| u8::from((x % 7 == 0 || y % 4 == 1) && z % 3 != 2)));
    }
    masks
}

fn neighbours(corners: bool) -> Vec<[isize; 3]> {
    let all = (-1isize..=1).flat_map(|z| (-1..=1).flat_map(move |y| (-1..=1).map(move |x| [z, y, x])));
    all.filter(|o| if corners { o != &[0; 3] } else { o.iter().map(|d| d.abs()).sum::<isize>() == 1 }).collect()
}

/// Flood filling in raster order.
fn flooded(mask: &Array4<u8>, corners: bool) -> Array4<u32> {
    let mut labels = Array4::<u32>::zeros(mask.raw_dim());
    let mut next = 0;
    for (start, _) in mask.indexed_iter().filter(|(_, value)| **value != 0) {
        if labels[start] != 0 {
            continue;
        }
        next += 1;
        labels[start] = next;
        let mut open = vec![start];
        while let Some((t, z, y, x)) = open.pop() {
            for [dz, dy, dx] in neighbours(corners) {
                let at = [(z, dz), (y, dy), (x, dx)].map(|(at, d)| at.wrapping_add_signed(d));
                let at = Ix4(t, at[0], at[1], at[2]);
                if mask.get(at).is_some_and(|&value| value != 0) && labels[at] == 0 {
                    labels[at] = next;
                    open.push(at.into_pattern());
                }
            }
        }
    }
    labels
}

fn upload<T: Pixel + Element>(device: &Device, array: &Array4<T>) -> Image<T> {
    let (t, z, y, x) = array.dim();
    let five: Array5<T> = array.to_shape((t, 1, z, y, x)).unwrap().into_owned();
    device.upload(five.view()).unwrap()
}

fn four<T: Pixel + Element>(result: Expr<T>) -> Array4<T> {
    let five: Array5<T> = result.download().unwrap();
    let (t, _, z, y, x) = five.dim();
    five.into_shape_with_order((t, z, y, x)).unwrap()
}

#[test]
fn components_are_those_of_flood_filling() {
    for device in devices() {
        for mask in masks() {
            for shape in [Footprint::Box, Footprint::Sphere] {
                let found = four(connected_components(upload(&device, &mask), shape));
                assert_eq!(found, flooded(&mask, shape == Footprint::Box), "{device} {shape:?} {:?}", mask.shape());
            }
        }
    }
}

#[test]
fn there_may_be_more_than_65535_components() {
    let mask = Array4::from_shape_fn((1, 3, 300, 500), |(_, z, y, x)| u8::from((x + y + z) % 2 == 0));
    let expected = flooded(&mask, false);
    assert!(expected.iter().max() > Some(&200_000));
    for device in devices() {
        assert!(four(connected_components(upload(&device, &mask), Footprint::Sphere)) == expected, "{device}");
    }
}

/// A voxel of (t, z, y, x).
type At = (usize, usize, usize, usize);

/// Differences along z, y, x to every seed of the same image of the batch, with its value.
fn brute<T: Clone>(seeds: &Array4<T>, is_seed: impl Fn(&T) -> bool) -> impl Fn(At) -> Vec<([f64; 3], T)> {
    let seeds: Vec<(At, T)> =
        seeds.indexed_iter().filter(|(_, value)| is_seed(value)).map(|(at, value)| (at, value.clone())).collect();
    move |(t, z, y, x)| {
        let same_image = seeds.iter().filter(|(at, _)| at.0 == t);
        same_image
            .map(|(at, value)| {
                ([at.1.abs_diff(z), at.2.abs_diff(y), at.3.abs_diff(x)].map(|d| d as f64), value.clone())
            })
            .collect()
    }
}

/// Lines along y and z of which passes no longer make levels.
const MANY_LINES: At = (1, 8, 20, 2100);

#[test]
fn distances_are_exact() {
    let mut images: Vec<Array4<u8>> = masks();
    // Lone zeros in long lines, of one to three levels.
    let mut random = Random::new(5);
    for shape in [(1, 1, 90, 60), (1, 60, 3, 50), (2, 40, 41, 5), (1, 1, 600, 3), (1, 521, 2, 2)] {
        for zeros in [1, 2, 5, 40] {
            let mut image = Array4::from_elem(shape, 1u8);
            for _ in 0..zeros {
                let at = [shape.0, shape.1, shape.2, shape.3].map(|extent| random.below(extent));
                image[at] = 0;
            }
            images.push(image);
        }
    }
    // As many lines as are worked on one by one.
    let mut image = Array4::from_elem(MANY_LINES, 1u8);
    (image[(0, 1, 3, 700)], image[(0, 6, 17, 1500)]) = (0, 0);
    images.push(image);
    for image in &images {
        let seeds = brute(image, |value| *value == 0);
        for sampling in [[1.0f32, 1.0, 1.0], [3.0, 0.25, 1.5]] {
            let [sz, sy, sx] = sampling;
            let squared = |d: [f64; 3]| (0..3).map(|i| (d[i] * f64::from(sampling[i])).powi(2)).sum::<f64>();
            let nearest = Array4::from_shape_fn(image.raw_dim(), |at| {
                seeds(at).into_iter().map(|(d, _)| squared(d)).fold(f64::INFINITY, f64::min).sqrt()
            });
            for device in devices() {
                let expr = distance_transform(upload(&device, image));
                let expr = expr.with("sampling_x", sx).with("sampling_y", sy).with("sampling_z", sz);
                for (at, &value) in four(expr).indexed_iter() {
                    assert_eq!(value == 0.0, image[at] == 0, "only zero voxels are at distance 0");
                    let nearest = nearest[at];
                    let error = (f64::from(value) - nearest).abs();
                    let fits = f64::from(value) == nearest || error <= nearest * 2e-7;
                    assert!(fits, "{device} {:?} {sampling:?} {at:?}: {value}, not {nearest}", image.shape());
                }
            }
        }
    }
}

#[test]
fn nearest_labels_are_exact_and_ties_go_to_the_smaller() {
    let mut random = Random::new(8);
    let mut cases = Vec::new();
    let shapes =
        [(1, 1, 1, 9), (1, 1, 60, 61), (2, 9, 8, 40), (1, 50, 3, 35), (1, 1, 530, 4), (1, 513, 3, 2), (1, 1, 1, 1)];
    // Numbers that fit into few bits beside a distance, into some, and into none.
    for (shape, factor) in shapes.into_iter().map(|shape| (shape, 1)).chain([
        ((2, 3, 4, 300), 500_000),
        ((1, 5, 17, 40), u32::MAX / 9),
        ((1, 1, 1, 290), 1 << 24),
    ]) {
        for percent in [0, 1, 10] {
            let mut labels = Array4::<u32>::zeros(shape);
            for label in &mut labels {
                if random.below(100) < percent {
                    *label = factor * (1 + random.below(9) as u32);
                }
            }
            cases.push(labels);
        }
    }
    let mut many = Array4::<u32>::zeros(MANY_LINES);
    for label in [3, 1, 2, 2] {
        many[(0, random.below(8), random.below(20), random.below(2100))] = label;
    }
    cases.push(many);
    // Numbered seeds, as dense everywhere, and in a part of the image only.
    for (shape, filled) in [((1, 20, 30, 40), 40), ((2, 8, 12, 80), 30), ((1, 1, 90, 70), 50), ((1, 1, 1, 300), 100)] {
        let mut labels = Array4::<u32>::zeros(shape);
        let mut number = 0;
        for ((.., x), label) in labels.indexed_iter_mut() {
            if x < filled && random.below(if shape.2 == 1 { 5 } else { 50 }) == 0 {
                number += 1;
                *label = number;
            }
        }
        cases.push(labels);
    }
    for labels in cases {
        let seeds = brute(&labels, |label| *label != 0);
        let best = |at| {
            let all = seeds(at).into_iter().map(|(d, label)| (d.iter().map(|d| d * d).sum::<f64>() as u64, label));
            all.min().unwrap_or((u64::MAX, 0))
        };
        let nearest = Array4::from_shape_fn(labels.raw_dim(), best);
        for device in devices() {
            let image = upload(&device, &labels);
            let all = four(extend_labeling_via_voronoi(&image));
            assert!(all == nearest.mapv(|(_, label)| label), "{device} {:?}", labels.shape());
            for distance in [0.0f32, 1.0, 1.5, 4.2, 10.0, 24.99, 25.0, 31.99, 32.0, 40.0] {
                let limit = (f64::from(distance) * f64::from(distance)).floor() as u64;
                let expected = nearest.mapv(|(squared, label)| if squared <= limit { label } else { 0 });
                let found = four(expand_labels(&image, distance));
                assert!(found == expected, "{device} {:?} {distance}", labels.shape());
            }
        }
    }
}

#[test]
fn expanding_by_nothing_changes_nothing() {
    let labels = Array4::from_shape_fn((1, 3, 5, 37), |(_, z, y, x)| ((x * 7 + y * 3 + z) % 4) as u32 * 70_000);
    for device in devices() {
        assert_eq!(four(expand_labels(upload(&device, &labels), 0.0)), labels, "{device}");
    }
}
