//! The phases of a run on one absolute clock.

use std::time::Duration;

use scenarios::Sessions;
use tokio::time::Instant;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Sessions come, and settle.
    Ramp,
    /// What is measured.
    Steady,
    /// Sessions go; nothing new is asked.
    Drain,
}

impl Phase {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ramp => "ramp",
            Self::Steady => "steady",
            Self::Drain => "drain",
        }
    }
}

/// When each phase begins and ends: fixed at the start, whatever the target does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    /// Start of the run.
    pub start: Instant,
    /// All sessions should be there; from here on questions are asked.
    pub ramped: Instant,
    /// The steady phase begins.
    pub steady: Instant,
    /// The steady phase ends.
    pub drain: Instant,
    /// The last session should have gone.
    pub end: Instant,
}

impl Phases {
    /// The phases of a run that starts at `start`.
    pub fn new(start: Instant, sessions: &Sessions) -> Self {
        let ramped = start + sessions.ramp;
        let steady = ramped + sessions.settle;
        let drain = steady + sessions.duration;
        Self { start, ramped, steady, drain, end: drain + sessions.drain }
    }

    /// Where the run is at `now`.
    pub fn at(&self, now: Instant) -> Phase {
        if now < self.steady {
            Phase::Ramp
        } else if now < self.drain {
            Phase::Steady
        } else {
            Phase::Drain
        }
    }

    /// True when what was due at `due` is measured.
    pub fn is_steady(&self, due: Instant) -> bool {
        self.at(due) == Phase::Steady
    }

    /// Length of the steady phase as far as it has come at `now`.
    pub fn steady_until(&self, now: Instant) -> Duration {
        now.min(self.drain).saturating_duration_since(self.steady)
    }
}
