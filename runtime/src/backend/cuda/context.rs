//! A CUDA device's context with the one stream on which everything happens.
//!
//! Invariant: the context is current only inside of a call into this backend; whatever the caller's thread had current
//! (PyTorch, say, in the same process) is current again afterwards.

use std::marker::PhantomData;
use std::ptr;

use cudarc::driver::result::stream::StreamKind;
use cudarc::driver::result::{self, DriverError};
use cudarc::driver::sys;

use crate::Error;
use crate::backend::driver::DeviceDescription;

/// One device, opened.
pub(super) struct Context {
    device: sys::CUdevice,
    raw: sys::CUcontext,
    stream: sys::CUstream,
    pub(super) description: DeviceDescription,
}

// SAFETY: CUDA's contexts and streams may be used from any thread; each call makes the context current on its own thread.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    /// Takes a reference to the device's primary context, the one that other CUDA libraries of the process use as well.
    pub(super) fn open(ordinal: i32, description: DeviceDescription) -> Result<Self, DriverError> {
        let device = result::device::get(ordinal)?;
        // SAFETY: the device comes from `device::get`.
        let raw = unsafe { result::primary_ctx::retain(device) }?;
        let mut context = Self { device, raw, stream: ptr::null_mut(), description };
        let stream = {
            let _current = context.enter()?;
            result::stream::create(StreamKind::NonBlocking)?
        };
        context.stream = stream;
        Ok(context)
    }

    /// Makes the context current on this thread until the guard is dropped.
    pub(super) fn enter(&self) -> Result<Current<'_>, DriverError> {
        // SAFETY: the context is valid for as long as `self` is.
        unsafe { sys::cuCtxPushCurrent_v2(self.raw) }.result()?;
        Ok(Current { stream: self.stream, context: PhantomData, of_this_thread: PhantomData })
    }

    /// The error of a failed call.
    pub(super) fn error(&self, call: &str, error: DriverError) -> Error {
        self.driver_error(call, words(error))
    }

    pub(super) fn driver_error(&self, call: &str, detail: impl Into<String>) -> Error {
        Error::Driver { device: self.description.name.clone(), call: call.to_owned(), detail: detail.into() }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Ok(current) = self.enter() {
            let _ = current.synchronize();
            if !self.stream.is_null() {
                // SAFETY: the stream is ours, has nothing left to do and is not used after this.
                let _ = unsafe { result::stream::destroy(self.stream) };
            }
        }
        // SAFETY: the reference was taken in `open` and is given back once.
        let _ = unsafe { result::primary_ctx::release(self.device) };
    }
}

/// Proof that the context is current on this thread.
pub(super) struct Current<'a> {
    pub(super) stream: sys::CUstream,
    context: PhantomData<&'a Context>,
    /// What is current is a matter of one thread: the guard must not move to another.
    of_this_thread: PhantomData<*const ()>,
}

impl Current<'_> {
    /// Waits for everything in the stream.
    pub(super) fn synchronize(&self) -> Result<(), DriverError> {
        // SAFETY: the stream is valid, and its context is current.
        unsafe { result::stream::synchronize(self.stream) }
    }
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        let mut popped = ptr::null_mut();
        // SAFETY: this takes back what `enter` has pushed; guards of a thread are dropped in reverse order.
        let _ = unsafe { sys::cuCtxPopCurrent_v2(&mut popped) };
    }
}

/// The driver's name and words for an error.
pub(super) fn words(error: DriverError) -> String {
    match error.error_string() {
        Ok(text) => format!("{:?}: {}", error.0, text.to_string_lossy()),
        Err(_) => format!("{:?}", error.0),
    }
}
