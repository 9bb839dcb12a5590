//! One run at one level: the seam between the arithmetic and the servers.

use std::future::Future;

use reports::model::{LevelRun, LimitBound, Utilisation};

use super::{PlanError, Purpose};
use crate::statistics::Stability;

/// What is asked of the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Live sessions.
    pub sessions: u64,
    /// Queries a second of all sessions together; the scenario's own pace when missing.
    pub queries_per_s: Option<f64>,
    /// Sessions that watch each session, itself included.
    pub fan_out: u64,
}

impl Load {
    /// So many sessions at the scenario's own pace.
    pub fn of(sessions: u64) -> Self {
        Self { sessions, queries_per_s: None, fan_out: 1 }
    }
}

/// What a run at a level showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Sessions asked for.
    pub sessions: u64,
    /// Most sessions at one time.
    pub peak: u64,
    /// Queries a second that the schedule asked for.
    pub target_per_s: Option<f64>,
    /// Queries a second that were answered in time.
    pub achieved_per_s: f64,
    /// Arrivals that were dropped.
    pub dropped: u64,
    /// Messages a second delivered to clients.
    pub delivered_per_s: f64,
    /// Median time to the result from the intended moment, microseconds.
    pub p50_us: Option<u64>,
    /// 99th percentile of the same.
    pub p99_us: Option<u64>,
    /// Independent answers that the bounds rest on.
    pub independent: usize,
    /// The limits with their bounds.
    pub limits: Vec<LimitBound>,
    /// Whether the level had settled, by name of the series.
    pub stability: Vec<(&'static str, Stability)>,
    /// How the target was lost, when it did not survive.
    pub lost: Option<String>,
    /// Why the run says nothing about the target, when it does not.
    pub invalid: Option<String>,
    /// Parts of the system and how far they were used.
    pub utilisation: Vec<Utilisation>,
    /// Processors the server used.
    pub server_cpu: Option<f64>,
    /// Largest memory of the server, KiB.
    pub server_rss_kib: Option<u64>,
}

/// Runs levels. The one thing here that needs a server.
pub trait Trial {
    /// Runs `load` once.
    ///
    /// # Errors
    /// [`PlanError::Trial`] when the run could not take place, [`PlanError::Interrupted`] when somebody asked for
    /// the end. A target that does badly is no error.
    fn run(&mut self, load: Load, purpose: Purpose) -> impl Future<Output = Result<Observed, PlanError>>;

    /// Hears how the load that was run last was judged.
    fn judged(&mut self, _level: &LevelRun) {}
}
