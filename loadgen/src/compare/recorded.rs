//! The rule is proven on recorded noise: how often it cries wolf, and how often it misses.
//!
//! `testdata/recorded-noise.csv` holds the figures of real runs of one build on one machine, one row a run, as
//! `ci/scripts/record-noise` records them. Each simulated comparison draws both sides from these rows without
//! replacement; for the power the second side is made worse by 10 %. Both are stated for each figure.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use reports::model::{MetricChange, MetricVerdict};

use super::judgement::{change, judge};
use super::pace::yardstick;
use super::{METRICS, Metric};
use crate::statistics::standard_deviation;

const RECORDED: &str = include_str!("../../testdata/recorded-noise.csv");
const SIDE: usize = 10;
const COMPARISONS: u64 = 500;
/// The generator's CPU per message: how fast the machine was.
const PACE: &str = "generator.cpu_us_per_message";

/// One row a run, one column a figure, in the order of [`METRICS`], and the pace.
fn recorded() -> Vec<Vec<f64>> {
    let mut lines = RECORDED.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let names = METRICS.iter().map(|metric| metric.name).chain([PACE]);
    let columns: Vec<usize> =
        names.map(|wanted| header.iter().position(|name| *name == wanted).unwrap()).collect();
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
    let sides = |at: usize, factor: f64| -> (Vec<f64>, Vec<f64>) {
        let side = |rows: &[&Vec<f64>], factor: f64| rows.iter().map(|row| row[at] * factor).collect();
        (side(&drawn[..SIDE], 1.0), side(&drawn[SIDE..2 * SIDE], factor))
    };
    let (before, after) = sides(METRICS.len(), 1.0);
    let (pace, _) = yardstick(before, after).unwrap();
    let figure = |(at, metric): (usize, &Metric)| {
        let (before, after) = sides(at, factor);
        change(metric, Some(before), Some(after), pace.as_ref()).unwrap()
    };
    let mut metrics: Vec<MetricChange> = METRICS.iter().enumerate().map(figure).collect();
    judge(&mut metrics);
    metrics.iter().map(|metric| metric.verdict).collect()
}

/// How often each figure got one of `wanted`, and how often any did.
fn counts(factor: f64, seed: u64, wanted: fn(MetricVerdict) -> bool) -> ([u64; METRICS.len()], u64) {
    let rows = recorded();
    assert!(rows.len() >= 2 * SIDE, "{} runs are recorded", rows.len());
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut each, mut any) = ([0_u64; METRICS.len()], 0);
    for _ in 0..COMPARISONS {
        let found = verdicts(&rows, factor, &mut random);
        any += u64::from(found.iter().any(|verdict| wanted(*verdict)));
        for (count, verdict) in each.iter_mut().zip(found) {
            *count += u64::from(wanted(verdict));
        }
    }
    for (at, (metric, count)) in METRICS.iter().zip(each).enumerate() {
        let logs: Vec<f64> = rows.iter().map(|row| row[at].ln()).collect();
        let spread = standard_deviation(&logs).unwrap_or_default() * 100.0;
        println!("{:30} spread {spread:4.1} %: {count} of {COMPARISONS}", metric.name);
    }
    println!("{:30}                {any} of {COMPARISONS}", "any of them");
    (each, any)
}

#[test]
fn runs_of_the_same_build_rarely_raise_an_alarm() {
    let (each, any) = counts(1.0, 20, |verdict| verdict != MetricVerdict::Same);
    assert!(any * 50 <= COMPARISONS, "{any} of {COMPARISONS} in any figure are more than 2 %: {each:?}");
}

#[test]
fn ten_percent_are_shown_by_ten_runs() {
    let (each, any) = counts(1.1, 21, |verdict| verdict == MetricVerdict::Worse);
    assert!(any * 100 >= COMPARISONS * 95, "everything is worse, and {any} of {COMPARISONS} notice it");
    for (metric, shown) in METRICS.iter().zip(each) {
        assert!(shown * 100 >= COMPARISONS * 95, "{}: shown in {shown} of {COMPARISONS}", metric.name);
    }
}
