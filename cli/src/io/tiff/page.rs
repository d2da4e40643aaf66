//! One page: the geometry and coding of its pixels, checked against the length of the file.
//!
//! Invariant: a `Page` that exists claims no more pixels than its bytes in the file can possibly hold, so memory for
//! it may be taken.

use super::ifd::{Directory, Source, tag};
use crate::io::Fault;
use kernwerk_runtime::DType;
use std::io::{Read, Seek};

/// How the bytes of a chunk are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    None,
    Lzw,
    Deflate,
    PackBits,
}

impl Codec {
    fn of(compression: u64) -> Result<Codec, Fault> {
        let name = match compression {
            1 => return Ok(Codec::None),
            5 => return Ok(Codec::Lzw),
            8 | 32946 => return Ok(Codec::Deflate),
            32773 => return Ok(Codec::PackBits),
            2..=4 => "fax".to_owned(),
            6 | 7 => "JPEG".to_owned(),
            33003 | 33004 | 33005 | 34712 => "JPEG 2000".to_owned(),
            34887 => "LERC".to_owned(),
            34925 => "LZMA".to_owned(),
            50000 => "Zstandard".to_owned(),
            50001 => "WebP".to_owned(),
            other => format!("number {other}"),
        };
        Err(Fault::unsupported(
            format!("its pixels are compressed with {name}, which is not supported"),
            "save it without compression or with deflate or LZW",
        ))
    }

    /// The most bytes that one compressed byte can become.
    fn expansion(self) -> u64 {
        match self {
            Codec::None => 1,
            // A code of 12 bits stands for at most 4096 bytes.
            Codec::Lzw => 2731,
            Codec::Deflate => 1032,
            Codec::PackBits => 64,
        }
    }
}

/// A range of the file that holds a strip or a tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) offset: u64,
    pub(super) len: u64,
}

/// How the pixels of a page are stored.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel: 1 for grey values, 3 or 4 for colours.
    pub(super) samples: usize,
    /// Whether each sample has chunks of its own.
    pub(super) planar: bool,
    pub(super) bits: usize,
    pub(super) dtype: DType,
    pub(super) codec: Codec,
    pub(super) predictor: u64,
    pub(super) little_endian: bool,
    /// Extent of a strip or tile.
    pub(super) chunk_width: usize,
    pub(super) chunk_height: usize,
    pub(super) tiled: bool,
    pub(super) chunks: Vec<Chunk>,
}

impl Page {
    pub(super) fn new<R: Read + Seek>(source: &mut Source<R>, directory: &Directory) -> Result<Page, Fault> {
        let mut integer = |tag, default| source.integer_or(directory, tag, default);
        let (width, height) = (integer(tag::IMAGE_WIDTH, 0)?, integer(tag::IMAGE_LENGTH, 0)?);
        let samples = integer(tag::SAMPLES_PER_PIXEL, 1)?;
        let bits = integer(tag::BITS_PER_SAMPLE, 1)?;
        let format = integer(tag::SAMPLE_FORMAT, 1)?;
        let codec = Codec::of(integer(tag::COMPRESSION, 1)?)?;
        let predictor = integer(tag::PREDICTOR, 1)?;
        let planar = integer(tag::PLANAR_CONFIGURATION, 1)? == 2 && samples > 1;
        let (fill_order, photometric) = (integer(tag::FILL_ORDER, 1)?, integer(tag::PHOTOMETRIC, 1)?);
        let rows = integer(tag::ROWS_PER_STRIP, u64::MAX)?;
        let tile = (integer(tag::TILE_WIDTH, 0)?, integer(tag::TILE_LENGTH, 0)?);
        if let Some(list) = source.integers(directory, tag::BITS_PER_SAMPLE)?
            && list.iter().any(|&other| other != bits)
        {
            return Err(Fault::unsupported(
                "its samples have different numbers of bits",
                "save the channels separately",
            ));
        }
        if fill_order == 2 && bits < 8 {
            return Err(Fault::unsupported("its bits are stored in reverse order", "save it with 8 bits per pixel"));
        }
        if photometric == 6 {
            return Err(Fault::unsupported("its colours are YCbCr", "save it as RGB or as separate channels"));
        }
        if width == 0 || height == 0 || samples == 0 || samples > 0xffff || width.max(height) > i32::MAX as u64 {
            let problem = format!("a page claims {width} x {height} pixels of {samples} samples");
            return Err(Fault::damaged(problem));
        }
        let tiled = tile.0 != 0 && tile.1 != 0;
        let (chunk_width, chunk_height) = if tiled { tile } else { (width, rows.clamp(1, height)) };
        let (offsets, counts) = match tiled {
            true => (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS),
            false => (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS),
        };
        let missing = || Fault::damaged("a page does not say where its pixels are");
        let offsets = source.integers(directory, offsets)?.ok_or_else(missing)?;
        let counts = source.integers(directory, counts)?;
        let mut page = Page {
            width: width as usize,
            height: height as usize,
            samples: samples as usize,
            planar,
            bits: bits as usize,
            dtype: dtype_of(bits, format)?,
            codec,
            predictor,
            little_endian: source.little_endian,
            chunk_width: usize::try_from(chunk_width).map_err(|_| missing())?,
            chunk_height: usize::try_from(chunk_height).map_err(|_| missing())?,
            tiled,
            chunks: Vec::new(),
        };
        page.check_predictor()?;
        page.set_chunks(&offsets, counts.as_deref(), source.len)?;
        Ok(page)
    }

    fn check_predictor(&self) -> Result<(), Fault> {
        match self.predictor {
            1 => Ok(()),
            2 if self.bits >= 8 => Ok(()),
            3 if !self.dtype.is_integer() => Ok(()),
            other => Err(Fault::damaged(format!("predictor {other} does not fit samples of {} bits", self.bits))),
        }
    }

    fn set_chunks(&mut self, offsets: &[u64], counts: Option<&[u64]>, file_len: u64) -> Result<(), Fault> {
        let across = self.width.div_ceil(self.chunk_width);
        let down = self.height.div_ceil(self.chunk_height);
        let planes = if self.planar { self.samples } else { 1 };
        let expected = across.checked_mul(down).and_then(|chunks| chunks.checked_mul(planes));
        let enough = |found: usize| expected.is_some_and(|expected| found >= expected);
        if !enough(offsets.len()) || counts.is_some_and(|counts| !enough(counts.len())) {
            let problem = format!("a page lists {} strips or tiles of {}x{}x{planes}", offsets.len(), across, down);
            return Err(Fault::damaged(problem));
        }
        for index in 0..expected.unwrap_or(0) {
            let needed = self.chunk_len(index).ok_or_else(|| Fault::damaged("a strip or tile is impossibly large"))?;
            let len = match (self.codec, counts) {
                // Some writers get this number wrong, and it is not needed.
                (Codec::None, _) => needed,
                (_, Some(counts)) => counts[index],
                (_, None) => return Err(Fault::damaged("a page does not say how long its compressed pixels are")),
            };
            let chunk = Chunk { offset: offsets[index], len };
            if chunk.offset.checked_add(len).is_none_or(|end| end > file_len) {
                let problem = format!(
                    "pixels are expected up to byte {}, and the file has {file_len}",
                    chunk.offset.saturating_add(len)
                );
                return Err(Fault::damaged(problem));
            }
            if needed > len.saturating_mul(self.codec.expansion()).saturating_add(1024) {
                return Err(Fault::damaged(format!("{len} compressed bytes cannot hold {needed} bytes of pixels")));
            }
            self.chunks.push(chunk);
        }
        Ok(())
    }

    /// Samples of a pixel that are stored side by side in a chunk.
    pub(super) fn chunk_samples(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Rows that are stored in a chunk: the last strip ends with the image, tiles are padded.
    pub(super) fn chunk_rows(&self, index: usize) -> usize {
        let down = self.height.div_ceil(self.chunk_height);
        match self.tiled {
            true => self.chunk_height,
            false => self.chunk_height.min(self.height - index % down * self.chunk_height),
        }
    }

    /// Bytes of a row of a chunk.
    pub(super) fn row_len(&self) -> Option<u64> {
        let samples = (self.chunk_width as u64).checked_mul(self.chunk_samples() as u64)?;
        Some(samples.checked_mul(self.bits as u64)?.div_ceil(8))
    }

    /// Bytes of a chunk before compression.
    pub(super) fn chunk_len(&self, index: usize) -> Option<u64> {
        self.row_len()?.checked_mul(self.chunk_rows(index) as u64)
    }

    /// Whether a chunk is a run of rows of the plane, byte for byte but for their order.
    pub(super) fn is_stored_as_shown(&self) -> bool {
        self.codec == Codec::None && !self.tiled && self.chunk_samples() == 1 && self.bits >= 8
    }

    /// Whether the pixels are one uncompressed block, as in the big stacks of ImageJ, where one directory stands for
    /// many planes that follow each other.
    pub(super) fn is_one_block(&self) -> bool {
        let follows = |pair: &[Chunk]| pair[0].offset + pair[0].len == pair[1].offset;
        self.codec == Codec::None && !self.tiled && self.samples == 1 && self.chunks.windows(2).all(follows)
    }

    /// The planes of a stack that begins with this one.
    pub(super) fn block_planes(&self, planes: usize, file_len: u64) -> Result<Vec<Page>, Fault> {
        let stride: u64 = self.chunks.iter().map(|chunk| chunk.len).sum();
        let end = stride.checked_mul(planes as u64).and_then(|len| len.checked_add(self.chunks[0].offset));
        if end.is_none_or(|end| end > file_len) {
            let problem = format!("it claims {planes} planes of {stride} bytes, and the file has {file_len} bytes");
            return Err(Fault::damaged(problem));
        }
        let shifted = |plane: usize| {
            let shift = |chunk: &Chunk| Chunk { offset: chunk.offset + plane as u64 * stride, ..*chunk };
            Page { chunks: self.chunks.iter().map(shift).collect(), ..self.clone() }
        };
        Ok((0..planes).map(shifted).collect())
    }

    /// Whether two pages can be planes of one image.
    pub(super) fn fits(&self, other: &Page) -> bool {
        let shape = |page: &Page| (page.width, page.height, page.samples, page.dtype);
        shape(self) == shape(other)
    }
}

fn dtype_of(bits: u64, format: u64) -> Result<DType, Fault> {
    let (found, remedy) = match (format, bits) {
        (1 | 4, 1 | 8) => return Ok(DType::U8),
        (1 | 4, 16) => return Ok(DType::U16),
        (1 | 4, 32) => return Ok(DType::U32),
        (2, 8) => return Ok(DType::I8),
        (2, 16) => return Ok(DType::I16),
        (2, 32) => return Ok(DType::I32),
        (3, 32) => return Ok(DType::F32),
        (1 | 4, 64) => return Ok(DType::U64),
        (2, 64) => return Ok(DType::I64),
        (3, 64) => return Ok(DType::F64),
        (3, 16) => return Ok(DType::F16),
        (1..=4, _) => (format!("integers of {bits} bits"), "convert it to 8 or 16 bits first"),
        (_, _) => (format!("of the complex or unknown sample format {format}"), "convert it to 32-bit floats first"),
    };
    Err(Fault::ElementType { found, remedy: remedy.to_owned() })
}
