//! Into how many parts a run is divided.

use std::time::SystemTime;

use loadgen::shards::Share;

use crate::stages::Foreign;

/// Into how many parts a run is divided, and against how many servers.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// Generator processes.
    pub(crate) workers: u32,
    /// Reference servers, where they are started for the run.
    pub(crate) servers: u32,
    /// Further targets beside the first.
    pub(crate) others: Vec<Foreign>,
    /// This run is one of many on different machines.
    pub(crate) shard: Option<ShardPlan>,
}

impl Default for Parts {
    fn default() -> Self {
        Self { workers: 1, servers: 1, others: Vec::new(), shard: None }
    }
}

impl Parts {
    /// True when this process itself plays all of it.
    pub(crate) fn is_one(&self) -> bool {
        self.workers == 1 && self.shard.is_none()
    }

    /// Which part of the whole run is played on this machine.
    pub(crate) fn share(&self) -> Share {
        self.shard.as_ref().map_or(Share::WHOLE, |shard| shard.share)
    }
}

/// One shard of a run over many machines.
#[derive(Debug, Clone)]
pub(crate) struct ShardPlan {
    /// Which.
    pub(crate) share: Share,
    /// When all of them begin; at once when nothing is planned.
    pub(crate) start_at: Option<SystemTime>,
    /// What the user calls the run.
    pub(crate) run: Option<String>,
}
