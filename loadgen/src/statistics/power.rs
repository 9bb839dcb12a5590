//! How small a change so many runs can show: said before anybody reads "no change" as "nothing changed".
//!
//! By simulation of the very rule that judges: both sides are drawn with the spread that the runs have, the
//! second one changed; it counts as shown when U is beyond its critical value and the estimated effect reaches the
//! floor. The smallest change that is shown often enough is found by halving.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::bootstrap::normal;
use super::{critical_u, median};

/// Draws for each change that is tried.
const DRAWS: usize = 300;
/// Largest change that is tried, as a logarithm: beyond that the noise is the news.
const LARGEST: f64 = 2.0;

/// How runs are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Design {
    /// Runs of the first side.
    pub first: usize,
    /// Runs of the second side.
    pub second: usize,
    /// Level of one test, two-sided: the family's divided by its size is what Holm asks of the first one.
    pub level: f64,
    /// Least effect that counts, as a share.
    pub floor: f64,
    /// How often the change must be shown.
    pub power: f64,
}

/// The smallest change, as a share (0.08 being 8 %), that `design` shows when the logarithms of the runs have the
/// standard deviation `spread`. `None` when so few runs can't show a change of any size, or the spread hides
/// every one.
pub fn smallest_detectable(design: &Design, spread: f64, seed: u64) -> Option<f64> {
    let critical = critical_u(design.first, design.second, design.level / 2.0)?;
    if !spread.is_finite() || spread < 0.0 {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut side = |runs: usize| -> Vec<f64> { (0..runs).map(|_| spread * normal(&mut random)).collect() };
    let draws: Vec<(Vec<f64>, Vec<f64>)> =
        (0..DRAWS).map(|_| (side(design.first), side(design.second))).collect();
    let enough = |change: f64| {
        let shown = draws.iter().filter(|(a, b)| shows(a, b, change, critical, design.floor)).count();
        shown as f64 >= design.power * DRAWS as f64
    };
    let (mut low, mut high) = (0.0, LARGEST);
    if !enough(high) {
        return None;
    }
    while high - low > 0.001 {
        let middle = f64::midpoint(low, high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high.exp_m1())
}

fn shows(first: &[f64], second: &[f64], change: f64, critical: usize, floor: f64) -> bool {
    let differences: Vec<f64> =
        second.iter().flat_map(|after| first.iter().map(move |before| after + change - before)).collect();
    let below = differences.iter().filter(|difference| **difference < 0.0).count();
    below <= critical && median(&differences).is_some_and(|effect| effect.exp_m1() >= floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(runs: usize, level: f64) -> Design {
        Design { first: runs, second: runs, level, floor: 0.05, power: 0.8 }
    }

    #[test]
    fn more_runs_show_less_and_more_noise_shows_more() {
        let of = |runs, spread| smallest_detectable(&design(runs, 0.05 / 6.0), spread, 1).unwrap();
        assert!(of(10, 0.03) < of(6, 0.03) && of(6, 0.03) < of(6, 0.06));
        // Without noise the floor is the limit.
        assert!((of(10, 0.0) - 0.05).abs() < 0.005, "{}", of(10, 0.0));
        // Normal theory: (z of 1 − 0.05/12 + z of 0.8) · 0.05 · √(2/10) / √0.955 = 0.080.
        assert!((of(10, 0.05) - 0.083).abs() < 0.02, "{}", of(10, 0.05));
    }

    #[test]
    fn too_few_runs_show_nothing() {
        assert_eq!(smallest_detectable(&design(3, 0.05), 0.01, 1), None);
        assert_eq!(smallest_detectable(&design(5, 0.05 / 8.0), 0.01, 1), None);
        assert!(smallest_detectable(&design(5, 0.05 / 6.0), 0.01, 1).is_some());
        assert_eq!(smallest_detectable(&design(10, 0.05), f64::NAN, 1), None);
    }
}
