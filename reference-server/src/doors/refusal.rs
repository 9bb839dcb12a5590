//! HTTP answers of the doors themselves.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::json;

use super::Body;
use crate::wire::error::{Code, Failure};
use crate::wire::time::WireTime;

/// A whole body.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// An answer whose body is an error object. The status is given, because one code serves several statuses.
pub fn error_answer(status: StatusCode, failure: &Failure) -> Response<Body> {
    let mut body = json!({ "type": "error", "code": failure.code, "message": failure.message });
    if let Some(details) = &failure.details {
        body["details"] = details.clone();
    }
    body["timestamp"] = json!(WireTime::now());
    let mut answer = Response::new(full(body.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = failure.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    answer
}

/// Refuses an upgrade. The connection closes: what follows a refused upgrade may be frames, not requests.
pub(super) fn refuse(status: StatusCode, code: Code, message: &str) -> Response<Body> {
    let mut answer = error_answer(status, &Failure::new(code, message));
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Refuses an upgrade for what is known of the client before it: the status is that of the code.
pub fn refused_upgrade(failure: &Failure) -> Response<Body> {
    let mut answer = refused_request(failure);
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Refuses a request for what is known of the client before it is read.
pub fn refused_request(failure: &Failure) -> Response<Body> {
    let mut answer = error_answer(failure.code.status(), failure);
    let headers = answer.headers_mut();
    match failure.code.status() {
        StatusCode::UNAUTHORIZED => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            headers.entry(RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
        }
        _ => {}
    }
    answer
}

/// The same with one more header.
pub(super) fn refuse_with(
    status: StatusCode,
    message: &str,
    (name, value): (HeaderName, &'static str),
) -> Response<Body> {
    let mut answer = refuse(status, Code::InvalidMessage, message);
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
