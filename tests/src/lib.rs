//! What the cross-crate tests share: backends, images of made-up values, comparison bit for bit, figures of generated texts.

pub mod extra;
pub mod figures;
pub mod sample;

pub use kernwerk_testkit::{backends, compare, images};
