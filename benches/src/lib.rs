//! What the benchmarks share: the test image and the cases.
//!
//! Invariant: the image is the same on every machine and in `peers/scipy_cpu.py`, which times SciPy on it.

use kernwerk::ops;
use kernwerk::prelude::*;
use kernwerk::{HostData, Result};

/// Blobs on a lattice with a little noise, as f32.
pub fn test_image(depth: usize, height: usize, width: usize) -> HostImage {
    let mut noise = 12345_u32;
    let mut data = Vec::with_capacity(depth * height * width);
    for z in 0..depth {
        let along_z = (z as f32 / 7.0).sin();
        for y in 0..height {
            let along_y = (y as f32 / 8.0).cos();
            for x in 0..width {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                data.push(1000.0 * ((x as f32 / 9.0).sin() * along_y * along_z) + (noise >> 16) as f32 / 100.0);
            }
        }
    }
    let axes = Axes::default_for(3).expect("three axes have names");
    HostImage::new(axes, &[depth, height, width], HostData::F32(data)).expect("the data fill the shape")
}

/// Inputs that the cases need, made once.
pub struct Inputs {
    /// The image.
    pub image: Image<f32>,
    /// Its Otsu mask.
    pub mask: Image<u8>,
}

impl Inputs {
    /// Uploads the test image and computes what the cases need.
    pub fn new(device: &Device, shape: [usize; 3]) -> Result<Inputs> {
        let image = device.upload_host(&test_image(shape[0], shape[1], shape[2]))?.typed::<f32>()?;
        let mask = ops::threshold_otsu(&image).eval()?;
        Ok(Inputs { image, mask })
    }
}

/// One case: a name and what to run. Images are dropped, so that their memory is used again.
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Runs it once; on a GPU it may return before the device is done.
    pub run: fn(&Inputs) -> Result<()>,
}

macro_rules! cases {
    ($($name:literal: |$inputs:ident| $expr:expr;)*) => {
        /// Every case, in the order of the tables.
        pub const CASES: &[Case] = &[$(Case { name: $name, run: |$inputs| { $expr.eval()?; Ok(()) } }),*];
    };
}

cases! {
    "gaussian_blur_s2": |i| ops::gaussian_blur(&i.image, 2.0);
    "median_box_r1": |i| ops::median_filter(&i.image, 1, Footprint::Box);
    "connected_components": |i| ops::connected_components(&i.mask, Footprint::Box);
    "voronoi_otsu_labeling": |i| ops::voronoi_otsu_labeling(&i.image, 2.0, 2.0);
    "add_scalar": |i| ops::add_image_and_scalar(&i.image, 1.0);
    "mean_box_r2": |i| ops::mean_filter(&i.image, 2, Footprint::Box);
    "maximum_box_r2": |i| ops::maximum_filter(&i.image, 2, Footprint::Box);
    "maximum_sphere_r3": |i| ops::maximum_filter(&i.image, 3, Footprint::Sphere);
    "top_hat_box_r5": |i| ops::top_hat(&i.image, 5, Footprint::Box);
    "sobel": |i| ops::sobel(&i.image);
    "laplace_sphere": |i| ops::laplace(&i.image, Footprint::Sphere);
    "sum": |i| ops::sum_of_all_pixels(&i.image);
    "standard_deviation": |i| ops::standard_deviation_of_all_pixels(&i.image);
    "maximum_z_projection": |i| ops::maximum_z_projection(&i.image);
    "threshold_otsu": |i| ops::threshold_otsu(&i.image);
}
