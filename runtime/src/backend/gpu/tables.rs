//! Chord tables and weights in device memory, kept for the next call with the same ones.
//!
//! Invariant: what is kept refers to its source, so that no other source can have the same address.

use std::sync::Arc;

use kernwerk_codegen::ir::Axis;
use kernwerk_codegen::plan::{Argument, Kernel};

use super::super::driver::{Allocation, Driver};
use super::super::launch::{Chords, Launch};
use super::incomplete;
use crate::Result;
use crate::lang::PerAxis;
use crate::small_cache::SmallCache;

/// What is kept on a device.
pub(super) struct Tables(SmallCache<Arc<Table>>);

/// One table in device memory.
pub(super) struct Table {
    source: Source,
    pub(super) memory: Box<dyn Allocation>,
}

enum Source {
    Chords(Arc<Chords>),
    Weights(Arc<PerAxis<Vec<f32>>>, Axis),
}

impl Default for Tables {
    fn default() -> Tables {
        Tables(SmallCache::new(64))
    }
}

impl Tables {
    /// The tables that a kernel reads, in the order of its arguments.
    pub(super) fn of(&self, driver: &dyn Driver, launch: &Launch<'_>, kernel: &Kernel) -> Result<Vec<Arc<Table>>> {
        let mut tables = Vec::new();
        for argument in &kernel.arguments {
            match *argument {
                Argument::Chords(window) => {
                    let chords = launch.windows.get(usize::from(window));
                    let chords = chords.ok_or_else(|| incomplete(launch, "a window"))?;
                    let fits =
                        |table: &Arc<Table>| matches!(&table.source, Source::Chords(kept) if Arc::ptr_eq(kept, chords));
                    let make = || upload(driver, Source::Chords(chords.clone()));
                    tables.push(self.0.get(fits, make)?);
                }
                Argument::Weights(entry) => {
                    let weights = launch.weights.get(usize::from(entry));
                    let weights = weights.ok_or_else(|| incomplete(launch, "weights"))?;
                    let fits = |table: &Arc<Table>| {
                        matches!(&table.source, Source::Weights(kept, axis)
                            if *axis == launch.axis && Arc::ptr_eq(kept, weights))
                    };
                    let make = || upload(driver, Source::Weights(weights.clone(), launch.axis));
                    tables.push(self.0.get(fits, make)?);
                }
                _ => {}
            }
        }
        Ok(tables)
    }
}

fn upload(driver: &dyn Driver, source: Source) -> Result<Arc<Table>> {
    let bytes: &[u8] = match &source {
        Source::Chords(chords) => bytemuck::cast_slice(&chords.half),
        Source::Weights(weights, axis) => bytemuck::cast_slice(weights.get(*axis)),
    };
    // An empty table is never read, but a kernel needs an address.
    let memory = driver.allocate(bytes.len().max(size_of::<u32>()))?;
    if !bytes.is_empty() {
        driver.upload(&*memory, 0, bytes)?;
    }
    Ok(Arc::new(Table { source, memory }))
}
