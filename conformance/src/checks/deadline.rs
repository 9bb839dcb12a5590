//! Fair timing: a limit from which "late" is told, and a grace after which it is "missing". What this process
//! saw late because it stood still itself is not late.

use std::time::Duration;

use tokio::time::Instant;

use crate::witness;

/// Added to a wait when the instrument has just stood still.
const MOMENT: Duration = Duration::from_millis(5);

/// A time limit of one expectation.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    start: Instant,
    limit: Duration,
    grace: Duration,
}

impl Deadline {
    /// `limit` from `start`; what comes in the `grace` after it is late, after that it is missing.
    pub fn new(start: Instant, limit: Duration, grace: Duration) -> Self {
        Self { start, limit, grace }
    }

    /// The same limit counted from another moment.
    pub fn from(mut self, start: Instant) -> Self {
        self.start = start;
        self
    }

    /// The same limit, with half a second in which to tell late from missing: where twice the time would be too long.
    pub fn briefly(mut self) -> Self {
        self.grace = Duration::from_millis(500);
        self
    }

    /// When waiting ends, as far as is known now: a moment later when the instrument has just stood still, so
    /// that what arrived meanwhile is seen.
    pub fn end(&self) -> Instant {
        let (end, now) = (self.start + self.limit + self.grace, Instant::now());
        if now < end || now >= end + self.grace || witness::is_settled(now) {
            return end;
        }
        now + MOMENT
    }

    /// True when waiting has ended.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end()
    }

    /// The moment from which the limit counts.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// The limit itself.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// True when something that arrived `at` is late.
    pub fn is_late(&self, at: Instant) -> bool {
        let limit = self.start + self.limit;
        at > limit && witness::arrived(at) > limit
    }

    /// Time from the start to `at`, in words.
    pub fn elapsed(&self, at: Instant) -> String {
        millis(at.saturating_duration_since(self.start))
    }
}

/// A duration in milliseconds, in words.
pub fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}
