//! The scalability law over the levels that were run, as it stands in the report.

use reports::model::{CurvePoint, Estimate, LevelRun, LevelVerdict, Scalability};

use crate::statistics::usl::{Fit, Uncertainty, fit, uncertainty};
use crate::statistics::{Interval, StatisticsError};

/// Draws behind the band.
const DRAWS: usize = 500;
const CONFIDENCE: f64 = 0.95;
/// Points of the curve.
const POINTS: u32 = 24;

/// Fits the law to every run that is valid: throughput against sessions.
///
/// # Errors
/// Fewer than six different levels, or levels without throughput.
pub fn scalability(runs: &[LevelRun], seed: u64) -> Result<Scalability, StatisticsError> {
    let points: Vec<(f64, f64)> = runs
        .iter()
        .filter(|run| run.verdict != LevelVerdict::Invalid && run.peak > 0 && run.achieved_per_s > 0.0)
        .map(|run| (run.peak as f64, run.achieved_per_s))
        .collect();
    let fitted = fit(&points)?;
    let unsure = uncertainty(&fitted, DRAWS, CONFIDENCE, seed);
    let mut levels: Vec<f64> = points.iter().map(|(load, _)| *load).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let estimate =
        |value: f64, interval: Interval| Estimate { value, low: interval.low, high: interval.high };
    let both = |value: Option<f64>, interval: Option<Interval>| Some(estimate(value?, interval?));
    Ok(Scalability {
        lambda: estimate(fitted.law.lambda, unsure.lambda),
        sigma: estimate(fitted.law.sigma, unsure.sigma),
        kappa: estimate(fitted.law.kappa, unsure.kappa),
        residual: fitted.residual,
        knee: both(fitted.law.knee(), unsure.knee),
        peak: both(fitted.law.peak(), unsure.peak),
        levels: levels.len(),
        largest_level: fitted.largest_level(),
        remarks: remarks(&fitted, &unsure),
        curve: curve(&fitted, &unsure),
    })
}

fn remarks(fitted: &Fit, unsure: &Uncertainty) -> Vec<String> {
    let mut remarks = Vec::new();
    let largest = fitted.largest_level();
    let mut beyond = |name: &str, load: Option<f64>| {
        if let Some(load) = load.filter(|load| fitted.is_beyond_reach(*load)) {
            remarks.push(format!(
                "{name} at {load:.0} sessions lies beyond twice the largest level ({largest:.0}): an extrapolation, \
                 not a finding"
            ));
        }
    };
    beyond("the peak", fitted.law.peak().filter(|_| unsure.peak.is_some()));
    beyond("the knee", fitted.law.knee().filter(|_| unsure.knee.is_some()));
    if unsure.peak.is_none() {
        remarks.push("the levels don't show that throughput falls anywhere, so there is no N*".to_owned());
    }
    if unsure.knee.is_none() {
        remarks.push("the levels are too straight to show a knee".to_owned());
    }
    if fitted.residual > 0.10 {
        remarks.push(format!(
            "the levels lie {:.0} % off the law: it describes this system badly",
            fitted.residual * 100.0
        ));
    }
    remarks
}

/// From nothing to twice the largest level: no further.
fn curve(fitted: &Fit, unsure: &Uncertainty) -> Vec<CurvePoint> {
    let end = 2.0 * fitted.largest_level();
    (1..=POINTS)
        .map(|at| {
            let sessions = (end * f64::from(at) / f64::from(POINTS)).max(1.0);
            let band = unsure.band(fitted, sessions);
            CurvePoint {
                sessions,
                throughput: Estimate {
                    value: band.throughput,
                    low: band.interval.low,
                    high: band.interval.high,
                },
                beyond_reach: fitted.is_beyond_reach(sessions),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::level::tests::observed;
    use super::super::{Purpose, judge_level};
    use super::*;
    use crate::statistics::usl::Law;

    fn runs(levels: &[u64], law: Law) -> Vec<LevelRun> {
        let run = |(at, sessions): (usize, &u64)| {
            let mut made = observed(*sessions);
            let wobble = 1.0 + 0.01 * ((at * 5 % 7) as f64 / 3.0 - 1.0);
            made.achieved_per_s = law.throughput(*sessions as f64) * wobble;
            made.target_per_s = None;
            judge_level(made, Purpose::Ramp).0
        };
        levels.iter().enumerate().map(run).collect()
    }

    #[test]
    fn knee_and_peak_come_with_their_intervals() {
        let law = Law { lambda: 0.5, sigma: 0.001, kappa: 1e-6 };
        let found = scalability(&runs(&[50, 100, 200, 400, 800, 1_200, 1_600], law), 1).unwrap();
        let peak = found.peak.unwrap();
        assert!(peak.low < law.peak().unwrap() && law.peak().unwrap() < peak.high, "{peak:?}");
        assert!(found.knee.unwrap().value < peak.value);
        assert_eq!((found.levels, found.largest_level, found.curve.len()), (7, 1_600.0, 24));
        assert!(found.curve.iter().all(|point| point.sessions <= 3_200.0 && !point.beyond_reach));
    }

    #[test]
    fn what_lies_beyond_reach_is_said_to() {
        let law = Law { lambda: 0.5, sigma: 0.001, kappa: 1e-6 };
        let found = scalability(&runs(&[50, 100, 150, 200, 250, 300], law), 1).unwrap();
        assert!(!found.remarks.is_empty(), "a peak at 999 can't be a finding of levels up to 300");
        let few = scalability(&runs(&[50, 100, 150, 200, 250, 250], law), 1).unwrap_err();
        assert!(few.to_string().contains("at least 6 levels, there are 5"));
    }
}
