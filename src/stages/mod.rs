//! What a run is made of: checking, loading, proving. A command strings stages together; each brings its
//! findings, and the verdict is made over all of them.

mod abort;
mod capacity;
mod check;
mod check_client;
mod load;
mod pace;
mod prove;
mod watch;

use loadgen::shards::ShardRecord;
use reports::model::{CapacityReport, ComparisonReport, ConformanceReport, LoadReport, ProofReport, Reason};

pub(crate) use capacity::{Levels, capacity};
pub(crate) use check::{CheckPlan, check};
pub(crate) use check_client::{CLIENT_JOBS, CLIENT_PROOF_JOBS, check_client, client_limit, prove_client};
pub(crate) use load::{Foreign, LoadPlan, ended_as, load, lost_parts};
pub(crate) use pace::rate;
pub(crate) use prove::prove;
pub(crate) use watch::{WatchPlan, watch};

/// What the stages of a run found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Checks, when any were asked for.
    pub(crate) conformance: Option<ConformanceReport>,
    /// Load, when it was asked for.
    pub(crate) load: Option<LoadReport>,
    /// Proof of the checks, when it was asked for.
    pub(crate) proof: Option<ProofReport>,
    /// Two runs beside each other, when that was asked for.
    pub(crate) comparison: Option<ComparisonReport>,
    /// True when it is tolerated that checks which passed no longer count.
    pub(crate) allow_dropped: bool,
    /// How much the server holds, when that was asked for.
    pub(crate) capacity: Option<CapacityReport>,
    /// Sessions it should hold at least.
    pub(crate) at_least: Option<u64>,
    /// True when a threshold ended the load run.
    pub(crate) aborted: bool,
    /// Contents of `load.hdr`.
    pub(crate) hdr_log: Option<Vec<u8>>,
    /// This machine's part of a run over many.
    pub(crate) shard: Option<Box<ShardRecord>>,
    /// Trouble with target or instrument.
    pub(crate) trouble: Vec<Reason>,
    /// True when the user cut the run short.
    pub(crate) interrupted: bool,
}
