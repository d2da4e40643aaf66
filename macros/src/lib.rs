//! The attribute `#[gpu_op]`: a shell around `kernwerk_codegen::parse`, where everything happens.

use proc_macro::TokenStream;

/// Turns a Rust function into an operation: kernels for OpenCL and CUDA, a native implementation, a typed wrapper and metadata.
///
/// The book's page "The language" describes the subset of Rust and every key.
///
/// ```text
/// /// Gamma correction: raises every pixel to the power `gamma`.
/// #[gpu_op(pointwise)]
/// pub fn gamma_correction(pixel: f32, #[param(default = 1.0, range = 0.0..)] gamma: f32) -> f32 {
///     pixel.powf(gamma)
/// }
/// ```
#[proc_macro_attribute]
pub fn gpu_op(arguments: TokenStream, item: TokenStream) -> TokenStream {
    kernwerk_codegen::parse::gpu_op(arguments.into(), item.into()).into()
}
