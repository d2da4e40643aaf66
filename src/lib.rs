//! Image operations for 3-D microscopy: one annotated Rust function, the same bits from CUDA, OpenCL and the CPU.
//!
//! ```
//! use kernwerk::prelude::*;
//! use ndarray::Array3;
//!
//! let device = Device::default()?;
//! let mut stack = Array3::<u16>::zeros((8, 32, 32));
//! stack[[4, 10, 10]] = 900;
//! stack[[4, 22, 20]] = 700;
//! let image: Image<u16> = device.upload(stack.view())?;
//! let spots = detect_maxima(gaussian_blur(&image, 1.5), 2, Footprint::Sphere).eval()?;
//! assert_eq!(sum_of_all_pixels(&spots).eval()?, 2.0);
//! # Ok::<(), kernwerk::Error>(())
//! ```

pub use kernwerk_kernels as ops;
pub use kernwerk_macros::{gpu_fn, gpu_op};
pub use kernwerk_runtime::*;

#[doc(hidden)]
pub use kernwerk_runtime::rt;

/// Everything that programs and operations usually need.
pub mod prelude {
    pub use kernwerk_kernels::*;
    pub use kernwerk_macros::{gpu_fn, gpu_op};
    pub use kernwerk_runtime::lang::{
        Global, Item, Lane, Line, PerAxis, Pixel, Position, Read, Reduction, Sampler, Shared, Tally, Window, Write,
        clamp, max, min, to_bits, vendor,
    };
    pub use kernwerk_runtime::{
        AnyExpr, AnyImage, Axes, Boundary, Context, DType, Device, Domain, Element, Error, Expr, Footprint, HostImage,
        Image, IntoExpr, Length, OpInfo, Pending, Scalar, Table,
    };
}

/// The Rust in the README and in the book is compiled and run with the documentation tests.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../docs/tutorial.md")]
    struct Tutorial;
    #[doc = include_str!("../docs/authoring.md")]
    struct Authoring;
    #[doc = include_str!("../docs/language.md")]
    struct Language;
}
