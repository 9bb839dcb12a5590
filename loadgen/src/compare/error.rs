//! Why two sets of runs can't be compared.

use crate::statistics::StatisticsError;

/// Why there is no comparison.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// A side has no run.
    #[error("there is no load run on side {side}")]
    NoRuns {
        /// `A` or `B`.
        side: &'static str,
    },
    /// The runs measured different things.
    #[error("{first} and {other} can't be compared: {what} is {expected} in one and {found} in the other")]
    Different {
        /// The run that others are held against.
        first: String,
        /// The run that differs.
        other: String,
        /// In what.
        what: &'static str,
        /// There.
        expected: String,
        /// Here.
        found: String,
    },
    /// A run says nothing about its target.
    #[error("{run} can't be compared: {why}")]
    Invalid {
        /// The run.
        run: String,
        /// Why not.
        why: String,
    },
    /// The figures can't be judged.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
}
