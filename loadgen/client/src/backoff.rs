//! How long a client waits before it comes back: 1, 2, 4, 8, 16 s and up to a second more, five times.

use std::time::Duration;

/// The schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// Before the first attempt.
    pub first: Duration,
    /// Never more than this, jitter apart.
    pub most: Duration,
    /// At most this much is added, so that clients don't come back all at once.
    pub jitter: Duration,
    /// Attempts before the client falls back.
    pub attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first: seconds(1), most: seconds(16), jitter: seconds(1), attempts: 5 }
    }
}

impl Backoff {
    /// The same schedule in another measure of time.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        let scaled = |time: Duration| time.mul_f64(scale.max(0.0));
        Self { first: scaled(self.first), most: scaled(self.most), jitter: scaled(self.jitter), ..self }
    }

    /// The wait before attempt `attempt` (from 1), or `None` when there are no more. `chance` is from 0 to 1.
    pub fn before(&self, attempt: u32, chance: f64) -> Option<Duration> {
        if attempt == 0 || attempt > self.attempts {
            return None;
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempt - 1));
        Some(doubled.min(self.most) + self.jitter.mul_f64(chance.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_of_the_protocol() {
        let waits: Vec<u64> =
            (1..=5).filter_map(|at| Backoff::default().before(at, 0.0)).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16]);
        assert_eq!(Backoff::default().before(6, 0.0), None);
        assert_eq!(Backoff::default().before(0, 0.0), None);
        let scaled = Backoff::default().scaled(0.05);
        assert_eq!(scaled.before(2, 1.0), Some(Duration::from_millis(150)));
    }

    proptest::proptest! {
        #[test]
        fn never_more_than_the_most_and_its_jitter(attempt in 0_u32..100, chance in -2.0_f64..2.0) {
            let backoff = Backoff { attempts: 100, ..Backoff::default() };
            if let Some(wait) = backoff.before(attempt, chance) {
                proptest::prop_assert!(wait <= backoff.most + backoff.jitter);
            }
        }
    }
}
