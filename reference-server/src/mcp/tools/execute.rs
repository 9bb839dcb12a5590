//! `execute_query_tool`: one read-only statement, guarded, capped, cancellable, streamed when asked.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::collect::Collected;
use super::results::{Kept, Key, Results};
use super::{Piece, schema_of, unavailable, unknown_database};
use crate::config::Config;
use crate::database::{Database, DatabaseError, Row, RunLimits};
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

/// Chunks between the database and the answer.
const CHUNKS: usize = 2;

/// Runs statements.
#[derive(Debug)]
pub(crate) struct Executor {
    config: Arc<Config>,
    database: Database,
    results: Results,
}

impl Executor {
    pub(super) fn new(config: &Arc<Config>, database: Database) -> Self {
        // Rows that may change unnoticed are asked for anew.
        let room = if database.notices_changes() { config.database.result_cache_bytes } else { 0 };
        Self { config: Arc::clone(config), database, results: Results::new(room) }
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Lets go of results of a database whose rows changed.
    pub(super) fn forget(&self, database: &str) {
        self.results.forget(database);
    }

    pub(super) async fn call(
        &self,
        arguments: Arguments,
        pieces: mpsc::Sender<Piece>,
    ) -> Result<Value, TierError> {
        let database = schema_of(&self.database, &arguments.database)?;
        let statement = guard::admit(
            &arguments.query,
            &database,
            self.database.dialect(),
            self.config.database.max_sql_bytes,
        )
        .map_err(|refusal| refused(&refusal))?;
        let key = Key {
            database: database.name.clone(),
            generation: self.results.generation(&database.name),
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

    async fn run(
        &self,
        key: &Key,
        timeout_ms: Option<u64>,
        pieces: Option<mpsc::Sender<Piece>>,
    ) -> Result<Arc<Kept>, TierError> {
        let limit = self.config.database.statement_timeout;
        let timeout = timeout_ms.map_or(limit, |asked| limit.min(Duration::from_millis(asked.max(1))));
        let limits = RunLimits { max_rows: key.max_rows, max_bytes: key.max_bytes, timeout };
        let (chunks, received) = mpsc::channel(CHUNKS);
        let span = tracing::error_span!(
            "sql",
            otel.kind = "client",
            db.system.name = self.database.kind(),
            db.namespace = key.database,
            db.query.text = key.sql,
        );
        let (summary, collected) = tokio::join!(
            self.database.run(&key.database, &key.sql, limits, chunks).instrument(span),
            Collected::new(pieces, self.results.largest()).drain(received),
        );
        let finished = collected.finish(summary.map_err(|error| failed(&error))?);
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
        DatabaseError::Busy { database, .. } | DatabaseError::QueueFull { database, .. } => busy(database),
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
        // Addresses and what the server says are for the log as well.
        DatabaseError::Unavailable { .. } => {
            tracing::warn!(%error, "database unavailable");
            let user_message = "The database can't be reached at the moment. Please try again.";
            unavailable("unreachable", "the database can't be reached", user_message)
        }
        DatabaseError::CircuitOpen { retry_after, .. } => {
            let user_message = "The database can't be reached at the moment. Please try again.";
            let mut error =
                unavailable("circuit_open", "the database is not well, calls are held back", user_message);
            if let Some(details) = &mut error.details {
                details["retry_after"] = json!(retry_after.as_secs() + 1);
            }
            error
        }
        other => TierError::internal(other),
    }
}
