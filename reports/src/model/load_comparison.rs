//! Two sets of load runs beside each other, as part of `compare.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which way a figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Smaller.
    Lower,
    /// Larger.
    Higher,
}

/// What can be said of one figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricVerdict {
    /// Surely worse, by more than the floor: fails the comparison.
    Worse,
    /// Surely better, by more than the floor.
    Better,
    /// No change above the floor can be told from noise.
    Same,
    /// It was not measured on both sides, so nothing is said of it.
    Unknown,
}

/// One figure on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricChange {
    /// Its name, such as `p99(query.result.intended)`.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Which way it is better.
    pub better: Better,
    /// What can be said.
    pub verdict: MetricVerdict,
    /// How it follows the generator's CPU per message, 1 being in proportion: `before` and `after` are told as at the
    /// mean of that. `None` where they are as measured.
    #[serde(default)]
    pub slope: Option<f64>,
    /// The figure of each run of the first side.
    pub before: Vec<f64>,
    /// The figure of each run of the second side.
    pub after: Vec<f64>,
    /// Median of the first side.
    pub before_median: Option<f64>,
    /// Median of the second side.
    pub after_median: Option<f64>,
    /// Hodges–Lehmann estimate of the change, 0.12 being 12 % more.
    pub effect: Option<f64>,
    /// Lower end of its 95 % interval; missing with too few runs.
    pub effect_low: Option<f64>,
    /// Upper end of its 95 % interval.
    pub effect_high: Option<f64>,
    /// Exact two-sided p of the Mann–Whitney test.
    pub p: Option<f64>,
    /// The same after Holm, to be held against `level`.
    pub p_adjusted: Option<f64>,
    /// The smallest change that this many runs with this noise show in four of five cases; missing when they
    /// can't show any.
    pub detectable: Option<f64>,
}

/// How fast the machine was, by what the generator took of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pace {
    /// Generator CPU per message in each run of the first side, microseconds.
    pub before: Vec<f64>,
    /// The same of the second side.
    pub after: Vec<f64>,
}

/// The rule that judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonRule {
    /// Level of the whole family of figures.
    pub level: f64,
    /// Least effect that counts, 0.05 being 5 %.
    pub floor: f64,
    /// Smallest p that so many runs can give.
    pub smallest_p: f64,
}

/// Two sets of load runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadComparison {
    /// Name of the scenario.
    pub scenario: String,
    /// Folders of the runs of the first side, in the order they were made.
    pub before_runs: Vec<String>,
    /// Folders of the runs of the second side.
    pub after_runs: Vec<String>,
    /// True when the runs of both sides took turns, so that a drift of the machine hits both.
    pub interleaved: bool,
    /// The rule.
    pub rule: ComparisonRule,
    /// True when so many runs can show a change at all.
    pub conclusive: bool,
    /// What so many runs can't show, as a sentence.
    pub power: String,
    /// How fast the machine was in each run; `None` where the runs do not tell, or the generator itself changed.
    #[serde(default)]
    pub pace: Option<Pace>,
    /// Every figure.
    pub metrics: Vec<MetricChange>,
    /// What differs between the runs without forbidding the comparison, as sentences.
    pub remarks: Vec<String>,
}

impl LoadComparison {
    /// Figures with `verdict`.
    pub fn of(&self, verdict: MetricVerdict) -> impl Iterator<Item = &MetricChange> {
        self.metrics.iter().filter(move |metric| metric.verdict == verdict)
    }
}
