//! `GET /api/admin/dead-letters`.

use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::json;
use super::call::Call;
use crate::doors::Body;
use crate::events::DeadLetter;

/// Events that were given up.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DeadLetterList {
    /// The oldest first.
    dead_letters: Vec<DeadLetter>,
}

pub(super) fn dead_letters(call: &Call) -> Response<Body> {
    json(StatusCode::OK, &DeadLetterList { dead_letters: call.backend.dead_letters.list() })
}
