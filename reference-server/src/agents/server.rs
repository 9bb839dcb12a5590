//! The agents' HTTP server.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::stage::{self, Outcome};
use super::{Agent, AgentSet, Job, Line, socket};
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
    let drain = config.timers.drain_timeout;
    let sockets = TaskTracker::new();
    let state = Arc::new(State { agents, config, sockets: sockets.clone(), shutdown: shutdown.clone() });
    let served =
        listener::run(listener, options, shutdown, move |request| answer(Arc::clone(&state), request)).await;
    sockets.close();
    if tokio::time::timeout(drain, sockets.wait()).await.is_err() {
        tracing::warn!(open = sockets.len(), "agents' sockets left open at the end of the drain time");
    }
    served
}

/// What every connection shares.
#[derive(Debug)]
pub(super) struct State {
    pub(super) agents: AgentSet,
    pub(super) config: Arc<Config>,
    /// Upgraded connections: the listener no longer knows them.
    sockets: TaskTracker,
    pub(super) shutdown: CancellationToken,
}

impl State {
    /// Largest job, bytes: the stage before may hand on a whole result; JSON within JSON may double it.
    pub(super) fn job_limit(&self) -> usize {
        let limits = &self.config.limits;
        limits.max_body_bytes.saturating_add(limits.result_bytes.saturating_mul(2))
    }

    /// Begins a job: its lines, and the work, which ends when it is dropped.
    pub(super) fn begin(
        &self,
        agent: Arc<dyn Agent>,
        job: Job,
    ) -> (mpsc::Receiver<Line>, AbortOnDropHandle<Outcome>) {
        let (sender, received) = mpsc::channel(LINES);
        let work = tokio::spawn(stage::run(agent, job, self.config.delay.clone(), sender));
        (received, AbortOnDropHandle::new(work))
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path();
    if path == "/health" {
        if request.method() != Method::GET {
            return wrong_method("GET");
        }
        return health(&state);
    }
    if path == "/metrics" && request.method() == Method::GET {
        return metrics(&state);
    }
    let place = path.strip_prefix('/').and_then(|rest| rest.split_once('/'));
    let place = place.filter(|(_, kind)| matches!(*kind, "execute" | "ws"));
    let Some((agent, kind)) = place.and_then(|(name, kind)| Some((state.agents.get(name)?, kind))) else {
        let error = TierError::new("NOT_FOUND", "no such agent")
            .with_details(json!({ "agents": state.agents.names() }));
        return respond(StatusCode::NOT_FOUND, &error);
    };
    match (kind, request.method()) {
        ("ws", &Method::GET) => open(&state, agent, request),
        ("ws", _) => wrong_method("GET"),
        (_, &Method::POST) => execute(&state, agent, request).await,
        _ => wrong_method("POST"),
    }
}

/// A WebSocket for many executions.
fn open(state: &Arc<State>, agent: Arc<dyn Agent>, mut request: Request<Incoming>) -> Response<Body> {
    if state.shutdown.is_cancelled() {
        let error = TierError::new("SERVER_FULL", "server is draining");
        return respond(StatusCode::SERVICE_UNAVAILABLE, &error);
    }
    let (response, upgraded) = match listener::upgrade(&mut request) {
        Ok(accepted) => accepted,
        Err(refusal) => return *refusal,
    };
    let served = Arc::clone(state);
    state.sockets.spawn(async move {
        match upgraded.await {
            Ok(upgraded) => socket::serve(served, agent, upgraded).await,
            Err(error) => tracing::debug!(%error, "upgrade of an agent's socket failed"),
        }
    });
    response
}

fn metrics(state: &State) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(state.agents.metrics().render())).boxed_unsync());
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
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

async fn execute(state: &Arc<State>, agent: Arc<dyn Agent>, request: Request<Incoming>) -> Response<Body> {
    let lines = request
        .headers()
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("application/x-ndjson"));
    let mut job: Job = match read_json(request.into_body(), state.job_limit()).await {
        Ok(job) => job,
        Err(unreadable) => return unreadable.response(),
    };
    if !job.is_named() {
        return respond(StatusCode::BAD_REQUEST, &Job::unnamed());
    }
    // Rows can only be handed on while they come to a caller that reads lines.
    job.task.stream &= lines;
    // The work belongs to the answer: hyper drops the answer when the caller leaves, and its handle with it.
    let (received, work) = state.begin(agent, job);
    let work = Work { state: Arc::clone(state), received, work };
    if lines { streamed(stream::unfold(Some(work), next_line)) } else { whole(work).await }
}

/// Work under way.
struct Work {
    state: Arc<State>,
    received: mpsc::Receiver<Line>,
    work: AbortOnDropHandle<Outcome>,
}

async fn next_line(state: Option<Work>) -> Option<(Bytes, Option<Work>)> {
    let mut state = state?;
    if let Some(line) = state.received.recv().await {
        return Some((line_of(&line), Some(state)));
    }
    let outcome = stage::ended(state.work, &state.state.agents).await;
    Some((line_of(&outcome.object()), None))
}

async fn whole(mut work: Work) -> Response<Body> {
    let mut events = Vec::new();
    while let Some(line) = work.received.recv().await {
        if let Line::Event(event) = line {
            events.push(event);
        }
    }
    let mut object = stage::ended(work.work, &work.state.agents).await.object();
    object.insert("events".to_owned(), json!(events));
    respond_json(StatusCode::OK, &object)
}

fn line_of(value: &impl Serialize) -> Bytes {
    // Lines are made of JSON values and texts, which is all that could fail.
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    Bytes::from(line)
}
