//! Logs and traces.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// The log, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Form of its lines.
    pub format: LogFormat,
    /// What is logged: a level, or directives such as `info,reference_server::mcp=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "warn".to_owned() }
    }
}

/// OpenTelemetry traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Base URL of an OTLP/HTTP collector, such as `http://127.0.0.1:4318`; without it nothing is traced.
    pub otlp_endpoint: Option<String>,
    /// Service name; the tier is added to it.
    pub service_name: String,
    /// Share of traces that begin here and are kept, from 0 to 1.
    pub sample_ratio: f64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { otlp_endpoint: None, service_name: "tidegate".to_owned(), sample_ratio: 1.0 }
    }
}
