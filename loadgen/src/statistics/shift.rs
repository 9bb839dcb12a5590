//! Hodges and Lehmann's estimate of the shift between two samples, with its exact interval.
//!
//! The estimate is the median of all pairwise differences. The interval lies between the differences of rank
//! `c` from both ends, `c − 1` being the largest U whose tail is at most half of what may be missed: exactly the
//! shifts that the Mann–Whitney test would not reject (Lehmann, Nonparametrics, 1975, section 2.6).

use super::error::finite;
use super::{Interval, StatisticsError, critical_u, median};

/// A shift from the first sample to the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The median of the pairwise differences.
    pub estimate: f64,
    /// Where it lies with the confidence asked for; `None` when there are too few values for any.
    pub interval: Option<Interval>,
}

/// The shift from `first` to `second`, with an interval of at least `confidence`.
///
/// # Errors
/// An empty sample, or a value that is no number.
pub fn hodges_lehmann(first: &[f64], second: &[f64], confidence: f64) -> Result<Shift, StatisticsError> {
    const NAME: &str = "the shift between two sets of runs";
    finite(NAME, first)?;
    finite(NAME, second)?;
    let mut differences: Vec<f64> =
        second.iter().flat_map(|after| first.iter().map(move |before| after - before)).collect();
    differences.sort_by(f64::total_cmp);
    let estimate = median(&differences).ok_or(StatisticsError::TooFew {
        what: NAME,
        needed: 1,
        of: "runs a side",
        found: 0,
    })?;
    let tail = (1.0 - confidence) / 2.0;
    let interval = critical_u(first.len(), second.len(), tail)
        .filter(|critical| 2 * critical < differences.len())
        .map(|critical| Interval {
            low: differences[critical],
            high: differences[differences.len() - 1 - critical],
        });
    Ok(Shift { estimate, interval })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::mann_whitney;

    /// Hollander and Wolfe (1973), the placenta example: an estimate of 0.305, an interval of −0.15 to 0.76.
    #[test]
    fn a_published_example_comes_out() {
        let x = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let y = [1.15, 0.88, 0.90, 0.74, 1.21];
        let shift = hodges_lehmann(&y, &x, 0.95).unwrap();
        assert!((shift.estimate - 0.305).abs() < 1e-9, "{shift:?}");
        let interval = shift.interval.unwrap();
        assert!((interval.low + 0.15).abs() < 1e-9 && (interval.high - 0.76).abs() < 1e-9, "{shift:?}");
    }

    #[test]
    fn too_few_runs_have_no_interval() {
        assert_eq!(hodges_lehmann(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0.95).unwrap().interval, None);
        assert!(hodges_lehmann(&[], &[1.0], 0.95).is_err());
    }

    proptest! {
        /// The interval holds exactly the shifts that the test does not reject.
        #[test]
        fn interval_and_test_agree(
            first in proptest::collection::vec(0.0_f64..100.0, 5..9),
            second in proptest::collection::vec(0.0_f64..100.0, 5..9),
            shift in -50.0_f64..50.0,
        ) {
            let interval = hodges_lehmann(&first, &second, 0.95).unwrap().interval.unwrap();
            let moved: Vec<f64> = second.iter().map(|value| value - shift).collect();
            let p = mann_whitney(&first, &moved).unwrap().p;
            let inside = interval.low < shift && shift < interval.high;
            prop_assert_eq!(inside, p > 0.05, "{} in {:?}, p {}", shift, interval, p);
        }

        #[test]
        fn the_estimate_moves_with_the_sample(
            first in proptest::collection::vec(0.0_f64..100.0, 1..9),
            by in -50.0_f64..50.0,
        ) {
            let moved: Vec<f64> = first.iter().map(|value| value + by).collect();
            let shift = hodges_lehmann(&first, &moved, 0.95).unwrap();
            prop_assert!((shift.estimate - by).abs() < 1e-6);
        }
    }
}
