//! Copies between the host's memory and the device's, through a small ring of pinned memory.
//!
//! The driver copies from and to ordinary memory only by way of such a ring of its own, with one thread, and says only on
//! some systems that the host's bytes may be reused afterwards. With our own, they always may, small uploads never wait for
//! the device, and large copies are moved by several threads.
//!
//! Invariant: a slot is not written by the host before the copy that reads it is done, and the other way round.

use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::driver::result::{self, DriverError};
use cudarc::driver::sys;

use super::context::{Context, Current};

/// Bytes of a slot.
const SLOT: usize = 4 << 20;
const SLOTS: usize = 8;
/// Threads for a large copy; one alone cannot keep a PCIe 5 link busy.
const WORKERS: usize = 4;
/// From here on, starting threads pays.
const LARGE: usize = 32 << 20;

/// A piece of pinned memory, and the event after the last copy that used it.
struct Slot {
    memory: *mut u8,
    event: sys::CUevent,
    busy: bool,
}

// SAFETY: the memory is ours alone and pinned for all threads.
unsafe impl Send for Slot {}

impl Slot {
    fn wait(&mut self) -> Result<(), DriverError> {
        if self.busy {
            // SAFETY: the event is valid.
            unsafe { result::event::synchronize(self.event) }?;
            self.busy = false;
        }
        Ok(())
    }

    fn mark(&mut self, current: &Current<'_>) -> Result<(), DriverError> {
        self.busy = true;
        // SAFETY: event and stream are valid and of the current context.
        unsafe { result::event::record(self.event, current.stream) }
    }
}

/// The ring of one device. It is made when it is first needed.
pub(super) struct Staging {
    context: Arc<Context>,
    slots: Mutex<Vec<Slot>>,
}

impl Staging {
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, slots: Mutex::default() }
    }

    /// Copies to the device. The bytes have been read when this returns; the device may not have them yet.
    ///
    /// # Safety
    /// `to` is memory of this context with room for the bytes.
    pub(super) unsafe fn upload(&self, to: sys::CUdeviceptr, bytes: &[u8]) -> Result<(), DriverError> {
        let current = self.context.enter()?;
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if fill(&mut slots).is_err() {
            // No pinned memory is left: slower, and the bytes are surely read only when the stream is done.
            // SAFETY: by this function's contract; the bytes outlive the wait.
            unsafe { result::memcpy_htod_async(to, bytes, current.stream) }?;
            return current.synchronize();
        }
        let pieces = bytes.chunks(SLOT).enumerate().map(|(index, piece)| (to + (index * SLOT) as u64, piece));
        self.share(&mut slots, bytes.len(), pieces, |current, slots, pieces| {
            for (index, (to, piece)) in pieces.into_iter().enumerate() {
                let count = slots.len();
                let slot = &mut slots[index % count];
                slot.wait()?;
                // SAFETY: a piece fits into a slot, which no copy uses any more.
                unsafe { ptr::copy_nonoverlapping(piece.as_ptr(), slot.memory, piece.len()) };
                // SAFETY: the slot holds so many bytes and stays until its event; the target is as `upload` demands.
                let copied =
                    unsafe { sys::cuMemcpyHtoDAsync_v2(to, slot.memory.cast(), piece.len(), current.stream) }.result();
                slot.mark(current)?;
                copied?;
            }
            Ok(())
        })?;
        // The next small upload takes another slot, so that it need not wait for this one.
        slots.rotate_left(1);
        Ok(())
    }

    /// Copies to the host; waits.
    ///
    /// # Safety
    /// `from` is memory of this context with that many bytes.
    pub(super) unsafe fn download(&self, from: sys::CUdeviceptr, bytes: &mut [u8]) -> Result<(), DriverError> {
        let current = self.context.enter()?;
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if fill(&mut slots).is_err() {
            // SAFETY: by this function's contract; the bytes outlive the wait.
            unsafe { result::memcpy_dtoh_async(bytes, from, current.stream) }?;
            return current.synchronize();
        }
        let length = bytes.len();
        let pieces = bytes.chunks_mut(SLOT).enumerate().map(|(index, piece)| (from + (index * SLOT) as u64, piece));
        self.share(&mut slots, length, pieces, |current, slots, pieces| {
            let count = slots.len();
            let mut arriving: Vec<Option<&mut [u8]>> = (0..count).map(|_| None).collect();
            let receive = |slot: &mut Slot, piece: Option<&mut [u8]>| {
                let Some(piece) = piece else { return Ok(()) };
                slot.wait()?;
                // SAFETY: the slot holds the piece, and the copy that wrote it is done.
                unsafe { ptr::copy_nonoverlapping(slot.memory, piece.as_mut_ptr(), piece.len()) };
                Ok::<_, DriverError>(())
            };
            let mut last = 0;
            for (index, (from, piece)) in pieces.into_iter().enumerate() {
                let slot = &mut slots[index % count];
                receive(slot, arriving[index % count].take())?;
                // An upload that still reads the slot comes first in the stream: no need to wait for it here.
                // SAFETY: a piece fits into a slot, which stays until its event; the source is as `download` demands.
                let copied =
                    unsafe { sys::cuMemcpyDtoHAsync_v2(slot.memory.cast(), from, piece.len(), current.stream) }
                        .result();
                slot.mark(current)?;
                copied?;
                arriving[index % count] = Some(piece);
                last = index + 1;
            }
            // In the order in which they were asked for.
            for index in last..last + count {
                receive(&mut slots[index % count], arriving[index % count].take())?;
            }
            Ok(())
        })
    }

    /// Deals the pieces out to the workers, each with slots of its own; one worker, this thread, if the copy is small.
    fn share<P: Send>(
        &self,
        slots: &mut [Slot],
        bytes: usize,
        pieces: impl Iterator<Item = P>,
        work: impl Fn(&Current<'_>, &mut [Slot], Vec<P>) -> Result<(), DriverError> + Sync,
    ) -> Result<(), DriverError> {
        let alone = |slots: &mut [Slot], pieces| work(&self.context.enter()?, slots, pieces);
        if bytes < LARGE {
            return alone(slots, pieces.collect());
        }
        let mut hands: Vec<Vec<P>> = (0..WORKERS).map(|_| Vec::new()).collect();
        for (index, piece) in pieces.enumerate() {
            hands[index % WORKERS].push(piece);
        }
        std::thread::scope(|scope| {
            let alone = &alone;
            let workers: Vec<_> = slots
                .chunks_mut(SLOTS / WORKERS)
                .zip(hands)
                .map(|(slots, pieces)| scope.spawn(move || alone(slots, pieces)))
                .collect();
            workers.into_iter().try_for_each(|worker| {
                // A worker does nothing that can panic; if it did, the copy has failed.
                worker.join().unwrap_or(Err(DriverError(sys::CUresult::CUDA_ERROR_UNKNOWN)))
            })
        })
    }
}

/// Makes the slots, if they are not there. The context is current.
fn fill(slots: &mut Vec<Slot>) -> Result<(), DriverError> {
    while slots.len() < SLOTS {
        // Not write-combined: downloads read it.
        // SAFETY: the context is current; the memory becomes the slot's.
        let memory = unsafe { result::malloc_host(SLOT, 0) }?.cast();
        match result::event::create(sys::CUevent_flags::CU_EVENT_DISABLE_TIMING) {
            Ok(event) => slots.push(Slot { memory, event, busy: false }),
            Err(error) => {
                // SAFETY: allocated just now and not used.
                let _ = unsafe { result::free_host(memory.cast()) };
                return Err(error);
            }
        }
    }
    Ok(())
}

impl Drop for Staging {
    fn drop(&mut self) {
        let Ok(current) = self.context.enter() else {
            return;
        };
        let _ = current.synchronize();
        for slot in self.slots.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // SAFETY: event and memory are the slot's own, and no copy uses them any more.
            unsafe {
                let _ = result::event::destroy(slot.event);
                let _ = result::free_host(slot.memory.cast());
            }
        }
    }
}
