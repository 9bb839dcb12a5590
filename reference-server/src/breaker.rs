//! The one circuit breaker: it guards calls to agents, to MCP, and sends.
//!
//! Closed, it counts failures inside a window. At the limit it opens and refuses everything until the cooldown
//! is over; then one probe is let through. The probe's success closes it, its failure opens it again. A permit
//! that is dropped without a verdict (a call that was cancelled) counts as neither. The clock is tokio's, so
//! that a test can pause it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::config;

/// What a breaker lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Everything.
    Closed,
    /// Nothing until the cooldown is over.
    Open,
    /// One probe.
    HalfOpen,
}

impl fmt::Display for BreakerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        })
    }
}

/// Refused: the breaker is open, or its probe is still under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("circuit open, retry after {retry_after:?}")]
pub struct CircuitOpen {
    /// Time until the next probe may be let through; zero while a probe is under way.
    pub retry_after: Duration,
}

/// Totals since start, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Calls that went well.
    pub successes: u64,
    /// Calls that failed.
    pub failures: u64,
    /// Calls refused because it was open.
    pub refused: u64,
    /// Times it opened.
    pub opened: u64,
}

/// A circuit breaker; clones share one state.
#[derive(Debug, Clone)]
pub struct Breaker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: config::Breaker,
    circuit: Mutex<Circuit>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct Circuit {
    phase: Phase,
    /// Counts changes of phase: a verdict on a call that began in an earlier phase is too late to matter.
    generation: u64,
    totals: Totals,
}

#[derive(Debug)]
enum Phase {
    Closed { failures: VecDeque<Instant> },
    Open { until: Instant },
    Probing,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, circuit: &mut Circuit, phase: Phase) {
        circuit.phase = phase;
        circuit.generation += 1;
        self.changes.send_modify(|count| *count += 1);
    }

    fn open(&self, circuit: &mut Circuit) {
        circuit.totals.opened += 1;
        self.enter(circuit, Phase::Open { until: Instant::now() + self.config.cooldown });
    }
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(config: config::Breaker) -> Self {
        Self::told(config, watch::Sender::new(0))
    }

    /// A closed breaker that counts up `changes` whenever its phase changes. Several may share one.
    #[must_use]
    pub fn told(config: config::Breaker, changes: watch::Sender<u64>) -> Self {
        let circuit = Circuit {
            phase: Phase::Closed { failures: VecDeque::new() },
            generation: 0,
            totals: Totals::default(),
        };
        Self { inner: Arc::new(Inner { config, circuit: Mutex::new(circuit), changes }) }
    }

    /// What it lets through now. An open one whose cooldown is over is half-open.
    pub fn state(&self) -> BreakerState {
        match self.inner.lock().phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until } if Instant::now() < until => BreakerState::Open,
            Phase::Open { .. } | Phase::Probing => BreakerState::HalfOpen,
        }
    }

    /// When an open one lets its next probe through.
    #[must_use]
    pub fn probes_at(&self) -> Option<Instant> {
        match self.inner.lock().phase {
            Phase::Open { until } => Some(until),
            Phase::Closed { .. } | Phase::Probing => None,
        }
    }

    /// Totals since start.
    pub fn totals(&self) -> Totals {
        self.inner.lock().totals
    }

    /// Asks for leave to call; the permit takes the verdict.
    ///
    /// # Errors
    /// [`CircuitOpen`] while the breaker is open, or while its one probe is under way.
    pub fn admit(&self) -> Result<Permit, CircuitOpen> {
        let mut circuit = self.inner.lock();
        let refused = match circuit.phase {
            Phase::Closed { .. } => None,
            Phase::Open { until } => {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    self.inner.enter(&mut circuit, Phase::Probing);
                    None
                } else {
                    Some(left)
                }
            }
            Phase::Probing => Some(Duration::ZERO),
        };
        if let Some(retry_after) = refused {
            circuit.totals.refused += 1;
            return Err(CircuitOpen { retry_after });
        }
        Ok(Permit { inner: Some(Arc::clone(&self.inner)), generation: circuit.generation })
    }
}

/// Leave to make one call. Dropped without a verdict it counts as neither success nor failure.
#[derive(Debug)]
#[must_use = "a permit takes the verdict of the call"]
pub struct Permit {
    inner: Option<Arc<Inner>>,
    generation: u64,
}

impl Permit {
    /// The call went well. An answer that says "no" is a success too.
    pub fn success(mut self) {
        let Some(inner) = self.inner.take() else { return };
        let mut circuit = inner.lock();
        circuit.totals.successes += 1;
        if circuit.generation == self.generation && matches!(circuit.phase, Phase::Probing) {
            inner.enter(&mut circuit, Phase::Closed { failures: VecDeque::new() });
        }
    }

    /// The call failed in a way that says the other side is not well.
    pub fn failure(mut self) {
        let Some(inner) = self.inner.take() else { return };
        let mut circuit = inner.lock();
        circuit.totals.failures += 1;
        if circuit.generation != self.generation {
            return;
        }
        let now = Instant::now();
        let opens = match &mut circuit.phase {
            Phase::Closed { failures } => {
                while failures.front().is_some_and(|at| now.duration_since(*at) > inner.config.window) {
                    failures.pop_front();
                }
                failures.push_back(now);
                failures.len() >= usize::try_from(inner.config.failures.max(1)).unwrap_or(usize::MAX)
            }
            Phase::Probing => true,
            Phase::Open { .. } => false,
        };
        if opens {
            inner.open(&mut circuit);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(inner) = self.inner.take() else { return };
        let mut circuit = inner.lock();
        // A probe without a verdict: the next call may probe at once.
        if circuit.generation == self.generation && matches!(circuit.phase, Phase::Probing) {
            inner.enter(&mut circuit, Phase::Open { until: Instant::now() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(config::Breaker::default())
    }

    fn fail(breaker: &Breaker, times: usize) {
        for _ in 0..times {
            breaker.admit().unwrap().failure();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn five_failures_in_the_window_open_it() {
        let breaker = breaker();
        fail(&breaker, 4);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.admit().unwrap_err().retry_after, Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_older_than_the_window_do_not_count() {
        let breaker = breaker();
        fail(&breaker, 4);
        tokio::time::advance(Duration::from_millis(30_001)).await;
        fail(&breaker, 4);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn half_open_lets_one_probe_through_and_closes_on_its_success() {
        let breaker = breaker();
        fail(&breaker, 5);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_err());
        probe.success();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_opens_it_again_for_the_whole_cooldown() {
        let breaker = breaker();
        fail(&breaker, 5);
        tokio::time::advance(Duration::from_secs(10)).await;
        breaker.admit().unwrap().failure();
        assert_eq!(breaker.admit().unwrap_err().retry_after, Duration::from_secs(10));
        assert_eq!(breaker.totals().opened, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_permit_counts_as_neither() {
        let breaker = breaker();
        for _ in 0..10 {
            drop(breaker.admit().unwrap());
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 5);
        tokio::time::advance(Duration::from_secs(10)).await;
        drop(breaker.admit().unwrap());
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        breaker.admit().unwrap().success();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_verdict_from_before_it_opened_is_too_late() {
        let breaker = breaker();
        let (late_failure, late_success) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        fail(&breaker, 5);
        tokio::time::advance(Duration::from_secs(10)).await;
        let probe = breaker.admit().unwrap();
        late_failure.failure();
        late_success.success();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        probe.success();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
