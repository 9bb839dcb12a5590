//! Running one statement: limits, cancelling, rows to a sink.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::InterruptHandle;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ColumnKind;

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
#[derive(Clone, Default)]
pub struct CancelFlag(Arc<Cancel>);

#[derive(Default)]
struct Cancel {
    cancelled: AtomicBool,
    running: Mutex<Option<InterruptHandle>>,
}

impl CancelFlag {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the running statement, if any, and every later one run with this flag.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        if let Some(handle) = &*self.0.running.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.interrupt();
        }
    }

    /// Whether it was set.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for CancelFlag {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("CancelFlag").field(&self.is_cancelled()).finish()
    }
}
