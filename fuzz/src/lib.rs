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
