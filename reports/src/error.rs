//! What can go wrong while results are written or read.

use std::io;
use std::path::{Path, PathBuf};

use crate::hdr::HdrFault;
use crate::model::SchemaId;

/// Every failure of this library, with the path it happened at.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A folder, file or link could not be written: disk full, not writable, in the way.
    #[error("cannot write {}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why not, as the operating system says it.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not, as the operating system says it.
        source: io::Error,
    },
    /// `latest` is there, but is no link of ours, so that it is not replaced.
    #[error("{} is not a link, so it is left alone; move it away", path.display())]
    LatestIsNoLink {
        /// The path in the way.
        path: PathBuf,
    },
    /// A name inside the run's folder that would lead out of it.
    #[error("`{name}` is not the name of a file inside the run's folder")]
    UnsafeName {
        /// The offending name.
        name: String,
    },
    /// A value has no JSON form.
    #[error("cannot express {name} as JSON")]
    Serialize {
        /// Name of the file.
        name: String,
        /// What serde says.
        source: serde_json::Error,
    },
    /// A file is no JSON, or lacks a field.
    #[error("{}:{}:{}: not a readable report file", path.display(), source.line(), source.column())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What serde says, with line and column.
        source: serde_json::Error,
    },
    /// A file has another format, or another version of it, than this tool reads.
    #[error(
        "{}: expected format {} version {}, found {} version {}",
        path.display(), expected.name, expected.version, found.name, found.version
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What this tool reads.
        expected: SchemaId,
        /// What the file says it is.
        found: SchemaId,
    },
    /// The histogram log is none, or cut short.
    #[error("{}: not a readable histogram log", path.display())]
    Histograms {
        /// The file.
        path: PathBuf,
        /// The line, and what is wrong with it.
        source: HdrFault,
    },
    /// The JUnit document could not be written.
    #[error("cannot write {name} as XML")]
    Junit {
        /// Name of the file.
        name: String,
        /// What the writer says.
        source: quick_junit::SerializeError,
    },
}

impl ReportError {
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }

    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }
}
