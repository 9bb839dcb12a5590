//! Little's law over the steady phase: L = λ·W.
//!
//! L is the time average of the number of queries in flight, sampled from a gauge. λ is the rate of queries
//! that end in the window, W their time in it. Queries that straddle an edge count only with the part inside
//! the window, and those still running at its end count with theirs: without that, a window only a few answer
//! times long would miss by the edges alone. What is left over is the instrument's fault: answers that were
//! lost or timed wrongly, or a sampler that could not keep its pace.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::measure::Phases;
use crate::statistics::little_residual;

/// Fewer completed queries than this say nothing.
const FEWEST: u64 = 30;

/// Queries must be in flight for so many samples on average: shorter ones are seen or missed by chance.
const FEWEST_LOOKS: f64 = 3.0;

/// Collects both sides of the law.
#[derive(Debug)]
pub struct Flow {
    phases: Phases,
    /// Queries that ended in the window.
    completed: AtomicU64,
    /// Microseconds that queries spent inside the window.
    inside_us: AtomicU64,
    sampled: Mutex<Sampled>,
}

#[derive(Debug, Default)]
struct Sampled {
    last: Option<(Instant, u64)>,
    /// Integral of the gauge, query-seconds.
    area: f64,
    /// Time covered, seconds.
    covered: f64,
    /// Samples in it.
    looks: u64,
}

impl Flow {
    /// Nothing collected yet.
    pub fn new(phases: Phases) -> Self {
        Self { phases, completed: AtomicU64::new(0), inside_us: AtomicU64::new(0), sampled: Mutex::default() }
    }

    /// A query was in flight from `begun` to `done`, however it ended.
    pub fn query(&self, begun: Instant, done: Instant) {
        let from = begun.max(self.phases.steady);
        let to = done.min(self.phases.drain);
        let inside = to.saturating_duration_since(from);
        self.inside_us.fetch_add(u64::try_from(inside.as_micros()).unwrap_or(u64::MAX), Relaxed);
        if self.phases.is_steady(done) {
            self.completed.fetch_add(1, Relaxed);
        }
    }

    /// `in_flight` queries are in flight at `now`.
    pub fn sample(&self, now: Instant, in_flight: u64) {
        let mut sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, held)) = sampled.last {
            let from = before.max(self.phases.steady);
            let to = now.min(self.phases.drain);
            let seconds = to.saturating_duration_since(from).as_secs_f64();
            // Trapezoid: the gauge moved somewhere between the two looks.
            sampled.area += seconds * f64::midpoint(as_f64(held), as_f64(in_flight));
            sampled.covered += seconds;
            sampled.looks += u64::from(seconds > 0.0);
        }
        sampled.last = Some((now, in_flight));
    }

    /// Both sides, so far.
    pub fn sums(&self) -> FlowSums {
        let sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        FlowSums {
            completed: self.completed.load(Relaxed),
            inside_us: self.inside_us.load(Relaxed),
            area: sampled.area,
            covered: sampled.covered,
            looks: sampled.looks,
        }
    }
}

/// Both sides of the law as sums, which can be added up over processes that measured at the same time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowSums {
    /// Queries that ended in the window.
    completed: u64,
    /// Microseconds that queries spent inside the window.
    inside_us: u64,
    /// Integral of the gauge, query-seconds.
    area: f64,
    /// Time covered, seconds.
    covered: f64,
    /// Samples in it.
    looks: u64,
}

impl FlowSums {
    /// Together with those of another process.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            completed: self.completed + other.completed,
            inside_us: self.inside_us + other.inside_us,
            area: self.area + other.area,
            covered: self.covered.max(other.covered),
            looks: self.looks.max(other.looks),
        }
    }

    /// |L − λW| / L; `None` without enough data.
    pub fn residual(&self) -> Option<f64> {
        if self.completed < FEWEST || self.covered <= 0.0 || self.area <= 0.0 {
            return None;
        }
        let in_system = self.area / self.covered;
        let rate = as_f64(self.completed) / self.covered;
        let time = as_f64(self.inside_us) / 1e6 / as_f64(self.completed);
        if time < FEWEST_LOOKS * self.covered / as_f64(self.looks.max(1)) {
            return None;
        }
        little_residual(in_system, rate, time)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^53")]
fn as_f64(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use scenarios::Sessions;

    use super::*;

    /// Arrivals every 10 ms that take `service`; the gauge is sampled every 7 ms. `forgotten`: one answer in
    /// so many is never recorded.
    fn play(service: Duration, forgotten: Option<u32>) -> Option<f64> {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let sessions = Sessions {
            ramp: second,
            settle: second,
            duration: second * 4,
            drain: second,
            count: 1,
            ..Sessions::default()
        };
        let flow = Flow::new(Phases::new(start, &sessions));
        let step = Duration::from_millis(10);
        let arrivals: Vec<Instant> = (0..700).map(|n| start + step * n).collect();
        for (number, begun) in (0_u32..).zip(&arrivals) {
            if forgotten.is_none_or(|every| number % every != 0) {
                flow.query(*begun, *begun + service);
            }
        }
        for tick in 0..1_000 {
            let now = start + Duration::from_millis(7) * tick;
            let in_flight = arrivals.iter().filter(|begun| **begun <= now && **begun + service > now).count();
            flow.sample(now, in_flight as u64);
        }
        flow.sums().residual()
    }

    #[tokio::test(start_paused = true)]
    async fn it_holds_on_a_sound_run_however_long_the_answers_take() {
        for millis in [25, 500, 2_000, 3_500] {
            let residual = play(Duration::from_millis(millis), None).unwrap();
            assert!(residual < 0.02, "{millis} ms: {residual}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn forgotten_answers_are_noticed() {
        let residual = play(Duration::from_millis(500), Some(10)).unwrap();
        assert!((residual - 0.1).abs() < 0.02, "{residual}");
    }

    #[tokio::test(start_paused = true)]
    async fn too_few_answers_or_too_short_ones_say_nothing() {
        assert_eq!(play(Duration::from_secs(60), None), None);
        assert_eq!(play(Duration::from_millis(5), None), None, "shorter than the time between two samples");
    }
}
