//! One threshold against the figures of a run.

use reports::model::{LoadReport, ThresholdResult};
use scenarios::threshold::{Limit, Operator, Threshold};

use super::{Figure, Figures};

/// Judges every threshold. A figure that was not measured fails.
pub fn judge_thresholds(thresholds: &[Threshold], report: &LoadReport) -> Vec<ThresholdResult> {
    thresholds.iter().map(|threshold| judge(threshold, report)).collect()
}

/// Judges one threshold. A figure with an interval keeps its limit only when the end of the interval on the side of
/// the limit does: what can't be told is no pass.
pub fn judge(threshold: &Threshold, figures: &impl Figures) -> ThresholdResult {
    let limit = &threshold.limit;
    let figure = figures.figure(&threshold.measure).filter(|figure| figure.value.is_finite());
    let ok = figure.is_some_and(|figure| holds(threshold, &figure));
    ThresholdResult {
        name: threshold.measure.to_string(),
        limit: format!("{} {limit}", threshold.operator.symbol()),
        actual: figure.map_or_else(|| "no data".to_owned(), |figure| show(&figure, limit)),
        value: figure.map(|figure| limit.of_base(figure.value)),
        ok,
    }
}

/// True when `threshold` is missed for sure: there is a figure, and even the better end of its interval is beyond
/// the limit. What is not known, or too uncertain to keep the limit, is not missed yet.
pub fn is_missed(threshold: &Threshold, figures: &impl Figures) -> bool {
    let figure = figures.figure(&threshold.measure).filter(|figure| figure.value.is_finite());
    figure.is_some_and(|figure| {
        let best = match (threshold.operator, figure.interval) {
            (Operator::Less | Operator::AtMost, Some(interval)) => interval.low,
            (Operator::Greater | Operator::AtLeast, Some(interval)) => interval.high,
            (Operator::Equal | Operator::NotEqual, _) | (_, None) => figure.value,
        };
        best.is_finite() && !keeps(threshold, best)
    })
}

/// True when `figure` keeps the limit of `threshold`.
fn holds(threshold: &Threshold, figure: &Figure) -> bool {
    let worst = match (threshold.operator, figure.interval) {
        (Operator::Less | Operator::AtMost, Some(interval)) => interval.high,
        (Operator::Greater | Operator::AtLeast, Some(interval)) => interval.low,
        (Operator::Equal | Operator::NotEqual, _) | (_, None) => figure.value,
    };
    worst.is_finite() && keeps(threshold, worst)
}

/// True when a figure of `base` keeps the limit of `threshold`.
fn keeps(threshold: &Threshold, base: f64) -> bool {
    threshold.operator.holds(threshold.limit.of_base(base), threshold.limit.value)
}

/// A figure with three decimals at most, its unit, and where it lies when that is not known exactly.
fn show(figure: &Figure, limit: &Limit) -> String {
    let unit = limit.symbol();
    let text = number(limit.of_base(figure.value));
    match figure.interval {
        None => format!("{text}{unit}"),
        Some(interval) => {
            let (low, high) = (number(limit.of_base(interval.low)), number(limit.of_base(interval.high)));
            format!("{text}{unit} (95 %: {low} to {high})")
        }
    }
}

fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use reports::model::TimelineRow;

    use super::*;
    use crate::made::{empty, sound};

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
            ("rate(progress.first) > 30/s", true, "33.333/s"),
            ("rate(progress.first) > 2001/min", false, "2000/min"),
            ("server.rss_kib < 512MiB", true, "300MiB"),
        ];
        for (text, ok, actual) in cases {
            let result = judge(&text.parse::<Threshold>().unwrap(), &sound());
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
            "growth(server.rss) < 1GiB/s",
            "rate(query.result) >= 0/s",
            "generator.little_residual < 1",
            "sessions.peak >= 1",
        ] {
            let result = judge(&text.parse::<Threshold>().unwrap(), &empty());
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

    /// A server whose memory grows by `kib` a second, with noise of 40 KiB, over `seconds`.
    fn growing(kib: f64, seconds: u32) -> LoadReport {
        let mut report = sound();
        report.timeline = (0..seconds)
            .map(|t| {
                let noise = f64::from(t * 7_919 % 83) - 41.0;
                TimelineRow {
                    t: f64::from(t),
                    phase: "steady".to_owned(),
                    server_rss_kib: Some((300_000.0 + kib * f64::from(t) + noise) as u64),
                    ..TimelineRow::default()
                }
            })
            .collect();
        report
    }

    #[test]
    fn what_is_uncertain_is_neither_kept_nor_missed() {
        let growth: Threshold = "growth(server.rss) < 1MiB/h".parse().unwrap();
        for (report, ok, missed) in [
            (growing(0.0, 3_600), true, false),
            (growing(1.0, 3_600), false, true),
            (growing(0.0, 20), false, false),
            (growing(0.0, 5), false, false),
        ] {
            assert_eq!((judge(&growth, &report).ok, is_missed(&growth, &report)), (ok, missed));
        }
        let exact: Threshold = "errors < 1".parse().unwrap();
        assert!(is_missed(&exact, &sound()) != judge(&exact, &sound()).ok);
    }

    #[test]
    fn growth_is_judged_by_its_surer_end() {
        let growth: Threshold = "growth(server.rss) < 1MiB/h".parse().unwrap();
        let flat = judge(&growth, &growing(0.0, 3_600));
        assert!(flat.ok, "{flat:?}");
        let leak = judge(&growth, &growing(1.0, 3_600));
        assert!(!leak.ok && (leak.value.unwrap() - 3.516).abs() < 0.2, "{leak:?}");
        assert!(leak.actual.contains("MiB/h (95 %: "), "{leak:?}");
        let short = judge(&growth, &growing(0.0, 20));
        assert!(!short.ok && short.value.is_some(), "too short to tell is no pass: {short:?}");
        let nothing = judge(&growth, &growing(0.0, 5));
        assert_eq!(nothing.actual, "no data");
        let least: Threshold = "growth(server.rss) > 1MiB/h".parse().unwrap();
        assert!(judge(&least, &growing(1.0, 3_600)).ok);
    }
}
