//! Counters that many sessions raise at once.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Counters of the whole run, from its start to its end.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages sent.
    pub sent: AtomicU64,
    /// Messages received.
    pub received: AtomicU64,
    /// Errors of every code.
    pub errors: AtomicU64,
    /// Queries that came to a terminal message.
    pub queries: AtomicU64,
    /// Queries in flight now.
    pub in_flight: AtomicU64,
    /// Sessions connected now.
    pub sessions: AtomicU64,
    /// Most sessions at one time.
    pub peak: AtomicU64,
    /// Sessions connected at least once.
    pub established: AtomicU64,
    /// Sockets open now.
    pub sockets: AtomicU64,
    /// Arrivals of the open model that came due.
    pub offered: AtomicU64,
    /// Arrivals that found no free session.
    pub dropped: AtomicU64,
    /// Microseconds from the start of the run to the moment the newest session was connected.
    pub newest_up_us: AtomicU64,
    /// Answers compared.
    pub verified: AtomicU64,
    /// Answers that differed.
    pub wrong: AtomicU64,
}

impl Counters {
    /// A session is fully connected, for the first time, so long after the start of the run.
    pub fn session_up(&self, after: Duration) {
        self.newest_up_us.fetch_max(u64::try_from(after.as_micros()).unwrap_or(u64::MAX), Relaxed);
        self.established.fetch_add(1, Relaxed);
        let now = self.sessions.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(now, Relaxed);
    }

    /// A session that was connected has gone.
    pub fn session_down(&self) {
        self.sessions.fetch_sub(1, Relaxed);
    }
}
