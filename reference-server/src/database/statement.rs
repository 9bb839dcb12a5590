//! One statement: its caps, what comes out of it, and how it is stopped.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ColumnKind, DatabaseInfo, kinds};

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

/// Rows on their way out, cut at the caps and into chunks.
#[derive(Debug)]
pub(super) struct Batch {
    names: Vec<String>,
    database: &'static DatabaseInfo,
    limits: RunLimits,
    rows: Vec<Row>,
    /// Bytes of `rows`.
    bytes: u64,
    announced: bool,
    /// Rows and bytes of the whole result so far.
    row_count: u64,
    all_bytes: u64,
}

impl Batch {
    /// A result with columns of these names.
    pub(super) fn new(names: Vec<String>, database: &'static DatabaseInfo, limits: RunLimits) -> Self {
        Self {
            names,
            database,
            limits,
            rows: Vec::new(),
            bytes: 0,
            announced: false,
            row_count: 0,
            all_bytes: 0,
        }
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// Takes a row of about `bytes`. `Break` when a cap leaves it, and all after it, out.
    pub(super) fn add(&mut self, row: Row, bytes: u64) -> ControlFlow<()> {
        self.all_bytes += bytes;
        if self.row_count == self.limits.max_rows || self.all_bytes > self.limits.max_bytes {
            return ControlFlow::Break(());
        }
        self.row_count += 1;
        self.rows.push(row);
        self.bytes += bytes;
        ControlFlow::Continue(())
    }

    /// Whether there is enough for a chunk.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= 200 || self.bytes >= 32 * 1024
    }

    /// What is to be handed out: the columns, if they were not yet, and the rows, if there are any.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Chunk> {
        let columns = (!self.announced).then(|| kinds::columns(&self.names, &self.rows, self.database));
        self.announced = true;
        self.bytes = 0;
        let rows = std::mem::take(&mut self.rows);
        let rows = (!rows.is_empty()).then_some(Chunk::Rows(rows));
        columns.map(Chunk::Columns).into_iter().chain(rows)
    }

    /// How it ended.
    pub(super) fn summary(&self, truncated: bool, started: Instant) -> RunSummary {
        RunSummary { row_count: self.row_count, truncated, elapsed: started.elapsed() }
    }
}
