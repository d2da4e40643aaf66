//! The backends: whatever can compute. Unsafe code lives here alone, each block with its SAFETY line.

pub mod driver;
