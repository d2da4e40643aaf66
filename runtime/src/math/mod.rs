//! Mathematical functions of f32 that give the same bits on every backend.
//!
//! Each is a `#[gpu_fn]` made of +, −, ×, ÷, square root, fused multiply-add, comparisons, bits and integers, all of which
//! are exact everywhere. In the body of an operation `x.exp()` means [`exp`]. Invariant: nothing here calls the machine's library.

mod basic;

pub use basic::*;
