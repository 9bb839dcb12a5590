//! `GET /api/openapi.json` and `GET /api/asyncapi.json`.

use http::header::ETAG;
use http::{Response, StatusCode};
use serde_json::Value;

use super::answer::{full_empty, json_text};
use super::call::Call;
use super::headers::{entity_tag, is_held};
use crate::doors::Body;
use crate::specification;

pub(super) fn openapi(call: &Call) -> Response<Body> {
    document(call, &specification::openapi())
}

pub(super) fn asyncapi(call: &Call) -> Response<Body> {
    document(call, &specification::asyncapi(&call.backend.config.doors))
}

fn document(call: &Call, document: &Value) -> Response<Body> {
    let text = document.to_string();
    let tag = entity_tag(text.as_bytes());
    let held = is_held(&call.head.headers, &tag);
    let mut answer = json_text(StatusCode::OK, text);
    if held {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        *answer.body_mut() = full_empty();
    }
    answer.headers_mut().insert(ETAG, tag);
    answer
}
