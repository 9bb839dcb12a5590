//! Think times: how long a user waits before the next question.

use std::time::Duration;

use rand::Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Span;

/// Standard normal quantile of 95 %.
const Z95: f64 = 1.644_853_626_951_472_2;

/// The distribution of a time, drawn from a generator that the caller seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawThinkTime", into = "RawThinkTime")]
pub enum ThinkTime {
    /// Always the same.
    Constant(Duration),
    /// Every time between two limits as likely as any other.
    Uniform(Span),
    /// Without memory, as independent users are: most are short, some are long.
    Exponential {
        /// Mean.
        mean: Duration,
        /// Longer ones are cut to this.
        max: Option<Duration>,
    },
    /// As people are: a typical time and a long tail.
    LogNormal {
        /// Half are shorter.
        median: Duration,
        /// One in twenty is longer.
        p95: Duration,
        /// Longer ones are cut to this.
        max: Option<Duration>,
    },
}

impl ThinkTime {
    /// Draws one.
    pub fn draw(&self, rng: &mut impl Rng) -> Duration {
        match *self {
            Self::Constant(value) => value,
            Self::Uniform(Span { min, max }) => {
                min + max.saturating_sub(min).mul_f64(rng.random_range(0.0..=1.0))
            }
            Self::Exponential { mean, max } => {
                // 1 − u lies in (0, 1]: its logarithm is finite.
                let share = -(1.0 - rng.random::<f64>()).ln();
                capped(mean, share, max)
            }
            Self::LogNormal { median, p95, max } => {
                let sigma = sigma(median, p95);
                // Box and Muller.
                let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * rng.random::<f64>()).cos();
                capped(median, (sigma * normal).exp(), max)
            }
        }
    }

    /// The shortest that can be drawn.
    pub fn shortest(&self) -> Duration {
        match *self {
            Self::Constant(value) => value,
            Self::Uniform(span) => span.min,
            Self::Exponential { .. } | Self::LogNormal { .. } => Duration::ZERO,
        }
    }

    /// The mean, tails that are cut off left out of account.
    pub fn mean(&self) -> Duration {
        match *self {
            Self::Constant(value) => value,
            Self::Uniform(Span { min, max }) => (min + max) / 2,
            Self::Exponential { mean, .. } => mean,
            Self::LogNormal { median, p95, .. } => {
                let sigma = sigma(median, p95);
                median.mul_f64((sigma * sigma / 2.0).exp())
            }
        }
    }

    /// What can't be used, in words.
    pub(crate) fn unusable(&self) -> Option<String> {
        let longest = super::validate::DAY;
        let too_long = |what: &str, value: Duration| {
            (value > longest).then(|| format!("{what} {value:?} is longer than a day"))
        };
        match *self {
            Self::Constant(value) => too_long("value", value),
            Self::Uniform(Span { min, max }) if min > max => {
                Some(format!("min {min:?} is longer than max {max:?}"))
            }
            Self::Uniform(span) => too_long("max", span.max),
            Self::Exponential { mean, .. } if mean.is_zero() => {
                Some("mean must be longer than zero".to_owned())
            }
            Self::Exponential { mean, max } => {
                too_long("mean", mean).or_else(|| too_long("max", max.unwrap_or_default()))
            }
            Self::LogNormal { median, p95, .. } if median.is_zero() || p95 < median => {
                Some(format!("median {median:?} must be longer than zero and not longer than p95 {p95:?}"))
            }
            Self::LogNormal { p95, max, .. } => {
                too_long("p95", p95).or_else(|| too_long("max", max.unwrap_or_default()))
            }
        }
    }
}

fn sigma(median: Duration, p95: Duration) -> f64 {
    (p95.as_secs_f64() / median.as_secs_f64().max(f64::MIN_POSITIVE)).ln() / Z95
}

/// `factor` times `base`, at most `max`, at most ten thousand times the base: a float has tails that time has not.
fn capped(base: Duration, factor: f64, max: Option<Duration>) -> Duration {
    let drawn = base.mul_f64(factor.clamp(0.0, 10_000.0));
    max.map_or(drawn, |max| drawn.min(max))
}

/// Which distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Distribution {
    /// Always `value`.
    Constant,
    /// Evenly between `min` and `max`.
    Uniform,
    /// Exponential with `mean`.
    Exponential,
    /// Log-normal with `median` and `p95`.
    Lognormal,
}

/// A think time as it is written: `{ min, max }` for an even one, else `distribution` with its figures.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "ThinkTime")]
pub(super) struct RawThinkTime {
    /// `constant` (`value`), `uniform` (`min`, `max`), `exponential` (`mean`) or `lognormal` (`median`, `p95`);
    /// the one that the figures fit when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution: Option<Distribution>,
    /// Of a constant time: itself.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    value: Option<Duration>,
    /// Of a uniform time: the shortest.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    min: Option<Duration>,
    /// Of a uniform time: the longest. Of the others: longer ones are cut to this.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    max: Option<Duration>,
    /// Of an exponential time: the mean.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    mean: Option<Duration>,
    /// Of a log-normal time: half are shorter.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    median: Option<Duration>,
    /// Of a log-normal time: one in twenty is longer.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    p95: Option<Duration>,
}

impl RawThinkTime {
    /// The figures that are there, by name.
    fn figures(&self) -> [(&'static str, Option<Duration>); 6] {
        [
            ("value", self.value),
            ("min", self.min),
            ("max", self.max),
            ("mean", self.mean),
            ("median", self.median),
            ("p95", self.p95),
        ]
    }
}

impl TryFrom<RawThinkTime> for ThinkTime {
    type Error = String;

    /// Without a distribution the figures say which one it is: half a table may stand in one file, the other half
    /// in what it extends.
    fn try_from(raw: RawThinkTime) -> Result<Self, String> {
        let named = raw.distribution.is_some();
        let distribution = raw.distribution.unwrap_or_else(|| {
            if raw.mean.is_some() {
                Distribution::Exponential
            } else if raw.median.is_some() || raw.p95.is_some() {
                Distribution::Lognormal
            } else if raw.value.is_some() {
                Distribution::Constant
            } else {
                Distribution::Uniform
            }
        });
        let (name, own): (&str, &[&str]) = match distribution {
            Distribution::Constant => ("constant", &["value"]),
            Distribution::Uniform => ("uniform", &["min", "max"]),
            Distribution::Exponential => ("exponential", &["mean", "max"]),
            Distribution::Lognormal => ("lognormal", &["median", "p95", "max"]),
        };
        let strange = raw.figures().into_iter().find(|(key, value)| value.is_some() && !own.contains(key));
        if let Some((key, _)) = strange {
            return Err(format!("think time `{name}` has no `{key}`, it takes {}", own.join(", ")));
        }
        let needed = |key: &str, value: Option<Duration>| match value {
            Some(value) => Ok(value),
            None if named => Err(format!("think time `{name}` needs `{key}`")),
            None => Ok(Duration::from_secs(1)),
        };
        Ok(match distribution {
            Distribution::Constant => Self::Constant(needed("value", raw.value)?),
            Distribution::Uniform => {
                let min = raw.min.unwrap_or_default();
                Self::Uniform(Span { min, max: raw.max.unwrap_or(min) })
            }
            Distribution::Exponential => Self::Exponential { mean: needed("mean", raw.mean)?, max: raw.max },
            Distribution::Lognormal => Self::LogNormal {
                median: needed("median", raw.median)?,
                p95: needed("p95", raw.p95)?,
                max: raw.max,
            },
        })
    }
}

impl From<ThinkTime> for RawThinkTime {
    fn from(time: ThinkTime) -> Self {
        let none = Self::default();
        match time {
            ThinkTime::Constant(value) => {
                Self { distribution: Some(Distribution::Constant), value: Some(value), ..none }
            }
            ThinkTime::Uniform(Span { min, max }) => {
                Self { distribution: Some(Distribution::Uniform), min: Some(min), max: Some(max), ..none }
            }
            ThinkTime::Exponential { mean, max } => {
                Self { distribution: Some(Distribution::Exponential), mean: Some(mean), max, ..none }
            }
            ThinkTime::LogNormal { median, p95, max } => Self {
                distribution: Some(Distribution::Lognormal),
                median: Some(median),
                p95: Some(p95),
                max,
                ..none
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn drawn(time: ThinkTime, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn: Vec<f64> = (0..20_000).map(|_| time.draw(&mut rng).as_secs_f64()).collect();
        drawn.sort_by(f64::total_cmp);
        drawn
    }

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 0.05 * expected, "{actual} is not {expected}");
    }

    #[test]
    fn each_distribution_has_its_figures_and_the_same_seed_draws_the_same() {
        let exponential = ThinkTime::Exponential { mean: SECOND * 4, max: None };
        let lognormal = ThinkTime::LogNormal { median: SECOND * 5, p95: SECOND * 20, max: None };
        let uniform = ThinkTime::Uniform(Span { min: SECOND, max: SECOND * 3 });
        let mean = |times: &[f64]| times.iter().sum::<f64>() / 20_000.0;
        let times = drawn(exponential, 7);
        near(mean(&times), 4.0);
        near(times[10_000], 4.0 * std::f64::consts::LN_2);
        let times = drawn(lognormal, 7);
        near(times[10_000], 5.0);
        near(times[19_000], 20.0);
        near(mean(&times), lognormal.mean().as_secs_f64());
        let times = drawn(uniform, 7);
        near(mean(&times), 2.0);
        assert!(times[0] >= 1.0 && times[19_999] <= 3.0);
        assert_eq!(drawn(ThinkTime::Constant(SECOND), 7), vec![1.0; 20_000]);
        assert_eq!(drawn(lognormal, 9), drawn(lognormal, 9));
        assert_ne!(drawn(lognormal, 9), drawn(lognormal, 10));
    }

    #[test]
    fn a_tail_is_cut_where_it_is_said() {
        let time = ThinkTime::Exponential { mean: SECOND, max: Some(SECOND * 2) };
        assert_eq!(drawn(time, 1)[19_999], 2.0);
    }
}
