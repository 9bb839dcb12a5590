//! The bootstrap, seeded: the same data and seed give the same interval.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::error::finite;
use super::{StatisticsError, quantile};

/// Where a figure lies with a stated confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// True when `value` lies in it, its ends included.
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Fewest values: below, resamples repeat each other and the interval is far too short.
const FEWEST: usize = 5;

/// Percentile interval of `figure` over `resamples` draws with replacement.
///
/// # Errors
/// Fewer than five values, or a value that is no number.
pub fn bootstrap(
    values: &[f64],
    figure: impl Fn(&[f64]) -> Option<f64>,
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> Result<Interval, StatisticsError> {
    const NAME: &str = "a bootstrap interval";
    finite(NAME, values)?;
    if values.len() < FEWEST {
        return Err(StatisticsError::TooFew {
            what: NAME,
            needed: FEWEST,
            of: "values",
            found: values.len(),
        });
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = vec![0.0; values.len()];
    let mut figures = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        drawn.fill_with(|| values[random.random_range(0..values.len())]);
        figures.extend(figure(&drawn).filter(|figure| figure.is_finite()));
    }
    percentile_interval(figures, confidence)
        .ok_or(StatisticsError::Undetermined { what: NAME, why: "no resample has the figure" })
}

/// The middle `confidence` of `figures`.
pub(super) fn percentile_interval(mut figures: Vec<f64>, confidence: f64) -> Option<Interval> {
    figures.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Some(Interval { low: quantile(&figures, tail)?, high: quantile(&figures, 1.0 - tail)? })
}

/// A draw from the standard normal distribution.
pub(super) fn normal(random: &mut ChaCha8Rng) -> f64 {
    super::normal_quantile(random.random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{mean, median};

    #[test]
    fn the_seed_decides() {
        let values: Vec<f64> = (0..30).map(|n| f64::from(n * n % 17)).collect();
        let once = bootstrap(&values, median, 500, 0.95, 7).unwrap();
        assert_eq!(once, bootstrap(&values, median, 500, 0.95, 7).unwrap());
        assert_ne!(once, bootstrap(&values, mean, 500, 0.95, 8).unwrap());
        assert!(bootstrap(&values[..4], median, 500, 0.95, 7).is_err());
    }

    /// B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13: the percentile interval
    /// of a mean nearly is the normal one. Here 200 samples of 40 normal values.
    #[test]
    fn the_interval_of_a_mean_holds_it() {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let held = (0..200)
            .filter(|seed| {
                let values: Vec<f64> = (0..40).map(|_| 10.0 + 3.0 * normal(&mut random)).collect();
                bootstrap(&values, mean, 300, 0.95, *seed).unwrap().holds(10.0)
            })
            .count();
        assert!((180..=198).contains(&held), "{held} of 200");
    }
}
