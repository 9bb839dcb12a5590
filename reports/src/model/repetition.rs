//! What is known when checks run more than once, and how steady the instrument itself was.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the runs of one check ended, when the suite was run several times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunCounts {
    /// Runs in all.
    pub runs: u64,
    /// Runs that passed.
    pub passed: u64,
    /// Runs that passed alone: only when they were repeated without other checks beside them.
    pub late_at_first: u64,
    /// Runs that found a violation.
    pub failed: u64,
    /// Runs that could not be carried out.
    pub not_run: u64,
    /// Number of the first run that did not pass, from 1; its seed is the run's seed plus this minus one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad_run: Option<u64>,
}

impl RunCounts {
    /// True when the check passed in some runs and failed in others.
    pub fn is_flaky(&self) -> bool {
        self.passed > 0 && self.failed > 0
    }
}

/// The suite, run several times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Repetition {
    /// Runs that were asked for.
    pub asked: u64,
    /// Runs that came to their end.
    pub runs: u64,
    /// Runs of single checks, all together.
    pub checks_run: u64,
    /// Of these, the ones that passed alone: only when they were repeated without others beside them.
    pub late_at_first: u64,
    /// Checks that passed in some runs and failed in others: each fails the run.
    pub flaky: Vec<String>,
}

/// Whether the instrument kept its own time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InstrumentVerdict {
    /// Times speak of the target.
    #[default]
    Ok,
    /// The instrument itself stood still for long: times are doubtful, although that was allowed for.
    Stalled,
}

/// How long the instrument itself stood still, by a task that does nothing but tick.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstrumentFigures {
    /// Are its times to be believed?
    pub verdict: InstrumentVerdict,
    /// Times it stood still.
    pub stalls: u64,
    /// The longest, in milliseconds.
    pub longest_stall_ms: f64,
    /// All of them, in milliseconds. What was seen at the end of one counts as arrived at its beginning.
    pub total_stall_ms: f64,
    /// Time over which it was watched, in milliseconds.
    pub watched_ms: f64,
}

/// A stall of this length makes the times of a run doubtful, in milliseconds.
pub const LONG_STALL_MS: f64 = 1_000.0;
/// So does this share of the time, 0.1 being 10 %.
pub const STALLED_SHARE: f64 = 0.1;

impl InstrumentFigures {
    /// The figures with the verdict that follows from them.
    pub fn new(stalls: u64, longest_stall_ms: f64, total_stall_ms: f64, watched_ms: f64) -> Self {
        let stalled = longest_stall_ms >= LONG_STALL_MS || total_stall_ms > watched_ms * STALLED_SHARE;
        let verdict = if stalled { InstrumentVerdict::Stalled } else { InstrumentVerdict::Ok };
        Self { verdict, stalls, longest_stall_ms, total_stall_ms, watched_ms }
    }

    /// The figures over two stretches of time.
    pub fn and(self, other: Self) -> Self {
        Self::new(
            self.stalls + other.stalls,
            self.longest_stall_ms.max(other.longest_stall_ms),
            self.total_stall_ms + other.total_stall_ms,
            self.watched_ms + other.watched_ms,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_stall_or_many_short_ones_make_times_doubtful() {
        let verdict = |longest, total| InstrumentFigures::new(3, longest, total, 10_000.0).verdict;
        assert_eq!(verdict(40.0, 900.0), InstrumentVerdict::Ok);
        assert_eq!(verdict(1_000.0, 1_000.0), InstrumentVerdict::Stalled);
        assert_eq!(verdict(40.0, 1_001.0), InstrumentVerdict::Stalled);
    }

    #[test]
    fn flaky_is_some_of_both() {
        let of = |passed, failed| RunCounts { passed, failed, ..RunCounts::default() }.is_flaky();
        assert!(of(999, 1));
        assert!(!of(1_000, 0) && !of(0, 1_000));
    }
}
