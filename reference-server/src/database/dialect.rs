//! Dialects of SQL.

use serde::{Deserialize, Serialize};

/// SQL as an engine reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// MySQL and TiDB.
    MySql,
}
