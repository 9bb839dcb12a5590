//! What a run is asked to do.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reports::model::Header;

use crate::flow::Script;

use super::attempt::Choices;
use super::baseline::Baseline;
use super::selection::Selection;
use super::time_scale::TimeScale;

/// Time of one step of a check of flows.
const STEP: Duration = Duration::from_millis(500);

/// Which transcripts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transcripts {
    /// Those of checks that did not pass.
    #[default]
    Failures,
    /// All.
    All,
}

/// What a run is asked to do. Begin with [`RunOptions::new`].
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Common fields of the report; its seed is the seed of the run.
    pub header: Header,
    /// Which checks.
    pub selection: Selection,
    /// Checks at one time.
    pub jobs: usize,
    /// End at the first failure.
    pub fail_fast: bool,
    /// Factor on every time limit.
    pub timing_scale: TimeScale,
    /// Longest time of one check.
    pub check_limit: Duration,
    /// Checks that are known to fail.
    pub baseline: Baseline,
    /// Folder of the run; transcripts go into `transcripts/` in it.
    pub folder: Option<PathBuf>,
    /// Which transcripts are written.
    pub transcripts: Transcripts,
    /// Checks whose transcript is there already, from an earlier run, and stays.
    pub evidence: BTreeSet<String>,
    /// Added to the way of every byte between suite and target, both ways.
    pub network_delay: Option<Duration>,
    /// The script that checks of flows play, instead of made ones.
    pub script: Option<Arc<Script>>,
    /// Steps that each check of flows makes at least.
    pub flow_steps: Option<u32>,
}

impl RunOptions {
    /// All checks, 32 at a time, 10 s each, nothing written.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            selection: Selection::default(),
            jobs: 32,
            fail_fast: false,
            timing_scale: TimeScale::default(),
            check_limit: Duration::from_secs(10),
            baseline: Baseline::default(),
            folder: None,
            transcripts: Transcripts::default(),
            evidence: BTreeSet::new(),
            network_delay: None,
            script: None,
            flow_steps: None,
        }
    }

    /// Longest time of one check: a factor on every limit is one on this too, and each step asked for of a
    /// check of flows has its time.
    pub(super) fn longest(&self) -> Duration {
        let steps = STEP * self.flow_steps.unwrap_or_default();
        (self.check_limit + steps).mul_f64(self.timing_scale.longer())
    }

    pub(super) fn choices(&self) -> Choices {
        Choices { seed: self.header.seed, script: self.script.clone(), flow_steps: self.flow_steps }
    }
}
