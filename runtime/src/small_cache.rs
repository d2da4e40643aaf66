//! A cache of a few values that are expensive to make: the least recently used one leaves first.
//!
//! Invariant: at most `capacity` values are kept, the most recently used one last.

use std::sync::{Mutex, PoisonError};

/// Up to `capacity` values, found by comparing.
pub(crate) struct SmallCache<T> {
    capacity: usize,
    values: Mutex<Vec<T>>,
}

impl<T: Clone> SmallCache<T> {
    /// An empty cache.
    pub(crate) const fn new(capacity: usize) -> SmallCache<T> {
        SmallCache { capacity, values: Mutex::new(Vec::new()) }
    }

    /// The value that `fits`, or else the one that `make` makes. While it is made nobody waits; if two threads make the
    /// same value, the first one stays.
    pub(crate) fn get<E>(&self, fits: impl Fn(&T) -> bool, make: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some(found) = self.find(&fits) {
            return Ok(found);
        }
        let made = make()?;
        if let Some(found) = self.find(&fits) {
            return Ok(found);
        }
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (values.len() >= self.capacity).then(|| values.remove(0));
        values.push(made.clone());
        drop(values);
        drop(oldest);
        Ok(made)
    }

    fn find(&self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let position = values.iter().rposition(fits)?;
        // Usually it is the last one already.
        let last = values.len() - 1;
        values[position..].rotate_left(1);
        Some(values[last].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_value_leaves_first() {
        let cache = SmallCache::new(2);
        let made = |key: u32| {
            let mut made = false;
            let value = cache.get(
                |&value| value == key,
                || {
                    made = true;
                    Ok::<_, ()>(key)
                },
            );
            assert_eq!(value, Ok(key));
            made
        };
        assert_eq!([1, 2, 1, 3, 1, 2].map(made), [true, true, false, true, false, true]);
        assert_eq!(cache.get(|&value| value == 9, || Err("refused")), Err("refused"));
    }
}
