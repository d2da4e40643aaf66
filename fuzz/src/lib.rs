//! The differential fuzzer of the compiler: random operations, an interpreter that says what they mean, and devices that have to agree.
//!
//! # What is tested
//!
//! ```text
//! seed ─► generate ─► Rust source ─► parse::lower ─► ir::Op ─┬─► interpret ───────────────────► what is right
//!                          │                                 └─► emit ─► runtime ─► a device ─► what comes out
//!                          └─► rustc and the macro ─► CPU backend (a sample, the test `native`) ─► the same again
//! ```
//!
//! A program is source text, so that the parser is tested with the rest. It is a finding if
//! * the parser refuses it ([`check::Kind::Refused`]);
//! * the compiler panics, its text is not the same twice, or the IR contradicts itself ([`check::Kind::Emission`]);
//! * a vendor's compiler or the runtime refuses it ([`check::Kind::Failed`]);
//! * the device gives other bits than the interpreter ([`check::Kind::Differs`]). All NaNs are equal, but in an image there is only one;
//! * the interpreter meets what the language leaves undefined ([`check::Kind::Undefined`]): a mistake of the generator.
//!
//! # The generator
//!
//! [`generate`] makes operations of every class: nested expressions of all operators and exact functions, casts, literals with and without
//! suffix, declarations and shadowing, branches, loops with `break` and `continue`, early returns, tuples, arrays, windows and their
//! reducers, samples, states, buffers and atomics. What is undefined (overflow, division by zero, wide shifts, indices past the end) is
//! avoided by construction: each integer expression carries the interval of its values and is narrowed where an operator would leave the
//! type. Three programs in ten take their names from a list of words that mean something in C, OpenCL C, CUDA C or the texts.
//!
//! [`call`] makes what a program is run on: shapes with axes of extent 1, primes and batches, extents below the radius, all storage types,
//! all boundaries, values from NaN and −0 to the ends of each type. Reductions are no monoids on purpose: if their order is what
//! `docs/numerics.md` says, the bits are the same all the same.
//!
//! # The oracle
//!
//! [`interpret`] walks the IR. It shares nothing with the runtime: conversions, boundary maps, membership in windows, orders of sums and
//! interpolation are written again from the definitions, in the plainest way. Whoever changes a definition changes it there too.
//!
//! # Findings
//!
//! [`minimise`] makes a failing program small, in its text; [`regression`] writes it with its call. Programs whose fault was
//! mended stand in `regressions/` and are replayed by a test. CONTRIBUTING.md says which commands to use.
//!
//! Invariant: a program depends on the seed, its number and the list of classes, and on nothing else.

pub mod call;
pub mod campaign;
pub mod check;
pub mod device;
pub mod element;
pub mod generate;
pub mod host;
pub mod interpret;
pub mod minimise;
pub mod native;
pub mod random;
pub mod regression;

use kernwerk_codegen::ir::{Class, Op, Type};

/// The types of an operation's results.
pub fn outputs(op: &Op) -> Vec<Type> {
    op.outputs.to_vec()
}

/// The name of a class, as `--class` takes it.
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::Pointwise => "pointwise",
        Class::Neighborhood => "neighborhood",
        Class::Separable => "separable",
        Class::Gather => "gather",
        Class::Scan => "scan",
        Class::Reduction => "reduction",
        Class::Grid => "grid",
    }
}
