//! What each operation is shown with: images made from one picture, and values of parameters.

use std::cell::RefCell;
use std::collections::BTreeMap;

use kernwerk_codegen::ir::{ParamType, Type};
use kernwerk_runtime::{AnyExpr, AnyImage, Device, HostImage, OpInfo, OpKind, Outcome, Table, ValueMap, Work, apply};
use serde_json::{Map, Value as Json, json};

use super::ReferenceError;
use crate::view::{Contrast, Picture, Style, ViewOptions, montage, render};

/// Pixels between panels.
const GAP: usize = 4;
/// The most inputs and results that are shown.
const PANELS: usize = 4;
/// Larger results are not shown.
const LARGEST: usize = 512;
/// Smaller images, such as kernels, are enlarged to about this width.
const WIDTH: usize = 64;

/// What operations are shown with.
pub(crate) struct Examples {
    device: Device,
    /// How images other than the given one are made.
    images: Map<String, Json>,
    /// The image for an input of that name.
    roles: Map<String, Json>,
    /// Values for parameters of that name that count voxels, so that more is seen than with the default.
    values: Map<String, Json>,
    /// Inputs and parameters of single operations.
    operations: Map<String, Json>,
    known: Vec<&'static OpInfo>,
    made: RefCell<BTreeMap<String, AnyImage>>,
}

/// An operation's example, computed.
pub(crate) struct Shown {
    /// The names of the inputs and what they hold.
    inputs: Vec<(String, HostImage)>,
    /// The result.
    pub(crate) result: Result,
    /// The options of the command line.
    pub(crate) options: String,
    /// What runs, if that is known before.
    pub(crate) work: Work,
    /// Voxels of the first input.
    pub(crate) voxels: usize,
}

/// A result on the host.
pub(crate) enum Result {
    /// One or several images.
    Images(Vec<HostImage>),
    /// A number.
    Number(f64),
    /// A table.
    Table(Table),
}

impl Examples {
    /// The standard ones, and those of a file's text, which take their place.
    pub(crate) fn new(text: Option<&str>, known: &[&'static OpInfo]) -> std::result::Result<Examples, String> {
        let standard: Json = serde_json::from_str(include_str!("examples.json")).map_err(|error| error.to_string())?;
        let own: Json = match text {
            Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
            None => Json::Object(Map::new()),
        };
        let part = |name: &str| {
            let mut all = Map::new();
            for source in [&standard, &own] {
                all.extend(source[name].as_object().cloned().unwrap_or_default());
            }
            all
        };
        Ok(Examples {
            device: Device::cpu(),
            images: part("images"),
            roles: part("roles"),
            values: part("values"),
            operations: part("operations"),
            known: known.to_vec(),
            made: RefCell::default(),
        })
    }

    /// Computes the example of an operation.
    pub(crate) fn show(&self, op: &'static OpInfo, image: &HostImage) -> std::result::Result<Shown, ReferenceError> {
        let failed = |problem: String| ReferenceError::Example { operation: op.name.to_owned(), problem };
        let example = self.operations.get(op.name).cloned().unwrap_or_else(|| json!({}));
        let names = self.inputs_of(op, &example);
        let images = names.iter().map(|name| self.image(name, image)).collect::<std::result::Result<Vec<_>, _>>();
        let images = images.map_err(failed)?;
        let values = parameters_of(op, &example, &self.values);
        let expr = call(op, &images, &values).map_err(failed)?;
        let work = expr.work().map_err(|error| failed(error.to_string()))?;
        let outcome = expr.eval().map_err(|error| failed(error.to_string()))?;
        let host = |image: &AnyImage| image.download_host().map_err(|error| failed(error.to_string()));
        let result = match &outcome {
            Outcome::Image(image) => Result::Images(vec![host(image)?]),
            Outcome::Images(images) => Result::Images(images.iter().map(host).collect::<std::result::Result<_, _>>()?),
            Outcome::Scalar(number) => Result::Number(*number),
            Outcome::Table(table) => Result::Table(table.clone()),
        };
        let inputs = names.into_iter().zip(&images).map(|(name, image)| Ok((name, host(image)?)));
        Ok(Shown {
            voxels: images.first().map_or(1, AnyImage::voxels),
            inputs: inputs.collect::<std::result::Result<_, ReferenceError>>()?,
            result,
            options: options(&values),
            work,
        })
    }

    /// The names of the images that an operation gets.
    fn inputs_of(&self, op: &OpInfo, example: &Json) -> Vec<String> {
        if let Some(names) = example["inputs"].as_array() {
            return names.iter().map(|name| name.as_str().unwrap_or("image").to_owned()).collect();
        }
        let volume = example["volume"].as_bool() == Some(true) || matches!(op.kind, OpKind::ReduceAxis(..));
        let by_role = |(number, input): (usize, &kernwerk_runtime::InputInfo)| {
            let role = self.roles.get(input.name).and_then(Json::as_str);
            match (role, input.ty, number) {
                (Some(role), ..) => role,
                (None, Type::Bool, 0) => "mask",
                (None, Type::Bool, _) => "other mask",
                (None, _, 0) if volume => "volume",
                (None, _, 0) => "image",
                (None, Type::Pixel, _) => "other",
                _ => "blurred",
            }
            .to_owned()
        };
        op.inputs.iter().enumerate().map(by_role).collect()
    }

    /// The image of that name.
    fn image(&self, name: &str, given: &HostImage) -> std::result::Result<AnyImage, String> {
        if let Some(image) = self.made.borrow().get(name) {
            return Ok(image.clone());
        }
        let image = if name == "given" {
            self.device.upload_host(given).map_err(|error| error.to_string())?
        } else {
            let how = self.images.get(name).ok_or_else(|| format!("there is no image `{name}` in the examples"))?;
            self.made_as(how, given)?
        };
        self.made.borrow_mut().insert(name.to_owned(), image.clone());
        Ok(image)
    }

    /// An image that says how it is made: numbers, or an operation.
    fn made_as(&self, how: &Json, given: &HostImage) -> std::result::Result<AnyImage, String> {
        if let Some(rows) = how["numbers"].as_array() {
            let row = |row: &Json| -> Vec<f32> {
                row.as_array().into_iter().flatten().map(|value| value.as_f64().unwrap_or(0.0) as f32).collect()
            };
            let rows: Vec<Vec<f32>> = rows.iter().map(row).collect();
            let shape = [rows.len(), rows.first().map_or(0, Vec::len)];
            let axes = kernwerk_runtime::Axes::new("yx").map_err(|error| error.to_string())?;
            let host = HostImage::new(axes, &shape, kernwerk_runtime::HostData::F32(rows.concat()));
            let host = host.map_err(|error| error.to_string())?;
            return self.device.upload_host(&host).map_err(|error| error.to_string());
        }
        let name = how["operation"].as_str().ok_or("an image is made of `numbers` or by an `operation`")?;
        let op = kernwerk_kernels::find_among(&self.known, name).map_err(|error| error.to_string())?;
        let inputs = self.inputs_of(op, how);
        let images = inputs.iter().map(|name| self.image(name, given)).collect::<std::result::Result<Vec<_>, _>>()?;
        match call(op, &images, &parameters_of(op, how, &Map::new()))?.eval().map_err(|error| error.to_string())? {
            Outcome::Image(image) => Ok(image),
            Outcome::Images(images) => images.into_iter().next().ok_or_else(|| format!("`{name}` gave no image")),
            _ => Err(format!("`{name}` gives no image")),
        }
    }
}

/// The values that an example says, and some for parameters that have no default.
fn parameters_of(op: &OpInfo, example: &Json, usual: &Map<String, Json>) -> Map<String, Json> {
    let mut values = example["parameters"].as_object().cloned().unwrap_or_default();
    for param in op.params.iter().filter(|param| param.unit == Some("voxels")) {
        if let (Some(value), None) = (usual.get(param.name), example.get("parameters")) {
            values.insert(param.name.to_owned(), value.clone());
        }
    }
    for param in op.params.iter().filter(|param| param.default.is_none()) {
        let given = values.keys().any(|name| name.starts_with(param.name));
        if !given {
            let value = match param.ty {
                ParamType::F32 | ParamType::Pixel => json!(100),
                ParamType::Bool => json!(true),
                ParamType::Choice { names } => json!(names.first().copied().unwrap_or_default()),
                ParamType::U32 | ParamType::I32 => json!(2),
            };
            values.insert(param.name.to_owned(), value);
        }
    }
    values
}

fn call(op: &'static OpInfo, images: &[AnyImage], values: &Map<String, Json>) -> std::result::Result<AnyExpr, String> {
    let mut map = ValueMap::new(op);
    map.set_object(values).map_err(|error| error.to_string())?;
    let values = map.finish().map_err(|error| error.to_string())?;
    Ok(apply(op, images.iter().cloned().map(AnyExpr::image).collect(), values))
}

/// Values as the command line takes them.
fn options(values: &Map<String, Json>) -> String {
    let option = |(name, value): (&String, &Json)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let text = if text.contains(' ') || text.starts_with('[') { format!("\"{text}\"") } else { text };
        format!(" --{} {text}", name.replace('_', "-"))
    };
    values.iter().map(option).collect()
}

impl Shown {
    /// Inputs and results side by side; `None` if neither is an image worth looking at.
    pub(crate) fn picture(&self) -> std::result::Result<Option<Picture>, ReferenceError> {
        let Result::Images(results) = &self.result else { return Ok(None) };
        if !self.has_picture() {
            return Ok(None);
        }
        let inputs = self.inputs.iter().map(|(name, image)| panel(image, name.contains("label")));
        let results = results.iter().map(|image| panel(image, false));
        let mut panels = inputs.take(PANELS).collect::<std::result::Result<Vec<_>, _>>()?;
        panels.extend(results.take(PANELS).collect::<std::result::Result<Vec<_>, _>>()?);
        let columns = panels.len();
        Ok(Some(montage(&panels, columns, GAP)?))
    }

    /// Whether the results are images to look at, and not tables of numbers.
    pub(crate) fn has_picture(&self) -> bool {
        let small = |image: &HostImage| image.shape().iter().all(|&extent| extent <= LARGEST);
        matches!(&self.result, Result::Images(images) if images.iter().all(small))
    }

    /// What the panels show, from left to right.
    pub(crate) fn caption(&self) -> String {
        let inputs: Vec<&str> = self.inputs.iter().take(PANELS).map(|(name, _)| name.as_str()).collect();
        inputs.join(", ")
    }
}

fn panel(image: &HostImage, labels: bool) -> std::result::Result<Picture, ReferenceError> {
    let width = image.shape().last().copied().unwrap_or(1).max(1);
    let style = if labels { Style::Labels } else { Style::Auto };
    let scale = if width < WIDTH { (WIDTH / width).max(1) } else { 1 };
    let options = ViewOptions { style, contrast: Contrast::default(), scale, ..ViewOptions::default() };
    Ok(render(image, &options)?)
}
