//! Running one statement: limits, cancelling, rows to a sink.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pool::{Pool, Reader};
use super::{ColumnKind, DatabaseError, DatabaseInfo, kinds};

/// Caps of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Most rows handed out; more are cut off and the summary says so.
    pub max_rows: u64,
    /// Most bytes of rows (as JSON) handed out; more are cut off and the summary says so.
    pub max_bytes: u64,
    /// Longest time, waiting for a connection included.
    pub timeout: Duration,
}

/// One column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultColumn {
    /// Name or alias. An alias that ends in `_cents` is money.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: ColumnKind,
}

/// One row of a result: JSON scalars.
pub type Row = Vec<Value>;

/// What a sink is given: once the columns, then rows (none for an empty result).
#[derive(Debug, Clone, PartialEq)]
pub enum Chunk {
    /// The columns; always first, exactly once.
    Columns(Vec<ResultColumn>),
    /// Some rows: at most 200, at most about 32 KiB.
    Rows(Vec<Row>),
}

/// How a statement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSummary {
    /// Rows handed out.
    pub row_count: u64,
    /// Whether a cap or the sink cut the rest off.
    pub truncated: bool,
    /// Time from call to end.
    pub elapsed: Duration,
}

/// Where the pieces of a result go. `Break` ends the statement; that is `truncated`, not an error.
pub type Sink<'a> = dyn FnMut(Chunk) -> ControlFlow<()> + 'a;

/// Cancels a statement from another thread. Clones share one state; it can't be taken back.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the running statement, if any, and every later one run with this flag.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was set.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Steps of SQLite's machine between two looks at flag and clock: about 50 µs.
const STEPS: i32 = 2_000;

/// Runs `sql` on a reader. The flag and the deadline are looked at from inside the running statement: an
/// interrupt from outside would be lost if it came before the first step.
pub(super) fn run(
    pool: &Pool,
    sql: &str,
    limits: RunLimits,
    cancel: &CancelFlag,
    sink: &mut Sink<'_>,
) -> Result<RunSummary, DatabaseError> {
    let started = Instant::now();
    let deadline = started + limits.timeout;
    let mut loan = pool.checkout(deadline, cancel)?;
    let Reader { connection, refusal } = loan.reader();
    let explain = |error: rusqlite::Error| explain(error, pool, refusal.take(), limits, cancel);
    let flag = cancel.clone();
    let watch = move || flag.is_cancelled() || Instant::now() >= deadline;
    connection.progress_handler(STEPS, Some(watch)).map_err(explain)?;
    let mut statement = connection.prepare_cached(sql).map_err(explain)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    if names.is_empty() {
        return Err(DatabaseError::Statement { message: "it returns no columns".to_owned() });
    }
    let mut batch = Batch { names, database: pool.info, rows: Vec::new(), bytes: 0, announced: false };
    let (mut row_count, mut bytes, mut truncated) = (0, 0, false);
    let mut rows = statement.query([]).map_err(explain)?;
    while let Some(row) = rows.next().map_err(explain)? {
        let (row, size) = scalars(row, batch.names.len()).map_err(explain)?;
        bytes += size;
        if row_count == limits.max_rows || bytes > limits.max_bytes {
            truncated = true;
            break;
        }
        row_count += 1;
        if batch.add(row, size, sink).is_break() {
            return Ok(RunSummary { row_count, truncated: true, elapsed: started.elapsed() });
        }
        // Short statements may never take enough steps for the handler to look.
        if cancel.is_cancelled() {
            return Err(DatabaseError::Cancelled);
        }
    }
    truncated |= batch.flush(sink).is_break();
    Ok(RunSummary { row_count, truncated, elapsed: started.elapsed() })
}

/// Rows on their way to the sink.
struct Batch {
    names: Vec<String>,
    database: &'static DatabaseInfo,
    rows: Vec<Row>,
    bytes: u64,
    announced: bool,
}

impl Batch {
    fn add(&mut self, row: Row, bytes: u64, sink: &mut Sink<'_>) -> ControlFlow<()> {
        self.rows.push(row);
        self.bytes += bytes;
        if self.rows.len() < 200 && self.bytes < 32 * 1024 {
            ControlFlow::Continue(())
        } else {
            self.flush(sink)
        }
    }

    fn flush(&mut self, sink: &mut Sink<'_>) -> ControlFlow<()> {
        if !self.announced {
            self.announced = true;
            sink(Chunk::Columns(kinds::columns(&self.names, &self.rows, self.database)))?;
        }
        if self.rows.is_empty() {
            return ControlFlow::Continue(());
        }
        self.bytes = 0;
        sink(Chunk::Rows(std::mem::take(&mut self.rows)))
    }
}

/// A row as JSON scalars, and about how many bytes of JSON it is.
fn scalars(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<(Row, u64)> {
    let mut values = Vec::with_capacity(columns);
    let mut bytes = 2;
    for at in 0..columns {
        let (value, size) = match row.get_ref(at)? {
            ValueRef::Null => (Value::Null, 4),
            ValueRef::Integer(number) => (Value::from(number), 8),
            ValueRef::Real(number) => (Value::from(number), 16),
            ValueRef::Text(text) => {
                (Value::from(String::from_utf8_lossy(text).into_owned()), text.len() as u64 + 2)
            }
            ValueRef::Blob(blob) => {
                let hex: String = blob.iter().map(|byte| format!("{byte:02x}")).collect();
                let size = hex.len() as u64 + 2;
                (Value::from(hex), size)
            }
        };
        values.push(value);
        bytes += size + 1;
    }
    Ok((values, bytes))
}

fn explain(
    error: rusqlite::Error,
    pool: &Pool,
    refused: Option<String>,
    limits: RunLimits,
    cancel: &CancelFlag,
) -> DatabaseError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) if cancel.is_cancelled() => DatabaseError::Cancelled,
        Some(ErrorCode::OperationInterrupted) => DatabaseError::Timeout { limit: limits.timeout },
        Some(ErrorCode::AuthorizationForStatementDenied) => {
            DatabaseError::Forbidden { reason: refused.unwrap_or_else(|| error.to_string()) }
        }
        Some(ErrorCode::ReadOnly) => DatabaseError::Forbidden { reason: "only SELECT can be run".to_owned() },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::SystemIoFailure) => {
            DatabaseError::Damaged { path: pool.path.clone(), reason: error.to_string() }
        }
        _ => match refused {
            // Some refusals come as an error of their own, such as "no such table" of a hidden one.
            Some(reason) => DatabaseError::Forbidden { reason },
            None => DatabaseError::Statement { message: message(error) },
        },
    }
}

/// SQLite's own words, without the statement (which the caller has) and without a trailing full stop.
fn message(error: rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => format!("{msg} (at byte {offset})"),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        other => other.to_string(),
    }
}
