//! Mathematical functions of f32 that give the same bits on every backend.
//!
//! Each is a `#[gpu_fn]` made of +, −, ×, ÷, square root, fused multiply-add, comparisons, bits and integers, all of which are exact
//! everywhere. In the body of an operation `x.exp()` means [`exp`](exp()). Invariant: nothing here calls the machine's library, and no function
//! needs f64, tables in memory, or branches other than those of [`powi`](powi()) and of huge angles.
//!
//! Largest error in units in the last place (1/2 would be correctly rounded), over all 2^32 arguments, or where there are two, over 67
//! million pairs; subnormal arguments and results are included:
//!
//! | function | error | function | error | function | error |
//! |---|---|---|---|---|---|
//! | [`exp`](exp()) | 0.758 | [`sin`](sin()) | 0.723 | [`sinh`](sinh()) | 0.730 |
//! | [`exp2`](exp2()) | 0.759 | [`cos`](cos()) | 0.721 | [`cosh`](cosh()) | 0.596 |
//! | [`exp_m1`](exp_m1()) | 0.866 | [`tan`](tan()) | 0.881 | [`tanh`](tanh()) | 0.762 |
//! | [`ln`](ln()) | 0.616 | [`asin`](asin()) | 0.621 | [`cbrt`](cbrt()) | 0.501 |
//! | [`ln_1p`](ln_1p()) | 0.624 | [`acos`](acos()) | 0.602 | [`hypot`](hypot()) | 0.751 |
//! | [`log2`](log2()) | 0.691 | [`atan`](atan()) | 0.658 | [`erf`](erf()) | 0.751 |
//! | [`log10`](log10()) | 0.633 | [`atan2`](atan2()) | 0.751 | [`erfc`](erfc()) | 0.794 |
//! | [`pow`](pow()) | 0.76 | | | | |
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
