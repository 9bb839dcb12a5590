//! What a run is asked to do.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use reports::model::Header;

use super::baseline::Baseline;
use super::selection::Selection;

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
    pub timing_scale: f64,
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
}

impl RunOptions {
    /// All checks, 32 at a time, 10 s each, nothing written.
    pub fn new(header: Header) -> Self {
        Self {
            header,
            selection: Selection::default(),
            jobs: 32,
            fail_fast: false,
            timing_scale: 1.0,
            check_limit: Duration::from_secs(10),
            baseline: Baseline::default(),
            folder: None,
            transcripts: Transcripts::default(),
            evidence: BTreeSet::new(),
        }
    }
}
