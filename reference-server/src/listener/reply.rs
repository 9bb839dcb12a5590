//! Bodies, error objects, and the little that every answer needs.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use rand::Rng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Body of an answer.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A typed error as the tiers exchange it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierError {
    /// Code of the protocol, such as `QUERY_REJECTED`.
    pub code: String,
    /// For people.
    pub message: String,
    /// Depends on the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl std::fmt::Display for TierError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl TierError {
    /// Without details.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), details: None }
    }

    /// With details.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// An internal error: `cause` goes to the log, the answer has only the incident id under which it is there.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let incident_id = incident();
        tracing::error!(%incident_id, %cause, "internal error");
        Self::new("INTERNAL", "internal error").with_details(json!({ "incident_id": incident_id }))
    }
}

/// A new id under which the log and an answer speak of one internal error.
fn incident() -> String {
    format!("inc_{:016x}", rand::rng().random::<u64>())
}

/// The present instant as the protocol writes it: RFC 3339, UTC, milliseconds, `Z`.
pub(crate) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

/// An answer of one JSON value.
pub(crate) fn respond_json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(bytes) => whole(status, bytes),
        Err(error) => respond(StatusCode::INTERNAL_SERVER_ERROR, &TierError::internal(&error)),
    }
}

/// An answer that is an error body.
pub(crate) fn respond(status: StatusCode, error: &TierError) -> Response<Body> {
    let mut body = json!({ "type": "error", "code": error.code, "message": error.message });
    if let Some(details) = &error.details {
        body["details"] = details.clone();
    }
    body["timestamp"] = Value::String(now());
    whole(status, body.to_string().into_bytes())
}

/// An answer of one JSON object a line, sent as the lines come.
pub(crate) fn streamed(lines: impl Stream<Item = Bytes> + Send + 'static) -> Response<Body> {
    let body = StreamBody::new(lines.map(|line| Ok::<_, Infallible>(Frame::data(line))));
    let mut response = Response::new(BodyExt::boxed_unsync(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

fn whole(status: StatusCode, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(bytes)).boxed_unsync());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Why a request body was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Over the limit.
    #[error("body is over {limit} bytes")]
    TooLarge {
        /// The limit, bytes.
        limit: usize,
    },
    /// Cut off, or the connection broke.
    #[error("body can't be read")]
    Broken,
    /// Not JSON.
    #[error("body is not JSON: {0}")]
    Syntax(serde_json::Error),
    /// JSON of another shape.
    #[error("body has another shape: {0}")]
    Shape(serde_json::Error),
}

impl Unreadable {
    /// Status and error body.
    pub(crate) fn response(&self) -> Response<Body> {
        let (status, code) = match self {
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "MESSAGE_TOO_LARGE"),
            Self::Broken | Self::Syntax(_) => (StatusCode::BAD_REQUEST, "INVALID_JSON"),
            Self::Shape(_) => (StatusCode::BAD_REQUEST, "INVALID_MESSAGE"),
        };
        respond(status, &TierError::new(code, self.to_string()))
    }
}

/// Reads a body of at most `limit` bytes as JSON, whatever its content type.
pub(crate) async fn read_json<T: DeserializeOwned>(body: Incoming, limit: usize) -> Result<T, Unreadable> {
    let collected = Limited::new(body, limit).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { Unreadable::TooLarge { limit } } else { Unreadable::Broken }
    })?;
    serde_json::from_slice(&collected.to_bytes())
        .map_err(|error| if error.is_data() { Unreadable::Shape(error) } else { Unreadable::Syntax(error) })
}
