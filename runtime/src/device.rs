//! Devices: handles over an opened backend and its memory, found by preference, by name or by environment.
//!
//! Invariant: within a process the same device is opened once, so that images of two handles can meet in one expression.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value as Json, json};

use crate::backend::chain::ChainLaunch;
use crate::backend::cpu::Cpu;
use crate::backend::driver::{Allocation, DeviceDescription};
use crate::backend::gpu::Gpu;
use crate::backend::launch::{Backend, Launch};
use crate::backend::probe::{self, Probed};
use crate::constant::Constants;
use crate::pool::{Pool, PoolStatistics};
use crate::{Error, Result};

/// A device that is ready to compute. Cloning copies the handle.
#[derive(Clone)]
pub struct Device(Arc<Inner>);

struct Inner {
    pool: Arc<Pool>,
    constants: Constants,
}

impl Device {
    fn over(backend: Arc<dyn Backend>) -> Device {
        Device(Arc::new(Inner { pool: pool(backend), constants: Constants::default() }))
    }
}

/// The backends by name, in the order of preference.
const BACKENDS: [&str; 3] = ["cuda", "opencl", "cpu"];

/// Which device to take.
#[derive(Clone, Copy, Debug)]
struct Wish<'a> {
    /// One of [`BACKENDS`]; `None` for the best that there is.
    backend: Option<&'a str>,
    /// A part of the name, in any case.
    name: Option<&'a str>,
}

/// A device that could be opened.
#[derive(Clone, Debug)]
struct Candidate {
    description: DeviceDescription,
    index: usize,
}

impl Device {
    /// The best device of this machine: a CUDA GPU, else an OpenCL GPU, else the CPU.
    ///
    /// The environment may ask for another: `KERNWERK_BACKEND` (`auto`, `cuda`, `opencl`, `cpu`) and `KERNWERK_DEVICE` (a part
    /// of the name, in any case).
    ///
    /// # Errors
    /// [`Error::NoDevice`] if the environment asks for a device that is not there, with those that are.
    #[expect(clippy::should_implement_trait, reason = "opening a device can fail")]
    pub fn default() -> Result<Device> {
        let read = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
        let backend = read("KERNWERK_BACKEND");
        Device::open(backend.as_deref().unwrap_or("auto"), read("KERNWERK_DEVICE").as_deref())
    }

    /// The best device with this text in its name, in any case: `Device::select("H200")`.
    ///
    /// # Errors
    /// [`Error::NoDevice`] if there is none, with the devices that there are.
    pub fn select(name: &str) -> Result<Device> {
        Device::open("auto", Some(name))
    }

    /// The CPU: always there.
    pub fn cpu() -> Device {
        opened("cpu", 0, || Ok(Arc::new(Cpu::new()))).unwrap_or_else(|_: Error| Device::over(Arc::new(Cpu::new())))
    }

    /// A device of a backend (`auto`, `cuda`, `opencl`, `cpu`), the first or the first with this text in its name.
    ///
    /// An OpenCL device that is no GPU is taken only when `opencl` is asked for, or by a name that no other device has.
    ///
    /// # Errors
    /// [`Error::NoDevice`] if there is none, with the devices that there are.
    pub fn open(backend: &str, name: Option<&str>) -> Result<Device> {
        let backend = backend.trim().to_ascii_lowercase();
        let wish = Wish { backend: (backend != "auto").then_some(&*backend), name: name.map(str::trim) };
        // The CPU is there without looking for anything else.
        let probed = if backend == "cpu" { Vec::new() } else { probe::probe() };
        let candidates = candidates(&probed);
        let mut failure = None;
        for chosen in choose(&candidates, wish) {
            match open(chosen) {
                Ok(device) => return Ok(device),
                // Without a wish the next best does; with one the failure is the answer.
                Err(error) if wish.backend.is_some() || wish.name.is_some() => return Err(error),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| no_device(wish, &candidates, &probed)))
    }

    /// Every device of this machine, and what is missing and why.
    pub fn list() -> Listing {
        let probed = probe::probe();
        let candidates = candidates(&probed);
        let default = choose(&candidates, Wish { backend: None, name: None }).first().map(|first| first.key());
        let devices = candidates.iter().map(|candidate| ListedDevice {
            description: candidate.description.clone(),
            default: default == Some(candidate.key()),
        });
        let missing = probed.iter().filter_map(|probed| match &probed.outcome {
            Ok(_) => None,
            Err(missing) => Some(MissingBackend {
                backend: probed.backend,
                reason: missing.reason.clone(),
                remedy: missing.remedy.clone(),
            }),
        });
        Listing {
            devices: devices.collect(),
            missing: missing.collect(),
            notes: probed.iter().flat_map(|probed| probed.notes.iter().cloned()).collect(),
        }
    }

    /// A device over a backend of one's own.
    pub fn from_backend(backend: Arc<dyn Backend>) -> Device {
        Device::over(backend)
    }

    /// What the device is.
    pub fn description(&self) -> &DeviceDescription {
        self.backend().description()
    }

    /// Its name as its driver tells it.
    pub fn name(&self) -> &str {
        &self.description().name
    }

    /// How much of its memory is used.
    pub fn memory(&self) -> PoolStatistics {
        self.0.pool.statistics()
    }

    /// Gives memory that waits to be used again back to the device.
    pub fn release_memory(&self) {
        self.0.pool.release();
    }

    /// Waits for everything that was started.
    ///
    /// # Errors
    /// [`Error::Driver`] if something that was started has failed.
    pub fn synchronize(&self) -> Result<()> {
        self.backend().synchronize()
    }

    pub(crate) fn constants(&self) -> &Constants {
        &self.0.constants
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.0.pool
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        self.0.pool.backend()
    }

    /// Carries out a launch.
    pub(crate) fn run(&self, launch: &Launch<'_>) -> Result<()> {
        self.with_room(|backend| backend.run(launch))
    }

    /// Carries out a chain.
    pub(crate) fn run_chain(&self, chain: &ChainLaunch<'_>) -> Result<()> {
        self.with_room(|backend| backend.run_chain(chain))
    }

    pub(crate) fn upload_bytes(&self, to: &dyn Allocation, bytes: &[u8]) -> Result<()> {
        self.with_room(|backend| backend.upload(to, bytes))
    }

    pub(crate) fn copy(&self, from: &dyn Allocation, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.with_room(|backend| backend.copy(from, to, bytes))
    }

    pub(crate) fn clear(&self, to: &dyn Allocation, bytes: usize) -> Result<()> {
        self.with_room(|backend| backend.clear(to, bytes))
    }

    /// Some drivers take memory only when it is first used: where that fails, the pool is freed and they try again.
    fn with_room(&self, act: impl Fn(&dyn Backend) -> Result<()>) -> Result<()> {
        match act(self.backend()) {
            Err(Error::OutOfMemory { .. }) if self.memory().pooled > 0 => {
                self.release_memory();
                act(self.backend())
            }
            result => result,
        }
    }
}

impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Device {}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({self})")
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.description().backend)
    }
}

/// What [`Device::list`] finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Every device, in the order of preference.
    pub devices: Vec<ListedDevice>,
    /// Backends without devices.
    pub missing: Vec<MissingBackend>,
    /// What a user should know beside that, in sentences.
    pub notes: Vec<String>,
}

/// A device of a [`Listing`].
#[derive(Clone, Debug, PartialEq)]
pub struct ListedDevice {
    /// What it is.
    pub description: DeviceDescription,
    /// Whether [`Device::default`] takes it when the environment asks for nothing.
    pub default: bool,
}

/// A backend without devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingBackend {
    /// Its name.
    pub backend: &'static str,
    /// What is not there.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

impl Listing {
    /// The listing as JSON.
    pub fn to_json(&self) -> Json {
        let device = |listed: &ListedDevice| {
            let about = &listed.description;
            json!({
                "backend": about.backend, "name": about.name, "driver": about.driver, "memory": about.memory,
                "max_allocation": about.max_allocation, "compute_units": about.compute_units, "is_gpu": about.is_gpu,
                "max_work_group": about.max_work_group, "local_memory": about.local_memory, "default": listed.default,
            })
        };
        let missing = |missing: &MissingBackend| json!({"backend": missing.backend, "reason": missing.reason, "remedy": missing.remedy});
        json!({
            "devices": self.devices.iter().map(device).collect::<Vec<_>>(),
            "missing": self.missing.iter().map(missing).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

impl Candidate {
    fn key(&self) -> (&'static str, usize) {
        (self.description.backend, self.index)
    }
}

/// Everything that can be opened: the devices of each GPU backend, then the CPU.
fn candidates(probed: &[Probed]) -> Vec<Candidate> {
    let devices = probed.iter().flat_map(|probed| probed.outcome.as_deref().unwrap_or_default().iter().enumerate());
    let gpus = devices.map(|(index, description)| Candidate { description: description.clone(), index });
    gpus.chain([Candidate { description: Device::cpu().description().clone(), index: 0 }]).collect()
}

/// The candidates that fit a wish, best first.
fn choose<'a>(candidates: &'a [Candidate], wish: Wish<'_>) -> Vec<&'a Candidate> {
    let wanted = wish.name.map(str::to_lowercase);
    let fits = |candidate: &&Candidate| {
        let about = &candidate.description;
        let by_name = wanted.as_ref().is_none_or(|name| about.name.to_lowercase().contains(name));
        let by_backend = wish.backend.is_none_or(|backend| backend == about.backend);
        // OpenCL drives CPUs too, but the native backend does so better.
        let sensible = about.backend != "opencl" || about.is_gpu || wish.backend.is_some() || wish.name.is_some();
        by_name && by_backend && sensible
    };
    let mut fitting: Vec<_> = candidates.iter().filter(fits).collect();
    fitting.sort_by_key(|candidate| {
        let about = &candidate.description;
        let backend = BACKENDS.iter().position(|&backend| backend == about.backend).unwrap_or(BACKENDS.len());
        if about.backend == "opencl" && !about.is_gpu { BACKENDS.len() + 1 } else { backend }
    });
    fitting
}

fn no_device(wish: Wish<'_>, candidates: &[Candidate], probed: &[Probed]) -> Error {
    let asked = match (wish.backend, wish.name) {
        (Some(backend), Some(name)) => format!("`{name}` of the backend `{backend}`"),
        (Some(backend), None) => format!("the backend `{backend}`"),
        (None, Some(name)) => format!("`{name}`"),
        (None, None) => "the default".to_owned(),
    };
    let unknown = wish.backend.filter(|backend| !BACKENDS.contains(backend));
    let missing = probed.iter().find(|probed| wish.backend == Some(probed.backend));
    let found = match (unknown, missing.map(|probed| &probed.outcome)) {
        (Some(_), _) => format!("the backends are auto, {}", BACKENDS.join(", ")),
        (None, Some(Err(missing))) => format!("{}; {}", missing.reason, missing.remedy),
        _ => {
            let name =
                |candidate: &Candidate| format!("{} ({})", candidate.description.name, candidate.description.backend);
            format!("there are {}", candidates.iter().map(name).collect::<Vec<_>>().join(", "))
        }
    };
    Error::NoDevice { asked, found }
}

fn open(candidate: &Candidate) -> Result<Device> {
    let (backend, index) = candidate.key();
    match backend {
        "cpu" => Ok(Device::cpu()),
        _ => opened(backend, index, || Ok(Arc::new(Gpu::new(probe::open(backend, index)?)))),
    }
}

/// The device with that key, opened now if it is not yet.
fn opened(backend: &'static str, index: usize, open: impl FnOnce() -> Result<Arc<dyn Backend>>) -> Result<Device> {
    static OPENED: Mutex<Vec<((&str, usize), Device)>> = Mutex::new(Vec::new());
    let mut all = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, device)) = all.iter().find(|(key, _)| *key == (backend, index)) {
        return Ok(device.clone());
    }
    let device = Device::from_backend(open()?);
    all.push(((backend, index), device.clone()));
    Ok(device)
}

/// Up to a quarter of a device's memory waits to be used again.
fn pool(backend: Arc<dyn Backend>) -> Arc<Pool> {
    let limit = backend.description().memory / 4;
    Pool::new(backend, limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(backend: &'static str, name: &str, is_gpu: bool) -> Candidate {
        let description = DeviceDescription {
            backend,
            name: name.into(),
            driver: String::new(),
            memory: 1,
            max_allocation: 1,
            compute_units: 1,
            is_gpu,
            max_work_group: 1,
            local_memory: 0,
            pairs: false,
            doubles: true,
        };
        Candidate { description, index: 0 }
    }

    fn machine() -> Vec<Candidate> {
        vec![
            candidate("cuda", "NVIDIA H200", true),
            candidate("opencl", "NVIDIA H200", true),
            candidate("opencl", "pthread-Xeon", false),
            candidate("cpu", "Xeon", false),
        ]
    }

    fn chosen(candidates: &[Candidate], backend: Option<&str>, name: Option<&str>) -> Option<(&'static str, String)> {
        let best = choose(candidates, Wish { backend, name }).first().copied()?;
        Some((best.description.backend, best.description.name.clone()))
    }

    #[test]
    fn the_order_is_cuda_then_opencl_gpus_then_the_cpu() {
        let machine = machine();
        assert_eq!(chosen(&machine, None, None).unwrap().0, "cuda");
        assert_eq!(chosen(&machine[1..], None, None).unwrap().0, "opencl");
        assert_eq!(chosen(&machine[2..], None, None).unwrap().0, "cpu");
    }

    #[test]
    fn wishes_count() {
        let machine = machine();
        assert_eq!(chosen(&machine, None, Some("h200")).unwrap().0, "cuda");
        assert_eq!(chosen(&machine, Some("opencl"), Some("H200")).unwrap().0, "opencl");
        assert_eq!(chosen(&machine[2..], Some("opencl"), None).unwrap().1, "pthread-Xeon");
        assert_eq!(chosen(&machine, None, Some("xeon")).unwrap().0, "cpu");
        assert_eq!(chosen(&machine, None, Some("pthread")).unwrap().0, "opencl");
        assert_eq!(chosen(&machine, Some("cpu"), Some("H200")), None);
    }

    #[test]
    fn a_device_that_is_not_there_is_an_error_with_those_that_are() {
        let wish = |backend, name| no_device(Wish { backend, name }, &machine(), &[]).to_string();
        assert!(wish(None, Some("A100")).starts_with(
            "no device fits `A100`: there are NVIDIA H200 (cuda), NVIDIA H200 (opencl), pthread-Xeon (opencl), Xeon (cpu);"
        ));
        assert!(wish(Some("vulkan"), None).contains("the backends are auto, cuda, opencl, cpu"));
    }

    #[test]
    fn the_same_device_is_opened_once() {
        assert_eq!(Device::cpu(), Device::open("CPU", None).unwrap());
        assert!(Device::list().devices.iter().filter(|device| device.default).count() == 1);
    }
}
