//! What rustc makes of generated programs, through the macro and the CPU backend, against the interpreter: the meaning of the source is
//! that of its IR.

use kernwerk_fuzz::call::random_call;
use kernwerk_fuzz::check::lowered;
use kernwerk_fuzz::device::{difference, run};
use kernwerk_fuzz::generate::Extent;
use kernwerk_fuzz::interpret::{Stop, interpret};
use kernwerk_fuzz::native::Native;
use kernwerk_fuzz::random::Random;
use kernwerk_runtime::Device;

include!("programs.rs");

#[test]
fn rustc_and_the_ir_agree() {
    let device = Device::cpu();
    let mut compared = 0;
    for (number, native) in PROGRAMS.iter().enumerate() {
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
    assert!(compared > 3 * PROGRAMS.len(), "only {compared} calls were compared");
}

#[test]
fn the_macro_and_the_library_lower_alike() {
    for native in PROGRAMS {
        let op = lowered(&native.program()).unwrap();
        // Helpers differ: the macro's are those that rustc finds by path, and so have the same texts.
        assert_eq!(op.functions, native.kernel.ir.functions, "{}", native.source);
        assert_eq!(op.inputs, native.kernel.ir.inputs);
        assert_eq!(op.params, native.kernel.ir.params);
    }
}
