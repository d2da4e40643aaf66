//! What the cross-crate tests share: backends, images of made-up values, comparison bit for bit, figures of generated texts.

pub mod backends;
pub mod compare;
pub mod extra;
pub mod figures;
pub mod images;
pub mod recorder;
pub mod sample;
