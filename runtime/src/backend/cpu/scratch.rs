//! Buffers for rows, kept per thread: a row is computed in about a microsecond, of which allocating would be a good
//! part.

use std::any::Any;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Buffers larger than this are not kept.
const LARGEST: usize = 1 << 20;
/// Buffers of one type that are kept.
const MOST: usize = 8;

thread_local! {
    /// One `Vec<Vec<T>>` for each type.
    static FREE: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer that goes back to its thread when it is dropped.
pub struct Scratch<T: Default + Clone + 'static>(Vec<T>);

/// A buffer of that length. What it holds is left over from before.
pub(crate) fn take<T: Default + Clone + 'static>(len: usize) -> Scratch<T> {
    let mut buffer = with_free(|free| free.pop()).unwrap_or_default();
    buffer.resize(len, T::default());
    Scratch(buffer)
}

/// An empty buffer.
pub(crate) fn empty<T: Default + Clone + 'static>() -> Scratch<T> {
    take(0)
}

fn with_free<T: 'static, R>(f: impl FnOnce(&mut Vec<Vec<T>>) -> R) -> R {
    FREE.with_borrow_mut(|free| {
        let known = free.iter().position(|buffers| buffers.is::<Vec<Vec<T>>>());
        let index = known.unwrap_or_else(|| {
            free.push(Box::new(Vec::<Vec<T>>::new()));
            free.len() - 1
        });
        f(free[index].downcast_mut().expect("was looked for by its type"))
    })
}

impl<T: Default + Clone + 'static> Drop for Scratch<T> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        if buffer.capacity() * size_of::<T>() <= LARGEST {
            with_free(|free| {
                if free.len() < MOST {
                    free.push(buffer);
                }
            });
        }
    }
}

impl<T: Default + Clone + 'static> Deref for Scratch<T> {
    type Target = Vec<T>;

    #[inline(always)]
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T: Default + Clone + 'static> DerefMut for Scratch<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}
