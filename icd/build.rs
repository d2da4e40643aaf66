//! Satisfies the linker's `-lOpenCL` with an empty archive, so that no program that uses `ocl` needs the OpenCL loader
//! to link or to start. The symbols themselves come from this crate.

use std::path::PathBuf;
use std::{env, fs, io};

/// An `ar` archive without members.
const EMPTY_ARCHIVE: &[u8] = b"!<arch>\n";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let target = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    // macOS always has the OpenCL framework; there is nothing to stand in for.
    if target == "macos" {
        return Ok(());
    }
    let msvc = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "msvc");
    let archive = if msvc { "OpenCL.lib" } else { "libOpenCL.a" };
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    fs::write(folder.join(archive), EMPTY_ARCHIVE)?;
    println!("cargo:rustc-link-search=native={}", folder.display());
    Ok(())
}
