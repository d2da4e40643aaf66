//! CUDA C to machine code, by NVRTC. Needs neither a GPU nor a driver, so that every kernel can be compiled anywhere.
//!
//! Invariant: the options never let the compiler change a result: no contraction, IEEE division and square root, denormals
//! kept.

use std::ffi::{CStr, CString, c_char};
use std::panic::catch_unwind;
use std::ptr;
use std::sync::OnceLock;

use cudarc::nvrtc::{result, sys};

use crate::backend::disk_cache::check_definitions;

/// What code to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Machine code for just this architecture, as `sm_90`.
    Cubin(String),
    /// Assembly that the driver translates for newer architectures, as `compute_90`.
    Ptx(String),
}

impl Target {
    fn architecture(&self) -> &str {
        match self {
            Self::Cubin(architecture) | Self::Ptx(architecture) => architecture,
        }
    }

    /// Machine code for a device of this compute capability (`90` is 9.0) where NVRTC knows it, assembly where the device is
    /// newer than NVRTC.
    ///
    /// # Errors
    /// Where the device is too old for NVRTC.
    pub(super) fn for_device(capability: i32, supported: &[i32]) -> Result<Self, String> {
        if supported.contains(&capability) {
            return Ok(Self::Cubin(format!("sm_{capability}")));
        }
        match supported.iter().filter(|known| **known < capability).max() {
            Some(known) => Ok(Self::Ptx(format!("compute_{known}"))),
            None => Err(format!(
                "the installed NVRTC supports no device of compute capability {}.{}; install the NVRTC of an older CUDA (CUDA 12 \
                 supports 5.0 and newer)",
                capability / 10,
                capability % 10
            )),
        }
    }
}

/// Whether libnvrtc can be loaded. Everything else here must come after this has said yes: the bindings panic without it.
pub(super) fn is_present() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    // SAFETY: this loads and closes NVIDIA's library, whose initialisers do no more than set it up.
    *PRESENT.get_or_init(|| catch_unwind(|| unsafe { sys::is_culib_present() }).unwrap_or(false))
}

/// NVRTC's version as `13.0`.
pub(super) fn version() -> Option<String> {
    let (mut major, mut minor) = (0, 0);
    if !is_present() {
        return None;
    }
    // SAFETY: both numbers outlive the call.
    unsafe { sys::nvrtcVersion(&mut major, &mut minor) }.result().ok()?;
    Some(format!("{major}.{minor}"))
}

/// The compute capabilities that NVRTC can make code for.
pub(super) fn supported_architectures() -> Result<Vec<i32>, String> {
    if !is_present() {
        return Err(NOT_INSTALLED.to_owned());
    }
    let mut count = 0;
    // SAFETY: the count outlives the call.
    unsafe { sys::nvrtcGetNumSupportedArchs(&mut count) }.result().map_err(|error| error.to_string())?;
    let mut architectures = vec![0; usize::try_from(count).unwrap_or(0)];
    // SAFETY: the list has room for as many as NVRTC has just said.
    unsafe { sys::nvrtcGetSupportedArchs(architectures.as_mut_ptr()) }.result().map_err(|error| error.to_string())?;
    Ok(architectures)
}

const NOT_INSTALLED: &str = "libnvrtc is not installed";

/// The options of every compilation.
pub(super) fn options(definitions: &[(String, String)], target: &Target) -> Vec<String> {
    let fixed = ["--fmad=false", "--prec-div=true", "--prec-sqrt=true", "--ftz=false", "--std=c++17"];
    fixed
        .into_iter()
        .map(str::to_owned)
        .chain([format!("--gpu-architecture={}", target.architecture())])
        .chain(definitions.iter().map(|(name, value)| format!("-D{name}={value}")))
        .collect()
}

/// Compiles a CUDA text to machine code for an architecture such as `sm_90`, as the CUDA backend does. Works without a GPU.
///
/// # Errors
/// The compiler's log, or that libnvrtc is not installed.
pub fn compile_to_cubin(source: &str, definitions: &[(String, String)], arch: &str) -> Result<Vec<u8>, String> {
    compile(source, definitions, &Target::Cubin(arch.to_owned()))
}

/// Compiles a text.
pub(super) fn compile(source: &str, definitions: &[(String, String)], target: &Target) -> Result<Vec<u8>, String> {
    if !is_present() {
        return Err(NOT_INSTALLED.to_owned());
    }
    check_definitions(definitions)?;
    let text = CString::new(source).map_err(|error| format!("the text has a NUL inside: {error}"))?;
    let program = Compilation(result::create_program(&text, Some(c"kernwerk.cu")).map_err(|error| error.to_string())?);
    let options = options(definitions, target)
        .into_iter()
        .map(CString::new)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("an option has a NUL inside: {error}"))?;
    let pointers: Vec<*const c_char> = options.iter().map(|option| option.as_ptr()).collect();
    // SAFETY: the program is valid, and so many options are there, each ending in NUL.
    let compiled = unsafe { sys::nvrtcCompileProgram(program.0, pointers.len() as i32, pointers.as_ptr()) }.result();
    compiled.map_err(|error| format!("{error}\n{}", program.log()))?;
    program.code(target).map_err(|error| error.to_string())
}

/// An `nvrtcProgram` with an owner.
struct Compilation(sys::nvrtcProgram);

impl Compilation {
    fn log(&self) -> String {
        // SAFETY: the program is valid.
        let log = unsafe { result::get_program_log(self.0) }.unwrap_or_default();
        let log: Vec<u8> = log.into_iter().map(|c| c as u8).collect();
        let log = CStr::from_bytes_until_nul(&log).map_or(log.as_slice(), CStr::to_bytes);
        String::from_utf8_lossy(log).trim().to_owned()
    }

    fn code(&self, target: &Target) -> Result<Vec<u8>, result::NvrtcError> {
        let mut size = 0;
        let size_out = ptr::from_mut(&mut size);
        // SAFETY: the program is compiled, and the size outlives the call.
        unsafe {
            match target {
                Target::Cubin(_) => sys::nvrtcGetCUBINSize(self.0, size_out),
                Target::Ptx(_) => sys::nvrtcGetPTXSize(self.0, size_out),
            }
        }
        .result()?;
        let mut code = vec![0u8; size];
        let start = code.as_mut_ptr().cast();
        // SAFETY: the program is compiled, and there is room for as many bytes as NVRTC has just said.
        unsafe {
            match target {
                Target::Cubin(_) => sys::nvrtcGetCUBIN(self.0, start),
                Target::Ptx(_) => sys::nvrtcGetPTX(self.0, start),
            }
        }
        .result()?;
        Ok(code)
    }
}

impl Drop for Compilation {
    fn drop(&mut self) {
        // SAFETY: the program is ours and not used after this.
        let _ = unsafe { result::destroy_program(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: &str = "
        extern \"C\" __global__ void scale(float* values, float factor) {
            values[threadIdx.x] = values[threadIdx.x] * factor + OFFSET;
        }";

    fn definitions() -> Vec<(String, String)> {
        vec![("OFFSET".to_owned(), "1.5f".to_owned())]
    }

    fn nvrtc() -> bool {
        if !is_present() {
            eprintln!("not run: libnvrtc is not installed (pip install nvidia-cuda-nvrtc, LD_LIBRARY_PATH)");
        }
        is_present()
    }

    #[test]
    fn the_target_fits_the_device() {
        let supported = [75, 80, 90, 100];
        assert_eq!(Target::for_device(90, &supported), Ok(Target::Cubin("sm_90".to_owned())));
        assert_eq!(Target::for_device(103, &supported), Ok(Target::Ptx("compute_100".to_owned())));
        assert_eq!(Target::for_device(86, &supported), Ok(Target::Ptx("compute_80".to_owned())));
        assert!(Target::for_device(61, &supported).unwrap_err().contains("6.1"));
    }

    #[test]
    fn options_never_relax_the_arithmetic() {
        let options = options(&definitions(), &Target::Cubin("sm_90".to_owned())).join(" ");
        assert_eq!(
            options,
            "--fmad=false --prec-div=true --prec-sqrt=true --ftz=false --std=c++17 --gpu-architecture=sm_90 -DOFFSET=1.5f"
        );
    }

    #[test]
    fn a_text_becomes_machine_code_without_a_gpu() {
        if !nvrtc() {
            return;
        }
        let cubin = compile_to_cubin(SCALE, &definitions(), "sm_90").unwrap();
        assert_eq!(&cubin[..4], b"\x7fELF");
        assert_eq!(cubin, compile_to_cubin(SCALE, &definitions(), "sm_90").unwrap(), "deterministic");
        let ptx = compile(SCALE, &definitions(), &Target::Ptx("compute_90".to_owned())).unwrap();
        let ptx = String::from_utf8(ptx).unwrap();
        assert!(
            ptx.ends_with('\0') && ptx.contains("mul.rn.f32") && ptx.contains("add.rn.f32") && !ptx.contains("fma")
        );
        eprintln!("NVRTC {:?}, architectures {:?}", version(), supported_architectures());
        assert!(supported_architectures().unwrap().contains(&90));
    }

    #[test]
    fn a_wrong_text_gives_the_log() {
        if !nvrtc() {
            return;
        }
        let log = compile_to_cubin(SCALE, &[], "sm_90").unwrap_err();
        assert!(log.contains("kernwerk.cu(3)") && log.contains("OFFSET"), "{log}");
        assert!(compile_to_cubin("a\0b", &[], "sm_90").is_err());
        assert!(compile_to_cubin(SCALE, &definitions(), "sm_1").is_err());
        let injected = [("OFFSET".to_owned(), "1 --use_fast_math".to_owned())];
        assert!(compile_to_cubin(SCALE, &injected, "sm_90").unwrap_err().contains("cannot be a definition"));
    }
}
