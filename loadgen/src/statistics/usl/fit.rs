//! The fit.

use super::Law;
use super::least_squares::{minimise, solve};
use crate::statistics::StatisticsError;
use crate::statistics::error::finite;

/// Fewest different levels: three are the parameters, and three more show whether the law holds.
pub const FEWEST_LEVELS: usize = 6;

const NAME: &str = "a scalability fit";

/// A law fitted to levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Its parameters.
    pub law: Law,
    /// Standard deviation of throughput about the law, as a share.
    pub residual: f64,
    /// The levels (load, throughput) it was fitted to.
    pub points: Vec<(f64, f64)>,
}

impl Fit {
    /// The largest level that was measured.
    pub fn largest_level(&self) -> f64 {
        self.points.iter().map(|(load, _)| *load).fold(0.0, f64::max)
    }

    /// True when `load` lies beyond twice the largest measured level: no fit can be believed there.
    pub fn is_beyond_reach(&self, load: f64) -> bool {
        load > 2.0 * self.largest_level()
    }
}

/// Fits the law to `points` (load, throughput); a load may stand several times.
///
/// # Errors
/// Fewer than six different loads, or a figure that is not positive.
pub fn fit(points: &[(f64, f64)]) -> Result<Fit, StatisticsError> {
    for (load, throughput) in points {
        finite(NAME, &[*load, *throughput])?;
        if let Some(value) = [*load, *throughput].into_iter().find(|value| *value <= 0.0) {
            return Err(StatisticsError::Value { what: NAME, value });
        }
    }
    let mut loads: Vec<f64> = points.iter().map(|(load, _)| *load).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    if loads.len() < FEWEST_LEVELS {
        let found = loads.len();
        return Err(StatisticsError::TooFew { what: NAME, needed: FEWEST_LEVELS, of: "levels", found });
    }
    let minimum = best(points);
    let freedom = points.len().saturating_sub(3).max(1) as f64;
    Ok(Fit { law: minimum.law, residual: (minimum.squares / freedom).sqrt(), points: points.to_vec() })
}

/// The least of the minima reached from several starts: at the edges of the range there can be more than one.
pub(super) fn best(points: &[(f64, f64)]) -> super::least_squares::Minimum {
    let alone = points.iter().map(|(load, throughput)| throughput / load).fold(0.0, f64::max);
    let far = points.iter().map(|(load, _)| *load).fold(1.0, f64::max);
    let plain = Law { lambda: alone, sigma: 0.1 / far, kappa: 0.1 / (far * far) };
    let starts = [linear(points), Some(plain), Some(Law { sigma: 0.0, ..plain })];
    let reached = starts.into_iter().flatten().map(|start| minimise(points, start));
    reached.min_by(|a, b| a.squares.total_cmp(&b.squares)).unwrap_or_else(|| minimise(points, plain))
}

/// N / X is linear in 1/λ, σ/λ and κ/λ: weighted least squares give the start.
fn linear(points: &[(f64, f64)]) -> Option<Law> {
    let (mut matrix, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
    for (load, throughput) in points {
        let cost = load / throughput;
        let terms = [1.0, load - 1.0, load * (load - 1.0)];
        for row in 0..3 {
            right[row] += terms[row] / cost;
            for column in 0..3 {
                matrix[row][column] += terms[row] * terms[column] / (cost * cost);
            }
        }
    }
    let [alone, contention, coherency] = solve(matrix, right)?;
    (alone > 0.0).then(|| Law {
        lambda: 1.0 / alone,
        sigma: (contention / alone).max(0.0),
        kappa: (coherency / alone).max(0.0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// SPEC SDM91 on a Sun SPARCcenter 2000, as N. J. Gunther (Guerrilla Capacity Planning, 2007, chapter 5) and
    /// the data set `specsdm91` of R's package `usl` give it; there σ = 0.0277, κ = 0.000104, and a peak at 96.5.
    #[test]
    fn a_published_system_comes_out() {
        let points = [
            (1.0, 64.9),
            (18.0, 995.9),
            (36.0, 1652.4),
            (72.0, 1853.2),
            (108.0, 1828.9),
            (144.0, 1775.0),
            (216.0, 1702.2),
        ];
        let found = fit(&points).unwrap();
        // R fits absolute residuals, this fit relative ones, to which the lowest level matters as much as the
        // highest: contention comes out lower, the peak at the same place.
        assert!((0.01..0.04).contains(&found.law.sigma), "{found:?}");
        assert!((7e-5..1.4e-4).contains(&found.law.kappa), "{found:?}");
        assert!((85.0..108.0).contains(&found.law.peak().unwrap()), "{found:?}");
        assert!(found.is_beyond_reach(433.0) && !found.is_beyond_reach(432.0));
    }

    #[test]
    fn too_few_levels_are_refused() {
        let levels =
            |count: i32| (1..=count).map(|n| (f64::from(n), 10.0 * f64::from(n))).collect::<Vec<_>>();
        assert_eq!(
            fit(&levels(5)).unwrap_err().to_string(),
            "a scalability fit needs at least 6 levels, there are 5"
        );
        // Repeats of a level are no new level.
        let repeated: Vec<_> = levels(5).into_iter().chain(levels(5)).collect();
        assert!(fit(&repeated).is_err());
        let linear = fit(&levels(6)).unwrap();
        assert!((linear.law.lambda - 10.0).abs() < 1e-6 && linear.law.knee().is_none_or(|knee| knee > 1e4));
        assert!(fit(&[(1.0, 0.0); 8]).is_err());
    }

    proptest! {
        #[test]
        fn exact_levels_give_the_law_back(
            lambda in 0.01_f64..1e4, sigma in 0.001_f64..0.4, peak in 20.0_f64..5_000.0,
        ) {
            let law = Law { lambda, sigma, kappa: (1.0 - sigma) / (peak * peak) };
            let points: Vec<(f64, f64)> = [0.02, 0.05, 0.1, 0.3, 0.6, 1.0, 1.4]
                .map(|share| (1.0 + share * peak, law.throughput(1.0 + share * peak))).to_vec();
            let found = fit(&points).unwrap();
            prop_assert!((found.law.peak().unwrap() / peak - 1.0).abs() < 1e-2, "{:?} for {:?}", found.law, law);
            prop_assert!(found.residual < 1e-4);
        }

        #[test]
        fn no_throughputs_panic(values in proptest::collection::vec((0.0_f64..1e9, 0.0_f64..1e12), 0..12)) {
            let _ = fit(&values);
        }
    }
}
