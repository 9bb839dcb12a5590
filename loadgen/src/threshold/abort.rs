//! Ending a run whose threshold is broken beyond hope.
//!
//! A state machine fed by ticks: it knows no clock. A threshold with `abort after 10s` ends the run once its limit
//! was missed at every tick for ten seconds; one tick that keeps it begins the time anew. Missing data ends
//! nothing: early in a run there is none yet, and at the end it fails anyway. Neither does a figure that is still too
//! uncertain to tell.

use std::time::Duration;

use scenarios::threshold::Threshold;

use super::{Figures, is_missed, judge};

/// A threshold that ended the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The threshold.
    pub threshold: Threshold,
    /// What was measured last, with its unit.
    pub actual: String,
    /// For how long it had been missed.
    pub missed_for: Duration,
}

/// Watches the thresholds that may end a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    watched: Vec<Watched>,
}

#[derive(Debug, Clone, PartialEq)]
struct Watched {
    threshold: Threshold,
    delay: Duration,
    missed_since: Option<Duration>,
}

impl Watch {
    /// Watches those of `thresholds` that abort.
    pub fn new(thresholds: &[Threshold]) -> Self {
        let watched = thresholds.iter().filter_map(|threshold| {
            let delay = threshold.abort?;
            Some(Watched { threshold: threshold.clone(), delay, missed_since: None })
        });
        Self { watched: watched.collect() }
    }

    /// True when no threshold can end the run.
    pub fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// A tick at `now`, on any clock that only goes forward. The first threshold that ends the run, if one does.
    pub fn tick(&mut self, now: Duration, figures: &impl Figures) -> Option<Broken> {
        self.watched.iter_mut().find_map(|watched| watched.tick(now, figures))
    }
}

impl Watched {
    fn tick(&mut self, now: Duration, figures: &impl Figures) -> Option<Broken> {
        let threshold = &self.threshold;
        if !is_missed(threshold, figures) {
            self.missed_since = None;
            return None;
        }
        let missed_for = now.saturating_sub(*self.missed_since.get_or_insert(now));
        (missed_for >= self.delay).then(|| Broken {
            threshold: threshold.clone(),
            actual: judge(threshold, figures).actual,
            missed_for,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scenarios::threshold::Measure;

    use super::super::Figure;
    use super::*;

    /// One figure for everything.
    struct All(Option<f64>);

    impl Figures for All {
        fn figure(&self, _: &Measure) -> Option<Figure> {
            self.0.map(Figure::exact)
        }
    }

    /// The second at which `values`, one a second, end a run with `threshold`.
    fn ended(threshold: &str, values: &[Option<f64>]) -> Option<usize> {
        let mut watch = Watch::new(&[threshold.parse().unwrap()]);
        (0..values.len())
            .find(|second| watch.tick(Duration::from_secs(*second as u64), &All(values[*second])).is_some())
    }

    #[test]
    fn only_a_limit_missed_without_a_break_ends_the_run() {
        let of = |text: &str| -> Vec<Option<f64>> {
            text.chars().map(|c| c.to_digit(10).map(f64::from)).collect()
        };
        for (threshold, values, expected) in [
            ("errors < 5 abort after 3s", "000999999", Some(6)),
            ("errors < 5 abort after 3s", "9990999", None),
            ("errors < 5 abort after 3s", "99909999", Some(7)),
            ("errors < 5 abort after 3s", "99.9999", Some(6)),
            ("errors < 5 abort", "0049", Some(3)),
            ("errors < 5", "999999", None),
            ("errors < 5 abort", "......", None),
            ("sessions.peak >= 5 abort after 1s", "0055", Some(1)),
        ] {
            assert_eq!(ended(threshold, &of(values)), expected, "{threshold} on {values}");
        }
    }

    #[test]
    fn what_ended_the_run_is_told() {
        let mut watch = Watch::new(&["p99(progress.first) < 100ms abort after 2s".parse().unwrap()]);
        assert!(!watch.is_idle());
        assert!(watch.tick(Duration::from_secs(7), &All(Some(250_000.0))).is_none());
        let broken = watch.tick(Duration::from_secs(10), &All(Some(340_000.0))).unwrap();
        assert_eq!((broken.actual.as_str(), broken.missed_for), ("340ms", Duration::from_secs(3)));
        assert!(Watch::new(&["lost == 0".parse().unwrap()]).is_idle());
    }

    proptest! {
        #[test]
        fn a_limit_that_is_kept_never_ends_a_run(values in proptest::collection::vec(0.0_f64..5.0, 0..60)) {
            let values: Vec<_> = values.into_iter().map(Some).collect();
            prop_assert_eq!(ended("errors < 5 abort", &values), None);
        }
    }
}
