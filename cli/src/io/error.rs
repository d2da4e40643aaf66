//! Errors of reading and writing files. Every message says where, what failed, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// The operating system refused.
    #[error("{}: cannot {action} this file: {source}; {}", .path.display(), system_remedy(.source))]
    System {
        /// The file.
        path: PathBuf,
        /// `read` or `write`.
        action: &'static str,
        /// The system's words.
        source: io::Error,
    },
    /// The file contradicts itself or its format, or ends too early.
    #[error("{}: this file is damaged: {problem}; copy or export it again from its source", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        problem: String,
    },
    /// The file is fine, but uses something that is not supported.
    #[error("{}: {problem}; {remedy}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not supported.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// The elements have a type that an image cannot have.
    #[error("{}: its elements are {found}, and images have integers or floats of up to 64 bits; {remedy}", .path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The type found.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// The image does not fit into memory.
    #[error("{}: {needed} bytes of memory are needed and cannot be had; crop the image or use a larger machine", .path.display())]
    OutOfMemory {
        /// The file.
        path: PathBuf,
        /// Bytes asked for.
        needed: u64,
    },
    /// The ending of the file name names no known format.
    #[error("{}: the ending of this name is no known format; use one of {known}", .path.display())]
    Ending {
        /// The file.
        path: PathBuf,
        /// The known endings.
        known: &'static str,
    },
    /// The columns of a table do not fit together.
    #[error("table: {problem}; give every column a name of its own and the same number of rows")]
    Table {
        /// What does not fit.
        problem: String,
    },
}

fn system_remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the name and that its folder exists",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "check the permissions of it and its folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space or write to another disk",
        io::ErrorKind::IsADirectory => "name a file, not a folder",
        _ => "check the disk or the connection to it",
    }
}

/// What went wrong, before it is known in which file: readers and writers of a format work on streams.
#[derive(Debug)]
pub(crate) enum Fault {
    System(io::Error),
    Damaged(String),
    Unsupported { problem: String, remedy: String },
    ElementType { found: String, remedy: String },
    Memory(u64),
}

impl Fault {
    pub(crate) fn damaged(problem: impl Into<String>) -> Fault {
        Fault::Damaged(problem.into())
    }

    pub(crate) fn unsupported(problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault::Unsupported { problem: problem.into(), remedy: remedy.into() }
    }

    pub(crate) fn reading(self, path: &Path) -> IoError {
        self.at(path, "read")
    }

    pub(crate) fn writing(self, path: &Path) -> IoError {
        self.at(path, "write")
    }

    fn at(self, path: &Path, action: &'static str) -> IoError {
        let path = path.to_owned();
        match self {
            Fault::System(source) => IoError::System { path, action, source },
            Fault::Damaged(problem) => IoError::Damaged { path, problem },
            Fault::Unsupported { problem, remedy } => IoError::Unsupported { path, problem, remedy },
            Fault::ElementType { found, remedy } => IoError::ElementType { path, found, remedy },
            Fault::Memory(needed) => IoError::OutOfMemory { path, needed },
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Fault::damaged("it ends too early"),
            _ => Fault::System(error),
        }
    }
}

/// A vector of zeros, or an error where the allocator has no room: sizes come from files, and an abort is no error.
pub(crate) fn zeroed<T: Clone + Default>(len: usize) -> Result<Vec<T>, Fault> {
    let mut probe: Vec<T> = Vec::new();
    let needed = (len as u64).saturating_mul(size_of::<T>() as u64);
    probe.try_reserve_exact(len).map_err(|_| Fault::Memory(needed))?;
    // Given back and asked for again as zeros, which come from the system without being touched: filling this one
    // would walk through all of the memory once more, on one thread.
    drop(std::hint::black_box(probe));
    Ok(vec![T::default(); len])
}
