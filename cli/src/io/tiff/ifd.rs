//! The container: header, directories and tag values of TIFF and BigTIFF.
//!
//! In: a stream and its length. Out: directories with checked access to their values. Invariant: nothing is
//! allocated or read before its range was found to lie inside the file.
//!
//! The decoder of the `tiff` crate is not used for reading: it refuses palette images (what ImageJ writes for labels
//! with a lookup table), turns white-is-zero pixels over, knows only one plane per directory, and asserts on some
//! damaged files. Its encoder writes our files, and its decoder checks them in the tests.

use crate::io::Fault;
use crate::io::error::zeroed;
use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Seek, SeekFrom};

/// The tags that are read.
pub(super) mod tag {
    pub(in super::super) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(in super::super) const IMAGE_WIDTH: u16 = 256;
    pub(in super::super) const IMAGE_LENGTH: u16 = 257;
    pub(in super::super) const BITS_PER_SAMPLE: u16 = 258;
    pub(in super::super) const COMPRESSION: u16 = 259;
    pub(in super::super) const PHOTOMETRIC: u16 = 262;
    pub(in super::super) const FILL_ORDER: u16 = 266;
    pub(in super::super) const IMAGE_DESCRIPTION: u16 = 270;
    pub(in super::super) const STRIP_OFFSETS: u16 = 273;
    pub(in super::super) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(in super::super) const ROWS_PER_STRIP: u16 = 278;
    pub(in super::super) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(in super::super) const X_RESOLUTION: u16 = 282;
    pub(in super::super) const Y_RESOLUTION: u16 = 283;
    pub(in super::super) const PLANAR_CONFIGURATION: u16 = 284;
    pub(in super::super) const RESOLUTION_UNIT: u16 = 296;
    pub(in super::super) const PREDICTOR: u16 = 317;
    pub(in super::super) const TILE_WIDTH: u16 = 322;
    pub(in super::super) const TILE_LENGTH: u16 = 323;
    pub(in super::super) const TILE_OFFSETS: u16 = 324;
    pub(in super::super) const TILE_BYTE_COUNTS: u16 = 325;
    pub(in super::super) const SAMPLE_FORMAT: u16 = 339;
}

/// A TIFF file as a stream of bytes.
pub(super) struct Source<R> {
    reader: R,
    /// Length of the file in bytes.
    pub(super) len: u64,
    /// Whether numbers have their lowest byte first.
    pub(super) little_endian: bool,
    big_tiff: bool,
    first_directory: u64,
}

/// One value or a list of values of a directory, not yet read if it stands elsewhere in the file.
struct Entry {
    kind: u16,
    count: u64,
    /// The value itself if it fits, or else the offset of it.
    field: Vec<u8>,
}

/// An image file directory: tags and their values.
pub(super) struct Directory {
    entries: BTreeMap<u16, Entry>,
}

impl<R: Read + Seek> Source<R> {
    /// Reads the header.
    pub(super) fn new(reader: R, len: u64) -> Result<Source<R>, Fault> {
        let mut source = Source { reader, len, little_endian: true, big_tiff: false, first_directory: 0 };
        let no_tiff = || Fault::damaged("it does not begin as a TIFF file does");
        let header = source.read_at(0, 8).map_err(|_| no_tiff())?;
        source.little_endian = match &header[..2] {
            b"II" => true,
            b"MM" => false,
            _ => return Err(no_tiff()),
        };
        source.big_tiff = match source.integer(&header[2..4]) {
            42 => false,
            43 => true,
            _ => return Err(no_tiff()),
        };
        source.first_directory = if source.big_tiff {
            let offset = source.read_at(8, 8)?;
            source.integer(&offset)
        } else {
            source.integer(&header[4..8])
        };
        Ok(source)
    }

    /// Reads a range of bytes.
    pub(super) fn read_at(&mut self, offset: u64, len: u64) -> Result<Vec<u8>, Fault> {
        self.check_range(offset, len)?;
        let mut bytes = zeroed(usize::try_from(len).map_err(|_| Fault::Memory(len))?)?;
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Fills `bytes` from this offset on.
    pub(super) fn read_into(&mut self, offset: u64, bytes: &mut [u8]) -> Result<(), Fault> {
        self.check_range(offset, bytes.len() as u64)?;
        self.reader.seek(SeekFrom::Start(offset))?;
        Ok(self.reader.read_exact(bytes)?)
    }

    fn check_range(&self, offset: u64, len: u64) -> Result<(), Fault> {
        if offset.checked_add(len).is_none_or(|end| end > self.len) {
            let problem = format!("{len} bytes are expected at offset {offset}, and the file has {} bytes", self.len);
            return Err(Fault::damaged(problem));
        }
        Ok(())
    }

    /// All directories of the main chain.
    pub(super) fn directories(&mut self) -> Result<Vec<Directory>, Fault> {
        let mut directories = Vec::new();
        let mut visited = HashSet::new();
        let mut offset = self.first_directory;
        while offset != 0 {
            if !visited.insert(offset) {
                return Err(Fault::damaged("its chain of pages runs in a circle"));
            }
            let (directory, next) = self.directory(offset)?;
            directories.push(directory);
            offset = next;
        }
        if directories.is_empty() {
            return Err(Fault::damaged("it has no pages"));
        }
        Ok(directories)
    }

    fn directory(&mut self, offset: u64) -> Result<(Directory, u64), Fault> {
        let (count_len, entry_len, field_len) = if self.big_tiff { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.read_at(offset, count_len)?;
        let count = self.integer(&count);
        let len = count.checked_mul(entry_len).and_then(|len| len.checked_add(field_len));
        let len = len.ok_or_else(|| Fault::damaged(format!("a page claims {count} tags")))?;
        let bytes = self.read_at(offset + count_len, len)?;
        let (entries, next) = bytes.split_at(bytes.len() - field_len as usize);
        let mut directory = Directory { entries: BTreeMap::new() };
        for entry in entries.chunks_exact(entry_len as usize) {
            let field = entry.len() - field_len as usize;
            let value = Entry {
                kind: self.integer(&entry[2..4]) as u16,
                count: self.integer(&entry[4..field]),
                field: entry[field..].to_vec(),
            };
            directory.entries.insert(self.integer(&entry[..2]) as u16, value);
        }
        Ok((directory, self.integer(next)))
    }

    /// The bytes of a value and the size of its elements.
    fn value(&mut self, directory: &Directory, tag: u16) -> Result<Option<(Vec<u8>, usize, u16)>, Fault> {
        let Some(entry) = directory.entries.get(&tag) else { return Ok(None) };
        let size = match entry.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            kind => return Err(Fault::damaged(format!("tag {tag} has the unknown type {kind}"))),
        };
        let len = entry.count.checked_mul(size).ok_or_else(|| Fault::damaged(format!("tag {tag} is too long")))?;
        let bytes = if len <= entry.field.len() as u64 {
            entry.field[..len as usize].to_vec()
        } else {
            let offset = self.integer(&entry.field);
            self.read_at(offset, len)?
        };
        Ok(Some((bytes, size as usize, entry.kind)))
    }

    /// A list of unsigned integers; `None` where the tag is absent.
    pub(super) fn integers(&mut self, directory: &Directory, tag: u16) -> Result<Option<Vec<u64>>, Fault> {
        match self.value(directory, tag)? {
            None => Ok(None),
            Some((bytes, size, 1 | 3 | 4 | 13 | 16 | 18)) if !bytes.is_empty() => {
                Ok(Some(bytes.chunks_exact(size).map(|bytes| self.integer(bytes)).collect()))
            }
            Some((_, _, kind)) => Err(Fault::damaged(format!("tag {tag} has the type {kind}, not an integer"))),
        }
    }

    /// The first of a list of unsigned integers, or `default` where the tag is absent.
    pub(super) fn integer_or(&mut self, directory: &Directory, tag: u16, default: u64) -> Result<u64, Fault> {
        Ok(self.integers(directory, tag)?.map_or(default, |values| values[0]))
    }

    /// Text up to its first zero byte; bytes that are not UTF-8 are Latin-1, which is what older programs write.
    pub(super) fn text(&mut self, directory: &Directory, tag: u16) -> Result<Option<String>, Fault> {
        let Some((mut bytes, 1, _)) = self.value(directory, tag)? else { return Ok(None) };
        bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|error| error.as_bytes().iter().map(|&byte| char::from(byte)).collect());
        Ok(Some(text))
    }

    /// A positive fraction as (numerator, denominator); `None` where it is absent or no use.
    pub(super) fn fraction(&mut self, directory: &Directory, tag: u16) -> Result<Option<(u64, u64)>, Fault> {
        let Some((bytes, 8, 5)) = self.value(directory, tag)? else { return Ok(None) };
        let [numerator, denominator] = [0..4, 4..8].map(|range| bytes.get(range).map_or(0, |half| self.integer(half)));
        Ok((numerator > 0 && denominator > 0).then_some((numerator, denominator)))
    }

    fn integer(&self, bytes: &[u8]) -> u64 {
        let fold = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
        if self.little_endian { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
    }
}
