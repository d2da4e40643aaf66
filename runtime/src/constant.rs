//! Tables of the host that stay on a device: what a procedure needs again at its next call is not uploaded again.
//!
//! Invariant: a kept table holds its source, so that no other source can have the same address; nothing writes to it.

use std::any::Any;
use std::sync::Arc;

use crate::Result;
use crate::buffer::{Buffer, BufferElement, GridBuffer, GridOperand};
use crate::device::Device;
use crate::pool::PooledBuffer;
use crate::small_cache::SmallCache;

/// A table of the host in device memory, which kernels read. Cloning copies the handle.
#[derive(Clone)]
pub struct Constant<T: BufferElement>(Buffer<T>);

impl<T: BufferElement> GridBuffer for Constant<T> {
    fn operand(&self) -> GridOperand<'_> {
        GridOperand { constant: true, ..self.0.operand() }
    }
}

/// The tables that a device keeps.
pub(crate) struct Constants(SmallCache<Kept>);

#[derive(Clone)]
struct Kept {
    source: Arc<dyn Any + Send + Sync>,
    memory: Arc<PooledBuffer>,
}

impl Default for Constants {
    fn default() -> Constants {
        Constants(SmallCache::new(64))
    }
}

/// The table of these values on a device; the same `Arc` is uploaded once while it is among the last 64.
pub(crate) fn constant<T: BufferElement>(device: &Device, values: &Arc<Vec<T>>) -> Result<Constant<T>> {
    let address = Arc::as_ptr(values).cast::<()>();
    let fits = |kept: &Kept| std::ptr::eq(Arc::as_ptr(&kept.source).cast::<()>(), address);
    let make = || Ok(Kept { source: values.clone(), memory: Buffer::upload(device, values)?.into_memory() });
    let kept = device.constants().0.get(fits, make)?;
    Ok(Constant(Buffer::from_memory(device, kept.memory, values.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_uploaded_once() {
        let device = Device::cpu();
        let values = Arc::new(vec![1.0f32, 2.0, 3.0]);
        let memory = |constant: &Constant<f32>| std::ptr::from_ref(constant.operand().operand.memory).cast::<u8>();
        let first = constant(&device, &values).unwrap();
        let again = constant(&device, &values.clone()).unwrap();
        let equal = constant(&device, &Arc::new(vec![1.0f32, 2.0, 3.0])).unwrap();
        assert_eq!(memory(&first), memory(&again));
        assert_ne!(memory(&first), memory(&equal));
        assert_eq!(again.0.download().unwrap(), *values);
        assert!(first.operand().constant && !first.0.operand().constant);
    }
}
