//! Read connections of one database. Checking out waits, but not for ever.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::limits::Limit;

use super::authorizer::{self, Refusal, Tables};
use super::files;
use crate::database::{CancelFlag, DatabaseError, DatabaseInfo};

/// A waiting checkout looks this often whether it was cancelled.
const GLANCE: Duration = Duration::from_millis(10);

/// A connection with its authorizer.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) refusal: Refusal,
}

/// The pool.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) info: &'static DatabaseInfo,
    pub(super) path: PathBuf,
    pub(super) tables: Tables,
    size: usize,
    /// A reader that failed on the file leaves an empty place; the next statement opens a new one.
    idle: Mutex<Vec<Option<Reader>>>,
    returned: Condvar,
}

/// A reader on loan; dropping it gives it back.
pub(super) struct Loan<'a> {
    pool: &'a Pool,
    reader: Option<Reader>,
    spoilt: bool,
}

impl Pool {
    /// Opens `size` connections to a checked file.
    pub(super) fn open(
        info: &'static DatabaseInfo,
        path: PathBuf,
        size: usize,
    ) -> Result<Self, DatabaseError> {
        let damaged =
            |error: rusqlite::Error| DatabaseError::Damaged { path: path.clone(), reason: error.to_string() };
        let tables = Tables::new(info);
        let idle =
            (0..size).map(|_| reader(&tables, &path).map(Some)).collect::<Result<_, _>>().map_err(damaged)?;
        Ok(Self { info, path, tables, size, idle: Mutex::new(idle), returned: Condvar::new() })
    }

    fn reopen(&self) -> Result<Reader, DatabaseError> {
        reader(&self.tables, &self.path)
            .map_err(|error| DatabaseError::Damaged { path: self.path.clone(), reason: error.to_string() })
    }

    /// Takes a reader, waiting until `deadline`.
    pub(super) fn checkout(&self, deadline: Instant, cancel: &CancelFlag) -> Result<Loan<'_>, DatabaseError> {
        let started = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if cancel.is_cancelled() {
                return Err(DatabaseError::Cancelled);
            }
            if let Some(place) = idle.pop() {
                drop(idle);
                // Gives the place back, whatever comes.
                let mut loan = Loan { pool: self, reader: place, spoilt: false };
                if loan.reader.is_none() {
                    loan.reader = Some(self.reopen()?);
                }
                return Ok(loan);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let (database, waited) = (self.info.name.clone(), started.elapsed());
                return Err(DatabaseError::Busy { database, waited, size: self.size });
            }
            let waiting = self.returned.wait_timeout(idle, left.min(GLANCE));
            idle = waiting.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Loan<'_> {
    /// The reader failed on the file and is not used again: what it holds in memory may be as bad.
    pub(super) fn spoil(&mut self) {
        self.spoilt = true;
    }

    /// The reader.
    pub(super) fn reader(&mut self) -> &mut Reader {
        self.reader.as_mut().expect("it is there until the loan is dropped")
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let mut reader = self.reader.take().filter(|_| !self.spoilt);
        if let Some(reader) = &mut reader {
            // A handler left behind would stop the next statement.
            let _ = reader.connection.progress_handler(0, None::<fn() -> bool>);
        }
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        self.pool.returned.notify_one();
    }
}

/// Longest text that one value may become: concatenation could build one of any length.
const VALUE_BYTES: i32 = 1024 * 1024;

fn reader(tables: &Tables, path: &std::path::Path) -> rusqlite::Result<Reader> {
    let mut connection = files::open_read_only(path)?;
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -6144;",
    )?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES)?;
    connection.set_prepared_statement_cache_capacity(64);
    // The schema is read here and not by the first question.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let refusal = authorizer::install(&mut connection, tables.clone())?;
    Ok(Reader { connection, refusal })
}
