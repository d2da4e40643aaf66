//! The forwarders: every function of OpenCL 1.0 to 2.1 and of its OpenGL sharing that `cl-sys` 0.4.3 declares.
//!
//! Invariant: all of them live in this one module, together with what [`crate::platforms`] calls, so that a linker that
//! takes one of them from the archive takes them all.

use std::error::Error;
use std::ffi::c_void;
use std::sync::OnceLock;

use libloading::Library;

use crate::PLATFORM_NOT_FOUND;

/// Any pointer or callback: they are only passed on.
type Pointer = *mut c_void;

/// `CL_INVALID_OPERATION`: the loader is there but older than the function.
const INVALID_OPERATION: i32 = -59;

/// The loader, and what its first call said.
struct Loader {
    library: Library,
    platforms: Result<u32, i32>,
}

fn loader() -> Result<&'static Loader, &'static str> {
    static LOADER: OnceLock<Result<Loader, String>> = OnceLock::new();
    LOADER.get_or_init(load).as_ref().map_err(String::as_str)
}

fn load() -> Result<Loader, String> {
    let names: Vec<String> = match std::env::var("KERNWERK_OPENCL_LIBRARY") {
        Ok(name) if !name.is_empty() => vec![name],
        _ if cfg!(windows) => vec!["OpenCL.dll".to_owned()],
        _ => vec!["libOpenCL.so.1".to_owned(), "libOpenCL.so".to_owned()],
    };
    let mut reasons = Vec::new();
    for name in names {
        // SAFETY: the library's initialisers run; it is the system's OpenCL loader, or what the user named in its place.
        match unsafe { Library::new(&name) } {
            Ok(library) => {
                let platforms = count_platforms(&library);
                return Ok(Loader { library, platforms });
            }
            // The error itself says only which call failed; the system's words are its source.
            Err(error) => reasons.push(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }
    Err(reasons.join("; "))
}

/// Made while the loader is being loaded, hence by one thread alone: some loaders set themselves up in their first call
/// and are not ready for a second thread meanwhile.
fn count_platforms(library: &Library) -> Result<u32, i32> {
    type GetPlatformIds = unsafe extern "system" fn(u32, Pointer, *mut u32) -> i32;
    // SAFETY: this is the signature of clGetPlatformIDs in every version of OpenCL.
    let Ok(function) = (unsafe { library.get::<GetPlatformIds>(b"clGetPlatformIDs\0") }) else {
        return Err(INVALID_OPERATION);
    };
    let mut count = 0;
    // SAFETY: with no entries asked for, the function writes only the count, which outlives the call.
    let status = unsafe { function(0, std::ptr::null_mut(), &mut count) };
    if status == 0 { Ok(count) } else { Err(status) }
}

pub(crate) fn load_error() -> Option<String> {
    loader().err().map(str::to_owned)
}

pub(crate) fn first_call() -> Result<u32, i32> {
    loader().map_err(|_| PLATFORM_NOT_FOUND)?.platforms
}

/// The function `name` (ending in NUL) of the loader.
///
/// # Safety
/// `F` is the function's type.
unsafe fn find<F: Copy>(name: &[u8]) -> Result<F, i32> {
    let loader = loader().map_err(|_| PLATFORM_NOT_FOUND)?;
    // SAFETY: by this function's own contract.
    match unsafe { loader.library.get::<F>(name) } {
        Ok(function) => Ok(*function),
        Err(_) => Err(INVALID_OPERATION),
    }
}

/// What a function returns that cannot be forwarded.
trait Absent {
    fn absent(status: i32) -> Self;
}

impl Absent for i32 {
    fn absent(status: i32) -> Self {
        status
    }
}

impl Absent for Pointer {
    fn absent(_: i32) -> Self {
        std::ptr::null_mut()
    }
}

impl Absent for () {
    fn absent(_: i32) -> Self {}
}

/// Exports a forwarder for each function. `; errcode_ret` marks a last argument `cl_int *errcode_ret`.
macro_rules! forward {
    ($(fn $name:ident($($argument:ident: $type:ty),* $(; $error:ident)?) -> $return:ty;)*) => {$(
        #[unsafe(no_mangle)]
        #[allow(non_snake_case, clippy::too_many_arguments)]
        unsafe extern "system" fn $name($($argument: $type,)* $($error: *mut i32,)?) -> $return {
            type Function = unsafe extern "system" fn($($type,)* $(forward!(@error $error),)?) -> $return;
            static FUNCTION: OnceLock<Result<Function, i32>> = OnceLock::new();
            // SAFETY: `Function` is the signature that OpenCL gives to this name, in the table below.
            match FUNCTION.get_or_init(|| unsafe { find(concat!(stringify!($name), "\0").as_bytes()) }) {
                // SAFETY: the arguments are passed on as they came; their validity is the caller's duty.
                Ok(function) => unsafe { function($($argument,)* $($error,)?) },
                Err(status) => {
                    $(if !$error.is_null() {
                        // SAFETY: OpenCL asks for null or a pointer to a `cl_int`, and it is not null.
                        unsafe { *$error = *status };
                    })?
                    Absent::absent(*status)
                }
            }
        }
    )*};
    (@error $error:ident) => { *mut i32 };
}

#[rustfmt::skip]
forward! {
    fn clGetPlatformIDs(num_entries: u32, platforms: Pointer, num_platforms: Pointer) -> i32;
    fn clGetPlatformInfo(platform: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clGetDeviceIDs(
        platform: Pointer, device_type: u64, num_entries: u32, devices: Pointer, num_devices: Pointer
    ) -> i32;
    fn clGetDeviceInfo(device: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateSubDevices(
        in_device: Pointer, properties: Pointer, num_devices: u32, out_devices: Pointer, num_devices_ret: Pointer
    ) -> i32;
    fn clRetainDevice(device: Pointer) -> i32;
    fn clReleaseDevice(device: Pointer) -> i32;
    fn clSetDefaultDeviceCommandQueue(context: Pointer, device: Pointer, queue: Pointer) -> i32;
    fn clGetDeviceAndHostTimer(device: Pointer, device_timestamp: Pointer, host_timestamp: Pointer) -> i32;
    fn clGetHostTimer(device: Pointer, host_timestamp: Pointer) -> i32;
    fn clCreateContext(
        properties: Pointer, num_devices: u32, devices: Pointer, pfn_notify: Pointer, user_data: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateContextFromType(
        properties: Pointer, device_type: u64, pfn_notify: Pointer, user_data: Pointer; errcode_ret
    ) -> Pointer;
    fn clRetainContext(context: Pointer) -> i32;
    fn clReleaseContext(context: Pointer) -> i32;
    fn clGetContextInfo(context: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateCommandQueue(context: Pointer, device: Pointer, properties: u64; errcode_ret) -> Pointer;
    fn clCreateCommandQueueWithProperties(
        context: Pointer, device: Pointer, properties: Pointer; errcode_ret
    ) -> Pointer;
    fn clRetainCommandQueue(queue: Pointer) -> i32;
    fn clReleaseCommandQueue(queue: Pointer) -> i32;
    fn clGetCommandQueueInfo(queue: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateBuffer(context: Pointer, flags: u64, size: usize, host_ptr: Pointer; errcode_ret) -> Pointer;
    fn clCreateSubBuffer(
        buffer: Pointer, flags: u64, buffer_create_type: u32, buffer_create_info: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateImage2D(
        context: Pointer, flags: u64, image_format: Pointer, image_width: usize, image_depth: usize,
        image_slc_pitch: usize, host_ptr: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateImage3D(
        context: Pointer, flags: u64, image_format: Pointer, image_width: usize, image_height: usize,
        image_depth: usize, image_row_pitch: usize, image_slc_pitch: usize, host_ptr: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateImage(
        context: Pointer, flags: u64, image_format: Pointer, image_desc: Pointer, host_ptr: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreatePipe(
        context: Pointer, flags: u64, pipe_packet_size: u32, pipe_max_packets: u32, properties: Pointer; errcode_ret
    ) -> Pointer;
    fn clRetainMemObject(memobj: Pointer) -> i32;
    fn clReleaseMemObject(memobj: Pointer) -> i32;
    fn clGetSupportedImageFormats(
        context: Pointer, flags: u64, image_type: u32, num_entries: u32, image_formats: Pointer,
        num_image_formats: Pointer
    ) -> i32;
    fn clGetMemObjectInfo(memobj: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clGetImageInfo(image: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clGetPipeInfo(pipe: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clSetMemObjectDestructorCallback(memobj: Pointer, pfn_notify: Pointer, user_data: Pointer) -> i32;
    fn clSVMAlloc(context: Pointer, flags: u64, size: usize, alignment: u32) -> Pointer;
    fn clSVMFree(context: Pointer, svm_pointer: Pointer) -> ();
    fn clCreateSampler(
        context: Pointer, normalize_coords: u32, addressing_mode: u32, filter_mode: u32; errcode_ret
    ) -> Pointer;
    fn clCreateSamplerWithProperties(context: Pointer, normalized_coords: Pointer; errcode_ret) -> Pointer;
    fn clRetainSampler(sampler: Pointer) -> i32;
    fn clReleaseSampler(sampler: Pointer) -> i32;
    fn clGetSamplerInfo(sampler: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateProgramWithSource(
        context: Pointer, count: u32, strings: Pointer, lengths: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateProgramWithBinary(
        context: Pointer, num_devices: u32, device_list: Pointer, lengths: Pointer, binaries: Pointer,
        binary_status: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateProgramWithBuiltInKernels(
        context: Pointer, num_devices: u32, device_list: Pointer, kernel_names: Pointer; errcode_ret
    ) -> Pointer;
    fn clCreateProgramWithIL(context: Pointer, il: Pointer, length: usize; errcode_ret) -> Pointer;
    fn clRetainProgram(program: Pointer) -> i32;
    fn clReleaseProgram(program: Pointer) -> i32;
    fn clBuildProgram(
        program: Pointer, num_devices: u32, device_list: Pointer, options: Pointer, pfn_notify: Pointer,
        user_data: Pointer
    ) -> i32;
    fn clUnloadCompiler() -> i32;
    fn clCompileProgram(
        program: Pointer, num_devices: u32, device_list: Pointer, options: Pointer, num_input_headers: u32,
        input_headers: Pointer, header_include_names: Pointer, pfn_notify: Pointer, user_data: Pointer
    ) -> i32;
    fn clLinkProgram(
        context: Pointer, num_devices: u32, device_list: Pointer, options: Pointer, num_input_programs: u32,
        input_programs: Pointer, pfn_notify: Pointer, user_data: Pointer; errcode_ret
    ) -> Pointer;
    fn clGetProgramInfo(program: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clGetProgramBuildInfo(
        program: Pointer, device: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer
    ) -> i32;
    fn clCreateKernel(program: Pointer, kernel_name: Pointer; errcode_ret) -> Pointer;
    fn clCreateKernelsInProgram(program: Pointer, num_kernels: u32, kernels: Pointer, num_kernels_ret: Pointer) -> i32;
    fn clCloneKernel(source_kernel: Pointer; errcode_ret) -> Pointer;
    fn clRetainKernel(kernel: Pointer) -> i32;
    fn clReleaseKernel(kernel: Pointer) -> i32;
    fn clSetKernelArg(kernel: Pointer, arg_index: u32, arg_size: usize, arg_value: Pointer) -> i32;
    fn clSetKernelArgSVMPointer(kernel: Pointer, arg_index: u32, arg_value: Pointer) -> i32;
    fn clSetKernelExecInfo(kernel: Pointer, what: u32, size: usize, value: Pointer) -> i32;
    fn clGetKernelInfo(kernel: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clGetKernelArgInfo(
        kernel: Pointer, arg_indx: u32, what: u32, size: usize, value: Pointer, size_ret: Pointer
    ) -> i32;
    fn clGetKernelWorkGroupInfo(
        kernel: Pointer, device: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer
    ) -> i32;
    fn clGetKernelSubGroupInfo(
        kernel: Pointer, device: Pointer, what: u32, input_value_size: usize, input_value: Pointer, size: usize,
        value: Pointer, size_ret: Pointer
    ) -> i32;
    fn clWaitForEvents(num_events: u32, event_list: Pointer) -> i32;
    fn clGetEventInfo(event: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateUserEvent(context: Pointer; errcode_ret) -> Pointer;
    fn clRetainEvent(event: Pointer) -> i32;
    fn clReleaseEvent(event: Pointer) -> i32;
    fn clSetUserEventStatus(event: Pointer, execution_status: i32) -> i32;
    fn clSetEventCallback(
        event: Pointer, command_exec_callback_type: i32, pfn_notify: Pointer, user_data: Pointer
    ) -> i32;
    fn clGetEventProfilingInfo(event: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clFlush(queue: Pointer) -> i32;
    fn clFinish(queue: Pointer) -> i32;
    fn clEnqueueReadBuffer(
        queue: Pointer, buffer: Pointer, blocking_read: u32, offset: usize, cb: usize, ptr: Pointer, waits: u32,
        wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueReadBufferRect(
        queue: Pointer, buffer: Pointer, blocking_read: u32, buffer_origin: Pointer, host_origin: Pointer,
        region: Pointer, buffer_row_pitch: usize, buffer_slc_pitch: usize, host_row_pitch: usize,
        host_slc_pitch: usize, ptr: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueWriteBuffer(
        queue: Pointer, buffer: Pointer, blocking_write: u32, offset: usize, cb: usize, ptr: Pointer, waits: u32,
        wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueWriteBufferRect(
        queue: Pointer, buffer: Pointer, blocking_write: u32, buffer_origin: Pointer, host_origin: Pointer,
        region: Pointer, buffer_row_pitch: usize, buffer_slc_pitch: usize, host_row_pitch: usize,
        host_slc_pitch: usize, ptr: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueFillBuffer(
        queue: Pointer, buffer: Pointer, pattern: Pointer, pattern_size: usize, offset: usize, size: usize,
        waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueCopyBuffer(
        queue: Pointer, src_buffer: Pointer, dst_buffer: Pointer, src_offset: usize, dst_offset: usize, cb: usize,
        waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueCopyBufferRect(
        queue: Pointer, src_buffer: Pointer, dst_buffer: Pointer, src_origin: Pointer, dst_origin: Pointer,
        region: Pointer, src_row_pitch: usize, src_slc_pitch: usize, dst_row_pitch: usize, dst_slc_pitch: usize,
        waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueReadImage(
        queue: Pointer, image: Pointer, blocking_read: u32, origin: Pointer, region: Pointer, row_pitch: usize,
        slc_pitch: usize, ptr: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueWriteImage(
        queue: Pointer, image: Pointer, blocking_write: u32, origin: Pointer, region: Pointer, input_row_pitch: usize,
        input_slc_pitch: usize, ptr: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueFillImage(
        queue: Pointer, image: Pointer, fill_color: Pointer, origin: Pointer, region: Pointer, waits: u32,
        wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueCopyImage(
        queue: Pointer, src_image: Pointer, dst_image: Pointer, src_origin: Pointer, dst_origin: Pointer,
        region: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueCopyImageToBuffer(
        queue: Pointer, src_image: Pointer, dst_buffer: Pointer, src_origin: Pointer, region: Pointer,
        dst_offset: usize, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueCopyBufferToImage(
        queue: Pointer, src_buffer: Pointer, dst_image: Pointer, src_offset: usize, dst_origin: Pointer,
        region: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueMapBuffer(
        queue: Pointer, buffer: Pointer, blocking_map: u32, map_flags: u64, offset: usize, size: usize, waits: u32,
        wait_list: Pointer, event: Pointer; errcode_ret
    ) -> Pointer;
    fn clEnqueueMapImage(
        queue: Pointer, image: Pointer, blocking_map: u32, map_flags: u64, origin: Pointer, region: Pointer,
        image_row_pitch: Pointer, image_slc_pitch: Pointer, waits: u32, wait_list: Pointer, event: Pointer;
        errcode_ret
    ) -> Pointer;
    fn clEnqueueUnmapMemObject(
        queue: Pointer, memobj: Pointer, mapped_ptr: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueMigrateMemObjects(
        queue: Pointer, num_mem_objects: u32, mem_objects: Pointer, flags: u64, waits: u32, wait_list: Pointer,
        event: Pointer
    ) -> i32;
    fn clEnqueueNDRangeKernel(
        queue: Pointer, kernel: Pointer, work_dim: u32, global_work_offset: Pointer, global_work_dims: Pointer,
        local_work_dims: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueTask(queue: Pointer, kernel: Pointer, waits: u32, wait_list: Pointer, event: Pointer) -> i32;
    fn clEnqueueNativeKernel(
        queue: Pointer, user_func: Pointer, args: Pointer, cb_args: usize, num_mem_objects: u32, mem_list: Pointer,
        args_mem_loc: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueMarker(queue: Pointer, event: Pointer) -> i32;
    fn clEnqueueMarkerWithWaitList(queue: Pointer, waits: u32, wait_list: Pointer, event: Pointer) -> i32;
    fn clEnqueueWaitForEvents(queue: Pointer, num_events: u32, event_list: Pointer) -> i32;
    fn clEnqueueBarrierWithWaitList(queue: Pointer, waits: u32, wait_list: Pointer, event: Pointer) -> i32;
    fn clEnqueueSVMFree(
        queue: Pointer, num_svm_pointers: u32, svm_pointers: Pointer, pfn_free_func: Pointer, user_data: Pointer,
        waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueSVMMemcpy(
        queue: Pointer, blocking_copy: u32, dst_ptr: Pointer, src_ptr: Pointer, size: usize, waits: u32,
        wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueSVMMemFill(
        queue: Pointer, svm_ptr: Pointer, pattern: Pointer, pattern_size: usize, size: usize, waits: u32,
        wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueSVMMap(
        queue: Pointer, blocking_map: u32, flags: u64, svm_ptr: Pointer, size: usize, waits: u32, wait_list: Pointer,
        event: Pointer
    ) -> i32;
    fn clEnqueueSVMUnmap(queue: Pointer, svm_ptr: Pointer, waits: u32, wait_list: Pointer, event: Pointer) -> i32;
    fn clEnqueueSVMMigrateMem(
        queue: Pointer, num_svm_pointers: u32, svm_pointers: Pointer, sizes: Pointer, flags: u64, waits: u32,
        wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueBarrier(queue: Pointer) -> i32;
    fn clGetExtensionFunctionAddress(func_name: Pointer) -> Pointer;
    fn clGetExtensionFunctionAddressForPlatform(platform: Pointer, func_name: Pointer) -> Pointer;
    fn clCreateFromGLBuffer(context: Pointer, flags: u64, bufobj: u32; errcode_ret) -> Pointer;
    fn clCreateFromGLTexture(
        context: Pointer, flags: u64, texture_target: u32, miplevel: i32, texture: u32; errcode_ret
    ) -> Pointer;
    fn clGetGLObjectInfo(memobj: Pointer, gl_object_type: Pointer, gl_object_name: Pointer) -> i32;
    fn clGetGLTextureInfo(memobj: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateFromGLRenderbuffer(context: Pointer, flags: u64, renderbuffer: u32; errcode_ret) -> Pointer;
    fn clEnqueueAcquireGLObjects(
        queue: Pointer, num_objects: u32, mem_objects: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clEnqueueReleaseGLObjects(
        queue: Pointer, num_objects: u32, mem_objects: Pointer, waits: u32, wait_list: Pointer, event: Pointer
    ) -> i32;
    fn clGetGLContextInfoKHR(properties: Pointer, what: u32, size: usize, value: Pointer, size_ret: Pointer) -> i32;
    fn clCreateFromGLTexture2D(
        context: Pointer, flags: u64, texture_target: u32, miplevel: i32, texture: u32; errcode_ret
    ) -> Pointer;
    fn clCreateFromGLTexture3D(
        context: Pointer, flags: u64, texture_target: u32, miplevel: i32, texture: u32; errcode_ret
    ) -> Pointer;
}
