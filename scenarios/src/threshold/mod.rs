//! Thresholds: a small language that says what a good run is.
//!
//! ```text
//! threshold  = measure operator limit [abort]
//! measure    = statistic "(" operation [".intended"] ")"     time
//!            | "count" "(" operation ")"                     number
//!            | "rate" "(" "errors" ")"                       share of all operations
//!            | "rate" "(" operation ")"                      number per time
//!            | "growth" "(" gauge ")"                        memory or number per time
//!            | counter                                       number or memory
//! statistic  = "p50" | "p90" | "p95" | "p99" | "p999" | "max" | "mean"
//! operator   = "<" | "<=" | ">" | ">=" | "==" | "!="
//! limit      = number unit ["/" ("s" | "min" | "h")]
//! unit       = "us" | "ms" | "s" for times, "%" or none for shares, "KiB" | "MiB" | "GiB" or none (KiB) for
//!              memory, none for numbers
//! abort      = "abort" ["after" number ("ms" | "s" | "min" | "h")]
//! ```
//!
//! A bare operation is its service time: from the moment it was really begun. `.intended` counts from the
//! moment the schedule meant it, so that a stall can't hide. A counter is one of [`Counter::ALL`], or
//! `errors.CODE` for one error code; a gauge is one of [`Gauge::ALL`]. With `abort` the run ends once the limit
//! was missed for so long without a break. Missing data never passes: this is the judge's part, see the crate
//! that evaluates.

mod measure;
mod parse;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use measure::{Clock, Counter, Gauge, Measure, OPERATIONS, Statistic};
pub use parse::ThresholdError;

/// One limit on one figure, such as `p99(progress.first) < 100ms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// What is measured.
    pub measure: Measure,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub limit: Limit,
    /// How long it may be missed before the run is ended; `None` lets the run go to its end.
    pub abort: Option<Duration>,
}

/// How a figure is compared with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Operator {
    /// True when `value` keeps the limit.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
            Self::Greater => value > limit,
            Self::AtLeast => value >= limit,
            Self::Equal => value == limit,
            Self::NotEqual => value != limit,
        }
    }

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

/// The right side of a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The number as written, in `unit`.
    pub value: f64,
    /// Its unit.
    pub unit: Unit,
    /// Per which time, for rates and growth.
    pub per: Option<Per>,
}

impl Limit {
    /// A figure in base units (microseconds, share of one, KiB or number; per second) in the unit of this limit.
    pub fn of_base(&self, base: f64) -> f64 {
        self.unit.of_base(base) * self.per.map_or(1.0, Per::seconds)
    }

    /// The unit as it is written, such as `MiB/h`.
    pub fn symbol(&self) -> String {
        format!("{}{}", self.unit.symbol(), self.per.map_or("", Per::symbol))
    }
}

/// Time that a rate or a growth counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// `/s`
    Second,
    /// `/min`
    Minute,
    /// `/h`
    Hour,
}

impl Per {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Second => "/s",
            Self::Minute => "/min",
            Self::Hour => "/h",
        }
    }

    /// Its seconds.
    pub fn seconds(self) -> f64 {
        match self {
            Self::Second => 1.0,
            Self::Minute => 60.0,
            Self::Hour => 3_600.0,
        }
    }
}

/// Unit of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A bare number.
    None,
    /// `%`
    Percent,
    /// `us`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `KiB`
    Kibibytes,
    /// `MiB`
    Mebibytes,
    /// `GiB`
    Gibibytes,
}

impl Unit {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Percent => "%",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Kibibytes => "KiB",
            Self::Mebibytes => "MiB",
            Self::Gibibytes => "GiB",
        }
    }

    /// A figure in base units (microseconds, share of one, KiB, number) in this unit.
    pub fn of_base(self, base: f64) -> f64 {
        match self {
            Self::None | Self::Microseconds | Self::Kibibytes => base,
            Self::Percent => base * 100.0,
            Self::Milliseconds => base / 1_000.0,
            Self::Seconds => base / 1_000_000.0,
            Self::Mebibytes => base / 1_024.0,
            Self::Gibibytes => base / 1_048_576.0,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.symbol())
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.measure, self.operator.symbol(), self.limit)?;
        match self.abort {
            None => Ok(()),
            Some(Duration::ZERO) => f.write_str(" abort"),
            Some(delay) => write!(f, " abort after {}ms", delay.as_millis()),
        }
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        parse::threshold(text, Some(&[]))
    }
}

impl Threshold {
    /// Parses `text`, in which the operations `own` stand beside those that every run has.
    pub(crate) fn read(text: &str, own: &[String]) -> Result<Self, ThresholdError> {
        parse::threshold(text, Some(own))
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Which operations there are is known when the whole scenario is: it is judged then.
        let text = String::deserialize(deserializer)?;
        parse::threshold(&text, None).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A limit on one figure, such as `p99(progress.first) < 100ms` or `lost == 0`.",
            "examples": [
                "p99(progress.first) < 100ms",
                "rate(errors) < 0.1%",
                "lost == 0",
                "growth(server.rss) < 1MiB/h",
                "errors < 100 abort after 10s"
            ]
        })
    }
}
