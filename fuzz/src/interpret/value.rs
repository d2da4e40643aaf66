//! Values of the IR's types, and how they are loaded and stored.

use kernwerk_codegen::ir::Type;
use kernwerk_runtime::DType;

use super::Stop;
use crate::element::{Element, rank, rounded, rounded_double, saturated, store_f32, store_integer};

/// A value while a function runs.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// Of type f32.
    F32(f32),
    /// Of type i32.
    I32(i32),
    /// Of type u32.
    U32(u32),
    /// Of type i64.
    I64(i64),
    /// A truth value.
    Bool(bool),
    /// Of type usize.
    Index(u64),
    /// Of the storage type of the image.
    Pixel(Element),
}

impl Value {
    /// An element as a body of that type sees it.
    pub(crate) fn loaded(element: Element, ty: Type) -> Result<Value, Stop> {
        Ok(match (ty, element) {
            (Type::F32, Element::Int(value)) => Value::F32(value as f32),
            (Type::F32, Element::Float(value)) => Value::F32(value),
            (Type::F32, Element::Double(value)) => Value::F32(value as f32),
            (Type::I32, Element::Int(value)) => Value::I32(saturated(value, DType::I32) as i32),
            (Type::I32, Element::Float(value)) => Value::I32(rounded(value, DType::I32) as i32),
            (Type::U32, Element::Int(value)) => Value::U32(saturated(value, DType::U32) as u32),
            (Type::U32, Element::Float(value)) => Value::U32(rounded(value, DType::U32) as u32),
            (Type::I32, Element::Double(value)) => Value::I32(rounded_double(value, DType::I32) as i32),
            (Type::U32, Element::Double(value)) => Value::U32(rounded_double(value, DType::U32) as u32),
            (Type::Bool, Element::Double(value)) => Value::Bool(value.is_nan() || value != 0.0),
            (Type::Bool, Element::Int(value)) => Value::Bool(value != 0),
            (Type::Bool, Element::Float(value)) => Value::Bool(value.is_nan() || value != 0.0),
            (Type::Pixel, element) => Value::Pixel(element),
            (ty, _) => return Err(Stop::Broken(format!("an image is loaded as {ty:?}"))),
        })
    }

    /// What a read outside the image gives under `constant`: the constant, converted as an f32 is stored.
    pub(crate) fn outside(constant: f32, ty: Type, pixel: DType) -> Result<Value, Stop> {
        match ty {
            Type::Pixel => Ok(Value::Pixel(match pixel {
                DType::F32 | DType::F16 => Element::Float(constant),
                _ => store_f32(constant, pixel),
            })),
            ty => Value::loaded(Element::Float(constant), ty),
        }
    }

    /// The value as it is stored.
    pub(crate) fn stored(self, dtype: DType) -> Result<Element, Stop> {
        Ok(match self {
            Value::F32(value) => store_f32(value, dtype),
            Value::I32(value) => store_integer(value.into(), dtype),
            Value::U32(value) => store_integer(value.into(), dtype),
            Value::Bool(value) => store_integer(value.into(), dtype),
            // Of type f32, or f16.
            Value::Pixel(Element::Float(value)) => store_f32(value, dtype),
            Value::Pixel(element) => element,
            other => return Err(Stop::Broken(format!("{other:?} is stored"))),
        })
    }

    /// The value as an element of a buffer or state, unchanged.
    pub(crate) fn raw(self) -> Result<Element, Stop> {
        Ok(match self {
            Value::F32(value) | Value::Pixel(Element::Float(value)) => Element::Float(value),
            Value::Pixel(element) => element,
            other => Element::Int(other.integer()?),
        })
    }

    /// An integer, as one of unlimited range.
    pub(crate) fn integer(self) -> Result<i128, Stop> {
        Ok(match self {
            Value::I32(value) => value.into(),
            Value::U32(value) => value.into(),
            Value::I64(value) => value.into(),
            Value::Index(value) => value.into(),
            Value::Bool(value) => value.into(),
            other => return Err(Stop::Broken(format!("{other:?} where an integer is needed"))),
        })
    }

    /// A truth value.
    pub(crate) fn truth(self) -> Result<bool, Stop> {
        match self {
            Value::Bool(value) => Ok(value),
            other => Err(Stop::Broken(format!("{other:?} where a truth value is needed"))),
        }
    }

    /// A float.
    pub(crate) fn float(self) -> Result<f32, Stop> {
        match self {
            Value::F32(value) => Ok(value),
            other => Err(Stop::Broken(format!("{other:?} where a float is needed"))),
        }
    }

    /// An integer of a type; `None` if it does not fit.
    pub(crate) fn of_type(value: i128, ty: Type) -> Option<Value> {
        Some(match ty {
            Type::I32 => Value::I32(value.try_into().ok()?),
            Type::U32 => Value::U32(value.try_into().ok()?),
            Type::I64 => Value::I64(value.try_into().ok()?),
            Type::Index => Value::Index(value.try_into().ok()?),
            _ => return None,
        })
    }

    /// An integer of a type, wrapped around.
    pub(crate) fn wrapped(value: i128, ty: Type) -> Result<Value, Stop> {
        Ok(match ty {
            Type::I32 => Value::I32(value as i32),
            Type::U32 => Value::U32(value as u32),
            Type::I64 => Value::I64(value as i64),
            Type::Index => Value::Index(value as u64),
            ty => return Err(Stop::Broken(format!("an integer of type {ty:?}"))),
        })
    }

    /// Its place in the sort order.
    pub(crate) fn rank(self) -> Result<i128, Stop> {
        Ok(match self {
            Value::F32(value) => rank(Element::Float(value)),
            Value::Pixel(element) => rank(element),
            other => other.integer()?,
        })
    }

    /// The value, with the one NaN for any.
    pub(crate) fn canonical(self) -> Value {
        match self {
            Value::F32(value) if value.is_nan() => Value::F32(f32::NAN),
            Value::Pixel(Element::Float(value)) if value.is_nan() => Value::Pixel(Element::Float(f32::NAN)),
            Value::Pixel(Element::Double(value)) if value.is_nan() => Value::Pixel(Element::Double(f64::NAN)),
            other => other,
        }
    }
}
