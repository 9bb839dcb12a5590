//! The HTTP side: upgrade, fallback, health.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{State, socket};
use crate::listener::{self, Body, TierError, read_json, respond, respond_json, streamed};
use crate::mcp::message::{Request as ToolRequest, Unusable, read_request, response, rows_event};
use crate::mcp::standard::{PATH, unavailable};
use crate::mcp::tools::Piece;

/// Pieces of one streamed result between the statement and the connection.
const PIECES: usize = 2;

/// Longest wait for the database to say that it is there.
const PROBE: Duration = Duration::from_millis(500);

pub(super) async fn answer(state: Arc<State>, request: Request<Incoming>) -> Response<Body> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/ws") => upgrade(&state, request),
        (&Method::GET, "/health") => health(&state).await,
        (&Method::POST, "/tools/call") => call(&state, request).await,
        (_, PATH) if state.shutdown.is_cancelled() => unavailable("server is draining"),
        (_, PATH) => state.standard.answer(request).await,
        (_, "/ws" | "/health") => wrong_method("GET"),
        (_, "/tools/call") => wrong_method("POST"),
        _ => respond(StatusCode::NOT_FOUND, &TierError::new("NOT_FOUND", "no such path")),
    }
}

fn wrong_method(allowed: &'static str) -> Response<Body> {
    let error = TierError::new("INVALID_MESSAGE", format!("wrong method, expected {allowed}"));
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, &error);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// How this tier is, and whether its database answers: asked for one row each time.
async fn health(state: &State) -> Response<Body> {
    let draining = state.shutdown.is_cancelled();
    let database = state.server.tools.database();
    let probe = database.probe(PROBE).await;
    if let Err(error) = &probe {
        tracing::debug!(%error, "the database does not answer");
    }
    let status = if draining { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    respond_json(
        status,
        &json!({
            "status": match (draining, &probe) {
                (true, _) => "draining",
                (false, Ok(())) => "healthy",
                (false, Err(_)) => "degraded",
            },
            "service": "tidb-mcp-server-http",
            "mcp_server_running": true,
            "transports": ["websocket", "http", "streamable-http"],
            "connections": state.sockets.len(),
            "database": {
                "kind": database.kind(), "dialect": database.dialect(), "version": database.version(),
                "status": if probe.is_ok() { "healthy" } else { "unreachable" },
                "breaker": database.breaker().state(),
            },
        }),
    )
}

fn upgrade(state: &Arc<State>, mut request: Request<Incoming>) -> Response<Body> {
    let (response, upgraded) = match listener::upgrade(&mut request) {
        Ok(accepted) => accepted,
        Err(refusal) => return *refusal,
    };
    if state.shutdown.is_cancelled() {
        return respond(
            StatusCode::SERVICE_UNAVAILABLE,
            &TierError::new("SERVER_FULL", "server is draining"),
        );
    }
    let served = Arc::clone(state);
    state.sockets.spawn(async move {
        match upgraded.await {
            Ok(upgraded) => socket::serve(served, upgraded).await,
            Err(error) => tracing::debug!(%error, "MCP upgrade failed"),
        }
    });
    response
}

/// The fallback: one request object in, its response object out; with `Accept: application/x-ndjson` the
/// pieces of a streamed result go before it, one a line.
async fn call(state: &Arc<State>, request: Request<Incoming>) -> Response<Body> {
    let lines = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("application/x-ndjson"));
    let limit = state.server.config.limits.max_body_bytes;
    let value: Value = match read_json(request.into_body(), limit).await {
        Ok(value) => value,
        Err(unreadable) => return unreadable.response(),
    };
    let mut request = match read_request(value) {
        Ok(request) => request,
        Err(Unusable { error, .. }) => return respond(StatusCode::BAD_REQUEST, &error),
    };
    if lines {
        return stream_call(Arc::clone(state), request);
    }
    request.params.arguments.insert("stream".to_owned(), Value::Bool(false));
    let (pieces, _) = mpsc::channel(1);
    let outcome = state.server.tools.call(request.params, pieces).await;
    respond_json(StatusCode::OK, &response(&request.id, &outcome))
}

fn stream_call(state: Arc<State>, request: ToolRequest) -> Response<Body> {
    let (pieces, mut received) = mpsc::channel::<Piece>(PIECES);
    let (lines, sent) = mpsc::channel::<Bytes>(PIECES);
    // The work belongs to the body: when the caller leaves, hyper drops the body and this handle with it.
    let work = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(async move {
        let id = request.id.clone();
        let call = state.server.tools.call(request.params, pieces);
        let forward = async {
            while let Some(piece) = received.recv().await {
                let line = rows_event(&id, piece.columns.as_deref(), &piece.rows);
                if lines.send(line_of(line)).await.is_err() {
                    return;
                }
            }
        };
        let (outcome, ()) = tokio::join!(call, forward);
        // An error only says that the caller left.
        let _ = lines.send(line_of(response(&id, &outcome).to_string())).await;
    }));
    streamed(stream::unfold((sent, work), |(mut sent, work)| async move {
        let line = sent.recv().await?;
        Some((line, (sent, work)))
    }))
}

fn line_of(mut text: String) -> Bytes {
    text.push('\n');
    Bytes::from(text)
}
