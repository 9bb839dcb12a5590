//! The limits of a scenario, each with the bound that decides: not what happened to be measured, but what can be
//! said of the level with the confidence asked for.

use reports::model::{LimitBound, LoadReport, OperationReport, ThresholdResult};
use scenarios::threshold::{Clock, Counter, Measure, Operator, Statistic, Threshold};

use crate::measure::Operation;
use crate::statistics::{StatisticsError, effective_size, quantile_bound_rank, share_upper_bound};
use crate::threshold::judge;

/// An operation that comes less often than one query in so many is a rare one: a level long enough for a bound of its
/// percentiles would be as many times as long as one for the queries.
const RARE: u64 = 5;

/// True when `measure` belongs to a level whatever its size. Counters of how much was done belong to one size of
/// load, and growth takes longer than a level lasts.
pub fn is_of_a_level(measure: &Measure) -> bool {
    match measure {
        Measure::Time { .. } | Measure::ErrorRate | Measure::Errors(_) => true,
        Measure::Count(_) | Measure::Throughput(_) | Measure::Growth(_) => false,
        Measure::Counter(counter) => !matches!(
            counter,
            Counter::Replayed
                | Counter::VerifiedAnswers
                | Counter::Sent
                | Counter::Received
                | Counter::SessionsRequested
                | Counter::SessionsEstablished
                | Counter::SessionsPeak
                | Counter::ServerCpu
        ),
    }
}

/// How many of the answers of `report` count as independent: seconds of a run resemble their neighbours.
pub(super) fn independent(report: &LoadReport, answers: u64) -> usize {
    let steady = report.timeline.iter().filter(|row| row.phase == "steady");
    let medians: Vec<f64> = steady.filter_map(|row| row.p50_us).map(|us| us as f64).collect();
    effective_size(usize::try_from(answers).unwrap_or(usize::MAX), &medians)
}

/// The bounds of those of `thresholds` that belong to a level.
pub fn bound_limits(thresholds: &[Threshold], report: &LoadReport, confidence: f64) -> Vec<LimitBound> {
    let of_a_level = thresholds.iter().filter(|threshold| is_of_a_level(&threshold.measure));
    of_a_level.map(|threshold| bound(threshold, report, confidence)).collect()
}

fn bound(threshold: &Threshold, report: &LoadReport, confidence: f64) -> LimitBound {
    let measured = judge(threshold, report);
    let upper = matches!(threshold.operator, Operator::Less | Operator::AtMost);
    let estimate = match &threshold.measure {
        _ if measured.value.is_none() || !upper => None,
        Measure::Time { statistic, operation, clock } => {
            share_of(*statistic).map(|share| time_bound(report, operation, *clock, share, confidence))
        }
        Measure::ErrorRate => Some(error_bound(report, confidence)),
        _ => None,
    };
    match estimate {
        None => as_measured(measured),
        Some(Ok(base)) => {
            let bound = threshold.limit.of_base(base);
            let ok = threshold.operator.holds(bound, threshold.limit.value);
            LimitBound {
                name: measured.name,
                limit: measured.limit,
                value: measured.value,
                bound: Some(bound),
                ok,
                why: None,
            }
        }
        Some(Err(error)) => match &threshold.measure {
            Measure::Time { operation, .. }
                if matches!(error, StatisticsError::TooFew { .. }) && is_rare(report, operation) =>
            {
                let why = Some(format!("judged as measured, for it comes rarely here: {error}"));
                LimitBound { why, ..as_measured(measured) }
            }
            _ => LimitBound { why: Some(error.to_string()), bound: None, ok: false, ..as_measured(measured) },
        },
    }
}

/// True when `operation` comes rarely beside the queries, or, without any, beside what comes most often.
fn is_rare(report: &LoadReport, operation: &str) -> bool {
    let count =
        |name: &str| report.operations.iter().find(|known| known.name == name).map_or(0, |known| known.count);
    let lag = Operation::SendLag.name();
    let usual = match count(Operation::QueryResult.name()) {
        0 => report
            .operations
            .iter()
            .filter(|known| known.name != lag)
            .map(|known| known.count)
            .max()
            .unwrap_or(0),
        queries => queries,
    };
    count(operation) * RARE < usual
}

/// Figures that are counted exactly are their own bound.
fn as_measured(measured: ThresholdResult) -> LimitBound {
    LimitBound {
        why: measured.value.is_none().then(|| "no data".to_owned()),
        bound: measured.value,
        name: measured.name,
        limit: measured.limit,
        value: measured.value,
        ok: measured.ok,
    }
}

fn share_of(statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::P50 => Some(0.50),
        Statistic::P90 => Some(0.90),
        Statistic::P95 => Some(0.95),
        Statistic::P99 => Some(0.99),
        Statistic::P999 => Some(0.999),
        // No bound without a distribution: judged as measured.
        Statistic::Max | Statistic::Mean => None,
    }
}

/// The bound of a percentile in microseconds, by order statistics over the independent values.
fn time_bound(
    report: &LoadReport,
    operation: &str,
    clock: Clock,
    share: f64,
    confidence: f64,
) -> Result<f64, StatisticsError> {
    const NAME: &str = "a bound of a percentile";
    let undetermined = || StatisticsError::Undetermined { what: NAME, why: "its curve was not recorded" };
    let found = |known: &&OperationReport| known.name == operation;
    let known = report.operations.iter().find(found).ok_or_else(undetermined)?;
    let (quantiles, curve) = match clock {
        Clock::Service => (&known.service_us, &known.curve_service),
        Clock::Intended => (&known.intended_us, &known.curve_intended),
    };
    let size = independent(report, quantiles.count);
    let rank = quantile_bound_rank(size, share, confidence)?;
    let percentile = 100.0 * rank as f64 / size as f64;
    // The next recorded point above is on the safe side.
    let point =
        curve.iter().find(|(at, _)| *at >= percentile - 1e-9).or(curve.last()).ok_or_else(undetermined)?;
    Ok(point.1 as f64)
}

fn error_bound(report: &LoadReport, confidence: f64) -> Result<f64, StatisticsError> {
    let operations: u64 = report.operations.iter().map(|operation| operation.count).sum();
    let errors: u64 = report.errors.iter().map(|error| error.count).sum();
    share_upper_bound(errors.min(operations), operations, confidence)
}

#[cfg(test)]
mod tests {
    use reports::model::TimelineRow;

    use super::*;
    use crate::made::sound;

    /// 2,000 first progresses of 1 to 200 ms, evenly spread.
    fn report(count: u64) -> LoadReport {
        let mut report = sound();
        let operation = &mut report.operations[0];
        operation.intended_us.count = count;
        operation.curve_intended =
            (1..=2_000_u32).map(|at| (f64::from(at) / 20.0, u64::from(at) * 100)).collect();
        operation.intended_us.p99 = 198_000;
        report
    }

    fn limits(report: &LoadReport, text: &str) -> Vec<LimitBound> {
        bound_limits(&[text.parse().unwrap()], report, 0.95)
    }

    #[test]
    fn the_bound_decides_and_not_what_was_measured() {
        let found = &limits(&report(2_000), "p99(progress.first.intended) < 198.5ms")[0];
        assert_eq!(found.value, Some(198.0));
        // Rank 1,988 of 2,000 is the smallest whose binomial tail reaches 95 %.
        assert!(found.bound.unwrap() > 198.5 && found.bound.unwrap() < 199.5, "{found:?}");
        assert!(!found.ok, "198 ms were measured, but not surely under 198.5");
        assert!(limits(&report(2_000), "p99(progress.first.intended) < 200ms")[0].ok);
    }

    #[test]
    fn too_few_independent_answers_are_told() {
        let found = &limits(&report(200), "p99(progress.first.intended) < 1s")[0];
        assert!(!found.ok && found.bound.is_none());
        assert!(found.why.as_ref().unwrap().contains("at least 299 independent values"), "{found:?}");
        // 2,000 answers in seconds that resemble each other are worth far fewer.
        let mut resembling = report(2_000);
        resembling.timeline = (0..60_u32)
            .map(|t| TimelineRow {
                phase: "steady".to_owned(),
                p50_us: Some(u64::from(t / 20) * 50_000),
                ..TimelineRow::default()
            })
            .collect();
        assert!(independent(&resembling, 2_000) < 299);
        assert!(!limits(&resembling, "p99(progress.first.intended) < 1s")[0].ok);
    }

    #[test]
    fn what_comes_rarely_is_judged_as_measured() {
        let mut report = report(200);
        let mut queries = report.operations[0].clone();
        (queries.name, queries.count) = ("query.result".to_owned(), 4_000);
        report.operations.push(queries);
        report.operations[0].count = 200;
        let found = &limits(&report, "p99(progress.first.intended) < 1s")[0];
        assert!(found.ok && found.bound == found.value, "{found:?}");
        assert!(found.why.as_ref().unwrap().contains("comes rarely"), "{found:?}");
        let found = &limits(&report, "p99(progress.first.intended) < 100ms")[0];
        assert!(!found.ok && found.bound.is_some(), "what was measured is too much: {found:?}");
        let curve = std::mem::take(&mut report.operations[0].curve_intended);
        report.operations[0].intended_us.count = 2_000;
        let found = &limits(&report, "p99(progress.first.intended) < 1s")[0];
        assert!(
            !found.ok && found.bound.is_none(),
            "a curve that is missing is not a rare operation: {found:?}"
        );
        (report.operations[0].curve_intended, report.operations[0].intended_us.count) = (curve, 200);
        report.operations[0].count = 1_000;
        assert!(!limits(&report, "p99(progress.first.intended) < 1s")[0].ok, "one in four is not rare");
    }

    #[test]
    fn counters_of_quantity_belong_to_no_level() {
        for text in
            ["sessions.peak >= 1000", "verified_answers > 5", "replayed > 0", "growth(server.rss) < 1MiB/h"]
        {
            assert_eq!(limits(&report(2_000), text), [], "{text}");
        }
        let lost = &limits(&report(2_000), "lost == 0")[0];
        assert!(lost.ok && lost.bound == Some(0.0));
        let errors = &limits(&report(2_000), "rate(errors) < 0.1%")[0];
        assert!(!errors.ok && errors.bound.unwrap() > 0.2, "1 in 2,000 may well be 0.24 %: {errors:?}");
        let nothing = &limits(&report(2_000), "p99(query.result) < 1s")[0];
        assert!(!nothing.ok && nothing.why.as_deref() == Some("no data"));
    }
}
