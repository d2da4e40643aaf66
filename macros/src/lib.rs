//! The attributes `#[gpu_op]` and `#[gpu_fn]`: a shell around `kernwerk_codegen::parse`, where everything happens.

use kernwerk_codegen::parse::source::{Piece, Written};
use proc_macro::{Span, TokenStream, TokenTree};

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
    let written = Written { arguments: pieces(&arguments), item: pieces(&item) };
    kernwerk_codegen::parse::gpu_op(arguments.into(), item.into(), &written).into()
}

/// Where the tokens stand in the file; only the compiler itself can tell.
fn pieces(tokens: &TokenStream) -> Vec<Piece> {
    let piece = |token: TokenTree| {
        let span = token.span();
        let at = |span: Span| (span.line(), span.column());
        Piece { text: span.source_text(), start: at(span.start()), end: at(span.end()) }
    };
    tokens.clone().into_iter().map(piece).collect()
}

/// Makes a Rust function of numbers one that operations can call, on every backend and across crates.
///
/// ```text
/// /// Sum and rounding error (Knuth's two-sum).
/// #[gpu_fn]
/// pub fn two_sum(a: f32, b: f32) -> (f32, f32) {
///     let sum = a + b;
///     let part = sum - a;
///     (sum, (a - (sum - part)) + (b - part))
/// }
/// ```
#[proc_macro_attribute]
pub fn gpu_fn(arguments: TokenStream, item: TokenStream) -> TokenStream {
    kernwerk_codegen::parse::gpu_fn(arguments.into(), item.into()).into()
}
