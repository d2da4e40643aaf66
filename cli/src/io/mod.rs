//! Image and table files.
//!
//! [`read`] and [`write()`] choose the format by the ending of the name: `.tif` / `.tiff` (`.ome.tif` writes OME-TIFF)
//! and `.npy`. Axes and voxel size are read and written back where the format has them. Every file is written beside
//! its target and renamed, so that an existing file is never left half-written. A damaged file is a typed error, never
//! a panic, and what a header claims is checked against the length of the file before memory is taken for it.
//!
//! ```
//! use kernwerk_cli::io::{self, WriteOptions};
//! use kernwerk_runtime::{Axes, HostData, HostImage, VoxelSize};
//!
//! let path = std::env::temp_dir().join(format!("kernwerk-doc-{}.tif", std::process::id()));
//! let voxel = VoxelSize { x: 0.26, y: 0.26, z: 0.29, unit: "µm".into() };
//! let image = HostImage::new(Axes::new("zyx")?, &[2, 3, 4], HostData::U16((0..24).collect()))?
//!     .with_voxel_size(Some(voxel));
//! io::write(&path, &image, &WriteOptions::default())?;
//! assert_eq!(io::read(&path)?, image);
//! # std::fs::remove_file(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(crate) mod atomic;
mod error;
mod npy;
pub mod table;
mod tiff;

pub use error::IoError;
pub use table::{Column, TableData};

pub(crate) use error::Fault;

use kernwerk_runtime::HostImage;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// How pixels are compressed in a TIFF; always lossless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all: fastest to write and to read.
    None,
    /// Deflate (zlib), the usual choice.
    #[default]
    Deflate,
    /// LZW, for old readers.
    Lzw,
}

/// How an image is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Compression of TIFF files.
    pub compression: Compression,
    /// Whether compressed integers are stored as differences of neighbours, which makes noisy images smaller.
    ///
    /// Off by default: ImageJ ignores this setting together with deflate and shows garbage without any message
    /// (together with LZW it reads it well).
    pub predictor: bool,
    /// Whether TIFF files have 64-bit offsets even below 4 GiB; above, they always have.
    pub big_tiff: bool,
}

const IMAGE_ENDINGS: &str = ".tif, .tiff, .ome.tif, .ome.tiff, .npy";

/// The formats of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Tiff { ome: bool },
    Npy,
}

impl Format {
    fn of(path: &Path) -> Result<Format, IoError> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        if name.ends_with(".tif") || name.ends_with(".tiff") {
            let ome = name.ends_with(".ome.tif") || name.ends_with(".ome.tiff");
            Ok(Format::Tiff { ome })
        } else if name.ends_with(".npy") {
            Ok(Format::Npy)
        } else {
            Err(IoError::Ending { path: path.to_owned(), known: IMAGE_ENDINGS })
        }
    }
}

/// Reads an image.
///
/// Axes of extent 1 are left out unless the file was written by Kernwerk with them.
///
/// # Errors
/// If the ending is unknown, the file cannot be read, is damaged, uses something unsupported, or does not fit into
/// memory.
pub fn read(path: &Path) -> Result<HostImage, IoError> {
    let format = Format::of(path)?;
    let read = || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory).into());
        }
        match format {
            Format::Tiff { .. } => tiff::read(file, metadata.len()),
            Format::Npy => npy::read(&mut BufReader::new(file), metadata.len()),
        }
    };
    read().map_err(|fault: Fault| fault.reading(path))
}

/// Writes an image, replacing `path` only when everything is on the disk.
///
/// # Errors
/// If the ending is unknown or the file cannot be written; an existing file is then untouched.
pub fn write(path: &Path, image: &HostImage, options: &WriteOptions) -> Result<(), IoError> {
    let format = Format::of(path)?;
    atomic::replace(path, |writer| match format {
        Format::Tiff { ome } => tiff::write(writer, image, ome, options),
        Format::Npy => npy::write(writer, image),
    })
    .map_err(|fault| fault.writing(path))
}
