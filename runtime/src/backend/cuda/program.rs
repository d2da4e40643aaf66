//! CUDA programs: from text or from the cached machine code, and the launch of their kernels.
//!
//! Invariant: the number of arguments and their sizes are compared with the kernel's own before a launch, because CUDA
//! itself would read past their end.

use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::result::{self, DriverError};
use cudarc::driver::sys;

use super::context::{Context, words};
use super::nvrtc::{self, Target};
use super::{CudaAllocation, driver_version};
use crate::Result;
use crate::backend::disk_cache::{DiskCache, Key, check_definitions};
use crate::backend::driver::{Allocation, KernelArgument, Program, WorkSize};

/// `cuFuncGetParamInfo` exists from this driver on (CUDA 12.4).
const PARAMETERS_SINCE: i32 = 12_040;

/// A kernel and the sizes of its parameters, where the driver tells them.
#[derive(Clone)]
struct Function {
    raw: sys::CUfunction,
    parameters: Option<Arc<[usize]>>,
}

/// A loaded module.
pub(super) struct CudaProgram {
    module: sys::CUmodule,
    functions: Mutex<HashMap<String, Function>>,
    context: Arc<Context>,
}

// SAFETY: modules and functions may be used from any thread.
unsafe impl Send for CudaProgram {}
// SAFETY: as above; the table of functions is behind a lock.
unsafe impl Sync for CudaProgram {}

impl Program for CudaProgram {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

impl CudaProgram {
    /// Compiles a text, or takes its machine code from the cache. The error is the compiler's log.
    pub(super) fn compile(
        context: &Arc<Context>,
        target: &Target,
        disk: &DiskCache,
        source: &str,
        definitions: &[(String, String)],
    ) -> Result<Self, String> {
        check_definitions(definitions)?;
        let options = nvrtc::options(definitions, target).join(" ");
        let compiler = nvrtc::version().unwrap_or_default();
        let device = &context.description;
        let key = [b"cuda".as_slice(), source.as_bytes(), options.as_bytes(), compiler.as_bytes()];
        let key = Key::new(key.into_iter().chain([device.name.as_bytes(), device.driver.as_bytes()]));
        // Code that the driver does not take any more is compiled again.
        if let Some(program) = disk.load(key).and_then(|code| Self::load(context, target, &code).ok()) {
            return Ok(program);
        }
        let code = nvrtc::compile(source, definitions, target)?;
        let program = Self::load(context, target, &code).map_err(|error| {
            format!(
                "the driver ({}) does not load the code of NVRTC {compiler}: {}; if the driver is the older of the two, update it or \
                 install an older NVRTC",
                device.driver,
                words(error)
            )
        })?;
        disk.store(key, &code);
        Ok(program)
    }

    fn load(context: &Arc<Context>, target: &Target, code: &[u8]) -> Result<Self, DriverError> {
        let whole = match target {
            Target::Cubin(_) => code.starts_with(b"\x7fELF"),
            Target::Ptx(_) => code.ends_with(&[0]),
        };
        if !whole {
            return Err(DriverError(sys::CUresult::CUDA_ERROR_INVALID_IMAGE));
        }
        let _current = context.enter()?;
        // SAFETY: the code is a cubin, which has its size inside, or assembly that ends in NUL; both are copied.
        let module = unsafe { result::module::load_data(code.as_ptr().cast()) }?;
        Ok(Self { module, functions: Mutex::default(), context: context.clone() })
    }

    pub(super) fn is_of(&self, context: &Arc<Context>) -> bool {
        Arc::ptr_eq(&self.context, context)
    }

    /// Launches a kernel. `buffer` finds the memory behind an allocation.
    pub(super) fn launch<'a>(
        &self,
        name: &str,
        size: WorkSize,
        arguments: &[KernelArgument<'a>],
        buffer: impl Fn(&'a dyn Allocation) -> Result<&'a CudaAllocation>,
    ) -> Result<()> {
        let error = |detail: String| self.context.driver_error(&format!("the launch of {name:?}"), detail);
        let (grid, block) = match geometry(size, self.context.description.max_work_group).map_err(error)? {
            Some(geometry) => geometry,
            None => return Ok(()),
        };
        let current = self.context.enter().map_err(|failure| error(words(failure)))?;
        let function = self.function(name).map_err(|failure| error(words(failure)))?;
        let addresses = arguments
            .iter()
            .map(|argument| match argument {
                KernelArgument::Buffer(allocation) => Ok(buffer(*allocation)?.pointer),
                KernelArgument::Bytes(_) => Ok(0),
            })
            .collect::<Result<Vec<sys::CUdeviceptr>>>()?;
        let sizes = arguments.iter().map(|argument| match argument {
            KernelArgument::Buffer(_) => size_of::<sys::CUdeviceptr>(),
            KernelArgument::Bytes(bytes) => bytes.len(),
        });
        if let Some(parameters) = &function.parameters
            && !sizes.clone().eq(parameters.iter().copied())
        {
            let sizes: Vec<usize> = sizes.collect();
            return Err(error(format!(
                "arguments of {sizes:?} bytes were passed to parameters of {parameters:?} bytes"
            )));
        }
        let mut pointers: Vec<*mut c_void> = arguments
            .iter()
            .zip(&addresses)
            .map(|(argument, address)| match argument {
                KernelArgument::Buffer(_) => ptr::from_ref(address).cast_mut().cast(),
                KernelArgument::Bytes(bytes) => bytes.as_ptr().cast_mut().cast(),
            })
            .collect();
        // SAFETY: function and stream are valid, and the context is current. Each argument has the size of its parameter and is
        // copied during the call. Memory is freed only when the stream is done. What a kernel does inside is the matter of
        // whoever wrote its text.
        unsafe { result::launch_kernel(function.raw, grid, block, 0, current.stream, &mut pointers) }
            .map_err(|failure| error(words(failure)))
    }

    fn function(&self, name: &str) -> Result<Function, DriverError> {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = functions.get(name) {
            return Ok(function.clone());
        }
        // A name with a NUL inside is not the name of a kernel.
        let c_name = CString::new(name).map_err(|_| DriverError(sys::CUresult::CUDA_ERROR_NOT_FOUND))?;
        // SAFETY: the module is loaded.
        let raw = unsafe { result::module::get_function(self.module, c_name) }?;
        let parameters = (driver_version() >= PARAMETERS_SINCE).then(|| parameter_sizes(raw));
        let function = Function { raw, parameters };
        functions.insert(name.to_owned(), function.clone());
        Ok(function)
    }
}

impl Drop for CudaProgram {
    fn drop(&mut self) {
        if let Ok(current) = self.context.enter() {
            let _ = current.synchronize();
            // SAFETY: no kernel of the module runs any more, and it is not used after this.
            let _ = unsafe { result::module::unload(self.module) };
        }
    }
}

fn parameter_sizes(function: sys::CUfunction) -> Arc<[usize]> {
    (0..)
        .map_while(|index| {
            let (mut offset, mut size) = (0, 0);
            // SAFETY: the function is valid; an index past the last parameter is an error, not more.
            unsafe { sys::cuFuncGetParamInfo(function, index, &mut offset, &mut size) }.result().ok()?;
            Some(size)
        })
        .collect()
}

type Dimensions = (u32, u32, u32);

/// Grid and block of a launch; none if there is nothing to do.
fn geometry(size: WorkSize, max_block: usize) -> Result<Option<(Dimensions, Dimensions)>, String> {
    let threads = size.local.iter().try_fold(1usize, |product, local| product.checked_mul(*local));
    if size.local.contains(&0) || threads.is_none_or(|threads| threads > max_block) {
        return Err(format!("a block of {:?} threads, but 1 to {max_block} are possible", size.local));
    }
    if size.global.contains(&0) {
        return Ok(None);
    }
    let grid: [usize; 3] = std::array::from_fn(|axis| size.global[axis].div_ceil(size.local[axis]));
    let limits = [i32::MAX as usize, 65_535, 65_535];
    if grid.iter().zip(limits).any(|(blocks, limit)| *blocks > limit) {
        return Err(format!("a grid of {grid:?} blocks, but CUDA can have at most {limits:?}"));
    }
    let dimensions = |sizes: [usize; 3]| (sizes[0] as u32, sizes[1] as u32, sizes[2] as u32);
    Ok(Some((dimensions(grid), dimensions(size.local))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launches_are_rounded_up_and_limited() {
        let geometry = |global, local| geometry(WorkSize { global, local }, 1024);
        assert_eq!(geometry([100, 7, 1], [32, 4, 1]), Ok(Some(((4, 2, 1), (32, 4, 1)))));
        assert_eq!(geometry([100, 0, 1], [32, 4, 1]), Ok(None));
        assert!(geometry([1, 1, 1], [32, 0, 1]).is_err());
        assert!(geometry([1, 1, 1], [2048, 1, 1]).is_err());
        assert!(geometry([1, 65_536, 1], [1, 1, 1]).is_err());
        assert_eq!(geometry([1 << 20, 65_535, 1], [1, 1, 1]), Ok(Some(((1 << 20, 65_535, 1), (1, 1, 1)))));
    }
}
