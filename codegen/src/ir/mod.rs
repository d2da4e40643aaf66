//! IR.

mod dtype;

pub use dtype::{Axis, Boundary, DType};
