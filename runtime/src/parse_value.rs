//! Parameter values from text and JSON, as a command line and scripts give them.
//!
//! A value per axis is written `[z, y, x]`, in the order of array shapes, or as an object `{"x": 1}`; the names `sigma_x`,
//! `sigma_y`, `sigma_z` set one axis and leave the others as they are given or by default.

use kernwerk_codegen::ir::{Axis, Param, ParamType};
use serde_json::{Map, Value as Json};

use crate::arguments::{Value, check, check_or_keep_length, default, problem, wanted};
use crate::lang::{Number, PerAxis};
use crate::length::Length;
use crate::op::OpInfo;
use crate::{Error, Result};

/// Collects the values of an operation's parameters by name.
#[derive(Clone, Debug)]
pub struct ValueMap {
    op: &'static str,
    params: &'static [Param],
    values: Vec<Option<Value>>,
    /// What single axes are set to, in the order x, y, z.
    axes: Vec<[Option<Value>; 3]>,
}

impl ValueMap {
    /// No values yet.
    pub fn new(op: &'static OpInfo) -> ValueMap {
        let count = op.params.len();
        ValueMap { op: op.name, params: op.params, values: vec![None; count], axes: vec![[const { None }; 3]; count] }
    }

    /// Sets a parameter, or one axis of it (`sigma_x`), from text. `-` in the name counts as `_`.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] with the nearest names, [`Error::Parameter`] if the text is no such value.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<()> {
        let (index, axis) = self.find(name)?;
        let param = &self.params[index];
        match axis {
            None => {
                self.values[index] = Some(check_or_keep_length(self.op, param, &from_text(self.op, param, text)?)?);
            }
            Some(axis) => self.axes[index][axis.index()] = Some(number(self.op, param, text)?),
        }
        Ok(())
    }

    /// Sets a parameter, or one axis of it (`sigma_x`), from JSON.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`] with the nearest names, [`Error::Parameter`] if the JSON is no such value.
    pub fn set_json(&mut self, name: &str, json: &Json) -> Result<()> {
        let (index, axis) = self.find(name)?;
        let param = &self.params[index];
        match (axis, json) {
            (Some(axis), json) => self.axes[index][axis.index()] = Some(json_number(self.op, param, json)?),
            (None, Json::Object(axes)) if param.per_axis => {
                for (letter, json) in axes {
                    let axis = Axis::ALL.into_iter().find(|axis| axis.name() == letter);
                    let axis = axis.ok_or_else(|| {
                        let remedy = format!("use the axes x, y and z: {}", wanted(param));
                        problem(self.op, param, &Json::Object(axes.clone()), format!("`{letter}` is no axis"), remedy)
                    })?;
                    self.axes[index][axis.index()] = Some(json_number(self.op, param, json)?);
                }
            }
            (None, json) => {
                self.values[index] = Some(check_or_keep_length(self.op, param, &from_json(self.op, param, json)?)?);
            }
        }
        Ok(())
    }

    /// Sets every parameter of a JSON object.
    ///
    /// # Errors
    /// As [`set_json`](Self::set_json).
    pub fn set_object(&mut self, object: &Map<String, Json>) -> Result<()> {
        object.iter().try_for_each(|(name, json)| self.set_json(name, json))
    }

    /// The values in the order of the parameters, as [`apply`](crate::apply) takes them.
    ///
    /// # Errors
    /// [`Error::Parameter`] if single axes of a parameter are set, but not all of them, and it has no default.
    pub fn finish(self) -> Result<Vec<Option<Value>>> {
        let ValueMap { op, params, values, axes } = self;
        let one = |((param, value), axes): ((&Param, Option<Value>), [Option<Value>; 3])| {
            if axes.iter().all(Option::is_none) {
                return Ok(value);
            }
            let base = match value {
                None if axes.iter().all(Option::is_some) => Value::U32(0),
                None => default(op, param).map_err(|_| {
                    let (name, missing) = (param.name, missing_axes(&axes));
                    let remedy = format!("give `{name}`, or {missing} too");
                    problem(op, param, &"given for some axes only", "it has no default", remedy)
                })?,
                Some(value) => value,
            };
            let merged = merge(param, &base, &axes).ok_or_else(|| {
                problem(op, param, &base, "it has one value for all axes", format!("give {}", wanted(param)))
            })?;
            check(op, param, &merged).map(Some)
        };
        params.iter().zip(values).zip(axes).map(one).collect()
    }

    /// The parameter of that name and, if the name ends in one, the axis.
    fn find(&self, name: &str) -> Result<(usize, Option<Axis>)> {
        let name = name.replace('-', "_");
        let position = |name: &str| self.params.iter().position(|param| param.name == name);
        if let Some(index) = position(&name) {
            return Ok((index, None));
        }
        for axis in Axis::ALL {
            let stem = name.strip_suffix(axis.name()).and_then(|name| name.strip_suffix('_'));
            if let Some(index) = stem.and_then(position).filter(|&index| self.params[index].per_axis) {
                return Ok((index, Some(axis)));
            }
        }
        let names = || self.params.iter().map(|param| param.name);
        Err(Error::UnknownParameter {
            operation: self.op.into(),
            remedy: match nearest(&name, names()) {
                Some(nearest) => {
                    format!("did you mean `{nearest}`? It takes: {}", names().collect::<Vec<_>>().join(", "))
                }
                None if self.params.is_empty() => "it takes no parameters".into(),
                None => format!("it takes: {}", names().collect::<Vec<_>>().join(", ")),
            },
            parameter: name,
        })
    }
}

fn missing_axes(axes: &[Option<Value>; 3]) -> String {
    let missing = Axis::ALL.into_iter().filter(|axis| axes[axis.index()].is_none());
    missing.map(|axis| format!("its value along {}", axis.name())).collect::<Vec<_>>().join(" and ")
}

/// A value per axis with single axes replaced.
fn merge(param: &Param, base: &Value, axes: &[Option<Value>; 3]) -> Option<Value> {
    let number = |value: &Value| match *value {
        Value::F32(number) => Some(f64::from(number)),
        Value::U32(number) => Some(f64::from(number)),
        Value::I32(number) => Some(f64::from(number)),
        _ => None,
    };
    let base = match base {
        Value::PerAxisF32(v) => [v.x, v.y, v.z].map(f64::from),
        Value::PerAxisU32(v) => [v.x, v.y, v.z].map(f64::from),
        one => [number(one)?; 3],
    };
    let mut merged = base;
    for (merged, axis) in merged.iter_mut().zip(axes) {
        if let Some(value) = axis {
            *merged = number(value)?;
        }
    }
    let [x, y, z] = merged;
    Some(match param.ty {
        ParamType::U32 => Value::PerAxisU32(PerAxis { x: x as u32, y: y as u32, z: z as u32 }),
        _ => Value::PerAxisF32(PerAxis { x: x as f32, y: y as f32, z: z as f32 }),
    })
}

/// A value of a parameter from text: `2`, `1.5`, `true`, `sphere`, `[1, 2, 3]` (z, y, x), `1.5um`, `[2um, 1um, 1um]`.
///
/// # Errors
/// [`Error::Parameter`] if the text is no such value, with what would be one.
pub(crate) fn from_text(operation: &str, param: &Param, text: &str) -> Result<Value> {
    let text = text.trim();
    if let (ParamType::F32 | ParamType::U32, Some(length)) = (param.ty, Length::parse(text)) {
        return Ok(Value::Length(length));
    }
    let wrong = |what: &str| problem(operation, param, &text, what, format!("give {}", wanted(param)));
    match param.ty {
        ParamType::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(wrong("that is neither true nor false")),
        },
        ParamType::Choice { names } => choice(operation, param, names, text),
        _ if !param.per_axis => number(operation, param, text),
        _ => {
            let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            let numbers: Vec<f64> =
                inner.split(',').map(|one| parse_number(operation, param, one)).collect::<Result<_>>()?;
            per_axis(&numbers, param).ok_or_else(|| wrong("it needs one value, or three: z, y, x"))
        }
    }
}

/// A value of a parameter from JSON: a number, text, a truth value, or `[z, y, x]`.
///
/// # Errors
/// [`Error::Parameter`] if the JSON is no such value, with what would be one.
pub(crate) fn from_json(operation: &str, param: &Param, json: &Json) -> Result<Value> {
    let wrong = |what: &str| problem(operation, param, json, what, format!("give {}", wanted(param)));
    match json {
        Json::Bool(value) if param.ty == ParamType::Bool => Ok(Value::Bool(*value)),
        Json::Number(_) => json_number(operation, param, json),
        Json::String(text) => from_text(operation, param, text),
        Json::Array(values) if param.per_axis => {
            let texts: Option<Vec<&str>> = values.iter().map(Json::as_str).collect();
            if let Some(length) = texts.and_then(|texts| Length::parse(&texts.join(","))) {
                return Ok(Value::Length(length));
            }
            let numbers: Option<Vec<f64>> = values.iter().map(Json::as_f64).collect();
            let numbers = numbers.ok_or_else(|| wrong("not all of that are numbers"))?;
            per_axis(&numbers, param).ok_or_else(|| wrong("it needs one value, or three: z, y, x"))
        }
        Json::Array(_) | Json::Object(_) if !param.per_axis => Err(wrong("it has one value")),
        _ => Err(wrong("that is not what it takes")),
    }
}

/// Numbers as z, y, x. They keep their fractions and signs, so that `check` sees them.
fn per_axis(numbers: &[f64], param: &Param) -> Option<Value> {
    match *numbers {
        [one] => Some(Value::Pixel(one.into())),
        [z, y, x] if param.ty == ParamType::U32 => exact_u32([x, y, z]).or(Some(as_f32([x, y, z]))),
        [z, y, x] => Some(as_f32([x, y, z])),
        _ => None,
    }
}

fn exact_u32(xyz: [f64; 3]) -> Option<Value> {
    let fits = |number: f64| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    let [x, y, z] = xyz.map(|number| number as u32);
    xyz.into_iter().all(fits).then_some(Value::PerAxisU32(PerAxis { x, y, z }))
}

fn as_f32(xyz: [f64; 3]) -> Value {
    let [x, y, z] = xyz.map(|number| number as f32);
    Value::PerAxisF32(PerAxis { x, y, z })
}

fn choice(operation: &str, param: &Param, names: &[&str], text: &str) -> Result<Value> {
    names.iter().position(|name| name.eq_ignore_ascii_case(text)).map(Value::Choice).ok_or_else(|| {
        let remedy = match nearest(text, names.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`? It takes {}", wanted(param)),
            None => format!("give {}", wanted(param)),
        };
        problem(operation, param, &format!("`{text}`"), "there is no such choice", remedy)
    })
}

/// One number, checked against the parameter, as one value even where the parameter has one per axis.
fn number(operation: &str, param: &Param, text: &str) -> Result<Value> {
    let number = parse_number(operation, param, text)?;
    // Whole numbers beyond 2⁵³ are exact.
    one_value(operation, param, Number::parse(text.trim()).unwrap_or(number.into()))
}

fn json_number(operation: &str, param: &Param, json: &Json) -> Result<Value> {
    match json {
        Json::Number(number) if number.as_f64().is_some() => {
            let whole = number.as_u64().map(Number::from).or(number.as_i64().map(Number::from));
            one_value(operation, param, whole.unwrap_or(number.as_f64().unwrap_or(f64::NAN).into()))
        }
        Json::String(text) => number(operation, param, text),
        _ => Err(problem(operation, param, json, "that is no number", format!("give {}", wanted(param)))),
    }
}

fn one_value(operation: &str, param: &Param, number: Number) -> Result<Value> {
    let one = Param { per_axis: false, ..*param };
    check(operation, &one, &Value::Pixel(number))
}

fn parse_number(operation: &str, param: &Param, text: &str) -> Result<f64> {
    let text = text.trim();
    text.parse().map_err(|_| {
        problem(operation, param, &format!("`{text}`"), "that is no number", format!("give {}", wanted(param)))
    })
}

/// The name that was probably meant.
fn nearest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(&given.to_ascii_lowercase(), &name.to_ascii_lowercase());
    let rated = names.map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness > 0.7);
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::op::{OpKind, OutputInfo};

    const PARAM: Param = Param {
        name: "sigma",
        per_axis: true,
        ty: ParamType::F32,
        default: Some("1"),
        min: Some(0.0),
        max: None,
        optional: false,
        unit: None,
        specialized: false,
    };

    static OP: OpInfo = OpInfo {
        name: "op",
        aliases: &[],
        family: "test",
        doc: "",
        source: "",
        inputs: &[],
        params: &[
            PARAM,
            Param { name: "radius", ty: ParamType::U32, default: None, ..PARAM },
            Param { name: "value", ty: ParamType::Pixel, per_axis: false, min: None, ..PARAM },
            Param { name: "shape", ty: ParamType::Choice { names: &["sphere", "box"] }, per_axis: false, ..PARAM },
            Param { name: "dark", ty: ParamType::Bool, per_axis: false, default: Some("false"), ..PARAM },
        ],
        output: OutputInfo::Scalar,
        kind: OpKind::Composite(|_, _, _| {
            Ok(crate::AnyExpr::failed(crate::Error::UnknownOperation { name: String::new(), nearest: Vec::new() }))
        }),
    };

    fn text(pairs: &[(&str, &str)]) -> Result<Vec<Option<Value>>> {
        let mut map = ValueMap::new(&OP);
        pairs.iter().try_for_each(|(name, text)| map.set_text(name, text))?;
        map.finish()
    }

    fn object(json: Json) -> Result<Vec<Option<Value>>> {
        let mut map = ValueMap::new(&OP);
        map.set_object(json.as_object().unwrap())?;
        map.finish()
    }

    fn sigma(x: f32, y: f32, z: f32) -> Option<Value> {
        Some(Value::PerAxisF32(PerAxis { x, y, z }))
    }

    #[test]
    fn text_and_json_agree() {
        let radius = Some(Value::PerAxisU32(PerAxis { x: 3, y: 2, z: 1 }));
        let expected = vec![
            sigma(1.5, 1.5, 1.5),
            radius,
            Some(Value::Pixel(7.into())),
            Some(Value::Choice(1)),
            Some(Value::Bool(true)),
        ];
        let from_text =
            text(&[("sigma", "1.5"), ("radius", "[1, 2, 3]"), ("value", "7"), ("shape", "Box"), ("dark", "true")]);
        assert_eq!(from_text.unwrap(), expected);
        let from_json = object(json!({"sigma": 1.5, "radius": [1, 2, 3], "value": 7, "shape": "box", "dark": true}));
        assert_eq!(from_json.unwrap(), expected);
        assert_eq!(text(&[("radius", "1,2,3")]).unwrap()[1], expected[1]);
        assert_eq!(text(&[]).unwrap(), [const { None }; 5]);
    }

    #[test]
    fn single_axes_override() {
        assert_eq!(text(&[("sigma-x", "2")]).unwrap()[0], sigma(2.0, 1.0, 1.0));
        assert_eq!(text(&[("sigma_z", "0"), ("sigma", "3")]).unwrap()[0], sigma(3.0, 3.0, 0.0));
        assert_eq!(object(json!({"sigma": {"y": 4}})).unwrap()[0], sigma(1.0, 4.0, 1.0));
        let all = text(&[("radius_x", "1"), ("radius_y", "2"), ("radius_z", "3")]).unwrap();
        assert_eq!(all[1], Some(Value::PerAxisU32(PerAxis { x: 1, y: 2, z: 3 })));
        let some = text(&[("radius_x", "1"), ("radius_y", "2")]).unwrap_err().to_string();
        assert!(some.contains("its value along z too"), "{some}");
    }

    #[test]
    fn mistakes_are_explained() {
        let message = |pairs: &[(&str, &str)]| text(pairs).unwrap_err().to_string();
        for (name, value, expected) in [
            ("sigma", "nan", "it has to be a finite number; give a number from 0 on"),
            ("sigma", "-1", "the smallest value is 0"),
            ("sigma", "two", "is `two`, but that is no number"),
            ("sigma", "[1, 2]", "it needs one value, or three: z, y, x"),
            ("radius", "1.5", "it has to be a whole number"),
            ("radius", "-1", "the smallest value is 0"),
            ("radius", "[1, 2.5, 3]", "it has to be a whole number"),
            ("radius_x", "2.5", "it has to be a whole number"),
            ("shape", "spere", "did you mean `sphere`?"),
            ("dark", "maybe", "neither true nor false"),
            ("sgima", "1", "there is no parameter `sgima`; did you mean `sigma`?"),
            ("value_x", "1", "there is no parameter `value_x`"),
        ] {
            let message = message(&[(name, value)]);
            assert!(message.contains(expected), "{name}={value}: {message}");
        }
        for json in
            [json!({"sigma": {"w": 1}}), json!({"radius": 1.5}), json!({"value": [1, 2, 3]}), json!({"dark": 1})]
        {
            assert!(matches!(object(json.clone()), Err(Error::Parameter { .. })), "{json}");
        }
    }
}
