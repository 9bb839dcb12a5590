//! Making answers.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::call::BODY_TIMEOUT;
use crate::doors::{Body, error_answer, full};
use crate::wire::error::{Code, Failure};

/// JSON text that is ready.
pub(super) fn json_text(status: StatusCode, text: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(full(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A value as JSON.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(text) => json_text(status, text),
        Err(error) => failure(&Failure::internal(&error)),
    }
}

/// A failure with the status of its code.
pub(super) fn failure(failure: &Failure) -> Response<Body> {
    let reason = failure.details.as_ref().and_then(|details| details["reason"].as_str());
    if reason == Some(BODY_TIMEOUT) {
        // The rest of the body may still come: what follows on this connection could be anything.
        let mut answer = error_answer(StatusCode::REQUEST_TIMEOUT, failure);
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return answer;
    }
    let mut answer = error_answer(failure.code.status(), failure);
    let waits = matches!(answer.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if waits && !answer.headers().contains_key(RETRY_AFTER) {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if failure.code.status() == StatusCode::UNAUTHORIZED {
        // RFC 9110, 11.6.1
        answer.headers_mut().insert(http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// Nothing at this path.
pub(super) fn not_found() -> Response<Body> {
    failure(&Failure::new(Code::NotFound, "no such path"))
}

/// The answer to a request that failed, or its answer.
pub(super) fn settle(result: Result<Response<Body>, Failure>) -> Response<Body> {
    result.unwrap_or_else(|refused| failure(&refused))
}

/// No content.
pub(super) fn no_content() -> Response<Body> {
    let mut answer = Response::new(full_empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// No body.
pub(super) fn full_empty() -> Body {
    full(Bytes::new())
}
