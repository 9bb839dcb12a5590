//! The database as the rest of the program knows it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio::sync::mpsc;

use super::gate::{Gate, Pools};
use super::mysql::MySql;
use super::{
    CancelFlag, Chunk, DatabaseError, DatabaseInfo, Dialect, Embedded, Observer, RunLimits, RunSummary,
    catalog,
};
use crate::breaker::Breaker;
use crate::config::{Config, Source};

/// All databases of one source. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engine: Engine,
    /// One for each database.
    gates: Arc<[Gate]>,
    /// One for each database: the catalogue's, until another one is observed.
    schemas: Vec<ArcSwap<DatabaseInfo>>,
    /// Opens when the database fails, and not when a statement does.
    breaker: Breaker,
}

#[derive(Debug)]
enum Engine {
    Embedded(Embedded),
    MySql(MySql),
}

/// Stops the statement when whoever waits for it has left.
struct CancelOnDrop(CancelFlag);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Database {
    /// Opens what the configuration names. A first start makes the data, which takes seconds.
    ///
    /// # Errors
    /// Why there is no database to be had, and what to do about it.
    pub async fn open(config: &Config) -> Result<Self, DatabaseError> {
        let breaker = Breaker::new(config.breaker.clone());
        match &config.database.source {
            Source::Embedded => {}
            Source::Tidb => {
                let server = MySql::start(&config.database, &breaker).await?;
                return Ok(Self::over(Engine::MySql(server), config, breaker));
            }
            Source::MySql(address) => {
                let server = MySql::open(address.expose(), &config.database, &breaker).await?;
                return Ok(Self::over(Engine::MySql(server), config, breaker));
            }
        }
        let owned = config.database.clone();
        let opened = tokio::task::spawn_blocking(move || Embedded::open(&owned)).await;
        let embedded = opened.map_err(|panicked| DatabaseError::Broken { cause: panicked.to_string() })??;
        Ok(Self::embedded(embedded, config))
    }

    /// The embedded databases, opened already.
    pub fn embedded(embedded: Embedded, config: &Config) -> Self {
        Self::over(Engine::Embedded(embedded), config, Breaker::new(config.breaker.clone()))
    }

    fn over(engine: Engine, config: &Config, breaker: Breaker) -> Self {
        let (size, queue) = (config.database.pool_size, config.database.pool_queue);
        let gates = catalog().iter().map(|info| Gate::new(&info.name, size, queue)).collect();
        let schemas = catalog().iter().cloned().map(ArcSwap::from_pointee).collect();
        Self { inner: Arc::new(Inner { engine, gates, schemas, breaker }) }
    }

    /// How SQL for it is written.
    pub fn dialect(&self) -> Dialect {
        match &self.inner.engine {
            Engine::Embedded(_) => Dialect::Sqlite,
            Engine::MySql(_) => Dialect::MySql,
        }
    }

    /// What it is: `embedded`, `mysql` or `tidb`.
    pub fn kind(&self) -> &'static str {
        match &self.inner.engine {
            Engine::Embedded(_) => "embedded",
            Engine::MySql(server) => server.kind().name(),
        }
    }

    /// Version of the engine, such as `3.50.2`.
    pub fn version(&self) -> &str {
        match &self.inner.engine {
            Engine::Embedded(embedded) => embedded.version(),
            Engine::MySql(server) => server.version(),
        }
    }

    /// Whether changes of rows are noticed, so that a result can be kept until then.
    pub fn notices_changes(&self) -> bool {
        matches!(self.inner.engine, Engine::Embedded(_))
    }

    /// The databases with their tables as they are now, as far as [`Database::adopt`] was told.
    pub fn schemas(&self) -> Vec<Arc<DatabaseInfo>> {
        self.inner.schemas.iter().map(ArcSwap::load_full).collect()
    }

    /// The database of that name, as [`Database::schemas`] has it.
    pub fn schema(&self, name: &str) -> Option<Arc<DatabaseInfo>> {
        self.inner.schemas.iter().map(ArcSwap::load_full).find(|schema| schema.name == name)
    }

    /// What notices changes made by others.
    pub fn observer(&self) -> Box<dyn Observer> {
        match &self.inner.engine {
            Engine::Embedded(embedded) => Box::new(embedded.observer()),
            Engine::MySql(server) => Box::new(server.observer()),
        }
    }

    /// Takes a schema that was observed for the one that stands from now on.
    pub fn adopt(&self, schema: DatabaseInfo) {
        match &self.inner.engine {
            Engine::Embedded(embedded) => embedded.adopt(&schema),
            // The account sees what it was granted, whatever that has become.
            Engine::MySql(_) => {}
        }
        for known in self.inner.schemas.iter().filter(|known| known.load().name == schema.name) {
            known.store(Arc::new(schema.clone()));
        }
    }

    /// Gives back what is held outside this process: connections, and the container if it was started here.
    pub async fn close(&self) {
        match &self.inner.engine {
            Engine::Embedded(_) => {}
            Engine::MySql(server) => server.close().await,
        }
    }

    /// The breaker over all statements: it opens when the database can't be used, and not when a statement fails.
    pub fn breaker(&self) -> &Breaker {
        &self.inner.breaker
    }

    /// Asks for one trivial row, past the breaker and past the queue: whether the database can be used now.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&self, timeout: Duration) -> Result<(), DatabaseError> {
        let limits = RunLimits { max_rows: 1, max_bytes: 1_024, timeout };
        for gate in self.inner.gates.iter() {
            let (chunks, mut received) = mpsc::channel(2);
            match self.run_admitted(gate, "SELECT 1", limits, chunks).await {
                Err(DatabaseError::Busy { .. } | DatabaseError::QueueFull { .. }) | Ok(_) => received.close(),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How far its pools are used, for who counts.
    pub fn pools(&self) -> Pools {
        Pools::new(&self.inner.gates)
    }

    /// Statements that wait for a connection to `database`.
    pub fn waiting(&self, database: &str) -> usize {
        self.gate(database).map_or(0, Gate::waiting)
    }

    /// Statements that run on `database`.
    pub fn running(&self, database: &str) -> usize {
        self.gate(database).map_or(0, Gate::running)
    }

    /// Runs one statement on a connection that can only read.
    ///
    /// `chunks` gets the columns once, also of an empty result, then the rows. A slow receiver slows the
    /// statement down; one that is gone ends it, which is `truncated` and no error. Dropping the future stops the
    /// statement in the database. The time limit covers the wait for a connection.
    ///
    /// # Errors
    /// Why there is no result, or no more of it: after an error what was handed out is not all there is.
    pub async fn run(
        &self,
        database: &str,
        sql: &str,
        limits: RunLimits,
        chunks: mpsc::Sender<Chunk>,
    ) -> Result<RunSummary, DatabaseError> {
        let gate = self.gate(database)?;
        let permit = self.inner.breaker.admit().map_err(|open| DatabaseError::CircuitOpen {
            database: gate.database().to_owned(),
            retry_after: open.retry_after,
        })?;
        let outcome = self.run_admitted(gate, sql, limits, chunks).await;
        // What is told is the limit, not what the queue left of it.
        let outcome = match outcome {
            Err(DatabaseError::Timeout { .. }) => Err(DatabaseError::Timeout { limit: limits.timeout }),
            other => other,
        };
        match &outcome {
            Err(error) if error.is_outage() => permit.failure(),
            // A queue that is full says nothing about the database, and a late statement not whether the database or
            // the statement is to blame.
            Err(
                DatabaseError::Busy { .. } | DatabaseError::QueueFull { .. } | DatabaseError::Timeout { .. },
            ) => {
                drop(permit);
            }
            _ => permit.success(),
        }
        outcome
    }

    async fn run_admitted(
        &self,
        gate: &Gate,
        sql: &str,
        limits: RunLimits,
        chunks: mpsc::Sender<Chunk>,
    ) -> Result<RunSummary, DatabaseError> {
        let started = Instant::now();
        let slot = gate.enter(limits.timeout).await?;
        let left = limits.timeout.saturating_sub(started.elapsed()).max(Duration::from_millis(1));
        let limits = RunLimits { timeout: left, ..limits };
        let mut summary = match &self.inner.engine {
            Engine::Embedded(embedded) => {
                let (embedded, database, sql) = (embedded.clone(), gate.database(), sql.to_owned());
                let flag = CancelFlag::new();
                let _guard = CancelOnDrop(flag.clone());
                let running = tokio::task::spawn_blocking(move || {
                    // The slot is held until the thread is free, also when nobody waits any more.
                    let _slot = slot;
                    embedded.run(database, &sql, limits, &flag, &mut |chunk| hand_on(&chunks, chunk))
                });
                // The panic's own text went to the log when it happened; it must not reach a client.
                running.await.map_err(|panicked| DatabaseError::Broken { cause: panicked.to_string() })??
            }
            Engine::MySql(server) => server.run(gate.database(), sql, limits, chunks, slot).await?,
        };
        summary.elapsed = started.elapsed();
        Ok(summary)
    }

    fn gate(&self, database: &str) -> Result<&Gate, DatabaseError> {
        self.inner.gates.iter().find(|gate| gate.database() == database).ok_or_else(|| {
            let known: Vec<&str> = self.inner.gates.iter().map(Gate::database).collect();
            DatabaseError::UnknownDatabase { name: database.to_owned(), known: known.join(", ") }
        })
    }
}

fn hand_on(chunks: &mpsc::Sender<Chunk>, chunk: Chunk) -> std::ops::ControlFlow<()> {
    match chunks.blocking_send(chunk) {
        Ok(()) => std::ops::ControlFlow::Continue(()),
        Err(_) => std::ops::ControlFlow::Break(()),
    }
}
