//! The rule is proven on recorded noise: how often it cries wolf, and how often it misses.
//!
//! `testdata/recorded-noise.csv` holds the figures of real runs of one build on one machine, one row a run. Each
//! simulated comparison draws both sides from these rows without replacement; for the power the second side is made
//! worse by 10 %.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use reports::model::{MetricChange, MetricVerdict};

use super::METRICS;
use super::judgement::judge;
use crate::statistics::{hodges_lehmann, mann_whitney, standard_deviation};

const RECORDED: &str = include_str!("../../testdata/recorded-noise.csv");
const SIDE: usize = 10;
const COMPARISONS: u64 = 500;
/// Spread of a figure from run to run up to which ten runs must show 10 % in it alone.
const STEADY: f64 = 0.05;

/// One row a run, one column a figure, in the order of [`METRICS`].
fn recorded() -> Vec<Vec<f64>> {
    let mut lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let columns: Vec<usize> =
        METRICS.iter().map(|metric| header.iter().position(|name| *name == metric.name).unwrap()).collect();
    lines
        .map(|line| {
            let values: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
            columns.iter().map(|column| values[*column]).collect()
        })
        .collect()
}

/// The verdicts of one comparison, `factor` being how much worse the second side is made.
fn verdicts(rows: &[Vec<f64>], factor: f64, random: &mut ChaCha8Rng) -> Vec<MetricVerdict> {
    let mut drawn: Vec<&Vec<f64>> = rows.iter().collect();
    drawn.shuffle(random);
    let mut metrics: Vec<MetricChange> = METRICS
        .iter()
        .enumerate()
        .map(|(at, metric)| {
            let before: Vec<f64> = drawn[..SIDE].iter().map(|row| row[at]).collect();
            let after: Vec<f64> = drawn[SIDE..2 * SIDE].iter().map(|row| row[at] * factor).collect();
            let logs = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<_>>();
            let effect = hodges_lehmann(&logs(&before), &logs(&after), 0.95).unwrap().estimate.exp_m1();
            MetricChange {
                name: metric.name.to_owned(),
                unit: metric.unit.to_owned(),
                better: metric.better,
                verdict: MetricVerdict::Same,
                before_median: None,
                after_median: None,
                p: Some(mann_whitney(&before, &after).unwrap().p),
                before,
                after,
                effect: Some(effect),
                effect_low: None,
                effect_high: None,
                p_adjusted: None,
                detectable: None,
            }
        })
        .collect();
    judge(&mut metrics);
    metrics.iter().map(|metric| metric.verdict).collect()
}

#[test]
fn runs_of_the_same_build_rarely_raise_an_alarm() {
    let rows = recorded();
    assert!(rows.len() >= 2 * SIDE, "{} runs are recorded", rows.len());
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let alarms = (0..COMPARISONS)
        .filter(|_| verdicts(&rows, 1.0, &mut random).iter().any(|verdict| *verdict != MetricVerdict::Same))
        .count();
    println!("{alarms} of {COMPARISONS} comparisons of the same build raised an alarm in any figure");
    assert!(alarms as u64 * 50 <= COMPARISONS, "{alarms} of {COMPARISONS} are more than 2 %");
}

#[test]
fn ten_percent_are_shown_by_ten_runs() {
    let rows = recorded();
    let mut random = ChaCha8Rng::seed_from_u64(21);
    let mut shown = [0_u64; METRICS.len()];
    let mut noticed = 0;
    for _ in 0..COMPARISONS {
        let found = verdicts(&rows, 1.1, &mut random);
        noticed += u64::from(found.contains(&MetricVerdict::Worse));
        for (count, verdict) in shown.iter_mut().zip(found) {
            *count += u64::from(verdict == MetricVerdict::Worse);
        }
    }
    for (metric, shown) in METRICS.iter().zip(shown) {
        println!("{}: shown in {shown} of {COMPARISONS}", metric.name);
    }
    println!("any: noticed in {noticed} of {COMPARISONS}");
    assert!(noticed * 100 >= COMPARISONS * 95, "{noticed} of {COMPARISONS}");
    for (at, shown) in shown.into_iter().enumerate() {
        let logs: Vec<f64> = rows.iter().map(|row| row[at].ln()).collect();
        let steady = standard_deviation(&logs).is_some_and(|spread| spread < STEADY);
        let name = METRICS[at].name;
        assert!(!steady || shown * 100 >= COMPARISONS * 95, "{name}: {shown} of {COMPARISONS}");
    }
}
