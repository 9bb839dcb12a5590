//! Harness trouble and mistakes of the user. What a target does wrong is never an error: it is data.

use std::path::PathBuf;

/// Why the suite could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target can't be reached, or did not become ready (exit code 3).
    #[error("target {target} can't be reached: {cause}")]
    Unreachable {
        /// Name and address of the target.
        target: String,
        /// What happened.
        cause: String,
    },
    /// The target's program could not be started (exit code 3).
    #[error("target {target} did not start: {cause}")]
    Start {
        /// Name of the target.
        target: String,
        /// What happened, with the end of its error output.
        cause: String,
    },
    /// The expression selects no check (exit code 4).
    #[error("no check is selected by {what:?}{hint}")]
    NothingSelected {
        /// The expression.
        what: String,
        /// The name in it that means nothing, or nothing.
        hint: String,
    },
    /// The select expression can't be read, or a name in it means no check (exit code 2).
    #[error("select expression, column {column}: {message}")]
    Select {
        /// Column, from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// Nothing is called so (exit code 2).
    #[error("no check, requirement or mutant is called {id:?}{hint}")]
    Unknown {
        /// The name given.
        id: String,
        /// A name that is near, or nothing.
        hint: String,
    },
    /// There is no profile of this version (exit code 2).
    #[error("there are no requirements of version {version:?}{hint}")]
    Profile {
        /// The version given.
        version: String,
        /// Those there are.
        hint: String,
    },
    /// The shard is not K/N with 1 ≤ K ≤ N (exit code 2).
    #[error("shard {0:?} is not K/N with 1 ≤ K ≤ N")]
    Shard(String),
    /// The factor on time limits is not from 0.001 to 1,000 (exit code 2).
    #[error("{0:?} is no factor from 0.001 to 1,000")]
    TimeScale(String),
    /// A script can't be played (exit code 2).
    #[error("script: {0}")]
    Script(String),
    /// A transcript can't be run again (exit code 2).
    #[error("{}: {cause}", path.display())]
    Transcript {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// A file can't be read (exit code 2).
    #[error("can't read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file can't be written (exit code 3).
    #[error("can't write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what is expected (exit code 2).
    #[error("{}:{line}:{column}: {message}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// The suite's own data contradict each other (exit code 3).
    #[error("the suite's own data are broken: {0}")]
    Data(String),
}

impl Error {
    /// The exit code this error stands for.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Start { .. } | Self::Write { .. } | Self::Data(_) => 3,
            Self::NothingSelected { .. } => 4,
            Self::Select { .. }
            | Self::Unknown { .. }
            | Self::Profile { .. }
            | Self::Shard(_)
            | Self::TimeScale(_)
            | Self::Read { .. }
            | Self::Parse { .. }
            | Self::Script(_)
            | Self::Transcript { .. } => 2,
        }
    }
}
