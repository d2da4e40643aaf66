//! Images as `.npy` files, for the scripts that run the peers on the same inputs.

use std::io::Write;
use std::path::Path;

use kernwerk::{DType, HostImage};

/// Writes an image as NumPy's format 1.0, in the order of memory.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, image: &HostImage) -> std::io::Result<()> {
    let kind = match image.data().dtype() {
        DType::U8 => "|u1",
        DType::I8 => "|i1",
        DType::U16 => "<u2",
        DType::I16 => "<i2",
        DType::U32 => "<u4",
        DType::I32 => "<i4",
        DType::F32 => "<f4",
        DType::U64 => "<u8",
        DType::I64 => "<i8",
        DType::F64 => "<f8",
        DType::F16 => "<f2",
    };
    let extents: String = image.shape().iter().map(|extent| format!("{extent}, ")).collect();
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({extents}), }}");
    // Magic, version, length and header together are a multiple of 64, and the header ends in a line break.
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header.push_str(&" ".repeat(length - 1 - header.len()));
    header.push('\n');
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(length as u16).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    file.write_all(image.data().bytes())?;
    file.flush()
}
