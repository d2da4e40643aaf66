//! Host memory as device memory, and the locks of a launch.
//!
//! Invariant: locks of several allocations are taken in the order of their addresses, so that launches on different
//! threads cannot wait for each other in a circle. Memory starts at a multiple of 64 bytes, whatever its element type.
#![allow(unsafe_code, reason = "safe Rust cannot look at exclusively held words as atomics")]

use std::any::Any;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::backend::driver::Allocation;
use crate::lang::Cells;
use crate::{Error, Result};

/// Words that are allocated beyond what is asked for, so that the start can be aligned.
const SPARE: usize = 8;

/// Some host memory.
pub(super) struct Memory {
    words: RwLock<Vec<u64>>,
    bytes: usize,
}

impl Memory {
    /// Takes memory, all zero. Its pages are taken from the system when they are first touched.
    pub(super) fn new(bytes: usize) -> Memory {
        Memory { words: RwLock::new(vec![0; bytes.div_ceil(8) + SPARE]), bytes }
    }

    /// The memory behind an allocation of this backend.
    pub(super) fn of(allocation: &dyn Allocation) -> Result<&Memory> {
        allocation.as_any().downcast_ref().ok_or_else(|| Error::Driver {
            device: "CPU".into(),
            call: "access to memory".into(),
            detail: "the memory belongs to another device".into(),
        })
    }

    /// Waits for writers.
    pub(super) fn read(&self) -> Reading<'_> {
        // What a panicking kernel left behind is data like any other.
        Reading { guard: self.words.read().unwrap_or_else(PoisonError::into_inner), bytes: self.bytes }
    }

    /// Waits for readers and writers.
    pub(super) fn write(&self) -> Writing<'_> {
        Writing { guard: self.words.write().unwrap_or_else(PoisonError::into_inner), bytes: self.bytes }
    }
}

impl Allocation for Memory {
    fn size(&self) -> usize {
        self.bytes
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn aligned(words: &[u64]) -> usize {
    words.as_ptr().align_offset(64).min(SPARE)
}

/// Memory that is held for reading.
pub(super) struct Reading<'a> {
    guard: RwLockReadGuard<'a, Vec<u64>>,
    bytes: usize,
}

impl Reading<'_> {
    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.guard[aligned(&self.guard)..])[..self.bytes]
    }
}

/// Memory that is held for writing.
pub(super) struct Writing<'a> {
    guard: RwLockWriteGuard<'a, Vec<u64>>,
    bytes: usize,
}

impl Writing<'_> {
    /// The bytes.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        let start = aligned(&self.guard);
        &mut bytemuck::cast_slice_mut(&mut self.guard[start..])[..self.bytes]
    }

    /// The memory as atomic words, which threads may share. The last word may be longer than the memory.
    pub(super) fn atomics(&mut self) -> &[AtomicU32] {
        let start = aligned(&self.guard);
        let words: &mut [u32] = bytemuck::cast_slice_mut(&mut self.guard[start..]);
        // SAFETY: AtomicU32 has the size, alignment and bit validity of u32, and the exclusive borrow of the words is
        // held as long as the result lives, so nothing else touches them in another way. (`AtomicU32::from_mut_slice`,
        // not yet stable.)
        unsafe { &*(std::ptr::from_mut(words) as *const [AtomicU32]) }
    }
}

/// Shared words as atomics of `size` bytes.
pub(super) fn cells(words: &[AtomicU32], size: usize) -> Cells<'_> {
    // SAFETY (of both): the words are initialised, the smaller atomics have the size and bit validity of the integers of their width and
    // a weaker alignment, and as many of them as the words have room for lie within the slice. All accesses of a launch to a buffer that
    // it writes in such cells go through them alone, so accesses of different sizes never race.
    match size {
        1 => Cells::Bytes(unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<AtomicU8>(), 4 * words.len()) }),
        2 => Cells::Halves(unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<AtomicU16>(), 2 * words.len()) }),
        _ => Cells::Words(words),
    }
}

/// Shared words that nothing writes to as long as the result lives.
pub(super) fn constant(words: &[AtomicU32]) -> &[u8] {
    // SAFETY: the words are initialised and any bytes are valid; the caller has the words of a launch's buffer that no input of the launch
    // writes through, and the launch holds that memory's lock, so nothing writes to them in the meantime.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<u8>(), size_of_val(words)) }
}

/// The memory that a launch works on.
pub(super) struct Held<'a> {
    reading: Vec<(&'a Memory, Reading<'a>)>,
    writing: Vec<(&'a Memory, Writing<'a>)>,
}

impl<'a> Held<'a> {
    /// Locks each allocation once.
    pub(super) fn lock(read: &[&'a dyn Allocation], write: &[&'a dyn Allocation]) -> Result<Held<'a>> {
        let wanted = read.iter().map(|&memory| (memory, false)).chain(write.iter().map(|&memory| (memory, true)));
        let mut wanted = wanted.map(|(memory, write)| Ok((Memory::of(memory)?, write))).collect::<Result<Vec<_>>>()?;
        // Of the same memory the writer comes first and is the one that is kept.
        wanted.sort_by_key(|&(memory, write)| (std::ptr::from_ref(memory).addr(), !write));
        wanted.dedup_by(|a, b| std::ptr::eq(a.0, b.0));
        let mut held = Held { reading: Vec::new(), writing: Vec::new() };
        for (memory, write) in wanted {
            if write {
                held.writing.push((memory, memory.write()));
            } else {
                held.reading.push((memory, memory.read()));
            }
        }
        Ok(held)
    }

    /// The memory to read and the memory to write.
    pub(super) fn split(&mut self) -> (ReadSet<'_, 'a>, WriteSet<'_, 'a>) {
        (ReadSet(&self.reading), WriteSet(&mut self.writing))
    }

    /// Everything that is held for writing, as atomic words.
    pub(super) fn atomics(&mut self) -> Vec<(&'a Memory, &[AtomicU32])> {
        self.writing.iter_mut().map(|(memory, writing)| (*memory, writing.atomics())).collect()
    }
}

/// The memory of a launch that is read.
#[derive(Clone, Copy)]
pub(super) struct ReadSet<'h, 'a>(&'h [(&'a Memory, Reading<'a>)]);

impl<'h> ReadSet<'h, '_> {
    /// The bytes of an allocation.
    pub(super) fn bytes(self, allocation: &dyn Allocation) -> Result<&'h [u8]> {
        let memory = Memory::of(allocation)?;
        let found = self.0.iter().find(|(held, _)| std::ptr::eq(*held, memory));
        found.map(|(_, reading)| reading.bytes()).ok_or_else(|| Error::Driver {
            device: "CPU".into(),
            call: "launch".into(),
            detail: "the output of a kernel is also one of its inputs".into(),
        })
    }
}

/// The memory of a launch that is written.
pub(super) struct WriteSet<'h, 'a>(&'h mut Vec<(&'a Memory, Writing<'a>)>);

impl<'h> WriteSet<'h, '_> {
    /// The bytes of several allocations, in their order.
    pub(super) fn each(self, allocations: &[&dyn Allocation]) -> Result<Vec<&'h mut [u8]>> {
        let mut held: Vec<_> =
            self.0.iter_mut().map(|(memory, writing)| (*memory, Some(writing.bytes_mut()))).collect();
        let take = |allocation: &&dyn Allocation| {
            let memory = Memory::of(*allocation)?;
            let found = held.iter_mut().find(|(held, _)| std::ptr::eq(*held, memory));
            found.and_then(|(_, bytes)| bytes.take()).ok_or_else(|| Error::Driver {
                device: "CPU".into(),
                call: "launch".into(),
                detail: "two outputs of a kernel are one and the same".into(),
            })
        };
        allocations.iter().map(take).collect()
    }

    /// The bytes of the only allocation.
    pub(super) fn only(self) -> &'h mut [u8] {
        match self.0.first_mut() {
            Some((_, writing)) => writing.bytes_mut(),
            None => &mut [],
        }
    }
}
