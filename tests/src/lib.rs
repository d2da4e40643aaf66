//! What the cross-crate tests share: backends, images of made-up values, comparison bit for bit.

pub mod backends;
pub mod compare;
pub mod images;
pub mod sample;
