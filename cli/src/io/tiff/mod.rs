//! TIFF files: plain stacks, ImageJ hyperstacks, OME-TIFF and the files of tifffile.
//!
//! Read are classic TIFF and BigTIFF of either byte order, strips and tiles, uncompressed or with deflate, LZW or
//! PackBits, with any predictor, 1-bit masks (as 0 and 1), palette images (as indices) and colours (as channels).
//! Values are those stored: white-is-zero is a way to show an image, not to store it.
//!
//! Written are ImageJ hyperstacks for u8, u16 and f32, and OME-TIFF for the types that ImageJ does not have.

mod decode;
mod ifd;
mod imagej;
mod layout;
mod ome;
mod page;
mod write;

pub(crate) use write::write;

use super::Fault;
use decode::Plane;
use ifd::{Directory, Source, tag};
use kernwerk_runtime::HostImage;
use layout::{Layout, Notes};
use page::Page;
use std::io::{Read, Seek};

/// Reads an image from a stream of this many bytes.
pub(crate) fn read<R: Read + Seek + Send>(reader: R, len: u64) -> Result<HostImage, Fault> {
    let mut source = Source::new(reader, len)?;
    let mut directories = source.directories()?;
    let mut full = Vec::new();
    for directory in directories.drain(..) {
        // Bit 0: a reduced copy of another page, for previews.
        if source.integer_or(&directory, tag::NEW_SUBFILE_TYPE, 0)? & 1 == 0 {
            full.push(directory);
        }
    }
    let first = full.first().ok_or_else(|| Fault::damaged("all its pages are previews"))?;
    let notes = notes(&mut source, first)?;
    let pages = full.iter().map(|directory| Page::new(&mut source, directory)).collect::<Result<Vec<_>, Fault>>()?;
    let (pages, layout) = arrange(pages, &notes, len)?;
    let samples = pages[0].samples;
    if layout.pages.iter().any(|&page| !pages[page].fits(&pages[0])) {
        return Err(Fault::unsupported("its pages differ in size or type", "save one image per file"));
    }
    let [t_extent, c_extent, z_extent] = layout.extents;
    let mut planes = Vec::with_capacity(layout.pages.len() * samples);
    for (t, c) in (0..t_extent).flat_map(|t| (0..c_extent).map(move |c| (t, c))) {
        let start = (t * c_extent + c) * z_extent;
        for sample in 0..samples {
            planes.extend(layout.pages[start..start + z_extent].iter().map(|&page| Plane { page, sample }));
        }
    }
    let data = decode::planes(source, &pages, &planes)?;
    let (axes, shape) = layout
        .axes(samples, pages[0].height, pages[0].width)
        .ok_or_else(|| Fault::damaged("its axes cannot be understood"))?;
    let image = HostImage::new(axes, &shape, data).map_err(|error| Fault::damaged(error.to_string()))?;
    Ok(image.with_voxel_size(layout.voxel_size))
}

fn notes<R: Read + Seek>(source: &mut Source<R>, directory: &Directory) -> Result<Notes, Fault> {
    let x_resolution = source.fraction(directory, tag::X_RESOLUTION)?;
    Ok(Notes {
        description: source.text(directory, tag::IMAGE_DESCRIPTION)?.unwrap_or_default(),
        x_resolution,
        y_resolution: source.fraction(directory, tag::Y_RESOLUTION)?,
        // By definition inches, but without any resolution there is no unit of it.
        resolution_unit: source.integer_or(
            directory,
            tag::RESOLUTION_UNIT,
            if x_resolution.is_some() { 2 } else { 1 },
        )?,
    })
}

/// Finds out what the pages mean. One page may turn out to stand for many.
fn arrange(pages: Vec<Page>, notes: &Notes, file_len: u64) -> Result<(Vec<Page>, Layout), Fault> {
    let samples = pages[0].samples;
    if let Some(description) = imagej::Description::parse(&notes.description) {
        let pages = unroll(pages, description.images(), file_len)?;
        let layout = description.layout(pages.len(), notes);
        return Ok((pages, layout));
    }
    if ome::is_ome(&notes.description) {
        let layout = ome::layout(&notes.description, pages.len(), samples)?;
        return Ok((pages, layout));
    }
    let mut layout = Layout::stack(pages.len());
    let mut pages = pages;
    if let Some(described) = layout::from_json(&notes.description, samples) {
        let planes: usize = described.extents.iter().product();
        pages = unroll(pages, planes, file_len)?;
        // tifffile may have appended other series: pages beyond the described ones are theirs.
        if planes <= pages.len() && planes > 0 {
            layout = described;
        }
    }
    layout.voxel_size = layout::from_resolution(notes);
    Ok((pages, layout))
}

/// The planes of a file that has one directory for a block of planes.
fn unroll(pages: Vec<Page>, planes: usize, file_len: u64) -> Result<Vec<Page>, Fault> {
    if pages.len() == 1 && planes > 1 && pages[0].is_one_block() {
        return pages[0].block_planes(planes, file_len);
    }
    Ok(pages)
}
