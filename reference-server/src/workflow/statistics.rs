//! How long stages took: what percent and remaining time are estimated from.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Weight of the newest duration in the running mean.
const NEWEST: f64 = 0.2;

/// Running means by agent, of this process.
#[derive(Debug, Default)]
pub struct Statistics {
    means: Mutex<HashMap<String, f64>>,
}

impl Statistics {
    /// Notes how long a stage took that went well.
    pub fn record(&self, agent: &str, took: Duration) {
        let took = took.as_secs_f64() * 1_000.0;
        let mut means = self.means.lock().unwrap_or_else(PoisonError::into_inner);
        match means.get_mut(agent) {
            Some(mean) => *mean += NEWEST * (took - *mean),
            None => {
                means.insert(agent.to_owned(), took);
            }
        }
    }

    /// Milliseconds a stage usually takes; `None` before the first.
    #[must_use]
    pub fn mean_ms(&self, agent: &str) -> Option<f64> {
        self.means.lock().unwrap_or_else(PoisonError::into_inner).get(agent).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_follows_what_was_measured() {
        let statistics = Statistics::default();
        assert_eq!(statistics.mean_ms("nlp"), None);
        statistics.record("nlp", Duration::from_millis(100));
        assert_eq!(statistics.mean_ms("nlp"), Some(100.0));
        statistics.record("nlp", Duration::from_millis(200));
        assert_eq!(statistics.mean_ms("nlp"), Some(120.0));
    }
}
