//! Figures of calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::breaker::Breaker;
use crate::observe::Metrics;

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
    /// Batches that were answered.
    pub batches: u64,
    /// Schemas, by how they were had: `fresh` in memory, `not_modified`, `fetched`.
    pub schemas: BTreeMap<String, u64>,
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

/// Where figures are kept: here to be asked for, and in the metrics to be scraped.
#[derive(Debug)]
pub(super) struct Book {
    statistics: Mutex<Statistics>,
    metrics: Arc<Metrics>,
}

/// What carries a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    WebSocket,
    Http,
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, Statistics> {
        self.statistics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self) -> Statistics {
        self.lock().clone()
    }

    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { statistics: Mutex::default(), metrics }
    }

    pub(super) fn connected(&self) {
        self.lock().connects += 1;
        self.metrics.mcp_connects.increment();
    }

    pub(super) fn batched(&self) {
        self.lock().batches += 1;
        self.metrics.mcp_batches.increment();
    }

    pub(super) fn schema(&self, how: &'static str) {
        *self.lock().schemas.entry(how.to_owned()).or_default() += 1;
        self.metrics.mcp_schemas.with(how).increment();
    }

    /// Tells the breakers' states when it is dropped.
    pub(super) fn states<'a>(&'a self, calls: &'a Breaker, websocket: &'a Breaker) -> States<'a> {
        States { metrics: &self.metrics, calls, websocket }
    }
}

/// Tells the breakers' states after a call.
pub(super) struct States<'a> {
    metrics: &'a Metrics,
    calls: &'a Breaker,
    websocket: &'a Breaker,
}

impl Drop for States<'_> {
    fn drop(&mut self) {
        self.metrics.set_breaker("mcp", self.calls.state());
        self.metrics.set_breaker("mcp_websocket", self.websocket.state());
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
        let name = match transport {
            Transport::WebSocket => {
                book.over_websocket += 1;
                "websocket"
            }
            Transport::Http => {
                book.over_http += 1;
                "http"
            }
        };
        self.book.metrics.mcp_calls.with(name).increment();
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

    /// Is asked again elsewhere, where it is taken down.
    pub(super) fn passed_on(mut self) {
        self.verdict = |_, _| {};
    }

    pub(super) fn refused(mut self) {
        self.verdict = |tool, _| tool.refused += 1;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let tool = std::mem::take(&mut self.tool);
        let metrics = &self.book.metrics;
        let mut book = self.book.lock();
        book.in_flight = book.in_flight.saturating_sub(1);
        let figures = book.tools.entry(tool.clone()).or_default();
        let before = *figures;
        (self.verdict)(figures, micros);
        let after = *figures;
        drop(book);
        let target = format!("mcp:{tool}");
        if after.succeeded + after.failed > before.succeeded + before.failed {
            metrics.calls.with(&target).record(self.began.elapsed());
        }
        if after.succeeded == before.succeeded && after != before {
            metrics.calls_failed.with(&target).increment();
        }
    }
}
