//! The OME-XML description of OME-TIFF, read and written.
//!
//! Read is the first image of the file: its extents, the order of its planes, which page holds which plane, and the
//! physical sizes. Further images of the same file are left out, as most readers do.

use super::layout::{Layout, axes_to_keep, normal_unit, product};
use crate::io::Fault;
use kernwerk_runtime::{DType, HostImage, VoxelSize};
use roxmltree::{Document, Node};
use std::fmt::Write;

/// Whether a description is OME-XML.
pub(super) fn is_ome(text: &str) -> bool {
    let begin = text.trim_start();
    begin.starts_with('<') && (begin.contains("<OME") || begin.contains(":OME "))
}

/// The layout of this many pages.
pub(super) fn layout(text: &str, pages: usize, samples: usize) -> Result<Layout, Fault> {
    let document = Document::parse(text.trim()).map_err(|error| Fault::damaged(format!("its OME-XML: {error}")))?;
    let element = |name| document.descendants().find(|node: &Node| node.tag_name().name() == name);
    let pixels = element("Pixels").ok_or_else(|| Fault::damaged("its OME-XML has no Pixels element"))?;
    let [t, mut c, z] = [extent(&pixels, "SizeT")?, extent(&pixels, "SizeC")?, extent(&pixels, "SizeZ")?];
    if samples > 1 && c % samples == 0 {
        // Colours count as channels, but stand in one page.
        c /= samples;
    }
    let planes = product(&[t, c, z]).ok_or_else(|| Fault::damaged("its OME-XML claims impossibly many planes"))?;
    if planes > pages {
        return Err(Fault::unsupported(
            format!(
                "its OME-XML describes {planes} planes, and this file has {pages} pages: the others are in other files"
            ),
            "save the image as one file, for example with Bio-Formats or with tifffile",
        ));
    }
    let order = pixels.attribute("DimensionOrder").unwrap_or("XYZCT");
    let axes: Vec<usize> = order.chars().skip(2).filter_map(|letter| "TCZ".find(letter)).collect();
    let mut sorted = axes.clone();
    sorted.sort_unstable();
    let (Ok(fastest_first), [0, 1, 2]) = (<[usize; 3]>::try_from(axes), &sorted[..]) else {
        return Err(Fault::damaged(format!("its OME-XML has the unknown DimensionOrder {order}")));
    };
    let mut layout = Layout::ordered([t, c, z], fastest_first);
    place_planes(&pixels, &mut layout, pages)?;
    layout.kept = document
        .root_element()
        .attribute("Creator")
        .and_then(|creator| creator.split_once("axes="))
        .map(|(_, axes)| axes.to_owned());
    layout.voxel_size = voxel_size(&pixels);
    Ok(layout)
}

fn extent(pixels: &Node, name: &str) -> Result<usize, Fault> {
    let value = pixels.attribute(name).unwrap_or("1");
    let extent = value.trim().parse().ok().filter(|&extent: &usize| extent > 0);
    extent.ok_or_else(|| Fault::damaged(format!("its OME-XML has {name}=\"{value}\"")))
}

/// Applies the TiffData elements, which may give every plane a page of its own choice.
fn place_planes(pixels: &Node, layout: &mut Layout, pages: usize) -> Result<(), Fault> {
    // The order in the file: position n of it is plane (t, c, z) with this index, z fastest.
    let mut in_order = vec![0; layout.pages.len()];
    for (plane, &position) in layout.pages.iter().enumerate() {
        in_order[position] = plane;
    }
    let [_, c_extent, z_extent] = layout.extents;
    let mut placed: Vec<Option<usize>> = vec![None; layout.pages.len()];
    let entries = pixels.children().filter(|node| node.tag_name().name() == "TiffData");
    for entry in entries {
        let number = |name| entry.attribute(name).and_then(|value| value.trim().parse::<usize>().ok());
        let first = ["FirstT", "FirstC", "FirstZ"].map(|name| number(name).unwrap_or(0));
        if first.iter().zip(&layout.extents).any(|(first, extent)| first >= extent) {
            continue;
        }
        let start = layout.pages[(first[0] * c_extent + first[1]) * z_extent + first[2]];
        let page = number("IFD").unwrap_or(0);
        let default = if entry.has_attribute("IFD") { 1 } else { in_order.len() };
        let count = number("PlaneCount").unwrap_or(default).min(in_order.len() - start);
        for step in 0..count {
            placed[in_order[start + step]] = page.checked_add(step);
        }
    }
    if placed.iter().all(Option::is_none) {
        return Ok(());
    }
    for (plane, page) in placed.into_iter().enumerate() {
        match page {
            Some(page) if page < pages => layout.pages[plane] = page,
            _ => {
                return Err(Fault::unsupported(
                    format!("its OME-XML says that plane {plane} is in no page of this file"),
                    "save the image as one file, for example with Bio-Formats or with tifffile",
                ));
            }
        }
    }
    Ok(())
}

fn voxel_size(pixels: &Node) -> Option<VoxelSize> {
    let size = |axis: char| {
        let value: f64 = pixels.attribute(format!("PhysicalSize{axis}").as_str())?.trim().parse().ok()?;
        let unit = pixels.attribute(format!("PhysicalSize{axis}Unit").as_str()).unwrap_or("µm");
        (value.is_finite() && value > 0.0).then(|| (value, normal_unit(unit)))
    };
    let (x, unit) = size('X')?;
    // Axes may have units of their own: all are brought to that of x.
    let in_unit = |axis| {
        let (value, own) = size(axis)?;
        let factor = if own == unit { 1.0 } else { micrometres(&own)? / micrometres(&unit)? };
        Some(value * factor)
    };
    Some(VoxelSize { x, y: in_unit('Y').unwrap_or(x), z: in_unit('Z').unwrap_or(1.0), unit })
}

fn micrometres(unit: &str) -> Option<f64> {
    Some(match unit {
        "µm" => 1.0,
        "nm" => 1e-3,
        "pm" => 1e-6,
        "Å" => 1e-4,
        "mm" => 1e3,
        "cm" => 1e4,
        "m" => 1e6,
        "in" => 25_400.0,
        _ => return None,
    })
}

/// The description of an image whose pages are in the order of its memory.
pub(super) fn describe(image: &HostImage) -> String {
    let [t, c, z, y, x] = image.shape5();
    let kind = match image.dtype() {
        DType::U8 => "uint8",
        DType::I8 => "int8",
        DType::U16 => "uint16",
        DType::I16 => "int16",
        DType::U32 => "uint32",
        DType::I32 => "int32",
        DType::F32 => "float",
        DType::F64 => "double",
        // Beyond the types of OME-XML; the tags of the pages say the same.
        DType::U64 => "uint64",
        DType::I64 => "int64",
        DType::F16 => "half",
    };
    let kept = axes_to_keep(image.axes(), image.shape()).map(|axes| format!(" axes={axes}")).unwrap_or_default();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.openmicroscopy.org/Schemas/OME/2016-06 \
         http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd\" Creator=\"kernwerk {}{kept}\">\n\
         <Image ID=\"Image:0\"><Pixels ID=\"Pixels:0\" DimensionOrder=\"XYZCT\" Type=\"{kind}\" SizeX=\"{x}\" \
         SizeY=\"{y}\" SizeZ=\"{z}\" SizeC=\"{c}\" SizeT=\"{t}\"",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(voxel_size) = image.voxel_size() {
        let unit = escape(&voxel_size.unit);
        for (axis, size) in [('X', voxel_size.x), ('Y', voxel_size.y), ('Z', voxel_size.z)] {
            let _ = write!(text, " PhysicalSize{axis}=\"{size}\" PhysicalSize{axis}Unit=\"{unit}\"");
        }
    }
    text.push('>');
    for channel in 0..c {
        let _ = write!(text, "<Channel ID=\"Channel:0:{channel}\" SamplesPerPixel=\"1\"/>");
    }
    text.push_str("<TiffData/></Pixels></Image></OME>\n");
    text
}

/// Text of an attribute, in ASCII, which is all that a TIFF description may hold.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            ' '..='~' if !"<>&\"".contains(letter) => escaped.push(letter),
            // No other control characters exist in XML.
            '\0'..='\x1f' if !"\t\r\n".contains(letter) => {}
            letter => {
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(attributes: &str, children: &str) -> String {
        format!("<OME><Image><Pixels {attributes}>{children}</Pixels></Image></OME>")
    }

    #[test]
    fn every_dimension_order() {
        let extents = [("T", 2), ("C", 3), ("Z", 5)];
        for order in ["XYZCT", "XYZTC", "XYCTZ", "XYCZT", "XYTCZ", "XYTZC"] {
            let text = pixels(&format!("DimensionOrder=\"{order}\" SizeT=\"2\" SizeC=\"3\" SizeZ=\"5\""), "");
            let layout = layout(&text, 30, 1).unwrap();
            let stride = |letter: &str| {
                let faster = order[2..].chars().take_while(|&other| !letter.contains(other));
                faster.map(|other| extents.iter().find(|(name, _)| name.contains(other)).unwrap().1).product::<usize>()
            };
            let (t, c, z) = (1, 2, 3);
            assert_eq!(
                layout.pages[(t * 3 + c) * 5 + z],
                t * stride("T") + c * stride("C") + z * stride("Z"),
                "{order}"
            );
        }
    }

    #[test]
    fn tiff_data_places_planes() {
        let data = "<TiffData FirstZ=\"0\" IFD=\"2\"/><TiffData FirstZ=\"1\" IFD=\"0\" PlaneCount=\"2\"/>";
        let text = pixels("DimensionOrder=\"XYZCT\" SizeZ=\"3\"", data);
        assert_eq!(layout(&text, 3, 1).unwrap().pages, [2, 0, 1]);
        let text = pixels("DimensionOrder=\"XYZCT\" SizeZ=\"3\"", "<TiffData IFD=\"0\"/>");
        assert!(matches!(layout(&text, 3, 1), Err(Fault::Unsupported { .. })));
        assert!(matches!(layout(&text, 2, 1), Err(Fault::Unsupported { .. })));
        assert!(matches!(layout("<OME", 2, 1), Err(Fault::Damaged(_))));
    }

    #[test]
    fn units_of_axes_are_unified() {
        let sizes = "PhysicalSizeX=\"0.5\" PhysicalSizeY=\"500\" PhysicalSizeYUnit=\"nm\" PhysicalSizeZ=\"2\"";
        let voxel_size = layout(&pixels(sizes, ""), 1, 1).unwrap().voxel_size;
        assert_eq!(voxel_size, Some(VoxelSize { x: 0.5, y: 0.5, z: 2.0, unit: "µm".into() }));
    }
}
