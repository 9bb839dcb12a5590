//! The judgement over two sets of runs.

use reports::model::{Better, ComparisonRule, LoadComparison, LoadReport, MetricChange, MetricVerdict};

use super::{CompareError, METRICS, Metric, check_comparable};
use crate::statistics::{
    Design, hodges_lehmann, holm, mann_whitney, median, smallest_detectable, smallest_p, standard_deviation,
};

/// Level of the whole family of figures: two comparisons of the same build in a hundred may raise an alarm in any
/// of them. The test is exact and Holm's correction holds whatever the noise, so this is a bound and no hope.
pub const LEVEL: f64 = 0.02;
/// Least effect that counts.
pub const FLOOR: f64 = 0.05;
/// How often the change must be shown that is printed as detectable.
pub const POWER: f64 = 0.8;
/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// Compares the runs of two sides, each with its folder. `seed` is that of the simulation behind the power.
///
/// # Errors
/// A side without runs, runs that can't be compared, or more runs than the exact test takes.
pub fn compare(
    before: &[(String, &LoadReport)],
    after: &[(String, &LoadReport)],
    interleaved: bool,
    seed: u64,
) -> Result<LoadComparison, CompareError> {
    let base = before.first().ok_or(CompareError::NoRuns { side: "A" })?;
    after.first().ok_or(CompareError::NoRuns { side: "B" })?;
    let all: Vec<(String, &LoadReport)> = before.iter().chain(after).cloned().collect();
    let mut remarks = check_comparable(&all)?;
    let mut metrics: Vec<MetricChange> =
        METRICS.iter().map(|metric| change(metric, before, after)).collect::<Result<_, CompareError>>()?;
    judge(&mut metrics);
    let tested = metrics.iter().filter(|metric| metric.p.is_some()).count();
    for metric in &mut metrics {
        metric.detectable = detectable(metric, tested, seed);
        if metric.verdict == MetricVerdict::Unknown {
            remarks.push(format!("{} was not measured in every run, so nothing is said of it", metric.name));
        }
    }
    if !interleaved {
        remarks.push(
            "the runs did not take turns: what changed on the machine between the two sets shows as a change"
                .to_owned(),
        );
    }
    let smallest = smallest_p(before.len(), after.len());
    // Holm asks the first of the figures for this much.
    let conclusive = tested > 0 && smallest * tested as f64 <= LEVEL;
    let folders = |runs: &[(String, &LoadReport)]| runs.iter().map(|(folder, _)| folder.clone()).collect();
    Ok(LoadComparison {
        scenario: base.1.scenario.clone(),
        before_runs: folders(before),
        after_runs: folders(after),
        interleaved,
        rule: ComparisonRule { level: LEVEL, floor: FLOOR, smallest_p: smallest },
        conclusive,
        power: power_sentence(before.len(), after.len(), conclusive, &metrics),
        metrics,
        remarks,
    })
}

/// Tests one figure; its verdict waits for the others.
fn change(
    metric: &Metric,
    before: &[(String, &LoadReport)],
    after: &[(String, &LoadReport)],
) -> Result<MetricChange, CompareError> {
    let figures = |runs: &[(String, &LoadReport)]| -> Vec<f64> {
        runs.iter().filter_map(|(_, report)| (metric.of)(report)).filter(|value| value.is_finite()).collect()
    };
    let (first, second) = (figures(before), figures(after));
    let complete = first.len() == before.len() && second.len() == after.len();
    let mut change = MetricChange {
        name: metric.name.to_owned(),
        unit: metric.unit.to_owned(),
        better: metric.better,
        verdict: MetricVerdict::Unknown,
        before_median: median(&first),
        after_median: median(&second),
        before: first,
        after: second,
        effect: None,
        effect_low: None,
        effect_high: None,
        p: None,
        p_adjusted: None,
        detectable: None,
    };
    if complete {
        test(&mut change)?;
    }
    Ok(change)
}

/// Figures of a run are scales: a change is a factor, so the effect is estimated on logarithms.
fn test(change: &mut MetricChange) -> Result<(), CompareError> {
    let positive = change.before.iter().chain(&change.after).all(|value| *value > 0.0);
    if !positive {
        return Ok(());
    }
    let shift = hodges_lehmann(&logarithms(&change.before), &logarithms(&change.after), CONFIDENCE)?;
    change.verdict = MetricVerdict::Same;
    change.effect = Some(shift.estimate.exp_m1());
    change.effect_low = shift.interval.map(|interval| interval.low.exp_m1());
    change.effect_high = shift.interval.map(|interval| interval.high.exp_m1());
    change.p = Some(mann_whitney(&change.before, &change.after)?.p);
    Ok(())
}

fn logarithms(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

/// Holm over the figures that were tested, and the floor under the effect.
pub(super) fn judge(metrics: &mut [MetricChange]) {
    let tested: Vec<f64> = metrics.iter().filter_map(|metric| metric.p).collect();
    let mut adjusted = holm(&tested).into_iter();
    for metric in metrics.iter_mut().filter(|metric| metric.p.is_some()) {
        metric.p_adjusted = adjusted.next();
        let effect = metric.effect.unwrap_or_default();
        // The floor is a factor, the same both ways: 5 % more, or back from there.
        let beyond = (1.0 + effect).ln().abs() >= FLOOR.ln_1p();
        let sure = metric.p_adjusted.is_some_and(|p| p <= LEVEL);
        metric.verdict = match (beyond && sure, effect > 0.0, metric.better) {
            (false, ..) => MetricVerdict::Same,
            (true, true, Better::Lower) | (true, false, Better::Higher) => MetricVerdict::Worse,
            (true, false, Better::Lower) | (true, true, Better::Higher) => MetricVerdict::Better,
        };
    }
}

/// The smallest change that these runs show, when Holm asks of this figure what it asks of the first.
fn detectable(metric: &MetricChange, tested: usize, seed: u64) -> Option<f64> {
    metric.p?;
    let spread = |values: &[f64]| standard_deviation(&logarithms(values));
    let (first, second) = (spread(&metric.before)?, spread(&metric.after)?);
    let (n, m) = (metric.before.len(), metric.after.len());
    let freedom = (n + m - 2) as f64;
    let pooled = (((n - 1) as f64 * first.powi(2) + (m - 1) as f64 * second.powi(2)) / freedom).sqrt();
    let level = LEVEL / tested as f64;
    smallest_detectable(&Design { first: n, second: m, level, floor: FLOOR, power: POWER }, pooled, seed)
}

fn power_sentence(before: usize, after: usize, conclusive: bool, metrics: &[MetricChange]) -> String {
    let runs =
        if before == after { format!("{before} runs a side") } else { format!("{before} and {after} runs") };
    if !conclusive {
        return format!(
            "{runs} can't show a change of any size in so many figures: ten a side show most changes"
        );
    }
    let known = metrics.iter().filter_map(|metric| Some((metric.name.as_str(), metric.detectable?)));
    let least = known.clone().min_by(|a, b| a.1.total_cmp(&b.1));
    let most = known.max_by(|a, b| a.1.total_cmp(&b.1));
    match (least, most) {
        (Some((fine, least)), Some((coarse, most))) => format!(
            "{runs} can't show less than {:.0} % in {fine}, and less than {:.0} % in {coarse}",
            least * 100.0,
            most * 100.0
        ),
        _ => format!("{runs} of this noise can't show a change of any size"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::sound;

    /// Runs whose times and costs are `factor` times those of the first side, with a wobble of 2 %.
    fn runs(count: u32, factor: f64, salt: u32) -> Vec<LoadReport> {
        (0..count)
            .map(|at| {
                let wobble = 1.0 + 0.02 * (f64::from((at * 7 + salt * 13) % 11) / 5.0 - 1.0);
                let scale = |value: f64| (value * factor * wobble) as u64;
                let mut report = sound();
                let mut result = report.operations[0].clone();
                result.name = "query.result".to_owned();
                report.operations.push(result);
                for operation in &mut report.operations {
                    operation.intended_us.p50 = scale(60_000.0 + f64::from(at));
                    operation.intended_us.p99 = scale(120_000.0 + f64::from(at));
                }
                report.server.cpu_s = Some(0.002 * factor * wobble);
                report.server.rss_kib_per_session = Some(20.0 * wobble);
                report
            })
            .collect()
    }

    fn judged(before: &[LoadReport], after: &[LoadReport]) -> Result<LoadComparison, CompareError> {
        let named = |runs: &'static str, reports: &'_ [LoadReport]| -> Vec<String> {
            (0..reports.len()).map(|at| format!("{runs}/{at}")).collect()
        };
        let pair = |names: Vec<String>, reports| -> Vec<(String, &LoadReport)> {
            names.into_iter().zip::<std::slice::Iter<'_, LoadReport>>(reports).collect()
        };
        compare(&pair(named("a", before), before.iter()), &pair(named("b", after), after.iter()), true, 1)
    }

    #[test]
    fn a_change_of_ten_percent_is_told_with_its_size() {
        let found = judged(&runs(10, 1.0, 0), &runs(10, 1.1, 3)).unwrap();
        assert!(found.conclusive);
        assert_eq!(found.of(MetricVerdict::Worse).count(), 5, "{:#?}", found.metrics);
        let memory = found.metrics.iter().find(|metric| metric.name == "server.rss_per_session").unwrap();
        assert_eq!(memory.verdict, MetricVerdict::Same);
        let p99 = &found.metrics[1];
        assert!((p99.effect.unwrap() - 0.1).abs() < 0.02, "{p99:?}");
        assert!(p99.effect_low.unwrap() > 0.05 && p99.effect_high.unwrap() < 0.15);
        assert!(found.power.starts_with("10 runs a side can't show less than "), "{}", found.power);
        let back = judged(&runs(10, 1.1, 3), &runs(10, 1.0, 0)).unwrap();
        assert_eq!(back.of(MetricVerdict::Better).count(), 5);
    }

    #[test]
    fn a_sure_change_under_the_floor_is_no_change() {
        let found = judged(&runs(10, 1.0, 0), &runs(10, 1.03, 0)).unwrap();
        assert_eq!(found.of(MetricVerdict::Worse).count(), 0, "{:#?}", found.metrics);
    }

    #[test]
    fn few_runs_say_that_they_say_nothing() {
        let six = judged(&runs(6, 1.0, 0), &runs(6, 1.3, 2)).unwrap();
        assert!(six.conclusive && six.of(MetricVerdict::Worse).count() > 0);
        let five = judged(&runs(5, 1.0, 0), &runs(5, 1.3, 2)).unwrap();
        assert!(!five.conclusive && five.of(MetricVerdict::Worse).count() == 0);
        assert!(five.power.contains("can't show a change of any size"), "{}", five.power);
        assert!(matches!(judged(&[], &runs(1, 1.0, 0)), Err(CompareError::NoRuns { side: "A" })));
    }

    #[test]
    fn what_was_not_measured_is_unknown() {
        let mut after = runs(6, 1.0, 0);
        after[2].server.cpu_s = None;
        let found = judged(&runs(6, 1.0, 0), &after).unwrap();
        assert_eq!(found.of(MetricVerdict::Unknown).count(), 1);
        assert!(found.remarks.iter().any(|remark| remark.contains("cpu_us_per_message")));
    }
}
