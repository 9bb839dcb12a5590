//! Events that come by HTTP: each is the message of the named dialect.

use std::time::Duration;

use serde_json::json;

use crate::checks::query::run::{is_terminal, work};
use crate::checks::rest::operations::{body, status};
use crate::checks::rest::sessions::make;
use crate::checks::{ANYBODY, Check, Context, Step, field};
use crate::peer::Request;
use crate::target::Door;

use super::document::{Document, Kind};
use super::speech::{Speaker, Speech};

pub(super) fn checks() -> Vec<Check> {
    vec![
        messages_of!(
            "streamed-question",
            "streamed",
            "events of a question's stream are as described",
            question
        ),
        messages_of!("streamed-polled", "streamed", "events that are polled are as described", polled),
    ]
}

/// `POST /api/query` with `Accept: text/event-stream`, up to its terminal message.
async fn question(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Messages).await?;
    let speech = Speech::of(&cx, &document, &Door::Query, Speaker::Server)?;
    let question = json!({"query": "show revenue"});
    let mut request =
        Request::post_json(&cx.target().rest("/api/query"), &question).with("Accept", "text/event-stream");
    if let Some(token) = cx.token_of(ANYBODY) {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let mut stream = cx.stream(request).await?;
    while let Some(event) = stream.next_event("query_result", work(&cx)).await? {
        speech.judge(&event.value)?;
        if is_terminal(&event.value) {
            break;
        }
    }
    Ok(())
}

/// `GET /api/progress/{session_id}?poll=1` behind a query.
async fn polled(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Messages).await?;
    let speech = Speech::of(&cx, &document, &Door::Query, Speaker::Server)?;
    let session = cx.fresh_session();
    make(&cx, &session, ANYBODY).await?;
    let question = json!({"query": "show revenue", "session_id": session});
    let request = Request::post_json(&cx.target().rest("/api/query"), &question);
    status(&cx.http_within(request, Duration::from_secs(6)).await?, 200)?;
    let path = cx.target().rest(&format!("/api/progress/{session}?poll=1"));
    let found = cx.http(Request::get(&path)).await?;
    status(&found, 200)?;
    field::array(&body(&found)?, "events")?.iter().try_for_each(|event| speech.judge(event))
}
