//! What a run leaves behind: one JSON document with the device, and for every size the copies and the cases.
//!
//! Everything that the tables and plots say is made from these documents, nothing is typed in.

use std::path::Path;

use kernwerk::Device;
use serde_json::{Value as Json, json};

use crate::cases::Case;
use crate::measure::Timing;
use crate::peers::{OPENCL_ALLOWANCE, peers, rates};

/// An image size with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// `large`, `small2d`, `small3d`, `cpu`, or the extents.
    pub name: String,
    /// The extents, x last.
    pub shape: Vec<usize>,
}

impl Size {
    /// A size from its name or from two or three extents with commas or an x between them.
    pub fn parse(text: &str) -> Option<Size> {
        let shape = match text {
            "large" => vec![512, 1024, 1024],
            "small2d" => vec![2048, 2048],
            "small3d" => vec![64, 512, 512],
            "cpu" => vec![64, 256, 256],
            "check" => vec![20, 48, 56],
            "check2d" => vec![96, 120],
            _ => text
                .split([',', 'x'])
                .map(|extent| extent.trim().parse().ok().filter(|&extent| extent > 0))
                .collect::<Option<_>>()?,
        };
        matches!(shape.len(), 2 | 3).then(|| Size { name: text.to_owned(), shape })
    }

    /// Number of voxels.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What one case came to.
#[derive(Clone, Debug)]
pub struct Row {
    /// The case.
    pub case: &'static Case,
    /// What was measured, or why not.
    pub timing: Result<Timing, String>,
    /// Milliseconds of a copy of its input image.
    pub copy_ms: f64,
}

/// What a case has to reach and whether it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// In copies, or in microseconds per call.
    pub target: f64,
    /// Whether the target is met.
    pub met: bool,
}

impl Row {
    /// Copies of the input image that the case takes.
    pub fn multiple(&self) -> Option<f64> {
        self.timing.as_ref().ok().map(|timing| timing.best_ms() / self.copy_ms)
    }

    /// The floor of arithmetic, in copies; `None` if the device's rates are not known or nothing is counted.
    pub fn arithmetic_floor(&self, device: &Device, size: &Size) -> Option<f64> {
        let cost = &self.case.cost;
        let rates = rates(device.name()).filter(|_| device.description().backend != "cpu")?;
        let seconds = (cost.full / rates.full).max(cost.half / rates.half).max(cost.special / rates.special);
        (seconds > 0.0).then(|| seconds * size.voxels() as f64 * 1e3 / self.copy_ms)
    }

    /// The target with this device and size; `None` where the issue sets none.
    pub fn verdict(&self, device: &Device, size: &Size) -> Option<Verdict> {
        let peers = peers(self.case.name)?;
        let timing = self.timing.as_ref().ok()?;
        if device.description().backend == "cpu" || !device.description().is_gpu {
            return None;
        }
        let allowance = if device.description().backend == "opencl" { OPENCL_ALLOWANCE } else { 1.0 };
        match size.name.as_str() {
            "large" => {
                let target = peers.target * allowance;
                Some(Verdict { target, met: self.multiple()? <= target })
            }
            "small2d" | "small3d" => {
                let best = if size.name == "small2d" { peers.small2d? } else { peers.small3d? };
                let ours = timing.batch_us.unwrap_or(timing.ms * 1e3);
                Some(Verdict { target: best.value, met: ours < best.value })
            }
            _ => None,
        }
    }

    /// The row as JSON.
    pub fn to_json(&self, device: &Device, size: &Size) -> Json {
        let case = self.case;
        let mut row = case.to_json();
        row["copy_ms"] = json!(self.copy_ms);
        row["floor_arithmetic"] = json!(self.arithmetic_floor(device, size));
        match &self.timing {
            Ok(timing) => {
                row["first_ms"] = json!(timing.first_ms);
                row["ms"] = json!(timing.ms);
                row["min_ms"] = json!(timing.min_ms);
                row["calls"] = json!(timing.calls);
                row["batch_us"] = json!(timing.batch_us);
                row["multiple"] = json!(self.multiple());
            }
            Err(problem) => row["error"] = json!(problem),
        }
        if let Some(verdict) = self.verdict(device, size) {
            row["target"] = json!(verdict.target);
            row["met"] = json!(verdict.met);
        }
        row
    }
}

impl Case {
    /// The case as JSON: what it is and what it needs at least.
    pub fn to_json(&self) -> Json {
        let kinds: Vec<&str> = self.inputs.iter().map(|kind| kind.name()).collect();
        json!({
            "name": self.name, "family": self.family, "inputs": kinds, "call": self.call, "floor_memory": self.memory_floor(),
            "bytes_read": self.cost.read, "bytes_written": self.cost.written,
            "full": self.cost.full, "half": self.cost.half, "special": self.cost.special,
        })
    }
}

/// What a device is, as JSON.
pub fn device_json(device: &Device) -> Json {
    let about = device.description();
    json!({
        "backend": about.backend, "name": about.name, "driver": about.driver, "is_gpu": about.is_gpu,
        "compute_units": about.compute_units,
    })
}

/// Writes a document so that a reader never sees half of it.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, document: &Json) -> std::io::Result<()> {
    let beside = path.with_extension("part");
    std::fs::write(&beside, serde_json::to_string_pretty(document)? + "\n")?;
    std::fs::rename(beside, path)
}
