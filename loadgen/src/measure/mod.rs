//! What is measured, and how: histograms per operation, exact counters, one timeline row a second.

mod counters;
mod hdr;
mod operation;
mod phases;
mod recorder;
mod timeline;

pub use counters::Counters;
pub use hdr::hdr_log;
pub use operation::Operation;
pub use phases::{Phase, Phases};
pub use recorder::{Recorder, Tally, Timing};
pub use timeline::Timeline;
