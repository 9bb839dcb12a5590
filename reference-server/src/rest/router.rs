//! Which request goes where.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::answer::{failure, not_found, wrong_method};
use super::{health, query, sessions};
use crate::backend::Backend;
use crate::doors::{Body, full};

/// Answers one request.
pub async fn answer(backend: Arc<Backend>, request: Request<Incoming>) -> Response<Body> {
    let head = request.method() == Method::HEAD;
    let mut answer = route(backend, request).await;
    if head {
        *answer.body_mut() = full("");
    }
    answer
}

async fn route(backend: Arc<Backend>, request: Request<Incoming>) -> Response<Body> {
    let method = request.method().clone();
    let get = matches!(method, Method::GET | Method::HEAD);
    let path = request.uri().path().to_owned();
    if let Some(id) = path.strip_prefix("/api/sessions/") {
        return match method {
            Method::GET | Method::HEAD => sessions::get(&backend, id),
            Method::DELETE => sessions::delete(&backend, id),
            _ => wrong_method("GET, DELETE"),
        };
    }
    match path.as_str() {
        "/api/query" if method == Method::POST => query::post(&backend, request).await,
        "/api/query" => wrong_method("POST"),
        "/api/sessions" if method == Method::POST => sessions::post(&backend, request).await,
        "/api/sessions" => wrong_method("POST"),
        "/health" if get => health::health(&backend).await,
        "/ready" if get => health::ready(&backend).await,
        "/metrics" if get => metrics(&backend),
        "/health" | "/ready" | "/metrics" => wrong_method("GET"),
        _ => not_found(),
    }
}

fn metrics(backend: &Backend) -> Response<Body> {
    let metrics = &backend.metrics;
    for (agent, state) in backend.workflow.agents().breakers() {
        metrics.set_breaker(&format!("agent_{agent}"), state);
    }
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    metrics.sessions.set(count(backend.sessions.len()));
    metrics.history_bytes.set(count(backend.sessions.history_bytes()));
    metrics.queries_running.set(count(backend.workflow.admission().running()));
    metrics.queues.with("queries").set(count(backend.workflow.admission().waiting()));
    let mut answer = Response::new(full(metrics.render()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    answer.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    answer
}

/// The answer to a request that failed, or its answer.
pub(super) fn settle(result: Result<Response<Body>, crate::wire::error::Failure>) -> Response<Body> {
    result.unwrap_or_else(|refused| failure(&refused))
}

/// No content.
pub(super) fn no_content() -> Response<Body> {
    let mut answer = Response::new(full(""));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}
