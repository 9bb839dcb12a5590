//! How far the parts inside a target were used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far the parts inside a target were used in the measured phase, as its own page of figures tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InsideFigures {
    /// Pools of database connections, by database.
    #[serde(default)]
    pub pools: Vec<PlaceFigures>,
    /// Places for queries that run at one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<PlaceFigures>,
    /// Stages of queries, by agent.
    #[serde(default)]
    pub stages: Vec<StageFigures>,
}

/// Places of which there are only so many; means over the measured phase, from a look a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceFigures {
    /// What they are for.
    pub name: String,
    /// How many there are.
    pub size: f64,
    /// How many were taken.
    pub taken: f64,
    /// How many waited for one.
    pub waiting: f64,
}

/// A stage of the queries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageFigures {
    /// The agent.
    pub agent: String,
    /// How often it came to its end.
    pub count: u64,
    /// Its mean time, microseconds.
    pub mean_us: u64,
}
