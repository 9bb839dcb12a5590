//! `/mcp`: Streamable HTTP on the listener of the MCP server.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::server::{Shared, Standard};
use crate::config::Config;
use crate::listener::{Body, TierError, respond};
use crate::mcp::server::Server;

/// Where it is.
pub(crate) const PATH: &str = "/mcp";

const SESSION: &str = "mcp-session-id";

/// Names of this machine as a browser on it would write them.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The mounted service.
pub(crate) struct Mounted {
    service: StreamableHttpService<Standard, LocalSessionManager>,
    sessions: Arc<LocalSessionManager>,
    max_sessions: usize,
    max_body: usize,
    body_timeout: Duration,
    /// Answers to requests that are still being sent.
    answers: TaskTracker,
    /// Ends all sessions and streams.
    end: CancellationToken,
}

impl std::fmt::Debug for Mounted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mounted").field("answers", &self.answers.len()).finish_non_exhaustive()
    }
}

/// As much of a message as admission needs.
#[derive(Deserialize)]
struct Opening {
    method: Option<String>,
}

impl Mounted {
    pub(crate) fn new(server: &Server) -> Self {
        let config = &server.config;
        let end = CancellationToken::new();
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(config.timers.idle_timeout);
        let sessions = Arc::new(sessions);
        let shared = Shared::new(server);
        let service = StreamableHttpService::new(
            move || Ok(Standard::new(shared.clone())),
            Arc::clone(&sessions),
            options(config, end.clone()),
        );
        Self {
            service,
            sessions,
            max_sessions: config.limits.max_connections,
            max_body: config.limits.max_body_bytes,
            body_timeout: config.http.body_timeout,
            answers: TaskTracker::new(),
            end,
        }
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let limited = Limited::new(body, self.max_body).collect();
        let body = match tokio::time::timeout(self.body_timeout, limited).await {
            Ok(Ok(collected)) => collected.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                let message = format!("body is over {} bytes", self.max_body);
                return respond(StatusCode::PAYLOAD_TOO_LARGE, &TierError::new("MESSAGE_TOO_LARGE", message));
            }
            Ok(Err(_)) => {
                return respond(
                    StatusCode::BAD_REQUEST,
                    &TierError::new("INVALID_JSON", "body can't be read"),
                );
            }
            Err(_) => {
                let message = format!("body did not arrive within {:?}", self.body_timeout);
                return respond(StatusCode::REQUEST_TIMEOUT, &TierError::new("INVALID_MESSAGE", message));
            }
        };
        if !head.headers.contains_key(SESSION) && self.is_full(&body).await {
            return unavailable("too many sessions");
        }
        let tracked = (head.method == Method::POST).then(|| self.answers.token());
        let response = self.service.handle(Request::from_parts(head, Full::new(body))).await;
        response.map(|body| {
            // The token lives as long as the body: until the last byte of the answer is handed over.
            body.map_frame(move |frame| {
                let _alive = &tracked;
                frame
            })
            .boxed_unsync()
        })
    }

    async fn is_full(&self, body: &Bytes) -> bool {
        if self.sessions.sessions.read().await.len() < self.max_sessions {
            return false;
        }
        let opening = serde_json::from_slice::<Opening>(body).ok().and_then(|opening| opening.method);
        opening.is_some_and(|method| method == "initialize")
    }

    /// Lets answers under way be sent, for at most `limit`, then ends sessions and streams.
    pub(crate) async fn drain(&self, limit: Duration) {
        self.answers.close();
        // Streams that only wait for changes are not answers and end at once after them.
        let _ = tokio::time::timeout(limit, self.answers.wait()).await;
        self.end.cancel();
    }
}

/// Who comes while the server is ending.
pub(crate) fn unavailable(reason: &str) -> Response<Body> {
    let mut response = respond(StatusCode::SERVICE_UNAVAILABLE, &TierError::new("SERVER_FULL", reason));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn options(config: &Config, end: CancellationToken) -> StreamableHttpServerConfig {
    let origins = LOOPBACK
        .iter()
        .flat_map(|host| [format!("http://{host}:*"), format!("https://{host}:*")])
        .chain(config.origin.allow.iter().cloned());
    let options = StreamableHttpServerConfig::default()
        .with_cancellation_token(end)
        .with_sse_keep_alive(Some(config.http.stream_keep_alive))
        .with_max_request_body_bytes(config.limits.max_body_bytes)
        .with_allowed_origins(origins)
        .enforce_origin_validation();
    match config.listen.mcp.ip() {
        address if address.is_loopback() => options,
        // Every address of the machine, and names for them that are not known here.
        IpAddr::V4(address) if address.is_unspecified() => options.disable_allowed_hosts(),
        IpAddr::V6(address) if address.is_unspecified() => options.disable_allowed_hosts(),
        address => {
            let hosts = LOOPBACK.iter().map(ToString::to_string).chain([address.to_string()]);
            options.with_allowed_hosts(hosts)
        }
    }
}
