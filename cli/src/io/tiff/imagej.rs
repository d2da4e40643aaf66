//! The description that ImageJ writes into its TIFF files, read and written.
//!
//! It is a list of `key=value` lines that begins with `ImageJ=` and a version. Planes follow each other with the
//! channel fastest, then z, then t. The resolution tags hold pixels per `unit`, `spacing` is the distance of planes.

use super::layout::{Layout, Notes, axes_to_keep, normal_unit, product};
use kernwerk_runtime::{HostImage, VoxelSize};
use std::collections::HashMap;
use std::fmt::Write;

/// Our own key: the axes, where some have extent 1, which ImageJ does not tell from absent ones.
const AXES: &str = "kernwerk_axes";

/// The parsed description.
pub(super) struct Description(HashMap<String, String>);

impl Description {
    pub(super) fn parse(text: &str) -> Option<Description> {
        let lines = text.strip_prefix("ImageJ=")?.lines().skip(1);
        let pairs = lines.filter_map(|line| line.split_once('='));
        Some(Description(pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()))
    }

    fn count(&self, key: &str) -> usize {
        self.0.get(key).and_then(|value| value.parse().ok()).filter(|&count| count > 0).unwrap_or(1)
    }

    /// Number of planes that the file claims.
    pub(super) fn images(&self) -> usize {
        self.count("images")
    }

    /// The layout of this many pages.
    pub(super) fn layout(&self, pages: usize, notes: &Notes) -> Layout {
        let extents = ["frames", "channels", "slices"].map(|key| self.count(key));
        let mut layout = match product(&extents) {
            Some(planes) if planes == pages => Layout::ordered(extents, [1, 2, 0]),
            // A stack that is not a hyperstack may say nothing but `images`.
            _ => Layout::stack(pages),
        };
        layout.kept = self.0.get(AXES).cloned();
        layout.voxel_size = self.voxel_size(notes);
        layout
    }

    fn voxel_size(&self, notes: &Notes) -> Option<VoxelSize> {
        let size = |resolution: Option<(u64, u64)>| resolution.map_or(1.0, |(n, d)| d as f64 / n as f64);
        let spacing = self.0.get("spacing").and_then(|spacing| spacing.parse::<f64>().ok());
        // As ImageJ has it: the sign does not matter, and an unknown spacing is 1.
        let z = spacing.map(f64::abs).filter(|z| z.is_normal()).unwrap_or(1.0);
        let unit = match self.0.get("unit") {
            Some(unit) => normal_unit(&unescape(unit)),
            None => ["pixel", "inch", "cm"][notes.resolution_unit.clamp(1, 3) as usize - 1].into(),
        };
        let voxel_size = VoxelSize { x: size(notes.x_resolution), y: size(notes.y_resolution), z, unit };
        let says_nothing = voxel_size.unit == "pixel" && [voxel_size.x, voxel_size.y, z] == [1.0; 3];
        (!says_nothing).then_some(voxel_size)
    }
}

/// The description of an image.
pub(super) fn describe(image: &HostImage) -> String {
    let [t, c, z, _, _] = image.shape5();
    let mut text = format!("ImageJ=1.54f\nimages={}\n", t * c * z);
    for (key, count) in [("channels", c), ("slices", z), ("frames", t)] {
        if count > 1 {
            let _ = writeln!(text, "{key}={count}");
        }
    }
    let _ = writeln!(text, "hyperstack=true\nmode={}", if c > 1 { "composite" } else { "grayscale" });
    if let Some(voxel_size) = image.voxel_size() {
        let _ = writeln!(text, "unit={}\nspacing={}", escape(&voxel_size.unit), voxel_size.z);
    }
    let _ = writeln!(text, "loop=false");
    if let Some(axes) = axes_to_keep(image.axes(), image.shape()) {
        let _ = writeln!(text, "{AXES}={axes}");
    }
    text
}

/// Text as it stands in a Java properties file: `µm` is `\u00B5m`.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte != b'\\' && (byte == b' ' || byte.is_ascii_graphic()) => escaped.push(char::from(byte)),
            _ => {
                let _ = write!(escaped, "\\u{unit:04X}");
            }
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let code = rest.strip_prefix("\\u").and_then(|rest| rest.get(..4));
        if let Some(unit) = code.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            units.push(unit);
            rest = &rest[6..];
        } else {
            units.extend_from_slice(letter.encode_utf16(&mut [0; 2]));
            rest = &rest[letter.len_utf8()..];
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_escaped_as_in_java() {
        assert_eq!(escape("µm"), "\\u00B5m");
        for unit in ["µm", "pixel", "Å", "a\\u0041", "line\nbreak", "𝄞", "\\"] {
            assert_eq!(unescape(&escape(unit)), unit);
        }
        assert_eq!(unescape("\\u00B5m"), "µm");
        assert_eq!(unescape("\\uµµµm"), "\\uµµµm");
    }

    #[test]
    fn hyperstacks_have_the_channel_fastest() {
        let text =
            "ImageJ=1.53t\nimages=12\nchannels=2\nslices=3\nframes=2\nhyperstack=true\nspacing=-0.5\nunit=micron\n";
        let description = Description::parse(text).unwrap();
        let notes = Notes { x_resolution: Some((50, 13)), y_resolution: Some((4, 1)), ..Notes::default() };
        let layout = description.layout(12, &notes);
        assert_eq!(layout.extents, [2, 2, 3]);
        assert_eq!(layout.pages[..6], [0, 2, 4, 1, 3, 5]);
        assert_eq!(layout.voxel_size, Some(VoxelSize { x: 0.26, y: 0.25, z: 0.5, unit: "µm".into() }));
        // Another number of pages than claimed: a plain stack.
        assert_eq!(description.layout(5, &notes).extents, [1, 1, 5]);
    }

    #[test]
    fn without_calibration_there_is_no_voxel_size() {
        let description = Description::parse("ImageJ=1.11a\nimages=1\nhyperstack=true\n").unwrap();
        let notes =
            Notes { x_resolution: Some((1, 1)), y_resolution: Some((1, 1)), resolution_unit: 1, ..Notes::default() };
        assert_eq!(description.layout(1, &notes).voxel_size, None);
    }
}
