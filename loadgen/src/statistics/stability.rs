//! Has a level settled? Only then its figures are those of the level and not of the way there.
//!
//! Two tests over the seconds of the measured phase. Trend: a line through the batch means; it drifts when the
//! slope is surely not zero and carries the series over the window by more than a tenth of its mean. Spread: the
//! batch means differ by more than a quarter of their mean.

use super::{batch_means, line, mean, standard_deviation};

/// Most drift over the window, as a share of the mean.
const MOST_DRIFT: f64 = 0.10;
/// Most spread of the batch means, as a share of the mean.
const MOST_SPREAD: f64 = 0.25;
/// How sure the slope must be of not being zero.
const CONFIDENCE: f64 = 0.99;
/// Fewest seconds that say anything.
const FEWEST: usize = 8;

/// What a series says of its level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stability {
    /// It has settled.
    Settled,
    /// It grows or falls by this share of its mean over the window.
    Drifting(f64),
    /// It swings: spread of the batch means as a share of their mean.
    Swinging(f64),
    /// Too few seconds were measured.
    TooShort(usize),
}

/// Judges the seconds of a measured phase.
pub fn stability(series: &[f64]) -> Stability {
    if series.len() < FEWEST || series.iter().any(|value| !value.is_finite()) {
        return Stability::TooShort(series.len());
    }
    let Ok(batches) = batch_means(series, CONFIDENCE) else { return Stability::TooShort(series.len()) };
    let centre = mean(&batches.means).unwrap_or_default().abs();
    if centre <= 0.0 {
        return Stability::Settled;
    }
    let points: Vec<(f64, f64)> =
        batches.means.iter().enumerate().map(|(at, value)| (at as f64, *value)).collect();
    if let Ok(trend) = line(&points, CONFIDENCE) {
        let drift = trend.slope * batches.means.len() as f64 / centre;
        if drift.abs() > MOST_DRIFT && !trend.slope_interval.holds(0.0) {
            return Stability::Drifting(drift);
        }
    }
    let spread = standard_deviation(&batches.means).unwrap_or_default() / centre;
    if batches.independent && spread > MOST_SPREAD && batches.size > 1 {
        return Stability::Swinging(spread);
    }
    Stability::Settled
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::super::bootstrap::normal;
    use super::*;

    fn noisy(level: impl Fn(f64) -> f64, noise: f64, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..60).map(|at| level(f64::from(at)) * (1.0 + noise * normal(&mut random))).collect()
    }

    #[test]
    fn a_level_that_holds_has_settled() {
        let settled =
            (0..200).filter(|seed| stability(&noisy(|_| 50.0, 0.10, *seed)) == Stability::Settled).count();
        assert!(settled >= 196, "{settled} of 200");
    }

    #[test]
    fn a_queue_that_grows_is_noticed() {
        let noticed = (0..200)
            .filter(|seed| {
                let found = stability(&noisy(|at| 50.0 + at / 3.0, 0.10, *seed));
                matches!(found, Stability::Drifting(share) if share > 0.2)
            })
            .count();
        assert!(noticed >= 196, "{noticed} of 200");
    }

    #[test]
    fn long_swings_and_short_series_are_told_apart() {
        let swing = noisy(|at| if ((at / 8.0) as u32).is_multiple_of(2) { 20.0 } else { 80.0 }, 0.02, 1);
        assert!(matches!(stability(&swing), Stability::Swinging(_)), "{:?}", stability(&swing));
        assert_eq!(stability(&[1.0; 5]), Stability::TooShort(5));
        assert_eq!(stability(&[f64::NAN; 50]), Stability::TooShort(50));
        assert_eq!(stability(&[0.0; 50]), Stability::Settled);
    }
}
