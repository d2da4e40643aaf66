//! The compiler: parse → ir → analysis → plan → emit. A plain library: no GPU, no I/O, no global state.

pub mod analysis;
pub mod emit;
pub mod ir;
#[cfg(feature = "parse")]
pub mod parse;
pub mod plan;
mod reserved;
