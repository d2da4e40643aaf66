//! A custom operation as a downstream crate writes it: the one of the README, run on every backend that is present.

// README-BEGIN
use kernwerk::prelude::*;

/// Local contrast: how far a pixel stands out from the mean of the ellipsoid around it, as a multiple of `gain`.
#[gpu_op(neighborhood)]
pub fn local_contrast(
    w: Window<f32>,
    #[param(default = 2, range = 1..=100, unit = "voxels")] radius: PerAxis<u32>,
    #[param(default = 1.0)] gain: f32,
) -> f32 {
    let mean = w.ellipsoid(radius).sum() / w.ellipsoid(radius).count();
    gain * (w.center() - mean)
}
// README-END

use ndarray::Array3;

fn stack() -> Array3<u16> {
    Array3::from_shape_fn((5, 11, 13), |(z, y, x)| ((z * 7919 + y * 104_729 + x * 1_299_709) % 4096) as u16)
}

/// The definition, voxel by voxel, without the library.
fn naive(stack: &Array3<u16>, radius: i64, gain: f32) -> Array3<f32> {
    let (depth, height, width) = stack.dim();
    let inside = |i: i64, extent: usize| i.clamp(0, extent as i64 - 1) as usize;
    Array3::from_shape_fn(stack.dim(), |(z, y, x)| {
        let (mut sum, mut count) = (0.0_f32, 0.0_f32);
        for dz in -radius..=radius {
            for dy in -radius..=radius {
                for dx in -radius..=radius {
                    if dx * dx + dy * dy + dz * dz <= radius * radius {
                        let at =
                            (inside(z as i64 + dz, depth), inside(y as i64 + dy, height), inside(x as i64 + dx, width));
                        sum += f32::from(stack[at]);
                        count += 1.0;
                    }
                }
            }
        }
        gain * (f32::from(stack[(z, y, x)]) - sum / count)
    })
}

#[test]
fn it_means_what_it_says_on_every_backend() {
    let stack = stack();
    let expected = naive(&stack, 2, 1.5);
    let mut ran = Vec::new();
    for backend in ["cpu", "opencl", "cuda"] {
        let Ok(device) = Device::open(backend, None) else {
            println!("not run: {backend} is not present");
            continue;
        };
        let image: Image<u16> = device.upload(stack.view()).expect("the stack is uploaded");
        let contrast: Array3<f32> = local_contrast(&image, 2, 1.5).download().expect("the operation runs");
        assert_eq!(contrast, expected, "{backend}");
        ran.push(backend);
    }
    assert!(ran.contains(&"cpu"), "the native backend is always present");
    println!("ran on {}", ran.join(", "));
}

#[test]
fn the_macro_exports_texts_and_metadata() {
    assert!(local_contrast::CUDA.contains("extern \"C\" __global__ void local_contrast("));
    assert!(local_contrast::OPENCL.contains("__kernel void local_contrast("));
    const { assert!(local_contrast::EXACT) };
    assert_eq!(local_contrast::INFO.family, "custom_op");
    assert_eq!(local_contrast::INFO.params[0].unit, Some("voxels"));
}

#[test]
fn the_readme_shows_this_operation() {
    let text = include_str!("custom_op.rs");
    let (_, rest) = text.split_once("// README-BEGIN\n").expect("the snippet begins");
    let (snippet, _) = rest.split_once("// README-END\n").expect("the snippet ends");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(snippet.trim_end()), "README.md does not show the operation of tests/tests/custom_op.rs");
}
