//! Mathematical functions as the machine has them: OpenCL's, CUDA's, or Rust's on the CPU.
//!
//! Their last bits differ between devices, so an operation that calls one is in the bounded tier. They are here for authors to whom speed
//! is worth that; `x.exp()` and `kernwerk::math::exp(x)` give the same bits everywhere. Bounds: OpenCL C specification, section 7.4.

macro_rules! functions {
    ($($(#[$meta:meta])* $name:ident($($argument:ident),*) = $method:ident;)*) => {$(
        $(#[$meta])*
        #[inline(always)]
        pub fn $name(x: f32 $(, $argument: f32)*) -> f32 {
            x.$method($($argument),*)
        }
    )*};
}
functions! {
    /// Euler's number to the power `x`, to 3 ulp.
    exp() = exp;
    /// The natural logarithm, to 3 ulp.
    ln() = ln;
    /// The sine of an angle in radians, to 4 ulp.
    sin() = sin;
    /// The cosine of an angle in radians, to 4 ulp.
    cos() = cos;
    /// `x` to the power `y`, to 16 ulp.
    pow(y) = powf;
}
