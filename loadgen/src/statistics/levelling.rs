//! Figures of runs on a machine whose speed drifts, told as at one speed.
//!
//! A shared machine is a tenth faster in one minute than in the next. A yardstick that was measured in the same runs
//! tells how fast it was: what follows it is taken out, by the median of the slopes between all pairs of runs (Theil and
//! Sen), which one odd run does not bend. The slope does not know which side a run belongs to, so runs of the same build stay
//! exchangeable, and an exact test over them stays exact.

use super::{mean, median};

/// Figures with what follows the yardstick taken out.
#[derive(Debug, Clone, PartialEq)]
pub struct Levelled {
    /// How they follow it: 0 not at all, 1 (on logarithms) in proportion.
    pub slope: f64,
    /// What is left, at the yardstick's mean.
    pub values: Vec<f64>,
}

/// Takes out of `values` what follows `yardstick`, both one for each run; a figure that falls where the yardstick rises
/// follows something else and is left as it is. `None` where nothing can be said: fewer than three runs, or no two different
/// readings of the yardstick.
pub fn level(values: &[f64], yardstick: &[f64]) -> Option<Levelled> {
    if values.len() != yardstick.len() || values.len() < 3 {
        return None;
    }
    let runs: Vec<(f64, f64)> = yardstick.iter().copied().zip(values.iter().copied()).collect();
    let slopes: Vec<f64> = runs
        .iter()
        .enumerate()
        .flat_map(|(at, one)| runs[at + 1..].iter().map(move |other| (other.1 - one.1) / (other.0 - one.0)))
        .filter(|slope| slope.is_finite())
        .collect();
    let slope = median(&slopes)?.max(0.0);
    let level = mean(yardstick)?;
    let values = runs.iter().map(|(yard, value)| value - slope * (yard - level)).collect();
    Some(Levelled { slope, values })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_follows_the_yardstick_goes_and_the_rest_stays() {
        let yardstick = [1.0, 1.1, 0.9, 1.2, 1.0];
        let values = [5.0, 5.05, 4.95, 5.1, 5.0];
        let levelled = level(&values, &yardstick).unwrap();
        assert!((levelled.slope - 0.5).abs() < 1e-9, "{levelled:?}");
        assert!(levelled.values.iter().all(|value| (value - 5.02).abs() < 1e-9), "{levelled:?}");
        let odd = level(&[5.0, 5.05, 4.95, 9.0, 5.0], &yardstick).unwrap();
        assert!((odd.slope - 0.5).abs() < 1e-9, "one odd run bends nothing: {odd:?}");
    }

    #[test]
    fn where_nothing_can_be_said_nothing_is() {
        assert_eq!(level(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(level(&[1.0, 2.0, 3.0], &[1.0, 2.0]), None);
        assert_eq!(level(&[1.0, 2.0, 3.0], &[1.0; 3]), None);
        let falling = level(&[3.0, 2.0, 1.0], &[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((falling.slope, falling.values), (0.0, vec![3.0, 2.0, 1.0]));
    }

    proptest! {
        /// What the exact test rests on: the runs may come in any order.
        #[test]
        fn the_order_of_the_runs_changes_nothing(
            runs in prop::collection::vec((0.5_f64..2.0, 0.5_f64..2.0), 3..20),
            turn in 0_usize..20,
        ) {
            let levelled = |runs: &[(f64, f64)]| {
                let (values, yardstick): (Vec<f64>, Vec<f64>) = runs.iter().copied().unzip();
                level(&values, &yardstick)
            };
            let mut turned = runs.clone();
            let turn = turn % runs.len();
            turned.rotate_left(turn);
            let (Some(plain), Some(turned)) = (levelled(&runs), levelled(&turned)) else { return Ok(()) };
            for (at, value) in plain.values.iter().enumerate() {
                let same = turned.values[(at + runs.len() - turn) % runs.len()];
                prop_assert!((value - same).abs() < 1e-9, "{value} {same}");
            }
        }
    }
}
