//! The text of every kernel, as files that a reviewer and a vendor's compiler can read, and the IR and plan of one operation of
//! each kind.
//!
//! After a change of the writers: `KERNWERK_BLESS=1 cargo test -p kernwerk-tests --test golden`, then look at the diff.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kernwerk_codegen::emit::{Cuda, Dialect, OpenCl, text};
use kernwerk_codegen::plan::plan;
use kernwerk_kernels::kernels;
use kernwerk_runtime::KernelOp;

const BLESS: &str = "KERNWERK_BLESS=1 cargo test -p kernwerk-tests --test golden";

fn folder(dialect: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(dialect)
}

/// Compares the files of a folder with what should be there, or writes them.
fn check(dialect: &str, extension: &str, exported: impl Fn(&KernelOp) -> &'static str) {
    let folder = folder(dialect);
    let wanted: BTreeMap<String, &str> =
        kernels().iter().map(|kernel| (format!("{}.{extension}", kernel.name), exported(kernel.op))).collect();
    let found: BTreeMap<String, String> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    let mut problems: Vec<String> = Vec::new();
    problems.extend(
        found.keys().filter(|name| !wanted.contains_key(*name)).map(|name| format!("{name}: there is no such kernel")),
    );
    for (name, text) in &wanted {
        match found.get(name) {
            None => problems.push(format!("{name}: the file is missing")),
            Some(found) if found != text => {
                let line = found.lines().zip(text.lines()).position(|(found, text)| found != text);
                let line = line.unwrap_or_else(|| found.lines().count().min(text.lines().count()));
                let show = |text: &str| text.lines().nth(line).unwrap_or("(end)").to_owned();
                problems.push(format!("{name}, line {}:\n  - {}\n  + {}", line + 1, show(found), show(text)));
            }
            Some(_) => {}
        }
    }
    if std::env::var_os("KERNWERK_BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        found
            .keys()
            .filter(|name| !wanted.contains_key(*name))
            .for_each(|name| fs::remove_file(folder.join(name)).unwrap());
        wanted.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
        return;
    }
    assert!(
        problems.is_empty(),
        "{} of {} texts in tests/golden/{dialect} differ:\n{}\nIf that is meant: {BLESS}",
        problems.len(),
        wanted.len(),
        problems.join("\n")
    );
}

#[test]
fn opencl_texts() {
    check("opencl", "cl", |op| op.opencl);
}

#[test]
fn cuda_texts() {
    check("cuda", "cu", |op| op.cuda);
}

#[test]
fn the_writers_say_the_same_in_the_macro_and_when_the_program_runs() {
    for kernel in kernels().iter().rev() {
        for (dialect, exported) in [(&OpenCl as &dyn Dialect, kernel.op.opencl), (&Cuda, kernel.op.cuda)] {
            assert_eq!(kernel.name, kernel.op.ir.name);
            assert_eq!(text(&kernel.op.ir, dialect), exported, "{} in {}", kernel.name, dialect.name());
            assert_eq!(text(&kernel.op.ir, dialect), exported, "{} in {}, again", kernel.name, dialect.name());
        }
    }
}

#[test]
fn names_are_used_once() {
    let mut names: Vec<&str> = kernels().iter().map(|kernel| kernel.name).collect();
    names.dedup();
    assert_eq!(names.len(), kernels().len());
}

/// One operation of each kind; a change of the language or of a plan shows here.
const REPRESENTATIVE: [&str; 16] = [
    "absolute",
    "clip",
    "mask",
    "multiply_image_and_x",
    "gaussian_blur",
    "maximum_box",
    "sobel",
    "gradient",
    "maximum_sphere",
    "median_sphere",
    "detect_maxima_box",
    "mean",
    "maximum",
    "count_bins",
    "resize_linear",
    "cumulative_sum",
];

#[test]
fn intermediate_representation_and_plan() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../golden/ir");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in REPRESENTATIVE {
            let kernel = kernels().iter().find(|kernel| kernel.name == name);
            let op = &kernel.unwrap_or_else(|| panic!("there is no kernel `{name}`")).op.ir;
            insta::assert_snapshot!(name, compact(op));
        }
    });
}

/// The IR with one expression, statement or argument a line.
fn compact(op: &kernwerk_codegen::ir::Op) -> String {
    let outputs: Vec<_> = op.outputs.iter().map(|ty| format!("{ty:?}")).collect();
    let mut text = format!("{} {:?} -> {}\n", op.name, op.class, outputs.join(", "));
    let mut list = |title: &str, lines: Vec<String>| {
        for (number, line) in lines.iter().enumerate() {
            text.push_str(&format!("{title} {number}: {line}\n"));
        }
    };
    fn debug<T: std::fmt::Debug>(items: &[T]) -> Vec<String> {
        items.iter().map(|item| format!("{item:?}")).collect()
    }
    list("input", debug(op.inputs));
    list("param", debug(op.params));
    list("window", debug(op.windows));
    list("weights", debug(op.weights));
    list("state", debug(op.state));
    for function in op.functions {
        list("function", vec![format!("{} ({} arguments) {:?}", function.name, function.arguments, function.body)]);
        list("  local", debug(function.locals));
        list("  expr", debug(function.exprs));
        list("  list", debug(function.lists));
        list("  stmt", debug(function.stmts));
    }
    for kernel in plan(op).kernels {
        list("kernel", vec![format!("{} {:?} {:?} {:?}", kernel.name, kernel.role, kernel.items, kernel.local)]);
        list("  argument", debug(&kernel.arguments));
    }
    text
}
