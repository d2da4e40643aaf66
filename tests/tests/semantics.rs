//! Bodies in which Rust and C could be read differently, on every backend that is present: the meaning is Rust's.

#![allow(
    clippy::eq_op,
    clippy::unnecessary_cast,
    clippy::let_and_return,
    reason = "the operations hold what authors may write, and what compilers may take apart"
)]

use kernwerk::prelude::*;
use ndarray::{Array2, Array3};

/// Leaves the window at the first voxel above a limit: a window is one loop in Rust and three in C.
#[gpu_op(neighborhood)]
pub fn voxels_before(w: Window<f32>, #[param(default = 100.0)] limit: f32) -> f32 {
    let mut count = 0.0;
    for n in w.cuboid(1) {
        if n > limit {
            break;
        }
        for i in 0..3 {
            if i == 1 {
                break;
            }
            count += 1.0;
        }
    }
    count
}

/// The same by offsets, with one window inside another.
#[gpu_op(neighborhood)]
pub fn offsets_before(w: Window<f32>, #[param(default = 100.0)] limit: f32) -> f32 {
    let mut count = 0.0;
    for (dx, dy, dz) in w.cuboid(1).offsets() {
        for n in w.diamond(1) {
            if n > limit {
                break;
            }
            count += 1.0;
        }
        if w.at(dx, dy, dz) > limit {
            break;
        }
        if dx == 0 {
            continue;
        }
        count += 100.0;
    }
    count
}

/// Bounds are read once, before the loop, also where it changes what they read and where names look generated.
#[gpu_op(pointwise)]
pub fn rounds(image: f32) -> u32 {
    let mut i_end = image as i32;
    let mut count = 0u32;
    for i in 0..i_end + 1 {
        i_end -= 1;
        count += 1;
        for i in i..=i {
            count += i as u32;
        }
    }
    if i_end < 1000 { count } else { 0 }
}

/// Numbers of 64 bits where C's would have 32.
#[gpu_op(pointwise)]
pub fn long_numbers(image: i32) -> i32 {
    let product = 100_000i64 * 100_000;
    let shifted = 1i64 << 40;
    let chosen = (if image > 0 { 100_000i64 } else { 1 }) * 100_000;
    (product / 1_000_000 + shifted / 1_000_000_000 + chosen / 1_000_000) as i32 + image
}

/// Values of f32 that f64 would tell apart, and methods of plain numbers.
#[gpu_op(pointwise)]
pub fn plain_numbers(image: f32) -> f32 {
    let third = 1.0 / 3.0;
    let same = if 0.1 + 0.2 == 0.3 { 10.0 } else { 20.0 };
    let smallest = -2147483648;
    let root = 2.0.sqrt();
    image + (third as f32) * 3.0 + same + root + smallest as f32 / 2_147_483_648.0
}

/// Shadowing in every kind of block, with values that read what they hide.
#[gpu_op(pointwise)]
pub fn shadows(image: f32) -> f32 {
    let x = image;
    let x = x + 1.0;
    let y = if x > 2.0 {
        let x = x * 2.0;
        x + 1.0
    } else {
        let x = x - 1.0;
        x
    };
    for x in 0..2 {
        let x = x as f32;
        let _z = x;
    }
    {
        let x = 1000.0;
        let _z = x;
    }
    x + y
}

/// Operators whose precedence, associativity or printing differs between the languages.
#[gpu_op(pointwise)]
pub fn operators(image: i32) -> i32 {
    let a = image - (7 - (image - 3));
    let b = -(-image) - -1;
    let c = (image & 6) == 2;
    let d = image & (6 ^ 3) | 8;
    let e = 1 << (image & 3) << 1;
    let f = !image + (!c as i32);
    let g = (image > 1) as i32 - (image < 5) as i32;
    let h = if c == (image != 2) { 1 } else { 2 } * 3;
    a + b * 3 + d - e / 3 % 5 + f * (g - h)
}

/// The right side of `&&` and `||` is not evaluated where the left side decides: it would read outside the buffer.
#[gpu_op(grid)]
pub fn guarded(at: Item, source: Read<u32>, target: Global<u32>, length: u32) {
    let i = at.index();
    let next = i + 1;
    let rises = next < length as usize && source.get(next) > source.get(i);
    let ends = next >= length as usize || source.get(next) == 0;
    let before = if i > 0 { source.get(i - 1) } else { 7 };
    target.store(i, rises as u32 + 10 * (ends as u32) + 100 * before);
}

/// Runs it over the items of an image.
#[gpu_op(procedure)]
pub fn guarded_reads(context: &Context, image: AnyImage) -> kernwerk::Result<Image<u32>> {
    let result = context.zeros::<u32>(&image)?;
    let domain = Domain::of(&image);
    guarded(context, domain, &image, &result, image.voxels() as u32)?;
    Ok(result)
}

fn devices() -> Vec<Device> {
    let open = |backend: &&str| Device::open(backend, None).map_err(|_| println!("not run: {backend} is not present"));
    ["cpu", "opencl", "cuda"].iter().filter_map(|backend| open(backend).ok()).collect()
}

fn stack() -> Array3<f32> {
    Array3::from_shape_fn((3, 4, 5), |(z, y, x)| if (x + 2 * y + 3 * z) % 7 == 6 { 200.0 } else { 1.0 })
}

/// The windows of a voxel in raster order, edges repeated.
fn window(stack: &Array3<f32>, at: (usize, usize, usize), inside: fn([i64; 3]) -> bool) -> Vec<([i64; 3], f32)> {
    let (depth, height, width) = stack.dim();
    let index = |at: usize, d: i64, extent: usize| (at as i64 + d).clamp(0, extent as i64 - 1) as usize;
    let mut voxels = Vec::new();
    for dz in -1..=1 {
        for dy in -1..=1 {
            for dx in -1..=1 {
                if inside([dx, dy, dz]) {
                    let place = [index(at.0, dz, depth), index(at.1, dy, height), index(at.2, dx, width)];
                    voxels.push(([dx, dy, dz], stack[place]));
                }
            }
        }
    }
    voxels
}

/// A state that the body changes on the way: exponential smoothing, with the count of voxels so far.
#[gpu_op(scan)]
pub fn smoothed(
    pixel: f32,
    #[state(start = 0.0)] mut average: f32,
    #[state(start = 0)] mut count: u32,
    #[param(default = 0.5)] weight: f32,
) -> (f32, f32, u32) {
    count += 1;
    if count == 1 {
        average = pixel;
    } else {
        average += weight * (pixel - average);
    }
    (average + count as f32, average, count)
}

#[test]
fn states_may_change_on_the_way() {
    let data = Array2::from_shape_fn((5, 7), |(y, x)| ((y * 31 + x * 17) % 23) as f32);
    let mut expected = data.clone();
    for mut row in expected.rows_mut() {
        let mut average = row[0];
        for (x, value) in row.iter_mut().enumerate() {
            if x > 0 {
                average += 0.25 * (*value - average);
            }
            *value = average + (x + 1) as f32;
        }
    }
    for backend in ["cpu", "opencl", "cuda"] {
        let Ok(device) = Device::open(backend, None) else {
            println!("not run: {backend} is not present");
            continue;
        };
        let image = device.upload(data.view()).unwrap();
        let result: Array2<f32> = smoothed(&image, kernwerk::Axis::X, 0.25).download().unwrap();
        assert_eq!(result, expected, "{backend}");
    }
}

#[test]
fn a_break_leaves_the_whole_window() {
    let stack = stack();
    let cube = |_: [i64; 3]| true;
    let diamond = |d: [i64; 3]| d.iter().map(|d| d.abs()).sum::<i64>() <= 1;
    let before = |voxels: &[([i64; 3], f32)]| voxels.iter().take_while(|(_, value)| *value <= 100.0).count() as f32;
    let counted = Array3::from_shape_fn(stack.dim(), |at| before(&window(&stack, at, cube)));
    let by_offsets = Array3::from_shape_fn(stack.dim(), |at| {
        let inner = before(&window(&stack, at, diamond));
        let mut count = 0.0;
        for (offset, value) in window(&stack, at, cube) {
            count += inner;
            if value > 100.0 {
                break;
            }
            count += if offset[0] == 0 { 0.0 } else { 100.0 };
        }
        count
    });
    assert!(
        counted.iter().any(|&count| count > 1.0 && count < 27.0),
        "the sample has windows that are left in between"
    );
    for device in devices() {
        let image = device.upload(stack.view()).expect("the stack is uploaded");
        let found: Array3<f32> = voxels_before(&image, 100.0).download().expect("it runs");
        assert_eq!(found, counted, "{device}");
        let found: Array3<f32> = offsets_before(&image, 100.0).download().expect("it runs");
        assert_eq!(found, by_offsets, "{device}");
    }
}

#[test]
fn expressions_and_statements_mean_what_rust_says() {
    let floats = Array2::from_shape_fn((3, 4), |(y, x)| (4 * y + x) as f32 - 2.0);
    let integers = floats.mapv(|value| value as i32);
    let root = 2.0f32.sqrt();
    let third = 1.0f32 / 3.0;
    for device in devices() {
        let image = device.upload(floats.view()).expect("the image is uploaded");
        let whole = device.upload(integers.view()).expect("the image is uploaded");
        let found: Array2<u32> = rounds(&image).download().expect("it runs");
        let expected = floats.mapv(|value| {
            let end = (value as i32 + 1).max(0) as u32;
            end + end * end.saturating_sub(1) / 2
        });
        assert_eq!(found, expected, "{device}");
        let found: Array2<i32> = long_numbers(&whole).download().expect("it runs");
        let expected = integers.mapv(|value| 10_000 + 1_099 + if value > 0 { 10_000 } else { 0 } + value);
        assert_eq!(found, expected, "{device}");
        let found: Array2<f32> = plain_numbers(&image).download().expect("it runs");
        let same = if 0.1f32 + 0.2 == 0.3 { 10.0 } else { 20.0 };
        assert_eq!(found, floats.mapv(|value| value + third * 3.0 + same + root + -1.0), "{device}");
        let found: Array2<f32> = shadows(&image).download().expect("it runs");
        let expected = floats.mapv(|value| {
            let x = value + 1.0;
            x + if x > 2.0 { x * 2.0 + 1.0 } else { x - 1.0 }
        });
        assert_eq!(found, expected, "{device}");
        let found: Array2<i32> = operators(&whole).download().expect("it runs");
        assert_eq!(found, integers.mapv(operators_in_rust), "{device}");
    }
}

#[test]
fn the_right_side_of_a_condition_is_guarded_by_the_left() {
    let values: Array2<u32> = Array2::from_shape_fn((1, 6), |(_, x)| [3, 5, 0, 4, 4, 9][x]);
    let expected = [701, 310, 501, 0, 401, 410];
    for device in devices() {
        let image = device.upload(values.view()).expect("the image is uploaded");
        let found: Array2<u32> = guarded_reads(&image).download().expect("it runs");
        assert_eq!(found.as_slice(), Some(&expected[..]), "{device}");
    }
}

/// The tokens of the operation, once more.
fn operators_in_rust(image: i32) -> i32 {
    let a = image - (7 - (image - 3));
    let b = -(-image) - -1;
    let c = (image & 6) == 2;
    let d = image & (6 ^ 3) | 8;
    let e = 1 << (image & 3) << 1;
    let f = !image + (!c as i32);
    let g = (image > 1) as i32 - (image < 5) as i32;
    let h = if c == (image != 2) { 1 } else { 2 } * 3;
    a + b * 3 + d - e / 3 % 5 + f * (g - h)
}
