//! Running checks: which, how many at a time, and what their outcome means.

mod attempt;
mod baseline;
mod confirmation;
mod departure;
mod execution;
mod observer;
mod options;
mod outcome;
mod repetition;
mod replay;
mod select;
mod selection;
mod shard;
mod time_scale;

pub use baseline::{Baseline, KnownFailure};
pub use execution::run;
pub use observer::Observer;
pub use options::{RunOptions, Transcripts};
pub use repetition::Repetitions;
pub use replay::Replay;
pub use select::Select;
pub use selection::{Selection, variants_needed};
pub use shard::Shard;
pub use time_scale::TimeScale;

pub(crate) use attempt::{Attempt, attempt, attempt_alone, posts_of};
pub(crate) use execution::{MOST_MIB, places, write_transcript};
pub(crate) use outcome::{Judge, said};
pub(crate) use selection::needed_by;
