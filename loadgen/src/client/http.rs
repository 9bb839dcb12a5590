//! One HTTP/1.1 request on a connection of its own.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::error::LinkError;
use crate::target::Target;

/// Longest answer that is read: a database's page of metrics is the longest.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// Status and body of an answer.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// Status.
    pub status: u16,
    /// What the server's clock said, to the second.
    pub date: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// Body.
    pub body: Bytes,
}

impl HttpAnswer {
    /// This answer as an error, with the code and message of its body.
    pub fn into_error(self) -> LinkError {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |key| value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
        let message = text("message")
            .unwrap_or_else(|| String::from_utf8_lossy(&self.body).chars().take(200).collect());
        let Self { status, retry_after, .. } = self;
        LinkError::Status { status, code: text("code"), message, retry_after }
    }
}

/// Sends one request and reads the whole answer within `patience`.
///
/// # Errors
/// No connection, no readable answer, or not within `patience`.
pub async fn request(
    target: &Target,
    method: Method,
    path: &str,
    json: Option<String>,
    patience: Duration,
) -> Result<HttpAnswer, LinkError> {
    timeout(patience, exchange(target, method, path, json))
        .await
        .unwrap_or(Err(LinkError::Timeout { what: "HTTP answer", patience }))
}

async fn exchange(
    target: &Target,
    method: Method,
    path: &str,
    json: Option<String>,
) -> Result<HttpAnswer, LinkError> {
    let stream = target.dial().await.map_err(|error| LinkError::connect(&error))?;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(16 * 1024)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(lost)?;
    let mut request =
        Request::builder().method(method).uri(target.path(path)).header(header::HOST, target.authority());
    if json.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let request = request
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(json.unwrap_or_default())))
        .map_err(|error| LinkError::Unreadable(error.to_string()))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(lost)?;
        let status = response.status().as_u16();
        let field = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = field(header::DATE).map(str::to_owned);
        let retry_after = field(header::RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let body = Limited::new(response.into_body(), LONGEST_ANSWER)
            .collect()
            .await
            .map_err(|error| LinkError::Unreadable(error.to_string()))?;
        Ok(HttpAnswer { status, date, retry_after, body: body.to_bytes() })
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        ended = &mut connection => match ended {
            // The connection's side ends first when the server closes right after its answer.
            Ok(()) => answer.await,
            Err(error) => Err(lost(error)),
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is a map_err function")]
fn lost(error: hyper::Error) -> LinkError {
    LinkError::Lost(error.to_string())
}
