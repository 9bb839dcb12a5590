//! How surely the law is known.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::fit::best;
use super::{Fit, Law};
use crate::statistics::Interval;
use crate::statistics::bootstrap::{normal, percentile_interval};

/// Share of the fits that must have a peak before an interval of it is given.
const MOSTLY: f64 = 0.9;

/// Intervals of what follows from a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncertainty {
    /// Throughput of one unit alone.
    pub lambda: Interval,
    /// Contention.
    pub sigma: Interval,
    /// Coherency.
    pub kappa: Interval,
    /// The load with the largest throughput; `None` when many of the drawn laws have no peak.
    pub peak: Option<Interval>,
    /// The knee; `None` when many of the drawn laws have none.
    pub knee: Option<Interval>,
    laws: Vec<Law>,
    confidence: f64,
}

/// The law and its band at one load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Load.
    pub load: f64,
    /// Throughput of the fitted law.
    pub throughput: f64,
    /// Where the law lies.
    pub interval: Interval,
}

/// Draws `draws` data sets about `fit` and fits each again. The same seed gives the same intervals.
pub fn uncertainty(fit: &Fit, draws: usize, confidence: f64, seed: u64) -> Uncertainty {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let freedom = fit.points.len().saturating_sub(3).max(1);
    let laws: Vec<Law> = (0..draws)
        .map(|_| {
            // s² (n − p) / χ²: few levels know their spread badly, and the intervals must say so.
            let chi_squared: f64 = (0..freedom).map(|_| normal(&mut random).powi(2)).sum();
            let spread = fit.residual * (freedom as f64 / chi_squared.max(1e-9)).sqrt();
            let drawn: Vec<(f64, f64)> = fit
                .points
                .iter()
                .map(|(load, _)| (*load, fit.law.throughput(*load) * (spread * normal(&mut random)).exp()))
                .collect();
            best(&drawn).law
        })
        .collect();
    let of = |figure: fn(&Law) -> f64| {
        percentile_interval(laws.iter().map(figure).collect(), confidence)
            .unwrap_or(Interval { low: 0.0, high: f64::INFINITY })
    };
    let mostly = |figure: fn(&Law) -> Option<f64>| {
        let known: Vec<f64> = laws.iter().filter_map(figure).collect();
        let enough = known.len() as f64 >= MOSTLY * laws.len() as f64;
        enough.then(|| percentile_interval(known, confidence)).flatten()
    };
    Uncertainty {
        lambda: of(|law| law.lambda),
        sigma: of(|law| law.sigma),
        kappa: of(|law| law.kappa),
        peak: mostly(Law::peak),
        knee: mostly(Law::knee),
        laws,
        confidence,
    }
}

impl Uncertainty {
    /// Where the law of `fit` lies at `load`.
    pub fn band(&self, fit: &Fit, load: f64) -> Band {
        let throughput = fit.law.throughput(load);
        let drawn = self.laws.iter().map(|law| law.throughput(load)).collect();
        let interval = percentile_interval(drawn, self.confidence)
            .unwrap_or(Interval { low: throughput, high: throughput });
        Band { load, throughput, interval }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit;
    use super::*;

    const TRUTH: Law = Law { lambda: 0.5, sigma: 0.000_2, kappa: 1.2e-7 };
    const LEVELS: [f64; 8] = [100.0, 200.0, 400.0, 800.0, 1_600.0, 2_400.0, 3_200.0, 4_000.0];

    fn measured(seed: u64) -> Fit {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let points: Vec<(f64, f64)> =
            LEVELS.iter().map(|n| (*n, TRUTH.throughput(*n) * (0.02 * normal(&mut random)).exp())).collect();
        fit(&points).unwrap()
    }

    /// Known parameters lie within the fit's own 95 % intervals in at least 93 % of synthetic runs.
    #[test]
    fn known_parameters_are_recovered() {
        const RUNS: u64 = 300;
        let mut held = [0_u64; 5];
        for seed in 0..RUNS {
            let fitted = measured(seed);
            let unsure = uncertainty(&fitted, 200, 0.95, seed + 1_000);
            let band = unsure.band(&fitted, 2_000.0);
            let inside = [
                unsure.lambda.holds(TRUTH.lambda),
                unsure.sigma.holds(TRUTH.sigma),
                unsure.kappa.holds(TRUTH.kappa),
                unsure.peak.is_none_or(|peak| peak.holds(TRUTH.peak().unwrap())),
                band.interval.holds(TRUTH.throughput(2_000.0)),
            ];
            for (count, inside) in held.iter_mut().zip(inside) {
                *count += u64::from(inside);
            }
        }
        println!("λ, σ, κ, N*, band held in {held:?} of {RUNS}");
        assert!(held.iter().all(|held| *held * 100 >= RUNS * 93), "{held:?} of {RUNS}");
    }

    #[test]
    fn the_seed_decides_and_the_band_holds_the_law() {
        let fitted = measured(3);
        let unsure = uncertainty(&fitted, 100, 0.95, 9);
        assert_eq!(unsure, uncertainty(&fitted, 100, 0.95, 9));
        for load in LEVELS {
            let band = unsure.band(&fitted, load);
            assert!(band.interval.holds(band.throughput), "{band:?}");
        }
        let (near, far) = (unsure.band(&fitted, 1_600.0), unsure.band(&fitted, 12_000.0));
        let width = |band: Band| (band.interval.high - band.interval.low) / band.throughput;
        assert!(width(near) < width(far), "beyond the levels less is known");
    }
}
