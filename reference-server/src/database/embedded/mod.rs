//! The embedded databases: files that are made once and never written again by this program, and pools of readers.
//! Another process may change them; `observer` notices.
//!
//! A connection can only read: the file is opened read-only, and an authorizer refuses everything but selecting
//! from the catalogue's tables.

mod authorizer;
pub(super) mod files;
mod observer;
mod pool;
mod record;
mod run;
mod schema;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{CancelFlag, DatabaseError, DatabaseInfo, Observer, RunLimits, RunSummary, Sink, catalog};
use crate::config;
use files::Recipe;
use observer::FileObserver;
use pool::Pool;

/// The embedded databases: pools of read-only connections. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Embedded(Arc<Vec<Pool>>);

impl Embedded {
    /// Makes missing files, checks that all are whole, opens the pools. Blocking: a first start takes seconds.
    pub fn open(config: &config::Database) -> Result<Self, DatabaseError> {
        let mut pools = Vec::new();
        // Side by side: reading a file to check it is most of a start.
        let provided = std::thread::scope(|scope| {
            let provide =
                |(name, recipe)| (name, scope.spawn(move || files::provide(recipe, &config.directory)));
            Recipe::all(config).map(provide).map(|(name, thread)| (name, thread.join()))
        });
        for (name, path) in provided {
            let broken = |_| DatabaseError::Broken { cause: format!("{name} could not be provided") };
            let path = path.map_err(broken)??;
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

    /// Notices what other processes change in the files.
    pub(super) fn observer(&self) -> impl Observer + 'static {
        let files = self.0.iter().map(|pool| (pool.path.clone(), pool.info));
        FileObserver::new(files)
    }

    /// Lets statements read the tables that are there now.
    pub(super) fn adopt(&self, info: &DatabaseInfo) {
        for pool in self.0.iter().filter(|pool| pool.info.name == info.name) {
            pool.tables.replace(info);
        }
    }

    /// Version of SQLite, such as `3.50.2`.
    pub fn version(&self) -> &str {
        rusqlite::version()
    }
}
