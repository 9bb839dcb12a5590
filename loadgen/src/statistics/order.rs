//! Upper confidence bounds of percentiles by order statistics: no distribution is assumed.
//!
//! Of `n` independent values the number below the true quantile q is binomial (n, q). The value of rank `k`
//! therefore is at least the quantile with probability P(B ≤ k − 1); the bound is the smallest such rank. With too
//! few values not even the largest one is a bound: for p99 at 95 % that takes 299, because 0.99²⁹⁹ < 5 %.

use statrs::distribution::{Binomial, DiscreteCDF as _};

use super::StatisticsError;

/// Fewest independent values for an upper bound of the quantile `share` (0.99) at `confidence` (0.95).
pub fn fewest_for_quantile(share: f64, confidence: f64) -> usize {
    if share <= 0.0 {
        return 1;
    }
    if share >= 1.0 {
        return usize::MAX;
    }
    ((1.0 - confidence).ln() / share.ln()).ceil().max(1.0) as usize
}

/// Rank, from 1, of the value that is an upper bound of the quantile `share` among `size` independent values.
///
/// # Errors
/// Fewer than [`fewest_for_quantile`] values, or a share outside 0 to 1.
pub fn quantile_bound_rank(size: usize, share: f64, confidence: f64) -> Result<usize, StatisticsError> {
    const NAME: &str = "an upper bound of a percentile";
    if !(share > 0.0 && share < 1.0) {
        return Err(StatisticsError::Value { what: NAME, value: share });
    }
    let needed = fewest_for_quantile(share, confidence);
    if size < needed {
        return Err(StatisticsError::TooFew { what: NAME, needed, of: "independent values", found: size });
    }
    let below =
        Binomial::new(share, size as u64).map_err(|_| StatisticsError::Value { what: NAME, value: share })?;
    // The distribution function grows with the rank: halve until the smallest rank that is enough.
    let (mut low, mut high) = (1_u64, size as u64);
    while low < high {
        let middle = low.midpoint(high);
        if below.cdf(middle - 1) >= confidence {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(usize::try_from(low).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// G. J. Hahn and W. Q. Meeker, Statistical Intervals (1991): sizes for one-sided bounds.
    #[test]
    fn the_sizes_are_the_published_ones() {
        assert_eq!(fewest_for_quantile(0.99, 0.95), 299);
        assert_eq!(fewest_for_quantile(0.95, 0.95), 59);
        assert_eq!(fewest_for_quantile(0.90, 0.95), 29);
        assert_eq!(fewest_for_quantile(0.99, 0.99), 459);
        assert_eq!(quantile_bound_rank(299, 0.99, 0.95), Ok(299));
        let few = quantile_bound_rank(298, 0.99, 0.95).unwrap_err();
        assert_eq!(
            few.to_string(),
            "an upper bound of a percentile needs at least 299 independent values, there are 298"
        );
    }

    #[test]
    fn the_bound_lies_above_the_quantile_as_often_as_it_says() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let rank = quantile_bound_rank(1_000, 0.99, 0.95).unwrap();
        let above = (0..400)
            .filter(|_| {
                let mut values: Vec<f64> = (0..1_000).map(|_| random.random::<f64>()).collect();
                values.sort_by(f64::total_cmp);
                values[rank - 1] >= 0.99
            })
            .count();
        assert!(above >= 370, "{above} of 400");
        assert!(rank < 1_000, "a bound that is always the largest value would prove nothing");
    }

    proptest! {
        #[test]
        fn a_bound_is_a_rank_above_the_quantile(size in 1_usize..5_000, share in 0.01_f64..0.999) {
            match quantile_bound_rank(size, share, 0.95) {
                Ok(rank) => prop_assert!(rank <= size && rank as f64 >= share * size as f64),
                Err(StatisticsError::TooFew { needed, .. }) => prop_assert!(size < needed),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}
