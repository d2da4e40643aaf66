//! OpenCL objects with an owner, status codes with a name, and questions to devices.
//!
//! The calls go through `ocl::ffi`, the bare functions, because the wrappers of `ocl::core` panic at a status code that
//! they do not know (NVIDIA has such), panic in `drop` when a device is lost, and ask the driver to verify the context
//! with every buffer.

use std::ffi::{CStr, c_void};
use std::ptr;

use ocl::ffi::{
    cl_command_queue, cl_context, cl_device_id, cl_int, cl_kernel, cl_mem, cl_program, clGetDeviceInfo,
    clReleaseCommandQueue, clReleaseContext, clReleaseKernel, clReleaseMemObject, clReleaseProgram,
};

/// A call that failed: its name and the status that it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) call: &'static str,
    pub(super) status: cl_int,
}

/// Turns the status of a call into a result.
pub(super) fn check(call: &'static str, status: cl_int) -> Result<(), Failure> {
    if status == 0 { Ok(()) } else { Err(Failure { call, status }) }
}

/// The name that the specification gives to a status.
pub(super) fn status_name(status: cl_int) -> String {
    let name = match status {
        -2 => "CL_DEVICE_NOT_AVAILABLE",
        -3 => "CL_COMPILER_NOT_AVAILABLE",
        -4 => "CL_MEM_OBJECT_ALLOCATION_FAILURE",
        -5 => "CL_OUT_OF_RESOURCES",
        -6 => "CL_OUT_OF_HOST_MEMORY",
        -8 => "CL_MEM_COPY_OVERLAP",
        -11 => "CL_BUILD_PROGRAM_FAILURE",
        -14 => "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
        -30 => "CL_INVALID_VALUE",
        -33 => "CL_INVALID_DEVICE",
        -34 => "CL_INVALID_CONTEXT",
        -36 => "CL_INVALID_COMMAND_QUEUE",
        -38 => "CL_INVALID_MEM_OBJECT",
        -42 => "CL_INVALID_BINARY",
        -43 => "CL_INVALID_BUILD_OPTIONS",
        -44 => "CL_INVALID_PROGRAM",
        -45 => "CL_INVALID_PROGRAM_EXECUTABLE",
        -46 => "CL_INVALID_KERNEL_NAME",
        -48 => "CL_INVALID_KERNEL",
        -49 => "CL_INVALID_ARG_INDEX",
        -50 => "CL_INVALID_ARG_VALUE",
        -51 => "CL_INVALID_ARG_SIZE",
        -52 => "CL_INVALID_KERNEL_ARGS",
        -54 => "CL_INVALID_WORK_GROUP_SIZE",
        -55 => "CL_INVALID_WORK_ITEM_SIZE",
        -59 => "CL_INVALID_OPERATION",
        -61 => "CL_INVALID_BUFFER_SIZE",
        -63 => "CL_INVALID_GLOBAL_WORK_SIZE",
        -1001 => "CL_PLATFORM_NOT_FOUND_KHR",
        _ => return format!("status {status}"),
    };
    format!("{name} ({status})")
}

/// Owners: one reference each, given back when dropped.
macro_rules! owners {
    ($($(#[$doc:meta])* $name:ident($raw:ty) by $release:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $name($raw);

        impl $name {
            /// Takes over the reference that a `clCreate…` call returned.
            pub(super) fn created(call: &'static str, raw: $raw, status: cl_int) -> Result<Self, Failure> {
                check(call, status)?;
                // A driver that says success must have made the object; if not, that is the failure.
                if raw.is_null() { Err(Failure { call, status }) } else { Ok(Self(raw)) }
            }

            pub(super) fn raw(&self) -> $raw {
                self.0
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: the reference is ours and not used after this. A status says that the device is gone, and then
                // there is nothing left to give back.
                unsafe { $release(self.0) };
            }
        }

        // SAFETY: OpenCL objects are reference-counted by the driver and may be used from any thread; the one exception,
        // setting the arguments of a kernel, happens under a lock.
        unsafe impl Send for $name {}
        // SAFETY: as above.
        unsafe impl Sync for $name {}
    )*};
}

owners! {
    /// `cl_context`.
    Context(cl_context) by clReleaseContext;
    /// `cl_command_queue`.
    Queue(cl_command_queue) by clReleaseCommandQueue;
    /// `cl_mem`; the driver frees it when the commands that use it are done.
    Memory(cl_mem) by clReleaseMemObject;
    /// `cl_program`.
    ProgramObject(cl_program) by clReleaseProgram;
    /// `cl_kernel`.
    Kernel(cl_kernel) by clReleaseKernel;
}

/// A device; the platform owns it for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeviceId(pub(super) cl_device_id);

// SAFETY: root devices are never freed, and OpenCL lets every thread use them.
unsafe impl Send for DeviceId {}
// SAFETY: as above.
unsafe impl Sync for DeviceId {}

impl DeviceId {
    /// A number that the device tells of itself; 0 if it does not know the question.
    pub(super) fn number(self, what: u32) -> u64 {
        let mut bytes = [0; 8];
        let mut size = 0;
        // SAFETY: at most eight bytes are written to `bytes`, which has eight.
        let status = unsafe { clGetDeviceInfo(self.0, what, bytes.len(), bytes.as_mut_ptr().cast(), &mut size) };
        match (status, size) {
            // Numbers come in the size of their type: `cl_uint`, or `size_t` and `cl_ulong`.
            (0, 4) => u64::from(u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])),
            (0, 8) => u64::from_ne_bytes(bytes),
            _ => 0,
        }
    }

    /// A text that the device tells of itself; empty if it does not know the question.
    pub(super) fn text(self, what: u32) -> String {
        text(|size, value, needed| {
            // SAFETY: `text` passes a buffer of the size that it says, or none.
            unsafe { clGetDeviceInfo(self.0, what, size, value, needed) }
        })
    }
}

/// Asks twice, as OpenCL's questions want it: how long is the answer, and what is it.
pub(super) fn text(ask: impl Fn(usize, *mut c_void, *mut usize) -> cl_int) -> String {
    let mut size = 0;
    if ask(0, ptr::null_mut(), &mut size) != 0 {
        return String::new();
    }
    let mut bytes = vec![0u8; size];
    if size == 0 || ask(size, bytes.as_mut_ptr().cast(), ptr::null_mut()) != 0 {
        return String::new();
    }
    let text = CStr::from_bytes_until_nul(&bytes).map_or(bytes.as_slice(), CStr::to_bytes);
    String::from_utf8_lossy(text).trim().to_owned()
}
