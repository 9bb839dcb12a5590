//! A load run of several generator processes: `tidegate load --workers N`, and each shard of many machines.
//!
//! The parent starts the processes (the same program, a hidden command), tells each its part, waits until all could
//! begin, gives all the same moment to begin at, listens to their seconds, and makes one run of what they bring home.
//! Servers, database and actions are its own to look after. A process that is lost takes its results along: the run
//! is invalid and says so, the others finish. Every wait has a deadline; a process whose parent is gone ends.

mod crew;
mod live;
mod parts;
mod process;
mod words;
mod work;

pub(crate) use crew::{CrewPlan, play};
pub(crate) use parts::{Parts, ShardPlan};
pub(crate) use work::work;

/// Name of the histogram log of a process and of a run.
pub(crate) const HDR_FILE: &str = "load.hdr";
