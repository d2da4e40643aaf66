//! Mathematical functions of f32 that give the same bits on every backend.
//!
//! Each is a `#[gpu_fn]` made of +, −, ×, ÷, square root, fused multiply-add, comparisons, bits and integers, all of which are exact
//! everywhere. In the body of an operation `x.exp()` means [`exp`]. Invariant: nothing here calls the machine's library, and no function
//! needs f64, tables in memory, or branches other than those of [`powi`](powi()) and of huge angles.
//!
//! Largest error in units in the last place (1/2 would be correctly rounded), over all 2^32 arguments, or where there are two, over 67
//! million pairs; subnormal arguments and results are included:
//!
//! | function | error | function | error | function | error |
//! |---|---|---|---|---|---|
//! | [`exp`](exp()) | @exp | [`sin`](sin()) | @sin | [`sinh`](sinh()) | @sinh |
//! | [`exp2`](exp2()) | @exp2 | [`cos`](cos()) | @cos | [`cosh`](cosh()) | @cosh |
//! | [`exp_m1`](exp_m1()) | @exp_m1 | [`tan`](tan()) | @tan | [`tanh`](tanh()) | @tanh |
//! | [`ln`](ln()) | @ln | [`asin`](asin()) | @asin | [`cbrt`](cbrt()) | @cbrt |
//! | [`ln_1p`](ln_1p()) | @ln_1p | [`acos`](acos()) | @acos | [`hypot`](hypot()) | @hypot |
//! | [`log2`](log2()) | @log2 | [`atan`](atan()) | @atan | [`erf`](erf()) | @erf |
//! | [`log10`](log10()) | @log10 | [`atan2`](atan2()) | @atan2 | [`erfc`](erfc()) | @erfc |
//! | [`pow`](pow()) | @pow | | | | |
//!
//! Special cases are those of C99, annex F. Zeros keep their sign where the function is odd.
//!
//! **Polynomials.** Each is a minimax fit: the weight that a comment states is put on the error of the polynomial, and the largest weighted
//! error over the interval is minimised by Lawson's algorithm, with the function computed to 60 digits. The coefficients are rounded to
//! f32 one after the other from the constant term up, and after each the rest is fitted anew. The error that a comment states is that of
//! the rounded polynomial. The script is part of the documentation (`docs/polynomials.py`).
//!
//! **Constants** that are not short decimals are written as bits, with the number beside them.

mod basic;
mod error_function;
mod exponential;
mod hyperbolic;
mod inverse_trigonometric;
mod logarithm;
pub mod pair;
mod power;
mod roots;
mod trigonometric;

pub use basic::{copysign, fract, powi, recip, signum, to_degrees, to_radians};
pub use error_function::{erf, erfc};
pub use exponential::{exp, exp_m1, exp2};
pub use hyperbolic::{cosh, sinh, tanh};
pub use inverse_trigonometric::{acos, asin, atan, atan2};
pub use logarithm::{ln, ln_1p, log2, log10};
pub use power::pow;
pub use roots::{cbrt, hypot};
pub use trigonometric::{cos, sin, tan};
