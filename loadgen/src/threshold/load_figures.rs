//! The figures of a run, finished or not: no figure is computed twice.

use reports::model::{
    ArrivalCounts, ErrorExample, GeneratorFigures, LoadReport, MessageCounts, OperationReport, Quantiles,
    ServerFigures, SessionCounts, TimelineRow,
};
use scenarios::threshold::{Clock, Counter, Gauge, Measure, Statistic};

use super::{Figure, Figures};
use crate::live::Detail;
use crate::statistics::trend;

/// How surely the growth of a gauge is told.
const CONFIDENCE: f64 = 0.95;

/// What thresholds look at in a run, finished or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured<'m> {
    pub(crate) duration_s: f64,
    pub(crate) sessions: &'m SessionCounts,
    pub(crate) messages: &'m MessageCounts,
    pub(crate) arrivals: Option<ArrivalCounts>,
    pub(crate) operations: &'m [OperationReport],
    pub(crate) errors: &'m [ErrorExample],
    pub(crate) generator: &'m GeneratorFigures,
    pub(crate) server: &'m ServerFigures,
    pub(crate) timeline: &'m [TimelineRow],
}

impl<'m> From<&'m LoadReport> for Measured<'m> {
    fn from(report: &'m LoadReport) -> Self {
        Self {
            duration_s: report.duration_s,
            sessions: &report.sessions,
            messages: &report.messages,
            arrivals: report.arrivals,
            operations: &report.operations,
            errors: &report.errors,
            generator: &report.generator,
            server: &report.server,
            timeline: &report.timeline,
        }
    }
}

impl<'m> Measured<'m> {
    /// A run that is going on, with the seconds so far.
    pub(crate) fn so_far(detail: &'m Detail, timeline: &'m [TimelineRow]) -> Self {
        Self {
            duration_s: detail.duration_s,
            sessions: &detail.sessions,
            messages: &detail.messages,
            arrivals: detail.arrivals,
            operations: &detail.operations,
            errors: &detail.errors,
            generator: &detail.generator,
            server: &detail.server,
            timeline,
        }
    }
}

impl Figures for LoadReport {
    fn figure(&self, measure: &Measure) -> Option<Figure> {
        Measured::from(self).figure(measure)
    }
}

impl Figures for Measured<'_> {
    fn figure(&self, measure: &Measure) -> Option<Figure> {
        match measure {
            Measure::Growth(gauge) => growth(*gauge, self.timeline),
            other => figure(other, self).map(Figure::exact),
        }
    }
}

/// Growth of a gauge per second over the measured phase. The seconds resemble their neighbours, so the interval is
/// that of batch means; too few seconds have none and no growth either.
fn growth(gauge: Gauge, timeline: &[TimelineRow]) -> Option<Figure> {
    let steady = timeline.iter().filter(|row| row.phase == "steady");
    let points: Vec<(f64, f64)> = steady.filter_map(|row| Some((row.t, gauge_of(gauge, row)?))).collect();
    let line = trend(&points, CONFIDENCE).ok()?;
    Some(Figure { value: line.slope, interval: Some(line.slope_interval) })
}

fn gauge_of(gauge: Gauge, row: &TimelineRow) -> Option<f64> {
    match gauge {
        Gauge::ServerRss => row.server_rss_kib.map(as_f64),
        Gauge::ServerSockets => row.server_sockets.map(as_f64),
        Gauge::GeneratorRss => row.generator_rss_kib.map(as_f64),
        Gauge::GeneratorSockets => row.generator_sockets.map(as_f64),
        Gauge::InFlight => Some(as_f64(row.in_flight)),
    }
}

/// The figure in base units: microseconds, share of one, or number.
fn figure(measure: &Measure, report: &Measured<'_>) -> Option<f64> {
    match measure {
        Measure::Time { statistic, operation, clock } => {
            let quantiles = if operation == "send.lag" {
                &report.generator.send_lag_us
            } else {
                let found = operation_of(report, operation)?;
                match clock {
                    Clock::Service => &found.service_us,
                    Clock::Intended => &found.intended_us,
                }
            };
            statistic_of(quantiles, *statistic)
        }
        Measure::Count(operation) => {
            Some(as_f64(operation_of(report, operation).map_or(0, |found| found.count)))
        }
        Measure::Throughput(operation) => {
            let found = operation_of(report, operation)?;
            (report.duration_s > 0.0).then(|| as_f64(found.count) / report.duration_s)
        }
        Measure::Growth(_) => None,
        Measure::ErrorRate => {
            let operations: u64 = report.operations.iter().map(|operation| operation.count).sum();
            (operations > 0).then(|| as_f64(errors(report)) / as_f64(operations))
        }
        Measure::Errors(code) => {
            let found = report.errors.iter().find(|error| error.code == *code);
            Some(as_f64(found.map_or(0, |error| error.count)))
        }
        Measure::Counter(counter) => counter_of(*counter, report),
    }
}

fn operation_of<'r>(report: &Measured<'r>, name: &str) -> Option<&'r OperationReport> {
    report.operations.iter().find(|operation| operation.name == name)
}

fn errors(report: &Measured<'_>) -> u64 {
    report.errors.iter().map(|error| error.count).sum()
}

pub(super) fn statistic_of(quantiles: &Quantiles, statistic: Statistic) -> Option<f64> {
    if quantiles.count == 0 {
        return None;
    }
    Some(match statistic {
        Statistic::P50 => as_f64(quantiles.p50),
        Statistic::P90 => as_f64(quantiles.p90),
        Statistic::P95 => as_f64(quantiles.p95),
        Statistic::P99 => as_f64(quantiles.p99),
        Statistic::P999 => as_f64(quantiles.p999),
        Statistic::Max => as_f64(quantiles.max),
        Statistic::Mean => quantiles.mean,
    })
}

/// Counters of messages are data only when a message came at all: a run that never spoke with the target
/// has not lost nothing.
fn counter_of(counter: Counter, report: &Measured<'_>) -> Option<f64> {
    let messages = &report.messages;
    let heard = |value: u64| (messages.received > 0).then(|| as_f64(value));
    match counter {
        Counter::Lost => heard(messages.lost),
        Counter::Duplicated => heard(messages.duplicated),
        Counter::OutOfOrder => heard(messages.out_of_order),
        Counter::Replayed => heard(messages.replayed),
        Counter::WrongAnswers => (messages.verified_answers > 0).then(|| as_f64(messages.wrong_answers)),
        Counter::VerifiedAnswers => heard(messages.verified_answers),
        Counter::Sent => Some(as_f64(messages.sent)),
        Counter::Received => Some(as_f64(messages.received)),
        Counter::Errors => Some(as_f64(errors(report))),
        Counter::ArrivalsOffered => report.arrivals.map(|arrivals| as_f64(arrivals.offered)),
        Counter::ArrivalsDropped => report.arrivals.map(|arrivals| as_f64(arrivals.dropped)),
        Counter::ArrivalsDroppedShare => report
            .arrivals
            .filter(|arrivals| arrivals.offered > 0)
            .map(|arrivals| as_f64(arrivals.dropped) / as_f64(arrivals.offered)),
        Counter::SessionsRequested => Some(as_f64(report.sessions.requested)),
        Counter::SessionsEstablished => Some(as_f64(report.sessions.established)),
        Counter::SessionsPeak => Some(as_f64(report.sessions.peak)),
        Counter::GeneratorRssPerSession => report.generator.rss_kib_per_session,
        Counter::GeneratorCpuPerMessage => report.generator.cpu_us_per_message,
        Counter::GeneratorCpuCores => report.generator.cpu_cores,
        Counter::LittleResidual => report.generator.little_residual,
        Counter::ServerRss => report.server.rss_kib.map(as_f64),
        Counter::ServerRssPerSession => report.server.rss_kib_per_session,
        Counter::ServerRssPerConnection => report.server.rss_kib_per_connection,
        Counter::ServerCpu => report.server.cpu_s,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a run are far below 2^53")]
fn as_f64(value: u64) -> f64 {
    value as f64
}
