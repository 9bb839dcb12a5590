//! The schedule of arrivals in the open model: absolute, made before anything is sent, the same for the same seed.
//!
//! A rate that changes over time is a line of pieces on which it grows or falls evenly. Its integral says how many
//! should have arrived at any moment; arrivals come where the integral passes 1, 2, 3 …, or, for independent users,
//! where it passes sums of exponentially distributed steps of mean 1.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scenarios::{Arrivals, Load};

/// A time in which the rate goes evenly from one value to another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    seconds: f64,
    from: f64,
    to: f64,
}

impl Piece {
    /// How many arrive in it.
    fn mass(&self) -> f64 {
        self.seconds * f64::midpoint(self.from, self.to)
    }

    /// Seconds after its begin at which `mass` have arrived, which is no more than all of them.
    fn at(&self, mass: f64) -> f64 {
        let slope = (self.to - self.from) / self.seconds;
        // from·t + slope·t²/2 = mass, in the form that does not cancel.
        let root = (self.from * self.from + 2.0 * slope * mass).max(0.0).sqrt();
        let t = 2.0 * mass / (self.from + root);
        if t.is_finite() { t.clamp(0.0, self.seconds) } else { 0.0 }
    }
}

/// When arrivals are due, as times after the moment from which on work is done; never falling.
#[derive(Debug)]
pub(crate) struct ArrivalTimes {
    pieces: std::vec::IntoIter<Piece>,
    piece: Piece,
    /// Seconds before the piece.
    before: f64,
    /// How many have arrived in the piece.
    passed: f64,
    chance: Option<ChaCha8Rng>,
}

impl ArrivalTimes {
    /// The arrivals of `load`, with `settle` of warm-up before a measured phase of `duration`. A trace has its own
    /// times and none here.
    pub(crate) fn new(load: &Load, settle: Duration, duration: Duration, seed: u64) -> Self {
        let (settle, duration) = (settle.as_secs_f64(), duration.as_secs_f64());
        let flat = |seconds: f64, rate: f64| Piece { seconds, from: rate, to: rate };
        let stepped = || {
            let first = load.steps.first().map_or(0.0, |step| step.rate);
            let last = load.steps.last().map_or(0.0, |step| step.rate);
            let steps = load.steps.iter().map(|step| flat(step.length.as_secs_f64(), step.rate));
            std::iter::once(flat(settle, first)).chain(steps).chain([flat(duration, last)]).collect()
        };
        let pieces: Vec<Piece> = match load.arrivals {
            Arrivals::Constant => vec![flat(settle + duration, load.rate)],
            Arrivals::Ramp => {
                vec![flat(settle, load.rate), Piece { seconds: duration, from: load.rate, to: load.to }]
            }
            Arrivals::Steps => stepped(),
            Arrivals::Poisson if !load.steps.is_empty() => stepped(),
            Arrivals::Poisson => vec![flat(settle + duration, load.rate)],
            Arrivals::Trace => Vec::new(),
        };
        let chance = (load.arrivals == Arrivals::Poisson).then(|| ChaCha8Rng::seed_from_u64(seed));
        let nothing = Piece { seconds: 0.0, from: 0.0, to: 0.0 };
        Self { pieces: pieces.into_iter(), piece: nothing, before: 0.0, passed: 0.0, chance }
    }
}

impl Iterator for ArrivalTimes {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let step = self.chance.as_mut().map_or(1.0, |rng| -(1.0 - rng.random::<f64>()).ln());
        let mut wanted = self.passed + step;
        loop {
            let mass = self.piece.mass();
            if wanted <= mass {
                self.passed = wanted;
                return Duration::try_from_secs_f64(self.before + self.piece.at(wanted)).ok();
            }
            wanted -= mass;
            self.before += self.piece.seconds;
            self.piece = self.pieces.next()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use scenarios::Step;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn times(load: Load, settle: u32, duration: u32) -> Vec<f64> {
        ArrivalTimes::new(&load, SECOND * settle, SECOND * duration, 7)
            .map(|time| time.as_secs_f64())
            .collect()
    }

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-6
    }

    #[test]
    fn constant_arrivals_are_evenly_spread() {
        let load = Load { rate: 4.0, ..Load::default() };
        let times = times(load, 1, 2);
        assert_eq!(times.len(), 12);
        assert!(times.iter().enumerate().all(|(n, t)| near(*t, (n as f64 + 1.0) / 4.0)), "{times:?}");
    }

    #[test]
    fn a_ramp_has_as_many_as_its_area() {
        let load = Load { arrivals: Arrivals::Ramp, rate: 0.0, to: 10.0, ..Load::default() };
        let times = times(load, 0, 10);
        // t²/2 arrivals after t seconds.
        assert_eq!(times.len(), 50);
        assert!(times.iter().enumerate().all(|(n, t)| near(t * t / 2.0, n as f64 + 1.0)), "{times:?}");
    }

    #[test]
    fn a_falling_ramp_ends_at_its_last_rate() {
        let load = Load { arrivals: Arrivals::Ramp, rate: 10.0, to: 0.0, ..Load::default() };
        let times = times(load, 0, 10);
        assert!((49..=50).contains(&times.len()), "{}", times.len());
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.windows(2).all(|pair| pair[0] < pair[1] + 1e-9), "{gaps:?}");
    }

    #[test]
    fn steps_follow_each_other_and_the_last_goes_on() {
        let step = |rate, seconds| Step { rate, length: SECOND * seconds };
        let load =
            Load { arrivals: Arrivals::Steps, steps: vec![step(2.0, 5), step(10.0, 2)], ..Load::default() };
        let times = times(load, 1, 10);
        let within =
            |from: f64, to: f64| times.iter().filter(|t| **t > from + 1e-9 && **t <= to + 1e-9).count();
        assert_eq!(
            (within(0.0, 1.0), within(1.0, 6.0), within(6.0, 8.0), within(8.0, 11.0)),
            (2, 10, 20, 30)
        );
    }

    #[test]
    fn independent_arrivals_keep_the_mean_and_scatter_as_they_should() {
        let load = Load { arrivals: Arrivals::Poisson, rate: 100.0, ..Load::default() };
        let times = times(load.clone(), 0, 100);
        let count = times.len() as f64;
        // 10,000 expected, with a standard deviation of 100.
        assert!((count - 10_000.0).abs() < 500.0, "{count}");
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // Exponential: the standard deviation is the mean.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.1, "{mean} {variance}");
        let again: Vec<f64> =
            ArrivalTimes::new(&load, Duration::ZERO, SECOND * 100, 7).map(|t| t.as_secs_f64()).collect();
        assert_eq!(times, again, "the same seed makes the same arrivals");
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_shape_times_never_fall_and_end(
            rates in proptest::collection::vec((0.0_f64..200.0, 0_u32..4), 0..5),
            rate in 0.0_f64..200.0, to in 0.0_f64..200.0, kind in 0_usize..4,
        ) {
            let arrivals = [Arrivals::Constant, Arrivals::Ramp, Arrivals::Steps, Arrivals::Poisson][kind];
            let steps = rates.iter().map(|(rate, seconds)| Step { rate: *rate, length: SECOND * *seconds });
            let load = Load { arrivals, rate, to, steps: steps.collect(), ..Load::default() };
            let times = times(load, 1, 3);
            proptest::prop_assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }
}
