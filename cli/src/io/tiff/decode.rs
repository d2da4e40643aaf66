//! From the bytes of strips and tiles to planes of pixels.
//!
//! In: pages and the order of planes in the image. Out: the elements. Planes are decoded in parallel; only reading
//! the file is serial.

use super::ifd::Source;
use super::page::{Codec, Page};
use crate::io::Fault;
use crate::io::error::zeroed;
use flate2::read::ZlibDecoder;
use kernwerk_runtime::{DType, HostData};
use rayon::prelude::*;
use std::io::{Read, Seek};
use std::sync::Mutex;
use weezl::LzwStatus;

/// A plane of the image: one sample of one page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plane {
    pub(super) page: usize,
    pub(super) sample: usize,
}

/// Reads the planes, in this order, into one array.
pub(super) fn planes<R: Read + Seek + Send>(
    source: Source<R>,
    pages: &[Page],
    planes: &[Plane],
) -> Result<HostData, Fault> {
    let len = pages[0].width.checked_mul(pages[0].height).and_then(|plane| plane.checked_mul(planes.len()));
    let len = len.ok_or(Fault::Memory(u64::MAX))?;
    let source = Mutex::new(source);
    match pages[0].dtype {
        DType::U8 => elements(&source, pages, planes, len).map(HostData::U8),
        DType::I8 => elements(&source, pages, planes, len).map(HostData::I8),
        DType::U16 => elements(&source, pages, planes, len).map(HostData::U16),
        DType::I16 => elements(&source, pages, planes, len).map(HostData::I16),
        DType::U32 => elements(&source, pages, planes, len).map(HostData::U32),
        DType::I32 => elements(&source, pages, planes, len).map(HostData::I32),
        DType::F32 => elements(&source, pages, planes, len).map(HostData::F32),
        DType::U64 => elements(&source, pages, planes, len).map(HostData::U64),
        DType::I64 => elements(&source, pages, planes, len).map(HostData::I64),
        DType::F64 => elements(&source, pages, planes, len).map(HostData::F64),
        DType::F16 => elements(&source, pages, planes, len).map(HostData::F16),
    }
}

fn elements<T, R>(source: &Mutex<Source<R>>, pages: &[Page], planes: &[Plane], len: usize) -> Result<Vec<T>, Fault>
where
    T: bytemuck::Pod + Default + Send,
    R: Read + Seek + Send,
{
    let mut values: Vec<T> = zeroed(len)?;
    let plane_len = pages[0].width * pages[0].height;
    values.par_chunks_mut(plane_len).zip(planes).try_for_each(|(values, plane)| {
        read_plane(source, &pages[plane.page], plane.sample, bytemuck::cast_slice_mut(values))
    })?;
    Ok(values)
}

fn read_plane<R: Read + Seek>(
    source: &Mutex<Source<R>>,
    page: &Page,
    sample: usize,
    plane: &mut [u8],
) -> Result<(), Fault> {
    let per_plane = page.width.div_ceil(page.chunk_width) * page.height.div_ceil(page.chunk_height);
    let first = if page.planar { sample * per_plane } else { 0 };
    let row_len = page.row_len().unwrap_or(0) as usize;
    let locked = || source.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for index in 0..per_plane {
        let chunk = page.chunks[first + index];
        if page.is_stored_as_shown() {
            // Rows stand in the file as they stand in the plane: no way round through another buffer.
            let start = index * page.chunk_height * row_len;
            let rows = &mut plane[start..start + page.chunk_rows(index) * row_len];
            locked().read_into(chunk.offset, rows)?;
            rows.chunks_exact_mut(row_len).for_each(|row| restore_row(page, row));
            continue;
        }
        let coded = locked().read_at(chunk.offset, chunk.len)?;
        let mut bytes = decompress(page, first + index, coded)?;
        bytes.chunks_exact_mut(row_len).for_each(|row| restore_row(page, row));
        place(page, index, sample, &bytes, row_len, plane);
    }
    Ok(())
}

/// Undoes the compression of a chunk.
fn decompress(page: &Page, index: usize, coded: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let len = page.chunk_len(index).and_then(|len| usize::try_from(len).ok()).ok_or(Fault::Memory(u64::MAX))?;
    if page.codec == Codec::None {
        return Ok(coded);
    }
    let mut bytes = zeroed(len)?;
    let complete = match page.codec {
        Codec::None => true,
        Codec::Deflate => ZlibDecoder::new(&coded[..]).read_exact(&mut bytes).is_ok(),
        Codec::Lzw => unpack_lzw(&coded, &mut bytes),
        Codec::PackBits => unpack_bits(&coded, &mut bytes),
    };
    complete
        .then_some(bytes)
        .ok_or_else(|| Fault::damaged(format!("strip or tile {index} of a page cannot be decompressed")))
}

fn unpack_lzw(mut coded: &[u8], mut bytes: &mut [u8]) -> bool {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    while !bytes.is_empty() {
        let step = decoder.decode_bytes(coded, bytes);
        coded = &coded[step.consumed_in..];
        bytes = &mut bytes[step.consumed_out..];
        let stuck = step.consumed_in == 0 && step.consumed_out == 0;
        if stuck || !matches!(step.status, Ok(LzwStatus::Ok)) {
            break;
        }
    }
    bytes.is_empty()
}

fn unpack_bits(mut coded: &[u8], mut bytes: &mut [u8]) -> bool {
    while let (false, Some((&count, rest))) = (bytes.is_empty(), coded.split_first()) {
        coded = rest;
        let count = count as i8;
        let run = match count {
            0.. => usize::from(count as u8) + 1,
            -127..0 => usize::from(count.unsigned_abs()) + 1,
            // By definition without effect.
            i8::MIN => continue,
        };
        let taken = if count >= 0 { run } else { 1 };
        if coded.len() < taken {
            return false;
        }
        // Some writers let a run go past the end.
        let used = run.min(bytes.len());
        let (now, later) = std::mem::take(&mut bytes).split_at_mut(used);
        if count >= 0 {
            now.copy_from_slice(&coded[..used]);
        } else {
            now.fill(coded[0]);
        }
        coded = &coded[taken..];
        bytes = later;
    }
    bytes.is_empty()
}

/// Brings a row into the machine's byte order and undoes the predictor.
fn restore_row(page: &Page, row: &mut [u8]) {
    let samples = page.chunk_samples();
    if page.predictor == 3 {
        return undo_float_predictor(row, samples, page.bits / 8);
    }
    let swap = page.little_endian != cfg!(target_endian = "little");
    let size = page.bits / 8;
    if swap && size > 1 {
        row.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    if page.predictor == 2 {
        match size {
            1 => undo_differences(row, samples, |bytes: [u8; 1], left| [bytes[0].wrapping_add(left[0])]),
            2 => undo_differences(row, samples, |bytes, left| {
                u16::from_ne_bytes(bytes).wrapping_add(u16::from_ne_bytes(left)).to_ne_bytes()
            }),
            8 => undo_differences(row, samples, |bytes, left| {
                u64::from_ne_bytes(bytes).wrapping_add(u64::from_ne_bytes(left)).to_ne_bytes()
            }),
            _ => undo_differences(row, samples, |bytes, left| {
                u32::from_ne_bytes(bytes).wrapping_add(u32::from_ne_bytes(left)).to_ne_bytes()
            }),
        }
    }
}

fn undo_differences<const N: usize>(row: &mut [u8], samples: usize, add: impl Fn([u8; N], [u8; N]) -> [u8; N]) {
    let (values, _) = row.as_chunks_mut::<N>();
    for index in samples..values.len() {
        values[index] = add(values[index], values[index - samples]);
    }
}

/// The floating-point predictor: differences of bytes, with the highest bytes of all values first.
fn undo_float_predictor(row: &mut [u8], samples: usize, size: usize) {
    for index in samples..row.len() {
        row[index] = row[index].wrapping_add(row[index - samples]);
    }
    let shuffled = row.to_vec();
    let count = row.len() / size;
    for (index, value) in row.chunks_exact_mut(size).enumerate() {
        value.iter_mut().enumerate().for_each(|(part, byte)| *byte = shuffled[part * count + index]);
        if cfg!(target_endian = "little") {
            value.reverse();
        }
    }
}

/// Copies the part of a chunk that lies inside the image into the plane.
fn place(page: &Page, index: usize, sample: usize, bytes: &[u8], row_len: usize, plane: &mut [u8]) {
    let across = page.width.div_ceil(page.chunk_width);
    let (x, y) = (index % across * page.chunk_width, index / across * page.chunk_height);
    let width = page.chunk_width.min(page.width - x);
    let height = page.chunk_height.min(page.height - y);
    let size = page.dtype.size();
    let samples = page.chunk_samples();
    // Where each sample has chunks of its own, this is the right one already.
    let sample = if page.planar { 0 } else { sample };
    for (row, stored) in bytes.chunks_exact(row_len).take(height).enumerate() {
        let start = ((y + row) * page.width + x) * size;
        let target = &mut plane[start..start + width * size];
        if page.bits == 1 {
            let bit = |pixel: usize| stored[(pixel * samples + sample) / 8] >> (7 - (pixel * samples + sample) % 8) & 1;
            target.iter_mut().enumerate().for_each(|(pixel, value)| *value = bit(pixel));
        } else if samples == 1 {
            target.copy_from_slice(&stored[..width * size]);
        } else {
            let pixels = stored.chunks_exact(size * samples).map(|pixel| &pixel[sample * size..(sample + 1) * size]);
            target.chunks_exact_mut(size).zip(pixels).for_each(|(value, pixel)| value.copy_from_slice(pixel));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_example_of_the_specification() {
        let coded = [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let mut bytes = [0; 24];
        assert!(unpack_bits(&coded, &mut bytes));
        let expected = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22, 0xAA, 0xAA, 0xAA, 0xAA,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        assert_eq!(bytes, expected);
        assert!(!unpack_bits(&coded[..14], &mut bytes));
    }
}
