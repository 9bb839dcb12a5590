//! The embedded databases: files that are made once and never written again, and pools of readers.
//!
//! A connection can only read: the file is opened read-only, and an authorizer refuses everything but selecting
//! from the catalogue's tables.

mod authorizer;
pub(super) mod files;
mod pool;
mod run;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{CancelFlag, DatabaseError, RunLimits, RunSummary, Sink, catalog};
use crate::config;
use files::Recipe;
use pool::Pool;

/// The embedded databases: pools of read-only connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Embedded(Arc<Vec<Pool>>);

impl Embedded {
    /// Makes missing files, checks that all are whole, opens the pools. Blocking: a first start takes seconds.
    pub fn open(config: &config::Database) -> Result<Self, DatabaseError> {
        let mut pools = Vec::new();
        for (name, recipe) in Recipe::all(config) {
            let path = files::provide(recipe, &config.directory)?;
            for info in catalog().iter().filter(|info| info.name == name) {
                pools.push(Pool::open(info, path.clone(), config.pool_size)?);
            }
        }
        Ok(Self(Arc::new(pools)))
    }

    /// Runs one statement on a read-only connection. Blocking: call it from `spawn_blocking`.
    ///
    /// The sink gets the columns once, also of an empty result, then the rows in chunks.
    pub fn run(
        &self,
        database: &str,
        sql: &str,
        limits: RunLimits,
        cancel: &CancelFlag,
        sink: &mut Sink<'_>,
    ) -> Result<RunSummary, DatabaseError> {
        let Some(pool) = self.0.iter().find(|pool| pool.info.name == database) else {
            let known: Vec<&str> = self.0.iter().map(|pool| pool.info.name.as_str()).collect();
            return Err(DatabaseError::UnknownDatabase {
                name: database.to_owned(),
                known: known.join(", "),
            });
        };
        run::run(pool, sql, limits, cancel, sink)
    }

    /// Version of SQLite, such as `3.50.2`.
    pub fn version(&self) -> &str {
        rusqlite::version()
    }
}
