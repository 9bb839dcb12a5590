//! The moment at which all parts of a run begin.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use super::ShardError;

/// So much later a process may always come.
const SLACK: Duration = Duration::from_secs(10);

/// The start of a run on both clocks: that of the world, which all parts share, and this process's own.
///
/// The schedule counts from the planned moment, however late a process comes to it: its sessions then come late, and
/// the measured phase is that of all the others.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    planned: SystemTime,
    at: Instant,
    late: Duration,
}

impl Start {
    /// At this moment.
    pub fn now() -> Self {
        Self { planned: SystemTime::now(), at: Instant::now(), late: Duration::ZERO }
    }

    /// Waits for the moment `planned`; at once when it is past.
    ///
    /// # Errors
    /// It is longer ago than `ramp`, and than a few seconds: the part would miss more than the time in which sessions
    /// come.
    pub async fn wait(planned: SystemTime, ramp: Duration) -> Result<Self, ShardError> {
        if let Ok(left) = planned.duration_since(SystemTime::now()) {
            sleep(left).await;
        }
        let (world, own) = (SystemTime::now(), Instant::now());
        let late = world.duration_since(planned).unwrap_or_default();
        if late > ramp.max(SLACK) {
            return Err(ShardError::TooLate { late, ramp });
        }
        let at = own.checked_sub(late).unwrap_or(own);
        Ok(Self { planned, at, late })
    }

    /// As it was planned.
    pub fn planned(&self) -> SystemTime {
        self.planned
    }

    /// The same on this process's clock.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// How much later than planned this process really began.
    pub fn late(&self) -> Duration {
        self.late
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_schedule_counts_from_the_planned_moment_however_late_it_is() {
        let second = Duration::from_secs(1);
        let planned = SystemTime::now().checked_sub(second).unwrap();
        let start = Start::wait(planned, second * 60).await.unwrap();
        assert!(start.late() >= second, "{start:?}");
        assert!(start.at().elapsed() >= second, "{start:?}");
        assert_eq!(start.planned(), planned);
        assert!(Start::wait(planned, Duration::ZERO).await.is_ok(), "a little late is not too late");
        let long_ago = planned.checked_sub(second * 20).unwrap();
        let error = Start::wait(long_ago, Duration::ZERO).await.unwrap_err();
        assert!(error.to_string().contains("plan it later"), "{error}");
    }

    #[tokio::test]
    async fn a_moment_to_come_is_waited_for() {
        let planned = SystemTime::now() + Duration::from_millis(30);
        let start = Start::wait(planned, Duration::from_secs(600)).await.unwrap();
        assert!(SystemTime::now() >= planned);
        assert!(start.at() <= Instant::now());
    }
}
