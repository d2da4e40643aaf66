//! Device memory that is used again: freed buffers wait in size classes until one of their size is asked for.
//!
//! Invariant: a buffer is either in use by exactly one [`PooledBuffer`] or waits in the pool. What waits is bounded, and
//! is given back to the device before an allocation is reported as impossible.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::driver::Allocation;
use crate::backend::launch::Backend;
use crate::{Error, Result};

/// How much memory of a device is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatistics {
    /// Bytes of live images and buffers.
    pub in_use: u64,
    /// Bytes that wait to be used again.
    pub pooled: u64,
    /// The largest number of bytes that were in use at one time.
    pub peak: u64,
}

/// The memory of one device.
pub(crate) struct Pool {
    backend: Arc<dyn Backend>,
    limit: u64,
    max_allocation: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Waiting buffers by size class.
    waiting: BTreeMap<usize, Vec<Box<dyn Allocation>>>,
    statistics: PoolStatistics,
}

impl Pool {
    /// A pool over a backend; at most `limit` bytes wait.
    pub(crate) fn new(backend: Arc<dyn Backend>, limit: u64) -> Arc<Pool> {
        let max_allocation = usize::try_from(backend.description().max_allocation).unwrap_or(usize::MAX);
        Arc::new(Pool { backend, limit, max_allocation, state: Mutex::default() })
    }

    /// The backend.
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Memory of at least `bytes` bytes; what it holds is arbitrary.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if the device has not enough even after everything that waits was given back.
    pub(crate) fn allocate(self: &Arc<Pool>, bytes: usize) -> Result<PooledBuffer> {
        let class = size_class(bytes, self.max_allocation);
        let waiting = {
            let mut state = self.lock();
            let found = state.waiting.get_mut(&class).and_then(Vec::pop);
            if found.is_some() {
                state.statistics.pooled -= class as u64;
            }
            found
        };
        let memory = match waiting {
            Some(memory) => memory,
            None => match self.backend.allocate(class) {
                Err(Error::OutOfMemory { .. }) => {
                    self.release();
                    self.backend.allocate(class)?
                }
                other => other?,
            },
        };
        let statistics = &mut self.lock().statistics;
        statistics.in_use += class as u64;
        statistics.peak = statistics.peak.max(statistics.in_use);
        Ok(PooledBuffer { memory: Some(memory), class, pool: self.clone() })
    }

    /// Gives all waiting memory back to the device.
    pub(crate) fn release(&self) {
        let waiting = {
            let mut state = self.lock();
            state.statistics.pooled = 0;
            std::mem::take(&mut state.waiting)
        };
        drop(waiting);
    }

    /// How much memory is used.
    pub(crate) fn statistics(&self) -> PoolStatistics {
        self.lock().statistics
    }

    /// Takes a buffer back; returns what has to be freed for that, largest first.
    fn keep(&self, memory: Box<dyn Allocation>, class: usize) -> Vec<Box<dyn Allocation>> {
        let mut state = self.lock();
        state.statistics.in_use -= class as u64;
        if class as u64 > self.limit {
            return vec![memory];
        }
        state.waiting.entry(class).or_default().push(memory);
        state.statistics.pooled += class as u64;
        let mut freed = Vec::new();
        while state.statistics.pooled > self.limit {
            let Some(mut largest) = state.waiting.last_entry() else { break };
            let class = *largest.key();
            match largest.get_mut().pop() {
                Some(memory) => {
                    freed.push(memory);
                    state.statistics.pooled -= class as u64;
                }
                None => drop(largest.remove()),
            }
        }
        freed
    }

    /// A panic elsewhere leaves the numbers and lists as they are, and they are always consistent.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Device memory that returns to its pool when dropped.
pub(crate) struct PooledBuffer {
    /// Taken only by `drop`.
    memory: Option<Box<dyn Allocation>>,
    class: usize,
    pool: Arc<Pool>,
}

impl PooledBuffer {
    /// The memory.
    pub(crate) fn memory(&self) -> &dyn Allocation {
        match &self.memory {
            Some(memory) => &**memory,
            None => unreachable!("the memory is there until the buffer is dropped"),
        }
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        if let Some(memory) = self.memory.take() {
            // Freed after the pool's lock is released.
            drop(self.pool.keep(memory, self.class));
        }
    }
}

impl fmt::Debug for PooledBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.class)
    }
}

/// Sizes are rounded up to eighths of a power of two, at least 256 bytes: at most an eighth is wasted.
fn size_class(bytes: usize, max_allocation: usize) -> usize {
    let bytes = bytes.max(256);
    let step = (bytes.next_power_of_two() / 16).max(256);
    let class = bytes.checked_next_multiple_of(step).unwrap_or(bytes);
    if class > max_allocation { bytes } else { class }
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::backend::chain::ChainLaunch;
    use crate::backend::driver::DeviceDescription;
    use crate::backend::launch::Launch;

    /// A device with a given amount of memory that only counts.
    struct Counting {
        description: DeviceDescription,
        free: Arc<AtomicUsize>,
        allocations: AtomicUsize,
    }

    struct Piece(usize, Arc<AtomicUsize>);

    impl Drop for Piece {
        fn drop(&mut self) {
            self.1.fetch_add(self.0, Ordering::Relaxed);
        }
    }

    impl Allocation for Piece {
        fn size(&self) -> usize {
            self.0
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    impl Backend for Counting {
        fn description(&self) -> &DeviceDescription {
            &self.description
        }
        fn allocate(&self, bytes: usize) -> Result<Box<dyn Allocation>> {
            let take = |free: usize| free.checked_sub(bytes);
            match self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
                Ok(_) => {
                    self.allocations.fetch_add(1, Ordering::Relaxed);
                    Ok(Box::new(Piece(bytes, self.free.clone())))
                }
                Err(free) => {
                    Err(Error::OutOfMemory { device: "test".into(), needed: bytes as u64, available: free as u64 })
                }
            }
        }
        fn upload(&self, _: &dyn Allocation, _: &[u8]) -> Result<()> {
            Ok(())
        }
        fn download(&self, _: &dyn Allocation, _: &mut [u8]) -> Result<()> {
            Ok(())
        }
        fn copy(&self, _: &dyn Allocation, _: &dyn Allocation, _: usize) -> Result<()> {
            Ok(())
        }
        fn clear(&self, _: &dyn Allocation, _: usize) -> Result<()> {
            Ok(())
        }
        fn fuses(&self) -> bool {
            false
        }
        fn run(&self, _: &Launch<'_>) -> Result<()> {
            Ok(())
        }
        fn run_chain(&self, _: &ChainLaunch<'_>) -> Result<()> {
            Ok(())
        }
        fn synchronize(&self) -> Result<()> {
            Ok(())
        }
        fn available_memory(&self) -> Option<u64> {
            None
        }
    }

    fn pool(memory: usize, limit: u64) -> (Arc<Counting>, Arc<Pool>) {
        let description = DeviceDescription {
            backend: "test",
            name: "counter".into(),
            driver: String::new(),
            memory: memory as u64,
            max_allocation: memory as u64,
            compute_units: 1,
            is_gpu: false,
            max_work_group: 1,
            local_memory: 0,
            pairs: false,
            doubles: true,
        };
        let backend = Arc::new(Counting {
            description,
            free: Arc::new(AtomicUsize::new(memory)),
            allocations: AtomicUsize::new(0),
        });
        (backend.clone(), Pool::new(backend, limit))
    }

    #[test]
    fn sizes_are_rounded_up_by_at_most_an_eighth() {
        for bytes in [1, 255, 256, 257, 4096, 4097, 100_000, 1 << 20, (1 << 30) + 1] {
            let class = size_class(bytes, usize::MAX);
            assert!(class >= bytes && class - bytes <= (bytes / 8).max(256), "{bytes} {class}");
            assert_eq!(size_class(class, usize::MAX), class);
        }
        assert_eq!(size_class(1000, 1000), 1000);
    }

    #[test]
    fn a_freed_buffer_is_used_again() {
        let (device, pool) = pool(1 << 20, 1 << 20);
        let first = pool.allocate(1000).unwrap();
        assert_eq!(pool.statistics(), PoolStatistics { in_use: 1024, pooled: 0, peak: 1024 });
        drop(first);
        assert_eq!(pool.statistics(), PoolStatistics { in_use: 0, pooled: 1024, peak: 1024 });
        let second = pool.allocate(1010).unwrap();
        assert_eq!(device.allocations.load(Ordering::Relaxed), 1);
        assert_eq!(second.memory().size(), 1024);
    }

    #[test]
    fn the_pool_is_freed_before_memory_is_out() {
        let (_, pool) = pool(10_240, 1 << 20);
        drop(pool.allocate(8192).unwrap());
        let other = pool.allocate(4096).unwrap();
        assert_eq!(pool.statistics(), PoolStatistics { in_use: 4096, pooled: 0, peak: 8192 });
        assert!(matches!(pool.allocate(8192), Err(Error::OutOfMemory { needed: 8192, .. })));
        drop(other);
        assert!(pool.allocate(8192).is_ok());
    }

    #[test]
    fn what_waits_is_bounded() {
        let (device, pool) = pool(1 << 20, 3000);
        let buffers: Vec<_> = (0..4).map(|_| pool.allocate(1024).unwrap()).collect();
        drop(buffers);
        assert_eq!(pool.statistics(), PoolStatistics { in_use: 0, pooled: 2048, peak: 4096 });
        drop(pool.allocate(8192).unwrap());
        assert_eq!(pool.statistics().pooled, 2048);
        pool.release();
        assert_eq!((pool.statistics().pooled, device.free.load(Ordering::Relaxed)), (0, 1 << 20));
    }
}
