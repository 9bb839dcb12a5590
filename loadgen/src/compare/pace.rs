//! How fast the machine was in each run, by what the generator took of it for the same work.

use reports::model::{LoadReport, Pace};
use reports::wording::{percent, signed_percent};

use super::CompareError;
use super::judgement::logarithms;
use crate::statistics::{hodges_lehmann, mann_whitney};

/// From this p on the generator itself is taken to have changed with the target. So small that this choice, which does
/// look at the sides, adds no more than a thousandth to the chance of a false alarm.
const CHANGED: f64 = 0.001;

/// Less is not worth a word.
const NOTABLE: f64 = 0.02;

/// The pace of both sides where it can serve as a yardstick, and what is to be said of it.
///
/// # Errors
/// More runs than the exact test takes.
pub(super) fn pace(
    before: &[(String, &LoadReport)],
    after: &[(String, &LoadReport)],
) -> Result<(Option<Pace>, Option<String>), CompareError> {
    let versions = |runs: &[(String, &LoadReport)]| -> Vec<String> {
        runs.iter().map(|(_, run)| run.header.tool_version.clone()).collect()
    };
    let mut versions = [versions(before), versions(after)].concat();
    versions.dedup();
    let costs = |runs: &[(String, &LoadReport)]| -> Option<Vec<f64>> {
        runs.iter().map(|(_, run)| run.generator.cpu_us_per_message.filter(|cost| *cost > 0.0)).collect()
    };
    match (costs(before), costs(after)) {
        // Another version is another yardstick.
        (Some(before), Some(after)) if versions.len() == 1 => yardstick(before, after),
        _ => Ok((None, None)),
    }
}

/// What these costs of the generator are good for.
pub(super) fn yardstick(
    before: Vec<f64>,
    after: Vec<f64>,
) -> Result<(Option<Pace>, Option<String>), CompareError> {
    if mann_whitney(&before, &after)?.p <= CHANGED {
        let shift = hodges_lehmann(&logarithms(&before), &logarithms(&after), 0.95)?.estimate.exp_m1();
        let remark = format!(
            "the generator itself took {} CPU per message, so the machine's speed can't be told from the change: \
             figures are compared as measured",
            signed_percent(shift)
        );
        return Ok((None, Some(remark)));
    }
    let (least, most) = before
        .iter()
        .chain(&after)
        .fold((f64::INFINITY, 0.0_f64), |(least, most), cost| (least.min(*cost), most.max(*cost)));
    let slower = most / least - 1.0;
    let remark = (slower >= NOTABLE).then(|| {
        format!(
            "the machine was up to {} slower in one run than in another, by the generator's own CPU per message: times \
             and CPU are told as at its mean speed",
            percent(slower)
        )
    });
    Ok((Some(Pace { before, after }), remark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made::sound;

    fn runs(costs: &[Option<f64>], version: &str) -> Vec<LoadReport> {
        costs
            .iter()
            .map(|cost| {
                let mut report = sound();
                report.generator.cpu_us_per_message = *cost;
                report.header.tool_version = version.to_owned();
                report
            })
            .collect()
    }

    fn told(before: &[LoadReport], after: &[LoadReport]) -> (Option<Pace>, Option<String>) {
        let named =
            |runs: &'_ [LoadReport]| -> Vec<String> { runs.iter().map(|_| "run".to_owned()).collect() };
        let (one, other) = (named(before), named(after));
        let pairs = |names: Vec<String>, runs| {
            names.into_iter().zip::<std::slice::Iter<'_, LoadReport>>(runs).collect::<Vec<_>>()
        };
        pace(&pairs(one, before.iter()), &pairs(other, after.iter())).unwrap()
    }

    #[test]
    fn what_is_no_yardstick_is_none() {
        let some = runs(&[Some(8.0), Some(8.1)], "1");
        assert_eq!(told(&some, &runs(&[Some(8.1), None], "1")), (None, None));
        assert_eq!(told(&some, &runs(&[Some(8.1), Some(8.0)], "2")), (None, None));
        let (even, silent) = told(&some, &runs(&[Some(8.1), Some(8.0)], "1"));
        assert_eq!((even.map(|pace| pace.after), silent), (Some(vec![8.1, 8.0]), None));
    }

    #[test]
    fn a_generator_that_changed_with_the_target_is_none() {
        let costs =
            |from: f64| -> Vec<Option<f64>> { (0..10).map(|at| Some(from + f64::from(at) / 10.0)).collect() };
        let (pace, remark) = told(&runs(&costs(8.0), "1"), &runs(&costs(10.0), "1"));
        assert_eq!(pace, None);
        assert!(remark.unwrap().starts_with("the generator itself took +2"), "told with its size");
    }
}
