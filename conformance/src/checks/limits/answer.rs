//! The error that a message gets, and nothing else.

use serde_json::{Value, json};

use crate::checks::framing::refusal::first;
use crate::checks::{Context, Deadline, Peer, ReasonCode, Step, fail, field};
use crate::peer::{Event, EventKind};

/// The first message that answers: an `error`, or one called as `others` says.
pub(super) async fn expect_answer_of(
    peer: &mut Peer,
    what: &str,
    others: &[&str],
    deadline: Deadline,
) -> Step<Value> {
    let take = |event: &Event| match &event.kind {
        EventKind::Message(message) => message.to_json().filter(|value| {
            let name = field::name(value);
            name == "error" || others.contains(&name)
        }),
        _ => None,
    };
    match first(peer, what, deadline, take).await? {
        Some(answer) => Ok(answer),
        None => fail(ReasonCode::Missing, what, "silence"),
    }
}

/// An `error` with `code`; any of `accepted` in its place says that the message was taken.
pub(super) async fn expect_error_not(
    peer: &mut Peer,
    code: &str,
    accepted: &[&str],
    deadline: Deadline,
) -> Step<Value> {
    let what = format!("error {code}");
    let answer = expect_answer_of(peer, &what, accepted, deadline).await?;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, what, answer.to_string());
    }
    field::equals(&answer, "code", code)?;
    Ok(answer)
}

/// Subscribes, so that the connection is not closed as idle however slow the machine is.
pub(super) async fn keep_from_idling(cx: &Context, peer: &mut Peer) -> Step {
    peer.send(&json!({"type": "subscribe", "events": ["query_result"]})).await;
    peer.expect_type("subscribed", cx.soon()).await.map(|_| ())
}
