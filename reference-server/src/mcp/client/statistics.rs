//! Figures of calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

/// Figures of all calls so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Statistics {
    /// Calls under way.
    pub in_flight: u64,
    /// Calls that were sent over the WebSocket.
    pub over_websocket: u64,
    /// Calls that were sent over HTTP.
    pub over_http: u64,
    /// WebSocket connections opened.
    pub connects: u64,
    /// By tool.
    pub tools: BTreeMap<String, ToolStatistics>,
}

/// Figures of one tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ToolStatistics {
    /// Answered well.
    pub succeeded: u64,
    /// Answered with an error.
    pub failed: u64,
    /// Not reached.
    pub unreachable: u64,
    /// Not answered in time.
    pub timed_out: u64,
    /// Refused by the breaker.
    pub refused: u64,
    /// Given up by the caller.
    pub cancelled: u64,
    /// Time of all answered calls, microseconds.
    pub total_us: u64,
    /// Longest answered call, microseconds.
    pub max_us: u64,
}

/// Where figures are kept.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Statistics>);

/// What carries a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    WebSocket,
    Http,
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Statistics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self) -> Statistics {
        self.lock().clone()
    }

    pub(super) fn connected(&self) {
        self.lock().connects += 1;
    }
}

/// Takes down one call; dropped without a verdict it was cancelled.
pub(super) struct Recorder {
    book: Arc<Book>,
    tool: String,
    began: Instant,
    verdict: fn(&mut ToolStatistics, u64),
}

fn answered(tool: &mut ToolStatistics, micros: u64) {
    tool.total_us = tool.total_us.saturating_add(micros);
    tool.max_us = tool.max_us.max(micros);
}

impl Recorder {
    pub(super) fn new(book: &Arc<Book>, tool: &str) -> Self {
        book.lock().in_flight += 1;
        Self {
            book: Arc::clone(book),
            tool: tool.to_owned(),
            began: Instant::now(),
            verdict: |tool, _| tool.cancelled += 1,
        }
    }

    pub(super) fn over(&mut self, transport: Transport) {
        let mut book = self.book.lock();
        match transport {
            Transport::WebSocket => book.over_websocket += 1,
            Transport::Http => book.over_http += 1,
        }
    }

    pub(super) fn succeeded(mut self) {
        self.verdict = |tool, micros| {
            tool.succeeded += 1;
            answered(tool, micros);
        };
    }

    pub(super) fn failed(mut self) {
        self.verdict = |tool, micros| {
            tool.failed += 1;
            answered(tool, micros);
        };
    }

    pub(super) fn unreachable(mut self) {
        self.verdict = |tool, _| tool.unreachable += 1;
    }

    pub(super) fn timed_out(mut self) {
        self.verdict = |tool, _| tool.timed_out += 1;
    }

    pub(super) fn refused(mut self) {
        self.verdict = |tool, _| tool.refused += 1;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut book = self.book.lock();
        book.in_flight = book.in_flight.saturating_sub(1);
        (self.verdict)(book.tools.entry(std::mem::take(&mut self.tool)).or_default(), micros);
    }
}
