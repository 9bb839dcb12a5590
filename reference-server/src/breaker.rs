//! The circuit breaker of agent and MCP calls: one type for both.
//!
//! Closed it lets every call through and counts failures; `failures` of them inside `window` open it. Open it
//! refuses every call for `cooldown`; then it is half-open and lets exactly one probe through, whose result
//! closes or opens it again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::config;

/// What a breaker does with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls are refused.
    Open,
    /// One probe is allowed.
    HalfOpen,
}

/// A call was refused because the breaker is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("circuit open, retry after {retry_after:?}")]
pub struct CircuitOpen {
    /// Time until the next probe may be tried.
    pub retry_after: Duration,
}

/// The breaker of one dependency. Cheap to clone; clones share the state.
#[derive(Debug, Clone)]
pub struct Breaker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: config::Breaker,
    circuit: Mutex<Circuit>,
}

#[derive(Debug)]
enum Circuit {
    Closed { failures: VecDeque<Instant> },
    Open { since: Instant },
    Probing,
}

/// Leave for one call. Say how the call ended; a permit dropped without a word counts as neither.
#[derive(Debug)]
#[must_use = "say how the call ended"]
pub struct Permit {
    shared: Arc<Shared>,
    probe: bool,
    settled: bool,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(config: config::Breaker) -> Self {
        let circuit = Mutex::new(Circuit::Closed { failures: VecDeque::new() });
        Self { shared: Arc::new(Shared { config, circuit }) }
    }

    /// Asks for leave to call.
    ///
    /// # Errors
    /// [`CircuitOpen`] while the breaker is open, or while its one probe is under way.
    pub fn admit(&self) -> Result<Permit, CircuitOpen> {
        let permit = |probe| Permit { shared: Arc::clone(&self.shared), probe, settled: false };
        let mut circuit = self.shared.lock();
        match &*circuit {
            Circuit::Closed { .. } => Ok(permit(false)),
            Circuit::Probing => Err(CircuitOpen { retry_after: self.shared.config.cooldown }),
            Circuit::Open { since } => {
                let left = self.shared.config.cooldown.saturating_sub(since.elapsed());
                if left.is_zero() {
                    *circuit = Circuit::Probing;
                    Ok(permit(true))
                } else {
                    Err(CircuitOpen { retry_after: left })
                }
            }
        }
    }

    /// What the next call would meet.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        match &*self.shared.lock() {
            Circuit::Closed { .. } => BreakerState::Closed,
            Circuit::Open { since } if since.elapsed() < self.shared.config.cooldown => BreakerState::Open,
            Circuit::Open { .. } | Circuit::Probing => BreakerState::HalfOpen,
        }
    }
}

impl Permit {
    /// The dependency answered.
    pub fn success(mut self) {
        self.settled = true;
        let mut circuit = self.shared.lock();
        if self.probe {
            *circuit = Circuit::Closed { failures: VecDeque::new() };
        }
    }

    /// The dependency failed: unreachable, broken or too late. An answer that says "no" is a success.
    pub fn failure(mut self) {
        self.settled = true;
        let now = Instant::now();
        let mut circuit = self.shared.lock();
        if self.probe {
            *circuit = Circuit::Open { since: now };
            return;
        }
        let Circuit::Closed { failures } = &mut *circuit else { return };
        let config = &self.shared.config;
        while failures.front().is_some_and(|at| now.duration_since(*at) > config.window) {
            failures.pop_front();
        }
        failures.push_back(now);
        if failures.len() >= config.failures.max(1) as usize {
            *circuit = Circuit::Open { since: now };
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.probe && !self.settled {
            // A cancelled probe proves nothing: the next call may probe at once.
            let since = Instant::now().checked_sub(self.shared.config.cooldown).unwrap_or_else(Instant::now);
            *self.shared.lock() = Circuit::Open { since };
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(config::Breaker {
            failures: 3,
            window: Duration::from_secs(30),
            cooldown: Duration::from_secs(10),
        })
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.admit().unwrap().failure();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_the_configured_failures_and_closes_after_a_good_probe() {
        let breaker = breaker();
        fail(&breaker, 2);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.admit().unwrap_err().retry_after, Duration::from_secs(10));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_err(), "one probe only");
        probe.success();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_out_of_the_window_do_not_count() {
        let breaker = breaker();
        fail(&breaker, 2);
        tokio::time::advance(Duration::from_secs(31)).await;
        fail(&breaker, 2);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_opens_again_and_a_dropped_one_frees_its_place() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(Duration::from_secs(10)).await;
        drop(breaker.admit().unwrap());
        breaker.admit().unwrap().failure();
        assert_eq!(breaker.state(), BreakerState::Open);
    }
}
