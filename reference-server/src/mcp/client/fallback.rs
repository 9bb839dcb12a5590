//! The same calls over HTTP.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::error::Trouble;
use super::reply::{Reply, ServerMessage};
use super::{McpHealth, Rows};
use crate::listener::TierError;
use crate::mcp::Endpoint;
use crate::mcp::message::Call;

/// Longest line of an answer, and largest health body.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// Connections idle for longer are let go, before the server does it.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// A pooled HTTP client of one server.
#[derive(Debug)]
pub(super) struct Fallback {
    client: Client<HttpConnector, Full<Bytes>>,
    call_url: String,
    health_url: String,
}

fn lost(cause: impl std::fmt::Display) -> Trouble {
    Trouble::Lost(cause.to_string())
}

impl Fallback {
    pub(super) fn new(endpoint: &Endpoint, connect: Duration) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(connect));
        Self {
            client: Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE)
                .build(connector),
            call_url: endpoint.http("/tools/call"),
            health_url: endpoint.http("/health"),
        }
    }

    pub(super) async fn health(&self) -> Result<McpHealth, Trouble> {
        let request = Request::get(&self.health_url).body(Full::default()).map_err(lost)?;
        let body = self.client.request(request).await.map_err(lost)?.into_body();
        let bytes = body.collect().await.map_err(lost)?.to_bytes();
        serde_json::from_slice(&bytes).map_err(lost)
    }

    /// Makes one call. Dropping the future closes the connection, which stops the work.
    pub(super) async fn call(&self, call: &Call, rows: Option<mpsc::Sender<Rows>>) -> Result<Value, Trouble> {
        let body = json!({ "id": 1, "method": "tools/call", "params": call }).to_string();
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.call_url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/x-ndjson")
            .body(Full::from(body))
            .map_err(lost)?;
        let response = self.client.request(request).await.map_err(lost)?;
        let status = response.status();
        let mut lines = Lines { body: response.into_body(), buffer: BytesMut::new() };
        let mut handed_on = false;
        loop {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) if handed_on => return Err(Trouble::LostInside("answer ended early".to_owned())),
                Ok(None) => return Err(lost("answer ended early")),
                Err(cause) if handed_on => return Err(Trouble::LostInside(cause)),
                Err(cause) => return Err(Trouble::Lost(cause)),
            };
            if status != StatusCode::OK {
                return Err(refusal(status, &line));
            }
            let message: ServerMessage = serde_json::from_slice(&line).map_err(lost)?;
            match message.reply() {
                Some((_, Reply::Done(outcome))) => return outcome.map_err(Trouble::Tool),
                Some((_, Reply::Rows(piece))) => {
                    let Some(rows) = &rows else { continue };
                    handed_on = true;
                    if rows.send(piece).await.is_err() {
                        return Err(Trouble::Abandoned);
                    }
                }
                None => {}
            }
        }
    }
}

/// An error body: the caller's fault if it is 4xx, else the server is not well.
fn refusal(status: StatusCode, body: &[u8]) -> Trouble {
    match serde_json::from_slice::<TierError>(body) {
        Ok(error) if status.is_client_error() => Trouble::Tool(error),
        _ => lost(format_args!("HTTP {status}")),
    }
}

/// The lines of a body, as they come.
struct Lines {
    body: Incoming,
    buffer: BytesMut,
}

impl Lines {
    /// The next line; the last one need not end.
    async fn next(&mut self) -> Result<Option<Bytes>, String> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffer[searched..].iter().position(|byte| *byte == b'\n') {
                let mut line = self.buffer.split_to(searched + end + 1);
                line.truncate(searched + end);
                return Ok(Some(line.freeze()));
            }
            searched = self.buffer.len();
            if searched > MAX_LINE {
                return Err(format!("a line is over {MAX_LINE} bytes"));
            }
            match self.body.frame().await {
                None if self.buffer.is_empty() => return Ok(None),
                None => return Ok(Some(self.buffer.split().freeze())),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}
