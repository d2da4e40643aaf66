//! Tests for image operations written with [Kernwerk](https://docs.rs/kernwerk).
//!
//! An operation is one Rust function, but three programs: native code, OpenCL C and CUDA C. [`check()`] runs it on the CPU and
//! on every other device of the machine, with a sample of shapes, element types, boundaries, values and parameters, and
//! compares the results bit for bit; given a plain Rust function, it compares with that too.
//!
//! ```
//! use kernwerk::prelude::*;
//! use kernwerk_testkit::check;
//!
//! /// Edges: how much a voxel differs from the mean of its two neighbours along x.
//! #[gpu_op(neighborhood)]
//! pub fn ridge(w: Window<f32>, #[param(default = 1.0)] gain: f32) -> f32 {
//!     gain * (w.center() - 0.5 * (w.at(-1, 0, 0) + w.at(1, 0, 0)))
//! }
//!
//! # fn main() {
//! check(&ridge::INFO)
//!     .dtypes([DType::U8, DType::F32])
//!     .params([r#"{"gain": 2.5}"#])
//!     .against(|call, at| {
//!         let beside = 0.5 * (call.near(0, at, [-1, 0, 0]) + call.near(0, at, [1, 0, 0]));
//!         call.f32("gain") * (call.value(0, at) - beside)
//!     })
//!     .run();
//! # }
//! ```
//!
//! The plain function is the point: the backends share one body, so comparing them finds mistakes of the compiler and of
//! drivers, but not a wrong formula.
//!
//! * [`check()`]: one operation on all backends; what ran and what did not is printed, and `KERNWERK_REQUIRE=opencl,cuda`
//!   makes the absence of a backend an error;
//! * [`golden()`]: the generated texts as files, so that a change of them is seen in review;
//! * [`catalogue()`]: names, documentation and parameters of a library of operations.
//!
//! The modules hold what these are made of, for tests of one's own: [`backends`], [`compare`], [`images`].

pub mod backends;
pub mod compare;
pub mod images;
pub mod recorder;

mod call;
mod catalogue;
mod check;
mod golden;
mod report;

pub use call::{Call, Voxel};
pub use catalogue::catalogue;
pub use check::{Check, check};
pub use golden::golden;
pub use images::Values;
pub use report::{BackendReport, Report};
