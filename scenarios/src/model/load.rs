//! Who decides when something is sent.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Closed or open, and how work arrives in the open one.
///
/// Closed: each session has its own schedule. Open: arrivals come on one absolute schedule, whatever the server
/// does; each takes a free session, and is dropped and counted when there is none. What arrives are questions,
/// or heartbeats where the scenario asks none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// Closed or open.
    pub model: Model,
    /// How arrivals are spread over time.
    pub arrivals: Arrivals,
    /// Arrivals a second; the first of a ramp.
    #[schemars(range(min = 0.0))]
    pub rate: f64,
    /// Arrivals a second at the end of a ramp.
    #[schemars(range(min = 0.0))]
    pub to: f64,
    /// The steps, one after the other; the last one goes on.
    pub steps: Vec<Step>,
    /// File of recorded arrivals, beside the scenario, with the columns `t,session,question`: seconds since
    /// its begin, any name of a session, the id of a question or its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// Who decides when something is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Each session for itself.
    #[default]
    Closed,
    /// One schedule of arrivals, whatever the server does.
    Open,
}

/// How arrivals are spread over time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// Evenly, `rate` a second.
    #[default]
    Constant,
    /// Evenly, from `rate` to `to` a second over the measured phase.
    Ramp,
    /// Evenly, by `steps`.
    Steps,
    /// At random with the mean `rate`, or that of `steps`: as independent users come.
    Poisson,
    /// As recorded in `trace`.
    Trace,
}

/// A time with its rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Arrivals a second.
    #[schemars(range(min = 0.0))]
    pub rate: f64,
    /// How long.
    #[serde(rename = "for", with = "humantime_serde")]
    #[schemars(with = "String")]
    pub length: Duration,
}
