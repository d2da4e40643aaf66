//! From the pages of a file to the axes of an image.
//!
//! In: what a description says (ImageJ, OME, tifffile) and the number of pages. Out: the extents of t, c and z, which
//! page holds which plane, the axes that the image gets, and its voxel size.

use kernwerk_runtime::{Axes, VoxelSize};

/// The tags of the first page that say what the pages mean.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    pub(super) description: String,
    /// Pixels per resolution unit, as fractions.
    pub(super) x_resolution: Option<(u64, u64)>,
    pub(super) y_resolution: Option<(u64, u64)>,
    /// 1: none, 2: inch, 3: centimetre.
    pub(super) resolution_unit: u64,
}

/// What the pages mean.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// Extents of t, c and z.
    pub(super) extents: [usize; 3],
    /// The page of each (t, c, z), z fastest.
    pub(super) pages: Vec<usize>,
    /// The axes that a writer asked to keep although their extent is 1.
    pub(super) kept: Option<String>,
    pub(super) voxel_size: Option<VoxelSize>,
}

impl Layout {
    /// A layout whose page numbers follow from the order of the axes in the file, given as indices into (t, c, z), the
    /// fastest first.
    pub(super) fn ordered(extents: [usize; 3], fastest_first: [usize; 3]) -> Layout {
        let mut strides = [0; 3];
        let mut stride = 1;
        for axis in fastest_first {
            strides[axis] = stride;
            stride *= extents[axis];
        }
        let [t_extent, c_extent, z_extent] = extents;
        let mut pages = Vec::with_capacity(stride);
        for t in 0..t_extent {
            for c in 0..c_extent {
                pages.extend((0..z_extent).map(|z| t * strides[0] + c * strides[1] + z * strides[2]));
            }
        }
        Layout { extents, pages, kept: None, voxel_size: None }
    }

    /// Pages that are planes of one stack.
    pub(super) fn stack(pages: usize) -> Layout {
        Layout::ordered([1, 1, pages], [2, 1, 0])
    }

    /// The axes and extents of an image with planes of `height` x `width` and `samples` samples, which become channels.
    pub(super) fn axes(&self, samples: usize, height: usize, width: usize) -> Option<(Axes, Vec<usize>)> {
        let [t, c, z] = self.extents;
        let full = [('t', t), ('c', c * samples), ('z', z), ('y', height), ('x', width)];
        let asked = |letter| self.kept.as_ref().is_some_and(|kept| kept.contains(letter));
        let present = full.into_iter().filter(|&(letter, extent)| extent > 1 || "yx".contains(letter) || asked(letter));
        let (letters, shape): (String, Vec<usize>) = present.unzip();
        Some((Axes::new(&letters).ok()?, shape))
    }
}

/// Checked product of extents.
pub(super) fn product(extents: &[usize]) -> Option<usize> {
    extents.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent))
}

/// The axes that must be written down explicitly, because a reader would leave them out.
pub(super) fn axes_to_keep(axes: &Axes, shape: &[usize]) -> Option<String> {
    let single = axes.as_str().chars().zip(shape).any(|(letter, &extent)| extent == 1 && !"yx".contains(letter));
    single.then(|| axes.as_str().to_owned())
}

/// The layout that tifffile describes as JSON: `{"shape": [5, 3, 512, 512], "axes": "TCYX"}`.
///
/// Axes may be missing or of unknown kinds; then they are taken as the last of t, c, z, y, x.
pub(super) fn from_json(description: &str, samples: usize) -> Option<Layout> {
    let json: serde_json::Value = serde_json::from_str(description).ok()?;
    let shape = json.get("shape")?.as_array()?.iter();
    let mut shape: Vec<usize> = shape.map(|extent| usize::try_from(extent.as_u64()?).ok()).collect::<Option<_>>()?;
    let mut axes = json.get("axes").and_then(|axes| axes.as_str()).unwrap_or_default().to_ascii_uppercase();
    if axes.len() != shape.len() || !axes.is_ascii() {
        axes = String::new();
    }
    if samples > 1 && shape.last() == Some(&samples) {
        shape.pop();
        axes.pop();
    }
    let known = axes.ends_with("YX") && axes.chars().all(|letter| "TCZYX".contains(letter));
    let leading = shape.len().checked_sub(2)?;
    if !known {
        axes = "TCZYX"[3_usize.checked_sub(leading)?..].to_owned();
    }
    let mut extents = [1; 3];
    let mut fastest_first = Vec::new();
    for (letter, &extent) in axes.bytes().zip(&shape[..leading]).rev() {
        let axis = "TCZ".find(char::from(letter))?;
        if fastest_first.contains(&axis) {
            return None;
        }
        extents[axis] = extent;
        fastest_first.push(axis);
    }
    let absent: Vec<usize> = (0..3).filter(|axis| !fastest_first.contains(axis)).collect();
    fastest_first.extend(absent);
    product(&extents)?;
    Some(Layout::ordered(extents, fastest_first.try_into().ok()?))
}

/// The voxel size of a file without any description that has one: pixels per centimetre, which only instruments write.
/// (Pixels per inch are a habit of every drawing program and say nothing.)
pub(super) fn from_resolution(notes: &Notes) -> Option<VoxelSize> {
    if notes.resolution_unit != 3 {
        return None;
    }
    let micrometres = |resolution: Option<(u64, u64)>| resolution.map(|(n, d)| d as f64 * 10_000.0 / n as f64);
    let x = micrometres(notes.x_resolution)?;
    let y = micrometres(notes.y_resolution)?;
    Some(VoxelSize { x, y, z: 1.0, unit: "µm".into() })
}

/// One spelling for each unit: the micro sign (U+00B5) for all that mean micrometres.
pub(super) fn normal_unit(unit: &str) -> String {
    match unit.trim() {
        "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometre" => "µm".into(),
        "" | "pixel" | "pixels" => "pixel".into(),
        unit => unit.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_of_tifffile() {
        let layout = from_json(r#"{"shape": [2, 5, 3, 7, 8], "axes": "TZCYX"}"#, 1).unwrap();
        assert_eq!(layout.extents, [2, 3, 5]);
        // t = 1, c = 2, z = 4 is the last page; t = 0, c = 1, z = 0 is page 1.
        assert_eq!((layout.pages[29], layout.pages[5]), (29, 1));
        assert_eq!(from_json(r#"{"shape": [4, 7, 8]}"#, 1).unwrap().extents, [1, 1, 4]);
        assert_eq!(from_json(r#"{"shape": [4, 7, 8, 3]}"#, 3).unwrap().extents, [1, 1, 4]);
        assert_eq!(from_json(r#"{"shape": [9, 7, 8], "axes": "QYX"}"#, 1).unwrap().extents, [1, 1, 9]);
        assert_eq!(from_json(r#"{"shape": [9]}"#, 1), None);
        assert_eq!(from_json(r#"{"shape": [1, 2, 3, 4, 5, 6]}"#, 1), None);
        assert_eq!(from_json(r#"{"shape": [18446744073709551615, 2, 3, 4]}"#, 1), None);
    }
}
