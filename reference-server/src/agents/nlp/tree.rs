//! The typed query tree.

use serde::Serialize;

/// What a question means, before any SQL.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryTree {
    /// Database.
    pub database: String,
    /// Tables, the first is what is counted or summed.
    pub tables: Vec<String>,
}

/// SQL dialects a tree can be rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// MySQL and TiDB.
    MySql,
}

impl QueryTree {
    /// The statement, for one dialect.
    pub fn render(&self, _dialect: Dialect) -> String {
        String::new()
    }
}
