//! Lengths in physical units as values of parameters that count voxels.
//!
//! In: a length for an axis or for all (`1.5 µm`), and the voxel size of the call's first image. Out: a number of voxels per axis, whole where
//! the parameter wants whole ones. Invariant: operations see voxels only; nothing below the expression knows of units.

use std::borrow::Cow;
use std::fmt;

use kernwerk_codegen::ir::{Param, ParamType};

use crate::arguments::{Value, problem, wanted};
use crate::host::VoxelSize;
use crate::lang::PerAxis;
use crate::op::OpInfo;
use crate::{Error, Result};

type Positional<'a> = Cow<'a, [Option<Value>]>;
type Named<'a> = Cow<'a, [(String, Value)]>;

/// What a parameter says whose values may be lengths.
const VOXELS: &str = "voxels";

/// Names of units, and how many metres each is. The first of each length is the one that is printed.
const UNITS: [(&str, f64); 16] = [
    ("µm", 1e-6),
    // U+03BC instead of U+00B5.
    ("μm", 1e-6),
    ("um", 1e-6),
    ("micron", 1e-6),
    ("microns", 1e-6),
    ("micrometer", 1e-6),
    ("micrometre", 1e-6),
    ("\\u00B5m", 1e-6),
    ("nm", 1e-9),
    ("nanometer", 1e-9),
    ("nanometre", 1e-9),
    ("mm", 1e-3),
    ("millimeter", 1e-3),
    ("millimetre", 1e-3),
    ("cm", 1e-2),
    ("m", 1.0),
];

/// A length along each axis, for parameters whose unit is voxels.
///
/// ```
/// use kernwerk_runtime::{Axes, Device, HostData, HostImage, Length, Value, VoxelSize};
///
/// let stack = HostImage::new(Axes::new("zyx")?, &[4, 8, 8], HostData::U8(vec![0; 256]))?
///     .with_voxel_size(Some(VoxelSize { x: 0.5, y: 0.5, z: 2.0, unit: "µm".into() }));
/// let image = Device::cpu().upload_host(&stack)?;
/// // A filter's `.with("sigma", sigma)` on this image is 4 voxels along x and y, and 1 along z.
/// let sigma = Length::micrometres(2.0);
/// assert_eq!(Value::from(sigma).to_string(), "2 µm");
/// # let _ = image;
/// # Ok::<(), kernwerk_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    metres: PerAxis<f64>,
}

impl Length {
    /// So many micrometres, along all axes or per axis.
    pub fn micrometres(length: impl Into<PerAxis<f64>>) -> Length {
        Length::of(length.into(), 1e-6)
    }

    /// So many nanometres, along all axes or per axis.
    pub fn nanometres(length: impl Into<PerAxis<f64>>) -> Length {
        Length::of(length.into(), 1e-9)
    }

    /// So many millimetres, along all axes or per axis.
    pub fn millimetres(length: impl Into<PerAxis<f64>>) -> Length {
        Length::of(length.into(), 1e-3)
    }

    fn of(PerAxis { x, y, z }: PerAxis<f64>, unit: f64) -> Length {
        Length { metres: PerAxis { x: x * unit, y: y * unit, z: z * unit } }
    }

    /// A length from text: `1.5um`, `500 nm`, `[2 µm, 1 µm, 1 µm]` (z, y, x). `None` if it is anything else.
    pub(crate) fn parse(text: &str) -> Option<Length> {
        let inner = text.trim();
        let inner = inner.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(inner);
        let lengths: Vec<f64> = inner.split(',').map(one).collect::<Option<_>>()?;
        match *lengths {
            [one] => Some(Length { metres: PerAxis { x: one, y: one, z: one } }),
            [z, y, x] => Some(Length { metres: PerAxis { x, y, z } }),
            _ => None,
        }
    }
}

/// A number with a unit, in metres.
fn one(text: &str) -> Option<f64> {
    let text = text.trim();
    let (unit, metres) = UNITS.iter().filter(|(unit, _)| text.ends_with(unit)).max_by_key(|(unit, _)| unit.len())?;
    let number: f64 = text[..text.len() - unit.len()].trim_end().parse().ok()?;
    Some(number * metres)
}

impl From<Length> for Value {
    fn from(length: Length) -> Value {
        Value::Length(length)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PerAxis { x, y, z } = self.metres;
        let micrometres = |metres: f64| (metres * 1e12).round() / 1e6;
        match x == y && y == z {
            true => write!(f, "{} µm", micrometres(x)),
            false => write!(f, "[{} µm, {} µm, {} µm]", micrometres(z), micrometres(y), micrometres(x)),
        }
    }
}

/// Whether a parameter takes lengths.
pub(crate) fn accepts(param: &Param) -> bool {
    param.unit == Some(VOXELS) && matches!(param.ty, ParamType::F32 | ParamType::U32)
}

/// The values of a call with lengths turned into voxels of that size.
///
/// # Errors
/// [`Error::Parameter`] if the parameter takes no lengths, or one number for all axes of voxels that are no cubes;
/// [`Error::Unsupported`] if the size of a voxel is not known, or not a length.
pub(crate) fn in_voxels<'a>(
    op: &OpInfo,
    values: &'a [Option<Value>],
    named: &'a [(String, Value)],
    size: impl FnOnce() -> Result<Option<VoxelSize>>,
) -> Result<(Positional<'a>, Named<'a>)> {
    let none = values.iter().flatten().chain(named.iter().map(|(_, value)| value)).all(|value| length(value).is_none());
    if none {
        return Ok((values.into(), named.into()));
    }
    let unsupported = |problem: String, remedy: &str| Error::Unsupported {
        operation: op.name.into(),
        problem,
        remedy: remedy.into(),
    };
    let remedy = "give the image one (`with_voxel_size`, or in its file), or give voxels";
    let size =
        size()?.ok_or_else(|| unsupported("the image has no voxel size to measure lengths by".into(), remedy))?;
    let unit = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(size.unit.trim())).map(|(_, metres)| *metres);
    let unit = unit.ok_or_else(|| {
        unsupported(format!("the unit of the image's voxel size, `{}`, is no length", size.unit), remedy)
    })?;
    let voxel = PerAxis { x: size.x * unit, y: size.y * unit, z: size.z * unit };
    let mut positional = values.to_vec();
    for (param, value) in op.params.iter().zip(&mut positional) {
        if let Some(given) = value.as_ref().and_then(length) {
            *value = Some(converted(op, param, given, voxel)?);
        }
    }
    let mut by_name = named.to_vec();
    for (name, value) in &mut by_name {
        if let Some(given) = length(value) {
            *value = converted(op, &op.params[op.param_index(name)?], given, voxel)?;
        }
    }
    Ok((positional.into(), by_name.into()))
}

fn length(value: &Value) -> Option<Length> {
    match value {
        Value::Length(length) => Some(*length),
        Value::Text(text) => Length::parse(text),
        _ => None,
    }
}

fn converted(op: &OpInfo, param: &Param, length: Length, voxel: PerAxis<f64>) -> Result<Value> {
    if !accepts(param) {
        let remedy = format!("give {}", wanted(param));
        return Err(problem(op.name, param, &length, "it does not count voxels, and takes no lengths", remedy));
    }
    let metres = length.metres;
    let PerAxis { x, y, z } = PerAxis { x: metres.x / voxel.x, y: metres.y / voxel.y, z: metres.z / voxel.z };
    let rounded = |number: f64| match param.ty {
        // Through nanovoxels, so that 1.2 µm are 6 voxels of 0.2 µm.
        ParamType::U32 => ((number * 1e9).round() / 1e9).round_ties_even(),
        _ => f64::from(number as f32),
    };
    let [x, y, z] = [x, y, z].map(rounded);
    if param.per_axis {
        return Ok(match param.ty {
            ParamType::U32 if [x, y, z].iter().all(|n| (0.0..=f64::from(u32::MAX)).contains(n)) => {
                Value::PerAxisU32(PerAxis { x: x as u32, y: y as u32, z: z as u32 })
            }
            _ => Value::PerAxisF32(PerAxis { x: x as f32, y: y as f32, z: z as f32 }),
        });
    }
    if x != y || y != z {
        let what = "it is one number for all axes, and the voxels of the image are no cubes";
        return Err(problem(op.name, param, &length, what, "resample the image (`make_isotropic`), or give voxels"));
    }
    Ok(Value::Pixel(x.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voxels(text: &str) -> Option<[f64; 3]> {
        Length::parse(text).map(|length| [length.metres.z, length.metres.y, length.metres.x])
    }

    #[test]
    fn a_length_is_a_number_with_a_unit() {
        assert_eq!(voxels("1.5um"), Some([1.5e-6; 3]));
        assert_eq!(voxels(" 2 µm "), Some([2e-6; 3]));
        assert_eq!(voxels("500nm"), Some([500.0 * 1e-9; 3]));
        assert_eq!(voxels("[3um, 2 mm,1m]"), Some([3.0 * 1e-6, 2.0 * 1e-3, 1.0]));
        for text in ["1.5", "um", "[1um, 2um]", "1um 2", "sphere", "", "[1um, 2, 3um]", "1 furlong"] {
            assert_eq!(voxels(text), None, "{text}");
        }
    }

    #[test]
    fn a_length_reads_in_micrometres() {
        assert_eq!(Length::nanometres(1500.0).to_string(), "1.5 µm");
        assert_eq!(Length::micrometres(PerAxis { x: 1.0, y: 1.0, z: 2.5 }).to_string(), "[2.5 µm, 1 µm, 1 µm]");
    }
}
