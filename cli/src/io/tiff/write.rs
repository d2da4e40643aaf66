//! Writing TIFF: the pixels are compressed here, in parallel; the `tiff` crate writes the container around them.

use super::{imagej, ome};
use crate::io::{Compression, Fault, WriteOptions};
use flate2::write::ZlibEncoder;
use kernwerk_runtime::{DType, HostImage};
use rayon::prelude::*;
use std::borrow::Cow;
use std::io::{Seek, Write};
use tiff::encoder::{Rational, TiffEncoder, TiffKind, TiffKindBig, TiffKindStandard};
use tiff::tags::Tag;
use tiff::{TiffError, TiffResult};

/// Uncompressed bytes of a strip, about: small enough for readers that take one strip at a time.
const STRIP_LEN: usize = 1 << 20;
/// Uncompressed bytes that are compressed at once.
const BATCH_LEN: usize = 64 << 20;
/// Classic TIFF ends at 4 GiB; this leaves room for the directories of the pages.
const CLASSIC_LEN: u64 = (1 << 32) - (1 << 20);
const BYTES_PER_DIRECTORY: u64 = 1024;

/// Writes an image.
pub(crate) fn write<W: Write + Seek>(
    writer: W,
    image: &HostImage,
    ome: bool,
    options: &WriteOptions,
) -> Result<(), Fault> {
    let page = Page::new(image, ome, options);
    let [t, c, z, y, x] = image.shape5();
    if x.max(y) > i32::MAX as usize {
        let problem = format!("a plane of {y} x {x} pixels is too large for TIFF");
        return Err(Fault::unsupported(problem, "write a .npy file"));
    }
    let directories = (t * c * z) as u64 * (BYTES_PER_DIRECTORY + 8 * page.strips() as u64);
    let big = options.big_tiff || image.data().bytes().len() as u64 + directories > CLASSIC_LEN;
    let written = if big {
        TiffEncoder::<_, TiffKindBig>::new_generic(writer).and_then(|encoder| write_pages(encoder, image, &page))
    } else {
        TiffEncoder::<_, TiffKindStandard>::new_generic(writer).and_then(|encoder| write_pages(encoder, image, &page))
    };
    written.map_err(|error| match error {
        TiffError::IoError(error) => Fault::System(error),
        error => Fault::unsupported(format!("it cannot be written as TIFF: {error}"), "write a .npy file"),
    })
}

/// What all pages of an image have in common.
struct Page {
    width: usize,
    height: usize,
    rows_per_strip: usize,
    dtype: DType,
    compression: Compression,
    differences: bool,
    imagej: bool,
}

impl Page {
    fn new(image: &HostImage, ome: bool, options: &WriteOptions) -> Page {
        let [_, _, _, height, width] = image.shape5();
        let dtype = image.dtype();
        // As one strip ImageJ reads uncompressed pixels fastest.
        let compressed = options.compression != Compression::None;
        let rows = if compressed { (STRIP_LEN / (width * dtype.size())).clamp(1, height) } else { height };
        Page {
            width,
            height,
            rows_per_strip: rows,
            dtype,
            compression: options.compression,
            differences: compressed && options.predictor && dtype.is_integer(),
            imagej: !ome && matches!(dtype, DType::U8 | DType::U16 | DType::F32),
        }
    }

    fn strips(&self) -> usize {
        self.height.div_ceil(self.rows_per_strip)
    }

    /// The planes of an image in the order of the file, as indices into its memory.
    fn order(&self, image: &HostImage) -> Vec<usize> {
        let [t_extent, c_extent, z_extent, _, _] = image.shape5();
        let mut order = Vec::with_capacity(t_extent * c_extent * z_extent);
        for t in 0..t_extent {
            if self.imagej {
                for z in 0..z_extent {
                    order.extend((0..c_extent).map(|c| (t * c_extent + c) * z_extent + z));
                }
            } else {
                order.extend((0..c_extent * z_extent).map(|plane| t * c_extent * z_extent + plane));
            }
        }
        order
    }

    fn compress<'a>(&self, strip: &'a [u8]) -> TiffResult<Cow<'a, [u8]>> {
        if self.compression == Compression::None {
            return Ok(Cow::Borrowed(strip));
        }
        let row_len = self.width * self.dtype.size();
        let differences;
        let strip = if self.differences {
            differences = strip.chunks_exact(row_len).flat_map(|row| self.row_differences(row)).collect::<Vec<u8>>();
            &differences
        } else {
            strip
        };
        let coded = match self.compression {
            Compression::None => strip.to_vec(),
            Compression::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::with_capacity(strip.len() / 2), flate2::Compression::new(6));
                encoder.write_all(strip)?;
                encoder.finish()?
            }
            Compression::Lzw => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
                .encode(strip)
                .map_err(|error| std::io::Error::other(error.to_string()))?,
        };
        Ok(Cow::Owned(coded))
    }

    fn row_differences(&self, row: &[u8]) -> Vec<u8> {
        fn differences<const N: usize>(row: &[u8], subtract: impl Fn([u8; N], [u8; N]) -> [u8; N]) -> Vec<u8> {
            let (values, _) = row.as_chunks::<N>();
            let first = values.first().into_iter().copied();
            first.chain(values.windows(2).map(|pair| subtract(pair[1], pair[0]))).flatten().collect()
        }
        match self.dtype.size() {
            1 => differences(row, |[value], [left]| [value.wrapping_sub(left)]),
            2 => differences(row, |value, left| {
                u16::from_ne_bytes(value).wrapping_sub(u16::from_ne_bytes(left)).to_ne_bytes()
            }),
            8 => differences(row, |value, left| {
                u64::from_ne_bytes(value).wrapping_sub(u64::from_ne_bytes(left)).to_ne_bytes()
            }),
            _ => differences(row, |value, left| {
                u32::from_ne_bytes(value).wrapping_sub(u32::from_ne_bytes(left)).to_ne_bytes()
            }),
        }
    }
}

fn write_pages<W: Write + Seek, K: TiffKind>(
    mut encoder: TiffEncoder<W, K>,
    image: &HostImage,
    page: &Page,
) -> TiffResult<()> {
    let plane_len = page.width * page.height * page.dtype.size();
    let strip_len = page.width * page.rows_per_strip * page.dtype.size();
    let bytes = image.data().bytes();
    let mut description = Some(if page.imagej { imagej::describe(image) } else { ome::describe(image) });
    for batch in page.order(image).chunks((BATCH_LEN / plane_len).max(1)) {
        let strips: Vec<&[u8]> = batch
            .iter()
            .flat_map(|&plane| bytes[plane * plane_len..(plane + 1) * plane_len].chunks(strip_len))
            .collect();
        let coded = strips.par_iter().map(|strip| page.compress(strip)).collect::<TiffResult<Vec<_>>>()?;
        for strips in coded.chunks(page.strips()) {
            write_page(&mut encoder, image, page, strips, description.take())?;
        }
    }
    Ok(())
}

fn write_page<W: Write + Seek, K: TiffKind>(
    encoder: &mut TiffEncoder<W, K>,
    image: &HostImage,
    page: &Page,
    strips: &[Cow<[u8]>],
    description: Option<String>,
) -> TiffResult<()> {
    let mut directory = encoder.image_directory()?;
    let mut offsets = Vec::with_capacity(strips.len());
    let mut counts = Vec::with_capacity(strips.len());
    for strip in strips {
        let offset = directory.write_data(&strip[..])?;
        offsets.push(K::OffsetType::try_from(offset as usize)?);
        counts.push(K::OffsetType::try_from(strip.len())?);
    }
    let (compression, sample_format) = match (page.compression, page.dtype) {
        (compression, dtype) if !dtype.is_integer() => (compression, 3_u16),
        (compression, dtype) if dtype.is_signed() => (compression, 2),
        (compression, _) => (compression, 1),
    };
    directory.write_tag(Tag::NewSubfileType, 0_u32)?;
    directory.write_tag(Tag::ImageWidth, page.width as u32)?;
    directory.write_tag(Tag::ImageLength, page.height as u32)?;
    directory.write_tag(Tag::BitsPerSample, (page.dtype.size() * 8) as u16)?;
    directory.write_tag(
        Tag::Compression,
        match compression {
            Compression::None => 1_u16,
            Compression::Lzw => 5,
            Compression::Deflate => 8,
        },
    )?;
    directory.write_tag(Tag::PhotometricInterpretation, 1_u16)?;
    directory.write_tag(Tag::SamplesPerPixel, 1_u16)?;
    directory.write_tag(Tag::RowsPerStrip, page.rows_per_strip as u32)?;
    directory.write_tag(Tag::StripOffsets, K::convert_slice(&offsets))?;
    directory.write_tag(Tag::StripByteCounts, K::convert_slice(&counts))?;
    directory.write_tag(Tag::SampleFormat, sample_format)?;
    if page.differences {
        directory.write_tag(Tag::Predictor, 2_u16)?;
    }
    if let Some(description) = description {
        directory.write_tag(Tag::ImageDescription, description.as_str())?;
        directory.write_tag(Tag::Software, concat!("kernwerk ", env!("CARGO_PKG_VERSION")))?;
    }
    if let Some(voxel_size) = image.voxel_size() {
        directory.write_tag(Tag::XResolution, resolution(voxel_size.x))?;
        directory.write_tag(Tag::YResolution, resolution(voxel_size.y))?;
        directory.write_tag(Tag::ResolutionUnit, 1_u16)?;
    }
    directory.finish()
}

/// Pixels per unit as a fraction whose inverse is this size, exactly if 32 bits suffice for its two numbers.
///
/// The convergents of the continued fraction are the best fractions for their size: 0.26 becomes 50/13.
fn resolution(size: f64) -> Rational {
    const MAX: f64 = u32::MAX as f64;
    if !size.is_finite() || size <= 0.0 {
        return Rational { n: 1, d: 1 };
    }
    let (mut before, mut now) = ((0.0, 1.0), (1.0, 0.0));
    let mut rest = size;
    for _ in 0..64 {
        let whole = rest.floor();
        let next = (whole * now.0 + before.0, whole * now.1 + before.1);
        if next.0 > MAX || next.1 > MAX {
            break;
        }
        (before, now) = (now, next);
        if now.0 / now.1 == size || rest == whole {
            break;
        }
        rest = 1.0 / (rest - whole);
    }
    // Sizes beyond the range of the fraction end at its ends.
    let (d, n) = match now {
        (d, n) if d >= 1.0 && n >= 1.0 => (d, n),
        _ if size > 1.0 => (MAX, 1.0),
        _ => (1.0, MAX),
    };
    Rational { n: n as u32, d: d as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolutions_are_the_simplest_exact_fractions() {
        let pair = |size| {
            let Rational { n, d } = resolution(size);
            (n, d)
        };
        assert_eq!(pair(0.26), (50, 13));
        assert_eq!(pair(1.0), (1, 1));
        assert_eq!(pair(2.0), (1, 2));
        assert_eq!(pair(1e12), (1, u32::MAX));
        assert_eq!(pair(1e-12), (u32::MAX, 1));
        assert_eq!(pair(f64::NAN), (1, 1));
        for size in [0.123_456_789, 0.065, 1.0 / 3.0, 0.103_174_6, 6.25, 1e-3] {
            let Rational { n, d } = resolution(size);
            assert!((f64::from(d) / f64::from(n) - size).abs() <= size * 1e-15, "{size}: {d}/{n}");
        }
    }
}
