//! Asking for event streams.

use serde_json::{Value, json};

use crate::checks::query::run::{query, work};
use crate::checks::rest::sessions::make;
use crate::checks::{Context, EventStream, ReasonCode, Step, StreamEvent, fail, field};
use crate::peer::Request;

/// A question whose answer is wanted as events.
pub(super) fn question(cx: &Context, more: &Value) -> Request {
    Request::post_json(&cx.target().rest("/api/query"), &query(more)).header("Accept", "text/event-stream")
}

/// All events up to the end of the stream.
pub(super) async fn all(cx: &Context, stream: &mut EventStream) -> Step<Vec<StreamEvent>> {
    let mut all = Vec::new();
    while let Some(event) = stream.next_event("the query's events", work(cx)).await? {
        all.push(event);
    }
    match all.last() {
        None => fail(ReasonCode::Missing, "the query's events", "a stream without any"),
        Some(_) => Ok(all),
    }
}

/// The events of a question, from acceptance to end.
pub(super) async fn asked(cx: &Context, more: &Value) -> Step<Vec<StreamEvent>> {
    let mut stream = cx.stream(question(cx, more)).await?;
    all(cx, &mut stream).await
}

/// The last event, which must be a result.
pub(super) fn result(events: &[StreamEvent]) -> Step<&Value> {
    match events.last() {
        Some(last) if last.name() == "query_result" => Ok(&last.value),
        last => fail(ReasonCode::Missing, "query_result last", format!("{:?}", last.map(StreamEvent::name))),
    }
}

/// A session made over HTTP.
pub(super) async fn session(cx: &Context) -> Step<(String, String)> {
    let id = cx.fresh_session();
    let made = make(cx, &id, "suite").await?;
    Ok((id, field::text(&made, "epoch")?.to_owned()))
}

/// The stream of a session, with `parameters` behind its path.
pub(super) fn progress(cx: &Context, session: &str, parameters: &str) -> Request {
    Request::get(&cx.target().rest(&format!("/api/progress/{session}{parameters}")))
}

/// A session in which a question was asked and answered; gives its events.
pub(super) async fn finished(cx: &Context) -> Step<(String, String, Vec<StreamEvent>)> {
    let (session, epoch) = session(cx).await?;
    let mut stream = cx.stream(question(cx, &json!({})).header("X-Session-Id", &session)).await?;
    let events = all(cx, &mut stream).await?;
    Ok((session, epoch, events))
}
