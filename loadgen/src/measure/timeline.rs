//! One row a second, with the figures of server and generator on the same clock.

use std::sync::atomic::Ordering::Relaxed;

use hdrhistogram::Histogram;
use reports::model::TimelineRow;
use tokio::time::Instant;

use super::{Recorder, SecondTimes};
use crate::resources::{Figures, Usage};

/// The rows so far, and what the last one ended with.
#[derive(Debug)]
pub struct Timeline {
    rows: Vec<TimelineRow>,
    last: Totals,
}

#[derive(Debug, Clone, Copy)]
struct Totals {
    at: Instant,
    sent: u64,
    received: u64,
    errors: u64,
    queries: u64,
    offered: u64,
    dropped: u64,
    server: Option<Figures>,
    generator: Option<Figures>,
}

impl Timeline {
    /// An empty timeline that starts now.
    pub fn new(at: Instant, usage: Usage) -> Self {
        let last = Totals {
            at,
            sent: 0,
            received: 0,
            errors: 0,
            queries: 0,
            offered: 0,
            dropped: 0,
            server: usage.server,
            generator: usage.generator,
        };
        Self { rows: Vec::new(), last }
    }

    /// Ends a second: adds its row.
    pub(crate) fn second(
        &mut self,
        now: Instant,
        recorder: &Recorder,
        times: &SecondTimes,
        usage: Usage,
    ) -> &TimelineRow {
        let counters = &recorder.counters;
        let phase = recorder.phases().at(now);
        let totals = Totals {
            at: now,
            sent: counters.sent.load(Relaxed),
            received: counters.received.load(Relaxed),
            errors: counters.errors.load(Relaxed),
            queries: counters.queries.load(Relaxed),
            offered: counters.offered.load(Relaxed),
            dropped: counters.dropped.load(Relaxed),
            server: usage.server,
            generator: usage.generator,
        };
        let seconds = now.saturating_duration_since(self.last.at).as_secs_f64();
        let mut row = TimelineRow {
            t: now.saturating_duration_since(recorder.phases().start).as_secs_f64(),
            phase: phase.name().to_owned(),
            sessions: counters.sessions.load(Relaxed),
            sent: totals.sent - self.last.sent,
            received: totals.received - self.last.received,
            errors: totals.errors - self.last.errors,
            queries: totals.queries - self.last.queries,
            in_flight: counters.in_flight.load(Relaxed),
            // Until something came due there is nothing to be told: the closed model never has any.
            arrivals_offered: (totals.offered > 0).then(|| totals.offered - self.last.offered),
            arrivals_dropped: (totals.offered > 0).then(|| totals.dropped - self.last.dropped),
            p50_us: None,
            p99_us: None,
            send_lag_p99_us: None,
            server_rss_kib: usage.server.map(|figures| figures.rss_kib),
            server_cpu: cores(self.last.server, usage.server, seconds),
            server_sockets: usage.server.and_then(|figures| figures.open_files),
            generator_rss_kib: usage.generator.map(|figures| figures.rss_kib),
            generator_cpu: cores(self.last.generator, usage.generator, seconds),
            generator_sockets: usage.generator.and_then(|figures| figures.open_files),
            database: None,
        };
        tell_times(&mut row, times, totals.queries > 0);
        self.last = totals;
        self.rows.push(row);
        &self.rows[self.rows.len() - 1]
    }

    /// The rows so far.
    pub(crate) fn rows(&self) -> &[TimelineRow] {
        &self.rows
    }

    /// The rows.
    pub fn into_rows(self) -> Vec<TimelineRow> {
        self.rows
    }
}

/// Processors used between two looks.
fn cores(before: Option<Figures>, after: Option<Figures>, seconds: f64) -> Option<f64> {
    let used = after?.cpu.checked_sub(before?.cpu)?.as_secs_f64();
    (seconds > 0.0).then(|| used / seconds)
}

/// Puts the times of its second into `row`. Where nothing was `asked` so far, the round trip of the heartbeats is
/// what there is to see.
pub(crate) fn tell_times(row: &mut TimelineRow, times: &SecondTimes, asked: bool) {
    let seen = if times.progress.is_empty() && !asked { &times.beats } else { &times.progress };
    row.p50_us = quantile(seen, 0.50);
    row.p99_us = quantile(seen, 0.99);
    row.send_lag_p99_us = quantile(&times.lag, 0.99);
}

/// The value below which a share of `times` lies; `None` when there are none.
fn quantile(times: &Histogram<u64>, share: f64) -> Option<u64> {
    (!times.is_empty()).then(|| times.value_at_quantile(share))
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;

    use super::quantile;

    #[test]
    fn quantiles_of_small_sets() {
        let mut times = Histogram::new(3).unwrap();
        assert_eq!(quantile(&times, 0.99), None);
        times.record(7).unwrap();
        assert_eq!(quantile(&times, 0.5), Some(7));
        times.reset();
        (1..=100).for_each(|value| times.record(value).unwrap());
        assert_eq!((quantile(&times, 0.5), quantile(&times, 0.99)), (Some(50), Some(99)));
    }
}
