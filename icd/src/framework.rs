//! On macOS OpenCL is a framework of the system: nothing to stand in for, only the one question to ask.

use std::ffi::c_void;

#[link(name = "OpenCL", kind = "framework")]
unsafe extern "C" {
    fn clGetPlatformIDs(num_entries: u32, platforms: *mut c_void, num_platforms: *mut u32) -> i32;
}

pub(crate) fn load_error() -> Option<String> {
    None
}

pub(crate) fn first_call() -> Result<u32, i32> {
    let mut count = 0;
    // SAFETY: with no entries asked for, the function writes only the count, which outlives the call.
    let status = unsafe { clGetPlatformIDs(0, std::ptr::null_mut(), &mut count) };
    if status == 0 { Ok(count) } else { Err(status) }
}
