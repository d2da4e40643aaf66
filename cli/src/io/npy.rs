//! NumPy's `.npy` files.
//!
//! Read are versions 1 to 3, C and Fortran order, either byte order, the element types of images, and `bool` as 0 and 1. The axes of an array of two
//! to five dimensions are the last of t, c, z, y, x.
//!
//! The header is one line of Python with three known keys, so it is parsed here: the crates for the format bring a
//! parser of all Python literals and big integers along, which recurses on nested brackets.

use super::Fault;
use super::error::zeroed;
use half::f16;
use kernwerk_runtime::{Axes, DType, HostData, HostImage};
use std::io::{Read, Write};

const MAGIC: &[u8] = b"\x93NUMPY";
/// Longest header that is read; those of images have about 100 bytes.
const MAX_HEADER: u64 = 1 << 16;

/// Reads an image from a stream of this many bytes.
pub(crate) fn read(reader: &mut impl Read, len: u64) -> Result<HostImage, Fault> {
    let mut start = [0; 8];
    let no_npy = |_| Fault::damaged("it does not begin as a .npy file does");
    reader.read_exact(&mut start).map_err(no_npy)?;
    if &start[..6] != MAGIC {
        return Err(Fault::damaged("it does not begin as a .npy file does"));
    }
    let (header_len, start_len) = match start[6] {
        1 => {
            let mut bytes = [0; 2];
            reader.read_exact(&mut bytes)?;
            (u64::from(u16::from_le_bytes(bytes)), 10)
        }
        2 | 3 => {
            let mut bytes = [0; 4];
            reader.read_exact(&mut bytes)?;
            (u64::from(u32::from_le_bytes(bytes)), 12)
        }
        version => return Err(Fault::unsupported(format!("its version is {version}"), "save it with a current NumPy")),
    };
    if header_len > MAX_HEADER || start_len + header_len > len {
        return Err(Fault::damaged(format!("its header claims {header_len} bytes")));
    }
    let mut text = vec![0; header_len as usize];
    reader.read_exact(&mut text)?;
    let header = Header::parse(&String::from_utf8_lossy(&text))?;
    let axes = Axes::default_for(header.shape.len()).ok_or_else(|| {
        let problem = format!("its array has {} dimensions", header.shape.len());
        Fault::unsupported(problem, "reshape it to 2 to 5 dimensions: the last of t, c, z, y, x")
    })?;
    let data = header.elements(reader, len - start_len - header_len)?;
    HostImage::new(axes, &header.shape, data).map_err(|error| Fault::damaged(error.to_string()))
}

/// What a header says.
#[derive(Debug, PartialEq)]
struct Header {
    big_endian: bool,
    /// Letter and size, such as `u2`.
    kind: String,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Header {
    fn parse(text: &str) -> Result<Header, Fault> {
        let damaged =
            || Fault::damaged(format!("its header is `{}`", text.trim().chars().take(200).collect::<String>()));
        let value = |key: &str| {
            let after = ['\'', '"'].iter().find_map(|quote| text.split_once(&format!("{quote}{key}{quote}")))?;
            Some(after.1.trim_start().strip_prefix(':')?.trim_start())
        };
        let descr = value("descr").ok_or_else(damaged)?;
        if descr.starts_with('[') {
            let found = "records of several fields".to_owned();
            return Err(Fault::ElementType { found, remedy: "save one field of them as an array".to_owned() });
        }
        let quote = descr.chars().next().filter(|quote| "'\"".contains(*quote)).ok_or_else(damaged)?;
        let descr = descr[1..].split(quote).next().ok_or_else(damaged)?;
        let (big_endian, kind) = match descr.split_at_checked(1).ok_or_else(damaged)? {
            ("<" | "|", kind) => (false, kind),
            (">", kind) => (true, kind),
            ("=", kind) => (cfg!(target_endian = "big"), kind),
            _ => (cfg!(target_endian = "big"), descr),
        };
        let fortran_order = value("fortran_order").ok_or_else(damaged)?;
        let fortran_order = match (fortran_order.starts_with("True"), fortran_order.starts_with("False")) {
            (true, _) => true,
            (_, true) => false,
            _ => return Err(damaged()),
        };
        let shape = value("shape").and_then(|shape| shape.strip_prefix('(')?.split_once(')')).ok_or_else(damaged)?.0;
        let extents = shape.split(',').map(str::trim).filter(|extent| !extent.is_empty());
        let shape = extents.map(|extent| extent.trim_end_matches('L').parse().map_err(|_| damaged()));
        Ok(Header { big_endian, kind: kind.to_owned(), fortran_order, shape: shape.collect::<Result<_, _>>()? })
    }

    fn elements(&self, reader: &mut impl Read, available: u64) -> Result<HostData, Fault> {
        match self.kind.as_str() {
            "b1" => Ok(HostData::U8(self.values(reader, available, |[byte]: [u8; 1]| u8::from(byte != 0))?)),
            "u1" => Ok(HostData::U8(self.values(reader, available, u8::from_ne_bytes)?)),
            "i1" => Ok(HostData::I8(self.values(reader, available, i8::from_ne_bytes)?)),
            "u2" => Ok(HostData::U16(self.values(reader, available, u16::from_ne_bytes)?)),
            "i2" => Ok(HostData::I16(self.values(reader, available, i16::from_ne_bytes)?)),
            "u4" => Ok(HostData::U32(self.values(reader, available, u32::from_ne_bytes)?)),
            "i4" => Ok(HostData::I32(self.values(reader, available, i32::from_ne_bytes)?)),
            "f4" => Ok(HostData::F32(self.values(reader, available, f32::from_ne_bytes)?)),
            "u8" => Ok(HostData::U64(self.values(reader, available, u64::from_ne_bytes)?)),
            "i8" => Ok(HostData::I64(self.values(reader, available, i64::from_ne_bytes)?)),
            "f8" => Ok(HostData::F64(self.values(reader, available, f64::from_ne_bytes)?)),
            "f2" => Ok(HostData::F16(self.values(reader, available, f16::from_ne_bytes)?)),
            other => Err(Fault::ElementType {
                found: format!("of NumPy's type `{}`", other.chars().take(40).collect::<String>()),
                remedy: "convert it in Python with `image.astype(\"float32\")`".to_owned(),
            }),
        }
    }

    /// The elements in C order.
    fn values<T: Clone + Default, const N: usize>(
        &self,
        reader: &mut impl Read,
        available: u64,
        mut decode: impl FnMut([u8; N]) -> T,
    ) -> Result<Vec<T>, Fault> {
        let bytes = self.shape.iter().try_fold(N as u64, |bytes, &extent| bytes.checked_mul(extent as u64));
        let bytes = bytes.filter(|&bytes| bytes <= available).ok_or_else(|| {
            Fault::damaged(format!("its header claims the shape {:?}, and {available} bytes follow", self.shape))
        })?;
        let count = usize::try_from(bytes / N as u64).map_err(|_| Fault::Memory(bytes))?;
        let mut values: Vec<T> = zeroed(count)?;
        let mut targets = FortranOrder::new(&self.shape);
        let mut buffer = zeroed(count.min(1 << 16) * N)?;
        let mut done = 0;
        while done < count {
            let now = (count - done).min(1 << 16);
            let chunk = &mut buffer[..now * N];
            reader.read_exact(chunk)?;
            let (elements, _) = chunk.as_chunks_mut::<N>();
            for (index, bytes) in elements.iter_mut().enumerate() {
                if self.big_endian != cfg!(target_endian = "big") {
                    bytes.reverse();
                }
                let target = if self.fortran_order { targets.step() } else { done + index };
                values[target] = decode(*bytes);
            }
            done += now;
        }
        Ok(values)
    }
}

/// Positions in C order of elements that come with the first axis fastest.
struct FortranOrder {
    shape: Vec<usize>,
    strides: Vec<usize>,
    index: Vec<usize>,
    position: usize,
}

impl FortranOrder {
    fn new(shape: &[usize]) -> FortranOrder {
        let mut strides = vec![1_usize; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
        }
        FortranOrder { shape: shape.to_vec(), strides, index: vec![0; shape.len()], position: 0 }
    }

    /// The position of the current element; goes on to the next.
    fn step(&mut self) -> usize {
        let position = self.position;
        for axis in 0..self.shape.len() {
            self.index[axis] += 1;
            self.position += self.strides[axis];
            if self.index[axis] < self.shape[axis] {
                break;
            }
            self.position -= self.shape[axis] * self.strides[axis];
            self.index[axis] = 0;
        }
        position
    }
}

/// Writes an image as version 1.0, C order. The format has no place for the names of axes or the voxel size.
pub(crate) fn write(writer: &mut impl Write, image: &HostImage) -> Result<(), Fault> {
    let order = if cfg!(target_endian = "little") { '<' } else { '>' };
    let kind = match image.dtype() {
        DType::U8 => "|u1".to_owned(),
        DType::I8 => "|i1".to_owned(),
        DType::U16 => format!("{order}u2"),
        DType::I16 => format!("{order}i2"),
        DType::U32 => format!("{order}u4"),
        DType::I32 => format!("{order}i4"),
        DType::F32 => format!("{order}f4"),
        DType::U64 => format!("{order}u8"),
        DType::I64 => format!("{order}i8"),
        DType::F64 => format!("{order}f8"),
        DType::F16 => format!("{order}f2"),
    };
    let shape: Vec<String> = image.shape().iter().map(usize::to_string).collect();
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}", shape.join(", "));
    // The elements begin at a multiple of 64 bytes, and the header ends in a line break.
    let len = (10 + header.len() + 1).next_multiple_of(64) - 10;
    writer.write_all(MAGIC)?;
    writer.write_all(&[1, 0])?;
    writer.write_all(&(len as u16).to_le_bytes())?;
    writer.write_all(format!("{header:<width$}\n", width = len - 1).as_bytes())?;
    writer.write_all(image.data().bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        bytes.extend_from_slice(data);
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<HostImage, Fault> {
        read(&mut &bytes[..], bytes.len() as u64)
    }

    #[test]
    fn orders_of_bytes_and_axes() {
        let header = "{'descr': '>u2', 'fortran_order': True, 'shape': (2, 3), }\n";
        let image = parse(&file(header, &[0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 0])).unwrap();
        assert_eq!(image.data(), &HostData::U16(vec![1, 3, 5, 2, 4, 256]));
        assert_eq!((image.axes().as_str(), image.shape()), ("yx", &[2, 3][..]));
    }

    #[test]
    fn booleans_and_types_of_64_bits() {
        let image = parse(&file("{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2), }", &[0, 1])).unwrap();
        assert_eq!(image.data(), &HostData::U8(vec![0, 1]));
        let header = "{\"shape\": (1, 2), \"fortran_order\": False, \"descr\": \"<i8\"}";
        let image = parse(&file(header, &[i64::MAX, -1].map(i64::to_le_bytes).concat())).unwrap();
        assert_eq!(image.data(), &HostData::I64(vec![i64::MAX, -1]));
        let kept = |data: HostData| {
            let image = HostImage::new(Axes::new("yx").unwrap(), &[1, 2], data).unwrap();
            let mut bytes = Vec::new();
            write(&mut bytes, &image).unwrap();
            assert_eq!(parse(&bytes).unwrap(), image);
        };
        kept(HostData::U64(vec![u64::MAX, (1 << 53) + 1]));
        kept(HostData::I64(vec![i64::MIN, i64::MAX]));
        kept(HostData::F64(vec![0.1, f64::MIN_POSITIVE]));
        kept(HostData::F16(vec![f16::from_f32(0.1), f16::MAX]));
    }

    #[test]
    fn claims_are_checked() {
        for header in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 1000), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, -1), }",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 1), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }",
            "{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1), }",
            "{'descr': 'µ', 'fortran_order': False, 'shape': (1, 1), }",
            "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1",
            "{'descr': ''}",
            "",
        ] {
            assert!(parse(&file(header, &[0; 4])).is_err(), "{header}");
        }
    }
}
