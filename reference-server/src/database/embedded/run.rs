//! Running one statement on SQLite: limits, cancelling, rows to a sink.

use std::time::Instant;

use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::pool::{Pool, Reader};
use crate::database::statement::Batch;
use crate::database::{CancelFlag, DatabaseError, Row, RunLimits, RunSummary, Sink};

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
    let outcome = read(pool, loan.reader(), sql, (limits, started), cancel, sink);
    if matches!(outcome, Err(DatabaseError::Damaged { .. })) {
        loan.spoil();
    }
    outcome
}

fn read(
    pool: &Pool,
    reader: &mut Reader,
    sql: &str,
    (limits, started): (RunLimits, Instant),
    cancel: &CancelFlag,
    sink: &mut Sink<'_>,
) -> Result<RunSummary, DatabaseError> {
    let deadline = started + limits.timeout;
    let Reader { connection, refusal } = reader;
    let explain = |error: rusqlite::Error| explain(error, pool, refusal.take(), limits, cancel);
    let flag = cancel.clone();
    let watch = move || flag.is_cancelled() || Instant::now() >= deadline;
    connection.progress_handler(STEPS, Some(watch)).map_err(explain)?;
    let mut statement = connection.prepare_cached(sql).map_err(explain)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    if names.is_empty() {
        return Err(DatabaseError::Statement { message: "it returns no columns".to_owned() });
    }
    let mut batch = Batch::new(names, pool.info, limits);
    let mut rows = statement.query([]).map_err(explain)?;
    while let Some(row) = rows.next().map_err(explain)? {
        let (row, size) = scalars(row, batch.width()).map_err(explain)?;
        if batch.add(row, size).is_break() {
            let _ = batch.take().try_for_each(&mut *sink);
            return Ok(batch.summary(true, started));
        }
        if batch.is_full() && batch.take().try_for_each(&mut *sink).is_break() {
            return Ok(batch.summary(true, started));
        }
        // Short statements may never take enough steps for the handler to look.
        if cancel.is_cancelled() {
            return Err(DatabaseError::Cancelled);
        }
    }
    let left = batch.take().try_for_each(&mut *sink).is_break();
    Ok(batch.summary(left, started))
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
