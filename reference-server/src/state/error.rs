//! Why a state file can't be used.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a state file can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Another server has it open.
    #[error("the state file {} is in use by another server; stop that one, or give this one a state.file of its own", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged, or no database at all.
    #[error("the state file {} is damaged ({reason}); move it away and start again: sessions and selected databases are lost, nothing else", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It is a database of somebody else.
    #[error("the file {} is a database, but no state file; choose another state.file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer edition of the server made it.
    #[error("the state file {} has version {version}, this server knows {known}; use a newer server, or another state.file", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
        /// Newest version known here.
        known: i64,
    },
    /// Its folder can't be made.
    #[error("can't make the folder of the state file {}", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It can't be opened or written.
    #[error("can't use the state file {}; check its permissions and the free space, or choose another state.file", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The thread that writes it can't be started.
    #[error("can't start the thread that writes the state file {}", path.display())]
    Thread {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StateError {
    /// What a failure of SQLite means for the file.
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { path },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { path, reason: source.to_string() }
            }
            _ => Self::Unusable { path, source },
        }
    }
}
