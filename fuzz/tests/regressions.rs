//! Every program that once went wrong, against the interpreter and, where there is one, on an OpenCL device.

use kernwerk_fuzz::campaign;
use kernwerk_fuzz::check::{Checks, check_call};
use kernwerk_fuzz::regression::{REGRESSIONS, parse};

#[test]
fn what_was_mended_stays_mended() {
    let device = campaign::open(Some(&("opencl".to_owned(), 0)));
    if let Err(error) = &device {
        assert!(!std::env::var("KERNWERK_REQUIRE").is_ok_and(|text| text.contains("opencl")), "{error}");
        println!("only interpreted, not run: {error}");
    }
    let device = device.ok().flatten();
    for (name, text) in REGRESSIONS {
        let (program, call) = parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = check_call(&program, &call, Checks { device: device.as_ref(), nvrtc: false });
        assert!(report.finding.is_none(), "{name}: {:?}", report.finding);
        assert_eq!(report.comparisons, usize::from(device.is_some()), "{name} was not compared");
    }
}

#[test]
fn all_files_are_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/regressions");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let listed: Vec<&str> = REGRESSIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, listed);
}
