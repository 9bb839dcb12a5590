//! Signs of life on links between tiers.

use std::time::Duration;

use crate::config::Timers;

/// The doors' timers may be scaled down to milliseconds for tests; a link between tiers is between machines of one
/// deployment, and a pause of the scheduler must not cut a result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinkTimers {
    pub(crate) ping_interval: Duration,
    pub(crate) silence: Duration,
    pub(crate) open: Duration,
}

impl LinkTimers {
    /// As configured, but not below what a link needs.
    pub(crate) fn new(timers: &Timers) -> Self {
        Self {
            ping_interval: timers.ping_interval.max(Duration::from_secs(5)),
            silence: timers.pong_timeout.max(Duration::from_secs(15)),
            open: timers.header_timeout.max(Duration::from_secs(2)),
        }
    }
}
