//! Running checks: which, how many at a time, and what their outcome means.

mod baseline;
mod execution;
mod observer;
mod options;
mod outcome;
mod select;
mod shard;

pub use baseline::Baseline;
pub use execution::run;
pub use observer::Observer;
pub use options::{RunOptions, Transcripts, variants_needed};
pub use select::Select;
pub use shard::Shard;

pub(crate) use execution::{Attempt, attempt, is_late};
pub(crate) use options::{needed_by, selected};
pub(crate) use outcome::Judge;
