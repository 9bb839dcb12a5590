//! Mann and Whitney's test of two samples, exact, ties included.
//!
//! Under the null hypothesis every choice of `m` of the `m + n` pooled values for the first sample is equally
//! likely. The number of choices with a given rank sum is counted by dynamic programming over the pooled values;
//! ranks are doubled so that the mid-ranks of ties are whole numbers. Nothing is approximated: without ties this
//! is the table of Mann and Whitney (1947), with ties the permutation distribution given the ties.

use super::StatisticsError;
use super::error::finite;

/// Most runs of both sides together: up to there the number of choices fits into 64 bits.
pub const MOST_RUNS: usize = 60;

const NAME: &str = "the Mann-Whitney test";

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which the value of the second sample is the larger one, ties counted half.
    pub u: f64,
    /// Probability of a U at least this far from its expectation when both samples are of one distribution.
    pub p: f64,
}

/// Tests `first` against `second`, two-sided.
///
/// # Errors
/// An empty sample, more than [`MOST_RUNS`] values, or a value that is no number.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> Result<MannWhitney, StatisticsError> {
    for sample in [first, second] {
        finite(NAME, sample)?;
        if sample.is_empty() {
            return Err(StatisticsError::TooFew { what: NAME, needed: 1, of: "runs a side", found: 0 });
        }
    }
    let all = first.len() + second.len();
    if all > MOST_RUNS {
        return Err(StatisticsError::TooMany { what: NAME, most: MOST_RUNS, of: "runs", found: all });
    }
    let ranks = doubled_ranks(first, second);
    let counts = ways(&ranks, second.len());
    let sum: usize = ranks[first.len()..].iter().sum();
    let centre = second.len() * (all + 1);
    let distance = sum.abs_diff(centre);
    let total: u64 = counts.iter().sum();
    let far: u64 =
        counts.iter().enumerate().filter(|(at, _)| at.abs_diff(centre) >= distance).map(|(_, n)| n).sum();
    let least = second.len() * (second.len() + 1);
    Ok(MannWhitney { u: (sum - least) as f64 / 2.0, p: far as f64 / total as f64 })
}

/// The smallest two-sided p that `first` against `second` runs can give: with fewer runs nothing can be shown.
pub fn smallest_p(first: usize, second: usize) -> f64 {
    let choices =
        (1..=second.min(first)).fold(1.0, |ways, k| ways * (first + second + 1 - k) as f64 / k as f64);
    (2.0 / choices).min(1.0)
}

/// The largest U with P(U ≤ u) at most `tail` without ties; `None` when even U = 0 is likelier.
pub fn critical_u(first: usize, second: usize, tail: f64) -> Option<usize> {
    if first == 0 || second == 0 || first + second > MOST_RUNS {
        return None;
    }
    let ranks: Vec<usize> = (1..=first + second).map(|rank| rank * 2).collect();
    let counts = ways(&ranks, second);
    let total: u64 = counts.iter().sum();
    let least = second * (second + 1);
    let mut below = 0_u64;
    let mut critical = None;
    for u in 0..=first * second {
        below += counts.get(least + 2 * u).copied().unwrap_or(0);
        if below as f64 / total as f64 > tail {
            break;
        }
        critical = Some(u);
    }
    critical
}

/// Twice the rank of each value in the pooled sample, the first sample first; ties share their mean rank.
fn doubled_ranks(first: &[f64], second: &[f64]) -> Vec<usize> {
    let pooled: Vec<f64> = first.iter().chain(second).copied().collect();
    let rank = |value: &f64| {
        let below = pooled.iter().filter(|other| *other < value).count();
        let same = pooled.iter().filter(|other| *other == value).count();
        2 * below + same + 1
    };
    pooled.iter().map(rank).collect()
}

/// How many choices of `chosen` of `ranks` have each sum.
fn ways(ranks: &[usize], chosen: usize) -> Vec<u64> {
    let most: usize = {
        let mut sorted = ranks.to_vec();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted.iter().take(chosen).sum()
    };
    let mut table = vec![vec![0_u64; most + 1]; chosen + 1];
    table[0][0] = 1;
    for (seen, rank) in ranks.iter().enumerate() {
        // From the fullest choice down, so that each value is taken at most once.
        for taken in (0..chosen.min(seen + 1)).rev() {
            let (smaller, larger) = table.split_at_mut(taken + 1);
            let (from, to) = (&smaller[taken], &mut larger[0]);
            for (sum, ways) in from.iter().enumerate().take((most + 1).saturating_sub(*rank)) {
                if *ways > 0 {
                    to[sum + rank] += ways;
                }
            }
        }
    }
    table.swap_remove(chosen)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lower_tail(m: usize, n: usize, u: usize) -> f64 {
        let ranks: Vec<usize> = (1..=m + n).map(|rank| rank * 2).collect();
        let counts = ways(&ranks, n);
        let total: u64 = counts.iter().sum();
        counts[..=n * (n + 1) + 2 * u].iter().sum::<u64>() as f64 / total as f64
    }

    /// H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18 (1947), table I.
    #[test]
    fn the_null_distribution_is_the_published_table() {
        for (m, n, u, p) in [
            (3, 3, 0, 0.050),
            (4, 4, 0, 0.014),
            (4, 4, 1, 0.029),
            (5, 5, 0, 0.004),
            (5, 5, 2, 0.016),
            (5, 5, 4, 0.048),
            (8, 8, 13, 0.025),
            (8, 8, 15, 0.041),
        ] {
            assert!((lower_tail(m, n, u) - p).abs() < 6e-4, "{m} {n} {u}: {}", lower_tail(m, n, u));
        }
    }

    /// Two-sided critical values at 5 % as printed in every table, such as S. Siegel's (1956), table K.
    #[test]
    fn critical_values_are_the_published_ones() {
        for (n, critical) in [(5, 2), (6, 5), (7, 8), (8, 13), (9, 17), (10, 23), (12, 37), (20, 127)] {
            assert_eq!(critical_u(n, n, 0.025), Some(critical), "{n}");
        }
        assert_eq!(critical_u(3, 3, 0.025), None);
    }

    /// M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods (1973): water transfer in the human
    /// placenta. R's help page of `wilcox.test` has W = 35 and a one-sided p of 0.1272.
    #[test]
    fn a_published_example_comes_out() {
        let x = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let y = [1.15, 0.88, 0.90, 0.74, 1.21];
        let found = mann_whitney(&y, &x).unwrap();
        assert_eq!(found.u, 35.0);
        assert!((found.p - 0.2544).abs() < 2e-4, "{found:?}");
    }

    #[test]
    fn the_smallest_p_is_that_of_full_separation() {
        for (m, n) in [(1, 1), (3, 3), (5, 5), (4, 7), (10, 10)] {
            let low: Vec<f64> = (0..m).map(f64::from).collect();
            let high: Vec<f64> = (0..n).map(|k| 1_000.0 + f64::from(k)).collect();
            let found = mann_whitney(&low, &high).unwrap();
            assert!((found.p - smallest_p(low.len(), high.len())).abs() < 1e-12, "{m} {n}");
        }
        assert!((smallest_p(5, 5) - 2.0 / 252.0).abs() < 1e-15);
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        assert!(matches!(mann_whitney(&[], &[1.0]), Err(StatisticsError::TooFew { .. })));
        assert!(matches!(mann_whitney(&[f64::NAN], &[1.0]), Err(StatisticsError::Value { .. })));
        assert!(matches!(mann_whitney(&[1.0; 40], &[1.0; 40]), Err(StatisticsError::TooMany { .. })));
        assert_eq!(mann_whitney(&[1.0; 30], &[1.0; 30]).unwrap().p, 1.0);
    }

    /// Every choice enumerated: the definition itself.
    fn by_enumeration(first: &[f64], second: &[f64]) -> f64 {
        let ranks = doubled_ranks(first, second);
        let (n, all) = (second.len(), ranks.len());
        let centre = n * (all + 1);
        let observed = ranks[first.len()..].iter().sum::<usize>().abs_diff(centre);
        let (mut far, mut total) = (0_u32, 0_u32);
        for choice in 0_u32..1 << all {
            if choice.count_ones() as usize != n {
                continue;
            }
            let sum: usize = (0..all).filter(|at| choice >> at & 1 == 1).map(|at| ranks[at]).sum();
            total += 1;
            far += u32::from(sum.abs_diff(centre) >= observed);
        }
        f64::from(far) / f64::from(total)
    }

    proptest! {
        #[test]
        fn ties_are_counted_as_enumeration_counts_them(
            first in proptest::collection::vec(0_u8..6, 1..6),
            second in proptest::collection::vec(0_u8..6, 1..6),
        ) {
            let floats = |values: &[u8]| values.iter().copied().map(f64::from).collect::<Vec<_>>();
            let (first, second) = (floats(&first), floats(&second));
            let found = mann_whitney(&first, &second).unwrap();
            prop_assert!((found.p - by_enumeration(&first, &second)).abs() < 1e-12);
        }

        #[test]
        fn sides_can_be_changed_and_monotone_scales_do_not_matter(
            first in proptest::collection::vec(0.1_f64..1e6, 1..12),
            second in proptest::collection::vec(0.1_f64..1e6, 1..12),
        ) {
            let there = mann_whitney(&first, &second).unwrap();
            let back = mann_whitney(&second, &first).unwrap();
            prop_assert!((there.p - back.p).abs() < 1e-12);
            prop_assert!((there.u + back.u - (first.len() * second.len()) as f64).abs() < 1e-9);
            let log = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<_>>();
            prop_assert_eq!(mann_whitney(&log(&first), &log(&second)).unwrap().u, there.u);
        }
    }
}
