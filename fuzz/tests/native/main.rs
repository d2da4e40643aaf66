//! What rustc makes of generated programs, through the macro and the CPU backend, against the interpreter: the meaning of the source is
//! that of its IR.
//!
//! The programs are a file for each class, which is what `fuzz emit` gives: `KERNWERK_BLESS=1` writes them anew after a change of the
//! generator.

use kernwerk_fuzz::call::random_call;
use kernwerk_fuzz::campaign::Campaign;
use kernwerk_fuzz::check::lowered;
use kernwerk_fuzz::class_name;
use kernwerk_fuzz::device::{difference, run};
use kernwerk_fuzz::generate::CLASSES;
use kernwerk_fuzz::generate::Extent;
use kernwerk_fuzz::interpret::{Stop, interpret};
use kernwerk_fuzz::native::{self, Native};
use kernwerk_fuzz::random::Random;
use kernwerk_runtime::Device;

macro_rules! programs {
    ($($class:ident),*) => {
        $(mod $class {
            use super::*;
            include!(concat!("programs/", stringify!($class), ".rs"));
        })*
        /// The classes, their programs, and these as text.
        const FILES: &[(&str, &[Native], &str)] = &[
            $((stringify!($class), $class::PROGRAMS, include_str!(concat!("programs/", stringify!($class), ".rs")))),*
        ];
    };
}
programs!(gather, grid, neighborhood, pointwise, reduction, scan, separable);

fn programs() -> impl Iterator<Item = &'static Native> {
    FILES.iter().flat_map(|(_, programs, _)| programs.iter())
}

#[test]
fn the_programs_are_those_of_the_generator() {
    let bless = std::env::var_os("KERNWERK_BLESS").is_some();
    assert_eq!(FILES.len(), CLASSES.len());
    for class in CLASSES {
        let name = class_name(class);
        let campaign = Campaign { count: 6, seed: 4, classes: vec![class], ..Campaign::default() };
        let made = native::file(&campaign);
        if bless {
            let path = format!("{}/tests/native/programs/{name}.rs", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, made).unwrap();
            continue;
        }
        let (_, _, text) = FILES.iter().find(|(class, ..)| *class == name).unwrap();
        assert!(
            *text == made,
            "{name}.rs is not what the generator makes: KERNWERK_BLESS=1 writes it, then run the tests again"
        );
    }
}

#[test]
fn rustc_and_the_ir_agree() {
    let device = Device::cpu();
    let mut compared = 0;
    for (number, native) in programs().enumerate() {
        let program = native.program();
        let op = lowered(&program).unwrap_or_else(|finding| panic!("{}: {}", program.source, finding.message));
        let mut random = Random::new(number as u64);
        for _ in 0..6 {
            let call = random_call(&op, &program.extents, None, &mut random);
            let expected = match interpret(&op, &call) {
                Ok(expected) => expected,
                Err(Stop::TooLong) => continue,
                Err(stop) => panic!("{stop:?}: {}", program.source),
            };
            let found = run(native.kernel, &call, &device);
            let found = found.unwrap_or_else(|error| panic!("{error}: {}\n{call:?}", program.source));
            if let Some(difference) = difference(&expected, &found) {
                let text = kernwerk_fuzz::regression::print(&difference, &program, &call);
                panic!("{difference}\n{text}");
            }
            compared += 1;
        }
    }
    assert!(compared > 3 * programs().count(), "only {compared} calls were compared");
}

#[test]
fn the_macro_and_the_library_lower_alike() {
    for native in programs() {
        let op = lowered(&native.program()).unwrap();
        // Helpers differ: the macro's are those that rustc finds by path, and so have the same texts.
        assert_eq!(op.functions, native.kernel.ir.functions, "{}", native.source);
        assert_eq!(op.inputs, native.kernel.ir.inputs);
        assert_eq!(op.params, native.kernel.ir.params);
    }
}
