//! Thresholds: a small language that says what a good run is.
//!
//! ```text
//! threshold  = measure operator limit
//! measure    = statistic "(" operation [".intended"] ")"     time
//!            | "count" "(" operation ")"                     number
//!            | "rate" "(" "errors" ")"                       share of all operations
//!            | counter                                       number
//! statistic  = "p50" | "p90" | "p95" | "p99" | "p999" | "max" | "mean"
//! operator   = "<" | "<=" | ">" | ">=" | "==" | "!="
//! limit      = number with "us", "ms" or "s" for times; with "%" (or none) for shares; bare for numbers
//! ```
//!
//! A bare operation is its service time: from the moment it was really begun. `.intended` counts from the
//! moment the schedule meant it, so that a stall can't hide. A counter is one of [`Counter::ALL`], or
//! `errors.CODE` for one error code. Missing data never passes: this is the judge's part, see the crate
//! that evaluates.

mod measure;
mod parse;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use measure::{Clock, Counter, Measure, OPERATIONS, Statistic};
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
        }
    }

    /// A figure in base units (microseconds, share of one, number) in this unit.
    pub fn of_base(self, base: f64) -> f64 {
        match self {
            Self::None | Self::Microseconds => base,
            Self::Percent => base * 100.0,
            Self::Milliseconds => base / 1_000.0,
            Self::Seconds => base / 1_000_000.0,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, self.unit.symbol())
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.measure, self.operator.symbol(), self.limit)
    }
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        parse::threshold(text)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
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
            "examples": ["p99(progress.first) < 100ms", "rate(errors) < 0.1%", "lost == 0"]
        })
    }
}
