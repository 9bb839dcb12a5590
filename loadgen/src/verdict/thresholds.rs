//! The scenario's thresholds, judged on the report itself: no figure is computed twice.

use reports::model::{LoadReport, OperationReport, Quantiles, ThresholdResult};
use scenarios::threshold::{Clock, Counter, Measure, Statistic, Threshold, Unit};

/// Judges every threshold. A figure that was not measured fails.
pub fn judge_thresholds(thresholds: &[Threshold], report: &LoadReport) -> Vec<ThresholdResult> {
    thresholds.iter().map(|threshold| judge(threshold, report)).collect()
}

fn judge(threshold: &Threshold, report: &LoadReport) -> ThresholdResult {
    let unit = threshold.limit.unit;
    let value = figure(&threshold.measure, report).filter(|value| value.is_finite());
    let value = value.map(|base| unit.of_base(base));
    let ok = value.is_some_and(|value| threshold.operator.holds(value, threshold.limit.value));
    ThresholdResult {
        name: threshold.measure.to_string(),
        limit: format!("{} {}", threshold.operator.symbol(), threshold.limit),
        actual: value.map_or_else(|| "no data".to_owned(), |value| show(value, unit)),
        value,
        ok,
    }
}

/// A figure with three significant decimals at most, and its unit.
fn show(value: f64, unit: Unit) -> String {
    let text = format!("{value:.3}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", unit.symbol())
}

/// The figure in base units: microseconds, share of one, or number.
fn figure(measure: &Measure, report: &LoadReport) -> Option<f64> {
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

fn operation_of<'r>(report: &'r LoadReport, name: &str) -> Option<&'r OperationReport> {
    report.operations.iter().find(|operation| operation.name == name)
}

fn errors(report: &LoadReport) -> u64 {
    report.errors.iter().map(|error| error.count).sum()
}

fn statistic_of(quantiles: &Quantiles, statistic: Statistic) -> Option<f64> {
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
fn counter_of(counter: Counter, report: &LoadReport) -> Option<f64> {
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
