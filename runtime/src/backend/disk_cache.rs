//! Compiled programs on disk, shared by all processes of a user and by all GPU backends.
//!
//! In: a [`Key`] made of everything that a binary depends on. Out: the binary, or nothing.
//!
//! Invariant: the cache is never the reason of a failure. A folder that cannot be written, an entry that is damaged, cut
//! off or foreign: all of them mean "not cached".

mod memory;
mod text;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub use memory::ProgramCache;
pub use text::{check_definitions, kernel_name};

/// The first bytes of every entry; the number is the version of the format.
const MAGIC: &[u8; 8] = b"KWPROG1\n";
const HEADER: usize = MAGIC.len() + 16 + 8 + 16;

/// What an entry is found by: a hash of everything that the compiled program depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u128);

impl Key {
    /// The key of these parts and of this crate's version. Parts are delimited: `["ab", "c"]` and `["a", "bc"]` differ.
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Fnv::new();
        for part in parts.into_iter().chain([env!("CARGO_PKG_VERSION").as_bytes()]) {
            hash.write(&(part.len() as u64).to_le_bytes());
            hash.write(part);
        }
        Self(hash.0)
    }

    fn file_name(self) -> String {
        format!("{:032x}.bin", self.0)
    }
}

/// FNV-1a with 128 bits: unlike the hashes of `std`, the same in every version of Rust and on every machine.
struct Fnv(u128);

impl Fnv {
    fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}

fn checksum(bytes: &[u8]) -> u128 {
    let mut hash = Fnv::new();
    hash.write(bytes);
    hash.0
}

/// The folder of compiled programs.
#[derive(Clone, Debug)]
pub struct DiskCache {
    folder: Option<PathBuf>,
}

impl DiskCache {
    /// The user's cache: `$KERNWERK_CACHE_DIR` (`off`, `none`, `false` or `0`: no cache), else the platform's folder for
    /// caches.
    #[must_use]
    pub fn open() -> Self {
        let folder = match std::env::var("KERNWERK_CACHE_DIR") {
            Ok(value) if ["off", "none", "false", "0"].contains(&value.to_ascii_lowercase().as_str()) => None,
            Ok(value) if !value.is_empty() => Some(PathBuf::from(value)),
            _ => platform_folder(),
        };
        Self { folder: folder.map(|folder| folder.join("programs")) }
    }

    /// A cache in this folder, which is made when something is stored.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    /// No cache.
    #[must_use]
    pub fn off() -> Self {
        Self { folder: None }
    }

    /// Whether anything is kept at all.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.folder.is_some()
    }

    /// The stored binary, if there is one and it is whole.
    #[must_use]
    pub fn load(&self, key: Key) -> Option<Vec<u8>> {
        let mut entry = fs::read(self.folder.as_ref()?.join(key.file_name())).ok()?;
        if entry.len() < HEADER || entry[..8] != *MAGIC {
            return None;
        }
        let stored_key = u128::from_le_bytes(entry[8..24].try_into().ok()?);
        let length = u64::from_le_bytes(entry[24..32].try_into().ok()?);
        let sum = u128::from_le_bytes(entry[32..HEADER].try_into().ok()?);
        let payload = &entry[HEADER..];
        if stored_key != key.0 || length != payload.len() as u64 || sum != checksum(payload) {
            return None;
        }
        entry.drain(..HEADER);
        Some(entry)
    }

    /// Stores a binary, if that is possible. Readers see the old entry or the whole new one.
    pub fn store(&self, key: Key, payload: &[u8]) {
        if let Some(folder) = &self.folder {
            // A cache that cannot be written is no error: the program was compiled and works.
            let _ = write_entry(folder, key, payload);
        }
    }
}

fn write_entry(folder: &Path, key: Key, payload: &[u8]) -> std::io::Result<()> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    fs::create_dir_all(folder)?;
    let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{:032x}.{}.{unique}.tmp", key.0, std::process::id()));
    let written = fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(MAGIC)?;
        file.write_all(&key.0.to_le_bytes())?;
        file.write_all(&(payload.len() as u64).to_le_bytes())?;
        file.write_all(&checksum(payload).to_le_bytes())?;
        file.write_all(payload)
    });
    let renamed = written.and_then(|()| fs::rename(&temporary, folder.join(key.file_name())));
    if renamed.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    renamed
}

/// The folder in which programs of this user keep what can be made again.
fn platform_folder() -> Option<PathBuf> {
    // Relative paths are invalid here by the XDG specification; the same care suits the others.
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        absolute("HOME")?.join("Library/Caches")
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?
    };
    Some(caches.join("kernwerk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kernwerk-cache-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn entry(&self, key: Key) -> PathBuf {
            self.0.join(key.file_name())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn key(text: &str) -> Key {
        Key::new([text.as_bytes()])
    }

    #[test]
    fn an_entry_comes_back() {
        let folder = Folder::new("roundtrip");
        let cache = DiskCache::at(&folder.0);
        assert_eq!(cache.load(key("a")), None);
        cache.store(key("a"), b"binary");
        cache.store(key("empty"), b"");
        assert_eq!(cache.load(key("a")).as_deref(), Some(b"binary".as_slice()));
        assert_eq!(cache.load(key("empty")).as_deref(), Some(b"".as_slice()));
        assert_eq!(cache.load(key("b")), None);
        cache.store(key("a"), b"newer");
        assert_eq!(cache.load(key("a")).as_deref(), Some(b"newer".as_slice()));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn damaged_entries_are_not_there() {
        let folder = Folder::new("damage");
        let cache = DiskCache::at(&folder.0);
        cache.store(key("a"), b"the binary of a program");
        let whole = fs::read(folder.entry(key("a"))).unwrap();
        for length in 0..whole.len() {
            fs::write(folder.entry(key("a")), &whole[..length]).unwrap();
            assert_eq!(cache.load(key("a")), None, "cut to {length} bytes");
        }
        for position in 0..whole.len() {
            let mut changed = whole.clone();
            changed[position] ^= 0x10;
            fs::write(folder.entry(key("a")), &changed).unwrap();
            assert_eq!(cache.load(key("a")), None, "byte {position} changed");
        }
        fs::write(folder.entry(key("b")), &whole).unwrap();
        assert_eq!(cache.load(key("b")), None, "the entry of another key");
        cache.store(key("a"), b"again");
        assert_eq!(cache.load(key("a")).as_deref(), Some(b"again".as_slice()));
    }

    #[test]
    fn concurrent_writers_leave_a_whole_entry() {
        let folder = Folder::new("writers");
        let cache = DiskCache::at(&folder.0);
        std::thread::scope(|scope| {
            for writer in 0..8u8 {
                let cache = &cache;
                scope.spawn(move || {
                    for _ in 0..50 {
                        cache.store(key("a"), &vec![writer; 10_000 + usize::from(writer)]);
                        if let Some(entry) = cache.load(key("a")) {
                            assert_eq!(entry.len(), 10_000 + usize::from(entry[0]));
                            assert!(entry.iter().all(|byte| *byte == entry[0]));
                        }
                    }
                });
            }
        });
        assert!(cache.load(key("a")).is_some());
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_no_error() {
        let folder = Folder::new("blocked");
        fs::write(&folder.0, b"a file where the folder should be").unwrap();
        let cache = DiskCache::at(folder.0.join("programs"));
        cache.store(key("a"), b"binary");
        assert_eq!(cache.load(key("a")), None);
        fs::remove_file(&folder.0).unwrap();
    }

    #[test]
    fn keys_are_stable_and_delimited() {
        assert_ne!(Key::new([b"ab".as_slice(), b"c"]), Key::new([b"a".as_slice(), b"bc"]));
        assert_ne!(Key::new([b"a".as_slice()]), Key::new([b"a".as_slice(), b""]));
        // The published test vector of FNV-1a with 128 bits.
        assert_eq!(checksum(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}
