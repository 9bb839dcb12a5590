//! The agents' HTTP server.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::stage::{self, Outcome};
use super::{Agent, AgentSet, Job, Line};
use crate::config::Config;
use crate::listener::{self, Body, TierError, read_json, respond, respond_json, streamed};

/// Lines of one answer that wait for the caller.
const LINES: usize = 8;

/// Serves `agents` on `listener` until `shutdown`, then lets running work finish for the drain time.
///
/// # Errors
/// The listener broke.
pub async fn serve(
    listener: TcpListener,
    agents: AgentSet,
    config: Arc<Config>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let options = listener::Options::new(&config);
    let state = Arc::new(State { agents, config, shutdown: shutdown.clone() });
    listener::run(listener, options, shutdown, move |request| answer(Arc::clone(&state), request)).await
}

/// What every connection shares.
#[derive(Debug)]
struct State {
    agents: AgentSet,
    config: Arc<Config>,
    shutdown: CancellationToken,
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    if path == "/health" {
        if request.method() != Method::GET {
            return wrong_method("GET");
        }
        return health(&state);
    }
    let name = path.strip_prefix('/').and_then(|rest| rest.strip_suffix("/execute"));
    let Some(agent) = name.and_then(|name| state.agents.get(name)) else {
        let error = TierError::new("NOT_FOUND", "no such agent")
            .with_details(json!({ "agents": state.agents.names() }));
        return respond(StatusCode::NOT_FOUND, &error);
    };
    if request.method() != Method::POST {
        return wrong_method("POST");
    }
    execute(&state, agent, request).await
}

fn health(state: &State) -> Response<Body> {
    let (status, word) = if state.shutdown.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        (StatusCode::OK, "healthy")
    };
    respond_json(status, &json!({ "status": word, "service": "agents", "agents": state.agents.names() }))
}

fn wrong_method(allowed: &'static str) -> Response<Body> {
    let error = TierError::new("INVALID_MESSAGE", format!("wrong method, expected {allowed}"));
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, &error);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

async fn execute(state: &State, agent: Arc<dyn Agent>, request: Request<Incoming>) -> Response<Body> {
    let lines = request
        .headers()
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("application/x-ndjson"));
    let limits = &state.config.limits;
    // The stage before may hand on a whole result; JSON within JSON may double it.
    let limit = limits.max_body_bytes.saturating_add(limits.result_bytes.saturating_mul(2));
    let mut job: Job = match read_json(request.into_body(), limit).await {
        Ok(job) => job,
        Err(unreadable) => return unreadable.response(),
    };
    if job.transaction_id.is_empty() || job.transaction_id.len() > 128 {
        let error = TierError::new("INVALID_MESSAGE", "transaction_id has not 1 to 128 bytes");
        return respond(StatusCode::BAD_REQUEST, &error);
    }
    // Rows can only be handed on while they come to a caller that reads lines.
    job.task.stream &= lines;
    let (sender, received) = mpsc::channel(LINES);
    // The work belongs to the answer: hyper drops the answer when the caller leaves, and this handle with it.
    let work =
        AbortOnDropHandle::new(tokio::spawn(stage::run(agent, job, state.config.delay.clone(), sender)));
    if lines {
        streamed(stream::unfold(Some(Work { received, work }), next_line))
    } else {
        whole(received, work).await
    }
}

/// Work under way.
struct Work {
    received: mpsc::Receiver<Line>,
    work: AbortOnDropHandle<Outcome>,
}

async fn next_line(state: Option<Work>) -> Option<(Bytes, Option<Work>)> {
    let mut state = state?;
    if let Some(line) = state.received.recv().await {
        return Some((line_of(&line), Some(state)));
    }
    let outcome = ended(state.work).await;
    Some((line_of(&outcome.object()), None))
}

/// The outcome; a panic is one too, and ends nothing but its own work.
async fn ended(work: AbortOnDropHandle<Outcome>) -> Outcome {
    work.await.unwrap_or_else(|error| Outcome::panicked(&error))
}

async fn whole(mut received: mpsc::Receiver<Line>, work: AbortOnDropHandle<Outcome>) -> Response<Body> {
    let mut events = Vec::new();
    while let Some(line) = received.recv().await {
        if let Line::Event(event) = line {
            events.push(event);
        }
    }
    let mut object = ended(work).await.object();
    object.insert("events".to_owned(), json!(events));
    respond_json(StatusCode::OK, &object)
}

fn line_of(value: &impl Serialize) -> Bytes {
    // Lines are made of JSON values and texts, which is all that could fail.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    Bytes::from(line)
}
