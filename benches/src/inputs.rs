//! The images that the cases run on: periodic smooth noise with white noise, a mask of blobs, seeds, labels.
//!
//! Made of integers only, by a counter-based generator, so that they are the same bits on every machine. Invariant: no image is constant,
//! and what a case reads is larger than a GPU's cache (`Inputs` keeps several copies of a small image and hands them out in turn).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use kernwerk::prelude::*;
use kernwerk::{HostData, Result};

/// Which image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Smooth noise and white noise, 3 to 1, in [0, 1).
    F32,
    /// The same, 0 to 4094.
    U16,
    /// The same, 0 to 254.
    U8,
    /// 1 in the 30 % of voxels where the smooth noise is largest: blobs.
    Mask,
    /// 1 in about one of 2048 voxels (2-D: of 256), anywhere.
    Seeds,
    /// Numbered blobs in 20 % of the voxels, u32.
    Labels,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [Kind::F32, Kind::U16, Kind::U8, Kind::Mask, Kind::Seeds, Kind::Labels];

    /// Its name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::F32 => "f32",
            Kind::U16 => "u16",
            Kind::U8 => "u8",
            Kind::Mask => "mask",
            Kind::Seeds => "seeds",
            Kind::Labels => "labels",
        }
    }

    /// Bytes of a voxel.
    pub fn bytes(self) -> usize {
        match self {
            Kind::F32 | Kind::Labels => 4,
            Kind::U16 => 2,
            Kind::U8 | Kind::Mask | Kind::Seeds => 1,
        }
    }
}

/// A permutation of u32 that looks random (Ellis 2018, "prospecting for hash functions", lowbias32).
fn hash(mut value: u32) -> u32 {
    value ^= value >> 16;
    value = value.wrapping_mul(0x7feb_352d);
    value ^= value >> 15;
    value = value.wrapping_mul(0x846c_a68b);
    value ^ (value >> 16)
}

/// One period of the noise; images are tiled with it.
struct Block {
    extents: Vec<usize>,
    /// 22 bits.
    smooth: Vec<u32>,
    /// 24 bits: three parts of `smooth`, one of white noise.
    image: Vec<u32>,
}

impl Block {
    fn new(shape: &[usize]) -> Block {
        let period: &[usize] = if shape.len() == 3 { &[64, 128, 128] } else { &[512, 512] };
        let extents: Vec<usize> = shape.iter().zip(period).map(|(&extent, &period)| extent.min(period)).collect();
        let voxels: usize = extents.iter().product();
        let mut sums: Vec<u64> = (0..voxels as u32).map(|i| u64::from(hash(i) >> 16)).collect();
        // Three running means of 5 along each axis: nearly a Gaussian of sigma 2.4. 16 bits and 5^9 fit into 37 bits.
        for axis in 0..extents.len() {
            for _ in 0..3 {
                sums = sum_of_five(&sums, &extents, axis);
            }
        }
        let (low, high) = sums.iter().fold((u64::MAX, 0), |(low, high), &sum| (low.min(sum), high.max(sum)));
        let range = u128::from(high - low + 1);
        let smooth: Vec<u32> = sums.iter().map(|&sum| ((u128::from(sum - low) << 22) / range) as u32).collect();
        let image = smooth.iter().zip(0_u32..).map(|(&value, i)| 3 * value + (hash(!i) >> 10)).collect();
        Block { extents, smooth, image }
    }

    /// The value that this share of the smooth noise reaches or exceeds.
    fn quantile(&self, share: f64) -> u32 {
        let mut sorted = self.smooth.clone();
        sorted.sort_unstable();
        sorted[((sorted.len() as f64 * (1.0 - share)) as usize).min(sorted.len() - 1)]
    }

    /// An image tiled with `block`.
    fn tiled<T: Copy>(&self, block: &[T], shape: &[usize]) -> Vec<T> {
        let (width, period) = (shape[shape.len() - 1], self.extents[self.extents.len() - 1]);
        let mut image = Vec::with_capacity(shape.iter().product());
        let rows: usize = shape[..shape.len() - 1].iter().product();
        for row in 0..rows {
            // The coordinates of the row, slowest axis last, folded into the block.
            let (mut rest, mut start, mut stride) = (row, 0, period);
            for axis in (0..shape.len() - 1).rev() {
                start += rest % shape[axis] % self.extents[axis] * stride;
                rest /= shape[axis];
                stride *= self.extents[axis];
            }
            let line = &block[start..start + period];
            for x in (0..width).step_by(period) {
                image.extend_from_slice(&line[..period.min(width - x)]);
            }
        }
        image
    }

    fn mapped<T: Copy>(&self, of: &[u32], shape: &[usize], change: impl Fn(u32) -> T) -> Vec<T> {
        let block: Vec<T> = of.iter().map(|&value| change(value)).collect();
        self.tiled(&block, shape)
    }
}

/// The sum of each value and its two neighbours on either side along an axis, around the ends.
fn sum_of_five(values: &[u64], extents: &[usize], axis: usize) -> Vec<u64> {
    let stride: usize = extents[axis + 1..].iter().product();
    let extent = extents[axis];
    (0..values.len())
        .map(|i| {
            let at = i / stride % extent;
            let line = i - at * stride;
            (0..5).map(|k| values[line + (at + extent * 2 + k - 2) % extent * stride]).sum()
        })
        .collect()
}

/// An image in host memory. Labels are made from a mask, by the library: see [`Inputs`].
fn host_data(block: &Block, kind: Kind, shape: &[usize]) -> HostData {
    match kind {
        // 24 bits: exact in f32.
        Kind::F32 => HostData::F32(block.mapped(&block.image, shape, |value| value as f32 / (1 << 24) as f32)),
        Kind::U16 => HostData::U16(block.mapped(&block.image, shape, |value| ((u64::from(value) * 4095) >> 24) as u16)),
        Kind::U8 => HostData::U8(block.mapped(&block.image, shape, |value| ((u64::from(value) * 255) >> 24) as u8)),
        Kind::Mask => {
            let threshold = block.quantile(0.3);
            HostData::U8(block.mapped(&block.smooth, shape, |value| u8::from(value >= threshold)))
        }
        Kind::Labels => {
            let threshold = block.quantile(0.2);
            HostData::U8(block.mapped(&block.smooth, shape, |value| u8::from(value >= threshold)))
        }
        Kind::Seeds => {
            let voxels: usize = shape.iter().product();
            let count = (voxels / if shape.len() == 3 { 2048 } else { 256 }).max(4);
            let mut seeds = vec![0; voxels];
            for i in 0..count as u32 {
                let random = u64::from(hash(i)) << 32 | u64::from(hash(!i));
                seeds[((u128::from(random) * voxels as u128) >> 64) as usize] = 1;
            }
            HostData::U8(seeds)
        }
    }
}

/// How many bytes of one kind of image a GPU is given before it sees the first again: four times the largest cache.
const ROTATED_BYTES: usize = 240 << 20;

/// Images of one shape on one device, made when they are asked for.
pub struct Inputs {
    device: Device,
    shape: Vec<usize>,
    block: Block,
    images: BTreeMap<Kind, Vec<AnyImage>>,
    /// Of 3 and of 5 voxels along each axis: weights, and marks of the voxels that lie nearer than 2.3.
    kernels: OnceLock<[[Image<f32>; 2]; 2]>,
    spread: OnceLock<Image<f32>>,
}

impl Inputs {
    /// Nothing is uploaded yet. `shape` has two or three extents, x last.
    pub fn new(device: &Device, shape: &[usize]) -> Inputs {
        Inputs {
            device: device.clone(),
            shape: shape.to_vec(),
            block: Block::new(shape),
            images: BTreeMap::new(),
            kernels: OnceLock::new(),
            spread: OnceLock::new(),
        }
    }

    /// The extents, x last.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Makes and uploads what is not there yet, and drops every other kind.
    ///
    /// # Errors
    /// If the memory is exhausted or the device fails.
    pub fn prepare(&mut self, kinds: &[Kind]) -> Result<()> {
        self.images.retain(|kind, _| kinds.contains(kind));
        self.device.release_memory();
        for &kind in kinds {
            if self.images.contains_key(&kind) {
                continue;
            }
            let axes = Axes::default_for(self.shape.len()).expect("two or three axes have names");
            let host = HostImage::new(axes, &self.shape, host_data(&self.block, kind, &self.shape))?;
            let mut image = self.device.upload_host(&host)?;
            if kind == Kind::Labels {
                image = connected_components(&image, Footprint::Sphere).eval()?.into_any();
            }
            let bytes = image.voxels() * kind.bytes();
            let copies = if self.device.description().is_gpu { ROTATED_BYTES.div_ceil(bytes).clamp(1, 24) } else { 1 };
            let mut images = vec![image];
            for _ in 1..copies {
                images.push(images[0].duplicate()?);
            }
            self.images.insert(kind, images);
        }
        self.device.synchronize()
    }

    /// Kernels, which stay on the device once they are there.
    fn kernels(&self) -> &[[Image<f32>; 2]; 2] {
        let upload =
            |extent: usize, value: &dyn Fn(u32, f32) -> f32| self.kernel(&vec![extent; self.shape.len()], value);
        let weight = |voxel: u32, _: f32| (hash(voxel) >> 8) as f32 / (1 << 24) as f32;
        let mark = |_: u32, square: f32| if square < 5.3 { 1.0 } else { 0.0 };
        self.kernels.get_or_init(|| [3, 5].map(|extent| [upload(extent, &weight), upload(extent, &mark)]))
    }

    /// A Gaussian of sigma 2 over 17 voxels along each axis, fewer where the image has fewer; its sum is 1.
    fn spread(&self) -> &Image<f32> {
        self.spread.get_or_init(|| {
            let shape: Vec<usize> = self.shape.iter().map(|&extent| (extent / 2 * 2).clamp(2, 18) - 1).collect();
            let half = |extent: usize| (extent / 2) as i32;
            let sum_along = |&extent: &usize| -> f32 {
                (-half(extent)..=half(extent)).map(|x| (-(x * x) as f32 / 8.0).exp()).sum()
            };
            let sum: f32 = shape.iter().map(sum_along).product();
            self.kernel(&shape, |_, square| (-square / 8.0).exp() / sum)
        })
    }

    /// A small image on the device; `value` of the number of a voxel and the square of its distance to the middle.
    fn kernel(&self, shape: &[usize], value: impl Fn(u32, f32) -> f32) -> Image<f32> {
        let voxels = (0..shape.iter().product::<usize>()).map(|voxel| {
            let (mut rest, mut square) = (voxel, 0.0);
            for &extent in shape.iter().rev() {
                let along = (rest % extent) as f32 - (extent / 2) as f32;
                square += along * along;
                rest /= extent;
            }
            value(voxel as u32, square)
        });
        let names = Axes::default_for(shape.len()).expect("two or three axes have names");
        let host = HostImage::new(names, shape, HostData::F32(voxels.collect()));
        let image = self.device.upload_host(&host.expect("the shape is that of the voxels"));
        image.and_then(|image| image.typed()).expect("a device has room for a kernel")
    }

    /// What the call with this number reads.
    pub fn call(&self, turn: usize) -> Call<'_> {
        Call { inputs: self, turn }
    }
}

/// The inputs of one call of a case.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    inputs: &'a Inputs,
    turn: usize,
}

impl Call<'_> {
    /// The image of a kind.
    pub fn any(&self, kind: Kind) -> &AnyImage {
        let images = &self.inputs.images[&kind];
        &images[self.turn % images.len()]
    }

    fn typed<T: Element>(&self, kind: Kind) -> Image<T> {
        self.any(kind).typed().expect("a kind has one type")
    }

    /// Weights, 3 or 5 along each axis.
    pub fn weights(&self, extent: usize) -> &Image<f32> {
        &self.inputs.kernels()[usize::from(extent > 3)][0]
    }

    /// A footprint, 3 or 5 along each axis.
    pub fn footprint(&self, extent: usize) -> &Image<f32> {
        &self.inputs.kernels()[usize::from(extent > 3)][1]
    }

    /// A point spread function: a Gaussian of sigma 2.
    pub fn spread(&self) -> &Image<f32> {
        self.inputs.spread()
    }

    /// The image as f32.
    pub fn f32(&self) -> Image<f32> {
        self.typed(Kind::F32)
    }

    /// The image as u16.
    pub fn u16(&self) -> Image<u16> {
        self.typed(Kind::U16)
    }

    /// The image as u8.
    pub fn u8(&self) -> Image<u8> {
        self.typed(Kind::U8)
    }

    /// The mask.
    pub fn mask(&self) -> Image<u8> {
        self.typed(Kind::Mask)
    }

    /// The seeds.
    pub fn seeds(&self) -> Image<u8> {
        self.typed(Kind::Seeds)
    }

    /// The labels.
    pub fn labels(&self) -> Image<u32> {
        self.typed(Kind::Labels)
    }

    /// The extents, x last.
    pub fn shape(&self) -> &[usize] {
        &self.inputs.shape
    }

    /// Whether the image has three axes.
    pub fn is_3d(&self) -> bool {
        self.inputs.shape.len() == 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_as_documented_and_nothing_is_constant() {
        let shape = [70, 130, 140];
        let mut inputs = Inputs::new(&Device::cpu(), &shape);
        inputs.prepare(&Kind::ALL).unwrap();
        let voxels: f64 = shape.iter().product::<usize>() as f64;
        let share = |image: &Image<u8>| sum_of_all_pixels(image).eval().unwrap() / voxels;
        let call = inputs.call(0);
        assert!((share(&call.mask()) - 0.3).abs() < 0.02);
        assert!((share(&call.seeds()) * 2048.0 - 1.0).abs() < 0.01);
        assert!(maximum_of_all_pixels(call.labels()).eval().unwrap() > 100.0);
        let mean = mean_of_all_pixels(call.f32()).eval().unwrap();
        assert!((mean - 0.5).abs() < 0.1, "{mean}");
        assert_eq!(maximum_of_all_pixels(call.u8()).eval().unwrap() as u32, {
            (maximum_of_all_pixels(call.f32()).eval().unwrap() * 255.0) as u32
        });
    }
}
