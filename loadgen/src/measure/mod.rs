//! What is measured, and how: histograms per operation, exact counters, one timeline row a second.

mod collected;
mod counters;
mod hdr;
mod operation;
mod phases;
mod recorder;
mod shard;
pub(crate) mod text;
mod timeline;

pub(crate) use collected::SecondTimes;
pub use counters::Counters;
pub use hdr::HdrLog;
pub use operation::{Operation, OperationId};
pub use phases::{Phase, Phases};
pub(crate) use recorder::histogram;
pub use recorder::{Recorder, Tally, Timing};
pub use timeline::Timeline;
pub(crate) use timeline::tell_times;
