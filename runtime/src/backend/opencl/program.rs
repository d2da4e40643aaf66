//! OpenCL programs: from text or from the cached binary, and the launch of their kernels.
//!
//! Invariant: the arguments of a kernel object are set and the kernel is enqueued under one lock, because a kernel object
//! holds its arguments and OpenCL does not protect them.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use ocl::ffi::{
    CL_KERNEL_NUM_ARGS, CL_KERNEL_WORK_GROUP_SIZE, CL_PROGRAM_BINARIES, CL_PROGRAM_BINARY_SIZES, CL_PROGRAM_BUILD_LOG,
    cl_mem, clBuildProgram, clCreateKernel, clCreateProgramWithBinary, clCreateProgramWithSource,
    clEnqueueNDRangeKernel, clFlush, clGetKernelInfo, clGetKernelWorkGroupInfo, clGetProgramBuildInfo,
    clGetProgramInfo, clSetKernelArg,
};

use super::handle::{Failure, Kernel, ProgramObject, check, status_name, text};
use super::{ALLOCATION_FAILURE, OUT_OF_RESOURCES, OpenClAllocation, Shared};
use crate::Result;
use crate::backend::disk_cache::{DiskCache, Key, check_definitions};
use crate::backend::driver::{Allocation, KernelArgument, Program, WorkSize};

/// A kernel object and how many arguments it has.
struct Prepared {
    kernel: Kernel,
    arguments: usize,
}

/// A built program.
pub(super) struct OpenClProgram {
    object: ProgramObject,
    kernels: Mutex<HashMap<String, Prepared>>,
    shared: Arc<Shared>,
}

impl Program for OpenClProgram {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl OpenClProgram {
    /// Builds a text, or takes its binary from the cache. The error is the compiler's log.
    pub(super) fn compile(
        shared: &Arc<Shared>,
        disk: &DiskCache,
        source: &str,
        definitions: &[(String, String)],
    ) -> Result<Self, String> {
        check_definitions(definitions)?;
        let options = options(shared.exact_division, shared.compute_capability, definitions);
        let device = &shared.description;
        let key = [b"opencl".as_slice(), source.as_bytes(), options.as_bytes()];
        let key = Key::new(key.into_iter().chain([device.name.as_bytes(), device.driver.as_bytes()]));
        let options = CString::new(options).map_err(|error| error.to_string())?;
        // A binary that the driver does not take any more is compiled again.
        let cached = disk.load(key).and_then(|binary| from_binary(shared, &binary, &options));
        let object = match cached {
            Some(object) => object,
            None => {
                let object = from_source(shared, source, &options)?;
                if disk.is_on()
                    && let Some(binary) = binary(&object)
                {
                    disk.store(key, &binary);
                }
                object
            }
        };
        Ok(Self { object, kernels: Mutex::default(), shared: shared.clone() })
    }

    pub(super) fn is_of(&self, shared: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.shared, shared)
    }

    /// Sets the arguments and enqueues the kernel. `buffer` finds the buffer behind an allocation.
    pub(super) fn launch<'a>(
        &self,
        name: &str,
        size: WorkSize,
        arguments: &[KernelArgument<'a>],
        buffer: impl Fn(&'a dyn Allocation) -> Result<&'a OpenClAllocation>,
    ) -> Result<()> {
        let error = |detail: String| self.shared.driver_error(&format!("the launch of {name:?}"), detail);
        if size.local.contains(&0) {
            return Err(error(format!("a work-group of {:?} work-items", size.local)));
        }
        if size.global.contains(&0) {
            return Ok(());
        }
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        if !kernels.contains_key(name) {
            let prepared = self.prepare(name).map_err(|failure| error(words(failure)))?;
            kernels.insert(name.to_owned(), prepared);
        }
        let Prepared { kernel, arguments: expected } = &kernels[name];
        // Without this a missing argument would silently be the one of the launch before.
        if *expected != arguments.len() {
            return Err(error(format!("{} arguments were passed to {expected} parameters", arguments.len())));
        }
        let mut bytes = 0;
        for (index, argument) in arguments.iter().enumerate() {
            let status = match argument {
                KernelArgument::Buffer(allocation) => {
                    let allocation = buffer(*allocation)?;
                    bytes += allocation.size as u64;
                    let memory = allocation.memory.raw();
                    // SAFETY: the argument is a `cl_mem`, read during the call; the kernel is ours alone under the lock.
                    unsafe {
                        clSetKernelArg(kernel.raw(), index as u32, size_of::<cl_mem>(), ptr::from_ref(&memory).cast())
                    }
                }
                // SAFETY: so many bytes are there and are copied during the call; the driver refuses a wrong size.
                KernelArgument::Bytes(value) => unsafe {
                    clSetKernelArg(kernel.raw(), index as u32, value.len(), value.as_ptr().cast())
                },
            };
            check("clSetKernelArg", status)
                .map_err(|failure| error(format!("argument {index}: {}", words(failure))))?;
        }
        let global: [usize; 3] =
            std::array::from_fn(|axis| size.global[axis].div_ceil(size.local[axis]) * size.local[axis]);
        // SAFETY: all arguments are set and the driver keeps their buffers until the kernel is done; what a kernel does inside
        // is the matter of whoever wrote its text.
        let status = unsafe {
            clEnqueueNDRangeKernel(
                self.shared.queue.raw(),
                kernel.raw(),
                3,
                ptr::null(),
                global.as_ptr(),
                size.local.as_ptr(),
                0,
                ptr::null(),
                ptr::null_mut(),
            )
        };
        check("clEnqueueNDRangeKernel", status).map_err(|failure| {
            let group: usize = size.local.iter().product();
            let most = self.work_group_limit(kernel);
            match failure.status {
                _ if most > 0 && group > most => {
                    error(format!("a work-group of {group} work-items, but this kernel can have {most} here"))
                }
                ALLOCATION_FAILURE | OUT_OF_RESOURCES => self.shared.out_of_memory(bytes, self.shared.available()),
                _ => error(words(failure)),
            }
        })?;
        // SAFETY: the queue is valid. Without this some drivers would not start before the next call that waits.
        check("clFlush", unsafe { clFlush(self.shared.queue.raw()) }).map_err(|failure| self.shared.error(failure))
    }

    fn prepare(&self, name: &str) -> Result<Prepared, Failure> {
        // A name with a NUL inside is not the name of a kernel.
        let name = CString::new(name).map_err(|_| Failure { call: "clCreateKernel", status: -46 })?;
        let mut status = 0;
        // SAFETY: the program is built and the name ends in NUL.
        let kernel = unsafe { clCreateKernel(self.object.raw(), name.as_ptr(), &mut status) };
        let kernel = Kernel::created("clCreateKernel", kernel, status)?;
        let mut arguments = 0u32;
        // SAFETY: the answer is a `cl_uint`, and that much room is given.
        let status = unsafe {
            clGetKernelInfo(
                kernel.raw(),
                CL_KERNEL_NUM_ARGS,
                size_of::<u32>(),
                ptr::from_mut(&mut arguments).cast(),
                ptr::null_mut(),
            )
        };
        check("clGetKernelInfo", status)?;
        Ok(Prepared { kernel, arguments: arguments as usize })
    }

    /// How many work-items a group of this kernel can have; 0 if the driver does not say.
    fn work_group_limit(&self, kernel: &Kernel) -> usize {
        let mut most = 0usize;
        // SAFETY: the answer is a `size_t`, and that much room is given.
        let status = unsafe {
            clGetKernelWorkGroupInfo(
                kernel.raw(),
                self.shared.device.0,
                CL_KERNEL_WORK_GROUP_SIZE,
                size_of::<usize>(),
                ptr::from_mut(&mut most).cast(),
                ptr::null_mut(),
            )
        };
        if status == 0 { most } else { 0 }
    }
}

fn words(failure: Failure) -> String {
    format!("{} returned {}", failure.call, status_name(failure.status))
}

/// The options of every build. None of them lets the compiler change a result.
fn options(exact_division: bool, compute_capability: u32, definitions: &[(String, String)]) -> String {
    let mut options = String::from("-cl-std=CL1.2");
    if exact_division {
        options.push_str(" -cl-fp32-correctly-rounded-divide-sqrt");
    }
    // Its compiler tells no text what it compiles for.
    if compute_capability > 0 {
        options.push_str(&format!(" -D KW_SM={compute_capability}"));
    }
    for (name, value) in definitions {
        options.push_str(&format!(" -D {name}={value}"));
    }
    options
}

fn from_source(shared: &Shared, source: &str, options: &CStr) -> Result<ProgramObject, String> {
    let start: *const c_char = source.as_ptr().cast();
    let mut status = 0;
    // SAFETY: one text is passed with its length, and the driver copies it.
    let program = unsafe { clCreateProgramWithSource(shared.context.raw(), 1, &start, &source.len(), &mut status) };
    let program = ProgramObject::created("clCreateProgramWithSource", program, status).map_err(words)?;
    build(shared, &program, options).map_err(|failure| {
        let log = text(|size, value, needed| {
            // SAFETY: `text` passes a buffer of the size that it says, or none.
            unsafe { clGetProgramBuildInfo(program.raw(), shared.device.0, CL_PROGRAM_BUILD_LOG, size, value, needed) }
        });
        format!("{}\n{log}", words(failure))
    })?;
    Ok(program)
}

pub(super) fn from_binary(shared: &Shared, binary: &[u8], options: &CStr) -> Option<ProgramObject> {
    let start = binary.as_ptr();
    let (mut accepted, mut status) = (0, 0);
    // SAFETY: one device and one binary are passed with its length, and the driver copies it.
    let program = unsafe {
        clCreateProgramWithBinary(
            shared.context.raw(),
            1,
            &shared.device.0,
            &binary.len(),
            &start,
            &mut accepted,
            &mut status,
        )
    };
    let program = ProgramObject::created("clCreateProgramWithBinary", program, status).ok()?;
    (accepted == 0 && build(shared, &program, options).is_ok()).then_some(program)
}

fn build(shared: &Shared, program: &ProgramObject, options: &CStr) -> Result<(), Failure> {
    // SAFETY: one device of the program's context is passed; the options end in NUL; without a callback the call waits.
    let status = unsafe { clBuildProgram(program.raw(), 1, &shared.device.0, options.as_ptr(), None, ptr::null_mut()) };
    check("clBuildProgram", status)
}

/// The program's binary for its one device, if the driver gives it.
fn binary(program: &ProgramObject) -> Option<Vec<u8>> {
    let mut size = 0usize;
    // SAFETY: the program has one device, so that the answer is one `size_t`, and that much room is given.
    let status = unsafe {
        clGetProgramInfo(
            program.raw(),
            CL_PROGRAM_BINARY_SIZES,
            size_of::<usize>(),
            ptr::from_mut(&mut size).cast(),
            ptr::null_mut(),
        )
    };
    if status != 0 || size == 0 {
        return None;
    }
    let mut binary = vec![0u8; size];
    let mut start = binary.as_mut_ptr();
    // SAFETY: the question takes a list of one pointer, to as many bytes as the driver said.
    let status = unsafe {
        clGetProgramInfo(
            program.raw(),
            CL_PROGRAM_BINARIES,
            size_of::<*mut u8>(),
            ptr::from_mut(&mut start).cast(),
            ptr::null_mut(),
        )
    };
    (status == 0).then_some(binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_never_relax_the_arithmetic() {
        let definitions = [("A".to_owned(), "1".to_owned()), ("T".to_owned(), "uchar".to_owned())];
        assert_eq!(
            options(true, 0, &definitions),
            "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt -D A=1 -D T=uchar"
        );
        assert_eq!(options(false, 0, &[]), "-cl-std=CL1.2");
        assert_eq!(options(false, 90, &[]), "-cl-std=CL1.2 -D KW_SM=90");
    }
}
