//! The figures that are compared. Few, on purpose: each one more makes the others harder to show.

use reports::model::{Better, LoadReport, OperationReport, Quantiles};

/// One figure of a run.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Which way it is better.
    pub better: Better,
    /// The figure; `None` when the run did not measure it.
    pub of: fn(&LoadReport) -> Option<f64>,
    /// It takes longer on a slower machine.
    pub paced: bool,
}

/// The figures. Six, so that six runs a side can still show a change: the smallest p of six against six is 1/462,
/// and Holm asks the first of six figures for 0.02/6, which is 1/300.
pub const METRICS: [Metric; 6] = [
    metric("p50(query.result.intended)", "ms", result_p50),
    metric("p99(query.result.intended)", "ms", result_p99),
    metric("p50(progress.first.intended)", "ms", progress_p50),
    metric("p99(progress.first.intended)", "ms", progress_p99),
    metric("server.cpu_us_per_message", "µs", cpu_per_message),
    Metric { paced: false, ..metric("server.rss_per_session", "KiB", memory) },
];

const fn metric(name: &'static str, unit: &'static str, of: fn(&LoadReport) -> Option<f64>) -> Metric {
    Metric { name, unit, better: Better::Lower, of, paced: true }
}

fn result_p50(report: &LoadReport) -> Option<f64> {
    millis(report, "query.result", |quantiles| quantiles.p50)
}

fn result_p99(report: &LoadReport) -> Option<f64> {
    millis(report, "query.result", |quantiles| quantiles.p99)
}

fn progress_p50(report: &LoadReport) -> Option<f64> {
    millis(report, "progress.first", |quantiles| quantiles.p50)
}

fn progress_p99(report: &LoadReport) -> Option<f64> {
    millis(report, "progress.first", |quantiles| quantiles.p99)
}

fn cpu_per_message(report: &LoadReport) -> Option<f64> {
    let messages = report.messages.sent + report.messages.received;
    let used = report.server.cpu_s.filter(|_| messages > 0)?;
    Some(used * 1e6 / messages as f64)
}

fn memory(report: &LoadReport) -> Option<f64> {
    report.server.rss_kib_per_session
}

fn millis(report: &LoadReport, name: &str, statistic: fn(&Quantiles) -> u64) -> Option<f64> {
    let found = |operation: &&OperationReport| operation.name == name && operation.intended_us.count > 0;
    let operation = report.operations.iter().find(found)?;
    Some(statistic(&operation.intended_us) as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::sound;

    #[test]
    fn figures_are_read_and_missing_ones_are_not_made_up() {
        let mut report = sound();
        report.server.cpu_s = Some(0.002);
        let of = |name: &str| METRICS.iter().find(|metric| metric.name == name).and_then(|m| (m.of)(&report));
        assert_eq!(of("p99(progress.first.intended)"), Some(120.0));
        assert_eq!(of("server.cpu_us_per_message"), Some(20.0));
        assert_eq!(of("p99(query.result.intended)"), None);
        assert_eq!(of("server.rss_per_session"), None);
    }
}
