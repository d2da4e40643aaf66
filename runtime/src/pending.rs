//! Results whose kernels are issued, and which are fetched later.
//!
//! Invariant: what a result is made of stays allocated until it is fetched or given up; nothing else waits for it.

use std::fmt;

use crate::Result;
use crate::buffer::Buffer;

/// A number or a table that is being computed on the device. [`wait`](Self::wait) fetches it.
///
/// A number that the host asks for has to be waited for: until then nothing else is issued, and after that the device has nothing to do.
/// Whoever needs numbers of many images issues all of them first.
///
/// ```
/// # use kernwerk_runtime::{Device, Pending, Result};
/// # fn sum_of_all_pixels(image: &kernwerk_runtime::Image<f32>) -> kernwerk_runtime::Scalar { unimplemented!("{image:?}") }
/// # fn frames() -> Vec<kernwerk_runtime::Image<f32>> { Vec::new() }
/// # fn main() -> Result<()> {
/// let sums: Vec<Pending<f64>> = frames().iter().map(|frame| sum_of_all_pixels(frame).start()).collect::<Result<_>>()?;
/// let sums: Vec<f64> = sums.into_iter().map(Pending::wait).collect::<Result<_>>()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "the kernels run, but nobody looks at what they make"]
pub struct Pending<R>(State<R>);

enum State<R> {
    Ready(R),
    Bits { bits: Buffer<u32>, finish: Finish<R> },
}

type Finish<R> = Box<dyn FnOnce(&[u32]) -> Result<R> + Send>;

impl<R: 'static> Pending<R> {
    /// A result that is there.
    pub fn ready(result: R) -> Pending<R> {
        Pending(State::Ready(result))
    }

    /// What `finish` makes of an array that kernels are about to write.
    pub fn of_bits(bits: Buffer<u32>, finish: impl FnOnce(&[u32]) -> Result<R> + Send + 'static) -> Pending<R> {
        Pending(State::Bits { bits, finish: Box::new(finish) })
    }

    /// Waits until the kernels have run, and fetches the result.
    ///
    /// # Errors
    /// [`Error::Driver`](crate::Error::Driver) if the device fails.
    pub fn wait(self) -> Result<R> {
        match self.0 {
            State::Ready(result) => Ok(result),
            State::Bits { bits, finish } => finish(&bits.download()?),
        }
    }

    /// The result, if it is there already.
    pub(crate) fn if_ready(&self) -> Option<&R> {
        match &self.0 {
            State::Ready(result) => Some(result),
            State::Bits { .. } => None,
        }
    }

    /// The same result as something else, without waiting for it.
    pub fn map<S: 'static>(self, change: impl FnOnce(R) -> S + Send + 'static) -> Pending<S> {
        match self.0 {
            State::Ready(result) => Pending::ready(change(result)),
            State::Bits { bits, finish } => Pending::of_bits(bits, move |bits| finish(bits).map(change)),
        }
    }

    /// As [`map`](Self::map), where the change may fail; for a result that is not there yet, [`wait`](Self::wait) says so.
    pub(crate) fn and_then<S: 'static>(
        self,
        change: impl FnOnce(R) -> Result<S> + Send + 'static,
    ) -> Result<Pending<S>> {
        Ok(match self.0 {
            State::Ready(result) => Pending::ready(change(result)?),
            State::Bits { bits, finish } => Pending::of_bits(bits, move |bits| finish(bits).and_then(change)),
        })
    }
}

impl<R> fmt::Debug for Pending<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Ready(_) => "Pending(ready)",
            State::Bits { .. } => "Pending",
        })
    }
}
