//! Every case: what is called, on which image, what it must move and compute at least, and what the peers need for it.
//!
//! Names are those of `peers/h200.tsv`. Adding a case is one entry of `CASES`.

use kernwerk::Axis;
use kernwerk::ops;
use kernwerk::prelude::*;

use crate::inputs::{Call, Kind};

/// What the best exact algorithm needs for a voxel of a 3-D input: the two floors of a case.
///
/// Bytes are those of the input and the result, each once; where an algorithm has to read more, as Otsu's does, that counts. Operations
/// are counted on paper, with sharing between neighbours, and without addresses and loop overhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Bytes read.
    pub read: f64,
    /// Bytes written.
    pub written: f64,
    /// Additions, multiplications and fused multiply-adds in f32.
    pub full: f64,
    /// Comparisons, minima, maxima, conversions and integer additions: half the rate on NVIDIA GPUs. Two 8- or 16-bit lanes count as one.
    pub half: f64,
    /// Roots, reciprocals and other estimates of the special function unit; exact roots and quotients have eight operations more.
    pub special: f64,
}

/// What a case calls: expressions that are evaluated one after the other.
pub type Run = fn(&Call<'_>) -> Vec<AnyExpr>;

/// One case.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name: a row of the tables.
    pub name: &'static str,
    /// Its family: a criterion suite, a plot.
    pub family: &'static str,
    /// What it reads; the first is the image whose copy is the unit.
    pub inputs: &'static [Kind],
    /// The call in words.
    pub call: &'static str,
    /// Its floors.
    pub cost: Cost,
    /// Builds the call.
    pub run: Run,
}

impl Case {
    /// The floor of memory traffic, in copies of the input image.
    pub fn memory_floor(&self) -> f64 {
        (self.cost.read + self.cost.written) / (2 * self.inputs[0].bytes()) as f64
    }

    /// The case of that name.
    pub fn find(name: &str) -> Option<&'static Case> {
        CASES.iter().find(|case| case.name == name)
    }
}

/// The families, in the order of the tables.
pub const FAMILIES: &[&str] = &[
    "pointwise",
    "gauss",
    "mean",
    "minmax",
    "median",
    "gradient",
    "reduction",
    "projection",
    "histogram",
    "scan",
    "labelling",
    "distance",
    "measurement",
    "resampling",
    "layout",
    "fourier",
];

macro_rules! cases {
    ($($name:ident: $family:literal [$($kind:ident),+] $text:literal,
        read $read:literal written $written:literal full $full:literal half $half:literal special $special:literal,
        |$call:pat_param| [$($expr:expr),+];)*) => {
        /// Every case whose operation there is.
        pub const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            family: $family,
            inputs: &[$(Kind::$kind),+],
            call: $text,
            cost: Cost { read: $read, written: $written, full: $full, half: $half, special: $special },
            run: |$call| vec![$($expr.any().clone()),+],
        }),*];
    };
}

cases! {
    pointwise_chain_f32: "pointwise" [F32] "sqrt(abs(1.5·x - 0.25)) + x·x", read 4. written 4. full 12. half 0. special 1.,
        |c| [{
            let x = c.f32();
            ops::square_root(ops::absolute(ops::subtract_scalar(ops::multiply_image_and_scalar(&x, 1.5), 0.25))) + ops::square(&x)
        }];
    convert_u16_f32_scale: "pointwise" [U16] "x / 4095 as f32", read 2. written 4. full 1. half 1. special 0.,
        |c| [ops::multiply_image_and_scalar(c.u16(), 1.0 / 4095.0)];
    gauss_s1_f32: "gauss" [F32] "gaussian_blur(1)", read 4. written 4. full 27. half 0. special 0.,
        |c| [ops::gaussian_blur(c.f32(), 1.0)];
    gauss_s2_f32: "gauss" [F32] "gaussian_blur(2)", read 4. written 4. full 51. half 0. special 0.,
        |c| [ops::gaussian_blur(c.f32(), 2.0)];
    gauss_s5_f32: "gauss" [F32] "gaussian_blur(5)", read 4. written 4. full 123. half 0. special 0.,
        |c| [ops::gaussian_blur(c.f32(), 5.0)];
    gauss_s20_f32: "gauss" [F32] "gaussian_blur(20)", read 4. written 4. full 483. half 0. special 0.,
        |c| [ops::gaussian_blur(c.f32(), 20.0)];
    gauss_s20_recursive_f32: "gauss" [F32] "gaussian_blur_recursive(20)", read 4. written 4. full 114. half 0. special 0.,
        |c| [ops::gaussian_blur_recursive(c.f32(), 20.0)];
    gauss_aniso_1_3_3_f32: "gauss" [F32] "gaussian_blur(z 1, y 3, x 3)", read 4. written 4. full 59. half 0. special 0.,
        |c| [ops::gaussian_blur(c.f32(), [1.0, 3.0, 3.0])];
    gauss_s2_u16_f32out: "gauss" [U16] "gaussian_blur(2) to f32", read 2. written 4. full 51. half 1. special 0.,
        |c| [ops::gaussian_blur(c.u16(), 2.0)];
    dog_1_3_f32: "gauss" [F32] "difference_of_gaussian(1, 3)", read 4. written 4. full 103. half 0. special 0.,
        |c| [ops::difference_of_gaussian(c.f32(), 1.0, 3.0)];
    mean_box_r2_f32: "mean" [F32] "mean_filter(2, box)", read 4. written 4. full 39. half 0. special 3.,
        |c| [ops::mean_filter(c.f32(), 2, Footprint::Box)];
    mean_box_r10_f32: "mean" [F32] "mean_filter(10, box)", read 4. written 4. full 87. half 0. special 3.,
        |c| [ops::mean_filter(c.f32(), 10, Footprint::Box)];
    variance_box_r2_f32: "mean" [F32] "variance_filter(2, box)", read 4. written 4. full 375. half 0. special 1.,
        |c| [ops::variance_filter(c.f32(), 2, Footprint::Box)];
    correlate_3_f32: "mean" [F32] "correlate(3×3×3)", read 4. written 4. full 27. half 0. special 0.,
        |c| [ops::correlate(c.f32(), c.weights(3))];
    correlate_5_f32: "mean" [F32] "correlate(5×5×5)", read 4. written 4. full 125. half 0. special 0.,
        |c| [ops::correlate(c.f32(), c.weights(5))];
    max_footprint_5_f32: "minmax" [F32] "maximum_footprint(57 of 5×5×5)", read 4. written 4. full 0. half 56. special 0.,
        |c| [ops::maximum_footprint(c.f32(), c.footprint(5))];
    max_box_r2_f32: "minmax" [F32] "maximum_filter(2, box)", read 4. written 4. full 0. half 9. special 0.,
        |c| [ops::maximum_filter(c.f32(), 2, Footprint::Box)];
    max_box_r7_u8: "minmax" [U8] "maximum_filter(7, box)", read 1. written 1. full 0. half 6. special 0.,
        |c| [ops::maximum_filter(c.u8(), 7, Footprint::Box)];
    max_sphere_r3_f32: "minmax" [F32] "maximum_filter(3, sphere)", read 4. written 4. full 0. half 31. special 0.,
        |c| [ops::maximum_filter(c.f32(), 3, Footprint::Sphere)];
    tophat_box_r5_f32: "minmax" [F32] "top_hat(5, box)", read 4. written 4. full 1. half 24. special 0.,
        |c| [ops::top_hat(c.f32(), 5, Footprint::Box)];
    local_maxima_3_f32: "minmax" [F32] "detect_maxima(1, box)", read 4. written 1. full 0. half 10. special 0.,
        |c| [ops::detect_maxima(c.f32(), 1, Footprint::Box)];
    erode_box_r1_u8: "minmax" [Mask] "binary_erode(1, box)", read 1. written 1. full 0. half 3. special 0.,
        |c| [ops::binary_erode(c.mask(), 1, Footprint::Box)];
    median_box_r1_f32: "median" [F32] "median_filter(1, box)", read 4. written 4. full 0. half 80. special 0.,
        |c| [ops::median_filter(c.f32(), 1, Footprint::Box)];
    median_box_r1_u8: "median" [U8] "median_filter(1, box)", read 1. written 1. full 0. half 40. special 0.,
        |c| [ops::median_filter(c.u8(), 1, Footprint::Box)];
    median_box_r2_u8: "median" [U8] "median_filter(2, box)", read 1. written 1. full 0. half 231. special 0.,
        |c| [ops::median_filter(c.u8(), 2, Footprint::Box)];
    mode_box_r1_u8: "median" [U8] "mode_filter(1, box)", read 1. written 1. full 0. half 172. special 0.,
        |c| [ops::mode_filter(c.u8(), 1, Footprint::Box)];
    sobel_mag_f32: "gradient" [F32] "sobel()", read 4. written 4. full 33. half 0. special 1.,
        |c| [ops::sobel(c.f32())];
    laplace_f32: "gradient" [F32] "laplace(sphere)", read 4. written 4. full 7. half 0. special 0.,
        |c| [ops::laplace(c.f32(), Footprint::Sphere)];
    sum_f32: "reduction" [F32] "sum_of_all_pixels()", read 4. written 0. full 7. half 0. special 0.,
        |c| [ops::sum_of_all_pixels(c.f32())];
    minmax_f32: "reduction" [F32] "minimum_and_maximum_of_all_pixels()", read 4. written 0. full 0. half 2. special 0.,
        |c| [ops::minimum_and_maximum_of_all_pixels(c.f32())];
    meanstd_f32: "reduction" [F32] "mean_and_standard_deviation_of_all_pixels()",
        read 4. written 0. full 17. half 0. special 0.,
        |c| [ops::mean_and_standard_deviation_of_all_pixels(c.f32())];
    proj_max_axis0_f32: "projection" [F32] "maximum along the first axis", read 4. written 0. full 0. half 1. special 0.,
        |c| [if c.is_3d() { ops::maximum_z_projection(c.f32()) } else { ops::maximum_y_projection(c.f32()) }];
    proj_max_lastaxis_f32: "projection" [F32] "maximum_x_projection()", read 4. written 0. full 0. half 1. special 0.,
        |c| [ops::maximum_x_projection(c.f32())];
    proj_std_axis0_f32: "projection" [F32] "standard deviation along the first axis", read 4. written 0. full 17. half 0. special 0.,
        |c| [if c.is_3d() { ops::std_z_projection(c.f32()) } else { ops::std_y_projection(c.f32()) }];
    proj_argmax_axis0_f32: "projection" [F32] "coordinate of the maximum along the first axis", read 4. written 0. full 0. half 2. special 0.,
        |c| [if c.is_3d() { ops::arg_maximum_z_projection(c.f32()) } else { ops::arg_maximum_y_projection(c.f32()) }];
    hist256_f32: "histogram" [F32] "histogram(256, 0, 1)", read 4. written 0. full 3. half 2. special 0.,
        |c| [ops::histogram(c.f32(), 256).with("min", 0.0_f32).with("max", 1.0_f32)];
    hist256_u8: "histogram" [U8] "histogram(256, 0, 256)", read 1. written 0. full 0. half 2. special 0.,
        |c| [ops::histogram(c.u8(), 256).with("min", 0.0_f32).with("max", 256.0_f32)];
    otsu_mask_f32: "histogram" [F32] "threshold_otsu()", read 12. written 1. full 3. half 5. special 0.,
        |c| [ops::threshold_otsu(c.f32())];
    cumsum_axis0_f32: "scan" [F32] "cumulative_sum(first axis)", read 4. written 4. full 8. half 0. special 0.,
        |c| [ops::cumulative_sum(c.f32(), if c.is_3d() { Axis::Z } else { Axis::Y })];
    cumsum_lastaxis_f32: "scan" [F32] "cumulative_sum(x)", read 4. written 4. full 8. half 0. special 0.,
        |c| [ops::cumulative_sum(c.f32(), Axis::X)];
    ccl_full_u8: "labelling" [Mask] "connected_components(box)", read 1. written 4. full 0. half 0. special 0.,
        |c| [ops::connected_components(c.mask(), Footprint::Box)];
    edt_exact_u8: "distance" [Mask] "distance_transform()", read 1. written 4. full 0. half 0. special 0.,
        |c| [ops::distance_transform(c.mask())];
    voronoi_labels_u8seeds: "distance" [Seeds] "voronoi_labeling()", read 1. written 4. full 0. half 0. special 0.,
        |c| [ops::voronoi_labeling(c.seeds())];
    expand_labels_d10: "distance" [Labels] "expand_labels(10)", read 4. written 4. full 0. half 0. special 0.,
        |c| [ops::expand_labels(c.labels(), 10.0)];
    label_stats: "measurement" [Labels, F32] "label_statistics()", read 8. written 0. full 0. half 0. special 0.,
        |c| [ops::label_statistics(c.labels(), c.f32())];
    affine_rot_linear_f32: "resampling" [F32] "rotation about z by 30°, tilted by 7°, linear", read 4. written 4. full 25. half 12. special 0.,
        |c| [rotated(c)];
    block_mean_2x_f32: "resampling" [F32] "block_mean(2)", read 4. written 0.5 full 1. half 0. special 0.,
        |c| [ops::block_mean(c.f32(), 2)];
    zoom_half_linear_f32: "resampling" [F32] "resize(half, linear)", read 4. written 0.5 full 1. half 0. special 0.,
        |c| [ops::resize(c.f32(), part(c, 2, 1), ops::Interpolation::Linear)];
    transpose_zx_f32: "layout" [F32] "first and last axis exchanged", read 4. written 4. full 0. half 0. special 0.,
        |c| [if c.is_3d() { ops::transpose_xz(c.f32()) } else { ops::transpose_xy(c.f32()) }];
    flip_x_f32: "layout" [F32] "flip(x)", read 4. written 4. full 0. half 0. special 0.,
        |c| [ops::flip(c.f32(), true, false, false)];
    crop_center_f32: "layout" [F32] "the middle half of each axis", read 0.5 written 0.5 full 0. half 0. special 0.,
        |c| [ops::crop(c.f32(), part(c, 4, 0), part(c, 2, 1))];
    pad_8_f32: "layout" [F32] "pad(8, nearest)", read 4. written 4. full 0. half 0. special 0.,
        |c| [ops::pad(c.f32(), 8, 8)];
    // 2.5 log2(n) operations for each voxel and transform, of the large image.
    fftconv_full_f32: "fourier" [F32] "fft_convolve(17×17×17), wrap", read 4. written 4. full 145. half 0. special 0.,
        |c| [ops::fft_convolve(c.f32(), c.spread()).boundary(Boundary::Wrap)];
    rl_deconv_5it_f32: "fourier" [F32] "richardson_lucy(17×17×17, 5), wrap", read 4. written 4. full 1475. half 0. special 5.,
        |c| [ops::richardson_lucy(c.f32(), c.spread(), 5, 0.0).boundary(Boundary::Wrap)];
}

/// Every extent divided by `divisor`, at least `least`; along a z that the image lacks `least`.
fn part(call: &Call<'_>, divisor: u32, least: u32) -> PerAxis<u32> {
    let extents: Vec<u32> = call.shape().iter().map(|&extent| (extent as u32 / divisor).max(least)).collect();
    match extents[..] {
        [z, y, x] => [z, y, x].into(),
        _ => [least, extents[0], extents[1]].into(),
    }
}

/// The image turned about its centre: by 30 degrees about z, then (3-D) by 7 degrees about y; 0 outside.
fn rotated(call: &Call<'_>) -> Expr<f32> {
    let (sin, cos) = 30_f64.to_radians().sin_cos();
    let (tilt_sin, tilt_cos) = if call.is_3d() { 7_f64.to_radians().sin_cos() } else { (0.0, 1.0) };
    // Rows and columns z, y, x.
    let turn = [[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]];
    let tilt = [[tilt_cos, 0.0, -tilt_sin], [0.0, 1.0, 0.0], [tilt_sin, 0.0, tilt_cos]];
    let mut matrix = [[0.0; 3]; 3];
    for (row, line) in matrix.iter_mut().enumerate() {
        for (column, value) in line.iter_mut().enumerate() {
            *value = (0..3).map(|k| turn[row][k] * tilt[k][column]).sum();
        }
    }
    let mut extents = [1.0; 3];
    for (extent, &given) in extents.iter_mut().rev().zip(call.shape().iter().rev()) {
        *extent = given as f64;
    }
    let centre = extents.map(|extent| (extent - 1.0) / 2.0);
    let offset = |row: usize| (centre[row] - (0..3).map(|k| matrix[row][k] * centre[k]).sum::<f64>()) as f32;
    let entry = |row: usize, column: usize| matrix[row][column] as f32;
    ops::affine_transform(
        call.f32(),
        entry(2, 2),
        entry(2, 1),
        entry(2, 0),
        offset(2),
        entry(1, 2),
        entry(1, 1),
        entry(1, 0),
        offset(1),
        entry(0, 2),
        entry(0, 1),
        entry(0, 0),
        offset(0),
        ops::Interpolation::Linear,
    )
    .boundary(Boundary::Constant(0.0))
}
