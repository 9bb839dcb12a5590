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

#[cfg(test)]
mod tests {
    use reports::model::{
        DatabaseFigures, Environment, ErrorExample, GeneratorFigures, GeneratorVerdict, Header, LoadModel,
        MessageCounts, ProgressReport, SCHEMA_LOAD, SchemaId, ServerFigures, SessionCounts,
    };

    use super::*;

    fn empty() -> LoadReport {
        LoadReport {
            header: Header {
                schema: SchemaId::new(SCHEMA_LOAD, 1),
                tool_version: String::new(),
                seed: 0,
                started_at: "2026-01-01T00:00:00Z".parse().unwrap(),
                config: serde_json::Value::Null,
                environment: Environment {
                    platform: String::new(),
                    cores: 1,
                    memory_mib: None,
                    kernel: None,
                    build: String::new(),
                },
            },
            scenario: String::new(),
            model: LoadModel::Closed,
            target: String::new(),
            duration_s: 0.0,
            interrupted: false,
            sessions: SessionCounts::default(),
            messages: MessageCounts::default(),
            operations: Vec::new(),
            progress: ProgressReport::default(),
            timeline: Vec::new(),
            thresholds: Vec::new(),
            generator: GeneratorFigures {
                verdict: GeneratorVerdict::Ok,
                reasons: Vec::new(),
                cpu_us_per_message: None,
                rss_kib_per_session: None,
                send_lag_us: Quantiles::default(),
                little_residual: None,
                cpu_cores: None,
            },
            server: ServerFigures::default(),
            database: DatabaseFigures::default(),
            actions: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn sound() -> LoadReport {
        let mut report = empty();
        report.sessions = SessionCounts { requested: 1_000, established: 1_000, peak: 1_000 };
        report.messages =
            MessageCounts { sent: 10, received: 90, verified_answers: 50, ..MessageCounts::default() };
        report.operations.push(OperationReport {
            name: "progress.first".to_owned(),
            count: 2_000,
            errors: [("timeout".to_owned(), 1)].into_iter().collect(),
            service_us: Quantiles { p99: 81_500, count: 2_000, ..Quantiles::default() },
            intended_us: Quantiles { p99: 120_000, count: 2_000, ..Quantiles::default() },
            curve_service: Vec::new(),
            curve_intended: Vec::new(),
        });
        report.errors.push(ErrorExample { code: "timeout".to_owned(), count: 1, example: String::new() });
        report
    }

    #[test]
    fn each_threshold_is_judged_in_the_unit_of_its_limit() {
        let cases = [
            ("p99(progress.first) < 100ms", true, "81.5ms"),
            ("p99(progress.first.intended) < 100ms", false, "120ms"),
            ("p99(progress.first) < 0.08s", false, "0.082s"),
            ("count(progress.first) >= 2000", true, "2000"),
            ("count(resume) > 0", false, "0"),
            ("rate(errors) < 0.1%", true, "0.05%"),
            ("errors.timeout == 0", false, "1"),
            ("errors.refused == 0", true, "0"),
            ("lost == 0", true, "0"),
            ("wrong_answers == 0", true, "0"),
            ("verified_answers > 50", false, "50"),
            ("sessions.peak >= 1000", true, "1000"),
        ];
        for (text, ok, actual) in cases {
            let result = judge(&text.parse().unwrap(), &sound());
            assert_eq!((result.ok, result.actual.as_str()), (ok, actual), "{text}");
            assert_eq!(format!("{} {}", result.name, result.limit), text);
        }
    }

    #[test]
    fn what_was_not_measured_never_passes() {
        for text in [
            "p99(progress.first) < 100ms",
            "p99(send.lag) < 1s",
            "rate(errors) < 1%",
            "lost == 0",
            "duplicated == 0",
            "out_of_order == 0",
            "wrong_answers == 0",
            "server.rss_kib < 1000000",
            "generator.little_residual < 1",
            "sessions.peak >= 1",
        ] {
            let result = judge(&text.parse().unwrap(), &empty());
            assert!(!result.ok, "{text}: {}", result.actual);
        }
    }

    #[test]
    fn each_threshold_of_the_gate_can_turn_it_red() {
        let gate = scenarios::load("gate", &[]).unwrap();
        let results = judge_thresholds(&gate.thresholds, &empty());
        let passing: Vec<&str> = results.iter().filter(|result| result.ok).map(|r| r.name.as_str()).collect();
        assert_eq!(passing, Vec::<&str>::new(), "a run in which nothing happened passes nothing");
    }
}
