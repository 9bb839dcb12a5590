//! `execute_query_tool`: one read-only statement, guarded, capped, cancellable, streamed when asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::collect::Collected;
use super::results::{Kept, Key, Results};
use super::{Piece, database, unavailable, unknown_database};
use crate::config::Config;
use crate::database::{CancelFlag, DatabaseError, Embedded, Row, RunLimits, catalog};
use crate::listener::TierError;
use crate::mcp::guard;

#[derive(Debug, Deserialize)]
pub(super) struct Arguments {
    database: String,
    #[serde(alias = "sql")]
    query: String,
    /// Clamped to the configured cap.
    #[serde(default)]
    max_rows: Option<u64>,
    /// Rows in pieces as they come, instead of all in the answer.
    #[serde(default)]
    stream: bool,
    /// Clamped to the configured limit.
    #[serde(default)]
    timeout_ms: Option<u64>,
}

/// Runs statements, at most as many at a time as there are connections.
#[derive(Debug)]
pub(crate) struct Executor {
    config: Arc<Config>,
    embedded: Embedded,
    /// One place for each connection of each database: a thread that would only wait for one is not taken.
    slots: BTreeMap<&'static str, Arc<Semaphore>>,
    waiting: AtomicUsize,
    results: Results,
}

/// Stops the statement when the call is dropped.
struct CancelOnDrop(CancelFlag);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// One in the queue for a slot.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Executor {
    pub(super) fn new(config: &Arc<Config>, embedded: Embedded) -> Self {
        let size = config.database.pool_size.clamp(1, Semaphore::MAX_PERMITS);
        let slots = catalog()
            .iter()
            .map(|database| (database.name.as_str(), Arc::new(Semaphore::new(size))))
            .collect();
        Self {
            config: Arc::clone(config),
            embedded,
            slots,
            waiting: AtomicUsize::new(0),
            results: Results::new(config.database.result_cache_bytes),
        }
    }

    pub(super) fn database_version(&self) -> &str {
        self.embedded.version()
    }

    pub(super) async fn call(
        &self,
        arguments: Arguments,
        pieces: mpsc::Sender<Piece>,
    ) -> Result<Value, TierError> {
        let database = database(&arguments.database)?;
        let statement = guard::admit(&arguments.query, database, self.config.database.max_sql_bytes)
            .map_err(|refusal| refused(&refusal))?;
        let key = Key {
            database: &database.name,
            sql: statement.sql().to_owned(),
            max_rows: arguments.max_rows.unwrap_or(u64::MAX).clamp(1, self.config.database.max_rows),
            max_bytes: if arguments.stream { u64::MAX } else { self.config.limits.result_bytes as u64 },
        };
        let pieces = arguments.stream.then_some(pieces);
        let (kept, cached) = match self.results.find(&key) {
            Some(kept) => {
                if let Some(pieces) = &pieces {
                    replay(&kept, pieces).await;
                }
                (kept, true)
            }
            None => (self.run(&key, arguments.timeout_ms, pieces).await?, false),
        };
        let rows: Vec<&Row> =
            if arguments.stream { Vec::new() } else { kept.pieces.iter().flatten().collect() };
        Ok(json!({
            "database": key.database,
            "sql": key.sql,
            "columns": kept.columns,
            "rows": rows,
            "row_count": kept.summary.row_count,
            "truncated": kept.summary.truncated,
            "streamed": arguments.stream,
            "cached": cached,
            "elapsed_ms": milliseconds(kept.summary.elapsed),
        }))
    }

    /// A place among those that run; the queue for it is bounded in length and time.
    async fn slot(&self, database: &str, timeout: Duration) -> Result<OwnedSemaphorePermit, TierError> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.config.limits.max_queued_queries {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(busy(database));
        }
        let _waiting = Waiting(&self.waiting);
        let Some(slots) = self.slots.get(database) else { return Err(unknown_database(database)) };
        match tokio::time::timeout(timeout, Arc::clone(slots).acquire_owned()).await {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(closed)) => Err(TierError::internal(&closed)),
            Err(_) => Err(busy(database)),
        }
    }

    async fn run(
        &self,
        key: &Key,
        timeout_ms: Option<u64>,
        pieces: Option<mpsc::Sender<Piece>>,
    ) -> Result<Arc<Kept>, TierError> {
        let limit = self.config.database.statement_timeout;
        let timeout = timeout_ms.map_or(limit, |asked| limit.min(Duration::from_millis(asked.max(1))));
        let began = Instant::now();
        let slot = self.slot(key.database, timeout).await?;
        let limits = RunLimits {
            max_rows: key.max_rows,
            max_bytes: key.max_bytes,
            timeout: timeout.saturating_sub(began.elapsed()).max(Duration::from_millis(1)),
        };
        let flag = CancelFlag::new();
        let _guard = CancelOnDrop(flag.clone());
        let (embedded, database, sql) = (self.embedded.clone(), key.database, key.sql.clone());
        let mut collected = Collected::new(pieces, self.results.largest());
        let running = tokio::task::spawn_blocking(move || {
            // The slot is held until the thread is free again, also when nobody waits for the result any more.
            let _slot = slot;
            let summary = embedded.run(database, &sql, limits, &flag, &mut |chunk| collected.take(chunk))?;
            Ok(collected.finish(summary))
        });
        let finished = match running.await {
            Ok(finished) => finished.map_err(|error| failed(&error))?,
            // The panic's own text went to the log when it happened; it must not reach the client.
            Err(panicked) => return Err(TierError::internal(&panicked)),
        };
        let kept = Arc::new(finished.kept);
        if finished.whole {
            self.results.keep(key.clone(), Arc::clone(&kept));
        }
        Ok(kept)
    }
}

/// Hands a kept result on as if it came from the database.
async fn replay(kept: &Kept, pieces: &mpsc::Sender<Piece>) {
    let columns = Piece { columns: Some(kept.columns.clone()), rows: Vec::new() };
    let rows = kept.pieces.iter().map(|rows| Piece { columns: None, rows: rows.clone() });
    for piece in std::iter::once(columns).chain(rows) {
        if pieces.send(piece).await.is_err() {
            // The receiver left.
            return;
        }
    }
}

/// A duration in milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

fn busy(database: &str) -> TierError {
    let message = format!("database `{database}` is busy");
    unavailable("busy", &message, "The database is busy. Please try again in a moment.")
}

fn refused(refusal: &guard::Refusal) -> TierError {
    TierError::new("QUERY_REJECTED", format!("statement refused: {refusal}"))
        .with_details(json!({ "reason": refusal.reason() }))
}

fn failed(error: &DatabaseError) -> TierError {
    match error {
        DatabaseError::UnknownDatabase { name, .. } => unknown_database(name),
        DatabaseError::Timeout { limit } => TierError::new("QUERY_TIMEOUT", error.to_string())
            .with_details(json!({ "limit_ms": u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) })),
        DatabaseError::Busy { database, .. } => busy(database),
        DatabaseError::Cancelled => TierError::new("QUERY_FAILED", "the statement was cancelled")
            .with_details(json!({ "reason": "cancelled" })),
        DatabaseError::Forbidden { .. } => {
            TierError::new("QUERY_REJECTED", error.to_string()).with_details(json!({ "reason": "forbidden" }))
        }
        DatabaseError::Statement { message } => {
            TierError::new("QUERY_FAILED", format!("the statement failed: {message}"))
        }
        // Files and folders are nobody else's business: they are in the log.
        DatabaseError::Damaged { .. } => {
            tracing::error!(%error, "database damaged");
            unavailable("damaged", "the database can't be used", "The database can't be used at the moment.")
        }
        other => TierError::internal(other),
    }
}
