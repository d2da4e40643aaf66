//! Evaluates an expression and delivers its result: an image to a file or a picture, a number or table to a file or stdout.
//!
//! Invariant: what the command line alone shows to be wrong about the destination is found before anything is computed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::io::{self, Column, IoError, TableData, WriteOptions};
use crate::view::{self, ViewOptions};
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use kernwerk_runtime::{AnyExpr, AnyImage, Boundary, ColumnValues, OpInfo, Outcome, OutputInfo, Table};
use serde_json::{Map, Value as Json, json};

use super::failure::Failure;
use super::images::Images;
use super::session::{Session, print, print_json};
use super::stages::Stages;

/// Where results go, and what is told about them.
pub(crate) struct Delivery {
    /// One file, or one for each image that the operation computes.
    out: Vec<PathBuf>,
    view: Option<PathBuf>,
    explain: bool,
    /// What lies outside the images, if the caller says.
    pub(crate) boundary: Option<Boundary>,
}

impl Delivery {
    /// The options as they are declared.
    pub(crate) fn arguments() -> [Arg; 4] {
        [
            output("Where the result goes: .tif, .ome.tif or .npy for images, .csv or .json for tables and numbers; once for each image where there are several")
                .action(ArgAction::Append),
            Arg::new("view")
                .long("view")
                .value_name("PNG")
                .value_parser(value_parser!(PathBuf))
                .help("Write a picture of the result, too"),
            Arg::new("boundary")
                .long("boundary")
                .value_name("MODE")
                .allow_hyphen_values(true)
                .value_parser(boundary)
                .help("What lies outside the image: nearest, reflect, mirror, wrap or constant:V [default: nearest]"),
            Arg::new("explain")
                .long("explain")
                .action(ArgAction::SetTrue)
                .help("Print the plan: kernels, launches, bytes moved and halo; without -o nothing is run"),
        ]
    }

    /// The options as they are given.
    pub(crate) fn new(matches: &ArgMatches) -> Delivery {
        Delivery {
            out: matches.get_many("out").into_iter().flatten().cloned().collect(),
            view: matches.get_one("view").cloned(),
            explain: matches.get_flag("explain"),
            boundary: matches.get_one("boundary").copied(),
        }
    }

    /// Whether the plan is all that is wanted.
    fn only_explains(&self) -> bool {
        self.explain && self.out.is_empty() && self.view.is_none()
    }

    /// Checks the destination against what the operation returns; `usage` is for the message.
    pub(crate) fn check(&self, op: &OpInfo, usage: &str) -> Result<(), Failure> {
        let wrong = |message: String| Err(Failure::Usage { message, usage: usage.to_owned() });
        let (what, endings): (_, &[&str]) = match op.output {
            OutputInfo::Image(_) | OutputInfo::Images(_) => ("an image", &[".tif", ".tiff", ".npy"]),
            OutputInfo::Scalar => ("a number", &[".csv", ".json"]),
            OutputInfo::Table => ("a table", &[".csv", ".json"]),
        };
        let (is_image, results) = match op.output {
            OutputInfo::Image(_) => (true, 1),
            OutputInfo::Images(types) => (true, types.len()),
            OutputInfo::Scalar | OutputInfo::Table => (false, 1),
        };
        let given = self.out.len();
        if results > 1 && given != results && !self.only_explains() {
            return wrong(format!(
                "{}: it computes {results} images: say with -o where each goes, {results} times, not {given}",
                op.name
            ));
        }
        if given > results {
            return wrong(format!("{}: it has one result, but -o is given {given} times", op.name));
        }
        if let (Some(view), true) = (&self.view, results > 1) {
            return wrong(format!(
                "{}: it computes {results} images, of which {} cannot show one picture: use `kernwerk view` on one of the files",
                op.name,
                view.display()
            ));
        }
        if is_image && self.out.is_empty() && self.view.is_none() && !self.explain {
            return wrong(format!("{}: the result is an image: say with -o where it goes", op.name));
        }
        if let (Some(view), false) = (&self.view, is_image) {
            return wrong(format!(
                "{}: the result is {what}, of which {} cannot show a picture",
                op.name,
                view.display()
            ));
        }
        if let Some(out) = self.out.iter().find(|out| !ends_with(out, endings)) {
            let (path, endings) = (out.display(), endings.join(", "));
            return wrong(format!(
                "{path}: {} returns {what}, which goes to a file with the ending {endings}",
                op.name
            ));
        }
        if let Some(view) = self.view.as_ref().filter(|view| !ends_with(view, &[".png"])) {
            return wrong(format!("{}: a picture goes to a file with the ending .png", view.display()));
        }
        self.out.iter().chain(&self.view).try_for_each(|path| check_folder(path))
    }

    /// Evaluates an expression whose outermost call is of `op`, and delivers the result.
    pub(crate) fn deliver(
        &self,
        op: &OpInfo,
        expr: &AnyExpr,
        images: &Images,
        session: &Session,
        mut stages: Stages,
    ) -> Result<(), Failure> {
        let mut report = Map::new();
        if self.explain {
            let plan = expr.explain()?;
            if session.json {
                report.insert("plan".into(), plan.into());
            } else {
                print(&plan)?;
            }
        }
        if !self.only_explains() {
            let device = images.device();
            let outcome = stages.run("compute", format!("computing {} on {device}", op.name), || {
                let outcome = expr.eval()?;
                device.synchronize().map(|()| outcome)
            })?;
            match outcome {
                Outcome::Image(image) => self.image(&image, self.out.first(), &mut report, &mut stages)?,
                Outcome::Images(images) => {
                    let mut reports = Vec::new();
                    for (image, out) in images.iter().zip(&self.out) {
                        let mut one = Map::new();
                        self.image(image, Some(out), &mut one, &mut stages)?;
                        reports.push(Json::Object(one));
                    }
                    report.insert("outputs".into(), reports.into());
                }
                Outcome::Scalar(number) => self.scalar(op, number, &mut report, session)?,
                Outcome::Table(table) => self.table(op, &table, &mut report, session)?,
            }
        }
        if session.json && !report.is_empty() {
            print_json(&Json::Object(report))?;
        }
        stages.report();
        Ok(())
    }

    fn image(
        &self,
        image: &AnyImage,
        out: Option<&PathBuf>,
        report: &mut Map<String, Json>,
        stages: &mut Stages,
    ) -> Result<(), Failure> {
        let host = stages.run("download", format!("copying from {}", image.device()), || image.download_host())?;
        if let Some(out) = out {
            let write = || io::write(out, &host, &WriteOptions::default());
            stages.run("write", format!("writing {}", out.display()), write)?;
            report.insert("output".into(), out.to_string_lossy().into());
        }
        if let Some(path) = &self.view {
            let picture = view::render(&host, &ViewOptions::default())?;
            stages.run("write", format!("writing {}", path.display()), || picture.write_png(path))?;
            report.insert("view".into(), path.to_string_lossy().into());
        }
        report.insert("type".into(), host.dtype().name().into());
        report.insert("axes".into(), host.axes().as_str().into());
        report.insert("shape".into(), host.shape().into());
        if let Some(size) = host.voxel_size() {
            report.insert("voxel_size".into(), json!({"z": size.z, "y": size.y, "x": size.x, "unit": size.unit}));
        }
        Ok(())
    }

    fn scalar(
        &self,
        op: &OpInfo,
        number: f64,
        report: &mut Map<String, Json>,
        session: &Session,
    ) -> Result<(), Failure> {
        if let Some(out) = self.out.first() {
            TableData::new(vec![(op.name.to_owned(), Column::Float(vec![number]))])?.write(out)?;
            report.insert("output".into(), out.to_string_lossy().into());
        } else if session.json {
            report.insert("operation".into(), op.name.into());
            // JSON has neither NaN nor infinities: they become null.
            report.insert("value".into(), number.into());
        } else {
            print(&format!("{number}\n"))?;
        }
        Ok(())
    }

    fn table(
        &self,
        op: &OpInfo,
        table: &Table,
        report: &mut Map<String, Json>,
        session: &Session,
    ) -> Result<(), Failure> {
        let columns = table.columns().iter().map(|column| {
            let values = match &column.values {
                ColumnValues::Integer(values) => Column::Integer(values.clone()),
                ColumnValues::Float(values) => Column::Float(values.clone()),
            };
            (column.name.clone(), values)
        });
        let rows = TableData::new(columns.collect())?;
        if let Some(out) = self.out.first() {
            rows.write(out)?;
            report.insert("output".into(), out.to_string_lossy().into());
            report.insert("rows".into(), rows.rows().into());
        } else if !session.json {
            print(&rows.to_text())?;
        } else if report.is_empty() {
            // The same form as in a JSON file: one object per row.
            print(&rows.to_json())?;
        } else {
            report.insert(op.name.into(), serde_json::from_str(&rows.to_json()).unwrap_or(Json::Null));
        }
        Ok(())
    }
}

/// The option `-o`.
pub(crate) fn output(help: &'static str) -> Arg {
    Arg::new("out").short('o').long("output").value_name("OUT").value_parser(value_parser!(PathBuf)).help(help)
}

/// Whether the name of a file ends like this, in any case.
pub(crate) fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    endings.iter().any(|ending| name.ends_with(ending))
}

/// An hour of work should not end at a folder that was never there.
pub(crate) fn check_folder(path: &Path) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let source = match std::fs::metadata(folder) {
        Err(error) => error,
        Ok(about) if !about.is_dir() => ErrorKind::NotADirectory.into(),
        Ok(_) if path.is_dir() => ErrorKind::IsADirectory.into(),
        Ok(_) => return Ok(()),
    };
    Err(IoError::System { path: path.to_owned(), action: "write", source }.into())
}

/// Reads `nearest`, `constant:0.5` and their kin.
pub(crate) fn boundary(text: &str) -> Result<Boundary, String> {
    let (mode, value) = match text.split_once(':') {
        Some((mode, value)) => (mode, Some(value)),
        None => (text, None),
    };
    match (mode.trim().to_ascii_lowercase().as_str(), value) {
        ("nearest", None) => Ok(Boundary::Nearest),
        ("reflect", None) => Ok(Boundary::Reflect),
        ("mirror", None) => Ok(Boundary::Mirror),
        ("wrap", None) => Ok(Boundary::Wrap),
        ("constant", Some(value)) => match value.trim().parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(Boundary::Constant(value)),
            _ => Err(format!("`{value}` is no finite number; give for example constant:0")),
        },
        ("constant", None) => Err("the value is missing; give for example constant:0".into()),
        _ => Err("it is one of nearest, reflect, mirror, wrap and constant:V".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_read() {
        assert_eq!(boundary("Mirror"), Ok(Boundary::Mirror));
        assert_eq!(boundary("constant:-1.5"), Ok(Boundary::Constant(-1.5)));
        for wrong in ["", "constant", "constant:", "constant:nan", "constant:1e99", "nearest:1", "edge"] {
            assert!(boundary(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn endings_are_those_of_the_name() {
        assert!(ends_with(Path::new("a.OME.TIF"), &[".tif"]));
        assert!(!ends_with(Path::new("a.tif/b"), &[".tif"]) && !ends_with(Path::new(".."), &[".tif"]));
    }
}
