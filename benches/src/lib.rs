//! What the benchmarks share: the images, the cases with their floors and targets, the timing, the records.
//!
//! `bin/table.rs` runs them all beside a device copy, `bin/report.rs` writes `docs/performance.md` and its plots from what `table`
//! recorded, `benches` has a criterion suite per family, and `peers/` runs other libraries on the same images.

pub mod cases;
pub mod inputs;
pub mod measure;
pub mod npy;
pub mod peers;
pub mod plot;
pub mod record;
pub mod report;
pub mod sweep;
