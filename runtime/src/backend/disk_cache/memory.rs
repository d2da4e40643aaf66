//! Compiled programs in memory, one cache per device.
//!
//! Invariant: a text is compiled once, also when several threads ask for it at the same time; different texts are compiled
//! at the same time. A text that does not compile is not remembered.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One program, or the place for it while it is being compiled.
type Slot<P> = Arc<Mutex<Option<Arc<P>>>>;

struct Entry<P> {
    source: Box<str>,
    definitions: Box<[(String, String)]>,
    slot: Slot<P>,
}

/// From a text and its definitions to the program.
pub struct ProgramCache<P> {
    entries: Mutex<HashMap<u64, Vec<Entry<P>>>>,
}

impl<P> Default for ProgramCache<P> {
    fn default() -> Self {
        Self { entries: Mutex::new(HashMap::new()) }
    }
}

impl<P> ProgramCache<P> {
    /// The program of this text, compiled by `compile` if it is asked for for the first time.
    ///
    /// # Errors
    /// Those of `compile`.
    pub fn get_or_compile<E>(
        &self,
        source: &str,
        definitions: &[(String, String)],
        compile: impl FnOnce() -> Result<P, E>,
    ) -> Result<Arc<P>, E> {
        let slot = self.slot(source, definitions);
        let mut program = lock(&slot);
        if let Some(program) = &*program {
            return Ok(program.clone());
        }
        let compiled = Arc::new(compile()?);
        *program = Some(compiled.clone());
        Ok(compiled)
    }

    fn slot(&self, source: &str, definitions: &[(String, String)]) -> Slot<P> {
        let mut entries = lock(&self.entries);
        let bucket = entries.entry(hash(source, definitions)).or_default();
        let found = bucket.iter().find(|entry| *entry.source == *source && *entry.definitions == *definitions);
        if let Some(entry) = found {
            return entry.slot.clone();
        }
        let slot = Slot::default();
        bucket.push(Entry { source: source.into(), definitions: definitions.into(), slot: slot.clone() });
        slot
    }
}

/// Of the text only its length goes in: hashing ten thousand bytes would cost more than the launch that waits for the
/// program, while comparing them with the one candidate costs next to nothing.
fn hash(source: &str, definitions: &[(String, String)]) -> u64 {
    let mut hasher = DefaultHasher::new();
    source.len().hash(&mut hasher);
    definitions.hash(&mut hasher);
    hasher.finish()
}

/// What a panicking thread has left is still whole: every change here is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn a_text_is_compiled_once() {
        let cache = ProgramCache::default();
        let compiled = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    cache.get_or_compile::<()>("text", &[], || Ok(compiled.fetch_add(1, Ordering::SeqCst))).unwrap()
                });
            }
        });
        assert_eq!(compiled.load(Ordering::SeqCst), 1);
        let definitions = [("A".to_owned(), "1".to_owned())];
        assert_eq!(*cache.get_or_compile::<()>("text", &definitions, || Ok(7)).unwrap(), 7);
        assert_eq!(*cache.get_or_compile::<()>("test", &[], || Ok(8)).unwrap(), 8, "same length, another text");
        assert_eq!(*cache.get_or_compile::<()>("text", &[], || Ok(9)).unwrap(), 0);
    }

    #[test]
    fn a_failure_is_not_remembered() {
        let cache = ProgramCache::<u8>::default();
        assert_eq!(cache.get_or_compile("text", &[], || Err("log")).unwrap_err(), "log");
        assert_eq!(*cache.get_or_compile::<()>("text", &[], || Ok(1)).unwrap(), 1);
    }
}
