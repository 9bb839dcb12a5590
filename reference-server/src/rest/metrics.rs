//! `GET /metrics`: figures in Prometheus' text format.

use http::{HeaderValue, Response};

use super::call::Call;
use crate::doors::{Body, full};

pub(super) fn get(call: Call) -> Response<Body> {
    let backend = &call.backend;
    let metrics = &backend.metrics;
    for (agent, state) in backend.workflow.agents().breakers() {
        metrics.set_breaker(&format!("agent_{agent}"), state);
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    metrics.sessions.set(count(backend.sessions.len()));
    metrics.history_bytes.set(count(backend.sessions.history_bytes()));
    if let Some(journal) = backend.sessions.journal() {
        metrics.state_statements.set(i64::try_from(journal.statements()).unwrap_or(i64::MAX));
        metrics.state_degraded.set(i64::from(journal.is_degraded()));
    }
    metrics.queries_running.set(count(backend.workflow.admission().running()));
    metrics.queries_limit.set(count(backend.workflow.admission().limit()));
    metrics.queues.with("queries").set(count(backend.workflow.admission().waiting()));
    let mut answer = Response::new(full(metrics.render()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    answer
}
