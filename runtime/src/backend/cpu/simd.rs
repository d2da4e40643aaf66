//! Compiles row loops for the vector instructions of the machine at hand, and picks one version when the program runs.
//!
//! A closure would not do as a [`Task`]: it has to be inlined into each version, which only a method can be told to be.

pub(crate) use pulp::{NullaryFnOnce as Task, Simd, WithSimd};

/// Runs a task compiled for the widest vectors there are (AVX-512, AVX2, NEON). For loops of this crate.
#[inline]
pub(crate) fn widest<T: Task>(task: T) -> T::Output {
    pulp::Arch::new().dispatch(task)
}

/// Runs a task that is written with vectors, given those of the machine.
#[inline]
pub(crate) fn vectors<T: WithSimd>(task: T) -> T::Output {
    pulp::Arch::new().dispatch(task)
}

/// Whether this machine has the vector instructions that [`Wide`] is compiled for.
#[inline]
pub fn has_wide_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = pulp::x86::V3::is_available();
    #[cfg(not(target_arch = "x86_64"))]
    let has = false;
    has
}

/// Whether this machine has the vector instructions that [`Widest`] is compiled for.
#[inline]
pub fn has_widest_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = pulp::x86::V4::is_available();
    #[cfg(not(target_arch = "x86_64"))]
    let has = false;
    has
}

/// How the body of an operation is compiled.
pub trait Vectors {
    /// For images of this many axes longer than 1, from x on, if it is not 0.
    #[doc(hidden)]
    const AXES: usize = 0;
    #[doc(hidden)]
    fn run<T: Task>(task: T) -> T::Output;
}

/// Compiled for AVX2 and FMA. Not for AVX-512: there are hundreds of bodies, one more version of each would cost
/// compile time, and they wait for memory more than for arithmetic; those with loops of their own have [`Widest`].
pub struct Wide;

/// Compiled for what every machine of this kind has.
pub struct Plain;

/// Picks one of the two when the program runs.
pub struct Best;

impl Vectors for Wide {
    #[inline(always)]
    fn run<T: Task>(task: T) -> T::Output {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(task);
        }
        unreachable!("callers ask `has_wide_vectors` first")
    }
}

/// Compiled for AVX-512. For bodies with loops of their own.
pub struct Widest;

impl Vectors for Widest {
    #[inline(always)]
    fn run<T: Task>(task: T) -> T::Output {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V4::try_new() {
            return simd.vectorize(task);
        }
        unreachable!("callers ask `has_widest_vectors` first")
    }
}

/// As [`Wide`], for images of that many axes: the compiler leaves out what a body does for others.
pub struct WideFor<const AXES: usize>;

impl<const AXES: usize> Vectors for WideFor<AXES> {
    const AXES: usize = AXES;
    #[inline(always)]
    fn run<T: Task>(task: T) -> T::Output {
        Wide::run(task)
    }
}

impl Vectors for Plain {
    #[inline(always)]
    fn run<T: Task>(task: T) -> T::Output {
        task.call()
    }
}

impl Vectors for Best {
    #[inline(always)]
    fn run<T: Task>(task: T) -> T::Output {
        if has_wide_vectors() { Wide::run(task) } else { Plain::run(task) }
    }
}

/// As [`Best`].
#[inline]
pub(crate) fn wide<T: Task>(task: T) -> T::Output {
    Best::run(task)
}
