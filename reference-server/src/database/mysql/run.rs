//! Running one statement on a server: limits, rows to a channel, what errors mean.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use mysql_async::prelude::Queryable;
use mysql_async::{BinaryProtocol, Error, QueryResult, ServerError};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::connection::{one_line, unavailable};
use super::pool::{Lease, Pool};
use super::values;
use crate::database::statement::Batch;
use crate::database::{Chunk, DatabaseError, RunLimits, RunSummary};

/// How a result ended.
enum End {
    /// Read to its end; the connection is as good as new.
    Whole(RunSummary),
    /// Left in the middle.
    Cut(RunSummary),
}

/// Why there is none.
enum Failure {
    /// The server refused the statement; the connection is fine.
    Refused(DatabaseError),
    /// The connection broke before it handed out anything.
    Early(DatabaseError),
    /// It broke in the middle.
    Inside(DatabaseError),
}

/// Runs `sql`. A connection that died while it was idle is replaced once; nothing was handed out by then, and
/// the statement only reads.
pub(super) async fn run(
    pool: &Arc<Pool>,
    sql: &str,
    limits: RunLimits,
    chunks: &mpsc::Sender<Chunk>,
    slot: OwnedSemaphorePermit,
) -> Result<RunSummary, DatabaseError> {
    let started = Instant::now();
    let mut slot = slot;
    loop {
        let left = limits.timeout.saturating_sub(started.elapsed());
        let connected = AtomicBool::new(false);
        let attempt = async {
            let mut lease = pool.lease(slot).await.map_err(|error| (None, Failure::Inside(error)))?;
            connected.store(true, Ordering::Relaxed);
            match stream(pool, &mut lease, sql, limits, chunks, started).await {
                Ok(End::Whole(summary)) => {
                    lease.give_back();
                    Ok(summary)
                }
                // The lease ends here: killed and dropped.
                Ok(End::Cut(summary)) => Ok(summary),
                Err(failure) => Err((Some(lease), failure)),
            }
        };
        // A lease inside the attempt dies with it: the statement is killed.
        let Ok(attempt) = tokio::time::timeout(left, attempt).await else {
            if !connected.load(Ordering::Relaxed) {
                // The statement never got to the server: what is late is the server itself.
                let cause = format!("no connection within {left:?}");
                return Err(DatabaseError::Unavailable { address: pool.address().to_owned(), cause });
            }
            return Err(DatabaseError::Timeout { limit: limits.timeout });
        };
        match attempt {
            Ok(summary) => return Ok(summary),
            Err((Some(lease), Failure::Refused(error))) => {
                lease.give_back();
                return Err(error);
            }
            Err((Some(lease), Failure::Early(error))) => {
                let reused = lease.is_reused();
                pool.forget_idle();
                match lease.broken() {
                    Some(kept) if reused => slot = kept,
                    _ => return Err(error),
                }
            }
            Err((_, Failure::Refused(error) | Failure::Early(error) | Failure::Inside(error))) => {
                return Err(error);
            }
        }
    }
}

async fn stream(
    pool: &Pool,
    lease: &mut Lease,
    sql: &str,
    limits: RunLimits,
    chunks: &mpsc::Sender<Chunk>,
    started: Instant,
) -> Result<End, Failure> {
    // Prepared, so that several statements in one text are refused by the server too.
    let mut result =
        lease.conn().exec_iter(sql, ()).await.map_err(|error| failure(pool, error, limits, true))?;
    let names: Vec<String> =
        result.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
    if names.is_empty() {
        let message = "it returns no columns".to_owned();
        return Err(Failure::Refused(DatabaseError::Statement { message }));
    }
    let mut batch = Batch::new(names, pool.info(), limits);
    while let Some(row) = next(&mut result).await.map_err(|error| failure(pool, error, limits, false))? {
        let (row, size) = values::scalars(row);
        if batch.add(row, size).is_break() {
            hand_on(&mut batch, chunks).await;
            return Ok(End::Cut(batch.summary(true, started)));
        }
        if batch.is_full() && !hand_on(&mut batch, chunks).await {
            return Ok(End::Cut(batch.summary(true, started)));
        }
    }
    let taken = hand_on(&mut batch, chunks).await;
    Ok(End::Whole(batch.summary(!taken, started)))
}

async fn next(
    result: &mut QueryResult<'_, 'static, BinaryProtocol>,
) -> Result<Option<mysql_async::Row>, Error> {
    result.next().await
}

/// Whether somebody took it.
async fn hand_on(batch: &mut Batch, chunks: &mpsc::Sender<Chunk>) -> bool {
    for chunk in batch.take() {
        if chunks.send(chunk).await.is_err() {
            return false;
        }
    }
    true
}

fn failure(pool: &Pool, error: Error, limits: RunLimits, early: bool) -> Failure {
    match error {
        Error::Server(error) if says_nothing_of_the_statement(error.code) => {
            let cause = format!("{} ({})", one_line(&error.message), error.code);
            Failure::Inside(DatabaseError::Unavailable { address: pool.address().to_owned(), cause })
        }
        Error::Server(error) => Failure::Refused(refusal(&error, limits)),
        other if early => Failure::Early(unavailable(pool.address(), &other)),
        other => Failure::Inside(unavailable(pool.address(), &other)),
    }
}

/// Too many connections, shutting down, TiDB that can't reach its storage.
fn says_nothing_of_the_statement(code: u16) -> bool {
    matches!(code, 1040 | 1053 | 1077 | 1129 | 1203 | 1226 | 9001..=9013)
}

fn refusal(error: &ServerError, limits: RunLimits) -> DatabaseError {
    match error.code {
        // Its own time limit, or killed by somebody.
        3024 | 1317 | 1969 => DatabaseError::Timeout { limit: limits.timeout },
        1044 | 1142 | 1143 | 1227 | 1290 | 1370 | 1792 | 8121 => {
            DatabaseError::Forbidden { reason: one_line(&error.message) }
        }
        _ => DatabaseError::Statement { message: one_line(&error.message) },
    }
}
