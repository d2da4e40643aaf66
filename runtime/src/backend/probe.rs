//! What can compute on this machine, and for what cannot, why and what to do.
//!
//! Invariant: probing never panics and never fails; where there is no GPU library it takes a few milliseconds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use super::driver::{DeviceDescription, Driver};
use crate::{Error, Result};

/// What probing found out about one GPU API.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    /// `cuda` or `opencl`.
    pub backend: &'static str,
    /// Its devices, or why there are none.
    pub outcome: Result<Vec<DeviceDescription>, Missing>,
    /// What a user should know about these devices, in sentences for a listing.
    pub notes: Vec<String>,
}

/// Why a backend cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is not there.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// Looks for devices, CUDA first. The answer is kept: what is plugged in later is seen by the next process.
#[must_use]
pub fn probe() -> Vec<Probed> {
    static PROBED: OnceLock<Vec<Probed>> = OnceLock::new();
    PROBED.get_or_init(|| vec![guarded("cuda", probe_cuda), guarded("opencl", probe_opencl)]).clone()
}

/// Opens the `index`-th device of a backend, in the order of [`probe`].
///
/// # Errors
/// [`Error::NoDevice`] with the reason if it is not there, [`Error::Driver`] if its driver refuses.
pub fn open(backend: &str, index: usize) -> Result<Arc<dyn Driver>> {
    let opened = match backend {
        "cuda" => catch_unwind(|| open_cuda(index)),
        "opencl" => catch_unwind(|| open_opencl(index)),
        _ => Ok(Err(no_device(backend, index, "the backends of this kind are cuda and opencl".to_owned()))),
    };
    opened.unwrap_or_else(|_| Err(no_device(backend, index, "its driver library does not work".to_owned())))
}

fn no_device(backend: &str, index: usize, found: String) -> Error {
    Error::NoDevice { asked: format!("{backend} device {index}"), found }
}

/// The last resort against a binding that panics over what it finds on the machine.
fn guarded(backend: &'static str, probe: fn() -> Probed) -> Probed {
    catch_unwind(AssertUnwindSafe(probe)).unwrap_or_else(|_| {
        missing(backend, "its driver library is there but does not work", "reinstall the driver of your device")
    })
}

fn missing(backend: &'static str, reason: &str, remedy: &str) -> Probed {
    let missing = Missing { reason: reason.to_owned(), remedy: remedy.to_owned() };
    Probed { backend, outcome: Err(missing), notes: Vec::new() }
}

#[cfg(feature = "cuda")]
use super::cuda::probe as probe_cuda;
#[cfg(not(feature = "cuda"))]
fn probe_cuda() -> Probed {
    missing("cuda", "this program was built without CUDA", "build it with the cargo feature `cuda`")
}

#[cfg(feature = "opencl")]
use super::opencl::probe as probe_opencl;
#[cfg(not(feature = "opencl"))]
fn probe_opencl() -> Probed {
    missing("opencl", "this program was built without OpenCL", "build it with the cargo feature `opencl`")
}

#[cfg(feature = "cuda")]
fn open_cuda(index: usize) -> Result<Arc<dyn Driver>> {
    Ok(Arc::new(super::cuda::CudaDriver::open(index)?))
}
#[cfg(not(feature = "cuda"))]
fn open_cuda(index: usize) -> Result<Arc<dyn Driver>> {
    Err(no_device("cuda", index, "this program was built without CUDA".to_owned()))
}

#[cfg(feature = "opencl")]
fn open_opencl(index: usize) -> Result<Arc<dyn Driver>> {
    Ok(Arc::new(super::opencl::OpenClDriver::open(index)?))
}
#[cfg(not(feature = "opencl"))]
fn open_opencl(index: usize) -> Result<Arc<dyn Driver>> {
    Err(no_device("opencl", index, "this program was built without OpenCL".to_owned()))
}

#[cfg(all(test, any(feature = "cuda", feature = "opencl")))]
pub(super) mod suite;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_backend_answers_once_with_devices_or_a_remedy() {
        let probed = probe();
        assert_eq!(probed.iter().map(|one| one.backend).collect::<Vec<_>>(), ["cuda", "opencl"]);
        for one in &probed {
            match &one.outcome {
                Ok(devices) => {
                    assert!(!devices.is_empty(), "an empty list is `Missing`");
                    assert!(devices.iter().all(|device| device.backend == one.backend && device.memory > 0));
                }
                Err(missing) => assert!(!missing.reason.is_empty() && !missing.remedy.is_empty()),
            }
            eprintln!("{one:?}");
        }
        assert_eq!(probed, probe());
    }

    #[test]
    fn what_is_not_there_is_a_typed_error() {
        for (backend, index) in [("cuda", 1000), ("opencl", 1000), ("vulkan", 0)] {
            let error = open(backend, index).err();
            assert!(matches!(error, Some(Error::NoDevice { .. })), "{backend}: {error:?}");
        }
    }
}
