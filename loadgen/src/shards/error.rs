//! Why parts of a run can't be made one.

use super::Share;

/// Why parts of a run can't be made one.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// Not a part.
    #[error("{text:?} is no part of a run: expected K/N with K from 1 to N, such as 2/8")]
    Share {
        /// What was said.
        text: String,
    },
    /// Nothing to merge.
    #[error("there is no shard to merge")]
    Nothing,
    /// Some are not there.
    #[error(
        "{missing} of {of} shards are missing ({names}): merge all of them, or let them be missing by --allow-missing, \
         which makes the run invalid"
    )]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        of: u32,
        /// Which, such as `3/8, 5/8`.
        names: String,
    },
    /// Two of one index.
    #[error("shard {share} is there twice: {first} and {second}")]
    Twice {
        /// Which.
        share: Share,
        /// Where.
        first: String,
        /// And where.
        second: String,
    },
    /// They are not of one run.
    #[error(
        "{first} and {second} are not shards of one run: {what} is {left} in one and {right} in the other"
    )]
    Different {
        /// What differs.
        what: &'static str,
        /// Where.
        first: String,
        /// And where.
        second: String,
        /// What it is in the first.
        left: String,
        /// What it is in the second.
        right: String,
    },
    /// A record can't be used.
    #[error("{origin}: {message}")]
    Record {
        /// Where it came from.
        origin: String,
        /// What is wrong with it.
        message: String,
    },
    /// The merged histograms could not be written.
    #[error(transparent)]
    Load(#[from] crate::LoadError),
    /// The planned start is too long ago.
    #[error(
        "the planned start was {late:?} ago, which is longer than sessions take to come ({ramp:?}): plan it later"
    )]
    TooLate {
        /// How long ago.
        late: std::time::Duration,
        /// Ramp and settling of the scenario.
        ramp: std::time::Duration,
    },
}
