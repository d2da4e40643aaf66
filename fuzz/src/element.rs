//! Stored elements and their conversions, written from the tables of `docs/numerics.md` and from nothing else.
//!
//! Invariant: an [`Element::Int`] of an image lies within the image's element type.

use half::f16;
use kernwerk_runtime::{DType, HostData};

/// An element of an image or buffer.
#[derive(Clone, Copy, Debug)]
pub enum Element {
    /// Of an integer type.
    Int(i128),
    /// Of type f32, or of type f16, which is computed in f32.
    Float(f32),
    /// Of type f64.
    Double(f64),
}

/// The one NaN that is stored.
pub const NAN_BITS: u32 = 0x7fc0_0000;

impl Element {
    /// Equality of results: bit for bit, all NaNs being one.
    pub fn same(self, other: Element) -> bool {
        match (self, other) {
            (Element::Int(a), Element::Int(b)) => a == b,
            (Element::Float(a), Element::Float(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Element::Double(a), Element::Double(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            _ => false,
        }
    }

    /// The bits that an element or a value of a state of that type has in memory.
    pub fn from_bits(dtype: DType, bits: u64) -> Element {
        match dtype {
            DType::F32 => Element::Float(f32::from_bits(bits as u32)),
            DType::F16 => Element::Float(f16::from_bits(bits as u16).to_f32()),
            DType::F64 => Element::Double(f64::from_bits(bits)),
            DType::U8 => Element::Int(i128::from(bits as u8)),
            DType::I8 => Element::Int(i128::from(bits as i8)),
            DType::U16 => Element::Int(i128::from(bits as u16)),
            DType::I16 => Element::Int(i128::from(bits as i16)),
            DType::U32 => Element::Int(i128::from(bits as u32)),
            DType::I32 => Element::Int(i128::from(bits as i32)),
            DType::U64 => Element::Int(bits.into()),
            DType::I64 => Element::Int(i128::from(bits as i64)),
        }
    }

    /// A whole number as an element of a type that bodies compute in.
    pub fn whole(dtype: DType, value: i128) -> Element {
        match dtype {
            DType::F32 | DType::F16 => Element::Float(value as f32),
            DType::F64 => Element::Double(value as f64),
            _ => Element::Int(value),
        }
    }
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Element::Int(value) => write!(f, "{value}"),
            Element::Float(value) => write!(f, "{value:?} ({:#010x})", value.to_bits()),
            Element::Double(value) => write!(f, "{value:?} ({:#018x})", value.to_bits()),
        }
    }
}

/// Smallest and largest integer of an element type; those of floats are not asked for.
pub fn limits(dtype: DType) -> (i128, i128) {
    match dtype {
        DType::U8 => (0, 255),
        DType::I8 => (-128, 127),
        DType::U16 => (0, 65_535),
        DType::I16 => (-32_768, 32_767),
        DType::U32 => (0, 4_294_967_295),
        DType::U64 => (0, u64::MAX.into()),
        DType::I64 => (i64::MIN.into(), i64::MAX.into()),
        DType::I32 | DType::F32 | DType::F64 | DType::F16 => (-2_147_483_648, 2_147_483_647),
    }
}

/// An integer in the range of a type.
pub fn saturated(value: i128, dtype: DType) -> i128 {
    let (low, high) = limits(dtype);
    value.max(low).min(high)
}

/// f32 → integer by the rule of stores: halves to even, saturating, NaN becomes 0.
pub fn rounded(value: f32, dtype: DType) -> i128 {
    // Every f32 is exact in f64.
    rounded_double(value.into(), dtype)
}

/// The same for f64.
pub fn rounded_double(exact: f64, dtype: DType) -> i128 {
    if exact.is_nan() {
        return 0;
    }
    let (low, high) = limits(dtype);
    // Its floor and what is left of it are exact too.
    if exact <= low as f64 {
        return low;
    }
    if exact >= high as f64 {
        return high;
    }
    let floor = exact.floor();
    let up = match (exact - floor).partial_cmp(&0.5) {
        Some(std::cmp::Ordering::Greater) => true,
        Some(std::cmp::Ordering::Equal) => floor % 2.0 != 0.0,
        _ => false,
    };
    floor as i128 + i128::from(up)
}

/// An f32 as it is stored in a type.
pub fn store_f32(value: f32, dtype: DType) -> Element {
    match dtype {
        DType::F32 if value.is_nan() => Element::Float(f32::from_bits(NAN_BITS)),
        DType::F32 => Element::Float(value),
        DType::F64 if value.is_nan() => Element::Double(f64::from_bits(0x7ff8_0000_0000_0000)),
        DType::F64 => Element::Double(value.into()),
        DType::F16 if value.is_nan() => Element::Float(f32::from_bits(NAN_BITS)),
        DType::F16 => Element::Float(f16::from_f32(value).to_f32()),
        _ => Element::Int(rounded(value, dtype)),
    }
}

/// An integer (or truth value, as 0 and 1) as it is stored in a type.
pub fn store_integer(value: i128, dtype: DType) -> Element {
    match dtype {
        // An i64 that came from an i32 or u32 is exact in f64; one rounding remains.
        DType::F32 => Element::Float((value as f64) as f32),
        DType::F64 => Element::Double(value as f64),
        DType::F16 => Element::Float(f16::from_f64(value as f64).to_f32()),
        _ => Element::Int(saturated(value, dtype)),
    }
}

/// The place of an element in the sort order, in which −0.0 comes before +0.0 and NaN comes last.
pub fn rank(element: Element) -> i128 {
    match element {
        Element::Int(value) => value,
        Element::Float(value) if value.is_nan() => i128::MAX,
        Element::Float(value) if value.is_sign_negative() => -1 - i128::from((-value).to_bits()),
        Element::Float(value) => i128::from(value.to_bits()),
        Element::Double(value) if value.is_nan() => i128::MAX,
        Element::Double(value) if value.is_sign_negative() => -1 - i128::from((-value).to_bits()),
        Element::Double(value) => i128::from(value.to_bits()),
    }
}

/// The elements of host data.
pub fn elements(data: &HostData) -> Vec<Element> {
    fn whole<T: Copy + Into<i128>>(values: &[T]) -> Vec<Element> {
        values.iter().map(|&value| Element::Int(value.into())).collect()
    }
    match data {
        HostData::U8(values) => whole(values),
        HostData::I8(values) => whole(values),
        HostData::U16(values) => whole(values),
        HostData::I16(values) => whole(values),
        HostData::U32(values) => whole(values),
        HostData::I32(values) => whole(values),
        HostData::F32(values) => values.iter().map(|&value| Element::Float(value)).collect(),
        HostData::U64(values) => whole(values),
        HostData::I64(values) => whole(values),
        HostData::F64(values) => values.iter().map(|&value| Element::Double(value)).collect(),
        HostData::F16(values) => values.iter().map(|value| Element::Float(value.to_f32())).collect(),
    }
}

/// Elements as host data of their type.
pub fn host_data(dtype: DType, elements: &[Element]) -> HostData {
    let int = |element: &Element| match element {
        Element::Int(value) => *value,
        Element::Float(value) => *value as i128,
        Element::Double(value) => *value as i128,
    };
    let float = |element: &Element| match element {
        Element::Int(value) => *value as f32,
        Element::Float(value) => *value,
        Element::Double(value) => *value as f32,
    };
    let double = |element: &Element| match element {
        Element::Double(value) => *value,
        other => float(other).into(),
    };
    match dtype {
        DType::U8 => HostData::U8(elements.iter().map(|e| int(e) as u8).collect()),
        DType::I8 => HostData::I8(elements.iter().map(|e| int(e) as i8).collect()),
        DType::U16 => HostData::U16(elements.iter().map(|e| int(e) as u16).collect()),
        DType::I16 => HostData::I16(elements.iter().map(|e| int(e) as i16).collect()),
        DType::U32 => HostData::U32(elements.iter().map(|e| int(e) as u32).collect()),
        DType::I32 => HostData::I32(elements.iter().map(|e| int(e) as i32).collect()),
        DType::F32 => HostData::F32(elements.iter().map(float).collect()),
        DType::U64 => HostData::U64(elements.iter().map(|e| int(e) as u64).collect()),
        DType::I64 => HostData::I64(elements.iter().map(|e| int(e) as i64).collect()),
        DType::F64 => HostData::F64(elements.iter().map(double).collect()),
        DType::F16 => HostData::F16(elements.iter().map(|e| f16::from_f32(float(e))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_even_and_the_ends_saturate() {
        let cases = [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (-2.5, -2), (0.50001, 1), (f32::NAN, 0)];
        for (value, expected) in cases {
            assert_eq!(rounded(value, DType::I32), expected, "{value}");
        }
        assert_eq!(rounded(254.5, DType::U8), 254);
        assert_eq!(rounded(255.4, DType::U8), 255);
        assert_eq!(rounded(-0.6, DType::U8), 0);
        assert_eq!(rounded(f32::INFINITY, DType::U32), 4_294_967_295);
        assert_eq!(rounded(3e9, DType::I32), i128::from(i32::MAX));
    }

    #[test]
    fn the_sort_order_is_total() {
        let order = [f32::NEG_INFINITY, -1.0, -1e-45, -0.0, 0.0, 1e-45, 1.0, f32::MAX, f32::INFINITY, f32::NAN];
        for pair in order.windows(2) {
            assert!(rank(Element::Float(pair[0])) < rank(Element::Float(pair[1])), "{pair:?}");
        }
    }
}
