//! The differential fuzzer of the compiler.
pub mod call;
pub mod campaign;
pub mod check;
pub mod device;
pub mod element;
pub mod generate;
pub mod host;
pub mod interpret;
pub mod minimise;
pub mod random;
pub mod regression;

use kernwerk_codegen::ir::{Class, Op, Type};

/// The types of an operation's results.
pub fn outputs(op: &Op) -> Vec<Type> {
    if op.class == Class::Grid { Vec::new() } else { vec![op.output] }
}
