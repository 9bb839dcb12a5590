//! What every file of a run begins with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of a file format. The version grows when a field changes its meaning or goes away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaId {
    /// Name of the format, such as `tidegate.conformance`.
    pub name: String,
    /// Version of the format, from 1.
    pub version: u32,
}

impl SchemaId {
    /// The schema `name` in version `version`.
    pub fn new(name: &str, version: u32) -> Self {
        Self { name: name.to_owned(), version }
    }
}

/// Where a run took place. What could not be found out is `None`, never a guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Operating system and architecture, such as `linux x86_64`.
    pub platform: String,
    /// Logical processors this process may use.
    pub cores: usize,
    /// Physical memory in MiB.
    pub memory_mib: Option<u64>,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Build profile of the instrument: `release` or `debug`.
    pub build: String,
}

/// The fields common to every JSON file of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Format of this file.
    pub schema: SchemaId,
    /// Version of the tool that wrote it.
    pub tool_version: String,
    /// Seed of everything random in the run.
    pub seed: u64,
    /// Start of the run (UTC).
    pub started_at: jiff::Timestamp,
    /// The effective configuration, secrets redacted.
    pub config: serde_json::Value,
    /// Machine and build.
    pub environment: Environment,
}
