//! MySQL and TiDB: one server that holds all databases.
//!
//! The account in the configuration sets things up: it makes databases and rows where they are missing, and the
//! account `tidegate_reader`, which may SELECT and nothing else. Every statement runs as that one. A connection
//! that was left in the middle of a result is never used again: its statement is killed and it is dropped.

mod account;
mod connection;
mod container;
mod load;
mod observer;
mod pool;
mod run;
mod values;

use std::sync::Arc;

use mysql_async::Opts;
use mysql_async::prelude::Queryable;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};

use super::{Chunk, DatabaseError, Observer, RunLimits, RunSummary, catalog};
use crate::breaker::Breaker;
use crate::config;
use connection::{Connector, unavailable};
pub use container::{Container, ContainerPlan};
use observer::ServerObserver;
use pool::Pool;

/// A server. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct MySql(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    version: String,
    pools: Vec<Arc<Pool>>,
    /// Kept as long as the server is ours.
    container: Mutex<Option<Container>>,
}

/// What a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    MySql,
    Tidb,
}

impl Kind {
    /// Its name in health and logs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::Tidb => "tidb",
        }
    }
}

impl MySql {
    /// Starts a TiDB in a container, and sets it up.
    pub(super) async fn start(config: &config::Database, breaker: &Breaker) -> Result<Self, DatabaseError> {
        let container = Container::start(&ContainerPlan::default()).await?;
        let opened = Self::open(&container.url(), config, breaker).await?;
        *opened.0.container.lock().await = Some(container);
        Ok(opened)
    }

    /// Connects to the server at `url`, makes what is missing, and finds the account that only reads.
    pub(super) async fn open(
        url: &str,
        config: &config::Database,
        breaker: &Breaker,
    ) -> Result<Self, DatabaseError> {
        let opts = Opts::from_url(url).map_err(|error| DatabaseError::Setup {
            address: "database.source".to_owned(),
            cause: error.to_string(),
        })?;
        let setup = Connector::setup(opts);
        let mut conn = setup.connect().await?;
        let version: Option<String> = conn
            .query_first("SELECT VERSION()")
            .await
            .map_err(|error| unavailable(setup.address(), &error))?;
        let (kind, version) = identify(&version.unwrap_or_default());
        load::provide(&mut conn, &setup, config).await?;
        let reader = account::reader(&mut conn, &setup, config).await?;
        if let Err(error) = conn.disconnect().await {
            tracing::debug!(%error, "set-up connection");
        }
        let pools = catalog()
            .iter()
            .map(|info| {
                let connector = Connector::reader(&setup, &reader, kind, info, config.statement_timeout);
                Arc::new(Pool::new(info, connector, breaker.clone()))
            })
            .collect();
        Ok(Self(Arc::new(Inner { kind, version, pools, container: Mutex::new(None) })))
    }

    pub(super) fn kind(&self) -> Kind {
        self.0.kind
    }

    pub(super) fn version(&self) -> &str {
        &self.0.version
    }

    /// Runs one statement; `slot` is given back when the server is done with it.
    pub(super) async fn run(
        &self,
        database: &str,
        sql: &str,
        limits: RunLimits,
        chunks: mpsc::Sender<Chunk>,
        slot: OwnedSemaphorePermit,
    ) -> Result<RunSummary, DatabaseError> {
        let Some(pool) = self.0.pools.iter().find(|pool| pool.info().name == database) else {
            let known: Vec<&str> = self.0.pools.iter().map(|pool| pool.info().name.as_str()).collect();
            return Err(DatabaseError::UnknownDatabase {
                name: database.to_owned(),
                known: known.join(", "),
            });
        };
        run::run(pool, sql, limits, &chunks, slot).await
    }

    /// Notices what others change in the tables.
    pub(super) fn observer(&self) -> impl Observer + 'static {
        ServerObserver::new(&self.0.pools)
    }

    /// Closes idle connections and removes the container, if there is one.
    pub(super) async fn close(&self) {
        for pool in &self.0.pools {
            pool.close().await;
        }
        if let Some(container) = self.0.container.lock().await.take() {
            container.remove().await;
        }
    }
}

/// `8.0.11-TiDB-v8.5.4` is TiDB v8.5.4, anything else MySQL or its kin.
fn identify(version: &str) -> (Kind, String) {
    match version.split_once("-TiDB-") {
        Some((_, own)) => (Kind::Tidb, own.to_owned()),
        None => (Kind::MySql, version.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_by_its_version() {
        assert_eq!(identify("8.0.11-TiDB-v8.5.4"), (Kind::Tidb, "v8.5.4".to_owned()));
        assert_eq!(identify("8.4.3"), (Kind::MySql, "8.4.3".to_owned()));
    }
}
