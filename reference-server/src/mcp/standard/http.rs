//! `/mcp`: Streamable HTTP on the listener of the MCP server.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::join_all;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Frame, Incoming};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::server::{Shared, Standard};
use crate::config::Config;
use crate::listener::{Body, TierError, respond, respond_json};
use crate::mcp::server::Server;

/// Where it is.
pub(crate) const PATH: &str = "/mcp";

const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";

/// The doors' timers may be scaled down for tests; a client of a session is not one of theirs.
const LEAST_IDLE: Duration = Duration::from_secs(15);

/// Most messages of one batch.
const MAX_BATCH: usize = 256;

/// Codes of JSON-RPC.
const PARSE_ERROR: i32 = -32_700;
const INVALID_REQUEST: i32 = -32_600;

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
        sessions.session_config.keep_alive = Some(config.timers.idle_timeout.max(LEAST_IDLE));
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
        if head.method == Method::DELETE && self.is_unknown(&head).await {
            return refusal(StatusCode::NOT_FOUND, INVALID_REQUEST, "no such session", &Value::Null);
        }
        if head.method == Method::POST {
            match Posted::read(&body, &head.headers) {
                Posted::Message => {}
                Posted::Refused(response) => return *response,
                Posted::Batch(messages) => return self.batch(&head, messages).await,
            }
        }
        let tracked = (head.method == Method::POST).then(|| self.answers.token());
        let response = self.service.handle(Request::from_parts(head, Full::new(body))).await;
        response.map(|body| {
            // The token lives as long as the body: until the last byte of the answer is handed over.
            body.map_frame(move |frame| {
                let _alive = &tracked;
                without_first_id(frame)
            })
            .boxed_unsync()
        })
    }

    /// Answers the messages of a batch at one time, all responses in one stream.
    async fn batch(&self, head: &Parts, messages: Vec<Value>) -> Response<Body> {
        let tracked = self.answers.token();
        let answers = messages.into_iter().map(|message| async move {
            let mut request = Request::new(Full::new(Bytes::from(message.to_string())));
            *request.method_mut() = head.method.clone();
            *request.uri_mut() = head.uri.clone();
            *request.headers_mut() = head.headers.clone();
            request.headers_mut().remove(header::CONTENT_LENGTH);
            let (head, body) = self.service.handle(request).await.into_parts();
            (head, body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default())
        });
        let mut events = BytesMut::new();
        for (head, body) in join_all(answers).await {
            match head.status {
                StatusCode::OK => events.extend_from_slice(&body),
                StatusCode::ACCEPTED => {}
                // What refuses one of them, such as an unknown session, refuses all.
                _ => return Response::from_parts(head, Full::new(body).boxed_unsync()),
            }
        }
        drop(tracked);
        let mut response = Response::new(Full::new(events.freeze()).boxed_unsync());
        if response.body().is_end_stream() {
            *response.status_mut() = StatusCode::ACCEPTED;
        } else {
            let kind = HeaderValue::from_static("text/event-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }

    /// A session that was asked to end and is not there.
    async fn is_unknown(&self, head: &Parts) -> bool {
        let Some(session) = head.headers.get(SESSION).and_then(|session| session.to_str().ok()) else {
            return false;
        };
        !self.sessions.sessions.read().await.contains_key(session)
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

/// The library begins the stream of a session, and that of `initialize`, with an event 0 without data, and
/// counts messages on the former from 0 as well: an id stands for one event only.
fn without_first_id(frame: Frame<Bytes>) -> Frame<Bytes> {
    match frame.into_data() {
        Ok(data) if &data[..] == b"data: \nid: 0\nretry: 3000\n\n" => {
            Frame::data(Bytes::from_static(b"retry: 3000\n\n"))
        }
        Ok(data) => Frame::data(data),
        Err(frame) => frame,
    }
}

/// What a POST brings, as far as the library does not say it itself.
enum Posted {
    Message,
    Batch(Vec<Value>),
    Refused(Box<Response<Body>>),
}

impl Posted {
    fn read(body: &Bytes, headers: &HeaderMap) -> Self {
        let bad = |code, message: &str, id: &Value| {
            Self::Refused(Box::new(refusal(StatusCode::BAD_REQUEST, code, message, id)))
        };
        // What is said not to be JSON is refused for that.
        let is_json = headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
        if !is_json {
            return Self::Message;
        }
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            return bad(PARSE_ERROR, "the body is not JSON", &Value::Null);
        };
        let messages = match value {
            Value::Array(messages) => messages,
            value if is_message(&value) => return Self::Message,
            value => return bad(INVALID_REQUEST, "the body is no message of JSON-RPC", &value["id"]),
        };
        // Clients of the version that has batches did not send it.
        let has_batches = headers.get(VERSION).is_none_or(|version| version == "2025-03-26");
        if !has_batches {
            return bad(INVALID_REQUEST, "this version has no batches", &Value::Null);
        }
        if messages.is_empty() || messages.len() > MAX_BATCH {
            let message = format!("{} messages in a batch, expected 1 to {MAX_BATCH}", messages.len());
            return bad(INVALID_REQUEST, &message, &Value::Null);
        }
        if !messages.iter().all(|message| is_message(message) && message["method"] != "initialize") {
            return bad(INVALID_REQUEST, "a message of the batch can't be in one", &Value::Null);
        }
        Self::Batch(messages)
    }
}

/// Whether a value has the outline of a message. An id that is null is none.
fn is_message(value: &Value) -> bool {
    let named = value["method"].is_string() || value.get("result").is_some() || value.get("error").is_some();
    value["jsonrpc"] == "2.0" && named && value.get("id").is_none_or(|id| id.is_string() || id.is_number())
}

/// A refusal below any session.
fn refusal(status: StatusCode, code: i32, message: &str, id: &Value) -> Response<Body> {
    let id = if id.is_string() || id.is_number() { id } else { &Value::Null };
    respond_json(
        status,
        &json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }),
    )
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
