//! Dialects of SQL.

use serde::{Deserialize, Serialize};

use crate::config::Source;

/// SQL as an engine reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// MySQL and TiDB.
    MySql,
}

impl Dialect {
    /// What the database speaks that the configuration names.
    #[must_use]
    pub const fn of(source: &Source) -> Self {
        match source {
            Source::Embedded => Self::Sqlite,
            Source::Tidb | Source::MySql(_) => Self::MySql,
        }
    }
}
