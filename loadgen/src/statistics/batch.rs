//! Series whose neighbours resemble each other: seconds of one run.
//!
//! A queue that is long now is long a moment later, so n values in a row say less than n independent ones.
//! Batch means average neighbours until the averages no longer resemble each other (G. S. Fishman, Management
//! Science 25, 1978); the effective size is n (1 − ρ) / (1 + ρ), ρ being the correlation of neighbours, exact for
//! a first-order autoregressive series.

use super::error::finite;
use super::{Interval, StatisticsError, mean, standard_deviation, t_quantile};

/// Correlation of neighbouring batches up to which they count as independent.
const INDEPENDENT: f64 = 0.2;
/// Fewest batches that give an interval.
const FEWEST_BATCHES: usize = 8;

/// The mean of a series and how surely it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchMeans {
    /// Values in a batch.
    pub size: usize,
    /// The mean of each batch, in order; what does not fill a batch at the beginning is left out.
    pub means: Vec<f64>,
    /// Mean of the batches.
    pub mean: f64,
    /// Where the true mean lies.
    pub interval: Interval,
    /// False when neighbouring batches still resemble each other: then the interval is too short.
    pub independent: bool,
}

/// Averages `series` in batches that grow until neighbours are independent.
///
/// # Errors
/// Fewer than eight values, or one that is no number.
pub fn batch_means(series: &[f64], confidence: f64) -> Result<BatchMeans, StatisticsError> {
    const NAME: &str = "an interval by batch means";
    finite(NAME, series)?;
    if series.len() < FEWEST_BATCHES {
        let found = series.len();
        return Err(StatisticsError::TooFew { what: NAME, needed: FEWEST_BATCHES, of: "values", found });
    }
    let mut size = 1;
    let means = loop {
        let means = averages(series, size);
        let larger = size * 2;
        if correlation(&means) <= INDEPENDENT || series.len() / larger < FEWEST_BATCHES {
            break means;
        }
        size = larger;
    };
    let centre = mean(&means).unwrap_or_default();
    let spread = standard_deviation(&means).unwrap_or_default() / (means.len() as f64).sqrt();
    let reach = t_quantile(0.5 + confidence / 2.0, means.len() - 1) * spread;
    let interval = Interval { low: centre - reach, high: centre + reach };
    let independent = correlation(&means) <= INDEPENDENT;
    Ok(BatchMeans { size, means, mean: centre, interval, independent })
}

/// How many independent values `size` values are worth, whose averages a moment apart are `series`.
pub fn effective_size(size: usize, series: &[f64]) -> usize {
    let rho = correlation(series).clamp(0.0, 0.99);
    (size as f64 * (1.0 - rho) / (1.0 + rho)).floor() as usize
}

fn averages(series: &[f64], size: usize) -> Vec<f64> {
    series[series.len() % size..].chunks(size).filter_map(mean).collect()
}

/// Correlation of each value with the next one, corrected for its bias of about −1/n.
fn correlation(series: &[f64]) -> f64 {
    let Some(centre) = mean(series).filter(|_| series.len() > 2) else { return 0.0 };
    let variance: f64 = series.iter().map(|value| (value - centre).powi(2)).sum();
    if variance <= 0.0 {
        return 0.0;
    }
    let together: f64 = series.windows(2).map(|pair| (pair[0] - centre) * (pair[1] - centre)).sum();
    together / variance + 1.0 / series.len() as f64
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::super::bootstrap::normal;
    use super::*;

    /// A first-order autoregressive series about 100.
    fn series(rho: f64, length: usize, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut last = normal(&mut random) / (1.0 - rho * rho).sqrt();
        (0..length)
            .map(|_| {
                last = rho * last + normal(&mut random);
                100.0 + last
            })
            .collect()
    }

    #[test]
    fn the_interval_holds_the_mean_of_a_correlated_series() {
        let held = |rho| {
            let runs = (0..200).map(|seed| batch_means(&series(rho, 400, seed), 0.95).unwrap());
            runs.filter(|batches| batches.interval.holds(100.0)).count()
        };
        assert!(held(0.0) >= 184, "{}", held(0.0));
        assert!(held(0.7) >= 178, "{}", held(0.7));
        let naive = (0..200)
            .filter(|seed| {
                let values = series(0.7, 400, *seed);
                let reach = 1.96 * standard_deviation(&values).unwrap() / 20.0;
                (mean(&values).unwrap() - 100.0).abs() <= reach
            })
            .count();
        assert!(naive < 150, "without batches the interval is far too short: {naive}");
    }

    #[test]
    fn neighbours_that_resemble_each_other_count_less() {
        let close = |found: usize, expected: f64| (found as f64 / expected - 1.0).abs() < 0.25;
        assert!(close(effective_size(10_000, &series(0.5, 2_000, 3)), 3_333.0));
        assert!(effective_size(10_000, &series(0.0, 2_000, 3)) > 8_500);
        assert_eq!(effective_size(500, &[]), 500);
        assert_eq!(effective_size(500, &[5.0; 20]), 500);
    }

    #[test]
    fn short_series_are_refused() {
        assert!(batch_means(&[1.0; 7], 0.95).is_err());
        assert!(batch_means(&[f64::INFINITY; 9], 0.95).is_err());
        let flat = batch_means(&[3.0; 9], 0.95).unwrap();
        assert_eq!((flat.mean, flat.interval), (3.0, Interval { low: 3.0, high: 3.0 }));
    }
}
