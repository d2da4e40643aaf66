//! The generated texts of kernels as files that a reviewer can read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kernwerk_runtime::KernelOp;

/// Compares the texts of kernels with the files `opencl/NAME.cl` and `cuda/NAME.cu` of a folder.
///
/// A relative folder is one of the package whose tests run. With `KERNWERK_BLESS=1` in the environment the files are written
/// instead, and those of kernels that there are no more are removed: look at the difference before you commit it.
///
/// ```no_run
/// # use kernwerk::prelude::*;
/// # /// Doubles.
/// # #[gpu_op(pointwise)]
/// # pub fn doubled(image: f32) -> f32 { image + image }
/// # fn main() {
/// kernwerk_testkit::golden("tests/golden", &[&doubled::KERNEL]);
/// # }
/// ```
///
/// # Panics
/// If a text differs from its file, with the first line that does; if a file is missing or belongs to no kernel.
pub fn golden(folder: impl AsRef<Path>, kernels: &[&KernelOp]) {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let folder = package.join(folder);
    let bless = std::env::var_os("KERNWERK_BLESS").is_some();
    let mut problems = Vec::new();
    for (dialect, extension) in [("opencl", "cl"), ("cuda", "cu")] {
        let text = |kernel: &KernelOp| if dialect == "cuda" { kernel.cuda } else { kernel.opencl };
        let wanted: BTreeMap<String, &str> =
            kernels.iter().map(|kernel| (format!("{}.{extension}", kernel.ir.name), text(kernel))).collect();
        let folder = folder.join(dialect);
        match bless {
            true => write(&folder, extension, &wanted),
            false => compare(&folder, extension, &wanted, &mut problems),
        }
    }
    assert!(
        problems.is_empty(),
        "texts of kernels differ from {}:\n{}\nIf that is meant, run the test with KERNWERK_BLESS=1.",
        folder.display(),
        problems.join("\n")
    );
}

/// The files of that kind in a folder, by name; none if there is no such folder.
fn files(folder: &Path, extension: &str) -> BTreeMap<String, String> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let ours = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let named =
        |path: PathBuf| Some((path.file_name()?.to_string_lossy().into_owned(), fs::read_to_string(&path).ok()?));
    ours.filter_map(named).collect()
}

fn compare(folder: &Path, extension: &str, wanted: &BTreeMap<String, &str>, problems: &mut Vec<String>) {
    let found = files(folder, extension);
    let orphans = found.keys().filter(|name| !wanted.contains_key(*name));
    problems.extend(orphans.map(|name| format!("{name}: there is no such kernel")));
    for (name, text) in wanted {
        let Some(found) = found.get(name) else {
            problems.push(format!("{name}: the file is missing"));
            continue;
        };
        if found == text {
            continue;
        }
        let line = found.lines().zip(text.lines()).position(|(found, text)| found != text);
        let line = line.unwrap_or_else(|| found.lines().count().min(text.lines().count()));
        let show = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
        problems.push(format!("{name}, line {}:\n  - {}\n  + {}", line + 1, show(found), show(text)));
    }
}

fn write(folder: &Path, extension: &str, wanted: &BTreeMap<String, &str>) {
    let failed = |error: std::io::Error| -> () { panic!("{} cannot be written: {error}", folder.display()) };
    fs::create_dir_all(folder).unwrap_or_else(failed);
    for name in files(folder, extension).keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(folder.join(name)).unwrap_or_else(failed);
    }
    for (name, text) in wanted {
        fs::write(folder.join(name), text).unwrap_or_else(failed);
    }
}
