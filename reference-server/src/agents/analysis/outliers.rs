//! Outliers: values far from what trend and season lead to expect.
//!
//! Expected is the robust line through the values without their season, times the season. How far is far is
//! measured by the robust z-score: 0.6745 × (difference - median) / MAD, where MAD is the median distance from the
//! median; beyond 3.5 (Iglewicz and Hoaglin) a value is an outlier.

use serde::Serialize;

use super::seasonality::{self, Seasonality};
use super::series::Dense;
use super::statistic::{mean, median, theil_sen};

/// The 75th percentile of the normal distribution: makes MAD comparable to a standard deviation.
const NORMAL_QUARTILE: f64 = 0.6745;
/// The same for the mean distance, used where more than half of the values are equal.
const MEAN_DISTANCE: f64 = 1.253_314;
/// Beyond this a value is an outlier.
const FAR: f64 = 3.5;
/// Differences below this share of what was expected are of no interest, however regular the rest is.
const LEAST_SHARE: f64 = 0.05;
/// Fewest values that say what is usual.
const FEWEST: usize = 6;

/// A value that is far from what was expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlier {
    /// Label of its period.
    pub period: String,
    /// What it is.
    pub value: f64,
    /// What trend and season lead to expect.
    pub expected: f64,
    /// Robust z-score of the difference.
    pub z: f64,
}

/// Robust z-scores, by the median distance from the median.
#[must_use]
pub fn robust_z(values: &[f64]) -> Vec<f64> {
    let Some(middle) = median(values) else { return Vec::new() };
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    let mad = median(&distances).unwrap_or(0.0);
    let scale =
        if mad > 0.0 { mad / NORMAL_QUARTILE } else { mean(&distances).unwrap_or(0.0) * MEAN_DISTANCE };
    values.iter().map(|value| if scale > 0.0 { (value - middle) / scale } else { 0.0 }).collect()
}

/// The outliers of a series, the farthest first.
#[must_use]
pub fn outliers(series: &super::Series) -> Vec<Outlier> {
    series.dense().map_or_else(Vec::new, |dense| of_dense(&dense, seasonality::of_dense(&dense).as_ref()))
}

pub(super) fn of_dense(dense: &Dense, season: Option<&Seasonality>) -> Vec<Outlier> {
    if dense.values.len() < FEWEST {
        return Vec::new();
    }
    let season = season.filter(|season| season.seasonal);
    let index = |at: usize| {
        let index = season.and_then(|season| season.indices.get(dense.period(at).place()));
        index.copied().filter(|index| *index > 0.0).unwrap_or(1.0)
    };
    let levels: Vec<f64> = dense.values.iter().enumerate().map(|(at, value)| value / index(at)).collect();
    let Some(line) = theil_sen(&levels) else { return Vec::new() };
    let expected: Vec<f64> = (0..dense.values.len()).map(|at| line.at(at) * index(at)).collect();
    let differences: Vec<f64> =
        dense.values.iter().zip(&expected).map(|(value, expected)| value - expected).collect();
    let mut found: Vec<Outlier> = robust_z(&differences)
        .into_iter()
        .enumerate()
        .filter(|(at, z)| z.abs() > FAR && differences[*at].abs() >= LEAST_SHARE * expected[*at].abs())
        .map(|(at, z)| Outlier {
            period: dense.label(at),
            value: dense.values[at],
            expected: expected[at],
            z,
        })
        .collect();
    found.sort_by(|one, other| other.z.abs().total_cmp(&one.z.abs()));
    found
}

#[cfg(test)]
mod tests {
    use super::super::series::tests::months;
    use super::*;

    #[test]
    fn robust_scores_by_hand() {
        // Median 3, distances 2 1 0 1 97, their median 1.
        let scores = robust_z(&[1.0, 2.0, 3.0, 4.0, 100.0]);
        assert!((scores[4] - 0.6745 * 97.0).abs() < 1e-9 && (scores[0] + 0.6745 * 2.0).abs() < 1e-9);
        // More than half equal: the mean distance 2 stands in for a MAD of 0.
        let scores = robust_z(&[5.0, 5.0, 5.0, 5.0, 15.0]);
        assert!((scores[4] - 10.0 / (2.0 * 1.253_314)).abs() < 1e-9);
        assert_eq!(robust_z(&[7.0; 4]), [0.0; 4]);
        assert!(robust_z(&[]).is_empty());
    }

    #[test]
    fn a_value_off_the_line_is_found_with_what_was_expected() {
        let mut values: Vec<f64> =
            (0..12).map(|at| 100.0 + 10.0 * f64::from(at) + f64::from(at % 2)).collect();
        values[7] = 400.0;
        let found = outliers(&months(&values));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].period.as_str(), found[0].value), ("2022-08", 400.0));
        assert!((found[0].expected - 170.5).abs() < 2.0 && found[0].z > 3.5, "{found:?}");
    }

    #[test]
    fn a_season_is_no_outlier_but_a_missing_one_is() {
        let mut values: Vec<f64> =
            (0..48).map(|at| if at % 12 == 11 { 300.0 } else { 100.0 + f64::from(at % 5) }).collect();
        assert!(outliers(&months(&values)).is_empty(), "{:?}", outliers(&months(&values)));
        values[35] = 101.0;
        let found = outliers(&months(&values));
        assert_eq!(found.first().map(|one| one.period.as_str()), Some("2024-12"), "{found:?}");
        assert!(found[0].z < 0.0);
        assert!(outliers(&months(&[1.0, 1.0, 99.0])).is_empty(), "too few to say what is usual");
    }
}
