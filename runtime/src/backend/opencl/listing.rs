//! Which OpenCL devices there are.
//!
//! Invariant: the order is GPUs, other accelerators, CPUs, each in the order of the loader, so that index 0 is the device
//! that one would want; an index means the same device for as long as the process lives.

use std::ptr;

use ocl::ffi::{
    CL_DEVICE_AVAILABLE, CL_DEVICE_COMPILER_AVAILABLE, CL_DEVICE_ENDIAN_LITTLE, CL_DEVICE_EXTENSIONS,
    CL_DEVICE_GLOBAL_MEM_SIZE, CL_DEVICE_LOCAL_MEM_SIZE, CL_DEVICE_MAX_COMPUTE_UNITS, CL_DEVICE_MAX_MEM_ALLOC_SIZE,
    CL_DEVICE_MAX_WORK_GROUP_SIZE, CL_DEVICE_NAME, CL_DEVICE_SINGLE_FP_CONFIG, CL_DEVICE_TYPE, CL_DEVICE_TYPE_ALL,
    CL_DEVICE_TYPE_CPU, CL_DEVICE_TYPE_GPU, CL_DEVICE_VERSION, CL_DRIVER_VERSION, CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT,
    CL_FP_DENORM, CL_PLATFORM_NAME, cl_device_id, cl_platform_id, clGetDeviceIDs, clGetPlatformIDs, clGetPlatformInfo,
};

use super::handle::{DeviceId, check, status_name, text};
use crate::backend::driver::DeviceDescription;
use crate::backend::probe::Missing;

/// Of the extension `cl_nv_device_attribute_query`; elsewhere it is not known, which reads as 0.
const COMPUTE_CAPABILITY_MAJOR_NV: u32 = 0x4000;
const COMPUTE_CAPABILITY_MINOR_NV: u32 = 0x4001;

/// One device that can be used.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) device: DeviceId,
    pub(super) description: DeviceDescription,
    /// Whether single-precision division and square root are correctly rounded here, if the compiler is told so.
    pub(super) exact_division: bool,
    /// Of a GPU of NVIDIA, times ten; 0 of every other device.
    pub(super) compute_capability: u32,
    /// Whether subnormal numbers are computed with rather than taken for 0.
    pub(super) subnormals: bool,
}

/// The devices, and what there is to say about them and about those that cannot be used.
pub(super) struct Listing {
    pub(super) devices: Vec<Found>,
    pub(super) notes: Vec<String>,
}

/// Asks every platform.
///
/// # Errors
/// Why there is no device, and what to do.
pub(super) fn list() -> Result<Listing, Missing> {
    let mut devices = Vec::new();
    let mut notes = Vec::new();
    for platform in platforms()? {
        let platform_name = text(|size, value, needed| {
            // SAFETY: `text` passes a buffer of the size that it says, or none.
            unsafe { clGetPlatformInfo(platform, CL_PLATFORM_NAME, size, value, needed) }
        });
        for device in devices_of(platform) {
            match describe(device, &platform_name) {
                Ok(found) => devices.push(found),
                Err(reason) => notes.push(format!("{} ({platform_name}): {reason}", device.text(CL_DEVICE_NAME))),
            }
        }
    }
    if devices.is_empty() {
        return Err(Missing {
            reason: match notes.as_slice() {
                [] => "the installed OpenCL drivers find no device".to_owned(),
                notes => format!("no OpenCL device can be used: {}", notes.join("; ")),
            },
            remedy: "check that the driver of your GPU is installed and that you may use the device (on Linux: membership of \
                     the groups `render` and `video`), or install pocl-opencl-icd for the CPU"
                .to_owned(),
        });
    }
    devices.sort_by_key(|found| rank(found.device));
    notes.extend(devices.iter().filter(|found| !found.exact_division).map(|found| {
        format!(
            "{}: division and square root are not correctly rounded, so that operations which use them may differ in the \
             last bits from other devices",
            found.description.name
        )
    }));
    notes.extend(devices.iter().filter(|found| !found.subnormals).map(|found| {
        format!(
            "{}: subnormal numbers are taken for 0, so results near 0 may differ from other devices",
            found.description.name
        )
    }));
    Ok(Listing { devices, notes })
}

fn platforms() -> Result<Vec<cl_platform_id>, Missing> {
    kernwerk_icd::available().map_err(|error| Missing {
        reason: format!("the OpenCL loader is not installed ({error})"),
        remedy:
            "install the OpenCL loader (Debian, Ubuntu: ocl-icd-libopencl1) and a driver, for example pocl-opencl-icd \
                 for the CPU"
                .to_owned(),
    })?;
    let no_driver = |reason| Missing {
        reason,
        remedy:
            "install the OpenCL driver of your GPU (NVIDIA's comes with its driver; Debian, Ubuntu: intel-opencl-icd, \
                 mesa-opencl-icd), or pocl-opencl-icd for the CPU"
                .to_owned(),
    };
    let count = kernwerk_icd::platforms().map_err(no_driver)?;
    if count == 0 {
        return Err(no_driver("the OpenCL loader is installed, but no OpenCL driver".to_owned()));
    }
    let mut platforms = vec![ptr::null_mut(); count];
    let mut found = 0;
    // SAFETY: the list has room for `count` entries.
    let status = unsafe { clGetPlatformIDs(count as u32, platforms.as_mut_ptr(), &mut found) };
    check("clGetPlatformIDs", status)
        .map_err(|failure| no_driver(format!("{} returned {}", failure.call, status_name(failure.status))))?;
    platforms.truncate(found as usize);
    Ok(platforms)
}

fn devices_of(platform: cl_platform_id) -> Vec<DeviceId> {
    let mut count = 0;
    // SAFETY: with no entries asked for, only the count is written.
    let status = unsafe { clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, ptr::null_mut(), &mut count) };
    if status != 0 || count == 0 {
        return Vec::new();
    }
    let mut devices: Vec<cl_device_id> = vec![ptr::null_mut(); count as usize];
    // SAFETY: the list has room for `count` entries.
    let status = unsafe { clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, devices.as_mut_ptr(), ptr::null_mut()) };
    if status == 0 { devices.into_iter().map(DeviceId).collect() } else { Vec::new() }
}

/// The device, or why it cannot be used.
fn describe(device: DeviceId, platform: &str) -> Result<Found, String> {
    let version = device.text(CL_DEVICE_VERSION);
    if version_of(&version) < (1, 2) {
        return Err(format!("it offers `{version}`, but OpenCL 1.2 is needed"));
    }
    if device.number(CL_DEVICE_AVAILABLE) == 0 {
        return Err("the device is not available".to_owned());
    }
    if device.number(CL_DEVICE_COMPILER_AVAILABLE) == 0 {
        return Err("its driver has no compiler".to_owned());
    }
    if (device.number(CL_DEVICE_ENDIAN_LITTLE) == 0) != cfg!(target_endian = "big") {
        return Err("its byte order is not the host's".to_owned());
    }
    let compute_capability = if platform.contains("NVIDIA") {
        (10 * device.number(COMPUTE_CAPABILITY_MAJOR_NV) + device.number(COMPUTE_CAPABILITY_MINOR_NV)) as u32
    } else {
        0
    };
    let name = device.text(CL_DEVICE_NAME);
    let description = DeviceDescription {
        backend: "opencl",
        name: if name.is_empty() { "unnamed device".to_owned() } else { name },
        driver: format!("{platform}, {version}, driver {}", device.text(CL_DRIVER_VERSION)),
        memory: device.number(CL_DEVICE_GLOBAL_MEM_SIZE),
        max_allocation: device.number(CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        compute_units: device.number(CL_DEVICE_MAX_COMPUTE_UNITS) as u32,
        is_gpu: device.number(CL_DEVICE_TYPE) & CL_DEVICE_TYPE_GPU != 0,
        max_work_group: device.number(CL_DEVICE_MAX_WORK_GROUP_SIZE) as usize,
        local_memory: device.number(CL_DEVICE_LOCAL_MEM_SIZE) as usize,
        // NVIDIA's compiler refuses the instruction where there is none; others compile vectors of two for what there is.
        pairs: !platform.contains("NVIDIA") || compute_capability >= 90,
        doubles: device.text(CL_DEVICE_EXTENSIONS).split_whitespace().any(|name| name == "cl_khr_fp64"),
    };
    let abilities = device.number(CL_DEVICE_SINGLE_FP_CONFIG);
    let exact_division = abilities & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT != 0;
    let subnormals = abilities & CL_FP_DENORM != 0;
    Ok(Found { device, description, exact_division, compute_capability, subnormals })
}

fn rank(device: DeviceId) -> u8 {
    let kind = device.number(CL_DEVICE_TYPE);
    if kind & CL_DEVICE_TYPE_GPU != 0 {
        0
    } else if kind & CL_DEVICE_TYPE_CPU != 0 {
        2
    } else {
        1
    }
}

/// `(1, 2)` of `OpenCL 1.2 …`.
fn version_of(text: &str) -> (u32, u32) {
    let numbers = text.strip_prefix("OpenCL ").and_then(|rest| rest.split(' ').next()).unwrap_or("");
    let (major, minor) = numbers.split_once('.').unwrap_or((numbers, ""));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_of("OpenCL 1.2 CUDA"), (1, 2));
        assert_eq!(version_of("OpenCL 3.0"), (3, 0));
        assert_eq!(version_of("nonsense"), (0, 0));
    }
}
