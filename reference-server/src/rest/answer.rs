//! Making answers.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

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
    let mut answer = error_answer(failure.code.status(), failure);
    let waits = matches!(answer.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if waits && !answer.headers().contains_key(http::header::RETRY_AFTER) {
        answer.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

/// Nothing at this path.
pub(super) fn not_found() -> Response<Body> {
    failure(&Failure::new(Code::NotFound, "no such path"))
}

/// Something at this path, but not with this method.
pub(super) fn wrong_method(allowed: &'static str) -> Response<Body> {
    let failure = Failure::invalid(format!("this path takes {allowed}"));
    let mut answer = error_answer(StatusCode::METHOD_NOT_ALLOWED, &failure);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}
