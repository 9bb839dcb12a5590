//! Why a scenario, a question file or an override was refused.

use std::path::PathBuf;

/// Why a scenario was refused. Every message names the place and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Neither a file nor a built-in scenario.
    #[error("no scenario {name:?}: neither a file nor one of the built-in ones ({known}){suggestion}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names of the built-in scenarios.
        known: String,
        /// `, did you mean …?`, or nothing.
        suggestion: String,
    },
    /// The text is not what is expected there.
    #[error("{origin}:{line}:{column}: {message}")]
    Parse {
        /// File, or the name of a built-in scenario.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// A value given by `--set` is not what is expected.
    #[error("--set {argument}: {message}")]
    Override {
        /// The argument.
        argument: String,
        /// What is wrong with it.
        message: String,
    },
    /// A value is well-formed but can't be used.
    #[error("{origin}: {key}: {message}")]
    Invalid {
        /// File, or the name of a built-in scenario.
        origin: String,
        /// Dotted name of the key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// Scenarios extend each other in a circle, or too deeply.
    #[error("{origin}: `extends` goes in a circle or is deeper than {limit} files")]
    Circle {
        /// The file where it was noticed.
        origin: String,
        /// Deepest chain allowed.
        limit: usize,
    },
}
