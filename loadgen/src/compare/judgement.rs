//! The judgement over two sets of runs.

use reports::model::{Better, ComparisonRule, LoadComparison, LoadReport, MetricChange, MetricVerdict, Pace};

use super::pace::pace;
use super::{CompareError, METRICS, Metric, check_comparable};
use crate::statistics::{
    Design, hodges_lehmann, holm, level, mann_whitney, median, smallest_detectable, smallest_p,
    standard_deviation,
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
    let (pace, remark) = pace(before, after)?;
    remarks.extend(remark);
    let mut metrics: Vec<MetricChange> = METRICS
        .iter()
        .map(|metric| change(metric, figures(metric, before), figures(metric, after), pace.as_ref()))
        .collect::<Result<_, CompareError>>()?;
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
        pace,
        metrics,
        remarks,
    })
}

/// The figure of every run; `None` where one did not measure it.
fn figures(metric: &Metric, runs: &[(String, &LoadReport)]) -> Option<Vec<f64>> {
    runs.iter().map(|(_, report)| (metric.of)(report).filter(|value| value.is_finite())).collect()
}

/// Tests one figure, told as at one speed of the machine where there is a `pace`; its verdict waits for the others.
pub(super) fn change(
    metric: &Metric,
    before: Option<Vec<f64>>,
    after: Option<Vec<f64>>,
    pace: Option<&Pace>,
) -> Result<MetricChange, CompareError> {
    let complete = before.is_some() && after.is_some();
    let mut change = MetricChange {
        name: metric.name.to_owned(),
        unit: metric.unit.to_owned(),
        better: metric.better,
        verdict: MetricVerdict::Unknown,
        slope: None,
        before_median: None,
        after_median: None,
        before: before.unwrap_or_default(),
        after: after.unwrap_or_default(),
        effect: None,
        effect_low: None,
        effect_high: None,
        p: None,
        p_adjusted: None,
        detectable: None,
    };
    let positive = change.before.iter().chain(&change.after).all(|value| *value > 0.0);
    let testable = complete && positive;
    if let Some(pace) = pace.filter(|_| testable && metric.paced) {
        tell_at_one_speed(&mut change, pace);
    }
    change.before_median = median(&change.before);
    change.after_median = median(&change.after);
    if testable {
        test(&mut change)?;
    }
    Ok(change)
}

/// Takes out of the figures what follows the speed of the machine.
fn tell_at_one_speed(change: &mut MetricChange, pace: &Pace) {
    let both = |before: &[f64], after: &[f64]| [logarithms(before), logarithms(after)].concat();
    let levelled = level(&both(&change.before, &change.after), &both(&pace.before, &pace.after));
    let Some(levelled) = levelled.filter(|levelled| levelled.slope > 0.0) else { return };
    let mut values = levelled.values.into_iter().map(f64::exp);
    for value in change.before.iter_mut().chain(&mut change.after) {
        *value = values.next().unwrap_or(*value);
    }
    change.slope = Some(levelled.slope);
}

/// Figures of a run are scales: a change is a factor, so the effect is estimated on logarithms.
fn test(change: &mut MetricChange) -> Result<(), CompareError> {
    let shift = hodges_lehmann(&logarithms(&change.before), &logarithms(&change.after), CONFIDENCE)?;
    change.verdict = MetricVerdict::Same;
    change.effect = Some(shift.estimate.exp_m1());
    change.effect_low = shift.interval.map(|interval| interval.low.exp_m1());
    change.effect_high = shift.interval.map(|interval| interval.high.exp_m1());
    change.p = Some(mann_whitney(&change.before, &change.after)?.p);
    Ok(())
}

pub(super) fn logarithms(values: &[f64]) -> Vec<f64> {
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
                // A machine that is slower in one run than in the next is so for generator and server alike.
                let slower = 1.0 + f64::from((at * 5 + salt * 3) % 7) / 10.0;
                report.generator.cpu_us_per_message = Some(8.0 * slower);
                report.server.cpu_s = Some(0.002 * factor * wobble * slower);
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
    fn the_speed_of_the_machine_is_taken_out() {
        let found = judged(&runs(10, 1.0, 0), &runs(10, 1.0, 3)).unwrap();
        let cpu = found.metrics.iter().find(|metric| metric.name == "server.cpu_us_per_message").unwrap();
        assert!((cpu.slope.unwrap() - 1.0).abs() < 0.05, "{cpu:?}");
        assert!(cpu.effect.unwrap().abs() < 0.02 && cpu.detectable.unwrap() < 0.1, "{cpu:?}");
        let memory = found.metrics.iter().find(|metric| metric.name == "server.rss_per_session").unwrap();
        assert_eq!(memory.slope, None, "memory does not grow on a slow machine");
        assert_eq!(found.pace.unwrap().before.len(), 10);
        assert!(
            found.remarks.iter().any(|remark| remark.contains("up to 60 % slower")),
            "{:?}",
            found.remarks
        );
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
