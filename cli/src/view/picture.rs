//! Pictures: 8-bit RGB pixels, their arrangement side by side, and PNG files (grey ones where there are no colours).

use super::ViewError;
use crate::io::{Fault, IoError, atomic};
use std::path::Path;

/// Longest side of a picture.
const MAX_SIDE: usize = 65_535;

/// A picture. Invariant: it has `width * height` pixels, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    /// Rows from the top, each from the left.
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// A picture of the colours that `colour` gives for (x, y).
    ///
    /// # Errors
    /// If it would have no pixels or a side of more than 65535.
    pub fn from_fn(
        width: usize,
        height: usize,
        mut colour: impl FnMut(usize, usize) -> [u8; 3],
    ) -> Result<Picture, ViewError> {
        let sides = 1..=MAX_SIDE;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(ViewError::Size { width, height });
        }
        let mut pixels = Vec::new();
        pixels.try_reserve_exact(width * height).map_err(|_| ViewError::Size { width, height })?;
        for y in 0..height {
            pixels.extend((0..width).map(|x| colour(x, y)));
        }
        Ok(Picture { width, height, pixels })
    }

    /// Number of pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixel at (x, y).
    ///
    /// # Panics
    /// If it lies outside.
    pub fn at(&self, x: usize, y: usize) -> [u8; 3] {
        assert!(x < self.width && y < self.height, "({x}, {y}) lies outside {} x {}", self.width, self.height);
        self.pixels[y * self.width + x]
    }

    pub(super) fn set(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        self.pixels[y * self.width + x] = colour;
    }

    /// The picture with every pixel as a square of this side length.
    ///
    /// # Errors
    /// If the scale is 0 or the picture gets a side of more than 65535.
    pub fn upscaled(self, scale: usize) -> Result<Picture, ViewError> {
        if scale == 1 {
            return Ok(self);
        }
        let (width, height) = (self.width.saturating_mul(scale), self.height.saturating_mul(scale));
        Picture::from_fn(width, height, |x, y| self.at(x / scale, y / scale))
    }

    /// Writes the picture as PNG, replacing `path` only when it is complete.
    ///
    /// # Errors
    /// If the name does not end in `.png` or the file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<(), IoError> {
        if !path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
            return Err(IoError::Ending { path: path.to_owned(), known: ".png" });
        }
        atomic::replace(path, |writer| {
            let mut encoder = png::Encoder::new(writer, self.width as u32, self.height as u32);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_compression(png::Compression::High);
            // Pictures without colours take a third of the space.
            let grey = self.pixels.iter().all(|[red, green, blue]| red == green && green == blue);
            encoder.set_color(if grey { png::ColorType::Grayscale } else { png::ColorType::Rgb });
            let mut writer = encoder.write_header().map_err(fault)?;
            if grey {
                let values: Vec<u8> = self.pixels.iter().map(|pixel| pixel[0]).collect();
                writer.write_image_data(&values).map_err(fault)?;
            } else {
                writer.write_image_data(self.pixels.as_flattened()).map_err(fault)?;
            }
            writer.finish().map_err(fault)
        })
        .map_err(|fault| fault.writing(path))
    }
}

fn fault(error: png::EncodingError) -> Fault {
    match error {
        png::EncodingError::IoError(error) => Fault::System(error),
        error => Fault::unsupported(format!("it cannot be written as PNG: {error}"), "use a smaller scale"),
    }
}

/// Pictures side by side, `columns` in a row, at the top left of cells of equal size with a grey gap between them.
///
/// # Errors
/// If there are no panels, `columns` is 0, or the picture gets a side of more than 65535.
pub fn montage(panels: &[Picture], columns: usize, gap: usize) -> Result<Picture, ViewError> {
    const GAP_COLOUR: [u8; 3] = [96; 3];
    let columns = columns.min(panels.len());
    let rows = panels.len().checked_div(columns).map_or(0, |_| panels.len().div_ceil(columns));
    let cell = [Picture::width, Picture::height].map(|side| panels.iter().map(side).max().unwrap_or(0));
    let side = |count: usize, cell: usize| {
        count.saturating_mul(cell).saturating_add(gap.saturating_mul(count.saturating_sub(1)))
    };
    Picture::from_fn(side(columns, cell[0]), side(rows, cell[1]), |x, y| {
        let (column, x) = (x / (cell[0] + gap), x % (cell[0] + gap));
        let (row, y) = (y / (cell[1] + gap), y % (cell[1] + gap));
        match panels.get(row * columns + column) {
            _ if x >= cell[0] || y >= cell[1] => GAP_COLOUR,
            Some(panel) if x < panel.width && y < panel.height => panel.at(x, y),
            _ => [0; 3],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_side_by_side() {
        let panel = |value, width| Picture::from_fn(width, 1, |_, _| [value; 3]).unwrap();
        let picture = montage(&[panel(1, 2), panel(2, 1), panel(3, 2)], 2, 1).unwrap();
        assert_eq!((picture.width(), picture.height()), (5, 3));
        let row = |y| (0..5).map(|x| picture.at(x, y)[0]).collect::<Vec<_>>();
        assert_eq!(row(0), [1, 1, 96, 2, 0]);
        assert_eq!(row(1), [96; 5]);
        assert_eq!(row(2), [3, 3, 96, 0, 0]);
        for (panels, columns) in [(vec![], 1), (vec![panel(1, 1)], 0)] {
            assert!(montage(&panels, columns, 1).is_err());
        }
    }

    #[test]
    fn png_files_hold_the_pixels() {
        let picture = Picture::from_fn(3, 2, |x, y| [x as u8, y as u8, 7]).unwrap().upscaled(2).unwrap();
        let path = std::env::temp_dir().join(format!("kernwerk-picture-{}.png", std::process::id()));
        picture.write_png(&path).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        assert_eq!((info.width, info.height), (6, 4));
        assert_eq!(bytes, picture.pixels.as_flattened());
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(picture.write_png(Path::new("x.jpg")), Err(IoError::Ending { .. })));
    }
}
