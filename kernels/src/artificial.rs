//! Images that nobody took: tissue of cells, and a picture of objects, to try and to show operations with.
//!
//! Made on the host from integers and Kernwerk's own mathematics, and on the device by exact operations. Invariant: the
//! same parameters give the same image on every machine. An operation needs an image that says where and, for tissue,
//! how large; what it holds does not matter.

use kernwerk_runtime::{Axes, math};

use crate::catalogue::family;
use crate::prelude::*;
use crate::voronoi::extend_labeling_via_voronoi;

/// Sets what item i holds at the i-th place to `first` + i.
#[gpu_op(grid, family = "drawing")]
pub(crate) fn place_labels(at: Item, places: Read<u32>, labels: Write<u32>, first: u32) {
    let place = places.get(at.index());
    labels.store(place as usize, first + at.index() as u32);
}

/// Random numbers: the SplitMix64 generator of Steele, Lea and Flood (2014).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// In 2⁻²⁴ ..= 1.
    fn uniform(&mut self) -> f32 {
        ((self.bits() >> 40) + 1) as f32 / 16_777_216.0
    }

    /// Normally distributed around 0 with deviation 1 (Box and Muller 1958).
    fn normal(&mut self) -> f32 {
        let (size, angle) = (self.uniform(), self.uniform());
        (-2.0 * math::ln(size)).sqrt() * math::cos(std::f32::consts::TAU * angle)
    }
}

/// The seeds of cells: a grid, every second row half a step further along x, each moved at random. Linear indices, each
/// once, in order of the grid.
fn seeds(extent: [usize; 3], delta: PerAxis<f32>, sigma: PerAxis<f32>, random: &mut Random) -> Vec<u32> {
    let [width, height, depth] = extent;
    // An axis of extent 1 has one place.
    let places = |extent: usize, delta: f32, offset: f32| {
        let count = if extent == 1 { 1 } else { ((extent as f32 - offset) / delta).ceil().max(0.0) as usize };
        (0..count).map(move |k| if extent == 1 { 0.0 } else { offset + k as f32 * delta })
    };
    let moved = |place: f32, sigma: f32, extent: usize, random: &mut Random| {
        let moved = (place + sigma * random.normal()).round_ties_even();
        if extent == 1 { 0 } else { moved.clamp(0.0, (extent - 1) as f32) as usize }
    };
    let (mut found, mut taken) = (Vec::new(), std::collections::HashSet::new());
    for (plane, z) in places(depth, delta.z, 0.0).enumerate() {
        for (row, y) in places(height, delta.y, 0.0).enumerate() {
            let offset = if (plane + row) % 2 == 0 { 0.0 } else { delta.x / 2.0 };
            for x in places(width, delta.x, offset) {
                let x = moved(x, sigma.x, width, random);
                let y = moved(y, sigma.y, height, random);
                let z = moved(z, sigma.z, depth, random);
                let index = ((z * height + y) * width + x) as u32;
                if taken.insert(index) {
                    found.push(index);
                }
            }
        }
    }
    found
}

/// Artificial tissue: labelled cells of about `delta` voxels that fill the extents of an image.
///
/// The centres of cells stand on a grid with the spacing `delta`, every second row half a step further, and are moved
/// at random with the standard deviation `sigma`; each voxel belongs to the nearest centre (Euclidean, in voxels; the
/// smaller label of two). Labels go from 1 on without gaps, and on through a batch. Axes of extent 1 take no part,
/// whatever their spacing. The numbers are pseudo-random: the same parameters and `random_seed` give the same tissue
/// everywhere.
///
/// # Names
/// - `clesperanto.artificial_tissue`: makes an image of `width`, `height` and `depth`, and never returns for the
///   spacing 0 of an axis; a spacing below 1 is an error here. Other random numbers.
/// - `clesperanto.artificial_tissue_2d`: its `random_sigma_x` and `random_sigma_y` are `sigma`; spacings of 24 and 16
///   by default there.
#[gpu_op(procedure, family = "drawing", alias = "artificial_tissue_2d")]
pub fn artificial_tissue(
    context: &Context,
    image: AnyImage,
    #[param(default = 10.0, range = 1.0..=1000000.0, unit = "voxels")] delta: PerAxis<f32>,
    #[param(default = 3.0, range = 0.0..=1000000.0, unit = "voxels")] sigma: PerAxis<f32>,
    #[param(default = 0)] random_seed: u32,
) -> Result<Image<u32>> {
    let extent = image.spatial();
    let voxels = extent.iter().product::<usize>();
    if image.voxels() > u32::MAX as usize {
        return Err(Error::Unsupported {
            operation: "artificial_tissue".into(),
            problem: format!("an image of {} voxels has more than 32 bits can count", image.voxels()),
            remedy: "make it in parts".into(),
        });
    }
    let mut random = Random(u64::from(random_seed));
    let mut places = Vec::new();
    for n in 0..image.batch() {
        places.extend(seeds(extent, delta, sigma, &mut random).iter().map(|place| place + (n * voxels) as u32));
    }
    let labels = context.zeros::<u32>(&image)?;
    place_labels(context, Domain::linear(places.len()), &context.upload_buffer(&places)?, &labels, 1)?;
    context.eval(extend_labeling_via_voronoi(&labels))
}

/// A picture on the host, in which objects are drawn.
struct Picture {
    width: usize,
    pixels: Vec<f32>,
}

impl Picture {
    /// Sets what is inside, as far as it lies between two corners.
    fn draw(&mut self, low: [f32; 2], high: [f32; 2], value: f32, inside: impl Fn(f32, f32) -> bool) {
        let height = self.pixels.len() / self.width;
        let range = |axis: usize, extent: usize| {
            (low[axis].floor().max(0.0) as usize).min(extent)..((high[axis].max(0.0) as usize) + 1).min(extent)
        };
        for y in range(1, height) {
            for x in range(0, self.width) {
                if inside(x as f32, y as f32) {
                    self.pixels[y * self.width + x] = value;
                }
            }
        }
    }

    /// As `draw_sphere`.
    fn disc(&mut self, center: [f32; 2], radius: [f32; 2], value: f32) {
        let corner = |side: f32| [0, 1].map(|axis| center[axis] + side * radius[axis]);
        self.draw(corner(-1.0), corner(1.0), value, |x, y| {
            let (dx, dy) = ((x - center[0]) / radius[0], (y - center[1]) / radius[1]);
            dx * dx + dy * dy <= 1.0
        });
    }

    /// As `draw_line`, with `radius` half the thickness.
    fn line(&mut self, from: [f32; 2], to: [f32; 2], radius: f32, value: f32) {
        let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
        let low = [0, 1].map(|axis| from[axis].min(to[axis]) - radius);
        let high = [0, 1].map(|axis| from[axis].max(to[axis]) + radius);
        self.draw(low, high, value, |x, y| {
            let (x, y) = (x - from[0], y - from[1]);
            let t = ((x * dx + y * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
            let (x, y) = (x - t * dx, y - t * dy);
            x * x + y * y <= radius * radius
        });
    }
}

/// Width and height of the picture of objects, and of the tissue in it.
const OBJECTS: usize = 512;
const TISSUE: [usize; 2] = [350, 256];

/// Draws borders of cells, of which some are erased, and below the middle their nuclei.
fn membranes(cells: &[u32]) -> Picture {
    let [width, height] = TISSUE;
    let mut picture = Picture { width, pixels: vec![0.0; width * height] };
    let at = |x: usize, y: usize| cells[y.min(height - 1) * width + x.min(width - 1)];
    for (index, pixel) in picture.pixels.iter_mut().enumerate() {
        let (x, y) = (index % width, index / width);
        let differs = at(x, y) != at(x + 1, y) || at(x, y) != at(x, y + 1);
        *pixel = if differs { 256.0 } else { 0.0 };
    }
    for (radius, places) in [(1.0, 0..8), (2.0, 8..16)] {
        for place in places {
            let x = (12 * place) as f32;
            picture.line([x, 0.0], [x, height as f32], radius, 0.0);
        }
    }
    let count = cells.iter().copied().max().unwrap_or(0) as usize;
    let mut sums = vec![[0u64; 3]; count + 1];
    for (index, &cell) in cells.iter().enumerate() {
        let [n, x, y] = &mut sums[cell as usize];
        (*n, *x, *y) = (*n + 1, *x + (index % width) as u64, *y + (index / width) as u64);
    }
    for [n, x, y] in sums.into_iter().skip(1).filter(|sum| sum[0] > 0) {
        let center = [(x / n) as f32, (y / n) as f32];
        if center[1] > 128.0 {
            picture.disc(center, [3.0, 3.0], 512.0);
        }
    }
    picture
}

/// A picture of 512 by 512 pixels with artificial objects: lines, blobs, rings, membranes and nuclei, to be blurred and measured.
///
/// The background is 0, objects are 255, membranes 256 and nuclei 512, in f32. The image that is given only says on which device.
///
/// # Names
/// - `clesperanto.artificial_objects_2d`: needs no image; of the same objects, but not the same to the pixel.
#[gpu_op(procedure, family = "drawing")]
pub fn artificial_objects_2d(context: &Context, image: AnyImage) -> Result<Image<f32>> {
    let _ = image;
    let canvas = context.zeros_of_shape::<u8>(Axes::new("yx")?, &[TISSUE[1], TISSUE[0]])?;
    let spacing = PerAxis::xyz(24.0, 16.0, 1.0);
    let cells = context.eval(artificial_tissue(&canvas, spacing, PerAxis::xyz(3.0, 3.0, 0.0), 0))?;
    let cells = cells.download::<ndarray::Ix2>()?;
    let mut picture = Picture { width: OBJECTS, pixels: vec![0.0; OBJECTS * OBJECTS] };
    for step in 0..5u8 {
        let (y, size) = (f32::from(step) * 50.0, f32::from(step) + 1.0);
        picture.line([10.0, y + 10.0], [40.0, y + 40.0], size, 255.0);
        picture.line([60.0, y + 40.0], [60.0, y + 10.0], size, 255.0);
        picture.line([80.0, y + 40.0], [110.0, y + 10.0], size, 255.0);
        picture.line([120.0, y + 25.0], [150.0, y + 25.0], size, 255.0);
        picture.disc([175.0, y + 25.0], [2.0 * size, 10.0], 255.0);
        picture.disc([200.0, y + 25.0], [10.0, 2.0 * size], 255.0);
    }
    let tissue = membranes(cells.as_slice().expect("a download is in standard order"));
    let left = 225;
    for (row, line) in tissue.pixels.chunks(TISSUE[0]).enumerate() {
        let target = row * OBJECTS + left;
        picture.pixels[target..][..OBJECTS - left].copy_from_slice(&line[..OBJECTS - left]);
    }
    for step in 1..10u8 {
        let (y, radius) = (255.0 + f32::from(step - 1) * 30.0, f32::from(step) + 5.0);
        picture.disc([20.0, y], [radius; 2], 255.0);
        for (x, thickness) in [(60.0, 1.0), (100.0, 2.0), (140.0, 3.0)] {
            picture.disc([x, y], [radius; 2], 255.0);
            picture.disc([x, y], [radius - thickness; 2], 0.0);
        }
    }
    for row in 1..9u8 {
        for column in 1..9u8 {
            let center = [180.0 + f32::from(column - 1) * 30.0, 255.0 + (f32::from(row) - 0.25) * 30.0];
            picture.disc(center, [2.0 * f32::from(row.max(column)); 2], 255.0);
        }
    }
    let strokes = [
        [438, 438, 502, 502],
        [502, 438, 438, 502],
        [438, 438, 470, 396],
        [502, 438, 470, 396],
        [470, 364, 470, 396],
        [470, 364, 470, 256],
        [438, 256, 502, 256],
        [438, 272, 502, 338],
        [502, 272, 438, 338],
        [438, 354, 502, 354],
        [438, 370, 502, 370],
    ];
    for [x1, y1, x2, y2] in strokes.map(|stroke| stroke.map(|place: u16| f32::from(place))) {
        picture.line([x1, y1], [x2, y2], 3.0, 255.0);
    }
    let pixels =
        ndarray::Array2::from_shape_vec((OBJECTS, OBJECTS), picture.pixels).expect("as many as the picture has");
    context.device().upload(pixels.view())
}

family! {
    operations: [
        artificial_tissue, artificial_objects_2d,
    ],
    kernels: [
        place_labels,
    ],
}
