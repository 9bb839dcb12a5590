//! Which database stands behind a server that is started for the run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which database stands behind the reference server, where one is started for the run. `--database` wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Kind.
    pub kind: DatabaseKind,
    /// Image of the container, where one is started.
    pub image: String,
}

/// Kinds of databases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseKind {
    /// SQLite inside the server.
    #[default]
    Embedded,
    /// TiDB in a container of its own, one process.
    Tidb,
}

impl Default for Database {
    fn default() -> Self {
        Self { kind: DatabaseKind::Embedded, image: "pingcap/tidb:v8.5.4".to_owned() }
    }
}
