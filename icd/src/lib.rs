//! Lets a program use OpenCL where it is installed and start without it where it is not.
//!
//! `ocl` (through `cl-sys`) links libOpenCL, so a program that uses it does not even start on a machine without the OpenCL
//! loader. This crate stands in for the loader: its build script satisfies `-lOpenCL` with an empty archive, and `forward.rs`
//! exports every `cl*` function that `cl-sys` declares, each of which looks the real one up when it is first called.
//! Without a loader they return `CL_PLATFORM_NOT_FOUND_KHR`. A crate that uses `ocl` has to call [`platforms`] (it wants to
//! know the answer anyway), which makes the linker take the symbols from here.
//!
//! The environment variable `KERNWERK_OPENCL_LIBRARY` names another library to load in place of the system's loader.
//!
//! Invariant: nothing here panics, waits or prints; the loader is loaded once per process.

#[cfg(not(target_os = "macos"))]
mod forward;
#[cfg(not(target_os = "macos"))]
use forward::{first_call, load_error};

#[cfg(target_os = "macos")]
mod framework;
#[cfg(target_os = "macos")]
use framework::{first_call, load_error};

/// What every function returns when there is no loader: `CL_PLATFORM_NOT_FOUND_KHR`.
pub const PLATFORM_NOT_FOUND: i32 = -1001;

/// Whether the OpenCL loader can be loaded.
///
/// # Errors
/// The system's words, if it cannot.
pub fn available() -> Result<(), String> {
    load_error().map_or(Ok(()), Err)
}

/// How many platforms (installed OpenCL drivers) the loader finds; 0 if the loader is there but no driver is. Returns at
/// once, unlike `ocl`'s own list, which waits for ten seconds and panics when there is none.
///
/// # Errors
/// Why there is no answer: no loader, or the status that it returned.
pub fn platforms() -> Result<usize, String> {
    available()?;
    match first_call() {
        Ok(count) => Ok(count as usize),
        Err(PLATFORM_NOT_FOUND) => Ok(0),
        Err(status) => Err(format!("clGetPlatformIDs returned {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_answers_without_waiting() {
        let start = std::time::Instant::now();
        match platforms() {
            Ok(count) => eprintln!("{count} OpenCL platforms"),
            Err(reason) => eprintln!("no OpenCL: {reason}"),
        }
        assert!(start.elapsed().as_secs() < 5, "no retry loop");
        assert_eq!(platforms().is_ok(), available().is_ok());
    }
}
