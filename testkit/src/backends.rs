//! The backends of this machine. What is absent is named and counted, and fails a run that requires it.

use std::sync::Arc;

use kernwerk_runtime::Device;
use kernwerk_runtime::backend::gpu::Gpu;
use kernwerk_runtime::backend::probe;

use crate::recorder::{Launched, Recorder};

/// A GPU, or a CPU behind a GPU's interface.
pub struct Present {
    /// `opencl pthread-…`.
    pub label: String,
    /// The device.
    pub device: Device,
    /// The kernels that it has launched.
    pub launched: Arc<Launched>,
}

/// Every device but the native CPU.
#[derive(Default)]
pub struct Found {
    /// Those that can be opened.
    pub present: Vec<Present>,
    /// Backends and devices that cannot, and why.
    pub absent: Vec<(String, String)>,
}

/// Opens everything there is; with `KERNWERK_DEVICE` only devices with that in their name, in any case.
pub fn gpus() -> Found {
    let mut found = Found::default();
    let wanted = std::env::var("KERNWERK_DEVICE").unwrap_or_default().trim().to_lowercase();
    for probed in probe::probe() {
        let devices = match probed.outcome {
            Ok(devices) => devices,
            Err(missing) => {
                found.absent.push((probed.backend.into(), format!("{}; {}", missing.reason, missing.remedy)));
                continue;
            }
        };
        let all = devices.iter().enumerate();
        for (index, description) in all.filter(|(_, device)| device.name.to_lowercase().contains(&wanted)) {
            let label = format!("{} {}", probed.backend, description.name);
            match probe::open(probed.backend, index) {
                Ok(driver) => {
                    let recorder = Recorder::new(Gpu::new(driver));
                    let launched = recorder.launched();
                    found.present.push(Present { label, device: Device::from_backend(Arc::new(recorder)), launched });
                }
                Err(error) => found.absent.push((label, error.to_string())),
            }
        }
    }
    found
}

/// Prints what is absent; returns whether `KERNWERK_REQUIRE` (a list such as `opencl,nvrtc`) names any of it.
pub fn report_absent(absent: &[(String, String)]) -> bool {
    for (name, reason) in absent {
        let consequence = if is_required(name) { " — required by KERNWERK_REQUIRE" } else { "" };
        println!("not run: {name}: {reason}{consequence}");
    }
    lacks_required(absent)
}

/// Whether `KERNWERK_REQUIRE` names any of what is absent.
pub fn lacks_required(absent: &[(String, String)]) -> bool {
    absent.iter().any(|(name, _)| is_required(name))
}

fn is_required(name: &str) -> bool {
    let required = std::env::var("KERNWERK_REQUIRE").unwrap_or_default();
    let backend = name.split(' ').next().unwrap_or(name);
    required.split(',').any(|one| one.trim() == backend)
}

/// As many threads as `KERNWERK_TEST_THREADS` says, else one per core.
pub fn threads() -> usize {
    let asked = std::env::var("KERNWERK_TEST_THREADS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Runs a function for each item, on several threads; with one, on the caller's, which simulators of GPUs insist on.
pub fn for_each<T: Sync>(items: &[T], run: impl Fn(&T) + Sync) {
    if threads() == 1 {
        items.iter().for_each(run);
        return;
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads().min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    run(item);
                }
            });
        }
    });
}
