//! The embedded databases, opened.

use std::sync::Arc;

use super::{CancelFlag, DatabaseError, RunLimits, RunSummary, Sink};
use crate::config;

/// The embedded databases: pools of read-only connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Embedded(#[expect(dead_code, reason = "filled in by the next commit")] Arc<()>);

impl Embedded {
    /// Makes missing files, checks that all are whole, opens the pools. Blocking: a first start takes seconds.
    pub fn open(config: &config::Database) -> Result<Self, DatabaseError> {
        Err(DatabaseError::Damaged { path: config.directory.clone(), reason: "not made yet".to_owned() })
    }

    /// Runs one statement on a read-only connection. Blocking: call it from `spawn_blocking`.
    pub fn run(
        &self,
        _database: &str,
        _sql: &str,
        _limits: RunLimits,
        _cancel: &CancelFlag,
        _sink: &mut Sink<'_>,
    ) -> Result<RunSummary, DatabaseError> {
        Err(DatabaseError::Cancelled)
    }

    /// Version of SQLite, such as `3.50.2`.
    pub fn version(&self) -> &str {
        rusqlite::version()
    }
}
