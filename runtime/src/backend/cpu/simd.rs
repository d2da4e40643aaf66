//! Compiles row loops for the vector instructions of the machine at hand, and picks one version when the program runs.
//!
//! A closure would not do as a [`Task`]: it has to be inlined into each version, which only a method can be told to be.

pub(crate) use pulp::NullaryFnOnce as Task;

/// Runs a task compiled for the widest vectors there are (AVX-512, AVX2, NEON). For loops of this crate.
#[inline]
pub(crate) fn widest<T: Task>(task: T) -> T::Output {
    pulp::Arch::new().dispatch(task)
}

/// Runs a task compiled for AVX2 and FMA, or for what every machine has. For the bodies of operations, of which there are
/// hundreds: a third version of each would cost compile time, and bodies wait for memory more than for arithmetic.
#[inline]
pub(crate) fn wide<T: Task>(task: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(task);
    }
    task.call()
}
