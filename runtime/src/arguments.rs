//! The values of an operation's parameters: what callers give, checked against what the operation declares.
//!
//! In: [`Value`]s, typed ones from the wrappers or texts from a command line. Out: [`Arguments`], which kernels and host
//! functions read by position. Invariant: `Arguments` made by [`Arguments::bind`] hold one value per parameter, each of
//! the parameter's own type, finite and within its range.

use std::fmt;

use kernwerk_codegen::ir::{DType, Param, ParamType};

use crate::lang::{Number, PerAxis, Pixel};
use crate::length::{self, Length};
use crate::op::OpInfo;
use crate::{Error, Result, parse_value};

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A floating-point number.
    F32(f32),
    /// A signed integer.
    I32(i32),
    /// An unsigned integer.
    U32(u32),
    /// A truth value.
    Bool(bool),
    /// A number of the image's own type, exactly.
    Pixel(Number),
    /// One of the parameter's names, by position.
    Choice(usize),
    /// A number per axis.
    PerAxisF32(PerAxis<f32>),
    /// An unsigned integer per axis.
    PerAxisU32(PerAxis<u32>),
    /// A length, for a parameter that counts voxels; the voxel size of the first image says how many, when the expression is evaluated.
    Length(Length),
    /// Any of these as text (`2`, `true`, `[1, 2, 3]`, `sphere`, `1.5um`); read when the expression is evaluated.
    Text(String),
}

macro_rules! value_from {
    ($($ty:ty => $variant:ident),* $(,)?) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Value {
                Value::$variant(value.into())
            }
        }
    )*};
}
value_from!(
    f32 => F32, i32 => I32, u32 => U32, bool => Bool, f64 => Pixel, u8 => Pixel, i8 => Pixel, u16 => Pixel, i16 => Pixel, u64 => Pixel,
    i64 => Pixel, Number => Pixel,
    PerAxis<f32> => PerAxisF32, PerAxis<u32> => PerAxisU32, &str => Text, String => Text,
);

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::F32(value) => write!(f, "{value}"),
            Value::I32(value) => write!(f, "{value}"),
            Value::U32(value) => write!(f, "{value}"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Pixel(value) => write!(f, "{value}"),
            Value::Choice(value) => write!(f, "choice {value}"),
            Value::PerAxisF32(value) => write!(f, "[{}, {}, {}]", value.z, value.y, value.x),
            Value::PerAxisU32(value) => write!(f, "[{}, {}, {}]", value.z, value.y, value.x),
            Value::Length(length) => length.fmt(f),
            Value::Text(text) => f.write_str(text),
        }
    }
}

/// The values of all parameters of an operation, in the order of its signature.
///
/// The accessors are for code that is generated from the same signature; asking for a parameter that does not exist, or
/// with the wrong type, is a mistake in that code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments(Vec<Value>);

macro_rules! accessor {
    ($(#[$meta:meta])* $name:ident: $variant:ident($ty:ty)) => {
        $(#[$meta])*
        ///
        /// # Panics
        /// If the parameter has another type.
        pub fn $name(&self, parameter: usize) -> $ty {
            match self.0.get(parameter) {
                Some(Value::$variant(value)) => *value,
                other => wrong_accessor(stringify!($name), parameter, other),
            }
        }
    };
}

impl Arguments {
    /// Arguments from values that already have the types of the parameters.
    pub fn new(values: Vec<Value>) -> Arguments {
        Arguments(values)
    }

    /// The values, in the order of the parameters.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    accessor!(
        /// The number at that position.
        f32: F32(f32)
    );
    accessor!(
        /// The signed integer at that position.
        i32: I32(i32)
    );
    accessor!(
        /// The unsigned integer at that position.
        u32: U32(u32)
    );
    accessor!(
        /// The truth value at that position.
        bool: Bool(bool)
    );
    accessor!(
        /// The choice at that position, as the position of its name.
        choice: Choice(usize)
    );
    accessor!(
        /// The numbers per axis at that position.
        per_axis_f32: PerAxisF32(PerAxis<f32>)
    );
    accessor!(
        /// The integers per axis at that position.
        per_axis_u32: PerAxisU32(PerAxis<u32>)
    );

    /// The number of the image's own type at that position.
    ///
    /// # Panics
    /// If the parameter has another type.
    pub fn pixel<T: Pixel>(&self, parameter: usize) -> T {
        match self.0.get(parameter) {
            Some(Value::Pixel(value)) => T::from_number(*value),
            other => wrong_accessor("pixel", parameter, other),
        }
    }

    /// Checks the values that a caller gave and fills in the defaults.
    ///
    /// `positional` are in the order of the parameters, `None` where the caller says nothing; `named` come after and win.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value that does not fit or is missing, [`Error::UnknownParameter`] for a name that the
    /// operation does not have.
    pub fn bind(op: &OpInfo, positional: &[Option<Value>], named: &[(String, Value)]) -> Result<Arguments> {
        if positional.len() > op.params.len() {
            return Err(Error::Unsupported {
                operation: op.name.into(),
                problem: format!("{} values are given for {} parameters", positional.len(), op.params.len()),
                remedy: "give one value per parameter".into(),
            });
        }
        for (name, _) in named {
            op.param_index(name)?;
        }
        let values = op.params.iter().enumerate().map(|(index, param)| {
            let by_name = named.iter().rev().find(|(name, _)| name == param.name).map(|(_, value)| value);
            match by_name.or_else(|| positional.get(index).and_then(Option::as_ref)) {
                Some(value) => check(op.name, param, value),
                None => default(op.name, param),
            }
        });
        Ok(Arguments(values.collect::<Result<_>>()?))
    }

    /// Checks the values of a call as far as they can be checked before its images are known: lengths may turn out too long.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn check_values(op: &OpInfo, values: &[Option<Value>]) -> Result<()> {
        op.params.iter().enumerate().try_for_each(|(index, param)| {
            match values.get(index).and_then(Option::as_ref) {
                Some(value) => check_or_keep_length(op.name, param, value),
                None => default(op.name, param),
            }
            .map(drop)
        })
    }

    /// Checks that every number of the image's own type can be stored in that type.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first that cannot.
    pub fn check_pixel(&self, operation: &str, params: &[Param], pixel: DType) -> Result<()> {
        for (param, value) in params.iter().zip(&self.0) {
            let Value::Pixel(number) = *value else { continue };
            let (low, high) = limits(pixel);
            let fits = low <= number && number <= high && (!pixel.is_integer() || number.is_whole());
            if !fits {
                let whole = if pixel.is_integer() { "whole " } else { "" };
                return Err(problem(
                    operation,
                    param,
                    value,
                    format!("the image has elements of type {pixel}, which cannot hold that value"),
                    format!("give a {whole}number between {low} and {high}, or convert the image first"),
                ));
            }
        }
        Ok(())
    }
}

impl From<Vec<Value>> for Arguments {
    fn from(values: Vec<Value>) -> Arguments {
        Arguments(values)
    }
}

#[cold]
fn wrong_accessor(accessor: &str, parameter: usize, found: Option<&Value>) -> ! {
    panic!("the operation's code reads parameter {parameter} with `{accessor}`, but it is {found:?}")
}

/// Checks one value against its parameter and gives it the parameter's type.
///
/// # Errors
/// [`Error::Parameter`] if it does not fit, with what would.
pub fn check(operation: &str, param: &Param, value: &Value) -> Result<Value> {
    let numbers = match (value, param.ty) {
        (Value::Text(text), _) => {
            let parsed = parse_value::from_text(operation, param, text)?;
            return check(operation, param, &parsed);
        }
        (Value::Bool(_), ParamType::Bool) => return Ok(value.clone()),
        (Value::Choice(choice), ParamType::Choice { names }) if *choice < names.len() => return Ok(value.clone()),
        (_, ParamType::Bool | ParamType::Choice { .. }) => return Err(wrong_kind(operation, param, value)),
        // Of the image's own type: its range is checked where the type is known.
        (Value::Pixel(number @ Number::Whole(_)), ParamType::Pixel) if !param.per_axis => {
            check_number(operation, param, value, number.to_f64())?;
            return Ok(value.clone());
        }
        (Value::F32(number), _) => [f64::from(*number); 3],
        (Value::I32(number), _) => [f64::from(*number); 3],
        (Value::U32(number), _) => [f64::from(*number); 3],
        (Value::Pixel(number), _) => [number.to_f64(); 3],
        (Value::PerAxisF32(v), _) if param.per_axis => [v.x, v.y, v.z].map(f64::from),
        (Value::PerAxisU32(v), _) if param.per_axis => [v.x, v.y, v.z].map(f64::from),
        _ => return Err(wrong_kind(operation, param, value)),
    };
    for number in numbers {
        check_number(operation, param, value, number)?;
    }
    let [x, y, z] = numbers;
    Ok(match (param.ty, param.per_axis) {
        (ParamType::F32, true) => Value::PerAxisF32(PerAxis { x: x as f32, y: y as f32, z: z as f32 }),
        (ParamType::F32, false) => Value::F32(x as f32),
        (ParamType::U32, true) => Value::PerAxisU32(PerAxis { x: x as u32, y: y as u32, z: z as u32 }),
        (ParamType::U32, false) => Value::U32(x as u32),
        (ParamType::I32, false) => Value::I32(x as i32),
        (ParamType::Pixel, false) => Value::Pixel(x.into()),
        _ => return Err(wrong_kind(operation, param, value)),
    })
}

/// As [`check`], where the voxel size is not known yet: a length stays one.
pub(crate) fn check_or_keep_length(operation: &str, param: &Param, value: &Value) -> Result<Value> {
    match value {
        Value::Length(_) if length::accepts(param) => Ok(value.clone()),
        Value::Length(length) => {
            let remedy = format!("give {}", wanted(param));
            Err(problem(operation, param, length, "it does not count voxels, and takes no lengths", remedy))
        }
        _ => check(operation, param, value),
    }
}

/// The value of a parameter that the caller does not give.
///
/// # Errors
/// [`Error::Parameter`] if it has no default.
pub fn default(operation: &str, param: &Param) -> Result<Value> {
    match param.default {
        Some(text) => check(operation, param, &parse_value::from_text(operation, param, text)?),
        None => Err(Error::Parameter {
            operation: operation.into(),
            parameter: param.name.into(),
            value: "not given".into(),
            problem: "it has no default".into(),
            remedy: format!("give {}", wanted(param)),
        }),
    }
}

/// What the parameter accepts, in words: `a whole number from 0 on, or one per axis`.
pub fn wanted(param: &Param) -> String {
    let kind = match param.ty {
        ParamType::F32 | ParamType::Pixel => "a number",
        ParamType::I32 | ParamType::U32 => "a whole number",
        ParamType::Bool => "true or false",
        ParamType::Choice { names } => return format!("one of {}", names.join(", ")),
    };
    let min = param.min.or((param.ty == ParamType::U32).then_some(0.0));
    let range = match (min, param.max) {
        (Some(min), Some(max)) => format!(" between {min} and {max}"),
        (Some(min), None) => format!(" from {min} on"),
        (None, Some(max)) => format!(" up to {max}"),
        (None, None) => String::new(),
    };
    let per_axis = if param.per_axis { ", or one per axis as [z, y, x]" } else { "" };
    let length = if length::accepts(param) { "; or a length as 1.5um" } else { "" };
    format!("{kind}{range}{per_axis}{length}")
}

/// An error about a value of this parameter.
pub(crate) fn problem(
    operation: &str,
    param: &Param,
    value: &impl fmt::Display,
    problem: impl Into<String>,
    remedy: impl Into<String>,
) -> Error {
    Error::Parameter {
        operation: operation.into(),
        parameter: param.name.into(),
        value: value.to_string(),
        problem: problem.into(),
        remedy: remedy.into(),
    }
}

fn wrong_kind(operation: &str, param: &Param, value: &Value) -> Error {
    let one_value = matches!(value, Value::PerAxisF32(_) | Value::PerAxisU32(_)) && !param.per_axis;
    let what = if one_value { "it has one value, not one per axis" } else { "that is not what it takes" };
    problem(operation, param, value, what, format!("give {}", wanted(param)))
}

fn check_number(operation: &str, param: &Param, value: &Value, number: f64) -> Result<()> {
    let integer = matches!(param.ty, ParamType::I32 | ParamType::U32);
    let (low, high) = match param.ty {
        ParamType::U32 => limits(DType::U32),
        ParamType::I32 => limits(DType::I32),
        ParamType::Pixel => limits(DType::F64),
        _ => limits(DType::F32),
    };
    let (low, high) = (low.to_f64(), high.to_f64());
    let what = if !number.is_finite() || (!integer && !(low..=high).contains(&number)) {
        "it has to be a finite number".to_owned()
    } else if integer && number.fract() != 0.0 {
        "it has to be a whole number".to_owned()
    } else if let Some(min) = param.min.filter(|&min| number < min) {
        format!("the smallest value is {min}")
    } else if let Some(max) = param.max.filter(|&max| number > max) {
        format!("the largest value is {max}")
    } else if number < low {
        format!("the smallest value is {low}")
    } else if number > high {
        format!("the largest value is {high}")
    } else {
        return Ok(());
    };
    Err(problem(operation, param, value, what, format!("give {}", wanted(param))))
}

/// The smallest and the largest finite number of a storage type.
pub(crate) fn limits(dtype: DType) -> (Number, Number) {
    match dtype {
        DType::U8 => (0.into(), u8::MAX.into()),
        DType::I8 => (i8::MIN.into(), i8::MAX.into()),
        DType::U16 => (0.into(), u16::MAX.into()),
        DType::I16 => (i16::MIN.into(), i16::MAX.into()),
        DType::U32 => (0.into(), u32::MAX.into()),
        DType::I32 => (i32::MIN.into(), i32::MAX.into()),
        DType::F32 => (f32::MIN.into(), f32::MAX.into()),
        DType::U64 => (0.into(), u64::MAX.into()),
        DType::I64 => (i64::MIN.into(), i64::MAX.into()),
        DType::F64 => (f64::MIN.into(), f64::MAX.into()),
        DType::F16 => ((-65504).into(), 65504.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGMA: Param = Param {
        name: "sigma",
        per_axis: true,
        ty: ParamType::F32,
        default: Some("1.5"),
        min: Some(0.0),
        max: None,
        optional: false,
        unit: None,
        specialized: false,
    };
    const RADIUS: Param = Param { name: "radius", ty: ParamType::U32, default: None, min: None, ..SIGMA };
    const VALUE: Param = Param { name: "value", ty: ParamType::Pixel, per_axis: false, min: None, ..SIGMA };

    fn message(param: &Param, value: impl Into<Value>) -> String {
        check("op", param, &value.into()).map_or_else(|error| error.to_string(), |value| format!("accepted {value:?}"))
    }

    #[test]
    fn one_value_serves_all_axes() {
        assert_eq!(check("op", &SIGMA, &2.into()).unwrap(), Value::PerAxisF32(PerAxis { x: 2.0, y: 2.0, z: 2.0 }));
        assert_eq!(check("op", &RADIUS, &2.0f32.into()).unwrap(), Value::PerAxisU32(PerAxis { x: 2, y: 2, z: 2 }));
    }

    #[test]
    fn each_mistake_has_its_remedy() {
        assert_eq!(
            message(&SIGMA, -1.0f32),
            "op: parameter `sigma` is -1, but the smallest value is 0; give a number from 0 on, or one per axis as \
             [z, y, x]"
        );
        assert!(message(&SIGMA, f32::NAN).contains("is NaN, but it has to be a finite number"));
        assert!(message(&SIGMA, PerAxis { x: 0.0, y: f32::INFINITY, z: 0.0 }).contains("finite"));
        assert!(message(&SIGMA, 1e300).contains("finite"));
        assert!(message(&RADIUS, -1).contains("is -1, but the smallest value is 0; give a whole number from 0 on"));
        assert!(message(&RADIUS, 1.5f32).contains("whole number"));
        assert!(message(&RADIUS, true).contains("not what it takes"));
        assert!(message(&VALUE, PerAxis { x: 0.0, y: 0.0, z: 0.0 }).contains("one value, not one per axis"));
    }

    #[test]
    fn defaults_come_from_their_text() {
        assert_eq!(default("op", &SIGMA).unwrap(), Value::PerAxisF32(PerAxis { x: 1.5, y: 1.5, z: 1.5 }));
        let missing = default("op", &RADIUS).unwrap_err().to_string();
        assert!(missing.contains("`radius` is not given, but it has no default; give a whole number"), "{missing}");
    }

    #[test]
    fn a_pixel_value_has_to_fit_the_image() {
        let arguments = |value: f64| Arguments::new(vec![Value::Pixel(value.into())]);
        let fits = |value, dtype| arguments(value).check_pixel("op", &[VALUE], dtype);
        assert!(fits(255.0, DType::U8).is_ok());
        assert!(fits(-0.0, DType::U8).is_ok());
        assert!(fits(0.1, DType::F32).is_ok());
        assert!(fits(4_294_967_295.0, DType::U32).is_ok());
        for (value, dtype) in [(256.0, DType::U8), (-1.0, DType::U16), (0.5, DType::I16), (1e39, DType::F32)] {
            let error = fits(value, dtype).unwrap_err().to_string();
            assert!(error.contains("cannot hold that value; give a "), "{error}");
        }
    }
}
